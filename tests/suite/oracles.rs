//! Emitted text, run by independent engines over the same events (S8.1, S8.2): for every detect of the project's own hunts its
//! tests' events and its witnesses, laid out as each product stores them, once for each rendering. What the engine selects must be
//! what the reference evaluator selects.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use huntc::backends::Query;
use huntc::compile::{Session, TargetSetting, compile_rule, compile_swept};
use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Body, Direction, Rule, Selection, Test};
use huntc::schema::catalogue::{self, LogSource};
use huntc::schema::mapping;
use huntc::schema::{Decode, Field, Layout, ScalarType, Target};
use huntc::verify::{self, Cell, Row, Shelf};

use crate::generate::{self, Allow, Random};

use crate::kusto::oracle::{Interpreter, language_service};
use crate::{shared, splunk, splunk_differential, workspace};

/// One query and the rows that it is run over.
pub struct Trial {
    pub name: String,
    pub table: String,
    pub query: Query,
    pub rows: Vec<Expected>,
    /// Lookup files that the query asks, by name.
    pub lookups: BTreeMap<String, String>,
}

/// One row, and whether the hunt means it.
pub struct Expected {
    row: Row,
    pub selected: bool,
    /// What it is, for a message.
    about: String,
}

/// The events that a selection is judged over: its witnesses, and what the hunts' tests say of its rule.
fn events(session: &Session, rule: &Rule, selection: &Selection) -> Vec<(Event, String)> {
    let found = verify::witnesses(selection);
    let mut events: Vec<(Event, String)> =
        found.events.into_iter().map(|witness| (witness.event, format!("{:?}", witness.purpose))).collect();
    for test in &session.program.tests {
        let rows = test.rows.iter().filter(|row| row.rule == rule.id).map(|row| &row.event);
        for event in rows.chain(&test.events).filter(|event| event.source == selection.source) {
            events.push((Event { time: event.time.or(Some(1_795_514_400_000)), ..event.clone() }, format!("test {}", test.name)));
        }
    }
    events
}

/// A record's text, as a keyword looks at it.
fn raw(event: &Event) -> String {
    let mut text = String::new();
    for (name, value) in &event.fields {
        let value = match value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        text.push_str(&format!("{name}: {value}\n"));
    }
    text
}

fn holds_every_value(row: &Row, event: &Event) -> bool {
    let cells: Vec<String> = row.cells.values().map(|cell| cell.json().to_string()).collect();
    let bare = |text: &str| cells.iter().any(|cell| cell.trim_matches('"') == text);
    event.fields.values().all(|value| match value {
        Value::Text(text) => cells.contains(&json!(text).to_string()),
        Value::Integer(value) => bare(&json!(value).to_string()),
        Value::Float(value) => bare(&json!(value).to_string()),
        Value::Boolean(value) => bare(&json!(value).to_string()),
        Value::List(_) | Value::Object(_) => false,
    })
}

/// The rows of a selection in a product, each with what the hunt means of it. Events that lie outside of what the query assumes
/// say nothing of it and are left out, and so are those that the product cannot hold.
pub fn rows(selection: &Selection, layout: &Arc<Layout>, query: &Query, events: &[(Event, String)]) -> Vec<Expected> {
    let shelf = Shelf::new(Arc::clone(layout));
    let keyword = selection.condition.tests().iter().any(|(test, _)| matches!(test, Test::Anywhere { .. }));
    let mut rows: Vec<Expected> = Vec::new();
    for (event, about) in events {
        if query.assumes.iter().any(|assumption| verify::lies_outside(event, *assumption, selection, layout)) {
            continue;
        }
        for rendering in verify::renderings(layout) {
            let Ok(mut row) = verify::lay_out(event, selection, &shelf, &rendering) else { continue };
            if keyword && layout.profile.target() == Target::Splunk {
                row.cells.insert("_raw".to_owned(), Cell::Text(raw(event)));
            } else if keyword && !holds_every_value(&row, event) {
                // A keyword would look for what the table has no column for.
                continue;
            }
            let selected = eval::selects(selection, event);
            let about = format!("{about}, {}", rendering.name);
            // A handful of rows of another kind is enough.
            if selected && rows.len() < 40 {
                for decoy in verify::decoys(&row, layout) {
                    rows.push(Expected { row: decoy, selected: false, about: format!("{about}, of another kind") });
                }
            }
            rows.push(Expected { row, selected, about });
        }
    }
    rows
}

