//! `docs/diagnostics` has a page for each code, which shows what the compiler really says of its example.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use huntc::compile::diagnose_example;
use huntc::diag::codes;
use huntc::diag::render::explain_markdown;

fn pages() -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> =
        codes::all().map(|code| (format!("{}.md", code.id), explain_markdown(code, Some(&diagnose_example)))).collect();
    let mut index = "# Diagnostic codes\n\nThese pages are generated from the program, which also prints them: `huntc explain CODE`.\n\n| code | |\n|---|---|\n".to_owned();
    for code in codes::all() {
        index.push_str(&format!("| [{0}]({0}.md) | {1} |\n", code.id, code.title));
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

/// Compares the pages; `HUNTC_UPDATE=1` writes them.
#[test]
fn the_pages_of_codes_are_what_explain_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics");
    let pages = pages();
    let present = || -> BTreeSet<String> {
        fs::read_dir(&folder)
            .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
            .unwrap_or_default()
    };
    if std::env::var_os("HUNTC_UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for gone in present().iter().filter(|name| !pages.contains_key(*name)) {
            fs::remove_file(folder.join(gone)).unwrap();
        }
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let mut stale: Vec<String> = present().into_iter().filter(|name| !pages.contains_key(name)).collect();
    for (name, text) in &pages {
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        if committed != *text {
            let diff = similar::TextDiff::from_lines(&committed, text).unified_diff().context_radius(1).to_string();
            stale.push(format!("{name}\n{diff}"));
        }
    }
    assert!(stale.is_empty(), "docs/diagnostics is stale; run with HUNTC_UPDATE=1 and read the change:\n{}", stale.join("\n"));
}
