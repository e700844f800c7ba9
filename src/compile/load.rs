//! Reading a workspace: hunt files, what they `use`, and the files of indicators and events that they name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::decode::decode;
use super::parallel;
use crate::attack::Release;
use crate::check::{self, Input, Options, ParsedFile, Resource};
use crate::diag::{Diagnostic, SourceMap, Span};
use crate::import::sigma;
use crate::ir::Program;
use crate::lint;
use crate::syntax::{self, ast};

/// Where files come from. Paths are relative to the workspace, with `/`.
pub trait Sources {
    /// # Errors
    /// Why the file cannot be had.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem>;

    /// Records of a log file under the log source each is recognised as.
    ///
    /// # Errors
    /// Why the file cannot be had.
    fn events(&self, path: &str) -> Result<Vec<crate::ir::event::Event>, ReadProblem>;
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadProblem {
    Missing,
    TooLarge {
        limit: u64,
    },
    /// The operating system's words.
    Other(String),
}

/// What a session is asked to look at.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Hunt files whose rules are compiled.
    pub roots: Vec<String>,
    /// Hunt files of the same workspace that lend site lists and exceptions only.
    pub context: Vec<String>,
    pub options: Options,
}

/// Everything that was read and found.
#[derive(Clone, Debug)]
pub struct Session {
    pub sources: SourceMap,
    pub input: Input,
    pub program: Program,
    pub diagnostics: Vec<Diagnostic>,
}

impl Session {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Session {
    /// Whether nothing may be written: a hunt has an error. An imported rule with one is left out alone.
    pub fn stops(&self) -> bool {
        let imported: BTreeSet<_> =
            self.input.files.iter().filter(|file| file.imported.is_some()).map(|file| file.source).collect();
        let imported = |span: Span| imported.contains(&span.source);
        self.diagnostics.iter().any(|each| each.is_error() && !each.span.is_some_and(imported))
    }
}

/// Whether a file holds Sigma: by its name, and on standard input by its first line.
fn is_sigma(path: &str, text: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    matches!(ending, "yml" | "yaml") || (path == "-" && sigma::looks_like_yaml(text))
}

/// More files than this in one session are refused: a chain of `use` that long is a mistake or an attack.
const MOST_FILES: usize = 20_000;

/// Reads and checks a workspace.
pub fn load(request: &Request, library: &dyn Sources) -> Session {
    let mut loader = Loader {
        library,
        sources: SourceMap::default(),
        diagnostics: Vec::new(),
        files: Vec::new(),
        by_path: BTreeMap::new(),
        waiting: VecDeque::new(),
        attack: request.options.attack,
        sigma_rules: Vec::new(),
        sigma_filters: Vec::new(),
    };
    for (path, root) in request.roots.iter().map(|path| (path, true)).chain(request.context.iter().map(|path| (path, false))) {
        loader.open(path, root, None);
    }
    loader.read_sigma();
    while let Some(index) = loader.waiting.pop_front() {
        loader.follow(index);
    }
    loader.cycles();
    loader.distinct_hunts();
    loader.filters();
    let resources = loader.resources();
    let input = Input { files: loader.files, resources, options: request.options.clone() };
    let (program, found) = check::check(&input);
    let mut diagnostics = loader.diagnostics;
    diagnostics.extend(found);
    diagnostics.extend(lint::lint(&input, &program));
    without_lints_of_broken_files(&mut diagnostics);
    diagnostics.sort_by(|left, right| (left.span, left.code, &left.message).cmp(&(right.span, right.code, &right.message)));
    diagnostics.dedup();
    Session { sources: loader.sources, input, program, diagnostics }
}

/// What a reviewer would raise is worth reading once a file holds no error: until then it hides the errors.
fn without_lints_of_broken_files(diagnostics: &mut Vec<Diagnostic>) {
    let broken: BTreeSet<_> =
        diagnostics.iter().filter(|each| each.is_error()).filter_map(|each| Some(each.span?.source)).collect();
    diagnostics.retain(|each| !each.code.starts_with("W01") || each.span.is_none_or(|span| !broken.contains(&span.source)));
}

struct Loader<'a> {
    library: &'a dyn Sources,
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
    files: Vec<ParsedFile>,
    by_path: BTreeMap<String, usize>,
    waiting: VecDeque<usize>,
    attack: Release,
    /// Sigma rules and filters, each with its file's index.
    sigma_rules: Vec<(usize, sigma::RuleName)>,
    sigma_filters: Vec<(usize, sigma::Filter)>,
}

