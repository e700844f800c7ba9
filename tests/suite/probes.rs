//! The probes of matching semantics: small conditions over made-up events, with the answers that Sigma's specification settles.
//! Each is written as a hunt here and judged by the reference evaluator, and as Splunk and KQL queries by independent engines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use huntc::backends::{Request, backend};
use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Body, Rule, Selection};
use huntc::schema::mapping::{FieldMapping, Place, Profile, Scope, ScopeCondition, ScopeOperator};
use huntc::schema::{Decode, Layout, LogSourceId, Target};

use crate::oracles::{self, Trial};
use crate::{shared, workspace};

/// Each probe's condition in the language. Sigma's `Field` is here `Text`, or one of `Number`, `Flag` and `Address` where the
/// condition is about another type: the language compares by type.
const CLAUSES: &[(&str, &str)] = &[
    ("equals", "Text == 'foo'"),
    ("cased", "Text == cased 'foo'"),
    ("contains", "Text contains 'foo'"),
    ("contains_all", "Text contains all ('foo', 'bar')"),
    ("contains_inner_star", "Text like '*o*b*'"),
    ("startswith_q", "Text like 'f?o*'"),
    ("endswith_q", "Text like '*1?'"),
    ("equals_q", "Text like 'fo?'"),
    ("star", "Text like '*'"),
    ("contains_empty", "Text contains ''"),
    ("number", "Number == 7"),
    ("number_as_text", "Text == '7'"),
    ("null", "Text is null"),
    ("empty", "Text == ''"),
    ("bool", "Flag == true"),
    ("exists_true", "Text exists"),
    ("exists_false", "not Text exists"),
    ("escaped_star", r"Text == 'C:\x*y'"),
    ("plain_star", r"Text like 'C:\x*y'"),
    ("double_backslash", r"Text == 'C:\\x'"),
    ("two_backslashes", r"Text == 'C:\x'"),
    ("lt", "Number < 10"),
    ("gte", "Number >= 7"),
    ("cidr", "Address in ('10.0.0.0/8')"),
    ("cidr6", "Address in ('fe80::/10')"),
    ("windash_dash", "Text contains windash ' -x'"),
    ("windash_slash", "Text contains windash ' /x'"),
    ("re", "Text matches /foo/"),
    ("re_anchored", "Text matches /^foo$/"),
    ("re_i", "Text matches /foo/i"),
    ("re_m", "Text matches /^foo$/m"),
    ("re_dot", "Text matches /a.foo/"),
    ("re_s", "Text matches /a.foo/s"),
    ("like_metacharacters", "Text contains 'foo%bar_baz'"),
    ("neq", "Text != 'foo'"),
    ("nonascii", "Text == 'école'"),
    ("base64", "Text contains base64 'foofoo'"),
    ("fieldref", "Text == field Other"),
    ("keyword", "anywhere contains 'foo'"),
    ("keyword_number", "anywhere contains '7'"),
];

/// What a product cannot say exactly, and the code that says so. Everything else is exact.
///
/// A string column of KQL stores an absent text as the empty one, so what is true of the empty text, or asks which of the two
/// it is, cannot be told there (S7).
const REFUSED: &[(Target, &str, &str)] = &[
    (Target::Sentinel, "contains_empty", "L0303"),
    (Target::Sentinel, "empty", "L0303"),
    (Target::Sentinel, "exists_false", "L0303"),
    (Target::Sentinel, "exists_true", "L0303"),
    (Target::Sentinel, "fieldref", "L0303"),
    (Target::Sentinel, "null", "L0303"),
    (Target::Sentinel, "star", "L0303"),
    (Target::Defender, "contains_empty", "L0303"),
    (Target::Defender, "empty", "L0303"),
    (Target::Defender, "exists_false", "L0303"),
    (Target::Defender, "exists_true", "L0303"),
    (Target::Defender, "fieldref", "L0303"),
    (Target::Defender, "null", "L0303"),
    (Target::Defender, "star", "L0303"),
];

