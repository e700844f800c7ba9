//! Witnesses: events that show what a rule means (S8.2).
//!
//! For each comparison a pair of events that differ in its field alone and that the rule tells apart, found by asking of the
//! rest of the condition that it leaves the comparison to decide; then the same events with the field changed in the ways that
//! products get wrong. The evaluator says of each whether the rule selects it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::decide::{ATTEMPTS, Wanted, at, collect, decisive, require};
use super::samples;
use super::splice::{composed, spliced};
use crate::diag::Span;
use crate::eval::{Prepared, PreparedSelection};
use crate::ir::event::{Event, Value};
use crate::ir::{Condition, Kind, Selection, Test, TextOperator};
use crate::schema::{Field, FieldType, ScalarType, catalogue};

/// The most witnesses of one rule.
pub const MOST: usize = 200;

/// 2026-11-24 10:00 UTC, a Tuesday: the time of a witness where time does not matter.
const TIME: i64 = 1_795_514_400_000;

/// One event, and whether the rule selects it.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    pub event: Event,
    pub selected: bool,
    pub purpose: Purpose,
    /// The comparison that it is about.
    pub clause: Span,
}

/// What a witness is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// One of two events that differ in one field alone and that the rule tells apart.
    Pair,
    Absent,
    Empty,
    OtherCase,
    List,
    /// A value at or beside the boundary.
    Neighbour,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witnesses {
    pub events: Vec<Witness>,
    /// Comparisons for which no pair was found: what the rest of the condition asks leaves them nothing to decide, or asks
    /// for a value that was not thought of.
    pub unpaired: Vec<Span>,
}

/// The witnesses of a selection, at most [`MOST`], the same each time.
pub fn witnesses(selection: &Selection) -> Witnesses {
    let whole = whole(selection);
    let mut leaves = Vec::new();
    collect(&whole, &mut Vec::new(), &mut leaves);
    // Each comparison gives two events at least: of more comparisons than there is room for, some from all over the rule.
    if leaves.len() > MOST / 2 {
        let step = leaves.len().div_ceil(MOST / 2);
        leaves = leaves.into_iter().step_by(step).collect();
    }
    let mut maker = Maker {
        selection,
        prepared: PreparedSelection::new(selection),
        found: Witnesses::default(),
        host: host(selection),
        checks: RefCell::new(BTreeMap::new()),
    };
    let mut bases = Vec::new();
    for (path, span) in &leaves {
        match maker.pair(&whole, path) {
            Some((yes, no, fields)) => {
                maker.add(yes.clone(), Purpose::Pair, *span);
                maker.add(no.clone(), Purpose::Pair, *span);
                bases.push((yes, no, fields, path, *span));
            }
            None => maker.found.unpaired.push(*span),
        }
    }
    // One change of each comparison in turn, so that a long rule's last comparisons are not left out.
    let mut changes: Vec<std::vec::IntoIter<(Event, Purpose, Span)>> = bases
        .into_iter()
        .map(|(yes, no, fields, path, span)| {
            let test = at(&whole, path);
            maker.changes(&yes, &no, &fields, test, span).into_iter()
        })
        .collect();
    while maker.found.events.len() < MOST && changes.iter().any(|rest| rest.len() > 0) {
        for rest in &mut changes {
            if let Some((event, purpose, span)) = rest.next() {
                maker.add(event, purpose, span);
            }
        }
    }
    maker.found.events.truncate(MOST);
    maker.found
}

/// The condition with its exceptions: `condition and not (e or f …)`.
fn whole(selection: &Selection) -> Condition {
    if selection.exceptions.is_empty() {
        return selection.condition.clone();
    }
    let span = selection.condition.span;
    let mut parts = vec![selection.condition.clone()];
    for exception in &selection.exceptions {
        parts.push(Condition::new(Kind::Not(Box::new(exception.condition.clone())), exception.span));
    }
    Condition::new(Kind::All(parts), span)
}

