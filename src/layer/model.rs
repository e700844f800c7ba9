//! A layer as typed values: format 4.5 (`layers/spec/v4.5/layerformat.md` in mitre-attack/attack-navigator), for ATT&CK Enterprise.

use std::collections::BTreeMap;

use super::color::Color;
use super::gradient::Gradient;
use crate::attack::{Facts, Release, Tactic, Technique};

/// The one domain whose facts are built in.
pub const DOMAIN: &str = "enterprise-attack";

/// A layer for one release of ATT&CK. Its cells name live techniques and tactics of that release.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub name: String,
    pub release: Release,
    pub description: String,
    /// The platforms whose techniques are shown.
    pub platforms: Vec<String>,
    pub sorting: Sorting,
    pub layout: Layout,
    pub hide_disabled: bool,
    pub cells: BTreeMap<Place, Cell>,
    pub gradient: Gradient,
    pub legend: Vec<LegendItem>,
    pub metadata: Vec<Metadata>,
    pub links: Vec<Link>,
    pub show_tactic_row_background: bool,
    pub tactic_row_background: Color,
    pub select_techniques_across_tactics: bool,
    pub select_subtechniques_with_parent: bool,
    pub select_visible_techniques: bool,
}

/// A technique below one of its tactics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// `T1210`.
    pub technique: &'static str,
    /// The tactic's place in the matrix, from 0.
    pub tactic: usize,
}

/// What a layer says of a technique below a tactic.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub score: Option<f64>,
    /// A colour that was given by hand: it wins over the score's.
    pub color: Option<Color>,
    pub comment: String,
    pub enabled: bool,
    pub metadata: Vec<Metadata>,
    pub links: Vec<Link>,
    pub show_subtechniques: bool,
}

impl Default for Cell {
    fn default() -> Self {
        Cell {
            score: None,
            color: None,
            comment: String::new(),
            enabled: true,
            metadata: Vec::new(),
            links: Vec::new(),
            show_subtechniques: false,
        }
    }
}

impl Cell {
    /// Whether anything is said: the Navigator writes no other cells.
    pub fn is_modified(&self) -> bool {
        *self != Cell::default()
    }

    /// The same without regard to whether sub-techniques are shown.
    pub fn is_annotated(&self) -> bool {
        Cell { show_subtechniques: false, ..self.clone() }.is_modified()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegendItem {
    pub label: String,
    pub color: Color,
}

/// A name with a value, or a line between such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metadata {
    Pair { name: String, value: String },
    Divider,
}

/// A label with an address, or a line between such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    To { label: String, url: String },
    Divider,
}

/// How the techniques of a column are ordered. The numbers are the format's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sorting {
    #[default]
    Name,
    NameBackwards,
    Score,
    ScoreBackwards,
}

impl Sorting {
    pub const ALL: &'static [Sorting] = &[Sorting::Name, Sorting::NameBackwards, Sorting::Score, Sorting::ScoreBackwards];

    pub fn number(self) -> u8 {
        self as u8
    }
}

/// How the matrix is laid out. Words are the format's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// One of [`Layout::LAYOUTS`].
    pub layout: &'static str,
    pub aggregate: Aggregate,
    pub show_id: bool,
    pub show_name: bool,
    pub show_aggregate_scores: bool,
    pub count_unscored: bool,
    /// One of [`Layout::EXPANDED`].
    pub expanded_subtechniques: &'static str,
}

impl Layout {
    pub const LAYOUTS: &'static [&'static str] = &["side", "flat", "mini"];
    pub const EXPANDED: &'static [&'static str] = &["none", "annotated", "all"];
}

impl Default for Layout {
    fn default() -> Self {
        Layout {
            layout: "side",
            aggregate: Aggregate::Average,
            show_id: false,
            show_name: true,
            show_aggregate_scores: false,
            count_unscored: false,
            expanded_subtechniques: "none",
        }
    }
}

/// What a technique's score and those of its sub-techniques come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Average,
    Least,
    Most,
    Sum,
}

impl Aggregate {
    pub const ALL: &'static [Aggregate] = &[Aggregate::Average, Aggregate::Least, Aggregate::Most, Aggregate::Sum];

    /// The format's word.
    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Average => "average",
            Aggregate::Least => "min",
            Aggregate::Most => "max",
            Aggregate::Sum => "sum",
        }
    }
}

impl Layer {
    /// A layer that says nothing, with every platform of the release.
    pub fn new(name: impl Into<String>, release: Release) -> Layer {
        Layer {
            name: name.into(),
            release,
            description: String::new(),
            platforms: platforms(release.facts()),
            sorting: Sorting::default(),
            layout: Layout::default(),
            hide_disabled: false,
            cells: BTreeMap::new(),
            gradient: Gradient::default(),
            legend: Vec::new(),
            metadata: Vec::new(),
            links: Vec::new(),
            show_tactic_row_background: false,
            tactic_row_background: Color { red: 0xdd, green: 0xdd, blue: 0xdd, alpha: 255 },
            select_techniques_across_tactics: true,
            select_subtechniques_with_parent: false,
            select_visible_techniques: false,
        }
    }

    /// The techniques that are annotated, each once.
    pub fn techniques(&self) -> usize {
        let mut ids: Vec<&str> = self.cells.keys().map(|place| place.technique).collect();
        ids.dedup();
        ids.len()
    }

    /// What a technique below a tactic is filled with: its own colour, else the one of its score.
    pub fn fill(&self, cell: &Cell) -> Option<Color> {
        if !cell.enabled {
            return Some(Color::WHITE);
        }
        cell.color.or_else(|| cell.score.and_then(|score| self.gradient.color(score)))
    }
}

/// The places of a technique: one below each of its tactics.
pub fn places<'f>(facts: &'f Facts, technique: &'f Technique) -> impl Iterator<Item = Place> + 'f {
    technique.tactics.iter().filter_map(|tactic| {
        let index = facts.tactics().iter().position(|known| known.id == tactic.id)?;
        Some(Place { technique: technique.id, tactic: index })
    })
}

/// The tactic of a place.
pub fn tactic(facts: &Facts, place: Place) -> Option<Tactic> {
    facts.tactics().get(place.tactic).copied()
}

/// Every platform of a release's techniques, in the order in which the Navigator writes them.
pub fn platforms(facts: &Facts) -> Vec<String> {
    let all: std::collections::BTreeSet<&str> = facts.techniques().flat_map(|technique| technique.platforms).collect();
    all.into_iter().map(str::to_owned).collect()
}