/// Every selection of a session in one target.
pub fn trials(session: &Session, target: Target) -> Vec<Trial> {
    let setting = TargetSetting::new(target);
    let mut trials = Vec::new();
    for rule in &session.program.rules {
        for selection in rule.body.selections().unwrap_or_default() {
            let Some(profile) = setting.profile else { continue };
            let Ok(layout) = mapping::layout(profile, &selection.source) else { continue };
            // What a target refuses it says so; the build's tests look at that. Of a sweep it keeps what it has fields for.
            let compiled = match rule.body {
                Body::Sweep(_) => compile_swept(rule, selection, &setting),
                Body::Select(_) | Body::Correlation(_) => {
                    compile_rule(rule, selection, &setting).map(|query| (selection.clone(), query))
                }
            };
            let Ok((selection, query)) = compiled else { continue };
            let rows = rows(&selection, &layout, &query, &events(session, rule, &selection));
            trials.push(Trial {
                name: format!("{} on {target}", selection.name),

                table: layout.scope.place.columns().to_owned(),
                query,
                rows,
                lookups: BTreeMap::new(),
            });
        }
    }
    trials
}

/// What is wrong with the rows that an engine selected; `None` where nothing is.
fn fault(trial: &Trial, found: &[usize]) -> Option<String> {
    let direction = trial.query.losses.iter().filter_map(|loss| loss.direction).reduce(Direction::join);
    let wrong: Vec<String> = trial
        .rows
        .iter()
        .enumerate()
        .filter(|(index, expected)| {
            let got = found.contains(index);
            match direction {
                None => got != expected.selected,
                Some(Direction::Wider) => expected.selected && !got,
                Some(Direction::Narrower) => got && !expected.selected,
                Some(Direction::Either) => false,
            }
        })
        .map(|(_, expected)| {
            format!(
                "should be {}: {} ({})",
                if expected.selected { "selected" } else { "left" },
                expected.row.json(),
                expected.about
            )
        })
        .collect();
    if wrong.is_empty() {
        return None;
    }
    let shown = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
    Some(format!("{}: {} of {} rows\n{shown}\nquery:\n{}", trial.name, wrong.len(), trial.rows.len(), trial.query.text))
}

pub fn report(target: Target, trials: &[Trial], faults: &[String]) {
    let rows: usize = trials.iter().map(|trial| trial.rows.len()).sum();
    let selected = trials.iter().flat_map(|trial| &trial.rows).filter(|expected| expected.selected).count();
    eprintln!("{target}: {} queries over {rows} rows, {selected} of them to be selected", trials.len());
    assert!(faults.is_empty(), "{} of {} queries:\n{}", faults.len(), trials.len(), faults.join("\n=====\n"));
    for trial in trials {
        // Otherwise the engine was asked nothing.
        assert!(trial.rows.iter().any(|expected| !expected.selected), "{}: no row to leave", trial.name);
        assert!(trial.rows.iter().any(|expected| expected.selected), "{}: no row to select", trial.name);
    }
}

/// Runs Splunk queries; `None` where the interpreter is absent.
pub fn run_splunk(trials: &[Trial]) -> Option<Vec<String>> {
    let folder = shared::find("oracles/spl")?;
    let cases: Vec<Json> = trials
        .iter()
        .map(|trial| {
            let macros: serde_json::Map<String, Json> =
                trial.query.attachments.iter().map(|each| (each.name.clone(), json!(each.text))).collect();
            let rows: Vec<Json> = trial
                .rows
                .iter()
                .map(|expected| {
                    let mut row = expected.row.json();
                    if let Some(Cell::Time(time)) = expected.row.cells.get("_time") {
                        // Splunk's own time counts seconds since 1970.
                        row["_time"] = json!(*time as f64 / 1000.0);
                    }
                    row
                })
                .collect();
            json!({"query": trial.query.text, "macros": macros, "rows": rows, "lookups": trial.lookups})
        })
        .collect();
    let answers = splunk_differential::answers(&folder, &Json::Array(cases))?;
    assert_eq!(answers.len(), trials.len());
    let mut faults = Vec::new();
    for (trial, answer) in trials.iter().zip(&answers) {
        match answer["rows"].as_array() {
            Some(found) => {
                let found: Vec<usize> = found.iter().filter_map(|index| usize::try_from(index.as_u64()?).ok()).collect();
                faults.extend(fault(trial, &found));
            }
            None => faults.push(format!("{}: {answer}\n{}", trial.name, trial.query.text)),
        }
    }
    Some(faults)
}

/// The column that holds a row's time in a product.
fn time_column(target: Target) -> &'static str {
    if target == Target::Defender { "Timestamp" } else { "TimeGenerated" }
}

