//! Coverage: what a technique stands at, what changed since, ATT&CK's detection strategies, and the command.

use std::collections::{BTreeMap, BTreeSet};

use huntc::attack::{DETECTION_RELEASE, Release, detection_sources};
use huntc::coverage::{self, BlindSpot, Coverage, Model, Reached, Snapshot, Status};
use huntc::diag::SourceId;
use huntc::layer::{self, Size};
use huntc::schema::catalogue;
use serde_json::{Value, json};

use crate::commands::Folder;

/// DET0552 as ATT&CK 18.1's page of T1543.003 shows it for Windows.
#[test]
fn a_detection_strategy_names_the_log_sources_of_attacks_own_page() {
    let found = detection_sources(Release::V18_1, "T1543.003");
    assert!(found.iter().all(|source| source.strategy == "DET0552" && source.platform == "Windows"), "{found:?}");
    let names: BTreeSet<String> =
        found.iter().map(|source| format!("{} {}", source.name, source.event_codes.join(","))).collect();
    let known = ["WinEventLog:Security 4697", "WinEventLog:Sysmon 1", "WinEventLog:Sysmon 13,14", "WinEventLog:Sysmon 6"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

/// 691 strategies, exactly one a technique (ATT&CK 18.1).
#[test]
fn each_technique_of_the_release_has_one_detection_strategy() {
    let facts = DETECTION_RELEASE.facts();
    let mut strategies = BTreeSet::new();
    for technique in facts.techniques() {
        let own: BTreeSet<&str> =
            detection_sources(DETECTION_RELEASE, technique.id).iter().map(|source| source.strategy).collect();
        assert_eq!(own.len(), 1, "{}", technique.id);
        strategies.extend(own);
    }
    assert_eq!(strategies.len(), 691);
}

/// T1685 of 19.0 is what T1562, T1562.001 and T1562.006 became.
#[test]
fn a_technique_that_was_renamed_has_the_sources_of_what_it_was() {
    let renamed: BTreeSet<_> = detection_sources(Release::V19_0, "T1685").into_iter().collect();
    for old in ["T1562", "T1562.001", "T1562.006"] {
        let sources = detection_sources(Release::V18_1, old);
        assert!(!sources.is_empty() && sources.iter().all(|source| renamed.contains(source)), "{old}");
    }
    assert!(detection_sources(Release::V19_0, "T9999").is_empty());
}

#[test]
fn every_row_of_log_sources_names_what_there_is() {
    let mut used = BTreeSet::new();
    for technique in DETECTION_RELEASE.facts().techniques() {
        used.extend(detection_sources(DETECTION_RELEASE, technique.id).into_iter().map(|source| source.name));
    }
    let mut seen = BTreeSet::new();
    for line in include_str!("../../src/coverage/data/log_sources.tsv").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, code, id] = cells.as_slice() else { panic!("{line}") };
        assert!(used.contains(name), "ATT&CK names no `{name}`");
        assert!(catalogue::find(id).is_some(), "there is no log source `{id}`");
        assert!(*code == "-" || code.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
        assert!(seen.insert((*name, *code)), "{line} stands twice");
    }
    assert_eq!(coverage::log_source("WinEventLog:Sysmon", Some("22")), Some("windows/dns_query"));
    assert_eq!(coverage::log_source("WinEventLog:Security", Some("4697")), Some("windows/security"));
    assert_eq!(coverage::log_source("esxi:hostd", None), None);
}

/// One entry of a manifest: target and status as `splunk exact`.
fn rule(name: &str, techniques: &[&str], passed: u64, failed: u64, targets: &[&str]) -> Value {
    let targets: Vec<Value> = targets
        .iter()
        .map(|target| {
            let (target, status) = target.split_once(' ').unwrap();
            match status {
                "not_on" => json!({ "target": target, "status": "refused", "not_on": "why" }),
                status => json!({ "target": target, "status": status }),
            }
        })
        .collect();
    json!({
        "hunt": "h", "rule": name, "techniques": techniques, "logsource": "windows/process_creation",
        "tests": { "passed": passed, "failed": failed }, "targets": targets,
    })
}

fn snapshot(rules: &[Value]) -> Snapshot {
    coverage::read_snapshot(SourceId(0), &json!({ "rules": rules }).to_string()).unwrap()
}

fn measure(techniques: &[&str], rules: &[Value], blind: &[&str]) -> Coverage {
    let facts = Release::V19_0.facts();
    let techniques = techniques.iter().map(|id| facts.technique(id).unwrap().id).collect();
    let model = Model { id: "G0000".to_owned(), name: "somebody".to_owned(), techniques };
    let spots: Vec<BlindSpot> = blind
        .iter()
        .map(|technique| BlindSpot {
            hunt: "h".to_owned(),
            technique: (*technique).to_owned(),
            reason: "no <b>sensor</b> | there".to_owned(),
            file: "h.hunt".to_owned(),
            line: 3,
        })
        .collect();
    let targets = ["splunk", "defender"].map(str::to_owned);
    coverage::measure(Release::V19_0, vec![model], &[], &targets, snapshot(rules).rules, &spots)
}

fn standing(coverage: &Coverage) -> BTreeMap<&str, (Status, Vec<Reached>)> {
    coverage.techniques.iter().map(|technique| (technique.id, (technique.status, technique.targets.clone()))).collect()
}

#[test]
fn what_a_technique_stands_at() {
    let measured = measure(
        &["T1490", "T1486", "T1489", "T1047", "T1018", "T1083", "T1059", "T1120"],
        &[
            rule("tested", &["T1490"], 2, 0, &["splunk exact", "defender approximate"]),
            rule("worse", &["T1490"], 1, 0, &["splunk approximate", "defender refused"]),
            rule("failing", &["T1486"], 3, 1, &["splunk exact", "defender exact"]),
            rule("untested", &["T1489"], 0, 0, &["splunk exact", "defender not_on"]),
            rule("refused", &["T1047"], 1, 0, &["splunk refused", "defender not_on"]),
            rule("below", &["T1059.001"], 1, 0, &["splunk exact", "defender exact"]),
        ],
        &["T1018", "T1490"],
    );
    let found = standing(&measured);
    use Reached::{Approximate, Exact, Failing, NotOn, Nothing, Refused, Untested};
    assert_eq!(found["T1490"], (Status::Tested, vec![Exact, Approximate]));
    assert_eq!(found["T1486"], (Status::Failing, vec![Failing, Failing]));
    assert_eq!(found["T1489"], (Status::Untested, vec![Untested, NotOn]));
    assert_eq!(found["T1047"], (Status::Refused, vec![Refused, NotOn]));
    assert_eq!(found["T1018"], (Status::BlindSpot, vec![Nothing, Nothing]));
    assert_eq!(found["T1083"], (Status::NoRule, vec![Nothing, Nothing]));
    // A rule for a sub-technique does not cover the technique; it is named.
    assert_eq!(found["T1059"], (Status::NoRule, vec![Nothing, Nothing]));
    let above = measured.techniques.iter().find(|technique| technique.id == "T1059").unwrap();
    assert_eq!(above.near.iter().map(|near| near.rule.as_str()).collect::<Vec<_>>(), ["h.below"]);
    assert_eq!((measured.covered_on(0), measured.covered_on(1)), (1, 1));
    assert_eq!(measured.percent(1), 12.5);
    // What the rules look at already is told from what nobody looks at.
    let watched: Vec<&str> = measured.needed.iter().filter(|need| need.watched).filter_map(|need| need.log_source).collect();
    assert_eq!(watched, ["windows/process_creation"]);
    assert!(measured.needed.iter().all(|need| !need.techniques.contains(&"T1490")));
}

#[test]
fn an_id_that_was_revoked_counts_for_its_successor() {
    let measured = measure(&["T1685"], &[rule("old", &["T1562.001"], 1, 0, &["splunk exact", "defender exact"])], &[]);
    assert_eq!(measured.count(Status::Tested), 1);
}

#[test]
fn what_changed_is_a_gain_or_a_loss() {
    let both = &["splunk exact", "defender exact"];
    let now = measure(
        &["T1490", "T1486", "T1489"],
        &[rule("a", &["T1490"], 1, 0, both), rule("b", &["T1486"], 1, 0, &["splunk exact", "defender refused"])],
        &["T1489"],
    );
    let before = snapshot(&[rule("b", &["T1486"], 1, 0, both), rule("c", &["T1489"], 1, 0, both)]);
    let changes = coverage::changes(&now, &before);
    let told: Vec<(&str, bool, &[String])> =
        changes.iter().map(|change| (change.id, change.is_loss(), change.lost.as_slice())).collect();
    let (none, lost): ([String; 0], _) = ([], ["splunk".to_owned(), "defender".to_owned()]);
    assert_eq!(told, [("T1486", true, &lost[1..]), ("T1489", true, &lost[..]), ("T1490", false, &none[..])]);
    let same = snapshot(&[rule("a", &["T1490"], 1, 0, both), rule("b", &["T1486"], 1, 0, &["splunk exact", "defender refused"])]);
    assert_eq!(coverage::changes(&now, &same), []);
}

#[test]
fn the_layer_can_be_read_back_and_the_markdown_holds_no_markup_of_values() {
    let measured =
        measure(&["T1490", "T1018", "T1083"], &[rule("a", &["T1490"], 1, 0, &["splunk exact", "defender exact"])], &["T1018"]);
    let layer = coverage::layer(&measured);
    let (read, findings) = layer::read(SourceId(0), &layer::json(&layer), Release::V19_0);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(read[0].cells.len(), layer.cells.len());
    assert_eq!(read[0].legend, layer.legend);
    let picture = layer::svg(&layer, Size::Fitting);
    for text in ["blind spot (1)", "no rule (1)", "a rule with passing tests (1)", "no &lt;b&gt;sensor&lt;/b&gt; | there"] {
        assert!(picture.contains(text), "{text}\n{picture}");
    }
    let markdown = coverage::markdown(&measured, Some(&[]));
    assert!(markdown.contains(r"no &lt;b>sensor&lt;/b> \| there"), "{markdown}");
}

/// The committed manifest, counted by other code than the command's.
#[test]
fn the_hunts_cover_what_their_manifest_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(root.join("outputs/manifest.json")).unwrap()).unwrap();
    let mut tested: BTreeSet<&str> = BTreeSet::new();
    for rule in manifest["rules"].as_array().unwrap() {
        let held = rule["targets"].as_array().unwrap().iter().any(|target| target["status"] != "refused");
        if held && rule["tests"]["passed"] != 0 && rule["tests"]["failed"] == 0 {
            tested.extend(rule["techniques"].as_array().unwrap().iter().filter_map(Value::as_str));
        }
    }
    let facts = Release::V19_0.facts();
    let worm = facts.resolve_software("WannaCry").live().unwrap();
    let expected = facts.uses(worm.id).techniques.iter().filter(|id| tested.contains(**id)).count();
    assert!(expected > 5);
    let folder = Folder::new("coverage-hunts");
    let hunts = root.join("hunts").display().to_string();
    let found = folder.run(&["coverage", &hunts, "--for", "WannaCry", "--format", "json"]).expect(0, &[]);
    let found: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(found["summary"]["statuses"]["tested"], expected);
    assert_eq!(found["summary"]["techniques"], 16);
}

