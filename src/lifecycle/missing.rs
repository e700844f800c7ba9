//! What is missing before a hunt may close.
//!
//! That time ran out, or that nothing was found for a while, ends no hunt. It ends when its own `stop` conditions hold: every log source
//! that its rules look at was searched over the whole window, each technique has a tested rule or a stated blind spot, its variants were
//! thought of, there is an outcome with a conclusion, and somebody takes over what came of it. A refuted hypothesis is a success, but
//! only over the whole scope; without it the outcome is inconclusive.

use std::collections::{BTreeMap, BTreeSet};

use super::{days_between, is_expired, sources};
use crate::compile::{Answer, Hunt, HuntResult};
use crate::coverage::Record;
use crate::diag::Span;

/// What a missing thing is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    Hypothesis,
    Stop,
    Timebox,
    Outcome,
    Examined,
    Technique,
    Variants,
    Rule,
    Indicators,
    Conclusion,
    Handoff,
}

impl Aspect {
    /// The word of JSON.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Hypothesis => "hypothesis",
            Aspect::Stop => "stop",
            Aspect::Timebox => "timebox",
            Aspect::Outcome => "outcome",
            Aspect::Examined => "examined",
            Aspect::Technique => "technique",
            Aspect::Variants => "variants",
            Aspect::Rule => "rule",
            Aspect::Indicators => "indicators",
            Aspect::Conclusion => "conclusion",
            Aspect::Handoff => "handoff",
        }
    }
}

/// One thing that is missing, at the text that it is missing from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub aspect: Aspect,
    pub message: String,
    pub help: String,
    pub span: Span,
}

const REFUTED: &str = "hypothesis-not-confirmed";
const INCONCLUSIVE: &str = "inconclusive";
const MALICIOUS: &str = "hypothesis-confirmed-malicious";

/// Everything that is missing of a hunt, in the order in which a hunter would see to it.
pub fn missing(hunt: &Hunt, rules: &[&Record], as_of: &str) -> Vec<Missing> {
    let mut found = List(Vec::new());
    if hunt.hypothesis.is_empty() {
        found.add(
            Aspect::Hypothesis,
            hunt.head,
            "it states no hypothesis".to_owned(),
            "write `hypothesis \"\"\"…\"\"\"`: a sentence that a search can refute",
        );
    }
    techniques(hunt, rules, &mut found);
    untested(hunt, rules, &mut found);
    for set in hunt.indicators.iter().filter(|set| is_expired(set, as_of)) {
        let expires = set.expires.as_deref().unwrap_or_default();
        let help = "look at them again: give a later date, or take them out";
        found.add(Aspect::Indicators, set.span, format!("the indicators `{}` expired on {expires}", set.name), help);
    }
    let nothing = HuntResult::default();
    let result = hunt.result.as_ref().unwrap_or(&nothing);
    let at = hunt.result.as_ref().map_or(hunt.head, |result| result.span);
    stop(hunt, result, &mut found);
    examined(hunt, result, rules, at, &mut found);
    timebox(hunt, result, as_of, at, &mut found);
    ending(hunt, result, rules, at, &mut found);
    found.0
}

struct List(Vec<Missing>);

impl List {
    fn add(&mut self, aspect: Aspect, span: Span, message: String, help: &str) {
        self.0.push(Missing { aspect, message, help: help.to_owned(), span });
    }
}

/// A technique in scope has a tested rule, or a blind spot with its reason.
fn techniques(hunt: &Hunt, rules: &[&Record], found: &mut List) {
    let blind: BTreeSet<&str> = hunt.blind_spots.iter().map(|spot| spot.technique.as_str()).collect();
    let tested: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| rule.passes() && rule.is_written())
        .flat_map(|rule| rule.techniques.iter().map(String::as_str))
        .collect();
    let mut seen = BTreeSet::new();
    for id in hunt.techniques.iter().map(String::as_str) {
        if seen.insert(id) && !tested.contains(id) && !blind.contains(id) {
            let message = format!("{id} has neither a tested rule nor a blind spot");
            found.add(
                Aspect::Technique,
                hunt.head,
                message,
                "name it in `techniques` of a rule that has tests, or write `blindspot` with the reason",
            );
        }
    }
    if rules.is_empty() && hunt.blind_spots.is_empty() {
        found.add(
            Aspect::Technique,
            hunt.head,
            "it has no rule and no blind spot".to_owned(),
            "write what it looks for as a `detect`, or why it cannot be seen as a `blindspot`",
        );
    }
}

