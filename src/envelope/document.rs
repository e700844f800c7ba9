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

/// A value that is a plain word for YAML as it stands; else as JSON.
fn word(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    let text = match value.as_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        _ => json(state, &value)?,
    };
    Ok(Value::from_safe_string(text))
}

/// Letters, digits, `_`, `-` and `.`, and nothing that a reader takes for a number, a truth value or no value (YAML 1.2, section
/// 10.3.2). A test asks a reader.
fn is_plain(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let Some(first) = text.bytes().next().filter(|_| text.bytes().all(of_word)) else { return false };
    match first {
        b'-' | b'.' => false,
        b'0'..=b'9' => {
            let based = ["0x", "0o", "0b"].iter().any(|base| text.starts_with(base)) && !text.contains('-');
            !based && text.parse::<f64>().is_err()
        }
        _ => !["null", "true", "false"].iter().any(|known| text.eq_ignore_ascii_case(known)),
    }
}

/// A text of several lines as a literal block, which shows it as it is; as JSON where a block cannot hold it.
fn block(state: &State<'_, '_>, value: Value, indent: usize) -> Result<Value, Error> {
    let Some(text) = value.as_str() else { return Err(Error::from(ErrorKind::InvalidOperation)) };
    let body = text.strip_suffix('\n').unwrap_or(text);
    if !is_literal(body) {
        return Ok(Value::from_safe_string(json(state, &value)?));
    }
    let mut out = String::from(if body.len() < text.len() { "|" } else { "|-" });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    Ok(Value::from_safe_string(out))
}

/// Whether a literal block holds the text as it is: its first line shows where lines begin, its last is not empty, and no
/// character ends a line unseen or may not stand in a document (YAML 1.2, sections 5.1 and 8.1). A test asks a reader.
fn is_literal(text: &str) -> bool {
    let ordinary = |character: char| {
        character == '\n'
            || !(character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
    };
    !text.is_empty() && !text.starts_with([' ', '\n']) && !text.ends_with('\n') && text.chars().all(ordinary)
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
            "T1059.001",
            "1h",
            "14d",
            "1e5",
            "1_000",
            "0x1f",
            "0o17",
            "017",
            "0b1",
            "12e",
            "1e400",
            "9e999999",
            "99999999999999999999999999",
            "inf",
            ".inf",
            "NaN",
            "infinity",
            "Null",
            "TRUE",
            "yes",
            "off",
            "y",
            "-",
            "--",
            "-a",
            "-1",
            ".",
            "...",
            ".5",
            "1.",
            "_1",
            "2026-11-24",
            "0b80ade5-6997-4b1d-99a1-71701778ea61",
            "1e054a0c-0e1f-4a62-bd50-3a5f8b8c1b4e",
            "123e4567-e89b-12d3-a456-426614174000",
            "a\n\nb",
            "a\n  b\n c",
            " a\nb",
            "\na",
            "a\n ",
            "a\n#b\n- c\n---\n...",
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
