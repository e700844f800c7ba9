//! What a score expression is worth, in the numbers of JavaScript (mathjs 12, functions over `number` and `boolean`).

use super::tree::{Binary, Comparison, Node, Prefix, Tree};
use crate::diag::Span;

/// The scores of the layers, by letter; `None` while the Navigator tries an expression without layers.
pub type Scope<'s> = Option<&'s [f64]>;

/// Why an expression has no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It needs a layer's score, and there is none: only without a scope.
    Layer,
    /// E0803 at the span: what would arise, and which operation makes it.
    NoNumber(Span, String),
}

/// A number or a truth: what the Navigator takes as a score.
#[derive(Clone, Copy, Debug)]
enum Value {
    Number(f64),
    Truth(bool),
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Value::Number(number) => number,
            Value::Truth(truth) => f64::from(u8::from(truth)),
        }
    }

    fn holds(self) -> bool {
        match self {
            Value::Number(number) => number != 0.0 && !number.is_nan(),
            Value::Truth(truth) => truth,
        }
    }
}

/// The score of an expression; true is 1 and false 0. It may be infinite or not a number.
///
/// # Errors
/// Where no number arises.
pub fn evaluate(tree: &Tree, scope: Scope<'_>) -> Result<f64, Trouble> {
    value(tree, scope).map(Value::number)
}

fn value(tree: &Tree, scope: Scope<'_>) -> Result<Value, Trouble> {
    let no_number = |what: &str| Trouble::NoNumber(tree.span, what.to_owned());
    Ok(match &*tree.node {
        Node::Number(number) => Value::Number(*number),
        Node::Truth(truth) => Value::Truth(*truth),
        // The Navigator tries an expression without layers first, and there `e` is Euler's number.
        Node::Layer(4) if scope.is_none() => Value::Number(std::f64::consts::E),
        Node::Layer(index) => Value::Number(scope.and_then(|scores| scores.get(*index)).copied().ok_or(Trouble::Layer)?),
        Node::Conditional(condition, yes, no) => {
            let chosen = if value(condition, scope)?.holds() { yes } else { no };
            value(chosen, scope)?
        }
        Node::Compare(operands, between) => {
            let mut numbers = Vec::with_capacity(operands.len());
            for operand in operands {
                numbers.push(value(operand, scope)?.number());
            }
            let pairs = numbers.iter().zip(numbers.iter().skip(1)).zip(between);
            Value::Truth(pairs.into_iter().all(|((left, right), comparison)| compare(*comparison, *left, *right)))
        }
        Node::Prefix(prefix, operand) => {
            let operand = value(operand, scope)?;
            match prefix {
                Prefix::Not => Value::Truth(!operand.holds()),
                Prefix::Minus => Value::Number(-operand.number()),
                Prefix::Plus => Value::Number(operand.number()),
                Prefix::BitNot => Value::Number(f64::from(!bits(operand.number()).ok_or_else(|| no_number(WHOLE))?)),
            }
        }
        Node::Factorial(operand) => Value::Number(factorial(value(operand, scope)?.number()).map_err(no_number)?),
        Node::Binary(operator, left, right) => {
            let (left, right) = (value(left, scope)?, value(right, scope)?);
            match operator {
                Binary::Or => Value::Truth(left.holds() || right.holds()),
                Binary::Xor => Value::Truth(left.holds() != right.holds()),
                Binary::And => Value::Truth(left.holds() && right.holds()),
                _ => Value::Number(arithmetic(*operator, left.number(), right.number()).map_err(no_number)?),
            }
        }
        Node::Call(name, arguments) => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(value(argument, scope)?);
            }
            call(name, &values).map_err(no_number)?
        }
    })
}

const WHOLE: &str = "a bitwise operation takes whole numbers";
const COMPLEX: &str = "a complex number arises here";

fn arithmetic(operator: Binary, left: f64, right: f64) -> Result<f64, &'static str> {
    let whole = |number| bits(number).ok_or(WHOLE);
    let by = |number: f64| whole(number).map(|count| count as u32 & 31);
    Ok(match operator {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::Modulo => modulo(left, right),
        Binary::Power => power(left, right)?,
        Binary::BitOr => f64::from(whole(left)? | whole(right)?),
        Binary::BitXor => f64::from(whole(left)? ^ whole(right)?),
        Binary::BitAnd => f64::from(whole(left)? & whole(right)?),
        Binary::ShiftLeft => f64::from(whole(left)?.wrapping_shl(by(right)?)),
        Binary::ShiftRight => f64::from(whole(left)?.wrapping_shr(by(right)?)),
        Binary::ShiftRightLogical => f64::from((whole(left)? as u32).wrapping_shr(by(right)?)),
        // Truths are decided by the caller.
        Binary::Or | Binary::Xor | Binary::And => f64::NAN,
    })
}

