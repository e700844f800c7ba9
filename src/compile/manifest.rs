//! `manifest.json`: what a build wrote, and what each rule is in each target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::Session;
use super::build::{Build, Outcome, RuleTarget};
use super::parallel;
use crate::diag::Span;
use crate::ir::{Body, Direction, Loss, Program, Rule, Uuid};
use crate::runner;
use crate::schema::Profile;

/// The text: sorted and stable, one entry for each rule and log source.
pub(super) fn manifest(build: &Build, session: &Session, attack: &str) -> String {
    let tests = tested(&session.program);
    // The rule as the program holds it: tests name that one, and one of several log sources has an id of its own.
    let ids: BTreeMap<Span, Uuid> = session.program.rules.iter().map(|rule| (rule.span, rule.id)).collect();
    let mut entries: Vec<(String, String, serde_json::Value)> = Vec::new();
    for built in &build.rules {
        let rule = &built.rule;
        let (passed, failed) = ids.get(&rule.span).and_then(|id| tests.get(id)).copied().unwrap_or((0, 0));
        let targets: Vec<serde_json::Value> = built.targets.iter().map(|target| target_entry(target, session)).collect();
        let file = session.sources.get(rule.span.source).map(|file| file.path.to_string()).unwrap_or_default();
        let kind = match &rule.body {
            Body::Select(_) => "detect",
            Body::Correlation(_) => "correlate",
            Body::Sweep(_) => "sweep",
        };
        let mut entry = json!({
            "id": built.id().to_string(),
            "hunt": rule.hunt.name,
            "rule": built.name(),
            "kind": kind,
            "source": {"file": file, "line": session.sources.position(rule.span).line},
            "level": rule.meta.level.name(),
            "techniques": rule.meta.techniques.iter().map(|technique| technique.id.clone()).collect::<Vec<_>>(),
            "tests": {"passed": passed, "failed": failed},
        });
        if let (Some(tlp), Some(object)) = (&rule.hunt.tlp, entry.as_object_mut()) {
            object.insert("tlp".to_owned(), json!(tlp));
        }
        if let (Some(selection), Some(object)) = (&built.selection, entry.as_object_mut()) {
            object.insert("logsource".to_owned(), json!(&*selection.source.0));
        }
        if let Some(object) = entry.as_object_mut() {
            object.insert("targets".to_owned(), json!(targets));
        }
        entries.push((rule.hunt.name.clone(), built.name().to_owned(), entry));
    }
    entries.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
    let rules: Vec<serde_json::Value> = entries.into_iter().map(|(_, _, entry)| entry).collect();
    let sum = |path: &str| super::build::digest_of(build.files.get(path).map_or("", String::as_str));
    let lists: Vec<serde_json::Value> = build
        .set_files
        .iter()
        .map(|file| {
            let target = file.target.name();
            json!({"target": target, "name": file.name, "file": file.path, "items": file.items, "sha256": sum(&file.path)})
        })
        .collect();
    let swept: Vec<serde_json::Value> = build
        .swept_files
        .iter()
        .map(|file| {
            let (hunt, rule) = (&file.hunt, &file.sweep);
            json!({"hunt": hunt, "rule": rule, "file": file.path, "indicators": file.indicators, "sha256": sum(&file.path)})
        })
        .collect();
    let mut manifest = json!({"version": 1, "huntc": env!("CARGO_PKG_VERSION"), "attack": attack, "rules": rules, "files": build.files.keys().collect::<Vec<_>>()});
    if let Some(object) = manifest.as_object_mut() {
        for (key, values) in [("indicators", swept), ("lists", lists)] {
            if !values.is_empty() {
                object.insert(key.to_owned(), json!(values));
            }
        }
    }
    // A `Value` always serialises: its keys are text.
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

/// How many rows and expectations of each rule passed and failed.
fn tested(program: &Program) -> BTreeMap<Uuid, (usize, usize)> {
    let mut found: BTreeMap<Uuid, (usize, usize)> = BTreeMap::new();
    let reports = parallel::map(&program.tests, 1, &|test| {
        let rules: Vec<Arc<Rule>> = program.rules.iter().filter(|rule| rule.hunt.name == test.hunt).cloned().collect();
        runner::run(test, &rules)
    });
    for (test, report) in program.tests.iter().zip(reports) {
        let failed = |name: &str| report.failures.iter().filter(|failure| failure.rule() == name).count();
        let mut named: BTreeMap<Uuid, (&str, usize)> = BTreeMap::new();
        for row in &test.rows {
            named.entry(row.rule).or_insert((&row.rule_name, 0)).1 += 1;
        }
        for expected in test.expect.iter().flat_map(|expect| &expect.rules) {
            named.entry(expected.rule).or_insert((&expected.name, 0)).1 += 1;
        }
        for (id, (name, total)) in named {
            // What was not judged (a correlation) has neither passed nor failed.
            if report.unjudged.iter().any(|rule| rule.rule == name) {
                continue;
            }
            let failed = failed(name).min(total);
            let counts = found.entry(id).or_default();
            counts.0 += total - failed;
            counts.1 += failed;
        }
    }
    found
}

fn target_entry(target: &RuleTarget, session: &Session) -> serde_json::Value {
    let loss = |loss: &Loss| {
        json!({
            "code": loss.code,
            "direction": loss.direction.map_or("refused", Direction::name),
            "line": session.sources.position(loss.span).line,
            "message": loss.message,
        })
    };
    let (status, assumes, losses): (&str, BTreeSet<&str>, Vec<serde_json::Value>) = match &target.outcome {
        Outcome::Written(query) => {
            let status = if query.losses.is_empty() { "exact" } else { "approximate" };
            (status, query.assumes.iter().map(|each| each.name()).collect(), query.losses.iter().map(loss).collect())
        }
        Outcome::Refused { losses, .. } => ("refused", BTreeSet::new(), losses.iter().map(loss).collect()),
        Outcome::NotSwept { losses } => ("not_swept", BTreeSet::new(), losses.iter().map(loss).collect()),
    };
    let mut entry = json!({
        "target": target.target.name(),
        "profile": target.profile.map(Profile::name),
        "status": status,
        "assumes": assumes,
        "files": target.files,
        "losses": losses,
    });
    if let Outcome::Refused { excused: true, losses } = &target.outcome
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("not_on".to_owned(), json!(losses.first().map(|loss| loss.message.clone())));
    }
    if !target.files.is_empty()
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("sha256".to_owned(), json!(target.digest));
    }
    if let Outcome::Written(query) = &target.outcome
        && !query.sets.is_empty()
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("lists".to_owned(), json!(query.sets.iter().map(|set| &set.name).collect::<Vec<_>>()));
    }
    if let Outcome::Written(query) = &target.outcome
        && let Some(direction) = query.losses.iter().filter_map(|loss| loss.direction).reduce(Direction::join)
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("direction".to_owned(), json!(direction.name()));
    }
    entry
}
