//! Slips in clauses: missing quotes and commas, two clauses on a line, words in the wrong place.

use super::operators::{
    MODIFIERS, SYMBOL_OPERATORS, WORD_OPERATORS, emptiness, is_operator, negation, opens_list, operator_word, symbol,
    turned_around,
};
use super::{Place, RESERVED, Scene, quoted, shortened};
use crate::diag::{Diagnostic, Span, nearest};
use crate::syntax::grammar::Rule;
use crate::syntax::outline::Kind;

const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Keywords that begin a line of a rule's body but no clause.
const PROPERTIES: &[&str] = &[
    "title",
    "id",
    "author",
    "created",
    "modified",
    "status",
    "tlp",
    "hypothesis",
    "description",
    "software",
    "actor",
    "campaign",
    "techniques",
    "blindspot",
    "references",
    "tags",
    "level",
    "falsepositives",
    "response",
    "fields",
    "entities",
    "risk",
    "schedule",
    "renamed_from",
    "indicators",
    "timebox",
    "window",
    "trigger",
    "methodology",
    "applicability",
];

pub(super) fn explain(scene: &Scene<'_>) -> Option<Diagnostic> {
    misplaced(scene)
        .or_else(|| comment(scene))
        .or_else(|| at_line_start(scene))
        .or_else(|| turned_around(scene))
        .or_else(|| symbol(scene))
        .or_else(|| negation(scene))
        .or_else(|| emptiness(scene))
        .or_else(|| of_patterns(scene))
        .or_else(|| times(scene))
        .or_else(|| list(scene))
        .or_else(|| reserved_field(scene))
        .or_else(|| operator_word(scene))
        .or_else(|| value(scene))
        .or_else(|| two_clauses(scene))
        .or_else(|| ended(scene))
}

/// Where the clause begins in which reading stopped, and the list's `(` that is open there.
pub(super) fn clause(scene: &Scene<'_>) -> (usize, Option<usize>) {
    let mut depth = 0;
    let mut list = None;
    let mut at = scene.index.min(scene.tokens.len());
    while let Some(before) = at.checked_sub(1) {
        match (scene.kind(before), scene.text(before)) {
            (Some(Kind::ParenthesisClose), _) => depth += 1,
            (Some(Kind::ParenthesisOpen), _) if depth > 0 => depth -= 1,
            (Some(Kind::ParenthesisOpen), _) => {
                let opener = before.checked_sub(1).map_or("", |index| scene.text(index));
                if list.is_none() && (opens_list(opener) || opener == "of") {
                    list = Some(before);
                } else {
                    return (at, list);
                }
            }
            (_, "and" | "or" | "not" | "approximate" | "&&" | "||" | "!") if depth == 0 && list.is_none() => return (at, list),
            (_, "when") if before == 0 && depth == 0 => return (at, list),
            _ => {}
        }
        at = before;
    }
    (0, list)
}

/// `level high` inside of a block of clauses.
fn misplaced(scene: &Scene<'_>) -> Option<Diagnostic> {
    let word = scene.text(0);
    let second = scene.text(1);
    let not_on = word == "not" && second == "on" && scene.is_text(3);
    let property =
        PROPERTIES.contains(&word) && scene.index == 1 && !is_operator(second) && (scene.is_word(1) || scene.is_value(1));
    if !not_on && !property {
        return None;
    }
    Some(
        Diagnostic::error("E0127", scene.span(0), format!("`{word}` does not stand among clauses"))
            .label("it stands in a `hunt`, or in one of its rules")
            .help(format!("a field of this name is written `` `{word}` ``")),
    )
}

fn comment(scene: &Scene<'_>) -> Option<Diagnostic> {
    let first = scene.tokens.get(scene.index)?;
    let begins =
        |token: &super::Token| ["//", "/*", "--"].into_iter().find(|marker| scene.joined.text[token.start..].starts_with(marker));
    // A `//` at the start of a line is read as an empty regular expression, and fails behind it.
    let (index, marker) = match begins(first) {
        Some(marker) => (scene.index, marker),
        None => (0, begins(scene.tokens.first()?)?),
    };
    let at = scene.span(index);
    let span = Span { end: at.start + 2, ..at };
    let diagnostic = Diagnostic::error("E0114", span, format!("`{marker}` begins no comment here: `#` does"));
    Some(if marker == "/*" { diagnostic } else { diagnostic.fix("write `#`", span, "#") })
}

