//! How Sigma spells a leaf: wildcards and backslashes of text, regular expressions, networks, numbers.

use crate::ir::pattern::Piece;
use crate::ir::regex::{ClassItem, RegexClass, RegexNode};
use crate::ir::{IpBlock, Number};

/// A text value. `*` and `?` are wildcards, and a backslash before one of them or before another backslash is an escape; any
/// other backslash is itself (specification, "Escaping").
///
/// A lone backslash is written as it is, as authors do, but for two places: before a star, question mark or backslash, where
/// it would be read as an escape, and at the value's end, where tools that put the wildcards of `contains` and `startswith`
/// around the text before they read it would take it for one.
pub(super) fn pattern(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::AnyRun => text.push('*'),
            Piece::AnyOne => text.push('?'),
            Piece::Literal(literal) => {
                let mut characters = literal.chars().peekable();
                let mut after_backslash = false;
                while let Some(character) = characters.next() {
                    match character {
                        '*' | '?' => {
                            text.push('\\');
                            text.push(character);
                        }
                        '\\' => {
                            let alone = !after_backslash
                                && match characters.peek() {
                                    Some(next) => !matches!(next, '\\' | '*' | '?'),
                                    // Whatever follows the literal is a wildcard; and see above for the value's end.
                                    None => false,
                                };
                            text.push_str(if alone { "\\" } else { "\\\\" });
                        }
                        _ => text.push(character),
                    }
                    after_backslash = character == '\\';
                }
                debug_assert!(index + 1 == pieces.len() || !matches!(pieces[index + 1], Piece::Literal(_)));
            }
        }
    }
    text
}

/// A regular expression in the metacharacters that the specification lists: `.`, `^`, `$`, `* + ? {n,m}`, `[…]`, `(…)`, `|`.
///
/// Classes such as `\d` are not among them, and engines disagree on whether they are ASCII: they are spelled out (S3.4). A
/// lazy repetition finds a match exactly where a greedy one does. Word boundaries never come here: lowering takes them out.
pub(super) fn regex(node: &RegexNode) -> String {
    let mut text = String::new();
    write_regex(node, &mut text);
    text
}

fn write_regex(node: &RegexNode, text: &mut String) {
    match node {
        RegexNode::Empty => {}
        RegexNode::Literal(character) => regex_character(*character, r"\.+*?()|[]{}^$", text),
        RegexNode::Dot => text.push('.'),
        RegexNode::Class(class) => write_class(class, text),
        RegexNode::Start => text.push('^'),
        RegexNode::End => text.push('$'),
        // Lowering has refused or replaced them; were one to come here, the shortest spelling is also the meaning in PCRE.
        RegexNode::WordBoundary => text.push_str(r"\b"),
        RegexNode::NotWordBoundary => text.push_str(r"\B"),
        RegexNode::Concat(parts) => {
            for part in parts {
                if matches!(part, RegexNode::Alternate(_)) { group(part, text) } else { write_regex(part, text) }
            }
        }
        RegexNode::Alternate(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    text.push('|');
                }
                write_regex(part, text);
            }
        }
        RegexNode::Group(inner) => group(inner, text),
        RegexNode::Repeat { node, min, max, lazy: _ } => {
            match **node {
                RegexNode::Literal(_) | RegexNode::Dot | RegexNode::Class(_) | RegexNode::Group(_) => write_regex(node, text),
                // A repeated assertion, alternation or repetition needs a group of its own.
                RegexNode::Empty
                | RegexNode::Start
                | RegexNode::End
                | RegexNode::WordBoundary
                | RegexNode::NotWordBoundary
                | RegexNode::Concat(_)
                | RegexNode::Alternate(_)
                | RegexNode::Repeat { .. } => group(node, text),
            }
            match (min, max) {
                (0, None) => text.push('*'),
                (1, None) => text.push('+'),
                (0, Some(1)) => text.push('?'),
                (min, max) => {
                    text.push('{');
                    text.push_str(&min.to_string());
                    if *max != Some(*min) {
                        text.push(',');
                    }
                    if let Some(max) = max.filter(|max| max != min) {
                        text.push_str(&max.to_string());
                    }
                    text.push('}');
                }
            }
        }
    }
}

fn group(node: &RegexNode, text: &mut String) {
    text.push('(');
    write_regex(node, text);
    text.push(')');
}

fn write_class(class: &RegexClass, text: &mut String) {
    // A class of one negated kind alone, such as `\D`, is the negation of its positive form.
    let (negated, items) = match class.items.as_slice() {
        [ClassItem::NotDigit] => (!class.negated, vec![ClassItem::Digit]),
        [ClassItem::NotWord] => (!class.negated, vec![ClassItem::Word]),
        [ClassItem::NotSpace] => (!class.negated, vec![ClassItem::Space]),
        items => (class.negated, items.to_vec()),
    };
    text.push_str(if negated { "[^" } else { "[" });
    for item in &items {
        let ranges: &[(char, char)] = match item {
            ClassItem::Range(from, to) => &[(*from, *to)],
            ClassItem::Digit => &[('0', '9')],
            ClassItem::Word => &[('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')],
            ClassItem::Space => &[('\t', '\r'), (' ', ' ')],
            ClassItem::NotDigit => &[('\0', '/'), (':', char::MAX)],
            ClassItem::NotWord => &[('\0', '/'), (':', '@'), ('[', '^'), ('`', '`'), ('{', char::MAX)],
            ClassItem::NotSpace => &[('\0', '\u{8}'), ('\u{e}', '\u{1f}'), ('!', char::MAX)],
        };
        for (from, to) in ranges {
            class_character(*from, text);
            if from != to {
                text.push('-');
                class_character(*to, text);
            }
        }
    }
    text.push(']');
}

