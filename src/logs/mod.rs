//! Reads logs: lines of JSON, plain or compressed, to events under canonical names.
//!
//! Nothing is ever dropped in silence: what cannot be read, or only with a change, is counted by kind with its first place.
//! Bytes come from the caller; this module opens no file. Memory is bounded by the longest line that is taken.

mod decompress;
mod json;
mod lines;
pub mod time;
mod windows;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use crate::ir::event::{Event, Value};
use crate::schema::LogSourceId;
use crate::schema::recognise::recognise;

pub use time::parse as parse_time;

/// The longest line that is read, in bytes. Longer ones are skipped and counted.
pub const LONGEST_LINE: usize = 16 << 20;

/// One record of a log.
#[derive(Clone, Debug)]
pub struct Record {
    /// From 1.
    pub line: u64,
    /// The log sources that it belongs to, in the catalogue's order: several where they overlap, none where its content does not
    /// tell.
    pub sources: Vec<LogSourceId>,
    /// Its `source` is the first of `sources`, or empty; who judges the record for another sets it.
    pub event: Event,
}

/// Why a line is not an event, or is one only with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No JSON (also `NaN` and `Infinity`, which JSON does not have).
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// The line ends inside the object.
    Truncated,
    /// Objects and lists nest too deep.
    TooDeep,
    TooLong,
    /// The file is UTF-16; nothing of it is read.
    Utf16,
    /// The stream ends early or cannot be decompressed; what came before was read.
    Damaged,
    /// The object names a key twice; the last value counts.
    DuplicateKey,
    /// Bytes that are not UTF-8, or half a surrogate pair, were read as U+FFFD.
    Replaced,
    /// There is a time, but none that is understood; the event has none.
    Time,
}

impl Fault {
    pub const ALL: &'static [Fault] = &[
        Fault::NotJson,
        Fault::NotAnObject,
        Fault::Truncated,
        Fault::TooDeep,
        Fault::TooLong,
        Fault::Utf16,
        Fault::Damaged,
        Fault::DuplicateKey,
        Fault::Replaced,
        Fault::Time,
    ];

    /// Whether no event came of the line. Otherwise one did, with the change that the fault names.
    pub fn loses_the_line(self) -> bool {
        match self {
            Fault::NotJson
            | Fault::NotAnObject
            | Fault::Truncated
            | Fault::TooDeep
            | Fault::TooLong
            | Fault::Utf16
            | Fault::Damaged => true,
            Fault::DuplicateKey | Fault::Replaced | Fault::Time => false,
        }
    }

    /// As a summary says it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::NotJson => "not JSON",
            Fault::NotAnObject => "not an object",
            Fault::Truncated => "cut off",
            Fault::TooDeep => "nested too deep",
            Fault::TooLong => "line too long",
            Fault::Utf16 => "UTF-16; convert the file to UTF-8",
            Fault::Damaged => "the file is damaged from here on",
            Fault::DuplicateKey => "a key stands twice, its last value was used",
            Fault::Replaced => "bytes that are not UTF-8 were replaced",
            Fault::Time => "no time that is understood",
        }
    }
}

/// What was read of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that became an event.
    pub events: u64,
    /// Bytes after decompression.
    pub bytes: u64,
    /// For each kind how many lines, and the first (from 1).
    pub faults: BTreeMap<Fault, (u64, u64)>,
}

impl Counts {
    fn fault(&mut self, fault: Fault, line: u64) {
        let (count, _) = self.faults.entry(fault).or_insert((0, line));
        *count += 1;
    }
}

/// Reads records from bytes until they end or `take` says no. Gzip and Zstandard are known by their first bytes.
///
/// `source` says which log source every record is of; without it, its content does.
pub fn read(bytes: impl Read, source: Option<&LogSourceId>, take: &mut dyn FnMut(Record) -> bool) -> Counts {
    let mut counts = Counts::default();
    let mut names = json::Names::default();
    let mut lines = match decompress::open(bytes) {
        Ok(plain) => lines::Lines::new(plain, LONGEST_LINE),
        Err(_) => {
            counts.fault(Fault::Damaged, 1);
            return counts;
        }
    };
    loop {
        let read = lines.next_line();
        let number = lines.number();
        counts.bytes = lines.bytes();
        match read {
            Ok(None) => return counts,
            Ok(Some(lines::Line::TooLong)) => {
                counts.fault(Fault::TooLong, number);
                continue;
            }
            Ok(Some(lines::Line::Read)) => {}
            Err(_) => {
                counts.fault(Fault::Damaged, number);
                return counts;
            }
        }
        let line = lines.line();
        if number == 1 && (line.starts_with(b"\xFF\xFE") || line.starts_with(b"\xFE\xFF")) {
            counts.fault(Fault::Utf16, number);
            return counts;
        }
        let text = String::from_utf8_lossy(line);
        let text = if number == 1 { text.trim_start_matches('\u{FEFF}') } else { &text };
        if text.trim().is_empty() {
            continue;
        }
        let parsed = match json::object(text, &mut names) {
            Ok(parsed) => parsed,
            Err(fault) => {
                counts.fault(fault, number);
                continue;
            }
        };
        if parsed.duplicate_key {
            counts.fault(Fault::DuplicateKey, number);
        }
        if parsed.replaced || std::str::from_utf8(line).is_err() {
            counts.fault(Fault::Replaced, number);
        }
        counts.events += 1;
        let (record, time_understood) = record(parsed.fields, text, number, source);
        if !time_understood {
            counts.fault(Fault::Time, number);
        }
        if !take(record) {
            return counts;
        }
    }
}

/// An event from a record's fields, and whether its time is understood (or there is none).
fn record(fields: BTreeMap<Arc<str>, Value>, text: &str, line: u64, source: Option<&LogSourceId>) -> (Record, bool) {
    let fields = windows::flatten(fields);
    let (time, understood) = time::of(&fields);
    let sources = match source {
        Some(source) => vec![source.clone()],
        None => recognise(|name| as_text(fields.get(name)?)),
    };
    let event = Event {
        source: sources.first().cloned().unwrap_or_else(|| LogSourceId(Arc::from(""))),
        time,
        fields,
        raw: Some(text.trim_end().to_owned()),
    };
    (Record { line, sources, event }, understood)
}

fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(value) => Some(Cow::Owned(value.to_string())),
        // `1.0` is how some exporters write whole numbers.
        Value::Float(value) => Some(Cow::Owned(value.to_string())),
        Value::Boolean(value) => Some(Cow::Owned(value.to_string())),
        Value::List(_) | Value::Object(_) => None,
    }
}
