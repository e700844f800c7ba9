//! `huntc coverage`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::check::path_list;
use super::layer::{LARGEST_LAYER, knows_no_campaigns};
use super::terminal::Terminal;
use super::workspace::{Workspace, read_text};
use super::{Status, hindsight, objects, paths, targets};
use crate::attack::{Facts, ObjectKind, Release};
use crate::compile::{self, Hunt, Session};
use crate::coverage::{self, BlindSpot, Change, Coverage, Model, Snapshot};
use crate::diag::{Diagnostic, Severity, SourceMap, Span, nearest};
use crate::layer::{self, Reach, Size};

const ABOUT: &str = "Holds the techniques of groups, software and campaigns against the rules of hunts: which have a rule whose tests pass, in which target, \
which the hunts call blind spots and why, and which log sources would show the others (ATT&CK's detection strategies). Without --for it looks at what the \
hunts themselves name.\n\nA rule counts for the techniques that it names, and for no others.";

const EXAMPLES: &str = "Examples:\n  huntc coverage --for WannaCry\n  huntc coverage --for 'Sandworm Team' --group-techniques all --platform Windows --svg gap.svg\n  huntc coverage --since outputs-of-main/manifest.json --fail-on-loss --format markdown\n  huntc coverage -t splunk --fail-under 60\n\nExit status: 1 where a target covers less than --fail-under, where --fail-on-loss finds a loss, or where the hunts have errors.\n\n© The MITRE Corporation. ATT&CK is reproduced and distributed with the permission of The MITRE Corporation.";

/// A larger file of an earlier state is refused.
const LARGEST_SNAPSHOT: u64 = 64 * 1024 * 1024;

pub(super) fn command() -> Command {
    Command::new("coverage")
        .about("Techniques of an actor against rules with passing tests, blind spots and log sources needed")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .arg(paths())
        .arg(targets())
        .arg(Arg::new("for").long("for").value_name("NAME").action(ArgAction::Append).help(
            "A group, software or campaign, by id, name or alias, or a layer file (repeatable) [default: all that the hunts name]",
        ))
        .arg(
            Arg::new("group-techniques")
                .long("group-techniques")
                .value_name("REACH")
                .default_value("campaigns")
                .help("direct; campaigns: also those of a group's campaigns; software: also those of its software; all"),
        )
        .arg(
            Arg::new("platform")
                .long("platform")
                .value_name("NAME")
                .action(ArgAction::Append)
                .help("Only techniques and log sources of this platform, such as Windows (repeatable)"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "json", "markdown"])
                .default_value("table")
                .hide_possible_values(true)
                .help("table, json, or markdown for a pull request"),
        )
        .arg(Arg::new("output").short('o').long("output").value_name("FILE").help("Write the result here instead of to standard output"))
        .arg(Arg::new("layer").long("layer").value_name("FILE").help("Write a layer of the ATT&CK Navigator too"))
        .arg(Arg::new("svg").long("svg").value_name("FILE").help("Write a picture of the matrix too"))
        .arg(
            Arg::new("since")
                .long("since")
                .value_name("FILE")
                .help("Tell what changed since this manifest.json, or since this coverage as JSON"),
        )
        .arg(Arg::new("fail-on-loss").long("fail-on-loss").action(ArgAction::SetTrue).requires("since").help(
            "Exit 1 where something that was covered at --since is not any more",
        ))
        .arg(
            Arg::new("fail-under")
                .long("fail-under")
                .value_name("PERCENT")
                .help("Exit 1 where a target covers a smaller share of the techniques: 0 to 100"),
        )
        .arg(Arg::new("attack").long("attack").value_name("RELEASE").help("18.1 or 19.0 [default: that of huntc.yaml, else 19.0]"))
}

/// What the options say.
struct Options {
    release: Release,
    reach: Reach,
    platforms: Vec<String>,
    fail_under: Option<f64>,
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(workspace) = Workspace::find(&path_list(arguments), terminal) else { return Status::Wrong };
    let Some(options) = options(arguments, &workspace, terminal) else { return Status::Wrong };
    let asked: Vec<String> = arguments.get_many::<String>("target").map(|names| names.cloned().collect()).unwrap_or_default();
    let Some(settings) = workspace.targets(&asked, terminal) else { return Status::Wrong };
    let before = match arguments.get_one::<String>("since") {
        None => None,
        Some(file) => match snapshot(file, terminal) {
            Some(snapshot) => Some(snapshot),
            None => return Status::Wrong,
        },
    };
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    if session.stops() {
        terminal.report(&session.diagnostics, &session.sources);
        return Status::Found;
    }
    let hunts = compile::hunts(&session);
    let Some(models) = models(arguments, &options, &hunts, terminal) else { return Status::Wrong };
    let build = compile::build(&session, &settings, session.input.options.attack.name());
    // Notes and warnings are for `check` and `build`; here an error says why a rule is not counted.
    let errors: Vec<Diagnostic> =
        session.diagnostics.iter().chain(&build.diagnostics).filter(|each| each.is_error()).cloned().collect();
    terminal.report(&errors, &session.sources);
    let names = hindsight::target_names(&settings);
    let Some(rules) = hindsight::records(&build, terminal) else { return Status::Wrong };
    let measured = coverage::measure(options.release, models, &options.platforms, &names, rules, &blind_spots(&hunts, &session));
    let changes = before.as_ref().map(|before| coverage::changes(&measured, before));
    if !write(arguments, &measured, changes.as_deref(), terminal) {
        return Status::Wrong;
    }
    let kept = judge(arguments, &options, &measured, changes.as_deref(), terminal);
    if errors.is_empty() && kept { Status::Good } else { Status::Found }
}

