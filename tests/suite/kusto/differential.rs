//! Random conditions over random rows: the emitted query, run by the interpreter, against the reference evaluator.
//!
//! Rows are made first, as the product stores them; the event of a row is read off it by a second, independent reading of the
//! mapping's conversions. Where a text column is empty, the event is tried both without the field and with an empty one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Case, Condition, Number, Order, Presence, Selection, Test, TextOperator};
use huntc::schema::columns::{self, ColumnType};
use huntc::schema::mapping::{self, FieldMapping, Layout, Place, Profile, ScopeOperator};
use huntc::schema::{Decode, Field, LogSourceId, ScalarType, catalogue};

use super::oracle::{self, Interpreter};
use super::{On, any, exception, not, rule};
use crate::generate::{self, Allow, Random};

const SEED: u64 = 20_261_124;
/// Conditions for each log source; `HUNTC_TRIALS` asks for more, with seeds of their own.
pub(super) fn conditions() -> usize {
    std::env::var("HUNTC_TRIALS").ok().and_then(|count| count.parse().ok()).unwrap_or(5)
}
const ROWS: usize = 24;
/// Fields that one condition draws from.
const FIELDS: usize = 6;

/// Every log source that a profile keeps.
pub(super) fn sources() -> Vec<(Profile, &'static str)> {
    let profiles = [Profile::DefenderXdr, Profile::SentinelXdr, Profile::SentinelWindows];
    let kept = |profile: Profile, id: &str| mapping::layout(profile, &LogSourceId(id.into())).is_ok();
    profiles
        .into_iter()
        .flat_map(|profile| catalogue::all().map(move |row| (profile, row.id)))
        .filter(|(profile, id)| kept(*profile, id))
        .collect()
}

/// A column that no mapping reads, to know a row by.
fn mark(layout: &Layout) -> &'static str {
    match table(layout) {
        table if table.starts_with("Device") || layout.profile == Profile::DefenderXdr => "ReportId",
        _ => "TenantId",
    }
}

pub(super) fn table(layout: &Layout) -> &str {
    match &layout.scope.place {
        Place::Table(name) | Place::Macro { name, .. } => name,
    }
}

struct Rows<'a> {
    on: &'a On,
    random: Random,
    allow: Allow,
}

