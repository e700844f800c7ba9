//! A row while it is put together: its columns, what says that it is of the log source, and the check that it reads back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::cells::{Cell, Row};
use super::encode::holds_json;
use super::{Rendering, Shelf, Unstorable, is_full_path, unpack};
use crate::eval::{self, FieldState};
use crate::ir::event::{Event, Value};
use crate::schema::columns::ColumnType;
use crate::schema::mapping::ScopeOperator;
use crate::schema::{Decode, Field, FieldMapping, FieldType, Layout, ScalarType, Target};

pub(super) struct Draft<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) layout: &'a Layout,
    pub(super) rendering: &'a Rendering,
    pub(super) time: i64,
    pub(super) cells: BTreeMap<String, Cell>,
    /// Parts of columns that hold several values: JSON by path, XML by name, hashes by algorithm.
    pub(super) json: BTreeMap<String, Json>,
    pub(super) xml: BTreeMap<String, Vec<(String, String)>>,
    pub(super) hashes: BTreeMap<String, Vec<(String, String)>>,
}

pub(super) type Stored = Result<(), Unstorable>;

pub(super) fn unstorable<T>(reason: impl Into<String>) -> Result<T, Unstorable> {
    Err(Unstorable(reason.into()))
}

impl<'a> Draft<'a> {
    pub(super) fn new(shelf: &'a Shelf, rendering: &'a Rendering, time: i64) -> Self {
        let mut draft = Draft {
            shelf,
            layout: &shelf.layout,
            rendering,
            time,
            cells: BTreeMap::new(),
            json: BTreeMap::new(),
            xml: BTreeMap::new(),
            hashes: BTreeMap::new(),
        };
        if draft.target() == Target::Splunk {
            draft.cells.insert("_time".to_owned(), Cell::Time(time));
        }
        for column in ["Timestamp", "TimeGenerated"] {
            // Some tables have a text of this name.
            if draft.target() != Target::Splunk && draft.kind(column) == Some(ColumnType::Datetime) {
                draft.cells.insert(column.to_owned(), Cell::Time(time));
            }
        }
        if let Some((field, value)) = &rendering.source {
            draft.cells.insert(field.clone(), Cell::Text(value.clone()));
        }
        draft
    }

    pub(super) fn target(&self) -> Target {
        self.layout.profile.target()
    }

    pub(super) fn kind(&self, column: &str) -> Option<ColumnType> {
        self.shelf.columns.get(column).copied()
    }

    pub(super) fn chosen(&mut self, chosen: &BTreeMap<String, String>) {
        for (column, value) in chosen {
            let cell = match self.kind(column) {
                Some(ColumnType::Int | ColumnType::Long) => Cell::Integer(value.parse().unwrap_or(65_533)),
                // A truth has no third value to be something else.
                Some(ColumnType::Bool) => match value.parse() {
                    Ok(truth) => Cell::Boolean(truth),
                    Err(_) => continue,
                },
                _ => Cell::Text(value.clone()),
            };
            self.cells.insert(column.clone(), cell);
        }
    }

