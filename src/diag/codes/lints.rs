//! Codes W, lints.

use super::Code;

pub const CODES: &[Code] = &[];
