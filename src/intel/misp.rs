//! MISP events: as exported, wrapped in `response`, in lists, as the files of a feed (MISP core format,
//! draft-dulaunoy-misp-core-format; its types of attributes as of PyMISP's `describeTypes.json`).

use std::sync::Arc;

use super::recognise;
use super::table::Declared;
use super::techniques::{Attack, Found};
use super::{Collection, Indicator, LONGEST_VALUE, Lifetimes, Read, Tlp, Type, day, unreadable};
use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::indicator::Kind;
use crate::json::Value;

/// Warnings about single values beyond which an event's are only counted.
const MOST_WARNINGS: usize = 20;

/// What an attribute's type says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    One(Declared),
    /// Two values with `|` between them.
    Two(Declared, Declared),
}

/// The attributes that are indicators, links or rules. Every other type describes (`text`, `comment`, `datetime`) and is counted as
/// left out.
fn meaning(name: &str) -> Option<Meaning> {
    use Declared::{FileName, Kind as K};
    if let Some((first, second)) = name.split_once('|') {
        return Some(
            match (
                meaning(first)?,
                meaning(second).or_else(|| (second == "value").then_some(Meaning::One(K(Kind::RegistryValue))))?,
            ) {
                (Meaning::One(first), Meaning::One(second)) => Meaning::Two(first, second),
                _ => return None,
            },
        );
    }
    Some(Meaning::One(match name {
        "ip-src" | "ip-dst" | "ip" => K(Kind::Ip),
        "domain" | "hostname" => K(Kind::Domain),
        "url" => K(Kind::Url),
        "uri" => K(Kind::Uri),
        "port" => K(Kind::Port),
        "AS" => K(Kind::Asn),
        "mac-address" => K(Kind::Mac),
        "email"
        | "email-src"
        | "email-dst"
        | "email-reply-to"
        | "target-email"
        | "whois-registrant-email"
        | "eppn"
        | "jabber-id" => K(Kind::Email),
        "email-subject" => K(Kind::EmailSubject),
        "user-agent" | "http-user-agent" => K(Kind::UserAgent),
        "md5" => K(Kind::Md5),
        "sha1" => K(Kind::Sha1),
        "sha224" => K(Kind::Sha224),
        "sha256" => K(Kind::Sha256),
        "sha384" => K(Kind::Sha384),
        "sha512" => K(Kind::Sha512),
        "imphash" => K(Kind::Imphash),
        "pehash" => K(Kind::Pehash),
        "authentihash" => K(Kind::Authentihash),
        "ssdeep" => K(Kind::Ssdeep),
        "tlsh" => K(Kind::Tlsh),
        "filename" | "email-attachment" => FileName,
        "malware-sample" => return Some(Meaning::Two(FileName, K(Kind::Md5))),
        "pdb" => K(Kind::Pdb),
        "process-name" => K(Kind::ProcessName),
        "regkey" => K(Kind::RegistryKey),
        "mutex" => K(Kind::Mutex),
        "named pipe" => K(Kind::NamedPipe),
        "windows-service-name" | "windows-service-displayname" => K(Kind::Service),
        "windows-scheduled-task" => K(Kind::ScheduledTask),
        "x509-fingerprint-md5" => K(Kind::CertificateMd5),
        "x509-fingerprint-sha1" => K(Kind::CertificateSha1),
        "x509-fingerprint-sha256" => K(Kind::CertificateSha256),
        "ja3-fingerprint-md5" => K(Kind::Ja3),
        "jarm-fingerprint" => K(Kind::Jarm),
        "hassh-md5" | "hasshserver-md5" => K(Kind::Hassh),
        "vulnerability" => K(Kind::Cve),
        "btc" => K(Kind::Btc),
        "xmr" => K(Kind::Xmr),
        "dash" => K(Kind::Dash),
        "link" => Declared::Link,
        "yara" => Declared::Rule("yara"),
        "snort" => Declared::Rule("snort"),
        "sigma" => Declared::Rule("sigma"),
        "suricata" => Declared::Rule("suricata"),
        "zeek" | "bro" => Declared::Rule("zeek"),
        "kusto-query" => Declared::Rule("kusto"),
        "stix2-pattern" => Declared::Rule("stix"),
        _ => return None,
    }))
}

