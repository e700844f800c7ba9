//! The pest parser made from `grammar/hunt.pest`; no other module of the crate sees its rules.

use std::num::NonZeroUsize;
use std::sync::Once;

use huntc_grammar::hunt::HuntParser;
pub(super) use huntc_grammar::hunt::Rule;
use pest::Parser;
use pest::iterators::{Pair, Pairs};

pub(super) type Node<'t> = Pair<'t, Rule>;
pub(super) type Failure = pest::error::Error<Rule>;

/// Calls of rules that one statement may take. Reading is linear and a statement is bounded, so that no text that people
/// write comes near; it guards against a mistake in the grammar.
const CALLS_OF_A_STATEMENT: NonZeroUsize = match NonZeroUsize::new(200_000_000) {
    Some(limit) => limit,
    None => NonZeroUsize::MIN,
};

static CALL_LIMIT: Once = Once::new();

/// Reads `text` with one rule. The limit on calls is global to the process, so it is set once.
pub(super) fn read(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Box<Failure>> {
    CALL_LIMIT.call_once(|| pest::set_call_limit(Some(CALLS_OF_A_STATEMENT)));
    HuntParser::parse(rule, text).map_err(Box::new)
}
