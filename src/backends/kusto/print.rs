//! From the tree to the text of a query, one clause a line.

use std::net::IpAddr;

use super::ast::{AnyElement, Dynamic, IpVersion, Maybe, Moment, Number, Predicate, Program, Scalar, Step, Text, TextComparison};
use super::{escape, pattern};
use crate::ir::{Case, IpBlock, Order};

/// Columns of text after which a condition is broken into lines.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// The whole query, with a line feed at its end.
pub fn program(program: &Program) -> String {
    let mut out = String::new();
    for list in &program.lists {
        out.push_str("let ");
        escape::name(list, &mut out);
        out.push_str(" = _GetWatchlist(");
        escape::text(list, &mut out);
        out.push_str(") | project SearchKey;\n");
    }
    match &program.name {
        Some(name) => {
            out.push_str("let ");
            escape::name(name, &mut out);
            out.push_str(" =\n");
            pipeline(&program.table, &program.rule, INDENT, &mut out);
            out.push_str(";\n");
            pipeline(name, &program.rest, 0, &mut out);
        }
        None => {
            pipeline(&program.table, &program.rule, 0, &mut out);
            steps(&program.rest, 0, &mut out);
        }
    }
    out.push('\n');
    out
}

/// A table and the operators that its rows pass through, without a line feed at the end.
fn pipeline(table: &str, of: &[Step], indent: usize, out: &mut String) {
    spaces(indent, out);
    escape::name(table, out);
    steps(of, indent, out);
}

fn steps(of: &[Step], indent: usize, out: &mut String) {
    for each in of {
        out.push('\n');
        spaces(indent, out);
        out.push_str("| ");
        step(each, indent, out);
    }
}

/// The text of one clause, as it stands in the query.
pub fn clause(condition: &Maybe) -> String {
    let mut out = String::new();
    block(condition.predicate(), INDENT, "| where ".len(), &mut out);
    out
}

fn step(step: &Step, indent: usize, out: &mut String) {
    match step {
        Step::Where(condition) => {
            out.push_str("where ");
            block(condition.predicate(), indent + INDENT, indent + "| where ".len(), out);
        }
        Step::Extend(columns) => {
            out.push_str("extend ");
            for (index, (name, value)) in columns.iter().enumerate() {
                if index > 0 {
                    out.push_str(",\n");
                    spaces(indent + "| extend ".len(), out);
                }
                escape::name(name, out);
                out.push_str(" = ");
                match value {
                    Scalar::Text(value) => long_text(value, indent + "| extend ".len() + INDENT, out),
                    value => scalar(value, out),
                }
            }
        }
        Step::AnyElement(each) => any_element(each, indent + INDENT, out),
        Step::Project(names) => {
            out.push_str("project ");
            for (index, name) in names.iter().enumerate() {
                separate(index, ", ", out);
                escape::name(name, out);
            }
        }
    }
}

/// A text that may be long: an arm of a `case`, and the replacements of a chain, on lines of their own.
fn long_text(value: &Text, indent: usize, out: &mut String) {
    let mut line = String::new();
    text(value, &mut line);
    if indent + line.chars().count() <= WIDTH {
        out.push_str(&line);
        return;
    }
    let newline = |out: &mut String| {
        out.push('\n');
        spaces(indent, out);
    };
    match value {
        Text::Case { arms, otherwise } => {
            out.push_str("case(");
            for (condition, value) in arms {
                newline(out);
                inline(condition.predicate(), out);
                out.push_str(", ");
                text(value, out);
                out.push(',');
            }
            newline(out);
            text(otherwise, out);
            out.push(')');
        }
        Text::Concat(parts) => {
            out.push_str("strcat(");
            for (index, part) in parts.iter().enumerate() {
                separate(index, ",", out);
                newline(out);
                long_text(part, indent + INDENT, out);
            }
            out.push(')');
        }
        Text::If { condition, then, otherwise } => {
            out.push_str("iff(");
            inline(condition.predicate(), out);
            for part in [then, otherwise] {
                out.push(',');
                newline(out);
                long_text(part, indent + INDENT, out);
            }
            out.push(')');
        }
        Text::Coalesce(parts) => {
            out.push_str("coalesce(");
            for (index, part) in parts.iter().enumerate() {
                separate(index, ",", out);
                newline(out);
                long_text(part, indent + INDENT, out);
            }
            out.push(')');
        }
        Text::Replace { .. } => {
            let mut chain = Vec::new();
            let mut innermost = value;
            while let Text::Replace { from, this, with } = innermost {
                chain.push((this, with));
                innermost = from;
            }
            for _ in &chain {
                out.push_str("replace_string(");
            }
            newline(out);
            text(innermost, out);
            out.push(',');
            newline(out);
            for (index, (this, with)) in chain.iter().rev().enumerate() {
                separate(index, ", ", out);
                escape::text(this, out);
                out.push_str(", ");
                escape::text(with, out);
                out.push(')');
            }
        }
        Text::Column(_)
        | Text::Literal(_)
        | Text::Of(_)
        | Text::Lower(_)
        | Text::Extract { .. }
        | Text::Without { .. }
        | Text::Substring { .. }
        | Text::LastLabels { .. }
        | Text::Address { .. }
        | Text::Hex { .. } => out.push_str(&line),
    }
}

