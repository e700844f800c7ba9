//! Emitted searches through the model of Splunk, against the evaluator: without any engine beside the checkout, so that it always
//! runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use huntc::backends::Query;
use huntc::compile::{Outcome, TargetSetting, build, compile_rule};
use huntc::ir::{Body, Selection};
use huntc::models::spl::Search;
use huntc::schema::mapping::{self, Layout, Profile};
use huntc::schema::{LogSourceId, Target};
use huntc::verify::{self, Agreement, Emitted, Unjudged, witnesses};

use crate::models::shown;
use crate::workspace;

fn judged(selection: &Selection, query: &Query, text: &str, layout: &Arc<Layout>) -> Result<Agreement, Unjudged> {
    let beside: Vec<(&str, &str)> = query.attachments.iter().map(|each| (each.name.as_str(), each.text.as_str())).collect();
    let target = Target::Splunk;
    let emitted = Emitted { target, text, beside: &beside, layout: Some(layout), assumes: &query.assumes };
    verify::agree(selection, &witnesses(selection), &emitted)
}

#[test]
fn every_rule_of_the_hunts_agrees_with_the_model_of_splunk() {
    let session = workspace::hunts();
    let built = build(&session, &[TargetSetting::new(Target::Splunk)], "19.0");
    let (mut rules, mut events, mut left_out, mut faults) = (0, 0, 0, Vec::new());
    for rule in &built.rules {
        let (Some(selection), Outcome::Written(query)) = (&rule.selection, &rule.targets[0].outcome) else { continue };
        if !query.losses.is_empty() {
            continue;
        }
        let layout = mapping::layout(Profile::SplunkWindows, &selection.source).unwrap();
        rules += 1;
        match judged(selection, query, &query.text, &layout) {
            Ok(agreement) => {
                events += agreement.events;
                left_out += agreement.left_out;
                if let Some(first) = agreement.differences.first() {
                    let (name, count) = (&selection.name, agreement.differences.len());
                    faults.push(format!("{name}, {count} differ: {}\n{}", shown(first), query.text));
                }
            }
            Err(unjudged) => faults.push(format!("{}: {unjudged:?}", selection.name)),
        }
    }
    eprintln!("{rules} rules, {events} events, {left_out} left out");
    assert!(faults.is_empty(), "{} of {rules}:\n{}", faults.len(), faults.join("\n\n"));
    assert!(rules > 60 && events > 5_000, "{rules} rules, {events} events");
}

/// A stanza of a `.conf` file: its `definition`, whose lines go on behind a backslash.
fn definitions(conf: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let joined = conf.replace("\\\n", "\n\u{0}");
    let mut name = String::new();
    for line in joined.split('\n').map(str::to_owned).fold(Vec::<String>::new(), |mut lines, line| {
        match (line.strip_prefix('\u{0}'), lines.last_mut()) {
            (Some(rest), Some(last)) => {
                last.push('\n');
                last.push_str(rest);
            }
            _ => lines.push(line),
        }
        lines
    }) {
        if let Some(stanza) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name = stanza.to_owned();
        } else if let Some(definition) = line.strip_prefix("definition = ") {
            found.insert(name.clone(), definition.to_owned());
        }
    }
    found
}

/// The committed files as a site would install them: each search with the macros of the app.
#[test]
fn every_committed_search_is_read_with_the_macros_of_the_app() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("outputs/splunk");
    let macros = definitions(&std::fs::read_to_string(root.join("app/default/macros.conf")).unwrap());
    let mut read = 0;
    for folder in std::fs::read_dir(&root).unwrap().flatten().filter(|entry| entry.file_name() != "app") {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            if file.path().extension().is_some_and(|ending| ending == "spl") {
                let text = std::fs::read_to_string(file.path()).unwrap();
                Search::read(&text, &macros).unwrap_or_else(|problem| panic!("{:?}: {problem}\n{text}", file.path()));
                read += 1;
            }
        }
    }
    assert!(read > 60, "{read} searches");
}

