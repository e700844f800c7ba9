//! Who comes for us: what is recorded of targets, how it is asked, and the hunt that is scaffolded of it.

use std::collections::BTreeSet;

use huntc::attack::{Place, Relation, Release, targets};
use huntc::layer::Reach;
use huntc::targeting::{Asked, targeting};
use serde_json::Value;

use crate::commands::Folder;

/// Counts of the galaxy, and of what its values come to.
#[test]
fn the_embedded_section_is_whole() {
    let known = targets();
    let actors = known.adversaries();
    assert_eq!(actors.len(), 189);
    let counted = |has: &dyn Fn(&huntc::attack::Adversary) -> bool| actors.iter().filter(|actor| has(actor)).count();
    assert_eq!(counted(&|actor| !actor.victims.is_empty()), 151);
    let mut uuids = BTreeSet::new();
    for actor in actors {
        assert!(uuids.insert(actor.uuid) && actor.uuid.len() == 36, "{}", actor.name);
        assert!(!actor.victims.is_empty() || !actor.sectors.is_empty(), "{}", actor.name);
        for value in &actor.sectors {
            assert!(!known.sectors_of(value).is_empty(), "`{value}` means no sector");
        }
        for value in &actor.victims {
            assert!(known.place_of(value).is_some(), "`{value}` means no place");
        }
        for (id, _) in &actor.groups {
            let live = Release::ALL.iter().any(|release| release.facts().object(id).is_some());
            assert!(live, "{}: ATT&CK has no {id}", actor.name);
        }
    }
    let codes: BTreeSet<&str> = known.places().iter().filter(|place| place.kind.len() == 2).map(|place| place.kind).collect();
    let countries = known.places().iter().filter(|place| place.kind.len() == 2).count();
    assert_eq!(codes.len(), countries, "a code stands for two countries");
    assert!(known.places().iter().all(|place| place.kind.len() == 2 || matches!(place.kind, "region" | "organisation")));
}

/// One sector under its many spellings, and countries under theirs.
#[test]
fn values_that_mean_the_same_are_one() {
    let known = targets();
    for written in ["finance", "Financial", "bank", "FINANCIAL SERVICES", "cryptocurrency"] {
        assert_eq!(known.find_sectors(written), ["Finance"], "{written}");
    }
    for written in ["Telecoms", "Telecomms", "telecommunications"] {
        assert_eq!(known.find_sectors(written), ["Telecommunications"], "{written}");
    }
    assert_eq!(known.find_sectors("Electronics Manufacturers"), ["Manufacturing", "Technology"]);
    assert_eq!(known.find_sectors("fishing"), Vec::<&str>::new());
    let russia = Place { name: "Russia", kind: "RU" };
    for written in ["Russia", "russian federation", "ru"] {
        assert_eq!(known.find_place(written), Some(russia), "{written}");
    }
    assert_eq!(known.find_place("The Middle East").map(|place| place.kind), Some("region"));
    assert_eq!(known.find_place("re"), None);
}

/// TA505 (G0092) has a value for finance and Germany among its victims.
#[test]
fn actors_are_found_by_sector_and_country_together() {
    let known = targets();
    let asked = |sectors: &[&'static str], places: &[&str]| Asked {
        sectors: sectors.to_vec(),
        places: places.iter().filter_map(|place| known.find_place(place)).collect(),
    };
    let both = targeting(Release::V19_0, asked(&["Finance"], &["DE"]), Reach::Direct);
    let names: Vec<&str> = both.suspects.iter().map(|suspect| suspect.adversary.name).collect();
    assert!(names.contains(&"TA505"), "{names:?}");
    let finance = targeting(Release::V19_0, asked(&["Finance"], &[]), Reach::Direct);
    let germany = targeting(Release::V19_0, asked(&[], &["DE"]), Reach::Direct);
    let set = |found: &huntc::targeting::Targeting| -> BTreeSet<&str> {
        found.suspects.iter().map(|suspect| suspect.adversary.name).collect()
    };
    let meet: BTreeSet<&str> = set(&finance).intersection(&set(&germany)).copied().collect();
    assert_eq!(set(&both), meet);
    // Counted in the galaxy: 27 actors have a value that means finance, 44 have Germany among their victims.
    assert_eq!((finance.suspects.len(), germany.suspects.len()), (27, 44));
    let oilrig = finance.suspects.iter().find(|suspect| suspect.adversary.name == "OilRig").unwrap();
    let groups: Vec<(&str, Relation)> = oilrig.groups.iter().map(|(object, relation)| (object.id, *relation)).collect();
    // Others that the galaxy calls merely similar are not taken for it.
    assert_eq!(groups, [("G0049", Relation::Named)]);
}

