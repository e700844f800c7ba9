//! Witnesses of rules, and the rows that products hold of them (S8.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use huntc::diag::Span;
use huntc::eval::{self, FieldState};
use huntc::ir::event::{Event, Value};
use huntc::ir::{Body, Condition, Kind, Selection, Uuid};
use huntc::schema::mapping::{self, Place};
use huntc::schema::{LogSourceId, Profile, ScalarType, Target, catalogue};
use huntc::verify::{self, Cell, Purpose, Row, lay_out, renderings, witnesses};

use crate::generate::{self, Allow, Random};
use crate::{decoding, workspace};

fn selections(session: &huntc::compile::Session) -> Vec<Selection> {
    session
        .program
        .rules
        .iter()
        .filter_map(|rule| match &rule.body {
            Body::Select(selections) => Some(selections.clone()),
            Body::Correlation(_) | Body::Sweep(_) => None,
        })
        .flatten()
        .collect()
}

/// The text of a span, for messages.
fn written(session: &huntc::compile::Session, span: Span) -> String {
    session.sources.get(span.source).map_or_else(String::new, |file| file.text[span.range()].replace('\n', " "))
}

/// Comparisons that another one beside them implies, so that no event can tell the rule from one without them.
const IMPLIED: &[&str] = &["run_key_starts_rundll32: Details contains 'rundll32'"];

#[test]
fn every_comparison_of_every_hunt_has_a_pair_that_it_decides() {
    let session = workspace::hunts();
    let mut unpaired = Vec::new();
    for selection in selections(&session) {
        let found = witnesses(&selection);
        assert!(found.events.len() <= verify::witness::MOST, "{}", selection.name);
        assert_eq!(found, witnesses(&selection), "{} is not the same twice", selection.name);
        for purpose in [true, false] {
            assert!(found.events.iter().any(|witness| witness.selected == purpose), "{}: none is {purpose}", selection.name);
        }
        for witness in &found.events {
            assert_eq!(witness.selected, eval::selects(&selection, &witness.event));
        }
        unpaired.extend(found.unpaired.iter().map(|span| format!("{}: {}", selection.name, written(&session, *span))));
    }
    unpaired.retain(|clause| !IMPLIED.contains(&clause.as_str()));
    assert!(unpaired.is_empty(), "no pair for:\n{}", unpaired.join("\n"));
}

