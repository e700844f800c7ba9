//! The files around KQL queries: Sentinel's analytic rules and Defender's custom detections.

use crate::kusto::{On, all, any, defender, entity, exception, not, rule, schedule, sentinel};

use huntc::envelope::{defender as custom_detection, sentinel as analytic_rule};
use huntc::ir::{Body, EntityKind, Level, Rule, Technique, TextOperator};

fn whole(on: &On) -> Rule {
    let condition = all(vec![
        any(vec![
            on.text("Image", TextOperator::Named, &["vssadmin.exe", "wmic.exe"]),
            on.text("OriginalFileName", TextOperator::Equals, &["VSSADMIN.EXE", "wmic.exe"]),
        ]),
        on.text("CommandLine", TextOperator::Contains, &["shadow"]),
        not(on.text("ParentImage", TextOperator::Named, &["VeeamAgent.exe"])),
    ]);
    let mut selection = on.selection(condition);
    selection.output = ["Computer", "User", "CommandLine"].map(|name| on.field(name)).to_vec();
    selection.exceptions.push(exception("sccm", on.text("ParentImage", TextOperator::Named, &["ccmexec.exe"])));
    let mut rule = rule(selection);
    rule.meta.title = "Shadow copies: \"deleted\" # outside".into();
    rule.hunt.hypothesis = "A worm has reached a server:\nit deletes shadow copies. {{7*7}} */ 'quoted'\n".into();
    rule.hunt.references = vec!["https://attack.mitre.org/software/S0366/".into()];
    rule.meta.level = Level::Critical;
    rule.meta.techniques = vec![
        Technique { id: "T1490".into(), name: "Inhibit System Recovery".into(), tactics: vec!["impact".into()] },
        Technique { id: "T1562.001".into(), name: "Disable or Modify Tools".into(), tactics: vec!["defense-impairment".into()] },
    ];
    rule.meta.tactics = vec!["stealth".into(), "defense-impairment".into(), "impact".into()];
    rule.meta.false_positives = vec!["Administrators freeing disk space".into()];
    rule.meta.response = Some("Isolate the host".into());
    rule.entities = vec![
        entity(on, EntityKind::Host, "Computer"),
        entity(on, EntityKind::Account, "User"),
        entity(on, EntityKind::File, "Image"),
        entity(on, EntityKind::Process, "CommandLine"),
    ];
    rule.schedules = vec![(None, schedule(3600, vec![on.field("Computer")]))];
    rule
}

fn yaml(on: &On, rule: &Rule) -> Result<String, Vec<String>> {
    let query = on.compile(rule).unwrap();
    let Body::Select(selections) = &rule.body else { unreachable!() };
    analytic_rule::analytic_rule(rule, &selections[0], &on.layout, &query)
        .map(|envelope| envelope.text)
        .map_err(|losses| losses.iter().map(|loss| format!("{}: {}", loss.code, loss.message)).collect())
}

fn json(on: &On, rule: &Rule) -> Result<String, Vec<String>> {
    let query = on.compile(rule).unwrap();
    custom_detection::custom_detection(rule, &query)
        .map(|envelope| envelope.text)
        .map_err(|losses| losses.iter().map(|loss| format!("{}: {}", loss.code, loss.message)).collect())
}

#[test]
fn an_analytic_rule_of_sentinel() {
    let on = sentinel("windows/process_creation");
    let rule = whole(&on);
    let text = yaml(&on, &rule).unwrap();
    insta::assert_snapshot!("sentinel_analytic_rule", text);
    let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(read["query"].as_str(), Some(on.compile(&rule).unwrap().text.as_str()));
    assert_eq!(read["name"].as_str(), Some(rule.meta.title.as_str()));
    assert_eq!(read["description"].as_str().map(|text| text.contains("{{7*7}} */ 'quoted'")), Some(true));
}

