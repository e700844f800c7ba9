//! Log sources and their typed fields, from `data/logsources.tsv` and `data/fields.tsv`.

use std::fmt;
use std::sync::Arc;

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
