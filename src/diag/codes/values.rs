//! Codes E04, values.

use super::Code;

pub const CODES: &[Code] = &[];
