//! `test` blocks: from what was written to events and expectations.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::rules::RulesByName;
use super::scope::Scope;
use super::values::{kind_of, parse_integer};
use super::{Checker, Resource, resolve};
use crate::diag::{Diagnostic, Span, nearest};
use crate::ir::Rule;
use crate::ir::event::{Event, Expectation, ExpectedRule, TestCase, TestRow, Value};
use crate::schema::{Field, LogSource, ScalarType};
use crate::syntax::ast::{self, TestStepKind, TestValue, ValueKind};

/// Tests begin here: Monday, 2026-01-05T12:00:00Z, in milliseconds.
const START: i64 = 1_767_614_400_000;

/// More copies than this in one `repeat` are refused.
const MOST_COPIES: u32 = 10_000;

type Fields = BTreeMap<Arc<str>, Value>;

impl<'a> Checker<'a> {
    pub(super) fn test_block(
        &mut self,
        test: &'a ast::Test,
        unit: &'a ast::Unit,
        scope: &Scope<'a>,
        rules: &RulesByName<'a>,
    ) -> Option<TestCase> {
        let before = self.errors();
        let mut case = TestCase {
            hunt: unit.name.node.clone(),
            name: test.name.node.value.clone(),
            span: test.name.span,
            events: Vec::new(),
            event_spans: Vec::new(),
            expect: None,
            rows: Vec::new(),
        };
        let mut clock = START - 1_000;
        let mut base: Option<(Arc<LogSource>, Fields)> = None;
        let mut complete = !self.is_broken(test.span);
        for step in &test.steps {
            match &step.kind {
                TestStepKind::Event { source, at, repeat, fields } => {
                    let first = at.as_ref().map_or(clock + 1_000, |at| START + milliseconds(at.seconds));
                    let Some(source) = self.find_log_source(source) else { continue };
                    let (copies, gap) = match repeat {
                        Some((copies, every)) if copies.node == 0 || copies.node > MOST_COPIES => {
                            self.report(
                                Diagnostic::error(
                                    "E0416",
                                    copies.span,
                                    format!("an event is repeated 1 to {MOST_COPIES} times, not {}", copies.node),
                                )
                                .also(every.span, "at this distance"),
                            );
                            complete = false;
                            continue;
                        }
                        Some((copies, every)) => (copies.node, milliseconds(every.seconds)),
                        None => (1, 0),
                    };
                    for copy in 0..copies {
                        clock = first + i64::from(copy) * gap;
                        let reported = self.diagnostics.len();
                        let fields = self.test_fields(fields, &source, copy);
                        if copy > 0 {
                            self.diagnostics.truncate(reported);
                        }
                        case.events.push(Event { source: source.id.clone(), time: Some(clock), fields, raw: None });
                        case.event_spans.push(step.span);
                    }
                }
                TestStepKind::EventsFrom { path } => {
                    let resolved = self.input.files.get(scope.file).and_then(|file| resolve(&file.path, &path.node.value));
                    match resolved.and_then(|resolved| self.input.resources.get(&resolved)) {
                        Some(Resource::Events(events)) => {
                            case.event_spans.extend(std::iter::repeat_n(step.span, events.len()));
                            case.events.extend(events.iter().cloned());
                        }
                        // It could not be read, which was reported.
                        Some(Resource::Text { .. }) | None => complete = false,
                    }
                }
                TestStepKind::Expect(expected) => {
                    if case.expect.is_some() {
                        self.report(
                            Diagnostic::error("E0218", step.span, "`expect` is given twice")
                                .help("name every rule in one `expect`"),
                        );
                    }
                    let mut found = Vec::new();
                    for each in expected {
                        match self.tested_rule(&each.rule, rules) {
                            Some(rule) => found.push(ExpectedRule {
                                rule: rule.id,
                                name: rule.name.clone(),
                                times: each.times.map(|times| times.node),
                                span: each.rule.span,
                            }),
                            None => complete = false,
                        }
                    }
                    case.expect = Some(Expectation { rules: found, span: step.span });
                }
                TestStepKind::Base { source, fields } => {
                    let Some(source) = self.find_log_source(source) else { continue };
                    let fields = self.test_fields(fields, &source, 0);
                    base = Some((source, fields));
                }
                TestStepKind::Row { hit, rule, fields } => {
                    let Some((source, base_fields)) = &base else {
                        self.report(
                            Diagnostic::error("E0417", rule.span, "a row needs a `base` before it")
                                .help("write `base PRODUCT/CATEGORY { … }`: the fields that the rows below change"),
                        );
                        continue;
                    };
                    let (source, mut merged) = (Arc::clone(source), base_fields.clone());
                    for field in fields {
                        if let TestValue::Value(ast::Value { kind: ValueKind::Null, .. }) = field.value {
                            merged.remove(field.field.name.as_str());
                        }
                    }
                    merged.extend(self.test_fields(fields, &source, 0));
                    let Some(rule_found) = self.tested_rule(rule, rules) else {
                        complete = false;
                        continue;
                    };
                    if let Some(selections) = rule_found.body.selections()
                        && !selections.iter().any(|selection| selection.source == source.id)
                    {
                        self.report(
                            Diagnostic::error(
                                "E0208",
                                rule.span,
                                format!("`{}` does not look at `{}`, the log source of this base", rule.node, source.id),
                            )
                            .help("write a `base` of the rule's own log source before its rows"),
                        );
                        continue;
                    }
                    case.rows.push(TestRow {
                        hit: *hit,
                        rule: rule_found.id,
                        rule_name: rule_found.name.clone(),
                        event: Event { source: source.id.clone(), time: Some(START), fields: merged, raw: None },
                        span: step.span,
                    });
                }
            }
        }
        if case.expect.is_none() && !case.events.is_empty() {
            self.report(
                Diagnostic::error("E0417", test.name.span, "this test has events, but says nothing of what they should do")
                    .help("write `expect RULE, …` or `expect nothing`"),
            );
        }
        if case.expect.is_none() && case.events.is_empty() && case.rows.is_empty() && complete && self.errors() == before {
            self.report(
                Diagnostic::error("E0417", test.name.span, "this test tests nothing")
                    .help("write rows (`base`, `hit`, `miss`) or events with `expect`"),
            );
        }
        if let Some(expect) = &case.expect
            && case.events.is_empty()
            && complete
        {
            self.report(
                Diagnostic::error("E0417", expect.span, "there is no event before this `expect`")
                    .help("write `event PRODUCT/CATEGORY { … }` above it"),
            );
        }
        let mut order: Vec<usize> = (0..case.events.len()).collect();
        order.sort_by_key(|&index| case.events[index].time);
        case.event_spans = order.iter().map(|&index| case.event_spans[index]).collect();
        case.events = order.iter().map(|&index| case.events[index].clone()).collect();
        (complete && self.errors() == before).then_some(case)
    }

