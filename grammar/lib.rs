//! The parsers of what people write, made by pest, and nothing else: a crate of its own, because it is much generated code
//! that changes seldom. It is compiled once, beside other crates, and not again with each change of the compiler.

/// The language of hunts: `hunt.pest`.
pub mod hunt {
    /// Reads with one rule of the grammar.
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "hunt.pest"]
    pub struct HuntParser;
}

/// The score expressions of ATT&CK Navigator layers: `score.pest`.
pub mod score {
    /// Reads with one rule of the grammar.
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "score.pest"]
    pub struct ScoreParser;
}

/// STIX patterns: `stix.pest`.
pub mod stix {
    /// Reads with one rule of the grammar.
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "stix.pest"]
    pub struct StixParser;
}
