//! The models of the targets behind one face: text in, and for each event what the product would do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agree::{Emitted, Unjudged, Verdict};
use super::records::splunk_row;
use super::sigma_records::Shape;
use super::{Cell, Row, Shelf};
use crate::ir::Selection;
use crate::ir::event::Event;
use crate::models::{Problem, kql, sigma, spl};
use crate::schema::Target;
use crate::schema::columns::ColumnType;
use crate::schema::mapping::Place;

/// One event, and the row that the product holds of it where it holds rows.
pub(super) struct Case<'a> {
    pub event: &'a Event,
    pub row: Option<Row>,
    /// Of a decoy without a row: which word of its log source is another.
    pub rendering: &'a str,
    pub decoy: bool,
}

/// A query in the model of its language.
pub(super) enum Road {
    Kql { plan: Box<kql::Plan>, table: String, columns: Vec<(String, kql::Type)> },
    Spl(spl::Search),
    Sigma { rule: sigma::Rule, shape: Shape },
}

/// Why a model gave up.
pub(super) struct GaveUp(Problem);

impl GaveUp {
    pub fn unjudged(self, text: &str) -> Unjudged {
        unknown(&self.0, text)
    }
}

fn unknown(problem: &Problem, text: &str) -> Unjudged {
    let mut at = problem.at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default().trim().to_owned();
    Unjudged::Unknown { message: problem.message.clone(), line }
}

impl Road {
    pub fn of(selection: &Selection, emitted: &Emitted<'_>, shelf: Option<&Shelf>) -> Result<Road, Unjudged> {
        match (emitted.target, shelf) {
            (Target::Sentinel | Target::Defender, Some(shelf)) => {
                let columns = kql_columns(shelf);
                let table = shelf.layout.scope.place.columns().to_owned();
                let schema = BTreeMap::from([(table.clone(), columns.clone())]);
                let watchlists = watchlists(emitted);
                let plan = kql::Query::read(emitted.text).and_then(|query| query.plan_with(&schema, &watchlists));
                let plan = plan.map_err(|problem| unknown(&problem, emitted.text))?;
                Ok(Road::Kql { plan: Box::new(plan), table, columns })
            }
            (Target::Splunk, Some(shelf)) => {
                let mut macros: BTreeMap<String, String> =
                    emitted.beside.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
                // A site's own macro covers whatever the site says.
                if let Place::Macro { name, .. } = &shelf.layout.scope.place {
                    macros.entry(name.clone()).or_insert_with(|| "*".to_owned());
                }
                let files: BTreeMap<String, String> =
                    macros.iter().filter(|(name, _)| is_file(name)).map(|(name, text)| (name.clone(), text.clone())).collect();
                let given = |problem: spl::Problem| Unjudged::Unknown { message: problem.message, line: problem.near };
                let transforms = macros.remove("transforms.conf").unwrap_or_default();
                macros.retain(|name, _| !is_file(name));
                let lookups = spl::Lookups::read(&transforms, &files).map_err(given)?;
                spl::Search::read_with(emitted.text, &macros, &lookups).map(Road::Spl).map_err(given)
            }
            (Target::Sigma, _) => {
                let filters: Vec<&str> = emitted.beside.iter().map(|(_, text)| *text).collect();
                let rule = sigma::Rule::read(emitted.text, &filters).map_err(|problem| unknown(&problem, emitted.text))?;
                Ok(Road::Sigma { rule, shape: Shape::of(selection) })
            }
            (Target::Splunk | Target::Sentinel | Target::Defender, None) => Err(Unjudged::NoModel),
        }
    }

    /// Whether rows hold the record's text beside its columns.
    pub fn keeps_records(&self) -> bool {
        match self {
            Road::Kql { .. } => false,
            Road::Spl(_) | Road::Sigma { .. } => true,
        }
    }

    /// Whether a record of the event's log source could hold the event.
    pub fn can_hold(&self, event: &Event, selection: &Selection) -> bool {
        match self {
            Road::Kql { .. } | Road::Spl(_) => true,
            Road::Sigma { shape, .. } => shape.can_hold(event, selection),
        }
    }

    /// The words of the log source that a rule names.
    pub fn words(&self) -> &[&'static str] {
        match self {
            Road::Kql { .. } | Road::Spl(_) => &[],
            Road::Sigma { shape, .. } => shape.words(),
        }
    }

