//! How each product stores each log source, from `data/mappings/<profile>.tsv`.

//!
//! A row is `sources kind name value facts origin`. `sources` is a comma list of log sources and @groups; kind is `scope` (where
//! the log source lives), `when` (a column has one of these values in every row of it), `field` (how a field is stored) or
//! `absent` (the product does not keep the log source).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::{Decode, LogSourceId, catalogue, table};

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
            Target::Sentinel => &[Profile::SentinelXdr, Profile::SentinelWindows],
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
    SentinelWindows,
    DefenderXdr,
}

impl Profile {
    pub const ALL: &'static [Profile] =
        &[Profile::SplunkWindows, Profile::SentinelXdr, Profile::SentinelWindows, Profile::DefenderXdr];

    pub fn target(self) -> Target {
        match self {
            Profile::SplunkWindows => Target::Splunk,
            Profile::SentinelXdr | Profile::SentinelWindows => Target::Sentinel,
            Profile::DefenderXdr => Target::Defender,
        }
    }

    /// As `-t target:profile` and `huntc.yaml` write it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::SplunkWindows | Profile::SentinelWindows => "windows",
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

impl Layout {
    /// Whether the rows are in two renderings, of which the classic one lacks fields (Splunk).
    pub fn has_classic_rendering(&self) -> bool {
        self.fields.values().any(|mapping| mapping.xml_only)
    }

    /// The layout of a site that collects XML alone: its macro covers no classic events, so that nothing is judged without a
    /// field that the XML holds.
    pub fn leave_classic_rendering(&mut self) {
        if let Place::Macro { values, .. } = &mut self.scope.place
            && values.iter().any(|value| !is_classic(value))
        {
            values.retain(|value| !is_classic(value));
        }
        for mapping in self.fields.values_mut() {
            mapping.xml_only = false;
        }
    }
}

/// Whether events of a Splunk source are text and not XML: `WinEventLog:Security` beside `XmlWinEventLog:Security` (props.conf of
/// the Splunk Add-on for Microsoft Windows, since 5.0).
fn is_classic(source: &str) -> bool {
    source.starts_with("WinEventLog:")
}

/// Where the rows of a log source lie, and which of them are its.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub place: Place,
    /// All must hold. For Splunk `EventCode` and the like.
    pub conditions: Vec<ScopeCondition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A Splunk macro of this name, defined as: one of these values of `source` (or of `sourcetype`).
    Macro { name: String, field: String, values: Vec<String> },
    /// A KQL table.
    Table(String),
}

/// A test of one column that a log source's rows pass and other rows of the place do not. Letters A–Z ignore case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeCondition {
    pub column: String,
    pub operator: ScopeOperator,
    pub values: Vec<String>,
}

/// The kind of a mapping row that gives a [`ScopeCondition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeOperator {
    /// `when`: the column has one of the values.
    IsOneOf,
    /// `when_startswith`: the column starts with one of the values (the paths of Unix devices in a table of all platforms).
    StartsWith,
    /// `unless_startswith`: the column is empty, or starts with none of the values.
    DoesNotStartWith,
    /// `when_contains`: the column holds one of the values inside (a part of an event's XML).
    Contains,
    /// `when_present`: the column is not empty; there are no values (web requests among the records of every CEF device).
    IsPresent,
}

impl ScopeOperator {
    /// The operator that a mapping row's kind names.
    pub(super) fn of_kind(kind: &str) -> Option<ScopeOperator> {
        match kind {
            "when" => Some(ScopeOperator::IsOneOf),
            "when_startswith" => Some(ScopeOperator::StartsWith),
            "unless_startswith" => Some(ScopeOperator::DoesNotStartWith),
            "when_contains" => Some(ScopeOperator::Contains),
            "when_present" => Some(ScopeOperator::IsPresent),
            _ => None,
        }
    }
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
    /// Splunk: only events in the XML rendering have it; in the classic rendering it is absent, or its text differs.
    pub xml_only: bool,
    /// Splunk: holds SIDs or GUIDs, which the forwarder may have been told to replace by names.
    pub raw_identifiers: bool,
    /// Where the row comes from: a vendor page, or a file of facts.
    pub origin: String,
}

/// Why a log source is not to be had in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub reason: String,
}

