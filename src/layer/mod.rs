//! ATT&CK Navigator layers: read from files, made of what uses techniques, calculated from one another by score expressions, and
//! written as JSON of format 4.5 and as a picture.

mod color;
mod combine;
mod expression;
mod gradient;
mod model;
mod read;
mod sources;
mod svg;
mod write;

pub use color::Color;
pub use combine::{Band, Combined, Inherit, MOST_SOURCES, Options, combine, single};
pub use expression::{Expression, Scope, Trouble, evaluate, letter};
pub use gradient::{Gradient, PRESETS, preset};
pub use model::{Aggregate, Cell, DOMAIN, Layer, Layout, LegendItem, Link, Metadata, Place, Sorting, places, platforms, tactic};
pub use read::read;
pub use sources::{Reach, Source, object_source, rules_source, techniques_of};
pub use svg::{Size, svg};
pub use write::{json, score_text};
