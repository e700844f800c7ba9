//! Rows through a plan. What each operator and function computes, with the page under learn.microsoft.com/kusto/query that
//! says so.
//!
//! Where two pages contradict each other, or none says what a value becomes, there are two readings. A row is run in the
//! second one too when the first came by such a place; a row on which they differ is open.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::address::{self, Address};
use super::code::{Apply, Code, Function, Rewrite, Step};
use super::compare::{self, Answer};
use super::literal;
use super::tree::{Infix, TextOperator};
use super::value::{DAY, HOUR, Type, Value};
use crate::Problem;

type Found<'e> = Result<Value<'e>, Problem>;

/// One row on its way.
pub(super) struct Run<'r> {
    row: &'r [Value<'static>],
    /// The second reading of what the documentation leaves open.
    second: bool,
    /// What was left open on the way.
    open: Cell<Option<&'static str>>,
}

impl<'r> Run<'r> {
    pub(super) fn new(row: &'r [Value<'static>], second: bool) -> Self {
        Run { row, second, open: Cell::new(None) }
    }

    pub(super) fn left_open(&self) -> Option<&'static str> {
        self.open.get()
    }

    /// One of two readings.
    fn either<T>(&self, first: T, second: T, why: &'static str) -> T {
        self.open.set(Some(why));
        if self.second { second } else { first }
    }

    fn answer(&self, answer: Answer, why: &'static str) -> bool {
        if answer.holds == answer.otherwise { answer.holds } else { self.either(answer.holds, answer.otherwise, why) }
    }

    /// Whether the row passes; `stack` then holds the computed columns.
    pub(super) fn passes(&self, steps: &[Step], stack: &mut Vec<Value<'static>>) -> Result<bool, Problem> {
        for step in steps {
            match step {
                // where-operator: "Rows in T for which Predicate is true".
                Step::Where(condition) => {
                    if self.truth(condition, stack)? != Some(true) {
                        return Ok(false);
                    }
                }
                Step::Extend(values) => {
                    for value in values {
                        let value = self.value(value, stack)?.into_owned();
                        stack.push(value);
                    }
                }
                Step::MvApply(apply) => self.apply(apply, stack)?,
            }
        }
        Ok(true)
    }

    /// mv-apply-operator; `summarize` without `by` gives one record of each subtable (summarize-operator).
    fn apply(&self, apply: &Apply, stack: &mut Vec<Value<'static>>) -> Result<(), Problem> {
        let array = self.value(&apply.array, stack)?.into_owned();
        let Value::Dynamic(array) = array else {
            return Err(Problem::new(apply.at, "`mv-apply` of null is not documented"));
        };
        let Json::Array(items) = array.into_owned() else {
            return Err(Problem::new(apply.at, "`mv-apply` of what is no array is not documented"));
        };
        if items.is_empty() {
            return Err(Problem::new(apply.at, "`mv-apply` of an empty array is not documented"));
        }
        let base = stack.len();
        let mut counts = vec![0i64; apply.counts.len()];
        for item in items {
            let item = Value::dynamic(item);
            let item = match apply.element {
                Type::Dynamic => item,
                // "Elements that don't conform to this type are replaced by a null value."
                _ => return Err(Problem::new(apply.at, "elements of other types than `dynamic` are not modelled")),
            };
            stack.push(item);
            if self.passes(&apply.steps, stack)? {
                for (count, condition) in counts.iter_mut().zip(&apply.counts) {
                    // countif-aggregation-function: rows for which the predicate is true.
                    let counted = match condition {
                        None => true,
                        Some(condition) => self.truth(condition, stack)? == Some(true),
                    };
                    *count += i64::from(counted);
                }
            }
            stack.truncate(base);
        }
        stack.extend(counts.into_iter().map(Value::Integer));
        let outputs = apply.outputs.iter().map(|output| Ok(self.value(output, stack)?.into_owned()));
        let outputs = outputs.collect::<Result<Vec<_>, Problem>>()?;
        stack.truncate(base);
        stack.extend(outputs);
        Ok(())
    }

    /// A condition: true, false, or null.
    fn truth(&self, code: &Code, stack: &[Value<'static>]) -> Result<Option<bool>, Problem> {
        match self.value(code, stack)? {
            Value::Bool(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(Problem::new(0, "a condition that is no bool, by a fault of the model")),
        }
    }

    fn text<'e>(&'e self, code: &'e Code, stack: &'e [Value<'static>]) -> Result<Cow<'e, str>, Problem> {
        match self.value(code, stack)? {
            Value::Text(text) => Ok(text),
            _ => Err(Problem::new(0, "a text that is none, by a fault of the model")),
        }
    }

    pub(super) fn value<'e>(&'e self, code: &'e Code, stack: &'e [Value<'static>]) -> Found<'e> {
        let bool_of = |value: bool| Ok(Value::Bool(value));
        match code {
            Code::Constant(value) => Ok(value.share()),
            Code::Stored(index) => self.row.get(*index).map(Value::share).ok_or_else(lost),
            Code::Computed(index) => stack.get(*index).map(Value::share).ok_or_else(lost),
            Code::All(parts) => self.joined(parts, stack, false),
            Code::Any(parts) => self.joined(parts, stack, true),
            Code::Not(inner) => Ok(match self.truth(inner, stack)? {
                Some(value) => Value::Bool(!value),
                None => Value::Null,
            }),
            Code::Equal { negated, left, right } => {
                let (left, right) = (self.value(left, stack)?, self.value(right, stack)?);
                Ok(match self.equal(&left, &right, *negated) {
                    Some(equal) => Value::Bool(equal != *negated),
                    None => Value::Null,
                })
            }
            Code::EqualFolded { negated, left, right } => {
                let (left, right) = (self.text(left, stack)?, self.text(right, stack)?);
                bool_of(self.answer(compare::equal_folded(&left, &right), FOLDING) != *negated)
            }
            Code::Order { order, left, right } => {
                let (left, right) = (self.value(left, stack)?, self.value(right, stack)?);
                Ok(match ordering(&left, &right) {
                    Some(found) => Value::Bool(match order {
                        Infix::Less => found == Ordering::Less,
                        Infix::LessOrEqual => found != Ordering::Greater,
                        Infix::Greater => found == Ordering::Greater,
                        _ => found != Ordering::Less,
                    }),
                    // scalar-data-types/null-values: `val > 3` is null where val is.
                    None => Value::Null,
                })
            }
            Code::Part { negated, operator, cased, left, right } => {
                let (left, right) = (self.text(left, stack)?, self.text(right, stack)?);
                bool_of(self.answer(compare::part(*operator, *cased, &left, &right), TERMS) != *negated)
            }
            Code::AnyColumn { operator, cased, columns, right } => {
                let right = self.text(right, stack)?;
                self.any_column(*operator, *cased, columns, &right, stack)
            }
            Code::In { negated, left, values } => {
                // in-operator: as `==` with each. With null among the values the pages say nothing.
                let left = self.value(left, stack)?;
                let mut found = Some(false);
                for value in values {
                    match self.equal(&left, value, false) {
                        Some(true) => found = Some(true),
                        Some(false) => {}
                        None => found = found.filter(|found| *found),
                    }
                }
                Ok(found.map_or(Value::Null, |found| Value::Bool(found != *negated)))
            }
            Code::InList { negated, left, items } => {
                let left = self.text(left, stack)?;
                let found = items.binary_search_by(|item| item.as_str().cmp(&left)).is_ok();
                bool_of(found != *negated)
            }
            Code::InTexts { negated, folded, left, values } => {
                let left = self.text(left, stack)?;
                let found = if *folded {
                    let lower = left.to_ascii_lowercase();
                    let holds = values.binary_search_by(|value| value.as_str().cmp(&lower)).is_ok();
                    let wide = || {
                        let lower = compare::lower(&left);
                        values.iter().any(|value| compare::lower(value) == lower)
                    };
                    let otherwise = if left.is_ascii() { holds } else { wide() };
                    self.answer(Answer { holds, otherwise }, FOLDING)
                } else {
                    values.binary_search_by(|value| value.as_str().cmp(&left)).is_ok()
                };
                bool_of(found != *negated)
            }
            Code::HasList { all, left, values } => {
                // has-any-operator, has-all-operator: `has` with each.
                let left = self.text(left, stack)?;
                let mut each =
                    values.iter().map(|value| self.answer(compare::part(TextOperator::Has, false, &left, value), TERMS));
                bool_of(if *all { each.all(|holds| holds) } else { each.any(|holds| holds) })
            }
            Code::Matches { left, regex } => bool_of(regex.is_match(&self.text(left, stack)?)),
            Code::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(left, stack)?, self.value(right, stack)?);
                arithmetic(*operator, &left, &right)
            }
            Code::Case { arms, otherwise } => {
                for (condition, value) in arms {
                    if self.truth(condition, stack)? == Some(true) {
                        return self.value(value, stack);
                    }
                }
                self.value(otherwise, stack)
            }
            Code::Coalesce(parts) => {
                let Some((last, before)) = parts.split_last() else { return Ok(Value::Null) };
                for part in before {
                    match self.value(part, stack)? {
                        Value::Null => {}
                        Value::Text(text) if text.is_empty() => {}
                        found => return Ok(found),
                    }
                }
                self.value(last, stack)
            }
            Code::Member(inner, name) => Ok(match self.value(inner, stack)? {
                // scalar-data-types/dynamic: what is not there is null; names are told apart by case.
                Value::Dynamic(Cow::Borrowed(json)) => json.get(name).map_or(Value::Null, Value::borrowed),
                Value::Dynamic(Cow::Owned(mut json)) => {
                    json.get_mut(name).map_or(Value::Null, |json| Value::dynamic(json.take()))
                }
                _ => Value::Null,
            }),
            Code::Item(inner, index) => {
                let place = |length: usize| {
                    // A negative index counts from the end (scalar-data-types/dynamic).
                    let index = if *index < 0 { i64::try_from(length).ok()?.checked_add(*index)? } else { *index };
                    usize::try_from(index).ok()
                };
                Ok(match self.value(inner, stack)? {
                    Value::Dynamic(json) => {
                        let items = json.as_array();
                        let item = items.and_then(|items| items.get(place(items.len())?));
                        item.map_or(Value::Null, |item| Value::dynamic(item.clone()))
                    }
                    _ => Value::Null,
                })
            }
            Code::Extract { regex, group, from, to } => {
                let from = self.text(from, stack)?;
                let found = match regex.captures(&from).and_then(|found| found.get(*group)) {
                    Some(found) => Value::text(found.as_str()),
                    None => to.missing(),
                };
                match (to, &found) {
                    (Type::String, _) | (_, Value::Null) => Ok(found),
                    (to, Value::Text(text)) => Ok(self.number(text.as_ref(), *to)),
                    _ => Err(lost()),
                }
            }
            Code::ReplaceRegex { from, regex, rewrite } => {
                let from = self.text(from, stack)?;
                let replaced = regex.replace_all(&from, |found: &regex::Captures<'_>| {
                    let mut text = String::new();
                    for piece in rewrite {
                        match piece {
                            Rewrite::Text(plain) => text.push_str(plain),
                            Rewrite::Group(group) => text.push_str(found.get(*group).map_or("", |found| found.as_str())),
                        }
                    }
                    text
                });
                Ok(Value::text(replaced))
            }
            Code::Call(function, arguments) => self.call(*function, arguments, stack),
        }
    }

    /// `and` and `or`. logical-operators: `bool(null) or true` is true, and `bool(null) and true` is false;
    /// scalar-data-types/null-values has null "sticky" instead, so that the latter is null.
    fn joined<'e>(&'e self, parts: &'e [Code], stack: &'e [Value<'static>], deciding: bool) -> Found<'e> {
        let mut null = false;
        for part in parts {
            match self.truth(part, stack)? {
                Some(value) if value == deciding => return Ok(Value::Bool(deciding)),
                Some(_) => {}
                None => null = true,
            }
        }
        Ok(match (null, deciding) {
            (false, _) => Value::Bool(!deciding),
            (true, _) => self.either(Value::Null, Value::Bool(false), "whether a null operand of `and` and `or` counts as false"),
        })
    }

    /// scalar-data-types/null-values: null and another value are not equal; two nulls compare to null. logical-operators has
    /// both `==` and `!=` of two nulls false.
    fn equal(&self, left: &Value<'_>, right: &Value<'_>, negated: bool) -> Option<bool> {
        match (left, right) {
            (Value::Null, Value::Null) => self.either(None, Some(negated), "what two nulls compare to"),
            (Value::Null, _) | (_, Value::Null) => Some(false),
            (Value::Text(left), Value::Text(right)) => Some(left == right),
            (Value::Bool(left), Value::Bool(right)) => Some(left == right),
            _ => ordering(left, right).map(|found| found == Ordering::Equal),
        }
    }

    /// where-operator, `* has "cow"`: rows "in which the word appears in any column". "All filtering functions return false when
    /// compared with null values." Whether columns of other types than text are looked at, as text, is not said.
    fn any_column<'e>(
        &'e self,
        operator: TextOperator,
        cased: bool,
        columns: &'e [(Code, Type)],
        right: &str,
        stack: &'e [Value<'static>],
    ) -> Found<'e> {
        let mut elsewhere = false;
        for (column, kind) in columns {
            let value = self.value(column, stack)?;
            let text = match (kind, value) {
                (_, Value::Null) => continue,
                (_, Value::Text(text)) => text,
                (Type::Timespan, _) => return Err(Problem::new(0, "a timespan as text is not modelled")),
                (kind, value) => Cow::Owned(self.text_of(*kind, &value)),
            };
            if self.answer(compare::part(operator, cased, &text, right), TERMS) {
                if *kind == Type::String {
                    return Ok(Value::Bool(true));
                }
                elsewhere = true;
            }
        }
        Ok(Value::Bool(elsewhere && self.either(true, false, "whether `*` stands for columns that hold no text too")))
    }

    /// tostring-function: null becomes the empty text.
    fn text_of(&self, kind: Type, value: &Value<'_>) -> String {
        match value {
            Value::Null => String::new(),
            Value::Text(text) => text.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Real(value) if value.fract() == 0.0 && value.abs() < 1.0e15 => {
                self.either(format!("{value:.1}"), format!("{value:.0}"), "how `tostring` spells a whole `real`")
            }
            Value::Real(value) => value.to_string(),
            Value::Bool(value) => {
                let (first, second) = if *value { ("true", "True") } else { ("false", "False") };
                self.either(first, second, "how `tostring` spells a `bool`").to_owned()
            }
            // scalar-data-types/datetime: ISO 8601 with seven digits.
            Value::Moment(ticks) => {
                let time = jiff::Timestamp::from_nanosecond(i128::from(*ticks) * 100).unwrap_or_default();
                format!("{time:.7}")
            }
            Value::Span(_) => kind.name().to_owned(),
            // A text inside a dynamic value stands without quotes; the rest is JSON (scalar-data-types/dynamic, "Casting").
            Value::Dynamic(json) => match json.as_ref() {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            },
        }
    }

    /// tolong-function and its kin: "If conversion isn't successful, the result is null." Decimal, or hexadecimal behind `0x`
    /// (scalar-data-types/long). Of a sign `+`, of blanks and of fractions nothing is said.
    fn number(&self, text: &str, to: Type) -> Value<'static> {
        let found = match to {
            Type::Real => plain_real(text).map(Value::Real),
            _ => plain_integer(text).map(Value::Integer),
        };
        if let Some(found) = found {
            return if found.is_of(to) { found } else { Value::Null };
        }
        let trimmed = text.trim();
        let trimmed = trimmed.strip_prefix('+').unwrap_or(trimmed);
        let loose = match to {
            Type::Real => trimmed.parse::<f64>().ok().map(Value::Real),
            _ => plain_integer(trimmed).or_else(|| plain_real(trimmed).map(|real| real as i64)).map(Value::Integer),
        };
        match loose {
            Some(loose) => self.either(Value::Null, loose, "what a text that is nearly a number is converted to"),
            None => Value::Null,
        }
    }

    fn call<'e>(&'e self, function: Function, arguments: &'e [Code], stack: &'e [Value<'static>]) -> Found<'e> {
        let argument = |index: usize| match arguments.get(index) {
            Some(code) => self.value(code, stack),
            None => Err(lost()),
        };
        let text = |index: usize| match arguments.get(index) {
            Some(code) => self.text(code, stack),
            None => Err(lost()),
        };
        let integer = |index: usize| match argument(index)? {
            Value::Integer(value) => Ok(Some(value)),
            _ => Ok::<_, Problem>(None),
        };
        Ok(match function {
            Function::ToString(kind) => Value::text(self.text_of(kind, &argument(0)?)),
            Function::ToLong(_) => self.converted(&argument(0)?, Type::Long),
            Function::ToInt(_) => self.converted(&argument(0)?, Type::Int),
            Function::ToReal(_) => self.converted(&argument(0)?, Type::Real),
            Function::ToBool(_) => self.bool_of(&argument(0)?),
            Function::ToDatetime(_) => match argument(0)? {
                Value::Text(text) => match literal::moment(&text) {
                    Some(found) => Value::Moment(found),
                    None if text.is_empty() => Value::Null,
                    None => return Err(Problem::new(0, format!("`todatetime` of `{text}` is not modelled"))),
                },
                other => other.into_owned(),
            },
            Function::ToLower => Value::text(compare::lower(&text(0)?)),
            Function::ToUpper => Value::text(compare::upper(&text(0)?)),
            // strlen-function: "the length, in characters".
            Function::Strlen => Value::Integer(length(text(0)?.chars().count())),
            Function::ToHex => {
                let least = if arguments.len() > 1 { integer(1)?.unwrap_or(0) } else { 0 };
                match integer(0)? {
                    // tohex-function: `tohex(256, 8)` is `00000100`, `tohex(-546)` is `fffffffffffffdde`.
                    Some(value) => {
                        Value::text(format!("{value:0width$x}", width = usize::try_from(least.clamp(0, 64)).unwrap_or(0)))
                    }
                    None => Value::text(""),
                }
            }
            Function::Strcat => {
                let mut joined = String::new();
                for index in 0..arguments.len() {
                    joined.push_str(&text(index)?);
                }
                Value::text(joined)
            }
            Function::Substring => {
                let from = text(0)?;
                let Some(start) = integer(1)? else { return Err(Problem::new(0, "`substring` from null is not documented")) };
                let count = length(from.chars().count());
                // substring-function: counted from 0; a negative start counts from the end.
                let start = if start < 0 { (count + start).max(0) } else { start.min(count) };
                let most = if arguments.len() > 2 {
                    integer(2)?.ok_or_else(|| Problem::new(0, "`substring` of null length is not documented"))?
                } else {
                    count
                };
                if most < 0 {
                    return Err(Problem::new(0, "`substring` of a negative length is not documented"));
                }
                let size = |value: i64| usize::try_from(value).unwrap_or(0);
                Value::text(from.chars().skip(size(start)).take(size(most)).collect::<String>())
            }
            Function::ReplaceString => {
                let (from, this, with) = (text(0)?, text(1)?, text(2)?);
                if this.is_empty() {
                    return Err(Problem::new(0, "`replace_string` of the empty text is not documented"));
                }
                // replace-string-function: "Replaces all string matches".
                if from.contains(&*this) { Value::text(from.replace(&*this, &with)) } else { Value::Text(from) }
            }
            Function::Split => {
                let (from, by) = (text(0)?, text(1)?);
                if by.is_empty() {
                    return Err(Problem::new(0, "`split` by the empty text is not documented"));
                }
                // split-function: `split("aa__bb", "_")` is ["aa", "", "bb"].
                Value::dynamic(Json::Array(from.split(&*by).map(Json::from).collect()))
            }
            Function::IndexOf => {
                let (from, this) = (text(0)?, text(1)?);
                Value::Integer(from.find(&*this).map_or(-1, |at| length(from[..at].chars().count())))
            }
            Function::Trim { start, end } => {
                let (from, this) = (text(0)?, text(1)?);
                let mut rest = &*from;
                if start {
                    rest = rest.strip_prefix(&*this).unwrap_or(rest);
                }
                if end {
                    rest = rest.strip_suffix(&*this).unwrap_or(rest);
                }
                // Whether a run of matches is trimmed is not said.
                if (start && rest.starts_with(&*this)) || (end && rest.ends_with(&*this)) {
                    return Err(Problem::new(0, "`trim` of a repeated text is not documented"));
                }
                Value::text(rest)
            }
            Function::ParseJson => {
                let from = text(0)?;
                if from.is_empty() {
                    // isnull-function: `isnull(parse_json(""))` is true.
                    Value::Null
                } else {
                    // parse-json-function: a text that is no JSON is a dynamic value that holds the text.
                    Value::dynamic(serde_json::from_str(&from).unwrap_or_else(|_| Json::String(from.into_owned())))
                }
            }
            // array-length-function: "null if array isn't an array".
            // parse-ipv6-function: "a string representing a canonical IPv6 network address", of eight groups of four digits in the
            // examples; the empty text of what is none. parse-ipv6-mask-function: in the first bits; a v4 address is its
            // v4-mapped v6 address, so that its prefixes lie between 96 and 128.
            Function::ParseIpv6 => {
                let mask = if arguments.len() > 1 { integer(1)? } else { Some(128) };
                let Some(mask) = mask.and_then(|mask| u32::try_from(mask).ok()).filter(|mask| *mask <= 128) else {
                    return Err(Problem::new(0, "`parse_ipv6_mask` with this prefix is not documented"));
                };
                Value::text(self.address(&text(0)?, true).map_or_else(String::new, |found| found.canonical(mask)))
            }
            // array-slice-function: both ends are included, and negative ones count from the end.
            Function::ArraySlice => {
                let Value::Dynamic(json) = argument(0)? else { return Ok(Value::Null) };
                let (Some(items), Some(start), Some(end)) = (json.as_array(), integer(1)?, integer(2)?) else {
                    return Ok(Value::Null);
                };
                let count = length(items.len());
                let place = |index: i64| if index < 0 { count + index } else { index };
                let (start, end) = (place(start), place(end));
                if end >= count || end < 0 {
                    return Err(Problem::new(0, "`array_slice` to a place outside of the array is not documented"));
                }
                let from = |start: i64| {
                    let start = usize::try_from(start).unwrap_or(usize::MAX);
                    items.iter().skip(start).take(usize::try_from(end + 1).unwrap_or(0).saturating_sub(start)).cloned().collect()
                };
                // What a start before the array is, is not said: its first element, or nothing.
                let found = if start < 0 {
                    self.either(from(0), Vec::new(), "what a slice is that starts before its array")
                } else {
                    from(start)
                };
                Value::dynamic(Json::Array(found))
            }
            // strcat-array-function: the elements with the delimiter between them.
            Function::StrcatArray => {
                let by = text(1)?;
                let Value::Dynamic(json) = argument(0)? else { return Ok(Value::text("")) };
                let Some(items) = json.as_array() else { return Ok(Value::text("")) };
                let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
                match texts {
                    Some(texts) => Value::text(texts.join(&by)),
                    None => return Err(Problem::new(0, "`strcat_array` of other elements than texts is not modelled")),
                }
            }
            Function::ArrayLength => match argument(0)? {
                Value::Dynamic(json) => json.as_array().map_or(Value::Null, |items| Value::Integer(length(items.len()))),
                _ => Value::Null,
            },
            Function::PackArray => {
                let mut items = Vec::new();
                for index in 0..arguments.len() {
                    items.push(match argument(index)? {
                        Value::Null => Json::Null,
                        Value::Text(text) => Json::String(text.into_owned()),
                        Value::Integer(value) => Json::from(value),
                        Value::Bool(value) => Json::Bool(value),
                        Value::Dynamic(json) => json.into_owned(),
                        Value::Real(_) | Value::Moment(_) | Value::Span(_) => return Err(lost()),
                    });
                }
                Value::dynamic(Json::Array(items))
            }
            Function::GetType(kind) => Value::text(self.type_name(kind, &argument(0)?)),
            // isnull-function: of a text it is false, always.
            Function::IsNull => Value::Bool(argument(0)? == Value::Null),
            Function::IsNotNull => Value::Bool(argument(0)? != Value::Null),
            Function::IsEmpty => Value::Bool(is_empty(&argument(0)?)),
            Function::IsNotEmpty => Value::Bool(!is_empty(&argument(0)?)),
            Function::InRange { v6 } => {
                let Some(wanted) = self.address(&text(0)?, v6) else { return Ok(Value::Null) };
                let mut found = false;
                for index in 1..arguments.len() {
                    // A range that is none makes the result null where no other holds; ranges are literals, so it is refused.
                    let range = text(index)?;
                    let read = if v6 { address::v6(&range) } else { address::v4(&range) };
                    let Some(range) = read else { return Err(Problem::new(0, format!("`{range}` is no range of addresses"))) };
                    found |= wanted.compare(range) == Ordering::Equal;
                }
                Value::Bool(found)
            }
            // ipv6-compare-function: 0 equal, 1 greater, -1 less, null where one is no address.
            Function::CompareAddresses { v6 } => match (self.address(&text(0)?, v6), self.address(&text(1)?, v6)) {
                (Some(left), Some(right)) => Value::Integer(left.compare(right) as i64),
                _ => Value::Null,
            },
            Function::IsPrivate => match self.address(&text(0)?, false) {
                Some(found) => Value::Bool(
                    address::PRIVATE
                        .iter()
                        .filter_map(|range| address::v4(range))
                        .any(|range| found.compare(range) == Ordering::Equal),
                ),
                None => Value::Null,
            },
            Function::StartOfDay => match argument(0)? {
                Value::Moment(ticks) => Value::Moment(ticks - ticks.rem_euclid(DAY)),
                _ => Value::Null,
            },
            // dayofweek-function: "the timespan since midnight at the beginning of the preceding Sunday, rounded down to an
            // integer number of days". 1970-01-01 was a Thursday.
            Function::DayOfWeek => match argument(0)? {
                Value::Moment(ticks) => Value::Span((ticks.div_euclid(DAY) + 4).rem_euclid(7) * DAY),
                _ => Value::Null,
            },
            Function::HourOfDay => match argument(0)? {
                Value::Moment(ticks) => Value::Integer(ticks.rem_euclid(DAY) / HOUR),
                _ => Value::Null,
            },
        })
    }

    /// An address, as one side of a function on addresses. A prefix is applied (ipv4-is-in-range-function, "IP-prefix notation")
    /// but of the first argument not every page says so; of blanks around an address none says anything.
    fn address(&self, text: &str, v6: bool) -> Option<Address> {
        let read = |text: &str| if v6 { address::v6(text) } else { address::v4(text) };
        match read(text) {
            Some(found) if found.is_single() => Some(found),
            Some(found) => self.either(Some(found), None, "whether a block of addresses is an address"),
            None => match read(text.trim()) {
                Some(found) => self.either(None, Some(found), "whether blanks may stand around an address"),
                None => None,
            },
        }
    }

    fn converted(&self, value: &Value<'_>, to: Type) -> Value<'static> {
        match value {
            Value::Text(text) => self.number(text, to),
            Value::Integer(value) if to == Type::Real => Value::Real(*value as f64),
            Value::Integer(value) if Value::Integer(*value).is_of(to) => Value::Integer(*value),
            Value::Dynamic(json) => match json.as_ref() {
                Json::String(text) => self.number(text, to),
                Json::Number(number) => match (number.as_i64(), to) {
                    (Some(value), to) if to != Type::Real => {
                        if Value::Integer(value).is_of(to) {
                            Value::Integer(value)
                        } else {
                            Value::Null
                        }
                    }
                    (_, Type::Real) => number.as_f64().map_or(Value::Null, Value::Real),
                    _ => self.either(
                        Value::Null,
                        number.as_f64().map_or(Value::Null, |real| Value::Integer(real as i64)),
                        "what a fraction becomes as a whole number",
                    ),
                },
                Json::Bool(value) => {
                    self.either(Value::Null, Value::Integer(i64::from(*value)), "what a `bool` becomes as a number")
                }
                Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
            },
            _ => Value::Null,
        }
    }

    /// tobool-function: `tobool("true")`, `tobool("false")`, `tobool(1)`, `tobool(123)`.
    fn bool_of(&self, value: &Value<'_>) -> Value<'static> {
        let of_text = |text: &str| match text {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => {
                self.either(Value::Bool(text.len() == 4), Value::Null, "whether `tobool` ignores case")
            }
            _ => Value::Null,
        };
        match value {
            Value::Bool(value) => Value::Bool(*value),
            Value::Integer(value) => Value::Bool(*value != 0),
            Value::Text(text) => of_text(text),
            Value::Dynamic(json) => match json.as_ref() {
                Json::Bool(value) => Value::Bool(*value),
                Json::String(text) => of_text(text),
                Json::Number(number) => Value::Bool(number.as_f64() != Some(0.0)),
                Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
            },
            _ => Value::Null,
        }
    }

    /// gettype-function.
    fn type_name(&self, kind: Type, value: &Value<'_>) -> &'static str {
        match value {
            Value::Null => "null",
            Value::Dynamic(json) => match json.as_ref() {
                Json::Null => "null",
                Json::Bool(_) => "bool",
                Json::String(_) => "string",
                Json::Array(_) => "array",
                Json::Object(_) => "dictionary",
                Json::Number(number) if number.is_f64() => self.either("double", "real", "the name of a number's type"),
                Json::Number(_) => self.either("long", "int", "the name of a number's type"),
            },
            _ => kind.name(),
        }
    }
}

const FOLDING: &str = "whether letters beyond ASCII fold";
const TERMS: &str = "whether letters beyond ASCII fold, or what bounds a term";

fn lost() -> Problem {
    Problem::new(0, "a value is not where it should be, by a fault of the model")
}

fn length(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// isempty-function: the empty text, or null.
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Dynamic(json) => json.as_str() == Some(""),
        Value::Integer(_) | Value::Real(_) | Value::Bool(_) | Value::Moment(_) | Value::Span(_) => false,
    }
}

fn plain_integer(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return hex.then(|| i64::from_str_radix(digits, 16).ok()).flatten();
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn plain_real(text: &str) -> Option<f64> {
    let begins = text.strip_prefix('-').unwrap_or(text).starts_with(|first: char| first.is_ascii_digit());
    let known = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    (begins && known).then(|| text.parse().ok()).flatten().filter(|value: &f64| value.is_finite())
}

/// Numbers compare as numbers, whatever their types (numerical-operators). `None` where one is null.
fn ordering(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right))
        | (Value::Moment(left), Value::Moment(right))
        | (Value::Span(left), Value::Span(right)) => Some(left.cmp(right)),
        (Value::Real(left), Value::Real(right)) => left.partial_cmp(right),
        (Value::Integer(left), Value::Real(right)) => (*left as f64).partial_cmp(right),
        (Value::Real(left), Value::Integer(right)) => left.partial_cmp(&(*right as f64)),
        _ => None,
    }
}

/// datetime-timespan-arithmetic; null is "sticky" (scalar-data-types/null-values).
fn arithmetic<'e>(operator: Infix, left: &Value<'_>, right: &Value<'_>) -> Found<'e> {
    let combined = |left: i64, right: i64| {
        let found = match operator {
            Infix::Plus => left.checked_add(right),
            Infix::Minus => left.checked_sub(right),
            Infix::Times => left.checked_mul(right),
            _ => None,
        };
        found.ok_or_else(|| Problem::new(0, "what becomes of a number that is too large is not documented"))
    };
    Ok(match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Integer(left), Value::Integer(right)) => Value::Integer(combined(*left, *right)?),
        (Value::Moment(left), Value::Moment(right)) | (Value::Span(left), Value::Span(right)) => {
            Value::Span(combined(*left, *right)?)
        }
        (Value::Moment(left), Value::Span(right)) => Value::Moment(combined(*left, *right)?),
        _ => return Err(lost()),
    })
}
