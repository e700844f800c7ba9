//! Several layers to one: scores by an expression, and what is inherited from one of them (ATT&CK Navigator 5.1,
//! `viewmodels.service.ts`, `layerOperation`).

use std::collections::{BTreeMap, BTreeSet};

use super::color::Color;
use super::expression::{Expression, Trouble, evaluate, letter};
use super::gradient::preset;
use super::model::{Cell, Layer, LegendItem, Link, Metadata, Place, places};
use super::sources::Source;
use super::write::score_text;
use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};

/// Letters that an expression can name.
pub const MOST_SOURCES: usize = 26;

/// Items of a legend: more cannot be told apart.
const MOST_LEGEND_ITEMS: usize = 16;

/// From which layer each thing is taken over, by index; nothing for none. Names are the Navigator's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inherit {
    pub gradient: Option<usize>,
    pub coloring: Option<usize>,
    pub comments: Option<usize>,
    pub links: Option<usize>,
    pub metadata: Option<usize>,
    pub states: Option<usize>,
    pub filters: Option<usize>,
    pub legend: Option<usize>,
}

/// How a layer is calculated.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub inherit: Inherit,
    /// Colours of the gradient, instead of the Navigator's choice.
    pub colors: Option<Vec<Color>>,
    /// Cells say in their comment which layers they stand for, and the legend explains each score; without, the result is the
    /// Navigator's.
    pub named: bool,
}

/// Cells that have one score.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub score: f64,
    pub cells: usize,
    pub techniques: usize,
    /// Names of the layers that annotate its cells, where they are the same for all of them.
    pub names: Option<Vec<String>>,
}

/// A layer that was calculated, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Combined {
    pub layer: Layer,
    /// By score, least first.
    pub bands: Vec<Band>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Calculates a layer of a release from the layers a, b, c ….
///
/// # Errors
/// E0802 where the expression names a layer that is not there, E0803 where it gives no number.
pub fn combine(
    sources: &[Source],
    expression: &Expression,
    text: SourceId,
    options: &Options,
    release: Release,
) -> Result<Combined, Vec<Diagnostic>> {
    let facts = release.facts();
    let mut layer = Layer::new("layer by operation", release);
    let mut diagnostics = Vec::new();
    for span in &expression.unseen {
        diagnostics.push(
            Diagnostic::warning("W0805", *span, "the Navigator does not see this layer")
                .label("a letter directly behind a digit is no word of its own")
                .help("write `*` between them")
                .fix("multiply", Span { end: span.start, ..*span }, "*"),
        );
    }
    // The Navigator tries the expression without layers first: a score for every technique.
    match evaluate(&expression.tree, None) {
        Ok(score) => {
            diagnostics.push(constant(expression, score));
            for technique in facts.techniques() {
                for place in places(facts, &technique) {
                    layer.cells.insert(place, Cell { score: Some(score), ..Cell::default() });
                }
            }
        }
        Err(Trouble::NoNumber(..)) | Err(Trouble::Layer) => {
            scored(sources, expression, text, &mut layer).map_err(|diagnostic| vec![*diagnostic])?;
            fit_gradient(&mut layer);
        }
    }
    diagnostics.extend(without_value(&layer, expression));
    let bands = bands(&layer, sources, expression);
    if let Some(source) = options.inherit.gradient.and_then(|index| sources.get(index)) {
        layer.gradient = source.layer.gradient.clone();
    }
    if let Some(colors) = &options.colors {
        layer.gradient.colors.clone_from(colors);
    }
    if options.named {
        explain(&mut layer, sources, &bands, expression);
    }
    take_over(&mut layer, sources, options);
    Ok(Combined { layer, bands, diagnostics })
}

