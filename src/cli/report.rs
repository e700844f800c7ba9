//! `huntc report`.

use std::fs;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command};

use super::check::{path_list, plural};
use super::coverage::{blind_spots, own_models};
use super::terminal::Terminal;
use super::workspace::{Workspace, read_text};
use super::{Status, hindsight, paths, targets};
use crate::attack::Release;
use crate::compile;
use crate::coverage;
use crate::diag::{Diagnostic, SourceMap};
use crate::ir::Rule;
use crate::layer::Reach;
use crate::lifecycle;
use crate::report::{self, Matches, Page};
use crate::runner::{self, TestReport};

const ABOUT: &str = "Writes the hand-over of hunts as one HTML page that stands alone: hypothesis, result, a picture of the ATT&CK matrix, each rule in each product with a button that copies it, tests, and what stays undetected and why.\n\nThe page loads nothing from anywhere and is read without scripts; its one script copies queries.";

const EXAMPLES: &str = "Examples:\n  huntc report -o report.html\n  huntc report hunts/wannacry.hunt -o wannacry.html\n  huntc search --logs logs/ --format json > found.jsonl; huntc report --matches found.jsonl -o report.html";

/// A larger file of matches is refused.
const LARGEST_MATCHES: u64 = 256 * 1024 * 1024;

pub(super) fn command() -> Command {
    Command::new("report")
        .about("One HTML page for whoever takes over: hunts, matrix, rules, tests, what stays undetected")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .arg(paths())
        .arg(targets())
        .arg(Arg::new("output").short('o').long("output").value_name("FILE").help("The page's file [default: standard output]"))
        .arg(Arg::new("title").long("title").value_name("TEXT").help("The page's heading"))
        .arg(
            Arg::new("matches")
                .long("matches")
                .value_name("FILE")
                .help("What `huntc search --format json` found, counted by rule"),
        )
        .arg(super::as_of())
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(mut workspace) = Workspace::find(&path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = super::day(arguments);
    let asked: Vec<String> = arguments.get_many::<String>("target").map(|names| names.cloned().collect()).unwrap_or_default();
    let Some(settings) = workspace.targets(&asked, terminal) else { return Status::Wrong };
    let matches = match arguments.get_one::<String>("matches") {
        None => None,
        Some(file) => match matches(file, terminal) {
            Some(matches) => Some(matches),
            None => return Status::Wrong,
        },
    };
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    let errors: Vec<Diagnostic> = session.diagnostics.iter().filter(|each| each.is_error()).cloned().collect();
    terminal.report(&errors, &session.sources);
    if session.stops() {
        return Status::Found;
    }
    let hunts = compile::hunts(&session);
    if hunts.is_empty() {
        let help = "name a `.hunt` file; Sigma rules become hunts with `huntc import sigma`";
        terminal.complain("E0607", "there is no hunt to report", Some(help));
        return Status::Wrong;
    }
    let build = compile::build(&session, &settings, session.input.options.attack.name());
    let refused: Vec<Diagnostic> = build.diagnostics.iter().filter(|each| each.is_error()).cloned().collect();
    terminal.report(&refused, &session.sources);
    let tests: Vec<TestReport> = session
        .program
        .tests
        .iter()
        .map(|test| {
            let rules: Vec<Arc<Rule>> =
                session.program.rules.iter().filter(|rule| rule.hunt.name == test.hunt).cloned().collect();
            runner::run(test, &rules)
        })
        .collect();
    let Some(rules) = hindsight::records(&build, terminal) else { return Status::Wrong };
    let as_of = crate::check::as_of(&session.input);
    let names = hindsight::target_names(&settings);
    let release: Release = session.input.options.attack;
    // An actor does far more than a hunt looks for: the page is about the hunts.
    let models = own_models(&hunts, release.facts(), Reach::Direct, false);
    let measured = coverage::measure(release, models, &[], &names, rules, &blind_spots(&hunts, &session));
    let standings = lifecycle::standings(hunts, &measured.rules, &as_of, &|span| hindsight::place(&session, span));
    let page = Page {
        title: arguments.get_one::<String>("title").map(String::as_str),
        session: &session,
        build: &build,
        standings: &standings,
        coverage: &measured,
        tests: &tests,
        matches: matches.as_ref(),
        as_of: &as_of,
    };
    let text = match report::html(&page) {
        Ok(text) => text,
        Err(error) => {
            terminal.complain("E0608", format!("the page cannot be written: {error}"), None);
            return Status::Wrong;
        }
    };
    let bytes = text.len();
    match arguments.get_one::<String>("output").filter(|file| *file != "-") {
        None => terminal.print(&text),
        Some(file) => {
            if let Err(error) = fs::write(file, text) {
                terminal.complain("E0608", format!("`{file}` cannot be written: {error}"), None);
                return Status::Wrong;
            }
        }
    }
    let count = standings.len();
    terminal.summary(&format!("{count} hunt{}, {} rules: {} KB", plural(count), build.rules.len(), bytes.div_ceil(1_000)));
    if errors.is_empty() && refused.is_empty() { Status::Good } else { Status::Found }
}

fn matches(file: &str, terminal: &mut Terminal) -> Option<Matches> {
    let text = read_text("", file, LARGEST_MATCHES, terminal)?;
    let mut sources = SourceMap::default();
    let source = sources.add(file, text.as_str());
    match report::read_matches(source, &text) {
        Ok(matches) => Some(matches),
        Err(finding) => {
            terminal.report(&[*finding], &sources);
            None
        }
    }
}
