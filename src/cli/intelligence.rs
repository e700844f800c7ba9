//! `huntc import misp|stix|csv|report`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::check::plural;
use super::import::write_new;
use super::terminal::Terminal;
use super::workspace::{decoded, read_limited, read_text, words};
use crate::attack::Release;
use crate::config;
use crate::diag::{Diagnostic, SourceId, SourceMap, nearest};
use crate::indicator::Kind;
use crate::intel::{self, Collection, Lifetimes, Policy, Read, Style, Tlp};

/// A larger file is refused before it is read: a million indicators as MISP writes them take less.
const LARGEST: u64 = 400 * 1024 * 1024;

/// The same of a report, which is read by expressions, line by line.
const LARGEST_REPORT: u64 = 32 * 1024 * 1024;

/// Indicators beyond which a hunt without a folder for its files is no longer a text that somebody reads.
const MOST_PRINTED: usize = 10_000;

/// A format: its name, what it is, the endings of its files in a folder, examples.
struct Format {
    name: &'static str,
    about: &'static str,
    long: &'static str,
    endings: &'static [&'static str],
    /// In bytes.
    largest: u64,
    examples: &'static str,
    read: fn(SourceId, &str, &str, Release, &Lifetimes) -> Read,
}

const FORMATS: &[Format] = &[
    Format {
        name: "misp",
        about: "MISP events, lists of such, feeds",
        long: "Reads events as MISP exports them: one, several in `response` or in a list, and the folder of a feed (the events that its manifest.json names). Attributes, those of objects, tags and galaxies become indicators, markings, ATT&CK ids.",
        endings: &["json"],
        largest: LARGEST,
        examples: "Examples:\n  huntc import misp event.json                 a hunt on standard output\n  huntc import misp event.json -o hunts/       a hunt file, and its larger sets in hunts/iocs/\n  huntc import misp feed/ -o hunts/ --max-tlp green\n  huntc import misp event.json --format json   one indicator a line, and what was skipped",
        read: intel::misp::read,
    },
    Format {
        name: "stix",
        about: "STIX 2.0 and 2.1 bundles",
        long: "Reads the indicators of bundles, with their markings, their validity and what they indicate. Patterns that list values become indicators; patterns on processes, files, registry and connections become detects, and FOLLOWEDBY, AND, REPEATS with WITHIN correlates.",
        endings: &["json", "stix", "stix2"],
        largest: LARGEST,
        examples: "Examples:\n  huntc import stix bundle.json -o hunts/\n  huntc import stix bundle.json --format json",
        read: intel::stix::read,
    },
    Format {
        name: "csv",
        about: "Tables with a header or without",
        long: "Reads tables: with a column `value` (indicator, ioc, data), or columns called after a type (sha256, domain, C2 server), or none that says so. `type`, `tlp`, `source`, `first_seen`, `last_seen` and `expires` are read where they are there.",
        endings: &["csv", "tsv"],
        largest: LARGEST,
        examples: "Examples:\n  huntc import csv iocs.csv -o hunts/\n  huntc import csv iocs.csv --format json\n  huntc import csv blocklist.csv --expires ip=7d --library -o lib/",
        read: intel::table::read,
    },
    Format {
        name: "report",
        about: "Reports as text, Markdown, AsciiDoc or HTML",
        long: "Reads what a report defangs, and what stands alone in a line or in a cell of a table: addresses, hosts, URLs, mail addresses, hashes, CVEs, and the ids of ATT&CK techniques. What stands in a sentence without being defanged is left out.",
        endings: &["txt", "md", "adoc", "asciidoc", "html", "htm", "rst"],
        largest: LARGEST_REPORT,
        examples: "Examples:\n  huntc import report blog.html --seen 2026-11-20 -o hunts/\n  huntc import report notes.md --format json",
        read: intel::report::read,
    },
];

