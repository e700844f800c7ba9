//! What other converters get wrong.
