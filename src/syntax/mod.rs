//! Text to tree: the only place that knows pest.

pub mod ast;

use crate::diag::{Diagnostic, SourceId};

/// Reads one hunt file. The tree holds every statement that could be read; the diagnostics say what could not.
pub fn parse(source: SourceId, text: &str) -> (ast::File, Vec<Diagnostic>) {
    let _ = (source, text);
    (ast::File::default(), Vec::new())
}