/// One layer as it is, with the names of what it stands for.
pub fn single(source: &Source, options: &Options) -> Combined {
    let mut layer = source.layer.clone();
    if let Some(colors) = &options.colors {
        layer.gradient.colors.clone_from(colors);
    }
    if !options.named {
        layer.links.clear();
    }
    if options.named {
        for (place, cell) in &mut layer.cells {
            if cell.comment.is_empty() {
                cell.comment = comment(&[source], *place);
            }
        }
        if layer.layout.expanded_subtechniques == "none" {
            layer.layout.expanded_subtechniques = "annotated";
        }
    }
    let mut found: BTreeMap<Key, (usize, BTreeSet<&'static str>)> = BTreeMap::new();
    for (place, cell) in &layer.cells {
        if let Some(score) = cell.score {
            let entry = found.entry(Key(score)).or_default();
            entry.0 += 1;
            entry.1.insert(place.technique);
        }
    }
    let bands = found
        .into_iter()
        .map(|(key, (cells, techniques))| Band {
            score: key.0,
            cells,
            techniques: techniques.len(),
            names: Some(vec![source.title.clone()]),
        })
        .collect();
    Combined { layer, bands, diagnostics: Vec::new() }
}

fn constant(expression: &Expression, score: f64) -> Diagnostic {
    let message = format!("the score {} is given to every technique", score_text(score));
    let diagnostic = Diagnostic::warning("W0805", expression.tree.span, message);
    if expression.names(4) {
        diagnostic
            .label("the Navigator reads `e` without another layer as Euler's number")
            .help("give the fifth layer another letter: name it earlier in the call")
    } else if expression.letters.is_empty() {
        diagnostic.label("no layer is named").help("layers are letters: a for the first")
    } else {
        diagnostic.label("its layers do not matter to the result")
    }
}

/// The score of each place that a layer of the expression annotates.
fn scored(sources: &[Source], expression: &Expression, text: SourceId, layer: &mut Layer) -> Result<(), Box<Diagnostic>> {
    if let Some(missing) = expression.letters.iter().find(|index| **index >= sources.len()) {
        let count = sources.len();
        let known = match count {
            0 => "there is no layer".to_owned(),
            1 => "there is one layer, a".to_owned(),
            2 => "there are two layers, a and b".to_owned(),
            _ => format!("there are {count} layers, a to {}", letter(count - 1)),
        };
        let span = place_of(&expression.tree, *missing).unwrap_or(Span::new(text, 0, 0));
        return Err(Box::new(
            Diagnostic::error("E0802", span, format!("no layer is called `{}`", letter(*missing))).label(known),
        ));
    }
    let used: Vec<(usize, &Source)> =
        expression.letters.iter().filter_map(|index| sources.get(*index).map(|source| (*index, source))).collect();
    let all: BTreeSet<Place> = used.iter().flat_map(|(_, source)| source.layer.cells.keys().copied()).collect();
    let mut scores = vec![0.0; MOST_SOURCES];
    for place in all {
        let mut missed = 0;
        for (index, source) in &used {
            let score = source.layer.cells.get(&place).and_then(|cell| cell.score);
            missed += usize::from(score.is_none());
            if let Some(slot) = scores.get_mut(*index) {
                *slot = score.unwrap_or(0.0);
            }
        }
        if missed == used.len() {
            continue;
        }
        let score = evaluate(&expression.tree, Some(&scores)).map_err(|trouble| match trouble {
            Trouble::NoNumber(span, why) => {
                let values: Vec<String> = used
                    .iter()
                    .map(|(index, _)| {
                        format!("{} = {}", letter(*index), score_text(scores.get(*index).copied().unwrap_or_default()))
                    })
                    .collect();
                Box::new(Diagnostic::error("E0803", span, why).label(format!("for {}: {}", place.technique, values.join(", "))))
            }
            // Every letter that was named has a score.
            Trouble::Layer => Box::new(Diagnostic::error("E0802", expression.tree.span, "a layer is missing")),
        })?;
        layer.cells.insert(place, Cell { score: Some(score), ..Cell::default() });
    }
    Ok(())
}

/// Where a letter stands first. Bounded by the depth of an expression and its length.
fn place_of(tree: &super::expression::Tree, index: usize) -> Option<Span> {
    use super::expression::Node;
    match &*tree.node {
        Node::Layer(found) => (*found == index).then_some(tree.span),
        Node::Number(_) | Node::Truth(_) => None,
        Node::Prefix(_, inner) | Node::Factorial(inner) => place_of(inner, index),
        Node::Binary(_, left, right) => place_of(left, index).or_else(|| place_of(right, index)),
        Node::Call(_, all) | Node::Compare(all, _) => all.iter().find_map(|each| place_of(each, index)),
        Node::Conditional(condition, yes, no) => [condition, yes, no].into_iter().find_map(|each| place_of(each, index)),
    }
}

/// The gradient of the result covers its scores; where there is one score alone it stays as it is.
fn fit_gradient(layer: &mut Layer) {
    let finite = || layer.cells.values().filter_map(|cell| cell.score).filter(|score| score.is_finite());
    let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if least < most {
        (layer.gradient.least, layer.gradient.most) = (least, most);
        if least == 0.0 && most == 1.0 {
            layer.gradient.colors = preset("transparentblue").unwrap_or_default();
        }
    }
}

fn without_value(layer: &Layer, expression: &Expression) -> Option<Diagnostic> {
    let strange: Vec<(Place, f64)> =
        layer.cells.iter().filter_map(|(place, cell)| Some((*place, cell.score.filter(|score| !score.is_finite())?))).collect();
    let (place, score) = strange.first()?;
    let cells = if strange.len() == 1 { "1 cell has".to_owned() } else { format!("{} cells have", strange.len()) };
    Some(
        Diagnostic::warning("W0804", expression.tree.span, format!("{cells} no finite score"))
            .label(format!("such as {}: {}", place.technique, score_text(*score)))
            .with_note("the Navigator would write them as `null`, and not read them back: they are written without a score"),
    )
}

/// An order of numbers for maps.
#[derive(Clone, Copy, Debug)]
struct Key(f64);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Both zeros are one score.
        (self.0 + 0.0).total_cmp(&(other.0 + 0.0))
    }
}

