//! Correlations: read and checked, so that a hunt that holds them is right when targets can say them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Checker;
use super::properties::HuntHead;
use super::scope::{Declared, Scope};
use crate::diag::{Diagnostic, nearest};
use crate::ir::{Body, Correlation, Rule};
use crate::schema::{FieldType, LogSource, ScalarType};
use crate::syntax::ast::{self, AggregateFunction, CorrelateKind, Operator};

impl<'a> Checker<'a> {
    pub(super) fn correlate(
        &mut self,
        correlate: &'a ast::Correlate,
        head: &HuntHead,
        scope: &Scope<'a>,
        rules: &[&'a str],
    ) -> Option<Rule> {
        let properties = self.rule_properties(&correlate.properties);
        let Some(condition) = &correlate.when else {
            if self.is_broken(correlate.span) {
                return None;
            }
            self.report(
                Diagnostic::error("E0212", correlate.head, format!("`{}` has no `when`", correlate.name.node))
                    .help("write `when count of PATTERN >= 10 by Computer within 5m`, or another correlation"),
            );
            return None;
        };
        if matches!(condition.kind, CorrelateKind::Unread) {
            return None;
        }
        let mut sources: Vec<Arc<LogSource>> = Vec::new();
        let mut sound = true;
        for name in operands(&condition.kind) {
            match self.operand(name, correlate, scope, rules) {
                Some(found) => sources.extend(found),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        self.bound(condition);
        self.window(correlate, condition);
        self.group(condition, &sources);
        self.aggregated_field(condition, &sources);
        let body = Body::Correlation(Correlation { span: condition.span });
        Some(self.rule(&correlate.name.node, correlate.head, head, &properties, &sources, body))
    }

    /// The log sources of an operand: a pattern's own; those of a rule are not followed here.
    fn operand(
        &mut self,
        name: &'a ast::Name,
        correlate: &'a ast::Correlate,
        scope: &Scope<'a>,
        rules: &[&'a str],
    ) -> Option<Vec<Arc<LogSource>>> {
        if name.node == correlate.name.node {
            self.report(
                Diagnostic::error("E0502", name.span, format!("`{}` is an operand of itself", name.node))
                    .help("name a pattern, a detect or another correlate"),
            );
            return None;
        }
        if rules.contains(&name.node.as_str()) {
            return Some(Vec::new());
        }
        match scope.names.get(name.node.as_str()).copied() {
            Some((file, Declared::Pattern(pattern))) => {
                self.pattern(pattern, file, name.span, scope).map(|(source, _)| vec![source])
            }
            Some((_, declared)) => {
                self.report(
                    Diagnostic::error(
                        "E0502",
                        name.span,
                        format!("`{}` is {}, which cannot be correlated", name.node, declared.what()),
                    )
                    .also(declared.name_span(), "declared here")
                    .help("name a pattern, a detect or another correlate"),
                );
                None
            }
            None => {
                let patterns = scope.names.iter().filter(|(_, (_, declared))| matches!(declared, Declared::Pattern(_)));
                let known = patterns.map(|(name, _)| *name).chain(rules.iter().copied());
                let mut diagnostic =
                    Diagnostic::error("E0502", name.span, format!("there is no pattern or rule `{}`", name.node));
                if let Some(near) = nearest(&name.node, known) {
                    diagnostic =
                        diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
                }
                self.report(diagnostic.help("an operand is a pattern, a detect or another correlate of this hunt"));
                None
            }
        }
    }

    /// A count below one can never be seen: there is no event to carry it.
    fn bound(&mut self, condition: &ast::CorrelateCondition) {
        let (CorrelateKind::Count { bound, .. } | CorrelateKind::Aggregate { bound, .. }) = &condition.kind else { return };
        let ast::ValueKind::Number(text) = &bound.value.kind else {
            self.report(
                Diagnostic::error("E0504", bound.value.span, "a number was expected")
                    .help("compare with a number, as in `>= 10`"),
            );
            return;
        };
        let counted = matches!(condition.kind, CorrelateKind::Count { .. })
            || matches!(&condition.kind, CorrelateKind::Aggregate { function, .. } if function.node == AggregateFunction::Distinct);
        let Some(number) = super::values::parse_integer(text) else {
            if counted || text.parse::<f64>().is_err() {
                self.report(
                    Diagnostic::error("E0504", bound.value.span, format!("`{text}` cannot be counted up to"))
                        .help("events and values are counted in whole numbers"),
                );
            }
            return;
        };
        if !counted {
            return;
        }
        let nothing = match bound.operator.node {
            Operator::Less => number <= 1,
            Operator::LessOrEqual | Operator::Equal => number <= 0,
            _ => false,
        };
        if nothing {
            self.report(
                Diagnostic::error("E0501", bound.operator.span.to(bound.value.span), "no event can show that nothing happened")
                    .help("to find what did not follow, write `a without b by KEY within 5m`"),
            );
        }
        let always = match bound.operator.node {
            Operator::GreaterOrEqual => number <= 0,
            Operator::Greater => number < 0,
            _ => false,
        };
        if always {
            self.report(
                Diagnostic::error("E0504", bound.value.span, "every window satisfies this").help("write a number of at least 1"),
            );
        }
    }

    fn window(&mut self, correlate: &ast::Correlate, condition: &ast::CorrelateCondition) {
        match &condition.within {
            Some(within) if within.seconds == 0 || within.seconds > 30 * 86_400 => self.report(
                Diagnostic::error("E0503", within.span, format!("`{}` is no window that a product can hold", within.text))
                    .help("write a duration between one second and 30 days"),
            ),
            Some(_) => {}
            None => self.report(
                Diagnostic::error("E0503", condition.span, "a correlation needs a window")
                    .also(correlate.head, "in this rule")
                    .help("write `within 5m` at its end"),
            ),
        }
    }

    /// Every operand's log source must have every group field.
    fn group(&mut self, condition: &'a ast::CorrelateCondition, sources: &[Arc<LogSource>]) {
        let mut seen = BTreeSet::new();
        for key in &condition.by {
            if !seen.insert(key.field.name.as_str()) {
                self.report(Diagnostic::error("E0204", key.field.span, format!("`{}` groups twice", key.field.name)));
            }
            if !key.alias_of.is_empty() {
                let names: Vec<&str> = operands(&condition.kind).iter().map(|name| name.node.as_str()).collect();
                for (operand, _) in &key.alias_of {
                    if !names.contains(&operand.node.as_str()) {
                        self.report(
                            Diagnostic::error(
                                "E0502",
                                operand.span,
                                format!("`{}` is no operand of this correlation", operand.node),
                            )
                            .help("an alias gives the field of each operand: `src = (a.SourceIp, b.ClientIP)`"),
                        );
                    }
                }
                continue;
            }
            for source in sources {
                if let Some(field) = self.field(&key.field, source, false)
                    && (field.kind.list || field.kind.scalar == ScalarType::Object)
                {
                    self.report(
                        Diagnostic::error(
                            "E0505",
                            key.field.span,
                            format!("`{}` is of type {}, which cannot group events", field.name, field.kind),
                        )
                        .help("group by a field with one value"),
                    );
                }
            }
        }
    }

    fn aggregated_field(&mut self, condition: &'a ast::CorrelateCondition, sources: &[Arc<LogSource>]) {
        let (field, numeric) = match &condition.kind {
            CorrelateKind::Aggregate { function, field, .. } => (field, function.node != AggregateFunction::Distinct),
            CorrelateKind::First { field, .. } => (field, false),
            CorrelateKind::Count { .. }
            | CorrelateKind::Together(_)
            | CorrelateKind::AtLeast { .. }
            | CorrelateKind::Sequence(_)
            | CorrelateKind::Without { .. }
            | CorrelateKind::Unread => return,
        };
        for source in sources {
            let Some(known) = self.field(field, source, false) else { continue };
            let number = matches!(known.kind.scalar, ScalarType::Integer | ScalarType::Float | ScalarType::HexInteger);
            if numeric && (!number || known.kind != FieldType::scalar(known.kind.scalar)) {
                self.report(
                    Diagnostic::error(
                        "E0505",
                        field.span,
                        format!("`{}` is of type {}, which has no sum or average", known.name, known.kind),
                    )
                    .help("name a field that holds numbers, or count with `distinct`"),
                );
            }
        }
    }
}

fn operands(kind: &CorrelateKind) -> Vec<&ast::Name> {
    match kind {
        CorrelateKind::Count { of, .. } | CorrelateKind::Aggregate { of, .. } | CorrelateKind::First { of, .. } => vec![of],
        CorrelateKind::Together(names) | CorrelateKind::Sequence(names) | CorrelateKind::AtLeast { of: names, .. } => {
            names.iter().collect()
        }
        CorrelateKind::Without { operand, absent, .. } => vec![operand, absent],
        CorrelateKind::Unread => Vec::new(),
    }
}