/// A text field of the log source that the rule does not compare, to hold the text of an `anywhere`.
fn host(selection: &Selection) -> Arc<str> {
    let tested = super::tested(selection);
    let unused = |field: &&Field| {
        field.kind == FieldType::scalar(ScalarType::String) && !tested.iter().any(|used| used.name == field.name)
    };
    let known = catalogue::find(&selection.source.0);
    let of_catalogue = known.as_ref().and_then(|source| {
        let preferred = ["CommandLine", "ParentCommandLine", "Description", "Details", "User"];
        let by_name = preferred.iter().find_map(|name| source.field(name).filter(unused));
        by_name.or_else(|| source.fields.iter().find(unused)).map(|field| Arc::clone(&field.name))
    });
    of_catalogue.unwrap_or_else(|| Arc::from("Message"))
}

struct Maker<'a> {
    selection: &'a Selection,
    prepared: PreparedSelection<'a>,
    found: Witnesses,
    host: Arc<str>,
    /// Each comparison prepared once, by where it is.
    checks: RefCell<BTreeMap<*const Test, Prepared<'a>>>,
}

impl<'a> Maker<'a> {
    fn holds(&self, test: &'a Test, event: &Event) -> bool {
        let mut checks = self.checks.borrow_mut();
        let prepared =
            checks.entry(std::ptr::from_ref(test)).or_insert_with(|| Prepared::of_test(test, self.selection.separators));
        prepared.matches(event)
    }

    fn add(&mut self, event: Event, purpose: Purpose, clause: Span) {
        if purpose == Purpose::Pair
            && let Some(agreeing) = agreeing(&event)
        {
            self.add(agreeing, Purpose::Neighbour, clause);
        }
        if !self.found.events.iter().any(|known| known.event == event) {
            let selected = self.prepared.selects(&event);
            self.found.events.push(Witness { event, selected, purpose, clause });
        }
    }

    fn blank(&self) -> Event {
        Event { source: self.selection.source.clone(), time: Some(TIME), fields: BTreeMap::new(), raw: None }
    }

    /// Two events that differ in the comparison's fields alone, the first selected, and the names of those fields.
    fn pair(&self, whole: &'a Condition, path: &[usize]) -> Option<(Event, Event, Vec<Arc<str>>)> {
        let test = at(whole, path)?;
        let fields = self.fields_of(test);
        for choice in 0..ATTEMPTS {
            let side = |truth: bool| self.solve(&decisive(whole, path, truth, choice)?, choice);
            let Some(one) = side(true) else { continue };
            let Some(other) = side(false) else { continue };
            // Everything but the comparison's own fields from one of the two, either way.
            for (base, change) in [(&one, &other), (&other, &one)] {
                let mut second = base.clone();
                for name in &fields {
                    match change.fields.get(name) {
                        Some(value) => second.fields.insert(Arc::clone(name), value.clone()),
                        None => second.fields.remove(name),
                    };
                }
                if is_clock(test) {
                    second.time = change.time;
                }
                match (self.prepared.selects(base), self.prepared.selects(&second)) {
                    (true, false) => return Some((base.clone(), second, fields)),
                    (false, true) => return Some((second, base.clone(), fields)),
                    _ => {}
                }
            }
        }
        None
    }

    fn fields_of(&self, test: &Test) -> Vec<Arc<str>> {
        match test {
            Test::Anywhere { .. } => vec![Arc::clone(&self.host)],
            // The left one is enough to flip it.
            Test::Fields { left, .. } => vec![Arc::clone(&left.name)],
            _ => test.fields().into_iter().map(|field| Arc::clone(&field.name)).collect(),
        }
    }

