//! An analytic rule of Microsoft Sentinel as YAML, in the form of the product's public repository
//! (github.com/Azure/Azure-Sentinel, wiki "Query Style Guide"; learn.microsoft.com/azure/sentinel/sentinel-service-limits).

use std::collections::BTreeSet;

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::alert::{self, Envelope, refuse};
use super::document;
use crate::backends::Query;
use crate::diag::Diagnostic;
use crate::ir::{EntityKind, Level, Loss, Rule, Schedule, Selection};
use crate::schema::mapping::{Layout, Place};
use crate::schema::{Field, Target};

const TEMPLATE: &str = include_str!("templates/sentinel_analytic_rule.yaml.j2");

const NAME_LENGTH: usize = 256;
const DESCRIPTION_LENGTH: usize = 5000;
const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
/// How often a rule may run, and how far back it may look (learn.microsoft.com/azure/sentinel/create-analytics-rules).
const FREQUENCY: std::ops::RangeInclusive<u64> = 5 * MINUTE..=14 * DAY;
const LONGEST_PERIOD: u64 = 14 * DAY;
/// A look-back of two days or more is for rules that run once an hour or less often.
const LONG_PERIOD: u64 = 2 * DAY;
const LONGEST_SUPPRESSION: u64 = DAY;
/// Alerts can join an incident for so long.
const LONGEST_GROUPING: u64 = 7 * DAY;
const MOST_ENTITIES: usize = 10;

/// The tactics that a rule may name.
const TACTICS: &[&str] = &[
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
    "ImpairProcessControl",
    "InhibitResponseFunction",
];

