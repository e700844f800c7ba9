//! From text to tree: bounds first, then `grammar/score.pest`, then which operator binds tighter (mathjs, "Operators",
//! precedence).

use huntc_grammar::score::{Rule, ScoreParser};
use pest::Parser;
use pest::iterators::Pair;

use super::functions;
use super::tree::{Binary, Comparison, Node, Prefix, Tree};
use super::{DEEPEST, Expression, LONGEST};
use crate::diag::{Diagnostic, SourceId, Span, nearest};

type Refused<T> = Result<T, Box<Diagnostic>>;

pub(super) fn read(source: SourceId, written: &str) -> Refused<Expression> {
    // The Navigator lowers what is written; ASCII alone, so that places stay true.
    let text = written.to_ascii_lowercase();
    bounded(source, &text)?;
    let mut pairs = ScoreParser::parse(Rule::score, &text).map_err(|error| Box::new(unread(source, &text, &error)))?;
    let missing = || Box::new(Diagnostic::error("E0801", Span::new(source, 0, 0), "the score expression is empty"));
    let whole = pairs.next().and_then(|score| score.into_inner().next()).ok_or_else(missing)?;
    let mut reader = Reader { source, text: &text, letters: Vec::new(), unseen: Vec::new() };
    let tree = reader.conditional(whole)?;
    reader.letters.sort_unstable();
    reader.letters.dedup();
    Ok(Expression { tree, letters: reader.letters, unseen: reader.unseen })
}

fn bounded(source: SourceId, text: &str) -> Refused<()> {
    if text.trim().is_empty() {
        return Err(Box::new(
            Diagnostic::error("E0801", Span::new(source, 0, text.len()), "the score expression is empty")
                .help("write one such as `a + b`"),
        ));
    }
    if text.len() > LONGEST {
        let at = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        return Err(Box::new(
            Diagnostic::error(
                "E0801",
                Span::new(source, at, text.len()),
                format!("the score expression has {} bytes, more than {LONGEST}", text.len()),
            )
            .label("from here"),
        ));
    }
    let mut open = Vec::new();
    let mut conditions = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => open.push(at),
            b')' if open.pop().is_none() => {
                return Err(Box::new(Diagnostic::error("E0801", Span::new(source, at, at + 1), "this bracket closes nothing")));
            }
            b'?' => conditions += 1,
            _ => continue,
        }
        if open.len() + conditions > DEEPEST {
            return Err(Box::new(
                Diagnostic::error(
                    "E0801",
                    Span::new(source, at, at + 1),
                    format!("the score expression nests more than {DEEPEST} deep"),
                )
                .label("here"),
            ));
        }
    }
    match open.last() {
        Some(at) => Err(Box::new(Diagnostic::error("E0801", Span::new(source, *at, at + 1), "this bracket is not closed"))),
        None => Ok(()),
    }
}

/// What the grammar could not read, in the user's words.
fn unread(source: SourceId, text: &str, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let behind_operand = match &error.variant {
        pest::error::ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().any(|rule| matches!(rule, Rule::binary | Rule::EOI | Rule::implied))
        }
        pest::error::ErrorVariant::CustomError { .. } => false,
    };
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.chars().next() else {
        let wanted = if behind_operand {
            "`:` and the value for where the condition does not hold"
        } else {
            "a number, a layer's letter or `(`"
        };
        return Diagnostic::error("E0801", Span::new(source, at, at), "the score expression ends too early")
            .label(format!("expected {wanted}"));
    };
    let word: String = rest.chars().take_while(|each| each.is_alphanumeric() || *each == '_').collect();
    let length = if word.is_empty() { first.len_utf8() } else { word.len() };
    let span = Span::new(source, at, at + length);
    let no_score = |what: &str| {
        Diagnostic::error("E0803", span, format!("{what} can be no score"))
            .label("the Navigator: \"math result is not a number\"")
    };
    match (first, word.as_str()) {
        ('[' | ']', _) => no_score("a matrix"),
        ('{' | '}', _) => no_score("an object"),
        ('"' | '\'' | '`', _) => no_score("a text"),
        (':', _) => no_score("a range"),
        (';' | '\n', _) => no_score("a list of results"),
        (_, "to" | "in") => no_score("a conversion of units"),
        ('=', _) => Diagnostic::error("E0801", span, "a score expression assigns nothing").help("`==` compares").fix(
            "write `==`",
            span,
            "==",
        ),
        ('&' | '|', _) => Diagnostic::error("E0801", span, format!("`{first}{first}` is no operator"))
            .help("write `and` or `or`; a single sign is bitwise"),
        ('!', _) => Diagnostic::error("E0801", span, "`!` stands behind a number, for its factorial").help("write `not`"),
        ('*', _) => Diagnostic::error("E0801", span, "unexpected `*`")
            .label("expected a number, a layer's letter or `(`")
            .help("a power is written `a ^ b`"),
        (',', _) => Diagnostic::error("E0801", span, "unexpected `,`").label("commas stand between the values of a function"),
        _ => {
            let found = if word.is_empty() { first.to_string() } else { word };
            let wanted = if behind_operand { "an operator such as `+`" } else { "a number, a layer's letter or `(`" };
            Diagnostic::error("E0801", span, format!("unexpected `{found}`")).label(format!("expected {wanted}"))
        }
    }
}

