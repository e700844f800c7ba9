//! `huntc build`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::check::{path_list, plural};
use super::outputs::{self, Difference};
use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, as_of, day, paths, targets};
use crate::compile::{self, Build, Outcome, Session, TargetSetting};
use crate::diag::Severity;
use crate::diag::render::{self, Format};

pub(super) fn command() -> Command {
    Command::new("build")
        .about("Compile hunts to every target and write outputs/")
        .long_about("Compiles every hunt for every target of huntc.yaml (for all four where there is no huntc.yaml) and replaces the output folder with the result, as a whole or not at all. Files in it that huntc did not write stay.\n\nA target that cannot say a rule exactly refuses it: that rule is not written for that target, the reason is shown at the hunt's line, and build exits 1. The hunt may answer `not on TARGET \"reason\"`, or put `approximate` before the clause that may be left out.")
        .after_help("Examples:\n  huntc build\n  huntc build -t splunk -o /tmp/rules\n  huntc build --check          exit 1 with a diff where outputs/ is stale\n  huntc build --verify         write only what selects what the hunts mean")
        .arg(paths())
        .arg(targets())
        .arg(as_of())
        .arg(
            Arg::new("notes")
                .long("notes")
                .action(ArgAction::SetTrue)
                .help("Show notes too: rules that are not written for a target because the hunt says so, and what a product keeps otherwise"),
        )
        .arg(Arg::new("output").short('o').long("output").value_name("DIR").help("The folder to write [default: outputs in the workspace]"))
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Write nothing; exit 1 and show a diff where the folder is stale. Verifies too"),
        )
        .arg(
            Arg::new("verify")
                .long("verify")
                .action(ArgAction::SetTrue)
                .help("Run the events that show what each exact rule means through the hunt and through a model of the target; a rule on which they differ is not written"),
        )
        .arg(Arg::new("removed").long("removed").value_name("FILE").conflicts_with("check").help("Write a CSV of the indicators that sweeps looked for in the last build and no longer do"))
        .arg(Arg::new("no-verify").long("no-verify").action(ArgAction::SetTrue).conflicts_with("verify").help("Do not verify, with --check"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let started = std::time::Instant::now();
    let Some(mut workspace) = Workspace::find(&path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = day(arguments);
    let asked: Vec<String> = arguments.get_many::<String>("target").map(|names| names.cloned().collect()).unwrap_or_default();
    let Some(settings) = workspace.targets(&asked, terminal) else { return Status::Wrong };
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    if session.stops() {
        terminal.report(&session.diagnostics, &session.sources);
        terminal.summary(&format!("{}; nothing was written", render::summary(&session.diagnostics, &session.sources)));
        return Status::Found;
    }
    let verify = arguments.get_flag("verify") || (arguments.get_flag("check") && !arguments.get_flag("no-verify"));
    let compile = if verify { compile::build_verified } else { compile::build };
    let build = compile(&session, &settings, session.input.options.attack.name());
    let mut diagnostics = session.diagnostics.clone();
    diagnostics.extend(build.diagnostics.iter().cloned());
    let all = diagnostics.len();
    // For a person, what the hunts themselves decided (`not on`) and what a product keeps in another way is counted; machines
    // get everything.
    if terminal.format == Format::Text && !arguments.get_flag("notes") {
        diagnostics.retain(|each| {
            each.severity != Severity::Note
                || each.code < "L0304"
                || (("L0305".."L0370").contains(&each.code) && each.code != "L0307")
        });
    }
    let hidden = all - diagnostics.len();
    terminal.report(&diagnostics, &session.sources);
    if let Some(verified) = build.verified {
        let (rules, events) = (verified.rules, verified.events);
        terminal.summary(&format!("verified {rules} rule{}: {events} events", plural(rules)));
    }
    let folder = arguments.get_one::<String>("output").map_or_else(|| workspace.root.join("outputs"), PathBuf::from);
    let shown = folder.strip_prefix(&workspace.root).unwrap_or(&folder).display().to_string();
    if arguments.get_flag("check") {
        return check(&folder, &shown, &session, &build, terminal);
    }
    // What cannot be read of an earlier build is said where the folder is replaced.
    let removed = removed(&folder, &build).unwrap_or_default();
    // Before the folder is replaced: what is gone can be told only while the earlier build is there.
    if let Some(path) = arguments.get_one::<String>("removed")
        && let Err(error) = std::fs::write(path, list_of(&removed))
    {
        terminal.complain("E0608", format!("`{path}` cannot be written: {error}"), None);
        return Status::Wrong;
    }
    match outputs::replace(&folder, &build.files) {
        Ok(()) => {}
        Err(problem) => {
            terminal.complain("E0608", format!("`{shown}` cannot be written: {}", problem.message), problem.help.as_deref());
            return Status::Wrong;
        }
    }
    table(&build, &settings, terminal);
    tell_removed(&removed, terminal);
    let (losses, refused) = counts(&build);
    let mut parts = Vec::new();
    if losses > 0 {
        parts.push(format!("{losses} approximation{}", plural(losses)));
    }
    if refused > 0 {
        parts.push(format!("{refused} rule{} refused for a target (above)", plural(refused)));
    }
    if hidden > 0 {
        parts.push(format!("{hidden} note{} (`--notes` shows them)", plural(hidden)));
    }
    let written = build.files.len();
    parts.push(format!("{written} files written to {shown}/ in {} ms", started.elapsed().as_millis()));
    terminal.summary(&parts.join("; "));
    if build.has_errors() || session.has_errors() { Status::Found } else { Status::Good }
}

/// What the sweeps of the earlier build in the folder looked for, and this one's do not: by the sweep, the lines of its list.
fn removed(folder: &std::path::Path, build: &Build) -> Result<BTreeMap<String, Vec<String>>, outputs::Problem> {
    let mut found = BTreeMap::new();
    for (path, before) in outputs::earlier(folder, "indicators/")? {
        let now = build.files.get(&path).map_or("", String::as_str);
        let gone: Vec<String> = compile::removed(&before, now).into_iter().map(str::to_owned).collect();
        let name = path.trim_start_matches("indicators/").trim_end_matches(".csv").replace('/', ".");
        if !gone.is_empty() {
            found.insert(name, gone);
        }
    }
    Ok(found)
}

/// Indicators that are told one by one.
const TOLD: usize = 5;

fn tell_removed(removed: &BTreeMap<String, Vec<String>>, terminal: &mut Terminal) {
    for (sweep, gone) in removed {
        let count = gone.len();
        let mut shown: Vec<&str> =
            gone.iter().take(TOLD).map(|line| line.split_once(',').map_or(line.as_str(), |(_, value)| value)).collect();
        if count > TOLD {
            shown.push("…");
        }
        terminal.summary(&format!("{sweep} no longer looks for {count} indicator{}: {}", plural(count), shown.join(", ")));
    }
}

/// The same as CSV.
fn list_of(removed: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::from("rule,type,indicator\n");
    for (sweep, gone) in removed {
        for line in gone {
            text.push_str(&format!("{sweep},{line}\n"));
        }
    }
    text
}

fn check(folder: &std::path::Path, shown: &str, session: &Session, build: &Build, terminal: &mut Terminal) -> Status {
    let differences = match outputs::compare(folder, &build.files) {
        Ok(differences) => differences,
        Err(problem) => {
            terminal.complain("E0601", format!("`{shown}` cannot be read: {}", problem.message), problem.help.as_deref());
            return Status::Wrong;
        }
    };
    for difference in &differences {
        match difference {
            Difference::New(path) => terminal.print(&format!("+ {shown}/{path} would be written\n")),
            Difference::Gone(path) => terminal.print(&format!("- {shown}/{path} would be removed\n")),
            Difference::Changed(path, diff) => {
                terminal.print(&format!("--- {shown}/{path}\n+++ {shown}/{path} as the hunts say now\n{diff}"))
            }
        }
    }
    if differences.is_empty() {
        terminal.summary(&format!("{shown}/ is what the hunts say: {} files", build.files.len()));
    } else {
        let count = differences.len();
        terminal.summary(&format!(
            "{shown}/ is stale: {count} file{} differ{}; `huntc build` writes it anew",
            plural(count),
            if count == 1 { "s" } else { "" }
        ));
    }
    if build.has_errors() || session.has_errors() || !differences.is_empty() { Status::Found } else { Status::Good }
}

/// One line a hunt: its rules, and how many each target holds.
fn table(build: &Build, settings: &[TargetSetting], terminal: &mut Terminal) {
    let mut rows: BTreeMap<&str, (usize, Vec<usize>)> = BTreeMap::new();
    for built in &build.rules {
        // Other people's rules are many: they share a row.
        let name = if built.rule.hunt.imported.is_some() { "Sigma files" } else { built.rule.hunt.name.as_str() };
        let row = rows.entry(name).or_insert_with(|| (0, vec![0; settings.len()]));
        row.0 += 1;
        for (count, target) in row.1.iter_mut().zip(&built.targets) {
            *count += usize::from(matches!(target.outcome, Outcome::Written(_)));
        }
    }
    let width = rows.keys().map(|name| name.len()).max().unwrap_or(0);
    for (name, (rules, counts)) in rows {
        let mut line = format!("{name:width$}   {rules:>3} rule{}", if rules == 1 { " " } else { "s" });
        for (setting, count) in settings.iter().zip(counts) {
            line.push_str(&format!("   {} {count:>3}", setting.target.name()));
        }
        terminal.summary(&line);
    }
}

/// Approximations, and rules that a target refuses without the hunt's leave.
fn counts(build: &Build) -> (usize, usize) {
    let mut found = (0, 0);
    for target in build.rules.iter().flat_map(|built| &built.targets) {
        match &target.outcome {
            Outcome::Written(query) => found.0 += usize::from(!query.losses.is_empty()),
            Outcome::Refused { excused, .. } => found.1 += usize::from(!excused),
            Outcome::NotSwept { .. } => {}
        }
    }
    found
}
