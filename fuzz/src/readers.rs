//! Each reader of the program as a function of bytes that says, by a panic, what must never be: a crash, a place outside of the
//! text, or an accepted text that means something else when it is written again.

use std::collections::BTreeMap;

use huntc::attack::Release;
use huntc::compile::{self, ReadProblem, Request, Session, Sources, TargetSetting};
use huntc::diag::{Diagnostic, SourceId, SourceMap, Span, render};
use huntc::import::sigma;
use huntc::ir::event::{Event, Value};
use huntc::ir::pattern::{LikeForm, LikePattern, Piece};
use huntc::ir::regex::SharedRegex;
use huntc::ir::{Body, TextOperator};
use huntc::models;
use huntc::schema::{LogSourceId, Profile, Target, catalogue};

/// A reader, by the name of its target.
pub type Reader = fn(&[u8]);

pub const ALL: &[(&str, Reader)] = &[
    ("hunt", hunt),
    ("compiled", compiled),
    ("sigma", sigma),
    ("config", config),
    ("spl", spl),
    ("kql", kql),
    ("sigma_model", sigma_model),
    ("patterns", patterns),
    ("csv", csv),
    ("intel", intel),
    ("logs", logs),
    ("windows", windows),
];

/// Files in memory.
struct Files<'a>(BTreeMap<&'a str, &'a [u8]>);

impl Sources for Files<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|bytes| bytes.to_vec()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, path: &str) -> Result<Vec<Event>, ReadProblem> {
        let bytes = self.0.get(path).ok_or(ReadProblem::Missing)?;
        let mut events = Vec::new();
        huntc::logs::read(*bytes, None, &mut |record| {
            events.push(record.event);
            events.len() < 10_000
        });
        Ok(events)
    }
}

fn load(files: &[(&str, &[u8])]) -> Session {
    let request = Request { roots: vec![files[0].0.to_owned()], ..Request::default() };
    let session = compile::load(&request, &Files(files.iter().copied().collect()));
    sound(&session.diagnostics, &session.sources);
    session
}

/// Every place of a diagnostic lies in a text, between characters; an error has one; and each can be shown.
fn sound(diagnostics: &[Diagnostic], sources: &SourceMap) {
    let check = |span: Span, what: &str| {
        let file = sources.get(span.source).unwrap_or_else(|| panic!("{what} lies in no file"));
        assert!(span.start <= span.end && file.text.get(span.range()).is_some(), "{what}: {span:?} in {:?}", file.text);
    };
    for each in diagnostics {
        assert!(each.span.is_some() || !each.is_error(), "an error without a place: {each:?}");
        each.span.into_iter().for_each(|span| check(span, each.code));
        each.labels.iter().for_each(|label| check(label.span, each.code));
        each.fixes.iter().flat_map(|fix| &fix.edits).for_each(|(span, _)| check(*span, each.code));
    }
    let few = &diagnostics[..diagnostics.len().min(20)];
    for format in [render::Format::Text, render::Format::Sarif] {
        let _ = render::render(format, few, sources, render::Style::default());
    }
}

fn alone(diagnostics: &[Diagnostic], path: &str, text: &str) {
    let mut sources = SourceMap::default();
    sources.add(path, text);
    sound(diagnostics, &sources);
}

/// A hunt: read, checked, and laid out as the same hunt.
pub fn hunt(bytes: &[u8]) {
    let Ok(text) = compile::decode_bytes(bytes) else { return };
    let (file, diagnostics) = huntc::syntax::parse(SourceId(0), &text);
    alone(&diagnostics, "fuzz.hunt", &text);
    if diagnostics.is_empty() {
        let formatted = huntc::fmt::format(&file, &text);
        let (again, problems) = huntc::syntax::parse(SourceId(0), &formatted);
        assert!(problems.is_empty(), "laid out, it does not read: {problems:?}\n{formatted}");
        assert!(again == file, "laid out, it is another hunt\n{formatted}");
        assert_eq!(huntc::fmt::format(&again, &formatted), formatted, "a second run of the layout changes it");
    }
    load(&[("fuzz.hunt", text.as_bytes())]);
}

