//! Slips around operators: those of other languages, negation in the middle, sides turned around.

use super::clauses::clause;
use super::{RESERVED, Scene, edits, shortened};
use crate::diag::{Diagnostic, Span, nearest};
use crate::syntax::outline::Kind;

pub(super) const WORD_OPERATORS: &[&str] =
    &["contains", "startswith", "endswith", "named", "like", "matches", "in", "is", "exists"];
pub(super) const SYMBOL_OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "<", ">"];
pub(super) const MODIFIERS: &[&str] =
    &["any", "all", "cased", "windash", "base64", "base64offset", "utf16le", "utf16be", "utf16", "wide"];

/// Words of other languages for an operator.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("equals", "=="),
    ("equal", "=="),
    ("eq", "=="),
    ("neq", "!="),
    ("ne", "!="),
    ("gt", ">"),
    ("gte", ">="),
    ("ge", ">="),
    ("lt", "<"),
    ("lte", "<="),
    ("le", "<="),
    ("re", "matches"),
    ("regex", "matches"),
    ("regexp", "matches"),
    ("rlike", "matches"),
    ("match", "matches"),
    ("beginswith", "startswith"),
    ("starts_with", "startswith"),
    ("ends_with", "endswith"),
    ("hasprefix", "startswith"),
    ("hassuffix", "endswith"),
    ("has", "contains"),
    ("includes", "contains"),
    ("include", "contains"),
    ("wildcard", "like"),
    ("glob", "like"),
    ("ilike", "like"),
    ("cidr", "in"),
    ("isnull", "is null"),
    ("isempty", "is empty"),
    ("isnotempty", "is present"),
    ("isnotnull", "exists"),
];

/// Symbols of other languages.
pub(super) fn other_symbol(written: &str) -> Option<&'static str> {
    Some(match written {
        "=" | "===" | "=~" | "~=" | "~" => "==",
        "<>" | "!==" | "=!" => "!=",
        "=>" => ">=",
        "=<" => "<=",
        "&&" => "and",
        "||" => "or",
        "!" => "not",
        _ => return None,
    })
}

pub(super) fn symbol(scene: &Scene<'_>) -> Option<Diagnostic> {
    let found = scene.found();
    let span = scene.span(scene.index);
    let previous = scene.previous();
    match (scene.kind(scene.index)?, found) {
        (Kind::Other, ":") if previous.is_some_and(|index| scene.is_field(index)) => Some(
            scene
                .error("E0114", scene.index, "`:` does not compare")
                .help("`F: value` is written in tests; a clause says `F == value`")
                .fix("write `==`", span, " =="),
        ),
        (Kind::Other, "|") => {
            let modifier = scene.text(scene.index + 1);
            let help = match modifier {
                "contains" | "startswith" | "endswith" => {
                    format!("Sigma's `|{modifier}` is the operator `{modifier}`: `F {modifier} 'x'`")
                }
                "re" => "Sigma's `|re` is the operator `matches`: `F matches /x/`".to_owned(),
                "all" => "Sigma's `|all` stands behind the operator: `F contains all ('a', 'b')`".to_owned(),
                "cidr" => "Sigma's `|cidr` is the operator `in`: `F in ('10.0.0.0/8')`".to_owned(),
                _ => "write `or` between two clauses".to_owned(),
            };
            Some(scene.error("E0114", scene.index, "`|` has no meaning here").help(help))
        }
        (Kind::Other, "&") => Some(scene.error("E0114", scene.index, "`&` has no meaning here").fix("write `and`", span, "and")),
        (Kind::Operator, _) => {
            if let Some(meant) = other_symbol(found) {
                let diagnostic = scene.error("E0114", scene.index, format!("`{found}` is no operator of this language"));
                let diagnostic = match found {
                    "=~" | "~=" | "~" => diagnostic
                        .help("`==` ignores case; a regular expression is written `F matches /…/`")
                        .fix("write `==`", span, "=="),
                    _ => diagnostic.fix(format!("write `{meant}`"), span, spaced(scene, meant)),
                };
                return Some(diagnostic);
            }
            if !SYMBOL_OPERATORS.contains(&found) {
                return Some(
                    scene.error("E0114", scene.index, format!("`{found}` is no operator of this language")).help(
                        "the operators are `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `contains`, `startswith`, `endswith`, `named`, `like`, `matches`, `is` and `exists`",
                    ),
                );
            }
            sides(scene)
        }
        _ => None,
    }
}