    /// A verdict for each case, in order.
    pub fn judge(&self, cases: &[&Case<'_>]) -> Result<Vec<Verdict>, GaveUp> {
        match self {
            Road::Kql { plan, table, columns } => judge_kql(plan, table, columns, cases).map_err(GaveUp),
            Road::Spl(search) => cases.iter().map(|case| judge_spl(search, case).map_err(GaveUp)).collect(),
            Road::Sigma { rule, shape } => Ok(cases.iter().map(|case| judge_sigma(rule, shape, case)).collect()),
        }
    }
}

/// Lists beside a query are files; macros and filters have no such names.
fn is_file(name: &str) -> bool {
    name.ends_with(".csv")
}

/// The watchlists beside a query: one column, whose values are the search keys.
fn watchlists(emitted: &Emitted<'_>) -> kql::Watchlists {
    let of = |text: &str| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records = reader.records().filter_map(Result::ok);
        let mut items: Vec<String> = records.filter_map(|record| record.get(0).map(str::to_owned)).collect();
        items.sort_unstable();
        Arc::from(items)
    };
    emitted.beside.iter().filter_map(|(name, text)| Some((name.strip_suffix(".csv")?.to_owned(), of(text)))).collect()
}

/// The columns of the table: the product's own, and those of the site, which are text as far as anybody knows here.
fn kql_columns(shelf: &Shelf) -> Vec<(String, kql::Type)> {
    let known = |kind: &ColumnType| match kind {
        ColumnType::Int => kql::Type::Int,
        ColumnType::Long => kql::Type::Long,
        ColumnType::Real => kql::Type::Real,
        ColumnType::Bool => kql::Type::Bool,
        ColumnType::Datetime => kql::Type::Datetime,
        ColumnType::Timespan => kql::Type::Timespan,
        ColumnType::Dynamic => kql::Type::Dynamic,
        ColumnType::String | ColumnType::Guid | ColumnType::Text | ColumnType::Multivalue => kql::Type::String,
    };
    let mut columns: Vec<(String, kql::Type)> =
        shelf.columns.iter().map(|(name, kind)| ((*name).to_owned(), known(kind))).collect();
    for name in shelf.layout.fields.values().flat_map(|mapping| mapping.decode.columns()) {
        if !columns.iter().any(|(known, _)| known == name) {
            columns.push((name.to_owned(), kql::Type::String));
        }
    }
    columns
}

fn judge_kql(
    plan: &kql::Plan,
    table: &str,
    columns: &[(String, kql::Type)],
    cases: &[&Case<'_>],
) -> Result<Vec<Verdict>, Problem> {
    let mut rows = kql::Table::new(columns.to_vec());
    for case in cases {
        let cells = case.row.iter().flat_map(|row| &row.cells);
        let cells = cells.map(|(column, cell)| Ok((column.as_str(), kql_value(cell)?)));
        rows.push(cells.collect::<Result<Vec<_>, Problem>>()?)?;
    }
    let database = kql::Database { tables: BTreeMap::from([(table.to_owned(), rows)]) };
    let answer = plan.run(&database)?;
    let mut verdicts = vec![Verdict::Left; cases.len()];
    for open in &answer.open {
        if let Some(verdict) = verdicts.get_mut(open.row) {
            *verdict = Verdict::Open(open.why);
        }
    }
    for selected in &answer.selected {
        if let Some(verdict) = verdicts.get_mut(selected.row) {
            *verdict = Verdict::Selected;
        }
    }
    Ok(verdicts)
}

fn kql_value(cell: &Cell) -> Result<kql::Value<'static>, Problem> {
    Ok(match cell {
        Cell::Text(text) => kql::Value::text(text.as_str()),
        Cell::Integer(value) => kql::Value::Integer(*value),
        Cell::Real(value) => kql::Value::Real(*value),
        Cell::Boolean(value) => kql::Value::Bool(*value),
        // From milliseconds to ticks of 100 ns.
        Cell::Time(time) => kql::Value::Moment(time.saturating_mul(10_000)),
        Cell::Dynamic(json) => kql::Value::dynamic(json.clone()),
        Cell::Several(_) => return Err(Problem::new(0, "a column of several values in a product that has none")),
    })
}

fn judge_sigma(rule: &sigma::Rule, shape: &Shape, case: &Case<'_>) -> Verdict {
    match rule.selects(&shape.record(case.event, case.rendering)) {
        sigma::Answer::Yes => Verdict::Selected,
        sigma::Answer::No => Verdict::Left,
        sigma::Answer::Open(why) => Verdict::Open(why),
    }
}

fn judge_spl(search: &spl::Search, case: &Case<'_>) -> Result<Verdict, Problem> {
    let Some(row) = &case.row else { return Ok(Verdict::Left) };
    match search.selects(&splunk_row(row, case.event, case.rendering == "classic")) {
        Ok(true) => Ok(Verdict::Selected),
        Ok(false) => Ok(Verdict::Left),
        Err(problem) => match problem.kind {
            spl::ProblemKind::Doubt(doubts) => Ok(Verdict::Open(doubts.first().map_or("what it does", |doubt| doubt.question()))),
            spl::ProblemKind::Syntax | spl::ProblemKind::Unknown | spl::ProblemKind::Limit => {
                Err(Problem::new(0, problem.message))
            }
        },
    }
}
