//! Clauses: from what was written to a condition whose leaves belong to log sources.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Checker;
use super::scope::{Declared, Scope};
use super::select::{Mixed, MixedKind, simplify};
use crate::diag::{Diagnostic, Span, nearest};
use crate::ir::{Condition, Kind, Test};
use crate::schema::{Field, FieldType, LogSource, ScalarType};
use crate::syntax::ast::{self, ClauseKind};

/// More combinations than this in `n of (…)` are refused: the rule would not be readable, and no product would take it.
const MOST_COMBINATIONS: usize = 300;

/// More comparisons than this in one condition are refused.
const MOST_COMPARISONS: usize = 20_000;

/// How far the check of a pattern has come.
#[derive(Clone, Debug)]
pub(super) enum PatternState {
    Open,
    /// `None` where it has an error, which was reported.
    Done(Option<(Arc<LogSource>, Condition)>),
}

/// Where a clause stands.
pub(super) struct Place<'a, 's> {
    pub(super) scope: &'s Scope<'a>,
    /// The log source that comparisons speak of; `None` in a detect without `on`.
    pub(super) source: Option<Arc<LogSource>>,
    /// The rule's head, for the fix that adds `on`.
    pub(super) head: Span,
    /// Inside a pattern, which describes one kind of event.
    pub(super) in_pattern: bool,
    /// Fields are those of an element of a list of objects (`some F { … }`): any name goes.
    pub(super) element: bool,
}

impl<'a> Checker<'a> {
    /// Joins clauses by `and`. `None` where one has an error.
    pub(super) fn clauses(&mut self, clauses: &'a [ast::Clause], span: Span, place: &mut Place<'a, '_>) -> Option<Mixed> {
        let parts: Vec<Option<Mixed>> = clauses.iter().map(|clause| self.clause(clause, place)).collect();
        let mut parts: Vec<Mixed> = parts.into_iter().collect::<Option<_>>()?;
        if parts.len() == 1 {
            return parts.pop();
        }
        Some(Mixed::new(MixedKind::All(parts), span))
    }

    fn clause(&mut self, clause: &'a ast::Clause, place: &mut Place<'a, '_>) -> Option<Mixed> {
        let span = clause.span;
        match &clause.kind {
            ClauseKind::And(parts) => self.joined(parts, place).map(|parts| Mixed::new(MixedKind::All(parts), span)),
            ClauseKind::Or(parts) => self.joined(parts, place).map(|parts| Mixed::new(MixedKind::Any(parts), span)),
            ClauseKind::Not(part) => {
                let part = self.clause(part, place)?;
                Some(Mixed::new(MixedKind::Not(Box::new(part)), span))
            }
            ClauseKind::Approximate(part) => {
                let mut part = self.clause(part, place)?;
                part.approximate = true;
                Some(part)
            }
            ClauseKind::Group(part) => self.clause(part, place),
            ClauseKind::Block { kind, clauses } => {
                let parts = self.joined(clauses, place)?;
                Some(match kind {
                    ast::BlockKind::All => Mixed::new(MixedKind::All(parts), span),
                    ast::BlockKind::Any => Mixed::new(MixedKind::Any(parts), span),
                    ast::BlockKind::None => Mixed::new(MixedKind::Not(Box::new(Mixed::new(MixedKind::Any(parts), span))), span),
                })
            }
            ClauseKind::Unread => None,
            ClauseKind::Pattern(name) => self.pattern_named(name, place),
            ClauseKind::Quantified { count, of } => self.quantified(*count, of, span, place),
            ClauseKind::Comparison(comparison) => {
                let source = self.own_source(comparison.field.span, place)?;
                let condition = self.comparison(comparison, span, &source, place)?;
                Some(leaf(&source, condition, span))
            }
            ClauseKind::Anywhere { quantifier, cased, operand } => {
                let source = self.own_source(span, place)?;
                let condition = self.anywhere(*quantifier, *cased, operand, span, place)?;
                Some(leaf(&source, condition, span))
            }
            ClauseKind::Some { field, clauses } => {
                let source = self.own_source(field.span, place)?;
                let condition = self.some(field, clauses, span, &source, place)?;
                Some(leaf(&source, condition, span))
            }
            ClauseKind::TimeOfDay { start, end, offset } => {
                let source = self.own_source(span, place)?;
                if start.node == end.node {
                    self.report(
                        Diagnostic::error(
                            "E0410",
                            start.span.to(end.span),
                            "this range of time is empty: it starts where it ends",
                        )
                        .help("the start is included and the end is not; `19:00..07:00` passes midnight"),
                    );
                    return None;
                }
                let test = Test::TimeOfDay { start: start.node, end: end.node, offset: offset.map_or(0, |offset| offset.node) };
                Some(leaf(&source, Condition::test(test, span), span))
            }
            ClauseKind::Weekday { days, offset } => {
                let source = self.own_source(span, place)?;
                let days: BTreeSet<u8> = days.iter().map(|day| day.node as u8).collect();
                let test = Test::Weekday { days: days.into_iter().collect(), offset: offset.map_or(0, |offset| offset.node) };
                Some(leaf(&source, Condition::test(test, span), span))
            }
        }
    }

