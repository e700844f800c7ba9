//! Layer files to layers: formats 3 and 4, brought to one release of ATT&CK. What the Navigator passes over with a message in the
//! browser's console is passed over here with a warning at its place.

use std::collections::BTreeMap;

use super::color::Color;
use super::gradient::Gradient;
use super::model::{Aggregate, Cell, DOMAIN, Layer, Layout, LegendItem, Link, Metadata, Place, Sorting, places};
use crate::attack::{Facts, ObjectKind, Release, Technique};
use crate::diag::{Diagnostic, SourceId, Span};
use crate::json::Value;

/// Findings of one kind that are told of a file one by one; the rest is counted.
const TOLD: usize = 12;

type Members<'t> = Vec<(String, Value<'t>)>;

/// Reads every layer of a file for a release; what cannot be read is an error among the diagnostics.
pub fn read(source: SourceId, text: &str, release: Release) -> (Vec<Layer>, Vec<Diagnostic>) {
    let mut reader = Reader { source, release, facts: release.facts(), found: Vec::new(), left: Vec::new() };
    let mut layers = Vec::new();
    // A file of Windows may begin with a byte order mark.
    let (text, skipped) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, '\u{feff}'.len_utf8()));
    match Value::whole(text) {
        Err((at, why)) => {
            reader.error(Span::new(source, skipped + at, skipped + at), format!("the layer is no JSON: {why}"), "here");
        }
        Ok(mut value) => {
            value.start += skipped;
            match value.array() {
                Some(values) if values.is_empty() => {
                    reader.error(reader.span(value), "the file holds no layer".to_owned(), "an empty list")
                }
                Some(values) => layers.extend(values.into_iter().filter_map(|value| reader.layer(value))),
                None => layers.extend(reader.layer(value)),
            }
        }
    }
    (layers, shortened(reader.found))
}

/// At most [`TOLD`] warnings of a kind, the last of them with the number of the others.
fn shortened(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for diagnostic in &found {
        *counts.entry(diagnostic.code).or_default() += 1;
    }
    let mut told: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for diagnostic in found {
        let number = told.entry(diagnostic.code).or_default();
        *number += 1;
        let left = counts.get(diagnostic.code).copied().unwrap_or_default().saturating_sub(TOLD);
        if *number < TOLD || left == 0 {
            kept.push(diagnostic);
        } else if *number == TOLD {
            kept.push(diagnostic.with_note(format!("{left} more of this kind in the file are not shown")));
        }
    }
    kept
}

struct Reader {
    source: SourceId,
    release: Release,
    facts: &'static Facts,
    found: Vec<Diagnostic>,
    /// Annotations below a tactic that their technique has left: where the first stands, and what each says.
    left: Vec<(Span, String)>,
}

/// A member by its name; the last one, where it stands several times, as in JavaScript.
fn member<'t>(members: &Members<'t>, name: &str) -> Option<Value<'t>> {
    members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
}

impl Reader {
    fn span(&self, value: Value<'_>) -> Span {
        // A long value is pointed at by its beginning.
        let line = value.text.find('\n').map_or(value.end(), |line| value.start + line);
        Span::new(self.source, value.start, line)
    }

    fn error(&mut self, span: Span, message: String, label: &str) {
        self.found.push(Diagnostic::error("E0804", span, message).label(label));
    }

    fn passed_over(&mut self, value: Value<'_>, what: &str, wanted: &str) {
        let message = format!("{what} is passed over");
        let label = format!("expected {wanted}, found {}", value.kind());
        self.found.push(Diagnostic::warning("W0803", self.span(value), message).label(label));
    }

    /// The value of a field, where it is there and of its type.
    fn field<'t, T>(
        &mut self,
        members: &Members<'t>,
        name: &str,
        wanted: &str,
        read: impl Fn(&Value<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = member(members, name)?;
        let found = read(&value);
        if found.is_none() {
            self.passed_over(value, &format!("`{name}`"), wanted);
        }
        found
    }

