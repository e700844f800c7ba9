//! How files, units, rules and properties are laid out.

use super::printer::{Kind, Printer};
use super::values::{duration, is_prose, names, plain_field, plain_fields, source, text, value};
use crate::diag::{Span, Spanned};
use crate::syntax::ast::{
    AggregateFunction, CorrelateCondition, CorrelateKind, Except, FieldDeclaration, File, GroupKey, Ioc, Item, List,
    LogSourceDeclaration, Member, Name, Property, PropertyKind, ResultKind, ResultLine, Stop, StopAnswer, StopCondition, Text,
    TextStyle, Unit, Values, When,
};

/// A part of a rule's body: they are printed in the author's order.
enum Part<'a> {
    When(&'a When),
    Correlate(&'a CorrelateCondition),
    Indicators(&'a [Name]),
    Property(&'a Property),
    Except(&'a Except),
}

impl Part<'_> {
    fn span(&self) -> Span {
        match self {
            Part::When(when) => when.span,
            Part::Correlate(condition) => condition.span,
            Part::Indicators(names) => {
                names.first().zip(names.last()).map_or(Span::default(), |(first, last)| first.span.to(last.span))
            }
            Part::Property(property) => property.span,
            Part::Except(except) => except.span,
        }
    }

    /// The order of a tree that was made and not read.
    fn rank(&self) -> u8 {
        match self {
            Part::Property(Property {
                kind: PropertyKind::Title(_) | PropertyKind::Id(_) | PropertyKind::RenamedFrom(_),
                ..
            }) => 0,
            Part::Property(Property { kind: PropertyKind::Description(_), .. }) => 1,
            Part::When(_) | Part::Correlate(_) | Part::Indicators(_) => 2,
            Part::Except(_) => 3,
            Part::Property(_) => 4,
        }
    }
}

fn start(span: Span) -> usize {
    span.start as usize
}

fn end(span: Span) -> usize {
    span.end as usize
}

impl Printer<'_> {
    pub(super) fn file(&mut self, file: &File) {
        for item in &file.items {
            match item {
                Item::Use(used) => self.element(used.span, Kind::Line, |printer| {
                    let mut parts = names(&used.names);
                    if let Some(last) = parts.last_mut() {
                        last.push_str(" from ");
                        last.push_str(&text(&used.path));
                    }
                    let spans: Vec<Span> = used.names.iter().map(|name| name.span).collect();
                    printer.listed("use", &parts, &spans, used.span);
                }),
                Item::Hunt(unit) => self.unit("hunt", unit),
                Item::Library(unit) => self.unit("library", unit),
                Item::Site(unit) => self.unit("site", unit),
                Item::LogSource(declaration) => self.log_source(declaration),
            }
        }
    }

    fn log_source(&mut self, declaration: &LogSourceDeclaration) {
        self.element(declaration.span, Kind::Block, |printer| {
            printer.push(&format!("logsource {} ", source(&declaration.source)));
            let (fields, span) = (&declaration.fields, declaration.fields_span);
            let first = (!fields.is_empty()).then_some(start(span));
            printer.block(first, end(declaration.span), |printer| {
                if !fields.is_empty() {
                    printer.element(span, Kind::Line, |printer| printer.field_declarations(fields, span));
                }
            });
        });
    }

    fn field_declarations(&mut self, fields: &[FieldDeclaration], span: Span) {
        self.push("fields ");
        let entry = |field: &FieldDeclaration| format!("{}: {}", plain_field(&field.name), field.kind.node);
        let flat = format!("{{ {} }}", fields.iter().map(entry).collect::<Vec<_>>().join(", "));
        let grouped = fields.windows(2).any(|pair| self.blank_between(end(pair[0].kind.span), start(pair[1].name.span)));
        if !grouped && !self.has_comment(span) && self.fits(&flat, 0) {
            self.push(&flat);
            return;
        }
        self.block(fields.first().map(|field| start(field.name.span)), end(span), |printer| {
            for field in fields {
                printer.element(field.name.span.to(field.kind.span), Kind::Line, |printer| printer.push(&entry(field)));
            }
        });
    }

    fn unit(&mut self, keyword: &str, unit: &Unit) {
        self.element(unit.span, Kind::Block, |printer| {
            printer.push(&format!("{keyword} {} ", unit.name.node));
            let first = unit.members.first().map(|member| start(member_span(member)));
            printer.block(first, end(unit.span), |printer| {
                for member in &unit.members {
                    printer.member(member);
                }
            });
        });
    }

    fn member(&mut self, member: &Member) {
        let span = member_span(member);
        match member {
            Member::Property(property) => self.element(span, Kind::Line, |printer| printer.property(property)),
            Member::Stop(stop) => self.element(span, Kind::Block, |printer| printer.stop(stop)),
            Member::Result(result) => self.element(span, Kind::Block, |printer| {
                printer.push("result ");
                printer.block(result.lines.first().map(|line| start(line.span)), end(span), |printer| {
                    for line in &result.lines {
                        printer.element(line.span, Kind::Line, |printer| printer.result_line(line));
                    }
                });
            }),
            Member::List(list) => self.element(span, Kind::Line, |printer| printer.list(list)),
            Member::Ioc(ioc) => self.element(span, Kind::Block, |printer| printer.ioc(ioc)),
            Member::Pattern(pattern) => self.element(span, Kind::Block, |printer| {
                printer.push(&format!("pattern {} on {} ", pattern.name.node, source(&pattern.source)));
                printer.clause_block(&pattern.clauses, end(span));
            }),
            Member::Detect(detect) => {
                let on = detect.source.as_ref().map_or_else(String::new, |on| format!(" on {}", source(on)));
                let head = format!("detect {}{on} ", detect.name.node);
                let when = detect.when.iter().map(Part::When);
                self.rule(&head, span, when.collect(), &detect.properties, &detect.exceptions);
            }
            Member::Correlate(correlate) => {
                let when = correlate.when.iter().map(Part::Correlate);
                let head = format!("correlate {} ", correlate.name.node);
                self.rule(&head, span, when.collect(), &correlate.properties, &correlate.exceptions);
            }
            Member::Sweep(sweep) => {
                let indicators = if sweep.indicators.is_empty() { Vec::new() } else { vec![Part::Indicators(&sweep.indicators)] };
                let head = format!("sweep {} ", sweep.name.node);
                self.rule(&head, span, indicators, &sweep.properties, &sweep.exceptions);
            }
            Member::Test(test) => self.element(span, Kind::Block, |printer| printer.test(test)),
            Member::Except(except) => self.element(span, Kind::Block, |printer| printer.except(except)),
        }
    }

    fn rule<'a>(
        &mut self,
        head: &str,
        span: Span,
        mut parts: Vec<Part<'a>>,
        properties: &'a [Property],
        exceptions: &'a [Except],
    ) {
        parts.extend(properties.iter().map(Part::Property));
        parts.extend(exceptions.iter().map(Part::Except));
        if self.has_text() {
            parts.sort_by_key(|part| part.span().start);
        } else {
            parts.sort_by_key(Part::rank);
        }
        self.element(span, Kind::Block, |printer| {
            printer.push(head);
            printer.block(parts.first().map(|part| start(part.span())), end(span), |printer| {
                for part in &parts {
                    printer.element(part.span(), Kind::Line, |printer| match part {
                        Part::When(when) => printer.when(when),
                        Part::Correlate(condition) => printer.correlate(condition),
                        Part::Indicators(indicators) => {
                            let spans: Vec<Span> = indicators.iter().map(|name| name.span).collect();
                            printer.listed("indicators", &names(indicators), &spans, part.span());
                        }
                        Part::Property(property) => printer.property(property),
                        Part::Except(except) => printer.except(except),
                    });
                }
            });
        });
    }

    fn when(&mut self, when: &When) {
        self.push("when ");
        match when.clauses.as_slice() {
            [clause] if !when.block => self.clause(clause),
            clauses => self.clause_block(clauses, end(when.span)),
        }
    }

    fn except(&mut self, except: &Except) {
        self.push("except ");
        if let Some((hunt, rule)) = &except.target {
            self.push(&format!("{}.{} ", hunt.node, rule.node));
        }
        self.push(&text(&except.reason));
        self.expiry(except.expires.as_ref());
        self.push(" ");
        self.clause_block(&except.clauses, end(except.span));
    }

    fn expiry(&mut self, expires: Option<&Spanned<String>>) {
        if let Some(date) = expires {
            self.push(&format!(" expires {}", date.node));
        }
    }

    fn stop(&mut self, stop: &Stop) {
        let mut parts: Vec<(Span, String)> = Vec::new();
        parts.extend(stop.timebox.iter().map(|timebox| (timebox.span, format!("timebox {}", duration(timebox)))));
        parts.extend(stop.window.iter().map(|window| (window.span, format!("window {}", duration(window)))));
        parts.extend(stop.when.iter().map(|when| (when.span, stop_condition(when))));
        parts.sort_by_key(|(span, _)| span.start);
        self.push("stop ");
        self.block(parts.first().map(|(span, _)| start(*span)), end(stop.span), |printer| {
            for (span, text) in &parts {
                printer.element(*span, Kind::Line, |printer| printer.push(text));
            }
        });
    }

    fn result_line(&mut self, line: &ResultLine) {
        let sources = |all: &[crate::syntax::ast::LogSourceRef]| all.iter().map(source).collect::<Vec<_>>().join(", ");
        let behind = |optional: &Option<Text>| optional.iter().map(|each| format!(" {}", text(each))).collect::<String>();
        match &line.kind {
            ResultKind::Conclusion(conclusion) => self.prose("conclusion", conclusion),
            ResultKind::Outcome(word) => self.push(&format!("outcome {}", word.node)),
            ResultKind::Started(date) => self.push(&format!("started {}", date.node)),
            ResultKind::Ended(date) => self.push(&format!("ended {}", date.node)),
            ResultKind::Examined { sources: all, from, to, of } => {
                self.push(&format!("examined {} from {} to {}{}", sources(all), from.node, to.node, behind(of)));
            }
            ResultKind::NotExamined { sources: all, reason } => {
                self.push(&format!("not examined {} {}", sources(all), text(reason)));
            }
            ResultKind::Variants { technique, considered } => {
                self.push(&format!("variants {} {}", technique.node, text(considered)));
            }
            ResultKind::Byproduct { kind, text } => self.push(&format!("byproduct {}{}", kind.node, behind(text))),
            ResultKind::Handoff { kind, text } => self.push(&format!("handoff {}{}", kind.node, behind(text))),
        }
    }

    fn list(&mut self, list: &List) {
        let kind = list.kind.as_ref().map_or_else(String::new, |kind| format!(" of {}", kind.node));
        let site = if list.values.is_none() { "site " } else { "" };
        self.push(&format!("{site}list {}{kind}", list.name.node));
        match &list.values {
            Some(Values::Inline(values)) => {
                let flat = format!(" {{ {} }}", values.iter().map(value).collect::<Vec<_>>().join(", "));
                let grouped = values.windows(2).any(|pair| self.blank_between(end(pair[0].span), start(pair[1].span)));
                if !values.is_empty() && !grouped && !self.has_comment(list.span) && self.fits(&flat, 0) {
                    self.push(&flat);
                } else {
                    self.values(values, list.span);
                }
            }
            Some(Values::File { path, column }) => self.file_values(path, column.as_ref()),
            None => {}
        }
    }

    fn ioc(&mut self, ioc: &Ioc) {
        self.push(&format!("ioc {} {}", ioc.name.node, ioc.kind.node));
        if ioc.subdomains.is_some() {
            self.push(" subdomains");
        }
        if let Some(marking) = &ioc.tlp {
            self.push(&format!(" tlp {}", marking.node));
        }
        self.expiry(ioc.expires.as_ref());
        match &ioc.values {
            Values::Inline(values) => self.values(values, ioc.span),
            Values::File { path, column } => self.file_values(path, column.as_ref()),
        }
    }

    /// One value a line: a list that grows shows what was added.
    fn values(&mut self, values: &[crate::syntax::ast::Value], span: Span) {
        self.push(" ");
        self.block(values.first().map(|value| start(value.span)), end(span), |printer| {
            for each in values {
                printer.element(each.span, Kind::Line, |printer| printer.push(&value(each)));
            }
        });
    }

    fn file_values(&mut self, path: &Text, column: Option<&Text>) {
        self.push(&format!(" from {}", text(path)));
        if let Some(column) = column {
            self.push(&format!(" column {}", text(column)));
        }
    }

    /// A keyword and parts joined by commas, one a line where they do not fit on one.
    fn listed(&mut self, keyword: &str, parts: &[String], spans: &[Span], span: Span) {
        let flat = format!("{keyword} {}", parts.join(", "));
        if !self.has_comment(span) && self.fits(&flat, 0) || parts.len() < 2 {
            self.push(&flat);
            return;
        }
        self.push(keyword);
        self.push(" ");
        self.indented(|printer| {
            for (index, part) in parts.iter().enumerate() {
                let comma = if index + 1 < parts.len() { "," } else { "" };
                let place = spans.get(index).copied().unwrap_or_default();
                if index == 0 {
                    printer.push(part);
                    printer.push(comma);
                    printer.trailing(end(place));
                } else {
                    printer.element(place, Kind::Line, |printer| {
                        printer.push(part);
                        printer.push(comma);
                    });
                }
            }
        });
    }

    fn prose(&mut self, keyword: &str, prose: &Text) {
        if prose.node.style != TextStyle::Prose || !is_prose(&prose.node.value) {
            self.push(&format!("{keyword} {}", text(prose)));
            return;
        }
        self.push(keyword);
        self.push(" \"\"\"");
        self.indented(|printer| {
            for line in prose.node.value.split('\n') {
                if line.is_empty() {
                    printer.empty_line();
                } else {
                    printer.begin_line();
                    printer.push(line);
                }
            }
        });
        self.begin_line();
        self.push("\"\"\"");
    }

    fn property(&mut self, property: &Property) {
        let texts = |printer: &mut Self, keyword: &str, all: &[Text]| {
            let spans: Vec<Span> = all.iter().map(|text| text.span).collect();
            printer.listed(keyword, &all.iter().map(text).collect::<Vec<_>>(), &spans, property.span);
        };
        match &property.kind {
            PropertyKind::Title(title) => self.prose("title", title),
            PropertyKind::Id(id) => self.prose("id", id),
            PropertyKind::Hypothesis(hypothesis) => self.prose("hypothesis", hypothesis),
            PropertyKind::Description(description) => self.prose("description", description),
            PropertyKind::Response(response) => self.prose("response", response),
            PropertyKind::Author(all) => texts(self, "author", all),
            PropertyKind::Software(all) => texts(self, "software", all),
            PropertyKind::Actor(all) => texts(self, "actor", all),
            PropertyKind::Campaign(all) => texts(self, "campaign", all),
            PropertyKind::References(all) => texts(self, "references", all),
            PropertyKind::Tags(all) => texts(self, "tags", all),
            PropertyKind::FalsePositives(all) => texts(self, "falsepositives", all),
            PropertyKind::Created(date) => self.push(&format!("created {}", date.node)),
            PropertyKind::Modified(date) => self.push(&format!("modified {}", date.node)),
            PropertyKind::Status(word) => self.push(&format!("status {}", word.node)),
            PropertyKind::Tlp(word) => self.push(&format!("tlp {}", word.node)),
            PropertyKind::Level(word) => self.push(&format!("level {}", word.node)),
            PropertyKind::RenamedFrom(name) => self.push(&format!("renamed_from {}", name.node)),
            PropertyKind::Techniques(techniques) => {
                let spans: Vec<Span> = techniques.iter().map(|name| name.span).collect();
                self.listed("techniques", &names(techniques), &spans, property.span);
            }
            PropertyKind::Trigger(words) => {
                let spans: Vec<Span> = words.iter().map(|word| word.span).collect();
                self.listed("trigger", &names(words), &spans, property.span);
            }
            PropertyKind::Methodology(word) => self.push(&format!("methodology {}", word.node)),
            PropertyKind::Applicability(word) => self.push(&format!("applicability {}", word.node)),
            PropertyKind::Blindspot { technique, reason } => self.push(&format!("blindspot {} {}", technique.node, text(reason))),
            PropertyKind::Fields(fields) => {
                let spans: Vec<Span> = fields.iter().map(|field| field.span).collect();
                self.listed("fields", &plain_fields(fields), &spans, property.span);
            }
            PropertyKind::Entities(entities) => {
                let parts: Vec<String> =
                    entities.iter().map(|(kind, field)| format!("{} {}", kind.node, plain_field(field))).collect();
                let spans: Vec<Span> = entities.iter().map(|(kind, field)| kind.span.to(field.span)).collect();
                self.listed("entities", &parts, &spans, property.span);
            }
            PropertyKind::Risk { score, on } => self.push(&format!("risk {} on {}", score.node, plain_field(on))),
            PropertyKind::Schedule(schedule) => {
                self.push("schedule");
                if let Some(target) = &schedule.target {
                    self.push(&format!(" on {}", target.node));
                }
                if let Some(every) = &schedule.every {
                    self.push(&format!(" every {}", duration(every)));
                }
                if let Some(suppress) = &schedule.suppress {
                    self.push(&format!(" suppress {}", duration(&suppress.period)));
                    if !suppress.by.is_empty() {
                        self.push(&format!(" by {}", plain_fields(&suppress.by).join(", ")));
                    }
                }
            }
            PropertyKind::NotOn { target, reason } => self.push(&format!("not on {} {}", target.node, text(reason))),
        }
    }

    fn correlate(&mut self, condition: &CorrelateCondition) {
        let mut tails: Vec<String> = Vec::new();
        if !condition.by.is_empty() {
            tails.push(format!("by {}", condition.by.iter().map(group_key).collect::<Vec<_>>().join(", ")));
        }
        tails.extend(condition.within.iter().map(|within| format!("within {}", duration(within))));
        tails.extend(condition.fixed_windows.iter().map(|_| "fixed windows".to_owned()));
        let kind = correlate_kind(&condition.kind);
        let flat = format!("when {}", [kind.clone()].iter().chain(&tails).cloned().collect::<Vec<_>>().join(" "));
        if self.fits(&flat, 0) {
            self.push(&flat);
            return;
        }
        self.push("when ");
        self.indented(|printer| {
            printer.relation(&condition.kind, &kind);
            for tail in &tails {
                printer.begin_line();
                printer.push(tail);
            }
        });
    }

    /// The condition of a correlate; a chain that does not fit has one operand a line.
    fn relation(&mut self, kind: &CorrelateKind, flat: &str) {
        let (operands, word) = match kind {
            CorrelateKind::Together(operands) => (operands, "and"),
            CorrelateKind::Sequence(operands) => (operands, "then"),
            _ => (&Vec::new(), ""),
        };
        if operands.len() < 2 || self.fits(flat, 0) {
            self.push(flat);
            return;
        }
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.begin_line();
                self.push(&format!("{word} "));
            }
            self.push(&operand.node);
        }
    }
}