/// The layers of the expression that score a place.
fn scorers(sources: &[Source], expression: &Expression, place: Place) -> Vec<usize> {
    let scores = |index: &usize| {
        sources.get(*index).and_then(|source| source.layer.cells.get(&place)).is_some_and(|cell| cell.score.is_some())
    };
    expression.letters.iter().copied().filter(|index| scores(index)).collect()
}

/// What has one score: how many cells, which techniques, and the sets of layers that gave it.
type Alike = (usize, BTreeSet<&'static str>, BTreeSet<Vec<usize>>);

fn bands(layer: &Layer, sources: &[Source], expression: &Expression) -> Vec<Band> {
    let mut found: BTreeMap<Key, Alike> = BTreeMap::new();
    for (place, cell) in &layer.cells {
        let Some(score) = cell.score else { continue };
        let (cells, techniques, subsets) = found.entry(Key(score)).or_default();
        *cells += 1;
        techniques.insert(place.technique);
        subsets.insert(scorers(sources, expression, *place));
    }
    let titles = |subset: &Vec<usize>| {
        subset.iter().filter_map(|index| sources.get(*index)).map(|source| source.title.clone()).collect::<Vec<_>>()
    };
    found
        .into_iter()
        .map(|(key, (cells, techniques, subsets))| Band {
            score: key.0,
            cells,
            techniques: techniques.len(),
            names: subsets.first().filter(|subset| subsets.len() == 1 && !subset.is_empty()).map(titles),
        })
        .collect()
}

fn comment(sources: &[&Source], place: Place) -> String {
    let parts: Vec<String> = sources
        .iter()
        .map(|source| match source.details.get(place.technique) {
            Some(details) if !details.is_empty() => format!("{}: {}", source.title, details.join(", ")),
            _ => source.title.clone(),
        })
        .collect();
    parts.join(if parts.iter().any(|part| part.contains(": ")) { "\n" } else { ", " })
}

/// Says in words what the scores stand for.
fn explain(layer: &mut Layer, sources: &[Source], bands: &[Band], expression: &Expression) {
    layer.layout.expanded_subtechniques = "annotated";
    for (place, cell) in &mut layer.cells {
        let scorers: Vec<&Source> =
            scorers(sources, expression, *place).into_iter().filter_map(|index| sources.get(index)).collect();
        cell.comment = comment(&scorers, *place);
        if let Some(score) = cell.score.filter(|score| !score.is_finite()) {
            let note = format!("the score is {}", score_text(score));
            cell.comment = if cell.comment.is_empty() { note } else { format!("{}: {note}", cell.comment) };
        }
    }
    if bands.len() <= MOST_LEGEND_ITEMS && bands.iter().any(|band| band.names.is_some()) {
        for band in bands.iter().filter(|band| band.score.is_finite()) {
            let label = match &band.names {
                Some(names) => format!("{}: {}", score_text(band.score), names.join(" + ")),
                None => format!("{}: several", score_text(band.score)),
            };
            layer.legend.extend(layer.gradient.color(band.score).map(|color| LegendItem { label, color }));
        }
    }
    for index in &expression.letters {
        let Some(source) = sources.get(*index) else { continue };
        let name = letter(*index).to_string();
        layer.metadata.push(Metadata::Pair { name, value: source.title.clone() });
        for link in &source.layer.links {
            if !layer.links.contains(link) && *link != Link::Divider {
                layer.links.push(link.clone());
            }
        }
    }
}

fn take_over(layer: &mut Layer, sources: &[Source], options: &Options) {
    let (inherit, named) = (options.inherit, options.named);
    let from = |index: Option<usize>| index.and_then(|index| sources.get(index)).map(|source| &source.layer);
    let mut each = |index: Option<usize>, take: &dyn Fn(&mut Cell, &Cell)| {
        for (place, cell) in from(index).into_iter().flat_map(|source| &source.cells) {
            take(layer.cells.entry(*place).or_default(), cell);
        }
    };
    each(inherit.comments, &|cell, from| {
        // Our own words give way to an author's, not to silence.
        if !named || !from.comment.is_empty() {
            cell.comment.clone_from(&from.comment);
        }
    });
    each(inherit.links, &|cell, from| cell.links.clone_from(&from.links));
    each(inherit.metadata, &|cell, from| cell.metadata.clone_from(&from.metadata));
    each(inherit.coloring, &|cell, from| cell.color = from.color);
    each(inherit.states, &|cell, from| cell.enabled = from.enabled);
    if let Some(source) = from(inherit.filters) {
        layer.platforms.clone_from(&source.platforms);
    }
    if let Some(source) = from(inherit.legend) {
        layer.legend.clone_from(&source.legend);
    }
}
