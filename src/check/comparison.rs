//! Comparisons: which operator goes with which type, and what each becomes in the IR.

use std::sync::Arc;

use super::Checker;
use super::clauses::Place;
use super::values::Literal;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::ir::encoding::{self, CharacterEncoding};
use crate::ir::pattern::LikeForm;
use crate::ir::{Case, Condition, IpBlock, Kind, LikePattern, Number, Order, Presence, SharedRegex, Test, TextOperator};
use crate::schema::{Field, FieldType, LogSource, ScalarType};
use crate::syntax::ast::{self, Encoding, Operand, Operator, Quantifier, ValueKind};

/// What the values of a comparison are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Boolean,
    Address,
    Time,
    Object,
}

fn family(kind: FieldType) -> Family {
    match kind.scalar {
        ScalarType::String | ScalarType::Path | ScalarType::Hash(_) => Family::Text,
        ScalarType::Integer | ScalarType::Float | ScalarType::HexInteger => Family::Number,
        ScalarType::Boolean => Family::Boolean,
        ScalarType::Ip => Family::Address,
        ScalarType::Time => Family::Time,
        ScalarType::Object => Family::Object,
    }
}

impl<'a> Checker<'a> {
    pub(super) fn comparison(
        &mut self,
        comparison: &'a ast::Comparison,
        span: Span,
        source: &Arc<LogSource>,
        place: &Place<'a, '_>,
    ) -> Option<Condition> {
        let field = self.field(&comparison.field, source, place.element)?;
        let field = if place.element { element_field(field, comparison) } else { field };
        let operator = comparison.operator.node;
        if let Some(state) = presence(operator) {
            return Some(Condition::test(Test::Presence { field, state }, span));
        }
        if let Operand::Field(other) = &comparison.operand {
            return self.fields(comparison, field, other, span, source, place);
        }
        let family = family(field.kind);
        self.operator_fits(comparison, &field, family, source)?;
        self.modifiers_fit(comparison, family)?;
        let values = self.operand_values(comparison, &field, place)?;
        let negated = operator == Operator::NotEqual;
        let condition = match family {
            Family::Text => self.text(comparison, &field, &values, span, source),
            Family::Number => self.numbers(comparison, &field, &values, span),
            Family::Boolean => self.booleans(&field, &values, span),
            Family::Address => self.addresses(comparison, &field, &values, span),
            // `operator_fits` lets no value operator through for these.
            Family::Time | Family::Object => None,
        }?;
        Some(if negated { Condition::new(Kind::Not(Box::new(condition)), span) } else { condition })
    }

    /// Whether the operator can be used on a field of this type; says which can where it cannot.
    fn operator_fits(&mut self, comparison: &ast::Comparison, field: &Field, family: Family, source: &LogSource) -> Option<()> {
        use Operator as O;
        let operator = comparison.operator.node;
        let fits = match family {
            Family::Text => match operator {
                O::Named => field.kind.scalar == ScalarType::Path,
                O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => false,
                _ => true,
            },
            Family::Number => {
                matches!(operator, O::Equal | O::NotEqual | O::In | O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual)
            }
            Family::Boolean => matches!(operator, O::Equal | O::NotEqual),
            Family::Address => matches!(operator, O::Equal | O::NotEqual | O::In),
            Family::Time | Family::Object => false,
        };
        if fits {
            return Some(());
        }
        let help = match family {
            Family::Text if operator == O::Named => {
                "`named` compares the last component of a path; for other text use `==` or `endswith`".to_owned()
            }
            Family::Text => "text has no order; use `==`, `in`, `contains`, `startswith`, `endswith`, `like` or `matches`".to_owned(),
            Family::Number => "numbers are compared with `==`, `!=`, `in`, `<`, `<=`, `>` or `>=`".to_owned(),
            Family::Boolean => format!("write `{} == true` or `{} == false`", field.name, field.name),
            Family::Address => {
                format!("addresses are compared with `==`, `!=` or `in`, which also takes blocks: `{} in ('10.0.0.0/8')`", field.name)
            }
            Family::Time => "a field of type time can be tested with `is present`, `is empty`, `exists` and `is null`; the event's own time with `time in 19:00..07:00`".to_owned(),
            Family::Object => "an element of a list of objects is looked for with `some FIELD { … }`".to_owned(),
        };
        self.report(
            Diagnostic::error(
                "E0205",
                comparison.operator.span,
                format!("`{}` cannot be used on `{}`, which is of type {}", operator.text(), field.name, field.kind),
            )
            .label(format!("`{}` of `{}` is of type {}", field.name, source.id, field.kind))
            .help(help),
        );
        None
    }

