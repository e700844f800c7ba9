//! What a name means: the lists, indicators and patterns that a unit can see, its own and those it `use`s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Checker, SiteException};
use crate::diag::{Diagnostic, Span, nearest};
use crate::schema::{Field, FieldType, LogSource, LogSourceId, catalogue};
use crate::syntax::ast;

/// A declaration that clauses may name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Declared<'a> {
    List(&'a ast::List),
    Ioc(&'a ast::Ioc),
    Pattern(&'a ast::Pattern),
}

impl Declared<'_> {
    pub(super) fn name_span(&self) -> Span {
        match self {
            Declared::List(list) => list.name.span,
            Declared::Ioc(ioc) => ioc.name.span,
            Declared::Pattern(pattern) => pattern.name.span,
        }
    }

    pub(super) fn what(&self) -> &'static str {
        match self {
            Declared::List(_) => "a list",
            Declared::Ioc(_) => "an ioc",
            Declared::Pattern(_) => "a pattern",
        }
    }
}

/// The names that one unit sees. A declaration carries the file it stands in, since its own paths start there.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'a> {
    pub(super) names: BTreeMap<&'a str, (usize, Declared<'a>)>,
    /// The scope that a used declaration was written in, by its file: a pattern of a library names its library's lists.
    pub(super) file: usize,
}

impl<'a> Checker<'a> {
    /// Log source declarations, site lists and site exceptions of every file: they are seen everywhere.
    pub(super) fn collect_workspace(&mut self) {
        let input = self.input;
        for file in &input.files {
            for item in &file.tree.items {
                match item {
                    ast::Item::LogSource(declaration) if file.imported.is_none() => self.declare_log_source(declaration),
                    ast::Item::Site(unit) => self.collect_site(unit),
                    ast::Item::LogSource(_) | ast::Item::Use(_) | ast::Item::Hunt(_) | ast::Item::Library(_) => {}
                }
            }
        }
    }

    fn collect_site(&mut self, unit: &'a ast::Unit) {
        for member in &unit.members {
            match member {
                ast::Member::List(list) => {
                    if list.values.is_none() {
                        self.report(
                            Diagnostic::error("E0211", list.span, "a site gives a site list its values; this list has none")
                                .help("write `list NAME { … }` here and `site list NAME of TYPE` in the hunt"),
                        );
                    } else if let Some(first) = self.site_lists.get(list.name.node.as_str()) {
                        let first = first.name.span;
                        self.duplicate(&list.name, first, "list");
                    } else {
                        self.site_lists.insert(list.name.node.clone(), list);
                    }
                }
                ast::Member::Except(except) if except.target.is_some() => {
                    self.site_exceptions.push(SiteException { site: &unit.name.node, except });
                }
                ast::Member::Property(property) => self.misplaced(property.keyword, "this property", "a site file"),
                other => self.misplaced(member_span(other), member_name(other), "a site file"),
            }
        }
    }

    fn declare_log_source(&mut self, declaration: &ast::LogSourceDeclaration) {
        let id = source_text(&declaration.source);
        let known = self.declared.get(&id).cloned().or_else(|| catalogue::find(&id));
        let source = self.declared_source(declaration, known);
        self.declared.insert(id, Arc::new(source));
    }

    /// The log sources that an imported file speaks of, with the fields that it adds to them.
    pub(super) fn local_log_sources(&mut self, tree: &ast::File) -> BTreeMap<String, Arc<LogSource>> {
        let mut found: BTreeMap<String, Arc<LogSource>> = BTreeMap::new();
        for item in &tree.items {
            let ast::Item::LogSource(declaration) = item else { continue };
            let id = source_text(&declaration.source);
            let known = found.get(&id).cloned().or_else(|| catalogue::find(&id));
            // Two rules of a file may read a field differently: each is checked with what it says itself.
            let source = self.declared_source(declaration, known);
            found.insert(id, Arc::new(source));
        }
        found
    }

    /// A log source of its own, or one that is known with more fields: declarations of one log source add up.
    fn declared_source(&mut self, declaration: &ast::LogSourceDeclaration, known: Option<Arc<LogSource>>) -> LogSource {
        let id = source_text(&declaration.source);
        let mut source = match known {
            Some(known) => (*known).clone(),
            None => new_log_source(&id, &declaration.source),
        };
        let listed = catalogue::find(&id);
        for field in &declaration.fields {
            let Some(kind) = FieldType::parse(&field.kind.node) else {
                self.report(unknown_type(&field.kind.node, field.kind.span));
                continue;
            };
            let name = &field.name.name;
            match source.field(name) {
                None => source.fields.push(Field { name: Arc::from(name.as_str()), kind }),
                // Several files may add the same field.
                Some(other) if other.kind == kind && listed.as_ref().is_none_or(|listed| listed.field(name).is_none()) => {
                    if declaration.fields.iter().filter(|each| each.name.name == *name).count() > 1 {
                        self.report(Diagnostic::error("E0204", field.name.span, format!("the field `{name}` is declared twice")));
                    }
                }
                Some(other) => {
                    let message = if listed.as_ref().is_some_and(|listed| listed.field(name).is_some()) {
                        format!("the catalogue already has a field `{name}` of `{id}`")
                    } else {
                        format!("the field `{name}` of `{id}` is declared twice, also as {}", other.kind)
                    };
                    self.report(
                        Diagnostic::error("E0204", field.name.span, message)
                            .help(format!("`huntc schema {id}` lists its fields; a declaration adds what is not among them")),
                    );
                }
            }
        }
        source
    }

