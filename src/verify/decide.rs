//! What decides a condition: which truths of the other comparisons leave one comparison to decide the whole (MC/DC, S8.2).

use crate::diag::Span;
use crate::ir::{Condition, Kind, Test};

/// How many ways are tried to make a comparison decisive.
pub(super) const ATTEMPTS: usize = 16;

/// Every comparison, as the way to it: at each level which part.
pub(super) fn collect(condition: &Condition, path: &mut Vec<usize>, leaves: &mut Vec<(Vec<usize>, Span)>) {
    match &condition.kind {
        Kind::Constant(_) => {}
        Kind::Test(_) => leaves.push((path.clone(), condition.span)),
        Kind::All(parts) | Kind::Any(parts) => {
            for (index, part) in parts.iter().enumerate() {
                path.push(index);
                collect(part, path, leaves);
                path.pop();
            }
        }
        Kind::Not(part) => {
            path.push(0);
            collect(part, path, leaves);
            path.pop();
        }
    }
}

pub(super) fn part_at(condition: &Condition, index: usize) -> Option<&Condition> {
    match &condition.kind {
        Kind::All(parts) | Kind::Any(parts) => parts.get(index),
        Kind::Not(part) => Some(part),
        Kind::Constant(_) | Kind::Test(_) => None,
    }
}

pub(super) fn at<'a>(condition: &'a Condition, path: &[usize]) -> Option<&'a Test> {
    let mut here = condition;
    for index in path {
        here = part_at(here, *index)?;
    }
    match &here.kind {
        Kind::Test(test) => Some(test),
        Kind::Constant(_) | Kind::All(_) | Kind::Any(_) | Kind::Not(_) => None,
    }
}

/// A comparison and what it must be.
pub(super) type Wanted<'a> = Vec<(&'a Test, bool)>;

/// How many states of the search below are looked at for one solution.
const STATES: usize = 2000;

/// Truths of comparisons under which every goal is met, if they are found. Where one of several parts is enough, `choice` says
/// with which the search begins. No comparison is wanted both ways. What is asked of `free`, the comparison in question where
/// it stands several times, does not count.
pub(super) fn require<'a>(goals: Vec<(&'a Condition, bool)>, choice: usize, free: Option<&Test>) -> Option<Wanted<'a>> {
    let mut waiting = vec![(goals, Wanted::new())];
    for _ in 0..STATES {
        let (mut goals, mut wanted) = waiting.pop()?;
        let Some((condition, want)) = goals.pop() else { return Some(wanted) };
        match &condition.kind {
            Kind::Constant(value) if *value != want => {}
            Kind::Constant(_) => waiting.push((goals, wanted)),
            Kind::Test(test) if free == Some(test) => waiting.push((goals, wanted)),
            Kind::Test(test) => match wanted.iter().find(|(known, _)| *known == test) {
                Some((_, known)) if *known != want => {}
                Some(_) => waiting.push((goals, wanted)),
                None => {
                    wanted.push((test, want));
                    waiting.push((goals, wanted));
                }
            },
            Kind::Not(part) => {
                goals.push((part, !want));
                waiting.push((goals, wanted));
            }
            Kind::All(parts) | Kind::Any(parts) => {
                if matches!(condition.kind, Kind::All(_)) == want {
                    goals.extend(parts.iter().rev().map(|part| (part, want)));
                    waiting.push((goals, wanted));
                } else {
                    // Tried from `choice` on; what is pushed last is looked at first.
                    for index in (0..parts.len()).rev() {
                        let mut goals = goals.clone();
                        goals.push((&parts[(choice + index) % parts.len()], want));
                        waiting.push((goals, wanted.clone()));
                    }
                }
            }
        }
    }
    None
}

/// What must hold beside a comparison for it to decide the whole, and of itself.
pub(super) fn decisive<'a>(whole: &'a Condition, path: &[usize], truth: bool, choice: usize) -> Option<Wanted<'a>> {
    // After the strict tries come those for a comparison that stands several times: all of them flip together.
    let (choice, strict) = (choice % (ATTEMPTS / 2), choice < ATTEMPTS / 2);
    let mut goals = Vec::new();
    let mut here = whole;
    for index in path {
        if let Kind::All(parts) | Kind::Any(parts) = &here.kind {
            let neutral = matches!(here.kind, Kind::All(_));
            let others = parts.iter().enumerate().filter(|(other, _)| other != index);
            goals.extend(others.map(|(_, part)| (part, neutral)));
        }
        here = part_at(here, *index)?;
    }
    let Kind::Test(test) = &here.kind else { return None };
    if strict {
        // The comparison itself last, so that it is looked at first.
        goals.push((here, truth));
        return require(goals, choice, None);
    }
    let mut wanted = require(goals, choice, Some(test))?;
    wanted.push((test, truth));
    Some(wanted)
}
