//! STIX patterns as trees (STIX 2.1, section 9): text in, tree or the place where it stops being one out.

use std::fmt::Write as _;
use std::ops::Range;

use huntc_grammar::stix::{Rule, StixParser};
use pest::Parser;
use pest::iterators::Pair;

/// A longer pattern is refused before it is read.
const LONGEST: usize = 64 * 1024;

/// Brackets nest no deeper.
const DEEPEST: usize = 64;

/// Observations and how they belong together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Observed {
    pub(super) kind: ObservedKind,
    pub(super) qualifiers: Vec<Qualifier>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ObservedKind {
    FollowedBy(Vec<Observed>),
    Or(Vec<Observed>),
    And(Vec<Observed>),
    /// `[…]`: one observation.
    One(Test),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Qualifier {
    /// Seconds, as written.
    Within(String),
    Repeats(u64),
    /// From the first time up to the second.
    StartStop(String, String),
}

/// What is asked of one observation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Or(Vec<Test>),
    And(Vec<Test>),
    Comparison(Comparison),
    Exists(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// `file:hashes.'SHA-256'`, as written but without blanks.
    pub(super) path: String,
    pub(super) negated: bool,
    pub(super) operator: Operator,
    pub(super) values: Vec<Literal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
    Matches,
    IsSubset,
    IsSuperset,
}

/// A value: text has its escapes resolved, the others are as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(String),
    Boolean(bool),
    Hex(String),
    Binary(String),
    Timestamp(String),
}

impl Literal {
    pub(super) fn text(&self) -> &str {
        match self {
            Literal::Text(text)
            | Literal::Number(text)
            | Literal::Hex(text)
            | Literal::Binary(text)
            | Literal::Timestamp(text) => text,
            Literal::Boolean(true) => "true",
            Literal::Boolean(false) => "false",
        }
    }
}

/// Where a pattern cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) at: Range<usize>,
    pub(super) message: String,
}

impl Test {
    pub(super) fn comparisons<'t>(&'t self, see: &mut impl FnMut(&'t Comparison)) {
        match self {
            Test::Or(parts) | Test::And(parts) => parts.iter().for_each(|part| part.comparisons(see)),
            Test::Comparison(comparison) => see(comparison),
            Test::Exists(_) => {}
        }
    }
}

impl Observed {
    pub(super) fn tests<'t>(&'t self, see: &mut impl FnMut(&'t Test)) {
        match &self.kind {
            ObservedKind::FollowedBy(parts) | ObservedKind::Or(parts) | ObservedKind::And(parts) => {
                parts.iter().for_each(|part| part.tests(see));
            }
            ObservedKind::One(test) => see(test),
        }
    }
}

/// Reads a pattern.
pub(super) fn parse(text: &str) -> Result<Observed, Problem> {
    if text.len() > LONGEST {
        return Err(Problem { at: 0..1, message: format!("a pattern of {} bytes is longer than {LONGEST}", text.len()) });
    }
    bounded(text)?;
    let mut pairs = StixParser::parse(Rule::pattern, text).map_err(|error| {
        let start = match error.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at.min(text.len()),
        };
        let end = text[start..].chars().next().map_or(start, |character| start + character.len_utf8());
        Problem { at: start..end, message: expected(&error.variant) }
    })?;
    let sequence = pairs.next().and_then(|pattern| pattern.into_inner().next());
    sequence.and_then(observed).ok_or_else(|| Problem { at: 0..text.len(), message: "nothing can be read".to_owned() })
}

/// Refuses nesting that a recursive reader could not bear.
fn bounded(text: &str) -> Result<(), Problem> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'\'' => quoted = !quoted,
            b'(' | b'[' if !quoted => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(Problem { at: at..at + 1, message: format!("brackets nest deeper than {DEEPEST}") });
                }
            }
            b')' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// What could have stood at a place, in STIX's words.