fn options(arguments: &ArgMatches, workspace: &Workspace, terminal: &mut Terminal) -> Option<Options> {
    let text = |name: &str| arguments.get_one::<String>(name).cloned();
    let reach = text("group-techniques").unwrap_or_default();
    let Some(reach) = Reach::ALL.iter().copied().find(|known| known.name() == reach) else {
        let help = "write direct, campaigns, software or all";
        terminal.complain("E0607", format!("`--group-techniques {reach}` is not known"), Some(help));
        return None;
    };
    let release = match text("attack").or_else(|| workspace.config.attack.clone()) {
        None => Release::default(),
        Some(name) => match Release::parse(&name) {
            Some(release) => release,
            None => {
                terminal.complain("E0607", format!("ATT&CK `{name}` is not embedded"), Some("write 18.1 or 19.0"));
                return None;
            }
        },
    };
    let known = layer::platforms(release.facts());
    let mut platforms = Vec::new();
    for written in arguments.get_many::<String>("platform").into_iter().flatten() {
        match known.iter().find(|platform| platform.eq_ignore_ascii_case(written.trim())) {
            Some(platform) if platforms.contains(platform) => {}
            Some(platform) => platforms.push(platform.clone()),
            None => {
                let near = nearest(written, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| format!("write one of {}", known.join(", ")));
                terminal.complain("E0607", format!("ATT&CK {release} has no platform `{written}`"), Some(&help));
                return None;
            }
        }
    }
    let fail_under = match text("fail-under") {
        None => None,
        Some(written) => match written.trim().trim_end_matches('%').trim_end().parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Some(percent),
            _ => {
                terminal.complain(
                    "E0607",
                    format!("`--fail-under {written}` is no percent"),
                    Some("write a number from 0 to 100"),
                );
                return None;
            }
        },
    };
    if let Some(file) = text("svg").filter(|file| !file.to_ascii_lowercase().ends_with(".svg")) {
        terminal.complain("E0607", format!("`--svg {file}` is no picture's name"), Some("a picture's name ends in .svg"));
        return None;
    }
    Some(Options { release, reach, platforms, fail_under })
}

/// An earlier state, from a file.
fn snapshot(file: &str, terminal: &mut Terminal) -> Option<Snapshot> {
    let text = read_text("", file, LARGEST_SNAPSHOT, terminal)?;
    let mut sources = SourceMap::default();
    let source = sources.add(file, text.as_str());
    match coverage::read_snapshot(source, &text) {
        Ok(snapshot) => Some(snapshot),
        Err(finding) => {
            terminal.report(&[*finding], &sources);
            None
        }
    }
}

/// The models that were asked for, else one for each thing that the hunts name.
fn models(arguments: &ArgMatches, options: &Options, hunts: &[Hunt], terminal: &mut Terminal) -> Option<Vec<Model>> {
    let facts = options.release.facts();
    let mut models: Vec<Model> = Vec::new();
    let mut good = true;
    for name in arguments.get_many::<String>("for").into_iter().flatten() {
        let mut sources = SourceMap::default();
        let source = sources.add("--for", name.as_str());
        let span = Span::new(source, 0, name.len());
        if Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            match of_layer(name, options.release, terminal) {
                Some(model) => models.push(model),
                None => good = false,
            }
            continue;
        }
        match objects::find(options.release, None, name, span) {
            Ok((known, object)) => {
                knows_no_campaigns(known, &object, options.reach, terminal);
                models.push(of_object(known, facts, &object, options.reach));
            }
            Err(finding) => {
                terminal.report(&[*finding], &sources);
                good = false;
            }
        }
    }
    if !good {
        return None;
    }
    if models.is_empty() {
        models = own_models(hunts, facts, options.reach, true);
    }
    models.retain(|model| !model.techniques.is_empty());
    if models.is_empty() {
        let help = "write `--for WannaCry`, or `software`, `actor` or `techniques` in a hunt";
        terminal.complain("E0607", "there is no technique to cover", Some(help));
        return None;
    }
    Some(models)
}

/// A model for each thing that the hunts name, and one of the techniques that they name themselves.
pub(super) fn own_models(hunts: &[Hunt], facts: &'static Facts, reach: Reach, actors: bool) -> Vec<Model> {
    let mut models = Vec::new();
    let mut seen = BTreeSet::new();
    for object in hunts.iter().flat_map(|hunt| &hunt.objects) {
        if (actors || object.kind != ObjectKind::Actor) && seen.insert(object.id) {
            let known = if facts.object(object.id).is_some() { facts } else { Release::V18_1.facts() };
            models.push(of_object(known, facts, object, reach));
        }
    }
    let own = hunts.iter().flat_map(|hunt| hunt.techniques.iter().chain(hunt.blind_spots.iter().map(|spot| &spot.technique)));
    let techniques = own.filter_map(|id| live(facts, id)).collect();
    models.push(Model { id: String::new(), name: "the hunts' own techniques".to_owned(), techniques });
    models
}