impl Loader<'_> {
    /// Reads and parses a file once. `asked` is the place that names it; `None` for the call itself.
    fn open(&mut self, path: &str, root: bool, asked: Option<Span>) -> Option<usize> {
        if let Some(&index) = self.by_path.get(path) {
            self.files[index].root |= root;
            return Some(index);
        }
        if self.files.len() >= MOST_FILES {
            return None;
        }
        let bytes = match self.library.read(path) {
            Ok(bytes) => bytes,
            Err(problem) => {
                self.diagnostics.push(unreadable(path, &problem, asked));
                return None;
            }
        };
        let text = match decode(&bytes) {
            Ok(text) => text,
            Err(problem) => {
                // What precedes the fault is text, so that the place can be shown.
                let readable = String::from_utf8_lossy(&bytes[..problem.offset.min(bytes.len())]).into_owned();
                let at = readable.len();
                let source = self.sources.add(path, readable);
                self.diagnostics.push(
                    Diagnostic::error("E0602", Span::new(source, at, at), problem.message)
                        .help("hunt files are UTF-8 text; save the file in that encoding"),
                );
                return None;
            }
        };
        let text: Arc<str> = Arc::from(text);
        let source = self.sources.add(path, Arc::clone(&text));
        let (tree, diagnostics, imported) = if is_sigma(path, &text) {
            // All of them are read together once they are known.
            (ast::File::default(), Vec::new(), Some(check::Origin::default()))
        } else {
            let (tree, diagnostics) = syntax::parse(source, &text);
            (tree, diagnostics, None)
        };
        // What could not be read of a Sigma file is not in its tree.
        let errors = diagnostics.iter().filter(|each| each.is_error() && imported.is_none());
        let broken = errors.filter_map(|each| each.span).collect();
        self.diagnostics.extend(diagnostics);
        let index = self.files.len();
        self.files.push(ParsedFile { path: path.to_owned(), source, text, tree, links: BTreeMap::new(), root, broken, imported });
        self.by_path.insert(path.to_owned(), index);
        self.waiting.push_back(index);
        Some(index)
    }

    /// Opens what a file `use`s.
    fn follow(&mut self, index: usize) {
        let paths: Vec<(String, Span)> = self.files[index]
            .tree
            .items
            .iter()
            .filter_map(|item| match item {
                ast::Item::Use(import) => Some((import.path.node.value.clone(), import.path.span)),
                _ => None,
            })
            .collect();
        for (written, span) in paths {
            let Some(path) = self.inside(index, &written, span) else { continue };
            if let Some(target) = self.open(&path, false, Some(span)) {
                self.files[index].links.insert(written, target);
            }
        }
    }

    fn inside(&mut self, index: usize, written: &str, span: Span) -> Option<String> {
        let path = check::resolve(&self.files[index].path, written);
        if path.is_none() {
            self.diagnostics.push(
                Diagnostic::error("E0603", span, format!("`{written}` lies outside of the workspace"))
                    .help("paths are relative to the file they stand in and stay inside the workspace"),
            );
        }
        path
    }

    /// A chain of `use` that leads back is an error at the line that closes it.
    fn cycles(&mut self) {
        let mut state = vec![0_u8; self.files.len()];
        for start in 0..self.files.len() {
            if state[start] != 0 {
                continue;
            }
            // Depth first, with a stack of our own: chains may be long.
            let mut stack: Vec<(usize, Vec<(String, usize)>)> = vec![(start, self.links(start))];
            state[start] = 1;
            while let Some((index, links)) = stack.last_mut() {
                let index = *index;
                let Some((written, target)) = links.pop() else {
                    state[index] = 2;
                    stack.pop();
                    continue;
                };
                match state[target] {
                    0 => {
                        state[target] = 1;
                        let links = self.links(target);
                        stack.push((target, links));
                    }
                    1 => {
                        let at = self.files[index].tree.items.iter().find_map(|item| match item {
                            ast::Item::Use(import) if import.path.node.value == written => Some(import.path.span),
                            _ => None,
                        });
                        let path = self.files[target].path.clone();
                        if let Some(at) = at {
                            self.diagnostics.push(
                                Diagnostic::error("E0604", at, format!("`{path}` uses this file, directly or through others"))
                                    .help("move what both need into a library of its own"),
                            );
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Reads the Sigma files.
    fn read_sigma(&mut self) {
        let indexes: Vec<usize> = (0..self.files.len()).filter(|index| self.files[*index].imported.is_some()).collect();
        let (files, attack) = (&self.files, self.attack);
        let all =
            parallel::map(&indexes, parallel::PIECE, &|index| sigma::read(files[*index].source, &files[*index].text, attack));
        for (index, read) in indexes.into_iter().zip(all) {
            self.sigma_rules.extend(read.rules.into_iter().map(|rule| (index, rule)));
            self.sigma_filters.extend(read.filters.into_iter().map(|filter| (index, filter)));
            self.diagnostics.extend(read.diagnostics);
            let file = &mut self.files[index];
            file.tree = read.tree;
            file.imported = Some(check::Origin { statuses: read.statuses, unread: read.unread });
        }
    }

    /// Titles of other people's rules repeat: a hunt that is made of one gets a number where its name is taken.
    fn distinct_hunts(&mut self) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for imported in [false, true] {
            for (index, file) in self.files.iter_mut().enumerate() {
                if file.imported.is_some() != imported {
                    continue;
                }
                for item in &mut file.tree.items {
                    let ast::Item::Hunt(unit) = item else { continue };
                    if taken.insert(unit.name.node.clone()) || !imported {
                        continue;
                    }
                    let old = unit.name.node.clone();
                    let new = (2..).map(|number| format!("{old}_{number}")).find(|name| taken.insert(name.clone()));
                    unit.name.node = new.unwrap_or_default();
                    for member in &mut unit.members {
                        if let ast::Member::Detect(detect) = member
                            && detect.name.node == old
                        {
                            detect.name.node.clone_from(&unit.name.node);
                        }
                    }
                    for (_, rule) in self.sigma_rules.iter_mut().filter(|(of, rule)| *of == index && rule.hunt == old) {
                        if rule.rule == old {
                            rule.rule.clone_from(&unit.name.node);
                        }
                        rule.hunt.clone_from(&unit.name.node);
                    }
                    if let Some(origin) = &mut file.imported
                        && let Some(status) = origin.statuses.remove(&old)
                    {
                        origin.statuses.insert(unit.name.node.clone(), status);
                    }
                }
            }
        }
    }

    /// Gives each Sigma filter the rules that were read with it.
    fn filters(&mut self) {
        let rules: Vec<sigma::RuleName> = self.sigma_rules.iter().map(|(_, rule)| rule.clone()).collect();
        for (index, filter) in &self.sigma_filters {
            let (items, diagnostics) = sigma::attach(std::slice::from_ref(filter), &rules);
            self.diagnostics.extend(diagnostics);
            if let Some(file) = self.files.get_mut(*index) {
                file.tree.items.extend(items);
            }
        }
    }

    fn links(&self, index: usize) -> Vec<(String, usize)> {
        self.files[index].links.iter().rev().map(|(written, target)| (written.clone(), *target)).collect()
    }

    /// Reads the files that lists, indicators and tests name.
    fn resources(&mut self) -> BTreeMap<String, Resource> {
        let mut wanted: Vec<(usize, String, Span, bool)> = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            for item in &file.tree.items {
                let (ast::Item::Hunt(unit) | ast::Item::Library(unit) | ast::Item::Site(unit)) = item else { continue };
                for member in &unit.members {
                    match member {
                        ast::Member::List(ast::List { values: Some(ast::Values::File { path, .. }), .. })
                        | ast::Member::Ioc(ast::Ioc { values: ast::Values::File { path, .. }, .. }) => {
                            wanted.push((index, path.node.value.clone(), path.span, false));
                        }
                        ast::Member::Test(test) => {
                            for step in &test.steps {
                                if let ast::TestStepKind::EventsFrom { path } = &step.kind {
                                    wanted.push((index, path.node.value.clone(), path.span, true));
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        let mut found = BTreeMap::new();
        for (index, written, span, events) in wanted {
            let Some(path) = self.inside(index, &written, span) else { continue };
            if found.contains_key(&path) {
                continue;
            }
            let resource = if events {
                self.library.events(&path).map(Resource::Events)
            } else {
                self.library.read(&path).map(|bytes| self.text(&path, &bytes))
            };
            match resource {
                Ok(resource) => {
                    found.insert(path, resource);
                }
                Err(problem) => {
                    self.diagnostics.push(unreadable(&path, &problem, Some(span)));
                }
            }
        }
        found
    }

    fn text(&mut self, path: &str, bytes: &[u8]) -> Resource {
        match decode(bytes) {
            Ok(text) => {
                let text: Arc<str> = Arc::from(text);
                Resource::Text { source: self.sources.add(path, Arc::clone(&text)), text }
            }
            Err(problem) => {
                let readable = String::from_utf8_lossy(&bytes[..problem.offset.min(bytes.len())]).into_owned();
                let at = readable.len();
                let source = self.sources.add(path, readable);
                self.diagnostics.push(
                    Diagnostic::error("E0602", Span::new(source, at, at), problem.message).help("save the file as UTF-8 text"),
                );
                Resource::Text { source, text: Arc::from("") }
            }
        }
    }
}

fn unreadable(path: &str, problem: &ReadProblem, asked: Option<Span>) -> Diagnostic {
    let (message, help) = match problem {
        ReadProblem::Missing => (format!("there is no file `{path}`"), "paths are relative to the file they stand in"),
        ReadProblem::TooLarge { limit } => (
            format!("`{path}` is larger than {} MB", limit / 1_000_000),
            "split the file; a hunt is written by hand and stays small",
        ),
        ReadProblem::Other(words) => (format!("`{path}` cannot be read: {words}"), "check its permissions"),
    };
    match asked {
        Some(span) => Diagnostic::error("E0601", span, message).help(help),
        None => Diagnostic::of_the_call("E0601", message),
    }
}
