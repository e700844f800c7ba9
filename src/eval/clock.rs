//! Time of day and day of the week (S5.1; language.md, "Comparisons").

const MINUTE: i64 = 60_000;
const MINUTES_OF_DAY: i64 = 24 * 60;

/// Minutes since 1970-01-01 00:00 at the given offset.
fn local_minutes(time: i64, offset: i16) -> i64 {
    time.div_euclid(MINUTE) + i64::from(offset)
}

/// Whether the time of day lies in `start..end`, the end left out. A range whose end is not after its start passes midnight, so
/// `07:00..07:00` is the whole day.
pub(super) fn in_range(time: i64, start: u16, end: u16, offset: i16) -> bool {
    let minute = local_minutes(time, offset).rem_euclid(MINUTES_OF_DAY);
    let (start, end) = (i64::from(start), i64::from(end));
    if start < end { start <= minute && minute < end } else { minute >= start || minute < end }
}

/// The day of the week; 0 is Monday. 1970-01-01 was a Thursday.
pub(super) fn weekday(time: i64, offset: i16) -> u8 {
    let day = local_minutes(time, offset).div_euclid(MINUTES_OF_DAY);
    u8::try_from((day + 3).rem_euclid(7)).unwrap_or(0) // a remainder of 7 always fits
}
