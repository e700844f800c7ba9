//! The syntax tree of a hunt file: what was written, with spans, before any name is looked up.
//!
//! Equality ignores spans and comments, so that `fmt` can be tested by reading its output back.

use crate::diag::{Span, Spanned};

/// A bare word that names something: a hunt, a rule, a pattern, a list, a technique.
pub type Name = Spanned<String>;
/// Text as meant: escapes resolved, prose dedented.
pub type Text = Spanned<TextValue>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextValue {
    pub value: String,
    pub style: TextStyle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextStyle {
    /// `'literal'`: no escapes.
    Literal,
    /// `"escaped"`.
    Escaped,
    /// `"""prose"""`.
    Prose,
}

#[derive(Clone, Debug, Default)]
pub struct File {
    pub items: Vec<Item>,
    /// Every comment of the file in order; `fmt` puts them back beside what they stood by.
    pub comments: Vec<Comment>,
    pub span: Span,
}

impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line, without it.
    pub text: String,
    pub span: Span,
    /// True where nothing but blanks stands before it on its line.
    pub own_line: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Use(Use),
    Hunt(Unit),
    Library(Unit),
    Site(Unit),
    LogSource(LogSourceDeclaration),
}

/// `use a, b from "../lib/processes.hunt"`.
#[derive(Clone, Debug)]
pub struct Use {
    pub names: Vec<Name>,
    pub path: Text,
    pub span: Span,
}

/// `hunt NAME { … }`, `library NAME { … }` or `site NAME { … }`. Which members may stand in which is checked later.
#[derive(Clone, Debug)]
pub struct Unit {
    pub name: Name,
    pub members: Vec<Member>,
    /// From the keyword to the closing brace.
    pub span: Span,
    /// The head: keyword and name.
    pub head: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    Property(Property),
    Stop(Stop),
    Result(HuntResult),
    List(List),
    Ioc(Ioc),
    Pattern(Pattern),
    Detect(Detect),
    Correlate(Correlate),
    Sweep(Sweep),
    Test(Test),
    Except(Except),
}

