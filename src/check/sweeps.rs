//! Sweeps: the indicators of `ioc` blocks against every log source that has a field of their type (S6.2).
//!
//! A sweep becomes one selection for each log source, in the comparisons that a hunter would write by hand, so that everything
//! that holds for a detect (targets, tests, verification) holds for it. Which field meets which type is a table of facts:
//! [`crate::schema::indicators`].

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Checker;
use super::properties::HuntHead;
use super::rules::suffix;
use super::scope::{Declared, Scope};
use crate::diag::{Diagnostic, Span, nearest};
use crate::indicator::Kind;
use crate::ir::{
    Body, Case, Condition, IndicatorSet, Kind as Joined, LikePattern, Listed, Piece, Rule, Selection, Sweep, Test, TextOperator,
    Uuid,
};
use crate::schema::indicators::{Meets, held, held_by_type};
use crate::schema::{Field, LogSource, ScalarType};
use crate::syntax::ast;

/// URLs are compared in parts, one comparison each, up to so many.
const PARTS: usize = 100;

/// The indicators of one type that a sweep looks for: those of several `ioc` blocks together.
struct Set {
    kind: Kind,
    values: Vec<String>,
    /// Those of the values that are domains and stand for what lies under them too.
    above: BTreeSet<String>,
    /// The same as comparisons share them; of URLs as logs write them.
    shared: Arc<IndicatorSet>,
    /// The names in the sweep that they come from.
    span: Span,
}

impl<'a> Checker<'a> {
    pub(super) fn sweep(&mut self, sweep: &'a ast::Sweep, head: &HuntHead, scope: &Scope<'a>) -> Option<Rule> {
        let properties = self.rule_properties(&sweep.properties);
        if sweep.indicators.is_empty() && self.is_broken(sweep.span) {
            return None;
        }
        if sweep.indicators.is_empty() {
            self.report(
                Diagnostic::error("E0212", sweep.head, format!("`{}` names no indicators", sweep.name.node))
                    .help("write `indicators NAME, …` with the `ioc` blocks to look for"),
            );
            return None;
        }
        let sets = self.swept_sets(sweep, &head.info.name, scope)?;
        if self.is_broken(sweep.span) {
            return None;
        }
        let mut left_out = Vec::new();
        let sources = self.swept_sources(&sets, &mut left_out);
        let several = sources.len() > 1;
        let id = self.rule_id(head.id, &sweep.name.node, &properties);
        let all: Vec<Arc<LogSource>> = sources.iter().map(|(source, _)| Arc::clone(source)).collect();
        let mut selections = Vec::new();
        for (source, parts) in sources {
            let name = if several { format!("{}_{}", sweep.name.node, suffix(&source)) } else { sweep.name.node.clone() };
            let exceptions = self.exceptions(&sweep.exceptions, &sweep.name, head, scope, &source, &all);
            selections.push(Selection {
                source: source.id.clone(),
                separators: source.separators,
                name,
                id: if several { Uuid::new_v5(&id, source.id.0.as_bytes()) } else { id },
                condition: any(parts, sweep.head),
                exceptions,
                output: properties.fields.iter().filter_map(|field| source.field(&field.name).cloned()).collect(),
            });
        }
        for field in &properties.fields {
            self.field_of_any(field, &all);
        }
        let sets = sets.into_iter().map(|set| set.shared).collect();
        let body = Body::Sweep(Sweep { span: sweep.head, selections, sets, left_out });
        Some(self.rule(&sweep.name.node, sweep.head, head, &properties, &all, body))
    }

