//! SPL: what is emitted, operator by operator, and every trap that other converters fall into.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use huntc::backends::splunk::Splunk;
use huntc::backends::{AttachmentKind, Backend, Query, Request};
use huntc::diag::{SourceId, Span};
use huntc::envelope::splunk::{App, SplunkRule, saved_search};
use huntc::ir::{
    Assumption, Body, Case, Condition, Direction, Entity, EntityKind, Exception, HuntInfo, IpBlock, Kind, Level, LikeForm,
    LikePattern, Loss, Meta, Number, Order, Presence, Risk, Rule, Schedule, Selection, SharedRegex, Suppress, Technique, Test,
    TextOperator, Uuid,
};
use huntc::schema::mapping::{self, Profile};
use huntc::schema::{Field, FieldType, HashAlgorithm, Layout, LogSourceId, catalogue};

use crate::shared;

/// A rule without anything that a query would take from it.
pub fn rule() -> Rule {
    Rule {
        id: Uuid::from_u128(1),
        hunt: HuntInfo {
            name: "wannacry_worm".into(),
            title: "WannaCry: worm".into(),
            authors: Vec::new(),
            created: None,
            modified: None,
            status: None,
            tlp: None,
            references: Vec::new(),
            hypothesis: String::new(),
            attack: Vec::new(),
            tags: Vec::new(),
            imported: None,
        },
        name: "rule".into(),
        meta: Meta {
            title: "Shadow copies deleted".into(),
            level: Level::High,
            techniques: Vec::new(),
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body: Body::Select(Vec::new()),
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: Span::default(),
    }
}

const PROCESS: &str = "windows/process_creation";

fn field_of(source: &str, name: &str) -> Field {
    catalogue::find(source).unwrap().field(name).unwrap_or_else(|| panic!("{source} has no {name}")).clone()
}

fn field(name: &str) -> Field {
    field_of(PROCESS, name)
}

/// A clause on a line of its own.
fn on(line: usize, test: Test) -> Condition {
    Condition::test(test, Span::new(SourceId(0), line * 100, line * 100 + 50))
}

fn test(test: Test) -> Condition {
    on(1, test)
}

fn all(parts: Vec<Condition>) -> Condition {
    Condition::new(Kind::All(parts), Span::default())
}

fn any(parts: Vec<Condition>) -> Condition {
    Condition::new(Kind::Any(parts), Span::new(SourceId(0), 900, 950))
}

fn not(part: Condition) -> Condition {
    let span = part.span;
    Condition::new(Kind::Not(Box::new(part)), span)
}

fn text_of(field: Field, operator: TextOperator, values: &[&str], case: Case) -> Test {
    Test::Text { field, operator, values: values.iter().map(|value| (*value).to_owned()).collect(), case }
}

fn text(name: &str, operator: TextOperator, values: &[&str]) -> Test {
    text_of(field(name), operator, values, Case::Folded)
}

fn cased(name: &str, operator: TextOperator, values: &[&str]) -> Test {
    text_of(field(name), operator, values, Case::Exact)
}

fn like(name: &str, patterns: &[&str]) -> Test {
    let read = |pattern: &&str| match LikePattern::parse(pattern).unwrap() {
        LikeForm::Pattern(pattern) => pattern,
        LikeForm::Literal { .. } => panic!("`{pattern}` is a literal"),
    };
    Test::Like { field: field(name), patterns: patterns.iter().map(read).collect(), case: Case::Folded }
}

fn regex(name: &str, pattern: &str, flags: &str) -> Test {
    Test::Regex { field: field(name), patterns: vec![SharedRegex::parse(pattern, flags).unwrap()] }
}

fn number(source: &str, name: &str, order: Order, values: &[i64]) -> Test {
    Test::Number { field: field_of(source, name), order, values: values.iter().map(|value| Number::Integer(*value)).collect() }
}

fn address(source: &str, name: &str, blocks: &[(&str, u8)]) -> Test {
    let block = |(network, prefix): &(&str, u8)| IpBlock { network: network.parse().unwrap(), prefix: *prefix };
    Test::Address { field: field_of(source, name), blocks: blocks.iter().map(block).collect() }
}

fn selection(source: &str, condition: Condition) -> Selection {
    Selection {
        source: LogSourceId(source.into()),
        separators: catalogue::find(source).map_or(&['\\', '/'], |found| found.separators),
        name: "r".into(),
        id: Uuid::from_u128(1),
        condition,
        exceptions: Vec::new(),
        output: vec![field_of(source, "Computer")],
    }
}

fn layout(source: &str) -> std::sync::Arc<Layout> {
    mapping::layout(Profile::SplunkWindows, &LogSourceId(source.into())).unwrap()
}

fn compile(selection: &Selection) -> Result<Query, Vec<Loss>> {
    Splunk.compile(Request { rule: &rule(), selection, layout: Some(&layout(&selection.source.0)) })
}

/// The lines that the condition alone became: without scope, macro and table.
fn lines(query: &Query) -> String {
    let lines = query.text.lines().skip(1).filter(|line| !line.starts_with("| `") && !line.starts_with("| table"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn spl_on(source: &str, condition: Condition) -> String {
    lines(&compile(&selection(source, condition)).unwrap_or_else(|losses| panic!("{losses:#?}")))
}

fn spl(condition: Condition) -> String {
    spl_on(PROCESS, condition)
}

fn both(one: Test) -> String {
    spl(test(one.clone())) + &spl(not(test(one)))
}

const NETWORK: &str = "windows/network_connection";

fn shadow_copies() -> Selection {
    let named = |name: &str, values: &[&str]| text(name, TextOperator::Named, values);
    let condition = all(vec![
        any(vec![
            on(1, named("Image", &["vssadmin.exe", "wmic.exe"])),
            on(2, text("OriginalFileName", TextOperator::Equals, &["VSSADMIN.EXE", "wmic.exe"])),
        ]),
        on(3, text("CommandLine", TextOperator::Contains, &["delete"])),
        on(3, text("CommandLine", TextOperator::Contains, &["shadow"])),
        not(on(4, named("ParentImage", &["VeeamAgent.exe", "wbengine.exe"]))),
    ]);
    let output = ["Computer", "User", "ParentImage", "CommandLine"].into_iter().map(field).collect();
    Selection { name: "shadow_copies_deleted".into(), output, ..selection(PROCESS, condition) }
}

fn exception(reason: &str, condition: Condition) -> Exception {
    Exception { name: "e".into(), reason: reason.into(), site: None, expires: None, condition, span: Span::default() }
}

#[test]
fn a_whole_query_reads_as_the_hunt_does() {
    let selection = shadow_copies();
    // As where the catalogue says that these columns always hold a full path.
    let mut layout = (*layout(PROCESS)).clone();
    for name in ["Image", "ParentImage"] {
        layout.fields.get_mut(name).unwrap().full_path = true;
    }
    let query = Splunk.compile(Request { rule: &rule(), selection: &selection, layout: Some(&layout) }).unwrap();
    insta::assert_snapshot!(query.text);
    let macros: Vec<_> = query.attachments.iter().map(|each| (each.kind, each.name.as_str(), each.text.as_str())).collect();
    assert_eq!(macros[0].0, AttachmentKind::ScopeMacro);
    assert_eq!(macros[1], (AttachmentKind::FilterMacro, "wannacry_worm_shadow_copies_deleted_filter", "search *"));
    assert_eq!(query.assumes.iter().map(|each| each.name()).collect::<Vec<_>>(), ["full_path"]);
    let explained: Vec<String> = query
        .clauses
        .iter()
        .map(|clause| format!("{:?} {} [{}]", clause.span.map(|span| span.start), clause.text, clause.index))
        .collect();
    insta::assert_snapshot!(explained.join("\n"));
}

#[test]
fn text_operators() {
    use TextOperator::{Contains, EndsWith, Equals, Named, StartsWith};
    let mut out = String::new();
    for (operator, one, two) in [
        (Equals, "a.exe", "b"),
        (Contains, "a.exe", "b"),
        (StartsWith, "a.exe", "b"),
        (EndsWith, "a.exe", "b"),
        (Named, "a.exe", "b"),
    ] {
        out += &both(text("Image", operator, &[one]));
        out += &both(text("CurrentDirectory", operator, &[one, two]));
        out += &both(cased("Image", operator, &["A.exe"]));
        // What `search` cannot hold goes to `where`, with what it can say of it in front.
        out += &both(text("CommandLine", operator, &["a*b"]));
        out += "\n";
    }
    insta::assert_snapshot!(out);
}

#[test]
fn patterns_and_expressions() {
    let mut out = String::new();
    out += &both(like("CommandLine", &[r"C:\*\x?.exe"]));
    out += &both(like("CommandLine", &["a*b"]));
    out += &both(like("CommandLine", &["*a*b*", "?"]));
    out += &both(regex("CommandLine", r"-e(nc)?\s+[A-Za-z0-9+/=]{20,}", "i"));
    out += &both(regex("CommandLine", r"^cmd\.exe$", ""));
    out += &both(regex("CommandLine", r"^a.b$", "ms"));
    out += &both(regex("CommandLine", r"\bwhoami\b|\d \b\d", ""));
    out += &both(regex("CommandLine", r#"["'|`$\\]+[^\w-]"#, ""));
    out += &both(regex("CommandLine", r"école|k", "i"));
    insta::assert_snapshot!(out);
}

#[test]
fn presence_numbers_booleans_addresses_and_hashes() {
    let mut out = String::new();
    for state in [Presence::Exists, Presence::IsNull, Presence::IsEmpty, Presence::IsPresent] {
        out += &both(Test::Presence { field: field("CommandLine"), state });
    }
    out += &spl_on(PROCESS, test(Test::Presence { field: field("ProcessId"), state: Presence::Exists }));
    for order in [Order::Equal, Order::Less, Order::GreaterOrEqual] {
        out += &spl_on(NETWORK, test(number(NETWORK, "DestinationPort", order, &[445])));
        out += &spl_on(NETWORK, not(test(number(NETWORK, "DestinationPort", order, &[-1]))));
    }
    out += &spl_on(NETWORK, test(number(NETWORK, "DestinationPort", Order::Equal, &[445, 139])));
    out += &spl_on(PROCESS, test(number(PROCESS, "LogonId", Order::Equal, &[0x3e7])));
    out += &spl_on(PROCESS, not(test(number(PROCESS, "LogonId", Order::Less, &[0x3e7]))));
    out += &spl_on(NETWORK, test(Test::Boolean { field: field_of(NETWORK, "Initiated"), value: true }));
    out += &spl_on(NETWORK, not(test(address(NETWORK, "DestinationIp", &[("127.0.0.0", 8), ("::1", 128)]))));
    out += &spl_on(NETWORK, test(address(NETWORK, "DestinationIp", &[("::", 0)])));
    out += &both(Test::Hash { field: field("sha256"), algorithm: HashAlgorithm::Sha256, values: vec!["ab".repeat(32)] });
    insta::assert_snapshot!(out);
}

#[test]
fn two_fields_words_and_clocks() {
    use TextOperator::{Contains, EndsWith, Equals, StartsWith};
    let mut out = String::new();
    for operator in [Equals, Contains, StartsWith, EndsWith] {
        out += &spl(test(Test::Fields { left: field("CommandLine"), operator, right: field("Image"), case: Case::Folded }));
    }
    for word in ["mimikatz", "sekurlsa::logonpasswords", "a&b", "cobaltstrike", "cat", "x%20whoami"] {
        out += &spl(not(test(Test::Anywhere { values: vec![word.into()], case: Case::Folded })));
    }
    out += &spl(test(Test::Anywhere { values: vec!["MiniDump".into()], case: Case::Exact }));
    out += &spl(test(Test::TimeOfDay { start: 19 * 60, end: 7 * 60, offset: 120 }));
    out += &spl(not(test(Test::TimeOfDay { start: 9 * 60, end: 17 * 60, offset: 0 })));
    out += &spl(test(Test::Weekday { days: vec![5, 6], offset: 120 }));
    insta::assert_snapshot!(out);
}

/// Security and System events come in two renderings; an event number at the top decides which columns are read.
#[test]
fn renderings_are_read_through_their_conversions() {
    const SECURITY: &str = "windows/security";
    let id = |id: i64| on(1, number(SECURITY, "EventID", Order::Equal, &[id]));
    let user = |line: usize, operator, value: &str| {
        on(line, text_of(field_of(SECURITY, "TargetUserName"), operator, &[value], Case::Folded))
    };
    let mut out = String::new();
    for condition in [
        all(vec![
            id(4688),
            on(2, text_of(field_of(SECURITY, "NewProcessName"), TextOperator::EndsWith, &[r"\vssadmin.exe"], Case::Folded)),
        ]),
        all(vec![
            id(4624),
            on(2, number(SECURITY, "LogonType", Order::Equal, &[3, 10])),
            not(user(3, TextOperator::EndsWith, "$")),
        ]),
        user(2, TextOperator::Equals, "Administrator"),
        all(vec![id(4624), not(on(3, address(SECURITY, "IpAddress", &[("10.0.0.0", 8)])))]),
    ] {
        out += &compile(&selection(SECURITY, condition)).unwrap().text;
        out += "\n";
    }
    insta::assert_snapshot!(out);
}

#[test]
fn exceptions_live_in_the_filter_macro() {
    let mut selection = shadow_copies();
    selection.exceptions = vec![
        exception("SCCM", on(7, text("ParentImage", TextOperator::Named, &["ccmexec.exe"]))),
        exception(
            "backup",
            all(vec![
                on(8, text("User", TextOperator::Equals, &[r"CORP\backup"])),
                on(9, cased("CommandLine", TextOperator::Contains, &["/Quiet"])),
            ]),
        ),
    ];
    let query = compile(&selection).unwrap();
    assert_eq!(query.text, compile(&shadow_copies()).unwrap().text, "tuning does not touch the rule");
    insta::assert_snapshot!(query.attachments.last().unwrap().text);
}

// ------------------------------------------------------------------------------------------------------------------- traps

/// Every one of these must come out as a value and as nothing else.
pub const AWKWARD: &[&str] = &[
    "*",
    "a*b",
    "?",
    r"\",
    r"C:\Temp\",
    r"a\*",
    r#"" OR 1=1 | delete"#,
    r#"\" | delete"#,
    "| delete",
    "a\n| delete",
    "a\r\nb",
    "`sysmon`",
    "```comment```",
    "$token$",
    "$",
    "[ search index=* ]",
    "[stanza]",
    "{{7*7}}",
    "{% raw %}",
    "NOT",
    "IN",
    "OR",
    "10.0.0.0/8",
    "fe80::/10",
    "1",
    "1.0",
    "0x1",
    "-1",
    " ",
    " a ",
    "%",
    "_",
    "100%_",
    "'",
    "''",
    "école",
    "😀",
    "\u{202e}x",
    "\u{2028}",
    "\u{85}",
    "\u{0}",
    "\u{7f}",
    "#",
    "\\\\",
    "\\n",
    "earliest=-1d",
    "a=b",
    "(",
    ")",
    ",",
    "|",
    "||",
    "\t",
];

/// Text that stands outside of quotes, the quoted parts left out.
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '"' {
            out.push(character);
            continue;
        }
        loop {
            match characters.next().expect("a quote without an end") {
                '\\' => _ = characters.next(),
                '"' => break,
                _ => {}
            }
        }
        out.push('§');
    }
    out
}

#[test]
fn a_value_never_becomes_syntax() {
    use TextOperator::{Contains, EndsWith, Equals, Named, StartsWith};
    for operator in [Equals, Contains, StartsWith, EndsWith, Named] {
        for case in [Case::Folded, Case::Exact] {
            for value in AWKWARD.iter().copied().chain([format!("{}*", "x\\".repeat(7_000)).as_str()]) {
                let one = text_of(field("CommandLine"), operator, &[value, "plain"], case);
                for condition in [test(one.clone()), not(test(one))] {
                    let mut made = selection(PROCESS, condition.clone());
                    made.exceptions = vec![exception(value, condition)];
                    let query = compile(&made).unwrap();
                    for text in std::iter::once(&query.text).chain(query.attachments.iter().map(|each| &each.text)) {
                        let bare = unquoted(text).replace("`sysmon`", "").replace("`wannacry_worm_r_filter`", "");
                        let plain = |each: char| each.is_ascii_alphanumeric() || " \n|()=,_*§/:<>".contains(each);
                        assert!(bare.chars().all(plain), "{value:?}: {text}");
                        assert!(!text.replace('\n', "").contains(char::is_control), "{value:?}: {text}");
                        assert!(!text.contains("$token$") && !text.contains("```"), "{value:?}: {text}");
                        for line in text.lines() {
                            assert!(!line.ends_with('\\'), "{value:?}: a line ends in a backslash: {text}");
                        }
                    }
                }
            }
        }
    }
}

/// SPL cannot say these in `search`; each was wrong or refused in another converter.
#[test]
fn traps_of_search() {
    let has = |condition: Condition, part: &str| {
        let text = spl(condition);
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    };
    let lacks = |condition: Condition, part: &str| {
        let text = spl(condition);
        assert!(!text.contains(part), "`{part}` is in:\n{text}");
    };
    // `?` is not widened to `*`.
    has(test(like("CommandLine", &["a?b"])), r#"| where match(lower(CommandLine), "(?s)^a.b\z")"#);
    // A literal star is not a wildcard, and there is no escape for it in `search`.
    has(test(text("CommandLine", TextOperator::Equals, &["a*b"])), r#"^a\*b\z"#);
    lacks(test(text("CommandLine", TextOperator::Equals, &["a*b"])), r#""a*b""#);
    // A wildcard in the middle may give inconsistent results.
    lacks(test(like("CommandLine", &["ab*cd"])), "ab*cd");
    // A block in a text field is a text.
    has(test(text("CommandLine", TextOperator::Equals, &["10.0.0.0/8"])), "| where");
    // Keywords as values are quoted.
    has(test(text("User", TextOperator::Equals, &["IN"])), r#"User="IN""#);
    // Both of two values, each by itself.
    let two = all(vec![
        on(3, text("CommandLine", TextOperator::Equals, &["x"])),
        on(3, text("CommandLine", TextOperator::Equals, &["y"])),
    ]);
    has(two, r#"(CommandLine="x" AND CommandLine="y")"#);
    // `contains ''` is true of what is there, and of that alone.
    has(test(text("CommandLine", TextOperator::Contains, &[""])), "CommandLine=*");
    // `!=` of `search` would drop events without the field.
    has(not(test(text("User", TextOperator::Equals, &["x"]))), r#"NOT User="x""#);
    lacks(not(test(text("User", TextOperator::Equals, &["x"]))), "!=");
}

/// Regular expressions below `or` and `not`: never `| regex`, which is an `and`, and never a bare `NOT match(…)`.
#[test]
fn expressions_stay_inside_the_condition() {
    let expression = || on(1, regex("CommandLine", "a+", ""));
    let plain = || on(2, text("User", TextOperator::Equals, &["x"]));
    for condition in [
        any(vec![plain(), expression()]),
        all(vec![plain(), not(all(vec![expression(), plain()]))]),
        all(vec![plain(), not(all(vec![expression(), on(3, regex("Image", "b+", ""))]))]),
        not(expression()),
        any(vec![expression(), not(any(vec![expression(), plain()]))]),
    ] {
        let text = spl(condition);
        assert!(!text.contains("| regex") && !text.contains("| rex"), "{text}");
        assert!(!text.contains("NOT match("), "{text}");
        assert!(text.contains("| where "), "{text}");
    }
    insta::assert_snapshot!(
        spl(any(vec![plain(), expression(), not(on(3, regex("Image", "b+", "")))]))
            + &spl(all(vec![plain(), not(all(vec![expression(), plain()]))]))
    );
}

/// The documentation gives `search` and `where` different precedences: no query may rest on either.
#[test]
fn groups_are_always_parenthesised() {
    let one = |name: &str| on(1, text(name, TextOperator::Equals, &["x"]));
    let nested = any(vec![
        all(vec![one("User"), one("Image")]),
        all(vec![one("Company"), any(vec![one("Product"), not(all(vec![one("User"), one("Image")]))])]),
    ]);
    insta::assert_snapshot!(spl(nested));
}

#[test]
fn regular_expressions_hold_no_doubled_backslash() {
    // The documentation conflicts on whether `\\` is one backslash or two in a regular expression.
    for condition in [
        test(regex("CommandLine", r#"\\["'|]\\"#, "")),
        test(like("CommandLine", &[r"C:\*\?.exe"])),
        not(test(cased("Image", TextOperator::Named, &["A.exe"]))),
    ] {
        let text = spl(condition);
        for expression in text.split("match(").skip(1) {
            let expression = expression.split("\")").next().unwrap();
            assert!(!expression.contains(r"\\") && !expression.contains("\\\""), "{expression}");
        }
    }
}

#[test]
fn names_are_quoted_as_each_command_asks() {
    let fields = vec![
        ("c-uri".to_owned(), "c-uri"),
        ("a.b".to_owned(), "a.b"),
        ("my field".to_owned(), "my field"),
        ("NOT".to_owned(), "NOT"),
        ("earliest".to_owned(), "earliest"),
    ];
    let mut made = (*layout(PROCESS)).clone();
    let template = made.fields["CommandLine"].clone();
    for (name, column) in &fields {
        let mapping =
            huntc::schema::FieldMapping { decode: huntc::schema::Decode::Column((*column).to_owned()), ..template.clone() };
        made.fields.insert(name.clone(), mapping);
    }
    let mut out = String::new();
    for (name, _) in &fields {
        let named = Field { name: name.as_str().into(), kind: FieldType::parse("string").unwrap() };
        let mut one = selection(PROCESS, test(text_of(named.clone(), TextOperator::Equals, &["x"], Case::Exact)));
        one.output = vec![named];
        out += &Splunk.compile(Request { rule: &rule(), selection: &one, layout: Some(&made) }).unwrap().text;
    }
    insta::assert_snapshot!(out);
    for name in ["it's", "a\"b", "a*", "a`b", "a\\b", "a\nb"] {
        let named = Field { name: name.into(), kind: FieldType::parse("string").unwrap() };
        let mapping = huntc::schema::FieldMapping { decode: huntc::schema::Decode::Column(name.to_owned()), ..template.clone() };
        made.fields.insert(name.to_owned(), mapping);
        let one = selection(PROCESS, test(text_of(named, TextOperator::Equals, &["x"], Case::Folded)));
        let losses = Splunk.compile(Request { rule: &rule(), selection: &one, layout: Some(&made) }).unwrap_err();
        assert_eq!(losses[0].code, "L0311", "{name}");
    }
}

// ------------------------------------------------------------------------------------------------------------------ losses

#[test]
fn what_cannot_be_said_is_a_loss_at_its_place() {
    const SIGN_IN: &str = "azure/signinlogs";
    let losses = |source: &str, condition: Condition| {
        compile(&Selection { output: Vec::new(), ..selection_of(source, condition) }).unwrap_err()
    };
    let absent = losses(
        "windows/file_event",
        on(5, text_of(field_of("windows/file_event", "CommandLine"), TextOperator::Contains, &["x"], Case::Folded)),
    );
    assert_eq!((absent[0].code, absent[0].span.start, absent[0].direction), ("L0301", 500, None));
    assert!(absent[0].message.contains("Sysmon"), "{}", absent[0].message);
    let some = Test::Some {
        field: field_of(SIGN_IN, "AuthenticationDetails"),
        condition: Box::new(on(6, text("User", TextOperator::Equals, &["x"]))),
    };
    assert_eq!(losses(SIGN_IN, on(6, some))[0].code, "L0310");
    let large = losses(PROCESS, on(2, number(PROCESS, "ProcessId", Order::Less, &[1 << 53])));
    assert_eq!(large[0].code, "L0312");
    let addresses = Test::Fields {
        left: field_of(NETWORK, "SourceIp"),
        operator: TextOperator::Equals,
        right: field_of(NETWORK, "DestinationIp"),
        case: Case::Folded,
    };
    assert_eq!(losses(NETWORK, on(2, addresses))[0].code, "L0313");
    let long = text("CommandLine", TextOperator::Contains, &["x".repeat(20_000).as_str()]);
    assert_eq!(losses(PROCESS, on(2, long))[0].code, "L0315");
}

fn selection_of(source: &str, condition: Condition) -> Selection {
    Selection {
        source: LogSourceId(source.into()),
        separators: &['\\', '/'],
        name: "r".into(),
        id: Uuid::from_u128(1),
        condition,
        exceptions: Vec::new(),
        output: Vec::new(),
    }
}

/// A list of any length is said, in expressions of a length that PCRE compiles.
#[test]
fn long_lists_are_split_over_several_expressions() {
    let values: Vec<String> = (0..5_000).map(|index| format!("{index:064x}")).collect();
    let hash = Test::Hash { field: field("sha256"), algorithm: HashAlgorithm::Sha256, values };
    let names: Vec<String> = (0..5_000).map(|index| format!("name-{index}.exe")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for condition in [test(hash.clone()), not(test(hash)), test(cased("Image", TextOperator::Named, &names))] {
        let text = spl(condition);
        let longest = text.split("match(").skip(1).map(|part| part.split("\")").next().unwrap_or_default().len()).max();
        assert!(longest.is_some_and(|longest| (10_000..20_000).contains(&longest)), "{longest:?}");
        assert!(text.contains("000000000000001387") || text.contains("name-4999"), "the last value is there");
    }
}

#[test]
fn an_approximate_clause_is_left_out_with_its_direction() {
    let file = "windows/file_event";
    let mut absent = on(5, text_of(field_of(file, "CommandLine"), TextOperator::Contains, &["x"], Case::Folded));
    absent.approximate = true;
    let ending = on(1, text_of(field_of(file, "TargetFilename"), TextOperator::EndsWith, &[".WNCRY"], Case::Folded));
    let query = compile(&selection(file, all(vec![ending.clone(), absent.clone()]))).unwrap();
    assert_eq!(query.losses[0].direction, Some(Direction::Wider));
    assert!(query.text.contains(r#"TargetFilename="*.WNCRY""#) && !query.text.contains("CommandLine"), "{}", query.text);
    let query = compile(&selection(file, all(vec![ending.clone(), not(absent.clone())]))).unwrap();
    assert_eq!(query.losses[0].direction, Some(Direction::Wider));
    // An exception of which nothing is left takes nothing out.
    let mut made = selection(file, ending);
    made.exceptions = vec![exception("e", absent)];
    let query = compile(&made).unwrap();
    assert_eq!((query.losses.len(), query.attachments.last().unwrap().text.as_str()), (1, "search *"));
}

#[test]
fn assumptions_are_named() {
    let assumes = |condition: Condition| compile(&selection(PROCESS, condition)).unwrap().assumes.into_iter().collect::<Vec<_>>();
    assert_eq!(assumes(test(text("User", TextOperator::Equals, &["école"]))), [Assumption::AsciiText]);
    assert_eq!(assumes(test(cased("User", TextOperator::Equals, &["école"]))), []);
    assert_eq!(assumes(test(Test::Presence { field: field("User"), state: Presence::Exists })), [Assumption::NoEmptyText]);
    assert_eq!(assumes(test(Test::Presence { field: field("User"), state: Presence::IsEmpty })), []);
    assert_eq!(assumes(test(text("User", TextOperator::Contains, &["x"]))), []);
}

// --------------------------------------------------------------------------------------------------------------------- app

fn scheduled(every: u64, suppress: u64) -> Rule {
    let suppress = Suppress { period: suppress, by: vec![field("Computer")], span: Span::new(SourceId(0), 70, 75) };
    let schedule =
        Schedule { every, every_span: Some(Span::new(SourceId(0), 60, 65)), suppress: Some(suppress), arrival_delay: 600 };
    let mut rule = rule();
    rule.schedules = vec![(None, schedule)];
    rule.risk = Some(Risk { score: 60, on: field("Computer"), span: Span::default() });
    rule.entities = vec![
        Entity { kind: EntityKind::Host, field: field("Computer"), span: Span::default() },
        Entity { kind: EntityKind::Account, field: field("User"), span: Span::default() },
        Entity { kind: EntityKind::Process, field: field("Image"), span: Span::default() },
    ];
    rule.meta.techniques =
        vec![Technique { id: "T1490".into(), name: "Inhibit System Recovery".into(), tactics: vec!["impact".into()] }];
    rule
}

fn build(rule: &Rule, selections: &[Selection]) -> Result<Vec<huntc::envelope::OutputFile>, Vec<Loss>> {
    let mut app = App::default();
    for selection in selections {
        let query = Splunk.compile(Request { rule, selection, layout: Some(&layout(&selection.source.0)) }).unwrap();
        app.add(saved_search(SplunkRule { rule, selection, query: &query })?, rule.span)?;
    }
    Ok(app.files())
}

fn awkward_selections() -> Vec<Selection> {
    let mut made = shadow_copies();
    made.exceptions =
        vec![exception("SCCM clean-up, CHG-1234\n[x]\\", on(7, text("ParentImage", TextOperator::Named, &["ccmexec.exe"])))];
    let mut selections = vec![made];
    for (index, value) in AWKWARD.iter().enumerate() {
        let condition = all(vec![
            on(1, text("CommandLine", TextOperator::EndsWith, &[value])),
            not(on(2, cased("ParentCommandLine", TextOperator::Contains, &[value]))),
        ]);
        let mut one = selection(PROCESS, condition);
        one.name = format!("awkward_{index}");
        one.exceptions = vec![exception(value, on(3, text("User", TextOperator::Contains, &[value])))];
        selections.push(one);
    }
    selections
}

#[test]
fn an_app_of_saved_searches_and_macros() {
    let mut rule = scheduled(900, 86_400);
    rule.meta.title = "Shadow copies deleted by $user$ in C:\\".into();
    rule.hunt.hypothesis = "A worm\n[stanza]\nhas reached {{7*7}} servers".into();
    let files = build(&rule, &awkward_selections()[..1]).unwrap();
    let shown: Vec<String> = files.iter().map(|file| format!("== {}\n{}", file.path, file.text)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn schedules_that_cron_cannot_keep_are_refused_with_their_neighbours() {
    let fault = build(&scheduled(45 * 60, 3600), &[shadow_copies()]).unwrap_err().remove(0);
    assert_eq!((fault.code, fault.span.start), ("L0371", 60));
    assert_eq!(fault.help.unwrap(), "write `every 30m` or `every 1h`, for all targets or in `schedule on splunk …`");
    for every in [60, 300, 900, 3600, 7200, 86_400, 604_800] {
        let files = build(&scheduled(every, 3600), &[shadow_copies()]).unwrap();
        assert!(
            files.iter().any(|file| file.text.contains(&format!("dispatch.earliest_time = -{}m@m", 10 + every / 60))),
            "{every}"
        );
    }
    assert!(build(&scheduled(30, 3600), &[shadow_copies()]).is_err());
    // One macro cannot have two definitions.
    let mut other = shadow_copies();
    other.exceptions = vec![exception("e", on(7, text("User", TextOperator::Equals, &["x"])))];
    assert_eq!(build(&scheduled(900, 3600), &[shadow_copies(), other]).unwrap_err()[0].code, "L0373");
    let mut made = shadow_copies();
    made.name = "x".repeat(120);
    assert_eq!(build(&scheduled(900, 3600), &[made]).unwrap_err()[0].code, "L0370");
}

/// The app passes an independent reader of conf files and SPL, with every awkward value in it.
#[test]
fn the_app_passes_an_independent_check() {
    let Some(check) = shared::find("oracles/spl/check_app.py") else { return };
    let mut rule = scheduled(900, 86_400);
    rule.meta.title = "trailing \\".into();
    rule.hunt.hypothesis = AWKWARD.join(" ") + "\\";
    let files = build(&rule, &awkward_selections()).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("splunk_app");
    let _ = fs::remove_dir_all(&folder);
    for file in &files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    let mut command = Command::new("python3");
    command.arg(check).arg(folder.join("splunk/app"));
    if let Some(inspect) = std::env::var_os("HUNTC_APPINSPECT") {
        command.arg("--appinspect").arg(inspect);
    }
    let Ok(output) = command.output() else {
        eprintln!("skipped: python3 is absent");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if said.contains("bad regular expression") && said.contains("bad escape \\\\z") {
        eprintln!("skipped: the Python package `regex` is absent");
        return;
    }
    assert!(output.status.success() && !said.contains("WARN"), "{said}");
    eprintln!("{said}");
}
