//! How each product stores each log source, from `data/mappings/<profile>.tsv`.

use std::collections::BTreeMap;
use std::fmt;

use super::{Decode, LogSourceId};

/// A product that rules are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Sigma,
    Splunk,
    Sentinel,
    Defender,
}

impl Target {
    pub const ALL: &'static [Target] = &[Target::Sigma, Target::Splunk, Target::Sentinel, Target::Defender];

    /// As the command line, `huntc.yaml` and the output folder write it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Sigma => "sigma",
            Target::Splunk => "splunk",
            Target::Sentinel => "sentinel",
            Target::Defender => "defender",
        }
    }

    /// As a sentence names the product.
    pub fn title(self) -> &'static str {
        match self {
            Target::Sigma => "Sigma",
            Target::Splunk => "Splunk",
            Target::Sentinel => "Microsoft Sentinel",
            Target::Defender => "Microsoft Defender XDR",
        }
    }

    pub fn parse(name: &str) -> Option<Target> {
        Target::ALL.iter().copied().find(|target| target.name() == name)
    }

    /// The profiles that this target has; the first is its default. Sigma has none.
    pub fn profiles(self) -> &'static [Profile] {
        match self {
            Target::Sigma => &[],
            Target::Splunk => &[Profile::SplunkWindows],
            Target::Sentinel => &[Profile::SentinelXdr],
            Target::Defender => &[Profile::DefenderXdr],
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How one product's data is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    SplunkWindows,
    SentinelXdr,
    DefenderXdr,
}

impl Profile {
    pub const ALL: &'static [Profile] = &[Profile::SplunkWindows, Profile::SentinelXdr, Profile::DefenderXdr];

    pub fn target(self) -> Target {
        match self {
            Profile::SplunkWindows => Target::Splunk,
            Profile::SentinelXdr => Target::Sentinel,
            Profile::DefenderXdr => Target::Defender,
        }
    }

    /// As `-t target:profile` and `huntc.yaml` write it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::SplunkWindows => "windows",
            Profile::SentinelXdr | Profile::DefenderXdr => "xdr",
        }
    }
}

/// How one log source is stored in one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub source: LogSourceId,
    pub profile: Profile,
    pub scope: Scope,
    pub fields: BTreeMap<String, FieldMapping>,
}

/// Where the rows of a log source lie, and which of them are its.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub place: Place,
    /// All must hold: a column has one of these values. For Splunk `EventCode` and the like.
    pub conditions: Vec<ScopeCondition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A Splunk macro of this name, defined as: one of these values of `source` (or of `sourcetype`).
    Macro { name: String, field: String, values: Vec<String> },
    /// A KQL table.
    Table(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeCondition {
    pub column: String,
    pub values: Vec<String>,
}

/// How one field is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMapping {
    pub decode: Decode,
    /// Every row of the log source has a value here (S7, "what is true of the empty string").
    pub always_present: bool,
    /// The product never stores an empty text here: empty means absent.
    pub never_stores_empty: bool,
    /// The column always holds a full native path, so the last component stands after a separator (S3.7); the result then
    /// assumes `full_path`.
    pub full_path: bool,
    /// A column that holds the last component of the path alone, if the product has one.
    pub file_name: Option<String>,
    /// Where the row comes from: a vendor page, or a file of facts.
    pub origin: String,
}

/// Why a log source is not to be had in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub reason: String,
}
