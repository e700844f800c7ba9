//! Texts, numbers, dates, durations and regular expressions: from their spelling to what they mean.

use super::grammar::{Node, Rule};
use super::reader::Reader;
use super::statement::Joined;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::syntax::ast::{Duration, FieldRef, LogSourceRef, Name, Text, TextStyle, TextValue, Value, ValueKind};

impl Reader<'_> {
    pub(super) fn name(&self, joined: &Joined<'_>, node: &Node<'_>) -> Name {
        Spanned::new(node.as_str().to_owned(), joined.of(node))
    }

    pub(super) fn field(&self, joined: &Joined<'_>, node: &Node<'_>) -> FieldRef {
        let quoted = node.as_rule() == Rule::field_quoted;
        let written = node.as_str();
        let name = if quoted { &written[1..written.len() - 1] } else { written };
        FieldRef { name: name.to_owned(), quoted, span: joined.of(node) }
    }

    pub(super) fn source_ref(&self, joined: &Joined<'_>, node: &Node<'_>) -> LogSourceRef {
        let parts = node.clone().into_inner().map(|part| self.name(joined, &part)).collect();
        LogSourceRef { parts, span: joined.of(node) }
    }

    pub(super) fn text_value(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> Text {
        let span = joined.of(node);
        let written = node.as_str();
        let value = match node.as_rule() {
            Rule::prose => TextValue { value: dedent(&written[3..written.len() - 3]), style: TextStyle::Prose },
            Rule::escaped => TextValue { value: self.unescape(written, span), style: TextStyle::Escaped },
            _ => TextValue { value: written[1..written.len() - 1].to_owned(), style: TextStyle::Literal },
        };
        Spanned::new(value, span)
    }

    /// `"…"`: `\\ \" \n \t \u{..}`; anything else behind a backslash is refused, since it is most often a Windows path.
    fn unescape(&mut self, written: &str, span: Span) -> String {
        let inner = &written[1..written.len() - 1];
        let mut value = String::with_capacity(inner.len());
        let mut unknown: Option<(usize, usize)> = None;
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            value.push_str(&rest[..at]);
            let escape = &rest[at..];
            let position = inner.len() - rest.len() + at;
            let mut length = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
            match escape[1..].chars().next() {
                Some('\\') => value.push('\\'),
                Some('"') => value.push('"'),
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('u') => match unicode_escape(escape) {
                    Ok((character, taken)) => {
                        value.push(character);
                        length = taken;
                    }
                    Err((taken, why)) => {
                        length = taken;
                        let start = span.start as usize + 1 + position;
                        self.report(
                            Diagnostic::error("E0105", Span::new(span.source, start, start + taken), why)
                                .help("a character is written by its code point in hexadecimal, `\\u{e9}`"),
                        );
                    }
                },
                _ => {
                    unknown.get_or_insert((position, length));
                    value.push_str(&escape[..length]);
                }
            }
            rest = &escape[length..];
        }
        value.push_str(rest);
        if let Some((position, length)) = unknown {
            let start = span.start as usize + 1 + position;
            let escape = &inner[position..position + length];
            let mut diagnostic =
                Diagnostic::error("E0105", Span::new(span.source, start, start + length), format!("`{escape}` is no escape"))
                    .help("in `\"…\"` a backslash is `\\\\`; in `'…'` it means itself");
            if !value.contains(['\'', '\n', '\r']) {
                diagnostic = diagnostic.fix(format!("write `'{value}'`"), span, format!("'{value}'"));
            } else {
                let slash = Span::new(span.source, start, start + 1);
                diagnostic = diagnostic.fix(format!("write `\\{escape}`"), slash, "\\\\");
            }
            self.report(diagnostic);
        }
        value
    }

    pub(super) fn value(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> Value {
        let span = joined.of(node);
        let written = node.as_str();
        let kind = match node.as_rule() {
            Rule::number => ValueKind::Number(written.to_owned()),
            Rule::boolean => ValueKind::Boolean(written == "true"),
            Rule::null => ValueKind::Null,
            Rule::date => ValueKind::Date(self.date(joined, node).node),
            Rule::duration => {
                let duration = self.duration(joined, node);
                ValueKind::Duration { text: duration.text, seconds: duration.seconds }
            }
            Rule::regex => self.regex(joined, node),
            _ => ValueKind::Text(self.text_value(joined, node).node),
        };
        Value { kind, span }
    }

    fn regex(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> ValueKind {
        let mut pattern = String::new();
        let mut pattern_span = joined.of(node);
        let mut flags = String::new();
        for part in node.clone().into_inner() {
            if part.as_rule() == Rule::regex_pattern {
                pattern = unescape_slashes(part.as_str());
                pattern_span = joined.of(&part);
            } else {
                flags = part.as_str().to_owned();
                let start = joined.of(&part).start as usize;
                for (index, flag) in flags.char_indices() {
                    let span = Span::new(pattern_span.source, start + index, start + index + flag.len_utf8());
                    if !matches!(flag, 'i' | 'm' | 's') {
                        self.report(
                            Diagnostic::error("E0132", span, format!("a regular expression has no flag `{flag}`"))
                                .help("the flags are `i` (ignore case), `m` (`^` and `$` at every line) and `s` (`.` is also a line break)")
                                .fix("remove it", span, ""),
                        );
                    } else if flags[..index].contains(flag) {
                        self.report(Diagnostic::error("E0132", span, format!("the flag `{flag}` stands here twice")).fix(
                            "remove it",
                            span,
                            "",
                        ));
                    }
                }
            }
        }
        // What was reported is left out, so that nothing else stumbles over it.
        let mut kept = String::new();
        for flag in flags.chars().filter(|flag| matches!(flag, 'i' | 'm' | 's')) {
            if !kept.contains(flag) {
                kept.push(flag);
            }
        }
        ValueKind::Regex { pattern, flags: kept, pattern_span }
    }

    pub(super) fn date(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> Spanned<String> {
        let written = node.as_str();
        let part = |range: std::ops::Range<usize>| written.get(range).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
        let (year, month, day) = (part(0..4), part(5..7), part(8..10));
        if day == 0 || day > days_of(year, month) {
            self.report(
                Diagnostic::error("E0131", joined.of(node), format!("the calendar has no day `{written}`"))
                    .help("a date is year, month and day: `2026-11-24`"),
            );
        }
        Spanned::new(written.to_owned(), joined.of(node))
    }

    pub(super) fn duration(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> Duration {
        let written = node.as_str();
        let (digits, unit) = written.split_at(written.len().saturating_sub(1));
        let seconds_of_unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => 86_400,
        };
        // 100 years: more than any log is kept, and far from where sums overflow.
        let longest = 36_525 * 86_400;
        let seconds =
            digits.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds_of_unit)).filter(|all| *all <= longest);
        if seconds.is_none() {
            self.report(Diagnostic::error("E0131", joined.of(node), format!("`{written}` is longer than 100 years")));
        }
        Duration { text: written.to_owned(), seconds: seconds.unwrap_or(longest), span: joined.of(node) }
    }

    /// A whole number without sign, for counts.
    pub(super) fn count(&mut self, joined: &Joined<'_>, node: &Node<'_>) -> Spanned<u32> {
        let written = node.as_str();
        let number = written.parse::<u32>();
        if number.is_err() {
            self.report(
                Diagnostic::error("E0131", joined.of(node), format!("`{written}` is no count"))
                    .help("a count is a whole number: `5`"),
            );
        }
        Spanned::new(number.unwrap_or(1), joined.of(node))
    }
}

