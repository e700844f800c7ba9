//! W0108: a rule of negations alone selects nearly every event of its log source.
//!
//! Not asked of other people's rules: the few that consist of a list of what is usual mean it so.

use crate::diag::Diagnostic;
use crate::ir::{Condition, Kind, Presence, Test, TextOperator};
use crate::lint::{Look, Looked, Rule};

pub const RULE: Rule = Rule { code: "W0108", imported: false, look: Look::Selection(look) };

fn look(looked: &Looked<'_>) -> Vec<Diagnostic> {
    let selection = looked.selection;
    if restricts(&selection.condition, true) {
        return Vec::new();
    }
    let finding = Diagnostic::warning(
        "W0108",
        looked.head,
        format!("nothing in this rule says which events of `{}` it is about", selection.source),
    )
    .label("it selects all but a few of them")
    .also(selection.condition.span, "each way through this condition only says what an event is not")
    .help("add a clause that says what the event is, such as a program's name or an event id");
    vec![finding]
}

/// Whether the condition is false of an event that is remarkable in nothing: every field is there, and none has a value that
/// somebody wrote into a rule. With `holds` false: whether its negation is.
pub(super) fn restricts(condition: &Condition, holds: bool) -> bool {
    match (&condition.kind, holds) {
        (Kind::Constant(value), _) => *value != holds,
        (Kind::All(parts), true) | (Kind::Any(parts), false) => parts.iter().any(|part| restricts(part, holds)),
        (Kind::All(parts), false) | (Kind::Any(parts), true) => parts.iter().all(|part| restricts(part, holds)),
        (Kind::Not(part), _) => restricts(part, !holds),
        (Kind::Test(test), _) => test_restricts(test, holds),
    }
}

fn test_restricts(test: &Test, holds: bool) -> bool {
    match test {
        Test::Presence { state: Presence::Exists | Presence::IsPresent, .. } => !holds,
        Test::Presence { state: Presence::IsNull | Presence::IsEmpty, .. } => holds,
        Test::Text { operator, values, .. } => {
            let everything = *operator != TextOperator::Equals && values.iter().any(String::is_empty);
            if everything { !holds } else { holds }
        }
        Test::Like { .. }
        | Test::Regex { .. }
        | Test::Hash { .. }
        | Test::Listed { .. }
        | Test::Anywhere { .. }
        | Test::Some { .. } => holds,
        // Either side of a bound, a flag or a network may be the rare one, and so may two fields that differ.
        Test::Number { .. }
        | Test::Boolean { .. }
        | Test::Address { .. }
        | Test::Fields { .. }
        | Test::TimeOfDay { .. }
        | Test::Weekday { .. } => true,
    }
}
