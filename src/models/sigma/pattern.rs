//! Text values: wildcards and escapes (RS "String Wildcard", "Escaping"), and whether a log's text is one of them.

use super::Answer;

/// One character of a text value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Character(char),
    /// `?`: a single character.
    One,
    /// `*`: any run of characters, none included.
    Run,
}

/// Reads a text value. "Plain backslash not followed by a wildcard can be expressed as single `\` or double `\\`"; "a wildcard has
/// to be escaped to handle it as a plain character: `\*`"; `\\*` is a backslash and a wildcard, `\\\*` a backslash and a star.
pub(super) fn read(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        marks.push(match character {
            '*' => Mark::Run,
            '?' => Mark::One,
            '\\' => Mark::Character(characters.next_if(|next| matches!(next, '\\' | '*' | '?')).unwrap_or('\\')),
            other => Mark::Character(other),
        });
    }
    marks
}

/// Whether a value ends with a lone backslash: what that becomes where a modifier puts a wildcard behind it is not said.
pub(super) fn ends_alone(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The same characters without meaning of their own.
pub(super) fn plain(text: &str) -> Vec<Mark> {
    text.chars().map(Mark::Character).collect()
}

const FOLDING: &str = "whether letters beyond ASCII are compared without their case";

/// Whether the whole text is of the pattern. MO "cased": "Default Sigma behavior is case-insensitive matching".
pub(super) fn holds(pattern: &[Mark], text: &str, cased: bool) -> Answer {
    if cased {
        return Answer::of(matches(pattern, text, |left, right| left == right));
    }
    let ascii = matches(pattern, text, |left, right| left.eq_ignore_ascii_case(&right));
    if text.is_ascii() && pattern.iter().all(|mark| !matches!(mark, Mark::Character(character) if !character.is_ascii())) {
        return Answer::of(ascii);
    }
    // The specification does not say which letters have a case; where it matters, the record is open.
    let all = matches(pattern, text, |left, right| left == right || left.to_lowercase().eq(right.to_lowercase()));
    if ascii == all { Answer::of(ascii) } else { Answer::Open(FOLDING) }
}

/// A match with wildcards: goes back to the last star only, so that it takes at most text × pattern steps.
fn matches(pattern: &[Mark], text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut at, mut rest) = (0, text.chars());
    let mut star: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        match pattern.get(at) {
            Some(Mark::Run) => {
                at += 1;
                star = Some((at, rest.clone()));
                continue;
            }
            None if rest.as_str().is_empty() => return true,
            wanted => {
                let mut next = rest.clone();
                let fits = match (wanted, next.next()) {
                    (Some(Mark::One), Some(_)) => true,
                    (Some(Mark::Character(wanted)), Some(found)) => same(*wanted, found),
                    (None | Some(_), _) => false,
                };
                if fits {
                    at += 1;
                    rest = next;
                    continue;
                }
            }
        }
        // The star takes one character more.
        let Some((behind, from)) = &mut star else { return false };
        if from.next().is_none() {
            return false;
        }
        at = *behind;
        rest = from.clone();
    }
}
