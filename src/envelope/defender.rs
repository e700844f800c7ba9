//! A custom detection rule of Microsoft Defender XDR, as Microsoft Graph takes it
//! (learn.microsoft.com/graph/api/security-detectionrule-post-detectionrules; learn.microsoft.com/defender-xdr/custom-detection-rules).

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::alert::{self, Envelope, refuse};
use super::document;
use crate::backends::Query;
use crate::diag::{Diagnostic, Span};
use crate::ir::{EntityKind, Level, Loss, Rule};
use crate::schema::Target;

const TEMPLATE: &str = include_str!("templates/defender_custom_detection.json.j2");

const HOUR: u64 = 3600;
/// How often a rule runs, as the product names it, and how far it then looks back.
const PERIODS: &[(u64, &str, u64)] =
    &[(HOUR, "1H", 4 * HOUR), (3 * HOUR, "3H", 12 * HOUR), (12 * HOUR, "12H", 48 * HOUR), (24 * HOUR, "24H", 720 * HOUR)];

/// Columns of which a result must have one.
const ASSETS: &[&str] = &[
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
    "InitiatingProcessAccountObjectId",
];

/// What the end of a column's name says it holds of an account, and the property that names such a column
/// (learn.microsoft.com/graph/api/resources/security-accountentitymapping).
const ACCOUNT: &[(&str, &str)] = &[
    ("ObjectId", "aadUserIdColumn"),
    ("Sid", "sidColumn"),
    ("Upn", "upnColumn"),
    ("Domain", "ntDomainColumn"),
    ("AccountName", "nameColumn"),
];

/// The same of a host (learn.microsoft.com/graph/api/resources/security-hostentitymapping).
const HOST: &[(&str, &str)] = &[("DeviceId", "deviceIdColumn"), ("DeviceName", "nameColumn")];

/// One entity of an alert: for each of its properties the column that holds it.
#[derive(Clone, Debug, Serialize, PartialEq)]
struct Mapping {
    columns: Vec<(&'static str, String)>,
}

/// A tactic with the techniques that serve it here (learn.microsoft.com/graph/api/resources/security-mitretactic).
#[derive(Clone, Debug, Serialize)]
struct TacticUse {
    tactic: String,
    techniques: Vec<TechniqueUse>,
}

#[derive(Clone, Debug, Serialize)]
struct TechniqueUse {
    technique: String,
    sub_techniques: Vec<String>,
}

/// The JSON of one rule.
///
/// # Errors
/// The product's limits that the rule does not keep.
pub fn custom_detection(rule: &Rule, query: &Query) -> Result<Envelope, Vec<Loss>> {
    let mut refused = Vec::new();
    let mut notes = Vec::new();
    let schedule = alert::schedule(rule, Target::Defender);
    let span = schedule.every_span.unwrap_or(rule.span);
    let period = PERIODS.iter().find(|(every, _, _)| *every == schedule.every);
    match period {
        None => {
            let message = format!(
                "Microsoft Defender XDR runs a custom detection every 1, 3, 12 or 24 hours, looking back 4 hours, 12 hours, 48 hours or \
                 30 days; not every {}",
                alert::duration(schedule.every).unwrap_or_else(|| format!("{} s", schedule.every))
            );
            refused.push(refuse("L0382", span, message, "write `schedule on defender every 1h` beside the other schedule"));
        }
        Some((every, _, back)) if every + schedule.arrival_delay > *back => {
            let message = format!(
                "at this frequency Microsoft Defender XDR looks back {} hours, which does not reach over the arrival delay of {} s",
                back / HOUR,
                schedule.arrival_delay
            );
            refused.push(refuse(
                "L0382",
                span,
                message,
                "write a lower frequency for this target: `schedule on defender every 24h`",
            ));
        }
        Some(_) => {}
    }
    let has = |name: &&str| query.columns.iter().any(|column| column == name);
    if !["Timestamp", "ReportId"].iter().all(has) || !ASSETS.iter().any(has) {
        let message =
            "a custom detection returns `Timestamp`, `ReportId` and a column that names an asset, and the table of this log \
                       source has not all of them"
                .to_owned();
        refused.push(refuse("L0383", rule.span, message, "write `not on defender \"…\"`"));
    }
    // A default of huntc.yaml is for the products that suppress; only what an author wrote is answered at its line.
    if let Some(suppress) = schedule.suppress.as_ref().filter(|suppress| suppress.span != Span::default()) {
        let message = "Microsoft Defender XDR has no suppression for custom detections: it joins alerts to incidents by itself";
        notes.push(Diagnostic::note("L0384", suppress.span, message));
    }
    let Some((_, period, _)) = period.filter(|_| refused.is_empty()) else { return Err(refused) };
    let data = context! {
        name => rule.meta.title.clone(),
        query => query.text.clone(),
        period => *period,
        description => alert::description(rule, false, usize::MAX),
        severity => severity(rule.meta.level),
        response => rule.meta.response.clone(),
        tactics => Serde(tactics(rule)),
        hosts => Serde(mappings(query, EntityKind::Host)),
        accounts => Serde(mappings(query, EntityKind::Account)),
    };
    // The template is part of the program, and a test renders it.
    let text = document::render("defender_custom_detection.json", TEMPLATE, data).map_err(|error| {
        vec![refuse(
            "L0385",
            rule.span,
            format!("the rule's file could not be written: {error}"),
            "this is a fault of the compiler",
        )]
    })?;
    Ok(Envelope { text, notes })
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Informational => "informational",
        Level::Low => "low",
        Level::Medium => "medium",
        // The product has no higher one.
        Level::High | Level::Critical => "high",
    }
}

