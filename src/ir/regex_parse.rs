//! Reads regular expressions of the shared syntax (S3.4), and refuses the rest with its place.
//!
//! The `regex-syntax` crate reads; this module decides. Its own dialect is wider than what PCRE (Splunk) and the targets'
//! other engines agree on, so every form is named here, and what is not named is refused.

use regex_syntax::ast::{self, Ast, ErrorKind};

use super::SharedRegex;
use super::regex::{ClassItem, RegexClass, RegexError, RegexNode};

/// The most repetitions, by S3.4.
const MOST_REPETITIONS: u32 = 1000;

/// The most characters and assertions that an expression may hold once its repetitions are written out. Engines unroll them:
/// `(a{1000}){1000}` would take each of them a million states.
const MOST_UNROLLED: u64 = 10_000;

/// How deep groups, alternations and repetitions may nest.
const DEPTH: u32 = 64;

pub(super) fn parse(pattern: &str, flags: &str) -> Result<SharedRegex, RegexError> {
    let mut regex = SharedRegex {
        node: RegexNode::Empty,
        ignore_case: false,
        multi_line: false,
        dot_all: false,
        written: pattern.to_owned(),
    };
    for flag in flags.chars() {
        let set = match flag {
            'i' => &mut regex.ignore_case,
            'm' => &mut regex.multi_line,
            's' => &mut regex.dot_all,
            _ => {
                return Err(RegexError {
                    start: pattern.len(),
                    end: pattern.len(),
                    message: format!("regular expressions have no flag `{flag}`"),
                    help: Some(
                        "the flags are `i` (ignore case), `m` (`^` and `$` at line ends) and `s` (`.` is a line feed too)"
                            .to_owned(),
                    ),
                });
            }
        };
        if std::mem::replace(set, true) {
            return Err(RegexError {
                start: pattern.len(),
                end: pattern.len(),
                message: format!("the flag `{flag}` stands twice"),
                help: None,
            });
        }
    }
    let tree = ast::parse::ParserBuilder::new().nest_limit(DEPTH).build().parse(pattern).map_err(|error| unreadable(&error))?;
    regex.node = convert(&tree)?;
    if unrolled(&regex.node) > MOST_UNROLLED {
        return Err(RegexError {
            start: 0,
            end: pattern.len(),
            message: format!("the expression is too large: its repetitions written out are more than {MOST_UNROLLED} characters"),
            help: Some("repeat fewer times, or use `*` or `+`".to_owned()),
        });
    }
    Ok(regex)
}

fn refuse<T>(span: &ast::Span, message: impl Into<String>, help: impl Into<Option<&'static str>>) -> Result<T, RegexError> {
    Err(error_at(span, message, help))
}

fn error_at(span: &ast::Span, message: impl Into<String>, help: impl Into<Option<&'static str>>) -> RegexError {
    RegexError { start: span.start.offset, end: span.end.offset, message: message.into(), help: help.into().map(str::to_owned) }
}

