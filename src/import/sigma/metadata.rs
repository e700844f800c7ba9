//! Title, id, tags and the rest of what stands beside a detection, as properties of the hunt and of its rule.

use super::rule::Reader;
use super::{sentence, text_value};
use crate::attack::Release;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::import::yaml::{Node, Scalar};
use crate::syntax::ast::{Name, Property, PropertyKind, Text, TextValue};

/// What a document says of itself.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) title: String,
    pub(super) title_span: Span,
    pub(super) id: Option<String>,
    /// Sigma's `name`.
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    /// Properties of the hunt.
    pub(super) hunt: Vec<Property>,
    /// Properties of the rule.
    pub(super) rule: Vec<Property>,
}

/// The longest title that every target takes, in characters.
const TITLE: usize = 256;

impl Reader<'_, '_> {
    pub(super) fn metadata(&mut self, document: &Node<'_>) -> Metadata {
        let mut found = Metadata { title_span: document.span, ..Metadata::default() };
        match document.get("title") {
            Some(node) => {
                let title = node.text().map(str::trim).unwrap_or_default();
                found.title_span = node.span;
                if title.is_empty() {
                    self.kept_not(node.span, "a title is text", "write what the rule finds");
                }
                title.clone_into(&mut found.title);
                if title.chars().count() > TITLE {
                    self.kept_not(node.span, "a title has at most 256 characters; the rest is left out", "shorten it");
                    found.title = title.chars().take(TITLE - 1).chain(['…']).collect();
                }
            }
            None => {
                let at = Span { end: document.span.start, ..document.span };
                self.report(
                    Diagnostic::warning("W0703", at, "this rule has no title")
                        .help("the specification asks for `title`; the rule is named after its `name` or its place in the file"),
                );
            }
        }
        if let Some(name) = document.get("name").and_then(Node::text) {
            found.name = Some(name.trim().to_owned());
        }
        if let Some((key, node)) = document.entry("id") {
            match node.text().map(str::trim).filter(|text| is_uuid(text)) {
                Some(id) => {
                    found.id = Some(id.to_ascii_lowercase());
                    found.rule.push(property(PropertyKind::Id(text_at(text_value(&id.to_ascii_lowercase()), node.span)), key));
                }
                None => self.kept_not(
                    node.span,
                    "this is no UUID, so the rule gets an id made of its name",
                    "write 32 hexadecimal digits with dashes",
                ),
            }
        }
        self.prose(document, &mut found);
        self.dates(document, &mut found);
        if let Some((key, node)) = document.entry("status") {
            let stage = match node.text().map(str::trim) {
                Some("stable" | "test") => Some("detecting"),
                Some("experimental") => Some("hunting"),
                Some("deprecated" | "unsupported") => Some("closed"),
                _ => None,
            };
            match stage {
                Some(stage) => {
                    found.status = node.text().map(|text| text.trim().to_owned());
                    found.hunt.push(property(PropertyKind::Status(name_at(stage, node.span)), key));
                }
                None => self.kept_not(
                    node.span,
                    "Sigma has no such status",
                    "write `stable`, `test`, `experimental`, `deprecated` or `unsupported`",
                ),
            }
        }
        if let Some((key, node)) = document.entry("level") {
            match node
                .text()
                .map(str::trim)
                .filter(|level| ["informational", "low", "medium", "high", "critical"].contains(level))
            {
                Some(level) => found.rule.push(property(PropertyKind::Level(name_at(level, node.span)), key)),
                None => self.kept_not(
                    node.span,
                    "Sigma has no such level",
                    "write `informational`, `low`, `medium`, `high` or `critical`",
                ),
            }
        }
        self.tags(document, &mut found);
        found
    }

    fn prose(&mut self, document: &Node<'_>, found: &mut Metadata) {
        if let Some((key, node)) = document.entry("description")
            && let Some(text) = node.text().map(str::trim).filter(|text| !text.is_empty())
        {
            found.hunt.push(property(PropertyKind::Description(text_at(prose(text), node.span)), key));
        }
        if let Some((key, authors)) = self.text_list(document, "author") {
            found.hunt.push(property(PropertyKind::Author(authors), key));
        }
        if let Some((key, references)) = self.text_list(document, "references") {
            found.hunt.push(property(PropertyKind::References(references), key));
        }
        if let Some((key, texts)) = self.text_list(document, "falsepositives") {
            found.rule.push(property(PropertyKind::FalsePositives(texts), key));
        }
    }

    /// The texts of a list, or of one text.
    fn text_list<'d, 't>(&mut self, document: &'d Node<'t>, key: &str) -> Option<(&'d Node<'t>, Vec<Text>)> {
        let (name, node) = document.entry(key)?;
        let texts: Vec<Text> = node
            .items()
            .iter()
            .filter_map(|item| Some(text_at(sentence(item.text()?.trim()), item.span)))
            .filter(|text| !text.node.value.is_empty())
            .collect();
        (!texts.is_empty()).then_some((name, texts))
    }

    fn dates(&mut self, document: &Node<'_>, found: &mut Metadata) {
        for (key, make) in
            [("date", PropertyKind::Created as fn(Spanned<String>) -> PropertyKind), ("modified", PropertyKind::Modified)]
        {
            let Some((name, node)) = document.entry(key) else { continue };
            match node.text().and_then(|text| date(text.trim())) {
                Some(date) => found.hunt.push(property(make(Spanned::new(date, node.span)), name)),
                None => self.kept_not(node.span, "this is no date", "write it as `2026-11-24`"),
            }
        }
    }

