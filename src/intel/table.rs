//! Tables: CSV with whatever headers people give their columns, or none.

use std::sync::Arc;

use super::recognise::{self, Recognised};
use super::techniques::{Attack, Found};
use super::{Collection, Indicator, LONGEST_VALUE, Lifetimes, Read, Tlp, Type, day, misp, unreadable};
use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::indicator::Kind;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Value,
    Type,
    /// Values of one type, or of what each looks like.
    Values(Declared),
    Tlp,
    Source,
    FirstSeen,
    LastSeen,
    Expires,
    Techniques,
    Other,
}

/// What a table says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Kind(Kind),
    /// `file`: a hash of any algorithm, or several.
    Hash,
    FileName,
    Shape,
    Link,
    Rule(&'static str),
    /// A type of MISP that is no indicator.
    Nothing,
}

/// Lines of a table that are looked at to find out what its columns hold, where the first does not say.
const LOOKED_AT: usize = 64;

/// Warnings about single values beyond which a table's are only counted.
const MOST_WARNINGS: usize = 20;

/// Reads a table.
pub fn read(source: SourceId, text: &str, title: &str, release: Release, lifetimes: &Lifetimes) -> Read {
    let mut read = Read::default();
    let text_start = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = &text[text_start..];
    let first = body.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let delimiter = [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|delimiter| (first.bytes().filter(|byte| byte == delimiter).count(), *delimiter == b','))
        .unwrap_or(b',');
    let reader = || {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .from_reader(body.as_bytes())
    };
    let sample: Vec<csv::StringRecord> = reader().into_records().take(LOOKED_AT).filter_map(Result::ok).collect();
    let Some((roles, headed)) = sample.first().and_then(|head| columns(head, &sample)) else {
        let at = Span::new(source, text_start, text_start + first.len().min(80));
        read.diagnostics.push(
            Diagnostic::error("E0902", at, "no column of this table holds indicators")
                .help("name a column `value`, and another `type` where the values do not tell what they are"),
        );
        return read;
    };
    let mut table = Table {
        roles,
        attack: Attack::new(release),
        lifetimes,
        source,
        named: Arc::from(title),
        none: Arc::from([]),
        collection: Collection { title: title.to_owned(), ..Collection::default() },
        diagnostics: Vec::new(),
    };
    let mut reader = reader();
    let mut record = csv::StringRecord::new();
    let mut number = 0_usize;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let at = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0)) + text_start;
                table.diagnostics.push(Diagnostic::error("E0901", Span::new(source, at, at), "this line cannot be read"));
                break;
            }
        }
        number += 1;
        if number == 1 && headed {
            continue;
        }
        if table.collection.is_full() {
            table.diagnostics.push(super::too_many(Span::new(source, 0, 0)));
            table.collection = Collection::default();
            break;
        }
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0)) + text_start;
        table.record(&record, text, start);
    }
    let Table { mut collection, diagnostics, .. } = table;
    collection.created = collection
        .indicators
        .iter()
        .filter_map(|found| found.last_seen.as_deref())
        .filter_map(day)
        .max()
        .map(|date| date.to_string());
    collection.finish();
    read.diagnostics = diagnostics;
    read.collections.push(collection);
    read
}

struct Table<'l> {
    roles: Vec<Role>,
    attack: Attack,
    lifetimes: &'l Lifetimes,
    source: SourceId,
    named: Arc<str>,
    none: Arc<[&'static str]>,
    collection: Collection,
    diagnostics: Vec<Diagnostic>,
}