#[derive(Clone, Debug, Serialize)]
struct Connector {
    id: &'static str,
    data: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct EntityMapping {
    r#type: &'static str,
    fields: Vec<FieldMapping>,
}

#[derive(Clone, Debug, Serialize)]
struct FieldMapping {
    identifier: String,
    column: String,
}

#[derive(Clone, Debug, Serialize)]
struct Grouping {
    period: String,
    entities: Vec<&'static str>,
    details: Vec<String>,
}

/// The YAML of one rule.
///
/// # Errors
/// The product's limits that the rule does not keep.
pub fn analytic_rule(rule: &Rule, selection: &Selection, layout: &Layout, query: &Query) -> Result<Envelope, Vec<Loss>> {
    let mut refused = Vec::new();
    let mut notes = Vec::new();
    let schedule = alert::schedule(rule, Target::Sentinel);
    let name = &rule.meta.title;
    if name.chars().count() > NAME_LENGTH {
        let message = format!("the title has {} characters, and Microsoft Sentinel takes {NAME_LENGTH}", name.chars().count());
        refused.push(refuse("L0377", rule.span, message, "shorten `title`"));
    }
    // The quotes around it count.
    let description = ["'", &alert::description(rule, true, DESCRIPTION_LENGTH - 2), "'"].concat();
    if description.chars().count() > DESCRIPTION_LENGTH {
        let message = format!(
            "the description made of hypothesis, false positives and response has {} characters, and Microsoft Sentinel takes \
             {DESCRIPTION_LENGTH}",
            description.chars().count()
        );
        refused.push(refuse("L0378", rule.span, message, "shorten the hypothesis"));
    }
    let (frequency, period) = times(rule, &schedule, &mut refused);
    let entities = entities(rule, query, &mut notes);
    let (suppression, grouping, details) = suppression(rule, &schedule, query, &entities, &mut refused);
    let tactics: Vec<String> = alert::tactics(rule).into_iter().filter(|tactic| TACTICS.contains(&tactic.as_str())).collect();
    let techniques: Vec<String> = rule.meta.techniques.iter().map(|technique| technique.id.clone()).collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let data = context! {
        id => selection.id.to_string(),
        name,
        description,
        severity => severity(rule.meta.level),
        connectors => Serde(connectors(layout)),
        frequency,
        period,
        tactics,
        techniques,
        query => query.text.clone(),
        entities => Serde(entities),
        details,
        suppression,
        grouping => grouping.map(Serde),
    };
    // The template is part of the program, and a test renders it.
    let text = document::render("sentinel_analytic_rule.yaml", TEMPLATE, data).map_err(|error| {
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
        Level::Informational => "Informational",
        Level::Low => "Low",
        Level::Medium => "Medium",
        // The product has no higher one.
        Level::High | Level::Critical => "High",
    }
}

/// The connectors that fill a table (the repository's ValidConnectorIds.json).
fn connectors(layout: &Layout) -> Vec<Connector> {
    let (Place::Table(table) | Place::Macro { name: table, .. }) = &layout.scope.place;
    let ids: &[&'static str] = match table.as_str() {
        "SigninLogs" | "AuditLogs" => &["AzureActiveDirectory"],
        "SecurityEvent" => &["SecurityEvents", "WindowsSecurityEvents"],
        "CommonSecurityLog" => &["CefAma"],
        device if device.starts_with("Device") => &["MicrosoftThreatProtection"],
        // Other tables are filled by data collection rules without a connector of their own.
        _ => &[],
    };
    ids.iter().copied().map(|id| Connector { id, data: vec![table.clone()] }).collect()
}

/// Frequency and look-back: the look-back reaches over the frequency by the delay with which events may arrive (S5.10).
fn times(rule: &Rule, schedule: &Schedule, refused: &mut Vec<Loss>) -> (String, String) {
    let span = schedule.every_span.unwrap_or(rule.span);
    let period = schedule.every + schedule.arrival_delay.div_ceil(MINUTE) * MINUTE;
    let limits = "an analytic rule of Microsoft Sentinel runs every 5 minutes to 14 days, in whole minutes, and looks back at most 14 \
                  days, or less than 2 days where it runs more often than once an hour";
    let fits =
        FREQUENCY.contains(&schedule.every) && period <= LONGEST_PERIOD && (period < LONG_PERIOD || schedule.every >= 3600);
    match (alert::duration(schedule.every), alert::duration(period), fits) {
        (Some(frequency), Some(period), true) => (frequency, period),
        _ => {
            let message = format!(
                "{limits}; this rule runs every {} s and looks back {period} s, its arrival delay of {} s included",
                schedule.every, schedule.arrival_delay
            );
            refused.push(refuse("L0379", span, message, "write `schedule on sentinel every 1h`, for example"));
            (String::new(), String::new())
        }
    }
}

fn entity_type(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Host => "Host",
        EntityKind::Account => "Account",
        EntityKind::Ip => "IP",
        EntityKind::File => "File",
        EntityKind::Process => "Process",
    }
}

fn entities(rule: &Rule, query: &Query, notes: &mut Vec<Diagnostic>) -> Vec<EntityMapping> {
    let mut found = Vec::new();
    for (entity, columns) in rule.entities.iter().zip(&query.entities) {
        if columns.columns.is_empty() {
            let message =
                format!("Microsoft Sentinel keeps no `{}` of this log source, so no entity is made of it", entity.field.name);
            notes.push(Diagnostic::note("L0381", entity.span, message));
            continue;
        }
        if found.len() == MOST_ENTITIES {
            let message = format!("an analytic rule of Microsoft Sentinel maps {MOST_ENTITIES} entities; this one is left out");
            notes.push(Diagnostic::note("L0381", entity.span, message));
            continue;
        }
        let fields = columns
            .columns
            .iter()
            .map(|(identifier, column)| FieldMapping { identifier: identifier.clone(), column: column.clone() })
            .collect();
        found.push(EntityMapping { r#type: entity_type(entity.kind), fields });
    }
    found
}

/// `suppress` without fields stops the rule for a time, as the product's suppression does; `suppress … by` fields lets the alerts
/// about the same ones join one incident, because the product's suppression would hide the others' as well.
type Suppression = (Option<String>, Option<Grouping>, Vec<String>);

fn suppression(
    rule: &Rule,
    schedule: &Schedule,
    query: &Query,
    entities: &[EntityMapping],
    refused: &mut Vec<Loss>,
) -> Suppression {
    let Some(suppress) = &schedule.suppress else { return (None, None, Vec::new()) };
    let longest = if suppress.by.is_empty() { LONGEST_SUPPRESSION } else { LONGEST_GROUPING };
    let Some(period) = alert::duration(suppress.period).filter(|_| (5 * MINUTE..=longest).contains(&suppress.period)) else {
        let message = format!(
            "Microsoft Sentinel keeps alerts apart for 5 minutes to {} days, in whole minutes; {} s do not fit",
            longest / DAY,
            suppress.period
        );
        refused.push(refuse("L0380", suppress.span, message, "write `suppress 1d`, for example"));
        return (None, None, Vec::new());
    };
    if suppress.by.is_empty() {
        return (Some(period), None, Vec::new());
    }
    let entity_of = |field: &Field| {
        let entity = rule.entities.iter().find(|entity| entity.field.name == field.name)?;
        let name = entity_type(entity.kind);
        entities.iter().any(|mapped| mapped.r#type == name).then_some(name)
    };
    let named: BTreeSet<&'static str> = suppress.by.iter().filter_map(entity_of).collect();
    let details: Vec<String> = if suppress.by.iter().all(|field| entity_of(field).is_some()) {
        Vec::new()
    } else {
        // Columns of fields that are no entity are kept in the alert as details, to be grouped by.
        query.suppress_by.clone()
    };
    let entities = if details.is_empty() { named.into_iter().collect() } else { Vec::new() };
    (None, Some(Grouping { period, entities, details: details.clone() }), details)
}
