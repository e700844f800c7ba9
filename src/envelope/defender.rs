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

/// What can identify an impacted device and an impacted user (learn.microsoft.com/graph/api/resources/enums-security,
/// deviceAssetIdentifier and userAssetIdentifier).
const DEVICE: &[&str] = &["deviceId", "deviceName", "remoteDeviceName", "targetDeviceName", "destinationDeviceName"];
const USER: &[&str] = &[
    "accountObjectId",
    "accountSid",
    "accountUpn",
    "accountName",
    "accountDomain",
    "accountId",
    "requestAccountSid",
    "requestAccountName",
    "requestAccountDomain",
    "recipientObjectId",
    "processAccountObjectId",
    "initiatingAccountSid",
    "initiatingProcessAccountUpn",
    "initiatingAccountName",
    "initiatingAccountDomain",
    "servicePrincipalId",
    "servicePrincipalName",
    "targetAccountUpn",
];

#[derive(Clone, Debug, Serialize, PartialEq)]
struct Asset {
    r#type: &'static str,
    identifier: String,
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
        description => alert::description(rule, false),
        severity => severity(rule.meta.level),
        category => alert::tactics(rule).into_iter().next().unwrap_or_else(|| "SuspiciousActivity".to_owned()),
        response => rule.meta.response.clone(),
        techniques => rule.meta.techniques.iter().map(|technique| technique.id.clone()).collect::<Vec<String>>(),
        assets => Serde(assets(query)),
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

/// The hosts and accounts that the rule names; where it names none, the asset column that the query returns anyway.
fn assets(query: &Query) -> Vec<Asset> {
    let mut found: Vec<Asset> = Vec::new();
    let mut add = |identifier: &str| {
        let r#type = if DEVICE.contains(&identifier) {
            "#microsoft.graph.security.impactedDeviceAsset"
        } else if USER.contains(&identifier) {
            "#microsoft.graph.security.impactedUserAsset"
        } else {
            return;
        };
        let asset = Asset { r#type, identifier: identifier.to_owned() };
        if !found.contains(&asset) {
            found.push(asset);
        }
    };
    for entity in &query.entities {
        match entity.kind {
            EntityKind::Host | EntityKind::Account => entity.columns.iter().for_each(|(identifier, _)| add(identifier)),
            EntityKind::Ip | EntityKind::File | EntityKind::Process => {}
        }
    }
    if found.is_empty() {
        let returned = |identifier: &&&str| query.columns.iter().any(|column| column.eq_ignore_ascii_case(identifier));
        let identifier = DEVICE.iter().chain(USER).find(returned).copied();
        if let Some(identifier) = identifier {
            let r#type = if DEVICE.contains(&identifier) {
                "#microsoft.graph.security.impactedDeviceAsset"
            } else {
                "#microsoft.graph.security.impactedUserAsset"
            };
            found.push(Asset { r#type, identifier: identifier.to_owned() });
        }
    }
    found
}
