//! ATT&CK ids and names in tags, galaxies and labels, brought forward to the release that is used.

use std::collections::BTreeMap;

use crate::attack::{ObjectKind, Release, Resolution};

/// Names that techniques had before they were called as now, under the same id (ATT&CK's release notes, 2018 to 2025).
const FORMER: &[(&str, &str)] = &[
    ("Exploitation of Vulnerability", "T1068"),
    ("Credential Dumping", "T1003"),
    ("File System Logical Offsets", "T1006"),
    ("Remote File Copy", "T1105"),
    ("Standard Application Layer Protocol", "T1071"),
    ("Standard Non-Application Layer Protocol", "T1095"),
    ("Exfiltration Over Command and Control Channel", "T1041"),
    ("Scheduled Task/Job", "T1053"),
    ("Execution through API", "T1106"),
    ("Command-Line Interface", "T1059"),
    ("Remote Access Software", "T1219"),
    ("Signed Binary Proxy Execution", "T1218"),
    ("Signed Script Proxy Execution", "T1216"),
    ("Execution through Module Load", "T1129"),
    ("Trusted Developer Utilities", "T1127"),
    ("Third-party Software", "T1072"),
    ("Two-Factor Authentication Interception", "T1111"),
    ("Port Knocking", "T1205"),
    ("Indicator Removal on Host", "T1070"),
    ("Browser Extensions", "T1176"),
    ("Man in the Browser", "T1185"),
    ("Man-in-the-Middle", "T1557"),
];

/// What a text says of ATT&CK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Technique(&'static str),
    Actor(&'static str),
    Software(&'static str),
    Campaign(&'static str),
    /// An id or name that nothing live answers to, and why.
    Lost(String),
}

/// Looks texts up, each once: feeds repeat their tags.
#[derive(Debug)]
pub(super) struct Attack {
    release: Release,
    known: BTreeMap<String, Option<Found>>,
}

impl Attack {
    pub(super) fn new(release: Release) -> Attack {
        Attack { release, known: BTreeMap::new() }
    }

    /// A tag such as `misp-galaxy:mitre-attack-pattern="Unix Shell - T1059.004"`, `attack.t1059` or `mitre:T1059`.
    pub(super) fn tag(&mut self, tag: &str) -> Option<Found> {
        if let Some(known) = self.known.get(tag) {
            return known.clone();
        }
        let found = self.look_up(tag);
        self.known.insert(tag.to_owned(), found.clone());
        found
    }

    fn look_up(&self, tag: &str) -> Option<Found> {
        let tag = tag.trim();
        if let Some(rest) = tag.strip_prefix("misp-galaxy:mitre-") {
            let (galaxy, name) = rest.split_once('=')?;
            return self.cluster(galaxy, name.trim().trim_matches('"'));
        }
        let lower = tag.to_ascii_lowercase();
        let word = ["attack.", "mitre-attack:", "mitre:", "att&ck:", "mitre-attack="]
            .iter()
            .find_map(|prefix| lower.strip_prefix(prefix))
            .unwrap_or(&lower)
            .trim_matches('"');
        is_technique_id(word).then(|| self.technique(word))
    }

    /// A cluster of one of MITRE's galaxies by its value: `Unix Shell - T1059.004`, or an old name alone.
    pub(super) fn cluster(&self, galaxy: &str, value: &str) -> Option<Found> {
        let id = value
            .rsplit([' ', '-'])
            .next()
            .map(|word| word.trim_matches(['(', ')', '[', ']']))
            .filter(|word| ObjectKind::of_id(word).is_some());
        let name = match id {
            Some(id) => value.strip_suffix(id).unwrap_or(value).trim_end_matches([' ', '-', '(']),
            None => value,
        };
        let of = |resolution, make: fn(&'static str) -> Found, what: &str| match resolution {
            Resolution::Live(crate::attack::Object { id, .. }) => make(id),
            Resolution::Revoked { successor: Some(object), .. } => make(object.id),
            _ => Found::Lost(format!("{what} `{value}` is not in ATT&CK {}", self.release)),
        };
        let facts = self.release.facts();
        let key = id.unwrap_or(name);
        match galaxy.strip_prefix("enterprise-attack-").unwrap_or(galaxy) {
            "attack-pattern" => Some(match id {
                Some(id) => self.technique(id),
                None => self.technique_named(name),
            }),
            "intrusion-set" => Some(of(facts.resolve_actor(key), Found::Actor, "the group")),
            "malware" | "tool" => Some(of(facts.resolve_software(key), Found::Software, "the software")),
            "campaign" => Some(of(facts.resolve_campaign(key), Found::Campaign, "the campaign")),
            _ => None,
        }
    }

    pub(super) fn technique(&self, id: &str) -> Found {
        match self.release.facts().resolve_technique(id) {
            Resolution::Live(technique) => Found::Technique(technique.id),
            Resolution::Revoked { successor: Some(technique), .. } => Found::Technique(technique.id),
            Resolution::Revoked { .. } | Resolution::Deprecated { .. } => {
                Found::Lost(format!("`{}` has no successor in ATT&CK {}", id.to_ascii_uppercase(), self.release))
            }
            _ => Found::Lost(format!("`{}` is not in ATT&CK {} Enterprise", id.to_ascii_uppercase(), self.release)),
        }
    }

    /// A name of an old release, as exports from before 2020 write it.
    fn technique_named(&self, name: &str) -> Found {
        let facts = self.release.facts();
        match facts.resolve_technique(name) {
            Resolution::Live(technique) => Found::Technique(technique.id),
            _ => match facts.revoked_technique(name).map(|id| facts.resolve_technique(id)) {
                Some(Resolution::Live(technique) | Resolution::Revoked { successor: Some(technique), .. }) => {
                    Found::Technique(technique.id)
                }
                _ => match FORMER.iter().find(|(former, _)| former.eq_ignore_ascii_case(name)) {
                    Some((_, id)) => self.technique(id),
                    None => Found::Lost(format!("the technique `{name}` is not in ATT&CK {}", self.release)),
                },
            },
        }
    }
}

/// `T1059` or `t1059.004`.
pub(super) fn is_technique_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: &[u8]| range.iter().all(u8::is_ascii_digit);
    match bytes {
        [b't' | b'T', rest @ ..] => match rest.len() {
            4 => digits(rest),
            8 => digits(&rest[..4]) && rest[4] == b'.' && digits(&rest[5..]),
            _ => false,
        },
        _ => false,
    }
}
