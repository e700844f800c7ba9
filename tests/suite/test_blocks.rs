//! Tests of hunts: what a failing row or expectation tells the author, as text and as JUnit.

use std::sync::Arc;

use huntc::diag::{SourceMap, Span};
use huntc::ir::event::{Event, Expectation, ExpectedRule, TestCase, TestRow, Value};
use huntc::ir::{
    Body, Case, Condition, Correlation, Exception, HuntInfo, Kind, Level, Meta, Number, Order, Rule, Selection, Test,
    TextOperator, Uuid,
};
use huntc::runner::{self, Outcome, render};
use huntc::schema::{Field, FieldType, LogSourceId};

const SOURCE: &str = r#"hunt worm {
  detect shadows on windows/process_creation {
    when {
      any {
        Image named 'vssadmin.exe'
        OriginalFileName == 'VSSADMIN.EXE'
      }
      CommandLine contains 'delete'
      ProcessId > 4
    }
    except "backup, CHG-1" { ParentImage named 'veeam.exe' }
  }
  test "shadow copies" {
    hit shadows { one }
    miss shadows { two }
  }
}
"#;

/// The span of a text that stands once in the hunt.
fn span(text: &str) -> Span {
    let start = SOURCE.find(text).unwrap_or_else(|| panic!("`{text}` is not in the hunt"));
    Span::new(SourceMap::default().add("x", "x"), start, start + text.len())
}

fn field(name: &str, kind: &str) -> Field {
    Field { name: name.into(), kind: FieldType::parse(kind).unwrap() }
}

fn compare(written: &str, name: &str, operator: TextOperator, literal: &str) -> Condition {
    let test = Test::Text { field: field(name, "path"), operator, values: vec![literal.to_owned()], case: Case::Folded };
    Condition::test(test, span(written))
}

