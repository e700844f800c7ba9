//! Lines, indentation, blank lines and comments: what every part of the layout is made with.

use super::WIDTH;
use super::comments::Comments;
use crate::diag::Span;
use crate::syntax::ast::Comment;

pub(super) struct Printer<'t> {
    out: String,
    /// Where the last line of `out` begins.
    line: usize,
    indentation: usize,
    text: &'t str,
    comments: Comments<'t>,
    /// Where in the text the last thing ended that was printed, for the blank lines after it.
    last_end: usize,
    /// Nothing was printed in this block yet, so that no blank line can stand here.
    block_begins: bool,
}

/// Something that has a line of its own, or several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A block of a unit: where there is no text to say it, a blank line stands before and after it.
    Block,
    Line,
}

impl<'t> Printer<'t> {
    pub(super) fn new(text: &'t str, comments: &'t [Comment]) -> Self {
        Printer {
            out: String::with_capacity(text.len()),
            line: 0,
            indentation: 0,
            text,
            comments: Comments::new(comments),
            last_end: 0,
            block_begins: true,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.own_line_comments(usize::MAX);
        let length = self.out.trim_end().len();
        self.out.truncate(length);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// False for a tree that was made, not read.
    pub(super) fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
        if let Some(newline) = text.rfind('\n') {
            self.line = self.out.len() - text.len() + newline + 1;
        }
    }

    pub(super) fn begin_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.line = self.out.len();
        for _ in 0..self.indentation {
            self.out.push_str("  ");
        }
    }

    /// A line without anything on it, within prose.
    pub(super) fn empty_line(&mut self) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.push('\n');
    }

    pub(super) fn indented(&mut self, print: impl FnOnce(&mut Self)) {
        self.indentation += 1;
        print(self);
        self.indentation -= 1;
    }

    /// Whether `text` and `after` characters more fit on the line that is being printed.
    pub(super) fn fits(&self, text: &str, after: usize) -> bool {
        let first = text.split('\n').next().unwrap_or_default();
        self.out[self.line..].chars().count() + first.chars().count() + after <= WIDTH && !text.contains('\n')
    }

    /// Whether a comment stands within a span that no other part has printed yet.
    pub(super) fn has_comment(&self, span: Span) -> bool {
        self.comments.within(span.start as usize, span.end as usize)
    }

    /// Whether the author left a blank line between two places.
    pub(super) fn blank_between(&self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|between| {
            let mut lines = between.split('\n').skip(1).peekable();
            while let Some(line) = lines.next() {
                if lines.peek().is_some() && line.trim().is_empty() {
                    return true;
                }
            }
            false
        })
    }

    fn blank_line(&mut self) {
        if !self.block_begins && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.push('\n');
        }
    }

    /// Comments on lines of their own that stand before a place.
    fn own_line_comments(&mut self, before: usize) {
        while let Some(comment) = self.comments.next_before(before) {
            if self.blank_between(self.last_end, comment.span.start as usize) {
                self.blank_line();
            }
            self.begin_line();
            self.push_comment(comment);
            self.last_end = comment.span.end as usize;
            self.block_begins = false;
        }
    }

    fn push_comment(&mut self, comment: &Comment) {
        self.out.push('#');
        self.out.push_str(&comment.text);
    }

    /// Prints something on lines of its own: the comments before it, the blank line that the author left, itself, the comment
    /// behind it. Comments in it for which its layout has no place are put before it.
    pub(super) fn element(&mut self, span: Span, kind: Kind, print: impl FnOnce(&mut Self)) {
        let (start, end) = (span.start as usize, span.end as usize);
        self.own_line_comments(start);
        if self.has_text() {
            if self.blank_between(self.last_end, start) {
                self.blank_line();
            }
        } else if kind == Kind::Block {
            self.blank_line();
        }
        self.begin_line();
        let mark = self.line;
        self.block_begins = false;
        self.last_end = start;
        let indentation = self.indentation;
        print(self);
        self.indentation = indentation;
        self.hoist(mark, end);
        self.trailing(end);
        self.last_end = end.max(self.last_end);
        if !self.has_text() && kind == Kind::Block {
            self.out.push_str("\n\n");
        }
    }

    /// Puts the comments before `end` that were not printed before the line at `mark`.
    fn hoist(&mut self, mark: usize, end: usize) {
        let mut lines = String::new();
        while let Some(comment) = self.comments.next_before(end) {
            for _ in 0..self.indentation {
                lines.push_str("  ");
            }
            lines.push('#');
            lines.push_str(&comment.text);
            lines.push('\n');
        }
        if !lines.is_empty() {
            self.out.insert_str(mark, &lines);
            self.line += lines.len();
        }
    }

    /// The comment that follows a place on its line.
    pub(super) fn trailing(&mut self, end: usize) {
        let Some(comment) = self.comments.trailing(self.text, end) else { return };
        self.out.push_str("  ");
        self.push_comment(comment);
        self.last_end = comment.span.end as usize;
    }

    /// The comment behind a `{`, which stands before the first thing in its block.
    pub(super) fn trailing_of_head(&mut self, before: usize) {
        let Some(comment) = self.comments.trailing_before(before) else { return };
        self.out.push_str("  ");
        self.push_comment(comment);
        self.last_end = comment.span.end as usize;
    }

    /// Comments on lines of their own before a closing bracket.
    pub(super) fn comments_before(&mut self, end: usize) {
        self.own_line_comments(end);
    }

    /// Says that what stands before `end` in the text was printed.
    pub(super) fn ended(&mut self, end: usize) {
        self.last_end = end;
        self.block_begins = false;
    }

    /// ` {`, the parts of a block on lines of their own, `}`. `first` is where the first of them starts, `end` behind the `}`.
    pub(super) fn block(&mut self, first: Option<usize>, end: usize, print: impl FnOnce(&mut Self)) {
        self.push("{");
        let comments = self.comments.within(self.last_end, end);
        if first.is_none() && !comments {
            self.push(" }");
            return;
        }
        self.trailing_of_head(first.unwrap_or(end));
        self.block_begins = true;
        self.indented(|printer| {
            print(printer);
            printer.own_line_comments(end);
        });
        self.trim_blank_lines();
        self.begin_line();
        self.push("}");
        self.block_begins = false;
        self.last_end = end;
    }

    fn trim_blank_lines(&mut self) {
        let length = self.out.trim_end_matches('\n').len();
        self.out.truncate(length);
    }
}
