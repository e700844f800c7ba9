//! Where a condition tells an absent text from an empty one, which a `string` column cannot (S7, "what is true of the empty
//! string": such a column stores absent as `""`).
//!
//! The condition is evaluated twice for each field, once as if the field were absent and once as if it were the empty text. Where
//! both leave the same condition on the other fields, the difference vanishes and the query is exact.

use super::pattern;
use crate::ir::{Condition, Kind, Piece, Presence, Test, TextOperator};
use crate::schema::Field;

/// What is known of a text column that reads as `""`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyMeans {
    /// The question does not arise: the type has nulls, or the value stands in JSON.
    Distinct,
    /// Every row has a value, so the empty text is one.
    Empty,
    /// The product never stores an empty text.
    Absent,
    /// Either.
    Unknown,
}

/// The fields whose absence the condition tells from the empty text, although the product cannot.
pub fn told_apart(condition: &Condition, means: &dyn Fn(&Field) -> EmptyMeans) -> Vec<Field> {
    let mut found: Vec<Field> = Vec::new();
    for field in condition.tests().into_iter().flat_map(|(test, _)| test.fields()) {
        if !found.contains(field)
            && means(field) == EmptyMeans::Unknown
            && assume(&condition.kind, field, State::Absent, means) != assume(&condition.kind, field, State::Empty, means)
        {
            found.push(field.clone());
        }
    }
    found
}

/// Whether this test is one of those that make the difference.
pub fn tells_apart(test: &Test, field: &Field, means: &dyn Fn(&Field) -> EmptyMeans) -> bool {
    assume_test(test, field, State::Absent, means) != assume_test(test, field, State::Empty, means)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Empty,
}

fn assume(kind: &Kind, field: &Field, state: State, means: &dyn Fn(&Field) -> EmptyMeans) -> Kind {
    match kind {
        Kind::Constant(value) => Kind::Constant(*value),
        Kind::All(parts) => join(parts, field, state, means, true),
        Kind::Any(parts) => join(parts, field, state, means, false),
        Kind::Not(part) => match assume(&part.kind, field, state, means) {
            Kind::Constant(value) => Kind::Constant(!value),
            kind => Kind::Not(Box::new(Condition::new(kind, part.span))),
        },
        Kind::Test(test) => assume_test(test, field, state, means),
    }
}

fn join(parts: &[Condition], field: &Field, state: State, means: &dyn Fn(&Field) -> EmptyMeans, all: bool) -> Kind {
    let mut kept = Vec::new();
    for part in parts {
        match assume(&part.kind, field, state, means) {
            Kind::Constant(value) if value == all => {}
            Kind::Constant(value) => return Kind::Constant(value),
            kind => kept.push(Condition::new(kind, part.span)),
        }
    }
    match (kept.len(), all) {
        (0, _) => Kind::Constant(all),
        (1, _) => kept.remove(0).kind,
        (_, true) => Kind::All(kept),
        (_, false) => Kind::Any(kept),
    }
}

fn assume_test(test: &Test, field: &Field, state: State, means: &dyn Fn(&Field) -> EmptyMeans) -> Kind {
    if !test.fields().contains(&field) {
        return Kind::Test(test.clone());
    }
    let absent = state == State::Absent;
    match test {
        Test::Presence { state, .. } => Kind::Constant(match state {
            Presence::Exists => !absent,
            Presence::IsNull => absent,
            Presence::IsEmpty => true,
            Presence::IsPresent => false,
        }),
        Test::Fields { .. } if absent => Kind::Constant(false),
        Test::Fields { left, operator, right, .. } => match operator {
            _ if left == right => Kind::Constant(true),
            TextOperator::Equals => is_empty_text(if left == field { right } else { left }, means),
            TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith if left == field => {
                is_empty_text(right, means)
            }
            TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith => exists(left, means),
            // The last component of the empty text is empty; that of another is an empty text where it ends in a separator.
            TextOperator::Named => Kind::Test(test.clone()),
        },
        Test::Some { .. } => Kind::Test(test.clone()),
        Test::Text { .. }
        | Test::Like { .. }
        | Test::Regex { .. }
        | Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Anywhere { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => Kind::Constant(!absent && holds_for_empty(test)),
    }
}

/// Whether a test of one field is true of the empty text.
pub fn holds_for_empty(test: &Test) -> bool {
    match test {
        Test::Presence { state, .. } => matches!(state, Presence::Exists | Presence::IsEmpty),
        Test::Text { operator, values, .. } => match operator {
            TextOperator::Equals | TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith => {
                values.iter().any(String::is_empty)
            }
            TextOperator::Named => false,
        },
        Test::Like { patterns, .. } => patterns.iter().any(|like| like.0.iter().all(|piece| *piece == Piece::AnyRun)),
        Test::Regex { patterns, .. } => patterns.iter().any(pattern::finds_in_empty),
        Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Fields { .. }
        | Test::Anywhere { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => false,
    }
}

fn is_empty_text(field: &Field, means: &dyn Fn(&Field) -> EmptyMeans) -> Kind {
    if means(field) == EmptyMeans::Absent {
        return Kind::Constant(false);
    }
    let values = vec![String::new()];
    let (operator, case) = (TextOperator::Equals, crate::ir::Case::Exact);
    Kind::Test(Test::Text { field: field.clone(), operator, values, case })
}

fn exists(field: &Field, means: &dyn Fn(&Field) -> EmptyMeans) -> Kind {
    if means(field) == EmptyMeans::Empty {
        return Kind::Constant(true);
    }
    Kind::Test(Test::Presence { field: field.clone(), state: Presence::Exists })
}
