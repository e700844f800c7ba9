//! Every operator over every awkward value: the emitted query, run by the interpreter, against the reference evaluator.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use huntc::eval;
use huntc::ir::event::{Event, Value};

use super::oracle::Interpreter;
use super::*;

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "abc",
    "ABC",
    "xabcx",
    "a*b",
    "a?b",
    "axb",
    "a\\b",
    r"C:\Windows\System32\cmd.exe",
    r"c:\windows\CMD.EXE",
    "C:/tools/cmd.exe",
    "cmd.exe",
    r"\",
    r"ends\",
    "\"",
    "a \"q\" b",
    "it's",
    "line\nfeed",
    "cr\r\nlf",
    "tab\there",
    "{{7*7}}",
    "*/ x",
    "// y",
    "`z`",
    "école",
    "ÉCOLE",
    "straße",
    "日本",
    // Whole terms, and parts of terms that a letter, a mark or a letter beyond ASCII makes longer.
    " delete ",
    "a delete b",
    "A-DELETE/b",
    "x_delete y",
    "édelete ",
    " deleted ",
    "–enc",
    "😀",
    "(x|y)[z]{1}^$.+",
    " blank ",
    "100%_x",
    "a,b=c",
    "@\"v\"",
    "0",
    "007",
    "null",
    "true",
    "\u{200b}zero",
    "a\u{1}b",
];

const PATTERNS: &[(&str, &str)] = &[
    ("abc", ""),
    ("abc", "i"),
    ("^a", ""),
    ("b$", ""),
    ("^line$", "m"),
    ("e.f", "s"),
    ("e.f", ""),
    (r"\d+", ""),
    (r"\w\s\w", ""),
    (r"[^\w\s]", ""),
    (r"\bx\b", "i"),
    (r"\Bb", ""),
    (r"[a-c]{2,3}?", "i"),
    (r"[^a-z]", "i"),
    ("(a|c)(b|d)", "i"),
    (r"\\", ""),
    (r"\*|\?", ""),
    (r#"["']"#, ""),
    (r"é", "i"),
    (r"[é-ú]", "i"),
    (r"\.exe$", "i"),
    (r"\S\S\S\S\S", ""),
    (r"\D\D", ""),
];

const LIKES: &[&str] =
    &["a?b", "a*c", "?bc", "*a?c*", "a[*]b", "a[?]b", r"*\system32\*.exe", "?", "??", "é*", "*\n*", "c?\r\n*", "[[]*", "*[z]*"];

const OPERATORS: [TextOperator; 5] =
    [TextOperator::Equals, TextOperator::Contains, TextOperator::StartsWith, TextOperator::EndsWith, TextOperator::Named];

struct Asked {
    condition: Condition,
    query: String,
}

/// The field is a path, so that every operator is allowed, in a column of which nothing is assumed.
fn path(on: &On) -> Field {
    Field { kind: FieldType::parse("path").unwrap(), ..on.field("CommandLine") }
}

fn conditions(on: &On) -> Vec<Condition> {
    let field = path(on);
    let mut found = Vec::new();
    for literal in TEXTS.iter().filter(|literal| !literal.is_empty()) {
        for operator in OPERATORS {
            if operator == TextOperator::Named && literal.contains(['\\', '/']) {
                continue;
            }
            for case in [Case::Folded, Case::Exact] {
                let values = vec![(*literal).to_owned()];
                found.push(of(Test::Text { field: field.clone(), operator, values, case }));
            }
        }
        // With letters beyond ASCII `*` assumes `ascii_text`: there is no `tolower` of every column.
        if !literal.chars().any(|letter| !letter.is_ascii() && letter.is_alphabetic()) {
            found.push(of(Test::Anywhere { values: vec![(*literal).to_owned()], case: Case::Folded }));
        }
    }
    for operator in OPERATORS {
        let values = TEXTS.iter().filter(|text| !text.is_empty() && !text.contains(['\\', '/'])).map(|text| (*text).to_owned());
        found.push(of(Test::Text { field: field.clone(), operator, values: values.collect(), case: Case::Folded }));
    }
    for (pattern, flags) in PATTERNS {
        let patterns = vec![SharedRegex::parse(pattern, flags).unwrap()];
        found.push(of(Test::Regex { field: field.clone(), patterns }));
    }
    for pattern in LIKES {
        for case in [Case::Folded, Case::Exact] {
            match LikePattern::parse(pattern).unwrap() {
                LikeForm::Literal { operator, value } => {
                    found.push(of(Test::Text { field: field.clone(), operator, values: vec![value], case }));
                }
                LikeForm::Pattern(pattern) => {
                    found.push(of(Test::Like { field: field.clone(), patterns: vec![pattern], case }));
                }
            }
        }
    }
    for state in [Presence::IsEmpty, Presence::IsPresent] {
        found.push(of(Test::Presence { field: field.clone(), state }));
    }
    found
}

#[test]
fn every_text_operator_over_every_awkward_value() {
    let Some(interpreter) = Interpreter::find() else { return };
    let on = defender("windows/process_creation");
    let rows: Vec<Json> = TEXTS
        .iter()
        .enumerate()
        .map(|(at, text)| json!({ "ReportId": at, "ActionType": "ProcessCreated", "ProcessCommandLine": text }))
        .collect();
    let asked: Vec<Asked> = conditions(&on)
        .into_iter()
        .flat_map(|condition| [condition.clone(), not(condition)])
        .map(|condition| Asked { query: on.query(condition.clone()).unwrap().text, condition })
        .collect();
    let events: Vec<Event> = TEXTS
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let value = (!text.is_empty()).then(|| (Arc::from("CommandLine"), Value::Text((*text).to_owned())));
            // What the row holds beside the command line.
            let raw = Some(format!("ProcessCreated\u{0}{at}"));
            Event { source: on.source.clone(), time: None, fields: value.into_iter().collect(), raw }
        })
        .collect();
    judge(&interpreter, &on, "DeviceProcessEvents", &rows, &events, &asked);
}

