//! The output folder: compared, or replaced as a whole.
//!
//! A build writes a new folder beside the old one and exchanges the two by renaming, so that a failure half-way (a full
//! disk, a missing permission) leaves what was there. The manifest lists what huntc wrote; every other file is carried over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::difference;

/// What stands between the folder and the build.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    New(String),
    Gone(String),
    /// With a unified diff.
    Changed(String, String),
}

#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem { message: error.to_string(), help: None }
    }
}

/// The name of the list of files that a build wrote.
const MANIFEST: &str = "manifest.json";

/// Longer diffs than this are cut: the rest says the same.
const MOST_DIFF_LINES: usize = 120;

/// What a build would change, in the order of paths.
pub(super) fn compare(folder: &Path, files: &BTreeMap<String, String>) -> Result<Vec<Difference>, Problem> {
    let old = own_files(folder)?;
    let mut found = Vec::new();
    let paths: BTreeSet<&str> = files.keys().map(String::as_str).chain(old.iter().map(String::as_str)).collect();
    for path in paths {
        let on_disk = match fs::read(folder.join(path)) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        match (on_disk, files.get(path)) {
            (None, Some(_)) => found.push(Difference::New(path.to_owned())),
            (Some(_), None) => found.push(Difference::Gone(path.to_owned())),
            (Some(old), Some(new)) if old != new.as_bytes() => {
                found.push(Difference::Changed(path.to_owned(), unified(&String::from_utf8_lossy(&old), new)));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    Ok(found)
}

fn unified(old: &str, new: &str) -> String {
    let text = difference::unified(old, new);
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = lines[..lines.len().min(MOST_DIFF_LINES)].join("\n");
    shown.push('\n');
    if lines.len() > MOST_DIFF_LINES {
        shown.push_str(&format!("… {} more lines\n", lines.len() - MOST_DIFF_LINES));
    }
    shown
}

/// Puts the build's files in the folder's place.
pub(super) fn replace(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), Problem> {
    let old = own_files(folder)?;
    if folder.is_dir() && old.is_empty() && fs::read_dir(folder)?.next().is_some() {
        return Err(Problem {
            message: "it is not empty and holds no manifest of an earlier build".to_owned(),
            help: Some("name an empty or a new folder with `-o`; a build replaces the folder".to_owned()),
        });
    }
    let foreign = foreign_files(folder, &old)?;
    if let Some(path) = foreign.iter().find(|path| files.contains_key(*path)) {
        return Err(Problem {
            message: format!("`{path}` is there already and huntc did not write it"),
            help: Some("move that file away, or rename the rule".to_owned()),
        });
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "outputs".to_owned());
    let staged = parent.join(format!(".{name}.new-{}", std::process::id()));
    let aside = parent.join(format!(".{name}.old-{}", std::process::id()));
    let result = stage(&staged, files)
        .and_then(|()| carry_over(folder, &staged, &foreign))
        .and_then(|()| exchange(folder, &staged, &aside));
    if result.is_err() {
        // What was begun is taken away; a second failure changes nothing of what is reported.
        let _ = fs::remove_dir_all(&staged);
    }
    result
}

fn stage(staged: &Path, files: &BTreeMap<String, String>) -> Result<(), Problem> {
    fs::create_dir(staged)?;
    // Files of one folder follow each other.
    let mut made = staged.to_path_buf();
    for (path, text) in files {
        let file = staged.join(path);
        if let Some(folder) = file.parent().filter(|folder| *folder != made) {
            fs::create_dir_all(folder)?;
            made = folder.to_path_buf();
        }
        fs::write(file, text)?;
    }
    Ok(())
}

fn carry_over(folder: &Path, staged: &Path, foreign: &[String]) -> Result<(), Problem> {
    for path in foreign {
        let to = staged.join(path);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        // A second name for the same bytes, where the file system has that; nothing is copied nor changed.
        if fs::hard_link(folder.join(path), &to).is_err() {
            fs::copy(folder.join(path), &to)?;
        }
    }
    Ok(())
}

fn exchange(folder: &Path, staged: &Path, aside: &Path) -> Result<(), Problem> {
    let existed = folder.is_dir();
    if existed {
        fs::rename(folder, aside)?;
    }
    if let Err(error) = fs::rename(staged, folder) {
        if existed {
            fs::rename(aside, folder)?;
        }
        return Err(error.into());
    }
    if existed {
        fs::remove_dir_all(aside)?;
    }
    Ok(())
}

/// What the manifest in the folder says an earlier build wrote.
fn own_files(folder: &Path) -> Result<Vec<String>, Problem> {
    let text = match fs::read_to_string(folder.join(MANIFEST)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let unreadable = || Problem {
        message: format!("its `{MANIFEST}` cannot be read, so it is not known which files huntc wrote"),
        help: Some("restore the manifest, or remove the folder and build again".to_owned()),
    };
    let manifest: serde_json::Value = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let files = manifest.get("files").and_then(serde_json::Value::as_array).ok_or_else(unreadable)?;
    let mut found: Vec<String> = files
        .iter()
        .filter_map(serde_json::Value::as_str)
        // A manifest is text that anyone may have edited: it names files inside the folder only.
        .filter(|path| !path.starts_with('/') && !path.split('/').any(|part| part.is_empty() || part == ".." || part == "."))
        .map(str::to_owned)
        .collect();
    found.push(MANIFEST.to_owned());
    Ok(found)
}

/// Files of an earlier build below a folder, with their texts.
pub(super) fn earlier(folder: &Path, below: &str) -> Result<BTreeMap<String, String>, Problem> {
    let mut found = BTreeMap::new();
    for path in own_files(folder)?.into_iter().filter(|path| path.starts_with(below)) {
        match fs::read_to_string(folder.join(&path)) {
            Ok(text) => {
                found.insert(path, text);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

fn foreign_files(folder: &Path, own: &[String]) -> Result<Vec<String>, Problem> {
    let own: BTreeSet<&str> = own.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new())];
    while let Some((path, prefix)) = waiting.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                waiting.push((entry.path(), format!("{name}/")));
            } else if !own.contains(name.as_str()) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}
