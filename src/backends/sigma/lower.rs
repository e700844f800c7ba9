//! One comparison of the IR as Sigma's items, or why Sigma has no words for it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::ast::{Item, Modifier, Value};
use super::boundary::without_boundaries;
use crate::diag::Span;
use crate::ir::pattern::Piece;
use crate::ir::regex::{ClassItem, RegexClass, RegexNode};
use crate::ir::{Assumption, Case, IpBlock, LikePattern, Loss, Number, Order, Presence, SharedRegex, Test, TextOperator};
use crate::schema::{Field, FieldType, HashAlgorithm, LogSource, ScalarType};

/// A condition whose leaves are items: what is left to do is to name its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Item(Item),
    Keywords(Vec<Value>),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    pub fn negated(self) -> Tree {
        match self {
            Tree::Not(inner) => *inner,
            other => Tree::Not(Box::new(other)),
        }
    }
}

/// What lowering knows of the log source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub separators: &'a [char],
    /// The catalogue's log source; `None` for one that a hunt declared.
    pub source: Option<&'a LogSource>,
}

/// Path fields that always hold a full native path, so that `named` needs no form without a folder. Sysmon fills them from the
/// kernel's image and file names (<https://learn.microsoft.com/sysinternals/downloads/sysmon>, "Events"); Security 4688 from
/// the process's image (<https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4688>).
/// Pseudo-processes (`System`, `Registry`) have no folder; their names have no ending, and [`named`] prints both forms then.
const FULL_PATHS: &[&str] = &[
    "Image",
    "ParentImage",
    "SourceImage",
    "TargetImage",
    "ImageLoaded",
    "TargetFilename",
    "SourceFilename",
    "NewProcessName",
    "ParentProcessName",
];

