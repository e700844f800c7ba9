//! From conditions of the IR to conditions over columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{AnyElement, Column, Dynamic, Maybe, Moment, Number, Scalar, Sure, Text, TextComparison};
use super::decode::{Columns, Flag, PresenceOf, TextValue, Value, element_value, member_value};
use super::pattern::{Fixed, Pattern};
use super::{address, constant, pushdown, sets};
use crate::ir::{
    Assumption, Case, Condition, IndicatorSet, Kind, LikePattern, Number as Literal, Order, Piece, Presence, SharedRegex, Test,
    TextOperator,
};
use crate::schema::columns::ColumnType;
use crate::schema::{Decode, Field, HashAlgorithm, ScalarType};

/// What a condition is lowered with: the columns of the layout, and what the query needs before its `where` lines.
pub struct Lowering<'a> {
    pub columns: Columns<'a>,
    /// What separates the components of a path (S3.7).
    pub separators: &'a [char],
    /// Questions to lists, to be asked before the clauses that use their results.
    pub elements: Vec<AnyElement>,
    pub assumes: BTreeSet<Assumption>,
    /// Sets that the query asks watchlists about.
    pub sets: Vec<Arc<IndicatorSet>>,
    /// The elements that the condition is inside of, innermost last.
    inside: Vec<Dynamic>,
}

impl<'a> Lowering<'a> {
    pub fn new(columns: Columns<'a>, separators: &'a [char]) -> Self {
        Lowering { columns, separators, elements: Vec::new(), assumes: BTreeSet::new(), sets: Vec::new(), inside: Vec::new() }
    }

    /// A condition in a positive place: a null loses the row, as false does, so leaves stay bare.
    pub fn maybe(&mut self, condition: &Condition) -> Maybe {
        match &condition.kind {
            Kind::Constant(value) => Sure::constant(*value).into(),
            Kind::All(parts) => Maybe::all(parts.iter().map(|part| self.maybe(part)).collect()),
            Kind::Any(parts) => Maybe::any(parts.iter().map(|part| self.maybe(part)).collect()),
            Kind::Not(part) => self.sure(part).negate().into(),
            Kind::Test(test) => self.test(test),
        }
    }

    /// A condition below a `not`: leaves that can be null are guarded.
    pub fn sure(&mut self, condition: &Condition) -> Sure {
        match &condition.kind {
            Kind::Constant(value) => Sure::constant(*value),
            Kind::All(parts) => Sure::all(parts.iter().map(|part| self.sure(part)).collect()),
            Kind::Any(parts) => Sure::any(parts.iter().map(|part| self.sure(part)).collect()),
            Kind::Not(part) => self.sure(part).negate(),
            Kind::Test(test) => self.test(test).guard(),
        }
    }

    fn test(&mut self, test: &Test) -> Maybe {
        if let Some(answer) = self.by_constants(test) {
            return answer;
        }
        match test {
            Test::Presence { field, state } => self.on(field, |this, value| this.presence(value, *state).into()),
            Test::Text { field, operator, values, case } => {
                if self.inside.is_empty()
                    && let Some(mapping) = self.columns.mapping(field)
                    && let Some(compared) = pushdown::text(self, field, mapping, *operator, values, *case)
                {
                    return compared;
                }
                self.on(field, |this, value| {
                    let value = as_text(value);
                    this.text(&value, *operator, values, *case).into()
                })
            }
            Test::Like { field, patterns, case } => {
                self.on(field, |this, value| this.like(&as_text(value), patterns, *case).into())
            }
            Test::Regex { field, patterns } => self.on(field, |this, value| this.regex(&as_text(value), patterns).into()),
            Test::Number { field, order, values } => self.on(field, |_, value| number(&value, *order, values)),
            Test::Boolean { field, value: wanted } => self.on(field, |_, value| boolean(value, *wanted)),
            Test::Address { field, blocks } => self.on(field, |_, value| address::in_blocks(&as_text(value).text, blocks)),
            Test::Hash { field, algorithm, values } => self.hash(field, *algorithm, values),
            Test::Listed { field, how, set } => {
                self.on(field, |this, value| sets::listed(this, field, as_text(value), *how, set))
            }
            Test::Fields { left, operator, right, case } => self.on(left, |this, left_value| {
                this.on(right, |this, right_value| this.fields((left, &left_value), *operator, (right, &right_value), *case))
            }),
            Test::Anywhere { values, case } => {
                let parts = values.iter().map(|value| self.any_column(value, *case));
                Sure::any(parts.collect()).into()
            }
            Test::Some { field, condition } => self.on(field, |this, _| {
                // The condition is about the element that `on` has just entered.
                this.maybe(condition)
            }),
            Test::TimeOfDay { start, end, offset } => self.time_of_day(*start, *end, *offset),
            Test::Weekday { days, offset } => {
                let moment = self.event_time(*offset);
                let mut days = days.clone();
                days.sort_unstable();
                days.dedup();
                Maybe::weekday(moment, days)
            }
        }
    }

