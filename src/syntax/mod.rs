//! Text to tree: the only place that reads hunts with pest.
//!
//! Two phases. The outline (`outline.rs`) splits a file into statements, bounds nesting and size, and takes comments out; it is
//! tolerant and goes on after every error. Then each statement is read strictly by one rule of `grammar/hunt.pest`; one that
//! fails is explained (`mistakes.rs`) and skipped, so that a run reports every mistake it can see.

pub mod ast;
mod characters;
mod clauses;
mod correlations;
mod grammar;
mod limits;
mod mistakes;
pub mod names;
mod outline;
mod reader;
mod statement;
mod test_steps;
mod tree;
mod values;
pub mod words;

pub(crate) use values::unescape_slashes;

use crate::diag::{Diagnostic, SourceId, Span};

/// Reads one hunt file. The tree holds every statement that could be read; the diagnostics say what could not.
///
/// It never panics, and takes time in proportion to the text. A file with an error must not be compiled: what could not be
/// read is missing from the tree.
pub fn parse(source: SourceId, text: &str) -> (ast::File, Vec<Diagnostic>) {
    if text.len() > limits::FILE_BYTES {
        let span = Span::new(source, limits::FILE_BYTES, limits::FILE_BYTES);
        let found = Diagnostic::error("E0109", span, format!("this file is larger than {} bytes", limits::FILE_BYTES))
            .help("keep long lists in CSV files: `list NAME of TYPE from \"file\"`");
        return (ast::File { span: Span::new(source, 0, text.len()), ..ast::File::default() }, vec![found]);
    }
    let mut diagnostics = Vec::new();
    let clean = characters::without_control_characters(source, text, &mut diagnostics);
    let outline = outline::outline(source, &clean);
    diagnostics.extend(outline.diagnostics);
    let mut reader = reader::Reader { source, text: &clean, diagnostics };
    let items = reader.items(&outline.statements);
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.map_or(0, |span| span.start));
    diagnostics.truncate(limits::DIAGNOSTICS);
    (ast::File { items, comments: outline.comments, span: Span::new(source, 0, text.len()) }, diagnostics)
}
