//! From a product's row back to canonical values: what each conversion of the mappings means, read from its definition.
//!
//! A row that was laid out counts only if this gives the event back.

use serde_json::Value as Json;

use super::{Cell, Row};
use crate::ir::event::Value;
use crate::schema::Decode;

/// The canonical value that a conversion yields for a row; `None` is absent.
pub fn value(row: &Row, decode: &Decode) -> Option<Value> {
    match decode {
        Decode::Column(column) => match row.cells.get(column)? {
            Cell::Text(text) if text.is_empty() && row.empty_is_absent => None,
            Cell::Text(text) => Some(Value::Text(text.clone())),
            Cell::Integer(value) => Some(Value::Integer(*value)),
            Cell::Real(value) => Some(Value::Float(*value)),
            Cell::Boolean(value) => Some(Value::Boolean(*value)),
            Cell::Time(time) => Some(Value::Integer(*time)),
            Cell::Dynamic(value) => of_json(value),
            Cell::Several(values) => Some(Value::List(values.iter().cloned().map(Value::Text).collect())),
        },
        Decode::Coalesce(parts) => parts.iter().find_map(|part| value(row, part)),
        Decode::Element { column, index } => match row.cells.get(column)? {
            Cell::Several(values) => values.get(*index).cloned().map(Value::Text),
            Cell::Text(text) if *index == 0 => Some(Value::Text(text.clone())),
            _ => None,
        },
        Decode::Account { domain, name } => {
            let name = given(row, name)?;
            Some(Value::Text(match given(row, domain) {
                Some(domain) => format!(r"{domain}\{name}"),
                None => name,
            }))
        }
        Decode::Path { folder, name } => {
            let name = given(row, name)?;
            Some(Value::Text(match given(row, folder) {
                Some(folder) => format!(r"{folder}\{name}"),
                None => name,
            }))
        }
        Decode::Constant(value) => Some(Value::Text(value.clone())),
        Decode::Json { column, path } => {
            let whole = match row.cells.get(column)? {
                Cell::Dynamic(value) => value.clone(),
                Cell::Text(text) => serde_json::from_str(text).ok()?,
                _ => return None,
            };
            let found = path.iter().try_fold(&whole, |value, step| value.get(step))?;
            match of_json(found)? {
                Value::Text(text) if text.is_empty() => None,
                value => Some(value),
            }
        }
        Decode::XmlData { column, name } => {
            let text = xml_data(&given(row, column)?, name)?;
            (!text.is_empty()).then_some(Value::Text(text))
        }
        Decode::XmlValues(column) => {
            let xml = given(row, column)?;
            let elements = xml.split("<Data>").skip(1).filter_map(|rest| rest.split_once("</Data>"));
            let texts: Vec<Value> = elements
                .filter(|(inner, _)| !inner.is_empty())
                .map(|(inner, _)| characters(inner).map(Value::Text))
                .collect::<Option<_>>()?;
            (!texts.is_empty()).then_some(Value::List(texts))
        }
        Decode::HashIn { column, data, algorithm } => {
            let text = given(row, column)?;
            let text = match data {
                Some(name) => xml_data(&text, name)?,
                None => text,
            };
            let found = text.split(',').find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.trim().eq_ignore_ascii_case(algorithm).then(|| value.trim().to_owned())
            })?;
            (!found.is_empty()).then_some(Value::Text(found))
        }
        Decode::Hashes(parts) => {
            let present: Vec<String> =
                parts.iter().filter_map(|(algorithm, column)| Some(format!("{algorithm}={}", given(row, column)?))).collect();
            (!present.is_empty()).then(|| Value::Text(present.join(",")))
        }
        Decode::Registry { key, value } => {
            let key = registry_key(&given(row, key)?);
            Some(Value::Text(match value {
                None => key,
                Some(value) => format!(r"{key}\{}", given(row, value).unwrap_or_else(|| "(Default)".to_owned())),
            }))
        }
        Decode::RegistryData { kind, data } => registry_data(&given(row, kind)?, given(row, data).as_deref()),
        Decode::Case { column, arms, otherwise } => {
            let by = given(row, column).unwrap_or_default();
            match arms.iter().find(|(arm, _)| arm.eq_ignore_ascii_case(&by)) {
                Some((_, decode)) => value(row, decode),
                None => otherwise.as_ref().and_then(|decode| value(row, decode)),
            }
        }
        Decode::UrlHost(column) => {
            let url = given(row, column)?;
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
            (!host.is_empty()).then(|| Value::Text(host.to_owned()))
        }
        Decode::Hex(column) => {
            let text = given(row, column)?;
            let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => i64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            };
            number.map(Value::Integer)
        }
        Decode::After { prefix, value: inner } => match value(row, inner)? {
            Value::Text(text) => Some(Value::Text(match text.get(..prefix.len()) {
                Some(head) if head.eq_ignore_ascii_case(prefix) => text[prefix.len()..].to_owned(),
                _ => text,
            })),
            other => Some(other),
        },
        Decode::Absent(_) => None,
    }
}