    /// `cased` and encodings go with text, and not with every operator.
    fn modifiers_fit(&mut self, comparison: &ast::Comparison, family: Family) -> Option<()> {
        let operator = comparison.operator.node;
        let mut fits = true;
        if let Some(cased) = comparison.cased
            && (family != Family::Text || operator == Operator::Matches)
        {
            let help = if operator == Operator::Matches {
                "a regular expression heeds case unless it has the flag `i`; leave `cased` out"
            } else {
                "only text has case; leave `cased` out"
            };
            self.report(Diagnostic::error("E0222", cased, "`cased` cannot be used here").help(help).fix(
                "leave `cased` out",
                cased,
                "",
            ));
            fits = false;
        }
        if comparison.encodings.is_empty() {
            return fits.then_some(());
        }
        let whole = comparison.encodings.iter().skip(1).fold(comparison.encodings[0].span, |span, each| span.to(each.span));
        let kinds: Vec<Encoding> = comparison.encodings.iter().map(|each| each.node).collect();
        let wide = |each: &Encoding| matches!(each, Encoding::Utf16le | Encoding::Utf16be | Encoding::Utf16 | Encoding::Wide);
        let base = |each: &Encoding| matches!(each, Encoding::Base64 | Encoding::Base64Offset);
        let lawful = match kinds.as_slice() {
            [Encoding::Windash] => true,
            [one] => base(one),
            [first, second] => wide(first) && base(second),
            _ => false,
        };
        let help = if family != Family::Text {
            "encodings are of text; this field is not"
        } else if !lawful {
            "write `windash`, `base64` or `base64offset`, the last two after at most one of `utf16le`, `utf16be`, `utf16`, `wide`"
        } else if kinds == [Encoding::Windash] {
            if matches!(operator, Operator::Matches | Operator::Named) {
                "`windash` goes with `==`, `!=`, `in`, `contains`, `startswith`, `endswith` and `like`"
            } else {
                return fits.then_some(());
            }
        } else if !matches!(operator, Operator::Equal | Operator::Contains) {
            "`base64` and `base64offset` go with `==` and `contains`"
        } else {
            return fits.then_some(());
        };
        self.report(Diagnostic::error("E0223", whole, "this encoding cannot be used here").help(help));
        None
    }

    /// The values as literals: written out, in a list, or named.
    fn operand_values(&mut self, comparison: &'a ast::Comparison, field: &Field, place: &Place<'a, '_>) -> Option<Vec<Literal>> {
        let operator = comparison.operator.node;
        if matches!(operator, Operator::Equal | Operator::NotEqual)
            && let Operand::Name(Spanned { span, .. }) = &comparison.operand
        {
            let (code_text, fix) = if operator == Operator::Equal {
                (format!("`{} in …`", field.name), "in")
            } else {
                (format!("`not {} in …`", field.name), "in")
            };
            let mut diagnostic = Diagnostic::error(
                "E0224",
                comparison.operator.span,
                format!("`{}` compares with one value, and this is a list", operator.text()),
            )
            .also(*span, "the list")
            .help(format!("write {code_text}"));
            if operator == Operator::Equal {
                diagnostic = diagnostic.fix("write `in`", comparison.operator.span, fix);
            } else {
                diagnostic.fixes.push(crate::diag::Fix {
                    message: format!("write {code_text}"),
                    edits: vec![
                        (Span { end: comparison.field.span.start, ..comparison.field.span }, "not ".to_owned()),
                        (comparison.operator.span, "in".to_owned()),
                    ],
                });
            }
            self.report(diagnostic);
            return None;
        }
        // A list in place after `==` was reported when it was read.
        if matches!(operator, Operator::Equal | Operator::NotEqual) && matches!(comparison.operand, Operand::List { .. }) {
            return None;
        }
        match &comparison.operand {
            Operand::Value(value) => self.literal(value, field).map(|literal| vec![literal]),
            Operand::List { values, .. } => {
                let literals: Vec<Option<Literal>> = values.iter().map(|value| self.literal(value, field)).collect();
                literals.into_iter().collect()
            }
            Operand::Name(name) => self.named_values(name, field, place),
            Operand::Nothing | Operand::Field(_) => {
                self.report(Diagnostic::error("E0206", comparison.operator.span, "a value is missing"));
                None
            }
        }
    }

