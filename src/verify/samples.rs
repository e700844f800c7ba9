//! Values for one comparison: some that satisfy it, some that only just do not.
//!
//! Nothing here decides whether a value satisfies anything: the evaluator is asked afterwards. A poor value costs a witness, not
//! a wrong answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ir::event::Value;
use crate::ir::regex::{ClassItem, RegexClass, RegexNode};
use crate::ir::{IndicatorSet, IpBlock, LikePattern, Listed, Number, Piece, SharedRegex, Test, TextOperator};
use crate::schema::{Field, ScalarType};

/// Of a list of literals so many are tried: the first ones and the last.
const LITERALS: usize = 4;

/// What may stand before a literal so that the whole is a value that the field's source would write.
pub(super) struct Style {
    /// Ends without a separator: `C:\dir`.
    pub stem: &'static str,
    pub separator: char,
    pub path: bool,
}

pub(super) fn style(field: &Field, separators: &[char]) -> Style {
    let windows = separators.contains(&'\\');
    let separator = if windows { '\\' } else { '/' };
    match &*field.name {
        "TargetObject" | "NewName" => Style { stem: r"HKLM\SOFTWARE\Key", separator: '\\', path: true },
        _ if field.kind.scalar == ScalarType::Path => {
            Style { stem: if windows { r"C:\Dir" } else { "/usr/dir" }, separator, path: true }
        }
        _ => Style { stem: if windows { "DOM" } else { "a" }, separator, path: false },
    }
}

/// Values that a comparison of one field is likely to be true of first, then values that it is likely only just false of.
pub(super) fn of_test(test: &Test, field: &Field, separators: &[char]) -> Vec<Value> {
    let style = style(field, separators);
    let texts = |texts: Vec<String>| texts.into_iter().map(Value::Text).collect::<Vec<_>>();
    match test {
        Test::Text { operator, values, .. } => {
            let chosen = some_of(values);
            let mut found: Vec<String> = chosen.iter().flat_map(|literal| satisfying(*operator, literal, &style)).collect();
            found.extend(chosen.iter().flat_map(|literal| near(*operator, literal, &style)));
            // The literal where the operator wants it, with one mark gone or another: what a slip in an escape selects.
            let slips = chosen.iter().flat_map(|literal| marks(literal));
            found.extend(slips.filter_map(|slip| satisfying(*operator, &slip, &style).into_iter().next()));
            texts(found)
        }
        Test::Like { patterns, .. } => {
            let mut found = Vec::new();
            for pattern in some_of(patterns) {
                found.extend(["", "z", "z\ny"].map(|run| instance(pattern, run, "q")));
                found.extend([instance(pattern, "z", ""), instance(pattern, "z", "qq")]);
                let whole = instance(pattern, "z", "q");
                found.extend([format!("{whole}x"), format!("x{whole}"), without_first(&whole), without_last(&whole)]);
            }
            texts(found)
        }
        Test::Regex { patterns, .. } => {
            let mut found = Vec::new();
            for pattern in some_of(patterns) {
                let (one, others) = (written(pattern, 0), matched(pattern).into_iter().skip(1));
                let edges = at_edges(pattern, &one);
                found.push(one);
                found.extend(edges);
                found.extend(others);
            }
            let near: Vec<String> = found.iter().flat_map(|one| [without_last(one), without_first(one), swapped(one)]).collect();
            found.extend(near);
            let slips: Vec<String> = found.iter().take(4).flat_map(|one| marks(one)).collect();
            let ended: Vec<String> = found.iter().take(1).map(|one| format!("{one}\n")).collect();
            found.extend(ended);
            found.extend(slips);
            texts(found)
        }
        Test::Number { values, .. } => some_of(values)
            .into_iter()
            .flat_map(|value| match value {
                Number::Integer(value) => [*value, value.saturating_add(1), value.saturating_sub(1)].map(Value::Integer).to_vec(),
                Number::Float(value) => [*value, value + 0.5, value - 0.5].map(Value::Float).to_vec(),
            })
            .collect(),
        Test::Boolean { value, .. } => vec![Value::Boolean(*value), Value::Boolean(!*value)],
        Test::Address { blocks, .. } => texts(some_of(blocks).into_iter().flat_map(|block| of_block(*block)).collect()),
        Test::Hash { values, algorithm, .. } => {
            let chosen = some_of(values);
            let mut found: Vec<String> = chosen.iter().flat_map(|value| [value.to_uppercase(), (*value).clone()]).collect();
            found.extend(chosen.iter().map(|value| {
                let last = if value.ends_with('0') { '1' } else { '0' };
                format!("{}{last}", without_last(value))
            }));
            found.push("e".repeat(algorithm.digits()));
            texts(found)
        }
        Test::Listed { how, set, .. } => listed(*how, set, field, separators),
        Test::Presence { .. } => vec![ordinary(field, separators)],
        Test::Fields { .. } | Test::Anywhere { .. } | Test::Some { .. } | Test::TimeOfDay { .. } | Test::Weekday { .. } => {
            Vec::new()
        }
    }
}