fn expected(variant: &pest::error::ErrorVariant<Rule>) -> String {
    let pest::error::ErrorVariant::ParsingError { positives, .. } = variant else { return "it cannot be read".to_owned() };
    let mut words: Vec<&str> = positives
        .iter()
        .map(|rule| match rule {
            Rule::and => "AND",
            Rule::or => "OR",
            Rule::not => "NOT",
            Rule::followedby => "FOLLOWEDBY",
            Rule::observation | Rule::observed | Rule::together | Rule::alternatives | Rule::sequence => "`[`",
            Rule::qualifier
            | Rule::within
            | Rule::repeats
            | Rule::start_stop
            | Rule::k_within
            | Rule::k_repeats
            | Rule::k_start => "a qualifier",
            Rule::equality | Rule::order | Rule::text_operator | Rule::k_in => "an operator",
            Rule::string => "a text in single quotes",
            Rule::timestamp | Rule::hex | Rule::binary | Rule::float | Rule::integer | Rule::boolean => "a value",
            Rule::set => "`(`",
            Rule::path
            | Rule::object
            | Rule::comparison
            | Rule::test
            | Rule::conjunction
            | Rule::disjunction
            | Rule::k_exists
            | Rule::exists => "an object path such as `file:name`",
            Rule::name | Rule::identifier | Rule::step | Rule::index => "a property",
            Rule::k_seconds => "SECONDS",
            Rule::k_times => "TIMES",
            Rule::k_stop => "STOP",
            _ => "the end",
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    let mut text = "expected ".to_owned();
    for (index, word) in words.iter().enumerate() {
        let _ = write!(
            text,
            "{}{word}",
            if index == 0 {
                ""
            } else if index + 1 == words.len() {
                " or "
            } else {
                ", "
            }
        );
    }
    text
}

fn observed(pair: Pair<'_, Rule>) -> Option<Observed> {
    let rule = pair.as_rule();
    match rule {
        Rule::sequence | Rule::alternatives | Rule::together => {
            let mut parts: Vec<Observed> = pair
                .into_inner()
                .filter(|part| !matches!(part.as_rule(), Rule::and | Rule::or | Rule::followedby))
                .map(observed)
                .collect::<Option<_>>()?;
            if parts.len() == 1 {
                return parts.pop();
            }
            let kind = match rule {
                Rule::sequence => ObservedKind::FollowedBy(parts),
                Rule::alternatives => ObservedKind::Or(parts),
                _ => ObservedKind::And(parts),
            };
            Some(Observed { kind, qualifiers: Vec::new() })
        }
        Rule::observed => {
            let mut inner = pair.into_inner();
            let first = inner.next()?;
            let mut found = match first.as_rule() {
                Rule::observation => {
                    Observed { kind: ObservedKind::One(test(first.into_inner().next()?)?), qualifiers: Vec::new() }
                }
                _ => observed(first)?,
            };
            for qualifier in inner {
                let read = read_qualifier(qualifier)?;
                found.qualifiers.push(read);
            }
            Some(found)
        }
        _ => None,
    }
}

fn read_qualifier(pair: Pair<'_, Rule>) -> Option<Qualifier> {
    let qualifier = pair.into_inner().next()?;
    let rule = qualifier.as_rule();
    let mut values = qualifier
        .into_inner()
        .filter(|value| matches!(value.as_rule(), Rule::float | Rule::integer | Rule::timestamp))
        .map(|value| value.as_str().to_owned());
    Some(match rule {
        Rule::within => Qualifier::Within(values.next()?),
        Rule::repeats => Qualifier::Repeats(values.next()?.trim_start_matches('+').parse().ok()?),
        _ => Qualifier::StartStop(values.next()?, values.next()?),
    })
}

fn test(pair: Pair<'_, Rule>) -> Option<Test> {
    let rule = pair.as_rule();
    match rule {
        Rule::disjunction | Rule::conjunction => {
            let mut parts: Vec<Test> = pair
                .into_inner()
                .filter(|part| !matches!(part.as_rule(), Rule::and | Rule::or))
                .map(test)
                .collect::<Option<_>>()?;
            if parts.len() == 1 {
                return parts.pop();
            }
            Some(if rule == Rule::disjunction { Test::Or(parts) } else { Test::And(parts) })
        }
        Rule::test => test(pair.into_inner().next()?),
        Rule::exists => {
            pair.into_inner().find(|part| part.as_rule() == Rule::path).map(|path| Test::Exists(path.as_str().to_owned()))
        }
        Rule::comparison => {
            let mut comparison =
                Comparison { path: String::new(), negated: false, operator: Operator::Equal, values: Vec::new() };
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::path => part.as_str().clone_into(&mut comparison.path),
                    Rule::not => comparison.negated = true,
                    Rule::k_in => comparison.operator = Operator::In,
                    Rule::equality | Rule::order | Rule::text_operator => {
                        comparison.operator = match part.as_str() {
                            "!=" | "<>" => Operator::NotEqual,
                            "<" => Operator::Less,
                            "<=" => Operator::LessOrEqual,
                            ">" => Operator::Greater,
                            ">=" => Operator::GreaterOrEqual,
                            "LIKE" => Operator::Like,
                            "MATCHES" => Operator::Matches,
                            "ISSUBSET" => Operator::IsSubset,
                            "ISSUPERSET" => Operator::IsSuperset,
                            _ => Operator::Equal,
                        }
                    }
                    Rule::set => comparison.values.extend(part.into_inner().filter_map(literal)),
                    _ => comparison.values.extend(literal(part)),
                }
            }
            Some(Test::Comparison(comparison))
        }
        _ => None,
    }
}

