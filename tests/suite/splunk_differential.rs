//! SPL over random conditions and rows: what the evaluator selects, an independent interpreter of the emitted text selects.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use huntc::backends::splunk::Splunk;
use huntc::backends::{Backend, Query, Request};
use huntc::diag::Span;
use huntc::eval;
use huntc::ir;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Assumption, Body, Condition, Exception, IpBlock, Kind, Rule, Selection, Test, TextOperator, Uuid};
use huntc::models::spl;
use huntc::schema::mapping::{self, Place, Scope};
use huntc::schema::{Decode, Field, FieldMapping, FieldType, Layout, LogSourceId, Profile, ScalarType, catalogue};
use huntc::verify;
use serde_json::{Map, Value as Json, json};

use crate::generate::{self, Allow, Random};
use crate::shared;
use crate::splunk::rule;
use crate::workspace;

/// The fields of a made-up log source, and how it is stored: every conversion that Splunk's mappings use, and more.
const FIELDS: &[(&str, &str, &str)] = &[
    ("CommandLine", "string", "column(CommandLine)"),
    ("User", "string", "column(User)"),
    ("Image", "path", "column(Image)"),
    ("c-uri", "string", "column(c-uri)"),
    ("properties.name", "string", "column(properties.name)"),
    ("Tags", "list of string", "column(Tags)"),
    ("Ports", "list of integer", "column(Ports)"),
    ("Addresses", "list of ip", "column(Addresses)"),
    ("Port", "integer", "column(Port)"),
    ("Score", "float", "column(Score)"),
    ("Initiated", "boolean", "column(Initiated)"),
    ("DestinationIp", "ip", "column(DestinationIp)"),
    ("md5", "hash md5", "hash_in(Hashes, MD5)"),
    ("sha256", "hash sha256", "hash_in(Hashes, SHA256)"),
    ("sha1", "hash sha1", "column(SHA1)"),
    ("LogonId", "hex integer", "hex(LogonId)"),
    ("ProcessName", "path", "coalesce(column(ProcessName), column(Process_Name))"),
    ("TargetLogonId", "hex integer", "coalesce(hex(TargetLogonId), hex(Logon_ID))"),
    ("SubjectUserName", "string", "coalesce(column(SubjectUserName), element(Account_Name, 0))"),
    ("TargetUserName", "string", "coalesce(column(TargetUserName), element(Account_Name, 1))"),
    ("Account", "string", "account(Domain, Name)"),
    ("Name", "string", "path(Folder, Name)"),
    ("Channel", "string", "constant(\"Security\")"),
    ("PipeName", "string", "after(\"fo\", column(Pipe_Name))"),
    ("Host", "string", "url_host(Url)"),
    ("Data", "list of string", "xml_values(Event_Xml)"),
    (
        "Service",
        "string",
        "case(Kind, \"a\", column(ServiceA), \"b\", coalesce(column(ServiceB), column(Service_B)), column(ServiceC))",
    ),
];

const SEPARATORS: &[char] = &['\\', '/'];

fn fields() -> Vec<Field> {
    FIELDS.iter().map(|(name, kind, _)| Field { name: (*name).into(), kind: FieldType::parse(kind).unwrap() }).collect()
}

pub fn layout() -> Layout {
    let mapping = |decode: &str| FieldMapping {
        decode: Decode::parse(decode).unwrap(),
        always_present: false,
        never_stores_empty: false,
        full_path: false,
        file_name: None,
        xml_only: false,
        raw_identifiers: false,
        origin: "this test".into(),
    };
    Layout {
        source: LogSourceId("windows/test".into()),
        profile: Profile::SplunkWindows,
        scope: Scope {
            place: Place::Macro { name: "made_up".into(), field: "source".into(), values: vec!["XmlWinEventLog:Made Up".into()] },
            conditions: Vec::new(),
        },
        fields: FIELDS.iter().map(|(name, _, decode)| ((*name).to_owned(), mapping(decode))).collect(),
    }
}

/// A value as a column of Splunk holds it.
fn column(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number.to_string()),
        Value::Float(number) => json!(serde_json::to_string(number).unwrap()),
        Value::Boolean(truth) => json!(truth.to_string()),
        Value::List(values) => Json::Array(values.iter().map(column).collect()),
        Value::Object(_) => Json::Null,
    }
}

