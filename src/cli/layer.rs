//! `huntc layer`.

use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::check::plural;
use super::objects;
use super::terminal::Terminal;
use super::workspace::{Workspace, read_limited, words};
use crate::attack::{Facts, Object, ObjectKind, Release};
use crate::diag::{Diagnostic, SourceId, SourceMap, Span, nearest};
use crate::layer::{self, Band, Color, Combined, Expression, Inherit, MOST_SOURCES, Options, PRESETS, Reach, Size, Source};

/// A larger layer file is refused before it is read: the Navigator's own hold one megabyte where every technique is annotated.
pub(super) const LARGEST_LAYER: u64 = 32 * 1024 * 1024;

const ABOUT: &str = "Writes an ATT&CK Navigator layer (format 4.5) of what software, groups, campaigns, hunts or other layers have in common.\n\nEach source is a layer with a letter: a for the first, b for the second. Where no score is given they score 1, 2, 4, 8 …, so that \
their sum says which of them use a technique; the legend and the comments of the cells say it in words. --expression calculates as the Navigator does in \"create layer from other layers\". The layer goes to standard output or to -o, the picture to --svg.";

const EXAMPLES: &str = "Examples:\n  huntc layer WannaCry=1 Stuxnet=2 Conficker=4 --attack 18.1 -o worms.json\n  huntc layer --group 'Sandworm Team' --group-techniques all --svg sandworm.svg -o sandworm.json\n  huntc layer --software WannaCry=1 --hunt hunts/ --expression 'a and not b'   what no hunt looks for\n  huntc layer --layer mine.json --layer theirs.json --expression 'max(a, b)' --inherit comments=a\n\n© The MITRE Corporation. ATT&CK is reproduced and distributed with the permission of The MITRE Corporation.";

/// What a source is, as options name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A name without an option: software, a group, a campaign, or a file.
    Any,
    Object(ObjectKind),
    Hunt,
    Layer,
}

const OPTIONS: &[(&str, &str, &str, Kind)] = &[
    ("software", "NAME[=SCORE]", "Malware or a tool, by id, name or alias (repeatable)", Kind::Object(ObjectKind::Software)),
    ("group", "NAME[=SCORE]", "A group (repeatable)", Kind::Object(ObjectKind::Actor)),
    ("campaign", "NAME[=SCORE]", "A campaign (repeatable)", Kind::Object(ObjectKind::Campaign)),
    ("hunt", "PATH[=SCORE]", "The techniques of the rules of a hunt file or a folder of such (repeatable)", Kind::Hunt),
    ("layer", "FILE[=SCORE]", "A layer file, with its own scores or one for all its cells (repeatable)", Kind::Layer),
];

/// What `--inherit` takes.
const INHERITED: &[&str] = &["gradient", "coloring", "comments", "links", "metadata", "states", "filters", "legend", "all"];

