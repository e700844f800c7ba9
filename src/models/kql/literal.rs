//! Literals: what their characters mean.

use std::borrow::Cow;

use super::value::{DAY, HOUR, SECOND, Type, Value};

/// The text of one literal, with its quotes (learn.microsoft.com/kusto/query/scalar-data-types/string): between quotes `\`
/// begins an escape; behind `@` it is itself, and the quote stands twice; between three backticks everything is itself.
pub(super) fn text(spelled: &str) -> Result<String, String> {
    let spelled = spelled.strip_prefix(['h', 'H']).unwrap_or(spelled);
    if let Some(inner) = spelled.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) {
        return Ok(inner.to_owned());
    }
    if let Some(verbatim) = spelled.strip_prefix('@') {
        let quote = &verbatim[..1];
        return Ok(verbatim[1..verbatim.len() - 1].replace(&quote.repeat(2), quote));
    }
    let mut text = String::with_capacity(spelled.len());
    let mut rest = spelled[1..spelled.len() - 1].chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        let Some(escape) = rest.next() else { return Err("a `\\` stands at the end of a literal".to_owned()) };
        let digits = match escape {
            't' => '\t'.into(),
            'n' => '\n'.into(),
            'r' => '\r'.into(),
            '\\' | '"' | '\'' => escape.into(),
            '0' => '\0'.into(),
            'u' => 4.into(),
            'x' => 2.into(),
            'U' => 8.into(),
            other => return Err(format!("`\\{other}` is no escape that the documentation lists")),
        };
        match digits {
            Escape::Character(character) => text.push(character),
            Escape::Digits(count) => {
                let digits: String = rest.by_ref().take(count).collect();
                let known = digits.len() == count && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let code = known.then(|| u32::from_str_radix(&digits, 16).ok()).flatten();
                match code.and_then(char::from_u32) {
                    Some(character) => text.push(character),
                    None => return Err(format!("`\\{escape}{digits}` is no character")),
                }
            }
        }
    }
    Ok(text)
}

enum Escape {
    Character(char),
    Digits(usize),
}

impl From<char> for Escape {
    fn from(character: char) -> Escape {
        Escape::Character(character)
    }
}

impl From<usize> for Escape {
    fn from(count: usize) -> Escape {
        Escape::Digits(count)
    }
}

/// `123`, `0x1F`, `1.5`, `1e3` (learn.microsoft.com/kusto/query/scalar-data-types/long and `…/real`).
pub(super) fn number(spelled: &str) -> Result<(Value<'static>, Type), String> {
    let unfit = || format!("`{spelled}` is no `long`");
    if let Some(digits) = spelled.strip_prefix("0x").or_else(|| spelled.strip_prefix("0X")) {
        return Ok((Value::Integer(i64::from_str_radix(digits, 16).map_err(|_| unfit())?), Type::Long));
    }
    if spelled.contains(['.', 'e', 'E']) {
        return Ok((Value::Real(spelled.parse().map_err(|_| format!("`{spelled}` is no `real`"))?), Type::Real));
    }
    Ok((Value::Integer(spelled.parse().map_err(|_| unfit())?), Type::Long))
}

/// `2d`, `1.5h`, `30m` (learn.microsoft.com/kusto/query/scalar-data-types/timespan).
pub(super) fn span(spelled: &str) -> Result<i64, String> {
    let at = spelled.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(spelled.len());
    let (number, unit) = spelled.split_at(at);
    let ticks = match unit {
        "d" => DAY,
        "h" => HOUR,
        "m" => 60 * SECOND,
        "s" => SECOND,
        "ms" | "millisecond" => SECOND / 1000,
        "microsecond" => 10,
        "tick" => 1,
        _ => return Err(format!("`{unit}` is no unit of time")),
    };
    // At most 15 digits before the point matter, far within what `f64` keeps for the ticks of 10,000 years.
    let number: f64 = number.parse().map_err(|_| format!("`{spelled}` is no timespan"))?;
    let found = number * ticks as f64;
    if found.abs() < 9.0e18 { Ok(found.round() as i64) } else { Err(format!("`{spelled}` is too long a timespan")) }
}

/// `time(17:30:00)`, `time(1.12:00:00)`, `time(2)`, `time(9h)`.
fn clock(spelled: &str) -> Option<i64> {
    if let Ok(found) = span(spelled) {
        return Some(found);
    }
    if let Ok(days) = spelled.parse::<i64>() {
        return days.checked_mul(DAY);
    }
    let (negative, rest) = spelled.strip_prefix('-').map_or((false, spelled), |rest| (true, rest));
    let (days, rest) = match rest.split_once('.') {
        Some((days, rest)) if !days.contains(':') => (days.parse::<i64>().ok()?, rest),
        _ => (0, rest),
    };
    let parts: Vec<&str> = rest.split(':').collect();
    let [hours, minutes, seconds @ ..] = parts.as_slice() else { return None };
    let seconds = match seconds {
        [] => 0.0,
        [only] => only.parse::<f64>().ok()?,
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0.0..60.0).contains(&seconds) {
        return None;
    }
    let total =
        days.checked_mul(DAY)?.checked_add(hours * HOUR + minutes * 60 * SECOND + (seconds * SECOND as f64).round() as i64)?;
    Some(if negative { -total } else { total })
}

