//! Regular expressions (MO "Regular Expression"): "The supported flavor is PCRE with the following metacharacters", and "other
//! metacharacters are unsupported and can not be used". They are read strictly and spelled for the `regex` crate.
//!
//! Read as PCRE documents them are also a backslash before a mark, and `\n`, `\r`, `\t` and `\xhh` (pcre2pattern(3), "Non-printing
//! characters"). `$` without `m` is read as the end, as the sub-modifier `m` describes it; PCRE also lets it stand before a last
//! line feed.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::Answer;
use super::document::problem;
use crate::Problem;

/// Groups within each other.
const NESTING: usize = 128;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
}

#[derive(Debug)]
pub(super) struct Expression {
    /// Letters of ASCII without their case, where that is asked for.
    ascii: Regex,
    /// The source again, for the reading in which every letter is without its case; made when a text needs it.
    every: Option<(String, OnceLock<Option<Regex>>)>,
    flags: Flags,
    is_ascii: bool,
}

impl Expression {
    pub fn read(pattern: &str, flags: Flags) -> Result<Expression, Problem> {
        let spell = |both_cases: bool| {
            let mut reader = Reader { rest: pattern, pattern, out: String::new(), both_cases, depth: 0 };
            reader.alternatives()?;
            if reader.rest.is_empty() { Ok(reader.out) } else { Err(reader.wrong("a parenthesis without a partner")) }
        };
        let spelled = spell(flags.ignore_case)?;
        let ascii = build(&spelled, flags, false)
            .ok_or_else(|| problem(format!("the regular expression `{pattern}` is too large or has an empty range")))?;
        let every = if flags.ignore_case { Some((spell(false)?, OnceLock::new())) } else { None };
        Ok(Expression { ascii, every, flags, is_ascii: pattern.is_ascii() })
    }

    /// Whether a match is found anywhere in the text.
    pub fn finds(&self, text: &str) -> Answer {
        let ascii = self.ascii.is_match(text);
        let Some((spelled, every)) = self.every.as_ref().filter(|_| !self.is_ascii || !text.is_ascii()) else {
            return Answer::of(ascii);
        };
        let every = every.get_or_init(|| build(spelled, self.flags, true));
        if every.as_ref().is_some_and(|every| every.is_match(text) == ascii) {
            Answer::of(ascii)
        } else {
            Answer::Open("whether letters beyond ASCII are compared without their case")
        }
    }
}

fn build(spelled: &str, flags: Flags, ignore_case: bool) -> Option<Regex> {
    RegexBuilder::new(spelled)
        .case_insensitive(ignore_case)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_all)
        .build()
        .ok()
}

