//! How characters are spelled in SPL: the one place that knows quotes and escapes.
//!
//! In a quoted text `\\` and `\"` are the escapes (Search Reference, "search": "Quotes and escaping characters"). In regular
//! expressions the documentation conflicts on whether `\\` is reduced first, so that a backslash, a quote and a pipe are printed
//! as `\x5c`, `\x22`, `\x7c`, which mean the same under both readings.

use crate::ir::regex::{ClassItem, RegexClass, RegexNode};

use super::ast::{FieldName, Pattern, Text, Wildcard, is_plain};

/// A text in double quotes.
pub fn text(out: &mut String, text: &Text) {
    quoted(out, text.as_str());
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    escaped(out, text);
    out.push('"');
}

fn escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(character, '\\' | '"') {
            out.push('\\');
        }
        out.push(character);
    }
}

/// A value of the `search` command, always in quotes: a bare `IN` or `OR` would be a keyword.
pub fn wildcard(out: &mut String, value: &Wildcard) {
    out.push('"');
    if value.before() {
        out.push('*');
    }
    escaped(out, value.text());
    if value.behind() {
        out.push('*');
    }
    out.push('"');
}

/// Words that cannot stand bare as a field name, in any command.
const WORDS: &[&str] =
    &["and", "or", "not", "xor", "in", "like", "as", "by", "true", "false", "null", "over", "where", "term", "case", "prefix"];

fn is_bare(name: &str, more: &[char]) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_' || more.contains(&character))
        && !WORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// A field in `search`, `table` and on the left of an `eval`: double quotes around what is not a plain word.
pub fn field(out: &mut String, name: &FieldName) {
    if is_bare(name.as_str(), &['.']) { out.push_str(name.as_str()) } else { quoted(out, name.as_str()) }
}

/// A field inside an `eval` or `where` expression: single quotes, because `a.b` is a concatenation and `c-uri` a difference.
pub fn eval_field(out: &mut String, name: &FieldName) {
    if is_bare(name.as_str(), &[]) {
        out.push_str(name.as_str());
    } else {
        out.push('\'');
        out.push_str(name.as_str());
        out.push('\'');
    }
}

/// A regular expression in double quotes.
pub fn pattern(out: &mut String, pattern: &Pattern) {
    out.push('"');
    if pattern.dot_all && has_dot(&pattern.node) {
        out.push_str("(?s)");
    }
    Printer { out, pattern }.node(&pattern.node);
    out.push('"');
}

fn has_dot(node: &RegexNode) -> bool {
    match node {
        RegexNode::Dot => true,
        RegexNode::Concat(parts) | RegexNode::Alternate(parts) => parts.iter().any(has_dot),
        RegexNode::Group(inner) | RegexNode::Repeat { node: inner, .. } => has_dot(inner),
        RegexNode::Empty
        | RegexNode::Literal(_)
        | RegexNode::Class(_)
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => false,
    }
}

const WORD: &str = "[0-9A-Za-z_]";

struct Printer<'a> {
    out: &'a mut String,
    pattern: &'a Pattern,
}

