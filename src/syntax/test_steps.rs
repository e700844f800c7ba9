//! `test` blocks: events, rows and expectations.

use super::grammar::{Node, Rule};
use super::mistakes::{self, Place};
use super::outline::Block;
use super::reader::{Reader, parts};
use super::statement::Joined;
use super::tree::Found;
use crate::diag::Span;
use crate::syntax::ast::{Expectation, Test, TestField, TestStep, TestStepKind, TestValue};

impl<'t> Reader<'t> {
    pub(super) fn test(&mut self, joined: &Joined<'t>, name: &Node<'_>, block: &'t Block, span: Span) -> Test {
        let name = self.text_value(joined, name);
        let mut steps = Vec::new();
        for statement in &block.statements {
            if self.gives_up() {
                break;
            }
            let joined = self.join(statement);
            let rule = match mistakes::first_word(&joined.text) {
                "event" => Rule::event_step,
                "events" => Rule::events_step,
                "expect" => Rule::expect_step,
                "base" => Rule::base_step,
                "hit" | "miss" => Rule::row_step,
                _ => {
                    if !statement.broken {
                        self.report(mistakes::unknown_statement(&joined, Place::Test));
                    }
                    continue;
                }
            };
            if statement.broken {
                continue;
            }
            let Some(node) = self.strict(rule, &joined, Place::Test) else { continue };
            match self.step(&joined, &node) {
                Some(kind) => steps.push(TestStep { kind, span: joined.whole() }),
                None => self.unreadable(joined.whole()),
            }
        }
        Test { name, steps, span }
    }

    fn step(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<TestStepKind> {
        let found = Found::new(node);
        let fields = match found.first(Rule::body).and_then(|body| self.block(joined, body)) {
            Some(block) => self.pairs(block),
            None => Vec::new(),
        };
        let source = found.first(Rule::source).map(|source| self.source_ref(joined, source));
        let kind = match node.as_rule() {
            Rule::event_step => {
                let at = found.first(Rule::event_at).map(Found::new);
                let at = at.and_then(|at| at.first(Rule::duration).map(|duration| self.duration(joined, duration)));
                let repeat = match found.first(Rule::event_repeat).map(Found::new) {
                    Some(repeat) => Some((
                        self.count(joined, repeat.first(Rule::number)?),
                        self.duration(joined, repeat.first(Rule::duration)?),
                    )),
                    None => None,
                };
                TestStepKind::Event { source: source?, at, repeat, fields }
            }
            Rule::events_step => TestStepKind::EventsFrom { path: self.text_value(joined, found.text()?) },
            Rule::expect_step => {
                let mut expectations = Vec::new();
                for expectation in found.all(Rule::expectation).map(Found::new) {
                    let times = expectation.first(Rule::number).map(|number| self.count(joined, number));
                    expectations.push(Expectation { rule: self.name(joined, expectation.first(Rule::name)?), times });
                }
                TestStepKind::Expect(expectations)
            }
            Rule::base_step => TestStepKind::Base { source: source?, fields },
            _ => TestStepKind::Row {
                hit: found.first(Rule::k_hit).is_some(),
                rule: self.name(joined, found.first(Rule::name)?),
                fields,
            },
        };
        Some(kind)
    }

    /// `F: value` pairs; the whole body is one statement.
    fn pairs(&mut self, block: &'t Block) -> Vec<TestField> {
        let mut fields = Vec::new();
        for statement in &block.statements {
            if statement.broken {
                continue;
            }
            let joined = self.join(statement);
            let Some(node) = self.strict(Rule::pairs, &joined, Place::Pairs) else { continue };
            for pair in parts(&node) {
                let found = Found::new(&pair);
                if let (Some(field), Some(value)) = (found.fields().next(), parts(&pair).last()) {
                    let field = self.field(&joined, field);
                    let value = self.test_value(&joined, &value);
                    fields.push(TestField { field, value, span: joined.of(&pair) });
                }
            }
        }
        fields
    }

    fn test_value(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> TestValue {
        match node.as_rule() {
            Rule::body => TestValue::Object(self.block(joined, node).map(|block| self.pairs(block)).unwrap_or_default()),
            Rule::test_list => TestValue::List(parts(node).map(|value| self.test_value(joined, &value)).collect()),
            Rule::sequence => match parts(node).last() {
                Some(value) => TestValue::Sequence(self.value(joined, &value)),
                None => TestValue::List(Vec::new()),
            },
            _ => TestValue::Value(self.value(joined, node)),
        }
    }
}
