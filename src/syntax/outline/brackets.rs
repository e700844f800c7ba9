//! The stack of brackets: blocks and parentheses that open, close, nest too deeply or never end.

use super::{Block, Kind, Last, Open, Outliner, Parenthesis, Piece, Role, Token};
use crate::diag::Diagnostic;
use crate::syntax::limits;

impl<'t> Outliner<'t> {
    pub(super) fn too_deep(&mut self, token: Token) {
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

    pub(super) fn parenthesis_opens(&mut self, token: Token) {
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

    pub(super) fn parenthesis_closes(&mut self, token: Token) {
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

    pub(super) fn brace_opens(&mut self, token: Token, first: bool) {
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

    pub(super) fn brace_closes(&mut self, token: Token, first: bool) {
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

    pub(super) fn indentation(&self, line_start: usize) -> &str {
        let line = &self.text[line_start..];
        let end = line.find(|character: char| character != ' ' && character != '\t').unwrap_or(line.len());
        &line[..end]
    }

    /// Takes the innermost block off the stack and gives it to the statement that opened it.
    pub(super) fn close_block(&mut self, piece_start: usize, end: usize) {
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

    /// Inside of what is too deep. True where the token was dealt with.
    pub(super) fn skip(&mut self, token: Token) -> bool {
        match token.kind {
            Kind::ParenthesisOpen => self.skipping.push(false),
            Kind::BraceOpen => self.skipping.push(true),
            Kind::ParenthesisClose => {
                self.skipping.pop_if(|brace| !*brace);
            }
            Kind::BraceClose => {
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

    pub(super) fn finish_file(&mut self) {
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
