//! From a canonical value to the columns that a conversion reads it from: for each conversion of the mappings the way back.

use serde_json::{Map, Value as Json};

use super::cells::Cell;
use super::draft::{Draft, Stored, unstorable};
use super::{Unstorable, unpack};
use crate::ir::event::Value;
use crate::schema::columns::ColumnType;
use crate::schema::{Decode, ScalarType};

impl Draft<'_> {
    /// The way back from a canonical value to the columns that the conversion reads.
    pub(super) fn encode(&mut self, decode: &Decode, value: &Value, scalar: ScalarType) -> Stored {
        let text = || text_of(value).ok_or_else(|| Unstorable("a list or an object in columns of text".to_owned()));
        match decode {
            Decode::Column(column) => {
                let cell = self.cell(column, value, scalar)?;
                self.set(column, cell)
            }
            // Two renderings of one record: the first is the XML one.
            Decode::Coalesce(parts) => {
                let part = if self.rendering.classic { parts.last() } else { parts.first() };
                part.map_or_else(|| unstorable("no rendering"), |part| self.encode(part, value, scalar))
            }
            Decode::Element { column, index } => {
                let mut values = vec!["-".to_owned(); *index];
                values.push(match value {
                    Value::Integer(number) if *number >= 0 && scalar == ScalarType::HexInteger => format!("0x{number:X}"),
                    _ => text()?,
                });
                self.set(column, Cell::Several(values))
            }
            Decode::Account { domain, name } => match text()?.split_once('\\') {
                Some((of, account)) => {
                    self.set_text(domain, of)?;
                    self.set_text(name, account)
                }
                None => self.set_text(name, &text()?),
            },
            Decode::Path { folder, name } => match text()?.rsplit_once('\\') {
                Some((of, file)) => {
                    self.set_text(folder, of)?;
                    self.set_text(name, file)
                }
                None => self.set_text(name, &text()?),
            },
            // Nothing is stored; whether the constant is the value shows when the row is read back.
            Decode::Constant(_) => Ok(()),
            Decode::Json { column, path } => {
                let json = json_of(value);
                self.json_part(column, path, json)
            }
            Decode::XmlData { column, name } => {
                let text = text()?;
                if text.chars().any(|character| character < ' ' && !matches!(character, '\t' | '\n' | '\r')) {
                    return unstorable("XML holds no control characters");
                }
                let parts = self.xml.entry(column.clone()).or_default();
                match parts.iter_mut().find(|(known, _)| known == name) {
                    // A hash of the same text came first; that the text holds it shows when the row is read back.
                    Some((_, known)) => *known = text,
                    None => parts.push((name.clone(), text)),
                }
                Ok(())
            }
            Decode::XmlValues(column) => {
                let texts = match value {
                    Value::List(elements) => elements.iter().map(text_of).collect(),
                    value => text_of(value).map(|text| vec![text]),
                };
                let Some(texts) = texts else { return unstorable("a list or an object in an element of XML") };
                if texts.iter().flat_map(|text| text.chars()).any(|each| each < ' ' && !matches!(each, '\t' | '\n' | '\r')) {
                    return unstorable("XML holds no control characters");
                }
                self.set_text(column, &unnamed(&texts))
            }
            Decode::HashIn { column, data: Some(name), algorithm } => {
                let hash = format!("{algorithm}={}", text()?);
                let parts = self.xml.entry(column.clone()).or_default();
                match parts.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) if known.contains(&hash) => {}
                    Some((_, known)) => known.push_str(&format!(",{hash}")),
                    None => parts.push((name.clone(), hash)),
                }
                Ok(())
            }
            Decode::HashIn { column, data: None, algorithm } => {
                let text = text()?;
                let parts = self.hashes.entry(column.clone()).or_default();
                parts.push((algorithm.clone(), text));
                Ok(())
            }
            Decode::Hashes(parts) => {
                for part in text()?.split(',') {
                    let Some((algorithm, hash)) = part.split_once('=') else { return unstorable("not a text of hashes") };
                    if let Some((_, column)) = parts.iter().find(|(known, _)| known == algorithm) {
                        self.set_text(column, hash)?;
                    }
                }
                Ok(())
            }
            Decode::Registry { key, value: name } => {
                let text = text()?;
                let (path, of_value) = match name {
                    None => (text.as_str(), None),
                    Some(name) => match text.rsplit_once('\\') {
                        Some((path, "(Default)")) => (path, Some((name, ""))),
                        Some((path, of_value)) => (path, Some((name, of_value))),
                        None => return unstorable("a registry value without a key"),
                    },
                };
                self.set_text(key, &long_key(path))?;
                match of_value {
                    Some((_, "")) | None => Ok(()),
                    Some((name, of_value)) => self.set_text(name, of_value),
                }
            }
            Decode::RegistryData { kind, data } => {
                let text = text()?;
                let (of_kind, of_data) = registry_data(&text);
                // A text that spells what Sysmon writes for another type is taken not to occur (docs/assumptions.md).
                let looks = ["dword (", "qword (", "binary data", "(empty)"];
                if of_data.as_deref() == Some(&text) && looks.iter().any(|start| text.to_ascii_lowercase().starts_with(start)) {
                    return unstorable("a text that looks like data of another type");
                }
                self.set_text(kind, of_kind)?;
                match of_data {
                    Some(of_data) => self.set_text(data, &of_data),
                    None => Ok(()),
                }
            }
            Decode::Case { column, arms, otherwise } => {
                let by = match self.cells.get(column) {
                    Some(Cell::Text(text)) => text.clone(),
                    Some(Cell::Integer(value)) => value.to_string(),
                    Some(Cell::Boolean(value)) => value.to_string(),
                    _ => String::new(),
                };
                let arm = arms.iter().find(|(arm, _)| arm.eq_ignore_ascii_case(&by)).map(|(_, decode)| decode);
                match arm.or(otherwise.as_deref()) {
                    Some(decode) => self.encode(decode, value, scalar),
                    None => unstorable("this kind of row does not hold the field"),
                }
            }
            // That the whole address has this host shows when the row is read back.
            Decode::UrlHost(column) if self.cells.contains_key(column) => Ok(()),
            Decode::UrlHost(column) => self.set_text(column, &format!("https://{}/index.html", text()?)),
            Decode::Hex(column) => match value {
                Value::Integer(number) if *number >= 0 => self.set_text(column, &format!("0x{number:x}")),
                _ => self.set_text(column, &text()?),
            },
            Decode::After { prefix, value: inner } => {
                let long = Value::Text(format!("{prefix}{}", text()?));
                self.encode(inner, &long, scalar)
            }
            Decode::Absent(reason) => unstorable(reason.clone()),
        }
    }

    /// A value in a column of the product's type.
    pub(super) fn cell(&self, column: &str, value: &Value, scalar: ScalarType) -> Result<Cell, Unstorable> {
        let wrong = || Unstorable(format!("`{column}` cannot hold this value"));
        let kind = self.kind(column).ok_or_else(|| Unstorable(format!("there is no column `{column}`")))?;
        match kind {
            ColumnType::String | ColumnType::Text | ColumnType::Guid => {
                let text = text_of(value).ok_or_else(wrong)?;
                Ok(Cell::Text(text))
            }
            ColumnType::Multivalue => match value {
                Value::List(elements) => {
                    Ok(Cell::Several(elements.iter().map(text_of).collect::<Option<_>>().ok_or_else(wrong)?))
                }
                _ => Ok(Cell::Text(text_of(value).ok_or_else(wrong)?)),
            },
            ColumnType::Int | ColumnType::Long => {
                let number = match value {
                    Value::Integer(number) => *number,
                    #[allow(clippy::cast_possible_truncation)] // whole, and far from the ends of the range
                    Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => *number as i64,
                    Value::Text(text) => {
                        text.parse().ok().filter(|number: &i64| number.to_string() == *text).ok_or_else(wrong)?
                    }
                    _ => return Err(wrong()),
                };
                if kind == ColumnType::Int && i32::try_from(number).is_err() {
                    return Err(wrong());
                }
                Ok(Cell::Integer(number))
            }
            ColumnType::Real => match value {
                Value::Float(number) => Ok(Cell::Real(*number)),
                #[allow(clippy::cast_precision_loss)] // the column has no more digits
                Value::Integer(number) => Ok(Cell::Real(*number as f64)),
                _ => Err(wrong()),
            },
            ColumnType::Bool => match value {
                Value::Boolean(value) => Ok(Cell::Boolean(*value)),
                Value::Text(text) => text.parse().map(Cell::Boolean).map_err(|_| wrong()),
                _ => Err(wrong()),
            },
            ColumnType::Datetime if scalar == ScalarType::Time => Ok(Cell::Time(self.time)),
            ColumnType::Datetime | ColumnType::Timespan => Err(wrong()),
            ColumnType::Dynamic => Ok(Cell::Dynamic(json_of(value))),
        }
    }

    pub(super) fn json_part(&mut self, column: &str, path: &[String], value: Json) -> Stored {
        let mut here = self.json.entry(column.to_owned()).or_insert_with(|| Json::Object(Map::new()));
        let Some((last, above)) = path.split_last() else { return unstorable("no path") };
        for step in above {
            let Json::Object(fields) = here else { return unstorable("two fields share a path") };
            here = fields.entry(step.clone()).or_insert_with(|| Json::Object(Map::new()));
        }
        let Json::Object(fields) = here else { return unstorable("two fields share a path") };
        match fields.insert(last.clone(), value.clone()) {
            Some(known) if known != value => unstorable(format!("two fields want different values of `{column}`")),
            _ => Ok(()),
        }
    }
}

