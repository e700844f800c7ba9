//! Expressions of `eval` and `where`: Booleans with null, functions and operators.

use std::sync::Arc;

use super::doubts::Doubt;
use super::run::{Run, ordered};
use super::tree::{Arithmetic, Comparison, Term, Test};
use super::value::{self, Value, lower_all, lower_ascii};

impl Run<'_> {
    /// `None` is null: what the comparison of a field that is not there gives.
    pub(super) fn test(&mut self, test: &Test) -> Option<bool> {
        match test {
            Test::Constant(truth) => Some(*truth),
            Test::All(parts) => self.fold(parts, false),
            Test::Any(parts) => self.fold(parts, true),
            Test::Either(left, right) => Some(self.test(left)? != self.test(right)?),
            Test::Not(part) => match self.test(part) {
                Some(truth) => Some(!truth),
                None => self.readings.choose(Doubt::NotOfNull, None, Some(true)),
            },
            Test::Compare(left, comparison, right) => {
                let (left, right) = (self.term(left), self.term(right));
                self.compared(&left, *comparison, &right)
            }
            Test::In(subject, values) => {
                let subject = self.term(subject);
                if subject.is_null() {
                    return None;
                }
                let mut found = Some(false);
                for value in values {
                    let value = self.term(value);
                    match self.compared(&subject, Comparison::Equal, &value) {
                        Some(true) => return Some(true),
                        None => found = None,
                        Some(false) => {}
                    }
                }
                found
            }
            Test::Match(subject, pattern) => {
                let subject = self.term(subject);
                self.some_value(&subject, |_, text| pattern.is_match(text))
            }
            Test::Cidr(block, subject) => {
                let subject = self.term(subject);
                self.some_value(&subject, |run, text| block.holds(text, run.readings))
            }
            // Informational functions.
            Test::IsNull(subject) => Some(self.term(subject).is_null()),
            Test::IsNotNull(subject) => Some(!self.term(subject).is_null()),
        }
    }

    /// AND (until false) or OR (until true), where null is unknown.
    fn fold(&mut self, parts: &[Test], until: bool) -> Option<bool> {
        let mut found = Some(!until);
        for part in parts {
            match self.test(part) {
                Some(truth) if truth == until => return Some(until),
                Some(_) => {}
                None => found = None,
            }
        }
        found
    }

    /// A question to each value of a subject.
    fn some_value(&self, subject: &Value, holds: impl Fn(&Self, &str) -> bool) -> Option<bool> {
        match subject {
            Value::Null => None,
            Value::Text(text) => Some(holds(self, text)),
            Value::Number(number) => Some(holds(self, &value::spelled(*number))),
            Value::Several(texts) => {
                let any = texts.iter().any(|text| holds(self, text));
                let all = texts.iter().all(|text| holds(self, text));
                Some(self.readings.choose(Doubt::SeveralValues, any, all))
            }
        }
    }

    fn compared(&self, left: &Value, comparison: Comparison, right: &Value) -> Option<bool> {
        match (left, right) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Number(one), Value::Number(other)) => Some(self.numbers(*one, comparison, *other)),
            (Value::Number(one), Value::Text(text)) => Some(self.number_and_text(*one, comparison, text, false)),
            (Value::Text(text), Value::Number(other)) => Some(self.number_and_text(*other, comparison, text, true)),
            // SR/where: the comparison of texts regards case.
            (Value::Text(one), Value::Text(other)) => {
                let texts = ordered(one.cmp(other), comparison);
                let numbers = match (value::number(one, self.readings), value::number(other, self.readings)) {
                    (Some(one), Some(other)) => self.numbers(one, comparison, other),
                    _ => texts,
                };
                Some(self.readings.choose(Doubt::NumericText, numbers, texts))
            }
            (Value::Several(_), _) | (_, Value::Several(_)) => {
                let (mut any, mut all) = (false, true);
                for one in left.texts() {
                    for other in right.texts() {
                        // What is a number stays one.
                        let single = |value: &Value, text: Arc<str>| match value {
                            Value::Number(number) => Value::Number(*number),
                            _ => Value::Text(text),
                        };
                        let holds = self.compared(&single(left, Arc::clone(&one)), comparison, &single(right, other));
                        any |= holds == Some(true);
                        all &= holds == Some(true);
                    }
                }
                Some(self.readings.choose(Doubt::SeveralValues, any, all))
            }
        }
    }

    /// `status==200`, where the field's text spells a number.
    fn number_and_text(&self, number: f64, comparison: Comparison, text: &str, text_is_left: bool) -> bool {
        let sides = |one: f64, other: f64| if text_is_left { (other, one) } else { (one, other) };
        if let Some(other) = value::number(text, self.readings) {
            let (left, right) = sides(number, other);
            return self.numbers(left, comparison, right);
        }
        let spelled = value::spelled(number);
        let order = if text_is_left { text.cmp(&spelled) } else { spelled.as_str().cmp(text) };
        match comparison {
            Comparison::Equal => false,
            Comparison::Unequal => true,
            _ => self.readings.choose(Doubt::NumberAndText, ordered(order, comparison), false),
        }
    }

    /// A function of one text. Of several values it is "not supported".
    fn of_text(&self, subject: &Value, function: impl Fn(&str) -> Value) -> Value {
        match subject {
            Value::Null => Value::Null,
            Value::Text(text) => function(text),
            Value::Number(number) => function(&value::spelled(*number)),
            Value::Several(texts) => {
                let each = texts.iter().flat_map(|text| function(text).texts()).collect();
                self.readings.choose(Doubt::FunctionOfSeveral, Value::of(each), Value::Null)
            }
        }
    }

    /// The number that a value is, or is taken for.
    fn number(&self, subject: &Value) -> Option<f64> {
        match subject {
            Value::Number(number) => Some(*number),
            Value::Text(text) => value::number(text, self.readings),
            Value::Null | Value::Several(_) => None,
        }
    }
}

