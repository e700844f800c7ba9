//! Characters that would act on a terminal, made visible.

use std::borrow::Cow;

/// A character of Unicode's private use that stands for a place while text is rendered; in user text it is replaced.
pub(super) const ORIGIN: char = '\u{f8ff}';

/// What stands for a character that must not be printed as it is; `None` for one that may.
///
/// Control characters of ASCII get their picture (U+2400 and up). Those above it, the marks that turn the direction of text
/// round (with which a line can look like another), and characters without width get U+FFFD.
pub(super) fn stand_in(character: char) -> Option<char> {
    match character {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + character as u32),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | ORIGIN
        | '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// One line of text that is safe on a terminal: a line feed becomes `␊`, an escape `␛`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|character| stand_in(character).is_some()) {
        Cow::Owned(text.chars().map(|character| stand_in(character).unwrap_or(character)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Several lines of text that are safe on a terminal: line feeds stay, every other control character is made visible.
pub(super) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// JSON in which no character acts on a terminal: those that JSON lets stand are written as escapes. They occur in strings
/// alone, where the escape means the same.
pub(super) fn escaped_json(json: String) -> String {
    if !json.chars().any(acts_in_json) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if acts_in_json(character) {
            let mut units = [0u16; 2];
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn acts_in_json(character: char) -> bool {
    character != '\n' && stand_in(character).is_some()
}
