//! `docs/support.md`: what each target can say, generated from what the backends answer.

/// The page as Markdown.
pub fn support_table() -> String {
    String::new()
}