impl Context<'_> {
    /// A comparison as a tree of items, with what the result rests on.
    ///
    /// # Errors
    /// What Sigma cannot say of it, at the author's text.
    pub fn test(&self, test: &Test, span: Span, assumes: &mut BTreeSet<Assumption>) -> Result<Tree, Box<Loss>> {
        for field in test.fields() {
            if field.name.contains('|') || field.name.is_empty() {
                return Err(loss(
                    "L0357",
                    span,
                    format!("Sigma separates a field from its modifiers by `|`, so it cannot name the field `{}`", field.name),
                    Some("this name holds a `|`".to_owned()),
                    Some("rename the field where the data is read".to_owned()),
                ));
            }
        }
        match test {
            Test::Presence { field, state } => Ok(self.presence(field, *state)),
            Test::Text { field, operator, values, case } => self.text(field, *operator, values, *case, span, assumes),
            Test::Like { field, patterns, case } => self.like(field, patterns, *case, span, assumes),
            Test::Regex { field, patterns } => self.regex(field, patterns, span, assumes),
            Test::Number { field, order, values } => number(field, *order, values, span),
            Test::Boolean { field, value } => {
                Ok(item(&field.name, vec![], vec![Value::text(if *value { "true" } else { "false" })]))
            }
            Test::Address { field, blocks } => Ok(item(&field.name, vec![Modifier::Cidr], networks(blocks))),
            Test::Hash { field, algorithm, values } => Ok(self.hash(field, *algorithm, values)),
            Test::Listed { set, .. } => Err(loss(
                "L0359",
                span,
                format!(
                    "a Sigma rule holds its values itself, and {} indicators of type `{}` are more than converters and products take",
                    set.values().len(),
                    set.kind
                ),
                None,
                Some("sweep fewer of them in one sweep, or write `not on sigma \"…\"`".to_owned()),
            )),
            Test::Fields { left, operator, right, case } => {
                // Whether letters beyond ASCII fold is not settled by the specification; two values fold A–Z alone (S3.1).
                if *case == Case::Folded && left.kind.scalar.is_text() && right.kind.scalar.is_text() {
                    assumes.insert(Assumption::AsciiText);
                }
                self.fields(left, *operator, right, *case, span)
            }
            Test::Anywhere { values, case } => {
                if *case == Case::Exact {
                    return Err(loss(
                        "L0353",
                        span,
                        "Sigma's keywords take no modifiers, so a text anywhere in the event cannot be compared with its case"
                            .to_owned(),
                        None,
                        Some("leave out `cased`, or name the field".to_owned()),
                    ));
                }
                values.iter().for_each(|value| folding(value, *case, assumes));
                Ok(Tree::Keywords(values.iter().map(|value| Value::text(value)).collect()))
            }
            Test::Some { field, .. } => Err(loss(
                "L0350",
                span,
                format!(
                    "Sigma compares each field on its own, so it cannot ask that one element of `{}` satisfies several clauses",
                    field.name
                ),
                None,
                Some("compare the elements' fields without `some`, where any element may satisfy each clause".to_owned()),
            )),
            Test::TimeOfDay { .. } => Err(loss(
                "L0351",
                span,
                "Sigma has no word for the event's own time, and its time modifiers take parts of a field as it is written, without zones"
                    .to_owned(),
                None,
                None,
            )),
            Test::Weekday { .. } => {
                Err(loss("L0352", span, "Sigma's time modifiers do not know the day of the week".to_owned(), None, None))
            }
        }
    }

    /// A search on the log source's first field, for conditions without any.
    pub fn any_search(&self) -> Tree {
        absent(self.source.and_then(|source| source.fields.first()).map_or("EventID", |field| &field.name))
    }

    fn presence(&self, field: &Field, state: Presence) -> Tree {
        if let Some(algorithm) = self.hash_in_text(field) {
            // Present means that the text of all hashes names the algorithm with a value.
            let digit = RegexClass { negated: false, items: vec![ClassItem::Range('0', '9'), ClassItem::Range('a', 'f')] };
            let present = in_hash_text(algorithm, vec![RegexNode::Class(digit)]);
            return match state {
                Presence::Exists | Presence::IsPresent => present,
                Presence::IsNull | Presence::IsEmpty => present.negated(),
            };
        }
        match state {
            Presence::IsNull => absent(&field.name),
            Presence::Exists => absent(&field.name).negated(),
            // Of a list some element may be empty while another is not.
            Presence::IsPresent if field.kind.list => some_character(&field.name),
            Presence::IsEmpty if field.kind.list => some_character(&field.name).negated(),
            Presence::IsEmpty => absent_or_empty(&field.name),
            Presence::IsPresent => absent_or_empty(&field.name).negated(),
        }
    }

    fn text(
        &self,
        field: &Field,
        operator: TextOperator,
        values: &[String],
        case: Case,
        span: Span,
        assumes: &mut BTreeSet<Assumption>,
    ) -> Result<Tree, Box<Loss>> {
        let place = match operator {
            TextOperator::Equals => None,
            TextOperator::Contains => Some(Modifier::Contains),
            TextOperator::StartsWith => Some(Modifier::StartsWith),
            TextOperator::EndsWith => Some(Modifier::EndsWith),
            TextOperator::Named => {
                values.iter().for_each(|value| folding(value, case, assumes));
                return Ok(self.named(field, values, case, assumes));
            }
        };
        // S3.2: true for every present value, the empty text included.
        if operator != TextOperator::Equals && values.iter().any(String::is_empty) {
            return Ok(self.presence(field, Presence::Exists));
        }
        values.iter().for_each(|value| folding(value, case, assumes));
        if let Some(algorithm) = self.hash_in_text(field) {
            return Ok(hash_text(algorithm, operator, values));
        }
        let _ = span;
        Ok(item(&field.name, with_case(place, case), values.iter().map(|value| Value::text(value)).collect()))
    }

    /// S3.7. The name behind a separator, and the bare name where the field may hold one.
    fn named(&self, field: &Field, values: &[String], case: Case, assumes: &mut BTreeSet<Assumption>) -> Tree {
        let known = self.source.is_some() && FULL_PATHS.contains(&&*field.name);
        let separators = if known { &self.separators[..1.min(self.separators.len())] } else { self.separators };
        let behind = values
            .iter()
            .flat_map(|value| separators.iter().map(move |separator| Value::text(&format!("{separator}{value}"))))
            .collect();
        let bare: Vec<Value> =
            values.iter().filter(|value| !known || !value.contains('.')).map(|value| Value::text(value)).collect();
        if known {
            assumes.insert(Assumption::FullPath);
        }
        let behind = item(&field.name, with_case(Some(Modifier::EndsWith), case), behind);
        if bare.is_empty() { behind } else { Tree::Any(vec![behind, item(&field.name, with_case(None, case), bare)]) }
    }

    fn like(
        &self,
        field: &Field,
        patterns: &[LikePattern],
        case: Case,
        span: Span,
        assumes: &mut BTreeSet<Assumption>,
    ) -> Result<Tree, Box<Loss>> {
        if self.hash_in_text(field).is_some() {
            return Err(hash_comparison(field, span));
        }
        let mut trees: Vec<Tree> = Vec::new();
        for pattern in patterns {
            for piece in &pattern.0 {
                if let Piece::Literal(literal) = piece {
                    folding(literal, case, assumes);
                }
            }
            // Written whole: engines disagree on wildcards inside the values of `contains`, `startswith` and `endswith`.
            trees.push(item(&field.name, with_case(None, case), vec![Value::Pattern(pattern.0.clone())]));
        }
        Ok(any(trees))
    }

    fn regex(
        &self,
        field: &Field,
        patterns: &[SharedRegex],
        span: Span,
        assumes: &mut BTreeSet<Assumption>,
    ) -> Result<Tree, Box<Loss>> {
        if self.hash_in_text(field).is_some() {
            return Err(hash_comparison(field, span));
        }
        let mut trees = Vec::new();
        for pattern in patterns {
            let Some(node) = without_boundaries(&pattern.node) else {
                return Err(loss(
                    "L0355",
                    span,
                    "Sigma's regular expressions have no word boundary, and this one stands where it cannot be spelled out"
                        .to_owned(),
                    None,
                    Some("write the characters that may stand there, as in `[^a-z]`".to_owned()),
                ));
            };
            if pattern.ignore_case && beyond_ascii(&node) {
                assumes.insert(Assumption::AsciiText);
            }
            let mut modifiers = vec![Modifier::Regex];
            modifiers.extend(pattern.ignore_case.then_some(Modifier::IgnoreCase));
            modifiers.extend(pattern.multi_line.then_some(Modifier::MultiLine));
            modifiers.extend(pattern.dot_all.then_some(Modifier::DotAll));
            trees.push(item(&field.name, modifiers, vec![Value::Regex(node)]));
        }
        Ok(any(trees))
    }

    /// S4.3.
    fn hash(&self, field: &Field, algorithm: HashAlgorithm, values: &[String]) -> Tree {
        if self.hash_in_text(field).is_some() || !matches!(field.kind.scalar, ScalarType::Hash(_)) {
            let name = if self.hash_in_text(field).is_some() { HASHES } else { &*field.name };
            let texts = values.iter().map(|value| Value::text(&format!("{}={}", algorithm.sysmon_name(), value.to_uppercase())));
            return item(name, vec![Modifier::Contains], texts.collect());
        }
        item(&field.name, vec![], values.iter().map(|value| Value::text(value)).collect())
    }

    /// The algorithm of a hash field that the log source keeps in one text with all hashes, as Sysmon does.
    fn hash_in_text(&self, field: &Field) -> Option<HashAlgorithm> {
        let ScalarType::Hash(algorithm) = field.kind.scalar else { return None };
        self.source.filter(|source| source.field(HASHES).is_some()).map(|_| algorithm)
    }

    fn fields(&self, left: &Field, operator: TextOperator, right: &Field, case: Case, span: Span) -> Result<Tree, Box<Loss>> {
        let refused = |message: String, help: Option<String>| Err(loss("L0354", span, message, None, help));
        if case == Case::Exact {
            return refused("Sigma's `fieldref` says nothing of case, so two fields cannot be compared with it".to_owned(), None);
        }
        for field in [left, right] {
            match field.kind.scalar {
                ScalarType::Ip => {
                    return refused(
                        format!(
                            "Sigma compares two fields as text, and `{}` is an address, which has several spellings",
                            field.name
                        ),
                        None,
                    );
                }
                ScalarType::Hash(_) if self.hash_in_text(field).is_some() => return Err(hash_comparison(field, span)),
                ScalarType::String
                | ScalarType::Integer
                | ScalarType::Float
                | ScalarType::Boolean
                | ScalarType::Path
                | ScalarType::Hash(_)
                | ScalarType::Time
                | ScalarType::HexInteger
                | ScalarType::Object => {}
            }
        }
        if right.name.contains(['\\', '*', '?']) {
            return refused(format!("Sigma cannot name the field `{}` as a value", right.name), None);
        }
        let place = match operator {
            TextOperator::Equals => None,
            TextOperator::Contains => Some(Modifier::Contains),
            TextOperator::StartsWith => Some(Modifier::StartsWith),
            TextOperator::EndsWith => Some(Modifier::EndsWith),
            TextOperator::Named => {
                return refused("Sigma cannot compare the last component of a path with another field".to_owned(), None);
            }
        };
        let modifiers = std::iter::once(Modifier::FieldReference).chain(place).collect();
        Ok(item(&left.name, modifiers, vec![Value::Field(right.name.to_string())]))
    }
}

