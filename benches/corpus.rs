//! How long other people's rules take from file to query: `cargo bench --bench corpus -- FOLDER`, by default the shared
//! corpus of Sigma rules beside the checkout.
//!
//! The whole process is timed, as a user sees it: files in, findings and files out, and the compiler alone: text in, text out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use huntc::compile::{self, ReadProblem, Request, Sources, TargetSetting};
use huntc::ir::event::Event;
use huntc::schema::Target;

const CALLS: usize = 9;

struct Folder(PathBuf);

impl Sources for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        std::fs::read(self.0.join(path)).map_err(|_| ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/sigma/rules");
    let folder = named.unwrap_or(beside);
    let mut paths = Vec::new();
    let mut waiting = vec![folder.clone()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yml") {
                paths.extend(path.strip_prefix(&folder).ok().and_then(Path::to_str).map(str::to_owned));
            }
        }
    }
    paths.sort();
    if paths.is_empty() {
        println!("no Sigma file below {}", folder.display());
        return;
    }
    let settings: Vec<TargetSetting> = [Target::Sigma, Target::Splunk, Target::Sentinel].map(TargetSetting::new).to_vec();
    let request = Request { roots: paths, ..Request::default() };
    println!("{} files to Sigma, SPL and KQL", request.roots.len());
    println!("{:>12} {:>12} {:>12}", "read, check", "compile", "together");
    for _ in 0..CALLS {
        let started = Instant::now();
        let session = compile::load(&request, &Folder(folder.clone()));
        let loaded = started.elapsed();
        let built = compile::build(&session, &settings, "19.0");
        let whole = started.elapsed();
        assert!(!built.files.is_empty(), "something is written");
        let shown = |time: std::time::Duration| format!("{:.0} ms", time.as_secs_f64() * 1000.0);
        println!("{:>12} {:>12} {:>12}", shown(loaded), shown(whole.saturating_sub(loaded)), shown(whole));
    }
}