    /// Techniques are the rule's; software, groups and the marking are the hunt's; the rest stays a tag.
    fn tags(&mut self, document: &Node<'_>, found: &mut Metadata) {
        let Some((key, node)) = document.entry("tags") else { return };
        let mut techniques: Vec<Name> = Vec::new();
        let (mut software, mut actors): (Vec<Text>, Vec<Text>) = (Vec::new(), Vec::new());
        let mut others: Vec<Text> = Vec::new();
        for item in node.items() {
            let Some(tag) = item.text().map(|text| text.trim().to_ascii_lowercase()).filter(|tag| !tag.is_empty()) else {
                continue;
            };
            let other = |others: &mut Vec<Text>, tag: &str| others.push(text_at(text_value(tag), item.span));
            let Some(attack) = tag.strip_prefix("attack.") else {
                if let Some(marking) = tag.strip_prefix("tlp.").map(|marking| marking.replace("amber-strict", "amber+strict"))
                    && ["clear", "green", "amber", "amber+strict", "red"].contains(&marking.as_str())
                {
                    found.hunt.retain(|property| !matches!(property.kind, PropertyKind::Tlp(_)));
                    found.hunt.push(property(PropertyKind::Tlp(name_at(&marking, item.span)), item));
                } else {
                    other(&mut others, &tag);
                }
                continue;
            };
            let id = attack.to_ascii_uppercase();
            let numbered = id.len() > 1 && id[1..].starts_with(|first: char| first.is_ascii_digit());
            match id.as_bytes().first() {
                Some(b'T') if numbered => match self.technique(&id, item.span) {
                    Some(id) => {
                        if !techniques.iter().any(|known| known.node == id) {
                            techniques.push(name_at(&id, item.span));
                        }
                    }
                    None => other(&mut others, &tag),
                },
                Some(b'S') if numbered && self.release.facts().resolve_software(&id).live().is_some() => {
                    software.push(text_at(text_value(&id), item.span));
                }
                Some(b'G') if numbered && self.release.facts().resolve_actor(&id).live().is_some() => {
                    actors.push(text_at(text_value(&id), item.span));
                }
                // A tactic, or what this release does not know: it travels as it is.
                _ => other(&mut others, &format!("attack.{}", attack.replace('_', "-"))),
            }
        }
        // Tactics follow from the techniques; another stays as it was written.
        let mut seen: std::collections::BTreeSet<String> = self
            .release
            .facts()
            .tactics_of(techniques.iter().map(|technique| technique.node.as_str()))
            .iter()
            .map(|tactic| format!("attack.{}", tactic.short_name))
            .collect();
        others.retain(|text| seen.insert(text.node.value.clone()));
        if !techniques.is_empty() {
            found.rule.push(property(PropertyKind::Techniques(techniques), key));
        }
        for (texts, make) in [
            (software, PropertyKind::Software as fn(Vec<Text>) -> PropertyKind),
            (actors, PropertyKind::Actor),
            (others, PropertyKind::Tags),
        ] {
            if !texts.is_empty() {
                found.hunt.push(property(make(texts), key));
            }
        }
    }

    /// The technique of this release: of a revoked one its successor.
    fn technique(&mut self, id: &str, span: Span) -> Option<String> {
        use crate::attack::Resolution;
        let facts = self.release.facts();
        if let Some(technique) = facts.technique(id) {
            return Some(technique.id.to_owned());
        }
        let release: Release = self.release;
        match facts.resolve_technique(id) {
            Resolution::Live(technique) => Some(technique.id.to_owned()),
            Resolution::Revoked { successor: Some(technique), .. } => {
                self.kept_not(
                    span,
                    &format!("ATT&CK {release} revoked `{id}`; the rule gets its successor `{}`", technique.id),
                    "write the successor",
                );
                Some(technique.id.to_owned())
            }
            _ => {
                self.kept_not(
                    span,
                    &format!("ATT&CK {release} has no technique `{id}`; it stays a tag"),
                    "write a technique that the release knows",
                );
                None
            }
        }
    }

    /// Something beside the detection that is not kept as it stands.
    fn kept_not(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::warning("W0703", span, message).help(help));
    }
}

pub(super) fn property(kind: PropertyKind, key: &Node<'_>) -> Property {
    Property { kind, keyword: key.span, span: key.span }
}

pub(super) fn name_at(name: &str, span: Span) -> Name {
    Spanned::new(name.to_owned(), span)
}

pub(super) fn text_at(text: TextValue, span: Span) -> Text {
    Spanned::new(text, span)
}

/// A description: on one line where it fits.
fn prose(text: &str) -> TextValue {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    sentence(&lines.join("\n"))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2020/1/5` and `2020-01-05` as `2020-01-05`, where the calendar has it.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    ((1900..=9999).contains(&year) && (1..=days).contains(&day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A value of a document that must be one text.
pub(super) fn word<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node.scalar() {
        Some(Scalar::Text(text) | Scalar::Number(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date("2020/1/5").as_deref(), Some("2020-01-05"));
        assert_eq!(date("2024-02-29").as_deref(), Some("2024-02-29"));
        for bad in ["2023-02-29", "2020-13-01", "2020-00-01", "soon", "2020-01", "2020-01-32"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
