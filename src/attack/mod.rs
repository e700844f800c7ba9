//! ATT&CK facts, embedded: what an id, a name or an alias means in one release, and what became of it in the next.
//!
//! A release's names are read when something first asks for one; what uses what is kept compressed and inflated then. The
//! data's licence and shape are in `data/README.md`.

mod describe;
mod detection;
mod diagnose;
mod facts;
mod resolve;
mod targets;

pub use describe::{Description, describe};
pub use detection::{DETECTION_RELEASE, DetectionSource, detection_sources};
pub use diagnose::{diagnose_actor, diagnose_campaign, diagnose_software, diagnose_technique};
pub use facts::{Facts, Object, ObjectKind, Tactic, Technique, Uses};
pub use resolve::{Candidate, Resolution};
pub use targets::{ALL_ADVERSARIES, Adversary, Place, Relation, Targets, targets};

use std::fmt;
use std::sync::OnceLock;

/// A release of ATT&CK Enterprise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    V18_1,
    #[default]
    V19_0,
}

impl Release {
    /// Oldest first.
    pub const ALL: &'static [Release] = &[Release::V18_1, Release::V19_0];

    /// As `huntc.yaml` and `--attack` write it.
    pub fn name(self) -> &'static str {
        match self {
            Release::V18_1 => "18.1",
            Release::V19_0 => "19.0",
        }
    }

    /// Reads `18.1`; `18` and `v19` also do, since each major release is embedded once.
    pub fn parse(text: &str) -> Option<Release> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        Release::ALL.iter().copied().find(|release| release.name() == text || release.name().split('.').next() == Some(text))
    }

    /// The release's facts; read on the first call.
    pub fn facts(self) -> &'static Facts {
        static V18_1: OnceLock<Facts> = OnceLock::new();
        static V19_0: OnceLock<Facts> = OnceLock::new();
        match self {
            Release::V18_1 => V18_1.get_or_init(|| {
                let names = include_str!("data/enterprise-18.1-names.tsv");
                Facts::read(self, names, include_bytes!("data/enterprise-18.1-uses.tsv.gz"))
            }),
            Release::V19_0 => V19_0.get_or_init(|| {
                let names = include_str!("data/enterprise-19.0-names.tsv");
                Facts::read(self, names, include_bytes!("data/enterprise-19.0-uses.tsv.gz"))
            }),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