#[test]
fn every_address_form_in_every_block() {
    let Some(interpreter) = Interpreter::find() else { return };
    let on = defender("windows/network_connection");
    let addresses = [
        "",
        "-",
        "localhost",
        "10.0.0.1",
        "10.255.255.255",
        "11.0.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::",
        "::ffff:10.0.0.1",
        "::FFFF:A00:1",
        "0:0:0:0:0:ffff:7f00:1",
        "fe80::1",
        "FE80:0:0:0:0:0:0:1",
        "2001:db8::5",
        "::fffe:10.0.0.1",
    ];
    let blocks = [
        vec![("10.0.0.0", 8)],
        vec![("10.0.0.1", 32)],
        vec![("0.0.0.0", 0)],
        vec![("::1", 128)],
        vec![("fe80::", 10)],
        vec![("::", 0)],
        vec![("::", 80)],
        vec![("::ffff:0:0", 96)],
        vec![("::ffff:10.0.0.0", 104)],
        vec![("127.0.0.0", 8), ("::1", 128)],
        vec![("2001:db8::", 32), ("::", 1), ("10.0.0.0", 9)],
    ];
    let same = on.fields("SourceIp", TextOperator::Equals, "DestinationIp");
    let asked: Vec<Asked> = blocks
        .iter()
        .map(|blocks| on.address("DestinationIp", blocks))
        .chain([same])
        .flat_map(|condition| [condition.clone(), not(condition)])
        .map(|condition| Asked { query: on.query(condition.clone()).unwrap().text, condition })
        .collect();
    let (mut rows, mut events) = (Vec::new(), Vec::new());
    for (at, address) in addresses.iter().enumerate() {
        for other in ["10.0.0.1", "::1", address] {
            let columns = json!({
                "ReportId": rows.len(), "ActionType": "ConnectionSuccess", "RemoteIP": address, "LocalIP": other, "RemotePort": at
            });
            rows.push(columns);
            let fields = [("DestinationIp", *address), ("SourceIp", other)]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (Arc::from(name), Value::Text(value.to_owned())));
            events.push(Event { source: on.source.clone(), time: None, fields: fields.collect(), raw: None });
        }
    }
    judge(&interpreter, &on, "DeviceNetworkEvents", &rows, &events, &asked);
}

