//! The end of a hunt: what is missing before it may close, and the command that says so.

use serde_json::Value;

use crate::commands::Folder;

/// The finished hunt of `docs/closing.md`.
fn finished() -> String {
    let page = include_str!("../../docs/closing.md");
    let (_, rest) = page.split_once("```hunt\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Messages about what is missing of the finished hunt with some lines changed.
#[track_caller]
fn missing(changes: &[(&str, &str)]) -> Vec<String> {
    missing_as_of(changes, "2026-12-04")
}

#[track_caller]
fn missing_as_of(changes: &[(&str, &str)], day: &str) -> Vec<String> {
    let mut text = finished();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let folder = Folder::new(&format!("lifecycle-{}", changes.first().map_or(0, |(from, to)| from.len() * 1000 + to.len())));
    folder.write("hunts/h.hunt", &text);
    let status = folder.run(&["status", "--format", "json", "--as-of", day]).expect(0, &[]);
    let value: Value = serde_json::from_str(&status.out).unwrap();
    let hunt = &value["hunts"][0];
    let found: Vec<String> =
        hunt["missing"].as_array().unwrap().iter().map(|each| each["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hunt["may_close"], found.is_empty());
    folder.run(&["status", "--done", "--as-of", day]).expect(i32::from(!found.is_empty()), &[]);
    found
}

#[test]
fn a_hunt_that_says_everything_may_close() {
    assert_eq!(missing(&[]), Vec::<String>::new());
}

/// Each line that is taken away is missed, and nothing else is.
#[test]
fn each_line_that_is_missing_is_missed() {
    for (from, to, message) in [
        ("    outcome hypothesis-not-confirmed\n", "", "it has no outcome"),
        ("    started 2026-11-24\n", "", "it does not say when it was started"),
        ("    ended 2026-12-03\n", "", "it does not say when it ended"),
        (
            "    examined windows/process_creation from 2026-08-26 to 2026-11-24 \"all 415 servers\"\n",
            "",
            "`windows/process_creation` was not examined",
        ),
        (
            "    variants T1490",
            "    variants T1486",
            "the hypothesis is called refuted, and nothing says which ways of T1490 were thought of",
        ),
        (" met 2026-12-02", "", "a condition of `stop` has no answer: process telemetry of every server was searched"),
        (
            " met 2026-12-03",
            " not met \"two owners are on leave\"",
            "a condition of `stop` does not hold: each match has an owner's explanation",
        ),
        (
            "from 2026-08-26 to",
            "from 2026-08-28 to",
            "`windows/process_creation` was examined over 89 days, less than the window of 90d",
        ),
        ("expires 2027-11-24", "expires 2026-12-03", "the indicators `droppers` expired on 2026-12-03"),
        (
            "    hit shadow_copies_deleted { }\n",
            "    miss shadow_copies_deleted { }\n",
            "`shadow_copies_deleted` fails 1 of its tests",
        ),
    ] {
        let found = missing(&[(from, to)]);
        assert!(found.contains(&message.to_owned()), "{message}: {found:?}");
        // A rule that fails covers nothing either.
        let others = found.len() - 1;
        assert!(others == 0 || message.contains("fails"), "{found:?}");
    }
}

#[test]
fn an_outcome_is_held_against_what_was_done() {
    let unexamined = (
        "examined windows/process_creation from 2026-08-26 to 2026-11-24 \"all 415 servers\"",
        "not examined windows/process_creation \"kept for a week\"",
    );
    let refuted = missing(&[unexamined]);
    assert_eq!(refuted, ["the hypothesis is called refuted, and `windows/process_creation` was not examined: kept for a week"]);
    // The same is a result where it is called what it is.
    let inconclusive = ("outcome hypothesis-not-confirmed", "outcome inconclusive");
    let unmet = (" met 2026-12-03", " not met \"the logs are gone\"");
    assert_eq!(missing(&[unexamined, inconclusive, unmet]), Vec::<String>::new());
    let found = missing(&[("outcome hypothesis-not-confirmed", "outcome hypothesis-confirmed-malicious")]);
    assert_eq!(found, ["an adversary was found, and no incident was opened"]);
    let told =
        ("outcome hypothesis-not-confirmed", "outcome hypothesis-confirmed-malicious\n    handoff escalated-to-ir \"INC-1\"");
    assert_eq!(missing(&[told]), Vec::<String>::new());
    let found = missing(&[("    techniques T1490\n  }", "  }")]);
    assert_eq!(found, ["T1490 has neither a tested rule nor a blind spot"]);
}

/// Two searches that meet are one; a day between them is a gap.
#[test]
fn data_that_was_searched_in_parts_is_counted_without_gaps() {
    let line = "examined windows/process_creation from 2026-08-26 to 2026-11-24 \"all 415 servers\"";
    let parts = |second: &str| {
        format!(
            "examined windows/process_creation from {second} to 2026-11-24\n    examined windows/process_creation from 2026-08-26 to 2026-09-30"
        )
    };
    assert_eq!(missing(&[(line, &parts("2026-10-01"))]), Vec::<String>::new());
    assert_eq!(missing(&[(line, &parts("2026-09-15"))]), Vec::<String>::new());
    let gap = missing(&[(line, &parts("2026-10-02"))]);
    assert_eq!(gap, ["`windows/process_creation` was examined over 54 days, less than the window of 90d"]);
}

#[test]
fn a_timebox_that_has_passed_is_told() {
    let open = [("    ended 2026-12-03\n", ""), ("    outcome hypothesis-not-confirmed\n", "")];
    let late = missing_as_of(&open, "2026-12-09");
    assert!(late.iter().any(|message| message == "its timebox of 14 days has passed: it was started 15 days ago"), "{late:?}");
    let in_time = missing_as_of(&open, "2026-12-08");
    assert!(!in_time.iter().any(|message| message.contains("timebox")), "{in_time:?}");
}

#[test]
fn the_command_lists_filters_and_guards() {
    let folder = Folder::new("lifecycle-command");
    folder.write("hunts/a.hunt", finished());
    folder.write("hunts/b.hunt", "hunt open_one {\n  hypothesis \"x\"\n  created 2026-11-30\n  status hunting\n}\n");
    let table = folder.run(&["status"]).expect(0, &["2 hunts: 1 may close"]);
    // The newest day that the files tell of is the day on which the hunt ended.
    for text in
        ["as of 2026-12-03", "hypothesis-not-confirmed", "9 of 14 d", "1 of 1 tested", "1 set, until 2027-11-24", "open_one"]
    {
        assert!(table.out.contains(text), "{text}\n{}", table.out);
    }
    let done =
        folder.run(&["status", "--done"]).expect(1, &["E1005", "`open_one` may not close: it has no rule and no blind spot"]);
    assert!(!done.err.contains("`shadow_copies` may not close"), "{}", done.err);
    folder.run(&["status", "--done", "--stage", "closed"]).expect(0, &[]);
    let one = folder.run(&["status", "hunts/b.hunt"]).expect(0, &[]);
    assert!(one.out.contains("  - it does not say when it ends"), "{}", one.out);
    let all = folder.run(&["status", "--missing", "--as-of", "2027-01-01"]).expect(0, &[]);
    assert!(all.out.contains("nothing is missing, it may close") && all.out.contains("32 d"), "{}", all.out);
    for day in ["yesterday", "2026-02-30", "2026-1-1", "20261124", ""] {
        folder.run(&["status", &format!("--as-of={day}")]).expect(2, &["a day such as"]);
    }
    folder.run(&["status", "--stage", "over"]).expect(2, &["over"]);
    folder.write("hunts/b.hunt", "hunt open_one {");
    folder.run(&["status"]).expect(1, &["E01"]);
}

#[test]
fn words_and_dates_of_a_result_are_checked() {
    let folder = Folder::new("lifecycle-check");
    for (from, to, told) in [
        ("outcome hypothesis-not-confirmed", "outcome hypothesis-not-confirmd", "did you mean `hypothesis-not-confirmed`?"),
        ("outcome hypothesis-not-confirmed", "outcome refuted", "there is no outcome `refuted`"),
        ("trigger sector-alert", "trigger sector-alert, boss", "there is no trigger `boss`"),
        ("byproduct process-gap", "byproduct gap", "there is no byproduct `gap`"),
        ("handoff promote-to-detection", "handoff promote", "there is no handoff `promote`"),
        ("ended 2026-12-03", "ended 2026-11-23", "E1004"),
        ("ended 2026-12-03", "ended 2026-12-32", "the calendar has no day"),
        ("ended 2026-12-03", "ended soon", "`soon` is no date"),
        ("    ended 2026-12-03", "    ended 2026-12-03\n    ended 2026-12-03", "`ended` is given twice"),
        (
            "examined windows/process_creation from",
            "examined windows/process_creatoin from",
            "did you mean `windows/process_creation`?",
        ),
        ("variants T1490", "variants T0000", "E030"),
        ("    started 2026-11-24", "    timebox 3d", "`timebox` does not stand in `result`"),
        ("    started 2026-11-24", "    begun 2026-11-24", "`begun` begins no statement in `result`"),
        ("  status closed", "  status closed\n  outcome inconclusive", "it stands in `result`"),
        ("    window 90d", "    window 90 days", "fix: write `90d`"),
        (" met 2026-12-02", " met", "a date"),
        ("  result {", "  result {\n    outcome inconclusive\n  }\n\n  result {", "`result` is given twice"),
    ] {
        let text = finished();
        assert!(text.contains(from), "{from}");
        folder.write("hunts/h.hunt", text.replacen(from, to, 1));
        folder.run(&["check"]).expect(1, &[told]);
    }
    folder.write("lib/l.hunt", "library l {\n  result {\n    outcome inconclusive\n  }\n}\n");
    folder.run(&["check", "lib/l.hunt"]).expect(1, &["a `result` may not stand in"]);
    let (before, _) = finished().split_once("  result {").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    folder.write("hunts/h.hunt", before + "}\n");
    folder.run(&["check"]).expect(0, &["W1001"]);
}