/// The value of an expression. Each kind has a function of its own, so that nesting costs little of the stack.
pub(super) fn term(run: &mut Run<'_>, term: &Term) -> Value {
    match term {
        Term::Field(slot) => run.slots[*slot].clone(),
        Term::Text(text) => Value::Text(Arc::clone(text)),
        Term::Number(number) => Value::Number(*number),
        Term::Null => Value::Null,
        Term::Lower(inner) => cased(run, inner, lower_all, lower_ascii),
        Term::Upper(inner) => cased(run, inner, str::to_uppercase, str::to_ascii_uppercase),
        Term::Length(inner) => length(run, inner),
        Term::ToNumber(inner, base) => to_number(run, inner, *base),
        Term::ToText(inner) => {
            let subject = run.term(inner);
            run.of_text(&subject, Value::text)
        }
        Term::Floor(inner) => {
            let subject = run.term(inner);
            run.number(&subject).map_or(Value::Null, |number| Value::Number(number.floor()))
        }
        Term::Substring(subject, start, length) => substring(run, subject, start, length.as_deref()),
        Term::Replace(subject, pattern, with) => {
            let subject = run.term(subject);
            run.of_text(&subject, |text| Value::text(&pattern.replace_all(text, with.as_str())))
        }
        // "the first value that is not NULL".
        Term::Coalesce(parts) => parts.iter().map(|part| run.term(part)).find(|found| !found.is_null()).unwrap_or(Value::Null),
        Term::Joined(parts) => joined(run, parts),
        Term::If(test, then, otherwise) => condition(run, test, then, otherwise),
        Term::Case(arms) => case(run, arms),
        Term::Element(subject, first, last) => element(run, subject, first, last.as_deref()),
        Term::Filter(slot, test) => {
            let texts = run.slots[*slot].texts();
            let kept = |text: &Arc<str>| run.with(*slot, Arc::clone(text), |run| run.test(test)) == Some(true);
            Value::of(texts.into_iter().filter(kept).collect())
        }
        Term::Map(slot, inner) => {
            let texts = run.slots[*slot].texts();
            Value::of(texts.into_iter().flat_map(|text| run.with(*slot, text, |run| run.term(inner)).texts()).collect())
        }
        Term::Find(subject, pattern) => find(run, subject, pattern),
        Term::Count(inner) => count(run, inner),
        Term::Append(parts) => Value::of(parts.iter().flat_map(|part| run.term(part).texts()).collect()),
        Term::JoinValues(subject, separator) => join_values(run, subject, separator),
        Term::Split(subject, separator) => split(run, subject, separator),
        Term::Path(subject, steps) => {
            let subject = run.term(subject);
            run.of_text(&subject, |text| path(run, text, steps))
        }
        Term::Arithmetic(left, operator, right) => {
            let (left, right) = (run.term(left), run.term(right));
            arithmetic(run, &left, *operator, &right)
        }
    }
}

