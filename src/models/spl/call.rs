//! Functions of `eval` and `where` (SR, "Evaluation functions"): what each takes. An unknown one is refused.

use super::address;
use super::grammar::{Node, Rule};
use super::pcre;
use super::problem::Problem;
use super::read::{Expression, Names, expression};
use super::text::regular_expression;
use super::tree::{Slot, Term, Test};

/// The arguments of one call, taken from the front.
struct Arguments<'t> {
    function: &'t str,
    near: &'t str,
    rest: std::collections::VecDeque<(Expression, &'t str)>,
}

impl Arguments<'_> {
    fn wrong(&self) -> Problem {
        Problem::syntax(format!("`{}` does not take these arguments", self.function), self.near)
    }

    fn test(&mut self) -> Result<Test, Problem> {
        let (next, near) = self.rest.pop_front().ok_or_else(|| self.wrong())?;
        next.test(near)
    }

    fn term(&mut self) -> Result<Term, Problem> {
        let (next, near) = self.rest.pop_front().ok_or_else(|| self.wrong())?;
        next.term(near)
    }

    fn boxed(&mut self) -> Result<Box<Term>, Problem> {
        self.term().map(Box::new)
    }

    fn optional(&mut self) -> Result<Option<Box<Term>>, Problem> {
        if self.rest.is_empty() { Ok(None) } else { self.boxed().map(Some) }
    }

    fn all(&mut self) -> Result<Vec<Term>, Problem> {
        let mut out = Vec::new();
        while !self.rest.is_empty() {
            out.push(self.term()?);
        }
        if out.is_empty() { Err(self.wrong()) } else { Ok(out) }
    }

    fn field(&mut self) -> Result<Slot, Problem> {
        match self.term()? {
            Term::Field(slot) => Ok(slot),
            _ => Err(Problem::unknown(format!("`{}` of something else than a field is not known", self.function), self.near)),
        }
    }

    /// A text in quotation marks, as it is written.
    fn quoted(&mut self) -> Result<String, Problem> {
        match self.rest.pop_front() {
            Some((_, near)) if near.starts_with('"') && near.ends_with('"') => Ok(near.to_owned()),
            None => Err(self.wrong()),
            _ => {
                Err(Problem::unknown(format!("`{}` with something else than a text here is not known", self.function), self.near))
            }
        }
    }

    fn text(&mut self) -> Result<String, Problem> {
        super::text::in_eval(&self.quoted()?)
    }
}

pub(super) fn call(node: Node<'_>, names: &mut Names) -> Result<Expression, Problem> {
    let near = node.as_str();
    let mut inner = node.into_inner();
    let function = inner.next().map_or("", |name| name.as_str());
    // Regular expressions, and what stands in their place, are not read as texts: their backslashes are their own.
    let own: &[usize] = match function {
        "match" | "mvfind" => &[1],
        "replace" => &[1, 2],
        _ => &[],
    };
    let mut rest = std::collections::VecDeque::new();
    for (index, each) in inner.enumerate() {
        let text = each.as_str().trim();
        let found = if own.contains(&index) && is_text(&each) { Expression::Term(Term::Null) } else { expression(each, names)? };
        rest.push_back((found, text));
    }
    let mut arguments = Arguments { function, near, rest };
    let found = read(function, &mut arguments)?;
    if arguments.rest.is_empty() { Ok(found) } else { Err(arguments.wrong()) }
}

fn is_text(node: &Node<'_>) -> bool {
    node.as_str().starts_with('"') && {
        let mut here = node.clone();
        loop {
            if here.as_rule() == Rule::string {
                return true;
            }
            let mut inner = here.into_inner();
            match (inner.next(), inner.next()) {
                (Some(only), None) => here = only,
                _ => return false,
            }
        }
    }
}