/// A hunt to every target: what says that it is exact selects what the hunt means.
pub fn compiled(bytes: &[u8]) {
    let Ok(text) = compile::decode_bytes(bytes) else { return };
    built(&load(&[("fuzz.hunt", text.as_bytes())]));
}

fn built(session: &Session) {
    if session.has_errors() {
        return;
    }
    let mut settings = vec![TargetSetting::new(Target::Sigma)];
    for profile in Profile::ALL {
        let mut setting = TargetSetting::new(profile.target());
        setting.profile = Some(*profile);
        settings.push(setting);
    }
    for setting in settings {
        let built = compile::build_verified(session, std::slice::from_ref(&setting), "19.0");
        sound(&built.diagnostics, &session.sources);
        let wrong: Vec<_> = built.diagnostics.iter().filter(|each| matches!(each.code, "L0308" | "L0309")).cloned().collect();
        let told = || render::render(render::Format::Text, &wrong, &session.sources, render::Style::default());
        assert!(wrong.is_empty(), "{}", told());
    }
}

/// A Sigma file: read, checked, and written as hunts that mean the same.
pub fn sigma(bytes: &[u8]) {
    let Ok(text) = compile::decode_bytes(bytes) else { return };
    let imported = sigma::read(SourceId(0), &text, Release::V19_0);
    alone(&imported.diagnostics, "fuzz.yml", &text);
    let session = load(&[("fuzz.yml", text.as_bytes())]);
    let printed = huntc::fmt::print(&imported.tree);
    let (again, problems) = huntc::syntax::parse(SourceId(0), &printed);
    assert!(problems.is_empty(), "the hunt does not read: {problems:?}\n{printed}");
    assert_eq!(huntc::fmt::format(&again, &printed), printed, "the hunt is laid out otherwise");
    if session.has_errors() || !imported.filters.is_empty() {
        return;
    }
    let as_hunt = load(&[("fuzz.hunt", printed.as_bytes())]);
    let errors: Vec<_> = as_hunt.diagnostics.iter().filter(|each| each.is_error()).collect();
    assert!(errors.is_empty(), "the hunt has errors: {errors:?}\n{printed}");
    assert_eq!(session.program.rules.len(), as_hunt.program.rules.len(), "{printed}");
    for (one, other) in session.program.rules.iter().zip(&as_hunt.program.rules) {
        let (Body::Select(one), Body::Select(other)) = (&one.body, &other.body) else { continue };
        assert_eq!(one.len(), other.len(), "{printed}");
        for (one, other) in one.iter().zip(other) {
            assert!(one.source == other.source && one.condition == other.condition, "another condition\n{printed}");
        }
    }
}

/// `huntc.yaml`.
pub fn config(bytes: &[u8]) {
    let Ok(text) = compile::decode_bytes(bytes) else { return };
    let (_, diagnostics) = huntc::config::parse(SourceId(0), &text);
    alone(&diagnostics, "huntc.yaml", &text);
}

/// A search of Splunk, in the model, and some events through it.
pub fn spl(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Every macro that is named is one of the site's.
    let named = text.split('`').skip(1).step_by(2).take(20);
    let macros: BTreeMap<String, String> = named.map(|name| (name.to_owned(), "index=windows".to_owned())).collect();
    let Ok(search) = models::spl::Search::read(text, &macros) else { return };
    for (_, fields) in rows() {
        let row = models::spl::Row::new(fields.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])));
        let _ = search.selects(&row);
    }
}