    /// An event for which every comparison is what is wanted.
    fn solve(&self, wanted: &Wanted<'a>, choice: usize) -> Option<Event> {
        let mut event = self.blank();
        event.time = times(wanted).into_iter().find(|time| {
            let at = Event { time: Some(*time), ..self.blank() };
            wanted.iter().filter(|(test, _)| is_clock(test)).all(|(test, want)| self.holds(test, &at) == *want)
        });
        event.time?;
        let mut fields: Vec<&Field> = Vec::new();
        for field in wanted.iter().flat_map(|(test, _)| test.fields()) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        for field in fields {
            let of_field: Wanted<'a> = wanted.iter().filter(|(test, _)| test.fields() == [field]).copied().collect();
            let candidates = self.candidates(field, &of_field, choice);
            let mut met = |value: &Option<Value>| {
                match value {
                    Some(value) => event.fields.insert(Arc::clone(&field.name), value.clone()),
                    None => event.fields.remove(&field.name),
                };
                of_field.iter().filter(|(test, want)| self.holds(test, &event) == *want).count()
            };
            if !candidates.iter().any(|value| met(value) == of_field.len()) {
                spliced(&of_field, &candidates, &mut met)?;
            }
        }
        self.relate_fields(wanted, &mut event);
        if wanted.iter().any(|(test, want)| matches!(test, Test::Anywhere { .. }) && *want) {
            let literals: Vec<String> = wanted
                .iter()
                .filter(|(_, want)| *want)
                .filter_map(|(test, _)| match test {
                    Test::Anywhere { values, .. } => values.get(choice % values.len().max(1)).cloned(),
                    _ => None,
                })
                .collect();
            event.fields.insert(Arc::clone(&self.host), Value::Text(format!("q {} q", literals.join(" q "))));
        } else if wanted.iter().any(|(test, _)| matches!(test, Test::Anywhere { .. })) {
            event.fields.insert(Arc::clone(&self.host), Value::Text("nothing of it".to_owned()));
        }
        wanted.iter().all(|(test, want)| self.holds(test, &event) == *want).then_some(event)
    }

    /// Values for comparisons of two fields: one is made out of the other, and what else is asked of the two is kept where
    /// that can be.
    fn relate_fields(&self, wanted: &Wanted<'a>, event: &mut Event) {
        for (test, want) in wanted {
            let Test::Fields { left, operator, right, .. } = test else { continue };
            let concerned: Wanted<'a> = wanted
                .iter()
                .filter(|(other, _)| other.fields().iter().any(|field| [&left.name, &right.name].contains(&&field.name)))
                .copied()
                .collect();
            let of = |field: &Field| event.fields.get(&field.name).cloned();
            let separators = self.selection.separators;
            let candidates = related(*operator, *want, (left, of(left)), (right, of(right)), separators);
            let with = |(of_left, of_right): &(Value, Value)| {
                let mut event = event.clone();
                event.fields.insert(Arc::clone(&left.name), of_left.clone());
                event.fields.insert(Arc::clone(&right.name), of_right.clone());
                event
            };
            let holds = |event: &Event| concerned.iter().all(|(test, want)| self.holds(test, event) == *want);
            let mut all = candidates.iter().map(with);
            if let Some(found) = all.find(holds).or_else(|| candidates.first().map(with)) {
                *event = found;
            }
        }
    }

    /// Values to try for a field, the likeliest first; `None` is absent.
    fn candidates(&self, field: &Field, wanted: &Wanted<'a>, choice: usize) -> Vec<Option<Value>> {
        let separators = self.selection.separators;
        let mut found: Vec<Option<Value>> = Vec::new();
        let yes: Vec<&Test> = wanted.iter().filter(|(_, want)| *want).map(|(test, _)| *test).collect();
        if yes.is_empty() {
            // Only what must not be: something ordinary, then a near miss.
            found.push(Some(samples::ordinary(field, separators)));
        }
        for variant in [choice, choice + 1, choice + 2, 0] {
            found.extend(composed(field, &yes, separators, variant).map(|text| Some(Value::Text(text))));
        }
        for (test, _) in wanted {
            if let Test::Some { condition, .. } = test {
                found.extend(self.objects(condition, choice).into_iter().map(Some));
            }
            found.extend(samples::of_test(test, field, separators).into_iter().map(Some));
        }
        found.push(Some(samples::ordinary(field, separators)));
        if matches!(field.kind.scalar, ScalarType::String | ScalarType::Path) {
            found.push(Some(Value::Text(String::new())));
        }
        found.push(None);
        found
    }

    /// Lists of objects for `some`: one object that satisfies the condition, then none that does, though together they might.
    fn objects(&self, condition: &'a Condition, choice: usize) -> Vec<Value> {
        let inner = |want: bool, choice: usize| {
            self.solve(&require(vec![(condition, want)], choice, None)?, choice).map(|event| Value::Object(event.fields))
        };
        let mut found = Vec::new();
        found.extend(inner(true, choice).map(|object| Value::List(vec![object])));
        let misses: Vec<Value> = (0..3).filter_map(|choice| inner(false, choice)).collect();
        found.extend(misses.first().cloned().map(|object| Value::List(vec![object])));
        found.push(Value::List(misses));
        found
    }

