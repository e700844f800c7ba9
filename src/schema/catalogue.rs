//! Log sources and their typed fields, from `data/logsources.tsv` and `data/fields.tsv`.
//!
//! Nothing is parsed before it is asked for, and of `fields.tsv` only the rows of the log source in question.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::table;
use crate::diag::nearest as nearest_word;

pub(super) const LOG_SOURCES: &str = include_str!("data/logsources.tsv");
pub(super) const FIELDS: &str = include_str!("data/fields.tsv");

/// `windows/process_creation`, `azure/signinlogs`, `proxy`: how the language names a log source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogSourceId(pub Arc<str>);

impl fmt::Display for LogSourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One log source of the catalogue, or one that a hunt file declared.
#[derive(Clone, Debug)]
pub struct LogSource {
    pub id: LogSourceId,
    pub product: Option<String>,
    pub category: Option<String>,
    pub service: Option<String>,
    pub title: String,
    /// What separates the components of a path here: `\` and `/` on Windows, `/` elsewhere (S3.7).
    pub separators: &'static [char],
    pub fields: Vec<Field>,
}

impl LogSource {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.name == name)
    }

    /// The field whose name is nearest to what was written, where one is near enough to be meant.
    pub fn nearest_field(&self, written: &str) -> Option<&str> {
        nearest_word(written, self.fields.iter().map(|field| &*field.name))
    }
}

/// One row of `logsources.tsv`, before its fields are read.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub id: &'static str,
    pub product: Option<&'static str>,
    pub category: Option<&'static str>,
    pub service: Option<&'static str>,
    pub separators: &'static [char],
    /// Names of sets of log sources, each with its `@`, separated by commas.
    pub groups: &'static str,
    pub title: &'static str,
    /// How an event of the log source is known by its content, if it is; see [`super::recognise`].
    pub recognise: Option<&'static str>,
}

impl Row {
    /// Whether a `sources` cell, a comma list of ids and groups, names this log source.
    pub fn is_named_by(&self, sources: &str) -> bool {
        sources.split(',').any(|name| self.is_named(name))
    }

    /// Whether an id or a group is this log source's.
    fn is_named(&self, name: &str) -> bool {
        name == self.id || (name.starts_with('@') && self.groups.split(',').any(|group| group == name))
    }
}

/// A `sources` cell taken apart once, for tables of which every row is asked about many log sources.
#[derive(Clone, Debug)]
pub(super) struct Sources(Vec<&'static str>);

impl Sources {
    pub fn of(cell: &'static str) -> Sources {
        Sources(cell.split(',').collect())
    }

    pub fn name(&self, row: &Row) -> bool {
        self.0.iter().any(|name| row.is_named(name))
    }
}

/// Every log source of the catalogue, by id.
pub fn all() -> impl Iterator<Item = Row> {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| table::rows::<9>(LOG_SOURCES).map(row_of).collect());
    ROWS.iter().copied()
}

/// The row of one log source.
pub(super) fn row(id: &str) -> Option<Row> {
    static SECTIONS: LazyLock<Vec<table::Section>> = LazyLock::new(|| table::sections(LOG_SOURCES));
    let section = SECTIONS.iter().find(|section| section.sources == id)?;
    section.lines().find_map(table::cells::<9>).map(row_of)
}

fn row_of([id, product, category, service, separators, groups, title, recognise, _source]: [&'static str; 9]) -> Row {
    Row {
        id,
        product: given(product),
        category: given(category),
        service: given(service),
        separators: if separators == "windows" { &['\\', '/'] } else { &['/'] },
        groups,
        title,
        recognise: given(recognise),
    }
}

/// One log source with its fields, as the language names it: `windows/process_creation`.
pub fn find(id: &str) -> Option<Arc<LogSource>> {
    static READ: LazyLock<Mutex<BTreeMap<String, Arc<LogSource>>>> = LazyLock::new(Mutex::default);
    // What the lock holds is complete at every moment, so a panic elsewhere cannot have spoilt it.
    if let Some(found) = READ.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
        return Some(Arc::clone(found));
    }
    let row = row(id)?;
    static SECTIONS: LazyLock<Vec<(Sources, table::Section)>> =
        LazyLock::new(|| table::sections(FIELDS).into_iter().map(|section| (Sources::of(section.sources), section)).collect());
    let of_source = SECTIONS.iter().filter(|(sources, _)| sources.name(&row));
    let fields = of_source
        .flat_map(|(_, section)| section.lines())
        .filter_map(table::cells::<4>)
        .filter_map(|[_, name, kind, _]| Some(Field { name: Arc::from(name), kind: FieldType::parse(kind)? }))
        .collect();
    let source = Arc::new(LogSource {
        id: LogSourceId(Arc::from(row.id)),
        product: row.product.map(str::to_owned),
        category: row.category.map(str::to_owned),
        service: row.service.map(str::to_owned),
        title: row.title.to_owned(),
        separators: row.separators,
        fields,
    });
    READ.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Arc::clone(&source));
    Some(source)
}

/// The log source that Sigma's three words name: each word that is given must be the catalogue's, and each word that the
/// catalogue has must be given.
pub fn find_by_words(product: Option<&str>, category: Option<&str>, service: Option<&str>) -> Option<Arc<LogSource>> {
    let row = all().find(|row| row.product == product && row.category == category && row.service == service)?;
    find(row.id)
}

/// The log source whose id is nearest to what was written, where one is near enough to be meant.
pub fn nearest(written: &str) -> Option<&'static str> {
    let ids: Vec<&'static str> = all().map(|row| row.id).collect();
    nearest_word(written, ids.iter().copied()).and_then(|word| ids.into_iter().find(|id| *id == word)).or_else(|| {
        // `sysmon/process_creation`, `process_creation`: the category or service alone is right.
        let last = written.rsplit('/').next()?;
        all().find(|row| row.category == Some(last) || row.service == Some(last)).map(|row| row.id)
    })
}

