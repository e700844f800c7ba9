//! Sets of indicators in watchlists of Microsoft Sentinel: what their items are, and how a query asks them.
//!
//! An item is what a value of a row is turned into before it is looked up, so that the list is compared as text: lower case, the
//! last labels of a host behind a dot, an address in the one spelling that `parse_ipv6` gives (learn.microsoft.com/kusto/query/
//! parse-ipv6-function), a block as its network with the length behind it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use super::ast::{Maybe, Sure, Text, TextComparison};
use super::decode::{Columns, TextValue};
use super::lower::Lowering;
use super::pattern::{Fixed, Pattern};
use crate::diag::Span;
use crate::ir::indicators::lower_case;
use crate::ir::{Assumption, Case, IndicatorSet, IpBlock, Listed, Loss};
use crate::schema::{Decode, Field, Target};

/// Items that `in` considers (learn.microsoft.com/kusto/query/in-operator, "expression").
pub const MOST_ITEMS: usize = 1_000_000;

/// Lengths of blocks, or numbers of labels, each of which is a question of its own.
const MOST_QUESTIONS: usize = 32;

/// The items of a set's watchlist, in order.
pub fn keys(set: &IndicatorSet) -> Vec<String> {
    let mut keys: Vec<String> = if set.kind == "ip" {
        set.blocks().map(|block| network(&block)).collect()
    } else {
        set.values().iter().map(|value| lower_case(value)).chain(set.above().map(|domain| [".", domain].concat())).collect()
    };
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A block in bits of a v6 address.
fn v6(block: &IpBlock) -> (Ipv6Addr, u8) {
    match block.network {
        IpAddr::V4(network) => (network.to_ipv6_mapped(), block.prefix + 96),
        IpAddr::V6(network) => (network, block.prefix),
    }
}

/// `0000:0000:0000:0000:0000:ffff:c000:0201`, with `/120` behind the network of a block.
fn network(block: &IpBlock) -> String {
    let (network, prefix) = v6(block);
    let text = network.segments().map(|segment| format!("{segment:04x}")).join(":");
    if prefix == 128 { text } else { format!("{text}/{prefix}") }
}

/// Lengths of the set's blocks, in bits of a v6 address.
fn prefixes(set: &IndicatorSet) -> BTreeSet<u8> {
    set.shape().prefixes.iter().map(|(v4, prefix)| if *v4 { prefix + 96 } else { *prefix }).collect()
}

/// What a watchlist cannot say of a set, or a product that has none.
pub fn loss(product: Target, field: &Field, how: Listed, set: &IndicatorSet, span: Span) -> Option<Loss> {
    let count = set.values().len();
    let refused = |message: String, help: &str| Loss {
        code: "L0331",
        direction: None,
        span,
        message,
        label: Some(format!("{count} indicators of type `{}`", set.kind)),
        help: Some(help.to_owned()),
    };
    if product != Target::Sentinel {
        let message = format!("{} has no lists beside a query that a custom detection may read", product.title());
        return Some(refused(message, "sweep fewer indicators there, or hand them to the product as custom indicators"));
    }
    if field.kind.list {
        let message = format!("`{}` is a list, which is not compared with a watchlist", field.name);
        return Some(refused(message, "sweep fewer indicators, which stand in the query itself"));
    }
    let items = count + set.above().count();
    if items > MOST_ITEMS {
        let message = format!("the watchlist would have {items} items, and KQL's `in` considers {MOST_ITEMS}");
        return Some(refused(message, "sweep them in two sweeps"));
    }
    let questions = if how == Listed::Address { prefixes(set).len() } else { set.shape().labels.len() };
    if questions > MOST_QUESTIONS {
        let message = format!("the set has {questions} different lengths, each of which is a question to the watchlist");
        return Some(refused(message, "sweep blocks of unusual lengths apart"));
    }
    if how == Listed::Address
        && let Some(block) = set.shape().holds_both
    {
        let message = format!("`{}/{}` holds addresses of both kinds, and an item is of one", block.network, block.prefix);
        return Some(refused(message, "write two blocks, one of each kind"));
    }
    None
}

/// Whether a field's value is in the set's watchlist.
pub(super) fn listed(
    lowering: &mut Lowering<'_>,
    field: &Field,
    value: TextValue,
    how: Listed,
    set: &Arc<IndicatorSet>,
) -> Maybe {
    if !lowering.sets.iter().any(|known| known.name == set.name) {
        lowering.sets.push(Arc::clone(set));
    }
    if !set.shape().is_ascii {
        lowering.assumes.insert(Assumption::AsciiText);
    }
    let text = value.text;
    let within = |text: Text| Sure::in_list(text, set.name.clone());
    let lower = |text: Text| Text::Lower(Box::new(text));
    match how {
        Listed::Text => within(lower(text)).into(),
        Listed::Hash(algorithm) => {
            let hash = hash_of(&lowering.columns, field, text, algorithm.sysmon_name());
            within(lower(hash)).into()
        }
        Listed::Last => {
            let last = last_component(lowering, field, text);
            within(lower(last)).into()
        }
        Listed::Host => {
            let mut parts = vec![within(lower(text.clone()))];
            for count in set.shape().labels.iter().copied() {
                let last = Text::LastLabels { from: Box::new(lower(text.clone())), count };
                parts.push(within(Text::Concat(vec![Text::Literal(".".to_owned()), last])));
            }
            Sure::any(parts).into()
        }
        Listed::Address => {
            // The functions read a text with a prefix as a block; it is no address (S4.2).
            let whole = Sure::text(text.clone(), TextComparison::Contains(Case::Exact), Text::Literal("/".to_owned())).negate();
            let questions = prefixes(set).into_iter().map(|prefix| {
                let of = Box::new(text.clone());
                if prefix == 128 {
                    return within(Text::Address { of, prefix: None });
                }
                within(Text::Concat(vec![Text::Address { of, prefix: Some(prefix) }, Text::Literal(format!("/{prefix}"))]))
            });
            Sure::all(vec![whole, Sure::any(questions.collect())]).into()
        }
    }
}

fn hash_of(columns: &Columns<'_>, field: &Field, text: Text, algorithm: &str) -> Text {
    if matches!(field.kind.scalar, crate::schema::ScalarType::Hash(_)) { text } else { columns.hash_in(text, algorithm) }
}

/// The column that holds the file's name alone, or what stands behind the last separator of the path.
fn last_component(lowering: &mut Lowering<'_>, field: &Field, text: Text) -> Text {
    let mapping = lowering.columns.mapping(field);
    if let Some(name) = mapping.and_then(|mapping| mapping.file_name.as_ref()) {
        lowering.assumes.insert(Assumption::FullPath);
        return Text::Column(lowering.columns.column(name));
    }
    if let Some(Decode::Path { name, .. }) = mapping.map(|mapping| &mapping.decode) {
        return Text::Column(lowering.columns.column(name));
    }
    let pattern = Pattern::Fixed(Fixed::LastComponent(lowering.separators.to_vec()));
    Text::Extract { pattern, group: 0, from: Box::new(text) }
}
