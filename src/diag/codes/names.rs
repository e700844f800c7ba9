//! Codes E02, names and types.

use super::Code;

pub const CODES: &[Code] = &[];