    fn text(
        &mut self,
        comparison: &ast::Comparison,
        field: &Field,
        values: &[Literal],
        span: Span,
        source: &LogSource,
    ) -> Option<Condition> {
        let operator = comparison.operator.node;
        let case = if comparison.cased.is_some() { Case::Exact } else { Case::Folded };
        if operator == Operator::Matches {
            return self.regexes(comparison, field, values, span);
        }
        let mut sets: Vec<Vec<Term>> = Vec::new();
        let mut sound = true;
        for literal in values {
            match self.terms(comparison, field, literal, source) {
                Some(terms) => sets.push(terms),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let every = comparison.quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All);
        if !every {
            return Some(any_of(field, sets.into_iter().flatten().collect(), case, span));
        }
        let parts: Vec<Condition> = sets.into_iter().map(|terms| any_of(field, terms, case, span)).collect();
        Some(all_of(parts, span))
    }

    /// What one written value stands for: several texts where an encoding has several forms.
    fn terms(&mut self, comparison: &ast::Comparison, field: &Field, literal: &Literal, source: &LogSource) -> Option<Vec<Term>> {
        let operator = comparison.operator.node;
        let text = &literal.text;
        if let ScalarType::Hash(algorithm) = field.kind.scalar
            && matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In)
        {
            let lower = text.to_ascii_lowercase();
            if lower.len() != algorithm.digits() || !lower.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.report(
                    Diagnostic::error("E0403", literal.span, format!("this is no {} hash", algorithm.sysmon_name()))
                        .label(format!("{} characters", text.chars().count()))
                        .help(format!("an {} hash has {} hexadecimal digits", algorithm.sysmon_name(), algorithm.digits())),
                );
                return None;
            }
            return Some(vec![Term::Hash(lower)]);
        }
        if operator == Operator::Named && (text.is_empty() || text.contains(source.separators)) {
            self.report(
                Diagnostic::error("E0407", literal.span, "`named` compares the last component of a path, which is never this")
                    .label(if text.is_empty() { "an empty name" } else { "a name without separators was expected" })
                    .help("write the file's name alone, or compare the end of the path with `endswith`"),
            );
            return None;
        }
        if text.is_empty() && matches!(operator, Operator::Contains | Operator::StartsWith | Operator::EndsWith) {
            self.report(
                Diagnostic::warning("W0102", literal.span, format!("every present value {} the empty text", verb(operator)))
                    .help(format!("write `{} exists` if that is meant", field.name)),
            );
        }
        let encodings: Vec<Encoding> = comparison.encodings.iter().map(|each| each.node).collect();
        let texts = self.encoded(text, &encodings, literal.span)?;
        let mut terms = Vec::new();
        for text in texts {
            terms.push(match operator {
                Operator::Like => match LikePattern::parse(&text) {
                    Ok(LikeForm::Literal { operator, value }) => Term::Text(operator, value),
                    Ok(LikeForm::Pattern(pattern)) => Term::Like(pattern),
                    Err(problem) => {
                        self.report(
                            Diagnostic::error("E0408", literal.span, problem.message).help(problem.help.unwrap_or_default()),
                        );
                        return None;
                    }
                },
                Operator::Contains => Term::Text(TextOperator::Contains, text),
                Operator::StartsWith => Term::Text(TextOperator::StartsWith, text),
                Operator::EndsWith => Term::Text(TextOperator::EndsWith, text),
                Operator::Named => Term::Text(TextOperator::Named, text),
                _ => Term::Text(TextOperator::Equals, text),
            });
        }
        if literal.subdomains && matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In) {
            terms.push(Term::Text(TextOperator::EndsWith, format!(".{text}")));
        }
        Some(terms)
    }

    fn encoded(&mut self, text: &str, encodings: &[Encoding], span: Span) -> Option<Vec<String>> {
        let characters = match encodings.first() {
            Some(Encoding::Utf16le | Encoding::Wide) => CharacterEncoding::Utf16Le,
            Some(Encoding::Utf16be) => CharacterEncoding::Utf16Be,
            Some(Encoding::Utf16) => CharacterEncoding::Utf16,
            Some(Encoding::Windash | Encoding::Base64 | Encoding::Base64Offset) | None => CharacterEncoding::Utf8,
        };
        let expanded = match encodings.last() {
            None => Ok(vec![text.to_owned()]),
            Some(Encoding::Windash) => encoding::windash(text),
            Some(Encoding::Base64) => Ok(vec![encoding::base64(&encoding::bytes(text, characters))]),
            Some(Encoding::Base64Offset) => encoding::base64_offset(&encoding::bytes(text, characters)).map(|all| all.to_vec()),
            // `modifiers_fit` lets none of these stand last.
            Some(Encoding::Utf16le | Encoding::Utf16be | Encoding::Utf16 | Encoding::Wide) => Ok(Vec::new()),
        };
        match expanded {
            Ok(texts) => Some(texts),
            Err(problem) => {
                let mut diagnostic = Diagnostic::error("E0408", span, problem.message);
                if let Some(help) = problem.help {
                    diagnostic = diagnostic.help(help);
                }
                self.report(diagnostic);
                None
            }
        }
    }

    fn regexes(&mut self, comparison: &ast::Comparison, field: &Field, values: &[Literal], span: Span) -> Option<Condition> {
        let mut patterns = Vec::new();
        let mut sound = true;
        for literal in values {
            let Some((pattern, flags, pattern_span)) = &literal.regex else { continue };
            match SharedRegex::parse(pattern, flags) {
                Ok(regex) => patterns.push(regex),
                Err(error) => {
                    let at = self.within_regex(*pattern_span, error.start, error.end);
                    let mut diagnostic = Diagnostic::error("E0404", at, error.message);
                    if let Some(help) = error.help {
                        diagnostic = diagnostic.help(help);
                    }
                    self.report(diagnostic);
                    sound = false;
                }
            }
        }
        if !sound || patterns.is_empty() {
            return None;
        }
        let every = comparison.quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All);
        if every {
            let parts = patterns
                .into_iter()
                .map(|regex| Condition::test(Test::Regex { field: field.clone(), patterns: vec![regex] }, span));
            return Some(all_of(parts.collect(), span));
        }
        Some(Condition::test(Test::Regex { field: field.clone(), patterns }, span))
    }

    /// A place inside a regular expression, in the file: `\/` is two characters there and one in the pattern.
    fn within_regex(&self, pattern: Span, start: usize, end: usize) -> Span {
        let input = self.input.files.iter().find(|file| file.source == pattern.source);
        let Some(text) = input.and_then(|file| file.text.get(pattern.range())) else { return pattern };
        let mut offsets = Vec::with_capacity(text.len() + 1);
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
            // What stands behind a backslash is no backslash of its own: `\\/` ends with a plain slash.
            if character == '\\'
                && let Some((next_at, next)) = characters.next()
                && next != '/'
            {
                offsets.extend(std::iter::repeat_n(next_at, next.len_utf8()));
            }
        }
        offsets.push(text.len());
        let place = |at: usize| offsets.get(at).copied().unwrap_or(text.len());
        let base = pattern.start as usize;
        Span::new(pattern.source, base + place(start), base + place(end).max(place(start)))
    }

    fn numbers(&mut self, comparison: &ast::Comparison, field: &Field, values: &[Literal], span: Span) -> Option<Condition> {
        let numbers: Vec<Number> = values.iter().filter_map(|literal| literal.number).collect();
        if numbers.len() != values.len() {
            return None;
        }
        let order = match comparison.operator.node {
            Operator::Less => Order::Less,
            Operator::LessOrEqual => Order::LessOrEqual,
            Operator::Greater => Order::Greater,
            Operator::GreaterOrEqual => Order::GreaterOrEqual,
            _ => Order::Equal,
        };
        if order != Order::Equal && numbers.len() > 1 {
            self.report(
                Diagnostic::error(
                    "E0224",
                    comparison.operator.span,
                    format!("`{}` compares with one number", comparison.operator.node.text()),
                )
                .help("write the number that decides: the largest for `<`, the smallest for `>`"),
            );
            return None;
        }
        let every = comparison.quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All);
        let test = |values: Vec<Number>| Condition::test(Test::Number { field: field.clone(), order, values }, span);
        Some(if every { all_of(numbers.into_iter().map(|number| test(vec![number])).collect(), span) } else { test(numbers) })
    }

    fn booleans(&self, field: &Field, values: &[Literal], span: Span) -> Option<Condition> {
        let value = values.first()?.boolean?;
        Some(Condition::test(Test::Boolean { field: field.clone(), value }, span))
    }

    fn addresses(&mut self, comparison: &ast::Comparison, field: &Field, values: &[Literal], span: Span) -> Option<Condition> {
        let mut blocks: Vec<IpBlock> = Vec::new();
        for literal in values {
            let block = literal.block?;
            let single = block.prefix == if block.network.is_ipv4() { 32 } else { 128 };
            if !single && comparison.operator.node != Operator::In {
                self.report(
                    Diagnostic::error(
                        "E0402",
                        literal.span,
                        format!("`{}` compares with one address, and this is a block", comparison.operator.node.text()),
                    )
                    .help(format!("write `{} in ('{}')`", field.name, literal.text))
                    .fix("write `in`", comparison.operator.span, "in"),
                );
                return None;
            }
            blocks.push(block);
        }
        let every = comparison.quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All);
        let test = |blocks: Vec<IpBlock>| Condition::test(Test::Address { field: field.clone(), blocks }, span);
        Some(if every { all_of(blocks.into_iter().map(|block| test(vec![block])).collect(), span) } else { test(blocks) })
    }

    /// `F == field G` and the like.
    fn fields(
        &mut self,
        comparison: &ast::Comparison,
        left: Field,
        right: &ast::FieldRef,
        span: Span,
        source: &Arc<LogSource>,
        place: &Place<'a, '_>,
    ) -> Option<Condition> {
        let right_field = self.field(right, source, place.element)?;
        let operator = match comparison.operator.node {
            Operator::Equal | Operator::NotEqual => TextOperator::Equals,
            Operator::Contains => TextOperator::Contains,
            Operator::StartsWith => TextOperator::StartsWith,
            Operator::EndsWith => TextOperator::EndsWith,
            other => {
                self.report(
                    Diagnostic::error("E0205", comparison.operator.span, format!("`{}` cannot compare two fields", other.text()))
                        .help("two fields are compared with `==`, `!=`, `contains`, `startswith` or `endswith`"),
                );
                return None;
            }
        };
        if !comparison.encodings.is_empty() {
            self.report(
                Diagnostic::error("E0223", comparison.encodings[0].span, "an encoding cannot be used between two fields")
                    .help("encodings change a text that is written in the hunt"),
            );
            return None;
        }
        let (left_family, right_family) = (family(left.kind), family(right_field.kind));
        let equals = operator == TextOperator::Equals;
        let fits = left_family == right_family
            && match left_family {
                Family::Text => true,
                Family::Number | Family::Boolean | Family::Address => equals && comparison.cased.is_none(),
                Family::Time | Family::Object => false,
            };
        if !fits {
            self.report(
                Diagnostic::error(
                    "E0205",
                    right.span,
                    format!(
                        "`{}` ({}) and `{}` ({}) cannot be compared so",
                        left.name, left.kind, right_field.name, right_field.kind
                    ),
                )
                .help("both fields must be text, or both numbers, booleans or addresses, which only `==` and `!=` compare"),
            );
            return None;
        }
        let case = if comparison.cased.is_some() { Case::Exact } else { Case::Folded };
        let test = Condition::test(Test::Fields { left, operator, right: right_field, case }, span);
        Some(if comparison.operator.node == Operator::NotEqual { Condition::new(Kind::Not(Box::new(test)), span) } else { test })
    }

    pub(super) fn anywhere(
        &mut self,
        quantifier: Option<Spanned<Quantifier>>,
        cased: Option<Span>,
        operand: &'a Operand,
        span: Span,
        place: &Place<'a, '_>,
    ) -> Option<Condition> {
        let text = Field { name: Arc::from("anywhere"), kind: FieldType::scalar(ScalarType::String) };
        let literals: Vec<Literal> = match operand {
            Operand::Value(value) => vec![self.literal(value, &text)?],
            Operand::List { values, .. } => {
                let literals: Vec<Option<Literal>> = values.iter().map(|value| self.literal(value, &text)).collect();
                literals.into_iter().collect::<Option<_>>()?
            }
            Operand::Name(name) => self.named_values(name, &text, place)?,
            Operand::Nothing | Operand::Field(_) => {
                self.report(
                    Diagnostic::error("E0206", span, "`anywhere contains` needs a text").help("write `anywhere contains 'text'`"),
                );
                return None;
            }
        };
        for literal in &literals {
            if literal.text.is_empty() {
                self.report(Diagnostic::error("E0408", literal.span, "the empty text is in every event"));
                return None;
            }
        }
        let case = if cased.is_some() { Case::Exact } else { Case::Folded };
        let texts: Vec<String> = literals.into_iter().map(|literal| literal.text).collect();
        let test = |values: Vec<String>| Condition::test(Test::Anywhere { values, case }, span);
        let every = quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All);
        Some(if every { all_of(texts.into_iter().map(|text| test(vec![text])).collect(), span) } else { test(texts) })
    }
}

