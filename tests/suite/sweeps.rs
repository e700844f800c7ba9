//! Sweeps: indicators against every log source that has a field of their type (S6.1, S6.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huntc::compile::{Build, Outcome, Session, TargetSetting, build, build_verified, diagnose_example};
use huntc::diag::SourceMap;
use huntc::eval;
use huntc::ir::Rule;
use huntc::ir::event::{Event, Value};
use huntc::schema::{LogSourceId, Target};

use crate::kusto::oracle::{Interpreter, language_service};
use crate::{oracles, shared, workspace};

fn hunt(declarations: &str, names: &str) -> Session {
    workspace::hunt(&format!(
        "hunt h {{\n  title \"h\"\n  created 2026-11-24\n{declarations}\n  sweep s {{\n    indicators {names}\n  }}\n}}\n"
    ))
}

fn settings() -> Vec<TargetSetting> {
    Target::ALL.iter().map(|target| TargetSetting::new(*target)).collect()
}

fn event(source: &str, fields: &[(&str, &str)]) -> Event {
    let fields = fields.iter().map(|(name, value)| (Arc::from(*name), Value::Text((*value).to_owned())));
    Event { source: LogSourceId(Arc::from(source)), time: Some(0), fields: fields.collect(), raw: None }
}

fn selects(rule: &Rule, event: &Event) -> bool {
    rule.body.selections().unwrap().iter().any(|selection| eval::selects(selection, event))
}

/// Type and indicators, then events: log source, fields, whether the sweep selects it.
type Case = (&'static str, &'static [(&'static str, &'static [(&'static str, &'static str)], bool)]);

