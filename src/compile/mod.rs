//! The session: text in, every stage's value out.
