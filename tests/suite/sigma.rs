//! Sigma: what is emitted, operator by operator.