/// A column's text where it is there and not empty.
fn given(row: &Row, column: &str) -> Option<String> {
    let text = match row.cells.get(column)? {
        Cell::Text(text) => text.clone(),
        Cell::Integer(value) => value.to_string(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Real(_) | Cell::Time(_) | Cell::Dynamic(_) | Cell::Several(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn of_json(value: &Json) -> Option<Value> {
    match value {
        Json::Null => None,
        Json::Bool(value) => Some(Value::Boolean(*value)),
        Json::Number(number) => number.as_i64().map(Value::Integer).or_else(|| number.as_f64().map(Value::Float)),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Array(elements) => Some(Value::List(elements.iter().filter_map(of_json).collect())),
        Json::Object(fields) => {
            Some(Value::Object(fields.iter().filter_map(|(name, value)| Some((name.as_str().into(), of_json(value)?))).collect()))
        }
    }
}

/// The text of `<Data Name="…">`, with the five entities of XML and those by number resolved.
fn xml_data(xml: &str, name: &str) -> Option<String> {
    let open = format!("<Data Name=\"{}\">", escape_xml(name));
    let from = xml.find(&open)? + open.len();
    characters(&xml[from..from + xml[from..].find("</Data>")?])
}

/// The characters of a text in XML.
fn characters(inner: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = inner;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';')? + at;
        out.push(match &rest[at + 1..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => match number.strip_prefix("#x") {
                Some(digits) => char::from_u32(u32::from_str_radix(digits, 16).ok()?)?,
                None => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
            },
        });
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// Characters that cannot stand in XML text or an attribute as they are.
pub(super) fn escape_xml(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // As the queries that read it take it to be written (docs/assumptions.md, "Entities").
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out
}

/// The rest of a text after a prefix of whole path components, ignoring case.
pub(super) fn below<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    let rest = &text[prefix.len()..];
    (head.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('\\'))).then_some(rest)
}

/// A registry key as Sysmon abbreviates it.
fn registry_key(key: &str) -> String {
    const LOCAL: &str = "HKEY_LOCAL_MACHINE";
    if let Some(rest) = below(key, r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes").or_else(|| below(key, "HKEY_CLASSES_ROOT")) {
        return format!("HKCR{rest}");
    }
    if let Some(rest) = below(key, r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001") {
        return format!(r"HKLM\{}\CurrentControlSet{rest}", &key[LOCAL.len() + 1..LOCAL.len() + 7]);
    }
    if let Some(rest) = below(key, LOCAL) {
        return format!("HKLM{rest}");
    }
    if let Some(rest) = below(key, "HKEY_USERS") {
        return format!("HKU{rest}");
    }
    match below(key, "HKEY_CURRENT_USER") {
        Some(rest) if rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(r"\S-1-")) => format!("HKU{rest}"),
        _ => key.to_owned(),
    }
}

/// A registry value's data as Sysmon writes it.
fn registry_data(kind: &str, data: Option<&str>) -> Option<Value> {
    let text = match kind.to_ascii_lowercase().as_str() {
        "dword" => format!("DWORD (0x{:08x})", data?.parse::<u32>().ok()?),
        "qword" => {
            let number = data?.parse::<u64>().ok()?;
            format!("QWORD (0x{:08x}-0x{:08x})", number >> 32, number & 0xFFFF_FFFF)
        }
        "binary" => "Binary Data".to_owned(),
        "string" | "expandstring" | "multistring" => data.unwrap_or("(Empty)").to_owned(),
        _ => return None,
    };
    Some(Value::Text(text))
}