/// A query of Kusto, in the model, and some rows through it.
pub fn kql(bytes: &[u8]) {
    use models::kql::{Database, Query, Table, Type, Value};
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let place = |problem: &models::Problem| {
        assert!(problem.at <= text.len() && text.is_char_boundary(problem.at), "{problem} of {} bytes", text.len());
    };
    let query = match Query::read(text) {
        Ok(query) => query,
        Err(problem) => return place(&problem),
    };
    let columns: Vec<(String, Type)> = rows()[0].1.iter().map(|(name, _)| ((*name).to_owned(), Type::String)).collect();
    let more = [("Number", Type::Long), ("Whole", Type::Int), ("Share", Type::Real), ("Truth", Type::Bool)];
    let more = more.into_iter().chain([("TimeGenerated", Type::Datetime), ("Timestamp", Type::Datetime), ("Bag", Type::Dynamic)]);
    let columns: Vec<(String, Type)> = columns.into_iter().chain(more.map(|(name, kind)| (name.to_owned(), kind))).collect();
    let mut database = Database::default();
    for table in ["DeviceProcessEvents", "DeviceNetworkEvents", "DeviceRegistryEvents", "SecurityEvent", "Event", "T"] {
        let mut held = Table::new(columns.clone());
        for (_, fields) in rows() {
            held.push(fields.iter().map(|(name, value)| (*name, Value::text(*value)))).expect("the columns are the table's");
        }
        database.tables.insert(table.to_owned(), held);
    }
    match query.plan(&database.schema()) {
        Ok(plan) => drop(plan.run(&database)),
        Err(problem) => place(&problem),
    }
}

/// A Sigma rule in the model, and some records through it.
pub fn sigma_model(bytes: &[u8]) {
    use models::sigma::{LogSource, Record, Rule, Value};
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Rule and filter stand in one file, with a line of four hyphens between.
    let mut parts = text.split("\n----\n");
    let (rule, filters) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    match Rule::read(rule, &filters) {
        Ok(rule) => {
            for (raw, fields) in rows() {
                let fields = fields.iter().map(|(name, value)| (*name, Value::Text((*value).into()))).collect();
                let record = Record { log_source: LogSource::default(), fields, raw: Some(raw) };
                let _ = rule.selects(&record);
            }
        }
        Err(problem) => {
            let longest = filters.iter().map(|filter| filter.len()).chain([rule.len()]).max().unwrap_or(0);
            assert!(problem.at <= longest, "{problem} of {} bytes", rule.len());
        }
    }
}

type Fields = Vec<(&'static str, &'static str)>;

/// A few events: with values, with odd ones, with none.
fn rows() -> Vec<(&'static str, Fields)> {
    let fields = |image, line, user, code, source| {
        vec![
            ("FolderPath", image),
            ("ProcessCommandLine", line),
            ("CommandLine", line),
            ("Image", image),
            ("User", user),
            ("EventCode", code),
            ("source", source),
        ]
    };
    vec![
        (
            "C:\\Windows\\cmd.exe /c del",
            fields(r"C:\Windows\cmd.exe", "cmd.exe /c del \"x\"", r"ACME\bob", "1", "XmlWinEventLog:Security"),
        ),
        ("é\n*?", fields("é\n*?[]^$", "\u{1}\t\\\\", "", "007", "'\"`|")),
        ("", Vec::new()),
    ]
}

/// Wildcards, regular expressions, networks and plain texts: as a value of each comparison, through every target. The first
/// byte says which.
pub fn patterns(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let Ok(text) = compile::decode_bytes(rest) else { return };
    let inside = |start: usize, end: usize| {
        assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} in {text:?}");
    };
    let condition = match kind % 8 {
        0 | 1 => {
            match LikePattern::parse(&text) {
                Ok(form) => {
                    let spelled = spelled(&form);
                    assert_eq!(LikePattern::parse(&spelled), Ok(form), "{text:?} written as {spelled:?}");
                }
                Err(problem) => return inside(problem.start, problem.end),
            }
            format!("CommandLine like {}", quoted(&text))
        }
        2 | 3 => {
            let (flags, pattern) = text.split_once('/').unwrap_or(("", &text));
            match SharedRegex::parse(pattern, flags) {
                Ok(regex) => assert_eq!(regex.written, pattern),
                Err(problem) => {
                    assert!(problem.start <= problem.end && problem.end <= pattern.len(), "{problem:?} in {pattern:?}");
                    assert!(pattern.get(problem.start..problem.end).is_some(), "{problem:?} in {pattern:?}");
                    return;
                }
            }
            format!("CommandLine matches /{pattern}/{flags}")
        }
        4 => format!("DestinationIp in ({})", text.split(',').map(quoted).collect::<Vec<_>>().join(", ")),
        5 => format!("CommandLine contains {}", quoted(&text)),
        6 => format!("Image endswith {} or User == {}", quoted(&text), quoted(&text)),
        _ => format!("Image named {} or User startswith cased {}", quoted(&text), quoted(&text)),
    };
    let source = if kind % 8 == 4 { "network_connection" } else { "process_creation" };
    let hunt = format!("hunt h {{\n  hypothesis \"h\"\n  detect d on windows/{source} {{\n    when {condition}\n  }}\n}}\n");
    built(&load(&[("fuzz.hunt", hunt.as_bytes())]));
}

