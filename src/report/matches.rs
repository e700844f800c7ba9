//! What a search found, counted by rule: lines of JSON as `huntc search --format json` writes them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Diagnostic, SourceId, Span};

/// Matches by hunt and rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    pub count: usize,
    pub rules: BTreeMap<(String, String), OfRule>,
}

/// The matches of one rule. Times are as the search wrote them; nothing where no event has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfRule {
    pub count: usize,
    pub first: Option<String>,
    pub last: Option<String>,
}

/// Reads lines of matches.
///
/// # Errors
/// E1006 at the first line that is no match.
pub fn read_matches(source: SourceId, text: &str) -> Result<Matches, Box<Diagnostic>> {
    let mut matches = Matches::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(source, start, start + line.trim_end().len());
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let value: Option<Value> = serde_json::from_str(line).ok();
        let word = |key: &str| value.as_ref().and_then(|value| value.get(key)).and_then(Value::as_str).map(str::to_owned);
        let (Some(hunt), Some(rule)) = (word("hunt"), word("rule")) else {
            return Err(Box::new(
                Diagnostic::error("E1006", span, "this line is no match of a search")
                    .help("name a file that `huntc search --format json` wrote: one object a line, with `hunt` and `rule`"),
            ));
        };
        matches.count += 1;
        let of = matches.rules.entry((hunt, rule)).or_default();
        of.count += 1;
        if let Some(time) = word("time") {
            if of.first.as_ref().is_none_or(|first| time < *first) {
                of.first = Some(time.clone());
            }
            if of.last.as_ref().is_none_or(|last| time > *last) {
                of.last = Some(time);
            }
        }
    }
    Ok(matches)
}
