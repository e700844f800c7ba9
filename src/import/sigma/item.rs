//! One item of a selection, `Field|modifiers: values`, as a clause.

use super::modifiers::{self, Comparison, Modifiers, misfit};
use super::rule::Reader;
use super::value::{self, Form, Place};
use super::{clause, field_ref, fields, text_value};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::import::yaml::{Node, Scalar};
use crate::schema::{FieldType, HashAlgorithm, ScalarType};
use crate::syntax::ast::{self, BlockKind, Clause, ClauseKind, Encoding, Operand, Operator, Quantifier, Value, ValueKind};
use crate::syntax::names;
use crate::syntax::unescape_slashes;

/// The field of an item and what its values are read as.
struct Item<'i> {
    field: ast::FieldRef,
    kind: FieldType,
    modifiers: &'i Modifiers,
    /// From the key to the last value.
    span: Span,
    key: Span,
}

impl Reader<'_, '_> {
    /// Reads an item. `None` where it has an error, which was reported.
    pub(super) fn item(&mut self, key: &Node<'_>, value: &Node<'_>) -> Option<Clause> {
        let Some(written) = key.text() else {
            self.report(Diagnostic::error("E0702", key.span, format!("a field's name was expected, not {}", key.what())));
            return None;
        };
        let mut words = Vec::new();
        let mut at = 0;
        for word in written.split('|') {
            words.push((word, self.within(key, at, at + word.len())));
            at += word.len() + 1;
        }
        let (name, name_span) = words.remove(0);
        let modifiers = match modifiers::read(&words) {
            Ok(modifiers) => modifiers,
            Err(diagnostic) => {
                self.report(diagnostic);
                return None;
            }
        };
        let values = value.items();
        let last = values.last().map_or(value.span, |node| node.span);
        let span = if last.start >= key.span.start { key.span.to(last) } else { key.span };
        if let Some(nested) = values.iter().find(|node| node.scalar().is_none()) {
            self.report(
                Diagnostic::error("E0702", nested.span, format!("a value was expected, not {}", nested.what()))
                    .help("an item compares a field with one value or a list of values"),
            );
            return None;
        }
        if values.is_empty() {
            self.report(
                Diagnostic::error("E0706", value.span, "this list is empty, so nothing can be compared with it")
                    .help("write `null` for a field without a value, or take the item out"),
            );
            return None;
        }
        if name.is_empty() {
            return self.keywords(&modifiers, values, span);
        }
        if !fields::writable(name) {
            self.report(unwritable(name_span));
            return None;
        }
        let Some((name, kind)) = self.source.field(name) else {
            // Every field was met when the fields were learnt.
            self.report(Diagnostic::error("E0702", name_span, format!("`{name}` is no field")));
            return None;
        };
        let item = Item { field: field_ref(&name, name_span), kind, modifiers: &modifiers, span, key: key.span };
        let found = self.compared(&item, values)?;
        Some(if modifiers.negated { clause(ClauseKind::Not(Box::new(found)), span) } else { found })
    }

