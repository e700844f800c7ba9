//! What stands on the page, as values for its template.

use serde_json::{Value, json};

use super::{Matches, Page};
use crate::attack::ObjectKind;
use crate::compile::{Answer, BuiltRule, Hunt, HuntResult, Outcome, RuleTarget};
use crate::coverage::{self, Coverage, Status};
use crate::ir::{Direction, Level, Loss};
use crate::lifecycle::Standing;
use crate::runner::{self, TestReport};
use crate::schema::Profile;

/// Text as the page may show it: no control characters, which HTML does not allow.
fn clean(text: &str) -> String {
    let allowed = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    text.chars().map(|character| if allowed(character) { character } else { '\u{fffd}' }).collect()
}

/// Prose in paragraphs.
fn paragraphs(text: &str) -> Vec<String> {
    let text = clean(&text.replace("\r\n", "\n"));
    text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|part| !part.is_empty()).collect()
}

fn fact(name: &str, value: impl Into<String>) -> Option<Value> {
    let value: String = value.into();
    (!value.is_empty()).then(|| json!({ "name": name, "value": clean(&value) }))
}

pub(super) fn contents(page: &Page<'_>) -> Value {
    let mut numbers = Numbers::default();
    let hunts: Vec<Value> = page.standings.iter().map(|standing| hunt(page, standing, &mut numbers)).collect();
    let title = page.title.map_or_else(
        || match page.standings {
            [only] => format!("Hunt report: {}", only.hunt.title),
            several => format!("Hunt report: {} hunts", several.len()),
        },
        str::to_owned,
    );
    let mut files: Vec<&str> = page.standings.iter().map(|standing| standing.file.as_str()).collect();
    files.dedup();
    json!({
        "title": clean(&title),
        "as_of": page.as_of,
        "attack": page.coverage.release.name(),
        "tlp": marking(page.standings),
        "targets": targets(page).iter().map(|(target, profile)| json!({ "title": target_title(*target, *profile) })).collect::<Vec<_>>(),
        "coverage": of_coverage(page.coverage),
        "hunts": hunts,
        "matches": page.matches.map(of_matches),
        "files": clean(&files.join(", ")),
    })
}

/// Numbers that ids are made of: names may hold what an id may not.
#[derive(Default)]
struct Numbers {
    rule: usize,
    query: usize,
}

/// The strictest marking of the hunts (FIRST, Traffic Light Protocol 2.0).
fn marking(standings: &[Standing]) -> Option<Value> {
    const MARKINGS: &[(&str, &str)] =
        &[("clear", ""), ("green", "good"), ("amber", "warn"), ("amber+strict", "warn"), ("red", "bad")];
    let rank = |standing: &Standing| MARKINGS.iter().position(|(name, _)| standing.hunt.tlp.as_deref() == Some(*name));
    let (name, class) = MARKINGS.get(standings.iter().filter_map(rank).max()?)?;
    Some(json!({ "name": name.to_uppercase(), "class": class }))
}

/// Targets of the build, in its order.
fn targets(page: &Page<'_>) -> Vec<(crate::schema::Target, Option<Profile>)> {
    page.build.rules.first().map(|rule| rule.targets.iter().map(|each| (each.target, each.profile)).collect()).unwrap_or_default()
}

fn target_title(target: crate::schema::Target, profile: Option<Profile>) -> String {
    match profile {
        Some(profile) => format!("{} ({})", target.title(), profile.name()),
        None => target.title().to_owned(),
    }
}

