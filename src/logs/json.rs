//! One JSON object to fields (RFC 8259), keeping what a general reader would lose: numbers beyond its types, keys that stand
//! twice, halves of surrogate pairs.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Fault;
use crate::ir::event::Value;

/// How deep objects and lists may nest.
const DEPTH: usize = 64;

/// How many different names are kept to be shared between records. Logs have few; made-up data may have any number.
const SHARED_NAMES: usize = 16 << 10;

/// Names of fields, each kept once.
#[derive(Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(name);
        if self.0.len() < SHARED_NAMES {
            self.0.insert(Arc::clone(&new));
        }
        new
    }
}

#[derive(Debug)]
pub(super) struct Parsed {
    /// Null fields have no entry (S1.3).
    pub fields: BTreeMap<Arc<str>, Value>,
    pub duplicate_key: bool,
    /// Half a surrogate pair was read as U+FFFD.
    pub replaced: bool,
}

/// Reads a text that is one object.
///
/// # Errors
/// Why it is none.
pub(super) fn object(text: &str, names: &mut Names) -> Result<Parsed, Fault> {
    let mut reader = Reader { text, at: 0, names, duplicate_key: false, replaced: false };
    let value = reader.value(DEPTH)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(Fault::NotJson);
    }
    match value {
        Some(Value::Object(fields)) => Ok(Parsed { fields, duplicate_key: reader.duplicate_key, replaced: reader.replaced }),
        _ => Err(Fault::NotAnObject),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    names: &'a mut Names,
    duplicate_key: bool,
    replaced: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What is wrong here: the end of the text, or something else than expected.
    fn fault(&self) -> Fault {
        if self.at >= self.text.len() { Fault::Truncated } else { Fault::NotJson }
    }

    fn expect(&mut self, word: &str) -> Result<(), Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else if word.as_bytes().starts_with(rest) {
            Err(Fault::Truncated)
        } else {
            Err(Fault::NotJson)
        }
    }

    /// Any value; `None` is null. `depth` bounds the recursion.
    fn value(&mut self, depth: usize) -> Result<Option<Value>, Fault> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.fields(depth.checked_sub(1).ok_or(Fault::TooDeep)?).map(Some),
            Some(b'[') => self.list(depth.checked_sub(1).ok_or(Fault::TooDeep)?).map(Some),
            Some(b'"') => Ok(Some(Value::Text(self.string()?))),
            Some(b't') => self.expect("true").map(|()| Some(Value::Boolean(true))),
            Some(b'f') => self.expect("false").map(|()| Some(Value::Boolean(false))),
            Some(b'n') => self.expect("null").map(|()| None),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            _ => Err(self.fault()),
        }
    }

    fn fields(&mut self, depth: usize) -> Result<Value, Fault> {
        self.at += 1;
        let mut fields = BTreeMap::new();
        // A null is not kept, but its name counts as named.
        let mut nulls: Vec<Arc<str>> = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(fields));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.fault());
            }
            let name = self.string()?;
            let name = self.names.get(&name);
            self.blanks();
            self.expect(":")?;
            match self.value(depth)? {
                Some(value) => {
                    self.duplicate_key |= fields.insert(Arc::clone(&name), value).is_some() || nulls.contains(&name);
                }
                None => {
                    self.duplicate_key |= fields.remove(&name).is_some() || nulls.contains(&name);
                    nulls.push(name);
                }
            }
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(fields));
                }
                _ => return Err(self.fault()),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        self.at += 1;
        let mut elements = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(elements));
        }
        loop {
            elements.extend(self.value(depth)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(elements));
                }
                _ => return Err(self.fault()),
            }
        }
    }

    /// An integer of 64 bits, else a finite floating-point number, else the number's own text, which a text field still
    /// compares and a number field cannot read (S1.3).
    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.fault()),
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        let text = &self.text[start..self.at];
        let read = if whole {
            text.parse().ok().map(Value::Integer)
        } else {
            text.parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Float)
        };
        Ok(read.unwrap_or_else(|| Value::Text(text.to_owned())))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.digits();
        if self.at > start { Ok(()) } else { Err(self.fault()) }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F)).ok_or(Fault::Truncated)?;
            // Both ends are ASCII bytes or the start of the rest, so they are at boundaries of characters.
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    out.push(escaped);
                }
                _ => return Err(Fault::NotJson),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let letter = self.peek().ok_or(Fault::Truncated)?;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                let unit = self.unit()?;
                return Ok(self.of_units(unit));
            }
            _ => return Err(Fault::NotJson),
        };
        self.at += 1;
        Ok(character)
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Fault::Truncated)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit * 16 + char::from(*digit).to_digit(16).ok_or(Fault::NotJson)?;
        }
        self.at += 4;
        Ok(unit)
    }

    /// The character of a UTF-16 unit, with the one that follows where the two are a pair.
    fn of_units(&mut self, first: u32) -> char {
        if let Some(character) = char::from_u32(first) {
            return character;
        }
        let before = self.at;
        if (0xD800..0xDC00).contains(&first)
            && self.text.as_bytes()[self.at..].starts_with(b"\\u")
            && {
                self.at += 2;
                true
            }
            && let Ok(second @ 0xDC00..0xE000) = self.unit()
            && let Some(character) = char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        {
            return character;
        }
        self.at = before;
        self.replaced = true;
        '\u{FFFD}'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Parsed, Fault> {
        object(text, &mut Names::default())
    }

    fn field(text: &str) -> Option<Value> {
        read(&format!("{{\"F\":{text}}}")).unwrap_or_else(|fault| panic!("{text}: {fault:?}")).fields.remove("F")
    }

    #[test]
    fn reads_values() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        assert_eq!(field("null"), None);
        assert_eq!(field("7"), Some(Value::Integer(7)));
        assert_eq!(field("-0"), Some(Value::Integer(0)));
        assert_eq!(field("7.0"), Some(Value::Float(7.0)));
        assert_eq!(field("1E2"), Some(Value::Float(100.0)));
        assert_eq!(field("18446744073709551615"), text("18446744073709551615"));
        assert_eq!(field("1e999"), text("1e999"));
        assert_eq!(field(r#""a\\\"\/\u00e9\n😀é""#), text("a\\\"/é\n😀é"));
        assert_eq!(field(r#" [1, null, "x"] "#), Some(Value::List(vec![Value::Integer(1), Value::Text("x".into())])));
        assert_eq!(field("[]"), Some(Value::List(vec![])));
        assert_eq!(field("{}"), Some(Value::Object(BTreeMap::new())));
        assert_eq!(field("true"), Some(Value::Boolean(true)));
    }

    #[test]
    fn half_a_pair_is_replaced_and_said() {
        for (escape, expected) in [
            (r"\ud83d", "\u{FFFD}"),
            (r"\ud83dx", "\u{FFFD}x"),
            (r"\udc00", "\u{FFFD}"),
            (r"\ud83d\n", "\u{FFFD}\n"),
            (r"\ud83d\u0041", "\u{FFFD}A"),
        ] {
            let parsed = read(&format!("{{\"F\":\"{escape}\"}}")).unwrap();
            assert_eq!(parsed.fields["F"], Value::Text(expected.to_owned()), "{escape}");
            assert!(parsed.replaced);
        }
        assert!(!read(r#"{"F":"😀"}"#).unwrap().replaced);
    }

    #[test]
    fn a_key_that_stands_twice_is_said_and_the_last_counts() {
        let parsed = read(r#"{"a":1,"a":2}"#).unwrap();
        assert!(parsed.duplicate_key);
        assert_eq!(parsed.fields["a"], Value::Integer(2));
        assert!(read(r#"{"a":1,"a":null}"#).unwrap().fields.is_empty());
        assert!(read(r#"{"a":null,"a":1}"#).unwrap().duplicate_key);
        assert!(!read(r#"{"a":{"b":1},"b":1}"#).unwrap().duplicate_key);
    }

    #[test]
    fn says_why_a_line_is_no_object() {
        for (text, fault) in [
            ("[1]", Fault::NotAnObject),
            ("7", Fault::NotAnObject),
            ("null", Fault::NotAnObject),
            ("hello", Fault::NotJson),
            ("", Fault::Truncated),
            ("{", Fault::Truncated),
            (r#"{"a"#, Fault::Truncated),
            (r#"{"a":"\u00"#, Fault::Truncated),
            (r#"{"a":tru"#, Fault::Truncated),
            (r#"{"a":1"#, Fault::Truncated),
            (r#"{"a":NaN}"#, Fault::NotJson),
            (r#"{"a":-Infinity}"#, Fault::NotJson),
            (r#"{"a":01}"#, Fault::NotJson),
            (r#"{"a":1.}"#, Fault::NotJson),
            (r#"{"a":"\x"}"#, Fault::NotJson),
            (r#"{"a":"\u00zz"}"#, Fault::NotJson),
            ("{\"a\":\"\u{1}\"}", Fault::NotJson),
            (r#"{"a":1,}"#, Fault::NotJson),
            (r#"{"a":[1,]}"#, Fault::NotJson),
            (r#"{"a" 1}"#, Fault::NotJson),
            (r#"{'a':1}"#, Fault::NotJson),
            (r#"{"a":1}{"b":2}"#, Fault::NotJson),
        ] {
            assert_eq!(read(text).unwrap_err(), fault, "{text}");
        }
        let deep = |depth: usize| read(&format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)));
        assert!(deep(DEPTH - 1).is_ok());
        assert_eq!(deep(DEPTH).unwrap_err(), Fault::TooDeep);
        assert_eq!(read(&format!("{{\"a\":{}", "[".repeat(1_000_000))).unwrap_err(), Fault::TooDeep);
    }

    /// The other road: a general reader accepts the same texts, over every cut of an object and every byte changed.
    #[test]
    fn agrees_with_a_general_reader_on_what_is_json() {
        let whole = r#"{"a":[1,-2.5e3,"x\n\u0041é"],"b":{"c":null},"d":true}"#;
        let general = |text: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok();
        for at in (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)) {
            assert_eq!(read(&whole[..at]).is_ok(), general(&whole[..at]));
            for other in ["\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "e", ".", "-", "t", " ", "\n"] {
                let changed = format!("{}{other}{}", &whole[..at], whole[at..].chars().skip(1).collect::<String>());
                assert_eq!(read(&changed).is_ok(), general(&changed), "{changed}");
            }
        }
    }
}
