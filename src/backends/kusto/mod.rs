//! KQL for Microsoft Sentinel and Defender XDR.
//!
//! A query reads as the hunt does: the table, what the log source asks of its rows, one `where` line for each clause in the
//! hunt's order, the exceptions, and the columns. There are no comments, because a rule that runs continuously may hold none.

mod address;
mod ast;
mod constant;
mod conversions;
mod decode;
mod empty;
mod escape;
mod explain;
mod losses;
mod lower;
mod output;
mod pattern;
mod print;
mod pushdown;
mod scope;
pub mod sets;
mod terms;

use std::collections::BTreeSet;

use super::approximate::{Pruned, prune};
use super::{Backend, ClauseText, Query, Request};
use crate::diag::Span;
use crate::ir::{Condition, Exception, Kind, Loss, Test};
use crate::schema::{Layout, Target};

use ast::{Maybe, Program, Step};
use decode::Columns;
use lower::Lowering;

#[derive(Clone, Copy, Debug)]
pub struct Sentinel;
#[derive(Clone, Copy, Debug)]
pub struct Defender;

impl Backend for Sentinel {
    fn target(&self) -> Target {
        Target::Sentinel
    }

    fn compile(&self, request: Request<'_>) -> Result<Query, Vec<Loss>> {
        compile(Target::Sentinel, request)
    }
}

impl Backend for Defender {
    fn target(&self) -> Target {
        Target::Defender
    }

    fn compile(&self, request: Request<'_>) -> Result<Query, Vec<Loss>> {
        compile(Target::Defender, request)
    }
}

/// Characters that an analytic rule's query may have (learn.microsoft.com/azure/sentinel/sentinel-service-limits).
const SENTINEL_LENGTH: usize = 10_000;

fn compile(product: Target, request: Request<'_>) -> Result<Query, Vec<Loss>> {
    let Some(layout) = request.layout else {
        return Err(vec![losses::no_layout(product, &request.selection.source, request.rule.span)]);
    };
    let selection = request.selection;
    let (condition, exceptions, losses) = sayable(product, layout, &selection.condition, &selection.exceptions)?;

    let mut lowering = Lowering::new(Columns::new(layout, product), selection.separators);
    let mut clauses = scope::clauses(&lowering.columns);
    let scope_lines = clauses.len();
    let parts = match &condition.kind {
        Kind::All(parts) => parts.as_slice(),
        Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => std::slice::from_ref(&condition),
    };
    let mut assumes = BTreeSet::new();
    for part in parts {
        let lowered = lowering.maybe(part);
        let assumed = std::mem::take(&mut lowering.assumes);
        assumes.extend(assumed.iter().copied());
        clauses.push((Some(part.span), lowered, assumed));
    }
    // Where nothing of the rule uses the index of terms, a term that it implies narrows the search first; the exact clauses stay.
    let mut origins = terms::Origins::default();
    origins.add(&lowering.columns.computed);
    let own: Vec<&ast::Predicate> = clauses[scope_lines..].iter().map(|(_, condition, _)| condition.predicate()).collect();
    let narrowed = terms::prefilter(&own, &origins);
    let before_rule = scope_lines + usize::from(narrowed.is_some());
    if let Some((index, has)) = narrowed {
        let span = clauses[scope_lines + index].0;
        clauses.insert(scope_lines, (span, has.into(), BTreeSet::new()));
    }
    let scope_lines = before_rule;
    // What the exceptions and the output need beyond the rule stands behind it, so that tuning leaves the rule's text alone.
    let rule_computed = std::mem::take(&mut lowering.columns.computed);
    let rule_elements = std::mem::take(&mut lowering.elements);
    let rule_lines = clauses.len();
    for (exception, condition) in selection.exceptions.iter().zip(&exceptions) {
        let Some(condition) = condition else { continue };
        let body = lowering.sure(condition);
        let assumed = std::mem::take(&mut lowering.assumes);
        assumes.extend(assumed.iter().copied());
        clauses.push((Some(exception.span), body.negate().into(), assumed));
    }

    let required = output::required(&lowering.columns);
    let mut projected = required.clone();
    for field in &selection.output {
        projected.extend(output::shown(&mut lowering.columns, field));
    }
    let entities = request.rule.entities.iter().map(|entity| output::entity(&mut lowering.columns, entity)).collect();
    let mut query = Query { entities, losses, assumes, ..Query::default() };
    query.suppress_by =
        suppress_fields(request, product).iter().filter_map(|field| output::column_of(&mut lowering.columns, field)).collect();
    query.risk_on = request.rule.risk.as_ref().and_then(|risk| output::column_of(&mut lowering.columns, &risk.on));
    projected.extend(query.entities.iter().flat_map(|entity| entity.columns.iter().map(|(_, column)| column.clone())));
    projected.extend(query.suppress_by.iter().cloned().chain(query.risk_on.clone()));
    let mut seen = BTreeSet::new();
    projected.retain(|column| seen.insert(column.clone()));

    let is_true = |condition: &Maybe| *condition.predicate() == ast::Predicate::Constant(true);
    let line = |(_, condition, _): &(Option<Span>, Maybe, _)| (!is_true(condition)).then(|| Step::Where(condition.clone()));
    let before = |computed: Vec<(String, ast::Scalar)>, elements: Vec<ast::AnyElement>| {
        let extend = (!computed.is_empty()).then_some(Step::Extend(computed));
        extend.into_iter().chain(elements.into_iter().map(Step::AnyElement))
    };
    let mut rule: Vec<Step> = clauses[..scope_lines].iter().filter_map(line).collect();
    rule.extend(before(rule_computed, rule_elements));
    rule.extend(clauses[scope_lines..rule_lines].iter().filter_map(line));
    let computed = std::mem::take(&mut lowering.columns.computed);
    origins.add(&computed);
    let mut rest: Vec<Step> = before(computed, std::mem::take(&mut lowering.elements)).collect();
    let exceptions: Vec<Step> = clauses[rule_lines..].iter().filter_map(line).collect();
    let name = (!exceptions.is_empty()).then(|| [&selection.name, "_rule"].concat());
    rest.extend(exceptions);
    if !selection.output.is_empty() {
        rest.push(Step::Project(projected.clone()));
    }
    query.sets = std::mem::take(&mut lowering.sets);
    let lists = query.sets.iter().map(|set| set.name.clone()).collect();
    let program = Program { lists, table: lowering.columns.table.to_owned(), rule, name, rest };
    query.text = print::program(&program);
    query.columns = projected;
    query.clauses = clauses
        .into_iter()
        .map(|(span, condition, assumes)| ClauseText {
            span,
            text: print::clause(&condition),
            index: explain::index(condition.predicate(), &origins),
            assumes,
        })
        .collect();
    let length = query.text.chars().count();
    if product == Target::Sentinel && length > SENTINEL_LENGTH {
        return Err(vec![losses::too_long(length, SENTINEL_LENGTH, request.rule.span)]);
    }
    Ok(query)
}