    /// Asks a question of a field's value. For a list the question goes to each element, and the answer is whether one
    /// satisfies it (S1.4).
    fn on(&mut self, field: &Field, question: impl FnOnce(&mut Self, Value) -> Maybe) -> Maybe {
        let value = match self.inside.last() {
            Some(element) => member_value(field, element),
            // The backend asks of every field first; a field that is not there would be a refusal.
            None => match self.columns.value(field) {
                Some(value) => value,
                None => return Sure::constant(false).into(),
            },
        };
        let Value::List(array) = value else { return question(self, value) };
        let array = match array {
            Dynamic::ParseJson(_) if self.inside.is_empty() => {
                let name = self.columns.free_name(&[&*field.name, "Array"].concat());
                self.columns.computed.push((name.clone(), Scalar::Dynamic(array)));
                let column = Dynamic::Column(Column::new(name, ColumnType::Dynamic));
                self.columns.remember(field, Value::List(column.clone()));
                column
            }
            array => array,
        };
        let element = self.columns.free_name(&[&*field.name, "Element"].concat());
        let flag = self.columns.free_name(&[&*field.name, "Matches"].concat());
        let item = Dynamic::Column(Column::new(element.clone(), ColumnType::Dynamic));
        let outside = std::mem::take(&mut self.elements);
        let condition = if field.kind.scalar == ScalarType::Object {
            // A missing element has no members, of which a negation would be true.
            let object = Sure::is_object(item.clone());
            self.inside.push(item.clone());
            let condition = question(self, Value::List(item));
            self.inside.pop();
            Maybe::all(vec![object.into(), condition])
        } else {
            let value = element_value(field, item, false);
            question(self, value)
        };
        let inside = std::mem::replace(&mut self.elements, outside);
        self.elements.push(AnyElement {
            element,
            array: Dynamic::Padded(Box::new(array)),
            inside,
            condition,
            flag: flag.clone(),
        });
        Sure::holds(Column::new(flag, ColumnType::Bool)).into()
    }

    /// A test of a field that has one of a few constant values, by a column: answered here, for each value.
    fn by_constants(&mut self, test: &Test) -> Option<Maybe> {
        if !self.inside.is_empty() {
            return None;
        }
        let fields = test.fields();
        let [field] = fields.as_slice() else { return None };
        let mapping = self.columns.mapping(field)?;
        let answer = |decode: Option<&Decode>| match decode {
            None => constant::holds(test, None),
            Some(Decode::Constant(value)) => constant::holds(test, Some(value)),
            Some(_) => None,
        };
        match &mapping.decode {
            decode @ Decode::Constant(_) => answer(Some(decode)).map(|answer| Sure::constant(answer).into()),
            Decode::Case { column, arms, otherwise } => {
                let arms = self.columns.arms(column, arms, otherwise.as_deref());
                let mut yes: Vec<String> = Vec::new();
                let mut no: Vec<String> = Vec::new();
                for (values, decode) in &arms.arms {
                    let side = if answer(*decode)? { &mut yes } else { &mut no };
                    side.extend(values.iter().cloned());
                }
                Some(match arms.otherwise {
                    None if no.is_empty() => Sure::constant(true).into(),
                    None => arms.holds(&yes),
                    Some(otherwise) if answer(otherwise)? => arms.holds(&no).guard().negate().into(),
                    Some(_) => arms.holds(&yes),
                })
            }
            _ => None,
        }
    }

    fn presence(&mut self, value: Value, state: Presence) -> Sure {
        let present = matches!(state, Presence::Exists | Presence::IsPresent);
        let sure = match value {
            Value::Text(value) => match state {
                Presence::IsEmpty | Presence::IsPresent => Sure::is_not_empty(value.text),
                Presence::Exists | Presence::IsNull => self.exists(&value),
            },
            Value::Number(number) => Sure::is_not_null(Scalar::Number(number)),
            Value::Flag(Flag::Column(column)) => Sure::is_not_null(Scalar::Other(column)),
            Value::Flag(Flag::Number(number)) => Maybe::number_in(number, vec![Number::Integer(0), Number::Integer(1)]).guard(),
            Value::Flag(Flag::Text(text)) => Sure::text_in(text, vec!["true".into(), "false".into()], Case::Folded),
            Value::Moment(moment) => Sure::is_not_null(Scalar::Moment(moment)),
            Value::List(item) => Sure::is_not_null(Scalar::Dynamic(item)),
        };
        if present { sure } else { sure.negate() }
    }

