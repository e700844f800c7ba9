//! One rule: its log source, selections and condition, and the hunt that they make.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{self, Expression, Kind as ConditionKind};
use super::correlation::{self, Correlation};
use super::fields::{self, Source};
use super::metadata::{Metadata, name_at, property, text_at, word};
use super::modifiers::{Comparison, Modifiers};
use super::value::Place;
use super::{Imported, RuleName, Shape, clause, item, shape};
use crate::attack::Release;
use crate::diag::{Diagnostic, SourceId, Span, Spanned};
use crate::import::yaml::{Kind, Node, Scalar};
use crate::schema::{FieldType, catalogue};
use crate::syntax::ast::{self, Clause, ClauseKind, Count, Member, PatternSet, Property, PropertyKind};
use crate::syntax::names;

/// What reads one document.
pub(super) struct Reader<'r, 't> {
    pub(super) release: Release,
    pub(super) source: Source,
    /// Placeholders: the lists that the site gives.
    pub(super) site_lists: BTreeMap<String, (FieldType, Span)>,
    text: &'t str,
    diagnostics: &'r mut Vec<Diagnostic>,
}

/// A named part of a detection.
pub(super) struct Selection {
    /// As Sigma's condition calls it.
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) clauses: Vec<Clause>,
    pub(super) span: Span,
}

/// A rule that was read, before its parts have their names in a hunt.
pub(super) struct Rule {
    pub(super) metadata: Metadata,
    pub(super) source: Source,
    pub(super) selections: Vec<Selection>,
    pub(super) condition: Expression,
    pub(super) site_lists: BTreeMap<String, (FieldType, Span)>,
    /// It reports by itself also where a correlation names it.
    pub(super) generate: bool,
}

