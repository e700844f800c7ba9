//! What a reviewer would raise: each lint where it must speak, and near misses where it must not.

use std::collections::{BTreeMap, BTreeSet};

use huntc::compile::{self, ReadProblem, Request, Sources};
use huntc::diag::codes;
use huntc::ir::event::Event;
use huntc::lint::RULES;

struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _path: &str) -> Result<Vec<Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

fn found_in(path: &str, text: &str) -> Vec<(&'static str, String)> {
    let request = Request { roots: vec![path.to_owned()], ..Request::default() };
    let session = compile::load(&request, &Memory([(path.to_owned(), text.to_owned())].into()));
    assert!(!session.has_errors(), "{text}\n{:?}", session.diagnostics);
    let own: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    let findings = session.diagnostics.iter().filter(|each| own.contains(each.code));
    findings.map(|each| (each.code, text[each.span.unwrap().range()].to_owned())).collect()
}

/// What the lints say of a rule with this condition.
fn of(source: &str, when: &str) -> Vec<(&'static str, String)> {
    found_in(
        "h.hunt",
        &format!("hunt h {{\n  hypothesis 'x'\n  detect r on {source} {{\n    when {{\n{when}\n    }}\n  }}\n}}\n"),
    )
}

const PROCESS: &str = "windows/process_creation";

#[track_caller]
fn says(when: &str, code: &str, at: &str) {
    assert_eq!(of(PROCESS, when), [(code, at.to_owned())].map(|(code, at)| (codes::find(code).unwrap().id, at)), "{when}");
}

#[track_caller]
fn silent(source: &str, when: &str) {
    assert_eq!(of(source, when), [], "{when}");
}

#[test]
fn each_lint_has_a_row_and_they_are_in_order() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted());
    assert!(codes.iter().all(|code| codes::find(code).is_some()));
}

#[test]
fn a_rule_of_negations_alone_is_unrestricted() {
    says("not Image endswith 'a.exe'\nCommandLine is present", "W0108", "detect r");
    says("any { not Image endswith 'a.exe'\nnot Image endswith 'b.exe' }", "W0108", "detect r");
    silent(PROCESS, "not Image endswith 'a.exe'\nCommandLine contains 'delete'");
    silent(PROCESS, "CommandLine is empty\nImage endswith 'cmd.exe'");
    // An agent that is empty is remarkable, although no index finds it.
    assert!(of("proxy", "c-useragent == ''").iter().all(|(code, _)| *code != "W0108"));
    silent("windows/network_connection", "DestinationPort > 1024\nInitiated == true");
}

#[test]
fn clauses_that_exclude_each_other() {
    says("Image endswith '\\cmd.exe'\nImage endswith '\\powershell.exe'", "W0109", "Image endswith '\\powershell.exe'");
    says("Image == 'a.exe'\nnot Image endswith 'A.EXE'", "W0109", "not Image endswith 'A.EXE'");
    says(
        "Image endswith '\\cmd.exe'\nany { Image named 'pwsh.exe'\nCommandLine contains 'delete' }",
        "W0109",
        "Image named 'pwsh.exe'",
    );
    says("CommandLine contains 'delete'\nnot CommandLine is present", "W0109", "not CommandLine is present");
    // The longer ending has the shorter one, which does nothing but can hold.
    says(
        "Image endswith '\\cmd.exe'
Image endswith '\\x\\cmd.exe'",
        "W0110",
        "Image endswith '\\cmd.exe'",
    );
    silent(PROCESS, "Image startswith 'C:\\'\nImage endswith '\\cmd.exe'\nnot Image contains 'x86'");
    silent(PROCESS, "Image contains 'cmd'\nImage contains 'pwsh'");
    silent(PROCESS, "not Image endswith '\\cmd.exe'\nnot Image endswith '\\pwsh.exe'\nCommandLine contains 'delete'");
    silent("windows/network_connection", "DestinationPort >= 1024\nDestinationPort < 2000\nImage endswith 'a.exe'");
}

