//! Finding and reading a workspace on disk.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use crate::attack::Release;
use crate::check::Options;
use crate::compile::{self, ReadProblem, Request, Session, Sources, TargetSetting};
use crate::config::{self, Config, TargetConfig};
use crate::diag::{Diagnostic, SourceMap, codes, nearest};
use crate::ir::Direction;
use crate::ir::event::Event;
use crate::schema::{Profile, Target, catalogue};

use super::terminal::Terminal;

/// A larger hunt file is refused before it is read.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Files of values are larger than what people write by hand: a million indicators take a hundred megabytes.
const LARGEST_TABLE: u64 = 256 * 1024 * 1024;

/// Tests read samples, not archives.
const LARGEST_EVENTS: u64 = 64 * 1024 * 1024;
const MOST_EVENTS: usize = 100_000;

/// A workspace: its folder, its configuration, and the hunt files that were asked for.
pub(super) struct Workspace {
    pub(super) root: PathBuf,
    /// `root` without links, once it was asked for.
    real_root: OnceLock<PathBuf>,
    pub(super) config: Config,
    /// Relative to `root`.
    pub(super) roots: Vec<String>,
    context: Vec<String>,
    /// No paths were named.
    whole: bool,
    standard_input: Option<Vec<u8>>,
    config_sources: SourceMap,
    /// The day that ages and expiries are counted to, where the call names one.
    pub(super) as_of: Option<String>,
}

impl Workspace {
    /// Finds the workspace of some paths; tells what is wrong and gives `None` where it cannot.
    pub(super) fn find(paths: &[String], terminal: &mut Terminal) -> Option<Workspace> {
        let here = match std::env::current_dir() {
            Ok(here) => here,
            Err(error) => {
                terminal.complain("E0601", format!("the current folder cannot be read: {error}"), None);
                return None;
            }
        };
        let standard_input = if paths.iter().any(|path| path == "-") {
            let mut bytes = Vec::new();
            match std::io::stdin().take(LARGEST_FILE + 1).read_to_end(&mut bytes) {
                Ok(_) => Some(bytes),
                Err(error) => {
                    terminal.complain("E0601", format!("standard input cannot be read: {error}"), None);
                    return None;
                }
            }
        } else {
            None
        };
        let files: Vec<PathBuf> = paths.iter().filter(|path| *path != "-").map(|path| normal(&here.join(path))).collect();
        let start = files.first().cloned().unwrap_or_else(|| here.clone());
        let configured = start.ancestors().find(|folder| folder.join("huntc.yaml").is_file()).map(Path::to_path_buf);
        let root = match (&configured, files.first()) {
            (Some(root), _) => root.clone(),
            (None, None) => here.clone(),
            (None, Some(file)) if file.starts_with(&here) => here.clone(),
            (None, Some(file)) if file.is_dir() => file.clone(),
            (None, Some(file)) => file.parent().unwrap_or(&here).to_path_buf(),
        };
        let mut workspace = Workspace {
            root,
            real_root: OnceLock::new(),
            config: Config::default(),
            roots: Vec::new(),
            context: Vec::new(),
            whole: paths.is_empty(),
            standard_input,
            config_sources: SourceMap::default(),
            as_of: None,
        };
        if configured.is_some() && !workspace.read_config(terminal) {
            return None;
        }
        workspace.choose(paths, &files, configured.is_some(), terminal).then_some(workspace)
    }

