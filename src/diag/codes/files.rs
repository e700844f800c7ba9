//! Codes E06, files and configuration.

use super::Code;

pub const CODES: &[Code] = &[];
