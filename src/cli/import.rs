//! `huntc import`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};

use super::check::plural;
use super::terminal::Terminal;
use super::workspace::{self, Workspace};
use super::{Status, paths};
use crate::attack::Release;
use crate::compile::Sources;
use crate::diag::{Diagnostic, SourceMap, render};
use crate::import::sigma;
use crate::syntax::ast;

pub(super) fn command() -> Command {
    Command::new("import")
        .about("Write other people's rules and indicators as hunts")
        .long_about("Writes hunts that mean what other people's rules mean, or that look for what others have reported, to be read and edited from then on. Every other command takes Sigma files as they are.")
        .subcommand_required(true)
        .subcommands(super::intelligence::commands())
        .subcommand(
            Command::new("sigma")
                .about("Sigma rules and correlations")
                .long_about("Writes one hunt file for each Sigma file: selections become patterns, the condition the `when`. A correlation and the rules that it names become one hunt. Files that are there already are left alone.")
                .after_help("Examples:\n  huntc import sigma rule.yml              the hunt on standard output\n  huntc import sigma rules/ -o hunts/      a hunt file for each Sigma file, in the same folders")
                .arg(paths().required(true).help("Sigma files, or folders of them; `-` is standard input"))
                .arg(Arg::new("output").short('o').long("output").value_name("DIR").help("The folder to write hunt files in [default: standard output]")),
        )
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    match arguments.subcommand() {
        Some(("sigma", arguments)) => run_sigma(arguments, terminal),
        Some((format, arguments)) => super::intelligence::run(format, arguments, terminal),
        // The command line refuses none.
        None => Status::Wrong,
    }
}

fn run_sigma(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let named = super::check::path_list(arguments);
    let Some(workspace) = Workspace::find(&named, terminal) else { return Status::Wrong };
    let release = workspace.config.attack.as_deref().and_then(Release::parse).unwrap_or(Release::V19_0);
    let output = arguments.get_one::<String>("output").map(PathBuf::from);
    let mut sources = SourceMap::default();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut status = Status::Good;
    let (mut written, mut kept) = (0, 0);
    for path in workspace.roots.iter().filter(|path| !path.ends_with(".hunt")) {
        let text = match workspace.read(path).map(crate::compile::decode_text) {
            Ok(Ok(text)) => text,
            Ok(Err(problem)) => {
                terminal.complain("E0602", format!("`{path}`: {} (byte {})", problem.message, problem.offset), None);
                status = Status::Wrong;
                continue;
            }
            Err(problem) => {
                terminal.complain("E0601", format!("`{path}` cannot be read: {}", workspace::words(&problem)), None);
                status = Status::Wrong;
                continue;
            }
        };
        let source = sources.add(path.as_str(), text.as_str());
        let read = sigma::read(source, &text, release);
        diagnostics.extend(read.diagnostics);
        let Some(name) = first_hunt(&read.tree) else { continue };
        let hunt = crate::fmt::print(&read.tree);
        let Some(folder) = &output else {
            if written > 0 {
                terminal.print("\n");
            }
            terminal.print(&hunt);
            written += 1;
            continue;
        };
        let file = folder.join(place(path, &named, &workspace.root)).join(distinct(name, path, &mut taken));
        match write_new(&file, &hunt) {
            Ok(true) => written += 1,
            Ok(false) => kept += 1,
            Err(error) => {
                terminal.complain("E0608", format!("`{}` cannot be written: {error}", file.display()), None);
                status = Status::Wrong;
            }
        }
    }
    terminal.report(&diagnostics, &sources);
    if output.is_some() {
        let mut parts = vec![format!("{written} hunt file{} written", plural(written))];
        if kept > 0 {
            parts.push(format!("{kept} there already and left alone"));
        }
        let found = render::summary(&diagnostics, &sources);
        if !found.is_empty() {
            parts.push(found);
        }
        terminal.summary(&parts.join("; "));
    }
    let errors = diagnostics.iter().any(Diagnostic::is_error);
    if errors && status == Status::Good { Status::Found } else { status }
}

fn first_hunt(tree: &ast::File) -> Option<&str> {
    tree.items.iter().find_map(|item| match item {
        ast::Item::Hunt(unit) => Some(unit.name.node.as_str()),
        ast::Item::Use(_) | ast::Item::Library(_) | ast::Item::Site(_) | ast::Item::LogSource(_) => None,
    })
}

/// The folder of a Sigma file below the one that was named, so that a tree of rules stays one.
fn place(path: &str, named: &[String], root: &Path) -> PathBuf {
    let file = root.join(path);
    let here = std::env::current_dir().unwrap_or_default();
    let parent = file.parent().map(Path::to_path_buf).unwrap_or_default();
    let below = |folder: &PathBuf| parent.strip_prefix(folder).ok().map(Path::to_path_buf);
    named
        .iter()
        .map(|name| workspace::normal(&here.join(name)))
        .filter(|folder| folder.is_dir())
        .find_map(|folder| below(&folder))
        .unwrap_or_default()
}

/// A file name that no other rule of the same call has.
fn distinct(name: &str, path: &str, taken: &mut BTreeSet<String>) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut file = format!("{name}.hunt");
    let mut number = 2;
    while !taken.insert(format!("{folder}/{file}")) {
        file = format!("{name}_{number}.hunt");
        number += 1;
    }
    file
}

/// Writes a file unless there is one: somebody may have edited it.
pub(super) fn write_new(file: &Path, text: &str) -> std::io::Result<bool> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut new) => std::io::Write::write_all(&mut new, text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
