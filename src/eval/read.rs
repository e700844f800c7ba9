//! What a record holds, read as the field's type (S1.3, S1.4).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::event::{Event, Value};
use crate::schema::{Field, HashAlgorithm, ScalarType};

/// How deep lists and objects of a record are followed. Deeper than any log; a record beyond it is read as if it ended there.
const DEPTH: usize = 32;

/// The fields that hold a record's hashes in one text, `MD5=…,SHA256=…`: Sysmon's, and its name for it in event 15.
const HASH_TEXTS: &[&str] = &["Hashes", "Hash"];

/// One element, read as its field's type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Object(&'a BTreeMap<Arc<str>, Value>),
}

impl Scalar<'_> {
    pub fn shown(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone().into_owned(),
            Scalar::Integer(value) => value.to_string(),
            Scalar::Float(value) => float_text(*value),
            Scalar::Boolean(value) => value.to_string(),
            Scalar::Object(_) => "{…}".to_owned(),
        }
    }
}

/// A field's elements: none where it is absent, one for a scalar, several for a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading<'a> {
    pub values: Vec<Scalar<'a>>,
    /// Elements that could not be read as the field's type and so count as absent.
    pub unreadable: usize,
}

impl Reading<'_> {
    /// Whether a text element satisfies the question.
    pub fn any_text(&self, question: impl Fn(&str) -> bool) -> bool {
        self.values.iter().any(|value| match value {
            Scalar::Text(text) => question(text),
            Scalar::Integer(_) | Scalar::Float(_) | Scalar::Boolean(_) | Scalar::Object(_) => false,
        })
    }
}

/// Reads a field of an event.
pub(super) fn field<'a>(field: &Field, event: &'a Event) -> Reading<'a> {
    let mut reading = Reading::default();
    look_up(&field.name, &event.fields, DEPTH, &mut |value| element_as(field.kind.scalar, value, DEPTH, &mut reading));
    // S4.3: a record without a column of its own for the hash carries it in the text of all hashes.
    if reading.values.is_empty()
        && let ScalarType::Hash(algorithm) = field.kind.scalar
    {
        reading.values = hash_texts(event)
            .into_iter()
            .flat_map(|text| hashes_in(text, algorithm))
            .map(|hash| Scalar::Text(Cow::Borrowed(hash)))
            .collect();
    }
    reading
}

/// The hashes of one algorithm that a field holds: itself where it is a hash field, else what its text says of the algorithm.
pub(super) fn hashes(of: &Field, algorithm: HashAlgorithm, event: &Event) -> Vec<String> {
    let reading = field(of, event);
    let texts = reading.values.iter().filter_map(|value| match value {
        Scalar::Text(text) => Some(text.as_ref()),
        Scalar::Integer(_) | Scalar::Float(_) | Scalar::Boolean(_) | Scalar::Object(_) => None,
    });
    match of.kind.scalar {
        ScalarType::Hash(_) => texts.map(str::to_owned).collect(),
        _ => texts.flat_map(|text| hashes_in(text, algorithm)).map(str::to_owned).collect(),
    }
}

fn hash_texts(event: &Event) -> Vec<&str> {
    HASH_TEXTS
        .iter()
        .filter_map(|name| match event.fields.get(*name) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// `MD5=…,SHA256=…`: the values that stand behind the algorithm's name.
fn hashes_in(text: &str, algorithm: HashAlgorithm) -> impl Iterator<Item = &str> {
    text.split(',').filter_map(move |part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(algorithm.sysmon_name()).then_some(value.trim()).filter(|value| !value.is_empty())
    })
}

/// Finds the values under a name: the field of exactly this name, else along the dots through objects and the elements of
/// lists (`properties.message`).
fn look_up<'a>(name: &str, fields: &'a BTreeMap<Arc<str>, Value>, depth: usize, found: &mut dyn FnMut(&'a Value)) {
    if let Some(value) = fields.get(name) {
        found(value);
        return;
    }
    for (dot, _) in name.match_indices('.') {
        if let Some(value) = fields.get(&name[..dot]) {
            look_into(&name[dot + 1..], value, depth, found);
        }
    }
}

fn look_into<'a>(name: &str, value: &'a Value, depth: usize, found: &mut dyn FnMut(&'a Value)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(fields) => look_up(name, fields, depth, found),
        Value::List(elements) => elements.iter().for_each(|element| look_into(name, element, depth, found)),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {}
    }
}