const CASES: &[Case] = &[
    (
        "ioc i ip { '192.0.2.1'\n'198.51.100.0/24'\n'2001:db8::/32'\n'203[.]0[.]113[.]9' }",
        &[
            ("windows/network_connection", &[("DestinationIp", "192.0.2.1")], true),
            ("windows/network_connection", &[("SourceIp", "192.0.2.1")], true),
            ("windows/network_connection", &[("DestinationIp", "192.0.2.10")], false),
            // The first and last address of a block, and those just outside of it.
            ("proxy", &[("dst_ip", "198.51.100.0")], true),
            ("proxy", &[("dst_ip", "198.51.100.255")], true),
            ("proxy", &[("dst_ip", "198.51.99.255")], false),
            ("proxy", &[("dst_ip", "198.51.101.0")], false),
            ("azure/signinlogs", &[("IPAddress", "2001:0db8:0:0:0:0:0:1")], true),
            ("azure/signinlogs", &[("IPAddress", "2001:db9::1")], false),
            // A v4 address in its v6 form is the v4 address (S4.2).
            ("azure/signinlogs", &[("IPAddress", "::ffff:192.0.2.1")], true),
            ("aws/cloudtrail", &[("sourceIPAddress", "203.0.113.9")], true),
            ("aws/cloudtrail", &[("sourceIPAddress", "cloudtrail.amazonaws.com")], false),
            ("webserver", &[("s-ip", "192.0.2.1")], false),
        ],
    ),
    (
        "ioc i domain subdomains { 'evil[.]example'\n'Deep.Bad.Example.' }",
        &[
            ("windows/dns_query", &[("QueryName", "evil.example")], true),
            ("windows/dns_query", &[("QueryName", "EVIL.Example")], true),
            ("windows/dns_query", &[("QueryName", "a.b.evil.example")], true),
            // Look-alikes: the domain is the end of another name, or only its beginning.
            ("windows/dns_query", &[("QueryName", "notevil.example")], false),
            ("windows/dns_query", &[("QueryName", "www.notevil.example")], false),
            ("windows/dns_query", &[("QueryName", "evil.example.com")], false),
            ("windows/dns_query", &[("QueryName", "evil.exampl")], false),
            ("proxy", &[("cs-host", "x.deep.bad.example")], true),
            ("proxy", &[("cs-host", "bad.example")], false),
            ("zeek/dns", &[("query", "evil.example")], true),
            ("webserver", &[("cs-host", "evil.example")], false),
        ],
    ),
    (
        "ioc i domain { 'evil.example' }",
        &[
            ("windows/dns_query", &[("QueryName", "evil.example")], true),
            ("windows/dns_query", &[("QueryName", "www.evil.example")], false),
        ],
    ),
    (
        "ioc i url { 'hxxp://Evil[.]example/a/b?c=d#top'\n'https://bare.example'\n'http://user@port.example:8080/x' }",
        &[
            ("proxy", &[("c-uri", "http://evil.example/a/b?c=d")], true),
            ("proxy", &[("c-uri", "http://evil.example/a/b?c=de")], false),
            ("proxy", &[("c-uri", "https://evil.example/a/b?c=d")], false),
            ("proxy", &[("c-uri", "https://bare.example/")], true),
            ("proxy", &[("c-uri", "https://bare.example/x")], false),
            ("proxy", &[("cs-host", "evil.example"), ("c-uri-stem", "/a/b"), ("c-uri-query", "c=d")], true),
            ("proxy", &[("cs-host", "evil.example"), ("c-uri-stem", "/a/b")], false),
            ("proxy", &[("cs-host", "other.example"), ("c-uri-stem", "/a/b"), ("c-uri-query", "c=d")], false),
            ("proxy", &[("cs-host", "bare.example"), ("c-uri-stem", "/")], true),
            ("zeek/http", &[("host", "evil.example"), ("uri", "/a/b?c=d")], true),
            ("zeek/http", &[("host", "evil.example"), ("uri", "/a/b")], false),
            ("zeek/http", &[("host", "port.example"), ("uri", "/x")], true),
        ],
    ),
    (
        "ioc i md5 { 'd41d8cd98f00b204e9800998ecf8427e' }",
        &[
            ("windows/process_creation", &[("md5", "D41D8CD98F00B204E9800998ECF8427E")], true),
            ("windows/process_creation", &[("Hashes", "SHA1=00,MD5=D41D8CD98F00B204E9800998ECF8427E")], true),
            // The digits of one algorithm in another's field.
            ("windows/process_creation", &[("imphash", "d41d8cd98f00b204e9800998ecf8427e")], false),
            ("windows/process_creation", &[("Hashes", "IMPHASH=D41D8CD98F00B204E9800998ECF8427E")], false),
            ("windows/image_load", &[("md5", "d41d8cd98f00b204e9800998ecf8427e")], true),
            ("antivirus", &[("FileHash", "d41d8cd98f00b204e9800998ecf8427e")], true),
        ],
    ),
    (
        "ioc i file_name { 'evil.exe' }",
        &[
            ("windows/process_creation", &[("Image", r"C:\Temp\EVIL.exe")], true),
            ("windows/process_creation", &[("Image", r"C:\Temp\notevil.exe")], false),
            ("windows/process_creation", &[("Image", r"C:\evil.exe\a.exe")], false),
            ("windows/process_creation", &[("OriginalFileName", "Evil.exe")], true),
            ("linux/file_event", &[("TargetFilename", "/tmp/evil.exe")], true),
            ("linux/file_event", &[("TargetFilename", r"/tmp/x\evil.exe")], false),
        ],
    ),
    (
        "ioc i file_path { 'C:\\ProgramData\\evil.exe' }",
        &[
            ("windows/file_event", &[("TargetFilename", r"c:\programdata\EVIL.exe")], true),
            ("windows/file_event", &[("TargetFilename", r"D:\ProgramData\evil.exe")], false),
        ],
    ),
    (
        "ioc i registry_key { 'HKEY_LOCAL_MACHINE\\Software\\Evil\\'\n'HKCU\\Software\\Bad' }",
        &[
            ("windows/registry_set", &[("TargetObject", r"HKLM\SOFTWARE\evil\Run")], true),
            ("windows/registry_add", &[("TargetObject", r"HKLM\SOFTWARE\evil")], true),
            ("windows/registry_set", &[("TargetObject", r"HKLM\SOFTWARE\evil2\Run")], false),
            ("windows/registry_set", &[("TargetObject", r"HKU\S-1-5-21-1\Software\Bad\x")], true),
            ("windows/registry_set", &[("TargetObject", r"HKU\S-1-5-21-1\Software\Bad")], true),
            ("windows/registry_set", &[("TargetObject", r"HKU\S-1-5-21-1\Software\Bad2")], false),
            ("windows/registry_set", &[("TargetObject", r"HKLM\Software\Bad")], false),
        ],
    ),
    (
        "ioc i email { 'a[@]evil.example' }",
        &[
            ("azure/signinlogs", &[("UserPrincipalName", "A@evil.example")], true),
            ("azure/signinlogs", &[("UserPrincipalName", "ba@evil.example")], false),
        ],
    ),
    (
        "ioc i user_agent { 'EvilBot/1.0' }",
        &[("proxy", &[("c-useragent", "evilbot/1.0")], true), ("proxy", &[("c-useragent", "evilbot/1.01")], false)],
    ),
];

