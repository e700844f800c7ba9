//! Codes E05, correlations.

use super::Code;

pub const CODES: &[Code] = &[];
