//! Events, and the tests of a hunt made of them (S1).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Uuid;
use crate::diag::Span;
use crate::schema::LogSourceId;

/// One record of one log source, fields under canonical names.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub source: LogSourceId,
    /// Milliseconds since 1970-01-01 UTC; `None` where the record carries no usable time (clock tests are then false).
    pub time: Option<i64>,
    /// Absent and null fields have no entry (S1.3).
    pub fields: BTreeMap<Arc<str>, Value>,
    /// The record as it stood in the log, for `anywhere` (S3.6).
    pub raw: Option<String>,
}

/// A value as a record holds it, before it is read as its field's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Value>),
    Object(BTreeMap<Arc<str>, Value>),
}

/// One `test` block, checked.
#[derive(Clone, Debug)]
pub struct TestCase {
    pub hunt: String,
    pub name: String,
    pub span: Span,
    /// `event …` and `events from …`, in order of time; empty for a test made of rows.
    pub events: Vec<Event>,
    /// Where each event of `events` was written.
    pub event_spans: Vec<Span>,
    /// `expect …`; `None` where the test has rows only.
    pub expect: Option<Expectation>,
    pub rows: Vec<TestRow>,
}

/// `expect r 2, s`: exactly these rules fire.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub rules: Vec<ExpectedRule>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedRule {
    pub rule: Uuid,
    pub name: String,
    /// Exactly so often; at least once where absent.
    pub times: Option<u32>,
    pub span: Span,
}

/// `hit RULE { … }` or `miss RULE { … }`: one event, judged alone.
#[derive(Clone, Debug)]
pub struct TestRow {
    pub hit: bool,
    pub rule: Uuid,
    pub rule_name: String,
    pub event: Event,
    pub span: Span,
}
