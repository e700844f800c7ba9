//! From a canonical event to the row that a product would hold of it: for each conversion of the mappings the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cells::{Cell, Row};
use super::draft::Draft;
use super::encode::text_of;
use super::tested;
use crate::ir::Selection;
use crate::ir::event::Event;
use crate::schema::catalogue::{self, LogSource};
use crate::schema::columns::{self, ColumnType};
use crate::schema::mapping::{Place, ScopeOperator};
use crate::schema::{Decode, Field, Layout};

/// One of the ways in which a product stores a log source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// `xml`, `classic`, `table`, or what tells a Splunk source from others.
    pub name: String,
    /// In Splunk the value of the scope's field.
    pub(super) source: Option<(String, String)>,
    pub(super) classic: bool,
}

/// A log source in a product, with what is looked up of it once.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub layout: Arc<Layout>,
    pub(super) columns: BTreeMap<&'static str, ColumnType>,
    pub(super) source: Option<Arc<LogSource>>,
}

impl Shelf {
    pub fn new(layout: Arc<Layout>) -> Self {
        let columns = columns::columns_of(layout.profile.target(), layout.scope.place.columns()).collect();
        let source = catalogue::find(&layout.source.0);
        Shelf { layout, columns, source }
    }
}

/// Why the product cannot hold a row of the event: then it says nothing about the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstorable(pub String);

/// The renderings of a log source: for Splunk one for each value of its scope (one where the site says what its
/// scope is), else one table.
pub fn renderings(layout: &Layout) -> Vec<Rendering> {
    match &layout.scope.place {
        Place::Table(_) => vec![Rendering { name: "table".to_owned(), source: None, classic: false }],
        // A macro of the site's own: what tells its events from others is not known here.
        Place::Macro { values, .. } if values.is_empty() => {
            vec![Rendering { name: "site".to_owned(), source: None, classic: false }]
        }
        Place::Macro { field, values, .. } => values
            .iter()
            .map(|value| {
                let classic = value.starts_with("WinEventLog:");
                let name = if classic {
                    "classic"
                } else if value.starts_with("XmlWinEventLog:") {
                    "xml"
                } else {
                    value
                };
                Rendering { name: name.to_owned(), source: Some((field.clone(), value.clone())), classic }
            })
            .collect(),
    }
}

/// The row of an event. Fields that the selection does not compare are stored where that is possible; those that it compares
/// must read back as they were.
///
/// # Errors
/// What the product cannot store.
pub fn lay_out(event: &Event, selection: &Selection, shelf: &Shelf, rendering: &Rendering) -> Result<Row, Unstorable> {
    let relevant = tested(selection);
    let time = event.time.ok_or_else(|| Unstorable("every row has a time".to_owned()))?;
    let mut last = Unstorable("no value of the columns that tell kinds of rows apart fits".to_owned());
    for chosen in choices(event, &shelf.layout, &relevant) {
        let mut draft = Draft::new(shelf, rendering, time);
        draft.chosen(&chosen);
        match draft.fill(event, &relevant, selection.separators) {
            Ok(row) => return Ok(row),
            Err(reason) => last = reason,
        }
    }
    Err(last)
}

/// Rows like the given one that are of another kind, so that no rule on the log source may select them: another event code,
/// another action, another source.
pub fn decoys(row: &Row, layout: &Layout) -> Vec<Row> {
    let mut found = Vec::new();
    let changed = |column: &str, cell: Cell| {
        let mut other = row.clone();
        other.cells.insert(column.to_owned(), cell);
        other
    };
    for condition in layout.scope.conditions.iter().filter(|condition| condition.operator == ScopeOperator::IsOneOf) {
        let cell = match row.cells.get(&condition.column) {
            Some(Cell::Integer(_)) => Cell::Integer(65_533),
            Some(Cell::Text(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Cell::Text("65533".to_owned()),
            _ => Cell::Text("SomethingElse".to_owned()),
        };
        found.push(changed(&condition.column, cell));
    }
    if let Place::Macro { field, values, .. } = &layout.scope.place
        && !values.is_empty()
    {
        found.push(changed(field, Cell::Text("SomethingElse".to_owned())));
    }
    found
}

/// Values for the columns that `case` reads, in every combination: those of the scope, else the arms' own and another.
fn choices(event: &Event, layout: &Layout, relevant: &[&Field]) -> Vec<BTreeMap<String, String>> {
    let mut by_column: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for field in relevant {
        if let Some(mapping) = layout.fields.get(&*field.name) {
            case_columns(&mapping.decode, &mut by_column);
        }
    }
    for (column, values) in &mut by_column {
        let scope = layout
            .scope
            .conditions
            .iter()
            .find(|condition| condition.column == *column && condition.operator == ScopeOperator::IsOneOf);
        match scope {
            Some(condition) => values.clone_from(&condition.values),
            None => values.push("SomethingElse".to_owned()),
        }
        // Where the event says what the column holds, nothing is left to choose.
        let said = relevant.iter().find_map(|field| match &layout.fields.get(&*field.name)?.decode {
            Decode::Column(own) if own == column => text_of(event.fields.get(&field.name)?),
            _ => None,
        });
        if let Some(said) = said {
            *values = vec![said];
        }
    }
    let mut all = vec![BTreeMap::new()];
    for (column, values) in by_column {
        all = all
            .iter()
            .flat_map(|chosen| {
                let column = &column;
                values.iter().map(move |value| {
                    let mut chosen = chosen.clone();
                    chosen.insert(column.clone(), value.clone());
                    chosen
                })
            })
            .collect();
    }
    all
}

fn case_columns(decode: &Decode, into: &mut BTreeMap<String, Vec<String>>) {
    match decode {
        Decode::Case { column, arms, otherwise } => {
            let values = into.entry(column.clone()).or_default();
            for (value, _) in arms {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            arms.iter().map(|(_, decode)| decode).chain(otherwise.as_deref()).for_each(|decode| case_columns(decode, into));
        }
        Decode::Coalesce(parts) => parts.iter().for_each(|part| case_columns(part, into)),
        _ => {}
    }
}
