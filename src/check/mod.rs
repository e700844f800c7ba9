//! Names, types and meaning: from syntax trees to the IR.
//!
//! [`check`] takes every file of a workspace as it was read and returns the program, with a diagnostic for each thing that
//! does not hold. A rule that has an error is left out of the program; the others stay.

mod clauses;
mod comparison;
mod correlations;
mod properties;
mod results;
mod rules;
mod scope;
mod select;
mod sweeps;
mod test_blocks;
mod values;
pub mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::ir::Program;
use crate::ir::event::Event;
use crate::schema::{LogSource, LogSourceId};
use crate::syntax::ast;

/// A hunt file as it was read, and where its `use` lines lead.
#[derive(Clone, Debug)]
pub struct ParsedFile {
    /// Relative to the workspace, with `/`.
    pub path: String,
    pub source: SourceId,
    pub text: Arc<str>,
    pub tree: ast::File,
    /// `use` paths as written, and the file each leads to (an index into [`Input::files`]).
    pub links: BTreeMap<String, usize>,
    /// Whether its rules are compiled: files that were only reached by `use` lend their lists and patterns alone.
    pub root: bool,
    /// Where the reader found errors: what stands around them is incomplete.
    pub broken: Vec<Span>,
    /// Somebody else's rules, read as hunts.
    pub imported: Option<Origin>,
}

/// What is known of imported rules beside their tree.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// By hunt: the rule's status in Sigma's own word.
    pub statuses: BTreeMap<String, String>,
    /// How many rules of the file could not be read, which was reported.
    pub unread: usize,
}

/// A file that a hunt names besides hunts: CSV of indicators, events of a test.
#[derive(Clone, Debug)]
pub enum Resource {
    /// A text file, in the source map so that diagnostics can point into it.
    Text { source: SourceId, text: Arc<str> },
    /// Records read from a log, under the log source each was recognised as.
    Events(Vec<Event>),
}

/// Everything that the check looks at.
#[derive(Clone, Debug)]
pub struct Input {
    pub files: Vec<ParsedFile>,
    /// By path relative to the workspace, as [`resolve`] makes it.
    pub resources: BTreeMap<String, Resource>,
    pub options: Options,
}

/// What the workspace's configuration decides.
#[derive(Clone, Debug)]
pub struct Options {
    pub attack: Release,
    /// `YYYY-MM-DD`; indicators and exceptions that expired before it do not apply. `None`: the newest `created`,
    /// `modified` date of the files.
    pub as_of: Option<String>,
    /// Seconds.
    pub default_every: u64,
    pub default_suppress: Option<u64>,
    pub arrival_delay: u64,
    /// Every hunt of the workspace is among the files, so that a site's exception to an unknown one is a mistake.
    pub whole: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            attack: Release::V19_0,
            as_of: None,
            default_every: 3600,
            default_suppress: None,
            arrival_delay: 600,
            whole: true,
        }
    }
}

/// Checks every file and lowers every rule.
pub fn check(input: &Input) -> (Program, Vec<Diagnostic>) {
    let mut checker = Checker::new(input);
    let program = checker.run();
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code));
    diagnostics.dedup();
    (program, diagnostics)
}

/// The workspace path that `written`, in the file at `from`, leads to; `None` where it would leave the workspace.
pub fn resolve(from: &str, written: &str) -> Option<String> {
    if written.starts_with(['/', '\\']) || written.contains('\0') || written.chars().nth(1) == Some(':') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in written.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// One run of the check.
struct Checker<'a> {
    input: &'a Input,
    diagnostics: Vec<Diagnostic>,
    /// Log sources that hunt files declare.
    declared: BTreeMap<String, Arc<LogSource>>,
    /// Site lists' values, by name.
    site_lists: BTreeMap<String, &'a ast::List>,
    /// `hunt.rule` of each exception that a site file makes.
    site_exceptions: Vec<SiteException<'a>>,
    /// Hunts' names, to find duplicates.
    hunts: BTreeMap<String, Span>,
    /// Patterns that were looked into, by where their name stands.
    patterns: BTreeMap<Span, clauses::PatternState>,
    /// The date of the build: `YYYY-MM-DD`, or empty where no file says one.
    as_of: String,
    /// Exceptions of site files that found their rule, by index.
    used_exceptions: BTreeSet<usize>,
    /// Marked indicators that the hunt at hand, or the pattern, compares with.
    carried: Vec<Carried>,
    /// The same of each pattern, by its name's place.
    carried_by: BTreeMap<Span, Vec<Carried>>,
    /// Files by the number of their text.
    by_source: BTreeMap<SourceId, usize>,
    /// Set while an imported file is looked at.
    imported: Option<&'a Origin>,
    /// Log sources as an imported file knows them: what it lacks in the catalogue concerns no other file.
    local: BTreeMap<String, Arc<LogSource>>,
}