struct Probes {
    events: Vec<Event>,
    expected: BTreeMap<String, Vec<usize>>,
}

fn source() -> LogSourceId {
    LogSourceId("probe/data".into())
}

/// The events and answers of the corpus; `None` where it is absent.
fn probes() -> Option<Probes> {
    let folder = shared::find("corpus/sigma/probes")?;
    let events = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let mut read = Vec::new();
    huntc::logs::read(events.as_bytes(), Some(&source()), &mut |record| {
        let mut event = record.event;
        if let Some(value) = event.fields.get("Field").cloned() {
            for name in ["Text", "Number", "Flag", "Address"] {
                event.fields.insert(name.into(), value.clone());
            }
        }
        event.time = Some(1_795_514_400_000);
        read.push(event);
        true
    });
    assert_eq!(read.len(), events.lines().count());
    let table = std::fs::read_to_string(folder.join("probes.tsv")).unwrap();
    let mut expected = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let indexes = cells[2].split(',').filter(|index| !index.is_empty()).map(|index| index.parse().unwrap()).collect();
        expected.insert(cells[0].to_owned(), indexes);
    }
    Some(Probes { events: read, expected })
}

fn rules() -> BTreeMap<String, (Arc<Rule>, Selection)> {
    let mut text = String::from(
        "logsource probe/data {\n  fields { Text: string, Number: integer, Flag: boolean, Address: ip, Other: string }\n}\n\nhunt probes {\n  title \"Probes\"\n",
    );
    for (name, clause) in CLAUSES {
        write!(text, "\n  detect probe_{name} on probe/data {{\n    title \"{name}\"\n    when {clause}\n    level low\n  }}\n")
            .unwrap();
    }
    text.push_str("}\n");
    let session = workspace::hunt(&text);
    let mut found = BTreeMap::new();
    for rule in &session.program.rules {
        let Body::Select(selections) = &rule.body else { continue };
        found.insert(rule.name.trim_start_matches("probe_").to_owned(), (Arc::clone(rule), selections[0].clone()));
    }
    found
}

