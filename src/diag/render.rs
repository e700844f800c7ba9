//! Diagnostics as text with carets, JSON lines, SARIF and GitHub annotations.
