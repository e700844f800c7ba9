//! What a hunt says of its own end: `stop` with its answers, and `result`.

use std::collections::BTreeMap;

use super::{Checker, vocabulary};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::syntax::ast::{self, ResultKind, StopAnswer};

impl<'a> Checker<'a> {
    /// Words, dates, log sources and techniques of a hunt's `stop` and `result`.
    pub(super) fn ending(&mut self, unit: &'a ast::Unit) {
        let mut seen: Option<Span> = None;
        for member in &unit.members {
            match member {
                ast::Member::Stop(stop) => self.stop_conditions(stop),
                ast::Member::Result(result) => {
                    if let Some(first) = seen {
                        self.report(
                            Diagnostic::error("E0218", result.span, "`result` is given twice")
                                .also(first, "first given here")
                                .help("a hunt has one result; write what was added into it"),
                        );
                    }
                    seen = seen.or(Some(result.span));
                    self.result(result);
                }
                _ => {}
            }
        }
        self.closed_without_result(unit, seen.is_some());
    }

    fn stop_conditions(&mut self, stop: &'a ast::Stop) {
        for condition in &stop.when {
            self.nonempty(&condition.text);
            if let Some(StopAnswer::NotMet(reason)) = &condition.answer {
                self.nonempty(reason);
            }
        }
    }

    fn result(&mut self, result: &'a ast::HuntResult) {
        let mut seen: BTreeMap<&'static str, Span> = BTreeMap::new();
        let mut once = |checker: &mut Self, word: &'static str, span: Span| {
            if let Some(first) = seen.insert(word, span) {
                checker.report(
                    Diagnostic::error("E0218", span, format!("`{word}` is given twice"))
                        .also(first, "first given here")
                        .help("leave one of them out"),
                );
            }
        };
        let (mut started, mut ended) = (None, None);
        for line in &result.lines {
            match &line.kind {
                ResultKind::Outcome(word) => {
                    once(self, "outcome", line.keyword);
                    self.word(word, vocabulary::OUTCOMES, "outcome");
                }
                ResultKind::Started(date) => {
                    once(self, "started", line.keyword);
                    started = Some(date);
                }
                ResultKind::Ended(date) => {
                    once(self, "ended", line.keyword);
                    ended = Some(date);
                }
                ResultKind::Conclusion(text) => {
                    once(self, "conclusion", line.keyword);
                    self.nonempty(text);
                }
                ResultKind::Examined { sources, from, to, of } => {
                    sources.iter().for_each(|source| drop(self.find_log_source(source)));
                    self.in_order(from, to, "the first day that was examined");
                    of.iter().for_each(|text| drop(self.nonempty(text)));
                }
                ResultKind::NotExamined { sources, reason } => {
                    sources.iter().for_each(|source| drop(self.find_log_source(source)));
                    self.nonempty(reason);
                }
                ResultKind::Variants { technique, considered } => {
                    self.technique(technique);
                    self.nonempty(considered);
                }
                ResultKind::Byproduct { kind, text } => {
                    self.word(kind, vocabulary::BYPRODUCTS, "byproduct");
                    text.iter().for_each(|text| drop(self.nonempty(text)));
                }
                ResultKind::Handoff { kind, text } => {
                    self.word(kind, vocabulary::HANDOFFS, "handoff");
                    text.iter().for_each(|text| drop(self.nonempty(text)));
                }
            }
        }
        if let (Some(started), Some(ended)) = (started, ended) {
            self.in_order(started, ended, "the start");
        }
    }

    /// Days are text that sorts as time does.
    fn in_order(&mut self, first: &Spanned<String>, second: &Spanned<String>, what: &str) {
        if first.node > second.node {
            self.report(
                Diagnostic::error("E1004", second.span, format!("`{}` lies before {what}, {}", second.node, first.node))
                    .also(first.span, "which stands here")
                    .help("dates are year, month and day; both days are included"),
            );
        }
    }

    fn closed_without_result(&mut self, unit: &'a ast::Unit, has_result: bool) {
        let status = unit.members.iter().find_map(|member| match member {
            ast::Member::Property(ast::Property { kind: ast::PropertyKind::Status(word), .. }) => Some(word),
            _ => None,
        });
        if let Some(word) = status.filter(|word| word.node == "closed" && !has_result) {
            self.report(Diagnostic::warning("W1001", word.span, "a closed hunt that does not say what came of it").help(
                "write `result { outcome …  conclusion \"…\" }`; `huntc status` lists what is missing before a hunt may close",
            ));
        }
    }
}
