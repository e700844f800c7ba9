//! The reference evaluator: a direct reading of the language's semantics (S1 to S5), for one event at a time.
//!
//! It is the meaning that every target is held against, so it favours being right over being quick: the one thing it prepares
//! is the compiled form of regular expressions.

mod address;
mod clock;
mod read;
mod regex;
mod text;

use crate::ir::event::Event;
use crate::ir::indicators::lower_case;
use crate::ir::{Condition, Kind, Listed, Number, Order, Presence, Selection, Test, TextOperator};
use crate::schema::{Field, ScalarType};

use read::{Reading, Scalar};
use text::Comparison;

/// Whether the condition is true of the event (S2). `separators` part the components of a path in the event's log source
/// (S3.7). To judge many events prepare the condition once: [`Prepared`].
pub fn matches(condition: &Condition, event: &Event, separators: &[char]) -> bool {
    Prepared::new(condition, separators).matches(event)
}

/// Whether a detect selects the event: it is of the selection's log source (S2.3), the condition is true of it, and no
/// exception is. Expired exceptions are no longer part of a selection when it comes here (S6.1's rule for dates).
pub fn selects(selection: &Selection, event: &Event) -> bool {
    PreparedSelection::new(selection).selects(event)
}

/// The fields of the condition whose value in the event could not be read as the field's type, and therefore counts as absent
/// (S1.3). In the order of the condition, each once.
pub fn unreadable<'a>(condition: &'a Condition, event: &Event) -> Vec<&'a Field> {
    let mut found: Vec<&Field> = Vec::new();
    for (test, _) in condition.tests() {
        for field in test.fields() {
            if !found.contains(&field) && read::field(field, event).unreadable > 0 {
                found.push(field);
            }
        }
    }
    found
}

/// A field of an event as the comparisons see it, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldState {
    Absent,
    /// There is a value, but none that reads as the field's type, so it counts as absent (S1.3).
    Unreadable,
    /// Each readable element as text: one for a scalar.
    Values(Vec<String>),
}

/// What a field of an event holds.
pub fn state(field: &Field, event: &Event) -> FieldState {
    let reading = read::field(field, event);
    match (reading.values.is_empty(), reading.unreadable) {
        (false, _) => FieldState::Values(reading.values.iter().map(Scalar::shown).collect()),
        (true, 0) => FieldState::Absent,
        (true, _) => FieldState::Unreadable,
    }
}

/// A selection whose conditions are prepared.
#[derive(Debug)]
pub struct PreparedSelection<'a> {
    selection: &'a Selection,
    condition: Prepared<'a>,
    exceptions: Vec<Prepared<'a>>,
}

impl<'a> PreparedSelection<'a> {
    pub fn new(selection: &'a Selection) -> Self {
        PreparedSelection {
            selection,
            condition: Prepared::new(&selection.condition, selection.separators),
            exceptions: selection.exceptions.iter().map(|each| Prepared::new(&each.condition, selection.separators)).collect(),
        }
    }

    pub fn selection(&self) -> &'a Selection {
        self.selection
    }

    /// See [`selects`].
    pub fn selects(&self, event: &Event) -> bool {
        self.selection.source == event.source
            && self.condition.matches(event)
            && !self.exceptions.iter().any(|exception| exception.matches(event))
    }
}

/// A condition with its regular expressions compiled.
#[derive(Debug)]
pub struct Prepared<'a> {
    node: Node<'a>,
    separators: Vec<char>,
}

