//! Texts in quotation marks, and values with wildcards.

use super::doubts::{Doubt, Readings};
use super::problem::Problem;
use super::value::{lower_all, lower_ascii};

/// What a text in quotation marks says in `search`. SR/search, "Quotes and escaping characters": `\\`, `\"` and `\|` are known;
/// other sequences are not altered.
pub(super) fn in_search(quoted: &str) -> String {
    let mut out = String::new();
    let mut characters = inner(quoted).chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(next @ ('\\' | '"' | '|'))) => {
                out.push(*next);
                characters.next();
            }
            _ => out.push(character),
        }
    }
    out
}

/// What a text in quotation marks says in `eval`. SM, "Types of expressions": `"C:\\windows"`; there `\t` is a tab, and what
/// else is known beside the sequences of `search` is not said.
pub(super) fn in_eval(quoted: &str) -> Result<String, Problem> {
    let mut out = String::new();
    let mut characters = inner(quoted).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(next @ ('\\' | '"')) => out.push(next),
                Some('t') => out.push('\t'),
                _ => return Err(Problem::doubt("what this backslash does in a text of `eval` is not documented", quoted)),
            },
            _ => out.push(character),
        }
    }
    Ok(out)
}

/// The regular expression in a text of `eval`. SR/search and SM, "SPL and regular expressions", can be read both ways about
/// whether `\\` and `\|` are reduced first; what means the same either way is read.
pub(super) fn regular_expression(quoted: &str) -> Result<String, Problem> {
    let mut out = String::new();
    let mut characters = inner(quoted).chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('"') => out.push('"'),
            Some('\\' | '|') => {
                return Err(Problem::doubt(
                    "whether this backslash is reduced before the regular expression is not clear",
                    quoted,
                ));
            }
            Some(next) => {
                out.push('\\');
                out.push(next);
            }
            None => return Err(Problem::syntax("a backslash ends the text", quoted)),
        }
    }
    Ok(out)
}

pub(super) fn inner(quoted: &str) -> &str {
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted)
}

/// A value of `search`: a text, and whether anything may stand before or behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    pub(super) before: bool,
    pub(super) text: String,
    pub(super) behind: bool,
    folded: String,
}

impl Wildcard {
    /// SM, "Wildcards": `*` is any run of characters; there is no escape for it (SM, "Backslashes"), and between two texts it
    /// "can produce inconsistent results".
    pub(super) fn new(value: &str) -> Result<Self, Problem> {
        let text = value.trim_matches('*');
        if text.contains('*') {
            return Err(Problem::doubt("a wildcard between two texts gives inconsistent results", value));
        }
        let is_any = text.is_empty() && !value.is_empty();
        Ok(Wildcard {
            before: is_any || value.starts_with('*'),
            text: text.to_owned(),
            behind: is_any || value.ends_with('*'),
            folded: lower_all(text),
        })
    }

    pub(super) fn is_anything(&self) -> bool {
        self.before && self.behind && self.text.is_empty()
    }

    /// The whole value, ignoring case (SM, "Use the search command": values are not case-sensitive).
    pub(super) fn matches(&self, value: &str, readings: &Readings) -> bool {
        if self.is_anything() {
            return true;
        }
        let usual = self.matches_ascii(value.as_bytes());
        if value.is_ascii() || self.text.is_ascii() && usual {
            return usual;
        }
        let every = self.fits(&lower_all(value), &self.folded);
        readings.choose(Doubt::SearchCase, usual, every)
    }

    fn fits(&self, value: &str, text: &str) -> bool {
        match (self.before, self.behind) {
            (false, false) => value == text,
            (true, false) => value.ends_with(text),
            (false, true) => value.starts_with(text),
            (true, true) => value.contains(text),
        }
    }

    fn matches_ascii(&self, value: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let Some(spare) = value.len().checked_sub(text.len()) else { return false };
        match (self.before, self.behind) {
            (false, false) => value.eq_ignore_ascii_case(text),
            (true, false) => value[spare..].eq_ignore_ascii_case(text),
            (false, true) => value[..text.len()].eq_ignore_ascii_case(text),
            (true, true) => lower_ascii(&String::from_utf8_lossy(value)).contains(&lower_ascii(&self.text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_the_documentation() {
        assert_eq!(in_search(r#""error | stats count""#), "error | stats count");
        assert_eq!(in_search(r#""\s \\s \" \| \\*""#), r#"\s \s " | \*"#);
        assert_eq!(in_eval(r#""C:\\windows""#).unwrap(), r"C:\windows");
        assert_eq!(in_eval(r#""C:\\windows\temp""#).unwrap(), "C:\\windows\temp");
        assert!(in_eval(r#""C:\windows""#).is_err());
        assert_eq!(regular_expression(r#""^\d{1,3}\.\"""#).unwrap(), r#"^\d{1,3}\.""#);
        assert!(regular_expression(r#""a\\b""#).is_err() && regular_expression(r#""a\|b""#).is_err());
    }

    #[test]
    fn wildcards_match_the_whole_value_in_any_case() {
        let found = |pattern: &str, value: &str| {
            let readings = Readings::default();
            let answer = Wildcard::new(pattern).unwrap().matches(value, &readings);
            (readings.met() == 0).then_some(answer)
        };
        for (pattern, value, expected) in [
            ("40*", "404", true),
            ("40*", "140", false),
            ("fail*", "FAILED", true),
            ("*.exe", "a.EXE", true),
            ("*.exe", "a.exe ", false),
            ("*b*", "aBc", true),
            ("abc", "ABC", true),
            ("abc", "abcd", false),
            ("*", "", true),
            ("1", "1.0", false),
        ] {
            assert_eq!(found(pattern, value), Some(expected), "{pattern} {value}");
        }
        // Beyond ASCII nothing is said of case; where no case is in question nothing hangs on it.
        assert_eq!(found("*é*", "É"), None);
        assert_eq!(found("*é*", "aé"), Some(true));
        assert_eq!(found("*x*", "É"), Some(false));
        assert!(Wildcard::new("a*b").is_err());
    }
}
