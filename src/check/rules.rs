//! Rules: hunts, libraries and sites as a whole, and what each `detect` becomes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Checker;
use super::clauses::{Place, constant};
use super::properties::{HuntHead, MARKINGS, RuleProperties};
use super::scope::{Scope, member_name, member_span};
use super::select::{Mixed, simplify};
use crate::diag::{Diagnostic, Span};
use crate::ir::{Body, Condition, Exception, Kind, Program, Rule, Selection, Uuid};
use crate::schema::{LogSource, LogSourceId};
use crate::syntax::ast;

/// Rules of one hunt, by name, for tests and correlations.
pub(super) type RulesByName<'a> = BTreeMap<&'a str, Option<Arc<Rule>>>;

impl<'a> Checker<'a> {
    pub(super) fn run(&mut self) -> Program {
        self.collect_workspace();
        let mut program = Program::default();
        let input = self.input;
        for (index, file) in input.files.iter().enumerate() {
            self.imported = file.imported.as_ref();
            self.local = if file.imported.is_some() { self.local_log_sources(&file.tree) } else { BTreeMap::new() };
            let imported = self.imports(index);
            for item in &file.tree.items {
                match item {
                    ast::Item::Hunt(unit) => {
                        let scope = self.unit_scope(&imported, unit);
                        self.declarations(unit, &scope);
                        self.hunt(unit, &scope, file.root, &mut program);
                    }
                    ast::Item::Library(unit) => {
                        let scope = self.unit_scope(&imported, unit);
                        self.declarations(unit, &scope);
                        self.library(unit);
                    }
                    ast::Item::Site(_) | ast::Item::Use(_) | ast::Item::LogSource(_) => {}
                }
            }
        }
        self.imported = None;
        self.local.clear();
        self.unused_site_exceptions();
        program
    }

    fn library(&mut self, unit: &'a ast::Unit) {
        for member in &unit.members {
            match member {
                ast::Member::List(_) | ast::Member::Ioc(_) | ast::Member::Pattern(_) => {}
                ast::Member::Property(property)
                    if matches!(
                        property.kind,
                        ast::PropertyKind::Title(_)
                            | ast::PropertyKind::Description(_)
                            | ast::PropertyKind::Author(_)
                            | ast::PropertyKind::Created(_)
                            | ast::PropertyKind::Modified(_)
                            | ast::PropertyKind::References(_)
                            | ast::PropertyKind::Tags(_)
                    ) => {}
                other => self.misplaced(member_span(other), member_name(other), "a `library`"),
            }
        }
    }

    /// Lists, indicators and patterns, each looked at where it is declared.
    fn declarations(&mut self, unit: &'a ast::Unit, scope: &Scope<'a>) {
        for member in &unit.members {
            match member {
                ast::Member::List(list) => self.check_list(list, scope.file),
                ast::Member::Ioc(ioc) => {
                    if let Some(expires) = &ioc.expires
                        && self.date(expires).is_some()
                        && self.is_past(&expires.node)
                    {
                        let as_of = self.as_of.clone();
                        self.report(
                            Diagnostic::warning(
                                "W0103",
                                expires.span,
                                format!("the indicators `{}` expired before {as_of}", ioc.name.node),
                            )
                            .help("renew them, or take them out: expired indicators are not compared with"),
                        );
                    }
                    if let Some(marking) = &ioc.tlp {
                        self.carries(&ioc.name, marking);
                    }
                    self.ioc_literals(ioc, scope.file);
                }
                ast::Member::Pattern(pattern) => {
                    let found = self.pattern(pattern, scope.file, pattern.name.span, scope);
                    if let Some((source, condition)) = found
                        && !self.is_broken(pattern.span)
                    {
                        self.constant_condition(&condition, pattern.name.span, &source.id);
                    }
                }
                _ => {}
            }
        }
    }

    fn constant_condition(&mut self, condition: &Condition, at: Span, source: &LogSourceId) -> bool {
        let Some(value) = constant(condition) else { return false };
        let (what, help) = if value {
            (
                format!("this holds for every event of `{source}`"),
                "a rule that selects everything is never meant; say what to look for",
            )
        } else {
            (
                format!("this holds for no event of `{source}`"),
                "two of its clauses exclude each other, or belong to different log sources",
            )
        };
        self.report(Diagnostic::error("E0214", at, what).help(help));
        true
    }

