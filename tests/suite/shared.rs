//! Material that is larger than the project: test corpora and engines beside the checkout. Tests over it are extra; without
//! it they say that they skip.

use std::path::PathBuf;

/// A file or folder of the shared material: under `$HUNTC_SHARED`, else under `../shared` beside the checkout. Says so on
/// standard error where it is absent.
pub fn find(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("HUNTC_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        Some(found)
    } else {
        eprintln!("skipped: {} is absent", found.display());
        None
    }
}