pub(super) fn command() -> Command {
    let mut command = Command::new("layer")
        .about("Write an ATT&CK Navigator layer of software, groups, campaigns, hunts or other layers")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .arg(
            Arg::new("sources")
                .value_name("NAME[=SCORE]")
                .num_args(0..)
                .help("Software, groups and campaigns by id, name or alias; files ending in .json (layers) or .hunt"),
        );
    for (name, value, help, _) in OPTIONS {
        command = command.arg(Arg::new(*name).long(*name).value_name(*value).action(ArgAction::Append).help(*help));
    }
    command
        .arg(
            Arg::new("expression")
                .long("expression")
                .short('e')
                .alias("score")
                .value_name("EXPRESSION")
                .help("Score of the result, such as 'a + b' or 'a > b ? 25 : 10' [default: the sum of all]"),
        )
        .arg(
            Arg::new("attack")
                .long("attack")
                .value_name("RELEASE")
                .help("18.1 or 19.0 [default: that of the hunts' huntc.yaml, else 19.0]"),
        )
        .arg(Arg::new("group-techniques").long("group-techniques").value_name("REACH").default_value("campaigns").help(
            "direct; campaigns: also those of its campaigns, as the Navigator selects; software: also those of its software; all",
        ))
        .arg(
            Arg::new("gradient").long("gradient").value_name("COLORS").help(
                "redgreen, greenred, bluered, redblue, transparentblue, transparentred, or colours such as '#ffffff,#ff0000'",
            ),
        )
        .arg(Arg::new("inherit").long("inherit").value_name("WHAT=LETTER").action(ArgAction::Append).help(
            "Take gradient, coloring, comments, links, metadata, states, filters, legend or all from one layer (repeatable)",
        ))
        .arg(
            Arg::new("platform")
                .long("platform")
                .value_name("NAME")
                .action(ArgAction::Append)
                .help("Show techniques of this platform only, such as Windows (repeatable)"),
        )
        .arg(Arg::new("name").long("name").value_name("TEXT").help("The layer's name"))
        .arg(Arg::new("description").long("description").value_name("TEXT").help("The layer's description"))
        .arg(Arg::new("show-id").long("show-id").action(ArgAction::SetTrue).help("Show the ids of techniques"))
        .arg(
            Arg::new("plain")
                .long("plain")
                .action(ArgAction::SetTrue)
                .help("Write what the Navigator writes: no comments, legend, links or expanded sub-techniques of our own"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("FILE")
                .help("Write the layer here instead of to standard output"),
        )
        .arg(
            Arg::new("svg")
                .long("svg")
                .value_name("FILE")
                .num_args(0..=1)
                .default_missing_value("-")
                .help("Write a picture of the matrix to this file; without FILE the picture takes the place of the layer"),
        )
        .arg(
            Arg::new("svg-size")
                .long("svg-size")
                .value_name("SIZE")
                .default_value("fitting")
                .help("fitting, letter, legal, small, medium or large"),
        )
}

/// A source as it stands in the call.
struct Asked {
    kind: Kind,
    /// In the call's texts, so that a finding can point at it.
    source: SourceId,
    name: String,
    score: Option<f64>,
}

/// Everything that a call is read into.
struct Call<'t> {
    terminal: &'t mut Terminal,
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let mut call = Call { terminal, sources: SourceMap::default(), diagnostics: Vec::new() };
    let done = call.run(arguments);
    call.terminal.report(&call.diagnostics, &call.sources);
    match done {
        Some(result) => result.write(arguments, call.terminal),
        None => Status::Wrong,
    }
}

/// What is to be written, and how it ended so far.
struct Outcome {
    combined: Combined,
    release: Release,
    count: usize,
    size: Size,
    status: Status,
}

