//! Emitted text, run by independent engines over the same events.
