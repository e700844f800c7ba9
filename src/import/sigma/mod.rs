//! Sigma 2.1: rules, correlations and filters, one or several documents a file.
//!
//! <https://github.com/SigmaHQ/sigma-specification>. [`read`] turns a file into hunts, one for each rule, or for each correlation
//! with the rules that it names. What a document says wrong is reported at its place and leaves that document out alone.
//!
//! | a rule has | a hunt gets |
//! |---|---|
//! | a selection | a `pattern` of its name; the only one stands in the `when` itself |
//! | a condition | the `when` |
//! | a value with wildcards | `startswith`, `endswith`, `contains` or `like` |
//! | a list without fields | `anywhere contains` |
//! | a log source or field that the catalogue does not have | a `logsource` declaration |
//! | a placeholder | a `site list` |
//! | a correlation | a `correlate` over patterns |
//! | a filter | a `site` with an exception for each rule |

mod address;
mod condition;
mod correlation;
mod fields;
mod filter;
mod item;
mod metadata;
mod modifiers;
mod rule;
mod value;

use std::collections::BTreeMap;

use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::syntax::ast::{self, Clause, ClauseKind, TextStyle, TextValue};

pub use filter::{Filter, attach};

use super::yaml::{self, Node};

/// A Sigma file as hunts.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    pub tree: ast::File,
    /// Its detects, for filters to find.
    pub rules: Vec<RuleName>,
    pub filters: Vec<Filter>,
    /// By hunt: the status that the rule had, in Sigma's word.
    pub statuses: BTreeMap<String, String>,
    /// How many rules have an error and are left out.
    pub unread: usize,
    pub diagnostics: Vec<Diagnostic>,
}

/// What a rule is called in Sigma and in the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleName {
    pub id: Option<String>,
    /// Sigma's `name`, by which correlations call it.
    pub name: Option<String>,
    /// The name of the hunt's first item, and of the detect in it.
    pub hunt: String,
    pub rule: String,
    /// The log source, as the language names it.
    pub source: String,
}

/// The most diagnostics of one file.
const MOST_DIAGNOSTICS: usize = 200;

/// Whether a text on standard input is YAML and not a hunt: its first line that says something is `---` or a key.
pub fn looks_like_yaml(text: &str) -> bool {
    let first = text.lines().map(str::trim_end).find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    first.is_some_and(|line| {
        line == "---"
            || line.split_once(':').is_some_and(|(key, rest)| {
                !key.is_empty()
                    && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
                    && (rest.is_empty() || rest.starts_with(' '))
            })
    })
}

/// Reads a Sigma file.
///
/// It never panics and takes time in proportion to the text. Documents that hold an error are missing from the tree.
pub fn read(source: SourceId, text: &str, release: Release) -> Imported {
    let (documents, problem) = yaml::documents(source, text);
    let mut imported = rule::file(source, text, release, &documents);
    imported.diagnostics.extend(problem);
    imported.diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code));
    imported.diagnostics.truncate(MOST_DIAGNOSTICS);
    imported
}

fn clause(kind: ClauseKind, span: Span) -> Clause {
    Clause { kind, span }
}

fn field_ref(name: &str, span: Span) -> ast::FieldRef {
    ast::FieldRef { name: name.to_owned(), quoted: false, span }
}

fn text_value(text: &str) -> TextValue {
    TextValue { value: text.to_owned(), style: TextStyle::Literal }
}

fn sentence(text: &str) -> TextValue {
    let style = if text.contains('\n') { TextStyle::Prose } else { TextStyle::Escaped };
    TextValue { value: text.to_owned(), style }
}

/// What kind of document a mapping is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Rule,
    Correlation,
    Filter,
    /// Nothing of Sigma is in it.
    Other,
}

fn shape(document: &Node<'_>) -> Shape {
    if document.get("correlation").is_some() {
        Shape::Correlation
    } else if document.get("filter").is_some() {
        Shape::Filter
    } else if document.get("detection").is_some() || document.get("logsource").is_some() {
        Shape::Rule
    } else {
        Shape::Other
    }
}
