//! Coverage: techniques that an actor is known to use, held against rules whose tests pass, the blind spots that hunts state, and the
//! log sources that would show the rest.
//!
//! Rules are read from a manifest, so that a build of today and one of last month are measured by the same code.

mod measure;
mod picture;
mod rules;
mod sources;
mod write;

pub use measure::{
    BlindSpot, Change, Coverage, Model, Near, NeededSource, Reached, SourceOfTechnique, Status, TechniqueCoverage, changes,
    measure,
};
pub use picture::layer;
pub use rules::{Record, Snapshot, read_snapshot};
pub use sources::log_source;
pub use write::{json, markdown, percent_text, table};