pub(super) fn holds_json(decode: &Decode) -> bool {
    match decode {
        Decode::Json { .. } => true,
        Decode::Coalesce(parts) => parts.iter().any(holds_json),
        Decode::Case { arms, otherwise, .. } => arms.iter().map(|(_, decode)| decode).chain(otherwise.as_deref()).any(holds_json),
        Decode::After { value, .. } => holds_json(value),
        _ => false,
    }
}

pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(value) => serde_json::Number::from_f64(*value).map(|number| number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::List(_) | Value::Object(_) => None,
    }
}

pub(super) fn json_of(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::String(text.clone()),
        Value::Integer(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Boolean(value) => Json::Bool(*value),
        Value::List(elements) => Json::Array(elements.iter().map(json_of).collect()),
        Value::Object(fields) => Json::Object(fields.iter().map(|(name, value)| (name.to_string(), json_of(value))).collect()),
    }
}

/// The inside of `EventData` as Windows renders values without a name, in the same line. What stands beside them in other events
/// is put there too, and is none of them: an element with a name, one without characters, and the record's bytes.
fn unnamed(texts: &[String]) -> String {
    let mut xml = String::from("<Data Name='Other'>other</Data>");
    for text in texts {
        let escaped: String = text
            .chars()
            .map(|character| match character {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&quot;".to_owned(),
                '\'' => "&apos;".to_owned(),
                other => other.to_string(),
            })
            .collect();
        xml.push_str(&format!("<Data>{escaped}</Data>"));
    }
    xml.push_str("<Data></Data><Binary>4F74686572</Binary>");
    xml
}