    fn truth(&mut self, members: &Members<'_>, name: &str, default: bool) -> bool {
        self.field(members, name, "true or false", Value::truth).unwrap_or(default)
    }

    fn text(&mut self, members: &Members<'_>, name: &str) -> String {
        self.field(members, name, "a text", Value::string).unwrap_or_default()
    }

    fn color(&mut self, members: &Members<'_>, name: &str) -> Option<Color> {
        // An empty text is how the Navigator writes that there is none.
        if member(members, name).is_some_and(|value| value.text == "\"\"") {
            return None;
        }
        self.field(members, name, "a colour such as \"#ff6666\"", |value| Color::parse(&value.string()?))
    }

    fn layer(&mut self, value: Value<'_>) -> Option<Layer> {
        let Some(members) = value.object() else {
            self.error(self.span(value), "a layer is an object".to_owned(), &format!("found {}", value.kind()));
            return None;
        };
        let head = Span::new(self.source, value.start, value.start + 1);
        let name = match member(&members, "name").map(|name| (name, name.string())) {
            Some((_, Some(name))) => name,
            Some((name, None)) => {
                self.error(self.span(name), "the layer's `name` is no text".to_owned(), &format!("found {}", name.kind()));
                return None;
            }
            None => {
                self.error(head, "the layer has no `name`".to_owned(), "in this object");
                return None;
            }
        };
        self.supported(&members, head)?;
        let mut layer = Layer::new(name, self.release);
        layer.description = self.text(&members, "description");
        if let Some(filters) = member(&members, "filters") {
            self.filters(filters, &mut layer);
        }
        layer.sorting = self
            .field(&members, "sorting", "0, 1, 2 or 3", |value| {
                let number = value.number()?;
                Sorting::ALL.iter().copied().find(|sorting| f64::from(sorting.number()) == number)
            })
            .unwrap_or_default();
        self.layout(&members, &mut layer.layout);
        layer.hide_disabled = self.truth(&members, "hideDisabled", false);
        if let Some(gradient) = member(&members, "gradient") {
            layer.gradient = self.gradient(gradient).unwrap_or_default();
        }
        for item in self.list(&members, "legendItems") {
            let fields = item.object().unwrap_or_default();
            let label = member(&fields, "label").and_then(|label| label.string());
            let color = member(&fields, "color").and_then(|color| Color::parse(&color.string()?));
            match (label, color) {
                (Some(label), Some(color)) => layer.legend.push(LegendItem { label, color }),
                _ => self.passed_over(item, "an item of the legend", "an object with a `label` and a `color`"),
            }
        }
        layer.metadata = self.metadata(&members);
        layer.links = self.links(&members);
        layer.show_tactic_row_background = self.truth(&members, "showTacticRowBackground", false);
        layer.tactic_row_background = self.color(&members, "tacticRowBackground").unwrap_or(layer.tactic_row_background);
        layer.select_techniques_across_tactics = self.truth(&members, "selectTechniquesAcrossTactics", true);
        layer.select_subtechniques_with_parent = self.truth(&members, "selectSubtechniquesWithParent", false);
        layer.select_visible_techniques = self.truth(&members, "selectVisibleTechniques", false);
        self.techniques(&members, &mut layer);
        Some(layer)
    }

