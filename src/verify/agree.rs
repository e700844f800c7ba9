//! Whether an emitted rule selects what the hunt means: the witnesses through the evaluator and through a model of the target
//! (S8.1 to S8.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::road::{Case, Road};
use super::witness::{Witness, Witnesses};
use super::{Row, Shelf, decoys, lay_out, lies_outside, lies_outside_sigma, renderings};
use crate::diag::Span;
use crate::ir::event::{Event, Value};
use crate::ir::{Assumption, Condition, Selection, Test};
use crate::schema::{Layout, Target};

/// What a backend wrote of a selection.
#[derive(Clone, Copy, Debug)]
pub struct Emitted<'a> {
    pub target: Target,
    /// The whole text, as it would be pasted.
    pub text: &'a str,
    /// Texts that belong to it and live elsewhere, by name: Splunk's macros, Sigma's filters.
    pub beside: &'a [(&'a str, &'a str)],
    /// `None` for Sigma.
    pub layout: Option<&'a Arc<Layout>>,
    /// What the rule rests on: events outside of it say nothing.
    pub assumes: &'a BTreeSet<Assumption>,
}

/// What a model says of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Selected,
    Left,
    /// The product's documentation does not say: what is left open.
    Open(&'static str),
}

/// An event on which the roads differ.
#[derive(Clone, Debug)]
pub struct Difference {
    pub event: Event,
    /// The comparison that the event is about.
    pub clause: Span,
    /// In which of the product's renderings, where it has several.
    pub rendering: String,
    /// The row is of another log source: the event's, with another code or action.
    pub decoy: bool,
    /// Whether the hunt selects it.
    pub expected: bool,
    pub found: Verdict,
}

/// How the witnesses of a rule fared.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// Events that the model judged, once for each rendering.
    pub events: usize,
    /// Events that the product cannot hold, or that lie outside of what the rule assumes.
    pub left_out: usize,
    pub differences: Vec<Difference>,
}

/// Why nothing can be said of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unjudged {
    /// There is no model of the target.
    NoModel,
    /// The model does not know what the text says: its message, and the line of the text.
    Unknown { message: String, line: String },
}

/// Rows of another kind for each rule: a handful is enough.
const DECOYS: usize = 8;

/// Runs the witnesses of a selection through a model of what was emitted.
///
/// # Errors
/// Where there is no model, or it does not know what the text says.
pub fn agree(selection: &Selection, witnesses: &Witnesses, emitted: &Emitted<'_>) -> Result<Agreement, Unjudged> {
    let shelf = emitted.layout.map(|layout| Shelf::new(Arc::clone(layout)));
    let road = Road::of(selection, emitted, shelf.as_ref())?;
    let mut agreement = Agreement::default();
    let renderings = shelf.as_ref().map_or_else(Vec::new, |shelf| renderings(&shelf.layout));
    let mut cases: Vec<(Case<'_>, &Witness)> = Vec::new();
    match &shelf {
        None => {
            let mut strange = 0;
            for witness in &witnesses.events {
                let event = &witness.event;
                let outside = |assumption: &Assumption| lies_outside_sigma(event, *assumption, selection);
                if emitted.assumes.iter().any(outside) || !road.can_hold(event, selection) {
                    agreement.left_out += 1;
                    continue;
                }
                if witness.selected && strange < DECOYS {
                    for word in road.words() {
                        strange += 1;
                        cases.push((Case { event, row: None, rendering: word, decoy: true }, witness));
                    }
                }
                cases.push((Case { event, row: None, rendering: "", decoy: false }, witness));
            }
        }
        Some(shelf) => {
            let conditions = std::iter::once(&selection.condition).chain(selection.exceptions.iter().map(|each| &each.condition));
            let keywords = conditions.flat_map(Condition::tests).filter_map(|(test, _)| match test {
                Test::Anywhere { values, .. } => Some(values.as_slice()),
                _ => None,
            });
            let sought: Vec<String> = keywords.flatten().map(|text| text.to_lowercase()).collect();
            let mut strange = 0;
            for witness in &witnesses.events {
                let event = &witness.event;
                if emitted.assumes.iter().any(|assumption| lies_outside(event, *assumption, selection, &shelf.layout)) {
                    agreement.left_out += renderings.len();
                    continue;
                }
                for rendering in &renderings {
                    let row = lay_out(event, selection, shelf, rendering);
                    let holds = |row: &Row| holds_every_value(row, event) && !holds_more(row, event, &sought);
                    let Some(row) = row.ok().filter(|row| sought.is_empty() || road.keeps_records() || holds(row)) else {
                        agreement.left_out += 1;
                        continue;
                    };
                    if witness.selected && strange < DECOYS {
                        for decoy in decoys(&row, &shelf.layout) {
                            strange += 1;
                            cases.push((Case { event, row: Some(decoy), rendering: &rendering.name, decoy: true }, witness));
                        }
                    }
                    cases.push((Case { event, row: Some(row), rendering: &rendering.name, decoy: false }, witness));
                }
            }
        }
    }
    let only: Vec<&Case<'_>> = cases.iter().map(|(case, _)| case).collect();
    let verdicts = road.judge(&only).map_err(|problem| problem.unjudged(emitted.text))?;
    agreement.events = cases.len();
    for ((case, witness), found) in cases.iter().zip(verdicts) {
        let expected = witness.selected && !case.decoy;
        if found == if expected { Verdict::Selected } else { Verdict::Left } {
            continue;
        }
        agreement.differences.push(Difference {
            event: case.event.clone(),
            clause: witness.clause,
            rendering: if shelf.as_ref().is_some_and(|shelf| shelf.layout.profile.target() == Target::Splunk) {
                case.rendering.to_owned()
            } else {
                String::new()
            },
            decoy: case.decoy,
            expected,
            found,
        });
    }
    Ok(agreement)
}

/// Whether a column that the event says nothing of (the row's kind, its provider) holds a text that a keyword looks for.
fn holds_more(row: &Row, event: &Event, sought: &[String]) -> bool {
    let own: Vec<String> = event.fields.values().map(|value| plain(value).unwrap_or_default()).collect();
    let cells = row.cells.values().map(|cell| cell.json());
    let texts = cells.map(|json| json.as_str().map_or_else(|| json.to_string(), str::to_owned));
    texts.filter(|text| !own.contains(text)).any(|text| {
        let text = text.to_lowercase();
        sought.iter().any(|keyword| text.contains(keyword))
    })
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(value) => Some(serde_json::Value::from(*value).to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::List(_) | Value::Object(_) => None,
    }
}

/// Whether each value of the event stands in some column: a keyword looks for them all.
fn holds_every_value(row: &Row, event: &Event) -> bool {
    let cells: Vec<String> = row.cells.values().map(|cell| cell.json().to_string()).collect();
    let bare = |text: String| cells.iter().any(|cell| *cell.trim_matches('"') == text);
    event.fields.values().all(|value| match value {
        Value::Text(text) => cells.contains(&serde_json::Value::from(text.as_str()).to_string()),
        Value::Integer(value) => bare(value.to_string()),
        Value::Float(value) => bare(serde_json::Value::from(*value).to_string()),
        Value::Boolean(value) => bare(value.to_string()),
        Value::List(_) | Value::Object(_) => false,
    })
}
