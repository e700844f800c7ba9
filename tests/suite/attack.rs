//! The embedded ATT&CK facts: counts, spot checks, what became of ids, and how they are described.

use std::collections::BTreeSet;

use huntc::attack::{self, Candidate, ObjectKind, Release, Resolution, describe};
use huntc::diag::{Severity, SourceId, Span};

fn span() -> Span {
    Span::new(SourceId(0), 0, 9)
}

#[test]
fn counts_are_those_of_mitre() {
    // MITRE's own counts of 18.1: 216 techniques and 475 sub-techniques, 172 groups, 784 software, 52 campaigns, 14 tactics.
    // Of 19.0: 222 and 475, 15 tactics.
    for (release, parents, subs, groups, software, campaigns, tactics) in
        [(Release::V18_1, 216, 475, 172, 784, 52, 14), (Release::V19_0, 222, 475, 176, 821, 0, 15)]
    {
        let facts = release.facts();
        assert_eq!(facts.techniques().filter(|technique| technique.parent().is_none()).count(), parents);
        assert_eq!(facts.techniques().filter(|technique| technique.parent().is_some()).count(), subs);
        assert_eq!(facts.objects(ObjectKind::Actor).count(), groups);
        assert_eq!(facts.objects(ObjectKind::Software).count(), software);
        assert_eq!(facts.objects(ObjectKind::Campaign).count(), campaigns);
        assert_eq!(facts.tactics().len(), tactics);
        for technique in facts.techniques() {
            assert!(!technique.tactics.is_empty(), "{}", technique.id);
            assert!(technique.parent().is_none_or(|parent| facts.technique(parent).is_some()), "{}", technique.id);
        }
        for kind in [ObjectKind::Actor, ObjectKind::Software, ObjectKind::Campaign] {
            for object in facts.objects(kind) {
                let uses = facts.uses(object.id);
                assert!(uses.techniques.iter().all(|id| facts.technique(id).is_some()), "{}", object.id);
                // Groups also use mobile software, which Enterprise does not hold.
                assert!(uses.software.iter().all(|id| ObjectKind::of_id(id) == Some(ObjectKind::Software)), "{}", object.id);
                // Fixes write names as they stand, between double quotes.
                assert!(!object.name.contains(['"', '\\']), "{}", object.name);
            }
        }
    }
}

#[test]
fn what_the_older_and_the_newer_facts_do_not_hold_is_said() {
    assert!(Release::V18_1.facts().holds_campaigns() && Release::V18_1.facts().holds_deprecations());
    assert!(!Release::V19_0.facts().holds_campaigns() && !Release::V19_0.facts().holds_deprecations());
    // 18.1 answers for both.
    assert_eq!(Release::V19_0.facts().deprecated("t1064"), Some(("Scripting", Release::V18_1)));
    assert_eq!(Release::V19_0.facts().resolve_campaign("Night Dragon").live().map(|found| found.id), Some("C0002"));
}

#[test]
fn names_aliases_and_ids_resolve_ignoring_case() {
    let facts = Release::V19_0.facts();
    for text in ["WannaCry", "wannacry", "WCry", "WanaCrypt0r", " S0366 ", "s0366"] {
        assert_eq!(facts.resolve_software(text).live().map(|found| found.id), Some("S0366"), "{text}");
    }
    for text in ["Lazarus Group", "HIDDEN COBRA", "g0032"] {
        assert_eq!(facts.resolve_actor(text).live().map(|found| found.id), Some("G0032"), "{text}");
    }
    // A name that is a group's alias and a software's alias is resolved by the kind that was asked for.
    assert_eq!(facts.resolve_actor("sofacy").live().map(|found| found.id), Some("G0007"));
    assert_eq!(facts.resolve_software("sofacy").live().map(|found| found.id), Some("S0137"));
    // A name wins over an alias: Thrip is the name of G0076 and an alias of G0030.
    assert_eq!(facts.resolve_actor("Thrip").live().map(|found| found.id), Some("G0076"));
    let Resolution::Ambiguous(candidates) = facts.resolve_actor("UAC-0056") else { panic!("two groups carry it as an alias") };
    assert_eq!(candidates.iter().map(|each| each.id).collect::<Vec<_>>(), ["G1003", "G1031"]);
}

