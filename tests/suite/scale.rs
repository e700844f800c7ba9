//! Random rules over random events, in every log source of every target: what is emitted as exact, run by the model of its
//! language over what the product would store, selects what the evaluator selects. Small unless asked:
//! `HUNTC_COUNT=1000000 cargo test --release --test suite scale -- --nocapture`.
//!
//! Each rule has a number, from which everything about it follows. A failure prints it, and the smallest rule and event that
//! still fail: `HUNTC_SEED=NUMBER HUNTC_COUNT=1` runs it again.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use huntc::compile::{TargetSetting, compile_rule};
use huntc::diag::Span;
use huntc::eval;
use huntc::ir::event::{Event, Value};
use huntc::ir::{Body, Condition, Exception, Kind, Selection, Test};
use huntc::schema::mapping::{self, Profile};
use huntc::schema::{Decode, Field, LogSourceId, ScalarType, Target, catalogue};
use huntc::verify::{self, Difference, Emitted, Purpose, Unjudged, Witness, Witnesses};

use crate::generate::{self, Allow, Random};
use crate::models::shown;

/// Pairs of a rule and an event, each counted once for each rendering; unless `HUNTC_COUNT` asks for more.
const PAIRS: usize = 20_000;
const EVENTS: usize = 24;
/// Fields that one rule draws from.
const FIELDS: usize = 6;

/// A log source in a target; `None` is Sigma.
type Place = (Option<Profile>, LogSourceId);

fn places() -> Vec<Place> {
    let ids: Vec<LogSourceId> = catalogue::all().map(|row| LogSourceId(row.id.into())).collect();
    let of = |profile: Option<Profile>| {
        ids.iter()
            .filter(move |id| profile.is_none_or(|profile| mapping::layout(profile, id).is_ok()))
            .map(move |id| (profile, id.clone()))
    };
    // One after the other, so that a small run sees each target.
    let mut found: Vec<(usize, Place)> = Vec::new();
    for profile in Profile::ALL.iter().copied().map(Some).chain([None]) {
        found.extend(of(profile).enumerate());
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, place)| place).collect()
}

fn setting(profile: Option<Profile>) -> TargetSetting {
    let mut setting = TargetSetting::new(profile.map_or(Target::Sigma, Profile::target));
    setting.profile = profile;
    setting
}

/// What a rule is held to.
enum Held {
    /// The target does not say it, or not exactly.
    NotExact,
    Agrees {
        pairs: usize,
        selected: usize,
    },
    Differs {
        text: String,
        difference: Box<Difference>,
    },
    Unknown {
        text: String,
        why: Unjudged,
    },
}

fn hold(profile: Option<Profile>, selection: &Selection, events: &[Event]) -> Held {
    let (mut rule, _) = crate::sigma::rule(&selection.source, selection.separators, selection.condition.clone());
    rule.body = Body::Select(vec![selection.clone()]);
    let query = match compile_rule(&rule, selection, &setting(profile)) {
        Ok(query) if query.losses.is_empty() => query,
        Ok(_) | Err(_) => return Held::NotExact,
    };
    let layout = profile.and_then(|profile| mapping::layout(profile, &selection.source).ok());
    let beside: Vec<(&str, &str)> = query.attachments.iter().map(|each| (each.name.as_str(), each.text.as_str())).collect();
    let emitted = Emitted {
        target: profile.map_or(Target::Sigma, Profile::target),
        text: &query.text,
        beside: &beside,
        layout: layout.as_ref(),
        assumes: &query.assumes,
    };
    let witness = |event: &Event| Witness {
        event: event.clone(),
        selected: eval::selects(selection, event),
        purpose: Purpose::Neighbour,
        clause: Span::default(),
    };
    let witnesses = Witnesses { events: events.iter().map(witness).collect(), unpaired: Vec::new() };
    match verify::agree(selection, &witnesses, &emitted) {
        Ok(mut agreement) if !agreement.differences.is_empty() => {
            Held::Differs { difference: Box::new(agreement.differences.remove(0)), text: query.text }
        }
        Ok(agreement) => {
            let selected = witnesses.events.iter().filter(|witness| witness.selected).count();
            Held::Agrees { pairs: agreement.events, selected }
        }
        Err(why) => Held::Unknown { why, text: query.text },
    }
}

