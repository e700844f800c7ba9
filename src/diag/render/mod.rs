//! Diagnostics as text with carets, JSON lines, SARIF and GitHub annotations.
//!
//! Every format shows the same findings in the same order: by file, position and code, each once. Text that a user wrote
//! never reaches a terminal with control characters in it.

mod excerpt;
mod explain;
mod github;
mod json;
mod sarif;
mod text;
mod visible;

pub use explain::{Diagnose, explain, explain_all, explain_markdown};
pub use visible::visible;

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Diagnostic, Position, Severity, SourceId, SourceMap, Span};

/// How findings are written: `--diagnostics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person, with the source and carets.
    #[default]
    Text,
    /// One object a line (`docs/formats.md`, "Findings").
    Json,
    /// SARIF 2.1.0, one document.
    Sarif,
    /// GitHub workflow commands, one a line.
    Github,
}

impl Format {
    pub const ALL: &'static [Format] = &[Format::Text, Format::Json, Format::Sarif, Format::Github];

    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
        }
    }
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal; longer source lines are cut around the caret.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style { color: false, width: 140 }
    }
}

/// Writes findings in one format. Empty where there are none, but for SARIF, whose document then has no results.
pub fn render(format: Format, diagnostics: &[Diagnostic], sources: &SourceMap, style: Style) -> String {
    let diagnostics = ordered(diagnostics, sources);
    let places = Places::new(sources);
    match format {
        Format::Text => text::render(&diagnostics, &places, style),
        Format::Json => json::render(&diagnostics, &places),
        Format::Sarif => sarif::render(&diagnostics, &places),
        Format::Github => github::render(&diagnostics, &places),
    }
}

/// Findings by file, position and code, each once. Those without a place come first: they are about the call.
pub fn ordered<'a>(diagnostics: &'a [Diagnostic], sources: &SourceMap) -> Vec<&'a Diagnostic> {
    let key = |diagnostic: &Diagnostic| {
        let place =
            diagnostic.span.map(|span| (sources.get(span.source).map(|file| file.path.to_string()), span.start, span.end));
        (place, diagnostic.code, diagnostic.message.clone())
    };
    let mut keyed: Vec<_> = diagnostics.iter().map(|diagnostic| (key(diagnostic), diagnostic)).collect();
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    keyed.dedup_by(|(left, _), (right, _)| left == right);
    keyed.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// `2 errors, 1 warning, 1 loss`; empty where there is nothing to count. Counts each finding once.
pub fn summary(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    const WORDS: [[&str; 2]; 4] = [["error", "errors"], ["warning", "warnings"], ["loss", "losses"], ["note", "notes"]];
    for diagnostic in ordered(diagnostics, sources) {
        let index = match (is_loss(diagnostic), diagnostic.severity) {
            (true, _) => 2,
            (false, Severity::Error) => 0,
            (false, Severity::Warning) => 1,
            (false, Severity::Note) => 3,
        };
        *counts.entry(index).or_default() += 1;
    }
    let parts: Vec<String> =
        counts.into_iter().map(|(index, count)| format!("{count} {}", WORDS[index][usize::from(count != 1)])).collect();
    parts.join(", ")
}

/// Whether a finding says what a target cannot say.
fn is_loss(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.starts_with('L')
}

impl Severity {
    /// The word that machines read.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Where a code's page is, relative to the project.
fn page(code: &str) -> String {
    format!("docs/diagnostics/{code}.md")
}

/// Positions in files whose line starts are found once a file.
struct Places<'a> {
    sources: &'a SourceMap,
    starts: RefCell<BTreeMap<SourceId, std::rc::Rc<Vec<usize>>>>,
}

/// A span as people and machines name it.
struct Place<'a> {
    path: &'a str,
    text: &'a str,
    start: Position,
    end: Position,
}

impl<'a> Places<'a> {
    fn new(sources: &'a SourceMap) -> Self {
        Places { sources, starts: RefCell::default() }
    }

    fn line_starts(&self, id: SourceId, text: &str) -> std::rc::Rc<Vec<usize>> {
        let mut starts = self.starts.borrow_mut();
        let found = starts.entry(id).or_insert_with(|| {
            std::rc::Rc::new(std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect())
        });
        std::rc::Rc::clone(found)
    }

    /// `None` where the span's file is not known.
    fn of(&self, span: Span) -> Option<Place<'a>> {
        let file = self.sources.get(span.source)?;
        let starts = self.line_starts(span.source, &file.text);
        let position = |byte: usize| {
            let mut byte = byte.min(file.text.len());
            while !file.text.is_char_boundary(byte) {
                byte -= 1;
            }
            let line = starts.partition_point(|start| *start <= byte);
            let start = starts[line - 1];
            Position { line, column: file.text[start..byte].chars().count() + 1, byte }
        };
        let start = position(span.start as usize);
        let end = position((span.end as usize).max(span.start as usize));
        Some(Place { path: &file.path, text: &file.text, start, end })
    }
}
