//! What ATT&CK says of an id or a name: the answer of `huntc attack`, as a value, as text and as JSON.

use serde_json::{Value, json};

use super::Release;
use super::facts::{Facts, Object, ObjectKind, Tactic, Technique};
use super::resolve::{Candidate, Resolution};

/// What an id, a name or an alias means in one release.
#[derive(Clone, Debug)]
pub enum Description {
    Technique {
        technique: Technique,
        release: Release,
        subtechniques: Vec<Technique>,
        actors: Vec<Object>,
        software: Vec<Object>,
        campaigns: Vec<Object>,
        elsewhere: Vec<Elsewhere>,
    },
    Tactic {
        tactic: Tactic,
        release: Release,
        techniques: Vec<Technique>,
    },
    Object {
        object: Object,
        release: Release,
        techniques: Vec<Technique>,
        software: Vec<Object>,
        /// Of a group.
        campaigns: Vec<Object>,
        /// Of a campaign.
        attributed_to: Vec<Object>,
        /// Groups and campaigns that use the software.
        users: Vec<Object>,
    },
    /// The name means several things, of one kind or of several.
    Several {
        query: String,
        release: Release,
        candidates: Vec<Candidate>,
    },
    Revoked {
        id: String,
        name: &'static str,
        release: Release,
        successor: Option<Candidate>,
    },
    Deprecated {
        id: String,
        name: &'static str,
        release: Release,
    },
    /// Not in this release's facts.
    Unknown {
        query: String,
        release: Release,
        nearest: Option<Candidate>,
        elsewhere: Vec<Elsewhere>,
    },
}

/// What another release says of the same id: its name and tactics there, or the id that it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    pub release: Release,
    pub id: &'static str,
    pub name: &'static str,
    pub tactics: Vec<&'static str>,
}

/// Answers `huntc attack QUERY`.
pub fn describe(facts: &'static Facts, query: &str) -> Description {
    let query = query.trim();
    let release = facts.release;
    let mut candidates = facts.named(query);
    // Facts without campaigns let 18.1 answer for them.
    if !facts.holds_campaigns() {
        let older = Release::V18_1.facts().named(query);
        candidates.extend(older.into_iter().filter(|candidate| candidate.kind == ObjectKind::Campaign));
    }
    match candidates.as_slice() {
        [one] => return describe_one(facts, *one),
        [] => {}
        _ => return Description::Several { query: query.to_owned(), release, candidates },
    }
    for resolution in [facts.resolve_actor(query), facts.resolve_software(query), facts.resolve_campaign(query)] {
        if let Resolution::Revoked { id, name, successor } = resolution {
            let successor = successor.map(|object| Candidate { kind: object.kind, id: object.id, name: object.name });
            return Description::Revoked { id, name, release, successor };
        }
    }
    if let Some((name, successor)) = facts.revoked(query) {
        let successor = successor.and_then(|id| facts.named(id).into_iter().next());
        return Description::Revoked { id: query.to_ascii_uppercase(), name, release, successor };
    }
    if let Some((name, release)) = facts.deprecated(query) {
        return Description::Deprecated { id: query.to_ascii_uppercase(), name, release };
    }
    let nearest = [
        unknown(facts.resolve_technique(query)),
        unknown(facts.resolve_actor(query)),
        unknown(facts.resolve_software(query)),
        unknown(facts.resolve_campaign(query)),
    ]
    .into_iter()
    .flatten()
    .min_by_key(|candidate| strsim::damerau_levenshtein(&query.to_lowercase(), &candidate.name.to_lowercase()));
    Description::Unknown { query: query.to_owned(), release, nearest, elsewhere: elsewhere(facts, query) }
}

fn unknown<T>(resolution: Resolution<T>) -> Option<Candidate> {
    match resolution {
        Resolution::Unknown { nearest } => nearest,
        _ => None,
    }
}

fn describe_one(facts: &'static Facts, candidate: Candidate) -> Description {
    let release = facts.release;
    let missing = || Description::Unknown { query: candidate.id.to_owned(), release, nearest: None, elsewhere: Vec::new() };
    let find = |ids: &[&str]| ids.iter().filter_map(|id| facts.object(id)).collect::<Vec<_>>();
    match candidate.kind {
        ObjectKind::Technique => {
            let Some(technique) = facts.technique(candidate.id) else { return missing() };
            let users = |kind| {
                facts
                    .users_of(technique.id)
                    .iter()
                    .filter(|(found, _)| *found == kind)
                    .filter_map(|(_, id)| facts.object(id))
                    .collect::<Vec<_>>()
            };
            Description::Technique {
                release,
                subtechniques: facts.techniques().filter(|other| other.parent() == Some(technique.id)).collect(),
                actors: users(ObjectKind::Actor),
                software: users(ObjectKind::Software),
                campaigns: users(ObjectKind::Campaign),
                elsewhere: elsewhere(facts, technique.id),
                technique,
            }
        }
        ObjectKind::Tactic => {
            let Some(tactic) = facts.tactic(candidate.id) else { return missing() };
            let techniques =
                facts.techniques().filter(|technique| technique.tactics.iter().any(|each| each.id == tactic.id)).collect();
            Description::Tactic { tactic, release, techniques }
        }
        ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => {
            // A campaign may have come from the older release; everything is told from the release that knows it.
            let facts = if facts.object(candidate.id).is_some() { facts } else { Release::V18_1.facts() };
            let Some(object) = facts.object(candidate.id) else { return missing() };
            let uses = facts.uses(object.id);
            Description::Object {
                release: facts.release,
                techniques: uses.techniques.iter().filter_map(|id| facts.technique(id)).collect(),
                software: find(&uses.software),
                campaigns: facts.campaigns_of(object.id),
                attributed_to: find(&uses.attributed_to),
                users: [ObjectKind::Actor, ObjectKind::Campaign]
                    .into_iter()
                    .flat_map(|kind| facts.objects(kind))
                    .filter(|user| facts.uses(user.id).software.contains(&object.id))
                    .collect(),
                object,
            }
        }
    }
}

