//! `huntc explain`.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Status;
use super::terminal::Terminal;
use crate::compile::{self, ReadProblem, Request, Sources, TargetSetting};
use crate::diag::codes::{self, Code};
use crate::diag::render::{self, Style};
use crate::diag::{Diagnostic, SourceId, SourceMap, nearest};
use crate::schema::Target;

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Explain a diagnostic code, with an example")
        .long_about(
            "Explains a code such as E0203: why it is reported, an example that the compiler really reports so, and what to do.",
        )
        .after_help("Examples:\n  huntc explain E0203\n  huntc explain --all")
        .arg(Arg::new("code").value_name("CODE").required_unless_present("all").help("Such as E0203, L0301 or W0101"))
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("List every code"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    if arguments.get_flag("all") {
        terminal.print(&render::explain_all());
        return Status::Good;
    }
    let wanted = arguments.get_one::<String>("code").map(String::as_str).unwrap_or_default();
    let Some(code) = codes::find(wanted) else {
        let near = nearest(wanted, codes::all().map(|code| code.id)).map(|near| format!("did you mean `{near}`?"));
        terminal.complain(
            "E0607",
            format!("there is no code `{wanted}`"),
            near.as_deref().or(Some("`huntc explain --all` lists them")),
        );
        return Status::Wrong;
    };
    let style = Style { color: terminal.out_color, ..terminal.style };
    terminal.print(&render::explain(code, Some(&|sources| diagnose(code, sources)), style));
    Status::Good
}

/// What the compiler says of a code's example.
pub(super) fn diagnose(_code: &Code, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut memory = Memory::default();
    let mut first = None;
    for id in 0.. {
        let Some(file) = sources.get(SourceId(id)) else { break };
        first.get_or_insert_with(|| file.path.to_string());
        memory.0.insert(file.path.to_string(), file.text.to_string());
    }
    let request = Request { roots: first.into_iter().collect(), ..Request::default() };
    let session = compile::load(&request, &memory);
    let mut found = session.diagnostics.clone();
    if !session.has_errors() {
        let settings: Vec<TargetSetting> = Target::ALL.iter().map(|target| TargetSetting::new(*target)).collect();
        found.extend(compile::build(&session, &settings, session.input.options.attack.name()).diagnostics);
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

    fn events(&self, _path: &str) -> Result<Vec<crate::ir::event::Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}
