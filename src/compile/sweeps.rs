//! Sweeps in a target: what of a log source the product keeps, and one word about what it does not.

use super::build::{BuiltRule, Outcome, TargetSetting};
use crate::diag::Diagnostic;
use crate::ir::{Condition, Direction, Kind, Loss, Rule, Selection, Test};
use crate::schema::{Layout, Target};

/// What is left of one log source of a sweep in a target.
pub(super) struct Swept {
    /// `None`: the target keeps none of its fields.
    pub selection: Option<Selection>,
    /// The fields that it does not keep, each with the reason.
    pub losses: Vec<Loss>,
}

/// The comparisons that a target can say. Each is asked for alone, with one indicator: what a product does not keep, it keeps of
/// none of them.
pub(super) fn kept(
    selection: &Selection,
    layout: Option<&Layout>,
    compile: &dyn Fn(&Selection) -> Result<(), Vec<Loss>>,
) -> Swept {
    let parts = match &selection.condition.kind {
        Kind::Any(parts) => parts.as_slice(),
        Kind::Constant(_) | Kind::All(_) | Kind::Not(_) | Kind::Test(_) => std::slice::from_ref(&selection.condition),
    };
    let mut found: Vec<&Condition> = Vec::new();
    let mut losses: Vec<Loss> = Vec::new();
    let mut also: Vec<(&Condition, Vec<Loss>)> = Vec::new();
    for part in parts {
        // Two names of one column: one comparison says it.
        if layout.is_some_and(|layout| found.iter().any(|other| are_one(other, part, layout))) {
            continue;
        }
        match compile(&with(selection, one_of(part), false)) {
            Ok(()) => found.push(part),
            Err(lost) if part.approximate => also.push((part, lost)),
            Err(lost) => losses.extend(lost),
        }
    }
    // Another name of what is compared anyway is not missed.
    let missed = also.into_iter().filter(|(part, _)| !found.iter().any(|kept| kept.span == part.span));
    losses.extend(missed.flat_map(|(_, lost)| lost));
    let mut seen: Vec<String> = Vec::new();
    losses.retain(|loss| {
        !seen.contains(&loss.message) && {
            seen.push(loss.message.clone());
            true
        }
    });
    // What `approximate` would do is done already.
    losses.iter_mut().for_each(|loss| {
        loss.direction = Some(Direction::Narrower);
        loss.help = None;
    });
    let selection = if found.len() == parts.len() {
        Some(selection.clone())
    } else {
        let kept: Vec<Condition> = found.into_iter().cloned().collect();
        joined(kept, selection).map(|condition| with(selection, condition, true))
    };
    if selection.is_none() {
        losses.iter_mut().for_each(|loss| loss.direction = None);
    }
    Swept { selection, losses }
}

fn joined(mut parts: Vec<Condition>, selection: &Selection) -> Option<Condition> {
    match parts.len() {
        0 => None,
        1 => Some(parts.remove(0)),
        _ => Some(Condition::new(Kind::Any(parts), selection.condition.span)),
    }
}

fn with(selection: &Selection, condition: Condition, exceptions: bool) -> Selection {
    Selection {
        source: selection.source.clone(),
        separators: selection.separators,
        name: selection.name.clone(),
        id: selection.id,
        condition,
        exceptions: if exceptions { selection.exceptions.clone() } else { Vec::new() },
        output: selection.output.clone(),
    }
}

/// Whether two comparisons are of one column, and with the same indicators.
fn are_one(one: &Condition, other: &Condition, layout: &Layout) -> bool {
    let (Kind::Test(one), Kind::Test(other)) = (&one.kind, &other.kind) else { return false };
    let (fields, other_fields) = (one.fields(), other.fields());
    let ([field], [other_field]) = (fields.as_slice(), other_fields.as_slice()) else { return false };
    if field.kind != other_field.kind || field.name == other_field.name {
        return false;
    }
    let decode = |name: &str| layout.fields.get(name).map(|mapping| &mapping.decode);
    let same = decode(&field.name).is_some_and(|found| Some(found) == decode(&other_field.name));
    same && match (one, other) {
        (Test::Text { operator, values, case, .. }, Test::Text { operator: o, values: v, case: c, .. }) => {
            operator == o && values == v && case == c
        }
        (Test::Address { blocks, .. }, Test::Address { blocks: b, .. }) => blocks == b,
        (Test::Hash { algorithm, values, .. }, Test::Hash { algorithm: a, values: v, .. }) => algorithm == a && values == v,
        (Test::Like { patterns, case, .. }, Test::Like { patterns: p, case: c, .. }) => patterns == p && case == c,
        _ => false,
    }
}

