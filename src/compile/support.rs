//! `docs/support.md`: what each target can say, generated from what the backends answer.

use std::collections::BTreeMap;

use super::{Outcome, ReadProblem, Request, Sources, TargetSetting, build, load};
use crate::ir::event::Event;
use crate::ir::{Direction, Loss};
use crate::schema::{Decode, Profile, Target, catalogue, mapping};

/// One row: what kind of field, the log source it is tried on, and the clause.
type Row = (&'static str, &'static str, &'static str);

/// Every operator with every type and encoding that it goes with.
const ROWS: &[Row] = &[
    ("string", "windows/process_creation", "CommandLine == 'a b'"),
    ("string", "windows/process_creation", "CommandLine == ''"),
    ("string", "windows/process_creation", "CommandLine != 'a b'"),
    ("string", "windows/process_creation", "CommandLine in ('a', 'b')"),
    ("string", "windows/process_creation", "CommandLine contains 'a'"),
    ("string", "windows/process_creation", "CommandLine contains all ('a', 'b')"),
    ("string", "windows/process_creation", "CommandLine contains ''"),
    ("string", "windows/process_creation", "CommandLine startswith 'a'"),
    ("string", "windows/process_creation", "CommandLine endswith 'a'"),
    ("string", "windows/process_creation", "CommandLine like 'a*b?c'"),
    ("string", "windows/process_creation", "CommandLine like 'a[*]b*'"),
    ("string", "windows/process_creation", "CommandLine matches /a+[0-9]/"),
    ("string", "windows/process_creation", "CommandLine matches /^a.b$/ims"),
    ("string", "windows/process_creation", "CommandLine matches all (/a+/, /b+/i)"),
    ("string", "windows/process_creation", "CommandLine matches /a*/"),
    ("string, beyond ASCII", "windows/process_creation", "CommandLine contains 'größe'"),
    ("string, cased", "windows/process_creation", "CommandLine == cased 'Ab'"),
    ("string, cased", "windows/process_creation", "CommandLine in cased ('Ab', 'Cd')"),
    ("string, cased", "windows/process_creation", "CommandLine contains cased 'Ab'"),
    ("string, cased", "windows/process_creation", "CommandLine startswith cased 'Ab'"),
    ("string, cased", "windows/process_creation", "CommandLine endswith cased 'Ab'"),
    ("string, cased", "windows/process_creation", "CommandLine like cased 'A*b?'"),
    ("string, windash", "windows/process_creation", "CommandLine contains windash ' -enc'"),
    ("string, windash", "windows/process_creation", "CommandLine endswith windash ' -q'"),
    ("string, base64", "windows/process_creation", "CommandLine contains base64 'secret'"),
    ("string, base64", "windows/process_creation", "CommandLine contains utf16le base64 'secret'"),
    ("string, base64offset", "windows/process_creation", "CommandLine contains base64offset 'secret'"),
    ("string, base64offset", "windows/process_creation", "CommandLine contains wide base64offset 'secret'"),
    ("string, base64offset", "windows/process_creation", "CommandLine contains utf16be base64offset 'secret'"),
    ("string, base64offset", "windows/process_creation", "CommandLine contains utf16 base64offset 'secret'"),
    ("string", "windows/process_creation", "CommandLine is empty"),
    ("string", "windows/process_creation", "CommandLine is present"),
    ("string", "windows/process_creation", "ParentCommandLine is null"),
    ("string", "windows/process_creation", "ParentCommandLine exists"),
    ("string", "windows/process_creation", "CommandLine == field ParentCommandLine"),
    ("string", "windows/process_creation", "CommandLine contains field ParentCommandLine"),
    ("string", "windows/process_creation", "CommandLine startswith field ParentCommandLine"),
    ("string", "windows/process_creation", "CommandLine endswith field ParentCommandLine"),
    ("string, cased", "windows/process_creation", "CommandLine == cased field ParentCommandLine"),
    ("path", "windows/process_creation", "Image named 'cmd.exe'"),
    ("path", "windows/process_creation", "Image named ('cmd.exe', 'powershell.exe')"),
    ("path, cased", "windows/process_creation", "Image named cased 'Cmd.exe'"),
    ("path", "linux/process_creation", "Image named 'bash'"),
    ("integer", "windows/network_connection", "DestinationPort == 445"),
    ("integer", "windows/network_connection", "DestinationPort in (139, 445)"),
    ("integer", "windows/network_connection", "DestinationPort != 445"),
    ("integer", "windows/network_connection", "DestinationPort < 1024"),
    ("integer", "windows/network_connection", "DestinationPort <= 1024"),
    ("integer", "windows/network_connection", "DestinationPort > 1024"),
    ("integer", "windows/network_connection", "DestinationPort >= 1024"),
    ("integer", "windows/network_connection", "DestinationPort is null"),
    ("integer", "windows/network_connection", "DestinationPort is present"),
    ("integer", "windows/network_connection", "DestinationPort == field SourcePort"),
    ("boolean", "windows/network_connection", "Initiated == true"),
    ("boolean", "windows/network_connection", "Initiated == false"),
    ("ip", "windows/network_connection", "DestinationIp == '192.0.2.7'"),
    ("ip", "windows/network_connection", "DestinationIp == '2001:db8::1'"),
    ("ip", "windows/network_connection", "DestinationIp in ('10.0.0.0/8', '192.168.0.0/16')"),
    ("ip", "windows/network_connection", "DestinationIp in ('fe80::/10', '10.0.0.0/8')"),
    ("ip", "windows/network_connection", "DestinationIp == field SourceIp"),
    ("hash", "windows/process_creation", "sha256 == '0000000000000000000000000000000000000000000000000000000000000000'"),
    ("hash", "windows/process_creation", "md5 in ('00000000000000000000000000000000', '11111111111111111111111111111111')"),
    ("hash", "windows/process_creation", "imphash == '00000000000000000000000000000000'"),
    ("hex integer", "windows/process_creation", "LogonId == 0x3e7"),
    ("time", "windows/process_creation", "UtcTime is present"),
    ("any field", "windows/process_creation", "anywhere contains 'mimikatz'"),
    ("list of objects", "azure/signinlogs", "some AuthenticationDetails { authenticationMethod == 'Password' }"),
    ("the event's time", "windows/process_creation", "time in 19:00..07:00"),
    ("the event's time", "windows/process_creation", "weekday in (sat, sun) +02:00"),
];

/// The page as Markdown.
pub fn support_table() -> String {
    let settings: Vec<TargetSetting> = Target::ALL.iter().map(|target| TargetSetting::new(*target)).collect();
    let mut notes = Notes::default();
    let mut out = String::from(HEAD);
    out.push_str("\n## Operators\n\nEach clause stands alone in a rule of the log source, and once more under `not`: the worse of the two is shown.\n\n");
    out.push_str(&format!(
        "| type | clause | log source | {} |\n|---|---|---|{}\n",
        settings.iter().map(label).collect::<Vec<_>>().join(" | "),
        "---|".repeat(settings.len())
    ));
    let cells = statuses(&settings, &mut notes);
    for ((kind, source, clause), cells) in ROWS.iter().zip(cells) {
        out.push_str(&format!("| {kind} | `{}` | {source} | {} |\n", clause.replace('|', "\\|"), cells.join(" | ")));
    }
    out.push('\n');
    out.push_str(&notes.text());
    out.push_str(&log_sources());
    out
}

const HEAD: &str = "# What each target can say\n\nThis page is generated from the program (`cargo test` compares it) and says no more than the program does: *exact* means that no \
event can tell the hunt and the query apart, given the product's documented behaviour, the profile's columns and the \
assumptions named. *refused* means that the compiler stops that rule in that target and says so at the author's line, unless \
the clause is marked `approximate` or the rule says `not on TARGET`. Assumptions: `ascii_text` (letters beyond ASCII fold as \
Unicode says, or do not occur), `no_empty_text` (the column holds no empty text), `full_path` (the column always holds a \
full path).\n";

fn label(setting: &TargetSetting) -> String {
    match setting.profile {
        Some(profile) => format!("{} `{}`", setting.target.name(), profile.name()),
        None => setting.target.name().to_owned(),
    }
}

/// Reasons, each written once below the table.
#[derive(Default)]
struct Notes(Vec<(String, String)>);

impl Notes {
    fn number(&mut self, loss: &Loss) -> usize {
        let reason = loss.message.clone();
        let key = (loss.code.to_owned(), reason);
        match self.0.iter().position(|known| *known == key) {
            Some(index) => index + 1,
            None => {
                self.0.push(key);
                self.0.len()
            }
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (index, (code, reason)) in self.0.iter().enumerate() {
            out.push_str(&format!("{}. `{code}`: {reason}. `huntc explain {code}` names the product's page.\n", index + 1));
        }
        out
    }
}

/// For each row, a cell for each target.
fn statuses(settings: &[TargetSetting], notes: &mut Notes) -> Vec<Vec<String>> {
    let mut text = String::from("hunt support {\n  hypothesis \"x\"\n");
    for (index, (_, source, clause)) in ROWS.iter().enumerate() {
        text.push_str(&format!("  detect plain_{index} on {source} {{\n    when {{ {clause} }}\n  }}\n"));
        text.push_str(&format!("  detect negated_{index} on {source} {{\n    when {{ not ({clause}) }}\n  }}\n"));
    }
    text.push_str("}\n");
    let session = load(&Request { roots: vec!["support.hunt".to_owned()], ..Request::default() }, &One(text));
    let built = build(&session, settings, session.input.options.attack.name());
    let by_name: BTreeMap<&str, _> = built.rules.iter().map(|rule| (rule.name(), rule)).collect();
    let mut rows = Vec::new();
    for index in 0..ROWS.len() {
        let mut cells = Vec::new();
        for target in 0..settings.len() {
            let outcomes: Vec<&Outcome> = ["plain", "negated"]
                .iter()
                .filter_map(|form| by_name.get(format!("{form}_{index}").as_str()))
                .filter_map(|rule| rule.targets.get(target).map(|target| &target.outcome))
                .collect();
            cells.push(cell(&outcomes, notes));
        }
        rows.push(cells);
    }
    rows
}

fn cell(outcomes: &[&Outcome], notes: &mut Notes) -> String {
    if outcomes.len() < 2 {
        return "does not compile".to_owned();
    }
    let refused = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Refused { losses, .. } | Outcome::NotSwept { losses } => losses.first(),
        Outcome::Written(_) => None,
    });
    if let Some(loss) = refused {
        return format!("refused ({})", notes.number(loss));
    }
    let mut assumes: Vec<&str> = Vec::new();
    let mut direction: Option<Direction> = None;
    for outcome in outcomes {
        if let Outcome::Written(query) = outcome {
            assumes.extend(query.assumes.iter().map(|each| each.name()));
            direction = query.losses.iter().filter_map(|loss| loss.direction).chain(direction).reduce(Direction::join);
        }
    }
    assumes.sort_unstable();
    assumes.dedup();
    match (direction, assumes.is_empty()) {
        (Some(direction), _) => direction.name().to_owned(),
        (None, true) => "exact".to_owned(),
        (None, false) => format!("exact, `{}`", assumes.join("`, `")),
    }
}

