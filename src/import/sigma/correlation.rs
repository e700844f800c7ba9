//! Correlations: what Sigma counts and orders over rules, as `correlate`.
//!
//! A rule that a correlation names becomes a pattern; with `generate: true` it reports by itself as well.

use std::collections::{BTreeMap, BTreeSet};

use super::metadata::{Metadata, name_at, text_at, word};
use super::rule::{Group, Reader, Rule};
use super::{clause, field_ref, sentence};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::import::yaml::{Node, Scalar};
use crate::schema::{FieldType, ScalarType};
use crate::syntax::ast::{
    self, AggregateFunction, ClauseKind, CorrelateKind, Count, Member, Operator, PatternSet, Property, PropertyKind, Value,
    ValueKind,
};
use crate::syntax::names;

/// A correlation that was read.
pub(super) struct Correlation {
    pub(super) metadata: Metadata,
    kind: Kind,
    /// Ids or names as written; after [`groups`] what they lead to.
    written: Vec<Spanned<String>>,
    operands: Vec<Operand>,
    group_by: Vec<Spanned<String>>,
    aliases: Vec<Alias>,
    within: ast::Duration,
    span: Span,
}

/// A name to group by, and for each rule its field.
type Alias = (Spanned<String>, Vec<(Spanned<String>, Spanned<String>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    /// Indexes of the group's own lists.
    Rule(usize),
    Correlation(usize),
}

enum Kind {
    Count(Bound),
    Aggregate { function: AggregateFunction, span: Span, field: Spanned<String>, bound: Bound },
    Together,
    Sequence,
}

#[derive(Clone)]
struct Bound {
    operator: Spanned<Operator>,
    value: Value,
}

impl Correlation {
    pub(super) fn names_rule(&self, index: usize) -> bool {
        self.operands.contains(&Operand::Rule(index))
    }
}

impl Reader<'_, '_> {
    pub(super) fn correlation(&mut self, document: &Node<'_>) -> Option<Correlation> {
        let metadata = self.metadata(document);
        let (key, node) = document.entry("correlation")?;
        let Some((_, kind)) = node.entry("type") else {
            self.refused(key.span, "this correlation has no `type`", "write `type: event_count`, for example");
            return None;
        };
        let written: Vec<Spanned<String>> = node
            .get("rules")
            .map(|rules| rules.items().iter().filter_map(|rule| Some(Spanned::new(word(rule)?.to_owned(), rule.span))).collect())
            .unwrap_or_default();
        if written.is_empty() {
            self.refused(key.span, "this correlation names no rules", "write `rules:` with ids or names");
            return None;
        }
        let Some(within) = node.get("timespan").or(node.get("timeframe")).and_then(|node| self.timespan(node)) else {
            if node.get("timespan").is_none() {
                self.refused(key.span, "this correlation has no `timespan`", "write `timespan: 5m`");
            }
            return None;
        };
        let condition = node.entry("condition").map(|(_, node)| node);
        let name = word(kind).unwrap_or_default();
        let function = match name {
            "value_count" => Some(AggregateFunction::Distinct),
            "value_sum" => Some(AggregateFunction::Sum),
            "value_avg" => Some(AggregateFunction::Average),
            "value_median" => Some(AggregateFunction::Median),
            "value_percentile" => {
                let percent =
                    condition.and_then(|node| node.get("percentile")).and_then(word).and_then(|text| text.parse::<u8>().ok());
                let Some(percent) = percent else {
                    self.refused(kind.span, "this does not say which percentile", "write `percentile: 95` in its `condition`");
                    return None;
                };
                Some(AggregateFunction::Percentile(percent))
            }
            _ => None,
        };
        let kind = match name {
            "event_count" => Kind::Count(self.bound(condition, key.span)?),
            "temporal" | "temporal_ordered" => {
                if let Some(condition) = condition {
                    self.refused(
                        condition.span,
                        "a condition over the rules of a temporal correlation cannot be said",
                        "name the rules that must all occur, and leave the condition out",
                    );
                    return None;
                }
                if name == "temporal" { Kind::Together } else { Kind::Sequence }
            }
            _ => {
                let Some(function) = function else {
                    let mut diagnostic =
                        Diagnostic::error("E0707", kind.span, format!("there is no type of correlation `{name}`"));
                    let known = [
                        "event_count",
                        "value_count",
                        "value_sum",
                        "value_avg",
                        "value_median",
                        "value_percentile",
                        "temporal",
                        "temporal_ordered",
                    ];
                    if let Some(near) = crate::diag::nearest(name, known) {
                        diagnostic =
                            diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), kind.span, near);
                    }
                    self.report(diagnostic.help(format!("types are {}", known.map(|name| format!("`{name}`")).join(", "))));
                    return None;
                };
                let field = condition
                    .and_then(|node| node.get("field"))
                    .and_then(|node| Some(Spanned::new(word(node)?.to_owned(), node.span)));
                let Some(field) = field else {
                    self.refused(
                        kind.span,
                        &format!("`{name}` needs the name of one field"),
                        "write `field: User` in its `condition`",
                    );
                    return None;
                };
                Kind::Aggregate { function, span: kind.span, field, bound: self.bound(condition, key.span)? }
            }
        };
        let texts = |node: Option<&Node<'_>>| -> Vec<Spanned<String>> {
            node.map(|node| {
                node.items().iter().filter_map(|item| Some(Spanned::new(word(item)?.to_owned(), item.span))).collect()
            })
            .unwrap_or_default()
        };
        let aliases = node
            .get("aliases")
            .and_then(Node::mapping)
            .unwrap_or_default()
            .iter()
            .filter_map(|(alias, fields)| {
                let of = fields.mapping()?.iter().filter_map(|(rule, field)| {
                    Some((Spanned::new(word(rule)?.to_owned(), rule.span), Spanned::new(word(field)?.to_owned(), field.span)))
                });
                Some((Spanned::new(word(alias)?.to_owned(), alias.span), of.collect()))
            })
            .collect();
        let span = metadata.title_span;
        Some(Correlation {
            metadata,
            kind,
            written,
            operands: Vec::new(),
            group_by: texts(node.get("group-by")),
            aliases,
            within,
            span,
        })
    }

    /// `gte: 10`.
    fn bound(&mut self, condition: Option<&Node<'_>>, at: Span) -> Option<Bound> {
        let Some(condition) = condition else {
            self.refused(at, "this correlation has no `condition`", "write `condition:` and `gte: 10` below it");
            return None;
        };
        let mut found: Option<Bound> = None;
        for (key, value) in condition.mapping().unwrap_or_default() {
            let operator = match key.text() {
                Some("gt") => Operator::Greater,
                Some("gte") => Operator::GreaterOrEqual,
                Some("lt") => Operator::Less,
                Some("lte") => Operator::LessOrEqual,
                Some("eq") => Operator::Equal,
                Some("neq") => Operator::NotEqual,
                _ => continue,
            };
            let number = match value.scalar() {
                Some(Scalar::Number(text) | Scalar::Text(text)) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                    text.trim_start_matches('+').to_owned()
                }
                _ => {
                    self.refused(value.span, "a number was expected", "write `gte: 10`");
                    return None;
                }
            };
            if found.is_some() {
                self.refused(
                    key.span,
                    "a correlation compares with one bound",
                    "write a correlation for each bound, or leave one out",
                );
                return None;
            }
            found = Some(Bound {
                operator: Spanned::new(operator, key.span),
                value: Value { kind: ValueKind::Number(number), span: value.span },
            });
        }
        if found.is_none() {
            self.refused(condition.span, "this condition compares with no number", "write `gte: 10`");
        }
        found
    }

    fn timespan(&mut self, node: &Node<'_>) -> Option<ast::Duration> {
        let text = word(node).unwrap_or_default();
        let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "s" => Some((1, "s", 1)),
            "m" => Some((60, "m", 1)),
            "h" => Some((3600, "h", 1)),
            "d" => Some((86_400, "d", 1)),
            "w" => Some((604_800, "d", 7)),
            _ => None,
        };
        let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
        let (Some((seconds, unit, times)), Some(number)) = (unit, number) else {
            self.refused(node.span, "this is no length of time with fixed seconds", "write `30s`, `5m`, `24h`, `7d` or `2w`");
            return None;
        };
        Some(ast::Duration {
            text: format!("{}{unit}", number.saturating_mul(times)),
            seconds: number.saturating_mul(seconds),
            span: node.span,
        })
    }

    fn refused(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::error("E0707", span, message).help(help));
    }
}

