//! The measurement: a list of techniques against a list of rules.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Record, Snapshot, is_held};
use super::sources::log_source;
use crate::attack::{Facts, Release, detection_sources};

/// What one technique stands at, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A rule that names it passes its tests, and some target holds it.
    Tested,
    /// Rules name it, and each that is tested fails a test.
    Failing,
    /// Rules name it, none of which has a test.
    Untested,
    /// Rules name it, and no target holds one.
    Refused,
    /// No rule; a hunt says that it cannot be seen, and why.
    BlindSpot,
    /// Nothing.
    NoRule,
}

impl Status {
    pub const ALL: &'static [Status] =
        &[Status::Tested, Status::Failing, Status::Untested, Status::Refused, Status::BlindSpot, Status::NoRule];

    /// The word of JSON.
    pub fn name(self) -> &'static str {
        match self {
            Status::Tested => "tested",
            Status::Failing => "failing",
            Status::Untested => "untested",
            Status::Refused => "refused",
            Status::BlindSpot => "blind_spot",
            Status::NoRule => "no_rule",
        }
    }

    /// For a reader.
    pub fn words(self) -> &'static str {
        match self {
            Status::Tested => "a rule with passing tests",
            Status::Failing => "rules that fail a test",
            Status::Untested => "rules without a test",
            Status::Refused => "rules that no target holds",
            Status::BlindSpot => "blind spot",
            Status::NoRule => "no rule",
        }
    }
}

/// What one technique stands at in one target, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// A tested rule is written exactly.
    Exact,
    /// A tested rule is written, wider or narrower than the hunt means.
    Approximate,
    /// A rule is written, which fails a test.
    Failing,
    /// A rule is written, which has no test.
    Untested,
    /// The hunt says that the rule is not for this target.
    NotOn,
    /// The target cannot hold the rule.
    Refused,
    Nothing,
}

impl Reached {
    /// The word of JSON and of the table.
    pub fn name(self) -> &'static str {
        match self {
            Reached::Exact => "exact",
            Reached::Approximate => "approximate",
            Reached::Failing => "failing",
            Reached::Untested => "untested",
            Reached::NotOn => "not on",
            Reached::Refused => "refused",
            Reached::Nothing => "-",
        }
    }

    pub fn is_covered(self) -> bool {
        matches!(self, Reached::Exact | Reached::Approximate)
    }
}

/// `blindspot T1210 "why"` of a hunt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindSpot {
    pub hunt: String,
    pub technique: String,
    pub reason: String,
    pub file: String,
    pub line: usize,
}

/// Something whose techniques are looked at: a group, software, a campaign, a layer's file, or hunts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// `S0366`; empty for what has no id.
    pub id: String,
    pub name: String,
    pub techniques: BTreeSet<&'static str>,
}

/// A rule for the technique above, or for one below: it may see a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    pub technique: String,
    pub rule: String,
}

/// A log source that would show a technique, in ATT&CK's words and in ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceOfTechnique {
    pub platform: &'static str,
    pub component: &'static str,
    /// `WinEventLog:Sysmon`.
    pub name: &'static str,
    /// `1`; nothing where ATT&CK names no event.
    pub event_code: Option<&'static str>,
    /// The language's log source.
    pub log_source: Option<&'static str>,
}

/// What one technique stands at.
#[derive(Clone, Debug, PartialEq)]
pub struct TechniqueCoverage {
    pub id: &'static str,
    pub name: &'static str,
    /// Short names, in the matrix's order.
    pub tactics: Vec<&'static str>,
    /// Names of the models that use it.
    pub used_by: Vec<String>,
    pub status: Status,
    /// In the order of [`Coverage::targets`].
    pub targets: Vec<Reached>,
    /// Rules that name it, tested ones first.
    pub rules: Vec<String>,
    pub near: Vec<Near>,
    pub blind_spots: Vec<BlindSpot>,
    pub sources: Vec<SourceOfTechnique>,
}

