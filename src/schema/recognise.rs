//! Which log sources an event belongs to, by its content: the column `recognise` of `data/logsources.tsv`.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::LogSourceId;
use super::catalogue;

/// What must hold for an event to belong to a log source: one of the alternatives, with all its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognition {
    pub alternatives: Vec<Vec<Marker>>,
}

/// A field has one of these values, ASCII letters compared ignoring case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub field: &'static str,
    pub values: Vec<&'static str>,
}

impl Recognition {
    /// Reads `Channel=System & EventID=1,2 | category=SignInLogs`.
    ///
    /// # Errors
    /// The condition that is not `Field=value`.
    pub fn parse(text: &'static str) -> Result<Recognition, String> {
        let marker = |condition: &'static str| match condition.split_once('=') {
            Some((field, values)) if !field.is_empty() && values.split(',').all(|value| !value.is_empty()) => {
                Ok(Marker { field, values: values.split(',').collect() })
            }
            _ => Err(format!("`{condition}` is not `Field=value`")),
        };
        let alternatives = text
            .split(" | ")
            .map(|alternative| alternative.split(" & ").map(marker).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Recognition { alternatives })
    }
}

/// One condition over the table of fields that recognition reads.
struct Condition {
    /// Position in [`Recogniser::fields`].
    field: usize,
    values: Vec<&'static str>,
}

/// Every log source's recognition, with each field named once, so that an event's fields are looked up once each.
struct Recogniser {
    fields: Vec<&'static str>,
    sources: Vec<(LogSourceId, Vec<Vec<Condition>>)>,
}

static RECOGNISER: LazyLock<Recogniser> = LazyLock::new(|| {
    let mut recogniser = Recogniser { fields: Vec::new(), sources: Vec::new() };
    for row in catalogue::all() {
        let Some(Ok(recognition)) = row.recognise.map(Recognition::parse) else { continue };
        let fields = &mut recogniser.fields;
        let mut condition = |marker: Marker| {
            let field = fields.iter().position(|known| *known == marker.field).unwrap_or_else(|| {
                fields.push(marker.field);
                fields.len() - 1
            });
            Condition { field, values: marker.values }
        };
        let alternatives =
            recognition.alternatives.into_iter().map(|markers| markers.into_iter().map(&mut condition).collect()).collect();
        recogniser.sources.push((LogSourceId(Arc::from(row.id)), alternatives));
    }
    recogniser
});

/// The log sources that an event belongs to, in the catalogue's order: several where they overlap (`registry_set` is also a
/// `registry_event`), none where its content does not tell. `lookup` gives a field's value as text.
pub fn recognise<'a>(lookup: impl Fn(&str) -> Option<Cow<'a, str>>) -> Vec<LogSourceId> {
    let recogniser = &*RECOGNISER;
    let values: Vec<Option<Cow<'a, str>>> = recogniser.fields.iter().map(|field| lookup(field)).collect();
    let holds = |condition: &Condition| {
        values[condition.field]
            .as_deref()
            .is_some_and(|value| condition.values.iter().any(|known| known.eq_ignore_ascii_case(value)))
    };
    recogniser
        .sources
        .iter()
        .filter(|(_, alternatives)| alternatives.iter().any(|conditions| conditions.iter().all(holds)))
        .map(|(id, _)| id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Vec<String> {
        let lookup =
            |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| Cow::Owned((*value).to_owned()));
        recognise(lookup).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_event_may_belong_to_several_log_sources() {
        let channel = ("Channel", "microsoft-windows-sysmon/operational");
        assert_eq!(
            of(&[channel, ("EventID", "13"), ("EventType", "SetValue")]),
            ["windows/registry_event", "windows/registry_set", "windows/sysmon"]
        );
        assert_eq!(
            of(&[channel, ("EventID", "12"), ("EventType", "DeleteValue")]),
            ["windows/registry_delete", "windows/registry_event", "windows/sysmon"]
        );
        assert_eq!(of(&[channel, ("EventID", "1")]), ["windows/process_creation", "windows/sysmon"]);
        assert_eq!(of(&[("Channel", "Linux-Sysmon/Operational"), ("EventID", "1")]), ["linux/process_creation"]);
    }

    #[test]
    fn what_the_content_does_not_tell_belongs_to_none() {
        assert_eq!(of(&[("EventID", "1")]), Vec::<String>::new());
        assert_eq!(of(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_condition_without_a_value_is_refused() {
        assert!(Recognition::parse("Channel=System & EventID").is_err());
        assert!(Recognition::parse("Channel=").is_err());
        assert!(Recognition::parse("=x").is_err());
    }
}