/// Digits for the numbers of rows: a keyword looks into times too, and one of the probes looks for a 7.
const DIGITS: &str = "012345689";

/// A row's number as four digits.
fn digits_of(index: usize) -> String {
    let base = DIGITS.len();
    let digit = |place: u32| &DIGITS[index / base.pow(place) % base..][..1];
    [digit(3), digit(2), digit(1), digit(0)].concat()
}

fn index_of(digits: &str) -> usize {
    digits.chars().fold(0, |index, digit| index * DIGITS.len() + DIGITS.find(digit).expect("a digit of ours"))
}

/// Runs KQL queries of one target; `None` where the interpreter is absent. A row is known again by the ticks of its time below
/// a millisecond.
pub fn run_kusto(target: Target, trials: &[Trial]) -> Option<Vec<String>> {
    let interpreter = Interpreter::find()?;
    let mark = time_column(target);
    let mut jobs = Vec::new();
    for (id, trial) in trials.iter().enumerate() {
        assert!(trial.rows.len() < DIGITS.len().pow(4), "{}", trial.name);
        let rows: Vec<Json> = trial
            .rows
            .iter()
            .enumerate()
            .map(|(index, expected)| {
                let mut row = expected.row.json();
                let Some(Cell::Time(time)) = expected.row.cells.get(mark) else { panic!("{}: a row without a time", trial.name) };
                let second = seconds(*time);
                row[mark] = json!(format!("{second}.{:03}{}Z", time.rem_euclid(1000), digits_of(index)));
                row
            })
            .collect();
        jobs.push(json!({"dataset": id, "table": trial.table, "rows": rows}));
        jobs.push(json!({"id": id, "dataset": id, "query": trial.query.text, "mark": mark}));
    }
    let answers: BTreeMap<u64, Json> =
        interpreter.run(target, &jobs).into_iter().map(|answer| (answer["id"].as_u64().unwrap(), answer)).collect();
    let mut faults = Vec::new();
    for (id, trial) in trials.iter().enumerate() {
        let answer = &answers[&(id as u64)];
        match answer["marks"].as_array() {
            Some(marks) => {
                let index = |mark: &Json| {
                    let text = mark.as_str().unwrap_or_default().trim_end_matches('Z').to_owned();
                    index_of(&text[text.len() - 4..])
                };
                faults.extend(fault(trial, &marks.iter().map(index).collect::<Vec<_>>()));
            }
            None => faults.push(format!("{}: {answer}\n{}", trial.name, trial.query.text)),
        }
    }
    Some(faults)
}

/// `2026-11-24T10:00:00` of milliseconds since 1970.
fn seconds(time: i64) -> String {
    let whole = time.div_euclid(1000) * 1000;
    Cell::Time(whole).json().as_str().unwrap().trim_end_matches('Z').to_owned()
}

#[test]
fn splunk_selects_what_the_hunts_mean() {
    if shared::find("oracles/spl").is_none() {
        return;
    }
    let session = workspace::hunts();
    let trials = trials(&session, Target::Splunk);
    if let Some(faults) = run_splunk(&trials) {
        report(Target::Splunk, &trials, &faults);
    }
}

#[test]
fn sentinel_selects_what_the_hunts_mean() {
    if Interpreter::find().is_none() {
        return;
    }
    let session = workspace::hunts();
    let trials = trials(&session, Target::Sentinel);
    if let Some(faults) = run_kusto(Target::Sentinel, &trials) {
        report(Target::Sentinel, &trials, &faults);
    }
}

#[test]
fn defender_selects_what_the_hunts_mean() {
    if Interpreter::find().is_none() {
        return;
    }
    let session = workspace::hunts();
    let trials = trials(&session, Target::Defender);
    if let Some(faults) = run_kusto(Target::Defender, &trials) {
        report(Target::Defender, &trials, &faults);
    }
}

/// The vendor's own language service has nothing to say against any query of the hunts.
#[test]
fn the_language_service_accepts_the_hunts() {
    let session = workspace::hunts();
    let mut queries = Vec::new();
    for target in [Target::Sentinel, Target::Defender] {
        let setting = TargetSetting::new(target);
        for rule in &session.program.rules {
            let selections = rule.body.selections().unwrap_or_default().iter();
            let compiled = selections.filter_map(|selection| match rule.body {
                Body::Sweep(_) => compile_swept(rule, selection, &setting).ok().map(|(_, query)| query),
                Body::Select(_) | Body::Correlation(_) => compile_rule(rule, selection, &setting).ok(),
            });
            queries.extend(compiled.map(|query| (target, query.text)));
        }
    }
    assert!(!queries.is_empty());
    if let Some(faults) = language_service(&queries) {
        assert!(faults.is_empty(), "{}", faults.join("\n=====\n"));
    }
}

