//! YAML as a tree of nodes that know where they stand, bounded in depth and size.
//!
//! `saphyr-parser` gives events; nothing here recurses, and an alias counts as often as it is used, so that a small file cannot
//! become a large tree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::diag::{Diagnostic, SourceId, Span};

/// A larger file is no rule that a person wrote.
const FILE_BYTES: usize = 4 * 1024 * 1024;
/// How deep lists and mappings may nest.
const DEPTH: usize = 48;
/// The most nodes of a file, those of its aliases counted each time that they stand.
const NODES: usize = 200_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Kind<'t> {
    /// `inner` is the text without its quotes. `plain` values may be numbers, booleans and null.
    Scalar {
        text: Cow<'t, str>,
        plain: bool,
        inner: Span,
    },
    Sequence(Vec<Node<'t>>),
    Mapping(Vec<(Node<'t>, Node<'t>)>),
}

/// What a scalar means by YAML's core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Boolean(bool),
    /// A whole number or a fraction, as written.
    Number(&'a str),
    Text(&'a str),
}

impl<'t> Node<'t> {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    pub(super) fn scalar(&self) -> Option<Scalar<'_>> {
        let Kind::Scalar { text, plain, .. } = &self.kind else { return None };
        if !plain {
            return Some(Scalar::Text(text));
        }
        Some(match &**text {
            "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
            "true" | "True" | "TRUE" => Scalar::Boolean(true),
            "false" | "False" | "FALSE" => Scalar::Boolean(false),
            other if is_number(other) => Scalar::Number(other),
            other => Scalar::Text(other),
        })
    }

    /// The text without its quotes, for places within it.
    pub(super) fn inner(&self) -> Span {
        match &self.kind {
            Kind::Scalar { inner, .. } => *inner,
            Kind::Sequence(_) | Kind::Mapping(_) => self.span,
        }
    }

    pub(super) fn mapping(&self) -> Option<&[(Node<'t>, Node<'t>)]> {
        match &self.kind {
            Kind::Mapping(pairs) => Some(pairs),
            Kind::Scalar { .. } | Kind::Sequence(_) => None,
        }
    }

    /// The items of a list; a single value is a list of one.
    pub(super) fn items(&self) -> &[Node<'t>] {
        match &self.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar { .. } | Kind::Mapping(_) => std::slice::from_ref(self),
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&(Node<'t>, Node<'t>)> {
        self.mapping()?.iter().find(|(name, _)| name.text() == Some(key))
    }

    /// What it is, for messages.
    pub(super) fn what(&self) -> &'static str {
        match (&self.kind, self.scalar()) {
            (Kind::Sequence(_), _) => "a list",
            (Kind::Mapping(_), _) => "a mapping",
            (_, Some(Scalar::Null)) => "nothing",
            (_, Some(Scalar::Boolean(_))) => "a boolean",
            (_, Some(Scalar::Number(_))) => "a number",
            (_, Some(Scalar::Text(_)) | None) => "text",
        }
    }

    fn size(&self) -> usize {
        // An anchor's tree is as deep as `DEPTH` at most.
        match &self.kind {
            Kind::Scalar { .. } => 1,
            Kind::Sequence(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Kind::Mapping(pairs) => 1 + pairs.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>(),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return !hexadecimal.is_empty() && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// What is being read, outermost first.
enum Open<'t> {
    Sequence(Vec<Node<'t>>),
    Mapping { pairs: Vec<(Node<'t>, Node<'t>)>, key: Option<Node<'t>> },
}

/// Bytes of the text for what the parser counts in characters.
struct Places<'t> {
    text: &'t str,
    source: SourceId,
    /// Empty for ASCII, where both are the same.
    bytes: Vec<u32>,
}

impl Places<'_> {
    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.text.len());
        }
        self.bytes.get(character).map_or(self.text.len(), |byte| *byte as usize)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        Span::new(self.source, start, end.max(start))
    }

    /// The span of a scalar and of its text alone. The parser's own begins at an anchor or tag and ends behind a comment.
    fn scalar(&self, span: saphyr_parser::Span, style: ScalarStyle) -> (Span, Span) {
        let whole = self.span(span);
        let (mut start, mut end) = (whole.start as usize, whole.end as usize);
        while self.text[start..end].starts_with(['&', '!']) {
            let Some(blank) = self.text[start..end].find([' ', '\n']) else { break };
            start += blank;
            start += self.text[start..end].len() - self.text[start..end].trim_start().len();
        }
        let quote = match style {
            ScalarStyle::SingleQuoted => '\'',
            ScalarStyle::DoubleQuoted => '"',
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {
                end = start + self.text[start..end].trim_end().len();
                let span = Span::new(self.source, start, end);
                return (span, span);
            }
        };
        let mut characters = self.text[start..].char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character == '\\' && quote == '"' {
                characters.next();
            } else if character == quote {
                if quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') {
                    characters.next();
                    continue;
                }
                end = start + at + 1;
                break;
            }
        }
        (Span::new(self.source, start, end), Span::new(self.source, start + 1, end.max(start + 2) - 1))
    }
}

