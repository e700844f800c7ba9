//! Emitted queries, run over rows by an interpreter that was written from the vendor's pages, and checked by the vendor's own
//! language service. Both lie beside the checkout; without them the tests say that they skip.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use huntc::schema::Target;

use crate::shared;

/// The interpreter: Python with the crate `regex` bound to it, as the oracle's own requirements name it.
pub struct Interpreter {
    python: PathBuf,
    oracle: PathBuf,
}

impl Interpreter {
    /// Says on standard error what is missing.
    pub fn find() -> Option<Interpreter> {
        let oracle = shared::find("oracles/kql")?;
        let python = std::env::var_os("HUNTC_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        let there = Command::new(&python).args(["-c", "import paula"]).output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("skipped: {} with `paula` is absent (HUNTC_PYTHON names another)", python.display());
            return None;
        }
        Some(Interpreter { python, oracle })
    }

    /// Answers of a batch of jobs, by id.
    pub fn run(&self, target: Target, jobs: &[Value]) -> Vec<Value> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let columns = root.join(format!("src/schema/data/columns/{target}.tsv"));
        let mut child = Command::new(&self.python)
            .arg(root.join("tests/oracles/kql_batch.py"))
            .arg(&self.oracle)
            .arg(columns)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let text: String = jobs.iter().map(|job| format!("{job}\n")).collect();
        let mut input = child.stdin.take().expect("a pipe");
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output().expect("the interpreter ends");
        writer.join().expect("no panic").expect("the interpreter reads");
        assert!(output.status.success(), "the interpreter failed");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect()
    }
}

/// Faults that the vendor's language service finds, strictly. `None`: it is absent.
pub fn language_service(queries: &[(Target, String)]) -> Option<Vec<String>> {
    let oracle = shared::find("oracles/kql")?;
    let tables = shared::find("data/tables")?;
    let modules = std::env::var_os("KQL_NODE_MODULES").map_or_else(|| oracle.join("node_modules"), PathBuf::from);
    if !modules.exists() {
        eprintln!("skipped: the language service is absent (KQL_NODE_MODULES names its folder)");
        return None;
    }
    let text: String = queries
        .iter()
        .enumerate()
        .map(|(id, (target, query))| format!("{}\n", json!({ "id": id, "query": query, "profile": target.name() })))
        .collect();
    // A file, not a pipe: the checker reads its input in one go and gives up where a pipe has nothing for it yet.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("queries-{}-{}.jsonl", queries.len(), text.len()));
    std::fs::write(&file, text).expect("a temporary file");
    // Tables that connectors make are not among the vendor's own.
    let mut custom = std::collections::BTreeMap::<String, std::collections::BTreeMap<String, String>>::new();
    let columns = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema/data/columns/sentinel.tsv");
    for line in std::fs::read_to_string(columns).expect("the columns").lines() {
        if let [table, column, kind] = line.split('\t').collect::<Vec<_>>()[..]
            && table.ends_with("_CL")
        {
            custom.entry(table.to_owned()).or_default().insert(column.to_owned(), kind.to_owned());
        }
    }
    let extra = file.with_extension("tables.json");
    std::fs::write(&extra, json!({ "tables": custom, "functions": {} }).to_string()).expect("a temporary file");
    let output = Command::new("node")
        .arg(oracle.join("check.mjs"))
        .arg("--extra")
        .arg(extra)
        .args(["--strict", "--quiet", "--tables"])
        .arg(tables)
        .arg("--node-modules")
        .arg(modules)
        .stdin(std::fs::File::open(&file).expect("the file"))
        .output()
        .expect("node starts");
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    let faults = String::from_utf8(output.stdout).expect("UTF-8");
    Some(
        faults
            .lines()
            .map(|line| {
                let fault: Value = serde_json::from_str(line).expect("a fault");
                let id = usize::try_from(fault["id"].as_u64().expect("an id")).expect("small");
                format!("{}\n{}", fault["diagnostics"], queries[id].1)
            })
            .collect(),
    )
}
