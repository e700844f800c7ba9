//! Sigma 2.1: one rule document a selection, and one filter document an exception.
//!
//! <https://github.com/SigmaHQ/sigma-specification>. [`lower`] turns comparisons into items, [`structure`] names them and
//! writes the condition, [`print`] spells the document.

mod ast;
mod boundary;
mod escape;
mod explain;
mod lower;
mod print;
mod structure;
mod yaml;

use std::collections::BTreeSet;

use self::ast::{Filter, LogSource, Rule};
use self::lower::{Context, Tree};
use self::structure::Naming;
use super::approximate::prune;
use super::{Attachment, AttachmentKind, Backend, ClauseText, EntityColumns, Query, Request};
use crate::diag::Span;
use crate::ir::{Assumption, Condition, Exception, HuntInfo, Kind, Loss, Selection, Test, Uuid};
use crate::schema::{LogSourceId, Target, catalogue};

#[derive(Debug)]
pub struct Sigma;

impl Backend for Sigma {
    fn target(&self) -> Target {
        Target::Sigma
    }

    fn compile(&self, request: Request<'_>) -> Result<Query, Vec<Loss>> {
        let selection = request.selection;
        let source = catalogue::find(&selection.source.0);
        let context = Context { separators: selection.separators, source: source.as_deref() };
        let mut refused = Vec::new();
        let mut query = Query::default();

        let mut tree = None;
        match lowered(&context, &selection.condition) {
            Ok((lowered, losses, assumes)) => {
                query.losses.extend(losses);
                query.assumes.extend(assumes);
                tree = Some(lowered);
            }
            Err(losses) => refused.extend(losses),
        }
        for exception in &selection.exceptions {
            match lowered(&context, &exception.condition) {
                Ok((tree, losses, assumes)) => {
                    // What widens an exception narrows the rule.
                    query.losses.extend(
                        losses
                            .into_iter()
                            .map(|loss| Loss { direction: loss.direction.map(crate::ir::Direction::negate), ..loss }),
                    );
                    query.assumes.extend(assumes);
                    let name = file_name(&selection.name, &exception.name, &query.attachments);
                    query.attachments.push(filter(request, exception, tree, name));
                }
                Err(losses) => refused.extend(losses),
            }
        }
        let Some(tree) = tree.filter(|_| refused.is_empty()) else {
            refused.sort_by_key(|loss| loss.span);
            return Err(refused);
        };

        query.clauses = clauses(&context, selection);
        query.columns = selection.output.iter().map(|field| field.name.to_string()).collect();
        query.entities = request
            .rule
            .entities
            .iter()
            .map(|entity| EntityColumns { kind: entity.kind, columns: vec![("field".to_owned(), entity.field.name.to_string())] })
            .collect();
        let schedule =
            request.rule.schedules.iter().rev().find(|(target, _)| target.is_none_or(|target| target == Target::Sigma));
        query.suppress_by = schedule
            .and_then(|(_, schedule)| schedule.suppress.as_ref())
            .map(|suppress| suppress.by.iter().map(|field| field.name.to_string()).collect())
            .unwrap_or_default();
        query.risk_on = request.rule.risk.as_ref().map(|risk| risk.on.name.to_string());
        query.text = print::rule(&document(request, structure::detection(tree, Naming::Rule)));
        Ok(query)
    }
}

type Lowered = (Tree, Vec<Loss>, BTreeSet<Assumption>);

/// A condition as a tree of items, with what was left out of it and what it rests on.
fn lowered(context: &Context<'_>, condition: &Condition) -> Result<Lowered, Vec<Loss>> {
    let unsayable = |test: &Test, span: Span| context.test(test, span, &mut BTreeSet::new()).err().map(|loss| *loss);
    let pruned = prune(condition, &unsayable)?;
    let mut assumes = BTreeSet::new();
    let tree = tree(context, &pruned.condition, &mut assumes).map_err(|loss| vec![*loss])?;
    Ok((tree, pruned.losses, assumes))
}

fn tree(context: &Context<'_>, condition: &Condition, assumes: &mut BTreeSet<Assumption>) -> Result<Tree, Box<Loss>> {
    let mut parts = |parts: &[Condition]| parts.iter().map(|part| tree(context, part, assumes)).collect::<Result<Vec<_>, _>>();
    match &condition.kind {
        // No search is always true, but one or its opposite is.
        Kind::Constant(value) => {
            let either = vec![context.any_search(), context.any_search().negated()];
            Ok(if *value { Tree::Any(either) } else { Tree::All(either) })
        }
        Kind::All(all) => parts(all).map(Tree::All),
        Kind::Any(any) => parts(any).map(Tree::Any),
        Kind::Not(inner) => tree(context, inner, assumes).map(Tree::negated),
        Kind::Test(test) => context.test(test, condition.span, assumes),
    }
}

/// Each clause of the hunt beside the items that it became.
fn clauses(context: &Context<'_>, selection: &Selection) -> Vec<ClauseText> {
    let parts: Vec<&Condition> = match &selection.condition.kind {
        Kind::All(parts) if !selection.condition.approximate => parts.iter().collect(),
        Kind::All(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) | Kind::Constant(_) => vec![&selection.condition],
    };
    parts
        .into_iter()
        .map(|part| match lowered(context, part) {
            Ok((tree, _, assumes)) => ClauseText {
                span: Some(part.span),
                text: explain::one_line(&structure::detection(tree, Naming::Rule)),
                index: "as the product decides".to_owned(),
                assumes,
            },
            Err(_) => ClauseText {
                span: Some(part.span),
                text: "left out".to_owned(),
                index: "as the product decides".to_owned(),
                assumes: BTreeSet::new(),
            },
        })
        .collect()
}

