//! Search macros (Knowledge Manager Manual, "Use search macros in searches"): a name in backquotes stands for its definition,
//! before anything else is read.

use std::collections::BTreeMap;

use super::problem::{Problem, ProblemKind};

/// Bytes of a search with its macros. Splunk's own limit is lower.
const MOST: usize = 4 * 1024 * 1024;
/// Macros within macros.
const DEPTH: usize = 16;
/// Parentheses within each other. The reader recurses through them and nothing else.
const NESTING: usize = 96;

/// The text with every macro in its place.
pub(super) fn expand(text: &str, macros: &BTreeMap<String, String>) -> Result<String, Problem> {
    let mut out = String::new();
    expand_into(&mut out, text, macros, 0)?;
    bound(&out)?;
    Ok(out)
}

fn expand_into(out: &mut String, text: &str, macros: &BTreeMap<String, String>, depth: usize) -> Result<(), Problem> {
    if depth > DEPTH {
        return Err(Problem::new(ProblemKind::Limit, "macros stand within each other without end", text));
    }
    let mut rest = text;
    let mut quoted = false;
    while let Some(at) = rest.find(['"', '\\', '`']) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        if out.len() > MOST {
            return Err(Problem::new(ProblemKind::Limit, "the search is longer than the model takes", ""));
        }
        if here.starts_with('\\') {
            let mut characters = here.chars();
            out.extend(characters.by_ref().take(2));
            rest = characters.as_str();
        } else if let Some(after) = here.strip_prefix('"') {
            quoted = !quoted;
            out.push('"');
            rest = after;
        } else if quoted {
            return Err(Problem::doubt("whether a macro is expanded inside quotation marks is not documented", here));
        } else if let Some(comment) = here.strip_prefix("```") {
            // SM, "Add comments to searches".
            rest = match comment.split_once("```") {
                Some((_, after)) => after,
                None => return Err(Problem::syntax("a comment has no end", here)),
            };
            out.push(' ');
        } else {
            let Some((name, after)) = here[1..].split_once('`') else {
                return Err(Problem::syntax("a macro has no closing backquote", here));
            };
            if name.contains('(') {
                return Err(Problem::unknown("macros with arguments are not known", name));
            }
            let Some(definition) = macros.get(name.trim()) else {
                return Err(Problem::unknown("a macro without a definition", name));
            };
            expand_into(out, definition, macros, depth + 1)?;
            rest = after;
        }
    }
    out.push_str(rest);
    if quoted {
        return Err(Problem::syntax("a quotation mark has no partner", rest));
    }
    if out.len() > MOST {
        return Err(Problem::new(ProblemKind::Limit, "the search is longer than the model takes", ""));
    }
    Ok(())
}

/// Refuses what would make the reader recurse too deeply.
fn bound(text: &str) -> Result<(), Problem> {
    let (mut depth, mut quoted, mut characters) = (0usize, false, text.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING {
            return Err(Problem::new(ProblemKind::Limit, "parentheses stand too deeply within each other", ""));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, ProblemKind> {
        let macros = [("a", "source=\"x`\""), ("b", "search `c`"), ("c", "d=1"), ("loop", "`loop`")];
        let macros = macros.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        expand(text, &macros).map_err(|problem| problem.kind)
    }

    #[test]
    fn macros_become_their_definitions() {
        assert_eq!(expanded("x=1 | `b` ```why`` ``` y").unwrap(), "x=1 | search d=1   y");
        assert_eq!(expanded(r#"x="\"" `c`"#).unwrap(), r#"x="\"" d=1"#);
        assert!(matches!(expanded("`loop`"), Err(ProblemKind::Limit)));
        assert!(matches!(expanded("`nobody`"), Err(ProblemKind::Unknown)));
        assert!(matches!(expanded("`c(1)`"), Err(ProblemKind::Unknown)));
        assert!(matches!(expanded("`a`"), Err(ProblemKind::Doubt(_))));
        assert!(matches!(expanded("`c"), Err(ProblemKind::Syntax)));
        assert!(matches!(expanded("x=\"1"), Err(ProblemKind::Syntax)));
        assert!(matches!(expanded(&"(".repeat(1000)), Err(ProblemKind::Limit)));
        assert!(expanded(&format!("\"{}\"", "(".repeat(1000))).is_ok());
    }
}
