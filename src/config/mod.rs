//! `huntc.yaml`.