impl Rows<'_> {
    fn kind(&self, column: &str) -> ColumnType {
        columns::kind_of(self.on.profile.target(), table(&self.on.layout), column).expect("a real column")
    }

    /// A row whose columns come near to what the condition asks.
    fn row(&mut self, fields: &[Field], condition: &Condition) -> Map<String, Json> {
        let near = generate::literals(condition);
        let mut row = Map::new();
        let on = self.on;
        for scope in &on.layout.scope.conditions {
            if scope.operator == ScopeOperator::IsOneOf && !self.random.chance(3) {
                let value = self.random.pick(&scope.values).clone();
                self.put(&mut row, &scope.column, value);
            } else if scope.operator == ScopeOperator::IsPresent {
                self.put(&mut row, &scope.column, "present".to_owned());
            } else if scope.operator == ScopeOperator::StartsWith {
                let value = format!("{}tmp", scope.values[0]);
                self.put(&mut row, &scope.column, value);
            } else if scope.operator == ScopeOperator::Contains && self.kind(&scope.column) == ColumnType::Dynamic {
                row.insert(scope.column.clone(), json!({ scope.values[0].trim_matches(['"', ':']): "q" }));
            } else if scope.operator == ScopeOperator::Contains {
                let value = format!("<EventData>{}</EventData>", scope.values[0]);
                self.put(&mut row, &scope.column, value);
            }
        }
        for field in fields {
            let Some(mapping) = on.layout.fields.get(&*field.name) else { continue };
            if self.random.chance(85) {
                let own = near.get(&field.name).map(Vec::as_slice).unwrap_or_default();
                let value = generate::value(&mut self.random, field, own, self.allow);
                self.encode(&mut row, mapping, &mapping.decode, &value);
            }
        }
        let minutes = 1_704_067_200 + 60 * i64::try_from(self.random.below(2_000_000)).expect("small");
        let time = jiff::Timestamp::from_second(minutes).expect("a time").to_string();
        for column in ["Timestamp", "TimeGenerated"] {
            if columns::kind_of(on.profile.target(), table(&on.layout), column).is_some() {
                row.insert(column.to_owned(), json!(time));
            }
        }
        row
    }

    /// Sets a column, unless another field has.
    fn put(&self, row: &mut Map<String, Json>, column: &str, text: String) {
        let kind = self.kind(column);
        let value = match kind {
            ColumnType::Int => text.parse::<i32>().map_or(Json::Null, |number| json!(number)),
            ColumnType::Long => text.parse::<i64>().map_or(Json::Null, |number| json!(number)),
            ColumnType::Real => text.parse::<f64>().map_or(Json::Null, |number| json!(number)),
            ColumnType::Bool => text.parse::<bool>().map_or(Json::Null, |value| json!(value)),
            ColumnType::Datetime | ColumnType::Timespan | ColumnType::Guid => Json::Null,
            _ => json!(text),
        };
        row.entry(column).or_insert(value);
    }

    /// Puts a value where a conversion will find it.
    fn encode(&mut self, row: &mut Map<String, Json>, mapping: &FieldMapping, decode: &Decode, value: &Value) {
        let text = text_of(value);
        match decode {
            Decode::Column(column) => {
                self.put(row, column, text.clone());
                if let Some(name) = &mapping.file_name {
                    let stored = row.get(column).and_then(Json::as_str).unwrap_or_default().to_owned();
                    let last = stored.rsplit(self.on.separators()).next().unwrap_or_default().to_owned();
                    row.insert(name.clone(), json!(last));
                }
            }
            Decode::Coalesce(parts) => {
                let part = self.random.pick(parts).clone();
                self.encode(row, mapping, &part, value);
            }
            Decode::Account { domain, name } => {
                let (of, account) = text.split_once('\\').unwrap_or(("", &text));
                let domain_text = if self.random.chance(30) { "ACME" } else { of };
                self.put(row, domain, domain_text.replace('\\', ""));
                self.put(row, name, account.replace('\\', ""));
            }
            Decode::Path { folder, name } => {
                let (of, file) = text.rsplit_once('\\').unwrap_or(("", &text));
                self.put(row, folder, of.to_owned());
                self.put(row, name, file.to_owned());
            }
            Decode::Json { column, path } => {
                let mut object = row.get(column).and_then(Json::as_str).and_then(|text| serde_json::from_str(text).ok());
                if object.is_none() {
                    object = row.get(column).filter(|value| value.is_object()).cloned();
                }
                let mut root = object.unwrap_or_else(|| json!({}));
                let mut at = &mut root;
                for name in path {
                    if !at.is_object() {
                        *at = json!({});
                    }
                    at = at.as_object_mut().expect("just made").entry(name.as_str()).or_insert(Json::Null);
                }
                *at = match value {
                    Value::Boolean(value) => json!(value),
                    Value::Integer(value) => json!(value),
                    _ => json!(text),
                };
                let stored = if self.kind(column) == ColumnType::Dynamic { root } else { json!(root.to_string()) };
                row.insert(column.clone(), stored);
            }
            Decode::XmlData { column, name } => {
                let old = row.get(column).and_then(Json::as_str).unwrap_or("<EventData></EventData>").to_owned();
                let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
                let data = format!("<Data Name=\"{name}\">{escaped}</Data></EventData>");
                if !old.contains(&format!("Name=\"{name}\"")) {
                    row.insert(column.clone(), json!(old.replace("</EventData>", &data)));
                }
            }
            Decode::HashIn { column, data: None, algorithm } => self.put(row, column, format!("{algorithm}={text},X=1")),
            Decode::HashIn { column, data: Some(name), algorithm } => {
                let inner = Decode::XmlData { column: column.clone(), name: name.clone() };
                self.encode(row, mapping, &inner, &Value::Text(format!("{algorithm}={text},X=1")));
            }
            Decode::Hashes(parts) => {
                for (_, column) in parts {
                    if self.random.chance(50) {
                        self.put(row, column, "ab12".to_owned());
                    }
                }
            }
            Decode::Registry { key, value } => {
                let root = *self.random.pick(&[
                    r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\x",
                    r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\CLSID",
                    r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes",
                    r"HKEY_LOCAL_MACHINE\SOFTWARE\ClassesX\Run",
                    r"HKEY_CURRENT_USER\S-1-5-21-7\Software\foo",
                    r"HKEY_USERS\.DEFAULT",
                    r"hkey_local_machine\Software\Run",
                    "",
                ]);
                self.put(row, key, root.to_owned());
                if let Some(name) = value {
                    let name_text = if self.random_bit() { String::new() } else { text };
                    self.put(row, name, name_text);
                }
            }
            Decode::RegistryData { kind, data } => {
                let of = *self.random.pick(&["Dword", "QWord", "Binary", "String", "ExpandString", "None", ""]);
                let stored = match of {
                    "Dword" => (*self.random.pick(&["0", "1", "4294967295", "x"])).to_owned(),
                    "QWord" => (*self.random.pick(&["0", "81985529216486895"])).to_owned(),
                    "Binary" => String::new(),
                    _ => text,
                };
                self.put(row, kind, of.to_owned());
                self.put(row, data, stored);
            }
            Decode::Case { column, arms, otherwise } => {
                if !row.contains_key(column) && !arms.is_empty() {
                    let value = self.random.pick(arms).0.clone();
                    self.put(row, column, value);
                }
                let by = stored_text(row, column);
                let arm = arms.iter().find(|(value, _)| value.eq_ignore_ascii_case(&by)).map(|(_, decode)| decode);
                if let Some(arm) = arm.or(otherwise.as_deref()).cloned() {
                    self.encode(row, mapping, &arm, value);
                }
            }
            Decode::XmlValues(_) => unreachable!("no profile of these products reads values without a name"),
            Decode::UrlHost(column) => {
                let url = *self.random.pick(&["https://evil.test/x?y", "evil.test", "evil.test:8443/a", "ftp://h#f", ""]);
                self.put(row, column, url.to_owned());
            }
            Decode::After { prefix, value: inner } => {
                let prefixed = if self.random_bit() { format!("{prefix}{text}") } else { text };
                self.encode(row, mapping, inner, &Value::Text(prefixed));
            }
            Decode::Hex(column) => {
                let number = text.parse::<i64>().unwrap_or(5).max(0);
                let spelled = if self.random_bit() { format!("0x{number:x}") } else { number.to_string() };
                self.put(row, column, spelled);
            }
            Decode::Constant(_) | Decode::Absent(_) | Decode::Element { .. } => {}
        }
    }

    fn random_bit(&mut self) -> bool {
        self.random.chance(50)
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::List(_) | Value::Object(_) => String::new(),
    }
}