/// A comparison operator behind something that is no field.
fn sides(scene: &Scene<'_>) -> Option<Diagnostic> {
    let index = scene.previous()?;
    let compared = index.checked_sub(1).is_some_and(|before| opens_list(scene.text(before)));
    if compared && scene.is_field(index) {
        let diagnostic = scene.error("E0101", scene.index, "a comparison has two sides");
        return Some(diagnostic.help(format!("is a value missing after `{}`?", scene.text(index - 1))));
    }
    if compared && scene.is_value(index) {
        let diagnostic = scene.error("E0101", scene.index, "a comparison has two sides");
        return Some(diagnostic.help("join two comparisons: `F > 1 and F < 5`"));
    }
    None
}

/// `'x' == F`.
pub(super) fn turned_around(scene: &Scene<'_>) -> Option<Diagnostic> {
    let (start, list) = clause(scene);
    if list.is_some() || scene.index > start + 1 || !scene.is_value(start) || !is_operator(scene.text(start + 1)) {
        return None;
    }
    let diagnostic = scene
        .error("E0101", start, "a comparison begins with a field")
        .help("the field stands left of the operator, the value right of it");
    let turned = match scene.text(start + 1) {
        symmetric @ ("==" | "!=") => symmetric,
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => return Some(diagnostic),
    };
    if !scene.is_field(start + 2) {
        return Some(diagnostic);
    }
    let replacement = format!("{} {turned} {}", scene.text(start + 2), scene.text(start));
    let span = scene.span(start).to(scene.span(start + 2));
    Some(diagnostic.fix(format!("write `{}`", shortened(&replacement)), span, replacement))
}

/// A replacement for the symbol that did not fit, with blanks where it touches its neighbours.
fn spaced(scene: &Scene<'_>, word: &str) -> String {
    let touches = |left: Option<usize>, right: usize| {
        left.and_then(|left| scene.tokens.get(left))
            .zip(scene.tokens.get(right))
            .is_some_and(|(left, right)| left.end == right.start)
    };
    let before = if touches(scene.previous(), scene.index) { " " } else { "" };
    let after = if touches(Some(scene.index), scene.index + 1) { " " } else { "" };
    format!("{before}{word}{after}")
}

/// `F not in (…)`: the negation stands before the clause.
pub(super) fn negation(scene: &Scene<'_>) -> Option<Diagnostic> {
    let field = scene.previous()?;
    let (start, _) = clause(scene);
    if scene.found() != "not" || field != start || !scene.is_field(field) {
        return None;
    }
    let next = scene.text(scene.index + 1);
    let written = scene.text(field);
    let not = scene.span(scene.index);
    if next == "exists" {
        return Some(
            scene
                .error("E0116", scene.index, "`not` stands before the field, not behind it")
                .help("`is empty` is also true of empty text, and exact in every target")
                .fix(format!("write `{written} is null`"), not.to(scene.span(scene.index + 1)), "is null"),
        );
    }
    let diagnostic = scene.error("E0116", scene.index, "`not` stands before the field, not behind it");
    if !is_operator(next) {
        return Some(diagnostic.help(format!("`not {written} …` negates the whole comparison")));
    }
    let gap = Span { end: scene.span(scene.index + 1).start, ..not };
    let changes = vec![(scene.before(field), "not ".to_owned()), (gap, String::new())];
    Some(edits(diagnostic, format!("write `not {written} {next} …`"), changes))
}

