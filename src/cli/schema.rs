//! `huntc schema`.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::Status;
use super::terminal::Terminal;
use crate::schema::{Decode, LogSource, Profile, catalogue, mapping};

pub(super) fn command() -> Command {
    Command::new("schema")
        .about("List log sources, their fields and types, and where each product keeps them")
        .long_about("Without a name: every log source of the catalogue. With one: its fields, their types, and the column or expression of each target's profile that holds them.")
        .after_help("Examples:\n  huntc schema\n  huntc schema windows/process_creation\n  huntc schema azure/signinlogs --json")
        .arg(Arg::new("logsource").value_name("LOGSOURCE").help("Such as windows/process_creation"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let json = arguments.get_flag("json");
    let Some(id) = arguments.get_one::<String>("logsource") else {
        all(json, terminal);
        return Status::Good;
    };
    let Some(source) = catalogue::find(id) else {
        let near = catalogue::nearest(id).map(|near| format!("did you mean `{near}`?"));
        terminal.complain(
            "E0201",
            format!("there is no log source `{id}`"),
            near.as_deref().or(Some("`huntc schema` lists them")),
        );
        return Status::Wrong;
    };
    if json {
        one_json(&source, terminal)
    } else {
        one(&source, terminal)
    }
    Status::Good
}

fn all(json: bool, terminal: &mut Terminal) {
    let rows: Vec<_> = catalogue::all().collect();
    if json {
        let list: Vec<_> = rows
            .iter()
            .map(|row| json!({"logsource": row.id, "product": row.product, "category": row.category, "service": row.service, "title": row.title}))
            .collect();
        terminal.print(&format!("{:#}\n", json!(list)));
        return;
    }
    let width = rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
    for row in &rows {
        terminal.print(&format!("{:width$}  {}\n", row.id, row.title));
    }
}

/// Where a profile keeps a log source, in words.
fn place(profile: Profile, source: &LogSource) -> String {
    match mapping::layout(profile, &source.id) {
        Err(absence) => format!("absent: {}", absence.reason),
        Ok(layout) => match &layout.scope.place {
            mapping::Place::Macro { name, .. } => format!("macro `{name}`"),
            mapping::Place::Table(name) => format!("table {name}"),
        },
    }
}

/// Where a profile keeps a field, in words; `Err` is why it does not.
fn column(profile: Profile, source: &LogSource, field: &str) -> Result<String, String> {
    let Ok(layout) = mapping::layout(profile, &source.id) else { return Ok("-".to_owned()) };
    Ok(match layout.fields.get(field).map(|mapping| &mapping.decode) {
        None => "-".to_owned(),
        Some(Decode::Absent(reason)) => return Err(reason.clone()),
        Some(Decode::Column(column)) => column.clone(),
        Some(Decode::Constant(value)) => format!("always `{value}`"),
        Some(other) => {
            let mut columns: Vec<&str> = other.columns();
            let mut seen = BTreeSet::new();
            columns.retain(|column| seen.insert(*column));
            format!("from {}", columns.join(", "))
        }
    })
}

fn label(profile: Profile) -> String {
    format!("{}:{}", profile.target().name(), profile.name())
}

/// One line a field; a long cell, and why a field is absent, stand once below the table.
fn one(source: &LogSource, terminal: &mut Terminal) {
    terminal.print(&format!("{}  {}\n\n", source.id, source.title));
    for profile in Profile::ALL {
        terminal.print(&format!("  {:16} {}\n", label(*profile), place(*profile, source)));
    }
    let profiles: Vec<Profile> =
        Profile::ALL.iter().copied().filter(|profile| mapping::layout(*profile, &source.id).is_ok()).collect();
    let mut notes: Vec<String> = Vec::new();
    let mut note = |text: String| {
        let known = notes.iter().position(|known| *known == text);
        known.unwrap_or_else(|| {
            notes.push(text);
            notes.len() - 1
        }) + 1
    };
    let mut rows: Vec<Vec<String>> = vec![vec!["field".to_owned(), "type".to_owned()]];
    rows[0].extend(profiles.iter().map(|profile| profile.target().name().to_owned()));
    for field in &source.fields {
        let mut row = vec![field.name.to_string(), field.kind.to_string()];
        for profile in &profiles {
            row.push(match column(*profile, source, &field.name) {
                Ok(text) if text.chars().count() <= WIDEST => text,
                Ok(text) => format!("see {}", note(text)),
                Err(reason) => format!("absent {}", note(reason)),
            });
        }
        rows.push(row);
    }
    let mut widths = vec![0; profiles.len() + 2];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    terminal.print("\n");
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        terminal.print(&format!("{}\n", cells.join("  ").trim_end()));
    }
    if !notes.is_empty() {
        terminal.print("\n");
    }
    for (index, text) in notes.iter().enumerate() {
        terminal.print(&format!("{:>3}  {text}\n", index + 1));
    }
}

/// A wider cell becomes a note. Characters.
const WIDEST: usize = 44;

fn one_json(source: &LogSource, terminal: &mut Terminal) {
    let profiles: serde_json::Map<String, serde_json::Value> =
        Profile::ALL.iter().map(|profile| (label(*profile), json!(place(*profile, source)))).collect();
    let fields: Vec<_> = source
        .fields
        .iter()
        .map(|field| {
            let columns: serde_json::Map<String, serde_json::Value> = Profile::ALL
                .iter()
                .map(|profile| {
                    let text = column(*profile, source, &field.name).unwrap_or_else(|reason| format!("absent: {reason}"));
                    (label(*profile), json!(text))
                })
                .collect();
            json!({"name": &*field.name, "type": field.kind.to_string(), "columns": columns})
        })
        .collect();
    let page = json!({"logsource": &*source.id.0, "title": source.title, "product": source.product, "category": source.category,
        "service": source.service, "profiles": profiles, "fields": fields});
    terminal.print(&format!("{page:#}\n"));
}
