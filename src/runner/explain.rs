//! Why a rule selects an event or not: the clauses that decided it, and what the event holds there.

use crate::diag::Span;
use crate::eval::{self, FieldState};
use crate::ir::event::Event;
use crate::ir::{Condition, Kind, Selection, Test};

/// One fact that decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A comparison of the rule is true or false of the event.
    Clause { span: Span, holds: bool, fields: Vec<(String, FieldState)> },
    /// `time in` or `weekday in`; the event's time in milliseconds, if it has one.
    Clock { span: Span, holds: bool, time: Option<i64> },
    /// An exception takes the event out; the clauses that make it true follow.
    Exception { name: String, reason: String, span: Span },
    /// The rule does not look at the event's log source.
    OtherSource { event: String, rule: Vec<String> },
}

/// At most so many clauses are named, the first in the order of the rule.
const MOST: usize = 8;

/// Why some selection selects the event, or why none does.
pub(super) fn selections(selections: &[Selection], event: &Event) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let of_source = selections.iter().filter(|selection| selection.source == event.source);
    for selection in of_source {
        if eval::matches(&selection.condition, event, selection.separators) {
            let exception =
                selection.exceptions.iter().find(|exception| eval::matches(&exception.condition, event, selection.separators));
            if let Some(exception) = exception {
                reasons.push(Reason::Exception {
                    name: exception.name.clone(),
                    reason: exception.reason.clone(),
                    span: exception.span,
                });
                decided(&exception.condition, event, selection.separators, &mut reasons);
                continue;
            }
        }
        decided(&selection.condition, event, selection.separators, &mut reasons);
    }
    if reasons.is_empty() {
        reasons.push(Reason::OtherSource {
            event: event.source.to_string(),
            rule: selections.iter().map(|selection| selection.source.to_string()).collect(),
        });
    }
    reasons.truncate(MOST);
    reasons
}

/// The tests that decide a condition's value: of an `and` that is false the first false part, of one that is true every part,
/// and for `or` the other way round.
fn decided(condition: &Condition, event: &Event, separators: &[char], reasons: &mut Vec<Reason>) {
    let holds = |part: &Condition| eval::matches(part, event, separators);
    match &condition.kind {
        Kind::Constant(_) => {}
        Kind::Not(part) => decided(part, event, separators, reasons),
        Kind::All(parts) => match parts.iter().find(|part| !holds(part)) {
            Some(part) => decided(part, event, separators, reasons),
            None => parts.iter().for_each(|part| decided(part, event, separators, reasons)),
        },
        Kind::Any(parts) => match parts.iter().find(|part| holds(part)) {
            Some(part) => decided(part, event, separators, reasons),
            None => parts.iter().for_each(|part| decided(part, event, separators, reasons)),
        },
        Kind::Test(Test::TimeOfDay { .. } | Test::Weekday { .. }) => {
            reasons.push(Reason::Clock { span: condition.span, holds: holds(condition), time: event.time });
        }
        Kind::Test(test) => reasons.push(Reason::Clause {
            span: condition.span,
            holds: holds(condition),
            fields: test.fields().into_iter().map(|field| (field.name.to_string(), eval::state(field, event))).collect(),
        }),
    }
}
