//! Clauses: from what the grammar read to the tree, and what it reads only to refuse it well.

use super::grammar::{Node, Rule};
use super::mistakes::Place;
use super::outline::Block;
use super::reader::{Reader, parts};
use super::statement::Joined;
use crate::diag::{Diagnostic, Fix, Span, Spanned};
use crate::syntax::ast::{
    BlockKind, Clause, ClauseKind, Comparison, Count, Encoding, Operand, Operator, PatternSet, Quantifier, ValueKind, Weekday,
};

/// What stands between a field and the values.
#[derive(Default)]
struct Modifiers {
    quantifier: Option<Spanned<Quantifier>>,
    cased: Option<Span>,
    encodings: Vec<Spanned<Encoding>>,
}

impl<'t> Reader<'t> {
    /// The clauses of a block, one a statement. An empty block is an error, since nobody can say whether it means all or none.
    pub(super) fn clauses(&mut self, block: &'t Block, of: &str) -> Vec<Clause> {
        if block.statements.is_empty() && !block.unclosed {
            self.report(
                Diagnostic::error("E0125", self.block_span(block), format!("this `{of}` block is empty"))
                    .label("no clause stands in it")
                    .help("write the clauses between `{` and `}`, one a line, or remove the block"),
            );
        }
        let mut clauses = Vec::with_capacity(block.statements.len());
        for statement in &block.statements {
            let joined = self.join(statement);
            let unread = Clause { kind: ClauseKind::Unread, span: joined.whole() };
            if statement.broken {
                clauses.push(unread);
                continue;
            }
            match self.strict(Rule::clause_statement, &joined, Place::Clause) {
                Some(node) => clauses.extend(parts(&node).next().map(|chain| self.chain(&joined, &chain))),
                None => {
                    // Where a line begins with an operator, the field on the line above is half of the same clause.
                    let halved = self.diagnostics.last().is_some_and(|last| last.code == "E0120");
                    if halved && clauses.last().is_some_and(|above| matches!(above.kind, ClauseKind::Pattern(_))) {
                        clauses.pop();
                    }
                    clauses.push(unread);
                }
            }
        }
        if clauses.is_empty() {
            clauses.push(Clause { kind: ClauseKind::Unread, span: self.block_span(block) });
        }
        clauses
    }

