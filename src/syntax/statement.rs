//! One statement as phase 2 reads it: its pieces joined by blanks, and the way back from there to places in the file.

use std::borrow::Cow;

use super::grammar::Node;
use super::outline::{Block, Statement};
use crate::diag::{SourceId, Span};

/// The text of a statement without comments, line breaks and bodies of blocks.
pub(super) struct Joined<'t> {
    source: SourceId,
    pub text: Cow<'t, str>,
    segments: Vec<Segment>,
    blocks: &'t [Block],
}

/// `length` bytes that stand at `joined` in the joined text and at `file` in the file.
struct Segment {
    joined: usize,
    file: usize,
    length: usize,
}

impl<'t> Joined<'t> {
    pub fn new(source: SourceId, file: &'t str, statement: &'t Statement) -> Self {
        let mut segments = Vec::with_capacity(statement.pieces.len());
        let text = match statement.pieces.as_slice() {
            [piece] if piece.start < piece.end => {
                segments.push(Segment { joined: 0, file: piece.start, length: piece.end - piece.start });
                Cow::Borrowed(&file[piece.start..piece.end])
            }
            pieces => {
                let mut text = String::new();
                for piece in pieces {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    segments.push(Segment { joined: text.len(), file: piece.start, length: piece.end - piece.start });
                    // An empty piece stands for a `}` that is missing and was reported.
                    text.push_str(if piece.start == piece.end { "}" } else { &file[piece.start..piece.end] });
                }
                Cow::Owned(text)
            }
        };
        Joined { source, text, segments, blocks: &statement.blocks }
    }

    /// Where in the file something begins that begins at `position` here.
    pub fn start(&self, position: usize) -> usize {
        let index = self.segments.partition_point(|segment| segment.joined <= position);
        self.at(index, position)
    }

    /// Where in the file something ends that ends at `position` here.
    pub fn end(&self, position: usize) -> usize {
        let index = self.segments.partition_point(|segment| segment.joined < position);
        self.at(index, position)
    }

    fn at(&self, index: usize, position: usize) -> usize {
        match index.checked_sub(1).and_then(|index| self.segments.get(index)) {
            Some(segment) => segment.file + (position - segment.joined).min(segment.length),
            None => self.segments.first().map_or(0, |segment| segment.file),
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        let from = self.start(start);
        Span::new(self.source, from, self.end(end).max(from))
    }

    /// The place of a node, without the blanks that its rule took behind its last part.
    pub fn of(&self, node: &Node<'_>) -> Span {
        let start = node.as_span().start();
        self.span(start, start + node.as_str().trim_end_matches([' ', '\t', '\r']).len())
    }

    /// The whole statement.
    pub fn whole(&self) -> Span {
        self.span(0, self.text.len())
    }

    /// The block whose `{` begins a node.
    pub fn block(&self, node: &Node<'_>) -> Option<&'t Block> {
        let open = self.start(node.as_span().start());
        let index = self.blocks.binary_search_by_key(&open, |block| block.open).ok()?;
        self.blocks.get(index)
    }
}
