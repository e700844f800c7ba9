//! How KQL spells names and text: the one place where characters of a value become characters of a query.

/// Words that cannot stand as a bare name, or would read as something else; sorted.
const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "asc",
    "between",
    "bool",
    "boolean",
    "by",
    "contains",
    "count",
    "database",
    "datatable",
    "date",
    "datetime",
    "declare",
    "desc",
    "distinct",
    "double",
    "dynamic",
    "endswith",
    "evaluate",
    "extend",
    "externaldata",
    "false",
    "find",
    "from",
    "guid",
    "has",
    "hasprefix",
    "hassuffix",
    "in",
    "int",
    "invoke",
    "join",
    "kind",
    "let",
    "limit",
    "long",
    "lookup",
    "matches",
    "materialize",
    "not",
    "nulls",
    "of",
    "on",
    "or",
    "order",
    "parse",
    "print",
    "project",
    "range",
    "real",
    "regex",
    "render",
    "sample",
    "search",
    "serialize",
    "set",
    "sort",
    "startswith",
    "step",
    "string",
    "summarize",
    "table",
    "take",
    "time",
    "timespan",
    "to",
    "top",
    "toscalar",
    "true",
    "typeof",
    "union",
    "view",
    "where",
    "with",
];

/// A name of a column, table or function: bare where KQL allows it, else `['…']` (learn.microsoft.com/kusto/query/
/// schema-entities/entity-names).
pub fn name(name: &str, out: &mut String) {
    if is_identifier(name) && KEYWORDS.binary_search(&name).is_err() {
        out.push_str(name);
    } else {
        out.push_str("['");
        characters(name, '\'', out);
        out.push_str("']");
    }
}

/// A member of a dynamic value, with what joins it to the value: `.name`, or `["a-b"]`.
pub fn member(name: &str, out: &mut String) {
    if is_identifier(name) && KEYWORDS.binary_search(&name).is_err() {
        out.push('.');
        out.push_str(name);
    } else {
        out.push('[');
        text(name, out);
        out.push(']');
    }
}

pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A text literal: verbatim (`@"…"`) where it holds backslashes and nothing that needs an escape, between single quotes where that
/// spares escapes (learn.microsoft.com/kusto/query/scalar-data-types/string).
pub fn text(value: &str, out: &mut String) {
    let quote = if value.contains('"') && !value.contains('\'') { '\'' } else { '"' };
    if value.contains('\\') && !value.chars().any(needs_escape) {
        out.push('@');
        out.push(quote);
        for character in value.chars() {
            // In a verbatim literal the quote is written twice.
            if character == quote {
                out.push(quote);
            }
            out.push(character);
        }
    } else {
        out.push(quote);
        characters(value, quote, out);
    }
    out.push(quote);
}

fn characters(value: &str, quote: char, out: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if needs_escape(character) => unicode(character, out),
            _ => out.push(character),
        }
    }
}

/// Control characters, line and paragraph separators, and marks that reorder or hide text: a reviewer must see them.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{ad}' | '\u{61c}')
}

/// `\uXXXX`; every character of [`needs_escape`] has four digits.
fn unicode(character: char, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        let digit = (u32::from(character) >> shift) & 0xf;
        out.extend(char::from_digit(digit, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(value: &str) -> String {
        let mut out = String::new();
        text(value, &mut out);
        out
    }

    #[test]
    fn a_value_never_ends_its_literal() {
        assert_eq!(spelled("plain"), r#""plain""#);
        assert_eq!(spelled(r"C:\Windows\x.exe"), r#"@"C:\Windows\x.exe""#);
        assert_eq!(spelled(r"ends\"), r#"@"ends\""#);
        assert_eq!(spelled(r#"a "q" b"#), r#"'a "q" b'"#);
        assert_eq!(spelled(r#"a "q" b's"#), r#""a \"q\" b's""#);
        assert_eq!(spelled(r#"\" or 1==1 //"#), r#"@'\" or 1==1 //'"#);
        assert_eq!(spelled(r#"\" ' or 1==1 //"#), r#"@"\"" ' or 1==1 //""#);
        assert_eq!(spelled("a\nb\\c\r\t\0"), r#""a\nb\\c\r\t\u0000""#);
        assert_eq!(spelled("{{7*7}} */ `x` '"), r#""{{7*7}} */ `x` '""#);
        assert_eq!(spelled("a\u{202e}b\\"), r#""a\u202eb\\""#);
        assert_eq!(spelled("é😀"), "\"é😀\"");
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn names_that_are_no_identifiers_are_quoted() {
        let spelled = |of| {
            let mut out = String::new();
            name(of, &mut out);
            out
        };
        assert_eq!(spelled("FileName"), "FileName");
        assert_eq!(spelled("c-uri"), "['c-uri']");
        assert_eq!(spelled("where"), "['where']");
        assert_eq!(spelled("it's\\"), r"['it\'s\\']");
        assert_eq!(spelled("1st"), "['1st']");
        assert_eq!(spelled(""), "['']");
    }
}
