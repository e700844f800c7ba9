//! The scalar functions that the model knows: what each takes and gives. Each has its page under learn.microsoft.com/kusto/query,
//! named beside it; `run.rs` says what it computes.

use super::code::{Code, Function};
use super::plan::{Planned, Planner, Scope, Typed, calling, rewrite};
use super::regular;
use super::tree::{Expression, Kind};
use super::value::{Type, Value};
use crate::Problem;

/// A call of a function.
///
/// # Errors
/// A function that is not modelled, or arguments that it does not take.
pub(super) fn call<'a>(
    planner: &mut Planner<'a>,
    at: usize,
    name: &str,
    arguments: &'a [Expression],
    scope: &mut Scope<'_>,
) -> Planned<Typed> {
    let mut given = Given { planner, at, name, arguments, scope };
    let yes = |function, arguments| Ok(calling(function, arguments, Type::Bool));
    match name {
        // not-function: the opposite; of null it is null, since null is neither (scalar-data-types/null-values).
        "not" => {
            let inner = given.condition_alone()?;
            Ok(Typed { code: Code::Not(Box::new(inner)), kind: Type::Bool })
        }
        // iff-function: the second where the first is true, else the third.
        "iff" | "iif" => given.case(3, 3),
        // case-function: the value behind the first predicate that is true, else the last.
        "case" => given.case(3, usize::MAX),
        // coalesce-function: the first that is not null; for texts, not empty.
        "coalesce" => given.coalesce(),
        "isnull" => given.alone().and_then(|one| yes(Function::IsNull, vec![one.code])),
        "isnotnull" => given.alone().and_then(|one| yes(Function::IsNotNull, vec![one.code])),
        "isempty" => given.alone().and_then(|one| yes(Function::IsEmpty, vec![one.code])),
        "isnotempty" => given.alone().and_then(|one| yes(Function::IsNotEmpty, vec![one.code])),
        // tostring-function
        "tostring" => {
            let one = given.alone()?;
            given.as_text(one).map(|code| Typed { code, kind: Type::String })
        }
        // tolong-function, toint-function, todouble-function, tobool-function, todatetime-function
        "tolong" => given.converted(Type::Long, Function::ToLong),
        "toint" => given.converted(Type::Int, Function::ToInt),
        "toreal" | "todouble" => given.converted(Type::Real, Function::ToReal),
        "tobool" | "toboolean" => given.converted(Type::Bool, Function::ToBool),
        "todatetime" => given.converted(Type::Datetime, Function::ToDatetime),
        // tolower-function, toupper-function, strlen-function
        "tolower" => given.texts(1, 1).map(|texts| calling(Function::ToLower, texts, Type::String)),
        "toupper" => given.texts(1, 1).map(|texts| calling(Function::ToUpper, texts, Type::String)),
        "strlen" => given.texts(1, 1).map(|texts| calling(Function::Strlen, texts, Type::Long)),
        // tohex-function
        "tohex" => given.whole_numbers(1, 2).map(|numbers| calling(Function::ToHex, numbers, Type::String)),
        // strcat-function: "If the arguments aren't of string type, they'll be forcibly converted to string."
        "strcat" => {
            let parts = given.each(1, 64)?;
            let parts = parts.into_iter().map(|part| given.as_text(part)).collect::<Planned<Vec<_>>>()?;
            Ok(calling(Function::Strcat, parts, Type::String))
        }
        // substring-function
        "substring" => {
            let [from, numbers @ ..] = arguments else { return Err(given.wrong()) };
            let mut codes = vec![given.planner.text(from, given.scope)?];
            codes.extend(Given { arguments: numbers, ..given }.whole_numbers(1, 2)?);
            Ok(calling(Function::Substring, codes, Type::String))
        }
        // replace-string-function
        "replace_string" => given.texts(3, 3).map(|texts| calling(Function::ReplaceString, texts, Type::String)),
        // split-function, without the index
        "split" => given.texts(2, 2).map(|texts| calling(Function::Split, texts, Type::Dynamic)),
        // indexof-function, without start, length and occurrence
        "indexof" => given.texts(2, 2).map(|texts| calling(Function::IndexOf, texts, Type::Long)),
        // trim-function, trim-start-function, trim-end-function: the text to trim is a regular expression
        "trim" => given.trim(true, true),
        "trim_start" => given.trim(true, false),
        "trim_end" => given.trim(false, true),
        "extract" => given.extract(),
        "replace_regex" => given.replace_regex(),
        // parse-json-function
        "parse_json" | "todynamic" => {
            let one = given.alone()?;
            match one.kind {
                Type::Dynamic => Ok(one),
                Type::String => Ok(calling(Function::ParseJson, vec![one.code], Type::Dynamic)),
                _ => Err(given.wrong()),
            }
        }
        // array-length-function
        "array_length" => {
            let one = given.alone()?;
            given.planner.wants(at, &one, Type::Dynamic)?;
            Ok(calling(Function::ArrayLength, vec![one.code], Type::Long))
        }
        // pack-array-function
        "pack_array" => {
            let parts = given.each(1, 64)?;
            let known = |part: &Typed| matches!(part.kind, Type::Dynamic | Type::String | Type::Bool | Type::Int | Type::Long);
            if !parts.iter().all(known) {
                return Err(given.wrong());
            }
            Ok(calling(Function::PackArray, parts.into_iter().map(|part| part.code).collect(), Type::Dynamic))
        }
        // gettype-function
        "gettype" => given.alone().map(|one| calling(Function::GetType(one.kind), vec![one.code], Type::String)),
        // ipv4-is-in-range-function, ipv4-is-in-any-range-function, ipv6-is-in-range-function, ipv6-is-in-any-range-function
        "ipv4_is_in_range" => given.addresses(2, 2, Function::InRange { v6: false }, Type::Bool),
        "ipv6_is_in_range" => given.addresses(2, 2, Function::InRange { v6: true }, Type::Bool),
        "ipv4_is_in_any_range" => given.addresses(2, usize::MAX, Function::InRange { v6: false }, Type::Bool),
        "ipv6_is_in_any_range" => given.addresses(2, usize::MAX, Function::InRange { v6: true }, Type::Bool),
        // ipv4-compare-function, ipv6-compare-function, without the prefix; ipv4-is-private-function
        "ipv4_compare" => given.addresses(2, 2, Function::CompareAddresses { v6: false }, Type::Long),
        "ipv6_compare" => given.addresses(2, 2, Function::CompareAddresses { v6: true }, Type::Long),
        // parse-ipv6-function, parse-ipv6-mask-function
        "parse_ipv6" => given.texts(1, 1).map(|texts| calling(Function::ParseIpv6, texts, Type::String)),
        "parse_ipv6_mask" => {
            let [from, numbers @ ..] = arguments else { return Err(given.wrong()) };
            let mut codes = vec![given.planner.text(from, given.scope)?];
            codes.extend(Given { arguments: numbers, ..given }.whole_numbers(1, 1)?);
            Ok(calling(Function::ParseIpv6, codes, Type::String))
        }
        // array-slice-function
        "array_slice" => {
            let [from, numbers @ ..] = arguments else { return Err(given.wrong()) };
            let array = given.planner.expression(from, given.scope)?;
            given.planner.wants(from.at, &array, Type::Dynamic)?;
            let mut codes = vec![array.code];
            codes.extend(Given { arguments: numbers, ..given }.whole_numbers(2, 2)?);
            Ok(calling(Function::ArraySlice, codes, Type::Dynamic))
        }
        // strcat-array-function
        "strcat_array" => {
            let [from, by] = arguments else { return Err(given.wrong()) };
            let array = given.planner.expression(from, given.scope)?;
            given.planner.wants(from.at, &array, Type::Dynamic)?;
            let by = given.planner.text(by, given.scope)?;
            Ok(calling(Function::StrcatArray, vec![array.code, by], Type::String))
        }
        "ipv4_is_private" => given.addresses(1, 1, Function::IsPrivate, Type::Bool),
        // startofday-function, without the offset; dayofweek-function; hourofday-function
        "startofday" => given.moment().map(|one| calling(Function::StartOfDay, vec![one], Type::Datetime)),
        "dayofweek" => given.moment().map(|one| calling(Function::DayOfWeek, vec![one], Type::Timespan)),
        "hourofday" => given.moment().map(|one| calling(Function::HourOfDay, vec![one], Type::Long)),
        // countif-aggregation-function, count-aggregation-function
        "countif" => match arguments {
            [condition] => given.planner.count(at, Some(condition), given.scope),
            _ => Err(given.wrong()),
        },
        "count" => match arguments {
            [] => given.planner.count(at, None, given.scope),
            _ => Err(given.wrong()),
        },
        _ => Err(Problem::new(at, format!("the function `{name}` is not modelled"))),
    }
}

