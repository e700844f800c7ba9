//! How hunts stand, for a reader and for a machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Standing, is_expired};

/// One line a hunt.
pub fn table(standings: &[Standing], as_of: &str) -> String {
    let mut rows = vec![["hunt", "stage", "outcome", "age", "timebox", "rules", "indicators", "missing"].map(str::to_owned)];
    for standing in standings {
        rows.push([
            standing.hunt.name.clone(),
            standing.stage().to_owned(),
            standing.outcome().unwrap_or("-").to_owned(),
            standing.age.map_or("-".to_owned(), |days| format!("{days} d")),
            match standing.timebox {
                None => "-".to_owned(),
                Some((days, None)) => format!("{days} d"),
                Some((days, Some(used))) => format!("{used} of {days} d{}", if standing.is_overdue() { ", over" } else { "" }),
            },
            format!("{} of {} tested", standing.tested, standing.rules),
            indicators(standing),
            if standing.may_close() { "nothing".to_owned() } else { standing.missing.len().to_string() },
        ]);
    }
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = if as_of.is_empty() { String::new() } else { format!("as of {as_of}\n\n") };
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Sets of indicators: how many, and the first day on which one stops to hold.
fn indicators(standing: &Standing) -> String {
    let sets = standing.hunt.indicators.len();
    if sets == 0 {
        return "-".to_owned();
    }
    let plural = if sets == 1 { "" } else { "s" };
    if !standing.expired.is_empty() {
        return format!("{sets} set{plural}, {} expired", standing.expired.len());
    }
    let next = standing.hunt.indicators.iter().filter_map(|set| set.expires.as_deref()).min();
    match next {
        Some(day) => format!("{sets} set{plural}, until {day}"),
        None => format!("{sets} set{plural}, no expiry"),
    }
}

/// What is missing of each hunt, below its name.
pub fn list(standings: &[Standing]) -> String {
    let mut text = String::new();
    for standing in standings {
        let _ = write!(text, "\n{} ({}:{}): ", standing.hunt.name, standing.file, standing.line);
        if standing.may_close() {
            text.push_str("nothing is missing, it may close\n");
            continue;
        }
        text.push_str("missing before it may close\n");
        for missing in &standing.missing {
            let _ = writeln!(text, "  - {}", missing.message);
        }
    }
    text
}

/// For a machine.
pub fn json(standings: &[Standing], as_of: &str, line: &dyn Fn(crate::diag::Span) -> usize) -> String {
    let mut stages: BTreeMap<&str, usize> = BTreeMap::new();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for standing in standings {
        *stages.entry(standing.stage()).or_default() += 1;
        *outcomes.entry(standing.outcome().unwrap_or("none")).or_default() += 1;
    }
    let value = json!({
        "version": 1,
        "as_of": if as_of.is_empty() { Value::Null } else { json!(as_of) },
        "stages": stages,
        "outcomes": outcomes,
        "hunts": standings.iter().map(|standing| hunt(standing, as_of, line)).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn hunt(standing: &Standing, as_of: &str, line: &dyn Fn(crate::diag::Span) -> usize) -> Value {
    let hunt = &standing.hunt;
    let result = hunt.result.as_ref();
    let pairs = |all: &[(String, String)], key: &str| -> Vec<Value> {
        all.iter().map(|(word, text)| json!({ key: word, "text": text })).collect()
    };
    json!({
        "name": hunt.name,
        "title": hunt.title,
        "file": standing.file,
        "line": standing.line,
        "stage": standing.stage(),
        "outcome": standing.outcome(),
        "trigger": hunt.triggers,
        "methodology": hunt.methodology,
        "applicability": hunt.applicability,
        "created": hunt.created,
        "modified": hunt.modified,
        "started": result.and_then(|result| result.started.as_deref()),
        "ended": result.and_then(|result| result.ended.as_deref()),
        "age_days": standing.age,
        "days_since_review": standing.reviewed,
        "timebox_days": standing.timebox.map(|(days, _)| days),
        "timebox_used_days": standing.timebox.and_then(|(_, used)| used),
        "overdue": standing.is_overdue(),
        "rules": { "all": standing.rules, "tested": standing.tested },
        "techniques": hunt.techniques,
        "blind_spots": hunt.blind_spots.len(),
        "indicators": hunt.indicators.iter().map(|set| json!({
            "name": set.name, "type": set.kind, "expires": set.expires, "expired": is_expired(set, as_of),
        })).collect::<Vec<_>>(),
        "conclusion": result.map(|result| result.conclusion.as_str()),
        "examined": result.map(|result| result.examined.iter().map(|each| json!({
            "log_source": each.source, "from": each.from, "to": each.to, "of": each.of,
        })).collect::<Vec<_>>()).unwrap_or_default(),
        "not_examined": result.map(|result| result.not_examined.iter().map(|each| json!({
            "log_source": each.source, "reason": each.reason,
        })).collect::<Vec<_>>()).unwrap_or_default(),
        "byproducts": result.map(|result| pairs(&result.byproducts, "byproduct")).unwrap_or_default(),
        "handoffs": result.map(|result| pairs(&result.handoffs, "handoff")).unwrap_or_default(),
        "may_close": standing.may_close(),
        "missing": standing.missing.iter().map(|missing| json!({
            "aspect": missing.aspect.name(), "message": missing.message, "help": missing.help, "line": line(missing.span),
        })).collect::<Vec<_>>(),
    })
}