/// Sysmon's field for all hashes of a file.
const HASHES: &str = "Hashes";

fn item(field: &str, modifiers: Vec<Modifier>, values: Vec<Value>) -> Tree {
    let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
    add_distinct(&mut distinct, values);
    Tree::Item(Item { field: field.to_owned(), modifiers, values: distinct })
}

/// Adds the values that are not there yet, in their order.
pub(super) fn add_distinct(values: &mut Vec<Value>, more: Vec<Value>) {
    // Lists of thousands occur: only a value whose digest is known is compared with the others.
    let digest = |value: &Value| {
        let mut hasher = DefaultHasher::new();
        if let Value::Pattern(pieces) = value {
            pieces.hash(&mut hasher);
        }
        hasher.finish()
    };
    let mut known: BTreeSet<u64> = values.iter().map(digest).collect();
    for value in more {
        if known.insert(digest(&value)) || !values.contains(&value) {
            values.push(value);
        }
    }
}

fn any(mut trees: Vec<Tree>) -> Tree {
    if trees.len() == 1 { trees.remove(0) } else { Tree::Any(trees) }
}

/// Absent or null: what the specification's `null` means. (`exists` asks for the field alone, whatever its value.)
fn absent(field: &str) -> Tree {
    item(field, vec![], vec![Value::Null])
}

