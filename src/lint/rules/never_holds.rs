//! W0109: clauses that exclude each other, so that a rule, a branch or an exception is never of use.

use crate::diag::{Diagnostic, Span};
use crate::ir::{Condition, Kind};
use crate::lint::reason::{Given, decide, facts};
use crate::lint::{Look, Looked, Rule};

pub const RULE: Rule = Rule { code: "W0109", imported: true, look: Look::Selection(look) };

fn look(looked: &Looked<'_>) -> Vec<Diagnostic> {
    let condition = &looked.selection.condition;
    let mut found = Vec::new();
    walk(condition, &[], true, looked, &mut found);
    let whole = std::slice::from_ref(condition);
    let parts = if let Kind::All(parts) = &condition.kind { parts.as_slice() } else { whole };
    let given: Vec<(Given<'_>, Span)> = parts.iter().filter_map(|part| Some((facts(part)?, part.span))).collect();
    let only: Vec<Given<'_>> = given.iter().map(|(given, _)| *given).collect();
    for exception in looked.selection.exceptions.iter().filter(|exception| exception.site.is_none()) {
        let finding = match decide(&exception.condition, &only, looked.selection.separators) {
            Some(true) => {
                Diagnostic::warning("W0109", exception.span, "this exception removes every event that the rule selects")
                    .help("say what is special about the events that are known to be harmless")
            }
            Some(false) => Diagnostic::warning("W0109", exception.span, "this exception removes no event that the rule selects")
                .help("compare it with the rule's own clauses, which exclude it"),
            None => continue,
        };
        found.push(finding.also(condition.span, "the rule's condition"));
    }
    found
}

/// `given` holds around this condition. `root` while every part must hold for the rule to select anything.
fn walk<'a>(condition: &'a Condition, given: &[(Given<'a>, Span)], root: bool, looked: &Looked<'_>, found: &mut Vec<Diagnostic>) {
    match &condition.kind {
        Kind::All(parts) => {
            let mut around = given.to_vec();
            for part in parts {
                // Each part is held against those before it: the later one is the surprise.
                if let Some(finding) = refuted(part, &around, root, looked) {
                    found.push(finding);
                    return;
                }
                around.extend(facts(part).map(|fact| (fact, part.span)));
            }
            for (index, part) in parts.iter().enumerate() {
                if matches!(part.kind, Kind::Any(_)) {
                    let mut around = given.to_vec();
                    let others = parts.iter().enumerate().filter(|(other, _)| *other != index);
                    around.extend(others.filter_map(|(_, other)| Some((facts(other)?, other.span))));
                    if let Some(finding) = refuted(part, &around, root, looked) {
                        found.push(finding);
                        return;
                    }
                    walk(part, &around, root, looked, found);
                }
            }
        }
        Kind::Any(parts) => {
            for part in parts {
                match refuted(part, given, false, looked) {
                    Some(finding) => found.push(finding),
                    None => walk(part, given, false, looked, found),
                }
            }
        }
        // What stands below `not` is said of events that are left out: a branch that never holds there leaves out nothing.
        Kind::Not(_) | Kind::Constant(_) | Kind::Test(_) => {}
    }
}

/// The finding where the facts around a condition make it false. Below the root both must be written in one body: a library's
/// pattern may have branches that a rule has no use for.
fn refuted(condition: &Condition, around: &[(Given<'_>, Span)], root: bool, looked: &Looked<'_>) -> Option<Diagnostic> {
    let separators = looked.selection.separators;
    let usable: Vec<&(Given<'_>, Span)> =
        around.iter().filter(|(_, span)| *span != condition.span && (root || looked.together(*span, condition.span))).collect();
    let given: Vec<Given<'_>> = usable.iter().map(|(given, _)| *given).collect();
    if decide(condition, &given, separators) != Some(false) {
        return None;
    }
    let alone = usable.iter().find(|(given, _)| decide(condition, &[*given], separators) == Some(false));
    let message = if root {
        "this clause contradicts another, so the rule never selects an event"
    } else {
        "this branch contradicts a clause that stands beside it, so it never holds"
    };
    let mut finding = Diagnostic::warning("W0109", condition.span, message)
        .help("a field has one value: where one of several is meant, write the values as a list or the clauses in `any { … }`");
    if let Some((_, span)) = alone {
        finding = finding.also(*span, "where this is so, it cannot hold");
    }
    Some(finding)
}