fn of_random(random: &mut Random, source: &catalogue::LogSource, most: usize, allow: Allow) -> Selection {
    let mut fields = Vec::new();
    for _ in 0..most {
        let field = random.pick(&source.fields).clone();
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let condition = generate::condition(random, &fields, 2, allow);
    Selection {
        source: source.id.clone(),
        separators: source.separators,
        name: "random".to_owned(),
        id: Uuid::nil(),
        condition,
        exceptions: Vec::new(),
        output: fields,
    }
}

/// Pairs are what they say: neighbours in the list that differ in one field (or in time) and in the answer.
#[test]
fn pairs_of_random_conditions_differ_in_one_field_and_in_the_answer() {
    let mut random = Random::new(7);
    // A condition over few fields contradicts itself too often.
    let sources: Vec<_> =
        catalogue::all().filter_map(|row| catalogue::find(row.id)).filter(|source| source.fields.len() >= 15).collect();
    let (mut pairs, mut leaves) = (0, 0);
    for round in 0..150 {
        let source = random.pick(&sources).clone();
        let allow = Allow { clock: true, anywhere: true, ..Allow::default() };
        let selection = of_random(&mut random, &source, 12, allow);
        let found = witnesses(&selection);
        assert!(found.events.len() <= verify::witness::MOST);
        leaves += selection.condition.tests().len();
        pairs += selection.condition.tests().len() - found.unpaired.len();
        let of_pairs: Vec<_> = found.events.iter().filter(|witness| witness.purpose == Purpose::Pair).collect();
        let differ = |one: &Event, other: &Event| {
            let names: std::collections::BTreeSet<_> = one.fields.keys().chain(other.fields.keys()).collect();
            names.into_iter().filter(|name| one.fields.get(*name) != other.fields.get(*name)).count()
                + usize::from(one.time != other.time)
        };
        for witness in &of_pairs {
            let partner =
                of_pairs.iter().any(|other| other.selected != witness.selected && differ(&witness.event, &other.event) == 1);
            assert!(partner, "round {round}: {:?} has no partner; {:#?}", witness.event.fields, selection.condition);
        }
    }
    // Conditions made at random contradict themselves at times, and then there is no pair to find.
    assert!(pairs * 3 > leaves * 2, "{pairs} pairs for {leaves} comparisons");
}

/// A row read back by a decoder that others wrote gives what the event holds.
fn reads_back(row: &Row, event: &Event, selection: &Selection, layout: &mapping::Layout) -> Result<(), String> {
    let serde_json::Value::Object(cells) = row.json() else { return Err("no object".to_owned()) };
    let back = decoding::event(layout, &cells);
    for field in verify::tested(selection) {
        let plain = |state: FieldState| match state {
            // The decoder takes no empty text for present.
            FieldState::Values(values) if values.iter().all(String::is_empty) => FieldState::Absent,
            FieldState::Values(_) if field.kind.scalar == ScalarType::Time => FieldState::Values(Vec::new()),
            other => other,
        };
        let (was, is) = (plain(eval::state(field, event)), plain(eval::state(field, &back)));
        if was != is {
            return Err(format!("`{}` was {was:?} and reads back as {is:?} from {cells:?}", field.name));
        }
    }
    Ok(())
}

#[test]
fn rows_of_random_events_read_back() {
    let mut random = Random::new(11);
    let mut stored: BTreeMap<(Profile, LogSourceId), (u32, u32)> = BTreeMap::new();
    for row in catalogue::all() {
        let source = catalogue::find(row.id).unwrap();
        for profile in Profile::ALL {
            let Ok(layout) = mapping::layout(*profile, &source.id) else { continue };
            let shelf = verify::Shelf::new(layout.clone());
            for _ in 0..40 {
                let selection = of_random(&mut random, &source, 4, Allow::default());
                let fields: Vec<_> = verify::tested(&selection).into_iter().cloned().collect();
                let event = generate::event(&mut random, &source.id, &fields, &selection.condition, Allow::default());
                for rendering in renderings(&layout) {
                    let counts = stored.entry((*profile, source.id.clone())).or_default();
                    counts.1 += 1;
                    if let Ok(row) = lay_out(&event, &selection, &shelf, &rendering) {
                        counts.0 += 1;
                        reads_back(&row, &event, &selection, &layout).unwrap_or_else(|fault| panic!("{profile:?}: {fault}"));
                    }
                }
            }
        }
    }
    for ((profile, source), (rows, events)) in &stored {
        assert!(*rows > 0, "{profile:?}: no event of {source} could be stored, of {events}");
    }
}

/// Witnesses of the hunts are stored in most cases, in every product that keeps the log source; otherwise the products would be
/// held against little.
#[test]
fn witnesses_of_the_hunts_are_stored_where_the_product_keeps_the_fields() {
    let session = workspace::hunts();
    let mut poor = Vec::new();
    for selection in selections(&session) {
        let found = witnesses(&selection);
        for profile in Profile::ALL {
            let Ok(layout) = mapping::layout(*profile, &selection.source) else { continue };
            let shelf = verify::Shelf::new(layout.clone());
            let kept = verify::tested(&selection).into_iter().all(|field| {
                layout.fields.get(&*field.name).is_some_and(|mapping| !matches!(mapping.decode, huntc::schema::Decode::Absent(_)))
            });
            if !kept {
                continue;
            }
            for rendering in renderings(&layout) {
                let (mut selected, mut left, mut reasons) = (0, 0, BTreeMap::new());
                for witness in &found.events {
                    match lay_out(&witness.event, &selection, &shelf, &rendering) {
                        Ok(row) => {
                            reads_back(&row, &witness.event, &selection, &layout).unwrap_or_else(|fault| panic!("{fault}"));
                            if witness.selected { selected += 1 } else { left += 1 }
                        }
                        Err(reason) => *reasons.entry(reason.0).or_insert(0) += 1,
                    }
                }
                // A rule on what only the XML rendering holds finds nothing in the other.
                let classic_lacks =
                    reasons.keys().any(|reason: &String| reason.starts_with("the classic rendering does not hold"));
                if (selected == 0 || left == 0) && !classic_lacks {
                    poor.push(format!(
                        "{profile:?} {} {}: {selected} selected, {left} not; {reasons:?}",
                        selection.name, rendering.name
                    ));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

fn stored(profile: Profile, source: &str, condition: &str, fields: &[(&str, &str)], rendering: &str) -> Result<Row, String> {
    let session = workspace::hunt(&format!(
        "hunt h {{\n  title \"H\"\n  detect d on {source} {{\n    title \"D\"\n    when {condition}\n    level low\n  }}\n}}\n"
    ));
    let selection = selections(&session).remove(0);
    let event = Event {
        source: selection.source.clone(),
        time: Some(1_795_514_400_000),
        fields: fields.iter().map(|(name, value)| (Arc::from(*name), Value::Text((*value).to_owned()))).collect(),
        raw: None,
    };
    let layout = mapping::layout(profile, &selection.source).unwrap();
    let shelf = verify::Shelf::new(layout.clone());
    let rendering = renderings(&layout).into_iter().find(|known| known.name == rendering).unwrap();
    lay_out(&event, &selection, &shelf, &rendering).map_err(|reason| reason.0)
}

fn text(row: &Row, column: &str) -> String {
    match row.cells.get(column) {
        Some(Cell::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// The way back of the conversions whose columns differ from the canonical value, by hand.
#[test]
fn rows_by_hand() {
    let run = r"HKLM\SYSTEM\CurrentControlSet\Services\x\Start";
    let row = stored(
        Profile::DefenderXdr,
        "windows/registry_set",
        "(TargetObject contains 'x' or Details contains 'x')",
        &[("TargetObject", run), ("Details", "DWORD (0x00000004)")],
        "table",
    )
    .unwrap();
    assert_eq!(text(&row, "RegistryKey"), r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\x");
    assert_eq!(text(&row, "RegistryValueName"), "Start");
    assert_eq!((text(&row, "RegistryValueType"), text(&row, "RegistryValueData")), ("Dword".into(), "4".into()));
    assert_eq!(text(&row, "ActionType"), "RegistryValueSet");

    // The kind of row follows from a field that depends on it.
    let deleted = |kind: &str| {
        let condition = "(TargetObject contains 'x' or EventType == 'x')";
        let fields = [("TargetObject", r"HKU\S-1-5-21\Key\Name"), ("EventType", kind)];
        stored(Profile::DefenderXdr, "windows/registry_delete", condition, &fields, "table").unwrap()
    };
    assert_eq!(text(&deleted("DeleteValue"), "ActionType"), "RegistryValueDeleted");
    assert_eq!(text(&deleted("DeleteKey"), "PreviousRegistryKey"), r"HKEY_USERS\S-1-5-21\Key\Name");

    let process = |condition: &str, fields: &[(&str, &str)]| {
        stored(Profile::SentinelXdr, "windows/process_creation", condition, fields, "table")
    };
    let row = process("User == 'x' and Image named 'x.exe'", &[("User", r"DOM\ann"), ("Image", r"C:\a\x.exe")]).unwrap();
    assert_eq!((text(&row, "AccountDomain"), text(&row, "AccountName")), ("DOM".into(), "ann".into()));
    assert_eq!((text(&row, "FolderPath"), text(&row, "FileName")), (r"C:\a\x.exe".into(), "x.exe".into()));
    // What the product never holds is not stored as something else.
    assert!(process("User == 'x'", &[("User", r"\ann")]).is_err());
    assert!(process("Image named 'x.exe'", &[("Image", "x.exe")]).is_err());
    assert!(process("Image contains 'x'", &[("Image", "/usr/bin/x")]).is_err());

    let splunk = |fields: &[(&str, &str)], rendering: &str| {
        let condition = format!("sha256 == '{}'", "0".repeat(64));
        stored(Profile::SplunkWindows, "windows/process_creation", &condition, fields, rendering)
    };
    let row = splunk(&[("sha256", "AB")], "xml").unwrap();
    assert_eq!((text(&row, "Hashes"), text(&row, "EventCode")), ("SHA256=AB".into(), "1".into()));
    assert_eq!(text(&row, "source"), "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational");
    assert_eq!(text(&splunk(&[], "classic").unwrap(), "source"), "WinEventLog:Microsoft-Windows-Sysmon/Operational");
    let decoys =
        verify::decoys(&row, &mapping::layout(Profile::SplunkWindows, &LogSourceId("windows/process_creation".into())).unwrap());
    assert_eq!(decoys.iter().map(|row| text(row, "EventCode")).collect::<Vec<_>>(), ["65533", "1"]);
    assert_eq!(text(&decoys[1], "source"), "SomethingElse");
}

/// A condition that is always true has witnesses of nothing, and no harm is done.
#[test]
fn a_constant_has_no_witnesses() {
    let selection = Selection {
        source: LogSourceId("proxy".into()),
        separators: &['/'],
        name: "always".to_owned(),
        id: Uuid::nil(),
        condition: Condition::new(Kind::Constant(true), Span::default()),
        exceptions: Vec::new(),
        output: Vec::new(),
    };
    assert!(witnesses(&selection).events.is_empty());
    let layout = mapping::layout(Profile::SplunkWindows, &selection.source).unwrap();
    assert!(matches!(layout.scope.place, Place::Macro { .. }));
    assert_eq!(Profile::SplunkWindows.target(), Target::Splunk);
}
