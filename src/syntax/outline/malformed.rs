//! Tokens that are none: texts and regular expressions without end, curly quotes.

use super::{Kind, Last, Outliner, Token};
use crate::diag::Diagnostic;

impl<'t> Outliner<'t> {
    pub(super) fn unclosed(&mut self, token: Token) {
        let text = &self.text[token.start..token.end];
        // A `{` at the end of the line belongs to the statement all the same.
        let brace = text.trim_end().strip_suffix('{').filter(|before| before.ends_with([' ', '\t'])).map(str::len);
        let quote_end = token.start + text.chars().next().map_or(0, char::len_utf8);
        if token.kind != Kind::ProseOpen {
            let span = self.span(token.start, quote_end);
            let diagnostic = match text.chars().next() {
                Some('/') if matches!(self.head_word(), "pattern" | "detect" | "base" | "event" | "logsource") => {
                    Diagnostic::error("E0104", span, "this `/` begins a regular expression, since a blank stands before it")
                        .help("a log source is written without blanks: `windows/process_creation`")
                }
                Some('/') => Diagnostic::error("E0104", span, "this regular expression never ends: `/` is missing on its line")
                    .help("a slash within it is written `\\/`"),
                Some('`') => Diagnostic::error("E0102", span, "this field name never ends: a back quote is missing on its line"),
                Some('"') if text.contains('\\') => {
                    Diagnostic::error("E0102", span, "this text never ends: `\"` is missing on its line").help(
                        "`\\` is an escape in `\"…\"`, also before a quote: write a Windows path as `'…'`, where it means itself",
                    )
                }
                Some('"') => Diagnostic::error("E0102", span, "this text never ends: `\"` is missing on its line")
                    .help("text of several lines is written between `\"\"\"` and `\"\"\"`"),
                _ => Diagnostic::error("E0102", span, "this text never ends: `'` is missing on its line")
                    .help("a text that holds `'` is written `\"…\"`"),
            };
            self.report(diagnostic.label("it begins here"));
        }
        self.add(Token { end: brace.map_or(token.end, |length| token.start + length), ..token });
        self.last = Last::Other;
        let top = self.top();
        top.current.broken = true;
        if let Some(first) = top.parentheses.first() {
            top.level = first.level_before;
        }
        top.parentheses.clear();
        if let Some(length) = brace {
            let at = token.start + length;
            self.brace_opens(Token { kind: Kind::BraceOpen, start: at, end: at + 1 }, false);
        }
    }

    pub(super) fn curly(&mut self, token: Token) {
        let text = &self.text[token.start..token.end];
        let mut characters = text.chars();
        let opening = characters.next();
        let closing = characters.next_back();
        let inner: String = characters.collect();
        let curly = |character: Option<char>| character.is_some_and(|character| "‘’“”„‚«»".contains(character));
        let span = self.span(token.start, token.end);
        let diagnostic = Diagnostic::error("E0122", span, "curly quotes are no quotes of this language");
        let diagnostic = if curly(opening) && curly(closing) {
            let replacement = if !inner.contains('\'') {
                format!("'{inner}'")
            } else {
                format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""))
            };
            diagnostic.fix(format!("write `{replacement}`"), span, replacement.clone())
        } else {
            diagnostic.help("write `'…'` or `\"…\"`")
        };
        self.report(diagnostic);
        self.add(token);
        self.top().current.broken = true;
        self.last = Last::Other;
    }
}
