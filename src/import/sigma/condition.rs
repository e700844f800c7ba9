//! Sigma's condition: names of selections joined by `and`, `or`, `not`, parentheses and `1 of`.
//!
//! Specification, "Condition". The tree holds Sigma's own names; [`super::rule`] turns it into clauses once the selections have
//! names of the language.

use crate::diag::{Diagnostic, Span};

/// A condition as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Selection(String),
    /// `1 of selection_*`, `all of them`; `None` for all. `them` is the pattern `*`.
    Quantified {
        count: Option<u32>,
        pattern: String,
        count_span: Span,
        pattern_span: Span,
    },
}

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 32;

struct Token<'t> {
    text: &'t str,
    /// Bytes of the condition.
    start: usize,
}

/// Reads a condition. `place` gives the span of some bytes of it.
///
/// # Errors
/// What is wrong, at its place.
#[expect(clippy::result_large_err, reason = "an error ends the reading of a rule")]
pub(super) fn read(text: &str, place: &dyn Fn(usize, usize) -> Span) -> Result<Expression, Diagnostic> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        let single = matches!(character, '(' | ')' | '|');
        if single || character.is_whitespace() {
            if let Some(start) = start.take() {
                tokens.push(Token { text: &text[start..at], start });
            }
            if single {
                tokens.push(Token { text: &text[at..=at], start: at });
            }
        } else {
            start.get_or_insert(at);
        }
    }
    if let Some(start) = start {
        tokens.push(Token { text: &text[start..], start });
    }
    let mut reader = Reader { tokens, at: 0, place, end: text.len() };
    let found = reader.or(0)?;
    match reader.peek() {
        None => Ok(found),
        Some("|") => Err(reader
            .problem("an aggregation after `|` is no longer part of Sigma")
            .help("write a rule of type `correlation` beside this one: `type: event_count` for `count()`, `value_count` for `count(FIELD)`, `temporal` for `near`")),
        Some(")") => Err(reader.problem("this parenthesis was not opened").help("take it out, or open it before")),
        Some(word) => {
            let message = format!("`and` or `or` was expected here, not `{word}`");
            Err(reader.problem(message).help("names of selections are joined by `and`, `or` and `not`"))
        }
    }
}

struct Reader<'t, 'p> {
    tokens: Vec<Token<'t>>,
    at: usize,
    place: &'p dyn Fn(usize, usize) -> Span,
    end: usize,
}

#[expect(clippy::result_large_err, reason = "an error ends the reading of a rule")]
impl<'t> Reader<'t, '_> {
    fn peek(&self) -> Option<&'t str> {
        self.tokens.get(self.at).map(|token| token.text)
    }

    /// Sigma writes its words in lower case; older rules in upper.
    fn word(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.eq_ignore_ascii_case(word))
    }

    fn span(&self) -> Span {
        match self.tokens.get(self.at) {
            Some(token) => (self.place)(token.start, token.start + token.text.len()),
            None => (self.place)(self.end, self.end),
        }
    }

    fn problem(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error("E0705", self.span(), message)
    }

    fn or(&mut self, depth: usize) -> Result<Expression, Diagnostic> {
        let first = self.and(depth)?;
        if !self.word("or") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.word("or") {
            self.at += 1;
            parts.push(self.and(depth)?);
        }
        let span = joined(&parts);
        Ok(Expression { kind: Kind::Or(parts), span })
    }

    fn and(&mut self, depth: usize) -> Result<Expression, Diagnostic> {
        let first = self.not(depth)?;
        if !self.word("and") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.word("and") {
            self.at += 1;
            parts.push(self.not(depth)?);
        }
        let span = joined(&parts);
        Ok(Expression { kind: Kind::And(parts), span })
    }

    fn not(&mut self, depth: usize) -> Result<Expression, Diagnostic> {
        if depth > DEPTH {
            return Err(self
                .problem(format!("parentheses and `not` nest more than {DEPTH} deep"))
                .help("name a part of the condition as a selection of its own"));
        }
        let start = self.span();
        if self.word("not") {
            self.at += 1;
            let inner = self.not(depth + 1)?;
            let span = start.to(inner.span);
            return Ok(Expression { kind: Kind::Not(Box::new(inner)), span });
        }
        if self.peek() == Some("(") {
            self.at += 1;
            let inner = self.or(depth + 1)?;
            if self.peek() != Some(")") {
                return Err(self.problem("a `)` is missing here").also(start, "opened here").help("close the parenthesis"));
            }
            self.at += 1;
            return Ok(inner);
        }
        self.operand()
    }

    fn operand(&mut self) -> Result<Expression, Diagnostic> {
        let span = self.span();
        let Some(word) = self.peek() else {
            return Err(self.problem("the name of a selection was expected here").help("the condition ends too early"));
        };
        if matches!(word, ")" | "|") || ["and", "or", "of"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
            return Err(self
                .problem(format!("the name of a selection was expected here, not `{word}`"))
                .help("`and` and `or` stand between two selections, `not` before one"));
        }
        let count = match word.to_ascii_lowercase().as_str() {
            "all" => Some(None),
            "any" => Some(Some(1)),
            other => other.parse::<u32>().ok().map(Some),
        };
        self.at += 1;
        let (Some(count), true) = (count, self.word("of")) else {
            return Ok(Expression { kind: Kind::Selection(word.to_owned()), span });
        };
        self.at += 1;
        let pattern_span = self.span();
        let Some(pattern) = self.peek().filter(|word| !matches!(*word, "(" | ")" | "|")) else {
            return Err(self
                .problem("a pattern of names, or `them`, was expected after `of`")
                .help("write `1 of selection_*` or `all of them`"));
        };
        self.at += 1;
        let pattern = if pattern.eq_ignore_ascii_case("them") { "*" } else { pattern }.to_owned();
        let kind = Kind::Quantified { count, pattern, count_span: span, pattern_span };
        Ok(Expression { kind, span: span.to(pattern_span) })
    }
}

