//! What a call asks for, the same for every format: how far indicators may travel, and lists of well-known values.

use std::sync::Arc;

use super::warninglists::{Verdict, Warninglists};
use super::{Collection, Skipped, Tlp};

/// What is left out of what was read.
#[derive(Debug, Default)]
pub struct Policy {
    /// Nothing that is marked more strictly.
    pub max_tlp: Option<Tlp>,
    pub warninglists: Warninglists,
}

impl Policy {
    /// Takes what the call does not want out of a collection, each with its reason.
    pub fn apply(&self, collection: &mut Collection) {
        if let Some(most) = self.max_tlp {
            travels(collection, most);
        }
        let skipped = &mut collection.skipped;
        collection.indicators.retain_mut(|indicator| match self.warninglists.judge(indicator) {
            Verdict::Unknown => true,
            Verdict::Warned(lists) => {
                indicator.warnings = lists;
                true
            }
            Verdict::Excluded(list) => {
                skipped.push(Skipped {
                    kind: indicator.kind.name().into(),
                    value: indicator.value.clone(),
                    source: Arc::clone(&indicator.source),
                    tlp: indicator.tlp,
                    reason: Arc::from(format!("on the warninglist {list}")),
                });
                false
            }
        });
    }
}

/// Leaves in what is marked at most so strictly. An event that is marked more strictly goes as a whole: its title and its links
/// are of its marking. What may not travel does not travel in the record of it either.
fn travels(collection: &mut Collection, most: Tlp) {
    let whole = collection.tlp.filter(|tlp| *tlp > most);
    let reason: Arc<str> = Arc::from(format!("marked more strictly than {}", most.name()));
    for skipped in &mut collection.skipped {
        if whole.is_some() || skipped.tlp.is_some_and(|tlp| tlp > most) {
            skipped.value = Box::from("");
            skipped.tlp = skipped.tlp.max(whole);
        }
        if whole.is_some() {
            skipped.source = Arc::from("");
        }
    }
    let skipped = &mut collection.skipped;
    let mut links: Vec<Box<str>> = Vec::new();
    collection.indicators.retain(|indicator| {
        let tlp = indicator.tlp.max(whole);
        if tlp.is_none_or(|tlp| tlp <= most) {
            return true;
        }
        if indicator.kind == super::Type::Link {
            links.push(indicator.value.clone());
        }
        skipped.push(Skipped {
            kind: indicator.kind.name().into(),
            value: Box::from(""),
            source: if whole.is_some() { Arc::from("") } else { Arc::clone(&indicator.source) },
            tlp,
            reason: Arc::clone(&reason),
        });
        false
    });
    collection.rules.retain(|rule| {
        let tlp = rule.indicator.tlp.max(whole);
        let goes = tlp.is_none_or(|tlp| tlp <= most);
        if !goes {
            let source = if whole.is_some() { Arc::from("") } else { Arc::clone(&rule.indicator.source) };
            skipped.push(Skipped { kind: "stix".into(), value: Box::from(""), source, tlp, reason: Arc::clone(&reason) });
        }
        goes
    });
    collection.references.retain(|reference| !links.iter().any(|link| **link == **reference));
    if whole.is_some() {
        let skipped = std::mem::take(&mut collection.skipped);
        *collection = Collection { tlp: Some(most), skipped, ..Collection::default() };
    }
}
