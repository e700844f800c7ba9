//! How clauses are laid out: on one line where they fit, else broken at their outermost part.

use super::printer::{Kind, Printer};
use super::values::{field, names, plain_field, text_value, value};
use crate::syntax::ast::{
    BlockKind, Clause, ClauseKind, Comparison, Count, Operand, Operator, PatternSet, Quantifier, ValueKind, Weekday,
};

impl Printer<'_> {
    /// The clauses of a block, one a line.
    pub(super) fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            self.element(clause.span, Kind::Line, |printer| printer.clause(clause));
        }
    }

    /// `{ clauses }`; `end` is behind the `}`.
    pub(super) fn clause_block(&mut self, clauses: &[Clause], end: usize) {
        self.block(clauses.first().map(|clause| clause.span.start as usize), end, |printer| printer.clauses(clauses));
    }

    /// A clause behind what stands on the line already.
    pub(super) fn clause(&mut self, clause: &Clause) {
        if !self.has_comment(clause.span)
            && let Some(text) = flat(clause)
            && self.fits(&text, 0)
        {
            self.push(&text);
            return;
        }
        let end = clause.span.end as usize;
        match &clause.kind {
            ClauseKind::And(operands) => self.chain(operands, "and"),
            ClauseKind::Or(operands) => self.chain(operands, "or"),
            ClauseKind::Not(operand) => self.prefixed("not ", operand),
            ClauseKind::Approximate(operand) => self.prefixed("approximate ", operand),
            ClauseKind::Group(inner) => self.parenthesis(inner, end),
            ClauseKind::Block { kind, clauses } => {
                self.push(block_word(*kind));
                self.push(" ");
                self.clause_block(clauses, end);
            }
            ClauseKind::Some { field: of, clauses } => {
                self.push("some ");
                self.push(&field(of));
                self.push(" ");
                self.clause_block(clauses, end);
            }
            ClauseKind::Comparison(comparison) => {
                self.push(&head(comparison));
                self.operand(&comparison.operand);
            }
            ClauseKind::Anywhere { operand, .. } => {
                self.push(&anywhere_head(clause));
                self.operand(operand);
            }
            ClauseKind::Unread
            | ClauseKind::Pattern(_)
            | ClauseKind::Quantified { .. }
            | ClauseKind::TimeOfDay { .. }
            | ClauseKind::Weekday { .. } => {
                self.push(&flat(clause).unwrap_or_default());
            }
        }
    }

    /// Operands of `and` or `or`, one a line; the first behind what stands on the line.
    fn chain(&mut self, operands: &[Clause], word: &str) {
        let Some((first, rest)) = operands.split_first() else { return };
        self.nested(first);
        self.trailing(first.span.end as usize);
        self.ended(first.span.end as usize);
        self.indented(|printer| {
            for operand in rest {
                printer.element(operand.span, Kind::Line, |printer| {
                    printer.push(word);
                    printer.push(" ");
                    printer.nested(operand);
                });
            }
        });
    }

    fn prefixed(&mut self, word: &str, operand: &Clause) {
        self.push(word);
        self.nested(operand);
    }

    /// An operand; one that is itself a chain needs parentheses, which a tree that was read has.
    fn nested(&mut self, operand: &Clause) {
        if matches!(operand.kind, ClauseKind::And(_) | ClauseKind::Or(_)) {
            self.parenthesis(operand, operand.span.end as usize);
        } else {
            self.clause(operand);
        }
    }

    fn parenthesis(&mut self, inner: &Clause, end: usize) {
        self.push("(");
        self.trailing_of_head(inner.span.start as usize);
        self.indented(|printer| match &inner.kind {
            ClauseKind::And(operands) | ClauseKind::Or(operands) => {
                let word = if matches!(inner.kind, ClauseKind::And(_)) { "and " } else { "or " };
                for (index, operand) in operands.iter().enumerate() {
                    printer.element(operand.span, Kind::Line, |printer| {
                        if index > 0 {
                            printer.push(word);
                        }
                        printer.nested(operand);
                    });
                }
            }
            _ => printer.element(inner.span, Kind::Line, |printer| printer.clause(inner)),
        });
        self.close(")", end);
    }

    /// What a comparison compares with, a list one value a line.
    fn operand(&mut self, operand: &Operand) {
        let Operand::List { values, span } = operand else {
            self.push(&operand_text(operand));
            return;
        };
        let text = operand_text(operand);
        if !self.has_comment(*span) && self.fits(&text, 0) {
            self.push(&text);
            return;
        }
        self.push("(");
        self.trailing_of_head(values.first().map_or(span.end, |value| value.span.start) as usize);
        self.indented(|printer| {
            for (index, each) in values.iter().enumerate() {
                printer.element(each.span, Kind::Line, |printer| {
                    printer.push(&value(each));
                    if index + 1 < values.len() {
                        printer.push(",");
                    }
                });
            }
        });
        self.close(")", span.end as usize);
    }

    /// A closing bracket on a line of its own, below the comments before it.
    pub(super) fn close(&mut self, bracket: &str, end: usize) {
        self.indented(|printer| printer.comments_before(end));
        self.begin_line();
        self.push(bracket);
        self.ended(end);
    }
}

