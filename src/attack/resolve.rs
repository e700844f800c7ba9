//! From what an author wrote, an id, a name or an alias, to one object of ATT&CK, or to why there is none.
//!
//! Within one kind an id wins over a name, and a name over an alias; case never matters. What then still names several
//! objects is ambiguous, and the author must give the id.

use super::Release;
use super::facts::{Facts, Object, ObjectKind, Technique};
use crate::diag;

/// Bytes beyond which a text is no slip of a name: comparing costs its length times that of every name.
const LONGEST_NAME: usize = 120;

/// Something that a text may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    pub kind: ObjectKind,
    pub id: &'static str,
    pub name: &'static str,
}

/// What became of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<T> {
    Live(T),
    /// Replaced; `successor` is the live object at the end of the chain, `None` where Enterprise has none.
    Revoked {
        id: String,
        name: &'static str,
        successor: Option<T>,
    },
    /// Taken out without a successor. `release` is the one whose data say so (18.1 answers for 19.0).
    Deprecated {
        id: String,
        name: &'static str,
        release: Release,
    },
    /// The name means several objects of the kind that was asked for.
    Ambiguous(Vec<Candidate>),
    /// The name means nothing of the kind that was asked for, but something of another.
    OtherKind(Vec<Candidate>),
    /// Unknown here; the nearest that is known.
    Unknown {
        nearest: Option<Candidate>,
    },
}

impl<T> Resolution<T> {
    /// The live object, where there is exactly one.
    pub fn live(self) -> Option<T> {
        match self {
            Resolution::Live(found) => Some(found),
            Resolution::Revoked { .. }
            | Resolution::Deprecated { .. }
            | Resolution::Ambiguous(_)
            | Resolution::OtherKind(_)
            | Resolution::Unknown { .. } => None,
        }
    }
}

impl Facts {
    /// A technique by id or by name. Twenty-three names belong to several techniques: those are `Ambiguous`.
    pub fn resolve_technique(&'static self, text: &str) -> Resolution<Technique> {
        let text = text.trim();
        match ObjectKind::of_id(text) {
            Some(ObjectKind::Technique) => {
                if let Some(technique) = self.technique(text) {
                    return Resolution::Live(technique);
                }
                self.withdrawn(text, |id| self.technique(id))
                    .unwrap_or_else(|| Resolution::Unknown { nearest: self.nearest_technique(text) })
            }
            Some(_) => self.other_kind(text, ObjectKind::Technique),
            None => {
                let named = self.named(text);
                let techniques: Vec<Candidate> =
                    named.iter().copied().filter(|candidate| candidate.kind == ObjectKind::Technique).collect();
                match techniques.as_slice() {
                    [one] => self.technique(one.id).map_or(Resolution::Unknown { nearest: None }, Resolution::Live),
                    [] if named.is_empty() => Resolution::Unknown { nearest: self.nearest_technique(text) },
                    [] => Resolution::OtherKind(named),
                    _ => Resolution::Ambiguous(techniques),
                }
            }
        }
    }

    /// Malware or a tool by id, name or alias.
    pub fn resolve_software(&'static self, text: &str) -> Resolution<Object> {
        self.resolve_object(ObjectKind::Software, text)
    }

    /// A group by id, name or alias.
    pub fn resolve_actor(&'static self, text: &str) -> Resolution<Object> {
        self.resolve_object(ObjectKind::Actor, text)
    }

    /// A campaign by id, name or alias. Facts without campaigns (19.0) ask those of 18.1: ATT&CK never reuses an id. A
    /// campaign that is younger than 18.1 is `Unknown` then, which says nothing of ATT&CK itself.
    pub fn resolve_campaign(&'static self, text: &str) -> Resolution<Object> {
        let facts = if self.holds_campaigns() { self } else { Release::V18_1.facts() };
        facts.resolve_object(ObjectKind::Campaign, text)
    }

    fn resolve_object(&'static self, kind: ObjectKind, text: &str) -> Resolution<Object> {
        let text = text.trim();
        match ObjectKind::of_id(text) {
            Some(found) if found == kind => {
                if let Some(object) = self.object(text) {
                    return Resolution::Live(object);
                }
                return self
                    .withdrawn(text, |id| self.object(id).filter(|object| object.kind == kind))
                    .unwrap_or_else(|| Resolution::Unknown { nearest: self.nearest_object(kind, text) });
            }
            Some(_) => return self.other_kind(text, kind),
            None => {}
        }
        let folded = text.to_lowercase();
        let (mut by_name, mut by_alias) = (Vec::new(), Vec::new());
        for (id, name, mut aliases) in self.object_names(kind) {
            if is_named(name, &folded) {
                by_name.push(Candidate { kind, id, name });
            } else if aliases.any(|alias| is_named(alias, &folded)) {
                by_alias.push(Candidate { kind, id, name });
            }
        }
        let found = if by_name.is_empty() { by_alias } else { by_name };
        match found.as_slice() {
            [one] => self.object(one.id).map_or(Resolution::Unknown { nearest: Some(*one) }, Resolution::Live),
            [] => self.withdrawn_name(kind, &folded).unwrap_or_else(|| {
                let others = self.named(text);
                if others.is_empty() {
                    Resolution::Unknown { nearest: self.nearest_object(kind, text) }
                } else {
                    Resolution::OtherKind(others)
                }
            }),
            _ => Resolution::Ambiguous(found),
        }
    }