#[derive(Debug)]
enum Node<'a> {
    Constant(bool),
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Regex(&'a Field, Vec<regex::Compiled>),
    Some(&'a Field, Box<Node<'a>>),
    Test(&'a Test),
}

impl<'a> Prepared<'a> {
    pub fn new(condition: &'a Condition, separators: &[char]) -> Self {
        Prepared { node: prepare(condition), separators: separators.to_vec() }
    }

    /// A condition of one comparison.
    pub fn of_test(test: &'a Test, separators: &[char]) -> Self {
        Prepared { node: prepare_test(test), separators: separators.to_vec() }
    }

    /// Whether the condition is true of the event.
    pub fn matches(&self, event: &Event) -> bool {
        self.holds(&self.node, event)
    }

    // The checker bounds the depth of a condition, so this recursion is bounded too.
    fn holds(&self, node: &Node<'_>, event: &Event) -> bool {
        match node {
            Node::Constant(value) => *value,
            Node::All(parts) => parts.iter().all(|part| self.holds(part, event)),
            Node::Any(parts) => parts.iter().any(|part| self.holds(part, event)),
            // S2.2: two values, so `not` is the complement and nothing else.
            Node::Not(part) => !self.holds(part, event),
            Node::Regex(field, patterns) => {
                let reading = read::field(field, event);
                reading.any_text(|value| patterns.iter().any(|pattern| pattern.finds(value)))
            }
            // One element must satisfy the whole condition (S1.4).
            Node::Some(field, inner) => read::field(field, event).values.iter().any(|value| match value {
                Scalar::Object(object) => self.holds(inner, &read::element(object, event)),
                Scalar::Text(_) | Scalar::Integer(_) | Scalar::Float(_) | Scalar::Boolean(_) => false,
            }),
            Node::Test(test) => self.test(test, event),
        }
    }

    fn test(&self, test: &Test, event: &Event) -> bool {
        match test {
            Test::Presence { field, state } => presence(&read::field(field, event), *state),
            Test::Text { field, operator, values, case } => {
                let comparison = Comparison { case: *case, separators: &self.separators };
                let reading = read::field(field, event);
                reading.any_text(|value| values.iter().any(|literal| comparison.holds(*operator, value, literal)))
            }
            Test::Like { field, patterns, case } => {
                let reading = read::field(field, event);
                reading.any_text(|value| patterns.iter().any(|pattern| text::like(pattern, value, *case)))
            }
            Test::Number { field, order, values } => {
                let reading = read::field(field, event);
                reading.values.iter().any(|value| values.iter().any(|literal| number(value, *order, *literal)))
            }
            Test::Boolean { field, value } => {
                read::field(field, event).values.iter().any(|found| matches!(found, Scalar::Boolean(found) if found == value))
            }
            Test::Address { field, blocks } => {
                read::field(field, event).any_text(|value| blocks.iter().any(|block| address::lies_in(value, *block)))
            }
            Test::Hash { field, algorithm, values } => read::hashes(field, *algorithm, event)
                .iter()
                .any(|found| values.iter().any(|value| value.eq_ignore_ascii_case(found))),
            // S6.2
            Test::Listed { field, how, set } => match how {
                Listed::Hash(algorithm) => {
                    read::hashes(field, *algorithm, event).iter().any(|found| set.holds_text(&lower_case(found)))
                }
                Listed::Address => {
                    let holds = |value: &str| address::parse(value).is_some_and(|address| set.holds_address(address));
                    read::field(field, event).any_text(holds)
                }
                Listed::Text => read::field(field, event).any_text(|value| set.holds_text(&lower_case(value))),
                Listed::Last => read::field(field, event)
                    .any_text(|value| set.holds_text(&lower_case(text::last_component(value, &self.separators)))),
                Listed::Host => read::field(field, event).any_text(|value| {
                    let host = lower_case(value);
                    // What stands before the domain ends with a dot, and may be nothing else.
                    let under = |at: usize| set.is_above(&host[at + 1..]);
                    set.holds_text(&host) || host.match_indices('.').any(|(at, _)| under(at))
                }),
            },
            Test::Fields { left, operator, right, case } => {
                let comparison = Comparison { case: *case, separators: &self.separators };
                fields((left, &read::field(left, event)), *operator, (right, &read::field(right, event)), &comparison)
            }
            Test::Anywhere { values, case } => {
                let comparison = Comparison { case: *case, separators: &self.separators };
                let found =
                    |haystack: &str| values.iter().any(|literal| comparison.holds(TextOperator::Contains, haystack, literal));
                event.raw.as_deref().is_some_and(found) || read::any_text_of(event, &found)
            }
            Test::TimeOfDay { start, end, offset } => event.time.is_some_and(|time| clock::in_range(time, *start, *end, *offset)),
            Test::Weekday { days, offset } => event.time.is_some_and(|time| days.contains(&clock::weekday(time, *offset))),
            // Prepared as nodes of their own.
            Test::Regex { .. } | Test::Some { .. } => false,
        }
    }
}

fn prepare(condition: &Condition) -> Node<'_> {
    match &condition.kind {
        Kind::Constant(value) => Node::Constant(*value),
        Kind::All(parts) => Node::All(parts.iter().map(prepare).collect()),
        Kind::Any(parts) => Node::Any(parts.iter().map(prepare).collect()),
        Kind::Not(part) => Node::Not(Box::new(prepare(part))),
        Kind::Test(test) => prepare_test(test),
    }
}