impl Printer<'_> {
    fn node(&mut self, node: &RegexNode) {
        match node {
            RegexNode::Empty => self.out.push_str("(?:)"),
            RegexNode::Literal(character) => literal(self.out, *character),
            // What a line break is to `.` depends on how PCRE was built.
            RegexNode::Dot => self.out.push_str(if self.pattern.dot_all { "." } else { r"[^\n]" }),
            RegexNode::Class(class) => self.class(class),
            // PCRE's `^` does not stand behind a line feed that ends the text, its `$` stands before one (S3.4).
            RegexNode::Start => self.out.push_str(if self.pattern.multi_line { r"(?<![^\n])" } else { "^" }),
            RegexNode::End => self.out.push_str(if self.pattern.multi_line { r"(?![^\n])" } else { r"\z" }),
            RegexNode::WordBoundary => self.boundary(None, None),
            RegexNode::NotWordBoundary => {
                self.out.push_str("(?:(?<=");
                self.out.push_str(WORD);
                self.out.push_str(")(?=");
                self.out.push_str(WORD);
                self.out.push_str(")|(?<!");
                self.out.push_str(WORD);
                self.out.push_str(")(?!");
                self.out.push_str(WORD);
                self.out.push_str("))");
            }
            RegexNode::Concat(parts) => self.concat(parts),
            RegexNode::Alternate(parts) => {
                self.out.push_str("(?:");
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.out.push('|');
                    }
                    if !matches!(part, RegexNode::Empty) {
                        self.node(part);
                    }
                }
                self.out.push(')');
            }
            // A group is only needed around what would otherwise fall apart, and those nodes bring their own.
            RegexNode::Group(inner) => match **inner {
                RegexNode::Alternate(_) | RegexNode::Group(_) | RegexNode::Class(_) | RegexNode::Literal(_) => self.node(inner),
                _ => {
                    self.out.push_str("(?:");
                    self.node(inner);
                    self.out.push(')');
                }
            },
            RegexNode::Repeat { node, min, max, lazy } => {
                if is_atom(node) {
                    self.node(node);
                } else {
                    self.out.push_str("(?:");
                    self.node(node);
                    self.out.push(')');
                }
                match (min, max) {
                    (0, None) => self.out.push('*'),
                    (1, None) => self.out.push('+'),
                    (0, Some(1)) => self.out.push('?'),
                    (min, Some(max)) if min == max => {
                        self.out.push('{');
                        self.out.push_str(&min.to_string());
                        self.out.push('}');
                    }
                    (min, max) => {
                        self.out.push('{');
                        self.out.push_str(&min.to_string());
                        self.out.push(',');
                        if let Some(max) = max {
                            self.out.push_str(&max.to_string());
                        }
                        self.out.push('}');
                    }
                }
                if *lazy {
                    self.out.push('?');
                }
            }
        }
    }

    fn concat(&mut self, parts: &[RegexNode]) {
        for (index, part) in parts.iter().enumerate() {
            match part {
                RegexNode::WordBoundary => {
                    let before = index.checked_sub(1).and_then(|before| word_character(&parts[before]));
                    self.boundary(before, parts.get(index + 1).and_then(word_character));
                }
                // Inside a sequence an empty piece needs no sign.
                RegexNode::Empty => {}
                _ => self.node(part),
            }
        }
        if parts.iter().all(|part| matches!(part, RegexNode::Empty)) {
            self.out.push_str("(?:)");
        }
    }

    /// `\b` in ASCII, whatever PCRE takes `\w` to be; half of it goes without saying where a neighbour is known.
    fn boundary(&mut self, before: Option<bool>, behind: Option<bool>) {
        let look = |out: &mut String, sign: &str| {
            out.push_str(sign);
            out.push_str(WORD);
            out.push(')');
        };
        match (before, behind) {
            (_, Some(true)) => look(self.out, "(?<!"),
            (Some(true), _) => look(self.out, "(?!"),
            (_, Some(false)) => look(self.out, "(?<="),
            (Some(false), _) => look(self.out, "(?="),
            (None, None) => {
                self.out.push_str("(?:");
                look(self.out, "(?<!");
                look(self.out, "(?=");
                self.out.push('|');
                look(self.out, "(?<=");
                look(self.out, "(?!");
                self.out.push(')');
            }
        }
    }

    fn class(&mut self, class: &RegexClass) {
        let mut set = Vec::new();
        for item in &class.items {
            match item {
                ClassItem::Range(first, last) => set.push((*first, *last)),
                ClassItem::Digit => set.extend_from_slice(DIGIT),
                ClassItem::Word => set.extend_from_slice(WORD_SET),
                ClassItem::Space => set.extend_from_slice(SPACE),
                ClassItem::NotDigit => set.extend(complement(DIGIT)),
                ClassItem::NotWord => set.extend(complement(WORD_SET)),
                ClassItem::NotSpace => set.extend(complement(SPACE)),
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        set.retain(|range| seen.insert(*range));
        // What reaches to the last character is said by what it leaves out.
        let open = set.iter().any(|(_, last)| *last == char::MAX);
        let (ranges, negated) = if open { (complement(&set), !class.negated) } else { (set, class.negated) };
        match (ranges.is_empty(), negated) {
            (true, true) => self.out.push_str(r"[\s\S]"),
            (true, false) => self.out.push_str("(?!)"),
            (false, _) => {
                self.out.push_str(if negated { "[^" } else { "[" });
                for (first, last) in ranges {
                    in_class(self.out, first);
                    if last != first {
                        if following(first) != Some(last) {
                            self.out.push('-');
                        }
                        in_class(self.out, last);
                    }
                }
                self.out.push(']');
            }
        }
    }
}

fn is_atom(node: &RegexNode) -> bool {
    matches!(node, RegexNode::Literal(_) | RegexNode::Class(_) | RegexNode::Dot | RegexNode::Alternate(_))
        || matches!(node, RegexNode::Group(inner) if !matches!(**inner, RegexNode::Empty))
}

/// Whether a piece begins and ends with one known character, and whether that is a word character.
fn word_character(node: &RegexNode) -> Option<bool> {
    match node {
        RegexNode::Literal(character) => Some(character.is_ascii_alphanumeric() || *character == '_'),
        _ => None,
    }
}

/// A character that stands for itself in a regular expression.
fn literal(out: &mut String, character: char) {
    match character {
        '.' | '^' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' => {
            out.push('\\');
            out.push(character);
        }
        '\\' | '"' | '|' | '$' => hex(out, character),
        _ => plain(out, character),
    }
}