/// A value as the language writes it between double quotes.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
    )
}

fn spelled(form: &LikeForm) -> String {
    let escaped = |text: &str| -> String {
        let escape = |character: char| match character {
            '*' => "[*]".to_owned(),
            '?' => "[?]".to_owned(),
            '[' => "[[]".to_owned(),
            other => other.to_string(),
        };
        text.chars().map(escape).collect()
    };
    match form {
        LikeForm::Literal { operator, value } => {
            let value = escaped(value);
            match operator {
                TextOperator::Equals | TextOperator::Named => value,
                TextOperator::Contains => format!("*{value}*"),
                TextOperator::StartsWith => format!("{value}*"),
                TextOperator::EndsWith => format!("*{value}"),
            }
        }
        LikeForm::Pattern(pattern) => {
            let piece = |piece: &Piece| match piece {
                Piece::Literal(text) => escaped(text),
                Piece::AnyRun => "*".to_owned(),
                Piece::AnyOne => "?".to_owned(),
            };
            pattern.0.iter().map(piece).collect()
        }
    }
}

/// A CSV file of indicators or of a list. The first byte says for which.
pub fn csv(bytes: &[u8]) {
    let Some((kind, file)) = bytes.split_first() else { return };
    let (list, condition) = match kind % 6 {
        0 => ("list values of string from \"values.csv\"", "CommandLine contains any values"),
        1 => ("list values of string from \"values.csv\" column \"value\"", "CommandLine in values"),
        2 => ("list values of integer from \"values.csv\" column \"value\"", "ProcessId in values"),
        3 => ("ioc values sha256 from \"values.csv\" column \"value\"", "sha256 in values"),
        4 => ("ioc values domain from \"values.csv\"", "CommandLine contains any values"),
        _ => ("ioc values filename from \"values.csv\" column \"value\"", "Image named values"),
    };
    let hunt = format!(
        "hunt h {{\n  hypothesis \"h\"\n  {list}\n  detect d on windows/process_creation {{\n    when {condition}\n  }}\n}}\n"
    );
    load(&[("fuzz.hunt", hunt.as_bytes()), ("values.csv", file)]);
}