/// A registry key as Windows names it in full.
pub(super) fn long_key(key: &str) -> String {
    if let Some(rest) = unpack::below(key, "HKCR") {
        return format!(r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes{rest}");
    }
    if let Some(rest) = unpack::below(key, r"HKLM\SYSTEM\CurrentControlSet") {
        // The author's spelling of the middle stays.
        return format!(r"HKEY_LOCAL_MACHINE\{}\ControlSet001{rest}", &key[5..11]);
    }
    if let Some(rest) = unpack::below(key, "HKLM") {
        return format!("HKEY_LOCAL_MACHINE{rest}");
    }
    match unpack::below(key, "HKU") {
        Some(rest) => format!("HKEY_USERS{rest}"),
        None => key.to_owned(),
    }
}

/// Type and data of a registry value that Sysmon would write so.
pub(super) fn registry_data(text: &str) -> (&'static str, Option<String>) {
    let hex = |digits: &str| u64::from_str_radix(digits, 16).ok();
    if let Some(number) = text.strip_prefix("DWORD (0x").and_then(|rest| hex(rest.strip_suffix(')')?)) {
        return ("Dword", Some(number.to_string()));
    }
    let of_qword = || {
        let (high, low) = text.strip_prefix("QWORD (0x")?.strip_suffix(')')?.split_once("-0x")?;
        Some((hex(high)? << 32) | hex(low)?)
    };
    if let Some(number) = of_qword() {
        return ("QWord", Some(number.to_string()));
    }
    match text {
        "Binary Data" => ("Binary", None),
        "(Empty)" => ("String", None),
        text => ("String", Some(text.to_owned())),
    }
}
