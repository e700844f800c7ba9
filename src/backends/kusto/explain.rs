//! What is to be said of a condition: the columns that it reads, and whether the product's index helps.

use super::ast::{Column, Dynamic, Moment, Number, Predicate, Scalar, Step, Text, TextComparison};

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
        | Predicate::AnyColumn { .. }
        | Predicate::TimeOfDay { .. }
        | Predicate::Weekday { .. }
        | Predicate::Holds(_)
        | Predicate::Call { .. } => false,
    }
}

/// Whether the condition asks something of the row that is not in the columns it names.
pub fn asks_whole_row(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::AnyColumn { .. } => true,
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(asks_whole_row),
        Predicate::Not(inner) | Predicate::OrFalse(inner) => asks_whole_row(inner),
        _ => false,
    }
}

/// Whether a computed column is read from XML, for which the query needs a function.
pub fn reads_xml(steps: &[Step]) -> bool {
    let of_scalar = |scalar: &Scalar| match scalar {
        Scalar::Text(text) => calls(text),
        Scalar::Number(number) => number_calls(number),
        Scalar::Moment(_) | Scalar::Dynamic(_) | Scalar::Other(_) => false,
    };
    steps.iter().any(|step| match step {
        Step::Extend(columns) => columns.iter().any(|(_, scalar)| of_scalar(scalar)),
        Step::Where(_) | Step::AnyElement(_) | Step::Project(_) => false,
    })
}

fn number_calls(number: &Number) -> bool {
    match number {
        Number::Column(_) | Number::Integer(_) | Number::Float(_) | Number::Null => false,
        Number::Parsed(text) | Number::Extract { from: text, .. } => calls(text),
        Number::Case { arms, otherwise } => arms.iter().any(|(_, value)| number_calls(value)) || number_calls(otherwise),
        Number::Coalesce(parts) => parts.iter().any(number_calls),
    }
}

fn calls(text: &Text) -> bool {
    match text {
        Text::Call { .. } => true,
        Text::Column(_) | Text::Literal(_) | Text::Of(_) | Text::Hex { .. } => false,
        Text::Lower(inner)
        | Text::Extract { from: inner, .. }
        | Text::ReplaceMatches { from: inner, .. }
        | Text::Replace { from: inner, .. } => calls(inner),
        Text::Concat(parts) | Text::Coalesce(parts) => parts.iter().any(calls),
        Text::If { then, otherwise, .. } => calls(then) || calls(otherwise),
        Text::Case { arms, otherwise } => arms.iter().any(|(_, value)| calls(value)) || calls(otherwise),
    }
}

/// The columns that a condition reads, in the order of first mention.
pub fn columns(predicate: &Predicate) -> Vec<Column> {
    let mut found = Vec::new();
    of_predicate(predicate, &mut found);
    found
}

fn add(column: &Column, found: &mut Vec<Column>) {
    if !found.contains(column) {
        found.push(column.clone());
    }
}

fn of_predicate(predicate: &Predicate, found: &mut Vec<Column>) {
    match predicate {
        Predicate::Constant(_) | Predicate::AnyColumn { .. } => {}
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| of_predicate(part, found)),
        Predicate::Not(inner) | Predicate::OrFalse(inner) => of_predicate(inner, found),
        Predicate::Text { left, right, .. } | Predicate::SameAddress { left, right } => {
            of_text(left, found);
            of_text(right, found);
        }
        Predicate::TextIn { left: text, .. }
        | Predicate::Matches { text, .. }
        | Predicate::InAnyRange { text, .. }
        | Predicate::IsEmpty(text)
        | Predicate::IsNotEmpty(text) => of_text(text, found),
        Predicate::Compare { left, right, .. } => {
            of_number(left, found);
            of_number(right, found);
        }
        Predicate::NumberIn { left, values } => {
            of_number(left, found);
            values.iter().for_each(|value| of_number(value, found));
        }
        Predicate::Flag { column, .. } | Predicate::Holds(column) => add(column, found),
        Predicate::SameFlag(left, right) => {
            add(left, found);
            add(right, found);
        }
        Predicate::IsNull(scalar) | Predicate::IsNotNull(scalar) => of_scalar(scalar, found),
        Predicate::TimeOfDay { moment, .. } | Predicate::Weekday { moment, .. } => of_moment(moment, found),
        Predicate::Call { arguments, .. } => arguments.iter().for_each(|column| add(column, found)),
    }
}

fn of_scalar(scalar: &Scalar, found: &mut Vec<Column>) {
    match scalar {
        Scalar::Text(text) => of_text(text, found),
        Scalar::Number(number) => of_number(number, found),
        Scalar::Moment(moment) => of_moment(moment, found),
        Scalar::Dynamic(dynamic) => of_dynamic(dynamic, found),
        Scalar::Other(column) => add(column, found),
    }
}

fn of_text(text: &Text, found: &mut Vec<Column>) {
    match text {
        Text::Column(column) => add(column, found),
        Text::Literal(_) => {}
        Text::Of(scalar) => of_scalar(scalar, found),
        Text::Lower(inner)
        | Text::Extract { from: inner, .. }
        | Text::ReplaceMatches { from: inner, .. }
        | Text::Replace { from: inner, .. }
        | Text::Call { argument: inner, .. } => of_text(inner, found),
        Text::Concat(parts) | Text::Coalesce(parts) => parts.iter().for_each(|part| of_text(part, found)),
        Text::If { condition, then, otherwise } => {
            of_predicate(condition.predicate(), found);
            of_text(then, found);
            of_text(otherwise, found);
        }
        Text::Case { arms, otherwise } => {
            for (condition, value) in arms {
                of_predicate(condition.predicate(), found);
                of_text(value, found);
            }
            of_text(otherwise, found);
        }
        Text::Hex { of, .. } => of_number(of, found),
    }
}

fn of_number(number: &Number, found: &mut Vec<Column>) {
    match number {
        Number::Column(column) => add(column, found),
        Number::Integer(_) | Number::Float(_) | Number::Null => {}
        Number::Parsed(text) | Number::Extract { from: text, .. } => of_text(text, found),
        Number::Case { arms, otherwise } => {
            for (condition, value) in arms {
                of_predicate(condition.predicate(), found);
                of_number(value, found);
            }
            of_number(otherwise, found);
        }
        Number::Coalesce(parts) => parts.iter().for_each(|part| of_number(part, found)),
    }
}

fn of_moment(moment: &Moment, found: &mut Vec<Column>) {
    match moment {
        Moment::Column(column) => add(column, found),
        Moment::Plus(inner, _) => of_moment(inner, found),
    }
}

fn of_dynamic(dynamic: &Dynamic, found: &mut Vec<Column>) {
    match dynamic {
        Dynamic::Column(column) => add(column, found),
        Dynamic::ParseJson(text) => of_text(text, found),
        Dynamic::Member(inner, _) | Dynamic::Item(inner, _) | Dynamic::Padded(inner) => of_dynamic(inner, found),
    }
}
