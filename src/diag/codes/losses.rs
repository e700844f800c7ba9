//! Codes L03, what a target cannot say.

use super::Code;

pub const CODES: &[Code] = &[];