    fn compared(&mut self, item: &Item<'_>, values: &[Node<'_>]) -> Option<Clause> {
        match &item.modifiers.comparison {
            Comparison::Exists => self.exists(item, values),
            Comparison::Field(place) => self.other_field(item, *place, values),
            Comparison::Regex(flags) => self.regexes(item, flags, values),
            Comparison::Order(operator) => self.orders(item, *operator, values),
            Comparison::Block => self.blocks(item, values),
            Comparison::Text(place) => {
                if item.modifiers.expand.is_some() {
                    return self.placeholders(item, *place, values);
                }
                match item.kind.scalar {
                    ScalarType::String | ScalarType::Path | ScalarType::Hash(_) => self.texts(item, *place, values),
                    ScalarType::Integer | ScalarType::HexInteger | ScalarType::Float => self.numbers(item, *place, values),
                    ScalarType::Boolean => self.booleans(item, *place, values),
                    ScalarType::Ip => self.addresses(item, *place, values),
                    ScalarType::Time | ScalarType::Object => self.presence_alone(item, values),
                }
            }
        }
    }

    /// A list of texts without a field: words anywhere in the event.
    pub(super) fn keywords(&mut self, modifiers: &Modifiers, values: &[Node<'_>], span: Span) -> Option<Clause> {
        let plain = matches!(modifiers.comparison, Comparison::Text(Place::Whole | Place::Contains))
            && modifiers.encodings.is_empty()
            && modifiers.expand.is_none();
        if !plain {
            self.report(
                misfit(span, "words anywhere in an event take no modifier but `all` and `cased`")
                    .help("name the field that holds the text"),
            );
            return None;
        }
        let mut texts = Vec::new();
        for node in values {
            let written = match node.scalar() {
                Some(Scalar::Text(text) | Scalar::Number(text)) => text.to_owned(),
                Some(Scalar::Boolean(boolean)) => boolean.to_string(),
                _ => {
                    self.report(Diagnostic::error("E0706", node.span, format!("a word was expected, not {}", node.what())));
                    return None;
                }
            };
            // A word is looked for anywhere, so that a star at its end says nothing more.
            let form = value::form(value::pieces(&written), Place::Contains);
            let Form::Literal(_, text) = form else {
                let (message, help) = if form == Form::Anything {
                    ("this word is in every event", "write what to look for")
                } else {
                    (
                        "a word anywhere in an event cannot have wildcards within",
                        "write its parts as two words with `|all`, or name the field that holds the text",
                    )
                };
                self.report(Diagnostic::error("E0706", node.span, message).help(help));
                return None;
            };
            texts.push(Value { kind: ValueKind::Text(text_value(&text)), span: node.span });
        }
        let quantifier = modifiers.all.filter(|_| texts.len() > 1).map(|span| Spanned::new(Quantifier::All, span));
        Some(clause(ClauseKind::Anywhere { quantifier, cased: modifiers.cased, operand: operand(texts, span) }, span))
    }

    fn exists(&mut self, item: &Item<'_>, values: &[Node<'_>]) -> Option<Clause> {
        let wanted = match values {
            [node] => match node.scalar() {
                Some(Scalar::Boolean(wanted)) => Some(wanted),
                Some(Scalar::Text(text)) => text.to_ascii_lowercase().parse().ok(),
                _ => None,
            },
            _ => None,
        };
        let Some(wanted) = wanted else {
            self.report(
                Diagnostic::error("E0706", values[0].span, "`exists` takes `true` or `false`").help("write `true` or `false`"),
            );
            return None;
        };
        Some(presence(item, if wanted { Operator::Exists } else { Operator::IsNull }, item.span))
    }

    fn other_field(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        let mut found = Vec::new();
        for node in values {
            let Some(Scalar::Text(name)) = node.scalar() else {
                self.report(Diagnostic::error(
                    "E0706",
                    node.span,
                    format!("the name of a field was expected, not {}", node.what()),
                ));
                return None;
            };
            if !fields::writable(name) {
                self.report(unwritable(node.span));
                return None;
            }
            // An unknown field on the other side is text, as it is on this side.
            let name = self.source.field(name).map_or_else(
                || {
                    self.source.own.insert(name.to_owned(), (FieldType::scalar(ScalarType::String), node.span));
                    name.to_owned()
                },
                |(name, _)| name,
            );
            let other = Operand::Field(field_ref(&name, node.span));
            found.push(comparison(item, operator_of(place), other, None, item.span));
        }
        Some(joined(found, item.modifiers.all.is_some(), item.span))
    }

    fn regexes(&mut self, item: &Item<'_>, flags: &str, values: &[Node<'_>]) -> Option<Clause> {
        if !matches!(item.kind.scalar, ScalarType::String | ScalarType::Path | ScalarType::Hash(_)) {
            return self.unfit(item, values[0].span, "a regular expression reads text");
        }
        let mut patterns = Vec::new();
        for node in values {
            let Some(text) = node.text().filter(|text| !text.is_empty()) else {
                self.report(Diagnostic::error(
                    "E0706",
                    node.span,
                    format!("a regular expression was expected, not {}", node.what()),
                ));
                return None;
            };
            let mut flags = flags.to_owned();
            let (mut pattern, mut skipped) = (text, 0);
            // `(?i)` at the start is the flag.
            if let Some((inline, rest)) = text.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
                && !inline.is_empty()
                && inline.chars().all(|flag| matches!(flag, 'i' | 'm' | 's'))
            {
                flags.extend(inline.chars().filter(|flag| !flags.contains(*flag)).collect::<Vec<_>>());
                skipped = inline.len() + 3;
                pattern = rest;
            }
            let inner = node.inner();
            let pattern_span = Span { start: (inner.start + u32::try_from(skipped).unwrap_or(0)).min(inner.end), ..inner };
            // A slash needs no backslash in Sigma, but many rules write one. `\\/` is a backslash and a slash.
            let pattern = unescape_slashes(pattern);
            let kind = ValueKind::Regex { pattern, flags, pattern_span };
            patterns.push(Value { kind, span: node.span });
        }
        Some(comparison(item, Operator::Matches, operand(patterns, item.span), item.modifiers.all, item.span))
    }

    fn orders(&mut self, item: &Item<'_>, operator: Operator, values: &[Node<'_>]) -> Option<Clause> {
        if !is_number(item.kind) {
            return self.unfit(item, values[0].span, "an order is one of numbers");
        }
        let mut found = Vec::new();
        for node in values {
            let value = self.number(item, node)?;
            found.push(comparison(item, operator, Operand::Value(value), None, item.span));
        }
        Some(joined(found, item.modifiers.all.is_some(), item.span))
    }

    fn blocks(&mut self, item: &Item<'_>, values: &[Node<'_>]) -> Option<Clause> {
        if item.kind.scalar != ScalarType::Ip {
            return self.unfit(item, values[0].span, "a block holds addresses");
        }
        let mut blocks = Vec::new();
        for node in values {
            let Some(Scalar::Text(text)) = node.scalar() else {
                self.report(Diagnostic::error(
                    "E0706",
                    node.span,
                    format!("a block such as `10.0.0.0/8` was expected, not {}", node.what()),
                ));
                return None;
            };
            blocks.push(Value { kind: ValueKind::Text(text_value(text)), span: node.span });
        }
        Some(self.members(item, blocks))
    }

    fn texts(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        let encoded = item.modifiers.encodings.iter().any(|each| each.node != Encoding::Windash);
        if encoded && matches!(place, Place::StartsWith | Place::EndsWith) {
            let span = item.modifiers.encodings.first().map_or(item.key, |each| each.span);
            self.report(
                misfit(span, "`base64` and `base64offset` go with `contains` or a whole value")
                    .help("write `|base64offset|contains`"),
            );
            return None;
        }
        let hashes =
            self.source.listed.as_ref().is_some_and(|source| &*item.field.name == "Hashes" && source.field("md5").is_some());
        let mut parts: Vec<Clause> = Vec::new();
        let mut forms: Vec<(Form, Span)> = Vec::new();
        for node in values {
            let text = match node.scalar() {
                Some(Scalar::Text(text) | Scalar::Number(text)) => text.to_owned(),
                Some(Scalar::Boolean(boolean)) => boolean.to_string(),
                Some(Scalar::Null) | None => {
                    if place != Place::Whole {
                        self.report(
                            Diagnostic::error("E0706", node.span, "a text was expected, not nothing")
                                .help("a field without a value is compared without a modifier: `Field: null`"),
                        );
                        return None;
                    }
                    parts.push(presence(item, Operator::IsNull, item.span));
                    continue;
                }
            };
            if encoded {
                // What is encoded is bytes: no character of it is a wildcard.
                let text = value::literal(&value::pieces(&text)).unwrap_or(text);
                forms.push((Form::Literal(place, text), node.span));
                continue;
            }
            let form = value::form(value::pieces(&text), place);
            match form {
                Form::Anything => parts.push(presence(item, Operator::Exists, item.span)),
                Form::Literal(Place::Contains, ref text) if hashes && item.modifiers.cased.is_none() => match hash(text) {
                    Some((algorithm, digits)) => parts.push(hash_clause(item, algorithm, &digits, node.span)),
                    None => forms.push((form, node.span)),
                },
                form => forms.push((form, node.span)),
            }
        }
        let all = item.modifiers.all.is_some();
        merge_hashes(&mut parts, all);
        parts.extend(text_comparison(item, forms, all));
        Some(joined(parts, all, item.span))
    }

    fn numbers(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        if !item.modifiers.encodings.is_empty() || place != Place::Whole {
            return self.unfit(item, values[0].span, "numbers are compared as a whole");
        }
        let mut parts = Vec::new();
        let mut numbers = Vec::new();
        for node in values {
            match node.scalar() {
                Some(Scalar::Null) => parts.push(presence(item, Operator::IsNull, item.span)),
                Some(Scalar::Text("*")) => parts.push(presence(item, Operator::Exists, item.span)),
                _ => numbers.push(self.number(item, node)?),
            }
        }
        let all = item.modifiers.all.is_some();
        parts.extend(equal(item, numbers, all));
        Some(joined(parts, all, item.span))
    }

    /// A value as a number of the field's type, however it is quoted.
    fn number(&mut self, item: &Item<'_>, node: &Node<'_>) -> Option<Value> {
        let text = match node.scalar() {
            Some(Scalar::Number(text) | Scalar::Text(text)) => text.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
        let sign = if text.starts_with('-') { "-" } else { "" };
        let hexadecimal = digits.strip_prefix("0x").and_then(|digits| i64::from_str_radix(digits, 16).ok());
        let decimal = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
        let number = match (item.kind.scalar, hexadecimal) {
            // Records write such a field in hexadecimal or in decimal; both are read.
            (ScalarType::HexInteger, Some(_)) => Some(text.clone()),
            (ScalarType::Integer, Some(value)) if matches!(node.scalar(), Some(Scalar::Number(_))) => {
                Some(format!("{sign}{value}"))
            }
            (ScalarType::Integer | ScalarType::HexInteger, None) if decimal => {
                let trimmed = digits.trim_start_matches('0');
                Some(format!("{sign}{}", if trimmed.is_empty() { "0" } else { trimmed }))
            }
            (ScalarType::Float, None) if text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains('e') => {
                Some(format!("{sign}{digits}"))
            }
            _ => None,
        };
        match number {
            Some(number) => Some(Value { kind: ValueKind::Number(number), span: node.span }),
            None => {
                let what = if node.text().is_some() { "this is no such number" } else { "a number was expected" };
                self.unfit::<()>(item, node.span, what);
                None
            }
        }
    }

    fn booleans(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        if !item.modifiers.encodings.is_empty() || place != Place::Whole {
            return self.unfit(item, values[0].span, "only `true` and `false` can be compared with it");
        }
        let mut parts = Vec::new();
        for node in values {
            let boolean = match node.scalar() {
                Some(Scalar::Null) => {
                    parts.push(presence(item, Operator::IsNull, item.span));
                    continue;
                }
                Some(Scalar::Boolean(boolean)) => Some(boolean),
                Some(Scalar::Text(text)) => text.to_ascii_lowercase().parse().ok(),
                _ => None,
            };
            let Some(boolean) = boolean else {
                return self.unfit(item, node.span, "only `true` and `false` can be compared with it");
            };
            let value = Value { kind: ValueKind::Boolean(boolean), span: node.span };
            parts.push(comparison(item, Operator::Equal, Operand::Value(value), None, item.span));
        }
        Some(joined(parts, item.modifiers.all.is_some(), item.span))
    }

    fn addresses(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        let mut parts = Vec::new();
        let mut blocks = Vec::new();
        for node in values {
            let text = match node.scalar() {
                Some(Scalar::Null) => {
                    parts.push(presence(item, Operator::IsNull, item.span));
                    continue;
                }
                Some(Scalar::Text(text) | Scalar::Number(text)) => text,
                _ => return self.unfit(item, node.span, "an address was expected"),
            };
            match value::form(value::pieces(text), place) {
                Form::Anything => parts.push(presence(item, Operator::Exists, item.span)),
                // A dash is what Windows writes where there is no address; it is read as none.
                Form::Literal(Place::Whole | Place::Contains, dash) if dash == "-" => {
                    parts.push(presence(item, Operator::IsNull, item.span));
                }
                Form::Literal(Place::Whole, empty) if empty.is_empty() => {
                    parts.push(presence(item, Operator::IsEmpty, item.span));
                }
                Form::Literal(Place::Whole, address) if address.parse::<std::net::IpAddr>().is_ok() => {
                    blocks.push(Value { kind: ValueKind::Text(text_value(&address)), span: node.span });
                }
                Form::Literal(Place::StartsWith, start) => match super::address::starting_with(&start) {
                    Some(found) => blocks.extend(
                        found.into_iter().map(|block| Value { kind: ValueKind::Text(text_value(&block)), span: node.span }),
                    ),
                    None => return self.unfit(item, node.span, "no address starts so"),
                },
                Form::Literal(..) | Form::Pattern(_) => {
                    return self.unfit(item, node.span, "addresses are compared as addresses, not as text");
                }
            }
        }
        if !blocks.is_empty() {
            parts.push(self.members(item, blocks));
        }
        Some(joined(parts, item.modifiers.all.is_some(), item.span))
    }

    /// `== 'address'` for one address, `in (…)` otherwise.
    fn members(&mut self, item: &Item<'_>, values: Vec<Value>) -> Clause {
        let block = |value: &Value| matches!(&value.kind, ValueKind::Text(text) if text.value.contains('/'));
        if values.len() == 1 && !values.iter().any(block) {
            return equal(item, values, false).into_iter().next().unwrap_or_else(|| presence(item, Operator::Exists, item.span));
        }
        comparison(item, Operator::In, list(values, item.span), item.modifiers.all, item.span)
    }

    fn presence_alone(&mut self, item: &Item<'_>, values: &[Node<'_>]) -> Option<Clause> {
        let mut parts = Vec::new();
        for node in values {
            match node.scalar() {
                Some(Scalar::Null) => parts.push(presence(item, Operator::IsNull, item.span)),
                Some(Scalar::Text("*")) => parts.push(presence(item, Operator::Exists, item.span)),
                _ => return self.unfit(item, node.span, "only its presence can be tested"),
            }
        }
        Some(joined(parts, item.modifiers.all.is_some(), item.span))
    }

    /// `%name%`: the values of a list that the site gives.
    fn placeholders(&mut self, item: &Item<'_>, place: Place, values: &[Node<'_>]) -> Option<Clause> {
        if is_number(item.kind) && place != Place::Whole || !item.modifiers.encodings.is_empty() {
            return self.unfit(item, values[0].span, "a placeholder stands for whole values of the field here");
        }
        let mut parts = Vec::new();
        for node in values {
            let written = node.text().unwrap_or_default();
            let name = written
                .strip_prefix('%')
                .and_then(|rest| rest.strip_suffix('%'))
                .filter(|name| !name.is_empty() && !name.contains('%'));
            let Some(name) = name else {
                self.report(
                    Diagnostic::error("E0709", node.span, "`expand` takes a placeholder alone, such as `%admins%`").help(
                        "write the placeholder as the whole value, and the rest of the text with `contains` in another item",
                    ),
                );
                return None;
            };
            let name = names::of_word(name, "list");
            let scalar = match item.kind.scalar {
                ScalarType::Path => ScalarType::String,
                other => other,
            };
            self.site_lists.entry(name.clone()).or_insert((FieldType::scalar(scalar), node.span));
            let operator = if place == Place::Whole { Operator::In } else { operator_of(place) };
            parts.push(comparison(item, operator, Operand::Name(Spanned::new(name, node.span)), item.modifiers.all, item.span));
        }
        Some(joined(parts, item.modifiers.all.is_some(), item.span))
    }

    /// A value that the field's type does not have.
    fn unfit<T>(&mut self, item: &Item<'_>, span: Span, why: &str) -> Option<T> {
        let place = self.source.id();
        self.report(
            Diagnostic::error("E0706", span, format!("`{}` of `{place}` is of type {}: {why}", item.field.name, item.kind))
                .also(item.key, "compared here")
                .help(format!("`huntc schema {place}` lists the fields and their types")),
        );
        None
    }
}