fn any_element(each: &AnyElement, indent: usize, out: &mut String) {
    out.push_str("mv-apply ");
    escape::name(&each.element, out);
    out.push_str(" = ");
    dynamic(&each.array, out);
    out.push_str(" on (\n");
    for inner in &each.inside {
        spaces(indent, out);
        any_element(inner, indent + INDENT, out);
        out.push('\n');
        spaces(indent, out);
        out.push_str("| ");
    }
    if each.inside.is_empty() {
        spaces(indent, out);
    }
    out.push_str("summarize ");
    escape::name(&each.flag, out);
    out.push_str(" = countif(");
    inline(each.condition.predicate(), out);
    out.push_str(") > 0\n");
    spaces(indent - INDENT, out);
    out.push(')');
}

/// A condition, on one line where it fits. `indent`: of the lines it may be broken into; `used`: characters already on the
/// first line.
fn block(predicate: &Predicate, indent: usize, used: usize, out: &mut String) {
    let mut line = String::new();
    inline(predicate, &mut line);
    if used + line.chars().count() <= WIDTH {
        out.push_str(&line);
        return;
    }
    match predicate {
        Predicate::All(parts) => lines(parts, "and ", indent, used, out),
        Predicate::Any(parts) => lines(parts, "or ", indent, used, out),
        Predicate::Not(inner) => wrapped("not(", inner, None, indent, out),
        Predicate::OrFalse(inner) => wrapped("coalesce(", inner, Some("false"), indent, out),
        Predicate::TextIn { left, values, case } => {
            text(left, out);
            out.push_str(if *case == Case::Folded { " in~ (" } else { " in (" });
            let mut column = WIDTH;
            for (index, value) in values.iter().enumerate() {
                let mut spelled = String::new();
                escape::text(value, &mut spelled);
                let length = spelled.chars().count() + 2;
                if column + length > WIDTH {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push('\n');
                    spaces(indent + INDENT, out);
                    column = indent + INDENT;
                } else {
                    out.push_str(", ");
                }
                out.push_str(&spelled);
                column += length;
            }
            out.push('\n');
            spaces(indent, out);
            out.push(')');
        }
        Predicate::Constant(_)
        | Predicate::Text { .. }
        | Predicate::InList { .. }
        | Predicate::Has { .. }
        | Predicate::Matches { .. }
        | Predicate::Compare { .. }
        | Predicate::NumberIn { .. }
        | Predicate::Flag { .. }
        | Predicate::SameFlag(..)
        | Predicate::InAnyRange { .. }
        | Predicate::SameAddress { .. }
        | Predicate::IsEmpty(_)
        | Predicate::IsNotEmpty(_)
        | Predicate::IsNull(_)
        | Predicate::IsNotNull(_)
        | Predicate::IsObject(_)
        | Predicate::AnyColumn { .. }
        | Predicate::TimeOfDay { .. }
        | Predicate::Weekday { .. }
        | Predicate::Holds(_) => out.push_str(&line),
    }
}

fn lines(parts: &[Predicate], word: &str, indent: usize, used: usize, out: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        let mut used = used;
        if index > 0 {
            out.push('\n');
            spaces(indent, out);
            out.push_str(word);
            used = indent + word.len();
        }
        if needs_parentheses(part) {
            out.push('(');
            block(part, indent + INDENT, used + 2, out);
            out.push(')');
        } else {
            block(part, indent, used, out);
        }
    }
}

/// A call around a condition that needs lines of its own.
fn wrapped(open: &str, inner: &Predicate, second: Option<&str>, indent: usize, out: &mut String) {
    out.push_str(open);
    out.push('\n');
    spaces(indent + INDENT, out);
    block(inner, indent + INDENT, indent + INDENT, out);
    if let Some(second) = second {
        out.push_str(",\n");
        spaces(indent + INDENT, out);
        out.push_str(second);
    }
    out.push('\n');
    spaces(indent, out);
    out.push(')');
}

