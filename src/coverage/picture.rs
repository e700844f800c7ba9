//! Coverage as a layer of the ATT&CK Navigator.

use super::measure::{Coverage, Status, TechniqueCoverage};
use crate::layer::{Cell, Color, Layer, LegendItem, Metadata, places};

/// Colours that can be told apart without red and green: from the palette of Okabe and Ito, lightened so that black text is read on
/// each of them.
fn color(status: Status) -> Color {
    let (red, green, blue) = match status {
        Status::Tested => (0x66, 0xc2, 0xa4),
        Status::Failing => (0xe6, 0x8a, 0x4a),
        Status::Untested => (0xf0, 0xe4, 0x42),
        Status::Refused => (0xf5, 0xc3, 0x7d),
        Status::BlindSpot => (0xc4, 0xc4, 0xcc),
        Status::NoRule => (0xf2, 0xa7, 0xb8),
    };
    Color { red, green, blue, alpha: 255 }
}

/// A cell for each technique below each of its tactics: its colour and its comment say what it stands at, its score is 1 where a tested
/// rule covers it and 0 where none does.
pub fn layer(coverage: &Coverage) -> Layer {
    let facts = coverage.release.facts();
    let names: Vec<&str> = coverage.models.iter().map(|model| model.name.as_str()).collect();
    let title = match names.as_slice() {
        [first, .., last] if names.len() > 4 => format!("Coverage: {first} to {last}"),
        _ => format!("Coverage: {}", names.join(", ")),
    };
    let mut layer = Layer::new(title, coverage.release);
    layer.description = format!(
        "ATT&CK {}: {} of {} techniques have a rule with passing tests",
        coverage.release,
        coverage.count(Status::Tested),
        coverage.techniques.len()
    );
    layer.layout.expanded_subtechniques = "annotated";
    layer.gradient.least = 0.0;
    layer.gradient.most = 1.0;
    if !coverage.platforms.is_empty() {
        layer.platforms.clone_from(&coverage.platforms);
    }
    layer.legend = Status::ALL
        .iter()
        .filter(|status| coverage.count(**status) > 0)
        .map(|status| LegendItem { label: format!("{} ({})", status.words(), coverage.count(*status)), color: color(*status) })
        .collect();
    for technique in &coverage.techniques {
        let Some(known) = facts.technique(technique.id) else { continue };
        let cell = Cell {
            score: Some(if technique.status == Status::Tested { 1.0 } else { 0.0 }),
            color: Some(color(technique.status)),
            comment: comment(technique),
            metadata: metadata(coverage, technique),
            ..Cell::default()
        };
        for place in places(facts, &known) {
            layer.cells.insert(place, cell.clone());
        }
    }
    layer
}

fn comment(technique: &TechniqueCoverage) -> String {
    let mut text = technique.status.words().to_owned();
    if !technique.rules.is_empty() {
        text.push_str(&format!(": {}", technique.rules.join(", ")));
    }
    for spot in &technique.blind_spots {
        text.push_str(&format!("; {} does not see it: {}", spot.hunt, spot.reason));
    }
    text
}

fn metadata(coverage: &Coverage, technique: &TechniqueCoverage) -> Vec<Metadata> {
    let targets = coverage.targets.iter().zip(&technique.targets);
    let pair = |name: &str, value: String| Metadata::Pair { name: name.to_owned(), value };
    let mut found = vec![pair("used by", technique.used_by.join(", "))];
    if !technique.rules.is_empty() {
        found.extend(targets.map(|(target, reached)| pair(target, reached.name().to_owned())));
    }
    found
}
