//! The part of a file that a finding shows: a few lines, long ones cut around the caret, nothing that acts on a terminal.

use std::ops::Range;

use super::visible::stand_in;

/// A span to mark, and what stands beside it.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub span: Range<usize>,
    pub label: Option<String>,
    pub primary: bool,
}

/// Consecutive lines of a file, ready to be printed, with their marks' places in them.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub text: String,
    /// The number of the first line, from 1.
    pub line_start: usize,
    pub marks: Vec<Mark>,
    /// The place of the first mark in the whole file: where its own line starts, and its byte.
    pub anchor: usize,
}

/// Characters beyond which a line is cut.
const LONG_LINE: usize = 320;
/// Characters kept on each side of a mark in a long line.
const AROUND: usize = 80;
/// Characters of a mark that are kept in a long line.
const LONGEST_MARK: usize = 120;
/// Lines between two marks beyond which each gets an excerpt of its own.
const NEAR: usize = 40;
/// Lines of one mark beyond which only its first is shown.
const TALLEST_MARK: usize = 12;

/// Excerpts for marks of one file. The first holds the first mark, which is the primary one.
pub(super) fn excerpts(text: &str, line_starts: &[usize], marks: &[Mark]) -> Vec<Excerpt> {
    let file = File { text, starts: line_starts };
    let mut drafts: Vec<Draft> = Vec::new();
    for mark in marks {
        let span = file.clamp(&mark.span);
        let first = file.line_of(span.start);
        // A span that starts in a line break is shown at its line's end.
        let start = span.start.min(file.line(first).end);
        let mut last = file.line_of(span.end);
        // A span that ends with its line's break does not touch the next line.
        if last > first && span.end == file.starts[last] {
            last -= 1;
        }
        let end = if last - first >= TALLEST_MARK {
            last = first;
            file.line(first).end
        } else {
            span.end.min(file.line(last).end).max(start)
        };
        let mark = Mark { span: start..end, label: mark.label.clone(), primary: mark.primary };
        match drafts.iter_mut().find(|draft| draft.takes(&file, &mark, first, last)) {
            Some(draft) => {
                draft.first = draft.first.min(first);
                draft.last = draft.last.max(last);
                draft.marks.push(mark);
            }
            None => drafts.push(Draft { first, last, marks: vec![mark] }),
        }
    }
    drafts.into_iter().map(|draft| draft.finish(&file)).collect()
}

struct File<'a> {
    text: &'a str,
    starts: &'a [usize],
}

impl File<'_> {
    fn clamp(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |at: usize| {
            let mut at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        start..floor(span.end).max(start)
    }

    /// The index, from 0, of the line that holds a byte.
    fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// A line without its break.
    fn line(&self, index: usize) -> Range<usize> {
        let start = self.starts[index];
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let end =
            if end > start && self.text.as_bytes()[end - 1] == b'\r' && index + 1 < self.starts.len() { end - 1 } else { end };
        start..end
    }

    fn is_long(&self, index: usize) -> bool {
        let line = self.line(index);
        line.len() > LONG_LINE && self.text[line].chars().nth(LONG_LINE).is_some()
    }

    /// What is kept of a long line, around one span that touches it.
    fn window(&self, index: usize, span: &Range<usize>) -> Range<usize> {
        let line = self.line(index);
        let from = span.start.clamp(line.start, line.end);
        let to = span.end.clamp(from, line.end);
        let back =
            self.text[line.start..from].char_indices().rev().take(AROUND).last().map_or(0, |(at, _)| from - line.start - at);
        let marked = self.text[from..to].chars().take(LONGEST_MARK).map(char::len_utf8).sum::<usize>();
        let ahead = self.text[from + marked..line.end].chars().take(AROUND).map(char::len_utf8).sum::<usize>();
        from - back..from + marked + ahead
    }
}

struct Draft {
    first: usize,
    last: usize,
    marks: Vec<Mark>,
}

impl Draft {
    /// Whether a mark may be shown here: near enough, and within what is kept of a long line.
    fn takes(&self, file: &File<'_>, mark: &Mark, first: usize, last: usize) -> bool {
        if first > self.last + NEAR || self.first > last + NEAR {
            return false;
        }
        (first..=last).filter(|index| file.is_long(*index)).all(|index| {
            let line = file.line(index);
            let kept = self
                .marks
                .iter()
                .find(|shown| shown.span.start <= line.end && shown.span.end >= line.start)
                .map(|shown| file.window(index, &shown.span));
            kept.is_none_or(|kept| kept.start <= mark.span.start && mark.span.end <= kept.end)
        })
    }

    fn finish(self, file: &File<'_>) -> Excerpt {
        let mut text = String::new();
        // From bytes of the file to bytes of the excerpt, for every line that is shown.
        let mut marks: Vec<Mark> =
            self.marks.iter().map(|mark| Mark { span: Range { start: usize::MAX, end: 0 }, ..mark.clone() }).collect();
        for index in self.first..=self.last {
            let line = file.line(index);
            let kept = if file.is_long(index) {
                let shown = self.marks.iter().find(|mark| mark.span.start <= line.end && mark.span.end >= line.start);
                shown.map_or_else(|| file.window(index, &(line.start..line.start)), |mark| file.window(index, &mark.span))
            } else {
                line.clone()
            };
            if kept.start > line.start {
                text.push('…');
            }
            let note = |byte: usize, at: usize, marks: &mut Vec<Mark>| {
                for (mark, whole) in marks.iter_mut().zip(&self.marks) {
                    if whole.span.start == byte
                        || (mark.span.start == usize::MAX && (whole.span.start..=whole.span.end).contains(&byte))
                    {
                        mark.span.start = at;
                    }
                    if (whole.span.start..=whole.span.end).contains(&byte) {
                        mark.span.end = at;
                    }
                }
            };
            for (offset, character) in file.text[kept.clone()].char_indices() {
                note(kept.start + offset, text.len(), &mut marks);
                // A tab keeps its width: the printer widens it.
                text.push(if character == '\t' { character } else { stand_in(character).unwrap_or(character) });
            }
            note(kept.end, text.len(), &mut marks);
            if kept.end < line.end {
                text.push('…');
            }
            if index < self.last {
                text.push('\n');
            }
        }
        for mark in &mut marks {
            mark.span.start = mark.span.start.min(text.len());
            mark.span.end = mark.span.end.max(mark.span.start);
        }
        let anchor = self.marks.first().map_or(0, |mark| mark.span.start);
        Excerpt { text, line_start: self.first + 1, marks, anchor }
    }
}
