//! The pest parser made from `grammar/kql.pest`.

use huntc_grammar_models::kql::KqlParser;
pub(super) use huntc_grammar_models::kql::Rule;
use pest::Parser;
use pest::iterators::{Pair, Pairs};

use super::limits;
use crate::Problem;

pub(super) type Node<'t> = Pair<'t, Rule>;

/// Reads a whole query.
///
/// # Errors
/// The place from which on the text is none that the model knows.
pub(super) fn read(text: &str) -> Result<Pairs<'_, Rule>, Problem> {
    limits::check(text)?;
    let pairs = KqlParser::parse(Rule::query, text).map_err(|failure| {
        let at = match failure.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
        };
        let rest: String = text[at..].chars().take(24).take_while(|character| *character != '\n').collect();
        let found = if rest.is_empty() { "the end of the line or of the query".to_owned() } else { format!("`{rest}`") };
        Problem::new(at, format!("{found} is no KQL that the model knows"))
    })?;
    Ok(pairs)
}
