//! Who comes for us: groups by whom they are known to target, what they use, and which techniques they have in common.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::attack::{Adversary, Facts, Object, ObjectKind, Place, Relation, Release, targets};
use crate::layer::{Reach, techniques_of};

pub use write::{json, text};

/// What was asked for. An actor must be recorded for one of the sectors, where some are asked, and for one of the places, where
/// some are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub sectors: Vec<&'static str>,
    pub places: Vec<Place>,
}

/// An actor that was found.
#[derive(Clone, Debug)]
pub struct Suspect {
    pub adversary: &'static Adversary,
    /// Recorded values that met what was asked.
    pub because: Vec<&'static str>,
    /// Live groups of ATT&CK, those that MISP names first.
    pub groups: Vec<(Object, Relation)>,
}

/// A technique or software with the groups that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    pub id: &'static str,
    pub name: &'static str,
    /// Of the groups that were found.
    pub groups: Vec<&'static str>,
    /// Of all groups of ATT&CK.
    pub all: usize,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Targeting {
    pub release: Release,
    pub asked: Asked,
    pub reach: Reach,
    pub suspects: Vec<Suspect>,
    /// Groups of the suspects, each once, by id.
    pub groups: Vec<Object>,
    /// Those that most groups use first; among equals, those that few groups of ATT&CK use.
    pub techniques: Vec<Used>,
    pub software: Vec<Used>,
}

/// Actors that are known to target what was asked for, and what they have in common.
pub fn targeting(release: Release, asked: Asked, reach: Reach) -> Targeting {
    let facts = release.facts();
    let known = targets();
    let mut suspects = Vec::new();
    for adversary in known.adversaries() {
        let sectors: Vec<&'static str> = adversary
            .sectors
            .iter()
            .filter(|value| known.sectors_of(value).iter().any(|sector| asked.sectors.contains(sector)))
            .copied()
            .collect();
        let places: Vec<&'static str> = adversary
            .victims
            .iter()
            .filter(|value| known.place_of(value).is_some_and(|place| asked.places.contains(&place)))
            .copied()
            .collect();
        let met = (asked.sectors.is_empty() || !sectors.is_empty()) && (asked.places.is_empty() || !places.is_empty());
        if !met {
            continue;
        }
        let mut groups: Vec<(Object, Relation)> =
            adversary.groups.iter().filter_map(|(id, relation)| Some((live(facts, id)?, *relation))).collect();
        groups.sort_by_key(|(object, relation)| (*relation, object.id));
        suspects.push(Suspect { adversary, because: [sectors, places].concat(), groups });
    }
    let by_id: BTreeMap<&'static str, Object> =
        suspects.iter().flat_map(|suspect| &suspect.groups).map(|(object, _)| (object.id, object.clone())).collect();
    let groups: Vec<Object> = by_id.into_values().collect();
    let everybody: Vec<Object> = facts.objects(ObjectKind::Actor).collect();
    let techniques = used(&groups, &everybody, &|object| techniques_of(facts, object, reach), &|id| {
        facts.technique(id).map(|technique| (technique.id, technique.name))
    });
    let software = used(&groups, &everybody, &|object| software_of(facts, object, reach), &|id| {
        facts.object(id).map(|object| (object.id, object.name))
    });
    Targeting { release, asked, reach, suspects, groups, techniques, software }
}

/// A group, or what it became.
fn live(facts: &'static Facts, id: &str) -> Option<Object> {
    facts.object(id).or_else(|| facts.revoked(id).and_then(|(_, successor)| facts.object(successor?)))
}

fn software_of(facts: &'static Facts, object: &Object, reach: Reach) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<&'static str> = facts.uses(object.id).software.iter().copied().collect();
    if matches!(reach, Reach::Campaigns | Reach::All) {
        for campaign in facts.campaigns_of(object.id) {
            found.extend(&facts.uses(campaign.id).software);
        }
    }
    found
}

fn used(
    groups: &[Object],
    everybody: &[Object],
    of: &dyn Fn(&Object) -> BTreeSet<&'static str>,
    named: &dyn Fn(&str) -> Option<(&'static str, &'static str)>,
) -> Vec<Used> {
    let mut all: BTreeMap<&'static str, usize> = BTreeMap::new();
    for object in everybody {
        for id in of(object) {
            *all.entry(id).or_default() += 1;
        }
    }
    let mut found: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for group in groups {
        for id in of(group) {
            found.entry(id).or_default().push(group.id);
        }
    }
    let mut used: Vec<Used> = found
        .into_iter()
        .filter_map(|(id, groups)| {
            let (id, name) = named(id)?;
            Some(Used { id, name, groups, all: all.get(id).copied().unwrap_or_default() })
        })
        .collect();
    used.sort_by_key(|each| (std::cmp::Reverse(each.groups.len()), each.all, each.id));
    used
}