fn judge(interpreter: &Interpreter, on: &On, table: &str, rows: &[Json], events: &[Event], asked: &[Asked]) {
    let mut jobs = vec![json!({ "dataset": 0, "table": table, "rows": rows })];
    for (id, asked) in asked.iter().enumerate() {
        jobs.push(json!({ "id": id, "dataset": 0, "query": asked.query, "mark": "ReportId" }));
    }
    let answers = interpreter.run(on.profile.target(), &jobs);
    assert_eq!(answers.len(), asked.len());
    let mut faults = Vec::new();
    for answer in answers {
        let asked = &asked[usize::try_from(answer["id"].as_u64().unwrap()).unwrap()];
        let Some(marks) = answer["marks"].as_array() else {
            faults.push(format!("{}\n{}", answer["error"], asked.query));
            continue;
        };
        for (at, event) in events.iter().enumerate() {
            let expected = eval::matches(&asked.condition, event, on.separators());
            if marks.contains(&json!(at)) != expected {
                faults.push(format!("expected {expected} for {:?} of\n{}", event.fields, asked.query));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}; the first:\n{}", faults.len(), asked.len(), faults[..faults.len().min(4)].join("\n\n"));
}

/// The rows of a column each, and the field that is read from it.
fn conversion_rows() -> Vec<(On, &'static str, &'static str, Vec<Json>)> {
    let keys = [
        "",
        r"HKEY_LOCAL_MACHINE",
        r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\x",
        r"hkey_local_machine\System\controlset002",
        r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001X\y",
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes",
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\CLSID\{a}",
        r"HKEY_LOCAL_MACHINE\SOFTWARE\ClassesX",
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Run",
        r"HKEY_CLASSES_ROOT\.txt",
        r"HKEY_USERS\.DEFAULT\Software",
        r"HKEY_CURRENT_USER\S-1-5-21-7\Software",
        r"HKEY_CURRENT_USER\Software",
        r"\REGISTRY\A\{b}",
    ];
    let registry = defender("windows/registry_set");
    let mut targets = Vec::new();
    for key in keys {
        for name in ["", "Start", "a\\b"] {
            targets.push(json!({ "ActionType": "RegistryValueSet", "RegistryKey": key, "RegistryValueName": name }));
        }
    }
    let mut details = Vec::new();
    for kind in ["", "Dword", "DWORD", "QWord", "Binary", "String", "MultiString", "None"] {
        for data in ["", "0", "1", "4294967295", "81985529216486895", "text", "DWORD (0x00000001)"] {
            // A binary value has no data (the mapping's own words).
            let data = if kind == "Binary" { "" } else { data };
            details.push(json!({ "ActionType": "RegistryValueSet", "RegistryValueType": kind, "RegistryValueData": data }));
        }
    }
    let process = defender("windows/process_creation");
    let mut users = Vec::new();
    for domain in ["", "ACME", "nt authority"] {
        for name in ["", "bob", "SYSTEM"] {
            users.push(json!({ "ActionType": "ProcessCreated", "AccountDomain": domain, "AccountName": name }));
        }
    }
    let network = defender("windows/network_connection");
    let mut hosts = Vec::new();
    for action in ["ConnectionSuccess", "InboundConnectionAccepted"] {
        for url in ["", "evil.test", "https://evil.test/x?y#z", "evil.test:8443/a", "ftp://", "//x"] {
            hosts.push(json!({ "ActionType": action, "RemoteUrl": url, "DeviceName": "srv-04" }));
        }
    }
    let security = sentinel("windows/security");
    let data = |text: &str| format!("<EventData><Data Name=\"ObjectDN\">{text}</Data><Data Name=\"Other\">x</Data></EventData>");
    let texts = ["", "plain", "a &amp; b", "&lt;x&gt;", "&amp;lt;", "&quot;q&quot;"];
    let mut objects: Vec<Json> = texts.iter().map(|text| json!({ "Channel": "Security", "EventData": data(text) })).collect();
    objects.push(json!({ "Channel": "Security", "EventData": "<EventData><Data Name=\"ObjectDN\" /><Data Name=\"x\">y</Data></EventData>" }));
    let signin = sentinel("azure/signinlogs");
    let details_of =
        [json!(null), json!({}), json!({"displayName": "a"}), json!({"displayName": ""}), json!({"displayName": null})];
    let devices: Vec<Json> = details_of.iter().map(|device| json!({ "DeviceDetail": device })).collect();
    vec![
        (registry.clone(), "DeviceRegistryEvents", "TargetObject", targets),
        (registry, "DeviceRegistryEvents", "Details", details),
        (process, "DeviceProcessEvents", "User", users),
        (network, "DeviceNetworkEvents", "DestinationHostname", hosts),
        (security, "SecurityEvent", "ObjectDN", objects),
        (signin, "SigninLogs", "DeviceDetail.displayName", devices),
    ]
}

/// `decode(encode(v)) == v`, seen from the rows: a field equals what a second reading of the mapping finds, in exactly the rows
/// where it finds that; also through the comparisons that go to the columns.
#[test]
fn conversions_yield_the_canonical_value() {
    let Some(interpreter) = Interpreter::find() else { return };
    for (on, table, name, rows) in conversion_rows() {
        let mark = if on.layout.profile == Profile::DefenderXdr { "ReportId" } else { "_ResourceId" };
        let field = Field { kind: FieldType::parse("string").unwrap(), ..on.field(name) };
        let decode = &on.layout.fields[name].decode;
        let values: Vec<String> = rows
            .iter()
            .map(|row| match differential::decoded(row.as_object().unwrap(), decode) {
                Some(Value::Text(text)) => text,
                _ => String::new(),
            })
            .collect();
        let stored: Vec<Json> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let mut row = row.clone();
                row[mark] = if mark == "ReportId" { json!(at) } else { json!(at.to_string()) };
                row
            })
            .collect();
        let mut jobs = vec![json!({ "dataset": 0, "table": table, "rows": stored })];
        let mut asked = Vec::new();
        for value in values.iter().filter(|value| !value.is_empty()) {
            for (operator, case) in [
                (TextOperator::Equals, Case::Exact),
                (TextOperator::Equals, Case::Folded),
                (TextOperator::StartsWith, Case::Folded),
                (TextOperator::EndsWith, Case::Folded),
                (TextOperator::Contains, Case::Exact),
            ] {
                let part = match operator {
                    TextOperator::StartsWith => &value[..value.len() - value.chars().last().map_or(0, char::len_utf8)],
                    TextOperator::EndsWith => &value[value.chars().next().map_or(0, char::len_utf8)..],
                    _ => value,
                };
                if part.is_empty() {
                    continue;
                }
                let condition = of(Test::Text { field: field.clone(), operator, values: vec![part.to_owned()], case });
                let query = on.query(condition.clone()).unwrap().text;
                jobs.push(json!({ "id": asked.len(), "dataset": 0, "query": query, "mark": mark }));
                asked.push((condition, query));
            }
        }
        for answer in interpreter.run(on.profile.target(), &jobs) {
            let (condition, query) = &asked[usize::try_from(answer["id"].as_u64().unwrap()).unwrap()];
            let marks = answer["marks"].as_array().unwrap_or_else(|| panic!("{}\n{query}", answer["error"]));
            for (at, value) in values.iter().enumerate() {
                let fields = (!value.is_empty()).then(|| (Arc::from(name), Value::Text(value.clone())));
                let event = Event { source: on.source.clone(), time: None, fields: fields.into_iter().collect(), raw: None };
                let found = marks.contains(&stored[at][mark]);
                assert_eq!(found, eval::matches(condition, &event, on.separators()), "{value:?} of {}\n{query}", rows[at]);
            }
        }
    }
}