fn given(cell: &'static str) -> Option<&'static str> {
    (cell != "-").then_some(cell)
}

/// A field of a log source, under its canonical (Sigma's) name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    pub name: Arc<str>,
    pub kind: FieldType,
}

/// The type of a field: a scalar, or a list of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldType {
    pub scalar: ScalarType,
    pub list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScalarType {
    String,
    Integer,
    Float,
    Boolean,
    Ip,
    /// A string with the operator `named`.
    Path,
    /// A hash of one algorithm, upper or lower case.
    Hash(HashAlgorithm),
    Time,
    /// An integer that records write as `0x3e7`, or in decimal.
    HexInteger,
    Object,
}

impl ScalarType {
    /// Whether records hold it as a text.
    pub fn is_text(self) -> bool {
        match self {
            ScalarType::String | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Ip | ScalarType::Time => true,
            ScalarType::Integer | ScalarType::Float | ScalarType::Boolean | ScalarType::HexInteger | ScalarType::Object => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    Md5,
    Sha1,
    Sha256,
    Imphash,
}

impl HashAlgorithm {
    pub const ALL: &'static [HashAlgorithm] =
        &[HashAlgorithm::Md5, HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Imphash];

    /// As a field of the language: `sha256`.
    pub fn field_name(self) -> &'static str {
        match self {
            HashAlgorithm::Md5 => "md5",
            HashAlgorithm::Sha1 => "sha1",
            HashAlgorithm::Sha256 => "sha256",
            HashAlgorithm::Imphash => "imphash",
        }
    }

    /// As Sysmon writes it in `Hashes`: `SHA256=…`.
    pub fn sysmon_name(self) -> &'static str {
        match self {
            HashAlgorithm::Md5 => "MD5",
            HashAlgorithm::Sha1 => "SHA1",
            HashAlgorithm::Sha256 => "SHA256",
            HashAlgorithm::Imphash => "IMPHASH",
        }
    }

    /// Hexadecimal digits of one value.
    pub fn digits(self) -> usize {
        match self {
            HashAlgorithm::Md5 | HashAlgorithm::Imphash => 32,
            HashAlgorithm::Sha1 => 40,
            HashAlgorithm::Sha256 => 64,
        }
    }
}

impl FieldType {
    pub const fn scalar(scalar: ScalarType) -> Self {
        FieldType { scalar, list: false }
    }

    /// Reads `string`, `list of ip`, `hex integer`, `hash sha256`.
    pub fn parse(text: &str) -> Option<Self> {
        let (list, word) = match text.strip_prefix("list of ") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let scalar = match word {
            "string" => ScalarType::String,
            "integer" => ScalarType::Integer,
            "float" => ScalarType::Float,
            "boolean" => ScalarType::Boolean,
            "ip" => ScalarType::Ip,
            "path" => ScalarType::Path,
            "time" => ScalarType::Time,
            "hex integer" => ScalarType::HexInteger,
            "object" => ScalarType::Object,
            _ => {
                let algorithm = word.strip_prefix("hash ")?;
                ScalarType::Hash(*HashAlgorithm::ALL.iter().find(|known| known.field_name() == algorithm)?)
            }
        };
        Some(FieldType { scalar, list })
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list {
            formatter.write_str("list of ")?;
        }
        match self.scalar {
            ScalarType::String => formatter.write_str("string"),
            ScalarType::Integer => formatter.write_str("integer"),
            ScalarType::Float => formatter.write_str("float"),
            ScalarType::Boolean => formatter.write_str("boolean"),
            ScalarType::Ip => formatter.write_str("ip"),
            ScalarType::Path => formatter.write_str("path"),
            ScalarType::Time => formatter.write_str("time"),
            ScalarType::HexInteger => formatter.write_str("hex integer"),
            ScalarType::Object => formatter.write_str("object"),
            ScalarType::Hash(algorithm) => write!(formatter, "hash {}", algorithm.field_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_source_is_found_by_id_and_by_words() {
        let source = find("windows/process_creation").expect("in the catalogue");
        assert_eq!(source.field("Image").map(|field| field.kind), Some(FieldType::scalar(ScalarType::Path)));
        assert_eq!(source.field("LogonId").map(|field| field.kind), Some(FieldType::scalar(ScalarType::HexInteger)));
        assert_eq!(
            source.field("sha256").map(|field| field.kind),
            Some(FieldType::scalar(ScalarType::Hash(HashAlgorithm::Sha256)))
        );
        assert_eq!(source.separators, ['\\', '/']);
        assert_eq!(
            find_by_words(Some("windows"), Some("process_creation"), None).map(|found| found.id.clone()),
            Some(source.id.clone())
        );
        assert_eq!(find_by_words(None, Some("proxy"), None).map(|found| found.id.to_string()).as_deref(), Some("proxy"));
        assert!(find_by_words(None, Some("process_creation"), None).is_none(), "two products have it");
        assert!(find("windows/nothing").is_none());
    }

    #[test]
    fn a_slip_gets_a_suggestion() {
        assert_eq!(nearest("windows/proces_creation"), Some("windows/process_creation"));
        assert_eq!(nearest("sysmon/registry_set"), Some("windows/registry_set"));
        assert_eq!(nearest("acme/nothing_like_it"), None);
        let source = find("windows/process_creation").expect("in the catalogue");
        assert_eq!(source.nearest_field("Comandline"), Some("CommandLine"));
    }
}