    fn exists(&mut self, value: &TextValue) -> Sure {
        match &value.presence {
            PresenceOf::Text => Sure::is_not_empty(value.text.clone()),
            PresenceOf::NeverEmpty => {
                self.assumes.insert(Assumption::NoEmptyText);
                Sure::is_not_empty(value.text.clone())
            }
            PresenceOf::Always => Sure::constant(true),
            PresenceOf::Dynamic(json) => Sure::is_not_null(Scalar::Dynamic(json.clone())),
        }
    }

    /// A literal comparison of a text (S3.1, S3.2, S3.7).
    pub fn text(&mut self, value: &TextValue, operator: TextOperator, values: &[String], case: Case) -> Sure {
        let mut values: Vec<&String> = values.iter().collect();
        if values.iter().any(|literal| literal.is_empty()) {
            match operator {
                // S3.2: true of every value that is there.
                TextOperator::Contains | TextOperator::StartsWith | TextOperator::EndsWith => return self.exists(value),
                TextOperator::Equals => {
                    values.retain(|literal| !literal.is_empty());
                    let rest = self.text_of_letters(&value.text, operator, &values, case);
                    let empty = match &value.presence {
                        // Read as absent, of which nothing is true.
                        PresenceOf::Text => Sure::constant(false),
                        PresenceOf::NeverEmpty => {
                            self.assumes.insert(Assumption::NoEmptyText);
                            Sure::constant(false)
                        }
                        PresenceOf::Always => Sure::is_empty(value.text.clone()),
                        PresenceOf::Dynamic(_) => Sure::all(vec![self.exists(value), Sure::is_empty(value.text.clone())]),
                    };
                    return Sure::any(vec![empty, rest]);
                }
                TextOperator::Named => {}
            }
        }
        self.text_of_letters(&value.text, operator, &values, case)
    }

    /// The same without empty literals. A literal with letters beyond ASCII is compared after lower-casing both sides, because
    /// the folding operators fold A–Z only (learn.microsoft.com/kusto/query/datatypes-string-operators).
    fn text_of_letters(&mut self, text: &Text, operator: TextOperator, values: &[&String], case: Case) -> Sure {
        let (wide, plain): (Vec<&String>, Vec<&String>) =
            values.iter().copied().partition(|literal| case == Case::Folded && has_letter_beyond_ascii(literal));
        let mut parts = Vec::new();
        if !plain.is_empty() {
            let plain = distinct(plain.into_iter().cloned());
            parts.push(self.compare(text, operator, plain, case));
        }
        if !wide.is_empty() {
            self.assumes.insert(Assumption::AsciiText);
            let wide = distinct(wide.into_iter().map(|literal| lower(literal)));
            parts.push(self.compare(&Text::Lower(Box::new(text.clone())), operator, wide, Case::Exact));
        }
        Sure::any(parts)
    }

    fn compare(&mut self, text: &Text, operator: TextOperator, values: Vec<String>, case: Case) -> Sure {
        let each = |comparison: TextComparison, values: Vec<String>| {
            Sure::any(values.into_iter().map(|value| Sure::text(text.clone(), comparison, Text::Literal(value))).collect())
        };
        match operator {
            TextOperator::Equals => Sure::text_in(text.clone(), values, case),
            TextOperator::Contains => each(TextComparison::Contains(case), values),
            TextOperator::StartsWith => each(TextComparison::StartsWith(case), values),
            TextOperator::EndsWith => each(TextComparison::EndsWith(case), values),
            TextOperator::Named => {
                let below: Vec<String> = values
                    .iter()
                    .flat_map(|value| self.separators.iter().map(|separator| [&separator.to_string(), value.as_str()].concat()))
                    .collect();
                Sure::any(vec![Sure::text_in(text.clone(), values, case), each(TextComparison::EndsWith(case), below)])
            }
        }
    }

