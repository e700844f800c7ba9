//! The YAML of a rule or a filter: which keys it has, and what stands where.

use serde_yaml::{Mapping, Value as Yaml};

use super::record::LogSource;
use crate::Problem;

/// RS "Structure", the keys of a rule; those without a bearing on events are not looked into.
const RULE_KEYS: &[&str] = &[
    "title",
    "id",
    "related",
    "name",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
];

/// FS "Components".
const FILTER_KEYS: &[&str] = &["title", "id", "description", "date", "modified", "logsource", "filter"];

/// A rule or a filter, before its searches are read.
#[derive(Debug)]
pub(super) struct Document {
    pub id: String,
    pub log_source: LogSource,
    /// Of a filter the rules that it belongs to.
    pub rules: Vec<String>,
    pub searches: Vec<(String, Yaml)>,
    pub conditions: Vec<String>,
}

impl Document {
    pub fn rule(text: &str) -> Result<Document, Problem> {
        Document::read(text, RULE_KEYS, "detection")
    }

    pub fn filter(text: &str) -> Result<Document, Problem> {
        Document::read(text, FILTER_KEYS, "filter")
    }

    fn read(text: &str, known: &[&str], detection: &str) -> Result<Document, Problem> {
        let yaml: Yaml = serde_yaml::from_str(text).map_err(|error| {
            Problem::new(error.location().map_or(0, |location| location.index()), format!("no YAML: {error}"))
        })?;
        let root = map(&yaml, "the document")?;
        for key in root.keys() {
            let name = text_of(key, "a key")?;
            if !known.contains(&name) {
                return Err(problem(format!("the key `{name}` is unknown")));
            }
        }
        let part = |name: &str| root.get(name).ok_or_else(|| problem(format!("`{name}` is absent")));
        text_of(part("title")?, "title")?;
        let id = root.get("id").map_or(Ok(""), |id| text_of(id, "id"))?.to_owned();
        let log_source = log_source(map(part("logsource")?, "logsource")?)?;
        let (mut rules, mut searches, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in map(part(detection)?, detection)? {
            match text_of(key, "a search identifier")? {
                // RS "Condition"; FS "filter condition".
                "condition" => conditions = texts(value, "condition")?,
                "rules" if detection == "filter" => rules = texts(value, "rules")?,
                // RS "Detection": `timeframe` belonged to aggregations, which are no longer part of rules.
                "timeframe" => return Err(problem("`timeframe` is not modelled")),
                name => searches.push((name.to_owned(), value.clone())),
            }
        }
        if conditions.is_empty() || searches.is_empty() {
            return Err(problem("a detection without searches or without a condition"));
        }
        Ok(Document { id, log_source, rules, searches, conditions })
    }
}

/// RS "Log source": `category`, `product` and `service`; `definition` is prose.
fn log_source(words: &Mapping) -> Result<LogSource, Problem> {
    let mut found = LogSource::default();
    for (key, value) in words {
        let value = Some(text_of(value, "a part of `logsource`")?.to_owned());
        match text_of(key, "a key")? {
            "category" => found.category = value,
            "product" => found.product = value,
            "service" => found.service = value,
            "definition" => {}
            other => return Err(problem(format!("the key `{other}` of `logsource` is unknown"))),
        }
    }
    if found == LogSource::default() {
        return Err(problem("`logsource` names nothing"));
    }
    Ok(found)
}

fn texts(value: &Yaml, what: &str) -> Result<Vec<String>, Problem> {
    match value {
        Yaml::Sequence(values) => values.iter().map(|value| text_of(value, what).map(str::to_owned)).collect(),
        one => Ok(vec![text_of(one, what)?.to_owned()]),
    }
}

pub(super) fn map<'a>(value: &'a Yaml, what: &str) -> Result<&'a Mapping, Problem> {
    value.as_mapping().ok_or_else(|| problem(format!("{what} is no map")))
}

pub(super) fn text_of<'a>(value: &'a Yaml, what: &str) -> Result<&'a str, Problem> {
    value.as_str().ok_or_else(|| problem(format!("{what} is no text")))
}

pub(super) fn problem(message: impl Into<String>) -> Problem {
    Problem::new(0, message)
}