const HUNT: &str = r#"hunt h {
  hypothesis "somebody deletes shadow copies"
  created 2026-11-24
  software "WannaCry"
  blindspot T1210 "no network capture"

  detect r on windows/process_creation {
    when CommandLine contains all ('delete', 'shadow')
    techniques T1490
  }

  test "t" {
    base windows/process_creation { CommandLine: 'vssadmin delete shadows' }
    hit r { }
    miss r { CommandLine: 'vssadmin list shadows' }
  }
}
"#;

#[test]
fn the_command_measures_compares_and_guards() {
    let folder = Folder::new("coverage");
    folder.write("hunts/h.hunt", HUNT);
    let table = folder.run(&["coverage"]).expect(0, &[]);
    for text in ["WannaCry (S0366)", "h.r", "blind spot of h: no network capture", "windows/process_creation", "1 of 16 (6.3 %)"]
    {
        assert!(table.out.contains(text), "{text}\n{}", table.out);
    }
    folder.run(&["coverage", "--format", "json", "-o", "before.json"]).expect(0, &[]);
    folder.run(&["build"]).expect(0, &[]);
    fs_copy(&folder, "outputs/manifest.json", "before-manifest.json");
    for file in ["before.json", "before-manifest.json"] {
        let same = folder.run(&["coverage", "--since", file, "--fail-on-loss"]).expect(0, &[]);
        assert!(same.out.contains("nothing changed"), "{}", same.out);
    }
    folder.write("hunts/h.hunt", HUNT.replace("techniques T1490", "techniques T1486"));
    for file in ["before.json", "before-manifest.json"] {
        let lost = folder.run(&["coverage", "--since", file, "--fail-on-loss", "--format", "markdown"]);
        let lost = lost.expect(1, &["E1003", "T1490 (Inhibit System Recovery) was covered on sigma, splunk, sentinel, defender"]);
        assert!(lost.out.contains("| + | T1486 |") && lost.out.contains("| - | T1490 |"), "{}", lost.out);
        folder.run(&["coverage", "--since", file]).expect(0, &[]);
    }
    folder.run(&["coverage", "--fail-under", "6"]).expect(0, &[]);
    folder.run(&["coverage", "--fail-under", "6.5 %"]).expect(1, &["E1002", "sigma covers 6.3 %"]);
    folder.run(&["coverage", "--layer", "l.json", "--svg", "l.svg", "-t", "splunk"]).expect(0, &[]);
    assert!(folder.read("l.svg").starts_with("<svg") && folder.read("l.json").contains("no network capture"));
    // A layer is a model too: the one just written has the sixteen.
    let again = folder.run(&["coverage", "--for", "l.json"]).expect(0, &[]);
    assert!(again.out.contains("1 of 16"), "{}", again.out);
    let linux = folder.run(&["coverage", "--platform", "linux", "--format", "json"]).expect(0, &[]);
    let linux: Value = serde_json::from_str(&linux.out).unwrap();
    assert!(
        linux["techniques"]
            .as_array()
            .unwrap()
            .iter()
            .all(|each| { each["log_sources"].as_array().unwrap().iter().all(|source| source["platform"] == "Linux") })
    );
    // The only rule looks at processes of Windows.
    let statuses: Vec<&str> =
        linux["techniques"].as_array().unwrap().iter().map(|each| each["status"].as_str().unwrap()).collect();
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status != "tested"), "{statuses:?}");
}