    /// `A == 1`, or operands joined by `and` or by `or`.
    pub(super) fn chain(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Clause {
        let mut operands = Vec::new();
        let mut joiners = Vec::new();
        for part in parts(node) {
            match part.as_rule() {
                Rule::k_and => joiners.push((true, joined.of(&part))),
                Rule::k_or => joiners.push((false, joined.of(&part))),
                _ => operands.push(self.unary(joined, &part)),
            }
        }
        let Some((first_is_and, first_joiner)) = joiners.first().copied() else {
            return match operands.pop() {
                Some(operand) => operand,
                None => self.lost(joined.of(node)),
            };
        };
        let span = joined.of(node);
        if let Some((other_is_and, other)) = joiners.iter().find(|(is_and, _)| *is_and != first_is_and).copied() {
            self.mixed(&operands, &joiners, first_joiner, other, other_is_and);
            return by_precedence(operands, &joiners, span);
        }
        Clause { kind: if first_is_and { ClauseKind::And(operands) } else { ClauseKind::Or(operands) }, span }
    }

    /// A clause of a shape that the grammar does not make.
    fn lost(&mut self, span: Span) -> Clause {
        self.unreadable(span);
        Clause { kind: ClauseKind::Unread, span }
    }

    fn mixed(&mut self, operands: &[Clause], joiners: &[(bool, Span)], first: Span, other: Span, other_is_and: bool) {
        let (word, before) = if other_is_and { ("and", "or") } else { ("or", "and") };
        let mut diagnostic =
            Diagnostic::error("E0112", other, format!("`{word}` beside `{before}`: which belongs together is not said"))
                .also(first, format!("`{before}` stands here"))
                .help("put parentheses around what belongs together");
        for (and_binds, message) in [(true, "let `and` bind tighter"), (false, "let `or` bind tighter")] {
            let mut edits = Vec::new();
            let mut start = 0;
            for index in 0..=joiners.len() {
                let binds = joiners.get(index).is_some_and(|(is_and, _)| *is_and == and_binds);
                if binds {
                    continue;
                }
                if index > start {
                    let (from, to) = (operands[start].span, operands[index].span);
                    edits.push((Span { end: from.start, ..from }, "(".to_owned()));
                    edits.push((Span { start: to.end, ..to }, ")".to_owned()));
                }
                start = index + 1;
            }
            diagnostic.fixes.push(Fix { message: message.to_owned(), edits });
        }
        self.report(diagnostic);
    }

    fn unary(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Clause {
        let span = joined.of(node);
        let inner: Vec<Node<'_>> = parts(node).collect();
        let last = inner.last();
        let kind = match (node.as_rule(), last) {
            (Rule::negation, Some(operand)) => ClauseKind::Not(Box::new(self.unary(joined, operand))),
            (Rule::approximation, Some(operand)) => ClauseKind::Approximate(Box::new(self.unary(joined, operand))),
            (Rule::group, Some(operand)) => ClauseKind::Group(Box::new(self.chain(joined, operand))),
            (Rule::block, Some(body)) => {
                let written = inner.first().map_or("all", |kind| kind.as_str());
                let kind = match written {
                    "any" => BlockKind::Any,
                    "none" => BlockKind::None,
                    _ => BlockKind::All,
                };
                let clauses = self.block(joined, body).map(|block| self.clauses(block, written)).unwrap_or_default();
                ClauseKind::Block { kind, clauses }
            }
            (Rule::some_block, Some(body)) => {
                let field = inner.iter().find(|part| matches!(part.as_rule(), Rule::field_bare | Rule::field_quoted));
                let clauses = self.block(joined, body).map(|block| self.clauses(block, "some")).unwrap_or_default();
                match field {
                    Some(field) => ClauseKind::Some { field: self.field(joined, field), clauses },
                    None => return self.lost(span),
                }
            }
            (Rule::anywhere, _) => {
                let (modifiers, operand) = self.modifiers_and_operand(joined, &inner);
                if let Some(encoding) = modifiers.encodings.first() {
                    self.report(
                        Diagnostic::error("E0133", encoding.span, format!("`anywhere` takes no `{}`", encoding.node.text()))
                            .help("`anywhere contains` takes `any`, `all` and `cased`"),
                    );
                }
                ClauseKind::Anywhere { quantifier: modifiers.quantifier, cased: modifiers.cased, operand }
            }
            (Rule::time_of_day, _) => self.time_of_day(joined, &inner),
            (Rule::weekdays, _) => {
                let days = inner
                    .iter()
                    .filter(|part| part.as_rule() == Rule::day)
                    .map(|part| Spanned::new(weekday(part.as_str()), joined.of(part)))
                    .collect();
                ClauseKind::Weekday { days, offset: self.offset(joined, &inner) }
            }
            (Rule::quantified, Some(set)) => return self.quantified(joined, node, &inner, set),
            (Rule::comparison, _) => return self.comparison(joined, node, &inner),
            _ => ClauseKind::Pattern(self.name(joined, node)),
        };
        Clause { kind, span }
    }

    fn time_of_day(&mut self, joined: &Joined<'t>, inner: &[Node<'_>]) -> ClauseKind {
        let clocks: Vec<Spanned<u16>> = inner
            .iter()
            .filter(|part| part.as_rule() == Rule::clock_range)
            .flat_map(|range| range.clone().into_inner())
            .map(|clock| self.clock(joined, &clock))
            .collect();
        let at = |index: usize| clocks.get(index).copied().unwrap_or_default();
        ClauseKind::TimeOfDay { start: at(0), end: at(1), offset: self.offset(joined, inner) }
    }

    /// Minutes since midnight of `19:00`.
    fn clock(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Spanned<u16> {
        let written = node.as_str();
        let (hours, minutes) = written.split_once(':').unwrap_or((written, "0"));
        let (hours, minutes) = (hours.parse::<u16>().unwrap_or(99), minutes.parse::<u16>().unwrap_or(99));
        if hours > 23 || minutes > 59 {
            self.report(
                Diagnostic::error("E0131", joined.of(node), format!("a day has no time `{written}`"))
                    .help("times go from `00:00` to `23:59`; a range may pass midnight: `19:00..07:00`"),
            );
        }
        Spanned::new((hours * 60 + minutes).min(24 * 60 - 1), joined.of(node))
    }

    /// Minutes east of UTC of `+02:00`.
    fn offset(&mut self, joined: &Joined<'t>, inner: &[Node<'_>]) -> Option<Spanned<i16>> {
        let node = inner.iter().find(|part| part.as_rule() == Rule::offset)?;
        let written = node.as_str();
        let hours = written.get(1..3).and_then(|digits| digits.parse::<i16>().ok()).unwrap_or(99);
        let minutes = written.get(4..6).and_then(|digits| digits.parse::<i16>().ok()).unwrap_or(99);
        let total = hours * 60 + minutes;
        if minutes > 59 || total > 14 * 60 {
            self.report(
                Diagnostic::error("E0131", joined.of(node), format!("no place on earth is `{written}` from UTC"))
                    .help("offsets go from `-14:00` to `+14:00`"),
            );
        }
        Some(Spanned::new(if written.starts_with('-') { -total } else { total }, joined.of(node)))
    }

    fn quantified(&mut self, joined: &Joined<'t>, node: &Node<'_>, inner: &[Node<'_>], set: &Node<'_>) -> Clause {
        let quantity = inner.first().map_or_else(|| node.clone(), Clone::clone);
        let count = if quantity.as_str() == "all" {
            Spanned::new(Count::All, joined.of(&quantity))
        } else {
            let count = self.count(joined, &quantity);
            Spanned::new(Count::AtLeast(count.node), count.span)
        };
        let of = if set.as_rule() == Rule::name_list {
            PatternSet::Names(parts(set).map(|name| self.name(joined, &name)).collect())
        } else {
            if set.as_str() == "them" {
                self.report(
                    Diagnostic::error("E0121", joined.of(set), "`them` is Sigma's word for all of a rule's selections")
                        .help("name the patterns that are meant: `1 of (a, b)`, or `1 of pattern_*` by how their names begin"),
                );
                return Clause { kind: ClauseKind::Unread, span: joined.of(node) };
            }
            PatternSet::Glob(self.name(joined, set))
        };
        Clause { kind: ClauseKind::Quantified { count, of }, span: joined.of(node) }
    }

    fn comparison(&mut self, joined: &Joined<'t>, node: &Node<'_>, inner: &[Node<'_>]) -> Clause {
        let span = joined.of(node);
        let [field, second, ..] = inner else { return self.lost(span) };
        let field = self.field(joined, field);
        let (operator, operator_span) = match second.as_rule() {
            Rule::k_exists => (Operator::Exists, joined.of(second)),
            Rule::emptiness => {
                let operator = match parts(second).last().map(|part| part.as_rule()) {
                    Some(Rule::k_present) => Operator::IsPresent,
                    Some(Rule::k_null) => Operator::IsNull,
                    _ => Operator::IsEmpty,
                };
                (operator, joined.of(second))
            }
            _ => (operator(second.as_str()), joined.of(second)),
        };
        if second.as_rule() == Rule::symbol_operator {
            self.blanks_around(joined, second);
        }
        let (modifiers, operand) = self.modifiers_and_operand(joined, &inner[2..]);
        let comparison = Comparison {
            field,
            operator: Spanned::new(operator, operator_span),
            quantifier: modifiers.quantifier,
            cased: modifiers.cased,
            encodings: modifiers.encodings,
            operand,
        };
        let reported = self.diagnostics.len();
        self.shape(&comparison);
        let kind = if self.diagnostics.len() > reported { ClauseKind::Unread } else { ClauseKind::Comparison(comparison) };
        Clause { kind, span }
    }

    fn modifiers_and_operand(&mut self, joined: &Joined<'t>, inner: &[Node<'_>]) -> (Modifiers, Operand) {
        let mut modifiers = Modifiers::default();
        let mut operand = Operand::Nothing;
        let mut written: Vec<Spanned<String>> = Vec::new();
        for part in inner {
            let span = joined.of(part);
            match part.as_rule() {
                Rule::modifier => {
                    let word = part.as_str();
                    written.push(Spanned::new(word.to_owned(), span));
                    match word {
                        "any" => modifiers.quantifier = Some(Spanned::new(Quantifier::Any, span)),
                        "all" => modifiers.quantifier = Some(Spanned::new(Quantifier::All, span)),
                        "cased" => modifiers.cased = Some(span),
                        _ => {
                            if let Some(encoding) = Encoding::ALL.iter().find(|encoding| encoding.text() == word) {
                                modifiers.encodings.push(Spanned::new(*encoding, span));
                            }
                        }
                    }
                }
                Rule::list => {
                    let values = parts(part).map(|value| self.value(joined, &value)).collect();
                    operand = Operand::List { values, span };
                }
                Rule::field_operand => {
                    if let Some(field) = parts(part).last() {
                        operand = Operand::Field(self.field(joined, &field));
                    }
                }
                Rule::operand_name => operand = Operand::Name(self.name(joined, part)),
                Rule::k_anywhere | Rule::k_contains => {}
                _ => operand = Operand::Value(self.value(joined, part)),
            }
        }
        self.order(&written);
        (modifiers, operand)
    }

    /// `[any|all] [cased] [ENCODING…]`, each once.
    fn order(&mut self, written: &[Spanned<String>]) {
        let rank = |word: &str| match word {
            "any" | "all" => 0,
            "cased" => 1,
            _ => 2,
        };
        for (index, word) in written.iter().enumerate() {
            let repeated = written[..index].iter().any(|before| before.node == word.node);
            if repeated {
                let message = format!("`{}` stands here twice", word.node);
                self.report(Diagnostic::error("E0133", word.span, message).help("write it once"));
                return;
            }
            if written[..index].iter().any(|before| rank(&before.node) == 0 && rank(&word.node) == 0) {
                self.report(
                    Diagnostic::error("E0133", word.span, "`any` and `all` exclude each other")
                        .help("keep the one that is meant"),
                );
                return;
            }
        }
        if let Some(index) = (1..written.len()).find(|index| rank(&written[*index - 1].node) > rank(&written[*index].node)) {
            let mut sorted: Vec<&str> = written.iter().map(|word| word.node.as_str()).collect();
            sorted.sort_by_key(|word| rank(word));
            let whole = written[0].span.to(written[written.len() - 1].span);
            let sorted = sorted.join(" ");
            self.report(
                Diagnostic::error(
                    "E0133",
                    written[index].span,
                    format!("`{}` stands before `{}`", written[index].node, written[index - 1].node),
                )
                .help("the order is `any` or `all`, then `cased`, then encodings")
                .fix(format!("write `{sorted}`"), whole, sorted.clone()),
            );
        }
    }

    /// Symbol operators stand between blanks, since a field may hold `-` and `.`.
    pub(super) fn blanks_around(&mut self, joined: &Joined<'t>, node: &Node<'_>) {
        let span = node.as_span();
        let blank = |character: Option<char>| character.is_none_or(|character| matches!(character, ' ' | '\t' | '\r'));
        let before = blank(joined.text[..span.start()].chars().next_back());
        let after = blank(joined.text[span.end()..].chars().next());
        if before && after {
            return;
        }
        let written = node.as_str();
        let spaced = format!("{}{written}{}", if before { "" } else { " " }, if after { "" } else { " " });
        self.report(Diagnostic::error("E0115", joined.of(node), format!("`{written}` stands between blanks")).fix(
            format!("write ` {written} `"),
            joined.of(node),
            spaced,
        ));
    }

    /// Which operators take one value and which take a list, as far as the spelling alone says.
    fn shape(&mut self, comparison: &Comparison) {
        let operator = comparison.operator.node;
        let written = operator.text();
        let field = &self.text[comparison.field.span.range()];
        let whole = |end: Span| comparison.field.span.to(end);
        match (&comparison.operand, operator) {
            (Operand::List { span, .. }, Operator::NotEqual) => {
                let (list, negated) = (&self.text[span.range()], format!("not {field} in"));
                let replacement = format!("{negated} {list}");
                self.report(
                    Diagnostic::error("E0118", *span, "`!=` takes one value, not a list")
                        .help("`not F in (…)` is true where the field is none of the values")
                        .fix(format!("write `{negated} (…)`"), whole(*span), replacement),
                );
            }
            (Operand::List { span, .. }, Operator::Equal) => {
                self.report(Diagnostic::error("E0118", *span, "`==` takes one value, not a list").fix(
                    format!("write `{field} in (…)`"),
                    comparison.operator.span,
                    "in",
                ));
            }
            (
                Operand::List { span, .. },
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            ) => {
                self.report(
                    Diagnostic::error("E0118", *span, format!("`{written}` takes one number, not a list"))
                        .help("give the one bound that is meant"),
                );
            }
            (Operand::Value(value), Operator::Equal | Operator::NotEqual) if value.kind == ValueKind::Null => {
                let (with, help) = if operator == Operator::Equal {
                    ("is null", "`is empty` is also true of empty text, and exact in every target")
                } else {
                    ("exists", "`is present` is also false for empty text, and exact in every target")
                };
                self.report(
                    Diagnostic::error("E0119", value.span, "nothing equals `null`: no comparison on an absent field is true")
                        .help(help)
                        .fix(format!("write `{field} {with}`"), comparison.operator.span.to(value.span), with),
                );
            }
            (Operand::Value(value), Operator::In) => {
                let value_text = &self.text[value.span.range()];
                let plain = comparison.quantifier.is_none() && comparison.cased.is_none() && comparison.encodings.is_empty();
                let mut diagnostic = Diagnostic::error("E0118", value.span, "`in` takes a list").fix(
                    format!("write `({value_text})`"),
                    value.span,
                    format!("({value_text})"),
                );
                if plain {
                    diagnostic = diagnostic.fix(format!("write `{field} == {value_text}`"), comparison.operator.span, "==");
                }
                self.report(diagnostic);
            }
            (Operand::Field(other), Operator::In | Operator::Named | Operator::Like | Operator::Matches)
            | (Operand::Field(other), Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual) => {
                self.report(
                    Diagnostic::error("E0118", other.span, format!("`{written}` does not compare two fields"))
                        .help("two fields are compared with `==`, `!=`, `contains`, `startswith` and `endswith`"),
                );
            }
            _ => {}
        }
    }
}

/// The usual reading of a mixed chain, so that the checks after this one have something to look at.
fn by_precedence(operands: Vec<Clause>, joiners: &[(bool, Span)], span: Span) -> Clause {
    let mut groups: Vec<Vec<Clause>> = Vec::new();
    for (index, operand) in operands.into_iter().enumerate() {
        let joins = index > 0 && joiners.get(index - 1).is_some_and(|(is_and, _)| *is_and);
        match groups.last_mut() {
            Some(group) if joins => group.push(operand),
            _ => groups.push(vec![operand]),
        }
    }
    let operands = groups
        .into_iter()
        .map(|mut group| {
            let whole = match (group.first(), group.last()) {
                (Some(first), Some(last)) => first.span.to(last.span),
                _ => span,
            };
            match group.pop() {
                Some(only) if group.is_empty() => only,
                last => {
                    group.extend(last);
                    Clause { kind: ClauseKind::And(group), span: whole }
                }
            }
        })
        .collect();
    Clause { kind: ClauseKind::Or(operands), span }
}

fn operator(written: &str) -> Operator {
    Operator::ALL.iter().copied().find(|operator| operator.text() == written).unwrap_or(Operator::Equal)
}

fn weekday(written: &str) -> Weekday {
    match written {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        _ => Weekday::Sunday,
    }
}