fn class_character(character: char, text: &mut String) {
    regex_character(character, r"\]^-[&~", text);
}

/// A character with a backslash where it is special. Control characters are written as escapes that every engine reads.
fn regex_character(character: char, special: &str, text: &mut String) {
    match character {
        '\n' => text.push_str(r"\n"),
        '\r' => text.push_str(r"\r"),
        '\t' => text.push_str(r"\t"),
        control if control.is_ascii_control() => {
            text.push_str(r"\x");
            for half in [control as u32 / 16, control as u32 % 16] {
                text.extend(char::from_digit(half, 16));
            }
        }
        _ => {
            if special.contains(character) {
                text.push('\\');
            }
            text.push(character);
        }
    }
}

/// `10.0.0.0/8`.
pub(super) fn block(block: &IpBlock) -> String {
    let mut text = block.network.to_string();
    text.push('/');
    text.push_str(&block.prefix.to_string());
    text
}

/// A number as both YAML 1.1 and 1.2 read it: a fraction always has a point, an exponent a sign.
pub(super) fn number(number: Number) -> String {
    match number {
        Number::Integer(value) => value.to_string(),
        Number::Float(value) => {
            // The shortest digits that give the number back; an exponent only where the number is far from one.
            let spelled = if value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
                value.to_string()
            } else {
                LowerExponent(value).to_string()
            };
            let (mantissa, exponent) = spelled.split_once('e').map_or((spelled.as_str(), None), |(m, e)| (m, Some(e)));
            let mut text = mantissa.to_owned();
            if !mantissa.contains('.') {
                text.push_str(".0");
            }
            if let Some(exponent) = exponent {
                text.push('e');
                if !exponent.starts_with('-') {
                    text.push('+');
                }
                text.push_str(exponent);
            }
            text
        }
    }
}

/// A number in scientific notation.
struct LowerExponent(f64);

impl std::fmt::Display for LowerExponent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::LowerExp::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::SharedRegex;

    fn spelled(pieces: &[Piece]) -> String {
        pattern(pieces)
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    /// The specification's own table, and what follows from it.
    #[test]
    fn backslashes_and_wildcards_of_text() {
        for (text, expected) in [
            (r"C:\Windows\cmd.exe", r"C:\Windows\cmd.exe"),
            (r"\\server\share", r"\\\\server\share"),
            ("a*b", r"a\*b"),
            ("a?b", r"a\?b"),
            (r"a\*b", r"a\\\*b"),
            (r"a\\*b", r"a\\\\\*b"),
            (r"\Run\", r"\Run\\"),
            (r"\", r"\\"),
            (r"\\", r"\\\\"),
            (r"\\\x", r"\\\\\\x"),
            ("", ""),
        ] {
            let pieces = if text.is_empty() { vec![] } else { vec![literal(text)] };
            assert_eq!(spelled(&pieces), expected, "{text}");
        }
        assert_eq!(spelled(&[literal(r"C:\Users\"), Piece::AnyRun, literal(r"\x")]), r"C:\Users\\*\x");
        assert_eq!(spelled(&[literal(r"a\\"), Piece::AnyOne]), r"a\\\\?");
        assert_eq!(spelled(&[Piece::AnyOne, Piece::AnyRun]), "?*");
    }

    #[test]
    fn regular_expressions_keep_to_the_listed_metacharacters() {
        for (written, expected) in [
            (r"\.exe$", r"\.exe$"),
            (r"^(foo|bar)+", "^(foo|bar)+"),
            (r"(?:a|b)c", "(a|b)c"),
            (r"\d{2,3}", "[0-9]{2,3}"),
            (r"[\d\-x]\s\W", "[0-9\\-x][\\t-\\r ][^0-9A-Za-z_]"),
            (r"a+?b*?c??", "a+b*c?"),
            (r"\\[^\\]*$", r"\\[^\\]*$"),
            (r"a{3}b{2,}", "a{3}b{2,}"),
            (r"a|b", "a|b"),
            (r"x\ny\x1b", r"x\ny\x1b"),
            (r"\{\}\(\)\[\]\|\^\$\*\+\?", r"\{\}\(\)\[\]\|\^\$\*\+\?"),
        ] {
            let parsed = SharedRegex::parse(written, "").expect("in the shared syntax");
            assert_eq!(regex(&parsed.node), expected, "{written}");
        }
    }

    #[test]
    fn numbers_read_as_numbers() {
        assert_eq!(number(Number::Integer(-1)), "-1");
        assert_eq!(number(Number::Float(0.5)), "0.5");
        assert_eq!(number(Number::Float(1.0)), "1.0");
        assert_eq!(number(Number::Float(1e300)), "1.0e+300");
        assert_eq!(number(Number::Float(1.5e-10)), "1.5e-10");
    }
}
