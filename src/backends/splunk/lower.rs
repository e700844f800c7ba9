//! From a condition to the predicate of `where` that says it exactly.

use crate::ir::regex::RegexNode;
use crate::ir::{Case, Condition, Kind, Number, Order, Piece, Presence, SharedRegex, Test, TextOperator};
use crate::schema::{Field, ScalarType};

use super::ast::{Arithmetic, FieldName, Maybe, Pattern, Predicate, Replacement, Sure, Text, Value};
use super::fields::Fields;
use super::{addresses, clock, patterns, sets};

/// The predicate of a condition as `where` takes it: null is as good as false, so positive leaves stay bare.
pub fn positive(fields: &Fields<'_>, condition: &Condition) -> Predicate {
    match &condition.kind {
        Kind::Constant(value) => Predicate::Constant(*value),
        Kind::All(parts) => Predicate::All(parts.iter().map(|part| positive(fields, part)).collect()),
        Kind::Any(parts) => Predicate::Any(parts.iter().map(|part| positive(fields, part)).collect()),
        Kind::Not(part) => sure(fields, part).not().into_predicate(),
        Kind::Test(test) => match leaf(fields, test) {
            Leaf::Sure(sure) => sure.into_predicate(),
            Leaf::Maybe(maybe) => maybe.into_predicate(),
        },
    }
}

/// The predicate of a condition that is never null.
pub fn sure(fields: &Fields<'_>, condition: &Condition) -> Sure {
    match &condition.kind {
        Kind::Constant(value) => Sure::constant(*value),
        Kind::All(parts) => Sure::all(parts.iter().map(|part| sure(fields, part)).collect()),
        Kind::Any(parts) => Sure::any(parts.iter().map(|part| sure(fields, part)).collect()),
        Kind::Not(part) => sure(fields, part).not(),
        Kind::Test(test) => match leaf(fields, test) {
            Leaf::Sure(sure) => sure,
            Leaf::Maybe(maybe) => maybe.guard(),
        },
    }
}

enum Leaf {
    Sure(Sure),
    Maybe(Maybe),
}

/// A predicate over one field: null only where the field is, or, for a list, asked of each element.
fn over(fields: &Fields<'_>, field: &Field, predicate: impl Fn(&Value) -> Predicate) -> Leaf {
    let name = fields.name(field);
    let predicate = predicate(&Value::field(&name));
    if field.kind.list { Leaf::Sure(Sure::some_element(predicate)) } else { Leaf::Maybe(Maybe::new(predicate, vec![name])) }
}

