//! Each diagnostic code's example yields exactly that code, at the marked place.

use std::collections::{BTreeMap, BTreeSet};

use huntc::compile::{self, ReadProblem, Request, Sources, TargetSetting};
use huntc::diag::codes::{self, Example};
use huntc::diag::{Diagnostic, SourceMap};
use huntc::ir::event::Event;
use huntc::schema::Target;

struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// Everything that check and build say of some files; the first is compiled.
fn diagnose(files: &[(String, String)]) -> (Vec<Diagnostic>, SourceMap) {
    let request = Request { roots: vec![files[0].0.clone()], ..Request::default() };
    let session = compile::load(&request, &Memory(files.iter().cloned().collect()));
    let mut found = session.diagnostics.clone();
    if !session.has_errors() {
        let settings: Vec<TargetSetting> = Target::ALL.iter().map(|target| TargetSetting::new(*target)).collect();
        found.extend(compile::build(&session, &settings, session.input.options.attack.name()).diagnostics);
    }
    (found, session.sources)
}

#[test]
fn each_example_yields_its_code_where_it_is_marked() {
    let mut failures = Vec::new();
    for code in codes::all() {
        if matches!(code.example, Example::Call(_)) {
            continue;
        }
        let unmarked = code.example.unmarked();
        let (found, sources) = diagnose(&unmarked.files);
        // Lints may stand beside an error; a refusal by one target often stands beside another's.
        let others: BTreeSet<&str> =
            found.iter().map(|each| each.code).filter(|other| *other != code.id && !other.starts_with(['W', 'L'])).collect();
        if !others.is_empty() {
            failures.push(format!(
                "{}: also {others:?}: {:?}",
                code.id,
                found.iter().map(|each| &each.message).collect::<Vec<_>>()
            ));
        }
        let own: Vec<&Diagnostic> = found.iter().filter(|each| each.code == code.id).collect();
        if own.is_empty() {
            failures.push(format!(
                "{}: its example does not yield it, but {:?}",
                code.id,
                found.iter().map(|each| each.code).collect::<Vec<_>>()
            ));
            continue;
        }
        let Some((file, marked)) = unmarked.marks.first() else {
            failures.push(format!("{}: its example marks no place", code.id));
            continue;
        };
        let place = own.iter().any(|each| {
            each.severity == code.severity
                && each.span.is_some_and(|span| {
                    sources.get(span.source).is_some_and(|source| *source.path == *unmarked.files[*file].0)
                        && span.range() == *marked
                })
        });
        if !place {
            let text = &unmarked.files[*file].1[marked.clone()];
            let found: Vec<String> = own
                .iter()
                .map(|each| {
                    format!(
                        "{:?} {:?}",
                        each.severity,
                        each.span.and_then(|span| Some(sources.get(span.source)?.text.get(span.range())?.to_owned()))
                    )
                })
                .collect();
            failures.push(format!("{}: expected {:?} at `{text}`, found {found:?}", code.id, code.severity));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn codes_are_unique_and_say_something() {
    let mut seen = BTreeSet::new();
    for code in codes::all() {
        assert!(seen.insert(code.id), "{} stands twice", code.id);
        assert!(code.explanation.len() > 40, "{} is not explained", code.id);
        assert!(!code.title.ends_with('.') && !code.title.is_empty(), "{}", code.id);
    }
}

/// Every code that the program can report is in the registry: a code without a row has no page.
#[test]
fn every_reported_code_is_registered() {
    let mut missing = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // Codes in unit tests of the renderer may be made up.
                let text = text.split("#[cfg(test)]").next().unwrap();
                for part in text.split('"').skip(1).step_by(2) {
                    let shape = part.len() == 5
                        && part.starts_with(['E', 'L', 'W'])
                        && part[1..].bytes().all(|byte| byte.is_ascii_digit());
                    if shape && codes::find(part).is_none() {
                        missing.insert(part.to_owned());
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "no row in the registry for {missing:?}");
}
