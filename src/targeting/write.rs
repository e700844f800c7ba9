//! Who was found, for a reader and for a machine.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Targeting, Used};
use crate::attack::{ALL_ADVERSARIES, targets};

const SOURCE: &str = "MISP galaxy, threat-actor, version 349 (MISP/misp-galaxy@9434ace4, August 2026; CC0 1.0 or BSD-2-Clause)";

/// For a terminal; `most` techniques and software.
pub fn text(found: &Targeting, most: usize) -> String {
    let mut out = String::new();
    let asked: Vec<&str> = found.asked.sectors.iter().copied().chain(found.asked.places.iter().map(|place| place.name)).collect();
    let count = found.suspects.len();
    let plural = if count == 1 { " is" } else { "s are" };
    let _ = writeln!(out, "{count} actor{plural} recorded as targeting {}\n", asked.join(", "));
    let mut rows = vec![["actor", "group of ATT&CK", "because of", "uses"].map(str::to_owned)];
    for suspect in &found.suspects {
        let groups: Vec<String> = suspect
            .groups
            .iter()
            .map(|(object, relation)| format!("{} {} ({})", object.id, object.name, relation.words()))
            .collect();
        let uses: Vec<String> = suspect
            .groups
            .iter()
            .map(|(object, _)| {
                let of = |list: &[Used]| list.iter().filter(|used| used.groups.contains(&object.id)).count();
                format!("{} techniques, {} software", of(&found.techniques), of(&found.software))
            })
            .collect();
        rows.push([
            suspect.adversary.name.to_owned(),
            if groups.is_empty() { "-".to_owned() } else { groups.join("; ") },
            suspect.because.join(", "),
            if uses.is_empty() { "-".to_owned() } else { uses.join("; ") },
        ]);
    }
    align(&rows, &mut out);
    let groups = found.groups.len();
    if groups > 0 {
        let _ = writeln!(
            out,
            "\nwhat the {groups} group{} of ATT&CK {} have in common (used by; by how many of all groups):",
            if groups == 1 { "" } else { "s" },
            found.release
        );
        list(&found.techniques, groups, most, "techniques", &mut out);
        if !found.software.is_empty() {
            out.push_str("\ntheir software:\n");
            list(&found.software, groups, most, "software", &mut out);
        }
    }
    let _ = writeln!(
        out,
        "\nsource: {SOURCE}\n{} of its {ALL_ADVERSARIES} actors have a recorded target. Who is not listed is not recorded, which does not mean that they spare anybody.",
        targets().adversaries().len()
    );
    out
}

fn list(used: &[Used], groups: usize, most: usize, what: &str, out: &mut String) {
    let mut rows: Vec<[String; 4]> = Vec::new();
    for each in used.iter().take(most) {
        rows.push([
            format!("{} of {groups}", each.groups.len()),
            format!("{} in all", each.all),
            each.id.to_owned(),
            each.name.to_owned(),
        ]);
    }
    align(&rows, out);
    if used.len() > most {
        let _ = writeln!(out, "  … {} more {what} (`--limit`, `--json`)", used.len() - most);
    }
}

fn align(rows: &[[String; 4]], out: &mut String) {
    let mut widths = [0; 4];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let mut line = String::from("  ");
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// For a machine.
pub fn json(found: &Targeting) -> String {
    let used = |list: &[Used]| -> Vec<Value> {
        list.iter()
            .map(|each| json!({ "id": each.id, "name": each.name, "groups": each.groups, "all_groups": each.all }))
            .collect()
    };
    let known = targets();
    let value = json!({
        "version": 1,
        "attack": found.release.name(),
        "source": SOURCE,
        "asked": {
            "sectors": found.asked.sectors,
            "places": found.asked.places.iter().map(|place| place.name).collect::<Vec<_>>(),
        },
        "group_techniques": found.reach.name(),
        "actors": found.suspects.iter().map(|suspect| json!({
            "name": suspect.adversary.name,
            "uuid": suspect.adversary.uuid,
            "because": suspect.because,
            "sectors": suspect.adversary.sectors,
            "victims": suspect.adversary.victims,
            "incident_types": suspect.adversary.incident_types,
            "groups": suspect.groups.iter().map(|(object, relation)| json!({
                "id": object.id, "name": object.name, "relation": relation.words(),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "techniques": used(&found.techniques),
        "software": used(&found.software),
        "recorded": { "actors": ALL_ADVERSARIES, "with_targets": known.adversaries().len() },
    });
    format!("{value:#}\n")
}
