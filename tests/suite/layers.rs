//! Which module may import which. The table is ARCHITECTURE.md's; this test holds it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and those that it may name as `crate::…` (itself always).
pub const LAYERS: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("json", &[]),
    ("schema", &["diag"]),
    ("attack", &["diag"]),
    ("ir", &["diag", "schema", "attack"]),
    ("indicator", &["diag", "schema", "ir"]),
    ("syntax", &["diag"]),
    ("fmt", &["diag", "syntax"]),
    ("import", &["diag", "schema", "attack", "syntax", "fmt"]),
    ("check", &["diag", "schema", "attack", "syntax", "ir", "indicator"]),
    ("lint", &["diag", "schema", "syntax", "ir", "check"]),
    ("eval", &["diag", "schema", "ir"]),
    ("config", &["diag"]),
    ("backends", &["diag", "schema", "attack", "ir"]),
    ("envelope", &["diag", "schema", "attack", "ir", "backends"]),
    ("models", &[]),
    ("verify", &["diag", "schema", "ir", "eval", "models"]),
    ("runner", &["diag", "ir", "eval"]),
    ("logs", &["diag", "schema", "ir"]),
    ("coverage", &["diag", "attack", "layer"]),
    ("targeting", &["attack", "layer"]),
    ("layer", &["diag", "attack", "json"]),
    ("intel", &["diag", "attack", "json", "indicator", "ir", "syntax", "fmt"]),
    ("search", &["diag", "schema", "ir", "eval", "logs"]),
    (
        "compile",
        &[
            "diag", "schema", "attack", "syntax", "fmt", "ir", "check", "eval", "config", "backends", "envelope", "verify",
            "runner", "logs", "search", "import", "lint",
        ],
    ),
    ("lifecycle", &["diag", "compile", "coverage"]),
    ("report", &["diag", "schema", "attack", "ir", "layer", "coverage", "lifecycle", "runner", "compile"]),
    ("cli", &["*"]),
];

/// No target imports another, and the evaluator shares no code with them: agreement must mean something.
const APART: &[(&str, &[&str])] = &[
    ("backends/sigma", &["backends::splunk", "backends::kusto", "eval", "verify"]),
    ("backends/splunk", &["backends::sigma", "backends::kusto", "eval", "verify"]),
    ("backends/kusto", &["backends::sigma", "backends::splunk", "eval", "verify"]),
    ("eval", &["backends", "models"]),
    ("verify", &["backends"]),
    ("models/kql", &["spl", "sigma"]),
    ("models/spl", &["kql", "sigma"]),
    ("models/sigma", &["kql", "spl"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Source without comments and without unit tests, whose imports are their own affair.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What follows each `crate::`: one name, or several in braces.
fn crate_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut item) = (0, String::new());
            for character in group.chars() {
                match character {
                    '{' => {
                        depth += 1;
                        item.push(character);
                    }
                    '}' if depth == 0 => break,
                    '}' => {
                        depth -= 1;
                        item.push(character);
                    }
                    ',' if depth == 0 => found.push(std::mem::take(&mut item)),
                    _ if !character.is_whitespace() => item.push(character),
                    _ => {}
                }
            }
            found.push(item);
        } else {
            found.push(
                rest.chars().take_while(|character| character.is_alphanumeric() || matches!(character, '_' | ':')).collect(),
            );
        }
    }
    found.retain(|path| !path.is_empty());
    found
}

#[test]
fn modules_import_what_the_table_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(&root).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        // A crate of its own, which cannot name this one.
        if module == "models" {
            continue;
        }
        let Some(allowed) = layers.get(module) else {
            wrong.push(format!("{}: the module `{module}` has no row in the table", relative.display()));
            continue;
        };
        for path in crate_paths(&code(file)) {
            let first = path.split("::").next().unwrap();
            if first != module && allowed != &["*"] && !allowed.contains(&first) {
                wrong.push(format!("{} imports `{path}`", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn roads_that_must_agree_share_no_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (folder, forbidden) in APART {
        let mut files = Vec::new();
        if root.join(folder).is_dir() {
            sources(&root.join(folder), &mut files);
        }
        for file in files {
            let text = code(&file);
            let paths = crate_paths(&text);
            for name in *forbidden {
                let relative = name.strip_prefix("backends::").map(|target| format!("super::super::{target}"));
                if paths.iter().any(|path| path.starts_with(name)) || relative.is_some_and(|relative| text.contains(&relative)) {
                    wrong.push(format!("{} imports `{name}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// pest stays in `syntax`, in the models, which read what was emitted, and in the score expressions of layers; disk,
/// environment, clock and streams stay in `cli`.
#[test]
fn what_belongs_to_one_module_stays_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let text = code(file);
        let reads = ["syntax/", "models/", "layer/expression/", "intel/stix/"];
        if !reads.iter().any(|folder| relative.starts_with(folder)) && text.contains("pest") {
            wrong.push(format!("{relative} knows pest"));
        }
        if !relative.starts_with("cli/") && relative != "main.rs" {
            for word in
                ["std::fs", "std::env", "Instant::now", "time::SystemTime", "println!", "eprintln!", "File::open", "std::process"]
            {
                if text.contains(word) {
                    wrong.push(format!("{relative} has {word}"));
                }
            }
        }
        // What builds a query's tree has no text to build with; printers and the escape module turn the typed tree into
        // characters, and messages are made in `losses.rs`. (Sigma's leaves are values: joining characters there is meaning.)
        let tree =
            ["/ast.rs", "/lower.rs", "/superset.rs", "/patterns.rs", "/pattern.rs", "/address.rs", "/pushdown.rs", "/scope.rs"];
        let query = relative.starts_with("backends/splunk/") || relative.starts_with("backends/kusto/");
        if query && tree.iter().any(|name| relative.ends_with(name)) && text.contains("format!(") {
            wrong.push(format!("{relative} builds text with format!"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_models_cannot_name_the_compiler() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for manifest in ["src/models/Cargo.toml", "grammar/models/Cargo.toml"] {
        let text = fs::read_to_string(root.join(manifest)).unwrap();
        let names: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim()).collect();
        assert!(names.contains(&"pest"), "{manifest} was not read: {names:?}");
        let own = names.iter().filter(|name| name.starts_with("huntc") && **name != "huntc-grammar-models");
        assert_eq!(own.collect::<Vec<_>>(), Vec::<&&str>::new(), "{manifest}");
    }
}

#[test]
fn the_reader_of_imports_sees_groups_and_nesting() {
    assert_eq!(crate_paths("use crate::{a, b::{c, d}, e};"), ["a", "b::{c,d}", "e"]);
    assert_eq!(crate_paths("use crate::diag::Span; crate::ir::Kind::All"), ["diag::Span", "ir::Kind::All"]);
}
