//! Why a statement could not be read, in the user's words.
//!
//! pest says where it stopped and which rules it tried there. What helps is what the author most likely meant; that is found
//! by looking at the words around the place. Each file knows the slips of one kind of statement; what none knows is told as
//! "expected …, found …".

mod clauses;
mod expected;
mod operators;
mod statements;

pub(super) use statements::unknown_statement;

use super::grammar::{Failure, Rule};
use super::outline::{self, Kind, Token};
use super::statement::Joined;
use crate::diag::{Diagnostic, Fix, Span, nearest};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Unit,
    LogSource,
    FieldDeclaration,
    Detect,
    Correlate,
    CorrelateWhen,
    Sweep,
    Stop,
    Result,
    Test,
    Pairs,
    Clause,
    Property,
    Value,
}

pub(super) use super::words::{NOT_A_NAME, RESERVED};

/// The keyword that a statement begins with, or nothing.
pub(super) fn first_word(text: &str) -> &str {
    let end = text.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_')).unwrap_or(text.len());
    let mut rest = text[end..].chars();
    match (rest.next(), rest.next()) {
        (Some('@'), _) => "",
        (Some('.' | '-'), Some(next)) if next.is_ascii_alphanumeric() || matches!(next, '_' | '@') => "",
        _ => &text[..end],
    }
}

/// The word or symbol after the first word.
pub(super) fn second_word(text: &str) -> &str {
    let rest = text[first_word(text).len()..].trim_start_matches([' ', '\t', '\r']);
    let word = first_word(rest);
    if word.is_empty() { rest.get(..1).unwrap_or_default() } else { word }
}

/// A place at which reading stopped, with the words around it.
struct Scene<'s> {
    joined: &'s Joined<'s>,
    file: &'s str,
    place: Place,
    tokens: Vec<Token>,
    /// The token that did not fit; the number of tokens where the statement ended too early.
    index: usize,
    tried: Vec<Rule>,
}

impl<'s> Scene<'s> {
    fn text(&self, index: usize) -> &'s str {
        self.tokens.get(index).map_or("", |token| &self.joined.text[token.start..token.end])
    }

    fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn span(&self, index: usize) -> Span {
        match self.tokens.get(index) {
            Some(token) => self.joined.span(token.start, token.end),
            None => self.end(),
        }
    }

    /// The position behind the last token.
    fn end(&self) -> Span {
        let end = self.tokens.last().map_or(0, |token| token.end);
        let at = self.joined.end(end);
        Span::new(self.joined.whole().source, at, at)
    }

    /// The position before a token.
    fn before(&self, index: usize) -> Span {
        let span = self.span(index);
        Span { end: span.start, ..span }
    }

    fn ended(&self) -> bool {
        self.index >= self.tokens.len()
    }

    fn found(&self) -> &'s str {
        self.text(self.index)
    }

    /// The token before the one that did not fit.
    fn previous(&self) -> Option<usize> {
        self.index.checked_sub(1)
    }

    fn previous_text(&self) -> &'s str {
        self.previous().map_or("", |index| self.text(index))
    }

    fn tried(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|rule| self.tried.contains(rule))
    }

    fn is_word(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(Kind::Word))
    }

    fn is_text(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(Kind::Escaped | Kind::Literal | Kind::Prose))
    }

    /// A text, number, date, duration, regular expression, `true`, `false` or `null`.
    fn is_value(&self, index: usize) -> bool {
        self.is_text(index)
            || self.kind(index) == Some(Kind::Regex)
            || self.is_word(index)
                && (self.text(index).starts_with(|character: char| character.is_ascii_digit())
                    || matches!(self.text(index), "true" | "false" | "null"))
    }

    fn is_field(&self, index: usize) -> bool {
        self.kind(index) == Some(Kind::Quoted)
            || self.is_word(index) && !self.text(index).starts_with(|character: char| character.is_ascii_digit())
    }

    fn error(&self, code: &'static str, index: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(index), message)
    }

    /// The run of tokens that touch each other from `index` on: `10.0.0.0/8`, `a:b:c`, `C:\x`.
    fn run(&self, index: usize) -> (usize, &'s str) {
        let mut last = index;
        while let (Some(token), Some(next)) = (self.tokens.get(last), self.tokens.get(last + 1)) {
            let bracket = matches!(
                next.kind,
                Kind::Comma | Kind::ParenthesisClose | Kind::ParenthesisOpen | Kind::BraceOpen | Kind::BraceClose
            );
            if token.end != next.start || bracket {
                break;
            }
            last += 1;
        }
        match (self.tokens.get(index), self.tokens.get(last)) {
            (Some(first), Some(end)) => (last, &self.joined.text[first.start..end.end]),
            _ => (last, ""),
        }
    }

    /// "text stands in quotes", with the quoted form as fix.
    fn quote(&self, index: usize, help: &str) -> Diagnostic {
        let (last, written) = self.run(index);
        let span = self.span(index).to(self.span(last));
        let quoted = quoted(written);
        Diagnostic::error("E0101", span, format!("`{}` is no value: text stands in quotes", shortened(written))).help(help).fix(
            format!("write `{quoted}`"),
            span,
            quoted.clone(),
        )
    }
}

fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) } else { format!("'{text}'") }
}

/// Enough of a text to recognise it in a message.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}

fn edits(mut diagnostic: Diagnostic, message: impl Into<String>, edits: Vec<(Span, String)>) -> Diagnostic {
    diagnostic.fixes.push(Fix { message: message.into(), edits });
    diagnostic
}

/// Says why a statement does not fit its rule.
pub(super) fn explain(failure: &Failure, joined: &Joined<'_>, file: &str, place: Place) -> Diagnostic {
    let position = match failure.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let tried = match &failure.variant {
        pest::error::ErrorVariant::ParsingError { positives, .. } => positives.clone(),
        pest::error::ErrorVariant::CustomError { .. } => {
            return Diagnostic::error("E0109", joined.whole(), "this statement is too long to be read")
                .help("give parts of it names of their own, or keep the values in a `list`");
        }
    };
    let tokens = outline::tokens(&joined.text, 0);
    let index = tokens.iter().position(|token| token.end > position).unwrap_or(tokens.len());
    let scene = Scene { joined, file, place, tokens, index, tried };
    odd_character(&scene)
        .or_else(|| match place {
            Place::Clause => clauses::explain(&scene),
            _ => statements::explain(&scene),
        })
        .unwrap_or_else(|| expected(&scene))
}

/// Characters that no statement holds.
fn odd_character(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.kind(scene.index) != Some(Kind::Other) {
        return None;
    }
    let character = scene.found().chars().next()?;
    let span = scene.span(scene.index);
    let diagnostic = match character {
        '[' => {
            let diagnostic =
                scene.error("E0101", scene.index, "lists stand in parentheses: `('a', 'b')`").help("`[ ]` has no meaning here");
            let close = (scene.index..scene.tokens.len()).find(|index| scene.text(*index) == "]");
            match close {
                Some(close) => {
                    edits(diagnostic, "write `( )`", vec![(span, "(".to_owned()), (scene.span(close), ")".to_owned())])
                }
                None => diagnostic,
            }
        }
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => {
            scene.error("E0101", scene.index, "this blank is not a plain one").fix("write a plain blank", span, " ")
        }
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' | '\u{2060}' => {
            let message = format!("an invisible character (U+{:04X}) stands here", character as u32);
            scene.error("E0101", scene.index, message).fix("remove it", span, "")
        }
        '≠' | '≤' | '≥' | '→' => {
            let meant = match character {
                '≠' => "!=",
                '≤' => "<=",
                '≥' => ">=",
                _ => "then",
            };
            scene.error("E0114", scene.index, format!("`{character}` is no operator of this language")).fix(
                format!("write `{meant}`"),
                span,
                meant,
            )
        }
        '–' | '—' | '−' => {
            scene.error("E0101", scene.index, format!("`{character}` is not the sign `-`")).fix("write `-`", span, "-")
        }
        '%' | '$' | '^' | '\\' | '?' => scene
            .error("E0101", scene.index, format!("`{character}` has no meaning outside of quotes"))
            .help("text stands in quotes: `'…'`"),
        _ if character.is_alphabetic() => scene
            .error("E0101", scene.index, format!("`{character}` cannot stand in a bare word"))
            .help("write the field in back quotes, or the text in quotes; names have the letters `a` to `z`"),
        _ => return None,
    };
    Some(diagnostic)
}

/// "expected …, found …", with the nearest word that could stand there.
fn expected(scene: &Scene<'_>) -> Diagnostic {
    let words = expected::words(&scene.tried);
    let list = match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    };
    if scene.ended() {
        let at = scene.end();
        let message = if list.is_empty() {
            "the statement ends too early".to_owned()
        } else {
            format!("expected {list}, found the end of the line")
        };
        return Diagnostic::error("E0101", at, message);
    }
    let found = shortened(scene.found());
    let message =
        if list.is_empty() { format!("`{found}` cannot stand here") } else { format!("expected {list}, found `{found}`") };
    let diagnostic = scene.error("E0101", scene.index, message);
    let keywords = expected::keywords(&scene.tried);
    match nearest(scene.found(), keywords.iter().copied()) {
        Some(word) if scene.is_word(scene.index) && word != scene.found() => {
            diagnostic.label(format!("did you mean `{word}`?")).fix(format!("write `{word}`"), scene.span(scene.index), word)
        }
        _ => diagnostic,
    }
}
