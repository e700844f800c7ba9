//! Sigma as input: what it means, and that nothing of it is lost or stops the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use huntc::attack::Release;
use huntc::compile::{self, Outcome, ReadProblem, Request, Session, Sources, TargetSetting};
use huntc::diag::{Severity, SourceId};
use huntc::eval;
use huntc::import::sigma;
use huntc::ir::event::Event;
use huntc::ir::{Body, Rule, Selection};
use huntc::schema::{LogSourceId, Target};

use crate::{corpus, shared};

pub struct Memory(pub BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

pub fn load(files: &[(&str, &str)]) -> Session {
    let memory = Memory(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
    let request = Request { roots: memory.0.keys().cloned().collect(), ..Request::default() };
    compile::load(&request, &memory)
}

fn selections(session: &Session) -> Vec<(Arc<Rule>, Selection)> {
    session
        .program
        .rules
        .iter()
        .flat_map(|rule| match &rule.body {
            Body::Select(selections) => selections.iter().map(|each| (Arc::clone(rule), each.clone())).collect(),
            Body::Correlation(_) | Body::Sweep(_) => Vec::new(),
        })
        .collect()
}

fn events(text: &str, source: &LogSourceId) -> Vec<Event> {
    let mut found = Vec::new();
    huntc::logs::read(text.as_bytes(), Some(source), &mut |record| {
        found.push(record.event);
        true
    });
    found
}

fn rule(item: &str) -> String {
    format!(
        "title: Probe\nlogsource:\n  product: probe\n  service: data\ndetection:\n  selection:\n    {item}\n  condition: selection\n"
    )
}

/// `\/` is a slash, and `\\/` a backslash before one: in the rule, and in the hunt that is written of it.
#[test]
fn a_backslash_before_a_slash_is_kept() {
    let selects = |session: &Session| -> Vec<bool> {
        let selection = selections(session).remove(0).1;
        let lines = [r"a\\b", "a/b", r"a\\/b", "ab"].map(|text| format!("{{\"F\":\"{text}\"}}")).join("\n");
        events(&lines, &selection.source).iter().map(|event| eval::selects(&selection, event)).collect()
    };
    for (pattern, expected) in [
        (r"a[\\/]b", [true, true, false, false]),
        (r"a\\/b", [false, false, true, false]),
        (r"a\/b", [false, true, false, false]),
    ] {
        let text = rule(&format!("F|re: '^{pattern}$'"));
        let session = load(&[("rule.yml", &text)]);
        assert_eq!(selects(&session), expected, "{pattern}");
        let read = sigma::read(SourceId(0), &text, Release::V19_0);
        let hunt = huntc::fmt::print(&read.tree);
        assert_eq!(selects(&load(&[("rule.hunt", &hunt)])), expected, "{pattern} as\n{hunt}");
    }
}

/// A name that the language cannot write would lose a character in the hunt, and name another field there.
#[test]
fn a_field_that_cannot_be_named_refuses_the_rule() {
    for detection in ["'a`b': x", "'F`|contains': x", "F|fieldref: 'a`b'", "\"a\\nb\": x"] {
        let found = said("rule.yml", &rule(detection));
        assert!(found.iter().any(|line| line.contains("E0706")), "{detection}: {found:?}");
    }
}

/// What the program says of a file: code, severity and the marked text.
fn said(path: &str, text: &str) -> Vec<String> {
    let session = load(&[(path, text)]);
    session
        .diagnostics
        .iter()
        .map(|each| {
            let place = each.span.and_then(|span| session.sources.get(span.source)?.text.get(span.range()).map(str::to_owned));
            let position = each.span.map(|span| session.sources.position(span)).unwrap_or_default();
            format!("{} {}:{} `{}` {}", each.code, position.line, position.column, place.unwrap_or_default(), each.message)
        })
        .collect()
}

/// The probes' answers that no engine's judgement is needed for: see the column `status`. Where the specification leaves a
/// thing open, this is what the language chose.
const OPEN: &[(&str, &[usize])] = &[
    // A number in a field of text is its own text (S1.3), and `7.0` is not `7`.
    ("number", &[25, 35]),
];

#[test]
fn the_probes_of_the_specification_hold() {
    let Some(folder) = shared::find("corpus/sigma/probes") else { return };
    let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let table = std::fs::read_to_string(folder.join("probes.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (name, item) = (cells[0], cells[1]);
        let keywords = item.strip_prefix("- ");
        let yaml = keywords.map_or_else(|| rule(item), |word| rule(&format!("- {word}")).replace("    - ", "  - "));
        let session = load(&[("probe.yml", &yaml)]);
        let Some((_, selection)) = selections(&session).into_iter().next() else {
            wrong.push(format!("{name}: {:?}", session.diagnostics.iter().map(|each| &each.message).collect::<Vec<_>>()));
            continue;
        };
        let found: Vec<usize> = events(&text, &selection.source)
            .iter()
            .enumerate()
            .filter(|(_, event)| eval::selects(&selection, event))
            .map(|(index, _)| index)
            .collect();
        let expected: Vec<usize> = match OPEN.iter().find(|(open, _)| *open == name) {
            Some((_, expected)) => expected.to_vec(),
            None => cells[2].split(',').filter(|cell| !cell.is_empty()).map(|cell| cell.parse().unwrap()).collect(),
        };
        judged += 1;
        if found != expected {
            let extra: Vec<_> = found.iter().filter(|index| !expected.contains(index)).collect();
            let missing: Vec<_> = expected.iter().filter(|index| !found.contains(index)).collect();
            wrong.push(format!("{name} ({item}): extra {extra:?}, missing {missing:?}; {}", cells[3]));
        }
    }
    assert!(wrong.is_empty(), "{judged} judged\n{}", wrong.join("\n"));
}

/// Rules whose known answer the evaluator does not give; `docs/corpus-differences.md` says why.
const DIFFERENCES: &[&str] = &[];

#[test]
fn the_known_answers_of_the_corpus_hold() {
    let (Some(rules), Some(regression)) = (shared::find("corpus/sigma/rules"), shared::find("corpus/sigma/regression")) else {
        return;
    };
    let mut folders: Vec<_> = std::fs::read_dir(&regression).unwrap().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for folder in &folders {
        let expected: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        let path = expected["rule_path"].as_str().unwrap().to_owned();
        let session = corpus::load(&rules, vec![path.clone()]);
        let Some((_, selection)) = selections(&session).into_iter().next() else {
            wrong.push(format!(
                "{path}: not read: {:?}",
                session.diagnostics.iter().map(|each| &each.message).collect::<Vec<_>>()
            ));
            continue;
        };
        let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
        let found: Vec<u64> = events(&text, &selection.source)
            .iter()
            .zip(0..)
            .filter(|(event, _)| eval::selects(&selection, event))
            .map(|(_, index)| index)
            .collect();
        judged += 1;
        let same = match expected["matched_indexes"].as_array() {
            Some(indexes) => indexes.iter().map(|index| index.as_u64().unwrap()).eq(found.iter().copied()),
            // Upstream's count is a lower bound.
            None => found.len() as u64 >= expected["match_count"].as_u64().unwrap(),
        };
        let known = DIFFERENCES.contains(&path.as_str());
        if same == known {
            let known = if known { "explained, and there is none" } else { "" };
            wrong.push(format!(
                "{path}: found {found:?}, expected {} / {} {known}",
                expected["matched_indexes"], expected["match_count"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{judged} judged, {} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Every witness of two selections has the same answer from both.
fn differ(left: &Selection, right: &Selection) -> Option<String> {
    if left.source != right.source {
        return Some(format!("{} became {}", left.source, right.source));
    }
    if left.condition == right.condition {
        return None;
    }
    let (left_prepared, right_prepared) = (eval::PreparedSelection::new(left), eval::PreparedSelection::new(right));
    for (name, own) in [("before", left), ("after", right)] {
        for witness in huntc::verify::witnesses(own).events {
            let (before, after) = (left_prepared.selects(&witness.event), right_prepared.selects(&witness.event));
            if before != after {
                return Some(format!("a witness of the one {name}: {before} before, {after} after: {:?}", witness.event.fields));
            }
        }
    }
    None
}

/// Sigma → hunt text → the same meaning; Sigma → our Sigma → the same meaning.
#[test]
fn rules_of_others_keep_their_meaning_as_hunts_and_as_sigma() {
    let Some(root) = shared::find("corpus/sigma/rules") else { return };
    let mut paths = corpus::sample(corpus::files(&root), false);
    if std::env::var_os("HUNTC_CORPUS").is_none() {
        // Witnesses take their time in a debug build.
        paths = paths.into_iter().step_by(6).collect();
    }
    let mut wrong = Vec::new();
    let (mut as_hunts, mut as_sigma) = (0, 0);
    for path in paths {
        let text = std::fs::read_to_string(root.join(&path)).unwrap();
        let first = load(&[("rule.yml", &text)]);
        let Some((rule, selection)) = selections(&first).into_iter().next() else { continue };
        // As a hunt.
        let hunt = huntc::fmt::print(&first.input.files[0].tree);
        let read = load(&[("rule.hunt", &hunt)]);
        let errors: Vec<_> =
            read.diagnostics.iter().filter(|each| each.is_error()).map(|each| (each.code, &each.message)).collect();
        match selections(&read).into_iter().next() {
            Some((_, again)) if errors.is_empty() => {
                as_hunts += 1;
                wrong.extend(differ(&selection, &again).map(|how| format!("{path} as a hunt: {how}\n{hunt}")));
                let (tree, _) = huntc::syntax::parse(SourceId(0), &hunt);
                assert_eq!(huntc::fmt::format(&tree, &hunt), hunt, "{path} is laid out as `fmt` does");
            }
            _ => wrong.push(format!("{path} as a hunt: {errors:?}\n{hunt}")),
        }
        // As Sigma.
        let Ok(query) = compile::compile_rule(&rule, &selection, &TargetSetting::new(Target::Sigma)) else { continue };
        let read = load(&[("again.yml", &query.text)]);
        match selections(&read).into_iter().next() {
            Some((again_rule, again)) => {
                as_sigma += 1;
                wrong.extend(differ(&selection, &again).map(|how| format!("{path} as Sigma: {how}\n{}", query.text)));
                assert_eq!(again_rule.meta.title, rule.meta.title);
                assert_eq!(again_rule.id, rule.id);
                assert_eq!(again_rule.meta.techniques, rule.meta.techniques);
                assert_eq!(again_rule.hunt.tags.is_empty(), rule.hunt.tags.is_empty(), "{path}");
            }
            None => {
                let errors: Vec<_> = read.diagnostics.iter().map(|each| (each.code, &each.message)).collect();
                wrong.push(format!("{path} as Sigma: {errors:?}\n{}", query.text));
            }
        }
    }
    println!("{as_hunts} as hunts, {as_sigma} as Sigma");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

const GOOD: &str = "title: Cmd started\nid: 0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11\nstatus: stable\nlevel: high\ntags: [attack.t1059.003, cve.2021-44228]\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    Image|endswith: '\\cmd.exe'\n  condition: selection\n";

#[test]
fn no_batch_stops_at_one_rule() {
    let unknown = GOOD.replace("endswith", "endwith");
    let refused = GOOD.replace("product: windows\n  category: process_creation", "product: windows\n  service: security");
    let mut files = vec![("broken.yml".to_owned(), "title: x\ndetection: [\n".to_owned()), ("unknown.yml".to_owned(), unknown)];
    files.push(("refused.yml".to_owned(), refused.replace("Image|endswith: '\\cmd.exe'", "EventID: '4624'")));
    for index in 0..50 {
        files.push((format!("good_{index:02}.yml"), GOOD.to_owned()));
    }
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let session = load(&borrowed);
    assert!(session.has_errors() && !session.stops());
    let settings: Vec<TargetSetting> = [Target::Sigma, Target::Defender].map(TargetSetting::new).to_vec();
    let build = compile::build(&session, &settings, "19.0");
    let written =
        |target: usize| build.rules.iter().filter(|rule| matches!(rule.targets[target].outcome, Outcome::Written(_))).count();
    assert_eq!((written(0), written(1)), (51, 50));
    // Titles repeat; each rule has files of its own.
    assert!(
        build.files.contains_key("sigma/cmd_started/cmd_started.yml")
            && build.files.contains_key("sigma/cmd_started_50/cmd_started_50.yml")
    );
    let lines: Vec<(String, &str, Severity, usize)> = session
        .diagnostics
        .iter()
        .chain(&build.diagnostics)
        .filter_map(|each| {
            let span = each.span?;
            Some((
                session.sources.get(span.source)?.path.to_string(),
                each.code,
                each.severity,
                session.sources.position(span).line,
            ))
        })
        .collect();
    let expected = [
        ("broken.yml".to_owned(), "E0701", Severity::Error, 3),
        ("unknown.yml".to_owned(), "E0703", Severity::Error, 11),
        ("refused.yml".to_owned(), "L0302", Severity::Warning, 11),
    ];
    assert_eq!(lines, expected);
    // What the author said of the rule travels.
    let sigma = &build.files["sigma/cmd_started/cmd_started.yml"];
    for kept in
        ["id: 0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11", "status: stable", "attack.t1059.003", "cve.2021-44228", "level: high"]
    {
        assert!(sigma.contains(kept), "{kept}\n{sigma}");
    }
}

#[test]
fn mistakes_stand_at_their_place_in_the_yaml() {
    let item = |item: &str| {
        said("rule.yml", &rule(item)).into_iter().filter(|line| !line.starts_with("W0702")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(
        [
            item("Field|contians: x"),
            item("'Field|re|base64': x"),
            item("Field|startswith|endswith: x"),
            item("Field|contains: null"),
            item("Field: []"),
            item("Field|lt: many"),
            item("Field|expand: 'x%y%'"),
            item("Field|expand: '%y%'"),
            item("Field|re: 'a(?=b)'"),
            item("Field|re: '(?i)a(?<=b)'"),
            item("Field: {a: b}"),
            item("Field|hour: 5"),
            said("rule.yml", &GOOD.replace("condition: selection", "condition: selection | count() > 5")).join("\n"),
            said("rule.yml", &GOOD.replace("condition: selection", "condition: all of filter_*")).join("\n"),
            said("rule.yml", &GOOD.replace("condition: selection", "condition: Selection or selection")).join("\n"),
            said("rule.yml", &GOOD.replace("Image|endswith: '\\cmd.exe'", "ProcessId|startswith: '4'")).join("\n"),
            said("rule.yml", &GOOD.replace("attack.t1059.003", "attack.t1086")).join("\n"),
            said("rule.yml", &GOOD.replace("Image|", "Imagee|")).join("\n"),
        ]
        .join("\n")
    );
}

const CORRELATION: &str = "title: Guessing, then in
correlation:
  type: temporal_ordered
  rules: [guesses, login]
  group-by: [TargetUserName]
  timespan: 2w
---
title: Guesses
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: guesses
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 10m
  condition: { gte: 10 }
---
title: Failed
name: failed
logsource: { product: windows, service: security }
detection:
  selection: { EventID: '4625' }
  filter: { TargetUserName|endswith: $ }
  condition: selection and not filter
---
title: Login
name: login
generate: true
logsource: { product: windows, service: security }
detection:
  selection: { EventID: [528, 4624] }
  condition: selection
---
title: No services
logsource: { product: windows, service: security }
filter:
  rules: [login]
  selection: { TargetUserName: SYSTEM }
  condition: not selection
";

#[test]
fn correlations_and_filters_become_correlates_and_exceptions() {
    let session = load(&[("rules.yml", CORRELATION)]);
    assert!(session.diagnostics.is_empty(), "{:?}", session.diagnostics);
    let names: Vec<&str> = session.program.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["guessing_then_in", "guesses", "login_alone"]);
    let (_, login) = selections(&session).into_iter().next().unwrap();
    assert_eq!(login.exceptions.len(), 1, "the filter's condition says what stays");
    let judge = |user: &str| {
        let text = format!("{{\"EventID\": 4624, \"TargetUserName\": \"{user}\"}}");
        eval::selects(&login, &events(&text, &login.source)[0])
    };
    assert!(judge("bob") && !judge("system"));
    let read = sigma::read(SourceId(0), CORRELATION, Release::V19_0);
    insta::assert_snapshot!(huntc::fmt::print(&read.tree));
    // What a correlation names must be there.
    let alone: String = CORRELATION.split("---\n").take(1).collect();
    let said = said("rules.yml", &alone);
    assert!(
        said.iter().any(|line| line.starts_with("E0707 4:11 `guesses`") || line.starts_with("E0707 4:20 `login`")),
        "{said:?}"
    );
}

#[test]
fn a_workspace_may_accept_losses_of_imported_rules() {
    let yaml =
        GOOD.replace("Image|endswith: '\\cmd.exe'", "TargetFilename|endswith: '.hta'\n    FileMagicBytes|startswith: '4D5A'");
    let yaml = yaml.replace("process_creation", "file_event");
    let session = load(&[("rule.yml", &yaml)]);
    let status = |accept: &[huntc::ir::Direction]| {
        let setting = TargetSetting { accept: accept.to_vec(), ..TargetSetting::new(Target::Splunk) };
        let build = compile::build(&session, &[setting], "19.0");
        match &build.rules[0].targets[0].outcome {
            Outcome::Written(query) => query.losses.iter().filter_map(|loss| loss.direction).map(|each| each.name()).collect(),
            Outcome::Refused { .. } | Outcome::NotSwept { .. } => vec!["refused"],
        }
    };
    use huntc::ir::Direction::{Either, Narrower, Wider};
    assert_eq!(status(&[]), ["refused"]);
    assert_eq!(status(&[Narrower]), ["refused"]);
    assert_eq!(status(&[Wider]), ["wider"]);
    assert_eq!(status(&[Either]), ["wider"]);
}

/// What only the XML rendering holds is refused where classic events come too, and exact where the site says that none do.
#[test]
fn a_site_may_say_that_it_collects_xml_alone() {
    let yaml = GOOD.replace("category: process_creation", "service: security");
    let yaml = yaml.replace("Image|endswith: '\\cmd.exe'", "EventID: 4624\n    LogonProcessName: seclogo");
    let session = load(&[("rule.yml", &yaml)]);
    let build = |xml_only: bool| {
        compile::build_verified(&session, &[TargetSetting { xml_only, ..TargetSetting::new(Target::Splunk) }], "19.0")
    };
    match &build(false).rules[0].targets[0].outcome {
        Outcome::Refused { losses, .. } | Outcome::NotSwept { losses } => {
            assert_eq!(losses.iter().map(|loss| loss.code).collect::<Vec<_>>(), ["L0314"])
        }
        Outcome::Written(query) => panic!("written: {}", query.text),
    }
    let built = build(true);
    assert_eq!(built.verified.unwrap().rules, 1);
    let Outcome::Written(query) = &built.rules[0].targets[0].outcome else { panic!("{:#?}", built.diagnostics) };
    assert!(query.losses.is_empty());
    let definition = query.attachments.iter().find(|each| each.name == "wineventlog_security").unwrap();
    assert!(definition.text.contains("XmlWinEventLog:Security"), "{}", definition.text);
    assert!(!definition.text.contains("\"WinEventLog:Security"), "{}", definition.text);
}

/// Absent or empty, in whatever form a rule says it, is what every target can say.
#[test]
fn null_or_the_empty_text_is_empty() {
    for form in ["Image: ['', null]", "Image: [null, '']"] {
        let session = load(&[("rule.yml", &GOOD.replace("Image|endswith: '\\cmd.exe'", form))]);
        let (_, selection) = selections(&session).into_iter().next().unwrap();
        let expected = load(&[("h.hunt", "hunt h {\n  detect r on windows/process_creation { when { Image is empty } }\n}\n")]);
        assert_eq!(selection.condition, selections(&expected)[0].1.condition, "{form}");
    }
    let session = load(&[("rule.yml", &GOOD.replace("Image|endswith: '\\cmd.exe'", "Image: [null, '', 'a']"))]);
    let (_, selection) = selections(&session).into_iter().next().unwrap();
    assert_eq!(selection.condition.tests().len(), 2);
}

/// No text, however broken, makes the reader panic or loop: the corpus cut off at every so many bytes, and bytes changed.
#[test]
fn broken_files_end_with_a_finding_and_no_panic() {
    let whole = format!("{CORRELATION}---\n{GOOD}");
    for end in (0..whole.len()).step_by(7) {
        load(&[("rule.yml", &whole[..end])]);
    }
    for (index, with) in ["\t", "'", "\"", "{", "[", "&a", "*a", "|", ":", "- ", "%", "!", "é", "\u{feff}", "\r"]
        .iter()
        .cycle()
        .take(300)
        .enumerate()
    {
        let at = (index * 97) % whole.len();
        let text = format!("{}{with}{}", &whole[..at], &whole[at..]);
        load(&[("rule.yml", &text)]);
    }
}
