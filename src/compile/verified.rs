//! `build --verify`: a rule that says `exact` is held against the hunt before it is written (S8.3).

use std::sync::Arc;

use super::sets::SetFiles;
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
    files: &SetFiles,
) -> Result<Option<Agreement>, Box<Refusal>> {
    let lists = files.beside(target, &query.sets);
    let mut beside: Vec<(&str, &str)> = query.attachments.iter().map(|each| (each.name.as_str(), each.text.as_str())).collect();
    beside.extend(lists.iter().map(|(name, text)| (name.as_str(), text.as_str())));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::compile::{ReadProblem, Request, Sources, TargetSetting, compile_rule, load};
    use crate::diag::render;
    use crate::ir::Body;
    use crate::verify::witnesses;

    struct Memory(BTreeMap<&'static str, &'static str>);

    impl Sources for Memory {
        fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
            self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or(ReadProblem::Missing)
        }

        fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
            Err(ReadProblem::Missing)
        }
    }

    const HUNT: &str = r#"hunt h {
  hypothesis "x"

  detect scan on windows/network_connection {
    when {
      Image named 'a.exe'
      not DestinationPort > 1000
    }
  }
}
"#;

    /// What is said where a query is broken by hand.
    fn told(from: &str, to: &str) -> String {
        let request = Request { roots: vec!["h.hunt".to_owned()], ..Request::default() };
        let session = load(&request, &Memory(BTreeMap::from([("h.hunt", HUNT)])));
        let rule = Arc::clone(&session.program.rules[0]);
        let Body::Select(selections) = &rule.body else { panic!("no detect") };
        let setting = TargetSetting::new(Target::Defender);
        let mut query = compile_rule(&rule, &selections[0], &setting).unwrap();
        let broken = query.text.replacen(from, to, 1);
        assert_ne!(broken, query.text, "{from} is not in it");
        query.text = broken;
        let layout = crate::schema::mapping::layout(setting.profile.unwrap(), &selections[0].source).ok();
        let found = witnesses(&selections[0]);
        let files = SetFiles::default();
        let refusal =
            verify_rule(rule.span, &selections[0], &found, Target::Defender, layout.as_ref(), &query, &files).err().unwrap();
        assert_eq!(refusal.loss.code, refusal.diagnostic.code);
        render::render(render::Format::Text, &[refusal.diagnostic], &session.sources, render::Style::default())
    }

    #[test]
    fn a_difference_shows_the_event_the_clause_and_both_roads() {
        insta::assert_snapshot!(told("coalesce(DestinationPort > 1000, false)", "DestinationPort > 1000"), @r"
        loss[L0308]: `scan` as it would be written for `defender` does not select what the hunt means
         --> h.hunt:4:3
          |
        4 |   detect scan on windows/network_connection {
          |   ^^^^^^^^^^^
        ...
        7 |       not DestinationPort > 1000
          |           ---------------------- the event is about this clause
          |
          = note: event: 2026-11-24T10:00:00Z, Image: `C:\Dir\a.exe`
          = note: the hunt selects it; the query does not select it
          = note: 1 event differs, of 18; the rule is not written for `defender`
          = help: this is a fault of huntc; please report it with the hunt. `--no-verify` writes the rule unverified
        ");
    }

    #[test]
    fn a_query_that_the_model_does_not_know_shows_its_line() {
        insta::assert_snapshot!(told("| where not(coalesce", "| sample 5\n| where not(coalesce"), @r"
        loss[L0309]: `scan` as it would be written for `defender` cannot be verified: the operator `sample` is not modelled
         --> h.hunt:4:3
          |
        4 |   detect scan on windows/network_connection {
          |   ^^^^^^^^^^^
          |
          = note: in the query for Microsoft Defender XDR: `| sample 5`
          = note: the rule is not written for `defender`
          = help: this is a fault of huntc; please report it with the hunt. `--no-verify` writes the rule unverified
        ");
    }
}
