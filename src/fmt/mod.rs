//! One layout for hunt files.
//!
//! The layout follows from the tree alone, so that two people who write the same hunt write the same text; what the tree does
//! not hold is kept from the text: every comment, and where the author left a blank line. The output reads as the same tree.
//!
//! - Two blanks a level. A block of clauses, properties, indicators or base fields has one of them a line.
//! - What fits within [`WIDTH`] stands on one line: lists, rows of tests, clauses. What does not is broken at its outermost
//!   list, parenthesis or `and`/`or`, one part a line.
//! - A comment stays where it is: on its own line, or behind what it stood behind. One within something that would be joined
//!   keeps that broken.

mod clauses;
mod comments;
mod members;
mod printer;
mod rows;
mod values;

use crate::syntax::ast::File;
use printer::Printer;

/// How many characters a line may have before what can be broken is.
pub const WIDTH: usize = 120;

/// Lays a file out anew. `text` is what the tree was read from, for its blank lines.
///
/// The tree must be whole: a file with syntax errors lacks what could not be read.
pub fn format(file: &File, text: &str) -> String {
    let mut printer = Printer::new(text, &file.comments);
    printer.file(file);
    printer.finish()
}

/// Lays out a tree that was made and not read. Blocks stand apart by blank lines.
pub fn print(file: &File) -> String {
    format(file, "")
}