pub(super) fn commands() -> impl Iterator<Item = Command> {
    FORMATS.iter().map(|format| {
        Command::new(format.name)
            .about(format.about)
            .long_about(format!("{}\n\nValues are refanged, brought to one form and merged. What is left out is counted, with the reason.", format.long))
            .after_help(format.examples)
            .arg(Arg::new("paths").value_name("FILE").num_args(1..).required(true).help("Files, or folders of them; `-` is standard input"))
            .arg(
                Arg::new("output")
                    .short('o')
                    .long("output")
                    .value_name("DIR")
                    .help("The folder to write hunt files in; those that are there already are left alone [default: standard output]"),
            )
            .arg(Arg::new("format").long("format").value_name("FORMAT").default_value("hunt").help("hunt, or json: one indicator a line"))
            .arg(Arg::new("library").long("library").action(ArgAction::SetTrue).help("Write libraries: the indicators alone, for hunts to use"))
            .arg(
                Arg::new("warninglists")
                    .long("warninglists")
                    .value_name("DIR")
                    .help("A folder of MISP's warninglists: values on some are left out, on the others only marked"),
            )
            .arg(Arg::new("max-tlp").long("max-tlp").value_name("MARKING").help("Leave out what is marked more strictly: clear, green, amber, amber+strict or red"))
            .arg(
                Arg::new("expires")
                    .long("expires")
                    .value_name("TYPE=DAYS")
                    .action(ArgAction::Append)
                    .help("How long indicators of a type apply after they were last seen, such as domain=90d, ip=never; `never` alone for all (repeatable)"),
            )
            .arg(Arg::new("seen").long("seen").value_name("DATE").help("When indicators without a date were last seen: their expiry counts from it"))
            .arg(Arg::new("attack").long("attack").value_name("RELEASE").help("18.1 or 19.0 [default: that of huntc.yaml, else 19.0]"))
    })
}

/// What a call asks for.
struct Call {
    release: Release,
    lifetimes: Lifetimes,
    policy: Policy,
    output: Option<PathBuf>,
    json: bool,
    library: bool,
}

pub(super) fn run(name: &str, arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(format) = FORMATS.iter().find(|format| format.name == name) else { return Status::Wrong };
    let call = match call(arguments) {
        Ok(call) => call,
        Err((message, help)) => {
            terminal.complain("E0607", message, help.as_deref());
            return Status::Wrong;
        }
    };
    let mut call = call;
    let mut status = Status::Good;
    let mut sources = SourceMap::default();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if let Some(folder) = arguments.get_one::<String>("warninglists") {
        let mut files = Vec::new();
        lists_in(Path::new(folder), 0, &mut files);
        if files.is_empty() {
            terminal.complain(
                "E0601",
                format!("`{folder}` holds no warninglists"),
                Some("name a folder of `*.json` files, or of folders with `list.json`"),
            );
            return Status::Wrong;
        }
        for file in files {
            let Some(text) = text(&file, LARGEST_REPORT, terminal) else {
                status = Status::Wrong;
                continue;
            };
            let source = sources.add(file.as_str(), text.as_str());
            diagnostics.extend(call.policy.warninglists.add(source, &text, &file));
        }
    }
    let mut collections: Vec<Collection> = Vec::new();
    let paths: Vec<String> = arguments.get_many::<String>("paths").map(|paths| paths.cloned().collect()).unwrap_or_default();
    for path in &paths {
        let files = match inputs(path, format) {
            Ok(files) => files,
            Err(problem) => {
                terminal.complain("E0601", problem, None);
                status = Status::Wrong;
                continue;
            }
        };
        for file in files {
            let Some(text) = text(&file, format.largest, terminal) else {
                status = Status::Wrong;
                continue;
            };
            let source = sources.add(file.as_str(), text.as_str());
            let called = Path::new(&file)
                .file_stem()
                .map_or_else(|| "standard input".to_owned(), |stem| stem.to_string_lossy().into_owned());
            let called = if file == "-" { "standard input".to_owned() } else { called };
            let mut read = (format.read)(source, &text, &called, call.release, &call.lifetimes);
            for collection in &mut read.collections {
                call.policy.apply(collection);
            }
            diagnostics.append(&mut read.diagnostics);
            collections.append(&mut read.collections);
        }
    }
    let errors = diagnostics.iter().any(Diagnostic::is_error);
    if errors && status == Status::Good {
        status = Status::Found;
    }
    terminal.report(&diagnostics, &sources);
    summary(&collections, terminal);
    if call.json {
        terminal.print(&intel::lines(&collections));
    } else if let Some(worse) = write(&collections, &call, terminal) {
        status = worse;
    }
    status
}

