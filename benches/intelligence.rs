//! How long a million indicators take, and how much memory: `cargo bench --bench intelligence`.
//!
//! A table and a MISP event of a million different values each, made here, go through `huntc import` as a process of its own, to a
//! hunt with its files and to lines of JSON. `HUNTC_COUNT` asks for another number. Nothing here is asserted; the aim is ten seconds
//! and a gigabyte.
#![expect(clippy::expect_used, reason = "a measurement that cannot be made ends with what is missing")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

fn main() {
    let count: usize = std::env::var("HUNTC_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("intelligence");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("table.csv"), table(count)).expect("a table");
    std::fs::write(folder.join("event.json"), event(count)).expect("an event");
    println!("{:44} {:>9} {:>9}", "call", "seconds", "MB");
    for arguments in [
        ["import", "csv", "table.csv", "-o", "hunts"],
        ["import", "csv", "table.csv", "--format", "json"],
        ["import", "misp", "event.json", "-o", "hunts"],
        ["import", "misp", "event.json", "--format", "json"],
        ["check", "hunts", "", "", ""],
    ] {
        let arguments: Vec<&str> = arguments.into_iter().filter(|argument| !argument.is_empty()).collect();
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_huntc"))
            .args(&arguments)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        // The kernel's own count of the most memory that a process held; where there is none, none is shown.
        let status = format!("/proc/{}/status", child.id());
        let mut most = 0;
        while child.try_wait().expect("a status").is_none() {
            let now = std::fs::read_to_string(&status).unwrap_or_default();
            let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            most = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(most).max(most);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        println!("huntc {:38} {:>9.2} {:>9}", arguments.join(" "), started.elapsed().as_secs_f64(), most / 1024);
    }
}

/// A value of one of five types, different for each number.
fn value(number: usize) -> (&'static str, String) {
    match number % 5 {
        0 => ("domain", format!("host-{number}[.]example")),
        1 => ("ip-dst", format!("{}.{}.{}.{}", 11 + number % 89, number / 1_000 % 256, number / 256_000 % 256, number % 251)),
        2 => ("sha256", format!("{number:064x}")),
        3 => ("md5", format!("{number:032X}")),
        _ => ("url", format!("hxxps://host-{number}[.]example/a/{number}")),
    }
}

fn table(count: usize) -> String {
    let mut text = "value,type,tlp,first_seen,last_seen\n".to_owned();
    for number in 0..count {
        let (kind, value) = value(number);
        let _ = writeln!(text, "{value},{kind},green,2026-10-01,2026-11-{:02}", number % 28 + 1);
    }
    text
}

fn event(count: usize) -> String {
    let mut text =
        r#"{"Event": {"uuid": "3f0c1f5a-6f0e-4b46-9a0e-5d1f0c0a7c12", "info": "A million", "date": "2026-11-20", "Attribute": ["#
            .to_owned();
    for number in 0..count {
        let (kind, value) = value(number);
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}{{"id":"{number}","event_id":"1","uuid":"8f3a0d3c-0001-4a2e-9a56-{number:012}","type":"{kind}","category":"Network activity","to_ids":true,"timestamp":"1763600000","distribution":"5","comment":"","deleted":false,"value":"{value}"}}"#
        );
    }
    text.push_str("]}}");
    text
}
