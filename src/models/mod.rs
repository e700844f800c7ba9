//! Models of the targets: each reads the emitted text of a query back and runs it over rows as the product stores them (S8.1).
//!
//! They are the second road to what a rule selects, so they are written from the vendors' documentation alone, with the page
//! named beside each rule, and share no code with the backends, the evaluator or each other. What a model does not know, a
//! construct, a function, a column, is a [`Problem`] and never a guess.

pub mod kql;
pub mod sigma;
pub mod spl;

use std::fmt;

/// Why a model cannot read or run a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the query's text, in bytes from its start.
    pub at: usize,
    /// In lower case, without a full stop.
    pub message: String,
}

impl Problem {
    pub fn new(at: usize, message: impl Into<String>) -> Problem {
        Problem { at, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {} of the query)", self.message, self.at)
    }
}

impl std::error::Error for Problem {}
