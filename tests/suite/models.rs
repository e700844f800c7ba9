//! Emitted queries through the models of their targets, against the evaluator: without any engine beside the checkout, so that
//! it always runs.

use std::sync::Arc;

use huntc::backends::Query;
use huntc::compile::{Outcome, TargetSetting, build};
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
    for (source, condition, from, to) in [
        // One escape: the second backslash, the quote, the mark of a verbatim text, a dot of a pattern.
        (process, r"CommandLine contains '\\server\c$'", r"\\server", r"\\server"),
        (process, r"CommandLine contains 'C:\new'", "@\"C:\\new\"", "\"C:\\new\""),
        (process, "CommandLine matches /a\\.b/", r"a\.b", "a.b"),
        (process, "CommandLine matches /x$/", r"\z", "$"),
        (process, "CommandLine contains 'a' and CommandLine contains cased 'B'", "contains_cs", "contains"),
        // One null guard.
        ("windows/network_connection", "DestinationIp in ('10.0.0.0/8') or not DestinationIp in ('10.1.0.0/16', '::1')", "not(coalesce(", "not(iff(true, "),
        ("windows/network_connection", "not DestinationPort > 1000", "coalesce(RemotePort > 1000, false)", "RemotePort > 1000"),
        // One parenthesis.
        (process, "(Image endswith 'a' or Image endswith 'b') and CommandLine contains 'c' or User == 'd'", "(", " "),
        (process, "CommandLine contains 'x' and (CommandLine contains 'a' or User == 'b')", "", ""),
    ] {
        let _ = (source, condition, from, to);
    }
}
