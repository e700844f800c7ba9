//! What each hunt has come to: its stage, its outcome, its age, and what is missing before it may close.

mod missing;
mod write;

pub use missing::{Aspect, Missing, missing};
pub use write::{json, list, table};

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::compile::{Hunt, Indicators};
use crate::coverage::Record;
use crate::diag::Span;

/// A hunt with everything that is counted of it. Days are `YYYY-MM-DD`; ages are whole days, nothing where a date is missing.
#[derive(Clone, Debug)]
pub struct Standing {
    pub hunt: Hunt,
    /// Where it stands.
    pub file: String,
    pub line: usize,
    /// Its rules, each once however many log sources it looks at.
    pub rules: usize,
    /// Those that are tested and held by some target.
    pub tested: usize,
    /// Days since it was created.
    pub age: Option<i32>,
    /// Days since it was last changed, or created.
    pub reviewed: Option<i32>,
    /// Days of the timebox, and how many of them have passed.
    pub timebox: Option<(i64, Option<i32>)>,
    /// Sets of indicators that have expired.
    pub expired: Vec<String>,
    pub missing: Vec<Missing>,
}

impl Standing {
    pub fn stage(&self) -> &str {
        self.hunt.status.as_deref().unwrap_or("draft")
    }

    pub fn outcome(&self) -> Option<&str> {
        self.hunt.result.as_ref().and_then(|result| result.outcome.as_deref())
    }

    pub fn may_close(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether it said how long it would take, and took longer.
    pub fn is_overdue(&self) -> bool {
        self.timebox.is_some_and(|(box_days, used)| used.is_some_and(|used| i64::from(used) > box_days))
    }
}

/// How each hunt stands on a day. `rules` are those of a manifest; `place` gives the file and line of a span.
pub fn standings(hunts: Vec<Hunt>, rules: &[Record], as_of: &str, place: &dyn Fn(Span) -> (String, usize)) -> Vec<Standing> {
    hunts.into_iter().map(|hunt| standing(hunt, rules, as_of, place)).collect()
}

fn standing(hunt: Hunt, rules: &[Record], as_of: &str, place: &dyn Fn(Span) -> (String, usize)) -> Standing {
    let own: Vec<&Record> = rules.iter().filter(|rule| rule.hunt == hunt.name).collect();
    let (file, line) = place(hunt.head);
    let created = hunt.created.as_deref();
    let result = hunt.result.as_ref();
    let began = result.and_then(|result| result.started.as_deref());
    let ended = result.and_then(|result| result.ended.as_deref()).unwrap_or(as_of);
    let timebox = hunt.stop.as_ref().and_then(|stop| stop.timebox).map(|seconds| {
        // A part of a day is a day of work.
        let days = i64::try_from(seconds.div_ceil(86_400)).unwrap_or(i64::MAX);
        (days, began.and_then(|began| days_between(began, ended)))
    });
    let expired = hunt.indicators.iter().filter(|set| is_expired(set, as_of)).map(|set| set.name.clone()).collect();
    let missing = missing(&hunt, &own, as_of);
    Standing {
        file,
        line,
        rules: distinct(&mut own.iter().copied()),
        tested: distinct(&mut own.iter().copied().filter(|rule| rule.passes() && rule.is_written())),
        age: created.and_then(|created| days_between(created, as_of)),
        reviewed: hunt.modified.as_deref().or(created).and_then(|day| days_between(day, as_of)),
        timebox,
        expired,
        missing,
        hunt,
    }
}

/// Indicators hold on their last day.
fn is_expired(set: &Indicators, as_of: &str) -> bool {
    set.expires.as_deref().is_some_and(|expires| !as_of.is_empty() && expires < as_of)
}

/// Whole days from one day to another.
fn days_between(from: &str, to: &str) -> Option<i32> {
    let (from, to) = (from.parse::<Date>().ok()?, to.parse::<Date>().ok()?);
    Some(to.since((jiff::Unit::Day, from)).ok()?.get_days())
}

/// How many rules some entries of a manifest are of.
fn distinct(rules: &mut dyn Iterator<Item = &Record>) -> usize {
    let names: BTreeSet<(&str, Option<&(String, u64)>)> =
        rules.map(|rule| if rule.place.is_some() { ("", rule.place.as_ref()) } else { (rule.rule.as_str(), None) }).collect();
    names.len()
}

/// The log sources that some rules were written for. A sweep takes every log source that has a field of its indicators' type: that is
/// no claim that all of them are here.
fn sources<'r>(rules: &[&'r Record]) -> BTreeSet<&'r str> {
    let written = rules.iter().filter(|rule| rule.kind.as_deref() != Some("sweep"));
    written.filter_map(|rule| rule.log_source.as_deref()).collect()
}
