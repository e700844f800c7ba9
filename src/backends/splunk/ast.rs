//! The tree of an SPL query: what the lowering builds and the printer spells.
//!
//! No variant holds query text. Names and texts are types that only hold what can be written at their place, so that a value
//! can never become syntax; and negation takes only a [`Sure`] predicate, because `NOT` of null is not documented.

use std::net::IpAddr;

use crate::ir::Order;
use crate::ir::regex::RegexNode;

/// A whole query: the base search, then the stages behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub base: Base,
    pub stages: Vec<Stage>,
}

/// The first search: where the events are, and what it says of them, one line each; all must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    pub scope: MacroName,
    pub kind: Vec<Search>,
    pub lines: Vec<Search>,
}

/// What the body of a search macro may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// Inside a search: where a log source lives.
    Search(Search),
    /// Commands of a pipeline: a rule's exceptions.
    Stages(Vec<Stage>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// `search`: all of these must hold.
    Search(Vec<Search>),
    Eval(Vec<(FieldName, Value)>),
    /// `lookup table key AS field OUTPUT key AS found`: `found` is there where the field's value is in the table.
    Lookup {
        table: MacroName,
        field: FieldName,
        found: FieldName,
    },
    Where(Predicate),
    Macro(MacroName),
    Table(Vec<FieldName>),
}

/// The name of a field as every command can write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldName(String);

impl FieldName {
    /// `None` for names that some command cannot write: single quotes end a name in `eval`, double quotes in `search`, `*` is
    /// a wildcard in both `search` and `table`, and no escape for them inside a name is documented.
    pub fn new(name: &str) -> Option<FieldName> {
        let writable = |character| is_plain(character) && !matches!(character, '\'' | '"' | '\\' | '*' | '|' | '[' | ']' | '$');
        (!name.is_empty() && name.trim() == name && name.chars().all(writable)).then(|| FieldName(name.to_owned()))
    }

    pub fn time() -> FieldName {
        FieldName("_time".to_owned())
    }