impl Call<'_> {
    fn complain(&mut self, message: String, help: Option<&str>) {
        let mut diagnostic = Diagnostic::of_the_call("E0607", message);
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.push(diagnostic);
    }

    fn run(&mut self, arguments: &ArgMatches) -> Option<Outcome> {
        let text = |name: &str| arguments.get_one::<String>(name).cloned();
        let reach = text("group-techniques").unwrap_or_default();
        let Some(reach) = Reach::ALL.iter().copied().find(|known| known.name() == reach) else {
            self.complain(format!("`--group-techniques {reach}` is not known"), Some("write direct, campaigns, software or all"));
            return None;
        };
        let size = text("svg-size").unwrap_or_default();
        let Some(size) = Size::parse(&size) else {
            self.complain(format!("`--svg-size {size}` is not known"), Some(&format!("write one of {}", Size::NAMES.join(", "))));
            return None;
        };
        if let Some(file) = text("svg").filter(|file| file != "-" && !file.to_ascii_lowercase().ends_with(".svg")) {
            self.complain(
                format!("`--svg {file}` is no picture's name"),
                Some("a picture's name ends in .svg; sources stand before `--svg`"),
            );
            return None;
        }
        let colors = match text("gradient") {
            None => None,
            Some(written) => Some(self.colors(&written)?),
        };
        let asked = self.asked(arguments)?;
        if asked.len() > MOST_SOURCES {
            self.complain(
                format!("{} sources are more than there are letters", asked.len()),
                Some("a layer is calculated from at most 26"),
            );
            return None;
        }
        let (release, hunts) = self.release(text("attack"), &asked)?;
        let (sources, status) = self.read(&asked, release, reach, hunts)?;
        let options = Options { inherit: self.inherit(arguments, sources.len())?, colors, named: !arguments.get_flag("plain") };
        let expression = text("expression");
        let mut combined = match (sources.as_slice(), &expression) {
            ([], None) => {
                self.complain(
                    "no source is named".to_owned(),
                    Some("name software, a group, a campaign, a hunt or a layer: `huntc layer WannaCry Stuxnet`"),
                );
                return None;
            }
            ([source], None) => layer::single(source, &options),
            _ => {
                let letters: Vec<String> = (0..sources.len()).map(|index| layer::letter(index).to_string()).collect();
                // The sum of `e` alone cannot arise: there are others.
                let written = expression.clone().unwrap_or_else(|| letters.join("+"));
                let source = self.sources.add("--expression", written.as_str());
                let expression = match Expression::read(source, &written) {
                    Ok(expression) => expression,
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        return None;
                    }
                };
                match layer::combine(&sources, &expression, source, &options, release) {
                    Ok(combined) => combined,
                    Err(found) => {
                        self.diagnostics.extend(found);
                        return None;
                    }
                }
            }
        };
        self.diagnostics.append(&mut combined.diagnostics);
        let layer = &mut combined.layer;
        match text("name") {
            Some(name) => layer.name = name,
            None if options.named && sources.len() > 1 => {
                let titles: Vec<&str> = sources.iter().map(|source| source.title.as_str()).collect();
                layer.name = match titles.as_slice() {
                    [first, .., last] if titles.len() > 4 => format!("{first} to {last}"),
                    _ => titles.join(", "),
                };
            }
            None => {}
        }
        match text("description") {
            Some(description) => layer.description = description,
            None if options.named && layer.description.is_empty() => {
                let expression = expression.map(|written| format!(", {written}")).unwrap_or_default();
                let each: Vec<String> = sources
                    .iter()
                    .enumerate()
                    .map(|(index, source)| format!("{} {}", layer::letter(index), source.title))
                    .collect();
                layer.description = format!("ATT&CK {release}: {}{expression}", each.join(", "));
            }
            None => {}
        }
        if arguments.get_flag("show-id") {
            layer.layout.show_id = true;
        }
        self.platforms(arguments, layer)?;
        Some(Outcome { combined, release, count: sources.len(), size, status })
    }

    fn colors(&mut self, written: &str) -> Option<Vec<Color>> {
        if let Some(colors) = layer::preset(written) {
            return Some(colors);
        }
        let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
        let colors: Option<Vec<Color>> = written.split(',').map(Color::parse).collect();
        match colors {
            Some(colors) if (2..=layer::Gradient::MOST).contains(&colors.len()) => Some(colors),
            _ => {
                let near = nearest(written, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let help = near
                    .unwrap_or_else(|| format!("write one of {}, or two or more colours: '#ffffff,#ff0000'", names.join(", ")));
                self.complain(format!("`{written}` is no gradient"), Some(&help));
                None
            }
        }
    }

    /// The sources in the order of the call, across all options: that is the order of their letters.
    fn asked(&mut self, arguments: &ArgMatches) -> Option<Vec<Asked>> {
        let mut found: Vec<(usize, &str, Kind, &String)> = Vec::new();
        let kinds = OPTIONS.iter().map(|(name, _, _, kind)| (*name, *kind)).chain([("sources", Kind::Any)]);
        for (name, kind) in kinds {
            if let (Some(indices), Some(values)) = (arguments.indices_of(name), arguments.get_many::<String>(name)) {
                found.extend(indices.zip(values).map(|(index, value)| (index, name, kind, value)));
            }
        }
        found.sort_by_key(|(index, ..)| *index);
        let mut asked = Vec::new();
        for (_, option, kind, value) in found {
            let option = if kind == Kind::Any { "the call".to_owned() } else { format!("--{option}") };
            let source = self.sources.add(option.as_str(), value.as_str());
            // A name may hold the sign itself: what stands behind the last one is a score.
            let (name, score) = match value.rsplit_once('=') {
                Some((name, score)) => match score.trim().parse::<f64>() {
                    Ok(score) if score.is_finite() => (name, Some(score)),
                    _ => {
                        let span = Span::new(source, value.len() - score.len(), value.len());
                        self.diagnostics.push(
                            Diagnostic::error("E0607", span, format!("`{score}` is no score"))
                                .label("expected a number, as in `WannaCry=1`"),
                        );
                        return None;
                    }
                },
                None => (value.as_str(), None),
            };
            asked.push(Asked { kind: guess(kind, name), source, name: name.trim().to_owned(), score });
        }
        Some(asked)
    }

    /// The release that was asked for, else the hunts' own; and the workspaces of the hunts.
    fn release(&mut self, asked: Option<String>, sources: &[Asked]) -> Option<(Release, Vec<Workspace>)> {
        let mut hunts = Vec::new();
        for source in sources.iter().filter(|source| source.kind == Kind::Hunt) {
            hunts.push(Workspace::find(std::slice::from_ref(&source.name), self.terminal)?);
        }
        let configured = hunts.first().and_then(|workspace| workspace.config.attack.clone());
        let Some(name) = asked.or(configured) else { return Some((Release::default(), hunts)) };
        match Release::parse(&name) {
            Some(release) => Some((release, hunts)),
            None => {
                self.complain(format!("ATT&CK `{name}` is not embedded"), Some("write 18.1 or 19.0"));
                None
            }
        }
    }

    fn read(&mut self, asked: &[Asked], release: Release, reach: Reach, hunts: Vec<Workspace>) -> Option<(Vec<Source>, Status)> {
        let facts = release.facts();
        let (mut sources, mut status, mut good) = (Vec::new(), Status::Good, true);
        let mut hunts = hunts.into_iter();
        for one in asked {
            // Powers of two: a sum of them says which were summed.
            let score = one.score.unwrap_or_else(|| 2f64.powi(i32::try_from(sources.len()).unwrap_or(i32::MAX)));
            match one.kind {
                Kind::Hunt => {
                    let session = hunts.next()?.load(self.terminal)?;
                    self.terminal.report(&session.diagnostics, &session.sources);
                    if session.has_errors() {
                        status = Status::Found;
                    }
                    sources.push(self.rules(one, &session, facts, score));
                }
                Kind::Layer => match self.layers(one, release) {
                    Some(layers) => sources.extend(layers),
                    None => good = false,
                },
                Kind::Any | Kind::Object(_) => match self.object(one, release) {
                    Some((known, object)) => {
                        knows_no_campaigns(known, &object, reach, self.terminal);
                        sources.push(layer::object_source(known, facts, &object, reach, score));
                    }
                    None => good = false,
                },
            }
        }
        good.then_some((sources, status))
    }

    fn rules(&mut self, one: &Asked, session: &crate::compile::Session, facts: &'static Facts, score: f64) -> Source {
        let mut lost = Vec::new();
        let mut rules: Vec<(String, Vec<&'static str>)> = Vec::new();
        for rule in &session.program.rules {
            let mut ids = Vec::new();
            for technique in &rule.meta.techniques {
                let here = facts.technique(&technique.id).map(|technique| technique.id);
                match here.or_else(|| facts.revoked(&technique.id).and_then(|(_, successor)| successor)) {
                    Some(id) => ids.push(id),
                    None => lost.push(technique.id.clone()),
                }
            }
            rules.push((format!("{}.{}", rule.hunt.name, rule.name), ids));
        }
        let span = Span::new(one.source, 0, one.name.len());
        if !lost.is_empty() {
            lost.sort();
            lost.dedup();
            self.diagnostics.push(
                Diagnostic::warning("W0802", span, format!("{} left out", lost.join(", ")))
                    .label(format!("ATT&CK {} does not have what its rules name", facts.release)),
            );
        }
        let path = one.name.trim_end_matches('/');
        let title = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path);
        let title = title.strip_suffix(".hunt").unwrap_or(title).to_owned();
        layer::rules_source(title, facts, rules.iter().map(|(name, ids)| (name.as_str(), ids.clone())), score)
    }

    fn layers(&mut self, one: &Asked, release: Release) -> Option<Vec<Source>> {
        let span = Span::new(one.source, 0, one.name.len());
        let bytes = match read_limited(Path::new(&one.name), LARGEST_LAYER) {
            Ok(bytes) => bytes,
            Err(problem) => {
                let message = format!("the layer `{}` cannot be read: {}", one.name, words(&problem));
                self.diagnostics.push(Diagnostic::error("E0601", span, message));
                return None;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            self.diagnostics.push(Diagnostic::error("E0602", span, format!("the layer `{}` is no UTF-8 text", one.name)));
            return None;
        };
        let source = self.sources.add(one.name.as_str(), text.as_str());
        let (mut layers, found) = layer::read(source, &text, release);
        let broken = found.iter().any(Diagnostic::is_error);
        self.diagnostics.extend(found);
        if let Some(score) = one.score {
            for cell in layers.iter_mut().flat_map(|layer| layer.cells.values_mut()) {
                cell.score = Some(score);
            }
        }
        let sources = layers.into_iter().map(|layer| Source { title: layer.name.clone(), layer, details: Default::default() });
        (!broken).then(|| sources.collect())
    }

    /// An object of ATT&CK, with the facts that know it.
    fn object(&mut self, one: &Asked, release: Release) -> Option<(&'static Facts, Object)> {
        let span = Span::new(one.source, 0, one.name.len());
        let kind = match one.kind {
            Kind::Object(kind) => Some(kind),
            Kind::Any | Kind::Hunt | Kind::Layer => None,
        };
        match objects::find(release, kind, &one.name, span) {
            Ok(found) => Some(found),
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        }
    }

    fn inherit(&mut self, arguments: &ArgMatches, count: usize) -> Option<Inherit> {
        let mut inherit = Inherit::default();
        for written in arguments.get_many::<String>("inherit").into_iter().flatten() {
            let (what, letter) = written.split_once('=').unwrap_or((written, ""));
            let index = (0..count).find(|index| layer::letter(*index).to_string() == letter.trim().to_ascii_lowercase());
            let Some(index) = index else {
                self.complain(
                    format!("`--inherit {written}` names no layer of the call"),
                    Some("write what is taken over and a layer's letter, such as `comments=a`"),
                );
                return None;
            };
            let slots: Vec<&mut Option<usize>> = match what.trim() {
                "gradient" => vec![&mut inherit.gradient],
                "coloring" | "colors" => vec![&mut inherit.coloring],
                "comments" => vec![&mut inherit.comments],
                "links" => vec![&mut inherit.links],
                "metadata" => vec![&mut inherit.metadata],
                "states" => vec![&mut inherit.states],
                "filters" => vec![&mut inherit.filters],
                "legend" => vec![&mut inherit.legend],
                "all" => vec![
                    &mut inherit.gradient,
                    &mut inherit.coloring,
                    &mut inherit.comments,
                    &mut inherit.links,
                    &mut inherit.metadata,
                    &mut inherit.states,
                    &mut inherit.filters,
                    &mut inherit.legend,
                ],
                other => {
                    let near = nearest(other, INHERITED.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| format!("write one of {}", INHERITED.join(", ")));
                    self.complain(format!("`{other}` is nothing that a layer inherits"), Some(&help));
                    return None;
                }
            };
            for slot in slots {
                *slot = Some(index);
            }
        }
        Some(inherit)
    }

    fn platforms(&mut self, arguments: &ArgMatches, layer: &mut layer::Layer) -> Option<()> {
        let known = layer::platforms(layer.release.facts());
        let mut chosen = Vec::new();
        for written in arguments.get_many::<String>("platform").into_iter().flatten() {
            match known.iter().find(|platform| platform.eq_ignore_ascii_case(written.trim())) {
                Some(platform) => chosen.push(platform.clone()),
                None => {
                    let near = nearest(written, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| format!("write one of {}", known.join(", ")));
                    self.complain(format!("ATT&CK {} has no platform `{written}`", layer.release), Some(&help));
                    return None;
                }
            }
        }
        if !chosen.is_empty() {
            chosen.sort();
            chosen.dedup();
            layer.platforms = chosen;
        }
        Some(())
    }
}

/// Says where campaigns that were asked for are not among the facts.
pub(super) fn knows_no_campaigns(known: &Facts, object: &Object, reach: Reach, terminal: &mut Terminal) {
    if object.kind == ObjectKind::Actor && !known.holds_campaigns() && matches!(reach, Reach::Campaigns | Reach::All) {
        terminal.summary(&format!(
            "note: the built-in facts of ATT&CK {} hold no campaigns: {} stands without those of its campaigns",
            known.release, object.name
        ));
    }
}

/// What a name without an option is by its shape.
fn guess(kind: Kind, name: &str) -> Kind {
    let path = Path::new(name);
    let ends = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
    match kind {
        Kind::Any if ends("json") => Kind::Layer,
        Kind::Any if ends("hunt") || name.ends_with('/') => Kind::Hunt,
        _ => kind,
    }
}

impl Outcome {
    fn write(&self, arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
        let output = arguments.get_one::<String>("output");
        let picture = arguments.get_one::<String>("svg");
        let mut files: Vec<(Option<&String>, String)> = Vec::new();
        match picture {
            Some(file) if file == "-" => files.push((output, layer::svg(&self.combined.layer, self.size))),
            Some(file) => {
                files.push((Some(file), layer::svg(&self.combined.layer, self.size)));
                files.push((output, layer::json(&self.combined.layer)));
            }
            None => files.push((output, layer::json(&self.combined.layer))),
        }
        for (file, text) in files {
            match file.filter(|file| *file != "-") {
                None => terminal.print(&text),
                Some(file) => {
                    if let Err(error) = fs::write(file, text) {
                        terminal.complain("E0608", format!("`{file}` cannot be written: {error}"), None);
                        return Status::Wrong;
                    }
                }
            }
        }
        let layer = &self.combined.layer;
        let (cells, techniques) = (layer.cells.len(), layer.techniques());
        terminal.summary(&format!(
            "ATT&CK {}: {cells} cell{} of {techniques} technique{} from {} source{}",
            self.release,
            plural(cells),
            plural(techniques),
            self.count,
            plural(self.count)
        ));
        terminal.summary(table(&self.combined.bands).trim_end());
        self.status
    }
}

/// What each score stands for, and how often it stands; the first of many.
fn table(bands: &[Band]) -> String {
    const MOST: usize = 32;
    let mut rows = vec![["score".to_owned(), "cells".to_owned(), "techniques".to_owned(), "used by".to_owned()]];
    for band in bands.iter().take(MOST) {
        let names = band.names.as_ref().map_or_else(|| "several".to_owned(), |names| names.join(" + "));
        rows.push([layer::score_text(band.score), band.cells.to_string(), band.techniques.to_string(), names]);
    }
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let (one, two, three) = (width(0), width(1), width(2));
    let mut text: String = rows
        .iter()
        .map(|[score, cells, techniques, names]| format!("  {score:>one$}  {cells:>two$}  {techniques:>three$}  {names}\n"))
        .collect();
    if bands.len() > MOST {
        text.push_str(&format!("  … {} more scores\n", bands.len() - MOST));
    }
    text
}
