//! Addresses and blocks (S4.2).

use std::net::IpAddr;

use super::ast::{Block, FieldName, Maybe, Predicate, Value};
use super::lower::any;
use super::patterns;
use crate::ir::IpBlock;

/// The block of IPv4 addresses that a block is, also where it is written as IPv6 (S4.2).
pub fn v4_block(block: &IpBlock) -> Option<Block> {
    match (block.network, block.network.to_canonical()) {
        (IpAddr::V4(_), network) => Some(Block { network, prefix: block.prefix }),
        (IpAddr::V6(_), network @ IpAddr::V4(_)) if block.prefix >= 96 => Some(Block { network, prefix: block.prefix - 96 }),
        (IpAddr::V6(_), _) => None,
    }
}

/// The block of IPv6 addresses that carry the addresses of a block of IPv4 ones.
pub fn mapped(block: Block) -> Block {
    match block.network {
        IpAddr::V4(network) => Block { network: IpAddr::V6(network.to_ipv6_mapped()), prefix: block.prefix + 96 },
        IpAddr::V6(_) => block,
    }
}

/// S4.2: a value that is no address is in no block, `::ffff:a.b.c.d` is the IPv4 address, and no block of one kind holds
/// addresses of the other.
pub fn lies_in(value: &Value, blocks: &[IpBlock]) -> Predicate {
    let cidr = |block: Block| Predicate::Cidr(block, value.clone());
    let v4: Vec<Block> = blocks.iter().filter_map(v4_block).collect();
    let v6 = blocks
        .iter()
        .filter(|block| v4_block(block).is_none())
        .map(|block| Block { network: block.network, prefix: block.prefix });
    let mut parts = Vec::new();
    if !v4.is_empty() {
        parts.push(Predicate::All(vec![
            Predicate::Match(value.clone(), patterns::ipv4()),
            any(v4.iter().map(|block| cidr(*block)).collect()),
        ]));
    }
    let mut long: Vec<Predicate> = v4.iter().map(|block| cidr(mapped(*block))).collect();
    for block in v6 {
        let IpAddr::V6(network) = block.network else { continue };
        // ::ffff:0:0/96, where IPv4 addresses are.
        let carried = u128::from(0xffff_u32) << 32;
        let holds_carried = block.prefix < 96
            && (network.to_bits() ^ carried).checked_shr(128 - u32::from(block.prefix)).is_none_or(|rest| rest == 0);
        if holds_carried {
            let carried = Block { network: IpAddr::V6(carried.into()), prefix: 96 };
            let not = Maybe::new(cidr(carried), names(value)).guard().not().into_predicate();
            long.push(Predicate::All(vec![cidr(block), not]));
        } else {
            long.push(cidr(block));
        }
    }
    parts.push(Predicate::All(vec![Predicate::Match(value.clone(), patterns::ipv6()), any(long)]));
    any(parts)
}

fn names(value: &Value) -> Vec<FieldName> {
    match value {
        Value::Field(name) => vec![name.clone()],
        _ => Vec::new(),
    }
}
