//! Runs `test` blocks: judges each row and each stream of events with the reference evaluator, and says why.
//!
//! Pure: it takes checked tests and rules and returns values; [`render`] turns them into text and JUnit.

pub mod explain;
pub mod render;

use std::sync::Arc;

use crate::diag::Span;
use crate::eval;
use crate::ir::event::{Event, TestCase, TestRow};
use crate::ir::{Rule, Selection};

pub use explain::Reason;

/// What became of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestReport {
    pub hunt: String,
    pub name: String,
    pub span: Span,
    pub rows: usize,
    pub events: usize,
    pub failures: Vec<Failure>,
    /// Rules that the test names or that might have fired, and that this version does not judge.
    pub unjudged: Vec<Unjudged>,
}

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// Nothing failed, but a rule that the test names could not be judged.
    NotJudged,
}

impl TestReport {
    pub fn outcome(&self) -> Outcome {
        if !self.failures.is_empty() {
            Outcome::Failed
        } else if self.unjudged.iter().any(|rule| rule.named) {
            Outcome::NotJudged
        } else {
            Outcome::Passed
        }
    }
}

/// A rule that is not a selection of single events.
#[derive(Clone, Debug, PartialEq)]
pub struct Unjudged {
    pub rule: String,
    /// Whether the test names it; otherwise it merely might have fired.
    pub named: bool,
    pub span: Span,
}

/// One way in which a test failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A `hit` row that the rule does not select, or a `miss` row that it does.
    Row { rule: String, hit: bool, span: Span, reasons: Vec<Reason> },
    /// A rule fired more or less often than expected. `times` is what was expected, at least once where `None`.
    Fired { rule: String, times: Option<u32>, fired: u32, span: Span, matched: Vec<Span>, reasons: Vec<Reason> },
    /// A rule fired that the test does not name.
    Unexpected { rule: String, fired: u32, span: Span, matched: Vec<Span> },
    /// The test names a rule that there is not (a rule that did not compile, for one).
    NoRule { rule: String, span: Span },
}

impl Failure {
    /// The name of the rule that it is about.
    pub fn rule(&self) -> &str {
        match self {
            Failure::Row { rule, .. }
            | Failure::Fired { rule, .. }
            | Failure::Unexpected { rule, .. }
            | Failure::NoRule { rule, .. } => rule,
        }
    }
}

/// Runs one test against the rules of its hunt (and whatever other rules its rows name).
pub fn run(test: &TestCase, rules: &[Arc<Rule>]) -> TestReport {
    let mut report = TestReport {
        hunt: test.hunt.clone(),
        name: test.name.clone(),
        span: test.span,
        rows: test.rows.len(),
        events: test.events.len(),
        failures: Vec::new(),
        unjudged: Vec::new(),
    };
    for row in &test.rows {
        judge_row(row, rules, &mut report);
    }
    if test.expect.is_some() {
        judge_events(test, rules, &mut report);
    }
    report
}

fn judge_row(row: &TestRow, rules: &[Arc<Rule>], report: &mut TestReport) {
    let Some(rule) = rules.iter().find(|rule| rule.id == row.rule) else {
        report.failures.push(Failure::NoRule { rule: row.rule_name.clone(), span: row.span });
        return;
    };
    let Some(selections) = rule.body.selections() else {
        report.unjudged.push(Unjudged { rule: row.rule_name.clone(), named: true, span: row.span });
        return;
    };
    if selects(selections, &row.event) != row.hit {
        report.failures.push(Failure::Row {
            rule: row.rule_name.clone(),
            hit: row.hit,
            span: row.span,
            reasons: explain::selections(selections, &row.event),
        });
    }
}

fn selects(selections: &[Selection], event: &Event) -> bool {
    selections.iter().any(|selection| eval::selects(selection, event))
}

/// `expect`: each named rule fires so often, and no other rule of the hunt. A detect or a sweep fires once for each event that it selects.
fn judge_events(test: &TestCase, rules: &[Arc<Rule>], report: &mut TestReport) {
    let Some(expectation) = &test.expect else { return };
    for expected in &expectation.rules {
        if !rules.iter().any(|rule| rule.id == expected.rule) {
            report.failures.push(Failure::NoRule { rule: expected.name.clone(), span: expected.span });
        }
    }
    for rule in rules {
        let expected = expectation.rules.iter().find(|expected| expected.rule == rule.id);
        if expected.is_none() && rule.hunt.name != test.hunt {
            continue;
        }
        let Some(selections) = rule.body.selections() else {
            let span = expected.map_or(expectation.span, |expected| expected.span);
            report.unjudged.push(Unjudged { rule: rule.name.clone(), named: expected.is_some(), span });
            continue;
        };
        let matched: Vec<usize> = (0..test.events.len()).filter(|at| selects(selections, &test.events[*at])).collect();
        let fired = u32::try_from(matched.len()).unwrap_or(u32::MAX);
        let matched: Vec<Span> = matched.iter().filter_map(|at| test.event_spans.get(*at).copied()).collect();
        match expected {
            None if fired > 0 => {
                report.failures.push(Failure::Unexpected { rule: rule.name.clone(), fired, span: expectation.span, matched });
            }
            Some(expected) if expected.times.map_or(fired == 0, |times| times != fired) => {
                // Where it did not fire at all, the event that was written for it is the nearest: the first of its log source.
                let near = test.events.iter().find(|event| selections.iter().any(|selection| selection.source == event.source));
                let reasons = match (fired, near.or(test.events.first())) {
                    (0, Some(event)) => explain::selections(selections, event),
                    _ => Vec::new(),
                };
                report.failures.push(Failure::Fired {
                    rule: rule.name.clone(),
                    times: expected.times,
                    fired,
                    span: expected.span,
                    matched,
                    reasons,
                });
            }
            None | Some(_) => {}
        }
    }
}
