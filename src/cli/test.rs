//! `huntc test`.

use std::sync::Arc;

use clap::{Arg, ArgMatches, Command};

use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, as_of, day, paths};
use crate::ir::Rule;
use crate::runner::{self, Outcome, TestReport};
use crate::syntax::ast;

pub(super) fn command() -> Command {
    Command::new("test")
        .about("Run the tests of hunts")
        .long_about("Runs every `test` block with the reference evaluator: each `hit` and `miss` row alone, and each stream of events against its `expect`.")
        .after_help("Examples:\n  huntc test\n  huntc test hunts/wannacry.hunt --filter shadow\n  huntc test --junit results.xml")
        .arg(paths())
        .arg(as_of())
        .arg(Arg::new("filter").long("filter").value_name("TEXT").help("Only tests whose name, or whose hunt's name, holds this text"))
        .arg(Arg::new("junit").long("junit").value_name("FILE").help("Write the results as JUnit XML too"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(mut workspace) = Workspace::find(&super::check::path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = day(arguments);
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    // A rule that does not compile has no tests to run, so a mistake is a failure here too.
    let mistakes: Vec<_> = session.diagnostics.iter().filter(|each| each.is_error()).cloned().collect();
    terminal.report(&mistakes, &session.sources);
    let filter = arguments.get_one::<String>("filter").map(|text| text.to_lowercase());
    let wanted = |name: &str, hunt: &str| {
        filter.as_ref().is_none_or(|filter| name.to_lowercase().contains(filter) || hunt.to_lowercase().contains(filter))
    };
    let mut reports: Vec<TestReport> = Vec::new();
    for test in &session.program.tests {
        if !wanted(&test.name, &test.hunt) {
            continue;
        }
        let rules: Vec<Arc<Rule>> = session.program.rules.iter().filter(|rule| rule.hunt.name == test.hunt).cloned().collect();
        reports.push(runner::run(test, &rules));
    }
    terminal.print(&runner::render::text(&reports, &session.sources));
    if reports.is_empty() && session.program.tests.is_empty() && mistakes.is_empty() {
        terminal.complain("E0607", "there is no test to run", Some("write a `test \"…\" { … }` block in a hunt"));
        return Status::Wrong;
    }
    if reports.is_empty() && filter.is_some() && !session.program.tests.is_empty() {
        terminal.complain("E0607", "no test's name holds this text", Some("leave `--filter` out to see them all"));
        return Status::Wrong;
    }
    if let Some(file) = arguments.get_one::<String>("junit")
        && let Err(error) = std::fs::write(file, runner::render::junit(&reports, &session.sources))
    {
        terminal.complain("E0608", format!("`{file}` cannot be written: {error}"), None);
        return Status::Wrong;
    }
    // A test that names a rule with a mistake cannot run; that it did not must not look like a pass.
    let written = session.input.files.iter().filter(|file| file.root).flat_map(|file| &file.tree.items).map(|item| match item {
        ast::Item::Hunt(unit) => unit.members.iter().filter(|member| matches!(member, ast::Member::Test(_))).count(),
        ast::Item::Use(_) | ast::Item::Library(_) | ast::Item::Site(_) | ast::Item::LogSource(_) => 0,
    });
    let skipped = written.sum::<usize>().saturating_sub(session.program.tests.len());
    if skipped > 0 {
        terminal.print(&format!("{skipped} not run: mistakes in them or in the rules that they name (above)\n"));
    }
    let failed = reports.iter().any(|report| report.outcome() == Outcome::Failed);
    if failed || !mistakes.is_empty() { Status::Found } else { Status::Good }
}