/// mathjs takes numbers for equal that differ by less than a part in 10^12 (`config.epsilon`).
fn nearly_equal(left: f64, right: f64) -> bool {
    if left == right {
        return true;
    }
    if !left.is_finite() || !right.is_finite() {
        return false;
    }
    let difference = (left - right).abs();
    difference <= f64::EPSILON || difference <= left.abs().max(right.abs()) * 1e-12
}

fn compare(comparison: Comparison, left: f64, right: f64) -> bool {
    let equal = nearly_equal(left, right);
    match comparison {
        Comparison::Equal => equal,
        Comparison::Unequal => !equal,
        Comparison::Smaller => left < right && !equal,
        Comparison::Larger => left > right && !equal,
        Comparison::SmallerOrEqual => left <= right || equal,
        Comparison::LargerOrEqual => left >= right || equal,
    }
}

/// The 32 bits that JavaScript's bitwise operators see of a whole number.
fn bits(number: f64) -> Option<i32> {
    if !number.is_finite() || number.fract() != 0.0 {
        return None;
    }
    // The remainder lies within 0 and 2^32, so that neither cast loses anything.
    Some(number.rem_euclid(4_294_967_296.0) as u32 as i32)
}

fn modulo(left: f64, right: f64) -> f64 {
    if right == 0.0 { left } else { left - right * (left / right).floor() }
}

fn power(base: f64, exponent: f64) -> Result<f64, &'static str> {
    if base * base < 1.0 && exponent == f64::INFINITY || base * base > 1.0 && exponent == f64::NEG_INFINITY {
        return Ok(0.0);
    }
    if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
        return Err(COMPLEX);
    }
    // JavaScript: one to the power of infinity is no number.
    if base.abs() == 1.0 && !exponent.is_finite() {
        return Ok(f64::NAN);
    }
    Ok(base.powf(exponent))
}

fn factorial(number: f64) -> Result<f64, &'static str> {
    if number < 0.0 {
        return Err("a factorial of a negative number does not exist");
    }
    if number > 170.0 {
        return Ok(f64::INFINITY);
    }
    if number.fract() != 0.0 {
        return Err("factorials of fractions are not calculated");
    }
    Ok((1..=number as u32).fold(1.0, |product, factor| product * f64::from(factor)))
}

/// Rounds at some decimals, by the digits of a number as they are written (mathjs: `1.005` at two is `1.01`).
fn at_decimals(number: f64, decimals: Option<f64>, round: impl Fn(f64) -> f64) -> Result<f64, &'static str> {
    let Some(decimals) = decimals else { return Ok(round(number)) };
    if !(0.0..=15.0).contains(&decimals) || decimals.fract() != 0.0 {
        return Err("a number is rounded at 0 to 15 decimals");
    }
    if !number.is_finite() {
        return Ok(number);
    }
    let shifted = |number: f64, by: f64| format!("{number}e{by}").parse().unwrap_or(f64::NAN);
    Ok(shifted(round(shifted(number, decimals)), -decimals))
}

/// What is nearly whole counts as whole.
fn nearly(number: f64, round: impl Fn(f64) -> f64) -> f64 {
    if nearly_equal(number, number.round()) { number.round() } else { round(number) }
}

fn divisor(left: f64, right: f64) -> Result<f64, &'static str> {
    if left.fract() != 0.0 || right.fract() != 0.0 || !left.is_finite() || !right.is_finite() {
        return Err("a common divisor takes whole numbers");
    }
    let (mut left, mut right) = (left, right);
    while right != 0.0 {
        (left, right) = (right, left % right);
    }
    Ok(left.abs())
}

fn logarithm(number: f64) -> Result<f64, &'static str> {
    if number < 0.0 { Err(COMPLEX) } else { Ok(number.ln()) }
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), middle.checked_sub(1).and_then(|before| sorted.get(before))) {
        (Some(upper), Some(lower)) if sorted.len().is_multiple_of(2) => (upper + lower) / 2.0,
        (Some(upper), _) => *upper,
        (None, _) => f64::NAN,
    }
}

fn variance(numbers: &[f64]) -> f64 {
    if numbers.len() < 2 {
        return 0.0;
    }
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / (count - 1.0)
}

/// The number of ways to choose, for whole numbers that are not negative.
fn choose(of: f64, some: f64, ordered: bool) -> Result<f64, &'static str> {
    if of < 0.0 || some < 0.0 || of.fract() != 0.0 || some.fract() != 0.0 || of < some || of > 170.0 {
        return Err("choosing takes whole numbers, not more than there are");
    }
    let all = factorial(of)? / factorial(of - some)?;
    Ok(if ordered { all } else { (all / factorial(some)?).round() })
}

