//! The parsers that read emitted queries back, apart from that of hunts: a query is read once for each rule that is verified,
//! so that these are compiled without optimisation, which keeps a clean build short.
//!
//! The grammars share nothing with each other or with `hunt.pest`: a model must be able to disagree with what it checks.

/// What the model of KQL knows of that language: `kql.pest`.
pub mod kql {
    /// Reads with one rule of the grammar.
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "../kql.pest"]
    pub struct KqlParser;
}

/// What the model of Splunk's search language knows of it: `spl.pest`.
pub mod spl {
    /// Reads with one rule of the grammar.
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "../spl.pest"]
    pub struct SplParser;
}
