//! One release's facts as typed values.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Release;

/// A column of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0006`.
    pub id: &'static str,
    /// `credential-access`, as Sigma's tags and ATT&CK's kill chain write it.
    pub short_name: &'static str,
    /// `Credential Access`.
    pub name: &'static str,
}

/// A live technique or sub-technique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1490`, `T1003.001`.
    pub id: &'static str,
    pub name: &'static str,
    /// In the matrix's order.
    pub tactics: Vec<Tactic>,
    pub platforms: Vec<&'static str>,
}

impl Technique {
    /// `T1003` of `T1003.001`.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }
}

/// What an id names, by its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    Technique,
    Tactic,
    /// A group (`G`): the language's word is `actor`.
    Actor,
    Software,
    Campaign,
}

impl ObjectKind {
    /// The language's word for it.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Technique => "technique",
            ObjectKind::Tactic => "tactic",
            ObjectKind::Actor => "actor",
            ObjectKind::Software => "software",
            ObjectKind::Campaign => "campaign",
        }
    }

    /// The kind that an id's letters say, where the rest of the id has ATT&CK's shape. Case does not matter.
    pub fn of_id(id: &str) -> Option<ObjectKind> {
        let upper = id.to_ascii_uppercase();
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(rest) = upper.strip_prefix("TA") {
            return digits(rest, 4).then_some(ObjectKind::Tactic);
        }
        if let Some(rest) = upper.strip_prefix('T') {
            let (parent, sub) = rest.split_once('.').map_or((rest, None), |(parent, sub)| (parent, Some(sub)));
            return (digits(parent, 4) && sub.is_none_or(|sub| digits(sub, 3))).then_some(ObjectKind::Technique);
        }
        let (kind, rest) = if let Some(rest) = upper.strip_prefix('G') {
            (ObjectKind::Actor, rest)
        } else if let Some(rest) = upper.strip_prefix('S') {
            (ObjectKind::Software, rest)
        } else {
            (ObjectKind::Campaign, upper.strip_prefix('C')?)
        };
        digits(rest, 4).then_some(kind)
    }
}

/// A live group, software or campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub kind: ObjectKind,
    /// `G0032`, `S0366`, `C0024`.
    pub id: &'static str,
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Techniques that it uses itself; for a group without those of its campaigns and its software.
    pub techniques: &'static [&'static str],
    /// Software that a group or a campaign uses.
    pub software: &'static [&'static str],
    /// Groups that a campaign is attributed to.
    pub attributed_to: &'static [&'static str],
    /// Software: `malware` or `tool`.
    pub software_kind: Option<&'static str>,
    /// Software: names of platforms. Empty in 19.0, whose facts do not hold them.
    pub platforms: Vec<&'static str>,
    /// Campaigns: `2009-11-01`.
    pub first_seen: Option<&'static str>,
    pub last_seen: Option<&'static str>,
}

/// The facts of one release.
#[derive(Debug)]
pub struct Facts {
    pub release: Release,
    tactics: Vec<Tactic>,
    table: Table<'static>,
    users: OnceLock<BTreeMap<&'static str, Vec<(ObjectKind, &'static str)>>>,
}

type TechniqueRow<'a> = (&'a str, Vec<u8>, Vec<u8>);

/// The file's shape; see `data/README.md`.
#[derive(Debug, Default, Deserialize)]
struct Table<'a> {
    #[serde(borrow)]
    tactics: Vec<(&'a str, &'a str, &'a str)>,
    #[serde(borrow)]
    platforms: Vec<&'a str>,
    #[serde(borrow)]
    techniques: BTreeMap<&'a str, TechniqueRow<'a>>,
    #[serde(borrow)]
    groups: BTreeMap<&'a str, ObjectRow<'a>>,
    #[serde(borrow)]
    software: BTreeMap<&'a str, ObjectRow<'a>>,
    #[serde(borrow)]
    campaigns: Option<BTreeMap<&'a str, ObjectRow<'a>>>,
    #[serde(borrow)]
    revoked: BTreeMap<&'a str, (Option<&'a str>, &'a str)>,
    #[serde(borrow)]
    deprecated: Option<Vec<(&'a str, &'a str)>>,
}

#[derive(Debug, Default, Deserialize)]
struct ObjectRow<'a> {
    n: &'a str,
    #[serde(default, borrow)]
    k: Option<&'a str>,
    #[serde(default, borrow)]
    a: Vec<&'a str>,
    #[serde(default)]
    p: Vec<u8>,
    #[serde(default, borrow)]
    t: Later<'a>,
    #[serde(default, borrow)]
    s: Later<'a>,
    #[serde(default, borrow)]
    g: Later<'a>,
    #[serde(default, borrow)]
    f: Option<&'a str>,
    #[serde(default, borrow)]
    l: Option<&'a str>,
}

