//! Phase 1: where each statement begins and ends, which brackets belong together, and where the comments are.
//!
//! One pass over the lines, with a stack of the open blocks and parentheses. It never recurses, bounds the nesting that phase
//! 2 will recurse through, and goes on after every error, so that one mistake costs one statement.

mod brackets;
mod heads;
mod malformed;
mod scan;

pub(super) use scan::{Kind, Token, tokens};

use super::limits;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::syntax::ast::Comment;

/// What may stand in a block, which decides how its body is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    File,
    /// The inside of a hunt, library or site.
    Unit,
    LogSource,
    Detect,
    Correlate,
    Sweep,
    Stop,
    Result,
    Test,
    /// Clauses, one a line.
    Clauses,
    /// Values of a list or an `ioc`, separated by commas or line breaks.
    Values,
    /// `name: type` entries, separated by commas or line breaks.
    Entries,
    /// `F: value` pairs of a test, separated by blanks or line breaks.
    Pairs,
}

/// One statement: the parts of the file that it consists of, without comments, line breaks and the bodies of its blocks.
#[derive(Debug, Default)]
pub(super) struct Statement {
    pub pieces: Vec<Piece>,
    pub blocks: Vec<Block>,
    /// Something in it was reported already; it is not read again.
    pub broken: bool,
}

impl Statement {
    pub fn start(&self) -> usize {
        self.pieces.first().map_or(0, |piece| piece.start)
    }

    pub fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.end)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub start: usize,
    pub end: usize,
}

/// What stands between `{` and `}`.
#[derive(Debug)]
pub(super) struct Block {
    /// Where its `{` is.
    pub open: usize,
    /// Behind its `}`, or where that should have stood.
    pub end: usize,
    pub statements: Vec<Statement>,
    /// Its `}` is missing, which was reported.
    pub unclosed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Outline {
    pub statements: Vec<Statement>,
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the outline of a whole file.
pub(super) fn outline(source: SourceId, text: &str) -> Outline {
    let mut outliner = Outliner {
        source,
        text,
        result: Outline::default(),
        open: vec![Open::new(0, 0, Role::File, 0)],
        skipping: Vec::new(),
        tokens: 0,
        last: Last::Other,
        line_start: 0,
        misaligned: None,
        endless_prose: false,
        stopped: false,
    };
    outliner.run();
    outliner.finish_file();
    outliner.result
}

/// What the last token of a statement says about a line break after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// A comma, an operator, `and`, `or`, `not`, …: the statement goes on.
    GoesOn,
    Other,
}

/// An open block, with the statement in it that is being read.
struct Open {
    at: usize,
    /// Where the line or statement that opened it starts.
    head: usize,
    role: Role,
    /// How deep the place is at which the next token stands.
    level: usize,
    /// `not` and `approximate` whose operand is still to come or open.
    chain: usize,
    parentheses: Vec<Parenthesis>,
    statements: Vec<Statement>,
    current: Statement,
    first_word: Option<(usize, usize)>,
    current_tokens: usize,
    /// The next token begins a piece of its own.
    new_piece: bool,
}

struct Parenthesis {
    at: usize,
    level_before: usize,
}

impl Open {
    fn new(at: usize, head: usize, role: Role, level: usize) -> Self {
        Open {
            at,
            head,
            role,
            level,
            chain: 0,
            parentheses: Vec::new(),
            statements: Vec::new(),
            current: Statement::default(),
            first_word: None,
            current_tokens: 0,
            new_piece: true,
        }
    }

    fn finish_statement(&mut self) {
        let statement = std::mem::take(&mut self.current);
        if !statement.pieces.is_empty() {
            self.statements.push(statement);
        }
        self.first_word = None;
        self.current_tokens = 0;
        self.new_piece = true;
        if let Some(first) = self.parentheses.first() {
            self.level = first.level_before;
        }
        self.parentheses.clear();
        self.chain = 0;
    }
}

struct Outliner<'t> {
    source: SourceId,
    text: &'t str,
    result: Outline,
    /// Never empty: the first is the file.
    open: Vec<Open>,
    /// Brackets inside one that stands too deep: true for a brace. Nothing but brackets is looked at there.
    skipping: Vec<bool>,
    tokens: usize,
    last: Last,
    line_start: usize,
    /// The first `}` that does not stand below the line of its `{`: a hint at where one is missing.
    misaligned: Option<(usize, usize)>,
    /// The lines are prose whose end is missing, until one can only be a statement.
    endless_prose: bool,
    stopped: bool,
}

