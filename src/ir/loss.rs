//! What a target cannot say: values, never a near miss.

use crate::diag::Span;

/// Which way a rule that lost something differs from the hunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It may select more events.
    Wider,
    /// It may select fewer.
    Narrower,
    /// It may do either.
    Either,
}

impl Direction {
    pub const ALL: &'static [Direction] = &[Direction::Wider, Direction::Narrower, Direction::Either];

    /// Under `not`.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Direction::Wider => Direction::Narrower,
            Direction::Narrower => Direction::Wider,
            Direction::Either => Direction::Either,
        }
    }

    /// Of two losses in one rule.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        if self == other { self } else { Direction::Either }
    }

    pub fn name(self) -> &'static str {
        match self {
            Direction::Wider => "wider",
            Direction::Narrower => "narrower",
            Direction::Either => "either",
        }
    }
}

/// One thing that a target cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// A code of `L03`.
    pub code: &'static str,
    /// `None`: the rule is refused for the target. Otherwise the part was left out or said less exactly.
    pub direction: Option<Direction>,
    /// The author's text.
    pub span: Span,
    /// One sentence that names the product's limit.
    pub message: String,
    /// What stands under the caret.
    pub label: Option<String>,
    pub help: Option<String>,
}

/// What an `exact` result rests on, from a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// The product folds letters beyond ASCII as Unicode does, or the data holds none.
    AsciiText,
    /// Events arrive within the declared delay.
    ArrivalWithin,
    /// A product's limit of rows in a window is not reached.
    WindowRows,
    /// The product stores no empty text in the column.
    NoEmptyText,
    /// The column always holds a full path.
    FullPath,
    /// What collects the records leaves SIDs and GUIDs as they are, and does not write names in their place.
    RawIdentifiers,
}

impl Assumption {
    pub const ALL: &'static [Assumption] = &[
        Assumption::AsciiText,
        Assumption::ArrivalWithin,
        Assumption::WindowRows,
        Assumption::NoEmptyText,
        Assumption::FullPath,
        Assumption::RawIdentifiers,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Assumption::AsciiText => "ascii_text",
            Assumption::ArrivalWithin => "arrival_within",
            Assumption::WindowRows => "window_rows",
            Assumption::NoEmptyText => "no_empty_text",
            Assumption::FullPath => "full_path",
            Assumption::RawIdentifiers => "raw_identifiers",
        }
    }
}
