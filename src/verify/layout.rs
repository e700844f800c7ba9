//! From a canonical event to the row that a product would hold of it: for each conversion of the mappings the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::cells::{Cell, Row};
use super::{is_full_path, tested, unpack};
use crate::eval::{self, FieldState};
use crate::ir::Selection;
use crate::ir::event::{Event, Value};
use crate::schema::catalogue::{self, LogSource};
use crate::schema::columns::{self, ColumnType};
use crate::schema::mapping::{Place, ScopeOperator};
use crate::schema::{Decode, Field, FieldMapping, FieldType, Layout, ScalarType, Target};

/// One of the ways in which a product stores a log source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// `xml`, `classic`, `table`, or what tells a Splunk source from others.
    pub name: String,
    /// In Splunk the value of the scope's field.
    source: Option<(String, String)>,
    classic: bool,
}

/// A log source in a product, with what is looked up of it once.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub layout: Arc<Layout>,
    columns: BTreeMap<&'static str, ColumnType>,
    source: Option<Arc<LogSource>>,
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

/// The renderings of a log source: for Splunk one for each value of its scope, else one table.
pub fn renderings(layout: &Layout) -> Vec<Rendering> {
    match &layout.scope.place {
        Place::Table(_) => vec![Rendering { name: "table".to_owned(), source: None, classic: false }],
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
    if let Place::Macro { field, .. } = &layout.scope.place {
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

struct Draft<'a> {
    shelf: &'a Shelf,
    layout: &'a Layout,
    rendering: &'a Rendering,
    time: i64,
    cells: BTreeMap<String, Cell>,
    /// Parts of columns that hold several values: JSON by path, XML by name, hashes by algorithm.
    json: BTreeMap<String, Json>,
    xml: BTreeMap<String, Vec<(String, String)>>,
    hashes: BTreeMap<String, Vec<(String, String)>>,
}

type Stored = Result<(), Unstorable>;

fn unstorable<T>(reason: impl Into<String>) -> Result<T, Unstorable> {
    Err(Unstorable(reason.into()))
}

impl<'a> Draft<'a> {
    fn new(shelf: &'a Shelf, rendering: &'a Rendering, time: i64) -> Self {
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
            if draft.target() != Target::Splunk && draft.kind(column).is_some() {
                draft.cells.insert(column.to_owned(), Cell::Time(time));
            }
        }
        if let Some((field, value)) = &rendering.source {
            draft.cells.insert(field.clone(), Cell::Text(value.clone()));
        }
        draft
    }

    fn target(&self) -> Target {
        self.layout.profile.target()
    }

    fn kind(&self, column: &str) -> Option<ColumnType> {
        self.shelf.columns.get(column).copied()
    }

    fn chosen(&mut self, chosen: &BTreeMap<String, String>) {
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

    fn fill(mut self, event: &Event, relevant: &[&Field], separators: &[char]) -> Result<Row, Unstorable> {
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

    fn field(&mut self, field: &Field, mapping: &FieldMapping, value: &Value, separators: &[char]) -> Stored {
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
    fn set(&mut self, column: &str, cell: Cell) -> Stored {
        match self.cells.get(column) {
            Some(known) if *known != cell => unstorable(format!("two fields want different values of `{column}`")),
            Some(_) => Ok(()),
            None => {
                self.cells.insert(column.to_owned(), cell);
                Ok(())
            }
        }
    }

    fn set_text(&mut self, column: &str, text: &str) -> Stored {
        let cell = self.cell(column, &Value::Text(text.to_owned()), ScalarType::String)?;
        self.set(column, cell)
    }

    /// The way back from a canonical value to the columns that the conversion reads.
    fn encode(&mut self, decode: &Decode, value: &Value, scalar: ScalarType) -> Stored {
        let text = || text_of(value).ok_or_else(|| Unstorable("a list or an object in columns of text".to_owned()));
        match decode {
            Decode::Column(column) => {
                let cell = self.cell(column, value, scalar)?;
                self.set(column, cell)
            }
            // Two renderings of one record: the first is the XML one.
            Decode::Coalesce(parts) => {
                let part = if self.rendering.classic { parts.last() } else { parts.first() };
                part.map_or_else(|| unstorable("no rendering"), |part| self.encode(part, value, scalar))
            }
            Decode::Element { column, index } => {
                let mut values = vec!["-".to_owned(); *index];
                values.push(text()?);
                self.set(column, Cell::Several(values))
            }
            Decode::Account { domain, name } => match text()?.split_once('\\') {
                Some((of, account)) => {
                    self.set_text(domain, of)?;
                    self.set_text(name, account)
                }
                None => self.set_text(name, &text()?),
            },
            Decode::Path { folder, name } => match text()?.rsplit_once('\\') {
                Some((of, file)) => {
                    self.set_text(folder, of)?;
                    self.set_text(name, file)
                }
                None => self.set_text(name, &text()?),
            },
            // Nothing is stored; whether the constant is the value shows when the row is read back.
            Decode::Constant(_) => Ok(()),
            Decode::Json { column, path } => {
                let json = json_of(value);
                self.json_part(column, path, json)
            }
            Decode::XmlData { column, name } => {
                let text = text()?;
                if text.chars().any(|character| character < ' ' && !matches!(character, '\t' | '\n' | '\r')) {
                    return unstorable("XML holds no control characters");
                }
                let parts = self.xml.entry(column.clone()).or_default();
                parts.push((name.clone(), text));
                Ok(())
            }
            Decode::HashIn { column, algorithm } => {
                let text = text()?;
                let parts = self.hashes.entry(column.clone()).or_default();
                parts.push((algorithm.clone(), text));
                Ok(())
            }
            Decode::Hashes(parts) => {
                for part in text()?.split(',') {
                    let Some((algorithm, hash)) = part.split_once('=') else { return unstorable("not a text of hashes") };
                    if let Some((_, column)) = parts.iter().find(|(known, _)| known == algorithm) {
                        self.set_text(column, hash)?;
                    }
                }
                Ok(())
            }
            Decode::Registry { key, value: name } => {
                let text = text()?;
                let (path, of_value) = match name {
                    None => (text.as_str(), None),
                    Some(name) => match text.rsplit_once('\\') {
                        Some((path, "(Default)")) => (path, Some((name, ""))),
                        Some((path, of_value)) => (path, Some((name, of_value))),
                        None => return unstorable("a registry value without a key"),
                    },
                };
                self.set_text(key, &long_key(path))?;
                match of_value {
                    Some((_, "")) | None => Ok(()),
                    Some((name, of_value)) => self.set_text(name, of_value),
                }
            }
            Decode::RegistryData { kind, data } => {
                let text = text()?;
                let (of_kind, of_data) = registry_data(&text);
                // A text that spells what Sysmon writes for another type is taken not to occur (docs/assumptions.md).
                let looks = ["dword (", "qword (", "binary data", "(empty)"];
                if of_data.as_deref() == Some(&text) && looks.iter().any(|start| text.to_ascii_lowercase().starts_with(start)) {
                    return unstorable("a text that looks like data of another type");
                }
                self.set_text(kind, of_kind)?;
                match of_data {
                    Some(of_data) => self.set_text(data, &of_data),
                    None => Ok(()),
                }
            }
            Decode::Case { column, arms, otherwise } => {
                let by = match self.cells.get(column) {
                    Some(Cell::Text(text)) => text.clone(),
                    Some(Cell::Integer(value)) => value.to_string(),
                    Some(Cell::Boolean(value)) => value.to_string(),
                    _ => String::new(),
                };
                let arm = arms.iter().find(|(arm, _)| arm.eq_ignore_ascii_case(&by)).map(|(_, decode)| decode);
                match arm.or(otherwise.as_deref()) {
                    Some(decode) => self.encode(decode, value, scalar),
                    None => unstorable("this kind of row does not hold the field"),
                }
            }
            // That the whole address has this host shows when the row is read back.
            Decode::UrlHost(column) if self.cells.contains_key(column) => Ok(()),
            Decode::UrlHost(column) => self.set_text(column, &format!("https://{}/index.html", text()?)),
            Decode::Hex(column) => match value {
                Value::Integer(number) if *number >= 0 => self.set_text(column, &format!("0x{number:x}")),
                _ => self.set_text(column, &text()?),
            },
            Decode::After { prefix, value: inner } => {
                let long = Value::Text(format!("{prefix}{}", text()?));
                self.encode(inner, &long, scalar)
            }
            Decode::Absent(reason) => unstorable(reason.clone()),
        }
    }

    /// A value in a column of the product's type.
    fn cell(&self, column: &str, value: &Value, scalar: ScalarType) -> Result<Cell, Unstorable> {
        let wrong = || Unstorable(format!("`{column}` cannot hold this value"));
        let kind = self.kind(column).ok_or_else(|| Unstorable(format!("there is no column `{column}`")))?;
        match kind {
            ColumnType::String | ColumnType::Text | ColumnType::Guid => {
                let text = text_of(value).ok_or_else(wrong)?;
                Ok(Cell::Text(text))
            }
            ColumnType::Multivalue => match value {
                Value::List(elements) => {
                    Ok(Cell::Several(elements.iter().map(text_of).collect::<Option<_>>().ok_or_else(wrong)?))
                }
                _ => Ok(Cell::Text(text_of(value).ok_or_else(wrong)?)),
            },
            ColumnType::Int | ColumnType::Long => {
                let number = match value {
                    Value::Integer(number) => *number,
                    #[allow(clippy::cast_possible_truncation)] // whole, and far from the ends of the range
                    Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => *number as i64,
                    Value::Text(text) => {
                        text.parse().ok().filter(|number: &i64| number.to_string() == *text).ok_or_else(wrong)?
                    }
                    _ => return Err(wrong()),
                };
                if kind == ColumnType::Int && i32::try_from(number).is_err() {
                    return Err(wrong());
                }
                Ok(Cell::Integer(number))
            }
            ColumnType::Real => match value {
                Value::Float(number) => Ok(Cell::Real(*number)),
                #[allow(clippy::cast_precision_loss)] // the column has no more digits
                Value::Integer(number) => Ok(Cell::Real(*number as f64)),
                _ => Err(wrong()),
            },
            ColumnType::Bool => match value {
                Value::Boolean(value) => Ok(Cell::Boolean(*value)),
                Value::Text(text) => text.parse().map(Cell::Boolean).map_err(|_| wrong()),
                _ => Err(wrong()),
            },
            ColumnType::Datetime if scalar == ScalarType::Time => Ok(Cell::Time(self.time)),
            ColumnType::Datetime | ColumnType::Timespan => Err(wrong()),
            ColumnType::Dynamic => Ok(Cell::Dynamic(json_of(value))),
        }
    }

    fn json_part(&mut self, column: &str, path: &[String], value: Json) -> Stored {
        let mut here = self.json.entry(column.to_owned()).or_insert_with(|| Json::Object(Map::new()));
        let Some((last, above)) = path.split_last() else { return unstorable("no path") };
        for step in above {
            let Json::Object(fields) = here else { return unstorable("two fields share a path") };
            here = fields.entry(step.clone()).or_insert_with(|| Json::Object(Map::new()));
        }
        let Json::Object(fields) = here else { return unstorable("two fields share a path") };
        match fields.insert(last.clone(), value.clone()) {
            Some(known) if known != value => unstorable(format!("two fields want different values of `{column}`")),
            _ => Ok(()),
        }
    }

    /// The columns that say that the row is of the log source.
    fn scope(&mut self, relevant: &[&Field]) -> Stored {
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
                    let value = self.scope_value(column, &condition.values);
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
                (ScopeOperator::StartsWith | ScopeOperator::DoesNotStartWith | ScopeOperator::IsPresent, _) => {}
            }
        }
        Ok(())
    }

    /// One of the scope's values: the one that belongs to the rendering, as a channel does to its source.
    fn scope_value(&self, _column: &str, values: &[String]) -> Option<String> {
        let source = self.rendering.source.as_ref().map_or("", |(_, source)| source);
        values.iter().find(|value| source.ends_with(&format!(":{value}"))).or(values.first()).cloned()
    }

    fn is_read(&self, column: &str, relevant: &[&Field]) -> bool {
        relevant
            .iter()
            .any(|field| self.layout.fields.get(&*field.name).is_some_and(|mapping| mapping.decode.columns().contains(&column)))
    }

    /// Columns that no row is without.
    fn always_present(&mut self, relevant: &[&Field]) {
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

    fn finish(&mut self) -> Row {
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

fn holds_json(decode: &Decode) -> bool {
    match decode {
        Decode::Json { .. } => true,
        Decode::Coalesce(parts) => parts.iter().any(holds_json),
        Decode::Case { arms, otherwise, .. } => arms.iter().map(|(_, decode)| decode).chain(otherwise.as_deref()).any(holds_json),
        Decode::After { value, .. } => holds_json(value),
        _ => false,
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

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(value) => serde_json::Number::from_f64(*value).map(|number| number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::List(_) | Value::Object(_) => None,
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::String(text.clone()),
        Value::Integer(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Boolean(value) => Json::Bool(*value),
        Value::List(elements) => Json::Array(elements.iter().map(json_of).collect()),
        Value::Object(fields) => Json::Object(fields.iter().map(|(name, value)| (name.to_string(), json_of(value))).collect()),
    }
}

/// A registry key as Windows names it in full.
fn long_key(key: &str) -> String {
    if let Some(rest) = unpack::below(key, "HKCR") {
        return format!(r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes{rest}");
    }
    if let Some(rest) = unpack::below(key, r"HKLM\SYSTEM\CurrentControlSet") {
        // The author's spelling of the middle stays.
        return format!(r"HKEY_LOCAL_MACHINE\{}\ControlSet001{rest}", &key[5..11]);
    }
    if let Some(rest) = unpack::below(key, "HKLM") {
        return format!("HKEY_LOCAL_MACHINE{rest}");
    }
    match unpack::below(key, "HKU") {
        Some(rest) => format!("HKEY_USERS{rest}"),
        None => key.to_owned(),
    }
}

/// Type and data of a registry value that Sysmon would write so.
fn registry_data(text: &str) -> (&'static str, Option<String>) {
    let hex = |digits: &str| u64::from_str_radix(digits, 16).ok();
    if let Some(number) = text.strip_prefix("DWORD (0x").and_then(|rest| hex(rest.strip_suffix(')')?)) {
        return ("Dword", Some(number.to_string()));
    }
    let of_qword = || {
        let (high, low) = text.strip_prefix("QWORD (0x")?.strip_suffix(')')?.split_once("-0x")?;
        Some((hex(high)? << 32) | hex(low)?)
    };
    if let Some(number) = of_qword() {
        return ("QWord", Some(number.to_string()));
    }
    match text {
        "Binary Data" => ("Binary", None),
        "(Empty)" => ("String", None),
        text => ("String", Some(text.to_owned())),
    }
}
