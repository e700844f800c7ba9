//! A search as it is run: names of fields are places in a row, texts are unescaped, regular expressions are compiled.

use std::sync::Arc;

use regex::Regex;

use super::address::Block;
use super::lookups::Table;
use super::text::Wildcard;

/// A field's place among the fields that the search names.
pub(super) type Slot = usize;

#[derive(Clone, Debug)]
pub(super) enum Command {
    Search(Terms),
    Where(Test),
    Eval(Vec<(Slot, Term)>),
    /// SR/lookup: where the table holds the value of the first field, the second gets a value.
    Lookup(Arc<Table>, Slot, Slot),
    /// These columns and no other.
    Table(Vec<Slot>),
    /// SR/fields: these, and the internal fields, whose names begin with `_`.
    Keep(Vec<Slot>),
    Drop(Vec<Slot>),
    Rename(Vec<(Slot, Slot)>),
}

/// What `search` asks. It knows no null: what is not found is false.
#[derive(Clone, Debug)]
pub(super) enum Terms {
    All(Vec<Terms>),
    Any(Vec<Terms>),
    Not(Box<Terms>),
    Equal(Slot, Wildcard),
    Block(Slot, Block, Wildcard),
    Unequal(Slot, Wildcard),
    Order(Slot, Comparison, String),
    /// In the text of the record.
    Keyword(Slot, Wildcard),
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// An expression that is true, false or null.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Constant(bool),
    All(Vec<Test>),
    Any(Vec<Test>),
    Either(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Compare(Term, Comparison, Term),
    In(Term, Vec<Term>),
    Match(Term, Regex),
    Cidr(Block, Term),
    IsNull(Term),
    IsNotNull(Term),
}

/// An expression with a value.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Field(Slot),
    Text(Arc<str>),
    Number(f64),
    Null,
    Lower(Box<Term>),
    Upper(Box<Term>),
    Length(Box<Term>),
    ToNumber(Box<Term>, u32),
    ToText(Box<Term>),
    Floor(Box<Term>),
    Substring(Box<Term>, Box<Term>, Option<Box<Term>>),
    Replace(Box<Term>, Regex, String),
    Coalesce(Vec<Term>),
    Joined(Vec<Term>),
    If(Box<Test>, Box<Term>, Box<Term>),
    Case(Vec<(Test, Term)>),
    Element(Box<Term>, Box<Term>, Option<Box<Term>>),
    Filter(Slot, Box<Test>),
    Map(Slot, Box<Term>),
    Find(Box<Term>, Regex),
    Count(Box<Term>),
    Append(Vec<Term>),
    JoinValues(Box<Term>, Box<Term>),
    Split(Box<Term>, Box<Term>),
    Path(Box<Term>, Vec<String>),
    Arithmetic(Box<Term>, Arithmetic, Box<Term>),
}