/// The hunts, printed or written.
fn write(collections: &[Collection], call: &Call, terminal: &mut Terminal) -> Option<Status> {
    let count: usize = collections.iter().map(|collection| collection.indicators.len()).sum();
    if call.output.is_none() && count > MOST_PRINTED {
        terminal.complain(
            "E0607",
            format!("{count} indicators are too many to print as a hunt"),
            Some("name a folder with `-o`: larger sets stand in files beside the hunt; or write `--format json`"),
        );
        return Some(Status::Wrong);
    }
    let style = Style { release: call.release, library: call.library, files: call.output.is_some() };
    let (mut written, mut kept, mut worse) = (0, 0, None);
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    'hunts: for (index, made) in intel::hunts(collections, style).into_iter().enumerate() {
        for (reason, count) in &made.left_out {
            *left_out.entry(reason).or_insert(0) += count;
        }
        let Some(folder) = &call.output else {
            if index > 0 {
                terminal.print("\n");
            }
            terminal.print(&made.hunt);
            continue;
        };
        let hunt = folder.join(format!("{}.hunt", made.name));
        if hunt.exists() {
            kept += 1;
            continue;
        }
        // Its files first: a hunt without them would not compile.
        let files = made.files.iter().map(|(path, text)| (folder.join(path), text)).chain([(hunt, &made.hunt)]);
        for (file, text) in files {
            let done = match file.extension().is_some_and(|ending| ending == "csv") {
                // The hunt that names it is new.
                true => write_over(&file, text).map(|()| true),
                false => write_new(&file, text),
            };
            if let Err(error) = done {
                terminal.complain("E0608", format!("`{}` cannot be written: {error}", file.display()), None);
                worse = Some(Status::Wrong);
                continue 'hunts;
            }
        }
        written += 1;
    }
    for (reason, count) in left_out {
        terminal.summary(&format!("{count} left out of the hunt, and in `--format json`: {reason}"));
    }
    if call.output.is_some() {
        let already = if kept > 0 { format!("; {kept} there already and left alone") } else { String::new() };
        terminal.summary(&format!("{written} hunt file{} written{already}", plural(written)));
    }
    worse
}

fn write_over(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// What was read and what was left out, each reason with its count.
fn summary(collections: &[Collection], terminal: &mut Terminal) {
    let indicators: usize = collections.iter().map(|collection| collection.indicators.len()).sum();
    let merged: usize = collections.iter().map(|collection| collection.merged).sum();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
    let mut unfit = 0;
    for collection in collections {
        for indicator in &collection.indicators {
            *types.entry(indicator.kind.name()).or_insert(0) += 1;
            unfit += usize::from(indicator.for_detection == Some(false));
        }
        for skipped in &collection.skipped {
            let entry = reasons.entry(skipped.reason.to_string()).or_default();
            entry.0 += 1;
            *entry.1.entry(&skipped.kind).or_insert(0) += 1;
        }
    }
    let listed = |counts: &BTreeMap<&str, usize>| {
        let mut counts: Vec<(&str, usize)> = counts.iter().map(|(name, count)| (*name, *count)).collect();
        counts.sort_by(|one, two| two.1.cmp(&one.1).then(one.0.cmp(two.0)));
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    let detail = if types.is_empty() { String::new() } else { format!(": {}", listed(&types)) };
    terminal.summary(&format!("{indicators} indicator{}{detail}", plural(indicators)));
    let warned =
        collections.iter().flat_map(|collection| &collection.indicators).filter(|indicator| !indicator.warnings.is_empty());
    let mut lists: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = 0;
    for indicator in warned {
        count += 1;
        for list in &indicator.warnings {
            *lists.entry(list).or_insert(0) += 1;
        }
    }
    if count > 0 {
        terminal.summary(&format!("{count} kept although on a warninglist: {}", listed(&lists)));
    }
    if merged > 0 {
        terminal.summary(&format!("{merged} merged with one that was read before"));
    }
    if unfit > 0 {
        terminal.summary(&format!("{unfit} of them not meant for detection by their source (`to_ids`)"));
    }
    for (reason, (count, kinds)) in &reasons {
        terminal.summary(&format!("{count} skipped, {reason}: {}", listed(kinds)));
    }
}

fn call(arguments: &ArgMatches) -> Result<Call, (String, Option<String>)> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let json = match text("format") {
        Some("json") => true,
        Some("hunt") | None => false,
        Some(other) => return Err((format!("`--format {other}` is not known"), Some("write hunt or json".to_owned()))),
    };
    let max_tlp = match text("max-tlp") {
        None => None,
        Some(word) => Some(Tlp::parse(word).ok_or_else(|| {
            let names: Vec<&str> = Tlp::ALL.iter().map(|tlp| tlp.name()).collect();
            (format!("there is no marking called `{word}`"), Some(format!("write one of {}", names.join(", "))))
        })?),
    };
    let mut lifetimes = Lifetimes::default();
    for each in arguments.get_many::<String>("expires").into_iter().flatten() {
        lifetimes.set(each).map_err(|problem| {
            let near = each.split_once('=').and_then(|(kind, _)| nearest(kind, Kind::all().map(Kind::name)));
            (format!("`--expires {each}`: {problem}"), near.map(|near| format!("did you mean `{near}`?")))
        })?;
    }
    if let Some(date) = text("seen") {
        lifetimes.set_seen(date).map_err(|problem| (problem, None))?;
    }
    let output = text("output").map(PathBuf::from);
    let release = match text("attack").map(str::to_owned).or_else(|| configured(output.as_deref())) {
        None => Release::default(),
        Some(name) => Release::parse(&name)
            .ok_or_else(|| (format!("ATT&CK `{name}` is not embedded"), Some("write 18.1 or 19.0".to_owned())))?,
    };
    let policy = Policy { max_tlp, ..Policy::default() };
    Ok(Call { release, lifetimes, policy, output, json, library: arguments.get_flag("library") })
}

/// The release of the workspace that the hunts are written in. What is wrong with `huntc.yaml` is for the other commands to say.
fn configured(output: Option<&Path>) -> Option<String> {
    let here = std::env::current_dir().ok()?;
    let start = output.map_or_else(|| here.clone(), |folder| here.join(folder));
    let file = start.ancestors().map(|folder| folder.join("huntc.yaml")).find(|file| file.is_file())?;
    let bytes = read_limited(&file, 1024 * 1024).ok()?;
    config::parse(SourceId(0), &String::from_utf8_lossy(&bytes)).0.attack
}

/// The warninglists of a folder, in the order of their names.
fn lists_in(folder: &Path, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && depth < 3 {
            lists_in(&path, depth + 1, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path.to_string_lossy().into_owned());
        }
    }
}