    fn tested_rule(&mut self, name: &ast::Name, rules: &RulesByName<'a>) -> Option<Arc<Rule>> {
        match rules.get(name.node.as_str()) {
            Some(Some(rule)) => Some(Arc::clone(rule)),
            // It has an error, which was reported.
            Some(None) => None,
            None => {
                let mut diagnostic = Diagnostic::error("E0202", name.span, format!("there is no rule `{}`", name.node));
                if let Some(near) = nearest(&name.node, rules.keys().copied()) {
                    diagnostic =
                        diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
                }
                self.report(diagnostic.help("tests name a detect, correlate or sweep of their own hunt"));
                None
            }
        }
    }

    fn test_fields(&mut self, fields: &'a [ast::TestField], source: &LogSource, copy: u32) -> Fields {
        let mut found = Fields::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for field in fields {
            if let Some(first) = seen.insert(&field.field.name, field.field.span) {
                self.report(
                    Diagnostic::error("E0204", field.field.span, format!("`{}` is given twice", field.field.name))
                        .also(first, "first here"),
                );
            }
            let Some(known) = self.field(&field.field, source, false) else { continue };
            if let Some(value) = self.test_value(&field.value, Some(&known), copy) {
                found.insert(Arc::from(field.field.name.as_str()), value);
            }
        }
        found
    }

    /// `None` for `null`, and where the value has an error.
    fn test_value(&mut self, value: &'a TestValue, field: Option<&Field>, copy: u32) -> Option<Value> {
        match value {
            TestValue::Value(value) => self.test_scalar(value, field),
            TestValue::Sequence(value) => {
                let first = self.test_scalar(value, field)?;
                match raised(&first, copy) {
                    Some(raised) => Some(raised),
                    None => {
                        self.report(
                            Diagnostic::error(
                                "E0418",
                                value.span,
                                "`seq` needs a value that can be raised: an address, a number, or text with a number in it",
                            )
                            .help("as in `seq '10.0.0.1'`, `seq 1000`, `seq 'host-01'`"),
                        );
                        None
                    }
                }
            }
            TestValue::List(values) => {
                if let Some(field) = field
                    && !field.kind.list
                {
                    // S1.3 reads an array in a scalar field as a list, so a test may hold one.
                    let values: Vec<Value> =
                        values.iter().filter_map(|value| self.test_value(value, Some(field), copy)).collect();
                    return Some(Value::List(values));
                }
                Some(Value::List(values.iter().filter_map(|value| self.test_value(value, field, copy)).collect()))
            }
            TestValue::Object(fields) => {
                if let Some(field) = field
                    && field.kind.scalar != ScalarType::Object
                {
                    let at = fields.first().map(|field| field.field.span).unwrap_or_default();
                    self.report(Diagnostic::error(
                        "E0206",
                        at,
                        format!("`{}` is of type {}, and this is an object", field.name, field.kind),
                    ));
                    return None;
                }
                let mut object = BTreeMap::new();
                for each in fields {
                    if let Some(value) = self.test_value(&each.value, None, copy) {
                        object.insert(Arc::from(each.field.name.as_str()), value);
                    }
                }
                Some(Value::Object(object))
            }
        }
    }