#[test]
fn techniques_are_ranked_by_how_many_groups_use_them() {
    let asked = Asked { sectors: vec!["Finance"], places: Vec::new() };
    let found = targeting(Release::V19_0, asked, Reach::Direct);
    let facts = Release::V19_0.facts();
    assert!(found.techniques.windows(2).all(|pair| pair[0].groups.len() >= pair[1].groups.len()));
    for used in found.techniques.iter().take(5) {
        for id in &used.groups {
            assert!(facts.uses(id).techniques.contains(&used.id), "{id} {}", used.id);
        }
        let all = facts.users_of(used.id).iter().filter(|(_, id)| id.starts_with('G')).count();
        assert_eq!(used.all, all, "{}", used.id);
    }
    let wider = targeting(Release::V19_0, found.asked.clone(), Reach::Software);
    assert!(wider.techniques.len() > found.techniques.len());
}

#[test]
fn the_command_lists_and_scaffolds() {
    let folder = Folder::new("targeting");
    let found = folder.run(&["attack", "--targets", "finance", "--country", "DE"]).expect(0, &[]);
    for text in
        ["TA505", "G0092", "recorded as targeting Finance, Germany", "which does not mean that they spare anybody", "CC0 1.0"]
    {
        assert!(found.out.contains(text), "{text}\n{}", found.out);
    }
    let json = folder.run(&["attack", "--targets", "finance", "--json"]).expect(0, &[]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["actors"].as_array().unwrap().len(), 27);
    assert_eq!(json["recorded"]["with_targets"], 189);
    folder
        .run(&["attack", "--targets", "finance", "--hunt", "hunts/who.hunt", "--limit", "12"])
        .expect(0, &["wrote hunts/who.hunt", "12 techniques"]);
    let hunt = folder.read("hunts/who.hunt");
    assert_eq!(hunt.matches("blindspot T").count() + usize::from(!hunt.contains("blindspot T1490")), 13, "{hunt}");
    folder.run(&["check", "--deny", "warnings"]).expect(0, &["no mistakes"]);
    folder.run(&["fmt", "--check"]).expect(0, &[]);
    folder.run(&["test"]).expect(0, &[]);
    // A second time nothing is overwritten.
    folder.run(&["attack", "--targets", "finance", "--hunt", "hunts/who.hunt"]).expect(2, &["is there already"]);
    for (option, name) in [("--actor", "Lazarus Group"), ("--software", "Stuxnet"), ("--actor", "G0016")] {
        let place = format!("w-{}", name.replace(' ', "-"));
        folder.run(&["init", &place, option, name]).expect(0, &[]);
        folder.run(&["check", &place, "--deny", "warnings"]).expect(0, &["no mistakes"]);
        folder.run(&["fmt", &place, "--check"]).expect(0, &[]);
        folder.run(&["test", &place]).expect(0, &[]);
    }
}

#[test]
fn bad_calls_are_told() {
    let folder = Folder::new("targeting-bad");
    folder.run(&["attack", "--targets", "fishing"]).expect(2, &["E1007", "sectors are"]);
    folder.run(&["attack", "--targets", "finanse"]).expect(2, &["did you mean `Finance`?"]);
    folder.run(&["attack", "--country", "Germoney"]).expect(2, &["did you mean `Germany`?"]);
    folder.run(&["attack", "--country", "XX"]).expect(2, &["E1007"]);
    folder.run(&["attack"]).expect(2, &[]);
    folder.run(&["attack", "T1490", "--targets", "finance"]).expect(2, &[]);
    folder.run(&["attack", "--targets", "finance", "--limit", "0"]).expect(2, &[]);
    folder.run(&["attack", "--targets", "finance", "--hunt", "who.txt"]).expect(2, &["ends in `.hunt`"]);
    folder.run(&["attack", "--targets", "chemical", "--country", "TG"]).expect(1, &[]);
}
