//! MISP's warninglists: values that are well known, and so are bad indicators (MISP/misp-warninglists, `lists/<name>/list.json`).
//!
//! A private address or the hash of the empty file is never an indicator: such lists exclude. A popular site, a cloud's addresses, a
//! shortener of URLs is often used for harm as well: such lists only warn. Which is which is said by [`EXCLUDING`], or by the folder
//! in which a list lies: `exclude/` or `warn/`.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use regex::RegexSet;

use super::{Indicator, Type, misp};
use crate::diag::{Diagnostic, SourceId, Span};
use crate::indicator::{Kind, parse_block};
use crate::json::Value;

/// The lists on which no value is an indicator, by their names in MISP's repository.
const EXCLUDING: &[&str] = &[
    "captive-portals",
    "common-ioc-false-positive",
    "crl-hostname",
    "crl-ip",
    "crl-ip-hostname",
    "eicar.com",
    "empty-hashes",
    "ipv6-linklocal",
    "microsoft-win10-connection-endpoints",
    "mozilla-CA",
    "mozilla-IntermediateCA",
    "multicast",
    "ovh-cluster",
    "public-dns-hostname",
    "public-dns-v4",
    "public-dns-v6",
    "rfc1918",
    "rfc3849",
    "rfc5735",
    "rfc6598",
    "rfc6761",
    "second-level-tlds",
    "security-provider-blogpost",
    "tlds",
];

/// Expressions of one list beyond which it is refused: they are compiled together.
const MOST_EXPRESSIONS: usize = 1000;

/// What is on a list.
#[derive(Debug)]
struct List {
    name: Arc<str>,
    excludes: bool,
    kinds: HashSet<Kind>,
    /// The whole value.
    values: HashSet<Box<str>>,
    /// A host, and everything below it.
    hosts: HashSet<Box<str>>,
    /// Networks by version and length of prefix.
    networks: HashMap<(bool, u8), HashSet<IpAddr>>,
    parts: Vec<Box<str>>,
    expressions: Option<RegexSet>,
}

/// Every list of a folder.
#[derive(Debug, Default)]
pub struct Warninglists {
    lists: Vec<List>,
}

/// What the lists say of an indicator.
pub(super) enum Verdict {
    Unknown,
    Warned(Vec<Arc<str>>),
    Excluded(Arc<str>),
}

impl Warninglists {
    /// Adds a list. `path` is where it lies: its file's or folder's name is its name, and a folder `exclude` or `warn` above it says
    /// what it does.
    pub fn add(&mut self, source: SourceId, text: &str, path: &str) -> Vec<Diagnostic> {
        let head = Span::new(source, 0, text.len().min(1));
        let members = match Value::whole(text) {
            Ok(value) => value.object().unwrap_or_default(),
            Err((at, problem)) => {
                return vec![Diagnostic::error(
                    "E0904",
                    Span::new(source, at, at),
                    format!("this warninglist is not JSON: {problem}"),
                )];
            }
        };
        let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let strings = |name: &str| -> Vec<String> {
            member(name).and_then(Value::array).unwrap_or_default().iter().filter_map(Value::string).collect()
        };
        let (Some(kind), entries) = (member("type").and_then(Value::string), strings("list")) else {
            return vec![
                Diagnostic::error("E0904", head, "this is no warninglist")
                    .help("expected `{\"type\": \"string\", \"list\": [\"…\"], \"matching_attributes\": [\"domain\"]}`"),
            ];
        };
        let mut parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let file = parts.pop().unwrap_or_default().trim_end_matches(".json");
        let name = if file == "list" { parts.pop().unwrap_or(file) } else { file };
        let excludes = match parts.iter().rev().find(|part| matches!(**part, "exclude" | "warn")) {
            Some(folder) => *folder == "exclude",
            None => EXCLUDING.contains(&name),
        };
        let mut list = List {
            name: Arc::from(name),
            excludes,
            kinds: strings("matching_attributes").iter().flat_map(|attribute| misp::kinds(attribute)).collect(),
            values: HashSet::new(),
            hosts: HashSet::new(),
            networks: HashMap::new(),
            parts: Vec::new(),
            expressions: None,
        };
        let mut problems = Vec::new();
        let mut expressions: Vec<String> = Vec::new();
        let mut left = 0_usize;
        for entry in &entries {
            let entry = entry.trim();
            let lower = entry.to_lowercase();
            match kind.as_str() {
                // A leading dot means what lies below, whatever the list's type.
                "string" | "hostname" if lower.starts_with('.') => {
                    list.hosts.insert(lower.trim_start_matches('.').into());
                }
                "hostname" => {
                    list.hosts.insert(lower.trim_end_matches('.').into());
                }
                "string" => {
                    list.values.insert(lower.into());
                }
                "substring" if !lower.is_empty() => list.parts.push(lower.into()),
                "cidr" => match parse_block(entry) {
                    Ok(block) => {
                        list.networks.entry((block.network.is_ipv4(), block.prefix)).or_default().insert(block.network);
                    }
                    Err(_) => left += 1,
                },
                "regex" => expressions.push(expression(entry)),
                _ => left += 1,
            }
        }
        if !expressions.is_empty() {
            let compiled = regex::RegexSetBuilder::new(&expressions).size_limit(8 * 1024 * 1024).build();
            match compiled.ok().filter(|_| expressions.len() <= MOST_EXPRESSIONS) {
                Some(compiled) => list.expressions = Some(compiled),
                None => left += expressions.len(),
            }
        }
        if left > 0 {
            problems.push(
                Diagnostic::warning("W0904", head, format!("{left} of {} entries of `{name}` cannot be read", entries.len()))
                    .label(format!("a list of type `{kind}`")),
            );
        }
        self.lists.push(list);
        problems
    }

