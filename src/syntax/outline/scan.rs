//! The tokens of a line, as far as phase 1 must know them: where texts, comments and regular expressions end, so that a bracket
//! inside of one is none.
//!
//! Written by hand and not a rule of the grammar: every character of every file passes here once, and pest takes some hundred
//! instructions for each, which was a third of a start. The grammar decides what a statement means; a token here and a value
//! there end at the same place; the random files of `tests/suite/formatting.rs` show it where they do not.

use memchr::{memchr, memchr2, memmem};

/// What a token is, by how it begins and whether it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::syntax) enum Kind {
    Word,
    /// `'…'`
    Literal,
    /// `"…"` with its escapes.
    Escaped,
    /// `"""…"""`
    Prose,
    /// `"""` that goes on in a later line, or never ends.
    ProseOpen,
    /// `` `…` ``
    Quoted,
    /// A quote of any kind without its end.
    Unclosed,
    /// A text in the quotes of a word processor.
    Curly,
    /// `/…/` with its flags.
    Regex,
    /// A `/` without its end.
    RegexOpen,
    BraceOpen,
    BraceClose,
    ParenthesisOpen,
    ParenthesisClose,
    Comma,
    Semicolon,
    Operator,
    /// `#` and what follows in its line.
    Comment,
    /// One character that begins nothing.
    Other,
}

/// A token of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::syntax) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// The tokens of `text`, which is one line or a joined statement; positions are moved by `offset`.
pub(in crate::syntax) fn tokens(text: &str, offset: usize) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(8);
    let mut at = 0;
    while let Some(first) = text.as_bytes().get(at) {
        if matches!(first, b' ' | b'\t' | b'\r') {
            at += 1;
            continue;
        }
        let (kind, end) = token(text, at, *first);
        tokens.push(Token { kind, start: offset + at, end: offset + end });
        at = end;
    }
    tokens
}

/// The token that begins at `at` with the byte `first`, and where it ends.
fn token(text: &str, at: usize, first: u8) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let one = at + 1;
    let line_end = || memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    let closed = |quote: u8, kind: Kind| match memchr(quote, &bytes[one..]) {
        Some(length) => (kind, one + length + 1),
        None => (Kind::Unclosed, line_end()),
    };
    match first {
        b'{' => (Kind::BraceOpen, one),
        b'}' => (Kind::BraceClose, one),
        b'(' => (Kind::ParenthesisOpen, one),
        b')' => (Kind::ParenthesisClose, one),
        b',' => (Kind::Comma, one),
        b';' => (Kind::Semicolon, one),
        b'#' => (Kind::Comment, line_end()),
        b'\'' => closed(b'\'', Kind::Literal),
        b'`' => closed(b'`', Kind::Quoted),
        b'"' if bytes[at..].starts_with(b"\"\"\"") => match memmem::find(&bytes[at + 3..], b"\"\"\"") {
            Some(length) => (Kind::Prose, at + 3 + length + 3),
            None => (Kind::ProseOpen, line_end()),
        },
        b'"' => match delimited(bytes, one, b'"') {
            Some(end) => (Kind::Escaped, end),
            None => (Kind::Unclosed, line_end()),
        },
        b'/' => match delimited(bytes, one, b'/') {
            Some(end) => (Kind::Regex, end + bytes[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()),
            None => (Kind::RegexOpen, line_end()),
        },
        b'&' | b'|' if bytes.get(one) == Some(&first) => (Kind::Operator, at + 2),
        b'=' | b'!' | b'<' | b'>' | b'~' => {
            let length = bytes[at..].iter().take_while(|byte| matches!(byte, b'=' | b'!' | b'<' | b'>' | b'~')).count();
            (Kind::Operator, at + length)
        }
        _ if is_word(first) => (Kind::Word, word(bytes, at)),
        _ => other(text, at),
    }
}

/// A character of a field or a name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@')
}

/// Where the word that begins at `at` ends: `.`, `-` and `/` belong to it between two of its characters, and a `/` also behind
/// the last, for one that touches a word on its left opens no regular expression (`windows/process_creation`).
fn word(bytes: &[u8], at: usize) -> usize {
    let is_word_at = |at: usize| bytes.get(at).is_some_and(|byte| is_word(*byte));
    let mut end = at;
    loop {
        while is_word_at(end) {
            end += 1;
        }
        match bytes.get(end) {
            Some(b'.' | b'-' | b'/') if is_word_at(end + 1) => end += 1,
            Some(b'/') => return end + 1,
            _ => return end,
        }
    }
}

