//! Random conditions and events for differential tests: seeded, so that a failure can be run again from the number it prints.
//!
//! Conditions draw their literals from small pools of awkward values; events draw from the same pools and from the condition's
//! own literals, so that comparisons are often true and often only just false.
#![allow(dead_code)] // each differential test uses its own part

use std::collections::BTreeMap;
use std::sync::Arc;

use huntc::diag::Span;
use huntc::ir::event::{Event, Value};
use huntc::ir::{
    Case, Condition, IpBlock, Kind, LikeForm, LikePattern, Number, Order, Piece, Presence, SharedRegex, Test, TextOperator,
};
use huntc::schema::{Field, LogSourceId, ScalarType};

/// A small generator of numbers (SplitMix64, by its published constants): the same numbers on every machine and in every
/// version of the program.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Which tests a condition may hold. A target's differential test turns off what the target refuses.
#[derive(Clone, Copy, Debug)]
pub struct Allow {
    pub presence_of_absent: bool,
    pub like: bool,
    pub regex: bool,
    pub cased: bool,
    pub named: bool,
    pub fields: bool,
    pub anywhere: bool,
    pub clock: bool,
    /// Literals with letters beyond ASCII.
    pub beyond_ascii: bool,
    /// Quotes, line feeds, stars, percent signs and the like in literals and values.
    pub awkward: bool,
    /// Empty text in events and literals.
    pub empty_text: bool,
}

impl Default for Allow {
    fn default() -> Self {
        Allow {
            presence_of_absent: true,
            like: true,
            regex: true,
            cased: true,
            named: true,
            fields: true,
            anywhere: false,
            clock: false,
            beyond_ascii: true,
            awkward: true,
            empty_text: true,
        }
    }
}

const PLAIN: &[&str] = &["cmd.exe", "foo", "FOO", "foobar", "delete shadows", "-enc", "a", "x y", "123", "0x10", "NOT", "true"];
const AWKWARD: &[&str] = &[
    r#"say "hi""#,
    "it's",
    "a*b",
    "a?b",
    "100%_x",
    r"tail\",
    r"a\b\\c",
    "line\nfeed",
    "tab\there",
    "$amount$",
    "`tick`",
    "a | b",
    "[x] (y) {z}",
    "{{ name }}",
    "a,b=c",
    "// comment",
    " blank ",
    "<tag>&amp;",
    "^start$",
];
const BEYOND_ASCII: &[&str] = &["école", "ÉCOLE", "naïve Ärger", "日本", "–x", "😀"];
const PATHS: &[&str] = &[
    r"C:\Windows\System32\cmd.exe",
    r"C:\Windows\System32\vssadmin.exe",
    r"c:\windows\CMD.EXE",
    r"C:\Program Files\A B\foo.exe",
    r"C:\Users\u\AppData\Local\Temp\x.exe",
    r"D:\foo",
];
const NAMES: &[&str] = &["cmd.exe", "vssadmin.exe", "foo.exe", "x.exe", "foo"];
const INTEGERS: &[i64] = &[0, 1, 2, 443, 445, 4624, -1, 65535, 0x3e7];
const FLOATS: &[f64] = &[0.0, 0.5, 1.0, -2.25, 100.0];
const ADDRESSES: &[&str] =
    &["10.1.2.3", "10.255.255.255", "11.0.0.0", "127.0.0.1", "192.168.0.7", "::1", "0:0:0:0:0:0:0:1", "fe80::1", "2001:db8::5"];
const BLOCKS: &[(&str, u8)] =
    &[("10.0.0.0", 8), ("127.0.0.1", 32), ("192.168.0.0", 24), ("0.0.0.0", 0), ("::1", 128), ("fe80::", 10), ("2001:db8::", 32)];
