//! How two texts differ, for a reader: used where `--check` shows what a command would write.

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

/// Lines without a change that are shown around each that has one.
const CONTEXT_LINES: u32 = 2;

/// The difference in the unified format of GNU `diff`, without the lines that name the files.
pub(super) fn unified(old: &str, new: &str) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let mut layout = UnifiedDiffConfig::default();
    layout.context_len(CONTEXT_LINES);
    diff.unified_diff(&BasicLineDiffPrinter(&input.interner), layout, &input).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_with_their_neighbours() {
        let difference = unified("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n");
        assert_eq!(difference, "@@ -2,4 +2,4 @@\n b\n c\n-d\n+D\n e\n");
        assert_eq!(unified("a\n", "a\n"), "");
        assert_eq!(unified("", "a\n").lines().last(), Some("+a"));
    }
}
