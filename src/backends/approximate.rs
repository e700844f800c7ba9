//! `approximate`: leaving out what a target cannot say, where the author allowed it, with the direction of what changes.

use crate::diag::Span;
use crate::ir::{Condition, Direction, Kind, Loss, Test};

/// What remains of a condition, and what was left out of it.
#[derive(Clone, Debug)]
pub struct Pruned {
    pub condition: Condition,
    pub losses: Vec<Loss>,
}

/// Takes out every `approximate` part that holds a test that the target cannot say.
///
/// Out of an `and` a part counts as true, out of an `or` as false, and under `not` the other way round (language.md,
/// "Comparisons"); so leaving it out widens the rule where it counted as true in a positive place.
///
/// # Errors
/// The losses of every test that cannot be said and is not inside an `approximate` part, in the author's order; or of those
/// left out, where the rule would become always true or always false.
pub fn prune(condition: &Condition, unsayable: &dyn Fn(&Test, Span) -> Option<Loss>) -> Result<Pruned, Vec<Loss>> {
    let mut pass = Pass { unsayable, refused: Vec::new(), left_out: Vec::new() };
    // The root stands as if in an `and`.
    let condition = pass.visit(condition, true, true);
    if !pass.refused.is_empty() {
        return Err(pass.refused);
    }
    if let (Kind::Constant(value), false) = (&condition.kind, pass.left_out.is_empty()) {
        let always = if *value { "true" } else { "false" };
        return Err(pass
            .left_out
            .into_iter()
            .map(|loss| Loss {
                direction: None,
                message: format!("{}, and without this part the rule would be always {always}", loss.message),
                ..loss
            })
            .collect());
    }
    Ok(Pruned { condition, losses: pass.left_out })
}

struct Pass<'a> {
    unsayable: &'a dyn Fn(&Test, Span) -> Option<Loss>,
    refused: Vec<Loss>,
    left_out: Vec<Loss>,
}

impl Pass<'_> {
    /// `neutral`: what a part left out of the nearest `and` or `or` counts as, seen from here. `positive`: whether an even
    /// number of `not` stands above.
    fn visit(&mut self, condition: &Condition, neutral: bool, positive: bool) -> Condition {
        if condition.approximate {
            let found: Vec<Loss> =
                condition.tests().into_iter().filter_map(|(test, span)| (self.unsayable)(test, span)).collect();
            if !found.is_empty() {
                let direction = if neutral == positive { Direction::Wider } else { Direction::Narrower };
                self.left_out.extend(found.into_iter().map(|loss| Loss { direction: Some(direction), ..loss }));
                return Condition::constant(neutral, condition.span);
            }
        }
        let kind = match &condition.kind {
            Kind::Constant(value) => Kind::Constant(*value),
            Kind::All(parts) => join(parts.iter().map(|part| self.visit(part, true, positive)).collect(), true),
            Kind::Any(parts) => join(parts.iter().map(|part| self.visit(part, false, positive)).collect(), false),
            Kind::Not(part) => match self.visit(part, !neutral, !positive) {
                Condition { kind: Kind::Constant(value), .. } => Kind::Constant(!value),
                rest => Kind::Not(Box::new(rest)),
            },
            Kind::Test(test) => {
                self.refused.extend((self.unsayable)(test, condition.span));
                Kind::Test(test.clone())
            }
        };
        Condition { kind, span: condition.span, approximate: condition.approximate }
    }
}

/// `and` (`all`) or `or` of parts some of which may be constants now.
fn join(parts: Vec<Condition>, all: bool) -> Kind {
    let mut kept = Vec::new();
    for part in parts {
        match part.kind {
            Kind::Constant(value) if value == all => {}
            Kind::Constant(value) => return Kind::Constant(value),
            Kind::All(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => kept.push(part),
        }
    }
    match (kept.len(), all) {
        (0, _) => Kind::Constant(all),
        (1, _) => kept.remove(0).kind,
        (_, true) => Kind::All(kept),
        (_, false) => Kind::Any(kept),
    }
}