/// `lower` and `upper`: "You can use this function on multivalue fields."
fn cased(run: &mut Run<'_>, inner: &Term, all: fn(&str) -> String, ascii: fn(&str) -> String) -> Value {
    let subject = run.term(inner);
    let one = |text: &Arc<str>| match text.is_ascii() {
        true => Arc::from(ascii(text)),
        false => Arc::from(run.readings.choose(Doubt::LowerCase, all(text), ascii(text))),
    };
    Value::of(subject.texts().iter().map(one).collect())
}

/// "a count of the UTF-8 code points".
#[allow(clippy::cast_precision_loss)] // no text is that long
fn length(run: &mut Run<'_>, inner: &Term) -> Value {
    let subject = run.term(inner);
    run.of_text(&subject, |text| Value::Number(text.chars().count() as f64))
}

/// "If the predicate evaluates to TRUE …, otherwise the function returns the false value."
fn condition(run: &mut Run<'_>, test: &Test, then: &Term, otherwise: &Term) -> Value {
    let chosen = if run.test(test) == Some(true) { then } else { otherwise };
    run.term(chosen)
}

/// "The function defaults to NULL if none of the conditions are true."
fn case(run: &mut Run<'_>, arms: &[(Test, Term)]) -> Value {
    for (test, value) in arms {
        if run.test(test) == Some(true) {
            return run.term(value);
        }
    }
    Value::Null
}

fn element(run: &mut Run<'_>, subject: &Term, first: &Term, last: Option<&Term>) -> Value {
    let texts = run.term(subject).texts();
    let first = run.term(first);
    let first = run.number(&first);
    let last = match last {
        None => first,
        Some(last) => {
            let last = run.term(last);
            run.number(&last)
        }
    };
    elements(&texts, first, last)
}

/// "the index of the first matching value … beginning with zero. If no values match, NULL is returned."
#[allow(clippy::cast_precision_loss)] // no list is that long
fn find(run: &mut Run<'_>, subject: &Term, pattern: &regex::Regex) -> Value {
    let texts = run.term(subject).texts();
    texts.iter().position(|text| pattern.is_match(text)).map_or(Value::Null, |index| Value::Number(index as f64))
}

/// "If the field has no values, this function returns NULL."
#[allow(clippy::cast_precision_loss)] // no list is that long
fn count(run: &mut Run<'_>, inner: &Term) -> Value {
    match run.term(inner).texts().len() {
        0 => Value::Null,
        count => Value::Number(count as f64),
    }
}

fn join_values(run: &mut Run<'_>, subject: &Term, separator: &Term) -> Value {
    let texts = run.term(subject).texts();
    match run.term(separator).texts().as_slice() {
        [separator] if !texts.is_empty() => Value::text(&texts.join(separator)),
        _ => Value::Null,
    }
}

fn split(run: &mut Run<'_>, subject: &Term, separator: &Term) -> Value {
    let subject = run.term(subject);
    let separator = run.term(separator).texts();
    let [separator] = separator.as_slice() else { return Value::Null };
    run.of_text(&subject, |text| {
        if text.is_empty() || separator.is_empty() {
            return run.readings.choose(Doubt::SplitOfNothing, Value::text(text), Value::Null);
        }
        Value::of(text.split(&**separator).map(Arc::from).collect())
    })
}

/// "If tonumber cannot parse a field value to a number, for example if the value contains a leading and trailing space, the
/// function returns NULL."
fn to_number(run: &mut Run<'_>, inner: &Term, base: u32) -> Value {
    let subject = run.term(inner);
    match subject {
        Value::Number(_) if base == 10 => subject,
        _ if base == 10 => run.of_text(&subject, |text| value::number(text, run.readings).map_or(Value::Null, Value::Number)),
        _ => run.of_text(&subject, |text| in_base(run, text, base)),
    }
}

fn in_base(run: &Run<'_>, text: &str, base: u32) -> Value {
    #[allow(clippy::cast_precision_loss)] // a double is what Splunk would have
    let read = |digits: &str| match u64::from_str_radix(digits, base) {
        Ok(number) if !digits.starts_with('+') => Value::Number(number as f64),
        _ => Value::Null,
    };
    let plain = read(text);
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if base == 16 => run.readings.choose(Doubt::NumberPrefix, plain, read(digits)),
        _ => plain,
    }
}

