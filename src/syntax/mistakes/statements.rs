//! Slips in heads, properties, values and tests, and statements that are unknown or stand in the wrong place.

use super::{Place, Scene, edits, first_word, quoted, second_word, shortened};
use crate::diag::{Diagnostic, Span, nearest};
use crate::syntax::grammar::Rule;
use crate::syntax::outline::Kind;
use crate::syntax::statement::Joined;
use crate::syntax::tree::property_rule;

const FILE: &[&str] = &["use", "hunt", "library", "site", "logsource"];
const UNIT: &[&str] = &["stop", "result", "list", "ioc", "pattern", "detect", "correlate", "sweep", "test", "except"];
const HUNT_PROPERTIES: &[&str] = &[
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
    "trigger",
    "methodology",
    "applicability",
];
const RESULT: &[&str] =
    &["outcome", "started", "ended", "examined", "not examined", "variants", "conclusion", "byproduct", "handoff"];
const RULE_PROPERTIES: &[&str] = &[
    "title",
    "id",
    "renamed_from",
    "level",
    "techniques",
    "falsepositives",
    "response",
    "fields",
    "entities",
    "risk",
    "schedule",
];
const TEST: &[&str] = &["event", "events", "expect", "base", "hit", "miss"];

/// What may begin a statement at a place.
fn allowed(place: Place) -> Vec<&'static str> {
    match place {
        Place::File => FILE.to_vec(),
        Place::Unit => [UNIT, HUNT_PROPERTIES].concat(),
        Place::LogSource => vec!["fields"],
        Place::Detect | Place::Correlate => [&["when", "except"], RULE_PROPERTIES].concat(),
        Place::Sweep => [&["indicators", "except"], RULE_PROPERTIES].concat(),
        Place::Stop => vec!["timebox", "window", "when"],
        Place::Result => RESULT.to_vec(),
        Place::Test => TEST.to_vec(),
        _ => Vec::new(),
    }
}

fn place_name(place: Place) -> &'static str {
    match place {
        Place::File => "at the top of a file",
        Place::Unit => "in a `hunt`, `library` or `site`",
        Place::LogSource => "in a `logsource`",
        Place::Detect => "in a `detect`",
        Place::Correlate => "in a `correlate`",
        Place::Sweep => "in a `sweep`",
        Place::Stop => "in `stop`",
        Place::Result => "in `result`",
        Place::Test => "in a `test`",
        _ => "here",
    }
}

/// Where a keyword does belong.
fn home(word: &str) -> Option<&'static str> {
    Some(match word {
        "use" | "hunt" | "library" | "site" | "logsource" => "at the top of a file",
        "stop" | "result" | "list" | "ioc" | "pattern" | "detect" | "correlate" | "sweep" | "test" => "in a `hunt`",
        "when" => "in a `detect` or a `correlate`",
        "except" => "in a `detect`, or in a `site`",
        "indicators" => "in a `sweep`",
        "timebox" | "window" => "in `stop`",
        _ if RESULT.contains(&word) => "in `result`",
        "event" | "events" | "expect" | "base" | "hit" | "miss" => "in a `test`",
        _ if HUNT_PROPERTIES.contains(&word) && RULE_PROPERTIES.contains(&word) => "in a `hunt`, or in one of its rules",
        _ if HUNT_PROPERTIES.contains(&word) => "in a `hunt`",
        _ if RULE_PROPERTIES.contains(&word) => "in a `detect`, `correlate` or `sweep`",
        _ => return None,
    })
}

