//! Sigma: what is emitted, operator by operator; and the same events selected by another engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

use huntc::backends::{AttachmentKind, Query};
use huntc::compile::{self, Outcome, ReadProblem, Request, Sources, TargetSetting};
use huntc::diag::Span;
use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Assumption, Body, Condition, HuntInfo, Level, Meta, Rule, Selection, Test, Uuid};
use huntc::schema::{Field, FieldType, LogSourceId, ScalarType, Target, catalogue};
use huntc::verify;

use crate::generate::{self, Allow, Random};
use crate::workspace;

/// One hunt file in memory.
struct OneFile<'a>(&'a str);

impl Sources for OneFile<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        if path == "test.hunt" { Ok(self.0.as_bytes().to_vec()) } else { Err(ReadProblem::Missing) }
    }

    fn events(&self, _: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// What Sigma makes of every rule of a hunt file: the query, or the losses' codes and messages.
fn compiled(hunt: &str) -> Vec<Result<Query, String>> {
    let session = compile::load(&Request { roots: vec!["test.hunt".to_owned()], ..Request::default() }, &OneFile(hunt));
    let errors: Vec<String> = session
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| format!("{} {}", diagnostic.code, diagnostic.message))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{hunt}");
    compile::build(&session, &[TargetSetting::new(Target::Sigma)], "19.0")
        .rules
        .into_iter()
        .map(|rule| match rule.targets.into_iter().next().expect("one target").outcome {
            Outcome::Written(query) => Ok(*query),
            Outcome::Refused { losses, .. } | Outcome::NotSwept { losses } => {
                Err(losses.iter().map(|loss| format!("{} {}\n", loss.code, loss.message)).collect::<String>())
            }
        })
        .collect()
}

/// A detect with these clauses, in a hunt without anything else.
fn detect(source: &str, clauses: &str) -> String {
    format!(
        "hunt h {{\n  title \"h\"\n\n  detect rule on {source} {{\n    title \"Rule\"\n    when {{\n      {clauses}\n    }}\n    \
         level low\n  }}\n}}\n"
    )
}

/// The `detection:` part of a document, without its indentation; or why there is none.
fn detection_on(source: &str, clauses: &str) -> String {
    match compiled(&detect(source, clauses)).remove(0) {
        Ok(query) => {
            let mut text: String = query
                .text
                .lines()
                .skip_while(|line| *line != "detection:")
                .skip(1)
                .take_while(|line| line.starts_with(' '))
                .map(|line| format!("{}\n", &line[4..]))
                .collect();
            if !query.assumes.is_empty() {
                let names: Vec<&str> = query.assumes.iter().map(|assumption| assumption.name()).collect();
                let _ = writeln!(text, "# assumes {}", names.join(", "));
            }
            text
        }
        Err(losses) => losses,
    }
}

