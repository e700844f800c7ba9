//! What `search` can say of one column.

use std::collections::BTreeSet;

use super::ast::{FieldName, Search, Wildcard, is_plain};
use super::bounds::{Bound, Bounds};
use super::patterns::{self, Need};
use crate::ir::{Case, LikePattern, Number, Order, Piece, TextOperator};
use crate::schema::ScalarType;

/// Expressions on one column, any of which holds: the simple ones as one list.
pub struct AnyOf<'a> {
    column: &'a FieldName,
    values: Vec<Wildcard>,
    seen: BTreeSet<Wildcard>,
    more: Vec<Search>,
    exact: bool,
}

impl<'a> AnyOf<'a> {
    pub fn new(column: &'a FieldName, exact: bool) -> Self {
        AnyOf { column, values: Vec::new(), seen: BTreeSet::new(), more: Vec::new(), exact }
    }

    fn push(&mut self, value: Wildcard) {
        if self.seen.insert(value.clone()) {
            self.values.push(value);
        }
    }

    /// A text that a value must hold; where it cannot be quoted, its parts that can.
    pub fn add(&mut self, before: bool, text: &str, behind: bool) {
        match Wildcard::new(before, text, behind) {
            Some(value) => self.push(value),
            None => {
                self.exact = false;
                self.more.push(parts_of(self.column, before, text, behind));
            }
        }
    }

    /// A text that is the whole value. `search` takes a block of addresses for the addresses in it, and the documentation does
    /// not say whether it also finds the text itself: with a wildcard it is no block.
    fn add_whole(&mut self, text: &str) {
        let is_block = is_block(text);
        self.exact &= !is_block;
        self.add(false, text, is_block);
    }

    pub fn bounds(self) -> Bounds {
        let exists = Search::Exists(self.column.clone());
        if self.more.contains(&exists) {
            return Bounds::within(exists);
        }
        let mut parts = Vec::new();
        if !self.values.is_empty() {
            parts.push(Search::Equals { field: self.column.clone(), values: self.values });
        }
        parts.extend(self.more);
        let search = if parts.len() == 1 { parts.remove(0) } else { Search::Any(parts) };
        if self.exact { Bounds::exact(search) } else { Bounds::within(search) }
    }
}

/// The runs of characters that a quoted text can hold, each where it must stand.
fn parts_of(column: &FieldName, before: bool, text: &str, behind: bool) -> Search {
    let is_gap = |character: char| !is_plain(character) || matches!(character, '*' | '$');
    let runs: Vec<&str> = text.split(is_gap).collect();
    let count = runs.len();
    let values = runs.iter().enumerate().filter_map(|(index, run)| {
        let (before, behind) = (before || index > 0, behind || index + 1 < count);
        if run.is_empty() { None } else { Wildcard::new(before, run, behind) }
    });
    let mut parts: Vec<Search> = values.map(|value| Search::Equals { field: column.clone(), values: vec![value] }).collect();
    match parts.len() {
        0 => Search::Exists(column.clone()),
        1 => parts.remove(0),
        _ => Search::All(parts),
    }
}

pub fn text(
    column: &FieldName,
    operator: TextOperator,
    values: &[String],
    case: Case,
    full_path: bool,
    separators: &[char],
) -> Bounds {
    let is_exact = case == Case::Folded || values.iter().all(|value| !patterns::has_letter(value));
    let mut any = AnyOf::new(column, is_exact);
    for value in values {
        match operator {
            // S3.2: true of every present value.
            TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith if value.is_empty() => {
                return Bounds::exact(Search::Exists(column.clone()));
            }
            // The documentation leaves open what `F=""` finds.
            TextOperator::Equals | TextOperator::Named if value.is_empty() => {
                any.exact = false;
                any.more.push(Search::Exists(column.clone()));
            }
            TextOperator::Equals => any.add_whole(value),
            TextOperator::Contains => any.add(true, value, true),
            TextOperator::StartsWith => any.add(false, value, true),
            TextOperator::EndsWith => any.add(true, value, false),
            TextOperator::Named => {
                for separator in separators.iter().take(if full_path { 1 } else { separators.len() }) {
                    any.add(true, &[separator.to_string().as_str(), value].concat(), false);
                }
                if !full_path {
                    any.add_whole(value);
                }
            }
        }
    }
    any.bounds()
}

