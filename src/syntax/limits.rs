//! How much the reader takes: bounds on memory, time and the depth of its own recursion.

/// Bytes of a file.
pub(super) const FILE_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a line outside of `"""prose"""`.
pub(super) const LINE_BYTES: usize = 1024 * 1024;
/// Words, values and symbols of a file.
pub(super) const FILE_TOKENS: usize = 2_000_000;
/// Words, values and symbols of a statement, without the blocks in it.
pub(super) const STATEMENT_TOKENS: usize = 200_000;
/// Parentheses, blocks, `not` and `approximate` within each other (`docs/language.md`, "Words and values").
pub(super) const DEPTH: usize = 64;
/// Errors reported for one file; what follows is more often noise than news.
pub(super) const DIAGNOSTICS: usize = 100;
/// Control characters reported for one file: it is then most likely not text.
pub(super) const CONTROL_CHARACTERS: usize = 5;