/// Reads every document of a file.
pub(super) fn file(source: SourceId, text: &str, release: Release, documents: &[Node<'_>]) -> Imported {
    let mut imported = Imported::default();
    let mut diagnostics = Vec::new();
    let (mut rules, mut correlations): (Vec<Rule>, Vec<Correlation>) = (Vec::new(), Vec::new());
    for document in documents {
        let mut reader = Reader::new(release, text, source, &mut diagnostics);
        if document.scalar() == Some(Scalar::Null) {
            continue;
        }
        let read = match shape(document) {
            Shape::Rule => reader.rule(document).map(|rule| rules.push(rule)),
            Shape::Correlation => reader.correlation(document).map(|correlation| correlations.push(correlation)),
            Shape::Filter => reader.filter(document).map(|filter| imported.filters.push(filter)),
            Shape::Other => {
                let at = Span { end: document.span.start, ..document.span };
                reader.report(
                    Diagnostic::warning("W0704", at, "this is no Sigma document, so it is passed over")
                        .help("a rule has `logsource` and `detection`, others have `correlation` or `filter`"),
                );
                Some(())
            }
        };
        imported.unread += usize::from(read.is_none());
    }
    let mut taken = BTreeSet::new();
    let groups = correlation::groups(rules, correlations, &mut diagnostics, &mut imported.unread);
    for group in groups {
        assemble(group, &mut imported, &mut taken);
    }
    imported.tree.span = Span::new(source, 0, text.len());
    imported.diagnostics = diagnostics;
    imported
}

impl<'r, 't> Reader<'r, 't> {
    fn new(release: Release, text: &'t str, source: SourceId, diagnostics: &'r mut Vec<Diagnostic>) -> Self {
        let nowhere = Source { parts: Vec::new(), span: Span::new(source, 0, 0), listed: None, own: BTreeMap::new() };
        Reader { release, source: nowhere, site_lists: BTreeMap::new(), text, diagnostics }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Some bytes of a scalar, as a place in the file: the whole scalar where escapes or folded lines stand between.
    pub(super) fn within(&self, node: &Node<'_>, start: usize, end: usize) -> Span {
        let inner = node.inner();
        let at = Span::new(inner.source, inner.start as usize + start, inner.start as usize + end);
        let same = node.text().and_then(|text| text.get(start..end)).is_some_and(|part| self.text.get(at.range()) == Some(part));
        if same && at.end <= inner.end { at } else { node.span }
    }

    fn rule(&mut self, document: &Node<'_>) -> Option<Rule> {
        let metadata = self.metadata(document);
        let known = self.log_source(document);
        let Some((key, detection)) = document.entry("detection") else {
            let at = Span { end: document.span.start, ..document.span };
            self.report(
                Diagnostic::error("E0702", at, "this rule has no `detection`")
                    .help("write `detection:` with selections and a `condition`"),
            );
            return None;
        };
        let Some(parts) = detection.mapping() else {
            self.report(
                Diagnostic::error("E0702", key.span, format!("`detection` is a mapping of selections, not {}", detection.what()))
                    .help("write `selection:` and `condition: selection` below it"),
            );
            return None;
        };
        known?;
        self.source.learn(detection);
        self.unknown_fields();
        let selections = self.selections(parts, &["condition", "timeframe"]);
        let condition = self.condition(detection, key.span, selections.as_deref().unwrap_or_default());
        let (selections, condition) = (selections?, condition?);
        let mut metadata = metadata;
        metadata.rule.extend(self.shown_fields(document));
        let generate = matches!(document.get("generate").and_then(Node::scalar), Some(Scalar::Boolean(true)));
        Some(Rule {
            metadata,
            source: std::mem::replace(
                &mut self.source,
                Source { parts: Vec::new(), span: key.span, listed: None, own: BTreeMap::new() },
            ),
            selections,
            condition,
            site_lists: std::mem::take(&mut self.site_lists),
            generate,
        })
    }

    /// The log source; reports one that the catalogue does not list.
    pub(super) fn log_source(&mut self, document: &Node<'_>) -> Option<()> {
        let Some((key, node)) = document.entry("logsource") else {
            let at = Span { end: document.span.start, ..document.span };
            self.report(
                Diagnostic::error("E0702", at, "this rule has no `logsource`")
                    .help("write `logsource:` with `product`, `category` or `service`"),
            );
            return None;
        };
        let get = |name: &str| node.get(name).and_then(word).map(str::to_owned);
        let (product, category, service) = (get("product"), get("category"), get("service"));
        let (parts, listed) = fields::find(product.as_deref(), category.as_deref(), service.as_deref());
        if parts.is_empty() {
            self.report(
                Diagnostic::error("E0702", key.span, "this log source names neither product nor category nor service")
                    .help("write `product: windows` and `category: process_creation`, for example"),
            );
            return None;
        }
        self.source = Source { parts, span: node.span, listed, own: BTreeMap::new() };
        if self.source.listed.is_none() {
            let id = self.source.id();
            let mut diagnostic = Diagnostic::warning(
                "W0702",
                node.span,
                format!("the catalogue lists no log source `{id}`, so only Sigma can hold this rule"),
            );
            if let Some(near) = catalogue::nearest(&id) {
                diagnostic = diagnostic.label(format!("did you mean `{near}`?"));
            }
            self.report(diagnostic.help("`huntc schema` lists the log sources; their fields and columns are known"));
        }
        Some(())
    }

    fn unknown_fields(&mut self) {
        let Some(listed) = self.source.listed.clone() else { return };
        let found: Vec<(String, Span)> = self.source.own.iter().map(|(name, (_, span))| (name.clone(), *span)).collect();
        for (name, span) in found {
            let mut diagnostic = Diagnostic::warning("W0701", span, format!("events of `{}` have no field `{name}`", listed.id));
            if let Some(near) = listed.nearest_field(&name) {
                diagnostic = diagnostic.label(format!("did you mean `{near}`?"));
            }
            self.report(
                diagnostic.help(format!("`huntc schema {}` lists its fields; targets refuse what compares this one", listed.id)),
            );
        }
    }

    /// The selections of a detection. `None` where one has an error.
    pub(super) fn selections(&mut self, parts: &[(Node<'_>, Node<'_>)], words: &[&str]) -> Option<Vec<Selection>> {
        let mut found = Some(Vec::new());
        for (key, node) in parts {
            let Some(name) = key.text() else {
                self.report(Diagnostic::error("E0702", key.span, "the name of a selection is text"));
                found = None;
                continue;
            };
            if words.contains(&name) {
                continue;
            }
            match self.selection(node) {
                Some(clauses) => {
                    if let Some(found) = &mut found {
                        let span = if node.span.start >= key.span.start { key.span.to(node.span) } else { key.span };
                        found.push(Selection { name: name.to_owned(), name_span: key.span, clauses, span });
                    }
                }
                None => found = None,
            }
        }
        found
    }

    /// A mapping is all of its items, a list one of them.
    fn selection(&mut self, node: &Node<'_>) -> Option<Vec<Clause>> {
        match &node.kind {
            Kind::Mapping(pairs) => {
                if pairs.is_empty() {
                    self.report(
                        Diagnostic::error("E0702", node.span, "this selection is empty")
                            .help("write `Field: value`, or take it out"),
                    );
                    return None;
                }
                let clauses: Vec<Option<Clause>> = pairs.iter().map(|(key, value)| self.item(key, value)).collect();
                clauses.into_iter().collect()
            }
            Kind::Sequence(items) => {
                let words: Vec<Node<'_>> = items.iter().filter(|item| item.scalar().is_some()).cloned().collect();
                let mut parts: Vec<Option<Clause>> = Vec::new();
                if !words.is_empty() {
                    let plain = Modifiers {
                        comparison: Comparison::Text(Place::Whole),
                        all: None,
                        cased: None,
                        encodings: Vec::new(),
                        expand: None,
                        negated: false,
                    };
                    let span = words.iter().fold(words[0].span, |span, word| span.to(word.span));
                    parts.push(self.keywords(&plain, &words, span));
                }
                for part in items.iter().filter(|part| part.scalar().is_none()) {
                    parts.push(self.selection(part).map(|clauses| item::joined(clauses, true, part.span)));
                }
                if parts.is_empty() {
                    self.report(
                        Diagnostic::error("E0702", node.span, "this selection is empty")
                            .help("write `Field: value`, or take it out"),
                    );
                    return None;
                }
                let parts: Vec<Clause> = parts.into_iter().collect::<Option<_>>()?;
                Some(vec![item::joined(parts, false, node.span)])
            }
            Kind::Scalar { .. } => {
                if matches!(node.scalar(), Some(Scalar::Null)) {
                    self.report(
                        Diagnostic::error("E0702", node.span, "this selection is empty").help("write `Field: value` below it"),
                    );
                    return None;
                }
                // One word is a list of one.
                let plain = Modifiers {
                    comparison: Comparison::Text(Place::Whole),
                    all: None,
                    cased: None,
                    encodings: Vec::new(),
                    expand: None,
                    negated: false,
                };
                self.keywords(&plain, std::slice::from_ref(node), node.span).map(|clause| vec![clause])
            }
        }
    }

    /// The condition, every name in it that of a selection.
    pub(super) fn condition(&mut self, detection: &Node<'_>, at: Span, selections: &[Selection]) -> Option<Expression> {
        let Some((key, node)) = detection.entry("condition") else {
            self.report(
                Diagnostic::error("E0702", at, "this has no `condition`")
                    .help("write `condition: selection`: which selections must hold"),
            );
            return None;
        };
        let mut alternatives = Vec::new();
        for item in node.items() {
            let Some(text) = item.text().filter(|_| item.scalar() != Some(Scalar::Null)) else {
                self.report(
                    Diagnostic::error("E0705", key.span, "the condition is missing").help("write the names of selections"),
                );
                return None;
            };
            let read = condition::read(text, &|start, end| self.within(item, start, end));
            match read {
                Ok(expression) => alternatives.push(expression),
                Err(diagnostic) => {
                    self.report(diagnostic);
                    return None;
                }
            }
        }
        let expression = match alternatives.len() {
            0 => {
                self.report(
                    Diagnostic::error("E0705", key.span, "the condition is missing").help("write the names of selections"),
                );
                return None;
            }
            1 => alternatives.remove(0),
            // Each entry of a list is a query of its own: an event of one of them is an event of the rule.
            _ => Expression { kind: ConditionKind::Or(alternatives), span: node.span },
        };
        let known: Vec<&str> = selections.iter().map(|selection| selection.name.as_str()).collect();
        let mut used = BTreeSet::new();
        let sound = self.names_known(&expression, &known, &mut used);
        if sound {
            for selection in selections.iter().filter(|selection| !used.contains(selection.name.as_str())) {
                self.report(
                    Diagnostic::warning("W0705", selection.name_span, format!("the condition does not use `{}`", selection.name))
                        .help("name it in the condition, or take it out"),
                );
            }
        }
        sound.then_some(expression)
    }

    fn names_known<'s>(&mut self, expression: &Expression, known: &[&'s str], used: &mut BTreeSet<&'s str>) -> bool {
        match &expression.kind {
            // Depth is bounded by the condition's reader.
            ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                // Every part is looked at, so that one run reports all that is wrong.
                parts.iter().filter(|part| !self.names_known(part, known, used)).count() == 0
            }
            ConditionKind::Not(part) => self.names_known(part, known, used),
            ConditionKind::Selection(name) => match known.iter().find(|other| **other == name) {
                Some(found) => {
                    used.insert(found);
                    true
                }
                // A selection with an error is missing here, which was reported.
                None if known.is_empty() => false,
                None => {
                    let mut diagnostic = Diagnostic::error("E0705", expression.span, format!("there is no selection `{name}`"));
                    if let Some(near) = crate::diag::nearest(name, known.iter().copied()) {
                        diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(
                            format!("write `{near}`"),
                            expression.span,
                            near,
                        );
                    }
                    self.report(diagnostic.help("names and their case must be those of `detection`"));
                    false
                }
            },
            ConditionKind::Quantified { count, pattern, count_span, pattern_span } => {
                let found: Vec<&&str> = known.iter().filter(|name| condition::matches(pattern, name)).collect();
                used.extend(found.iter().map(|name| **name));
                let needed = count.unwrap_or(1) as usize;
                if known.is_empty() {
                    return false;
                }
                if found.is_empty() {
                    self.report(
                        Diagnostic::error("E0705", *pattern_span, format!("no selection's name matches `{pattern}`"))
                            .help("a condition over no selection would never hold; check the spelling before the `*`"),
                    );
                    return false;
                }
                if needed == 0 || needed > found.len() {
                    self.report(
                        Diagnostic::error(
                            "E0705",
                            *count_span,
                            format!("`{needed} of` cannot hold over {} selections", found.len()),
                        )
                        .help("write `1 of` or `all of`"),
                    );
                    return false;
                }
                true
            }
        }
    }

    /// `fields:`, what an analyst wants to see.
    fn shown_fields(&mut self, document: &Node<'_>) -> Option<Property> {
        let (key, node) = document.entry("fields")?;
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for item in node.items() {
            let Some(name) = word(item) else { continue };
            // What the log source does not have cannot be shown.
            if let Some((name, _)) = self.source.field(name)
                && seen.insert(name.clone())
            {
                fields.push(super::field_ref(&name, item.span));
            }
        }
        (!fields.is_empty()).then(|| property(PropertyKind::Fields(fields), key))
    }
}

