//! A model of Sigma: reads a rule document and its filters as they are written to disk, and says of which records the rule
//! speaks.
//!
//! It was written from the Sigma specification, version 2.1 (<https://github.com/SigmaHQ/sigma-specification>); the section stands
//! beside each rule: RS is `specification/sigma-rules-specification.md`, MO `sigma-appendix-modifiers.md`, FS
//! `sigma-filters-specification.md`. It shares no code with what emits or imports Sigma, or with the evaluator. A key, a modifier
//! or a word that it does not know is an error; where the specification is silent and a record hangs on it, the record is open.

mod condition;
mod document;
mod pattern;
mod record;
mod regular;
mod search;

use crate::Problem;

use condition::Expression;
use document::Document;
pub use record::{LogSource, Record, Value};
use search::Search;

/// What the specification says of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// It does not say: what is left open.
    Open(&'static str),
}

impl Answer {
    fn of(value: bool) -> Answer {
        if value { Answer::Yes } else { Answer::No }
    }

    fn negated(self) -> Answer {
        match self {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            open @ Answer::Open(_) => open,
        }
    }

    /// Whether all hold. What is false without the open ones is false.
    fn all(answers: impl Iterator<Item = Answer>) -> Answer {
        let mut found = Answer::Yes;
        for answer in answers {
            match answer {
                Answer::No => return Answer::No,
                Answer::Open(_) => found = answer,
                Answer::Yes => {}
            }
        }
        found
    }

    fn any(answers: impl Iterator<Item = Answer>) -> Answer {
        Answer::all(answers.map(Answer::negated)).negated()
    }
}

/// A rule with the filters that belong to it, read once for many records.
#[derive(Debug)]
pub struct Rule {
    parts: Vec<Part>,
}

/// A rule's or a filter's own detection.
#[derive(Debug)]
struct Part {
    log_source: LogSource,
    searches: Vec<(String, Search)>,
    conditions: Vec<Expression>,
}

impl Rule {
    /// Reads a rule document, and filter documents that name it.
    ///
    /// # Errors
    /// What is no YAML, what the specification does not know, and what is not modelled.
    pub fn read(text: &str, filters: &[&str]) -> Result<Rule, Problem> {
        let rule = Document::rule(text)?;
        let mut parts = vec![Part::read(&rule)?];
        for filter in filters {
            let filter = Document::filter(filter)?;
            // FS "Relative rules": "refers to one or multiple Sigma rules where to add the filter".
            if !filter.rules.contains(&rule.id) {
                return Err(Problem::new(0, "a filter that does not name the rule beside which it stands"));
            }
            parts.push(Part::read(&filter)?);
        }
        Ok(Rule { parts })
    }

    /// Whether the rule selects the record. A filter's condition says what stays: it is joined to the rule's by `and` (FS
    /// "filter condition", as the examples of the specification's repository write it, `not selection`).
    pub fn selects(&self, record: &Record<'_>) -> Answer {
        Answer::all(self.parts.iter().map(|part| part.selects(record)))
    }
}

impl Part {
    fn read(document: &Document) -> Result<Part, Problem> {
        let mut searches = Vec::new();
        for (name, value) in &document.searches {
            searches.push((name.clone(), Search::read(value)?));
        }
        let names: Vec<&str> = searches.iter().map(|(name, _)| name.as_str()).collect();
        let conditions = document.conditions.iter().map(|text| condition::read(text, &names)).collect::<Result<_, _>>()?;
        Ok(Part { log_source: document.log_source.clone(), searches, conditions })
    }

    fn selects(&self, record: &Record<'_>) -> Answer {
        // RS "Log source": the rule is applied to the logs that it names; a part that it does not name may be any.
        if !self.log_source.holds(&record.log_source) {
            return Answer::No;
        }
        // RS "Condition": "The condition can be a list, … logically linked with OR".
        Answer::any(self.conditions.iter().map(|condition| {
            condition.holds(&|index| self.searches.get(index).map_or(Answer::No, |(_, search)| search.holds(record)))
        }))
    }
}

#[cfg(test)]
mod tests;