/// A log source by how many techniques without a tested rule it would show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededSource {
    /// `WinEventLog:Sysmon 1`, `auditd:SYSCALL`.
    pub name: String,
    pub log_source: Option<&'static str>,
    pub techniques: Vec<&'static str>,
    /// A rule of the workspace looks there.
    pub watched: bool,
}

/// The whole measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    pub release: Release,
    pub models: Vec<Model>,
    /// Platforms that were asked for; empty for all.
    pub platforms: Vec<String>,
    pub targets: Vec<String>,
    pub techniques: Vec<TechniqueCoverage>,
    pub needed: Vec<NeededSource>,
    pub rules: Vec<Record>,
}

impl Coverage {
    pub fn count(&self, status: Status) -> usize {
        self.techniques.iter().filter(|technique| technique.status == status).count()
    }

    /// Techniques that a target covers, by its place in [`Coverage::targets`].
    pub fn covered_on(&self, target: usize) -> usize {
        self.techniques
            .iter()
            .filter(|technique| technique.targets.get(target).is_some_and(|reached| reached.is_covered()))
            .count()
    }

    /// Percent of the techniques; 100 where there are none.
    pub fn percent(&self, covered: usize) -> f64 {
        if self.techniques.is_empty() { 100.0 } else { covered as f64 * 100.0 / self.techniques.len() as f64 }
    }

    /// The target that covers least, with its percent.
    pub fn least(&self) -> Option<(&str, f64)> {
        let each = self.targets.iter().enumerate().map(|(index, name)| (name.as_str(), self.percent(self.covered_on(index))));
        each.min_by(|left, right| left.1.total_cmp(&right.1))
    }
}

/// A technique that stands at something else than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: &'static str,
    pub name: &'static str,
    /// `None`: one that stands at the same, in other targets.
    pub before: Status,
    pub after: Status,
    /// Targets that cover it now and did not.
    pub won: Vec<String>,
    /// Targets that covered it and do not.
    pub lost: Vec<String>,
}

impl Change {
    /// Whether something that was covered is not any more.
    pub fn is_loss(&self) -> bool {
        !self.lost.is_empty() || (self.before == Status::Tested && self.after != Status::Tested)
    }
}

