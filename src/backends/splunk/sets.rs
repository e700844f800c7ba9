//! Sets of indicators in lookup files: what their rows are, and how a query asks them.
//!
//! A row is what a value of an event is turned into before it is looked up, so that the file is compared as text: lower case,
//! the last labels of a host behind a dot. Addresses are rows of blocks, which the lookup compares as such (transforms.conf.spec,
//! `match_type = CIDR`).

use std::net::IpAddr;
use std::sync::Arc;

use super::ast::{FieldName, MacroName, Pattern, Predicate, Replacement, Text, Value};
use super::fields::{Asked, Fields};
use super::{addresses, patterns};
use crate::diag::Span;
use crate::ir::indicators::lower_case;
use crate::ir::regex::RegexNode;
use crate::ir::{IndicatorSet, Listed, Loss};
use crate::schema::Field;

/// Of domains with so many different numbers of labels each number is a lookup of its own.
const MOST_LABELS: usize = 8;

/// Whether the rows of a set are blocks of addresses.
pub fn is_of_blocks(set: &IndicatorSet) -> bool {
    set.kind == "ip"
}

/// The rows of a set's file, in order.
pub fn keys(set: &IndicatorSet) -> Vec<String> {
    if is_of_blocks(set) {
        // An address has both its forms, as IPv6 carries IPv4 addresses (S4.2).
        let each = set.blocks().flat_map(|block| {
            let v4 = addresses::v4_block(&block);
            let shown = |network: IpAddr, prefix: u8| format!("{network}/{prefix}");
            let first = shown(block.network, block.prefix);
            let mapped = v4.map(addresses::mapped);
            std::iter::once(first).chain(mapped.map(|mapped| super::print::block_text(&mapped)))
        });
        return each.collect();
    }
    let folded = set.values().iter().map(|value| lower_case(value));
    let mut keys: Vec<String> = folded.chain(set.above().map(|domain| [".", domain].concat())).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What a lookup cannot say of a set.
pub fn loss(field: &Field, how: Listed, set: &IndicatorSet, span: Span) -> Option<Loss> {
    let refused = |message: String, help: &str| Loss {
        code: "L0316",
        direction: None,
        span,
        message,
        label: None,
        help: Some(help.to_owned()),
    };
    if MacroName::new(&set.name).is_none() {
        return Some(refused(
            format!("Splunk's lookups have names of letters, digits and `_`, not `{}`", set.name),
            "rename the sweep",
        ));
    }
    if field.kind.list {
        let message =
            format!("what a lookup of Splunk makes of a field of several values, as `{}` is, is not documented", field.name);
        return Some(refused(message, "sweep fewer indicators, which stand in the query itself"));
    }
    if how == Listed::Host && set.shape().labels.len() > MOST_LABELS {
        let message =
            format!("domains of more than {MOST_LABELS} different numbers of labels would be as many lookups in Splunk");
        return Some(refused(message, "sweep the longest of them apart"));
    }
    if how == Listed::Address
        && let Some(block) = set.shape().holds_both
    {
        let message =
            format!("`{}/{}` holds addresses of both kinds, and a row of a lookup is of one", block.network, block.prefix);
        return Some(refused(message, "write two blocks, one of each kind"));
    }
    None
}

/// Asks the set's table about a field: the fields one of which is there where the set holds the value.
pub fn found(fields: &Fields<'_>, field: &Field, how: Listed, set: &Arc<IndicatorSet>) -> Vec<FieldName> {
    let Some(table) = MacroName::new(&set.name) else { return Vec::new() };
    let name = fields.name(field);
    let value = || Value::field(&name);
    let lower = || value().lower();
    // What the key is called, what it is, and what tells its answer from those of other keys.
    let mut keys: Vec<(String, Value, String)> = Vec::new();
    match how {
        Listed::Text | Listed::Hash(_) => keys.push(("lower".to_owned(), lower(), String::new())),
        Listed::Last => {
            let folders = Pattern::whole(RegexNode::Concat(vec![
                RegexNode::Start,
                patterns::repeat(RegexNode::Dot, 0, None),
                patterns::separator(fields.separators),
            ]));
            let last = Value::Replace { value: Box::new(lower()), pattern: folders, with: Replacement::Nothing };
            keys.push(("name".to_owned(), last, String::new()));
        }
        Listed::Host => {
            keys.push(("lower".to_owned(), lower(), String::new()));
            for count in set.shape().labels.iter().copied() {
                let last = Value::LastLabels { value: Box::new(lower()), count };
                let dot = Text::new(".").map_or(Value::Null, Value::Text);
                keys.push((format!("labels{count}"), Value::Joined(vec![dot, last]), count.to_string()));
            }
        }
        // What is no address is in no block, whatever the lookup makes of it.
        Listed::Address => {
            let test =
                Predicate::Any(vec![Predicate::Match(value(), patterns::ipv4()), Predicate::Match(value(), patterns::ipv6())]);
            let address = Value::If { test: Box::new(test), then: Box::new(value()), otherwise: Box::new(Value::Null) };
            keys.push(("address".to_owned(), address, String::new()));
        }
    }
    let mut found = Vec::new();
    for (key_name, key, which) in keys {
        let answer = [&set.kind, &which].map(String::as_str).concat();
        let names = (fields.own_name(name.as_str(), &key_name), fields.own_name(name.as_str(), &answer));
        let (Some(key_name), Some(found_name)) = names else { continue };
        fields.ask(Asked { set: Arc::clone(set), table: table.clone(), key: (key_name, key), found: found_name.clone() });
        found.push(found_name);
    }
    found
}
