//! One condition for each log source: a detect may speak of several, and each becomes a rule of its own.

use crate::diag::Span;
use crate::ir::{Condition, Kind, Presence, Test, TextOperator};
use crate::schema::LogSourceId;

/// A condition whose leaves belong to log sources.
#[derive(Clone, Debug)]
pub(super) struct Mixed {
    pub(super) kind: MixedKind,
    pub(super) span: Span,
    pub(super) approximate: bool,
}

#[derive(Clone, Debug)]
pub(super) enum MixedKind {
    All(Vec<Mixed>),
    Any(Vec<Mixed>),
    Not(Box<Mixed>),
    /// A condition on events of one log source. `pattern`: it was named, not written out.
    Leaf {
        source: LogSourceId,
        condition: Condition,
        pattern: bool,
    },
}

impl Mixed {
    pub(super) fn new(kind: MixedKind, span: Span) -> Self {
        Mixed { kind, span, approximate: false }
    }

    /// How many comparisons it holds.
    pub(super) fn size(&self) -> usize {
        match &self.kind {
            MixedKind::All(parts) | MixedKind::Any(parts) => {
                parts.iter().fold(1_usize, |sum, part| sum.saturating_add(part.size()))
            }
            MixedKind::Not(part) => part.size(),
            MixedKind::Leaf { condition, .. } => condition.tests().len().max(1),
        }
    }

    /// The log sources, in the order in which they are mentioned.
    pub(super) fn sources(&self) -> Vec<LogSourceId> {
        let mut found = Vec::new();
        self.visit(&mut |source, _, _, _| {
            if !found.contains(source) {
                found.push(source.clone());
            }
        });
        found
    }

    /// The named patterns of a log source: where each stands, and whether under an even number of `not`.
    pub(super) fn patterns_of(&self, wanted: &LogSourceId) -> Vec<(Span, bool)> {
        let mut found = Vec::new();
        self.visit(&mut |source, span, positive, pattern| {
            if source == wanted && pattern {
                found.push((span, positive));
            }
        });
        found
    }

    pub(super) fn visit(&self, see: &mut dyn FnMut(&LogSourceId, Span, bool, bool)) {
        self.walk(true, see);
    }

    fn walk(&self, positive: bool, see: &mut dyn FnMut(&LogSourceId, Span, bool, bool)) {
        match &self.kind {
            MixedKind::All(parts) | MixedKind::Any(parts) => parts.iter().for_each(|part| part.walk(positive, see)),
            MixedKind::Not(part) => part.walk(!positive, see),
            MixedKind::Leaf { source, pattern, .. } => see(source, self.span, positive, *pattern),
        }
    }

    /// The condition on events of one log source: a leaf of another is false for them (S2.3).
    pub(super) fn project(&self, wanted: &LogSourceId) -> Condition {
        let kind = match &self.kind {
            MixedKind::All(parts) => Kind::All(parts.iter().map(|part| part.project(wanted)).collect()),
            MixedKind::Any(parts) => Kind::Any(parts.iter().map(|part| part.project(wanted)).collect()),
            MixedKind::Not(part) => Kind::Not(Box::new(part.project(wanted))),
            MixedKind::Leaf { source, condition, .. } if source == wanted => {
                let mut condition = condition.clone();
                condition.approximate |= self.approximate;
                return condition;
            }
            MixedKind::Leaf { .. } => Kind::Constant(false),
        };
        Condition { kind, span: self.span, approximate: self.approximate }
    }
}

/// Folds constants, flattens `and` in `and` and `or` in `or` (unless one is marked `approximate`), removes double negation.
pub(super) fn simplify(condition: Condition) -> Condition {
    let Condition { kind, span, approximate } = condition;
    let kind = match kind {
        Kind::All(parts) => return join(parts, true, span, approximate),
        Kind::Any(parts) => return join(parts, false, span, approximate),
        Kind::Not(part) => {
            let part = simplify(*part);
            match part.kind {
                Kind::Constant(value) => Kind::Constant(!value),
                Kind::Not(inner) if !part.approximate => {
                    return Condition { approximate: approximate || inner.approximate, ..*inner };
                }
                kind => Kind::Not(Box::new(Condition { kind, ..part })),
            }
        }
        kind @ (Kind::Constant(_) | Kind::Test(_)) => kind,
    };
    Condition { kind, span, approximate }
}

/// `F is null or F == ''` is `F is empty`, which every target can say (S7).
fn join_absent(parts: &mut Vec<Condition>) {
    let mut index = 0;
    while index < parts.len() {
        let field = match &parts[index] {
            Condition { kind: Kind::Test(Test::Presence { field, state: Presence::IsNull }), approximate: false, .. } => {
                field.clone()
            }
            _ => {
                index += 1;
                continue;
            }
        };
        // The empty text is the same in either case.
        let is_empty_text = |part: &Condition| match &part.kind {
            Kind::Test(Test::Text { field: other, operator: TextOperator::Equals, values, .. }) => {
                *other == field && !part.approximate && values.iter().any(String::is_empty)
            }
            _ => false,
        };
        if let Some(at) = parts.iter().position(is_empty_text) {
            if let Kind::Test(Test::Text { values, .. }) = &mut parts[at].kind {
                values.retain(|value| !value.is_empty());
            }
            parts[index].kind = Kind::Test(Test::Presence { field, state: Presence::IsEmpty });
            let spent = matches!(&parts[at].kind, Kind::Test(Test::Text { values, .. }) if values.is_empty());
            if spent {
                parts[index].span = parts[index].span.to(parts[at].span);
                parts.remove(at);
                if at < index {
                    continue;
                }
            }
        }
        index += 1;
    }
}

fn join(parts: Vec<Condition>, all: bool, span: Span, approximate: bool) -> Condition {
    let mut kept: Vec<Condition> = Vec::new();
    for part in parts {
        let part = simplify(part);
        match part.kind {
            Kind::Constant(value) if value == all => {}
            Kind::Constant(value) => return Condition { kind: Kind::Constant(value), span, approximate },
            Kind::All(inner) if all && !part.approximate => kept.extend(inner),
            Kind::Any(inner) if !all && !part.approximate => kept.extend(inner),
            kind => kept.push(Condition { kind, ..part }),
        }
    }
    if !all {
        join_absent(&mut kept);
    }
    if kept.len() == 1 {
        let only = kept.remove(0);
        return Condition { approximate: approximate || only.approximate, ..only };
    }
    let kind = match (kept.is_empty(), all) {
        (true, _) => Kind::Constant(all),
        (false, true) => Kind::All(kept),
        (false, false) => Kind::Any(kept),
    };
    Condition { kind, span, approximate }
}