#[test]
fn the_evaluator_answers_every_probe() {
    let Some(probes) = probes() else { return };
    let rules = rules();
    let mut faults = Vec::new();
    for (name, expected) in &probes.expected {
        let Some((_, selection)) = rules.get(name) else {
            faults.push(format!("{name}: no clause of ours"));
            continue;
        };
        let found: Vec<usize> = (0..probes.events.len()).filter(|at| eval::selects(selection, &probes.events[*at])).collect();
        if found != *expected {
            faults.push(format!("{name}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(probes.expected.len(), CLAUSES.len());
}

/// The made-up log source in columns that the products have, one of each type.
fn layout(profile: Profile) -> Layout {
    let splunk = profile == Profile::SplunkWindows;
    let columns = if splunk {
        [
            ("Text", "CommandLine"),
            ("Number", "TerminalSessionId"),
            ("Flag", "Initiated"),
            ("Address", "DestinationIp"),
            ("Other", "Description"),
        ]
    } else {
        [
            ("Text", "ProcessCommandLine"),
            ("Number", "CreatedProcessSessionId"),
            ("Flag", "IsProcessRemoteSession"),
            ("Address", "ProcessRemoteSessionIP"),
            ("Other", "ProcessVersionInfoFileDescription"),
        ]
    };
    let mapping = |column: &str| FieldMapping {
        decode: Decode::Column(column.to_owned()),
        always_present: false,
        never_stores_empty: false,
        full_path: false,
        file_name: None,
        xml_only: false,
        raw_identifiers: false,
        origin: "made up".to_owned(),
    };
    let sysmon = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
    let (place, column, value) = if splunk {
        (Place::Macro { name: "sysmon".into(), field: "source".into(), values: vec![sysmon.into()] }, "EventCode", "1")
    } else {
        (Place::Table("DeviceProcessEvents".into()), "ActionType", "ProcessCreated")
    };
    let when = ScopeCondition { column: column.into(), operator: ScopeOperator::IsOneOf, values: vec![value.into()] };
    Layout {
        source: source(),
        profile,
        scope: Scope { place, conditions: vec![when] },
        fields: columns.into_iter().map(|(field, column)| (field.to_owned(), mapping(column))).collect(),
    }
}

/// The event with what the condition looks at alone: the other columns would hold the probe's value too. For a keyword that is
/// the record's text, in Splunk with the field that has no column.
fn plain(event: &Event, selection: &Selection, target: Target) -> Event {
    let tested = huntc::verify::tested(selection);
    let mut plain = Event { raw: None, ..event.clone() };
    plain.fields.retain(|name, _| match &**name {
        "field" => tested.is_empty() && target == Target::Splunk,
        "Text" | "Other" if tested.is_empty() => true,
        name => tested.iter().any(|field| &*field.name == name),
    });
    plain
}

fn trials(probes: &Probes, profile: Profile) -> Vec<Trial> {
    let target = profile.target();
    let layout = Arc::new(layout(profile));
    let (mut trials, mut refused) = (Vec::new(), Vec::new());
    for (name, (rule, selection)) in rules() {
        match backend(target).compile(Request { rule: &rule, selection: &selection, layout: Some(&layout) }) {
            Ok(query) => {
                let events: Vec<(Event, String)> = probes
                    .events
                    .iter()
                    .enumerate()
                    .map(|(at, event)| (plain(event, &selection, target), format!("event {at}")))
                    .collect();
                let rows = oracles::rows(&selection, &layout, &query, &events);
                trials.push(Trial {
                    name,
                    table: layout.scope.place.columns().to_owned(),
                    query,
                    rows,
                    lookups: BTreeMap::new(),
                });
            }
            Err(losses) => refused.push((target, name, losses[0].code)),
        }
    }
    let refused: Vec<(Target, &str, &str)> = refused.iter().map(|(target, name, code)| (*target, name.as_str(), *code)).collect();
    let known: Vec<(Target, &str, &str)> = REFUSED.iter().filter(|(of, ..)| *of == target).copied().collect();
    assert_eq!(refused, known, "what {target} cannot say");
    trials
}

/// Whether each probe was answered as the specification wants, for the rows that the product can hold.
fn report(target: Target, trials: &[Trial], faults: Option<Vec<String>>) {
    let Some(faults) = faults else { return };
    let rows: usize = trials.iter().map(|trial| trial.rows.len()).sum();
    eprintln!("{target}: {} probes over {rows} rows", trials.len());
    assert!(rows > trials.len() * 10, "{rows} rows say little");
    let approximate: Vec<&str> =
        trials.iter().filter(|trial| !trial.query.losses.is_empty()).map(|trial| trial.name.as_str()).collect();
    assert!(approximate.is_empty(), "{target} is only near for {approximate:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n=====\n"));
}

#[test]
fn splunk_answers_the_probes() {
    let Some(probes) = probes() else { return };
    let trials = trials(&probes, Profile::SplunkWindows);
    report(Target::Splunk, &trials, oracles::run_splunk(&trials));
}

#[test]
fn sentinel_answers_the_probes() {
    let Some(probes) = probes() else { return };
    let trials = trials(&probes, Profile::SentinelXdr);
    report(Target::Sentinel, &trials, oracles::run_kusto(Target::Sentinel, &trials));
}

#[test]
fn defender_answers_the_probes() {
    let Some(probes) = probes() else { return };
    let trials = trials(&probes, Profile::DefenderXdr);
    report(Target::Defender, &trials, oracles::run_kusto(Target::Defender, &trials));
}

/// A value of a probe's event, for a reader of this file: lists are elements of one field.
#[test]
fn lists_of_the_probes_are_lists() {
    let Some(probes) = probes() else { return };
    let lists = probes.events.iter().filter(|event| matches!(event.fields.get("Text"), Some(Value::List(_)))).count();
    assert_eq!(lists, 2);
}