fn is_number(kind: FieldType) -> bool {
    matches!(kind.scalar, ScalarType::Integer | ScalarType::HexInteger | ScalarType::Float)
}

fn operator_of(place: Place) -> Operator {
    match place {
        Place::Whole => Operator::Equal,
        Place::Contains => Operator::Contains,
        Place::StartsWith => Operator::StartsWith,
        Place::EndsWith => Operator::EndsWith,
    }
}

fn comparison(item: &Item<'_>, operator: Operator, operand: Operand, all: Option<Span>, span: Span) -> Clause {
    let text = matches!(item.kind.scalar, ScalarType::String | ScalarType::Path | ScalarType::Hash(_));
    // One value is all of them.
    let quantifier = all
        .filter(|_| matches!(&operand, Operand::List { .. } | Operand::Name(_)))
        .map(|span| Spanned::new(Quantifier::All, span));
    let comparison = ast::Comparison {
        field: item.field.clone(),
        operator: Spanned::new(operator, item.key),
        quantifier,
        cased: item.modifiers.cased.filter(|_| text && operator != Operator::Matches),
        encodings: item.modifiers.encodings.clone(),
        operand,
    };
    clause(ClauseKind::Comparison(comparison), span)
}

fn presence(item: &Item<'_>, operator: Operator, span: Span) -> Clause {
    let comparison = ast::Comparison {
        field: item.field.clone(),
        operator: Spanned::new(operator, item.key),
        quantifier: None,
        cased: None,
        encodings: Vec::new(),
        operand: Operand::Nothing,
    };
    clause(ClauseKind::Comparison(comparison), span)
}

