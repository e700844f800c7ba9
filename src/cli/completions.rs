//! `huntc completions`.

use clap::{Arg, ArgMatches, Command};
use clap_complete::{Shell, generate};

use super::Status;
use super::terminal::Terminal;

pub(super) fn command() -> Command {
    Command::new("completions")
        .about("Print a completion script for a shell")
        .after_help("Examples:\n  source <(huntc completions bash)                 for this shell only\n  huntc completions zsh > ~/.zfunc/_huntc\n  huntc completions fish > ~/.config/fish/completions/huntc.fish")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(["bash", "zsh", "fish", "elvish", "powershell"])
                .help("The shell"),
        )
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let name = arguments.get_one::<String>("shell").map(String::as_str).unwrap_or_default();
    let Ok(shell) = name.parse::<Shell>() else { return Status::Wrong };
    let mut text = Vec::new();
    generate(shell, &mut super::command(), "huntc", &mut text);
    terminal.print(&String::from_utf8_lossy(&text));
    Status::Good
}
