//! `huntc search`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use super::workspace::Workspace;
use crate::diag::nearest;
use crate::schema::{LogSourceId, catalogue};
use crate::search::render::{self, Format, Renderer};
use crate::search::{Options, Search, Summary};

pub(super) fn command() -> Command {
    Command::new("search")
        .about("Run hunts over logs on this machine")
        .long_about("Runs every detect over logs and prints one match a line. Each record's log source is recognised by its content (for Windows: channel and event id); records of other shapes need --logsource. Matches go to standard output, a summary to standard error; lines that cannot be read are counted with their first place, never dropped in silence.")
        .after_help("Examples:\n  huntc search --logs logs/\n  huntc search hunts/wannacry.hunt --logs day.jsonl.zst --format json\n  huntc search --logs proxy.jsonl --logsource proxy --since 2026-11-01\n  zcat day.jsonl.gz | huntc search --logs -\n\nExit status: 0 whether or not anything matched; 1 for mistakes in the hunts; 2 where a file cannot be read.")
        .arg(super::paths())
        .arg(
            Arg::new("logs")
                .long("logs")
                .value_name("PATH")
                .required(true)
                .num_args(1..)
                .action(ArgAction::Append)
                .help("Files of JSON lines (.jsonl, .ndjson, .json; also .gz and .zst), folders of them, or `-` for standard input; hunts stand before this option"),
        )
        .arg(Arg::new("logsource").long("logsource").value_name("LOGSOURCE").help("The log source of every record, such as proxy"))
        .arg(super::as_of())
        .arg(Arg::new("since").long("since").value_name("TIME").help("Only records at or after this time: 2026-11-24 or 2026-11-24T08:00:00Z"))
        .arg(Arg::new("until").long("until").value_name("TIME").help("Only records before this time"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "json", "csv"])
                .default_value("table")
                .help("How matches are written"),
        )
        .arg(
            Arg::new("jobs")
                .long("jobs")
                .value_name("N")
                .value_parser(clap::value_parser!(u16).range(1..=256))
                .help("Files searched at once [default: one for each processor]"),
        )
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(options) = options(arguments, terminal) else { return Status::Wrong };
    let Some(mut workspace) = Workspace::find(&super::check::path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = super::day(arguments);
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    if session.stops() {
        terminal.report(&session.diagnostics, &session.sources);
        return Status::Found;
    }
    // Imported rules that could not be read are said; the others are searched with.
    let mistakes: Vec<_> = session.diagnostics.iter().filter(|each| each.is_error()).cloned().collect();
    terminal.report(&mistakes, &session.sources);
    let Some(files) = log_files(arguments, terminal) else { return Status::Wrong };
    let started = std::time::Instant::now();
    let format = match arguments.get_one::<String>("format").map(String::as_str) {
        Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        _ => Format::Table,
    };
    let search = Search::new(&session.program.rules, options);
    let renderer = Renderer::new(format, &search);
    terminal.print(&renderer.head());
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = arguments.get_one::<u16>("jobs").map_or(processors, |jobs| usize::from(*jobs)).min(files.len()).max(1);
    let (summary, good) = search_files(&search, &files, jobs, renderer, terminal);
    terminal.summary(render::summary(&summary, started.elapsed().as_secs_f64()).trim_end());
    match (good, mistakes.is_empty()) {
        (true, true) => Status::Good,
        (true, false) => Status::Found,
        (false, _) => Status::Wrong,
    }
}

/// What one file gave, to be printed in the files' order.
enum Part {
    Lines(String),
    End(Result<Summary, String>),
}

/// Lines are handed over in pieces of about this many bytes, so that memory stays bounded.
const PIECE: usize = 64 * 1024;

