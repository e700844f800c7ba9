//! Values as they were written, with the field that each is compared with, and the bodies that clauses stand in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{Input, ParsedFile};
use crate::diag::{SourceId, Span};
use crate::schema::{Field, LogSource, catalogue};
use crate::syntax::ast::{self, ClauseKind, Encoding, Operand, Operator};

/// One value of one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    pub source: &'a LogSource,
    pub field: &'a Field,
    pub operator: Operator,
    pub operator_span: Span,
    pub cased: bool,
    /// `windash`, `base64` and the like change what is compared with.
    pub encoded: bool,
    pub value: &'a ast::Value,
    pub imported: bool,
}

impl<'a> Written<'a> {
    /// The text, where the value is one that is compared as written.
    pub fn text(&self) -> Option<&'a str> {
        match &self.value.kind {
            ast::ValueKind::Text(text) if !self.encoded => Some(&text.value),
            _ => None,
        }
    }
}

/// Shows each value of a file whose log source and field the catalogue knows. Names of lists stand for values that are written
/// elsewhere, for fields of any type.
pub fn each(file: &ParsedFile, see: &mut dyn FnMut(&Written<'_>)) {
    let imported = file.imported.is_some();
    for item in &file.tree.items {
        let (ast::Item::Hunt(unit) | ast::Item::Library(unit) | ast::Item::Site(unit)) = item else { continue };
        for member in &unit.members {
            match member {
                ast::Member::Pattern(pattern) => of_clauses(&pattern.clauses, Some(&pattern.source), imported, see),
                ast::Member::Detect(detect) => {
                    let source = detect.source.as_ref();
                    if let Some(when) = &detect.when {
                        of_clauses(&when.clauses, source, imported, see);
                    }
                    for exception in &detect.exceptions {
                        of_clauses(&exception.clauses, source, imported, see);
                    }
                }
                _ => {}
            }
        }
    }
}

fn of_clauses(clauses: &[ast::Clause], named: Option<&ast::LogSourceRef>, imported: bool, see: &mut dyn FnMut(&Written<'_>)) {
    let Some(named) = named else { return };
    let id = named.parts.iter().map(|part| part.node.as_str()).collect::<Vec<_>>().join("/");
    let Some(source) = catalogue::find(&id) else { return };
    clauses.iter().for_each(|clause| of_clause(clause, &source, imported, see));
}

fn of_clause(clause: &ast::Clause, source: &Arc<LogSource>, imported: bool, see: &mut dyn FnMut(&Written<'_>)) {
    match &clause.kind {
        ClauseKind::And(parts) | ClauseKind::Or(parts) | ClauseKind::Block { clauses: parts, .. } => {
            parts.iter().for_each(|part| of_clause(part, source, imported, see));
        }
        ClauseKind::Not(part) | ClauseKind::Approximate(part) | ClauseKind::Group(part) => {
            of_clause(part, source, imported, see);
        }
        ClauseKind::Comparison(comparison) => {
            let Some(field) = source.field(&comparison.field.name) else { return };
            let values = match &comparison.operand {
                Operand::Value(value) => std::slice::from_ref(value),
                Operand::List { values, .. } => values,
                Operand::Nothing | Operand::Name(_) | Operand::Field(_) => &[],
            };
            let encoded = comparison.encodings.iter().any(|each| each.node != Encoding::Windash);
            for value in values {
                see(&Written {
                    source,
                    field,
                    operator: comparison.operator.node,
                    operator_span: comparison.operator.span,
                    cased: comparison.cased.is_some(),
                    encoded,
                    value,
                    imported,
                });
            }
        }
        // The fields of an element are not catalogued.
        ClauseKind::Some { .. }
        | ClauseKind::Pattern(_)
        | ClauseKind::Quantified { .. }
        | ClauseKind::Anywhere { .. }
        | ClauseKind::TimeOfDay { .. }
        | ClauseKind::Weekday { .. }
        | ClauseKind::Unread => {}
    }
}

/// Where the bodies of each file's patterns, detects and exceptions stand.
pub fn bodies(input: &Input) -> BTreeMap<SourceId, Vec<Span>> {
    let mut found: BTreeMap<SourceId, Vec<Span>> = BTreeMap::new();
    for file in &input.files {
        let spans = found.entry(file.source).or_default();
        for item in &file.tree.items {
            let (ast::Item::Hunt(unit) | ast::Item::Library(unit) | ast::Item::Site(unit)) = item else { continue };
            for member in &unit.members {
                match member {
                    ast::Member::Pattern(pattern) => spans.push(pattern.span),
                    ast::Member::Detect(detect) => {
                        spans.extend(detect.when.as_ref().map(|when| when.span));
                        spans.extend(detect.exceptions.iter().map(|exception| exception.span));
                    }
                    _ => {}
                }
            }
        }
    }
    found
}