    fn hunt(&mut self, unit: &'a ast::Unit, scope: &Scope<'a>, root: bool, program: &mut Program) {
        if let Some(first) = self.hunts.insert(unit.name.node.clone(), unit.name.span) {
            self.duplicate(&unit.name, first, "hunt");
        }
        let head = self.hunt_head(unit);
        self.carried.clear();
        self.ending(unit);
        let mut names = Self::declared_names(scope);
        let mut rules: RulesByName<'a> = BTreeMap::new();
        let mut order: Vec<&'a str> = Vec::new();
        for member in &unit.members {
            let name = match member {
                ast::Member::Detect(detect) => &detect.name,
                ast::Member::Correlate(correlate) => &correlate.name,
                ast::Member::Sweep(sweep) => &sweep.name,
                ast::Member::Except(except) => {
                    self.misplaced(except.reason.span, "an `except` outside of a rule", "a `hunt`");
                    continue;
                }
                _ => continue,
            };
            if let Some(first) = names.insert(&name.node, name.span) {
                self.duplicate(name, first, "rule");
                continue;
            }
            // A correlate's operands are looked up by name: the rule may stand further down.
            rules.insert(&name.node, None);
            order.push(&name.node);
        }
        for member in &unit.members {
            let before = self.errors();
            let (name, rule) = match member {
                ast::Member::Detect(detect) => (&detect.name, self.detect(detect, &head, scope)),
                ast::Member::Correlate(correlate) => (&correlate.name, self.correlate(correlate, &head, scope, &order)),
                ast::Member::Sweep(sweep) => (&sweep.name, self.sweep(sweep, &head, scope)),
                _ => continue,
            };
            // A rule with an error is not compiled; its name stays known, so that tests do not report it again.
            let rule = rule.filter(|_| self.errors() == before).map(Arc::new);
            rules.insert(&name.node, rule);
        }
        self.kept_markings(unit, &head);
        self.rule_files(&rules);
        if root {
            program.rules.extend(order.iter().filter_map(|name| rules.get(name).cloned().flatten()));
        }
        self.hunt_lints(unit, &head, &rules);
        for member in &unit.members {
            if let ast::Member::Test(test) = member {
                let case = self.test_block(test, unit, scope, &rules);
                if root {
                    program.tests.extend(case);
                }
            }
        }
    }

    /// Rules carry the hunt's marking wherever they go: it must be as strict as those of the indicators in them.
    fn kept_markings(&mut self, unit: &'a ast::Unit, head: &HuntHead) {
        let own = head.info.tlp.as_deref();
        let rank = own.and_then(|own| MARKINGS.iter().position(|word| *word == own));
        // An unmarked hunt goes anywhere; unmarked indicators bind nobody.
        let Some(strictest) = std::mem::take(&mut self.carried).into_iter().max_by_key(|carried| carried.rank) else { return };
        if strictest.rank == 0 || rank.is_some_and(|rank| rank >= strictest.rank) {
            return;
        }
        let marking = MARKINGS.get(strictest.rank).copied().unwrap_or_default();
        let written = unit.members.iter().find_map(|member| match member {
            ast::Member::Property(ast::Property { kind: ast::PropertyKind::Tlp(word), .. }) => Some(word.span),
            _ => None,
        });
        let message = match own {
            Some(own) => format!("a hunt with `tlp {own}` uses the indicators `{}`, which are `tlp {marking}`", strictest.set),
            None => format!("a hunt without a marking uses the indicators `{}`, which are `tlp {marking}`", strictest.set),
        };
        let mut diagnostic =
            Diagnostic::error("E0905", written.unwrap_or(unit.name.span), message).also(strictest.marking, "marked here");
        diagnostic = match written {
            Some(span) => diagnostic.fix(format!("write `tlp {marking}`"), span, marking),
            None => diagnostic.help(format!("write `tlp {marking}` in the hunt: its rules carry the marking")),
        };
        self.report(diagnostic);
    }

