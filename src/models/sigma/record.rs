//! What a rule is asked about: one record of a log, its fields under Sigma's names.

use std::borrow::Cow;

/// The three words of a log source (RS "Log source").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    pub category: Option<String>,
    pub product: Option<String>,
    pub service: Option<String>,
}

impl LogSource {
    /// Whether logs of the other are among those that these words name.
    pub(super) fn holds(&self, other: &LogSource) -> bool {
        let fits = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        fits(&self.category, &other.category) && fits(&self.product, &other.product) && fits(&self.service, &other.service)
    }
}

/// A record of a log. Fields that are null or absent have no entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    pub log_source: LogSource,
    pub fields: Vec<(&'a str, Value<'a>)>,
    /// The record as it stood in the log, where that is known.
    pub raw: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// The values of a field: none where it is absent, several where it is a list.
    pub(super) fn values(&self, name: &str) -> &[Value<'a>] {
        match self.fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value) {
            Some(Value::List(elements)) => elements,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Value<'a>>),
    /// An object: only keywords look into it.
    Object(Vec<Value<'a>>),
}

impl Value<'_> {
    /// As a log writes it; lists and objects have no text of their own.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Integer(value) => Some(Cow::Owned(value.to_string())),
            Value::Float(value) => Some(Cow::Owned(serde_json::Value::from(*value).to_string())),
            Value::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Value::List(_) | Value::Object(_) => None,
        }
    }

    /// This value's texts and those inside it.
    pub(super) fn any_text(&self, question: &mut dyn FnMut(&str)) {
        match self {
            Value::List(elements) | Value::Object(elements) => elements.iter().for_each(|element| element.any_text(question)),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {
                if let Some(text) = self.text() {
                    question(&text);
                }
            }
        }
    }
}
