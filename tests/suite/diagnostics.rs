//! How findings look: text with carets, JSON lines, SARIF, GitHub annotations, and `explain`.

use huntc::diag::codes::{self, Example};
use huntc::diag::render::{Format, Style, explain, explain_markdown, render, summary};
use huntc::diag::{Diagnostic, SourceId, SourceMap, Span};

const HUNT: &str = "hunt wannacry_worm {\n  detect shadow_copies_deleted on windows/process_creation {\n    when {\n      \
    CommandLin contains all ('delete', 'shadow')\n      imphash in bad_imphashes\n    }\n  }\n}\n";

/// The span of the n-th occurrence of `word`.
fn at(source: SourceId, text: &str, word: &str, n: usize) -> Span {
    let (start, _) = text.match_indices(word).nth(n).expect("the word occurs");
    Span::new(source, start, start + word.len())
}

fn one_file(text: &str) -> (SourceMap, SourceId) {
    let mut sources = SourceMap::default();
    let id = sources.add("hunts/wannacry.hunt", text);
    (sources, id)
}

/// A few findings of every kind, out of order, one of them twice.
fn findings() -> (SourceMap, Vec<Diagnostic>) {
    let (mut sources, hunt) = one_file(HUNT);
    let library = "list bad_imphashes of string {\n  'f34d5f2d4577ed6d9ceec516c1f5a744'\n}\n";
    let other = sources.add("lib/hashes.hunt", library);
    let field =
        Diagnostic::error("E0203", at(hunt, HUNT, "CommandLin", 0), "`windows/process_creation` has no field `CommandLin`")
            .label("did you mean `CommandLine`?")
            .help("`huntc schema windows/process_creation` lists its fields")
            .fix("write `CommandLine`", at(hunt, HUNT, "CommandLin", 0), "CommandLine");
    let mut loss = Diagnostic::error("L0301", at(hunt, HUNT, "imphash", 0), "Defender keeps no import hash, so this clause cannot be said there")
        .label("field `imphash` is absent from `DeviceProcessEvents`")
        .also(at(other, library, "bad_imphashes", 0), "the list is here")
        .with_note("`shadow_copies_deleted` is refused for `defender`; sigma, splunk and sentinel are written")
        .help("write `approximate imphash in bad_imphashes` to leave it out there (the rule becomes narrower), or `not on defender \"…\"`");
    let technique = Diagnostic::warning("W0101", at(hunt, HUNT, "wannacry_worm", 0), "hunt `wannacry_worm` has no tests").fix(
        "add a `test` block",
        Span::new(hunt, HUNT.len() - 2, HUNT.len() - 2),
        "  test \"…\" {\n  }\n",
    );
    let call = Diagnostic::of_the_call("E0601", "there is no target `splnk`").help("did you mean `splunk`?");
    let note = Diagnostic::note(
        "W0102",
        at(hunt, HUNT, "when {\n      CommandLin contains all ('delete', 'shadow')\n      imphash in bad_imphashes\n    }", 0),
        "this block spans several lines",
    );
    loss.fixes.clear();
    (sources, vec![loss.clone(), note, field, loss, technique, call])
}

#[test]
fn text_looks_like_this() {
    let (sources, findings) = findings();
    insta::assert_snapshot!("diagnostics_text", render(Format::Text, &findings, &sources, Style::default()));
    assert_eq!(summary(&findings, &sources), "2 errors, 1 warning, 1 loss, 1 note");
    assert_eq!(summary(&[], &sources), "");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let (sources, findings) = findings();
    let plain = render(Format::Text, &findings, &sources, Style::default());
    let colored = render(Format::Text, &findings, &sources, Style { color: true, ..Style::default() });
    assert!(!plain.contains('\u{1b}') && colored.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(start) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..start]);
        rest = rest[start..].split_once('m').map_or("", |(_, after)| after);
    }
    stripped.push_str(rest);
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&stripped), lines(&plain));
}