/// The type of a table's row where the table is an export of MISP.
pub(super) fn declared(name: &str) -> Option<Declared> {
    match meaning(name)? {
        Meaning::One(declared) => Some(declared),
        Meaning::Two(..) => None,
    }
}

/// The types of indicators that an attribute's type may hold.
pub(super) fn kinds(name: &str) -> Vec<Kind> {
    let of = |declared: Declared| match declared {
        Declared::Kind(kind) => vec![kind],
        Declared::FileName => vec![Kind::FileName, Kind::FilePath],
        _ => Vec::new(),
    };
    match meaning(name) {
        Some(Meaning::One(declared)) => of(declared),
        Some(Meaning::Two(first, second)) => of(first).into_iter().chain(of(second)).collect(),
        None => Vec::new(),
    }
}

/// The members of a JSON object.
type Members<'t> = [(String, Value<'t>)];

fn member<'m, 't>(members: &'m Members<'t>, name: &str) -> Option<&'m Value<'t>> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| value.text != "null")
}

fn text(members: &Members<'_>, name: &str) -> Option<String> {
    let value = member(members, name).filter(|value| value.text.len() <= LONGEST_VALUE)?;
    value.string().or_else(|| value.number().map(|_| value.text.to_owned()))
}

fn truth(members: &Members<'_>, name: &str) -> Option<bool> {
    let value = member(members, name)?;
    value
        .truth()
        .or_else(|| {
            value.string().and_then(|text| match text.as_str() {
                "1" | "true" => Some(true),
                "0" | "false" => Some(false),
                _ => None,
            })
        })
        .or_else(|| value.number().map(|number| number != 0.0))
}

fn list<'t>(members: &Members<'t>, name: &str) -> Vec<Value<'t>> {
    member(members, name).and_then(Value::array).unwrap_or_default()
}

/// Whether the file lists the events of a feed; their UUIDs.
pub fn manifest(text: &str) -> Option<Vec<String>> {
    let members = Value::whole(text.trim_start_matches('\u{feff}')).ok()?.object()?;
    let is_uuid = |key: &str| key.len() == 36 && key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if members.is_empty() || !members.iter().all(|(key, value)| is_uuid(key) && value.kind() == "an object") {
        return None;
    }
    Some(members.into_iter().map(|(key, _)| key).collect())
}

/// Reads the events of a file. `file` is what it is called, for attributes that come without an event.
pub fn read(source: SourceId, whole: &str, file: &str, release: Release, lifetimes: &Lifetimes) -> Read {
    let start = whole.len() - whole.trim_start_matches('\u{feff}').len();
    let mut reader = Reader {
        source,
        offset: start,
        attack: Attack::new(release),
        lifetimes,
        read: Read::default(),
        warned: 0,
        left: Vec::new(),
    };
    let value = match Value::whole(&whole[start..]) {
        Ok(value) => value,
        Err((at, problem)) => {
            let at = at + start;
            let end = whole[at..].chars().next().map_or(at, |character| at + character.len_utf8());
            reader.read.diagnostics.push(
                Diagnostic::error("E0901", Span::new(source, at, end), format!("this is not JSON: {problem}"))
                    .help("a MISP event is exported as one JSON document; is the file whole?"),
            );
            return reader.read;
        }
    };
    let found = reader.top(&value, file, 0);
    if found == 0 && reader.read.diagnostics.is_empty() {
        let at = Span::new(source, value.start + start, value.start + start + 1);
        reader.read.diagnostics.push(
            Diagnostic::error("E0902", at, "this JSON holds no MISP event")
                .help("expected `{\"Event\": {…}}`, such alone in a list, or in `{\"response\": […]}`"),
        );
    }
    reader.read
}

