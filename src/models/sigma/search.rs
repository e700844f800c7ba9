//! What one search identifier holds: maps, lists of maps, keywords; fields with their modifiers (RS "Detection").

use std::net::IpAddr;

use serde_yaml::{Mapping, Value as Yaml};

use super::Answer;
use super::document::{problem, text_of};
use super::pattern::{self, Mark};
use super::record::{Record, Value};
use super::regular::{Expression, Flags};
use crate::Problem;

#[derive(Debug)]
pub(super) enum Search {
    /// One of the maps; of each every item.
    Maps(Vec<Vec<Item>>),
    /// One of the texts.
    Keywords(Vec<Vec<Mark>>),
}

/// `Field|modifier: values`.
#[derive(Debug)]
pub(super) struct Item {
    field: String,
    /// Each value must hold, not one.
    all: bool,
    values: Vec<Wanted>,
}

/// A value of a rule, as its modifiers make it.
#[derive(Debug)]
enum Wanted {
    Text(Vec<Mark>, bool),
    Number(Number),
    Ordered(Order, Number),
    Null,
    Exists(bool),
    Regex(Box<Expression>),
    Block(IpAddr, u8),
    /// Another field's value, with or without any characters before and behind.
    Field {
        name: String,
        before: bool,
        behind: bool,
        cased: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i64),
    Float(f64),
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Search {
    pub fn read(value: &Yaml) -> Result<Search, Problem> {
        match value {
            // "All elements of a map are joined with a logical 'AND'."
            Yaml::Mapping(map) => Ok(Search::Maps(vec![items(map)?])),
            // "Lists … contain … strings that are applied to the full log message and are linked with a logical OR", or "maps …
            // All elements of a list are linked with a logical OR".
            Yaml::Sequence(values) if !values.is_empty() && values.iter().all(Yaml::is_mapping) => {
                Ok(Search::Maps(values.iter().filter_map(Yaml::as_mapping).map(items).collect::<Result<_, _>>()?))
            }
            Yaml::Sequence(values) if !values.is_empty() => {
                // Keywords: "searching for keywords across an entire event".
                let one = |value: &Yaml| text_of(value, "a keyword").map(|text| surrounded(pattern::read(text), true, true));
                Ok(Search::Keywords(values.iter().map(one).collect::<Result<_, _>>()?))
            }
            _ => Err(problem("a search that is neither a map nor a list")),
        }
    }

    pub fn holds(&self, record: &Record<'_>) -> Answer {
        match self {
            Search::Maps(maps) => Answer::any(maps.iter().map(|items| Answer::all(items.iter().map(|item| item.holds(record))))),
            Search::Keywords(keywords) => {
                let mut found = Vec::new();
                let mut ask = |text: &str| found.extend(keywords.iter().map(|keyword| pattern::holds(keyword, text, false)));
                record.fields.iter().for_each(|(_, value)| value.any_text(&mut ask));
                record.raw.into_iter().for_each(&mut ask);
                Answer::any(found.into_iter())
            }
        }
    }
}

fn items(map: &Mapping) -> Result<Vec<Item>, Problem> {
    if map.is_empty() {
        return Err(problem("a map without items"));
    }
    map.iter().map(|(key, value)| Item::read(text_of(key, "a field")?, value)).collect()
}

/// What the modifiers of an item ask for.
#[derive(Debug, Default)]
struct Modifiers {
    all: bool,
    before: bool,
    behind: bool,
    cased: bool,
    regex: bool,
    flags: Flags,
    cidr: bool,
    order: Option<Order>,
    field: bool,
    exists: bool,
}

impl Item {
    /// "Value modifiers are appended after the field name with a pipe character as separator and can also be chained."
    fn read(key: &str, value: &Yaml) -> Result<Item, Problem> {
        let mut words = key.split('|');
        let field = words.next().unwrap_or_default();
        if field.is_empty() {
            return Err(problem(format!("`{key}` names no field")));
        }
        let mut modifiers = Modifiers::default();
        for word in words {
            modifiers.add(word)?;
        }
        let values: Vec<&Yaml> = match value {
            Yaml::Sequence(values) => values.iter().collect(),
            one => vec![one],
        };
        if values.is_empty() {
            return Err(problem(format!("`{key}` has no value")));
        }
        // MO "all": "Single item values are not allowed to have an `all` modifier".
        if modifiers.all && values.len() < 2 {
            return Err(problem(format!("`{key}` has a single value")));
        }
        let values = values.into_iter().map(|value| modifiers.apply(key, value)).collect::<Result<_, _>>()?;
        Ok(Item { field: field.to_owned(), all: modifiers.all, values })
    }

