//! Threat intelligence: what each reader makes of our own samples, of hostile input, and of the files whose answers are known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use huntc::attack::Release;
use huntc::check::Options;
use huntc::compile::{self, ReadProblem, Request, Sources};
use huntc::diag::SourceId;
use huntc::indicator::Kind;
use huntc::intel::{self, Collection, Lifetimes, Policy, Read, Style, Tlp, Warninglists};
use huntc::ir::event::Event;
use serde_json::Value;

use crate::shared;

fn sample(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/intel").join(name)).unwrap()
}

fn misp(text: &str) -> Read {
    intel::misp::read(SourceId(0), text, "file", Release::default(), &Lifetimes::default())
}

fn stix(text: &str) -> Read {
    intel::stix::read(SourceId(0), text, "file", Release::default(), &Lifetimes::default())
}

fn table(text: &str) -> Read {
    intel::table::read(SourceId(0), text, "file", Release::default(), &Lifetimes::default())
}

/// Each indicator as `type value`.
fn listed(collection: &Collection) -> Vec<String> {
    collection.indicators.iter().map(|indicator| format!("{} {}", indicator.kind.name(), indicator.value)).collect()
}

/// Each reason with its count.
fn reasons(collection: &Collection) -> Vec<String> {
    collection.reasons().iter().map(|(reason, count)| format!("{count} {reason}")).collect()
}

/// A hunt and its files, as a workspace in memory.
struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// What `check` says of everything that was read: errors only.
fn check(collections: &[Collection]) -> Vec<String> {
    check_with(collections, Release::default())
}

fn check_with(collections: &[Collection], release: Release) -> Vec<String> {
    let mut problems = Vec::new();
    for (library, files) in [(false, true), (false, false), (true, true)] {
        for written in intel::hunts(collections, Style { release, library, files }) {
            let root = format!("{}.hunt", written.name);
            let mut all: BTreeMap<String, String> = written.files.iter().cloned().collect();
            all.insert(root.clone(), written.hunt.clone());
            let (tree, syntax) = huntc::syntax::parse(SourceId(0), &written.hunt);
            problems.extend(syntax.iter().map(|each| format!("{root}: {}", each.message)));
            if huntc::fmt::format(&tree, &written.hunt) != written.hunt {
                problems.push(format!("{root}: it is not laid out as `fmt` does"));
            }
            let session = compile::load(
                &Request {
                    roots: vec![root.clone()],
                    options: Options { attack: release, ..Options::default() },
                    ..Request::default()
                },
                &Memory(all),
            );
            problems.extend(
                session
                    .diagnostics
                    .iter()
                    .filter(|each| each.is_error())
                    .map(|each| format!("{root}: {} {}", each.code, each.message)),
            );
        }
    }
    problems
}

#[test]
fn a_misp_event_becomes_a_hunt() {
    let read = misp(&sample("event.json"));
    let [collection] = read.collections.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        listed(collection),
        [
            "domain invoice-portal.example",
            "ip 203.0.113.77",
            "port 8443",
            "url https://invoice-portal.example/Open/7f3a",
            "file_name invoice_8841.iso",
            "sha256 4a1f8b0c9d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495a6b7c8",
            "md5 0cc175b9c0f1b6a831c399e269772661",
            "link https://cert.example/reports/lantern-vole",
            "cve CVE-2026-10001",
            r"registry_key HKCU\Software\Microsoft\Windows\CurrentVersion\Run\LanternUpdate",
        ]
    );
    assert_eq!(
        reasons(collection),
        ["1 31 characters, where 32 hexadecimal digits were expected", "1 deleted in MISP", "1 its type is no indicator"]
    );
    // `T1086` is called `T1059.001` since 2020.
    assert_eq!(collection.techniques, ["T1059.001", "T1566.001"]);
    let domain = &collection.indicators[0];
    assert_eq!(
        (domain.tlp, domain.expires.as_deref()),
        (Some(Tlp::Green), Some("2027-05-18")),
        "180 days after it was last seen"
    );
    assert_eq!(collection.indicators[1].expires.as_deref(), Some("2026-12-20"), "30 days after the event");
    assert_eq!(collection.indicators[6].tlp, Some(Tlp::Amber), "its own marking");
    let [warning] = read.diagnostics.as_slice() else { panic!("{:?}", read.diagnostics) };
    assert_eq!(&sample("event.json")[warning.span.unwrap().range()], "\"0cc175b9c0f1b6a831c399e26977266\"");
    assert_eq!(check(&read.collections), Vec::<String>::new());
    let hunts = intel::hunts(&read.collections, Style { release: Release::default(), library: false, files: true });
    insta::assert_snapshot!(hunts[0].hunt);
}

