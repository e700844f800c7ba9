//! ATT\&CK facts, embedded.
