//! The one representation that every target, the evaluator and the models read.
//!
//! Names are resolved, types are checked, lists are expanded, encodings are applied. Fields are canonical: a column's name
//! appears first in a target's own tree. Spans are the author's; equality ignores them.

pub mod encoding;
pub mod event;
pub mod indicators;
pub mod loss;
pub mod pattern;
pub mod regex;
mod regex_parse;

use std::net::IpAddr;
use std::sync::Arc;

pub use indicators::{IndicatorSet, Listed};
pub use loss::{Assumption, Direction, Loss};
pub use pattern::{LikeError, LikeForm, LikePattern, Piece};
pub use regex::{RegexError, SharedRegex};
pub use uuid::Uuid;

use crate::diag::Span;
use crate::schema::{Field, HashAlgorithm, LogSourceId, Target};

/// One rule: what a `detect`, `correlate` or `sweep` becomes.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: Uuid,
    pub hunt: HuntInfo,
    /// The rule's name as written: `shadow_copies_deleted`.
    pub name: String,
    pub meta: Meta,
    pub body: Body,
    pub schedules: Vec<(Option<Target>, Schedule)>,
    pub entities: Vec<Entity>,
    pub risk: Option<Risk>,
    pub not_on: Vec<NotOn>,
    /// The head of the declaration, `detect NAME`.
    pub span: Span,
}

impl Rule {
    /// The schedule on a target: its own, else the one for all.
    pub fn schedule_on(&self, target: Target) -> Option<&Schedule> {
        let own = self.schedules.iter().find(|(on, _)| *on == Some(target));
        own.or_else(|| self.schedules.iter().find(|(on, _)| on.is_none())).map(|(_, schedule)| schedule)
    }
}

/// What a rule says of the hunt that it came from.
#[derive(Clone, Debug)]
pub struct HuntInfo {
    pub name: String,
    pub title: String,
    pub authors: Vec<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    pub status: Option<String>,
    pub tlp: Option<String>,
    pub references: Vec<String>,
    pub hypothesis: String,
    /// ATT&CK ids of software, groups and campaigns: `S0366`, `G0032`.
    pub attack: Vec<String>,
    /// Words that travel with the rules: `cve.2017-0144`, `detection.threat-hunting`. Lower case.
    pub tags: Vec<String>,
    /// Somebody else's rule that was read as a hunt: what a target cannot say of it is no mistake of the reader's.
    pub imported: Option<Imported>,
}

/// What an imported rule was before it was a hunt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Sigma's own word for its status: `stable`, `test`, `experimental`.
    pub status: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Meta {
    pub title: String,
    pub level: Level,
    /// ATT&CK techniques: id and name, in the order written.
    pub techniques: Vec<Technique>,
    /// Short names of the techniques' tactics (`credential-access`), in the matrix's order, recomputed from the techniques.
    pub tactics: Vec<String>,
    pub false_positives: Vec<String>,
    pub response: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    pub id: String,
    pub name: String,
    /// Short names of its tactics, in the matrix's order.
    pub tactics: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: &'static [Level] = &[Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }
}