fn leaf(fields: &Fields<'_>, test: &Test) -> Leaf {
    match test {
        Test::Presence { field, state } => Leaf::Sure(match state {
            Presence::Exists => exists(fields, field),
            Presence::IsNull => exists(fields, field).not(),
            Presence::IsPresent => is_present(fields, field),
            Presence::IsEmpty => is_empty(fields, field),
        }),
        Test::Text { field, operator, values, case } => {
            if values.iter().any(String::is_empty)
                && matches!(operator, TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith)
            {
                return Leaf::Sure(exists(fields, field));
            }
            over(fields, field, |value| text(value, *operator, values, *case, fields.separators))
        }
        Test::Like { field, patterns, case } => over(fields, field, |value| {
            let folds = patterns
                .iter()
                .flat_map(|pattern| &pattern.0)
                .any(|piece| matches!(piece, Piece::Literal(text) if patterns::has_letter(text)));
            Predicate::Match(subject(value, *case, folds), patterns::like(patterns, *case))
        }),
        Test::Regex { field, patterns } => over(fields, field, |value| regexes(value, patterns)),
        Test::Number { field, order, values } => {
            if fields.is_hex(field) {
                over(fields, field, |value| hex_number(value, *order, values))
            } else {
                over(fields, field, |value| number(value, field.kind.scalar, *order, values))
            }
        }
        Test::Boolean { field, value: truth } => over(fields, field, |value| {
            let word = if *truth { "true" } else { "false" };
            text(value, TextOperator::Equals, &[word.to_owned()], Case::Folded, fields.separators)
        }),
        Test::Address { field, blocks } => over(fields, field, |value| addresses::lies_in(value, blocks)),
        Test::Hash { field, algorithm, values } => match fields.hash_text(field) {
            Some(column) => {
                let parts = chunks(values).into_iter().map(|chunk| {
                    let values = patterns::one_of(chunk.iter().map(|value| patterns::literal(value)).collect());
                    Predicate::Match(Value::field(&column).lower(), patterns::hash_in(algorithm.sysmon_name(), values))
                });
                Leaf::Maybe(Maybe::new(any(parts.collect()), vec![column]))
            }
            None => over(fields, field, |value| text(value, TextOperator::Equals, values, Case::Folded, fields.separators)),
        },
        Test::Listed { field, how, set } => {
            let found = sets::found(fields, field, *how, set).into_iter();
            Leaf::Sure(Sure::any(found.map(|name| Sure::is_not_null(Value::Field(name))).collect()))
        }
        Test::Fields { left, operator, right, case } => two_fields(fields, left, *operator, right, *case),
        Test::Anywhere { values, case } => {
            if values.iter().any(String::is_empty) {
                return Leaf::Sure(Sure::constant(true));
            }
            let folds = values.iter().any(|value| patterns::has_letter(value));
            let value = subject(&Value::field(&FieldName::raw()), *case, folds);
            let parts = chunks(values).into_iter().map(|chunk| Predicate::Match(value.clone(), anywhere(chunk, *case)));
            Leaf::Sure(Sure::of_every_event(any(parts.collect())))
        }
        // Refused before it comes here.
        Test::Some { .. } => Leaf::Sure(Sure::constant(false)),
        Test::TimeOfDay { start, end, offset } => Leaf::Sure(clock::time_of_day(*start, *end, *offset)),
        Test::Weekday { days, offset } => Leaf::Sure(clock::weekday(days, *offset)),
    }
}

/// The text whose characters make a value of this type readable (S1.3); `None` where every text is.
fn readable(value: &Value, fields: &Fields<'_>, field: &Field) -> Option<Predicate> {
    let lower = || value.clone().lower();
    match field.kind.scalar {
        _ if fields.is_hex(field) => Some(Predicate::Match(lower(), patterns::hex_or_decimal())),
        ScalarType::Integer => Some(Predicate::Match(value.clone(), patterns::canonical_integer())),
        ScalarType::Float => Some(Predicate::Match(value.clone(), patterns::decimal())),
        ScalarType::Boolean => Some(Predicate::Match(lower(), patterns::boolean())),
        ScalarType::String
        | ScalarType::Path
        | ScalarType::Hash(_)
        | ScalarType::Ip
        | ScalarType::Time
        | ScalarType::HexInteger
        | ScalarType::Object => None,
    }
}

fn exists(fields: &Fields<'_>, field: &Field) -> Sure {
    let name = fields.name(field);
    let value = Value::field(&name);
    match readable(&value, fields, field) {
        Some(predicate) if field.kind.list => Sure::some_element(predicate),
        Some(predicate) => Maybe::new(predicate, vec![name]).guard(),
        None => Sure::is_not_null(value),
    }
}

fn equals_empty(value: &Value) -> Predicate {
    Predicate::Compare(value.clone(), Order::Equal, quoted(""))
}

fn is_present(fields: &Fields<'_>, field: &Field) -> Sure {
    let name = fields.name(field);
    let value = Value::field(&name);
    if readable(&value, fields, field).is_some() || fields.never_stores_empty(field) {
        return exists(fields, field);
    }
    // `len` counts characters, so that nothing is compared as a number.
    let filled = Predicate::Compare(value.length(), Order::Greater, Value::Integer(0));
    if field.kind.list { Sure::some_element(filled) } else { Maybe::new(filled, vec![name]).guard() }
}

