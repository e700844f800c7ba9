//! `huntc` turns threat hunts into detections: Sigma, Splunk SPL, and KQL for Microsoft Sentinel and Defender XDR.
//!
//! Every emitted rule selects exactly the events that the hunt means, or the compiler says at the author's line what a target
//! cannot say. `ARCHITECTURE.md` is the crate's map; in short:
//!
//! ```text
//! text ──syntax──▶ ast::File ──check──▶ ir::Program ──backends──▶ query ──envelope──▶ files
//!                                            └──────eval──▶ runner (tests), search (logs)
//! ```
//!
//! [`compile`] strings the stages together: [`compile::load`] reads and checks hunts through a [`compile::Sources`], and
//! [`compile::build`] gives every rule in every target. Nothing below [`cli`] touches disk, environment or clock.
//!
//! ```
//! use huntc::compile::{self, ReadProblem, Request, Sources, TargetSetting};
//! use huntc::ir::event::Event;
//! use huntc::schema::Target;
//!
//! /// A workspace of one file in memory.
//! struct OneHunt;
//!
//! impl Sources for OneHunt {
//!     fn read(&self, _path: &str) -> Result<Vec<u8>, ReadProblem> {
//!         Ok(br"hunt recovery {
//!   hypothesis 'shadow copies are deleted before files are encrypted'
//!   detect shadow_copies_deleted on windows/process_creation {
//!     when CommandLine contains all ('delete', 'shadow')
//!   }
//! }"
//!         .to_vec())
//!     }
//!
//!     fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
//!         Err(ReadProblem::Missing)
//!     }
//! }
//!
//! let request = Request { roots: vec!["recovery.hunt".to_owned()], ..Request::default() };
//! let session = compile::load(&request, &OneHunt);
//! assert!(!session.has_errors(), "{:?}", session.diagnostics);
//!
//! let built = compile::build(&session, &[TargetSetting::new(Target::Splunk)], "19.0");
//! let compile::Outcome::Written(query) = &built.rules[0].targets[0].outcome else { panic!("refused") };
//! assert!(query.text.contains(r#"CommandLine="*delete*""#));
//! ```

pub mod attack;
pub mod backends;
pub mod check;
pub mod cli;
pub mod compile;
pub mod config;
pub mod coverage;
pub mod diag;
pub mod envelope;
pub mod eval;
pub mod fmt;
pub mod import;
pub mod indicator;
pub mod intel;
pub mod ir;
mod json;
pub mod layer;
pub mod lifecycle;
pub mod lint;
pub mod logs;
pub mod report;
pub mod runner;
pub mod schema;
pub mod search;
pub mod syntax;
pub mod targeting;
pub mod verify;

/// A crate of its own: what a model must disagree with, it cannot import.
pub use huntc_models as models;
