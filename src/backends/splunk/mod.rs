//! Splunk: from a selection and a profile's layout to SPL.
//!
//! `lower` says a condition exactly as a `where` predicate; `superset` says as much of it as the base search can, so that an
//! index narrows first, and where that is exact no `where` follows. `ast` is the tree of both, `print` and `escape` its text.

mod addresses;
mod assumptions;
mod ast;
mod bounds;
mod clock;
mod column;
mod escape;
mod fields;
mod layout;
mod losses;
mod lower;
mod patterns;
mod print;
pub mod sets;
mod superset;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::approximate::{Pruned, prune};
use super::{Attachment, AttachmentKind, Backend, ClauseText, EntityColumns, Query, Request};
use crate::diag::Span;
use crate::ir::{Assumption, Condition, EntityKind, Exception, Kind, Loss, Selection, Test};
use crate::schema::mapping::{Place, Scope, ScopeOperator};
use crate::schema::{Field, FieldType, ScalarType, Target};

use ast::{Base, Definition, FieldName, MacroName, Predicate, Search, Stage, Wildcard};
use bounds::{Bound, Bounds};
use fields::Fields;

#[derive(Debug)]
pub struct Splunk;

impl Backend for Splunk {
    fn target(&self) -> Target {
        Target::Splunk
    }

    fn compile(&self, request: Request<'_>) -> Result<Query, Vec<Loss>> {
        let selection = request.selection;
        let (Some(layout), Some(filter)) =
            (request.layout, MacroName::new(&filter_name(&request.rule.hunt.name, &selection.name)))
        else {
            return Err(vec![not_stored(selection, request.rule.span)]);
        };
        let Some((scope, mut attachments, kind)) = scope(&layout.scope) else {
            return Err(vec![not_stored(selection, request.rule.span)]);
        };
        let fields = Fields::new(layout, selection);
        let unsayable = |test: &Test, span: Span| losses::of_test(&fields, test, span);
        let pruned = prune(&selection.condition, &unsayable);
        let exceptions = prune_exceptions(&selection.exceptions, &unsayable);
        let (Pruned { condition, losses }, (exceptions, more)) = match (pruned, exceptions) {
            (Ok(pruned), Ok(exceptions)) => (pruned, exceptions),
            (pruned, exceptions) => {
                let mut found = pruned.err().unwrap_or_default();
                found.extend(exceptions.err().unwrap_or_default());
                return Err(found);
            }
        };

        let mut query = Query { losses: losses.into_iter().chain(more).collect(), ..Query::default() };
        let renderings: Vec<Loss> = std::iter::once(&condition)
            .chain(&exceptions)
            .flat_map(|condition| losses::of_renderings(&fields, condition, true, false))
            .collect();
        if renderings.iter().any(|loss| loss.direction.is_none()) {
            return Err(renderings.into_iter().filter(|loss| loss.direction.is_none()).collect());
        }
        query.losses.extend(renderings);
        let mut base = Base { scope, kind, lines: Vec::new() };
        query.clauses.push(ClauseText {
            span: None,
            text: print::base_line(&base),
            index: "yes".to_owned(),
            assumes: BTreeSet::new(),
        });
        let mut wheres = Vec::new();
        for clause in clauses(&condition) {
            let compiled = Compiled::new(&fields, &clause);
            query.clauses.push(compiled.explain(clause.span));
            query.assumes.extend(compiled.assumes);
            // Two clauses may be narrowed by the same line.
            base.lines.extend(compiled.search.filter(|line| !base.lines.contains(line)));
            wheres.extend(compiled.test);
        }

        let (shown, suppress_by, risk_on, entities) = columns(&fields, request, &condition);
        let mut done = 0;
        let mut stages = Vec::new();
        stages.extend(Some(fields.take_definitions(&mut done)).filter(|definitions| !definitions.is_empty()).map(Stage::Eval));
        let asked = fields.take_asked();
        let keys: Vec<(FieldName, ast::Value)> = distinct(asked.iter().map(|each| each.key.clone()));
        stages.extend(Some(keys).filter(|keys| !keys.is_empty()).map(Stage::Eval));
        for each in &asked {
            let (table, field, found) = (each.table.clone(), each.key.0.clone(), each.found.clone());
            stages.push(Stage::Lookup { table, field, found });
            if !query.sets.iter().any(|known| known.name == each.set.name) {
                query.sets.push(std::sync::Arc::clone(&each.set));
            }
        }
        stages.extend(wheres.into_iter().map(Stage::Where));
        stages.push(Stage::Macro(filter.clone()));
        let mut table = vec![FieldName::time()];
        table.extend(shown);
        // Which indicator it was is what an analyst asks first.
        table.extend(asked.into_iter().map(|each| each.found));
        query.columns = table.iter().map(|name| name.as_str().to_owned()).collect();
        stages.push(Stage::Table(table));
        query.text = print::query(&ast::Query { base, stages });

        let (definition, assumes) = filter_definition(&fields, &exceptions, &mut done);
        query.assumes.extend(assumes);
        attachments.push(Attachment {
            kind: AttachmentKind::FilterMacro,
            name: filter.as_str().to_owned(),
            text: print::definition(&definition),
        });
        query.attachments = attachments;
        query.suppress_by = suppress_by;
        query.risk_on = risk_on;
        query.entities = entities;
        Ok(query)
    }
}