/// Puts correlations and the rules that they name together; every other rule is alone.
pub(super) fn groups(
    rules: Vec<Rule>,
    correlations: Vec<Correlation>,
    diagnostics: &mut Vec<Diagnostic>,
    unread: &mut usize,
) -> Vec<Group> {
    if correlations.is_empty() {
        return rules.into_iter().map(|rule| Group { rules: vec![rule], correlations: Vec::new() }).collect();
    }
    let mut correlations: Vec<Option<Correlation>> = correlations.into_iter().map(Some).collect();
    resolve(&rules, &mut correlations, diagnostics, unread);
    // Which group each belongs to: rules first, then correlations; the smallest index is the group's.
    let count = rules.len() + correlations.len();
    let mut group: Vec<usize> = (0..count).collect();
    let index_of = |operand: &Operand| match operand {
        Operand::Rule(index) => *index,
        Operand::Correlation(index) => rules.len() + index,
    };
    for _ in 0..count {
        let mut changed = false;
        for (index, correlation) in correlations.iter().enumerate() {
            let Some(correlation) = correlation else { continue };
            let own = rules.len() + index;
            for other in correlation.operands.iter().map(index_of) {
                let least = group[own].min(group[other]);
                changed |= group[own] != least || group[other] != least;
                (group[own], group[other]) = (least, least);
            }
        }
        if !changed {
            break;
        }
    }
    let mut found: BTreeMap<usize, Group> = BTreeMap::new();
    let total = rules.len();
    let mut places: Vec<usize> = vec![0; count];
    for (index, rule) in rules.into_iter().enumerate() {
        let group = found.entry(group[index]).or_insert_with(|| Group { rules: Vec::new(), correlations: Vec::new() });
        places[index] = group.rules.len();
        group.rules.push(rule);
    }
    for (index, correlation) in correlations.into_iter().enumerate() {
        let Some(correlation) = correlation else { continue };
        let group = found.entry(group[total + index]).or_insert_with(|| Group { rules: Vec::new(), correlations: Vec::new() });
        places[total + index] = group.correlations.len();
        group.correlations.push(correlation);
    }
    for group in found.values_mut() {
        for correlation in &mut group.correlations {
            for operand in &mut correlation.operands {
                *operand = match *operand {
                    Operand::Rule(index) => Operand::Rule(places[index]),
                    Operand::Correlation(index) => Operand::Correlation(places[total + index]),
                };
            }
        }
        fields_known(group, diagnostics);
    }
    found.into_values().collect()
}

