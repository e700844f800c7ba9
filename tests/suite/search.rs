//! Searching logs: what is read, what is counted, and how matches are written.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use huntc::diag::Span;
use huntc::ir::{
    Body, Case, Condition, HuntInfo, Level, Meta, Number, Order, Rule, Selection, Technique, Test, TextOperator, Uuid,
};
use huntc::logs::{self, Counts, Fault};
use huntc::schema::{Field, FieldType, LogSourceId};
use huntc::search::{Options, Search, Summary, render};

use crate::shared;

fn field(name: &str, kind: &str) -> Field {
    Field { name: name.into(), kind: FieldType::parse(kind).unwrap() }
}

fn rule(name: &str, sources: &[&str], test: Test, output: Vec<Field>) -> Arc<Rule> {
    let selection = |source: &&str| Selection {
        source: LogSourceId((*source).into()),
        separators: &['\\', '/'],
        name: name.into(),
        id: Uuid::nil(),
        condition: Condition::test(test.clone(), Span::default()),
        exceptions: Vec::new(),
        output: output.clone(),
    };
    Arc::new(Rule {
        id: Uuid::from_u128(u128::from(name.bytes().map(u64::from).sum::<u64>())),
        hunt: HuntInfo {
            name: "hunt".into(),
            title: "Hunt".into(),
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
        name: name.into(),
        meta: Meta {
            title: name.into(),
            level: Level::High,
            techniques: vec![Technique {
                id: "T1490".into(),
                name: "Inhibit System Recovery".into(),
                tactics: vec!["impact".into()],
            }],
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body: Body::Select(sources.iter().map(selection).collect()),
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: Span::default(),
    })
}

fn text(name: &str, operator: TextOperator, literal: &str) -> Test {
    Test::Text { field: field(name, "path"), operator, values: vec![literal.into()], case: Case::Folded }
}

const LOG: &str = concat!(
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"2026-11-02 03:14:07.000","Computer":"srv-04","Image":"C:\\Windows\\System32\\vssadmin.exe","CommandLine":"vssadmin.exe delete shadows /all /quiet","ProcessId":"77"}"#,
    "\r\n\n",
    r#"["not an object"]"#,
    "\n",
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"soon","Image":"C:\\vssadmin.exe","CommandLine":"=cmd \u001b[31m\n\"x\"","ProcessId":"n/a"}"#,
    "\n",
    r#"{"EventID":1,"Image":"C:\\vssadmin.exe"}"#,
    "\n{\"a\":NaN}\nhello\n",
    r#"{"Channel":"security","EventID":4688,"EventID":4688}"#,
    "\n",
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":13,"_time":1795514400,"TargetObject":"HKLM\\x","Image":"C:\\vssadmin.exe"}"#,
    "\n",
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1"#,
);

fn rules() -> Vec<Arc<Rule>> {
    let shown = vec![field("Computer", "string"), field("CommandLine", "string")];
    let sources = ["windows/process_creation", "windows/registry_set", "windows/registry_event"];
    let big = Test::Number { field: field("ProcessId", "integer"), order: Order::Greater, values: vec![Number::Integer(9999)] };
    vec![
        rule("vssadmin_started", &sources, text("Image", TextOperator::Named, "vssadmin.exe"), shown),
        rule("quiet", &["windows/process_creation"], big, Vec::new()),
    ]
}

fn run(bytes: &[u8], options: Options, format: render::Format) -> (String, Summary) {
    let rules = rules();
    let search = Search::new(&rules, options);
    let renderer = render::Renderer::new(format, &search);
    let (mut out, mut summary) = (renderer.head(), search.summary());
    summary.add(search.file("logs/a.jsonl", bytes, &mut |found| {
        out.push_str(&renderer.line(found));
        true
    }));
    (out, summary)
}

#[test]
fn matches_as_table_json_and_csv_and_the_summary() {
    let (table, found) = run(LOG.as_bytes(), Options::default(), render::Format::Table);
    let (json, _) = run(LOG.as_bytes(), Options::default(), render::Format::Json);
    let (csv, _) = run(LOG.as_bytes(), Options::default(), render::Format::Csv);
    insta::assert_snapshot!(format!("{table}\n{json}\n{csv}\n{}", render::summary(&found, 0.84)));
    for line in json.lines() {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(read["rule"], "vssadmin_started");
    }
    let read = csv::Reader::from_reader(csv.as_bytes()).into_records().map(|record| record.unwrap().len()).collect::<Vec<_>>();
    assert_eq!(read, [9, 9, 9]);
}

#[test]
fn since_and_until_leave_out_what_has_no_time() {
    let at = |since, until| run(LOG.as_bytes(), Options { since, until, source: None }, render::Format::Json);
    let (_, summary) = at(Some(1_795_514_400_000), None);
    assert_eq!(summary.matches["hunt.vssadmin_started"], 1);
    // The second process has no time that is understood, and the Security record has none at all.
    assert_eq!(summary.timeless, 2);
    assert_eq!(at(None, Some(1_795_514_400_000)).1.matches["hunt.vssadmin_started"], 1);
    assert_eq!(at(Some(1_795_514_400_001), None).1.matches["hunt.vssadmin_started"], 0);
}

#[test]
fn a_given_log_source_needs_no_recognition() {
    let source = Some(LogSourceId("windows/process_creation".into()));
    let (_, summary) = run(LOG.as_bytes(), Options { source, ..Options::default() }, render::Format::Json);
    assert_eq!((summary.matches["hunt.vssadmin_started"], summary.unrecognised), (4, 0));
}