/// Puts the value into columns from which the conversion reads it again, and gives back what it reads.
fn store(random: &mut Random, decode: &Decode, value: Option<Value>, row: &mut Map<String, Json>) -> Option<Value> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => column(other).as_str().unwrap_or_default().to_owned(),
    };
    match decode {
        Decode::Column(name) => {
            let value = value?;
            row.insert(name.clone(), column(&value));
            Some(value)
        }
        Decode::Hex(name) => {
            let Value::Integer(number) = value? else { return None };
            let written = match random.below(4) {
                _ if number < 0 => number.to_string(),
                0 => number.to_string(),
                1 => format!("0x{number:08X}"),
                2 => format!("0X{number:x}"),
                _ => format!("0x{number:x}"),
            };
            row.insert(name.clone(), json!(written));
            Some(Value::Integer(number))
        }
        Decode::Coalesce(parts) => {
            // Where an earlier part has a value already (a column that several fields share), that one is read.
            let at = random.below(parts.len());
            for (index, part) in parts.iter().enumerate() {
                if let Some(found) = read(part, row) {
                    return Some(found);
                }
                if index == at {
                    let stored = store(random, part, value.clone(), row);
                    if stored.is_some() {
                        // A later rendering must not count.
                        if let (Some(Decode::Column(later)), true) = (parts.get(index + 1), random.chance(30)) {
                            row.entry(later.clone()).or_insert(json!("decoy"));
                        }
                        return stored;
                    }
                }
            }
            None
        }
        Decode::Element { column: name, index } => {
            let value = text(&value?);
            let entry = row.entry(name.clone()).or_insert(json!([]));
            let Json::Array(values) = entry else { return None };
            while values.len() <= *index {
                values.push(json!("-"));
            }
            values[*index] = json!(value);
            Some(Value::Text(value))
        }
        Decode::Account { domain: first, name: last } | Decode::Path { folder: first, name: last } => {
            if row.contains_key(first) || row.contains_key(last) {
                return read(decode, row);
            }
            let value = text(&value?);
            let places: Vec<usize> = value.match_indices('\\').map(|(at, _)| at).collect();
            if places.is_empty() || random.chance(20) {
                row.insert(last.clone(), json!(value));
            } else {
                let at = *random.pick(&places);
                row.insert(first.clone(), json!(value[..at]));
                row.insert(last.clone(), json!(value[at + 1..]));
            }
            Some(Value::Text(value))
        }
        Decode::Constant(constant) => Some(Value::Text(constant.clone())),
        Decode::After { prefix, value: inner } => {
            let value = text(&value?);
            let written = if random.chance(40) { format!("{}{value}", prefix.to_uppercase()) } else { value };
            let read =
                if written.to_lowercase().starts_with(prefix) { written[prefix.len()..].to_owned() } else { written.clone() };
            store(random, inner, Some(Value::Text(written)), row)?;
            Some(Value::Text(read))
        }
        Decode::UrlHost(name) => {
            let host: String = text(&value?).chars().filter(|each| !matches!(each, '/' | ':' | '?' | '#')).collect();
            let url = match random.below(5) {
                0 => host.clone(),
                1 => format!("https://{host}/x?y=http://other/"),
                2 => format!("{host}:443"),
                3 => format!("ftp://{host}#a/b"),
                _ => format!("{host}/a\nb"),
            };
            row.insert(name.clone(), json!(url));
            (!host.is_empty()).then_some(Value::Text(host))
        }
        Decode::XmlValues(name) => {
            let texts = match value? {
                Value::List(values) => values.iter().map(text).collect(),
                value => vec![text(&value)],
            };
            let mut xml = String::new();
            for text in &texts {
                if random.chance(30) {
                    xml.push_str(random.pick::<&str>(&[
                        "<Data Name='Named'>decoy</Data>",
                        "<Data Name=\"Data\">foo</Data>\r\n  ",
                        "<Data></Data>",
                        "<Data Name='Empty'></Data>",
                    ]));
                }
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                xml.push_str(&format!("<Data>{}</Data>", text.replace('"', "&quot;").replace('\'', "&apos;")));
            }
            xml.push_str(random.pick::<&str>(&["", "<Binary>666F6F</Binary>", "<Data></Data>", "<Binary></Binary>"]));
            row.insert(name.clone(), json!(xml));
            let kept: Vec<Value> = texts.into_iter().filter(|text| !text.is_empty()).map(Value::Text).collect();
            (!kept.is_empty()).then_some(Value::List(kept))
        }
        Decode::HashIn { column: name, algorithm, .. } => {
            let value = text(&value?);
            let before = row.get(name).and_then(Json::as_str).map(|text| format!("{text},")).unwrap_or_default();
            row.insert(name.clone(), json!(format!("{before}{algorithm}={value}")));
            Some(Value::Text(value))
        }
        Decode::Case { column: name, arms, otherwise } => {
            let at = random.below(arms.len() + 1);
            let word = arms.get(at).map_or("z", |(word, _)| word);
            let word = if random.chance(30) { word.to_uppercase() } else { word.to_owned() };
            row.insert(name.clone(), json!(word));
            match arms.get(at) {
                Some((_, decode)) => store(random, decode, value, row),
                None => store(random, otherwise.as_deref()?, value, row),
            }
        }
        other => panic!("{other} is not stored here"),
    }
}