fn shots(source: &str, clauses: &[&str]) -> String {
    clauses.iter().map(|clauses| format!("## {clauses}\n{}", detection_on(source, clauses))).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_operator_has_its_modifier() {
    insta::assert_snapshot!(
        "sigma_operators",
        shots(
            "windows/process_creation",
            &[
                "CommandLine == 'whoami'",
                "CommandLine != 'whoami'",
                "CommandLine in ('whoami', 'net user')",
                "CommandLine contains 'delete'",
                "CommandLine contains all ('delete', 'shadow')",
                "CommandLine contains all cased ('delete', 'shadow')",
                "CommandLine startswith 'cmd'",
                "CommandLine endswith ('/c', '-c')",
                "CommandLine == cased 'WhoAmI'",
                "CommandLine contains cased ('A', 'B')",
                "Image named 'cmd.exe'",
                "Image named ('cmd.exe', 'System')",
                "CurrentDirectory named 'Temp'",
                "CommandLine like 'a*b?c'",
                "CommandLine like '*\\AppData\\*\\x.exe'",
                "CommandLine like ('*a?b*', 'x*y*')",
                "CommandLine like cased '*A?B*'",
                "CommandLine matches /\\.exe$/i",
                "CommandLine matches (/a.b/s, /^c$/m, /\\d+/)",
                "CommandLine matches /\\bcmd\\b/",
                "CommandLine matches /a\\bb/",
                "ProcessId == 4",
                "ProcessId in (4, 8)",
                "ProcessId < 10",
                "ProcessId <= 10",
                "ProcessId > 10",
                "ProcessId >= 10",
                "LogonId == 0x3e7",
                "LogonId > 0x3e7",
                "CommandLine is empty",
                "CommandLine is present",
                "CommandLine is null",
                "CommandLine exists",
                "CommandLine contains ''",
                "CommandLine == ''",
                "Image == field ParentImage",
                "CommandLine contains field ParentCommandLine",
                "CommandLine endswith field ParentCommandLine",
                "Image == cased field ParentImage",
                "anywhere contains ('mimikatz', 'sekurlsa')",
                "anywhere contains cased 'Mimikatz'",
                "sha256 == '0000000000000000000000000000000000000000000000000000000000000001'",
                "md5 in ('00000000000000000000000000000001', '00000000000000000000000000000002')",
                "sha256 is present",
                "md5 exists",
                "imphash is empty",
                "sha256 matches /^0/",
                "CommandLine contains windash '-enc'",
                "CommandLine contains base64offset 'http'",
                "CommandLine contains wide base64offset 'http'",
                "CommandLine == 'école'",
                "time in 19:00..07:00 and CommandLine == 'x'",
                "weekday in (sat, sun) and CommandLine == 'x'",
            ]
        )
    );
    insta::assert_snapshot!(
        "sigma_network",
        shots(
            "windows/network_connection",
            &[
                "DestinationPort == 445",
                "Initiated == true",
                "not Initiated == false",
                "DestinationIp == '10.0.0.5'",
                "DestinationIp in ('127.0.0.0/8', '::1/128', 'fe80::/10')",
                "DestinationIp == '::1'",
                "DestinationIp == field SourceIp",
            ]
        )
    );
}

#[test]
fn structure_reads_as_an_author_would_write_it() {
    insta::assert_snapshot!(
        "sigma_structure",
        shots(
            "windows/process_creation",
            &[
                "Image named 'a.exe'\n      CommandLine contains 'x'",
                "Image named 'a.exe'\n      not ParentImage named 'b.exe'",
                "Image named 'a.exe'\n      not ParentImage named 'b.exe'\n      not User contains 'SYSTEM'",
                "any {\n        Image named ('vssadmin.exe', 'wmic.exe')\n        OriginalFileName in ('VSSADMIN.EXE', 'wmic.exe')\n      }\n      \
         CommandLine contains all ('delete', 'shadow')\n      not ParentImage named 'VeeamAgent.exe'",
                "(Image named 'a.exe' and CommandLine contains 'x') or (Image named 'b.exe' and CommandLine contains 'y')",
                "(Image named 'a.exe' and not CommandLine contains 'x') or User contains 'y'",
                "CommandLine contains ('a', 'b')\n      CommandLine contains ('c', 'd')",
                "CommandLine contains 'a'\n      CommandLine contains 'b'\n      CommandLine endswith 'c'",
                "CommandLine contains 'a' or CommandLine contains 'b' or Image named 'c.exe'",
                "not (CommandLine contains 'a' and Image named 'b.exe')",
                "not (CommandLine contains 'a' and not Image named 'b.exe')",
                "none {\n        CommandLine contains 'a'\n        Image named 'b.exe'\n      }\n      User contains 'x'",
                "CommandLine == 'a' and CommandLine == 'b'",
                "CommandLine matches /a/ and CommandLine matches /b/",
                "not CommandLine exists",
                "CommandLine exists\n      User exists",
                "anywhere contains 'x'\n      Image named 'a.exe'",
                "(anywhere contains 'x' or Image named 'a.exe') and (User contains 'y' or not User exists)",
            ]
        )
    );
}

#[test]
fn what_engines_trip_over_is_escaped() {
    insta::assert_snapshot!(
        "sigma_escapes",
        shots(
            "windows/process_creation",
            &[
                r"CommandLine contains '\Run\'",
                r"CommandLine startswith 'C:\Temp\'",
                r"CommandLine endswith '\'",
                r"CommandLine == '\\server\share\*'",
                r"CommandLine contains 'a*b'",
                r"CommandLine contains 'what?'",
                r"CommandLine contains '\*'",
                r"CommandLine contains '\\*'",
                r"CommandLine like '\\*\*'",
                r"CommandLine like 'C:\Users\*\a[*]b'",
                r#"CommandLine contains "it's \"quoted\"""#,
                r#"CommandLine contains "tab\tand\nline""#,
                r#"CommandLine contains "\u{1b}[31m""#,
                r#"CommandLine contains "\u{202e}\u{200b}""#,
                "CommandLine in ('null', 'true', '~', '123', '1e3', '0x10', '- a', 'a: b', 'a #b', '%x%', '{{x}}', '2026-11-24', '')",
                "CommandLine contains '# comment'",
                r"CommandLine matches /^[^:]*: '\\\\'$/",
            ]
        )
    );
}

#[test]
fn whole_documents() {
    let hunt = r#"hunt wannacry_worm {
  title "WannaCry: worm"
  id "0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11"
  author "Detection Engineering"
  created 2026-11-24
  status hunting
  tlp amber+strict
  hypothesis """
    A worm has reached one of our servers: it scans SMB and
    deletes shadow copies.
  """
  software "WannaCry"
  actor "Lazarus Group"
  references "https://attack.mitre.org/software/S0366/"

  detect shadow_copies_deleted on windows/process_creation {
    title "Shadow copies deleted: outside of backup software"
    when {
      any {
        Image named ('vssadmin.exe', 'wmic.exe')
        OriginalFileName in ('VSSADMIN.EXE', 'wmic.exe')
      }
      CommandLine contains all ('delete', 'shadow')
      not ParentImage named ('VeeamAgent.exe', 'wbengine.exe')
    }
    except "SCCM clean-up, CHG-1234" expires 2027-03-01 {
      ParentImage named 'ccmexec.exe'
      User contains 'svc' or CommandLine contains '/quiet'
    }
    level high
    techniques T1490, T1562.001
    falsepositives "Administrators freeing disk space"
    response "Isolate the host"
    entities host Computer, account User
    fields Computer, User, ParentImage, CommandLine
    schedule every 15m suppress 1d by Computer
  }
}
"#
    .replace("T1562.001", "T1685");
    let query = compiled(&hunt).remove(0).expect("written");
    insta::assert_snapshot!("sigma_document", query.text);
    assert_eq!(query.attachments.len(), 1);
    assert_eq!(query.attachments[0].kind, AttachmentKind::SigmaFilter);
    insta::assert_snapshot!("sigma_filter", format!("{}\n{}", query.attachments[0].name, query.attachments[0].text));
    let clauses: Vec<String> = query.clauses.iter().map(|clause| clause.text.clone()).collect();
    insta::assert_snapshot!("sigma_clauses", clauses.join("\n"));
    assert_eq!(query.columns, ["Computer", "User", "ParentImage", "CommandLine"]);
    assert_eq!(query.suppress_by, ["Computer"]);
}

