//! From the tree to text, laid out for a reader: one clause a line, lists broken where they grow long.

use std::net::IpAddr;

use crate::ir::Order;

use super::ast::{Arithmetic, Block, Definition, FieldName, Predicate, Query, Replacement, Search, Stage, Value, Wildcard};
use super::layout::{Doc, INDENT, Join, new_line};
use super::{escape, patterns};

/// The query with a line feed at its end.
pub fn query(query: &Query) -> String {
    let mut out = base_line(&query.base);
    for line in &query.base.lines {
        new_line(&mut out, INDENT);
        search(line).write(&mut out, INDENT);
    }
    for stage_ in &query.stages {
        out.push_str("\n| ");
        stage(&mut out, stage_);
    }
    out.push('\n');
    out
}

/// The body of a macro, without a line feed at its end.
pub fn definition(definition: &Definition) -> String {
    let mut out = String::new();
    match definition {
        Definition::Search(part) => out.push_str(&search(part).flat()),
        Definition::Stages(stages) => {
            for (index, each) in stages.iter().enumerate() {
                if index > 0 {
                    out.push_str("\n| ");
                }
                stage(&mut out, each);
            }
        }
    }
    out
}

/// One search expression on one line, for explanations.
pub fn search_line(part: &Search) -> String {
    search(part).flat()
}

/// One `where` on one line, for explanations.
pub fn where_line(part: &Predicate) -> String {
    let mut out = "where ".to_owned();
    out.push_str(&predicate(part, false).flat());
    out
}

fn stage(out: &mut String, stage: &Stage) {
    match stage {
        Stage::Search(parts) => {
            out.push_str("search");
            for (index, part) in parts.iter().enumerate() {
                if index == 0 {
                    out.push(' ');
                } else {
                    new_line(out, INDENT);
                }
                search(part).write(out, INDENT);
            }
        }
        Stage::Eval(assignments) => {
            out.push_str("eval ");
            for (index, (name, expression)) in assignments.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                    new_line(out, INDENT);
                }
                let mut head = String::new();
                escape::field(&mut head, name);
                head.push('=');
                assigned(head, expression).write(out, INDENT);
            }
        }
        Stage::Lookup { table, field, found } => {
            out.push_str("lookup ");
            out.push_str(table.as_str());
            out.push_str(" key AS ");
            escape::field(out, field);
            out.push_str(" OUTPUT key AS ");
            escape::field(out, found);
        }
        Stage::Where(test) => {
            out.push_str("where ");
            predicate(test, false).write(out, 0);
        }
        Stage::Macro(name) => macro_call(out, name.as_str()),
        Stage::Table(fields) => {
            out.push_str("table");
            for field in fields {
                out.push(' ');
                escape::field(out, field);
            }
        }
    }
}

/// What an `eval` gives to a name; a `case` may be laid out over several lines.
fn assigned(mut head: String, expression: &Value) -> Doc {
    if let Value::Case(arms) = expression {
        let parts = arms.iter().map(|(test, then)| {
            let mut out = predicate(test, false).flat();
            out.push_str(", ");
            value(&mut out, then, Place::Argument);
            Doc::Text(out)
        });
        head.push_str("case(");
        return Doc::Group { open: head, parts: parts.collect(), join: Join::Comma, close: ")" };
    }
    value(&mut head, expression, Place::Argument);
    Doc::Text(head)
}

fn macro_call(out: &mut String, name: &str) {
    out.push('`');
    out.push_str(name);
    out.push('`');
}

fn search(part: &Search) -> Doc {
    match part {
        // The forms of one file name stay on one line.
        Search::Equals { field, values } => {
            let name = |value: &Wildcard| value.text().trim_start_matches(['\\', '/']).to_owned();
            list(field, values, escape::wildcard, |one, other| name(one) == name(other))
        }
        Search::Numbers { field, values } => list(field, values, |out, number| integer(out, *number), |_, _| false),
        Search::Blocks { field, values } => list(field, values, block, |_, _| false),
        Search::Order { field, order, value } => {
            let mut out = String::new();
            escape::field(&mut out, field);
            out.push_str(sign(*order));
            integer(&mut out, *value);
            Doc::Text(out)
        }
        Search::Exists(field) => {
            let mut out = String::new();
            escape::field(&mut out, field);
            out.push_str("=*");
            Doc::Text(out)
        }
        Search::Keyword(word) => {
            let mut out = String::new();
            escape::wildcard(&mut out, word);
            Doc::Text(out)
        }
        Search::All(parts) => group(parts.iter().map(search).collect(), "AND", true),
        Search::Any(parts) => group(parts.iter().map(search).collect(), "OR", true),
        Search::Not(inner) => prefixed("NOT ", search(inner)),
        Search::Everything => Doc::Text("*".to_owned()),
    }
}