/// What a conversion reads from columns that other fields have filled.
fn read(decode: &Decode, row: &Map<String, Json>) -> Option<Value> {
    let column = |name: &String| row.get(name).and_then(Json::as_str).map(str::to_owned);
    match decode {
        Decode::Coalesce(parts) => parts.iter().find_map(|part| read(part, row)),
        Decode::Column(name) => column(name).map(Value::Text),
        Decode::Hex(name) => {
            let text = column(name)?;
            let number = match text.to_lowercase().strip_prefix("0x") {
                Some(digits) => i64::from_str_radix(digits, 16).ok()?,
                None => text.parse().ok()?,
            };
            Some(Value::Integer(number))
        }
        Decode::Element { column, index } => {
            row.get(column)?.as_array()?.get(*index)?.as_str().map(|text| Value::Text(text.to_owned()))
        }
        Decode::Account { domain: first, name: last } | Decode::Path { folder: first, name: last } => {
            let last = column(last)?;
            Some(Value::Text(column(first).map_or(last.clone(), |first| format!("{first}\\{last}"))))
        }
        _ => None,
    }
}

/// Addresses, and texts that are none.
const ADDRESSES: &[&str] = &[
    "-",
    "",
    "::ffff:10.1.2.3",
    "0:0:0:0:0:ffff:a01:203",
    "::FFFF:A01:203",
    "10.1.2.3.4",
    "10.1.2",
    "fe80::1%5",
    "10.0.0.0/8",
    "::/0",
    "010.1.2.3",
    "1:2",
    "LOCAL",
    " 10.1.2.3",
    "256.1.1.1",
    "::",
    "64:ff9b::1.2.3.4",
    "10.1.2.3:443",
    "FE80::1",
    "::2",
];
/// Texts that an engine may take for something else, as literals and as values.
const TRICKY: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3",
    "fe80::/10",
    "fe80::1",
    "x\nfoo\ny",
    "foo\n",
    "\nfoo",
    "a\nfoo",
    "1",
    "1.0",
    "1e0",
    " 1",
    "0x1",
    "foo\r\n",
    "TRUE",
    "null",
];
const NUMBERS: &[&str] = &["007", "1.0", "+1", " 1", "1 ", "", "-", "abc", "1e3", "9007199254740993", "-0", "0x10", "99"];

fn event(
    random: &mut Random,
    condition: &Condition,
    fields: &[Field],
    allow: Allow,
    layout: &Layout,
) -> (Event, Map<String, Json>) {
    let mut event = generate::event(random, &layout.source, fields, condition, allow);
    let literals = generate::literals(condition);
    let mut row = Map::new();
    let mut canonical = BTreeMap::new();
    for field in fields {
        let mut value = event.fields.remove(&field.name);
        let decode = &layout.fields[&*field.name].decode;
        if let (true, Some(_)) = (field.kind.list, &value) {
            let own = literals.get(&field.name).cloned().unwrap_or_default();
            value = Some(Value::List((0..=random.below(3)).map(|_| generate::value(random, field, &own, allow)).collect()));
        }
        if value.is_some() && field.kind == FieldType::parse("string").unwrap() && random.chance(12) {
            value = Some(Value::Text((*random.pick(TRICKY)).to_owned()));
        }
        if value.is_some() && matches!(decode, Decode::Column(_)) && random.chance(25) {
            let kind = field.kind.to_string();
            let odd = match kind.trim_start_matches("list of ") {
                "ip" => Some(*random.pick(ADDRESSES)),
                "integer" | "float" => Some(*random.pick(NUMBERS)),
                "boolean" => Some(*random.pick(&["True", "FALSE", "1", "yes", ""])),
                _ => None,
            };
            if let Some(odd) = odd {
                let odd = Value::Text(odd.to_owned());
                value = Some(match value {
                    Some(Value::List(mut values)) => {
                        values[0] = odd;
                        Value::List(values)
                    }
                    _ => odd,
                });
            }
        }
        if let Some(read) = store(random, decode, value, &mut row) {
            canonical.insert(field.name.clone(), read);
        }
    }
    // Columns are shared: another field may have filled one that this field is read from.
    for field in fields {
        let decode = &layout.fields[&*field.name].decode;
        if matches!(decode, Decode::Coalesce(_) | Decode::Account { .. } | Decode::Path { .. }) {
            match read(decode, &row) {
                Some(value) => canonical.insert(field.name.clone(), value),
                None => canonical.remove(&field.name),
            };
        }
    }
    let time = event.time.unwrap_or_default() + i64::try_from(random.below(60_000)).unwrap();
    let raw = raw(&row);
    row.insert("_time".into(), json!(time as f64 / 1000.0));
    row.insert("_raw".into(), json!(raw));
    row.insert("source".into(), json!("xmlwineventlog:MADE UP"));
    (Event { source: layout.source.clone(), time: Some(time), fields: canonical, raw: Some(raw) }, row)
}

