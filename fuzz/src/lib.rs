//! What the fuzz targets run, and what they start from. `tests/suite/fuzz.rs` includes both files, so that the same questions
//! are asked without a fuzzer.

pub mod readers;
pub mod seeds;
