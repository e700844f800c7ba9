//! W0114: an expression or a pattern that is true of every value.

use crate::diag::Diagnostic;
use crate::ir::SharedRegex;
use crate::ir::regex::RegexNode;
use crate::lint::{Look, Rule, Written};
use crate::syntax::ast::{Operator, ValueKind};

pub const RULE: Rule = Rule { code: "W0114", imported: true, look: Look::Value(look) };

fn look(written: &Written<'_>) -> Option<Diagnostic> {
    let ValueKind::Regex { pattern, flags, .. } = &written.value.kind else { return None };
    if written.operator != Operator::Matches || !is_optional(&SharedRegex::parse(pattern, flags).ok()?.node) {
        return None;
    }
    Some(
        Diagnostic::warning("W0114", written.value.span, "every present value matches this expression")
            .label("it finds the empty text in any value")
            .help(format!(
                "write `{} exists` if that is meant, or bind the expression to the value's ends with `^` and `$`",
                written.field.name
            )),
    )
}

/// Whether the expression finds the empty text wherever it starts. `^` and `\b` do not hold everywhere.
fn is_optional(node: &RegexNode) -> bool {
    match node {
        RegexNode::Empty => true,
        RegexNode::Concat(parts) => parts.iter().all(is_optional),
        RegexNode::Alternate(parts) => parts.iter().any(is_optional),
        RegexNode::Group(inner) => is_optional(inner),
        RegexNode::Repeat { node, min, .. } => *min == 0 || is_optional(node),
        RegexNode::Literal(_)
        | RegexNode::Dot
        | RegexNode::Class(_)
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => false,
    }
}