/// The values of a few comparisons that the set could be written out as: those of its ends and of its middle.
fn listed(how: Listed, set: &IndicatorSet, field: &Field, separators: &[char]) -> Vec<Value> {
    let above: std::collections::BTreeSet<String> = set.above().map(str::to_owned).collect();
    let values = set.values();
    let mut chosen: Vec<String> = some_of(values).into_iter().cloned().collect();
    chosen.extend(values.get(values.len() / 2).cloned());
    // A domain that is looked for alone among those that stand for others, a block among addresses.
    chosen.extend(values.iter().find(|value| !above.contains(*value)).cloned());
    chosen.extend(values.iter().find(|value| value.contains('/')).cloned());
    chosen.extend(values.iter().find(|value| value.contains(':')).cloned());
    let few = IndicatorSet::new(set.name.clone(), set.kind.clone(), chosen, &above);
    let condition = few.written_out(field, how, usize::MAX, crate::diag::Span::default());
    let mut found: Vec<Value> = Vec::new();
    for (test, _) in condition.tests() {
        for value in all_of(test, few.values().len()).iter().flat_map(|one| of_test(one, field, separators)) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
    }
    if how == Listed::Host {
        for value in few.values() {
            found.extend(
                [
                    format!("a.{value}"),
                    format!("a.b.{value}"),
                    format!("x{value}"),
                    format!("a.x{value}"),
                    format!(".{value}"),
                    format!("{value}."),
                ]
                .map(Value::Text),
            );
            found.extend(value.split_once('.').map(|(_, rest)| Value::Text(rest.to_owned())));
        }
    }
    found
}

/// The comparison with each of its values alone, so that none is passed over.
fn all_of(test: &Test, most: usize) -> Vec<Test> {
    (0..most)
        .filter_map(|index| match test {
            Test::Text { field, operator, values, case } => {
                let values = vec![values.get(index)?.clone()];
                Some(Test::Text { field: field.clone(), operator: *operator, values, case: *case })
            }
            Test::Address { field, blocks } => Some(Test::Address { field: field.clone(), blocks: vec![*blocks.get(index)?] }),
            Test::Hash { field, algorithm, values } => {
                Some(Test::Hash { field: field.clone(), algorithm: *algorithm, values: vec![values.get(index)?.clone()] })
            }
            _ => None,
        })
        .collect()
}

/// A value that says nothing in particular, of the field's type.
pub(super) fn ordinary(field: &Field, separators: &[char]) -> Value {
    let style = style(field, separators);
    match field.kind.scalar {
        ScalarType::Integer | ScalarType::HexInteger => Value::Integer(7919),
        ScalarType::Float => Value::Float(7919.5),
        ScalarType::Boolean => Value::Boolean(false),
        ScalarType::Ip => Value::Text("203.0.113.77".to_owned()),
        ScalarType::Hash(algorithm) => Value::Text("e".repeat(algorithm.digits())),
        ScalarType::Time => Value::Text("2026-11-24 10:00:00.000".to_owned()),
        ScalarType::String | ScalarType::Path if style.path => Value::Text(format!("{}{}qz", style.stem, style.separator)),
        ScalarType::String | ScalarType::Path => Value::Text("qz".to_owned()),
        ScalarType::Object => Value::Object(std::collections::BTreeMap::new()),
    }
}

/// The first ones and the last of a list.
pub(super) fn some_of<T>(list: &[T]) -> Vec<&T> {
    if list.len() <= LITERALS {
        return list.iter().collect();
    }
    list.iter().take(LITERALS - 1).chain(list.last()).collect()
}

