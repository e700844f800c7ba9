//! A hunt of what was read: a person's draft, with the indicators in sets by type and the rules that look for them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Collection, Indicator, Tlp, Type};
use crate::attack::{ObjectKind, Release};
use crate::diag::{Span, Spanned};
use crate::fmt;
use crate::indicator::Kind;
use crate::syntax::ast::{
    File, Ioc, Item, Member, Name, Property, PropertyKind, Sweep, Text, TextStyle, TextValue, Unit, Value, ValueKind, Values,
};
use crate::syntax::names;

/// A hunt file and the files of indicators that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Without its ending.
    pub name: String,
    pub hunt: String,
    /// Path beside the hunt, and text.
    pub files: Vec<(String, String)>,
    /// Indicators that the hunt holds.
    pub kept: usize,
    /// What it does not hold, counted, with the reason.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// Values of a set beyond which they stand in a file beside the hunt.
const MOST_IN_PLACE: usize = 100;

/// Blocks of one type beyond which a file holds them: one for each date on which some expire would not be read by anybody.
const MOST_BLOCKS: usize = 3;

pub(super) const LONGEST_NAME: usize = 48;
const LONGEST_TITLE: usize = 200;

/// The types that logs hold, in the order in which a sweep names them.
const SWEPT: &[Kind] = &[
    Kind::Domain,
    Kind::Ip,
    Kind::Url,
    Kind::Sha256,
    Kind::Sha1,
    Kind::Md5,
    Kind::Imphash,
    Kind::FileName,
    Kind::FilePath,
    Kind::RegistryKey,
    Kind::Email,
    Kind::UserAgent,
];

/// What a set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Searched,
    /// Its source says that it is not fit for detection.
    Context,
    /// A path such as `%appdata%\a.dat`: no log writes it so, and a sweep of it would never find anything.
    Variable,
}

impl Use {
    fn suffix(self) -> &'static str {
        match self {
            Use::Searched => "",
            Use::Context => "_for_context",
            Use::Variable => "_with_variables",
        }
    }
}

fn has_variable(path: &str) -> bool {
    path.starts_with(['%', '~', '$']) || path.split('%').count() > 2 || path.contains(['<', '>', '*', '?'])
}

/// How hunts are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub release: Release,
    /// Indicators alone, for other hunts to `use`.
    pub library: bool,
    /// There is a place for files beside the hunt.
    pub files: bool,
}

/// One hunt file for each collection that holds an indicator.
pub fn hunts(collections: &[Collection], style: Style) -> Vec<Written> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    collections
        .iter()
        .filter(|collection| !collection.indicators.is_empty() || !collection.rules.is_empty())
        .map(|collection| {
            let name = names::unique(names::of_title(&collection.title, LONGEST_NAME, "indicators"), &mut taken);
            hunt(collection, name, style)
        })
        .collect()
}

fn hunt(collection: &Collection, name: String, style: Style) -> Written {
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    // Where a source says of some that they are fit for detection, the others are context.
    let told = collection.indicators.iter().any(|indicator| indicator.for_detection == Some(true));
    let mut by_kind: BTreeMap<(Kind, Use), Vec<&Indicator>> = BTreeMap::new();
    let mut tags: Vec<String> = Vec::new();
    let mut kept = 0;
    for indicator in &collection.indicators {
        let reason = match indicator.kind {
            Type::Indicator(Kind::Port) => "a port alone tells nothing",
            Type::Indicator(Kind::Cve) => {
                tags.push(format!("cve.{}", indicator.value.trim_start_matches("CVE-").to_ascii_lowercase()));
                kept += 1;
                continue;
            }
            Type::Link => {
                kept += 1;
                continue;
            }
            Type::Rule(_) => "a rule in another language",
            Type::Indicator(kind) => {
                let purpose = if kind == Kind::FilePath && has_variable(&indicator.value) {
                    Use::Variable
                } else if told && indicator.for_detection == Some(false) {
                    Use::Context
                } else {
                    Use::Searched
                };
                by_kind.entry((kind, purpose)).or_default().push(indicator);
                kept += 1;
                continue;
            }
        };
        *left_out.entry(reason).or_insert(0) += 1;
    }
    tags.sort();
    tags.dedup();
    let mut files = Vec::new();
    let mut blocks: Vec<(Option<Kind>, Ioc)> = Vec::new();
    for ((kind, purpose), mut indicators) in by_kind {
        indicators.sort_by(|one, two| one.value.cmp(&two.value));
        let base = format!("{}{}", set_name(kind), purpose.suffix());
        let swept = (purpose == Use::Searched).then_some(kind);
        blocks.extend(sets(kind, &base, &indicators, &name, style, &mut files).into_iter().map(|set| (swept, set)));
    }
    let rules = collection.rules.iter().map(|rule| &rule.indicator);
    let strictest = collection.indicators.iter().chain(rules).filter_map(|indicator| indicator.tlp).chain(collection.tlp).max();
    let swept: Vec<Name> = SWEPT
        .iter()
        .flat_map(|wanted| blocks.iter().filter(move |(kind, _)| *kind == Some(*wanted)))
        .map(|(_, set)| set.name.clone())
        .collect();
    let library = style.library || (swept.is_empty() && collection.rules.is_empty());
    let mut members: Vec<Member> = head(collection, strictest, tags, style.release, library);
    members.extend(blocks.into_iter().map(|(_, set)| Member::Ioc(set)));
    if !library && !swept.is_empty() {
        members.push(Member::Sweep(sweep(collection, swept)));
    }
    if library {
        if !collection.rules.is_empty() {
            left_out.insert("a rule, which a library does not hold", collection.rules.len());
        }
    } else {
        kept += collection.rules.len();
        members.extend(collection.rules.iter().flat_map(|rule| rule.members.iter().cloned()));
    }
    let unit = Unit { name: word(&name), members, span: Span::default(), head: Span::default() };
    let item = if library { Item::Library(unit) } else { Item::Hunt(unit) };
    let hunt = fmt::print(&File { items: vec![item], ..File::default() });
    Written { name, hunt, files, kept, left_out }
}