#[test]
fn successors_are_followed_to_a_live_object() {
    // T1073 was replaced by T1574.002, which was replaced in turn.
    for release in Release::ALL {
        let facts = release.facts();
        let (name, successor) = facts.revoked("T1073").expect("revoked long ago");
        assert_eq!(name, "DLL Side-Loading");
        assert!(facts.technique(successor.expect("it has one")).is_some());
    }
    assert_eq!(Release::V19_0.facts().revoked("T1562.001"), Some(("Disable or Modify Tools", Some("T1685"))));
    assert!(Release::V18_1.facts().technique("T1562.001").is_some());
    // A mobile technique: nothing in Enterprise replaces it.
    assert_eq!(Release::V19_0.facts().revoked("T1400"), Some(("Modify System Partition", None)));
}

#[test]
fn tactics_are_recomputed_in_the_order_of_the_matrix() {
    let names = |release: Release, ids: &[&str]| -> Vec<&'static str> {
        release.facts().tactics_of(ids.iter().copied()).iter().map(|tactic| tactic.short_name).collect()
    };
    assert_eq!(
        names(Release::V18_1, &["T1486", "T1548.002", "T1059"]),
        ["execution", "privilege-escalation", "defense-evasion", "impact"]
    );
    // T1548.* simply lost its evasion tactic; T1562.001 is in another than the rest of the old column.
    assert_eq!(names(Release::V19_0, &["T1548.002"]), ["privilege-escalation"]);
    assert_eq!(names(Release::V19_0, &["T1685", "T1027"]), ["stealth", "defense-impairment"]);
    assert_eq!(names(Release::V19_0, &["T0000"]), [""; 0]);
}

#[test]
fn what_changed_between_the_releases_agrees_with_the_published_differences() {
    let Some(path) = crate::shared::find("data/attack/v18-to-v19.json") else { return };
    let changes: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("valid JSON");
    let (before, after) = (Release::V18_1.facts(), Release::V19_0.facts());
    for (id, successor) in changes["technique_renames"].as_object().expect("an object") {
        assert!(before.technique(id).is_some(), "{id}");
        assert_eq!(after.revoked(id).and_then(|(_, successor)| successor), successor.as_str(), "{id}");
    }
    let changed: BTreeSet<&str> = before
        .techniques()
        .filter_map(|technique| Some((technique.tactics, after.technique(technique.id)?)))
        .filter(|(tactics, later)| {
            let names = |tactics: &[attack::Tactic]| tactics.iter().map(|each| each.short_name).collect::<BTreeSet<_>>();
            names(tactics) != names(&later.tactics)
        })
        .map(|(_, later)| later.id)
        .collect();
    let published = changes["tactic_changes"].as_object().expect("an object");
    for id in &changed {
        assert!(published.contains_key(*id), "{id} is not published as changed");
    }
    for (id, tactics) in published {
        let Some(technique) = after.technique(id) else { continue };
        let now: BTreeSet<&str> = technique.tactics.iter().map(|each| each.short_name).collect();
        let expected: BTreeSet<&str> =
            tactics[1].as_array().expect("a list").iter().filter_map(serde_json::Value::as_str).collect();
        assert_eq!(now, expected, "{id}");
    }
}