    fn like(&mut self, value: &TextValue, patterns: &[LikePattern], case: Case) -> Sure {
        let mut parts = Vec::new();
        for like in patterns {
            if like.0.iter().all(|piece| *piece == Piece::AnyRun) {
                // `*` is true of every value that is there; the pattern without pieces of the empty text alone.
                if like.0.is_empty() {
                    parts.push(self.text(value, TextOperator::Equals, &[String::new()], case));
                } else {
                    parts.push(self.exists(value));
                }
                continue;
            }
            let wide = case == Case::Folded
                && like.0.iter().any(|piece| matches!(piece, Piece::Literal(literal) if has_letter_beyond_ascii(literal)));
            let (text, like, folded) = if wide {
                self.assumes.insert(Assumption::AsciiText);
                let lowered = like.0.iter().map(|piece| match piece {
                    Piece::Literal(literal) => Piece::Literal(lower(literal)),
                    Piece::AnyRun => Piece::AnyRun,
                    Piece::AnyOne => Piece::AnyOne,
                });
                (Text::Lower(Box::new(value.text.clone())), LikePattern(lowered.collect()), false)
            } else {
                (value.text.clone(), like.clone(), case == Case::Folded)
            };
            parts.push(Sure::matches(text, Pattern::Like { pattern: like, folded }));
        }
        Sure::any(parts)
    }

    fn regex(&mut self, value: &TextValue, patterns: &[SharedRegex]) -> Sure {
        let mut parts = Vec::new();
        for regex in patterns {
            let found = Sure::matches(value.text.clone(), Pattern::Shared(regex.clone()));
            if super::pattern::finds_in_empty(regex) {
                let exists = self.exists(value);
                parts.push(Sure::all(vec![exists, found]));
            } else {
                parts.push(found);
            }
        }
        Sure::any(parts)
    }

    fn hash(&mut self, field: &Field, algorithm: HashAlgorithm, values: &[String]) -> Maybe {
        let values = distinct(values.iter().cloned());
        if matches!(field.kind.scalar, ScalarType::Hash(_)) {
            return self.on(field, |_, value| Sure::text_in(as_text(value).text, values, Case::Folded).into());
        }
        // A field that holds the hashes of several algorithms in one text.
        if let Some(mapping) = self.columns.mapping(field)
            && self.inside.is_empty()
            && let Decode::Hashes(parts) = &mapping.decode
        {
            return match parts.iter().find(|(of, _)| of.eq_ignore_ascii_case(algorithm.sysmon_name())) {
                Some((_, column)) => Sure::text_in(Text::Column(self.columns.column(column)), values, Case::Folded).into(),
                None => Sure::constant(false).into(),
            };
        }
        self.on(field, |this, value| {
            let hash = this.columns.hash_in(as_text(value).text, algorithm.sysmon_name());
            Sure::text_in(hash, values, Case::Folded).into()
        })
    }

    /// `F == field G` and its kin. Between two fields there is no literal, so folding is of A–Z (S3.1); what the operators do with
    /// other letters is not documented.
    fn fields(&mut self, left: (&Field, &Value), operator: TextOperator, right: (&Field, &Value), case: Case) -> Maybe {
        if operator == TextOperator::Equals {
            match (left.1, right.1) {
                (Value::Number(left), Value::Number(right)) => return Maybe::compare(left.clone(), Order::Equal, right.clone()),
                (Value::Flag(Flag::Column(left)), Value::Flag(Flag::Column(right))) => {
                    return Maybe::same_flag(left.clone(), right.clone());
                }
                _ => {}
            }
        }
        let addresses = left.0.kind.scalar == ScalarType::Ip && right.0.kind.scalar == ScalarType::Ip;
        if case == Case::Folded && left.0.kind.scalar.is_text() && right.0.kind.scalar.is_text() {
            self.assumes.insert(Assumption::AsciiText);
        }
        let (left, right) = (as_text(left.1.clone()), as_text(right.1.clone()));
        let compared = match operator {
            TextOperator::Equals => {
                let same = Sure::text(left.text.clone(), TextComparison::Equals(case), right.text.clone());
                if addresses {
                    Maybe::any(vec![Maybe::same_address(left.text.clone(), right.text.clone()), same.into()])
                } else {
                    same.into()
                }
            }
            TextOperator::Contains => Sure::text(left.text.clone(), TextComparison::Contains(case), right.text.clone()).into(),
            TextOperator::StartsWith => {
                Sure::text(left.text.clone(), TextComparison::StartsWith(case), right.text.clone()).into()
            }
            TextOperator::EndsWith => Sure::text(left.text.clone(), TextComparison::EndsWith(case), right.text.clone()).into(),
            TextOperator::Named => {
                let pattern = Pattern::Fixed(Fixed::LastComponent(self.separators.to_vec()));
                let last = Text::Extract { pattern, group: 0, from: Box::new(left.text.clone()) };
                Sure::text(last, TextComparison::Equals(case), right.text.clone()).into()
            }
        };
        // Of two texts that may be absent, the comparison is true where both read as empty, so one of them must be there. Which
        // one, follows from what an empty operand does: every text contains the empty one.
        let needed = match operator {
            TextOperator::Equals if left.presence == PresenceOf::Always => &right,
            TextOperator::Equals => &left,
            _ if right.presence == PresenceOf::Always => &left,
            _ => &right,
        };
        let there = self.exists(needed);
        let mut parts = vec![Maybe::from(there), compared];
        // A JSON value may be an empty text where the other side is absent.
        for other in [&left, &right] {
            if !std::ptr::eq(other, needed) && matches!(other.presence, PresenceOf::Dynamic(_)) {
                parts.insert(0, self.exists(other).into());
            }
        }
        Maybe::all(parts)
    }

