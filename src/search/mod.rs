//! Runs detects and sweeps over logs: every record that a rule selects is a match.
//!
//! The core knows neither files nor clocks: `cli` gives bytes and names, and may give several files to several threads.

pub mod render;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use crate::eval::{self, FieldState, PreparedSelection};
use crate::ir::event::Event;
use crate::ir::{Body, Rule, Selection, Uuid};
use crate::logs::{self, Counts, Fault};
use crate::schema::{Field, LogSourceId, ScalarType};

/// What to look at, beyond the rules.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every record is of this log source; without it, its content tells.
    pub source: Option<LogSourceId>,
    /// Milliseconds since 1970 UTC: only records at or after this.
    pub since: Option<i64>,
    /// Only records before this.
    pub until: Option<i64>,
}

/// Rules made ready for many records.
#[derive(Debug)]
pub struct Search<'a> {
    options: Options,
    rules: &'a [Arc<Rule>],
    by_source: BTreeMap<LogSourceId, Vec<Target<'a>>>,
    /// For each log source the fields that a rule reads as another type than text.
    typed: BTreeMap<LogSourceId, Vec<&'a Field>>,
}

#[derive(Debug)]
struct Target<'a> {
    rule: &'a Rule,
    prepared: PreparedSelection<'a>,
}

/// A record that a rule selects.
#[derive(Debug)]
pub struct Match<'a> {
    pub rule: &'a Rule,
    pub selection: &'a Selection,
    pub file: &'a str,
    /// From 1.
    pub line: u64,
    pub event: &'a Event,
}

/// What was searched, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub files: u64,
    pub events: u64,
    /// After decompression.
    pub bytes: u64,
    /// Records that no rule could look at, because their content does not tell their log source.
    pub unrecognised: u64,
    /// Records without a usable time that `since` or `until` left out.
    pub timeless: u64,
    /// Values that do not read as their field's type and so counted as absent (S1.3): for each field how many, and the first.
    pub unreadable_values: BTreeMap<String, (u64, Place)>,
    /// Lines that are no event, or only with a change: for each kind how many, and the first.
    pub faults: BTreeMap<Fault, (u64, Place)>,
    /// Matches by rule, `hunt.rule`; also of rules with none.
    pub matches: BTreeMap<String, u64>,
    /// Correlates, which were not run.
    pub not_run: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: u64,
}

impl Summary {
    /// Adds what another file gave; the first places of the files added first stay.
    pub fn add(&mut self, other: Summary) {
        self.files += other.files;
        self.events += other.events;
        self.bytes += other.bytes;
        self.unrecognised += other.unrecognised;
        self.timeless += other.timeless;
        for (field, (count, place)) in other.unreadable_values {
            self.unreadable_values.entry(field).or_insert((0, place)).0 += count;
        }
        for (fault, (count, place)) in other.faults {
            self.faults.entry(fault).or_insert((0, place)).0 += count;
        }
        for (rule, count) in other.matches {
            *self.matches.entry(rule).or_default() += count;
        }
        for rule in other.not_run {
            if !self.not_run.contains(&rule) {
                self.not_run.push(rule);
            }
        }
    }
}

impl<'a> Search<'a> {
    pub fn new(rules: &'a [Arc<Rule>], options: Options) -> Self {
        let mut search = Search { options, rules, by_source: BTreeMap::new(), typed: BTreeMap::new() };
        for rule in rules {
            let Some(selections) = rule.body.selections() else { continue };
            for selection in selections {
                let fields = search.typed.entry(selection.source.clone()).or_default();
                let conditions =
                    std::iter::once(&selection.condition).chain(selection.exceptions.iter().map(|each| &each.condition));
                for field in conditions.flat_map(|condition| condition.tests()).flat_map(|(test, _)| test.fields()) {
                    if !matches!(field.kind.scalar, ScalarType::String | ScalarType::Path) && !fields.contains(&field) {
                        fields.push(field);
                    }
                }
                let target = Target { rule, prepared: PreparedSelection::new(selection) };
                search.by_source.entry(selection.source.clone()).or_default().push(target);
            }
        }
        search
    }

    /// A summary of nothing yet, with every rule named.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for rule in self.rules {
            match rule.body {
                Body::Select(_) | Body::Sweep(_) => {
                    summary.matches.insert(full_name(rule), 0);
                }
                Body::Correlation(_) => summary.not_run.push(full_name(rule)),
            }
        }
        summary
    }

    /// Searches one file's bytes. `found` is called for each match in the order of the lines, once for each rule and record; where
    /// it says no, the search of this file ends.
    pub fn file(&self, name: &str, bytes: impl Read, found: &mut dyn FnMut(&Match<'_>) -> bool) -> Summary {
        let mut summary = Summary { files: 1, ..Summary::default() };
        let counts =
            logs::read(bytes, self.options.source.as_ref(), &mut |record| self.record(name, record, &mut summary, found));
        self.count(name, counts, &mut summary);
        summary
    }

    fn count(&self, name: &str, counts: Counts, summary: &mut Summary) {
        summary.events = counts.events;
        summary.bytes = counts.bytes;
        summary.faults = counts
            .faults
            .into_iter()
            .map(|(fault, (count, line))| (fault, (count, Place { file: name.to_owned(), line })))
            .collect();
    }

    fn record(
        &self,
        file: &str,
        mut record: logs::Record,
        summary: &mut Summary,
        found: &mut dyn FnMut(&Match<'_>) -> bool,
    ) -> bool {
        if record.sources.is_empty() {
            summary.unrecognised += 1;
            return true;
        }
        if self.options.since.is_some() || self.options.until.is_some() {
            let Some(time) = record.event.time else {
                summary.timeless += 1;
                return true;
            };
            if self.options.since.is_some_and(|since| time < since) || self.options.until.is_some_and(|until| time >= until) {
                return true;
            }
        }
        // A rule over several log sources of one record has one match.
        let mut matched: Vec<Uuid> = Vec::new();
        for source in std::mem::take(&mut record.sources) {
            for field in self.typed.get(&source).into_iter().flatten() {
                if eval::state(field, &record.event) == FieldState::Unreadable {
                    let place = Place { file: file.to_owned(), line: record.line };
                    summary.unreadable_values.entry(field.name.to_string()).or_insert((0, place)).0 += 1;
                }
            }
            let Some(targets) = self.by_source.get(&source) else { continue };
            record.event.source = source;
            for target in targets {
                if matched.contains(&target.rule.id) || !target.prepared.selects(&record.event) {
                    continue;
                }
                matched.push(target.rule.id);
                *summary.matches.entry(full_name(target.rule)).or_default() += 1;
                let one = Match {
                    rule: target.rule,
                    selection: target.prepared.selection(),
                    file,
                    line: record.line,
                    event: &record.event,
                };
                if !found(&one) {
                    return false;
                }
            }
        }
        true
    }
}

/// `wannacry_worm.shadow_copies_deleted`, as a site's exceptions name a rule.
fn full_name(rule: &Rule) -> String {
    format!("{}.{}", rule.hunt.name, rule.name)
}
