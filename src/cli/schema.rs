//! `huntc schema`.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::Status;
use super::terminal::Terminal;
use crate::schema::{Decode, LogSource, Profile, catalogue, mapping};

pub(super) fn command() -> Command {
    Command::new("schema")
        .about("Log sources, their fields and types, and where each product keeps them")
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

/// Where a profile keeps a field, in words.
fn column(profile: Profile, source: &LogSource, field: &str) -> String {
    let Ok(layout) = mapping::layout(profile, &source.id) else { return "-".to_owned() };
    match layout.fields.get(field).map(|mapping| &mapping.decode) {
        None => "-".to_owned(),
        Some(Decode::Absent(reason)) => format!("absent: {reason}"),
        Some(Decode::Column(column)) => column.clone(),
        Some(Decode::Constant(value)) => format!("always `{value}`"),
        Some(other) => {
            let mut columns: Vec<&str> = other.columns();
            columns.dedup();
            format!("from {}", columns.join(", "))
        }
    }
}

fn label(profile: Profile) -> String {
    format!("{}:{}", profile.target().name(), profile.name())
}

fn one(source: &LogSource, terminal: &mut Terminal) {
    terminal.print(&format!("{}  {}\n\n", source.id, source.title));
    for profile in Profile::ALL {
        terminal.print(&format!("  {:16} {}\n", label(*profile), place(*profile, source)));
    }
    let name_width = source.fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    let kind_width = source.fields.iter().map(|field| field.kind.to_string().len()).max().unwrap_or(0);
    for field in &source.fields {
        terminal.print(&format!("\n{:name_width$}  {:kind_width$}", field.name, field.kind.to_string()));
        for profile in Profile::ALL {
            if mapping::layout(*profile, &source.id).is_ok() {
                terminal.print(&format!("  {}={}", profile.target().name(), column(*profile, source, &field.name)));
            }
        }
    }
    terminal.print("\n");
}

fn one_json(source: &LogSource, terminal: &mut Terminal) {
    let profiles: serde_json::Map<String, serde_json::Value> =
        Profile::ALL.iter().map(|profile| (label(*profile), json!(place(*profile, source)))).collect();
    let fields: Vec<_> = source
        .fields
        .iter()
        .map(|field| {
            let columns: serde_json::Map<String, serde_json::Value> =
                Profile::ALL.iter().map(|profile| (label(*profile), json!(column(*profile, source, &field.name)))).collect();
            json!({"name": &*field.name, "type": field.kind.to_string(), "columns": columns})
        })
        .collect();
    let page = json!({"logsource": &*source.id.0, "title": source.title, "product": source.product, "category": source.category,
        "service": source.service, "profiles": profiles, "fields": fields});
    terminal.print(&format!("{page:#}\n"));
}
