//! Every test that is not a unit test, in one binary: linking one is quicker than linking twenty.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail loudly, its helpers too

mod attack;
mod catalogue;
mod code_pages;
mod codes;
mod commands;
mod corpus;
mod decoding;
mod diagnostics;
mod documentation;
mod envelopes;
mod evaluator;
mod formatting;
mod generate;
mod kusto;
mod layers;
mod lints;
mod models;
mod oracles;
mod probes;
mod published_rows;
mod readme;
mod rows;
mod scale;
mod search;
pub mod shared;
mod sigma;
mod sigma_in;
mod sigma_model;
mod splunk;
mod splunk_differential;
mod splunk_model;
mod support;
mod syntax;
mod test_blocks;
mod witnesses;
mod workspace;
