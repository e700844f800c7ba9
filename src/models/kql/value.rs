//! Values, and the types that columns and expressions have.

use std::borrow::Cow;

use serde_json::Value as Json;

/// A scalar type (learn.microsoft.com/kusto/query/scalar-data-types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    String,
    Int,
    Long,
    Real,
    Bool,
    Datetime,
    Timespan,
    Dynamic,
}

impl Type {
    pub fn parse(name: &str) -> Option<Type> {
        Some(match name {
            "string" => Type::String,
            "int" => Type::Int,
            "long" => Type::Long,
            "real" | "double" => Type::Real,
            "bool" => Type::Bool,
            "datetime" => Type::Datetime,
            "timespan" | "time" => Type::Timespan,
            "dynamic" => Type::Dynamic,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Bool => "bool",
            Type::Datetime => "datetime",
            Type::Timespan => "timespan",
            Type::Dynamic => "dynamic",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Real)
    }

    /// What a row without a cell holds: "The `string` data type doesn't support null values"
    /// (learn.microsoft.com/kusto/query/scalar-data-types/null-values).
    pub(super) fn missing(self) -> Value<'static> {
        if self == Type::String { Value::Text(Cow::Borrowed("")) } else { Value::Null }
    }
}

/// A value; of a row, or of an expression, which may borrow from the row and the query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Of every type but `string`. Of `dynamic` too: JSON's `null` is this.
    Null,
    Text(Cow<'a, str>),
    /// `int` and `long`.
    Integer(i64),
    Real(f64),
    Bool(bool),
    /// `datetime`, in ticks of 100 ns since 1970 UTC (learn.microsoft.com/kusto/query/scalar-data-types/datetime).
    Moment(i64),
    /// `timespan`, in ticks of 100 ns (learn.microsoft.com/kusto/query/scalar-data-types/timespan).
    Span(i64),
    Dynamic(Cow<'a, Json>),
}

/// Ticks of a day.
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const HOUR: i64 = 3600 * SECOND;
pub(super) const SECOND: i64 = 10_000_000;

impl<'a> Value<'a> {
    /// A `dynamic` value; JSON's `null` is null.
    pub fn dynamic(json: Json) -> Value<'a> {
        if json.is_null() { Value::Null } else { Value::Dynamic(Cow::Owned(json)) }
    }

    pub(super) fn borrowed(json: &'a Json) -> Value<'a> {
        if json.is_null() { Value::Null } else { Value::Dynamic(Cow::Borrowed(json)) }
    }

    pub fn text(text: impl Into<String>) -> Value<'a> {
        Value::Text(Cow::Owned(text.into()))
    }

    pub(super) fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Integer(value) => Value::Integer(value),
            Value::Real(value) => Value::Real(value),
            Value::Bool(value) => Value::Bool(value),
            Value::Moment(value) => Value::Moment(value),
            Value::Span(value) => Value::Span(value),
            Value::Dynamic(json) => Value::Dynamic(Cow::Owned(json.into_owned())),
        }
    }

    /// The same value, borrowed.
    pub(super) fn share(&'a self) -> Value<'a> {
        match self {
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Dynamic(json) => Value::Dynamic(Cow::Borrowed(json)),
            Value::Null => Value::Null,
            Value::Integer(value) => Value::Integer(*value),
            Value::Real(value) => Value::Real(*value),
            Value::Bool(value) => Value::Bool(*value),
            Value::Moment(value) => Value::Moment(*value),
            Value::Span(value) => Value::Span(*value),
        }
    }

    /// Whether a column of the type may hold the value.
    pub(super) fn is_of(&self, kind: Type) -> bool {
        match (self, kind) {
            (Value::Null, kind) => kind != Type::String,
            (Value::Integer(value), Type::Int) => i32::try_from(*value).is_ok(),
            (Value::Text(_), Type::String)
            | (Value::Integer(_), Type::Long)
            | (Value::Real(_), Type::Real)
            | (Value::Bool(_), Type::Bool)
            | (Value::Moment(_), Type::Datetime)
            | (Value::Span(_), Type::Timespan)
            | (Value::Dynamic(_), Type::Dynamic) => true,
            _ => false,
        }
    }
}
