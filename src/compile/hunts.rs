//! What each hunt says of itself, beside its rules.

use super::Session;
use crate::attack::{Facts, Object};
use crate::diag::Span;
use crate::syntax::ast::{Item, LogSourceRef, Member, PropertyKind, ResultKind, Stop, StopAnswer, Text};

/// A hunt of the files that were asked for. Days are `YYYY-MM-DD`.
#[derive(Clone, Debug, Default)]
pub struct Hunt {
    pub name: String,
    pub title: String,
    pub authors: Vec<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    /// `draft`, `hunting`, `detecting`, `closed`.
    pub status: Option<String>,
    pub tlp: Option<String>,
    pub hypothesis: String,
    pub description: String,
    pub triggers: Vec<String>,
    pub methodology: Option<String>,
    pub applicability: Option<String>,
    pub references: Vec<String>,
    /// Groups, software and campaigns, as ATT&CK knows them; a name that it does not know was reported.
    pub objects: Vec<Object>,
    /// ATT&CK ids, as written.
    pub techniques: Vec<String>,
    pub blind_spots: Vec<BlindSpot>,
    pub indicators: Vec<Indicators>,
    pub stop: Option<StopConditions>,
    pub result: Option<HuntResult>,
    /// The head, `hunt NAME`.
    pub head: Span,
}

/// `blindspot T1210 "why"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindSpot {
    pub technique: String,
    pub reason: String,
    pub span: Span,
}

/// A set of indicators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicators {
    pub name: String,
    /// `domain`, `sha256` …
    pub kind: String,
    pub expires: Option<String>,
    pub span: Span,
}

/// `stop { … }`.
#[derive(Clone, Debug, Default)]
pub struct StopConditions {
    /// Seconds.
    pub timebox: Option<u64>,
    /// How far back each log source is to be searched. Seconds, with the text as written.
    pub window: Option<(u64, String)>,
    pub conditions: Vec<Condition>,
    pub span: Span,
}

/// `when "…"`, with whether it holds.
#[derive(Clone, Debug)]
pub struct Condition {
    pub text: String,
    pub answer: Option<Answer>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The day on which it held.
    Met(String),
    /// Why it will not.
    NotMet(String),
}

/// `result { … }`.
#[derive(Clone, Debug, Default)]
pub struct HuntResult {
    /// A word of `hunt-ex:outcome`.
    pub outcome: Option<String>,
    pub started: Option<String>,
    pub ended: Option<String>,
    pub conclusion: String,
    pub examined: Vec<Examined>,
    pub not_examined: Vec<NotExamined>,
    /// Techniques, with the ways that were thought of.
    pub variants: Vec<(String, String)>,
    /// Words of `hunt-ex:byproduct`, each with its text.
    pub byproducts: Vec<(String, String)>,
    /// Words of `hunt-ex:handoff`, each with its text.
    pub handoffs: Vec<(String, String)>,
    pub span: Span,
}

/// A log source that was searched from one day to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    pub source: String,
    pub from: String,
    pub to: String,
    /// Which part of it: hosts, tenants.
    pub of: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotExamined {
    pub source: String,
    pub reason: String,
}

/// The hunts of a session in the order of their files. Imported rules are none.
pub fn hunts(session: &Session) -> Vec<Hunt> {
    let facts = session.input.options.attack.facts();
    let mut found = Vec::new();
    for file in session.input.files.iter().filter(|file| file.root && file.imported.is_none()) {
        for item in &file.tree.items {
            let Item::Hunt(unit) = item else { continue };
            let mut hunt =
                Hunt { name: unit.name.node.clone(), title: unit.name.node.clone(), head: unit.head, ..Hunt::default() };
            for member in &unit.members {
                match member {
                    Member::Property(property) => hunt.take(&property.kind, property.span, facts),
                    Member::Ioc(ioc) => hunt.indicators.push(Indicators {
                        name: ioc.name.node.clone(),
                        kind: ioc.kind.node.clone(),
                        expires: ioc.expires.as_ref().map(|date| date.node.clone()),
                        span: ioc.name.span,
                    }),
                    Member::Stop(stop) => hunt.stop_when(stop),
                    Member::Result(result) => {
                        let own = hunt.result.get_or_insert_with(|| HuntResult { span: result.span, ..HuntResult::default() });
                        for line in &result.lines {
                            own.take(&line.kind, line.span);
                        }
                    }
                    _ => {}
                }
            }
            found.push(hunt);
        }
    }
    found
}