/// Two items: engines look for a value in a list's texts before they ask whether there is one.
fn absent_or_empty(field: &str) -> Tree {
    Tree::Any(vec![absent(field), item(field, vec![], vec![Value::text("")])])
}

fn some_character(field: &str) -> Tree {
    item(field, vec![Modifier::Regex, Modifier::DotAll], vec![Value::Regex(RegexNode::Dot)])
}

fn with_case(place: Option<Modifier>, case: Case) -> Vec<Modifier> {
    place.into_iter().chain((case == Case::Exact).then_some(Modifier::Cased)).collect()
}

/// A folded literal with letters beyond ASCII: whether those fold is not settled by the specification (S3.1).
fn folding(literal: &str, case: Case, assumes: &mut BTreeSet<Assumption>) {
    if case == Case::Folded && literal.chars().any(|character| !character.is_ascii() && character.is_alphabetic()) {
        assumes.insert(Assumption::AsciiText);
    }
}

fn beyond_ascii(node: &RegexNode) -> bool {
    match node {
        RegexNode::Literal(character) => !character.is_ascii() && character.is_alphabetic(),
        RegexNode::Class(class) => class.items.iter().any(|item| matches!(item, ClassItem::Range(_, to) if !to.is_ascii())),
        RegexNode::Concat(parts) | RegexNode::Alternate(parts) => parts.iter().any(beyond_ascii),
        RegexNode::Group(inner) | RegexNode::Repeat { node: inner, .. } => beyond_ascii(inner),
        RegexNode::Empty
        | RegexNode::Dot
        | RegexNode::Start
        | RegexNode::End
        | RegexNode::WordBoundary
        | RegexNode::NotWordBoundary => false,
    }
}