    pub(super) fn fill(mut self, event: &Event, relevant: &[&Field], separators: &[char]) -> Result<Row, Unstorable> {
        // Parts of a column after the columns themselves.
        let mut ordered = relevant.to_vec();
        ordered.sort_by_key(|field| {
            self.layout.fields.get(&*field.name).is_some_and(|mapping| matches!(mapping.decode, Decode::UrlHost(_)))
        });
        for field in ordered {
            let Some(mapping) = self.layout.fields.get(&*field.name) else {
                return unstorable(format!("`{}` is not stored", field.name));
            };
            match event.fields.get(&field.name) {
                Some(value) => self.field(field, mapping, value, separators)?,
                // A hash may come from the text of all of them, which is stored below.
                None if mapping.always_present && !matches!(mapping.decode, Decode::Constant(_) | Decode::Case { .. }) => {
                    return unstorable(format!("`{}` is in every row", field.name));
                }
                None => {}
            }
        }
        let shelf = self.shelf;
        for (name, value) in &event.fields {
            // A log source that is not in the catalogue has fields of text, as far as is known here.
            let known = shelf.source.as_ref().and_then(|source| source.field(name)).cloned();
            let field = known.unwrap_or_else(|| Field { name: Arc::clone(name), kind: FieldType::scalar(ScalarType::String) });
            if let Some(mapping) = self.layout.fields.get(&**name)
                && !relevant.iter().any(|known| known.name == *name)
            {
                // What the rule does not compare may be left out; but not half of it.
                let before = (self.cells.clone(), self.json.clone(), self.xml.clone(), self.hashes.clone());
                if self.field(&field, mapping, value, separators).is_err() {
                    (self.cells, self.json, self.xml, self.hashes) = before;
                }
            }
        }
        self.scope(relevant)?;
        self.always_present(relevant);
        let row = self.finish();
        check(&row, event, relevant, self.layout)?;
        Ok(row)
    }

    pub(super) fn field(&mut self, field: &Field, mapping: &FieldMapping, value: &Value, separators: &[char]) -> Stored {
        if matches!(value, Value::List(_)) && !field.kind.list && holds_json(&mapping.decode) {
            return unstorable(format!("`{}` is one value in the column's JSON", field.name));
        }
        if mapping.xml_only && self.rendering.classic {
            return unstorable(format!("the classic rendering does not hold `{}`", field.name));
        }
        if let Value::Text(text) = value {
            if text.is_empty() && mapping.never_stores_empty {
                return unstorable(format!("`{}` is never stored empty", field.name));
            }
            if mapping.full_path && !is_full_path(text, separators) {
                return unstorable(format!("`{}` always holds a full path", field.name));
            }
            if let Some(column) = &mapping.file_name {
                let last = text.rsplit(separators).next().unwrap_or(text);
                self.set(column, Cell::Text(last.to_owned()))?;
            }
        }
        self.encode(&mapping.decode, value, field.kind.scalar)
    }

    /// Sets a column; two fields that want different values of it cannot be stored together.
    pub(super) fn set(&mut self, column: &str, cell: Cell) -> Stored {
        match self.cells.get(column) {
            Some(known) if *known != cell => unstorable(format!("two fields want different values of `{column}`")),
            Some(_) => Ok(()),
            None => {
                self.cells.insert(column.to_owned(), cell);
                Ok(())
            }
        }
    }

    pub(super) fn set_text(&mut self, column: &str, text: &str) -> Stored {
        let cell = self.cell(column, &Value::Text(text.to_owned()), ScalarType::String)?;
        self.set(column, cell)
    }