#[test]
fn each_type_meets_its_fields_and_not_what_lies_beside() {
    for (declaration, events) in CASES {
        let session = hunt(declaration, "i");
        let rule = &session.program.rules[0];
        for (source, fields, expected) in *events {
            assert_eq!(selects(rule, &event(source, fields)), *expected, "{declaration}\n{source} {fields:?}");
        }
    }
}

/// Rules of a sweep that are written and exact, and those that are not, by target.
fn statuses(build: &Build) -> BTreeMap<&'static str, (usize, usize, usize, usize)> {
    let mut found = BTreeMap::new();
    for target in build.rules.iter().flat_map(|rule| &rule.targets) {
        let counts: &mut (usize, usize, usize, usize) = found.entry(target.target.name()).or_default();
        match &target.outcome {
            Outcome::Written(query) if query.losses.is_empty() => counts.0 += 1,
            Outcome::Written(_) => counts.1 += 1,
            Outcome::NotSwept { .. } => counts.2 += 1,
            Outcome::Refused { losses, .. } => {
                counts.3 += 1;
                println!("{}: {losses:#?}", target.target);
            }
        }
    }
    found
}

#[test]
fn every_type_is_verified_in_every_target() {
    for (declaration, _) in CASES {
        let session = hunt(declaration, "i");
        let built = build_verified(&session, &settings(), "19.0");
        let errors: Vec<_> = built.diagnostics.iter().filter(|each| each.is_error()).collect();
        // Nothing in Defender holds a URL.
        let expected: BTreeSet<&str> = errors.iter().map(|each| each.code).collect();
        assert!(expected.is_subset(&BTreeSet::from(["L0302"])), "{declaration}: {errors:#?}");
        let written: usize = statuses(&built).values().map(|(exact, approximate, ..)| exact + approximate).sum();
        let verified = built.verified.unwrap();
        assert_eq!(verified.rules, written, "{declaration}: {:?}", statuses(&built));
        assert!(verified.events > written * 5, "{declaration}: {verified:?}");
    }
}

#[test]
fn a_sweep_covers_what_each_product_keeps_and_says_what_it_does_not() {
    let session = hunt("ioc i ip { '192.0.2.1' }", "i");
    let built = build(&session, &settings(), "19.0");
    assert!(!built.has_errors(), "{:#?}", built.diagnostics);
    let found = statuses(&built);
    // Seventeen log sources keep addresses; Defender has the tables of four.
    assert_eq!(found["sigma"], (20, 0, 0, 0));
    assert_eq!(found["defender"].0 + found["defender"].1, 4, "{found:?}");
    let manifest = &built.files["manifest.json"];
    assert!(manifest.contains("\"kind\": \"sweep\"") && manifest.contains("\"status\": \"not_swept\""), "{manifest}");
    let said: Vec<&str> =
        built.diagnostics.iter().filter(|each| each.code == "L0307").map(|each| each.message.as_str()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().any(|message| message.contains("sweeps 4 of 20 log sources in Microsoft Defender XDR")), "{said:?}");
}

