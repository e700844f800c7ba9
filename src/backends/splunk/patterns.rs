//! Regular expressions made of what the IR holds: literals, wildcards, the shared syntax.

use crate::ir::regex::{ClassItem, RegexClass, RegexNode};
use crate::ir::{Case, LikePattern, Piece, SharedRegex, TextOperator};

use super::ast::Pattern;

/// Unicode simple lower-casing (S3.1): one character becomes one.
pub fn lower(text: &str) -> String {
    text.chars().map(|character| character.to_lowercase().next().unwrap_or(character)).collect()
}

/// The literal as it is compared: with the value as it is, or with the lower-cased value.
pub fn folded(text: &str, case: Case) -> String {
    match case {
        Case::Folded => lower(text),
        Case::Exact => text.to_owned(),
    }
}

/// Whether folding changes anything about these texts, so that the value has to be lower-cased.
pub fn has_letter(text: &str) -> bool {
    text.chars().any(|character| character.is_alphabetic())
}

/// Whether the product's folding beyond ASCII matters.
pub fn has_letter_beyond_ascii(text: &str) -> bool {
    text.chars().any(|character| !character.is_ascii() && character.is_alphabetic())
}

pub fn literal(text: &str) -> RegexNode {
    sequence(text.chars().map(RegexNode::Literal).collect())
}

pub fn sequence(mut parts: Vec<RegexNode>) -> RegexNode {
    if parts.len() == 1 { parts.remove(0) } else { RegexNode::Concat(parts) }
}

pub fn one_of(mut parts: Vec<RegexNode>) -> RegexNode {
    if parts.len() == 1 { parts.remove(0) } else { RegexNode::Alternate(parts) }
}

pub fn class(ranges: &[(char, char)]) -> RegexNode {
    RegexNode::Class(RegexClass {
        negated: false,
        items: ranges.iter().map(|(first, last)| ClassItem::Range(*first, *last)).collect(),
    })
}

pub fn none_of(characters: &[char]) -> RegexNode {
    RegexNode::Class(RegexClass { negated: true, items: characters.iter().map(|each| ClassItem::Range(*each, *each)).collect() })
}

pub fn repeat(node: RegexNode, min: u32, max: Option<u32>) -> RegexNode {
    RegexNode::Repeat { node: Box::new(node), min, max, lazy: false }
}

const DIGIT: (char, char) = ('0', '9');

/// The whole value is a decimal as S1.3 reads it: `0`, `-12`; no leading zeros, no blanks; at most 19 digits.
pub fn canonical_integer() -> Pattern {
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, integer(), RegexNode::End]))
}

fn integer() -> RegexNode {
    one_of(vec![
        RegexNode::Literal('0'),
        RegexNode::Concat(vec![
            repeat(RegexNode::Literal('-'), 0, Some(1)),
            class(&[('1', '9')]),
            repeat(class(&[DIGIT]), 0, Some(18)),
        ]),
    ])
}

/// The lower-cased whole value is `0x…` within 63 bits.
pub fn hex_integer() -> Pattern {
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, hex_digits(), RegexNode::End]))
}

fn hex_digits() -> RegexNode {
    let digit = || class(&[DIGIT, ('a', 'f')]);
    RegexNode::Concat(vec![
        literal("0x"),
        repeat(RegexNode::Literal('0'), 0, None),
        one_of(vec![RegexNode::Concat(vec![class(&[('0', '7')]), repeat(digit(), 15, Some(15))]), repeat(digit(), 1, Some(15))]),
    ])
}

/// The lower-cased whole value is `0x…` or a decimal.
pub fn hex_or_decimal() -> Pattern {
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, one_of(vec![hex_digits(), integer()]), RegexNode::End]))
}

/// The lower-cased whole value writes one of the integers, as `0x…` (any number of zeros before it) or in decimal.
pub fn hex_values(values: &[i64]) -> Pattern {
    let mut forms = Vec::new();
    for value in values {
        forms.push(literal(&value.to_string()));
        if *value >= 0 {
            forms.push(RegexNode::Concat(vec![literal("0x"), repeat(RegexNode::Literal('0'), 0, None), literal(&hex(*value))]));
        }
    }
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, one_of(forms), RegexNode::End]))
}

