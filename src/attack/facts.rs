//! One release's facts as typed values.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::OnceLock;

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

/// A live group, software or campaign. What it uses is asked of [`Facts::uses`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub kind: ObjectKind,
    /// `G0032`, `S0366`, `C0024`.
    pub id: &'static str,
    pub name: &'static str,
    pub aliases: Vec<&'static str>,
    /// Software: `malware` or `tool`.
    pub software_kind: Option<&'static str>,
    /// Software: names of platforms. Empty in 19.0, whose facts do not hold them.
    pub platforms: Vec<&'static str>,
    /// Campaigns: `2009-11-01`.
    pub first_seen: Option<&'static str>,
    pub last_seen: Option<&'static str>,
}

/// What a group, software or campaign uses: ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Techniques that it uses itself; for a group without those of its campaigns and its software.
    pub techniques: Vec<&'static str>,
    /// Software that a group or a campaign uses.
    pub software: Vec<&'static str>,
    /// Groups that a campaign is attributed to.
    pub attributed_to: Vec<&'static str>,
}

/// The facts of one release: what things are called, and, read when it is first asked for, what they use. Most calls look at
/// names alone.
#[derive(Debug)]
pub struct Facts {
    pub release: Release,
    tactics: Vec<Tactic>,
    techniques: Vec<Row>,
    actors: Vec<Row>,
    software: Vec<Row>,
    campaigns: Vec<Row>,
    revoked: Vec<Row>,
    deprecated: Vec<Row>,
    compressed_uses: &'static [u8],
    uses: OnceLock<BTreeMap<&'static str, Uses>>,
    users: OnceLock<BTreeMap<&'static str, Vec<(ObjectKind, &'static str)>>>,
}

/// One line of a file of names; `data/README.md` has the columns.
#[derive(Clone, Copy, Debug)]
struct Row {
    id: &'static str,
    name: &'static str,
    rest: &'static str,
}

impl Row {
    /// A cell behind the name.
    fn cell(&self, index: usize) -> &'static str {
        self.rest.split('\t').nth(index).unwrap_or_default()
    }

    fn filled(&self, index: usize) -> Option<&'static str> {
        Some(self.cell(index)).filter(|cell| !cell.is_empty())
    }
}

/// What stands before the first tab, and what stands behind it. A start of the program reads some thousand cells.
fn cut(text: &'static str) -> (&'static str, &'static str) {
    memchr::memchr(b'\t', text.as_bytes()).map_or((text, ""), |tab| (&text[..tab], &text[tab + 1..]))
}

/// The entries of a cell that holds several.
fn entries(cell: &'static str, separator: char) -> impl Iterator<Item = &'static str> {
    cell.split(separator).filter(|entry| !entry.is_empty())
}

/// The row of an id, in rows that stand in the order of ids.
fn row_of(rows: &[Row], id: &str) -> Option<Row> {
    rows.binary_search_by(|row| row.id.cmp(id)).ok().and_then(|index| rows.get(index).copied())
}

/// The text of an embedded file, kept for the life of the program, so that every name borrows from it.
pub(super) fn inflate(compressed: &[u8]) -> &'static str {
    let mut text = String::with_capacity(compressed.len() * 8);
    #[expect(clippy::expect_used, reason = "the bytes are a part of the program, and a test reads every file")]
    flate2::read::GzDecoder::new(compressed).read_to_string(&mut text).expect("the embedded ATT&CK facts are readable");
    Box::leak(text.into_boxed_str())
}

