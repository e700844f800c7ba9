//! `huntc explain`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use crate::compile;
use crate::diag::codes;
use crate::diag::nearest;
use crate::diag::render::{self, Style};

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Explain a diagnostic code, with an example")
        .long_about(
            "Explains a code such as E0203: why it is reported, an example that the compiler really reports so, and what to do.",
        )
        .after_help("Examples:\n  huntc explain E0203\n  huntc explain --all")
        .arg(Arg::new("code").value_name("CODE").required_unless_present("all").help("Such as E0203, L0301 or W0101"))
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("List every code"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    if arguments.get_flag("all") {
        terminal.print(&render::explain_all());
        return Status::Good;
    }
    let wanted = arguments.get_one::<String>("code").map(String::as_str).unwrap_or_default();
    let Some(code) = codes::find(wanted) else {
        let near = nearest(wanted, codes::all().map(|code| code.id)).map(|near| format!("did you mean `{near}`?"));
        terminal.complain(
            "E0607",
            format!("there is no code `{wanted}`"),
            near.as_deref().or(Some("`huntc explain --all` lists them")),
        );
        return Status::Wrong;
    };
    let style = Style { color: terminal.out_color, ..terminal.style };
    terminal.print(&render::explain(code, Some(&compile::diagnose_example), style));
    Status::Good
}
