//! Layers of what uses techniques: software, groups, campaigns, rules.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Cell, Layer, Link, places};
use crate::attack::{Facts, Object, ObjectKind};

/// A layer with a letter in score expressions, and what it is called in a legend.
#[derive(Clone, Debug)]
pub struct Source {
    pub title: String,
    pub layer: Layer,
    /// What stands behind a cell, by technique: names of rules. Empty for objects of ATT&CK.
    pub details: BTreeMap<&'static str, Vec<String>>,
}

/// Which techniques count as a group's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those that ATT&CK says of the group itself.
    Direct,
    /// Also those of campaigns attributed to it: what the Navigator selects.
    #[default]
    Campaigns,
    /// Its own and those of the software that it uses.
    Software,
    /// All of these, and the software of its campaigns.
    All,
}

impl Reach {
    pub const ALL: &'static [Reach] = &[Reach::Direct, Reach::Campaigns, Reach::Software, Reach::All];

    /// As `--group-techniques` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Direct => "direct",
            Reach::Campaigns => "campaigns",
            Reach::Software => "software",
            Reach::All => "all",
        }
    }
}

/// The techniques of a group, software or campaign, each once, in the order of their ids.
///
/// For software a reach means nothing. A campaign has its own techniques, and with [`Reach::Software`] those of its software.
pub fn techniques_of(facts: &'static Facts, object: &Object, reach: Reach) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<&'static str> = facts.uses(object.id).techniques.iter().copied().collect();
    let mut software: BTreeSet<&'static str> = BTreeSet::new();
    if object.kind != ObjectKind::Software && matches!(reach, Reach::Software | Reach::All) {
        software.extend(&facts.uses(object.id).software);
    }
    if object.kind == ObjectKind::Actor && matches!(reach, Reach::Campaigns | Reach::All) {
        for campaign in facts.campaigns_of(object.id) {
            let uses = facts.uses(campaign.id);
            found.extend(&uses.techniques);
            if reach == Reach::All {
                software.extend(&uses.software);
            }
        }
    }
    for id in software {
        found.extend(&facts.uses(id).techniques);
    }
    found
}

/// The layer of an object of ATT&CK: each of its techniques below every tactic, with a score.
///
/// `known` are the facts that know the object, which for a campaign may be those of an older release than the layer's; techniques
/// are brought forward.
pub fn object_source(known: &'static Facts, facts: &'static Facts, object: &Object, reach: Reach, score: f64) -> Source {
    let mut ids: BTreeSet<&'static str> = BTreeSet::new();
    for id in techniques_of(known, object, reach) {
        let live = facts.technique(id).map(|technique| technique.id);
        ids.extend(live.or_else(|| facts.revoked(id).and_then(|(_, successor)| successor)));
    }
    let mut source =
        Source { title: object.name.to_owned(), layer: Layer::new(object.name, facts.release), details: BTreeMap::new() };
    score_all(&mut source.layer, facts, ids, score);
    let folder = match object.kind {
        ObjectKind::Actor => "groups",
        ObjectKind::Campaign => "campaigns",
        ObjectKind::Software | ObjectKind::Technique | ObjectKind::Tactic => "software",
    };
    source.layer.links.push(Link::To {
        label: format!("{} ({})", object.name, object.id),
        url: format!("https://attack.mitre.org/{folder}/{}/", object.id),
    });
    source
}

/// The layer of some rules: the techniques that each says it detects.
pub fn rules_source<'r>(
    title: String,
    facts: &'static Facts,
    rules: impl IntoIterator<Item = (&'r str, Vec<&'r str>)>,
    score: f64,
) -> Source {
    let mut details: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (rule, techniques) in rules {
        for id in techniques {
            if let Some(technique) = facts.technique(id) {
                let names = details.entry(technique.id).or_default();
                if !names.iter().any(|name| name == rule) {
                    names.push(rule.to_owned());
                }
            }
        }
    }
    let mut layer = Layer::new(title.clone(), facts.release);
    score_all(&mut layer, facts, details.keys().copied(), score);
    Source { title, layer, details }
}

fn score_all(layer: &mut Layer, facts: &Facts, ids: impl IntoIterator<Item = &'static str>, score: f64) {
    for technique in ids.into_iter().filter_map(|id| facts.technique(id)) {
        for place in places(facts, &technique) {
            layer.cells.insert(place, Cell { score: Some(score), ..Cell::default() });
        }
    }
}