/// How a condition names selections: as patterns of the hunt, or with their clauses in place.
pub(super) enum Naming<'n> {
    /// Sigma's name and the pattern's, in the order of the rule.
    Patterns(&'n [(String, String)]),
    Inline(&'n [Selection]),
}

impl Naming<'_> {
    fn names(&self) -> Vec<&str> {
        match self {
            Naming::Patterns(names) => names.iter().map(|(name, _)| name.as_str()).collect(),
            Naming::Inline(selections) => selections.iter().map(|selection| selection.name.as_str()).collect(),
        }
    }

    fn one(&self, name: &str, span: Span) -> Clause {
        match self {
            Naming::Patterns(names) => {
                let pattern = names.iter().find(|(own, _)| own == name).map_or(name, |(_, pattern)| pattern);
                clause(ClauseKind::Pattern(name_at(pattern, span)), span)
            }
            Naming::Inline(selections) => {
                let clauses = selections.iter().find(|each| each.name == name).map(|each| each.clauses.clone());
                item::joined(clauses.unwrap_or_default(), true, span)
            }
        }
    }
}

/// A condition as a clause.
pub(super) fn condition_clause(expression: &Expression, naming: &Naming<'_>) -> Clause {
    let span = expression.span;
    let parts = |parts: &[Expression]| parts.iter().map(|part| nested(condition_clause(part, naming))).collect::<Vec<_>>();
    match &expression.kind {
        ConditionKind::And(all) => clause(ClauseKind::And(parts(all)), span),
        ConditionKind::Or(any) => clause(ClauseKind::Or(parts(any)), span),
        ConditionKind::Not(inner) => clause(ClauseKind::Not(Box::new(nested(condition_clause(inner, naming)))), span),
        ConditionKind::Selection(name) => naming.one(name, span),
        ConditionKind::Quantified { count, pattern, count_span, pattern_span } => {
            let names = naming.names();
            let meant: Vec<&str> = names.iter().copied().filter(|name| condition::matches(pattern, name)).collect();
            if let [only] = meant.as_slice() {
                return naming.one(only, span);
            }
            match naming {
                Naming::Patterns(all) => {
                    let of = pattern_set(pattern, &meant, all, *pattern_span);
                    let count = Spanned::new(count.map_or(Count::All, Count::AtLeast), *count_span);
                    clause(ClauseKind::Quantified { count, of }, span)
                }
                Naming::Inline(_) => {
                    let clauses: Vec<Clause> = meant.iter().map(|name| naming.one(name, span)).collect();
                    match count {
                        None => item::joined(clauses, true, span),
                        // Only `1 of` is Sigma's; more would have to be written out.
                        Some(_) => item::joined(clauses, false, span),
                    }
                }
            }
        }
    }
}