    /// The names that the units of a file see through its `use` lines.
    pub(super) fn imports(&mut self, file: usize) -> Scope<'a> {
        let mut scope = Scope { file, ..Scope::default() };
        let input = self.input;
        for item in &input.files[file].tree.items {
            let ast::Item::Use(import) = item else { continue };
            // A path that leads nowhere was reported when the files were read.
            let Some(&target) = input.files[file].links.get(&import.path.node.value) else { continue };
            let available = library_names(&input.files[target].tree);
            for name in &import.names {
                match available.get(name.node.as_str()) {
                    Some(declared) => {
                        if let Some((_, first)) = scope.names.insert(&name.node, (target, *declared)) {
                            let first = first.name_span();
                            self.duplicate(name, first, "name");
                        }
                    }
                    None => {
                        let mut diagnostic = Diagnostic::error(
                            "E0209",
                            name.span,
                            format!("`{}` has no list, ioc or pattern called `{}`", import.path.node.value, name.node),
                        );
                        if let Some(near) = nearest(&name.node, available.keys().copied()) {
                            diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(
                                format!("write `{near}`"),
                                name.span,
                                near,
                            );
                        } else if available.is_empty() {
                            diagnostic = diagnostic.help("only what stands in a `library { … }` can be used elsewhere");
                        } else {
                            let names: Vec<String> = available.keys().map(|name| format!("`{name}`")).collect();
                            diagnostic = diagnostic.help(format!("it has {}", names.join(", ")));
                        }
                        self.report(diagnostic);
                    }
                }
            }
        }
        scope
    }

    /// The scope inside a unit: what the file uses, and what the unit declares itself.
    pub(super) fn unit_scope(&mut self, imported: &Scope<'a>, unit: &'a ast::Unit) -> Scope<'a> {
        let mut scope = imported.clone();
        for member in &unit.members {
            let (name, declared) = match member {
                ast::Member::List(list) => (&list.name, Declared::List(list)),
                ast::Member::Ioc(ioc) => (&ioc.name, Declared::Ioc(ioc)),
                ast::Member::Pattern(pattern) => (&pattern.name, Declared::Pattern(pattern)),
                _ => continue,
            };
            if let Some((_, first)) = scope.names.get(name.node.as_str()) {
                let first = first.name_span();
                self.duplicate(name, first, "name");
            } else {
                scope.names.insert(&name.node, (scope.file, declared));
            }
        }
        scope
    }

    /// The scope of a declaration: the unit's own where it stands in the same file, its library's otherwise.
    pub(super) fn scope_of(&mut self, scope: &Scope<'a>, file: usize, declared: Declared<'a>) -> Scope<'a> {
        if file == scope.file {
            return scope.clone();
        }
        let input = self.input;
        let reported = self.diagnostics.len();
        let imported = self.imports(file);
        let mut found = imported.clone();
        for item in &input.files[file].tree.items {
            if let ast::Item::Library(unit) = item
                && unit.members.iter().any(|member| member_declares(member, declared))
            {
                found = self.unit_scope(&imported, unit);
            }
        }
        // The library's own faults are reported once, when its file is checked.
        self.diagnostics.truncate(reported);
        found
    }

    pub(super) fn duplicate(&mut self, name: &ast::Name, first: Span, what: &str) {
        self.report(
            Diagnostic::error("E0204", name.span, format!("the {what} `{}` is declared twice", name.node))
                .label("declared again here")
                .also(first, "first declared here")
                .help("names of lists, iocs, patterns and rules must differ within a hunt"),
        );
    }

    pub(super) fn misplaced(&mut self, span: Span, what: &str, place: &str) {
        self.report(
            Diagnostic::error("E0211", span, format!("{what} may not stand in {place}"))
                .help("rules and properties stand in a `hunt`; lists, iocs and patterns in a `hunt` or a `library`; `except HUNT.RULE` and the values of site lists in a `site`"),
        );
    }

    /// Looks a log source up, with "did you mean".
    pub(super) fn find_log_source(&mut self, reference: &ast::LogSourceRef) -> Option<Arc<LogSource>> {
        let id = source_text(reference);
        if let Some(found) = self.log_source(&LogSourceId(Arc::from(id.as_str()))) {
            return Some(found);
        }
        let mut known: Vec<String> = catalogue::all().map(|row| row.id.to_owned()).collect();
        known.extend(self.declared.keys().cloned());
        let mut diagnostic = Diagnostic::error("E0201", reference.span, format!("there is no log source `{id}`"));
        let same_tail = known.iter().find(|candidate| candidate.rsplit('/').next() == id.rsplit('/').next());
        if let Some(near) = nearest(&id, known.iter().map(String::as_str)).or(same_tail.map(String::as_str)) {
            diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), reference.span, near);
        }
        self.report(diagnostic.help(
            "`huntc schema` lists the log sources; one of your own is declared with `logsource PRODUCT/NAME { fields { … } }`",
        ));
        None
    }
}