/// The literal where the operator wants it, in a value that looks like the field's.
fn satisfying(operator: TextOperator, literal: &str, style: &Style) -> Vec<String> {
    let Style { stem, separator, path } = style;
    let begins = literal.starts_with(*separator);
    let tail = if *path { format!("{separator}q.exe") } else { " q".to_owned() };
    match operator {
        TextOperator::Equals => vec![literal.to_owned()],
        TextOperator::Contains if begins || *path => {
            let between = if begins { String::new() } else { separator.to_string() };
            vec![format!("{stem}{between}{literal}q.exe"), format!("{stem}{between}{literal}{tail}"), literal.to_owned()]
        }
        TextOperator::Contains => vec![format!("q {literal} q"), literal.to_owned(), format!("q{literal}q")],
        TextOperator::StartsWith => vec![format!("{literal}q"), format!("{literal}{tail}"), literal.to_owned()],
        TextOperator::EndsWith if begins => vec![format!("{stem}{literal}"), literal.to_owned()],
        TextOperator::EndsWith if *path => {
            vec![format!("{stem}{separator}q{literal}"), format!("{stem}{separator}{literal}"), literal.to_owned()]
        }
        TextOperator::EndsWith => vec![format!("q {literal}"), literal.to_owned()],
        TextOperator::Named => vec![format!("{stem}{separator}{literal}"), literal.to_owned()],
    }
}

/// Only just not what the operator wants.
fn near(operator: TextOperator, literal: &str, style: &Style) -> Vec<String> {
    let Style { stem, separator, path } = style;
    let rooted = |text: String| if *path { format!("{stem}{separator}{text}") } else { text };
    match operator {
        TextOperator::Equals => {
            vec![format!("{literal}x"), format!("x{literal}"), without_last(literal), swapped(literal), format!("{literal} ")]
        }
        TextOperator::Contains => {
            let mut split = without_last(literal);
            split.push('~');
            split.extend(literal.chars().last());
            let trimmed = literal.trim_start_matches(*separator).to_owned();
            vec![rooted(split), rooted(without_last(&trimmed)), rooted(without_first(&trimmed)), rooted(swapped(&trimmed))]
        }
        TextOperator::StartsWith => vec![format!("x{literal}"), without_last(literal), swapped(literal), without_first(literal)],
        TextOperator::EndsWith => {
            let trimmed = literal.trim_start_matches(*separator).to_owned();
            vec![
                rooted(format!("{trimmed}x")),
                rooted(without_last(&trimmed)),
                rooted(format!("q{trimmed}")),
                rooted(swapped(&trimmed)),
            ]
        }
        TextOperator::Named => vec![
            format!("{stem}{separator}x{literal}"),
            format!("{stem}{separator}{literal}x"),
            format!("{stem}{separator}{literal}{separator}x.exe"),
            format!("{stem}{separator}{}", swapped(literal)),
            format!("{stem}/{literal}"),
            format!("x{literal}"),
        ],
    }
}

/// The text with one of its marks (what is no letter, digit or blank) gone, and with a letter in its place; of many the first
/// ones and the last.
fn marks(text: &str) -> Vec<String> {
    let places: Vec<(usize, char)> = text.char_indices().filter(|(_, mark)| mark.is_ascii_punctuation()).collect();
    some_of(&places)
        .into_iter()
        .flat_map(|(at, mark)| {
            let (before, after) = (&text[..*at], &text[at + mark.len_utf8()..]);
            [format!("{before}q{after}"), format!("{before}{after}")]
        })
        .collect()
}

pub(super) fn without_last(text: &str) -> String {
    let mut shorter = text.to_owned();
    shorter.pop();
    shorter
}

pub(super) fn without_first(text: &str) -> String {
    text.chars().skip(1).collect()
}

/// Each letter A–Z in the other case.
pub(super) fn swapped(text: &str) -> String {
    let other = |letter: char| {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    text.chars().map(other).collect()
}

fn instance(pattern: &LikePattern, run: &str, one: &str) -> String {
    let pieces = pattern.0.iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.as_str(),
        Piece::AnyRun => run,
        Piece::AnyOne => one,
    });
    pieces.collect()
}