impl Table<'_> {
    fn record(&mut self, record: &csv::StringRecord, text: &str, start: usize) {
        let cell = |wanted: Role| {
            let at = self.roles.iter().position(|role| *role == wanted)?;
            record.get(at).map(str::trim).filter(|cell| !cell.is_empty())
        };
        let marking = cell(Role::Tlp).and_then(Tlp::parse);
        let source = cell(Role::Source).map_or_else(|| Arc::clone(&self.named), Arc::from);
        let (first, last, expires) = (cell(Role::FirstSeen), cell(Role::LastSeen), cell(Role::Expires));
        for date in [first, last, expires].into_iter().flatten().filter(|date| day(date).is_none()) {
            if self.diagnostics.len() < MOST_WARNINGS {
                let at = text[start..].find(date).map_or(start, |at| start + at);
                self.diagnostics.push(
                    Diagnostic::warning(
                        "W0905",
                        Span::new(self.source, at, at + date.len().min(text.len() - at)),
                        format!("`{}` is no date that is read here", date.chars().take(40).collect::<String>()),
                    )
                    .label("without it the value may apply too long, or for ever")
                    .help("write dates as 2026-12-31 or 2026-12-31T10:00:00Z"),
                );
            }
        }
        let declared = cell(Role::Type);
        let words: Vec<String> = cell(Role::Techniques)
            .map(|tags| tags.split([',', ';', '|', ' ']).map(|tag| tag.trim().to_owned()).collect())
            .unwrap_or_default();
        let mut techniques: Vec<&'static str> = Vec::new();
        for word in words {
            if let Some(Found::Technique(id)) = self.attack.tag(&word) {
                techniques.push(id);
            }
        }
        let techniques = if techniques.is_empty() { Arc::clone(&self.none) } else { Arc::from(techniques) };
        let mut found = Vec::new();
        for (at, role) in self.roles.iter().enumerate() {
            let told = match role {
                Role::Value => declared.map_or(Declared::Shape, |word| word_of(word).unwrap_or(Declared::Shape)),
                Role::Values(told) => *told,
                _ => continue,
            };
            if let Some(cell) = record.get(at).map(str::trim).filter(|cell| !cell.is_empty()) {
                found.push((told, cell, role == &Role::Value));
            }
        }
        for (told, value, typed) in found {
            let name = if typed { declared.unwrap_or("value") } else { declared_name(told) };
            if value.len() > LONGEST_VALUE {
                let start: String = value.chars().take(40).collect();
                self.collection.skip(name, &start, marking, "longer than a megabyte");
                continue;
            }
            if recognise::is_placeholder(value) {
                self.collection.skip(name, value, marking, "a placeholder");
                continue;
            }
            let values = match read_value(told, value) {
                Ok(values) => values,
                Err(problem) => {
                    let line = text[start..].trim_start_matches(['\r', '\n']);
                    let begin = text.len() - line.len();
                    let end = begin + line.find(['\r', '\n']).unwrap_or(line.len());
                    let at =
                        text.get(begin..end).and_then(|line| line.find(value)).map(|at| (begin + at, begin + at + value.len()));
                    let (begin, end) = at.unwrap_or((begin, end));
                    if told != Declared::Nothing && self.diagnostics.len() < MOST_WARNINGS {
                        let kind = if matches!(told, Declared::Shape) { "indicator" } else { name };
                        self.diagnostics.push(unreadable(Span::new(self.source, begin, end), kind, value, &problem));
                    }
                    self.collection.skip(name, value, marking, problem);
                    continue;
                }
            };
            for (kind, value) in values {
                let mut indicator = Indicator::new(kind, value, &source);
                indicator.tlp = marking;
                indicator.first_seen = first.map(Into::into);
                indicator.last_seen = last.or(first).map(Into::into);
                indicator.techniques = Arc::clone(&techniques);
                indicator.expires = match expires.and_then(day) {
                    Some(date) => Some(date.to_string().into()),
                    None => last
                        .or(first)
                        .and_then(day)
                        .or_else(|| self.lifetimes.seen())
                        .and_then(|seen| self.lifetimes.until(kind, seen)),
                };
                self.collection.add(indicator);
            }
        }
    }
}

fn read_value(told: Declared, value: &str) -> Result<Vec<(Type, String)>, String> {
    let found: Recognised = match told {
        Declared::Kind(kind) => match recognise::hashes(value).filter(|_| kind.digits().is_some()) {
            Some(hashes) => hashes,
            None => recognise::typed(kind, value)?,
        },
        Declared::Hash => match recognise::hashes(value) {
            Some(hashes) => hashes,
            None => recognise::value(value).ok_or("no hash")?,
        },
        Declared::FileName => vec![(recognise::file(value), value.to_owned())],
        Declared::Shape => match recognise::hashes(value) {
            Some(hashes) => hashes,
            None => recognise::value(value).ok_or("it looks like no indicator")?,
        },
        Declared::Link => return Ok(vec![(Type::Link, value.to_owned())]),
        Declared::Rule(language) => return Ok(vec![(Type::Rule(language), value.to_owned())]),
        Declared::Nothing => return Err("no indicator".to_owned()),
    };
    Ok(found.into_iter().map(|(kind, value)| (Type::Indicator(kind), value)).collect())
}

fn declared_name(told: Declared) -> &'static str {
    match told {
        Declared::Kind(kind) => kind.name(),
        Declared::Hash => "hash",
        Declared::FileName => "file_name",
        Declared::Shape => "value",
        Declared::Link => "link",
        Declared::Rule(language) => language,
        Declared::Nothing => "text",
    }
}

