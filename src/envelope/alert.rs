//! What the envelopes of Microsoft's products share: an alert's prose, its tactics, and a rule's schedule.

use crate::diag::{Diagnostic, Span};
use crate::ir::{Loss, Rule, Schedule};
use crate::schema::Target;

/// The file around a query, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub text: String,
    /// Words of the hunt that the product keeps in another way, or not at all. The query is the same with and without them.
    pub notes: Vec<Diagnostic>,
}

/// The schedule that holds for a target: its own, else the one for all.
pub fn schedule(rule: &Rule, target: Target) -> Schedule {
    let find = |wanted: Option<Target>| rule.schedules.iter().find(|(of, _)| *of == wanted);
    match find(Some(target)).or_else(|| find(None)) {
        Some((_, schedule)) => schedule.clone(),
        None => Schedule { every: 3600, every_span: None, suppress: None, arrival_delay: 600 },
    }
}

/// The hypothesis, and what helps to judge an alert, of at most `limit` characters as far as leaving references out gives that: an
/// event of a sharing community comes with dozens, and its text ends with how many stand in the hunt alone.
pub fn description(rule: &Rule, with_response: bool, limit: usize) -> String {
    let mut parts = vec![rule.hunt.hypothesis.trim().to_owned()];
    if parts[0].is_empty() {
        parts[0].clone_from(&rule.meta.title);
    }
    if !rule.meta.false_positives.is_empty() {
        parts.push(["False positives: ", &rule.meta.false_positives.join("; ")].concat());
    }
    if let (Some(response), true) = (&rule.meta.response, with_response) {
        parts.push(["Response: ", response].concat());
    }
    let text = parts.join("\n\n");
    let references = &rule.hunt.references;
    let with = |count: usize| {
        let rest = references.len() - count;
        let shown = references[..count].join(" ");
        match (count, rest) {
            (0, _) => text.clone(),
            (_, 0) => [&text, "\n\nReferences: ", &shown].concat(),
            _ => format!("{text}\n\nReferences: {shown} (and {rest} more)"),
        }
    };
    let fitting = (0..=references.len()).rev().map(with).find(|text| text.chars().count() <= limit);
    fitting.unwrap_or(text)
}

/// The tactics of a rule's techniques, as the products name them, each once.
pub fn tactics(rule: &Rule) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in rule.meta.tactics.iter().map(|tactic| product_tactic(tactic)) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// `credential-access` as `CredentialAccess`. ATT&CK 19 splits defense evasion in two; the products know the one.
pub fn product_tactic(short: &str) -> String {
    match short {
        "stealth" | "defense-impairment" => "DefenseEvasion".to_owned(),
        short => short.split('-').map(capital).collect(),
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

/// `5m`, `1h`, `14d`; `None` for what is no whole number of minutes.
pub fn duration(seconds: u64) -> Option<String> {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let (unit, letter) = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))?;
    Some([&(seconds / unit).to_string(), letter].concat())
}

/// A refusal by the product's own limits.
pub fn refuse(code: &'static str, span: Span, message: String, help: &str) -> Loss {
    Loss { code, direction: None, span, message, label: None, help: Some(help.to_owned()) }
}