    /// Everything live that an id, a name or an alias may mean, of every kind.
    pub fn named(&'static self, text: &str) -> Vec<Candidate> {
        let text = text.trim();
        let folded = text.to_lowercase();
        let mut found = Vec::new();
        if let Some(tactic) = self.tactic(text) {
            found.push(Candidate { kind: ObjectKind::Tactic, id: tactic.id, name: tactic.name });
        }
        for (id, name) in self.technique_names() {
            if id.eq_ignore_ascii_case(text) || is_named(name, &folded) {
                found.push(Candidate { kind: ObjectKind::Technique, id, name });
            }
        }
        for kind in [ObjectKind::Actor, ObjectKind::Software, ObjectKind::Campaign] {
            for (id, name, mut aliases) in self.object_names(kind) {
                if id.eq_ignore_ascii_case(text) || is_named(name, &folded) || aliases.any(|alias| is_named(alias, &folded)) {
                    found.push(Candidate { kind, id, name });
                }
            }
        }
        found
    }

    fn withdrawn<T>(&self, id: &str, build: impl Fn(&str) -> Option<T>) -> Option<Resolution<T>> {
        if let Some((name, successor)) = self.revoked(id) {
            return Some(Resolution::Revoked { id: id.to_ascii_uppercase(), name, successor: successor.and_then(build) });
        }
        let (name, release) = self.deprecated(id)?;
        Some(Resolution::Deprecated { id: id.to_ascii_uppercase(), name, release })
    }

    /// A revoked object by its old name.
    fn withdrawn_name(&'static self, kind: ObjectKind, folded: &str) -> Option<Resolution<Object>> {
        let (id, _) = self.revoked_names().find(|(id, name)| ObjectKind::of_id(id) == Some(kind) && is_named(name, folded))?;
        self.withdrawn(id, |id| self.object(id).filter(|object| object.kind == kind))
    }

    fn other_kind<T>(&'static self, text: &str, asked: ObjectKind) -> Resolution<T> {
        let named = self.named(text);
        if named.is_empty() {
            Resolution::Unknown {
                nearest: match asked {
                    ObjectKind::Technique | ObjectKind::Tactic => self.nearest_technique(text),
                    ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => self.nearest_object(asked, text),
                },
            }
        } else {
            Resolution::OtherKind(named)
        }
    }

    fn nearest_technique(&self, text: &str) -> Option<Candidate> {
        if text.len() > LONGEST_NAME {
            return None;
        }
        // A sub-technique that does not exist is nearest to its parent: another number would be a guess.
        let upper = text.to_ascii_uppercase();
        let parent = upper.split_once('.').map(|(parent, _)| parent);
        let by_id = ObjectKind::of_id(text).is_some();
        self.technique_names()
            .find(|(id, _)| Some(*id) == parent)
            .or_else(|| {
                let word = diag::nearest(text, self.technique_names().map(|(id, name)| if by_id { id } else { name }))?;
                self.technique_names().find(|(id, name)| *id == word || *name == word)
            })
            .map(|(id, name)| Candidate { kind: ObjectKind::Technique, id, name })
    }

    fn nearest_object(&'static self, kind: ObjectKind, text: &str) -> Option<Candidate> {
        // One id is as near as the next: only names are worth a suggestion.
        if ObjectKind::of_id(text).is_some() || text.len() > LONGEST_NAME {
            return None;
        }
        let words = self.object_names(kind).flat_map(|(_, name, aliases)| std::iter::once(name).chain(aliases));
        let word = diag::nearest(text, words)?;
        self.object_names(kind)
            .find_map(|(id, name, mut aliases)| (name == word || aliases.any(|alias| alias == word)).then_some((id, name)))
            .map(|(id, name)| Candidate { kind, id, name })
    }
}

/// Whether a name is what was written, whose letters were lowered.
fn is_named(name: &str, folded: &str) -> bool {
    if name.is_ascii() { name.eq_ignore_ascii_case(folded) } else { name.to_lowercase() == folded }
}
