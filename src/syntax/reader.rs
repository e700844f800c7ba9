//! Phase 2: what every strict reading shares — one statement, one rule, one report where it does not fit.

use super::grammar::{Node, Rule, read};
use super::limits;
use super::mistakes::{self, Place};
use super::outline::{Block, Statement};
use super::statement::Joined;
use crate::diag::{Diagnostic, SourceId, Span};

pub(super) struct Reader<'t> {
    pub source: SourceId,
    pub text: &'t str,
    pub diagnostics: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Too many errors were found: what follows is skipped.
    pub(super) fn gives_up(&self) -> bool {
        self.diagnostics.len() >= limits::DIAGNOSTICS
    }

    pub(super) fn join(&self, statement: &'t Statement) -> Joined<'t> {
        Joined::new(self.source, self.text, statement)
    }

    /// Reads a statement with a rule; where it does not fit, says why.
    pub(super) fn strict<'s>(&mut self, rule: Rule, joined: &'s Joined<'_>, place: Place) -> Option<Node<'s>> {
        if self.gives_up() {
            return None;
        }
        match read(rule, &joined.text) {
            Ok(mut pairs) => pairs.next(),
            Err(failure) => {
                let diagnostic = mistakes::explain(&failure, joined, self.text, place);
                self.report(diagnostic);
                None
            }
        }
    }

    /// Something that the grammar read has no place in the tree: a fault of this program, which must never pass silently.
    pub(super) fn unreadable(&mut self, span: Span) {
        self.report(Diagnostic::error("E0100", span, "this statement cannot be read, by a fault of the compiler"));
    }

    /// The block of a `{ }` node. There always is one, since the outline cut it out; an empty one otherwise.
    pub(super) fn block<'b>(&self, joined: &Joined<'b>, node: &Node<'_>) -> Option<&'b Block> {
        joined.block(node)
    }

    pub(super) fn block_span(&self, block: &Block) -> Span {
        Span::new(self.source, block.open, block.end)
    }
}

/// The children of a node without punctuation.
pub(super) fn parts<'s>(node: &Node<'s>) -> impl Iterator<Item = Node<'s>> + use<'s> {
    node.clone()
        .into_inner()
        .filter(|part| !matches!(part.as_rule(), Rule::EOI | Rule::comma | Rule::open | Rule::close | Rule::colon))
}
