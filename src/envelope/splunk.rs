//! A Splunk app of all rules: saved searches with their schedules and Enterprise Security's keys, and the macros they call.
//!
//! Keys as in savedsearches.conf.spec and macros.conf.spec; what the queries say is not this module's business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, context};
use serde_json::json;

use super::OutputFile;
use crate::backends::{self, AttachmentKind, Query};
use crate::diag::Span;
use crate::ir::{EntityKind, IndicatorSet, Level, Loss, Rule, Schedule, Selection};
use crate::schema::Target;

/// One rule on one log source, with the query that it became.
#[derive(Clone, Copy, Debug)]
pub struct SplunkRule<'a> {
    pub rule: &'a Rule,
    pub selection: &'a Selection,
    pub query: &'a Query,
}

/// The most characters of a saved search's name (savedsearches.conf.spec).
const LONGEST_NAME: usize = 100;

/// One rule as a saved search of the app.
#[derive(Clone, Debug)]
pub struct SavedSearch {
    name: String,
    values: minijinja::Value,
    /// Name, definition, description.
    macros: Vec<(String, String, String)>,
}

/// A rule as a saved search.
///
/// # Errors
/// What Splunk cannot keep of the rule's schedule, name and columns, at the author's words.
pub fn saved_search(rule: SplunkRule<'_>) -> Result<SavedSearch, Vec<Loss>> {
    let (name, values) = stanza(&rule)?;
    let mut macros = Vec::new();
    for attachment in &rule.query.attachments {
        let description = match attachment.kind {
            AttachmentKind::ScopeMacro => "Where a log source lives here; a site may define it in local/macros.conf".to_owned(),
            AttachmentKind::FilterMacro => filter_description(rule.selection),
            AttachmentKind::SigmaFilter => continue,
        };
        macros.push((attachment.name.clone(), attachment.text.clone(), description));
    }
    Ok(SavedSearch { name, values, macros })
}

/// `transforms.conf`: a definition for each set's lookup file (transforms.conf.spec). Texts are compared as they are, because
/// both sides are lower case; blocks of addresses as such. One row that matches is enough.
pub fn transforms(sets: &[Arc<IndicatorSet>]) -> String {
    let mut text = String::new();
    for set in sets {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("[{0}]\nfilename = {0}.csv\nmax_matches = 1\n", set.name));
        if backends::splunk::sets::is_of_blocks(set) {
            text.push_str("match_type = CIDR(key)\n");
        }
    }
    text
}

/// The app of all rules.
#[derive(Clone, Debug, Default)]
pub struct App {
    searches: BTreeMap<String, minijinja::Value>,
    /// Definition and description, by name.
    macros: BTreeMap<String, (String, String)>,
}

impl App {
    /// Adds a rule's search.
    ///
    /// # Errors
    /// Where its macro has the name of another rule's, which says something else; `rule` is the place to say so.
    pub fn add(&mut self, search: SavedSearch, rule: Span) -> Result<(), Vec<Loss>> {
        for (name, definition, _) in &search.macros {
            if self.macros.get(name).is_some_and(|(said, _)| said != definition) {
                let message = format!("another rule has a macro `{name}` too, with other exceptions");
                return Err(vec![refused("L0373", rule, message, "give one of the two rules another name")]);
            }
        }
        self.macros.extend(search.macros.into_iter().map(|(name, definition, description)| (name, (definition, description))));
        self.searches.insert(search.name, search.values);
        Ok(())
    }