/// In order, each once.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for each in all {
        if !found.contains(&each) {
            found.push(each);
        }
    }
    found
}

/// The macro of a rule's exceptions. Two hunts may have rules of one name, and a macro belongs to one rule.
fn filter_name(hunt: &str, selection: &str) -> String {
    [hunt, "_", selection, "_filter"].concat()
}

fn not_stored(selection: &Selection, span: Span) -> Loss {
    Loss {
        code: "L0302",
        direction: None,
        span,
        message: format!("Splunk has no events of `{}` in this profile", selection.source),
        label: None,
        help: None,
    }
}

/// Where the log source lives: the macro to call, its definition, and what else its events say.
fn scope(scope: &Scope) -> Option<(MacroName, Vec<Attachment>, Vec<Search>)> {
    let Place::Macro { name, field, values } = &scope.place else { return None };
    let name = MacroName::new(name)?;
    let wildcards = |values: &[String]| values.iter().map(|value| Wildcard::new(false, value, false)).collect::<Option<Vec<_>>>();
    let mut attachments = Vec::new();
    // Without values the macro is the site's own, which it defines itself.
    if !values.is_empty() {
        let definition = Definition::Search(Search::Equals { field: FieldName::new(field)?, values: wildcards(values)? });
        let text = print::definition(&definition);
        attachments.push(Attachment { kind: AttachmentKind::ScopeMacro, name: name.as_str().to_owned(), text });
    }
    let mut kind = Vec::new();
    for condition in &scope.conditions {
        let field = FieldName::new(&condition.column)?;
        let starts = || {
            let values = condition.values.iter().map(|value| Wildcard::new(false, value, true)).collect::<Option<Vec<_>>>();
            values.map(|values| Search::Equals { field: field.clone(), values })
        };
        kind.push(match condition.operator {
            ScopeOperator::IsOneOf => {
                let numbers: Option<Vec<i64>> = condition.values.iter().map(|value| canonical(value)).collect();
                match numbers {
                    Some(values) => Search::Numbers { field, values },
                    None => Search::Equals { field, values: wildcards(&condition.values)? },
                }
            }
            ScopeOperator::StartsWith => starts()?,
            ScopeOperator::DoesNotStartWith => Search::Not(Box::new(starts()?)),
            ScopeOperator::Contains => {
                let values = condition.values.iter().map(|value| Wildcard::new(true, value, true)).collect::<Option<Vec<_>>>()?;
                Search::Equals { field, values }
            }
            ScopeOperator::IsPresent => Search::Exists(field),
        });
    }
    Some((name, attachments, kind))
}

fn canonical(value: &str) -> Option<i64> {
    value.parse().ok().filter(|number: &i64| number.to_string() == value)
}

