//! What the compiler knows of data: log sources, their typed fields, and how each product stores them.
//!
//! Facts live in TSV files under `data/`, one a line, each with its source; this module reads them. A fact is looked up when
//! it is asked for: starting the program parses nothing.

pub mod catalogue;
pub mod columns;
pub mod decode;
pub mod indicators;
pub mod mapping;
pub mod recognise;
mod table;

pub use catalogue::{Field, FieldType, HashAlgorithm, LogSource, LogSourceId, ScalarType};
pub use decode::Decode;
pub use mapping::{FieldMapping, Layout, Profile, Target};
