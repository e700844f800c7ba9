//! How texts, numbers, fields and names are spelt.

use crate::syntax::ast::{Duration, FieldRef, LogSourceRef, Name, Text, TextStyle, TextValue, Value, ValueKind};
use crate::syntax::words::RESERVED;

/// Words that go on a statement where they end a line, or that stand beside fields in a correlate.
const BESIDE_FIELDS: &[&str] = &["and", "or", "not", "then", "without", "by", "within", "fixed", "cased"];

/// A field where a clause may stand.
pub(super) fn field(field: &FieldRef) -> String {
    spelt(&field.name, RESERVED)
}

/// A field behind `by`, `fields`, `field`, in tests, where no clause can stand.
pub(super) fn plain_field(field: &FieldRef) -> String {
    spelt(&field.name, BESIDE_FIELDS)
}

fn spelt(name: &str, reserved: &[&str]) -> String {
    if is_bare(name) && !reserved.contains(&name) {
        name.to_owned()
    } else {
        format!("`{}`", name.replace(['`', '\n', '\r'], ""))
    }
}

/// `[A-Za-z_@][A-Za-z0-9_@]*([.-][A-Za-z0-9_@]+)*`
fn is_bare(name: &str) -> bool {
    let word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '@');
    !name.starts_with(|character: char| character.is_ascii_digit())
        && name.split(['.', '-']).all(|part| !part.is_empty() && part.chars().all(word))
}

pub(super) fn plain_fields(fields: &[FieldRef]) -> Vec<String> {
    fields.iter().map(plain_field).collect()
}

pub(super) fn source(source: &LogSourceRef) -> String {
    source.parts.iter().map(|part| part.node.as_str()).collect::<Vec<_>>().join("/")
}

pub(super) fn names(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.node.clone()).collect()
}

pub(super) fn duration(duration: &Duration) -> String {
    duration.text.clone()
}

pub(super) fn text(text: &Text) -> String {
    text_value(&text.node)
}

pub(super) fn text_value(text: &TextValue) -> String {
    match text.style {
        TextStyle::Literal if !text.value.contains('\'') && text.value.chars().all(is_printable) => format!("'{}'", text.value),
        TextStyle::Prose if is_prose(&text.value) => {
            let flat = !text.value.contains('\n') && !text.value.ends_with('"');
            if flat { format!("\"\"\"{}\"\"\"", text.value) } else { format!("\"\"\"\n{}\n\"\"\"", text.value) }
        }
        _ => escaped(&text.value),
    }
}

/// Whether prose reads back as itself: no quotes that end it, no layout that would be taken off.
pub(super) fn is_prose(value: &str) -> bool {
    let laid_out = |line: &str| line.ends_with([' ', '\t', '\r']);
    let shared = value.split('\n').filter(|line| !line.is_empty()).all(|line| line.starts_with([' ', '\t']));
    let indented = shared && value.split('\n').any(|line| !line.is_empty());
    !value.contains("\"\"\"")
        && !value.split('\n').any(laid_out)
        && !indented
        && value.chars().all(|character| character == '\n' || is_printable(character))
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            _ if is_printable(character) => text.push(character),
            _ => text.push_str(&format!("\\u{{{:x}}}", character as u32)),
        }
    }
    text.push('"');
    text
}

/// Characters that a reader sees as what they are; others are written by their code point.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
        )
        || character == '\t'
}

pub(super) fn value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Text(text) => text_value(text),
        ValueKind::Number(number) | ValueKind::Date(number) => number.clone(),
        ValueKind::Boolean(boolean) => boolean.to_string(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Duration { text, .. } => text.clone(),
        ValueKind::Regex { pattern, flags, .. } => format!("/{}/{flags}", slashes(pattern)),
    }
}

/// A pattern between slashes: each slash in it behind a backslash, a line break as its escape.
fn slashes(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut escaped = false;
    for character in pattern.chars() {
        match character {
            '/' if !escaped => text.push_str("\\/"),
            '\n' => text.push_str(if escaped { "n" } else { "\\n" }),
            '\r' => text.push_str(if escaped { "r" } else { "\\r" }),
            _ => text.push(character),
        }
        escaped = character == '\\' && !escaped;
    }
    text
}