    /// The files of the app, in the order of their paths. No searches, no app.
    pub fn files(self) -> Vec<OutputFile> {
        if self.searches.is_empty() {
            return Vec::new();
        }
        let macros: Vec<_> = self.macros
            .into_iter()
            .map(|(name, (text, description))| context! { name, definition => continued(&text), description => line(&description) })
            .collect();
        let searches: Vec<_> = self.searches.into_values().collect();
        let app = context! { version => env!("CARGO_PKG_VERSION") };
        let templates = [
            ("default/app.conf", include_str!("templates/app.conf.j2"), app),
            ("default/macros.conf", include_str!("templates/macros.conf.j2"), context! { macros }),
            ("default/savedsearches.conf", include_str!("templates/savedsearches.conf.j2"), context! { searches }),
            ("metadata/default.meta", include_str!("templates/default.meta.j2"), context! {}),
        ];
        templates
            .into_iter()
            .map(|(name, template, values)| OutputFile {
                path: ["splunk/app/", name].concat(),
                text: render(name, template, values),
            })
            .collect()
    }
}

fn render(name: &str, template: &str, values: minijinja::Value) -> String {
    let mut environment = Environment::new();
    // Values are spelled by `line` and `continued`; a template never escapes them again.
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // The templates are our own and rendered by a test, with values of every kind: they cannot fail.
    let text = environment.render_named_str(name, template, values).unwrap_or_default();
    [text.trim_end(), "\n"].concat()
}

/// A value over several lines: a backslash at a line's end goes on in the next (savedsearches.conf.spec, macros.conf.spec).
/// Lines of a query end in a quote, a parenthesis or a word, never in a backslash of their own.
fn continued(text: &str) -> String {
    text.trim_end().lines().collect::<Vec<_>>().join(" \\\n")
}

