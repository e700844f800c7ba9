//! A Sigma document as YAML text.

use super::ast::{Detection, Expression, Filter, Item, LogSource, Rule, Search, Value};
use super::escape;
use super::yaml::{self, Yaml};

/// A rule, keys in the order in which Sigma authors write them.
pub(super) fn rule(rule: &Rule) -> String {
    let mut entries = vec![
        entry("title", Yaml::Text(rule.title.clone())),
        entry("id", Yaml::Text(rule.id.clone())),
        entry("status", Yaml::Text(rule.status.to_owned())),
    ];
    if !rule.description.is_empty() {
        entries.push(entry("description", Yaml::Prose(rule.description.clone())));
    }
    push_texts(&mut entries, "references", &rule.references);
    for (key, value) in [("author", &rule.author), ("date", &rule.date), ("modified", &rule.modified)] {
        if let Some(value) = value {
            entries.push(entry(key, Yaml::Text(value.clone())));
        }
    }
    push_texts(&mut entries, "tags", &rule.tags);
    entries.push(entry("logsource", log_source(&rule.log_source)));
    entries.push(entry("detection", detection(&rule.detection, Vec::new())));
    push_texts(&mut entries, "fields", &rule.fields);
    push_texts(&mut entries, "falsepositives", &rule.false_positives);
    entries.push(entry("level", Yaml::Text(rule.level.to_owned())));
    yaml::document(&entries)
}

/// A filter document.
pub(super) fn filter(filter: &Filter) -> String {
    let mut entries = vec![entry("title", Yaml::Text(filter.title.clone())), entry("id", Yaml::Text(filter.id.clone()))];
    if !filter.description.is_empty() {
        entries.push(entry("description", Yaml::Prose(filter.description.clone())));
    }
    entries.push(entry("logsource", log_source(&filter.log_source)));
    let rules = entry("rules", Yaml::List(filter.rules.iter().cloned().map(Yaml::Text).collect()));
    entries.push(entry("filter", detection(&filter.detection, vec![rules])));
    yaml::document(&entries)
}

fn entry(key: &str, value: Yaml) -> (String, Yaml) {
    (key.to_owned(), value)
}

fn push_texts(entries: &mut Vec<(String, Yaml)>, key: &str, texts: &[String]) {
    if !texts.is_empty() {
        entries.push(entry(key, Yaml::List(texts.iter().cloned().map(Yaml::Text).collect())));
    }
}

fn log_source(source: &LogSource) -> Yaml {
    let parts = [("category", &source.category), ("product", &source.product), ("service", &source.service)];
    Yaml::Map(parts.into_iter().filter_map(|(key, value)| Some(entry(key, Yaml::Text(value.clone()?)))).collect())
}

fn detection(detection: &Detection, mut entries: Vec<(String, Yaml)>) -> Yaml {
    for (name, search) in &detection.searches {
        entries.push(entry(name, searched(search)));
    }
    entries.push(entry("condition", Yaml::Text(expression(&detection.condition, Level::Or))));
    Yaml::Map(entries)
}

fn searched(search: &Search) -> Yaml {
    match search {
        Search::Map(items) => map(items),
        Search::Maps(maps) => Yaml::List(maps.iter().map(|items| map(items)).collect()),
        Search::Keywords(values) => Yaml::List(values.iter().map(value).collect()),
    }
}

fn map(items: &[Item]) -> Yaml {
    Yaml::Map(items.iter().map(|item| (key(item), values(item))).collect())
}

fn key(item: &Item) -> String {
    let mut key = item.field.clone();
    for modifier in &item.modifiers {
        key.push('|');
        key.push_str(modifier.name());
    }
    key
}

fn values(item: &Item) -> Yaml {
    match item.values.as_slice() {
        [one] => value(one),
        several => Yaml::List(several.iter().map(value).collect()),
    }
}

fn value(value: &Value) -> Yaml {
    match value {
        Value::Pattern(pieces) => Yaml::Quoted(escape::pattern(pieces)),
        Value::Regex(node) => Yaml::Quoted(escape::regex(node)),
        Value::Number(number) => Yaml::Number(escape::number(*number)),
        Value::Null => Yaml::Null,
        Value::Block(block) => Yaml::Quoted(escape::block(block)),
        Value::Field(name) => Yaml::Quoted(name.clone()),
    }
}

/// How tightly a part of a condition binds: `not`, then `and`, then `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
}

/// A condition. Parentheses stand wherever levels mix, so that nobody has to know how tightly each binds.
fn expression(node: &Expression, around: Level) -> String {
    let (text, own) = match node {
        Expression::Name(name) => return name.clone(),
        Expression::OneOf(pattern) => return format!("1 of {pattern}"),
        Expression::AllOf(pattern) => return format!("all of {pattern}"),
        Expression::Not(inner) => return format!("not {}", expression(inner, Level::Not)),
        Expression::And(parts) => (joined(parts, " and ", Level::And), Level::And),
        Expression::Or(parts) => (joined(parts, " or ", Level::And), Level::Or),
    };
    if around == Level::Or || (around == own && around != Level::Not) { text } else { format!("({text})") }
}

fn joined(parts: &[Expression], word: &str, level: Level) -> String {
    parts
        .iter()
        .map(|part| match part {
            // An `and` inside an `or` also gets its parentheses.
            Expression::And(_) | Expression::Or(_) => format!("({})", expression(part, Level::Or)),
            Expression::Name(_) | Expression::OneOf(_) | Expression::AllOf(_) | Expression::Not(_) => expression(part, level),
        })
        .collect::<Vec<_>>()
        .join(word)
}

/// A detection on one line, for showing a clause beside the hunt.
pub(super) fn one_line(detection: &Detection) -> String {
    if let ([(_, search)], Expression::Name(_)) = (detection.searches.as_slice(), &detection.condition) {
        return shown(search);
    }
    inline(&detection.condition, detection)
}

fn inline(node: &Expression, detection: &Detection) -> String {
    let members = |glob: &str| -> Vec<&Search> {
        let prefix = glob.trim_end_matches('*');
        detection.searches.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, search)| search).collect()
    };
    let list = |searches: Vec<&Search>, word: &str| {
        searches.into_iter().map(|each| format!("({})", shown(each))).collect::<Vec<_>>().join(word)
    };
    match node {
        Expression::Name(name) => {
            detection.searches.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, search)| shown(search))
        }
        Expression::OneOf(glob) => list(members(glob), " or "),
        Expression::AllOf(glob) => list(members(glob), " and "),
        Expression::Not(inner) => format!("not ({})", inline(inner, detection)),
        Expression::And(parts) => {
            parts.iter().map(|part| format!("({})", inline(part, detection))).collect::<Vec<_>>().join(" and ")
        }
        Expression::Or(parts) => {
            parts.iter().map(|part| format!("({})", inline(part, detection))).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn shown(search: &Search) -> String {
    match search {
        Search::Map(items) => yaml::flow(&map(items)),
        Search::Maps(maps) => maps.iter().map(|items| yaml::flow(&map(items))).collect::<Vec<_>>().join(" or "),
        Search::Keywords(_) => yaml::flow(&searched(search)),
    }
}