/// Finds what each correlation names. One that names what is not there is taken out, and what names that one too.
fn resolve(rules: &[Rule], correlations: &mut [Option<Correlation>], diagnostics: &mut Vec<Diagnostic>, unread: &mut usize) {
    let is = |metadata: &Metadata, written: &str| {
        metadata.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(written)) || metadata.name.as_deref() == Some(written)
    };
    loop {
        let mut gone: Option<(usize, Diagnostic)> = None;
        let mut found: Vec<(usize, Vec<Operand>)> = Vec::new();
        for (index, correlation) in correlations.iter().enumerate() {
            let Some(correlation) = correlation else { continue };
            let mut operands = Vec::new();
            for written in &correlation.written {
                let rule = rules.iter().position(|rule| is(&rule.metadata, &written.node)).map(Operand::Rule);
                let other = correlations
                    .iter()
                    .position(|other| other.as_ref().is_some_and(|other| is(&other.metadata, &written.node)))
                    .filter(|other| *other != index)
                    .map(Operand::Correlation);
                match rule.or(other) {
                    Some(operand) => operands.push(operand),
                    None => {
                        let problem = Diagnostic::error("E0707", written.span, format!("no rule of this file is called `{}`", written.node))
                            .help("a correlation stands in one file with the rules that it names, behind `---`; they are named by `id` or `name`");
                        gone = Some((index, problem));
                    }
                }
            }
            found.push((index, operands));
        }
        match gone {
            Some((index, problem)) => {
                diagnostics.push(problem);
                *unread += 1;
                correlations[index] = None;
            }
            None => {
                for (index, operands) in found {
                    if let Some(correlation) = &mut correlations[index] {
                        correlation.operands = operands;
                    }
                }
                return;
            }
        }
    }
}

/// What a correlation groups by or counts is a field of its rules' events: one that the catalogue does not have is declared.
fn fields_known(group: &mut Group, diagnostics: &mut Vec<Diagnostic>) {
    let mut wanted: Vec<(usize, Spanned<String>, bool)> = Vec::new();
    for correlation in &group.correlations {
        let leaves = leaves(group, correlation);
        let mut want = |field: &Spanned<String>, numeric: bool, rules: &[usize]| {
            wanted.extend(rules.iter().map(|rule| (*rule, field.clone(), numeric)));
        };
        for field in &correlation.group_by {
            match correlation.aliases.iter().find(|(alias, _)| alias.node == field.node) {
                None => want(field, false, &leaves),
                Some((_, of)) => {
                    for (rule, field) in of {
                        let named: Vec<usize> = correlation
                            .written
                            .iter()
                            .zip(&correlation.operands)
                            .filter(|(written, _)| written.node == rule.node)
                            .filter_map(|(_, operand)| if let Operand::Rule(index) = operand { Some(*index) } else { None })
                            .collect();
                        want(field, false, &named);
                    }
                }
            }
        }
        if let Kind::Aggregate { field, function, .. } = &correlation.kind {
            want(field, *function != AggregateFunction::Distinct, &leaves);
        }
    }
    for (rule, field, numeric) in wanted {
        let Some(rule) = group.rules.get_mut(rule) else { continue };
        if rule.source.field(&field.node).is_some() {
            continue;
        }
        let scalar = if numeric { ScalarType::Float } else { ScalarType::String };
        if let Some(listed) = &rule.source.listed {
            diagnostics.push(
                Diagnostic::warning("W0701", field.span, format!("events of `{}` have no field `{}`", listed.id, field.node))
                    .help(format!("`huntc schema {}` lists its fields", listed.id)),
            );
        }
        rule.source.own.insert(field.node.clone(), (FieldType::scalar(scalar), field.span));
    }
}

