//! What one test of an event says of another: implied, excluded, or neither as far as can be told.
//!
//! Sound, not complete: an answer is certain, and no answer is no claim. Values of a field that holds a list are many, so
//! nothing is concluded from two tests of such a field excluding each other.

use crate::ir::{Case, Condition, Kind, Number, Order, Presence, Test, TextOperator};
use crate::schema::Field;

/// A test that is known to hold, or with `false` not to hold.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    pub test: &'a Test,
    pub holds: bool,
}

/// What a condition is, where the given facts decide it.
pub fn decide(condition: &Condition, given: &[Given<'_>], separators: &[char]) -> Option<bool> {
    match &condition.kind {
        Kind::Constant(value) => Some(*value),
        Kind::All(parts) => join(parts, given, separators, true),
        Kind::Any(parts) => join(parts, given, separators, false),
        Kind::Not(part) => decide(part, given, separators).map(|value| !value),
        Kind::Test(test) => given.iter().find_map(|given| of_test(test, *given, separators)),
    }
}

fn join(parts: &[Condition], given: &[Given<'_>], separators: &[char], all: bool) -> Option<bool> {
    let values: Vec<Option<bool>> = parts.iter().map(|part| decide(part, given, separators)).collect();
    if values.contains(&Some(!all)) {
        return Some(!all);
    }
    values.iter().all(|value| *value == Some(all)).then_some(all)
}

fn of_test(test: &Test, given: Given<'_>, separators: &[char]) -> Option<bool> {
    if given.holds {
        if implies(given.test, test, separators) {
            return Some(true);
        }
        return excludes(given.test, test, separators).then_some(false);
    }
    implies(test, given.test, separators).then_some(false)
}

/// The facts that a condition states when it holds.
pub fn facts(condition: &Condition) -> Option<Given<'_>> {
    match &condition.kind {
        Kind::Test(test) => Some(Given { test, holds: true }),
        Kind::Not(part) => match &part.kind {
            Kind::Test(test) => Some(Given { test, holds: false }),
            Kind::Constant(_) | Kind::All(_) | Kind::Any(_) | Kind::Not(_) => None,
        },
        Kind::Constant(_) | Kind::All(_) | Kind::Any(_) => None,
    }
}

/// The one field of a test that is true only of a present value.
fn of_value(test: &Test) -> Option<&Field> {
    match test {
        Test::Text { field, .. }
        | Test::Like { field, .. }
        | Test::Regex { field, .. }
        | Test::Number { field, .. }
        | Test::Boolean { field, .. }
        | Test::Address { field, .. }
        | Test::Hash { field, .. }
        | Test::Listed { field, .. } => Some(field),
        Test::Presence { .. }
        | Test::Fields { .. }
        | Test::Anywhere { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => None,
    }
}

/// Whether every event that `left` is true of is one that `right` is true of.
pub fn implies(left: &Test, right: &Test, separators: &[char]) -> bool {
    if left == right {
        return true;
    }
    match (left, right) {
        (
            Test::Text { field, operator, values, case },
            Test::Text { field: other, operator: wider, values: those, case: wider_case },
        ) => {
            if field != other || (*wider_case == Case::Exact && *case == Case::Folded) {
                return false;
            }
            let fold = |value: &String| if *wider_case == Case::Folded { value.to_ascii_lowercase() } else { value.clone() };
            let those: Vec<String> = those.iter().map(fold).collect();
            values
                .iter()
                .map(fold)
                .all(|value| those.iter().any(|those| text_implies(*operator, &value, *wider, those, separators)))
        }
        (Test::Number { field, order, values }, Test::Number { field: other, order: wider, values: those }) => {
            field == other
                && values.iter().all(|value| {
                    let Some(narrow) = range(*order, *value) else { return false };
                    those.iter().filter_map(|value| range(*wider, *value)).any(|wide| wide.0 <= narrow.0 && narrow.1 <= wide.1)
                })
        }
        (Test::Hash { field, values, .. }, Test::Hash { field: other, values: those, .. }) => {
            field == other && values.iter().all(|value| those.contains(value))
        }
        (Test::Presence { field, state }, Test::Presence { field: other, state: wider }) => {
            field == other
                && matches!((state, wider), (Presence::IsNull, Presence::IsEmpty) | (Presence::IsPresent, Presence::Exists))
        }
        (_, Test::Presence { field, state }) => {
            of_value(left) == Some(field)
                && match state {
                    Presence::Exists => true,
                    Presence::IsPresent => matches!(left, Test::Text { values, .. } if !values.iter().any(String::is_empty)),
                    Presence::IsNull | Presence::IsEmpty => false,
                }
        }
        _ => false,
    }
}

fn text_implies(operator: TextOperator, value: &str, wider: TextOperator, those: &str, separators: &[char]) -> bool {
    use TextOperator as O;
    let last = |value: &str| value.rsplit(separators).next().is_some_and(|last| last == those);
    match (operator, wider) {
        (O::Equals, O::Equals) | (O::Named, O::Named) => value == those,
        (_, O::Contains) => value.contains(those),
        (O::Equals | O::StartsWith, O::StartsWith) => value.starts_with(those),
        (O::Equals | O::EndsWith | O::Named, O::EndsWith) => value.ends_with(those),
        (O::Equals, O::Named) => last(value),
        (O::EndsWith, O::Named) => value.contains(separators) && last(value),
        (_, O::Equals) | (O::Contains | O::EndsWith | O::Named, O::StartsWith) => false,
        (O::Contains | O::StartsWith, O::EndsWith | O::Named) => false,
    }
}

/// The whole numbers that an order admits.
fn range(order: Order, value: Number) -> Option<(i64, i64)> {
    let Number::Integer(value) = value else { return None };
    Some(match order {
        Order::Equal => (value, value),
        Order::Less => (i64::MIN, value.checked_sub(1)?),
        Order::LessOrEqual => (i64::MIN, value),
        Order::Greater => (value.checked_add(1)?, i64::MAX),
        Order::GreaterOrEqual => (value, i64::MAX),
    })
}

/// Whether no event is one that both are true of.
pub fn excludes(left: &Test, right: &Test, separators: &[char]) -> bool {
    if left.fields().iter().chain(&right.fields()).any(|field| field.kind.list) {
        return false;
    }
    match (left, right) {
        (Test::Text { field, operator, values, case }, Test::Text { field: other, operator: also, values: those, case: its }) => {
            if field != other {
                return false;
            }
            // What differs when folded differs exactly, too.
            let exact = *case == Case::Exact && *its == Case::Exact;
            let fold = |value: &String| if exact { value.clone() } else { value.to_ascii_lowercase() };
            let those: Vec<String> = those.iter().map(fold).collect();
            values.iter().map(fold).all(|value| {
                those.iter().all(|those| {
                    apart(*operator, &value, *also, those, separators) || apart(*also, those, *operator, &value, separators)
                })
            })
        }
        (Test::Number { field, order, values }, Test::Number { field: other, order: also, values: those }) => {
            field == other
                && values.iter().all(|value| {
                    those.iter().all(|those| match (range(*order, *value), range(*also, *those)) {
                        (Some(one), Some(two)) => one.1 < two.0 || two.1 < one.0,
                        _ => false,
                    })
                })
        }
        (Test::Boolean { field, value }, Test::Boolean { field: other, value: those }) => field == other && value != those,
        (Test::Hash { field, values, .. }, Test::Hash { field: other, values: those, .. }) => {
            field == other && !values.iter().any(|value| those.contains(value))
        }
        (Test::Presence { field, state }, Test::Presence { field: other, state: also }) => {
            field == other
                && matches!(
                    (state, also),
                    (Presence::Exists | Presence::IsPresent, Presence::IsNull)
                        | (Presence::IsNull, Presence::Exists | Presence::IsPresent)
                        | (Presence::IsPresent, Presence::IsEmpty)
                        | (Presence::IsEmpty, Presence::IsPresent)
                )
        }
        (Test::Presence { field, state }, value) | (value, Test::Presence { field, state }) => {
            of_value(value) == Some(field)
                && match state {
                    Presence::IsNull => true,
                    Presence::IsEmpty => matches!(value, Test::Text { values, .. } if !values.iter().any(String::is_empty)),
                    Presence::Exists | Presence::IsPresent => false,
                }
        }
        _ => false,
    }
}

/// Whether no text satisfies both; one direction of the pairs.
fn apart(operator: TextOperator, value: &str, also: TextOperator, those: &str, separators: &[char]) -> bool {
    use TextOperator as O;
    match (operator, also) {
        (O::Equals, _) => !text_implies(O::Equals, value, also, those, separators),
        (O::StartsWith, O::StartsWith) => !value.starts_with(those) && !those.starts_with(value),
        (O::EndsWith, O::EndsWith) => !value.ends_with(those) && !those.ends_with(value),
        (O::Named, O::Named) => value != those,
        (O::Named, O::EndsWith) => {
            let longer = those.strip_suffix(value).is_some_and(|rest| rest.is_empty() || rest.ends_with(separators));
            !value.ends_with(those) && !longer
        }
        (O::Contains | O::StartsWith | O::EndsWith | O::Named, _) => false,
    }
}