/// One alternative of a text comparison.
enum Term {
    Text(TextOperator, String),
    Like(LikePattern),
    Hash(String),
}

/// Alternatives of one field; neighbours of one kind become one test, in the order written.
fn any_of(field: &Field, terms: Vec<Term>, case: Case, span: Span) -> Condition {
    let mut tests: Vec<Test> = Vec::new();
    for term in terms {
        match term {
            Term::Text(operator, text) => {
                let same = tests.iter_mut().find_map(|test| match test {
                    Test::Text { operator: other, values, .. } if *other == operator => Some(values),
                    _ => None,
                });
                match same {
                    Some(values) if values.contains(&text) => {}
                    Some(values) => values.push(text),
                    None => tests.push(Test::Text { field: field.clone(), operator, values: vec![text], case }),
                }
            }
            Term::Like(pattern) => {
                let same = tests.iter_mut().find_map(|test| match test {
                    Test::Like { patterns, .. } => Some(patterns),
                    _ => None,
                });
                match same {
                    Some(patterns) if patterns.contains(&pattern) => {}
                    Some(patterns) => patterns.push(pattern),
                    None => tests.push(Test::Like { field: field.clone(), patterns: vec![pattern], case }),
                }
            }
            Term::Hash(hash) => {
                let same = tests.iter_mut().find_map(|test| match test {
                    Test::Hash { values, .. } => Some(values),
                    _ => None,
                });
                match (same, field.kind.scalar) {
                    (Some(values), _) if values.contains(&hash) => {}
                    (Some(values), _) => values.push(hash),
                    (None, ScalarType::Hash(algorithm)) => {
                        tests.push(Test::Hash { field: field.clone(), algorithm, values: vec![hash] });
                    }
                    // Only hash fields have hash terms.
                    (None, _) => {}
                }
            }
        }
    }
    let mut parts: Vec<Condition> = tests.into_iter().map(|test| Condition::test(test, span)).collect();
    if parts.len() == 1 { parts.remove(0) } else { Condition::new(Kind::Any(parts), span) }
}

