//! One value that satisfies several comparisons of one field: put together from what they ask for, or cut until it fits.

use super::decide::Wanted;
use super::samples;
use crate::ir::event::Value;
use crate::ir::{Presence, Test, TextOperator};
use crate::schema::Field;

/// One text that satisfies several comparisons of one field: what it must start with, what it must hold, what it must end with.
pub(super) fn composed(field: &Field, tests: &[&Test], separators: &[char], choice: usize) -> Option<String> {
    let style = samples::style(field, separators);
    let (mut start, mut middle, mut end, mut texts) = (String::new(), Vec::new(), String::new(), 0);
    for test in tests {
        match test {
            Test::Text { operator, values, .. } => {
                let literal = values.get(choice % values.len().max(1))?;
                texts += 1;
                match operator {
                    TextOperator::Equals => return Some(literal.clone()),
                    TextOperator::Contains => middle.push(literal.clone()),
                    TextOperator::StartsWith if literal.len() > start.len() => start.clone_from(literal),
                    TextOperator::StartsWith => {}
                    TextOperator::Named => end = format!("{}{literal}", style.separator),
                    TextOperator::EndsWith if literal.len() > end.len() => end.clone_from(literal),
                    TextOperator::EndsWith => {}
                }
            }
            Test::Regex { patterns, .. } => {
                let pattern = patterns.get(choice % patterns.len().max(1))?;
                middle.push(samples::matched(pattern).into_iter().nth(4 * (choice % 3))?);
            }
            Test::Presence { state: Presence::Exists | Presence::IsPresent, .. } => {}
            _ => return None,
        }
    }
    if texts + middle.len() < 2 {
        return None;
    }
    if start.is_empty() && (style.path || middle.iter().chain([&end]).any(|part| part.starts_with(style.separator))) {
        style.stem.clone_into(&mut start);
    }
    let mut text = start;
    for part in middle {
        // Parts that begin where another ended may share a separator; otherwise a blank keeps them apart.
        if !style.path && !text.is_empty() && !text.ends_with(' ') && !part.starts_with([' ', style.separator]) {
            text.push(' ');
        } else if style.path && !text.ends_with(style.separator) && !part.starts_with(style.separator) {
            text.push(style.separator);
        }
        text.push_str(&part);
    }
    if text.ends_with(style.separator) && end.starts_with(style.separator) {
        text.pop();
    }
    if style.path && !end.is_empty() && !text.ends_with(style.separator) && !end.starts_with(style.separator) {
        text.push(style.separator);
        text.push('q');
    }
    Some(text + &end)
}

/// Values made by cutting a promising one and putting in what a comparison asks for, as long as more comparisons become what
/// is wanted. `None` where not all do.
pub(super) fn spliced(
    wanted: &Wanted<'_>,
    candidates: &[Option<Value>],
    met: &mut dyn FnMut(&Option<Value>) -> usize,
) -> Option<()> {
    /// Longer texts have too many places to cut.
    const LONGEST: usize = 60;
    let mut starts: Vec<(usize, String)> = Vec::new();
    for value in candidates {
        if let Some(Value::Text(text)) = value
            && text.chars().count() <= LONGEST
        {
            starts.push((met(value), text.clone()));
        }
    }
    starts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    for (mut count, mut text) in starts.into_iter().take(6) {
        while let Some((better, more)) = improved(wanted, &text, count, met) {
            if more == wanted.len() {
                met(&Some(Value::Text(better)));
                return Some(());
            }
            if better.chars().count() > LONGEST {
                break;
            }
            (text, count) = (better, more);
        }
    }
    None
}

/// The first way to put some comparison's text in place of some part of the value, or to take a part out, after which more
/// comparisons are what is wanted.
pub(super) fn improved(
    wanted: &Wanted<'_>,
    text: &str,
    count: usize,
    met: &mut dyn FnMut(&Option<Value>) -> usize,
) -> Option<(String, usize)> {
    let mut pieces = vec![String::new()];
    for (test, _) in wanted.iter().filter(|(_, want)| *want) {
        match test {
            Test::Text { values, .. } => pieces.extend(samples::some_of(values).into_iter().cloned()),
            Test::Regex { patterns, .. } => {
                pieces.extend(samples::some_of(patterns).into_iter().flat_map(samples::matched));
            }
            _ => {}
        }
    }
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for piece in pieces {
        for (index, from) in places.iter().enumerate() {
            for to in &places[index..] {
                let changed = Some(Value::Text(format!("{}{piece}{}", &text[..*from], &text[*to..])));
                let now = met(&changed);
                if now > count
                    && let Some(Value::Text(changed)) = changed
                {
                    return Some((changed, now));
                }
            }
        }
    }
    None
}