    pub fn raw() -> FieldName {
        FieldName("_raw".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Words that `search` reads as something else than a field: time bounds and search modifiers (Search Reference, "search").
    pub fn is_modifier(&self) -> bool {
        const MODIFIERS: &[&str] = &[
            "earliest",
            "latest",
            "_index_earliest",
            "_index_latest",
            "starttime",
            "endtime",
            "startdaysago",
            "enddaysago",
            "starthoursago",
            "endhoursago",
            "startminutesago",
            "endminutesago",
            "startmonthsago",
            "endmonthsago",
            "searchtimespandays",
            "searchtimespanhours",
            "searchtimespanminutes",
            "searchtimespanmonths",
            "daysago",
            "hoursago",
            "minutesago",
            "monthsago",
            "timeformat",
            "savedsearch",
            "savedsplunk",
            "searchtxn",
            "splunk_server_group",
            "eventtype",
            "eventtypetag",
            "hosttag",
            "tag",
            "index",
            "starttimeu",
            "endtimeu",
        ];
        // Names of fields are case-sensitive: `EventType` is a field, `eventtype` is not.
        MODIFIERS.contains(&self.0.as_str()) || self.0.starts_with("tag::")
    }
}

/// The name of a search macro: `[A-Za-z0-9_]+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MacroName(String);

impl MacroName {
    pub fn new(name: &str) -> Option<MacroName> {
        let writable = |character: char| character.is_ascii_alphanumeric() || character == '_';
        (!name.is_empty() && name.chars().all(writable)).then(|| MacroName(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character can stand in a quoted text. Line breaks would break conf files, and backquotes may be taken for a macro
/// even inside quotes: neither is documented, so such characters stand only in regular expressions, as escapes.
pub fn is_plain(character: char) -> bool {
    !(character.is_control() || matches!(character, '`' | '\u{2028}' | '\u{2029}'))
}

/// A text that a quoted string can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(String);

impl Text {
    /// `None` for texts with characters that are not [plain](is_plain), or with two `$`: a pair of them is a token that
    /// dashboards and saved searches replace.
    pub fn new(text: &str) -> Option<Text> {
        (text.chars().all(is_plain) && text.matches('$').count() < 2).then(|| Text(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value of the `search` command: a text, and whether anything may stand before or behind it. `*` between two texts is
/// never used: the Search Manual ("Wildcards") warns of inconsistent results there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wildcard {
    before: bool,
    text: Text,
    behind: bool,
}

impl Wildcard {
    /// `None` where the text holds a `*`, for which `search` has no escape (Search Manual, "Backslashes"), or cannot be quoted.
    pub fn new(before: bool, text: &str, behind: bool) -> Option<Wildcard> {
        let is_anything = text.is_empty() && !before && !behind;
        Text::new(text).filter(|_| !text.contains('*') && !is_anything).map(|text| Wildcard { before, text, behind })
    }

    pub fn before(&self) -> bool {
        self.before
    }

    pub fn behind(&self) -> bool {
        self.behind
    }

    pub fn text(&self) -> &str {
        self.text.as_str()
    }
}

/// An expression of the `search` command. Its values ignore case.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// `F="v"`, `F IN ("v", "w")`: never empty.
    Equals {
        field: FieldName,
        values: Vec<Wildcard>,
    },
    /// `F=445`, `F IN (1, 2)`: the same comparison of text, for numbers.
    Numbers {
        field: FieldName,
        values: Vec<i64>,
    },
    /// `F>1024`.
    Order {
        field: FieldName,
        order: Order,
        value: i64,
    },
    /// `F IN ("10.0.0.0/8", …)`.
    Blocks {
        field: FieldName,
        values: Vec<Block>,
    },
    /// `F=*`.
    Exists(FieldName),
    /// `"*word*"`: in the record's text.
    Keyword(Wildcard),
    All(Vec<Search>),
    Any(Vec<Search>),
    Not(Box<Search>),
    /// `*`.
    Everything,
}

/// An address block, its host bits zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    pub network: IpAddr,
    pub prefix: u8,
}

/// A regular expression of `match` and `replace` (PCRE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub node: RegexNode,
    /// Whether `^` and `$` also stand at line ends.
    pub multi_line: bool,
    /// Whether `.` is also a line feed.
    pub dot_all: bool,
}

impl Pattern {
    /// A pattern in which `.` is any character and `^`, `$` are the ends of the whole value.
    pub fn whole(node: RegexNode) -> Pattern {
        Pattern { node, multi_line: false, dot_all: true }
    }
}

/// A value of `eval` and `where`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Field(FieldName),
    Text(Text),
    Integer(i64),
    Float(f64),
    Null,
    /// `lower(v)`.
    Lower(Box<Value>),
    /// `len(v)`.
    Length(Box<Value>),
    /// `tonumber(v)`, `tonumber(v, 16)`.
    Number {
        value: Box<Value>,
        base: Option<u8>,
    },
    /// `substr(v, start)`, `substr(v, start, length)`; 1 is the first.
    Substring {
        value: Box<Value>,
        start: Box<Value>,
        length: Option<Box<Value>>,
    },
    /// `replace(v, "regex", "group")`: what matches becomes the text of a group, or nothing, or a text.
    Replace {
        value: Box<Value>,
        pattern: Pattern,
        with: Replacement,
    },
    /// `coalesce(v, w)`.
    Coalesce(Vec<Value>),
    /// `v.w`.
    Joined(Vec<Value>),
    /// `if(p, v, w)`.
    If {
        test: Box<Predicate>,
        then: Box<Value>,
        otherwise: Box<Value>,
    },
    /// `case(p, v, q, w)`: null where none holds.
    Case(Vec<(Predicate, Value)>),
    /// `mvindex(F, n)`.
    Element {
        field: FieldName,
        index: usize,
    },
    /// `mvfilter(p)`: the values of the one field in `p` for which it holds; null where there are none.
    Filter(Box<Predicate>),
    /// `mvmap(F, v)`.
    Map {
        field: FieldName,
        value: Box<Value>,
    },
    /// `mvcount(v)`.
    Count(Box<Value>),
    /// `split(v, w)`.
    Split {
        value: Box<Value>,
        at: Box<Value>,
    },
    /// `mvjoin(mvindex(split(v, "."), -n, -1), ".")`: the last labels of a host.
    LastLabels {
        value: Box<Value>,
        count: usize,
    },
    /// `mvjoin(mvappend(v, w), "t")`.
    List {
        parts: Vec<Value>,
        separator: Text,
    },
    /// `spath(F, "a.b")`.
    Path {
        field: FieldName,
        path: Text,
    },
    /// `floor(v)`.
    Floor(Box<Value>),
    Arithmetic {
        operator: Arithmetic,
        left: Box<Value>,
        right: Box<Value>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    Nothing,
    Text(Text),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Divide,
    Remainder,
}

impl Value {
    pub fn field(name: &FieldName) -> Value {
        Value::Field(name.clone())
    }

    #[must_use]
    pub fn lower(self) -> Value {
        Value::Lower(Box::new(self))
    }

    #[must_use]
    pub fn number(self) -> Value {
        Value::Number { value: Box::new(self), base: None }
    }

    #[must_use]
    pub fn length(self) -> Value {
        Value::Length(Box::new(self))
    }

    #[must_use]
    pub fn arithmetic(self, operator: Arithmetic, right: Value) -> Value {
        Value::Arithmetic { operator, left: Box::new(self), right: Box::new(right) }
    }
}

/// A truth value of `where`, `if` and `mvfilter`.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// `match(v, "regex")`: finds a match anywhere.
    Match(Value, Pattern),
    Compare(Value, Order, Value),
    /// `in(v, w, x)`.
    In(Value, Vec<Value>),
    /// `cidrmatch("block", v)`.
    Cidr(Block, Value),
    IsNull(Value),
    IsNotNull(Value),
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Sure>),
    /// `true()`, `false()`.
    Constant(bool),
}

/// A predicate that is never null, so that `NOT` of it is its complement.
#[derive(Clone, Debug, PartialEq)]
pub struct Sure(Predicate);

impl Sure {
    pub fn is_not_null(value: Value) -> Sure {
        Sure(Predicate::IsNotNull(value))
    }

    /// A predicate over `_time` or `_raw`, which every event has.
    pub fn of_every_event(predicate: Predicate) -> Sure {
        Sure(predicate)
    }

    /// Some element of a multivalue field satisfies the predicate, in which no other field occurs.
    pub fn some_element(predicate: Predicate) -> Sure {
        Sure(Predicate::IsNotNull(Value::Filter(Box::new(predicate))))
    }

    /// `isnull(F) OR p`, where only a null F makes p null.
    pub fn absent_or(field: &FieldName, predicate: Predicate) -> Sure {
        Sure(Predicate::Any(vec![Predicate::IsNull(Value::field(field)), predicate]))
    }

    pub fn constant(value: bool) -> Sure {
        Sure(Predicate::Constant(value))
    }

    pub fn all(parts: Vec<Sure>) -> Sure {
        Sure(Predicate::All(parts.into_iter().map(|part| part.0).collect()))
    }

    pub fn any(parts: Vec<Sure>) -> Sure {
        Sure(Predicate::Any(parts.into_iter().map(|part| part.0).collect()))
    }

    /// The complement.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // the operator `!` would hide what is the point of the type
    pub fn not(self) -> Sure {
        match self.0 {
            Predicate::IsNull(value) => Sure(Predicate::IsNotNull(value)),
            Predicate::IsNotNull(value) => Sure(Predicate::IsNull(value)),
            Predicate::Not(inner) => *inner,
            Predicate::Constant(value) => Sure(Predicate::Constant(!value)),
            predicate => Sure(Predicate::Not(Box::new(Sure(predicate)))),
        }
    }

    pub fn predicate(&self) -> &Predicate {
        &self.0
    }

    pub fn into_predicate(self) -> Predicate {
        self.0
    }
}

/// A predicate that is null where one of the fields is. `where` drops such rows; `NOT` must not see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Maybe {
    predicate: Predicate,
    fields: Vec<FieldName>,
}

impl Maybe {
    pub fn new(predicate: Predicate, fields: Vec<FieldName>) -> Maybe {
        Maybe { predicate, fields }
    }

    /// The same, false instead of null: the guard stands first.
    pub fn guard(self) -> Sure {
        let mut parts: Vec<Predicate> = self.fields.into_iter().map(|field| Predicate::IsNotNull(Value::Field(field))).collect();
        match self.predicate {
            Predicate::All(more) => parts.extend(more),
            predicate => parts.push(predicate),
        }
        Sure(Predicate::All(parts))
    }

    /// As `where` may take it: null is as good as false there.
    pub fn into_predicate(self) -> Predicate {
        self.predicate
    }
}