    fn read_config(&mut self, terminal: &mut Terminal) -> bool {
        let bytes = match read_limited(&self.root.join("huntc.yaml"), LARGEST_FILE) {
            Ok(bytes) => bytes,
            Err(problem) => {
                terminal.complain("E0601", format!("`huntc.yaml` cannot be read: {}", words(&problem)), None);
                return false;
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let source = self.config_sources.add("huntc.yaml", text.as_str());
        let (config, diagnostics) = config::parse(source, &text);
        terminal.report(&diagnostics, &self.config_sources);
        self.config = config;
        !diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Which hunt files were meant.
    fn choose(&mut self, paths: &[String], files: &[PathBuf], configured: bool, terminal: &mut Terminal) -> bool {
        let mut found = BTreeSet::new();
        if paths.is_empty() {
            let folder = if configured { self.root.clone() } else { self.root.join("hunts") };
            if !folder.is_dir() {
                terminal.complain(
                    "E0601",
                    "there is no workspace here: neither a `huntc.yaml` upwards nor a folder `hunts`",
                    Some("`huntc init` makes one; or name hunt files"),
                );
                return false;
            }
            collect(&folder, 0, false, &mut found);
            // Sigma files are looked for among the hunts alone: elsewhere YAML is most often something else.
            collect(&self.root.join("hunts"), 0, true, &mut found);
            if found.is_empty() {
                terminal.complain(
                    "E0601",
                    "the workspace has no hunt file",
                    Some("hunt files end in `.hunt`, Sigma files in `.yml`; `huntc init` writes a hunt"),
                );
                return false;
            }
        }
        let mut good = true;
        for (file, written) in files.iter().zip(paths.iter().filter(|path| *path != "-")) {
            if file.is_dir() {
                let before = found.len();
                collect(file, 0, true, &mut found);
                if found.len() == before {
                    terminal.complain(
                        "E0601",
                        format!("`{written}` holds no hunt file"),
                        Some("hunt files end in `.hunt`, Sigma files in `.yml`"),
                    );
                    good = false;
                }
            } else if is_hunt(file) || is_sigma(file) || !file.exists() {
                if !file.exists() {
                    self.missing(file, written, terminal);
                    good = false;
                }
                found.insert(file.clone());
            } else {
                terminal.complain(
                    "E0607",
                    format!("`{written}` is no hunt file"),
                    Some("hunt files end in `.hunt`, Sigma files in `.yml`"),
                );
                good = false;
            }
        }
        if !good {
            return false;
        }
        for file in &found {
            match relative(&self.root, file) {
                Some(path) => self.roots.push(path),
                None => {
                    terminal.complain(
                        "E0603",
                        format!("`{}` lies outside of the workspace `{}`", file.display(), self.root.display()),
                        Some("name files of one workspace in a call"),
                    );
                    return false;
                }
            }
        }
        if !paths.is_empty() {
            self.context = self.sites(&found, configured);
        }
        if self.standard_input.is_some() {
            self.roots.push("-".to_owned());
        }
        true
    }

    fn missing(&self, file: &Path, written: &str, terminal: &mut Terminal) {
        let mut near = None;
        if let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) {
            let names: Vec<String> = fs::read_dir(folder)
                .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
                .unwrap_or_default();
            near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        }
        let help = near.map(|near| format!("did you mean `{near}`?"));
        terminal.complain("E0601", format!("there is no file `{written}`"), help.as_deref());
    }

    /// Site files of the workspace, which apply to a hunt that is looked at alone.
    fn sites(&self, chosen: &BTreeSet<PathBuf>, configured: bool) -> Vec<String> {
        let folder = if configured { self.root.clone() } else { self.root.join("hunts") };
        let mut all = BTreeSet::new();
        collect(&folder, 0, false, &mut all);
        all.iter()
            .filter(|file| !chosen.contains(*file))
            .filter(|file| {
                // Every call reads all files of the workspace here: only the bytes are looked at.
                read_limited(file, LARGEST_FILE)
                    .is_ok_and(|bytes| bytes.starts_with(b"site ") || memchr::memmem::find(&bytes, b"\nsite ").is_some())
            })
            .filter_map(|file| relative(&self.root, file))
            .collect()
    }

    /// Reads and checks the chosen hunts, and tells what is wrong with the configuration.
    pub(super) fn load(&self, terminal: &mut Terminal) -> Option<Session> {
        if !self.known_lints(terminal) {
            return None;
        }
        let attack = match &self.config.attack {
            None => Release::V19_0,
            Some(name) => match Release::parse(name) {
                Some(release) => release,
                None => {
                    terminal.complain(
                        "E0605",
                        format!("`huntc.yaml` asks for ATT&CK `{name}`, which is not embedded"),
                        Some("write \"19.0\" or \"18.1\""),
                    );
                    return None;
                }
            },
        };
        let options = Options {
            attack,
            as_of: self.as_of.clone(),
            default_every: self.config.defaults.every,
            default_suppress: self.config.defaults.suppress,
            arrival_delay: self.config.defaults.arrival_delay,
            whole: self.whole,
        };
        let request = Request { roots: self.roots.clone(), context: self.context.clone(), options };
        let mut session = compile::load(&request, self);
        self.deny(&mut session.diagnostics);
        Some(session)
    }

    /// Lints that `huntc.yaml` makes errors, and those that it silences.
    fn deny(&self, diagnostics: &mut Vec<Diagnostic>) {
        let listed = |names: &[String], code: &str| {
            names.iter().any(|name| {
                name.eq_ignore_ascii_case(code) || codes::find(code).is_some_and(|code| code.title.replace(' ', "_") == *name)
            })
        };
        diagnostics.retain(|each| each.is_error() || !each.code.starts_with('W') || !listed(&self.config.allow, each.code));
        for diagnostic in diagnostics {
            if !diagnostic.is_error() && diagnostic.code.starts_with('W') && listed(&self.config.deny, diagnostic.code) {
                diagnostic.severity = crate::diag::Severity::Error;
            }
        }
    }

    /// The targets that were asked for on the command line, else those of `huntc.yaml`, else all.
    pub(super) fn targets(&self, asked: &[String], terminal: &mut Terminal) -> Option<Vec<TargetSetting>> {
        let configured: Vec<TargetConfig> = if asked.is_empty() {
            self.config.targets.clone()
        } else {
            let mut wanted = Vec::new();
            for name in asked {
                let (target, profile) = match name.split_once(':') {
                    Some((target, profile)) => (target, Some(profile.to_owned())),
                    None => (name.as_str(), None),
                };
                let targets: &[&str] = if target == "kql" { &["sentinel", "defender"] } else { &[target] };
                for target in targets {
                    // What the workspace says of a target's data holds for it here too.
                    let known = self
                        .config
                        .targets
                        .iter()
                        .find(|known| known.target == *target && (profile.is_none() || known.profile == profile));
                    let mut own = known
                        .cloned()
                        .unwrap_or_else(|| TargetConfig { target: (*target).to_owned(), ..TargetConfig::default() });
                    if profile.is_some() {
                        own.profile.clone_from(&profile);
                    }
                    if !wanted.contains(&own) {
                        wanted.push(own);
                    }
                }
            }
            wanted
        };
        if configured.is_empty() {
            let own = |target: &Target| TargetSetting { accept: self.accepted(*target), ..TargetSetting::new(*target) };
            return Some(Target::ALL.iter().map(own).collect());
        }
        let mut settings = Vec::new();
        for target in configured {
            settings.push(self.setting(&target, asked.is_empty(), terminal)?);
        }
        settings.sort_by_key(|setting| setting.target);
        Some(settings)
    }

    fn setting(&self, config: &TargetConfig, from_file: bool, terminal: &mut Terminal) -> Option<TargetSetting> {
        let Some(target) = Target::parse(&config.target) else {
            let names = Target::ALL.iter().map(|target| target.name()).chain(["kql"]);
            let near = nearest(&config.target, names);
            let mut diagnostic = Diagnostic::of_the_call("E0607", format!("there is no target `{}`", config.target))
                .help("targets are `sigma`, `splunk`, `sentinel` and `defender`; `kql` means the last two");
            if let Some(near) = near {
                diagnostic = diagnostic.with_note(format!("did you mean `{near}`?"));
            }
            if from_file {
                diagnostic.span = Some(config.span);
            }
            terminal.report(&[diagnostic], &self.config_sources);
            return None;
        };
        let mut setting = TargetSetting::new(target);
        if let Some(name) = &config.profile {
            let Some(profile) = target.profiles().iter().copied().find(|profile: &Profile| profile.name() == name) else {
                let names: Vec<String> = target.profiles().iter().map(|profile| format!("`{}`", profile.name())).collect();
                let help = if names.is_empty() {
                    format!("`{target}` has no profiles")
                } else {
                    format!("`{target}` has {}", names.join(", "))
                };
                let mut diagnostic = Diagnostic::of_the_call("E0607", format!("`{target}` has no profile `{name}`")).help(help);
                if from_file {
                    diagnostic.span = Some(config.span);
                }
                terminal.report(&[diagnostic], &self.config_sources);
                return None;
            };
            setting.profile = Some(profile);
        }
        if !self.known_sources(config, terminal) {
            return None;
        }
        setting.scope.clone_from(&config.scope);
        setting.fields.clone_from(&config.fields);
        setting.xml_only = config.xml_only;
        setting.accept = self.accepted(setting.target);
        Some(setting)
    }
}

impl Workspace {
    /// The losses of imported rules that `huntc.yaml` accepts for a target.
    fn accepted(&self, target: Target) -> Vec<Direction> {
        let named = self.config.accept_losses.get(target.name()).into_iter().flatten();
        named.filter_map(|name| Direction::ALL.iter().copied().find(|direction| direction.name() == name)).collect()
    }

    /// A misspelt log source or field would leave the profile's columns in force without a word.
    fn known_sources(&self, config: &TargetConfig, terminal: &mut Terminal) -> bool {
        let mut good = true;
        let mut tell = |message: String, near: Option<&str>| {
            let help = near.map(|near| format!("did you mean `{near}`?"));
            terminal.complain("E0605", message, help.as_deref());
            good = false;
        };
        for id in config.scope.keys().chain(config.fields.keys()) {
            if catalogue::find(id).is_none() {
                tell(format!("`huntc.yaml` speaks of a log source `{id}`, which there is not"), catalogue::nearest(id));
            }
        }
        for (id, fields) in &config.fields {
            let Some(source) = catalogue::find(id) else { continue };
            for field in fields.keys().filter(|field| source.field(field).is_none()) {
                tell(
                    format!("`huntc.yaml` gives a column for `{field}`, which is no field of `{id}`"),
                    source.nearest_field(field),
                );
            }
        }
        good
    }

    /// A misspelt lint would leave a gate open.
    fn known_lints(&self, terminal: &mut Terminal) -> bool {
        let names: Vec<String> =
            codes::all().filter(|code| code.id.starts_with('W')).map(|code| code.title.replace(' ', "_")).collect();
        let mut good = true;
        let listed = [("denies", &self.config.deny), ("allows", &self.config.allow)];
        for (verb, wanted) in listed.iter().flat_map(|(verb, lints)| lints.iter().map(move |wanted| (verb, wanted))) {
            if names.contains(wanted) || codes::find(wanted).is_some() {
                continue;
            }
            let help = match nearest(wanted, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("lints are {}", names.join(", ")),
            };
            terminal.complain("E0605", format!("`huntc.yaml` {verb} a lint `{wanted}`, which there is not"), Some(&help));
            good = false;
        }
        good
    }
}

impl Sources for Workspace {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        if path == "-"
            && let Some(bytes) = &self.standard_input
        {
            return if bytes.len() as u64 > LARGEST_FILE {
                Err(ReadProblem::TooLarge { limit: LARGEST_FILE })
            } else {
                Ok(bytes.clone())
            };
        }
        let table = path.ends_with(".csv");
        read_limited(&self.inside(path)?, if table { LARGEST_TABLE } else { LARGEST_FILE })
    }

    fn events(&self, path: &str) -> Result<Vec<Event>, ReadProblem> {
        let file = fs::File::open(self.inside(path)?).map_err(|error| problem(&error))?;
        let mut events = Vec::new();
        let counts = crate::logs::read(file.take(LARGEST_EVENTS), None, &mut |record| {
            // A record of several log sources is an event of each.
            for source in record.sources {
                events.push(Event { source, ..record.event.clone() });
            }
            events.len() < MOST_EVENTS
        });
        match counts.faults.iter().find(|(fault, _)| fault.loses_the_line()) {
            Some((fault, (_, line))) => Err(ReadProblem::Other(format!("line {line}: {}", fault.name()))),
            None if events.is_empty() => Err(ReadProblem::Other("no record's log source is recognised".to_owned())),
            None => Ok(events),
        }
    }
}

impl Workspace {
    /// The file on disk. A link must not lead out of the workspace.
    fn inside(&self, path: &str) -> Result<PathBuf, ReadProblem> {
        let file = self.root.join(path);
        let real = fs::canonicalize(&file).map_err(|error| problem(&error))?;
        let root = match self.real_root.get() {
            Some(root) => root,
            None => {
                let root = fs::canonicalize(&self.root).map_err(|error| problem(&error))?;
                self.real_root.get_or_init(|| root)
            }
        };
        if real.starts_with(root) { Ok(real) } else { Err(ReadProblem::Other("it leads out of the workspace".to_owned())) }
    }
}

pub(super) fn words(problem: &ReadProblem) -> String {
    match problem {
        ReadProblem::Missing => "it is missing".to_owned(),
        ReadProblem::TooLarge { limit } => format!("it is larger than {} MB", limit / 1_000_000),
        ReadProblem::Other(words) => words.clone(),
    }
}

fn problem(error: &std::io::Error) -> ReadProblem {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadProblem::Missing,
        _ => ReadProblem::Other(error.to_string()),
    }
}