#[test]
fn json_is_one_object_a_line() {
    let (sources, findings) = findings();
    let text = render(Format::Json, &findings, &sources, Style::default());
    insta::assert_snapshot!("diagnostics_json", text);
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("valid JSON");
        for key in ["code", "severity", "message", "file", "span", "labels", "help", "fixes", "url"] {
            assert!(value.get(key).is_some(), "{key} in {line}");
        }
    }
}

#[test]
fn sarif_lists_the_rules_of_the_registry() {
    let (sources, findings) = findings();
    let text = render(Format::Sarif, &findings, &sources, Style::default());
    let value: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), codes::all().count());
    for result in run["results"].as_array().expect("results") {
        if let Some(index) = result["ruleIndex"].as_u64() {
            assert_eq!(rules[usize::try_from(index).expect("small")]["id"], result["ruleId"]);
        }
    }
    // The index moves with every new code.
    let mut results = run["results"].clone();
    for result in results.as_array_mut().expect("results") {
        result.as_object_mut().expect("an object").remove("ruleIndex");
    }
    insta::assert_snapshot!("diagnostics_sarif_results", serde_json::to_string_pretty(&results).expect("valid"));
    let empty: serde_json::Value =
        serde_json::from_str(&render(Format::Sarif, &[], &sources, Style::default())).expect("valid JSON");
    assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn github_annotations_escape_what_would_end_them() {
    let (mut sources, findings) = findings();
    insta::assert_snapshot!("diagnostics_github", render(Format::Github, &findings, &sources, Style::default()));
    let odd = sources.add("hunts/a,b:c%.hunt", "x\n");
    let nasty = Diagnostic::error("E0101", Span::new(odd, 0, 1), "100% wrong\n::error::injected\r\u{1b}[31m");
    assert_eq!(
        render(Format::Github, &[nasty], &sources, Style::default()),
        "::error file=hunts/a%2Cb%3Ac%25.hunt,line=1,col=1,endColumn=2,title=E0101::100%25 wrong␊::error::injected␍␛[31m\n"
    );
}

#[test]
fn order_is_by_file_position_and_code_whatever_the_input_order() {
    let (sources, mut findings) = findings();
    let expected = render(Format::Json, &findings, &sources, Style::default());
    for turn in 0..findings.len() {
        findings.rotate_left(1);
        if turn % 2 == 0 {
            findings.reverse();
        }
        assert_eq!(render(Format::Json, &findings, &sources, Style::default()), expected);
    }
}

/// One finding over `range` of `text`.
fn shown(text: &str, range: std::ops::Range<usize>) -> String {
    let (sources, id) = one_file(text);
    let finding = Diagnostic::error("E0101", Span::new(id, range.start, range.end), "this cannot be read").label("here");
    render(Format::Text, &[finding], &sources, Style::default())
}

#[test]
fn every_shape_of_source_is_shown_in_its_place() {
    let mut shots = Vec::new();
    let mut shot = |name: &str, text: &str, range: std::ops::Range<usize>| {
        shots.push(format!("## {name}\n{}", shown(text, range)));
    };
    shot("tabs before and in the span", "hunt x {\n\t\tImage\t== 'a'\n}\n", 11..19);
    shot("line breaks of Windows", "hunt x {\r\n  Image == 'a'\r\n}\r\n", 12..17);
    shot("wide characters before the span", "title \"日本語\" Image\n", 18..23);
    shot("combining and emoji", "'e\u{301}👩\u{200d}💻' Image\n", 17..22);
    shot("end of a file with a line break", "hunt x {\n", 9..9);
    shot("end of a file without one", "hunt x {", 8..8);
    shot("an empty file", "", 0..0);
    shot("beyond the file", "hunt\n", 100..200);
    shot("a line break alone", "hunt x\nend\n", 6..7);
    shot("a Windows line break alone", "hunt x\r\nend\r\n", 6..8);
    shot("over two lines", "a (b,\n   c)\nd\n", 2..11);
    shot("over many lines", &format!("all {{\n{}}}\n", "  x == 1\n".repeat(50)), 0..5 + 50 * 9 + 2);
    shot("in the middle of a character", "x日y\n", 2..3);
    shot("control characters", "title \"\u{1b}[31mred\u{7}\u{9b}0m\u{202e}evil\"\n", 6..13);
    shot("a byte order mark", "\u{feff}hunt x\n", 3..7);
    shot("after a mark of direction", "\u{202e}\u{202e} abc\n", 7..10);
    insta::assert_snapshot!("diagnostics_shapes", shots.join("\n"));
}