/// `F="v"`, or `F IN ("v", "w")`. `together`: neighbours that are not parted when the list is broken.
fn list<T>(field: &FieldName, values: &[T], write: impl Fn(&mut String, &T), together: impl Fn(&T, &T) -> bool) -> Doc {
    let mut open = String::new();
    escape::field(&mut open, field);
    if let [value] = values {
        open.push('=');
        write(&mut open, value);
        return Doc::Text(open);
    }
    open.push_str(" IN (");
    let parts = values.chunk_by(together).map(|run| {
        let mut out = String::new();
        for (index, value) in run.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            write(&mut out, value);
        }
        Doc::Text(out)
    });
    Doc::Group { open, parts: parts.collect(), join: Join::Comma, close: ")" }
}

fn group(mut parts: Vec<Doc>, operator: &'static str, parentheses: bool) -> Doc {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let (open, close) = if parentheses { ("(", ")") } else { ("", "") };
    Doc::Group { open: open.to_owned(), parts, join: Join::Operator(operator), close }
}

fn prefixed(prefix: &str, doc: Doc) -> Doc {
    match doc {
        Doc::Text(text) => Doc::Text([prefix, &text].concat()),
        Doc::Group { open, parts, join, close } => Doc::Group { open: [prefix, &open].concat(), parts, join, close },
    }
}

/// A number in `search`; a negative one in quotes, for `-` begins no value that the documentation shows.
fn integer(out: &mut String, number: i64) {
    let digits = number.to_string();
    if number < 0 {
        out.push('"');
        out.push_str(&digits);
        out.push('"');
    } else {
        out.push_str(&digits);
    }
}

fn block(out: &mut String, block: &Block) {
    out.push('"');
    out.push_str(&block_text(block));
    out.push('"');
}

/// A block as a file of a lookup holds it.
pub fn block_text(block: &Block) -> String {
    let mut out = String::new();
    match block.network {
        // In groups of digits: how many programs read `::ffff:10.0.0.0` is not documented.
        IpAddr::V6(network) if network.to_ipv4_mapped().is_some() => {
            let [.., high, low] = network.segments();
            out.push_str("::ffff:");
            out.push_str(&patterns::hex(i64::from(high)));
            out.push(':');
            out.push_str(&patterns::hex(i64::from(low)));
        }
        network => out.push_str(&network.to_string()),
    }
    out.push('/');
    out.push_str(&block.prefix.to_string());
    out
}

fn sign(order: Order) -> &'static str {
    match order {
        Order::Equal => "=",
        Order::Less => "<",
        Order::LessOrEqual => "<=",
        Order::Greater => ">",
        Order::GreaterOrEqual => ">=",
    }
}

/// `inner`: whether the predicate stands beside others, so that a group needs its parentheses.
fn predicate(test: &Predicate, inner: bool) -> Doc {
    let mut out = String::new();
    match test {
        Predicate::Match(subject, pattern) => {
            out.push_str("match(");
            value(&mut out, subject, Place::Argument);
            out.push_str(", ");
            escape::pattern(&mut out, pattern);
            out.push(')');
        }
        Predicate::Compare(left, order, right) => {
            value(&mut out, left, Place::Operand);
            out.push_str(sign(*order));
            value(&mut out, right, Place::Operand);
        }
        // The function: the documentation has `v IN (w, x)` behind a field or a text only (Comparison and Conditional functions),
        // and a function's argument may be a function (Evaluation functions, "Nested functions").
        Predicate::In(subject, values) => {
            let parts = std::iter::once(subject).chain(values).map(|each| {
                let mut out = String::new();
                value(&mut out, each, Place::Argument);
                Doc::Text(out)
            });
            return Doc::Group { open: "in(".to_owned(), parts: parts.collect(), join: Join::Comma, close: ")" };
        }
        Predicate::Cidr(network, subject) => {
            out.push_str("cidrmatch(");
            block(&mut out, network);
            out.push_str(", ");
            value(&mut out, subject, Place::Argument);
            out.push(')');
        }
        Predicate::IsNull(subject) => call(&mut out, "isnull", subject),
        Predicate::IsNotNull(subject) => call(&mut out, "isnotnull", subject),
        Predicate::All(parts) => {
            return group(parts.iter().map(|part| predicate(part, parts.len() > 1 || inner)).collect(), "AND", inner);
        }
        Predicate::Any(parts) => {
            return group(parts.iter().map(|part| predicate(part, parts.len() > 1 || inner)).collect(), "OR", inner);
        }
        Predicate::Not(sure) => return prefixed("NOT ", predicate(sure.predicate(), true)),
        Predicate::Constant(truth) => out.push_str(if *truth { "true()" } else { "false()" }),
    }
    Doc::Text(out)
}