/// A statement whose first word begins none at this place.
pub(in crate::syntax) fn unknown_statement(joined: &Joined<'_>, place: Place) -> Diagnostic {
    let word = first_word(&joined.text);
    let here = place_name(place);
    let known = allowed(place);
    if word.is_empty() {
        let token = super::outline::tokens(&joined.text, 0).into_iter().next();
        let (start, end) = token.map_or((0, joined.text.len()), |token| (token.start, token.end));
        let written = shortened(&joined.text[start..end]);
        let diagnostic = Diagnostic::error("E0126", joined.span(start, end), format!("`{written}` begins no statement {here}"));
        return diagnostic.help(listed(&known));
    }
    let span = joined.span(0, word.len());
    let second = second_word(&joined.text);
    if let Some(home) = home(word) {
        let message = format!("`{word}` does not stand {here}");
        let diagnostic = Diagnostic::error("E0127", span, message).label(format!("it stands {home}"));
        return match (place, word) {
            (Place::File, _) => diagnostic.help("put it between `hunt NAME {` and `}`"),
            (Place::Sweep, "when") => diagnostic.help("a `sweep` names its indicators: `indicators NAME`"),
            _ => diagnostic,
        };
    }
    let rule = matches!(place, Place::Detect | Place::Unit | Place::Correlate);
    let operator = matches!(
        second,
        "contains" | "startswith" | "endswith" | "named" | "like" | "matches" | "in" | "is" | "exists" | "=" | "!" | "<" | ">"
    );
    if rule && operator {
        return Diagnostic::error("E0127", span, format!("a clause does not stand {here}"))
            .help("clauses stand in the `when` of a `detect`, or in a `pattern`: `when { … }`");
    }
    let diagnostic = Diagnostic::error("E0126", span, format!("`{word}` begins no statement {here}"));
    match nearest(word, known.iter().copied()) {
        Some(meant) => diagnostic.label(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), span, meant),
        None => diagnostic.help(listed(&known)),
    }
}

fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    format!("what can stand here: {}", words.join(", "))
}

pub(super) fn explain(scene: &Scene<'_>) -> Option<Diagnostic> {
    foreign_comment(scene)
        .or_else(|| trailing_comma(scene))
        .or_else(|| duration(scene))
        .or_else(|| date(scene))
        .or_else(|| match scene.place {
            Place::Pairs => pairs(scene),
            Place::Value => value(scene),
            Place::CorrelateWhen => correlation(scene),
            Place::FieldDeclaration => declaration(scene),
            Place::Property => property(scene),
            _ => None,
        })
        .or_else(|| used_names(scene))
        .or_else(|| missing_on(scene))
        .or_else(|| name(scene))
        .or_else(|| missing_text(scene))
        .or_else(|| second_statement(scene))
}

fn foreign_comment(scene: &Scene<'_>) -> Option<Diagnostic> {
    let rest = &scene.joined.text[scene.tokens.get(scene.index)?.start..];
    let marker = ["//", "/*"].into_iter().find(|marker| rest.starts_with(marker))?;
    let at = scene.span(scene.index);
    let span = Span { end: at.start + 2, ..at };
    let diagnostic = Diagnostic::error("E0114", span, format!("`{marker}` begins no comment here: `#` does"));
    Some(if marker == "//" { diagnostic.fix("write `#`", span, "#") } else { diagnostic })
}

/// `techniques T1486,` and then something else.
fn trailing_comma(scene: &Scene<'_>) -> Option<Diagnostic> {
    let comma = scene.previous()?;
    let ends = scene.ended() || matches!(scene.found(), ")" | "}" | "," | "{");
    if scene.text(comma) != "," || !ends {
        return None;
    }
    Some(scene.error("E0129", comma, "nothing follows this `,`").fix("remove it", scene.span(comma), ""))
}

/// `5min`, `5 m`, `1w`, `1h30m`.
fn duration(scene: &Scene<'_>) -> Option<Diagnostic> {
    let wanted = [Rule::duration, Rule::within, Rule::event_at, Rule::schedule_every];
    let previous = matches!(scene.previous_text(), "within" | "at" | "every" | "suppress" | "timebox" | "window");
    if !(scene.tried(&wanted) && previous && scene.is_word(scene.index)) {
        return None;
    }
    let found = scene.found();
    let digits = found.find(|character: char| !character.is_ascii_digit()).unwrap_or(found.len());
    if digits == 0 {
        return None;
    }
    let (number, unit) = found.split_at(digits);
    let next = scene.index + 1;
    let (unit, last) = if unit.is_empty() && scene.is_word(next) { (scene.text(next), next) } else { (unit, scene.index) };
    let factor_and_unit = match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some((1, "s")),
        "m" | "min" | "mins" | "minute" | "minutes" => Some((1, "m")),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some((1, "h")),
        "d" | "day" | "days" => Some((1, "d")),
        "w" | "wk" | "week" | "weeks" => Some((7, "d")),
        _ => None,
    };
    let span = if factor_and_unit.is_some() { scene.span(scene.index).to(scene.span(last)) } else { scene.span(scene.index) };
    let diagnostic = Diagnostic::error("E0131", span, format!("`{}` is no duration", shortened(&scene.file[span.range()])))
        .help("a duration is one whole number and one of the units `s`, `m`, `h`, `d`: `90m`");
    let meant =
        factor_and_unit.and_then(|(factor, unit)| Some(format!("{}{unit}", number.parse::<u64>().ok()?.checked_mul(factor)?)));
    Some(match meant {
        Some(meant) => diagnostic.fix(format!("write `{meant}`"), span, meant.clone()),
        None => diagnostic,
    })
}

