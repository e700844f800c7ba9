//! Emitted Sigma through the model that was written from the specification, against the evaluator: without any engine beside
//! the checkout, so that it always runs.

use std::sync::Arc;

use huntc::backends::Query;
use huntc::compile::{Outcome, TargetSetting, build, compile_rule};
use huntc::ir::{Assumption, Body, Selection};
use huntc::models::sigma::Rule;
use huntc::schema::Target;
use huntc::verify::{self, Agreement, Emitted, Unjudged, witnesses};

use crate::models::shown;
use crate::workspace;

fn judged(selection: &Selection, query: &Query, text: &str, filters: &[&str]) -> Result<Agreement, Unjudged> {
    let beside: Vec<(&str, &str)> = filters.iter().map(|text| ("filter", *text)).collect();
    let emitted = Emitted { target: Target::Sigma, text, beside: &beside, layout: None, assumes: &query.assumes };
    verify::agree(selection, &witnesses(selection), &emitted)
}

fn filters(query: &Query) -> Vec<&str> {
    query.attachments.iter().map(|each| each.text.as_str()).collect()
}

#[test]
fn every_rule_of_the_hunts_agrees_with_the_model_of_sigma() {
    let session = workspace::hunts();
    let built = build(&session, &[TargetSetting::new(Target::Sigma)], "19.0");
    let (mut rules, mut events, mut left_out, mut faults) = (0, 0, 0, Vec::new());
    for rule in &built.rules {
        let (Some(selection), Outcome::Written(query)) = (&rule.selection, &rule.targets[0].outcome) else { continue };
        if !query.losses.is_empty() {
            continue;
        }
        rules += 1;
        match judged(selection, query, &query.text, &filters(query)) {
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
    assert!(rules > 60 && events > 3_000, "{rules} rules, {events} events");
}

/// A hunt of one rule, its selection and its query.
fn compiled(source: &str, condition: &str, exception: &str) -> (Selection, Query) {
    let session = workspace::hunt(&format!(
        "hunt h {{\n  title \"H\"\n  detect d on {source} {{\n    title \"D\"\n    when {condition}\n    {exception}\n    level low\n  }}\n}}\n"
    ));
    let rule = Arc::clone(&session.program.rules[0]);
    let Body::Select(selections) = &rule.body else { panic!("no detect") };
    let selection = selections[0].clone();
    let query = compile_rule(&rule, &selection, &TargetSetting::new(Target::Sigma))
        .unwrap_or_else(|losses| panic!("{condition}: {losses:?}"));
    (selection, query)
}

/// What a person might break in a rule by hand, or a backend by a slip: each is found, and the whole text passes.
#[test]
fn what_is_broken_in_a_rule_is_found() {
    let process = "windows/process_creation";
    let network = "windows/network_connection";
    let mut missed = Vec::new();
    for (source, condition, from, to) in [
        // One escape: of backslashes, a wildcard, a quote of YAML, a regular expression.
        (process, r"CommandLine contains '\\server\c$'", r"\\\\server", r"\\server"),
        (process, r"CommandLine contains '\Run\'", r"Run\\'", r"Run\'"),
        (process, "CommandLine contains 'a*b'", r"\*", "*"),
        (process, "CommandLine contains 'a?b'", r"\?", "?"),
        (process, r"CommandLine contains 'a\*b'", r"\\\*", r"\*"),
        (process, "CommandLine like 'a*b?c'", "a*", r"a\*"),
        (process, "CommandLine contains \"it's\"", "''", ""),
        (process, r"CommandLine matches /a\.b/", r"\.", "."),
        // One modifier.
        (process, "CommandLine contains 'ab'", "|contains", ""),
        (process, "CommandLine startswith 'ab'", "|startswith", "|contains"),
        (process, "CommandLine endswith 'ab'", "|endswith", "|startswith"),
        (process, "CommandLine contains cased 'Ab'", "|cased", ""),
        (process, "CommandLine contains all ('ab', 'cd')", "|all", ""),
        (process, "CommandLine matches /ab/i", "|i", ""),
        (process, "CommandLine matches /ab/", "|re", ""),
        // A flag, an edge of a class, also under a repetition or behind a `not`.
        (process, "CommandLine matches /a.b/s", "|s", ""),
        (process, "CommandLine matches /a.*b/s", "|s", ""),
        (process, "CommandLine matches /a.b/", "|re", "|re|s"),
        (process, "CommandLine matches /^ab/m", "|m", ""),
        (process, "CommandLine matches /ab$/m", "|m", ""),
        (process, "CommandLine matches /^ab$/", "|re", "|re|m"),
        (process, "User == 'x' and not CommandLine matches /^ab.c/ms", "|m|s", "|m"),
        (process, "User == 'x' and not CommandLine matches /^ab.c/ms", "|m|s", "|s"),
        (process, "CommandLine matches /a[0-9]b/", "0-9", "0-8"),
        (process, "CommandLine matches /a[0-9]+b/", "0-9", "1-9"),
        (process, "CommandLine matches /(x[a-f0-9]{4}|y)b/", "a-f", "a-e"),
        (process, "CommandLine matches /a[^0-9]b/", "0-9", "0-8"),
        (process, "CommandLine matches /a[b-d]?f/", "b-d", "b-e"),
        (process, r"CommandLine matches /a\dz/", "0-9", "0-8"),
        (process, r"CommandLine matches /a\wz/", "_", ""),
        // Two fields, alone and beside what else is asked of them.
        (process, "CommandLine contains field User", "|contains", ""),
        (process, "CommandLine contains field User", "|contains", "|startswith"),
        (process, "CommandLine startswith field User", "|startswith", "|contains"),
        (process, "CommandLine endswith field User", "|endswith", "|contains"),
        (process, "CommandLine contains 'ab' and CommandLine contains field User", "|fieldref|contains", "|fieldref"),
        (process, "CommandLine contains field Image and Image endswith '\\\\a.exe'", "|fieldref|contains", "|fieldref|endswith"),
        (
            process,
            "ParentImage == 'x' and not (CommandLine contains field User and User startswith 'ab')",
            "|fieldref|contains",
            "|fieldref",
        ),
        (process, "ProcessId >= 10", "|gte", "|gt"),
        (process, "Image == field ParentImage", "|fieldref", ""),
        (network, "DestinationIp in ('10.1.0.0/16', 'fe80::/10')", "10.1.0.0/16", "10.1.0.0/17"),
        (network, "DestinationIp == '10.1.0.1'", "|cidr", ""),
        // One `not`, one word, the parentheses.
        (process, "CommandLine contains 'x' and not User == 'a'", "not ", ""),
        (process, "CommandLine contains 'x' and not (CommandLine contains 'a' or User == 'b')", "not ", ""),
        (process, "not (CommandLine contains 'a' and not Image named 'b.exe')", "not ", ""),
        (process, "(anywhere contains 'x' or Image named 'a.exe') and (User contains 'y' or not User exists)", "()", ""),
        (process, "(anywhere contains 'x' or Image named 'a.exe') and (User contains 'y' or not User exists)", " or ", " and "),
        (process, "(Image named 'a.exe' and not CommandLine contains 'x') or User contains 'y'", " or ", " and "),
        (process, "CommandLine is null", "null", "''"),
        (process, "CommandLine is empty", "null", "'x'"),
        // A field, a value, the log source.
        (process, "CommandLine contains 'x'", "CommandLine|", "Image|"),
        (process, "ProcessId == 4", ": 4", ": 5"),
        (process, "LogonId == 0x3e7", "0x3e7", "0x3e6"),
        (process, "sha256 == '0000000000000000000000000000000000000000000000000000000000000001'", "SHA256", "MD5"),
        (process, "CommandLine contains 'x'", "category: process_creation", "category: process_access"),
        (process, "CommandLine contains 'x'", "    category: process_creation\n", ""),
        (process, "CommandLine contains 'x'", "product: windows", "product: linux"),
    ] {
        let (selection, query) = compiled(source, condition, "");
        match judged(&selection, &query, &query.text, &[]) {
            Ok(whole) if whole.differences.is_empty() && whole.events > 2 => {}
            Ok(other) => {
                let first = other.differences.first().map(shown);
                missed.push(format!("{condition}: {} events, {first:?}\n{}", other.events, query.text));
                continue;
            }
            Err(other) => panic!("{condition}: {other:?}\n{}", query.text),
        }
        let broken = if from == "()" { query.text.replace(['(', ')'], "") } else { query.text.replacen(from, to, 1) };
        if broken == query.text {
            missed.push(format!("{condition}: nothing to break at {from}\n{broken}"));
        } else if matches!(judged(&selection, &query, &broken, &[]), Ok(agreement) if agreement.differences.is_empty()) {
            missed.push(format!("{condition}: {from} to {to} is not found\n{broken}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

/// The specification does not say whether letters beyond ASCII fold, so a rule that compares two fields rests on there being
/// none (S3.1); without that assumption a witness hangs on the answer.
#[test]
fn two_fields_are_compared_for_ascii_text() {
    for (operator, field) in [("==", "ParentImage"), ("contains", "User"), ("startswith", "User"), ("endswith", "User")] {
        let (selection, query) = compiled("windows/process_creation", &format!("Image {operator} field {field}"), "");
        assert!(query.assumes.contains(&Assumption::AsciiText), "{operator}");
        assert!(judged(&selection, &query, &query.text, &[]).unwrap().differences.is_empty(), "{operator}");
        let none = Query { assumes: Default::default(), ..query };
        assert!(!judged(&selection, &none, &none.text, &[]).unwrap().differences.is_empty(), "{operator}");
    }
    let (_, numbers) = compiled("windows/process_creation", "ProcessId == field ParentProcessId", "");
    assert!(numbers.assumes.is_empty());
}

#[test]
fn what_is_broken_in_a_filter_is_found() {
    let exception = "except \"clean-up\" { ParentImage named 'ccmexec.exe' and User contains 'svc' }";
    let (selection, query) = compiled("windows/process_creation", "CommandLine contains 'x'", exception);
    let [filter] = filters(&query)[..] else { panic!("one filter") };
    let agrees = |filters: &[&str]| matches!(judged(&selection, &query, &query.text, filters), Ok(agreement) if agreement.differences.is_empty());
    assert!(agrees(&[filter]), "{filter}");
    assert!(!agrees(&[]), "the filter is needed");
    for (from, to) in [("not ", ""), ("contains", "startswith"), ("process_creation", "process_access"), ("- ", "- x")] {
        let broken = filter.replacen(from, to, 1);
        assert!(broken != filter && !agrees(&[&broken]), "{from} to {to} is not found\n{broken}");
    }
}

/// A handful of the committed files: each is read as it lies on disk.
#[test]
fn every_committed_rule_is_read_as_it_lies_on_disk() {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("outputs/sigma");
    let mut read = 0;
    for folder in std::fs::read_dir(&root).unwrap().flatten() {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let text = std::fs::read_to_string(file.path()).unwrap();
            if text.contains("\ndetection:\n") {
                Rule::read(&text, &[]).unwrap_or_else(|problem| panic!("{:?}: {problem}\n{text}", file.path()));
                read += 1;
            }
        }
    }
    assert!(read > 60, "{read} rules");
}