#[test]
fn a_target_that_keeps_nothing_of_it_is_an_error_unless_the_hunt_says_so() {
    let declaration = "ioc i url { 'http://evil.example/a' }";
    let session = hunt(declaration, "i");
    let built = build(&session, &settings(), "19.0");
    let errors: Vec<(&str, &str)> =
        built.diagnostics.iter().filter(|each| each.is_error()).map(|each| (each.code, each.message.as_str())).collect();
    assert_eq!(errors, [("L0302", "Microsoft Defender XDR keeps none of what `s` sweeps")]);
    let session = hunt(declaration, "i\n    not on defender \"no URLs there\"");
    assert!(!build(&session, &settings(), "19.0").has_errors());
}

#[test]
fn indicators_of_one_type_are_one_set_and_expired_ones_are_none() {
    let session = hunt(
        "ioc a ip { '192.0.2.1' }\nioc b ip { '192.0.2.1'\n'192.0.2.2' }\nioc c ip expires 2026-11-23 { '192.0.2.3' }\nioc d ip expires 2026-11-24 { '192.0.2.4' }",
        "a, b, c, d",
    );
    let rule = &session.program.rules[0];
    let at = |address: &str| selects(rule, &event("firewall", &[("dst_ip", address)]));
    // The day that is named is the last on which an indicator counts; yesterday's does not.
    assert_eq!(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(at), [true, true, false, true]);
    let built = build(&session, &settings(), "19.0");
    let spl = &built.files["splunk/h/s_windows_network_connection.spl"];
    assert_eq!(spl.matches("\"192.0.2.1/32\"").count(), 4, "each address once a comparison:\n{spl}");
}

#[test]
fn an_exception_takes_events_out_of_a_sweep() {
    let session = hunt("ioc i ip { '192.0.2.1' }", "i\n    except \"our own scanner\" { src_ip == '10.0.0.1' }");
    let rule = &session.program.rules[0];
    let at = |from: &str| selects(rule, &event("firewall", &[("dst_ip", "192.0.2.1"), ("src_ip", from)]));
    assert!(at("10.0.0.2") && !at("10.0.0.1"));
}

// ---- Sets beside the queries ------------------------------------------------------------------------------------------------

/// A type, its indicators by number, and a log source and field that hold it.
struct Kind {
    name: &'static str,
    words: &'static str,
    indicator: fn(u32) -> String,
    source: &'static str,
    field: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "ip",
        words: "ip",
        // Addresses in 10.0.0.0/8, every second one, so that its neighbour is none; now and then a block far from them.
        indicator: |number| match number % 1000 {
            7 => format!("172.{}.{}.0/24", 16 + number / 1000 % 16, number / 16000 % 256),
            11 => format!("2001:db8:{:x}::{:x}", number >> 16, number & 0xffff),
            _ => {
                let bits = 0x0a00_0000 + number * 2;
                std::net::Ipv4Addr::from_bits(bits).to_string()
            }
        },
        source: "windows/network_connection",
        field: "DestinationIp",
    },
    Kind {
        name: "domain",
        words: "domain subdomains",
        indicator: |number| match number % 3 {
            0 => format!("host{number}.example"),
            1 => format!("a.host{number}.example.org"),
            _ => format!("b.c.d.host{number}.example"),
        },
        source: "windows/dns_query",
        field: "QueryName",
    },
    Kind {
        name: "url",
        words: "url",
        indicator: |number| format!("http://host{number}.example/Path/{number}?q={number}"),
        source: "proxy",
        field: "c-uri",
    },
    Kind {
        name: "sha256",
        words: "sha256",
        indicator: |number| format!("{:064x}", u128::from(number) * 0x9e37_79b9_7f4a_7c15),
        source: "windows/process_creation",
        field: "sha256",
    },
    Kind {
        name: "file_name",
        words: "file_name",
        indicator: |number| format!("Tool{number}.exe"),
        source: "windows/file_event",
        field: "TargetFilename",
    },
    Kind {
        name: "file_path",
        words: "file_path",
        indicator: |number| format!("C:\\ProgramData\\x{number}\\a, b.exe"),
        source: "windows/image_load",
        field: "ImageLoaded",
    },
    Kind {
        name: "email",
        words: "email",
        indicator: |number| format!("user{number}@host.example"),
        source: "azure/signinlogs",
        field: "UserPrincipalName",
    },
    Kind {
        name: "user_agent",
        words: "user_agent",
        indicator: |number| format!("Agent/{number}.0 (\"quoted\", x)"),
        source: "proxy",
        field: "c-useragent",
    },
];