fn all_of(mut parts: Vec<Condition>, span: Span) -> Condition {
    parts.dedup();
    if parts.len() == 1 { parts.remove(0) } else { Condition::new(Kind::All(parts), span) }
}

fn presence(operator: Operator) -> Option<Presence> {
    match operator {
        Operator::IsEmpty => Some(Presence::IsEmpty),
        Operator::IsPresent => Some(Presence::IsPresent),
        Operator::IsNull => Some(Presence::IsNull),
        Operator::Exists => Some(Presence::Exists),
        Operator::Equal
        | Operator::NotEqual
        | Operator::In
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Named
        | Operator::Like
        | Operator::Matches
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => None,
    }
}

fn verb(operator: Operator) -> &'static str {
    match operator {
        Operator::StartsWith => "starts with",
        Operator::EndsWith => "ends with",
        _ => "contains",
    }
}

/// The fields of an element are not catalogued: what it is compared with says what it is.
fn element_field(field: Field, comparison: &ast::Comparison) -> Field {
    let first = match &comparison.operand {
        Operand::Value(value) => Some(&value.kind),
        Operand::List { values, .. } => values.first().map(|value| &value.kind),
        Operand::Nothing | Operand::Name(_) | Operand::Field(_) => None,
    };
    let ordered =
        matches!(comparison.operator.node, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual);
    let scalar = match first {
        Some(ValueKind::Number(text)) if text.contains('.') => ScalarType::Float,
        Some(ValueKind::Number(_)) => ScalarType::Integer,
        Some(ValueKind::Boolean(_)) => ScalarType::Boolean,
        _ if ordered => ScalarType::Float,
        _ if comparison.operator.node == Operator::Named => ScalarType::Path,
        _ => ScalarType::String,
    };
    Field { kind: FieldType::scalar(scalar), ..field }
}
