//! The session: text in, every stage's value out. Files are read through [`Sources`]; nothing here touches a disk.

mod build;
mod load;
mod support;

pub use build::{Build, BuiltRule, Outcome, RuleTarget, TargetSetting, build, compile_rule};
pub use load::{ReadProblem, Request, Session, Sources, load};
pub use support::support_table;