/// `selection_*` where it means the same patterns of the hunt, their names otherwise.
fn pattern_set(pattern: &str, meant: &[&str], all: &[(String, String)], span: Span) -> PatternSet {
    let chosen: Vec<&str> =
        all.iter().filter(|(name, _)| meant.contains(&name.as_str())).map(|(_, pattern)| pattern.as_str()).collect();
    let by_glob: Vec<&str> =
        all.iter().map(|(_, pattern)| pattern.as_str()).filter(|name| condition::matches(pattern, name)).collect();
    let plain = pattern.contains('*')
        && pattern != "*"
        && pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*'))
        && !pattern.starts_with(|first: char| first.is_ascii_digit() || first == '*');
    if plain && chosen == by_glob {
        return PatternSet::Glob(name_at(pattern, span));
    }
    PatternSet::Names(chosen.into_iter().map(|name| name_at(name, span)).collect())
}

/// `and` beside `or`, and what `not` binds, stand in parentheses.
fn nested(inner: Clause) -> Clause {
    if matches!(inner.kind, ClauseKind::And(_) | ClauseKind::Or(_)) {
        let span = inner.span;
        return clause(ClauseKind::Group(Box::new(inner)), span);
    }
    inner
}

/// Rules that make one hunt: a rule alone, or correlations with the rules that they name.
pub(super) struct Group {
    pub(super) rules: Vec<Rule>,
    pub(super) correlations: Vec<Correlation>,
}

