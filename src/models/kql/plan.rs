//! Names are looked up in the tables and each expression gets its type: what is left can be run over any number of rows.

use std::sync::Arc;

use super::code::{Apply, Code, Function, Rewrite, Step};
use super::functions;
use super::limits;
use super::tree::{Assignment, Expression, Infix, Kind, LetValue, ListOperator, Name, Operator, Pipeline, Source, Text};
use super::value::{Type, Value};
use super::{Schema, Watchlists, regular};
use crate::Problem;

/// A query over tables whose columns are known.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) legs: Vec<Leg>,
}

/// What the rows of one table pass through. A `union` has several, and what follows it belongs to each.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub table: String,
    pub steps: Vec<Step>,
    /// Columns of the result.
    pub columns: Vec<Column>,
    /// How many values lie on the stack.
    computed: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Type,
    pub code: Code,
}

/// An expression and its type.
pub(super) struct Typed {
    pub code: Code,
    pub kind: Type,
}

pub(super) type Planned<T> = Result<T, Problem>;

enum Known<'a> {
    Scalar(&'a Expression),
    Table(&'a Pipeline),
}

pub(super) struct Planner<'a> {
    schema: &'a Schema,
    watchlists: &'a Watchlists,
    lets: Vec<(&'a str, Known<'a>)>,
    /// Expressions that may still be planned.
    left: usize,
}

/// Where an expression stands.
pub(super) struct Scope<'a> {
    columns: &'a [Column],
    /// How many of the `let`s come before.
    lets: usize,
    /// In `summarize`: the counts so far, their place on the stack, and what conditions see.
    counting: Option<Counting<'a>>,
}

struct Counting<'a> {
    counts: Vec<Option<Code>>,
    base: usize,
    inside: &'a [Column],
}

pub(super) fn plan(text: &Text, schema: &Schema, watchlists: &Watchlists) -> Planned<Plan> {
    let mut planner = Planner { schema, watchlists, lets: Vec::new(), left: limits::EXPRESSIONS };
    if let Some(one_more) = text.lets.get(limits::LETS) {
        return Err(Problem::new(one_more.name.at, format!("more than {} `let`s", limits::LETS)));
    }
    for each in &text.lets {
        let name = each.name.text.as_str();
        let taken = planner.lets.iter().any(|(known, _)| *known == name);
        if taken || schema.contains_key(name) {
            return Err(Problem::new(each.name.at, format!("`{name}` is declared twice, or is a table too")));
        }
        let known = match &each.value {
            LetValue::Table(pipeline) => Known::Table(pipeline),
            LetValue::Scalar(value) => Known::Scalar(value),
        };
        planner.lets.push((name, known));
    }
    let legs = planner.pipeline(&text.pipeline, planner.lets.len())?;
    // What no leg uses must be right as well.
    for index in 0..planner.lets.len() {
        match &planner.lets[index].1 {
            Known::Table(pipeline) => {
                let pipeline: &Pipeline = pipeline;
                if planner.watchlist(pipeline)?.is_none() {
                    planner.pipeline(pipeline, index)?;
                }
            }
            Known::Scalar(value) => {
                let value: &Expression = value;
                if planner.table(value, index).is_none() {
                    planner.expression(value, &mut Scope { columns: &[], lets: index, counting: None })?;
                }
            }
        }
    }
    Ok(Plan { legs })
}

impl<'a> Planner<'a> {
    fn spend(&mut self, at: usize) -> Planned<()> {
        self.left =
            self.left.checked_sub(1).ok_or_else(|| Problem::new(at, "the query is too long with its `let`s written out"))?;
        Ok(())
    }

    /// What a name stands for where it is a table: `let x = T;` reads as an expression.
    fn table(&self, value: &Expression, lets: usize) -> Option<String> {
        let Kind::Name(name) = &value.kind else { return None };
        let index = self.lets[..lets].iter().position(|(known, _)| *known == name);
        let tabular = match index.map(|index| (index, &self.lets[index].1)) {
            Some((_, Known::Table(_))) => true,
            Some((index, Known::Scalar(inner))) => self.table(inner, index).is_some(),
            None => self.schema.contains_key(name.as_str()),
        };
        tabular.then(|| name.clone())
    }