/// The files that a path means: itself, or those in a folder; of a feed those that its manifest names.
fn inputs(path: &str, format: &Format) -> Result<Vec<String>, String> {
    let folder = Path::new(path);
    if path == "-" || !folder.is_dir() {
        let listed = folder.file_name().is_some_and(|name| name == "manifest.json");
        return if listed { feed(folder) } else { Ok(vec![path.to_owned()]) };
    }
    let manifest = folder.join("manifest.json");
    if format.name == "misp" && manifest.is_file() {
        return feed(&manifest);
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    let mut files: Vec<String> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.is_file())
        .filter(|file| {
            let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            ending.is_some_and(|ending| format.endings.contains(&ending.as_str()))
        })
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("`{path}` holds no file that ends in .{}", format.endings.join(" or .")));
    }
    Ok(files)
}

/// The events of a feed, beside its manifest.
fn feed(manifest: &Path) -> Result<Vec<String>, String> {
    let shown = manifest.display();
    let bytes = read_limited(manifest, LARGEST).map_err(|problem| format!("`{shown}` cannot be read: {}", words(&problem)))?;
    let text = String::from_utf8_lossy(&bytes);
    let Some(mut events) = intel::misp::manifest(&text) else {
        // A single event may be called so.
        return Ok(vec![manifest.to_string_lossy().into_owned()]);
    };
    events.sort();
    let folder = manifest.parent().unwrap_or(Path::new(""));
    Ok(events.iter().map(|event| folder.join(format!("{event}.json")).to_string_lossy().into_owned()).collect())
}

/// The text of a file; what is wrong with it is told.
fn text(file: &str, limit: u64, terminal: &mut Terminal) -> Option<String> {
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        match std::io::stdin().take(limit + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > limit => {
                terminal.complain("E0601", format!("standard input is larger than {} MB", limit / 1_000_000), None);
                return None;
            }
            Ok(_) => bytes,
            Err(error) => {
                terminal.complain("E0601", format!("standard input cannot be read: {error}"), None);
                return None;
            }
        }
    } else {
        return read_text("", file, limit, terminal);
    };
    decoded("", file, bytes, terminal)
}