/// The record's text: XML, as Windows writes it.
fn raw(row: &Map<String, Json>) -> String {
    let mut out = String::from("<Event>");
    for (name, value) in row {
        for value in value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]) {
            let text = value.as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            out.push_str(&format!("<Data Name='{name}'>{text}</Data>"));
        }
    }
    out + "</Event>"
}

/// Conditions that the shared generator does not make.
fn vary(random: &mut Random, condition: &mut Condition) {
    match &mut condition.kind {
        Kind::All(parts) | Kind::Any(parts) => parts.iter_mut().for_each(|part| vary(random, part)),
        Kind::Not(part) => vary(random, part),
        Kind::Test(Test::Address { blocks, .. }) if random.chance(30) => {
            let (network, prefix) =
                *random.pick(&[("::", 0), ("::ffff:10.0.0.0", 104), ("::ffff:10.1.2.3", 128), ("::", 64), ("64:ff9b::", 96)]);
            blocks.push(IpBlock { network: network.parse().unwrap(), prefix });
        }
        Kind::Test(Test::Text { field, operator, values, .. })
            if *operator != TextOperator::Named && field.kind.scalar == ScalarType::String && random.chance(15) =>
        {
            values.push((*random.pick(TRICKY)).to_owned());
        }
        Kind::Test(_) | Kind::Constant(_) => {}
    }
}

pub struct Case {
    pub selection: Selection,
    pub events: Vec<(Event, Map<String, Json>)>,
}

pub fn selection(name: &str, condition: Condition, exceptions: Vec<Exception>) -> Selection {
    Selection {
        source: LogSourceId("windows/test".into()),
        separators: SEPARATORS,
        name: name.into(),
        id: Uuid::from_u128(1),
        condition,
        exceptions,
        output: Vec::new(),
    }
}

fn compile(rule: &Rule, selection: &Selection, layout: &Layout) -> Result<(Json, BTreeSet<Assumption>), String> {
    let query = Splunk.compile(Request { rule, selection, layout: Some(layout) }).map_err(|losses| {
        losses.into_iter().map(|loss| format!("{} {}", loss.code, loss.message)).collect::<Vec<_>>().join("\n")
    })?;
    let macros: Map<String, Json> = query.attachments.iter().map(|each| (each.name.clone(), json!(each.text))).collect();
    Ok((json!({"query": query.text, "macros": macros}), query.assumes))
}

/// What the interpreter answers to each case.
pub fn answers(folder: &PathBuf, cases: &Json) -> Option<Vec<Json>> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/spl_cases.py");
    let child = Command::new("python3").arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: python3 is absent");
        return None;
    };
    let input = cases.to_string();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    if output.status.code() == Some(3) {
        eprintln!("skipped: the Python package `regex` is absent");
        return None;
    }
    assert!(output.status.success(), "the interpreter failed");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A query, rows, and which of them it must select.
pub struct Ask {
    pub query: Json,
    pub rows: Vec<Json>,
    pub expected: Vec<usize>,
    /// Rows outside of what the query assumes, about which the documentation need not decide.
    pub outside: Vec<usize>,
    /// What to print beside a difference.
    pub about: String,
}

/// Asks the model and, where it is there, the interpreter, and tells of the smallest difference. Gives back how many rows there
/// were and how many were selected.
pub fn ask(asks: &[Ask]) -> (usize, usize) {
    let faults = asks.iter().filter_map(|ask| {
        let found = model(ask);
        (found != Ok(ask.expected.clone())).then_some((ask, found))
    });
    let difference = |(ask, found): (&Ask, Result<Vec<usize>, String>)| {
        let chosen = |index: &usize| found.as_ref().is_ok_and(|found| found.contains(index));
        fault(ask, &format!("{found:?}"), chosen)
    };
    tell("the model", asks, faults.map(difference).collect());
    if let Some(folder) = shared::find("oracles/spl") {
        interpret(asks, &folder);
    }
    (asks.iter().map(|ask| ask.rows.len()).sum(), asks.iter().map(|ask| ask.expected.len()).sum())
}

