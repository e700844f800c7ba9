//! The project's own hunts, and hunts written inside tests, compiled.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huntc::compile::{ReadProblem, Request, Session, Sources, load};
use huntc::ir::event::Event;

/// Files under a folder.
struct Folder(PathBuf);

impl Sources for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        std::fs::read(self.0.join(path)).map_err(|_| ReadProblem::Missing)
    }

    fn events(&self, path: &str) -> Result<Vec<Event>, ReadProblem> {
        let file = std::fs::File::open(self.0.join(path)).map_err(|_| ReadProblem::Missing)?;
        let mut events = Vec::new();
        huntc::logs::read(file, None, &mut |record| {
            events.push(record.event);
            true
        });
        Ok(events)
    }
}

/// Files that live in memory.
struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// Every hunt of `hunts/`, with the sites' files beside them.
pub fn hunts() -> Session {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let below = |folder: &str| -> Vec<String> {
        let mut found: Vec<String> = std::fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "hunt"))
            .map(|path| format!("{folder}/{}", path.file_name().unwrap_or_default().to_string_lossy()))
            .collect();
        found.sort();
        found
    };
    let request = Request { roots: below("hunts"), context: below("hunts/sites"), ..Request::default() };
    checked(load(&request, &Folder(root)))
}

/// One hunt file's text.
pub fn hunt(text: &str) -> Session {
    let files = BTreeMap::from([("test.hunt".to_owned(), text.to_owned())]);
    checked(load(&Request { roots: vec!["test.hunt".to_owned()], ..Request::default() }, &Memory(files)))
}

/// One hunt file's text with a CSV file `i.csv` beside it.
pub fn hunt_with(text: &str, csv: String) -> Session {
    let files = BTreeMap::from([("test.hunt".to_owned(), text.to_owned()), ("i.csv".to_owned(), csv)]);
    checked(load(&Request { roots: vec!["test.hunt".to_owned()], ..Request::default() }, &Memory(files)))
}

fn checked(session: Session) -> Session {
    let errors: Vec<String> = session
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| {
            let place = diagnostic.span.map(|span| {
                let path = session.sources.get(span.source).map_or_else(String::new, |file| file.path.to_string());
                format!("{path}:{}", session.sources.position(span).line)
            });
            format!("{}: {} {}", place.unwrap_or_default(), diagnostic.code, diagnostic.message)
        })
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    session
}
