//! `huntc.yaml`: which targets a workspace builds, and how its data differs from a profile.
//!
//! Read strictly: an unknown key is an error with a suggestion. The YAML reader gives no positions inside a document, so the
//! key's line is looked up in the text.

use std::collections::BTreeMap;

use serde_yaml::Value;

use crate::diag::{Diagnostic, SourceId, Span, nearest};

/// A workspace's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `18.1` or `19.0`: the ATT&CK release that ids are checked against.
    pub attack: Option<String>,
    /// In the order written; empty means every target in its default profile.
    pub targets: Vec<TargetConfig>,
    pub defaults: Defaults,
    /// Lints that are errors here.
    pub deny: Vec<String>,
    /// Lints that are not told here.
    pub allow: Vec<String>,
    /// By target: how an imported rule may differ there, `wider`, `narrower` or `either`.
    pub accept_losses: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetConfig {
    pub target: String,
    pub profile: Option<String>,
    /// By log source: the macro or table that holds it here.
    pub scope: BTreeMap<String, ScopeConfig>,
    /// By log source: a field and the site's own column.
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    /// `rendering: xml`: this site collects Windows events as XML alone.
    pub xml_only: bool,
    pub span: Span,
}

/// Where a log source lives at this site. Names only, never query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeConfig {
    Macro(String),
    Table(String),
}

/// What a rule without a `schedule` gets. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    pub every: u64,
    pub suppress: Option<u64>,
    pub arrival_delay: u64,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults { every: 3600, suppress: None, arrival_delay: 600 }
    }
}

