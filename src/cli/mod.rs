//! The command line: the only place with disk, environment, clock and standard streams.
//!
//! One registry, [`COMMANDS`], gives the help, the completions and the dispatch.

mod attack;
mod build;
mod check;
mod completions;
mod coverage;
mod difference;
mod explain;
mod fmt;
mod hindsight;
mod import;
mod init;
mod intelligence;
mod layer;
mod objects;
mod outputs;
mod report;
mod schema;
mod search;
mod show;
mod status;
mod terminal;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use terminal::Terminal;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Good,
    /// The hunts have errors, a test failed, or outputs are stale: exit 1.
    Found,
    /// The call was wrong, or a file could not be read or written: exit 2.
    Wrong,
}

/// One command: its help and what it does.
struct Entry {
    command: fn() -> Command,
    run: fn(&ArgMatches, &mut Terminal) -> Status,
}

const COMMANDS: &[Entry] = &[
    Entry { command: init::command, run: init::run },
    Entry { command: check::command, run: check::run },
    Entry { command: build::command, run: build::run },
    Entry { command: show::command, run: show::run },
    Entry { command: test::command, run: test::run },
    Entry { command: search::command, run: search::run },
    Entry { command: fmt::command, run: fmt::run },
    Entry { command: import::command, run: import::run },
    Entry { command: layer::command, run: layer::run },
    Entry { command: coverage::command, run: coverage::run },
    Entry { command: status::command, run: status::run },
    Entry { command: report::command, run: report::run },
    Entry { command: attack::command, run: attack::run },
    Entry { command: schema::command, run: schema::run },
    Entry { command: explain::command, run: explain::run },
    Entry { command: completions::command, run: completions::run },
];

const ABOUT: &str = "Turns threat hunts into detections.\n\nA .hunt file states a hypothesis: who is believed to do what, how it would show in logs, and tests that prove the \
patterns. huntc checks it, compiles it to Sigma, Splunk SPL and KQL for Microsoft Sentinel and Defender XDR, and runs it over \
logs on this machine.";

const EXAMPLES: &str = "Examples:\n  huntc init my-hunts          a workspace that builds and tests at once\n  huntc check                  find mistakes in every hunt of the workspace\n  huntc build                  write outputs/ for every target\n  huntc test                   run the tests of every hunt\n  huntc show shadow_copies_deleted -t splunk\n  huntc search --logs logs/    the same hunts over JSON lines\n\nExit status: 0 good; 1 the hunts have errors, a test failed or outputs are stale; 2 the call was wrong or a file could not be read or written.";

/// Options that every command takes stand apart, so that a command's own are seen first.
const EVERYWHERE: &str = "Options of every command";

/// The whole command line.
pub fn command() -> Command {
    let mut command = Command::new("huntc")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Turns threat hunts into detections: Sigma, Splunk SPL and KQL")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("color")
                .long("color")
                .value_name("WHEN")
                .value_parser(["auto", "always", "never"])
                .default_value("auto")
                .global(true)
                .hide_possible_values(true)
                .help_heading(EVERYWHERE)
                .help("When to use colour: auto, always or never (NO_COLOR is honoured)"),
        )
        .arg(
            Arg::new("diagnostics")
                .long("diagnostics")
                .value_name("FORMAT")
                .value_parser(["text", "json", "sarif", "github"])
                .default_value("text")
                .global(true)
                .hide_possible_values(true)
                .help_heading(EVERYWHERE)
                .help("How findings are written: text, json, sarif or github"),
        )
        .arg(
            Arg::new("quiet")
                .long("quiet")
                .short('q')
                .action(ArgAction::SetTrue)
                .global(true)
                .help_heading(EVERYWHERE)
                .help("Hide summaries; findings and results stay"),
        );
    for entry in COMMANDS {
        command = command.subcommand((entry.command)());
    }
    command
}

/// Runs the program with the process's own arguments and streams.
pub fn main() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nothing can be said where the stream is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let Some((name, arguments)) = matches.subcommand() else { return ExitCode::from(2) };
    let mut terminal = Terminal::new(arguments);
    let entry = COMMANDS.iter().find(|entry| (entry.command)().get_name() == name);
    let status = entry.map_or(Status::Wrong, |entry| (entry.run)(arguments, &mut terminal));
    let status = if terminal.finish() { status } else { Status::Wrong };
    ExitCode::from(match status {
        Status::Good => 0,
        Status::Found => 1,
        Status::Wrong => 2,
    })
}

/// The paths of a command: hunt files or folders, none for the workspace.
fn paths() -> Arg {
    Arg::new("paths")
        .value_name("PATH")
        .num_args(0..)
        .help("Hunt files, Sigma files (.yml) or folders of both; `-` is standard input [default: the nearest folder upwards with huntc.yaml, else ./hunts]")
}

/// `-t splunk`, `-t sentinel:xdr`, `-t kql`.
fn targets() -> Arg {
    Arg::new("target")
        .short('t')
        .long("target")
        .value_name("TARGET")
        .action(ArgAction::Append)
        .help("sigma, splunk, sentinel, defender, or kql for the last two; with a profile as in splunk:windows (repeatable)")
}

/// `--as-of 2026-11-24`: the day that decides what has expired.
fn as_of() -> Arg {
    let date = |text: &str| match text.parse::<jiff::civil::Date>() {
        Ok(date) if date.to_string() == text => Ok(text.to_owned()),
        _ => Err("a day such as 2026-11-24 was expected".to_owned()),
    };
    Arg::new("as-of").long("as-of").value_name("DATE").value_parser(date).help(
        "The day that decides which indicators and exceptions have expired [default: the newest day that the hunts tell of]",
    )
}

/// What `--as-of` says.
fn day(arguments: &ArgMatches) -> Option<String> {
    arguments.get_one::<String>("as-of").cloned()
}
