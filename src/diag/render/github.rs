//! Findings as GitHub workflow commands, which become annotations of a pull request.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>; the escapes are those of
//! `@actions/core` (`escapeData`, `escapeProperty`).

use super::Places;
use super::visible::{visible, visible_lines};
use crate::diag::{Diagnostic, Severity};

pub(super) fn render(diagnostics: &[&Diagnostic], places: &Places<'_>) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(match diagnostic.severity {
            Severity::Error => "::error ",
            Severity::Warning => "::warning ",
            Severity::Note => "::notice ",
        });
        if let Some(place) = diagnostic.span.and_then(|span| places.of(span)) {
            text.push_str(&format!("file={},line={},", property(place.path), place.start.line));
            // Columns are taken only where the annotation stays on its line.
            if place.start.line == place.end.line {
                text.push_str(&format!("col={},endColumn={},", place.start.column, place.end.column));
            } else {
                text.push_str(&format!("endLine={},", place.end.line));
            }
        }
        text.push_str(&format!("title={}::", property(diagnostic.code)));
        let mut message = visible(&diagnostic.message).into_owned();
        for more in diagnostic.label.iter().chain(&diagnostic.notes).chain(&diagnostic.help) {
            message.push('\n');
            message.push_str(&visible_lines(more));
        }
        text.push_str(&data(&message));
        text.push('\n');
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}
