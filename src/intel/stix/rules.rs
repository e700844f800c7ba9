//! Patterns that say more than values, as patterns and rules of the language.
//!
//! An observation becomes a `pattern` on the Windows log source whose events it describes; FOLLOWEDBY with WITHIN becomes `then …
//! within`, AND of observations `and … within`, REPEATS with WITHIN `count of … within`. What has no field in a log, and what has no
//! window, is refused with its reason: a rule that means something else is worse than none.

use super::super::write::LONGEST_NAME;
use super::super::{Indicator, OwnRule, Type};
use super::pattern::{Comparison, Literal, Observed, ObservedKind, Operator as Stix, Qualifier, Test};
use crate::diag::{Span, Spanned};
use crate::indicator::parse_block;
use crate::ir::regex::SharedRegex;
use crate::syntax::ast::{
    self, Bound, Clause, ClauseKind, Correlate, CorrelateCondition, CorrelateKind, Detect, Duration, FieldRef, LogSourceRef,
    Member, Name, Operand, Operator, Pattern, Property, PropertyKind, TextStyle, TextValue, Value, ValueKind, When,
};
use crate::syntax::names;

/// How a path's value stands in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The field holds the value.
    Same,
    /// The field is a path, and the value its last component.
    Named,
    /// The field is a path below the value.
    Folder,
    /// A registry key: the field is a value of it, or a key below.
    Key,
    /// The last component of a registry path.
    ValueName,
    Address,
    Number,
}

/// The log source and field of a path.
fn field(path: &str) -> Option<(&'static str, &'static str, Form)> {
    const PROCESS: &str = "windows/process_creation";
    const NETWORK: &str = "windows/network_connection";
    Some(match path {
        "process:name" | "process:binary_ref.name" | "process:image_ref.name" => (PROCESS, "Image", Form::Named),
        "process:command_line" => (PROCESS, "CommandLine", Form::Same),
        "process:cwd" => (PROCESS, "CurrentDirectory", Form::Same),
        "process:parent_ref.name" | "process:parent_ref.binary_ref.name" | "process:parent_ref.image_ref.name" => {
            (PROCESS, "ParentImage", Form::Named)
        }
        "process:parent_ref.command_line" => (PROCESS, "ParentCommandLine", Form::Same),
        "file:name" => ("windows/file_event", "TargetFilename", Form::Named),
        "file:parent_directory_ref.path" => ("windows/file_event", "TargetFilename", Form::Folder),
        "windows-registry-key:key" => ("windows/registry_set", "TargetObject", Form::Key),
        "windows-registry-key:values[*].name" => ("windows/registry_set", "TargetObject", Form::ValueName),
        "windows-registry-key:values[*].data" => ("windows/registry_set", "Details", Form::Same),
        "network-traffic:dst_ref.value" | "ipv4-addr:value" | "ipv6-addr:value" => (NETWORK, "DestinationIp", Form::Address),
        "network-traffic:src_ref.value" => (NETWORK, "SourceIp", Form::Address),
        "network-traffic:dst_port" => (NETWORK, "DestinationPort", Form::Number),
        "network-traffic:src_port" => (NETWORK, "SourcePort", Form::Number),
        "domain-name:value" => ("windows/dns_query", "QueryName", Form::Same),
        _ => return None,
    })
}

/// A rule of a pattern, with notes on what its author may have meant otherwise.
///
/// # Errors
/// Why the language has no rule for it; empty where another reason says more.
pub(super) fn rule(
    tree: &Observed,
    number: usize,
    name: Option<&str>,
    common: &Indicator,
) -> Result<(OwnRule, Vec<String>), String> {
    let base = names::of_title(name.unwrap_or_default(), LONGEST_NAME, "stix_pattern");
    let base = format!("{base}_{number}");
    let mut maker = Maker { base, members: Vec::new(), notes: Vec::new() };
    let title = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty());
    maker.rule(tree, title.as_deref(), common)?;
    let indicator = common.clone();
    Ok((OwnRule { indicator: Indicator { kind: Type::Rule("stix"), ..indicator }, members: maker.members }, maker.notes))
}