fn operand(mut values: Vec<Value>, span: Span) -> Operand {
    if values.len() == 1 {
        return Operand::Value(values.remove(0));
    }
    list(values, span)
}

fn list(values: Vec<Value>, span: Span) -> Operand {
    let span = match (values.first(), values.last()) {
        (Some(first), Some(last)) if last.span.end >= first.span.start => first.span.to(last.span),
        _ => span,
    };
    Operand::List { values, span }
}

/// Equality with one value, or with one of several.
fn equal(item: &Item<'_>, mut values: Vec<Value>, all: bool) -> Vec<Clause> {
    let each = |value: Value| comparison(item, Operator::Equal, Operand::Value(value), None, item.span);
    match values.len() {
        0 => Vec::new(),
        1 => vec![each(values.remove(0))],
        _ if all => values.into_iter().map(each).collect(),
        _ => vec![comparison(item, Operator::In, list(values, item.span), None, item.span)],
    }
}

/// Texts of one field: one operator where all have the same form, `like` otherwise.
fn text_comparison(item: &Item<'_>, forms: Vec<(Form, Span)>, all: bool) -> Vec<Clause> {
    let Some((first, _)) = forms.first() else { return Vec::new() };
    let place = match first {
        Form::Literal(place, _) => Some(*place),
        Form::Anything | Form::Pattern(_) => None,
    };
    let same = place.filter(|place| forms.iter().all(|(form, _)| matches!(form, Form::Literal(other, _) if other == place)));
    let value = |text: &str, span: Span| Value { kind: ValueKind::Text(text_value(text)), span };
    let Some(place) = same else {
        let values: Vec<Value> = forms.iter().map(|(form, span)| value(&value::like(form), *span)).collect();
        return vec![comparison(item, Operator::Like, operand(values, item.span), item.modifiers.all, item.span)];
    };
    let values: Vec<Value> = forms
        .iter()
        .map(|(form, span)| match form {
            Form::Literal(_, text) => value(text, *span),
            Form::Anything | Form::Pattern(_) => value(&value::like(form), *span),
        })
        .collect();
    if place == Place::Whole {
        // `==` with an encoding takes no list.
        let base = item.modifiers.encodings.iter().any(|each| each.node != Encoding::Windash);
        if base && values.len() > 1 {
            let parts = values.into_iter().map(|value| comparison(item, Operator::Equal, Operand::Value(value), None, item.span));
            return vec![joined(parts.collect(), all, item.span)];
        }
        return equal(item, values, all);
    }
    vec![comparison(item, operator_of(place), operand(values, item.span), item.modifiers.all, item.span)]
}