fn untested(hunt: &Hunt, rules: &[&Record], found: &mut List) {
    let mut seen = BTreeSet::new();
    for rule in rules {
        if rule.place.is_some() && !seen.insert(rule.place.as_ref()) {
            continue;
        }
        if rule.failed > 0 {
            let message = format!("`{}` fails {} of its tests", rule.rule, rule.failed);
            found.add(Aspect::Rule, hunt.head, message, "`huntc test` shows why");
        } else if rule.passed == 0 {
            let message = format!("`{}` has no test", rule.rule);
            found.add(Aspect::Rule, hunt.head, message, "write a `test` with a row that it must find and one that it must leave");
        }
    }
}

fn stop(hunt: &Hunt, result: &HuntResult, found: &mut List) {
    let conditions = hunt.stop.as_ref().map_or(&[][..], |stop| &stop.conditions);
    if conditions.is_empty() {
        let at = hunt.stop.as_ref().map_or(hunt.head, |stop| stop.span);
        found.add(
            Aspect::Stop,
            at,
            "it does not say when it ends".to_owned(),
            "write `stop { window 90d  when \"…\" }`: what must have been done",
        );
    }
    for condition in conditions {
        match &condition.answer {
            Some(Answer::Met(_)) => {}
            Some(Answer::NotMet(_)) if result.outcome.as_deref() == Some(INCONCLUSIVE) => {}
            Some(Answer::NotMet(_)) => found.add(
                Aspect::Stop,
                condition.span,
                format!("a condition of `stop` does not hold: {}", condition.text),
                "a hunt that ends without it is `outcome inconclusive`",
            ),
            None => found.add(
                Aspect::Stop,
                condition.span,
                format!("a condition of `stop` has no answer: {}", condition.text),
                "write `met DATE` behind it, or `not met \"why\"`",
            ),
        }
    }
}

/// Data examined against data declared: what the rules look at.
fn examined(hunt: &Hunt, result: &HuntResult, rules: &[&Record], at: Span, found: &mut List) {
    let refused: BTreeMap<&str, &str> =
        result.not_examined.iter().map(|not| (not.source.as_str(), not.reason.as_str())).collect();
    let window = hunt.stop.as_ref().and_then(|stop| stop.window.as_ref());
    let mut unseen = Vec::new();
    if sources(rules).is_empty() && !rules.is_empty() && result.examined.is_empty() {
        let help = "write `examined SOURCE from DATE to DATE` in `result`";
        found.add(Aspect::Examined, at, "no log source was examined".to_owned(), help);
    }
    for source in sources(rules) {
        let spans: Vec<_> = result.examined.iter().filter(|examined| examined.source == source).collect();
        if spans.is_empty() {
            if !refused.contains_key(source) {
                unseen.push(format!("`{source}`"));
            }
            continue;
        }
        let Some((seconds, written)) = window else { continue };
        let covered = covered_days(spans.iter().map(|examined| (examined.from.as_str(), examined.to.as_str())));
        if covered.is_some_and(|days| days.saturating_mul(86_400) < i64::try_from(*seconds).unwrap_or(i64::MAX)) {
            let days = covered.unwrap_or_default();
            let message = format!("`{source}` was examined over {days} days, less than the window of {written}");
            found.add(
                Aspect::Examined,
                spans.first().map_or(at, |examined| examined.span),
                message,
                "search the rest, or say in `stop` that less is enough",
            );
        }
    }
    if !unseen.is_empty() {
        let verb = if unseen.len() == 1 { "was" } else { "were" };
        let help = "write `examined SOURCE from DATE to DATE` in `result`, or `not examined SOURCE \"why\"`";
        found.add(Aspect::Examined, at, format!("{} {verb} not examined", unseen.join(", ")), help);
    }
    if result.outcome.as_deref() == Some(REFUTED) {
        let declared = sources(rules);
        for (source, reason) in refused.iter().filter(|(source, _)| declared.contains(*source)) {
            let message = format!("the hypothesis is called refuted, and `{source}` was not examined: {reason}");
            found.add(Aspect::Outcome, at, message, "over a part of the scope the outcome is `inconclusive`");
        }
    }
}

