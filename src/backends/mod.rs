//! From the one IR to each product's query text: lower to a typed query tree, then print it.
//!
//! A backend never builds text from text: the trees' leaves hold characters and meaning, and one `escape` module per target
//! spells them. What a target cannot say is a [`Loss`]; nothing is ever left out in silence.

pub mod approximate;
pub mod kusto;
pub mod sigma;
pub mod splunk;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Span;
use crate::ir::{Assumption, EntityKind, IndicatorSet, Loss, Rule, Selection};
use crate::schema::{Layout, Target};

/// What a backend is given: one selection of one rule, and how the product stores its log source.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub rule: &'a Rule,
    pub selection: &'a Selection,
    /// `None` for Sigma, which speaks canonical fields.
    pub layout: Option<&'a Layout>,
}

/// A query in a product's language, and what is to be known of it.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The query alone, laid out for a reader, with a line feed at its end. For Sigma the whole YAML document.
    pub text: String,
    /// Texts that belong to the query and live in a place of their own: Splunk macros (the exceptions' and the scope's, name
    /// and definition), Sigma filters (file name and YAML).
    pub attachments: Vec<Attachment>,
    /// Each clause of the hunt beside the text that it became, for `show --explain`.
    pub clauses: Vec<ClauseText>,
    /// Parts that were left out or said less exactly. Empty for an exact query.
    pub losses: Vec<Loss>,
    pub assumes: BTreeSet<Assumption>,
    /// Columns of the result, in order.
    pub columns: Vec<String>,
    /// For each entity of the rule, the columns that hold it.
    pub entities: Vec<EntityColumns>,
    /// Columns of `suppress … by`.
    pub suppress_by: Vec<String>,
    /// The column of `risk … on`.
    pub risk_on: Option<String>,
    /// Sets of indicators that the product keeps beside the query: lookup files, watchlists.
    pub sets: Vec<Arc<IndicatorSet>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub kind: AttachmentKind,
    pub name: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A Splunk macro that says where a log source lives; the same for every rule on it.
    ScopeMacro,
    /// A Splunk macro with a rule's exceptions.
    FilterMacro,
    /// A Sigma filter document.
    SigmaFilter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseText {
    /// The author's clause; `None` for what the log source itself asks.
    pub span: Option<Span>,
    pub text: String,
    /// Whether the product's index can use it, and if not, why: `yes`, `no (leading wildcard)`.
    pub index: String,
    pub assumes: BTreeSet<Assumption>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityColumns {
    pub kind: EntityKind,
    /// What the column holds, in the product's own word for it (Sentinel: `FullName`, `HostName`, `NTDomain`), and its name.
    pub columns: Vec<(String, String)>,
}

/// A product's compiler. There are no defaults: each target answers for itself.
pub trait Backend: Sync {
    fn target(&self) -> Target;

    /// Compiles one selection.
    ///
    /// # Errors
    /// The complete list of what the target cannot say, in the order of the author's text; then nothing is written.
    fn compile(&self, request: Request<'_>) -> Result<Query, Vec<Loss>>;
}

/// Every target's backend.
pub const BACKENDS: &[&dyn Backend] = &[&sigma::Sigma, &splunk::Splunk, &kusto::Sentinel, &kusto::Defender];

pub fn backend(target: Target) -> &'static dyn Backend {
    match target {
        Target::Sigma => &sigma::Sigma,
        Target::Splunk => &splunk::Splunk,
        Target::Sentinel => &kusto::Sentinel,
        Target::Defender => &kusto::Defender,
    }
}