fn log_sources() -> String {
    let mut out = String::from(
        "\n## Log sources\n\nSigma speaks of every log source in canonical fields. For the others: where it is kept, or why not, and the fields that the profile lacks.\n",
    );
    for row in catalogue::all() {
        let Some(source) = catalogue::find(row.id) else { continue };
        out.push_str(&format!("\n### `{}`\n\n| profile | kept in | fields | absent fields |\n|---|---|---|---|\n", row.id));
        for profile in Profile::ALL {
            let name = format!("{} `{}`", profile.target().name(), profile.name());
            match mapping::layout(*profile, &source.id) {
                Err(absence) => out.push_str(&format!("| {name} | absent: {} | | |\n", absence.reason)),
                Ok(layout) => {
                    let place = match &layout.scope.place {
                        mapping::Place::Macro { name, .. } => format!("macro `{name}`"),
                        mapping::Place::Table(name) => format!("`{name}`"),
                    };
                    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                    for field in &source.fields {
                        if let Some(Decode::Absent(reason)) = layout.fields.get(&*field.name).map(|mapping| &mapping.decode) {
                            reasons.entry(reason).or_default().push(&field.name);
                        }
                    }
                    let absent: usize = reasons.values().map(Vec::len).sum();
                    let listed: Vec<String> =
                        reasons.iter().map(|(reason, fields)| format!("`{}`: {reason}", fields.join("`, `"))).collect();
                    out.push_str(&format!(
                        "| {name} | {place} | {} of {} | {} |\n",
                        source.fields.len() - absent,
                        source.fields.len(),
                        listed.join("; ").replace('|', "\\|")
                    ));
                }
            }
        }
    }
    out
}

/// A library of one file.
struct One(String);

impl Sources for One {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        if path == "support.hunt" { Ok(self.0.clone().into_bytes()) } else { Err(ReadProblem::Missing) }
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}