    /// How many lists there are, and how many of them exclude.
    pub fn counts(&self) -> (usize, usize) {
        (self.lists.len(), self.lists.iter().filter(|list| list.excludes).count())
    }

    pub(super) fn judge(&self, indicator: &Indicator) -> Verdict {
        let Type::Indicator(kind) = indicator.kind else { return Verdict::Unknown };
        if self.lists.is_empty() {
            return Verdict::Unknown;
        }
        let lower = indicator.value.to_lowercase();
        let host = host_of(kind, &lower);
        let address = matches!(kind, Kind::Ip).then(|| parse_block(&lower).ok()).flatten();
        let host_address = host.and_then(|host| host.parse::<IpAddr>().ok());
        let mut warned = Vec::new();
        for list in self.lists.iter().filter(|list| list.kinds.contains(&kind)) {
            if list.holds(&lower, host, address.map(|block| (block.network, block.prefix)), host_address) {
                if list.excludes {
                    return Verdict::Excluded(Arc::clone(&list.name));
                }
                warned.push(Arc::clone(&list.name));
            }
        }
        if warned.is_empty() { Verdict::Unknown } else { Verdict::Warned(warned) }
    }
}

impl List {
    fn holds(&self, value: &str, host: Option<&str>, block: Option<(IpAddr, u8)>, host_address: Option<IpAddr>) -> bool {
        if self.values.contains(value) || host.is_some_and(|host| self.values.contains(host)) {
            return true;
        }
        if !self.hosts.is_empty()
            && let Some(host) = host
        {
            let mut rest = host;
            loop {
                if self.hosts.contains(rest) {
                    return true;
                }
                match rest.split_once('.') {
                    Some((_, parent)) => rest = parent,
                    None => break,
                }
            }
        }
        let inside = |address: IpAddr, length: u8| {
            self.networks.iter().any(|((four, prefix), networks)| {
                *four == address.is_ipv4()
                    && *prefix <= length
                    && parse_block(&format!("{address}/{prefix}")).is_ok_and(|block| networks.contains(&block.network))
            })
        };
        if !self.networks.is_empty() {
            if block.is_some_and(|(network, prefix)| inside(network, prefix)) {
                return true;
            }
            if host_address.is_some_and(|address| inside(address, if address.is_ipv4() { 32 } else { 128 })) {
                return true;
            }
        }
        self.parts.iter().any(|part| value.contains(&**part)) || self.expressions.as_ref().is_some_and(|set| set.is_match(value))
    }
}

/// The host of a value.
fn host_of(kind: Kind, value: &str) -> Option<&str> {
    match kind {
        Kind::Domain => Some(value),
        Kind::Url | Kind::Uri => {
            let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
            let host = rest.split(['/', '?', '#']).next()?;
            let host = host.rsplit('@').next()?;
            Some(match host.strip_prefix('[') {
                Some(address) => address.split(']').next()?,
                None => host.split(':').next()?,
            })
        }
        Kind::Email => value.rsplit('@').next(),
        _ => None,
    }
}

/// `/…/gi` as MISP writes expressions.
fn expression(entry: &str) -> String {
    let Some(inner) = entry.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) else { return entry.to_owned() };
    let flags = if inner.1.contains('i') { "(?i)" } else { "" };
    // `\@` and `\/` are themselves; this dialect has no such escapes.
    format!("{flags}{}", inner.0.replace("\\@", "@").replace("\\/", "/"))
}
