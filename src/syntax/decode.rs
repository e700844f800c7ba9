//! Bytes to text: what a hunt file may hold at all.

use std::borrow::Cow;

use super::limits;
use crate::diag::{Diagnostic, SourceId, Span};

/// Why bytes are no text, and where, counted from the first byte of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    pub offset: usize,
    /// In the style of a diagnostic's message.
    pub message: String,
}

/// Reads the bytes of a file as UTF-8 text, without the byte order mark that some editors put first.
///
/// Line breaks stay as they are: the reader takes a carriage return before a line feed for a blank.
///
/// # Errors
/// Where the bytes are UTF-16, hold a zero byte (a binary file), or are not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    let refuse = |offset: usize, message: &str| Err(Undecodable { offset, message: message.to_owned() });
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return refuse(0, "the file is UTF-16 text; save it as UTF-8");
    }
    let mark = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return refuse(offset, "the file holds a zero byte, so it is no text");
    }
    match std::str::from_utf8(&bytes[mark..]) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let offset = mark + error.valid_up_to();
            let byte = bytes.get(offset).copied().unwrap_or_default();
            refuse(offset, &format!("the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"))
        }
    }
}

/// Reports the characters that no hunt file may hold, and puts blanks of the same length in their place.
///
/// A control character, a lone carriage return or a character that turns the reading direction can make a file look other than
/// it reads: a comment that seems to end, a clause that seems to stand in one.
pub(super) fn without_control_characters<'t>(source: SourceId, text: &'t str, diagnostics: &mut Vec<Diagnostic>) -> Cow<'t, str> {
    let mut clean: Option<String> = None;
    let mut reported = 0;
    let mut taken = 0;
    for (at, character) in text.char_indices() {
        let lone_return = character == '\r' && text.as_bytes().get(at + 1).is_none_or(|next| *next != b'\n');
        let mark = character == '\u{feff}' && at == 0;
        if !(lone_return || mark || is_refused(character)) {
            continue;
        }
        let end = at + character.len_utf8();
        let result = clean.get_or_insert_with(|| String::with_capacity(text.len()));
        result.push_str(&text[taken..at]);
        result.extend(std::iter::repeat_n(' ', character.len_utf8()));
        taken = end;
        if mark {
            continue;
        }
        reported += 1;
        if reported > limits::CONTROL_CHARACTERS {
            continue;
        }
        let span = Span::new(source, at, end);
        let diagnostic = if lone_return {
            Diagnostic::error("E0110", span, "a carriage return without a line feed stands here").fix(
                "end the line with a line feed",
                span,
                "\n",
            )
        } else {
            let code = character as u32;
            Diagnostic::error("E0110", span, format!("the character U+{code:04X} cannot stand in a hunt"))
                .help(format!("in text it is written `\"\\u{{{code:x}}}\"`"))
                .fix("remove it", span, "")
        };
        diagnostics.push(diagnostic);
    }
    match clean {
        Some(mut clean) => {
            clean.push_str(&text[taken..]);
            Cow::Owned(clean)
        }
        None => Cow::Borrowed(text),
    }
}

fn is_refused(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        // The line and paragraph separators, and the marks that turn the reading direction (Unicode TR 36, "bidirectional text").
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_to_text() {
        assert_eq!(decode(b"\xef\xbb\xbfhunt x { }\r\n").as_deref(), Ok("hunt x { }\r\n"));
        assert_eq!(decode(b"a\xffb").map_err(|error| error.offset), Err(1));
        assert_eq!(decode(b"\xef\xbb\xbfab\xe9").map_err(|error| error.offset), Err(5));
        assert_eq!(decode(b"ab\0").map_err(|error| error.offset), Err(2));
        assert_eq!(decode(b"\xff\xfeh\0").map_err(|error| error.offset), Err(0));
    }
}
