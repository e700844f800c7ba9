//! How two texts differ, for a reader: used where `--check` shows what a command would write.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

/// Lines without a change that are shown around each that has one.
const CONTEXT_LINES: usize = 2;

/// The difference in the unified format of GNU `diff`, without the lines that name the files.
pub(super) fn unified(old: &str, new: &str) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut out = String::new();
    let mut group: Vec<Hunk> = Vec::new();
    for hunk in diff.hunks() {
        let apart = group.last().is_some_and(|last| (hunk.before.start - last.before.end) as usize > 2 * CONTEXT_LINES);
        if apart {
            show(&group, &before, &after, &mut out);
            group.clear();
        }
        group.push(hunk);
    }
    show(&group, &before, &after, &mut out);
    out
}

/// Changes that stand near each other, with their neighbours.
fn show(group: &[Hunk], before: &[&str], after: &[&str], out: &mut String) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    let range = |range: &Range<u32>| range.start as usize..range.end as usize;
    let lead = CONTEXT_LINES.min(first.before.start as usize);
    let tail = CONTEXT_LINES.min(before.len().saturating_sub(last.before.end as usize));
    let place = |from: &Range<u32>, to: &Range<u32>| {
        let (start, end) = (from.start as usize - lead, to.end as usize + tail);
        // An empty side is named by the line before it.
        format!("{},{}", if end > start { start + 1 } else { start }, end - start)
    };
    out.push_str(&format!("@@ -{} +{} @@\n", place(&first.before, &last.before), place(&first.after, &last.after)));
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            out.push('\n');
        }
    };
    let mut at = first.before.start as usize - lead;
    for hunk in group {
        put(' ', &before[at..hunk.before.start as usize]);
        put('-', &before[range(&hunk.before)]);
        put('+', &after[range(&hunk.after)]);
        at = hunk.before.end as usize;
    }
    put(' ', &before[at..at + tail]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_with_their_neighbours() {
        let difference = unified("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n");
        assert_eq!(difference, "@@ -2,4 +2,4 @@\n b\n c\n-d\n+D\n e\n");
        assert_eq!(unified("a\n", "a\n"), "");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("a\nb\n", "a\n"), "@@ -1,2 +1,1 @@\n a\n-b\n");
        let apart = unified("a\n1\n2\n3\n4\n5\nb\n", "A\n1\n2\n3\n4\n5\nB\n");
        assert_eq!(apart, "@@ -1,3 +1,3 @@\n-a\n+A\n 1\n 2\n@@ -5,3 +5,3 @@\n 4\n 5\n-b\n+B\n");
        let near = unified("a\n1\n2\n3\n4\nb\n", "A\n1\n2\n3\n4\nB\n");
        assert_eq!(near.matches("@@ -").count(), 1);
    }
}
