//! KQL: what is emitted, operator by operator, and that it selects what the reference evaluator selects.

mod differential;
mod exhaustive;
mod model;
mod operators;
pub mod oracle;
mod traps;

use std::sync::Arc;

use huntc::backends::{Query, Request, backend};
use huntc::diag::{SourceId, Span};
use huntc::ir::{
    Body, Case, Condition, Entity, EntityKind, Exception, HuntInfo, Kind, Level, LikeForm, LikePattern, Loss, Meta, Number,
    Order, Presence, Rule, Schedule, Selection, SharedRegex, Suppress, Test, TextOperator, Uuid,
};
use huntc::schema::mapping::{self, Layout, Profile};
use huntc::schema::{Field, FieldType, LogSourceId, catalogue};

/// The log source and profile that a test is about.
#[derive(Clone)]
pub struct On {
    profile: Profile,
    source: LogSourceId,
    pub layout: Arc<Layout>,
}

fn on(profile: Profile, source: &str) -> On {
    let source = LogSourceId(source.into());
    let layout = mapping::layout(profile, &source).unwrap_or_else(|absence| panic!("{source}: {}", absence.reason));
    On { profile, source, layout }
}

pub fn defender(source: &str) -> On {
    on(Profile::DefenderXdr, source)
}

pub fn sentinel(source: &str) -> On {
    on(Profile::SentinelXdr, source)
}

impl On {
    /// A field of the log source, with its type from the catalogue.
    pub fn field(&self, name: &str) -> Field {
        let source = catalogue::find(&self.source.0).expect("a catalogued log source");
        source.field(name).unwrap_or_else(|| panic!("no field {name}")).clone()
    }

    fn separators(&self) -> &'static [char] {
        catalogue::find(&self.source.0).expect("a catalogued log source").separators
    }

    pub fn text(&self, name: &str, operator: TextOperator, values: &[&str]) -> Condition {
        self.text_as(name, operator, values, Case::Folded)
    }

    fn text_as(&self, name: &str, operator: TextOperator, values: &[&str], case: Case) -> Condition {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        of(Test::Text { field: self.field(name), operator, values, case })
    }

    fn presence(&self, name: &str, state: Presence) -> Condition {
        of(Test::Presence { field: self.field(name), state })
    }

    fn like(&self, name: &str, pattern: &str) -> Condition {
        match LikePattern::parse(pattern).expect("a pattern") {
            LikeForm::Literal { operator, value } => self.text(name, operator, &[&value]),
            LikeForm::Pattern(pattern) => of(Test::Like { field: self.field(name), patterns: vec![pattern], case: Case::Folded }),
        }
    }

    fn regex(&self, name: &str, pattern: &str, flags: &str) -> Condition {
        let patterns = vec![SharedRegex::parse(pattern, flags).expect("a shared pattern")];
        of(Test::Regex { field: self.field(name), patterns })
    }

    fn number(&self, name: &str, order: Order, values: &[i64]) -> Condition {
        let values = values.iter().copied().map(Number::Integer).collect();
        of(Test::Number { field: self.field(name), order, values })
    }

    fn boolean(&self, name: &str, value: bool) -> Condition {
        of(Test::Boolean { field: self.field(name), value })
    }

    fn address(&self, name: &str, blocks: &[(&str, u8)]) -> Condition {
        let blocks = blocks
            .iter()
            .map(|(network, prefix)| huntc::ir::IpBlock { network: network.parse().expect("an address"), prefix: *prefix })
            .collect();
        of(Test::Address { field: self.field(name), blocks })
    }

    fn fields(&self, left: &str, operator: TextOperator, right: &str) -> Condition {
        of(Test::Fields { left: self.field(left), operator, right: self.field(right), case: Case::Folded })
    }

    pub fn compile(&self, rule: &Rule) -> Result<Query, Vec<Loss>> {
        let Body::Select(selections) = &rule.body else { panic!("not a selection") };
        backend(self.profile.target()).compile(Request { rule, selection: &selections[0], layout: Some(&self.layout) })
    }

    /// The query of one condition.
    fn query(&self, condition: Condition) -> Result<Query, Vec<Loss>> {
        self.compile(&self.rule(condition))
    }

    /// The query's lines, without the table and what the log source asks of its rows.
    fn lines(&self, condition: Condition) -> String {
        match self.query(condition) {
            Ok(query) => {
                let scope = query.clauses.iter().filter(|clause| clause.span.is_none()).count();
                let assumes: Vec<&str> = query.assumes.iter().map(|assumption| assumption.name()).collect();
                let mut lines: Vec<&str> = query.text.lines().collect();
                let table =
                    lines.iter().position(|line| !line.starts_with([' ', '}']) && !line.starts_with("let ")).expect("a table");
                let mut steps =
                    lines.iter().enumerate().skip(table + 1).filter(|(_, line)| line.starts_with("| ")).map(|(at, _)| at);
                let first = steps.nth(scope).unwrap_or(lines.len());
                lines.drain(table..first);
                let mut text = lines.join("\n");
                for loss in &query.losses {
                    text.push_str(&format!("\n{} {}", loss.code, loss.direction.expect("a direction").name()));
                }
                if assumes.is_empty() { text } else { format!("{text}\n(assumes {})", assumes.join(", ")) }
            }
            Err(losses) => {
                losses.iter().map(|loss| format!("{}: {}", loss.code, loss.message)).collect::<Vec<String>>().join("\n")
            }
        }
    }

    fn rule(&self, condition: Condition) -> Rule {
        rule(self.selection(condition))
    }

    pub fn selection(&self, condition: Condition) -> Selection {
        Selection {
            source: self.source.clone(),
            separators: self.separators(),
            name: "r".into(),
            id: Uuid::from_u128(1),
            condition,
            exceptions: Vec::new(),
            output: Vec::new(),
        }
    }
}

