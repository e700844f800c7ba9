//! What the fuzz targets run. `tests/suite/fuzz.rs` includes the same file, so that the same questions are asked without a fuzzer,
//! from `seeds.rs`.

pub mod readers;
