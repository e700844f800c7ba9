//! What each construct means.
