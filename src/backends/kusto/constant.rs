//! Tests of a value that is known when the query is written: a field that every row of a log source has alike.

use crate::ir::{Case, Number, Order, Presence, Test, TextOperator};

/// Whether the test holds for the value (`None` is absent); `None` where only the product's own operators can say.
pub fn holds(test: &Test, value: Option<&str>) -> Option<bool> {
    let Some(value) = value else {
        return Some(matches!(test, Test::Presence { state: Presence::IsNull | Presence::IsEmpty, .. }));
    };
    match test {
        Test::Presence { state, .. } => Some(match state {
            Presence::Exists => true,
            Presence::IsNull => false,
            Presence::IsEmpty => value.is_empty(),
            Presence::IsPresent => !value.is_empty(),
        }),
        Test::Text { operator, values, case, .. } => {
            if !value.is_ascii() {
                return None;
            }
            let fold = |text: &str| if *case == Case::Folded { text.to_ascii_lowercase() } else { text.to_owned() };
            let value = fold(value);
            let name = value.rsplit(['\\', '/']).next().unwrap_or(&value);
            Some(values.iter().map(|literal| fold(literal)).any(|literal| match operator {
                TextOperator::Equals => value == literal,
                TextOperator::Contains => value.contains(&literal),
                TextOperator::StartsWith => value.starts_with(&literal),
                TextOperator::EndsWith => value.ends_with(&literal),
                TextOperator::Named => name == literal,
            }))
        }
        Test::Boolean { value: wanted, .. } => Some(value.eq_ignore_ascii_case(if *wanted { "true" } else { "false" })),
        Test::Number { order, values, .. } => {
            let value: i64 = value.parse().ok()?;
            let ordered = |literal: &i64| match order {
                Order::Equal => value == *literal,
                Order::Less => value < *literal,
                Order::LessOrEqual => value <= *literal,
                Order::Greater => value > *literal,
                Order::GreaterOrEqual => value >= *literal,
            };
            let literals: Option<Vec<i64>> = values
                .iter()
                .map(|literal| match literal {
                    Number::Integer(literal) => Some(*literal),
                    Number::Float(_) => None,
                })
                .collect();
            Some(literals?.iter().any(ordered))
        }
        Test::Like { .. }
        | Test::Regex { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Fields { .. }
        | Test::Anywhere { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => None,
    }
}