fn of_object(known: &'static Facts, facts: &'static Facts, object: &crate::attack::Object, reach: Reach) -> Model {
    let techniques = layer::techniques_of(known, object, reach).into_iter().filter_map(|id| live(facts, id)).collect();
    Model { id: object.id.to_owned(), name: object.name.to_owned(), techniques }
}

/// The technique that an id means in these facts.
fn live(facts: &'static Facts, id: &str) -> Option<&'static str> {
    let here = facts.technique(id).map(|technique| technique.id);
    here.or_else(|| facts.revoked(id).and_then(|(_, successor)| successor))
}

/// The techniques that the layers of a file annotate and do not disable.
fn of_layer(file: &str, release: Release, terminal: &mut Terminal) -> Option<Model> {
    let text = read_text("the layer ", file, LARGEST_LAYER, terminal)?;
    let mut sources = SourceMap::default();
    let source = sources.add(file, text.as_str());
    let (layers, found) = layer::read(source, &text, release);
    terminal.report(&found, &sources);
    if found.iter().any(|each| each.severity == Severity::Error) {
        return None;
    }
    let cells = layers.iter().flat_map(|layer| &layer.cells);
    let techniques = cells.filter(|(_, cell)| cell.enabled && cell.is_annotated()).map(|(place, _)| place.technique).collect();
    let name = layers.first().map(|layer| layer.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| file.to_owned());
    Some(Model { id: String::new(), name, techniques })
}

pub(super) fn blind_spots(hunts: &[Hunt], session: &Session) -> Vec<BlindSpot> {
    let mut found = Vec::new();
    for hunt in hunts {
        for spot in &hunt.blind_spots {
            found.push(BlindSpot {
                hunt: hunt.name.clone(),
                technique: spot.technique.clone(),
                reason: spot.reason.clone(),
                file: session.sources.get(spot.span.source).map(|file| file.path.to_string()).unwrap_or_default(),
                line: session.sources.position(spot.span).line,
            });
        }
    }
    found
}

fn write(arguments: &ArgMatches, measured: &Coverage, changes: Option<&[Change]>, terminal: &mut Terminal) -> bool {
    let result = match arguments.get_one::<String>("format").map(String::as_str) {
        Some("json") => coverage::json(measured, changes),
        Some("markdown") => coverage::markdown(measured, changes),
        _ => coverage::table(measured, changes),
    };
    let mut files: Vec<(&String, String)> = Vec::new();
    let of = |name: &str| arguments.get_one::<String>(name).filter(|file| *file != "-");
    match of("output") {
        Some(file) => files.push((file, result)),
        None => terminal.print(&result),
    }
    let (chart, picture) = (of("layer"), of("svg"));
    if chart.is_some() || picture.is_some() {
        let layer = coverage::layer(measured);
        files.extend(chart.map(|file| (file, layer::json(&layer))));
        files.extend(picture.map(|file| (file, layer::svg(&layer, Size::Fitting))));
    }
    for (file, text) in files {
        if let Err(error) = fs::write(file, text) {
            terminal.complain("E0608", format!("`{file}` cannot be written: {error}"), None);
            return false;
        }
    }
    true
}

/// Whether the gates hold; says which does not.
fn judge(
    arguments: &ArgMatches,
    options: &Options,
    measured: &Coverage,
    changes: Option<&[Change]>,
    terminal: &mut Terminal,
) -> bool {
    let mut findings = Vec::new();
    if options.fail_under.is_some() && measured.techniques.is_empty() {
        findings.push(
            Diagnostic::of_the_call("E1002", "there is no technique to cover, so `--fail-under` judges nothing".to_owned())
                .help("look at more with `--for` and `--platform`"),
        );
    } else if let (Some(wanted), Some((target, percent))) = (options.fail_under, measured.least())
        && percent < wanted
    {
        let (is, wants) = (coverage::percent_text(percent), coverage::percent_text(wanted));
        findings.push(
            Diagnostic::of_the_call(
                "E1002",
                format!("{target} covers {is} of the techniques, less than the {wants} of `--fail-under`"),
            )
            .help("write rules with tests for techniques that have none, or look at fewer with `--for` and `--platform`"),
        );
    }
    if arguments.get_flag("fail-on-loss") {
        for change in changes.into_iter().flatten().filter(|change| change.is_loss()) {
            let lost = if change.lost.is_empty() { String::new() } else { format!(" on {}", change.lost.join(", ")) };
            let message = format!("{} ({}) was covered{lost}, and is not any more", change.id, change.name);
            findings.push(Diagnostic::of_the_call("E1003", message));
        }
    }
    terminal.report(&findings, &SourceMap::default());
    findings.is_empty()
}
