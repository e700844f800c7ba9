//! How the steps of a test are laid out: a row on one line where it fits, else one pair a line.

use super::printer::{Kind, Printer};
use super::values::{duration, plain_field, source, text, value};
use crate::diag::Span;
use crate::syntax::ast::{Expectation, Test, TestField, TestStepKind, TestValue};

impl Printer<'_> {
    pub(super) fn test(&mut self, test: &Test) {
        self.push(&format!("test {} ", text(&test.name)));
        let first = test.steps.first().map(|step| step.span.start as usize);
        self.block(first, test.span.end as usize, |printer| {
            for step in &test.steps {
                printer.element(step.span, Kind::Line, |printer| printer.step(&step.kind, step.span));
            }
        });
    }

    fn step(&mut self, kind: &TestStepKind, span: Span) {
        match kind {
            TestStepKind::Event { source: on, at, repeat, fields } => {
                self.push(&format!("event {} ", source(on)));
                if let Some(at) = at {
                    self.push(&format!("at {} ", duration(at)));
                }
                if let Some((times, every)) = repeat {
                    self.push(&format!("repeat {} every {} ", times.node, duration(every)));
                }
                self.pairs(fields, span);
            }
            TestStepKind::EventsFrom { path } => self.push(&format!("events from {}", text(path))),
            TestStepKind::Expect(expectations) if expectations.is_empty() => self.push("expect nothing"),
            TestStepKind::Expect(expectations) => {
                let one = |expectation: &Expectation| match &expectation.times {
                    Some(times) => format!("{} {}", expectation.rule.node, times.node),
                    None => expectation.rule.node.clone(),
                };
                self.push(&format!("expect {}", expectations.iter().map(one).collect::<Vec<_>>().join(", ")));
            }
            TestStepKind::Base { source: on, fields } => {
                self.push(&format!("base {} ", source(on)));
                // One pair a line even where they fit: the rows below refer to them one by one.
                self.broken_pairs(fields, span);
            }
            TestStepKind::Row { hit, rule, fields } => {
                self.push(&format!("{} {} ", if *hit { "hit" } else { "miss" }, rule.node));
                self.pairs(fields, span);
            }
        }
    }

    /// `{ F: value … }`; `span` is what it ends with.
    fn pairs(&mut self, fields: &[TestField], span: Span) {
        let flat = object(fields);
        let grouped = fields.windows(2).any(|pair| self.blank_between(pair[0].span.end as usize, pair[1].span.start as usize));
        if !grouped && !self.has_comment(span) && self.fits(&flat, 0) {
            self.push(&flat);
            return;
        }
        self.broken_pairs(fields, span);
    }

    fn broken_pairs(&mut self, fields: &[TestField], span: Span) {
        let first = fields.first().map(|field| field.span.start as usize);
        self.block(first, span.end as usize, |printer| {
            for field in fields {
                printer.element(field.span, Kind::Line, |printer| {
                    printer.push(&format!("{}: ", plain_field(&field.field)));
                    printer.test_value(&field.value, field.span);
                });
            }
        });
    }

    fn test_value(&mut self, each: &TestValue, span: Span) {
        let flat = test_value(each);
        match each {
            TestValue::Object(fields) if self.has_comment(span) || !self.fits(&flat, 0) => self.pairs(fields, span),
            TestValue::List(values) if self.has_comment(span) || !self.fits(&flat, 0) => {
                self.push("(");
                let starts: Vec<u32> = values.iter().map(|value| list_part(value).map_or(span.end, |part| part.start)).collect();
                self.trailing_of_head(starts.first().copied().unwrap_or(span.end) as usize);
                self.indented(|printer| {
                    for (index, value) in values.iter().enumerate() {
                        // The tree does not say where an object or a list ends: all up to the next value is its own.
                        let limit = starts.get(index + 1).copied().unwrap_or(span.end);
                        let place = match value {
                            TestValue::Value(value) | TestValue::Sequence(value) => value.span,
                            _ => Span { start: starts[index].min(limit), end: limit, ..span },
                        };
                        let comma = if index + 1 < values.len() { "," } else { "" };
                        printer.element(place, Kind::Line, |printer| {
                            printer.test_value(value, place);
                            printer.push(comma);
                        });
                    }
                });
                self.close(")", span.end as usize);
            }
            _ => self.push(&flat),
        }
    }
}

/// Where a value of a list stands, as far as the tree says.
fn list_part(value: &TestValue) -> Option<Span> {
    match value {
        TestValue::Value(value) | TestValue::Sequence(value) => Some(value.span),
        TestValue::List(values) => values.iter().filter_map(list_part).reduce(Span::to),
        TestValue::Object(fields) => fields.iter().map(|field| field.span).reduce(Span::to),
    }
}

fn object(fields: &[TestField]) -> String {
    if fields.is_empty() {
        return "{ }".to_owned();
    }
    let pairs: Vec<String> =
        fields.iter().map(|field| format!("{}: {}", plain_field(&field.field), test_value(&field.value))).collect();
    format!("{{ {} }}", pairs.join("  "))
}

fn test_value(each: &TestValue) -> String {
    match each {
        TestValue::Value(one) => value(one),
        TestValue::Sequence(one) => format!("seq {}", value(one)),
        TestValue::List(values) => format!("({})", values.iter().map(test_value).collect::<Vec<_>>().join(", ")),
        TestValue::Object(fields) => object(fields),
    }
}