/// A rule and its events.
fn trial(random: &mut Random, (profile, source): &Place) -> (Selection, Vec<Event>) {
    let found = catalogue::find(&source.0).unwrap();
    let layout = profile.and_then(|profile| mapping::layout(profile, source).ok());
    let kept = |field: &&Field| {
        let absent = |layout: &std::sync::Arc<mapping::Layout>| {
            layout.fields.get(&*field.name).is_none_or(|mapping| matches!(mapping.decode, Decode::Absent(_)))
        };
        !matches!(field.kind.scalar, ScalarType::Object | ScalarType::Time) && !layout.as_ref().is_some_and(absent)
    };
    let mut fields: Vec<Field> = found.fields.iter().filter(kept).cloned().collect();
    while fields.len() > FIELDS {
        fields.remove(random.below(fields.len()));
    }
    let clock = random.chance(10);
    let allow = Allow { anywhere: random.chance(10), clock, beyond_ascii: random.chance(30), ..Allow::default() };
    let depth = random.below(4);
    let condition = generate::condition(random, &fields, depth, allow);
    let (_, mut selection) = crate::sigma::rule(source, found.separators, condition);
    if random.chance(20) {
        let condition = generate::condition(random, &fields, 1, allow);
        selection.exceptions.push(Exception {
            name: "known".to_owned(),
            reason: "known".to_owned(),
            site: None,
            expires: None,
            condition,
            span: Span::default(),
        });
    }
    let mut events = Vec::new();
    for _ in 0..EVENTS {
        let mut event = generate::event(random, source, &fields, &selection.condition, allow);
        for field in fields.iter().filter(|field| field.kind.list) {
            if random.chance(30)
                && let Some(value) = event.fields.get(&field.name).cloned()
            {
                let other = generate::value(random, field, &[], allow);
                event.fields.insert(field.name.clone(), Value::List(vec![value, other]));
            }
        }
        events.push(event);
    }
    (selection, events)
}