    /// The indicators by type, without those that expired. `None` where one name is none, or nothing is left to look for.
    fn swept_sets(&mut self, sweep: &'a ast::Sweep, hunt: &str, scope: &Scope<'a>) -> Option<Vec<Set>> {
        let mut sets: Vec<Set> = Vec::new();
        let mut sound = true;
        let mut all_expired = false;
        for name in &sweep.indicators {
            let (file, ioc) = match scope.names.get(name.node.as_str()) {
                Some((file, Declared::Ioc(ioc))) => (*file, *ioc),
                Some((_, declared)) => {
                    let (what, at) = (declared.what(), declared.name_span());
                    self.report(
                        Diagnostic::error("E0202", name.span, format!("`{}` is {what}, not an `ioc`", name.node))
                            .also(at, "declared here"),
                    );
                    sound = false;
                    continue;
                }
                None => {
                    self.no_such_ioc(name, scope);
                    sound = false;
                    continue;
                }
            };
            // The declaration reports what is wrong with itself.
            let Some(kind) = Kind::parse(&ioc.kind.node) else {
                sound = false;
                continue;
            };
            if !self.is_held(kind) {
                let help = match kind {
                    Kind::Text => "compare them in a `detect`, with the field that holds them: `FIELD in NAME`".to_owned(),
                    _ => {
                        format!("no log source keeps a {} in a field of its own; look for its traces in a `detect`", words(kind))
                    }
                };
                self.report(
                    Diagnostic::error(
                        "E0228",
                        name.span,
                        format!("no log source has a field for indicators of type `{}`", kind.name()),
                    )
                    .also(ioc.name.span, "declared here")
                    .help(help),
                );
                sound = false;
                continue;
            }
            if let Some(date) = &ioc.expires
                && self.is_past(&date.node)
            {
                // The declaration says so with a warning of its own.
                all_expired = true;
                continue;
            }
            let reported = self.diagnostics.len();
            if let Some(marking) = &ioc.tlp {
                self.carries(&ioc.name, marking);
            }
            let values = self.ioc_literals(ioc, file);
            // Its lines that expired; the declaration says so as well.
            let some_expired = self.diagnostics[reported..].iter().any(|diagnostic| diagnostic.code == "W0103");
            self.diagnostics.truncate(reported);
            let Some(values) = values else {
                sound = false;
                continue;
            };
            let values: Vec<String> = values.into_iter().map(|(value, _)| value).collect();
            all_expired |= values.is_empty() && some_expired;
            let index = sets.iter().position(|set| set.kind == kind).unwrap_or_else(|| {
                let none = IndicatorSet::new(String::new(), String::new(), Vec::new(), &BTreeSet::new());
                sets.push(Set { kind, values: Vec::new(), above: BTreeSet::new(), shared: Arc::new(none), span: name.span });
                sets.len() - 1
            });
            let set = &mut sets[index];
            set.span = set.span.to(name.span);
            if ioc.subdomains.is_some() {
                set.above.extend(values.iter().cloned());
            }
            set.values.extend(values);
        }
        sets.retain(|set| !set.values.is_empty());
        for set in &mut sets {
            let values = match set.kind {
                Kind::Url => set.values.iter().flat_map(|url| whole(url)).collect(),
                _ if set.values.len() > PARTS => std::mem::take(&mut set.values),
                _ => set.values.clone(),
            };
            let name = format!("{hunt}_{}_{}", sweep.name.node, set.kind.name()).to_ascii_lowercase();
            set.shared = Arc::new(IndicatorSet::new(name, set.kind.name().to_owned(), values, &set.above));
        }
        if sound && sets.is_empty() {
            let span = sweep.indicators.iter().map(|name| name.span).reduce(Span::to).unwrap_or(sweep.head);
            // Time passes without anybody's mistake: that must not keep the other rules from being written.
            let diagnostic = if all_expired {
                let message = format!("every indicator of `{}` expired, so it becomes no rule", sweep.name.node);
                Diagnostic::warning("W0103", span, message)
            } else {
                let message = format!("`{}` has no indicator, so this sweep never finds anything", sweep.name.node);
                Diagnostic::error("E0227", span, message)
            };
            self.report(diagnostic.help("renew the indicators, or take the sweep out"));
            return None;
        }
        sound.then_some(sets)
    }

    fn no_such_ioc(&mut self, name: &ast::Name, scope: &Scope<'a>) {
        let iocs = scope.names.iter().filter(|(_, (_, declared))| matches!(declared, Declared::Ioc(_)));
        let mut diagnostic = Diagnostic::error("E0202", name.span, format!("there is no ioc `{}`", name.node));
        if let Some(near) = nearest(&name.node, iocs.map(|(name, _)| *name)) {
            diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
        }
        self.report(diagnostic.help("a sweep looks for the indicators of `ioc` blocks"));
    }

