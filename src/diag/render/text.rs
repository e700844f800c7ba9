//! Findings for a person: message, place, source with carets, notes and help.

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Padding, Snippet};

use super::excerpt::{Excerpt, Mark, excerpts};
use super::visible::{ORIGIN, visible, visible_lines};
use super::{Places, Style, is_loss};
use crate::diag::{Diagnostic, Severity, Span};

pub(super) fn render(diagnostics: &[&Diagnostic], places: &Places<'_>, style: Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.term_width(style.width.max(40));
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        let mut origins = Vec::new();
        let group = group(diagnostic, places, &mut origins);
        text.push_str(&with_origins(&renderer.render(&[group]), &origins));
        text.push('\n');
    }
    text
}

/// Where each excerpt stands, as `path:line:column`. The printer sees a cut line and would count columns in that, so it is given
/// a stand-in for the path, which is replaced afterwards.
fn with_origins(rendered: &str, origins: &[String]) -> String {
    let mut text = String::with_capacity(rendered.len());
    let mut rest = rendered;
    while let Some((before, after)) = rest.split_once(ORIGIN) {
        text.push_str(before);
        let end = after.find(|character: char| !character.is_ascii_digit() && character != ':').unwrap_or(after.len());
        let index = after[..end].split(':').next().and_then(|index| index.parse::<usize>().ok());
        text.push_str(index.and_then(|index| origins.get(index)).map_or("", String::as_str));
        rest = &after[end..];
    }
    text.push_str(rest);
    text
}

fn group(diagnostic: &Diagnostic, places: &Places<'_>, origins: &mut Vec<String>) -> Group<'static> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let level = if is_loss(diagnostic) { level.with_name("loss") } else { level };
    let mut group = Group::with_title(level.primary_title(visible(&diagnostic.message).into_owned()).id(diagnostic.code));
    let mut elements: Vec<Element<'static>> = Vec::new();
    if let Some(span) = diagnostic.span {
        sources(diagnostic, span, places, origins, &mut elements);
    }
    let mut remarks: Vec<Element<'static>> = Vec::new();
    for note in &diagnostic.notes {
        remarks.push(Level::NOTE.message(visible_lines(note)).into());
    }
    if let Some(help) = &diagnostic.help {
        remarks.push(Level::HELP.message(visible_lines(help)).into());
    }
    for fix in &diagnostic.fixes {
        // What the label or the help says already is not said again.
        let said = |text: &Option<String>| {
            text.as_deref().is_some_and(|text| {
                fix.edits.iter().all(|(_, replacement)| {
                    let word = replacement.trim_matches(['"', '\'']);
                    !word.is_empty() && text.contains(word)
                })
            })
        };
        if !said(&diagnostic.label) && !said(&diagnostic.help) {
            remarks.push(Level::HELP.with_name("fix").message(visible_lines(&fix.message)).into());
        }
    }
    if !elements.is_empty() && !remarks.is_empty() {
        elements.push(Padding.into());
    }
    for element in elements.into_iter().chain(remarks) {
        group = group.element(element);
    }
    group
}

/// The excerpts of the primary span's file, then those of the other labels' files.
fn sources(
    diagnostic: &Diagnostic,
    span: Span,
    places: &Places<'_>,
    origins: &mut Vec<String>,
    elements: &mut Vec<Element<'static>>,
) {
    let mut by_file =
        vec![(span.source, vec![Mark { span: span.range(), label: label(diagnostic.label.as_deref()), primary: true }])];
    for other in &diagnostic.labels {
        let mark = Mark { span: other.span.range(), label: label(Some(&other.message)), primary: false };
        match by_file.iter_mut().find(|(source, _)| *source == other.span.source) {
            Some((_, marks)) => marks.push(mark),
            None => by_file.push((other.span.source, vec![mark])),
        }
    }
    for (source, marks) in by_file {
        let Some(place) = places.of(Span { source, start: 0, end: 0 }) else { continue };
        let starts = places.line_starts(source, place.text);
        for excerpt in excerpts(place.text, &starts, &marks) {
            let Some(place) = places.of(Span::new(source, excerpt.anchor, excerpt.anchor)) else { continue };
            let stand_in = format!("{ORIGIN}{}", origins.len());
            origins.push(format!("{}:{}:{}", visible(place.path), place.start.line, place.start.column));
            elements.push(snippet(excerpt).path(stand_in).into());
        }
    }
}

fn snippet(excerpt: Excerpt) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let annotations = excerpt.marks.into_iter().map(|mark| {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        kind.span(mark.span).label(mark.label)
    });
    Snippet::source(excerpt.text).line_start(excerpt.line_start).annotations(annotations.collect::<Vec<_>>())
}

fn label(text: Option<&str>) -> Option<String> {
    text.map(|text| visible(text).into_owned())
}