fn group_key(key: &GroupKey) -> String {
    let cased = if key.cased { "cased " } else { "" };
    if key.alias_of.is_empty() {
        return format!("{cased}{}", plain_field(&key.field));
    }
    let of: Vec<String> =
        key.alias_of.iter().map(|(operand, field)| format!("{}.{}", operand.node, plain_field(field))).collect();
    format!("{cased}{} = ({})", plain_field(&key.field), of.join(", "))
}

fn correlate_kind(kind: &CorrelateKind) -> String {
    match kind {
        CorrelateKind::Count { of, bound } => {
            format!("count of {} {} {}", of.node, bound.operator.node.text(), value(&bound.value))
        }
        CorrelateKind::Aggregate { function, field, of, bound } => {
            let function = match function.node {
                AggregateFunction::Distinct => "distinct".to_owned(),
                AggregateFunction::Sum => "sum".to_owned(),
                AggregateFunction::Average => "avg".to_owned(),
                AggregateFunction::Median => "median".to_owned(),
                AggregateFunction::Percentile(percent) => format!("percentile {percent}"),
            };
            let bound = format!("{} {}", bound.operator.node.text(), value(&bound.value));
            format!("{function} {} of {} {bound}", plain_field(field), of.node)
        }
        CorrelateKind::Together(operands) => names(operands).join(" and "),
        CorrelateKind::AtLeast { count, of } => format!("{} of ({})", count.node, names(of).join(", ")),
        CorrelateKind::Sequence(operands) => names(operands).join(" then "),
        CorrelateKind::Without { operand, prior, absent } => {
            format!("{} without {}{}", operand.node, if *prior { "prior " } else { "" }, absent.node)
        }
        // A file with such a condition is not laid out.
        CorrelateKind::Unread => String::new(),
        CorrelateKind::First { field, of } => format!("first {} of {}", plain_field(field), of.node),
    }
}

fn stop_condition(condition: &StopCondition) -> String {
    let answer = match &condition.answer {
        None => String::new(),
        Some(StopAnswer::Met(date)) => format!(" met {}", date.node),
        Some(StopAnswer::NotMet(reason)) => format!(" not met {}", text(reason)),
    };
    format!("when {}{answer}", text(&condition.text))
}

fn member_span(member: &Member) -> Span {
    match member {
        Member::Property(property) => property.span,
        Member::Stop(stop) => stop.span,
        Member::Result(result) => result.span,
        Member::List(list) => list.span,
        Member::Ioc(ioc) => ioc.span,
        Member::Pattern(pattern) => pattern.span,
        Member::Detect(detect) => detect.span,
        Member::Correlate(correlate) => correlate.span,
        Member::Sweep(sweep) => sweep.span,
        Member::Test(test) => test.span,
        Member::Except(except) => except.span,
    }
}