/// Days of the longest run without a gap, first and last included.
fn covered_days<'d>(spans: impl Iterator<Item = (&'d str, &'d str)>) -> Option<i64> {
    let mut spans: Vec<(&str, &str)> = spans.collect();
    spans.sort_unstable();
    let (mut longest, mut run): (i64, Option<(&str, &str)>) = (0, None);
    for (from, to) in spans {
        run = Some(match run {
            Some((start, end)) if days_between(end, from)? <= 1 => (start, end.max(to)),
            _ => (from, to),
        });
        let (start, end) = run?;
        longest = longest.max(i64::from(days_between(start, end)?) + 1);
    }
    Some(longest)
}

fn timebox(hunt: &Hunt, result: &HuntResult, as_of: &str, at: Span, found: &mut List) {
    if result.started.is_none() {
        found.add(Aspect::Timebox, at, "it does not say when it was started".to_owned(), "write `started DATE` in `result`");
    }
    if result.outcome.is_some() && result.ended.is_none() {
        found.add(Aspect::Timebox, at, "it does not say when it ended".to_owned(), "write `ended DATE` in `result`");
    }
    let Some((stop, seconds)) = hunt.stop.as_ref().and_then(|stop| Some((stop, stop.timebox?))) else { return };
    let days = i64::try_from(seconds.div_ceil(86_400)).unwrap_or(i64::MAX);
    let until = result.ended.as_deref().unwrap_or(as_of);
    if let Some(used) = result.started.as_deref().and_then(|started| days_between(started, until))
        && i64::from(used) > days
        && result.ended.is_none()
    {
        let message = format!("its timebox of {days} days has passed: it was started {used} days ago");
        found.add(
            Aspect::Timebox,
            stop.span,
            message,
            "end it as `inconclusive` with what was learnt, or give it more time in `stop`",
        );
    }
}

fn ending(hunt: &Hunt, result: &HuntResult, rules: &[&Record], at: Span, found: &mut List) {
    let outcome = result.outcome.as_deref();
    if outcome.is_none() {
        found.add(Aspect::Outcome, at, "it has no outcome".to_owned(), "write `outcome hypothesis-confirmed-malicious`, `hypothesis-confirmed-benign`, `hypothesis-not-confirmed` or `inconclusive` in `result`");
    }
    if outcome == Some(REFUTED) {
        let considered: BTreeSet<&str> = result.variants.iter().map(|(technique, _)| technique.as_str()).collect();
        let blind: BTreeSet<&str> = hunt.blind_spots.iter().map(|spot| spot.technique.as_str()).collect();
        let mut seen = BTreeSet::new();
        for id in hunt.techniques.iter().map(String::as_str) {
            if seen.insert(id) && !considered.contains(id) && !blind.contains(id) {
                let message = format!("the hypothesis is called refuted, and nothing says which ways of {id} were thought of");
                found.add(
                    Aspect::Variants,
                    at,
                    message,
                    "write `variants TECHNIQUE \"…\"`: a rule for one way of several gives false assurance",
                );
            }
        }
    }
    if result.conclusion.is_empty() {
        found.add(
            Aspect::Conclusion,
            at,
            "it has no conclusion".to_owned(),
            "write `conclusion \"…\"` in `result`: what was found, where, and what it rests on",
        );
    }
    if result.handoffs.is_empty() {
        found.add(Aspect::Handoff, at, "nobody takes over what came of it".to_owned(), "write `handoff promote-to-detection`, `keep-as-periodic-hunt`, `retire`, `escalated-to-ir` or `handed-to-detection-engineering` in `result`");
    }
    let hands = |word: &str| result.handoffs.iter().any(|(kind, _)| kind == word);
    if outcome == Some(MALICIOUS) && !hands("escalated-to-ir") {
        found.add(
            Aspect::Handoff,
            at,
            "an adversary was found, and no incident was opened".to_owned(),
            "write `handoff escalated-to-ir \"INCIDENT\"`: responders come before the rest of the hunt",
        );
    }
    if hands("promote-to-detection") && !rules.iter().any(|rule| rule.passes() && rule.is_written()) {
        found.add(
            Aspect::Handoff,
            at,
            "it is to become a detection, and no rule with passing tests is compiled".to_owned(),
            "write a `detect` with tests",
        );
    }
}
