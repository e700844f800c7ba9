//! The regular expressions that every target shares (S3.4), as a tree of our own.
//!
//! A target prints the tree in its own dialect; nobody reads the author's text again.

/// A checked regular expression with its flags resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharedRegex {
    pub node: RegexNode,
    /// `i`: letters A–Z equal a–z.
    pub ignore_case: bool,
    /// `m`: `^` and `$` also stand at line ends.
    pub multi_line: bool,
    /// `s`: `.` is also a line feed.
    pub dot_all: bool,
    /// As the author wrote it, without slashes: for messages and for Sigma, whose `re` keeps it.
    pub written: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RegexNode {
    Empty,
    Literal(char),
    /// `.`
    Dot,
    Class(RegexClass),
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`, ASCII.
    WordBoundary,
    /// `\B`
    NotWordBoundary,
    Concat(Vec<RegexNode>),
    Alternate(Vec<RegexNode>),
    /// A group; capturing or not makes no difference to a match.
    Group(Box<RegexNode>),
    /// At most 1000 repetitions; `max` is `None` for no limit.
    Repeat {
        node: Box<RegexNode>,
        min: u32,
        max: Option<u32>,
        lazy: bool,
    },
}

/// A set of characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegexClass {
    pub negated: bool,
    pub items: Vec<ClassItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClassItem {
    Range(char, char),
    /// `\d`: 0–9.
    Digit,
    /// `\w`: letters A–Z and a–z, digits, `_`.
    Word,
    /// `\s`: blank, tab, line feed, carriage return, vertical tab, form feed.
    Space,
    NotDigit,
    NotWord,
    NotSpace,
}

/// Why a regular expression is refused, and where: bytes of the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    pub start: usize,
    pub end: usize,
    pub message: String,
    pub help: Option<String>,
}

impl SharedRegex {
    /// Reads a pattern as the author wrote it between slashes (`\/` is a slash), and its flags out of `i`, `m`, `s`.
    ///
    /// # Errors
    /// What is not in the syntax that every target shares (S3.4), at its place in the pattern. A fault of the flags is at the
    /// pattern's end.
    pub fn parse(pattern: &str, flags: &str) -> Result<SharedRegex, RegexError> {
        super::regex_parse::parse(pattern, flags)
    }
}