/// Behind the next `close` that no backslash stands before; the text of it begins at `at`.
fn delimited(bytes: &[u8], mut at: usize, close: u8) -> Option<usize> {
    loop {
        let found = at + memchr2(close, b'\\', bytes.get(at..)?)?;
        if bytes[found] == close {
            return Some(found + 1);
        }
        // What is escaped may be a character of several bytes: none of those that follow is a quote or a backslash.
        at = found + 2;
    }
}

/// A text in curly quotes, or one character.
fn other(text: &str, at: usize) -> (Kind, usize) {
    const CURLY: &[char] = &['\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{201E}', '\u{201A}', '\u{AB}', '\u{BB}'];
    let mut characters = text[at..].chars();
    let first = characters.next().map_or(0, char::len_utf8);
    if !text[at..].starts_with(CURLY) {
        return (Kind::Other, at + first);
    }
    let inside = &text[at + first..];
    let end = match inside.find(CURLY) {
        Some(length) => at + first + length + inside[length..].chars().next().map_or(0, char::len_utf8),
        None => text.len(),
    };
    (Kind::Curly, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Kind, &str)> {
        tokens(text, 0).into_iter().map(|token| (token.kind, &text[token.start..token.end])).collect()
    }

    #[test]
    fn a_word_holds_what_stands_between_its_characters() {
        assert_eq!(read("c-uri a.b.c-d @x"), [(Kind::Word, "c-uri"), (Kind::Word, "a.b.c-d"), (Kind::Word, "@x")]);
        assert_eq!(read("windows/process_creation"), [(Kind::Word, "windows/process_creation")]);
        assert_eq!(read("a. -b"), [(Kind::Word, "a"), (Kind::Other, "."), (Kind::Other, "-"), (Kind::Word, "b")]);
        assert_eq!(read("x/'a'"), [(Kind::Word, "x/"), (Kind::Literal, "'a'")]);
    }

    #[test]
    fn what_stands_in_quotes_is_one_token() {
        let texts = ["'a\"#b{'", r#""c\"d\\""#, "`e f`"];
        assert_eq!(read(&texts.join(" ")), [(Kind::Literal, texts[0]), (Kind::Escaped, texts[1]), (Kind::Quoted, texts[2])]);
        assert_eq!(read(r#""""a "b" c""" x"#), [(Kind::Prose, r#""""a "b" c""""#), (Kind::Word, "x")]);
        assert_eq!(read(r#""""a "b""#), [(Kind::ProseOpen, r#""""a "b""#)]);
        assert_eq!(read("\u{201c}é\u{201d} é"), [(Kind::Curly, "\u{201c}é\u{201d}"), (Kind::Other, "é")]);
    }

    #[test]
    fn a_text_without_its_end_goes_to_the_end_of_the_line() {
        assert_eq!(read("'a { b"), [(Kind::Unclosed, "'a { b")]);
        assert_eq!(read(r#""a \"#), [(Kind::Unclosed, r#""a \"#)]);
        assert_eq!(read(r#""a \é"#), [(Kind::Unclosed, r#""a \é"#)]);
        assert_eq!(read("`a\nb"), [(Kind::Unclosed, "`a"), (Kind::Other, "\n"), (Kind::Word, "b")]);
    }

    #[test]
    fn a_slash_that_touches_no_word_opens_a_regular_expression() {
        let expected = [(Kind::ParenthesisOpen, "("), (Kind::Regex, r"/a\/b'/i"), (Kind::Comma, ","), (Kind::RegexOpen, "/")];
        assert_eq!(read(r"(/a\/b'/i, /"), expected);
    }

    #[test]
    fn operators_are_runs_of_their_characters() {
        let operators = [(Kind::Operator, "<=~"), (Kind::Operator, "&&"), (Kind::Operator, "||"), (Kind::Other, "&")];
        assert_eq!(read("<=~ && || &"), operators);
    }

    #[test]
    fn places_are_moved() {
        let comment = Token { kind: Kind::Comment, start: 14, end: 17 };
        assert_eq!(tokens("  a # b", 10), [Token { kind: Kind::Word, start: 12, end: 13 }, comment]);
    }
}
