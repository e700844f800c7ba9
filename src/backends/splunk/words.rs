//! What `search` finds of a text that may stand anywhere in a record.
//!
//! Words are found by the terms of the record's text: `*word*` finds every term that holds the word, and a run of letters and
//! digits lies within one term (Search Manual, "Event segmentation and searching"), except where it begins within a code such as
//! `%20`, which ends a term as a blank does (segmenters.conf, MAJOR): of `%20abc` the index holds `abc`, and not `20abc`.

use super::ast::{Search, Wildcard};
use super::bounds::Bounds;
use super::column::SHORTEST;
use super::patterns;
use crate::ir::Case;

/// The letters and digits of the codes that end a term (segmenters.conf, MAJOR), in lower case.
const CODES: [&str; 16] = ["21", "26", "2526", "3b", "7c", "20", "2b", "3d", "2520", "5d", "5b", "3a", "0a", "2c", "28", "29"];

pub fn anywhere(values: &[String], case: Case) -> Bounds {
    let mut words = Vec::new();
    let mut exact = true;
    for value in values {
        if value.is_empty() {
            return Bounds::truth(true);
        }
        let word = whole_run(value);
        exact &= word == value && (case == Case::Folded || !patterns::has_letter(value));
        if word.is_empty() || word.len() < SHORTEST && word != value {
            return Bounds::unknown();
        }
        match Wildcard::new(true, word, true) {
            Some(word) => words.push(Search::Keyword(word)),
            None => return Bounds::unknown(),
        }
    }
    let search = if words.len() == 1 { words.remove(0) } else { Search::Any(words) };
    if exact { Bounds::exact(search) } else { Bounds::within(search) }
}

/// The longest run of letters and digits that lies within one term wherever the value stands.
fn whole_run(value: &str) -> &str {
    let mut best = "";
    let mut start = 0;
    for run in value.split(|each: char| !each.is_ascii_alphanumeric()) {
        // Before the value anything may stand; within it only a percent sign begins a code.
        let open = start == 0 || value[..start].ends_with('%');
        let run_kept = if open { &run[in_code(run)..] } else { run };
        if run_kept.len() > best.len() {
            best = run_kept;
        }
        start += run.len();
        start += value[start..].chars().next().map_or(0, char::len_utf8);
    }
    best
}

/// How many characters at a run's start could be the end of a code.
fn in_code(run: &str) -> usize {
    let run = run.to_ascii_lowercase();
    let ends = CODES.iter().flat_map(|code| (0..code.len()).map(|from| &code[from..]));
    ends.filter(|end| run.starts_with(end)).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::whole_run;

    #[test]
    fn a_word_may_begin_within_a_code_that_ends_a_term() {
        for (value, expected) in [
            ("mimikatz", "mimikatz"),
            ("sekurlsa::logonpasswords", "logonpasswords"),
            // `%7Cat` holds `cat`, and its term is `at`.
            ("cat", "at"),
            ("20abc", "abc"),
            ("520abc", "abc"),
            ("2526x", "x"),
            ("%20whoami", "whoami"),
            ("x%20whoami", "whoami"),
            (" cat", "cat"),
            ("-cobalt", "cobalt"),
            ("20", ""),
            ("é", ""),
            ("éclair", "clair"),
            ("::", ""),
        ] {
            assert_eq!(whole_run(value), expected, "{value}");
        }
    }
}
