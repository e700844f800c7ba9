//! A model of KQL, the language of Microsoft Sentinel and Defender XDR: text and rows in, selected rows out.
//!
//! It is written from Microsoft's documentation (learn.microsoft.com/kusto/query); the page that a rule comes from stands beside
//! it. It knows the part of the language that detections of single events need. Everything else is a [`Problem`]; what the
//! documentation leaves open is said of the row that hangs on it ([`Open`]).

mod address;
mod code;
mod compare;
mod functions;
mod grammar;
mod limits;
mod literal;
mod plan;
mod regular;
mod run;
mod tree;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use plan::Plan;
pub use value::{Type, Value};

use super::Problem;
use run::Run;

/// Tables and their columns, in order.
pub type Schema = BTreeMap<String, Vec<(String, Type)>>;

/// Watchlists: the values of `SearchKey` by alias, in order.
pub type Watchlists = BTreeMap<String, Arc<[String]>>;

/// Tables and their rows.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub tables: BTreeMap<String, Table>,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<(String, Type)>,
    rows: Vec<Vec<Value<'static>>>,
    /// Places of the columns.
    places: BTreeMap<String, usize>,
}

impl Database {
    pub fn schema(&self) -> Schema {
        self.tables.iter().map(|(name, table)| (name.clone(), table.columns.clone())).collect()
    }
}

impl Table {
    pub fn new(columns: Vec<(String, Type)>) -> Table {
        let places = columns.iter().enumerate().map(|(index, (name, _))| (name.clone(), index)).collect();
        Table { columns, rows: Vec::new(), places }
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[(String, Type)] {
        &self.columns
    }

    /// Adds a row; columns without a cell hold null, or the empty text.
    ///
    /// # Errors
    /// A cell of a column that the table has not, or of another type.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, Value<'static>)>) -> Result<(), Problem> {
        let mut row: Vec<Value<'static>> = self.columns.iter().map(|(_, kind)| kind.missing()).collect();
        for (column, value) in cells {
            let Some(index) = self.places.get(column).copied() else {
                return Err(Problem::new(0, format!("the table has no column `{column}`")));
            };
            let kind = self.columns[index].1;
            if !value.is_of(kind) {
                return Err(Problem::new(0, format!("the column `{column}` holds a {}, not {value:?}", kind.name())));
            }
            row[index] = value;
        }
        self.rows.push(row);
        Ok(())
    }
}

/// A query that was read.
#[derive(Clone, Debug)]
pub struct Query {
    text: tree::Text,
}

/// A row that a query selects.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected<'p> {
    pub table: &'p str,
    /// The row's place in its table.
    pub row: usize,
    /// The result's columns, in order.
    pub columns: Vec<(&'p str, Value<'static>)>,
}

/// A row of which the documentation does not say whether a query selects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open<'p> {
    pub table: &'p str,
    pub row: usize,
    /// What is left open.
    pub why: &'static str,
}

/// What a query selects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer<'p> {
    pub selected: Vec<Selected<'p>>,
    pub open: Vec<Open<'p>>,
}

impl Query {
    /// Reads a query, whole as it would be pasted.
    ///
    /// # Errors
    /// A construct that the model does not know.
    pub fn read(text: &str) -> Result<Query, Problem> {
        let mut pairs = grammar::read(text)?;
        let query = pairs.next().ok_or_else(|| Problem::new(0, "there is no query"))?;
        Ok(Query { text: tree::text(query)? })
    }

    /// Looks up the names in the tables' columns.
    ///
    /// # Errors
    /// A table, column, function or conversion that is not known.
    pub fn plan(&self, schema: &Schema) -> Result<Plan, Problem> {
        self.plan_with(schema, &Watchlists::new())
    }

    /// The same for a workspace that has watchlists.
    ///
    /// # Errors
    /// As [`Query::plan`], and a watchlist that there is not.
    pub fn plan_with(&self, schema: &Schema, watchlists: &Watchlists) -> Result<Plan, Problem> {
        plan::plan(&self.text, schema, watchlists)
    }
}

impl Plan {
    /// Runs over every row of the tables, which have the columns that the plan was made for.
    ///
    /// # Errors
    /// What the documentation does not say of a value.
    pub fn run(&self, database: &Database) -> Result<Answer<'_>, Problem> {
        let mut answer = Answer::default();
        let mut stack = Vec::new();
        for leg in &self.legs {
            let rows = database.tables.get(&leg.table).map(|table| table.rows.as_slice()).unwrap_or_default();
            for (index, row) in rows.iter().enumerate() {
                stack.clear();
                let first = Run::new(row, false);
                let passes = first.passes(&leg.steps, &mut stack)?;
                if let Some(why) = first.left_open() {
                    let mut other = Vec::new();
                    let second = Run::new(row, true);
                    let otherwise = second.passes(&leg.steps, &mut other)?;
                    if passes != otherwise {
                        answer.open.push(Open { table: &leg.table, row: index, why });
                        continue;
                    }
                }
                if !passes {
                    continue;
                }
                let columns = leg.columns.iter().map(|column| {
                    let value = first.value(&column.code, &stack)?.into_owned();
                    Ok((column.name.as_str(), value))
                });
                let columns = columns.collect::<Result<Vec<_>, Problem>>()?;
                answer.selected.push(Selected { table: &leg.table, row: index, columns });
            }
        }
        Ok(answer)
    }

    /// The tables that are read.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.legs.iter().map(|leg| leg.table.as_str())
    }
}

#[cfg(test)]
mod tests;