/// A text on one line. A backslash at its end would take the next line with it, and a pair of `$` would be a token that alert
/// actions replace: the one gets a full stop behind it, the others become full-width signs.
fn line(text: &str) -> String {
    let mut line = text
        .split(|each: char| each.is_control() || each.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.matches('$').count() > 1 {
        line = line.replace('$', "\u{FF04}");
    }
    if line.ends_with('\\') {
        line.push('.');
    }
    line
}

fn filter_description(selection: &Selection) -> String {
    if selection.exceptions.is_empty() {
        return "What this site takes out of the rule; empty so far".to_owned();
    }
    let reasons: Vec<&str> = selection.exceptions.iter().map(|exception| exception.reason.as_str()).collect();
    ["Exceptions: ", &reasons.join("; ")].concat()
}

fn refused(code: &'static str, span: Span, message: String, help: &str) -> Loss {
    Loss { code, direction: None, span, message, label: None, help: Some(help.to_owned()) }
}

fn stanza(each: &SplunkRule<'_>) -> Result<(String, minijinja::Value), Vec<Loss>> {
    let SplunkRule { rule, selection, query } = each;
    let mut faults = Vec::new();
    // An imported rule is a hunt of the same name: saying it twice tells nobody more.
    let name = if rule.hunt.name == selection.name {
        rule.hunt.name.clone()
    } else {
        [&rule.hunt.name, " - ", &selection.name].concat()
    };
    if name.chars().count() > LONGEST_NAME {
        faults.push(refused(
            "L0370",
            rule.span,
            format!(
                "the saved search `{name}` would have a name of {} characters; Splunk takes {LONGEST_NAME}",
                name.chars().count()
            ),
            "shorten the name of the hunt or of the rule",
        ));
    }
    let schedule = rule.schedule_on(Target::Splunk);
    let times = schedule.map_or_else(|| Ok(Times::hourly()), |schedule| Times::of(schedule, rule.span));
    let suppress = match schedule.and_then(|schedule| schedule.suppress.as_ref()) {
        None => None,
        Some(suppress) => {
            let missing = suppress.by.len().saturating_sub(query.suppress_by.len());
            let unwritable = query.suppress_by.iter().find(|column| column.contains([' ', ',']));
            if missing > 0 {
                let names: Vec<String> = suppress.by.iter().map(|field| format!("`{}`", field.name)).collect();
                faults.push(refused(
                    "L0372",
                    suppress.span,
                    format!("Splunk has no column for a field of `suppress … by` ({})", names.join(", ")),
                    "suppress by a field that the profile keeps, or say it for one target: `schedule on splunk …`",
                ));
            }
            if let Some(column) = unwritable {
                faults.push(refused(
                    "L0372",
                    suppress.span,
                    format!("Splunk lists the fields of a suppression by commas and blanks, which `{column}` holds"),
                    "suppress by another field",
                ));
            }
            Some(context! { period => period(suppress.period), fields => query.suppress_by.join(",") })
        }
    };
    if let (Some(risk), None) = (&rule.risk, &query.risk_on) {
        faults.push(refused(
            "L0372",
            risk.span,
            format!("Splunk has no column for `{}`, which carries the risk", risk.on.name),
            "give the risk to a field that the profile keeps",
        ));
    }
    let times = match times {
        Ok(times) => times,
        Err(fault) => {
            faults.push(fault);
            Times::hourly()
        }
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let techniques: Vec<&str> = rule.meta.techniques.iter().map(|technique| technique.id.as_str()).collect();
    let annotations = json!({ "analytic_story": [rule.hunt.title], "mitre_attack": techniques });
    let values = context! {
        stanza => name.clone(),
        title => line(&rule.meta.title),
        description => line(&description(rule)),
        query => continued(&query.text),
        cron => times.cron,
        earliest => times.earliest,
        latest => times.latest,
        severity => severity(rule.meta.level),
        level => rule.meta.level.name(),
        suppress,
        annotations => annotations.to_string(),
        security_domain => security_domain(&selection.source.0),
        nes_fields => nes_fields(query),
        risk => risk(rule, query),
    };
    Ok((name, values))
}

fn description(rule: &Rule) -> String {
    let mut parts = vec![rule.meta.title.as_str()];
    parts.extend(Some(rule.hunt.hypothesis.as_str()).filter(|text| !text.trim().is_empty()));
    parts.extend(rule.meta.response.as_deref());
    parts.join(" | ")
}

/// When a search runs, and the events that it looks at: those of one period, which ended when the last of them had time to
/// arrive. The periods of consecutive runs touch (S5.10), because both bounds count from the scheduled time and continuous
/// scheduling (`realtime_schedule = 0`) leaves no run out.
struct Times {
    cron: String,
    earliest: String,
    latest: String,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Times {
    /// As ESCU's searches: every hour, ten minutes after.
    fn hourly() -> Times {
        Times { cron: "0 * * * *".to_owned(), earliest: "-70m@m".to_owned(), latest: "-10m@m".to_owned() }
    }

    fn of(schedule: &Schedule, rule: Span) -> Result<Times, Loss> {
        let span = schedule.every_span.unwrap_or(rule);
        let Some(cron) = cron(schedule.every) else {
            let (below, above) = neighbours(schedule.every);
            let written = |seconds: u64| format!("`every {}`", duration(seconds));
            let near: Vec<String> = below.into_iter().chain(above).map(written).collect();
            let fault = refused(
                "L0371",
                span,
                format!("Splunk cannot run a search every {} with gaps of equal length", duration(schedule.every)),
                &format!("write {}, for all targets or in `schedule on splunk …`", near.join(" or ")),
            );
            return Err(Loss {
                label: Some("cron counts minutes within an hour, hours within a day, or days".to_owned()),
                ..fault
            });
        };
        let delay = schedule.arrival_delay.div_ceil(MINUTE);
        let ago = |minutes: u64| if minutes == 0 { "@m".to_owned() } else { format!("-{minutes}m@m") };
        Ok(Times { cron, earliest: ago(delay + schedule.every / MINUTE), latest: ago(delay) })
    }
}

/// Periods that cron can keep, in seconds.
fn lawful() -> impl Iterator<Item = u64> {
    let minutes = (1..=30).filter(|minutes| 60 % minutes == 0).map(|minutes| minutes * MINUTE);
    let hours = (1..=12).filter(|hours| 24 % hours == 0).map(|hours| hours * HOUR);
    minutes.chain(hours).chain([DAY, 7 * DAY])
}

fn neighbours(seconds: u64) -> (Option<u64>, Option<u64>) {
    (lawful().filter(|lawful| *lawful < seconds).last(), lawful().find(|lawful| *lawful > seconds))
}

fn cron(seconds: u64) -> Option<String> {
    lawful().find(|lawful| *lawful == seconds)?;
    Some(match seconds {
        MINUTE => "* * * * *".to_owned(),
        HOUR => "0 * * * *".to_owned(),
        DAY => "0 0 * * *".to_owned(),
        seconds if seconds == 7 * DAY => "0 0 * * 1".to_owned(),
        seconds if seconds < HOUR => format!("*/{} * * * *", seconds / MINUTE),
        seconds => format!("0 */{} * * *", seconds / HOUR),
    })
}

/// As the language writes durations: one number, one unit.
fn duration(seconds: u64) -> String {
    match seconds {
        seconds if seconds % DAY == 0 => format!("{}d", seconds / DAY),
        seconds if seconds % HOUR == 0 => format!("{}h", seconds / HOUR),
        seconds if seconds % MINUTE == 0 => format!("{}m", seconds / MINUTE),
        seconds => format!("{seconds}s"),
    }
}

/// `^[0-9]+[smh]$`: savedsearches.conf.spec knows no days here.
fn period(seconds: u64) -> String {
    match seconds {
        seconds if seconds % HOUR == 0 => format!("{}h", seconds / HOUR),
        seconds if seconds % MINUTE == 0 => format!("{}m", seconds / MINUTE),
        seconds => format!("{seconds}s"),
    }
}

/// `alert.severity`: 1 debug, 2 info, 3 warning, 4 error, 5 severe, 6 fatal.
fn severity(level: Level) -> u8 {
    match level {
        Level::Informational => 2,
        Level::Low => 3,
        Level::Medium => 4,
        Level::High => 5,
        Level::Critical => 6,
    }
}

/// One of Enterprise Security's domains: endpoint, network, threat, identity, access, audit.
fn security_domain(source: &str) -> &'static str {
    let last = source.rsplit('/').next().unwrap_or(source);
    match last {
        "network_connection" | "dns_query" | "dns" | "proxy" | "webserver" | "firewall" => "network",
        "signinlogs" | "auditlogs" => "identity",
        "security" | "auth" | "sshd" => "access",
        _ if source.starts_with("windows/") || source.starts_with("linux/") || source.starts_with("macos/") => "endpoint",
        _ => "threat",
    }
}

/// The columns that tell one finding from another.
fn nes_fields(query: &Query) -> String {
    let entities = query.entities.iter().flat_map(|entity| &entity.columns).map(|(_, column)| column.as_str());
    let mut seen = BTreeSet::new();
    let columns = entities.chain(query.suppress_by.iter().map(String::as_str));
    columns.filter(|column| seen.insert(*column) && !column.contains([' ', ','])).collect::<Vec<_>>().join(",")
}

/// Risk objects (systems, users) with the rule's score, and threat objects; empty where the rule gives no risk.
fn risk(rule: &Rule, query: &Query) -> String {
    let (Some(risk), Some(on)) = (&rule.risk, &query.risk_on) else { return String::new() };
    let mut kind = "other";
    let mut threats = Vec::new();
    for entity in &query.entities {
        for (word, column) in &entity.columns {
            match entity.kind {
                EntityKind::Host if column == on => kind = "system",
                EntityKind::Account if column == on => kind = "user",
                EntityKind::Host | EntityKind::Account => {}
                EntityKind::Ip | EntityKind::File | EntityKind::Process => {
                    threats.push(json!({ "threat_object_field": column, "threat_object_type": word }));
                }
            }
        }
    }
    if kind == "other" {
        kind = match &*risk.on.name {
            "Computer" | "ComputerName" | "host" | "DeviceName" => "system",
            name if name.contains("User") || name.contains("Account") => "user",
            _ => "other",
        };
    }
    let mut all = vec![json!({ "risk_object_field": on, "risk_object_type": kind, "risk_score": risk.score })];
    all.extend(threats);
    serde_json::Value::Array(all).to_string()
}
