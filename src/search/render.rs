//! Matches as lines of a table, JSON or CSV, and the summary (`docs/formats.md`, "Matches").

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::{Match, Search, Summary};
use crate::ir::event::Value;
use crate::logs::Fault;
use crate::schema::Field;

/// The longest value of a table, in characters.
const LONGEST: usize = 200;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    Csv,
}

impl Format {
    pub const ALL: &'static [Format] = &[Format::Table, Format::Json, Format::Csv];

    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }
}

/// Writes matches in one format.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    format: Format,
    /// Characters of the longest rule's name, for the table.
    rule_width: usize,
}

const COLUMNS: &[&str] = &["time", "level", "hunt", "rule", "id", "techniques", "file", "line", "fields"];

impl Renderer {
    pub fn new(format: Format, search: &Search<'_>) -> Self {
        let rule_width = search.rules.iter().map(|rule| rule.name.chars().count()).max().unwrap_or(0).min(40);
        Renderer { format, rule_width }
    }

    /// What stands before the first match; often nothing.
    pub fn head(self) -> String {
        match self.format {
            Format::Table | Format::Json => String::new(),
            Format::Csv => csv_line(COLUMNS),
        }
    }

    /// One match as one line with its line feed.
    pub fn line(self, found: &Match<'_>) -> String {
        match self.format {
            Format::Table => self.table_line(found),
            Format::Json => json_line(found),
            Format::Csv => {
                let fields = serde_json::Value::Object(fields(found)).to_string();
                let techniques: Vec<&str> = found.rule.meta.techniques.iter().map(|technique| technique.id.as_str()).collect();
                csv_line(&[
                    &time(found).unwrap_or_default(),
                    found.rule.meta.level.name(),
                    &found.rule.hunt.name,
                    &found.rule.name,
                    &found.rule.id.to_string(),
                    &techniques.join(" "),
                    found.file,
                    &found.line.to_string(),
                    &fields,
                ])
            }
        }
    }

    /// Time, level, rule, and the values that the rule shows: its `fields`, else its entities, else what it compares.
    fn table_line(self, found: &Match<'_>) -> String {
        let mut shown: Vec<&Field> = found.selection.output.iter().collect();
        if shown.is_empty() {
            shown.extend(found.rule.entities.iter().map(|entity| &entity.field));
        }
        if shown.is_empty() {
            for (test, _) in found.selection.condition.tests() {
                for field in test.fields() {
                    if !shown.contains(&field) {
                        shown.push(field);
                    }
                }
            }
        }
        let values: Vec<String> = shown
            .into_iter()
            .map(|field| match found.event.fields.get(&field.name) {
                Some(Value::Text(text)) => printable(text),
                Some(value) => printable(&json_value(value).to_string()),
                None => "-".to_owned(),
            })
            .collect();
        let (time, level, rule) = (time(found).unwrap_or_else(|| "-".to_owned()), found.rule.meta.level.name(), &found.rule.name);
        let width = self.rule_width;
        format!("{time:<24}  {level:<13}  {rule:<width$}  {}", values.join("  ")).trim_end().to_owned() + "\n"
    }
}

/// RFC 4180, with line feeds as line ends of records.
fn csv_line(cells: &[&str]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory does not fail, and the bytes are those of UTF-8 cells.
    let _ = writer.write_record(cells.iter().map(|cell| guarded(cell)));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A spreadsheet would run a cell that begins like this as a formula; an apostrophe before it makes it text.
fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// One JSON object, as `docs/formats.md` has it; `group` is for correlations.
fn json_line(found: &Match<'_>) -> String {
    let techniques: Vec<&str> = found.rule.meta.techniques.iter().map(|technique| technique.id.as_str()).collect();
    let object = json!({
        "id": found.rule.id.to_string(),
        "rule": found.rule.name,
        "hunt": found.rule.hunt.name,
        "level": found.rule.meta.level.name(),
        "techniques": techniques,
        "time": time(found),
        "group": {},
        "events": [{"file": found.file, "line": found.line, "fields": fields(found)}],
    });
    object.to_string() + "\n"
}

fn fields(found: &Match<'_>) -> Map<String, serde_json::Value> {
    found.event.fields.iter().map(|(name, value)| (name.to_string(), json_value(value))).collect()
}

fn json_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::Boolean(value) => json!(value),
        Value::List(elements) => serde_json::Value::Array(elements.iter().map(json_value).collect()),
        Value::Object(fields) => {
            serde_json::Value::Object(fields.iter().map(|(name, value)| (name.to_string(), json_value(value))).collect())
        }
    }
}

/// The event's time as ISO 8601 in UTC, with milliseconds where it has them.
fn time(found: &Match<'_>) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(found.event.time?).ok()?.to_string())
}

/// Text for a terminal: on one line, without characters that would steer it, not too long.
fn printable(text: &str) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            out.push('…');
            break;
        }
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Marks that turn the direction of writing can make a line read as another.
            steering
                if steering.is_control()
                    || matches!(steering, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push_str(&steering.escape_unicode().to_string());
            }
            other => out.push(other),
        }
    }
    out
}

/// The summary for standard error. `seconds` is the caller's to measure.
pub fn summary(summary: &Summary, seconds: f64) -> String {
    let mut out = String::new();
    let plural = |count: u64, word: &str, many: &str| format!("{} {}", grouped(count), if count == 1 { word } else { many });
    let matches: u64 = summary.matches.values().sum();
    let mut line = format!(
        "searched {} in {} ({}) in {seconds:.1} s; {}",
        plural(summary.events, "event", "events"),
        plural(summary.files, "file", "files"),
        size(summary.bytes),
        plural(matches, "match", "matches")
    );
    let lost: u64 = summary.faults.iter().filter(|(fault, _)| fault.loses_the_line()).map(|(_, (count, _))| count).sum();
    if lost > 0 {
        line.push_str(&format!("; {} could not be read", plural(lost, "line", "lines")));
    }
    say(&mut out, &line);
    for (rule, count) in summary.matches.iter().filter(|(_, count)| **count > 0) {
        say(&mut out, &format!("  {rule}: {}", plural(*count, "match", "matches")));
    }
    for fault in Fault::ALL {
        if let Some((count, place)) = summary.faults.get(fault) {
            let lines = plural(*count, "line", "lines");
            say(&mut out, &format!("  {}: {lines} (first: {}:{})", fault.name(), place.file, place.line));
        }
    }
    for (field, (count, place)) in &summary.unreadable_values {
        let values = plural(*count, "value does", "values do");
        say(
            &mut out,
            &format!("  {values} not read as `{field}`'s type and counted as absent (first: {}:{})", place.file, place.line),
        );
    }
    if summary.unrecognised > 0 {
        let events = plural(summary.unrecognised, "event belongs", "events belong");
        say(&mut out, &format!("  {events} to no log source that the catalogue recognises; no rule looked at them"));
    }
    if summary.timeless > 0 {
        say(&mut out, &format!("  {} without a usable time left out", plural(summary.timeless, "event", "events")));
    }
    if !summary.not_run.is_empty() {
        let names: Vec<String> = summary.not_run.iter().map(|name| format!("`{name}`")).collect();
        say(&mut out, &format!("  not run, since they are not detects: {}", names.join(", ")));
    }
    out
}

fn say(out: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{line}");
}

/// `87,942`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `75 MB`: decimal units, as disks are sold.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}
