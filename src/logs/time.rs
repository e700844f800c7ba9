//! The time of a record (S5.1): the log's own field for it, in the ways that products write times.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::event::Value;

/// Fields that hold a record's time, the log's own before the collector's. The first that is understood counts.
const FIELDS: &[&str] = &[
    "UtcTime",
    "TimeCreated",
    "TimeGenerated",
    "Timestamp",
    "_time",
    "@timestamp",
    "SystemTime",
    "EventTime",
    "eventTime",
    "createdDateTime",
    "CreationTime",
    "timestamp",
    "time",
    "ts",
];

/// A record's time in milliseconds since 1970 UTC, and whether what it says of time is understood.
pub(super) fn of(fields: &BTreeMap<Arc<str>, Value>) -> (Option<i64>, bool) {
    let mut said = false;
    for name in FIELDS {
        let time = match fields.get(*name) {
            Some(Value::Text(text)) => parse(text),
            Some(Value::Integer(value)) => epoch(*value, 0),
            Some(Value::Float(value)) => of_float(*value),
            Some(Value::Boolean(_) | Value::List(_) | Value::Object(_)) | None => continue,
        };
        said = true;
        if time.is_some() {
            return (time, true);
        }
    }
    (None, !said)
}

/// Reads a time as logs write it: ISO 8601 with `T` or a blank, up to nine digits of a second, `Z`, an offset or neither (then
/// UTC, as Sysmon's `UtcTime` is); a date alone; seconds, milliseconds, microseconds or nanoseconds since 1970. Milliseconds,
/// rounded down.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // Nine digits are 1973; shorter numbers are more likely something else (`20261124`).
    if whole.len() >= 9 && whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
        let sign = if digits.len() < text.len() { -1 } else { 1 };
        let thousandths = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
        return epoch(sign * whole.parse::<i64>().ok()?, sign * thousandths);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let (local, offset) = split_offset(text)?;
    let civil: jiff::civil::DateTime = local.trim_end().parse().ok()?;
    let nanoseconds = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?.as_nanosecond();
    Some(i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()? - offset * 60_000)
}

/// The part before the offset, and the offset in minutes east of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    // A sign after the time of day; those of the date stand before it.
    let time = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let Some(sign) = text[time..].find(['+', '-']).map(|at| time + at) else { return Some((text, 0)) };
    let digits: String = text[sign + 1..].chars().filter(|character| *character != ':').collect();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours * 60 + minutes;
    Some((&text[..sign], if text[sign..].starts_with('-') { -offset } else { offset }))
}

/// A count since 1970: its size tells the unit. `thousandths` belong to a count of seconds.
fn epoch(count: i64, thousandths: i64) -> Option<i64> {
    match count.unsigned_abs() {
        // Seconds until the year 5138.
        0..100_000_000_000 => Some(count * 1000 + thousandths),
        100_000_000_000..100_000_000_000_000 => Some(count),
        100_000_000_000_000..100_000_000_000_000_000 => Some(count.div_euclid(1000)),
        // Between lie counts from 1601 (FILETIME), which are not this.
        1_000_000_000_000_000_000.. => Some(count.div_euclid(1_000_000)),
        _ => None,
    }
}

fn of_float(value: f64) -> Option<i64> {
    // Beyond this a floating-point number is a count of a smaller unit, whole for our purpose.
    let thousandths = if value.abs() < 1e11 { value * 1000.0 } else { value };
    #[allow(clippy::cast_possible_truncation)] // in range, as is checked
    if value.abs() < 1e11 {
        Some(thousandths.round() as i64)
    } else if value.abs() < 9e18 {
        epoch(value as i64, 0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_times_that_logs_write() {
        // 2026-11-24 10:00:00 UTC.
        const TEN: i64 = 1_795_514_400_000;
        for (text, expected) in [
            ("2026-11-24T10:00:00Z", TEN),
            ("2026-11-24 10:00:00.123", TEN + 123),
            ("2026-11-24T10:00:00.1239999Z", TEN + 123),
            ("2026-11-24T10:00:00.123456789+00:00", TEN + 123),
            ("2026-11-24T12:00:00+02:00", TEN),
            ("2026-11-24T12:00:00+0200", TEN),
            ("2026-11-24T04:30:00-05:30", TEN),
            ("2026-11-24 10:00:00 UTC", TEN),
            ("2026-11-24 12:00:00 +02:00", TEN),
            ("2026-11-24T10:00:00", TEN),
            ("2026-11-24T10:00Z", TEN),
            ("2026-11-24", TEN - 36_000_000),
            (" 2026-11-24T10:00:00Z ", TEN),
            ("1795514400", TEN),
            ("1795514400.5", TEN + 500),
            ("1795514400123", TEN + 123),
            ("1795514400123456", TEN + 123),
            ("1795514400123456789", TEN + 123),
            ("1969-12-31T23:59:59.9995Z", -1),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "-",
            "now",
            "10:00",
            "2026-13-01T00:00:00Z",
            "2026-11-24T10:00:00+99:00",
            "2026-11-24T10:00:00+x",
            "20261124x",
            "133764012000000000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_logs_own_time_counts_before_the_collectors() {
        let text = |text: &str| Value::Text(text.to_owned());
        let fields = |pairs: &[(&str, Value)]| {
            pairs.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect::<BTreeMap<Arc<str>, Value>>()
        };
        let both = fields(&[("_time", Value::Integer(1_795_514_400)), ("UtcTime", text("1970-01-01 00:00:01.000"))]);
        assert_eq!(of(&both), (Some(1000), true));
        let broken = fields(&[("_time", Value::Float(1.5)), ("UtcTime", text("-"))]);
        assert_eq!(of(&broken), (Some(1500), true));
        assert_eq!(of(&fields(&[("UtcTime", text("-"))])), (None, false));
        assert_eq!(of(&fields(&[])), (None, true));
    }
}