// Depth is bounded by the reader's nest limit.
fn convert(tree: &Ast) -> Result<RegexNode, RegexError> {
    Ok(match tree {
        Ast::Empty(_) => RegexNode::Empty,
        Ast::Literal(literal) => RegexNode::Literal(literal.c),
        Ast::Dot(_) => RegexNode::Dot,
        Ast::Flags(flags) => return Err(inner_flags(&flags.span)),
        Ast::Assertion(assertion) => match assertion.kind {
            ast::AssertionKind::StartLine => RegexNode::Start,
            ast::AssertionKind::EndLine => RegexNode::End,
            ast::AssertionKind::WordBoundary => RegexNode::WordBoundary,
            ast::AssertionKind::NotWordBoundary => RegexNode::NotWordBoundary,
            ast::AssertionKind::StartText => {
                return refuse(
                    &assertion.span,
                    "`\\A` is not in the shared syntax",
                    "write `^`: without the flag `m` it is the very start",
                );
            }
            ast::AssertionKind::EndText => {
                return refuse(
                    &assertion.span,
                    "`\\z` is not in the shared syntax",
                    "write `$`: without the flag `m` it is the very end",
                );
            }
            ast::AssertionKind::WordBoundaryStart
            | ast::AssertionKind::WordBoundaryEnd
            | ast::AssertionKind::WordBoundaryStartAngle
            | ast::AssertionKind::WordBoundaryEndAngle
            | ast::AssertionKind::WordBoundaryStartHalf
            | ast::AssertionKind::WordBoundaryEndHalf => {
                return refuse(&assertion.span, "this word boundary is not in the shared syntax", "write `\\b`");
            }
        },
        Ast::ClassUnicode(class) => return Err(unicode_class(&class.span)),
        Ast::ClassPerl(class) => RegexNode::Class(RegexClass { negated: false, items: vec![perl(class)] }),
        Ast::ClassBracketed(class) => RegexNode::Class(bracketed(class)?),
        Ast::Repetition(repetition) => repeat(repetition)?,
        Ast::Group(group) => match &group.kind {
            ast::GroupKind::CaptureIndex(_) => RegexNode::Group(Box::new(convert(&group.ast)?)),
            ast::GroupKind::NonCapturing(flags) if flags.items.is_empty() => RegexNode::Group(Box::new(convert(&group.ast)?)),
            ast::GroupKind::NonCapturing(flags) => return Err(inner_flags(&flags.span)),
            ast::GroupKind::CaptureName { name, .. } => {
                return refuse(
                    &name.span,
                    "named groups are not in the shared syntax",
                    "write `(…)`: the name makes no difference to a match",
                );
            }
        },
        Ast::Alternation(alternation) => RegexNode::Alternate(alternation.asts.iter().map(convert).collect::<Result<_, _>>()?),
        Ast::Concat(concat) => RegexNode::Concat(concat.asts.iter().map(convert).collect::<Result<_, _>>()?),
    })
}

fn repeat(repetition: &ast::Repetition) -> Result<RegexNode, RegexError> {
    let operator = &repetition.op.span;
    match &*repetition.ast {
        Ast::Repetition(inner) => {
            // `a++`: possessive in PCRE, a repeated repetition in others.
            let both = ast::Span::new(inner.op.span.start, operator.end);
            return refuse(
                &both,
                "a repetition of a repetition is not in the shared syntax: some engines read it as possessive",
                "write one of them, or put the inner one in `(…)`",
            );
        }
        Ast::Assertion(_) => {
            return refuse(
                operator,
                "there is nothing to repeat before this",
                "put `\\` before it if the character itself is meant",
            );
        }
        _ => {}
    }
    let (min, max) = match repetition.op.kind {
        ast::RepetitionKind::ZeroOrOne => (0, Some(1)),
        ast::RepetitionKind::ZeroOrMore => (0, None),
        ast::RepetitionKind::OneOrMore => (1, None),
        ast::RepetitionKind::Range(ast::RepetitionRange::Exactly(count)) => (count, Some(count)),
        ast::RepetitionKind::Range(ast::RepetitionRange::AtLeast(min)) => (min, None),
        ast::RepetitionKind::Range(ast::RepetitionRange::Bounded(min, max)) => (min, Some(max)),
    };
    if min.max(max.unwrap_or(0)) > MOST_REPETITIONS {
        return refuse(operator, format!("more than {MOST_REPETITIONS} repetitions"), "repeat fewer times, or use `*` or `+`");
    }
    Ok(RegexNode::Repeat { node: Box::new(convert(&repetition.ast)?), min, max, lazy: !repetition.greedy })
}

fn perl(class: &ast::ClassPerl) -> ClassItem {
    match (&class.kind, class.negated) {
        (ast::ClassPerlKind::Digit, false) => ClassItem::Digit,
        (ast::ClassPerlKind::Word, false) => ClassItem::Word,
        (ast::ClassPerlKind::Space, false) => ClassItem::Space,
        (ast::ClassPerlKind::Digit, true) => ClassItem::NotDigit,
        (ast::ClassPerlKind::Word, true) => ClassItem::NotWord,
        (ast::ClassPerlKind::Space, true) => ClassItem::NotSpace,
    }
}

