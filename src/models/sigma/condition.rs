//! The condition of a rule: search identifiers, joined (RS "Condition").

use super::Answer;
use super::document::problem;
use crate::Problem;

/// How deep parentheses and `not` are followed.
const NESTING: usize = 256;

#[derive(Debug)]
pub(super) enum Expression {
    /// A search, by its place among the rule's.
    Search(usize),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    // Reading has bounded the depth.
    pub fn holds(&self, search: &dyn Fn(usize) -> Answer) -> Answer {
        match self {
            Expression::Search(index) => search(*index),
            Expression::Not(inner) => inner.holds(search).negated(),
            Expression::All(parts) => Answer::all(parts.iter().map(|part| part.holds(search))),
            Expression::Any(parts) => Answer::any(parts.iter().map(|part| part.holds(search))),
        }
    }
}

/// Reads a condition over searches of these names.
pub(super) fn read(text: &str, names: &[&str]) -> Result<Expression, Problem> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, names, depth: 0 };
    let found = reader.any()?;
    match reader.words {
        [] => Ok(found),
        [word, ..] => Err(problem(format!("`{word}` is not expected in the condition"))),
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    names: &'a [&'a str],
    depth: usize,
}

impl Reader<'_> {
    fn takes(&mut self, word: &str) -> bool {
        match self.words {
            [first, rest @ ..] if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    // RS "Operator Precedence (least to most binding)": or, and, not, x of search-identifier, ( expression ).
    fn any(&mut self) -> Result<Expression, Problem> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(Expression::Any(parts))
    }

    fn all(&mut self) -> Result<Expression, Problem> {
        let mut parts = vec![self.operand()?];
        while self.takes("and") {
            parts.push(self.operand()?);
        }
        Ok(Expression::All(parts))
    }

    fn operand(&mut self) -> Result<Expression, Problem> {
        self.depth += 1;
        if self.depth > NESTING {
            return Err(problem("a condition that is nested too deeply"));
        }
        let found = self.bound();
        self.depth -= 1;
        found
    }

    fn bound(&mut self) -> Result<Expression, Problem> {
        if self.takes("not") {
            return Ok(Expression::Not(Box::new(self.operand()?)));
        }
        if self.takes("(") {
            let inner = self.any()?;
            return if self.takes(")") { Ok(inner) } else { Err(problem("a parenthesis without a partner in the condition")) };
        }
        let [word, rest @ ..] = self.words else { return Err(problem("the condition ends too early")) };
        if let (quantity @ ("1" | "any" | "all"), ["of", pattern, rest @ ..]) = (*word, rest) {
            self.words = rest;
            let parts = self.of(pattern)?;
            // "Logical OR (`1 of them`) or AND (`all of them`)".
            return match quantity {
                "all" => Ok(Expression::All(parts)),
                "1" => Ok(Expression::Any(parts)),
                other => Err(problem(format!("`{other} of` is no word of the specification"))),
            };
        }
        self.words = rest;
        match self.names.iter().position(|name| name == word) {
            Some(index) => Ok(Expression::Search(index)),
            None => Err(problem(format!("the condition names `{word}`, which is no search"))),
        }
    }

    /// The searches of `of PATTERN`.
    fn of(&self, pattern: &str) -> Result<Vec<Expression>, Problem> {
        let fits = |name: &str| match pattern {
            // "all defined search identifiers not starting with an underscore".
            "them" => !name.starts_with('_'),
            // "Matching is done with * wildcards (any number of characters) at arbitrary positions in the pattern".
            pattern => wild(pattern, name),
        };
        let found: Vec<Expression> =
            self.names.iter().enumerate().filter(|(_, name)| fits(name)).map(|(index, _)| Expression::Search(index)).collect();
        if found.is_empty() { Err(problem(format!("`of {pattern}` finds no search"))) } else { Ok(found) }
    }
}

/// Whether the name is of the pattern: the parts between stars in order, the first at the start and the last at the end.
fn wild(pattern: &str, name: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
