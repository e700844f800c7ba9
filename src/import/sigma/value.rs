//! Sigma's texts: which characters are wildcards, and what the language writes for them.
//!
//! Specification, "Escaping": `*` and `?` are wildcards; `\*`, `\?` and `\\` are the characters; a backslash before anything else
//! is itself.

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Star,
    Question,
}

/// What a comparison does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Whole,
    Contains,
    StartsWith,
    EndsWith,
}

/// A value with its wildcards, as an operator of the language and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Every present value.
    Anything,
    Literal(Place, String),
    Pattern(Vec<Piece>),
}

/// Reads a value.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let wildcard = match character {
            '*' => Piece::Star,
            '?' => Piece::Question,
            '\\' => {
                let escaped = characters.next_if(|next| matches!(next, '*' | '?' | '\\'));
                literal.push(escaped.unwrap_or('\\'));
                continue;
            }
            other => {
                literal.push(other);
                continue;
            }
        };
        if !literal.is_empty() {
            found.push(Piece::Text(std::mem::take(&mut literal)));
        }
        found.push(wildcard);
    }
    if !literal.is_empty() {
        found.push(Piece::Text(literal));
    }
    found
}

/// The characters of a value that has no wildcards.
pub(super) fn literal(pieces: &[Piece]) -> Option<String> {
    match pieces {
        [] => Some(String::new()),
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

/// A value where a modifier puts it.
pub(super) fn form(mut pieces: Vec<Piece>, place: Place) -> Form {
    if matches!(place, Place::Contains | Place::EndsWith) {
        pieces.insert(0, Piece::Star);
    }
    if matches!(place, Place::Contains | Place::StartsWith) {
        pieces.push(Piece::Star);
    }
    pieces.dedup_by(|next, before| *next == Piece::Star && *before == Piece::Star);
    match pieces.as_slice() {
        [] => Form::Literal(Place::Whole, String::new()),
        [Piece::Star] => Form::Anything,
        [Piece::Text(text)] => Form::Literal(Place::Whole, text.clone()),
        [Piece::Text(text), Piece::Star] => Form::Literal(Place::StartsWith, text.clone()),
        [Piece::Star, Piece::Text(text)] => Form::Literal(Place::EndsWith, text.clone()),
        [Piece::Star, Piece::Text(text), Piece::Star] => Form::Literal(Place::Contains, text.clone()),
        _ => Form::Pattern(pieces),
    }
}

/// As `like` writes it: literal wildcards in brackets, and a bracket that would be read as one of these too.
pub(super) fn like(form: &Form) -> String {
    let pieces: Vec<Piece> = match form {
        Form::Anything => vec![Piece::Star],
        Form::Pattern(pieces) => pieces.clone(),
        Form::Literal(place, text) => {
            let mut pieces = vec![Piece::Text(text.clone())];
            if matches!(place, Place::Contains | Place::EndsWith) {
                pieces.insert(0, Piece::Star);
            }
            if matches!(place, Place::Contains | Place::StartsWith) {
                pieces.push(Piece::Star);
            }
            pieces
        }
    };
    let mut characters: Vec<(char, bool)> = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Text(text) => characters.extend(text.chars().map(|character| (character, true))),
            Piece::Star => characters.push(('*', false)),
            Piece::Question => characters.push(('?', false)),
        }
    }
    let mut text = String::new();
    for (index, (character, is_literal)) in characters.iter().enumerate() {
        let next = characters.get(index + 1).map(|(next, _)| *next);
        match (character, is_literal) {
            ('*' | '?', true) => text.extend(['[', *character, ']']),
            ('[', true) if matches!(next, Some('*' | '?' | '[')) => text.push_str("[[]"),
            _ => text.push(*character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn backslashes_escape_wildcards_and_themselves_alone() {
        assert_eq!(pieces(r"C:\Windows\x"), [text(r"C:\Windows\x")]);
        assert_eq!(pieces(r"C:\x\*y"), [text(r"C:\x*y")]);
        assert_eq!(pieces(r"C:\x*y"), [text(r"C:\x"), Piece::Star, text("y")]);
        assert_eq!(pieces(r"C:\\\\x"), [text(r"C:\\x")]);
        assert_eq!(pieces(r"C:\\x"), [text(r"C:\x")]);
        assert_eq!(pieces(r"C:\\*"), [text(r"C:\"), Piece::Star]);
        assert_eq!(pieces(r"C:\\\*"), [text(r"C:\*")]);
        assert_eq!(pieces(r"a\?b?"), [text("a?b"), Piece::Question]);
        assert_eq!(pieces(r"a\"), [text(r"a\")]);
    }

    #[test]
    fn wildcards_at_the_ends_are_operators() {
        let literal = |place, value: &str| Form::Literal(place, value.to_owned());
        assert_eq!(form(pieces("abc*"), Place::Whole), literal(Place::StartsWith, "abc"));
        assert_eq!(form(pieces("*abc"), Place::Contains), literal(Place::Contains, "abc"));
        assert_eq!(form(pieces("*"), Place::Whole), Form::Anything);
        assert_eq!(form(pieces(""), Place::Contains), Form::Anything);
        assert_eq!(form(pieces(""), Place::Whole), literal(Place::Whole, ""));
        assert_eq!(like(&form(pieces("a*b?"), Place::Contains)), "*a*b?*");
        assert_eq!(like(&form(pieces(r"\*a[*]"), Place::Whole)), "[*]a[[]*]");
        assert_eq!(like(&form(pieces("[x]*y"), Place::Whole)), "[x]*y");
    }
}
