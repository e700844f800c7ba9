//! What is to be said of a condition: whether the product's index helps.

use super::ast::{Number, Predicate, Text, TextComparison};

/// Whether Kusto can use its index of terms, or its statistics of a column, to leave out parts of a table
/// (learn.microsoft.com/kusto/query/datatypes-string-operators, "Understanding string terms").
pub fn index(predicate: &Predicate) -> String {
    if uses_index(predicate) { "yes".to_owned() } else { "no (every value is read)".to_owned() }
}

fn uses_index(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(parts) => parts.iter().any(uses_index),
        Predicate::Any(parts) => parts.iter().all(uses_index),
        Predicate::OrFalse(inner) => uses_index(inner),
        Predicate::Text { left: Text::Column(_), comparison: TextComparison::Equals(_), right: Text::Literal(_) }
        | Predicate::TextIn { left: Text::Column(_), .. }
        | Predicate::Compare { left: Number::Column(_), .. }
        | Predicate::NumberIn { left: Number::Column(_), .. }
        | Predicate::Flag { .. }
        | Predicate::Constant(_) => true,
        Predicate::Not(_)
        | Predicate::Text { .. }
        | Predicate::TextIn { .. }
        | Predicate::Matches { .. }
        | Predicate::Compare { .. }
        | Predicate::NumberIn { .. }
        | Predicate::SameFlag(..)
        | Predicate::InAnyRange { .. }
        | Predicate::SameAddress { .. }
        | Predicate::IsEmpty(_)
        | Predicate::IsNotEmpty(_)
        | Predicate::IsNull(_)
        | Predicate::IsNotNull(_)
        | Predicate::IsObject(_)
        | Predicate::AnyColumn { .. }
        | Predicate::TimeOfDay { .. }
        | Predicate::Weekday { .. }
        | Predicate::Holds(_) => false,
    }
}