fn prepare_test(test: &Test) -> Node<'_> {
    match test {
        Test::Regex { field, patterns } => Node::Regex(field, patterns.iter().map(regex::Compiled::new).collect()),
        Test::Some { field, condition } => Node::Some(field, Box::new(prepare(condition))),
        test => Node::Test(test),
    }
}

/// S2.1, and for lists: present means that some element is, and the negative states are the complements of the positive ones
/// rather than another question to each element.
fn presence(reading: &Reading<'_>, state: Presence) -> bool {
    let exists = !reading.values.is_empty();
    let present = reading.values.iter().any(|value| !matches!(value, Scalar::Text(text) if text.is_empty()));
    match state {
        Presence::Exists => exists,
        Presence::IsNull => !exists,
        Presence::IsPresent => present,
        Presence::IsEmpty => !present,
    }
}

/// S4.1: numbers compare as numbers, whole or not.
fn number(value: &Scalar<'_>, order: Order, literal: Number) -> bool {
    let ordering = match (value, literal) {
        (Scalar::Integer(value), Number::Integer(literal)) => Some(value.cmp(&literal)),
        (Scalar::Integer(value), Number::Float(literal)) => compare_integer(*value, literal),
        (Scalar::Float(value), Number::Integer(literal)) => compare_integer(literal, *value).map(std::cmp::Ordering::reverse),
        (Scalar::Float(value), Number::Float(literal)) => value.partial_cmp(&literal),
        (Scalar::Text(_) | Scalar::Boolean(_) | Scalar::Object(_), _) => None,
    };
    ordering.is_some_and(|ordering| match order {
        Order::Equal => ordering.is_eq(),
        Order::Less => ordering.is_lt(),
        Order::LessOrEqual => ordering.is_le(),
        Order::Greater => ordering.is_gt(),
        Order::GreaterOrEqual => ordering.is_ge(),
    })
}

/// Compares without the loss of digits that a conversion of large integers to floating point brings.
fn compare_integer(integer: i64, float: f64) -> Option<std::cmp::Ordering> {
    if float.is_nan() {
        return None;
    }
    // 2^63: the first value above every `i64`; its negative is `i64::MIN` exactly.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT {
        return Some(std::cmp::Ordering::Less);
    }
    if float < -LIMIT {
        return Some(std::cmp::Ordering::Greater);
    }
    let whole = float.trunc();
    #[allow(clippy::cast_possible_truncation)] // in range, as was just checked, and whole
    let order = integer.cmp(&(whole as i64));
    Some(order.then_with(|| 0.0_f64.partial_cmp(&(float - whole)).unwrap_or(std::cmp::Ordering::Equal)))
}

/// `F == field G` and its kin: some element of the one against some element of the other (S1.4). Values of one kind that is
/// not text compare as that kind: numbers as numbers (S4.1), addresses as addresses (S4.2). Between two fields there is no
/// literal, so folding is of A–Z (S3.1).
fn fields(
    (left_field, left): (&Field, &Reading<'_>),
    operator: TextOperator,
    (right_field, right): (&Field, &Reading<'_>),
    comparison: &Comparison<'_>,
) -> bool {
    let addresses = left_field.kind.scalar == ScalarType::Ip && right_field.kind.scalar == ScalarType::Ip;
    left.values.iter().any(|one| {
        right.values.iter().any(|other| match (one, other) {
            (Scalar::Object(_), _) | (_, Scalar::Object(_)) => false,
            (Scalar::Integer(one), Scalar::Integer(other)) if operator == TextOperator::Equals => one == other,
            (Scalar::Float(one), Scalar::Float(other)) if operator == TextOperator::Equals => one == other,
            (Scalar::Integer(whole), Scalar::Float(float)) | (Scalar::Float(float), Scalar::Integer(whole))
                if operator == TextOperator::Equals =>
            {
                compare_integer(*whole, *float).is_some_and(std::cmp::Ordering::is_eq)
            }
            (Scalar::Text(one), Scalar::Text(other)) if addresses && operator == TextOperator::Equals => {
                match (address::parse(one), address::parse(other)) {
                    (Some(one), Some(other)) => one == other,
                    _ => comparison.holds_ascii(operator, one, other),
                }
            }
            _ => comparison.holds_ascii(operator, &one.shown(), &other.shown()),
        })
    })
}