fn read(bytes: &[u8]) -> (Vec<String>, Counts) {
    let mut raw = Vec::new();
    let counts = logs::read(bytes, None, &mut |record| {
        raw.push(record.event.raw.unwrap());
        true
    });
    (raw, counts)
}

#[test]
fn gzip_and_zstandard_of_several_members_read_as_the_plain_file() {
    let (plain, counts) = read(LOG.as_bytes());
    let (first, second) = LOG.as_bytes().split_at(100);
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let zstandard = |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3].to_vec();
    for compressed in [
        gzip(LOG.as_bytes()),
        [gzip(first), gzip(second)].concat(),
        zstandard(LOG.as_bytes()),
        [skippable.clone(), zstandard(first), skippable, zstandard(second)].concat(),
    ] {
        assert_eq!(read(&compressed), (plain.clone(), counts.clone()));
        // Cut off: what came before is kept, and the damage is said.
        let (_, cut) = read(&compressed[..compressed.len() - 9]);
        assert!(cut.faults.contains_key(&Fault::Damaged) || cut.faults.contains_key(&Fault::Truncated), "{cut:?}");
    }
}

#[test]
fn awkward_bytes_are_counted_and_never_fatal() {
    let fault = |bytes: &[u8]| read(bytes).1.faults.into_keys().collect::<Vec<_>>();
    assert_eq!(fault(b"\xFF\xFE{\0}\0"), [Fault::Utf16]);
    assert_eq!(fault(b"\xEF\xBB\xBF{\"a\":1}"), []);
    assert_eq!(fault(b"{\"a\":\"\xE9\"}"), [Fault::Replaced]);
    assert_eq!(fault(b"{\"a\":\"\\ud800\"}"), [Fault::Replaced]);
    assert_eq!(fault(&[b"{\"a\":".as_slice(), &b"[".repeat(100_000)].concat()), [Fault::TooDeep]);
    assert_eq!(fault(&[b"{\"a\":\"".as_slice(), &b"x".repeat(logs::LONGEST_LINE), b"\"}\n{}"].concat()), [Fault::TooLong]);
    assert_eq!(fault(b"\x1F\x8Bgarbage"), [Fault::Damaged]);
    assert_eq!(fault(b"\x28\xB5\x2F\xFDgarbage"), [Fault::Damaged]);
    assert_eq!(read(b"").1, Counts::default());
    assert_eq!(read(b"\n\n  \n{}\n").1.events, 1);
    // Every cut and every changed byte of a log, for a reader that must not panic.
    for at in 0..LOG.len() {
        read(&LOG.as_bytes()[..at]);
        let mut changed = LOG.as_bytes().to_vec();
        changed[at] ^= 0x55;
        read(&changed);
    }
}

/// A stream that fails after so many bytes.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into) {
            Ok(0) => Err(std::io::Error::other("the disk is gone")),
            other => other,
        }
    }
}

#[test]
fn a_failing_stream_keeps_what_it_gave() {
    let counts = logs::read(Failing(LOG.as_bytes()), None, &mut |_| true);
    assert_eq!(counts.events, read(LOG.as_bytes()).1.events);
    assert_eq!(counts.faults[&Fault::Damaged], (1, 10));
}

/// Real Windows events: every line is read, and a rule finds what a plain reading of the lines finds.
#[test]
fn real_events() {
    let Some(folder) = shared::find("corpus/events") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".jsonl.zst"))
        .collect();
    files.sort();
    let rules = vec![
        rule("powershell", &["windows/process_creation"], text("Image", TextOperator::EndsWith, r"\powershell.exe"), vec![]),
        rule(
            "run_keys",
            &["windows/registry_event"],
            text("TargetObject", TextOperator::Contains, r"\CurrentVersion\Run"),
            vec![],
        ),
    ];
    let search = Search::new(&rules, Options::default());
    let mut summary = search.summary();
    let (mut found, mut expected, mut lines) = (Vec::new(), Vec::new(), 0);
    let started = Instant::now();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        summary.add(search.file(&name, File::open(path).unwrap(), &mut |one| {
            found.push((name.clone(), one.line, one.rule.name.clone()));
            true
        }));
    }
    eprintln!("{}", render::summary(&summary, started.elapsed().as_secs_f64()));
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut plain = Vec::new();
        let mut decoder = ruzstd::decoding::StreamingDecoder::new(BufReader::new(File::open(path).unwrap())).unwrap();
        decoder.read_to_end(&mut plain).unwrap();
        for (index, line) in plain.lines().enumerate() {
            lines += 1;
            let event: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let text = |field: &str| event[field].as_str().unwrap_or_default().to_lowercase();
            if text("Channel") != "microsoft-windows-sysmon/operational" {
                continue;
            }
            let number = index as u64 + 1;
            match event["EventID"].as_u64() {
                Some(1) if text("Image").ends_with(r"\powershell.exe") => {
                    expected.push((name.clone(), number, "powershell".to_owned()))
                }
                Some(12..=14) if text("TargetObject").contains(r"\currentversion\run") => {
                    expected.push((name.clone(), number, "run_keys".to_owned()));
                }
                _ => {}
            }
        }
    }
    assert_eq!(summary.events, lines);
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    let lost: Vec<_> = summary.faults.keys().filter(|fault| fault.loses_the_line()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!((summary.files, summary.events), (16, 87_942));
}