    /// The decisive events with the comparison's field changed.
    fn changes(
        &self,
        yes: &Event,
        no: &Event,
        fields: &[Arc<str>],
        test: Option<&Test>,
        span: Span,
    ) -> Vec<(Event, Purpose, Span)> {
        let mut found = Vec::new();
        let Some(test) = test else { return found };
        if is_clock(test) {
            for time in times(&vec![(test, true)]) {
                found.push((Event { time: Some(time), ..yes.clone() }, Purpose::Neighbour, span));
            }
            found.push((Event { time: None, ..yes.clone() }, Purpose::Absent, span));
            return found;
        }
        let Some(name) = fields.first() else { return found };
        let with = |event: &Event, value: Option<Value>| {
            let mut event = event.clone();
            match value {
                Some(value) => event.fields.insert(Arc::clone(name), value),
                None => event.fields.remove(name),
            };
            event
        };
        let of_pair: Vec<Value> = [yes, no].iter().filter_map(|event| event.fields.get(name).cloned()).collect();
        found.push((with(yes, None), Purpose::Absent, span));
        let texts: Vec<&str> = of_pair
            .iter()
            .filter_map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        if let Some(text) = texts.first() {
            found.push((with(yes, Some(Value::Text(samples::swapped(text)))), Purpose::OtherCase, span));
            let is_text = test.fields().iter().any(|field| matches!(field.kind.scalar, ScalarType::String | ScalarType::Path));
            if is_text {
                found.push((with(yes, Some(Value::Text(String::new()))), Purpose::Empty, span));
            }
        }
        if let Some(field) = test.fields().into_iter().find(|field| field.name == *name) {
            let values = samples::of_test(test, field, self.selection.separators);
            let others = values.iter().filter(|value| !of_pair.contains(value)).cloned();
            found.extend(others.map(|value| (with(yes, Some(value)), Purpose::Neighbour, span)));
        }
        if let Test::Fields { left, operator, right, .. } = test {
            let both = |one: Option<&str>, other: Option<&str>| {
                let value = |text: &str| Value::Text(text.to_owned());
                let mut event = with(yes, one.map(value));
                match other {
                    Some(other) => event.fields.insert(Arc::clone(&right.name), value(other)),
                    None => event.fields.remove(&right.name),
                };
                (event, Purpose::Neighbour, span)
            };
            found.push(both(None, None));
            let texts = [left, right].map(|field| match yes.fields.get(&field.name) {
                Some(Value::Text(text)) if field.kind.scalar.is_text() => Some(text.as_str()),
                _ => None,
            });
            if let [Some(of_left), Some(of_right)] = texts {
                found.push(both(Some(of_left), None));
                found.push(both(Some(of_left), Some("")));
                // Where the other stands in it, and where it must not.
                for text in [of_right.to_owned(), format!("{of_right}x"), format!("x{of_right}"), format!("x{of_right}x")] {
                    found.push(both(Some(&text), Some(of_right)));
                }
                // As a pattern of wildcards, or an expression, the right one would hold of this.
                for (one, other) in [("qzq", "q*q"), ("qzq", "q?q"), ("qzq", "q.q"), (r"q\\q", r"q\q")] {
                    found.push(both(Some(one), Some(other)));
                }
                let (upper, lower) = match operator {
                    TextOperator::StartsWith => ("Éa x", "éa"),
                    TextOperator::EndsWith => ("x aÉ", "aé"),
                    TextOperator::Equals | TextOperator::Contains | TextOperator::Named => ("aÉa", "aéa"),
                };
                found.push(both(Some(upper), Some(lower)));
            }
        }
        if !of_pair.iter().any(|value| matches!(value, Value::List(_) | Value::Object(_))) && !of_pair.is_empty() {
            found.push((with(yes, Some(Value::List(of_pair.clone()))), Purpose::List, span));
            let twice = of_pair.last().cloned().into_iter().chain(of_pair.last().cloned()).collect();
            found.push((with(yes, Some(Value::List(twice))), Purpose::List, span));
        }
        found
    }
}

