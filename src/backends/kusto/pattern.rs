//! Regular expressions as KQL reads them: the syntax of Rust's `regex` crate (learn.microsoft.com/kusto/query/regex), printed from
//! trees (S3.3, S3.4).
//!
//! Classes are spelled in ASCII and groups do not capture (KQL allows 16 that do). Where letters fold, `s`, `k` and what lies
//! beyond ASCII are kept out of the engine's Unicode folding (S3.1).

use crate::ir::regex::{ClassItem, RegexClass, RegexNode};
use crate::ir::{LikePattern, Piece, SharedRegex};

/// A pattern, by what it means.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Shared(SharedRegex),
    /// Over the whole text.
    Like {
        pattern: LikePattern,
        folded: bool,
    },
    /// A text that is followed by something: for the parts of a decoded column.
    Fixed(Fixed),
}

/// The patterns that conversions of columns need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// A whole decimal number without sign `+` and without leading zeros (S1.3).
    Integer,
    /// The same, or hexadecimal digits after `0x`.
    HexInteger,
    /// A number as JSON writes it (RFC 8259, section 6).
    Float,
    /// `<Data Name="…">` and, as group 1, its text.
    XmlData(String),
    /// `SHA256=…` inside a list; the value is group 1.
    HashOf(String),
    /// A comma at the end.
    LastComma,
    /// The last component of a path.
    LastComponent(Vec<char>),
    /// This text at the start, in any case.
    Start(String),
    /// A numbered control set at the start of a registry path.
    ControlSet,
    /// Scheme and `//` at the start of a URL.
    UrlScheme,
    /// What comes before the first `/`, `:`, `?` or `#`.
    UrlHost,
}

/// The pattern's text, to be spelled as a literal.
pub fn spell(pattern: &Pattern) -> String {
    let mut out = String::new();
    match pattern {
        Pattern::Shared(regex) => shared(regex, &mut out),
        Pattern::Like { pattern, folded } => like(pattern, *folded, &mut out),
        Pattern::Fixed(fixed) => self::fixed(fixed, &mut out),
    }
    out
}

/// Whether the pattern is found in the empty text.
pub fn finds_in_empty(regex: &SharedRegex) -> bool {
    nullable(&regex.node)
}

fn nullable(node: &RegexNode) -> bool {
    match node {
        // In the empty text every position is the start, the end, and not between a word and another character.
        RegexNode::Empty | RegexNode::Start | RegexNode::End | RegexNode::NotWordBoundary => true,
        RegexNode::Literal(_) | RegexNode::Dot | RegexNode::Class(_) | RegexNode::WordBoundary => false,
        RegexNode::Concat(parts) => parts.iter().all(nullable),
        RegexNode::Alternate(parts) => parts.iter().any(nullable),
        RegexNode::Group(inner) => nullable(inner),
        RegexNode::Repeat { node, min, .. } => *min == 0 || nullable(node),
    }
}

fn shared(regex: &SharedRegex, out: &mut String) {
    let flags = [(regex.ignore_case, 'i'), (regex.multi_line, 'm'), (regex.dot_all, 's')];
    if flags.iter().any(|(set, _)| *set) {
        out.push_str("(?");
        out.extend(flags.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter));
        out.push(')');
    }
    Printer { folded: regex.ignore_case, multi_line: regex.multi_line, out }.node(&regex.node, Place::Top);
}

/// Where a node stands, which decides whether it needs a group around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    InConcat,
    Repeated,
}

struct Printer<'a> {
    folded: bool,
    multi_line: bool,
    out: &'a mut String,
}

