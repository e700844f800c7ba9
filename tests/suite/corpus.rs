//! Sigma rules that other people wrote, through every target: what each becomes, and why where it does not.
//!
//! The rules lie beside the checkout and are no part of the project. `HUNTC_UPDATE=1` writes `docs/corpus.md`, which holds the
//! counts and nothing of the rules' text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use huntc::compile::{self, Outcome, ReadProblem, Request, Session, Sources, TargetSetting};
use huntc::ir::Loss;
use huntc::ir::event::Event;
use huntc::schema::Target;

use crate::shared;

/// Files below a folder of the disk.
pub struct Folder(pub PathBuf);

impl Sources for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        std::fs::read(self.0.join(path)).map_err(|_| ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// The paths of a folder's Sigma files, sorted.
pub fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yml") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every eighth file; all of them where `HUNTC_CORPUS=all` or `everything` asks for that.
pub fn sample(paths: Vec<String>, everything: bool) -> Vec<String> {
    if everything || std::env::var("HUNTC_CORPUS").is_ok_and(|value| value == "all") {
        return paths;
    }
    paths.into_iter().step_by(8).collect()
}

pub fn load(root: &Path, paths: Vec<String>) -> Session {
    compile::load(&Request { roots: paths, ..Request::default() }, &Folder(root.to_path_buf()))
}

/// Exact, approximate, refused.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    exact: usize,
    approximate: usize,
    refused: usize,
}

impl Counts {
    fn row(self, name: &str, unread: usize) -> String {
        let total = self.exact + self.approximate + self.refused + unread;
        let share = 100.0 * self.exact as f64 / total.max(1) as f64;
        format!("| {name} | {total} | {} | {share:.1} % | {} | {} | {unread} |\n", self.exact, self.approximate, self.refused)
    }
}

/// Every target in each of its profiles.
fn settings() -> Vec<TargetSetting> {
    let mut found = Vec::new();
    for target in Target::ALL {
        let setting = TargetSetting::new(*target);
        match target.profiles() {
            [] => found.push(setting),
            profiles => found.extend(profiles.iter().map(|profile| TargetSetting { profile: Some(*profile), ..setting.clone() })),
        }
    }
    found.push(TargetSetting { xml_only: true, ..TargetSetting::new(Target::Splunk) });
    found
}

fn name(setting: &TargetSetting) -> String {
    match setting.profile {
        Some(profile) if setting.xml_only => format!("{}:{}, rendering: xml", setting.target.name(), profile.name()),
        Some(profile) => format!("{}:{}", setting.target.name(), profile.name()),
        None => setting.target.name().to_owned(),
    }
}

