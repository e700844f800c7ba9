//! A lookup that failed, as a diagnostic at the author's text.
#![expect(clippy::result_large_err, reason = "a failed lookup ends in a list of diagnostics; it is not passed up a long way")]

use super::Release;
use super::facts::{Object, ObjectKind, Technique};
use super::resolve::{Candidate, Resolution};
use crate::diag::{Diagnostic, Span};

/// A technique that a hunt names by its id.
///
/// # Errors
/// E0301, E0302, E0303 or E0308 at `span`, which covers `written`.
pub fn diagnose_technique(release: Release, written: &str, span: Span) -> Result<Technique, Diagnostic> {
    let facts = release.facts();
    match facts.resolve_technique(written) {
        Resolution::Live(technique) if technique.id.eq_ignore_ascii_case(written.trim()) => Ok(technique),
        // A name alone does not identify a technique for ever: names repeat, and change between releases.
        Resolution::Live(technique) => {
            let found = Candidate { kind: ObjectKind::Technique, id: technique.id, name: technique.name };
            Err(unknown(release, ObjectKind::Technique, written, span, Some(found)))
        }
        Resolution::Revoked { id, name, successor } => {
            let successor =
                successor.map(|technique| Candidate { kind: ObjectKind::Technique, id: technique.id, name: technique.name });
            Err(revoked(release, ObjectKind::Technique, &id, name, span, successor, None))
        }
        Resolution::Deprecated { id, name, release } => Err(deprecated(release, ObjectKind::Technique, &id, name, span)),
        Resolution::Ambiguous(candidates) => Err(ambiguous(ObjectKind::Technique, written, span, &candidates)),
        Resolution::OtherKind(candidates) => Err(other_kind(ObjectKind::Technique, written, span, &candidates)),
        Resolution::Unknown { nearest } => Err(unknown(release, ObjectKind::Technique, written, span, nearest)),
    }
}

/// Malware or a tool by id, name or alias.
///
/// # Errors
/// E0304 to E0308 at `span`, which covers the written value with its quotes.
pub fn diagnose_software(release: Release, written: &str, span: Span) -> Result<Object, Diagnostic> {
    object(release, ObjectKind::Software, written, span, release.facts().resolve_software(written))
}

/// A group by id, name or alias.
///
/// # Errors
/// E0304 to E0308 at `span`, which covers the written value with its quotes.
pub fn diagnose_actor(release: Release, written: &str, span: Span) -> Result<Object, Diagnostic> {
    object(release, ObjectKind::Actor, written, span, release.facts().resolve_actor(written))
}

/// A campaign by id, name or alias. The facts of 19.0 hold none: those of 18.1 answer for it.
///
/// # Errors
/// E0304 to E0309 at `span`, which covers the written value with its quotes.
pub fn diagnose_campaign(release: Release, written: &str, span: Span) -> Result<Object, Diagnostic> {
    let resolution = release.facts().resolve_campaign(written);
    if let (Resolution::Unknown { nearest }, false) = (&resolution, release.facts().holds_campaigns()) {
        let mut diagnostic = Diagnostic::error(
            "E0309",
            span,
            format!("campaign `{written}` cannot be checked: the facts of ATT&CK {release} that are built in hold no campaigns"),
        )
        .label("and ATT&CK 18.1 does not know it")
        .help("name the group that it is attributed to with `actor`, and the campaign's page in `references`");
        if let Some(nearest) = nearest {
            diagnostic = diagnostic.label(format!("did you mean {}?", named(*nearest))).fix(
                format!("write `{}`", nearest.name),
                span,
                quoted(nearest.name),
            );
        }
        return Err(diagnostic);
    }
    object(release, ObjectKind::Campaign, written, span, resolution)
}

fn object(
    release: Release,
    kind: ObjectKind,
    written: &str,
    span: Span,
    resolution: Resolution<Object>,
) -> Result<Object, Diagnostic> {
    match resolution {
        Resolution::Live(object) => Ok(object),
        Resolution::Revoked { id, name, successor } => {
            let successor = successor.map(|object| Candidate { kind: object.kind, id: object.id, name: object.name });
            Err(revoked(release, kind, &id, name, span, successor, Some(written)))
        }
        Resolution::Deprecated { id, name, release } => Err(deprecated(release, kind, &id, name, span)),
        Resolution::Ambiguous(candidates) => Err(ambiguous(kind, written, span, &candidates)),
        Resolution::OtherKind(candidates) => Err(other_kind(kind, written, span, &candidates)),
        Resolution::Unknown { nearest } => Err(unknown(release, kind, written, span, nearest)),
    }
}

