//! Filters: what a site takes out of other people's rules.
//!
//! A filter's condition is joined to the rule's by `and` (specification, "Sigma filters"), so that an exception of the language
//! is its opposite.

use super::metadata::word;
use super::rule::{Naming, Reader, condition_clause, opposite};
use super::{RuleName, sentence};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::import::yaml::Node;
use crate::syntax::ast::{self, Clause};
use crate::syntax::names;

/// A filter that was read; [`attach`] finds its rules.
#[derive(Clone, Debug)]
pub struct Filter {
    title: String,
    span: Span,
    /// Ids or names of rules with their places; `None` for `any`.
    rules: Option<Vec<Spanned<String>>>,
    /// The log source, as the language names it.
    source: String,
    /// What is taken out.
    except: Clause,
}

impl Reader<'_, '_> {
    pub(super) fn filter(&mut self, document: &Node<'_>) -> Option<Filter> {
        let title = document.get("title").and_then(word).unwrap_or("Sigma filter").to_owned();
        let span = document.entry("title").map_or(document.span, |(_, node)| node.span);
        let (key, node) = document.entry("filter")?;
        self.log_source(document)?;
        let Some(parts) = node.mapping() else {
            self.report(
                Diagnostic::error("E0702", key.span, format!("`filter` is a mapping of selections, not {}", node.what()))
                    .help("write `rules:`, selections and a `condition` below it"),
            );
            return None;
        };
        let rules = match node.entry("rules") {
            Some((_, rules)) if rules.items().iter().any(|rule| word(rule) == Some("any")) => None,
            Some((_, rules)) => {
                Some(rules.items().iter().filter_map(|rule| Some(Spanned::new(word(rule)?.to_owned(), rule.span))).collect())
            }
            None => {
                self.report(
                    Diagnostic::error("E0708", key.span, "this filter names no rules")
                        .help("write `rules:` with their ids or names, or `rules: any`"),
                );
                return None;
            }
        };
        self.source.learn_except(node, &["rules"]);
        let selections = self.selections(parts, &["condition", "rules"])?;
        let condition = self.condition(node, key.span, &selections)?;
        let except = opposite(condition_clause(&condition, &Naming::Inline(&selections)));
        Some(Filter { title, span, rules, source: self.source.id(), except })
    }
}

/// The exceptions that filters make to rules: a site for each filter, and what is said of those that find no rule.
pub fn attach(filters: &[Filter], rules: &[RuleName]) -> (Vec<ast::Item>, Vec<Diagnostic>) {
    let mut items = Vec::new();
    let mut diagnostics = Vec::new();
    for filter in filters {
        let mut members = Vec::new();
        let mut except = |rule: &RuleName| {
            members.push(ast::Member::Except(ast::Except {
                target: Some((Spanned::new(rule.hunt.clone(), filter.span), Spanned::new(rule.rule.clone(), filter.span))),
                reason: Spanned::new(sentence(&filter.title), filter.span),
                expires: None,
                clauses: vec![filter.except.clone()],
                span: filter.except.span,
            }));
        };
        let fits = |rule: &&RuleName| rule.source == filter.source;
        match &filter.rules {
            None => rules.iter().filter(fits).for_each(&mut except),
            Some(wanted) => {
                for name in wanted {
                    let named = |rule: &&RuleName| {
                        rule.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&name.node))
                            || rule.name.as_ref() == Some(&name.node)
                    };
                    let found: Vec<&RuleName> = rules.iter().filter(named).collect();
                    match found.as_slice() {
                        [] => diagnostics.push(
                            Diagnostic::warning("W0706", name.span, format!("no rule here is called `{}`", name.node))
                                .help("a filter applies to the rules that are read with it"),
                        ),
                        found if !found.iter().any(fits) => diagnostics.push(
                            Diagnostic::warning(
                                "W0706",
                                name.span,
                                format!("`{}` is about `{}`, this filter about `{}`", name.node, found[0].source, filter.source),
                            )
                            .help("a filter applies to rules of its own log source"),
                        ),
                        found => found.iter().copied().filter(fits).for_each(&mut except),
                    }
                }
            }
        }
        if !members.is_empty() {
            let name = Spanned::new(names::of_title(&filter.title, names::LONGEST, "rule"), filter.span);
            items.push(ast::Item::Site(ast::Unit { name, members, span: filter.span, head: filter.span }));
        }
    }
    (items, diagnostics)
}