/// A sweep of so many indicators of a kind.
fn of_many(kind: &Kind, count: u32) -> Session {
    let mut csv = String::from("value\n");
    for number in 0..count {
        let value = (kind.indicator)(number);
        csv.push_str(&format!("\"{}\"\n", value.replace('"', "\"\"")));
    }
    let text = format!(
        "hunt h {{\n  title \"h\"\n  created 2026-11-24\n  ioc i {} from \"i.csv\"\n  sweep s {{\n    indicators i\n  }}\n}}\n",
        kind.words
    );
    workspace::hunt_with(&text, csv)
}

/// Values of the field about one indicator: those that the sweep selects, and those beside them.
fn beside(kind: &Kind, number: u32) -> (Vec<String>, Vec<String>) {
    let value = (kind.indicator)(number);
    match kind.name {
        "ip" => match value.split_once('/') {
            Some((network, _)) => {
                let [a, b, c, _] = network.parse::<std::net::Ipv4Addr>().unwrap().octets();
                let below = std::net::Ipv4Addr::from_bits(std::net::Ipv4Addr::new(a, b, c, 0).to_bits() - 1);
                (vec![network.to_owned(), format!("{a}.{b}.{c}.255")], vec![below.to_string()])
            }
            None if value.contains(':') => {
                let long = value.parse::<std::net::Ipv6Addr>().unwrap().segments().map(|part| format!("{part:x}")).join(":");
                (vec![value.clone(), long], vec![format!("{value}1")])
            }
            None => {
                let bits = value.parse::<std::net::Ipv4Addr>().unwrap().to_bits();
                let next = std::net::Ipv4Addr::from_bits(bits + 1).to_string();
                (vec![value.clone(), format!("::ffff:{value}")], vec![next, format!("{value}/32"), format!("{value} ")])
            }
        },
        "domain" => (
            vec![value.clone(), value.to_uppercase(), format!("www.{value}"), format!("x.y.{value}")],
            vec![
                format!("not{value}"),
                format!("www.not{value}"),
                format!("{value}.com"),
                value.replacen(".example", ".exampl", 1),
            ],
        ),
        "file_name" => (
            vec![format!("C:\\Temp\\{value}"), format!("D:/x/{}", value.to_uppercase())],
            vec![format!("C:\\Temp\\x{value}"), format!("C:\\{value}\\x.exe"), format!("C:\\Temp\\{value}.txt")],
        ),
        _ => (vec![value.clone(), value.to_uppercase()], vec![format!("{value}0"), value[1..].to_owned()]),
    }
}