/// `Hashes|re|i: 'SHA256=…'`.
fn in_hash_text(algorithm: HashAlgorithm, rest: Vec<RegexNode>) -> Tree {
    let name = algorithm.sysmon_name().chars().chain(['=']).map(RegexNode::Literal);
    let node = RegexNode::Concat(name.chain(rest).collect());
    item(HASHES, vec![Modifier::Regex, Modifier::IgnoreCase], vec![Value::Regex(node)])
}

/// A text comparison of one algorithm's value inside the text of all hashes.
fn hash_text(algorithm: HashAlgorithm, operator: TextOperator, values: &[String]) -> Tree {
    let others = RegexNode::Repeat {
        node: Box::new(RegexNode::Class(RegexClass { negated: true, items: vec![ClassItem::Range(',', ',')] })),
        min: 0,
        max: None,
        lazy: false,
    };
    let end = RegexNode::Group(Box::new(RegexNode::Alternate(vec![RegexNode::Literal(','), RegexNode::End])));
    let trees = values.iter().map(|value| {
        let mut rest = Vec::new();
        if matches!(operator, TextOperator::Contains | TextOperator::EndsWith) {
            rest.push(others.clone());
        }
        rest.extend(value.chars().map(RegexNode::Literal));
        if matches!(operator, TextOperator::Equals | TextOperator::EndsWith | TextOperator::Named) {
            rest.push(end.clone());
        }
        in_hash_text(algorithm, rest)
    });
    any(trees.collect())
}

fn hash_comparison(field: &Field, span: Span) -> Box<Loss> {
    loss(
        "L0356",
        span,
        format!(
            "Sigma keeps all hashes in one text, `{HASHES}`, in which `{}` can be compared with literal text only",
            field.name
        ),
        None,
        Some(format!("write `{} in (…)` with whole hashes", field.name)),
    )
}

fn number(field: &Field, order: Order, values: &[Number], span: Span) -> Result<Tree, Box<Loss>> {
    let hexadecimal = field.kind == FieldType { scalar: ScalarType::HexInteger, ..field.kind };
    let modifier = match order {
        Order::Equal => {
            let spelled = values.iter().flat_map(|value| match value {
                // Records write `0x3e7` or decimal, and Sigma converts neither.
                Number::Integer(number) if hexadecimal && *number >= 0 => {
                    vec![Value::text(&format!("{number:#x}")), Value::Number(*value)]
                }
                Number::Integer(_) | Number::Float(_) => vec![Value::Number(*value)],
            });
            return Ok(item(&field.name, vec![], spelled.collect()));
        }
        Order::Less => Modifier::LessThan,
        Order::LessOrEqual => Modifier::LessOrEqual,
        Order::Greater => Modifier::GreaterThan,
        Order::GreaterOrEqual => Modifier::GreaterOrEqual,
    };
    if hexadecimal {
        return Err(loss(
            "L0358",
            span,
            format!("Sigma converts no field, and `{}` is written as `0x3e7`, which has no order as text", field.name),
            None,
            Some("compare with `==` or `in`".to_owned()),
        ));
    }
    Ok(item(&field.name, vec![modifier], values.iter().map(|value| Value::Number(*value)).collect()))
}

/// Networks as S4.2 reads addresses: an IPv4 network also holds what is written as `::ffff:a.b.c.d`, as Windows does for
/// sockets that serve both.
fn networks(blocks: &[IpBlock]) -> Vec<Value> {
    let mut networks = Vec::new();
    for block in blocks {
        networks.push(Value::Block(*block));
        if let std::net::IpAddr::V4(network) = block.network {
            networks.push(Value::Block(IpBlock { network: network.to_ipv6_mapped().into(), prefix: block.prefix + 96 }));
        }
    }
    networks
}

fn loss(code: &'static str, span: Span, message: String, label: Option<String>, help: Option<String>) -> Box<Loss> {
    Box::new(Loss { code, direction: None, span, message, label, help })
}
