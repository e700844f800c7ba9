//! `huntc search`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use super::workspace::Workspace;

pub(super) fn command() -> Command {
    Command::new("search")
        .about("Run hunts over logs on this machine")
        .after_help("Examples:\n  huntc search --logs logs/\n  huntc search hunts/wannacry.hunt --logs day.jsonl.zst --format json\n  zcat day.jsonl.gz | huntc search --logs -")
        .arg(super::paths())
        .arg(Arg::new("logs").long("logs").value_name("PATH").required(true).num_args(1..).action(ArgAction::Append).help("JSON lines files (.jsonl, .json; .gz, .zst), folders of them, or `-`"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let _ = Workspace::find(&super::check::path_list(arguments), terminal);
    Status::Good
}
