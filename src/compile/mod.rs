//! The session: text in, every stage's value out. Files are read through [`Sources`]; nothing here touches a disk.

mod build;
mod decode;
mod example;
mod hunts;
mod load;
mod manifest;
mod parallel;
mod sets;
mod support;
mod sweeps;
mod verified;

pub use decode::{NotText, decode as decode_bytes};

/// Bytes of a hunt file as text.
///
/// # Errors
/// Where they are not UTF-8 text.
pub fn decode_text(bytes: Vec<u8>) -> Result<String, NotText> {
    decode_bytes(&bytes)
}

pub use build::{Build, BuiltRule, Outcome, RuleTarget, TargetSetting, build, build_verified, compile_rule, compile_swept};
pub use example::diagnose_example;
pub use hunts::{Answer, BlindSpot, Condition, Examined, Hunt, HuntResult, Indicators, NotExamined, StopConditions, hunts};
pub use load::{ReadProblem, Request, Session, Sources, load};
pub use sets::{SetFile, SweptFile, removed};
pub use support::support_table;
pub use verified::Verified;
