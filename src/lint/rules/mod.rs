//! One rule of review a file.

pub mod adds_nothing;
pub mod expression_as_text;
pub mod matches_everything;
pub mod never_holds;
pub mod no_index_term;
pub mod no_such_value;
pub mod unrestricted;
pub mod wildcard_as_text;
