//! W0115: a rule over a log source of millions of events, none of whose clauses names text that an index can find.

use super::unrestricted::restricts;
use crate::diag::Diagnostic;
use crate::ir::regex::RegexNode;
use crate::ir::{Condition, Kind, LikePattern, Piece, Test};
use crate::lint::{Look, Looked, Rule};

pub const RULE: Rule = Rule { code: "W0115", imported: false, look: Look::Selection(look) };

/// Log sources that a product receives by the thousand for each machine and hour.
const HUGE: &[&str] = &[
    "windows/process_creation",
    "windows/network_connection",
    "windows/image_load",
    "windows/file_event",
    "windows/registry_event",
    "windows/registry_set",
    "windows/process_access",
    "windows/dns_query",
    "linux/process_creation",
    "dns",
    "proxy",
    "firewall",
];

/// Shorter runs of letters and digits tell too little: half of all records hold them.
const SHORTEST: usize = 3;

fn look(looked: &Looked<'_>) -> Vec<Diagnostic> {
    let selection = looked.selection;
    // A rule of negations alone is told so already.
    if !HUGE.contains(&&*selection.source.0) || has_term(&selection.condition) || !restricts(&selection.condition, true) {
        return Vec::new();
    }
    let finding =
        Diagnostic::note("W0115", looked.head, format!("every event of `{}` is read to find this rule's", selection.source))
            .also(selection.condition.span, format!("no clause needs {SHORTEST} letters or digits in a row"))
            .help("add a clause with a name or a word that each of these events holds");
    vec![finding]
}

/// Whether each event of the condition holds a run of letters and digits that the condition names.
fn has_term(condition: &Condition) -> bool {
    match &condition.kind {
        Kind::All(parts) => parts.iter().any(has_term),
        Kind::Any(parts) => parts.iter().all(has_term),
        Kind::Constant(_) | Kind::Not(_) => false,
        Kind::Test(test) => match test {
            Test::Text { values, .. } | Test::Anywhere { values, .. } => values.iter().all(|value| has_run(value)),
            Test::Like { patterns, .. } => patterns.iter().all(pattern_has_run),
            Test::Regex { patterns, .. } => patterns.iter().all(|pattern| longest(&pattern.node) >= SHORTEST),
            // Numbers, addresses, hashes and flags are found by equality; what a field lacks, or two fields share, by reading.
            Test::Number { .. }
            | Test::Boolean { .. }
            | Test::Address { .. }
            | Test::Hash { .. }
            | Test::Listed { .. }
            | Test::Some { .. } => true,
            Test::Presence { .. } | Test::Fields { .. } | Test::TimeOfDay { .. } | Test::Weekday { .. } => false,
        },
    }
}

fn has_run(text: &str) -> bool {
    text.split(|each: char| !each.is_alphanumeric()).any(|run| run.chars().count() >= SHORTEST)
}

fn pattern_has_run(pattern: &LikePattern) -> bool {
    pattern.0.iter().any(|piece| matches!(piece, Piece::Literal(text) if has_run(text)))
}

/// The longest run of letters and digits that every match holds, as far as it is plain to see.
fn longest(node: &RegexNode) -> usize {
    match node {
        RegexNode::Literal(character) => usize::from(character.is_alphanumeric()),
        RegexNode::Concat(parts) => {
            let (mut most, mut run) = (0, 0);
            for part in parts {
                match part {
                    RegexNode::Literal(character) if character.is_alphanumeric() => run += 1,
                    other => {
                        run = 0;
                        most = most.max(longest(other));
                    }
                }
                most = most.max(run);
            }
            most
        }
        RegexNode::Alternate(parts) => parts.iter().map(longest).min().unwrap_or(0),
        RegexNode::Group(inner) => longest(inner),
        RegexNode::Repeat { node, min, .. } if *min > 0 => longest(node),
        RegexNode::Repeat { .. }
        | RegexNode::Empty
        | RegexNode::Dot
        | RegexNode::Class(_)
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => 0,
    }
}