    /// Every part is looked at, so that one run reports all their errors.
    fn joined(&mut self, parts: &'a [ast::Clause], place: &mut Place<'a, '_>) -> Option<Vec<Mixed>> {
        let parts: Vec<Option<Mixed>> = parts.iter().map(|part| self.clause(part, place)).collect();
        parts.into_iter().collect()
    }

    fn own_source(&mut self, span: Span, place: &Place<'a, '_>) -> Option<Arc<LogSource>> {
        if place.source.is_none() {
            self.report(
                Diagnostic::error("E0207", span, "this compares a field, but nothing says of which log source")
                    .also(place.head, "this rule names no log source")
                    .help("write `on PRODUCT/CATEGORY` after the rule's name, or move the comparison into a `pattern`"),
            );
        }
        place.source.clone()
    }

    fn pattern_named(&mut self, name: &'a ast::Name, place: &mut Place<'a, '_>) -> Option<Mixed> {
        let (file, declared) = match place.scope.names.get(name.node.as_str()) {
            Some(found) => *found,
            None => {
                self.unknown_pattern(name, place);
                return None;
            }
        };
        let Declared::Pattern(pattern) = declared else {
            self.report(
                Diagnostic::error("E0202", name.span, format!("`{}` is {}, not a pattern", name.node, declared.what()))
                    .also(declared.name_span(), "declared here")
                    .help(format!("compare a field with it: `FIELD in {}`", name.node)),
            );
            return None;
        };
        let (source, condition) = self.pattern(pattern, file, name.span, place.scope)?;
        if let Some(own) = &place.source
            && place.in_pattern
            && own.id != source.id
        {
            self.report(
                Diagnostic::error(
                    "E0208",
                    name.span,
                    format!("`{}` is about `{}`, and this pattern is about `{}`", name.node, source.id, own.id),
                )
                .also(pattern.name.span, "declared here")
                .help("a pattern describes one kind of event; join patterns of several log sources in a `detect`"),
            );
            return None;
        }
        Some(Mixed {
            kind: MixedKind::Leaf { source: source.id.clone(), condition, pattern: true },
            span: name.span,
            approximate: false,
        })
    }