#[test]
fn what_may_not_travel_stays() {
    let apply = |most: Tlp| {
        let mut read = misp(&sample("event.json"));
        Policy { max_tlp: Some(most), ..Policy::default() }.apply(&mut read.collections[0]);
        read.collections
    };
    let green = apply(Tlp::Green);
    assert!(!intel::lines(&green).contains("0cc175b9c0f1b6a831c399e269772661"));
    assert!(green[0].reasons().iter().any(|(reason, count)| &**reason == "marked more strictly than green" && *count == 1));
    // The event is green: of it nothing stays that its author marked.
    let clear = intel::lines(&apply(Tlp::Clear));
    for word in ["Lantern", "invoice", "cert.example", "203.0.113.77", "T1059"] {
        assert!(!clear.contains(word), "{word}: {clear}");
    }
}

#[test]
fn stix_patterns_become_indicators_and_rules() {
    let text = sample("bundle.json");
    let read = stix(&text);
    let [collection] = read.collections.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        listed(collection),
        [
            "domain c2.example",
            "ip 198.51.100.0/24",
            "sha256 aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f",
            "yara rule x { condition: true }",
        ]
    );
    assert_eq!(reasons(collection), ["1 no STIX pattern", "1 no field of a log: user-account", "1 revoked by its author"]);
    assert_eq!(collection.rules.len(), 3);
    assert_eq!(check(&read.collections), Vec::<String>::new());
    let hunts = intel::hunts(&read.collections, Style { release: Release::default(), library: false, files: true });
    insta::assert_snapshot!(hunts[0].hunt);
}

#[test]
fn tables_are_read_by_their_headers_or_without() {
    for (text, expected) in [
        ("value,type\n1.2.3[.]4:443,ip\nWWW.a.example.,hostname\n", vec!["ip 1.2.3.4", "port 443", "domain www.a.example"]),
        ("Indicator type;Data\nX_MD5;D41D8CD98F00B204E9800998ECF8427E\n", vec!["md5 d41d8cd98f00b204e9800998ecf8427e"]),
        ("192.0.2.1,ipaddress,note\nb.com,hostname,note\n", vec!["ip 192.0.2.1", "domain b.com"]),
        ("SHA256,C2 Server\n,evil.com/a\n", vec!["uri evil.com/a"]),
        ("Things,Notes\nhxxp://a[.]example/,x\nnothing here,y\n", vec!["url http://a.example/"]),
    ] {
        let read = table(text);
        assert_eq!(read.collections.iter().flat_map(listed).collect::<Vec<_>>(), expected, "{text}");
        assert_eq!(check(&read.collections), Vec::<String>::new(), "{text}");
    }
    assert_eq!(table("a,b\nc,d\n").diagnostics[0].code, "E0902");
}

#[test]
fn many_indicators_stand_in_a_file_that_says_what_each_is() {
    let mut text = "value,type,tlp,last_seen,expires\n".to_owned();
    for number in 0..150 {
        text.push_str(&format!("h{number}.example,domain,green,2026-01-{:02},\n", number % 28 + 1));
    }
    let read = table(&text);
    let hunts = intel::hunts(&read.collections, Style { release: Release::default(), library: false, files: true });
    assert_eq!(hunts[0].files.len(), 1);
    assert!(hunts[0].files[0].1.starts_with(
        "value,type,source,tlp,first_seen,last_seen,expires\nh0.example,domain,file,green,,2026-01-01,2026-06-30\n"
    ));
    assert_eq!(check(&read.collections), Vec::<String>::new());
}