/// The ends of a block, their neighbours outside, other spellings, and what is in no block.
fn of_block(block: IpBlock) -> Vec<String> {
    let mut found = Vec::new();
    match block.network {
        IpAddr::V4(network) => {
            let size = 32 - u32::from(block.prefix.min(32));
            let host = 1_u64.checked_shl(size).map_or(u32::MAX, |count| u32::try_from(count - 1).unwrap_or(u32::MAX));
            let (first, last) = (network.to_bits(), network.to_bits() | host);
            let shown = |bits: u32| Ipv4Addr::from_bits(bits).to_string();
            found.extend([shown(last), shown(first), format!("::ffff:{}", shown(last))]);
            found.extend(last.checked_add(1).map(shown));
            found.extend(first.checked_sub(1).map(shown));
            found.push("2001:db8::1".to_owned());
        }
        IpAddr::V6(network) => {
            let size = 128 - u32::from(block.prefix.min(128));
            let host = 1_u128.checked_shl(size).map_or(u128::MAX, |count| count - 1);
            let (first, last) = (network.to_bits(), network.to_bits() | host);
            let shown = |bits: u128| Ipv6Addr::from_bits(bits).to_string();
            let long = network.segments().map(|segment| format!("{segment:x}")).join(":");
            found.extend([shown(last), long, shown(first)]);
            found.extend(last.checked_add(1).map(shown));
            found.extend(first.checked_sub(1).map(shown));
            found.push("10.1.2.3".to_owned());
        }
    }
    found.push("-".to_owned());
    found
}

/// Texts that the expression is likely to match.
pub(super) fn matched(regex: &SharedRegex) -> Vec<String> {
    let mut found = Vec::new();
    for choice in 0..3 {
        let text = written(regex, choice);
        found.extend([text.clone(), format!("q {text} q"), format!("{text}q"), format!("q{text}")]);
    }
    found
}

fn written(regex: &SharedRegex, choice: usize) -> String {
    Writer { choice, ..Writer::default() }.text(&regex.node)
}

/// How many characters at the edges of classes are tried in one expression.
const EDGES: usize = 24;