fn substring(run: &mut Run<'_>, subject: &Term, start: &Term, length: Option<&Term>) -> Value {
    let subject = run.term(subject);
    let start = run.term(start);
    let start = run.number(&start);
    let length = match length {
        None => Some(None),
        Some(length) => {
            let length = run.term(length);
            run.number(&length).map(Some)
        }
    };
    let (Some(start), Some(length)) = (start, length) else { return Value::Null };
    run.of_text(&subject, |text| Value::text(&part(text, start, length)))
}

/// "The indexes follow SQLite semantics; they start at 1." SQLite, "Built-In Scalar SQL Functions", `substr(X,Y,Z)`.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // within the text's length
fn part(text: &str, start: f64, length: Option<f64>) -> String {
    let characters: Vec<char> = text.chars().collect();
    let count = characters.len() as f64;
    let start = start.trunc();
    // Counted from nought, and where before the beginning, the part that lies there counts towards the length.
    let mut first = if start > 0.0 {
        start - 1.0
    } else if start < 0.0 {
        count + start
    } else {
        -1.0
    };
    let mut until = match length {
        None => count,
        Some(length) if length >= 0.0 => first + length.trunc(),
        // A negative length is what stands before.
        Some(length) => {
            let until = first;
            first += length.trunc();
            until
        }
    };
    first = first.clamp(0.0, count);
    until = until.clamp(first, count);
    characters[first as usize..until as usize].iter().collect()
}

fn joined(run: &mut Run<'_>, parts: &[Term]) -> Value {
    let parts: Vec<Value> = parts.iter().map(|part| run.term(part)).collect();
    let some_null = parts.iter().any(Value::is_null);
    let first: String = parts.iter().filter_map(|part| part.texts().first().cloned()).map(|text| text.to_string()).collect();
    let first = Value::text(&first);
    if some_null {
        return run.readings.choose(Doubt::JoinedNull, Value::Null, first);
    }
    if parts.iter().any(|part| matches!(part, Value::Several(_))) {
        return run.readings.choose(Doubt::FunctionOfSeveral, Value::Null, first);
    }
    first
}

/// "Indexes start at zero … -1 is used to specify the last value … If the indexes are out of range or invalid, the result is
/// NULL."
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // checked against the length
fn elements(texts: &[Arc<str>], first: Option<f64>, last: Option<f64>) -> Value {
    let place = |index: f64| {
        let index = if index < 0.0 { index + texts.len() as f64 } else { index };
        (index.fract() == 0.0 && index >= 0.0 && index < texts.len() as f64).then_some(index as usize)
    };
    match (first.and_then(place), last.and_then(place)) {
        (Some(first), Some(last)) if first <= last => Value::of(texts[first..=last].to_vec()),
        _ => Value::Null,
    }
}

/// SR/spath: a path of names separated by points.
fn path(run: &Run<'_>, text: &str, steps: &[String]) -> Value {
    let Ok(whole) = serde_json::from_str::<serde_json::Value>(text) else { return Value::Null };
    let mut here = &whole;
    for step in steps {
        match here.get(step) {
            Some(inner) => here = inner,
            None => return Value::Null,
        }
    }
    match here {
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Number(number) => Value::text(&number.to_string()),
        serde_json::Value::Bool(truth) => Value::text(if *truth { "true" } else { "false" }),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            run.readings.choose(Doubt::JsonValue, Value::Null, Value::text(&here.to_string()))
        }
    }
}

fn arithmetic(run: &Run<'_>, left: &Value, operator: Arithmetic, right: &Value) -> Value {
    if let (Arithmetic::Add, Value::Text(one), Value::Text(other)) = (operator, left, right) {
        // SR/eval: `+` adds two numbers, or concatenates two texts; which of it texts that spell numbers do is not said.
        let text = Value::text(&[&**one, other].concat());
        return match (run.number(left), run.number(right)) {
            (Some(one), Some(other)) => run.readings.choose(Doubt::NumericText, Value::Number(one + other), text),
            _ => text,
        };
    }
    let (Some(one), Some(other)) = (run.number(left), run.number(right)) else { return Value::Null };
    Value::Number(match operator {
        Arithmetic::Add => one + other,
        Arithmetic::Subtract => one - other,
        Arithmetic::Multiply => one * other,
        // SR/eval: "Division by zero results in a null field."
        Arithmetic::Divide | Arithmetic::Remainder if other == 0.0 => return Value::Null,
        Arithmetic::Divide => one / other,
        Arithmetic::Remainder => run.readings.choose(Doubt::NegativeRemainder, one % other, one.rem_euclid(other)),
    })
}
