//! W0112: `*` around a value of `contains` and its like, which compare characters.

use crate::diag::Diagnostic;
use crate::lint::{Look, Rule, Written};
use crate::syntax::ast::Operator;

pub const RULE: Rule = Rule { code: "W0112", imported: false, look: Look::Value(look) };

fn look(written: &Written<'_>) -> Option<Diagnostic> {
    let text = written.text()?;
    let inner = text.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')).unwrap_or_default();
    let meant = match written.operator {
        // A command line may well hold `*.doc`; a star at either end of one value is a pattern.
        Operator::Contains => inner,
        Operator::Equal | Operator::In if !inner.is_empty() => inner,
        Operator::StartsWith if text.len() > 1 => text.strip_prefix('*')?,
        Operator::EndsWith if text.ends_with('*') && text.len() > 1 && !text.ends_with(" *") => text.strip_suffix('*')?,
        _ => return None,
    };
    // `*.doc`, `*/*` and a lone star are what people type; a word between stars is a pattern.
    if meant.chars().filter(|each| each.is_alphanumeric()).count() < 3 || meant.starts_with('.') {
        return None;
    }
    Some(
        Diagnostic::warning(
            "W0112",
            written.value.span,
            format!("`{}` compares with the character `*`", written.operator.text()),
        )
        .label("no wildcard here")
        .help(format!(
            "`like '{text}'` reads `*` as any text; if the character is meant, `like '{}'` says so",
            text.replace('*', "[*]")
        )),
    )
}
