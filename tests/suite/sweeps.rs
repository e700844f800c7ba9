//! Sweeps: indicators against every log source that has a field of their type (S6.1, S6.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huntc::compile::{Build, Outcome, Session, TargetSetting, build, build_verified};
use huntc::eval;
use huntc::ir::Rule;
use huntc::ir::event::{Event, Value};
use huntc::schema::{LogSourceId, Target};

use crate::workspace;

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