impl Printer<'_> {
    fn node(&mut self, node: &RegexNode, place: Place) {
        let group = match node {
            RegexNode::Alternate(_) => place != Place::Top,
            RegexNode::Concat(_) | RegexNode::Empty | RegexNode::Repeat { .. } => place == Place::Repeated,
            RegexNode::Start | RegexNode::End | RegexNode::WordBoundary | RegexNode::NotWordBoundary => place == Place::Repeated,
            RegexNode::Literal(_) | RegexNode::Dot | RegexNode::Class(_) | RegexNode::Group(_) => false,
        };
        if group {
            self.out.push_str("(?:");
        }
        match node {
            RegexNode::Empty => {}
            RegexNode::Literal(character) => character_of(*character, self.folded, self.out),
            RegexNode::Dot => self.out.push('.'),
            RegexNode::Class(class) => self.class(class),
            RegexNode::Start => self.out.push('^'),
            RegexNode::End => self.out.push_str(if self.multi_line { "$" } else { r"\z" }),
            RegexNode::WordBoundary => self.out.push_str(r"(?-u:\b)"),
            RegexNode::NotWordBoundary => self.out.push_str(r"(?-u:\B)"),
            RegexNode::Concat(parts) => parts.iter().for_each(|part| self.node(part, Place::InConcat)),
            RegexNode::Alternate(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.out.push('|');
                    }
                    self.node(part, Place::InConcat);
                }
            }
            RegexNode::Group(inner) => {
                self.out.push_str("(?:");
                self.node(inner, Place::Top);
                self.out.push(')');
            }
            RegexNode::Repeat { node, min, max, lazy } => {
                self.node(node, Place::Repeated);
                repetition(*min, *max, self.out);
                if *lazy {
                    self.out.push('?');
                }
            }
        }
        if group {
            self.out.push(')');
        }
    }

    fn class(&mut self, class: &RegexClass) {
        // A class that matches nothing or everything cannot be spelled by its items.
        if class.items.is_empty() {
            self.out.push_str(if class.negated { r"[\x00-\x{10ffff}]" } else { r"[^\x00-\x{10ffff}]" });
            return;
        }
        let alone = self.folded && class.items.iter().any(needs_own_folding);
        if alone {
            self.out.push_str("(?-i:");
        }
        self.out.push('[');
        if class.negated {
            self.out.push('^');
        }
        for item in &class.items {
            match item {
                ClassItem::Range(first, last) => {
                    range(*first, *last, self.out);
                    if alone {
                        other_case(*first, *last, self.out);
                    }
                }
                ClassItem::Digit => self.out.push_str("0-9"),
                ClassItem::Word => self.out.push_str("0-9A-Za-z_"),
                ClassItem::Space => self.out.push_str(r"\t\n\x0b\x0c\r "),
                ClassItem::NotDigit => self.out.push_str("[^0-9]"),
                ClassItem::NotWord => self.out.push_str("[^0-9A-Za-z_]"),
                ClassItem::NotSpace => self.out.push_str(r"[^\t\n\x0b\x0c\r ]"),
            }
        }
        self.out.push(']');
        if alone {
            self.out.push(')');
        }
    }
}

/// Whether the engine's own folding would let in more than the other case of A–Z.
fn needs_own_folding(item: &ClassItem) -> bool {
    match item {
        ClassItem::Range(first, last) => {
            !last.is_ascii() || ['s', 'S', 'k', 'K'].iter().any(|letter| first <= letter && letter <= last)
        }
        ClassItem::Word | ClassItem::NotDigit | ClassItem::NotWord | ClassItem::NotSpace => true,
        ClassItem::Digit | ClassItem::Space => false,
    }
}

/// The letters A–Z and a–z of a range in their other case.
fn other_case(first: char, last: char, out: &mut String) {
    for (low, high) in [('a', 'z'), ('A', 'Z')] {
        let (from, to) = (first.max(low), last.min(high));
        if from <= to {
            let swap = |letter: char| {
                if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            };
            range(swap(from), swap(to), out);
        }
    }
}

fn range(first: char, last: char, out: &mut String) {
    in_class(first, out);
    if first != last {
        out.push('-');
        in_class(last, out);
    }
}

fn in_class(character: char, out: &mut String) {
    if matches!(character, '[' | ']' | '\\' | '^' | '-' | '&' | '~') {
        out.push('\\');
        out.push(character);
    } else {
        plain(character, out);
    }
}

