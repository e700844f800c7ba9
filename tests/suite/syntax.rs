//! What is read, and how near misses are reported.

use huntc::diag::SourceId;
use huntc::syntax::parse;

const EVERYTHING: &str = include_str!("hunts/everything.hunt");

#[test]
fn every_construct_is_read() {
    let (file, diagnostics) = parse(SourceId(0), EVERYTHING);
    for diagnostic in &diagnostics {
        let at = huntc::diag::Position::of(EVERYTHING, diagnostic.span.map_or(0, |span| span.start as usize));
        println!("{}:{} {} {}", at.line, at.column, diagnostic.code, diagnostic.message);
    }
    assert!(diagnostics.is_empty());
    assert_eq!(file.items.len(), 7);
}

/// The fenced blocks of the design that the language must read, where it is at hand.
#[test]
fn the_examples_of_the_design_are_read() {
    let shared = std::env::var("HUNTC_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let Ok(page) = std::fs::read_to_string(format!("{shared}/design/language.md")) else {
        println!("skipped: {shared}/design/language.md is not there");
        return;
    };
    let blocks: Vec<&str> = page.split("```hunt\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let (_, diagnostics) = parse(SourceId(0), block);
        assert_eq!(diagnostics, [], "{block}");
    }
}

/// Takes `‹` and `›` out of an example: the text, and the range that stood between them.
fn marked(example: &str) -> (String, std::ops::Range<usize>) {
    let start = example.find('‹').expect("an example marks its place");
    let end = example.find('›').expect("an example marks the end of its place") - '‹'.len_utf8();
    (example.replace(['‹', '›'], ""), start..end)
}

#[test]
fn every_example_shows_its_code_at_its_place() {
    use huntc::diag::codes::{Example, syntax::CODES};
    let mut wrong = Vec::new();
    for code in CODES {
        let Example::Hunt(example) = code.example else { continue };
        let (text, range) = marked(example);
        let (_, diagnostics) = parse(SourceId(0), &text);
        let found: Vec<_> = diagnostics.iter().map(|found| (found.code, found.span.map(|span| span.range()))).collect();
        if found != [(code.id, Some(range.clone()))] {
            wrong.push(format!("{} at {range:?}: {diagnostics:#?}", code.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
