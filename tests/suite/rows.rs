//! Rows copied from published samples find what they should, in the emitted text, run by engines that share no code with us.
//!
//! A layout made from our own mappings cannot find a wrong mapping (S8.2a): these rows come from elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use huntc::compile::{self, ReadProblem, Request, Sources, TargetSetting};
use huntc::ir::Body;
use huntc::ir::event::Event;
use huntc::schema::{Profile, Target};
use serde_json::{Value, json};

use crate::shared;

struct One(String);

impl Sources for One {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        if path == "rows.hunt" { Ok(self.0.clone().into_bytes()) } else { Err(ReadProblem::Missing) }
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

struct Published {
    place: String,
    target: Target,
    profile: Option<Profile>,
    value: Value,
}

fn published() -> Vec<Published> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rows");
    let mut found = Vec::new();
    for target in [Target::Splunk, Target::Sentinel, Target::Defender] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder.join(target.name())).unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            for (index, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
                let place = format!("{}/{}:{}", target.name(), file.file_name().unwrap().to_string_lossy(), index + 1);
                let value: Value = serde_json::from_str(line).unwrap();
                let name = value["profile"].as_str().and_then(|name| name.rsplit_once('_')).map(|(_, name)| name.to_owned());
                let profile = target.profiles().iter().copied().find(|profile| Some(profile.name()) == name.as_deref());
                assert!(profile.is_some(), "{place}: unknown profile");
                found.push(Published { place, target, profile, value });
            }
        }
    }
    found
}

/// A query and its macros, or why the target refuses the condition.
type Emitted = Result<(String, BTreeMap<String, String>), String>;

/// The emitted query of each row's condition, compiled as a hunt.
fn queries(rows: &[Published]) -> Vec<Emitted> {
    rows.iter()
        .map(|row| {
            let condition = row.value["condition"].as_str().unwrap();
            // What the classic rendering alone lacks is no matter of one XML row: there the clause is exact.
            emitted(row, condition).or_else(|refused| {
                if refused.starts_with("L0314") { emitted(row, &format!("approximate ({condition})")) } else { Err(refused) }
            })
        })
        .collect()
}

fn emitted(row: &Published, condition: &str) -> Emitted {
    let source = row.value["logsource"].as_str().unwrap();
    let text = format!(
        "hunt rows {{\n  hypothesis \"x\"\n  detect r on {source} {{\n    when {{\n      {condition}\n    }}\n  }}\n}}\n"
    );
    let session = compile::load(&Request { roots: vec!["rows.hunt".to_owned()], ..Request::default() }, &One(text));
    assert!(!session.has_errors(), "{}: {:?}", row.place, session.diagnostics);
    let rule = &session.program.rules[0];
    let Body::Select(selections) = &rule.body else { panic!("{}: not a selection", row.place) };
    match compile::compile_rule(rule, &selections[0], &TargetSetting { profile: row.profile, ..TargetSetting::new(row.target) }) {
        Ok(query) => {
            assert!(query.losses.iter().all(|loss| loss.code == "L0314"), "{}: approximate", row.place);
            Ok((query.text, query.attachments.into_iter().map(|each| (each.name, each.text)).collect()))
        }
        Err(losses) => Err(losses.iter().map(|loss| format!("{} {}", loss.code, loss.message)).collect::<Vec<_>>().join("; ")),
    }
}

/// Lines that a script answers to an input; `None`, and said, where it cannot run.
fn ask(script: &str, package: &str, arguments: &[PathBuf], input: String) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(script);
    let python = std::env::var_os("HUNTC_PYTHON").unwrap_or_else(|| "python3".into());
    let there = Command::new(&python).args(["-c", &format!("import {package}")]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: Python with `{package}` is absent (HUNTC_PYTHON names another)");
        return None;
    }
    let child = Command::new(python).arg(&script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: Python is absent");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    if !output.status.success() {
        eprintln!("skipped: {} does not run here ({})", script.display(), output.status);
        // In the gate the engine is set up, so that a failure is a failure.
        assert!(std::env::var_os("HUNTC_PYTHON").is_none(), "{} failed", script.display());
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn published_splunk_rows_are_found_by_the_emitted_searches() {
    let Some(oracle) = shared::find("oracles/spl") else { return };
    let rows: Vec<Published> = published().into_iter().filter(|row| row.target == Target::Splunk).collect();
    let queries = queries(&rows);
    let (mut cases, mut asked, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (row, query) in rows.iter().zip(queries) {
        match query {
            Ok((text, macros)) => {
                cases.push(json!({"query": text, "macros": macros, "rows": [row.value["row"]]}));
                asked.push((row, text));
            }
            Err(refused) => faults.push(format!("{}: refused: {refused}", row.place)),
        }
    }
    let Some(answers) = ask("spl_cases.py", "regex", &[oracle], Value::Array(cases).to_string()) else { return };
    assert_eq!(answers.len(), asked.len());
    for ((row, text), answer) in asked.iter().zip(&answers) {
        let selected = answer["rows"].as_array().map(|rows| !rows.is_empty());
        if selected != row.value["match"].as_bool() {
            faults.push(format!("{}: {answer}, expected {}\n{text}", row.place, row.value["match"]));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len(), faults.join("\n"));
}

#[test]
fn published_kusto_rows_are_found_by_the_emitted_queries() {
    let (Some(oracle), Some(tables)) = (shared::find("oracles/kql"), shared::find("data/tables")) else { return };
    for (target, types, time) in
        [(Target::Sentinel, "sentinel.tsv", "TimeGenerated"), (Target::Defender, "defender_xdr.tsv", "Timestamp")]
    {
        let rows: Vec<Published> = published().into_iter().filter(|row| row.target == target).collect();
        let queries = queries(&rows);
        let (mut input, mut asked, mut faults) = (String::new(), Vec::new(), Vec::new());
        for (index, (row, query)) in rows.iter().zip(queries).enumerate() {
            let (text, _) = match query {
                Ok(query) => query,
                Err(refused) => {
                    faults.push(format!("{}: refused: {refused}", row.place));
                    continue;
                }
            };
            // The table stands after the query's own functions.
            let table =
                text.lines().find(|line| line.chars().all(|each| each.is_alphanumeric()) && !line.is_empty()).unwrap_or_default();
            let own = row.value["table"].as_str().unwrap_or(table);
            // A row of another table than the query's is not there for it.
            let mut stored = row.value["row"].clone();
            if stored.get(time).is_none() {
                stored[time] = json!("2026-01-01T00:00:00Z");
            }
            let stored = if own == table { json!([stored]) } else { json!([]) };
            input.push_str(&format!("{}\n", json!({"dataset": index.to_string(), "table": table, "rows": stored})));
            input.push_str(&format!("{}\n", json!({"id": index, "dataset": index.to_string(), "query": text, "mark": time})));
            asked.push((row, text));
        }
        let Some(answers) = ask("kql_batch.py", "paula", &[oracle.clone(), tables.join(types)], input) else { return };
        assert_eq!(answers.len(), asked.len());
        for ((row, text), answer) in asked.iter().zip(&answers) {
            let selected = answer["marks"].as_array().map(|rows| !rows.is_empty());
            if selected != row.value["match"].as_bool() {
                faults.push(format!("{}: {answer}, expected {}\n{text}", row.place, row.value["match"]));
            }
        }
        assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len(), faults.join("\n"));
    }
}