    /// `let` names are those of the first `lets` statements: "must precede" their use
    /// (learn.microsoft.com/kusto/query/let-statement).
    fn pipeline(&mut self, pipeline: &'a Pipeline, lets: usize) -> Planned<Vec<Leg>> {
        let mut legs = match &pipeline.source {
            Source::Table(name) => self.named(name, lets)?,
            Source::Pipeline(inner) => self.pipeline(inner, lets)?,
            Source::Union(parts) => self.union(Vec::new(), parts, lets)?,
            Source::Watchlist(name) => {
                return Err(Problem::new(name.at, "a watchlist is modelled behind `in` only"));
            }
        };
        for operator in &pipeline.operators {
            if let Operator::Union(parts) = operator {
                legs = self.union(legs, parts, lets)?;
                continue;
            }
            for leg in &mut legs {
                self.operator(operator, leg, lets)?;
            }
        }
        Ok(legs)
    }

    fn named(&mut self, name: &Name, lets: usize) -> Planned<Vec<Leg>> {
        self.spend(name.at)?;
        if let Some(index) = self.lets[..lets].iter().position(|(known, _)| *known == name.text) {
            return match self.lets[index].1 {
                Known::Table(pipeline) => self.pipeline(pipeline, index),
                Known::Scalar(value) => match self.table(value, index) {
                    Some(of) => self.named(&Name { at: name.at, text: of }, index),
                    None => Err(Problem::new(name.at, format!("`{}` is a value, no table", name.text))),
                },
            };
        }
        let Some(columns) = self.schema.get(&name.text) else {
            return Err(Problem::new(name.at, format!("there is no table `{}`", name.text)));
        };
        let columns = columns.iter().enumerate();
        let columns =
            columns.map(|(index, (name, kind))| Column { name: name.clone(), kind: *kind, code: Code::Stored(index) }).collect();
        Ok(vec![Leg { table: name.text.clone(), steps: Vec::new(), columns, computed: 0 }])
    }

    /// All columns that occur in any of the tables; a row without one holds null, or the empty text
    /// (learn.microsoft.com/kusto/query/union-operator, `kind=outer`). Two types under one name make two columns with other
    /// names there, which is not modelled.
    fn union(&mut self, mut legs: Vec<Leg>, parts: &'a [Pipeline], lets: usize) -> Planned<Vec<Leg>> {
        for part in parts {
            legs.extend(self.pipeline(part, lets)?);
            if legs.len() > limits::LEGS {
                return Err(Problem::new(0, format!("`union` of more than {} tables", limits::LEGS)));
            }
        }
        let mut all: Vec<(String, Type)> = Vec::new();
        for column in legs.iter().flat_map(|leg| &leg.columns) {
            match all.iter().find(|(name, _)| *name == column.name) {
                Some((_, kind)) if *kind != column.kind => {
                    let (name, one, other) = (&column.name, kind.name(), column.kind.name());
                    return Err(Problem::new(0, format!("`union` of a column `{name}` of types {one} and {other}")));
                }
                Some(_) => {}
                None => all.push((column.name.clone(), column.kind)),
            }
        }
        for leg in &mut legs {
            for (name, kind) in &all {
                if !leg.columns.iter().any(|column| column.name == *name) {
                    self.spend(0)?;
                    leg.columns.push(Column { name: name.clone(), kind: *kind, code: Code::Constant(kind.missing()) });
                }
            }
        }
        Ok(legs)
    }

