//! Regular expressions: the syntax of Rust's crate `regex` (learn.microsoft.com/kusto/query/regex).

use regex::Regex;

use super::code::Code;
use super::value::Value;
use crate::Problem;

/// "Kusto … maximum of 16 groups" (learn.microsoft.com/kusto/query/matches-regex-operator).
const GROUPS: usize = 16;

/// A pattern that is a literal, compiled.
pub(super) fn constant(at: usize, code: &Code) -> Result<Regex, Problem> {
    let Code::Constant(Value::Text(pattern)) = code else {
        return Err(Problem::new(at, "a regular expression that is no literal is not modelled"));
    };
    let regex = Regex::new(pattern).map_err(|error| {
        let line = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        Problem::new(at, format!("no regular expression of the documented syntax: {line}"))
    })?;
    // The whole match counts as one.
    if regex.captures_len() > GROUPS + 1 {
        return Err(Problem::new(at, format!("a regular expression with more than {GROUPS} groups")));
    }
    Ok(regex)
}
