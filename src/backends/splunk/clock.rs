//! The event's time of day and day of the week, from `_time` alone: the user's time zone plays no part.

use super::ast::{Arithmetic, FieldName, Predicate, Sure, Value};
use crate::ir::Order;

const DAY: i64 = 24 * 60 * 60;

/// The time of day in UTC from `_time` alone: the user's time zone plays no part. The bounds are moved, not the time.
pub fn time_of_day(start: u16, end: u16, offset: i16) -> Sure {
    let bound = |minutes: u16| (i64::from(minutes) - i64::from(offset)).rem_euclid(24 * 60) * 60;
    let second = Value::field(&FieldName::time()).arithmetic(Arithmetic::Remainder, Value::Integer(DAY));
    let (first, last) = (bound(start), bound(end));
    let from = Predicate::Compare(second.clone(), Order::GreaterOrEqual, Value::Integer(first));
    let until = Predicate::Compare(second, Order::Less, Value::Integer(last));
    Sure::of_every_event(match (first < last, last) {
        // To midnight.
        (false, 0) => from,
        (true, _) if first == 0 => until,
        (true, _) => Predicate::All(vec![from, until]),
        // Past midnight; equal bounds are the whole day.
        (false, _) => Predicate::Any(vec![from, until]),
    })
}

/// The day of the week; 1970-01-01 was a Thursday.
pub fn weekday(days: &[u8], offset: i16) -> Sure {
    let shift = (3 * DAY + i64::from(offset) * 60).rem_euclid(7 * DAY);
    let days_since = Value::Floor(Box::new(
        Value::field(&FieldName::time())
            .arithmetic(Arithmetic::Add, Value::Integer(shift))
            .arithmetic(Arithmetic::Divide, Value::Integer(DAY)),
    ));
    let day = days_since.arithmetic(Arithmetic::Remainder, Value::Integer(7));
    Sure::of_every_event(match days {
        [one] => Predicate::Compare(day, Order::Equal, Value::Integer(i64::from(*one))),
        several => Predicate::In(day, several.iter().map(|each| Value::Integer(i64::from(*each))).collect()),
    })
}