fn character_of(character: char, folded: bool, out: &mut String) {
    match character {
        's' | 'S' if folded => out.push_str("(?-i:[sS])"),
        'k' | 'K' if folded => out.push_str("(?-i:[kK])"),
        _ if folded && !character.is_ascii() && character.is_alphabetic() => {
            out.push_str("(?-i:");
            plain(character, out);
            out.push(')');
        }
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
            out.push('\\');
            out.push(character);
        }
        _ => plain(character, out),
    }
}

/// A character without meaning of its own; what cannot be seen is written by its number.
fn plain(character: char, out: &mut String) {
    match character {
        '\t' => out.push_str(r"\t"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        _ if character.is_control() => {
            out.push_str(r"\x{");
            let mut shift = 28;
            while shift > 4 && u32::from(character) >> shift == 0 {
                shift -= 4;
            }
            loop {
                out.extend(char::from_digit((u32::from(character) >> shift) & 0xf, 16));
                if shift == 0 {
                    break;
                }
                shift -= 4;
            }
            out.push('}');
        }
        _ => out.push(character),
    }
}

fn repetition(min: u32, max: Option<u32>, out: &mut String) {
    match (min, max) {
        (0, None) => out.push('*'),
        (1, None) => out.push('+'),
        (0, Some(1)) => out.push('?'),
        (min, max) => {
            out.push('{');
            out.push_str(&min.to_string());
            if max != Some(min) {
                out.push(',');
                out.extend(max.map(|max| max.to_string()));
            }
            out.push('}');
        }
    }
}

fn like(pattern: &LikePattern, folded: bool, out: &mut String) {
    out.push_str(if folded { "(?is)" } else { "(?s)" });
    let pieces = pattern.0.as_slice();
    // A run at either end needs no anchor there.
    let (head, pieces) = match pieces {
        [Piece::AnyRun, rest @ ..] => (false, rest),
        _ => (true, pieces),
    };
    let (tail, pieces) = match pieces {
        [rest @ .., Piece::AnyRun] => (false, rest),
        _ => (true, pieces),
    };
    if head {
        out.push('^');
    }
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => literal.chars().for_each(|character| character_of(character, folded, out)),
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
        }
    }
    if tail && (head || !pieces.is_empty()) {
        out.push_str(r"\z");
    }
}

fn literal(text: &str, out: &mut String) {
    text.chars().for_each(|character| character_of(character, false, out));
}

fn fixed(pattern: &Fixed, out: &mut String) {
    match pattern {
        Fixed::Integer => out.push_str(r"^(?:0|-?[1-9][0-9]*)\z"),
        Fixed::HexInteger => out.push_str(r"^(?:0[xX][0-9A-Fa-f]+|0|-?[1-9][0-9]*)\z"),
        Fixed::Float => out.push_str(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z"),
        Fixed::XmlData(name) => {
            out.push_str("<Data Name=\"");
            literal(name, out);
            out.push_str("\">([^<]*)<");
        }
        Fixed::HashOf(algorithm) => {
            out.push_str(r"(?:^|,)\s*(?i:");
            literal(algorithm, out);
            out.push_str(r")\s*=\s*([0-9A-Fa-f]+)");
        }
        Fixed::LastComma => out.push_str(r",\z"),
        Fixed::LastComponent(separators) => {
            out.push_str("[^");
            separators.iter().for_each(|separator| in_class(*separator, out));
            out.push_str(r"]*\z");
        }
        Fixed::Start(text) => {
            out.push_str("^(?i:");
            text.chars().for_each(|character| character_of(character, true, out));
            out.push(')');
        }
        Fixed::ControlSet => out.push_str(r"(?i)^HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet[0-9]{3}(?:\\|\z)"),
        Fixed::UrlScheme => out.push_str(r"^[A-Za-z][A-Za-z0-9+.-]*://"),
        Fixed::UrlHost => out.push_str(r"^[^/:?#]*"),
    }
}
