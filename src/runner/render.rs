//! Reports of tests as text for a terminal and as JUnit XML.

use std::fmt::Write as _;

use crate::diag::{SourceMap, Span};
use crate::eval::FieldState;

use super::{Failure, Outcome, Reason, TestReport};

/// The longest value or clause that a line shows, in characters.
const LONGEST: usize = 100;

/// What `huntc test` prints: each hunt, its tests, why one failed, and the sums.
pub fn text(reports: &[TestReport], sources: &SourceMap) -> String {
    let mut out = String::new();
    let width = reports.iter().map(|report| report.name.chars().count()).max().unwrap_or(0).clamp(20, 60);
    let mut hunt = None;
    for report in reports {
        if hunt != Some(&report.hunt) {
            line(&mut out, &report.hunt);
            hunt = Some(&report.hunt);
        }
        let (word, summary) = match report.outcome() {
            Outcome::Passed => ("ok  ", size(report)),
            Outcome::Failed => ("FAIL", report.failures.first().map(headline).unwrap_or_default()),
            Outcome::NotJudged => ("skip", not_judged(report)),
        };
        line(&mut out, &format!("  {word}  {:<width$}  {summary}", report.name));
        for (index, failure) in report.failures.iter().enumerate() {
            if index > 0 {
                line(&mut out, &format!("        {}", headline(failure)));
            }
            for (place, detail) in details(failure, sources) {
                line(&mut out, &format!("        {place}  {detail}"));
            }
        }
        let silent: Vec<&str> = report.unjudged.iter().filter(|rule| !rule.named).map(|rule| rule.rule.as_str()).collect();
        if !silent.is_empty() {
            line(&mut out, &format!("        not judged by this version, so they may fire here: {}", quoted(&silent)));
        }
    }
    line(&mut out, &sums(reports));
    out
}

/// `11 passed, 1 failed`.
pub fn sums(reports: &[TestReport]) -> String {
    let count = |outcome| reports.iter().filter(|report| report.outcome() == outcome).count();
    let mut parts = vec![format!("{} passed", count(Outcome::Passed)), format!("{} failed", count(Outcome::Failed))];
    if count(Outcome::NotJudged) > 0 {
        parts.push(format!("{} not judged", count(Outcome::NotJudged)));
    }
    parts.join(", ")
}

/// JUnit XML as continuous integration servers read it: a suite for each hunt, a case for each test. There are no times: the
/// same tests give the same bytes.
pub fn junit(reports: &[TestReport], sources: &SourceMap) -> String {
    let count = |reports: &[&TestReport], outcome| reports.iter().filter(|report| report.outcome() == outcome).count();
    let all: Vec<&TestReport> = reports.iter().collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(
        &mut out,
        &format!(
            "<testsuites name=\"huntc\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            all.len(),
            count(&all, Outcome::Failed),
            count(&all, Outcome::NotJudged)
        ),
    );
    let mut hunts: Vec<&str> = Vec::new();
    for report in reports {
        if !hunts.contains(&report.hunt.as_str()) {
            hunts.push(&report.hunt);
        }
    }
    for hunt in hunts {
        let suite: Vec<&TestReport> = reports.iter().filter(|report| report.hunt == hunt).collect();
        line(
            &mut out,
            &format!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
                xml(hunt),
                suite.len(),
                count(&suite, Outcome::Failed),
                count(&suite, Outcome::NotJudged)
            ),
        );
        for report in suite {
            case(&mut out, report, sources);
        }
        line(&mut out, "  </testsuite>");
    }
    line(&mut out, "</testsuites>");
    out
}

fn case(out: &mut String, report: &TestReport, sources: &SourceMap) {
    let file = sources.get(report.span.source).map_or("", |file| &*file.path);
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
        xml(&report.hunt),
        xml(&report.name),
        xml(file),
        sources.position(report.span).line
    );
    match report.outcome() {
        Outcome::Passed => line(out, &format!("{head}/>")),
        Outcome::NotJudged => {
            line(out, &format!("{head}>"));
            line(out, &format!("      <skipped message=\"{}\"/>", xml(&not_judged(report))));
            line(out, "    </testcase>");
        }
        Outcome::Failed => {
            line(out, &format!("{head}>"));
            // One `failure` a case: not every reader accepts more.
            let mut body: Vec<String> = Vec::new();
            for (index, failure) in report.failures.iter().enumerate() {
                if index > 0 {
                    body.push(headline(failure));
                }
                body.extend(details(failure, sources).into_iter().map(|(place, detail)| format!("{place}  {detail}")));
            }
            let message = report.failures.first().map(headline).unwrap_or_default();
            line(out, &format!("      <failure message=\"{}\">{}</failure>", xml(&message), xml(&body.join("\n"))));
            line(out, "    </testcase>");
        }
    }
}

fn size(report: &TestReport) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (report.rows, report.events) {
        (rows, 0) => plural(rows, "row"),
        (0, events) => plural(events, "event"),
        (rows, events) => format!("{}, {}", plural(rows, "row"), plural(events, "event")),
    }
}

