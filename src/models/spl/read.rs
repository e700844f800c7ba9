//! From the pairs of the grammar to the tree: precedence, what each command and function takes, and what is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address;
use super::call::call;
use super::grammar::{Node, Rule};
use super::lookups::Lookups;
use super::problem::{Problem, ProblemKind};
use super::text::{Wildcard, in_eval, in_search};
use super::tree::{Arithmetic, Command, Comparison, Slot, Term, Terms, Test};

/// The fields that a search names, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) all: Vec<String>,
    places: BTreeMap<String, Slot>,
}

impl Names {
    pub(super) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.places.get(name) {
            return *slot;
        }
        let slot = self.all.len();
        self.all.push(name.to_owned());
        self.places.insert(name.to_owned(), slot);
        slot
    }
}

/// The commands of a `query`.
pub(super) fn commands(query: Node<'_>, names: &mut Names, lookups: &Lookups) -> Result<Vec<Command>, Problem> {
    let whole = query.as_str();
    let mut out = Vec::new();
    for node in query.into_inner() {
        let text = node.as_str();
        out.push(match node.as_rule() {
            Rule::EOI => break,
            Rule::generating => return Err(Problem::unknown("a command that makes events is not known", whole)),
            Rule::base | Rule::search_command => Command::Search(terms(found(node, Rule::terms)?, names)?),
            Rule::where_command => match expression(found(node, Rule::expression)?, names)? {
                Expression::Test(test) => Command::Where(test),
                // SR/where: "these eval-expressions must be Boolean expressions".
                Expression::Term(_) => return Err(Problem::syntax("`where` takes a Boolean expression", text)),
            },
            Rule::eval_command => {
                let assignments = node.into_inner().filter(|inner| inner.as_rule() == Rule::assignment);
                Command::Eval(assignments.map(|each| assignment(each, names)).collect::<Result<_, _>>()?)
            }
            Rule::lookup_command => lookup(node, names, lookups)?,
            Rule::table_command => Command::Table(fields(node, names)?),
            Rule::fields_command => {
                let drops = node.clone().into_inner().any(|inner| inner.as_rule() == Rule::fields_sign && inner.as_str() == "-");
                let slots = fields(node, names)?;
                if drops { Command::Drop(slots) } else { Command::Keep(slots) }
            }
            Rule::rename_command => {
                let pairs = node.into_inner().filter(|inner| inner.as_rule() == Rule::renaming).map(|each| fields(each, names));
                let pair = |slots: Vec<Slot>| match slots.as_slice() {
                    [from, to] => Ok((*from, *to)),
                    _ => Err(unread(text)),
                };
                Command::Rename(pairs.map(|slots| pair(slots?)).collect::<Result<_, _>>()?)
            }
            Rule::other_command => return Err(Problem::unknown("this command is not known", text)),
            _ => return Err(unread(text)),
        });
    }
    Ok(out)
}

/// SR/lookup: `lookup TABLE COLUMN AS FIELD OUTPUT COLUMN AS FIELD`.
fn lookup(node: Node<'_>, names: &mut Names, lookups: &Lookups) -> Result<Command, Problem> {
    let text = node.as_str();
    let parts: Vec<String> =
        node.into_inner().filter(|inner| inner.as_rule() == Rule::field).map(|inner| field_name(&inner)).collect();
    let [table, column, from, output, to] = parts.as_slice() else { return Err(unread(text)) };
    let found = lookups.table(table)?;
    if found.column != *column || found.column != *output {
        return Err(Problem::unknown("the lookup has no such column", text));
    }
    Ok(Command::Lookup(found, names.slot(from), names.slot(to)))
}

fn unread(text: &str) -> Problem {
    Problem::syntax("this cannot be read", text)
}