/// A clause on one line; none where it has a block.
pub(super) fn flat(clause: &Clause) -> Option<String> {
    let joined = |operands: &[Clause], word: &str| -> Option<String> {
        let parts: Option<Vec<String>> = operands.iter().map(nested_flat).collect();
        Some(parts?.join(word))
    };
    Some(match &clause.kind {
        ClauseKind::And(operands) => joined(operands, " and ")?,
        ClauseKind::Or(operands) => joined(operands, " or ")?,
        ClauseKind::Not(operand) => format!("not {}", nested_flat(operand)?),
        ClauseKind::Approximate(operand) => format!("approximate {}", nested_flat(operand)?),
        ClauseKind::Group(inner) => format!("({})", flat(inner)?),
        ClauseKind::Block { .. } | ClauseKind::Some { .. } => return None,
        ClauseKind::Comparison(comparison) => format!("{}{}", head(comparison), operand_text(&comparison.operand)),
        ClauseKind::Pattern(name) => name.node.clone(),
        // A file with such a clause is not laid out.
        ClauseKind::Unread => String::new(),
        ClauseKind::Quantified { count, of } => {
            let count = match count.node {
                Count::All => "all".to_owned(),
                Count::AtLeast(number) => number.to_string(),
            };
            let of = match of {
                PatternSet::Glob(glob) => glob.node.clone(),
                PatternSet::Names(of) => format!("({})", names(of).join(", ")),
            };
            format!("{count} of {of}")
        }
        ClauseKind::Anywhere { operand, .. } => format!("{}{}", anywhere_head(clause), operand_text(operand)),
        ClauseKind::TimeOfDay { start, end, offset } => {
            format!("time in {}..{}{}", clock(start.node), clock(end.node), offset_text(offset.map(|offset| offset.node)))
        }
        ClauseKind::Weekday { days, offset } => {
            let days: Vec<&str> = days.iter().map(|day| day_word(day.node)).collect();
            format!("weekday in ({}){}", days.join(", "), offset_text(offset.map(|offset| offset.node)))
        }
    })
}

fn nested_flat(operand: &Clause) -> Option<String> {
    let text = flat(operand)?;
    Some(if matches!(operand.kind, ClauseKind::And(_) | ClauseKind::Or(_)) { format!("({text})") } else { text })
}

/// Field, operator and modifiers, with the blank behind them where values follow.
fn head(comparison: &Comparison) -> String {
    let mut text = format!("{} {}", field(&comparison.field), comparison.operator.node.text());
    if comparison.quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All) {
        text.push_str(" all");
    }
    if comparison.cased.is_some() {
        text.push_str(" cased");
    }
    for encoding in &comparison.encodings {
        text.push(' ');
        text.push_str(encoding.node.text());
    }
    let operands =
        !matches!(comparison.operator.node, Operator::IsEmpty | Operator::IsPresent | Operator::IsNull | Operator::Exists);
    if operands && !matches!(comparison.operand, Operand::Nothing) {
        text.push(' ');
    }
    text
}

fn anywhere_head(clause: &Clause) -> String {
    let mut text = "anywhere contains ".to_owned();
    if let ClauseKind::Anywhere { quantifier, cased, .. } = &clause.kind {
        if quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All) {
            text.push_str("all ");
        }
        if cased.is_some() {
            text.push_str("cased ");
        }
    }
    text
}

fn operand_text(operand: &Operand) -> String {
    match operand {
        Operand::Nothing => String::new(),
        Operand::Value(each) => match &each.kind {
            ValueKind::Text(text) => text_value(text),
            _ => value(each),
        },
        Operand::List { values, .. } => format!("({})", values.iter().map(value).collect::<Vec<_>>().join(", ")),
        Operand::Name(name) => name.node.clone(),
        Operand::Field(other) => format!("field {}", plain_field(other)),
    }
}

fn block_word(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Any => "any",
        BlockKind::All => "all",
        BlockKind::None => "none",
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn offset_text(offset: Option<i16>) -> String {
    offset.map_or_else(String::new, |offset| {
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs();
        format!(" {sign}{:02}:{:02}", minutes / 60, minutes % 60)
    })
}

fn day_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