fn bracketed(class: &ast::ClassBracketed) -> Result<RegexClass, RegexError> {
    let mut items = Vec::new();
    match &class.kind {
        ast::ClassSet::Item(item) => class_items(item, &mut items)?,
        ast::ClassSet::BinaryOp(operation) => {
            return refuse(
                &operation.span,
                "operations on classes (`&&`, `--`, `~~`) are not in the shared syntax",
                "put `\\` before the characters if they themselves are meant",
            );
        }
    }
    Ok(RegexClass { negated: class.negated, items })
}

fn class_items(item: &ast::ClassSetItem, items: &mut Vec<ClassItem>) -> Result<(), RegexError> {
    match item {
        ast::ClassSetItem::Empty(_) => {}
        ast::ClassSetItem::Literal(literal) => items.push(ClassItem::Range(literal.c, literal.c)),
        ast::ClassSetItem::Range(range) => items.push(ClassItem::Range(range.start.c, range.end.c)),
        ast::ClassSetItem::Perl(class) => items.push(perl(class)),
        ast::ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| class_items(item, items))?,
        ast::ClassSetItem::Ascii(class) => {
            return refuse(
                &class.span,
                "named classes such as `[:alpha:]` are not in the shared syntax",
                "write the range: `[A-Za-z]`",
            );
        }
        ast::ClassSetItem::Unicode(class) => return Err(unicode_class(&class.span)),
        ast::ClassSetItem::Bracketed(class) => {
            return refuse(&class.span, "a class inside a class is not in the shared syntax", "write `\\[` for the character");
        }
    }
    Ok(())
}

fn inner_flags(span: &ast::Span) -> RegexError {
    error_at(span, "flags inside the expression are not in the shared syntax", "write them after the closing slash: `/…/i`")
}

fn unicode_class(span: &ast::Span) -> RegexError {
    error_at(span, "Unicode classes are not in the shared syntax", "write the characters as ranges: `[A-Za-z]`")
}