#[test]
fn hostile_files_end_in_an_error_each() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let wide = format!("{{\"Event\": {{\"info\": \"x\", \"date\": \"2026-01-01\", \"Attribute\": {deep}}}}}");
    for text in [
        deep.as_str(),
        wide.as_str(),
        "",
        "null",
        "{\"response\": {\"response\": 1}}",
        "[[[[[[]]]]]]",
        "\u{feff}",
        "{\"Event\": 5}",
    ] {
        let read = misp(text);
        assert!(read.collections.iter().all(|collection| collection.indicators.is_empty()));
        let read = stix(text);
        assert!(read.diagnostics.iter().any(|each| each.is_error()), "{}", text.get(..40).unwrap_or(text));
    }
    // A name that leads elsewhere names a hunt like any other.
    let event = r#"{"Event": {"info": "../../../etc/cron.d/x\u0000\n' }", "date": "2026-01-01", "Attribute": [{"type": "domain", "value": "a.example"}]}}"#;
    let read = misp(event);
    let hunts = intel::hunts(&read.collections, Style { release: Release::default(), library: false, files: true });
    assert_eq!(hunts[0].name, "etc_cron_d_x");
    assert_eq!(check(&read.collections), Vec::<String>::new());
}

/// A corpus's files beside their answers.
fn answers(folder: &str) -> Vec<(PathBuf, Value)> {
    let Some(folder) = shared::find(&format!("corpus/intel/{folder}")) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let answer = entry.path();
        let Some(name) = answer.to_str().and_then(|name| name.strip_suffix(".answer.json")) else { continue };
        let file = [name.to_owned(), format!("{name}.json")].into_iter().map(PathBuf::from).find(|file| file.is_file()).unwrap();
        found.push((file, serde_json::from_str(&std::fs::read_to_string(&answer).unwrap()).unwrap()));
    }
    found.sort_by(|one, two| one.0.cmp(&two.0));
    found
}

/// The known types under our names; a file's name may be a path.
fn ours(kind: &str) -> &str {
    match kind {
        "ipv4" | "ipv6" => "ip",
        "filename" | "file_name" | "file_path" | "path" => "file",
        "url-without-scheme" => "uri",
        other => other,
    }
}

fn found(read: &Read) -> BTreeSet<(String, String)> {
    let indicators = read.collections.iter().flat_map(|collection| &collection.indicators);
    indicators.map(|indicator| (ours(indicator.kind.name()).to_owned(), indicator.value.to_string())).collect()
}