#[test]
fn approximate_parts_are_left_out_with_their_direction() {
    let outcome = |clauses: &str| {
        compiled(&detect("windows/process_creation", clauses)).remove(0).map(|query| {
            let losses: Vec<String> = query
                .losses
                .iter()
                .map(|loss| format!("{} {}", loss.code, loss.direction.map_or("refused", |direction| direction.name())))
                .collect();
            (losses, query.text.contains("CommandLine"))
        })
    };
    let (losses, kept) = outcome("CommandLine == 'x'\n      approximate time in 19:00..07:00").expect("written");
    assert_eq!((losses, kept), (vec!["L0351 wider".to_owned()], true));
    let (losses, _) =
        outcome("CommandLine == 'x'\n      not (approximate time in 19:00..07:00 and User == 'y')").expect("written");
    assert_eq!(losses, ["L0351 narrower"]);
    assert!(outcome("approximate time in 19:00..07:00").is_err());
    let refused = outcome("time in 19:00..07:00\n      weekday in (sat)\n      CommandLine == 'x'").expect_err("refused");
    assert!(refused.contains("L0351") && refused.contains("L0352"), "the list is complete: {refused}");
}

/// A rule around one condition.
pub fn rule(source: &LogSourceId, separators: &'static [char], condition: Condition) -> (Rule, Selection) {
    let id = Uuid::from_u128(0x1234_5678);
    let selection = Selection {
        source: source.clone(),
        separators,
        name: "rule".to_owned(),
        id,
        condition,
        exceptions: Vec::new(),
        output: Vec::new(),
    };
    let rule = Rule {
        id,
        hunt: HuntInfo {
            name: "h".to_owned(),
            title: "h".to_owned(),
            authors: Vec::new(),
            created: None,
            modified: None,
            status: None,
            tlp: None,
            references: Vec::new(),
            hypothesis: String::new(),
            attack: Vec::new(),
            tags: Vec::new(),
            imported: None,
        },
        name: "rule".to_owned(),
        meta: Meta {
            title: "Rule".to_owned(),
            level: Level::Low,
            techniques: Vec::new(),
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body: Body::Select(vec![selection.clone()]),
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: Span::default(),
    };
    (rule, selection)
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(boolean) => (*boolean).into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.to_string(), json(value))).collect(),
    }
}