/// Measures rules and blind spots against models. Targets are named in the order in which they are shown.
///
/// A rule counts for the techniques that it names, and for no others: one for a sub-technique sees a part of the technique, and one for
/// a technique need not see each of its sub-techniques. Ids that were revoked count for their successors.
pub fn measure(
    release: Release,
    models: Vec<Model>,
    platforms: &[String],
    targets: &[String],
    rules: Vec<Record>,
    blind_spots: &[BlindSpot],
) -> Coverage {
    let facts = release.facts();
    let by_technique = rules_by_technique(facts, &rules, platforms);
    let mut spots: BTreeMap<&'static str, Vec<BlindSpot>> = BTreeMap::new();
    for spot in blind_spots {
        if let Some(id) = brought_forward(facts, &spot.technique) {
            spots.entry(id).or_default().push(spot.clone());
        }
    }
    let asked = |platform: &str| platforms.is_empty() || platforms.iter().any(|asked| asked == platform);
    let ids: BTreeSet<&'static str> = models.iter().flat_map(|model| model.techniques.iter().copied()).collect();
    let mut techniques = Vec::new();
    for technique in ids.into_iter().filter_map(|id| facts.technique(id)) {
        if !technique.platforms.is_empty() && !technique.platforms.iter().any(|platform| asked(platform)) {
            continue;
        }
        let id = technique.id;
        let mut own: Vec<&Record> = by_technique.get(id).into_iter().flatten().copied().collect();
        own.sort_by_key(|record| (!record.passes(), !record.is_written()));
        let blind = spots.remove(id).unwrap_or_default();
        let sources = sources_of(release, id).into_iter().filter(|source| asked(source.platform)).collect();
        let mut names: Vec<String> = Vec::new();
        for name in own.iter().map(|record| record.name()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        techniques.push(TechniqueCoverage {
            id,
            name: technique.name,
            tactics: technique.tactics.iter().map(|tactic| tactic.short_name).collect(),
            used_by: models.iter().filter(|model| model.techniques.contains(id)).map(|model| model.name.clone()).collect(),
            status: status(&own, !blind.is_empty()),
            targets: targets.iter().map(|target| reached(&own, target)).collect(),
            rules: names,
            near: near(id, &by_technique),
            blind_spots: blind,
            sources,
        });
    }
    let needed = needed(&techniques, &rules);
    Coverage { release, models, platforms: platforms.to_vec(), targets: targets.to_vec(), techniques, needed, rules }
}

/// What became of each technique of a measurement since an earlier state. Where the earlier state does not tell blind spots, they
/// are taken as they are now.
pub fn changes(now: &Coverage, before: &Snapshot) -> Vec<Change> {
    let facts = now.release.facts();
    let by_technique = rules_by_technique(facts, &before.rules, &now.platforms);
    let known = before
        .blind_spots
        .as_ref()
        .map(|ids| -> BTreeSet<&'static str> { ids.iter().filter_map(|id| brought_forward(facts, id)).collect() });
    let mut found = Vec::new();
    for technique in &now.techniques {
        let own: Vec<&Record> = by_technique.get(technique.id).into_iter().flatten().copied().collect();
        let blind = known.as_ref().map_or(!technique.blind_spots.is_empty(), |known| known.contains(technique.id));
        let earlier = status(&own, blind);
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for (target, after) in now.targets.iter().zip(&technique.targets) {
            match (reached(&own, target).is_covered(), after.is_covered()) {
                (false, true) => won.push(target.clone()),
                (true, false) => lost.push(target.clone()),
                (false, false) | (true, true) => {}
            }
        }
        if earlier != technique.status || !won.is_empty() || !lost.is_empty() {
            found.push(Change { id: technique.id, name: technique.name, before: earlier, after: technique.status, won, lost });
        }
    }
    found
}

/// The live technique that an id means in these facts.
fn brought_forward(facts: &'static Facts, id: &str) -> Option<&'static str> {
    let here = facts.technique(id).map(|technique| technique.id);
    here.or_else(|| facts.revoked(id).and_then(|(_, successor)| successor))
}

type ByTechnique<'r> = BTreeMap<&'static str, Vec<&'r Record>>;

fn rules_by_technique<'r>(facts: &'static Facts, rules: &'r [Record], platforms: &[String]) -> ByTechnique<'r> {
    let mut found: ByTechnique<'r> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| sees(rule, platforms)) {
        let ids: BTreeSet<&'static str> = rule.techniques.iter().filter_map(|id| brought_forward(facts, id)).collect();
        for id in ids {
            found.entry(id).or_default().push(rule);
        }
    }
    found
}

/// Whether a rule looks at what the platforms leave: the log of another operating system says nothing of these. A proxy or a cloud's
/// log may see any of them.
fn sees(rule: &Record, platforms: &[String]) -> bool {
    let product = rule.log_source.as_deref().map(|source| source.split('/').next().unwrap_or(source));
    let system =
        ["Windows", "Linux", "macOS"].into_iter().find(|system| product.is_some_and(|own| own.eq_ignore_ascii_case(system)));
    system.is_none_or(|system| platforms.is_empty() || platforms.iter().any(|asked| asked == system))
}

fn status(rules: &[&Record], blind: bool) -> Status {
    if rules.iter().any(|rule| rule.passes() && rule.is_written()) {
        Status::Tested
    } else if rules.iter().any(|rule| rule.failed > 0) {
        Status::Failing
    } else if rules.iter().any(|rule| rule.is_written()) {
        Status::Untested
    } else if !rules.is_empty() {
        Status::Refused
    } else if blind {
        Status::BlindSpot
    } else {
        Status::NoRule
    }
}

fn reached(rules: &[&Record], target: &str) -> Reached {
    let each = rules.iter().filter_map(|rule| {
        let (_, status, not_on) = rule.targets.iter().find(|(name, ..)| name == target)?;
        // A sweep is over what is there: what a product does not keep is no refusal.
        if status == "not_swept" {
            return None;
        }
        Some(if !is_held(status) {
            if *not_on { Reached::NotOn } else { Reached::Refused }
        } else if rule.failed > 0 {
            Reached::Failing
        } else if rule.passed == 0 {
            Reached::Untested
        } else if status == "exact" {
            Reached::Exact
        } else {
            Reached::Approximate
        })
    });
    each.min().unwrap_or(Reached::Nothing)
}

/// Tested rules for the technique above and for those below.
fn near(id: &str, by_technique: &ByTechnique<'_>) -> Vec<Near> {
    let parent = id.split_once('.').map(|(parent, _)| parent);
    let mut found = Vec::new();
    for (other, rules) in by_technique {
        if Some(*other) != parent && other.split_once('.').is_none_or(|(above, _)| above != id) {
            continue;
        }
        let tested = rules.iter().filter(|rule| rule.passes() && rule.is_written());
        found.extend(tested.map(|rule| Near { technique: (*other).to_owned(), rule: rule.name() }));
    }
    found.dedup();
    found
}

fn sources_of(release: Release, id: &str) -> BTreeSet<SourceOfTechnique> {
    let mut found = BTreeSet::new();
    for source in detection_sources(release, id).into_iter().filter(|source| !source.name.is_empty()) {
        let codes: Vec<Option<&'static str>> =
            if source.event_codes.is_empty() { vec![None] } else { source.event_codes.iter().copied().map(Some).collect() };
        for event_code in codes {
            found.insert(SourceOfTechnique {
                platform: source.platform,
                component: source.component,
                name: source.name,
                event_code,
                log_source: log_source(source.name, event_code),
            });
        }
    }
    found
}

/// Log sources for what has no tested rule, those that show most first.
fn needed(techniques: &[TechniqueCoverage], rules: &[Record]) -> Vec<NeededSource> {
    let watched: BTreeSet<&str> =
        rules.iter().filter(|rule| rule.is_written()).filter_map(|rule| rule.log_source.as_deref()).collect();
    // Events of one log source are one need: who collects it has them all.
    let mut found: BTreeMap<(Option<&'static str>, &'static str), NeededSource> = BTreeMap::new();
    for technique in techniques.iter().filter(|technique| technique.status != Status::Tested) {
        for source in &technique.sources {
            let key = (source.log_source, if source.log_source.is_some() { "" } else { source.name });
            let need = found.entry(key).or_insert_with(|| NeededSource {
                name: String::new(),
                log_source: source.log_source,
                techniques: Vec::new(),
                watched: source.log_source.is_some_and(|id| watched.contains(id)),
            });
            let name = match source.event_code.filter(|_| !is_whole_log(source)) {
                Some(code) => format!("{} {code}", source.name),
                None => source.name.to_owned(),
            };
            if !need.name.split(", ").any(|known| known == name) {
                if !need.name.is_empty() {
                    need.name.push_str(", ");
                }
                need.name.push_str(&name);
            }
            if !need.techniques.contains(&technique.id) {
                need.techniques.push(technique.id);
            }
        }
    }
    let mut found: Vec<NeededSource> = found.into_values().collect();
    found.sort_by(|left, right| {
        (right.techniques.len(), left.log_source.is_none(), left.log_source, &left.name).cmp(&(
            left.techniques.len(),
            right.log_source.is_none(),
            right.log_source,
            &right.name,
        ))
    });
    found
}

/// Whether the log source holds every event of ATT&CK's log, so that its codes would only lengthen the list.
fn is_whole_log(source: &SourceOfTechnique) -> bool {
    source.log_source.is_none() || source.log_source == log_source(source.name, None)
}