/// A reason without the names that make each its own, and with them.
fn reason(loss: &Loss) -> (String, String) {
    let general: String = loss.message.split('`').step_by(2).collect::<Vec<_>>().join("…");
    let general = general.split(|each: char| each.is_ascii_digit()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("N");
    (format!("{} {general}", loss.code), loss.message.clone())
}

#[test]
fn every_rule_of_the_corpus_has_a_status_in_every_target() {
    let Some(root) = shared::find("corpus/sigma/rules") else { return };
    let update = std::env::var_os("HUNTC_UPDATE").is_some();
    let paths = sample(files(&root), update);
    let total = paths.len();
    let session = load(&root, paths);
    let settings = settings();
    // Two settings of one target define the same macros, so that the last one has a build of its own.
    let [of_profiles @ .., of_xml] = &settings[..] else { panic!("no settings") };
    let mut build = compile::build(&session, of_profiles, "19.0");
    let xml = compile::build(&session, std::slice::from_ref(of_xml), "19.0");
    for (rule, own) in build.rules.iter_mut().zip(xml.rules) {
        assert_eq!(rule.id(), own.id());
        rule.targets.extend(own.targets);
    }
    let mut page = "# Other people's rules\n\nWhat becomes of the SigmaHQ rules (a sample of 2,294 files, SigmaHQ/sigma at 8eaafff1, Detection Rule License 1.1; not part of \
         this repository) in every target. `HUNTC_UPDATE=1 cargo test --test suite corpus` writes this page.\n\n\
         A rule is *exact* where its query selects exactly the events that the rule means, *refused* where the product cannot say it: then \
         nothing is written for that target and the reason stands at the rule's line. *Unread* rules have a mistake, or ask for what the \
         language does not have; the reason stands at its line too.\n\n"
        .to_owned();
    let windows =
        |rule: &compile::BuiltRule| rule.selection.as_ref().is_some_and(|selection| selection.source.0.starts_with("windows/"));
    let mut unread_windows = 0;
    let built: BTreeSet<u32> = build.rules.iter().map(|rule| rule.rule.span.source.0).collect();
    let unread: Vec<&huntc::check::ParsedFile> =
        session.input.files.iter().filter(|file| !built.contains(&file.source.0)).collect();
    for file in &unread {
        unread_windows += usize::from(file.text.contains("product: windows"));
    }
    for (title, only_windows, unread) in [("All rules", false, unread.len()), ("Rules of Windows", true, unread_windows)] {
        let _ = write!(
            page,
            "## {title}\n\n| target | rules | exact | | approximate | refused | unread |\n|---|---|---|---|---|---|---|\n"
        );
        for (index, setting) in settings.iter().enumerate() {
            let mut counts = Counts::default();
            for rule in build.rules.iter().filter(|rule| !only_windows || windows(rule)) {
                match &rule.targets[index].outcome {
                    Outcome::Written(query) if query.losses.is_empty() => counts.exact += 1,
                    Outcome::Written(_) => counts.approximate += 1,
                    Outcome::Refused { .. } | Outcome::NotSwept { .. } => counts.refused += 1,
                }
            }
            page.push_str(&counts.row(&name(setting), unread));
        }
        page.push('\n');
    }
    for (index, setting) in settings.iter().enumerate() {
        let mut general: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
        for rule in &build.rules {
            let losses = match &rule.targets[index].outcome {
                Outcome::Written(query) => &query.losses,
                Outcome::Refused { losses, .. } | Outcome::NotSwept { losses } => losses,
            };
            let reasons: BTreeSet<(String, String)> = losses.iter().map(reason).collect();
            let mut counted = BTreeSet::new();
            for (kind, message) in reasons {
                let entry = general.entry(kind.clone()).or_default();
                entry.0 += usize::from(counted.insert(kind));
                *entry.1.entry(message).or_default() += 1;
            }
        }
        let mut sorted: Vec<_> = general.into_iter().collect();
        sorted.sort_by_key(|(kind, (count, _))| (std::cmp::Reverse(*count), kind.clone()));
        if sorted.is_empty() {
            continue;
        }
        let _ = write!(page, "## Why not in {}\n\n| rules | reason | most often |\n|---|---|---|\n", name(setting));
        for (kind, (count, messages)) in sorted.iter().take(10) {
            let mut messages: Vec<_> = messages.iter().collect();
            messages.sort_by_key(|(message, count)| (std::cmp::Reverse(**count), message.to_string()));
            let shown: Vec<String> =
                messages.iter().take(8).map(|(message, count)| format!("{count}: {}", names_in(message))).collect();
            let _ = writeln!(page, "| {count} | {} | {} |", kind.replace('|', "\\|"), shown.join("; ").replace('|', "\\|"));
        }
        page.push('\n');
    }
    page.push_str("## Why unread\n\n| rules | reason | most often |\n|---|---|---|\n");
    let mut codes: BTreeMap<&str, (BTreeSet<u32>, BTreeMap<String, usize>)> = BTreeMap::new();
    for diagnostic in session.diagnostics.iter().filter(|each| each.is_error()) {
        let entry = codes.entry(diagnostic.code).or_default();
        entry.0.extend(diagnostic.span.map(|span| span.source.0));
        *entry.1.entry(diagnostic.message.clone()).or_default() += 1;
    }
    let mut sorted: Vec<_> = codes.into_iter().collect();
    sorted.sort_by_key(|(code, (files, _))| (std::cmp::Reverse(files.len()), *code));
    for (code, (files, messages)) in sorted.iter().take(10) {
        let mut messages: Vec<_> = messages.iter().collect();
        messages.sort_by_key(|(message, count)| (std::cmp::Reverse(**count), message.to_string()));
        let shown: Vec<String> = messages.iter().take(8).map(|(message, count)| format!("{count}: {message}")).collect();
        let _ = writeln!(page, "| {} | {code} | {} |", files.len(), shown.join("; ").replace('|', "\\|"));
    }
    println!("{page}");
    // No rule is lost without a word: a file without a rule has an error.
    let mut lost = Vec::new();
    for file in &unread {
        let said =
            session.diagnostics.iter().any(|each| each.is_error() && each.span.is_some_and(|span| span.source == file.source));
        if !said {
            lost.push(file.path.clone());
        }
    }
    assert!(lost.is_empty(), "lost without a word: {lost:#?}");
    assert!(build.rules.len() + unread.len() >= total, "{} rules of {total} files", build.rules.len());
    assert!(build.rules.iter().all(|rule| rule.targets.len() == settings.len()));
    if update {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/corpus.md"), &page).unwrap();
    }
}

/// What a message quotes, which is what differs between messages of one kind.
fn names_in(message: &str) -> String {
    let quoted: Vec<String> = message.split('`').skip(1).step_by(2).map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { message.to_owned() } else { quoted.join(" ") }
}