/// Reads one value as a scalar type; a list gives its elements, also in a scalar field.
fn element_as<'a>(scalar: ScalarType, value: &'a Value, depth: usize, reading: &mut Reading<'a>) {
    if let Value::List(elements) = value {
        match depth.checked_sub(1) {
            Some(depth) => elements.iter().for_each(|element| element_as(scalar, element, depth, reading)),
            None => reading.unreadable += 1,
        }
        return;
    }
    let read = match scalar {
        ScalarType::String | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Ip | ScalarType::Time => {
            text_of(value).map(Scalar::Text)
        }
        ScalarType::Integer => integer(value, canonical_integer).map(Scalar::Integer),
        ScalarType::HexInteger => integer(value, hex_or_decimal).map(Scalar::Integer),
        ScalarType::Float => float(value).map(Scalar::Float),
        ScalarType::Boolean => boolean(value).map(Scalar::Boolean),
        ScalarType::Object => match value {
            Value::Object(object) => Some(Scalar::Object(object)),
            _ => None,
        },
    };
    match read {
        Some(read) => reading.values.push(read),
        None => reading.unreadable += 1,
    }
}

/// A number or boolean in a text field is its JSON text; an object is no text.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(value) => Some(Cow::Owned(value.to_string())),
        Value::Float(value) => Some(Cow::Owned(float_text(*value))),
        Value::Boolean(value) => Some(Cow::Owned(value.to_string())),
        Value::List(_) | Value::Object(_) => None,
    }
}

/// A floating-point number as JSON writes it: the shortest digits that read back as the same number, with a fraction or an
/// exponent (`7.0`).
fn float_text(value: f64) -> String {
    serde_json::Number::from_f64(value).map_or_else(|| value.to_string(), |number| number.to_string())
}

fn integer(value: &Value, of_text: fn(&str) -> Option<i64>) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Float(value) => whole(*value),
        Value::Text(text) => of_text(text),
        Value::Boolean(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// A JSON number with a zero fraction is an integer: `445.0`.
fn whole(value: f64) -> Option<i64> {
    // Both bounds are exact: −2^63, and 2^63, which is the first value above the range.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    #[allow(clippy::cast_possible_truncation)] // whole and in range
    (fits && value.fract() == 0.0).then_some(value as i64)
}

/// A decimal as one writes it: `0`, `-12`; no leading zeros, no `+`, no `-0`, no blanks.
fn canonical_integer(text: &str) -> Option<i64> {
    let value: i64 = text.parse().ok()?;
    (value.to_string() == text).then_some(value)
}

/// `0x3e7`, `0x00000001`, or a decimal.
fn hex_or_decimal(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            i64::from_str_radix(digits, 16).ok()
        }
        Some(_) => None,
        None => canonical_integer(text),
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss)] // a float field has no more digits than that
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value).filter(|value| value.is_finite()),
        Value::Text(text) => decimal(text),
        Value::Boolean(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// A number as JSON writes it (RFC 8259, section 6): no `+`, no leading zeros, digits on both sides of the point.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let well_formed = digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    if well_formed { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

/// `true` and `false`, in any case: `True` is what exporters in some languages write.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// One element of a list of objects as an event of its own: the fields are the element's, the time is the record's.
pub(super) fn element(object: &BTreeMap<Arc<str>, Value>, event: &Event) -> Event {
    Event { source: event.source.clone(), time: event.time, fields: object.clone(), raw: None }
}

/// Whether the text of some value of the event satisfies the question: every field, declared or not, and what lies inside
/// lists and objects (S3.6).
pub(super) fn any_text_of(event: &Event, question: &dyn Fn(&str) -> bool) -> bool {
    event.fields.values().any(|value| any_text_in(value, DEPTH, question))
}

fn any_text_in(value: &Value, depth: usize, question: &dyn Fn(&str) -> bool) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::List(elements) => elements.iter().any(|element| any_text_in(element, depth, question)),
        Value::Object(fields) => fields.values().any(|value| any_text_in(value, depth, question)),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {
            text_of(value).is_some_and(|text| question(&text))
        }
    }
}