struct Maker {
    base: String,
    members: Vec<Member>,
    notes: Vec<String>,
}

impl Maker {
    fn rule(&mut self, tree: &Observed, title: Option<&str>, common: &Indicator) -> Result<(), String> {
        let mut properties = Vec::new();
        let title: String = title.unwrap_or("STIX pattern").chars().take(200).collect();
        properties.push(property(PropertyKind::Title(text(&title))));
        if !common.techniques.is_empty() {
            properties.push(property(PropertyKind::Techniques(common.techniques.iter().map(|id| word(id)).collect())));
        }
        let qualifiers: Vec<&Qualifier> =
            tree.qualifiers.iter().filter(|qualifier| !matches!(qualifier, Qualifier::StartStop(..))).collect();
        match &tree.kind {
            ObservedKind::One(test) if qualifiers.is_empty() => {
                let (source, clauses) = observation(test)?;
                self.members.push(Member::Detect(Detect {
                    name: word(&self.base),
                    source: Some(log_source(source)),
                    when: Some(When { block: clauses.len() > 1, clauses, span: Span::default() }),
                    properties,
                    exceptions: Vec::new(),
                    span: Span::default(),
                    head: Span::default(),
                }));
                return Ok(());
            }
            ObservedKind::One(test) => {
                let (mut window, mut times) = (None, None);
                for qualifier in &qualifiers {
                    match qualifier {
                        Qualifier::Within(seconds) => window = Some(whole(seconds)?),
                        Qualifier::Repeats(count) => times = Some(*count),
                        Qualifier::StartStop(..) => {}
                    }
                }
                let Some(times) = times.filter(|times| *times > 1) else {
                    return self.rule(
                        &Observed { kind: ObservedKind::One(test.clone()), qualifiers: Vec::new() },
                        Some(&title),
                        common,
                    );
                };
                let window = window.ok_or("REPEATS without WITHIN: a count needs a window")?;
                let of = self.pattern(test)?;
                let bound = Bound {
                    operator: Spanned::new(Operator::GreaterOrEqual, Span::default()),
                    value: value(ValueKind::Number(times.to_string())),
                };
                self.correlate(CorrelateKind::Count { of, bound }, window, properties);
                return Ok(());
            }
            ObservedKind::FollowedBy(parts) | ObservedKind::And(parts) => {
                let ordered = matches!(tree.kind, ObservedKind::FollowedBy(_));
                let mut window = None;
                for qualifier in &qualifiers {
                    match qualifier {
                        Qualifier::Within(seconds) => window = Some(whole(seconds)?),
                        _ => return Err("REPEATS of several observations".to_owned()),
                    }
                }
                let mut operands = Vec::new();
                for (index, part) in parts.iter().enumerate() {
                    let ObservedKind::One(test) = &part.kind else { return Err("observations in groups".to_owned()) };
                    for qualifier in &part.qualifiers {
                        match qualifier {
                            Qualifier::Within(seconds) if index + 1 == parts.len() && window.is_none() => {
                                // By the grammar it belongs to the last observation, where it says nothing.
                                window = Some(whole(seconds)?);
                                self.notes
                                    .push("WITHIN behind the last observation is read as the window of them all".to_owned());
                            }
                            Qualifier::StartStop(..) => {}
                            _ => return Err("a qualifier within a sequence".to_owned()),
                        }
                    }
                    operands.push(self.pattern(test)?);
                }
                let word = if ordered { "FOLLOWEDBY" } else { "AND of observations" };
                let window = window.ok_or_else(|| format!("{word} without WITHIN: a rule needs a window"))?;
                let kind = if ordered { CorrelateKind::Sequence(operands) } else { CorrelateKind::Together(operands) };
                self.correlate(kind, window, properties);
                return Ok(());
            }
            ObservedKind::Or(_) => {}
        }
        Err("observations joined by OR that do not only list values".to_owned())
    }