#[test]
fn misp_events_hold_the_known_indicators() {
    let (mut known, mut matched, mut missing, mut extra) = (0, 0, Vec::new(), Vec::new());
    for folder in ["misp", "misp/feed"] {
        for (file, answer) in answers(folder) {
            let text = std::fs::read_to_string(&file).unwrap();
            let read = intel::misp::read(SourceId(0), &text, "file", Release::V18_1, &Lifetimes::default());
            assert_eq!(check_with(&read.collections, Release::V18_1), Vec::<String>::new(), "{}", file.display());
            let got = found(&read);
            let mut want = BTreeSet::new();
            for event in answer["events"].as_array().unwrap() {
                for indicator in event["indicators"].as_array().unwrap() {
                    if indicator["deleted"] != true {
                        let value = indicator["value"].as_str().unwrap().trim();
                        let kind = ours(indicator["type"].as_str().unwrap());
                        // Its answers leave registry keys as written; ours have roots as logs have them.
                        let value = match kind {
                            "registry_key" => Kind::RegistryKey.normalise(value).unwrap(),
                            _ => value.to_owned(),
                        };
                        want.insert((kind.to_owned(), value));
                    }
                }
                let attack = &event["attack"];
                let uuid = event["uuid"].as_str().unwrap_or_default().to_lowercase();
                let collection = read.collections.iter().find(|each| each.id.as_deref() == Some(uuid.as_str()));
                if let Some(collection) = collection {
                    let techniques: BTreeSet<&str> = collection
                        .techniques
                        .iter()
                        .copied()
                        .chain(collection.indicators.iter().flat_map(|each| each.techniques.iter().copied()))
                        .collect();
                    let expected: BTreeSet<&str> =
                        attack["ids_current_18_1"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                    let lost: Vec<&&str> = expected.difference(&techniques).collect();
                    assert!(lost.is_empty(), "{}: {lost:?}", file.display());
                }
            }
            known += want.len();
            matched += want.intersection(&got).count();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            missing.extend(want.difference(&got).map(|each| format!("{name} {each:?}")));
            extra.extend(got.difference(&want).map(|each| format!("{name} {each:?}")));
        }
    }
    if known > 0 {
        println!("misp: {matched} of {known} known indicators, {} missing, {} others", missing.len(), extra.len());
        // Each is explained in docs/intel-differences.md.
        assert_eq!((missing.len(), extra.len()), (13, 8), "{missing:#?} {extra:#?}");
    }
}

#[test]
fn stix_patterns_are_read_as_the_reference_reads_them() {
    let operator = |word: &str| match word {
        "=" | "==" => "Equal".to_owned(),
        "!=" | "<>" => "NotEqual".to_owned(),
        "<" => "Less".to_owned(),
        "<=" => "LessOrEqual".to_owned(),
        ">" => "Greater".to_owned(),
        ">=" => "GreaterOrEqual".to_owned(),
        "IN" => "In".to_owned(),
        "LIKE" => "Like".to_owned(),
        "MATCHES" => "Matches".to_owned(),
        "ISSUBSET" => "IsSubset".to_owned(),
        "ISSUPERSET" => "IsSuperset".to_owned(),
        other => other.to_owned(),
    };
    let mut wrong = Vec::new();
    let (mut patterns, mut comparisons) = (0, 0);
    let mut look = |row: &Value| {
        let Some(pattern) = row["pattern"].as_str() else { return };
        let valid = row["valid_2_1"] == true || row["valid_2_0"] == true;
        if row["valid_2_1"].is_null() && row["valid_2_0"].is_null() {
            return;
        }
        patterns += 1;
        match (valid, intel::stix::comparisons(pattern)) {
            (false, Err(_)) => {}
            // The grammar does not know lengths of hashes; the value is refused where it is read.
            (false, Ok(_)) if pattern.ends_with("= 'f00']") => {}
            (false, Ok(_)) => wrong.push(format!("read, though invalid: {pattern}")),
            (true, Err(problem)) => wrong.push(format!("{problem}: {pattern}")),
            (true, Ok(found)) => {
                let Some(known) = row["comparisons"].as_array() else { return };
                comparisons += known.len();
                if known.len() != found.len() {
                    wrong.push(format!("{pattern}: {} comparisons, not {}", found.len(), known.len()));
                }
                // The reference writes `hashes.SHA256` for `hashes.'SHA256'`.
                let plain = |path: &str| path.replace('\'', "");
                let paths: Vec<String> = known.iter().filter_map(|each| each[0].as_str()).map(plain).collect();
                let ours: Vec<String> = found.iter().map(|(path, ..)| plain(path)).collect();
                if paths != ours {
                    wrong.push(format!("{pattern}: {ours:?} {paths:?}"));
                }
                for (known, (_, found, values)) in known.iter().zip(&found) {
                    let word = known[1].as_str().unwrap_or_default();
                    let (negated, word) = word.strip_prefix("NOT ").map_or(("", word), |word| ("NOT ", word));
                    // It calls `!=` a negated `=`, and its inspector forgets a NOT before ISSUBSET.
                    let same = [format!("{negated}{}", operator(word)), format!("NOT {}", operator(word))].contains(found)
                        || (negated == "NOT " && word == "=" && found == "NotEqual");
                    if !same {
                        wrong.push(format!("{pattern}: {found} {}", known[1]));
                    }
                    if let (Some(value), [own]) = (known[2].as_str(), values.as_slice())
                        && value.replace("\\\\", "\\").replace("\\'", "'").trim_matches('\'') != own.trim_matches('\'')
                        && value != own
                        && !value.starts_with("t'")
                    {
                        wrong.push(format!("{pattern}: {own} {value}"));
                    }
                }
            }
        }
    };
    for (_, answer) in answers("stix") {
        answer["indicators"].as_array().unwrap().iter().for_each(&mut look);
    }
    for file in ["patterns.jsonl", "misp_to_stix_patterns.jsonl"] {
        let Some(file) = shared::find(&format!("corpus/intel/stix/{file}")) else { return };
        for line in std::fs::read_to_string(file).unwrap().lines() {
            look(&serde_json::from_str(line).unwrap());
        }
    }
    println!("stix: {patterns} patterns, {comparisons} comparisons");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn stix_bundles_account_for_every_indicator() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut known, mut read_as, mut rules, mut left) = (0, 0, 0, 0);
    for (file, answer) in answers("stix") {
        let text = std::fs::read_to_string(&file).unwrap();
        let read = intel::stix::read(SourceId(0), &text, "file", Release::V18_1, &Lifetimes::default());
        assert_eq!(check_with(&read.collections, Release::V18_1), Vec::<String>::new(), "{}", file.display());
        let values: BTreeSet<String> = found(&read).into_iter().map(|(_, value)| value.to_lowercase()).collect();
        let own: BTreeSet<&str> =
            read.collections.iter().flat_map(|each| &each.rules).map(|rule| &*rule.indicator.value).collect();
        let skipped: BTreeSet<&str> = read.collections.iter().flat_map(|each| &each.skipped).map(|each| &*each.value).collect();
        for collection in &read.collections {
            for (reason, count) in collection.reasons() {
                *counts.entry(reason.to_string()).or_insert(0) += count;
            }
        }
        for indicator in answer["indicators"].as_array().unwrap() {
            known += 1;
            let pattern = indicator["pattern"].as_str().unwrap_or_default();
            let of = intel::stix::comparisons(pattern).unwrap_or_default();
            let is_value = |value: &String| {
                let lower = value.to_lowercase();
                let plain = huntc::indicator::refang(&lower).trim_end_matches('.').to_owned();
                let number = format!("as{lower}");
                let key = Kind::RegistryKey.normalise(&lower).unwrap_or_default().to_lowercase();
                values.contains(&lower)
                    || values.contains(&number)
                    || values.contains(&key)
                    || values.contains(plain.trim())
                    || values.contains(pattern)
            };
            if of.iter().flat_map(|(.., values)| values).any(is_value) || values.contains(&pattern.to_lowercase()) {
                read_as += 1;
            } else if own.contains(pattern) {
                rules += 1;
            } else if skipped.contains(pattern) {
                left += 1;
            } else {
                panic!("{}: neither read nor skipped: {pattern}", file.display());
            }
        }
    }
    if known > 0 {
        println!("stix: {known} indicators: {read_as} as indicators, {rules} as rules, {left} left out: {counts:#?}");
        // What is left out and why: docs/intel-differences.md.
        assert_eq!((read_as, rules, left), (2259, 1, 40));
    }
}