/// `\u{e9}` at the start of a text: the character and the bytes it took, or the bytes at fault and why.
fn unicode_escape(escape: &str) -> Result<(char, usize), (usize, String)> {
    let Some(rest) = escape.strip_prefix("\\u{") else {
        return Err((2, "`\\u` needs a code point in braces".to_owned()));
    };
    let Some(end) = rest.find('}') else {
        return Err((3, "`\\u{` is not closed".to_owned()));
    };
    let taken = 3 + end + 1;
    let character = if end <= 8 { u32::from_str_radix(&rest[..end], 16).ok() } else { None }.and_then(char::from_u32);
    character.map(|character| (character, taken)).ok_or_else(|| (taken, format!("`{}` is no character", &escape[..taken])))
}

/// `\/` is a slash; every other escape is the regular expression's own, also a backslash before a backslash.
pub(crate) fn unescape_slashes(written: &str) -> String {
    let mut pattern = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            pattern.push(character);
            continue;
        }
        match characters.next() {
            Some('/') => pattern.push('/'),
            Some(other) => {
                pattern.push('\\');
                pattern.push(other);
            }
            None => pattern.push('\\'),
        }
    }
    pattern
}

fn days_of(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// The text between `"""` and `"""` without the blanks that only lay it out: the line breaks next to the quotes, the
/// indentation that all lines share, and blanks at the ends of lines.
fn dedent(written: &str) -> String {
    let mut lines: Vec<&str> = written.split('\n').map(|line| line.trim_end_matches(BLANKS)).collect();
    let opening = lines.first().copied().unwrap_or_default().trim_start_matches(BLANKS);
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = lines
        .iter()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| &line[..indentation(line)])
        .reduce(|left, right| {
            let length = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
            &left[..length]
        })
        .unwrap_or_default()
        .len();
    let last_is_blank = lines.len() > 1 && lines.last().is_some_and(|line| line.is_empty());
    if last_is_blank {
        lines.pop();
    }
    let mut result: Vec<&str> = lines.iter().skip(1).map(|line| line.get(shared..).unwrap_or_default()).collect();
    if !opening.is_empty() || lines.len() == 1 && !last_is_blank {
        result.insert(0, opening);
    }
    result.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_loses_its_layout_alone() {
        assert_eq!(dedent("abc"), "abc");
        assert_eq!(dedent(""), "");
        assert_eq!(dedent("\n    a\n      b\n\n    c\n  "), "a\n  b\n\nc");
        assert_eq!(dedent("a\n    b\n    c\n"), "a\nb\nc");
        assert_eq!(dedent("\r\n  a \r\n  b\r\n"), "a\nb");
        assert_eq!(dedent("\n\ta\n\t\tb\n"), "a\n\tb");
        assert_eq!(dedent("\n\n\n"), "\n");
    }

    #[test]
    fn days() {
        assert_eq!(days_of(2024, 2), 29);
        assert_eq!(days_of(2026, 2), 28);
        assert_eq!(days_of(1900, 2), 28);
        assert_eq!(days_of(2000, 2), 29);
        assert_eq!(days_of(2026, 13), 0);
    }

    #[test]
    fn slashes() {
        assert_eq!(unescape_slashes(r"a\/b\\\/\."), r"a/b\\/\.");
    }
}