/// An event as a record of the log source: hashes stand in one text, as Sysmon writes them.
fn record(event: &Event, fields: &[Field], number: usize) -> serde_json::Value {
    let mut record = serde_json::Map::new();
    let mut hashes = Vec::new();
    for (name, value) in &event.fields {
        match (fields.iter().find(|field| field.name == *name).map(|field| field.kind.scalar), value) {
            (Some(ScalarType::Hash(algorithm)), Value::Text(hash)) => hashes.push(format!("{}={hash}", algorithm.sysmon_name())),
            (Some(ScalarType::Hash(algorithm)), Value::List(list)) => {
                let texts = list.iter().filter_map(|value| if let Value::Text(hash) = value { Some(hash) } else { None });
                hashes.extend(texts.map(|hash| format!("{}={hash}", algorithm.sysmon_name())));
            }
            _ => {
                record.insert(name.to_string(), json(value));
            }
        }
    }
    if !hashes.is_empty() {
        record.insert("Hashes".to_owned(), hashes.join(",").into());
    }
    record.insert("rule_number".to_owned(), marked(number).into());
    record.into()
}

/// What the engine does otherwise than the specification, so that such conditions are left out of the comparison; each with
/// its entry in docs/sigma-converters.md.
fn engine_is_known_to_differ(condition: &Condition, event: &Event) -> bool {
    let text_beyond_one_line = event.fields.values().any(|value| matches!(value, Value::Text(text) if text.contains('\n')));
    condition.tests().into_iter().any(|(test, _)| match test {
        // Its wildcards stop at line breaks.
        Test::Like { .. } => text_beyond_one_line,
        // The specification does not say what a comparison with `''` means for a list; this engine asks for one element.
        Test::Presence { field, .. } => matches!(event.fields.get(&field.name),
            Some(Value::List(elements)) if elements.contains(&Value::Text(String::new()))),
        _ => false,
    })
}

