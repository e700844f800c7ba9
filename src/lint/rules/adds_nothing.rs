//! W0110: a clause that a sibling makes superfluous: said twice, implied, or covered.

use crate::diag::Diagnostic;
use crate::ir::{Condition, Kind, Test};
use crate::lint::reason::implies;
use crate::lint::{Look, Looked, Rule};

pub const RULE: Rule = Rule { code: "W0110", imported: false, look: Look::Selection(look) };

fn look(looked: &Looked<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(&looked.selection.condition, looked, &mut found);
    for exception in &looked.selection.exceptions {
        walk(&exception.condition, looked, &mut found);
    }
    found
}

fn walk(condition: &Condition, looked: &Looked<'_>, found: &mut Vec<Diagnostic>) {
    match &condition.kind {
        Kind::All(parts) => siblings(parts, true, looked, found),
        Kind::Any(parts) => siblings(parts, false, looked, found),
        Kind::Not(part) => walk(part, looked, found),
        Kind::Constant(_) | Kind::Test(_) => {}
    }
}

/// Each pair once: in an `and` the wider clause does nothing, in an `or` the narrower one.
fn siblings(parts: &[Condition], all: bool, looked: &Looked<'_>, found: &mut Vec<Diagnostic>) {
    let separators = looked.selection.separators;
    for (index, part) in parts.iter().enumerate() {
        let idle = parts.iter().enumerate().find(|(other, sibling)| {
            if *other == index || sibling.span == part.span || !looked.together(sibling.span, part.span) {
                return false;
            }
            if sibling == &part {
                return *other < index;
            }
            let (Some(sibling), Some(part)) = (test(sibling), test(part)) else { return false };
            let (enough, idle) = if all { (sibling, part) } else { (part, sibling) };
            // Of two that mean the same the later one is told.
            implies(enough, idle, separators) && (*other < index || !implies(idle, enough, separators))
        });
        match idle {
            Some((_, sibling)) => {
                let message = match (sibling == part, all) {
                    (true, _) => "this clause says again what a clause beside it says",
                    (false, true) => "a clause beside it implies this one, which therefore does nothing",
                    (false, false) => "a clause beside it covers this one, which therefore does nothing",
                };
                found.push(
                    Diagnostic::warning("W0110", part.span, message)
                        .also(sibling.span, "this one is enough")
                        .help("take it out, or make it say what was meant"),
                );
            }
            None => walk(part, looked, found),
        }
    }
}

fn test(condition: &Condition) -> Option<&Test> {
    match &condition.kind {
        Kind::Test(test) if !condition.approximate => Some(test),
        Kind::Test(_) | Kind::Constant(_) | Kind::All(_) | Kind::Any(_) | Kind::Not(_) => None,
    }
}