    /// Two rules must not be written to one file.
    fn rule_files(&mut self, rules: &RulesByName<'a>) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for rule in rules.values().flatten() {
            let names: Vec<&str> = match rule.body.selections() {
                Some(selections) => selections.iter().map(|selection| selection.name.as_str()).collect(),
                None => vec![&rule.name],
            };
            for name in names {
                if let Some(first) = seen.insert(name.to_ascii_lowercase(), rule.span)
                    && first != rule.span
                {
                    self.report(
                        Diagnostic::error("E0204", rule.span, format!("two rules are both called `{name}`"))
                            .also(first, "the other")
                            .help("a detect over several log sources is named after each; rename one of the rules (upper and lower case name the same file)"),
                    );
                }
            }
        }
    }

    pub(super) fn detect(&mut self, detect: &'a ast::Detect, head: &HuntHead, scope: &Scope<'a>) -> Option<Rule> {
        let properties = self.rule_properties(&detect.properties);
        let source = match &detect.source {
            Some(reference) => Some(self.find_log_source(reference)?),
            None => None,
        };
        let Some(when) = &detect.when else {
            if self.is_broken(detect.span) {
                return None;
            }
            self.report(
                Diagnostic::error("E0212", detect.head, format!("`{}` has no `when`", detect.name.node))
                    .help("write `when { … }`: which events the rule selects"),
            );
            return None;
        };
        let mut place = Place { scope, source, head: detect.head, in_pattern: false, element: false };
        let mixed = self.clauses(&when.clauses, when.span, &mut place)?;
        let mixed = self.bounded(&mixed, detect.head)?;
        if self.is_broken(detect.span) {
            return None;
        }
        let selected = self.selected(mixed, detect.head)?;
        let several = selected.len() > 1;
        let sources: Vec<Arc<LogSource>> = selected.iter().map(|(source, _)| Arc::clone(source)).collect();
        let id = self.rule_id(head.id, &detect.name.node, &properties);
        let mut selections = Vec::new();
        for (source, condition) in selected {
            let name = if several { format!("{}_{}", detect.name.node, suffix(&source)) } else { detect.name.node.clone() };
            let own_id = if several { Uuid::new_v5(&id, source.id.0.as_bytes()) } else { id };
            let exceptions = self.exceptions(&detect.exceptions, &detect.name, head, scope, &source, &sources);
            let output = properties.fields.iter().filter_map(|field| source.field(&field.name).cloned()).collect();
            selections.push(Selection {
                source: source.id.clone(),
                separators: source.separators,
                name,
                id: own_id,
                condition,
                exceptions,
                output,
            });
        }
        for field in &properties.fields {
            self.field_of_any(field, &sources);
        }
        Some(self.rule(&detect.name.node, detect.head, head, &properties, &sources, Body::Select(selections)))
    }

    pub(super) fn rule(
        &mut self,
        name: &str,
        span: Span,
        head: &HuntHead,
        properties: &RuleProperties<'a>,
        sources: &[Arc<LogSource>],
        body: Body,
    ) -> Rule {
        Rule {
            id: self.rule_id(head.id, name, properties),
            hunt: head.info.clone(),
            name: name.to_owned(),
            meta: self.meta(name, properties),
            body,
            schedules: self.schedules(properties, sources),
            entities: self.entities(properties, sources),
            risk: self.risk(properties, sources),
            not_on: properties.not_on.clone(),
            span,
        }
    }

    /// The condition for each log source that can have one.
    fn selected(&mut self, mixed: &Mixed, head: Span) -> Option<Vec<(Arc<LogSource>, Condition)>> {
        let ids = mixed.sources();
        for id in ids.iter().filter(|_| ids.len() > 1) {
            if constant(&simplify(mixed.project(id))) == Some(false) {
                continue;
            }
            // What is left for this log source must still look for something: a condition made of `not` alone would
            // select nearly every event of it.
            let patterns = mixed.patterns_of(id);
            if !patterns.is_empty() && !patterns.iter().any(|(_, positive)| *positive) {
                let (at, _) = patterns[0];
                self.report(
                        Diagnostic::error("E0215", at, format!("for `{id}` only what must not be is left of this condition"))
                            .also(head, "in this rule")
                            .help("each event belongs to one log source, so a `not` on another one's pattern is always true; say what to look for in each log source, or write two rules"),
                    );
                return None;
            }
        }
        let mut found = Vec::new();
        for id in &ids {
            let source = self.log_source(id)?;
            let condition = simplify(mixed.project(id));
            if constant(&condition) == Some(false) {
                continue;
            }
            if self.constant_condition(&condition, mixed.span, id) {
                return None;
            }
            found.push((source, condition));
        }
        if found.is_empty() {
            let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            self.report(
                Diagnostic::error("E0214", mixed.span, format!("no event of {} can satisfy this", names.join(" or ")))
                    .help("each event belongs to one log source; what happens in two of them is a `correlate`"),
            );
            return None;
        }
        Some(found)
    }

    /// The exceptions that hold for one log source: the rule's own, then those of site files.
    pub(super) fn exceptions(
        &mut self,
        own: &'a [ast::Except],
        name: &ast::Name,
        head: &HuntHead,
        scope: &Scope<'a>,
        source: &Arc<LogSource>,
        sources: &[Arc<LogSource>],
    ) -> Vec<Exception> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut found = Vec::new();
        for except in own {
            if except.target.is_some() {
                self.misplaced(except.reason.span, "an `except` with a rule's name", "a rule");
                continue;
            }
            found.extend(self.exception(except, None, scope, source, sources, &mut names));
        }
        let site: Vec<(usize, &'a str, &'a ast::Except)> = self
            .site_exceptions
            .iter()
            .enumerate()
            .filter(|(_, exception)| {
                exception.except.target.as_ref().is_some_and(|(hunt, rule)| hunt.node == head.info.name && rule.node == name.node)
            })
            .map(|(index, exception)| (index, exception.site, exception.except))
            .collect();
        for (index, site, except) in site {
            self.used_exceptions.insert(index);
            let file = self.file_of(except.span).unwrap_or(scope.file);
            let site_scope = self.imports(file);
            found.extend(self.exception(except, Some(site), &site_scope, source, sources, &mut names));
        }
        found
    }

    fn exception(
        &mut self,
        except: &'a ast::Except,
        site: Option<&str>,
        scope: &Scope<'a>,
        source: &Arc<LogSource>,
        sources: &[Arc<LogSource>],
        names: &mut BTreeSet<String>,
    ) -> Option<Exception> {
        if let Some(expires) = &except.expires {
            self.date(expires)?;
            if self.is_past(&expires.node) {
                let as_of = self.as_of.clone();
                self.report(
                    Diagnostic::warning(
                        "W0104",
                        expires.span,
                        format!("this exception expired before {as_of} and no longer applies"),
                    )
                    .help("renew it with a new date, or take it out"),
                );
                return None;
            }
        }
        let reported = self.diagnostics.len();
        let mut place =
            Place { scope, source: Some(Arc::clone(source)), head: except.reason.span, in_pattern: false, element: false };
        let mixed = self.clauses(&except.clauses, except.span, &mut place);
        // In a detect over several log sources an exception speaks of those that have its fields.
        if mixed.is_none() && sources.len() > 1 {
            let elsewhere = sources.iter().any(|other| {
                let before = self.diagnostics.len();
                let mut place =
                    Place { scope, source: Some(Arc::clone(other)), head: except.reason.span, in_pattern: false, element: false };
                let fits = self.clauses(&except.clauses, except.span, &mut place).is_some();
                self.diagnostics.truncate(before);
                fits
            });
            // What no log source has is told once, of the first.
            let is_first = sources.first().is_some_and(|first| first.id == source.id);
            if elsewhere || !is_first {
                self.diagnostics.truncate(reported);
                return None;
            }
        }
        let condition = simplify(mixed?.project(&source.id));
        match condition.kind {
            Kind::Constant(false) => return None,
            Kind::Constant(true) => {
                self.report(
                    Diagnostic::error(
                        "E0214",
                        except.span,
                        "this exception holds for every event, so the rule would select none",
                    )
                    .help("say which events are expected"),
                );
                return None;
            }
            Kind::All(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => {}
        }
        Some(Exception {
            name: unique_name(&except.reason.node.value, names),
            reason: except.reason.node.value.clone(),
            site: site.map(str::to_owned),
            expires: except.expires.as_ref().map(|date| date.node.clone()),
            condition,
            span: except.span,
        })
    }

    fn unused_site_exceptions(&mut self) {
        let known: Vec<String> = self.hunts.keys().cloned().collect();
        for index in 0..self.site_exceptions.len() {
            if self.used_exceptions.contains(&index) {
                continue;
            }
            let Some((hunt, rule)) = &self.site_exceptions[index].except.target else { continue };
            if !self.input.options.whole && !known.contains(&hunt.node) {
                continue;
            }
            let diagnostic = if known.contains(&hunt.node) {
                Diagnostic::error(
                    "E0217",
                    rule.span,
                    format!("the hunt `{}` has no detect or sweep called `{}`", hunt.node, rule.node),
                )
                .help("an exception names a rule as `hunt.rule`")
            } else {
                let mut diagnostic = Diagnostic::error("E0217", hunt.span, format!("there is no hunt called `{}`", hunt.node));
                if let Some(near) = crate::diag::nearest(&hunt.node, known.iter().map(String::as_str)) {
                    diagnostic =
                        diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), hunt.span, near);
                }
                diagnostic.help("the hunt must be among the files that are compiled")
            };
            // A rule with an error of its own is known all the same.
            if !known.contains(&hunt.node) || !self.declares_rule(&hunt.node, &rule.node) {
                self.report(diagnostic);
            }
        }
    }

    fn declares_rule(&self, hunt: &str, rule: &str) -> bool {
        self.input.files.iter().flat_map(|file| &file.tree.items).any(|item| match item {
            ast::Item::Hunt(unit) if unit.name.node == hunt => unit.members.iter().any(|member| match member {
                ast::Member::Detect(ast::Detect { name, .. }) | ast::Member::Sweep(ast::Sweep { name, .. }) => name.node == rule,
                _ => false,
            }),
            _ => false,
        })
    }

    /// What a reviewer would raise about a hunt as a whole.
    fn hunt_lints(&mut self, unit: &'a ast::Unit, head: &HuntHead, rules: &RulesByName<'a>) {
        // Other people's rules come without tests.
        if self.imported.is_some() {
            return;
        }
        let mut hits: BTreeSet<&str> = BTreeSet::new();
        let mut misses: BTreeSet<&str> = BTreeSet::new();
        for member in &unit.members {
            let ast::Member::Test(test) = member else { continue };
            for step in &test.steps {
                match &step.kind {
                    ast::TestStepKind::Row { hit: true, rule, .. } => {
                        hits.insert(&rule.node);
                    }
                    ast::TestStepKind::Row { hit: false, rule, .. } => {
                        misses.insert(&rule.node);
                    }
                    ast::TestStepKind::Expect(expected) => {
                        hits.extend(expected.iter().map(|each| each.rule.node.as_str()));
                        // Every rule that is not expected must stay silent.
                        misses.extend(rules.keys().filter(|name| !expected.iter().any(|each| each.rule.node == **name)));
                    }
                    _ => {}
                }
            }
        }
        for member in &unit.members {
            let ast::Member::Detect(detect) = member else { continue };
            if self.is_broken(unit.span) {
                // A test may stand in what could not be read.
                break;
            }
            let name = detect.name.node.as_str();
            let missing = match (hits.contains(name), misses.contains(name)) {
                (true, true) => continue,
                (false, false) => "no test shows what it selects, nor what it leaves",
                (false, true) => "no test shows what it selects",
                (true, false) => "no test shows what it leaves",
            };
            self.report(Diagnostic::warning("W0101", detect.name.span, format!("`{name}` is not tested: {missing}")).help(
                format!("write `test \"…\" {{ base SOURCE {{ … }}  hit {name} {{ }}  miss {name} {{ FIELD: 'near miss' }} }}`"),
            ));
        }
        let blind: Vec<&str> = unit
            .members
            .iter()
            .filter_map(|member| match member {
                ast::Member::Property(ast::Property { kind: ast::PropertyKind::Blindspot { technique, .. }, .. }) => {
                    Some(technique.node.as_str())
                }
                _ => None,
            })
            .collect();
        for (technique, span) in &head.techniques {
            if blind.contains(&technique.id.as_str()) {
                continue;
            }
            let detected = rules.values().flatten().any(|rule| {
                rule.meta.techniques.iter().any(|own| own.id == technique.id || own.id.starts_with(&format!("{}.", technique.id)))
            });
            let complete = rules.values().all(Option::is_some);
            if !detected && complete && !rules.is_empty() {
                self.report(
                    Diagnostic::warning(
                        "W0105",
                        *span,
                        format!("no rule of this hunt detects `{}` ({})", technique.id, technique.name),
                    )
                    .help("name it in a rule's `techniques`, or say `blindspot` with the reason"),
                );
            }
        }
    }
}

/// `windows_process_creation`.
pub(super) fn suffix(source: &LogSource) -> String {
    source
        .id
        .0
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' })
        .collect()
}

/// A name made of a sentence: `[a-z0-9_]+`, at most 40 characters, unlike those before.
fn unique_name(reason: &str, names: &mut BTreeSet<String>) -> String {
    let mut name = String::new();
    for character in reason.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if name.len() >= 40 {
            break;
        }
    }
    let name = match name.trim_end_matches('_') {
        "" => "exception".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("exception_{name}"),
        name => name.to_owned(),
    };
    let mut unique = name.clone();
    let mut count = 2;
    while !names.insert(unique.clone()) {
        unique = format!("{name}_{count}");
        count += 1;
    }
    unique
}
