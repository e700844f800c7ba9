//! Threat intelligence of others as indicators of the language: read from MISP, STIX, CSV and reports, brought to one form, merged,
//! and written as a hunt that a person keeps or as lines of JSON.
//!
//! Each reader takes a text and gives a [`Collection`]: what it understood, and what it left out with the reason. Nothing is left
//! out without one. What the call asks for ([`Policy`]) is applied afterwards, the same for every format. Nothing here looks at a
//! clock: an indicator's expiry is counted from when its source last saw it.

mod expiry;
mod lines;
pub mod misp;
mod policy;
mod recognise;
pub mod report;
pub mod stix;
pub mod table;
mod techniques;
mod warninglists;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use expiry::{Lifetimes, UnknownType};
pub use lines::lines;
pub use policy::Policy;
pub use warninglists::Warninglists;
pub use write::{Style, Written, hunts};

use crate::diag::{Diagnostic, Span};
use crate::indicator::Kind;
use crate::syntax::ast::Member;

/// How far information may travel: the Traffic Light Protocol, version 2.0 (FIRST, August 2022), from the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tlp {
    Clear,
    Green,
    Amber,
    AmberStrict,
    Red,
}

impl Tlp {
    pub const ALL: &'static [Tlp] = &[Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];

    /// As a hunt writes it.
    pub fn name(self) -> &'static str {
        match self {
            Tlp::Clear => "clear",
            Tlp::Green => "green",
            Tlp::Amber => "amber",
            Tlp::AmberStrict => "amber+strict",
            Tlp::Red => "red",
        }
    }

    /// Reads `amber`, `tlp:amber`, `TLP:AMBER+STRICT`; `white` is the `clear` of version 1, and MISP's `ex:chr` is not known.
    pub fn parse(text: &str) -> Option<Tlp> {
        let lower = text.trim().to_ascii_lowercase();
        let word = lower.strip_prefix("tlp").map_or(lower.as_str(), |rest| rest.trim_start_matches([':', '-', '.', ' ', '=']));
        match word.trim_matches('"') {
            "clear" | "white" => Some(Tlp::Clear),
            "green" => Some(Tlp::Green),
            "amber" => Some(Tlp::Amber),
            "amber+strict" | "amber-strict" | "amber strict" => Some(Tlp::AmberStrict),
            "red" => Some(Tlp::Red),
            _ => None,
        }
    }
}

/// What a value is: an indicator of the language, or something that travels with indicators and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    Indicator(Kind),
    /// A page that describes what was found.
    Link,
    /// A rule in another language: `yara`, `snort`, `suricata`, `sigma`, `zeek` …
    Rule(&'static str),
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Type::Indicator(kind) => kind.name(),
            Type::Link => "link",
            Type::Rule(language) => language,
        }
    }
}

/// One indicator, in the form that the language knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    pub kind: Type,
    pub value: Box<str>,
    /// Who says so: an event's title, a file's name. Several are separated by `; `.
    pub source: Arc<str>,
    pub tlp: Option<Tlp>,
    /// As written, a date or a time of RFC 3339.
    pub first_seen: Option<Box<str>>,
    pub last_seen: Option<Box<str>>,
    /// A date; the indicator no longer applies on the day after.
    pub expires: Option<Box<str>>,
    /// Ids of ATT&CK techniques, brought forward to the release that is used.
    pub techniques: Arc<[&'static str]>,
    /// The lists of well-known values that it is on, where those only warn.
    pub warnings: Vec<Arc<str>>,
    /// Whether the source says that it is fit for detection (MISP's `to_ids`); `None` where it does not say.
    pub for_detection: Option<bool>,
}

/// A value that is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// As the source calls it: `text`, `comment`, `domain`.
    pub kind: Box<str>,
    pub value: Box<str>,
    pub source: Arc<str>,
    pub tlp: Option<Tlp>,
    /// In a few words that many values share; they are counted by it.
    pub reason: Arc<str>,
}

/// What one event, bundle, table or report says.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    pub title: String,
    /// The source's own id, where it is a UUID.
    pub id: Option<String>,
    /// Who published it.
    pub author: Option<String>,
    /// A date, of the source.
    pub created: Option<String>,
    pub tlp: Option<Tlp>,
    pub level: Option<&'static str>,
    pub references: Vec<String>,
    pub techniques: Vec<&'static str>,
    /// Ids of ATT&CK groups, software and campaigns.
    pub actors: Vec<&'static str>,
    pub software: Vec<&'static str>,
    pub campaigns: Vec<&'static str>,
    pub indicators: Vec<Indicator>,
    /// Rules of the source's own that the language can say.
    pub rules: Vec<OwnRule>,
    pub skipped: Vec<Skipped>,
    /// Values that occurred more than once.
    pub merged: usize,
    places: HashMap<(Type, Box<str>), usize>,
}

/// A rule that a source states in its own language, as members of a hunt.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRule {
    /// The rule as the source writes it, and what is known of it.
    pub indicator: Indicator,
    pub members: Vec<Member>,
}

/// What a reader made of a text.
#[derive(Debug, Default)]
pub struct Read {
    pub collections: Vec<Collection>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Values of one source beyond which it is refused: no person and no product keeps so many, and memory has an end.
pub const MOST_VALUES: usize = 2_000_000;

/// Bytes of one value beyond which it is no indicator, nor a rule.
const LONGEST_VALUE: usize = 1_000_000;

impl Collection {
    /// Whether nothing more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.indicators.len() + self.skipped.len() + self.merged > MOST_VALUES
    }