    /// A pattern's own condition, computed once. `at` is where it is named.
    pub(super) fn pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        file: usize,
        at: Span,
        scope: &Scope<'a>,
    ) -> Option<(Arc<LogSource>, Condition)> {
        match self.patterns.get(&pattern.name.span) {
            Some(PatternState::Done(found)) => {
                let found = found.clone();
                let carried = self.carried_by.get(&pattern.name.span).cloned();
                self.carried.extend(carried.into_iter().flatten());
                return found;
            }
            Some(PatternState::Open) => {
                self.report(
                    Diagnostic::error("E0219", at, format!("the pattern `{}` names itself", pattern.name.node))
                        .help("a pattern may name others, but no chain of them may lead back"),
                );
                return None;
            }
            None => {}
        }
        self.patterns.insert(pattern.name.span, PatternState::Open);
        let outside = std::mem::take(&mut self.carried);
        let found = self.pattern_condition(pattern, file, scope);
        let inside = std::mem::replace(&mut self.carried, outside);
        self.carried.extend(inside.iter().cloned());
        self.carried_by.insert(pattern.name.span, inside);
        self.patterns.insert(pattern.name.span, PatternState::Done(found.clone()));
        found
    }

    fn pattern_condition(
        &mut self,
        pattern: &'a ast::Pattern,
        file: usize,
        scope: &Scope<'a>,
    ) -> Option<(Arc<LogSource>, Condition)> {
        let source = self.find_log_source(&pattern.source)?;
        let scope = self.scope_of(scope, file, Declared::Pattern(pattern));
        let mut within =
            Place { scope: &scope, source: Some(Arc::clone(&source)), head: pattern.name.span, in_pattern: true, element: false };
        let mixed = self.clauses(&pattern.clauses, pattern.span, &mut within)?;
        if self.is_broken(pattern.span) {
            return None;
        }
        let condition = self.bounded(&mixed, pattern.name.span)?.project(&source.id);
        Some((source, simplify(condition)))
    }

    /// Refuses conditions that grew beyond every product's limit by patterns that name patterns.
    pub(super) fn bounded<'m>(&mut self, mixed: &'m Mixed, at: Span) -> Option<&'m Mixed> {
        if mixed.size() <= MOST_COMPARISONS {
            return Some(mixed);
        }
        self.report(
            Diagnostic::error("E0221", at, format!("this becomes more than {MOST_COMPARISONS} comparisons"))
                .help("patterns that name patterns multiply; say less in one rule"),
        );
        None
    }

    fn unknown_pattern(&mut self, name: &ast::Name, place: &Place<'a, '_>) {
        let patterns =
            place.scope.names.iter().filter(|(_, (_, declared))| matches!(declared, Declared::Pattern(_))).map(|(name, _)| *name);
        let mut diagnostic = Diagnostic::error("E0202", name.span, format!("there is no pattern `{}`", name.node));
        if let Some(near) = nearest(&name.node, patterns) {
            diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
        }
        let field = place.source.as_ref().and_then(|source| source.field(&name.node));
        self.report(if field.is_some() {
            diagnostic.help(format!("`{}` is a field: compare it, as in `{} == 'value'`", name.node, name.node))
        } else {
            diagnostic.help("a bare name in a condition is a pattern of this hunt, or one that the file `use`s")
        });
    }

    fn quantified(
        &mut self,
        count: crate::diag::Spanned<ast::Count>,
        of: &'a ast::PatternSet,
        span: Span,
        place: &mut Place<'a, '_>,
    ) -> Option<Mixed> {
        let mut parts = Vec::new();
        let mut sound = true;
        match of {
            ast::PatternSet::Names(names) => {
                for (index, name) in names.iter().enumerate() {
                    if names[..index].iter().any(|other| other.node == name.node) {
                        self.report(
                            Diagnostic::error("E0204", name.span, format!("`{}` stands twice in this list", name.node))
                                .help("each pattern counts once"),
                        );
                        sound = false;
                    }
                    match self.pattern_named(name, place) {
                        Some(part) => parts.push(part),
                        None => sound = false,
                    }
                }
            }
            ast::PatternSet::Glob(glob) => {
                let matching: Vec<(&'a str, usize, &'a ast::Pattern)> = place
                    .scope
                    .names
                    .iter()
                    .filter_map(|(name, (file, declared))| match declared {
                        Declared::Pattern(pattern) if glob_matches(&glob.node, name) => Some((*name, *file, *pattern)),
                        _ => None,
                    })
                    // A pattern's own glob does not mean the pattern itself.
                    .filter(|(_, _, pattern)| !matches!(self.patterns.get(&pattern.name.span), Some(PatternState::Open)))
                    .collect();
                if matching.is_empty() {
                    self.report(
                        Diagnostic::error("E0220", glob.span, format!("no pattern's name matches `{}`", glob.node))
                            .help("a condition over no pattern would never hold; check the spelling before the `*`"),
                    );
                    return None;
                }
                for (_, file, pattern) in matching {
                    match self.pattern(pattern, file, glob.span, place.scope) {
                        Some((source, condition)) => parts.push(Mixed {
                            kind: MixedKind::Leaf { source: source.id.clone(), condition, pattern: true },
                            span: glob.span,
                            approximate: false,
                        }),
                        None => sound = false,
                    }
                }
            }
        }
        if !sound {
            return None;
        }
        let needed = match count.node {
            ast::Count::All => return Some(Mixed::new(MixedKind::All(parts), span)),
            ast::Count::AtLeast(needed) => needed as usize,
        };
        if needed == 0 || needed > parts.len() {
            self.report(
                Diagnostic::error(
                    "E0220",
                    count.span,
                    format!("`{needed} of` cannot hold over {} pattern{}", parts.len(), if parts.len() == 1 { "" } else { "s" }),
                )
                .help(format!("write a number from 1 to {}, or `all of`", parts.len())),
            );
            return None;
        }
        if needed == 1 {
            return Some(Mixed::new(MixedKind::Any(parts), span));
        }
        let combinations = combinations(parts.len(), needed);
        let Some(combinations) = combinations else {
            self.report(
                Diagnostic::error(
                    "E0220",
                    span,
                    format!("`{needed} of` {} patterns has more than {MOST_COMBINATIONS} combinations", parts.len()),
                )
                .help("split the patterns into groups and ask for a few of each"),
            );
            return None;
        };
        let any = combinations
            .into_iter()
            .map(|indexes| Mixed::new(MixedKind::All(indexes.into_iter().map(|index| parts[index].clone()).collect()), span))
            .collect();
        Some(Mixed::new(MixedKind::Any(any), span))
    }

    fn some(
        &mut self,
        field: &'a ast::FieldRef,
        clauses: &'a [ast::Clause],
        span: Span,
        source: &Arc<LogSource>,
        place: &mut Place<'a, '_>,
    ) -> Option<Condition> {
        let known = self.field(field, source, place.element)?;
        if known.kind != (FieldType { scalar: ScalarType::Object, list: true }) {
            self.report(
                Diagnostic::error("E0205", field.span, format!("`{}` is a {}, not a list of objects", field.name, known.kind))
                    .help("`some FIELD { … }` looks for one element of a list of objects that satisfies all its clauses"),
            );
            return None;
        }
        let mut within = Place {
            scope: place.scope,
            source: Some(Arc::clone(source)),
            head: place.head,
            in_pattern: place.in_pattern,
            element: true,
        };
        let mixed = self.clauses(clauses, span, &mut within)?;
        let condition = simplify(mixed.project(&source.id));
        Some(Condition::test(Test::Some { field: known, condition: Box::new(condition) }, span))
    }

    /// Looks a field up, with "did you mean". Fields of an element are text unless a comparison says otherwise.
    pub(super) fn field(&mut self, written: &ast::FieldRef, source: &LogSource, element: bool) -> Option<Field> {
        if element {
            return Some(Field { name: Arc::from(written.name.as_str()), kind: FieldType::scalar(ScalarType::String) });
        }
        if let Some(field) = source.field(&written.name) {
            return Some(field.clone());
        }
        let mut diagnostic = Diagnostic::error("E0203", written.span, format!("`{}` has no field `{}`", source.id, written.name));
        if let Some(near) = nearest(&written.name, source.fields.iter().map(|field| &*field.name)) {
            let replacement = if is_bare(near) { near.to_owned() } else { format!("`{near}`") };
            diagnostic =
                diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), written.span, replacement);
        }
        self.report(diagnostic.help(format!("`huntc schema {}` lists its fields", source.id)));
        None
    }
}