fn date(scene: &Scene<'_>) -> Option<Diagnostic> {
    let wanted = scene.tried(&[Rule::date]) && !scene.tried(&[Rule::regex, Rule::list]);
    if !wanted || scene.ended() || scene.place == Place::Value || scene.place == Place::Pairs {
        return None;
    }
    let (last, written) = scene.run(scene.index);
    let span = scene.span(scene.index).to(scene.span(last));
    let diagnostic = Diagnostic::error("E0131", span, format!("`{}` is no date", shortened(written)))
        .help("a date is year, month and day, without quotes: `2026-11-24`");
    let inner = written.trim_matches(['"', '\'']);
    let bytes = inner.as_bytes();
    let shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { matches!(byte, b'-' | b'/' | b'.') } else { byte.is_ascii_digit() });
    Some(if shaped {
        let meant = inner.replace(['/', '.'], "-");
        diagnostic.fix(format!("write `{meant}`"), span, meant.clone())
    } else {
        diagnostic
    })
}

fn pairs(scene: &Scene<'_>) -> Option<Diagnostic> {
    let span = scene.span(scene.index);
    let previous = scene.previous();
    match scene.found() {
        "," => Some(scene.error("E0129", scene.index, "the pairs of a test are separated by blanks").fix("remove it", span, "")),
        "==" | "=" => Some(scene.error("E0114", scene.index, "in a test a field and its value are separated by `:`").fix(
            "write `:`",
            Span { start: scene.span(previous?).end, ..span },
            ":",
        )),
        _ if previous.is_some_and(|index| {
            scene.text(index) == ":" || scene.text(index) == "seq" || matches!(scene.text(index), "(" | ",")
        }) && scene.is_word(scene.index) =>
        {
            Some(scene.quote(scene.index, "values are texts in quotes, numbers, `true`, `false`, `null`, `( … )` and `{ … }`"))
        }
        _ if scene.ended() && previous.is_some_and(|index| scene.text(index) == ":") => {
            Some(Diagnostic::error("E0101", scene.end(), "a value is missing after `:`"))
        }
        _ if previous.is_some_and(|index| scene.is_field(index) && (index == 0 || scene.text(index - 1) != ":")) => {
            let field = scene.text(previous?);
            let at = if scene.ended() { scene.end() } else { span };
            let diagnostic = Diagnostic::error("E0101", at, format!("`:` is missing after `{}`", shortened(field)));
            Some(if scene.ended() { diagnostic } else { diagnostic.fix("write `:`", Span { end: at.start, ..at }, ": ") })
        }
        _ => None,
    }
}

fn value(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.index == 0 && scene.is_word(0) {
        return Some(
            scene.quote(0, "values are texts in quotes, numbers, `true` and `false`, separated by commas or line breaks"),
        );
    }
    if scene.index == 0 && matches!(scene.kind(0), Some(Kind::Other)) {
        let (_, written) = scene.run(0);
        return (!written.is_empty()).then(|| scene.quote(0, "values are texts in quotes, numbers, `true` and `false`"));
    }
    let previous = scene.previous()?;
    if scene.is_value(scene.index) {
        let at = scene.span(previous);
        return Some(scene.error("E0129", scene.index, format!("`,` is missing before `{}`", shortened(scene.found()))).fix(
            "write `,`",
            Span { start: at.end, ..at },
            ",",
        ));
    }
    None
}

