//! What the compiler says: spans, diagnostics and the registry of codes.
//!
//! A [`Diagnostic`] is a value. Every stage returns the ones it found; only [`render`] turns them into text, JSON, SARIF or
//! GitHub annotations, and only `cli` prints that.

pub mod codes;
pub mod render;

use std::sync::Arc;

/// Which file a span lies in: an index into [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes of one file. `start == end` is a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub source: SourceId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { source, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that holds both; both lie in one file.
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value with the place it was read from. Equality looks at the value alone, so that a tree that was formatted and read
/// again equals the first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spanned<T> {
    pub node: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(node: T, span: Span) -> Self {
        Spanned { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// One file as it was read: its path as the user would write it (relative to the workspace, with `/`), and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: Arc<str>,
    pub text: Arc<str>,
}

/// Every file of a session, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        self.files.push(SourceFile { path: path.into(), text: text.into() });
        SourceId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn get(&self, id: SourceId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    pub fn find(&self, path: &str) -> Option<SourceId> {
        let index = self.files.iter().position(|file| &*file.path == path)?;
        Some(SourceId(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// Line and column, both from 1, of the first byte of a span; columns count characters.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).map_or(Position::default(), |file| Position::of(&file.text, span.start as usize))
    }
}

/// A place a person can find: line and column from 1 (the column in characters), byte from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub byte: usize,
}

impl Default for Position {
    fn default() -> Self {
        Position { line: 1, column: 1, byte: 0 }
    }
}

impl Position {
    pub fn of(text: &str, byte: usize) -> Self {
        let mut at = byte.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            byte: at,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// A second place that explains the first, with a few words that stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// A change that would mend the program: replace each span's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, as an imperative: "write `CommandLine`".
    pub message: String,
    pub edits: Vec<(Span, String)>,
}

/// One finding. Messages follow one law: lower case, no full stop at the end, the user's text in backticks, no Rust names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A code from [`codes`], such as `E0203`.
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    /// The exact text that is at fault. `None` for the call itself (an unknown target on the command line).
    pub span: Option<Span>,
    /// What stands under the caret.
    pub label: Option<String>,
    pub labels: Vec<Label>,
    pub notes: Vec<String>,
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    fn new(code: &'static str, severity: Severity, span: Option<Span>, message: String) -> Self {
        Diagnostic {
            code,
            severity,
            message,
            span,
            label: None,
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Some(span), message.into())
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, Some(span), message.into())
    }

    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, Some(span), message.into())
    }

    /// An error without a place in a file, such as an unknown word on the command line.
    pub fn of_the_call(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, None, message.into())
    }

    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    #[must_use]
    pub fn with_note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { message: message.into(), edits: vec![(span, replacement.into())] });
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The known word nearest to what was written, where one is near enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = written.to_lowercase();
    let length = folded.chars().count();
    known
        .into_iter()
        .filter_map(|word| {
            let (word_folded, word_length) = (word.to_lowercase(), word.chars().count());
            let limit = (written.chars().count().max(word_length) / 3).max(1);
            // Each insertion or removal changes the length by one: most words are too long or too short to be near.
            if word_folded.chars().count().abs_diff(length) > limit {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&folded, &word_folded);
            (distance <= limit).then_some((distance, word))
        })
        .min_by_key(|(distance, word)| (*distance, word.len(), *word))
        .map(|(_, word)| word)
}