/// The child of a rule.
fn found(node: Node<'_>, rule: Rule) -> Result<Node<'_>, Problem> {
    let text = node.as_str();
    node.into_inner().find(|inner| inner.as_rule() == rule).ok_or_else(|| unread(text))
}

fn only(node: Node<'_>) -> Result<Node<'_>, Problem> {
    let text = node.as_str();
    node.into_inner().next().ok_or_else(|| unread(text))
}

/// Names of fields behind `table`, `fields` or in `rename`.
fn fields(node: Node<'_>, names: &mut Names) -> Result<Vec<Slot>, Problem> {
    let mut slots = Vec::new();
    for each in node.into_inner().filter(|inner| inner.as_rule() == Rule::field) {
        let name = field_name(&each);
        if name.contains('*') {
            return Err(Problem::unknown("wildcards in names of fields are not known", &name));
        }
        slots.push(names.slot(&name));
    }
    Ok(slots)
}

fn field_name(node: &Node<'_>) -> String {
    let text = node.as_str();
    if text.starts_with('"') { in_search(text) } else { text.to_owned() }
}

// ---- search ---------------------------------------------------------------------------------------------------------------

/// SR/search, "Boolean expressions": parentheses, NOT, OR, AND; AND is implied between terms.
fn terms(node: Node<'_>, names: &mut Names) -> Result<Terms, Problem> {
    let mut all: Vec<Vec<Terms>> = Vec::new();
    let mut joins = false;
    for inner in node.into_inner() {
        match inner.as_rule() {
            Rule::or => joins = true,
            Rule::and => joins = false,
            _ => {
                let one = term(inner, names)?;
                match all.last_mut() {
                    Some(any) if joins => any.push(one),
                    _ => all.push(vec![one]),
                }
                joins = false;
            }
        }
    }
    let mut all: Vec<Terms> =
        all.into_iter().map(|mut any| if any.len() == 1 { any.remove(0) } else { Terms::Any(any) }).collect();
    Ok(if all.len() == 1 { all.remove(0) } else { Terms::All(all) })
}

fn term(node: Node<'_>, names: &mut Names) -> Result<Terms, Problem> {
    let text = node.as_str();
    let mut negated = false;
    for inner in node.into_inner() {
        let found = match inner.as_rule() {
            Rule::not => {
                negated = !negated;
                continue;
            }
            Rule::group => terms(only(inner)?, names)?,
            Rule::listed => listed(inner, names)?,
            Rule::compared => compared(inner, names)?,
            Rule::keyword => keyword(only(inner)?, names)?,
            _ => return Err(unread(text)),
        };
        return Ok(if negated { Terms::Not(Box::new(found)) } else { found });
    }
    Err(unread(text))
}

/// SR/search: `f IN (v, w)` is `f=v OR f=w`.
fn listed(node: Node<'_>, names: &mut Names) -> Result<Terms, Problem> {
    let text = node.as_str();
    let mut inner = node.into_inner();
    let slot = searched(&inner.next().ok_or_else(|| unread(text))?, names)?;
    let mut any = Vec::new();
    for value in inner.filter(|inner| inner.as_rule() == Rule::search_value) {
        any.push(equal(slot, &searched_value(value)?)?);
    }
    Ok(if any.len() == 1 { any.remove(0) } else { Terms::Any(any) })
}

fn compared(node: Node<'_>, names: &mut Names) -> Result<Terms, Problem> {
    let text = node.as_str();
    let mut inner = node.into_inner();
    let (Some(field), Some(operator), Some(value)) = (inner.next(), inner.next(), inner.next()) else { return Err(unread(text)) };
    let slot = searched(&field, names)?;
    let value = searched_value(value)?;
    Ok(match operator.as_str() {
        "=" => equal(slot, &value)?,
        "!=" if address::block(&value).is_some() => {
            return Err(Problem::unknown("`!=` with a block of addresses is not known", text));
        }
        "!=" => Terms::Unequal(slot, Wildcard::new(&value)?),
        _ if value.contains('*') => return Err(Problem::doubt("what an order with a wildcard means is not documented", text)),
        operator => Terms::Order(slot, comparison(operator).ok_or_else(|| unread(text))?, value),
    })
}

fn equal(slot: Slot, value: &str) -> Result<Terms, Problem> {
    let wildcard = Wildcard::new(value)?;
    Ok(match address::block(value) {
        Some(block) => Terms::Block(slot, block, wildcard),
        None => Terms::Equal(slot, wildcard),
    })
}

fn keyword(node: Node<'_>, names: &mut Names) -> Result<Terms, Problem> {
    let is_bare = !node.as_str().starts_with('"');
    let value = searched_value(node)?;
    if is_bare && value == "*" {
        return Ok(Terms::Everything);
    }
    let wildcard = Wildcard::new(&value)?;
    // SM, "Event segmentation and searching": a word is compared with the terms of the record. `*word*`, of letters and digits
    // alone, finds every term that holds it; what else is found depends on how the data is cut into terms.
    let is_word = wildcard.before && wildcard.behind && wildcard.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_word {
        return Err(Problem::doubt("what this keyword finds depends on how the record is cut into terms", &value));
    }
    Ok(Terms::Keyword(names.slot("_raw"), wildcard))
}

/// Names that `search` takes for something else than a field (SR/search, "Time options" and "search-modifier"; SR, "Time
/// modifiers").
const MODIFIERS: &[&str] = &[
    "earliest",
    "latest",
    "_index_earliest",
    "_index_latest",
    "now",
    "starttime",
    "endtime",
    "starttimeu",
    "endtimeu",
    "timeformat",
    "startdaysago",
    "enddaysago",
    "starthoursago",
    "endhoursago",
    "startminutesago",
    "endminutesago",
    "startmonthsago",
    "endmonthsago",
    "searchtimespandays",
    "searchtimespanhours",
    "searchtimespanminutes",
    "searchtimespanmonths",
    "daysago",
    "hoursago",
    "minutesago",
    "monthsago",
    "savedsearch",
    "savedsplunk",
    "eventtype",
    "eventtypetag",
    "hosttag",
    "tag",
    "splunk_server_group",
];

fn searched(node: &Node<'_>, names: &mut Names) -> Result<Slot, Problem> {
    let name = field_name(node);
    if MODIFIERS.contains(&name.as_str()) || name.contains("::") {
        return Err(Problem::unknown("this search modifier is not known", &name));
    }
    if name.contains('*') {
        return Err(Problem::unknown("wildcards in names of fields are not known", &name));
    }
    Ok(names.slot(&name))
}

/// The text of a value or keyword.
fn searched_value(node: Node<'_>) -> Result<String, Problem> {
    let text = node.as_str();
    if text.starts_with('"') {
        return Ok(in_search(text));
    }
    // SR/search: operators and keywords as values stand in quotation marks. SM, "Boolean expressions": they are upper case;
    // what lower case is, is not said.
    const WORDS: &[&str] = &["AND", "OR", "NOT", "XOR", "IN", "AS", "BY"];
    if WORDS.contains(&text) {
        return Err(Problem::syntax("a keyword as a value stands in quotation marks", text));
    }
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Err(Problem::doubt("whether this is a keyword is not documented", text));
    }
    if matches!(text, "TERM" | "CASE" | "PREFIX") || text.contains("::") {
        return Err(Problem::unknown("this directive is not known", text));
    }
    if text.contains(['\\', '\'', '$']) {
        return Err(Problem::doubt("what this is outside of quotation marks is not documented", text));
    }
    Ok(text.to_owned())
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "=" | "==" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

// ---- eval and where -------------------------------------------------------------------------------------------------------

/// A Boolean or a value: SR/eval keeps them apart.
#[derive(Debug)]
pub(super) enum Expression {
    Test(Test),
    Term(Term),
}

impl Expression {
    pub(super) fn test(self, near: &str) -> Result<Test, Problem> {
        match self {
            Expression::Test(test) => Ok(test),
            Expression::Term(_) => Err(Problem::syntax("this must be true or false", near)),
        }
    }

    /// SR/eval: "the result of an eval expression cannot be a Boolean".
    pub(super) fn term(self, near: &str) -> Result<Term, Problem> {
        match self {
            Expression::Term(term) => Ok(term),
            Expression::Test(_) => Err(Problem::syntax("a Boolean is no value", near)),
        }
    }
}

fn assignment(node: Node<'_>, names: &mut Names) -> Result<(Slot, Term), Problem> {
    let text = node.as_str();
    let mut inner = node.into_inner();
    let (Some(target), Some(value)) = (inner.next(), inner.next()) else { return Err(unread(text)) };
    let name = match target.as_str() {
        quoted if quoted.starts_with('"') => in_search(quoted),
        single if single.starts_with('\'') => single.trim_matches('\'').to_owned(),
        plain => plain.to_owned(),
    };
    let term = expression(value, names)?.term(text)?;
    Ok((names.slot(&name), term))
}

/// Operators of arithmetic in one expression: they stand to the left of each other in the tree.
const CHAIN: usize = 64;

/// An operator that waits for what stands to the right of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator<'t> {
    Not,
    Sign(&'t str),
}

impl Operator<'_> {
    /// How tightly it binds: SM, "Boolean expressions with logical operators" for NOT, AND, OR and XOR; the others as in
    /// arithmetic.
    fn level(self) -> u8 {
        match self {
            Operator::Sign("XOR") => 1,
            Operator::Sign("OR") => 2,
            Operator::Sign("AND") => 3,
            Operator::Not => 4,
            Operator::Sign("+" | "-") => 6,
            Operator::Sign("*" | "/" | "%") => 7,
            // SR/eval: `.` concatenates texts. Beside arithmetic it is refused.
            Operator::Sign(".") => 8,
            Operator::Sign(_) => COMPARE,
        }
    }
}

const COMPARE: u8 = 5;

pub(super) fn expression(node: Node<'_>, names: &mut Names) -> Result<Expression, Problem> {
    let mut reader = Reader { text: node.as_str(), values: Vec::new(), waiting: Vec::new(), chained: 0, joins: false };
    for inner in node.into_inner() {
        match inner.as_rule() {
            Rule::operand => {
                let mut negative = false;
                for part in inner.into_inner() {
                    match (part.as_rule(), part.as_str()) {
                        (Rule::prefix, "-") if !negative => negative = true,
                        (Rule::prefix, "NOT") if !negative => reader.negate()?,
                        (Rule::prefix, _) => return Err(unread(reader.text)),
                        _ => {
                            let value = primary(part, names)?;
                            reader.operand(negative, value)?;
                        }
                    }
                }
            }
            Rule::membership => {
                let near = inner.as_str();
                reader.reduce(COMPARE)?;
                let left = reader.subject()?;
                let mut values = Vec::new();
                for each in inner.into_inner().filter(|inner| inner.as_rule() == Rule::expression) {
                    values.push(expression(each, names)?.term(near)?);
                }
                reader.values.push(Expression::Test(super::call::membership(left, values, near)?));
            }
            _ => reader.sign(inner.as_str())?,
        }
    }
    reader.finish()
}

/// Operands and operators of one flat list; the shunting of Dijkstra's yard, so that precedence needs no recursion.
struct Reader<'t> {
    text: &'t str,
    values: Vec<Expression>,
    waiting: Vec<Operator<'t>>,
    chained: usize,
    joins: bool,
}

