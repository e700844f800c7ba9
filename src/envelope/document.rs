//! Fills the templates of YAML and JSON documents, in which no value can become part of the document's structure.
//!
//! Everything that a template prints is written as a JSON string, number or list, which YAML reads as well (YAML 1.2, section
//! 1.3); only two filters print otherwise, and each looks at the value first.

use minijinja::value::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{Environment, Error, ErrorKind, State, context};

/// Renders a template; the text ends in a line feed.
///
/// # Errors
/// What is wrong with the template. Templates are part of the program and tests render each.
pub fn render(name: &'static str, template: &'static str, data: Value) -> Result<String, Error> {
    // Each template is read once: a build of thousands of rules renders it as often.
    static READ: Mutex<BTreeMap<&'static str, Arc<Environment<'static>>>> = Mutex::new(BTreeMap::new());
    let known = READ.lock().unwrap_or_else(PoisonError::into_inner).get(template).map(Arc::clone);
    let environment = match known {
        Some(environment) => environment,
        None => {
            let made = Arc::new(environment(name, template)?);
            READ.lock().unwrap_or_else(PoisonError::into_inner).insert(template, Arc::clone(&made));
            made
        }
    };
    let mut text =
        environment.get_template(name)?.render(context! { comma => Value::from_safe_string(",".to_owned()), ..data })?;
    text.push('\n');
    Ok(text)
}

fn environment(name: &'static str, template: &'static str) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_formatter(|out, state, value| {
        let text = match value.as_str() {
            // The filters below return safe texts, and nothing else does.
            Some(text) if value.is_safe() => text.to_owned(),
            _ => json(state, value)?,
        };
        out.write_str(&text).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
    });
    environment.add_filter("word", word);
    environment.add_filter("block", block);
    environment.add_template(name, template)?;
    Ok(environment)
}

fn json(_: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Ok(String::new());
    }
    let text = serde_json::to_string(value).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    // YAML takes some characters for line ends that JSON lets stand in a string; these occur in strings alone.
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", character as u32))
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// A value that is a plain word for YAML as it stands; else as JSON. A word that YAML would read as a number or a truth value
/// is no plain word.
fn word(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    let plain = value.as_str().is_some_and(|text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        text.bytes().all(plain) && serde_yaml::from_str::<serde_yaml::Value>(text).is_ok_and(|read| read.as_str() == Some(text))
    });
    let text = if plain { value.to_string() } else { json(state, &value)? };
    Ok(Value::from_safe_string(text))
}

/// A text of several lines as a literal block, which shows it as it is; as JSON where a block cannot hold it.
fn block(state: &State<'_, '_>, value: Value, indent: usize) -> Result<Value, Error> {
    let Some(text) = value.as_str() else { return Err(Error::from(ErrorKind::InvalidOperation)) };
    let body = text.strip_suffix('\n').unwrap_or(text);
    let mut out = String::from(if body.len() < text.len() { "|" } else { "|-" });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    // The proof of the block is in reading it back.
    let mut document = String::from("text: ");
    document.push_str(&out);
    document.push('\n');
    let read = serde_yaml::from_str::<serde_yaml::Value>(&document).ok();
    let same = read.as_ref().and_then(|read| read.get("text")).and_then(serde_yaml::Value::as_str) == Some(text);
    let printable = text.chars().all(|character| character == '\n' || !character.is_control());
    let text = if same && printable { out } else { json(state, &value)? };
    Ok(Value::from_safe_string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "a: {{ a }}\nb: {{ b | block(2) }}\nc: {{ c | word }}\n";

    #[test]
    fn a_value_stays_a_value() {
        let awkward = [
            "plain",
            "{{7*7}}",
            "{% raw %}",
            "*/ */",
            "a: b",
            "- a",
            "# x",
            "true",
            "1.0",
            "null",
            "~",
            "'",
            "\"",
            "\\",
            "line\nfeed",
            " lead",
            "trail ",
            "\n",
            "\n\n",
            "a\n",
            "a\n\n",
            "\ta",
            "a\r\nb",
            "a\u{0}b",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{feff}b",
            "a\u{fffe}b\u{ffff}c",
            "é😀",
            "",
            "| x",
            "> y",
            "? z",
            "%TAG",
            "---\na",
            "...\n",
            "&a *a !b",
            "<<",
        ];
        for value in awkward {
            let text = render("test.yaml", TEMPLATE, context! { a => value, b => value, c => value }).unwrap();
            let read: serde_yaml::Value =
                serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{value:?}: {error}\n{text}"));
            for key in ["a", "b", "c"] {
                assert_eq!(read[key].as_str(), Some(value), "{key} of\n{text}");
            }
        }
    }
}