#[test]
fn tables_hold_the_known_values() {
    let (mut known, mut matched, mut missing, mut extra) = (0, 0, Vec::new(), Vec::new());
    for (file, answer) in answers("reports") {
        if answer["kind"] != "csv" {
            continue;
        }
        let text = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
        let read = table(&text);
        assert_eq!(check_with(&read.collections, Release::V18_1), Vec::<String>::new(), "{}", file.display());
        // A column of PDB paths is one of paths to the answer.
        let got: BTreeSet<(String, String)> =
            found(&read).into_iter().map(|(kind, value)| (if kind == "pdb" { "file".to_owned() } else { kind }, value)).collect();
        let mut want = BTreeSet::new();
        for indicator in answer["indicators"].as_array().unwrap() {
            let kind = indicator["type"].as_str().unwrap();
            let value = indicator["value"].as_str().unwrap();
            match kind {
                // What is no indicator to the answer is none to us.
                "text" => {}
                "ipv4:port" => {
                    let (host, port) = value.rsplit_once(':').unwrap();
                    want.insert(("ip".to_owned(), host.to_owned()));
                    want.insert(("port".to_owned(), port.to_owned()));
                }
                _ => {
                    want.insert((ours(kind).to_owned(), value.to_owned()));
                }
            }
        }
        known += want.len();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        matched += want.intersection(&got).count();
        missing.extend(want.difference(&got).map(|each| format!("{name} {each:?}")));
        extra.extend(got.difference(&want).map(|each| format!("{name} {each:?}")));
    }
    if known > 0 {
        println!("tables: {matched} of {known} known values, {} missing, {} others", missing.len(), extra.len());
        assert_eq!((missing.len(), extra.len()), (0, 0), "{missing:#?} {extra:#?}");
    }
}

