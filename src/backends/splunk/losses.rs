//! What Splunk, or the profile, cannot say.

use crate::diag::Span;
use crate::ir::{Condition, Direction, Kind, Loss, Number, Order, Piece, Presence, Test, TextOperator};
use crate::schema::{Decode, Field, ScalarType, catalogue};

use super::ast::FieldName;
use super::column::EXACT_LIMIT;
use super::fields::{Fields, is_writable};
use super::lower::LONGEST_PATTERN;

fn refused(code: &'static str, span: Span, message: String) -> Loss {
    Loss { code, direction: None, span, message, label: None, help: None }
}

/// The loss of a test that cannot be said exactly.
pub fn of_test(fields: &Fields<'_>, test: &Test, span: Span) -> Option<Loss> {
    if let Test::Some { field, .. } = test {
        return Some(Loss {
            label: Some("one element must satisfy all of this".to_owned()),
            help: Some("write `approximate` before it to leave it out in Splunk, or `not on splunk \"…\"`".to_owned()),
            ..refused(
                "L0310",
                span,
                format!(
                    "Splunk keeps each field of the elements of `{}` as values of its own, which no longer say what belongs to one element",
                    field.name
                ),
            )
        });
    }
    if let Some(loss) = test.fields().into_iter().find_map(|field| of_field(fields, field, span)) {
        return Some(loss);
    }
    if let Some(length) = longest(test).filter(|length| *length > LONGEST_PATTERN) {
        return Some(Loss {
            label: Some(format!("{length} bytes")),
            ..refused(
                "L0315",
                span,
                format!(
                    "Splunk's regular expressions are compiled to 64 KiB at most, which a text of more than {LONGEST_PATTERN} bytes may fill"
                ),
            )
        });
    }
    if let Test::Listed { field, how, set } = test {
        return super::sets::loss(field, *how, set, span);
    }
    match test {
        Test::Number { field, order: Order::Less | Order::LessOrEqual | Order::Greater | Order::GreaterOrEqual, values }
            if matches!(field.kind.scalar, ScalarType::Integer | ScalarType::HexInteger) =>
        {
            let large = values.iter().find_map(|value| match value {
                Number::Integer(value) if value.unsigned_abs() >= EXACT_LIMIT => Some(*value),
                Number::Integer(_) | Number::Float(_) => None,
            })?;
            Some(Loss {
                label: Some("further from zero than 2^53".to_owned()),
                help: Some("Splunk compares such numbers with `==` exactly, as text".to_owned()),
                ..refused(
                    "L0312",
                    span,
                    format!("Splunk orders numbers as 64-bit floating point, which cannot tell `{large}` from its neighbours"),
                )
            })
        }
        Test::Fields { left, operator: TextOperator::Equals, right, .. }
            if left.kind.scalar == ScalarType::Ip && right.kind.scalar == ScalarType::Ip =>
        {
            Some(Loss {
                help: Some("compare each field with the addresses or blocks that matter".to_owned()),
                ..refused(
                    "L0313",
                    span,
                    format!(
                        "Splunk has no function that brings an IPv6 address to one spelling, so `{}` and `{}` cannot be compared as addresses",
                        left.name, right.name
                    ),
                )
            })
        }
        Test::Presence { .. }
        | Test::Text { .. }
        | Test::Like { .. }
        | Test::Regex { .. }
        | Test::Number { .. }
        | Test::Boolean { .. }
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

/// The loss of a field that the profile does not keep, or whose name cannot be written.
pub fn of_field(fields: &Fields<'_>, field: &Field, span: Span) -> Option<Loss> {
    let profile = fields.layout.profile.name();
    let help = || Some("write `approximate` before the clause to leave it out in Splunk, or `not on splunk \"…\"`".to_owned());
    let absent = |reason: &str| Loss {
        label: Some(format!("no column of profile `{profile}` holds `{}`", field.name)),
        help: help(),
        ..refused("L0301", span, format!("Splunk has no `{}` for `{}`: {reason}", field.name, fields.layout.source))
    };
    match fields.decode(field) {
        None => {
            let known = catalogue::find(&fields.layout.source.0).is_some_and(|source| source.field(&field.name).is_some());
            Some(absent(if known {
                "the profile does not map it"
            } else {
                "no record of this log source is known to have the field"
            }))
        }
        Some(Decode::Absent(reason)) => Some(absent(reason)),
        Some(decode) => {
            let writable = is_writable(decode)
                && (fields.column(field).is_some()
                    || matches!(decode, Decode::HashIn { .. })
                    || FieldName::new(&field.name).is_some());
            (!writable).then(|| Loss {
                help: help(),
                ..refused(
                    "L0311",
                    span,
                    format!(
                        "Splunk documents no way to write the name of the column of `{}` in both `search` and `eval`",
                        field.name
                    ),
                )
            })
        }
    }
}

/// What the classic rendering of Windows events lacks. Where the author wrote `approximate`, the clause is kept: it is exact for
/// XML, and classic events are judged without the field. Everywhere else the rule is refused. `positive`: whether an even number
/// of `not` stands above; `allowed`: whether an `approximate` does.
pub fn of_renderings(fields: &Fields<'_>, condition: &Condition, positive: bool, allowed: bool) -> Vec<Loss> {
    let allowed = allowed || condition.approximate;
    match &condition.kind {
        Kind::Constant(_) => Vec::new(),
        Kind::All(parts) | Kind::Any(parts) => {
            parts.iter().flat_map(|part| of_renderings(fields, part, positive, allowed)).collect()
        }
        Kind::Not(part) => of_renderings(fields, part, !positive, allowed),
        Kind::Test(test) => {
            let negative = matches!(test, Test::Presence { state: Presence::IsNull | Presence::IsEmpty, .. });
            let only = test.fields().into_iter().find(|field| fields.mapping(field).is_some_and(|mapping| mapping.xml_only));
            let direction = if positive == negative { Direction::Wider } else { Direction::Narrower };
            only.map(|field| Loss {
                direction: allowed.then_some(direction),
                help: Some(if allowed {
                    "where the log is collected with `renderXml = true` alone, say so in huntc.yaml: `rendering: xml`".to_owned()
                } else {
                    "where the log is collected with `renderXml = true` alone, say so in huntc.yaml: `rendering: xml`; else write \
                     `approximate` before the clause"
                        .to_owned()
                }),
                ..refused(
                    "L0314",
                    condition.span,
                    format!(
                        "in the classic rendering of Windows events Splunk has no `{}`, so such events cannot be judged by it",
                        field.name
                    ),
                )
            })
            .into_iter()
            .collect()
        }
    }
}

/// The length in bytes of the longest text or pattern that a regular expression would have to hold.
fn longest(test: &Test) -> Option<usize> {
    match test {
        Test::Text { values, .. } | Test::Anywhere { values, .. } => values.iter().map(String::len).max(),
        Test::Like { patterns, .. } => {
            let length = |piece: &Piece| match piece {
                Piece::Literal(text) => text.len(),
                Piece::AnyRun | Piece::AnyOne => 2,
            };
            patterns.iter().map(|pattern| pattern.0.iter().map(length).sum()).max()
        }
        Test::Regex { patterns, .. } => patterns.iter().map(|pattern| pattern.written.len()).max(),
        Test::Presence { .. }
        | Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Fields { .. }
        | Test::Some { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => None,
    }
}
