//! Sweeps in a target: what of a log source the product keeps, and one word about what it does not.

use super::build::{BuiltRule, Outcome, TargetSetting, loss_diagnostic};
use crate::diag::{Diagnostic, Severity};
use crate::ir::{Body, Condition, Direction, Kind, Loss, Rule, Selection, Test};
use crate::schema::{Layout, Target};

/// What is left of one log source of a sweep in a target.
pub(super) struct Swept {
    /// `None`: the target keeps none of its fields.
    pub selection: Option<Selection>,
    /// The fields that it does not keep, each with the reason.
    pub losses: Vec<Loss>,
}

/// Indicators of one type that stand in the query itself; more of them are kept beside it, where the product has a place for
/// that.
///
/// Splunk and Sentinel: a list that a reader still reads, and that leaves room in the 10,000 characters of an analytic rule.
/// Defender and Sigma have no such place: the limits are ours, because neither product names one that a query of this kind
/// meets first. More is refused there.
fn most_written_out(target: Target) -> usize {
    match target {
        Target::Splunk | Target::Sentinel => 100,
        Target::Defender => 1_000,
        Target::Sigma => 10_000,
    }
}

/// Whether a loss says that a set is too large or of a shape that the product does not take, which the author has to know; that a
/// product lacks a field is no fault of the sweep's.
pub(super) fn is_of_set(loss: &Loss) -> bool {
    matches!(loss.code, "L0305" | "L0316" | "L0331" | "L0359")
}

/// How sets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The small ones in the query.
    InQuery,
    /// All of them beside it, because the query is too long with them.
    Beside,
}

/// The comparisons that a target can say. Each is asked for alone, with one indicator: what a product does not keep, it keeps of
/// none of them.
pub(super) fn kept(
    selection: &Selection,
    layout: Option<&Layout>,
    (target, kept): (Target, Kept),
    compile: &dyn Fn(&Selection) -> Result<(), Vec<Loss>>,
) -> Swept {
    let parts = match &selection.condition.kind {
        Kind::Any(parts) => parts.as_slice(),
        Kind::Constant(_) | Kind::All(_) | Kind::Not(_) | Kind::Test(_) => std::slice::from_ref(&selection.condition),
    };
    let most = if kept == Kept::Beside { 0 } else { most_written_out(target) };
    let mut found: Vec<&Condition> = Vec::new();
    let mut losses: Vec<Loss> = Vec::new();
    let mut also: Vec<(&Condition, Vec<Loss>)> = Vec::new();
    for part in parts {
        // Two names of one column: one comparison says it.
        if layout.is_some_and(|layout| found.iter().any(|other| are_one(other, part, layout))) {
            continue;
        }
        match compile(&with(selection, one_of(part, most), false)) {
            Ok(()) => found.push(part),
            Err(lost) if lost.iter().any(is_of_set) => losses.extend(lost),
            Err(lost) if part.approximate => also.push((part, lost)),
            Err(lost) => losses.extend(lost),
        }
    }
    // Another name of what is compared anyway is not missed.
    let missed = also.into_iter().filter(|(part, _)| !found.iter().any(|kept| kept.span == part.span));
    losses.extend(missed.flat_map(|(_, lost)| lost));
    let mut seen: Vec<String> = Vec::new();
    losses.retain(|loss| {
        let new = !seen.contains(&loss.message);
        if new {
            seen.push(loss.message.clone());
        }
        new
    });
    // What `approximate` would do is done already.
    losses.iter_mut().filter(|loss| !is_of_set(loss)).for_each(|loss| {
        loss.direction = Some(Direction::Narrower);
        loss.help = None;
    });
    let kept: Vec<Condition> = found.into_iter().flat_map(|part| written_out(part, most, usize::MAX)).collect();
    let selection = joined(kept, selection).map(|condition| with(selection, condition, true));
    if selection.is_none() {
        losses.iter_mut().for_each(|loss| loss.direction = None);
    }
    Swept { selection, losses }
}

/// A comparison with a set as the query holds it: with at most `limit` values where the set has at most `most`, else as it is.
fn written_out(part: &Condition, most: usize, limit: usize) -> Vec<Condition> {
    let Kind::Test(Test::Listed { field, how, set }) = &part.kind else { return vec![part.clone()] };
    if set.values().len() > most {
        return vec![part.clone()];
    }
    match set.written_out(field, *how, limit, part.span).kind {
        Kind::Any(parts) => parts,
        kind => vec![Condition::new(kind, part.span)],
    }
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
        (Test::Listed { how, set, .. }, Test::Listed { how: h, set: s, .. }) => how == h && set == s,
        (Test::Like { patterns, case, .. }, Test::Like { patterns: p, case: c, .. }) => patterns == p && case == c,
        _ => false,
    }
}

/// The comparison with one indicator of the set; as it is where the set is kept beside the query.
fn one_of(condition: &Condition, most: usize) -> Condition {
    let first = |values: &[String]| values.iter().take(1).cloned().collect();
    let kind = match &condition.kind {
        Kind::All(parts) => Kind::All(parts.iter().map(|part| one_of(part, most)).collect()),
        Kind::Test(Test::Text { field, operator, values, case }) => {
            Kind::Test(Test::Text { field: field.clone(), operator: *operator, values: first(values), case: *case })
        }
        Kind::Test(Test::Like { field, patterns, case }) => {
            let patterns = patterns.iter().take(1).cloned().collect();
            Kind::Test(Test::Like { field: field.clone(), patterns, case: *case })
        }
        Kind::Test(Test::Listed { .. }) => match written_out(condition, most, 1).as_slice() {
            [one] => one.kind.clone(),
            several => Kind::Any(several.to_vec()),
        },
        // A sweep is made of the above.
        Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => condition.kind.clone(),
    };
    // Nothing is left out here: it is to be said.
    Condition { kind, span: condition.span, approximate: false }
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
        let mut said: Vec<&str> = Vec::new();
        for loss in outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                Outcome::Refused { losses, .. } => Some(losses),
                Outcome::Written(_) | Outcome::NotSwept { .. } => None,
            })
            .flatten()
            .filter(|loss| is_of_set(loss))
        {
            if !said.contains(&loss.message.as_str()) {
                said.push(&loss.message);
                found.push(loss_diagnostic(loss, Severity::Error).with_note(format!("`{name}` is refused for `{target}`")));
            }
        }
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
        let Body::Sweep(sweep) = &rule.body else { continue };
        reasons.extend(sweep.left_out.iter().map(String::as_str));
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
