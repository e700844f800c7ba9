//! Phase 1: where each statement begins and ends, which brackets belong together, and where the comments are.
//!
//! One pass over the lines, with a stack of the open blocks and parentheses. It never recurses, bounds the nesting that phase
//! 2 will recurse through, and goes on after every error, so that one mistake costs one statement.

use super::grammar::{Rule, read};
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

/// A token of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub rule: Rule,
    pub start: usize,
    pub end: usize,
}

/// The tokens of `text`, which is one line or a joined statement; positions are moved by `offset`.
pub(super) fn tokens(text: &str, offset: usize) -> Vec<Token> {
    let Ok(pairs) = read(Rule::outline, text) else { return Vec::new() };
    pairs
        .filter(|pair| pair.as_rule() != Rule::EOI)
        .map(|pair| {
            let span = pair.as_span();
            Token { rule: pair.as_rule(), start: offset + span.start(), end: offset + span.end() }
        })
        .collect()
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

/// How far out a head may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadLevel {
    File,
    Unit,
    Rule,
    /// `level high`: a property, of a rule or a hunt.
    Property,
    Test,
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

const OPERATOR_WORDS: &[&str] =
    &["contains", "startswith", "endswith", "named", "like", "matches", "in", "is", "exists", "not", "and", "or"];

impl<'t> Outliner<'t> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.result.diagnostics.push(diagnostic);
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
                && last.rule == Rule::line_prose_open
            {
                match self.text[last.start + 3..].find("\"\"\"") {
                    Some(length) => {
                        last.rule = Rule::line_prose;
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
            let closes = line.first().is_some_and(|token| token.rule == Rule::line_brace_close);
            let property = line.first().is_some_and(|token| self.is_property(self.word(*token), &line[1..]));
            if !fresh || !(closes || property || self.head(line).is_some()) {
                return;
            }
            self.endless_prose = false;
        }
        for (index, token) in line.iter().enumerate() {
            if token.rule == Rule::line_comment {
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
                let brace = token.rule == Rule::line_brace_open && !top.current.pieces.is_empty();
                last != Last::GoesOn && !goes_on_here && !brace
            }
        };
        if ends {
            top.finish_statement();
            self.last = Last::Other;
        }
    }

    fn word(&self, token: Token) -> &'t str {
        match token.rule {
            Rule::line_word => &self.text[token.start..token.end],
            _ => "",
        }
    }

    /// Whether a line is a head such as `detect NAME … {`, and how far out it belongs.
    fn head(&self, line: &[Token]) -> Option<HeadLevel> {
        let first = self.word(*line.first()?);
        let second = line.get(1)?;
        let goes_on = self.last == Last::GoesOn;
        let in_clauses = self.open.last().is_some_and(|open| match open.role {
            // In a block without any clause yet, a property is misplaced rather than a `}` missing.
            Role::Clauses => !open.statements.is_empty() || !open.current.pieces.is_empty(),
            Role::Unit | Role::Detect | Role::Correlate | Role::Sweep => goes_on || !open.parentheses.is_empty(),
            _ => false,
        });
        if in_clauses && self.is_property(first, &line[1..]) {
            return Some(HeadLevel::Property);
        }
        if !line.iter().any(|token| token.rule == Rule::line_brace_open) {
            return None;
        }
        let named = second.rule == Rule::line_word
            && (!OPERATOR_WORDS.contains(&self.word(*second))
                || line.get(2).is_some_and(|third| third.rule == Rule::line_brace_open || self.word(*third) == "on"));
        let texted = matches!(second.rule, Rule::line_escaped | Rule::line_literal | Rule::line_prose);
        let braced = second.rule == Rule::line_brace_open;
        match first {
            "site" if self.word(*second) == "list" && line.get(2).is_some_and(|third| third.rule == Rule::line_word) => {
                Some(HeadLevel::Unit)
            }
            "hunt" | "library" | "site" if named => Some(HeadLevel::File),
            "logsource" if named => Some(HeadLevel::File),
            "detect" | "correlate" | "sweep" | "pattern" | "list" | "ioc" if named => Some(HeadLevel::Unit),
            "test" if texted => Some(HeadLevel::Unit),
            "stop" if braced => Some(HeadLevel::Unit),
            "when" if braced => Some(HeadLevel::Rule),
            "except" if texted || named => Some(HeadLevel::Rule),
            "event" | "hit" | "miss" | "base" if named => Some(HeadLevel::Test),
            _ => None,
        }
    }

    /// Whether a line within clauses can only be a property, so that a `}` is missing before it.
    fn is_property(&self, keyword: &str, rest: &[Token]) -> bool {
        let rest: Vec<Token> = rest.iter().copied().filter(|token| token.rule != Rule::line_comment).collect();
        let word = |index: usize| rest.get(index).map_or("", |token| self.word(*token));
        let text = |index: usize| {
            rest.get(index).is_some_and(|token| matches!(token.rule, Rule::line_escaped | Rule::line_literal | Rule::line_prose))
        };
        let ends = |index: usize| rest.get(index).is_none_or(|token| token.rule == Rule::line_comma);
        let plain = |index: usize| !word(index).is_empty() && !OPERATOR_WORDS.contains(&word(index));
        match keyword {
            "title" | "id" | "author" | "hypothesis" | "description" | "software" | "actor" | "campaign" | "references"
            | "falsepositives" | "response" => text(0) && ends(1),
            "created" | "modified" => word(0).starts_with(|character: char| character.is_ascii_digit()) && ends(1),
            "status" | "tlp" | "level" | "renamed_from" => plain(0) && rest.len() == 1,
            "techniques" | "fields" | "indicators" => plain(0) && ends(1),
            "entities" => matches!(word(0), "host" | "account" | "ip" | "file" | "process") && plain(1) && ends(2),
            "blindspot" => plain(0) && text(1),
            "risk" => word(1) == "on",
            "schedule" => matches!(word(0), "every" | "on" | "suppress") && plain(1),
            "not" => word(0) == "on" && matches!(word(1), "sigma" | "splunk" | "sentinel" | "defender" | "kql") && text(2),
            _ => false,
        }
    }

    /// A head inside a bracket that should have been closed: reports it once, naming the innermost open bracket, and closes
    /// everything down to where the head may stand.
    fn close_before_head(&mut self, level: HeadLevel, line: &[Token]) {
        let keep = match level {
            HeadLevel::File => Some(1),
            HeadLevel::Unit => self.open.iter().position(|open| open.role == Role::Unit).map(|at| at + 1),
            HeadLevel::Rule => {
                let rule = self.open.iter().position(|open| matches!(open.role, Role::Detect | Role::Correlate | Role::Sweep));
                let unit = self.open.iter().position(|open| open.role == Role::Unit);
                rule.or(if self.word(line[0]) == "except" { unit } else { None }).map(|at| at + 1)
            }
            HeadLevel::Property => self
                .open
                .iter()
                .rposition(|open| matches!(open.role, Role::Detect | Role::Correlate | Role::Sweep | Role::Unit))
                .map(|at| at + 1),
            HeadLevel::Test => self.open.iter().position(|open| open.role == Role::Test).map(|at| at + 1),
        };
        let Some(keep) = keep else { return };
        let inside_parentheses = self.open.last().is_some_and(|open| !open.parentheses.is_empty());
        if self.open.len() <= keep && !inside_parentheses {
            // Nothing is missing; but a statement that seemed to go on ends before a head.
            if self.last == Last::GoesOn {
                self.top().finish_statement();
                self.last = Last::Other;
            }
            self.skipping.clear();
            return;
        }
        let braces = self.open.len() > keep;
        let top = self.top();
        let (innermost, bracket) = top.parentheses.last().map_or((top.at, '{'), |parenthesis| (parenthesis.at, '('));
        let broken = top.current.broken;
        let missing = match (bracket, braces) {
            ('(', true) => "`)` and `}` missing before this line",
            ('(', false) => "`)` missing before this line",
            _ => "`}` missing before this line",
        };
        let named = level != HeadLevel::Property && line.get(1).is_some_and(|second| !self.word(*second).is_empty());
        let end = if named { line[1].end } else { line[0].end };
        let head = self.span(line[0].start, end);
        if !(broken && bracket == '(' && !braces) {
            let innermost_span = self.span(innermost, innermost + 1);
            let mut closing = String::new();
            for open in self.open[keep - 1..].iter().rev() {
                closing.extend(std::iter::repeat_n(')', open.parentheses.len()));
                if open.at >= self.open.get(keep).map_or(usize::MAX, |outermost| outermost.at) {
                    closing.push_str("}\n");
                }
            }
            if !braces {
                closing.push('\n');
            }
            let word = self.word(line[0]).to_owned();
            self.report(
                Diagnostic::error("E0106", head, missing)
                    .label(format!("`{word}` cannot stand inside another block"))
                    .also(innermost_span, format!("this `{bracket}` is still open"))
                    .fix(format!("close it before `{word}`"), self.span(line[0].start, line[0].start), closing),
            );
        }
        self.skipping.clear();
        let at = line[0].start;
        while self.open.len() > keep {
            if !self.top().parentheses.is_empty() {
                self.top().current.broken = true;
            }
            self.close_block(at, at);
        }
        let top = self.top();
        if !top.parentheses.is_empty() {
            top.current.broken = true;
        }
        top.finish_statement();
        self.last = Last::Other;
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
        match token.rule {
            Rule::line_parenthesis_open => self.parenthesis_opens(token),
            Rule::line_parenthesis_close => self.parenthesis_closes(token),
            Rule::line_brace_open => self.brace_opens(token, first),
            Rule::line_brace_close => self.brace_closes(token, first),
            Rule::line_comma => self.comma(token),
            Rule::line_semicolon => {
                let span = self.span(token.start, token.end);
                let last_of_line = next.is_none_or(|next| next.rule == Rule::line_comment);
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
            Rule::line_unclosed | Rule::line_regex_open | Rule::line_prose_open => self.unclosed(token),
            Rule::line_curly => self.curly(token),
            Rule::line_operator => {
                self.add(token);
                self.last = Last::GoesOn;
            }
            Rule::line_word => self.word_token(token),
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

    fn too_deep(&mut self, token: Token) {
        if !self.top().current.broken {
            let span = self.span(token.start, token.end);
            self.report(
                Diagnostic::error(
                    "E0108",
                    span,
                    format!("nested more than {} deep: parentheses, blocks, `not` and `approximate` together", limits::DEPTH),
                )
                .help("give the inner part a name of its own with `pattern NAME on SOURCE { … }`"),
            );
        }
        self.top().current.broken = true;
    }

    fn parenthesis_opens(&mut self, token: Token) {
        self.add(token);
        self.last = Last::Other;
        let top = self.top();
        let level = top.level + top.chain + 1;
        if level > limits::DEPTH {
            self.too_deep(token);
            self.skipping.push(false);
            return;
        }
        top.parentheses.push(Parenthesis { at: token.start, level_before: top.level });
        top.level = level;
        top.chain = 0;
    }

    fn parenthesis_closes(&mut self, token: Token) {
        self.last = Last::Other;
        match self.top().parentheses.pop() {
            Some(parenthesis) => {
                self.add(token);
                let top = self.top();
                top.level = parenthesis.level_before;
                top.chain = 0;
            }
            None => {
                if !self.top().current.broken {
                    let span = self.span(token.start, token.end);
                    self.report(Diagnostic::error("E0107", span, "`)` without a `(` before it").fix("remove it", span, ""));
                }
                if !self.top().current.pieces.is_empty() {
                    self.top().current.broken = true;
                }
            }
        }
    }

    /// What a block is, from the words before its `{`.
    fn role_of_block(&self) -> Role {
        let Some(top) = self.open.last() else { return Role::Clauses };
        let word = top.first_word.map_or("", |(start, end)| &self.text[start..end]);
        let close = |known: &[&'static str]| -> String {
            if known.contains(&word) {
                word.to_owned()
            } else {
                crate::diag::nearest(word, known.iter().copied()).unwrap_or_default().to_owned()
            }
        };
        match top.role {
            Role::File => match close(&[
                "hunt",
                "library",
                "site",
                "logsource",
                "detect",
                "pattern",
                "correlate",
                "sweep",
                "test",
                "list",
                "ioc",
            ])
            .as_str()
            {
                "logsource" => Role::LogSource,
                "detect" => Role::Detect,
                "pattern" => Role::Clauses,
                "correlate" => Role::Correlate,
                "sweep" => Role::Sweep,
                "test" => Role::Test,
                "list" | "ioc" => Role::Values,
                _ => Role::Unit,
            },
            Role::Unit => {
                match close(&["detect", "correlate", "sweep", "test", "list", "ioc", "site", "stop", "pattern", "except", "when"])
                    .as_str()
                {
                    "detect" => Role::Detect,
                    "correlate" => Role::Correlate,
                    "sweep" => Role::Sweep,
                    "test" => Role::Test,
                    "list" | "ioc" | "site" => Role::Values,
                    "stop" => Role::Stop,
                    _ => Role::Clauses,
                }
            }
            Role::LogSource => Role::Entries,
            Role::Test | Role::Pairs => Role::Pairs,
            Role::Detect | Role::Correlate | Role::Sweep | Role::Stop | Role::Clauses | Role::Values | Role::Entries => {
                Role::Clauses
            }
        }
    }

    /// The first word of the statement that is being read.
    fn head_word(&self) -> &'t str {
        self.open.last().and_then(|open| open.first_word).map_or("", |(start, end)| &self.text[start..end])
    }

    fn brace_opens(&mut self, token: Token, first: bool) {
        if first && self.top().parentheses.is_empty() && self.top().role != Role::Pairs {
            let span = self.span(token.start, token.end);
            if self.top().current.pieces.is_empty() {
                self.report(
                    Diagnostic::error("E0101", span, "a block needs a head before its `{`").label("nothing stands before it"),
                );
                self.top().current.broken = true;
            } else if self.last != Last::GoesOn && !self.top().current.broken {
                let (start, end) = (self.top().current.start(), self.top().current.end());
                self.report(
                    Diagnostic::error("E0128", span, "`{` stands on the line of its head")
                        .also(self.span(start, end), "the head is here")
                        .fix("move it up", self.span(end, token.end), " {"),
                );
            }
        }
        self.add(token);
        self.last = Last::Other;
        let role = self.role_of_block();
        let text_line = self.line_start;
        let text = self.text;
        let top = self.top();
        // `when { }` and `except { }` are the bodies of a rule; what counts is what nests within them.
        let in_when = top.first_word.is_some_and(|(start, end)| &text[start..end] == "when") && top.current_tokens > 2;
        let counts = match (top.role, role) {
            (Role::Clauses, Role::Clauses) | (Role::Pairs, Role::Pairs) => true,
            (Role::Detect, Role::Clauses) => in_when,
            _ => false,
        };
        let level = top.level + top.chain + usize::from(counts);
        if level > limits::DEPTH || self.open.len() > limits::DEPTH + 8 {
            self.too_deep(token);
            self.skipping.push(true);
            return;
        }
        self.open.push(Open::new(token.start, text_line, role, level));
    }

    fn brace_closes(&mut self, token: Token, first: bool) {
        self.last = Last::Other;
        if self.open.len() == 1 {
            let span = self.span(token.start, token.end);
            self.report(Diagnostic::error("E0107", span, "`}` without a `{` before it").fix("remove it", span, ""));
            self.top().finish_statement();
            return;
        }
        let open_parenthesis = self.top().parentheses.last().map(|parenthesis| parenthesis.at);
        if let Some(at) = open_parenthesis {
            if !self.top().current.broken {
                let span = self.span(at, at + 1);
                self.report(
                    Diagnostic::error("E0106", span, "this `(` is never closed")
                        .label("`)` is missing")
                        .also(self.span(token.start, token.end), "the block ends here"),
                );
            }
            self.top().current.broken = true;
        }
        if first && self.misaligned.is_none() {
            let (open, head) = (self.top().at, self.top().head);
            if self.indentation(head) != self.indentation(self.line_start) {
                self.misaligned = Some((open, token.start));
            }
        }
        self.close_block(token.start, token.end);
        self.add(token);
        self.top().chain = 0;
    }

    fn indentation(&self, line_start: usize) -> &str {
        let line = &self.text[line_start..];
        let end = line.find(|character: char| character != ' ' && character != '\t').unwrap_or(line.len());
        &line[..end]
    }

    /// Takes the innermost block off the stack and gives it to the statement that opened it.
    fn close_block(&mut self, piece_start: usize, end: usize) {
        if self.open.len() < 2 {
            return;
        }
        let Some(mut block) = self.open.pop() else { return };
        block.finish_statement();
        let top = self.top();
        top.current.blocks.push(Block { open: block.at, end, statements: block.statements, unclosed: piece_start == end });
        top.new_piece = true;
        if piece_start == end {
            // The `}` is missing; an empty piece stands for it, so that the statement has the block's end.
            top.current.pieces.push(Piece { start: end, end });
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

    fn unclosed(&mut self, token: Token) {
        let text = &self.text[token.start..token.end];
        // A `{` at the end of the line belongs to the statement all the same.
        let brace = text.trim_end().strip_suffix('{').filter(|before| before.ends_with([' ', '\t'])).map(str::len);
        let quote_end = token.start + text.chars().next().map_or(0, char::len_utf8);
        if token.rule != Rule::line_prose_open {
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
            self.brace_opens(Token { rule: Rule::line_brace_open, start: at, end: at + 1 }, false);
        }
    }

    fn curly(&mut self, token: Token) {
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

    /// Inside of what is too deep. True where the token was dealt with.
    fn skip(&mut self, token: Token) -> bool {
        match token.rule {
            Rule::line_parenthesis_open => self.skipping.push(false),
            Rule::line_brace_open => self.skipping.push(true),
            Rule::line_parenthesis_close => {
                self.skipping.pop_if(|brace| !*brace);
            }
            Rule::line_brace_close => {
                while self.skipping.pop_if(|brace| !*brace).is_some() {}
                if self.skipping.pop().is_none() {
                    return false;
                }
            }
            _ => {}
        }
        if self.skipping.is_empty() {
            self.top().new_piece = true;
        }
        true
    }

    fn finish_file(&mut self) {
        let end = self.text.len();
        self.skipping.clear();
        if self.open.len() > 1 || !self.top().parentheses.is_empty() {
            let stopped = self.stopped;
            let broken = self.top().current.broken && !self.top().parentheses.is_empty() && self.open.len() == 1;
            let top = self.top();
            let (at, bracket, closing) = top.parentheses.last().map_or((top.at, '{', '}'), |open| (open.at, '(', ')'));
            let mut diagnostic = Diagnostic::error("E0106", self.span(at, at + 1), format!("this `{bracket}` is never closed"))
                .label(format!("`{closing}` is missing"));
            if let Some((open, close)) = self.misaligned {
                diagnostic = diagnostic
                    .also(self.span(close, close + 1), "this `}` does not stand below the line that it closes")
                    .also(self.span(open, open + 1), "it closes this `{`");
            }
            if !stopped && !broken {
                self.report(diagnostic);
            }
        }
        while self.open.len() > 1 {
            if !self.top().parentheses.is_empty() {
                self.top().current.broken = true;
            }
            self.close_block(end, end);
        }
        if !self.top().parentheses.is_empty() {
            self.top().current.broken = true;
        }
        self.top().finish_statement();
        if let Some(file) = self.open.pop() {
            self.result.statements = file.statements;
        }
    }
}