/// `logsource acme/audit { fields { name: string, … } }`.
#[derive(Clone, Debug)]
pub struct LogSourceDeclaration {
    pub source: LogSourceRef,
    pub fields: Vec<FieldDeclaration>,
    /// `fields { … }`; empty where it is not written.
    pub fields_span: Span,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FieldDeclaration {
    pub name: FieldRef,
    /// Such as `string`, `list of string`, `hex integer`: the words, single blanks between them.
    pub kind: Spanned<String>,
}

/// `windows/process_creation`: the parts between slashes.
#[derive(Clone, Debug)]
pub struct LogSourceRef {
    pub parts: Vec<Name>,
    pub span: Span,
}

/// A field's name as written; back quotes removed.
#[derive(Clone, Debug)]
pub struct FieldRef {
    pub name: String,
    pub quoted: bool,
    pub span: Span,
}

/// A statement `keyword values` that is not a block.
#[derive(Clone, Debug)]
pub struct Property {
    pub kind: PropertyKind,
    pub keyword: Span,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PropertyKind {
    Title(Text),
    Id(Text),
    Author(Vec<Text>),
    Created(Spanned<String>),
    Modified(Spanned<String>),
    Status(Name),
    Tlp(Name),
    Hypothesis(Text),
    Description(Text),
    Software(Vec<Text>),
    Actor(Vec<Text>),
    Campaign(Vec<Text>),
    Techniques(Vec<Name>),
    Blindspot {
        technique: Name,
        reason: Text,
    },
    References(Vec<Text>),
    /// Words of others that travel with the rules: `cve.2021-44228`.
    Tags(Vec<Text>),
    Level(Name),
    FalsePositives(Vec<Text>),
    Response(Text),
    Fields(Vec<FieldRef>),
    /// `entities host Computer, account User`: kind and field.
    Entities(Vec<(Name, FieldRef)>),
    Risk {
        score: Spanned<String>,
        on: FieldRef,
    },
    Schedule(Schedule),
    NotOn {
        target: Name,
        reason: Text,
    },
    RenamedFrom(Name),
    /// Why the hunt was begun: words of MISP's `hunt-ex:trigger`.
    Trigger(Vec<Name>),
    Methodology(Name),
    Applicability(Name),
}

/// `schedule [on TARGET] every 15m [suppress 1d [by F, G]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub target: Option<Name>,
    pub every: Option<Duration>,
    pub suppress: Option<Suppress>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Suppress {
    pub period: Duration,
    pub by: Vec<FieldRef>,
}

/// A duration as written and in seconds.
#[derive(Clone, Debug)]
pub struct Duration {
    pub text: String,
    pub seconds: u64,
    pub span: Span,
}

/// `stop { timebox 14d  window 90d  when "…" }`.
#[derive(Clone, Debug)]
pub struct Stop {
    pub timebox: Option<Duration>,
    /// How far back each log source is to be searched.
    pub window: Option<Duration>,
    pub when: Vec<StopCondition>,
    pub span: Span,
}

/// `when "…"`, `when "…" met 2026-12-04` or `when "…" not met "why"`.
#[derive(Clone, Debug)]
pub struct StopCondition {
    pub text: Text,
    pub answer: Option<StopAnswer>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StopAnswer {
    /// The day on which it held.
    Met(Spanned<String>),
    /// Why it will not.
    NotMet(Text),
}

/// `result { … }`: what came of a hunt.
#[derive(Clone, Debug)]
pub struct HuntResult {
    pub lines: Vec<ResultLine>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct ResultLine {
    pub kind: ResultKind,
    pub keyword: Span,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ResultKind {
    Outcome(Name),
    Started(Spanned<String>),
    Ended(Spanned<String>),
    Conclusion(Text),
    /// `examined SOURCE, SOURCE from DATE to DATE ["of what"]`; both days included.
    Examined {
        sources: Vec<LogSourceRef>,
        from: Spanned<String>,
        to: Spanned<String>,
        of: Option<Text>,
    },
    /// `not examined SOURCE "why"`.
    NotExamined {
        sources: Vec<LogSourceRef>,
        reason: Text,
    },
    /// `variants T1490 "…"`: which ways of a technique were thought of.
    Variants {
        technique: Name,
        considered: Text,
    },
    Byproduct {
        kind: Name,
        text: Option<Text>,
    },
    Handoff {
        kind: Name,
        text: Option<Text>,
    },
}

/// Values given in place or in a CSV file.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Inline(Vec<Value>),
    File { path: Text, column: Option<Text> },
}

/// `list NAME [of TYPE] { … }`, `list NAME of TYPE from "…"`, or `site list NAME of TYPE` (no values: a site file gives them).
#[derive(Clone, Debug)]
pub struct List {
    pub name: Name,
    pub kind: Option<Spanned<String>>,
    /// `None` for `site list NAME of TYPE`.
    pub values: Option<Values>,
    pub span: Span,
}

/// `ioc NAME TYPE [subdomains] [tlp MARKING] [expires DATE] { … }` or `… from "file" [column "c"]`.
#[derive(Clone, Debug)]
pub struct Ioc {
    pub name: Name,
    pub kind: Name,
    pub subdomains: Option<Span>,
    /// How far the indicators may travel: a marking of the Traffic Light Protocol.
    pub tlp: Option<Name>,
    pub expires: Option<Spanned<String>>,
    pub values: Values,
    pub span: Span,
}

/// `pattern NAME on SOURCE { clauses }`.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub name: Name,
    pub source: LogSourceRef,
    pub clauses: Vec<Clause>,
    pub span: Span,
}

/// `detect NAME [on SOURCE] { … }`.
#[derive(Clone, Debug)]
pub struct Detect {
    pub name: Name,
    pub source: Option<LogSourceRef>,
    pub when: Option<When>,
    pub properties: Vec<Property>,
    pub exceptions: Vec<Except>,
    pub span: Span,
    /// `detect NAME`.
    pub head: Span,
}

#[derive(Clone, Debug)]
pub struct When {
    /// The clauses, joined by `and`. Exactly one where it was written without a block.
    pub clauses: Vec<Clause>,
    pub block: bool,
    pub span: Span,
}

/// `except "reason" [expires DATE] { clauses }` in a detect; `except HUNT.RULE "reason" …` in a site file.
#[derive(Clone, Debug)]
pub struct Except {
    /// Hunt and rule, in a site file.
    pub target: Option<(Name, Name)>,
    pub reason: Text,
    pub expires: Option<Spanned<String>>,
    pub clauses: Vec<Clause>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Correlate {
    pub name: Name,
    pub when: Option<CorrelateCondition>,
    pub properties: Vec<Property>,
    pub exceptions: Vec<Except>,
    pub span: Span,
    pub head: Span,
}

#[derive(Clone, Debug)]
pub struct CorrelateCondition {
    pub kind: CorrelateKind,
    pub by: Vec<GroupKey>,
    pub within: Option<Duration>,
    pub fixed_windows: Option<Span>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CorrelateKind {
    Count {
        of: Name,
        bound: Bound,
    },
    Aggregate {
        function: Spanned<AggregateFunction>,
        field: FieldRef,
        of: Name,
        bound: Bound,
    },
    /// `a and b and c`.
    Together(Vec<Name>),
    /// `2 of (a, b, c)`.
    AtLeast {
        count: Spanned<u32>,
        of: Vec<Name>,
    },
    /// `a then b then c`.
    Sequence(Vec<Name>),
    /// `a without [prior] b`.
    Without {
        operand: Name,
        prior: bool,
        absent: Name,
    },
    First {
        field: FieldRef,
        of: Name,
    },
    /// It could not be read, which was reported.
    Unread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateFunction {
    Distinct,
    Sum,
    Average,
    Median,
    Percentile(u8),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    pub operator: Spanned<Operator>,
    pub value: Value,
}

/// `Computer`, `cased User`, or `src_ip = (a.SourceIp, b.ClientIP)`.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupKey {
    pub cased: bool,
    pub field: FieldRef,
    /// Operand and its field, for an alias.
    pub alias_of: Vec<(Name, FieldRef)>,
}

#[derive(Clone, Debug)]
pub struct Sweep {
    pub name: Name,
    pub indicators: Vec<Name>,
    pub properties: Vec<Property>,
    pub exceptions: Vec<Except>,
    pub span: Span,
    pub head: Span,
}

/// A condition on one event.
#[derive(Clone, Debug)]
pub struct Clause {
    pub kind: ClauseKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ClauseKind {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Approximate(Box<Clause>),
    /// Written in parentheses.
    Group(Box<Clause>),
    Block {
        kind: BlockKind,
        clauses: Vec<Clause>,
    },
    Comparison(Comparison),
    /// The name of a pattern.
    Pattern(Name),
    /// `1 of pattern_*`, `all of pattern_*`, `2 of (a, b, c)`.
    Quantified {
        count: Spanned<Count>,
        of: PatternSet,
    },
    /// `anywhere contains [any|all] [cased] v`.
    Anywhere {
        quantifier: Option<Spanned<Quantifier>>,
        cased: Option<Span>,
        operand: Operand,
    },
    /// `some F { clauses }`.
    Some {
        field: FieldRef,
        clauses: Vec<Clause>,
    },
    /// `time in 19:00..07:00 [+02:00]`: minutes of the day, and the offset in minutes.
    TimeOfDay {
        start: Spanned<u16>,
        end: Spanned<u16>,
        offset: Option<Spanned<i16>>,
    },
    /// `weekday in (sat, sun) [+02:00]`.
    Weekday {
        days: Vec<Spanned<Weekday>>,
        offset: Option<Spanned<i16>>,
    },
    /// A clause stands here that could not be read, which was reported. Nothing may be concluded from the clauses beside it.
    Unread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    Any,
    All,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    All,
    AtLeast(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub enum PatternSet {
    /// `pattern_*`: a name in which `*` stands for any run of characters.
    Glob(Name),
    Names(Vec<Name>),
}

/// `FIELD OPERATOR [any|all] [cased] [ENCODING…] VALUES`.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub field: FieldRef,
    pub operator: Spanned<Operator>,
    pub quantifier: Option<Spanned<Quantifier>>,
    pub cased: Option<Span>,
    pub encodings: Vec<Spanned<Encoding>>,
    pub operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Equal,
    NotEqual,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Named,
    Like,
    Matches,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    IsEmpty,
    IsPresent,
    IsNull,
    Exists,
}

impl Operator {
    pub const ALL: &'static [Operator] = &[
        Operator::Equal,
        Operator::NotEqual,
        Operator::In,
        Operator::Contains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Named,
        Operator::Like,
        Operator::Matches,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::IsEmpty,
        Operator::IsPresent,
        Operator::IsNull,
        Operator::Exists,
    ];

    /// As the language writes it.
    pub fn text(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::In => "in",
            Operator::Contains => "contains",
            Operator::StartsWith => "startswith",
            Operator::EndsWith => "endswith",
            Operator::Named => "named",
            Operator::Like => "like",
            Operator::Matches => "matches",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::IsEmpty => "is empty",
            Operator::IsPresent => "is present",
            Operator::IsNull => "is null",
            Operator::Exists => "exists",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    Windash,
    Base64,
    Base64Offset,
    Utf16le,
    Utf16be,
    Utf16,
    Wide,
}

impl Encoding {
    pub const ALL: &'static [Encoding] = &[
        Encoding::Windash,
        Encoding::Base64,
        Encoding::Base64Offset,
        Encoding::Utf16le,
        Encoding::Utf16be,
        Encoding::Utf16,
        Encoding::Wide,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Encoding::Windash => "windash",
            Encoding::Base64 => "base64",
            Encoding::Base64Offset => "base64offset",
            Encoding::Utf16le => "utf16le",
            Encoding::Utf16be => "utf16be",
            Encoding::Utf16 => "utf16",
            Encoding::Wide => "wide",
        }
    }
}

/// What a comparison compares with.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `is empty`, `exists` and the like take none.
    Nothing,
    Value(Value),
    List {
        values: Vec<Value>,
        span: Span,
    },
    /// A list or an `ioc`.
    Name(Name),
    /// `field G`.
    Field(FieldRef),
}

#[derive(Clone, Debug)]
pub struct Value {
    pub kind: ValueKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ValueKind {
    Text(TextValue),
    /// As written: `443`, `-1`, `0.5`, `0x1f`.
    Number(String),
    Boolean(bool),
    Null,
    Date(String),
    Duration {
        text: String,
        seconds: u64,
    },
    /// `/pattern/flags`: the pattern with `\/` read as `/`; the span of the pattern alone, for positions within it.
    Regex {
        pattern: String,
        flags: String,
        pattern_span: Span,
    },
}

/// `test "name" { … }`.
#[derive(Clone, Debug)]
pub struct Test {
    pub name: Text,
    pub steps: Vec<TestStep>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct TestStep {
    pub kind: TestStepKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestStepKind {
    /// `event SOURCE [at OFFSET] [repeat n every d] { F: value … }`.
    Event { source: LogSourceRef, at: Option<Duration>, repeat: Option<(Spanned<u32>, Duration)>, fields: Vec<TestField> },
    /// `events from "sample.jsonl"`.
    EventsFrom { path: Text },
    /// `expect nothing` is an empty list.
    Expect(Vec<Expectation>),
    /// `base SOURCE { … }`.
    Base { source: LogSourceRef, fields: Vec<TestField> },
    /// `hit RULE { … }` and `miss RULE { … }`.
    Row { hit: bool, rule: Name, fields: Vec<TestField> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub rule: Name,
    /// How often; at least once where absent.
    pub times: Option<Spanned<u32>>,
}

#[derive(Clone, Debug)]
pub struct TestField {
    pub field: FieldRef,
    pub value: TestValue,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestValue {
    /// `F: null` removes the field of the base.
    Value(Value),
    /// `seq v`: raised by one a copy.
    Sequence(Value),
    /// `('a', 'b')`.
    List(Vec<TestValue>),
    /// `{ A: 'x'  B: 1 }`, an element of a list of objects.
    Object(Vec<TestField>),
}

/// Equality by meaning: the listed fields alone, no spans.
macro_rules! equal_by {
    ($type:ty: $($field:ident),+) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                $(self.$field == other.$field)&&+
            }
        }
    };
}

equal_by!(Use: names, path);
equal_by!(LogSourceDeclaration: source, fields);
equal_by!(Unit: name, members);
equal_by!(LogSourceRef: parts);
equal_by!(FieldRef: name);
equal_by!(Property: kind);
equal_by!(Duration: seconds);
equal_by!(Stop: timebox, window, when);
equal_by!(StopCondition: text, answer);
equal_by!(HuntResult: lines);
equal_by!(ResultLine: kind);
equal_by!(List: name, kind, values);
equal_by!(Pattern: name, source, clauses);
equal_by!(Detect: name, source, when, properties, exceptions);
equal_by!(When: clauses, block);
equal_by!(Except: target, reason, expires, clauses);
equal_by!(Correlate: name, when, properties, exceptions);
equal_by!(Sweep: name, indicators, properties, exceptions);
equal_by!(Clause: kind);
equal_by!(Value: kind);
equal_by!(Test: name, steps);
equal_by!(TestStep: kind);
equal_by!(TestField: field, value);

impl PartialEq for Ioc {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.subdomains.is_some() == other.subdomains.is_some()
            && self.tlp == other.tlp
            && self.expires == other.expires
            && self.values == other.values
    }
}

/// `any` is what a list means anyway, so that writing it makes no difference.
fn means_all(quantifier: &Option<Spanned<Quantifier>>) -> bool {
    quantifier.is_some_and(|quantifier| quantifier.node == Quantifier::All)
}

impl PartialEq for Comparison {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field
            && self.operator == other.operator
            && means_all(&self.quantifier) == means_all(&other.quantifier)
            && self.cased.is_some() == other.cased.is_some()
            && self.encodings == other.encodings
            && self.operand == other.operand
    }
}

impl PartialEq for CorrelateCondition {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.by == other.by
            && self.within == other.within
            && self.fixed_windows.is_some() == other.fixed_windows.is_some()
    }
}

impl PartialEq for ClauseKind {
    fn eq(&self, other: &Self) -> bool {
        use ClauseKind::{
            And, Anywhere, Approximate, Block, Comparison, Group, Not, Or, Pattern, Quantified, Some, TimeOfDay, Unread, Weekday,
        };
        match (self, other) {
            (And(left), And(right)) | (Or(left), Or(right)) => left == right,
            (Not(left), Not(right)) | (Approximate(left), Approximate(right)) | (Group(left), Group(right)) => left == right,
            (Block { kind, clauses }, Block { kind: other_kind, clauses: other_clauses }) => {
                kind == other_kind && clauses == other_clauses
            }
            (Comparison(left), Comparison(right)) => left == right,
            (Pattern(left), Pattern(right)) => left == right,
            (Unread, Unread) => true,
            (Quantified { count, of }, Quantified { count: other_count, of: other_of }) => count == other_count && of == other_of,
            (
                Anywhere { quantifier, cased, operand },
                Anywhere { quantifier: other_quantifier, cased: other_cased, operand: other_operand },
            ) => {
                means_all(quantifier) == means_all(other_quantifier)
                    && cased.is_some() == other_cased.is_some()
                    && operand == other_operand
            }
            (Some { field, clauses }, Some { field: other_field, clauses: other_clauses }) => {
                field == other_field && clauses == other_clauses
            }
            (TimeOfDay { start, end, offset }, TimeOfDay { start: other_start, end: other_end, offset: other_offset }) => {
                start == other_start && end == other_end && offset == other_offset
            }
            (Weekday { days, offset }, Weekday { days: other_days, offset: other_offset }) => {
                days == other_days && offset == other_offset
            }
            _ => false,
        }
    }
}

impl PartialEq for ValueKind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (ValueKind::Text(left), ValueKind::Text(right)) => left == right,
            (ValueKind::Number(left), ValueKind::Number(right)) => left == right,
            (ValueKind::Boolean(left), ValueKind::Boolean(right)) => left == right,
            (ValueKind::Null, ValueKind::Null) => true,
            (ValueKind::Date(left), ValueKind::Date(right)) => left == right,
            (ValueKind::Duration { seconds: left, .. }, ValueKind::Duration { seconds: right, .. }) => left == right,
            (ValueKind::Regex { pattern, flags, .. }, ValueKind::Regex { pattern: other_pattern, flags: other_flags, .. }) => {
                pattern == other_pattern && flags == other_flags
            }
            _ => false,
        }
    }
}

impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Operand::Nothing, Operand::Nothing) => true,
            (Operand::Value(left), Operand::Value(right)) => left == right,
            (Operand::List { values: left, .. }, Operand::List { values: right, .. }) => left == right,
            (Operand::Name(left), Operand::Name(right)) => left == right,
            (Operand::Field(left), Operand::Field(right)) => left == right,
            _ => false,
        }
    }
}
