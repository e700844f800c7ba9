//! What KQL or the product's tables cannot say.

use super::decode::Columns;
use super::{empty, sets};
use crate::diag::Span;
use crate::ir::{Kind, Loss, Test};
use crate::schema::{Decode, Field, LogSourceId, Target};

/// Why a test cannot be said, if it cannot.
pub fn of_test(columns: &Columns<'_>, told_apart: &[Field], test: &Test, span: Span) -> Option<Loss> {
    for field in test.fields() {
        match columns.mapping(field).map(|mapping| &mapping.decode) {
            None => {
                let reason = ["`", columns.table, "` has no column for it that is known"].concat();
                return Some(absent(columns, field, &reason, span));
            }
            Some(Decode::Absent(reason)) => return Some(absent(columns, field, reason, span)),
            Some(_) => {}
        }
    }
    if let Some(field) = told_apart.iter().find(|field| empty::tells_apart(test, field, &|field| columns.empty_means(field))) {
        return Some(indistinct(columns, field, span));
    }
    match test {
        Test::Listed { field, how, set } => sets::loss(columns.product, field, *how, set, span),
        Test::Some { condition, .. } => inside_element(columns.product, &condition.kind, condition.span),
        Test::Presence { .. }
        | Test::Text { .. }
        | Test::Like { .. }
        | Test::Regex { .. }
        | Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Fields { .. }
        | Test::Anywhere { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => None,
    }
}

/// L0301.
fn absent(columns: &Columns<'_>, field: &Field, reason: &str, span: Span) -> Loss {
    let product = columns.product.title();
    Loss {
        code: "L0301",
        direction: None,
        span,
        message: format!("{product} does not keep `{}` of `{}`: {reason}", field.name, columns.layout.source),
        label: Some(format!("field `{}` is absent from `{}`", field.name, columns.table)),
        help: Some(ways_out(columns.product)),
    }
}

/// L0303.
fn indistinct(columns: &Columns<'_>, field: &Field, span: Span) -> Loss {
    Loss {
        code: "L0303",
        direction: None,
        span,
        message: format!(
            "{} stores an absent `{}` as an empty text, and this clause tells the two apart",
            columns.product.title(),
            field.name
        ),
        label: Some(format!("true of one of absent and `''`, in `{}`", columns.table)),
        help: Some(format!("`is empty` and `is present` mean the same in every target; or {}", ways_out(columns.product))),
    }
}

/// L0330: what KQL's `*` does not reach.
fn inside_element(product: Target, kind: &Kind, span: Span) -> Option<Loss> {
    let found = match kind {
        Kind::Constant(_) => false,
        Kind::All(parts) | Kind::Any(parts) => {
            return parts.iter().find_map(|part| inside_element(product, &part.kind, part.span));
        }
        Kind::Not(part) => return inside_element(product, &part.kind, part.span),
        Kind::Test(Test::Some { condition, .. }) => return inside_element(product, &condition.kind, condition.span),
        Kind::Test(test) => matches!(test, Test::Anywhere { .. }),
    };
    found.then(|| Loss {
        code: "L0330",
        direction: None,
        span,
        message: format!(
            "{} looks for a text anywhere in the columns of a row, not in the members of one element",
            product.title()
        ),
        label: Some("inside `some`".to_owned()),
        help: Some(format!("name the member that holds the text, or {}", ways_out(product))),
    })
}

/// L0302.
pub fn no_layout(product: Target, source: &LogSourceId, span: Span) -> Loss {
    Loss {
        code: "L0302",
        direction: None,
        span,
        message: format!("it is not known how {} stores `{source}`", product.title()),
        label: None,
        help: None,
    }
}

/// L0305.
pub fn too_long(length: usize, limit: usize, span: Span) -> Loss {
    Loss {
        code: "L0305",
        direction: None,
        span,
        message: format!("the query has {length} characters, and an analytic rule of Microsoft Sentinel takes {limit}"),
        label: None,
        help: Some("split the rule, or shorten its lists".to_owned()),
    }
}

fn ways_out(product: Target) -> String {
    format!("write `approximate` before the clause to leave it out there, or `not on {product} \"…\"`")
}
