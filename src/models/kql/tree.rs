//! What was read, as a tree: names are not looked up yet, and nothing has a type.

use serde_json::Value as Json;

use super::grammar::{Node, Rule};
use super::literal;
use super::value::{Type, Value};
use crate::Problem;

/// A whole text: `let` statements and one pipeline.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub lets: Vec<Let>,
    pub pipeline: Pipeline,
}

#[derive(Clone, Debug)]
pub(super) struct Let {
    pub name: Name,
    pub value: LetValue,
}

/// A name alone is read as an expression; whether it is a table is seen where names are looked up.
#[derive(Clone, Debug)]
pub(super) enum LetValue {
    Scalar(Expression),
    Table(Pipeline),
}

#[derive(Clone, Debug)]
pub(super) struct Name {
    pub at: usize,
    pub text: String,
}

#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub source: Source,
    pub operators: Vec<Operator>,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Table(Name),
    Pipeline(Box<Pipeline>),
    Union(Vec<Pipeline>),
    /// A watchlist's alias.
    Watchlist(Name),
}

#[derive(Clone, Debug)]
pub(super) enum Operator {
    Where(Expression),
    Extend(Vec<Assignment>),
    Project(Vec<Assignment>),
    ProjectAway(Vec<Name>),
    ProjectKeep(Vec<Name>),
    ProjectRename(Vec<Assignment>),
    MvApply { at: usize, name: Option<Name>, array: Expression, kind: Type, steps: Vec<Operator> },
    Summarize(usize, Vec<Assignment>),
    Union(Vec<Pipeline>),
}

#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub name: Option<Name>,
    pub value: Expression,
}