/// A line that begins with an operator: it should end the line before.
fn at_line_start(scene: &Scene<'_>) -> Option<Diagnostic> {
    let first = scene.text(0);
    let symbol = SYMBOL_OPERATORS.contains(&first) && scene.index == 0;
    let word = WORD_OPERATORS.contains(&first) && scene.index == 1 && !is_operator(scene.text(1)) && !scene.ended();
    let joiner = matches!(first, "and" | "or") && scene.index == 0;
    if joiner {
        return Some(
            scene
                .error("E0120", 0, format!("nothing stands before this `{first}`"))
                .help(format!("`{first}` stands between two clauses")),
        );
    }
    if !symbol && !word {
        return None;
    }
    let mut diagnostic = scene
        .error("E0120", 0, format!("a line cannot begin with `{first}`: the clause above ended with its line"))
        .help(format!("end the line above with `{first}`; it then goes on in this one"));
    let at = scene.span(0);
    let above = &scene.file[..at.start as usize];
    let end = above.trim_end().len();
    let line = &above[above[..end].rfind('\n').map_or(0, |newline| newline + 1)..end];
    let field = line.trim();
    let alone =
        !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'.' | b'-'));
    if alone || field.starts_with('`') && field.ends_with('`') {
        let gap = Span { start: u32::try_from(end).unwrap_or(at.start), end: at.start, ..at };
        diagnostic = diagnostic.fix("join the two lines", gap, " ");
    }
    Some(diagnostic)
}

/// `any of pattern_*`, `none of pattern_*`.
fn of_patterns(scene: &Scene<'_>) -> Option<Diagnostic> {
    let quantity = scene.previous()?;
    let meant = match scene.text(quantity) {
        "any" | "one" | "some" => "1",
        "none" => "not 1",
        _ => return None,
    };
    if scene.found() != "of" {
        return None;
    }
    Some(scene.error("E0121", quantity, format!("`{} of` is written `{meant} of`", scene.text(quantity))).fix(
        format!("write `{meant} of`"),
        scene.span(quantity),
        meant,
    ))
}

fn times(scene: &Scene<'_>) -> Option<Diagnostic> {
    let (start, list) = clause(scene);
    if scene.text(start + 1) != "in" {
        return None;
    }
    match scene.text(start) {
        "time" if scene.index > start + 1 && scene.is_value(start + 2) => Some(
            Diagnostic::error("E0131", scene.span(start + 2).to(scene.span(scene.run(start + 2).0)), "this is no range of times")
                .help("write `time in 19:00..07:00`, where needed with an offset: `time in 19:00..07:00 +02:00`"),
        ),
        "weekday" if list.is_some() && scene.is_word(scene.index) => {
            let found = scene.found().to_lowercase();
            let diagnostic = scene
                .error("E0131", scene.index, format!("`{}` is no day", scene.found()))
                .help("the days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`");
            let day = DAYS.iter().find(|day| found.starts_with(*day) || nearest(&found, [**day]).is_some());
            Some(match day {
                Some(day) => diagnostic.fix(format!("write `{day}`"), scene.span(scene.index), *day),
                None => diagnostic,
            })
        }
        _ => None,
    }
}

/// Slips between the parentheses of a list.
pub(super) fn list(scene: &Scene<'_>) -> Option<Diagnostic> {
    let (_, open) = clause(scene);
    let open = open?;
    let previous = scene.previous()?;
    let found = scene.found();
    let of_names = open.checked_sub(1).is_some_and(|before| scene.text(before) == "of");
    let holds = if of_names { "a name" } else { "a value" };
    match (scene.text(previous), found) {
        ("(", ")") => Some(
            Diagnostic::error("E0125", scene.span(previous).to(scene.span(scene.index)), "this list is empty")
                .help("a comparison with no value is never true: write the values, or remove the clause"),
        ),
        (",", ")") => {
            Some(scene.error("E0129", previous, "a list ends without a comma").fix("remove it", scene.span(previous), ""))
        }
        ("(" | ",", ",") => Some(scene.error("E0129", scene.index, format!("{holds} is missing before this `,`")).fix(
            "remove it",
            scene.span(scene.index),
            "",
        )),
        ("(" | ",", _) if !of_names && scene.is_word(scene.index) => {
            Some(scene.quote(scene.index, "a list holds values; the name of a list stands without parentheses: `F in NAME`"))
        }
        _ if previous > open && (scene.is_value(scene.index) || scene.is_word(scene.index)) => {
            Some(scene.error("E0129", scene.index, format!("`,` is missing before `{}`", shortened(found))).fix(
                "write `,`",
                after(scene.span(previous)),
                ",",
            ))
        }
        _ => None,
    }
}

fn after(span: Span) -> Span {
    Span { start: span.end, ..span }
}