struct Reader<'l> {
    source: SourceId,
    offset: usize,
    attack: Attack,
    lifetimes: &'l Lifetimes,
    read: Read,
    warned: usize,
    /// What is no longer in ATT&CK, each once.
    left: Vec<String>,
}

/// What an attribute inherits.
struct Context {
    title: Arc<str>,
    date: Option<jiff::civil::Date>,
    tlp: Option<Tlp>,
    first_seen: Option<String>,
    last_seen: Option<String>,
    techniques: Arc<[&'static str]>,
}

impl Reader<'_> {
    /// How many events stand here.
    fn top(&mut self, value: &Value<'_>, file: &str, depth: usize) -> usize {
        // An event lies three levels deep at most: `{"response": [{"Event": …}]}`.
        if depth > 4 {
            return 0;
        }
        let mut count = 0;
        if value.each(|value| {
            count += self.top(&value, file, depth + 1);
            !self.read.diagnostics.iter().any(Diagnostic::is_error)
        }) {
            return count;
        }
        let Some(members) = value.object() else { return 0 };
        if let Some(event) = member(&members, "Event") {
            // The attributes of a search by attributes carry their event.
            if member(&members, "type").is_none() {
                let Some(event) = event.object() else { return 0 };
                self.event(&event, file);
                return 1;
            }
        }
        if let Some(response) = member(&members, "response") {
            return self.top(response, file, depth + 1);
        }
        let bare = member(&members, "info").is_some() && member(&members, "date").is_some();
        let attributes = member(&members, "Attribute").is_some_and(|value| value.text.starts_with('['));
        if bare || attributes {
            self.event(&members, file);
            return 1;
        }
        0
    }

    fn event(&mut self, event: &Members<'_>, file: &str) {
        let mut collection = Collection {
            title: text(event, "info")
                .map(|info| info.trim().to_owned())
                .filter(|info| !info.is_empty())
                .unwrap_or_else(|| file.to_owned()),
            id: text(event, "uuid").filter(|uuid| uuid.len() == 36).map(|uuid| uuid.to_ascii_lowercase()),
            author: member(event, "Orgc").and_then(Value::object).and_then(|organisation| text(&organisation, "name")),
            created: text(event, "date").filter(|date| day(date).is_some()),
            level: match text(event, "threat_level_id").as_deref() {
                Some("1") => Some("high"),
                Some("2") => Some("medium"),
                Some("3") => Some("low"),
                _ => None,
            },
            ..Collection::default()
        };
        self.warned = 0;
        self.left.clear();
        let (tlp, found) = self.tags(event);
        collection.tlp = tlp;
        for found in found {
            match found {
                Found::Technique(id) => collection.techniques.push(id),
                Found::Actor(id) => collection.actors.push(id),
                Found::Software(id) => collection.software.push(id),
                Found::Campaign(id) => collection.campaigns.push(id),
                Found::Lost(words) => self.lost(words),
            }
        }
        let context = Context {
            title: Arc::from(collection.title.as_str()),
            date: collection.created.as_deref().and_then(day),
            tlp,
            first_seen: None,
            last_seen: None,
            techniques: Arc::from(collection.techniques.clone()),
        };
        if let Some(attributes) = member(event, "Attribute") {
            attributes.each(|attribute| {
                self.attribute(&attribute, &context, &mut collection);
                !collection.is_full()
            });
        }
        if let Some(objects) = member(event, "Object") {
            objects.each(|object| {
                self.object(&object, &context, &mut collection);
                !collection.is_full()
            });
        }
        for (name, reason) in [("ShadowAttribute", "a proposal of somebody else"), ("EventReport", "a report in prose")] {
            for proposal in list(event, name) {
                let members = proposal.object().unwrap_or_default();
                let value = text(&members, "value").or_else(|| text(&members, "name")).unwrap_or_default();
                collection.skip(&text(&members, "type").unwrap_or_else(|| name.to_owned()), &value, tlp, reason);
            }
        }
        for ids in [&mut collection.techniques, &mut collection.actors, &mut collection.software, &mut collection.campaigns] {
            ids.sort_unstable();
            ids.dedup();
        }
        let head = Span::new(self.source, self.offset, self.offset);
        if collection.is_full() {
            self.read.diagnostics.push(super::too_many(head));
            return;
        }
        if let Some(first) = self.left.first() {
            let mut diagnostic = Diagnostic::warning("W0902", head, format!("{first}: it is left out"));
            if self.left.len() > 1 {
                diagnostic = diagnostic.with_note(format!("also {}", self.left[1..].join("; ")));
            }
            self.read.diagnostics.push(diagnostic);
        }
        collection.finish();
        self.read.collections.push(collection);
    }

