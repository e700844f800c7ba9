//! What stands beside conditions: titles, levels, techniques, schedules, entities, dates.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scope::Scope;
use super::{Checker, vocabulary};
use crate::attack;
use crate::diag::{Diagnostic, Span, nearest};
use crate::ir::{Entity, EntityKind, HuntInfo, Imported, Level, Meta, NotOn, Risk, Schedule, Suppress, Technique, Uuid};
use crate::schema::{Field, LogSource, ScalarType, Target};
use crate::syntax::ast::{self, Property, PropertyKind};

/// Hunts without an `id` get one from their name under this namespace, so that the same hunt has the same id everywhere.
const NAMESPACE: Uuid = Uuid::from_u128(0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8);

const STATUSES: &[&str] = &["draft", "hunting", "detecting", "closed"];
/// The markings of TLP 2.0, from the widest to the narrowest.
pub(super) const MARKINGS: &[&str] = &["clear", "green", "amber", "amber+strict", "red"];

/// A longer suppression or schedule than this is a slip of the pen.
const LONGEST_PERIOD: u64 = 366 * 86_400;

/// What a hunt's head says.
pub(super) struct HuntHead {
    pub(super) id: Uuid,
    pub(super) info: HuntInfo,
    pub(super) techniques: Vec<(Technique, Span)>,
}

