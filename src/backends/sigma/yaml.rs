//! A YAML document as Sigma authors lay one out: four blanks a level, detection values in single quotes.
//!
//! Every scalar is written so that YAML 1.1 (PyYAML, which pySigma uses) and 1.2 read the same: plain only where nothing else
//! could be meant, single-quoted where all characters are printable, double-quoted with escapes otherwise.

/// A YAML value. Texts hold characters; this module alone quotes them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    /// A text that is plain where it may be.
    Text(String),
    /// A text that is always quoted: a value that a log's value is compared with.
    Quoted(String),
    /// A number, as [`super::escape`] spells it.
    Number(String),
    Null,
    /// Paragraphs: a literal block where the text has several lines.
    Prose(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// The document, with a line feed at the end.
pub(super) fn document(entries: &[(String, Yaml)]) -> String {
    let mut text = String::new();
    map(entries, 0, &mut text);
    text
}

/// One value on one line, in flow style: for showing a clause beside the hunt.
pub(super) fn flow(value: &Yaml) -> String {
    match value {
        Yaml::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Yaml::Map(entries) => {
            let parts: Vec<String> = entries.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
            parts.join(", ")
        }
        Yaml::Prose(text) => quoted(text),
        scalar => spelled(scalar),
    }
}

const STEP: usize = 4;

fn map(entries: &[(String, Yaml)], indent: usize, text: &mut String) {
    for (index, (name, value)) in entries.iter().enumerate() {
        // The first entry of a map in a list stands behind its dash.
        if index > 0 || !text.ends_with("- ") {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(&key(name));
        text.push(':');
        match value {
            Yaml::List(items) if !items.is_empty() => {
                text.push('\n');
                list(items, indent + STEP, text);
            }
            Yaml::Map(inner) if !inner.is_empty() => {
                text.push('\n');
                map(inner, indent + STEP, text);
            }
            Yaml::Prose(prose) if is_block(prose) => {
                text.push_str(" |\n");
                for line in prose.trim_end_matches('\n').split('\n') {
                    if !line.is_empty() {
                        text.push_str(&" ".repeat(indent + STEP));
                        text.push_str(line);
                    }
                    text.push('\n');
                }
            }
            Yaml::List(_) => text.push_str(" []\n"),
            Yaml::Map(_) => text.push_str(" {}\n"),
            scalar => {
                text.push(' ');
                text.push_str(&spelled(scalar));
                text.push('\n');
            }
        }
    }
}

fn list(items: &[Yaml], indent: usize, text: &mut String) {
    for item in items {
        text.push_str(&" ".repeat(indent));
        text.push_str("- ");
        match item {
            Yaml::Map(entries) if !entries.is_empty() => map(entries, indent + 2, text),
            Yaml::List(_) | Yaml::Map(_) => {
                text.push_str(&flow(item));
                text.push('\n');
            }
            scalar => {
                text.push_str(&spelled(scalar));
                text.push('\n');
            }
        }
    }
}

fn spelled(scalar: &Yaml) -> String {
    match scalar {
        Yaml::Text(text) => {
            if is_plain(text) {
                text.clone()
            } else {
                quoted(text)
            }
        }
        Yaml::Quoted(text) | Yaml::Prose(text) if !is_plain(text) || matches!(scalar, Yaml::Quoted(_)) => quoted(text),
        Yaml::Quoted(text) | Yaml::Prose(text) => text.clone(),
        Yaml::Number(text) => text.clone(),
        Yaml::Null => "null".to_owned(),
        Yaml::List(_) | Yaml::Map(_) => flow(scalar),
    }
}

/// A key. Implicit keys are plain or quoted, on one line.
fn key(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.|@".contains(&byte))
        && !is_reserved(name);
    if plain { name.to_owned() } else { quoted(name) }
}

/// Whether a text may stand without quotes: it begins with a letter or a
/// parenthesis, holds nothing that YAML could read as syntax, and is no
/// word or number of YAML.
fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '(')
        && !text.ends_with([' ', ':'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_./()+;'&%=@$^~<>!?\\,:*|".contains(&byte))
        && !text.contains(": ")
        && !is_reserved(text)
        || is_date(text)
        || is_uuid(text)
}

/// A date is a text to Sigma's schema, and every author writes it plain; pySigma takes both.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| if index == 4 || index == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Words that YAML 1.1 or 1.2 reads as something else than text.
fn is_reserved(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf"
    )
}

fn quoted(text: &str) -> String {
    if text.chars().all(is_printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            printable if is_printable(printable) => quoted.push(printable),
            other if (other as u32) < 0x100 => quoted.push_str(&format!("\\x{:02X}", other as u32)),
            other if (other as u32) < 0x1_0000 => quoted.push_str(&format!("\\u{:04X}", other as u32)),
            other => quoted.push_str(&format!("\\U{:08X}", other as u32)),
        }
    }
    quoted.push('"');
    quoted
}