/// What a column holds, as a value of an event; text that is empty is told apart from nothing by the caller.
fn stored(row: &Map<String, Json>, column: &str) -> Option<Value> {
    from_json(row.get(column)?)
}

fn from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Float(number.as_f64().expect("a number")), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().filter_map(from_json).collect()),
        Json::Object(object) => {
            let members = object.iter().filter_map(|(name, value)| Some((Arc::from(name.as_str()), from_json(value)?)));
            Value::Object(members.collect())
        }
    })
}

fn stored_text(row: &Map<String, Json>, column: &str) -> String {
    stored(row, column).map_or_else(String::new, |value| text_of(&value))
}

/// The canonical value that a row holds, by the words of the mapping's documentation.
pub(super) fn decoded(row: &Map<String, Json>, decode: &Decode) -> Option<Value> {
    let text = |text: String| Some(Value::Text(text));
    match decode {
        Decode::Column(column) => stored(row, column),
        // The number itself: whatever the field's type, hexadecimal digits are the column's way to write it.
        Decode::Hex(column) => match stored(row, column)? {
            Value::Text(text) => Some(match text.strip_prefix("0x").map(|digits| i64::from_str_radix(digits, 16)) {
                Some(Ok(number)) => Value::Integer(number),
                _ => Value::Text(text),
            }),
            other => Some(other),
        },
        Decode::Coalesce(parts) => {
            let found = parts.iter().filter_map(|part| decoded(row, part)).find(|value| !text_of(value).is_empty());
            Some(found.unwrap_or(Value::Text(String::new())))
        }
        Decode::Account { domain: first, name: second } | Decode::Path { folder: first, name: second } => {
            let (first, second) = (stored_text(row, first), stored_text(row, second));
            text(if first.is_empty() || second.is_empty() { second } else { format!(r"{first}\{second}") })
        }
        Decode::Constant(value) => text(value.clone()),
        Decode::Json { column, path } => {
            let root = match row.get(column)? {
                Json::String(text) => serde_json::from_str(text).ok()?,
                other => other.clone(),
            };
            from_json(path.iter().try_fold(&root, |at, name| at.get(name))?)
        }
        Decode::XmlData { column, name } => {
            let raw = stored_text(row, column);
            let open = format!("<Data Name=\"{name}\">");
            let data = raw.split_once(&open).and_then(|(_, rest)| rest.split_once("</Data>")).map(|(data, _)| data.to_owned());
            text(data.unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        }
        Decode::HashIn { column, data, algorithm } => {
            let prefix = format!("{algorithm}=");
            let raw = match data {
                None => stored_text(row, column),
                Some(name) => match decoded(row, &Decode::XmlData { column: column.clone(), name: name.clone() }) {
                    Some(Value::Text(text)) => text,
                    _ => String::new(),
                },
            };
            text(raw.split(',').find_map(|part| part.strip_prefix(&prefix)).unwrap_or_default().to_owned())
        }
        Decode::Hashes(parts) => {
            let present = parts.iter().filter_map(|(algorithm, column)| {
                let value = stored_text(row, column);
                (!value.is_empty()).then(|| format!("{algorithm}={value}"))
            });
            text(present.collect::<Vec<String>>().join(","))
        }
        Decode::Registry { key, value } => {
            let key = stored_text(row, key);
            let lower = key.to_lowercase();
            let rest = |prefix: &str| {
                let below = lower.strip_prefix(prefix)?;
                (below.is_empty() || below.starts_with('\\')).then(|| key[prefix.len()..].to_owned())
            };
            let short = if let Some(rest) = rest(r"hkey_local_machine\software\classes").or_else(|| rest("hkey_classes_root")) {
                format!("HKCR{rest}")
            } else if let Some(rest) = rest("hkey_local_machine") {
                let numbered = rest.to_lowercase().strip_prefix(r"\system\controlset").map(str::to_owned).filter(|behind| {
                    behind.len() >= 3
                        && behind[..3].bytes().all(|digit| digit.is_ascii_digit())
                        && (behind.len() == 3 || behind[3..].starts_with('\\'))
                });
                let rest = match numbered {
                    Some(_) => format!(r"{}CurrentControlSet{}", &rest[..8], &rest[21..]),
                    None => rest,
                };
                format!("HKLM{rest}")
            } else if let Some(rest) = rest("hkey_users") {
                format!("HKU{rest}")
            } else if lower.starts_with(r"hkey_current_user\s-1-") {
                format!("HKU{}", &key[17..])
            } else {
                key.clone()
            };
            match value {
                _ if key.is_empty() => text(String::new()),
                None => text(short),
                Some(name) => {
                    let name = stored_text(row, name);
                    text(format!(r"{short}\{}", if name.is_empty() { "(Default)" } else { &name }))
                }
            }
        }
        Decode::RegistryData { kind, data } => {
            let (kind, data) = (stored_text(row, kind), stored_text(row, data));
            let number = data.parse::<u64>().ok();
            text(match (kind.to_lowercase().as_str(), number) {
                ("dword", Some(number)) => format!("DWORD (0x{number:08x})"),
                ("qword", Some(number)) => format!("QWORD (0x{:08x}-0x{:08x})", number >> 32, number & 0xffff_ffff),
                ("binary", _) => "Binary Data".to_owned(),
                ("", _) => data,
                _ if data.is_empty() => "(Empty)".to_owned(),
                _ => data,
            })
        }
        Decode::Case { column, arms, otherwise } => {
            let by = stored_text(row, column);
            let arm = arms.iter().find(|(value, _)| value.eq_ignore_ascii_case(&by)).map(|(_, decode)| decode);
            decoded(row, arm.or(otherwise.as_deref())?)
        }
        Decode::XmlValues(_) => unreachable!("no profile of these products reads values without a name"),
        Decode::UrlHost(column) => {
            let url = stored_text(row, column);
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            text(rest.split(['/', ':', '?', '#']).next().unwrap_or_default().to_owned())
        }
        Decode::After { prefix, value } => {
            let whole = text_of(&decoded(row, value)?);
            let begins = whole.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
            text(if begins { whole[prefix.len()..].to_owned() } else { whole })
        }
        Decode::Element { .. } => unreachable!("Splunk's alone"),
        Decode::Absent(_) => None,
    }
}

/// The event of a row. `empty`: text columns that are empty, and of which it is not known what that means, hold an empty text.
fn event(on: &On, row: &Map<String, Json>, empty: bool) -> Event {
    let mut fields = BTreeMap::new();
    for (name, mapping) in &on.layout.fields {
        let Some(value) = decoded(row, &mapping.decode) else {
            // A text column without a cell holds the empty text as well.
            let source = catalogue::find(&on.source.0).expect("a catalogued log source");
            let text = source.field(name).is_some_and(is_text);
            let json = matches!(mapping.decode, Decode::Json { .. } | Decode::Absent(_));
            let keeps = mapping.always_present || (empty && !mapping.never_stores_empty);
            let dynamic = matches!(&mapping.decode, Decode::Column(column) if columns::kind_of(on.profile.target(), table(&on.layout), column) != Some(ColumnType::String));
            if text && keeps && !json && !dynamic {
                fields.insert(Arc::from(name.as_str()), Value::Text(String::new()));
            }
            continue;
        };
        let is_empty = matches!(&value, Value::Text(text) if text.is_empty());
        let json = matches!(mapping.decode, Decode::Json { .. });
        let keep = !is_empty || json || mapping.always_present || (empty && !mapping.never_stores_empty);
        if keep {
            fields.insert(Arc::from(name.as_str()), value);
        }
    }
    let time = ["Timestamp", "TimeGenerated"].iter().find_map(|column| row.get(*column)).and_then(Json::as_str);
    let time = time.map(|time| time.parse::<jiff::Timestamp>().expect("a time").as_millisecond());
    Event { source: on.source.clone(), time, fields, raw: None }
}

fn is_text(field: &Field) -> bool {
    matches!(field.kind.scalar, ScalarType::String | ScalarType::Path | ScalarType::Ip | ScalarType::Hash(_))
}

fn in_scope(on: &On, row: &Map<String, Json>) -> bool {
    on.layout.scope.conditions.iter().all(|scope| {
        let text = stored_text(row, &scope.column).to_lowercase();
        match scope.operator {
            ScopeOperator::IsOneOf => scope.values.iter().any(|value| value.to_lowercase() == text),
            ScopeOperator::StartsWith => scope.values.iter().any(|value| text.starts_with(&value.to_lowercase())),
            ScopeOperator::DoesNotStartWith => !scope.values.iter().any(|value| text.starts_with(&value.to_lowercase())),
            ScopeOperator::Contains => {
                let text = match row.get(&scope.column) {
                    Some(Json::Object(_)) => row[&scope.column].to_string().to_lowercase(),
                    _ => text,
                };
                scope.values.iter().any(|value| text.contains(&value.to_lowercase()))
            }
            ScopeOperator::IsPresent => !text.is_empty(),
        }
    })
}

/// A seed that grows with the number of trials, so that a longer run is not the shorter one's beginning alone.
pub(super) fn seed(number: usize) -> u64 {
    SEED + (conditions() * 100 + number) as u64
}

/// One condition, its query, and the rows with what the evaluator says of each.
pub(super) struct Trial {
    pub selection: Selection,
    pub query: String,
    pub rows: Vec<Map<String, Json>>,
    pub expected: Vec<bool>,
}

pub(super) fn trials(on: &On, seed: u64) -> (Vec<Trial>, usize) {
    let source = catalogue::find(&on.source.0).expect("a catalogued log source");
    let known: Vec<Field> = source
        .fields
        .iter()
        .filter(|field| on.layout.fields.get(&*field.name).is_some_and(|mapping| !matches!(mapping.decode, Decode::Absent(_))))
        .filter(|field| !field.kind.list && !matches!(field.kind.scalar, ScalarType::Object | ScalarType::Time))
        .cloned()
        .collect();
    let allow = Allow { clock: true, ..Allow::default() };
    let mut random = Random::new(seed);
    let (mut found, mut refused) = (Vec::new(), 0);
    for number in 0..conditions() {
        let fields: Vec<Field> = (0..FIELDS).map(|_| random.pick(&known).clone()).collect();
        let allow = Allow { presence_of_absent: number % 4 == 0, empty_text: number % 4 == 0, ..allow };
        let condition = generate::condition(&mut random, &fields, 3, allow);
        let mut selection = on.selection(condition.clone());
        if random.chance(30) {
            let except = generate::condition(&mut random, &fields, 1, allow);
            selection.exceptions.push(exception("tuned", except));
        }
        let query = match on.compile(&rule(selection.clone())) {
            Ok(query) => query.text,
            Err(losses) => {
                assert!(losses.iter().all(|loss| loss.code == "L0303"), "{losses:?}");
                refused += 1;
                continue;
            }
        };
        let both = match selection.exceptions.first() {
            Some(except) => any(vec![condition, not(except.condition.clone())]),
            None => condition,
        };
        let mut rows = Rows { on, random: Random::new(random.next()), allow: Allow { empty_text: true, ..allow } };
        let (mut kept, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..ROWS {
            let mut row = rows.row(&fields, &both);
            row.insert(mark(&on.layout).to_owned(), json!(kept.len()));
            let scope = in_scope(on, &row);
            let answers = [false, true].map(|empty| scope && eval::selects(&selection, &event(on, &row, empty)));
            assert_eq!(answers[0], answers[1], "the condition tells absent from empty:\n{query}\n{row:?}");
            kept.push(row);
            expected.push(answers[0]);
        }
        found.push(Trial { selection, query, rows: kept, expected });
    }
    (found, refused)
}

#[test]
fn queries_select_what_the_evaluator_selects() {
    let Some(interpreter) = Interpreter::find() else { return };
    let mut faults = Vec::new();
    let (mut judged, mut selected, mut queries, mut lost) = (0, 0, 0, 0);
    for (number, (profile, source)) in sources().into_iter().enumerate() {
        let on = super::on(profile, source);
        let seed = seed(number);
        let (trials, refused) = trials(&on, seed);
        lost += refused;
        let mut jobs = Vec::new();
        for (id, trial) in trials.iter().enumerate() {
            jobs.push(json!({ "dataset": id, "table": table(&on.layout), "rows": trial.rows }));
            jobs.push(json!({ "id": id, "dataset": id, "query": trial.query, "mark": mark(&on.layout) }));
        }
        for answer in interpreter.run(profile.target(), &jobs) {
            let trial = &trials[usize::try_from(answer["id"].as_u64().expect("an id")).expect("small")];
            queries += 1;
            let Some(marks) = answer["marks"].as_array() else {
                faults.push(format!("{profile:?} {source}, seed {seed}: {}\n{}", answer["error"], trial.query));
                continue;
            };
            let got: Vec<String> = marks.iter().map(|mark| mark.to_string().replace('"', "")).collect();
            for (index, expected) in trial.expected.iter().enumerate() {
                judged += 1;
                selected += usize::from(*expected);
                if got.contains(&index.to_string()) != *expected {
                    faults.push(format!(
                        "{profile:?} {source}, seed {seed}: expected {expected}\n{}\nrow {}\nevent {:?}\ncondition {:?}",
                        trial.query,
                        Json::Object(trial.rows[index].clone()),
                        event(&on, &trial.rows[index], false).fields,
                        trial.selection.condition,
                    ));
                    break;
                }
            }
        }
    }
    eprintln!("{queries} queries, {lost} refused; {judged} rows, {selected} of them selected");
    assert!(faults.is_empty(), "{} differ; the first:\n{}", faults.len(), faults[..faults.len().min(3)].join("\n\n"));
    assert!(queries > 2 * lost, "{lost} conditions were refused, {queries} not");
    assert!(selected * 10 > judged, "too few rows are selected: {selected} of {judged}");
}

#[test]
fn random_queries_pass_the_language_service() {
    let mut queries = Vec::new();
    for (number, (profile, source)) in sources().into_iter().enumerate() {
        let on = super::on(profile, source);
        let (trials, _) = trials(&on, seed(number));
        queries.extend(trials.into_iter().map(|trial| (profile.target(), trial.query)));
    }
    let Some(faults) = oracle::language_service(&queries) else { return };
    assert!(faults.is_empty(), "{} of {} queries:\n{}", faults.len(), queries.len(), faults[..faults.len().min(5)].join("\n\n"));
}

/// `some` over every shape that a column of JSON may have.
#[test]
fn lists_are_asked_as_the_evaluator_asks_them() {
    let Some(interpreter) = Interpreter::find() else { return };
    let on = super::sentinel("azure/signinlogs");
    let text = |name: &str, operator, value: &str| {
        super::of(Test::Text {
            field: super::typed(name, "string"),
            operator,
            values: vec![value.to_owned()],
            case: Case::Folded,
        })
    };
    let some = |field: &str, condition| {
        super::of(Test::Some { field: super::typed(field, "list of object"), condition: Box::new(condition) })
    };
    let boolean = super::of(Test::Boolean { field: super::typed("ok", "boolean"), value: true });
    let number = super::of(Test::Number {
        field: super::typed("n", "integer"),
        order: Order::GreaterOrEqual,
        values: vec![Number::Integer(5)],
    });
    let exists = |name: &str, state| super::of(Test::Presence { field: super::typed(name, "string"), state });
    let tags = super::of(Test::Text {
        field: super::typed("tags", "list of string"),
        operator: TextOperator::Contains,
        values: vec!["x".to_owned()],
        case: Case::Folded,
    });
    let inner = [
        text("m", TextOperator::Equals, "Password"),
        text("m", TextOperator::Equals, ""),
        text("m", TextOperator::Contains, ""),
        boolean.clone(),
        not(boolean.clone()),
        number.clone(),
        not(number.clone()),
        super::all(vec![text("m", TextOperator::StartsWith, "pass"), not(boolean)]),
        exists("m", Presence::Exists),
        exists("m", Presence::IsNull),
        exists("m", Presence::IsEmpty),
        tags.clone(),
        not(tags),
        some("steps", text("s", TextOperator::EndsWith, "x")),
        not(some("steps", text("s", TextOperator::EndsWith, "x"))),
    ];
    let shapes = [
        "",
        "[]",
        "[null]",
        r#"[{"m":"Password","ok":true,"n":5}]"#,
        r#"[{"m":"password","ok":false,"n":"7"},{"m":"x","ok":"TRUE"}]"#,
        r#"{"m":"PASSWORD","n":4,"tags":["a","X"]}"#,
        r#"[{"m":"","ok":null,"tags":[]},{"n":-1,"tags":"bx"}]"#,
        r#"[{"m":null},{"steps":[{"s":"ax"},{"s":"b"}]}]"#,
        r#"[{"steps":[]},{"steps":{"s":"X"}}]"#,
        r#"[{"m":"passwordless","steps":[{"s":null},{}]}]"#,
    ];
    let rows: Vec<Json> = shapes
        .iter()
        .enumerate()
        .map(|(at, shape)| json!({ "_ResourceId": at.to_string(), "AuthenticationDetails": shape }))
        .collect();
    let mut jobs = vec![json!({ "dataset": 0, "table": "SigninLogs", "rows": rows })];
    let mut conditions = Vec::new();
    for inner in inner {
        for outer in [some("AuthenticationDetails", inner.clone()), not(some("AuthenticationDetails", inner))] {
            let query = on.query(outer.clone()).expect("a query").text;
            jobs.push(json!({ "id": conditions.len(), "dataset": 0, "query": query, "mark": "_ResourceId" }));
            conditions.push((outer, query));
        }
    }
    for answer in interpreter.run(on.profile.target(), &jobs) {
        let (condition, query) = &conditions[usize::try_from(answer["id"].as_u64().expect("an id")).expect("small")];
        let marks = answer["marks"].as_array().unwrap_or_else(|| panic!("{}\n{query}", answer["error"]));
        for (at, shape) in shapes.iter().enumerate() {
            let value = if shape.is_empty() { None } else { from_json(&serde_json::from_str(shape).expect("JSON")) };
            let fields = value.map(|value| (Arc::from("AuthenticationDetails"), value)).into_iter().collect();
            let event = Event { source: on.source.clone(), time: None, fields, raw: None };
            let expected = eval::matches(condition, &event, &['/']);
            assert_eq!(marks.contains(&json!(at.to_string())), expected, "{shape}\n{query}");
        }
    }
}