fn needs_parentheses(part: &Predicate) -> bool {
    matches!(part, Predicate::All(_) | Predicate::Any(_))
}

fn inline(predicate: &Predicate, out: &mut String) {
    match predicate {
        Predicate::Constant(value) => out.push_str(if *value { "true" } else { "false" }),
        Predicate::All(parts) => joined(parts, " and ", out),
        Predicate::Any(parts) => joined(parts, " or ", out),
        Predicate::Not(inner) => {
            out.push_str("not(");
            inline(inner, out);
            out.push(')');
        }
        Predicate::OrFalse(inner) => {
            out.push_str("coalesce(");
            inline(inner, out);
            out.push_str(", false)");
        }
        Predicate::Text { left, comparison, right } => {
            text(left, out);
            out.push_str(word_of(*comparison));
            text(right, out);
        }
        Predicate::TextIn { left, values, case } => {
            text(left, out);
            out.push_str(if *case == Case::Folded { " in~ (" } else { " in (" });
            for (index, value) in values.iter().enumerate() {
                separate(index, ", ", out);
                escape::text(value, out);
            }
            out.push(')');
        }
        Predicate::InList { left, list } => {
            text(left, out);
            out.push_str(" in (");
            escape::name(list, out);
            out.push(')');
        }
        Predicate::Has { left, terms, case } => {
            text(left, out);
            out.push_str(match (terms.len(), case) {
                (1, Case::Folded) => " has ",
                (1, Case::Exact) => " has_cs ",
                _ => " has_any (",
            });
            for (index, term) in terms.iter().enumerate() {
                separate(index, ", ", out);
                escape::text(term, out);
            }
            if terms.len() != 1 {
                out.push(')');
            }
        }
        Predicate::Matches { text: of, pattern: regex } => {
            text(of, out);
            out.push_str(" matches regex ");
            escape::text(&pattern::spell(regex), out);
        }
        Predicate::Compare { left, order, right } => {
            number(left, out);
            out.push_str(sign_of(*order));
            number(right, out);
        }
        Predicate::NumberIn { left, values } => {
            number(left, out);
            out.push_str(" in (");
            for (index, value) in values.iter().enumerate() {
                separate(index, ", ", out);
                number(value, out);
            }
            out.push(')');
        }
        Predicate::Flag { column, value } => {
            escape::name(&column.name, out);
            out.push_str(if *value { " == true" } else { " == false" });
        }
        Predicate::SameFlag(left, right) => {
            escape::name(&left.name, out);
            out.push_str(" == ");
            escape::name(&right.name, out);
        }
        Predicate::InAnyRange { text: of, version, blocks } => {
            out.push_str(match version {
                IpVersion::V4 => "ipv4_is_in_any_range(",
                IpVersion::V6 => "ipv6_is_in_any_range(",
            });
            text(of, out);
            for block in blocks {
                out.push_str(", ");
                ip_block(*block, out);
            }
            out.push(')');
        }
        Predicate::SameAddress { left, right } => {
            out.push_str("ipv6_compare(");
            text(left, out);
            out.push_str(", ");
            text(right, out);
            out.push_str(") == 0");
        }
        Predicate::IsEmpty(of) => call("isempty", |out| text(of, out), out),
        Predicate::IsNotEmpty(of) => call("isnotempty", |out| text(of, out), out),
        Predicate::IsNull(of) => call("isnull", |out| scalar(of, out), out),
        Predicate::IsNotNull(of) => call("isnotnull", |out| scalar(of, out), out),
        Predicate::IsObject(of) => {
            call("gettype", |out| dynamic(of, out), out);
            out.push_str(" == ");
            escape::text("dictionary", out);
        }
        Predicate::AnyColumn { value, case } => {
            out.push_str(if *case == Case::Folded { "* contains " } else { "* contains_cs " });
            escape::text(value, out);
        }
        Predicate::TimeOfDay { moment: of, order, minutes } => {
            let shifted = matches!(of, Moment::Plus(..));
            if shifted {
                out.push('(');
            }
            moment(of, out);
            if shifted {
                out.push(')');
            }
            out.push_str(" - startofday(");
            moment(of, out);
            out.push(')');
            out.push_str(sign_of(*order));
            clock(*minutes, out);
        }
        Predicate::Weekday { moment: of, days } => {
            out.push_str("dayofweek(");
            moment(of, out);
            out.push(')');
            // KQL counts from Sunday, and in days: 0d is Sunday.
            let spelled: Vec<String> = days.iter().map(|day| ((day + 1) % 7).to_string()).collect();
            if let [only] = spelled.as_slice() {
                out.push_str(" == ");
                out.push_str(only);
                out.push('d');
            } else {
                out.push_str(" in (");
                for (index, day) in spelled.iter().enumerate() {
                    separate(index, ", ", out);
                    out.push_str(day);
                    out.push('d');
                }
                out.push(')');
            }
        }
        Predicate::Holds(flag) => escape::name(&flag.name, out),
    }
}

