//! `huntc fmt`.

use std::fs;
use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, difference, paths};
use crate::compile::Sources;
use crate::diag::{Diagnostic, SourceMap};
use crate::syntax;

pub(super) fn command() -> Command {
    Command::new("fmt")
        .about("Rewrite hunt files in the language's one layout")
        .long_about("Rewrites hunt files in the language's one layout, in place. Comments stay where they are; meaning never changes. A file with syntax errors is reported and left alone.")
        .after_help("Examples:\n  huntc fmt\n  huntc fmt --check            exit 1 with a diff where a file would change\n  huntc fmt - < a.hunt         standard input to standard output")
        .arg(paths())
        .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Write nothing; exit 1 where a file would change"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(workspace) = Workspace::find(&super::check::path_list(arguments), terminal) else { return Status::Wrong };
    let check = arguments.get_flag("check");
    let mut status = Status::Good;
    let mut changed = 0;
    let sigma = |path: &&String| super::workspace::is_sigma(std::path::Path::new(path));
    let named = super::check::path_list(arguments);
    if let Some(path) = named.iter().find(|path| sigma(path)) {
        terminal.complain(
            "E0607",
            format!("`{path}` is Sigma, and `fmt` lays out hunts"),
            Some("`huntc import sigma` writes it as a hunt"),
        );
        return Status::Wrong;
    }
    for path in workspace.roots.iter().filter(|path| !sigma(path)) {
        let text = match workspace.read(path).map(crate::compile::decode_text) {
            Ok(Ok(text)) => text,
            Ok(Err(problem)) => {
                terminal.complain("E0602", format!("`{path}`: {} (byte {})", problem.message, problem.offset), None);
                status = Status::Wrong;
                continue;
            }
            Err(problem) => {
                terminal.complain("E0601", format!("`{path}` cannot be read: {}", super::workspace::words(&problem)), None);
                status = Status::Wrong;
                continue;
            }
        };
        let mut sources = SourceMap::default();
        let source = sources.add(path.as_str(), text.as_str());
        let (tree, diagnostics) = syntax::parse(source, &text);
        if diagnostics.iter().any(Diagnostic::is_error) {
            terminal.report(&diagnostics, &sources);
            status = if status == Status::Wrong { status } else { Status::Found };
            continue;
        }
        let formatted = crate::fmt::format(&tree, &text);
        if path == "-" && !check {
            terminal.print(&formatted);
            continue;
        }
        if formatted == text {
            continue;
        }
        changed += 1;
        if check {
            terminal.print(&format!("--- {path}\n+++ {path}\n{}", difference::unified(&text, &formatted)));
            status = if status == Status::Wrong { status } else { Status::Found };
        } else if let Err(error) = write_whole(&workspace.root.join(path), &formatted) {
            terminal.complain("E0608", format!("`{path}` cannot be written: {error}"), None);
            status = Status::Wrong;
        }
    }
    let files = workspace.roots.iter().filter(|path| !sigma(path)).count();
    let plural = super::check::plural;
    terminal.summary(&if check {
        format!("{changed} of {files} file{} would change", plural(files))
    } else {
        format!("{changed} of {files} file{} changed", plural(files))
    });
    status
}

/// Writes beside the file and renames, so that a full disk does not leave half a hunt.
fn write_whole(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    // A link stays a link: what it leads to is rewritten.
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let beside = file.with_file_name(name);
    let write = || {
        let mut new = fs::File::create(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::set_permissions(&beside, permissions.clone())?;
        fs::rename(&beside, &file)
    };
    let result = write();
    if result.is_err() {
        let _ = fs::remove_file(&beside);
    }
    result
}