#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Name(String),
    Literal(Value<'static>, Type),
    /// `*`, left of a text operator.
    AnyColumn,
    TypeOf(Type),
    Call(String, Vec<Expression>),
    Member(Box<Expression>, String),
    Item(Box<Expression>, Box<Expression>),
    Negative(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Binary(Infix, Box<Expression>, Box<Expression>),
    /// `in`, `has_any` and their kin.
    List(ListOperator, Box<Expression>, Vec<Expression>),
    Between {
        negated: bool,
        value: Box<Expression>,
        low: Box<Expression>,
        high: Box<Expression>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Infix {
    Equal { negated: bool },
    EqualFolded { negated: bool },
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
    Modulo,
    Matches,
    Text { negated: bool, operator: TextOperator, cased: bool },
}

/// The operators of learn.microsoft.com/kusto/query/datatypes-string-operators that look for a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextOperator {
    Contains,
    StartsWith,
    EndsWith,
    Has,
    HasPrefix,
    HasSuffix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListOperator {
    In { negated: bool, folded: bool },
    HasAny,
    HasAll,
}

type Read<T> = Result<T, Problem>;

/// A part of a node that the grammar promises; a fault of this program where it is not there.
fn promised<T>(part: Option<T>, at: usize) -> Read<T> {
    part.ok_or_else(|| Problem::new(at, "this cannot be read, by a fault of the model"))
}

/// The parts of a node, without the words that only say what it is.
fn inside(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.into_inner().filter(|part| {
        !matches!(
            part.as_rule(),
            Rule::kw_let
                | Rule::kw_union
                | Rule::kw_where
                | Rule::kw_extend
                | Rule::kw_project
                | Rule::kw_project_away
                | Rule::kw_project_keep
                | Rule::kw_project_rename
                | Rule::kw_mv_apply
                | Rule::kw_to
                | Rule::kw_on
                | Rule::kw_summarize
                | Rule::kw_typeof
                | Rule::kw_dynamic
        )
    })
}

fn at(node: &Node<'_>) -> usize {
    node.as_span().start()
}

pub(super) fn text(query: Node<'_>) -> Read<Text> {
    let (mut lets, mut found) = (Vec::new(), None);
    let start = at(&query);
    for node in inside(query) {
        match node.as_rule() {
            Rule::let_statement => {
                let start = at(&node);
                let mut parts = inside(node);
                let name = name(promised(parts.next(), start)?)?;
                let value = promised(parts.next(), start)?;
                let value = match value.as_rule() {
                    Rule::pipeline => LetValue::Table(pipeline(value)?),
                    _ => LetValue::Scalar(expression(value)?),
                };
                lets.push(Let { name, value });
            }
            Rule::pipeline => found = Some(pipeline(node)?),
            _ => {}
        }
    }
    Ok(Text { lets, pipeline: promised(found, start)? })
}

fn name(node: Node<'_>) -> Read<Name> {
    let start = at(&node);
    let inner = promised(inside(node).next(), start)?;
    let text = match inner.as_rule() {
        Rule::quoted_name => joined(promised(inside(inner).next(), start)?)?,
        _ => inner.as_str().to_owned(),
    };
    Ok(Name { at: start, text })
}

/// Literals side by side, joined.
fn joined(node: Node<'_>) -> Read<String> {
    let mut found = String::new();
    for part in inside(node) {
        let start = at(&part);
        found.push_str(&literal::text(part.as_str()).map_err(|message| Problem::new(start, message))?);
    }
    Ok(found)
}

fn pipeline(node: Node<'_>) -> Read<Pipeline> {
    let start = at(&node);
    let mut parts = inside(node);
    let source = promised(parts.next(), start)?;
    let source = promised(leg(source), start)??;
    Ok(Pipeline { source, operators: parts.map(operator).collect::<Read<_>>()? })
}

fn leg(node: Node<'_>) -> Option<Read<Source>> {
    let start = at(&node);
    Some(match node.as_rule() {
        Rule::table => promised(inside(node).next(), start).and_then(name).map(Source::Table),
        Rule::bracketed => promised(inside(node).next(), start).and_then(pipeline).map(|inner| Source::Pipeline(Box::new(inner))),
        Rule::union => union(node).map(Source::Union),
        Rule::watchlist => {
            promised(inside(node).next(), start).and_then(|text| Ok(Source::Watchlist(Name { at: start, text: joined(text)? })))
        }
        _ => return None,
    })
}

/// `kind=outer` is the default, `isfuzzy` is about tables that are not there
/// (learn.microsoft.com/kusto/query/union-operator).
fn union(node: Node<'_>) -> Read<Vec<Pipeline>> {
    let mut legs = Vec::new();
    for part in inside(node) {
        let start = at(&part);
        if part.as_rule() == Rule::union_flag {
            let known = part.as_str().split_whitespace().collect::<String>();
            if !matches!(known.as_str(), "kind=outer" | "isfuzzy=true" | "isfuzzy=false") {
                return Err(Problem::new(start, format!("`union` with `{known}` is not modelled")));
            }
        } else {
            legs.push(Pipeline { source: promised(leg(part), start)??, operators: Vec::new() });
        }
    }
    Ok(legs)
}

fn operator(node: Node<'_>) -> Read<Operator> {
    let start = at(&node);
    fn first(node: Node<'_>) -> Read<Node<'_>> {
        let start = at(&node);
        promised(inside(node).next(), start)
    }
    let names = |node: Node<'_>| inside(node).map(name).collect::<Read<Vec<_>>>();
    Ok(match node.as_rule() {
        Rule::r#where => Operator::Where(expression(first(node)?)?),
        Rule::extend => Operator::Extend(assignments(node)?),
        Rule::project => Operator::Project(assignments(node)?),
        Rule::project_away => Operator::ProjectAway(names(node)?),
        Rule::project_keep => Operator::ProjectKeep(names(node)?),
        Rule::project_rename => Operator::ProjectRename(assignments(node)?),
        Rule::summarize => Operator::Summarize(start, assignments(node)?),
        Rule::union => Operator::Union(union(node)?),
        Rule::mv_apply => mv_apply(node)?,
        Rule::other => {
            let word = first(node)?.as_str().to_owned();
            return Err(Problem::new(start, format!("the operator `{word}` is not modelled")));
        }
        _ => return Err(Problem::new(start, "no operator of a pipeline")),
    })
}

fn assignments(node: Node<'_>) -> Read<Vec<Assignment>> {
    inside(node)
        .map(|assignment| {
            let (mut found, start) = (None, at(&assignment));
            let mut value = None;
            for part in inside(assignment) {
                match part.as_rule() {
                    Rule::name => found = Some(name(part)?),
                    _ => value = Some(expression(part)?),
                }
            }
            Ok(Assignment { name: found, value: promised(value, start)? })
        })
        .collect()
}

fn mv_apply(node: Node<'_>) -> Read<Operator> {
    let start = at(&node);
    let (mut element, mut array, mut kind, mut steps) = (None, None, Type::Dynamic, Vec::new());
    for part in inside(node) {
        match part.as_rule() {
            Rule::name => element = Some(name(part)?),
            Rule::element_type => kind = type_of(promised(inside(part).next(), start)?)?,
            Rule::subquery => steps = inside(part).map(operator).collect::<Read<_>>()?,
            _ => array = Some(expression(part)?),
        }
    }
    Ok(Operator::MvApply { at: start, name: element, array: promised(array, start)?, kind, steps })
}

fn type_of(node: Node<'_>) -> Read<Type> {
    let start = at(&node);
    let word = promised(inside(node).next(), start)?;
    Type::parse(word.as_str()).ok_or_else(|| Problem::new(start, format!("the type `{}` is not modelled", word.as_str())))
}

/// One operator of an expression and what stands right of it.
enum Right {
    Infix(String, Expression),
    List(ListOperator, Vec<Expression>),
    Between(bool, Expression, Expression),
}

fn expression(node: Node<'_>) -> Read<Expression> {
    let start = at(&node);
    let mut parts = inside(node);
    let first = unary(promised(parts.next(), start)?)?;
    let mut rest = Vec::new();
    while let Some(part) = parts.next() {
        let word = part.as_str();
        rest.push(match part.as_rule() {
            Rule::range_operator => {
                let low = expression(promised(parts.next(), start)?)?;
                Right::Between(word.starts_with('!'), low, expression(promised(parts.next(), start)?)?)
            }
            Rule::list_operator => {
                let operator = match word {
                    "has_any" => ListOperator::HasAny,
                    "has_all" => ListOperator::HasAll,
                    word => ListOperator::In { negated: word.starts_with('!'), folded: word.ends_with('~') },
                };
                let values = inside(promised(parts.next(), start)?).map(expression).collect::<Read<_>>()?;
                Right::List(operator, values)
            }
            _ => {
                let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
                Right::Infix(word, unary(promised(parts.next(), start)?)?)
            }
        });
    }
    joined_by_or(first, rest)
}

/// `or` binds less than `and` (learn.microsoft.com/kusto/query/logical-operators).
fn joined_by_or(first: Expression, rest: Vec<Right>) -> Read<Expression> {
    let start = first.at;
    let mut alternatives = Vec::new();
    let (mut parts, mut head, mut run) = (Vec::new(), first, Vec::new());
    for right in rest {
        match right {
            Right::Infix(word, next) if word == "and" || word == "or" => {
                parts.push(comparison(std::mem::replace(&mut head, next), std::mem::take(&mut run))?);
                if word == "or" {
                    alternatives.push(of_parts(start, std::mem::take(&mut parts), Kind::All));
                }
            }
            other => run.push(other),
        }
    }
    parts.push(comparison(head, run)?);
    alternatives.push(of_parts(start, parts, Kind::All));
    Ok(of_parts(start, alternatives, Kind::Any))
}

fn of_parts(at: usize, mut parts: Vec<Expression>, kind: impl FnOnce(Vec<Expression>) -> Kind) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            Expression { at, kind: kind(parts) }
        }
    }
}

/// One comparison at most, around sums. The documentation has no table of precedence for the rest, so that two comparisons, or
/// a text operator beside arithmetic, need brackets here.
fn comparison(first: Expression, rest: Vec<Right>) -> Read<Expression> {
    let start = first.at;
    let (mut left, mut compared, mut head, mut run) = (None, None, first, Vec::new());
    for right in rest {
        let next = match right {
            Right::Infix(word, next) => {
                let operator = infix(&word, next.at)?;
                if let Some(arithmetic) = is_arithmetic(operator) {
                    run.push((operator, arithmetic, next));
                    continue;
                }
                Ok((operator, next))
            }
            Right::List(operator, values) => Err(Kind::List(operator, Box::new(placeholder(start)), values)),
            Right::Between(negated, low, high) => {
                let (value, low, high) = (Box::new(placeholder(start)), Box::new(low), Box::new(high));
                Err(Kind::Between { negated, value, low, high })
            }
        };
        if compared.is_some() {
            return Err(Problem::new(start, "two comparisons side by side need brackets"));
        }
        let whole = sum(head, std::mem::take(&mut run))?;
        match next {
            Ok((operator, next)) => {
                compared = Some(operator);
                left = Some(whole);
                head = next;
            }
            Err(mut kind) => {
                match &mut kind {
                    Kind::List(_, value, _) | Kind::Between { value, .. } => **value = whole,
                    _ => {}
                }
                head = Expression { at: start, kind };
                compared = Some(Infix::Matches);
            }
        }
    }
    if let (Some(Infix::Text { .. } | Infix::Matches | Infix::EqualFolded { .. }), false) = (compared, run.is_empty()) {
        return Err(Problem::new(start, "arithmetic beside an operator on text needs brackets"));
    }
    let right = sum(head, run)?;
    Ok(match (left, compared) {
        (Some(left), Some(operator)) => Expression { at: start, kind: Kind::Binary(operator, Box::new(left), Box::new(right)) },
        _ => right,
    })
}

fn placeholder(at: usize) -> Expression {
    Expression { at, kind: Kind::AnyColumn }
}

/// Whether an operator is arithmetic, and if so whether it binds more.
fn is_arithmetic(operator: Infix) -> Option<bool> {
    match operator {
        Infix::Plus | Infix::Minus => Some(false),
        Infix::Times | Infix::Divided | Infix::Modulo => Some(true),
        _ => None,
    }
}

fn sum(first: Expression, rest: Vec<(Infix, bool, Expression)>) -> Read<Expression> {
    let start = first.at;
    let binary = |operator, left, right| {
        let kind = Kind::Binary(operator, Box::new(left), Box::new(right));
        Expression { at: start, kind }
    };
    if rest.len() > 64 {
        return Err(Problem::new(start, "a sum of more than 64 parts is not modelled"));
    }
    let (mut total, mut product) = (None, first);
    for (operator, binds_more, next) in rest {
        if binds_more {
            product = binary(operator, product, next);
        } else {
            let done = std::mem::replace(&mut product, next);
            let so_far = match total.take() {
                None => done,
                Some((before, left)) => binary(before, left, done),
            };
            total = Some((operator, so_far));
        }
    }
    Ok(match total {
        None => product,
        Some((operator, left)) => binary(operator, left, product),
    })
}

fn infix(word: &str, at: usize) -> Read<Infix> {
    let (negated, positive) = word.strip_prefix('!').map_or((false, word), |positive| (true, positive));
    Ok(match word {
        "==" => Infix::Equal { negated: false },
        "!=" => Infix::Equal { negated: true },
        "=~" => Infix::EqualFolded { negated: false },
        "!~" => Infix::EqualFolded { negated: true },
        "<" => Infix::Less,
        "<=" => Infix::LessOrEqual,
        ">" => Infix::Greater,
        ">=" => Infix::GreaterOrEqual,
        "+" => Infix::Plus,
        "-" => Infix::Minus,
        "*" => Infix::Times,
        "/" => Infix::Divided,
        "%" => Infix::Modulo,
        "matches regex" => Infix::Matches,
        _ => {
            let (root, cased) = positive.strip_suffix("_cs").map_or((positive, false), |root| (root, true));
            let operator = match root {
                "contains" => TextOperator::Contains,
                "startswith" => TextOperator::StartsWith,
                "endswith" => TextOperator::EndsWith,
                "has" => TextOperator::Has,
                "hasprefix" => TextOperator::HasPrefix,
                "hassuffix" => TextOperator::HasSuffix,
                _ => return Err(Problem::new(at, format!("the operator `{word}` is not modelled"))),
            };
            Infix::Text { negated, operator, cased }
        }
    })
}

fn unary(node: Node<'_>) -> Read<Expression> {
    let start = at(&node);
    let (mut negative, mut found) = (false, None);
    for (index, part) in inside(node).enumerate() {
        if index > 32 {
            return Err(Problem::new(start, "a way of more than 32 steps into a dynamic value is not modelled"));
        }
        let here = at(&part);
        found = match (part.as_rule(), found) {
            (Rule::minus, _) => {
                negative = true;
                None
            }
            (Rule::member, Some(of)) => {
                let member = promised(inside(part).next(), here)?.as_str().to_owned();
                Some(Expression { at: here, kind: Kind::Member(Box::new(of), member) })
            }
            (Rule::item, Some(of)) => {
                let index = expression(promised(inside(part).next(), here)?)?;
                Some(Expression { at: here, kind: Kind::Item(Box::new(of), Box::new(index)) })
            }
            (_, _) => Some(primary(part)?),
        };
    }
    let found = promised(found, start)?;
    Ok(if negative { Expression { at: start, kind: Kind::Negative(Box::new(found)) } } else { found })
}

fn primary(node: Node<'_>) -> Read<Expression> {
    let start = at(&node);
    let problem = |message| Problem::new(start, message);
    let kind = match node.as_rule() {
        Rule::any_column => Kind::AnyColumn,
        Rule::text => Kind::Literal(literal::of_text(joined(node)?), Type::String),
        Rule::number => {
            let (value, kind) = literal::number(node.as_str()).map_err(problem)?;
            Kind::Literal(value, kind)
        }
        Rule::span => Kind::Literal(Value::Span(literal::span(node.as_str()).map_err(problem)?), Type::Timespan),
        Rule::boolean => Kind::Literal(Value::Bool(node.as_str() == "true"), Type::Bool),
        Rule::dynamic => {
            let inner = promised(inside(node).next(), start)?;
            Kind::Literal(Value::dynamic(json(inner)?), Type::Dynamic)
        }
        Rule::type_of => Kind::TypeOf(type_of(node)?),
        Rule::typed => {
            let mut parts = inside(node);
            let word = promised(parts.next(), start)?;
            let kind = promised(Type::parse(word.as_str()), start)?;
            let inner = promised(parts.next(), start)?;
            Kind::Literal(literal::typed(kind, inner.as_str()).map_err(problem)?, kind)
        }
        Rule::call => {
            let mut parts = inside(node);
            let word = promised(parts.next(), start)?.as_str().to_owned();
            Kind::Call(word, parts.map(expression).collect::<Read<_>>()?)
        }
        Rule::parenthesised => return expression(promised(inside(node).next(), start)?),
        _ => Kind::Name(name(node)?.text),
    };
    Ok(Expression { at: start, kind })
}

/// The inside of `dynamic(…)` (learn.microsoft.com/kusto/query/scalar-data-types/dynamic, "Dynamic literals").
fn json(node: Node<'_>) -> Read<Json> {
    let start = at(&node);
    Ok(match node.as_rule() {
        Rule::json_null => Json::Null,
        Rule::boolean => Json::Bool(node.as_str() == "true"),
        Rule::text => Json::String(joined(node)?),
        Rule::json_array => Json::Array(inside(node).map(json).collect::<Read<_>>()?),
        Rule::json_object => Json::Object(
            inside(node)
                .map(|member| {
                    let mut parts = inside(member);
                    let name = joined(promised(parts.next(), start)?)?;
                    Ok((name, json(promised(parts.next(), start)?)?))
                })
                .collect::<Read<_>>()?,
        ),
        _ => serde_json::from_str(node.as_str()).map_err(|_| Problem::new(start, "no number of JSON"))?,
    })
}