impl Facts {
    /// Reads a release's embedded names.
    pub(super) fn read(release: Release, names: &'static str, uses: &'static [u8]) -> Facts {
        let mut facts = Facts {
            release,
            tactics: Vec::new(),
            techniques: Vec::with_capacity(800),
            actors: Vec::with_capacity(200),
            software: Vec::with_capacity(900),
            campaigns: Vec::new(),
            revoked: Vec::with_capacity(256),
            deprecated: Vec::new(),
            compressed_uses: uses,
            uses: OnceLock::new(),
            users: OnceLock::new(),
        };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', names.as_bytes()) {
            let (kind, line) = cut(&names[start..end]);
            start = end + 1;
            let (id, line) = cut(line);
            let (name, rest) = cut(line);
            let row = Row { id, name, rest };
            match kind {
                "tactic" => facts.tactics.push(Tactic { id, short_name: name, name: rest }),
                "technique" => facts.techniques.push(row),
                "actor" => facts.actors.push(row),
                "software" => facts.software.push(row),
                "campaign" => facts.campaigns.push(row),
                "revoked" => facts.revoked.push(row),
                _ => facts.deprecated.push(row),
            }
        }
        facts
    }

    /// What a group, software or campaign uses, by its id; nothing for what is no object.
    pub fn uses(&self, id: &str) -> &Uses {
        static NOTHING: Uses = Uses { techniques: Vec::new(), software: Vec::new(), attributed_to: Vec::new() };
        self.all_uses().get(canonical(id).as_str()).unwrap_or(&NOTHING)
    }

    fn all_uses(&self) -> &BTreeMap<&'static str, Uses> {
        self.uses.get_or_init(|| {
            let mut all: BTreeMap<&'static str, Uses> = BTreeMap::new();
            for line in inflate(self.compressed_uses).lines() {
                let mut cells = line.split('\t');
                let mut next = || cells.next().unwrap_or_default();
                let (id, what, ids) = (next(), next(), next());
                let uses = all.entry(id).or_default();
                let list = match what {
                    "techniques" => &mut uses.techniques,
                    "software" => &mut uses.software,
                    _ => &mut uses.attributed_to,
                };
                list.extend(entries(ids, ' '));
            }
            all
        })
    }

    /// Whether campaigns are recorded. In 19.0 they are not: that a campaign is not found there says nothing.
    pub fn holds_campaigns(&self) -> bool {
        !self.campaigns.is_empty()
    }

    /// Whether deprecated objects are recorded. In 19.0 they are not; the resolvers ask 18.1 about them there.
    pub fn holds_deprecations(&self) -> bool {
        !self.deprecated.is_empty()
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
        row_of(&self.techniques, &canonical(id)).map(|row| self.build_technique(row))
    }

    /// Live techniques in the order of their ids.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> + '_ {
        self.techniques.iter().map(|row| self.build_technique(*row))
    }

    pub(super) fn technique_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.techniques.iter().map(|row| (row.id, row.name))
    }

    fn build_technique(&self, row: Row) -> Technique {
        Technique {
            id: row.id,
            name: row.name,
            tactics: self.tactics_in(row).map(|(_, tactic)| tactic).collect(),
            platforms: entries(row.cell(1), '|').collect(),
        }
    }

    /// A technique's tactics, each with its place in the matrix, in that order.
    fn tactics_in(&self, technique: Row) -> impl Iterator<Item = (usize, Tactic)> + '_ {
        let cell = technique.cell(0);
        self.tactics
            .iter()
            .copied()
            .enumerate()
            .filter(move |(_, tactic)| entries(cell, '|').any(|name| name == tactic.short_name))
    }

    /// The tactics of some techniques, each once, in the matrix's order. Always computed from the techniques: between
    /// releases a tactic was split, so that no old tactic can be renamed to a new one.
    pub fn tactics_of<'a>(&self, techniques: impl IntoIterator<Item = &'a str>) -> Vec<Tactic> {
        let mut found = BTreeSet::new();
        for id in techniques {
            if let Some(row) = row_of(&self.techniques, &canonical(id)) {
                found.extend(self.tactics_in(row).map(|(index, _)| index));
            }
        }
        found.into_iter().filter_map(|index| self.tactics.get(index).copied()).collect()
    }

    /// A live group, software or campaign by its id; case does not matter.
    pub fn object(&self, id: &str) -> Option<Object> {
        let kind = ObjectKind::of_id(id)?;
        row_of(self.rows(kind), &canonical(id)).map(|row| build_object(kind, row))
    }

    /// Live objects of one kind in the order of their ids; none for techniques and tactics.
    pub fn objects(&self, kind: ObjectKind) -> impl Iterator<Item = Object> + '_ {
        self.rows(kind).iter().map(move |row| build_object(kind, *row))
    }

    /// Ids, names and aliases of one kind.
    pub(super) fn object_names(
        &self,
        kind: ObjectKind,
    ) -> impl Iterator<Item = (&'static str, &'static str, impl Iterator<Item = &'static str>)> + '_ {
        self.rows(kind).iter().map(|row| (row.id, row.name, entries(row.cell(0), '|')))
    }

    fn rows(&self, kind: ObjectKind) -> &[Row] {
        match kind {
            ObjectKind::Actor => &self.actors,
            ObjectKind::Software => &self.software,
            ObjectKind::Campaign => &self.campaigns,
            ObjectKind::Technique | ObjectKind::Tactic => &[],
        }
    }

    /// Campaigns that are attributed to a group. Empty in 19.0, whose facts hold no campaigns.
    pub fn campaigns_of(&self, group: &str) -> Vec<Object> {
        let group = canonical(group);
        self.objects(ObjectKind::Campaign)
            .filter(|campaign| self.uses(campaign.id).attributed_to.contains(&group.as_str()))
            .collect()
    }

    /// Which groups, software and campaigns use a technique, by kind and id.
    pub fn users_of(&self, technique: &str) -> &[(ObjectKind, &'static str)] {
        let users = self.users.get_or_init(|| {
            let mut users: BTreeMap<&'static str, Vec<(ObjectKind, &'static str)>> = BTreeMap::new();
            for kind in [ObjectKind::Actor, ObjectKind::Software, ObjectKind::Campaign] {
                for row in self.rows(kind) {
                    for technique in self.all_uses().get(row.id).into_iter().flat_map(|uses| &uses.techniques) {
                        users.entry(technique).or_default().push((kind, row.id));
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
        let row = row_of(&self.revoked, &canonical(id))?;
        let mut successor = row.filled(0);
        // Chains are short; the bound is against a cycle in the data.
        for _ in 0..16 {
            match successor.and_then(|next| row_of(&self.revoked, next)) {
                Some(next) => successor = next.filled(0),
                None => break,
            }
        }
        Some((row.name, successor.filter(|id| self.is_live(id))))
    }

    /// Ids that were revoked, with their names.
    pub(super) fn revoked_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.revoked.iter().map(|row| (row.id, row.name))
    }

    /// The id of a revoked technique by the name that it had, where one alone had it.
    pub fn revoked_technique(&self, name: &str) -> Option<&'static str> {
        let mut ids = self
            .revoked_names()
            .filter(|(id, known)| ObjectKind::of_id(id) == Some(ObjectKind::Technique) && known.eq_ignore_ascii_case(name))
            .map(|(id, _)| id);
        let first = ids.next()?;
        ids.next().is_none().then_some(first)
    }

    /// The name of a deprecated object, with the release that says so: 18.1 answers for 19.0.
    pub fn deprecated(&self, id: &str) -> Option<(&'static str, Release)> {
        let id = canonical(id);
        if self.holds_deprecations() {
            return self.deprecated.iter().find(|row| row.id == id).map(|row| (row.name, self.release));
        }
        let known = self.is_live(&id) || row_of(&self.revoked, &id).is_some();
        if known { None } else { Release::V18_1.facts().deprecated(&id) }
    }

    pub(super) fn is_live(&self, id: &str) -> bool {
        [&self.techniques, &self.actors, &self.software, &self.campaigns].iter().any(|rows| row_of(rows, id).is_some())
    }
}

fn build_object(kind: ObjectKind, row: Row) -> Object {
    Object {
        kind,
        id: row.id,
        name: row.name,
        aliases: entries(row.cell(0), '|').collect(),
        software_kind: row.filled(1),
        platforms: entries(row.cell(2), '|').collect(),
        first_seen: row.filled(3),
        last_seen: row.filled(4),
    }
}

/// An id as the tables write it.
pub(super) fn canonical(id: &str) -> String {
    id.trim().to_ascii_uppercase()
}