    fn pattern(&mut self, test: &Test) -> Result<Name, String> {
        let (source, clauses) = observation(test)?;
        let name = word(&format!("{}_{}", self.base, char::from(b'a' + u8::try_from(self.members.len() % 26).unwrap_or(0))));
        self.members.push(Member::Pattern(Pattern {
            name: name.clone(),
            source: log_source(source),
            clauses,
            span: Span::default(),
        }));
        Ok(name)
    }

    fn correlate(&mut self, kind: CorrelateKind, seconds: u64, properties: Vec<Property>) {
        let when = CorrelateCondition {
            kind,
            by: Vec::new(),
            within: Some(Duration { text: format!("{seconds}s"), seconds, span: Span::default() }),
            fixed_windows: None,
            span: Span::default(),
        };
        self.members.push(Member::Correlate(Correlate {
            name: word(&self.base),
            when: Some(when),
            properties,
            exceptions: Vec::new(),
            span: Span::default(),
            head: Span::default(),
        }));
    }
}

/// Whole seconds; a second is the least that every product has.
fn whole(seconds: &str) -> Result<u64, String> {
    let seconds: f64 = seconds.parse().map_err(|_| "a window that is no number".to_owned())?;
    if seconds.fract() == 0.0 && (1.0..=31_622_400.0).contains(&seconds) {
        // In range and without a fraction.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        return Ok(seconds as u64);
    }
    Err("a window that is no whole number of seconds, at most 366 days".to_owned())
}

fn observation(test: &Test) -> Result<(&'static str, Vec<Clause>), String> {
    let mut source = None;
    let clauses = match test {
        Test::And(parts) => parts.iter().map(|part| clause(part, &mut source)).collect::<Result<Vec<_>, _>>()?,
        one => vec![clause(one, &mut source)?],
    };
    let clauses: Vec<Clause> = clauses.into_iter().flatten().collect();
    match source {
        Some(source) if !clauses.is_empty() => Ok((source, clauses)),
        _ => Err(String::new()),
    }
}

fn clause(test: &Test, source: &mut Option<&'static str>) -> Result<Option<Clause>, String> {
    let kind = match test {
        Test::Exists(_) => return Err("EXISTS".to_owned()),
        Test::Comparison(comparison) => {
            if comparison.path.ends_with("_ref.type") {
                return Ok(None);
            }
            return compare(comparison, source).map(Some);
        }
        Test::And(parts) | Test::Or(parts) => {
            let mut clauses = Vec::new();
            for part in parts {
                clauses.extend(clause(part, source)?);
            }
            let kind = if matches!(test, Test::And(_)) { ast::BlockKind::All } else { ast::BlockKind::Any };
            ClauseKind::Block { kind, clauses }
        }
    };
    Ok(Some(Clause { kind, span: Span::default() }))
}

