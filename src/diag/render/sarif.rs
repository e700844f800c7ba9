//! Findings as SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use serde_json::{Value, json};

use super::visible::escaped_json;
use super::{Place, Places};
use crate::diag::{Diagnostic, Severity, codes};

pub(super) fn render(diagnostics: &[&Diagnostic], places: &Places<'_>) -> String {
    let codes: Vec<&codes::Code> = codes::all().collect();
    // No `helpUri`: it must be absolute, and a code's page is a file of the project. The help itself is in the rule.
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.id,
                "shortDescription": {"text": code.title},
                "fullDescription": {"text": code.explanation},
                "help": {"text": code.explanation},
                "defaultConfiguration": {"level": level(code.severity)},
            })
        })
        .collect();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, places, &codes)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "huntc", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    escaped_json(text)
}

fn result(diagnostic: &Diagnostic, places: &Places<'_>, codes: &[&codes::Code]) -> Value {
    let mut message = diagnostic.message.clone();
    for more in diagnostic.label.iter().chain(&diagnostic.notes).chain(&diagnostic.help) {
        message.push('\n');
        message.push_str(more);
    }
    let mut result = json!({"ruleId": diagnostic.code, "level": level(diagnostic.severity), "message": {"text": message}});
    let Some(map) = result.as_object_mut() else { return result };
    if let Some(index) = codes.iter().position(|code| code.id == diagnostic.code) {
        map.insert("ruleIndex".to_owned(), json!(index));
    }
    if let Some(place) = diagnostic.span.and_then(|span| places.of(span)) {
        map.insert("locations".to_owned(), json!([{"physicalLocation": physical(&place)}]));
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .filter_map(|label| Some((places.of(label.span)?, label)))
        .map(|(place, label)| json!({"physicalLocation": physical(&place), "message": {"text": label.message}}))
        .collect();
    if !related.is_empty() {
        map.insert("relatedLocations".to_owned(), json!(related));
    }
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .map(|fix| {
            let changes: Vec<Value> = fix
                .edits
                .iter()
                .filter_map(|(span, text)| Some((places.of(*span)?, text)))
                .map(|(place, text)| {
                    json!({
                        "artifactLocation": {"uri": uri(place.path)},
                        "replacements": [{"deletedRegion": region(&place), "insertedContent": {"text": text}}],
                    })
                })
                .collect();
            json!({"description": {"text": fix.message}, "artifactChanges": changes})
        })
        .filter(|fix| fix["artifactChanges"].as_array().is_some_and(|changes| !changes.is_empty()))
        .collect();
    if !fixes.is_empty() {
        map.insert("fixes".to_owned(), json!(fixes));
    }
    result
}

fn physical(place: &Place<'_>) -> Value {
    json!({"artifactLocation": {"uri": uri(place.path)}, "region": region(place)})
}

/// Lines and columns from 1, the end column after the last character; offsets in bytes.
fn region(place: &Place<'_>) -> Value {
    json!({
        "startLine": place.start.line, "startColumn": place.start.column,
        "endLine": place.end.line, "endColumn": place.end.column,
        "byteOffset": place.start.byte, "byteLength": place.end.byte - place.start.byte,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative URI reference: everything but unreserved characters and slashes is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
