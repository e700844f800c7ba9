//! Score expressions: what the Navigator's "create layer from other layers" calculates, which is mathjs 12 over the scores of
//! layers a to z (ATT&CK Navigator 5.1, `viewmodels.service.ts`, `layerOperation`).

mod evaluate;
mod functions;
mod read;
mod tree;

pub use evaluate::{Scope, Trouble, evaluate};
pub use tree::{Node, Tree};

use crate::diag::{Diagnostic, SourceId, Span};

/// Bytes of an expression.
pub const LONGEST: usize = 2_000;
/// Brackets and conditions within each other.
pub const DEEPEST: usize = 32;

/// A score expression that was read.
#[derive(Clone, Debug)]
pub struct Expression {
    pub tree: Tree,
    /// The letters that name layers, each once, in the order of the alphabet: 0 for a.
    pub letters: Vec<usize>,
    /// Places of letters directly behind a digit: the Navigator finds layers by a word of one letter, and `2a` is none.
    pub unseen: Vec<Span>,
}

impl Expression {
    /// Reads the expression that stands in a source of its own.
    ///
    /// # Errors
    /// E0801 where it cannot be read, E0802 where it names what is not there, E0803 for what can be no score.
    pub fn read(source: SourceId, text: &str) -> Result<Expression, Box<Diagnostic>> {
        read::read(source, text)
    }

    /// Whether it names the layer of a letter, by index.
    pub fn names(&self, letter: usize) -> bool {
        self.letters.contains(&letter)
    }
}

/// The letter of the layer at an index: `a` for 0.
pub fn letter(index: usize) -> char {
    u8::try_from(index).ok().and_then(|index| b'a'.checked_add(index)).map_or('?', char::from)
}