fn rule(name: &str, id: u128, body: Body) -> Arc<Rule> {
    Arc::new(Rule {
        id: Uuid::from_u128(id),
        hunt: HuntInfo {
            name: "worm".into(),
            title: "Worm".into(),
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
        name: name.into(),
        meta: Meta {
            title: name.into(),
            level: Level::High,
            techniques: Vec::new(),
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body,
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: span("detect shadows"),
    })
}

fn rules() -> Vec<Arc<Rule>> {
    let any = Kind::Any(vec![
        compare("Image named 'vssadmin.exe'", "Image", TextOperator::Named, "vssadmin.exe"),
        compare("OriginalFileName == 'VSSADMIN.EXE'", "OriginalFileName", TextOperator::Equals, "VSSADMIN.EXE"),
    ]);
    let above = Test::Number { field: field("ProcessId", "integer"), order: Order::Greater, values: vec![Number::Integer(4)] };
    let all = Kind::All(vec![
        Condition::new(any, span("any {")),
        compare("CommandLine contains 'delete'", "CommandLine", TextOperator::Contains, "delete"),
        Condition::test(above, span("ProcessId > 4")),
    ]);
    let selection = Selection {
        source: LogSourceId("windows/process_creation".into()),
        separators: &['\\', '/'],
        name: "shadows".into(),
        id: Uuid::from_u128(1),
        condition: Condition::new(all, span("when")),
        exceptions: vec![Exception {
            name: "backup_chg_1".into(),
            reason: "backup, CHG-1".into(),
            site: None,
            expires: None,
            condition: compare("ParentImage named 'veeam.exe'", "ParentImage", TextOperator::Named, "veeam.exe"),
            span: span("except \"backup, CHG-1\""),
        }],
        output: Vec::new(),
    };
    vec![
        rule("shadows", 1, Body::Select(vec![selection])),
        rule("fan_out", 2, Body::Correlation(Correlation { span: span("when") })),
    ]
}

fn event(source: &str, fields: &[(&str, &str)]) -> Event {
    Event {
        source: LogSourceId(source.into()),
        time: Some(0),
        fields: fields.iter().map(|(name, value)| (Arc::from(*name), Value::Text((*value).to_owned()))).collect(),
        raw: None,
    }
}

const GOOD: &[(&str, &str)] =
    &[("Image", r"C:\Windows\vssadmin.exe"), ("CommandLine", "vssadmin delete shadows"), ("ProcessId", "77")];

fn case(rows: Vec<TestRow>, events: Vec<Event>, expect: Option<Vec<ExpectedRule>>) -> TestCase {
    TestCase {
        hunt: "worm".into(),
        name: "shadow copies".into(),
        span: span("test \"shadow copies\""),
        event_spans: vec![span("miss shadows { two }"); events.len()],
        events,
        expect: expect.map(|rules| Expectation { rules, span: span("hit shadows { one }") }),
        rows,
    }
}

fn row(hit: bool, event: Event) -> TestRow {
    let span = span(if hit { "hit shadows { one }" } else { "miss shadows { two }" });
    TestRow { hit, rule: Uuid::from_u128(1), rule_name: "shadows".into(), event, span }
}

fn with(changes: &[(&str, &str)]) -> Event {
    let mut event = event("windows/process_creation", GOOD);
    event.fields.extend(changes.iter().map(|(name, value)| (Arc::from(*name), Value::Text((*value).to_owned()))));
    event
}

fn shown(case: &TestCase) -> (Outcome, String) {
    let mut sources = SourceMap::default();
    sources.add("hunts/worm.hunt", SOURCE);
    let report = runner::run(case, &rules());
    (report.outcome(), render::text(&[report], &sources))
}

#[test]
fn rows_that_come_out_as_said_pass() {
    let rows = vec![
        row(true, with(&[])),
        row(false, with(&[("ParentImage", r"C:\veeam.exe")])),
        row(false, with(&[("CommandLine", "vssadmin list shadows")])),
        row(false, event("windows/file_event", GOOD)),
    ];
    let (outcome, text) = shown(&case(rows, Vec::new(), None));
    assert_eq!(outcome, Outcome::Passed);
    insta::assert_snapshot!(text);
}

#[test]
fn a_failing_row_names_the_clauses_that_decided() {
    let rows = vec![
        row(true, with(&[("CommandLine", "vssadmin list\nshadows")])),
        row(true, with(&[("Image", r"C:\v.exe")])),
        row(true, with(&[("ProcessId", "n/a")])),
        row(true, with(&[("ParentImage", r"C:\Veeam.exe")])),
        row(true, event("windows/file_event", GOOD)),
        row(false, with(&[])),
    ];
    let (outcome, text) = shown(&case(rows, Vec::new(), None));
    assert_eq!(outcome, Outcome::Failed);
    insta::assert_snapshot!(text);
}

fn expected(id: u128, name: &str, times: Option<u32>) -> ExpectedRule {
    ExpectedRule { rule: Uuid::from_u128(id), name: name.into(), times, span: span("hit shadows { one }") }
}

#[test]
fn expectations_count_and_name_no_other_rule() {
    let outcome = |events: Vec<Event>, expect| shown(&case(Vec::new(), events, Some(expect))).0;
    assert_eq!(outcome(vec![with(&[]), with(&[])], vec![expected(1, "shadows", Some(2))]), Outcome::Passed);
    assert_eq!(outcome(vec![with(&[]), with(&[])], vec![expected(1, "shadows", None)]), Outcome::Passed);
    assert_eq!(outcome(vec![with(&[])], vec![expected(1, "shadows", Some(2))]), Outcome::Failed);
    assert_eq!(outcome(vec![with(&[])], vec![]), Outcome::Failed);
    assert_eq!(outcome(vec![with(&[("CommandLine", "")])], vec![]), Outcome::Passed);
    assert_eq!(outcome(vec![with(&[])], vec![expected(1, "shadows", None), expected(2, "fan_out", None)]), Outcome::NotJudged);
    assert_eq!(outcome(vec![with(&[])], vec![expected(9, "gone", None)]), Outcome::Failed);
}

#[test]
fn failed_expectations_as_text_and_as_junit() {
    let quiet = case(Vec::new(), vec![with(&[("CommandLine", "<list> & \u{1}")])], Some(vec![expected(1, "shadows", None)]));
    let loud = case(Vec::new(), vec![with(&[])], Some(vec![]));
    let skipped = case(Vec::new(), vec![with(&[("CommandLine", "")])], Some(vec![expected(2, "fan_out", None)]));
    let passed = case(vec![row(true, with(&[]))], Vec::new(), None);
    let mut sources = SourceMap::default();
    sources.add("hunts/worm.hunt", SOURCE);
    let reports: Vec<_> = [quiet, loud, skipped, passed].iter().map(|case| runner::run(case, &rules())).collect();
    insta::assert_snapshot!(render::text(&reports, &sources));
    insta::assert_snapshot!(render::junit(&reports, &sources));
}

/// What no engine judges yet is neither passed nor failed where others count (`coverage`, `status`).
#[test]
fn a_rule_that_is_not_judged_counts_no_test() {
    let session = crate::workspace::hunt(
        "hunt h {\n  hypothesis 'x'\n  detect one on windows/process_creation {\n    when Image named 'a.exe'\n  }\n  \
         correlate many {\n    when count of one >= 3 by Computer within 5m\n  }\n  test 't' {\n    \
         event windows/process_creation at 0s repeat 3 every 1s { Computer: 'c'  Image: 'C:\\a.exe' }\n    \
         expect many, one\n  }\n}\n",
    );
    let built = huntc::compile::build(&session, &[huntc::compile::TargetSetting::new(huntc::schema::Target::Sigma)], "19.0");
    let manifest: serde_json::Value = serde_json::from_str(&built.files["manifest.json"]).unwrap();
    let counted: Vec<_> = manifest["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap(), rule["tests"]["passed"].as_u64().unwrap()))
        .collect();
    assert_eq!(counted, [("many", 0), ("one", 1)]);
}
