//! Emitted queries through the models of their targets, against the evaluator: without any engine beside the checkout, so that
//! it always runs.

use std::sync::Arc;

use huntc::backends::Query;
use huntc::compile::{Outcome, TargetSetting, build, compile_rule};
use huntc::ir::Selection;
use huntc::ir::event::Event;
use huntc::schema::Target;
use huntc::schema::mapping::{self, Layout};
use huntc::verify::{self, Agreement, Difference, Emitted, Unjudged, witnesses};

use crate::workspace;

/// What a reviewer needs of a difference.
pub fn shown(difference: &Difference) -> String {
    let Event { fields, time, .. } = &difference.event;
    let decoy = if difference.decoy { ", of another kind" } else { "" };
    format!("{time:?} {fields:?}{decoy}: the hunt says {}, the model {:?}", difference.expected, difference.found)
}

/// A query's text against the hunt.
fn judged(
    selection: &Selection,
    query: &Query,
    text: &str,
    target: Target,
    layout: Option<&Arc<Layout>>,
) -> Result<Agreement, Unjudged> {
    let beside: Vec<(&str, &str)> = query.attachments.iter().map(|each| (each.name.as_str(), each.text.as_str())).collect();
    verify::agree(selection, &witnesses(selection), &Emitted { target, text, beside: &beside, layout, assumes: &query.assumes })
}

#[test]
fn every_rule_of_the_hunts_agrees_with_the_models_of_kql() {
    let session = workspace::hunts();
    let settings = [Target::Sentinel, Target::Defender].map(TargetSetting::new);
    let built = build(&session, &settings, "19.0");
    let (mut rules, mut events, mut left_out, mut faults) = (0, 0, 0, Vec::new());
    for rule in &built.rules {
        let Some(selection) = &rule.selection else { continue };
        let found = witnesses(selection);
        for (target, setting) in rule.targets.iter().zip(&settings) {
            let Outcome::Written(query) = &target.outcome else { continue };
            if !query.losses.is_empty() {
                continue;
            }
            let layout = mapping::layout(setting.profile.unwrap(), &selection.source).ok();
            let emitted = Emitted {
                target: target.target,
                text: &query.text,
                beside: &[],
                layout: layout.as_ref(),
                assumes: &query.assumes,
            };
            rules += 1;
            match verify::agree(selection, &found, &emitted) {
                Ok(agreement) => {
                    events += agreement.events;
                    left_out += agreement.left_out;
                    if let Some(first) = agreement.differences.first() {
                        let (name, target, count) = (&selection.name, target.target, agreement.differences.len());
                        faults.push(format!("{name} on {target}, {count} differ: {}\n{}", shown(first), query.text));
                    }
                }
                Err(unjudged) => faults.push(format!("{} on {}: {unjudged:?}", selection.name, target.target)),
            }
        }
    }
    eprintln!("{rules} rules, {events} events, {left_out} left out");
    assert!(faults.is_empty(), "{} of {rules}:\n{}", faults.len(), faults.join("\n\n"));
    assert!(rules > 90 && events > 4_000, "{rules} rules, {events} events");
}

/// A hunt of one rule, its selection and its query.
fn compiled(target: Target, source: &str, condition: &str) -> (Selection, Query, Arc<Layout>) {
    let session = workspace::hunt(&format!(
        "hunt h {{\n  title \"H\"\n  detect d on {source} {{\n    title \"D\"\n    when {condition}\n    level low\n  }}\n}}\n"
    ));
    let setting = TargetSetting::new(target);
    let rule = Arc::clone(&session.program.rules[0]);
    let huntc::ir::Body::Select(selections) = &rule.body else { panic!("no detect") };
    let selection = selections[0].clone();
    let query = compile_rule(&rule, &selection, &setting).unwrap_or_else(|losses| panic!("{condition}: {losses:?}"));
    let layout = mapping::layout(setting.profile.unwrap(), &selection.source).unwrap();
    (selection, query, layout)
}

/// What a person might break in a query by hand, or a backend by a slip: each is found, and the whole text passes.
#[test]
fn what_is_broken_in_a_query_is_found() {
    let process = "windows/process_creation";
    let network = "windows/network_connection";
    let mut missed = Vec::new();
    for (source, condition, from, to) in [
        // One escape: a backslash, the mark of a verbatim text, a dot and an end of a pattern, a letter that folds.
        (process, r"CommandLine contains '\\server\c$'", r"\\server", r"\server"),
        (process, r"CommandLine contains 'C:\new'", "@\"", "\""),
        (process, r#"CommandLine contains "a\\\"b""#, r#"\"#, r#"\\"#),
        (process, r"CommandLine matches /a\.b/", r"\.", "."),
        (process, "CommandLine matches /x$/", r"\z", "\\n?\\z"),
        (process, r"CommandLine like '*[*]*'", "contains", "startswith"),
        // A flag, an edge of a class, one field in another.
        (process, "CommandLine matches /a.b/s", "s", ""),
        (process, "CommandLine matches /^ab/m", "m", ""),
        (process, "CommandLine matches /a[0-9]b/", "0-9", "0-8"),
        (process, "CommandLine contains field ParentImage", "contains", "startswith"),
        (process, "CommandLine contains 'a' and CommandLine contains cased 'B'", "contains_cs", "contains"),
        // One null guard.
        (network, "not DestinationIp in ('10.1.0.0/16', '::1')", "coalesce(", "iff(true, "),
        (network, "not DestinationPort > 1000", "coalesce(", "iff(true, "),
        (process, "Image == field ParentImage", "isnotempty(", "isempty(\"\") or isnotempty("),
        // One parenthesis, and the word that it guards.
        (process, "(CommandLine endswith 'a' or CommandLine endswith 'b') and User == 'd'", "(", " "),
        (
            process,
            "CommandLine contains 'x' and not (CommandLine contains 'a' or CommandLine contains 'b')",
            "not(",
            "not(false) and (",
        ),
        (process, "CommandLine contains 'x' or (CommandLine contains 'a' and CommandLine contains 'b')", " and ", " or "),
        // The scope, and a column.
        (process, "CommandLine contains 'x'", "ProcessCreated", "ProcessStarted"),
        (process, "CommandLine contains 'x'", "\n| where ActionType == \"ProcessCreated\"", ""),
        (process, "CommandLine contains 'x'", "ProcessCommandLine contains", "FolderPath contains"),
    ] {
        let (selection, query, layout) = compiled(Target::Defender, source, condition);
        let judge = |text: &str| judged(&selection, &query, text, Target::Defender, Some(&layout));
        match judge(&query.text) {
            Ok(whole) if whole.differences.is_empty() && whole.events > 2 => {}
            other => panic!("{condition}: {other:?}\n{}", query.text),
        }
        let broken = query.text.replacen(from, to, 1);
        if broken == query.text {
            missed.push(format!("{condition}: nothing to break at {from}\n{broken}"));
        } else if matches!(judge(&broken), Ok(agreement) if agreement.differences.is_empty()) {
            missed.push(format!("{condition}: {from} to {to} is not found\n{broken}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}