#[test]
fn defanged_values_are_read_as_a_person_reads_them() {
    let Some(file) = shared::find("corpus/intel/reports/refang_cases.tsv") else { return };
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in std::fs::read_to_string(file).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [text, kind, value, ..] = cells.as_slice() else { continue };
        if *kind == "unclear" {
            continue;
        }
        cases += 1;
        let read = intel::report::read(SourceId(0), text, "file", Release::default(), &Lifetimes::default());
        let got: Vec<(String, String)> = found(&read).into_iter().filter(|(kind, _)| kind != "port").collect();
        let want: Vec<(String, String)> =
            if *kind == "none" { Vec::new() } else { vec![(ours(kind).to_owned(), (*value).to_owned())] };
        if got != want {
            wrong.push(format!("{text}: {got:?}"));
        }
    }
    println!("refang: {} of {cases} cases", cases - wrong.len());
    // Each is explained in docs/intel-differences.md.
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
}

#[test]
fn reports_hold_what_two_tools_agree_on() {
    let (mut known, mut matched, mut missing, mut bad) = (0, 0, Vec::new(), Vec::new());
    let mut extra = Vec::new();
    for (file, answer) in answers("reports") {
        if answer["kind"] == "csv" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let read = intel::report::read(SourceId(0), &text, "file", Release::V18_1, &Lifetimes::default());
        assert_eq!(check_with(&read.collections, Release::V18_1), Vec::<String>::new(), "{}", file.display());
        let got = found(&read);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut all: BTreeSet<(String, String)> = BTreeSet::new();
        for (list, counts) in [("agreed", true), ("disputed", false)] {
            for indicator in answer[list].as_array().into_iter().flatten() {
                let value = indicator["value"].as_str().unwrap();
                let kind = match ours(indicator["type"].as_str().unwrap()) {
                    // A URL without its scheme is a `uri`.
                    "url" if !value.contains("://") => "uri",
                    kind => kind,
                };
                let pair = (
                    kind.to_owned(),
                    Kind::parse(kind).and_then(|kind| kind.normalise(value).ok()).unwrap_or_else(|| value.to_owned()),
                );
                all.insert(pair.clone());
                if indicator["judged"] == "false_positive" {
                    if got.contains(&pair) {
                        bad.push(format!("{name} {pair:?}"));
                    }
                    continue;
                }
                // The host of a URL, or of a mail address, is no indicator of its own.
                let part = indicator["is_host_of_url"] == true || indicator["is_host_of_email"] == true;
                if !counts || part {
                    continue;
                }
                known += 1;
                if got.contains(&pair) {
                    matched += 1;
                } else {
                    missing.push(format!("{name} {pair:?} plain={}", indicator["plain"]));
                }
            }
        }
        extra.extend(got.iter().filter(|pair| !all.contains(pair)).map(|pair| format!("{name} {pair:?}")));
    }
    if known > 0 {
        println!("reports: {matched} of {known}, {} missing, {} others, {} judged false", missing.len(), extra.len(), bad.len());
        // Each kind of them is explained in docs/intel-differences.md.
        assert_eq!((missing.len(), extra.len(), bad.len()), (84, 12, 0), "{missing:#?} {extra:#?} {bad:#?}");
    }
}

