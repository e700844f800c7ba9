//! Expressions with their names looked up and their types known, ready to be run over many rows.

use std::sync::Arc;

use regex::Regex;

use super::tree::{Infix, TextOperator};
use super::value::{Type, Value};

#[derive(Clone, Debug)]
pub(super) enum Code {
    Constant(Value<'static>),
    /// A column of the table's row.
    Stored(usize),
    /// A column that an operator of the pipeline computed, by its place on the stack.
    Computed(usize),
    All(Vec<Code>),
    Any(Vec<Code>),
    Not(Box<Code>),
    Equal {
        negated: bool,
        left: Box<Code>,
        right: Box<Code>,
    },
    EqualFolded {
        negated: bool,
        left: Box<Code>,
        right: Box<Code>,
    },
    Order {
        order: Infix,
        left: Box<Code>,
        right: Box<Code>,
    },
    Part {
        negated: bool,
        operator: TextOperator,
        cased: bool,
        left: Box<Code>,
        right: Box<Code>,
    },
    /// `*` beside an operator on text: each column and its type.
    AnyColumn {
        operator: TextOperator,
        cased: bool,
        columns: Vec<(Code, Type)>,
        right: Box<Code>,
    },
    In {
        negated: bool,
        left: Box<Code>,
        values: Vec<Value<'static>>,
    },
    /// Sorted; folded ones in lower case.
    InTexts {
        negated: bool,
        folded: bool,
        left: Box<Code>,
        values: Vec<String>,
    },
    HasList {
        all: bool,
        left: Box<Code>,
        values: Vec<String>,
    },
    /// The items of a watchlist, in order.
    InList {
        negated: bool,
        left: Box<Code>,
        items: Arc<[String]>,
    },
    Matches {
        left: Box<Code>,
        regex: Regex,
    },
    Arithmetic {
        operator: Infix,
        left: Box<Code>,
        right: Box<Code>,
    },
    /// `case` and `iff`.
    Case {
        arms: Vec<(Code, Code)>,
        otherwise: Box<Code>,
    },
    Coalesce(Vec<Code>),
    Member(Box<Code>, String),
    Item(Box<Code>, i64),
    Extract {
        regex: Regex,
        group: usize,
        from: Box<Code>,
        to: Type,
    },
    ReplaceRegex {
        from: Box<Code>,
        regex: Regex,
        rewrite: Vec<Rewrite>,
    },
    Call(Function, Vec<Code>),
}

/// A piece of the text that `replace_regex` writes.
#[derive(Clone, Debug)]
pub(super) enum Rewrite {
    Text(String),
    Group(usize),
}

/// Functions whose arguments are all evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    ToString(Type),
    ToLong(Type),
    ToInt(Type),
    ToReal(Type),
    ToBool(Type),
    ToDatetime(Type),
    ToLower,
    ToUpper,
    ToHex,
    Strcat,
    Strlen,
    Substring,
    ReplaceString,
    Split,
    IndexOf,
    Trim { start: bool, end: bool },
    ParseJson,
    ArrayLength,
    PackArray,
    GetType(Type),
    IsNull,
    IsNotNull,
    IsEmpty,
    IsNotEmpty,
    InRange { v6: bool },
    CompareAddresses { v6: bool },
    ParseIpv6,
    ArraySlice,
    StrcatArray,
    IsPrivate,
    StartOfDay,
    DayOfWeek,
    HourOfDay,
}

/// One operator of the pipeline, over one row.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Where(Code),
    /// Each value goes on the stack.
    Extend(Vec<Code>),
    MvApply(Apply),
}

/// `mv-apply` whose subquery ends in a `summarize`, so that each row stays one row.
#[derive(Clone, Debug)]
pub(super) struct Apply {
    pub array: Code,
    /// Where in the query, for messages.
    pub at: usize,
    pub element: Type,
    /// What each element passes through; it lies on top of the stack.
    pub steps: Vec<Step>,
    /// `countif(…)`, or `count()` where there is no condition.
    pub counts: Vec<Option<Code>>,
    /// Over the counts, which then lie on the stack in the element's place.
    pub outputs: Vec<Code>,
}