fn compare(comparison: &Comparison, source: &mut Option<&'static str>) -> Result<Clause, String> {
    let path: String = strip_indexes(&comparison.path);
    let (wanted, name, form) =
        field(&path).ok_or_else(|| format!("no field of a log: {}", comparison.path.split(':').next().unwrap_or_default()))?;
    match *source {
        Some(other) if other != wanted => return Err("one observation of two kinds of events".to_owned()),
        _ => *source = Some(wanted),
    }
    let mut negated = comparison.negated;
    let stix = match comparison.operator {
        Stix::NotEqual => {
            negated = !negated;
            Stix::Equal
        }
        other => other,
    };
    let texts = || -> Vec<String> { comparison.values.iter().map(|value| value.text().to_owned()).collect() };
    let (operator, operand) = match (form, stix) {
        (Form::Number, Stix::Equal | Stix::In | Stix::Less | Stix::LessOrEqual | Stix::Greater | Stix::GreaterOrEqual) => {
            let numbers = comparison
                .values
                .iter()
                .map(|literal| match literal {
                    Literal::Number(number) if !number.contains('.') => {
                        Ok(value(ValueKind::Number(number.trim_start_matches('+').to_owned())))
                    }
                    _ => Err("a port that is no number".to_owned()),
                })
                .collect::<Result<Vec<_>, _>>()?;
            let operator = match stix {
                Stix::Less => Operator::Less,
                Stix::LessOrEqual => Operator::LessOrEqual,
                Stix::Greater => Operator::Greater,
                Stix::GreaterOrEqual => Operator::GreaterOrEqual,
                _ => Operator::Equal,
            };
            listed(operator, numbers)?
        }
        (Form::Address, Stix::Equal | Stix::In | Stix::IsSubset) => {
            let blocks = texts();
            if !blocks.iter().all(|block| parse_block(block).is_ok()) {
                return Err("an address that cannot be read".to_owned());
            }
            (Operator::In, list(blocks.iter().map(|block| literal(block)).collect())?)
        }
        (Form::Same, Stix::Equal | Stix::In) => listed(Operator::Equal, texts().iter().map(|text| literal(text)).collect())?,
        (Form::Named, Stix::Equal | Stix::In) => named(Operator::Named, texts())?,
        (Form::Folder, Stix::Equal | Stix::In) => named(
            Operator::StartsWith,
            texts().into_iter().map(|folder| format!("{}\\", folder.trim_end_matches('\\'))).collect(),
        )?,
        (Form::Key, Stix::Equal | Stix::In) => {
            let (operator, keys) = keys(&texts())?;
            named(operator, keys)?
        }
        (Form::ValueName, Stix::Equal | Stix::In) => {
            named(Operator::EndsWith, texts().into_iter().map(|name| format!("\\{name}")).collect())?
        }
        (Form::Same | Form::Folder, Stix::Like) => {
            let ending = if form == Form::Folder { "\\*" } else { "" };
            let pattern = format!("{}{ending}", wildcards(comparison.values.first().map(Literal::text).unwrap_or_default()));
            (Operator::Like, Operand::Value(literal(&pattern)))
        }
        (Form::Named | Form::ValueName, Stix::Like) => {
            // A component holds no backslash, which `*` would run over.
            let pattern = component(comparison.values.first().map(Literal::text).unwrap_or_default());
            let regex = ValueKind::Regex { pattern, flags: "i".to_owned(), pattern_span: Span::default() };
            (Operator::Matches, Operand::Value(value(regex)))
        }
        (Form::Same, Stix::Matches) => {
            let pattern = comparison.values.first().map(Literal::text).unwrap_or_default().to_owned();
            // Patterns of STIX are PCRE; the language has what every product shares.
            if SharedRegex::parse(&pattern, "").is_err() {
                return Err("MATCHES with an expression that not every product has".to_owned());
            }
            let regex = ValueKind::Regex { pattern, flags: String::new(), pattern_span: Span::default() };
            (Operator::Matches, Operand::Value(value(regex)))
        }
        _ => return Err("an operator that its field does not have".to_owned()),
    };
    let comparison = ast::Comparison {
        field: FieldRef { name: name.to_owned(), quoted: false, span: Span::default() },
        operator: Spanned::new(operator, Span::default()),
        quantifier: None,
        cased: None,
        encodings: Vec::new(),
        operand,
    };
    let clause = Clause { kind: ClauseKind::Comparison(comparison), span: Span::default() };
    Ok(if negated { Clause { kind: ClauseKind::Not(Box::new(clause)), span: Span::default() } } else { clause })
}

/// `==` with one value, `in` with several.
fn listed(operator: Operator, mut values: Vec<Value>) -> Result<(Operator, Operand), String> {
    if values.len() == 1 {
        return Ok((operator, Operand::Value(values.remove(0))));
    }
    Ok((if operator == Operator::Equal { Operator::In } else { operator }, list(values)?))
}

