//! Why a statement could not be read, in the user's words.

use super::grammar::Failure;
use super::outline::{self, Token};
use super::statement::Joined;
use crate::diag::{Diagnostic, nearest};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Unit,
    LogSource,
    FieldDeclaration,
    Detect,
    Correlate,
    CorrelateWhen,
    Sweep,
    Stop,
    Test,
    Pairs,
    Clause,
    Property,
    Value,
}

/// Words that cannot be the name of anything, since a use of the name would be read as something else.
pub(super) const NOT_A_NAME: &[&str] = &[
    "and",
    "or",
    "not",
    "any",
    "all",
    "none",
    "some",
    "anywhere",
    "approximate",
    "true",
    "false",
    "null",
    "field",
    "cased",
    "prior",
    "nothing",
    "windash",
    "base64",
    "base64offset",
    "utf16le",
    "utf16be",
    "utf16",
    "wide",
];

pub(super) fn first_word(text: &str) -> &str {
    let end = text.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_')).unwrap_or(text.len());
    let rest = text[end..].chars().next();
    if matches!(rest, Some('@' | '.' | '-')) { "" } else { &text[..end] }
}

/// The word or symbol after the first word.
pub(super) fn second_word(text: &str) -> &str {
    let rest = text[first_word(text).len()..].trim_start_matches([' ', '\t', '\r']);
    let word = first_word(rest);
    if word.is_empty() { rest.get(..1).unwrap_or_default() } else { word }
}

pub(super) fn unknown_statement(joined: &Joined<'_>, place: Place) -> Diagnostic {
    let word = first_word(&joined.text);
    let _ = (place, nearest(word, ["detect"]));
    Diagnostic::error("E0126", joined.span(0, word.len().max(1)), format!("`{word}` begins no statement here"))
}

pub(super) fn explain(failure: &Failure, joined: &Joined<'_>, place: Place) -> Diagnostic {
    let position = match failure.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let tokens: Vec<Token> = outline::tokens(&joined.text, 0);
    let token = tokens.iter().find(|token| token.end > position);
    let _ = place;
    match token {
        Some(token) => Diagnostic::error(
            "E0101",
            joined.span(token.start, token.end),
            format!("unexpected `{}` {:?}", &joined.text[token.start..token.end], failure.variant),
        ),
        None => Diagnostic::error("E0101", joined.span(position, position), "the statement ends too early"),
    }
}