fn call(out: &mut String, name: &str, argument: &Value) {
    out.push_str(name);
    out.push('(');
    value(out, argument, Place::Argument);
    out.push(')');
}

/// Where a value stands: beside an operator it may need parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Argument,
    Operand,
}

fn value(out: &mut String, expression: &Value, place: Place) {
    match expression {
        Value::Field(field) => escape::eval_field(out, field),
        Value::Text(text) => escape::text(out, text),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&number.to_string()),
        Value::Null => out.push_str("null()"),
        Value::Lower(inner) => call(out, "lower", inner),
        Value::Length(inner) => call(out, "len", inner),
        Value::Count(inner) => call(out, "mvcount", inner),
        Value::Floor(inner) => call(out, "floor", inner),
        Value::Number { value: inner, base } => {
            out.push_str("tonumber(");
            value(out, inner, Place::Argument);
            if let Some(base) = base {
                out.push_str(", ");
                out.push_str(&base.to_string());
            }
            out.push(')');
        }
        Value::Substring { value: inner, start, length } => {
            out.push_str("substr(");
            arguments(out, [&**inner, start].into_iter().chain(length.as_deref()));
            out.push(')');
        }
        Value::Replace { value: inner, pattern, with } => {
            out.push_str("replace(");
            value(out, inner, Place::Argument);
            out.push_str(", ");
            escape::pattern(out, pattern);
            out.push_str(", ");
            match with {
                Replacement::Nothing => out.push_str("\"\""),
                Replacement::Text(text) => escape::text(out, text),
            }
            out.push(')');
        }
        Value::Coalesce(parts) => {
            out.push_str("coalesce(");
            arguments(out, parts.iter());
            out.push(')');
        }
        Value::Joined(parts) => parenthesised(out, place, |out| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('.');
                }
                value(out, part, Place::Operand);
            }
        }),
        Value::If { test, then, otherwise } => {
            out.push_str("if(");
            out.push_str(&predicate(test, false).flat());
            out.push_str(", ");
            arguments(out, [&**then, otherwise].into_iter());
            out.push(')');
        }
        Value::Case(arms) => {
            out.push_str("case(");
            for (index, (test, then)) in arms.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&predicate(test, false).flat());
                out.push_str(", ");
                value(out, then, Place::Argument);
            }
            out.push(')');
        }
        Value::Element { field, index } => {
            out.push_str("mvindex(");
            escape::eval_field(out, field);
            out.push_str(", ");
            out.push_str(&index.to_string());
            out.push(')');
        }
        Value::Filter(test) => {
            out.push_str("mvfilter(");
            out.push_str(&predicate(test, false).flat());
            out.push(')');
        }
        Value::Map { field, value: inner } => {
            out.push_str("mvmap(");
            escape::eval_field(out, field);
            out.push_str(", ");
            value(out, inner, Place::Argument);
            out.push(')');
        }
        Value::Split { value: inner, at } => {
            out.push_str("split(");
            arguments(out, [&**inner, at].into_iter());
            out.push(')');
        }
        Value::LastLabels { value: inner, count } => {
            out.push_str("mvjoin(mvindex(split(");
            value(out, inner, Place::Argument);
            out.push_str(&format!(", \".\"), -{count}, -1), \".\")"));
        }
        Value::List { parts, separator } => {
            out.push_str("mvjoin(mvappend(");
            arguments(out, parts.iter());
            out.push_str("), ");
            escape::text(out, separator);
            out.push(')');
        }
        Value::Path { field, path } => {
            out.push_str("spath(");
            escape::eval_field(out, field);
            out.push_str(", ");
            escape::text(out, path);
            out.push(')');
        }
        Value::Arithmetic { operator, left, right } => parenthesised(out, place, |out| {
            value(out, left, Place::Operand);
            out.push_str(match operator {
                Arithmetic::Add => " + ",
                Arithmetic::Subtract => " - ",
                Arithmetic::Divide => " / ",
                Arithmetic::Remainder => " % ",
            });
            value(out, right, Place::Operand);
        }),
    }
}

fn arguments<'a>(out: &mut String, parts: impl Iterator<Item = &'a Value>) {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        value(out, part, Place::Argument);
    }
}

fn parenthesised(out: &mut String, place: Place, write: impl FnOnce(&mut String)) {
    if place == Place::Operand {
        out.push('(');
    }
    write(out);
    if place == Place::Operand {
        out.push(')');
    }
}

/// The first line of a query: the macro of the log source and what else its events say.
pub fn base_line(base: &super::ast::Base) -> String {
    let mut out = String::new();
    macro_call(&mut out, base.scope.as_str());
    for kind in &base.kind {
        out.push(' ');
        out.push_str(&search(kind).flat());
    }
    out
}