/// ISO 8601 (learn.microsoft.com/kusto/query/scalar-data-types/datetime); times without a zone are UTC.
pub(super) fn moment(spelled: &str) -> Option<i64> {
    let zoned = spelled.parse::<jiff::Timestamp>().ok();
    let civil = || jiff::tz::Offset::UTC.to_timestamp(spelled.parse::<jiff::civil::DateTime>().ok()?).ok();
    let found = zoned.or_else(civil)?;
    i64::try_from(found.as_nanosecond() / 100).ok()
}

/// `long(…)`, `datetime(…)` and so on; `null` is each type's own (…/scalar-data-types/null-values).
pub(super) fn typed(kind: Type, inner: &str) -> Result<Value<'static>, String> {
    let inner = inner.trim();
    if inner == "null" && kind != Type::String {
        return Ok(Value::Null);
    }
    let unfit = || format!("`{}({inner})` is no literal that the model knows", kind.name());
    let found = match kind {
        Type::Int | Type::Long => {
            let (negative, digits) = inner.strip_prefix('-').map_or((false, inner), |digits| (true, digits));
            let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(hex) => i128::from_str_radix(hex, 16),
                None => digits.parse::<i128>(),
            };
            let value = value.ok().map(|value| if negative { -value } else { value });
            value.and_then(|value| i64::try_from(value).ok()).map(Value::Integer)
        }
        Type::Real => inner.parse::<f64>().ok().map(Value::Real),
        Type::Bool => match inner {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Datetime => moment(inner).map(Value::Moment),
        Type::Timespan => clock(inner).map(Value::Span),
        Type::String | Type::Dynamic => None,
    };
    match found {
        Some(value) if value.is_of(kind) => Ok(value),
        _ => Err(unfit()),
    }
}

/// A text as a value.
pub(super) fn of_text(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_as_the_page_on_strings_spells_them() {
        let read = |spelled| text(spelled).unwrap();
        assert_eq!(
            read(r#""this is a string literal. Observe the trailing \\""#),
            r"this is a string literal. Observe the trailing \"
        );
        assert_eq!(read(r#"@"C:\Folder\filename.txt""#), r"C:\Folder\filename.txt");
        assert_eq!(read(r#""Hello, \"quoted\" \x41\u0042\U00000043\t""#), "Hello, \"quoted\" ABC\t");
        assert_eq!(read(r"'it\'s'"), "it's");
        assert_eq!(read(r#"@'C:\"x" ''y'''"#), r#"C:\"x" 'y'"#);
        assert_eq!(read("h\"secret\""), "secret");
        assert_eq!(read("```a\\\n\"b\"```"), "a\\\n\"b\"");
        assert!(text(r#""\q""#).is_err());
        assert!(text(r#""\u12""#).is_err());
        assert!(text(r#""\ud800""#).is_err());
    }

    #[test]
    fn numbers_and_times() {
        assert_eq!(number("12"), Ok((Value::Integer(12), Type::Long)));
        assert_eq!(number("0xff"), Ok((Value::Integer(255), Type::Long)));
        assert_eq!(number("1.5"), Ok((Value::Real(1.5), Type::Real)));
        assert!(number("9223372036854775808").is_err());
        assert_eq!(typed(Type::Long, "-9223372036854775808"), Ok(Value::Integer(i64::MIN)));
        assert!(typed(Type::Int, "2147483648").is_err());
        assert_eq!(typed(Type::Long, " null "), Ok(Value::Null));
        // The page on timespans: `2d`, `1.5h`, `30m`, `time(15s)`, `0.12:34:56.7`.
        assert_eq!(span("2d"), Ok(2 * DAY));
        assert_eq!(span("1.5h"), Ok(3 * HOUR / 2));
        assert_eq!(span("100ms"), Ok(SECOND / 10));
        assert_eq!(typed(Type::Timespan, "15s"), Ok(Value::Span(15 * SECOND)));
        assert_eq!(
            typed(Type::Timespan, "0.12:34:56.7"),
            Ok(Value::Span(12 * HOUR + 34 * 60 * SECOND + 56 * SECOND + 7_000_000))
        );
        assert_eq!(typed(Type::Timespan, "17:30:00"), Ok(Value::Span(17 * HOUR + HOUR / 2)));
        assert!(typed(Type::Timespan, "25:00").is_err());
        assert_eq!(moment("1970-01-02"), Some(DAY));
        assert_eq!(moment("1970-01-01T01:00:00Z"), Some(HOUR));
        assert_eq!(moment("1970-01-01 00:00:00.0000001"), Some(1));
        assert_eq!(moment("soon"), None);
    }
}