fn leaf(source: &LogSource, condition: Condition, span: Span) -> Mixed {
    Mixed { kind: MixedKind::Leaf { source: source.id.clone(), condition, pattern: false }, span, approximate: false }
}

/// Whether a field's name needs no back quotes.
pub(super) fn is_bare(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '@')
        && name
            .split(['.', '-'])
            .all(|part| !part.is_empty() && part.chars().all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '@'))
}

fn glob_matches(glob: &str, name: &str) -> bool {
    let mut rest = name;
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or("");
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Every choice of `needed` out of `count`, in lexical order; `None` where there are too many.
fn combinations(count: usize, needed: usize) -> Option<Vec<Vec<usize>>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut current: Vec<usize> = (0..needed).collect();
    loop {
        if found.len() == MOST_COMBINATIONS {
            return None;
        }
        found.push(current.clone());
        let Some(moving) = (0..needed).rev().find(|&position| current[position] + needed - position < count) else {
            return Some(found);
        };
        current[moving] += 1;
        for position in moving + 1..needed {
            current[position] = current[position - 1] + 1;
        }
    }
}

/// A condition that is a constant after simplification: rules do not carry those.
pub(super) fn constant(condition: &Condition) -> Option<bool> {
    match condition.kind {
        Kind::Constant(value) => Some(value),
        Kind::All(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_every_combination_once() {
        assert_eq!(combinations(3, 2).unwrap(), [vec![0, 1], vec![0, 2], vec![1, 2]]);
        assert_eq!(combinations(4, 4).unwrap(), [vec![0, 1, 2, 3]]);
        assert!(combinations(30, 15).is_none());
    }

    #[test]
    fn globs_over_names() {
        assert!(glob_matches("writes_*", "writes_wncry"));
        assert!(glob_matches("*_a*b", "x_a_b"));
        assert!(!glob_matches("writes_*", "write_x"));
        assert!(!glob_matches("a*a", "a"));
    }
}
