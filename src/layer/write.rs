//! A layer as JSON of format 4.5: the fields, their order and the tabs of the Navigator 5.1.

use serde_json::{Map, Number, Value, json};

use super::model::{Cell, DOMAIN, Layer, Link, Metadata, tactic};

/// The versions that the file names.
const NAVIGATOR: &str = "5.1.0";
const FORMAT: &str = "4.5";

/// The layer's file, with a line feed at the end.
pub fn json(layer: &Layer) -> String {
    let facts = layer.release.facts();
    let techniques: Vec<Value> = layer
        .cells
        .iter()
        .filter(|(_, cell)| cell.is_modified())
        .filter_map(|(place, cell)| Some(technique(place.technique, tactic(facts, *place)?.short_name, cell)))
        .collect();
    let layout = &layer.layout;
    let major = layer.release.name().split('.').next().unwrap_or_default();
    let value = json!({
        "name": layer.name,
        "versions": { "attack": major, "navigator": NAVIGATOR, "layer": FORMAT },
        "domain": DOMAIN,
        "description": layer.description,
        "filters": { "platforms": layer.platforms },
        "sorting": layer.sorting.number(),
        "layout": {
            "layout": layout.layout,
            "aggregateFunction": layout.aggregate.name(),
            "showID": layout.show_id,
            "showName": layout.show_name,
            "showAggregateScores": layout.show_aggregate_scores,
            "countUnscored": layout.count_unscored,
            "expandedSubtechniques": layout.expanded_subtechniques,
        },
        "hideDisabled": layer.hide_disabled,
        "techniques": techniques,
        "gradient": {
            "colors": layer.gradient.colors.iter().map(|color| color.hex_with_alpha()).collect::<Vec<_>>(),
            "minValue": number(layer.gradient.least),
            "maxValue": number(layer.gradient.most),
        },
        "legendItems": layer.legend.iter().map(|item| json!({ "label": item.label, "color": item.color.hex() })).collect::<Vec<_>>(),
        "metadata": metadata(&layer.metadata),
        "links": links(&layer.links),
        "showTacticRowBackground": layer.show_tactic_row_background,
        "tacticRowBackground": layer.tactic_row_background.hex(),
        "selectTechniquesAcrossTactics": layer.select_techniques_across_tactics,
        "selectSubtechniquesWithParent": layer.select_subtechniques_with_parent,
        "selectVisibleTechniques": layer.select_visible_techniques,
    });
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, serde_json::ser::PrettyFormatter::with_indent(b"\t"));
    // Writing a value of JSON to memory cannot fail.
    let _ = serde::Serialize::serialize(&value, &mut serializer);
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.push('\n');
    text
}

fn technique(id: &str, tactic: &str, cell: &Cell) -> Value {
    let mut members = Map::new();
    members.insert("techniqueID".to_owned(), json!(id));
    members.insert("tactic".to_owned(), json!(tactic));
    if let Some(score) = cell.score.filter(|score| score.is_finite()) {
        members.insert("score".to_owned(), number(score));
    }
    members.insert("color".to_owned(), json!(cell.color.map(|color| color.hex()).unwrap_or_default()));
    members.insert("comment".to_owned(), json!(cell.comment));
    members.insert("enabled".to_owned(), json!(cell.enabled));
    members.insert("metadata".to_owned(), metadata(&cell.metadata));
    members.insert("links".to_owned(), links(&cell.links));
    members.insert("showSubtechniques".to_owned(), json!(cell.show_subtechniques));
    Value::Object(members)
}

fn metadata(all: &[Metadata]) -> Value {
    all.iter()
        .map(|each| match each {
            Metadata::Pair { name, value } => json!({ "name": name, "value": value }),
            Metadata::Divider => json!({ "divider": true }),
        })
        .collect()
}

fn links(all: &[Link]) -> Value {
    all.iter()
        .map(|each| match each {
            Link::To { label, url } => json!({ "label": label, "url": url }),
            Link::Divider => json!({ "divider": true }),
        })
        .collect()
}

/// A number as JavaScript writes it: whole ones without a point.
pub(super) fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        // Whole and small enough, so that the cast loses nothing.
        return Value::Number(Number::from(number as i64));
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A score for a reader: `7`, `0.5`, `infinite`.
pub fn score_text(score: f64) -> String {
    if score.is_nan() {
        "no number".to_owned()
    } else if score == f64::INFINITY {
        "infinite".to_owned()
    } else if score == f64::NEG_INFINITY {
        "-infinite".to_owned()
    } else {
        number(score).to_string()
    }
}