/// A set of indicators with a marking, which a hunt must keep.
#[derive(Clone)]
struct Carried {
    /// In `MARKINGS`.
    rank: usize,
    /// Where the marking is written.
    marking: Span,
    /// Where the set is declared.
    name: Span,
    set: String,
}

struct SiteException<'a> {
    site: &'a str,
    except: &'a ast::Except,
}

impl<'a> Checker<'a> {
    fn new(input: &'a Input) -> Self {
        let as_of = as_of(input);
        Checker {
            input,
            diagnostics: Vec::new(),
            declared: BTreeMap::new(),
            site_lists: BTreeMap::new(),
            site_exceptions: Vec::new(),
            hunts: BTreeMap::new(),
            patterns: BTreeMap::new(),
            as_of,
            used_exceptions: BTreeSet::new(),
            carried: Vec::new(),
            carried_by: BTreeMap::new(),
            by_source: input.files.iter().enumerate().map(|(index, file)| (file.source, index)).collect(),
            imported: None,
            local: BTreeMap::new(),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }

    /// Whether a date lies before the build's.
    fn is_past(&self, date: &str) -> bool {
        !self.as_of.is_empty() && date < self.as_of.as_str()
    }

    /// Whether a part of this text could not be read, so that what is missing from it is no second mistake.
    fn is_broken(&self, span: Span) -> bool {
        self.file_of(span)
            .and_then(|index| self.input.files.get(index))
            .into_iter()
            .flat_map(|file| &file.broken)
            .any(|broken| broken.start < span.end && broken.end >= span.start)
    }

    fn log_source(&self, id: &LogSourceId) -> Option<Arc<LogSource>> {
        self.local.get(&*id.0).or_else(|| self.declared.get(&*id.0)).cloned().or_else(|| crate::schema::catalogue::find(&id.0))
    }
}

/// The day that ages and expiries are counted to, `YYYY-MM-DD`: the one that was asked for, else the newest that the files themselves
/// tell of what was done. Empty where none does. Never the clock (S6.1).
pub fn as_of(input: &Input) -> String {
    input.options.as_of.clone().unwrap_or_else(|| newest_date(input))
}

/// The newest day on which something was done to a hunt: `created`, `modified`, and the days of `stop` and `result`.
fn newest_date(input: &Input) -> String {
    let mut newest = String::new();
    // Dates of other people's rules say nothing of this workspace.
    for file in input.files.iter().filter(|file| file.imported.is_none()) {
        for item in &file.tree.items {
            let (ast::Item::Hunt(unit) | ast::Item::Library(unit) | ast::Item::Site(unit)) = item else { continue };
            for member in &unit.members {
                for date in dates(member) {
                    if *date > newest {
                        newest.clone_from(date);
                    }
                }
            }
        }
    }
    newest
}

/// Days on which something was done; what lies ahead (`expires`) is none.
fn dates(member: &ast::Member) -> Vec<&String> {
    match member {
        ast::Member::Property(ast::Property {
            kind: ast::PropertyKind::Created(date) | ast::PropertyKind::Modified(date),
            ..
        }) => vec![&date.node],
        ast::Member::Stop(stop) => stop
            .when
            .iter()
            .filter_map(|condition| match &condition.answer {
                Some(ast::StopAnswer::Met(date)) => Some(&date.node),
                Some(ast::StopAnswer::NotMet(_)) | None => None,
            })
            .collect(),
        ast::Member::Result(result) => result
            .lines
            .iter()
            .filter_map(|line| match &line.kind {
                ast::ResultKind::Started(date) | ast::ResultKind::Ended(date) | ast::ResultKind::Examined { to: date, .. } => {
                    Some(&date.node)
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