fn elsewhere(facts: &'static Facts, id: &str) -> Vec<Elsewhere> {
    let mut found = Vec::new();
    for release in Release::ALL.iter().copied().filter(|release| *release != facts.release) {
        let other = release.facts();
        let successor = || other.revoked(id).and_then(|(_, successor)| successor).and_then(|id| other.technique(id));
        if let Some(technique) = other.technique(id).or_else(successor) {
            let tactics: Vec<&'static str> = technique.tactics.iter().map(|tactic| tactic.short_name).collect();
            let same = facts.technique(id).is_some_and(|here| {
                here.id == technique.id && here.tactics.iter().map(|tactic| tactic.short_name).eq(tactics.iter().copied())
            });
            if !same {
                found.push(Elsewhere { release, id: technique.id, name: technique.name, tactics });
            }
        }
    }
    found
}

impl Description {
    /// Whether something live was found: the command's exit status.
    pub fn found(&self) -> bool {
        match self {
            Description::Technique { .. } | Description::Tactic { .. } | Description::Object { .. } => true,
            Description::Several { .. } => true,
            Description::Revoked { .. } | Description::Deprecated { .. } | Description::Unknown { .. } => false,
        }
    }

    /// For a terminal, with a line feed at the end.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        match self {
            Description::Technique { technique, release, subtechniques, actors, software, campaigns, elsewhere } => {
                lines.push(format!("{}  {}  (technique, ATT&CK {release})", technique.id, technique.name));
                row(&mut lines, "tactics", technique.tactics.iter().map(|tactic| tactic.name.to_owned()));
                row(&mut lines, "platforms", technique.platforms.iter().map(|name| (*name).to_owned()));
                row(&mut lines, "sub-techniques", subtechniques.iter().map(|each| format!("{} {}", each.id, each.name)));
                row(&mut lines, "actors", actors.iter().map(short));
                row(&mut lines, "software", software.iter().map(short));
                row(&mut lines, "campaigns", campaigns.iter().map(short));
                others(&mut lines, elsewhere);
            }
            Description::Tactic { tactic, release, techniques } => {
                lines.push(format!("{}  {}  (tactic `{}`, ATT&CK {release})", tactic.id, tactic.name, tactic.short_name));
                row(&mut lines, "techniques", techniques.iter().map(|each| format!("{} {}", each.id, each.name)));
            }
            Description::Object { object, release, techniques, software, campaigns, attributed_to, users } => {
                let kind = object.software_kind.unwrap_or_else(|| object.kind.word());
                lines.push(format!("{}  {}  ({kind}, ATT&CK {release})", object.id, object.name));
                row(&mut lines, "aliases", object.aliases.iter().map(|name| (*name).to_owned()));
                row(&mut lines, "platforms", object.platforms.iter().map(|name| (*name).to_owned()));
                if let (Some(first), Some(last)) = (object.first_seen, object.last_seen) {
                    lines.push(format!("  seen            {first} to {last}"));
                }
                row(&mut lines, "attributed to", attributed_to.iter().map(short));
                row(&mut lines, "campaigns", campaigns.iter().map(short));
                row(&mut lines, "software", software.iter().map(short));
                row(&mut lines, "used by", users.iter().map(short));
                row(&mut lines, "techniques", techniques.iter().map(|each| format!("{} {}", each.id, each.name)));
            }
            Description::Several { query, release, candidates } => {
                lines.push(format!("`{query}` means several things in ATT&CK {release}; ask for one by its id:"));
                lines.extend(candidates.iter().map(|each| format!("  {:<10} {} ({})", each.id, each.name, each.kind.word())));
            }
            Description::Revoked { id, name, release, successor } => {
                lines.push(format!("{id}  {name}  (revoked, ATT&CK {release})"));
                lines.push(match successor {
                    Some(successor) => format!("  replaced by     {} {}", successor.id, successor.name),
                    None => "  nothing in ATT&CK Enterprise replaces it".to_owned(),
                });
            }
            Description::Deprecated { id, name, release } => {
                lines.push(format!("{id}  {name}  (deprecated in ATT&CK {release}, without a successor)"));
            }
            Description::Unknown { query, release, nearest, elsewhere } => {
                lines.push(format!("ATT&CK Enterprise {release} does not know `{query}`"));
                if let Some(nearest) = nearest {
                    lines.push(format!("  did you mean    {} {}", nearest.id, nearest.name));
                }
                others(&mut lines, elsewhere);
            }
        }
        if let Some(note) = self.note() {
            lines.push(format!("  note            {note}"));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// What the facts of this release cannot tell.
    fn note(&self) -> Option<&'static str> {
        let lacks = match self {
            Description::Technique { release, .. } => !release.facts().holds_campaigns(),
            Description::Object { object, release, .. } => object.kind == ObjectKind::Actor && !release.facts().holds_campaigns(),
            _ => false,
        };
        lacks.then_some("the built-in facts of ATT&CK 19.0 hold no campaigns; `--attack 18.1` has them")
    }

    /// For a machine.
    pub fn json(&self) -> Value {
        let techniques = |each: &[Technique]| -> Vec<Value> { each.iter().map(technique_json).collect() };
        let refs =
            |each: &[Object]| -> Vec<Value> { each.iter().map(|object| json!({"id": object.id, "name": object.name})).collect() };
        let mut value = match self {
            Description::Technique { technique, release, subtechniques, actors, software, campaigns, elsewhere } => json!({
                "status": "live", "attack": release.name(), "kind": "technique", "id": technique.id, "name": technique.name,
                "tactics": tactic_names(technique), "platforms": technique.platforms,
                "subtechniques": techniques(subtechniques), "actors": refs(actors), "software": refs(software),
                "campaigns": refs(campaigns), "elsewhere": elsewhere_json(elsewhere),
            }),
            Description::Tactic { tactic, release, techniques: found } => json!({
                "status": "live", "attack": release.name(), "kind": "tactic", "id": tactic.id, "name": tactic.name,
                "short_name": tactic.short_name, "techniques": techniques(found),
            }),
            Description::Object { object, release, techniques: used, software, campaigns, attributed_to, users } => json!({
                "status": "live", "attack": release.name(), "kind": object.kind.word(), "id": object.id, "name": object.name,
                "type": object.software_kind, "aliases": object.aliases, "platforms": object.platforms,
                "first_seen": object.first_seen, "last_seen": object.last_seen, "attributed_to": refs(attributed_to),
                "campaigns": refs(campaigns), "software": refs(software), "used_by": refs(users),
                "techniques": techniques(used),
            }),
            Description::Several { query, release, candidates } => json!({
                "status": "ambiguous", "attack": release.name(), "query": query,
                "candidates": candidates.iter().map(candidate_json).collect::<Vec<_>>(),
            }),
            Description::Revoked { id, name, release, successor } => json!({
                "status": "revoked", "attack": release.name(), "id": id, "name": name,
                "successor": successor.as_ref().map(candidate_json),
            }),
            Description::Deprecated { id, name, release } => {
                json!({"status": "deprecated", "attack": release.name(), "id": id, "name": name})
            }
            Description::Unknown { query, release, nearest, elsewhere } => json!({
                "status": "unknown", "attack": release.name(), "query": query,
                "nearest": nearest.as_ref().map(candidate_json), "elsewhere": elsewhere_json(elsewhere),
            }),
        };
        if let (Some(note), Some(map)) = (self.note(), value.as_object_mut()) {
            map.insert("note".to_owned(), json!(note));
        }
        value
    }
}

