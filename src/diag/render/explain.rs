//! `huntc explain`: a code's meaning with an example that shows it, from the registry.

use super::{Format, Style, render};
use crate::diag::codes::{self, Code, Example, Unmarked};
use crate::diag::{Diagnostic, SourceMap, Span};

/// What the compiler says of some files; the first is compiled.
pub type Diagnose<'a> = &'a dyn Fn(&SourceMap) -> Vec<Diagnostic>;

/// One code for a terminal. `diagnose` gives what the compiler really says of the example's files; where it is absent or
/// finds nothing, the example is shown with its place marked.
pub fn explain(code: &Code, diagnose: Option<Diagnose<'_>>, style: Style) -> String {
    let mut text = format!("{}: {}\n\n{}\n", code.id, code.title, wrapped(code.explanation, style.width.min(100)));
    match code.example {
        Example::Call(call) => text.push_str(&format!("\nFor example:\n\n    $ {call}\n")),
        Example::Hunt(_) | Example::Files(_) => {
            let unmarked = code.example.unmarked();
            for (path, source) in &unmarked.files {
                text.push_str(&if unmarked.files.len() > 1 {
                    format!("\nIn `{path}`:\n\n")
                } else {
                    "\nFor example:\n\n".to_owned()
                });
                for line in source.lines() {
                    text.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") });
                }
            }
            text.push_str("\nwhich says:\n\n");
            text.push_str(&said(code, &unmarked, diagnose, style));
        }
    }
    text
}

/// Every code, one a line.
pub fn explain_all() -> String {
    codes::all().map(|code| format!("{}  {}\n", code.id, code.title)).collect()
}

/// One code as its page in `docs/diagnostics/`.
pub fn explain_markdown(code: &Code, diagnose: Option<Diagnose<'_>>) -> String {
    let mut text = format!("# {}: {}\n\n{}\n", code.id, code.title, code.explanation);
    match code.example {
        Example::Call(call) => text.push_str(&format!("\n## Example\n\n```console\n$ {call}\n```\n")),
        Example::Hunt(_) | Example::Files(_) => {
            let unmarked = code.example.unmarked();
            text.push_str("\n## Example\n");
            for (path, source) in &unmarked.files {
                let language = path.rsplit_once('.').map_or("", |(_, ending)| ending);
                text.push_str(&format!("\n`{path}`\n\n```{language}\n{}\n```\n", source.trim_end_matches('\n')));
            }
            text.push_str(&format!("\n```text\n{}```\n", said(code, &unmarked, diagnose, Style::default())));
        }
    }
    text
}

fn said(code: &Code, unmarked: &Unmarked, diagnose: Option<Diagnose<'_>>, style: Style) -> String {
    let mut sources = SourceMap::default();
    let ids: Vec<_> = unmarked.files.iter().map(|(path, text)| sources.add(path.as_str(), text.as_str())).collect();
    let mut found: Vec<Diagnostic> =
        diagnose.map(|diagnose| diagnose(&sources)).unwrap_or_default().into_iter().filter(|each| each.code == code.id).collect();
    if found.is_empty() {
        found = unmarked
            .marks
            .iter()
            .map(|(file, range)| {
                let span = Span::new(ids[*file], range.start, range.end);
                let mut diagnostic = Diagnostic::error(code.id, span, code.title);
                diagnostic.severity = code.severity;
                diagnostic
            })
            .collect();
    }
    render(Format::Text, &found, &sources, style)
}

/// Prose in lines of at most `width` characters.
fn wrapped(prose: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in prose.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