fn in_class(out: &mut String, character: char) {
    match character {
        '[' | ']' | '^' | '-' => {
            out.push('\\');
            out.push(character);
        }
        '\\' | '"' | '|' | '$' | '&' | '~' => hex(out, character),
        _ => plain(out, character),
    }
}

fn plain(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        character if is_plain(character) && character != char::MAX => out.push(character),
        character => hex(out, character),
    }
}

fn hex(out: &mut String, character: char) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let code = u32::from(character);
    let digit = |shift: u32| char::from(DIGITS[(code >> shift & 0xf) as usize]);
    out.push_str("\\x");
    if code < 0x80 {
        out.push(digit(4));
        out.push(digit(0));
    } else {
        out.push('{');
        (0..6).rev().skip_while(|place| code >> (place * 4) == 0).for_each(|place| out.push(digit(place * 4)));
        out.push('}');
    }
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD_SET: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')];
/// Tab to carriage return, and the blank.
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];

/// The same set as ranges in order that do not touch.
fn merged(mut set: Vec<(char, char)>) -> Vec<(char, char)> {
    set.sort_unstable();
    let mut ranges: Vec<(char, char)> = Vec::new();
    for (first, last) in set {
        match ranges.last_mut() {
            Some((_, end)) if following(*end).is_none_or(|next| first <= next) => *end = (*end).max(last),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

fn complement(set: &[(char, char)]) -> Vec<(char, char)> {
    let mut left_out = Vec::new();
    let mut next = Some('\0');
    for (first, last) in merged(set.to_vec()) {
        if let (Some(start), Some(before)) = (next, preceding(first))
            && start <= before
        {
            left_out.push((start, before));
        }
        next = following(last);
    }
    left_out.extend(next.map(|start| (start, char::MAX)));
    left_out
}

fn following(character: char) -> Option<char> {
    if character == '\u{D7FF}' { Some('\u{E000}') } else { char::from_u32(u32::from(character) + 1) }
}

fn preceding(character: char) -> Option<char> {
    if character == '\u{E000}' { Some('\u{D7FF}') } else { u32::from(character).checked_sub(1).and_then(char::from_u32) }
}