/// Each exception with what it cannot say left out where the author allowed it. An exception that is left out as a whole is
/// simply gone: that makes the rule wider and never always true.
#[allow(clippy::type_complexity)] // the conditions and the losses, or the losses
fn prune_exceptions(
    exceptions: &[Exception],
    unsayable: &dyn Fn(&Test, Span) -> Option<Loss>,
) -> Result<(Vec<Condition>, Vec<Loss>), Vec<Loss>> {
    let (mut kept, mut left_out, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for exception in exceptions {
        let span = exception.span;
        let not = Condition::new(Kind::Not(Box::new(exception.condition.clone())), span);
        // Beside a test that can always be said, so that the whole is never constant.
        let beside = Condition::test(Test::Weekday { days: vec![0], offset: 0 }, span);
        match prune(&Condition::new(Kind::All(vec![not, beside]), span), unsayable) {
            Err(losses) => refused.extend(losses),
            Ok(Pruned { condition, losses }) => {
                left_out.extend(losses);
                if let Kind::All(mut parts) = condition.kind {
                    kept.push(parts.remove(0));
                }
            }
        }
    }
    if refused.is_empty() { Ok((kept, left_out)) } else { Err(refused) }
}

/// The parts of an `and`, those from one clause of the author together.
fn clauses(condition: &Condition) -> Vec<Condition> {
    let parts = match &condition.kind {
        Kind::All(parts) => parts.as_slice(),
        _ => std::slice::from_ref(condition),
    };
    let mut clauses: Vec<Vec<&Condition>> = Vec::new();
    for part in parts {
        match clauses.last_mut() {
            Some(last) if last.iter().all(|other| other.span == part.span) && part.span != Span::default() => last.push(part),
            _ => clauses.push(vec![part]),
        }
    }
    clauses
        .into_iter()
        .map(|parts| match parts.as_slice() {
            [one] => (*one).clone(),
            several => Condition::new(Kind::All(several.iter().map(|part| (*part).clone()).collect()), several[0].span),
        })
        .collect()
}

/// One clause: its line in the base search, and the `where` that makes it exact.
struct Compiled {
    search: Option<Search>,
    test: Option<Predicate>,
    assumes: BTreeSet<Assumption>,
}

impl Compiled {
    fn new(fields: &Fields<'_>, clause: &Condition) -> Compiled {
        let Bounds { upper, exact, .. } = superset::bounds(fields, clause);
        let search = match upper {
            Bound::True => None,
            Bound::False => Some(Search::Not(Box::new(Search::Everything))),
            Bound::Is(search) => Some(search),
        };
        let test = (!exact).then(|| match &clause.kind {
            // Of an `and` only the parts that the search does not say already.
            Kind::All(parts) => {
                let rest = parts.iter().filter(|part| !superset::bounds(fields, part).exact);
                Predicate::All(rest.map(|part| lower::positive(fields, part)).collect())
            }
            Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => lower::positive(fields, clause),
        });
        let mut assumes = BTreeSet::new();
        assumptions::collect(fields, clause, &mut assumes);
        Compiled { search, test, assumes }
    }

    fn explain(&self, span: Span) -> ClauseText {
        let mut text = self.search.as_ref().map(print::search_line).unwrap_or_default();
        if let Some(test) = &self.test {
            if !text.is_empty() {
                text.push_str(" | ");
            }
            text.push_str(&print::where_line(test));
        }
        let index = match (&self.search, &self.test) {
            (None, _) => "no (`where` only)".to_owned(),
            (Some(search), None) => index_use(search).to_owned(),
            (Some(search), Some(_)) => match index_use(search) {
                "yes" => "to narrow, before `where`".to_owned(),
                no => no.to_owned(),
            },
        };
        ClauseText { span: Some(span), text, index, assumes: self.assumes.clone() }
    }
}

/// Whether the terms of an index narrow a search: a value with a `*` in front has no term to look up.
fn index_use(search: &Search) -> &'static str {
    const WILDCARD: &str = "no (leading wildcard)";
    match search {
        Search::Equals { values, .. } if values.iter().any(Wildcard::before) => WILDCARD,
        Search::Keyword(word) if word.before() => WILDCARD,
        Search::Equals { .. } | Search::Numbers { .. } | Search::Keyword(_) => "yes",
        Search::Order { .. } => "no (a comparison of numbers)",
        Search::Blocks { .. } => "no (an address block)",
        Search::Exists(_) => "no (any value)",
        Search::Not(_) => "no (negation)",
        Search::Everything => "no (everything)",
        Search::All(parts) => parts.iter().map(index_use).find(|index| *index == "yes").unwrap_or_else(|| first_reason(parts)),
        Search::Any(parts) => {
            if parts.iter().all(|part| index_use(part) == "yes") {
                "yes"
            } else {
                first_reason(parts)
            }
        }
    }
}