/// Reads a configuration. With an error the defaults stand where the text could not be read.
pub fn parse(source: SourceId, text: &str) -> (Config, Vec<Diagnostic>) {
    let mut reader = Reader { source, text, diagnostics: Vec::new() };
    let config = reader.config();
    (config, reader.diagnostics)
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn config(&mut self) -> Config {
        let mut config = Config::default();
        let document: Value = match serde_yaml::from_str(self.text) {
            Ok(document) => document,
            Err(error) => {
                let at = error.location().map_or(0, |location| location.index());
                self.diagnostics.push(
                    Diagnostic::error("E0605", Span::new(self.source, at, at), "this file is no YAML that can be read")
                        .help("`huntc init` writes a configuration to start from"),
                );
                return config;
            }
        };
        if document.is_null() {
            return config;
        }
        let Some(keys) = self.mapping(&document, "", &["version", "attack", "targets", "defaults", "lint", "accept_losses"])
        else {
            return config;
        };
        for (key, value) in keys {
            match key.as_str() {
                "version" => {
                    if value.as_u64() != Some(1) {
                        self.wrong("version", "this version of the program reads `version: 1`");
                    }
                }
                "attack" => match value.as_str() {
                    Some(text) => config.attack = Some(text.to_owned()),
                    None => self.wrong("attack", "write a release in quotes: `attack: \"19.0\"`"),
                },
                "targets" => config.targets = self.targets(&value),
                "defaults" => config.defaults = self.defaults(&value),
                "lint" => self.lint(&value, &mut config),
                // Imported rules alone have losses that a workspace accepts; hunts say `approximate`.
                _ => config.accept_losses = self.accept_losses(&value),
            }
        }
        config
    }

    fn targets(&mut self, value: &Value) -> Vec<TargetConfig> {
        let Some(items) = value.as_sequence() else {
            self.wrong("targets", "write a list: `targets: [sigma, splunk]`");
            return Vec::new();
        };
        let mut found: Vec<TargetConfig> = Vec::new();
        for item in items {
            let target = match item {
                Value::String(name) => {
                    let (target, profile) = match name.split_once(':') {
                        Some((target, profile)) => (target.to_owned(), Some(profile.to_owned())),
                        None => (name.clone(), None),
                    };
                    TargetConfig { span: self.find(&target), target, profile, ..TargetConfig::default() }
                }
                other => match self.target(other) {
                    Some(target) => target,
                    None => continue,
                },
            };
            if found.iter().any(|known| known.target == target.target && known.profile == target.profile) {
                self.diagnostics.push(
                    Diagnostic::error("E0605", target.span, format!("the target `{}` is listed twice", target.target))
                        .help("list each target and profile once"),
                );
                continue;
            }
            found.push(target);
        }
        found
    }

    fn target(&mut self, value: &Value) -> Option<TargetConfig> {
        let keys = self.mapping(value, "targets", &["target", "profile", "rendering", "scope", "fields"])?;
        let mut target = TargetConfig::default();
        for (key, value) in keys {
            match key.as_str() {
                "target" | "profile" => {
                    let Some(name) = value.as_str() else {
                        self.wrong(&key, "write a name");
                        continue;
                    };
                    if key == "target" {
                        name.clone_into(&mut target.target);
                        target.span = self.find(name);
                    } else {
                        target.profile = Some(name.to_owned());
                    }
                }
                "rendering" => match value.as_str() {
                    Some("xml") => target.xml_only = true,
                    Some("both") => {}
                    _ => self.wrong(
                        "rendering",
                        "`xml`: Windows events are collected with `renderXml = true` alone; `both`: classic text too",
                    ),
                },
                "scope" => {
                    for (source, value) in self.entries(&value, "scope") {
                        let Some(keys) = self.mapping(&value, "scope", &["macro", "table"]) else { continue };
                        for (kind, name) in keys {
                            let Some(name) = name.as_str().filter(|name| is_name(name)) else {
                                self.wrong(&kind, "write a name of letters, digits and `_`; a scope names a macro or a table and never holds query text");
                                continue;
                            };
                            let scope = if kind == "macro" {
                                ScopeConfig::Macro(name.to_owned())
                            } else {
                                ScopeConfig::Table(name.to_owned())
                            };
                            target.scope.insert(source.clone(), scope);
                        }
                    }
                }
                _ => {
                    for (source, value) in self.entries(&value, "fields") {
                        for (field, column) in self.entries(&value, &source) {
                            match column.as_str() {
                                Some(column) if !column.is_empty() => {
                                    target.fields.entry(source.clone()).or_default().insert(field, column.to_owned());
                                }
                                _ => self.wrong(&field, "write the name of a column"),
                            }
                        }
                    }
                }
            }
        }
        if target.target.is_empty() {
            self.wrong("targets", "each entry needs `target:`");
            return None;
        }
        if target.xml_only && target.target != "splunk" {
            self.wrong("rendering", "Splunk alone has two renderings of Windows events; leave the key out");
            target.xml_only = false;
        }
        Some(target)
    }

    fn defaults(&mut self, value: &Value) -> Defaults {
        let mut defaults = Defaults::default();
        let Some(keys) = self.mapping(value, "defaults", &["schedule"]) else { return defaults };
        for (_, schedule) in keys {
            let Some(keys) = self.mapping(&schedule, "schedule", &["every", "suppress", "arrival_delay"]) else { continue };
            for (key, value) in keys {
                let Some(seconds) = value.as_str().and_then(seconds) else {
                    self.wrong(&key, "write a duration: `30s`, `5m`, `2h` or `14d`");
                    continue;
                };
                match key.as_str() {
                    "every" => defaults.every = seconds,
                    "suppress" => defaults.suppress = Some(seconds),
                    _ => defaults.arrival_delay = seconds,
                }
            }
        }
        defaults
    }

    fn accept_losses(&mut self, value: &Value) -> BTreeMap<String, Vec<String>> {
        const HELP: &str = "write targets and directions: `accept_losses: { sentinel: [wider] }`";
        let mut found = BTreeMap::new();
        if !value.is_mapping() {
            self.wrong("accept_losses", HELP);
            return found;
        }
        let Some(targets) = self.mapping(value, "accept_losses", &["sigma", "splunk", "sentinel", "defender"]) else {
            return found;
        };
        for (target, value) in targets {
            let names: Option<Vec<String>> = match &value {
                Value::String(name) => Some(vec![name.clone()]),
                Value::Sequence(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
                _ => None,
            };
            match names.filter(|names| names.iter().all(|name| matches!(name.as_str(), "wider" | "narrower" | "either"))) {
                Some(names) => {
                    found.insert(target, names);
                }
                None => self.wrong(&target, "the directions are `wider`, `narrower` and `either`, which holds the two others"),
            }
        }
        found
    }

    fn lint(&mut self, value: &Value, config: &mut Config) {
        let Some(keys) = self.mapping(value, "lint", &["deny", "allow"]) else { return };
        for (key, value) in keys {
            let lints = if key == "deny" { &mut config.deny } else { &mut config.allow };
            match value.as_sequence() {
                Some(names) => lints.extend(names.iter().filter_map(Value::as_str).map(str::to_owned)),
                None => self.wrong(&key, &format!("write a list of lints: `{key}: [untested_rule]`")),
            }
        }
    }

    /// A mapping's entries, with an error for each key that is not known.
    fn mapping(&mut self, value: &Value, name: &str, known: &[&str]) -> Option<Vec<(String, Value)>> {
        if !value.is_mapping() {
            self.wrong(name, &format!("`key: value` lines were expected here, with {}", known.join(", ")));
            return None;
        }
        let mut found = Vec::new();
        for (key, value) in self.entries(value, name) {
            if known.contains(&key.as_str()) {
                found.push((key, value));
                continue;
            }
            let span = self.find(&key);
            let mut diagnostic = Diagnostic::error("E0606", span, format!("there is no key `{key}` here"));
            if let Some(near) = nearest(&key, known.iter().copied()) {
                diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near);
            }
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            self.diagnostics.push(diagnostic.help(format!("known are {}", names.join(", "))));
        }
        Some(found)
    }

    fn entries(&mut self, value: &Value, name: &str) -> Vec<(String, Value)> {
        let Some(mapping) = value.as_mapping() else {
            self.wrong(name, "`key: value` lines were expected here");
            return Vec::new();
        };
        mapping
            .iter()
            .filter_map(|(key, value)| match key {
                Value::String(key) => Some((key.clone(), value.clone())),
                Value::Number(key) => Some((key.to_string(), value.clone())),
                _ => None,
            })
            .collect()
    }

    fn wrong(&mut self, key: &str, help: &str) {
        let span = self.find(key);
        let message =
            if key.is_empty() { "this cannot be read".to_owned() } else { format!("the value of `{key}` cannot be read") };
        self.diagnostics.push(Diagnostic::error("E0605", span, message).help(help));
    }

    /// Where a word stands as a key or a list entry; the file's start where it cannot be found.
    fn find(&self, word: &str) -> Span {
        let mut from = 0;
        while let Some(at) = (!word.is_empty()).then(|| self.text[from..].find(word)).flatten().map(|at| at + from) {
            let end = at + word.len();
            let inside =
                |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
            let line_start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let comment = self.text[line_start..at].contains('#');
            if !comment && !inside(self.text[..at].chars().next_back()) && !inside(self.text[end..].chars().next()) {
                return Span::new(self.source, at, end);
            }
            from = end;
        }
        Span::new(self.source, 0, 0)
    }
}