    /// The columns that say that the row is of the log source.
    pub(super) fn scope(&mut self, relevant: &[&Field]) -> Stored {
        for condition in &self.layout.scope.conditions {
            let column = &condition.column;
            let known = match self.cells.get(column) {
                Some(Cell::Text(text)) => Some(text.clone()),
                Some(Cell::Integer(value)) => Some(value.to_string()),
                _ => None,
            };
            let starts = |text: &str| {
                let text = text.to_ascii_lowercase();
                condition.values.iter().any(|value| text.starts_with(&value.to_ascii_lowercase()))
            };
            let contains = |text: &str| condition.values.iter().any(|value| text.contains(value.as_str()));
            let outside = || unstorable(format!("a row with this `{column}` is not of the log source"));
            match (condition.operator, known) {
                (ScopeOperator::IsOneOf, Some(text)) => {
                    if !condition.values.iter().any(|value| value.eq_ignore_ascii_case(&text)) {
                        return outside();
                    }
                    // A column that was chosen as text may be of another type.
                    if let Some(ColumnType::Int | ColumnType::Long) = self.kind(column) {
                        let number = text.parse().map_err(|_| Unstorable("no number".to_owned()))?;
                        self.cells.insert(column.clone(), Cell::Integer(number));
                    }
                }
                (ScopeOperator::IsOneOf, None) => {
                    let value = self.scope_value(&condition.values);
                    let value = value.ok_or_else(|| Unstorable("a scope without values".to_owned()))?;
                    let cell = match self.kind(column) {
                        Some(ColumnType::Int | ColumnType::Long) => {
                            Cell::Integer(value.parse().map_err(|_| Unstorable("no number".to_owned()))?)
                        }
                        _ => Cell::Text(value),
                    };
                    self.cells.insert(column.clone(), cell);
                }
                (ScopeOperator::StartsWith, Some(text)) if !starts(&text) => return outside(),
                (ScopeOperator::Contains, Some(text)) if !contains(&text) => {
                    // The event says nothing of what the scope asks, or something else.
                    let value = condition.values.first().cloned().unwrap_or_default();
                    let open = value.split_once('>').map_or(value.as_str(), |(open, _)| open);
                    if text.contains(open) {
                        return outside();
                    }
                    let with = text.replacen("</EventData>", &format!("{value}</EventData>"), 1);
                    self.cells.insert(column.clone(), Cell::Text(with));
                }
                (ScopeOperator::Contains, None) if self.kind(column) == Some(ColumnType::Dynamic) => {
                    // `"Workload":` asks for a member of that name.
                    let value = condition.values.first().map(String::as_str).unwrap_or_default();
                    let name = value.trim_matches(['"', ':']).to_owned();
                    let whole = self.json.entry(column.clone()).or_insert_with(|| Json::Object(serde_json::Map::new()));
                    if let Json::Object(members) = whole {
                        members.entry(name).or_insert_with(|| Json::String("q".to_owned()));
                    }
                }
                // The event's own parts become the column's text only when the row is finished.
                (ScopeOperator::Contains, None) if self.xml.contains_key(column) => {
                    let part = |value: &str| {
                        let (name, text) = value.strip_prefix("<Data Name=\"")?.split_once("\">")?;
                        Some((name.to_owned(), text.strip_suffix("</Data>")?.to_owned()))
                    };
                    let wanted: Vec<(String, String)> = condition.values.iter().filter_map(|value| part(value)).collect();
                    let Some(first) = wanted.first() else { return outside() };
                    let parts = self.xml.entry(column.clone()).or_default();
                    if !parts.iter().any(|(name, _)| *name == first.0) {
                        parts.push(first.clone());
                    } else if !wanted.iter().any(|wanted| parts.contains(wanted)) {
                        return outside();
                    }
                }
                (ScopeOperator::Contains, None) => {
                    let value = condition.values.first().cloned().unwrap_or_default();
                    self.cells.insert(column.clone(), Cell::Text(format!("<EventData>{value}</EventData>")));
                }
                (ScopeOperator::DoesNotStartWith, Some(text)) if starts(&text) => return outside(),
                (ScopeOperator::IsPresent, Some(text)) if text.is_empty() => return outside(),
                (ScopeOperator::StartsWith, None) if self.is_read(column, relevant) => return outside(),
                (ScopeOperator::IsPresent, None) if self.is_read(column, relevant) => return outside(),
                (ScopeOperator::StartsWith, None) => {
                    let value = condition.values.first().cloned().unwrap_or_default();
                    self.cells.insert(column.clone(), Cell::Text(format!("{value}usr/bin/q")));
                }
                (ScopeOperator::IsPresent, None) => {
                    self.cells.insert(column.clone(), Cell::Text("https://host.example/q".to_owned()));
                }
                (
                    ScopeOperator::StartsWith
                    | ScopeOperator::DoesNotStartWith
                    | ScopeOperator::Contains
                    | ScopeOperator::IsPresent,
                    _,
                ) => {}
            }
        }
        Ok(())
    }

    /// One of the scope's values: the one that belongs to the rendering, as a channel does to its source.
    pub(super) fn scope_value(&self, values: &[String]) -> Option<String> {
        let source = self.rendering.source.as_ref().map_or("", |(_, source)| source);
        values.iter().find(|value| source.ends_with(&format!(":{value}"))).or(values.first()).cloned()
    }

