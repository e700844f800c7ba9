//! The files of indicators that a build writes: lookup files and watchlists that queries ask, and for each sweep the list of
//! what it looks for, so that the next build can say what is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Session;
use super::build::{Build, Outcome};
use crate::backends::{kusto, splunk};
use crate::envelope;
use crate::ir::{Body, IndicatorSet};
use crate::schema::Target;

/// Files of sets by target and name, each made once however many queries ask it.
#[derive(Debug, Default)]
pub struct SetFiles {
    made: Mutex<BTreeMap<(Target, String), Arc<String>>>,
}

/// A file that a query asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFile {
    pub target: Target,
    /// What the product calls it.
    pub name: String,
    /// Below the output folder.
    pub path: String,
    /// Rows without the header.
    pub items: usize,
}

/// The list of what a sweep looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptFile {
    pub hunt: String,
    pub sweep: String,
    /// Below the output folder.
    pub path: String,
    pub indicators: usize,
}

impl SetFiles {
    /// The CSV of a set in a target that keeps sets beside its queries.
    fn text(&self, target: Target, set: &IndicatorSet) -> Arc<String> {
        // What the lock holds is complete at every moment.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = made.entry((target, set.name.clone()));
        Arc::clone(entry.or_insert_with(|| Arc::new(file(target, set))))
    }

    /// The same, for good: a set of a million is not to be held twice.
    fn take(&self, target: Target, set: &IndicatorSet) -> String {
        let known = self.made.lock().unwrap_or_else(PoisonError::into_inner).remove(&(target, set.name.clone()));
        known.map_or_else(|| file(target, set), Arc::unwrap_or_clone)
    }

    /// The texts beside a query with which a model reads it: by the names of the files.
    pub(super) fn beside(&self, target: Target, sets: &[Arc<IndicatorSet>]) -> Vec<(String, Arc<String>)> {
        let mut found: Vec<(String, Arc<String>)> =
            sets.iter().map(|set| (format!("{}.csv", set.name), self.text(target, set))).collect();
        if target == Target::Splunk && !sets.is_empty() {
            found.push(("transforms.conf".to_owned(), Arc::new(envelope::splunk::transforms(sets))));
        }
        found
    }
}

fn file(target: Target, set: &IndicatorSet) -> String {
    let (header, keys) = match target {
        Target::Splunk => ("key", splunk::sets::keys(set)),
        Target::Sentinel => ("indicator", kusto::sets::keys(set)),
        // They keep no sets beside their queries.
        Target::Sigma | Target::Defender => return String::new(),
    };
    let mut text = String::with_capacity(header.len() + 1 + keys.iter().map(|key| key.len() + 1).sum::<usize>());
    text.push_str(header);
    text.push('\n');
    for key in keys {
        cell(&key, &mut text);
        text.push('\n');
    }
    text
}

/// A cell of a CSV file (RFC 4180).
fn cell(value: &str, out: &mut String) {
    // Of a million values each is looked at here.
    let marked = value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if marked || value.is_empty() || value.starts_with([' ', '#']) || value.ends_with(' ') {
        out.push('"');
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(value);
    }
}

/// Adds the files of sets to a build.
pub(super) fn write(session: &Session, files: &SetFiles, build: &mut Build) {
    let mut asked: BTreeMap<(Target, String), Arc<IndicatorSet>> = BTreeMap::new();
    for target in build.rules.iter().flat_map(|rule| &rule.targets) {
        if let Outcome::Written(query) = &target.outcome {
            for set in &query.sets {
                asked.entry((target.target, set.name.clone())).or_insert_with(|| Arc::clone(set));
            }
        }
    }
    let of_splunk: Vec<Arc<IndicatorSet>> =
        asked.iter().filter(|((target, _), _)| *target == Target::Splunk).map(|(_, set)| Arc::clone(set)).collect();
    if !of_splunk.is_empty() {
        build.files.insert("splunk/app/default/transforms.conf".to_owned(), envelope::splunk::transforms(&of_splunk));
    }
    for ((target, name), set) in asked {
        let folder = if target == Target::Splunk { "splunk/app/lookups" } else { "sentinel/watchlists" };
        let path = format!("{folder}/{name}.csv");
        let text = files.take(target, &set);
        let items = text.lines().count().saturating_sub(1);
        build.files.insert(path.clone(), text);
        build.set_files.push(SetFile { target, name, path, items });
    }
    for rule in &session.program.rules {
        let Body::Sweep(sweep) = &rule.body else { continue };
        let mut text = String::from("type,indicator\n");
        let mut indicators = 0;
        for set in &sweep.sets {
            indicators += set.values().len();
            for value in set.values() {
                text.push_str(&set.kind);
                text.push(',');
                cell(value, &mut text);
                text.push('\n');
            }
        }
        let path = format!("indicators/{}/{}.csv", rule.hunt.name, rule.name);
        build.files.insert(path.clone(), text);
        build.swept_files.push(SweptFile { hunt: rule.hunt.name.clone(), sweep: rule.name.clone(), path, indicators });
    }
}

/// The lines of a sweep's list that the new one has no more, in their order.
pub fn removed<'a>(before: &'a str, now: &str) -> Vec<&'a str> {
    if before == now {
        return Vec::new();
    }
    let now: BTreeSet<&str> = now.lines().skip(1).collect();
    before.lines().skip(1).filter(|line| !now.contains(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_told_in_its_order() {
        let before = "type,indicator\nip,192.0.2.2\nip,192.0.2.1\ndomain,a.example\n";
        assert_eq!(removed(before, "type,indicator\nip,192.0.2.1\n"), ["ip,192.0.2.2", "domain,a.example"]);
        assert!(removed(before, before).is_empty());
        assert!(removed("", before).is_empty());
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let of = |value: &str| {
            let mut out = String::new();
            cell(value, &mut out);
            out
        };
        assert_eq!(of("a.example"), "a.example");
        assert_eq!(of("Mozilla/5.0 (X; \"q\", y)"), "\"Mozilla/5.0 (X; \"\"q\"\", y)\"");
        assert_eq!(of("#x"), "\"#x\"");
    }
}