fn literal(pair: Pair<'_, Rule>) -> Option<Literal> {
    let text = pair.as_str();
    let quoted = |prefix: usize| text.get(prefix..text.len().saturating_sub(1)).unwrap_or_default().to_owned();
    Some(match pair.as_rule() {
        Rule::string => Literal::Text(unescaped(&quoted(1))),
        Rule::hex => Literal::Hex(quoted(2)),
        Rule::binary => Literal::Binary(quoted(2)),
        Rule::timestamp => Literal::Timestamp(quoted(2)),
        Rule::float | Rule::integer => Literal::Number(text.to_owned()),
        Rule::boolean => Literal::Boolean(text == "true"),
        _ => return None,
    })
}

fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_specification_allows_and_no_more() {
        for good in [
            "[file:name='a'AND file:size=1]",
            "[file:name = 'a' OR file:name = 'b' AND file:size = 3]",
            "[windows-registry-key:values[*].name NOT LIKE 'a%']",
            "([file:name = 'a'] FOLLOWEDBY [process:name = 'b' OR process:name IN ()]) WITHIN 5.5 SECONDS",
            "[foo:bar=1] REPEATS 9 TIMES START t'2016-06-01T01:30:00.123Z' STOP t'2016-06-01T02:20:00Z'",
            "[EXISTS file:name]",
            r"[url:value = 'http://x/?a=b&c=\'d\'']",
        ] {
            assert!(parse(good).is_ok(), "{good}: {:?}", parse(good));
        }
        for (bad, at) in [
            ("", 0),
            ("[]", 1),
            ("[file:name = 'a'", 16),
            ("[file:hashes.SHA-256 = 'a']", 16),
            ("[file:name = 'a'] AND", 21),
            ("[file:name LIKE 5]", 16),
            (r"[file:name = 'C:\new']", 13),
            ("[file:x = 1.5e3]", 10),
            ("[domain-name:value = 'a' or domain-name:value = 'b']", 25),
            ("[x:created = t'2024-01-15T25:00:00Z']", 13),
        ] {
            assert_eq!(parse(bad).unwrap_err().at.start, at, "{bad}: {:?}", parse(bad));
        }
        assert!(parse(&format!("[{}file:a = 1{}]", "(".repeat(100), ")".repeat(100))).unwrap_err().message.contains("deeper"));
    }

    #[test]
    fn resolves_escapes_and_keeps_paths() {
        let read = parse(r"[file:hashes.'SHA-256' = 'a' AND directory:path = 'C:\\T\'s']").unwrap();
        let mut seen = Vec::new();
        read.tests(&mut |test| {
            test.comparisons(&mut |comparison| seen.push((comparison.path.clone(), comparison.values.clone())))
        });
        assert_eq!(seen[0].0, "file:hashes.'SHA-256'");
        assert_eq!(seen[1].1, [Literal::Text(r"C:\T's".to_owned())]);
    }
}