fn trimmed(text: &Text) -> String {
    text.node.value.trim().to_owned()
}

fn id(source: &LogSourceRef) -> String {
    source.parts.iter().map(|part| part.node.as_str()).collect::<Vec<_>>().join("/")
}

impl Hunt {
    fn take(&mut self, property: &PropertyKind, span: Span, facts: &'static Facts) {
        let resolved = |names: &[Text], resolve: &dyn Fn(&str) -> Option<Object>| -> Vec<Object> {
            names.iter().filter_map(|name| resolve(&name.node.value)).collect()
        };
        match property {
            PropertyKind::Title(text) => self.title = trimmed(text),
            PropertyKind::Author(names) => self.authors.extend(names.iter().map(trimmed)),
            PropertyKind::Created(date) => self.created = Some(date.node.clone()),
            PropertyKind::Modified(date) => self.modified = Some(date.node.clone()),
            PropertyKind::Status(word) => self.status = Some(word.node.clone()),
            PropertyKind::Tlp(word) => self.tlp = Some(word.node.clone()),
            PropertyKind::Hypothesis(text) => self.hypothesis = trimmed(text),
            PropertyKind::Description(text) => self.description = trimmed(text),
            PropertyKind::References(texts) => self.references.extend(texts.iter().map(trimmed)),
            PropertyKind::Trigger(words) => self.triggers.extend(words.iter().map(|word| word.node.clone())),
            PropertyKind::Methodology(word) => self.methodology = Some(word.node.clone()),
            PropertyKind::Applicability(word) => self.applicability = Some(word.node.clone()),
            PropertyKind::Actor(names) => self.objects.extend(resolved(names, &|name| facts.resolve_actor(name).live())),
            PropertyKind::Software(names) => self.objects.extend(resolved(names, &|name| facts.resolve_software(name).live())),
            PropertyKind::Campaign(names) => self.objects.extend(resolved(names, &|name| facts.resolve_campaign(name).live())),
            PropertyKind::Techniques(names) => self.techniques.extend(names.iter().map(|name| name.node.clone())),
            PropertyKind::Blindspot { technique, reason } => {
                self.blind_spots.push(BlindSpot { technique: technique.node.clone(), reason: trimmed(reason), span });
            }
            _ => {}
        }
    }

    fn stop_when(&mut self, stop: &Stop) {
        let own = self.stop.get_or_insert_with(|| StopConditions { span: stop.span, ..StopConditions::default() });
        own.timebox = stop.timebox.as_ref().map(|duration| duration.seconds).or(own.timebox);
        if let Some(window) = &stop.window {
            own.window = Some((window.seconds, window.text.clone()));
        }
        own.conditions.extend(stop.when.iter().map(|condition| Condition {
            text: trimmed(&condition.text),
            answer: condition.answer.as_ref().map(|answer| match answer {
                StopAnswer::Met(date) => Answer::Met(date.node.clone()),
                StopAnswer::NotMet(reason) => Answer::NotMet(trimmed(reason)),
            }),
            span: condition.span,
        }));
    }
}

impl HuntResult {
    fn take(&mut self, kind: &ResultKind, span: Span) {
        let said = |text: &Option<Text>| text.as_ref().map(trimmed).unwrap_or_default();
        match kind {
            ResultKind::Outcome(word) => self.outcome = Some(word.node.clone()),
            ResultKind::Started(date) => self.started = Some(date.node.clone()),
            ResultKind::Ended(date) => self.ended = Some(date.node.clone()),
            ResultKind::Conclusion(text) => self.conclusion = trimmed(text),
            ResultKind::Examined { sources, from, to, of } => self.examined.extend(sources.iter().map(|source| Examined {
                source: id(source),
                from: from.node.clone(),
                to: to.node.clone(),
                of: said(of),
                span,
            })),
            ResultKind::NotExamined { sources, reason } => {
                self.not_examined.extend(sources.iter().map(|source| NotExamined { source: id(source), reason: trimmed(reason) }))
            }
            ResultKind::Variants { technique, considered } => {
                self.variants.push((technique.node.clone(), trimmed(considered)));
            }
            ResultKind::Byproduct { kind, text } => self.byproducts.push((kind.node.clone(), said(text))),
            ResultKind::Handoff { kind, text } => self.handoffs.push((kind.node.clone(), said(text))),
        }
    }
}