/// An integer's hexadecimal digits in lower case, without `0x`.
pub fn hex(value: i64) -> String {
    let mut digits = String::new();
    let mut rest = value.unsigned_abs();
    loop {
        digits.insert(0, char::from_digit(u32::try_from(rest & 0xf).unwrap_or(0), 16).unwrap_or('0'));
        rest >>= 4;
        if rest == 0 {
            return digits;
        }
    }
}

/// The whole value is a number as JSON writes it.
pub fn decimal() -> Pattern {
    let digits = |min| repeat(class(&[DIGIT]), min, None);
    Pattern::whole(RegexNode::Concat(vec![
        RegexNode::Start,
        repeat(RegexNode::Literal('-'), 0, Some(1)),
        one_of(vec![RegexNode::Literal('0'), RegexNode::Concat(vec![class(&[('1', '9')]), digits(0)])]),
        repeat(RegexNode::Concat(vec![RegexNode::Literal('.'), digits(1)]), 0, Some(1)),
        repeat(
            RegexNode::Concat(vec![
                class(&[('e', 'e'), ('E', 'E')]),
                repeat(class(&[('+', '+'), ('-', '-')]), 0, Some(1)),
                digits(1),
            ]),
            0,
            Some(1),
        ),
        RegexNode::End,
    ]))
}

/// The lower-cased whole value is `true` or `false`.
pub fn boolean() -> Pattern {
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, one_of(vec![literal("true"), literal("false")]), RegexNode::End]))
}

/// The whole value is an IPv4 address: four numbers up to 255 without leading zeros.
pub fn ipv4() -> Pattern {
    let digit = || class(&[DIGIT]);
    let octet = || {
        one_of(vec![
            RegexNode::Concat(vec![literal("25"), class(&[('0', '5')])]),
            RegexNode::Concat(vec![literal("2"), class(&[('0', '4')]), digit()]),
            RegexNode::Concat(vec![literal("1"), digit(), digit()]),
            RegexNode::Concat(vec![repeat(class(&[('1', '9')]), 0, Some(1)), digit()]),
        ])
    };
    Pattern::whole(RegexNode::Concat(vec![
        RegexNode::Start,
        repeat(RegexNode::Concat(vec![octet(), RegexNode::Literal('.')]), 3, Some(3)),
        octet(),
        RegexNode::End,
    ]))
}

/// The whole value has an IPv6 address's characters and a colon, with an IPv4 address only at its end: no zone, no port, no
/// name. Whether it is one is for `cidrmatch` to say, which may take an IPv4 address with a port for one.
pub fn ipv6() -> Pattern {
    let digits = || repeat(class(&[DIGIT, ('A', 'F'), ('a', 'f')]), 0, None);
    let groups = repeat(class(&[DIGIT, ('A', 'F'), ('a', 'f'), (':', ':')]), 0, None);
    let octet = || repeat(class(&[DIGIT]), 1, Some(3));
    let dotted = RegexNode::Concat(vec![
        RegexNode::Literal(':'),
        octet(),
        repeat(RegexNode::Group(Box::new(RegexNode::Concat(vec![RegexNode::Literal('.'), octet()]))), 3, Some(3)),
    ]);
    let dotted = repeat(RegexNode::Group(Box::new(dotted)), 0, Some(1));
    Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, digits(), RegexNode::Literal(':'), groups, dotted, RegexNode::End]))
}

/// The lower-cased text of all hashes holds one of the algorithm's values: `MD5=…,SHA256=…`.
pub fn hash_in(algorithm: &str, values: RegexNode) -> Pattern {
    let mut name = literal(&algorithm.to_ascii_lowercase());
    if let RegexNode::Concat(parts) = &mut name {
        parts.push(RegexNode::Literal('='));
    }
    Pattern::whole(RegexNode::Concat(vec![
        one_of(vec![RegexNode::Start, RegexNode::Literal(',')]),
        name,
        values,
        one_of(vec![RegexNode::Literal(','), RegexNode::End]),
    ]))
}