fn joined(parts: &[Predicate], word: &str, out: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        separate(index, word, out);
        if needs_parentheses(part) {
            out.push('(');
            inline(part, out);
            out.push(')');
        } else {
            inline(part, out);
        }
    }
}

fn word_of(comparison: TextComparison) -> &'static str {
    match comparison {
        TextComparison::Equals(Case::Folded) => " =~ ",
        TextComparison::Equals(Case::Exact) => " == ",
        TextComparison::Contains(Case::Folded) => " contains ",
        TextComparison::Contains(Case::Exact) => " contains_cs ",
        TextComparison::StartsWith(Case::Folded) => " startswith ",
        TextComparison::StartsWith(Case::Exact) => " startswith_cs ",
        TextComparison::EndsWith(Case::Folded) => " endswith ",
        TextComparison::EndsWith(Case::Exact) => " endswith_cs ",
    }
}

fn sign_of(order: Order) -> &'static str {
    match order {
        Order::Equal => " == ",
        Order::Less => " < ",
        Order::LessOrEqual => " <= ",
        Order::Greater => " > ",
        Order::GreaterOrEqual => " >= ",
    }
}

fn scalar(of: &Scalar, out: &mut String) {
    match of {
        Scalar::Text(of) => text(of, out),
        Scalar::Number(of) => number(of, out),
        Scalar::Moment(of) => moment(of, out),
        Scalar::Dynamic(of) => dynamic(of, out),
        Scalar::Other(column) => escape::name(&column.name, out),
    }
}

fn text(of: &Text, out: &mut String) {
    match of {
        Text::Column(column) => escape::name(&column.name, out),
        Text::Literal(value) => escape::text(value, out),
        Text::Of(inner) => call("tostring", |out| scalar(inner, out), out),
        Text::Lower(inner) => call("tolower", |out| text(inner, out), out),
        Text::Concat(parts) => call("strcat", |out| texts(parts, out), out),
        Text::If { condition, then, otherwise } => {
            out.push_str("iff(");
            inline(condition.predicate(), out);
            out.push_str(", ");
            text(then, out);
            out.push_str(", ");
            text(otherwise, out);
            out.push(')');
        }
        Text::Case { arms, otherwise } => {
            out.push_str("case(");
            for (condition, value) in arms {
                inline(condition.predicate(), out);
                out.push_str(", ");
                text(value, out);
                out.push_str(", ");
            }
            text(otherwise, out);
            out.push(')');
        }
        Text::Coalesce(parts) => call("coalesce", |out| texts(parts, out), out),
        Text::Extract { pattern: regex, group, from } => {
            out.push_str("extract(");
            escape::text(&pattern::spell(regex), out);
            out.push_str(", ");
            out.push_str(&group.to_string());
            out.push_str(", ");
            text(from, out);
            out.push(')');
        }
        Text::Without { from, pattern: regex } => {
            out.push_str("replace_regex(");
            text(from, out);
            out.push_str(", ");
            escape::text(&pattern::spell(regex), out);
            out.push_str(", \"\")");
        }
        Text::Replace { from, this, with } => {
            out.push_str("replace_string(");
            text(from, out);
            out.push_str(", ");
            escape::text(this, out);
            out.push_str(", ");
            escape::text(with, out);
            out.push(')');
        }
        Text::Substring { from, start, length } => {
            out.push_str("substring(");
            text(from, out);
            for number in [Some(start), length.as_ref()].into_iter().flatten() {
                out.push_str(", ");
                out.push_str(&number.to_string());
            }
            out.push(')');
        }
        Text::LastLabels { from, count } => {
            out.push_str("strcat_array(array_slice(split(");
            text(from, out);
            out.push_str(&format!(", \".\"), -{count}, -1), \".\")"));
        }
        Text::Address { of, prefix: None } => call("parse_ipv6", |out| text(of, out), out),
        Text::Address { of, prefix: Some(prefix) } => {
            out.push_str("parse_ipv6_mask(");
            text(of, out);
            out.push_str(&format!(", {prefix})"));
        }
        Text::Hex { of, digits } => {
            out.push_str("tohex(");
            number(of, out);
            out.push_str(", ");
            out.push_str(&digits.to_string());
            out.push(')');
        }
    }
}

