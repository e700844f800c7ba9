//! STIX 2.0 and 2.1: bundles, lists of objects, single objects; indicators with their patterns, markings and relations.
//!
//! A pattern that only lists values becomes indicators. One that says more (a parent process, an order, a count) becomes patterns
//! and rules of the hunt (`rules`).

mod path;
mod pattern;
mod rules;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use self::path::{Meaning, meaning};
use self::pattern::{Comparison, Observed, ObservedKind, Operator, Qualifier, Test};
use super::recognise;
use super::techniques::{Attack, Found};
use super::{Collection, Indicator, Lifetimes, Read, Tlp, Type, day};
use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::indicator::Kind;
use crate::json::Value;

/// Warnings about single patterns beyond which they are only counted.
const MOST_WARNINGS: usize = 20;

/// Rules of one bundle beyond which a hunt would not be read by anybody.
const MOST_RULES: usize = 200;

/// The marking definitions of TLP 1 (STIX 2.0 and 2.1) and of TLP 2.0 (OASIS, "TLP 2.0 extension definition").
const MARKINGS: &[(&str, Tlp)] = &[
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
    ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
];

type Members<'t> = [(String, Value<'t>)];

fn member<'m, 't>(members: &'m Members<'t>, name: &str) -> Option<&'m Value<'t>> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| value.text != "null")
}

fn text(members: &Members<'_>, name: &str) -> Option<String> {
    member(members, name).filter(|value| value.text.len() <= super::LONGEST_VALUE)?.string()
}

fn texts(members: &Members<'_>, name: &str) -> Vec<String> {
    member(members, name).and_then(Value::array).unwrap_or_default().iter().filter_map(Value::string).collect()
}