/// A row of the interpreter as the model takes it: every value is text.
pub fn model_row(row: &Json) -> spl::Row {
    let text = |name: &str, value: &Json| match value {
        Json::String(text) if name == "_time" => epoch(text),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Json::Object(cells) = row else { panic!("a row is an object") };
    spl::Row::new(cells.iter().map(|(name, value)| {
        let values = match value {
            Json::Null => Vec::new(),
            Json::Array(values) => values.iter().map(|value| text(name, value)).collect(),
            value => vec![text(name, value)],
        };
        (name.clone(), values)
    }))
}

/// Seconds since 1970, as Splunk holds a time.
fn epoch(time: &str) -> String {
    let milliseconds = time.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    format!("{}.{:03}", milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000))
}

pub fn macros_of(query: &Json) -> BTreeMap<String, String> {
    let Json::Object(macros) = &query["macros"] else { panic!("macros are an object") };
    macros.iter().map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned())).collect()
}

/// Which rows the model selects, or why it does not say.
fn model(ask: &Ask) -> Result<Vec<usize>, String> {
    let search =
        spl::Search::read(ask.query["query"].as_str().unwrap(), &macros_of(&ask.query)).map_err(|problem| problem.to_string())?;
    let rows: Vec<spl::Row> = ask.rows.iter().map(model_row).collect();
    let mut selected = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match search.selects(row) {
            Ok(true) => selected.push(index),
            Ok(false) => {}
            Err(_) if ask.outside.contains(&index) => selected.extend(ask.expected.contains(&index).then_some(index)),
            Err(problem) => return Err(format!("row {index}: {problem}\n{:#}", ask.rows[index])),
        }
    }
    Ok(selected)
}

/// A difference: how long the query is, and what to print.
fn fault(ask: &Ask, answer: &str, chosen: impl Fn(&usize) -> bool) -> (usize, String) {
    let query = ask.query["query"].as_str().unwrap_or_default();
    let differing = (0..ask.rows.len()).find(|index| ask.expected.contains(index) != chosen(index));
    let row = differing.map(|index| &ask.rows[index]);
    let (macros, expected, about) = (&ask.query["macros"], &ask.expected, &ask.about);
    (query.len(), format!("{query}\n{macros:#}\nanswer: {answer}\nexpected: {expected:?}\nrow: {row:#?}\n{about}"))
}

