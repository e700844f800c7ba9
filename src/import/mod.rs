//! Other people's rules as hunts: what they say becomes the same tree that a hunt file is read to, with places in their text.
//!
//! [`sigma::read`] takes the text of a Sigma file. From there on a rule goes the way of a hunt: it is checked, lowered, compiled
//! and searched with. What only Sigma has (a log source that nobody lists, a field that no event of a log source carries, a
//! number in quotes) is settled here, so that the tree reads as a person would have written it.

pub mod sigma;
mod yaml;