fn declaration(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.index == 1 && scene.found() != ":" {
        let at = scene.span(0);
        return Some(
            scene
                .error("E0101", 0, format!("the type of `{}` is missing", scene.text(0)))
                .help("a field is declared as `name: string`")
                .fix("write `:`", Span { start: at.end, ..at }, ":"),
        );
    }
    None
}

fn correlation(scene: &Scene<'_>) -> Option<Diagnostic> {
    let found = scene.found();
    let span = scene.span(scene.index);
    if scene.kind(scene.index) == Some(Kind::Operator) {
        let meant = match found {
            "=" => "==",
            "=>" => ">=",
            "=<" => "<=",
            "<>" => "!=",
            "&&" => "and",
            "||" => "or",
            "->" => "then",
            _ => return None,
        };
        return Some(scene.error("E0114", scene.index, format!("`{found}` is no operator of this language")).fix(
            format!("write `{meant}`"),
            span,
            meant,
        ));
    }
    if scene.text(1) == "{" {
        return Some(
            scene
                .error("E0101", 1, "the condition of a correlate stands without braces")
                .help("such as `when count of p >= 10 by Computer within 5m`"),
        );
    }
    let tail = scene.previous_text();
    let connected = scene.index >= 2 && matches!(scene.text(scene.index - 2), "and" | "or" | "then" | "without" | "prior");
    if matches!(tail, "by" | "within" | "fixed") && connected {
        let before = scene.text(scene.index - 2);
        return Some(scene.error("E0101", scene.index - 1, format!("a name is missing between `{before}` and `{tail}`")));
    }
    if found == "group" && scene.text(scene.index + 1) == "by" {
        let both = span.to(scene.span(scene.index + 1));
        return Some(Diagnostic::error("E0114", both, "`group by` is written `by`").fix("write `by`", both, "by"));
    }
    if matches!(found, "followed" | "followedby") {
        let next = scene.index + usize::from(scene.text(scene.index + 1) == "by");
        let both = span.to(scene.span(next));
        return Some(Diagnostic::error("E0114", both, "an event that follows another is said with `then`").fix(
            "write `then`",
            both,
            "then",
        ));
    }
    if matches!(found, "not" | "butnot") {
        return Some(
            scene
                .error("E0114", scene.index, "an event that does not come is said with `without`")
                .help("such as `a without b by Computer within 5m`"),
        );
    }
    if scene.index == 2 && scene.text(1) == "count" && scene.is_word(2) {
        let diagnostic = scene.error("E0101", 2, "`of` is missing after `count`");
        return Some(diagnostic.fix("write `of`", scene.before(2), "of "));
    }
    // `cuont of p`, `stdev F of p`: two words where a relation of operands would have one.
    let functions = ["count", "distinct", "sum", "avg", "median", "percentile", "first"];
    if scene.index == 2 && scene.is_word(2) && (found == "of" || scene.text(3) == "of") && !functions.contains(&scene.text(1)) {
        let word = scene.text(1);
        let diagnostic = scene.error("E0101", 1, format!("`{word}` is nothing that can be counted"));
        let meant = match word {
            "average" | "mean" => Some("avg"),
            "dcount" | "dc" | "unique" => Some("distinct"),
            "event_count" => Some("count"),
            _ => nearest(word, functions),
        };
        return Some(match meant {
            Some(meant) => {
                diagnostic.label(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), scene.span(1), meant)
            }
            None => diagnostic.help(listed(&functions)),
        });
    }
    None
}

