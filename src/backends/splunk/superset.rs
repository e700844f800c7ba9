//! What the base search can say of a condition: an expression that holds for at least its events, one that holds for at most
//! its events, and whether the two are one.
//!
//! The base search is all that an index can use, so a condition that only `where` says exactly is narrowed by its superset
//! first; where the superset is exact, no `where` follows.

use super::ast::{Block, FieldName, Search, Wildcard};
use super::bounds::{Bound, Bounds};
use super::column::{self, AnyOf};
use super::fields::Fields;
use super::{patterns, words};
use crate::ir::{Case, Condition, IpBlock, Kind, Presence, Test, TextOperator};
use crate::schema::{Decode, Field, ScalarType};

/// The bounds of a condition.
pub fn bounds(fields: &Fields<'_>, condition: &Condition) -> Bounds {
    match &condition.kind {
        Kind::Constant(value) => Bounds::truth(*value),
        Kind::All(parts) => Bounds::all(parts.iter().map(|part| bounds(fields, part)).collect()),
        Kind::Any(parts) => Bounds::any(parts.iter().map(|part| bounds(fields, part)).collect()),
        Kind::Not(part) => bounds(fields, part).not(),
        Kind::Test(test) => of_test(fields, test),
    }
}

fn of_test(fields: &Fields<'_>, test: &Test) -> Bounds {
    match test {
        Test::Presence { field, state } => match state {
            Presence::Exists => presence(fields, field, false),
            Presence::IsPresent => presence(fields, field, true),
            Presence::IsNull => presence(fields, field, false).not(),
            Presence::IsEmpty => presence(fields, field, true).not(),
        },
        Test::Text { field, operator, values, case } => {
            let full_path = *operator == TextOperator::Named && fields.is_full_path(field);
            through(
                fields,
                field,
                &|decode| match decode {
                    Decode::Account { domain, name } => joined(domain, name, *operator, values),
                    Decode::Path { folder, name } => joined(folder, name, *operator, values),
                    Decode::Constant(constant)
                        if *case == Case::Folded || values.iter().all(|value| !patterns::has_letter(value)) =>
                    {
                        constant_text(constant, *operator, values)
                    }
                    _ => None,
                },
                &|column| column::text(column, *operator, values, *case, full_path, fields.separators),
            )
        }
        Test::Like { field, patterns, case } => {
            through(fields, field, &|_| None, &|column| column::like(column, patterns, *case))
        }
        Test::Regex { field, patterns } => through(fields, field, &|_| None, &|column| {
            let upper = patterns.iter().map(|regex| column::of_need(column, &patterns::needs(&regex.node)));
            Bounds { upper: Bound::any(upper.collect()), lower: Bound::False, exact: false }
        }),
        Test::Number { field, order, values } => {
            let hex = fields.is_hex(field);
            through(fields, field, &|_| None, &|column| column::number(column, field.kind.scalar, hex, *order, values))
        }
        Test::Boolean { field, value } => through(fields, field, &|_| None, &|column| {
            Wildcard::new(false, if *value { "true" } else { "false" }, false).map_or_else(Bounds::unknown, |value| {
                Bounds::exact(Search::Equals { field: column.clone(), values: vec![value] })
            })
        }),
        Test::Address { field, blocks } => through(fields, field, &|_| None, &|column| {
            let values = blocks.iter().flat_map(search_blocks).collect();
            Bounds::within(Search::Blocks { field: column.clone(), values })
        }),
        Test::Hash { field, algorithm, values } => match fields.hash_text(field) {
            Some(column) => {
                let values =
                    values.iter().filter_map(|value| Wildcard::new(true, &[algorithm.sysmon_name(), "=", value].concat(), true));
                Bounds::within(Search::Equals { field: column, values: values.collect() })
            }
            None => through(fields, field, &|_| None, &|column| {
                column::text(column, TextOperator::Equals, values, Case::Folded, false, fields.separators)
            }),
        },
        // A table beside the query is asked for each event.
        Test::Listed { field, .. } => presence(fields, field, false).upper_only(),
        Test::Fields { left, right, .. } => {
            Bounds::all(vec![presence(fields, left, false), presence(fields, right, false)]).upper_only()
        }
        Test::Anywhere { values, case } => words::anywhere(values, *case),
        // Refused before it comes here.
        Test::Some { .. } => Bounds::unknown(),
        Test::TimeOfDay { .. } | Test::Weekday { .. } => Bounds::unknown(),
    }
}