/// Texts that tell an expression from one that has lost a flag, or whose class begins or ends a character early or late.
fn at_edges(regex: &SharedRegex, one: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = Seen::default();
    seen.look(&regex.node);
    if seen.dot {
        found.push(Writer { dot: '\n', once: true, ..Writer::default() }.text(&regex.node));
    }
    if seen.anchor {
        found.extend([format!("q\n{one}\nq"), format!("{one}\n")]);
    }
    for (class, character) in seen.edges {
        let text = Writer { once: true, instead: Some((class, character)), ..Writer::default() }.text(&regex.node);
        if text != one && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// What of an expression is worth a text of its own.
#[derive(Default)]
struct Seen {
    dot: bool,
    anchor: bool,
    /// So many classes were passed, in the order in which they stand.
    classes: usize,
    /// Characters at or beside the ends of a class's ranges.
    edges: Vec<(usize, char)>,
}

impl Seen {
    fn look(&mut self, node: &RegexNode) {
        match node {
            RegexNode::Empty | RegexNode::Literal(_) | RegexNode::WordBoundary | RegexNode::NotWordBoundary => {}
            RegexNode::Dot => self.dot = true,
            RegexNode::Start | RegexNode::End => self.anchor = true,
            RegexNode::Class(class) => {
                let characters = class.items.iter().flat_map(edges_of);
                for character in characters.take(EDGES.saturating_sub(self.edges.len())) {
                    self.edges.push((self.classes, character));
                }
                self.classes += 1;
            }
            RegexNode::Concat(parts) => parts.iter().for_each(|part| self.look(part)),
            // The text that is changed holds the first of them.
            RegexNode::Alternate(parts) => parts.iter().take(1).for_each(|part| self.look(part)),
            RegexNode::Group(inner) => self.look(inner),
            RegexNode::Repeat { node, .. } => self.look(node),
        }
    }
}

fn edges_of(item: &ClassItem) -> Vec<char> {
    let beside = |character: char, by: i64| {
        u32::try_from(i64::from(u32::from(character)) + by).ok().and_then(char::from_u32).filter(|beside| !beside.is_control())
    };
    match item {
        ClassItem::Range(first, last) => {
            let mut found = vec![*last, *first];
            found.dedup();
            found.extend(beside(*last, 1));
            found.extend(beside(*first, -1));
            found
        }
        ClassItem::Digit | ClassItem::NotDigit => vec!['9', '0', ':', '/'],
        ClassItem::Word | ClassItem::NotWord => vec!['_', '9', 'Z', 'z', '-', '{'],
        ClassItem::Space | ClassItem::NotSpace => vec!['\t', '\n', '\r', '\u{b}', '\u{c}', ' ', '_'],
    }
}

/// Steps of one text: repetitions within each other may ask for more than anybody reads.
const STEPS: usize = 20_000;

/// Writes a text that an expression matches.
struct Writer {
    /// Which of several possibilities.
    choice: usize,
    /// What stands for `.`.
    dot: char,
    /// What need not stand there stands there once.
    once: bool,
    /// What stands for one class, whether it holds it or not.
    instead: Option<(usize, char)>,
    /// So many classes were passed.
    at: usize,
    steps: usize,
    out: String,
}

impl Default for Writer {
    fn default() -> Self {
        Writer { choice: 0, dot: 'z', once: false, instead: None, at: 0, steps: 0, out: String::new() }
    }
}

impl Writer {
    fn text(mut self, node: &RegexNode) -> String {
        self.write(node);
        self.out
    }

    fn write(&mut self, node: &RegexNode) {
        self.steps += 1;
        if self.steps > STEPS {
            return;
        }
        match node {
            RegexNode::Empty | RegexNode::Start | RegexNode::End | RegexNode::WordBoundary | RegexNode::NotWordBoundary => {}
            RegexNode::Literal(character) => self.out.push(*character),
            RegexNode::Dot => self.out.push(self.dot),
            RegexNode::Class(class) => {
                match self.instead {
                    Some((at, character)) if at == self.at => self.out.push(character),
                    _ => self.out.extend(member(class, self.choice)),
                }
                self.at += 1;
            }
            RegexNode::Concat(parts) => parts.iter().for_each(|part| self.write(part)),
            RegexNode::Alternate(parts) => {
                if let Some(part) = parts.get(self.choice % parts.len().max(1)) {
                    self.write(part);
                }
            }
            RegexNode::Group(inner) => self.write(inner),
            RegexNode::Repeat { node, min, max, .. } => {
                let wanted = match (self.choice, self.once) {
                    (0, false) => *min,
                    (0, true) => (*min).max(1),
                    _ => min.saturating_add(1),
                };
                let before = self.at;
                for _ in 0..wanted.min(max.unwrap_or(u32::MAX)) {
                    if self.steps > STEPS {
                        return;
                    }
                    // Its classes are the same ones each time.
                    self.at = before;
                    self.write(node);
                }
                self.at = before + classes(node);
            }
        }
    }
}

/// How many classes a text of the first possibility passes.
fn classes(node: &RegexNode) -> usize {
    let mut seen = Seen::default();
    seen.look(node);
    seen.classes
}

/// A character of the class: one that it names, or, of a negated one, an ordinary one that it does not.
fn member(class: &RegexClass, choice: usize) -> Option<char> {
    const ORDINARY: &str = "qZ7_ -.:/\\\"'%=\té~\u{1}";
    let within = |character: char| class.items.iter().any(|item| item_has(item, character)) != class.negated;
    let named = class.items.iter().filter_map(|item| match item {
        ClassItem::Range(first, _) => Some(*first),
        ClassItem::Digit
        | ClassItem::Word
        | ClassItem::Space
        | ClassItem::NotDigit
        | ClassItem::NotWord
        | ClassItem::NotSpace => None,
    });
    let all: Vec<char> = named.chain(ORDINARY.chars()).filter(|character| within(*character)).collect();
    all.get(choice % all.len().max(1)).copied()
}

fn item_has(item: &ClassItem, character: char) -> bool {
    let word = character.is_ascii_alphanumeric() || character == '_';
    let space = matches!(character, '\t'..='\r' | ' ');
    match item {
        ClassItem::Range(first, last) => (*first..=*last).contains(&character),
        ClassItem::Digit => character.is_ascii_digit(),
        ClassItem::Word => word,
        ClassItem::Space => space,
        ClassItem::NotDigit => !character.is_ascii_digit(),
        ClassItem::NotWord => !word,
        ClassItem::NotSpace => !space,
    }
}