/// Values of two fields that are likely to compare as is wanted, the likeliest first.
fn related(
    operator: TextOperator,
    want: bool,
    (left, of_left): (&Field, Option<Value>),
    (right, of_right): (&Field, Option<Value>),
    separators: &[char],
) -> Vec<(Value, Value)> {
    let ordinary = |field: &Field| samples::ordinary(field, separators);
    let mut found = Vec::new();
    let rights = [of_right.clone(), Some(ordinary(right)), of_left.clone(), Some(ordinary(left))];
    for value in rights.into_iter().flatten() {
        let Value::Text(text) = &value else {
            found.push(match (&value, want) {
                (Value::Integer(number), false) => (Value::Integer(number.saturating_add(1)), value.clone()),
                _ => (value.clone(), value.clone()),
            });
            continue;
        };
        let own = match &of_left {
            Some(Value::Text(own)) => own.as_str(),
            _ => "",
        };
        let lefts = if want {
            match operator {
                TextOperator::Equals => vec![text.clone()],
                TextOperator::Contains => vec![
                    format!("{text}x"),
                    format!("{own} {text}"),
                    format!("{text} {own}"),
                    format!("{text}{own}"),
                    format!("{own}{text}"),
                ],
                TextOperator::StartsWith => vec![format!("{text}x"), format!("{text} {own}"), format!("{text}{own}")],
                TextOperator::EndsWith => vec![format!("x{text}"), format!("{own} {text}"), format!("{own}{text}")],
                TextOperator::Named => {
                    let style = samples::style(left, separators);
                    vec![format!("{}{}{text}", style.stem, style.separator), text.clone()]
                }
            }
        } else {
            vec![samples::without_last(text) + "~~", own.to_owned(), format!("{own}~~"), format!("~~{own}")]
        };
        found.extend(lefts.into_iter().map(|left| (Value::Text(left), value.clone())));
    }
    // The right one out of the left one.
    if let (true, Some(Value::Text(own))) = (want, &of_left) {
        let last = own.rsplit(separators).next().unwrap_or_default();
        let first = own.split(' ').next().unwrap_or_default();
        found.extend([own.as_str(), last, first].map(|part| (Value::Text(own.clone()), Value::Text(part.to_owned()))));
    }
    found
}

fn is_clock(test: &Test) -> bool {
    matches!(test, Test::TimeOfDay { .. } | Test::Weekday { .. })
}

/// Times at the boundaries of the comparisons with the clock, and an ordinary one.
fn times(wanted: &Wanted<'_>) -> Vec<i64> {
    const DAY: i64 = 86_400_000;
    let midnight = TIME - TIME.rem_euclid(DAY);
    let mut found = vec![TIME];
    for (test, _) in wanted {
        match test {
            Test::TimeOfDay { start, end, offset } => {
                for minute in [*start, *end] {
                    let at = midnight + (i64::from(minute) - i64::from(*offset)) * 60_000;
                    found.extend([at, at - 1, at + 60_000]);
                }
            }
            Test::Weekday { offset, .. } => {
                for day in 0..7 {
                    let start = midnight + day * DAY - i64::from(*offset) * 60_000;
                    found.extend([start, start - 1, start + DAY / 2]);
                }
            }
            _ => {}
        }
    }
    // A time of day and a day of the week together: each boundary on each day of a week.
    let week: Vec<i64> = found.iter().flat_map(|time| (0..7).map(move |day| time + day * DAY)).collect();
    found.extend(week);
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|time| seen.insert(*time));
    found
}

/// The event with the address of a request made to agree with its host: products keep one column for both.
fn agreeing(event: &Event) -> Option<Event> {
    let text = |name: &str| match event.fields.get(name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let (host, address) = (text("cs-host").or(text("r-dns"))?, text("c-uri")?);
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let slash = if rest.starts_with('/') { "" } else { "/" };
    let mut agreeing = event.clone();
    agreeing.fields.insert(Arc::from("c-uri"), Value::Text(format!("http://{host}{slash}{rest}")));
    Some(agreeing)
}
