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
        | Predicate::IsObject(_)
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

/// The functions that computed columns call, in the order of first mention.
pub fn called(steps: &[Step]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for step in steps {
        match step {
            Step::Extend(columns) => columns.iter().for_each(|(_, scalar)| calls_of_scalar(scalar, &mut found)),
            Step::Where(_) | Step::AnyElement(_) | Step::Project(_) => {}
        }
    }
    found
}

fn calls_of_scalar(scalar: &Scalar, found: &mut Vec<&'static str>) {
    match scalar {
        Scalar::Text(text) => calls(text, found),
        Scalar::Number(number) => calls_of_number(number, found),
        Scalar::Moment(_) | Scalar::Dynamic(_) | Scalar::Other(_) => {}
    }
}

fn calls_of_number(number: &Number, found: &mut Vec<&'static str>) {
    match number {
        Number::Column(_) | Number::Integer(_) | Number::Float(_) | Number::Null => {}
        Number::Parsed(text) | Number::Extract { from: text, .. } => calls(text, found),
        Number::Case { arms, otherwise } => {
            arms.iter().for_each(|(_, value)| calls_of_number(value, found));
            calls_of_number(otherwise, found);
        }
        Number::Coalesce(parts) => parts.iter().for_each(|part| calls_of_number(part, found)),
    }
}

fn calls(text: &Text, found: &mut Vec<&'static str>) {
    match text {
        Text::Call { function, arguments } => {
            if !found.contains(function) {
                found.push(function);
            }
            arguments.iter().for_each(|argument| calls(argument, found));
        }
        Text::Column(_) | Text::Literal(_) | Text::Of(_) | Text::Hex { .. } => {}
        Text::Lower(inner)
        | Text::Extract { from: inner, .. }
        | Text::ReplaceMatches { from: inner, .. }
        | Text::Replace { from: inner, .. } => calls(inner, found),
        Text::Concat(parts) | Text::Coalesce(parts) => parts.iter().for_each(|part| calls(part, found)),
        Text::If { then, otherwise, .. } => {
            calls(then, found);
            calls(otherwise, found);
        }
        Text::Case { arms, otherwise } => {
            arms.iter().for_each(|(_, value)| calls(value, found));
            calls(otherwise, found);
        }
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
        Predicate::IsObject(dynamic) => of_dynamic(dynamic, found),
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
        | Text::Replace { from: inner, .. } => of_text(inner, found),
        Text::Call { arguments, .. } => arguments.iter().for_each(|argument| of_text(argument, found)),
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