fn new_log_source(id: &str, reference: &ast::LogSourceRef) -> LogSource {
    let parts: Vec<String> = reference.parts.iter().map(|part| part.node.clone()).collect();
    let product = (parts.len() > 1).then(|| parts[0].clone());
    let (category, service) = match parts.as_slice() {
        [only] => (Some(only.clone()), None),
        [_, service] => (None, Some(service.clone())),
        [_, category, service, ..] => (Some(category.clone()), Some(service.clone())),
        [] => (None, None),
    };
    LogSource {
        id: LogSourceId(Arc::from(id)),
        separators: if product.as_deref() == Some("windows") { &['\\', '/'] } else { &['/'] },
        product,
        category,
        service,
        title: format!("{id}, as a hunt file declares it"),
        fields: Vec::new(),
    }
}

pub(super) fn source_text(reference: &ast::LogSourceRef) -> String {
    reference.parts.iter().map(|part| part.node.as_str()).collect::<Vec<_>>().join("/")
}

pub(super) fn unknown_type(written: &str, span: Span) -> Diagnostic {
    const TYPES: &[&str] = &["string", "integer", "float", "boolean", "ip", "path", "time", "hex integer", "object"];
    let mut diagnostic = Diagnostic::error("E0213", span, format!("there is no type `{written}`"));
    if let Some(near) = nearest(written, TYPES.iter().copied()) {
        diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near);
    }
    diagnostic.help("types are `string`, `path`, `integer`, `hex integer`, `float`, `boolean`, `ip`, `time`, `hash md5` (`sha1`, `sha256`, `imphash`), `object`, and `list of` one of these")
}

fn library_names(file: &ast::File) -> BTreeMap<&str, Declared<'_>> {
    let mut names = BTreeMap::new();
    for item in &file.items {
        let ast::Item::Library(unit) = item else { continue };
        for member in &unit.members {
            let (name, declared) = match member {
                ast::Member::List(list) => (&list.name, Declared::List(list)),
                ast::Member::Ioc(ioc) => (&ioc.name, Declared::Ioc(ioc)),
                ast::Member::Pattern(pattern) => (&pattern.name, Declared::Pattern(pattern)),
                _ => continue,
            };
            names.entry(name.node.as_str()).or_insert(declared);
        }
    }
    names
}

fn member_declares(member: &ast::Member, declared: Declared<'_>) -> bool {
    match (member, declared) {
        (ast::Member::List(here), Declared::List(there)) => std::ptr::eq(here, there),
        (ast::Member::Ioc(here), Declared::Ioc(there)) => std::ptr::eq(here, there),
        (ast::Member::Pattern(here), Declared::Pattern(there)) => std::ptr::eq(here, there),
        _ => false,
    }
}

pub(super) fn member_span(member: &ast::Member) -> Span {
    match member {
        ast::Member::Property(property) => property.keyword,
        ast::Member::Stop(stop) => stop.span,
        ast::Member::Result(result) => result.span,
        ast::Member::List(list) => list.name.span,
        ast::Member::Ioc(ioc) => ioc.name.span,
        ast::Member::Pattern(pattern) => pattern.name.span,
        ast::Member::Detect(detect) => detect.head,
        ast::Member::Correlate(correlate) => correlate.head,
        ast::Member::Sweep(sweep) => sweep.head,
        ast::Member::Test(test) => test.name.span,
        ast::Member::Except(except) => except.reason.span,
    }
}

pub(super) fn member_name(member: &ast::Member) -> &'static str {
    match member {
        ast::Member::Property(_) => "this property",
        ast::Member::Stop(_) => "`stop`",
        ast::Member::Result(_) => "a `result`",
        ast::Member::List(_) => "a list",
        ast::Member::Ioc(_) => "an `ioc`",
        ast::Member::Pattern(_) => "a pattern",
        ast::Member::Detect(_) => "a `detect`",
        ast::Member::Correlate(_) => "a `correlate`",
        ast::Member::Sweep(_) => "a `sweep`",
        ast::Member::Test(_) => "a test",
        ast::Member::Except(_) => "an `except` of another hunt's rule",
    }
}
