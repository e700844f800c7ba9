//! `huntc attack`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use crate::attack::{Release, describe};

pub(super) fn command() -> Command {
    Command::new("attack")
        .about("Look a technique, group, software or campaign up in ATT&CK, offline")
        .long_about("Looks a technique, tactic, group, software or campaign up in the embedded ATT&CK releases, 18.1 and 19.0: names, aliases, tactics, who uses it, and the successor of what was revoked. The facts of 19.0 hold no campaigns.")
        .after_help("Examples:\n  huntc attack T1490\n  huntc attack WannaCry\n  huntc attack \"Lazarus Group\" --attack 18.1 --json\n\n© The MITRE Corporation. ATT&CK is reproduced and distributed with the permission of The MITRE Corporation.")
        .arg(Arg::new("query").value_name("ID-OR-NAME").required(true).num_args(1..).help("Such as T1490, S0366, G0032, or a name or alias"))
        .arg(Arg::new("attack").long("attack").value_name("RELEASE").default_value("19.0").help("18.1 or 19.0"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let name = arguments.get_one::<String>("attack").map(String::as_str).unwrap_or_default();
    let Some(release) = Release::parse(name) else {
        terminal.complain("E0607", format!("ATT&CK `{name}` is not embedded"), Some("write 18.1 or 19.0"));
        return Status::Wrong;
    };
    let words: Vec<String> = arguments.get_many::<String>("query").map(|words| words.cloned().collect()).unwrap_or_default();
    let found = describe(release.facts(), &words.join(" "));
    if arguments.get_flag("json") {
        terminal.print(&format!("{:#}\n", found.json()));
    } else if found.found() {
        terminal.print(&found.text());
    } else {
        terminal.error(&found.text());
    }
    if found.found() { Status::Good } else { Status::Found }
}