    fn any_column(&mut self, value: &str, case: Case) -> Sure {
        if case == Case::Folded && has_letter_beyond_ascii(value) {
            self.assumes.insert(Assumption::AsciiText);
        }
        if value.is_empty() {
            return Sure::constant(true);
        }
        Sure::any_column(value.to_owned(), case)
    }

    fn event_time(&self, offset: i16) -> Moment {
        let moment = Moment::Column(self.columns.time());
        if offset == 0 { moment } else { Moment::Plus(Box::new(moment), offset) }
    }

    /// The end is excluded; a range whose end is not after its start passes midnight.
    fn time_of_day(&mut self, start: u16, end: u16, offset: i16) -> Maybe {
        let from = Maybe::time_of_day(self.event_time(offset), Order::GreaterOrEqual, start);
        let to = Maybe::time_of_day(self.event_time(offset), Order::Less, end);
        if start < end { Maybe::all(vec![from, to]) } else { Maybe::any(vec![from, to]) }
    }
}

/// A value of another type as the text that text operators see.
fn as_text(value: Value) -> TextValue {
    let (text, presence) = match value {
        Value::Text(value) => return value,
        Value::Number(number) => (Text::Of(Box::new(Scalar::Number(number))), PresenceOf::Text),
        Value::Flag(Flag::Column(column)) => (Text::Lower(Box::new(Text::Of(Box::new(Scalar::Other(column))))), PresenceOf::Text),
        Value::Flag(Flag::Number(number)) => (Text::Of(Box::new(Scalar::Number(number))), PresenceOf::Text),
        Value::Flag(Flag::Text(text)) => (Text::Lower(Box::new(text)), PresenceOf::Text),
        Value::Moment(moment) => (Text::Of(Box::new(Scalar::Moment(moment))), PresenceOf::Text),
        Value::List(item) => (Text::Of(Box::new(Scalar::Dynamic(item.clone()))), PresenceOf::Dynamic(item)),
    };
    TextValue { text, presence }
}

fn number(value: &Value, order: Order, values: &[Literal]) -> Maybe {
    let literal = |value: &Literal| match value {
        Literal::Integer(value) => Number::Integer(*value),
        Literal::Float(value) => Number::Float(*value),
    };
    let left = match value {
        Value::Number(number) | Value::Flag(Flag::Number(number)) => number.clone(),
        other => Number::Extract {
            pattern: Pattern::Fixed(Fixed::Integer),
            from: Box::new(as_text(other.clone()).text),
            kind: ColumnType::Long,
        },
    };
    match order {
        Order::Equal => Maybe::number_in(left, values.iter().map(literal).collect()),
        Order::Less | Order::LessOrEqual | Order::Greater | Order::GreaterOrEqual => {
            Maybe::any(values.iter().map(|value| Maybe::compare(left.clone(), order, literal(value))).collect())
        }
    }
}

fn boolean(value: Value, wanted: bool) -> Maybe {
    match value {
        Value::Flag(Flag::Column(column)) => Maybe::flag(column, wanted),
        Value::Flag(Flag::Number(number)) | Value::Number(number) => {
            Maybe::compare(number, Order::Equal, Number::Integer(i64::from(wanted)))
        }
        other => {
            let spelled = if wanted { "true" } else { "false" };
            let text = match other {
                Value::Flag(Flag::Text(text)) => text,
                other => as_text(other).text,
            };
            Sure::text_in(text, vec![spelled.to_owned()], Case::Folded).into()
        }
    }
}

pub fn has_letter_beyond_ascii(literal: &str) -> bool {
    literal.chars().any(|character| !character.is_ascii() && character.is_alphabetic())
}

/// Unicode simple lower-casing (S3.1).
fn lower(text: &str) -> String {
    text.chars().map(|character| character.to_lowercase().next().unwrap_or(character)).collect()
}

/// Without repetitions, in order.
fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}
