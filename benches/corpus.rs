//! How long other people's rules take from file to query, and how much memory: `cargo bench --bench corpus -- FOLDER`, by default
//! the shared corpus of Sigma rules beside the checkout.
//!
//! The compiler alone, text in and text out; the whole program, as a user calls it, files in and files out; and in the same run
//! sigma-cli over the same folder, where the variable `HUNTC_SIGMA_CLI` or the PATH has it. Medians; nothing is asserted.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    let paths = sigma_files(&folder);
    if paths.is_empty() {
        println!("no Sigma file below {}", folder.display());
        return;
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{} files to Sigma, SPL and KQL, {processors} processors, medians of {CALLS} calls", paths.len());
    println!("{:34} {:>10} {:>10}", "", "median", "memory");
    let (mut reads, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let (read, whole) = compiled(&folder, &paths);
        reads.push(read);
        wholes.push(whole);
    }
    line("read and check, in memory", median(&mut reads), None);
    line("with every query and envelope", median(&mut wholes), None);
    let out = std::env::temp_dir().join(format!("huntc-bench-{}", std::process::id()));
    let mut times = Vec::new();
    let mut peak = None;
    for call in 0..CALLS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huntc"));
        command.args(["build", "-t", "sigma", "-t", "splunk", "-t", "sentinel", "-o"]).arg(out.join(call.to_string()));
        // It exits 1 where a target refuses a rule, with the others written.
        let Ok(Run { code: Some(0 | 1), time, memory }) = run(command.arg(&folder)) else {
            println!("huntc does not start, or writes nothing");
            return;
        };
        times.push(time);
        peak = peak.max(memory);
    }
    let own = median(&mut times);
    line("huntc build, files written", own, peak);
    let sigma = std::env::var("HUNTC_SIGMA_CLI").unwrap_or_else(|_| "sigma".to_owned());
    for (backend, pipeline) in [("splunk", "splunk_windows"), ("kusto", "microsoft_xdr")] {
        let mut command = Command::new(&sigma);
        // `-s` goes on after a rule that it cannot convert, where the tool can.
        command.args(["convert", "-s", "-t", backend, "-p", pipeline, "-o"]).arg(out.join(backend)).arg(&folder);
        match run(&mut command) {
            // A call that gave up has written nothing: its time is no measure.
            Ok(Run { code: Some(0), time, memory }) => {
                line(&format!("sigma convert -t {backend}, one call"), time, memory);
                let ratio = time.as_secs_f64() / own.as_secs_f64();
                println!("  {ratio:.1} times as long as huntc to all three, files written");
            }
            Ok(Run { code, .. }) => println!("sigma convert -t {backend} gave up (exit status {code:?}): not compared"),
            Err(error) => println!("`{sigma}`: {error}; set HUNTC_SIGMA_CLI to compare with sigma-cli"),
        }
    }
    // What is left in the folder of temporary files is the system's to remove.
    let _ = std::fs::remove_dir_all(&out);
}

fn sigma_files(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yml") {
                paths.extend(path.strip_prefix(folder).ok().and_then(Path::to_str).map(str::to_owned));
            }
        }
    }
    paths.sort();
    paths
}

/// Until everything is read and checked, and until everything is compiled.
fn compiled(folder: &Path, paths: &[String]) -> (Duration, Duration) {
    let settings: Vec<TargetSetting> = [Target::Sigma, Target::Splunk, Target::Sentinel].map(TargetSetting::new).to_vec();
    let request = Request { roots: paths.to_vec(), ..Request::default() };
    let started = Instant::now();
    let session = compile::load(&request, &Folder(folder.to_path_buf()));
    let read = started.elapsed();
    let built = compile::build(&session, &settings, "19.0");
    assert!(!built.files.is_empty(), "something is written");
    (read, started.elapsed())
}

/// A process from start to end.
struct Run {
    /// `None` where a signal ended it.
    code: Option<i32>,
    time: Duration,
    /// The most that it held, in bytes, where the system tells: Linux's `VmHWM`, looked at every millisecond while it runs.
    memory: Option<u64>,
}

fn run(command: &mut Command) -> io::Result<Run> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        if let Some(ended) = child.try_wait()? {
            return Ok(Run { code: ended.code(), time: started.elapsed(), memory: peak });
        }
        peak = peak.max(held(&status));
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn held(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn line(name: &str, time: Duration, memory: Option<u64>) {
    let memory = memory.map_or_else(String::new, |bytes| format!("{:.0} MB", bytes as f64 / 1e6));
    println!("{name:34} {:>10} {memory:>10}", format!("{:.0} ms", time.as_secs_f64() * 1000.0));
}