/// Conditions made at random, over the fields that the product keeps of each of its log sources, with their witnesses: a second
/// look beside each target's own differential test, with events that are chosen for the condition.
fn random_trials(target: Target, seed: u64, count: usize) -> Vec<Trial> {
    let mut random = Random::new(seed);
    let setting = TargetSetting::new(target);
    let profile = setting.profile.expect("a target with profiles");
    let shelves: Vec<(Arc<LogSource>, Arc<Layout>)> = catalogue::all()
        .filter_map(|row| {
            let source = catalogue::find(row.id)?;
            let layout = mapping::layout(profile, &source.id).ok()?;
            Some((source, layout))
        })
        .collect();
    let rule = splunk::rule();
    let allow = Allow { clock: true, presence_of_absent: target == Target::Splunk, ..Allow::default() };
    let (mut trials, mut refused) = (Vec::new(), 0);
    while trials.len() < count {
        let (source, layout) = random.pick(&shelves).clone();
        let kept: Vec<Field> = source
            .fields
            .iter()
            .filter(|field| {
                field.kind.scalar != ScalarType::Time
                    && layout.fields.get(&*field.name).is_some_and(|mapping| !matches!(mapping.decode, Decode::Absent(_)))
            })
            .cloned()
            .collect();
        let fields: Vec<Field> = (0..3).map(|_| random.pick(&kept).clone()).collect();
        let selection = Selection {
            source: source.id.clone(),
            separators: source.separators,
            name: format!("random_{seed}_{}", trials.len()),
            id: huntc::ir::Uuid::nil(),
            condition: generate::condition(&mut random, &fields, 2, allow),
            exceptions: Vec::new(),
            output: Vec::new(),
        };
        let query = match compile_rule(&rule, &selection, &setting) {
            Ok(query) => query,
            Err(losses) => {
                refused += 1;
                assert!(refused < count * 20, "{target} refuses nearly everything: {losses:?}");
                continue;
            }
        };
        let events = verify::witnesses(&selection).events;
        let events: Vec<(Event, String)> = events
            .into_iter()
            .map(|witness| (witness.event, format!("{:?} {:?}", witness.purpose, selection.condition)))
            .collect();
        let rows = rows(&selection, &layout, &query, &events);
        trials.push(Trial {
            name: selection.name.clone(),
            table: layout.scope.place.columns().to_owned(),
            query,
            rows,
            lookups: BTreeMap::new(),
        });
    }
    let rows: usize = trials.iter().map(|trial| trial.rows.len()).sum();
    let selected = trials.iter().flat_map(|trial| &trial.rows).filter(|expected| expected.selected).count();
    eprintln!("{target}: {count} conditions, {refused} more refused; {rows} rows, {selected} of them to be selected");
    assert!(selected * 10 > rows && rows > count * 5, "{selected} of {rows} rows: too little to mean much");
    trials
}

fn settings() -> (u64, usize) {
    let number = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise);
    (number("HUNTC_SEED", 1), usize::try_from(number("HUNTC_COUNT", 40)).unwrap())
}

fn judge(trials: &[Trial], faults: Option<Vec<String>>) {
    if let Some(mut faults) = faults {
        faults.sort_by_key(String::len);
        assert!(
            faults.is_empty(),
            "{} of {}; the smallest:\n{}",
            faults.len(),
            trials.len(),
            faults[..faults.len().min(3)].join("\n=====\n")
        );
    }
}

#[test]
fn splunk_selects_what_random_conditions_mean() {
    if shared::find("oracles/spl").is_none() {
        return;
    }
    let (seed, count) = settings();
    let trials = random_trials(Target::Splunk, seed, count);
    judge(&trials, run_splunk(&trials));
}

#[test]
fn sentinel_selects_what_random_conditions_mean() {
    if Interpreter::find().is_none() {
        return;
    }
    let (seed, count) = settings();
    let trials = random_trials(Target::Sentinel, seed, count);
    judge(&trials, run_kusto(Target::Sentinel, &trials));
}

#[test]
fn defender_selects_what_random_conditions_mean() {
    if Interpreter::find().is_none() {
        return;
    }
    let (seed, count) = settings();
    let trials = random_trials(Target::Defender, seed, count);
    judge(&trials, run_kusto(Target::Defender, &trials));
}
