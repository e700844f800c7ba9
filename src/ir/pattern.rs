//! Wildcard patterns, built once from what the author wrote and never read again from text.

use super::TextOperator;

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

/// What a `like` says: one of the literal comparisons where stars stand at the ends alone, else a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LikeForm {
    /// `'abc'`, `'abc*'`, `'*abc'`, `'*abc*'`; a lone `*` is `contains ''`, true for every present value (S3.2).
    Literal {
        operator: TextOperator,
        value: String,
    },
    Pattern(LikePattern),
}

/// Why a `like` value is refused. `start` and `end` are bytes of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikeError {
    pub start: usize,
    pub end: usize,
    pub message: String,
    pub help: Option<String>,
}

/// The most wildcards in one pattern: as many as a regular expression may repeat (S3.4), since targets print one.
pub const MOST_WILDCARDS: usize = 1000;

impl LikePattern {
    /// Reads a pattern as S3.3 says: `*`, `?`, and `[*]`, `[?]`, `[[]` for the characters; a backslash, and every other `[`,
    /// is itself. Stars side by side are one.
    ///
    /// # Errors
    /// More than [`MOST_WILDCARDS`] wildcards.
    pub fn parse(text: &str) -> Result<LikeForm, LikeError> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut literal = String::new();
        let mut wildcards = 0;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let at = text.len() - rest.len();
            let mut length = character.len_utf8();
            let wildcard = match character {
                '*' => Some(Piece::AnyRun),
                '?' => Some(Piece::AnyOne),
                _ => {
                    let escaped = ["[*]", "[?]", "[[]"].iter().find(|escape| rest.starts_with(**escape));
                    literal.push_str(escaped.map_or(&rest[..length], |escape| &escape[1..2]));
                    length = escaped.map_or(length, |escape| escape.len());
                    None
                }
            };
            if let Some(piece) = wildcard {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                if piece != Piece::AnyRun || pieces.last() != Some(&Piece::AnyRun) {
                    wildcards += 1;
                    pieces.push(piece);
                }
                if wildcards > MOST_WILDCARDS {
                    return Err(LikeError {
                        start: at,
                        end: at + length,
                        message: format!("more than {MOST_WILDCARDS} wildcards in one pattern"),
                        help: Some("match a shorter part of the value".to_owned()),
                    });
                }
            }
            rest = &rest[length..];
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        let form = |operator, value: &str| Ok(LikeForm::Literal { operator, value: value.to_owned() });
        match pieces.as_slice() {
            [] => form(TextOperator::Equals, ""),
            [Piece::AnyRun] => form(TextOperator::Contains, ""),
            [Piece::Literal(value)] => form(TextOperator::Equals, value),
            [Piece::Literal(value), Piece::AnyRun] => form(TextOperator::StartsWith, value),
            [Piece::AnyRun, Piece::Literal(value)] => form(TextOperator::EndsWith, value),
            [Piece::AnyRun, Piece::Literal(value), Piece::AnyRun] => form(TextOperator::Contains, value),
            _ => Ok(LikeForm::Pattern(LikePattern(pieces))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> (TextOperator, String) {
        match LikePattern::parse(text).unwrap() {
            LikeForm::Literal { operator, value } => (operator, value),
            LikeForm::Pattern(pattern) => panic!("`{text}` is {pattern:?}"),
        }
    }

    fn pieces(text: &str) -> Vec<Piece> {
        match LikePattern::parse(text).unwrap() {
            LikeForm::Pattern(pattern) => pattern.0,
            LikeForm::Literal { operator, value } => panic!("`{text}` is {operator:?} {value:?}"),
        }
    }

    #[test]
    fn stars_at_the_ends_alone_are_literal_comparisons() {
        use TextOperator::{Contains, EndsWith, Equals, StartsWith};
        assert_eq!(literal("abc"), (Equals, "abc".into()));
        assert_eq!(literal(""), (Equals, String::new()));
        assert_eq!(literal("abc*"), (StartsWith, "abc".into()));
        assert_eq!(literal(r"*\cmd.exe"), (EndsWith, r"\cmd.exe".into()));
        assert_eq!(literal("**a b**"), (Contains, "a b".into()));
        assert_eq!(literal("*"), (Contains, String::new()));
        // A backslash is itself, also before a star (S3.3).
        assert_eq!(literal(r"C:\Windows\*"), (StartsWith, r"C:\Windows\".into()));
    }

    #[test]
    fn only_three_brackets_are_escapes() {
        use TextOperator::{Contains, Equals};
        assert_eq!(literal("a[*]b[?]c[[]d"), (Equals, "a*b?c[d".into()));
        assert_eq!(literal("[a]b]["), (Equals, "[a]b][".into()));
        assert_eq!(literal("*[*]*"), (Contains, "*".into()));
        assert_eq!(literal("[[*]"), (Equals, "[*".into()));
        assert_eq!(literal("[*"), (TextOperator::StartsWith, "[".into()));
    }

    #[test]
    fn inner_wildcards_make_a_pattern() {
        let text = |text: &str| Piece::Literal(text.into());
        assert_eq!(pieces("a*b?é"), [text("a"), Piece::AnyRun, text("b"), Piece::AnyOne, text("é")]);
        assert_eq!(pieces("*?*"), [Piece::AnyRun, Piece::AnyOne, Piece::AnyRun]);
        assert_eq!(pieces("?"), [Piece::AnyOne]);
        assert_eq!(pieces(r"*\AppData\*\x.exe"), [Piece::AnyRun, text(r"\AppData\"), Piece::AnyRun, text(r"\x.exe")]);
    }

    #[test]
    fn a_thousand_wildcards_are_enough() {
        assert!(LikePattern::parse(&"?".repeat(MOST_WILDCARDS)).is_ok());
        let error = LikePattern::parse(&"?".repeat(MOST_WILDCARDS + 1)).unwrap_err();
        assert_eq!((error.start, error.end), (MOST_WILDCARDS, MOST_WILDCARDS + 1));
    }
}
