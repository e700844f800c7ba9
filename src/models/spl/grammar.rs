//! The pest parser made from `grammar/spl.pest`; only the reader beside it sees its rules.

pub(super) use huntc_grammar_models::spl::Rule;
use huntc_grammar_models::spl::SplParser;
use pest::Parser;
use pest::iterators::Pair;

use super::problem::Problem;

pub(super) type Node<'t> = Pair<'t, Rule>;

/// The one `query` of a text.
pub(super) fn read(text: &str) -> Result<Node<'_>, Problem> {
    let failure = |failure: pest::error::Error<Rule>| {
        let at = match failure.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
        };
        let near = text.get(at..).unwrap_or_default();
        Problem::syntax(if near.is_empty() { "the search ends too early" } else { "this cannot be read" }, near)
    };
    let mut pairs = SplParser::parse(Rule::query, text).map_err(failure)?;
    pairs.next().ok_or_else(|| Problem::syntax("there is no search", text))
}