    fn is_held(&self, kind: Kind) -> bool {
        !held(kind.name()).is_empty() || self.declared.values().any(|source| !held_by_type(source, kind.name()).is_empty())
    }

    /// Every log source that holds indicators of one of the types, with what its fields are compared with.
    fn swept_sources(&self, sets: &[Set], left_out: &mut Vec<String>) -> Vec<(Arc<LogSource>, Vec<Condition>)> {
        let mut found: Vec<(Arc<LogSource>, Vec<Condition>)> = Vec::new();
        let mut add =
            |source: Arc<LogSource>, condition: Condition| match found.iter_mut().find(|(known, _)| known.id == source.id) {
                Some((_, parts)) => parts.push(condition),
                None => found.push((source, vec![condition])),
            };
        for set in sets {
            for (id, roles) in held(set.kind.name()) {
                let Some(source) = self.log_source(&crate::schema::LogSourceId(Arc::from(id))) else { continue };
                for role in roles {
                    if role.meets == Meets::Parts && set.values.len() > PARTS {
                        if !role.also {
                            left_out.push(format!(
                                "`{id}` keeps URLs in parts, which are compared with at most {PARTS} URLs, not with {}",
                                set.values.len()
                            ));
                        }
                        continue;
                    }
                    let fields: Option<Vec<&Field>> = role.fields().map(|name| source.field(name)).collect();
                    if let Some(mut condition) = fields.and_then(|fields| compared(set, role.meets, &fields)) {
                        mark(&mut condition, role.also);
                        add(Arc::clone(&source), condition);
                    }
                }
            }
            for source in self.declared.values() {
                // A declaration may add fields to a log source of the catalogue, whose own fields are in the table.
                let listed = crate::schema::catalogue::find(&source.id.0);
                for field in held_by_type(source, set.kind.name()) {
                    if listed.as_ref().is_none_or(|listed| listed.field(&field.name).is_none())
                        && let Some(condition) = compared(set, Meets::Value, &[&field])
                    {
                        add(Arc::clone(source), condition);
                    }
                }
            }
        }
        found.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        found
    }
}

/// The type of an indicator in a sentence.
fn words(kind: Kind) -> String {
    kind.name().replace('_', " ")
}

/// The comparison of fields with a set; `None` where no indicator of it can be in them.
fn compared(set: &Set, meets: Meets, fields: &[&Field]) -> Option<Condition> {
    let (field, span) = (*fields.first()?, set.span);
    let listed = |how: Listed| Condition::test(Test::Listed { field: field.clone(), how, set: Arc::clone(&set.shared) }, span);
    Some(match (meets, set.kind, field.kind.scalar) {
        (Meets::Value, Kind::Ip, _) => listed(Listed::Address),
        (Meets::Value, kind, ScalarType::Hash(algorithm)) if kind.algorithm() == Some(algorithm) => {
            listed(Listed::Hash(algorithm))
        }
        (Meets::Value, _, _) | (Meets::Url, _, _) => listed(Listed::Text),
        (Meets::Last, _, _) => listed(Listed::Last),
        (Meets::Host, _, _) => listed(Listed::Host),
        (Meets::Key, _, _) => keys(set, field),
        (Meets::Parts, _, _) => {
            let rest = fields.get(1..)?;
            let each = set.values.iter().filter_map(|url| in_parts(url, field, rest, span));
            let each: Vec<Condition> = each.collect();
            if each.is_empty() {
                return None;
            }
            any(each, span)
        }
    })
}

