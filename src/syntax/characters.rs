//! Characters that no hunt file may hold.

use std::borrow::Cow;

use super::limits;
use crate::diag::{Diagnostic, SourceId, Span};

/// Reports the characters that no hunt file may hold, and puts blanks of the same length in their place.
///
/// A control character, a lone carriage return or a character that turns the reading direction can make a file look other than
/// it reads: a comment that seems to end, a clause that seems to stand in one.
pub(super) fn without_control_characters<'t>(source: SourceId, text: &'t str, diagnostics: &mut Vec<Diagnostic>) -> Cow<'t, str> {
    // Nearly every file is plain, which is seen many bytes at a time.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
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