#[test]
fn well_known_values_are_held_back_or_marked() {
    let mut lists = Warninglists::default();
    for (path, text) in [
        ("rfc1918.json", r#"{"type": "cidr", "list": ["10.0.0.0/8", "nonsense"], "matching_attributes": ["ip-dst"]}"#),
        (
            "lists/popular/list.json",
            r#"{"type": "hostname", "list": [".popular.example", "Good.Example"], "matching_attributes": ["domain", "url"]}"#,
        ),
        (
            "exclude/own.json",
            r#"{"type": "string", "list": ["d41d8cd98f00b204e9800998ecf8427e"], "matching_attributes": ["filename|md5"]}"#,
        ),
        ("warn/contacts.json", r#"{"type": "regex", "list": ["/^abuse\\@.*$/i"], "matching_attributes": ["email-src"]}"#),
        ("parts.json", r#"{"type": "substring", "list": ["sandbox"], "matching_attributes": ["url"]}"#),
    ] {
        let problems = lists.add(SourceId(0), text, path);
        assert_eq!(
            problems.iter().map(|each| each.code).collect::<Vec<_>>(),
            if path == "rfc1918.json" { vec!["W0904"] } else { vec![] }
        );
    }
    assert_eq!(lists.add(SourceId(0), "{}", "x.json")[0].code, "E0904");
    assert_eq!(lists.counts(), (5, 2));
    let mut read = table(
        "value,type\n10.1.2.3,ip\n11.1.2.3,ip\nwww.good.example,domain\nnotgood.example,domain\nhttps://a.popular.example/sandbox,url\n\
         D41D8CD98F00B204E9800998ECF8427E,md5\nabuse@a.com,email\n",
    );
    let policy = Policy { warninglists: lists, ..Policy::default() };
    policy.apply(&mut read.collections[0]);
    let kept: Vec<(String, Vec<String>)> = read.collections[0]
        .indicators
        .iter()
        .map(|each| (each.value.to_string(), each.warnings.iter().map(ToString::to_string).collect()))
        .collect();
    let expected: Vec<(String, Vec<String>)> = [
        ("11.1.2.3", vec![]),
        ("www.good.example", vec!["popular"]),
        ("notgood.example", vec![]),
        ("https://a.popular.example/sandbox", vec!["popular", "parts"]),
        ("abuse@a.com", vec!["contacts"]),
    ]
    .into_iter()
    .map(|(value, lists)| (value.to_owned(), lists.into_iter().map(str::to_owned).collect()))
    .collect();
    assert_eq!(kept, expected);
    assert_eq!(reasons(&read.collections[0]), ["1 on the warninglist own", "1 on the warninglist rfc1918"]);
}

#[test]
fn every_list_of_misp_is_read() {
    let Some(folder) = shared::find("corpus/intel/warninglists") else { return };
    let mut lists = Warninglists::default();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let problems = lists.add(SourceId(0), &std::fs::read_to_string(&path).unwrap(), path.to_str().unwrap());
            assert!(problems.is_empty(), "{}: {problems:?}", path.display());
        }
    }
    assert_eq!(lists.counts().0, 72);
    let mut read = table(
        "value\n8.8.8.8\n192.168.1.7\nd41d8cd98f00b204e9800998ecf8427e\nhttps://script.google.com/macros/s/x/exec\nwww.welivesecurity.com\nevil.example.com\n",
    );
    Policy { warninglists: lists, ..Policy::default() }.apply(&mut read.collections[0]);
    assert_eq!(
        listed(&read.collections[0]),
        ["ip 8.8.8.8", "url https://script.google.com/macros/s/x/exec", "domain evil.example.com"],
        "malicious use of a good host is kept; the list of public resolvers of version 4 is not among these"
    );
    assert!(!read.collections[0].indicators[1].warnings.is_empty());
}
