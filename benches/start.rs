//! How long a call takes from start to end: `cargo bench --bench start`.
//!
//! The whole process is timed, as a user or CI sees it. Medians of many calls, all in one run; nothing here is asserted.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CALLS: usize = 200;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases: &[(&str, &[&str])] = &[
        ("huntc --version", &["--version"]),
        ("huntc check hunts/wannacry.hunt", &["check", "hunts/wannacry.hunt"]),
        ("huntc check", &["check"]),
        ("huntc test", &["test"]),
        ("huntc build --check", &["build", "--check"]),
    ];
    println!("{:34} {:>9} {:>9} {:>9}", "call", "minimum", "median", "maximum");
    for (name, arguments) in cases {
        let mut times: Vec<Duration> = (0..CALLS).map(|_| time(root, arguments)).collect();
        times.sort();
        let shown = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        println!("{name:34} {:>9} {:>9} {:>9}", shown(times[0]), shown(times[CALLS / 2]), shown(times[CALLS - 1]));
    }
}

fn time(root: &Path, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_huntc"))
        .args(arguments)
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let elapsed = started.elapsed();
    assert!(status.is_ok(), "the program does not start");
    elapsed
}