fn first_reason(parts: &[Search]) -> &'static str {
    parts.iter().map(index_use).find(|index| *index != "yes").unwrap_or("yes")
}

/// The exceptions' macro: commands that let through what no exception holds for.
fn filter_definition(fields: &Fields<'_>, exceptions: &[Condition], done: &mut usize) -> (Definition, BTreeSet<Assumption>) {
    let mut searches = Vec::new();
    let mut tests = Vec::new();
    let mut assumes = BTreeSet::new();
    for exception in exceptions.iter().flat_map(clauses) {
        let bounds = superset::bounds(fields, &exception);
        assumptions::collect(fields, &exception, &mut assumes);
        match (bounds.exact, bounds.upper) {
            (true, Bound::True) => {}
            (true, Bound::False) => searches.push(Search::Not(Box::new(Search::Everything))),
            (true, Bound::Is(search)) => searches.push(search),
            (false, _) => tests.push(lower::positive(fields, &exception)),
        }
    }
    let definitions = fields.take_definitions(done);
    let mut stages = Vec::new();
    if !searches.is_empty() {
        stages.push(Stage::Search(searches));
    }
    if !definitions.is_empty() {
        stages.push(Stage::Eval(definitions));
    }
    stages.extend(tests.into_iter().map(Stage::Where));
    if stages.is_empty() {
        stages.push(Stage::Search(vec![Search::Everything]));
    }
    (Definition::Stages(stages), assumes)
}

/// What the result shows: what the author asked for, else who, where and the fields of the condition; and the columns of
/// `suppress`, `risk` and the entities, which an alert needs.
#[allow(clippy::type_complexity)] // four lists that are made together
fn columns(
    fields: &Fields<'_>,
    request: Request<'_>,
    condition: &Condition,
) -> (Vec<FieldName>, Vec<String>, Option<String>, Vec<EntityColumns>) {
    let mut shown: Vec<FieldName> = Vec::new();
    let mut show = |name: FieldName| {
        if !shown.contains(&name) && name != FieldName::time() {
            shown.push(name);
        }
    };
    let known = |field: &Field| losses::of_field(fields, field, Span::default()).is_none();
    if request.selection.output.is_empty() {
        for (name, _) in ["Computer", "User"].iter().filter_map(|name| fields.layout.fields.get_key_value(*name)) {
            let field = Field { name: name.as_str().into(), kind: FieldType::scalar(ScalarType::String) };
            if known(&field) {
                fields.shown(&field).into_iter().for_each(&mut show);
            }
        }
        for (test, _) in condition.tests() {
            test.fields().into_iter().filter(|field| known(field)).filter_map(|field| fields.shown(field)).for_each(&mut show);
        }
    }
    let output = request.selection.output.iter().filter(|field| known(field));
    output.filter_map(|field| fields.shown(field)).for_each(&mut show);

    let mut suppress_by = Vec::new();
    let suppress = request.rule.schedule_on(Target::Splunk).and_then(|schedule| schedule.suppress.as_ref());
    for field in suppress.iter().flat_map(|suppress| &suppress.by).filter(|field| known(field)) {
        if let Some(name) = fields.shown(field) {
            suppress_by.push(name.as_str().to_owned());
            show(name);
        }
    }
    let risk = request.rule.risk.as_ref().filter(|risk| known(&risk.on)).and_then(|risk| fields.shown(&risk.on));
    risk.clone().into_iter().for_each(&mut show);
    let mut entities: BTreeMap<EntityKind, Vec<(String, String)>> = BTreeMap::new();
    for entity in request.rule.entities.iter().filter(|entity| known(&entity.field)) {
        if let Some(name) = fields.shown(&entity.field) {
            entities.entry(entity.kind).or_default().push((object_type(entity.kind).to_owned(), name.as_str().to_owned()));
            show(name);
        }
    }
    let entities = entities.into_iter().map(|(kind, columns)| EntityColumns { kind, columns }).collect();
    (shown, suppress_by, risk.map(|name| name.as_str().to_owned()), entities)
}

/// Enterprise Security's word for a risk or threat object.
fn object_type(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Host => "system",
        EntityKind::Account => "user",
        EntityKind::Ip => "ip_address",
        EntityKind::File => "file_path",
        EntityKind::Process => "process",
    }
}
