//! The real columns of each product's tables, and their types, from `data/columns/*.tsv`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use super::Target;
use super::table;

/// The type of a column in the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnType {
    String,
    Int,
    Long,
    Real,
    Bool,
    Datetime,
    Timespan,
    Guid,
    Dynamic,
    /// A field of Splunk: text, and a number where it reads as one.
    Text,
    /// A field of Splunk that may hold several values: a key that occurs more than once in a classic event's message.
    Multivalue,
}

impl ColumnType {
    pub const ALL: &'static [ColumnType] = &[
        ColumnType::String,
        ColumnType::Int,
        ColumnType::Long,
        ColumnType::Real,
        ColumnType::Bool,
        ColumnType::Datetime,
        ColumnType::Timespan,
        ColumnType::Guid,
        ColumnType::Dynamic,
        ColumnType::Text,
        ColumnType::Multivalue,
    ];

    /// As the tables of columns write it.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::String => "string",
            ColumnType::Int => "int",
            ColumnType::Long => "long",
            ColumnType::Real => "real",
            ColumnType::Bool => "bool",
            ColumnType::Datetime => "datetime",
            ColumnType::Timespan => "timespan",
            ColumnType::Guid => "guid",
            ColumnType::Dynamic => "dynamic",
            ColumnType::Text => "text",
            ColumnType::Multivalue => "multivalue",
        }
    }

    pub fn parse(name: &str) -> Option<ColumnType> {
        ColumnType::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The table of columns of a product; Sigma has none.
pub(super) fn table_of(product: Target) -> &'static str {
    match product {
        Target::Sigma => "",
        Target::Splunk => include_str!("data/columns/splunk.tsv"),
        Target::Sentinel => include_str!("data/columns/sentinel.tsv"),
        Target::Defender => include_str!("data/columns/defender.tsv"),
    }
}

/// The type of a column, or `None` where the product has no such column. In Splunk the table is the scope's macro.
pub fn kind_of(product: Target, table: &str, column: &str) -> Option<ColumnType> {
    columns_of(product, table).find(|(name, _)| *name == column).map(|(_, kind)| kind)
}

/// Every known column of one table, in the order of the product's list.
pub fn columns_of(product: Target, table: &str) -> impl Iterator<Item = (&'static str, ColumnType)> {
    tables(product).get(table).into_iter().flatten().copied()
}

/// Columns by table.
type Tables = BTreeMap<&'static str, Vec<(&'static str, ColumnType)>>;

/// The lists are asked for each column of each clause, so that each is read once, when it is first asked for.
fn tables(product: Target) -> &'static Tables {
    static READ: [OnceLock<Tables>; 4] = [const { OnceLock::new() }; 4];
    let place = match product {
        Target::Sigma => &READ[0],
        Target::Splunk => &READ[1],
        Target::Sentinel => &READ[2],
        Target::Defender => &READ[3],
    };
    place.get_or_init(|| {
        let mut found = Tables::new();
        for (_, line) in table::numbered(table_of(product)) {
            // Some lists have a remark behind the type.
            let mut cells = line.split('\t');
            let (Some(table), Some(column), Some(kind)) = (cells.next(), cells.next(), cells.next()) else { continue };
            if let Some(kind) = ColumnType::parse(kind) {
                found.entry(table).or_default().push((column, kind));
            }
        }
        found
    })
}
