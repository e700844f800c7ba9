//! One event through the commands of a search.

use std::sync::Arc;

use super::Row;
use super::doubts::{Doubt, Readings};
use super::tree::{Command, Comparison, Slot, Term, Terms};
use super::value::{self, Value};

/// An event on its way, and how the documentation's doubts are read.
pub(super) struct Run<'a> {
    pub(super) slots: Vec<Value>,
    pub(super) readings: &'a Readings,
    /// Which columns of the row that the search does not name are still there.
    pub(super) rest: Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    All,
    /// Those whose names begin with `_`.
    Internal,
    None,
}

impl<'a> Run<'a> {
    pub(super) fn new(row: &Row, names: &[String], readings: &'a Readings) -> Self {
        let slots = names.iter().map(|name| row.value(name)).collect();
        Run { slots, readings, rest: Rest::All }
    }

    /// Whether the event is still there behind the last command.
    pub(super) fn commands(&mut self, commands: &[Command], names: &[String]) -> bool {
        for command in commands {
            match command {
                Command::Search(terms) => {
                    if !self.terms(terms) {
                        return false;
                    }
                }
                // SR/where: "returns only the results for which the eval expression returns true".
                Command::Where(test) => {
                    if self.test(test) != Some(true) {
                        return false;
                    }
                }
                // SR/eval: expressions are processed left to right, and see what those before them did.
                Command::Eval(assignments) => {
                    for (slot, term) in assignments {
                        self.slots[*slot] = self.term(term);
                    }
                }
                Command::Lookup(table, from, to) => {
                    let found = match &self.slots[*from] {
                        Value::Null => None,
                        Value::Text(text) => table.holds(text, self.readings).then(|| Arc::clone(text)),
                        Value::Number(number) => {
                            let text: Arc<str> = value::spelled(*number).into();
                            table.holds(&text, self.readings).then_some(text)
                        }
                        // What is looked up of several values is not said: each of them, or none.
                        Value::Several(texts) => {
                            let any = texts.iter().find(|text| table.holds(text, self.readings)).cloned();
                            self.readings.choose(Doubt::LookupOfSeveral, any, None)
                        }
                    };
                    if let Some(found) = found {
                        self.slots[*to] = Value::Text(found);
                    }
                }
                Command::Table(kept) => self.keep(Rest::None, |slot, _| kept.contains(&slot), names),
                Command::Keep(kept) => {
                    let rest = if self.rest == Rest::None { Rest::None } else { Rest::Internal };
                    self.keep(rest, |slot, name| kept.contains(&slot) || name.starts_with('_'), names);
                }
                Command::Drop(dropped) => self.keep(self.rest, |slot, _| !dropped.contains(&slot), names),
                Command::Rename(pairs) => {
                    for (from, to) in pairs {
                        self.slots[*to] = std::mem::replace(&mut self.slots[*from], Value::Null);
                    }
                }
            }
        }
        true
    }

    fn keep(&mut self, rest: Rest, kept: impl Fn(Slot, &str) -> bool, names: &[String]) {
        self.rest = rest;
        for (slot, value) in self.slots.iter_mut().enumerate() {
            if !kept(slot, &names[slot]) {
                *value = Value::Null;
            }
        }
    }

    /// SM, "Difference between != and NOT": what is not there is not found, and `NOT` finds it.
    fn terms(&self, terms: &Terms) -> bool {
        match terms {
            Terms::Everything => true,
            Terms::All(parts) => parts.iter().all(|part| self.terms(part)),
            Terms::Any(parts) => parts.iter().any(|part| self.terms(part)),
            Terms::Not(part) => !self.terms(part),
            Terms::Equal(slot, wanted) => self.some(*slot, |value| {
                let found = wanted.matches(value, self.readings);
                // Whether an empty value is one that a search finds is not said.
                if wanted.text.is_empty() && !wanted.is_anything() {
                    return self.readings.choose(Doubt::EmptySearch, found, false);
                }
                found
            }),
            Terms::Block(slot, block, text) => self.some(*slot, |value| {
                let holds = block.holds(value, self.readings);
                self.readings.choose(Doubt::BlockAsText, holds, holds || text.matches(value, self.readings))
            }),
            Terms::Unequal(slot, wanted) => {
                let values = self.slots[*slot].texts();
                let any = values.iter().any(|value| !wanted.matches(value, self.readings));
                let all = !values.is_empty() && values.iter().all(|value| !wanted.matches(value, self.readings));
                self.readings.choose(Doubt::SeveralUnequal, any, all)
            }
            // SR/search: "numerically compare two numbers and lexicographically compare other values".
            Terms::Order(slot, comparison, wanted) => {
                self.some(*slot, |value| match (value::number(value, self.readings), value::number(wanted, self.readings)) {
                    (Some(one), Some(other)) => self.numbers(one, *comparison, other),
                    _ => ordered(value.cmp(wanted), *comparison),
                })
            }
            Terms::Keyword(slot, word) => self.some(*slot, |value| parts(value).any(|part| word.matches(part, self.readings))),
        }
    }

    /// A comparison of `search` holds where it holds for one value.
    fn some(&self, slot: Slot, holds: impl Fn(&str) -> bool) -> bool {
        match &self.slots[slot] {
            Value::Null => false,
            Value::Text(text) => holds(text),
            Value::Number(number) => holds(&value::spelled(*number)),
            Value::Several(texts) => texts.iter().any(|text| holds(text)),
        }
    }

    /// Numbers, of which doubles tell apart those below 2^53.
    pub(super) fn numbers(&self, one: f64, comparison: Comparison, other: f64) -> bool {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let Some(order) = one.partial_cmp(&other) else { return comparison == Comparison::Unequal };
        let found = ordered(order, comparison);
        if order.is_eq() && one.abs() >= EXACT {
            return self.readings.choose(Doubt::LongNumbers, found, !found);
        }
        found
    }

    /// With another value in the place of a field.
    pub(super) fn with<T>(&mut self, slot: Slot, value: Arc<str>, then: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.slots[slot], Value::Text(value));
        let found = then(self);
        self.slots[slot] = before;
        found
    }

    pub(super) fn term(&mut self, term: &Term) -> Value {
        super::evaluate::term(self, term)
    }
}

/// A record's text, cut where a code of percent-encoding ends a term (segmenters.conf, MAJOR: `%20`, `%7C`, …): a word does not
/// lie across it. The other characters that end a term are in no word of letters and digits.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let codes =
        ["%2526", "%2520", "%21", "%26", "%3b", "%7c", "%20", "%2b", "%3d", "%5d", "%5b", "%3a", "%0a", "%2c", "%28", "%29"];
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let cut = text.match_indices('%').find_map(|(at, _)| {
            let code = codes.iter().find(|code| {
                text.as_bytes().get(at..at + code.len()).is_some_and(|found| found.eq_ignore_ascii_case(code.as_bytes()))
            })?;
            Some((at, at + code.len()))
        });
        let (part, behind) = cut.map_or((text, None), |(at, end)| (&text[..at], Some(&text[end..])));
        rest = behind;
        Some(part)
    })
}

pub(super) fn ordered(order: std::cmp::Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn codes_of_percent_encoding_end_a_term() {
        let cut = |text| parts(text).collect::<Vec<_>>();
        assert_eq!(cut("a b|c"), ["a b|c"]);
        assert_eq!(cut("x%7Cat%20"), ["x", "at", ""]);
        assert_eq!(cut("%2520y%zz%3dé"), ["", "y%zz", "é"]);
        assert_eq!(cut("%2"), ["%2"]);
    }
}
