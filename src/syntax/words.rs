//! Words with a meaning of their own, for whoever reads, prints or makes up names. The grammar's rules `reserved` and
//! `not_a_name` hold the same, which a test compares.

/// Words that a field needs back quotes for where a clause may stand.
pub const RESERVED: &[&str] = &["and", "or", "not", "any", "all", "none", "some", "anywhere", "approximate"];

/// Words that cannot be the name of anything, since a use of the name would be read as something else.
pub const NOT_A_NAME: &[&str] = &[
    "and",
    "or",
    "not",
    "any",
    "all",
    "none",
    "some",
    "anywhere",
    "approximate",
    "true",
    "false",
    "null",
    "field",
    "cased",
    "prior",
    "nothing",
    "windash",
    "base64",
    "base64offset",
    "utf16le",
    "utf16be",
    "utf16",
    "wide",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const GRAMMAR: &str = include_str!("../../grammar/hunt.pest");

    #[test]
    fn the_grammar_holds_the_same_words() {
        for (rule, words) in [("reserved = @{", RESERVED), ("not_a_name = @{", NOT_A_NAME)] {
            let start = GRAMMAR.find(&format!("\n{rule}")).expect("the rule");
            let body = &GRAMMAR[start..];
            let body = &body[..body.find('}').map_or(body.len(), |end| body[..end].rfind('}').unwrap_or(end))];
            let found: BTreeSet<&str> = body.split('"').skip(1).step_by(2).collect();
            assert_eq!(found, words.iter().copied().collect::<BTreeSet<_>>(), "{rule}");
        }
    }
}