/// What the reader of `regex-syntax` could not read, in the language's own words.
fn unreadable(error: &ast::Error) -> RegexError {
    let span = error.span();
    let pattern = error.pattern();
    let here = pattern.get(span.start.offset..span.end.offset).unwrap_or_default();
    let (message, help): (String, Option<&'static str>) = match error.kind() {
        ErrorKind::UnsupportedLookAround => (
            "look-around is not in the shared syntax".into(),
            Some("use a second clause: `and F matches …` or `and not F matches …`"),
        ),
        ErrorKind::UnsupportedBackreference => (
            "back-references are not in the shared syntax".into(),
            Some("write out what is repeated; a character by number is `\\x41`"),
        ),
        ErrorKind::FlagUnrecognized if here == ">" => ("atomic groups are not in the shared syntax".into(), Some("write `(…)`")),
        ErrorKind::FlagUnrecognized if here == "#" => {
            ("comments are not in the shared syntax".into(), Some("write a comment line above the clause"))
        }
        ErrorKind::FlagUnrecognized
        | ErrorKind::FlagDuplicate { .. }
        | ErrorKind::FlagRepeatedNegation { .. }
        | ErrorKind::FlagDanglingNegation
        | ErrorKind::FlagUnexpectedEof => (
            "this kind of group is not in the shared syntax".into(),
            Some("groups are `(…)` and `(?:…)`; flags stand after the closing slash"),
        ),
        ErrorKind::GroupNameDuplicate { .. }
        | ErrorKind::GroupNameEmpty
        | ErrorKind::GroupNameInvalid
        | ErrorKind::GroupNameUnexpectedEof => {
            ("named groups are not in the shared syntax".into(), Some("write `(…)`: the name makes no difference to a match"))
        }
        ErrorKind::GroupUnclosed => ("this group has no `)`".into(), Some("write `\\(` for the character")),
        ErrorKind::GroupUnopened => ("this `)` closes no group".into(), Some("write `\\)` for the character")),
        ErrorKind::ClassUnclosed => ("this class has no `]`".into(), Some("write `\\[` for the character")),
        ErrorKind::ClassRangeInvalid => ("the range ends before it starts".into(), None),
        ErrorKind::ClassRangeLiteral => {
            ("a range goes from one character to another".into(), Some("write `\\-` for the character"))
        }
        ErrorKind::ClassEscapeInvalid => ("this has no meaning inside a class".into(), None),
        ErrorKind::RepetitionMissing => {
            ("there is nothing to repeat before this".into(), Some("put `\\` before it if the character itself is meant"))
        }
        ErrorKind::RepetitionCountInvalid => ("the repetition's limits are the wrong way round".into(), None),
        ErrorKind::RepetitionCountDecimalEmpty | ErrorKind::RepetitionCountUnclosed | ErrorKind::DecimalEmpty => {
            ("a repetition is written `{n}`, `{n,}` or `{n,m}`".into(), Some("write `\\{` for the character"))
        }
        ErrorKind::DecimalInvalid => {
            (format!("more than {MOST_REPETITIONS} repetitions"), Some("repeat fewer times, or use `*` or `+`"))
        }
        ErrorKind::EscapeUnrecognized => (format!("`{here}` is not in the shared syntax"), Some("write `\\\\` for a backslash")),
        ErrorKind::EscapeUnexpectedEof => ("a backslash stands at the end".into(), Some("write `\\\\` for a backslash")),
        ErrorKind::EscapeHexEmpty | ErrorKind::EscapeHexInvalid | ErrorKind::EscapeHexInvalidDigit => {
            (format!("`{here}` is no character"), Some("write `\\x41` or `\\x{1F600}`"))
        }
        ErrorKind::UnicodeClassInvalid => {
            ("Unicode classes are not in the shared syntax".into(), Some("write the characters as ranges: `[A-Za-z]`"))
        }
        ErrorKind::NestLimitExceeded(_) => (format!("groups nest deeper than {DEPTH}"), None),
        ErrorKind::CaptureLimitExceeded => ("too many groups".into(), None),
        ErrorKind::SpecialWordBoundaryUnclosed
        | ErrorKind::SpecialWordBoundaryUnrecognized
        | ErrorKind::SpecialWordOrRepetitionUnexpectedEof => {
            ("this word boundary is not in the shared syntax".into(), Some("write `\\b`"))
        }
        // The crate may name more kinds in a later version.
        other => (other.to_string(), None),
    };
    let mut error = error_at(span, message, help);
    if error.start == error.end {
        // The crate points between characters; a person looks at the one that follows.
        error.end += pattern.get(error.start..).unwrap_or_default().chars().next().map_or(0, char::len_utf8);
    }
    error
}