    /// The domain and the versions: what stands against reading the layer is an error.
    fn supported(&mut self, members: &Members<'_>, head: Span) -> Option<()> {
        match member(members, "domain").map(|domain| (domain, domain.string())) {
            Some((_, Some(name))) if name == DOMAIN || name == "mitre-enterprise" => {}
            Some((domain, _)) => {
                let written = domain.text.get(..60).unwrap_or(domain.text);
                self.error(self.span(domain), format!("the domain {written} is not built in"), "expected \"enterprise-attack\"");
                return None;
            }
            None => {
                self.error(head, "the layer has no `domain`".to_owned(), "expected \"enterprise-attack\"");
                return None;
            }
        }
        let versions = member(members, "versions");
        let inner = versions.and_then(|versions| versions.object()).unwrap_or_default();
        let format = member(&inner, "layer").or_else(|| member(members, "version"));
        if let Some(format) = format {
            // Some tools write the version as a number.
            let written = format.string().unwrap_or_else(|| format.text.to_owned());
            let major = written.split('.').next().and_then(|major| major.trim().parse::<u32>().ok());
            if !matches!(major, Some(3 | 4)) {
                self.error(
                    self.span(format),
                    "this version of the layer format is not known".to_owned(),
                    "expected 3 or 4, such as \"4.5\"",
                );
                return None;
            }
        }
        Some(())
    }

    fn filters(&mut self, value: Value<'_>, layer: &mut Layer) {
        let Some(members) = value.object() else {
            self.passed_over(value, "`filters`", "an object");
            return;
        };
        if member(&members, "platforms").is_none() {
            return;
        }
        let mut chosen = Vec::new();
        for platform in self.list(&members, "platforms") {
            let Some(name) = platform.string() else {
                self.passed_over(platform, "a platform", "a text");
                continue;
            };
            // ATT&CK merged the clouds into one platform, as the Navigator does.
            let name = if matches!(name.as_str(), "AWS" | "GCP" | "Azure") { "IaaS".to_owned() } else { name };
            if layer.platforms.contains(&name) {
                chosen.push(name);
            }
        }
        chosen.sort();
        chosen.dedup();
        layer.platforms = chosen;
    }