/// A text comparison over the value, folded already where it folds.
pub fn text(operator: TextOperator, values: &[String], separators: &[char]) -> Pattern {
    let any = one_of(values.iter().map(|value| literal(value)).collect());
    let parts = match operator {
        TextOperator::Equals => vec![RegexNode::Start, any, RegexNode::End],
        TextOperator::Contains => vec![any],
        TextOperator::StartsWith => vec![RegexNode::Start, any],
        TextOperator::EndsWith => vec![any, RegexNode::End],
        TextOperator::Named => vec![one_of(vec![RegexNode::Start, separator(separators)]), any, RegexNode::End],
    };
    Pattern::whole(RegexNode::Concat(parts))
}

pub fn separator(separators: &[char]) -> RegexNode {
    match separators {
        [one] => RegexNode::Literal(*one),
        several => class(&several.iter().map(|each| (*each, *each)).collect::<Vec<_>>()),
    }
}

/// `like` over the value, folded already where it folds.
pub fn like(patterns: &[LikePattern], case: Case) -> Pattern {
    Pattern::whole(one_of(patterns.iter().map(|pattern| like_node(pattern, case)).collect()))
}

fn like_node(pattern: &LikePattern, case: Case) -> RegexNode {
    let mut pieces = pattern.0.as_slice();
    let mut parts = Vec::new();
    if let [Piece::AnyRun, rest @ ..] = pieces {
        pieces = rest;
    } else {
        parts.push(RegexNode::Start);
    }
    let open = matches!(pieces, [.., Piece::AnyRun]);
    if let [rest @ .., Piece::AnyRun] = pieces {
        pieces = rest;
    }
    for piece in pieces {
        match piece {
            Piece::Literal(text) => parts.extend(folded(text, case).chars().map(RegexNode::Literal)),
            Piece::AnyRun => parts.push(repeat(RegexNode::Dot, 0, None)),
            Piece::AnyOne => parts.push(RegexNode::Dot),
        }
    }
    let is_anything = pattern.0.as_slice() == [Piece::AnyRun];
    if !open && !is_anything {
        parts.push(RegexNode::End);
    }
    RegexNode::Concat(parts)
}

/// A shared regular expression, and whether it is to be run on the lower-cased value.
///
/// `(?i)` is never printed: in Unicode it would also take U+017F for `s` and U+212A for `k` (S3.1), and S3.4 folds A–Z alone.
pub fn shared(regex: &SharedRegex) -> (Pattern, bool) {
    let pattern = |node| Pattern { node, multi_line: regex.multi_line, dot_all: regex.dot_all };
    if !regex.ignore_case {
        (pattern(regex.node.clone()), false)
    } else if is_ascii(&regex.node) {
        (pattern(fold(&regex.node, Fold::ToLower)), true)
    } else {
        (pattern(fold(&regex.node, Fold::BothCases)), false)
    }
}