fn row(lines: &mut Vec<String>, name: &str, values: impl Iterator<Item = String>) {
    let values: Vec<String> = values.collect();
    match values.as_slice() {
        [] => {}
        // A long list is read one a line.
        _ if values.len() > 4 && values.iter().map(String::len).sum::<usize>() > 70 => {
            lines.push(format!("  {name:<15} {}", values.len()));
            lines.extend(values.iter().map(|value| format!("    {value}")));
        }
        _ => lines.push(format!("  {name:<15} {}", values.join(", "))),
    }
}

fn others(lines: &mut Vec<String>, elsewhere: &[Elsewhere]) {
    for other in elsewhere {
        let title = format!("in {}", other.release);
        lines.push(format!("  {title:<15} {} {} ({})", other.id, other.name, other.tactics.join(", ")));
    }
}

fn short(object: &Object) -> String {
    format!("{} {}", object.id, object.name)
}

fn tactic_names(technique: &Technique) -> Vec<&'static str> {
    technique.tactics.iter().map(|tactic| tactic.short_name).collect()
}

fn technique_json(technique: &Technique) -> Value {
    json!({"id": technique.id, "name": technique.name, "tactics": tactic_names(technique)})
}

fn candidate_json(candidate: &Candidate) -> Value {
    json!({"kind": candidate.kind.word(), "id": candidate.id, "name": candidate.name})
}

fn elsewhere_json(elsewhere: &[Elsewhere]) -> Vec<Value> {
    elsewhere
        .iter()
        .map(|other| json!({"attack": other.release.name(), "id": other.id, "name": other.name, "tactics": other.tactics}))
        .collect()
}
