//! Comparisons that go to the columns a value is made of, instead of to the value: they read better, and use the index. Each
//! selects the same rows as the comparison of the decoded value does.

use super::ast::{Column, Maybe, Number, Sure, Text};
use super::decode::{PresenceOf, TextValue};
use super::lower::Lowering;
use crate::ir::{Assumption, Case, TextOperator};
use crate::schema::columns::ColumnType;
use crate::schema::mapping::FieldMapping;
use crate::schema::{Decode, Field};

/// A text comparison over the columns themselves, where that is possible.
pub fn text(
    lowering: &mut Lowering<'_>,
    field: &Field,
    mapping: &FieldMapping,
    operator: TextOperator,
    values: &[String],
    case: Case,
) -> Option<Maybe> {
    if field.kind.list {
        return None;
    }
    match (&mapping.decode, operator) {
        (Decode::Column(column), TextOperator::Equals) => {
            let column = lowering.columns.column(column);
            matches!(column.kind, ColumnType::Int | ColumnType::Long).then(|| number_text(column, values))
        }
        (Decode::Column(_), TextOperator::Named) => named(lowering, mapping, values, case).map(Maybe::from),
        // The name column is the last component, as the path is made of the two.
        (Decode::Path { name, .. }, TextOperator::Named) => {
            Some(on_column(lowering, name, TextOperator::Equals, values.to_vec(), case).into())
        }
        (Decode::Account { domain, name }, _) => account(lowering, domain, name, operator, values, case).map(Maybe::from),
        (Decode::RegistryData { kind, data }, TextOperator::Equals) => registry_number(lowering, kind, data, values, case),
        _ => None,
    }
}

/// A text field in a column of integers: a literal that is no integer, spelled as one writes it, is never its text (S1.3).
fn number_text(column: Column, values: &[String]) -> Maybe {
    let canonical = |value: &String| value.parse::<i64>().ok().filter(|number| number.to_string() == *value);
    Maybe::number_in(Number::Column(column), values.iter().filter_map(canonical).map(Number::Integer).collect())
}

/// `DWORD (0x00000001)`: a type and a number; or a text of just these characters, which a binary value, that has no data, never has.
fn registry_number(lowering: &Lowering<'_>, kind: &str, data: &str, values: &[String], case: Case) -> Option<Maybe> {
    let numbers: Vec<Number> = values
        .iter()
        .map(|value| {
            let (head, rest) = value.split_at_checked("DWORD (0x".len())?;
            let digits = rest.strip_suffix(')')?;
            let spelled = match case {
                Case::Folded => head.eq_ignore_ascii_case("DWORD (0x"),
                Case::Exact => head == "DWORD (0x" && !digits.bytes().any(|digit| digit.is_ascii_uppercase()),
            };
            let hex = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            (spelled && hex).then(|| i64::from_str_radix(digits, 16).ok().map(Number::Integer))?
        })
        .collect::<Option<_>>()?;
    let kind = Sure::text_in(Text::Column(lowering.columns.column(kind)), vec!["Dword".to_owned()], Case::Folded);
    let data = Text::Column(lowering.columns.column(data));
    let number = Maybe::number_in(Number::Parsed(Box::new(data.clone())), numbers);
    let spelled = Sure::text_in(data, values.to_vec(), case);
    Some(Maybe::any(vec![Maybe::all(vec![kind.into(), number]), spelled.into()]))
}

/// S3.7: the column that holds the file's name alone, or the end of a path that is known to be a full one.
fn named(lowering: &mut Lowering<'_>, mapping: &FieldMapping, values: &[String], case: Case) -> Option<Sure> {
    if let Some(name) = &mapping.file_name {
        lowering.assumes.insert(Assumption::FullPath);
        return Some(on_column(lowering, name, TextOperator::Equals, values.to_vec(), case));
    }
    let (Decode::Column(path), Some(separator), true) = (&mapping.decode, lowering.separators.first(), mapping.full_path) else {
        return None;
    };
    let separator = separator.to_string();
    lowering.assumes.insert(Assumption::FullPath);
    let ends = values.iter().map(|value| [&separator, value.as_str()].concat()).collect();
    Some(on_column(lowering, path, TextOperator::EndsWith, ends, case))
}