    fn operator(&mut self, operator: &'a Operator, leg: &mut Leg, lets: usize) -> Planned<()> {
        match operator {
            Operator::Where(condition) => {
                let condition = self.condition(condition, &mut Scope { columns: &leg.columns, lets, counting: None })?;
                leg.steps.push(Step::Where(condition));
            }
            Operator::Extend(assignments) => {
                // "Creates calculated columns and append them": each expression sees the columns before
                // (learn.microsoft.com/kusto/query/extend-operator).
                let before = leg.columns.clone();
                self.computed(assignments, &before, leg, lets, false)?;
            }
            Operator::Project(assignments) => {
                let before = std::mem::take(&mut leg.columns);
                self.computed(assignments, &before, leg, lets, true)?;
            }
            Operator::ProjectAway(names) => {
                for name in names {
                    let place = self.place(name, leg)?;
                    leg.columns.remove(place);
                }
            }
            Operator::ProjectKeep(names) => {
                let places = names.iter().map(|name| self.place(name, leg)).collect::<Planned<Vec<_>>>()?;
                let mut index = 0;
                leg.columns.retain(|_| {
                    index += 1;
                    places.contains(&(index - 1))
                });
            }
            Operator::ProjectRename(assignments) => {
                for assignment in assignments {
                    let (Some(new), Kind::Name(old)) = (&assignment.name, &assignment.value.kind) else {
                        return Err(Problem::new(assignment.value.at, "`project-rename` takes `new = old`"));
                    };
                    let old = Name { at: assignment.value.at, text: old.clone() };
                    let place = self.place(&old, leg)?;
                    self.is_new(new, &leg.columns)?;
                    leg.columns[place].name.clone_from(&new.text);
                }
            }
            Operator::MvApply { at, name, array, kind, steps } => {
                let apply = self.apply(*at, name.as_ref(), array, *kind, steps, leg, lets)?;
                leg.steps.push(apply);
            }
            Operator::Summarize(at, _) => {
                return Err(Problem::new(*at, "`summarize` is modelled at the end of `mv-apply` only"));
            }
            Operator::Union(_) => return Err(Problem::new(0, "`union` inside `mv-apply` is not modelled")),
        }
        Ok(())
    }

    fn place(&self, name: &Name, leg: &Leg) -> Planned<usize> {
        let found = leg.columns.iter().position(|column| column.name == name.text);
        found.ok_or_else(|| Problem::new(name.at, format!("there is no column `{}`", name.text)))
    }

    fn is_new(&self, name: &Name, columns: &[Column]) -> Planned<()> {
        if columns.iter().any(|column| column.name == name.text) {
            return Err(Problem::new(name.at, format!("there is a column `{}` already", name.text)));
        }
        Ok(())
    }

    /// The columns of `extend` and `project`. A column alone keeps its name; what other expressions are called without one is
    /// not modelled.
    fn computed(
        &mut self,
        assignments: &'a [Assignment],
        before: &[Column],
        leg: &mut Leg,
        lets: usize,
        project: bool,
    ) -> Planned<()> {
        let (mut values, mut named) = (Vec::new(), Vec::new());
        for assignment in assignments {
            let value = self.expression(&assignment.value, &mut Scope { columns: before, lets, counting: None })?;
            let name = match (&assignment.name, &assignment.value.kind) {
                (Some(name), _) => name.text.clone(),
                (None, Kind::Name(name)) => name.clone(),
                (None, _) => return Err(Problem::new(assignment.value.at, "a computed column needs a name")),
            };
            if named.contains(&name) {
                return Err(Problem::new(assignment.value.at, format!("the column `{name}` twice")));
            }
            named.push(name.clone());
            let code = match value.code {
                plain @ (Code::Stored(_) | Code::Computed(_) | Code::Constant(_)) => plain,
                other => {
                    values.push(other);
                    leg.computed += 1;
                    Code::Computed(leg.computed - 1)
                }
            };
            let column = Column { name, kind: value.kind, code };
            // `extend` over a column that is there replaces it (learn.microsoft.com/kusto/query/extend-operator).
            match leg.columns.iter_mut().find(|known| known.name == column.name && !project) {
                Some(known) => *known = column,
                None => leg.columns.push(column),
            }
        }
        if !values.is_empty() {
            leg.steps.push(Step::Extend(values));
        }
        Ok(())
    }

