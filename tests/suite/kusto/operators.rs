//! Every operator, as it is emitted.
