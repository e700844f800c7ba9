//! The tree of a KQL query: typed, without a variant that holds query text.
//!
//! Expressions are split by the type that KQL gives them, so that a comparison of text with a number cannot be built. A
//! condition is [`Sure`] (true or false) or [`Maybe`] (perhaps null); only a `Sure` can be negated, because `not(null)` is null
//! and loses the row (S7, "not over something that can be null").

use crate::ir::{Case, IpBlock, Order};
use crate::schema::columns::ColumnType;

use super::pattern::Pattern;

/// A whole query: a table, and what its rows pass through.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Watchlists that the query asks, each a `let` of its own name.
    pub lists: Vec<String>,
    pub table: String,
    pub rule: Vec<Step>,
    /// The rule's name where something follows it that is not its own: then the rule is a `let`, and the rest is said of it.
    pub name: Option<String>,
    pub rest: Vec<Step>,
}

/// One operator of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Where(Maybe),
    Extend(Vec<(String, Scalar)>),
    AnyElement(AnyElement),
    Project(Vec<String>),
}

/// `mv-apply element = array on (summarize flag = countif(condition) > 0)`: whether some element passes. Every row has exactly
/// one row of results, because the array is padded to hold at least one element.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyElement {
    pub element: String,
    pub array: Dynamic,
    /// What the elements pass through before they are judged: lists inside the element.
    pub inside: Vec<AnyElement>,
    pub condition: Maybe,
    pub flag: String,
}

/// A column, with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: ColumnType,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Column { name: name.into(), kind }
    }
}

/// An expression of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Text(Text),
    Number(Number),
    Moment(Moment),
    Dynamic(Dynamic),
    /// A column of type `bool`, or of a type that is only ever turned into text (`guid`, `timespan`).
    Other(Column),
}

/// An expression of type `string`; never null.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    Column(Column),
    Literal(String),
    /// `tostring(…)`: null becomes the empty text.
    Of(Box<Scalar>),
    Lower(Box<Text>),
    Concat(Vec<Text>),
    If {
        condition: Box<Sure>,
        then: Box<Text>,
        otherwise: Box<Text>,
    },
    Case {
        arms: Vec<(Sure, Text)>,
        otherwise: Box<Text>,
    },
    /// The first that is not empty.
    Coalesce(Vec<Text>),
    /// One group of the first match; the empty text where there is none.
    Extract {
        pattern: Pattern,
        group: u8,
        from: Box<Text>,
    },
    /// Every match left out.
    Without {
        from: Box<Text>,
        pattern: Pattern,
    },
    /// Every occurrence replaced.
    Replace {
        from: Box<Text>,
        this: String,
        with: String,
    },
    /// Characters from a place on, counted from 0; all of them where no length is given.
    Substring {
        from: Box<Text>,
        start: usize,
        length: Option<usize>,
    },
    /// `strcat_array(array_slice(split(t, "."), -n, -1), ".")`: the last labels of a host.
    LastLabels {
        from: Box<Text>,
        count: usize,
    },
    /// `parse_ipv6(t)`, or `parse_ipv6_mask(t, prefix)`: one spelling of an address, or of its network; empty for what is none.
    Address {
        of: Box<Text>,
        prefix: Option<u8>,
    },
    /// `tohex(n, digits)`: lower case, padded with zeros.
    Hex {
        of: Box<Number>,
        digits: u8,
    },
}

/// An expression of type `int`, `long` or `real`; may be null.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Column(Column),
    Integer(i64),
    Float(f64),
    Null,
    /// `tolong(text)`: decimal, or hexadecimal after `0x`.
    Parsed(Box<Text>),
    /// The whole text read as a number where it has the pattern's form; else null.
    Extract {
        pattern: Pattern,
        from: Box<Text>,
        kind: ColumnType,
    },
    Case {
        arms: Vec<(Sure, Number)>,
        otherwise: Box<Number>,
    },
    Coalesce(Vec<Number>),
}

/// An expression of type `datetime`; may be null.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    Column(Column),
    /// Later by so many minutes; earlier where negative.
    Plus(Box<Moment>, i16),
}

/// An expression of type `dynamic`; may be null.
#[derive(Clone, Debug, PartialEq)]
pub enum Dynamic {
    Column(Column),
    ParseJson(Box<Text>),
    Member(Box<Dynamic>, String),
    Item(Box<Dynamic>, usize),
    /// An array of at least one element: an empty array becomes one null, and what is no array an array of itself.
    Padded(Box<Dynamic>),
}

/// How two texts compare. The folded forms fold A–Z only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextComparison {
    Equals(Case),
    Contains(Case),
    StartsWith(Case),
    EndsWith(Case),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    V4,
    V6,
}