#[test]
fn random_rules_select_what_they_mean_in_every_target() {
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (first, count) = (number("HUNTC_SEED", 1), number("HUNTC_COUNT", PAIRS));
    let places = places();
    let (next, pairs, selected, rules, exact) =
        (AtomicUsize::new(first), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let faults = Mutex::new(Vec::new());
    let work = || {
        while pairs.load(Ordering::Relaxed) < count && faults.lock().unwrap().len() < 12 {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let place = &places[number % places.len()];
            let (selection, events) = trial(&mut Random::new(number as u64), place);
            rules.fetch_add(1, Ordering::Relaxed);
            match hold(place.0, &selection, &events) {
                Held::NotExact if count == 1 => break,
                Held::NotExact => {}
                Held::Agrees { pairs: judged, selected: chosen } => {
                    exact.fetch_add(1, Ordering::Relaxed);
                    pairs.fetch_add(judged, Ordering::Relaxed);
                    selected.fetch_add(chosen, Ordering::Relaxed);
                }
                Held::Differs { .. } | Held::Unknown { .. } => {
                    faults.lock().unwrap().push((number, smallest(place, selection, events)));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(if count == 1 { 1 } else { 16 }) {
            scope.spawn(work);
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    eprintln!("from HUNTC_SEED={first}: {rules:?} rules, {exact:?} of them exact; {pairs:?} pairs, {selected:?} events selected");
    let told: Vec<String> = faults.iter().map(|(number, text)| format!("HUNTC_SEED={number}: {text}")).collect();
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), told.join("\n\n"));
    assert!(count == 1 || selected.into_inner() * 20 > pairs.into_inner(), "rules that select nothing prove nothing");
}

/// What still fails when nothing can be left out, for a person.
fn smallest(place: &Place, mut selection: Selection, mut events: Vec<Event>) -> String {
    let fails = |selection: &Selection, events: &[Event]| {
        matches!(hold(place.0, selection, events), Held::Differs { .. } | Held::Unknown { .. })
    };
    if let Held::Differs { difference, .. } = hold(place.0, &selection, &events) {
        let one = vec![difference.event.clone()];
        if fails(&selection, &one) {
            events = one;
        }
    }
    'again: loop {
        let mut candidates: Vec<Selection> = Vec::new();
        let with = |condition: Condition, exceptions: &[Exception]| {
            let mut smaller = selection.clone();
            (smaller.condition, smaller.exceptions) = (condition, exceptions.to_vec());
            smaller
        };
        if let Some(exception) = selection.exceptions.first() {
            candidates.push(with(selection.condition.clone(), &[]));
            for condition in smaller(&exception.condition) {
                candidates.push(with(selection.condition.clone(), &[Exception { condition, ..exception.clone() }]));
            }
        }
        candidates.extend(smaller(&selection.condition).into_iter().map(|condition| with(condition, &selection.exceptions)));
        if let Some(found) = candidates.into_iter().find(|candidate| fails(candidate, &events)) {
            selection = found;
            continue 'again;
        }
        for index in 0..events.len() {
            for event in smaller_events(&events[index]) {
                let mut fewer = events.clone();
                fewer[index] = event;
                if fails(&selection, &fewer) {
                    events = fewer;
                    continue 'again;
                }
            }
        }
        break;
    }
    let mut told = format!("{:?} {}\n  {}", place.0, place.1, written(&selection.condition));
    for exception in &selection.exceptions {
        let _ = write!(told, "\n  except {}", written(&exception.condition));
    }
    match hold(place.0, &selection, &events) {
        Held::Differs { text, difference } => {
            let _ = write!(told, "\n  {} {}\n{text}", difference.rendering, shown(&difference));
        }
        Held::Unknown { text, why } => {
            let _ = write!(told, "\n  {why:?}\n{text}");
        }
        Held::NotExact | Held::Agrees { .. } => {}
    }
    told
}

/// The condition with a part, a value or a character less.
fn smaller(condition: &Condition) -> Vec<Condition> {
    let of = |kind: Kind| Condition::new(kind, condition.span);
    match &condition.kind {
        Kind::Constant(_) => Vec::new(),
        Kind::All(parts) | Kind::Any(parts) => {
            let all = matches!(condition.kind, Kind::All(_));
            let joined = |parts: Vec<Condition>| {
                let mut flat = Vec::new();
                for part in parts {
                    match part.kind {
                        Kind::All(inner) if all => flat.extend(inner),
                        Kind::Any(inner) if !all => flat.extend(inner),
                        _ => flat.push(part),
                    }
                }
                if flat.len() == 1 { flat.remove(0) } else { of(if all { Kind::All(flat) } else { Kind::Any(flat) }) }
            };
            let mut found = parts.clone();
            for index in 0..parts.len() {
                let mut fewer = parts.clone();
                fewer.remove(index);
                found.push(joined(fewer));
                for part in smaller(&parts[index]) {
                    let mut other = parts.clone();
                    other[index] = part;
                    found.push(joined(other));
                }
            }
            found
        }
        Kind::Not(part) => {
            let mut found = vec![(**part).clone()];
            found.extend(smaller(part).into_iter().map(|part| of(Kind::Not(Box::new(part)))));
            found
        }
        Kind::Test(test) => smaller_tests(test).into_iter().map(|test| of(Kind::Test(test))).collect(),
    }
}

fn smaller_tests(test: &Test) -> Vec<Test> {
    fn fewer<T: Clone>(values: &[T]) -> Vec<Vec<T>> {
        if values.len() < 2 { Vec::new() } else { values.iter().map(|value| vec![value.clone()]).collect() }
    }
    match test.clone() {
        Test::Text { field, operator, values, case } => {
            let mut found = fewer(&values);
            if let [one] = values.as_slice() {
                found.extend(shorter(one).into_iter().filter(|text| !text.is_empty()).map(|text| vec![text]));
            }
            found.into_iter().map(|values| Test::Text { field: field.clone(), operator, values, case }).collect()
        }
        Test::Like { field, patterns, case } => {
            fewer(&patterns).into_iter().map(|patterns| Test::Like { field: field.clone(), patterns, case }).collect()
        }
        Test::Regex { field, patterns } => {
            fewer(&patterns).into_iter().map(|patterns| Test::Regex { field: field.clone(), patterns }).collect()
        }
        Test::Number { field, order, values } => {
            fewer(&values).into_iter().map(|values| Test::Number { field: field.clone(), order, values }).collect()
        }
        Test::Address { field, blocks } => {
            fewer(&blocks).into_iter().map(|blocks| Test::Address { field: field.clone(), blocks }).collect()
        }
        Test::Hash { field, algorithm, values } => {
            fewer(&values).into_iter().map(|values| Test::Hash { field: field.clone(), algorithm, values }).collect()
        }
        _ => Vec::new(),
    }
}

/// The event with a field or a character less.
fn smaller_events(event: &Event) -> Vec<Event> {
    let mut found = Vec::new();
    for (name, value) in &event.fields {
        let mut fewer = event.clone();
        fewer.fields.remove(name);
        found.push(fewer);
        let values = match value {
            Value::Text(text) => shorter(text).into_iter().map(Value::Text).collect(),
            Value::List(elements) => elements.clone(),
            _ => Vec::new(),
        };
        for value in values {
            let mut other = event.clone();
            other.fields.insert(name.clone(), value);
            found.push(other);
        }
    }
    found
}

/// Without its first or its last half, without its first or its last character.
fn shorter(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let count = characters.len();
    let part = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
    match count {
        0 => Vec::new(),
        1 => vec![String::new()],
        _ => vec![part(count / 2, count), part(0, count / 2), part(1, count), part(0, count - 1)],
    }
}

fn written(condition: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| format!("({})", parts.iter().map(written).collect::<Vec<_>>().join(word));
    match &condition.kind {
        Kind::Constant(value) => value.to_string(),
        Kind::All(parts) => joined(parts, " and "),
        Kind::Any(parts) => joined(parts, " or "),
        Kind::Not(part) => format!("not {}", written(part)),
        Kind::Test(Test::Presence { field, state }) => format!("{} {state:?}", field.name),
        Kind::Test(Test::Text { field, operator, values, case }) => format!("{} {operator:?} {case:?} {values:?}", field.name),
        Kind::Test(Test::Regex { field, patterns }) => {
            let patterns: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
            format!("{} matches {patterns:?}", field.name)
        }
        Kind::Test(Test::Number { field, order, values }) => format!("{} {order:?} {values:?}", field.name),
        Kind::Test(Test::Fields { left, operator, right, case }) => {
            format!("{} {operator:?} {case:?} field {}", left.name, right.name)
        }
        Kind::Test(test) => format!("{test:?}"),
    }
}

/// The shrinker leaves what fails and nothing else.
#[test]
fn a_condition_has_smaller_ones_until_nothing_is_left() {
    let fields = [
        Field { name: "F".into(), kind: huntc::schema::FieldType::parse("string").unwrap() },
        Field { name: "G".into(), kind: huntc::schema::FieldType::parse("integer").unwrap() },
    ];
    for seed in 0..50 {
        let mut condition = generate::condition(&mut Random::new(seed), &fields, 3, Allow::default());
        let size = |condition: &Condition| written(condition).len();
        while let Some(next) = smaller(&condition).into_iter().min_by_key(size) {
            assert!(size(&next) <= size(&condition), "{} from {}", written(&next), written(&condition));
            condition = next;
        }
        assert!(matches!(condition.kind, Kind::Test(_)), "{}", written(&condition));
    }
}