fn fs_copy(folder: &Folder, from: &str, to: &str) {
    folder.write(to, folder.read(from));
}

#[test]
fn bad_calls_of_coverage_are_told() {
    let folder = Folder::new("coverage-bad");
    folder.write("hunts/h.hunt", HUNT);
    folder.write("empty.json", "").write("list.json", "[]").write("odd.json", r#"{"rules":[{"hunt":1}]}"#);
    folder.write("bytes.json", [0xffu8, 0xfe, 0x00]).write("cut.json", r#"{"rules":[{"hunt":"ä"#);
    for (file, code) in [("empty.json", "E1001"), ("list.json", "E1001"), ("odd.json", "E1001"), ("cut.json", "E1001")] {
        folder.run(&["coverage", "--since", file]).expect(2, &[code]);
    }
    folder.run(&["coverage", "--since", "bytes.json"]).expect(2, &["E0602"]);
    folder.run(&["coverage", "--since", "missing.json"]).expect(2, &["E0601"]);
    folder.run(&["coverage", "--for", "WannaCri"]).expect(2, &["WannaCri", "WannaCry"]);
    folder.run(&["coverage", "--for", "T1490"]).expect(2, &["is no software, group or campaign"]);
    folder.run(&["coverage", "--for", "missing.json"]).expect(2, &["E0601"]);
    folder.run(&["coverage", "--platform", "Windoof"]).expect(2, &["Windows"]);
    for percent in ["101", "-1", "NaN", "many"] {
        folder.run(&["coverage", &format!("--fail-under={percent}")]).expect(2, &["is no percent"]);
    }
    folder.run(&["coverage", "--svg", "x.png"]).expect(2, &["ends in .svg"]);
    folder.run(&["coverage", "--fail-on-loss"]).expect(2, &["--since"]);
    folder.run(&["coverage", "--layer", "no/such/folder.json"]).expect(2, &["E0608"]);
    folder.run(&["coverage", "--group-techniques", "some"]).expect(2, &["direct, campaigns, software or all"]);
    folder.write("hunts/h.hunt", "hunt h {");
    folder.run(&["coverage"]).expect(1, &["E01"]);
}
