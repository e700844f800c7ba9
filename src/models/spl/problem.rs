//! Why a search could not be read or run.

use std::fmt;

use super::doubts::Doubt;

/// A search that the model does not answer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    /// The part of the search that it is about, where there is one.
    pub near: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No search of Splunk's language.
    Syntax,
    /// A command, function or construct that the model does not know.
    Unknown,
    /// What Splunk makes of it is not documented; the doubts on which an event hangs, or none where the text itself is one.
    Doubt(Vec<Doubt>),
    /// Larger or more deeply nested than the model takes.
    Limit,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, message: impl Into<String>, near: &str) -> Self {
        let near = near.chars().take(80).collect();
        Problem { kind, message: message.into(), near }
    }

    pub(super) fn syntax(message: impl Into<String>, near: &str) -> Self {
        Problem::new(ProblemKind::Syntax, message, near)
    }

    pub(super) fn unknown(message: impl Into<String>, near: &str) -> Self {
        Problem::new(ProblemKind::Unknown, message, near)
    }

    pub(super) fn doubt(message: impl Into<String>, near: &str) -> Self {
        Problem::new(ProblemKind::Doubt(Vec::new()), message, near)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if !self.near.is_empty() {
            write!(formatter, " near `{}`", self.near)?;
        }
        if let ProblemKind::Doubt(doubts) = &self.kind {
            for (index, doubt) in doubts.iter().enumerate() {
                write!(formatter, "{} {doubt}", if index == 0 { ":" } else { "," })?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
