//! Text comparisons and what they fold (S3.1 to S3.3, S3.7).

use std::borrow::Cow;

use crate::ir::{Case, LikePattern, Piece, TextOperator};

pub(super) struct Comparison<'a> {
    pub case: Case,
    pub separators: &'a [char],
}

impl Comparison<'_> {
    /// Compares with a literal: how much is folded depends on the literal's letters (S3.1).
    pub fn holds(&self, operator: TextOperator, value: &str, literal: &str) -> bool {
        match self.case {
            Case::Folded if has_letter_beyond_ascii(literal) => self.compare(operator, &lower(value), &lower(literal)),
            Case::Folded => self.holds_ascii(operator, value, literal),
            Case::Exact => self.compare(operator, value, literal),
        }
    }

    /// Compares two values of one event: A–Z and a–z are equal, unless `cased`.
    pub fn holds_ascii(&self, operator: TextOperator, value: &str, other: &str) -> bool {
        match self.case {
            Case::Folded => self.compare_ascii(operator, value, other),
            Case::Exact => self.compare(operator, value, other),
        }
    }

    /// Byte by byte: no byte of a character beyond ASCII is one of a letter's, and no separator is a letter.
    fn compare_ascii(&self, operator: TextOperator, value: &str, other: &str) -> bool {
        let (bytes, wanted) = (value.as_bytes(), other.as_bytes());
        let same = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(wanted));
        match operator {
            TextOperator::Equals => value.eq_ignore_ascii_case(other),
            TextOperator::Contains => {
                let Some(first) = wanted.first().map(u8::to_ascii_lowercase) else { return true };
                bytes.windows(wanted.len()).any(|part| part[0].to_ascii_lowercase() == first && same(Some(part)))
            }
            TextOperator::StartsWith => same(bytes.get(..wanted.len())),
            TextOperator::EndsWith => same(bytes.len().checked_sub(wanted.len()).map(|start| &bytes[start..])),
            TextOperator::Named => last_component(value, self.separators).eq_ignore_ascii_case(other),
        }
    }

    /// Compares what is folded already.
    fn compare(&self, operator: TextOperator, value: &str, other: &str) -> bool {
        match operator {
            TextOperator::Equals => value == other,
            TextOperator::Contains => value.contains(other),
            TextOperator::StartsWith => value.starts_with(other),
            TextOperator::EndsWith => value.ends_with(other),
            TextOperator::Named => last_component(value, self.separators) == other,
        }
    }
}

/// S3.7: what stands after the last separator; all of the value where there is none.
pub(super) fn last_component<'a>(value: &'a str, separators: &[char]) -> &'a str {
    match value.char_indices().rfind(|(_, character)| separators.contains(character)) {
        Some((at, separator)) => &value[at + separator.len_utf8()..],
        None => value,
    }
}

fn has_letter_beyond_ascii(literal: &str) -> bool {
    literal.chars().any(|character| !character.is_ascii() && character.is_alphabetic())
}

/// Unicode simple lower-casing: one character becomes one.
fn lower(text: &str) -> String {
    text.chars().map(lower_character).collect()
}

fn lower_character(character: char) -> char {
    // The first of several is right: U+0130 alone lower-cases to more than one character, and its simple form is `i`, the
    // first of them (UnicodeData.txt).
    character.to_lowercase().next().unwrap_or(character)
}

/// Whether the pattern matches the whole value (S3.3).
pub(super) fn like(pattern: &LikePattern, value: &str, case: Case) -> bool {
    enum Token {
        Character(char),
        One,
        Run,
    }
    let beyond = pattern.0.iter().any(|piece| matches!(piece, Piece::Literal(literal) if has_letter_beyond_ascii(literal)));
    let fold = |text: &str| -> Vec<char> {
        let folded = match case {
            Case::Folded if beyond => Cow::Owned(lower(text)),
            Case::Folded => Cow::Owned(text.to_ascii_lowercase()),
            Case::Exact => Cow::Borrowed(text),
        };
        folded.chars().collect()
    };
    let mut tokens = Vec::new();
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(literal) => tokens.extend(fold(literal).into_iter().map(Token::Character)),
            Piece::AnyOne => tokens.push(Token::One),
            Piece::AnyRun => tokens.push(Token::Run),
        }
    }
    let value = fold(value);
    // Walk both; at a mismatch let the last run take one character more. Earlier runs never need to grow, because the part
    // between two runs was placed as early as it can stand.
    let (mut token, mut at) = (0, 0);
    let mut last_run: Option<(usize, usize)> = None;
    while at < value.len() {
        match tokens.get(token) {
            Some(Token::Run) => {
                last_run = Some((token, at));
                token += 1;
            }
            Some(Token::One) => {
                token += 1;
                at += 1;
            }
            Some(Token::Character(expected)) if *expected == value[at] => {
                token += 1;
                at += 1;
            }
            Some(Token::Character(_)) | None => match last_run {
                Some((run, start)) => {
                    last_run = Some((run, start + 1));
                    token = run + 1;
                    at = start + 1;
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|rest| matches!(rest, Token::Run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_byte_by_byte_is_folding_the_texts() {
        let texts =
            ["", "a", "A", "b", "aB", "Ab\\aB", "xaB", "ABx", "é", "É", "aéB", "AéB", "k", "\u{212a}", "a/B", "\\", "[", "{"];
        let comparison = Comparison { case: Case::Folded, separators: &['\\', '/'] };
        let operators =
            [TextOperator::Equals, TextOperator::Contains, TextOperator::StartsWith, TextOperator::EndsWith, TextOperator::Named];
        for (value, other) in texts.iter().flat_map(|value| texts.iter().map(move |other| (value, other))) {
            for operator in operators {
                let folded = comparison.compare(operator, &value.to_ascii_lowercase(), &other.to_ascii_lowercase());
                assert_eq!(comparison.holds_ascii(operator, value, other), folded, "{value:?} {operator:?} {other:?}");
            }
        }
    }
}