fn hunt(page: &Page<'_>, standing: &Standing, numbers: &mut Numbers) -> Value {
    let hunt = &standing.hunt;
    let own: Vec<&BuiltRule> = page.build.rules.iter().filter(|rule| rule.rule.hunt.name == hunt.name).collect();
    let held: Vec<String> = (0..targets(page).len())
        .map(|index| {
            let outcomes = || own.iter().filter_map(|rule| rule.targets.get(index)).map(|each| &each.outcome);
            let written = outcomes().filter(|outcome| matches!(outcome, Outcome::Written(_))).count();
            // What a sweep does not find a place for is no rule of that product.
            format!("{written} of {}", outcomes().filter(|outcome| !matches!(outcome, Outcome::NotSwept { .. })).count())
        })
        .collect();
    json!({
        "name": hunt.name,
        "title": clean(&hunt.title),
        "stage": standing.stage(),
        "outcome": standing.outcome(),
        "outcome_class": outcome_class(standing.outcome()),
        "tested": standing.tested,
        "rules_count": standing.rules,
        "held": held,
        "missing_count": standing.missing.len(),
        "missing": standing.missing.iter().map(|missing| clean(&missing.message)).collect::<Vec<_>>(),
        "facts": facts(hunt, standing),
        "hypothesis": paragraphs(&hunt.hypothesis),
        "description": paragraphs(&hunt.description),
        "result": hunt.result.as_ref().map(result),
        "stop": hunt.stop.as_ref().map(|stop| stop.conditions.iter().map(|condition| {
            let (answer, class) = match &condition.answer {
                None => (None, ""),
                Some(Answer::Met(day)) => (Some(format!("met {day}")), "good"),
                Some(Answer::NotMet(reason)) => (Some(format!("not met: {}", clean(reason))), "warn"),
            };
            json!({ "text": clean(&condition.text), "answer": answer, "class": class })
        }).collect::<Vec<_>>()),
        "undetected": undetected(page, hunt, &own),
        "rules": own.iter().map(|built| rule(page, built, numbers)).collect::<Vec<_>>(),
        "tests": page.tests.iter().filter(|test| test.hunt == hunt.name).map(test).collect::<Vec<_>>(),
        "indicators": hunt.indicators.iter().map(|set| {
            let until = set.expires.as_ref().map_or_else(|| "no expiry".to_owned(), |day| format!("hold until {day}"));
            let over = if standing.expired.contains(&set.name) { ", expired" } else { "" };
            format!("{} ({}): {until}{over}", set.name, set.kind)
        }).collect::<Vec<_>>(),
        "references": hunt.references.iter().map(|text| {
            // Only what a browser opens as a page becomes a link.
            let web = text.starts_with("https://") || text.starts_with("http://");
            json!({ "url": web.then(|| clean(text)), "text": clean(text) })
        }).collect::<Vec<_>>(),
    })
}

fn outcome_class(outcome: Option<&str>) -> &'static str {
    match outcome {
        Some("hypothesis-confirmed-malicious") => "bad",
        Some("hypothesis-confirmed-benign" | "hypothesis-not-confirmed") => "good",
        _ => "warn",
    }
}

