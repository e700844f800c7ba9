//! Bounds on what is read: the size of a text, and how deep its brackets nest, so that no text can exhaust the stack.

use crate::Problem;

/// Bytes of a query. Sentinel takes 10,000 characters and Defender a few more; the rest is room for what others write.
const BYTES: usize = 4 * 1024 * 1024;

/// Brackets within each other. Hunts nest 64 deep, and a clause adds a few of its own.
const DEPTH: usize = 128;

/// `let` statements, which may stand for one another.
pub(super) const LETS: usize = 64;

/// Tables that the branches of `union` read.
pub(super) const LEGS: usize = 256;

/// Expressions that a query comes to when each `let` stands where it is used.
pub(super) const EXPRESSIONS: usize = 1_000_000;

/// # Errors
/// Where the text is too long, nests too deep, or has a literal without an end.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    if text.len() > BYTES {
        return Err(Problem::new(BYTES, format!("the query has more than {BYTES} bytes")));
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => past(text, at, "\n"),
            b'`' if text[at..].starts_with("```") => {
                let behind = past(text, at + 3, "```");
                if behind == text.len() && !text[at + 3..].ends_with("```") {
                    return Err(Problem::new(at, "this literal has no end"));
                }
                behind
            }
            b'"' | b'\'' => literal(bytes, at)?,
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > DEPTH {
                    return Err(Problem::new(at, format!("brackets nest more than {DEPTH} deep")));
                }
                at + 1
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            _ => at + 1,
        };
    }
    Ok(())
}

fn past(text: &str, from: usize, what: &str) -> usize {
    text[from..].find(what).map_or(text.len(), |found| from + found + what.len())
}

/// Past the literal that begins with the quote at `open`.
fn literal(bytes: &[u8], open: usize) -> Result<usize, Problem> {
    let quote = bytes[open];
    let verbatim = open > 0 && bytes[open - 1] == b'@';
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => return Err(Problem::new(open, "this literal has no end")),
            Some(b'\\') if !verbatim => at += 2,
            Some(byte) if *byte == quote => {
                if verbatim && bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return Ok(at + 1);
                }
            }
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_literals_and_comments_do_not_count() {
        let deep = "(".repeat(300);
        for text in [
            format!("T | where a == \"{deep}\""),
            format!("T // {deep}\n"),
            format!("T | where a == @'{deep}\\'"),
            format!("T | where a == ```{deep}```"),
        ] {
            assert_eq!(check(&text), Ok(()), "{text}");
        }
        assert!(check(&format!("T | where {deep}")).is_err());
        assert!(check("T | where a == \"").is_err());
        assert!(check("T | where a == \"\\").is_err());
        assert!(check("T | where a == ```").is_err());
    }
}