/// A property with a value of another kind.
fn property(scene: &Scene<'_>) -> Option<Diagnostic> {
    let keyword = scene.text(0);
    let index = scene.index;
    if scene.ended() {
        return (index == 1).then(|| {
            let example = example(keyword);
            Diagnostic::error("E0101", scene.end(), format!("a value is missing after `{keyword}`"))
                .help(format!("such as `{example}`"))
        });
    }
    let text_wanted = scene.tried(&[Rule::prose, Rule::escaped, Rule::literal]);
    if text_wanted && (scene.is_word(index) || index == 1) {
        let separated = index == 1 || matches!(scene.previous_text(), ",") || keyword == "blindspot" || keyword == "not";
        if separated {
            let (start, end) = (scene.span(index).start as usize, scene.end().end as usize);
            let rest = Span::new(scene.span(index).source, start, end);
            let written = &scene.file[start..end];
            let diagnostic = scene
                .error("E0101", index, format!("`{keyword}` takes text in quotes"))
                .help(format!("such as `{}`", example(keyword)));
            let plain = !written.contains(['"', '\\', '\n', '#']);
            return Some(if plain { diagnostic.fix("put it in quotes", rest, format!("\"{written}\"")) } else { diagnostic });
        }
    }
    if scene.tried(&[Rule::word, Rule::number]) && scene.is_text(index) {
        let written = scene.found();
        let inner = written.trim_matches(['"', '\'']);
        let plain = !inner.is_empty()
            && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-'));
        let diagnostic = scene.error("E0101", index, format!("`{keyword}` takes a bare word, not text"));
        return Some(if plain { diagnostic.fix(format!("write `{inner}`"), scene.span(index), inner) } else { diagnostic });
    }
    let texts = matches!(
        property_rule(keyword),
        Some(Rule::texts_property | Rule::words_property | Rule::fields_property | Rule::entities_property)
    );
    let previous = scene.previous()?;
    if texts
        && index > 1
        && scene.found() != ","
        && (scene.is_text(index) && scene.is_text(previous) || scene.is_word(index) && property_rule(scene.found()).is_none())
    {
        let at = scene.span(previous);
        return Some(scene.error("E0129", index, format!("`,` is missing before `{}`", shortened(scene.found()))).fix(
            "write `,`",
            Span { start: at.end, ..at },
            ",",
        ));
    }
    if scene.found() == "," && scene.tried(&[Rule::EOI]) {
        return Some(
            scene.error("E0101", index, format!("`{keyword}` takes one value")).help(format!("such as `{}`", example(keyword))),
        );
    }
    if matches!(scene.found(), "=" | ":" | "==") && index == 1 {
        return Some(scene.error("E0114", index, format!("nothing stands between `{keyword}` and its value")).fix(
            "remove it",
            scene.span(index),
            "",
        ));
    }
    None
}

fn example(keyword: &str) -> &'static str {
    match keyword {
        "title" => "title \"Shadow copies deleted\"",
        "id" => "id \"0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11\"",
        "author" => "author \"Detection Engineering\"",
        "created" => "created 2026-11-24",
        "modified" => "modified 2026-11-24",
        "status" => "status hunting",
        "tlp" => "tlp clear",
        "level" => "level high",
        "hypothesis" => "hypothesis \"A worm has reached one of our servers\"",
        "description" => "description \"What the hunt looks for\"",
        "software" => "software \"WannaCry\"",
        "actor" => "actor \"Lazarus Group\"",
        "campaign" => "campaign \"C0024\"",
        "techniques" => "techniques T1486, T1490",
        "blindspot" => "blindspot T1543.003 \"no events from the print servers\"",
        "references" => "references \"https://attack.mitre.org/software/S0366/\"",
        "tags" => "tags 'cve.2017-0144'",
        "falsepositives" => "falsepositives \"Administrators freeing disk space\"",
        "response" => "response \"Isolate the host\"",
        "fields" => "fields Computer, User",
        "entities" => "entities host Computer, account User",
        "risk" => "risk 60 on Computer",
        "schedule" => "schedule every 15m suppress 1d by Computer",
        "not" => "not on defender \"no licence\"",
        _ => "renamed_from older_name",
    }
}

/// `use from "x"`, `use a b from "x"`.
fn used_names(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.place != Place::File || scene.text(0) != "use" {
        return None;
    }
    if scene.text(1) == "from" || scene.index == 1 {
        let span = scene.span(1);
        return Some(
            Diagnostic::error("E0101", span, "`use` names what it takes from a library")
                .help("such as `use office_apps, backup_agents from \"../lib/processes.hunt\"`"),
        );
    }
    let at = scene.span(scene.previous()?);
    (scene.is_word(scene.index) && scene.tried(&[Rule::k_from]) && nearest(scene.found(), ["from"]).is_none()).then(|| {
        scene.error("E0129", scene.index, format!("`,` is missing before `{}`", shortened(scene.found()))).fix(
            "write `,`",
            Span { start: at.end, ..at },
            ",",
        )
    })
}

