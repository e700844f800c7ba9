//! The structure of a file: units, their members, rules and their properties.

use super::grammar::{Node, Rule};
use super::mistakes::{self, Place};
use super::outline::{Block, Statement};
use super::reader::{Reader, parts};
use super::statement::Joined;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::syntax::ast::{
    Clause, ClauseKind, Detect, Except, FieldDeclaration, FieldRef, HuntResult, Ioc, Item, List, LogSourceDeclaration,
    LogSourceRef, Member, Name, Pattern, Property, ResultKind, ResultLine, Stop, StopAnswer, StopCondition, Suppress, Sweep,
    Text, Unit, Use, Value, Values, When,
};
use crate::syntax::ast::{Correlate, CorrelateCondition, CorrelateKind, Duration, PropertyKind, Schedule};

/// The body of a detect, correlate or sweep, before it is known which.
#[derive(Default)]
struct RuleBody {
    when: Option<When>,
    correlate_when: Option<CorrelateCondition>,
    indicators: Vec<Name>,
    properties: Vec<Property>,
    exceptions: Vec<Except>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RuleKind {
    Detect,
    Correlate,
    Sweep,
}

/// The named parts of a statement, found by their rule.
pub(super) struct Found<'s> {
    nodes: Vec<Node<'s>>,
}

impl<'s> Found<'s> {
    pub(super) fn new(node: &Node<'s>) -> Self {
        Found { nodes: parts(node).collect() }
    }

    pub(super) fn first(&self, rule: Rule) -> Option<&Node<'s>> {
        self.nodes.iter().find(|node| node.as_rule() == rule)
    }

    pub(super) fn all(&self, rule: Rule) -> impl Iterator<Item = &Node<'s>> {
        self.nodes.iter().filter(move |node| node.as_rule() == rule)
    }

    pub(super) fn text(&self) -> Option<&Node<'s>> {
        self.texts().next()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Node<'s>> {
        self.nodes.iter().filter(|node| matches!(node.as_rule(), Rule::prose | Rule::escaped | Rule::literal))
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Node<'s>> {
        self.nodes.iter().filter(|node| matches!(node.as_rule(), Rule::field_bare | Rule::field_quoted | Rule::field_word))
    }
}

impl<'t> Reader<'t> {
    /// The items of a file.
    pub(super) fn items(&mut self, statements: &'t [Statement]) -> Vec<Item> {
        let mut items = Vec::new();
        for statement in statements {
            let joined = self.join(statement);
            let word = mistakes::first_word(&joined.text);
            let rule = match word {
                "use" => Rule::use_statement,
                "hunt" | "library" | "site" => Rule::unit,
                "logsource" => Rule::log_source,
                _ => {
                    if !statement.broken {
                        self.report(mistakes::unknown_statement(&joined, Place::File));
                    }
                    continue;
                }
            };
            let item = match self.head(rule, statement, &joined, Place::File) {
                Some(node) => self.item(word, &joined, &node),
                None => None,
            };
            items.extend(item);
        }
        items
    }

    /// Reads a head, unless it was reported already.
    fn head<'s>(&mut self, rule: Rule, statement: &Statement, joined: &'s Joined<'t>, place: Place) -> Option<Node<'s>> {
        if statement.broken { None } else { self.strict(rule, joined, place) }
    }

    fn item(&mut self, word: &str, joined: &Joined<'t>, node: &Node<'_>) -> Option<Item> {
        let found = Found::new(node);
        let span = joined.of(node);
        let item = match word {
            "use" => {
                let names = found.all(Rule::name).map(|name| self.name(joined, name)).collect();
                Item::Use(Use { names, path: self.text_value(joined, found.text()?), span })
            }
            "logsource" => {
                let source = self.source_ref(joined, found.first(Rule::source)?);
                let (fields, fields_span) = self.field_declarations(self.block(joined, found.first(Rule::body)?)?, span);
                Item::LogSource(LogSourceDeclaration { source, fields, fields_span, span })
            }
            _ => {
                let name = self.declared(joined, found.first(Rule::name)?);
                let head = Span { end: name.span.end, ..span };
                let members = self.members(self.block(joined, found.first(Rule::body)?)?);
                let unit = Unit { name, members, span, head };
                match word {
                    "hunt" => Item::Hunt(unit),
                    "library" => Item::Library(unit),
                    _ => Item::Site(unit),
                }
            }
        };
        Some(item)
    }

