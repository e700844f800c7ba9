//! `huntc check`.

use clap::{Arg, ArgMatches, Command};

use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, as_of, day, paths};
use crate::diag::{Severity, render};

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Find mistakes in hunts; writes nothing")
        .long_about("Reads hunts, resolves names, checks types and ATT&CK ids, and reports every mistake with its place and a fix.")
        .after_help("Examples:\n  huntc check\n  huntc check hunts/wannacry.hunt\n  huntc check --deny warnings --diagnostics github\n  cat new.hunt | huntc check -")
        .arg(paths())
        .arg(as_of())
        .arg(Arg::new("deny").long("deny").value_name("WHAT").value_parser(["warnings"]).help("Exit 1 for warnings too: `--deny warnings`"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(mut workspace) = Workspace::find(&path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = day(arguments);
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    terminal.report(&session.diagnostics, &session.sources);
    let count = session.program.rules.len();
    let found = render::summary(&session.diagnostics, &session.sources);
    let files = session.input.files.len();
    let what = format!("{count} rule{} in {files} file{}", plural(count), plural(files));
    terminal.summary(&if found.is_empty() { format!("{what}: no mistakes") } else { format!("{what}: {found}") });
    let denied = arguments.contains_id("deny") && session.diagnostics.iter().any(|each| each.severity == Severity::Warning);
    let status = if session.has_errors() || denied { Status::Found } else { Status::Good };
    // The program ends here, and the system takes its memory back faster than the values' destructors do: a call for one
    // hunt is to feel like none.
    std::mem::forget(session);
    status
}

pub(super) fn path_list(arguments: &ArgMatches) -> Vec<String> {
    arguments.get_many::<String>("paths").map(|paths| paths.cloned().collect()).unwrap_or_default()
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
