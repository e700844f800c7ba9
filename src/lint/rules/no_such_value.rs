//! W0111: a value that the field never has, so that its comparison is never true.

use crate::diag::Diagnostic;
use crate::lint::{Look, Rule, Written};
use crate::schema::recognise::Recognition;
use crate::schema::{ScalarType, catalogue};
use crate::syntax::ast::{Operator, ValueKind};

pub const RULE: Rule = Rule { code: "W0111", imported: true, look: Look::Value(look) };

fn look(written: &Written<'_>) -> Option<Diagnostic> {
    event_id(written).or_else(|| hash_in_capitals(written)).or_else(|| blank_at_the_end(written)).or_else(|| slash(written))
}

/// An id that events of this log source do not carry.
fn event_id(written: &Written<'_>) -> Option<Diagnostic> {
    let ValueKind::Number(number) = &written.value.kind else { return None };
    if &*written.field.name != "EventID" || !matches!(written.operator, Operator::Equal | Operator::In) {
        return None;
    }
    let row = catalogue::all().find(|row| row.id == &*written.source.id.0)?;
    let recognition = Recognition::parse(row.recognise?).ok()?;
    let mut ids: Vec<&str> = Vec::new();
    for alternative in &recognition.alternatives {
        // One way to be such an event without a certain id leaves every id open.
        ids.extend(&alternative.iter().find(|marker| marker.field == "EventID")?.values);
    }
    // The Security log has an id of its own for the start of a process, which some read into this log source.
    if ids.contains(&number.as_str()) || (row.id == "windows/process_creation" && number == "4688") {
        return None;
    }
    let known = ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    Some(
        Diagnostic::warning("W0111", written.value.span, format!("no event of `{}` has the id {number}", row.id))
            .label(format!("its events have {known}"))
            .help("leave the comparison out, for the log source says it already, or name the log source that has this id"),
    )
}

/// Hashes are compared as lower case where letters count.
fn hash_in_capitals(written: &Written<'_>) -> Option<Diagnostic> {
    let text = written.text()?;
    if !written.cased
        || !matches!(written.field.kind.scalar, ScalarType::Hash(_))
        || !matches!(written.operator, Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::Like)
        || !text.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    Some(
        Diagnostic::warning(
            "W0111",
            written.value.span,
            format!("`{}` is lower case, so this is never a part of it", written.field.name),
        )
        .help(format!("write `'{lower}'`, or leave `cased` out")),
    )
}

/// A Windows path that ends in a blank: the system takes trailing blanks of a name away.
fn blank_at_the_end(written: &Written<'_>) -> Option<Diagnostic> {
    let text = written.text()?;
    let whole = matches!(written.operator, Operator::Equal | Operator::In | Operator::EndsWith | Operator::Named);
    if !is_file(written) || !whole || !text.ends_with([' ', '\t', '\n', '\r']) || text.trim().is_empty() {
        return None;
    }
    let trimmed = text.trim_end();
    Some(
        Diagnostic::warning("W0111", written.value.span, "no path ends in a blank, so this is never true")
            .label(format!("a blank follows `{trimmed}`"))
            .help(format!("write `'{trimmed}'`")),
    )
}

/// A Windows path with slashes that lean the other way.
fn slash(written: &Written<'_>) -> Option<Diagnostic> {
    let text = written.text()?;
    if !is_file(written) || !text.contains('/') || text.contains("//") || written.operator == Operator::Matches {
        return None;
    }
    let turned = text.replace('/', "\\");
    Some(
        Diagnostic::warning(
            "W0111",
            written.value.span,
            format!("`{}` has `\\` between its parts, so this is never true", written.field.name),
        )
        .label("paths on Windows are logged with `\\`")
        .help(format!("write `'{turned}'`")),
    )
}

/// Fields that hold the path of a file on Windows, as the kernel tells it. Keys of the registry are paths too, and may hold
/// any character but `\`.
fn is_file(written: &Written<'_>) -> bool {
    const FILES: &[&str] = &[
        "Image",
        "ParentImage",
        "SourceImage",
        "TargetImage",
        "ImageLoaded",
        "TargetFilename",
        "NewProcessName",
        "ParentProcessName",
    ];
    written.source.product.as_deref() == Some("windows") && FILES.contains(&&*written.field.name)
}