impl<'t> Reader<'t> {
    fn negate(&mut self) -> Result<(), Problem> {
        if self.waiting.last().is_some_and(|operator| operator.level() > Operator::Not.level()) {
            return Err(unread(self.text));
        }
        // Thrice is once, also of null.
        if self.waiting.ends_with(&[Operator::Not, Operator::Not]) {
            self.waiting.pop();
        } else {
            self.waiting.push(Operator::Not);
        }
        Ok(())
    }

    fn operand(&mut self, negative: bool, value: Expression) -> Result<(), Problem> {
        self.values.push(match (negative, value) {
            (false, value) => value,
            (true, Expression::Term(Term::Number(number))) => Expression::Term(Term::Number(-number)),
            (true, _) => return Err(Problem::unknown("a sign before something else than a number is not known", self.text)),
        });
        Ok(())
    }

    fn sign(&mut self, sign: &'t str) -> Result<(), Problem> {
        let operator = Operator::Sign(sign);
        match operator.level() {
            COMPARE => {
                self.reduce(COMPARE + 1)?;
                if self.waiting.last().is_some_and(|before| before.level() == COMPARE) {
                    return Err(Problem::syntax("comparisons do not follow each other", self.text));
                }
            }
            level => {
                self.reduce(level)?;
                self.joins |= sign == ".";
                self.chained += usize::from(matches!(sign, "XOR" | "+" | "-" | "*" | "/" | "%"));
                if self.chained > CHAIN {
                    return Err(Problem::new(ProblemKind::Limit, "too many operators stand in one expression", self.text));
                }
            }
        }
        self.waiting.push(operator);
        Ok(())
    }