/// The size of an expression with its repetitions written out.
fn unrolled(node: &RegexNode) -> u64 {
    match node {
        RegexNode::Empty => 0,
        RegexNode::Literal(_)
        | RegexNode::Dot
        | RegexNode::Class(_)
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => 1,
        RegexNode::Concat(parts) | RegexNode::Alternate(parts) => {
            parts.iter().map(unrolled).fold(0, |sum, part| sum.saturating_add(part).saturating_add(1))
        }
        RegexNode::Group(inner) => unrolled(inner),
        RegexNode::Repeat { node, min, max, .. } => {
            // An empty expression, repeated, still takes a state each time.
            let times = u64::from(max.unwrap_or(*min)).max(1);
            unrolled(node).max(1).saturating_mul(times)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(pattern: &str) -> RegexNode {
        parse(pattern, "").unwrap_or_else(|error| panic!("`{pattern}`: {error:?}")).node
    }

    /// The text that the error points at, and its message.
    fn refused(pattern: &str) -> (String, String) {
        let error = parse(pattern, "").expect_err(pattern);
        (pattern[error.start..error.end].to_owned(), error.message)
    }

    #[test]
    fn reads_the_shared_syntax() {
        use RegexNode::{Concat, End, Group, Literal, Start};
        assert_eq!(node("^a$"), Concat(vec![Start, Literal('a'), End]));
        assert_eq!(node(r"\/"), Literal('/'));
        assert_eq!(node(r"\\"), Literal('\\'));
        assert_eq!(node(r"\x41"), Literal('A'));
        assert_eq!(node(r"\t"), Literal('\t'));
        assert_eq!(node("(?:a)"), Group(Box::new(Literal('a'))));
        assert_eq!(
            node(r"[^a-z\d\-]"),
            RegexNode::Class(RegexClass {
                negated: true,
                items: vec![ClassItem::Range('a', 'z'), ClassItem::Digit, ClassItem::Range('-', '-')]
            })
        );
        assert_eq!(node("a{2,}?"), RegexNode::Repeat { node: Box::new(Literal('a')), min: 2, max: None, lazy: true });
        assert_eq!(node(""), RegexNode::Empty);
        for pattern in [r"a|b|", r"\bé\B", r"(a(b|c)*)+", r"[]a]", r"[a-]", r"\d{1000}", r".*?", "a}", "a]"] {
            node(pattern);
        }
        let flags = parse("a", "si").unwrap();
        assert!(flags.ignore_case && flags.dot_all && !flags.multi_line);
    }

    #[test]
    fn refuses_the_rest_at_its_place() {
        let places = [
            ("a(?=b)", "(?="),
            ("a(?!b)", "(?!"),
            ("a(?<=b)", "(?<="),
            (r"(a)\1", r"\1"),
            ("a(?P<name>b)", "name"),
            ("a(?<name>b)", "name"),
            ("a++", "++"),
            ("a*+b", "*+"),
            ("a{2}{3}", "{2}{3}"),
            ("a(?>b)", ">"),
            ("a(?i)b", "(?i)"),
            ("a(?i:b)", "i"),
            (r"\p{L}a", r"\p{L}"),
            (r"[\pL]", r"\pL"),
            ("a{1001}", "{1001}"),
            ("a{1,1001}", "{1,1001}"),
            ("a[[:alpha:]]", "[:alpha:]"),
            ("a[b[c]]", "[c]"),
            ("a[b&&c]", "b&&c"),
            (r"a\Ab", r"\A"),
            (r"a\z", r"\z"),
            (r"a\Z", r"\Z"),
            (r"\Qa", r"\Q"),
            (r"\ha", r"\h"),
            ("(a", "("),
            ("a)", ")"),
            ("[a", "["),
            ("*a", "*"),
            ("^*a", "*"),
            (r"a\", r"\"),
            ("é(?#x)", "#"),
            (r"\<a", r"\<"),
            (r"\b{start}a", r"\b{start}"),
        ];
        for (pattern, place) in places {
            assert_eq!(refused(pattern).0, place, "{pattern}: {}", refused(pattern).1);
        }
        for pattern in ["a{", "a{2,1}", "a{,2}", "[z-a]", r"[\w-a]", r"[\b]", r"\u12", r"\x{110000}", "(?", "(?P<", r"\b{nosuch}"]
        {
            let message = refused(pattern).1;
            assert!(!message.is_empty() && !message.contains('\n'), "{pattern}: {message}");
        }
        assert_eq!(refused("a(?=b)").1, "look-around is not in the shared syntax");
        assert_eq!(parse("a", "x").unwrap_err().message, "regular expressions have no flag `x`");
        assert!(parse("a", "ii").is_err());
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert_eq!(refused("(a{1000}){1000}").0, "(a{1000}){1000}");
        assert!(refused(&format!("{}a{}", "(".repeat(1000), ")".repeat(1000))).1.contains("deeper"));
        node(&format!("{}a{}", "(".repeat(20), ")".repeat(20)));
        assert!(refused(&"[^a]".repeat(6000)).1.contains("too large"));
    }
}
