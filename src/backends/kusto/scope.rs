//! What a log source asks of the rows of its table, before any clause of the hunt.

use std::collections::BTreeSet;

use super::ast::{Maybe, Number, Scalar, Sure, Text, TextComparison};
use super::decode::Columns;
use crate::diag::Span;
use crate::ir::{Assumption, Case};
use crate::schema::columns::ColumnType;
use crate::schema::mapping::{ScopeCondition, ScopeOperator};

/// One line for each condition of the scope.
pub fn clauses(columns: &Columns<'_>) -> Vec<(Option<Span>, Maybe, BTreeSet<Assumption>)> {
    let scope = &columns.layout.scope;
    scope.conditions.iter().map(|condition| (None, clause(columns, condition), BTreeSet::new())).collect()
}

fn clause(columns: &Columns<'_>, condition: &ScopeCondition) -> Maybe {
    let column = columns.column(&condition.column);
    let numbers: Option<Vec<Number>> = condition.values.iter().map(|value| value.parse().ok().map(Number::Integer)).collect();
    let text = match column.kind {
        ColumnType::Int | ColumnType::Long | ColumnType::Real => {
            match (condition.operator, numbers) {
                (ScopeOperator::IsOneOf, Some(numbers)) => return Maybe::number_in(Number::Column(column), numbers),
                (ScopeOperator::IsPresent, _) => return Sure::is_not_null(Scalar::Number(Number::Column(column))).into(),
                _ => {}
            }
            Text::Of(Box::new(Scalar::Number(Number::Column(column))))
        }
        _ => columns.text_of(&crate::schema::Decode::Column(condition.column.clone())),
    };
    let starts = || {
        let starts =
            |value: &String| Sure::text(text.clone(), TextComparison::StartsWith(Case::Folded), Text::Literal(value.clone()));
        Sure::any(condition.values.iter().map(starts).collect())
    };
    match condition.operator {
        ScopeOperator::IsOneOf => {
            // The kinds of events are the product's own words, in one spelling.
            let case = if condition.column == "ActionType" { Case::Exact } else { Case::Folded };
            Sure::text_in(text, condition.values.clone(), case).into()
        }
        ScopeOperator::StartsWith => starts().into(),
        ScopeOperator::DoesNotStartWith => starts().negate().into(),
        ScopeOperator::Contains => {
            let contains =
                |value: &String| Sure::text(text.clone(), TextComparison::Contains(Case::Folded), Text::Literal(value.clone()));
            Sure::any(condition.values.iter().map(contains).collect()).into()
        }
        ScopeOperator::IsPresent => Sure::is_not_empty(text).into(),
    }
}