    /// Adds an indicator, or what is new of it where the value is known: seen from the earlier to the later time, as strictly
    /// marked as either.
    pub fn add(&mut self, indicator: Indicator) {
        let key = (indicator.kind, indicator.value.clone());
        let Some(&at) = self.places.get(&key) else {
            self.places.insert(key, self.indicators.len());
            self.indicators.push(indicator);
            return;
        };
        self.merged += 1;
        if let Some(known) = self.indicators.get_mut(at) {
            known.merge(indicator);
        }
    }

    pub(crate) fn skip(&mut self, kind: &str, value: &str, tlp: Option<Tlp>, reason: impl Into<Arc<str>>) {
        let source: Arc<str> = Arc::from(self.title.as_str());
        self.skipped.push(Skipped { kind: kind.into(), value: value.into(), source, tlp, reason: reason.into() });
    }

    /// How many values were left out, by reason.
    pub fn reasons(&self) -> BTreeMap<Arc<str>, usize> {
        let mut counts = BTreeMap::new();
        for skipped in &self.skipped {
            *counts.entry(Arc::clone(&skipped.reason)).or_insert(0) += 1;
        }
        counts
    }

    /// The index of the values is only needed while they come in.
    pub(crate) fn finish(&mut self) {
        self.places = HashMap::new();
    }
}

impl Indicator {
    fn new(kind: Type, value: impl Into<Box<str>>, source: &Arc<str>) -> Indicator {
        Indicator {
            kind,
            value: value.into(),
            source: Arc::clone(source),
            tlp: None,
            first_seen: None,
            last_seen: None,
            expires: None,
            techniques: Arc::from([]),
            warnings: Vec::new(),
            for_detection: None,
        }
    }

    pub(crate) fn merge(&mut self, other: Indicator) {
        self.tlp = self.tlp.max(other.tlp);
        self.first_seen = match (self.first_seen.take(), other.first_seen) {
            (Some(one), Some(two)) => Some(if moment(&two) < moment(&one) { two } else { one }),
            (one, two) => one.or(two),
        };
        self.last_seen = match (self.last_seen.take(), other.last_seen) {
            (Some(one), Some(two)) => Some(if moment(&two) > moment(&one) { two } else { one }),
            (one, two) => one.or(two),
        };
        self.expires = match (self.expires.take(), other.expires) {
            (Some(one), Some(two)) => Some(if two > one { two } else { one }),
            // One that never expires outlives the other.
            _ => None,
        };
        self.for_detection = match (self.for_detection, other.for_detection) {
            (Some(one), Some(two)) => Some(one || two),
            (one, two) => one.or(two),
        };
        if self.techniques != other.techniques && !other.techniques.is_empty() {
            let mut all: Vec<&'static str> = self.techniques.iter().chain(other.techniques.iter()).copied().collect();
            all.sort_unstable();
            all.dedup();
            self.techniques = Arc::from(all);
        }
        if self.source != other.source && !self.source.split("; ").any(|source| *source == *other.source) {
            self.source = Arc::from(format!("{}; {}", self.source, other.source));
        }
        for warning in other.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }
}

/// A time as a number that can be compared, whatever its offset; a date is its first second.
fn moment(text: &str) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_microsecond());
    }
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    format!("{date}T00:00:00Z").parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}

/// The day of a time, as written.
fn day(text: &str) -> Option<jiff::civil::Date> {
    let text = text.trim().get(..10)?;
    let mut parts = text.split('-');
    let mut number = |digits: usize| parts.next().filter(|part| part.len() == digits)?.parse::<i16>().ok();
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The error of a source that is too large.
fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error("E0901", span, format!("there are more than {MOST_VALUES} values")).help("split the file")
}

/// One line for what could not be read as the type that its source gives it.
fn unreadable(span: Span, kind: &str, value: &str, problem: &str) -> Diagnostic {
    let short: String = value.chars().take(60).collect();
    let more = if short.len() < value.len() { "…" } else { "" };
    Diagnostic::warning("W0901", span, format!("`{short}{more}` is left out: it is no {kind}")).label(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_what_two_sources_say_of_one_value() {
        let mut collection = Collection::default();
        let make = |source: &str, tlp, first: &str, last: &str| {
            let mut made = Indicator::new(Type::Indicator(Kind::Domain), "a.example", &Arc::from(source));
            (made.tlp, made.first_seen, made.last_seen) = (tlp, Some(first.into()), Some(last.into()));
            made
        };
        collection.add(make("one", Some(Tlp::Green), "2026-01-02", "2026-02-01T00:00:00+02:00"));
        collection.add(make("two", Some(Tlp::AmberStrict), "2026-01-01T23:00:00Z", "2026-01-31T23:00:00Z"));
        let [found] = collection.indicators.as_slice() else { panic!("{collection:?}") };
        assert_eq!((found.tlp, &*found.source, collection.merged), (Some(Tlp::AmberStrict), "one; two", 1));
        assert_eq!(
            (found.first_seen.as_deref(), found.last_seen.as_deref()),
            (Some("2026-01-01T23:00:00Z"), Some("2026-01-31T23:00:00Z"))
        );
    }

    #[test]
    fn reads_markings_of_both_versions() {
        for (text, tlp) in [
            ("tlp:white", Some(Tlp::Clear)),
            ("TLP:AMBER+STRICT", Some(Tlp::AmberStrict)),
            ("tlp.red", Some(Tlp::Red)),
            ("TLP: GREEN", Some(Tlp::Green)),
            ("tlp:ex:chr", None),
            ("misp-galaxy:x", None),
        ] {
            assert_eq!(Tlp::parse(text), tlp, "{text}");
        }
    }
}