/// The comparison with one indicator of the set.
fn one_of(condition: &Condition) -> Condition {
    let first = |values: &[String]| values.iter().take(1).cloned().collect();
    let kind = match &condition.kind {
        Kind::All(parts) => Kind::All(parts.iter().map(one_of).collect()),
        Kind::Test(Test::Text { field, operator, values, case }) => {
            Kind::Test(Test::Text { field: field.clone(), operator: *operator, values: first(values), case: *case })
        }
        Kind::Test(Test::Like { field, patterns, case }) => {
            let patterns = patterns.iter().take(1).cloned().collect();
            Kind::Test(Test::Like { field: field.clone(), patterns, case: *case })
        }
        Kind::Test(Test::Address { field, blocks }) => {
            Kind::Test(Test::Address { field: field.clone(), blocks: blocks.iter().take(1).copied().collect() })
        }
        Kind::Test(Test::Hash { field, algorithm, values }) => {
            Kind::Test(Test::Hash { field: field.clone(), algorithm: *algorithm, values: first(values) })
        }
        // A sweep is made of the above.
        Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => condition.kind.clone(),
    };
    Condition { kind, span: condition.span, approximate: condition.approximate }
}

/// More log sources and fields than this are not told one by one: the manifest has them all.
const TOLD: usize = 8;

/// For each target one note about what it does not sweep, or the refusal where it sweeps nothing.
pub(super) fn report(rule: &Rule, settings: &[TargetSetting], built: &[BuiltRule]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &rule.name;
    for (index, setting) in settings.iter().enumerate() {
        let target = setting.target;
        if rule.not_on.iter().any(|not_on| not_on.target == target) {
            continue;
        }
        let outcomes: Vec<&Outcome> = built.iter().filter_map(|rule| rule.targets.get(index)).map(|each| &each.outcome).collect();
        let absent = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::NotSwept { .. })).count();
        let losses = outcomes.iter().flat_map(|outcome| match outcome {
            Outcome::NotSwept { losses } => losses.as_slice(),
            Outcome::Written(query) => query.losses.as_slice(),
            Outcome::Refused { .. } => &[],
        });
        let mut reasons: Vec<&str> = Vec::new();
        for loss in losses.filter(|loss| loss.code != "L0314") {
            if !reasons.contains(&loss.message.as_str()) {
                reasons.push(&loss.message);
            }
        }
        if reasons.is_empty() {
            continue;
        }
        found.push(told(rule, target, (outcomes.len(), absent), &reasons));
    }
    let written = |rule: &BuiltRule| rule.targets.iter().any(|target| matches!(target.outcome, Outcome::Written(_)));
    if settings.len() > 1 && !built.iter().any(written) {
        found.push(
            Diagnostic::error("L0300", rule.span, format!("no target can hold `{name}`"))
                .help("a rule that is written nowhere detects nothing; say it another way, or build for more targets"),
        );
    }
    found
}

fn told(rule: &Rule, target: Target, (all, absent): (usize, usize), reasons: &[&str]) -> Diagnostic {
    let (name, title) = (&rule.name, target.title());
    let mut diagnostic = if all == absent {
        Diagnostic::error("L0302", rule.span, format!("{title} keeps none of what `{name}` sweeps"))
            .help(format!("write `not on {target} \"…\"` in the sweep"))
    } else if absent > 0 {
        let left = all - absent;
        Diagnostic::note("L0307", rule.span, format!("`{name}` sweeps {left} of {all} log sources in {title}"))
    } else {
        Diagnostic::note("L0307", rule.span, format!("`{name}` sweeps every log source in {title}, some without a field"))
    };
    for reason in reasons.iter().take(TOLD) {
        diagnostic = diagnostic.with_note(*reason);
    }
    if reasons.len() > TOLD {
        diagnostic = diagnostic.with_note(format!("… and {} more: `outputs/manifest.json` names them all", reasons.len() - TOLD));
    }
    diagnostic
}