/// Reads the objects of a file. `file` is what it is called, for bundles that hold no report.
pub fn read(source: SourceId, whole: &str, file: &str, release: Release, lifetimes: &Lifetimes) -> Read {
    let start = whole.len() - whole.trim_start_matches('\u{feff}').len();
    let mut read = Read::default();
    let value = match Value::whole(&whole[start..]) {
        Ok(value) => value,
        Err((at, problem)) => {
            let at = at + start;
            let end = whole[at..].chars().next().map_or(at, |character| at + character.len_utf8());
            read.diagnostics.push(
                Diagnostic::error("E0901", Span::new(source, at, end), format!("this is not JSON: {problem}"))
                    .help("a STIX bundle is one JSON document; is the file whole?"),
            );
            return read;
        }
    };
    let mut bundles: Vec<(Option<String>, Vec<Value<'_>>)> = Vec::new();
    gather(&value, &mut bundles, 0);
    if bundles.iter().all(|(_, objects)| objects.is_empty()) {
        let at = Span::new(source, value.start + start, value.start + start + 1);
        read.diagnostics.push(
            Diagnostic::error("E0902", at, "this JSON holds no STIX object")
                .help("expected `{\"type\": \"bundle\", \"objects\": [{\"type\": \"indicator\", …}]}`, or an object alone"),
        );
        return read;
    }
    for (id, objects) in bundles {
        if objects.len() > super::MOST_VALUES {
            read.diagnostics.push(super::too_many(Span::new(source, start, start)));
            continue;
        }
        let mut bundle = Bundle {
            source,
            offset: start,
            attack: Attack::new(release),
            lifetimes,
            latest: HashMap::new(),
            targets: HashMap::new(),
            markings: HashMap::new(),
            collection: Collection { title: file.to_owned(), id, ..Collection::default() },
            diagnostics: Vec::new(),
            warned: 0,
            split: 0,
        };
        bundle.read(&objects);
        bundle.collection.finish();
        read.diagnostics.append(&mut bundle.diagnostics);
        read.collections.push(bundle.collection);
    }
    read
}

/// The objects of each bundle. A list of bundles is several.
fn gather<'t>(value: &Value<'t>, bundles: &mut Vec<(Option<String>, Vec<Value<'t>>)>, depth: usize) {
    if depth > 4 {
        return;
    }
    let mut alone: Vec<Value<'t>> = Vec::new();
    let is_list = value.each(|value| {
        if is_object(&value) {
            alone.push(value);
        } else {
            gather(&value, bundles, depth + 1);
        }
        alone.len() <= super::MOST_VALUES
    });
    if is_list {
        if !alone.is_empty() {
            bundles.push((None, alone));
        }
        return;
    }
    let Some(members) = value.object() else { return };
    let mut objects = Vec::new();
    let listed = member(&members, "objects").is_some_and(|value| {
        value.each(|value| {
            objects.push(value);
            objects.len() <= super::MOST_VALUES
        })
    });
    if listed {
        let id = text(&members, "id").and_then(|id| id.split_once("--").map(|(_, uuid)| uuid.to_owned()));
        bundles.push((id.filter(|id| id.len() == 36), objects));
    } else if is_object(value) {
        bundles.push((None, vec![*value]));
    }
}

fn is_object(value: &Value<'_>) -> bool {
    value.object().is_some_and(|members| {
        let kind = text(&members, "type");
        kind.as_deref() != Some("bundle") && kind.is_some() && text(&members, "id").is_some_and(|id| id.contains("--"))
    })
}

struct Bundle<'l, 't> {
    source: SourceId,
    offset: usize,
    attack: Attack,
    lifetimes: &'l Lifetimes,
    /// The newest version of each object, with its `modified`.
    latest: HashMap<String, (String, Value<'t>)>,
    /// What each indicator indicates.
    targets: HashMap<String, Vec<String>>,
    markings: HashMap<String, Tlp>,
    collection: Collection,
    diagnostics: Vec<Diagnostic>,
    warned: usize,
    /// Patterns that ask for several things at once, whose indicators are compared one by one.
    split: usize,
}

impl<'t> Bundle<'_, 't> {
    fn read(&mut self, objects: &[Value<'t>]) {
        let mut order: Vec<String> = Vec::new();
        let mut reports: Vec<Value<'t>> = Vec::new();
        let mut authors: BTreeSet<String> = BTreeSet::new();
        for object in objects {
            let Some(members) = object.object() else {
                self.collection.skip("object", object.text.get(..40).unwrap_or_default(), None, "no STIX object");
                continue;
            };
            let kind = text(&members, "type").unwrap_or_default();
            let id = text(&members, "id").unwrap_or_default();
            match kind.as_str() {
                "indicator" => {
                    let modified = text(&members, "modified").unwrap_or_default();
                    authors.extend(text(&members, "created_by_ref"));
                    match self.latest.get(&id) {
                        Some((known, _)) if super::moment(known) >= super::moment(&modified) => {
                            self.collection.skip("indicator", &id, None, "an older version");
                        }
                        Some(_) => {
                            self.collection.skip("indicator", &id, None, "an older version");
                            self.latest.insert(id, (modified, *object));
                        }
                        None => {
                            order.push(id.clone());
                            self.latest.insert(id, (modified, *object));
                        }
                    }
                }
                "relationship" => {
                    if text(&members, "relationship_type").as_deref() == Some("indicates")
                        && let (Some(from), Some(to)) = (text(&members, "source_ref"), text(&members, "target_ref"))
                    {
                        self.targets.entry(from).or_default().push(to);
                    }
                }
                "marking-definition" => {
                    let inner = member(&members, "definition").and_then(Value::object).unwrap_or_default();
                    let word = text(&inner, "tlp").or_else(|| text(&members, "name"));
                    if let Some(tlp) = word.as_deref().and_then(Tlp::parse) {
                        self.markings.insert(id, tlp);
                    }
                }
                "report" => reports.push(*object),
                "attack-pattern" | "intrusion-set" | "malware" | "tool" | "campaign" | "identity" => {
                    self.latest.insert(id, (String::new(), *object));
                }
                "threat-actor"
                | "infrastructure"
                | "course-of-action"
                | "location"
                | "vulnerability"
                | "note"
                | "opinion"
                | "grouping"
                | "malware-analysis"
                | "language-content"
                | "extension-definition"
                | "sighting" => {}
                _ => self.collection.skip(&kind, &id, None, "an observation, no indicator"),
            }
        }
        self.head(&reports, &authors);
        for id in order {
            let Some((_, object)) = self.latest.get(&id).cloned() else { continue };
            self.indicator(&id, &object);
        }
        if self.split > 0 {
            let words = if self.split == 1 { "1 pattern asks".to_owned() } else { format!("{} patterns ask", self.split) };
            let at = Span::new(self.source, self.offset, self.offset);
            self.diagnostics.push(
                Diagnostic::warning(
                    "W0903",
                    at,
                    format!("{words} for several indicators in one event; each is looked for by itself"),
                )
                .label("that selects more than the pattern")
                .help("write a detect where both must hold"),
            );
        }
        for ids in [
            &mut self.collection.techniques,
            &mut self.collection.actors,
            &mut self.collection.software,
            &mut self.collection.campaigns,
        ] {
            ids.sort_unstable();
            ids.dedup();
        }
    }

    /// Title, author, date, marking: those of the report, where there is one.
    fn head(&mut self, reports: &[Value<'t>], authors: &BTreeSet<String>) {
        let reports: Vec<Vec<(String, Value<'t>)>> = reports.iter().filter_map(Value::object).collect();
        let mut author = authors.iter().next().filter(|_| authors.len() == 1).cloned();
        if let [report] = reports.as_slice() {
            if let Some(name) = text(report, "name") {
                self.collection.title = name;
            }
            self.collection.id = text(report, "id")
                .and_then(|id| id.split_once("--").map(|(_, uuid)| uuid.to_owned()))
                .filter(|id| id.len() == 36);
            author = text(report, "created_by_ref").or(author);
        }
        for report in &reports {
            let date = text(report, "published")
                .or_else(|| text(report, "modified"))
                .as_deref()
                .and_then(day)
                .map(|date| date.to_string());
            self.collection.created = self.collection.created.take().max(date);
            self.collection.tlp = self.collection.tlp.max(self.marking(report));
            for reference in member(report, "external_references").and_then(Value::array).unwrap_or_default() {
                let url = reference.object().and_then(|reference| text(&reference, "url"));
                self.collection.references.extend(url.filter(|_| self.collection.references.len() < 50));
            }
        }
        let identity = author.and_then(|id| self.latest.get(&id).and_then(|(_, identity)| identity.object()));
        self.collection.author = identity.and_then(|identity| text(&identity, "name"));
    }

    fn marking(&self, members: &Members<'_>) -> Option<Tlp> {
        let refs = texts(members, "object_marking_refs").into_iter().filter_map(|id| {
            self.markings.get(&id).copied().or_else(|| MARKINGS.iter().find(|(known, _)| *known == id).map(|(_, tlp)| *tlp))
        });
        let labels = texts(members, "labels")
            .into_iter()
            .filter(|label| label.to_ascii_lowercase().starts_with("tlp"))
            .filter_map(|label| Tlp::parse(&label));
        refs.chain(labels).max()
    }

    fn indicator(&mut self, id: &str, object: &Value<'t>) {
        let Some(members) = object.object() else { return };
        let tlp = self.marking(&members).or(self.collection.tlp);
        let written = text(&members, "pattern");
        let span = |value: &Value<'_>| Span::new(self.source, value.start + self.offset, value.end() + self.offset);
        let Some(written) = written else {
            let at = member(&members, "pattern")
                .map_or_else(|| Span::new(self.source, object.start + self.offset, object.start + self.offset + 1), span);
            let (message, reason) = match member(&members, "pattern") {
                None => ("this indicator has no pattern".to_owned(), "without a pattern"),
                Some(value) => (format!("a pattern is a text, and this is {}", value.kind()), "a pattern that is no text"),
            };
            self.warn(Diagnostic::warning("W0901", at, message));
            self.collection.skip("indicator", id, tlp, reason);
            return;
        };
        let at = member(&members, "pattern").map(span).unwrap_or_default();
        if member(&members, "revoked").and_then(Value::truth) == Some(true) {
            self.collection.skip("indicator", &written, tlp, "revoked by its author");
            return;
        }
        let language = text(&members, "pattern_type").unwrap_or_else(|| "stix".to_owned());
        let valid_from = text(&members, "valid_from");
        let common = self.common(id, &members, tlp, valid_from);
        if language != "stix" {
            let known = ["yara", "sigma", "snort", "suricata", "zeek"].iter().find(|known| **known == language);
            match known {
                Some(known) => {
                    self.collection.add(Indicator { kind: Type::Rule(known), value: written.as_str().into(), ..common })
                }
                None => self.collection.skip(&language, &written, tlp, "a pattern in a language that is not known here"),
            }
            return;
        }
        match pattern::parse(&written) {
            Err(problem) => {
                let place: String = written.get(problem.at.start..).unwrap_or_default().chars().take(24).collect();
                let shown: String = written.chars().take(60).collect();
                let mut diagnostic = Diagnostic::warning("W0901", at, format!("`{shown}` is left out: it is no STIX pattern"));
                diagnostic = diagnostic.label(if place.is_empty() {
                    format!("at its end: {}", problem.message)
                } else {
                    format!("at `{place}`: {}", problem.message)
                });
                self.warn(diagnostic);
                self.collection.skip("pattern", &written, tlp, "no STIX pattern");
            }
            Ok(tree) => self.pattern(&tree, &written, common, at, text(&members, "name")),
        }
    }

    fn warn(&mut self, diagnostic: Diagnostic) {
        if self.warned < MOST_WARNINGS {
            self.diagnostics.push(diagnostic);
        }
        self.warned += 1;
    }

    /// What every indicator of a pattern has.
    fn common(&mut self, id: &str, members: &Members<'_>, tlp: Option<Tlp>, valid_from: Option<String>) -> Indicator {
        let mut techniques: Vec<&'static str> = Vec::new();
        for label in texts(members, "labels") {
            if let Some(Found::Technique(technique)) = self.attack.tag(&label) {
                techniques.push(technique);
            }
        }
        let targets = self.targets.get(id).cloned().unwrap_or_default();
        for target in targets {
            let Some((_, object)) = self.latest.get(&target) else { continue };
            let Some(members) = object.object() else { continue };
            let kind = text(&members, "type").unwrap_or_default();
            let external =
                member(&members, "external_references").and_then(Value::array).unwrap_or_default().iter().find_map(|reference| {
                    let reference = reference.object()?;
                    let source = text(&reference, "source_name")?;
                    source.starts_with("mitre").then(|| text(&reference, "external_id")).flatten()
                });
            let by_id = external.is_some();
            let Some(value) = external.or_else(|| text(&members, "name")) else { continue };
            match self.attack.cluster(&kind, &value) {
                Some(Found::Technique(found)) => techniques.push(found),
                Some(Found::Actor(found)) => self.collection.actors.push(found),
                Some(Found::Software(found)) => self.collection.software.push(found),
                Some(Found::Campaign(found)) => self.collection.campaigns.push(found),
                // A name alone is often not ATT&CK's.
                Some(Found::Lost(words)) if by_id => {
                    let head = Span::new(self.source, self.offset, self.offset);
                    self.warn(Diagnostic::warning("W0902", head, format!("{words}: it is left out")));
                }
                _ => {}
            }
        }
        techniques.sort_unstable();
        techniques.dedup();
        let source: Arc<str> = Arc::from(self.collection.title.as_str());
        let mut common = Indicator::new(Type::Link, "", &source);
        common.tlp = tlp;
        common.expires = text(members, "valid_until").as_deref().and_then(day).map(|date| date.to_string().into());
        common.first_seen = valid_from.map(Into::into);
        common.techniques = Arc::from(techniques);
        common
    }

    fn pattern(&mut self, tree: &Observed, written: &str, common: Indicator, at: Span, name: Option<String>) {
        let mut found: Vec<(Type, String)> = Vec::new();
        match values(tree, &mut found) {
            Ok(split) => {
                self.split += usize::from(split);
                if let Some(date) = common.first_seen.as_deref().and_then(day).map(|date| date.to_string()) {
                    // A bundle without a report is as new as its newest indicator.
                    if self.collection.created.as_ref().is_none_or(|known| *known < date) {
                        self.collection.created = Some(date);
                    }
                }
                for (kind, value) in found {
                    let mut indicator = Indicator { kind, value: value.into(), ..common.clone() };
                    if indicator.expires.is_none() {
                        let seen = indicator.first_seen.as_deref().and_then(day);
                        indicator.expires = seen.and_then(|seen| self.lifetimes.until(kind, seen));
                    }
                    self.collection.add(indicator);
                }
            }
            Err(reason) => {
                let number = self.collection.rules.len() + 1;
                if self.collection.rules.len() >= MOST_RULES {
                    self.collection.skip("pattern", written, common.tlp, "more rules than a hunt holds");
                    return;
                }
                let common = Indicator { value: written.into(), ..common };
                match rules::rule(tree, number, name.as_deref(), &common) {
                    Ok((rule, notes)) => {
                        for note in notes {
                            self.warn(Diagnostic::warning("W0903", at, note));
                        }
                        self.collection.rules.push(rule);
                    }
                    Err(problem) => {
                        let why = if problem.is_empty() { reason } else { problem };
                        self.collection.skip("pattern", written, common.tlp, why);
                    }
                }
            }
        }
    }
}

/// The values that a pattern lists, where it does nothing else; whether it asked for several of them at once.
fn values(tree: &Observed, found: &mut Vec<(Type, String)>) -> Result<bool, String> {
    if tree.qualifiers.iter().any(|qualifier| !matches!(qualifier, Qualifier::StartStop(..))) {
        return Err("a pattern that counts or has a window".to_owned());
    }
    match &tree.kind {
        ObservedKind::Or(parts) => {
            let mut split = false;
            for part in parts {
                split |= values(part, found)?;
            }
            Ok(split)
        }
        ObservedKind::And(parts) => {
            for part in parts {
                values(part, found)?;
            }
            Ok(true)
        }
        ObservedKind::One(test) => listed(test, found),
        ObservedKind::FollowedBy(_) => Err("a pattern with an order".to_owned()),
    }
}

fn listed(test: &Test, found: &mut Vec<(Type, String)>) -> Result<bool, String> {
    match test {
        Test::Exists(_) => Err("a pattern with EXISTS".to_owned()),
        Test::Comparison(comparison) => {
            let mut values = Vec::new();
            match compared(comparison, &mut values)? {
                Weight::Context => Err("it says nothing but what kind of event it is".to_owned()),
                _ => {
                    found.append(&mut values);
                    Ok(false)
                }
            }
        }
        Test::Or(parts) => {
            let mut split = false;
            for part in parts {
                split |= listed(part, found)?;
            }
            Ok(split)
        }
        Test::And(parts) => {
            // What identifies by itself stands for the whole; beside it names and sizes add nothing.
            let mut strong: Vec<(Type, String)> = Vec::new();
            let mut groups = 0;
            let mut weak: Vec<(Type, String)> = Vec::new();
            let mut weak_parts = 0;
            for part in parts {
                let mut own = Vec::new();
                match part {
                    Test::Comparison(comparison) => match compared(comparison, &mut own) {
                        Ok(Weight::Strong) => {
                            strong.append(&mut own);
                            groups += 1;
                        }
                        Ok(Weight::Weak) => {
                            weak.append(&mut own);
                            weak_parts += 1;
                        }
                        Ok(Weight::Context) => {}
                        // A hash or an address beside it says enough.
                        Err(_) if comparison.operator == Operator::Equal && !comparison.negated => {}
                        Err(problem) => return Err(problem),
                    },
                    Test::Or(_) | Test::And(_) => {
                        let split = listed(part, &mut own)?;
                        if own.iter().all(|(kind, _)| is_strong(*kind)) {
                            strong.append(&mut own);
                            groups += 1 + usize::from(split);
                        } else {
                            return Err("a pattern that joins several conditions".to_owned());
                        }
                    }
                    Test::Exists(_) => return Err("a pattern with EXISTS".to_owned()),
                }
            }
            if !strong.is_empty() {
                let hashes = strong.iter().all(|(kind, _)| matches!(kind, Type::Indicator(kind) if kind.digits().is_some()));
                found.append(&mut strong);
                // Several hashes of one file are one thing said several times.
                return Ok(groups > 1 && !hashes);
            }
            // One weak value beside what only names the kind of event.
            if weak_parts == 1
                && parts.len() <= 2
                && parts.iter().all(|part| matches!(part, Test::Comparison(_)))
                && weak.len() == 1
            {
                let others = parts.iter().filter(|part| match part {
                    Test::Comparison(comparison) => {
                        compared(comparison, &mut Vec::new()).is_ok_and(|weight| matches!(weight, Weight::Context))
                    }
                    _ => false,
                });
                if others.count() + 1 == parts.len() {
                    found.append(&mut weak);
                    return Ok(false);
                }
            }
            Err("a pattern that joins several conditions".to_owned())
        }
    }
}

/// What a comparison is worth as an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// It identifies by itself.
    Strong,
    /// A name, a port: something only beside others.
    Weak,
    /// It says what kind of thing the others are about.
    Context,
}

fn is_strong(kind: Type) -> bool {
    match kind {
        Type::Indicator(kind) => {
            kind.digits().is_some()
                || matches!(
                    kind,
                    Kind::Ip | Kind::Domain | Kind::Url | Kind::Email | Kind::Ssdeep | Kind::Tlsh | Kind::Mutex | Kind::Mac
                )
        }
        Type::Link | Type::Rule(_) => false,
    }
}

fn compared(comparison: &Comparison, found: &mut Vec<(Type, String)>) -> Result<Weight, String> {
    let of = |path: &str| path.split(':').next().unwrap_or_default().to_owned();
    let kind = match meaning(&comparison.path) {
        Meaning::Context => return Ok(Weight::Context),
        Meaning::Kind(kind) => kind,
        Meaning::Unknown => return Err(format!("no indicator of the language: {}", of(&comparison.path))),
        Meaning::Hash(name) => return Err(format!("a hash that no log holds: {name}")),
    };
    if comparison.negated || !matches!(comparison.operator, Operator::Equal | Operator::In | Operator::IsSubset) {
        return Err("a pattern that does not only list values".to_owned());
    }
    if comparison.operator == Operator::IsSubset && kind != Kind::Ip {
        return Err("a pattern that does not only list values".to_owned());
    }
    if comparison.values.is_empty() {
        return Err("an empty list".to_owned());
    }
    for value in &comparison.values {
        let read = if kind == Kind::FileName {
            Ok(vec![(recognise::file(value.text()), value.text().trim().to_owned())])
        } else {
            recognise::typed(kind, value.text())
        };
        let values = read.map_err(|problem| format!("no {}: {problem}", kind.name()))?;
        found.extend(values.into_iter().map(|(kind, value)| (Type::Indicator(kind), value)));
    }
    Ok(if found.iter().all(|(kind, _)| is_strong(*kind)) { Weight::Strong } else { Weight::Weak })
}

/// The comparisons of a pattern in order: path, operator and values; for known-answer tests.
#[doc(hidden)]
pub fn comparisons(text: &str) -> Result<Vec<(String, String, Vec<String>)>, String> {
    let tree = pattern::parse(text).map_err(|problem| format!("{} at {}", problem.message, problem.at.start))?;
    let mut found = Vec::new();
    tree.tests(&mut |test| {
        test.comparisons(&mut |comparison| {
            found.push((
                comparison.path.clone(),
                format!("{}{:?}", if comparison.negated { "NOT " } else { "" }, comparison.operator),
                comparison.values.iter().map(|value| value.text().to_owned()).collect(),
            ));
        });
    });
    Ok(found)
}
