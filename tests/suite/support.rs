//! `docs/support.md` says what the program does.

use std::path::Path;

/// Compares the page; `HUNTC_UPDATE=1` writes it.
#[test]
fn the_support_page_is_what_the_backends_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/support.md");
    let page = huntc::compile::support_table();
    assert!(!page.contains("does not compile"), "a row of the table does not compile");
    assert!(!page.to_lowercase().contains("not yet"), "a loss names a limit of the product");
    if std::env::var_os("HUNTC_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed != page {
        let diff = similar::TextDiff::from_lines(&committed, &page).unified_diff().context_radius(1).to_string();
        panic!("docs/support.md is stale; run with HUNTC_UPDATE=1 and read the change:\n{diff}");
    }
}