/// A key and what lies under it. The current user's hive is written under the user's SID (S7, registry roots).
fn keys(set: &Set, field: &Field) -> Condition {
    const CURRENT_USER: &str = r"HKCU\";
    let of_user = |value: &&String| value.get(..CURRENT_USER.len()).is_some_and(|root| root.eq_ignore_ascii_case(CURRENT_USER));
    let plain: Vec<&String> = set.shared.values().iter().filter(|value| !of_user(value)).collect();
    let mut parts = Vec::new();
    if !plain.is_empty() {
        for (operator, behind) in [(TextOperator::Equals, ""), (TextOperator::StartsWith, "\\")] {
            let values = plain.iter().map(|value| format!("{value}{behind}")).collect();
            let test = Test::Text { field: field.clone(), operator, values, case: Case::Folded };
            parts.push(Condition::test(test, set.span));
        }
    }
    let mut patterns = Vec::new();
    for value in set.shared.values().iter().filter(of_user) {
        let start = || vec![Piece::Literal("HKU\\".to_owned()), Piece::AnyRun];
        let key = &value[CURRENT_USER.len() - 1..];
        patterns.push(LikePattern(start().into_iter().chain([Piece::Literal(key.to_owned())]).collect()));
        let under = [Piece::Literal(format!("{key}\\")), Piece::AnyRun];
        patterns.push(LikePattern(start().into_iter().chain(under).collect()));
    }
    if !patterns.is_empty() {
        parts.push(Condition::test(Test::Like { field: field.clone(), patterns, case: Case::Folded }, set.span));
    }
    any(parts, set.span)
}

/// A URL as logs write it: without its fragment, which no client sends; a URL that ends with its host, with and without the
/// slash that clients add.
fn whole(url: &str) -> Vec<String> {
    let sent = url.split('#').next().unwrap_or(url);
    let after = sent.find("://").map_or(0, |at| at + 3);
    let mut found = vec![sent.to_owned()];
    match sent[after..].find(['/', '?']) {
        None => found.push(format!("{sent}/")),
        Some(at) if after + at + 1 == sent.len() && sent.ends_with('/') => found.push(sent[..sent.len() - 1].to_owned()),
        // `http://host?q` is requested as `http://host/?q`.
        Some(at) if sent[after + at..].starts_with('?') => {
            found.push([&sent[..after + at], "/", &sent[after + at..]].concat());
        }
        Some(_) => {}
    }
    found
}

/// Host and path (and query) of a URL, each in a field of its own.
fn in_parts(url: &str, host: &Field, rest: &[&Field], span: Span) -> Option<Condition> {
    let (_, behind) = url.split('#').next()?.split_once("://")?;
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (authority, target) = behind.split_at(end);
    // Neither the user's name nor the port is in a field for hosts.
    let named = authority.rsplit('@').next().unwrap_or(authority);
    let named =
        named.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(named, |(host, _)| host);
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let equals = |field: &Field, value: &str| {
        let values = vec![value.to_owned()];
        Condition::test(Test::Text { field: field.clone(), operator: TextOperator::Equals, values, case: Case::Folded }, span)
    };
    let mut parts = vec![equals(host, named)];
    match rest {
        [target_field] => parts.push(equals(target_field, &target)),
        [path_field, query_field] => {
            let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
            parts.push(equals(path_field, path));
            parts.extend(query.filter(|query| !query.is_empty()).map(|query| equals(query_field, query)));
        }
        _ => return None,
    }
    Some(Condition::new(Joined::All(parts), span))
}

/// What a target may leave out without a word where it keeps another comparison with the set.
fn mark(condition: &mut Condition, also: bool) {
    match &mut condition.kind {
        Joined::Any(parts) => parts.iter_mut().for_each(|part| mark(part, also)),
        Joined::All(_) | Joined::Test(_) | Joined::Constant(_) | Joined::Not(_) => condition.approximate = also,
    }
}

/// `or`, flat.
fn any(parts: Vec<Condition>, span: Span) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    for part in parts {
        match part.kind {
            Joined::Any(inner) => flat.extend(inner),
            kind => flat.push(Condition { kind, ..part }),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { Condition::new(Joined::Any(flat), span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_what_clients_send() {
        assert_eq!(whole("http://evil.example"), ["http://evil.example", "http://evil.example/"]);
        assert_eq!(whole("http://evil.example/"), ["http://evil.example/", "http://evil.example"]);
        assert_eq!(whole("http://evil.example/a/"), ["http://evil.example/a/"]);
        assert_eq!(whole("http://evil.example/a?b=c#d"), ["http://evil.example/a?b=c"]);
        assert_eq!(whole("http://evil.example?b=c"), ["http://evil.example?b=c", "http://evil.example/?b=c"]);
    }
}