/// The bounds of a test of one column, for a field that is read from columns.
fn through(
    fields: &Fields<'_>,
    field: &Field,
    special: &dyn Fn(&Decode) -> Option<Bounds>,
    of_column: &dyn Fn(&FieldName) -> Bounds,
) -> Bounds {
    fields.decode(field).map_or_else(Bounds::unknown, |decode| of_decode(decode, special, of_column))
}

fn of_decode(decode: &Decode, special: &dyn Fn(&Decode) -> Option<Bounds>, of_column: &dyn Fn(&FieldName) -> Bounds) -> Bounds {
    if let Some(bounds) = special(decode) {
        return bounds;
    }
    let column = |name: &str| match FieldName::new(name) {
        Some(name) if !name.is_modifier() => of_column(&name),
        _ => Bounds::unknown(),
    };
    match decode {
        Decode::Column(name) | Decode::Hex(name) => column(name),
        // The first that is present: the next one counts only where this one is absent.
        Decode::Coalesce(parts) => match parts.as_slice() {
            [] => Bounds::unknown(),
            [only] => of_decode(only, special, of_column),
            [first, rest @ ..] => {
                let absent = match first {
                    Decode::Column(name) => exists(name).map_or_else(Bounds::unknown, |exists| Bounds::exact(exists).not()),
                    _ => Bounds::unknown(),
                };
                let rest = of_decode(&Decode::Coalesce(rest.to_vec()), special, of_column);
                Bounds::any(vec![of_decode(first, special, of_column), Bounds::all(vec![absent, rest])])
            }
        },
        // Some value of the column is this one.
        Decode::Element { column: name, .. } => column(name).upper_only(),
        // Some arm's value, whichever event it is.
        Decode::Case { arms, otherwise, .. } => {
            let mut leaves = Vec::new();
            let parts = arms.iter().map(|(_, decode)| decode).chain(otherwise.iter().map(|decode| &**decode));
            parts.for_each(|decode| collect_leaves(decode, &mut leaves));
            Bounds::any(leaves.into_iter().map(|leaf| of_decode(leaf, special, of_column)).collect()).upper_only()
        }
        Decode::Account { .. }
        | Decode::Path { .. }
        | Decode::Constant(_)
        | Decode::Json { .. }
        | Decode::XmlData { .. }
        | Decode::XmlValues(_)
        | Decode::HashIn { .. }
        | Decode::Hashes(_)
        | Decode::Registry { .. }
        | Decode::RegistryData { .. }
        | Decode::UrlHost(_)
        | Decode::After { .. }
        | Decode::Absent(_) => Bounds::unknown(),
    }
}

/// The distinct conversions of which a value is one; a column counts once, whichever of its values is read.
fn collect_leaves<'a>(decode: &'a Decode, leaves: &mut Vec<&'a Decode>) {
    let column_of = |decode: &Decode| match decode {
        Decode::Column(column) | Decode::Hex(column) | Decode::Element { column, .. } => Some(column.clone()),
        _ => None,
    };
    match decode {
        Decode::Coalesce(parts) => parts.iter().for_each(|part| collect_leaves(part, leaves)),
        Decode::Case { arms, otherwise, .. } => {
            arms.iter().for_each(|(_, decode)| collect_leaves(decode, leaves));
            otherwise.iter().for_each(|decode| collect_leaves(decode, leaves));
        }
        Decode::Absent(_) => {}
        leaf => {
            let known =
                |other: &&Decode| *other == leaf || column_of(leaf).is_some_and(|column| column_of(other) == Some(column));
            if !leaves.iter().any(known) {
                leaves.push(leaf);
            }
        }
    }
}

fn exists(column: &str) -> Option<Search> {
    FieldName::new(column).filter(|name| !name.is_modifier()).map(Search::Exists)
}