const REGEXES: &[(&str, &str)] = &[
    ("foo", ""),
    ("FOO", "i"),
    (r"\.exe$", "i"),
    ("^foo", ""),
    ("^foo$", "m"),
    (r"\d{2,3}", ""),
    (r"\bcmd\b", ""),
    ("(foo|bar)+", ""),
    ("[a-f][^a-f]", "i"),
    ("e.f", "s"),
    ("e.f", ""),
    (r"\\[^\\]*$", ""),
    (r"a\*b|a\?b", ""),
    (r#"["']"#, ""),
    (r"x?", ""),
    (r"\w+\s\w+", ""),
    (r"k", "i"),
    (r"\|", ""),
];
const LIKES: &[&str] = &["f?o", "*o*b*", "?", "C:\\*\\cmd.exe", "*\\AppData\\*\\x.exe", "a[*]?", "*[?]*?", "?*", "*e?f*", "F*O?"];

/// A literal that a text field's comparison may have.
pub fn text(random: &mut Random, allow: Allow) -> String {
    let pool = match random.below(4) {
        0 if allow.awkward => AWKWARD,
        1 if allow.beyond_ascii => BEYOND_ASCII,
        _ => PLAIN,
    };
    (*random.pick(pool)).to_owned()
}

/// A condition over the fields, at most so deep. Never a constant.
pub fn condition(random: &mut Random, fields: &[Field], depth: usize, allow: Allow) -> Condition {
    let kind = match random.below(if depth == 0 { 1 } else { 4 }) {
        0 => Kind::Test(test(random, fields, allow)),
        1 => return negated(condition(random, fields, depth - 1, allow)),
        all => {
            let count = 2 + random.below(2);
            let mut parts = Vec::new();
            for _ in 0..count {
                // The IR joins an `and` inside an `and`, so that none of the parts is one.
                match condition(random, fields, depth - 1, allow) {
                    Condition { kind: Kind::All(inner), .. } if all == 2 => parts.extend(inner),
                    Condition { kind: Kind::Any(inner), .. } if all == 3 => parts.extend(inner),
                    part => parts.push(part),
                }
            }
            if all == 2 { Kind::All(parts) } else { Kind::Any(parts) }
        }
    };
    Condition::new(kind, Span::default())
}

fn negated(part: Condition) -> Condition {
    Condition::new(Kind::Not(Box::new(part)), Span::default())
}

/// One comparison that fits the type of one of the fields.
pub fn test(random: &mut Random, fields: &[Field], allow: Allow) -> Test {
    if allow.clock && random.chance(5) {
        let offset = *random.pick(&[0, 0, 120, -330]);
        return if random.chance(50) {
            Test::TimeOfDay { start: *random.pick(&[0, 19 * 60, 540]), end: *random.pick(&[7 * 60, 1020]), offset }
        } else {
            Test::Weekday { days: vec![u8::try_from(random.below(7)).unwrap()], offset }
        };
    }
    if allow.anywhere && random.chance(5) {
        return Test::Anywhere { values: vec![text(random, allow)], case: case(random, allow) };
    }
    let field = random.pick(fields).clone();
    if random.chance(12) {
        let state = if allow.presence_of_absent {
            *random.pick(&[Presence::Exists, Presence::IsNull, Presence::IsEmpty, Presence::IsPresent])
        } else {
            *random.pick(&[Presence::IsEmpty, Presence::IsPresent])
        };
        return Test::Presence { field, state };
    }
    let several = |random: &mut Random| if random.chance(60) { 1 } else { 2 + random.below(2) };
    match field.kind.scalar {
        ScalarType::String | ScalarType::Path => text_test(random, field, fields, allow),
        ScalarType::Integer | ScalarType::HexInteger => {
            let order = *random.pick(&[
                Order::Equal,
                Order::Equal,
                Order::Less,
                Order::LessOrEqual,
                Order::Greater,
                Order::GreaterOrEqual,
            ]);
            let count = if order == Order::Equal { several(random) } else { 1 };
            Test::Number { field, order, values: (0..count).map(|_| Number::Integer(*random.pick(INTEGERS))).collect() }
        }
        ScalarType::Float => {
            let order = *random.pick(&[Order::Equal, Order::Less, Order::GreaterOrEqual]);
            Test::Number { field, order, values: vec![Number::Float(*random.pick(FLOATS))] }
        }
        ScalarType::Boolean => Test::Boolean { field, value: random.chance(50) },
        ScalarType::Ip => {
            let blocks = (0..several(random))
                .map(|_| {
                    let (network, prefix) = *random.pick(BLOCKS);
                    IpBlock { network: network.parse().unwrap(), prefix }
                })
                .collect();
            Test::Address { field, blocks }
        }
        ScalarType::Hash(algorithm) => {
            let values = (0..several(random)).map(|_| digest(random, algorithm.digits())).collect();
            Test::Hash { field, algorithm, values }
        }
        ScalarType::Time | ScalarType::Object => Test::Presence { field, state: Presence::IsPresent },
    }
}

fn digest(random: &mut Random, digits: usize) -> String {
    random.pick(&["a", "0", "5f"]).repeat(digits)[..digits].to_owned()
}

fn case(random: &mut Random, allow: Allow) -> Case {
    if allow.cased && random.chance(20) { Case::Exact } else { Case::Folded }
}

fn text_test(random: &mut Random, field: Field, fields: &[Field], allow: Allow) -> Test {
    let case = case(random, allow);
    let operators = [TextOperator::Equals, TextOperator::Contains, TextOperator::StartsWith, TextOperator::EndsWith];
    let others: Vec<&Field> = fields
        .iter()
        .filter(|other| matches!(other.kind.scalar, ScalarType::String | ScalarType::Path) && other.name != field.name)
        .collect();
    match random.below(10) {
        0 if allow.regex => {
            let (pattern, flags) = random.pick(REGEXES);
            Test::Regex { field, patterns: vec![SharedRegex::parse(pattern, flags).unwrap()] }
        }
        1 if allow.like => {
            let patterns: Vec<LikePattern> = vec![*random.pick(LIKES)]
                .into_iter()
                .filter_map(|pattern| match LikePattern::parse(pattern).unwrap() {
                    LikeForm::Pattern(pattern) => Some(pattern),
                    LikeForm::Literal { .. } => None,
                })
                .collect();
            Test::Like { field, patterns, case }
        }
        2 if allow.fields && !others.is_empty() => {
            Test::Fields { left: field, operator: *random.pick(&operators), right: (*random.pick(&others)).clone(), case }
        }
        3 | 4 if allow.named && field.kind.scalar == ScalarType::Path => {
            Test::Text { field, operator: TextOperator::Named, values: vec![(*random.pick(NAMES)).to_owned()], case }
        }
        _ => {
            let count = if random.chance(60) { 1 } else { 2 + random.below(2) };
            let operator = *random.pick(&operators);
            let mut values = Vec::new();
            for _ in 0..count {
                let literal = match (field.kind.scalar, random.below(10)) {
                    (_, 0) if allow.empty_text => String::new(),
                    (ScalarType::Path, 0..5) => (*random.pick(PATHS)).to_owned(),
                    (ScalarType::Path, 5..8) => (*random.pick(NAMES)).to_owned(),
                    _ => text(random, allow),
                };
                values.push(literal);
            }
            Test::Text { field, operator, values, case }
        }
    }
}

/// An event with values that the condition's tests come near to. Fields are present in about four of five cases; each value
/// has its field's type, so that every product can store it.
pub fn event(random: &mut Random, source: &LogSourceId, fields: &[Field], condition: &Condition, allow: Allow) -> Event {
    let near = literals(condition);
    let mut values = BTreeMap::new();
    for field in fields {
        if random.chance(80) {
            let own = near.get(&field.name).map(Vec::as_slice).unwrap_or_default();
            values.insert(field.name.clone(), value(random, field, own, allow));
        }
    }
    // Any minute of about four years from 2024 on.
    let time = 1_704_067_200_000 + 60_000 * i64::try_from(random.below(2_000_000)).unwrap();
    Event { source: source.clone(), time: Some(time), fields: values, raw: None }
}

/// A value of the field's type, out of the literals `own` or of the pools.
pub fn value(random: &mut Random, field: &Field, own: &[String], allow: Allow) -> Value {
    match field.kind.scalar {
        ScalarType::String | ScalarType::Path => {
            let path = field.kind.scalar == ScalarType::Path;
            let base = match random.below(10) {
                0 if allow.empty_text && !path => String::new(),
                0..6 if !own.is_empty() => random.pick(own).clone(),
                _ if path => (*random.pick(PATHS)).to_owned(),
                _ => text(random, allow),
            };
            Value::Text(if path { full_path(random, &base) } else { varied(random, &base) })
        }
        ScalarType::Integer | ScalarType::HexInteger => {
            let near = own.iter().filter_map(|literal| literal.parse().ok()).collect::<Vec<i64>>();
            let base = if near.is_empty() || random.chance(30) { *random.pick(INTEGERS) } else { *random.pick(&near) };
            Value::Integer(base + *random.pick(&[0, 0, 0, 1, -1]))
        }
        ScalarType::Float => Value::Float(*random.pick(FLOATS)),
        ScalarType::Boolean => Value::Boolean(random.chance(50)),
        ScalarType::Ip => Value::Text((*random.pick(ADDRESSES)).to_owned()),
        ScalarType::Hash(algorithm) => {
            let digest = digest(random, algorithm.digits());
            Value::Text(if random.chance(50) { digest.to_uppercase() } else { digest })
        }
        ScalarType::Time => Value::Text("2026-11-24 10:00:00.000".to_owned()),
        ScalarType::Object => Value::Object(BTreeMap::new()),
    }
}

/// The text itself, in another case, or with something before or behind.
fn varied(random: &mut Random, base: &str) -> String {
    match random.below(8) {
        0 => base.to_ascii_uppercase(),
        1 => base.to_ascii_lowercase(),
        2 => format!("x{base}"),
        3 => format!("{base}x"),
        4 => format!("a {base} b"),
        _ => base.to_owned(),
    }
}

/// A full Windows path that ends in the text.
fn full_path(random: &mut Random, base: &str) -> String {
    let base = if random.chance(25) { base.to_ascii_uppercase() } else { base.to_owned() };
    if base.get(1..3) == Some(":\\") {
        base
    } else if random.chance(70) {
        format!(r"C:\Temp\{base}")
    } else {
        format!(r"C:\Temp\x{base}")
    }
}

/// For each field the literals that the condition compares it with; of patterns a text that they match.
pub fn literals(condition: &Condition) -> BTreeMap<Arc<str>, Vec<String>> {
    let mut found: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
    for (test, _) in condition.tests() {
        let values: Vec<String> = match test {
            Test::Text { values, .. } | Test::Hash { values, .. } => values.clone(),
            Test::Like { patterns, .. } => patterns.iter().map(matched_by).collect(),
            Test::Regex { patterns, .. } => patterns.iter().map(|regex| regex.written.replace(['^', '$', '\\'], "")).collect(),
            Test::Number { values, .. } => values
                .iter()
                .filter_map(|value| match value {
                    Number::Integer(value) => Some(value.to_string()),
                    Number::Float(_) => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for field in test.fields() {
            found.entry(field.name.clone()).or_default().extend(values.iter().cloned());
        }
    }
    found
}

/// A text that the pattern matches.
fn matched_by(pattern: &LikePattern) -> String {
    let pieces = pattern.0.iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.as_str(),
        Piece::AnyRun => "zz",
        Piece::AnyOne => "z",
    });
    pieces.collect()
}

/// The generator makes what it says: both answers occur often, every kind of test occurs, and a seed gives the same again.
#[test]
fn conditions_are_often_true_and_often_false() {
    let field = |name: &str, kind: &str| Field { name: name.into(), kind: huntc::schema::FieldType::parse(kind).unwrap() };
    let fields = [
        field("CommandLine", "string"),
        field("User", "string"),
        field("Image", "path"),
        field("Port", "integer"),
        field("Initiated", "boolean"),
        field("DestinationIp", "ip"),
        field("sha256", "hash sha256"),
    ];
    let source = LogSourceId("windows/process_creation".into());
    let run = |seed: u64| {
        let mut random = Random::new(seed);
        let (mut held, mut kinds) = (0, std::collections::BTreeSet::new());
        for _ in 0..2000 {
            let condition = condition(&mut random, &fields, 2, Allow { clock: true, anywhere: true, ..Allow::default() });
            let event = event(&mut random, &source, &fields, &condition, Allow::default());
            held += usize::from(huntc::eval::matches(&condition, &event, &['\\', '/']));
            for (test, _) in condition.tests() {
                kinds.insert(format!("{test:?}").split([' ', '{']).next().unwrap_or_default().to_owned());
            }
        }
        (held, kinds)
    };
    let (held, kinds) = run(1);
    assert!((400..1600).contains(&held), "{held} of 2000");
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    assert_eq!(run(1).0, held);
    assert_ne!(run(2).0, held);
}