    pub(super) fn is_read(&self, column: &str, relevant: &[&Field]) -> bool {
        relevant
            .iter()
            .any(|field| self.layout.fields.get(&*field.name).is_some_and(|mapping| mapping.decode.columns().contains(&column)))
    }

    /// Columns that no row is without.
    pub(super) fn always_present(&mut self, relevant: &[&Field]) {
        for (name, mapping) in &self.layout.fields {
            if !mapping.always_present || relevant.iter().any(|field| *field.name == **name) {
                continue;
            }
            let column = match &mapping.decode {
                Decode::Column(column) => Some(column),
                Decode::Coalesce(parts) => match if self.rendering.classic { parts.last() } else { parts.first() } {
                    Some(Decode::Column(column)) => Some(column),
                    _ => None,
                },
                _ => None,
            };
            let Some(column) = column.filter(|column| !self.cells.contains_key(*column)) else { continue };
            let cell = match self.kind(column) {
                Some(ColumnType::String | ColumnType::Text | ColumnType::Multivalue) => Cell::Text("host-1".to_owned()),
                Some(ColumnType::Int | ColumnType::Long) => Cell::Integer(1),
                Some(ColumnType::Datetime) => Cell::Time(self.time),
                Some(ColumnType::Bool) => Cell::Boolean(false),
                Some(ColumnType::Real | ColumnType::Timespan | ColumnType::Guid | ColumnType::Dynamic) | None => continue,
            };
            self.cells.insert(column.clone(), cell);
        }
    }

    pub(super) fn finish(&mut self) -> Row {
        for (column, value) in std::mem::take(&mut self.json) {
            let cell = match self.kind(&column) {
                Some(ColumnType::Dynamic) => Cell::Dynamic(value),
                _ => Cell::Text(value.to_string()),
            };
            self.cells.insert(column, cell);
        }
        for (column, parts) in std::mem::take(&mut self.xml) {
            let mut xml = String::from("<EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">");
            for (name, text) in parts {
                xml.push_str(&format!("<Data Name=\"{}\">{}</Data>", unpack::escape_xml(&name), unpack::escape_xml(&text)));
            }
            xml.push_str("</EventData>");
            self.cells.insert(column, Cell::Text(xml));
        }
        for (column, parts) in std::mem::take(&mut self.hashes) {
            // A text of all hashes that the event has of its own stays; that it says the same shows when it is read back.
            self.cells.entry(column).or_insert_with(|| {
                let parts: Vec<String> = parts.into_iter().map(|(algorithm, hash)| format!("{algorithm}={hash}")).collect();
                Cell::Text(parts.join(","))
            });
        }
        Row {
            place: self.layout.scope.place.columns().to_owned(),
            cells: std::mem::take(&mut self.cells),
            empty_is_absent: self.target() != Target::Splunk,
        }
    }
}

/// Reads the row back: each compared field must hold what the event does.
fn check(row: &Row, event: &Event, relevant: &[&Field], layout: &Layout) -> Stored {
    let mut back = Event { fields: BTreeMap::new(), ..event.clone() };
    for field in relevant {
        if let Some(value) = layout.fields.get(&*field.name).and_then(|mapping| unpack::value(row, &mapping.decode)) {
            back.fields.insert(field.name.clone(), value);
        }
    }
    for field in relevant {
        let plain = |state: FieldState| match state {
            FieldState::Values(values) if row.empty_is_absent && values.iter().all(String::is_empty) => FieldState::Absent,
            FieldState::Values(_) if field.kind.scalar == ScalarType::Time => FieldState::Values(Vec::new()),
            other => other,
        };
        let (was, is) = (plain(eval::state(field, event)), plain(eval::state(field, &back)));
        if was != is {
            return unstorable(format!("`{}` would read back as {is:?}, not {was:?}", field.name));
        }
    }
    Ok(())
}