/// The documents of a file that could be read, and what is wrong with the rest.
pub(super) fn documents(source: SourceId, text: &str) -> (Vec<Node<'_>>, Option<Diagnostic>) {
    if text.len() > FILE_BYTES {
        let problem = Diagnostic::error("E0701", Span::new(source, 0, 0), format!("this file is larger than {FILE_BYTES} bytes"))
            .help("split it into several files");
        return (Vec::new(), Some(problem));
    }
    let bytes = if text.is_ascii() {
        Vec::new()
    } else {
        text.char_indices().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
    };
    let mut reader = Reader {
        places: Places { text, source, bytes },
        documents: Vec::new(),
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        opened: Vec::new(),
        nodes: 0,
    };
    let problem = reader.run();
    (reader.documents, problem)
}

struct Reader<'t> {
    places: Places<'t>,
    documents: Vec<Node<'t>>,
    stack: Vec<Open<'t>>,
    /// By the parser's number.
    anchors: BTreeMap<usize, Node<'t>>,
    /// Where each open list or mapping began, and its anchor.
    opened: Vec<(Span, usize)>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn run(&mut self) -> Option<Diagnostic> {
        let mut parser = Parser::new_from_str(self.places.text);
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.places.byte(error.marker().index());
                    let words = error.info().replace('`', "'");
                    return Some(
                        Diagnostic::error(
                            "E0701",
                            Span::new(self.places.source, at, at),
                            format!("this is no YAML that can be read: {words}"),
                        )
                        .help("documents before this one were read"),
                    );
                }
            };
            let whole = self.places.span(span);
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let (span, inner) = self.places.scalar(span, style);
                    // `!!str 5` is text.
                    let tagged = tag.is_some_and(|tag| tag.suffix == "str");
                    let plain = style == ScalarStyle::Plain && !tagged;
                    let node = Node { kind: Kind::Scalar { text, plain, inner }, span };
                    if let Some(problem) = self.add(node, anchor) {
                        return Some(problem);
                    }
                }
                Event::SequenceStart(anchor, _) => {
                    self.stack.push(Open::Sequence(Vec::new()));
                    self.opened.push((whole, anchor));
                }
                Event::MappingStart(anchor, _) => {
                    self.stack.push(Open::Mapping { pairs: Vec::new(), key: None });
                    self.opened.push((whole, anchor));
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(problem) = self.close(whole) {
                        return Some(problem);
                    }
                }
                Event::Alias(anchor) => {
                    let Some(node) = self.anchors.get(&anchor) else {
                        return Some(Diagnostic::error("E0701", whole, "this alias has no anchor before it"));
                    };
                    self.nodes += node.size();
                    let node = node.clone();
                    if let Some(problem) = self.add(node, 0) {
                        return Some(problem);
                    }
                }
                Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::Nothing => {
                    self.anchors.clear();
                }
                Event::StreamEnd => break,
            }
            if self.stack.len() > DEPTH {
                return Some(
                    Diagnostic::error("E0701", whole, format!("lists and mappings nest more than {DEPTH} deep"))
                        .help("a rule needs four or five levels"),
                );
            }
        }
        None
    }

    fn add(&mut self, node: Node<'t>, anchor: usize) -> Option<Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Some(
                Diagnostic::error("E0701", node.span, format!("this file has more than {NODES} values"))
                    .help("the values of an alias count each time that it stands; split the file"),
            );
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.documents.push(node),
            Some(Open::Sequence(items)) => items.push(node),
            Some(Open::Mapping { pairs, key }) => match key.take() {
                None => {
                    if let (Some(name), Some((first, _))) =
                        (node.text(), pairs.iter().find(|(other, _)| other.text().is_some() && other.text() == node.text()))
                    {
                        return Some(
                            Diagnostic::error("E0701", node.span, format!("`{name}` stands twice in this mapping"))
                                .also(first.span, "first here")
                                .help("YAML allows a key once; other readers keep the last and drop the others"),
                        );
                    }
                    *key = Some(node);
                }
                Some(key) => pairs.push((key, node)),
            },
        }
        None
    }

    fn close(&mut self, end: Span) -> Option<Diagnostic> {
        // Every end has its start: the parser sees to that.
        let (open, (start, anchor)) = (self.stack.pop()?, self.opened.pop()?);
        let (kind, first, last) = match open {
            Open::Sequence(items) => {
                let ends = (items.first().map(|node| node.span), items.last().map(|node| node.span));
                (Kind::Sequence(items), ends.0, ends.1)
            }
            Open::Mapping { pairs, .. } => {
                let ends = (pairs.first().map(|(key, _)| key.span), pairs.last().map(|(_, value)| value.span));
                (Kind::Mapping(pairs), ends.0, ends.1)
            }
        };
        // A flow list ends at its bracket; a block ends where its last value does.
        let text = self.places.text;
        let flow = text[start.range()].starts_with(['[', '{']);
        let span = match (first, last) {
            (Some(first), Some(last)) if !flow => first.to(last),
            _ => start.to(end),
        };
        self.add(Node { kind, span }, anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Node<'_>>, Option<Diagnostic>) {
        documents(SourceId(0), text)
    }

    #[test]
    fn every_scalar_knows_its_place() {
        let text = "é: 'it''s' # c\r\nb: |\n  x\n  y\nc:\n    - a\n    - \"q\\n\" # d\nd: plain\n  folded\ne: [1, {a: b}]\nf:\ng: &x v\nh: *x\n";
        let (documents, problem) = read(text);
        assert!(problem.is_none(), "{problem:?}");
        let at = |node: &Node<'_>| text[node.span.range()].to_owned();
        let pairs = documents[0].mapping().unwrap();
        let places: Vec<(String, String)> = pairs.iter().map(|(key, value)| (at(key), at(value))).collect();
        let expected = [
            ("é", "'it''s'"),
            ("b", "x\n  y"),
            ("c", "a\n    - \"q\\n\""),
            ("d", "plain\n  folded"),
            ("e", "[1, {a: b}]"),
            ("f", ""),
            ("g", "v"),
            ("h", "v"),
        ];
        assert_eq!(places, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(&text[pairs[0].1.inner().range()], "it''s");
        assert_eq!(pairs[0].1.text(), Some("it's"));
        assert_eq!(pairs[5].1.scalar(), Some(Scalar::Null));
        assert_eq!(pairs[4].1.items()[0].scalar(), Some(Scalar::Number("1")));
    }

    #[test]
    fn a_small_file_cannot_become_a_large_tree() {
        let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, of) in "bcdefghi".chars().zip("abcdefgh".chars()) {
            let inner = vec![format!("*{of}"); 10].join(", ");
            laughs.push_str(&format!("{name}: &{name} [{inner}]\n"));
        }
        let (_, problem) = read(&laughs);
        assert!(problem.unwrap().message.contains("more than 200000 values"));
        let (_, problem) = read(&"[".repeat(5000));
        assert!(problem.is_some());
        let (_, problem) = read(&"- ".repeat(5000));
        assert!(problem.is_some());
        let (documents, problem) = read("a: 1\n---\nb: [\n");
        assert_eq!((documents.len(), problem.is_some()), (1, true));
        assert!(read("a: 1\nb: 2\na: 3\n").1.unwrap().message.contains("`a` stands twice"));
    }
}
