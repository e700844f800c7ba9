//! Software, groups and campaigns as a call names them.

use crate::attack::{self, Candidate, Facts, Object, ObjectKind, Release};
use crate::diag::{Diagnostic, Span};

/// An object with the facts that know it, or why there is none.
pub(super) type Found = Result<(&'static Facts, Object), Box<Diagnostic>>;

/// What a name means, among objects of one kind or of all.
///
/// # Errors
/// A finding at `span` where it means nothing, several things, or something that was revoked.
pub(super) fn find(release: Release, kind: Option<ObjectKind>, name: &str, span: Span) -> Found {
    let found = match kind {
        Some(ObjectKind::Software) => attack::diagnose_software(release, name, span),
        Some(ObjectKind::Actor) => attack::diagnose_actor(release, name, span),
        Some(_) => attack::diagnose_campaign(release, name, span),
        None => return any(release, name, span),
    };
    match found {
        Ok(object) => Ok((knower(release, &object), object)),
        Err(mut diagnostic) => {
            // Fixes would be quoted as in a hunt.
            diagnostic.fixes.clear();
            Err(Box::new(diagnostic))
        }
    }
}

/// What a name without an option means, where that is one thing.
fn any(release: Release, name: &str, span: Span) -> Found {
    let facts = release.facts();
    let resolved = [facts.resolve_software(name), facts.resolve_actor(name), facts.resolve_campaign(name)];
    let mut live: Vec<Object> = resolved.into_iter().filter_map(attack::Resolution::live).collect();
    // A name wins over an alias, as among objects of one kind.
    let named = |object: &Object| object.name.eq_ignore_ascii_case(name);
    if live.iter().filter(|object| named(object)).count() == 1 {
        live.retain(named);
    }
    match live.as_slice() {
        [object] => return Ok((knower(release, object), object.clone())),
        [] => {}
        several => {
            let list: Vec<String> =
                several.iter().map(|object| format!("--{} {} ({})", option_of(object.kind), object.id, object.name)).collect();
            return Err(Box::new(
                Diagnostic::error("E0305", span, format!("`{name}` means several things in ATT&CK {release}"))
                    .help(format!("write one of {}", list.join(", "))),
            ));
        }
    }
    // The finding that says most: that it was revoked, else what it resembles.
    let findings = [
        attack::diagnose_software(release, name, span),
        attack::diagnose_actor(release, name, span),
        attack::diagnose_campaign(release, name, span),
    ];
    let mut findings: Vec<Diagnostic> = findings.into_iter().filter_map(Result::err).collect();
    findings.sort_by_key(|finding| (matches!(finding.code, "E0304" | "E0309"), finding.fixes.is_empty()));
    let Some(mut finding) = findings.into_iter().next() else {
        return Err(Box::new(Diagnostic::error("E0304", span, format!("ATT&CK {release} has no `{name}`"))));
    };
    finding.help = Some("`huntc attack NAME` looks one up; a layer file's name ends in `.json`, a hunt's in `.hunt`".to_owned());
    let alike = alike(facts, name);
    if finding.code == "E0304" {
        finding.message = format!("ATT&CK Enterprise {release} has no software, group or campaign `{name}`");
        if !alike.is_empty() {
            finding.label = Some(format!("did you mean {}?", alike.join(" or ")));
        }
    } else if finding.code == "E0308"
        && let [Candidate { kind: ObjectKind::Technique | ObjectKind::Tactic, .. }, ..] = facts.named(name).as_slice()
    {
        finding.message = format!("`{name}` is no software, group or campaign");
    }
    finding.fixes.clear();
    Err(Box::new(finding))
}

/// Some objects with a name that holds what was written.
fn alike(facts: &Facts, written: &str) -> Vec<String> {
    let written = written.to_lowercase();
    if written.chars().count() < 4 {
        return Vec::new();
    }
    let holds = |name: &&str| name.to_lowercase().contains(&written);
    [ObjectKind::Software, ObjectKind::Actor, ObjectKind::Campaign]
        .into_iter()
        .flat_map(|kind| facts.objects(kind))
        .filter_map(|object| {
            let name = std::iter::once(object.name).chain(object.aliases.iter().copied()).find(holds)?;
            Some(format!("`{name}` ({})", object.id))
        })
        .take(4)
        .collect()
}

fn option_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Actor => "group",
        ObjectKind::Campaign => "campaign",
        ObjectKind::Software | ObjectKind::Technique | ObjectKind::Tactic => "software",
    }
}

/// The release that knows an object: a campaign may have come from an older one.
fn knower(release: Release, object: &Object) -> &'static Facts {
    let facts = release.facts();
    if facts.object(object.id).is_some() { facts } else { Release::V18_1.facts() }
}