    /// A scalar as its field's type. Text is allowed everywhere: that is how many records hold numbers (S1.3).
    fn test_scalar(&mut self, value: &ast::Value, field: Option<&Field>) -> Option<Value> {
        let found = match &value.kind {
            ValueKind::Null => return None,
            ValueKind::Text(text) => Value::Text(text.value.clone()),
            ValueKind::Boolean(boolean) => Value::Boolean(*boolean),
            ValueKind::Number(text) => match parse_integer(text) {
                Some(number) => Value::Integer(number),
                None => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => Value::Float(number),
                    _ => {
                        self.report(
                            Diagnostic::error("E0401", value.span, format!("`{text}` does not fit"))
                                .help("write a smaller number"),
                        );
                        return None;
                    }
                },
            },
            ValueKind::Date(text) => Value::Text(text.clone()),
            ValueKind::Duration { .. } | ValueKind::Regex { .. } => {
                self.report(
                    Diagnostic::error("E0206", value.span, format!("{} cannot be a field's value", kind_of(&value.kind)))
                        .help("an event holds text, numbers, `true`, `false` and lists of them"),
                );
                return None;
            }
        };
        let Some(field) = field else { return Some(found) };
        let fits = match (field.kind.scalar, &found) {
            (ScalarType::Object, _) => false,
            (ScalarType::Integer | ScalarType::HexInteger, Value::Integer(_)) => true,
            (ScalarType::Float, Value::Integer(_) | Value::Float(_)) => true,
            (ScalarType::Boolean, Value::Boolean(_)) => true,
            (_, Value::Text(_)) => true,
            (
                ScalarType::String | ScalarType::Path | ScalarType::Time,
                Value::Integer(_) | Value::Float(_) | Value::Boolean(_),
            ) => true,
            _ => false,
        };
        if !fits {
            self.report(
                Diagnostic::error(
                    "E0206",
                    value.span,
                    format!("`{}` is of type {}, and this is {}", field.name, field.kind, kind_of(&value.kind)),
                )
                .help("a test's event holds what a record could hold"),
            );
            return None;
        }
        Some(found)
    }
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX / 4)
}

/// The value of the `copy`-th copy: an address or the last number, raised by one each time.
fn raised(value: &Value, copy: u32) -> Option<Value> {
    match value {
        Value::Integer(number) => Some(Value::Integer(number.checked_add(i64::from(copy))?)),
        Value::Text(text) => {
            match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => {
                    let raised = u32::from(address).checked_add(copy)?;
                    return Some(Value::Text(std::net::Ipv4Addr::from(raised).to_string()));
                }
                Ok(IpAddr::V6(address)) => {
                    let raised = u128::from(address).checked_add(u128::from(copy))?;
                    return Some(Value::Text(std::net::Ipv6Addr::from(raised).to_string()));
                }
                Err(_) => {}
            }
            let end = text.rfind(|character: char| character.is_ascii_digit())? + 1;
            let start = text[..end]
                .rfind(|character: char| !character.is_ascii_digit())
                .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
            let digits = &text[start..end];
            let number = digits.parse::<u64>().ok()?.checked_add(u64::from(copy))?;
            Some(Value::Text(format!("{}{number:0width$}{}", &text[..start], &text[end..], width = digits.len())))
        }
        Value::Float(_) | Value::Boolean(_) | Value::List(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raises_addresses_and_the_last_number() {
        let text = |text: &str, copy| match raised(&Value::Text(text.to_owned()), copy) {
            Some(Value::Text(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text("10.0.0.254", 3), "10.0.1.1");
        assert_eq!(text("srv-09.example", 2), "srv-11.example");
        assert_eq!(text("é9", 1), "é10");
        assert!(raised(&Value::Text("none".into()), 1).is_none());
    }
}