/// The engine that reads the emitted rules: a program called as `ORACLE rsigma RULES.tsv EVENTS.jsonl OUT.tsv`.
fn engine() -> Option<std::ffi::OsString> {
    let engine = std::env::var_os("HUNTC_SIGMA_ORACLE");
    if engine.is_none() {
        eprintln!("skipped: $HUNTC_SIGMA_ORACLE names no engine");
    }
    engine
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A number without digits, so that no text that is looked for anywhere finds it.
fn marked(number: usize) -> String {
    number.to_string().chars().map(|digit| char::from_u32(0x2460 + digit as u32 - '0' as u32).expect("a circled digit")).collect()
}

/// One rule and the events that it is run over.
struct Case {
    selection: Selection,
    text: String,
    fields: Vec<Field>,
    events: Vec<Event>,
}

/// Runs each rule by the engine over its events, and tells where it selects others than the evaluator does.
fn compare(engine: &std::ffi::OsStr, name: &str, cases: &[Case]) -> (usize, usize) {
    // Kept where a caller wants to hand the documents to other tools.
    let kept = std::env::var_os("HUNTC_SIGMA_RULES").map(std::path::PathBuf::from);
    let folder = std::env::temp_dir().join(format!("huntc-sigma-{name}-{}", std::process::id()));
    let rules_folder = kept.as_ref().map_or_else(|| folder.clone(), |kept| kept.join(name));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    std::fs::create_dir_all(&rules_folder).expect("a folder");
    let (mut rules, mut records, mut order) = (String::new(), String::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        let path = rules_folder.join(format!("rule_{number}.yml"));
        std::fs::write(&path, &case.text).expect("written");
        let _ = writeln!(rules, "{number}\t{}\t*\t*\trule_number={}", path.display(), marked(number));
        for event in &case.events {
            let _ = writeln!(records, "{}", record(event, &case.fields, number));
            order.push((number, event));
        }
    }
    let file = |name: &str| folder.join(name);
    std::fs::write(file("rules.tsv"), rules).expect("written");
    std::fs::write(file("events.jsonl"), records).expect("written");
    let output = Command::new(engine)
        .arg("rsigma")
        .args([file("rules.tsv"), file("events.jsonl"), file("out.tsv")])
        .output()
        .expect("the engine runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut faults = Vec::new();
    for line in std::fs::read_to_string(file("out.tsv")).expect("written").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let number: usize = cells[0].parse().expect("a number");
        if cells[1] == "ok" {
            found.insert(number, cells[3].split(',').filter_map(|index| index.parse().ok()).collect());
        } else {
            faults.push(format!("rule {number} is not read: {}\n{}", cells[3], cases[number].text));
        }
    }
    let (mut held, mut skipped) = (0, 0);
    for (index, (number, event)) in order.iter().enumerate() {
        let (case, Some(found)) = (&cases[*number], found.get(number)) else { continue };
        let expected = eval::selects(&case.selection, event);
        held += usize::from(expected);
        if engine_is_known_to_differ(&case.selection.condition, event) {
            skipped += 1;
        } else if found.contains(&index) != expected {
            let record = record(event, &case.fields, *number);
            faults.push(format!("rule {number}, event {index}: expected {expected}\n{}\n{record}", case.text));
        }
    }
    eprintln!("{name}: {} rules, {} events, {held} selected, {skipped} left out", cases.len(), order.len());
    std::fs::remove_dir_all(&folder).expect("removed");
    let shown: Vec<&str> = faults.iter().take(5).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), shown.join("\n"));
    (order.len(), held)
}

