//! What a stored row means: a plain reading of the conversions of `schema::decode`, for tests. It shares no code with the backends.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use huntc::ir::event::{Event, Value};
use huntc::schema::Decode;
use huntc::schema::mapping::Layout;

/// The event that a row of this layout stands for.
pub fn event(layout: &Layout, row: &Map<String, Json>) -> Event {
    let reader = Reader { row };
    let fields = layout.fields.iter().filter_map(|(name, mapping)| {
        let value = reader.decode(&mapping.decode)?;
        Some((Arc::from(name.as_str()), value))
    });
    Event { source: layout.source.clone(), time: None, fields: fields.collect(), raw: None }
}

struct Reader<'a> {
    row: &'a Map<String, Json>,
}

impl Reader<'_> {
    /// A column's value. The empty text is none: a string column of Kusto stores an absent value so, and Splunk's add-ons do not
    /// extract an empty one.
    fn value(&self, column: &str) -> Option<Value> {
        value_of(self.row.get(column)?).filter(|value| *value != Value::Text(String::new()))
    }

    fn text(&self, column: &str) -> Option<String> {
        match self.value(column)? {
            Value::Text(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Boolean(value) => Some(value.to_string()),
            _ => None,
        }
    }

    fn decode(&self, decode: &Decode) -> Option<Value> {
        match decode {
            Decode::Column(column) => self.value(column),
            Decode::Coalesce(parts) => parts.iter().find_map(|part| self.decode(part)),
            Decode::Element { column, index } => match self.value(column)? {
                Value::List(values) => values.get(*index).cloned(),
                single => (*index == 0).then_some(single),
            },
            Decode::Account { domain, name } => {
                let name = self.text(name)?;
                Some(Value::Text(self.text(domain).map_or(name.clone(), |domain| format!(r"{domain}\{name}"))))
            }
            Decode::Path { folder, name } => {
                let name = self.text(name)?;
                Some(Value::Text(self.text(folder).map_or(name.clone(), |folder| format!(r"{folder}\{name}"))))
            }
            Decode::Constant(text) => Some(Value::Text(text.clone())),
            Decode::Absent(_) => None,
            Decode::Json { column, path } => {
                let parsed;
                let mut at = match self.row.get(column)? {
                    Json::String(text) => {
                        parsed = serde_json::from_str(text).ok()?;
                        &parsed
                    }
                    other => other,
                };
                for key in path {
                    at = at.get(key)?;
                }
                value_of(at).filter(|value| *value != Value::Text(String::new()))
            }
            Decode::XmlData { column, name } => xml_data(&self.text(column)?, name).map(Value::Text),
            Decode::XmlValues(column) => {
                let text = self.text(column)?;
                let elements: Vec<Value> = text
                    .match_indices("<Data>")
                    .filter_map(|(at, open)| text[at + open.len()..].split_once("</Data>").map(|(inner, _)| inner))
                    .filter(|inner| !inner.is_empty())
                    .map(|inner| Value::Text(plain(inner)))
                    .collect();
                (!elements.is_empty()).then_some(Value::List(elements))
            }
            Decode::HashIn { column, data, algorithm } => {
                let text = self.text(column)?;
                let text = data.as_ref().map_or(Some(text.clone()), |name| xml_data(&text, name))?;
                let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
                pairs
                    .filter(|(name, _)| name.eq_ignore_ascii_case(algorithm))
                    .map(|(_, hash)| Value::Text(hash.to_owned()))
                    .next()
            }
            Decode::Hashes(parts) => {
                let present = parts.iter().filter_map(|(name, column)| Some(format!("{name}={}", self.text(column)?)));
                let text = present.collect::<Vec<_>>().join(",");
                (!text.is_empty()).then_some(Value::Text(text))
            }
            Decode::Registry { key, value } => {
                let key = root(&self.text(key)?);
                let Some(value) = value else { return Some(Value::Text(key)) };
                Some(Value::Text(format!(r"{key}\{}", self.text(value).unwrap_or_else(|| "(Default)".to_owned()))))
            }
            Decode::RegistryData { kind, data } => {
                let kind = self.text(kind)?;
                let data = self.text(data);
                let number = || data.as_deref().and_then(|data| data.parse::<u64>().ok());
                Some(Value::Text(match kind.to_ascii_lowercase().as_str() {
                    "dword" => format!("DWORD (0x{:08x})", number()?),
                    "qword" => format!("QWORD (0x{:08x}-0x{:08x})", number()? >> 32, number()? & 0xffff_ffff),
                    "binary" => "Binary Data".to_owned(),
                    _ => data.unwrap_or_else(|| "(Empty)".to_owned()),
                }))
            }
            Decode::Case { column, arms, otherwise } => {
                let by = self.text(column).unwrap_or_default();
                let arm = arms.iter().find(|(value, _)| value.eq_ignore_ascii_case(&by)).map(|(_, arm)| arm);
                self.decode(arm.or(otherwise.as_deref())?)
            }
            Decode::UrlHost(column) => {
                let text = self.text(column)?;
                let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
                let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
                (!host.is_empty()).then(|| Value::Text(host.to_owned()))
            }
            Decode::After { prefix, value } => Some(match self.decode(value)? {
                Value::Text(text) if text.to_ascii_lowercase().starts_with(&prefix.to_ascii_lowercase()) => {
                    Value::Text(text[prefix.len()..].to_owned())
                }
                other => other,
            }),
            Decode::Hex(column) => {
                let text = self.text(column)?;
                let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(digits) => i64::from_str_radix(digits, 16).ok()?,
                    None => text.parse().ok()?,
                };
                Some(Value::Integer(number))
            }
        }
    }
}

fn value_of(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(values.iter().filter_map(value_of).collect()),
        Json::Object(values) => {
            let fields = values.iter().filter_map(|(name, value)| Some((Arc::from(name.as_str()), value_of(value)?)));
            Value::Object(fields.collect::<BTreeMap<_, _>>())
        }
    })
}

fn xml_data(xml: &str, name: &str) -> Option<String> {
    for quote in ['"', '\''] {
        let start = format!("<Data Name={quote}{name}{quote}>");
        if let Some((_, rest)) = xml.split_once(&start) {
            let text = rest.split_once("</Data>")?.0;
            let text = plain(text);
            return (!text.is_empty()).then_some(text);
        }
    }
    None
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#xD;", "\r").replace("&#xA;", "\n").replace("&amp;", "&")
}

/// A registry key under Sysmon's names of the roots.
fn root(key: &str) -> String {
    const ROOTS: &[(&str, &str)] = &[
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes", "HKCR"),
        (r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001", r"HKLM\System\CurrentControlSet"),
        ("HKEY_CLASSES_ROOT", "HKCR"),
        ("HKEY_LOCAL_MACHINE", "HKLM"),
        ("HKEY_USERS", "HKU"),
        (r"HKEY_CURRENT_USER\S-1-", r"HKU\S-1-"),
    ];
    for (long, short) in ROOTS {
        let fits = key.get(..long.len()).is_some_and(|start| start.eq_ignore_ascii_case(long));
        let rest = key.get(long.len()..).unwrap_or_default();
        if fits && (long.ends_with('-') || rest.is_empty() || rest.starts_with('\\')) {
            return format!("{short}{rest}");
        }
    }
    key.to_owned()
}