/// The longest title, and the longest description, that the specification takes; in characters.
const TITLE: usize = 256;
const DESCRIPTION: usize = 65_535;

fn document(request: Request<'_>, detection: ast::Detection) -> Rule {
    let Request { rule, selection, .. } = request;
    let mut description = rule.hunt.hypothesis.trim().to_owned();
    if let Some(response) = &rule.meta.response {
        if !description.is_empty() {
            description.push_str("\n\n");
        }
        description.push_str("Response: ");
        description.push_str(response);
    }
    let authors = rule.hunt.authors.join(", ");
    Rule {
        title: shortened(&rule.meta.title, TITLE),
        id: selection.id.to_string(),
        status: status(&rule.hunt),
        description: shortened(&description, DESCRIPTION),
        references: distinct(rule.hunt.references.iter().cloned()),
        author: (!authors.is_empty()).then_some(authors),
        date: rule.hunt.created.clone(),
        modified: rule.hunt.modified.clone(),
        tags: tags(request),
        log_source: log_source(&selection.source),
        detection,
        fields: distinct(selection.output.iter().map(|field| field.name.to_string())),
        // The schema asks for two characters at least.
        false_positives: distinct(rule.meta.false_positives.iter().filter(|text| text.chars().count() > 1).cloned()),
        level: rule.meta.level.name(),
    }
}

/// The statuses of the specification.
const STATUSES: &[&str] = &["stable", "test", "experimental", "deprecated", "unsupported"];

/// A hunt's stage as the specification's status of a rule: none is `stable` before somebody said so of the rule itself, as the
/// author of an imported rule did.
fn status(hunt: &HuntInfo) -> &'static str {
    let own = hunt.imported.as_ref().and_then(|imported| imported.status.as_deref());
    if let Some(status) = STATUSES.iter().find(|status| own == Some(**status)) {
        return status;
    }
    match hunt.status.as_deref() {
        Some("detecting" | "closed") => "test",
        _ => "experimental",
    }
}

/// `attack.` with tactics, techniques, software, groups and campaigns, then `tlp.`, in this order (specification, tags
/// appendix).
fn tags(request: Request<'_>) -> Vec<String> {
    let Request { rule, .. } = request;
    let attack = rule
        .meta
        .tactics
        .iter()
        .map(|tactic| tactic.replace('_', "-"))
        .chain(rule.meta.techniques.iter().map(|technique| technique.id.to_lowercase()))
        .chain(rule.hunt.attack.iter().map(|id| id.to_lowercase()))
        .map(|name| format!("attack.{name}"));
    // TLP 2.0 writes `amber+strict`, which is no lawful tag.
    let tlp = rule.hunt.tlp.iter().map(|tlp| format!("tlp.{}", tlp.to_lowercase().replace('+', "-")));
    distinct(attack.chain(tlp).chain(rule.hunt.tags.iter().cloned()))
}

/// The three words of a log source: the catalogue's, or what the parts of a declared one mean in this order: product and
/// service, product, category and service.
fn log_source(id: &LogSourceId) -> LogSource {
    if let Some(known) = catalogue::find(&id.0) {
        return LogSource { category: known.category.clone(), product: known.product.clone(), service: known.service.clone() };
    }
    let own = |text: &str| Some(text.to_owned());
    match id.0.split('/').collect::<Vec<_>>().as_slice() {
        [product, category, service] => LogSource { category: own(category), product: own(product), service: own(service) },
        [product, service] => LogSource { category: None, product: own(product), service: own(service) },
        _ => LogSource { category: None, product: own(&id.0), service: None },
    }
}

/// An exception as a filter document. Its condition says what stays: `not selection` (pySigma and rsigma both join the
/// filter's condition to the rule's by `and`).
fn filter(request: Request<'_>, exception: &Exception, tree: Tree, name: String) -> Attachment {
    let Request { rule, selection, .. } = request;
    let mut description = format!("Exception of `{}`: {}", rule.name, exception.reason);
    if let Some(site) = &exception.site {
        description.push_str(&format!("\nSite: {site}"));
    }
    if let Some(expires) = &exception.expires {
        description.push_str(&format!("\nExpires: {expires}"));
    }
    let document = Filter {
        title: shortened(&exception.reason, TITLE),
        id: Uuid::new_v5(&selection.id, format!("filter/{}", exception.name).as_bytes()).to_string(),
        description: shortened(&description, DESCRIPTION),
        log_source: log_source(&selection.source),
        rules: vec![selection.id.to_string()],
        detection: structure::detection(tree.negated(), Naming::Filter),
    };
    Attachment { kind: AttachmentKind::SigmaFilter, name, text: print::filter(&document) }
}

/// A filter's file name without its ending: with it at most 70 characters, as the specification asks, and unlike the others'.
fn file_name(rule: &str, exception: &str, others: &[Attachment]) -> String {
    const LONGEST: usize = 66;
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>().trim_end_matches('_').to_owned();
    let whole = format!("{rule}_filter_{exception}");
    let mut name = cut(&whole, LONGEST);
    let mut number = 1;
    while others.iter().any(|other| other.name == name) {
        number += 1;
        let end = format!("_{number}");
        name = cut(&whole, LONGEST - end.len()) + &end;
    }
    name
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Each text once, in order: the schema asks for unique items.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}
