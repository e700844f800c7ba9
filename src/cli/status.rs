//! `huntc status`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::check::{path_list, plural};
use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, hindsight, paths};
use crate::compile;
use crate::diag::Diagnostic;
use crate::lifecycle::{self, Standing};

const ABOUT: &str = "Lists every hunt: its stage, its outcome, its age, how long its indicators hold, and what is missing before it may close.\n\nA hunt ends when its own `stop` conditions hold, not when time runs out: every log source that its rules look at was examined over the window, each technique has a tested rule or a stated blind spot, and there is an outcome with a conclusion and somebody who takes over. A refuted hypothesis is a success where the whole scope was searched; else the outcome is inconclusive.";

const EXAMPLES: &str = "Examples:\n  huntc status\n  huntc status hunts/wannacry.hunt\n  huntc status --done hunts/wannacry.hunt       exit 1 while something is missing\n  huntc status --done --stage closed            a gate for CI: what is called closed is complete\n  huntc status --as-of 2026-12-31 --format json";

const STAGES: &[&str] = &["draft", "hunting", "detecting", "closed"];

pub(super) fn command() -> Command {
    Command::new("status")
        .about("Every hunt: stage, outcome, age, and what is missing before it may close")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .arg(paths())
        .arg(
            Arg::new("done")
                .long("done")
                .action(ArgAction::SetTrue)
                .help("Report what is missing at the hunts' lines, and exit 1 while something is"),
        )
        .arg(
            Arg::new("missing")
                .long("missing")
                .action(ArgAction::SetTrue)
                .help("List what is missing below each hunt, as is done for one hunt alone"),
        )
        .arg(
            Arg::new("stage")
                .long("stage")
                .value_name("STAGE")
                .action(ArgAction::Append)
                .value_parser(clap::builder::PossibleValuesParser::new(STAGES))
                .hide_possible_values(true)
                .help("Only hunts that are draft, hunting, detecting or closed (repeatable)"),
        )
        .arg(super::as_of())
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "json"])
                .default_value("table")
                .hide_possible_values(true)
                .help("table or json"),
        )
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(mut workspace) = Workspace::find(&path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = super::day(arguments);
    let Some(settings) = workspace.targets(&[], terminal) else { return Status::Wrong };
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    let errors: Vec<Diagnostic> = session.diagnostics.iter().filter(|each| each.is_error()).cloned().collect();
    terminal.report(&errors, &session.sources);
    if session.stops() {
        return Status::Found;
    }
    let build = compile::build(&session, &settings, session.input.options.attack.name());
    let Some(rules) = hindsight::records(&build, terminal) else { return Status::Wrong };
    let as_of = crate::check::as_of(&session.input);
    let mut standings = lifecycle::standings(compile::hunts(&session), &rules, &as_of, &|span| hindsight::place(&session, span));
    let stages: Vec<&String> = arguments.get_many::<String>("stage").into_iter().flatten().collect();
    if !stages.is_empty() {
        standings.retain(|standing| stages.iter().any(|stage| *stage == standing.stage()));
    }
    let done = arguments.get_flag("done");
    if arguments.get_one::<String>("format").is_some_and(|format| format == "json") {
        terminal.print(&lifecycle::json(&standings, &as_of, &|span| hindsight::place(&session, span).1));
    } else {
        terminal.print(&lifecycle::table(&standings, &as_of));
        if !done && (standings.len() == 1 || arguments.get_flag("missing")) {
            terminal.print(&lifecycle::list(&standings));
        }
    }
    if done {
        terminal.report(&findings(&standings), &session.sources);
    }
    let closable = standings.iter().filter(|standing| standing.may_close()).count();
    let count = standings.len();
    terminal.summary(&format!("{count} hunt{}: {closable} may close", plural(count)));
    let wanting = done && closable < count;
    if wanting || !errors.is_empty() { Status::Found } else { Status::Good }
}

/// What is missing, where it is missing.
fn findings(standings: &[Standing]) -> Vec<Diagnostic> {
    let each = standings.iter().flat_map(|standing| standing.missing.iter().map(move |missing| (standing, missing)));
    each.map(|(standing, missing)| {
        Diagnostic::error("E1005", missing.span, format!("`{}` may not close: {}", standing.hunt.name, missing.message))
            .help(missing.help.clone())
    })
    .collect()
}