fn is_empty(fields: &Fields<'_>, field: &Field) -> Sure {
    let name = fields.name(field);
    let value = Value::field(&name);
    if field.kind.list || readable(&value, fields, field).is_some() || fields.never_stores_empty(field) {
        return is_present(fields, field).not();
    }
    Sure::absent_or(&name, equals_empty(&value))
}

/// The value, lower-cased where the comparison folds letters.
fn subject(value: &Value, case: Case, folds: bool) -> Value {
    if case == Case::Folded && folds { value.clone().lower() } else { value.clone() }
}

fn quoted(text: &str) -> Value {
    Text::new(text).map_or(Value::Null, Value::Text)
}

/// Whether `where` might compare the text as a number: `"1"` equals `"1.0"` there.
fn looks_like_a_number(text: &str) -> bool {
    let start = text.trim_start().chars().next();
    start.is_some_and(|first| first.is_numeric() || matches!(first, '+' | '-' | '.'))
        || ["inf", "nan"].iter().any(|word| text.trim_start().to_ascii_lowercase().starts_with(word))
}

fn text(value: &Value, operator: TextOperator, values: &[String], case: Case, separators: &[char]) -> Predicate {
    let folds = values.iter().any(|text| patterns::has_letter(text));
    let subject = subject(value, case, folds);
    let mut values: Vec<String> = values.iter().map(|text| patterns::folded(text, case)).collect();
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|text| seen.insert(text.clone()));
    let matches = |values: &[String]| {
        let chunks = chunks(values).into_iter();
        any(chunks.map(|chunk| Predicate::Match(subject.clone(), patterns::text(operator, chunk, separators))).collect())
    };
    if operator != TextOperator::Equals {
        return matches(&values);
    }
    // A `*` would be a wildcard in the `IN` of `search`; nobody should have to know that here it is none.
    let is_simple = |text: &String| Text::new(text).is_some() && !looks_like_a_number(text) && !text.contains('*');
    let (simple, other): (Vec<String>, Vec<String>) = values.into_iter().partition(is_simple);
    let mut parts = Vec::new();
    match simple.as_slice() {
        [] => {}
        [one] => parts.push(Predicate::Compare(subject.clone(), Order::Equal, quoted(one))),
        several => parts.push(Predicate::In(subject.clone(), several.iter().map(|text| quoted(text)).collect())),
    }
    if !other.is_empty() {
        parts.push(matches(&other));
    }
    any(parts)
}

pub fn any(mut parts: Vec<Predicate>) -> Predicate {
    if parts.len() == 1 { parts.remove(0) } else { Predicate::Any(parts) }
}

/// The most characters of literals in one regular expression. PCRE compiles to at most 64 KiB where it is built as it comes
/// (pcre2build, "Handling very large patterns"), about two bytes a character.
pub const LONGEST_PATTERN: usize = 16_000;

/// Runs of values, each short enough for one regular expression.
fn chunks(values: &[String]) -> Vec<&[String]> {
    let mut found = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (index, value) in values.iter().enumerate() {
        // What stands around a value in an alternation counts too.
        let own = value.len() + 8;
        if index > start && length + own > LONGEST_PATTERN {
            found.push(&values[start..index]);
            (start, length) = (index, 0);
        }
        length += own;
    }
    found.push(&values[start..]);
    found
}

fn regexes(value: &Value, regexes: &[SharedRegex]) -> Predicate {
    let parts: Vec<Predicate> = regexes
        .iter()
        .map(|regex| {
            let (pattern, lower) = patterns::shared(regex);
            Predicate::Match(if lower { value.clone().lower() } else { value.clone() }, pattern)
        })
        .collect();
    any(parts)
}

fn literal(number: Number) -> Value {
    match number {
        Number::Integer(value) => Value::Integer(value),
        Number::Float(value) => Value::Float(value),
    }
}

fn integers(values: &[Number]) -> Option<Vec<i64>> {
    values
        .iter()
        .map(|value| match value {
            Number::Integer(value) => Some(*value),
            Number::Float(_) => None,
        })
        .collect()
}