fn joined(parts: &[Expression]) -> Span {
    let first = parts.first().map_or(Span::default(), |part| part.span);
    parts.iter().fold(first, |span, part| span.to(part.span))
}

/// Whether a pattern of names (`selection_*`) means a name. `them` leaves out names that begin with `_`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if pattern == "*" {
        return !name.starts_with('_');
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceId;

    fn parse(text: &str) -> Result<Expression, Box<Diagnostic>> {
        read(text, &|start, end| Span::new(SourceId(0), start, end)).map_err(Box::new)
    }

    fn shown(expression: &Expression) -> String {
        let all = |parts: &[Expression], word: &str| format!("({})", parts.iter().map(shown).collect::<Vec<_>>().join(word));
        match &expression.kind {
            Kind::And(parts) => all(parts, " & "),
            Kind::Or(parts) => all(parts, " | "),
            Kind::Not(inner) => format!("!{}", shown(inner)),
            Kind::Selection(name) => name.clone(),
            Kind::Quantified { count, pattern, .. } => format!("{}:{pattern}", count.map_or("all".into(), |n| n.to_string())),
        }
    }

    #[test]
    fn not_binds_before_and_before_or() {
        let read = |text: &str| shown(&parse(text).unwrap());
        assert_eq!(read("a and not b or c"), "((a & !b) | c)");
        assert_eq!(read("not (a or b) and c"), "(!(a | b) & c)");
        assert_eq!(read("selection and not 1 of filter_*"), "(selection & !1:filter_*)");
        assert_eq!(read("all of them"), "all:*");
        assert_eq!(read("ALL OF them OR any of x*"), "(all:* | 1:x*)");
        assert_eq!(read("all"), "all");
        assert_eq!(read("(a)"), "a");
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, place) in [
            ("a and", 5..5),
            ("a b", 2..3),
            ("(a", 2..2),
            ("a)", 1..2),
            ("a | count() > 5", 2..3),
            ("1 of", 4..4),
            ("and a", 0..3),
            ("", 0..0),
        ] {
            assert_eq!(parse(text).unwrap_err().span.unwrap().range(), place, "{text}");
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
        assert!(parse(&"not ".repeat(10_000)).is_err());
    }

    #[test]
    fn patterns_of_names() {
        assert!(matches("filter_*", "filter_main"));
        assert!(matches("*_a", "x_a"));
        assert!(matches("*", "x") && !matches("*", "_x"));
        assert!(!matches("a", "ab"));
    }
}