/// What may stand in a single-quoted scalar and be seen: no control characters, no line breaks of any kind, nothing invisible
/// or that turns the direction of text round.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fffe}' | '\u{ffff}')
}

fn is_block(prose: &str) -> bool {
    let prose = prose.trim_end_matches('\n');
    prose.contains('\n')
        && !prose.starts_with([' ', '\n'])
        && prose.chars().all(|character| character == '\n' || is_printable(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that YAML could read as something else, and every kind of awkward character.
    const TEXTS: &[&str] = &[
        "",
        " ",
        "a",
        "null",
        "Null",
        "~",
        "true",
        "yes",
        "NO",
        "on",
        "y",
        "123",
        "0x10",
        "0o7",
        "1e3",
        "1_000",
        "12:30",
        ".5",
        "-1",
        "+1",
        ".inf",
        "-",
        "- a",
        "a: b",
        "a:",
        ":a",
        "a #b",
        "#a",
        "'",
        "''",
        "it's",
        "\"",
        "\\",
        "a\\",
        "\\n",
        "[a]",
        "{a}",
        "{{a}}",
        "a, b",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "?",
        "? a",
        "=",
        "<<",
        "2026-11-24",
        "2026-11-24 10:00:00",
        "a\nb",
        "a\n",
        "\n",
        "\r\n",
        "\t",
        "\ta",
        "a\t",
        " a ",
        "\u{0}",
        "\u{7}",
        "\u{1b}[0m",
        "\u{7f}",
        "\u{80}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\u{fffe}",
        "\u{e000}",
        "\u{10ffff}",
        "日本",
        "😀",
        "e\u{301}",
        "(a",
        "a)",
        "--- a",
        "... a",
        "a ---",
        "key: 'v'",
        "C:\\Windows\\*",
        "12345678-1234-1234-1234-123456789abc",
        "9999-99-99",
    ];

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in TEXTS {
            for value in [Yaml::Text((*text).to_owned()), Yaml::Quoted((*text).to_owned())] {
                let printed = document(&[
                    ("k".to_owned(), value.clone()),
                    ("l".to_owned(), Yaml::List(vec![value.clone(), Yaml::Map(vec![("m".to_owned(), value.clone())])])),
                    ((*text).to_owned(), Yaml::Number("1".to_owned())),
                ]);
                let read: serde_json::Value = serde_yaml::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
                assert_eq!(read["k"], *text, "{printed}");
                assert_eq!(read["l"][0], *text, "{printed}");
                assert_eq!(read["l"][1]["m"], *text, "{printed}");
                assert_eq!(read[*text], 1, "{printed}");
            }
        }
    }

    #[test]
    fn prose_keeps_its_lines() {
        for text in ["a\nb", "a\n\n  b\n", "a: b\n- c\n# d", "a", "", " a\nb", "\na", "a\tb\nc", "a\r\nb", "...\n---"] {
            let printed = document(&[("k".to_owned(), Yaml::Prose(text.to_owned())), ("z".to_owned(), Yaml::Null)]);
            let read: serde_json::Value = serde_yaml::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
            let found = read["k"].as_str().expect("a text");
            assert_eq!(found.trim_end_matches('\n'), text.trim_end_matches('\n'), "{printed}");
            assert!(read["z"].is_null());
        }
    }
}