/// The rules at the bottom of a correlation.
fn leaves(group: &Group, correlation: &Correlation) -> Vec<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Operand> = correlation.operands.clone();
    while let Some(operand) = waiting.pop() {
        match operand {
            Operand::Rule(index) => {
                found.insert(index);
            }
            Operand::Correlation(index) => {
                if seen.insert(index)
                    && let Some(other) = group.correlations.get(index)
                {
                    waiting.extend(other.operands.iter().copied());
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The correlation that no other is built upon.
pub(super) fn top(correlations: &[Correlation]) -> Option<usize> {
    let named = |index: usize| correlations.iter().any(|other| other.operands.contains(&Operand::Correlation(index)));
    (0..correlations.len()).find(|index| !named(*index)).or((!correlations.is_empty()).then_some(0))
}

/// The `correlate`s of a hunt, and the patterns that join the rules of one.
pub(super) fn members(
    correlations: &[Correlation],
    rules: &[Rule],
    rule_names: &[String],
    own_names: &[String],
    taken: &mut BTreeSet<String>,
) -> Vec<Member> {
    let mut members = Vec::new();
    for (index, correlation) in correlations.iter().enumerate() {
        let name_of = |operand: &Operand| match operand {
            Operand::Rule(index) => rule_names[*index].clone(),
            Operand::Correlation(index) => own_names[*index].clone(),
        };
        let names: Vec<ast::Name> = correlation
            .operands
            .iter()
            .zip(&correlation.written)
            .map(|(operand, written)| name_at(&name_of(operand), written.span))
            .collect();
        let span = correlation.span;
        // Events of any of several rules are counted together: one pattern over them, where they are of one log source.
        let mut one = names.first().cloned().unwrap_or_else(|| name_at("nothing_named", span));
        if names.len() > 1 && matches!(correlation.kind, Kind::Count(_) | Kind::Aggregate { .. }) {
            let first = correlation
                .operands
                .iter()
                .find_map(|operand| if let Operand::Rule(index) = operand { rules.get(*index) } else { None });
            if let Some(first) = first {
                one = name_at(&names::unique(format!("{}_events", own_names[index]), taken), span);
                let of = PatternSet::Names(names.clone());
                let any = clause(ClauseKind::Quantified { count: Spanned::new(Count::AtLeast(1), span), of }, span);
                members.push(Member::Pattern(ast::Pattern {
                    name: one.clone(),
                    source: first.source.reference(),
                    clauses: vec![any],
                    span,
                }));
            }
        }
        let bound = |bound: &Bound| ast::Bound { operator: bound.operator, value: bound.value.clone() };
        let kind = match &correlation.kind {
            Kind::Count(number) => CorrelateKind::Count { of: one, bound: bound(number) },
            Kind::Aggregate { function, span, field, bound: number } => CorrelateKind::Aggregate {
                function: Spanned::new(*function, *span),
                field: field_ref(&field.node, field.span),
                of: one,
                bound: bound(number),
            },
            Kind::Together => CorrelateKind::Together(names.clone()),
            Kind::Sequence => CorrelateKind::Sequence(names.clone()),
        };
        let by = correlation
            .group_by
            .iter()
            .map(|field| {
                let alias_of = correlation
                    .aliases
                    .iter()
                    .find(|(alias, _)| alias.node == field.node)
                    .map(|(_, of)| {
                        of.iter()
                            .filter_map(|(rule, field)| {
                                let at = correlation.written.iter().position(|written| written.node == rule.node)?;
                                Some((
                                    name_at(&name_of(correlation.operands.get(at)?), rule.span),
                                    field_ref(&field.node, field.span),
                                ))
                            })
                            .collect()
                    })
                    .unwrap_or_default();
                ast::GroupKey { cased: false, field: field_ref(&field.node, field.span), alias_of }
            })
            .collect();
        let mut properties = Vec::new();
        if !correlation.metadata.title.is_empty() {
            properties.push(Property {
                kind: PropertyKind::Title(text_at(sentence(&correlation.metadata.title), span)),
                keyword: span,
                span,
            });
        }
        properties.extend(correlation.metadata.rule.iter().cloned());
        members.push(Member::Correlate(ast::Correlate {
            name: name_at(&own_names[index], span),
            when: Some(ast::CorrelateCondition { kind, by, within: Some(correlation.within.clone()), fixed_windows: None, span }),
            properties,
            exceptions: Vec::new(),
            span,
            head: span,
        }));
    }
    members
}
