//! A model of Splunk: reads a search as it is pasted, and runs it over events as Splunk stores them.
//!
//! It was written from Splunk's documentation; the page stands beside each rule (SR: Search Reference, SM: Search Manual). It
//! shares no code with what emits searches or with the evaluator, so that agreement means something. What it does not know is
//! an error, and what the documentation leaves open is a doubt, which is an error where an event hangs on it.

mod address;
mod call;
mod doubts;
mod evaluate;
mod grammar;
mod lookups;
mod macros;
mod pcre;
mod problem;
mod read;
mod run;
mod slots;
mod text;
mod tree;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use doubts::Doubt;
pub use lookups::Lookups;
pub use problem::{Problem, ProblemKind};

use doubts::Readings;
use run::{Rest, Run};
use value::Value;

/// An event: fields by name, as text. A field may have several values; a field without values is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    fields: BTreeMap<String, Vec<String>>,
}

impl Row {
    pub fn new(fields: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Row { fields: fields.into_iter().collect() }
    }

    fn value(&self, name: &str) -> Value {
        let values = self.fields.get(name).map_or(&[] as &[String], Vec::as_slice);
        Value::of(values.iter().map(|value| Arc::from(value.as_str())).collect())
    }
}

/// Columns of a result with their values.
pub type Columns = Vec<(String, Vec<String>)>;

/// An event that a search selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Which of the given rows it is.
    pub row: usize,
    /// The columns of the result: in the order of `table` where the search ends with it, else by name. Columns without a value
    /// are empty.
    pub columns: Columns,
}

/// A search that was read once, to be run over many events.
#[derive(Debug)]
pub struct Search {
    commands: Vec<tree::Command>,
    names: Vec<String>,
}

/// Readings that are tried for one event at most: every choice among five doubts.
const MOST_READINGS: usize = 32;

impl Search {
    /// Reads the text of a search. `macros` holds the definition of every macro in it, as `macros.conf` gives it.
    ///
    /// # Errors
    /// What is no search, what the model does not know, and what can be read in more than one way.
    pub fn read(text: &str, macros: &BTreeMap<String, String>) -> Result<Self, Problem> {
        Search::read_with(text, macros, &Lookups::default())
    }

    /// The same where there are lookups.
    ///
    /// # Errors
    /// As [`Search::read`], and a lookup that there is not.
    pub fn read_with(text: &str, macros: &BTreeMap<String, String>, lookups: &Lookups) -> Result<Self, Problem> {
        let text = macros::expand(text, macros)?;
        let mut names = read::Names::default();
        let commands = read::commands(grammar::read(&text)?, &mut names, lookups)?;
        Ok(Search { commands, names: names.all })
    }

    /// Whether the search selects the event.
    ///
    /// # Errors
    /// The doubts on which that hangs.
    pub fn selects(&self, row: &Row) -> Result<bool, Problem> {
        self.one(row).map(|found| found.is_some())
    }

    /// The events that the search selects, in the given order.
    ///
    /// # Errors
    /// The doubts on which that hangs, at the first such event.
    pub fn run(&self, rows: &[Row]) -> Result<Vec<Selected>, Problem> {
        let mut selected = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if let Some(columns) = self.one(row)? {
                selected.push(Selected { row: index, columns });
            }
        }
        Ok(selected)
    }

    /// The columns of the event, if it is selected. Where doubts came up, every choice among them must give the same answer.
    fn one(&self, row: &Row) -> Result<Option<Columns>, Problem> {
        let (found, mut met) = self.under(row, 0);
        let mut tried = vec![0u32];
        let mut next = 1;
        while next < MOST_READINGS {
            // The next set among the doubts that were met so far.
            let Some(choice) = subsets(met).find(|choice| !tried.contains(choice)) else { break };
            tried.push(choice);
            next += 1;
            let (other, more) = self.under(row, choice);
            met |= more;
            if other.is_some() != found.is_some() {
                let message = if found.is_some() {
                    "whether this event is selected is not documented"
                } else {
                    "whether this event is left out is not documented"
                };
                let doubts = doubts::named(if choice == 0 { met } else { choice });
                return Err(Problem { kind: ProblemKind::Doubt(doubts), message: message.to_owned(), near: String::new() });
            }
        }
        Ok(found)
    }

    fn under(&self, row: &Row, other: u32) -> (Option<Columns>, u32) {
        let readings = Readings::new(other);
        let mut run = Run::new(row, &self.names, &readings);
        let found = run.commands(&self.commands, &self.names).then(|| self.columns(row, &run));
        (found, readings.met())
    }

    fn columns(&self, row: &Row, run: &Run<'_>) -> Columns {
        let texts = |value: &Value| value.texts().iter().map(ToString::to_string).collect::<Vec<_>>();
        if let Some(tree::Command::Table(slots)) = self.commands.last() {
            return slots.iter().map(|slot| (self.names[*slot].clone(), texts(&run.slots[*slot]))).collect();
        }
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, values) in &row.fields {
            let kept = match run.rest {
                Rest::All => true,
                Rest::Internal => name.starts_with('_'),
                Rest::None => false,
            };
            if kept {
                columns.insert(name.clone(), values.clone());
            }
        }
        for (name, value) in self.names.iter().zip(&run.slots) {
            if value.is_null() {
                columns.remove(name);
            } else {
                columns.insert(name.clone(), texts(value));
            }
        }
        columns.into_iter().collect()
    }
}

/// Sets among these doubts: each alone first, then all together, then every other.
fn subsets(met: u32) -> impl Iterator<Item = u32> {
    let bits: Vec<u32> = (0..32).map(|place| 1u32 << place).filter(|bit| met & bit != 0).collect();
    let choices = 1u32 << bits.len().min(5);
    let of_number = {
        let bits = bits.clone();
        move |number: u32| {
            bits.iter().take(5).enumerate().filter(|(place, _)| number & (1 << place) != 0).map(|(_, bit)| bit).sum()
        }
    };
    bits.into_iter().chain(std::iter::once(met)).chain((0..choices).map(of_number))
}

#[cfg(test)]
mod tests;