fn assemble(group: Group, imported: &mut Imported, taken: &mut BTreeSet<String>) {
    let Group { mut rules, mut correlations } = group;
    // The hunt is about what nothing else is built upon: the last correlation, else the rule.
    let top = correlation::top(&correlations);
    let head = match top {
        Some(index) => std::mem::take(&mut correlations[index].metadata.hunt),
        None => rules.first_mut().map(|rule| std::mem::take(&mut rule.metadata.hunt)).unwrap_or_default(),
    };
    let metadata = match top {
        Some(index) => &correlations[index].metadata,
        None => match rules.first() {
            Some(rule) => &rule.metadata,
            None => return,
        },
    };
    let hunt = names::unique(title_name(metadata), taken);
    let span = metadata.title_span;
    if let Some(status) = &metadata.status {
        imported.statuses.insert(hunt.clone(), status.clone());
    }
    let mut members: Vec<Member> = head.into_iter().map(Member::Property).collect();
    let mut declarations: Vec<ast::LogSourceDeclaration> = Vec::new();
    let mut lists: BTreeMap<String, (FieldType, Span)> = BTreeMap::new();
    let mut own: BTreeSet<String> = BTreeSet::new();
    let alone = correlations.is_empty();
    // The names of rules first: selections give way to them.
    let rule_names: Vec<String> = rules
        .iter()
        .map(|rule| {
            let name = match (&rule.metadata.name, alone) {
                (Some(name), false) => names::of_word(name, "rule"),
                (_, true) => hunt.clone(),
                (None, false) => title_name(&rule.metadata),
            };
            names::unique(name, &mut own)
        })
        .collect();
    let correlation_names: Vec<String> = correlations
        .iter()
        .map(|each| {
            names::unique(
                each.metadata.name.as_ref().map_or_else(|| title_name(&each.metadata), |name| names::of_word(name, "rule")),
                &mut own,
            )
        })
        .collect();
    let mut patterns: Vec<Member> = Vec::new();
    let mut detects: Vec<Member> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        for (name, value) in &rule.site_lists {
            lists.entry(name.clone()).or_insert(*value);
        }
        if let Some(declaration) = rule.source.declaration() {
            declare(&mut declarations, declaration);
        }
        let name = &rule_names[index];
        let when = named_parts(rule, name, alone, &mut own, &mut patterns);
        let named = correlations.iter().any(|correlation| correlation.names_rule(index));
        if named {
            patterns.push(Member::Pattern(ast::Pattern {
                name: name_at(name, rule.metadata.title_span),
                source: rule.source.reference(),
                clauses: when.clauses.clone(),
                span: rule.condition.span,
            }));
        }
        if !named || rule.generate {
            // The pattern says it already.
            let when = if named {
                let span = rule.condition.span;
                let pattern = clause(ClauseKind::Pattern(name_at(name, span)), span);
                ast::When { clauses: vec![pattern], block: true, span }
            } else {
                when
            };
            let name = if named { names::unique(format!("{name}_alone"), &mut own) } else { name.clone() };
            imported.rules.push(RuleName {
                id: rule.metadata.id.clone(),
                name: rule.metadata.name.clone(),
                hunt: hunt.clone(),
                rule: name.clone(),
                source: rule.source.id(),
            });
            detects.push(Member::Detect(detect(rule, &name, when)));
        }
    }
    members.extend(lists.into_iter().map(|(name, (kind, span))| {
        Member::List(ast::List {
            name: name_at(&name, span),
            kind: Some(Spanned::new(kind.to_string(), span)),
            values: None,
            span,
        })
    }));
    members.extend(patterns);
    members.extend(correlation::members(&correlations, &rules, &rule_names, &correlation_names, &mut own));
    members.extend(detects);
    imported.tree.items.extend(declarations.into_iter().map(ast::Item::LogSource));
    imported.tree.items.push(ast::Item::Hunt(ast::Unit { name: name_at(&hunt, span), members, span, head: span }));
}