struct Reader<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    both_cases: bool,
    depth: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> Problem {
        problem(format!("{what}, in the regular expression `{}`", self.pattern))
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn takes(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn alternatives(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > NESTING {
            return Err(self.wrong("groups within each other too deeply"));
        }
        loop {
            while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
                self.repeated()?;
            }
            if !self.takes('|') {
                break;
            }
            self.out.push('|');
        }
        self.depth -= 1;
        Ok(())
    }

    fn repeated(&mut self) -> Result<(), Problem> {
        // What is repeated stands in a group, so that its spelling is one thing.
        self.out.push_str("(?:");
        self.atom()?;
        self.out.push(')');
        match self.rest.chars().next() {
            Some(quantifier @ ('*' | '+' | '?')) => {
                self.next();
                self.out.push(quantifier);
            }
            Some('{') => {
                let end = self.rest.find('}').ok_or_else(|| self.wrong("`{` without `}`"))?;
                let inner = &self.rest[1..end];
                let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if least.is_empty() || least.len() > 4 || most.len() > 4 || !digits(least) || !digits(most) {
                    return Err(self.wrong("`{` that is no repetition"));
                }
                self.out.push_str(&self.rest[..=end]);
                self.rest = &self.rest[end + 1..];
            }
            _ => return Ok(()),
        }
        match self.rest.chars().next() {
            Some('*' | '+' | '?' | '{') => Err(self.wrong("a repetition of a repetition")),
            _ => Ok(()),
        }
    }

    fn atom(&mut self) -> Result<(), Problem> {
        match self.next() {
            Some('(') => {
                if self.rest.starts_with(['?', '*']) {
                    return Err(self.wrong("a group of another kind than `()`"));
                }
                self.out.push_str("(?:");
                self.alternatives()?;
                self.out.push(')');
                if self.takes(')') { Ok(()) } else { Err(self.wrong("a parenthesis without a partner")) }
            }
            Some('[') => self.class(),
            Some(anchor @ ('.' | '^' | '$')) => {
                self.out.push(anchor);
                Ok(())
            }
            Some('\\') => {
                let character = self.escape()?;
                self.literal(character);
                Ok(())
            }
            Some(quantifier @ ('*' | '+' | '?' | '{' | '}' | ']')) => {
                Err(self.wrong(&format!("`{quantifier}` with nothing before it")))
            }
            Some(character) => {
                self.literal(character);
                Ok(())
            }
            None => Err(self.wrong("nothing where something is expected")),
        }
    }

    fn literal(&mut self, character: char) {
        if self.both_cases && character.is_ascii_alphabetic() {
            self.out.push('[');
            self.out.push(character.to_ascii_lowercase());
            self.out.push(character.to_ascii_uppercase());
            self.out.push(']');
        } else {
            self.spell(character);
        }
    }

    /// A character that stands for itself, whatever it is.
    fn spell(&mut self, character: char) {
        if character.is_ascii_alphanumeric() {
            self.out.push(character);
        } else {
            self.out.push_str("\\x{");
            let mut digits = Vec::new();
            let mut code = u32::from(character);
            while code > 0 || digits.is_empty() {
                digits.extend(char::from_digit(code % 16, 16));
                code /= 16;
            }
            self.out.extend(digits.into_iter().rev());
            self.out.push('}');
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        match self.next() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('x') => {
                let digits = self.rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
                let code = code.ok_or_else(|| self.wrong("`\\x` that is not modelled"))?;
                self.rest = &self.rest[2..];
                Ok(char::from(code))
            }
            Some(mark) if mark.is_ascii_punctuation() => Ok(mark),
            Some(other) => Err(self.wrong(&format!("`\\{other}` is not among the metacharacters"))),
            None => Err(self.wrong("a backslash at the end")),
        }
    }

    fn class(&mut self) -> Result<(), Problem> {
        self.out.push('[');
        if self.takes('^') {
            self.out.push('^');
        }
        let mut items = 0;
        while !self.takes(']') {
            let from = self.member()?;
            let to = if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                self.member()?
            } else {
                from
            };
            if from > to {
                return Err(self.wrong("a range whose end stands before its start"));
            }
            self.range(from, to);
            // Both cases of the letters in the range.
            if self.both_cases {
                for (first, last, shift) in [('a', 'z', -32), ('A', 'Z', 32)] {
                    let (low, high) = (from.max(first), to.min(last));
                    let moved = |letter: char| u8::try_from(i32::from(letter as u8) + shift).map(char::from);
                    if let (true, Ok(low), Ok(high)) = (low <= high, moved(low), moved(high)) {
                        self.range(low, high);
                    }
                }
            }
            items += 1;
        }
        if items == 0 {
            return Err(self.wrong("an empty class"));
        }
        self.out.push(']');
        Ok(())
    }

    fn range(&mut self, from: char, to: char) {
        self.spell(from);
        self.out.push('-');
        self.spell(to);
    }

    fn member(&mut self) -> Result<char, Problem> {
        match self.next() {
            Some('\\') => self.escape(),
            // POSIX classes are PCRE's, but not among the listed.
            Some('[') if self.rest.starts_with([':', '.', '=']) => Err(self.wrong("a class of POSIX")),
            Some(character) => Ok(character),
            None => Err(self.wrong("a class without its end")),
        }
    }
}
