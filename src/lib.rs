//! `huntc` turns threat hunts into detections.

pub mod attack;
pub mod backends;
pub mod check;
pub mod cli;
pub mod compile;
pub mod config;
pub mod diag;
pub mod envelope;
pub mod eval;
pub mod fmt;
pub mod ir;
pub mod logs;
pub mod runner;
pub mod schema;
pub mod search;
pub mod syntax;
