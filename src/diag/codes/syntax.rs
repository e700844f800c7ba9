//! Codes E01, syntax: what the reader could not read.

use super::Code;

pub const CODES: &[Code] = &[];
