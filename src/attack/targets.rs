//! Whom adversaries are known to target: MISP's galaxy of threat actors, with the ATT&CK groups that they are.
//!
//! What a galaxy does not record is not known; it never means that somebody is spared. Values are as the galaxy writes them, and
//! tables beside them say which sector or place each means. `data/README.md` has source and licence.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::facts::inflate;

/// How sure it is that an actor of the galaxy is a group of ATT&CK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The galaxy names the group's id or page.
    Named,
    /// They share a name or an alias.
    SharedName,
}

impl Relation {
    /// For a reader.
    pub fn words(self) -> &'static str {
        match self {
            Relation::Named => "named by MISP",
            Relation::SharedName => "shares a name",
        }
    }
}

/// An actor with what is recorded of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adversary {
    pub name: &'static str,
    /// ATT&CK ids.
    pub groups: Vec<(&'static str, Relation)>,
    /// Countries, regions and organisations, as recorded.
    pub victims: Vec<&'static str>,
    /// As recorded.
    pub sectors: Vec<&'static str>,
    pub incident_types: Vec<&'static str>,
    /// The cluster in the galaxy.
    pub uuid: &'static str,
}

/// A country, region or organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub name: &'static str,
    /// Two letters of ISO 3166-1 for a country, else `region` or `organisation`.
    pub kind: &'static str,
}

/// The embedded section, read on the first call.
#[derive(Debug)]
pub struct Targets {
    adversaries: Vec<Adversary>,
    sectors: BTreeMap<&'static str, Vec<&'static str>>,
    places: BTreeMap<&'static str, Place>,
}

/// Actors of the galaxy, with or without a recorded target.
pub const ALL_ADVERSARIES: usize = 1041;

/// What is recorded of targets.
pub fn targets() -> &'static Targets {
    static TARGETS: OnceLock<Targets> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let mut found = Targets { adversaries: Vec::new(), sectors: BTreeMap::new(), places: BTreeMap::new() };
        let entries = |cell: &'static str| cell.split('|').filter(|entry| !entry.is_empty()).collect::<Vec<_>>();
        for line in inflate(include_bytes!("data/targets.tsv.gz")).lines() {
            let cells: Vec<&'static str> = line.split('\t').collect();
            match cells.as_slice() {
                ["sector", value, sector] => found.sectors.entry(value).or_default().push(sector),
                ["place", value, name, kind] => {
                    found.places.insert(value, Place { name, kind });
                }
                ["actor", name, groups, victims, sectors, incidents, uuid] => found.adversaries.push(Adversary {
                    name,
                    groups: entries(groups)
                        .into_iter()
                        .filter_map(|group| {
                            let (id, how) = group.split_once(':')?;
                            Some((id, if how == "named" { Relation::Named } else { Relation::SharedName }))
                        })
                        .collect(),
                    victims: entries(victims),
                    sectors: entries(sectors),
                    incident_types: entries(incidents),
                    uuid,
                }),
                _ => {}
            }
        }
        found
    })
}

impl Targets {
    /// Actors with a recorded target, by name.
    pub fn adversaries(&self) -> &[Adversary] {
        &self.adversaries
    }

    /// The sectors that a recorded value means; a value may mean two.
    pub fn sectors_of(&self, value: &str) -> &[&'static str] {
        self.sectors.get(value).map_or(&[], Vec::as_slice)
    }

    /// The place that a recorded victim means.
    pub fn place_of(&self, value: &str) -> Option<Place> {
        self.places.get(value).copied()
    }

    /// Every sector, in alphabetical order.
    pub fn sectors(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self.sectors.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Every country, region and organisation, in alphabetical order.
    pub fn places(&self) -> Vec<Place> {
        let mut all: Vec<Place> = self.places.values().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The sectors that a word means: one of ours, or a value as it is recorded (`bank`). Case does not matter.
    pub fn find_sectors(&self, written: &str) -> Vec<&'static str> {
        let written = written.trim();
        let own: Vec<&'static str> = self.sectors().into_iter().filter(|sector| sector.eq_ignore_ascii_case(written)).collect();
        if !own.is_empty() {
            return own;
        }
        let mut found: Vec<&'static str> = self
            .sectors
            .iter()
            .filter(|(value, _)| value.eq_ignore_ascii_case(written))
            .flat_map(|(_, sectors)| sectors)
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The place that a name or a country's two letters mean. Case does not matter.
    pub fn find_place(&self, written: &str) -> Option<Place> {
        let written = written.trim();
        let code = |place: &Place| place.kind.len() == 2 && place.kind.eq_ignore_ascii_case(written);
        let by_value = || self.places.iter().find(|(value, _)| value.eq_ignore_ascii_case(written)).map(|(_, place)| *place);
        let places = self.places();
        places.iter().find(|place| place.name.eq_ignore_ascii_case(written) || code(place)).copied().or_else(by_value)
    }
}