fn is_ascii(node: &RegexNode) -> bool {
    match node {
        RegexNode::Literal(character) => character.is_ascii(),
        RegexNode::Class(class) => class.items.iter().all(|item| match item {
            ClassItem::Range(_, last) => last.is_ascii(),
            ClassItem::Digit
            | ClassItem::Word
            | ClassItem::Space
            | ClassItem::NotDigit
            | ClassItem::NotWord
            | ClassItem::NotSpace => true,
        }),
        RegexNode::Concat(parts) | RegexNode::Alternate(parts) => parts.iter().all(is_ascii),
        RegexNode::Group(inner) | RegexNode::Repeat { node: inner, .. } => is_ascii(inner),
        RegexNode::Empty
        | RegexNode::Dot
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => true,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// For a lower-cased value.
    ToLower,
    /// For the value as it is.
    BothCases,
}

fn fold(node: &RegexNode, how: Fold) -> RegexNode {
    match node {
        RegexNode::Literal(character) if how == Fold::ToLower => RegexNode::Literal(character.to_ascii_lowercase()),
        RegexNode::Literal(character) if character.is_ascii_alphabetic() => {
            let (lower, upper) = (character.to_ascii_lowercase(), character.to_ascii_uppercase());
            class(&[(lower, lower), (upper, upper)])
        }
        RegexNode::Class(class) => {
            let mut items = Vec::new();
            for item in &class.items {
                match item {
                    ClassItem::Range(first, last) => fold_range(*first, *last, how, &mut items),
                    other => items.push(other.clone()),
                }
            }
            RegexNode::Class(RegexClass { negated: class.negated, items })
        }
        RegexNode::Concat(parts) => RegexNode::Concat(parts.iter().map(|part| fold(part, how)).collect()),
        RegexNode::Alternate(parts) => RegexNode::Alternate(parts.iter().map(|part| fold(part, how)).collect()),
        RegexNode::Group(inner) => RegexNode::Group(Box::new(fold(inner, how))),
        RegexNode::Repeat { node, min, max, lazy } => {
            RegexNode::Repeat { node: Box::new(fold(node, how)), min: *min, max: *max, lazy: *lazy }
        }
        RegexNode::Literal(_)
        | RegexNode::Empty
        | RegexNode::Dot
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => node.clone(),
    }
}

/// The range with the other case of its letters; for a lower-cased value without the capitals, which cannot occur in it.
fn fold_range(first: char, last: char, how: Fold, items: &mut Vec<ClassItem>) {
    let cut = |low: char, high: char| (first.max(low) <= last.min(high)).then(|| (first.max(low), last.min(high)));
    if let Some((low, high)) = cut('A', 'Z') {
        items.push(ClassItem::Range(low.to_ascii_lowercase(), high.to_ascii_lowercase()));
        if how == Fold::ToLower {
            items.extend(cut('\0', '@').map(|(low, high)| ClassItem::Range(low, high)));
            items.extend(cut('[', char::MAX).map(|(low, high)| ClassItem::Range(low, high)));
            return;
        }
    }
    if let (Some((low, high)), Fold::BothCases) = (cut('a', 'z'), how) {
        items.push(ClassItem::Range(low.to_ascii_uppercase(), high.to_ascii_uppercase()));
    }
    items.push(ClassItem::Range(first, last));
}

/// What a text must hold for a regular expression to match in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    Text(String),
    All(Vec<Need>),
    Any(Vec<Need>),
}

pub fn needs(node: &RegexNode) -> Need {
    let mut run = String::new();
    let mut found = Vec::new();
    collect(node, &mut run, &mut found);
    finish(&mut run, &mut found);
    match found.len() {
        0 => Need::Nothing,
        1 => found.remove(0),
        _ => Need::All(found),
    }
}

fn finish(run: &mut String, found: &mut Vec<Need>) {
    if !run.is_empty() {
        found.push(Need::Text(std::mem::take(run)));
    }
}

fn collect(node: &RegexNode, run: &mut String, found: &mut Vec<Need>) {
    match node {
        RegexNode::Literal(character) => run.push(*character),
        RegexNode::Concat(parts) => parts.iter().for_each(|part| collect(part, run, found)),
        RegexNode::Group(inner) => collect(inner, run, found),
        // These take no character, so what stands around them stays together.
        RegexNode::Empty | RegexNode::Start | RegexNode::End | RegexNode::WordBoundary | RegexNode::NotWordBoundary => {}
        RegexNode::Dot | RegexNode::Class(_) => finish(run, found),
        RegexNode::Alternate(parts) => {
            finish(run, found);
            let parts: Vec<Need> = parts.iter().map(needs).collect();
            if !parts.contains(&Need::Nothing) {
                found.push(Need::Any(parts));
            }
        }
        RegexNode::Repeat { node, min, .. } => {
            finish(run, found);
            if *min > 0 {
                match needs(node) {
                    Need::Nothing => {}
                    need => found.push(need),
                }
            }
        }
    }
}

/// Whether the expression finds a match in the empty text.
pub fn matches_empty(node: &RegexNode) -> bool {
    match node {
        RegexNode::Empty | RegexNode::Start | RegexNode::End | RegexNode::NotWordBoundary => true,
        RegexNode::Literal(_) | RegexNode::Dot | RegexNode::Class(_) | RegexNode::WordBoundary => false,
        RegexNode::Concat(parts) => parts.iter().all(matches_empty),
        RegexNode::Alternate(parts) => parts.iter().any(matches_empty),
        RegexNode::Group(inner) => matches_empty(inner),
        RegexNode::Repeat { node, min, .. } => *min == 0 || matches_empty(node),
    }
}