fn search_files(
    search: &Search<'_>,
    files: &[PathBuf],
    jobs: usize,
    renderer: Renderer,
    terminal: &mut Terminal,
) -> (Summary, bool) {
    let mut summary = search.summary();
    let mut good = true;
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    // A channel for each file: a file that is ahead of its turn waits when its channel is full.
    let (senders, receivers): (Vec<_>, Vec<_>) = files.iter().map(|_| mpsc::sync_channel::<Part>(64)).unzip();
    std::thread::scope(|scope| {
        let senders = &senders;
        for _ in 0..jobs {
            let (next, stop) = (&next, &stop);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(file), Some(sender)) = (files.get(index), senders.get(index)) else { return };
                    let mut lines = String::new();
                    let result = open(file).map(|bytes| {
                        let name = file.display().to_string();
                        let summary = search.file(&name, bytes, &mut |found| {
                            lines.push_str(&renderer.line(found));
                            if lines.len() > PIECE && sender.send(Part::Lines(std::mem::take(&mut lines))).is_err() {
                                stop.store(true, Ordering::Relaxed);
                            }
                            !stop.load(Ordering::Relaxed)
                        });
                        (name, summary)
                    });
                    if !lines.is_empty() {
                        // The receiver outlives every sender.
                        let _ = sender.send(Part::Lines(lines));
                    }
                    let _ = sender.send(Part::End(result.map(|(_, summary)| summary)));
                }
            });
        }
        for (file, receiver) in files.iter().zip(receivers) {
            loop {
                match receiver.recv() {
                    Ok(Part::Lines(lines)) => terminal.print(&lines),
                    Ok(Part::End(Ok(part))) => {
                        summary.add(part);
                        break;
                    }
                    Ok(Part::End(Err(problem))) => {
                        terminal.complain("E0601", format!("`{}` cannot be read: {problem}", file.display()), None);
                        good = false;
                        break;
                    }
                    Err(_) => break,
                }
            }
        }
    });
    (summary, good)
}

fn open(file: &Path) -> Result<Box<dyn Read>, String> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    fs::File::open(file).map(|file| Box::new(file) as Box<dyn Read>).map_err(|error| error.to_string())
}

fn options(arguments: &ArgMatches, terminal: &mut Terminal) -> Option<Options> {
    let mut options = Options::default();
    if let Some(id) = arguments.get_one::<String>("logsource") {
        let Some(source) = catalogue::find(id) else {
            let near = catalogue::nearest(id).map(|near| format!("did you mean `{near}`?"));
            terminal.complain(
                "E0201",
                format!("there is no log source `{id}`"),
                near.as_deref().or(Some("`huntc schema` lists them")),
            );
            return None;
        };
        options.source = Some(LogSourceId(source.id.0.clone()));
    }
    for (key, place) in [("since", &mut options.since), ("until", &mut options.until)] {
        let Some(text) = arguments.get_one::<String>(key) else { continue };
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() };
        match crate::logs::time::parse(&whole) {
            Some(time) => *place = Some(time),
            None => {
                terminal.complain(
                    "E0607",
                    format!("`--{key} {text}` is no time"),
                    Some("write 2026-11-24 or 2026-11-24T08:00:00Z"),
                );
                return None;
            }
        }
    }
    Some(options)
}

/// The files that were named, and those in the folders that were named, in the order of their paths.
fn log_files(arguments: &ArgMatches, terminal: &mut Terminal) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in arguments.get_many::<String>("logs").into_iter().flatten() {
        let file = PathBuf::from(path);
        if file.extension().is_some_and(|ending| ending == "hunt") {
            // `--logs a.jsonl b.hunt` reads as two logs; a search of every other hunt is not what was meant.
            terminal.complain("E0607", format!("`{path}` is a hunt, not a log"), Some("name hunts before `--logs`"));
            return None;
        }
        if path == "-" || file.is_file() {
            found.push(file);
        } else if file.is_dir() {
            let before = found.len();
            let mut inside = Vec::new();
            collect(&file, 0, &mut inside);
            inside.sort();
            found.extend(inside);
            if found.len() == before {
                terminal.complain(
                    "E0601",
                    format!("`{path}` holds no log"),
                    Some("logs end in `.jsonl`, `.ndjson` or `.json`, perhaps with `.gz` or `.zst` after it"),
                );
                return None;
            }
        } else if file.exists() {
            // A pipe or a device is read as it comes.
            found.push(file);
        } else {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let names: Vec<String> = fs::read_dir(folder)
                .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
                .unwrap_or_default();
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let near = nearest(&name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            terminal.complain("E0601", format!("there is no file `{path}`"), near.as_deref());
            return None;
        }
    }
    Some(found)
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if depth > 32 {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if kind.is_dir() {
            collect(&path, depth + 1, found);
            continue;
        }
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
        if [".jsonl", ".ndjson", ".json"].iter().any(|ending| plain.ends_with(ending)) {
            found.push(path);
        }
    }
}