    fn lost(&mut self, words: String) {
        if !self.left.contains(&words) {
            self.left.push(words);
        }
    }

    /// The marking and what tags and galaxies say of ATT&CK.
    fn tags(&mut self, members: &Members<'_>) -> (Option<Tlp>, Vec<Found>) {
        let (mut tlp, mut found) = (None, Vec::new());
        for tag in list(members, "Tag") {
            let Some(name) = tag.object().and_then(|tag| text(&tag, "name")) else { continue };
            match Tlp::parse(&name).filter(|_| name.len() > 4 && name[..3].eq_ignore_ascii_case("tlp")) {
                Some(marking) => tlp = tlp.max(Some(marking)),
                None => found.extend(self.attack.tag(&name)),
            }
        }
        for galaxy in list(members, "Galaxy") {
            let galaxy = galaxy.object().unwrap_or_default();
            let kind = text(&galaxy, "type").unwrap_or_default();
            for cluster in list(&galaxy, "GalaxyCluster") {
                let cluster = cluster.object().unwrap_or_default();
                let kind = text(&cluster, "type").unwrap_or_else(|| kind.clone());
                let Some(kind) = kind.strip_prefix("mitre-") else { continue };
                let meta = member(&cluster, "meta").and_then(Value::object).unwrap_or_default();
                let id = member(&meta, "external_id").and_then(|id| id.string().or_else(|| id.array()?.first()?.string()));
                let value = id.or_else(|| text(&cluster, "value"));
                found.extend(value.and_then(|value| self.attack.cluster(kind, &value)));
            }
        }
        (tlp, found)
    }

    fn object(&mut self, object: &Value<'_>, context: &Context, collection: &mut Collection) {
        let members = object.object().unwrap_or_default();
        let deleted = truth(&members, "deleted") == Some(true);
        let context = Context {
            title: Arc::clone(&context.title),
            date: context.date,
            tlp: context.tlp,
            first_seen: text(&members, "first_seen"),
            last_seen: text(&members, "last_seen"),
            techniques: Arc::clone(&context.techniques),
        };
        let Some(attributes) = member(&members, "Attribute") else { return };
        attributes.each(|attribute| {
            if deleted {
                let members = attribute.object().unwrap_or_default();
                collection.skip(
                    &text(&members, "type").unwrap_or_default(),
                    &text(&members, "value").unwrap_or_default(),
                    context.tlp,
                    "deleted in MISP",
                );
            } else {
                self.attribute(&attribute, &context, collection);
            }
            !collection.is_full()
        });
    }

