//! What the compiler says of an example: `explain` and the pages of codes show that, and nothing made up.

use std::collections::BTreeMap;

use super::{ReadProblem, Request, Sources, TargetSetting, build, load};
use crate::diag::{Diagnostic, SourceId, SourceMap};
use crate::ir::event::Event;
use crate::schema::Target;

/// Everything that is said of some files, the first of which is compiled for every target in its default profile. Places are in
/// the numbers of `sources`.
pub fn diagnose_example(sources: &SourceMap) -> Vec<Diagnostic> {
    let mut memory = Memory::default();
    let mut first = None;
    for id in 0.. {
        let Some(file) = sources.get(SourceId(id)) else { break };
        first.get_or_insert_with(|| file.path.to_string());
        memory.0.insert(file.path.to_string(), file.text.to_string());
    }
    let request = Request { roots: first.into_iter().collect(), ..Request::default() };
    let session = load(&request, &memory);
    let mut found = session.diagnostics.clone();
    if !session.has_errors() {
        let settings: Vec<TargetSetting> = Target::ALL.iter().map(|target| TargetSetting::new(*target)).collect();
        found.extend(build(&session, &settings, session.input.options.attack.name()).diagnostics);
    }
    // The session numbered the files as it met them; the caller knows them by its own numbers.
    for diagnostic in &mut found {
        let own = |source: SourceId| session.sources.get(source).and_then(|file| sources.find(&file.path)).unwrap_or(source);
        if let Some(span) = &mut diagnostic.span {
            span.source = own(span.source);
        }
        for label in &mut diagnostic.labels {
            label.span.source = own(label.span.source);
        }
        for fix in &mut diagnostic.fixes {
            for (span, _) in &mut fix.edits {
                span.source = own(span.source);
            }
        }
    }
    found
}

#[derive(Default)]
struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}
