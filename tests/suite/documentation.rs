//! The examples of the documentation are true.

use std::collections::BTreeMap;

use huntc::compile::{self, ReadProblem, Request, Sources};
use huntc::diag::SourceId;
use huntc::ir::event::Event;
use huntc::syntax::parse;

/// A fenced block of a page: what stands behind its fence, and the text in it.
struct Block {
    page: String,
    line: usize,
    info: String,
    text: String,
}

/// The fenced blocks of every page of `docs`, and of the pages at the root.
fn blocks() -> Vec<Block> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<std::path::PathBuf> = [root.join("docs"), root.to_path_buf()]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        // It shows parts of one hunt, which stands whole in `hunts`.
        .filter(|path| !path.ends_with("hunting.md"))
        .collect();
    pages.sort();
    let mut blocks = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => {
                    let page = page.strip_prefix(root).unwrap_or(&page).display().to_string();
                    open = Some(Block { page, line: number + 1, info: info.trim().to_owned(), text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", page.display());
    }
    blocks
}

/// The files that a page shows: the block itself, and those whose fences name a file (`hunt lib/a.hunt`, `csv iocs/a.csv`).
struct Page<'a> {
    blocks: &'a [Block],
    shown: &'a Block,
}

impl Sources for Page<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        if path == "shown.hunt" {
            return Ok(self.shown.text.clone().into_bytes());
        }
        let named =
            |block: &&Block| block.page == self.shown.page && block.info.split_once(' ').is_some_and(|(_, name)| name == path);
        self.blocks.iter().find(named).map(|block| block.text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

#[test]
fn every_hunt_of_the_documentation_is_a_whole_file() {
    let blocks = blocks();
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = 0;
    for block in &blocks {
        let mut info = block.info.split(' ');
        if info.next() != Some("hunt") {
            continue;
        }
        seen += 1;
        let place = format!("{}:{}", block.page, block.line);
        let (_, syntax) = parse(SourceId(0), &block.text);
        let session = compile::load(
            &Request { roots: vec!["shown.hunt".to_owned()], ..Request::default() },
            &Page { blocks: &blocks, shown: block },
        );
        let errors: Vec<(&str, &str)> = session
            .diagnostics
            .iter()
            .filter(|found| found.is_error())
            .map(|found| (found.code, found.message.as_str()))
            .collect();
        if info.next() == Some("error") {
            let code = info.next().unwrap_or_default();
            if errors.iter().any(|(found, _)| *found != code) || errors.is_empty() {
                wrong.entry(place).or_default().push(format!("expected {code} alone, found {errors:?}"));
            }
            continue;
        }
        if !syntax.is_empty() || !errors.is_empty() {
            wrong.entry(place).or_default().push(format!("{errors:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 15, "only {seen} examples were found");
}

/// The language reference shows hunts as `fmt` lays them out, but for the one that shows how lines go on.
#[test]
fn the_language_reference_is_laid_out() {
    for block in blocks() {
        if block.page == "docs/language.md" && block.info.starts_with("hunt") && !block.info.contains("error") {
            let (file, diagnostics) = parse(SourceId(0), &block.text);
            assert!(diagnostics.is_empty(), "{}:{}", block.page, block.line);
            let formatted = huntc::fmt::format(&file, &block.text);
            let changed = similar::TextDiff::from_lines(&block.text, &formatted).unified_diff().to_string();
            assert!(formatted == block.text || block.text.contains("hunt lines {"), "{}:{}\n{changed}", block.page, block.line);
        }
    }
}