/// A list of ids that is read when it is first asked for: most calls look at the names of many objects and at the techniques
/// of few, and reading them all is most of what a release costs.
#[derive(Debug, Default)]
struct Later<'a> {
    text: Option<&'a RawValue>,
    read: OnceLock<Vec<&'a str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Later<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Later { text: Some(<&'a RawValue>::deserialize(deserializer)?), read: OnceLock::new() })
    }
}

impl<'a> Later<'a> {
    fn get(&self) -> &[&'a str] {
        // The file was read as JSON already, and a test reads every list.
        self.read.get_or_init(|| self.text.and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default())
    }
}

impl Facts {
    /// Reads an embedded file. The text is kept for the life of the program, so that every name borrows from it.
    pub(super) fn inflate(release: Release, compressed: &[u8]) -> Facts {
        let mut text = String::with_capacity(300_000);
        let table: Result<Table<'static>, _> = match flate2::read::GzDecoder::new(compressed).read_to_string(&mut text) {
            Ok(_) => {
                let text: &'static str = Box::leak(text.into_boxed_str());
                serde_json::from_str(text)
            }
            Err(error) => Err(serde_json::Error::io(error)),
        };
        #[expect(clippy::expect_used, reason = "the bytes are a part of the program, and a test reads both files")]
        let table = table.expect("the embedded ATT&CK facts are readable");
        let tactics = table.tactics.iter().map(|&(id, short_name, name)| Tactic { id, short_name, name }).collect();
        Facts { release, tactics, table, users: OnceLock::new() }
    }

    /// Whether campaigns are recorded. In 19.0 they are not: that a campaign is not found there says nothing.
    pub fn holds_campaigns(&self) -> bool {
        self.table.campaigns.is_some()
    }

    /// Whether deprecated objects are recorded. In 19.0 they are not; the resolvers ask 18.1 about them there.
    pub fn holds_deprecations(&self) -> bool {
        self.table.deprecated.is_some()
    }

    /// In the matrix's order.
    pub fn tactics(&self) -> &[Tactic] {
        &self.tactics
    }

    /// A tactic by id, short name or name, ignoring case.
    pub fn tactic(&self, text: &str) -> Option<Tactic> {
        let text = text.trim();
        self.tactics
            .iter()
            .copied()
            .find(|tactic| [tactic.id, tactic.short_name, tactic.name].iter().any(|known| known.eq_ignore_ascii_case(text)))
    }

    /// A live technique by its id; case does not matter.
    pub fn technique(&self, id: &str) -> Option<Technique> {
        let id = canonical(id);
        self.table.techniques.get_key_value(id.as_str()).map(|(id, row)| self.build_technique(id, row))
    }

    /// Live techniques in the order of their ids.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> + '_ {
        self.table.techniques.iter().map(|(id, row)| self.build_technique(id, row))
    }

    pub(super) fn technique_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.table.techniques.iter().map(|(id, row)| (*id, row.0))
    }

    fn build_technique(&self, id: &'static str, row: &TechniqueRow<'static>) -> Technique {
        let mut tactics = row.1.clone();
        tactics.sort_unstable();
        Technique {
            id,
            name: row.0,
            tactics: tactics.iter().filter_map(|index| self.tactics.get(usize::from(*index)).copied()).collect(),
            platforms: self.platform_names(&row.2),
        }
    }

    fn platform_names(&self, indices: &[u8]) -> Vec<&'static str> {
        let mut names: Vec<&'static str> =
            indices.iter().filter_map(|index| self.table.platforms.get(usize::from(*index)).copied()).collect();
        names.sort_unstable();
        names
    }

    /// The tactics of some techniques, each once, in the matrix's order. Always computed from the techniques: between
    /// releases a tactic was split, so that no old tactic can be renamed to a new one.
    pub fn tactics_of<'a>(&self, techniques: impl IntoIterator<Item = &'a str>) -> Vec<Tactic> {
        let mut found = BTreeSet::new();
        for id in techniques {
            if let Some(row) = self.table.techniques.get(canonical(id).as_str()) {
                found.extend(row.1.iter().copied());
            }
        }
        found.into_iter().filter_map(|index| self.tactics.get(usize::from(index)).copied()).collect()
    }

    /// A live group, software or campaign by its id; case does not matter.
    pub fn object(&'static self, id: &str) -> Option<Object> {
        let kind = ObjectKind::of_id(id)?;
        let (id, row) = self.rows(kind)?.get_key_value(canonical(id).as_str())?;
        Some(self.build_object(kind, id, row))
    }

    /// Live objects of one kind in the order of their ids; none for techniques and tactics.
    pub fn objects(&'static self, kind: ObjectKind) -> impl Iterator<Item = Object> {
        self.rows(kind).into_iter().flatten().map(move |(id, row)| self.build_object(kind, id, row))
    }

    /// Ids, names and aliases of one kind.
    pub(super) fn object_names(
        &self,
        kind: ObjectKind,
    ) -> impl Iterator<Item = (&'static str, &'static str, &[&'static str])> + '_ {
        self.rows(kind).into_iter().flatten().map(|(id, row)| (*id, row.n, row.a.as_slice()))
    }

    fn rows(&self, kind: ObjectKind) -> Option<&BTreeMap<&'static str, ObjectRow<'static>>> {
        match kind {
            ObjectKind::Actor => Some(&self.table.groups),
            ObjectKind::Software => Some(&self.table.software),
            ObjectKind::Campaign => self.table.campaigns.as_ref(),
            ObjectKind::Technique | ObjectKind::Tactic => None,
        }
    }

    fn build_object(&self, kind: ObjectKind, id: &'static str, row: &'static ObjectRow<'static>) -> Object {
        Object {
            kind,
            id,
            name: row.n,
            aliases: &row.a,
            techniques: row.t.get(),
            software: row.s.get(),
            attributed_to: row.g.get(),
            software_kind: row.k.map(|letter| if letter == "t" { "tool" } else { "malware" }),
            platforms: self.platform_names(&row.p),
            first_seen: row.f,
            last_seen: row.l,
        }
    }

    /// Campaigns that are attributed to a group. Empty in 19.0, whose facts hold no campaigns.
    pub fn campaigns_of(&'static self, group: &str) -> Vec<Object> {
        let group = canonical(group);
        self.objects(ObjectKind::Campaign).filter(|campaign| campaign.attributed_to.contains(&group.as_str())).collect()
    }

    /// Which groups, software and campaigns use a technique, by kind and id.
    pub fn users_of(&self, technique: &str) -> &[(ObjectKind, &'static str)] {
        let users = self.users.get_or_init(|| {
            let mut users: BTreeMap<&'static str, Vec<(ObjectKind, &'static str)>> = BTreeMap::new();
            for kind in [ObjectKind::Actor, ObjectKind::Software, ObjectKind::Campaign] {
                for (id, row) in self.rows(kind).into_iter().flatten() {
                    for technique in row.t.get() {
                        users.entry(technique).or_default().push((kind, id));
                    }
                }
            }
            users
        });
        users.get(canonical(technique).as_str()).map_or(&[], Vec::as_slice)
    }

    /// What a revoked id was called, and the live object at the end of its chain of successors. `None` inside: no object of
    /// Enterprise replaces it (some live on in another ATT&CK domain).
    pub fn revoked(&self, id: &str) -> Option<(&'static str, Option<&'static str>)> {
        let (mut successor, name) = *self.table.revoked.get(canonical(id).as_str())?;
        // Chains are short; the bound is against a cycle in the data.
        for _ in 0..16 {
            let Some(next) = successor else { break };
            match self.table.revoked.get(next) {
                Some((after, _)) => successor = *after,
                None => break,
            }
        }
        Some((name, successor.filter(|id| self.is_live(id))))
    }

    /// Ids that were revoked, with their names.
    pub(super) fn revoked_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.table.revoked.iter().map(|(id, (_, name))| (*id, *name))
    }

    /// The name of a deprecated object, with the release that says so: 18.1 answers for 19.0.
    pub fn deprecated(&self, id: &str) -> Option<(&'static str, Release)> {
        let id = canonical(id);
        match &self.table.deprecated {
            Some(rows) => rows.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name, self.release)),
            None if self.is_live(&id) || self.table.revoked.contains_key(id.as_str()) => None,
            None => Release::V18_1.facts().deprecated(&id),
        }
    }

    pub(super) fn is_live(&self, id: &str) -> bool {
        self.table.techniques.contains_key(id)
            || [ObjectKind::Actor, ObjectKind::Software, ObjectKind::Campaign]
                .iter()
                .any(|kind| self.rows(*kind).is_some_and(|rows| rows.contains_key(id)))
    }
}

/// An id as the tables write it.
fn canonical(id: &str) -> String {
    id.trim().to_ascii_uppercase()
}