    /// learn.microsoft.com/kusto/query/mv-apply-operator: each element of the array is a row of a table that passes through the
    /// subquery, with the columns of the record beside it; the results are joined to the record.
    #[expect(clippy::too_many_arguments, reason = "the parts of one operator")]
    fn apply(
        &mut self,
        at: usize,
        name: Option<&Name>,
        array: &'a Expression,
        kind: Type,
        steps: &'a [Operator],
        leg: &mut Leg,
        lets: usize,
    ) -> Planned<Step> {
        let Some(name) = name else { return Err(Problem::new(at, "`mv-apply` without a name for the element is not modelled")) };
        self.is_new(name, &leg.columns)?;
        let found = self.expression(array, &mut Scope { columns: &leg.columns, lets, counting: None })?;
        self.wants(array.at, &found, Type::Dynamic)?;
        let base = leg.computed;
        let mut inner = Leg { table: leg.table.clone(), steps: Vec::new(), columns: leg.columns.clone(), computed: base + 1 };
        inner.columns.push(Column { name: name.text.clone(), kind, code: Code::Computed(base) });
        let Some((Operator::Summarize(_, outputs), before)) = steps.split_last() else {
            return Err(Problem::new(at, "`mv-apply` whose subquery does not end in `summarize` is not modelled"));
        };
        for step in before {
            self.operator(step, &mut inner, lets)?;
        }
        let counting = Counting { counts: Vec::new(), base, inside: &inner.columns };
        let mut scope = Scope { columns: &[], lets, counting: Some(counting) };
        let mut codes = Vec::new();
        for output in outputs {
            let Some(name) = &output.name else {
                return Err(Problem::new(output.value.at, "a result of `summarize` needs a name"));
            };
            self.is_new(name, &leg.columns)?;
            let value = self.expression(&output.value, &mut scope)?;
            let code = Code::Computed(base + codes.len());
            leg.columns.push(Column { name: name.text.clone(), kind: value.kind, code });
            codes.push(value.code);
        }
        let counts = scope.counting.map(|counting| counting.counts).unwrap_or_default();
        leg.computed += codes.len();
        Ok(Step::MvApply(Apply { array: found.code, at, element: kind, steps: inner.steps, counts, outputs: codes }))
    }

    pub(super) fn wants(&self, at: usize, found: &Typed, wanted: Type) -> Planned<()> {
        if found.kind == wanted {
            return Ok(());
        }
        Err(Problem::new(
            at,
            format!("a {} where a {} is wanted; a conversion is not modelled", found.kind.name(), wanted.name()),
        ))
    }

    pub(super) fn condition(&mut self, of: &'a Expression, scope: &mut Scope<'_>) -> Planned<Code> {
        let found = self.expression(of, scope)?;
        self.wants(of.at, &found, Type::Bool)?;
        Ok(found.code)
    }

    pub(super) fn text(&mut self, of: &'a Expression, scope: &mut Scope<'_>) -> Planned<Code> {
        let found = self.expression(of, scope)?;
        self.wants(of.at, &found, Type::String)?;
        Ok(found.code)
    }