impl Profile {
    /// The profile's tables of mappings: what only it says, and what it shares with the other profiles of its product.
    pub(super) fn tables(self) -> &'static [&'static str] {
        const SENTINEL: &str = include_str!("data/mappings/sentinel.tsv");
        match self {
            Profile::SplunkWindows => &[include_str!("data/mappings/splunk_windows.tsv")],
            Profile::SentinelXdr => &[include_str!("data/mappings/sentinel_xdr.tsv"), SENTINEL],
            Profile::SentinelWindows => &[include_str!("data/mappings/sentinel_windows.tsv"), SENTINEL],
            Profile::DefenderXdr => &[include_str!("data/mappings/defender_xdr.tsv")],
        }
    }
}

impl Place {
    /// The table of columns that the place's names come from: the table, or the macro.
    pub fn columns(&self) -> &str {
        match self {
            Place::Macro { name, .. } | Place::Table(name) => name,
        }
    }
}

/// How a profile stores a log source, read when it is first asked for.
///
/// # Errors
/// Why the profile does not keep the log source.
pub fn layout(profile: Profile, source: &LogSourceId) -> Result<Arc<Layout>, Absence> {
    type Layouts = BTreeMap<(Profile, LogSourceId), Result<Arc<Layout>, Absence>>;
    static READ: LazyLock<Mutex<Layouts>> = LazyLock::new(Mutex::default);
    let key = (profile, source.clone());
    // What the lock holds is complete at every moment, so a panic elsewhere cannot have spoilt it.
    if let Some(found) = READ.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return found.clone();
    }
    let read = read(profile, source).map(Arc::new);
    READ.lock().unwrap_or_else(PoisonError::into_inner).insert(key, read.clone());
    read
}

fn read(profile: Profile, source: &LogSourceId) -> Result<Layout, Absence> {
    let absence = |reason: String| Absence { reason };
    let row = catalogue::row(&source.0)
        .ok_or_else(|| absence(format!("no profile knows how `{source}` is stored; it is not in the catalogue")))?;
    let (mut place, mut conditions, mut fields) = (None, Vec::new(), BTreeMap::new());
    let words = |list: &str| list.split('|').map(str::to_owned).collect::<Vec<String>>();
    let lines = profile.tables().iter().flat_map(|text| table::of(text, |sources| row.is_named_by(sources)));
    for [_, kind, name, value, facts, origin] in lines.filter_map(table::cells::<6>) {
        match kind {
            "absent" => return Err(absence(value.to_owned())),
            "scope" => place = place_of(name, value),
            "field" => {
                // A row that does not parse is found by a test over every row; here the field is then as if unknown.
                if let Ok(mapping) = field_of(value, facts, origin) {
                    fields.insert(name.to_owned(), mapping);
                }
            }
            kind => {
                if let Some(operator) = ScopeOperator::of_kind(kind) {
                    let values = if operator == ScopeOperator::IsPresent { Vec::new() } else { words(value) };
                    conditions.push(ScopeCondition { column: name.to_owned(), operator, values });
                }
            }
        }
    }
    let place =
        place.ok_or_else(|| absence(format!("no way is known in which {} stores `{source}`", profile.target().title())))?;
    Ok(Layout { source: source.clone(), profile, scope: Scope { place, conditions }, fields })
}

/// `macro`: `sysmon source=A|B`; `table`: a table's name.
fn place_of(name: &str, value: &str) -> Option<Place> {
    if name == "table" {
        return Some(Place::Table(value.to_owned()));
    }
    let (name, definition) = value.split_once(' ')?;
    let (field, values) = definition.split_once('=')?;
    Some(Place::Macro { name: name.to_owned(), field: field.to_owned(), values: values.split('|').map(str::to_owned).collect() })
}

/// Reads the value and the facts of a `field` row.
pub(super) fn field_of(value: &str, facts: &str, origin: &str) -> Result<FieldMapping, String> {
    let mut mapping = FieldMapping {
        decode: Decode::parse(value)?,
        always_present: false,
        never_stores_empty: false,
        full_path: false,
        file_name: None,
        xml_only: false,
        raw_identifiers: false,
        origin: origin.to_owned(),
    };
    for fact in facts.split(',').filter(|fact| *fact != "-") {
        match fact.split_once('=') {
            None if fact == "always_present" => mapping.always_present = true,
            None if fact == "never_stores_empty" => mapping.never_stores_empty = true,
            None if fact == "full_path" => mapping.full_path = true,
            None if fact == "xml_only" => mapping.xml_only = true,
            None if fact == "raw_identifiers" => mapping.raw_identifiers = true,
            Some(("file_name", column)) if !column.is_empty() => mapping.file_name = Some(column.to_owned()),
            _ => return Err(format!("`{fact}` is not a fact of a field")),
        }
    }
    Ok(mapping)
}