    /// What stands before `IN`: Comparison and Conditional functions, `in`, has `field in(…)` and an example with a text; what
    /// else may stand there is not said.
    fn subject(&mut self) -> Result<Term, Problem> {
        let left = self.values.pop().ok_or_else(|| unread(self.text))?.term(self.text)?;
        if matches!(left, Term::Field(_) | Term::Text(_)) {
            return Ok(left);
        }
        Err(Problem::doubt("whether `IN` may stand behind an expression is not documented", self.text))
    }

    /// Applies the operators that bind at least so tightly.
    fn reduce(&mut self, level: u8) -> Result<(), Problem> {
        while let Some(operator) = self.waiting.pop_if(|operator| operator.level() >= level) {
            let right = self.values.pop().ok_or_else(|| unread(self.text))?;
            let whole = match operator {
                Operator::Not => Expression::Test(Test::Not(Box::new(right.test(self.text)?))),
                Operator::Sign(sign) => {
                    let left = self.values.pop().ok_or_else(|| unread(self.text))?;
                    combined(left, sign, right, self.text)?
                }
            };
            self.values.push(whole);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Expression, Problem> {
        // `.` joins texts and is a decimal point; how tightly it binds beside `+` is not said.
        if self.joins && self.chained > 0 {
            return Err(Problem::doubt("whether `.` binds tighter than arithmetic is not documented", self.text));
        }
        self.reduce(0)?;
        match (self.values.pop(), self.values.pop()) {
            (Some(whole), None) => Ok(whole),
            _ => Err(unread(self.text)),
        }
    }
}

fn combined(left: Expression, sign: &str, right: Expression, near: &str) -> Result<Expression, Problem> {
    let arithmetic = |operator: Arithmetic, left: Expression, right: Expression| {
        Ok(Expression::Term(Term::Arithmetic(Box::new(left.term(near)?), operator, Box::new(right.term(near)?))))
    };
    match sign {
        "AND" => {
            let right = right.test(near)?;
            Ok(Expression::Test(Test::All(match left.test(near)? {
                Test::All(parts) => with(parts, right),
                left => vec![left, right],
            })))
        }
        "OR" => {
            let right = right.test(near)?;
            Ok(Expression::Test(Test::Any(match left.test(near)? {
                Test::Any(parts) => with(parts, right),
                left => vec![left, right],
            })))
        }
        "XOR" => Ok(Expression::Test(Test::Either(Box::new(left.test(near)?), Box::new(right.test(near)?)))),
        "LIKE" => super::call::like(left.term(near)?, right.term(near)?, near).map(Expression::Test),
        "+" => arithmetic(Arithmetic::Add, left, right),
        "-" => arithmetic(Arithmetic::Subtract, left, right),
        "*" => arithmetic(Arithmetic::Multiply, left, right),
        "/" => arithmetic(Arithmetic::Divide, left, right),
        "%" => arithmetic(Arithmetic::Remainder, left, right),
        "." => {
            let right = right.term(near)?;
            Ok(Expression::Term(Term::Joined(match left.term(near)? {
                Term::Joined(parts) => with(parts, right),
                left => vec![left, right],
            })))
        }
        sign => {
            let comparison = comparison(sign).ok_or_else(|| unread(near))?;
            Ok(Expression::Test(Test::Compare(left.term(near)?, comparison, right.term(near)?)))
        }
    }
}

fn with<T>(mut parts: Vec<T>, more: T) -> Vec<T> {
    parts.push(more);
    parts
}

fn primary(node: Node<'_>, names: &mut Names) -> Result<Expression, Problem> {
    let text = node.as_str();
    Ok(match node.as_rule() {
        Rule::parens => return expression(only(node)?, names),
        Rule::call => return call(node, names),
        Rule::string => Expression::Term(Term::Text(Arc::from(in_eval(text)?))),
        Rule::number => Expression::Term(Term::Number(text.parse().map_err(|_| unread(text))?)),
        // SR/where: in single quotation marks stands the name of a field.
        Rule::single_field => Expression::Term(Term::Field(names.slot(text.trim_matches('\'')))),
        Rule::name if ["true", "false", "null"].iter().any(|word| word.eq_ignore_ascii_case(text)) => {
            return Err(Problem::doubt("whether this is a constant or a field is not documented", text));
        }
        Rule::name if ["and", "or", "not", "xor", "in", "like"].iter().any(|word| word.eq_ignore_ascii_case(text)) => {
            return Err(Problem::doubt("operators are written in capitals; what this is, is not documented", text));
        }
        Rule::name => Expression::Term(Term::Field(names.slot(text))),
        _ => return Err(unread(text)),
    })
}