fn not_judged(report: &TestReport) -> String {
    let named: Vec<&str> = report.unjudged.iter().filter(|rule| rule.named).map(|rule| rule.rule.as_str()).collect();
    format!("this version does not judge {}: correlations are not run", quoted(&named))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn headline(failure: &Failure) -> String {
    match failure {
        Failure::Row { rule, hit: true, .. } => format!("`{rule}` does not select this event, and should"),
        Failure::Row { rule, hit: false, .. } => format!("`{rule}` selects this event, and should not"),
        Failure::Fired { rule, fired: 0, .. } => format!("`{rule}` did not fire"),
        Failure::Fired { rule, times: expected, fired, .. } => {
            format!("`{rule}` fired {}, expected {}", times(*fired), times(expected.unwrap_or(1)))
        }
        Failure::Unexpected { rule, fired, .. } => format!("`{rule}` fired {}, and the test does not expect it", times(*fired)),
        Failure::NoRule { rule, .. } => format!("there is no rule `{rule}` to judge"),
    }
}

/// Places and what is to be said of each, places padded to one width.
fn details(failure: &Failure, sources: &SourceMap) -> Vec<(String, String)> {
    let at = |span: Span| match sources.get(span.source) {
        Some(file) => format!("{}:{}", file.path, sources.position(span).line),
        None => String::new(),
    };
    let mut lines = Vec::new();
    let (reasons, matched): (&[Reason], &[Span]) = match failure {
        Failure::Row { span, reasons, hit, .. } => {
            lines.push((at(*span), format!("this `{}` row", if *hit { "hit" } else { "miss" })));
            (reasons, &[])
        }
        Failure::Fired { span, matched, reasons, .. } => {
            lines.push((at(*span), "expected here".to_owned()));
            (reasons, matched)
        }
        Failure::Unexpected { span, matched, .. } => {
            lines.push((at(*span), "what the test expects".to_owned()));
            (&[], matched)
        }
        Failure::NoRule { span, .. } => {
            lines.push((at(*span), "named here".to_owned()));
            (&[], &[])
        }
    };
    lines.extend(matched.iter().take(5).map(|event| (at(*event), "this event is selected".to_owned())));
    if matched.len() > 5 {
        lines.push((String::new(), format!("and {} more", matched.len() - 5)));
    }
    lines.extend(reasons.iter().map(|reason| say(reason, sources, &at)));
    let width = lines.iter().map(|(place, _)| place.chars().count()).max().unwrap_or(0);
    lines.iter_mut().for_each(|(place, _)| *place = format!("{place:<width$}"));
    lines
}

fn say(reason: &Reason, sources: &SourceMap, at: &dyn Fn(Span) -> String) -> (String, String) {
    let truth = |holds: bool| if holds { "true" } else { "false" };
    match reason {
        Reason::Clause { span, holds, fields } => {
            let values: Vec<String> = fields.iter().map(|(name, state)| shown(name, state)).collect();
            let because = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
            (at(*span), format!("{} is {}{because}", clause(*span, sources), truth(*holds)))
        }
        Reason::Clock { span, holds, time } => {
            let time = match time {
                Some(time) => format!("the event's time is {}", clock(*time)),
                None => "the event has no time".to_owned(),
            };
            (at(*span), format!("{} is {}: {time}", clause(*span, sources), truth(*holds)))
        }
        Reason::Exception { reason, span, .. } => (at(*span), format!("the exception \"{reason}\" takes the event out")),
        Reason::OtherSource { event, rule } => {
            let rule: Vec<&str> = rule.iter().map(String::as_str).collect();
            (String::new(), format!("the event is of `{event}`, and the rule looks at {}", quoted(&rule)))
        }
    }
}

fn shown(name: &str, state: &FieldState) -> String {
    match state {
        FieldState::Absent => format!("`{name}` is absent"),
        FieldState::Unreadable => format!("`{name}` does not read as its type, so it counts as absent"),
        FieldState::Values(values) => match values.as_slice() {
            [value] => format!("`{name}` is `{}`", short(value)),
            values => {
                let all: Vec<String> = values.iter().map(|value| format!("`{}`", short(value))).collect();
                format!("`{name}` is the list {}", all.join(", "))
            }
        },
    }
}

/// The author's words for a clause, on one line.
fn clause(span: Span, sources: &SourceMap) -> String {
    let text = sources.get(span.source).and_then(|file| file.text.get(span.range())).unwrap_or_default();
    match text.split_whitespace().collect::<Vec<_>>().join(" ") {
        text if text.is_empty() => "this clause".to_owned(),
        text => format!("`{}`", short(&text)),
    }
}

/// One line of text, not longer than [`LONGEST`].
fn short(text: &str) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            out.push('…');
            break;
        }
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => out.push_str(&control.escape_default().to_string()),
            other => out.push(other),
        }
    }
    out
}

fn clock(time: i64) -> String {
    jiff::Timestamp::from_millisecond(time).map_or_else(|_| format!("{time} ms"), |time| time.to_string())
}

fn line(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}", text.trim_end());
}

/// Text inside XML 1.0, where most control characters cannot stand at all.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            control if control < ' ' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}