/// The conditions without what the product cannot say, where the author allowed that; each exception's, `None` where nothing of
/// it is left.
type Sayable = (Condition, Vec<Option<Condition>>, Vec<Loss>);

fn sayable(product: Target, layout: &Layout, condition: &Condition, exceptions: &[Exception]) -> Result<Sayable, Vec<Loss>> {
    let columns = Columns::new(layout, product);
    let mut refused = Vec::new();
    let mut left_out = Vec::new();
    let mut take = |condition: &Condition| {
        let apart = empty::told_apart(condition, &|field| columns.empty_means(field));
        let unsayable = |test: &Test, span: Span| losses::of_test(&columns, &apart, test, span);
        match prune(condition, &unsayable) {
            Ok(Pruned { condition, losses }) => {
                left_out.extend(losses);
                Some(condition)
            }
            Err(losses) => {
                refused.extend(losses);
                None
            }
        }
    };
    let pruned = take(condition);
    let exceptions: Vec<Option<Condition>> = exceptions.iter().map(|exception| without(exception, &mut take)).collect();
    match pruned {
        Some(condition) if refused.is_empty() => Ok((condition, exceptions, left_out)),
        _ => Err(refused),
    }
}

/// An exception stands below a `not`, in an `and` with the rule's condition; it is pruned there, so that what is left out of it
/// has the right direction.
fn without(exception: &Exception, take: &mut dyn FnMut(&Condition) -> Option<Condition>) -> Option<Condition> {
    let always = Test::Weekday { days: (0..7).collect(), offset: 0 };
    let not = Condition::new(Kind::Not(Box::new(exception.condition.clone())), exception.span);
    let whole = Condition::new(Kind::All(vec![Condition::test(always, exception.span), not]), exception.span);
    match take(&whole)?.kind {
        Kind::All(mut parts) => match parts.pop()?.kind {
            Kind::Not(condition) => Some(*condition),
            _ => None,
        },
        Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => None,
    }
}

/// The fields of `suppress … by`, of the schedule that holds for this product.
fn suppress_fields(request: Request<'_>, product: Target) -> Vec<crate::schema::Field> {
    let schedules = &request.rule.schedules;
    schedules
        .iter()
        .find(|(target, _)| *target == Some(product))
        .or_else(|| schedules.iter().find(|(target, _)| target.is_none()))
        .and_then(|(_, schedule)| schedule.suppress.as_ref())
        .map(|suppress| suppress.by.clone())
        .unwrap_or_default()
}
