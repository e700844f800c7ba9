//! Literals: from what was written to a value of a field's type, alone, in a list, or in indicators.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::clauses::Place;
use super::properties::MARKINGS;
use super::scope::{Declared, unknown_type};
use super::{Carried, Checker, Resource, resolve};
use crate::diag::{Diagnostic, SourceId, Span, Spanned, nearest};
use crate::indicator::{self, Kind, parse_block};
use crate::ir::{IpBlock, Number};
use crate::schema::{Field, FieldType, ScalarType};
use crate::syntax::ast::{self, TextStyle, Value, ValueKind};

/// A value read as its field's type: the part that the type has is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) number: Option<Number>,
    pub(super) boolean: Option<bool>,
    pub(super) block: Option<IpBlock>,
    /// Pattern, flags, and the pattern's place.
    pub(super) regex: Option<(String, String, Span)>,
    /// A domain that stands for what lies under it too.
    pub(super) subdomains: bool,
    pub(super) span: Span,
}

impl<'a> Checker<'a> {
    /// Reads a value as the type of a field.
    pub(super) fn literal(&mut self, value: &Value, field: &Field) -> Option<Literal> {
        let span = value.span;
        let found = Literal { span, ..Literal::default() };
        match (field.kind.scalar, &value.kind) {
            (_, ValueKind::Null) => {
                self.report(
                    Diagnostic::error("E0206", span, "`null` is not a value that can be compared with")
                        .help(format!("write `{} is null`, or `{} is empty` for absent or empty text", field.name, field.name)),
                );
                None
            }
            (ScalarType::String | ScalarType::Path | ScalarType::Hash(_), ValueKind::Text(text)) => {
                Some(Literal { text: text.value.clone(), ..found })
            }
            (ScalarType::String | ScalarType::Path | ScalarType::Hash(_), ValueKind::Regex { pattern, flags, pattern_span }) => {
                Some(Literal { regex: Some((pattern.clone(), flags.clone(), *pattern_span)), ..found })
            }
            (ScalarType::String | ScalarType::Path | ScalarType::Hash(_), other) => {
                let written = written(other);
                self.report(
                    Diagnostic::error(
                        "E0206",
                        span,
                        format!("`{}` is of type {}, and this is {}", field.name, field.kind, kind_of(other)),
                    )
                    .help(format!("write text: `'{written}'`"))
                    .fix(format!("write `'{written}'`"), span, format!("'{written}'")),
                );
                None
            }
            (ScalarType::Integer | ScalarType::HexInteger | ScalarType::Float, ValueKind::Number(text)) => {
                let number = self.number(text, field, span)?;
                Some(Literal { text: text.clone(), number: Some(number), ..found })
            }
            (ScalarType::Boolean, ValueKind::Boolean(boolean)) => Some(Literal { boolean: Some(*boolean), ..found }),
            (ScalarType::Ip, ValueKind::Text(text)) => {
                let block = self.block(&text.value, span)?;
                Some(Literal { text: text.value.clone(), block: Some(block), ..found })
            }
            (ScalarType::Integer | ScalarType::HexInteger | ScalarType::Float | ScalarType::Boolean, ValueKind::Text(text)) => {
                self.report(self.untyped(field, &value.kind, &text.value, span));
                None
            }
            (_, other) => {
                self.report(self.untyped(field, other, &written(other), span));
                None
            }
        }
    }

