//! The `when` of a correlate.

use super::grammar::{Node, Rule};
use super::mistakes::Place;
use super::reader::{Reader, parts};
use super::statement::Joined;
use super::tree::Found;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::syntax::ast::{AggregateFunction, Bound, CorrelateCondition, CorrelateKind, GroupKey, Name, Operator};

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connector {
    And,
    Or,
    Then,
    Without { prior: bool },
}

impl<'t> Reader<'t> {
    pub(super) fn correlate_when(&mut self, joined: &Joined<'t>) -> Option<CorrelateCondition> {
        let node = self.strict(Rule::correlate_when, joined, Place::CorrelateWhen)?;
        let mut kind = None;
        let mut condition = CorrelateCondition {
            kind: CorrelateKind::Together(Vec::new()),
            by: Vec::new(),
            within: None,
            fixed_windows: None,
            span: joined.whole(),
        };
        let (mut by, mut within) = (false, false);
        for part in parts(&node) {
            let found = Found::new(&part);
            let span = joined.of(&part);
            match part.as_rule() {
                Rule::k_when => {}
                Rule::group_by => {
                    if std::mem::replace(&mut by, true) {
                        self.again(span, "by");
                    }
                    for key in found.all(Rule::group_key) {
                        condition.by.extend(self.group_key(joined, key));
                    }
                }
                Rule::within => {
                    if std::mem::replace(&mut within, true) {
                        self.again(span, "within");
                    }
                    condition.within = found.first(Rule::duration).map(|duration| self.duration(joined, duration));
                }
                Rule::fixed_windows => {
                    if condition.fixed_windows.replace(span).is_some() {
                        self.again(span, "fixed windows");
                    }
                }
                _ => match self.correlate_kind(joined, &part) {
                    Some(read) => kind = Some(read),
                    None => return None,
                },
            }
        }
        condition.kind = kind?;
        Some(condition)
    }

    fn again(&mut self, span: Span, word: &str) {
        self.report(Diagnostic::error("E0136", span, format!("`{word}` stands here a second time")).help("keep one of them"));
    }

