//! What the commands that look back on hunts (`coverage`, `status`, `report`) ask of a build: each rule with its tests and what became
//! of it, in the words of the manifest, so that a kept manifest and a build just made are measured alike.

use super::terminal::Terminal;
use crate::compile::{Build, Session, TargetSetting};
use crate::coverage::{self, Record};
use crate::diag::{SourceMap, Span};

/// Each rule of a build, as its manifest tells it.
pub(super) fn records(build: &Build, terminal: &mut Terminal) -> Option<Vec<Record>> {
    let manifest = build.files.get("manifest.json").map(String::as_str).unwrap_or_default();
    let mut sources = SourceMap::default();
    match coverage::read_snapshot(sources.add("manifest.json", manifest), manifest) {
        Ok(snapshot) => Some(snapshot.rules),
        Err(finding) => {
            terminal.report(&[*finding], &sources);
            None
        }
    }
}

/// The targets' names in the order of the configuration, each once: a target may stand there in several profiles.
pub(super) fn target_names(settings: &[TargetSetting]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for setting in settings {
        let name = setting.target.name();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// File and line of a span.
pub(super) fn place(session: &Session, span: Span) -> (String, usize) {
    let file = session.sources.get(span.source).map(|file| file.path.to_string()).unwrap_or_default();
    (file, session.sources.position(span).line)
}
