//! `huntc init`.

use std::fs;
use std::path::Path;

use clap::{Arg, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use crate::attack::{self, Release};
use crate::diag::{Diagnostic, SourceMap, Span};

pub(super) fn command() -> Command {
    Command::new("init")
        .about("Make a workspace that builds and tests at once")
        .long_about("Writes huntc.yaml, one hunt with tests, and a CI example into a folder. With --software or --actor the hunt starts with what ATT&CK knows of it.")
        .after_help("Examples:\n  huntc init\n  huntc init my-hunts\n  huntc init my-hunts --software WannaCry")
        .arg(Arg::new("folder").value_name("DIR").default_value(".").help("The folder; made where it is missing"))
        .arg(Arg::new("actor").long("actor").value_name("NAME").help("A group of ATT&CK, by name, alias or id: its techniques become the hunt's"))
        .arg(Arg::new("software").long("software").value_name("NAME").help("A software of ATT&CK, by name, alias or id"))
}

const CONFIG: &str = include_str!("templates/huntc.yaml");
const HUNT: &str = include_str!("templates/example.hunt");
const WORKFLOW: &str = include_str!("templates/huntc.yml");

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let folder = Path::new(arguments.get_one::<String>("folder").map_or(".", String::as_str));
    let mut objects = Vec::new();
    for (key, resolve) in [
        ("actor", attack::diagnose_actor as fn(Release, &str, Span) -> Result<attack::Object, Diagnostic>),
        ("software", attack::diagnose_software),
    ] {
        let Some(name) = arguments.get_one::<String>(key) else { continue };
        let mut sources = SourceMap::default();
        let source = sources.add(format!("--{key}"), name.as_str());
        match resolve(Release::V19_0, name, Span::new(source, 0, name.len())) {
            Ok(object) => objects.push((key, object)),
            Err(diagnostic) => {
                terminal.report(&[diagnostic], &sources);
                return Status::Wrong;
            }
        }
    }
    let (name, hunt) = match objects.first() {
        None => ("example".to_owned(), HUNT.to_owned()),
        Some((_, first)) => {
            let facts = Release::V19_0.facts();
            let mut ids: Vec<&str> =
                objects.iter().flat_map(|(_, object)| facts.uses(object.id).techniques.iter().copied()).collect();
            ids.sort_unstable();
            ids.dedup();
            let name = identifier(first.name);
            let title = format!("{}: what it would leave in our logs", first.name);
            let text = scaffold(Release::V19_0, &name, &title, &objects, &ids, &["intel-report"]);
            (name, text)
        }
    };
    let files = [
        ("huntc.yaml".to_owned(), CONFIG.to_owned()),
        (format!("hunts/{name}.hunt"), hunt),
        (".github/workflows/huntc.yml".to_owned(), WORKFLOW.to_owned()),
    ];
    if let Some((path, _)) = files.iter().find(|(path, _)| folder.join(path).exists()) {
        terminal.complain(
            "E0608",
            format!("`{}` is there already", folder.join(path).display()),
            Some("name another folder, or move the file away"),
        );
        return Status::Wrong;
    }
    for (path, text) in &files {
        let file = folder.join(path);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        if let Err(error) = written {
            terminal.complain("E0608", format!("`{}` cannot be written: {error}", file.display()), None);
            return Status::Wrong;
        }
        terminal.print(&format!("wrote {}\n", file.display()));
    }
    let first = if folder == Path::new(".") { String::new() } else { format!("`cd {}`, ", folder.display()) };
    terminal.summary(&format!("next: {first}`huntc test`, then `huntc build`"));
    Status::Good
}

/// A name for a hunt, of any text.
pub(super) fn identifier(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    format!("hunt_{}", name.trim_matches('_').trim_start_matches("hunt_"))
}

/// The example hunt with what was named and its techniques, each a blind spot until a rule covers it.
pub(super) fn scaffold(
    release: Release,
    name: &str,
    title: &str,
    objects: &[(&str, attack::Object)],
    techniques: &[&str],
    triggers: &[&str],
) -> String {
    let facts = release.facts();
    let mut head = String::new();
    for (key, object) in objects {
        head.push_str(&format!("  {key} \"{}\"  # {}\n", object.id, object.name));
    }
    let mut blind = String::new();
    for id in techniques.iter().filter(|id| **id != "T1490") {
        let title = facts.technique(id).map_or("", |technique| technique.name);
        blind.push_str(&format!("  blindspot {id} \"{title}: no rule yet\"\n"));
    }
    let trigger = if triggers.is_empty() { String::new() } else { format!("  trigger {}\n", triggers.join(", ")) };
    HUNT.replace("hunt example {", &format!("hunt {name} {{"))
        .replace("  tlp clear\n", &format!("  tlp clear\n{trigger}"))
        .replace("  techniques T1490\n\n", &format!("{head}  techniques T1490\n{blind}\n"))
        .replace(
            "title \"Example: backups destroyed before encryption\"",
            // Titles are ours and names are ATT&CK's; neither may end the text.
            &format!("title \"{}\"", title.replace(['"', '\\'], "'")),
        )
}