    /// Several values: "linked with OR", with `all` "AND".
    fn holds(&self, record: &Record<'_>) -> Answer {
        let mut answers = self.values.iter().map(|value| value.holds(&self.field, record));
        if self.all { Answer::all(&mut answers) } else { Answer::any(&mut answers) }
    }
}

impl Modifiers {
    fn add(&mut self, word: &str) -> Result<(), Problem> {
        let flag = match word {
            "all" => &mut self.all,
            // "Puts `*` wildcards around the values".
            "contains" => {
                self.before = true;
                &mut self.behind
            }
            // "The value is expected at the beginning" and "at the end of the field's content".
            "startswith" => &mut self.behind,
            "endswith" => &mut self.before,
            "cased" => &mut self.cased,
            "re" => &mut self.regex,
            // "`re` sub-modifiers": they mean nothing before it.
            "i" | "m" | "s" if !self.regex => return Err(problem(format!("the modifier `{word}` without `re`"))),
            "i" => &mut self.flags.ignore_case,
            "m" => &mut self.flags.multi_line,
            "s" => &mut self.flags.dot_all,
            "cidr" => &mut self.cidr,
            "fieldref" => &mut self.field,
            "exists" => &mut self.exists,
            "lt" | "lte" | "gt" | "gte" => {
                let order = match word {
                    "lt" => Order::Less,
                    "lte" => Order::LessOrEqual,
                    "gt" => Order::Greater,
                    _ => Order::GreaterOrEqual,
                };
                return match self.order.replace(order) {
                    None => Ok(()),
                    Some(_) => Err(problem("two orders for one value")),
                };
            }
            other => return Err(problem(format!("the modifier `{other}` is not modelled"))),
        };
        if std::mem::replace(flag, true) {
            return Err(problem(format!("the modifier `{word}` does not go with the others")));
        }
        Ok(())
    }

    fn apply(&self, key: &str, value: &Yaml) -> Result<Wanted, Problem> {
        let Modifiers { before, behind, cased, .. } = *self;
        let placed = before || behind;
        let kinds = [self.regex, self.cidr, self.order.is_some(), self.field, self.exists];
        let kind_count = kinds.iter().filter(|kind| **kind).count();
        if kind_count > 1 || (kind_count == 1 && cased) || (placed && kind_count == 1 && !self.field) {
            return Err(problem(format!("the modifiers of `{key}` do not go together")));
        }
        if self.exists {
            // RS "Field Existence".
            return value.as_bool().map(Wanted::Exists).ok_or_else(|| problem(format!("`{key}` is neither true nor false")));
        }
        if let Some(order) = self.order {
            let number = number(value).ok_or_else(|| problem(format!("the value of `{key}` is no number")))?;
            return Ok(Wanted::Ordered(order, number));
        }
        match value {
            // RS "Special Field Values": "A null value is defined with `null`".
            Yaml::Null if kind_count == 0 && !placed && !cased => Ok(Wanted::Null),
            Yaml::Number(_) if kind_count == 0 && !placed && !cased => {
                number(value).map(Wanted::Number).ok_or_else(|| problem(format!("the number of `{key}` is out of range")))
            }
            Yaml::String(text) if self.regex => Ok(Wanted::Regex(Box::new(Expression::read(text, self.flags)?))),
            Yaml::String(text) if self.cidr => block(text).ok_or_else(|| problem(format!("`{text}` is no network"))),
            Yaml::String(text) if self.field => Ok(Wanted::Field { name: text.clone(), before, behind, cased }),
            Yaml::String(text) => {
                if behind && pattern::ends_alone(text) {
                    return Err(problem(format!("`{text}` ends with a lone backslash, before the wildcard of its modifier")));
                }
                Ok(Wanted::Text(surrounded(pattern::read(text), before, behind), cased))
            }
            _ => Err(problem(format!("the value of `{key}` is not modelled"))),
        }
    }
}

fn surrounded(mut marks: Vec<Mark>, before: bool, behind: bool) -> Vec<Mark> {
    if before {
        marks.insert(0, Mark::Run);
    }
    if behind {
        marks.push(Mark::Run);
    }
    marks
}

/// An address with a prefix, or alone (MO "cidr").
fn block(text: &str) -> Option<Wanted> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u8 = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
    (prefix <= longest).then_some(Wanted::Block(address, prefix))
}