/// Clauses of one item: one of them is enough, or all are needed.
pub(super) fn joined(mut parts: Vec<Clause>, all: bool, span: Span) -> Clause {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    clause(ClauseKind::Block { kind: if all { BlockKind::All } else { BlockKind::Any }, clauses: parts }, span)
}

/// `SHA256=…` with every digit: the hash itself.
fn hash(text: &str) -> Option<(HashAlgorithm, String)> {
    let (name, digits) = text.split_once('=')?;
    let algorithm = HashAlgorithm::ALL.iter().copied().find(|algorithm| algorithm.sysmon_name().eq_ignore_ascii_case(name))?;
    let whole = digits.len() == algorithm.digits() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| (algorithm, digits.to_ascii_lowercase()))
}

fn hash_clause(item: &Item<'_>, algorithm: HashAlgorithm, digits: &str, span: Span) -> Clause {
    let field = field_ref(algorithm.field_name(), item.field.span);
    let value = Value { kind: ValueKind::Text(text_value(digits)), span };
    let own = Item {
        field,
        kind: FieldType::scalar(ScalarType::Hash(algorithm)),
        modifiers: item.modifiers,
        span: item.span,
        key: item.key,
    };
    comparison(&own, Operator::Equal, Operand::Value(value), None, item.span)
}