/// The properties at the top.
fn head(collection: &Collection, tlp: Option<Tlp>, tags: Vec<String>, release: Release, library: bool) -> Vec<Member> {
    let mut found = vec![PropertyKind::Title(title(collection))];
    if !library && let Some(id) = &collection.id {
        found.push(PropertyKind::Id(text(id)));
    }
    found.extend(
        collection
            .author
            .as_deref()
            .filter(|author| !author.trim().is_empty())
            .map(|author| PropertyKind::Author(vec![text(&one_line(author))])),
    );
    found.extend(collection.created.clone().map(|date| PropertyKind::Created(plain(date))));
    if library {
        if !collection.references.is_empty() {
            found.push(PropertyKind::References(collection.references.iter().map(|link| text(&one_line(link))).collect()));
        }
        if !tags.is_empty() {
            found.push(PropertyKind::Tags(tags.iter().map(|tag| text(tag)).collect()));
        }
        return found.into_iter().map(property).collect();
    }
    found.push(PropertyKind::Status(word("draft")));
    found.extend(tlp.map(|tlp| PropertyKind::Tlp(word(tlp.name()))));
    let who = collection.author.as_deref().map(one_line).filter(|who| !who.is_empty());
    let mut hypothesis = "What ".to_owned();
    hypothesis.push_str(who.as_deref().unwrap_or("this source"));
    hypothesis.push_str(" reported");
    if let Some(date) = &collection.created {
        hypothesis.push_str(&format!(" on {date}"));
    }
    hypothesis.push_str(" has reached us, too: its indicators occur in our logs.");
    found.push(PropertyKind::Hypothesis(text(&hypothesis)));
    let named = |ids: &[&'static str]| -> Vec<Text> { ids.iter().map(|id| text(object_name(id, release))).collect() };
    if !collection.software.is_empty() {
        found.push(PropertyKind::Software(named(&collection.software)));
    }
    if !collection.actors.is_empty() {
        found.push(PropertyKind::Actor(named(&collection.actors)));
    }
    if !collection.campaigns.is_empty() {
        found.push(PropertyKind::Campaign(named(&collection.campaigns)));
    }
    let techniques: BTreeSet<&str> = collection
        .techniques
        .iter()
        .copied()
        .chain(collection.indicators.iter().flat_map(|indicator| indicator.techniques.iter().copied()))
        .collect();
    if !techniques.is_empty() {
        found.push(PropertyKind::Techniques(techniques.into_iter().map(word).collect()));
    }
    if !collection.references.is_empty() {
        found.push(PropertyKind::References(collection.references.iter().map(|link| text(&one_line(link))).collect()));
    }
    if !tags.is_empty() {
        found.push(PropertyKind::Tags(tags.iter().map(|tag| text(tag)).collect()));
    }
    found.into_iter().map(property).collect()
}

fn title(collection: &Collection) -> Text {
    let title = one_line(&collection.title);
    let short: String = title.chars().take(LONGEST_TITLE).collect();
    text(if title.is_empty() { "Indicators" } else { &short })
}

/// A name where it alone means the object, else its id.
fn object_name(id: &'static str, release: Release) -> &'static str {
    let facts = release.facts();
    let Some(object) = facts.object(id) else { return id };
    let resolved = match object.kind {
        ObjectKind::Actor => facts.resolve_actor(object.name),
        ObjectKind::Software => facts.resolve_software(object.name),
        ObjectKind::Campaign | ObjectKind::Technique | ObjectKind::Tactic => return id,
    };
    if resolved.live().is_some_and(|found| found.id == id) { object.name } else { id }
}

fn sweep(collection: &Collection, indicators: Vec<Name>) -> Sweep {
    let short: String = one_line(&collection.title).chars().take(LONGEST_TITLE).collect();
    let properties = vec![
        Property {
            kind: PropertyKind::Title(text(&format!("Known indicators: {short}"))),
            keyword: Span::default(),
            span: Span::default(),
        },
        Property {
            kind: PropertyKind::Level(word(collection.level.unwrap_or("medium"))),
            keyword: Span::default(),
            span: Span::default(),
        },
    ];
    Sweep {
        name: word("known_indicators"),
        indicators,
        properties,
        exceptions: Vec::new(),
        span: Span::default(),
        head: Span::default(),
    }
}

/// The blocks of one type: in place where a person would read them, else in a file that says of each what is known.
fn sets(
    kind: Kind,
    base: &str,
    indicators: &[&Indicator],
    hunt: &str,
    style: Style,
    files: &mut Vec<(String, String)>,
) -> Vec<Ioc> {
    let mut groups: BTreeMap<(Option<Tlp>, Option<&str>), Vec<&Indicator>> = BTreeMap::new();
    for indicator in indicators {
        groups.entry((indicator.tlp, indicator.expires.as_deref())).or_default().push(indicator);
    }
    if style.files && (indicators.len() > MOST_IN_PLACE || groups.len() > MOST_BLOCKS) {
        let path = format!("iocs/{hunt}_{base}.csv");
        files.push((path.clone(), csv_file(indicators)));
        return vec![Ioc {
            name: word(base),
            kind: word(kind.name()),
            subdomains: None,
            tlp: None,
            expires: None,
            values: Values::File { path: text(&path), column: None },
            span: Span::default(),
        }];
    }
    let many = groups.len() > 1;
    groups
        .into_iter()
        .enumerate()
        .map(|(index, ((tlp, expires), indicators))| Ioc {
            name: word(&if many { format!("{base}_{}", index + 1) } else { base.to_owned() }),
            kind: word(kind.name()),
            subdomains: None,
            tlp: tlp.map(|tlp| word(tlp.name())),
            expires: expires.map(|date| plain(date.to_owned())),
            values: Values::Inline(
                indicators
                    .iter()
                    .map(|indicator| Value { kind: ValueKind::Text(literal(&indicator.value)), span: Span::default() })
                    .collect(),
            ),
            span: Span::default(),
        })
        .collect()
}

/// A set as a table, sorted by value: what changes between two imports is what differs.
fn csv_file(indicators: &[&Indicator]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::with_capacity(indicators.len() * 96));
    // Writing to memory does not fail.
    let _ = writer.write_record(["value", "type", "source", "tlp", "first_seen", "last_seen", "expires"]);
    for indicator in indicators {
        let _ = writer.write_record([
            &*indicator.value,
            indicator.kind.name(),
            &*indicator.source,
            indicator.tlp.map_or("", Tlp::name),
            indicator.first_seen.as_deref().unwrap_or(""),
            indicator.last_seen.as_deref().unwrap_or(""),
            indicator.expires.as_deref().unwrap_or(""),
        ]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn set_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Ip => "addresses",
        Kind::Domain => "domains",
        Kind::Url => "urls",
        Kind::Uri => "uris",
        Kind::Port => "ports",
        Kind::Asn => "networks",
        Kind::Mac => "mac_addresses",
        Kind::Email => "emails",
        Kind::EmailSubject => "email_subjects",
        Kind::UserAgent => "user_agents",
        Kind::Md5 => "md5_hashes",
        Kind::Sha1 => "sha1_hashes",
        Kind::Sha224 => "sha224_hashes",
        Kind::Sha256 => "sha256_hashes",
        Kind::Sha384 => "sha384_hashes",
        Kind::Sha512 => "sha512_hashes",
        Kind::Imphash => "imphashes",
        Kind::Pehash => "pehashes",
        Kind::Authentihash => "authentihashes",
        Kind::Ssdeep => "ssdeep_hashes",
        Kind::Tlsh => "tlsh_hashes",
        Kind::FileName => "file_names",
        Kind::FilePath => "file_paths",
        Kind::Pdb => "pdb_paths",
        Kind::ProcessName => "process_names",
        Kind::CommandLine => "command_lines",
        Kind::RegistryKey => "registry_keys",
        Kind::RegistryValue => "registry_values",
        Kind::Mutex => "mutexes",
        Kind::NamedPipe => "named_pipes",
        Kind::Service => "services",
        Kind::ScheduledTask => "scheduled_tasks",
        Kind::CertificateMd5 => "certificates_md5",
        Kind::CertificateSha1 => "certificates_sha1",
        Kind::CertificateSha256 => "certificates_sha256",
        Kind::CertificateSerial => "certificate_serials",
        Kind::Ja3 => "ja3_fingerprints",
        Kind::Ja3s => "ja3s_fingerprints",
        Kind::Jarm => "jarm_fingerprints",
        Kind::Hassh => "hassh_fingerprints",
        Kind::Cve => "vulnerabilities",
        Kind::Btc => "btc_wallets",
        Kind::Xmr => "xmr_wallets",
        Kind::Dash => "dash_wallets",
        Kind::Text => "texts",
    }
}

fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn plain<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::default())
}

fn word(word: &str) -> Name {
    plain(word.to_owned())
}

fn text(value: &str) -> Text {
    plain(TextValue { value: value.to_owned(), style: TextStyle::Escaped })
}

fn literal(value: &str) -> TextValue {
    TextValue { value: value.to_owned(), style: TextStyle::Literal }
}

fn property(kind: PropertyKind) -> Member {
    Member::Property(Property { kind, keyword: Span::default(), span: Span::default() })
}