/// What kind of operand was read last: mathjs decides by it what may stand beside without a sign between.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A number as it is written.
    Constant,
    /// A number behind a sign: `-1/2(3)` divides first.
    SignedConstant,
    Factorial,
    Operator,
    Percentage,
    Other,
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    letters: Vec<usize>,
    unseen: Vec<Span>,
}

/// One element of a chain.
enum Item {
    Operand { prefixes: Vec<(Prefix, Span)>, tree: Tree, shape: Shape, starts: Starts },
    Sign(&'static str, Span),
    Percent(Span),
}

/// What an operand's text begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Starts {
    Number,
    Word,
    Bracket,
}

const SIGNS: &[&str] = &[
    "or", "xor", "and", "mod", "^|", "|", "&", "==", "!=", "<<", ">>>", ">>", "<=", ">=", "<", ">", ".*", "./", ".^", "+", "-",
    "*", "/", "%", "^",
];

impl Reader<'_> {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        Span::new(self.source, pair.as_span().start(), pair.as_span().end())
    }

    fn conditional(&mut self, pair: Pair<'_, Rule>) -> Refused<Tree> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let chain = match parts.next() {
            Some(chain) => self.chain(chain)?,
            None => return Err(self.broken(span)),
        };
        match (parts.next(), parts.next()) {
            (Some(yes), Some(no)) => {
                let (yes, no) = (self.conditional(yes)?, self.conditional(no)?);
                Ok(Tree::new(Node::Conditional(chain, yes, no), span))
            }
            _ => Ok(chain),
        }
    }

    fn chain(&mut self, pair: Pair<'_, Rule>) -> Refused<Tree> {
        let span = self.span(&pair);
        let mut items = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::operand | Rule::implied => items.push(self.operand(part)?),
                Rule::percent => items.push(Item::Percent(self.span(&part))),
                _ => {
                    let sign =
                        SIGNS.iter().find(|sign| **sign == part.as_str().trim()).copied().ok_or_else(|| self.broken(span))?;
                    items.push(Item::Sign(sign, self.span(&part)));
                }
            }
        }
        let mut chain = Chain { items, at: 0, whole: span };
        let tree = chain.level(0)?.0;
        match chain.items.get(chain.at) {
            None => Ok(tree),
            // What remains is a number beside a number.
            Some(Item::Operand { tree: second, .. }) => Err(Box::new(
                Diagnostic::error("E0801", second.span, "two values stand beside each other")
                    .label("expected an operator such as `+` before this"),
            )),
            Some(Item::Sign(_, at) | Item::Percent(at)) => Err(Box::new(Diagnostic::error("E0801", *at, "unexpected operator"))),
        }
    }

    fn operand(&mut self, pair: Pair<'_, Rule>) -> Refused<Item> {
        let whole = self.span(&pair);
        let mut prefixes = Vec::new();
        let mut found: Option<(Tree, Shape, Starts)> = None;
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::prefix => {
                    let prefix = match part.as_str().trim() {
                        "-" => Prefix::Minus,
                        "+" => Prefix::Plus,
                        "~" => Prefix::BitNot,
                        _ => Prefix::Not,
                    };
                    prefixes.push((prefix, span));
                }
                Rule::factorial => {
                    let (tree, _, starts) = found.ok_or_else(|| self.broken(whole))?;
                    let span = tree.span.to(span);
                    found = Some((Tree::new(Node::Factorial(tree), span), Shape::Factorial, starts));
                }
                Rule::number => {
                    found = Some((Tree::new(Node::Number(number(part.as_str())), span), Shape::Constant, Starts::Number))
                }
                Rule::name => found = Some((self.name(part.as_str(), span)?, Shape::Other, Starts::Word)),
                Rule::group => {
                    let inner = part.into_inner().next().ok_or_else(|| self.broken(span))?;
                    found = Some((self.conditional(inner)?, Shape::Other, Starts::Bracket));
                }
                _ => found = Some((self.call(part)?, Shape::Other, Starts::Word)),
            }
        }
        let (tree, shape, starts) = found.ok_or_else(|| self.broken(whole))?;
        Ok(Item::Operand { prefixes, tree, shape, starts })
    }

    fn name(&mut self, name: &str, span: Span) -> Refused<Tree> {
        if let [letter @ b'a'..=b'z'] = name.as_bytes() {
            let index = usize::from(letter - b'a');
            if self.text.as_bytes().get((span.start as usize).wrapping_sub(1)).is_some_and(u8::is_ascii_alphanumeric) {
                self.unseen.push(span);
            }
            self.letters.push(index);
            return Ok(Tree::new(Node::Layer(index), span));
        }
        let node = match name {
            "true" => Node::Truth(true),
            "false" => Node::Truth(false),
            "pi" => Node::Number(std::f64::consts::PI),
            "tau" => Node::Number(std::f64::consts::TAU),
            "phi" => Node::Number(1.618_033_988_749_895),
            "null" | "undefined" => {
                return Err(Box::new(Diagnostic::error("E0803", span, format!("`{name}` can be no score"))));
            }
            _ if functions::find(name).is_some() => {
                return Err(Box::new(
                    Diagnostic::error("E0803", span, format!("`{name}` is a function"))
                        .label("expected its values in brackets")
                        .help(format!("write `{name}(a, b)`")),
                ));
            }
            _ => {
                let words = ["true", "false", "pi", "tau", "phi", "and", "or", "xor", "not", "mod"];
                let near = nearest(name, words.into_iter().chain(functions::names()));
                let mut diagnostic = Diagnostic::error("E0802", span, format!("a score expression knows no `{name}`"))
                    .label("layers are letters: a for the first, b for the second")
                    .with_note("the Navigator takes some words for units of measurement, which are no scores");
                if let Some(near) = near {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near);
                }
                return Err(Box::new(diagnostic));
            }
        };
        Ok(Tree::new(node, span))
    }

    fn call(&mut self, pair: Pair<'_, Rule>) -> Refused<Tree> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let function = parts.next().ok_or_else(|| self.broken(span))?;
        let (name, place) = (function.as_str().trim().to_owned(), self.span(&function));
        // A letter, a constant or a number of its own before a bracket multiplies: `a(b + c)` is a call for mathjs, and an error.
        if let [letter @ b'a'..=b'z'] = name.as_bytes() {
            return Err(Box::new(
                Diagnostic::error("E0802", place, format!("`{}` is a layer, no function", char::from(*letter)))
                    .label("the Navigator reads a letter before a bracket as a function")
                    .help("write `*` between them")
                    .fix("multiply", Span { start: place.end, ..place }, " * "),
            ));
        }
        let Some(known) = functions::find(&name) else {
            if let Some(why) = functions::unfit(&name) {
                return Err(Box::new(Diagnostic::error("E0803", place, format!("`{name}` {why}"))));
            }
            let mut diagnostic = Diagnostic::error("E0802", place, format!("a score expression knows no function `{name}`"));
            if let Some(near) = nearest(&name, functions::names()) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), place, near);
            }
            return Err(Box::new(diagnostic));
        };
        let mut values = Vec::new();
        for part in parts {
            values.push(self.conditional(part)?);
        }
        if !known.takes(values.len()) {
            return Err(Box::new(
                Diagnostic::error("E0801", span, format!("`{name}` does not take {}", count(values.len())))
                    .label(format!("expected {}", known.wanted())),
            ));
        }
        Ok(Tree::new(Node::Call(name, values), span))
    }

    /// The grammar and this reader disagree; nothing that a user writes leads here.
    fn broken(&self, span: Span) -> Box<Diagnostic> {
        Box::new(Diagnostic::error("E0801", span, "this part of the score expression cannot be read"))
    }
}

