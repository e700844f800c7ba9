//! What a reviewer would raise of a rule that is correct: one file for each rule in `rules`, one line for each in [`RULES`].
//!
//! A false finding costs more than a missed one, so each rule speaks only where it is certain. Findings are warnings or notes;
//! `huntc.yaml` can make them errors (`lint.deny`) or silence them (`lint.allow`).

pub mod reason;
mod rules;
mod written;

use std::collections::BTreeSet;

use crate::check::Input;
use crate::diag::{Diagnostic, SourceId, Span};
use crate::ir::{Body, Program, Selection};

pub use written::Written;

/// One rule of review.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its row in the registry of diagnostics.
    pub code: &'static str,
    /// Whether it is asked of other people's rules too.
    pub imported: bool,
    pub look: Look,
}

/// What a rule is shown.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// Each value as it was written, with its field and operator.
    Value(fn(&Written<'_>) -> Option<Diagnostic>),
    /// Each rule's condition on events of one log source.
    Selection(fn(&Looked<'_>) -> Vec<Diagnostic>),
}

/// A rule's condition on events of one log source, and where the parts of it were written.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    pub selection: &'a Selection,
    /// The rule's head.
    pub head: Span,
    /// Bodies of patterns, detects and exceptions: clauses of one body are one author's one thought.
    pub bodies: &'a [Span],
}

impl Looked<'_> {
    /// Whether two clauses stand in the same pattern or detect. A pattern of a library may repeat what a rule says itself.
    pub fn together(&self, left: Span, right: Span) -> bool {
        self.body(left).is_some_and(|body| Some(body) == self.body(right))
    }

    fn body(&self, span: Span) -> Option<Span> {
        let holds = |body: &&Span| body.source == span.source && body.start <= span.start && body.end >= span.end;
        self.bodies.iter().filter(holds).min_by_key(|body| body.end - body.start).copied()
    }
}

/// Every rule, in the order of their codes.
pub const RULES: &[Rule] = &[
    rules::unrestricted::RULE,
    rules::never_holds::RULE,
    rules::adds_nothing::RULE,
    rules::no_such_value::RULE,
    rules::wildcard_as_text::RULE,
    rules::expression_as_text::RULE,
    rules::matches_everything::RULE,
    rules::no_index_term::RULE,
];

/// What every rule says of the files that are compiled.
pub fn lint(input: &Input, program: &Program) -> Vec<Diagnostic> {
    let imported: BTreeSet<SourceId> =
        input.files.iter().filter(|file| file.imported.is_some()).map(|file| file.source).collect();
    let mut found = Vec::new();
    for file in &input.files {
        written::each(file, &mut |value| {
            for rule in RULES {
                if let Look::Value(look) = rule.look
                    && (rule.imported || !value.imported)
                {
                    found.extend(look(value));
                }
            }
        });
    }
    let bodies = written::bodies(input);
    for rule in &program.rules {
        let Body::Select(selections) = &rule.body else { continue };
        let foreign = imported.contains(&rule.span.source);
        let bodies = bodies.get(&rule.span.source).map_or(&[][..], Vec::as_slice);
        for selection in selections {
            let looked = Looked { selection, head: rule.span, bodies };
            for rule in RULES {
                if let Look::Selection(look) = rule.look
                    && (rule.imported || !foreign)
                {
                    found.extend(look(&looked));
                }
            }
        }
    }
    found
}
