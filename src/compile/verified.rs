//! `build --verify`: a rule that says `exact` is held against the hunt before it is written (S8.3).

use std::sync::Arc;

use crate::backends::Query;
use crate::diag::{Diagnostic, Span};
use crate::ir::event::{Event, Value};
use crate::ir::{Loss, Selection};
use crate::schema::{Layout, Target};
use crate::verify::{self, Agreement, Difference, Emitted, Unjudged, Verdict, Witnesses};

/// What a build verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Exact rules, once for each target that has a model.
    pub rules: usize,
    /// Events that a model judged, once for each rule and rendering.
    pub events: usize,
}

/// Why a rule is not written.
pub(super) struct Refusal {
    pub loss: Loss,
    pub diagnostic: Diagnostic,
}

/// Characters of a value in a message.
const SHOWN: usize = 160;

/// Holds one rule against the hunt. `None`: there is no model of the target.
pub(super) fn verify_rule(
    span: Span,
    selection: &Selection,
    witnesses: &Witnesses,
    target: Target,
    layout: Option<&Arc<Layout>>,
    query: &Query,
) -> Result<Option<Agreement>, Box<Refusal>> {
    let beside: Vec<(&str, &str)> = query.attachments.iter().map(|each| (each.name.as_str(), each.text.as_str())).collect();
    let emitted = Emitted { target, text: &query.text, beside: &beside, layout, assumes: &query.assumes };
    let name = &selection.name;
    let title = target.title();
    match verify::agree(selection, witnesses, &emitted) {
        Ok(agreement) => match agreement.differences.first() {
            None => Ok(Some(agreement)),
            Some(first) => {
                let message = format!("`{name}` as it would be written for `{target}` does not select what the hunt means");
                let told = told(first);
                let count = agreement.differences.len();
                let (of, events) = (agreement.events, if count == 1 { "event differs" } else { "events differ" });
                let diagnostic = Diagnostic::error("L0308", span, message)
                    .also(first.clause, "the event is about this clause")
                    .with_note(format!("event: {}", shown(&first.event)))
                    .with_note(format!("the hunt {}; {told}", if first.expected { "selects it" } else { "does not select it" }))
                    .with_note(format!("{count} {events}, of {of}; the rule is not written for `{target}`"));
                Err(refusal(diagnostic))
            }
        },
        Err(Unjudged::NoModel) => Ok(None),
        Err(Unjudged::Unknown { message, line }) => {
            let text = format!("`{name}` as it would be written for `{target}` cannot be verified: {message}");
            let diagnostic = Diagnostic::error("L0309", span, text)
                .with_note(format!("in the query for {title}: `{line}`"))
                .with_note(format!("the rule is not written for `{target}`"));
            Err(refusal(diagnostic))
        }
    }
}

fn refusal(diagnostic: Diagnostic) -> Box<Refusal> {
    let diagnostic =
        diagnostic.help("this is a fault of huntc; please report it with the hunt. `--no-verify` writes the rule unverified");
    let loss = Loss {
        code: diagnostic.code,
        direction: None,
        span: diagnostic.span.unwrap_or_default(),
        message: diagnostic.message.clone(),
        label: None,
        help: diagnostic.help.clone(),
    };
    Box::new(Refusal { loss, diagnostic })
}

/// What the other road says.
fn told(difference: &Difference) -> String {
    let of =
        if difference.rendering.is_empty() { String::new() } else { format!(" in the rendering `{}`", difference.rendering) };
    let kind = if difference.decoy { ", stored as a record of another kind" } else { "" };
    match difference.found {
        Verdict::Selected => format!("the query selects it{of}{kind}"),
        Verdict::Left => format!("the query does not select it{of}{kind}"),
        Verdict::Open(why) => format!("the product's documentation leaves open{of}{kind} {why}, and the query hangs on it"),
    }
}

fn shown(event: &Event) -> String {
    let fields: Vec<String> = event.fields.iter().map(|(name, value)| format!("{name}: {}", value_of(value))).collect();
    let time = event.time.and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
    let mut text = time.map_or_else(|| "no time".to_owned(), |time| time.to_string());
    for field in fields {
        text.push_str(", ");
        text.push_str(&field);
    }
    text
}

fn value_of(value: &Value) -> String {
    match value {
        Value::Text(text) => {
            let cut: String = text.chars().take(SHOWN).collect();
            let more = if cut.len() < text.len() { "…" } else { "" };
            format!("`{}{more}`", cut.escape_debug().to_string().replace("\\\\", "\\").replace("\\'", "'").replace("\\\"", "\""))
        }
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(value_of).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {}", value_of(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}