pub(super) fn title_name(metadata: &Metadata) -> String {
    match (&metadata.name, metadata.title.is_empty()) {
        (Some(name), true) => names::of_word(name, "rule"),
        _ => names::of_title(&metadata.title, names::LONGEST, "rule"),
    }
}

/// Declarations of one log source are one.
fn declare(all: &mut Vec<ast::LogSourceDeclaration>, new: ast::LogSourceDeclaration) {
    match all.iter_mut().find(|known| known.source == new.source) {
        None => all.push(new),
        Some(known) => {
            for field in new.fields {
                if !known.fields.iter().any(|other| other.name == field.name) {
                    known.fields.push(field);
                }
            }
        }
    }
}

/// The `when` of a rule; its selections become patterns unless there is only one, which is the whole condition.
fn named_parts(rule: &Rule, name: &str, alone: bool, own: &mut BTreeSet<String>, patterns: &mut Vec<Member>) -> ast::When {
    let span = rule.condition.span;
    if let (ConditionKind::Selection(only), [selection]) = (&rule.condition.kind, rule.selections.as_slice())
        && *only == selection.name
    {
        return ast::When { clauses: selection.clauses.clone(), block: true, span };
    }
    if let (ConditionKind::Quantified { .. }, [selection]) = (&rule.condition.kind, rule.selections.as_slice()) {
        return ast::When { clauses: selection.clauses.clone(), block: true, span };
    }
    let mut names: Vec<(String, String)> = Vec::new();
    for selection in &rule.selections {
        let word = names::of_word(&selection.name, "selection");
        // The names of several rules' selections stand side by side in one hunt.
        let word = if alone { word } else { format!("{name}_{word}") };
        let pattern = names::unique(word, own);
        patterns.push(Member::Pattern(ast::Pattern {
            name: name_at(&pattern, selection.name_span),
            source: rule.source.reference(),
            clauses: selection.clauses.clone(),
            span: selection.span,
        }));
        names.push((selection.name.clone(), pattern));
    }
    let whole = condition_clause(&rule.condition, &Naming::Patterns(&names));
    let clauses = match whole.kind {
        ClauseKind::And(parts) => parts,
        kind => vec![Clause { kind, span: whole.span }],
    };
    ast::When { clauses, block: true, span }
}

fn detect(rule: &Rule, name: &str, when: ast::When) -> ast::Detect {
    let span = rule.metadata.title_span;
    let mut properties = Vec::new();
    if !rule.metadata.title.is_empty() {
        let title = PropertyKind::Title(text_at(super::sentence(&rule.metadata.title), span));
        properties.push(Property { kind: title, keyword: span, span });
    }
    properties.extend(rule.metadata.rule.iter().cloned());
    ast::Detect {
        name: name_at(name, span),
        source: Some(rule.source.reference()),
        when: Some(when),
        properties,
        exceptions: Vec::new(),
        span,
        head: span,
    }
}

/// A clause that a site's exception holds: what a filter leaves out.
pub(super) fn opposite(inner: Clause) -> Clause {
    let span = inner.span;
    match inner.kind {
        ClauseKind::Not(inner) => match inner.kind {
            ClauseKind::Group(inner) => *inner,
            kind => clause(kind, inner.span),
        },
        _ => clause(ClauseKind::Not(Box::new(nested(inner))), span),
    }
}