    fn layout(&mut self, members: &Members<'_>, layout: &mut Layout) {
        let Some(value) = member(members, "layout") else {
            // Older formats: 0 the full table, 1 a compact one with ids, 2 a mini table.
            match member(members, "viewMode").and_then(|mode| mode.number()) {
                Some(1.0) => (layout.show_name, layout.show_id) = (false, true),
                Some(2.0) => (layout.layout, layout.show_name) = ("mini", false),
                _ => {}
            }
            return;
        };
        let Some(members) = value.object() else {
            self.passed_over(value, "`layout`", "an object");
            return;
        };
        let word = |known: &'static [&'static str]| {
            move |value: &Value<'_>| {
                let written = value.string()?;
                known.iter().copied().find(|word| *word == written)
            }
        };
        layout.layout = self.field(&members, "layout", "side, flat or mini", word(Layout::LAYOUTS)).unwrap_or(layout.layout);
        layout.expanded_subtechniques = self
            .field(&members, "expandedSubtechniques", "none, annotated or all", word(Layout::EXPANDED))
            .unwrap_or(layout.expanded_subtechniques);
        layout.aggregate = self
            .field(&members, "aggregateFunction", "average, min, max or sum", |value| {
                let written = value.string()?;
                Aggregate::ALL.iter().copied().find(|aggregate| aggregate.name() == written)
            })
            .unwrap_or(layout.aggregate);
        layout.show_id = self.truth(&members, "showID", layout.show_id);
        layout.show_name = self.truth(&members, "showName", layout.show_name);
        layout.show_aggregate_scores = self.truth(&members, "showAggregateScores", layout.show_aggregate_scores);
        layout.count_unscored = self.truth(&members, "countUnscored", layout.count_unscored);
    }

    fn gradient(&mut self, value: Value<'_>) -> Option<Gradient> {
        let Some(members) = value.object() else {
            self.passed_over(value, "`gradient`", "an object");
            return None;
        };
        let colors: Option<Vec<Color>> =
            self.list(&members, "colors").iter().map(|color| color.string().and_then(|color| Color::parse(&color))).collect();
        let bounds = (
            member(&members, "minValue").and_then(|value| value.number()),
            member(&members, "maxValue").and_then(|value| value.number()),
        );
        match (colors, bounds) {
            (Some(colors), (Some(least), Some(most))) if (2..=Gradient::MOST).contains(&colors.len()) && least < most => {
                Some(Gradient { colors, least, most })
            }
            _ => {
                self.passed_over(value, "the gradient", "two or more colours and a `minValue` below the `maxValue`");
                None
            }
        }
    }

    /// The elements of a list; none where the field is absent or something else.
    fn list<'t>(&mut self, members: &Members<'t>, name: &str) -> Vec<Value<'t>> {
        let Some(value) = member(members, name) else { return Vec::new() };
        value.array().unwrap_or_else(|| {
            self.passed_over(value, &format!("`{name}`"), "a list");
            Vec::new()
        })
    }

    fn metadata(&mut self, members: &Members<'_>) -> Vec<Metadata> {
        let mut found = Vec::new();
        for value in self.list(members, "metadata") {
            match self.pair(value, "name", "value") {
                Some(Some((name, value))) => found.push(Metadata::Pair { name, value }),
                Some(None) => found.push(Metadata::Divider),
                None => self.passed_over(value, "metadata", "an object with a `name` and a `value`"),
            }
        }
        found
    }

    fn links(&mut self, members: &Members<'_>) -> Vec<Link> {
        let mut found = Vec::new();
        for value in self.list(members, "links") {
            match self.pair(value, "label", "url") {
                Some(Some((label, url))) => found.push(Link::To { label, url }),
                Some(None) => found.push(Link::Divider),
                None => self.passed_over(value, "a link", "an object with a `label` and a `url`"),
            }
        }
        found
    }

    /// Two texts of an object, or `None` inside for a divider.
    fn pair(&self, value: Value<'_>, first: &str, second: &str) -> Option<Option<(String, String)>> {
        let members = value.object()?;
        if member(&members, "divider").is_some() {
            return Some(None);
        }
        Some(Some((member(&members, first)?.string()?, member(&members, second)?.string()?)))
    }

    fn techniques(&mut self, members: &Members<'_>, layer: &mut Layer) {
        // What stands where it belongs, and what came from another technique or tactic.
        let (mut own, mut moved): (BTreeMap<Place, Cell>, BTreeMap<Place, Cell>) = (BTreeMap::new(), BTreeMap::new());
        for value in self.list(members, "techniques") {
            let Some(fields) = value.object() else {
                self.passed_over(value, "a technique", "an object");
                continue;
            };
            let Some(id) = member(&fields, "techniqueID") else {
                self.passed_over(value, "a technique", "an object with a `techniqueID`");
                continue;
            };
            let Some(written) = id.string() else {
                self.passed_over(id, "a technique", "an id such as \"T1210\"");
                continue;
            };
            let Some((technique, mut forward)) = self.technique(id, &written) else { continue };
            let all: Vec<Place> = places(self.facts, &technique).collect();
            let tactic = self.field(&fields, "tactic", "a text", Value::string).filter(|tactic| !tactic.is_empty());
            let chosen = match &tactic {
                None => all,
                Some(name) => {
                    let known = self.facts.tactics().iter().position(|tactic| tactic.short_name == name);
                    let here: Vec<Place> = all.iter().copied().filter(|place| Some(place.tactic) == known).collect();
                    if here.is_empty() {
                        if !forward {
                            self.left_tactic(value, &technique, name);
                        }
                        forward = true;
                        all
                    } else {
                        here
                    }
                }
            };
            let cell = self.cell(&fields);
            for place in chosen {
                if forward {
                    moved
                        .entry(place)
                        .and_modify(|kept| *kept = greater(kept.clone(), cell.clone()))
                        .or_insert_with(|| cell.clone());
                } else {
                    // The last of several wins, as in the Navigator.
                    own.insert(place, cell.clone());
                }
            }
        }
        self.tell_left_tactics();
        for (place, cell) in moved {
            own.entry(place).and_modify(|kept| *kept = greater(kept.clone(), cell.clone())).or_insert(cell);
        }
        layer.cells = own;
    }

    /// A technique that lives in the release, and whether it is another than the one written.
    fn technique(&mut self, value: Value<'_>, written: &str) -> Option<(Technique, bool)> {
        let span = self.span(value);
        let short = written.get(..40).unwrap_or(written);
        // By id alone: the names that resemble it are of no use here, and looking for them takes long.
        if ObjectKind::of_id(written) == Some(ObjectKind::Technique) {
            if let Some(technique) = self.facts.technique(written) {
                if technique.id != written {
                    let message = format!("`{short}` is read as `{}`", technique.id);
                    self.found.push(Diagnostic::warning("W0801", span, message).label("a technique's id has capital letters"));
                }
                return Some((technique, false));
            }
            if let Some((name, successor)) = self.facts.revoked(written) {
                let Some(technique) = successor.and_then(|id| self.facts.technique(id)) else {
                    let label = format!("ATT&CK {} revoked `{name}`, and nothing in Enterprise replaces it", self.release);
                    self.found.push(Diagnostic::warning("W0802", span, format!("`{short}` is left out")).label(label));
                    return None;
                };
                let message = format!("`{short}` is brought forward to `{}`", technique.id);
                let label = format!("ATT&CK {} replaced `{name}` by `{}`", self.release, technique.name);
                self.found.push(Diagnostic::warning("W0801", span, message).label(label));
                return Some((technique, true));
            }
            if let Some((name, release)) = self.facts.deprecated(written) {
                let label = format!("`{name}` is deprecated in ATT&CK {release}, without a successor");
                self.found.push(Diagnostic::warning("W0802", span, format!("`{short}` is left out")).label(label));
                return None;
            }
        }
        let label = format!("ATT&CK Enterprise {} has no such technique", self.release);
        self.found.push(Diagnostic::warning("W0802", span, format!("`{short}` is left out")).label(label));
        None
    }

    fn left_tactic(&mut self, value: Value<'_>, technique: &Technique, written: &str) {
        let tactics: Vec<String> = technique.tactics.iter().map(|tactic| format!("`{}`", tactic.short_name)).collect();
        let short = written.get(..40).unwrap_or(written);
        self.left.push((self.span(value), format!("`{}` from `{short}` to {}", technique.id, tactics.join(" and "))));
    }

    /// One finding for all of a layer: between two releases a tactic was split, and most layers then have many of them.
    fn tell_left_tactics(&mut self) {
        let left = std::mem::take(&mut self.left);
        let Some((span, first)) = left.first() else { return };
        let count = match left.len() {
            1 => "1 annotation is".to_owned(),
            many => format!("{many} annotations are"),
        };
        let mut diagnostic =
            Diagnostic::warning("W0801", *span, format!("{count} brought forward to the tactics of ATT&CK {}", self.release))
                .label(first.clone());
        if left.len() > 1 {
            let others: Vec<&str> = left.iter().skip(1).take(4).map(|(_, words)| words.as_str()).collect();
            let more = if left.len() > 5 { ", …" } else { "" };
            diagnostic = diagnostic.with_note(format!("also {}{more}", others.join(", ")));
        }
        self.found.push(diagnostic);
    }

    fn cell(&mut self, fields: &Members<'_>) -> Cell {
        Cell {
            score: self.field(fields, "score", "a number", Value::number),
            color: self.color(fields, "color"),
            comment: self.text(fields, "comment"),
            enabled: self.truth(fields, "enabled", true),
            metadata: self.metadata(fields),
            links: self.links(fields),
            show_subtechniques: self.truth(fields, "showSubtechniques", false),
        }
    }
}

/// Of two annotations of one cell the one with the greater score.
fn greater(first: Cell, second: Cell) -> Cell {
    match (first.score, second.score) {
        (None, Some(_)) => second,
        (Some(one), Some(other)) if other > one => second,
        _ => first,
    }
}
