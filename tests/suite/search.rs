//! Hunting over logs.
