//! Codes E03, ATT&CK.

use super::Code;

pub const CODES: &[Code] = &[];