/// What a rule's properties say, before the log sources are known.
#[derive(Default)]
pub(super) struct RuleProperties<'a> {
    pub(super) title: Option<String>,
    pub(super) id: Option<Uuid>,
    pub(super) renamed_from: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) techniques: Vec<Technique>,
    pub(super) false_positives: Vec<String>,
    pub(super) response: Option<String>,
    pub(super) fields: Vec<&'a ast::FieldRef>,
    pub(super) entities: Vec<(EntityKind, &'a ast::FieldRef)>,
    pub(super) risk: Option<(u8, &'a ast::FieldRef, Span)>,
    pub(super) schedules: Vec<(Option<Target>, &'a ast::Schedule)>,
    pub(super) not_on: Vec<NotOn>,
}

impl<'a> Checker<'a> {
    pub(super) fn hunt_head(&mut self, unit: &'a ast::Unit) -> HuntHead {
        let mut info = HuntInfo {
            name: unit.name.node.clone(),
            title: sentence(&unit.name.node),
            authors: Vec::new(),
            created: None,
            modified: None,
            status: None,
            tlp: None,
            references: Vec::new(),
            hypothesis: String::new(),
            attack: Vec::new(),
            tags: Vec::new(),
            imported: self.imported.map(|origin| Imported { status: origin.statuses.get(&unit.name.node).cloned() }),
        };
        let mut id = None;
        let mut description = String::new();
        let mut techniques = Vec::new();
        let mut seen: BTreeMap<&'static str, Span> = BTreeMap::new();
        for member in &unit.members {
            let ast::Member::Property(property) = member else { continue };
            self.once(property, &mut seen);
            match &property.kind {
                PropertyKind::Trigger(words) => words.iter().for_each(|word| {
                    self.word(word, vocabulary::TRIGGERS, "trigger");
                }),
                PropertyKind::Methodology(word) => drop(self.word(word, vocabulary::METHODOLOGIES, "methodology")),
                PropertyKind::Applicability(word) => drop(self.word(word, vocabulary::APPLICABILITIES, "applicability")),
                PropertyKind::Title(text) => info.title = self.nonempty(text),
                PropertyKind::Id(text) => id = self.uuid(text),
                PropertyKind::Author(names) => info.authors.extend(names.iter().map(|name| name.node.value.clone())),
                PropertyKind::Created(date) => info.created = self.date(date),
                PropertyKind::Modified(date) => info.modified = self.date(date),
                PropertyKind::Status(word) => info.status = self.word(word, STATUSES, "status"),
                PropertyKind::Tlp(word) => info.tlp = self.word(word, MARKINGS, "marking"),
                PropertyKind::Hypothesis(text) => info.hypothesis = self.nonempty(text),
                PropertyKind::Description(text) => description = self.nonempty(text),
                PropertyKind::References(texts) => info.references.extend(texts.iter().map(|text| text.node.value.clone())),
                PropertyKind::Tags(texts) => self.hunt_tags(texts, &mut info.tags),
                PropertyKind::Software(names) => self.objects(names, attack::diagnose_software, &mut info.attack),
                PropertyKind::Actor(names) => self.objects(names, attack::diagnose_actor, &mut info.attack),
                PropertyKind::Campaign(names) => self.objects(names, attack::diagnose_campaign, &mut info.attack),
                PropertyKind::Techniques(names) => techniques.extend(self.techniques(names)),
                PropertyKind::Blindspot { technique, reason } => {
                    self.technique(technique);
                    self.nonempty(reason);
                }
                PropertyKind::Level(_)
                | PropertyKind::FalsePositives(_)
                | PropertyKind::Response(_)
                | PropertyKind::Fields(_)
                | PropertyKind::Entities(_)
                | PropertyKind::Risk { .. }
                | PropertyKind::Schedule(_)
                | PropertyKind::NotOn { .. }
                | PropertyKind::RenamedFrom(_) => self.report(
                    Diagnostic::error("E0211", property.keyword, "this belongs to a rule, not to a hunt")
                        .help("write it inside a `detect`, `correlate` or `sweep`"),
                ),
            }
        }
        if info.hypothesis.is_empty() && !seen.contains_key("hypothesis") && self.imported.is_none() {
            self.report(
                Diagnostic::warning("W0107", unit.head, format!("the hunt `{}` states no hypothesis", unit.name.node))
                    .help("write `hypothesis \"\"\"…\"\"\"`: what you believe an adversary does, so that a search can refute it"),
            );
        }
        // Rules carry one text of the hunt; what the author says beside the hypothesis goes with it.
        if !description.is_empty() {
            let parts = [std::mem::take(&mut info.hypothesis), description];
            info.hypothesis = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
        }
        let id = id.unwrap_or_else(|| Uuid::new_v5(&NAMESPACE, format!("huntc:{}", unit.name.node).as_bytes()));
        HuntHead { id, info, techniques }
    }

    pub(super) fn rule_properties(&mut self, properties: &'a [Property]) -> RuleProperties<'a> {
        let mut found = RuleProperties::default();
        let mut seen: BTreeMap<&'static str, Span> = BTreeMap::new();
        for property in properties {
            if !matches!(property.kind, PropertyKind::Schedule(_)) {
                self.once(property, &mut seen);
            }
            match &property.kind {
                PropertyKind::Title(text) => {
                    let title = self.nonempty(text);
                    if title.chars().count() > 256 {
                        self.report(
                            Diagnostic::error("E0414", text.span, "a title has at most 256 characters")
                                .help("Sigma, Sentinel and Defender all stop there; say the rest in the hypothesis"),
                        );
                    }
                    found.title = Some(title);
                }
                PropertyKind::Id(text) => found.id = self.uuid(text),
                PropertyKind::RenamedFrom(name) => found.renamed_from = Some(name.node.clone()),
                PropertyKind::Level(word) => {
                    let names: Vec<&'static str> = Level::ALL.iter().map(|level| level.name()).collect();
                    let name = self.word(word, &names, "level");
                    found.level = name.and_then(|name| Level::ALL.iter().copied().find(|level| level.name() == name));
                }
                PropertyKind::Techniques(names) => {
                    found.techniques = self.techniques(names).into_iter().map(|(technique, _)| technique).collect();
                }
                PropertyKind::FalsePositives(texts) => {
                    found.false_positives.extend(texts.iter().map(|text| text.node.value.clone()));
                }
                PropertyKind::Response(text) => found.response = Some(self.nonempty(text)),
                PropertyKind::Fields(fields) => {
                    for (index, field) in fields.iter().enumerate() {
                        if fields[..index].iter().any(|other| other.name == field.name) {
                            self.report(
                                Diagnostic::error("E0204", field.span, format!("`{}` stands twice among the fields", field.name))
                                    .help("each column is shown once"),
                            );
                        } else {
                            found.fields.push(field);
                        }
                    }
                }
                PropertyKind::Entities(entities) => {
                    for (kind, field) in entities {
                        let names: Vec<&'static str> = ENTITY_KINDS.iter().map(|(name, _)| *name).collect();
                        if let Some(name) = self.word(kind, &names, "entity") {
                            let kind = ENTITY_KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
                            found.entities.extend(kind.map(|kind| (kind, field)));
                        }
                    }
                }
                PropertyKind::Risk { score, on } => match score.node.parse::<u8>() {
                    Ok(number) if (1..=100).contains(&number) => found.risk = Some((number, on, property.span)),
                    _ => self.report(
                        Diagnostic::error(
                            "E0412",
                            score.span,
                            format!("a risk score is a whole number from 1 to 100, not `{}`", score.node),
                        )
                        .help("Splunk Enterprise Security adds the scores up per object"),
                    ),
                },
                PropertyKind::Schedule(schedule) => {
                    let target = schedule.target.as_ref().and_then(|name| self.target(name));
                    if schedule.target.is_some() && target.is_none() {
                        continue;
                    }
                    if found.schedules.iter().any(|(other, _)| *other == target) {
                        self.report(
                            Diagnostic::error("E0218", property.span, "this schedule is given twice")
                                .help("one for all targets, and one for each that differs: `schedule on defender every 1h`"),
                        );
                        continue;
                    }
                    self.period(schedule.every.as_ref());
                    self.period(schedule.suppress.as_ref().map(|suppress| &suppress.period));
                    found.schedules.push((target, schedule));
                }
                PropertyKind::NotOn { target: name, reason } => {
                    if let Some(target) = self.target(name) {
                        if found.not_on.iter().any(|other| other.target == target) {
                            self.report(Diagnostic::error("E0218", name.span, format!("`not on {target}` is given twice")));
                        }
                        let reason = self.nonempty(reason);
                        found.not_on.push(NotOn { target, reason, span: property.span });
                    }
                }
                PropertyKind::Author(_)
                | PropertyKind::Created(_)
                | PropertyKind::Modified(_)
                | PropertyKind::Status(_)
                | PropertyKind::Tlp(_)
                | PropertyKind::Hypothesis(_)
                | PropertyKind::Description(_)
                | PropertyKind::Software(_)
                | PropertyKind::Actor(_)
                | PropertyKind::Campaign(_)
                | PropertyKind::Blindspot { .. }
                | PropertyKind::References(_)
                | PropertyKind::Tags(_)
                | PropertyKind::Trigger(_)
                | PropertyKind::Methodology(_)
                | PropertyKind::Applicability(_) => self.report(
                    Diagnostic::error("E0211", property.keyword, "this belongs to the hunt, not to a rule")
                        .help("write it at the top of the `hunt`"),
                ),
            }
        }
        found
    }

    /// Words of lower-case letters, digits, `.`, `_` and `-`, with a name before the first `.`, as Sigma has them.
    fn hunt_tags(&mut self, texts: &[ast::Text], tags: &mut Vec<String>) {
        for text in texts {
            let tag = text.node.value.trim().to_ascii_lowercase();
            let lawful = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
            };
            if self.imported.is_none() && !tag.split_once('.').is_some_and(|(name, rest)| lawful(name) && lawful(rest)) {
                self.report(
                    Diagnostic::error("E0419", text.span, format!("`{}` is no tag", text.node.value))
                        .help("a tag is a name space, a dot and a word: `cve.2017-0144`, `detection.threat-hunting`"),
                );
            } else if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }

    /// The rule's own description, from its properties and its hunt.
    pub(super) fn meta(&self, name: &str, properties: &RuleProperties<'a>) -> Meta {
        let facts = self.input.options.attack.facts();
        let tactics = facts.tactics_of(properties.techniques.iter().map(|technique| technique.id.as_str()));
        Meta {
            title: properties.title.clone().unwrap_or_else(|| sentence(name)),
            level: properties.level.unwrap_or(Level::Medium),
            techniques: properties.techniques.clone(),
            tactics: tactics.iter().map(|tactic| tactic.short_name.to_owned()).collect(),
            false_positives: properties.false_positives.clone(),
            response: properties.response.clone(),
        }
    }

    pub(super) fn rule_id(&self, hunt: Uuid, name: &str, properties: &RuleProperties<'a>) -> Uuid {
        let name = properties.renamed_from.as_deref().unwrap_or(name);
        properties.id.unwrap_or_else(|| Uuid::new_v5(&hunt, name.as_bytes()))
    }

    /// The schedules with the workspace's defaults filled in; the one for all targets always stands first.
    pub(super) fn schedules(
        &mut self,
        properties: &RuleProperties<'a>,
        sources: &[Arc<LogSource>],
    ) -> Vec<(Option<Target>, Schedule)> {
        let options = &self.input.options;
        let common = Schedule {
            every: options.default_every,
            every_span: None,
            suppress: options.default_suppress.map(|period| Suppress { period, by: Vec::new(), span: Span::default() }),
            arrival_delay: options.arrival_delay,
        };
        let mut found: Vec<(Option<Target>, Schedule)> = Vec::new();
        let mut written: Vec<(Option<Target>, &'a ast::Schedule)> = properties.schedules.clone();
        written.sort_by_key(|(target, _)| *target);
        let mut base = common;
        if !matches!(written.first(), Some((None, _))) {
            found.push((None, base.clone()));
        }
        for (target, schedule) in written {
            let mut own = base.clone();
            if let Some(every) = &schedule.every {
                own.every = every.seconds;
                own.every_span = Some(every.span);
            }
            if let Some(suppress) = &schedule.suppress {
                let by = suppress.by.iter().filter_map(|field| self.field_of_any(field, sources)).collect();
                own.suppress = Some(Suppress { period: suppress.period.seconds, by, span: suppress.period.span });
            }
            if target.is_none() {
                base = own.clone();
            }
            found.push((target, own));
        }
        found
    }

    pub(super) fn entities(&mut self, properties: &RuleProperties<'a>, sources: &[Arc<LogSource>]) -> Vec<Entity> {
        let mut found: Vec<Entity> = Vec::new();
        for (kind, written) in &properties.entities {
            let Some(field) = self.field_of_any(written, sources) else { continue };
            let fits = match (kind, field.kind.scalar) {
                (_, _) if field.kind.list => false,
                (EntityKind::Ip, scalar) => matches!(scalar, ScalarType::Ip | ScalarType::String),
                (_, scalar) => matches!(scalar, ScalarType::String | ScalarType::Path),
            };
            if !fits {
                self.report(
                    Diagnostic::error(
                        "E0205",
                        written.span,
                        format!("`{}` is of type {}, which cannot name this entity", field.name, field.kind),
                    )
                    .help("hosts, accounts, files and processes are named by text, addresses by a field of type ip"),
                );
                continue;
            }
            found.push(Entity { kind: *kind, field, span: written.span });
        }
        found
    }

    pub(super) fn risk(&mut self, properties: &RuleProperties<'a>, sources: &[Arc<LogSource>]) -> Option<Risk> {
        let (score, on, span) = properties.risk?;
        Some(Risk { score, on: self.field_of_any(on, sources)?, span })
    }

    /// A field of the first log source that has it; an error where none does.
    pub(super) fn field_of_any(&mut self, written: &ast::FieldRef, sources: &[Arc<LogSource>]) -> Option<Field> {
        if let Some(field) = sources.iter().find_map(|source| source.field(&written.name)) {
            return Some(field.clone());
        }
        let first = sources.first()?;
        self.field(written, first, false)
    }

    pub(super) fn target(&mut self, name: &ast::Name) -> Option<Target> {
        let names: Vec<&'static str> = Target::ALL.iter().map(|target| target.name()).collect();
        self.word(name, &names, "target").and_then(|name| Target::parse(&name))
    }

    pub(super) fn techniques(&mut self, names: &[ast::Name]) -> Vec<(Technique, Span)> {
        let mut found: Vec<(Technique, Span)> = Vec::new();
        for name in names {
            let Some(technique) = self.technique(name) else { continue };
            if let Some((_, first)) = found.iter().find(|(other, _)| other.id == technique.id) {
                let first = *first;
                self.report(
                    Diagnostic::error("E0204", name.span, format!("`{}` is listed twice", technique.id))
                        .also(first, "first here"),
                );
                continue;
            }
            found.push((technique, name.span));
        }
        found
    }

    pub(super) fn technique(&mut self, name: &ast::Name) -> Option<Technique> {
        match attack::diagnose_technique(self.input.options.attack, &name.node, name.span) {
            Ok(technique) => Some(Technique {
                id: technique.id.to_owned(),
                name: technique.name.to_owned(),
                tactics: technique.tactics.iter().map(|tactic| tactic.short_name.to_owned()).collect(),
            }),
            Err(diagnostic) => {
                self.report(diagnostic);
                None
            }
        }
    }

    fn objects(
        &mut self,
        names: &[ast::Text],
        resolve: fn(attack::Release, &str, Span) -> Result<attack::Object, Diagnostic>,
        ids: &mut Vec<String>,
    ) {
        for name in names {
            match resolve(self.input.options.attack, &name.node.value, name.span) {
                Ok(object) => {
                    let id = object.id.to_owned();
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                Err(diagnostic) => self.report(diagnostic),
            }
        }
    }

    pub(super) fn word(&mut self, word: &ast::Name, known: &[&str], what: &str) -> Option<String> {
        if known.contains(&word.node.as_str()) {
            return Some(word.node.clone());
        }
        let mut diagnostic = Diagnostic::error("E0213", word.span, format!("there is no {what} `{}`", word.node));
        if let Some(near) = nearest(&word.node, known.iter().copied()) {
            diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), word.span, near);
        }
        let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        self.report(diagnostic.help(format!("write one of {}", list.join(", "))));
        None
    }

    fn once(&mut self, property: &Property, seen: &mut BTreeMap<&'static str, Span>) {
        let Some(name) = single(&property.kind) else { return };
        if let Some(first) = seen.get(name) {
            self.report(
                Diagnostic::error("E0218", property.keyword, format!("`{name}` is given twice"))
                    .also(*first, "first given here")
                    .help("leave one of them out"),
            );
        } else {
            seen.insert(name, property.keyword);
        }
    }

    pub(super) fn nonempty(&mut self, text: &ast::Text) -> String {
        let value = text.node.value.trim().to_owned();
        if value.is_empty() {
            self.report(Diagnostic::error("E0413", text.span, "this text is empty").help("say it, or leave the line out"));
        }
        value
    }

    fn uuid(&mut self, text: &ast::Text) -> Option<Uuid> {
        let parsed = Uuid::try_parse(&text.node.value).ok().filter(|_| text.node.value.len() == 36);
        if parsed.is_none() {
            self.report(
                Diagnostic::error("E0406", text.span, "this is no UUID")
                    .help("write 32 hexadecimal digits with dashes, such as `0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11`, or leave `id` out: one is derived from the name"),
            );
        }
        parsed
    }

    /// A date that exists in the calendar; the reader reported it where it does not.
    pub(super) fn date(&self, date: &crate::diag::Spanned<String>) -> Option<String> {
        date.node.parse::<jiff::civil::Date>().is_ok().then(|| date.node.clone())
    }

    fn period(&mut self, duration: Option<&ast::Duration>) {
        let Some(duration) = duration else { return };
        if duration.seconds == 0 || duration.seconds > LONGEST_PERIOD {
            self.report(
                Diagnostic::error("E0415", duration.span, format!("`{}` is no period that a rule can have", duration.text))
                    .help("write a duration between one second and 366 days"),
            );
        }
    }

    /// The names that a unit sees, each with its place: a rule must not be called as one of them.
    pub(super) fn declared_names(scope: &Scope<'a>) -> BTreeMap<&'a str, Span> {
        scope.names.iter().map(|(name, (_, declared))| (*name, declared.name_span())).collect()
    }
}

const ENTITY_KINDS: &[(&str, EntityKind)] = &[
    ("host", EntityKind::Host),
    ("account", EntityKind::Account),
    ("ip", EntityKind::Ip),
    ("file", EntityKind::File),
    ("process", EntityKind::Process),
];

/// The keyword of a property that may be given once.
fn single(kind: &PropertyKind) -> Option<&'static str> {
    match kind {
        PropertyKind::Title(_) => Some("title"),
        PropertyKind::Id(_) => Some("id"),
        PropertyKind::Created(_) => Some("created"),
        PropertyKind::Modified(_) => Some("modified"),
        PropertyKind::Status(_) => Some("status"),
        PropertyKind::Tlp(_) => Some("tlp"),
        PropertyKind::Hypothesis(_) => Some("hypothesis"),
        PropertyKind::Description(_) => Some("description"),
        PropertyKind::Level(_) => Some("level"),
        PropertyKind::Response(_) => Some("response"),
        PropertyKind::Fields(_) => Some("fields"),
        PropertyKind::Entities(_) => Some("entities"),
        PropertyKind::Risk { .. } => Some("risk"),
        PropertyKind::RenamedFrom(_) => Some("renamed_from"),
        PropertyKind::Methodology(_) => Some("methodology"),
        PropertyKind::Applicability(_) => Some("applicability"),
        PropertyKind::Author(_)
        | PropertyKind::Software(_)
        | PropertyKind::Actor(_)
        | PropertyKind::Campaign(_)
        | PropertyKind::Techniques(_)
        | PropertyKind::Blindspot { .. }
        | PropertyKind::References(_)
        | PropertyKind::Tags(_)
        | PropertyKind::Trigger(_)
        | PropertyKind::FalsePositives(_)
        | PropertyKind::Schedule(_)
        | PropertyKind::NotOn { .. } => None,
    }
}

/// `shadow_copies_deleted` as a title: `Shadow copies deleted`.
fn sentence(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut characters = spaced.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => spaced,
    }
}