/// Known answers at both ends and in the middle of a set of so many, then every target's query against the evaluator.
fn verify(count: u32) {
    for kind in KINDS {
        let session = of_many(kind, count);
        let rule = &session.program.rules[0];
        let outside = beside(kind, count + 500);
        for number in [0, 1, 2, 7, 11, count / 2, count - 1].into_iter().filter(|number| *number < count) {
            let (hits, misses) = beside(kind, number);
            for (values, expected) in [(hits, true), (misses, false)] {
                for value in values {
                    let found = selects(rule, &event(kind.source, &[(kind.field, &value)]));
                    assert_eq!(found, expected, "{} of {count}: {value}", kind.name);
                }
            }
        }
        for value in outside.0.iter().chain(&outside.1) {
            let found = selects(rule, &event(kind.source, &[(kind.field, value)]));
            assert!(!found, "{} of {count}: {value} is none of them", kind.name);
        }
        let built = build_verified(&session, &settings(), "19.0");
        let faults: Vec<_> = built.diagnostics.iter().filter(|each| matches!(each.code, "L0308" | "L0309")).collect();
        assert!(faults.is_empty(), "{} of {count}: {faults:#?}", kind.name);
        let found = statuses(&built);
        for target in ["splunk", "sentinel"] {
            let (exact, approximate, ..) = found[target];
            assert!(exact + approximate > 0, "{} of {count}: {found:?} {:#?}", kind.name, built.diagnostics);
        }
        let written: usize = found.values().map(|(exact, approximate, ..)| exact + approximate).sum();
        assert_eq!(built.verified.unwrap().rules, written, "{} of {count}", kind.name);
        let lists: Vec<&str> = built.set_files.iter().map(|file| file.target.name()).collect();
        assert_eq!(lists.is_empty(), count <= 100, "{} of {count}: {lists:?}", kind.name);
    }
}

#[test]
fn ten_and_a_thousand_indicators_of_each_type_are_verified() {
    verify(10);
    verify(1_000);
}

/// `HUNTC_COUNT=100000` asks for as many; a minute in a release build.
#[test]
fn as_many_indicators_of_each_type_as_are_asked_for_are_verified() {
    let count = std::env::var("HUNTC_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    verify(count);
}

#[test]
fn a_set_beside_the_query_reads_as_a_hunter_would_write_it() {
    let mut shown = String::new();
    for (kind, rule) in [("ip", "s_windows_network_connection"), ("domain", "s_windows_dns_query")] {
        let kind = KINDS.iter().find(|each| each.name == kind).unwrap();
        let built = build(&of_many(kind, 200), &settings(), "19.0");
        for path in [format!("splunk/h/{rule}.spl"), format!("sentinel/h/{rule}.kql")] {
            shown.push_str(&format!("--- {path}\n{}", built.files[&path]));
        }
        for path in [format!("splunk/app/lookups/h_s_{}.csv", kind.name), format!("sentinel/watchlists/h_s_{}.csv", kind.name)] {
            let lines: Vec<&str> = built.files[&path].lines().take(4).collect();
            shown.push_str(&format!("--- {path}\n{}\n…\n", lines.join("\n")));
        }
    }
    let kind = KINDS.iter().find(|each| each.name == "ip").unwrap();
    let built = build(&of_many(kind, 200), &settings(), "19.0");
    shown.push_str(&format!("--- transforms.conf\n{}", built.files["splunk/app/default/transforms.conf"]));
    insta::assert_snapshot!(shown);
}

#[test]
fn a_set_that_a_target_has_no_place_for_is_refused_there_once() {
    let kind = KINDS.iter().find(|each| each.name == "domain").unwrap();
    let built = build(&of_many(kind, 12_000), &settings(), "19.0");
    let errors: Vec<(&str, &str)> =
        built.diagnostics.iter().filter(|each| each.is_error()).map(|each| (each.code, each.message.as_str())).collect();
    let codes: Vec<&str> = errors.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["L0359", "L0331"], "{errors:#?}");
    let manifest: serde_json::Value = serde_json::from_str(&built.files["manifest.json"]).unwrap();
    assert_eq!(manifest["lists"].as_array().unwrap().len(), 2);
    assert_eq!(manifest["indicators"][0]["indicators"], 12_000);
}

#[test]
fn a_sweep_lists_what_it_looks_for_and_what_is_gone_is_told() {
    let of = |values: &str| {
        let session = hunt(&format!("ioc i ip {{ {values} }}"), "i");
        build(&session, &settings(), "19.0").files["indicators/h/s.csv"].clone()
    };
    let (before, now) = (of("'192.0.2.1'\n'192.0.2.2'\n'2001:db8::1'"), of("'192.0.2.2'"));
    assert_eq!(now, "type,indicator\nip,192.0.2.2\n");
    assert_eq!(huntc::compile::removed(&before, &now), ["ip,192.0.2.1", "ip,2001:db8::1"]);
}

