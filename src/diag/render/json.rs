//! Findings for a machine: one JSON object a line (`docs/formats.md`, "Findings").

use serde_json::{Value, json};

use super::visible::escaped_json;
use super::{Place, Places, page};
use crate::diag::{Diagnostic, Position, Span};

pub(super) fn render(diagnostics: &[&Diagnostic], places: &Places<'_>) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&escaped_json(object(diagnostic, places).to_string()));
        text.push('\n');
    }
    text
}

fn object(diagnostic: &Diagnostic, places: &Places<'_>) -> Value {
    let place = diagnostic.span.and_then(|span| places.of(span));
    let labels: Vec<Value> =
        diagnostic.labels.iter().map(|label| located(label.span, places, "message", &label.message)).collect();
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .map(|fix| {
            let edits: Vec<Value> = fix.edits.iter().map(|(span, text)| located(*span, places, "replacement", text)).collect();
            json!({"message": fix.message, "edits": edits})
        })
        .collect();
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "file": place.as_ref().map(|place| place.path),
        "span": place.as_ref().map(span),
        "label": diagnostic.label,
        "labels": labels,
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fixes": fixes,
        "url": page(diagnostic.code),
    })
}

fn located(at: Span, places: &Places<'_>, key: &str, text: &str) -> Value {
    let place = places.of(at);
    json!({"file": place.as_ref().map(|place| place.path), "span": place.as_ref().map(span), key: text})
}

fn span(place: &Place<'_>) -> Value {
    json!({"start": position(place.start), "end": position(place.end)})
}

fn position(position: Position) -> Value {
    json!({"line": position.line, "column": position.column, "byte": position.byte})
}