    /// A name where it is declared, which must not be a word that could not be used as a name afterwards.
    fn declared(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Name {
        let name = self.name(joined, node);
        if mistakes::NOT_A_NAME.contains(&name.node.as_str()) {
            self.report(
                Diagnostic::error("E0124", name.span, format!("`{}` cannot be a name: it is a word of the language", name.node))
                    .help("choose another name, such as one that ends in `_`"),
            );
        }
        name
    }

    fn field_declarations(&mut self, block: &'t Block, whole: Span) -> (Vec<FieldDeclaration>, Span) {
        let mut fields = Vec::new();
        let mut span = Span { start: whole.end, ..whole };
        let mut seen = false;
        for statement in &block.statements {
            let joined = self.join(statement);
            if mistakes::first_word(&joined.text) != "fields" {
                if !statement.broken {
                    self.report(mistakes::unknown_statement(&joined, Place::LogSource));
                }
                continue;
            }
            let Some(node) = self.head(Rule::log_fields, statement, &joined, Place::LogSource) else { continue };
            if std::mem::replace(&mut seen, true) {
                self.repeated(joined.whole(), "fields");
            }
            span = joined.whole();
            let entries = Found::new(&node).first(Rule::body).and_then(|body| self.block(&joined, body));
            for entry in entries.into_iter().flat_map(|block| &block.statements) {
                let joined = self.join(entry);
                let Some(node) = self.head(Rule::log_field, entry, &joined, Place::FieldDeclaration) else { continue };
                let found = Found::new(&node);
                if let (Some(name), Some(kind)) = (found.fields().next(), found.first(Rule::type_words)) {
                    fields.push(FieldDeclaration { name: self.field(&joined, name), kind: self.type_words(&joined, kind) });
                }
            }
        }
        (fields, span)
    }

    fn type_words(&self, joined: &Joined<'t>, node: &Node<'_>) -> Spanned<String> {
        let words: Vec<&str> = node.clone().into_inner().map(|word| word.as_str()).collect();
        Spanned::new(words.join(" "), joined.of(node))
    }

    fn repeated(&mut self, span: Span, word: &str) {
        self.report(Diagnostic::error("E0136", span, format!("`{word}` stands here a second time")).help("keep one of them"));
    }

    fn members(&mut self, block: &'t Block) -> Vec<Member> {
        let mut members = Vec::new();
        for statement in &block.statements {
            if self.gives_up() {
                break;
            }
            let joined = self.join(statement);
            let word = mistakes::first_word(&joined.text);
            let rule = match word {
                "list" => Rule::list_statement,
                "site" if mistakes::second_word(&joined.text) == "list" => Rule::list_statement,
                "ioc" => Rule::ioc_statement,
                "pattern" => Rule::pattern_statement,
                "detect" => Rule::detect_statement,
                "correlate" => Rule::correlate_statement,
                "sweep" => Rule::sweep_statement,
                "test" => Rule::test_statement,
                "stop" => Rule::stop_statement,
                "result" => Rule::result_statement,
                "except" => Rule::except_statement,
                _ => {
                    if statement.broken {
                        continue;
                    }
                    match property_rule(word) {
                        Some(_) => members.extend(self.property(&joined).map(Member::Property)),
                        None => self.report(mistakes::unknown_statement(&joined, Place::Unit)),
                    }
                    continue;
                }
            };
            let Some(node) = self.head(rule, statement, &joined, Place::Unit) else { continue };
            match self.member(word, &joined, &node) {
                Some(member) => members.push(member),
                None => self.unreadable(joined.whole()),
            }
        }
        members
    }

    fn member(&mut self, word: &str, joined: &Joined<'t>, node: &Node<'_>) -> Option<Member> {
        let found = Found::new(node);
        let span = joined.of(node);
        let body = found.first(Rule::body).and_then(|body| self.block(joined, body));
        let head = |name: &Name| Span { end: name.span.end, ..span };
        let member = match word {
            "list" | "site" => {
                let name = self.declared(joined, found.first(Rule::name)?);
                let kind = found.first(Rule::type_words).map(|kind| self.type_words(joined, kind));
                let values = self.values_of(joined, &found);
                if word == "list" && values.is_none() {
                    self.report(
                        Diagnostic::error("E0101", joined.whole(), format!("the list `{}` has no values", name.node))
                            .help("give them in `{ … }` or `from \"file\"`; a list that every site fills is a `site list`"),
                    );
                }
                if word == "site" && values.is_some() {
                    self.report(
                        Diagnostic::error(
                            "E0101",
                            joined.whole(),
                            "a `site list` has no values here: the files of a site give them",
                        )
                        .help("remove the values, or remove `site`"),
                    );
                }
                Member::List(List { name, kind, values, span })
            }
            "ioc" => Member::Ioc(Ioc {
                name: self.declared(joined, found.first(Rule::name)?),
                kind: self.name(joined, found.first(Rule::ioc_type)?),
                subdomains: found.first(Rule::subdomains).map(|node| joined.of(node)),
                tlp: self.marking(joined, &found),
                expires: self.expiry(joined, &found),
                values: self.values_of(joined, &found)?,
                span,
            }),
            "pattern" => Member::Pattern(Pattern {
                name: self.declared(joined, found.first(Rule::name)?),
                source: self.source_ref(joined, found.first(Rule::source)?),
                clauses: self.clauses(body?, "pattern"),
                span,
            }),
            "detect" => {
                let name = self.declared(joined, found.first(Rule::name)?);
                let source: Option<LogSourceRef> = found.first(Rule::source).map(|source| self.source_ref(joined, source));
                let RuleBody { when, properties, exceptions, .. } = self.rule_body(body?, RuleKind::Detect);
                let head = head(&name);
                Member::Detect(Detect { name, source, when, properties, exceptions, span, head })
            }
            "correlate" => {
                let name = self.declared(joined, found.first(Rule::name)?);
                let RuleBody { correlate_when, properties, exceptions, .. } = self.rule_body(body?, RuleKind::Correlate);
                let head = head(&name);
                Member::Correlate(Correlate { name, when: correlate_when, properties, exceptions, span, head })
            }
            "sweep" => {
                let name = self.declared(joined, found.first(Rule::name)?);
                let RuleBody { indicators, properties, exceptions, .. } = self.rule_body(body?, RuleKind::Sweep);
                let head = head(&name);
                Member::Sweep(Sweep { name, indicators, properties, exceptions, span, head })
            }
            "test" => Member::Test(self.test(joined, found.text()?, body?, span)),
            "stop" => Member::Stop(self.stop(body?, span)),
            "result" => Member::Result(self.result(body?, span)),
            _ => Member::Except(self.except(joined, node)?),
        };
        Some(member)
    }

    fn marking(&mut self, joined: &Joined<'t>, found: &Found<'_>) -> Option<Name> {
        let marking = Found::new(found.first(Rule::marking)?);
        marking.first(Rule::word).map(|word| self.name(joined, word))
    }

    fn expiry(&mut self, joined: &Joined<'t>, found: &Found<'_>) -> Option<Spanned<String>> {
        let date = Found::new(found.first(Rule::expiry)?);
        date.first(Rule::date).map(|date| self.date(joined, date))
    }

    fn values_of(&mut self, joined: &Joined<'t>, found: &Found<'_>) -> Option<Values> {
        if let Some(file) = found.first(Rule::from_file) {
            let texts: Vec<Text> = Found::new(file).texts().map(|text| self.text_value(joined, text)).collect();
            let mut texts = texts.into_iter();
            return Some(Values::File { path: texts.next()?, column: texts.next() });
        }
        let block = self.block(joined, found.first(Rule::body)?)?;
        let mut values: Vec<Value> = Vec::with_capacity(block.statements.len());
        for statement in &block.statements {
            if self.gives_up() {
                break;
            }
            let joined = self.join(statement);
            if let Some(node) = self.head(Rule::value_statement, statement, &joined, Place::Value)
                && let Some(value) = parts(&node).next()
            {
                values.push(self.value(&joined, &value));
            }
        }
        Some(Values::Inline(values))
    }

    fn stop(&mut self, block: &'t Block, span: Span) -> Stop {
        let mut stop = Stop { timebox: None, window: None, when: Vec::new(), span };
        for statement in &block.statements {
            let joined = self.join(statement);
            let rule = match mistakes::first_word(&joined.text) {
                "timebox" => Rule::timebox_statement,
                "window" => Rule::window_statement,
                "when" => Rule::stop_when,
                _ => {
                    if !statement.broken {
                        self.report(mistakes::unknown_statement(&joined, Place::Stop));
                    }
                    continue;
                }
            };
            let Some(node) = self.head(rule, statement, &joined, Place::Stop) else { continue };
            let found = Found::new(&node);
            if let Some(duration) = found.first(Rule::duration) {
                let duration = self.duration(&joined, duration);
                let (slot, word) = match rule {
                    Rule::window_statement => (&mut stop.window, "window"),
                    _ => (&mut stop.timebox, "timebox"),
                };
                if slot.replace(duration).is_some() {
                    self.repeated(joined.whole(), word);
                }
            }
            if let Some(text) = found.text().map(|text| self.text_value(&joined, text)) {
                let date = found.first(Rule::stop_met).map(Found::new);
                let date = date.and_then(|met| met.first(Rule::date).map(|date| self.date(&joined, date)));
                let reason = found.first(Rule::stop_not_met).map(Found::new);
                let reason = reason.and_then(|not| not.text().map(|text| self.text_value(&joined, text)));
                let answer = date.map(StopAnswer::Met).or_else(|| reason.map(StopAnswer::NotMet));
                stop.when.push(StopCondition { text, answer, span: joined.whole() });
            }
        }
        stop
    }

    fn result(&mut self, block: &'t Block, span: Span) -> HuntResult {
        let mut lines = Vec::new();
        for statement in &block.statements {
            let joined = self.join(statement);
            let word = mistakes::first_word(&joined.text);
            let rule = match word {
                "outcome" => Rule::word_property,
                "started" | "ended" => Rule::date_property,
                "conclusion" => Rule::text_property,
                "examined" => Rule::examined_line,
                "not" if mistakes::second_word(&joined.text) == "examined" => Rule::not_examined_line,
                "variants" => Rule::blindspot_property,
                "byproduct" | "handoff" => Rule::word_text_property,
                _ => {
                    if !statement.broken {
                        self.report(mistakes::unknown_statement(&joined, Place::Result));
                    }
                    continue;
                }
            };
            let Some(node) = self.head(rule, statement, &joined, Place::Result) else { continue };
            match self.result_kind(word, &joined, &node) {
                Some(kind) => {
                    lines.push(ResultLine { kind, keyword: joined.span(0, word.len()), span: joined.whole() });
                }
                None => self.unreadable(joined.whole()),
            }
        }
        HuntResult { lines, span }
    }

    fn result_kind(&mut self, word: &str, joined: &Joined<'t>, node: &Node<'_>) -> Option<ResultKind> {
        let found = Found::new(node);
        let first_word = found.first(Rule::word).map(|word| self.name(joined, word));
        let sources: Vec<LogSourceRef> = found.all(Rule::source).map(|source| self.source_ref(joined, source)).collect();
        let dates: Vec<Spanned<String>> = found.all(Rule::date).map(|date| self.date(joined, date)).collect();
        let text = found.text().map(|text| self.text_value(joined, text));
        let mut dates = dates.into_iter();
        Some(match word {
            "outcome" => ResultKind::Outcome(first_word?),
            "started" => ResultKind::Started(dates.next()?),
            "ended" => ResultKind::Ended(dates.next()?),
            "conclusion" => ResultKind::Conclusion(text?),
            "examined" => ResultKind::Examined { sources, from: dates.next()?, to: dates.next()?, of: text },
            "not" => ResultKind::NotExamined { sources, reason: text? },
            "variants" => ResultKind::Variants { technique: first_word?, considered: text? },
            "byproduct" => ResultKind::Byproduct { kind: first_word?, text },
            _ => ResultKind::Handoff { kind: first_word?, text },
        })
    }

    fn rule_body(&mut self, block: &'t Block, kind: RuleKind) -> RuleBody {
        let mut body = RuleBody::default();
        let mut seen_when = false;
        for statement in &block.statements {
            if self.gives_up() {
                break;
            }
            let joined = self.join(statement);
            let word = mistakes::first_word(&joined.text);
            match word {
                "when" if kind != RuleKind::Sweep => {
                    if std::mem::replace(&mut seen_when, true) {
                        self.repeated(joined.whole(), "when");
                    }
                    if kind == RuleKind::Correlate {
                        let read = if statement.broken { None } else { self.correlate_when(&joined) };
                        body.correlate_when = Some(read.unwrap_or_else(|| unread_condition(joined.whole())));
                    } else {
                        let read = if statement.broken { None } else { self.when(&joined) };
                        let span = joined.whole();
                        let unread = || When { clauses: vec![Clause { kind: ClauseKind::Unread, span }], block: false, span };
                        body.when = Some(read.unwrap_or_else(unread));
                    }
                }
                "indicators" if kind == RuleKind::Sweep => {
                    if let Some(node) = self.head(Rule::indicators_statement, statement, &joined, Place::Sweep) {
                        let names: Vec<Name> = Found::new(&node).all(Rule::name).map(|name| self.name(&joined, name)).collect();
                        body.indicators.extend(names);
                    }
                }
                "except" => {
                    if let Some(node) = self.head(Rule::except_statement, statement, &joined, Place::Detect) {
                        match self.except(&joined, &node) {
                            Some(except) => body.exceptions.push(except),
                            None => self.unreadable(joined.whole()),
                        }
                    }
                }
                _ if statement.broken => {}
                _ if property_rule(word).is_some() => body.properties.extend(self.property(&joined)),
                _ => {
                    let place = match kind {
                        RuleKind::Detect => Place::Detect,
                        RuleKind::Correlate => Place::Correlate,
                        RuleKind::Sweep => Place::Sweep,
                    };
                    self.report(mistakes::unknown_statement(&joined, place));
                }
            }
        }
        body
    }

    fn when(&mut self, joined: &Joined<'t>) -> Option<When> {
        let span = joined.whole();
        if mistakes::second_word(&joined.text) == "{" {
            let node = self.strict(Rule::when_block, joined, Place::Detect)?;
            let block = Found::new(&node).first(Rule::body).and_then(|body| self.block(joined, body))?;
            return Some(When { clauses: self.clauses(block, "when"), block: true, span });
        }
        let node = self.strict(Rule::when_clause, joined, Place::Clause)?;
        let chain = Found::new(&node).first(Rule::chain)?.clone();
        Some(When { clauses: vec![self.chain(joined, &chain)], block: false, span })
    }

    fn except(&mut self, joined: &Joined<'t>, node: &Node<'_>) -> Option<Except> {
        let found = Found::new(node);
        let target = found.first(Rule::except_target).and_then(|target| {
            let mut names = parts(target).map(|part| self.name(joined, &part));
            Some((names.next()?, names.next()?))
        });
        let body = found.first(Rule::body).and_then(|body| self.block(joined, body))?;
        Some(Except {
            target,
            reason: self.text_value(joined, found.text()?),
            expires: self.expiry(joined, &found),
            clauses: self.clauses(body, "except"),
            span: joined.of(node),
        })
    }

    fn property(&mut self, joined: &Joined<'t>) -> Option<Property> {
        let word = mistakes::first_word(&joined.text);
        let rule = property_rule(word)?;
        let node = self.strict(rule, joined, Place::Property)?;
        let kind = self.property_kind(word, joined, &node);
        if kind.is_none() {
            self.unreadable(joined.whole());
        }
        Some(Property { kind: kind?, keyword: joined.span(0, word.len()), span: joined.whole() })
    }

    fn property_kind(&mut self, word: &str, joined: &Joined<'t>, node: &Node<'_>) -> Option<PropertyKind> {
        let found = Found::new(node);
        let texts = |reader: &mut Self| -> Vec<Text> { found.texts().map(|text| reader.text_value(joined, text)).collect() };
        let words: Vec<Name> = found.all(Rule::word).map(|word| self.name(joined, word)).collect();
        let first_word = words.first().cloned();
        let fields: Vec<FieldRef> = found.fields().map(|field| self.field(joined, field)).collect();
        let kind = match word {
            "title" => PropertyKind::Title(self.text_value(joined, found.text()?)),
            "id" => PropertyKind::Id(self.text_value(joined, found.text()?)),
            "hypothesis" => PropertyKind::Hypothesis(self.text_value(joined, found.text()?)),
            "description" => PropertyKind::Description(self.text_value(joined, found.text()?)),
            "response" => PropertyKind::Response(self.text_value(joined, found.text()?)),
            "author" => PropertyKind::Author(texts(self)),
            "software" => PropertyKind::Software(texts(self)),
            "actor" => PropertyKind::Actor(texts(self)),
            "campaign" => PropertyKind::Campaign(texts(self)),
            "references" => PropertyKind::References(texts(self)),
            "tags" => PropertyKind::Tags(texts(self)),
            "falsepositives" => PropertyKind::FalsePositives(texts(self)),
            "created" => PropertyKind::Created(self.date(joined, found.first(Rule::date)?)),
            "modified" => PropertyKind::Modified(self.date(joined, found.first(Rule::date)?)),
            "status" => PropertyKind::Status(first_word?),
            "tlp" => PropertyKind::Tlp(first_word?),
            "level" => PropertyKind::Level(first_word?),
            "renamed_from" => PropertyKind::RenamedFrom(first_word?),
            "techniques" => PropertyKind::Techniques(words),
            "trigger" => PropertyKind::Trigger(words),
            "methodology" => PropertyKind::Methodology(first_word?),
            "applicability" => PropertyKind::Applicability(first_word?),
            "blindspot" => PropertyKind::Blindspot { technique: first_word?, reason: self.text_value(joined, found.text()?) },
            "not" => PropertyKind::NotOn { target: first_word?, reason: self.text_value(joined, found.text()?) },
            "fields" => PropertyKind::Fields(fields),
            "entities" => {
                let mut entities = Vec::new();
                for entity in found.all(Rule::entity) {
                    let found = Found::new(entity);
                    entities.push((self.name(joined, found.first(Rule::name)?), self.field(joined, found.fields().next()?)));
                }
                PropertyKind::Entities(entities)
            }
            "risk" => {
                let score = self.name(joined, found.first(Rule::number)?);
                PropertyKind::Risk { score, on: fields.into_iter().next()? }
            }
            _ => {
                let part = |rule: Rule| found.first(rule).map(Found::new);
                let target = part(Rule::schedule_target)
                    .and_then(|target| target.first(Rule::word).map(|target| self.name(joined, target)));
                let every: Option<Duration> = part(Rule::schedule_every)
                    .and_then(|every| every.first(Rule::duration).map(|duration| self.duration(joined, duration)));
                let suppress = match part(Rule::suppress) {
                    Some(suppress) => Some(Suppress {
                        period: self.duration(joined, suppress.first(Rule::duration)?),
                        by: suppress.fields().map(|field| self.field(joined, field)).collect(),
                    }),
                    None => None,
                };
                PropertyKind::Schedule(Schedule { target, every, suppress })
            }
        };
        Some(kind)
    }
}

fn unread_condition(span: Span) -> CorrelateCondition {
    CorrelateCondition { kind: CorrelateKind::Unread, by: Vec::new(), within: None, fixed_windows: None, span }
}

/// The rule that reads a property, where `word` is the keyword of one.
pub(super) fn property_rule(word: &str) -> Option<Rule> {
    Some(match word {
        "title" | "id" | "hypothesis" | "description" | "response" => Rule::text_property,
        "author" | "software" | "actor" | "campaign" | "references" | "tags" | "falsepositives" => Rule::texts_property,
        "created" | "modified" => Rule::date_property,
        "status" | "tlp" | "level" | "renamed_from" | "methodology" | "applicability" => Rule::word_property,
        "techniques" | "trigger" => Rule::words_property,
        "blindspot" => Rule::blindspot_property,
        "fields" => Rule::fields_property,
        "entities" => Rule::entities_property,
        "risk" => Rule::risk_property,
        "schedule" => Rule::schedule_property,
        "not" => Rule::not_on_property,
        _ => return None,
    })
}
