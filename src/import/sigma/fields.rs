//! The log source of a rule and the types of its fields: the catalogue's, or what the rule's own values say.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Span, Spanned};
use crate::import::yaml::{Kind, Node, Scalar};
use crate::schema::{FieldType, LogSource, ScalarType, catalogue};
use crate::syntax::ast;

/// Where the events of a rule are.
pub(super) struct Source {
    /// As the language names it.
    pub(super) parts: Vec<String>,
    pub(super) span: Span,
    /// `None` where the catalogue does not list it.
    pub(super) listed: Option<Arc<LogSource>>,
    /// Fields that the catalogue does not have there: type and first place.
    pub(super) own: BTreeMap<String, (FieldType, Span)>,
}

impl Source {
    pub(super) fn id(&self) -> String {
        self.parts.join("/")
    }

    pub(super) fn reference(&self) -> ast::LogSourceRef {
        let parts = self.parts.iter().map(|part| Spanned::new(part.clone(), self.span)).collect();
        ast::LogSourceRef { parts, span: self.span }
    }

    /// The field's name in the catalogue and its type.
    pub(super) fn field(&self, written: &str) -> Option<(String, FieldType)> {
        if let Some(source) = &self.listed {
            if let Some(field) = source.field(written) {
                return Some((written.to_owned(), field.kind));
            }
            // `Imphash`, `MD5`: the same hash under the names that rules have given it.
            let lower = written.to_ascii_lowercase();
            if let Some(field) = source.field(&lower).filter(|field| matches!(field.kind.scalar, ScalarType::Hash(_))) {
                return Some((lower, field.kind));
            }
        }
        self.own.get(written).map(|(kind, _)| (written.to_owned(), *kind))
    }

    /// Finds the fields that the catalogue does not know, and what their values say of their type.
    pub(super) fn learn(&mut self, detection: &Node<'_>) {
        self.learn_except(detection, &["condition", "timeframe"]);
    }

    /// Passes over what the words hold, which is no selection.
    pub(super) fn learn_except(&mut self, detection: &Node<'_>, words: &[&str]) {
        let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        let mut waiting: Vec<&Node<'_>> = detection
            .mapping()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !words.iter().any(|word| key.text() == Some(word)))
            .map(|(_, value)| value)
            .collect();
        while let Some(node) = waiting.pop() {
            match &node.kind {
                Kind::Sequence(items) => waiting.extend(items),
                Kind::Mapping(pairs) => {
                    for (key, value) in pairs {
                        let Some((name, modifiers)) = key.text().map(|text| text.split_once('|').unwrap_or((text, ""))) else {
                            continue;
                        };
                        if name.is_empty() || !writable(name) || self.field(name).is_some() {
                            continue;
                        }
                        let inner = key.inner();
                        let end = inner.start.saturating_add(u32::try_from(name.len()).unwrap_or(u32::MAX)).min(inner.end);
                        uses.entry(name.to_owned()).or_default().push(Use::of(modifiers, value, Span { end, ..inner }));
                    }
                }
                Kind::Scalar { .. } => {}
            }
        }
        for (name, uses) in uses {
            let first = uses.iter().map(|each| each.span).min().unwrap_or_default();
            self.own.insert(name, (kind(&uses), first));
        }
    }

    /// What the language has to be told of this log source.
    pub(super) fn declaration(&self) -> Option<ast::LogSourceDeclaration> {
        if self.listed.is_some() && self.own.is_empty() {
            return None;
        }
        let fields = self
            .own
            .iter()
            .map(|(name, (kind, span))| ast::FieldDeclaration {
                name: super::field_ref(name, *span),
                kind: Spanned::new(kind.to_string(), *span),
            })
            .collect();
        Some(ast::LogSourceDeclaration { source: self.reference(), fields, fields_span: self.span, span: self.span })
    }
}

/// Whether the language can name such a field: one in back quotes holds neither these nor a line break.
pub(super) fn writable(name: &str) -> bool {
    !name.contains(['`', '\n', '\r'])
}

/// How a rule uses an unknown field.
struct Use {
    compares: bool,
    fraction: bool,
    block: bool,
    /// Every value is a number, or nothing.
    numeric: bool,
    /// A plain comparison with values.
    plain: bool,
    span: Span,
}

impl Use {
    fn of(modifiers: &str, value: &Node<'_>, span: Span) -> Use {
        let modifiers: Vec<&str> = modifiers.split('|').filter(|word| !word.is_empty()).collect();
        let values = value.items();
        let number = |node: &Node<'_>| match node.scalar() {
            Some(Scalar::Number(_) | Scalar::Null) => true,
            Some(Scalar::Text(text)) => text.parse::<f64>().is_ok(),
            _ => false,
        };
        Use {
            compares: modifiers.iter().any(|word| matches!(*word, "lt" | "lte" | "gt" | "gte")),
            fraction: values.iter().any(|node| node.text().is_some_and(|text| text.contains('.'))),
            block: modifiers.contains(&"cidr"),
            numeric: values.iter().all(number),
            plain: modifiers.iter().all(|word| matches!(*word, "all" | "neq" | "exists")),
            span,
        }
    }
}

/// Numbers where a rule asks for an order, addresses where it asks for a block, text otherwise.
fn kind(uses: &[Use]) -> FieldType {
    let numbers = uses.iter().any(|each| each.compares) && uses.iter().all(|each| each.numeric && (each.plain || each.compares));
    let blocks = uses.iter().any(|each| each.block) && uses.iter().all(|each| each.block || each.plain);
    FieldType::scalar(if numbers && uses.iter().any(|each| each.fraction) {
        ScalarType::Float
    } else if numbers {
        ScalarType::Integer
    } else if blocks {
        ScalarType::Ip
    } else {
        ScalarType::String
    })
}

/// The log source that Sigma's three words name: the catalogue's where it lists them, or lists them without what the words repeat.
pub(super) fn find(
    product: Option<&str>,
    category: Option<&str>,
    service: Option<&str>,
) -> (Vec<String>, Option<Arc<LogSource>>) {
    let listed = catalogue::find_by_words(product, category, service).or_else(|| {
        // `windows/process_creation` with `service: sysmon` is what Sysmon records of it: the category says that already.
        let sysmon = category.is_some() && service == Some("sysmon");
        if sysmon { catalogue::find_by_words(product, category, None) } else { None }
    });
    if let Some(source) = listed {
        return (source.id.0.split('/').map(str::to_owned).collect(), Some(source));
    }
    let words = [product, category, service].into_iter().flatten().map(part).collect();
    (words, None)
}

/// A word as a part of a log source's name.
fn part(word: &str) -> String {
    let text: String = word
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || matches!(character, '_' | '-') { character } else { '_' })
        .collect();
    if text.starts_with('-') || text.is_empty() { format!("_{text}") } else { text }
}