fn read(function: &str, arguments: &mut Arguments<'_>) -> Result<Expression, Problem> {
    let term = match function {
        // Comparison and Conditional functions.
        "true" => return Ok(Expression::Test(Test::Constant(true))),
        "false" => return Ok(Expression::Test(Test::Constant(false))),
        "match" => {
            let subject = arguments.term()?;
            let pattern = pcre::find(&regular_expression(&arguments.quoted()?)?)?;
            return Ok(Expression::Test(Test::Match(subject, pattern)));
        }
        "like" => {
            let subject = arguments.term()?;
            let pattern = arguments.term()?;
            return like(subject, pattern, arguments.near).map(Expression::Test);
        }
        "in" => {
            let subject = arguments.term()?;
            let values = arguments.all()?;
            return membership(subject, values, arguments.near).map(Expression::Test);
        }
        "cidrmatch" => {
            let block = arguments.text()?;
            let block = address::block(&block).ok_or_else(|| Problem::unknown("this is no block of addresses", &block))?;
            return Ok(Expression::Test(Test::Cidr(block, arguments.term()?)));
        }
        "null" => Term::Null,
        "if" => Term::If(Box::new(arguments.test()?), arguments.boxed()?, arguments.boxed()?),
        "case" => {
            let mut arms = Vec::new();
            while !arguments.rest.is_empty() {
                arms.push((arguments.test()?, arguments.term()?));
            }
            if arms.is_empty() {
                return Err(arguments.wrong());
            }
            Term::Case(arms)
        }
        "coalesce" => Term::Coalesce(arguments.all()?),
        // Informational functions.
        "isnull" => return Ok(Expression::Test(Test::IsNull(arguments.term()?))),
        "isnotnull" => return Ok(Expression::Test(Test::IsNotNull(arguments.term()?))),
        // Text functions.
        "lower" => Term::Lower(arguments.boxed()?),
        "upper" => Term::Upper(arguments.boxed()?),
        "len" => Term::Length(arguments.boxed()?),
        "substr" => Term::Substring(arguments.boxed()?, arguments.boxed()?, arguments.optional()?),
        "replace" => {
            let subject = arguments.boxed()?;
            let pattern = pcre::span(&regular_expression(&arguments.quoted()?)?)?;
            let quoted = arguments.quoted()?;
            Term::Replace(subject, pattern, replacement(&quoted)?)
        }
        "spath" => {
            let subject = arguments.boxed()?;
            let path = arguments.text()?;
            let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
            if path.contains(['{', '}', '@', '\\', '"', '*']) || steps.iter().any(String::is_empty) {
                return Err(Problem::unknown("this path of `spath` is not known", &path));
            }
            Term::Path(subject, steps)
        }
        // Conversion functions.
        "tonumber" => {
            let subject = arguments.boxed()?;
            let base = match arguments.optional()?.as_deref() {
                None => 10,
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 2 and 36
                Some(Term::Number(base)) if (2.0..=36.0).contains(base) && base.fract() == 0.0 => *base as u32,
                Some(_) => return Err(arguments.wrong()),
            };
            Term::ToNumber(subject, base)
        }
        "tostring" => Term::ToText(arguments.boxed()?),
        // Mathematical functions.
        "floor" => Term::Floor(arguments.boxed()?),
        // Multivalue eval functions.
        "mvappend" => Term::Append(arguments.all()?),
        "mvcount" => Term::Count(arguments.boxed()?),
        "mvindex" => Term::Element(arguments.boxed()?, arguments.boxed()?, arguments.optional()?),
        "mvjoin" => Term::JoinValues(arguments.boxed()?, arguments.boxed()?),
        "mvfind" => {
            let subject = arguments.boxed()?;
            Term::Find(subject, pcre::find(&regular_expression(&arguments.quoted()?)?)?)
        }
        "mvfilter" => {
            let test = arguments.test()?;
            // "The Boolean expression can reference ONLY ONE field at a time."
            let mut slots = Vec::new();
            super::slots::of_test(&test, &mut slots);
            slots.sort_unstable();
            slots.dedup();
            let [slot] = slots.as_slice() else {
                return Err(Problem::syntax("`mvfilter` speaks of exactly one field", arguments.near));
            };
            Term::Filter(*slot, Box::new(test))
        }
        "mvmap" => Term::Map(arguments.field()?, arguments.boxed()?),
        "split" => Term::Split(arguments.boxed()?, arguments.boxed()?),
        _ => return Err(Problem::unknown("this function is not known", arguments.near)),
    };
    Ok(Expression::Term(term))
}

/// `in`: "You cannot specify wildcard characters with the values".
pub(super) fn membership(subject: Term, values: Vec<Term>, near: &str) -> Result<Test, Problem> {
    if values.iter().any(|value| matches!(value, Term::Text(text) if text.contains('*'))) {
        return Err(Problem::doubt("what `in` makes of a star is not documented", near));
    }
    Ok(Test::In(subject, values))
}

/// `like`: `%` is any run of characters, `_` is one. No escape for them is documented.
pub(super) fn like(subject: Term, pattern: Term, near: &str) -> Result<Test, Problem> {
    let Term::Text(pattern) = pattern else {
        return Err(Problem::unknown("`like` with something else than a text is not known", near));
    };
    if pattern.contains('\\') {
        return Err(Problem::doubt("what a backslash does in a pattern of `like` is not documented", near));
    }
    let mut out = String::from("(?s)^");
    for character in pattern.chars() {
        match character {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            character if character.is_ascii_alphanumeric() || !character.is_ascii() => out.push(character),
            character => {
                out.push('\\');
                out.push(character);
            }
        }
    }
    out.push_str(r"\z");
    Ok(Test::Match(subject, pcre::find(&out)?))
}

/// What stands in the place of a match: `\1` is a group.
fn replacement(quoted: &str) -> Result<String, Problem> {
    let mut out = String::new();
    let mut characters = super::text::inner(quoted).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(digit @ '1'..='9') => {
                    out.push_str("${");
                    out.push(digit);
                    out.push('}');
                }
                Some('"') => out.push('"'),
                _ => return Err(Problem::doubt("what this backslash does in a replacement is not documented", quoted)),
            },
            '$' => out.push_str("$$"),
            character => out.push(character),
        }
    }
    Ok(out)
}