/// `any == 'x'`, `Image contains 'x' and all 'y'`.
fn reserved_field(scene: &Scene<'_>) -> Option<Diagnostic> {
    let word = scene.previous()?;
    let written = scene.text(word);
    if !RESERVED.contains(&written) {
        return None;
    }
    if is_operator(scene.found()) {
        return Some(
            scene.error("E0130", word, format!("`{written}` is a word of the language; as a field it needs back quotes")).fix(
                format!("write `` `{written}` ``"),
                scene.span(word),
                format!("`{written}`"),
            ),
        );
    }
    if matches!(written, "any" | "all" | "none") && scene.found() == "(" {
        return Some(
            scene
                .error("E0101", scene.index, format!("`{written}` joins the clauses of a block: `{written} {{ … }}`"))
                .help("write each clause on a line of its own between `{` and `}`"),
        );
    }
    None
}

/// A bare word where a value should stand.
fn value(scene: &Scene<'_>) -> Option<Diagnostic> {
    let previous = scene.previous_text();
    if !opens_list(previous) || matches!(previous, "is" | "exists") || scene.previous() == Some(0) {
        return None;
    }
    let found = scene.found();
    if scene.is_word(scene.index) {
        if is_operator(found) {
            return Some(scene.error("E0101", scene.index, format!("a value is missing between `{previous}` and `{found}`")));
        }
        if MODIFIERS.contains(&found) || RESERVED.contains(&found) {
            return Some(
                scene
                    .error("E0101", scene.index, format!("a value is missing after `{previous}`"))
                    .help(format!("the text `{found}` stands in quotes: `'{found}'`")),
            );
        }
        return Some(scene.quote(
            scene.index,
            "text stands in `'…'`; the name of a list has letters, digits and `_`; another field is `field G`",
        ));
    }
    None
}

/// A second clause on the line, or two clauses within parentheses that nothing joins.
fn two_clauses(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.ended() || !scene.tried(&[Rule::k_and, Rule::k_or]) {
        return None;
    }
    let found = scene.found();
    let span = scene.span(scene.index);
    if found == "," {
        let next = scene.index + 1;
        let same_line = next < scene.tokens.len() && !scene.file[span.range().end..scene.span(next).range().start].contains('\n');
        let replacement = if same_line { format!("\n{}", indentation(scene, scene.index)) } else { String::new() };
        let gap = if same_line { Span { end: scene.span(next).start, ..span } } else { span };
        return Some(
            scene
                .error("E0113", scene.index, "a clause ends at the end of its line, without a comma")
                .help("clauses on lines of their own are joined by `and`")
                .fix(if same_line { "begin a line" } else { "remove it" }, gap, replacement),
        );
    }
    let clause_begins = scene.is_field(scene.index)
        || matches!(found, "(" | "not" | "approximate")
        || scene.is_value(scene.index) && scene.text(scene.index + 1) == "of";
    if !clause_begins {
        return None;
    }
    let inside = (0..scene.index).fold(0_i32, |depth, index| match scene.text(index) {
        "(" => depth + 1,
        ")" => depth - 1,
        _ => depth,
    }) > 0;
    let at = scene.before(scene.index);
    if inside {
        return Some(
            scene
                .error("E0113", scene.index, "a second clause begins here without `and` or `or` before it")
                .fix("write `and`", at, "and ")
                .fix("write `or`", at, "or "),
        );
    }
    let indentation = indentation(scene, scene.index);
    Some(
        scene
            .error("E0113", scene.index, "a second clause begins here: each stands on a line of its own")
            .fix("begin a line", at, format!("\n{indentation}"))
            .fix("write `or`", at, "or "),
    )
}

/// The blanks that the line of a token begins with.
fn indentation(scene: &Scene<'_>, index: usize) -> String {
    let line = &scene.file[..scene.span(index).start as usize];
    let line = &line[line.rfind('\n').map_or(0, |newline| newline + 1)..];
    line.chars().take_while(|character| matches!(character, ' ' | '\t')).collect()
}

fn ended(scene: &Scene<'_>) -> Option<Diagnostic> {
    if !scene.ended() && !matches!(scene.found(), ")" | "{") {
        return None;
    }
    let previous = scene.previous()?;
    let word = scene.text(previous);
    let missing = match word {
        "and" | "or" | "not" | "approximate" | "when" => "a clause",
        "(" if scene.place == Place::Clause => "a clause",
        "some" | "field" => "a field",
        "of" => "the names of patterns",
        _ if opens_list(word) => "a value",
        _ => return None,
    };
    let span = if scene.ended() { scene.end() } else { scene.span(scene.index) };
    let diagnostic = Diagnostic::error("E0101", span, format!("{missing} is missing after `{word}`"));
    Some(if missing == "a value" { diagnostic.help(format!("such as `{word} {}`", quoted("text"))) } else { diagnostic })
}
