//! Windows events as EVTX readers write them in JSON, `{"Event": {"System": …, "EventData": …}}`, to flat fields under the names
//! that Sigma uses.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::event::Value;

type Fields = BTreeMap<Arc<str>, Value>;

/// Names that belong to the record itself; data under one of them is kept as `EventData_<name>`.
const OF_THE_RECORD: &[&str] = &["_time", "EventID", "Channel", "Provider_Name", "Computer", "EventRecordID", "TimeCreated"];

/// Flattens such a record; any other is returned as it is.
pub(super) fn flatten(mut fields: Fields) -> Fields {
    let is_event =
        matches!(fields.get("Event"), Some(Value::Object(event)) if matches!(event.get("System"), Some(Value::Object(_))));
    if !is_event {
        return fields;
    }
    let Some(Value::Object(mut event)) = fields.remove("Event") else { return fields };
    let Some(Value::Object(system)) = event.remove("System") else { return fields };
    let mut flat = Fields::new();
    for (name, value) in system {
        match (&*name, value) {
            ("Provider", value) => insert(&mut flat, "Provider_Name", attribute(&value, "Name")),
            ("TimeCreated", value) => insert(&mut flat, "TimeCreated", attribute(&value, "SystemTime")),
            // Described by what they are of, and not fields of Sigma.
            ("Execution" | "Correlation" | "Security", value) => {
                if let Value::Object(parts) = value {
                    for (part, value) in attributes(parts) {
                        insert(&mut flat, &format!("{name}_{part}"), Some(value));
                    }
                }
            }
            (_, value) => insert(&mut flat, &name, content(value)),
        }
    }
    for part in ["EventData", "UserData"] {
        if let Some(Value::Object(data)) = event.remove(part) {
            leaves(data, part == "UserData", &mut flat);
        }
    }
    flat
}

fn insert(flat: &mut Fields, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        flat.insert(Arc::from(name), value);
    }
}

/// `{"#attributes": {…}}`, or the attributes themselves.
fn attributes(mut parts: Fields) -> Fields {
    match parts.remove("#attributes") {
        Some(Value::Object(attributes)) => attributes,
        _ => parts,
    }
}

fn attribute(value: &Value, name: &str) -> Option<Value> {
    let Value::Object(parts) = value else { return Some(value.clone()) };
    match parts.get("#attributes") {
        Some(Value::Object(attributes)) => attributes.get(name).cloned(),
        _ => parts.get(name).cloned(),
    }
}

/// `{"#text": 1, "#attributes": …}` is 1.
fn content(value: Value) -> Option<Value> {
    match value {
        Value::Object(mut parts) => parts.remove("#text"),
        other => Some(other),
    }
}

/// The named data of a record. Blanks in names go, as in Sigma's (`Threat Name` is `ThreatName`); unnamed ones are a list, in
/// which those without characters are no values; several under one name are one text of lines. `UserData` holds one element around its data.
fn leaves(data: Fields, wrapped: bool, flat: &mut Fields) {
    for (name, value) in data {
        if name.starts_with('#') {
            continue;
        }
        match value {
            Value::Object(inner) if wrapped => leaves(inner, false, flat),
            Value::Object(inner) if &*name == "Data" || inner.contains_key("#text") => {
                if let Some(text) = content(Value::Object(inner)) {
                    leaf(flat, &name, values(&name, text));
                }
            }
            value => leaf(flat, &name, values(&name, value)),
        }
    }
}

fn leaf(flat: &mut Fields, name: &str, value: Value) {
    let name: String = name.chars().filter(|character| *character != ' ').collect();
    let name = if OF_THE_RECORD.contains(&name.as_str()) { format!("EventData_{name}") } else { name };
    flat.insert(Arc::from(name), value);
}

/// What a field's name and its value are: lines of one text, or a list where the elements have no name.
fn values(name: &str, value: Value) -> Value {
    match value {
        Value::List(elements) if name == "Data" => {
            Value::List(elements.into_iter().filter(|element| *element != Value::Text(String::new())).collect())
        }
        value => joined(value),
    }
}

fn joined(value: Value) -> Value {
    let Value::List(elements) = value else { return value };
    let texts: Option<Vec<String>> = elements
        .iter()
        .map(|element| match element {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(value) => Some(value.to_string()),
            Value::Boolean(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            Value::List(_) | Value::Object(_) => None,
        })
        .collect();
    match texts {
        Some(texts) => Value::Text(texts.join("\n")),
        None => Value::List(elements),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evtx_record_is_flattened_to_sigmas_names() {
        let text = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P","Guid":"g"}},
            "EventID":{"#attributes":{"Qualifiers":1},"#text":4688},"Channel":"Security","Computer":"c","EventRecordID":5,
            "TimeCreated":{"#attributes":{"SystemTime":"2026-11-24T10:00:00Z"}},"Execution":{"#attributes":{"ProcessID":4}}},
            "EventData":{"Threat Name":"t","EventID":"inner","Data":{"#text":["a","","b"]}}}}"##
            .replace('\n', " ");
        let parsed = super::super::json::object(&text, &mut Default::default()).unwrap();
        let flat = flatten(parsed.fields);
        let shown: Vec<String> = flat.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        assert_eq!(
            shown,
            [
                "Channel=Text(\"Security\")",
                "Computer=Text(\"c\")",
                "Data=List([Text(\"a\"), Text(\"b\")])",
                "EventData_EventID=Text(\"inner\")",
                "EventID=Integer(4688)",
                "EventRecordID=Integer(5)",
                "Execution_ProcessID=Integer(4)",
                "Provider_Name=Text(\"P\")",
                "ThreatName=Text(\"t\")",
                "TimeCreated=Text(\"2026-11-24T10:00:00Z\")",
            ]
        );
    }

    #[test]
    fn user_data_is_unwrapped_and_other_records_are_left_alone() {
        let read = |text: &str| flatten(super::super::json::object(text, &mut Default::default()).unwrap().fields);
        let flat = read(
            r##"{"Event":{"System":{"EventID":1102},"UserData":{"LogFileCleared":{"#attributes":{"a":"b"},"SubjectUserName":"u"}}}}"##,
        );
        assert_eq!(flat["SubjectUserName"], Value::Text("u".into()));
        assert_eq!(flat.len(), 2);
        assert_eq!(read(r#"{"Event":"x","A":1}"#).len(), 2);
        assert_eq!(read(r#"{"Event":{"System":7},"A":1}"#).len(), 2);
    }
}
