//! Indicators as lines of JSON, one a line: for scripts, and for whoever keeps indicators elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Collection, Indicator, Type};

/// Every indicator of several collections, merged, then what was left out. The order is that of the input.
pub fn lines(collections: &[Collection]) -> String {
    let mut merged: Vec<Cow<'_, Indicator>> =
        Vec::with_capacity(collections.iter().map(|collection| collection.indicators.len()).sum());
    let mut places: HashMap<(Type, &str), usize> = HashMap::new();
    for indicator in collections.iter().flat_map(|collection| &collection.indicators) {
        // Each collection is merged in itself.
        if collections.len() > 1 {
            if let Some(known) = places.get(&(indicator.kind, &*indicator.value)).and_then(|at| merged.get_mut(*at)) {
                known.to_mut().merge(indicator.clone());
                continue;
            }
            places.insert((indicator.kind, &indicator.value), merged.len());
        }
        merged.push(Cow::Borrowed(indicator));
    }
    merged.extend(collections.iter().flat_map(|collection| &collection.rules).map(|rule| Cow::Borrowed(&rule.indicator)));
    let mut text = String::with_capacity(merged.len() * 160);
    for indicator in &merged {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(indicator.kind.name()));
        object.insert("value".to_owned(), json!(indicator.value));
        object.insert("source".to_owned(), json!(&*indicator.source));
        object.insert("tlp".to_owned(), json!(indicator.tlp.map(super::Tlp::name)));
        object.insert("first_seen".to_owned(), json!(indicator.first_seen));
        object.insert("last_seen".to_owned(), json!(indicator.last_seen));
        object.insert("expires".to_owned(), json!(indicator.expires));
        object.insert("techniques".to_owned(), json!(&*indicator.techniques));
        if let Some(fit) = indicator.for_detection {
            object.insert("for_detection".to_owned(), json!(fit));
        }
        if !indicator.warnings.is_empty() {
            let warnings: Vec<&str> = indicator.warnings.iter().map(|warning| &**warning).collect();
            object.insert("warnings".to_owned(), json!(warnings));
        }
        text.push_str(&Value::Object(object).to_string());
        text.push('\n');
    }
    for skipped in collections.iter().flat_map(|collection| &collection.skipped) {
        let object = json!({
            "type": skipped.kind,
            "value": skipped.value,
            "source": &*skipped.source,
            "tlp": skipped.tlp.map(super::Tlp::name),
            "skipped": &*skipped.reason,
        });
        text.push_str(&object.to_string());
        text.push('\n');
    }
    text
}