/// `domain\name` in two columns. Neither holds a backslash: Windows allows none in a domain's or an account's name
/// (learn.microsoft.com/troubleshoot/windows-server/active-directory/naming-conventions-for-computer-domain-site-ou).
fn account(
    lowering: &mut Lowering<'_>,
    domain: &str,
    name: &str,
    operator: TextOperator,
    values: &[String],
    case: Case,
) -> Option<Sure> {
    let has_domain = |lowering: &Lowering<'_>| Sure::is_not_empty(Text::Column(lowering.columns.column(domain)));
    if values.iter().any(String::is_empty) {
        return None;
    }
    match operator {
        TextOperator::Equals => {
            // Names by domain; the empty domain for values without one.
            let mut by_domain: Vec<(&str, Vec<String>)> = Vec::new();
            for value in values {
                let (of, account) = value.split_once('\\').unwrap_or(("", value));
                if account.is_empty() || account.contains('\\') || value.starts_with('\\') {
                    return None;
                }
                let same = |known: &str| if case == Case::Folded { known.eq_ignore_ascii_case(of) } else { known == of };
                match by_domain.iter_mut().find(|(known, _)| same(known)) {
                    Some((_, accounts)) => accounts.push(account.to_owned()),
                    None => by_domain.push((of, vec![account.to_owned()])),
                }
            }
            let mut parts = Vec::new();
            for (of, accounts) in by_domain {
                let domain_holds = if of.is_empty() {
                    has_domain(lowering).negate()
                } else {
                    on_column(lowering, domain, TextOperator::Equals, vec![of.to_owned()], case)
                };
                let name_holds = on_column(lowering, name, TextOperator::Equals, accounts, case);
                parts.push(Sure::all(vec![domain_holds, name_holds]));
            }
            Some(Sure::any(parts))
        }
        TextOperator::EndsWith => {
            let mut parts = Vec::new();
            for value in values {
                match value.strip_prefix('\\') {
                    Some(account) if !account.is_empty() && !account.contains('\\') => {
                        let holds = on_column(lowering, name, TextOperator::Equals, vec![account.to_owned()], case);
                        parts.push(Sure::all(vec![has_domain(lowering), holds]));
                    }
                    None if !value.contains('\\') => {
                        parts.push(on_column(lowering, name, TextOperator::EndsWith, vec![value.clone()], case));
                    }
                    _ => return None,
                }
            }
            Some(Sure::any(parts))
        }
        TextOperator::StartsWith => {
            let mut parts = Vec::new();
            for value in values {
                let (of, account) = value.split_once('\\')?;
                if of.is_empty() || account.contains('\\') {
                    return None;
                }
                let name_holds = if account.is_empty() {
                    Sure::is_not_empty(Text::Column(lowering.columns.column(name)))
                } else {
                    on_column(lowering, name, TextOperator::StartsWith, vec![account.to_owned()], case)
                };
                let domain_holds = on_column(lowering, domain, TextOperator::Equals, vec![of.to_owned()], case);
                parts.push(Sure::all(vec![domain_holds, name_holds]));
            }
            Some(Sure::any(parts))
        }
        TextOperator::Contains | TextOperator::Named => None,
    }
}

/// A comparison of one text column; absent is empty, and the values are not.
fn on_column(lowering: &mut Lowering<'_>, column: &str, operator: TextOperator, values: Vec<String>, case: Case) -> Sure {
    let text = Text::Column(lowering.columns.column(column));
    lowering.text(&TextValue { text, presence: PresenceOf::Text }, operator, &values, case)
}