/// A call while its arguments are looked at.
struct Given<'p, 'a, 's, 'o> {
    planner: &'p mut Planner<'a>,
    at: usize,
    name: &'o str,
    arguments: &'a [Expression],
    scope: &'o mut Scope<'s>,
}

impl<'a> Given<'_, 'a, '_, '_> {
    fn wrong(&self) -> Problem {
        Problem::new(self.at, format!("`{}` with these arguments is not modelled", self.name))
    }

    fn of_count(&self, least: usize, most: usize) -> Planned<()> {
        if (least..=most).contains(&self.arguments.len()) { Ok(()) } else { Err(self.wrong()) }
    }

    fn each(&mut self, least: usize, most: usize) -> Planned<Vec<Typed>> {
        self.of_count(least, most)?;
        self.arguments.iter().map(|argument| self.planner.expression(argument, self.scope)).collect()
    }

    fn alone(&mut self) -> Planned<Typed> {
        self.each(1, 1)?.pop().ok_or_else(|| self.wrong())
    }

    fn condition_alone(&mut self) -> Planned<Code> {
        let one = self.alone()?;
        self.planner.wants(self.at, &one, Type::Bool)?;
        Ok(one.code)
    }

    fn moment(&mut self) -> Planned<Code> {
        let one = self.alone()?;
        self.planner.wants(self.at, &one, Type::Datetime)?;
        Ok(one.code)
    }

    fn texts(&mut self, least: usize, most: usize) -> Planned<Vec<Code>> {
        self.of_count(least, most)?;
        self.arguments.iter().map(|argument| self.planner.text(argument, self.scope)).collect()
    }

    fn whole_numbers(&mut self, least: usize, most: usize) -> Planned<Vec<Code>> {
        let found = self.each(least, most)?;
        if found.iter().any(|each| !matches!(each.kind, Type::Int | Type::Long)) {
            return Err(self.wrong());
        }
        Ok(found.into_iter().map(|each| each.code).collect())
    }

    fn as_text(&self, of: Typed) -> Planned<Code> {
        match of.kind {
            Type::String => Ok(of.code),
            Type::Timespan => Err(Problem::new(self.at, "a timespan as text is not modelled")),
            kind => Ok(Code::Call(Function::ToString(kind), vec![of.code])),
        }
    }

    fn converted(&mut self, to: Type, function: fn(Type) -> Function) -> Planned<Typed> {
        let one = self.alone()?;
        let known = match to {
            Type::Long | Type::Int | Type::Real => matches!(one.kind, Type::String | Type::Dynamic | Type::Int | Type::Long),
            Type::Bool => matches!(one.kind, Type::String | Type::Dynamic | Type::Bool | Type::Int | Type::Long),
            Type::Datetime => matches!(one.kind, Type::String | Type::Datetime),
            Type::String | Type::Timespan | Type::Dynamic => false,
        };
        if !known {
            return Err(self.wrong());
        }
        Ok(calling(function(one.kind), vec![one.code], to))
    }

    /// The one type of several values; `int` beside `long` is a `long`.
    fn one_type(&self, kinds: impl Iterator<Item = Type>) -> Planned<Type> {
        let mut found: Option<Type> = None;
        for kind in kinds {
            found = match (found, kind) {
                (None, kind) => Some(kind),
                (Some(known), kind) if known == kind => Some(kind),
                (Some(Type::Int | Type::Long), Type::Int | Type::Long) => Some(Type::Long),
                _ => return Err(Problem::new(self.at, format!("`{}` of values of different types", self.name))),
            };
        }
        found.ok_or_else(|| self.wrong())
    }

    fn case(&mut self, least: usize, most: usize) -> Planned<Typed> {
        self.of_count(least, most)?;
        let [rest @ .., last] = self.arguments else { return Err(self.wrong()) };
        if rest.len() % 2 != 0 {
            return Err(self.wrong());
        }
        let (mut arms, mut kinds) = (Vec::new(), Vec::new());
        for pair in rest.chunks_exact(2) {
            let condition = self.planner.condition(&pair[0], self.scope)?;
            let value = self.planner.expression(&pair[1], self.scope)?;
            kinds.push(value.kind);
            arms.push((condition, value.code));
        }
        let otherwise = self.planner.expression(last, self.scope)?;
        kinds.push(otherwise.kind);
        let kind = self.one_type(kinds.into_iter())?;
        Ok(Typed { code: Code::Case { arms, otherwise: Box::new(otherwise.code) }, kind })
    }

    fn coalesce(&mut self) -> Planned<Typed> {
        // "up to 64" arguments.
        let parts = self.each(2, 64)?;
        let kind = self.one_type(parts.iter().map(|part| part.kind))?;
        Ok(Typed { code: Code::Coalesce(parts.into_iter().map(|part| part.code).collect()), kind })
    }

    fn addresses(&mut self, least: usize, most: usize, function: Function, kind: Type) -> Planned<Typed> {
        self.of_count(least, most)?;
        let mut codes = Vec::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            let found = self.planner.expression(argument, self.scope)?;
            match (found.kind, &found.code) {
                (Type::String, _) => codes.push(found.code),
                // "A dynamic array containing ranges".
                (Type::Dynamic, Code::Constant(Value::Dynamic(json))) if index == 1 && most == usize::MAX => {
                    let items = json.as_array().ok_or_else(|| self.wrong())?;
                    for item in items {
                        let text = item.as_str().ok_or_else(|| self.wrong())?;
                        codes.push(Code::Constant(Value::text(text)));
                    }
                }
                _ => return Err(self.wrong()),
            }
        }
        Ok(calling(function, codes, kind))
    }

    /// trim-function: the pattern stands at the start or the end.
    fn trim(&mut self, start: bool, end: bool) -> Planned<Typed> {
        let texts = self.texts(2, 2)?;
        let [pattern, from] = <[Code; 2]>::try_from(texts).map_err(|_| self.wrong())?;
        let regex = regular::constant(self.at, &pattern)?;
        // Only what has the same meaning for whole runs: a class of characters, or none at all, is not told apart here.
        let literal = regex.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        if !literal || regex.as_str().is_empty() {
            return Err(self.wrong());
        }
        Ok(calling(Function::Trim { start, end }, vec![from, pattern], Type::String))
    }

    /// extract-function: the group of the first match, 0 being the whole; converted where a type is given.
    fn extract(&mut self) -> Planned<Typed> {
        self.of_count(3, 4)?;
        let [pattern, group, from, rest @ ..] = self.arguments else { return Err(self.wrong()) };
        let regex = self.planner.text(pattern, self.scope)?;
        let regex = regular::constant(pattern.at, &regex)?;
        let group = match self.planner.expression(group, self.scope)?.code {
            Code::Constant(Value::Integer(group)) => usize::try_from(group).ok(),
            _ => None,
        };
        let group = group.filter(|group| *group < regex.captures_len()).ok_or_else(|| self.wrong())?;
        let to = match rest {
            [] => Type::String,
            [Expression { kind: Kind::TypeOf(kind), .. }] => *kind,
            _ => return Err(self.wrong()),
        };
        if !matches!(to, Type::String | Type::Int | Type::Long | Type::Real) {
            return Err(self.wrong());
        }
        let from = self.planner.text(from, self.scope)?;
        Ok(Typed { code: Code::Extract { regex, group, from: Box::new(from), to }, kind: to })
    }

    /// replace-regex-function: every match is replaced.
    fn replace_regex(&mut self) -> Planned<Typed> {
        let texts = self.texts(3, 3)?;
        let [from, pattern, with] = <[Code; 3]>::try_from(texts).map_err(|_| self.wrong())?;
        let regex = regular::constant(self.at, &pattern)?;
        let Code::Constant(Value::Text(with)) = with else { return Err(self.wrong()) };
        let rewrite = rewrite(self.at, &with, regex.captures_len())?;
        Ok(Typed { code: Code::ReplaceRegex { from: Box::new(from), regex, rewrite }, kind: Type::String })
    }
}
