//! Coverage for a reader, for a pull request and for a machine.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::measure::{Change, Coverage, NeededSource, Status, TechniqueCoverage};
use crate::attack::DETECTION_RELEASE;

/// Log sources that a reader is shown; JSON has all.
const MOST_SOURCES: usize = 12;

/// `44 %`, `43.8 %`: one digit behind the point where there is one.
pub fn percent_text(percent: f64) -> String {
    let rounded = (percent * 10.0).round() / 10.0;
    format!("{rounded} %")
}

/// For a terminal.
pub fn table(coverage: &Coverage, changes: Option<&[Change]>) -> String {
    let mut text = format!("{}\n\n", head(coverage));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut titles = vec!["technique".to_owned(), "name".to_owned()];
    titles.extend(coverage.targets.iter().cloned());
    titles.push("rules".to_owned());
    rows.push(titles);
    for technique in &coverage.techniques {
        let mut row = vec![technique.id.to_owned(), technique.name.to_owned()];
        row.extend(technique.targets.iter().map(|reached| reached.name().to_owned()));
        row.push(why(technique));
        rows.push(row);
    }
    align(&rows, "  ", &mut text);
    let _ = write!(text, "\n{}", totals(coverage, ""));
    if !coverage.needed.is_empty() {
        let _ = write!(text, "\n{}:\n", needed_title(coverage));
        let mut rows = Vec::new();
        for need in coverage.needed.iter().take(MOST_SOURCES) {
            rows.push(vec![
                need.techniques.len().to_string(),
                need.log_source.unwrap_or("-").to_owned(),
                name_of(need),
                watched(need).to_owned(),
            ]);
        }
        align(&rows, "  ", &mut text);
        if coverage.needed.len() > MOST_SOURCES {
            let _ = writeln!(text, "  … {} more (`--format json` has all)", coverage.needed.len() - MOST_SOURCES);
        }
    }
    if let Some(changes) = changes {
        text.push_str("\nsince then:\n");
        if changes.is_empty() {
            text.push_str("  nothing changed\n");
        }
        let rows: Vec<Vec<String>> = changes
            .iter()
            .map(|change| vec![sign(change).to_owned(), change.id.to_owned(), change.name.to_owned(), what(change)])
            .collect();
        align(&rows, "  ", &mut text);
    }
    text
}

/// For the comment of a pull request or a page: Markdown of GitHub's flavour.
pub fn markdown(coverage: &Coverage, changes: Option<&[Change]>) -> String {
    let mut text = format!("### {}\n\n{}", cell(&head(coverage)), totals(coverage, "- "));
    if let Some(changes) = changes {
        text.push_str("\n#### What changed\n\n");
        if changes.is_empty() {
            text.push_str("Nothing.\n");
        } else {
            text.push_str("| | technique | | |\n|---|---|---|---|\n");
            for change in changes {
                let _ = writeln!(text, "| {} | {} | {} | {} |", sign(change), change.id, cell(change.name), cell(&what(change)));
            }
        }
    }
    let _ = write!(text, "\n<details><summary>{} techniques</summary>\n\n| technique | name |", coverage.techniques.len());
    coverage.targets.iter().for_each(|target| text.push_str(&format!(" {target} |")));
    text.push_str(" rules |\n|---|---|");
    coverage.targets.iter().for_each(|_| text.push_str("---|"));
    text.push_str("---|\n");
    for technique in &coverage.techniques {
        let _ = write!(text, "| {} | {} |", technique.id, cell(technique.name));
        technique.targets.iter().for_each(|reached| text.push_str(&format!(" {} |", reached.name())));
        let _ = writeln!(text, " {} |", cell(&why(technique)));
    }
    text.push_str("\n</details>\n");
    if !coverage.needed.is_empty() {
        let title = needed_title(coverage);
        let _ = write!(
            text,
            "\n<details><summary>{title}</summary>\n\n| techniques | log source | ATT&CK's name | |\n|---|---|---|---|\n"
        );
        for need in coverage.needed.iter().take(MOST_SOURCES) {
            let (count, id) = (need.techniques.len(), need.log_source.unwrap_or("-"));
            let _ = writeln!(text, "| {count} | {id} | {} | {} |", cell(&name_of(need)), watched(need));
        }
        text.push_str("\n</details>\n");
    }
    text
}