/// What each column holds, and whether the first line says so.
fn columns(head: &csv::StringRecord, sample: &[csv::StringRecord]) -> Option<(Vec<Role>, bool)> {
    let looks = |cell: &str| recognise::value(cell).is_some() || recognise::hashes(cell).is_some();
    // A line that holds an indicator names no columns.
    let headed = !head.iter().any(looks);
    let mut roles: Vec<Role> = head.iter().map(role).collect();
    if headed && roles.contains(&Role::Value) {
        // Other columns describe the value then.
        for role in &mut roles {
            if matches!(role, Role::Values(_)) {
                *role = Role::Other;
            }
        }
        return Some((roles, true));
    }
    if headed && roles.iter().any(|role| matches!(role, Role::Values(_))) {
        return Some((roles, true));
    }
    let rows = &sample[usize::from(headed)..];
    let width = sample.iter().map(csv::StringRecord::len).max()?;
    let count = |at: usize, is: &dyn Fn(&str) -> bool| rows.iter().filter_map(|row| row.get(at)).filter(|cell| is(cell)).count();
    let (value, seen) = (0..width).map(|at| (at, count(at, &looks))).rev().max_by_key(|(_, seen)| *seen)?;
    if seen == 0 {
        return None;
    }
    if !headed {
        roles.clear();
    }
    roles.resize(width, Role::Other);
    roles[value] = Role::Value;
    let typed = (0..width).filter(|at| *at != value).find(|at| count(*at, &|cell| word_of(cell).is_some()) * 2 > rows.len());
    if let Some(at) = typed {
        roles[at] = Role::Type;
    }
    Some((roles, headed))
}

fn folded(text: &str) -> String {
    text.trim().trim_matches(['"', '\u{feff}']).to_lowercase().replace(['_', '-'], " ")
}

/// What a column's name says of it.
fn role(name: &str) -> Role {
    match folded(name).as_str() {
        "value" | "values" | "indicator" | "indicators" | "indicator value" | "ioc" | "iocs" | "ioc value" | "data"
        | "observable" | "artifact" => Role::Value,
        "type" | "entity type" | "indicator type" | "ioc type" | "kind" | "data type" | "observable type" => Role::Type,
        "tlp" | "marking" | "tlp marking" => Role::Tlp,
        "source" | "provider" | "feed" | "reported by" => Role::Source,
        "first seen" | "firstseen" | "first seen utc" | "valid from" => Role::FirstSeen,
        "last seen" | "lastseen" | "last seen utc" | "date" => Role::LastSeen,
        "expires" | "expiry" | "expiration" | "valid until" => Role::Expires,
        "techniques" | "attack" | "mitre attack" | "mitre" | "ttp" | "ttps" | "attribute tag" => Role::Techniques,
        "c2 server" | "c2" | "c&c" | "c2 servers" | "host or ip" | "network" => Role::Values(Declared::Shape),
        "file type" | "file" | "text" | "name" | "other" | "comment" => Role::Other,
        other => exact(other).map_or(Role::Other, Role::Values),
    }
}

/// What a type's name says, as tables write it: `SILKLOADER_SHA256` ends in one.
pub(super) fn word_of(name: &str) -> Option<Declared> {
    let folded = folded(name);
    if let Some(found) = exact(&folded) {
        return Some(found);
    }
    if let Some(found) = misp::declared(name.trim()) {
        return Some(found);
    }
    folded.rsplit([' ', ':', '/']).next().and_then(exact)
}

fn exact(folded: &str) -> Option<Declared> {
    use Declared::Kind as K;
    Some(match folded {
        "hostname" | "host" | "domain" | "domain name" | "fqdn" | "domains" | "hostnames" | "domain or hostname" => {
            K(Kind::Domain)
        }
        "ip" | "ips" | "ipv4" | "ipv6" | "ipaddress" | "ip address" | "ipv4 address" | "ipv6 address" | "ipv4 addr"
        | "ipv6 addr" | "address" | "ip addresses" => K(Kind::Ip),
        "url" | "urls" | "url address" => K(Kind::Url),
        "email" | "e mail" | "email address" | "email sender" | "email addr" | "emailwhois" | "emails" | "mail" => K(Kind::Email),
        "email subject" | "subject" => K(Kind::EmailSubject),
        "md5" | "md5 hash" | "hash md5" | "filehash md5" => K(Kind::Md5),
        "sha1" | "sha 1" | "sha1 hash" | "hash sha1" | "filehash sha1" => K(Kind::Sha1),
        "sha256" | "sha 256" | "sha256 hash" | "hash sha256" | "filehash sha256" => K(Kind::Sha256),
        "sha512" | "sha 512" => K(Kind::Sha512),
        "imphash" => K(Kind::Imphash),
        "ssdeep" => K(Kind::Ssdeep),
        "hash" | "hashes" | "file hash" | "filehash" | "file" => Declared::Hash,
        "filename" | "file name" | "filenames" | "file names" | "itw filename" | "filepath" | "file path" | "path" => {
            Declared::FileName
        }
        "pdb" | "pdb string" | "pdb path" => K(Kind::Pdb),
        "mutex" => K(Kind::Mutex),
        "registry" | "registry key" | "regkey" | "registrykey" => K(Kind::RegistryKey),
        "user agent" | "useragent" => K(Kind::UserAgent),
        "cve" | "vulnerability" => K(Kind::Cve),
        "yara" => Declared::Rule("yara"),
        "sigma" => Declared::Rule("sigma"),
        _ => Kind::parse(&folded.replace(' ', "_")).map(K)?,
    })
}
