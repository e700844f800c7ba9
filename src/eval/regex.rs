//! Regular expressions of the shared syntax (S3.4), run by the `regex` crate.
//!
//! Every set of characters, and folding with it, is worked out here and handed over as plain ranges: nothing depends on what
//! the crate takes `\w` or `(?i)` to mean.

use crate::ir::SharedRegex;
use crate::ir::regex::{ClassItem, RegexClass, RegexNode};

/// Bytes of memory that one compiled expression may take. The reader of patterns bounds their expanded size so that this is
/// not reached.
const SIZE_LIMIT: usize = 256 << 20;

#[derive(Debug)]
pub(super) struct Compiled {
    /// `None` where the crate refuses the expression, which the bound on size excludes; it then finds nothing.
    regex: Option<regex::Regex>,
}

impl Compiled {
    pub fn new(shared: &SharedRegex) -> Self {
        let mut printer = Printer { shared, out: String::new() };
        printer.node(&shared.node);
        let regex = regex::RegexBuilder::new(&printer.out).size_limit(SIZE_LIMIT).nest_limit(1000).build();
        debug_assert!(regex.is_ok(), "{:?} of `{}`", regex, shared.written);
        Compiled { regex: regex.ok() }
    }

    /// Whether a match stands anywhere in the value.
    pub fn finds(&self, value: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(value))
    }
}

struct Printer<'a> {
    shared: &'a SharedRegex,
    out: String,
}

impl Printer<'_> {
    fn node(&mut self, node: &RegexNode) {
        match node {
            RegexNode::Empty => self.out.push_str("(?:)"),
            RegexNode::Literal(character) => {
                self.set(&self.folded(vec![(*character, *character)]));
            }
            RegexNode::Dot => self.out.push_str(if self.shared.dot_all { "(?s:.)" } else { r"[^\n]" }),
            RegexNode::Class(class) => self.class(class),
            RegexNode::Start => self.out.push_str(if self.shared.multi_line { "(?m:^)" } else { r"\A" }),
            RegexNode::End => self.out.push_str(if self.shared.multi_line { "(?m:$)" } else { r"\z" }),
            RegexNode::WordBoundary => self.out.push_str(r"(?-u:\b)"),
            RegexNode::NotWordBoundary => self.out.push_str(r"(?-u:\B)"),
            RegexNode::Concat(parts) => parts.iter().for_each(|part| self.node(part)),
            RegexNode::Alternate(parts) => {
                self.out.push_str("(?:");
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.out.push('|');
                    }
                    self.node(part);
                }
                self.out.push(')');
            }
            RegexNode::Group(inner) => {
                self.out.push_str("(?:");
                self.node(inner);
                self.out.push(')');
            }
            RegexNode::Repeat { node, min, max, lazy } => {
                self.out.push_str("(?:");
                self.node(node);
                self.out.push_str("){");
                self.out.push_str(&min.to_string());
                self.out.push(',');
                if let Some(max) = max {
                    self.out.push_str(&max.to_string());
                }
                self.out.push_str(if *lazy { "}?" } else { "}" });
            }
        }
    }

    fn class(&mut self, class: &RegexClass) {
        let mut set = Vec::new();
        for item in &class.items {
            match item {
                ClassItem::Range(first, last) => set.push((*first, *last)),
                ClassItem::Digit => set.extend_from_slice(DIGIT),
                ClassItem::Word => set.extend_from_slice(WORD),
                ClassItem::Space => set.extend_from_slice(SPACE),
                ClassItem::NotDigit => set.extend(complement(DIGIT)),
                ClassItem::NotWord => set.extend(complement(WORD)),
                ClassItem::NotSpace => set.extend(complement(SPACE)),
            }
        }
        let set = self.folded(set);
        self.set(&if class.negated { complement(&set) } else { set });
    }

    /// With `i`, the other case of every letter A–Z and a–z in the set.
    fn folded(&self, mut set: Vec<(char, char)>) -> Vec<(char, char)> {
        if self.shared.ignore_case {
            for letter in ('a'..='z').chain('A'..='Z') {
                if set.iter().any(|(first, last)| (*first..=*last).contains(&letter)) {
                    let other =
                        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
                    set.push((other, other));
                }
            }
        }
        set
    }

    fn set(&mut self, set: &[(char, char)]) {
        if set.is_empty() {
            self.out.push_str(r"[^\x{0}-\x{10FFFF}]");
            return;
        }
        self.out.push('[');
        for (first, last) in set {
            for (index, bound) in [first, last].into_iter().enumerate() {
                if index > 0 {
                    self.out.push('-');
                }
                self.out.push_str(&bound.escape_unicode().to_string());
            }
        }
        self.out.push(']');
    }
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
/// Tab, line feed, vertical tab, form feed, carriage return; blank.
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];

/// Every character that is in none of the ranges, which may overlap.
fn complement(set: &[(char, char)]) -> Vec<(char, char)> {
    let mut sorted = set.to_vec();
    sorted.sort_unstable();
    let mut left_out = Vec::new();
    let mut next = Some('\0');
    for (first, last) in sorted {
        let Some(start) = next else { break };
        if start < first
            && let Some(before) = previous(first)
        {
            left_out.push((start, before));
        }
        if last >= start {
            next = following(last);
        }
    }
    if let Some(start) = next {
        left_out.push((start, char::MAX));
    }
    left_out
}

/// The neighbours of a character, over the gap of the surrogates.
fn following(character: char) -> Option<char> {
    match character {
        '\u{D7FF}' => Some('\u{E000}'),
        _ => char::from_u32(u32::from(character) + 1),
    }
}

fn previous(character: char) -> Option<char> {
    match character {
        '\u{E000}' => Some('\u{D7FF}'),
        _ => u32::from(character).checked_sub(1).and_then(char::from_u32),
    }
}