/// `15m` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(factor).filter(|seconds| *seconds > 0 && *seconds <= 366 * 86_400)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_interfaces_page_shows() {
        let text = "version: 1\nattack: \"19.0\"\ntargets:\n  - sigma\n  - target: splunk\n    profile: windows\n    scope:\n      windows/process_creation: { macro: sysmon }\n    fields:\n      windows/process_creation: { Image: process_path }\n  - target: sentinel\n    profile: xdr\ndefaults:\n  schedule: { every: 1h, suppress: 1d, arrival_delay: 10m }\naccept_losses: { sentinel: [wider] }\nlint: { deny: [untested_rule], allow: [W0115] }\n";
        let (config, diagnostics) = parse(SourceId(0), text);
        assert_eq!(diagnostics, []);
        assert_eq!(config.targets.len(), 3);
        assert_eq!(config.targets[1].scope["windows/process_creation"], ScopeConfig::Macro("sysmon".into()));
        assert_eq!(config.targets[1].fields["windows/process_creation"]["Image"], "process_path");
        assert_eq!(config.defaults, Defaults { every: 3600, suppress: Some(86_400), arrival_delay: 600 });
        assert_eq!(config.deny, ["untested_rule"]);
        assert_eq!(config.allow, ["W0115"]);
        assert_eq!(config.accept_losses["sentinel"], ["wider"]);
    }

    #[test]
    fn an_unknown_key_has_a_suggestion_and_its_place() {
        let text = "version: 1\n# tragets: no\ntragets: [sigma]\n";
        let (_, diagnostics) = parse(SourceId(0), text);
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].code, "E0606");
        assert_eq!(&text[diagnostics[0].span.unwrap().range()], "tragets");
        assert_eq!(diagnostics[0].span.unwrap().start, 25);
        assert_eq!(diagnostics[0].label.as_deref(), Some("did you mean `targets`?"));
    }

    #[test]
    fn a_rendering_is_one_of_two_and_splunks() {
        let read = |text: &str| {
            let (config, diagnostics) = parse(SourceId(0), text);
            let places: Vec<String> = diagnostics.iter().map(|each| text[each.span.unwrap().range()].to_owned()).collect();
            (config.targets.first().is_some_and(|target| target.xml_only), places)
        };
        assert_eq!(read("targets:\n  - target: splunk\n    rendering: xml\n"), (true, vec![]));
        assert_eq!(read("targets:\n  - target: splunk\n    rendering: both\n"), (false, vec![]));
        assert_eq!(read("targets:\n  - target: splunk\n    rendering: classic\n"), (false, vec!["rendering".to_owned()]));
        assert_eq!(read("targets:\n  - target: defender\n    rendering: xml\n"), (false, vec!["rendering".to_owned()]));
    }

    #[test]
    fn a_scope_never_holds_query_text() {
        let text = "targets:\n  - target: splunk\n    scope:\n      proxy: { macro: \"x` | delete\" }\n";
        let (config, diagnostics) = parse(SourceId(0), text);
        assert_eq!(diagnostics.len(), 1);
        assert!(config.targets[0].scope.is_empty());
    }
}
