//! The reference evaluator: a direct reading of the language's semantics.