#[test]
fn an_exception_that_removes_everything_or_nothing() {
    let hunt = |except: &str| {
        format!(
            "hunt h {{\n  hypothesis 'x'\n  detect r on {PROCESS} {{\n    when Image endswith '\\cmd.exe'\n    except 'known' {{ {except} }}\n  }}\n}}\n"
        )
    };
    let codes = |except: &str| found_in("h.hunt", &hunt(except)).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes("Image endswith '.exe'"), ["W0109"]);
    assert_eq!(codes("Image endswith '\\pwsh.exe'"), ["W0109"]);
    assert!(codes("User == 'backup'").is_empty());
    assert!(codes("Image == 'C:\\tools\\cmd.exe'").is_empty());
}

#[test]
fn clauses_that_do_nothing() {
    says("CommandLine contains 'shadow'\nCommandLine contains 'Shadow'", "W0110", "CommandLine contains 'Shadow'");
    says(
        "any { CommandLine contains 'shadow'\nCommandLine contains 'shadowcopy' }",
        "W0110",
        "CommandLine contains 'shadowcopy'",
    );
    silent(PROCESS, "CommandLine contains 'shadow'\nCommandLine contains 'copy'");
    // Another pattern may repeat what this rule says.
    let shared = format!(
        "hunt h {{\n  hypothesis 'x'\n  pattern p on {PROCESS} {{\n    Image endswith '\\cmd.exe'\n    CommandLine contains 'delete'\n  }}\n  detect r on {PROCESS} {{\n    when {{ p\nImage endswith 'cmd.exe' }}\n  }}\n}}\n"
    );
    assert_eq!(found_in("h.hunt", &shared), []);
}

#[test]
fn values_that_no_event_has() {
    says("Image endswith '\\a.exe '", "W0111", "'\\a.exe '");
    says("Image endswith '/a.exe'", "W0111", "'/a.exe'");
    says("EventID in (1, 4104)\nImage endswith '\\a.exe'", "W0111", "4104");
    silent(PROCESS, "CommandLine endswith 'del '");
    silent(PROCESS, "CommandLine contains 'net/use'");
    silent(PROCESS, "EventID == 1\nImage endswith '\\a.exe'");
    silent("linux/process_creation", "Image endswith '/bin/bash'");
    silent("windows/security", "EventID == 4104");
}

#[test]
fn patterns_where_characters_are_compared() {
    says("CommandLine contains '*delete shadows*'", "W0112", "'*delete shadows*'");
    says("Image endswith '\\a.exe'\nCommandLine contains any ('ok text', '\\d+')", "W0113", "'\\d+'");
    silent(PROCESS, "CommandLine contains '*.docx'");
    silent(PROCESS, "CommandLine contains '*/*'\nImage endswith '\\setspn.exe'");
    silent(PROCESS, "CommandLine like '*delete*shadows*'");
    silent(PROCESS, "Image contains '\\system32\\wbem'");
    silent("windows/ps_script", "ScriptBlockText contains '\\d+'");
}

#[test]
fn expressions_that_every_value_matches() {
    says("Image endswith '\\a.exe'\nCommandLine matches //", "W0114", "//");
    says("Image endswith '\\a.exe'\nCommandLine matches /.*/", "W0114", "/.*/");
    silent(PROCESS, "Image endswith '\\a.exe'\nCommandLine matches /^$/");
    silent(PROCESS, "Image endswith '\\a.exe'\nCommandLine matches /a+/");
}

#[test]
fn a_rule_without_a_word_for_the_index() {
    says("CommandLine contains any ('/q', '-q')", "W0115", "detect r");
    silent(PROCESS, "Image endswith '\\x.exe'");
    silent("windows/wmi_event", "EventNamespace contains 'ab'");
}

/// Whoever reads another's rule cannot change it: only what makes it useless is told.
#[test]
fn imported_rules_are_asked_less() {
    let rule = |detection: &str| {
        format!(
            "title: A rule\nid: 6c3a7a5e-0000-4000-8000-000000000001\nstatus: test\nlevel: low\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n{detection}"
        )
    };
    let codes = |detection: &str| found_in("r.yml", &rule(detection)).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(
        codes("  a:\n    Image|endswith: '\\cmd.exe'\n  b:\n    Image|endswith: '\\pwsh.exe'\n  condition: a and b\n"),
        ["W0109"]
    );
    assert!(codes("  a:\n    Image|endswith: '\\cmd.exe'\n  condition: not a\n").is_empty());
    assert!(codes("  a:\n    CommandLine|contains:\n      - 'shadow'\n      - 'shadowcopy'\n  condition: a\n").is_empty());
}
