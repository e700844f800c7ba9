//! Rules as a manifest tells them: of a build just made, of one that was kept, or of an earlier coverage.

use serde_json::Value;

use crate::diag::{Diagnostic, SourceId, Span};

/// A rule for one log source, with its tests and what became of it in each target.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub hunt: String,
    pub rule: String,
    pub log_source: Option<String>,
    /// `detect`, `correlate` or `sweep`.
    pub kind: Option<String>,
    /// File and line: one rule of several log sources has several entries.
    pub place: Option<(String, u64)>,
    /// ATT&CK ids as the rule names them.
    pub techniques: Vec<String>,
    pub passed: u64,
    pub failed: u64,
    /// Target and status, in the manifest's words: `exact`, `approximate`, `refused`; and whether the hunt itself said `not on`.
    pub targets: Vec<(String, String, bool)>,
    /// The manifest's entry, carried into coverage that is kept.
    value: Value,
}

impl Record {
    /// `hunt.rule`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.hunt, self.rule)
    }

    /// Whether it was tested and every test passed.
    pub fn passes(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }

    /// Whether some target holds it.
    pub fn is_written(&self) -> bool {
        self.targets.iter().any(|(_, status, _)| is_held(status))
    }

    pub(super) fn json(&self) -> &Value {
        &self.value
    }
}

pub(super) fn is_held(status: &str) -> bool {
    matches!(status, "exact" | "approximate")
}

/// What a file says of an earlier state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub rules: Vec<Record>,
    /// Techniques that hunts called blind spots; nothing where the file is a manifest, which does not tell them.
    pub blind_spots: Option<Vec<String>>,
}

/// Reads `manifest.json`, or what `huntc coverage --format json` wrote.
///
/// # Errors
/// E1001 where the text is neither.
pub fn read_snapshot(source: SourceId, text: &str) -> Result<Snapshot, Box<Diagnostic>> {
    let whole = Span::new(source, 0, text.len().min(1));
    let wrong = |span: Span, message: &str| {
        Box::new(
            Diagnostic::error("E1001", span, message.to_owned())
                .help("name a `manifest.json` that `huntc build` wrote, or what `huntc coverage --format json` wrote"),
        )
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let at = (line + error.column().saturating_sub(1)).min(text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        wrong(Span::new(source, at, at), "this is no JSON")
    })?;
    let Some(entries) = value.get("rules").and_then(Value::as_array) else {
        return Err(wrong(whole, "this JSON has no list `rules`"));
    };
    let mut rules = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        match record(entry) {
            Some(record) => rules.push(record),
            None => return Err(wrong(whole, &format!("entry {} of `rules` is no rule of a manifest", index + 1))),
        }
    }
    let techniques = value.get("techniques").and_then(Value::as_array);
    let blind =
        |technique: &&Value| technique.get("blind_spots").and_then(Value::as_array).is_some_and(|spots| !spots.is_empty());
    let id = |technique: &Value| technique.get("id").and_then(Value::as_str).map(str::to_owned);
    let blind_spots = techniques.map(|techniques| techniques.iter().filter(blind).filter_map(id).collect());
    Ok(Snapshot { rules, blind_spots })
}

fn record(value: &Value) -> Option<Record> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let tests = |key: &str| value.get("tests").and_then(|tests| tests.get(key)).and_then(Value::as_u64);
    let techniques: Option<Vec<String>> =
        value.get("techniques")?.as_array()?.iter().map(|id| id.as_str().map(str::to_owned)).collect();
    let targets: Option<Vec<(String, String, bool)>> = value
        .get("targets")?
        .as_array()?
        .iter()
        .map(|target| {
            let word = |key: &str| target.get(key).and_then(Value::as_str).map(str::to_owned);
            Some((word("target")?, word("status")?, target.get("not_on").is_some()))
        })
        .collect();
    Some(Record {
        hunt: text("hunt")?,
        rule: text("rule")?,
        log_source: text("logsource"),
        kind: text("kind"),
        place: value
            .get("source")
            .and_then(|source| Some((source.get("file")?.as_str()?.to_owned(), source.get("line")?.as_u64()?))),
        techniques: techniques?,
        passed: tests("passed")?,
        failed: tests("failed")?,
        targets: targets?,
        value: value.clone(),
    })
}