/// What a condition says, whatever is known of nulls.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    Constant(bool),
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    /// `coalesce(p, false)`.
    OrFalse(Box<Predicate>),
    Text {
        left: Text,
        comparison: TextComparison,
        right: Text,
    },
    TextIn {
        left: Text,
        values: Vec<String>,
        case: Case,
    },
    /// The text is an item of a watchlist, as it is.
    InList {
        left: Text,
        list: String,
    },
    /// `has`, `has_cs`, or `has_any` for several: one of the terms stands in the text. Narrows a search beside an exact condition.
    Has {
        left: Text,
        terms: Vec<String>,
        case: Case,
    },
    Matches {
        text: Text,
        pattern: Pattern,
    },
    Compare {
        left: Number,
        order: Order,
        right: Number,
    },
    NumberIn {
        left: Number,
        values: Vec<Number>,
    },
    Flag {
        column: Column,
        value: bool,
    },
    /// Two boolean columns.
    SameFlag(Column, Column),
    /// `ipv4_is_in_any_range` or `ipv6_is_in_any_range`: null where the text is no address of that form.
    InAnyRange {
        text: Text,
        version: IpVersion,
        blocks: Vec<IpBlock>,
    },
    /// `ipv6_compare(…) == 0`: v4 and v6 forms of one address are the same.
    SameAddress {
        left: Text,
        right: Text,
    },
    IsEmpty(Text),
    IsNotEmpty(Text),
    IsNull(Scalar),
    IsNotNull(Scalar),
    /// `gettype(…) == "dictionary"`: a JSON object.
    IsObject(Dynamic),
    /// `* contains "…"`: some column of the row.
    AnyColumn {
        value: String,
        case: Case,
    },
    /// The time of day, in minutes since midnight, against a limit.
    TimeOfDay {
        moment: Moment,
        order: Order,
        minutes: u16,
    },
    /// `dayofweek`; 0 is Monday here.
    Weekday {
        moment: Moment,
        days: Vec<u8>,
    },
    /// A result of [`AnyElement`].
    Holds(Column),
}

/// A condition that is true or false for every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Sure(Predicate);

/// A condition that is null for some rows, or might be.
#[derive(Clone, Debug, PartialEq)]
pub struct Maybe {
    predicate: Predicate,
    nullable: bool,
}

impl From<Sure> for Maybe {
    fn from(sure: Sure) -> Self {
        Maybe { predicate: sure.0, nullable: false }
    }
}

impl Sure {
    pub fn constant(value: bool) -> Sure {
        Sure(Predicate::Constant(value))
    }

    pub fn predicate(&self) -> &Predicate {
        &self.0
    }

    pub fn text(left: Text, comparison: TextComparison, right: Text) -> Sure {
        Sure(Predicate::Text { left, comparison, right })
    }

    /// Equals one of the values.
    pub fn text_in(left: Text, values: Vec<String>, case: Case) -> Sure {
        match <[String; 1]>::try_from(values) {
            Ok([value]) => Sure::text(left, TextComparison::Equals(case), Text::Literal(value)),
            Err(values) if values.is_empty() => Sure::constant(false),
            Err(values) => Sure(Predicate::TextIn { left, values, case }),
        }
    }

    /// Is an item of a watchlist.
    pub fn in_list(left: Text, list: String) -> Sure {
        Sure(Predicate::InList { left, list })
    }

    /// Holds one of the terms: whole runs of ASCII letters and digits.
    pub fn has(left: Text, mut terms: Vec<String>, case: Case) -> Sure {
        // `has_any` is without case (learn.microsoft.com/kusto/query/has-any-operator).
        if case == Case::Exact && terms.len() > 1 {
            let each = terms.drain(..).map(|term| Sure(Predicate::Has { left: left.clone(), terms: vec![term], case }));
            return Sure::any(each.collect());
        }
        Sure(Predicate::Has { left, terms, case })
    }

    pub fn matches(text: Text, pattern: Pattern) -> Sure {
        Sure(Predicate::Matches { text, pattern })
    }

    pub fn is_empty(text: Text) -> Sure {
        Sure(Predicate::IsEmpty(text))
    }

    pub fn is_not_empty(text: Text) -> Sure {
        Sure(Predicate::IsNotEmpty(text))
    }

    pub fn is_not_null(scalar: Scalar) -> Sure {
        Sure(Predicate::IsNotNull(scalar))
    }

    /// `gettype` of null is `null` (learn.microsoft.com/kusto/query/gettype-function).
    pub fn is_object(dynamic: Dynamic) -> Sure {
        Sure(Predicate::IsObject(dynamic))
    }

    /// Comparing with a null column counts as false ("All filtering functions return false when compared with null values",
    /// learn.microsoft.com/kusto/query/where-operator).
    pub fn any_column(value: String, case: Case) -> Sure {
        Sure(Predicate::AnyColumn { value, case })
    }

