//! What stands behind a field's name: `contains`, `all`, `re`, `cidr` and the rest of Sigma 2.1.

use super::value::Place;
use crate::diag::{Diagnostic, Span, Spanned, nearest};
use crate::syntax::ast::{Encoding, Operator};

/// The modifiers of one item.
#[derive(Clone, Debug)]
pub(super) struct Modifiers {
    pub(super) comparison: Comparison,
    pub(super) all: Option<Span>,
    pub(super) cased: Option<Span>,
    pub(super) encodings: Vec<Spanned<Encoding>>,
    pub(super) expand: Option<Span>,
    pub(super) negated: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparison {
    Text(Place),
    Regex(String),
    Block,
    Order(Operator),
    Exists,
    Field(Place),
}

/// Every modifier of the specification.
const KNOWN: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "all",
    "cased",
    "re",
    "i",
    "m",
    "s",
    "ignorecase",
    "multiline",
    "dotall",
    "base64",
    "base64offset",
    "utf16le",
    "utf16be",
    "utf16",
    "wide",
    "windash",
    "cidr",
    "lt",
    "lte",
    "gt",
    "gte",
    "exists",
    "fieldref",
    "expand",
    "neq",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

/// Reads modifiers: each word with its place.
#[expect(clippy::result_large_err, reason = "an error ends the reading of an item")]
pub(super) fn read(words: &[(&str, Span)]) -> Result<Modifiers, Diagnostic> {
    let mut found = Modifiers {
        comparison: Comparison::Text(Place::Whole),
        all: None,
        cased: None,
        encodings: Vec::new(),
        expand: None,
        negated: false,
    };
    let mut place: Option<(Place, &str)> = None;
    let mut kind: Option<(Comparison, &str)> = None;
    let mut seen: Vec<&str> = Vec::new();
    for &(word, span) in words {
        if seen.contains(&word) {
            return Err(misfit(span, format!("`{word}` stands twice")).help("leave one of them out"));
        }
        let mut set = |new: Comparison| match &kind {
            Some((_, other)) => Err(misfit(span, format!("`{word}` cannot stand beside `{other}`"))
                .help("each asks for a comparison of its own; write two items")),
            None => {
                kind = Some((new, word));
                Ok(())
            }
        };
        match word {
            "contains" | "startswith" | "endswith" => {
                if let Some((_, other)) = place {
                    return Err(misfit(span, format!("`{word}` cannot stand beside `{other}`")).help("write two items"));
                }
                let new = match word {
                    "contains" => Place::Contains,
                    "startswith" => Place::StartsWith,
                    _ => Place::EndsWith,
                };
                place = Some((new, word));
            }
            "all" => found.all = Some(span),
            "cased" => found.cased = Some(span),
            "neq" => found.negated = true,
            "expand" => found.expand = Some(span),
            "re" => set(Comparison::Regex(String::new()))?,
            "cidr" => set(Comparison::Block)?,
            "exists" => set(Comparison::Exists)?,
            "fieldref" => set(Comparison::Field(Place::Whole))?,
            "lt" => set(Comparison::Order(Operator::Less))?,
            "lte" => set(Comparison::Order(Operator::LessOrEqual))?,
            "gt" => set(Comparison::Order(Operator::Greater))?,
            "gte" => set(Comparison::Order(Operator::GreaterOrEqual))?,
            "i" | "m" | "s" | "ignorecase" | "multiline" | "dotall" => match &mut kind {
                Some((Comparison::Regex(flags), _)) => {
                    flags.push(word.chars().next().map_or('i', |letter| if letter == 'd' { 's' } else { letter }))
                }
                _ => return Err(misfit(span, format!("`{word}` is a flag of `re`")).help("write it behind `re`: `|re|i`")),
            },
            "base64" | "base64offset" | "utf16le" | "utf16be" | "utf16" | "wide" | "windash" => {
                let encoding = Encoding::ALL.iter().copied().find(|each| each.text() == word);
                if place.is_some() && word != "windash" {
                    return Err(misfit(
                        span,
                        format!("`{word}` changes the text that is looked for, so it stands before `contains`"),
                    )
                    .help("write `|base64offset|contains`"));
                }
                found.encodings.extend(encoding.map(|encoding| Spanned::new(encoding, span)));
            }
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                return Err(misfit(span, format!("a part of a time (`{word}`) cannot be compared"))
                    .help("in a hunt the time of day and the day of the week can: `time in 19:00..07:00`"));
            }
            other => {
                let mut diagnostic = Diagnostic::error("E0703", span, format!("there is no modifier `{other}`"));
                if let Some(near) = nearest(other, KNOWN.iter().copied()) {
                    diagnostic = diagnostic.label(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near);
                }
                return Err(diagnostic.help("the modifiers are those of Sigma 2.1"));
            }
        }
        seen.push(word);
    }
    let last = words.last().map_or(Span::default(), |(_, span)| *span);
    found.comparison = match (kind, place) {
        (None, place) => Comparison::Text(place.map_or(Place::Whole, |(place, _)| place)),
        (Some((Comparison::Field(_), _)), place) => Comparison::Field(place.map_or(Place::Whole, |(place, _)| place)),
        (Some((kind, _)), None) => kind,
        // A regular expression and an order have no place in the value to be given.
        (Some((_, word)), Some((_, other))) => {
            return Err(misfit(last, format!("`{word}` cannot stand beside `{other}`")).help("leave one of them out"));
        }
    };
    let text = matches!(found.comparison, Comparison::Text(_));
    if let (Some(first), false) = (found.encodings.first(), text) {
        return Err(misfit(first.span, "an encoding goes with a comparison of text").help("leave it out"));
    }
    if let (Some(span), Comparison::Block | Comparison::Order(_) | Comparison::Exists) = (found.cased, &found.comparison) {
        return Err(misfit(span, "only text has case").help("leave `cased` out"));
    }
    // A regular expression heeds case anyway.
    if matches!(found.comparison, Comparison::Regex(_)) {
        found.cased = None;
    }
    Ok(found)
}

pub(super) fn misfit(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("E0704", span, message)
}