/// Equalities of one hash field side by side are one list.
fn merge_hashes(parts: &mut Vec<Clause>, all: bool) {
    if all {
        return;
    }
    let mut merged: Vec<Clause> = Vec::new();
    for part in parts.drain(..) {
        let ClauseKind::Comparison(ast::Comparison { field, operator, operand: Operand::Value(value), .. }) = &part.kind else {
            merged.push(part);
            continue;
        };
        let before = merged.iter_mut().find_map(|other| match &mut other.kind {
            ClauseKind::Comparison(other)
                if other.field == *field && matches!(other.operator.node, Operator::Equal | Operator::In) =>
            {
                Some(other)
            }
            _ => None,
        });
        match before {
            Some(before) if operator.node == Operator::Equal => {
                let mut values = match std::mem::replace(&mut before.operand, Operand::Nothing) {
                    Operand::Value(value) => vec![value],
                    Operand::List { values, .. } => values,
                    Operand::Nothing | Operand::Name(_) | Operand::Field(_) => Vec::new(),
                };
                values.push(value.clone());
                before.operator.node = Operator::In;
                before.operand = list(values, part.span);
            }
            _ => merged.push(part),
        }
    }
    *parts = merged;
}

fn unwritable(span: Span) -> Diagnostic {
    Diagnostic::error("E0706", span, "the name of a field holds a back quote or a line break")
        .help("no log source has such a field: write the name as the log source has it")
}