#[test]
fn suppression_of_a_whole_rule_and_by_a_field_that_is_no_entity() {
    let on = sentinel("windows/process_creation");
    let mut rule = whole(&on);
    rule.schedules = vec![(None, schedule(3600, Vec::new()))];
    let text = yaml(&on, &rule).unwrap();
    assert!(text.contains("suppressionEnabled: true\nsuppressionDuration: 1d\n"), "{text}");
    rule.schedules = vec![(None, schedule(3600, vec![on.field("ParentImage")]))];
    let text = yaml(&on, &rule).unwrap();
    assert!(text.contains("groupByCustomDetails:\n      - InitiatingProcessFolderPath"), "{text}");
    assert!(text.contains("customDetails:\n  InitiatingProcessFolderPath: InitiatingProcessFolderPath"), "{text}");
}

#[test]
fn limits_of_sentinel() {
    let on = sentinel("windows/process_creation");
    let refused = |change: &dyn Fn(&mut Rule)| {
        let mut rule = whole(&on);
        change(&mut rule);
        yaml(&on, &rule).unwrap_err().join("\n")
    };
    assert!(refused(&|rule| rule.meta.title = "x".repeat(257)).starts_with("L0377"));
    assert!(refused(&|rule| rule.hunt.hypothesis = "x".repeat(5001)).starts_with("L0378"));
    assert!(refused(&|rule| rule.schedules[0].1.every = 60).starts_with("L0379"));
    assert!(refused(&|rule| rule.schedules[0].1.every = 3601).starts_with("L0379"));
    assert!(
        refused(&|rule| rule.schedules[0].1.every = 14 * 86_400).starts_with("L0379"),
        "the look-back is 14 days and the delay"
    );
    assert!(refused(&|rule| rule.schedules[0].1.suppress.as_mut().unwrap().period = 8 * 86_400).starts_with("L0380"));
}

#[test]
fn references_that_do_not_fit_are_counted() {
    let on = sentinel("windows/process_creation");
    let described = |count: usize| {
        let mut rule = whole(&on);
        rule.hunt.references = (0..count).map(|number| format!("https://example.com/{number:0>80}")).collect();
        let read: serde_yaml::Value = serde_yaml::from_str(&yaml(&on, &rule).unwrap()).unwrap();
        read["description"].as_str().unwrap().to_owned()
    };
    let few = described(3);
    assert!(few.contains(&format!("{:0>80}", 2)) && !few.contains("more)"), "{few}");
    let many = described(400);
    assert!((4_850..=5_000).contains(&many.chars().count()), "{}", many.chars().count());
    let shown = many.matches("https://example.com/").count();
    assert!(many.contains(&format!("(and {} more)", 400 - shown)), "{many}");
}

#[test]
fn a_custom_detection_of_defender() {
    let on = defender("windows/process_creation");
    let rule = whole(&on);
    let text = json(&on, &rule).unwrap();
    insta::assert_snapshot!("defender_custom_detection", text);
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["queryCondition"]["queryText"], on.compile(&rule).unwrap().text);
}

#[test]
fn a_detection_without_entities_names_the_device() {
    let on = defender("windows/process_creation");
    let mut rule = whole(&on);
    rule.entities.clear();
    let read: serde_json::Value = serde_json::from_str(&json(&on, &rule).unwrap()).unwrap();
    let hosts = &read["detectionAction"]["alertTemplate"]["entityMappings"]["hosts"];
    assert_eq!(hosts[0]["deviceIdColumn"], "DeviceId");
}

#[test]
fn frequencies_of_defender() {
    let on = defender("windows/process_creation");
    let mut rule = whole(&on);
    for (every, period) in [(3600, "1H"), (10_800, "3H"), (43_200, "12H"), (86_400, "24H")] {
        rule.schedules[0].1.every = every;
        let read: serde_json::Value = serde_json::from_str(&json(&on, &rule).unwrap()).unwrap();
        assert_eq!(read["schedule"]["period"], period);
    }
    rule.schedules[0].1.every = 900;
    let refused = json(&on, &rule).unwrap_err().join("\n");
    assert!(refused.starts_with("L0382") && refused.contains("not every 15m"), "{refused}");
    rule.schedules[0].1.every = 3600;
    rule.schedules[0].1.arrival_delay = 4 * 3600;
    assert!(json(&on, &rule).unwrap_err().join("\n").starts_with("L0382"));
}