fn number(value: &Yaml) -> Option<Number> {
    value.as_i64().map(Number::Integer).or_else(|| value.as_f64().filter(|value| value.is_finite()).map(Number::Float))
}

impl Wanted {
    /// Of a field with several values one is enough; the specification does not speak of such fields, but every product's
    /// search does so.
    fn holds(&self, field: &str, record: &Record<'_>) -> Answer {
        let values = record.values(field);
        match self {
            // "Note that this check only verifies the presence of a field".
            Wanted::Exists(wanted) => Answer::of(values.is_empty() != *wanted),
            Wanted::Null => Answer::of(values.is_empty()),
            Wanted::Field { name, before, behind, cased } => {
                let others = record.values(name);
                Answer::any(values.iter().flat_map(|value| others.iter().map(move |other| (value, other))).map(
                    |(value, other)| match (numeric(value), numeric(other), other.text(), value.text()) {
                        (Some(value), Some(other), ..) if !before && !behind => {
                            Answer::of(compare(value, other).is_some_and(std::cmp::Ordering::is_eq))
                        }
                        (_, _, Some(other), Some(value)) => {
                            pattern::holds(&surrounded(pattern::plain(&other), *before, *behind), &value, *cased)
                        }
                        _ => Answer::No,
                    },
                ))
            }
            Wanted::Text(..) | Wanted::Number(_) | Wanted::Ordered(..) | Wanted::Regex(_) | Wanted::Block(..) => {
                Answer::any(values.iter().map(|value| self.one(value)))
            }
        }
    }

    fn one(&self, value: &Value<'_>) -> Answer {
        let Some(text) = value.text() else { return Answer::No };
        match self {
            Wanted::Text(marks, cased) => pattern::holds(marks, &text, *cased),
            Wanted::Number(wanted) => equal(*wanted, value, &text),
            Wanted::Ordered(order, wanted) => {
                let ordering = numeric(value).or_else(|| spelled(&text)).and_then(|number| compare(number, *wanted));
                Answer::of(ordering.is_some_and(|ordering| match order {
                    Order::Less => ordering.is_lt(),
                    Order::LessOrEqual => ordering.is_le(),
                    Order::Greater => ordering.is_gt(),
                    Order::GreaterOrEqual => ordering.is_ge(),
                }))
            }
            Wanted::Regex(expression) => expression.finds(&text),
            Wanted::Block(network, prefix) => Answer::of(text.parse().is_ok_and(|address| within(address, *network, *prefix))),
            Wanted::Null | Wanted::Exists(_) | Wanted::Field { .. } => Answer::No,
        }
    }
}

/// A number of the rule and a value of the log, which may be a text.
fn equal(wanted: Number, value: &Value<'_>, text: &str) -> Answer {
    if let Some(number) = numeric(value) {
        return Answer::of(compare(number, wanted).is_some_and(std::cmp::Ordering::is_eq));
    }
    let as_written = match wanted {
        Number::Integer(wanted) => wanted.to_string(),
        Number::Float(wanted) => serde_json::Value::from(wanted).to_string(),
    };
    match spelled(text).and_then(|number| compare(number, wanted)) {
        Some(std::cmp::Ordering::Equal) if as_written != text => {
            Answer::Open("whether a number equals a text that spells it in another way")
        }
        _ => Answer::of(as_written == text),
    }
}

fn numeric(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Integer(value) => Some(Number::Integer(*value)),
        Value::Float(value) => Some(Number::Float(*value)),
        Value::Text(_) | Value::Boolean(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// A text that is a decimal number.
fn spelled(text: &str) -> Option<Number> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse()
        .map(Number::Integer)
        .ok()
        .or_else(|| text.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Float))
}

fn compare(left: Number, right: Number) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
        (left, right) => {
            #[allow(clippy::cast_precision_loss)] // a fraction was written beside it
            let real = |number: Number| match number {
                Number::Integer(value) => value as f64,
                Number::Float(value) => value,
            };
            real(left).partial_cmp(&real(right))
        }
    }
}

fn within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 4),
        IpAddr::V6(address) => (address.to_bits(), 6),
    };
    let ((address, kind), (network, other)) = (bits(address), bits(network));
    kind == other && (address ^ network).checked_shr(128 - u32::from(prefix)).unwrap_or(0) == 0
}