fn texts(parts: &[Text], out: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        separate(index, ", ", out);
        text(part, out);
    }
}

fn number(of: &Number, out: &mut String) {
    match of {
        Number::Column(column) => escape::name(&column.name, out),
        // The literal is read before its sign, and 2^63 is no `long`.
        Number::Integer(i64::MIN) => out.push_str("long(-9223372036854775808)"),
        Number::Integer(value) => out.push_str(&value.to_string()),
        Number::Float(value) => {
            let mut spelled = value.to_string();
            if !spelled.contains(['.', 'e']) {
                spelled.push_str(".0");
            }
            out.push_str(&spelled);
        }
        Number::Null => out.push_str("long(null)"),
        Number::Parsed(inner) => call("tolong", |out| text(inner, out), out),
        Number::Extract { pattern: regex, from, kind } => {
            out.push_str("extract(");
            escape::text(&pattern::spell(regex), out);
            out.push_str(", 0, ");
            text(from, out);
            out.push_str(", typeof(");
            out.push_str(kind.name());
            out.push_str("))");
        }
        Number::Case { arms, otherwise } => {
            out.push_str("case(");
            for (condition, value) in arms {
                inline(condition.predicate(), out);
                out.push_str(", ");
                number(value, out);
                out.push_str(", ");
            }
            number(otherwise, out);
            out.push(')');
        }
        Number::Coalesce(parts) => {
            out.push_str("coalesce(");
            for (index, part) in parts.iter().enumerate() {
                separate(index, ", ", out);
                number(part, out);
            }
            out.push(')');
        }
    }
}

fn moment(of: &Moment, out: &mut String) {
    match of {
        Moment::Column(column) => escape::name(&column.name, out),
        Moment::Plus(inner, minutes) => {
            moment(inner, out);
            out.push_str(if *minutes < 0 { " - " } else { " + " });
            let minutes = minutes.unsigned_abs();
            if minutes % 60 == 0 {
                out.push_str(&(minutes / 60).to_string());
                out.push('h');
            } else {
                out.push_str(&minutes.to_string());
                out.push('m');
            }
        }
    }
}

/// A time of day: `9h`, `time(17:30:00)`.
fn clock(minutes: u16, out: &mut String) {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if minutes == 0 {
        out.push_str(&hours.to_string());
        out.push('h');
        return;
    }
    out.push_str("time(");
    for part in [hours, minutes] {
        out.extend(char::from_digit(u32::from(part / 10), 10));
        out.extend(char::from_digit(u32::from(part % 10), 10));
        out.push(':');
    }
    out.push_str("00)");
}

fn dynamic(of: &Dynamic, out: &mut String) {
    match of {
        Dynamic::Column(column) => escape::name(&column.name, out),
        Dynamic::ParseJson(inner) => call("parse_json", |out| text(inner, out), out),
        Dynamic::Member(inner, name) => {
            dynamic(inner, out);
            escape::member(name, out);
        }
        Dynamic::Item(inner, index) => {
            dynamic(inner, out);
            out.push('[');
            out.push_str(&index.to_string());
            out.push(']');
        }
        Dynamic::Padded(inner) => {
            out.push_str("case(array_length(");
            dynamic(inner, out);
            out.push_str(") == 0, dynamic([null]), array_length(");
            dynamic(inner, out);
            out.push_str(") > 0, ");
            dynamic(inner, out);
            out.push_str(", pack_array(");
            dynamic(inner, out);
            out.push_str("))");
        }
    }
}

fn ip_block(block: IpBlock, out: &mut String) {
    let full = match block.network {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let mut spelled = block.network.to_string();
    if block.prefix != full {
        spelled.push('/');
        spelled.push_str(&block.prefix.to_string());
    }
    escape::text(&spelled, out);
}

fn call(function: &str, argument: impl FnOnce(&mut String), out: &mut String) {
    out.push_str(function);
    out.push('(');
    argument(out);
    out.push(')');
}

fn separate(index: usize, separator: &str, out: &mut String) {
    if index > 0 {
        out.push_str(separator);
    }
}

fn spaces(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}
