//! Wildcard patterns, built once from what the author wrote and never read again from text.

/// A pattern over a whole value. No two literals stand side by side, and no two `AnyRun`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Never empty.
    Literal(String),
    /// `*`: any run of characters, empty and line breaks included.
    AnyRun,
    /// `?`: one character.
    AnyOne,
}