#[test]
fn diagnostics_name_what_was_found_and_offer_the_successor() {
    let message = |result: Result<attack::Technique, huntc::diag::Diagnostic>| {
        let diagnostic = result.expect_err("a fault");
        assert_eq!(diagnostic.severity, Severity::Error);
        let fixes: Vec<&str> = diagnostic.fixes.iter().map(|fix| fix.edits[0].1.as_str()).collect();
        format!(
            "{} {} | {} | {} | {}",
            diagnostic.code,
            diagnostic.message,
            diagnostic.label.as_deref().unwrap_or("-"),
            diagnostic.help.as_deref().unwrap_or("-"),
            fixes.join(", ")
        )
    };
    let technique = |release, text: &str| message(attack::diagnose_technique(release, text, span()));
    insta::assert_snapshot!(
        "attack_technique_diagnostics",
        [
            technique(Release::V19_0, "T1940"),
            technique(Release::V19_0, "T1059.099"),
            technique(Release::V18_1, "T1685"),
            technique(Release::V19_0, "T1562.001"),
            technique(Release::V19_0, "T1400"),
            technique(Release::V19_0, "T1064"),
            technique(Release::V19_0, "DNS"),
            technique(Release::V19_0, "Inhibit System Recovery"),
            technique(Release::V19_0, "TA0040"),
            technique(Release::V19_0, "xyzzy"),
        ]
        .join("\n")
    );
    let object = |result: Result<attack::Object, huntc::diag::Diagnostic>| {
        let diagnostic = result.expect_err("a fault");
        let fixes: Vec<&str> = diagnostic.fixes.iter().map(|fix| fix.edits[0].1.as_str()).collect();
        format!(
            "{} {} | {} | {} | {}",
            diagnostic.code,
            diagnostic.message,
            diagnostic.label.as_deref().unwrap_or("-"),
            diagnostic.help.as_deref().unwrap_or("-"),
            fixes.join(", ")
        )
    };
    insta::assert_snapshot!(
        "attack_object_diagnostics",
        [
            object(attack::diagnose_software(Release::V19_0, "WannaCryy", span())),
            object(attack::diagnose_software(Release::V19_0, "Lazarus Group", span())),
            object(attack::diagnose_software(Release::V19_0, "dnsmessenger", span())),
            object(attack::diagnose_actor(Release::V19_0, "UAC-0056", span())),
            object(attack::diagnose_actor(Release::V19_0, "G0042", span())),
            object(attack::diagnose_actor(Release::V19_0, "G0014", span())),
            object(attack::diagnose_actor(Release::V19_0, "T1490", span())),
            object(attack::diagnose_campaign(Release::V19_0, "C9999", span())),
            object(attack::diagnose_campaign(Release::V19_0, "Night Dragoon", span())),
            object(attack::diagnose_campaign(Release::V18_1, "C9999", span())),
        ]
        .join("\n")
    );
}

#[test]
fn descriptions_read_well() {
    let facts = Release::V19_0.facts();
    insta::assert_snapshot!("attack_wannacry", describe(facts, "wannacry").text());
    insta::assert_snapshot!("attack_t1490", describe(facts, "t1490").text());
    insta::assert_snapshot!(
        "attack_others",
        ["T1562.001", "T1064", "sofacy", "xyzzy", "DNS", "Stealth", "Night Dragon"]
            .map(|query| describe(facts, query).text().lines().take(6).collect::<Vec<_>>().join("\n"))
            .join("\n\n")
    );
    let campaign = describe(Release::V18_1.facts(), "SolarWinds Compromise").json();
    assert_eq!(campaign["id"], "C0024");
    assert_eq!(campaign["attributed_to"][0]["name"], "APT29");
    let json = describe(facts, "Sofacy").json();
    assert_eq!(json["status"], "ambiguous");
    assert_eq!(json["candidates"][0]["id"], "G0007");
}

#[test]
fn any_text_is_answered() {
    for release in Release::ALL {
        for text in ["", " ", "T", "T1", "TA", "t1059.", "T1059.0011", "\u{130}", "G\u{663}003", "C", &"x".repeat(10_000)] {
            let _ = describe(release.facts(), text).text();
            let _ = attack::diagnose_technique(*release, text, span());
            let _ = attack::diagnose_campaign(*release, text, span());
        }
    }
    assert_eq!(
        Release::V19_0.facts().named("TA0006"),
        [Candidate { kind: ObjectKind::Tactic, id: "TA0006", name: "Credential Access" }]
    );
    assert_eq!(Release::parse("v19"), Some(Release::V19_0));
    assert_eq!(Release::parse("18.1"), Some(Release::V18_1));
    assert_eq!(Release::parse("17"), None);
}
