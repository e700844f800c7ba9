//! The reference evaluator against the page of semantics, rule by rule (S1 to S5).

use std::collections::BTreeMap;
use std::sync::Arc;

use huntc::diag::Span;
use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{
    Case, Condition, Exception, IpBlock, Kind, LikeForm, LikePattern, Number, Order, Presence, Selection, SharedRegex, Test,
    TextOperator, Uuid,
};
use huntc::schema::{Field, FieldType, HashAlgorithm, LogSourceId};

const WINDOWS: &[char] = &['\\', '/'];
const UNIX: &[char] = &['/'];

fn field(name: &str, kind: &str) -> Field {
    Field { name: name.into(), kind: FieldType::parse(kind).unwrap() }
}

fn event(fields: &[(&str, Value)]) -> Event {
    Event {
        source: LogSourceId("windows/process_creation".into()),
        time: None,
        fields: fields.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect(),
        raw: None,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn holds(test: Test, event: &Event) -> bool {
    eval::matches(&Condition::test(test, Span::default()), event, WINDOWS)
}

fn not(condition: Condition) -> Condition {
    Condition::new(Kind::Not(Box::new(condition)), Span::default())
}

fn condition(test: Test) -> Condition {
    Condition::test(test, Span::default())
}

fn compare(operator: TextOperator, literal: &str, case: Case) -> Test {
    Test::Text { field: field("F", "string"), operator, values: vec![literal.to_owned()], case }
}

fn folded(operator: TextOperator, literal: &str, value: &str) -> bool {
    holds(compare(operator, literal, Case::Folded), &event(&[("F", text(value))]))
}

fn number(kind: &str, order: Order, literal: Number) -> Test {
    Test::Number { field: field("F", kind), order, values: vec![literal] }
}

fn equals_integer(kind: &str, literal: i64, value: Value) -> bool {
    holds(number(kind, Order::Equal, Number::Integer(literal)), &event(&[("F", value)]))
}

#[test]
fn s1_3_text_in_a_number_field_is_read_as_canonical_decimal() {
    for (value, expected) in
        [("445", true), ("0445", false), ("+445", false), (" 445", false), ("445.0", false), ("0x1bd", false)]
    {
        assert_eq!(equals_integer("integer", 445, text(value)), expected, "`{value}`");
    }
    assert!(equals_integer("integer", -12, text("-12")));
    assert!(equals_integer("integer", 0, text("0")));
    assert!(!equals_integer("integer", 0, text("-0")));
    assert!(equals_integer("integer", 445, Value::Integer(445)));
    assert!(equals_integer("integer", 445, Value::Float(445.0)), "a zero fraction is an integer");
    assert!(!equals_integer("integer", 445, Value::Float(445.5)));
    assert!(!equals_integer("integer", 1, Value::Boolean(true)));
}

#[test]
fn s1_3_hex_is_read_by_hex_integers_only() {
    assert!(equals_integer("hex integer", 0x3e7, text("0x3e7")));
    assert!(equals_integer("hex integer", 0x3e7, text("0x000003E7")));
    assert!(equals_integer("hex integer", 0x3e7, text("999")));
    assert!(!equals_integer("hex integer", 0x3e7, text("3e7")));
    assert!(!equals_integer("hex integer", 0, text("0x")));
    assert!(!equals_integer("hex integer", 5, text("0x+5")));
    assert!(!equals_integer("integer", 0x3e7, text("0x3e7")));
}

#[test]
fn s1_3_what_cannot_be_read_is_absent_and_counted() {
    let unread = event(&[("F", text("n/a"))]);
    let exists = Test::Presence { field: field("F", "integer"), state: Presence::Exists };
    assert!(!holds(exists.clone(), &unread));
    assert_eq!(eval::unreadable(&condition(exists.clone()), &unread), [&field("F", "integer")]);
    assert!(eval::unreadable(&condition(exists), &event(&[("F", text("5"))])).is_empty());
    assert!(holds(Test::Presence { field: field("F", "string"), state: Presence::Exists }, &unread));
}

#[test]
fn s1_3_numbers_and_booleans_in_a_text_field_are_their_json_text() {
    let equal =
        |literal: &str, value: Value| holds(compare(TextOperator::Equals, literal, Case::Folded), &event(&[("F", value)]));
    assert!(equal("7", Value::Integer(7)));
    assert!(equal("7.0", Value::Float(7.0)));
    assert!(!equal("7", Value::Float(7.0)));
    assert!(equal("true", Value::Boolean(true)));
    assert!(equal("1e300", Value::Float(1e300)) || equal("1e+300", Value::Float(1e300)));
}

#[test]
fn s1_3_booleans_and_floats_from_text() {
    let boolean = |value: Value| holds(Test::Boolean { field: field("F", "boolean"), value: true }, &event(&[("F", value)]));
    assert!(boolean(Value::Boolean(true)) && boolean(text("true")) && boolean(text("True")));
    assert!(!boolean(text("1")) && !boolean(Value::Integer(1)) && !boolean(text("yes")));
    let float = |value: Value| holds(number("float", Order::Equal, Number::Float(0.5)), &event(&[("F", value)]));
    assert!(float(text("0.5")) && float(text("5e-1")) && float(Value::Float(0.5)));
    assert!(!float(text(".5")) && !float(text("+0.5")) && !float(text("00.5")) && !float(text("nan")));
}

#[test]
fn s1_3_the_empty_string_is_a_value() {
    let state = |state, event: &Event| holds(Test::Presence { field: field("F", "string"), state }, event);
    let (absent, empty, full) = (event(&[]), event(&[("F", text(""))]), event(&[("F", text("x"))]));
    let table = [
        (Presence::Exists, [false, true, true]),
        (Presence::IsNull, [true, false, false]),
        (Presence::IsEmpty, [true, true, false]),
        (Presence::IsPresent, [false, false, true]),
    ];
    for (asked, expected) in table {
        assert_eq!([&absent, &empty, &full].map(|event| state(asked, event)), expected, "{asked:?}");
    }
}

#[test]
fn s1_4_one_element_of_a_list_is_enough() {
    let list = event(&[("F", Value::List(vec![text("x"), text("foo")]))]);
    let equal = |literal: &str| condition(compare(TextOperator::Equals, literal, Case::Folded));
    assert!(eval::matches(&equal("foo"), &list, WINDOWS));
    // `not` is outside: no element does.
    assert!(!eval::matches(&not(equal("foo")), &list, WINDOWS));
    assert!(eval::matches(&not(equal("y")), &list, WINDOWS));
    // Different elements may satisfy the parts of `all`.
    let both = Condition::new(Kind::All(vec![equal("x"), equal("foo")]), Span::default());
    assert!(eval::matches(&both, &list, WINDOWS));
    // `is empty` and `is present` stay each other's opposite.
    let mixed = event(&[("F", Value::List(vec![text(""), text("a")]))]);
    assert!(holds(Test::Presence { field: field("F", "string"), state: Presence::IsPresent }, &mixed));
    assert!(!holds(Test::Presence { field: field("F", "string"), state: Presence::IsEmpty }, &mixed));
    assert!(holds(
        Test::Presence { field: field("F", "string"), state: Presence::IsNull },
        &event(&[("F", Value::List(vec![]))])
    ));
}

#[test]
fn s1_4_some_binds_one_element() {
    let object = |pairs: &[(&str, &str)]| {
        Value::Object(pairs.iter().map(|(name, value)| (Arc::from(*name), text(value))).collect::<BTreeMap<_, _>>())
    };
    let inner = |name: &str, value: &str| {
        condition(Test::Text {
            field: field(name, "string"),
            operator: TextOperator::Equals,
            values: vec![value.to_owned()],
            case: Case::Folded,
        })
    };
    let some = |name: &str| {
        let both = vec![inner("displayName", "Role"), inner("newValue", "Admin")];
        Test::Some { field: field(name, "list of object"), condition: Box::new(Condition::new(Kind::All(both), Span::default())) }
    };
    let one = object(&[("displayName", "Role"), ("newValue", "Admin")]);
    let (left, right) = (object(&[("displayName", "Role")]), object(&[("newValue", "Admin")]));
    assert!(holds(some("P"), &event(&[("P", Value::List(vec![left.clone(), one.clone()]))])));
    assert!(!holds(some("P"), &event(&[("P", Value::List(vec![left, right]))])), "two elements are not one");
    assert!(!holds(some("P"), &event(&[])));
    // Along dots, through objects and lists.
    let target = Value::Object([(Arc::from("modifiedProperties"), Value::List(vec![one]))].into());
    assert!(holds(some("TargetResources.modifiedProperties"), &event(&[("TargetResources", Value::List(vec![target]))])));
}

#[test]
fn s2_1_a_comparison_on_an_absent_field_is_false_and_not_is_its_complement() {
    let absent = event(&[("G", text("x"))]);
    let tests = [
        compare(TextOperator::Equals, "x", Case::Folded),
        compare(TextOperator::Contains, "", Case::Folded),
        number("integer", Order::Less, Number::Integer(5)),
        Test::Boolean { field: field("F", "boolean"), value: false },
        Test::Address { field: field("F", "ip"), blocks: vec![IpBlock { network: "0.0.0.0".parse().unwrap(), prefix: 0 }] },
        Test::Regex { field: field("F", "string"), patterns: vec![SharedRegex::parse("", "").unwrap()] },
        Test::Fields {
            left: field("F", "string"),
            operator: TextOperator::Equals,
            right: field("F", "string"),
            case: Case::Folded,
        },
        Test::Fields {
            left: field("G", "string"),
            operator: TextOperator::Contains,
            right: field("F", "string"),
            case: Case::Folded,
        },
    ];
    for test in tests {
        assert!(!eval::matches(&condition(test.clone()), &absent, WINDOWS), "{test:?}");
        assert!(eval::matches(&not(condition(test)), &absent, WINDOWS));
    }
}

#[test]
fn s2_3_a_selection_is_of_one_log_source_and_exceptions_take_events_out() {
    let exception = |literal: &str| Exception {
        name: "clean_up".into(),
        reason: "clean-up".into(),
        site: None,
        expires: None,
        condition: condition(compare(TextOperator::Contains, literal, Case::Folded)),
        span: Span::default(),
    };
    let selection = Selection {
        source: LogSourceId("windows/process_creation".into()),
        separators: WINDOWS,
        name: "r".into(),
        id: Uuid::nil(),
        condition: condition(compare(TextOperator::StartsWith, "a", Case::Folded)),
        exceptions: vec![exception("b"), exception("c")],
        output: Vec::new(),
    };
    assert!(eval::selects(&selection, &event(&[("F", text("a"))])));
    assert!(!eval::selects(&selection, &event(&[("F", text("ac"))])));
    assert!(!eval::selects(&selection, &event(&[("F", text("x"))])));
    let elsewhere = Event { source: LogSourceId("windows/file_event".into()), ..event(&[("F", text("a"))]) };
    assert!(!eval::selects(&selection, &elsewhere));
}

#[test]
fn s3_1_folding() {
    use TextOperator::{Contains, Equals};
    assert!(folded(Equals, "ABC", "abc"));
    assert!(!holds(compare(Equals, "ABC", Case::Exact), &event(&[("F", text("abc"))])));
    // A literal with letters beyond ASCII lower-cases both sides.
    assert!(folded(Equals, "école", "ÉCOLE"));
    assert!(folded(Contains, "ÉC", "l'école"));
    assert!(!holds(compare(Contains, "ÉC", Case::Exact), &event(&[("F", text("l'école"))])));
    assert!(!folded(Equals, "Σ", "ς"), "lower-casing looks at one character at a time");
    // Without such letters only A–Z fold: `ſ` and the Kelvin sign stay apart from s and k.
    assert!(!folded(Equals, "s", "ſ"));
    assert!(!folded(Equals, "k", "\u{212A}"));
    // A dash is no letter.
    assert!(!folded(Equals, "–k", "–\u{212A}"));
}

#[test]
fn s3_2_empty_text_is_in_every_present_value() {
    for operator in [TextOperator::Contains, TextOperator::StartsWith, TextOperator::EndsWith] {
        assert!(folded(operator, "", "x") && folded(operator, "", ""));
    }
    assert!(!folded(TextOperator::Equals, "", "x") && folded(TextOperator::Equals, "", ""));
}

fn like(pattern: &str, value: &str, case: Case) -> bool {
    match LikePattern::parse(pattern).unwrap() {
        LikeForm::Literal { operator, value: literal } => holds(compare(operator, &literal, case), &event(&[("F", text(value))])),
        LikeForm::Pattern(pattern) => {
            holds(Test::Like { field: field("F", "string"), patterns: vec![pattern], case }, &event(&[("F", text(value))]))
        }
    }
}

#[test]
fn s3_3_like() {
    let table = [
        ("a*b?c", "axxb1c", true),
        ("a*b?c", "abbc", true),
        ("a*b?c", "axxb1cx", false),
        ("a*b?c", "xaxxb1c", false),
        ("a*c", "a\n\nc", true),
        ("a?c", "a\nc", true),
        ("a?c", "aéc", true),
        ("a?c", "ac", false),
        ("a*b*c", "abcbc", true),
        ("a*bc*d", "abxcd", false),
        ("A*B", "a1b", true),
        (r"*\AppData\*\x.exe", r"C:\Users\u\AppData\Local\x.exe", true),
        (r"*\AppData\*\x.exe", r"C:\Users\u\AppData\x.exe", false),
        ("a[*]*b?", "a*zbq", true),
        ("a[*]*b?", "azbq", false),
        ("[a]?", "[a]x", true),
        ("?*", "", false),
        ("?*?", "ab", true),
        ("É*?", "éx", true),
    ];
    for (pattern, value, expected) in table {
        assert_eq!(like(pattern, value, Case::Folded), expected, "`{pattern}` on `{value}`");
    }
    assert!(!like("A*B?", "a1b2", Case::Exact));
}

/// The second road to `like`: a definition by recursion over both texts.
#[test]
fn s3_3_like_agrees_with_its_definition() {
    fn defined(pattern: &[char], value: &[char]) -> bool {
        match (pattern.first(), value.first()) {
            (None, None) => true,
            (Some('*'), _) => defined(&pattern[1..], value) || (!value.is_empty() && defined(pattern, &value[1..])),
            (Some('?'), Some(_)) => defined(&pattern[1..], &value[1..]),
            (Some(one), Some(other)) if one == other => defined(&pattern[1..], &value[1..]),
            _ => false,
        }
    }
    let texts = |letters: &str, longest: usize| {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let end = all.len();
            for at in from..end {
                for letter in letters.chars() {
                    let longer = format!("{}{letter}", all[at]);
                    all.push(longer);
                }
            }
            from = end;
        }
        all
    };
    let values = texts("ab", 5);
    for pattern in texts("ab*?", 4) {
        for value in &values {
            let expected = defined(&pattern.chars().collect::<Vec<_>>(), &value.chars().collect::<Vec<_>>());
            assert_eq!(like(&pattern, value, Case::Exact), expected, "`{pattern}` on `{value}`");
        }
    }
}

fn finds(pattern: &str, flags: &str, value: &str) -> bool {
    let regex = SharedRegex::parse(pattern, flags).unwrap_or_else(|error| panic!("`{pattern}`: {error:?}"));
    holds(Test::Regex { field: field("F", "string"), patterns: vec![regex] }, &event(&[("F", text(value))]))
}

#[test]
fn s3_4_matches() {
    let table = [
        ("foo", "", "xfoox", true),
        ("foo", "", "FOO", false),
        ("foo", "i", "FOO", true),
        ("^foo$", "", "foo", true),
        ("^foo$", "", "a\nfoo", false),
        ("^foo$", "", "foo\n", false),
        ("^foo$", "m", "a\nfoo\nb", true),
        ("a.foo", "", "a\nfoo", false),
        ("a.foo", "s", "a\nfoo", true),
        ("a.foo", "", "a\rfoo", true),
        (r"^\d+$", "", "123", true),
        (r"^\d+$", "", "١٢٣", false),
        (r"^\w+$", "", "aé", false),
        (r"^\W$", "", "é", true),
        (r"^\s$", "", "\u{0B}", true),
        (r"^\s$", "", "\u{A0}", false),
        (r"\bfoo\b", "", "éfooé", true),
        (r"\bfoo\b", "", "xfoo", false),
        (r"\Boo", "", "foo", true),
        (r"é\Bé", "", "éé", true),
        ("[^a]", "i", "A", false),
        ("[^a]", "i", "b", true),
        ("[A-C]", "i", "b", true),
        ("k", "i", "\u{212A}", false),
        ("é", "i", "É", false),
        (r"[^\W]", "", "_", true),
        (r"[\D]", "", "5", false),
        (r"[^\d\D]", "", "5", false),
        ("a{2,3}", "", "xaax", true),
        ("^(a|b)*?c$", "", "ababc", true),
        ("^(?:ab|c){2}$", "", "abc", true),
        ("^a{0}$", "", "", true),
        (r"\.\/\\", "", r"./\", true),
        ("", "", "", true),
        ("a||b", "", "x", true),
    ];
    for (pattern, flags, value, expected) in table {
        assert_eq!(finds(pattern, flags, value), expected, "/{pattern}/{flags} on {value:?}");
    }
}

#[test]
fn s3_4_the_largest_expressions_compile() {
    assert!(finds(&"[^é]".repeat(4999), "i", &"x".repeat(5000)));
    assert!(finds(r"^([^é\d]{100}){99}$", "i", &"x".repeat(9900)));
    assert!(finds(&format!("^{}$", r"(\W{0,1000}){4}"), "s", ""));
}

#[test]
fn s3_6_anywhere_looks_into_every_value_and_the_raw_record() {
    let anywhere = |literal: &str| Test::Anywhere { values: vec![literal.to_owned()], case: Case::Folded };
    let nested = Value::Object([(Arc::from("deep"), Value::List(vec![text("A needle here"), Value::Integer(4624)]))].into());
    let mut found = event(&[("Undeclared", nested)]);
    assert!(holds(anywhere("NEEDLE"), &found));
    assert!(holds(anywhere("62"), &found), "parts of terms, and numbers as their text");
    assert!(!holds(anywhere("deep"), &found), "names are not values");
    assert!(!holds(anywhere("raw"), &found));
    found.raw = Some(r#"{"x":"Raw"}"#.to_owned());
    assert!(holds(anywhere("raw"), &found));
}

#[test]
fn s3_7_named_is_the_last_component() {
    let named = |value: &str, separators: &[char]| {
        eval::matches(
            &condition(compare(TextOperator::Named, "cmd.exe", Case::Folded)),
            &event(&[("F", text(value))]),
            separators,
        )
    };
    for (value, windows, unix) in [
        (r"C:\Windows\CMD.EXE", true, false),
        ("C:/Windows/cmd.exe", true, true),
        ("cmd.exe", true, true),
        (r"C:\xcmd.exe", false, false),
        (r"C:\cmd.exe\", false, false),
        (r"C:\cmd.exe ", false, false),
        ("", false, false),
    ] {
        assert_eq!((named(value, WINDOWS), named(value, UNIX)), (windows, unix), "`{value}`");
    }
}

#[test]
fn s4_1_numbers_compare_as_numbers() {
    let test = |order, literal, value| holds(number("integer", order, Number::Integer(literal)), &event(&[("F", value)]));
    assert!(test(Order::Less, 10, text("9")) && !test(Order::Less, 10, text("10")));
    assert!(test(Order::LessOrEqual, 10, text("10")) && test(Order::GreaterOrEqual, 10, Value::Integer(10)));
    assert!(test(Order::Greater, 9, text("10")) && !test(Order::Greater, 10, text("10")));
    // Beyond the digits of a floating-point number.
    assert!(!test(Order::Equal, 9_007_199_254_740_993, text("9007199254740992")));
    let float = |order, literal, value| holds(number("float", order, Number::Float(literal)), &event(&[("F", value)]));
    assert!(float(Order::Greater, 0.5, Value::Integer(1)) && float(Order::Less, -0.5, Value::Integer(-1)));
}

#[test]
fn s4_2_addresses() {
    let lies_in = |value: &str, network: &str, prefix: u8| {
        let blocks = vec![IpBlock { network: network.parse().unwrap(), prefix }];
        holds(Test::Address { field: field("F", "ip"), blocks }, &event(&[("F", text(value))]))
    };
    for (value, network, prefix, expected) in [
        ("0:0:0:0:0:0:0:1", "::1", 128, true),
        ("::2", "::1", 128, false),
        ("10.1.2.3", "10.0.0.0", 8, true),
        ("11.0.0.0", "10.0.0.0", 8, false),
        ("9.255.255.255", "10.0.0.0", 8, false),
        ("::ffff:10.1.2.3", "10.0.0.0", 8, true),
        ("::ffff:a01:203", "10.1.2.3", 32, true),
        ("10.1.2.3", "::ffff:10.0.0.0", 104, true),
        ("10.1.2.3", "::", 0, false),
        ("::1", "0.0.0.0", 0, false),
        ("1.2.3.4", "0.0.0.0", 0, true),
        ("fe80::1", "fe80::", 10, true),
        ("fec0::1", "fe80::", 10, false),
        ("2001:db8::1", "::", 0, true),
        ("-", "0.0.0.0", 0, false),
        ("", "0.0.0.0", 0, false),
        ("010.1.2.3", "10.0.0.0", 8, false),
        ("10.1.2", "10.0.0.0", 8, false),
    ] {
        assert_eq!(lies_in(value, network, prefix), expected, "{value} in {network}/{prefix}");
    }
}

#[test]
fn s4_3_hashes_by_algorithm_from_their_own_field_or_the_text_of_all() {
    let digest = "ab".repeat(32);
    let hash =
        || Test::Hash { field: field("sha256", "hash sha256"), algorithm: HashAlgorithm::Sha256, values: vec![digest.clone()] };
    let upper = digest.to_uppercase();
    assert!(holds(hash(), &event(&[("sha256", text(&upper))])));
    assert!(holds(hash(), &event(&[("Hashes", text(&format!("MD5={},SHA256={upper},IMPHASH=0", "0".repeat(32))))])));
    assert!(!holds(hash(), &event(&[("Hashes", text(&format!("XSHA256={upper}")))])));
    assert!(!holds(hash(), &event(&[("Hashes", text(&format!("SHA1={upper}")))])));
    assert!(!holds(hash(), &event(&[])));
    // A record's own column counts before the text.
    let both = event(&[("sha256", text("00")), ("Hashes", text(&format!("SHA256={upper}")))]);
    assert!(!holds(hash(), &both));
    // Presence sees the same value as the comparison.
    let exists = Test::Presence { field: field("sha256", "hash sha256"), state: Presence::Exists };
    assert!(holds(exists.clone(), &event(&[("Hashes", text(&format!("SHA256={upper}")))])));
    assert!(!holds(exists, &event(&[("Hashes", text("MD5=00"))])));
}

#[test]
fn two_fields_of_one_event() {
    let test = |operator, case, kind: &str, left: Value, right: Value| {
        let test = Test::Fields { left: field("F", kind), operator, right: field("G", kind), case };
        holds(test, &event(&[("F", left), ("G", right)]))
    };
    use TextOperator::{Contains, EndsWith, Equals, StartsWith};
    assert!(test(Equals, Case::Folded, "string", text("foo"), text("FOO")));
    assert!(!test(Equals, Case::Exact, "string", text("foo"), text("FOO")));
    assert!(test(Contains, Case::Folded, "string", text("xFOOx"), text("foo")));
    assert!(!test(Contains, Case::Folded, "string", text("foo"), text("xfoo")));
    assert!(test(StartsWith, Case::Folded, "string", text("foobar"), text("foo")));
    assert!(test(EndsWith, Case::Folded, "string", text("foobar"), text("BAR")));
    assert!(test(Equals, Case::Folded, "ip", text("::1"), text("0:0:0:0:0:0:0:1")));
    assert!(test(Equals, Case::Folded, "integer", text("5"), Value::Integer(5)));
    assert!(test(Equals, Case::Folded, "string", Value::List(vec![text("a"), text("b")]), text("b")));
}

#[test]
fn s5_1_time_of_day_and_weekday() {
    // 2026-11-24 was a Tuesday; 18:59:59.999 and 19:00 UTC.
    let at = |hour: i64, minute: i64, millisecond: i64| Event {
        time: Some(1_795_478_400_000 + (hour * 60 + minute) * 60_000 + millisecond),
        ..event(&[])
    };
    let night = |offset| Test::TimeOfDay { start: 19 * 60, end: 7 * 60, offset };
    assert!(!holds(night(0), &at(18, 59, 59_999)));
    assert!(holds(night(0), &at(19, 0, 0)) && holds(night(0), &at(6, 59, 59_999)) && !holds(night(0), &at(7, 0, 0)));
    assert!(holds(night(120), &at(17, 0, 0)) && !holds(night(120), &at(5, 0, 0)));
    let day = Test::TimeOfDay { start: 9 * 60, end: 17 * 60, offset: 0 };
    assert!(holds(day.clone(), &at(9, 0, 0)) && !holds(day, &at(17, 0, 0)));
    let weekday = |day: u8, offset| Test::Weekday { days: vec![day], offset };
    assert!(holds(weekday(1, 0), &at(12, 0, 0)), "Tuesday");
    assert!(holds(weekday(2, 120), &at(23, 0, 0)), "Wednesday two hours to the east");
    assert!(holds(weekday(0, -120), &at(1, 0, 0)), "Monday two hours to the west");
    assert!(holds(weekday(2, 0), &Event { time: Some(-1), ..event(&[]) }), "the day before the epoch was a Wednesday");
    assert!(!holds(night(0), &event(&[])) && !holds(weekday(1, 0), &event(&[])), "without a time, false");
}