/// For a machine: stable, and what `--since` reads.
pub fn json(coverage: &Coverage, changes: Option<&[Change]>) -> String {
    let share = |covered: usize| json!({ "covered": covered, "percent": rounded(coverage.percent(covered)) });
    let by_target: serde_json::Map<String, Value> =
        coverage.targets.iter().enumerate().map(|(index, name)| (name.clone(), share(coverage.covered_on(index)))).collect();
    let counts: serde_json::Map<String, Value> =
        Status::ALL.iter().map(|status| (status.name().to_owned(), json!(coverage.count(*status)))).collect();
    let mut value = json!({
        "version": 1,
        "huntc": env!("CARGO_PKG_VERSION"),
        "attack": coverage.release.name(),
        "for": coverage.models.iter().map(|model| json!({ "id": model.id, "name": model.name, "techniques": model.techniques.len() })).collect::<Vec<_>>(),
        "platforms": coverage.platforms,
        "summary": {
            "techniques": coverage.techniques.len(),
            "statuses": counts,
            "percent": rounded(coverage.percent(coverage.count(Status::Tested))),
            "targets": by_target,
        },
        "techniques": coverage.techniques.iter().map(|technique| technique_json(coverage, technique)).collect::<Vec<_>>(),
        "log_sources": coverage.needed.iter().map(|need| json!({
            "log_source": need.log_source, "name": need.name, "techniques": need.techniques, "watched": need.watched,
        })).collect::<Vec<_>>(),
        "log_sources_of": DETECTION_RELEASE.name(),
    });
    if let Some(object) = value.as_object_mut() {
        if let Some(changes) = changes {
            let each = changes.iter().map(|change| {
                json!({
                    "id": change.id, "name": change.name, "before": change.before.name(), "after": change.after.name(),
                    "won": change.won, "lost": change.lost,
                })
            });
            object.insert("changes".to_owned(), each.collect());
        }
        object.insert("rules".to_owned(), coverage.rules.iter().map(|rule| rule.json().clone()).collect());
    }
    format!("{value:#}\n")
}

fn technique_json(coverage: &Coverage, technique: &TechniqueCoverage) -> Value {
    let targets: serde_json::Map<String, Value> = coverage
        .targets
        .iter()
        .zip(&technique.targets)
        .map(|(name, reached)| {
            (name.clone(), if reached.name() == "-" { Value::Null } else { json!(reached.name().replace(' ', "_")) })
        })
        .collect();
    json!({
        "id": technique.id,
        "name": technique.name,
        "tactics": technique.tactics,
        "used_by": technique.used_by,
        "status": technique.status.name(),
        "targets": targets,
        "rules": technique.rules,
        "near": technique.near.iter().map(|near| json!({ "technique": near.technique, "rule": near.rule })).collect::<Vec<_>>(),
        "blind_spots": technique.blind_spots.iter().map(|spot| json!({ "hunt": spot.hunt, "reason": spot.reason, "file": spot.file, "line": spot.line })).collect::<Vec<_>>(),
        "log_sources": technique.sources.iter().map(|source| json!({
            "platform": source.platform, "component": source.component, "name": source.name, "event_code": source.event_code, "log_source": source.log_source,
        })).collect::<Vec<_>>(),
    })
}

fn rounded(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}

fn head(coverage: &Coverage) -> String {
    let each: Vec<String> = coverage
        .models
        .iter()
        .map(|model| if model.id.is_empty() { model.name.clone() } else { format!("{} ({})", model.name, model.id) })
        .collect();
    let on = if coverage.platforms.is_empty() { String::new() } else { format!(" on {}", coverage.platforms.join(", ")) };
    let count = coverage.techniques.len();
    format!("ATT&CK {}: {count} technique{}{on} of {}", coverage.release, if count == 1 { "" } else { "s" }, each.join(", "))
}