/// S8.1: rules of random conditions, run by another engine over random events, select what the evaluator selects.
fn compare_random(engine: &std::ffi::OsStr, name: &str, fields: &[Field], allow: Allow) {
    let source = catalogue::find("windows/process_creation").expect("in the catalogue");
    let (rounds, seed) = (setting("HUNTC_ROUNDS", 400), setting("HUNTC_SEED", 7));
    let mut random = Random::new(seed);
    let mut cases = Vec::new();
    let mut refused = 0;
    for _ in 0..rounds {
        let depth = random.below(4);
        let condition = generate::condition(&mut random, fields, depth, allow);
        let (rule, selection) = rule(&source.id, source.separators, condition);
        match compile::compile_rule(&rule, &selection, &TargetSetting::new(Target::Sigma)) {
            Ok(query) => {
                let event = |random: &mut Random| generate::event(random, &source.id, fields, &selection.condition, allow);
                let events = (0..12).map(|_| event(&mut random)).collect();
                cases.push(Case { selection, text: query.text, fields: fields.to_vec(), events });
            }
            Err(losses) => {
                assert!(losses.iter().all(|loss| loss.code.starts_with("L035")), "{losses:?}");
                refused += 1;
            }
        }
    }
    eprintln!("{name}: seed {seed}, {refused} conditions refused");
    let (events, held) = compare(engine, name, &cases);
    assert!(held > events / 10, "a test that selects nothing proves nothing");
}

/// Whether every path of an event is a native one from its root to a file's name, which a rule may assume.
fn holds_full_paths(event: &Event, fields: &[Field]) -> bool {
    let paths = fields.iter().filter(|field| field.kind.scalar == ScalarType::Path);
    paths.filter_map(|field| event.fields.get(&field.name)).all(|value| match value {
        Value::Text(text) => text.get(1..3) == Some(":\\") && !text.contains('/') && !text.ends_with('\\'),
        _ => false,
    })
}

/// The rules of `hunts/` over the events of their tests and over their witnesses. A site's exceptions are documents of their
/// own, which the engine is not given: the rule is judged without them.
#[test]
fn another_engine_selects_the_same_events_of_the_hunts() {
    let Some(engine) = engine() else { return };
    let session = workspace::hunts();
    let tests = &session.program.tests;
    let tested: Vec<&Event> = tests.iter().flat_map(|test| test.rows.iter().map(|row| &row.event).chain(&test.events)).collect();
    let mut cases = Vec::new();
    for rule in &session.program.rules {
        let Body::Select(selections) = &rule.body else { continue };
        for selection in selections {
            let query = compile::compile_rule(rule, selection, &TargetSetting::new(Target::Sigma)).expect("a Sigma rule");
            let selection = Selection { exceptions: Vec::new(), ..selection.clone() };
            let source = catalogue::find(&selection.source.0).expect("in the catalogue");
            let of_source = tested.iter().filter(|event| event.source == selection.source);
            let mut events: Vec<Event> = of_source.map(|event| (*event).clone()).collect();
            events.extend(verify::witnesses(&selection).events.into_iter().map(|witness| witness.event));
            if query.assumes.contains(&Assumption::FullPath) {
                events.retain(|event| holds_full_paths(event, source.fields.as_slice()));
            }
            cases.push(Case { selection, text: query.text, fields: source.fields.clone(), events });
        }
    }
    assert!(cases.len() > 60, "{} rules", cases.len());
    let (events, held) = compare(&engine, "hunts", &cases);
    assert!(events > 5000 && held > 500, "{held} of {events}");
}

fn known(names: &[&str]) -> Vec<Field> {
    let source = catalogue::find("windows/process_creation").expect("in the catalogue");
    names.iter().map(|name| source.field(name).expect("a field").clone()).collect()
}

#[test]
fn another_engine_selects_the_same_events() {
    let Some(engine) = engine() else { return };
    let own = |name: &str, kind: &str| Field { name: Arc::from(name), kind: FieldType::parse(kind).expect("a type") };
    let mut fields =
        known(&["CommandLine", "User", "Image", "ParentImage", "CurrentDirectory", "ProcessId", "LogonId", "sha256"]);
    fields.extend([own("Initiated", "boolean"), own("DestinationIp", "ip"), own("Score", "float")]);
    compare_random(&engine, "fields", &fields, Allow::default());
}

#[test]
fn another_engine_finds_the_same_texts_anywhere() {
    let Some(engine) = engine() else { return };
    let allow = Allow { anywhere: true, cased: false, ..Allow::default() };
    compare_random(&engine, "anywhere", &known(&["CommandLine", "User", "Image"]), allow);
}
