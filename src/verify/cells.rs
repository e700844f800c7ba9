//! Rows of a product's tables.

use std::collections::BTreeMap;

use serde_json::json;

/// One row, as the product stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The table, or in Splunk the macro that covers the row.
    pub place: String,
    /// Columns without a cell are null, or the empty text where the product has no null text.
    pub cells: BTreeMap<String, Cell>,
    /// Whether the product stores an absent text as the empty one, so that the two are the same (KQL's string columns).
    pub empty_is_absent: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    /// Milliseconds since 1970 UTC.
    Time(i64),
    /// KQL's `dynamic`.
    Dynamic(serde_json::Value),
    /// Several values of one Splunk field.
    Several(Vec<String>),
}

impl Cell {
    /// As a line of JSON holds it.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Cell::Text(text) => json!(text),
            Cell::Integer(value) => json!(value),
            Cell::Real(value) => json!(value),
            Cell::Boolean(value) => json!(value),
            Cell::Time(time) => match jiff::Timestamp::from_millisecond(*time) {
                Ok(time) => json!(time.to_string()),
                Err(_) => serde_json::Value::Null,
            },
            Cell::Dynamic(value) => value.clone(),
            Cell::Several(values) => json!(values),
        }
    }
}

impl Row {
    /// The row as one JSON object.
    pub fn json(&self) -> serde_json::Value {
        serde_json::Value::Object(self.cells.iter().map(|(column, cell)| (column.clone(), cell.json())).collect())
    }
}