fn tell(who: &str, asks: &[Ask], mut faults: Vec<(usize, String)>) {
    faults.sort();
    let shown = std::env::var("HUNTC_FAULTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let shown: Vec<&str> = faults.iter().take(shown).map(|(_, text)| text.as_str()).collect();
    let (count, of) = (faults.len(), asks.len());
    assert!(faults.is_empty(), "{who}: {count} of {of} queries differ; the smallest:\n{}", shown.join("\n=====\n"));
}

fn interpret(asks: &[Ask], folder: &PathBuf) {
    let cases = asks.iter().map(|ask| {
        let mut case = ask.query.clone();
        case["rows"] = Json::Array(ask.rows.clone());
        case
    });
    let Some(found) = answers(folder, &Json::Array(cases.collect())) else { return };
    assert_eq!(found.len(), asks.len());
    let faults = asks.iter().zip(&found).filter(|(ask, answer)| answer["rows"] != json!(ask.expected)).map(|(ask, answer)| {
        let chosen = |index: &usize| answer["rows"].as_array().is_some_and(|found| found.contains(&json!(index)));
        fault(ask, &answer.to_string(), chosen)
    });
    tell("the interpreter", asks, faults.collect());
}

fn compare(cases: &[Case], layout: &Layout) {
    let rule = rule();
    let mut asks = Vec::new();
    for case in cases {
        let (query, assumes) = compile(&rule, &case.selection, layout).unwrap_or_else(|losses| panic!("refused: {losses}"));
        let lies_outside = |(index, (event, _)): (usize, &(Event, Map<String, Json>))| {
            // Whether `tonumber` reads an exponent is not documented; no field of the catalogue is a `float`.
            let exponent =
                event.fields.get("Score").is_some_and(|score| matches!(score, Value::Text(text) if text.contains('e')));
            let assumed = |each: &Assumption| verify::lies_outside(event, *each, &case.selection, layout);
            (exponent || assumes.iter().any(assumed)).then_some(index)
        };
        let selected =
            |(index, (event, _)): (usize, &(Event, Map<String, Json>))| eval::selects(&case.selection, event).then_some(index);
        asks.push(Ask {
            query,
            rows: case.events.iter().map(|(_, row)| Json::Object(row.clone())).collect(),
            expected: case.events.iter().enumerate().filter_map(selected).collect(),
            outside: case.events.iter().enumerate().filter_map(lies_outside).collect(),
            about: format!("{:#?}", case.selection.condition),
        });
    }
    let (rows, selected) = ask(&asks);
    eprintln!("{selected} of {rows} rows selected, in {} queries", asks.len());
    assert!(selected * 10 > rows && selected * 10 < rows * 9, "{selected} of {rows} selected: too one-sided to mean much");
}

fn is_said(layout: &Layout, condition: &Condition) -> bool {
    compile(&rule(), &selection("x", condition.clone(), Vec::new()), layout).is_ok()
}

fn random_cases(seed: u64, count: usize, depth: usize, fields: &[Field], allow: Allow) -> Vec<Case> {
    let layout = layout();
    let mut random = Random::new(seed);
    let make = |random: &mut Random, depth: usize| loop {
        let mut condition = generate::condition(random, fields, depth, allow);
        vary(random, &mut condition);
        if is_said(&layout, &condition) {
            return condition;
        }
    };
    let mut cases = Vec::new();
    for _ in 0..count {
        let condition = make(&mut random, depth);
        let exceptions = if random.chance(20) {
            let condition = make(&mut random, 1);
            vec![Exception { name: "e".into(), reason: "e".into(), site: None, expires: None, condition, span: Span::default() }]
        } else {
            Vec::new()
        };
        let all = Condition::new(
            Kind::Any(std::iter::once(&condition).chain(exceptions.iter().map(|each| &each.condition)).cloned().collect()),
            Span::default(),
        );
        // Between two fields A–Z alone is folded, Splunk's `lower` may fold more: such queries assume ASCII text.
        let ascii = all.tests().iter().any(|(test, _)| matches!(test, Test::Fields { .. }));
        let allow = Allow { beyond_ascii: allow.beyond_ascii && !ascii, ..allow };
        let events = (0..14).map(|_| event(&mut random, &all, fields, allow, &layout)).collect();
        cases.push(Case { selection: selection("random", condition, exceptions), events });
    }
    cases
}

fn seed() -> u64 {
    let seed = std::env::var("HUNTC_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124);
    eprintln!("HUNTC_SEED={seed}");
    seed
}

/// How many random cases: `HUNTC_COUNT`, else a number that keeps the inner loop short.
fn count(usual: usize) -> usize {
    std::env::var("HUNTC_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Every awkward text as a literal of every operator, and as a value: what no random choice would bring together.
#[test]
fn every_awkward_literal_meets_every_awkward_value() {
    const REGEXES: &[(&str, &str)] = &[
        ("^foo", "m"),
        ("foo$", "m"),
        ("^foo$", "m"),
        ("^foo$", ""),
        ("^foo$", "s"),
        ("^$", "m"),
        ("^", "m"),
        ("$", "m"),
        ("foo$", "i"),
        ("x.foo", ""),
        ("x.foo", "s"),
        (r"\bfoo\b", ""),
        (r"\B", ""),
        (r"\b", ""),
        (r"\bé", ""),
        (r"[^\w]", ""),
        (r"[\W]", ""),
        (r"[^\W]", ""),
        (r"[\s\S]", ""),
        (r"[^\s\S]", ""),
        (r"\S+\s\S+", ""),
        (r"\D", ""),
        (r"\.", ""),
        (r"\$", ""),
        (r"\\", ""),
        (r"\|", ""),
        (r#"""#, ""),
        ("'", ""),
        ("`", ""),
        (r"[\]\[\^\-\\]", ""),
        (r"[a-z&~|]", "i"),
        ("K", "i"),
        ("É", "i"),
        ("[À-ÿ]", "i"),
        (r"\n", ""),
        (r"\r\n", ""),
        (r"\t", ""),
        (r"\x00", ""),
        ("(a|b|)c?", ""),
        ("(?:a|foo){2,3}?", ""),
        ("[1-9]{1,2}", ""),
        ("a*", ""),
        (r"1\.0|1e0", ""),
    ];
    let values: Vec<&str> =
        crate::splunk::AWKWARD.iter().chain(TRICKY).copied().chain(["", "foofoo", "É", "k", "K", "a.b", "b\\a"]).collect();
    // What stands around a text must count too, where no `search` says it exactly.
    let around: Vec<String> = values
        .iter()
        .filter(|value| value.contains(|each: char| each.is_control() || matches!(each, '*' | '`' | '$')))
        .flat_map(|value| [format!("x{value}"), format!("{value}x")])
        .collect();
    let layout = layout();
    let field = fields().into_iter().find(|field| &*field.name == "CommandLine").unwrap();
    let source = layout.source.clone();
    let event = |value: Option<&str>| Event {
        source: source.clone(),
        time: Some(1_795_514_400_000),
        fields: value.map(|value| (Arc::from("CommandLine"), Value::Text(value.to_owned()))).into_iter().collect(),
        raw: None,
    };
    let row = |value: Option<&str>| {
        let mut row = Map::new();
        value.map(|value| row.insert("CommandLine".into(), json!(value)));
        row.insert("_time".into(), json!(1_795_514_400));
        row.insert("source".into(), json!("XmlWinEventLog:Made Up"));
        row
    };
    let mut tests = Vec::new();
    for literal in &values {
        for operator in
            [TextOperator::Equals, TextOperator::Contains, TextOperator::StartsWith, TextOperator::EndsWith, TextOperator::Named]
        {
            if operator == TextOperator::Named && (literal.is_empty() || literal.contains(['/', '\\'])) {
                continue;
            }
            for case in [ir::Case::Folded, ir::Case::Exact] {
                tests.push(Test::Text { field: field.clone(), operator, values: vec![(*literal).to_owned()], case });
            }
        }
        let pieces = vec![ir::Piece::AnyOne, ir::Piece::Literal((*literal).to_owned()), ir::Piece::AnyRun];
        if !literal.is_empty() {
            tests.push(Test::Like { field: field.clone(), patterns: vec![ir::LikePattern(pieces)], case: ir::Case::Folded });
        }
    }
    for (pattern, flags) in REGEXES {
        tests.push(Test::Regex { field: field.clone(), patterns: vec![ir::SharedRegex::parse(pattern, flags).unwrap()] });
    }
    let cases: Vec<Case> = tests
        .into_iter()
        .flat_map(|test| {
            let one = Condition::new(Kind::Test(test), Span::default());
            [one.clone(), Condition::new(Kind::Not(Box::new(one)), Span::default())]
        })
        .map(|condition| {
            let all = values.iter().copied().chain(around.iter().map(String::as_str)).map(Some).chain([None]);
            Case {
                selection: selection("awkward", condition, Vec::new()),
                events: all.map(|value| (event(value), row(value))).collect(),
            }
        })
        .collect();
    compare(&cases, &layout);
}

const CLOCK: Allow = Allow {
    presence_of_absent: true,
    like: true,
    regex: true,
    cased: true,
    named: true,
    fields: true,
    anywhere: false,
    clock: true,
    beyond_ascii: true,
    awkward: true,
    empty_text: true,
};

#[test]
fn single_tests_select_what_the_evaluator_selects() {
    compare(&random_cases(seed(), count(500), 0, &fields(), CLOCK), &layout());
}

#[test]
fn nested_conditions_select_what_the_evaluator_selects() {
    compare(&random_cases(seed() + 1, count(300), 2, &fields(), CLOCK), &layout());
}

/// Over columns that are fields themselves: what another conversion puts together stands nowhere in the record.
#[test]
fn words_anywhere_select_what_the_evaluator_selects() {
    let layout = layout();
    let direct = |field: &Field| matches!(layout.fields[&*field.name].decode, Decode::Column(_));
    let fields: Vec<Field> = fields().into_iter().filter(direct).collect();
    let mut cases = random_cases(seed() + 2, count(800), 1, &fields, Allow { anywhere: true, ..CLOCK });
    cases.retain(|case| case.selection.condition.tests().iter().any(|(test, _)| matches!(test, Test::Anywhere { .. })));
    assert!(cases.len() > 40, "{} cases", cases.len());
    compare(&cases, &layout);
}

/// A stored row as the interpreter reads it: every column is text.
fn stored(row: &verify::Row, event: &Event) -> Json {
    let Json::Object(cells) = row.json() else { panic!("a row is an object") };
    let text = |value: Json| match value {
        Json::Number(number) => json!(number.to_string()),
        Json::Bool(truth) => json!(truth.to_string()),
        other => other,
    };
    let mut cells: Map<String, Json> =
        cells.into_iter().map(|(name, value)| (name.clone(), if name == "_time" { value } else { text(value) })).collect();
    cells.entry("_time").or_insert(json!(event.time.unwrap_or_default() as f64 / 1000.0));
    let raw = raw(&cells);
    cells.entry("_raw").or_insert(json!(raw));
    Json::Object(cells)
}

/// The rows of events, as each rendering stores them, and rows of other kinds beside them.
fn rows_of(selection: &Selection, events: &[Event], query: &Query, layout: &Arc<Layout>) -> (Vec<Json>, Vec<usize>) {
    let shelf = verify::Shelf::new(Arc::clone(layout));
    let (mut rows, mut expected) = (Vec::new(), Vec::new());
    for rendering in verify::renderings(layout) {
        for event in events {
            if query.assumes.iter().any(|assumption| verify::lies_outside(event, *assumption, selection, layout)) {
                continue;
            }
            // What only the other rendering holds is a loss that the query names.
            if rendering.name == "classic" && query.losses.iter().any(|loss| loss.code == "L0314") {
                continue;
            }
            let Ok(row) = verify::lay_out(event, selection, &shelf, &rendering) else { continue };
            if eval::selects(selection, event) {
                expected.push(rows.len());
            }
            rows.push(stored(&row, event));
            rows.extend(verify::decoys(&row, layout).iter().take(2).map(|decoy| stored(decoy, event)));
        }
    }
    (rows, expected)
}

fn asked(rule: &Rule, selection: &Selection, events: &[Event]) -> Option<Ask> {
    let layout = mapping::layout(Profile::SplunkWindows, &selection.source).ok()?;
    let query = Splunk.compile(Request { rule, selection, layout: Some(&layout) }).ok()?;
    let (rows, expected) = rows_of(selection, events, &query, &layout);
    let macros: Map<String, Json> = query.attachments.iter().map(|each| (each.name.clone(), json!(each.text))).collect();
    let about = format!("{}: {:#?}", selection.name, selection.condition);
    Some(Ask { query: json!({"query": query.text, "macros": macros}), rows, expected, outside: Vec::new(), about })
}

#[test]
fn witnesses_of_the_hunts_select_what_the_evaluator_selects() {
    let session = workspace::hunts();
    let mut asks = Vec::new();
    for rule in &session.program.rules {
        let Body::Select(selections) = &rule.body else { continue };
        for selection in selections {
            let events: Vec<Event> = verify::witnesses(selection).events.into_iter().map(|witness| witness.event).collect();
            asks.extend(asked(rule, selection, &events));
        }
    }
    assert!(asks.len() > 60, "{} rules", asks.len());
    let (rows, selected) = ask(&asks);
    eprintln!("{selected} of {rows} rows selected, in {} queries", asks.len());
    assert!(rows > 5000 && selected > 500, "{selected} of {rows}");
}

/// Over the real log sources and their columns: the mappings' conversions, in both renderings.
#[test]
fn random_conditions_on_real_log_sources_select_what_the_evaluator_selects() {
    let mut random = Random::new(seed() + 3);
    let mut asks = Vec::new();
    let mut refused = 0;
    // How many for each log source; unless asked for, one for every fourth.
    let asked_for: Option<usize> = std::env::var("HUNTC_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let (rounds, step) = asked_for.map_or((1, 4), |rounds| (rounds, 1));
    for row in catalogue::all().step_by(step) {
        let source = catalogue::find(row.id).unwrap();
        let Ok(layout) = mapping::layout(Profile::SplunkWindows, &source.id) else { continue };
        for _ in 0..rounds {
            let mut fields: Vec<Field> = Vec::new();
            for _ in 0..5 {
                let field = random.pick(&source.fields).clone();
                let kept = layout.fields.get(&*field.name).is_some_and(|mapping| !matches!(mapping.decode, Decode::Absent(_)));
                if kept && !fields.contains(&field) {
                    fields.push(field);
                }
            }
            if fields.is_empty() {
                continue;
            }
            let condition = generate::condition(&mut random, &fields, 2, CLOCK);
            let ascii = condition.tests().iter().any(|(test, _)| matches!(test, Test::Fields { .. }));
            let allow = Allow { beyond_ascii: !ascii, ..CLOCK };
            let selection = Selection {
                source: source.id.clone(),
                separators: source.separators,
                ..selection("random", condition, Vec::new())
            };
            let mut events: Vec<Event> =
                verify::witnesses(&selection).events.into_iter().map(|witness| witness.event).take(40).collect();
            events.extend((0..6).map(|_| generate::event(&mut random, &source.id, &fields, &selection.condition, allow)));
            match asked(&rule(), &selection, &events) {
                Some(ask) => asks.push(ask),
                None => refused += 1,
            }
        }
    }
    assert!(asks.len() > 15 && refused * 5 < asks.len(), "{} queries, {refused} refused", asks.len());
    let (rows, selected) = ask(&asks);
    eprintln!("{selected} of {rows} rows selected, in {} queries", asks.len());
    assert!(rows > 500 && selected * 10 > rows, "{selected} of {rows}");
}
