//! A Sigma rule as a tree (specification 2.1): leaves hold characters and meaning, never YAML or escaped text.

use crate::ir::pattern::Piece;
use crate::ir::regex::RegexNode;
use crate::ir::{IpBlock, Number};

/// A rule document. Fields stand in the order in which Sigma authors write them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub title: String,
    pub id: String,
    pub status: &'static str,
    pub description: String,
    pub references: Vec<String>,
    pub author: Option<String>,
    pub date: Option<String>,
    pub modified: Option<String>,
    pub tags: Vec<String>,
    pub log_source: LogSource,
    pub detection: Detection,
    pub fields: Vec<String>,
    pub false_positives: Vec<String>,
    pub level: &'static str,
}

/// A filter document: what of a rule's events is not reported (filter specification 2.0).
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub title: String,
    pub id: String,
    pub description: String,
    pub log_source: LogSource,
    /// Ids of the rules that it applies to.
    pub rules: Vec<String>,
    pub detection: Detection,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogSource {
    pub category: Option<String>,
    pub product: Option<String>,
    pub service: Option<String>,
}

/// Search identifiers and the condition that joins them.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    pub searches: Vec<(String, Search)>,
    pub condition: Expression,
}

/// What one search identifier holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// Every item holds. Keys differ.
    Map(Vec<Item>),
    /// One of the maps holds.
    Maps(Vec<Vec<Item>>),
    /// One of the texts occurs in some field's value.
    Keywords(Vec<Value>),
}

/// `Field|modifier: values`. Several values: one of them, or with [`Modifier::All`] each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub field: String,
    pub modifiers: Vec<Modifier>,
    /// Never empty.
    pub values: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    Contains,
    StartsWith,
    EndsWith,
    All,
    Cased,
    Regex,
    IgnoreCase,
    MultiLine,
    DotAll,
    Cidr,
    LessThan,
    LessOrEqual,
    GreaterThan,
    GreaterOrEqual,
    FieldReference,
}

impl Modifier {
    pub fn name(self) -> &'static str {
        match self {
            Modifier::Contains => "contains",
            Modifier::StartsWith => "startswith",
            Modifier::EndsWith => "endswith",
            Modifier::All => "all",
            Modifier::Cased => "cased",
            Modifier::Regex => "re",
            Modifier::IgnoreCase => "i",
            Modifier::MultiLine => "m",
            Modifier::DotAll => "s",
            Modifier::Cidr => "cidr",
            Modifier::LessThan => "lt",
            Modifier::LessOrEqual => "lte",
            Modifier::GreaterThan => "gt",
            Modifier::GreaterOrEqual => "gte",
            Modifier::FieldReference => "fieldref",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text with wildcards; no piece at all is the empty text.
    Pattern(Vec<Piece>),
    /// Only the metacharacters that the specification lists.
    Regex(RegexNode),
    Number(Number),
    /// No value: absent and null alike.
    Null,
    Block(IpBlock),
    /// The name of another field.
    Field(String),
}

impl Value {
    /// A text without wildcards.
    pub fn text(text: &str) -> Value {
        Value::Pattern(if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text.to_owned())] })
    }
}

/// The condition: identifiers joined.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Name(String),
    /// `1 of prefix*`; the prefix without its star.
    OneOf(String),
    /// `all of prefix*`; the prefix without its star.
    AllOf(String),
    Not(Box<Expression>),
    /// At least two.
    And(Vec<Expression>),
    /// At least two.
    Or(Vec<Expression>),
}