/// Whether `search` could read a text as an address block.
fn is_block(value: &str) -> bool {
    value.split_once('/').is_some_and(|(address, _)| {
        address.contains(['.', ':'])
            && address.chars().all(|each| each.is_ascii_hexdigit() || matches!(each, '.' | ':' | '%' | ' '))
    })
}

pub fn like(column: &FieldName, patterns: &[LikePattern], case: Case) -> Bounds {
    let folds = patterns
        .iter()
        .flat_map(|pattern| &pattern.0)
        .any(|piece| matches!(piece, Piece::Literal(text) if patterns::has_letter(text)));
    let mut any = AnyOf::new(column, case == Case::Folded || !folds);
    for pattern in patterns {
        match pattern.0.as_slice() {
            [] => {
                any.exact = false;
                any.more.push(Search::Exists(column.clone()));
            }
            [Piece::AnyRun] => return Bounds::exact(Search::Exists(column.clone())),
            [Piece::Literal(text)] => {
                any.add_whole(text);
            }
            [Piece::AnyRun, Piece::Literal(text)] => any.add(true, text, false),
            [Piece::Literal(text), Piece::AnyRun] => any.add(false, text, true),
            [Piece::AnyRun, Piece::Literal(text), Piece::AnyRun] => any.add(true, text, true),
            pieces => {
                any.exact = false;
                let count = pieces.len();
                let mut parts: Vec<Search> = Vec::new();
                for (index, piece) in pieces.iter().enumerate() {
                    if let Piece::Literal(text) = piece {
                        match Wildcard::new(index > 0, text, index + 1 < count) {
                            Some(value) => parts.push(Search::Equals { field: column.clone(), values: vec![value] }),
                            None => parts.push(parts_of(column, index > 0, text, index + 1 < count)),
                        }
                    }
                }
                any.more.push(match parts.len() {
                    0 => Search::Exists(column.clone()),
                    1 => parts.remove(0),
                    _ => Search::All(parts),
                });
            }
        }
    }
    any.bounds()
}

/// Texts shorter than this narrow nothing and only make the query longer.
pub const SHORTEST: usize = 3;

pub fn of_need(column: &FieldName, need: &Need) -> Bound {
    match need {
        Need::Nothing => Bound::True,
        Need::Text(text) if text.chars().count() < SHORTEST => Bound::True,
        Need::Text(text) => {
            let mut any = AnyOf::new(column, false);
            any.add(true, text, true);
            any.bounds().upper
        }
        Need::All(parts) => Bound::all(parts.iter().map(|part| of_need(column, part)).collect()),
        Need::Any(parts) => {
            let mut any = AnyOf::new(column, false);
            for part in parts {
                match (part, of_need(column, part)) {
                    (_, Bound::True) => return Bound::True,
                    (_, Bound::False) => {}
                    (Need::Text(text), _) => any.add(true, text, true),
                    (_, Bound::Is(search)) => any.more.push(search),
                }
            }
            any.bounds().upper
        }
    }
}

/// Splunk's numbers are floating-point: from here on neighbours are one.
pub const EXACT_LIMIT: u64 = 1 << 53;

pub fn number(column: &FieldName, scalar: ScalarType, hex: bool, order: Order, values: &[Number]) -> Bounds {
    let integers: Option<Vec<i64>> = values
        .iter()
        .map(|value| match value {
            Number::Integer(value) => Some(*value),
            Number::Float(_) => None,
        })
        .collect();
    let exists = || Bounds::within(Search::Exists(column.clone()));
    match (integers, order) {
        (Some(values), Order::Equal) if hex => {
            let mut any = AnyOf::new(column, false);
            for value in values {
                if value >= 0 {
                    any.add(true, &patterns::hex(value), false);
                }
                any.add(false, &value.to_string(), false);
            }
            any.bounds()
        }
        // S1.3: an integer is written in one way, so comparing the text compares the number.
        (Some(values), Order::Equal) if scalar == ScalarType::Integer => {
            Bounds::exact(Search::Numbers { field: column.clone(), values })
        }
        (Some(values), Order::Less | Order::LessOrEqual | Order::Greater | Order::GreaterOrEqual)
            if scalar == ScalarType::Integer && !hex =>
        {
            match values.as_slice() {
                [value] if *value >= 0 && value.unsigned_abs() < EXACT_LIMIT => {
                    Bounds::within(Search::Order { field: column.clone(), order, value: *value })
                }
                _ => exists(),
            }
        }
        (_, Order::Equal | Order::Less | Order::LessOrEqual | Order::Greater | Order::GreaterOrEqual) => exists(),
    }
}