/// Reads a file, but no more than `limit` bytes of it: a pipe or a device has no size to ask for.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ReadProblem> {
    let file = fs::File::open(path).map_err(|error| problem(&error))?;
    let size = file.metadata().map_or(0, |data| data.len());
    if size > limit {
        return Err(ReadProblem::TooLarge { limit });
    }
    // With the file's size at hand one call reads it; without, the buffer grows from 32 bytes in many.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| problem(&error))?;
    if bytes.len() as u64 > limit { Err(ReadProblem::TooLarge { limit }) } else { Ok(bytes) }
}

/// The text of a file that an option names; what is wrong with it is told. `what` stands before its name: `the layer `.
pub(super) fn read_text(what: &str, file: &str, limit: u64, terminal: &mut Terminal) -> Option<String> {
    let bytes = match read_limited(Path::new(file), limit) {
        Ok(bytes) => bytes,
        Err(problem) => {
            terminal.complain("E0601", format!("{what}`{file}` cannot be read: {}", words(&problem)), None);
            return None;
        }
    };
    decoded(what, file, bytes, terminal)
}

/// The bytes of a file as text.
pub(super) fn decoded(what: &str, file: &str, bytes: Vec<u8>, terminal: &mut Terminal) -> Option<String> {
    match compile::decode_text(bytes) {
        Ok(text) => Some(text),
        Err(problem) => {
            terminal.complain("E0602", format!("{what}`{file}`: {} (byte {})", problem.message, problem.offset), None);
            None
        }
    }
}

fn is_hunt(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "hunt")
}

/// Whether a file's name is one that Sigma files have; the workspace's own configuration is not Sigma.
pub(super) fn is_sigma(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml")
        && path.file_name().is_some_and(|name| name != "huntc.yaml")
}

/// Every hunt file below a folder, and every Sigma file where these are wanted. Hidden folders, build products and what a build
/// of ours wrote are passed over.
fn collect(folder: &Path, depth: usize, sigma: bool, found: &mut BTreeSet<PathBuf>) {
    if depth > 32 {
        return;
    }
    let sigma = sigma && !folder.join("manifest.json").is_file();
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if name != "target" && name != "node_modules" {
                collect(&path, depth + 1, sigma, found);
            }
        } else if is_hunt(&path) || (sigma && is_sigma(&path)) {
            found.insert(path);
        }
    }
}

/// Without `.` and `..`, as far as the text tells.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                found.pop();
            }
            other => found.push(other),
        }
    }
    found
}

/// A path below the root with `/` between its parts.
fn relative(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = file.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}