/// `exists`, or with `filled` `is present`.
fn presence(fields: &Fields<'_>, field: &Field, filled: bool) -> Bounds {
    let filled = filled && !fields.never_stores_empty(field);
    let readable = match field.kind.scalar {
        ScalarType::String | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Ip | ScalarType::Time | ScalarType::Object => {
            None
        }
        ScalarType::Boolean => Some(&["true", "false"][..]),
        ScalarType::Integer | ScalarType::Float | ScalarType::HexInteger => Some(&[][..]),
    };
    let special = |decode: &Decode| match decode {
        Decode::Constant(constant) => Some(Bounds::truth(!filled || !constant.is_empty())),
        Decode::Account { name, .. } | Decode::Path { name, .. } | Decode::UrlHost(name) => exists(name).map(Bounds::within),
        Decode::HashIn { column, data: None, algorithm } => {
            let value = Wildcard::new(true, &[algorithm, "="].concat(), true)?;
            Some(Bounds::within(Search::Equals { field: FieldName::new(column)?, values: vec![value] }))
        }
        _ => None,
    };
    through(fields, field, &special, &|column| match readable {
        Some([]) => Bounds::within(Search::Exists(column.clone())),
        Some(words) => {
            let values = words.iter().filter_map(|word| Wildcard::new(false, word, false)).collect();
            Bounds::exact(Search::Equals { field: column.clone(), values })
        }
        None if filled => Bounds::within(Search::Exists(column.clone())),
        None => Bounds::exact(Search::Exists(column.clone())),
    })
}

/// A block as `cidrmatch` and `search` take it, with the form in which IPv6 carries IPv4 addresses (S4.2).
fn search_blocks(block: &IpBlock) -> Vec<Block> {
    let mut blocks = super::addresses::v4_block(block).map_or_else(
        || vec![Block { network: block.network, prefix: block.prefix }],
        |v4| vec![Block { network: v4.network, prefix: v4.prefix }, super::addresses::mapped(v4)],
    );
    blocks.dedup();
    blocks
}

/// A value made of two columns with a separator between them.
fn joined(first: &str, last: &str, operator: TextOperator, values: &[String]) -> Option<Bounds> {
    let (first, last) = (FieldName::new(first)?, FieldName::new(last)?);
    if first.is_modifier() || last.is_modifier() {
        return None;
    }
    let mut parts = Vec::new();
    for value in values {
        let tail = value.rsplit('\\').next().unwrap_or(value);
        let one = |column: &FieldName, before: bool, text: &str, behind: bool| {
            let mut any = AnyOf::new(column, false);
            any.add(before, text, behind);
            any.bounds().upper
        };
        parts.push(match operator {
            _ if value.is_empty() => Bound::Is(Search::Exists(last.clone())),
            TextOperator::Equals | TextOperator::EndsWith | TextOperator::Named if !tail.is_empty() => {
                one(&last, true, tail, false)
            }
            TextOperator::Contains if !value.contains('\\') => {
                Bound::any(vec![one(&first, true, value, true), one(&last, true, value, true)])
            }
            TextOperator::StartsWith if !value.contains('\\') => {
                Bound::any(vec![one(&first, false, value, true), one(&last, false, value, true)])
            }
            TextOperator::StartsWith => {
                let head = value.split('\\').next().unwrap_or(value);
                if head.is_empty() {
                    Bound::True
                } else {
                    Bound::any(vec![one(&first, false, head, true), one(&last, false, value, true)])
                }
            }
            TextOperator::Equals | TextOperator::EndsWith | TextOperator::Named | TextOperator::Contains => {
                Bound::Is(Search::Exists(last.clone()))
            }
        });
    }
    Some(Bounds { upper: Bound::any(parts), lower: Bound::False, exact: false })
}

fn constant_text(constant: &str, operator: TextOperator, values: &[String]) -> Option<Bounds> {
    if !constant.is_ascii() || values.iter().any(|value| !value.is_ascii()) {
        return None;
    }
    let constant = constant.to_ascii_lowercase();
    let holds = |value: &String| {
        let value = value.to_ascii_lowercase();
        match operator {
            TextOperator::Equals => Some(constant == value),
            TextOperator::Contains => Some(constant.contains(&value)),
            TextOperator::StartsWith => Some(constant.starts_with(&value)),
            TextOperator::EndsWith => Some(constant.ends_with(&value)),
            TextOperator::Named => None,
        }
    };
    let found: Option<Vec<bool>> = values.iter().map(holds).collect();
    Some(Bounds::truth(found?.contains(&true)))
}
