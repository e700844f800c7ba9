//! SPL: what is emitted, operator by operator.