    fn correlate_kind(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<CorrelateKind> {
        let found = Found::new(node);
        let of = found.first(Rule::name).map(|name| self.name(joined, name));
        match node.as_rule() {
            Rule::count_of => Some(CorrelateKind::Count { of: of?, bound: self.bound(joined, found.first(Rule::bound)?)? }),
            Rule::aggregate_of => {
                let function = self.aggregate(joined, found.first(Rule::aggregate)?);
                let field = self.field(joined, found.fields().next()?);
                Some(CorrelateKind::Aggregate { function, field, of: of?, bound: self.bound(joined, found.first(Rule::bound)?)? })
            }
            Rule::first_of => Some(CorrelateKind::First { field: self.field(joined, found.fields().next()?), of: of? }),
            Rule::some_of => {
                let quantity = found.first(Rule::quantity)?;
                let names: Vec<Name> = parts(found.first(Rule::name_list)?).map(|name| self.name(joined, &name)).collect();
                if quantity.as_str() == "all" {
                    let span = joined.of(node);
                    let joined_names = names.iter().map(|name| name.node.as_str()).collect::<Vec<_>>().join(" and ");
                    self.report(
                        Diagnostic::error("E0134", joined.of(quantity), "all of several operands are joined by `and`").fix(
                            format!("write `{joined_names}`"),
                            span,
                            joined_names.clone(),
                        ),
                    );
                    return Some(CorrelateKind::Together(names));
                }
                Some(CorrelateKind::AtLeast { count: self.count(joined, quantity), of: names })
            }
            _ => self.relation(joined, node),
        }
    }

    fn aggregate(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Spanned<AggregateFunction> {
        let span = joined.of(node);
        let inner: Vec<Node<'_>> = parts(node).collect();
        let function = match inner.first().map(|part| part.as_rule()) {
            Some(Rule::k_sum) => AggregateFunction::Sum,
            Some(Rule::k_avg) => AggregateFunction::Average,
            Some(Rule::k_median) => AggregateFunction::Median,
            Some(Rule::k_percentile) => {
                let number = inner.last();
                let percentile =
                    number.and_then(|number| number.as_str().parse::<u8>().ok()).filter(|percent| (1..100).contains(percent));
                if percentile.is_none() {
                    let place = number.map_or(span, |number| joined.of(number));
                    self.report(
                        Diagnostic::error("E0131", place, "a percentile is a whole number from 1 to 99")
                            .help("`percentile 95 F of p` is the value that 95 of 100 events do not exceed"),
                    );
                }
                AggregateFunction::Percentile(percentile.unwrap_or(50))
            }
            _ => AggregateFunction::Distinct,
        };
        Spanned::new(function, span)
    }

    fn bound(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<Bound> {
        let found = Found::new(node);
        let symbol = found.first(Rule::symbol_operator)?;
        self.blanks_around(joined, symbol);
        let operator = Operator::ALL.iter().copied().find(|operator| operator.text() == symbol.as_str())?;
        let value = self.value(joined, found.first(Rule::number)?);
        Some(Bound { operator: Spanned::new(operator, joined.of(symbol)), value })
    }

    fn relation(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<CorrelateKind> {
        let mut names: Vec<Name> = Vec::new();
        let mut connectors: Vec<(Connector, Span)> = Vec::new();
        for part in parts(node) {
            if part.as_rule() == Rule::operand_of {
                names.push(self.name(joined, &part));
                continue;
            }
            let words: Vec<Node<'_>> = parts(&part).collect();
            let connector = match words.first().map(|word| word.as_rule()) {
                Some(Rule::k_without) => Connector::Without { prior: words.len() > 1 },
                Some(Rule::k_then) => Connector::Then,
                Some(Rule::k_or) => Connector::Or,
                _ => Connector::And,
            };
            connectors.push((connector, joined.of(&part)));
        }
        let Some((first, first_span)) = connectors.first().copied() else {
            let name = names.first()?;
            self.report(
                Diagnostic::error("E0134", name.span, format!("`{}` alone is no correlation", name.node)).help(
                    "count it (`count of p >= 10 by F within 5m`) or relate it to another (`a then b by F within 5m`); one event alone is a `detect`",
                ),
            );
            return None;
        };
        if let Some((other, other_span)) = connectors.iter().find(|(connector, _)| *connector != first).copied() {
            self.report(
                Diagnostic::error(
                    "E0134",
                    other_span,
                    format!("`{}` beside `{}` in one correlation", word_of(other), word_of(first)),
                )
                .also(first_span, format!("`{}` stands here", word_of(first)))
                .help("make one part a `correlate` of its own and use its name here"),
            );
            return None;
        }
        match first {
            Connector::And => Some(CorrelateKind::Together(names)),
            Connector::Then => Some(CorrelateKind::Sequence(names)),
            Connector::Or => {
                let list = names.iter().map(|name| name.node.as_str()).collect::<Vec<_>>().join(", ");
                self.report(
                    Diagnostic::error("E0134", first_span, "`or` does not relate events to each other")
                        .help("two kinds of event that mean the same are one `pattern`, or a `detect` each")
                        .fix(format!("write `1 of ({list})`"), joined.of(node), format!("1 of ({list})")),
                );
                None
            }
            Connector::Without { prior } => {
                if let Some((_, second)) = connectors.get(1) {
                    self.report(
                        Diagnostic::error("E0134", *second, "`without` relates two operands, not more")
                            .help("make one part a `correlate` of its own and use its name here"),
                    );
                    return None;
                }
                let absent = names.pop()?;
                Some(CorrelateKind::Without { operand: names.pop()?, prior, absent })
            }
        }
    }

    fn group_key(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<GroupKey> {
        let found = Found::new(node);
        let mut alias_of = Vec::new();
        for alias in found.all(Rule::alias) {
            let parts = Found::new(alias);
            alias_of.push((self.name(joined, parts.first(Rule::alias_operand)?), self.field(joined, parts.fields().next()?)));
        }
        if let Some(equals) = found.first(Rule::equals) {
            self.blanks_around(joined, equals);
        }
        Some(GroupKey {
            cased: found.first(Rule::group_cased).is_some(),
            field: self.field(joined, found.fields().next()?),
            alias_of,
        })
    }
}

fn word_of(connector: Connector) -> &'static str {
    match connector {
        Connector::And => "and",
        Connector::Or => "or",
        Connector::Then => "then",
        Connector::Without { .. } => "without",
    }
}
