//! W0113: a regular expression where characters are compared.

use crate::diag::Diagnostic;
use crate::lint::{Look, Rule, Written};
use crate::syntax::ast::Operator;

pub const RULE: Rule = Rule { code: "W0113", imported: true, look: Look::Value(look) };

/// What hardly stands in a log as it is: a class or a group with its repetition.
const MARKS: &[&str] =
    &["(?i)", "(?:", "\\d+", "\\d{", "\\w+", "\\w{", "\\s+", "\\s*", "[a-z]+", "[A-Z]+", "[0-9]+", "[0-9]{", "[^\\", ".*\\."];

/// Fields that hold programs, which hold regular expressions.
const PROGRAMS: &[&str] = &["ScriptBlockText", "Payload", "Contents", "Data"];

fn look(written: &Written<'_>) -> Option<Diagnostic> {
    let text = written.text()?;
    let compares = matches!(
        written.operator,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::Equal | Operator::In | Operator::Like
    );
    if !compares || PROGRAMS.contains(&&*written.field.name) {
        return None;
    }
    let mark = MARKS.iter().find(|mark| text.contains(**mark))?;
    Some(
        Diagnostic::warning(
            "W0113",
            written.value.span,
            format!("`{}` compares with the characters `{mark}`", written.operator.text()),
        )
        .label("this reads like a regular expression")
        .help(format!("write `{} matches /…/` if it is one", written.field.name)),
    )
}