/// Comparisons of `number` with each value, behind the predicate that the text is a number.
fn compared(readable: Predicate, number: &Value, order: Order, values: &[Number]) -> Predicate {
    let comparison = any(values.iter().map(|value| Predicate::Compare(number.clone(), order, literal(*value))).collect());
    Predicate::All(vec![readable, comparison])
}

fn number(value: &Value, scalar: ScalarType, order: Order, values: &[Number]) -> Predicate {
    match (integers(values), scalar) {
        // The one way to write each (S1.3), so that 64-bit integers keep all their digits.
        (Some(integers), ScalarType::Integer) if order == Order::Equal => {
            let texts: Vec<String> = integers.iter().map(i64::to_string).collect();
            Predicate::Match(value.clone(), patterns::text(TextOperator::Equals, &texts, &[]))
        }
        (_, ScalarType::Integer) => {
            compared(Predicate::Match(value.clone(), patterns::canonical_integer()), &value.clone().number(), order, values)
        }
        _ => compared(Predicate::Match(value.clone(), patterns::decimal()), &value.clone().number(), order, values),
    }
}

fn hex_number(value: &Value, order: Order, values: &[Number]) -> Predicate {
    if let (Some(integers), Order::Equal) = (integers(values), order) {
        return Predicate::Match(value.clone().lower(), patterns::hex_values(&integers));
    }
    let digits = Value::Substring { value: Box::new(value.clone()), start: Box::new(Value::Integer(3)), length: None };
    let number = Value::If {
        test: Box::new(Predicate::Match(value.clone().lower(), patterns::hex_integer())),
        then: Box::new(Value::Number { value: Box::new(digits), base: Some(16) }),
        otherwise: Box::new(value.clone().number()),
    };
    compared(Predicate::Match(value.clone().lower(), patterns::hex_or_decimal()), &number, order, values)
}

/// Two fields of one event. Texts that look like numbers would be compared as numbers, so both get a letter in front.
fn two_fields(fields: &Fields<'_>, left: &Field, operator: TextOperator, right: &Field, case: Case) -> Leaf {
    let (left_name, right_name) = (fields.name(left), fields.name(right));
    let fold = |name: &FieldName| subject(&Value::field(name), case, true);
    let (one, other) = (fold(&left_name), fold(&right_name));
    let marked = |value: Value| Value::Joined(vec![quoted("x"), value]);
    let same = |one: Value, other: Value| Predicate::Compare(marked(one), Order::Equal, marked(other));
    let integer = |field: &Field| matches!(field.kind.scalar, ScalarType::Integer | ScalarType::HexInteger);
    let float = |field: &Field| field.kind.scalar == ScalarType::Float;
    let numeric = |field: &Field| integer(field) || float(field);
    let mut guards: Vec<Predicate> = Vec::new();
    for (field, name) in [(left, &left_name), (right, &right_name)] {
        guards.extend(readable(&Value::field(name), fields, field));
    }
    let comparison = match operator {
        // S4.1: numbers compare as numbers. Integers that are written in one way compare as texts.
        TextOperator::Equals if numeric(left) && numeric(right) && (float(left) || float(right)) => {
            Predicate::Compare(Value::field(&left_name).number(), Order::Equal, Value::field(&right_name).number())
        }
        TextOperator::Equals if fields.is_hex(left) || fields.is_hex(right) => {
            same(decimal_text(fields, left, &left_name), decimal_text(fields, right, &right_name))
        }
        TextOperator::Equals => same(one, other),
        TextOperator::StartsWith => {
            let start = Value::Substring {
                value: Box::new(one),
                start: Box::new(Value::Integer(1)),
                length: Some(Box::new(other.clone().length())),
            };
            same(start, other)
        }
        TextOperator::EndsWith => {
            let first = one
                .clone()
                .length()
                .arithmetic(Arithmetic::Subtract, other.clone().length())
                .arithmetic(Arithmetic::Add, Value::Integer(1));
            let end = Value::Substring {
                value: Box::new(one.clone()),
                start: Box::new(first),
                length: Some(Box::new(other.clone().length())),
            };
            Predicate::All(vec![
                Predicate::Compare(one.length(), Order::GreaterOrEqual, other.clone().length()),
                same(end, other),
            ])
        }
        // A text that is split at another has more than one part where it holds it.
        TextOperator::Contains => {
            let parts = Value::Count(Box::new(Value::Split { value: Box::new(one), at: Box::new(other.clone()) }));
            Predicate::Any(vec![
                Predicate::Compare(other.length(), Order::Equal, Value::Integer(0)),
                Predicate::Compare(parts, Order::Greater, Value::Integer(1)),
            ])
        }
        TextOperator::Named => {
            let folders = Pattern::whole(RegexNode::Concat(vec![
                RegexNode::Start,
                patterns::repeat(RegexNode::Dot, 0, None),
                patterns::separator(fields.separators),
            ]));
            let last = Value::Replace { value: Box::new(one), pattern: folders, with: Replacement::Nothing };
            same(last, other)
        }
    };
    let predicate = if guards.is_empty() {
        comparison
    } else {
        guards.push(comparison);
        Predicate::All(guards)
    };
    // Both must be there: what `substr` and `split` do with a null argument is not documented. A list's element is.
    let present = |lists: &[FieldName]| -> Vec<FieldName> {
        [&left_name, &right_name].into_iter().filter(|name| !lists.contains(name)).cloned().collect()
    };
    let lists: Vec<FieldName> = [(left, &left_name), (right, &right_name)]
        .into_iter()
        .filter(|(field, _)| field.kind.list)
        .map(|(_, name)| name.clone())
        .collect();
    let guarded = Maybe::new(predicate, present(&lists)).guard();
    Leaf::Sure(if lists.is_empty() { guarded } else { some_pair(&lists, guarded) })
}

