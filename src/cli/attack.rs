//! `huntc attack`.

use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::terminal::Terminal;
use super::{Status, init};
use crate::attack::{Place, Release, describe, targets};
use crate::diag::nearest;
use crate::layer::Reach;
use crate::targeting::{self, Asked, Targeting};

const ABOUT: &str = "Looks a technique, tactic, group, software or campaign up in the embedded ATT&CK releases, 18.1 and 19.0: names, aliases, tactics, who uses it, and the successor of what was revoked. The facts of 19.0 hold no campaigns.\n\nWith --targets and --country it lists who is recorded as targeting a sector or a country (MISP galaxy), what they use, and which techniques they have in common; --hunt writes a hunt that starts there. Who is not listed is not recorded, which does not mean that they spare anybody.";

const EXAMPLES: &str = "Examples:\n  huntc attack T1490\n  huntc attack WannaCry\n  huntc attack \"Lazarus Group\" --attack 18.1 --json\n  huntc attack --targets finance --country DE\n  huntc attack --targets energy --targets government --hunt hunts/who_comes_for_us.hunt\n\n© The MITRE Corporation. ATT&CK is reproduced and distributed with the permission of The MITRE Corporation.";

pub(super) fn command() -> Command {
    Command::new("attack")
        .about("Look a technique, group, software or campaign up in ATT&CK, or who targets a sector or country; offline")
        .long_about(ABOUT)
        .after_help(EXAMPLES)
        .arg(
            Arg::new("query")
                .value_name("ID-OR-NAME")
                .num_args(1..)
                .required_unless_present_any(["targets", "country"])
                .conflicts_with_all(["targets", "country", "hunt"])
                .help("Such as T1490, S0366, G0032, or a name or alias"),
        )
        .arg(
            Arg::new("targets")
                .long("targets")
                .value_name("SECTOR")
                .action(ArgAction::Append)
                .help("Who is recorded as targeting this sector, such as finance, energy or government (repeatable)"),
        )
        .arg(
            Arg::new("country")
                .long("country")
                .value_name("PLACE")
                .action(ArgAction::Append)
                .help("Who is recorded as targeting this country, region or organisation, by name or two letters (repeatable)"),
        )
        .arg(Arg::new("group-techniques").long("group-techniques").value_name("REACH").default_value("campaigns").help(
            "With --targets: direct; campaigns: also those of a group's campaigns; software: also those of its software; all",
        ))
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("NUMBER")
                .value_parser(clap::value_parser!(u16).range(1..))
                .default_value("20")
                .help("With --targets: how many techniques and software are listed, and how many a scaffolded hunt names"),
        )
        .arg(
            Arg::new("hunt")
                .long("hunt")
                .value_name("FILE")
                .help("With --targets: write a hunt with these groups and the techniques that most of them use"),
        )
        .arg(Arg::new("attack").long("attack").value_name("RELEASE").default_value("19.0").help("18.1 or 19.0"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let name = arguments.get_one::<String>("attack").map(String::as_str).unwrap_or_default();
    let Some(release) = Release::parse(name) else {
        terminal.complain("E0607", format!("ATT&CK `{name}` is not embedded"), Some("write 18.1 or 19.0"));
        return Status::Wrong;
    };
    if arguments.contains_id("targets") || arguments.contains_id("country") {
        return who(arguments, release, terminal);
    }
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

/// Who is recorded as targeting what was asked for.
fn who(arguments: &ArgMatches, release: Release, terminal: &mut Terminal) -> Status {
    let reach = arguments.get_one::<String>("group-techniques").map(String::as_str).unwrap_or_default();
    let Some(reach) = Reach::ALL.iter().copied().find(|known| known.name() == reach) else {
        let help = "write direct, campaigns, software or all";
        terminal.complain("E0607", format!("`--group-techniques {reach}` is not known"), Some(help));
        return Status::Wrong;
    };
    let Some(asked) = asked(arguments, terminal) else { return Status::Wrong };
    let most = usize::from(arguments.get_one::<u16>("limit").copied().unwrap_or(20));
    let found = targeting::targeting(release, asked, reach);
    if !release.facts().holds_campaigns() && matches!(reach, Reach::Campaigns | Reach::All) {
        terminal.summary(&format!(
            "note: the built-in facts of ATT&CK {release} hold no campaigns: groups stand without those of their campaigns"
        ));
    }
    if arguments.get_flag("json") {
        terminal.print(&targeting::json(&found));
    } else {
        terminal.print(&targeting::text(&found, most));
    }
    if found.suspects.is_empty() {
        return Status::Found;
    }
    match arguments.get_one::<String>("hunt") {
        Some(file) => write_hunt(file, &found, most, terminal),
        None => Status::Good,
    }
}

fn asked(arguments: &ArgMatches, terminal: &mut Terminal) -> Option<Asked> {
    let known = targets();
    let mut asked = Asked::default();
    let mut good = true;
    for written in arguments.get_many::<String>("targets").into_iter().flatten() {
        let found = known.find_sectors(written);
        if found.is_empty() {
            let sectors = known.sectors();
            let near = nearest(written, sectors.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("sectors are {}", sectors.join("; ")));
            terminal.complain("E1007", format!("no actor is recorded for a sector `{written}`"), Some(&help));
            good = false;
        }
        asked.sectors.extend(found);
    }
    for written in arguments.get_many::<String>("country").into_iter().flatten() {
        match known.find_place(written) {
            Some(place) => asked.places.push(place),
            None => {
                let places: Vec<Place> = known.places();
                let near = nearest(written, places.iter().map(|place| place.name)).map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| "write a name, such as `Germany`, or the two letters of ISO 3166: `DE`; that a country is not recorded does not mean that nobody targets it".to_owned());
                terminal.complain("E1007", format!("no actor is recorded for a place `{written}`"), Some(&help));
                good = false;
            }
        }
    }
    asked.sectors.sort_unstable();
    asked.sectors.dedup();
    asked.places.sort_unstable();
    asked.places.dedup();
    good.then_some(asked)
}

/// A hunt with the groups that were found and what most of them use.
fn write_hunt(file: &str, found: &Targeting, most: usize, terminal: &mut Terminal) -> Status {
    let path = Path::new(file);
    if path.extension().is_none_or(|ending| ending != "hunt") {
        terminal.complain("E0607", format!("`{file}` is no hunt file's name"), Some("its name ends in `.hunt`"));
        return Status::Wrong;
    }
    if path.exists() {
        terminal.complain("E0608", format!("`{file}` is there already"), Some("name another file, or move it away"));
        return Status::Wrong;
    }
    if found.groups.is_empty() {
        terminal.complain("E0607", "none of these actors is a group of ATT&CK: there is no technique to begin with", None);
        return Status::Wrong;
    }
    let actors: Vec<(&str, crate::attack::Object)> = found.groups.iter().map(|group| ("actor", group.clone())).collect();
    let techniques: Vec<&'static str> = found.techniques.iter().take(most).map(|used| used.id).collect();
    let asked: Vec<&str> = found.asked.sectors.iter().copied().chain(found.asked.places.iter().map(|place| place.name)).collect();
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("who_comes_for_us");
    let title = format!("Who is known to target {}: what they would leave in our logs", asked.join(", "));
    let text = init::scaffold(found.release, &init::identifier(name), &title, &actors, &techniques, &["sector-alert"]);
    let written = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = written.and_then(|()| fs::write(path, text)) {
        terminal.complain("E0608", format!("`{file}` cannot be written: {error}"), None);
        return Status::Wrong;
    }
    terminal.summary(&format!("wrote {file}: {} groups, {} techniques", actors.len(), techniques.len()));
    Status::Good
}
