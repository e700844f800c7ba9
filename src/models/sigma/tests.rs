use std::borrow::Cow;

use super::{Answer, LogSource, Record, Rule, Value};

fn rule(detection: &str) -> String {
    let detection: String = detection.lines().map(|line| format!("    {line}\n")).collect();
    format!("title: T\nid: i\nlogsource:\n    category: c\n    product: p\ndetection:\n{detection}level: low\n")
}

fn record<'a>(fields: &[(&'a str, Value<'a>)]) -> Record<'a> {
    let log_source = LogSource { category: Some("c".to_owned()), product: Some("p".to_owned()), service: None };
    Record { log_source, fields: fields.to_vec(), raw: None }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn answer(detection: &str, fields: &[(&str, Value<'_>)]) -> Answer {
    Rule::read(&rule(detection), &[]).unwrap_or_else(|problem| panic!("{problem}\n{detection}")).selects(&record(fields))
}

fn refused(detection: &str) -> String {
    Rule::read(&rule(detection), &[]).expect_err(detection).message
}

/// One item on the field `F`.
fn item(key: &str, value: &str, found: &str) -> Answer {
    answer(&format!("s:\n    {key}: {value}\ncondition: s"), &[("F", text(found))])
}

/// RS "Escaping": its table of examples, and what follows from it.
#[test]
fn wildcards_and_escapes_of_the_specification() {
    for (value, yes, no) in [
        (r"'C:\Windows\cmd.exe'", r"c:\windows\CMD.EXE", r"C:\\Windows\cmd.exe"),
        (r"'C:\\Windows'", r"C:\Windows", r"C:\\Windows"),
        (r"'a\*b'", "a*b", "axb"),
        (r"'a\\*b'", r"a\xxb", "a*b"),
        (r"'a\\\*b'", r"a\*b", r"a\xb"),
        (r"'\\\\server'", r"\\server", r"\server"),
        ("'a*c'", "abbbc", "abbbcd"),
        ("'a?c'", "abc", "ac"),
        ("'*b*'", "abc", "ac"),
        ("''", "", "x"),
    ] {
        assert_eq!(item("F", value, yes), Answer::Yes, "{value} {yes}");
        assert_eq!(item("F", value, no), Answer::No, "{value} {no}");
    }
    assert!(refused("s:\n    F|contains: 'a\\'\ncondition: s").contains("lone backslash"));
    assert_eq!(item("F|endswith", r"'\a\'", r"x\a\"), Answer::Yes);
}

#[test]
fn modifiers_of_the_specification() {
    for (key, value, yes, no) in [
        ("F|contains", "b", "aBc", "ac"),
        ("F|startswith", "a", "Abc", "ba"),
        ("F|endswith", "a", "bA", "ab"),
        ("F|contains|cased", "B", "aBc", "abc"),
        ("F|contains|all", "[a, b]", "bxa", "a"),
        ("F|contains", "[a, b]", "b", "c"),
        ("F|re", "'^a.c$'", "abc", "ABC"),
        ("F|re|i", "'[a-c]x'", "BX", "dx"),
        ("F|re|m", "'^b$'", "a\nb\nc", "ab"),
        ("F|re|s", "'a.b'", "a\nb", "ab"),
        ("F|re", "'a.b'", "a-b", "a\nb"),
        ("F|cidr", "10.0.0.0/8", "10.1.2.3", "11.0.0.0"),
        ("F|cidr", "'fe80::/10'", "fe80::1", "10.0.0.1"),
        ("F|lt", "5", "4", "5"),
        ("F|gte", "5", "5", "x"),
        ("F", "5", "5", "50"),
        ("F|exists", "true", "", ""),
    ] {
        assert_eq!(item(key, value, yes), Answer::Yes, "{key} {value} {yes}");
        assert!(key.contains("exists") || item(key, value, no) == Answer::No, "{key} {value} {no}");
    }
    assert_eq!(answer("s:\n    F|exists: false\ncondition: s", &[]), Answer::Yes);
    assert_eq!(answer("s:\n    F: null\ncondition: s", &[]), Answer::Yes);
    assert_eq!(item("F", "null", ""), Answer::No);
    let pair = |left: &'static str, right: &'static str| [("F", text(left)), ("G", text(right))];
    assert_eq!(answer("s:\n    F|fieldref: G\ncondition: s", &pair("a", "A")), Answer::Yes);
    assert_eq!(answer("s:\n    F|fieldref|endswith: G\ncondition: s", &pair("xa*", "a*")), Answer::Yes);
    assert_eq!(answer("s:\n    F|fieldref|endswith: G\ncondition: s", &pair("xab", "a*")), Answer::No);
}

#[test]
fn what_is_not_said_is_open() {
    assert_eq!(item("F", "É", "é"), Answer::Open("whether letters beyond ASCII are compared without their case"));
    assert_eq!(item("F|re|i", "É", "é"), Answer::Open("whether letters beyond ASCII are compared without their case"));
    assert_eq!(item("F", "é", "é"), Answer::Yes);
    assert!(matches!(item("F", "5", "05"), Answer::Open(_)));
    // What is false without it is false.
    assert_eq!(answer("s:\n    F: É\n    G: x\ncondition: s", &[("F", text("é"))]), Answer::No);
}

#[test]
fn conditions_of_the_specification() {
    let searches = "a_1:\n    F: 1\na_2:\n    F: 2\n_b:\n    G: 1\n";
    let holds = |condition: &str, f: &'static str, g: &'static str| {
        answer(&format!("{searches}condition: {condition}"), &[("F", text(f)), ("G", text(g))])
    };
    for (condition, f, g, expected) in [
        ("a_1 or a_2 and _b", "1", "0", true),
        ("(a_1 or a_2) and _b", "1", "0", false),
        ("not a_1 and _b", "2", "1", true),
        ("not (a_1 and _b)", "1", "0", true),
        ("not not a_1", "1", "0", true),
        ("1 of a_*", "2", "0", true),
        ("all of a_*", "2", "0", false),
        ("1 of them", "0", "1", false),
        ("1 of *", "0", "1", true),
        ("not 1 of a_* and _b", "0", "1", true),
        ("[a_1, _b]", "0", "1", true),
    ] {
        assert_eq!(holds(condition, f, g), Answer::of(expected), "{condition} {f} {g}");
    }
}

#[test]
fn keywords_lists_and_log_sources() {
    let words = "k:\n    - evil\n    - 'a*d'\ncondition: k";
    assert_eq!(answer(words, &[("X", text("an EVIL text"))]), Answer::Yes);
    assert_eq!(answer(words, &[("X", Value::List(vec![text("no"), text("xabcdx")]))]), Answer::Yes);
    assert_eq!(answer(words, &[("X", text("none"))]), Answer::No);
    let maps = "s:\n    - F: a\n      G: b\n    - F: c\ncondition: s";
    assert_eq!(answer(maps, &[("F", text("a"))]), Answer::No);
    assert_eq!(answer(maps, &[("F", text("c"))]), Answer::Yes);
    let read = Rule::read(&rule("s:\n    F: a\ncondition: s"), &[]).unwrap();
    let mut other = record(&[("F", text("a"))]);
    assert_eq!(read.selects(&other), Answer::Yes);
    other.log_source.category = Some("d".to_owned());
    assert_eq!(read.selects(&other), Answer::No);
}

#[test]
fn filters_say_what_stays() {
    let filter =
        "title: T\nlogsource:\n    product: p\nfilter:\n    rules:\n        - i\n    s:\n        G: x\n    condition: not s\n";
    let read = Rule::read(&rule("s:\n    F: a\ncondition: s"), &[filter]).unwrap();
    assert_eq!(read.selects(&record(&[("F", text("a"))])), Answer::Yes);
    assert_eq!(read.selects(&record(&[("F", text("a")), ("G", text("x"))])), Answer::No);
    assert!(Rule::read(&rule("s:\n    F: a\ncondition: s"), &[&filter.replace("- i", "- j")]).is_err());
}

#[test]
fn what_is_unknown_is_refused() {
    for (detection, expected) in [
        ("s:\n    F|expand: '%x%'\ncondition: s", "the modifier `expand`"),
        ("s:\n    F|windash: a\ncondition: s", "the modifier `windash`"),
        ("s:\n    F|hour: 1\ncondition: s", "the modifier `hour`"),
        ("s:\n    F|i: a\ncondition: s", "without `re`"),
        ("s:\n    F|all: a\ncondition: s", "single value"),
        ("s:\n    F|contains: 5\ncondition: s", "not modelled"),
        ("s:\n    F: true\ncondition: s", "not modelled"),
        ("s:\n    F|re|contains: a\ncondition: s", "do not go together"),
        ("s:\n    F|re: '\\d'\ncondition: s", "not among the metacharacters"),
        ("s:\n    F|re: '(?:a)'\ncondition: s", "another kind"),
        ("s:\n    F|re: 'a+?'\ncondition: s", "repetition of a repetition"),
        ("s:\n    F|re: '(a'\ncondition: s", "without a partner"),
        ("s:\n    F|cidr: 10.0.0.0/33\ncondition: s", "no network"),
        ("s:\n    F: a\n    F: b\ncondition: s", "no YAML"),
        ("s:\n    F: a\ncondition: s and", "ends too early"),
        ("s:\n    F: a\ncondition: (s", "parenthesis"),
        ("s:\n    F: a\ncondition: s)", "not expected"),
        ("s:\n    F: a\ncondition: t", "no search"),
        ("s:\n    F: a\ncondition: 1 of t*", "finds no search"),
        ("s:\n    F: a\ncondition: s | count() > 5", "not expected"),
        ("s:\n    F: a\ntimeframe: 5m\ncondition: s", "timeframe"),
    ] {
        let found = refused(detection);
        assert!(found.contains(expected), "{detection}: {found}");
    }
    let whole = rule("s:\n    F: a\ncondition: s");
    for text in [whole.replace("level", "levels"), whole.replace("    category: c\n    product: p\n", "    x: y\n")] {
        assert!(Rule::read(&text, &[]).is_err(), "{text}");
    }
}
