//! Values of `eval` and `where`: texts, numbers, several texts, or nothing.

use std::sync::Arc;

use super::doubts::{Doubt, Readings};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Text(Arc<str>),
    /// SR/eval, "Numeric calculations": double precision.
    Number(f64),
    /// Two or more.
    Several(Vec<Arc<str>>),
}

impl Value {
    pub(super) fn text(text: &str) -> Value {
        Value::Text(Arc::from(text))
    }

    /// The values of a field. A field without values is null.
    pub(super) fn of(mut values: Vec<Arc<str>>) -> Value {
        match values.len() {
            0 => Value::Null,
            1 => Value::Text(values.remove(0)),
            _ => Value::Several(values),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// The values as texts.
    pub(super) fn texts(&self) -> Vec<Arc<str>> {
        match self {
            Value::Null => Vec::new(),
            Value::Text(text) => vec![Arc::clone(text)],
            Value::Number(number) => vec![Arc::from(spelled(*number))],
            Value::Several(texts) => texts.clone(),
        }
    }
}

/// A number as text.
pub(super) fn spelled(number: f64) -> String {
    // SR/eval: "nan", "inf" and "-inf".
    if number.is_nan() { "nan".to_owned() } else { number.to_string() }
}

/// What a text says of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spelling {
    Number(f64),
    /// Some programs read a number here.
    Perhaps(f64),
    Word,
}

pub(super) fn spelling(text: &str) -> Spelling {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = match digits.split_once('.') {
        Some((whole, rest)) => plain(whole) && plain(rest),
        None => plain(digits),
    };
    if is_plain {
        return text.parse().map_or(Spelling::Word, Spelling::Number);
    }
    let trimmed = text.trim();
    let unsigned = trimmed.trim_start_matches(['+', '-']);
    if let Some(hexadecimal) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        #[allow(clippy::cast_precision_loss)] // a double is what Splunk would have
        return u64::from_str_radix(hexadecimal, 16).map_or(Spelling::Word, |number| Spelling::Perhaps(number as f64));
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Spelling::Word;
    }
    trimmed.parse().map_or(Spelling::Word, Spelling::Perhaps)
}

/// The number that a text is taken for.
pub(super) fn number(text: &str, readings: &Readings) -> Option<f64> {
    match spelling(text) {
        Spelling::Number(number) => Some(number),
        Spelling::Perhaps(number) => readings.choose(Doubt::NumberSpelling, None, Some(number)),
        Spelling::Word => None,
    }
}

/// Letters A to Z alone.
pub(super) fn lower_ascii(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Each letter that has one lower-case letter.
pub(super) fn lower_all(text: &str) -> String {
    let one = |character: char| {
        let mut lower = character.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(only), None) => only,
            _ => character,
        }
    };
    text.chars().map(one).collect()
}