/// `pattern p windows/process_creation {`.
fn missing_on(scene: &Scene<'_>) -> Option<Diagnostic> {
    if !scene.tried(&[Rule::k_on]) || !scene.is_word(scene.index) || scene.index != 2 {
        return None;
    }
    let at = scene.before(scene.index);
    Some(scene.error("E0101", scene.index, format!("`on` is missing before `{}`", shortened(scene.found()))).fix(
        "write `on`",
        at,
        "on ",
    ))
}

/// A name with a character that no name has.
fn name(scene: &Scene<'_>) -> Option<Diagnostic> {
    let wanted = [Rule::name, Rule::operand_of, Rule::except_part, Rule::alias_operand];
    if !scene.tried(&wanted) || scene.ended() || matches!(scene.found(), "{" | "(" | ")" | "," | "}") {
        return None;
    }
    let index = scene.index;
    if scene.place == Place::CorrelateWhen && !scene.is_word(index) {
        return None;
    }
    if scene.is_text(index) {
        let inner = scene.found().trim_matches(['"', '\'']);
        let plain = inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !inner.is_empty();
        let diagnostic = scene.error("E0124", index, "a name stands without quotes");
        return Some(if plain { diagnostic.fix(format!("write `{inner}`"), scene.span(index), inner) } else { diagnostic });
    }
    let (last, written) = scene.run(index);
    let well_formed = written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !written.starts_with(|character: char| character.is_ascii_digit());
    if well_formed {
        return None;
    }
    let span = scene.span(index).to(scene.span(last));
    let diagnostic = Diagnostic::error("E0124", span, format!("`{}` is no name", shortened(written)))
        .help("a name has the letters `a` to `z` and `A` to `Z`, digits and `_`, and begins with no digit");
    let mut meant: String =
        written.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect();
    if meant.starts_with(|character: char| character.is_ascii_digit()) {
        meant.insert(0, '_');
    }
    let declares = scene.place == Place::Unit || scene.place == Place::File;
    Some(if declares && meant.len() < 60 { diagnostic.fix(format!("write `{meant}`"), span, meant.clone()) } else { diagnostic })
}

/// A file name or reason without quotes.
fn missing_text(scene: &Scene<'_>) -> Option<Diagnostic> {
    let after = scene.previous_text();
    if !scene.tried(&[Rule::prose, Rule::escaped, Rule::literal])
        || scene.ended()
        || !(scene.is_word(scene.index) || scene.found().starts_with('/'))
    {
        return None;
    }
    if !matches!(after, "from" | "column" | "test" | "except" | "when") {
        return None;
    }
    let (last, written) = scene.run(scene.index);
    let span = scene.span(scene.index).to(scene.span(last));
    let replacement = quoted(written).replace('\'', "\"");
    let diagnostic = Diagnostic::error("E0101", span, format!("text in quotes is missing after `{after}`"));
    Some(diagnostic.fix(format!("write `{replacement}`"), span, replacement.clone()))
}

/// A second statement on the line.
fn second_statement(scene: &Scene<'_>) -> Option<Diagnostic> {
    if scene.ended() || !scene.tried(&[Rule::EOI]) || !scene.is_word(scene.index) {
        return None;
    }
    let found = scene.found();
    let begins = home(found).is_some() || found == "not" || scene.previous_text() == "}";
    if !begins {
        return None;
    }
    let at = scene.before(scene.index);
    let line = &scene.file[..at.start as usize];
    let line = &line[line.rfind('\n').map_or(0, |newline| newline + 1)..];
    let indentation: String = line.chars().take_while(|character| matches!(character, ' ' | '\t')).collect();
    let diagnostic = scene.error("E0113", scene.index, "a second statement begins here: each stands on a line of its own");
    Some(edits(diagnostic, "begin a line", vec![(at, format!("\n{indentation}"))]))
}
