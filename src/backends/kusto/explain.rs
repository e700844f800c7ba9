//! What is to be said of a condition: whether the product's index helps, and if not, why.

use super::ast::{Number, Predicate, Text, TextComparison};
use super::terms::{self, Origins};

/// Whether Kusto can use its index of terms, or that of a column of numbers, to leave out parts of a table, and if not, why
/// (learn.microsoft.com/kusto/query/datatypes-string-operators, "Understanding string terms").
pub fn index(predicate: &Predicate, origins: &Origins) -> String {
    match refusal(predicate, origins) {
        None => "yes".to_owned(),
        Some(reason) => ["no (", reason, ")"].concat(),
    }
}

/// Whether the index of terms answers the condition.
pub fn uses_terms(predicate: &Predicate, origins: &Origins) -> bool {
    match predicate {
        Predicate::All(parts) => parts.iter().any(|part| uses_terms(part, origins)),
        Predicate::Any(parts) => parts.iter().all(|part| uses_terms(part, origins)),
        Predicate::OrFalse(inner) => uses_terms(inner, origins),
        Predicate::Text { .. } | Predicate::TextIn { .. } | Predicate::Has { .. } => refusal(predicate, origins).is_none(),
        Predicate::Constant(_)
        | Predicate::Not(_)
        | Predicate::InList { .. }
        | Predicate::Matches { .. }
        | Predicate::Compare { .. }
        | Predicate::NumberIn { .. }
        | Predicate::Flag { .. }
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

const ANY: &str = "any value";

/// Why no index answers the condition; `None` where one does.
fn refusal(predicate: &Predicate, origins: &Origins) -> Option<&'static str> {
    let of_text = |text: &Text| (!origins.is_stored(text)).then_some("the value is computed for each row");
    let short = |value: &String| !terms::holds_one(value);
    const SHORT: &str = "no term of three letters or digits";
    match predicate {
        Predicate::Constant(_) => None,
        Predicate::All(parts) => {
            let reasons: Vec<&str> = parts.iter().map(|part| refusal(part, origins)).collect::<Option<_>>()?;
            // That a value is there is the least that a clause says.
            reasons.iter().find(|reason| **reason != ANY).or(reasons.first()).copied()
        }
        Predicate::Any(parts) => parts.iter().find_map(|part| refusal(part, origins)),
        Predicate::OrFalse(inner) => refusal(inner, origins),
        Predicate::Not(_) => Some("what a row lacks is seen by reading it"),
        Predicate::Text { left, comparison: TextComparison::Equals(_), right: Text::Literal(value) } => {
            of_text(left).or_else(|| short(value).then_some(SHORT))
        }
        Predicate::Text { left, right: Text::Literal(_), .. } => {
            of_text(left).or(Some("a part of a text, which need not be a whole term"))
        }
        Predicate::Text { .. } | Predicate::SameFlag(..) | Predicate::SameAddress { .. } => {
            Some("two values of the row are compared")
        }
        Predicate::TextIn { left, values, .. } => of_text(left).or_else(|| values.iter().any(short).then_some(SHORT)),
        Predicate::InList { .. } => Some("each value is looked up in a list"),
        Predicate::Has { left, .. } => of_text(left),
        Predicate::Matches { text, .. } => of_text(text).or(Some("an expression is tried on every value")),
        Predicate::Compare { left, .. } | Predicate::NumberIn { left, .. } => match left {
            Number::Column(column) if !origins.is_computed(&column.name) => None,
            _ => Some("the value is computed for each row"),
        },
        Predicate::Flag { .. } => None,
        Predicate::InAnyRange { .. } => Some("an address block"),
        Predicate::IsEmpty(_)
        | Predicate::IsNotEmpty(_)
        | Predicate::IsNull(_)
        | Predicate::IsNotNull(_)
        | Predicate::IsObject(_) => Some(ANY),
        Predicate::AnyColumn { .. } => Some("every column of every row is read"),
        Predicate::TimeOfDay { .. } | Predicate::Weekday { .. } => Some("a part of the time"),
        Predicate::Holds(_) => Some("the elements of a list are read"),
    }
}
