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
    entries.push(entry("condition", Yaml::Text(condition(&detection.condition))));
    Yaml::Map(entries)
}

pub(super) fn searched(search: &Search) -> Yaml {
    match search {
        Search::Map(items) => map(items),
        Search::Maps(maps) => Yaml::List(maps.iter().map(|items| map(items)).collect()),
        Search::Keywords(values) => Yaml::List(values.iter().map(value).collect()),
    }
}

pub(super) fn map(items: &[Item]) -> Yaml {
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

/// A condition. Parentheses stand wherever `and`, `or` and `not` mix, so that nobody has to know how tightly each binds.
fn condition(node: &Expression) -> String {
    let mut text = String::new();
    write_condition(node, &mut text);
    text
}

fn write_condition(node: &Expression, text: &mut String) {
    match node {
        Expression::Name(name) => text.push_str(name),
        Expression::OneOf(prefix) => write_group("1 of ", prefix, text),
        Expression::AllOf(prefix) => write_group("all of ", prefix, text),
        Expression::Not(inner) => {
            text.push_str("not ");
            write_operand(inner, text);
        }
        Expression::And(parts) => write_joined(parts, " and ", text),
        Expression::Or(parts) => write_joined(parts, " or ", text),
    }
}

fn write_group(words: &str, prefix: &str, text: &mut String) {
    text.push_str(words);
    text.push_str(prefix);
    text.push('*');
}

fn write_joined(parts: &[Expression], word: &str, text: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push_str(word);
        }
        write_operand(part, text);
    }
}

fn write_operand(node: &Expression, text: &mut String) {
    match node {
        Expression::And(_) | Expression::Or(_) => {
            text.push('(');
            write_condition(node, text);
            text.push(')');
        }
        Expression::Name(_) | Expression::OneOf(_) | Expression::AllOf(_) | Expression::Not(_) => write_condition(node, text),
    }
}