    pub(super) fn expression(&mut self, of: &'a Expression, scope: &mut Scope<'_>) -> Planned<Typed> {
        self.spend(of.at)?;
        let bool_of = |code| Ok(Typed { code, kind: Type::Bool });
        match &of.kind {
            Kind::Literal(value, kind) => Ok(Typed { code: Code::Constant(value.clone()), kind: *kind }),
            Kind::Name(name) => self.name(of.at, name, scope),
            Kind::All(parts) => bool_of(Code::All(self.conditions(parts, scope)?)),
            Kind::Any(parts) => bool_of(Code::Any(self.conditions(parts, scope)?)),
            Kind::AnyColumn => Err(Problem::new(of.at, "`*` is modelled left of an operator on text only")),
            Kind::TypeOf(_) => Err(Problem::new(of.at, "`typeof` stands in a call of `extract` only")),
            Kind::Negative(inner) => {
                let found = self.expression(inner, scope)?;
                let value = match &found.code {
                    Code::Constant(Value::Integer(value)) => value.checked_neg().map(Value::Integer),
                    Code::Constant(Value::Real(value)) => Some(Value::Real(-value)),
                    Code::Constant(Value::Span(value)) => value.checked_neg().map(Value::Span),
                    _ => None,
                };
                let value = value.ok_or_else(|| Problem::new(of.at, "a minus before anything but a number is not modelled"))?;
                Ok(Typed { code: Code::Constant(value), kind: found.kind })
            }
            Kind::Member(inner, name) => {
                let found = self.expression(inner, scope)?;
                self.wants(inner.at, &found, Type::Dynamic)?;
                Ok(Typed { code: Code::Member(Box::new(found.code), name.clone()), kind: Type::Dynamic })
            }
            Kind::Item(inner, index) => {
                let found = self.expression(inner, scope)?;
                self.wants(inner.at, &found, Type::Dynamic)?;
                let inner = Box::new(found.code);
                let code = match self.expression(index, scope)?.code {
                    Code::Constant(Value::Integer(index)) => Code::Item(inner, index),
                    Code::Constant(Value::Text(name)) => Code::Member(inner, name.into_owned()),
                    _ => return Err(Problem::new(index.at, "an index that is no literal is not modelled")),
                };
                Ok(Typed { code, kind: Type::Dynamic })
            }
            Kind::Between { negated, value, low, high } => {
                let low = self.compared(Infix::GreaterOrEqual, value, low, scope)?;
                let high = self.compared(Infix::LessOrEqual, value, high, scope)?;
                let both = Code::All(vec![low, high]);
                bool_of(if *negated { Code::Not(Box::new(both)) } else { both })
            }
            Kind::List(operator, left, values) => bool_of(self.list(*operator, left, values, scope)?),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, scope),
            Kind::Call(name, arguments) => functions::call(self, of.at, name, arguments, scope),
        }
    }

    fn conditions(&mut self, parts: &'a [Expression], scope: &mut Scope<'_>) -> Planned<Vec<Code>> {
        parts.iter().map(|part| self.condition(part, scope)).collect()
    }

    fn name(&mut self, at: usize, name: &str, scope: &Scope<'_>) -> Planned<Typed> {
        let column = scope.columns.iter().find(|column| column.name == name);
        let value = self.lets[..scope.lets].iter().position(|(known, _)| *known == name);
        match (column, value) {
            (Some(column), None) => Ok(Typed { code: column.code.clone(), kind: column.kind }),
            (None, Some(index)) => match self.lets[index].1 {
                Known::Scalar(value) => {
                    let found = self.expression(value, &mut Scope { columns: &[], lets: index, counting: None })?;
                    match found.code {
                        Code::Constant(_) => Ok(found),
                        _ => Err(Problem::new(at, format!("`{name}` is no literal; other values of `let` are not modelled"))),
                    }
                }
                Known::Table(_) => Err(Problem::new(at, format!("`{name}` is a table, no value"))),
            },
            (Some(_), Some(_)) => Err(Problem::new(at, format!("`{name}` is a column and the name of a `let`"))),
            (None, None) => Err(Problem::new(at, format!("there is no column `{name}`"))),
        }
    }

    fn binary(&mut self, operator: Infix, left: &'a Expression, right: &'a Expression, scope: &mut Scope<'_>) -> Planned<Typed> {
        let at = left.at;
        let code = match operator {
            Infix::Equal { .. } | Infix::Less | Infix::LessOrEqual | Infix::Greater | Infix::GreaterOrEqual => {
                self.compared(operator, left, right, scope)?
            }
            Infix::EqualFolded { negated } => {
                let (left, right) = (self.text(left, scope)?, self.text(right, scope)?);
                Code::EqualFolded { negated, left: Box::new(left), right: Box::new(right) }
            }
            Infix::Matches => {
                let left = self.text(left, scope)?;
                let right_code = self.text(right, scope)?;
                Code::Matches { left: Box::new(left), regex: regular::constant(right.at, &right_code)? }
            }
            Infix::Text { negated, operator, cased } => {
                let right = Box::new(self.text(right, scope)?);
                if matches!(left.kind, Kind::AnyColumn) {
                    if negated {
                        return Err(Problem::new(at, "`*` beside a negated operator is not modelled"));
                    }
                    let columns = scope.columns.iter().map(|column| (column.code.clone(), column.kind)).collect();
                    Code::AnyColumn { operator, cased, columns, right }
                } else {
                    Code::Part { negated, operator, cased, left: Box::new(self.text(left, scope)?), right }
                }
            }
            Infix::Plus | Infix::Minus | Infix::Times | Infix::Divided | Infix::Modulo => {
                return self.arithmetic(operator, left, right, scope);
            }
        };
        Ok(Typed { code, kind: Type::Bool })
    }

    /// learn.microsoft.com/kusto/query/numerical-operators and learn.microsoft.com/kusto/query/datetime-timespan-arithmetic.
    fn arithmetic(
        &mut self,
        operator: Infix,
        left: &'a Expression,
        right: &'a Expression,
        scope: &mut Scope<'_>,
    ) -> Planned<Typed> {
        let at = left.at;
        let (left, right) = (self.expression(left, scope)?, self.expression(right, scope)?);
        let kind = match (operator, left.kind, right.kind) {
            (Infix::Plus | Infix::Minus, Type::Datetime, Type::Timespan) => Type::Datetime,
            (Infix::Minus, Type::Datetime, Type::Datetime) => Type::Timespan,
            (Infix::Plus | Infix::Minus, Type::Timespan, Type::Timespan) => Type::Timespan,
            (Infix::Plus | Infix::Minus | Infix::Times, Type::Int | Type::Long, Type::Int | Type::Long) => Type::Long,
            (_, one, other) => {
                let (one, other) = (one.name(), other.name());
                return Err(Problem::new(at, format!("this arithmetic on a {one} and a {other} is not modelled")));
            }
        };
        Ok(Typed { code: Code::Arithmetic { operator, left: Box::new(left.code), right: Box::new(right.code) }, kind })
    }

    fn compared(&mut self, operator: Infix, left: &'a Expression, right: &'a Expression, scope: &mut Scope<'_>) -> Planned<Code> {
        let at = left.at;
        let (left, right) = (self.expression(left, scope)?, self.expression(right, scope)?);
        let ordered = !matches!(operator, Infix::Equal { .. });
        self.comparable(at, left.kind, right.kind, ordered)?;
        let (left, right) = (Box::new(left.code), Box::new(right.code));
        Ok(match operator {
            Infix::Equal { negated } => Code::Equal { negated, left, right },
            order => Code::Order { order, left, right },
        })
    }

    /// "EventID == "4624"" is accepted by the product, but what it converts is not documented; so are texts in order.
    fn comparable(&self, at: usize, left: Type, right: Type, ordered: bool) -> Planned<()> {
        let alike = left == right && left != Type::Dynamic && !(ordered && matches!(left, Type::String | Type::Bool));
        if alike || (left.is_number() && right.is_number()) {
            return Ok(());
        }
        Err(Problem::new(at, format!("a comparison of a {} with a {} is not modelled", left.name(), right.name())))
    }

    /// The items of `_GetWatchlist("alias") | project SearchKey`; `None` where the pipeline reads something else
    /// (learn.microsoft.com/azure/sentinel/watchlists-queries).
    fn watchlist(&self, pipeline: &Pipeline) -> Planned<Option<Arc<[String]>>> {
        let Source::Watchlist(name) = &pipeline.source else { return Ok(None) };
        let key = |assignment: &Assignment| {
            assignment.name.is_none() && matches!(&assignment.value.kind, Kind::Name(column) if column == "SearchKey")
        };
        match pipeline.operators.as_slice() {
            [Operator::Project(columns)] if columns.len() == 1 && columns.iter().all(key) => {}
            _ => return Err(Problem::new(name.at, "of a watchlist `project SearchKey` alone is modelled")),
        }
        let found = self.watchlists.get(&name.text);
        found.cloned().map(Some).ok_or_else(|| Problem::new(name.at, format!("there is no watchlist `{}`", name.text)))
    }

    /// What the values behind `in` are where they are the items of a watchlist: "a tabular expression", of which "the first
    /// column is used" (learn.microsoft.com/kusto/query/in-operator).
    fn items(&self, values: &[Expression], lets: usize) -> Planned<Option<Arc<[String]>>> {
        let [Expression { kind: Kind::Name(name), .. }] = values else { return Ok(None) };
        match self.lets[..lets].iter().find(|(known, _)| known == name) {
            Some((_, Known::Table(pipeline))) => self.watchlist(pipeline),
            Some((_, Known::Scalar(_))) | None => Ok(None),
        }
    }

    fn list(
        &mut self,
        operator: ListOperator,
        left: &'a Expression,
        values: &'a [Expression],
        scope: &mut Scope<'_>,
    ) -> Planned<Code> {
        let at = left.at;
        let left = self.expression(left, scope)?;
        if let (ListOperator::In { negated, folded: false }, Type::String) = (operator, left.kind)
            && let Some(items) = self.items(values, scope.lets)?
        {
            return Ok(Code::InList { negated, left: Box::new(left.code), items });
        }
        let mut constants = Vec::new();
        for value in values {
            let found = self.expression(value, scope)?;
            match found.code {
                // "A dynamic array" counts as its elements (learn.microsoft.com/kusto/query/in-operator).
                Code::Constant(Value::Dynamic(json)) => match json.as_ref() {
                    serde_json::Value::Array(items) if left.kind == Type::String => {
                        for item in items {
                            let Some(text) = item.as_str() else {
                                return Err(Problem::new(value.at, "an array of other values than texts is not modelled here"));
                            };
                            constants.push(Value::text(text));
                        }
                    }
                    _ => return Err(Problem::new(value.at, "this dynamic value is not modelled in a list")),
                },
                Code::Constant(constant) => {
                    self.comparable(value.at, left.kind, found.kind, false)?;
                    constants.push(constant);
                }
                _ => return Err(Problem::new(value.at, "a value of a list that is no literal is not modelled")),
            }
        }
        let texts = |constants: Vec<Value<'_>>| -> Vec<String> {
            let text = |value: Value<'_>| match value {
                Value::Text(text) => Some(text.into_owned()),
                _ => None,
            };
            constants.into_iter().filter_map(text).collect()
        };
        let boxed = Box::new(left.code);
        Ok(match operator {
            ListOperator::In { negated, folded } if left.kind == Type::String => {
                let mut values = texts(constants);
                if folded {
                    values.iter_mut().for_each(|value| value.make_ascii_lowercase());
                }
                values.sort();
                Code::InTexts { negated, folded, left: boxed, values }
            }
            ListOperator::In { negated, folded: false } => Code::In { negated, left: boxed, values: constants },
            ListOperator::In { .. } => return Err(Problem::new(at, "`in~` on something else than text is not modelled")),
            ListOperator::HasAny | ListOperator::HasAll => {
                if left.kind != Type::String {
                    return Err(Problem::new(at, "`has_any` and `has_all` on something else than text are not modelled"));
                }
                Code::HasList { all: operator == ListOperator::HasAll, left: boxed, values: texts(constants) }
            }
        })
    }

    /// `countif(…)` and `count()`, inside `summarize` (learn.microsoft.com/kusto/query/countif-aggregation-function).
    pub(super) fn count(&mut self, at: usize, condition: Option<&'a Expression>, scope: &mut Scope<'_>) -> Planned<Typed> {
        let Some(counting) = scope.counting.as_mut() else {
            return Err(Problem::new(at, "an aggregation outside of `summarize`"));
        };
        let condition = match condition {
            None => None,
            Some(condition) => {
                let mut inside = Scope { columns: counting.inside, lets: scope.lets, counting: None };
                Some(self.condition(condition, &mut inside)?)
            }
        };
        counting.counts.push(condition);
        Ok(Typed { code: Code::Computed(counting.base + counting.counts.len() - 1), kind: Type::Long })
    }
}

/// The text that `replace_regex` writes: `\0` is the whole match, `\1` the first group
/// (learn.microsoft.com/kusto/query/replace-regex-function).
pub(super) fn rewrite(at: usize, text: &str, groups: usize) -> Planned<Vec<Rewrite>> {
    let (mut found, mut plain) = (Vec::new(), String::new());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match rest.next().and_then(|digit| digit.to_digit(10)) {
            Some(digit) if (digit as usize) < groups => {
                found.push(Rewrite::Text(std::mem::take(&mut plain)));
                found.push(Rewrite::Group(digit as usize));
            }
            _ => return Err(Problem::new(at, "a `\\` in a replacement is modelled before the number of a group only")),
        }
    }
    found.push(Rewrite::Text(plain));
    Ok(found)
}

/// A function and its arguments.
pub(super) fn calling(function: Function, arguments: Vec<Code>, kind: Type) -> Typed {
    Typed { code: Code::Call(function, arguments), kind }
}