fn count(values: usize) -> String {
    if values == 1 { "1 value".to_owned() } else { format!("{values} values") }
}

/// A number as it is written; too large ones are infinite, as in JavaScript.
fn number(text: &str) -> f64 {
    let radix = |digits: &str, radix: u32| {
        digits.chars().filter_map(|digit| digit.to_digit(radix)).fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
    };
    match text.get(..2) {
        Some("0x") => radix(&text[2..], 16),
        Some("0b") => radix(&text[2..], 2),
        Some("0o") => radix(&text[2..], 8),
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// The levels of precedence, loosest first; what stands in one binds from left to right.
const LEVELS: &[&[(&str, Binary)]] = &[
    &[("or", Binary::Or)],
    &[("xor", Binary::Xor)],
    &[("and", Binary::And)],
    &[("|", Binary::BitOr)],
    &[("^|", Binary::BitXor)],
    &[("&", Binary::BitAnd)],
    // Comparisons stand here: a chain of them is one expression.
    &[],
    &[("<<", Binary::ShiftLeft), (">>", Binary::ShiftRight), (">>>", Binary::ShiftRightLogical)],
    &[("+", Binary::Add), ("-", Binary::Subtract)],
    &[("*", Binary::Multiply), (".*", Binary::Multiply), ("/", Binary::Divide), ("./", Binary::Divide)],
];

const COMPARISONS: &[(&str, Comparison)] = &[
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<", Comparison::Smaller),
    (">", Comparison::Larger),
    ("<=", Comparison::SmallerOrEqual),
    (">=", Comparison::LargerOrEqual),
];

/// A flat list being read by precedence. Recursion is over [`LEVELS`] alone.
struct Chain {
    items: Vec<Item>,
    at: usize,
    whole: Span,
}

fn join(operator: Binary, left: Tree, right: Tree) -> Tree {
    let span = left.span.to(right.span);
    Tree::new(Node::Binary(operator, left, right), span)
}

impl Chain {
    fn sign(&self) -> Option<&'static str> {
        match self.items.get(self.at) {
            Some(Item::Sign(sign, _)) => Some(sign),
            _ => None,
        }
    }

    fn level(&mut self, level: usize) -> Refused<(Tree, Shape)> {
        let Some(operators) = LEVELS.get(level) else { return self.implied() };
        if operators.is_empty() {
            return self.comparisons(level);
        }
        let (mut tree, mut shape) = self.level(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| Some(*sign) == self.sign()) {
            self.at += 1;
            let (mut right, of) = self.level(level + 1)?;
            if of == Shape::Percentage && matches!(operator, Binary::Add | Binary::Subtract) {
                // `a + 10%` adds a tenth of a.
                right = join(Binary::Multiply, tree.clone(), right);
            }
            tree = join(*operator, tree, right);
            shape = Shape::Operator;
        }
        Ok((tree, shape))
    }

    fn comparisons(&mut self, level: usize) -> Refused<(Tree, Shape)> {
        let (first, shape) = self.level(level + 1)?;
        let (mut operands, mut between) = (vec![first], Vec::new());
        while let Some((_, comparison)) = COMPARISONS.iter().find(|(sign, _)| Some(*sign) == self.sign()) {
            self.at += 1;
            operands.push(self.level(level + 1)?.0);
            between.push(*comparison);
        }
        match operands.pop() {
            Some(only) if operands.is_empty() => Ok((only, shape)),
            Some(last) => {
                let span = operands.first().map_or(last.span, |first| first.span.to(last.span));
                operands.push(last);
                Ok((Tree::new(Node::Compare(operands, between), span), Shape::Operator))
            }
            None => Err(self.ended()),
        }
    }

    /// Multiplication without a sign binds tighter than `*` and `/`, but `1/2 a` divides first.
    fn implied(&mut self) -> Refused<(Tree, Shape)> {
        let (mut tree, mut last) = self.quotient()?;
        let mut shape = last;
        while let Some(Item::Operand { prefixes, starts, .. }) = self.items.get(self.at) {
            let beside = match starts {
                Starts::Word | Starts::Bracket => true,
                Starts::Number => !matches!(last, Shape::Constant | Shape::SignedConstant | Shape::Operator | Shape::Percentage),
            };
            if !prefixes.is_empty() || !beside {
                break;
            }
            let (right, of) = self.quotient()?;
            tree = join(Binary::Multiply, tree, right);
            (last, shape) = (of, Shape::Operator);
        }
        Ok((tree, shape))
    }

    /// `number / number` before a name or a bracket.
    fn quotient(&mut self) -> Refused<(Tree, Shape)> {
        let (mut tree, mut shape) = self.modulo()?;
        let mut last = shape;
        while matches!(last, Shape::Constant | Shape::SignedConstant) && self.sign() == Some("/") {
            let number = matches!(
                self.items.get(self.at + 1),
                Some(Item::Operand { prefixes, shape: Shape::Constant, .. }) if prefixes.is_empty()
            );
            let beside = matches!(
                self.items.get(self.at + 2),
                Some(Item::Operand { prefixes, starts: Starts::Word | Starts::Bracket, .. }) if prefixes.is_empty()
            );
            if !number || !beside {
                break;
            }
            self.at += 1;
            let (right, of) = self.modulo()?;
            tree = join(Binary::Divide, tree, right);
            (last, shape) = (of, Shape::Operator);
        }
        Ok((tree, shape))
    }

    fn modulo(&mut self) -> Refused<(Tree, Shape)> {
        let (mut tree, mut shape) = self.unary()?;
        loop {
            match self.items.get(self.at) {
                Some(Item::Percent(span)) => {
                    let hundred = Tree::new(Node::Number(100.0), *span);
                    tree = join(Binary::Divide, tree, hundred);
                    shape = Shape::Percentage;
                    self.at += 1;
                }
                Some(Item::Sign("%" | "mod", _)) => {
                    self.at += 1;
                    let right = self.unary()?.0;
                    tree = join(Binary::Modulo, tree, right);
                    shape = Shape::Operator;
                }
                _ => return Ok((tree, shape)),
            }
        }
    }

    /// Signs before a power: `-a ^ -b ^ c` is `-(a ^ (-(b ^ c)))`.
    fn unary(&mut self) -> Refused<(Tree, Shape)> {
        let mut operands = Vec::new();
        loop {
            let ended = self.ended();
            let Some(item) = self.items.get_mut(self.at) else { return Err(ended) };
            let Item::Operand { prefixes, tree, shape, .. } = item else { return Err(ended) };
            operands.push((std::mem::take(prefixes), tree.clone(), *shape));
            self.at += 1;
            if !matches!(self.sign(), Some("^" | ".^")) {
                break;
            }
            self.at += 1;
        }
        let mut found: Option<(Tree, Shape)> = None;
        for (prefixes, tree, shape) in operands.into_iter().rev() {
            let (mut tree, mut shape) = match found {
                Some((power, _)) => (join(Binary::Power, tree, power), Shape::Operator),
                None => (tree, shape),
            };
            for (prefix, span) in prefixes.into_iter().rev() {
                shape = if shape == Shape::Constant { Shape::SignedConstant } else { Shape::Operator };
                let span = span.to(tree.span);
                tree = Tree::new(Node::Prefix(prefix, tree), span);
            }
            found = Some((tree, shape));
        }
        found.ok_or_else(|| self.ended())
    }

    fn ended(&self) -> Box<Diagnostic> {
        let at = match self.items.get(self.at) {
            Some(Item::Operand { tree, .. }) => tree.span,
            Some(Item::Sign(_, span) | Item::Percent(span)) => *span,
            None => Span { start: self.whole.end, ..self.whole },
        };
        Box::new(Diagnostic::error("E0801", at, "a value is missing").label("expected a number, a layer's letter or `(`"))
    }
}