/// Threat intelligence; the first byte says in which format. Whatever a source says, the hunt of it is one that `check` accepts, and a
/// line of JSON is one.
pub fn intel(bytes: &[u8]) {
    use huntc::intel::{self, Lifetimes, Policy, Style, Tlp};
    let Some((kind, rest)) = bytes.split_first() else { return };
    let Ok(text) = compile::decode_bytes(rest) else { return };
    let read = match kind % 4 {
        0 => intel::misp::read,
        1 => intel::stix::read,
        2 => intel::table::read,
        _ => intel::report::read,
    };
    let mut read = read(SourceId(0), &text, "a source", Release::V19_0, &Lifetimes::default());
    alone(&read.diagnostics, "source", &text);
    for (library, files) in [(false, true), (true, false)] {
        for written in intel::hunts(&read.collections, Style { release: Release::V19_0, library, files }) {
            let name = format!("{}.hunt", written.name);
            let mut all: Vec<(&str, &[u8])> = vec![(&name, written.hunt.as_bytes())];
            all.extend(written.files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
            let session = load(&all);
            let error = session.diagnostics.iter().find(|each| each.is_error());
            assert!(error.is_none(), "{error:?} of {}", written.hunt);
        }
    }
    for line in intel::lines(&read.collections).lines() {
        assert!(line.starts_with("{\"type\":") && line.ends_with('}'), "{line}");
    }
    let policy = Policy { max_tlp: Some(Tlp::Green), ..Policy::default() };
    for collection in &mut read.collections {
        policy.apply(collection);
        assert!(collection.indicators.iter().all(|each| each.tlp.is_none_or(|tlp| tlp <= Tlp::Green)));
    }
}

/// A log: what is read stays in order, is counted, and its record reads as the same event again.
pub fn logs(bytes: &[u8]) {
    let source = LogSourceId("windows/process_creation".into());
    for source in [None, Some(&source)] {
        let (mut seen, mut last) = (0, 0);
        let counts = huntc::logs::read(bytes, source, &mut |record| {
            assert!(record.line > last, "line {} after {last}", record.line);
            (seen, last) = (seen + 1, record.line);
            record.sources.iter().for_each(|source| assert!(catalogue::find(&source.0).is_some(), "{source}"));
            let raw = record.event.raw.clone().unwrap_or_default();
            let mut again = Vec::new();
            huntc::logs::read(raw.as_bytes(), source, &mut |record| {
                again.push(record.event);
                true
            });
            assert!(again.len() == 1 && same(&again[0], &record.event), "{raw:?} reads as {again:?}, not {:?}", record.event);
            seen < 1000
        });
        assert!(counts.events == seen, "{seen} records and {} counted", counts.events);
        counts.faults.values().for_each(|(count, line)| assert!(*count > 0 && *line > 0));
    }
}

/// Equal, with a number that is none equal to itself.
fn same(one: &Event, other: &Event) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

/// A Windows event as readers of EVTX write it in JSON, from its parts: lines of `System`, an empty line, and lines of
/// `EventData`, each a name, `=` and a value in JSON, or a text. Its log source is one of the catalogue's, and nothing of its
/// data is lost.
pub fn windows(bytes: &[u8]) {
    let Ok(text) = compile::decode_bytes(bytes) else { return };
    let (system, data) = text.split_once("\n\n").unwrap_or(("", &text));
    let object = |lines: &str| -> BTreeMap<String, String> {
        let lines = lines.lines().filter_map(|line| line.split_once('='));
        let plain = |value: &str| -> String {
            let characters = value.chars().map(|character| match character {
                '"' => "\\\"".to_owned(),
                '\\' => "\\\\".to_owned(),
                control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
                other => other.to_string(),
            });
            format!("\"{}\"", characters.collect::<String>())
        };
        let json = |value: &str| -> bool {
            let mut read = 0;
            let line = format!("{{\"x\":{value}}}");
            let counts = huntc::logs::read(line.as_bytes(), None, &mut |_| {
                read += 1;
                true
            });
            read == 1 && counts.faults.is_empty()
        };
        lines.map(|(name, value)| (plain(name), if json(value) { value.to_owned() } else { plain(value) })).collect()
    };
    let (system, data) = (object(system), object(data));
    let written = |object: &BTreeMap<String, String>| {
        let members: Vec<String> = object.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let line = format!("{{\"Event\":{{\"System\":{},\"EventData\":{}}}}}", written(&system), written(&data));
    let mut records = Vec::new();
    huntc::logs::read(line.as_bytes(), None, &mut |record| {
        records.push(record);
        true
    });
    assert!(records.len() == 1, "{line}");
    let record = &records[0];
    record.sources.iter().for_each(|source| assert!(catalogue::find(&source.0).is_some(), "{source}"));
    let named = system.keys().chain(data.keys()).any(|name| name.trim_matches('"').replace(' ', "") == "Event");
    assert!(named || !record.event.fields.contains_key("Event"), "{line}");
    // A plain text among the data stands in the event, under its name or beside a field of the record.
    for (name, value) in &data {
        // `#text` and `#attributes` are what readers call the parts of an element, not data.
        let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|_| !name.starts_with("\"#"));
        let Some(text) = text.filter(|text| !text.is_empty() && !text.contains('\\')) else { continue };
        let held = record.event.fields.values().any(|held| holds(held, text));
        assert!(held, "{name} of {line} is not in {:?}", record.event.fields);
    }
}

fn holds(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Text(text) => text.contains(wanted),
        Value::List(values) => values.iter().any(|value| holds(value, wanted)),
        Value::Object(members) => members.values().any(|value| holds(value, wanted)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => false,
    }
}