pub fn rule(selection: Selection) -> Rule {
    Rule {
        id: Uuid::from_u128(1),
        hunt: HuntInfo {
            name: "h".into(),
            title: "H".into(),
            authors: Vec::new(),
            created: None,
            modified: None,
            status: None,
            tlp: None,
            references: Vec::new(),
            hypothesis: String::new(),
            attack: Vec::new(),
            tags: Vec::new(),
            imported: None,
        },
        name: "r".into(),
        meta: Meta {
            title: "R".into(),
            level: Level::High,
            techniques: Vec::new(),
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body: Body::Select(vec![selection]),
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: span(),
    }
}

fn span() -> Span {
    Span::new(SourceId(0), 1, 2)
}

fn of(test: Test) -> Condition {
    Condition::test(test, span())
}

pub fn all(parts: Vec<Condition>) -> Condition {
    Condition::new(Kind::All(parts), span())
}

pub fn any(parts: Vec<Condition>) -> Condition {
    Condition::new(Kind::Any(parts), span())
}

pub fn not(part: Condition) -> Condition {
    Condition::new(Kind::Not(Box::new(part)), span())
}

fn approximate(part: Condition) -> Condition {
    Condition { approximate: true, ..part }
}

pub fn exception(name: &str, condition: Condition) -> Exception {
    Exception { name: name.into(), reason: name.into(), site: None, expires: None, condition, span: span() }
}

pub fn entity(on: &On, kind: EntityKind, field: &str) -> Entity {
    Entity { kind, field: on.field(field), span: span() }
}

pub fn schedule(every: u64, by: Vec<Field>) -> Schedule {
    let suppress = Some(Suppress { period: 86_400, by, span: span() });
    Schedule { every, every_span: None, suppress, arrival_delay: 600 }
}

fn typed(name: &str, kind: &str) -> Field {
    Field { name: name.into(), kind: FieldType::parse(kind).expect("a type") }
}
