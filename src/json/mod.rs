//! JSON with places: a value is read one level at a time and knows where it stands in its file, so that a finding can point at it.
//! What is not asked for is skipped without recursion, however deep it nests.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value's text within the whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'t> {
    pub(crate) text: &'t str,
    pub(crate) start: usize,
}

/// The members of an object in the order written.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Members)
    }
}

impl<'t> Value<'t> {
    /// The one value of a file.
    ///
    /// # Errors
    /// Where the text is no JSON: the byte, and why.
    pub(crate) fn whole(text: &'t str) -> Result<Value<'t>, (usize, String)> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
            let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let mut at = (line_start + error.column().saturating_sub(1)).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let words = error.to_string();
            (at, words.split(" at line ").next().unwrap_or_default().to_owned())
        })?;
        Ok(Value { text: raw.get(), start: offset(text, raw.get()) })
    }

    fn child(&self, raw: &'t RawValue) -> Value<'t> {
        Value { text: raw.get(), start: self.start + offset(self.text, raw.get()) }
    }

    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn object(&self) -> Option<Vec<(String, Value<'t>)>> {
        let members: Members<'t> = serde_json::from_str(self.text).ok()?;
        Some(members.0.into_iter().map(|(name, raw)| (name, self.child(raw))).collect())
    }

    pub(crate) fn array(&self) -> Option<Vec<Value<'t>>> {
        let values: Vec<&'t RawValue> = serde_json::from_str(self.text).ok()?;
        Some(values.into_iter().map(|raw| self.child(raw)).collect())
    }

    /// Looks at the elements of a list one by one, until `see` says that it is enough. False where this is no list.
    pub(crate) fn each(&self, mut see: impl FnMut(Value<'t>) -> bool) -> bool {
        if !self.text.starts_with('[') {
            return false;
        }
        let mut reader = serde_json::Deserializer::from_str(self.text);
        // That `see` has enough ends the reading as an error, which is none.
        let _ = Elements { whole: *self, see: &mut see }.deserialize(&mut reader);
        true
    }

    pub(crate) fn string(&self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }

    pub(crate) fn number(&self) -> Option<f64> {
        serde_json::from_str(self.text).ok()
    }

    pub(crate) fn truth(&self) -> Option<bool> {
        serde_json::from_str(self.text).ok()
    }

    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self.text.bytes().next() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        }
    }
}

/// The elements of a list, none of which is kept.
struct Elements<'s, 't, S> {
    whole: Value<'t>,
    see: &'s mut S,
}

impl<'t, S: FnMut(Value<'t>) -> bool> DeserializeSeed<'t> for Elements<'_, 't, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'t, S: FnMut(Value<'t>) -> bool> Visitor<'t> for Elements<'_, 't, S> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&'t RawValue>()? {
            if !(self.see)(self.whole.child(raw)) {
                break;
            }
        }
        Ok(())
    }
}

/// Where a part of a text stands in it.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}
