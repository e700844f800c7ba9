//! What each hunt says of itself, beside its rules.

use super::Session;
use crate::attack::Object;
use crate::diag::Span;
use crate::syntax::ast::{Item, Member, PropertyKind, Text};

/// A hunt of the files that were asked for.
#[derive(Clone, Debug)]
pub struct Hunt {
    pub name: String,
    pub title: String,
    pub hypothesis: String,
    /// Groups, software and campaigns, as ATT&CK knows them; a name that it does not know was reported.
    pub objects: Vec<Object>,
    /// ATT&CK ids, as written.
    pub techniques: Vec<String>,
    pub blind_spots: Vec<BlindSpot>,
    /// The head, `hunt NAME`.
    pub head: Span,
}

/// `blindspot T1210 "why"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindSpot {
    pub technique: String,
    pub reason: String,
    pub span: Span,
}

/// The hunts of a session in the order of their files. Imported rules are none.
pub fn hunts(session: &Session) -> Vec<Hunt> {
    let mut found = Vec::new();
    for file in session.input.files.iter().filter(|file| file.root && file.imported.is_none()) {
        for item in &file.tree.items {
            if let Item::Hunt(unit) = item {
                let release = session.input.options.attack;
                let mut hunt = Hunt {
                    name: unit.name.node.clone(),
                    title: unit.name.node.clone(),
                    hypothesis: String::new(),
                    objects: Vec::new(),
                    techniques: Vec::new(),
                    blind_spots: Vec::new(),
                    head: unit.head,
                };
                for member in &unit.members {
                    if let Member::Property(property) = member {
                        hunt.take(&property.kind, property.span, release.facts());
                    }
                }
                found.push(hunt);
            }
        }
    }
    found
}

impl Hunt {
    fn take(&mut self, property: &PropertyKind, span: Span, facts: &'static crate::attack::Facts) {
        let trimmed = |text: &Text| text.node.value.trim().to_owned();
        let resolved = |names: &[Text], resolve: &dyn Fn(&str) -> Option<Object>| -> Vec<Object> {
            names.iter().filter_map(|name| resolve(&name.node.value)).collect()
        };
        match property {
            PropertyKind::Title(text) => self.title = trimmed(text),
            PropertyKind::Hypothesis(text) => self.hypothesis = trimmed(text),
            PropertyKind::Actor(names) => self.objects.extend(resolved(names, &|name| facts.resolve_actor(name).live())),
            PropertyKind::Software(names) => self.objects.extend(resolved(names, &|name| facts.resolve_software(name).live())),
            PropertyKind::Campaign(names) => self.objects.extend(resolved(names, &|name| facts.resolve_campaign(name).live())),
            PropertyKind::Techniques(names) => self.techniques.extend(names.iter().map(|name| name.node.clone())),
            PropertyKind::Blindspot { technique, reason } => {
                self.blind_spots.push(BlindSpot { technique: technique.node.clone(), reason: trimmed(reason), span });
            }
            _ => {}
        }
    }
}