/// A hunt of one rule, its selection and its query.
fn compiled(source: &str, condition: &str) -> (Selection, Query, Arc<Layout>) {
    let session = workspace::hunt(&format!(
        "hunt h {{\n  title \"H\"\n  detect d on {source} {{\n    title \"D\"\n    when {condition}\n    level low\n  }}\n}}\n"
    ));
    let rule = Arc::clone(&session.program.rules[0]);
    let Body::Select(selections) = &rule.body else { panic!("no detect") };
    let selection = selections[0].clone();
    let query = compile_rule(&rule, &selection, &TargetSetting::new(Target::Splunk))
        .unwrap_or_else(|losses| panic!("{condition}: {losses:?}"));
    let layout = mapping::layout(Profile::SplunkWindows, &LogSourceId(source.into())).unwrap();
    (selection, query, layout)
}

/// What a person might break in a search by hand, or a backend by a slip: each is found, and the whole text passes.
#[test]
fn what_is_broken_in_a_search_is_found() {
    let process = "windows/process_creation";
    let network = "windows/network_connection";
    let mut missed = Vec::new();
    for (source, condition, from, to) in [
        // One escape.
        (process, r"CommandLine contains '\\server\c$'", r"\\\\server", r"\\server"),
        (process, r#"CommandLine contains 'a"b'"#, "\\\"", "\""),
        (process, r"CommandLine matches /a\.b/", r"\.", r"\\."),
        (process, r"CommandLine matches /x$/", r"\z", ""),
        (process, r"CommandLine matches /a\\b/", r"\x5c", "\\\\"),
        (process, "CommandLine contains cased 'Bx'", "\"Bx", "\"bx"),
        (process, "CommandLine contains cased 'Bx'", "match(CommandLine,", "match(lower(CommandLine),"),
        // One null guard.
        (process, "not CommandLine matches /a.c/", "isnotnull(CommandLine)", "true()"),
        (network, "not DestinationIp in ('10.1.0.0/16', '::1')", "isnotnull(DestinationIp)", "true()"),
        (process, "not CommandLine matches /a.c/ or User == 'x'", "isnotnull(CommandLine)", "isnull(CommandLine)"),
        // One parenthesis, one word, one wildcard.
        (process, "(CommandLine endswith 'a' and User == 'b') or (CommandLine endswith 'c' and User == 'd')", " OR ", " "),
        (process, "CommandLine contains 'x' and not (CommandLine contains 'a' or User == 'b')", "NOT ", ""),
        (process, "CommandLine contains 'x' and not (CommandLine contains 'a' or User == 'b')", "NOT (", "NOT "),
        (process, "CommandLine startswith 'ab'", "ab*", "ab"),
        (process, "CommandLine startswith 'ab'", "\"ab", "\"*ab"),
        (process, "CommandLine matches /a.c/ and (User == 'b' or Image endswith 'c')", " OR ", " AND "),
        // The scope, a column, a whole stage.
        (process, "CommandLine contains 'x'", "EventCode=1", "EventCode=2"),
        (process, "CommandLine contains 'x'", " EventCode=1", ""),
        (process, "CommandLine contains 'x'", "CommandLine=", "Image="),
        (process, "CommandLine matches /a.c/", "\n| where", "\n| search *\n| table CommandLine\n| where NOT"),
    ] {
        let (selection, query, layout) = compiled(source, condition);
        match judged(&selection, &query, &query.text, &layout) {
            Ok(whole) if whole.differences.is_empty() && whole.events > 4 => {}
            other => panic!("{condition}: {other:?}\n{}", query.text),
        }
        let broken = query.text.replacen(from, to, 1);
        if broken == query.text {
            missed.push(format!("{condition}: nothing to break at {from}\n{broken}"));
        } else if matches!(judged(&selection, &query, &broken, &layout), Ok(agreement) if agreement.differences.is_empty()) {
            missed.push(format!("{condition}: {from} to {to} is not found\n{broken}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}