#[test]
fn a_line_of_a_megabyte_is_cut_around_the_span() {
    let text = format!("{}BAD{}\nnext\n", "x日".repeat(150_000), "y".repeat(500_000));
    let start = text.find("BAD").expect("there");
    let shown = shown(&text, start..start + 3);
    assert!(shown.len() < 2_000, "{} bytes", shown.len());
    // The column is that of the whole line, in characters.
    assert!(shown.contains("--> hunts/wannacry.hunt:1:300001"), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let source = lines.iter().find(|line| line.contains("BAD")).expect("the text is shown");
    let carets = lines.iter().find(|line| line.contains("^^^")).expect("the carets are shown");
    let width = |text: &str| text.chars().map(|character| if character == '日' { 2 } else { 1 }).sum::<usize>();
    assert_eq!(width(&source[..source.find("BAD").expect("there")]), width(&carets[..carets.find('^').expect("there")]));
    // A span as long as the line.
    let (sources, id) = one_file(&text);
    let whole = Diagnostic::error("E0101", Span::new(id, 0, text.len() - 6), "long")
        .also(Span::new(id, text.len() - 10, text.len() - 9), "far away in the same line");
    let shown = render(Format::Text, &[whole], &sources, Style::default());
    assert!(shown.len() < 3_000 && shown.contains("far away"), "{shown}");
}

#[test]
fn nothing_that_a_user_wrote_acts_on_a_terminal() {
    let mut sources = SourceMap::default();
    let evil = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\u{8}";
    let id = sources.add(format!("hunts/{evil}.hunt"), format!("a {evil} b\n"));
    let finding = Diagnostic::error("E0101", Span::new(id, 2, 6), format!("`{evil}` is odd"))
        .label(evil)
        .also(Span::new(id, 0, 1), evil)
        .with_note(evil)
        .help(evil)
        .fix(evil, Span::new(id, 0, 1), "z");
    for format in Format::ALL {
        let text = render(*format, std::slice::from_ref(&finding), &sources, Style::default());
        assert!(
            !text.chars().any(|character| (character.is_control() && character != '\n') || character == '\u{202e}'),
            "{}: {text:?}",
            format.name()
        );
    }
}

#[test]
fn any_span_of_any_text_is_shown_without_panic() {
    // A small deterministic generator: no seed from outside, the same cases every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (below as u64)).expect("small")
    };
    let pieces = ["a", "日", "\t", "\n", "\r\n", "\r", "\u{1b}", "👩\u{200d}💻", "e\u{301}", " ", "long ".repeat(120).leak()];
    for round in 0..2_000 {
        let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
        let (sources, id) = one_file(&text);
        let mut span = || {
            let start = next(text.len() + 3);
            Span::new(id, start, start + next(text.len() + 3))
        };
        let finding = Diagnostic::error("E0101", span(), "x").label("here").also(span(), "and here").also(span(), "there");
        // SARIF writes every rule of the registry each time.
        for format in Format::ALL.iter().filter(|format| **format != Format::Sarif || round % 100 == 0) {
            let shown = render(*format, std::slice::from_ref(&finding), &sources, Style::default());
            assert!(!shown.contains('\u{1b}'), "{text:?}");
        }
    }
}

#[test]
fn a_code_explains_itself() {
    let code = codes::find("E0302").expect("registered");
    insta::assert_snapshot!("diagnostics_explain", explain(code, None, Style::default()));
    insta::assert_snapshot!("diagnostics_explain_markdown", explain_markdown(code, None));
    for code in codes::all() {
        let text = explain(code, None, Style::default());
        assert!(text.contains(code.id) && text.contains(code.title), "{}", code.id);
        if !matches!(code.example, Example::Call(_)) {
            assert!(!code.example.unmarked().marks.is_empty(), "{} marks no place", code.id);
        }
    }
}