fn call(name: &str, values: &[Value]) -> Result<Value, &'static str> {
    let numbers: Vec<f64> = values.iter().map(|value| value.number()).collect();
    let first = numbers.first().copied().unwrap_or(f64::NAN);
    let second = numbers.get(1).copied();
    let other = second.unwrap_or(f64::NAN);
    let count = numbers.len() as f64;
    let inside = |number: f64| if (-1.0..=1.0).contains(&number) { Ok(number) } else { Err(COMPLEX) };
    let extreme = |better: fn(f64, f64) -> bool| {
        if numbers.iter().any(|number| number.is_nan()) {
            return f64::NAN;
        }
        numbers.iter().copied().reduce(|best, next| if better(next, best) { next } else { best }).unwrap_or(f64::NAN)
    };
    let truth = |truth: bool| Ok(Value::Truth(truth));
    let number = match name {
        "and" => return truth(values.iter().all(|value| value.holds())),
        "or" => return truth(values.iter().any(|value| value.holds())),
        "xor" => return truth(values.iter().filter(|value| value.holds()).count() == 1),
        "not" => return truth(!values.first().is_some_and(|value| value.holds())),
        "boolean" => return truth(values.first().is_some_and(|value| value.holds())),
        "equal" => return truth(compare(Comparison::Equal, first, other)),
        "unequal" => return truth(compare(Comparison::Unequal, first, other)),
        "smaller" => return truth(compare(Comparison::Smaller, first, other)),
        "larger" => return truth(compare(Comparison::Larger, first, other)),
        "compare" if nearly_equal(first, other) => 0.0,
        "compare" => {
            if first > other {
                1.0
            } else {
                -1.0
            }
        }
        "abs" | "norm" => first.abs(),
        "acos" => inside(first)?.acos(),
        "asin" => inside(first)?.asin(),
        "atan" => first.atan(),
        "atan2" => first.atan2(other),
        "cbrt" => first.cbrt(),
        "ceil" => at_decimals(first, second, |number| nearly(number, f64::ceil))?,
        "floor" => at_decimals(first, second, |number| nearly(number, f64::floor))?,
        "fix" => at_decimals(first, second, f64::trunc)?,
        "round" => at_decimals(first, second, f64::round)?,
        "combinations" => choose(first, other, false)?,
        "permutations" => choose(first, second.unwrap_or(first), true)?,
        "cos" => first.cos(),
        "cosh" => first.cosh(),
        "cube" => first * first * first,
        "divide" => first / other,
        "exp" => first.exp(),
        "expm1" => first.exp_m1(),
        "factorial" => factorial(first)?,
        "gamma" => factorial(first - 1.0)?,
        "gcd" => numbers.iter().skip(1).try_fold(first, |found, next| divisor(found, *next))?,
        "lcm" => numbers.iter().skip(1).try_fold(first, |found, next| {
            let common = divisor(found, *next)?;
            Ok::<f64, &'static str>(if common == 0.0 { 0.0 } else { (found * next / common).abs() })
        })?,
        "hypot" => numbers.iter().map(|number| number * number).sum::<f64>().sqrt(),
        "inv" => 1.0 / first,
        "log" => match second {
            Some(base) => logarithm(first)? / logarithm(base)?,
            None => logarithm(first)?,
        },
        "log10" => {
            if first < 0.0 {
                return Err(COMPLEX);
            } else {
                first.log10()
            }
        }
        "log2" => {
            if first < 0.0 {
                return Err(COMPLEX);
            } else {
                first.log2()
            }
        }
        "log1p" => {
            if first < -1.0 {
                return Err(COMPLEX);
            }
            match second {
                Some(base) => first.ln_1p() / logarithm(base)?,
                None => first.ln_1p(),
            }
        }
        "mad" => {
            let middle = median(&numbers);
            median(&numbers.iter().map(|number| (number - middle).abs()).collect::<Vec<_>>())
        }
        "max" => extreme(|next, best| next > best),
        "min" => extreme(|next, best| next < best),
        "mean" => numbers.iter().sum::<f64>() / count,
        "median" => median(&numbers),
        "mod" => modulo(first, other),
        "prod" | "multiply" => numbers.iter().product(),
        "number" => first,
        "pow" => power(first, other)?,
        "sign" => {
            if first == 0.0 || first.is_nan() {
                first.abs()
            } else {
                first.signum()
            }
        }
        "sin" => first.sin(),
        "sinh" => first.sinh(),
        "sqrt" => {
            if first < 0.0 {
                return Err(COMPLEX);
            } else {
                first.sqrt()
            }
        }
        "square" => first * first,
        "std" => variance(&numbers).sqrt(),
        "subtract" => first - other,
        "sum" | "add" => numbers.iter().sum(),
        "tan" => first.tan(),
        "tanh" => first.tanh(),
        "variance" => variance(&numbers),
        _ => return Err("this function is not calculated"),
    };
    Ok(Value::Number(number))
}
