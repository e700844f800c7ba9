//! The probes of matching semantics.