fn totals(coverage: &Coverage, bullet: &str) -> String {
    let (tested, all) = (coverage.count(Status::Tested), coverage.techniques.len());
    let mut text =
        format!("{bullet}{tested} of {all} ({}) have a rule with passing tests\n", percent_text(coverage.percent(tested)));
    let each: Vec<String> = coverage
        .targets
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let covered = coverage.covered_on(index);
            format!("{name} {covered} ({})", percent_text(coverage.percent(covered)))
        })
        .collect();
    if !each.is_empty() {
        let _ = writeln!(text, "{bullet}by target: {}", each.join(", "));
    }
    let rest: Vec<String> = Status::ALL
        .iter()
        .filter(|status| **status != Status::Tested && coverage.count(**status) > 0)
        .map(|status| match (status, coverage.count(*status)) {
            (Status::BlindSpot, 1) => "1 blind spot".to_owned(),
            (Status::BlindSpot, count) => format!("{count} blind spots"),
            (Status::NoRule, count) => format!("{count} without a rule"),
            (_, count) => format!("{count} with {}", status.words()),
        })
        .collect();
    if !rest.is_empty() {
        let _ = writeln!(text, "{bullet}the others: {}", rest.join(", "));
    }
    text
}

fn needed_title(coverage: &Coverage) -> String {
    let others = coverage.techniques.len() - coverage.count(Status::Tested);
    format!("log sources for the {others} without a tested rule (ATT&CK's detection strategies of {DETECTION_RELEASE})")
}

/// Rules, else the blind spot's reason, else the nearest thing.
fn why(technique: &TechniqueCoverage) -> String {
    let mut parts = Vec::new();
    match technique.rules.as_slice() {
        [] => {}
        [one] => parts.push(one.clone()),
        [first, rest @ ..] => parts.push(format!("{first} and {} more", rest.len())),
    }
    if technique.status != Status::Tested && !technique.rules.is_empty() {
        parts.push(technique.status.words().to_owned());
    }
    // Of what is covered the reasons would hide the rules; JSON and the layer have them.
    match technique.blind_spots.as_slice() {
        [] => {}
        [spot] if technique.rules.is_empty() => parts.push(format!("blind spot of {}: {}", spot.hunt, spot.reason)),
        [spot, rest @ ..] if technique.rules.is_empty() => {
            parts.push(format!("blind spot of {}: {} (and of {} more)", spot.hunt, spot.reason, rest.len()));
        }
        [_] => parts.push("a blind spot".to_owned()),
        several => parts.push(format!("{} blind spots", several.len())),
    }
    if technique.rules.is_empty()
        && let Some(near) = technique.near.first()
    {
        parts.push(format!("near: {} ({})", near.rule, near.technique));
    }
    if parts.is_empty() { "no rule".to_owned() } else { parts.join("; ") }
}

fn name_of(need: &NeededSource) -> String {
    const MOST: usize = 3;
    let names: Vec<&str> = need.name.split(", ").collect();
    match names.get(..MOST) {
        Some(first) if names.len() > MOST => format!("{}, …", first.join(", ")),
        _ => need.name.clone(),
    }
}

fn watched(need: &NeededSource) -> &'static str {
    match (need.log_source, need.watched) {
        (Some(_), true) => "rules look here already",
        (Some(_), false) => "no rule looks here",
        (None, _) => "no log source of huntc",
    }
}

fn sign(change: &Change) -> &'static str {
    if change.is_loss() {
        "-"
    } else if change.after < change.before || !change.won.is_empty() {
        "+"
    } else {
        "~"
    }
}

fn what(change: &Change) -> String {
    let mut parts = Vec::new();
    if change.before != change.after {
        parts.push(format!("{} -> {}", change.before.words(), change.after.words()));
    }
    if !change.won.is_empty() {
        parts.push(format!("now on {}", change.won.join(", ")));
    }
    if !change.lost.is_empty() {
        parts.push(format!("no more on {}", change.lost.join(", ")));
    }
    parts.join("; ")
}

/// Text inside a table of Markdown: nothing in it is markup.
fn cell(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => found.push(' '),
            '<' => found.push_str("&lt;"),
            '&' => found.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' => {
                found.push('\\');
                found.push(character);
            }
            _ => found.push(character),
        }
    }
    found
}

/// Columns as wide as their widest cell; the last is not filled up.
fn align(rows: &[Vec<String>], indent: &str, text: &mut String) {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    for row in rows {
        let mut line = indent.to_owned();
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if index + 1 == row.len() {
                line.push_str(cell);
            } else {
                let _ = write!(line, "{cell:width$}  ");
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