/// Some element of each list satisfies the predicate together (S1.4).
fn some_pair(lists: &[FieldName], sure: Sure) -> Sure {
    let one = Value::If { test: Box::new(sure.into_predicate()), then: Box::new(quoted("x")), otherwise: Box::new(Value::Null) };
    let mapped = lists.iter().rev().fold(one, |value, field| Value::Map { field: field.clone(), value: Box::new(value) });
    Sure::is_not_null(mapped)
}

/// An integer's decimal text, from `0x…` or a decimal.
fn decimal_text(fields: &Fields<'_>, field: &Field, name: &FieldName) -> Value {
    let value = Value::field(name);
    if !fields.is_hex(field) {
        return value;
    }
    let digits = Value::Substring { value: Box::new(value.clone()), start: Box::new(Value::Integer(3)), length: None };
    Value::If {
        test: Box::new(Predicate::Match(value.clone().lower(), patterns::hex_integer())),
        then: Box::new(Value::Number { value: Box::new(digits), base: Some(16) }),
        otherwise: Box::new(value),
    }
}

/// The texts as the raw record may hold them: as they are, or as XML writes them, with `&` and `<` as entities and, if it
/// likes, quotes and `>`.
fn anywhere(values: &[String], case: Case) -> Pattern {
    let mut texts = Vec::new();
    for text in values {
        let folded = patterns::folded(text, case);
        texts.push(patterns::literal(&folded));
        if folded.contains(['&', '<', '>', '"', '\'']) {
            let characters = folded.chars().map(|character| {
                let either = |entity: &str| patterns::one_of(vec![RegexNode::Literal(character), patterns::literal(entity)]);
                match character {
                    '&' => patterns::literal("&amp;"),
                    '<' => patterns::literal("&lt;"),
                    '>' => either("&gt;"),
                    '"' => either("&quot;"),
                    '\'' => either("&apos;"),
                    _ => RegexNode::Literal(character),
                }
            });
            texts.push(patterns::sequence(characters.collect()));
        }
    }
    Pattern::whole(patterns::one_of(texts))
}
