//! What a condition's exactness rests on (S7).

use std::collections::BTreeSet;

use super::fields::Fields;
use super::patterns;
use crate::ir::{Assumption, Case, Condition, Piece, Presence, Test, TextOperator};
use crate::schema::Field;

/// Adds the assumptions of every test of the condition.
pub fn collect(fields: &Fields<'_>, condition: &Condition, assumes: &mut BTreeSet<Assumption>) {
    for (test, _) in condition.tests() {
        if test.fields().into_iter().any(|field| fields.mapping(field).is_some_and(|mapping| mapping.raw_identifiers)) {
            assumes.insert(Assumption::RawIdentifiers);
        }
        if folds_beyond_ascii(test) {
            assumes.insert(Assumption::AsciiText);
        }
        // The add-ons leave out fields with an empty value (transforms.conf, `KEEP_EMPTY_VALS`).
        if empty_text_matters(fields, test) {
            assumes.insert(Assumption::NoEmptyText);
        }
        if test.fields().iter().any(|field| fields.mapping(field).is_some_and(|mapping| mapping.raw_identifiers)) {
            assumes.insert(Assumption::RawIdentifiers);
        }
        if let Test::Text { field, operator: TextOperator::Named, .. } = test
            && fields.is_full_path(field)
        {
            assumes.insert(Assumption::FullPath);
        }
    }
}

/// Whether the comparison folds letters of which the documentation does not say how they fold.
fn folds_beyond_ascii(test: &Test) -> bool {
    let beyond = |texts: &[String]| texts.iter().any(|text| patterns::has_letter_beyond_ascii(text));
    match test {
        Test::Text { values, case, .. } | Test::Anywhere { values, case } => *case == Case::Folded && beyond(values),
        Test::Like { patterns: all, case, .. } => {
            let piece = |piece: &Piece| matches!(piece, Piece::Literal(text) if patterns::has_letter_beyond_ascii(text));
            *case == Case::Folded && all.iter().flat_map(|pattern| &pattern.0).any(piece)
        }
        // Two values of an event fold A–Z alone (S3.1); `lower` may fold more.
        Test::Fields { left, right, case, .. } => *case == Case::Folded && is_text(left) && is_text(right),
        Test::Presence { .. }
        | Test::Regex { .. }
        | Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => false,
        Test::Listed { set, .. } => !set.shape().is_ascii,
    }
}

fn is_text(field: &Field) -> bool {
    field.kind.scalar.is_text()
}

/// Whether an absent field and an empty one give different answers.
fn empty_text_matters(fields: &Fields<'_>, test: &Test) -> bool {
    match test {
        Test::Presence { field, state } => {
            is_text(field)
                && match state {
                    Presence::Exists | Presence::IsNull => true,
                    Presence::IsEmpty | Presence::IsPresent => fields.never_stores_empty(field),
                }
        }
        Test::Text { values, .. } => values.iter().any(String::is_empty),
        Test::Like { patterns: all, .. } => all.iter().any(|pattern| pattern.0.iter().all(|piece| *piece == Piece::AnyRun)),
        Test::Regex { patterns: all, .. } => all.iter().any(|regex| patterns::matches_empty(&regex.node)),
        Test::Fields { left, right, .. } => is_text(left) && is_text(right),
        Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Anywhere { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => false,
    }
}
