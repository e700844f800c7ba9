//! The comments of a file, each printed once.

use crate::syntax::ast::Comment;

pub(super) struct Comments<'t> {
    all: &'t [Comment],
    printed: Vec<bool>,
    /// All before this one are printed.
    first: usize,
}

impl<'t> Comments<'t> {
    pub(super) fn new(all: &'t [Comment]) -> Self {
        Comments { all, printed: vec![false; all.len()], first: 0 }
    }

    fn take(&mut self, index: usize) -> &'t Comment {
        self.printed[index] = true;
        while self.printed.get(self.first) == Some(&true) {
            self.first += 1;
        }
        &self.all[index]
    }

    /// The first of those from `start` on.
    fn index_from(&self, start: usize) -> usize {
        self.all.partition_point(|comment| (comment.span.start as usize) < start).max(self.first)
    }

    /// Takes the next comment that stands before a place.
    pub(super) fn next_before(&mut self, end: usize) -> Option<&'t Comment> {
        let index = self.first;
        let comment = self.all.get(index)?;
        if comment.span.start as usize >= end {
            return None;
        }
        Some(self.take(index))
    }

    /// Whether one stands from `start` to `end` that was not printed.
    pub(super) fn within(&self, start: usize, end: usize) -> bool {
        let from = self.index_from(start);
        (from..self.all.len()).take_while(|index| (self.all[*index].span.start as usize) < end).any(|index| !self.printed[index])
    }

    /// Takes the comment that follows `end` on the same line, behind nothing but blanks and a comma.
    pub(super) fn trailing(&mut self, text: &str, end: usize) -> Option<&'t Comment> {
        let index = self.index_from(end);
        let comment = self.all.get(index)?;
        let between = text.get(end..comment.span.start as usize)?;
        let behind =
            !comment.own_line && !self.printed[index] && between.chars().all(|character| matches!(character, ' ' | '\t' | ','));
        behind.then(|| self.take(index))
    }

    /// Takes the next comment where it stands behind something on its line, and before a place.
    pub(super) fn trailing_before(&mut self, before: usize) -> Option<&'t Comment> {
        let index = self.first;
        let comment = self.all.get(index)?;
        (!comment.own_line && (comment.span.start as usize) < before).then(|| self.take(index))
    }
}