    /// A literal of another type: the error, with the fix where the text reads as the right type.
    fn untyped(&self, field: &Field, found: &ValueKind, text: &str, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            "E0206",
            span,
            format!("`{}` is of type {}, and this is {}", field.name, field.kind, kind_of(found)),
        );
        let bare = match field.kind.scalar {
            ScalarType::Integer | ScalarType::HexInteger => parse_integer(text).is_some(),
            ScalarType::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
            ScalarType::Boolean => matches!(text.to_ascii_lowercase().as_str(), "true" | "false"),
            _ => false,
        };
        let bare_text = if field.kind.scalar == ScalarType::Boolean { text.to_ascii_lowercase() } else { text.to_owned() };
        if bare {
            return diagnostic.help(format!("write `{bare_text}`")).fix(format!("write `{bare_text}`"), span, bare_text);
        }
        diagnostic.help(match field.kind.scalar {
            ScalarType::Integer => "write a whole number, such as `443`",
            ScalarType::HexInteger => "write a whole number, such as `999` or `0x3e7`",
            ScalarType::Float => "write a number, such as `0.5`",
            ScalarType::Boolean => "write `true` or `false`",
            ScalarType::Ip => "write an address or a block as text: `'10.0.0.0/8'`",
            _ => "write text in quotes",
        })
    }

    fn number(&mut self, text: &str, field: &Field, span: Span) -> Option<Number> {
        let hexadecimal = text.trim_start_matches('-').starts_with("0x");
        if field.kind.scalar == ScalarType::Float {
            if let Some(value) = parse_integer(text).map(|value| value as f64).or_else(|| text.parse().ok())
                && value.is_finite()
            {
                return Some(Number::Float(value));
            }
            self.report(Diagnostic::error("E0401", span, format!("`{text}` is no finite number")));
            return None;
        }
        if text.contains('.') {
            self.report(
                Diagnostic::error("E0206", span, format!("`{}` is of type {}, and this is a fraction", field.name, field.kind))
                    .help("write a whole number"),
            );
            return None;
        }
        let Some(value) = parse_integer(text) else {
            self.report(
                Diagnostic::error("E0401", span, format!("`{text}` does not fit"))
                    .help("whole numbers lie between -9223372036854775808 and 9223372036854775807"),
            );
            return None;
        };
        if hexadecimal && field.kind.scalar == ScalarType::Integer {
            self.report(
                Diagnostic::error("E0206", span, format!("`{}` is of type integer, which records write in decimal", field.name))
                    .help(format!("write `{value}`"))
                    .fix(format!("write `{value}`"), span, value.to_string()),
            );
            return None;
        }
        Some(Number::Integer(value))
    }

    fn block(&mut self, text: &str, span: Span) -> Option<IpBlock> {
        match parse_block(text) {
            Ok(block) => Some(block),
            Err(problem) => {
                self.report(
                    Diagnostic::error("E0402", span, format!("`{text}` is no address and no block: {problem}"))
                        .help("write `'192.0.2.7'`, `'2001:db8::1'` or a block such as `'10.0.0.0/8'`"),
                );
                None
            }
        }
    }

    /// The values of a list or an `ioc`, read as the type of a field.
    pub(super) fn named_values(&mut self, name: &'a ast::Name, field: &Field, place: &Place<'a, '_>) -> Option<Vec<Literal>> {
        let Some(&(file, declared)) = place.scope.names.get(name.node.as_str()) else {
            let known = place
                .scope
                .names
                .iter()
                .filter(|(_, (_, declared))| !matches!(declared, Declared::Pattern(_)))
                .map(|(name, _)| *name);
            let mut diagnostic = Diagnostic::error("E0202", name.span, format!("there is no list or ioc `{}`", name.node));
            if let Some(near) = nearest(&name.node, known) {
                diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
            }
            let help = if place.source.as_ref().is_some_and(|source| source.field(&name.node).is_some()) {
                format!("to compare with the field `{}`, write `field {}`", name.node, name.node)
            } else {
                "a bare name after an operator is a list or an `ioc`; text stands in quotes".to_owned()
            };
            self.report(diagnostic.help(help));
            return None;
        };
        let literals = match declared {
            Declared::Pattern(pattern) => {
                self.report(
                    Diagnostic::error("E0202", name.span, format!("`{}` is a pattern, not a list", name.node))
                        .also(pattern.name.span, "declared here"),
                );
                return None;
            }
            Declared::List(list) => self.list_values(list, file, field, name.span)?,
            Declared::Ioc(ioc) => self.ioc_values(ioc, file, field, name.span)?,
        };
        Some(literals)
    }

    fn list_values(&mut self, list: &'a ast::List, file: usize, field: &Field, at: Span) -> Option<Vec<Literal>> {
        let kind = self.list_type(list);
        let kind = kind?;
        if !same_family(kind, field.kind) {
            self.report(
                Diagnostic::error(
                    "E0225",
                    at,
                    format!("`{}` is a list of {kind}, and `{}` is of type {}", list.name.node, field.name, field.kind),
                )
                .also(list.name.span, "declared here")
                .help("a list is compared with fields of its own type"),
            );
            return None;
        }
        let (values, owner) = match &list.values {
            Some(values) => (values, file),
            // A site list: a site file of the workspace fills it.
            None => {
                let Some(filled) = self.site_lists.get(&list.name.node).copied() else {
                    self.report(
                        Diagnostic::error("E0226", at, format!("no site file gives `{}` its values", list.name.node))
                            .also(list.name.span, "declared as a site list here")
                            .help(format!("write `site NAME {{ list {} {{ … }} }}` in a file of the workspace", list.name.node)),
                    );
                    return None;
                };
                (filled.values.as_ref()?, self.file_of(filled.span).unwrap_or(file))
            }
        };
        let typed = Field { name: Arc::from(list.name.node.as_str()), kind };
        let reported = self.diagnostics.len();
        let literals: Vec<Option<Literal>> = self
            .raw_values(values, owner)?
            .iter()
            .map(|value| self.literal(value, if field.kind.list { &typed } else { field }))
            .collect();
        // The declaration reports its own literals once.
        self.diagnostics.truncate(reported);
        let literals: Vec<Literal> = literals.into_iter().collect::<Option<_>>()?;
        if literals.is_empty() {
            self.report(
                Diagnostic::error("E0227", at, format!("the list `{}` is empty, so this comparison never holds", list.name.node))
                    .also(list.name.span, "declared here"),
            );
            return None;
        }
        Some(literals)
    }

    /// The declared type of a list; text where it says none.
    pub(super) fn list_type(&mut self, list: &ast::List) -> Option<FieldType> {
        let Some(kind) = &list.kind else { return Some(FieldType::scalar(ScalarType::String)) };
        let parsed = FieldType::parse(&kind.node).filter(|kind| !kind.list);
        if parsed.is_none() {
            self.report(unknown_type(&kind.node, kind.span));
        }
        parsed
    }

    pub(super) fn check_list(&mut self, list: &'a ast::List, file: usize) {
        let Some(kind) = self.list_type(list) else { return };
        let field = Field { name: Arc::from(list.name.node.as_str()), kind };
        let Some(values) = list.values.as_ref().and_then(|values| self.raw_values(values, file)) else { return };
        for (index, value) in values.iter().enumerate() {
            self.literal(value, &field);
            if let Some(first) = values[..index].iter().find(|other| other.kind == value.kind) {
                self.report(
                    Diagnostic::warning("W0106", value.span, "this value stands twice in the list")
                        .also(first.span, "first here"),
                );
            }
        }
    }

    fn ioc_values(&mut self, ioc: &'a ast::Ioc, file: usize, field: &Field, at: Span) -> Option<Vec<Literal>> {
        let kind = Kind::parse(&ioc.kind.node)?;
        if !fits(kind, field.kind) {
            self.report(
                Diagnostic::error(
                    "E0225",
                    at,
                    format!(
                        "`{}` holds indicators of type {}, and `{}` is of type {}",
                        ioc.name.node,
                        kind.name(),
                        field.name,
                        field.kind
                    ),
                )
                .also(ioc.name.span, "declared here")
                .help(
                    "addresses are compared with fields of type ip, hashes with fields of their algorithm, the others with text",
                ),
            );
            return None;
        }
        if let Some(expires) = &ioc.expires
            && self.is_past(&expires.node)
        {
            self.report(
                Diagnostic::error(
                    "E0227",
                    at,
                    format!("every indicator of `{}` expired on {}, so this comparison never holds", ioc.name.node, expires.node),
                )
                .also(expires.span, "expired")
                .help("renew the indicators, or take the comparison out"),
            );
            return None;
        }
        let reported = self.diagnostics.len();
        if let Some(marking) = &ioc.tlp {
            self.carries(&ioc.name, marking);
        }
        let values = self.ioc_literals(ioc, file);
        self.diagnostics.truncate(reported);
        let mut literals = Vec::new();
        for (text, span) in values? {
            let mut literal = Literal { text, span, subdomains: ioc.subdomains.is_some(), ..Literal::default() };
            if field.kind.scalar == ScalarType::Ip {
                literal.block = parse_block(&literal.text).ok();
            }
            if field.kind.scalar == ScalarType::Integer {
                literal.number = literal.text.parse().ok().map(Number::Integer);
            }
            literals.push(literal);
        }
        if literals.is_empty() {
            self.report(
                Diagnostic::error("E0227", at, format!("`{}` holds no indicator, so this comparison never holds", ioc.name.node))
                    .also(ioc.name.span, "declared here"),
            );
            return None;
        }
        Some(literals)
    }

    /// Normalised and without duplicates, each with its place.
    pub(super) fn ioc_literals(&mut self, ioc: &'a ast::Ioc, file: usize) -> Option<Vec<(String, Span)>> {
        let Some(kind) = Kind::parse(&ioc.kind.node) else {
            let mut diagnostic =
                Diagnostic::error("E0213", ioc.kind.span, format!("there is no type of indicator called `{}`", ioc.kind.node));
            if let Some(near) = nearest(&ioc.kind.node, Kind::all().map(Kind::name)) {
                diagnostic =
                    diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), ioc.kind.span, near);
            }
            let names: Vec<String> = Kind::all().map(|kind| format!("`{}`", kind.name())).collect();
            self.report(diagnostic.help(format!("types are {}", names.join(", "))));
            return None;
        };
        if let Some(span) = ioc.subdomains
            && kind != Kind::Domain
        {
            self.report(Diagnostic::error("E0213", span, "`subdomains` goes with indicators of type `domain`").fix(
                "leave `subdomains` out",
                span,
                "",
            ));
        }
        let (mut found, mut seen, mut sound) = (Vec::new(), HashSet::new(), true);
        for (text, span) in self.ioc_texts(ioc, kind, file)? {
            match kind.normalise(&text) {
                Ok(normal) => {
                    if seen.insert(normal.clone()) {
                        found.push((normal, span));
                    }
                }
                Err(problem) => {
                    self.report(
                        Diagnostic::error("E0409", span, format!("this is no indicator of type `{}`: {problem}", kind.name()))
                            .help("defanged forms such as `hxxp://`, `[.]` and `(dot)` are read"),
                    );
                    sound = false;
                }
            }
        }
        sound.then_some(found)
    }

    /// The texts of an `ioc` that apply, as written: what its file says is expired is left out.
    fn ioc_texts(&mut self, ioc: &'a ast::Ioc, kind: Kind, file: usize) -> Option<Vec<(String, Span)>> {
        if let ast::Values::File { path, column: None } = &ioc.values {
            return self.ioc_file(ioc, path, kind, file);
        }
        let mut sound = true;
        let mut texts = Vec::new();
        for value in self.raw_values(&ioc.values, file)? {
            match &value.kind {
                ValueKind::Text(text) => texts.push((text.value.clone(), value.span)),
                other => {
                    self.report(
                        Diagnostic::error("E0206", value.span, format!("an indicator is text, and this is {}", kind_of(other)))
                            .fix("put it in quotes", value.span, format!("'{}'", written(other))),
                    );
                    sound = false;
                }
            }
        }
        sound.then_some(texts)
    }

    /// The indicators of a file whose columns say what each is.
    fn ioc_file(&mut self, ioc: &'a ast::Ioc, path: &'a ast::Text, kind: Kind, file: usize) -> Option<Vec<(String, Span)>> {
        let (source, text) = self.csv_text(path, file)?;
        let entries = match indicator::read_set(source, &text, kind) {
            Ok(entries) => entries,
            Err(problem) => {
                self.csv_problem(problem, path.span);
                return None;
            }
        };
        let mut sound = true;
        let (mut kept, mut expired): (Vec<(String, Span)>, Vec<Span>) = (Vec::with_capacity(entries.len()), Vec::new());
        // A large set has few different dates.
        let mut dates: BTreeSet<String> = BTreeSet::new();
        for entry in entries {
            if let Some((date, span)) = &entry.expires {
                // A file may write the time, too.
                let day = date.split(['T', ' ']).next().unwrap_or(date);
                let sound_date = dates.contains(day) || day.parse::<jiff::civil::Date>().is_ok() && dates.insert(day.to_owned());
                if !sound_date {
                    self.report(
                        Diagnostic::error("E0411", *span, format!("`{date}` is no date"))
                            .help("the column `expires` holds dates such as 2027-05-12, or nothing"),
                    );
                    sound = false;
                    continue;
                }
                if self.is_past(day) {
                    expired.push(*span);
                    continue;
                }
            }
            if let Some((marking, span)) = entry.tlp {
                sound &= self.carries(&ioc.name, &Spanned::new(marking, span));
            }
            kept.push((entry.value, entry.span));
        }
        if let Some(first) = expired.first() {
            let as_of = self.as_of.clone();
            let message = format!("{} of `{}` expired before {as_of}", counted(expired.len(), "indicator"), ioc.name.node);
            self.report(
                Diagnostic::warning("W0103", *first, message)
                    .help("renew them, or take them out: expired indicators are not compared with"),
            );
        }
        sound.then_some(kept)
    }

    /// Notes that indicators with a marking are used; false where it is none.
    pub(super) fn carries(&mut self, name: &'a ast::Name, marking: &ast::Name) -> bool {
        let Some(rank) = MARKINGS.iter().position(|known| *known == marking.node) else {
            self.report(Diagnostic::error("E0213", marking.span, format!("there is no marking called `{}`", marking.node)).help(
                format!("markings are {}", MARKINGS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
            ));
            return false;
        };
        // The strictest of each set is enough.
        match self.carried.iter_mut().find(|carried| carried.name == name.span) {
            Some(carried) if carried.rank < rank => (carried.rank, carried.marking) = (rank, marking.span),
            Some(_) => {}
            None => self.carried.push(Carried { rank, marking: marking.span, name: name.span, set: name.node.clone() }),
        }
        true
    }

    fn csv_text(&self, path: &ast::Text, file: usize) -> Option<(SourceId, Arc<str>)> {
        let resolved = resolve(&self.input.files.get(file)?.path, &path.node.value)?;
        // A file that could not be read was reported when it was asked for.
        let Some(Resource::Text { source, text }) = self.input.resources.get(&resolved) else { return None };
        Some((*source, Arc::clone(text)))
    }

    fn csv_problem(&mut self, problem: indicator::Problem, otherwise: Span) {
        let mut diagnostic = Diagnostic::error("E0411", problem.span.unwrap_or(otherwise), problem.message);
        if let Some(help) = problem.help {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
    }

    /// Values in place, or read from a column of a CSV file.
    fn raw_values(&mut self, values: &'a ast::Values, file: usize) -> Option<Vec<Value>> {
        match values {
            ast::Values::Inline(values) => Some(values.clone()),
            ast::Values::File { path, column } => {
                let (source, text) = self.csv_text(path, file)?;
                match indicator::read_column(source, &text, column.as_ref().map(|column| column.node.value.as_str())) {
                    Ok(cells) => Some(
                        cells
                            .into_iter()
                            .map(|(value, span)| Value {
                                kind: ValueKind::Text(ast::TextValue { value, style: TextStyle::Literal }),
                                span,
                            })
                            .collect(),
                    ),
                    Err(problem) => {
                        self.csv_problem(problem, column.as_ref().map_or(path.span, |column| column.span));
                        None
                    }
                }
            }
        }
    }

    pub(super) fn file_of(&self, span: Span) -> Option<usize> {
        self.by_source.get(&span.source).copied()
    }
}

/// Whether a field of a type can hold an indicator.
fn fits(kind: Kind, field: FieldType) -> bool {
    match (kind, field.scalar) {
        (Kind::Ip, scalar) => scalar == ScalarType::Ip,
        (Kind::Port, ScalarType::Integer) => true,
        (_, ScalarType::Hash(algorithm)) => kind.algorithm() == Some(algorithm),
        _ if kind.algorithm().is_some() => false,
        (_, scalar) => matches!(scalar, ScalarType::String | ScalarType::Path),
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn same_family(list: FieldType, field: FieldType) -> bool {
    use ScalarType as S;
    match (list.scalar, field.scalar) {
        (S::String | S::Path, S::String | S::Path | S::Ip) => true,
        (S::Hash(_) | S::String, S::Hash(_)) | (S::Hash(_), S::String) => true,
        (S::Integer | S::HexInteger | S::Float, S::Integer | S::HexInteger | S::Float) => true,
        (left, right) => left == right,
    }
}

pub(super) fn kind_of(value: &ValueKind) -> &'static str {
    match value {
        ValueKind::Text(_) => "text",
        ValueKind::Number(_) => "a number",
        ValueKind::Boolean(_) => "a boolean",
        ValueKind::Null => "null",
        ValueKind::Date(_) => "a date",
        ValueKind::Duration { .. } => "a duration",
        ValueKind::Regex { .. } => "a regular expression",
    }
}

pub(super) fn written(value: &ValueKind) -> String {
    match value {
        ValueKind::Text(text) => text.value.clone(),
        ValueKind::Number(text) | ValueKind::Date(text) => text.clone(),
        ValueKind::Boolean(value) => value.to_string(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Duration { text, .. } => text.clone(),
        ValueKind::Regex { pattern, .. } => pattern.clone(),
    }
}

/// Decimal, or hexadecimal after `0x`, with an optional `-`.
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = match digits.strip_prefix("0x") {
        Some(hexadecimal) => i128::from(u64::from_str_radix(hexadecimal, 16).ok()?),
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => i128::from(digits.parse::<u64>().ok()?),
        None => return None,
    };
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_at_the_edges() {
        assert_eq!(parse_integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_integer("9223372036854775808"), None);
        assert_eq!(parse_integer("0x3e7"), Some(999));
        assert_eq!(parse_integer("1_0"), None);
        assert_eq!(parse_integer(""), None);
    }

    #[test]
    fn blocks_lose_their_host_bits_and_mapped_addresses_are_v4() {
        let block = parse_block("10.1.2.3/8").unwrap();
        assert_eq!((block.network.to_string(), block.prefix), ("10.0.0.0".to_owned(), 8));
        let mapped = parse_block("::ffff:192.0.2.1").unwrap();
        assert_eq!((mapped.network.to_string(), mapped.prefix), ("192.0.2.1".to_owned(), 32));
        assert_eq!(parse_block("::/0").unwrap().prefix, 0);
        for bad in ["10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/", "::1/129", "10.0.0.0/+8"] {
            assert!(parse_block(bad).is_err(), "{bad}");
        }
    }
}
