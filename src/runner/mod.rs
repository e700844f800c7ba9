//! Runs `test` blocks.