fn unknown(release: Release, kind: ObjectKind, written: &str, span: Span, nearest: Option<Candidate>) -> Diagnostic {
    let (code, word) = match kind {
        ObjectKind::Technique | ObjectKind::Tactic => ("E0301", "technique"),
        ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => ("E0304", kind.word()),
    };
    let mut diagnostic = Diagnostic::error(code, span, format!("ATT&CK Enterprise {release} has no {word} `{written}`"));
    let other = Release::ALL.iter().copied().rev().filter(|other| *other != release).find_map(|other| {
        let found = match kind {
            ObjectKind::Technique | ObjectKind::Tactic => {
                other.facts().technique(written).map(|technique| (technique.id, technique.name))
            }
            ObjectKind::Actor => other.facts().resolve_actor(written).live().map(|object| (object.id, object.name)),
            ObjectKind::Software => other.facts().resolve_software(written).live().map(|object| (object.id, object.name)),
            ObjectKind::Campaign => None,
        };
        found.map(|found| (other, found))
    });
    if let Some((other, (id, name))) = other {
        return diagnostic
            .label(format!("`{id}` ({name}) is known to ATT&CK {other}"))
            .help(format!("write `attack: \"{other}\"` in `huntc.yaml` to check against that release"));
    }
    if let Some(nearest) = nearest {
        let replacement = match kind {
            ObjectKind::Technique | ObjectKind::Tactic => nearest.id.to_owned(),
            ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => quoted(nearest.name),
        };
        let parent = kind == ObjectKind::Technique && written.to_ascii_uppercase().split('.').next() == Some(nearest.id);
        diagnostic = diagnostic
            .label(if parent {
                format!("{} has no such sub-technique", named(nearest))
            } else {
                format!("did you mean {}?", named(nearest))
            })
            .fix(format!("write `{}`", replacement.trim_matches('"')), span, replacement);
    }
    match kind {
        ObjectKind::Technique | ObjectKind::Tactic => diagnostic.help("`huntc attack NAME` finds an id by its name"),
        ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => {
            diagnostic.help(format!("`{word}` takes an ATT&CK id, name or alias; `huntc attack NAME` looks one up"))
        }
    }
}

fn revoked(
    release: Release,
    kind: ObjectKind,
    id: &str,
    name: &str,
    span: Span,
    successor: Option<Candidate>,
    text: Option<&str>,
) -> Diagnostic {
    let code = if kind == ObjectKind::Technique { "E0302" } else { "E0306" };
    let diagnostic = Diagnostic::error(code, span, format!("`{id}` ({name}) is revoked in ATT&CK Enterprise {release}"));
    match successor {
        Some(successor) => {
            // A value that was an id becomes an id, a name a name.
            let replacement = match text {
                None => successor.id.to_owned(),
                Some(written) if written.trim().eq_ignore_ascii_case(id) => quoted(successor.id),
                Some(_) => quoted(successor.name),
            };
            diagnostic.label(format!("{} replaces it", named(successor))).fix(
                format!("write `{}`", replacement.trim_matches('"')),
                span,
                replacement,
            )
        }
        None => diagnostic.help("nothing in ATT&CK Enterprise replaces it: take it out"),
    }
}

fn deprecated(release: Release, kind: ObjectKind, id: &str, name: &str, span: Span) -> Diagnostic {
    let code = if kind == ObjectKind::Technique { "E0303" } else { "E0307" };
    Diagnostic::error(code, span, format!("`{id}` ({name}) is deprecated in ATT&CK Enterprise {release}"))
        .label(format!("this {} has no successor", kind.word()))
        .help("take it out, or name what the hunt looks for today")
}

fn ambiguous(kind: ObjectKind, written: &str, span: Span, candidates: &[Candidate]) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(
        "E0305",
        span,
        format!(
            "`{written}` names {} {}",
            candidates.len(),
            if kind == ObjectKind::Technique { "techniques" } else { "objects" }
        ),
    )
    .label(list(candidates))
    .help("write the id of the one that is meant");
    for candidate in candidates {
        let replacement = if kind == ObjectKind::Technique { candidate.id.to_owned() } else { quoted(candidate.id) };
        diagnostic = diagnostic.fix(format!("write `{}` ({})", candidate.id, candidate.name), span, replacement);
    }
    diagnostic
}

fn other_kind(kind: ObjectKind, written: &str, span: Span, candidates: &[Candidate]) -> Diagnostic {
    let article = |kind: ObjectKind| match kind {
        ObjectKind::Actor => "an actor",
        ObjectKind::Software => "software",
        ObjectKind::Technique => "a technique",
        ObjectKind::Tactic => "a tactic",
        ObjectKind::Campaign => "a campaign",
    };
    let found = candidates.first().map_or(ObjectKind::Technique, |candidate| candidate.kind);
    let diagnostic = Diagnostic::error("E0308", span, format!("`{written}` is {}, not {}", article(found), article(kind)))
        .label(list(candidates));
    match found {
        ObjectKind::Tactic => diagnostic.help("tactics are computed from `techniques`: name the techniques"),
        ObjectKind::Technique => diagnostic.help("write it after `techniques`"),
        ObjectKind::Actor | ObjectKind::Software | ObjectKind::Campaign => {
            diagnostic.help(format!("write it after `{}`", found.word()))
        }
    }
}

fn named(candidate: Candidate) -> String {
    format!("`{}` ({})", candidate.id, candidate.name)
}

fn list(candidates: &[Candidate]) -> String {
    candidates.iter().map(|candidate| named(*candidate)).collect::<Vec<_>>().join(", ")
}

/// As a string of the language; ATT&CK's names hold neither quotes nor backslashes.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