fn facts(hunt: &Hunt, standing: &Standing) -> Vec<Value> {
    let of = |kind: ObjectKind| {
        let named = hunt.objects.iter().filter(|object| object.kind == kind);
        named.map(|object| format!("{} ({})", object.name, object.id)).collect::<Vec<_>>().join(", ")
    };
    let day = |day: &Option<String>| day.clone().unwrap_or_default();
    [
        fact("Name", hunt.name.as_str()),
        fact("Authors", hunt.authors.join(", ")),
        fact("Created", day(&hunt.created)),
        fact("Changed", day(&hunt.modified)),
        fact("Stage", standing.stage()),
        fact("Trigger", hunt.triggers.join(", ")),
        fact("Methodology", day(&hunt.methodology)),
        fact("Applies to", day(&hunt.applicability)),
        fact("Groups", of(ObjectKind::Actor)),
        fact("Software", of(ObjectKind::Software)),
        fact("Campaigns", of(ObjectKind::Campaign)),
        fact("Techniques", hunt.techniques.join(", ")),
        fact("TLP", day(&hunt.tlp)),
        fact("File", format!("{}:{}", standing.file, standing.line)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn result(result: &HuntResult) -> Value {
    let examined = result
        .examined
        .iter()
        .map(|each| json!({ "source": each.source, "from": each.from, "to": each.to, "what": clean(&each.of) }));
    let not = result.not_examined.iter().map(
        |each| json!({ "source": each.source, "from": "", "to": "", "what": format!("not examined: {}", clean(&each.reason)) }),
    );
    let line = |name: &str, word: &str, text: &str| {
        fact(name, if text.is_empty() { word.to_owned() } else { format!("{word}: {text}") })
    };
    let variants = result.variants.iter().filter_map(|(technique, text)| line("Variants", technique, text));
    let byproducts = result.byproducts.iter().filter_map(|(word, text)| line("Byproduct", word, text));
    let handoffs = result.handoffs.iter().filter_map(|(word, text)| line("Handed over", word, text));
    let period = match (&result.started, &result.ended) {
        (Some(started), Some(ended)) => format!("from {started} to {ended}"),
        (Some(started), None) => format!("since {started}"),
        (None, Some(ended)) => format!("until {ended}"),
        (None, None) => String::new(),
    };
    json!({
        "period": period,
        "conclusion": paragraphs(&result.conclusion),
        "data": examined.chain(not).collect::<Vec<_>>(),
        "lines": variants.chain(byproducts).chain(handoffs).collect::<Vec<_>>(),
    })
}

fn undetected(page: &Page<'_>, hunt: &Hunt, rules: &[&BuiltRule]) -> Vec<Value> {
    let facts = page.coverage.release.facts();
    let named = |id: &str| match facts.technique(id) {
        Some(technique) => format!("{id} {}", technique.name),
        None => id.to_owned(),
    };
    let row = |what: String, place: &str, why: String| json!({ "what": clean(&what), "where": place, "why": clean(&why) });
    let mut rows: Vec<Value> =
        hunt.blind_spots.iter().map(|spot| row(named(&spot.technique), "blind spot", spot.reason.clone())).collect();
    for id in &hunt.techniques {
        let standing = page.coverage.techniques.iter().find(|technique| technique.id == *id);
        if let Some(technique) = standing.filter(|each| !matches!(each.status, Status::Tested | Status::BlindSpot)) {
            rows.push(row(named(id), "every product", technique.status.words().to_owned()));
        }
    }
    for built in rules {
        for target in &built.targets {
            let place = target_title(target.target, target.profile);
            let (status, _) = status_of(target);
            let losses = losses_of(target);
            if !losses.is_empty() {
                let why: Vec<String> = losses.iter().map(|loss| loss.message.clone()).collect();
                rows.push(row(built.name().to_owned(), &place, format!("{status}: {}", why.join("; "))));
            }
        }
    }
    rows
}

fn losses_of(target: &RuleTarget) -> &[Loss] {
    match &target.outcome {
        Outcome::Written(query) => &query.losses,
        Outcome::Refused { losses, .. } => losses,
        // The product keeps no such events: there is nothing to find, and nothing is lost.
        Outcome::NotSwept { .. } => &[],
    }
}

/// What a target made of a rule, with the class of its mark.
fn status_of(target: &RuleTarget) -> (String, &'static str) {
    match &target.outcome {
        Outcome::Written(query) if query.losses.is_empty() => ("exact".to_owned(), "good"),
        Outcome::Written(query) => {
            let direction = query.losses.iter().filter_map(|loss| loss.direction).reduce(Direction::join);
            let words = match direction {
                Some(Direction::Wider) => "approximate, may find more",
                Some(Direction::Narrower) => "approximate, may find less",
                Some(Direction::Either) | None => "approximate, may find more or less",
            };
            (words.to_owned(), "warn")
        }
        Outcome::Refused { excused: true, .. } => ("not for this product".to_owned(), ""),
        Outcome::Refused { excused: false, .. } => ("refused".to_owned(), "bad"),
        Outcome::NotSwept { .. } => ("no such events here".to_owned(), ""),
    }
}

fn rule(page: &Page<'_>, built: &BuiltRule, numbers: &mut Numbers) -> Value {
    numbers.rule += 1;
    let rule = &built.rule;
    let record = page.coverage.rules.iter().find(|record| record.hunt == rule.hunt.name && record.rule == built.name());
    let (passed, failed) = record.map_or((0, 0), |record| (record.passed, record.failed));
    let (tests, tests_class) = match (passed, failed) {
        (0, 0) => ("no test".to_owned(), "warn"),
        (1, 0) => ("1 test passes".to_owned(), "good"),
        (passed, 0) => (format!("{passed} tests pass"), "good"),
        (passed, failed) => (format!("{failed} of {} tests fail", passed + failed), "bad"),
    };
    let techniques: Vec<String> =
        rule.meta.techniques.iter().map(|technique| format!("{} {}", technique.id, technique.name)).collect();
    let targets: Vec<Value> = built
        .targets
        .iter()
        .filter(|target| !matches!(target.outcome, Outcome::NotSwept { .. }))
        .map(|target| {
            numbers.query += 1;
            let (status, class) = status_of(target);
            let text = match &target.outcome {
                Outcome::Written(query) => Some(query.text.trim_end().to_owned()),
                Outcome::Refused { .. } | Outcome::NotSwept { .. } => None,
            };
            json!({
                "number": numbers.query,
                "title": target_title(target.target, target.profile),
                "status": status,
                "class": class,
                "text": text,
                "losses": losses_of(target).iter().map(|loss| clean(&loss.message)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let facts: Vec<Value> = [
        fact("Log source", built.selection.as_ref().map(|selection| selection.source.0.to_string()).unwrap_or_default()),
        fact("Techniques", techniques.join(", ")),
        fact("False positives", rule.meta.false_positives.join("; ")),
        fact("Response", rule.meta.response.clone().unwrap_or_default()),
    ]
    .into_iter()
    .flatten()
    .collect();
    json!({
        "number": numbers.rule,
        "name": built.name(),
        "title": clean(&rule.meta.title),
        "level": rule.meta.level.name(),
        "level_class": match rule.meta.level {
            Level::Critical | Level::High => "bad",
            Level::Medium => "warn",
            Level::Low | Level::Informational => "",
        },
        "tests": tests,
        "tests_class": tests_class,
        "facts": facts,
        "targets": targets,
    })
}

fn test(report: &TestReport) -> Value {
    let (outcome, class) = match report.outcome() {
        runner::Outcome::Passed => ("passed", "good"),
        runner::Outcome::Failed => ("failed", "bad"),
        runner::Outcome::NotJudged => ("not judged", "warn"),
    };
    json!({ "name": clean(&report.name), "outcome": outcome, "class": class, "size": report.rows + report.events })
}

fn of_coverage(coverage: &Coverage) -> Value {
    let names: Vec<&str> = coverage.models.iter().map(|model| model.name.as_str()).collect();
    let tested = coverage.count(Status::Tested);
    let mut totals = vec![format!(
        "{tested} of {} techniques ({}) have a rule with passing tests",
        coverage.techniques.len(),
        coverage::percent_text(coverage.percent(tested))
    )];
    if coverage.techniques.is_empty() {
        totals = vec!["the hunts name no technique of ATT&CK".to_owned()];
    }
    for status in Status::ALL.iter().filter(|status| **status != Status::Tested) {
        let count = coverage.count(*status);
        if count > 0 {
            totals.push(format!("{count}: {}", status.words()));
        }
    }
    json!({
        "count": coverage.techniques.len(),
        "models": clean(&names.join(", ")),
        "totals": totals,
        "techniques": coverage.techniques.iter().map(|technique| {
            let class = match technique.status {
                Status::Tested => "good",
                Status::Failing => "bad",
                Status::Untested | Status::Refused => "warn",
                Status::BlindSpot | Status::NoRule => "",
            };
            let spots: Vec<String> = technique.blind_spots.iter().map(|spot| format!("{}: {}", spot.hunt, spot.reason)).collect();
            let why = if spots.is_empty() { technique.rules.join(", ") } else { spots.join("; ") };
            json!({
                "id": technique.id,
                "url": format!("https://attack.mitre.org/techniques/{}/", technique.id.replace('.', "/")),
                "name": technique.name,
                "status": technique.status.words(),
                "class": class,
                "targets": technique.targets.iter().map(|reached| reached.name()).collect::<Vec<_>>(),
                "why": clean(&why),
            })
        }).collect::<Vec<_>>(),
    })
}

fn of_matches(matches: &Matches) -> Value {
    json!({
        "count": matches.count,
        "rules": matches.rules.iter().map(|((hunt, rule), of)| json!({
            "hunt": clean(hunt), "rule": clean(rule), "count": of.count,
            "first": clean(of.first.as_deref().unwrap_or("-")), "last": clean(of.last.as_deref().unwrap_or("-")),
        })).collect::<Vec<_>>(),
    })
}