    /// A count is never null.
    pub fn holds(flag: Column) -> Sure {
        Sure(Predicate::Holds(flag))
    }

    #[must_use]
    pub fn negate(self) -> Sure {
        Sure(match self.0 {
            Predicate::Constant(value) => Predicate::Constant(!value),
            Predicate::Not(inner) => *inner,
            Predicate::IsEmpty(text) => Predicate::IsNotEmpty(text),
            Predicate::IsNotEmpty(text) => Predicate::IsEmpty(text),
            Predicate::IsNull(scalar) => Predicate::IsNotNull(scalar),
            Predicate::IsNotNull(scalar) => Predicate::IsNull(scalar),
            predicate => Predicate::Not(Box::new(predicate)),
        })
    }

    pub fn all(parts: Vec<Sure>) -> Sure {
        Sure(join(parts.into_iter().map(|part| part.0), true))
    }

    pub fn any(parts: Vec<Sure>) -> Sure {
        Sure(join(parts.into_iter().map(|part| part.0), false))
    }
}

impl Maybe {
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    fn of(predicate: Predicate) -> Maybe {
        Maybe { predicate, nullable: true }
    }

    pub fn compare(left: Number, order: Order, right: Number) -> Maybe {
        Maybe::of(Predicate::Compare { left, order, right })
    }

    /// Equals one of the numbers.
    pub fn number_in(left: Number, values: Vec<Number>) -> Maybe {
        match <[Number; 1]>::try_from(values) {
            Ok([value]) => Maybe::compare(left, Order::Equal, value),
            Err(values) if values.is_empty() => Sure::constant(false).into(),
            Err(values) => Maybe::of(Predicate::NumberIn { left, values }),
        }
    }

    pub fn flag(column: Column, value: bool) -> Maybe {
        Maybe::of(Predicate::Flag { column, value })
    }

    pub fn same_flag(left: Column, right: Column) -> Maybe {
        Maybe::of(Predicate::SameFlag(left, right))
    }

    pub fn in_any_range(text: Text, version: IpVersion, blocks: Vec<IpBlock>) -> Maybe {
        if blocks.is_empty() {
            return Sure::constant(false).into();
        }
        Maybe::of(Predicate::InAnyRange { text, version, blocks })
    }

    pub fn same_address(left: Text, right: Text) -> Maybe {
        Maybe::of(Predicate::SameAddress { left, right })
    }

    pub fn time_of_day(moment: Moment, order: Order, minutes: u16) -> Maybe {
        Maybe::of(Predicate::TimeOfDay { moment, order, minutes })
    }

    pub fn weekday(moment: Moment, days: Vec<u8>) -> Maybe {
        if days.is_empty() {
            return Sure::constant(false).into();
        }
        Maybe::of(Predicate::Weekday { moment, days })
    }

    /// Null counts as false from here on.
    pub fn guard(self) -> Sure {
        if self.nullable { Sure(Predicate::OrFalse(Box::new(self.predicate))) } else { Sure(self.predicate) }
    }

    pub fn all(parts: Vec<Maybe>) -> Maybe {
        let nullable = parts.iter().any(|part| part.nullable);
        let predicate = join(parts.into_iter().map(|part| part.predicate), true);
        Maybe { nullable: nullable && !matches!(predicate, Predicate::Constant(_)), predicate }
    }

    pub fn any(parts: Vec<Maybe>) -> Maybe {
        let nullable = parts.iter().any(|part| part.nullable);
        let predicate = join(parts.into_iter().map(|part| part.predicate), false);
        Maybe { nullable: nullable && !matches!(predicate, Predicate::Constant(_)), predicate }
    }
}

/// `and` (`all`) or `or`, without constants and without an operator of the same kind inside. Leaving a null operand out beside
/// a deciding constant is right: `null and false` is false, and `null or true` is true (learn.microsoft.com/kusto/query/
/// logical-operators).
fn join(parts: impl Iterator<Item = Predicate>, all: bool) -> Predicate {
    let mut kept: Vec<Predicate> = Vec::new();
    for part in parts {
        match part {
            Predicate::Constant(value) if value == all => {}
            Predicate::Constant(value) => return Predicate::Constant(value),
            Predicate::All(inner) if all => kept.extend(inner),
            Predicate::Any(inner) if !all => kept.extend(inner),
            part => kept.push(part),
        }
    }
    match (kept.pop(), all) {
        (None, _) => Predicate::Constant(all),
        (Some(only), _) if kept.is_empty() => only,
        (Some(last), true) => {
            kept.push(last);
            Predicate::All(kept)
        }
        (Some(last), false) => {
            kept.push(last);
            Predicate::Any(kept)
        }
    }
}