/// The rule's techniques under each of their tactics. A technique of several tactics stands under each.
fn tactics(rule: &Rule) -> Vec<TacticUse> {
    let mut found = Vec::new();
    for tactic in alert::tactics(rule) {
        let mut techniques: Vec<TechniqueUse> = Vec::new();
        for technique in &rule.meta.techniques {
            if !technique.tactics.iter().any(|short| alert::product_tactic(short) == tactic) {
                continue;
            }
            let parent = technique.id.split('.').next().unwrap_or_default();
            let index = techniques.iter().position(|known| known.technique == parent).unwrap_or_else(|| {
                techniques.push(TechniqueUse { technique: parent.to_owned(), sub_techniques: Vec::new() });
                techniques.len() - 1
            });
            if parent != technique.id {
                techniques[index].sub_techniques.push(technique.id.clone());
            }
        }
        found.push(TacticUse { tactic, techniques });
    }
    found
}

/// The hosts or accounts that the rule names; where it names neither, the first asset column that the query returns anyway.
fn mappings(query: &Query, kind: EntityKind) -> Vec<Mapping> {
    let properties = if kind == EntityKind::Host { HOST } else { ACCOUNT };
    let property = |column: &str| properties.iter().find(|(end, _)| column.ends_with(end)).map(|(_, property)| *property);
    let mapping = |columns: &mut dyn Iterator<Item = &String>| {
        let columns: Vec<(&'static str, String)> =
            columns.filter_map(|column| Some((property(column)?, column.clone()))).collect();
        (!columns.is_empty()).then_some(Mapping { columns })
    };
    let mut found: Vec<Mapping> = Vec::new();
    for entity in query.entities.iter().filter(|entity| entity.kind == kind) {
        if let Some(mapping) = mapping(&mut entity.columns.iter().map(|(_, column)| column))
            && !found.contains(&mapping)
        {
            found.push(mapping);
        }
    }
    let named = query.entities.iter().any(|entity| matches!(entity.kind, EntityKind::Host | EntityKind::Account));
    if found.is_empty() && !named {
        let asset = query.columns.iter().find(|column| ASSETS.contains(&column.as_str()));
        found.extend(mapping(&mut asset.into_iter()));
    }
    found
}
