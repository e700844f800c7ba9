//! The functions of mathjs 12 that give a score. Names with capital letters are not here: the Navigator lowers the expression,
//! so that it cannot call them either.

/// How many values a function takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    name: &'static str,
    least: usize,
    most: usize,
}

impl Function {
    pub(super) fn takes(&self, values: usize) -> bool {
        (self.least..=self.most).contains(&values)
    }

    pub(super) fn wanted(&self) -> String {
        match (self.least, self.most) {
            (1, 1) => "1 value".to_owned(),
            (least, most) if least == most => format!("{least} values"),
            (least, MANY) => format!("{least} or more"),
            (least, most) => format!("{least} to {most} values"),
        }
    }
}

const MANY: usize = usize::MAX;

const fn row(name: &'static str, least: usize, most: usize) -> Function {
    Function { name, least, most }
}

/// mathjs, "Functions": arithmetic, comparison, logical, statistics, probability, trigonometry.
const FUNCTIONS: &[Function] = &[
    row("abs", 1, 1),
    row("acos", 1, 1),
    row("add", 2, MANY),
    row("and", 2, 2),
    row("asin", 1, 1),
    row("atan", 1, 1),
    row("atan2", 2, 2),
    row("boolean", 1, 1),
    row("cbrt", 1, 1),
    row("ceil", 1, 2),
    row("combinations", 2, 2),
    row("compare", 2, 2),
    row("cos", 1, 1),
    row("cosh", 1, 1),
    row("cube", 1, 1),
    row("divide", 2, 2),
    row("equal", 2, 2),
    row("exp", 1, 1),
    row("expm1", 1, 1),
    row("factorial", 1, 1),
    row("fix", 1, 2),
    row("floor", 1, 2),
    row("gamma", 1, 1),
    row("gcd", 2, MANY),
    row("hypot", 1, MANY),
    row("inv", 1, 1),
    row("larger", 2, 2),
    row("lcm", 2, MANY),
    row("log", 1, 2),
    row("log10", 1, 1),
    row("log1p", 1, 2),
    row("log2", 1, 1),
    row("mad", 1, MANY),
    row("max", 1, MANY),
    row("mean", 1, MANY),
    row("median", 1, MANY),
    row("min", 1, MANY),
    row("mod", 2, 2),
    row("multiply", 2, MANY),
    row("norm", 1, 1),
    row("not", 1, 1),
    row("number", 1, 1),
    row("or", 2, 2),
    row("permutations", 1, 2),
    row("pow", 2, 2),
    row("prod", 1, MANY),
    row("round", 1, 2),
    row("sign", 1, 1),
    row("sin", 1, 1),
    row("sinh", 1, 1),
    row("smaller", 2, 2),
    row("sqrt", 1, 1),
    row("square", 1, 1),
    row("std", 1, MANY),
    row("subtract", 2, 2),
    row("sum", 1, MANY),
    row("tan", 1, 1),
    row("tanh", 1, 1),
    row("unequal", 2, 2),
    row("variance", 1, MANY),
    row("xor", 2, 2),
];

pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// Why a function that the Navigator knows is none for a score.
pub(super) fn unfit(name: &str) -> Option<&'static str> {
    match name {
        "random" => Some("gives another number on each call, and a layer must be the same each time"),
        "mode" | "range" | "zeros" | "ones" | "identity" | "matrix" | "sort" | "concat" | "diag" => {
            Some("gives a matrix, and a matrix can be no score")
        }
        "unit" | "string" | "complex" | "fraction" | "bignumber" | "format" | "print" => Some("gives no plain number"),
        "import" | "eval" | "evaluate" | "parse" | "simplify" | "derivative" | "config" | "help" => Some("calculates no score"),
        _ => None,
    }
}