    fn attribute(&mut self, attribute: &Value<'_>, context: &Context, collection: &mut Collection) {
        let Some(members) = attribute.object() else {
            collection.skip("attribute", attribute.text.get(..40).unwrap_or_default(), context.tlp, "an attribute is an object");
            return;
        };
        let name = text(&members, "type").unwrap_or_default();
        if let Some(long) = member(&members, "value").filter(|value| value.text.len() > LONGEST_VALUE) {
            let start: String = long.text.chars().take(40).collect();
            collection.skip(&name, &start, context.tlp, "longer than a megabyte");
            return;
        }
        let value = text(&members, "value").unwrap_or_default();
        let (own, found) = self.tags(&members);
        let tlp = own.or(context.tlp);
        if truth(&members, "deleted") == Some(true) {
            collection.skip(&name, &value, tlp, "deleted in MISP");
            return;
        }
        let mut techniques: Vec<&'static str> = context.techniques.to_vec();
        for found in found {
            match found {
                Found::Technique(id) => techniques.push(id),
                Found::Actor(id) => collection.actors.push(id),
                Found::Software(id) => collection.software.push(id),
                Found::Campaign(id) => collection.campaigns.push(id),
                Found::Lost(words) => self.lost(words),
            }
        }
        techniques.sort_unstable();
        techniques.dedup();
        let techniques = if *techniques == *context.techniques { Arc::clone(&context.techniques) } else { Arc::from(techniques) };
        let parts: Vec<(Declared, &str)> = match meaning(&name) {
            None => {
                collection.skip(&name, &value, tlp, "its type is no indicator");
                return;
            }
            Some(Meaning::One(told)) => vec![(told, value.as_str())],
            Some(Meaning::Two(first, second)) => match value.split_once('|') {
                Some((one, two)) => vec![(first, one), (second, two)],
                None => vec![(first, value.as_str())],
            },
        };
        let first_seen = text(&members, "first_seen").or_else(|| context.first_seen.clone());
        let last_seen = text(&members, "last_seen").or_else(|| context.last_seen.clone());
        let seen = last_seen.as_deref().or(first_seen.as_deref()).and_then(day).or(context.date);
        let for_detection = truth(&members, "to_ids");
        for (told, part) in parts {
            let found = match told {
                Declared::Kind(kind) => recognise::typed(kind, part)
                    .map(|found| found.into_iter().map(|(kind, value)| (Type::Indicator(kind), value)).collect::<Vec<_>>()),
                Declared::FileName if part.trim().is_empty() => Err("it is empty".to_owned()),
                Declared::FileName => Ok(vec![(Type::Indicator(recognise::file(part)), part.trim().to_owned())]),
                Declared::Link => Ok(vec![(Type::Link, part.to_owned())]),
                Declared::Rule(language) => Ok(vec![(Type::Rule(language), part.to_owned())]),
                Declared::Hash | Declared::Shape | Declared::Nothing => Err("no indicator".to_owned()),
            };
            match found {
                Ok(found) => {
                    for (kind, value) in found {
                        if kind == Type::Link && collection.references.len() < 50 && !collection.references.contains(&value) {
                            collection.references.push(value.clone());
                        }
                        let mut indicator = Indicator::new(kind, value, &context.title);
                        indicator.tlp = tlp;
                        indicator.first_seen = first_seen.as_deref().map(Into::into);
                        indicator.last_seen = last_seen.as_deref().map(Into::into);
                        indicator.expires = seen.and_then(|seen| self.lifetimes.until(kind, seen));
                        indicator.techniques = Arc::clone(&techniques);
                        indicator.for_detection = for_detection;
                        collection.add(indicator);
                    }
                }
                Err(problem) => {
                    if self.warned < MOST_WARNINGS {
                        let at = member(&members, "value")
                            .map_or((attribute.start, attribute.start + 1), |value| (value.start, value.end()));
                        let span = Span::new(self.source, at.0 + self.offset, at.1 + self.offset);
                        self.read.diagnostics.push(unreadable(span, &name, part, &problem));
                    }
                    self.warned += 1;
                    collection.skip(&name, part, tlp, problem);
                }
            }
        }
    }
}