fn named(operator: Operator, texts: Vec<String>) -> Result<(Operator, Operand), String> {
    if texts.iter().any(String::is_empty) {
        return Err("an empty value".to_owned());
    }
    let mut values: Vec<Value> = texts.iter().map(|text| literal(text)).collect();
    if values.len() == 1 {
        return Ok((operator, Operand::Value(values.remove(0))));
    }
    Ok((operator, list(values)?))
}

fn list(values: Vec<Value>) -> Result<Operand, String> {
    if values.is_empty() {
        return Err("an empty list".to_owned());
    }
    Ok(Operand::List { values, span: Span::default() })
}

/// Registry keys as logs write them: `HKLM\…`; a user's own hive stands under another name for each user.
fn keys(written: &[String]) -> Result<(Operator, Vec<String>), String> {
    let mut found = Vec::new();
    for key in written {
        let key = key.trim_end_matches('\\');
        let (hive, rest) = key.split_once('\\').unwrap_or((key, ""));
        match hive.to_ascii_uppercase().as_str() {
            "HKEY_LOCAL_MACHINE" | "HKLM" => found.push(format!("HKLM\\{rest}")),
            "HKEY_CURRENT_USER" | "HKCU" if !rest.is_empty() => found.push(format!("\\{rest}")),
            _ => return Err("a registry hive that logs do not name so".to_owned()),
        }
    }
    if found.iter().all(|key| key.starts_with("HKLM")) {
        return Ok((Operator::StartsWith, found));
    }
    if found.iter().all(|key| key.starts_with('\\')) {
        return Ok((Operator::Contains, found));
    }
    Err("registry keys of several hives".to_owned())
}

/// `%` and `_` of LIKE as `*` and `?`; what means something in a pattern of the language is written as itself.
fn wildcards(like: &str) -> String {
    let mut pattern = String::with_capacity(like.len());
    for character in like.chars() {
        match character {
            '%' => pattern.push('*'),
            '_' => pattern.push('?'),
            '*' => pattern.push_str("[*]"),
            '?' => pattern.push_str("[?]"),
            '[' => pattern.push_str("[[]"),
            other => pattern.push(other),
        }
    }
    pattern
}

/// LIKE on the last component of a path, as an expression.
fn component(like: &str) -> String {
    let mut pattern = r"(?:^|\\)".to_owned();
    for character in like.chars() {
        match character {
            '%' => pattern.push_str(r"[^\\]*"),
            '_' => pattern.push_str(r"[^\\]"),
            other => {
                if !other.is_alphanumeric() && other.is_ascii() && !matches!(other, ' ' | '_' | '-' | '/') {
                    pattern.push('\\');
                }
                pattern.push(other);
            }
        }
    }
    pattern.push('$');
    pattern
}

/// `values[0]` and `values[3]` are both some element.
fn strip_indexes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => {
                inside = true;
                plain.push_str("[*]");
            }
            ']' => inside = false,
            _ if inside => {}
            _ => plain.push(character),
        }
    }
    plain
}

fn log_source(source: &str) -> LogSourceRef {
    LogSourceRef { parts: source.split('/').map(word).collect(), span: Span::default() }
}

fn word(word: &str) -> Name {
    Spanned::new(word.to_owned(), Span::default())
}

fn text(value: &str) -> ast::Text {
    Spanned::new(TextValue { value: value.to_owned(), style: TextStyle::Escaped }, Span::default())
}

fn value(kind: ValueKind) -> Value {
    Value { kind, span: Span::default() }
}

fn literal(text: &str) -> Value {
    value(ValueKind::Text(TextValue { value: text.to_owned(), style: TextStyle::Literal }))
}

fn property(kind: PropertyKind) -> Property {
    Property { kind, keyword: Span::default(), span: Span::default() }
}