#[test]
fn a_field_that_no_log_source_has_is_told_once() {
    let mut sources = SourceMap::default();
    let text = "hunt h {\n  hypothesis \"x\"\n  ioc i ip { '192.0.2.1' }\n  sweep s {\n    indicators i\n    except \"x\" { nosuch == 'y' }\n  }\n}\n";
    sources.add("h.hunt", text);
    let found: Vec<&str> = diagnose_example(&sources).iter().map(|each| each.code).collect();
    assert_eq!(found.iter().filter(|code| **code == "E0203").count(), 1, "{found:?}");
}

/// Rows through interpreters that share no code with the compiler: written out in both, and in lookup files where Splunk keeps
/// them.
#[test]
fn interpreters_select_what_sweeps_mean() {
    for kind in KINDS {
        for count in [10, 120] {
            // What a text in a lookup file is, is the same for every type of text.
            if count > 100 && !matches!(kind.name, "ip" | "domain" | "file_name") {
                continue;
            }
            let session = of_many(kind, count);
            let built = build(&session, &settings(), "19.0");
            let lookups: BTreeMap<String, String> = built
                .files
                .iter()
                .filter(|(path, _)| path.starts_with("splunk/app/lookups/") || path.ends_with("transforms.conf"))
                .map(|(path, text)| (path.rsplit('/').next().unwrap_or_default().to_owned(), text.clone()))
                .collect();
            assert_eq!(lookups.is_empty(), count <= 100);
            if shared::find("oracles/spl").is_some() {
                let mut trials = oracles::trials(&session, Target::Splunk);
                trials.iter_mut().for_each(|trial| trial.lookups.clone_from(&lookups));
                if let Some(faults) = oracles::run_splunk(&trials) {
                    report(Target::Splunk, trials, &faults);
                }
            }
            if count <= 100 && Interpreter::find().is_some() {
                for target in [Target::Sentinel, Target::Defender] {
                    let trials = oracles::trials(&session, target);
                    if let Some(faults) = oracles::run_kusto(target, &trials) {
                        report(target, trials, &faults);
                    }
                }
            }
        }
    }
}

/// Some rules of a sweep have nothing to find in a target: a path of Windows where rows of Linux are told by how paths begin. The
/// others must find something.
fn report(target: Target, trials: Vec<oracles::Trial>, faults: &[String]) {
    let of = trials.len();
    // Defender keeps no URL of a request.
    if of == 0 && target == Target::Defender {
        return;
    }
    let found = |trial: &oracles::Trial| trial.rows.iter().any(|expected| expected.selected);
    let (asked, empty): (Vec<_>, Vec<_>) = trials.into_iter().partition(found);
    assert!(asked.len() * 2 >= of, "{target}: {} of {of} rules find nothing", empty.len());
    assert!(
        empty.iter().all(|trial| trial.name.contains("linux") || trial.name.contains("macos")),
        "{:?}",
        empty.iter().map(|trial| &trial.name).collect::<Vec<_>>()
    );
    oracles::report(target, &asked, faults);
}

/// The vendor's language service reads the queries that ask watchlists.
#[test]
fn the_language_service_accepts_sweeps() {
    let mut queries = Vec::new();
    for kind in KINDS {
        let built = build(&of_many(kind, 300), &settings(), "19.0");
        let of_sentinel = built.files.iter().filter(|(path, _)| path.starts_with("sentinel/h/") && path.ends_with(".kql"));
        queries.extend(of_sentinel.map(|(_, text)| (Target::Sentinel, text.clone())));
    }
    assert!(queries.len() > 10);
    if let Some(faults) = language_service(&queries) {
        assert!(faults.is_empty(), "{}", faults.join("\n=====\n"));
    }
}