impl<'t> Outliner<'t> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.result.diagnostics.len() < limits::DIAGNOSTICS {
            self.result.diagnostics.push(diagnostic);
        }
    }

    fn top(&mut self) -> &mut Open {
        if self.open.is_empty() {
            self.open.push(Open::new(0, 0, Role::File, 0));
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn run(&mut self) {
        let mut at = 0;
        let mut fresh = true;
        while at < self.text.len() && !self.stopped {
            let rest = &self.text[at..];
            let length = rest.find('\n').unwrap_or(rest.len());
            let line = rest[..length].strip_suffix('\r').unwrap_or(&rest[..length]);
            if fresh {
                self.line_start = at;
            }
            if line.len() > limits::LINE_BYTES {
                let span = self.span(at + limits::LINE_BYTES, at + limits::LINE_BYTES);
                self.report(
                    Diagnostic::error("E0109", span, format!("this line is longer than {} bytes", limits::LINE_BYTES))
                        .help("break the line, or keep the values in a CSV file: `list NAME of TYPE from \"file\"`"),
                );
                self.top().current.broken = true;
                at += length + 1;
                fresh = true;
                continue;
            }
            let mut line_tokens = tokens(line, at);
            let mut next = at + length + 1;
            let mut next_fresh = true;
            let mut unclosed = false;
            if let Some(last) = line_tokens.last_mut()
                && last.kind == Kind::ProseOpen
            {
                match self.text[last.start + 3..].find("\"\"\"") {
                    Some(length) => {
                        last.kind = Kind::Prose;
                        last.end = last.start + 3 + length + 3;
                        next = last.end;
                        next_fresh = false;
                    }
                    None => unclosed = true,
                }
            }
            if unclosed && let Some(last) = line_tokens.last() {
                let span = self.span(last.start, last.start + 3);
                self.report(
                    Diagnostic::error("E0103", span, "this text never ends: `\"\"\"` is missing")
                        .label("the text begins here")
                        .help("end the text with `\"\"\"`"),
                );
            }
            self.line(&line_tokens, fresh);
            if next_fresh {
                self.top().new_piece = true;
            }
            self.endless_prose |= unclosed;
            at = next;
            fresh = next_fresh;
        }
    }

    fn line(&mut self, line: &[Token], fresh: bool) {
        let mut first = fresh;
        if self.endless_prose {
            let closes = line.first().is_some_and(|token| token.kind == Kind::BraceClose);
            let property = line.first().is_some_and(|token| self.is_property(self.word(*token), &line[1..]));
            if !fresh || !(closes || property || self.head(line).is_some()) {
                return;
            }
            self.endless_prose = false;
        }
        for (index, token) in line.iter().enumerate() {
            if token.kind == Kind::Comment {
                let text = self.text[token.start + 1..token.end].trim_end().to_owned();
                let span = self.span(token.start, token.end);
                self.result.comments.push(Comment { text, span, own_line: fresh && index == 0 });
                continue;
            }
            self.tokens += 1;
            if self.tokens > limits::FILE_TOKENS {
                let span = self.span(token.start, token.end);
                self.report(
                    Diagnostic::error(
                        "E0109",
                        span,
                        format!("this file holds more than {} words and values", limits::FILE_TOKENS),
                    )
                    .help("keep long lists in CSV files: `list NAME of TYPE from \"file\"`"),
                );
                self.stopped = true;
                return;
            }
            if first {
                self.line_begins(&line[index..]);
            }
            self.token(*token, first, line.get(index + 1));
            first = false;
            if self.stopped {
                return;
            }
        }
    }

    /// Before the first token of a line: does it go on with the statement before it, and is a bracket missing?
    fn line_begins(&mut self, line: &[Token]) {
        if let Some(level) = self.head(line) {
            self.close_before_head(level, line);
        }
        if !self.skipping.is_empty() {
            return;
        }
        let token = line[0];
        let word = self.word(token);
        let last = self.last;
        let text = self.text;
        let top = self.top();
        let ends = match top.role {
            Role::Pairs => false,
            Role::Values | Role::Entries => top.parentheses.is_empty(),
            _ if !top.parentheses.is_empty() => false,
            _ => {
                let in_correlate_when =
                    top.role == Role::Correlate && top.first_word.is_some_and(|(start, end)| &text[start..end] == "when");
                let goes_on_here = match word {
                    "and" | "or" => true,
                    "then" | "without" | "by" | "within" | "fixed" => in_correlate_when,
                    _ => false,
                };
                let brace = token.kind == Kind::BraceOpen && !top.current.pieces.is_empty();
                last != Last::GoesOn && !goes_on_here && !brace
            }
        };
        if ends {
            top.finish_statement();
            self.last = Last::Other;
        }
    }

    fn word(&self, token: Token) -> &'t str {
        match token.kind {
            Kind::Word => &self.text[token.start..token.end],
            _ => "",
        }
    }

    fn token(&mut self, token: Token, first: bool, next: Option<&Token>) {
        if !self.skipping.is_empty() && self.skip(token) {
            return;
        }
        self.top().current_tokens += 1;
        if self.top().current_tokens == limits::STATEMENT_TOKENS && !self.top().current.broken {
            let span = self.span(token.start, token.end);
            self.report(
                Diagnostic::error(
                    "E0109",
                    span,
                    format!("this statement holds more than {} words and values", limits::STATEMENT_TOKENS),
                )
                .help("give the values a `list` of their own, one value a line, or keep them in a CSV file"),
            );
            self.top().current.broken = true;
        }
        match token.kind {
            Kind::ParenthesisOpen => self.parenthesis_opens(token),
            Kind::ParenthesisClose => self.parenthesis_closes(token),
            Kind::BraceOpen => self.brace_opens(token, first),
            Kind::BraceClose => self.brace_closes(token, first),
            Kind::Comma => self.comma(token),
            Kind::Semicolon => {
                let span = self.span(token.start, token.end);
                let last_of_line = next.is_none_or(|next| next.kind == Kind::Comment);
                let replacement = if last_of_line { "" } else { "\n" };
                let message = if last_of_line { "remove it" } else { "begin a line" };
                self.report(Diagnostic::error("E0123", span, "`;` does not end a statement here: the line break does").fix(
                    message,
                    span,
                    replacement,
                ));
                if self.top().parentheses.is_empty() && self.top().role != Role::Pairs {
                    self.top().finish_statement();
                }
                self.last = Last::Other;
            }
            Kind::Unclosed | Kind::RegexOpen | Kind::ProseOpen => self.unclosed(token),
            Kind::Curly => self.curly(token),
            Kind::Operator => {
                self.add(token);
                self.last = Last::GoesOn;
            }
            Kind::Word => self.word_token(token),
            _ => {
                self.add(token);
                self.last = Last::Other;
            }
        }
    }

    /// Adds a token to the statement that is being read.
    fn add(&mut self, token: Token) {
        let top = self.top();
        match top.current.pieces.last_mut() {
            Some(piece) if !top.new_piece => piece.end = token.end,
            _ => top.current.pieces.push(Piece { start: token.start, end: token.end }),
        }
        top.new_piece = false;
    }

    fn word_token(&mut self, token: Token) {
        let text = self.text;
        let word = &text[token.start..token.end];
        self.add(token);
        let top = self.top();
        if top.first_word.is_none() && top.current_tokens == 1 {
            top.first_word = Some((token.start, token.end));
        }
        let clauses = matches!(top.role, Role::Clauses | Role::Detect);
        let in_correlate_when =
            top.role == Role::Correlate && top.first_word.is_some_and(|(start, end)| &text[start..end] == "when");
        let mut too_deep = false;
        match word {
            "not" | "approximate" if clauses => {
                top.chain += 1;
                too_deep = top.level + top.chain == limits::DEPTH + 1;
            }
            "and" | "or" => top.chain = 0,
            _ => {}
        }
        self.last = match word {
            "and" | "or" | "not" => Last::GoesOn,
            "then" | "without" if in_correlate_when => Last::GoesOn,
            _ => Last::Other,
        };
        if too_deep {
            self.too_deep(token);
        }
    }

    fn comma(&mut self, token: Token) {
        let values = matches!(self.top().role, Role::Values | Role::Entries) && self.top().parentheses.is_empty();
        if !values {
            self.add(token);
            self.top().chain = 0;
            self.last = Last::GoesOn;
            return;
        }
        if self.top().current.pieces.is_empty() {
            let span = self.span(token.start, token.end);
            self.report(Diagnostic::error("E0129", span, "nothing stands before this `,`").fix("remove it", span, ""));
        }
        self.top().finish_statement();
        self.last = Last::Other;
    }
}
