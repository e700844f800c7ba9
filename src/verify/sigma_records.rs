//! Events as records that a Sigma rule is asked about: fields under their own names, and hashes where the log keeps them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::tested;
use crate::eval::{self, FieldState};
use crate::ir::event::{Event, Value};
use crate::ir::{Condition, Selection, Test};
use crate::models::sigma;
use crate::schema::catalogue::{self, LogSource};
use crate::schema::{Field, HashAlgorithm, ScalarType};

/// Sysmon's field for all hashes of a file; there is no other for one of them.
const HASHES: &str = "Hashes";

/// How a log source's records look.
pub(super) struct Shape {
    words: sigma::LogSource,
    named: Vec<&'static str>,
    /// The hash fields of a log source that keeps all hashes in one text.
    hashes: BTreeMap<Arc<str>, HashAlgorithm>,
    /// Fields that logs write as `0x3e7`.
    hexadecimal: Vec<Arc<str>>,
}

impl Shape {
    pub fn of(selection: &Selection) -> Shape {
        let source = catalogue::find(&selection.source.0);
        let words = words(source.as_deref(), &selection.source.0);
        let named = [("category", &words.category), ("product", &words.product), ("service", &words.service)];
        let named = named.into_iter().filter_map(|(name, word)| word.as_ref().map(|_| name)).collect();
        let mut hashes = BTreeMap::new();
        for field in source.iter().filter(|source| source.field(HASHES).is_some()).flat_map(|source| &source.fields) {
            if let ScalarType::Hash(algorithm) = field.kind.scalar {
                hashes.insert(Arc::clone(&field.name), algorithm);
            }
        }
        let fields = source.iter().flat_map(|source| &source.fields);
        let hexadecimal = fields.filter(|field| field.kind.scalar == ScalarType::HexInteger);
        let hexadecimal = hexadecimal.map(|field| Arc::clone(&field.name)).collect();
        Shape { words, named, hashes, hexadecimal }
    }

    /// The words of the log source that a rule names.
    pub fn words(&self) -> &[&'static str] {
        &self.named
    }

    /// Whether a record could say what the event says: values of their fields' types, and hashes that are some.
    pub fn can_hold(&self, event: &Event, selection: &Selection) -> bool {
        let tested = tested(selection);
        // A field that is no list holds one value in its log; of several, one of them the empty text, a record is no other's.
        let odd = |field: &Field| match event.fields.get(&field.name) {
            Some(Value::List(elements)) => !field.kind.list && elements.contains(&Value::Text(String::new())),
            _ => false,
        };
        let readable = tested.iter().all(|field| eval::state(field, event) != FieldState::Unreadable && !odd(field));
        let mut apart = event.fields.iter().filter(|(name, _)| self.hashes.contains_key(*name)).peekable();
        // Two accounts of the same hashes, or a rule that looks into the text that the event has not.
        let conditions = || std::iter::once(&selection.condition).chain(selection.exceptions.iter().map(|each| &each.condition));
        let anywhere = || conditions().flat_map(Condition::tests).any(|(test, _)| matches!(test, Test::Anywhere { .. }));
        let looks = || event.fields.contains_key(HASHES) || tested.iter().any(|field| &*field.name == HASHES) || anywhere();
        let twice = apart.peek().is_some() && looks();
        readable && !twice && apart.all(|(_, value)| is_hash(value))
    }

    /// The record of an event; with `other` a word of its log source is not the rule's.
    pub fn record<'a>(&self, event: &'a Event, other: &str) -> sigma::Record<'a> {
        let mut fields = Vec::with_capacity(event.fields.len());
        let mut hashes = Vec::new();
        for (name, value) in &event.fields {
            match (self.hashes.get(name), value) {
                (Some(algorithm), _) => texts(value, &mut |text| hashes.push([algorithm.sysmon_name(), "=", text].concat())),
                (None, Value::Integer(value)) if *value >= 0 && self.hexadecimal.contains(name) => {
                    fields.push((&**name, sigma::Value::Text(Cow::Owned(format!("{value:#x}")))));
                }
                (None, value) => fields.push((&**name, model_value(value))),
            }
        }
        if !hashes.is_empty() {
            fields.push((HASHES, sigma::Value::Text(Cow::Owned(hashes.join(",")))));
        }
        let mut log_source = self.words.clone();
        for (name, word) in
            [("category", &mut log_source.category), ("product", &mut log_source.product), ("service", &mut log_source.service)]
        {
            if name == other {
                *word = Some("something_else".to_owned());
            }
        }
        sigma::Record { log_source, fields, raw: event.raw.as_deref() }
    }
}

/// The catalogue's words; of a log source that a hunt declared, what the parts of its name are.
fn words(source: Option<&LogSource>, id: &str) -> sigma::LogSource {
    if let Some(source) = source {
        return sigma::LogSource {
            category: source.category.clone(),
            product: source.product.clone(),
            service: source.service.clone(),
        };
    }
    let mut parts = id.split('/').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next()) {
        (product, service, None) => sigma::LogSource { category: None, product, service },
        (product, category, service) => sigma::LogSource { category, product, service },
    }
}

fn is_hash(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        Value::List(elements) => elements.iter().all(is_hash),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Object(_) => false,
    }
}

fn texts(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => each(text),
        Value::List(elements) => elements.iter().for_each(|element| texts(element, each)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Object(_) => {}
    }
}

fn model_value(value: &Value) -> sigma::Value<'_> {
    match value {
        Value::Text(text) => sigma::Value::Text(Cow::Borrowed(text)),
        Value::Integer(value) => sigma::Value::Integer(*value),
        Value::Float(value) => sigma::Value::Float(*value),
        Value::Boolean(value) => sigma::Value::Boolean(*value),
        Value::List(elements) => sigma::Value::List(elements.iter().map(model_value).collect()),
        Value::Object(fields) => sigma::Value::Object(fields.values().map(model_value).collect()),
    }
}