/// How often a rule runs and what it suppresses. Seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub every: u64,
    pub every_span: Option<Span>,
    pub suppress: Option<Suppress>,
    /// How late events may arrive and still be seen.
    pub arrival_delay: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppress {
    pub period: u64,
    pub by: Vec<Field>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Entity {
    pub kind: EntityKind,
    pub field: Field,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    Host,
    Account,
    Ip,
    File,
    Process,
}

#[derive(Clone, Debug)]
pub struct Risk {
    /// 1 to 100.
    pub score: u8,
    pub on: Field,
    pub span: Span,
}

/// `not on TARGET "reason"`.
#[derive(Clone, Debug)]
pub struct NotOn {
    pub target: Target,
    pub reason: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Body {
    Select(Vec<Selection>),
    /// Checked and carried, but no target says it yet: its description for the one diagnostic.
    Correlation(Correlation),
    Sweep(Sweep),
}

impl Body {
    /// The selections of single events that a detect or a sweep is; `None` for a correlate.
    pub fn selections(&self) -> Option<&[Selection]> {
        match self {
            Body::Select(selections) | Body::Sweep(Sweep { selections, .. }) => Some(selections),
            Body::Correlation(_) => None,
        }
    }
}

/// One log source and one condition on its events.
#[derive(Clone, Debug)]
pub struct Selection {
    pub source: LogSourceId,
    /// What separates path components in this log source.
    pub separators: &'static [char],
    /// The rule's own name, or `<detect>_<product>_<category>` where the detect covers several log sources.
    pub name: String,
    /// The id that this log source's rule carries: the rule's own, or derived from it where there are several.
    pub id: Uuid,
    pub condition: Condition,
    /// Events that an exception holds for are not selected: `condition and not (e or f …)`.
    pub exceptions: Vec<Exception>,
    /// What the author asked to see, in order.
    pub output: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Exception {
    /// A name made of the reason: `[a-z0-9_]+`, unique in the selection.
    pub name: String,
    pub reason: String,
    /// From a site file, and which; `None` where it stands in the detect.
    pub site: Option<String>,
    pub expires: Option<String>,
    pub condition: Condition,
    pub span: Span,
}

/// A correlation as far as it is checked in this version.
#[derive(Clone, Debug)]
pub struct Correlation {
    pub span: Span,
}

/// A sweep: one selection for each log source that has a field of the indicators' types (S6.2). A target sweeps those that it
/// keeps.
#[derive(Clone, Debug)]
pub struct Sweep {
    pub span: Span,
    /// Never empty. The condition of each is a comparison or an `or` of them.
    pub selections: Vec<Selection>,
    /// What is looked for, by type.
    pub sets: Vec<Arc<IndicatorSet>>,
    /// What is not compared although a log source holds it, and why: a sentence each.
    pub left_out: Vec<String>,
}

/// A condition. `span` is the text that it came from; equality ignores it.
#[derive(Clone, Debug)]
pub struct Condition {
    pub kind: Kind,
    pub span: Span,
    /// `approximate`: a target that cannot say this part may leave it out.
    pub approximate: bool,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.approximate == other.approximate
    }
}

impl Condition {
    pub fn new(kind: Kind, span: Span) -> Self {
        Condition { kind, span, approximate: false }
    }

    pub fn constant(value: bool, span: Span) -> Self {
        Condition::new(Kind::Constant(value), span)
    }

    pub fn test(test: Test, span: Span) -> Self {
        Condition::new(Kind::Test(test), span)
    }

    /// Every test, left to right.
    pub fn tests(&self) -> Vec<(&Test, Span)> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<(&'a Test, Span)>) {
        match &self.kind {
            Kind::Constant(_) => {}
            Kind::All(parts) | Kind::Any(parts) => parts.iter().for_each(|part| part.collect(found)),
            Kind::Not(part) => part.collect(found),
            Kind::Test(test) => found.push((test, self.span)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Only at the root, or where an `approximate` part was left out.
    Constant(bool),
    /// At least two parts, none of them itself an unmarked `All`.
    All(Vec<Condition>),
    /// At least two parts, none of them itself an unmarked `Any`.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test(Test),
}

/// One comparison. Wherever there are several values, one of them is enough.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// S2.1.
    Presence {
        field: Field,
        state: Presence,
    },
    /// A literal text comparison; `values` is never empty. `base64`, `windash` and the like are expanded before this.
    Text {
        field: Field,
        operator: TextOperator,
        values: Vec<String>,
        case: Case,
    },
    /// `like` where it is not one of the literal operators; anchored to the whole value.
    Like {
        field: Field,
        patterns: Vec<LikePattern>,
        case: Case,
    },
    Regex {
        field: Field,
        patterns: Vec<SharedRegex>,
    },
    /// `Equal` may have several values; the orders have one.
    Number {
        field: Field,
        order: Order,
        values: Vec<Number>,
    },
    Boolean {
        field: Field,
        value: bool,
    },
    /// The address lies in one of the blocks; one address is a /32 or /128.
    Address {
        field: Field,
        blocks: Vec<IpBlock>,
    },
    /// Values are lower case and of the algorithm's length.
    Hash {
        field: Field,
        algorithm: HashAlgorithm,
        values: Vec<String>,
    },
    /// The value is in a set that a product may keep beside the query. What it means is what [`IndicatorSet::written_out`] says.
    Listed {
        field: Field,
        how: Listed,
        set: Arc<IndicatorSet>,
    },
    /// Two fields of one event; false where either is absent.
    Fields {
        left: Field,
        operator: TextOperator,
        right: Field,
        case: Case,
    },
    /// Some field's value, or the raw record, holds one of the texts.
    Anywhere {
        values: Vec<String>,
        case: Case,
    },
    /// One element of the list of objects satisfies the condition, whose fields are the element's.
    Some {
        field: Field,
        condition: Box<Condition>,
    },
    /// The event's time of day lies in `start..end` (minutes; end excluded; may pass midnight), `offset` minutes east of UTC.
    TimeOfDay {
        start: u16,
        end: u16,
        offset: i16,
    },
    /// The event's day of the week; 0 is Monday.
    Weekday {
        days: Vec<u8>,
        offset: i16,
    },
}

impl Test {
    /// The fields that the test reads, in order; none for `anywhere` and the clock.
    pub fn fields(&self) -> Vec<&Field> {
        match self {
            Test::Presence { field, .. }
            | Test::Text { field, .. }
            | Test::Like { field, .. }
            | Test::Regex { field, .. }
            | Test::Number { field, .. }
            | Test::Boolean { field, .. }
            | Test::Address { field, .. }
            | Test::Hash { field, .. }
            | Test::Listed { field, .. }
            | Test::Some { field, .. } => vec![field],
            Test::Fields { left, right, .. } => vec![left, right],
            Test::Anywhere { .. } | Test::TimeOfDay { .. } | Test::Weekday { .. } => Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// `exists`: a value, perhaps the empty text.
    Exists,
    /// `is null`: absent or null.
    IsNull,
    /// `is empty`: absent, null or the empty text.
    IsEmpty,
    /// `is present`: a value that is not the empty text.
    IsPresent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextOperator {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    /// The last path component equals the value (S3.7); values hold no separator and are not empty.
    Named,
}

/// Whether letters A–Z equal a–z (S3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    Folded,
    Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A number of the language. `Integer` for integer and hex integer fields, `Float` for float fields (finite).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Integer(i64),
    Float(f64),
}

/// A network: an address with its host bits zero, and a prefix length in bits (at most 32 or 128).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpBlock {
    pub network: IpAddr,
    pub prefix: u8,
}

/// A set of rules that are compiled together, in the order of their files and lines.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub rules: Vec<Arc<Rule>>,
    pub tests: Vec<event::TestCase>,
}
