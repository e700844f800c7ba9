//! `\b` without `\b`: Sigma's regular expressions have no word boundary, but at an expression's ends one can be said.

use crate::ir::regex::{ClassItem, RegexClass, RegexNode};

/// The expression without word boundaries, where each stands at an end and beside a character that is always, or never, of a
/// word. `None` where one stands elsewhere.
///
/// A match is found anywhere, so the one character that the replacement takes beyond the boundary changes nothing.
pub(super) fn without_boundaries(node: &RegexNode) -> Option<RegexNode> {
    if !holds_boundary(node) {
        return Some(node.clone());
    }
    match node {
        RegexNode::Alternate(parts) => parts.iter().map(without_boundaries).collect::<Option<_>>().map(RegexNode::Alternate),
        RegexNode::Group(inner) => without_boundaries(inner).map(|inner| RegexNode::Group(Box::new(inner))),
        RegexNode::Concat(parts) => {
            let (mut first, mut last) = (0, parts.len());
            if parts.first() == Some(&RegexNode::WordBoundary) {
                first = 1;
            }
            if last > first && parts.last() == Some(&RegexNode::WordBoundary) {
                last -= 1;
            }
            let inner = &parts[first..last];
            if inner.is_empty() || inner.iter().any(holds_boundary) {
                return None;
            }
            let mut replaced = Vec::new();
            if first == 1 {
                replaced.push(edge(starts_in_word(inner)?, RegexNode::Start));
            }
            replaced.extend(inner.iter().cloned());
            if last < parts.len() {
                replaced.push(edge(ends_in_word(inner)?, RegexNode::End));
            }
            Some(RegexNode::Concat(replaced))
        }
        RegexNode::Empty
        | RegexNode::Literal(_)
        | RegexNode::Dot
        | RegexNode::Class(_)
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary
        | RegexNode::Repeat { .. } => None,
    }
}

/// What stands beyond a boundary: beside a character of a word one that is of none, or the end; beside another one a
/// character of a word.
fn edge(beside_word: bool, end: RegexNode) -> RegexNode {
    let class = RegexNode::Class(RegexClass { negated: beside_word, items: vec![ClassItem::Word] });
    if beside_word { RegexNode::Group(Box::new(RegexNode::Alternate(vec![end, class]))) } else { class }
}

fn holds_boundary(node: &RegexNode) -> bool {
    match node {
        RegexNode::WordBoundary | RegexNode::NotWordBoundary => true,
        RegexNode::Concat(parts) | RegexNode::Alternate(parts) => parts.iter().any(holds_boundary),
        RegexNode::Group(inner) | RegexNode::Repeat { node: inner, .. } => holds_boundary(inner),
        RegexNode::Empty | RegexNode::Literal(_) | RegexNode::Dot | RegexNode::Class(_) | RegexNode::Start | RegexNode::End => {
            false
        }
    }
}

fn starts_in_word(parts: &[RegexNode]) -> Option<bool> {
    word_character(parts.first()?, true)
}

fn ends_in_word(parts: &[RegexNode]) -> Option<bool> {
    word_character(parts.last()?, false)
}

/// Whether the first (or last) character that the node matches is always of a word (`Some(true)`) or never; `None` where it
/// may be either, or where the node may match nothing.
fn word_character(node: &RegexNode, first: bool) -> Option<bool> {
    match node {
        RegexNode::Literal(character) => Some(is_word(*character)),
        RegexNode::Class(class) => {
            let mut kinds = class.items.iter().map(|item| match item {
                ClassItem::Digit | ClassItem::Word => Some(true),
                ClassItem::Space | ClassItem::NotWord => Some(false),
                ClassItem::Range(from, to) if from == to => Some(is_word(*from)),
                ClassItem::Range(from, to)
                    if [('0', '9'), ('A', 'Z'), ('a', 'z')].iter().any(|(low, high)| low <= from && to <= high) =>
                {
                    Some(true)
                }
                ClassItem::Range(..) | ClassItem::NotDigit | ClassItem::NotSpace => None,
            });
            let kind = kinds.next()??;
            let all = kinds.all(|other| other == Some(kind));
            // What is outside a class of some characters may be of either kind; only `\w` itself has a plain opposite.
            match (class.negated, class.items.as_slice()) {
                (false, _) if all => Some(kind),
                (true, [ClassItem::Word]) => Some(false),
                (true, [ClassItem::NotWord]) => Some(true),
                _ => None,
            }
        }
        RegexNode::Group(inner) => word_character(inner, first),
        RegexNode::Concat(parts) => word_character(if first { parts.first()? } else { parts.last()? }, first),
        RegexNode::Alternate(parts) => {
            let mut kinds = parts.iter().map(|part| word_character(part, first));
            let kind = kinds.next()??;
            kinds.all(|other| other == Some(kind)).then_some(kind)
        }
        RegexNode::Repeat { node, min, .. } if *min > 0 => word_character(node, first),
        RegexNode::Repeat { .. }
        | RegexNode::Empty
        | RegexNode::Dot
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => None,
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::sigma::escape;
    use crate::ir::SharedRegex;

    fn without(written: &str) -> Option<String> {
        let parsed = SharedRegex::parse(written, "").expect("in the shared syntax");
        without_boundaries(&parsed.node).map(|node| escape::regex(&node))
    }

    #[test]
    fn a_boundary_at_an_end_is_spelled_out() {
        assert_eq!(without(r"\bcmd\b").as_deref(), Some("(^|[^0-9A-Za-z_])cmd($|[^0-9A-Za-z_])"));
        assert_eq!(without(r"\b(foo|bar)").as_deref(), Some("(^|[^0-9A-Za-z_])(foo|bar)"));
        assert_eq!(without(r"a|\d+\b").as_deref(), Some("a|[0-9]+($|[^0-9A-Za-z_])"));
        assert_eq!(without(r"\b-x").as_deref(), Some("[0-9A-Za-z_]-x"));
        assert_eq!(without(r"\.exe$").as_deref(), Some(r"\.exe$"));
    }

    #[test]
    fn elsewhere_it_cannot_be_said() {
        for written in [r"a\bb", r"\b", r"\b.x", r"\bx*", r"\Ba", r"(\ba)+", r"\b(a|-)", r"\b[^a]"] {
            assert_eq!(without(written), None, "{written}");
        }
    }
}