/// `is not null`, `is 'x'`.
pub(super) fn emptiness(scene: &Scene<'_>) -> Option<Diagnostic> {
    let is = scene.previous()?;
    if scene.text(is) != "is" {
        return None;
    }
    let next = scene.index + 1;
    if scene.found() == "not" {
        let (meant, help) = match scene.text(next) {
            "null" => ("exists", "`is present` is also false for empty text, and exact in every target"),
            "empty" => ("is present", "`is present` is the opposite of `is empty`"),
            "present" => ("is empty", "`is empty` is the opposite of `is present`"),
            _ if scene.is_value(next) => {
                let span = scene.span(is).to(scene.span(scene.index));
                return Some(scene.error("E0116", scene.index, "`is not` does not compare with a value").fix(
                    "write `!=`",
                    span,
                    "!=",
                ));
            }
            _ => return Some(scene.error("E0116", scene.index, "`not` stands before the field, not behind `is`")),
        };
        let span = scene.span(is).to(scene.span(next));
        let message = format!("`is not {}` is written `{meant}`", scene.text(next));
        return Some(scene.error("E0116", scene.index, message).help(help).fix(format!("write `{meant}`"), span, meant));
    }
    if scene.is_value(scene.index) {
        return Some(
            scene.error("E0114", is, "`is` does not compare with a value").help("`is` tests `empty`, `present` and `null`").fix(
                "write `==`",
                scene.span(is),
                "==",
            ),
        );
    }
    let diagnostic = super::expected(scene);
    Some(diagnostic.help("`is empty`, `is present` and `is null` are the tests with `is`"))
}

/// A word that is no operator where one should stand.
pub(super) fn operator_word(scene: &Scene<'_>) -> Option<Diagnostic> {
    let field = scene.previous()?;
    let (start, list) = clause(scene);
    if field != start || list.is_some() || !scene.is_field(field) || RESERVED.contains(&scene.text(field)) {
        return None;
    }
    let written = scene.text(field);
    let found = scene.found();
    let span = scene.span(scene.index);
    if scene.is_text(scene.index) || scene.is_value(scene.index) {
        let operator = if scene.kind(scene.index) == Some(Kind::Regex) { "matches" } else { "==" };
        return Some(
            scene
                .error("E0101", scene.index, format!("an operator is missing between `{written}` and `{}`", shortened(found)))
                .fix(
                    format!("write `{written} {operator} {}`", shortened(found)),
                    scene.before(scene.index),
                    format!("{operator} "),
                ),
        );
    }
    if found == "{" {
        let diagnostic = scene.error("E0101", field, format!("`{written}` begins no block here"));
        return Some(match nearest(written, ["any", "all", "none"]) {
            Some(word) => {
                diagnostic.label(format!("did you mean `{word}`?")).fix(format!("write `{word}`"), scene.span(field), word)
            }
            None => diagnostic.help("blocks of clauses are `any { }`, `all { }`, `none { }` and `some F { }`"),
        });
    }
    if found == "(" {
        return Some(
            scene
                .error("E0101", scene.index, format!("an operator is missing after `{written}`"))
                .help("there are no functions; a list follows an operator: `F in ('a', 'b')`"),
        );
    }
    if !scene.is_word(scene.index) {
        return None;
    }
    let folded = found.to_lowercase();
    let meant = OTHER_WORDS.iter().find(|(word, _)| *word == folded).map(|(_, meant)| *meant);
    let meant = meant.or_else(|| nearest(found, WORD_OPERATORS.iter().copied()));
    // A word that is followed by an operator is a field: two clauses on a line, not a misspelt operator.
    if is_operator(scene.text(scene.index + 1)) || matches!(found, "and" | "or" | "not" | "any" | "all" | "none" | "some") {
        return None;
    }
    let diagnostic = scene.error("E0117", scene.index, format!("`{}` is no operator", shortened(found)));
    Some(match meant {
        Some(meant) => diagnostic.label(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), span, meant),
        None => diagnostic.help(format!(
            "`{written}` needs one of `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `contains`, `startswith`, `endswith`, `named`, `like`, `matches`, `is`, `exists`"
        )),
    })
}

pub(super) fn opens_list(word: &str) -> bool {
    WORD_OPERATORS.contains(&word)
        || SYMBOL_OPERATORS.contains(&word)
        || MODIFIERS.contains(&word)
        || other_symbol(word).is_some()
}

pub(super) fn is_operator(text: &str) -> bool {
    WORD_OPERATORS.contains(&text) || SYMBOL_OPERATORS.contains(&text)
}
