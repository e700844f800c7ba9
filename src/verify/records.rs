//! Events as Splunk holds them: every value is text, a field may have several, and the record stands beside its fields.

use super::{Cell, Row};
use crate::ir::event::{Event, Value};
use crate::models::spl;

/// The row as an event of Splunk. `classic`: the record is text as the event viewer shows it, else XML.
pub(super) fn splunk_row(row: &Row, event: &Event, classic: bool) -> spl::Row {
    let fields = row.cells.iter().map(|(column, cell)| (column.clone(), texts(cell)));
    let record = ("_raw".to_owned(), vec![event.raw.clone().unwrap_or_else(|| record(event, classic))]);
    spl::Row::new(fields.chain([record]))
}

fn texts(cell: &Cell) -> Vec<String> {
    match cell {
        Cell::Text(text) => vec![text.clone()],
        Cell::Integer(value) => vec![value.to_string()],
        Cell::Real(value) => vec![serde_json::Value::from(*value).to_string()],
        Cell::Boolean(value) => vec![value.to_string()],
        Cell::Time(time) => vec![seconds(*time)],
        Cell::Dynamic(value) => vec![value.to_string()],
        Cell::Several(values) => values.clone(),
    }
}

/// `_time`: seconds since 1970, with milliseconds.
fn seconds(milliseconds: i64) -> String {
    let (whole, rest) = (milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000));
    let digits = rest.to_string();
    [&whole.to_string(), ".", &"000"[digits.len()..], &digits].concat()
}

/// The record's text: the values that the event has, one a line. What else a record holds, the names of its fields, no event
/// says, so it is left out.
fn record(event: &Event, classic: bool) -> String {
    let mut out = String::new();
    for value in event.fields.values() {
        values(value, &mut |text| {
            if classic {
                out.push_str(text);
            } else {
                out.push_str(&super::unpack::escape_xml(text));
            }
            out.push('\n');
        });
    }
    out
}

fn values(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::List(elements) => elements.iter().for_each(|element| values(element, each)),
        Value::Object(fields) => fields.values().for_each(|field| values(field, each)),
        Value::Text(text) => each(text),
        Value::Integer(value) => each(&value.to_string()),
        Value::Float(value) => each(&serde_json::Value::from(*value).to_string()),
        Value::Boolean(value) => each(&value.to_string()),
    }
}
