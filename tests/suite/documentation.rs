//! The examples of the documentation are true.
