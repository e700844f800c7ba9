//! Addresses in blocks (S4.2).
//!
//! `ipv4_is_in_any_range` reads v4 texts and `ipv6_is_in_any_range` v6 texts; each is null for the other's. A v4 address that is
//! written `::ffff:a.b.c.d` is a v6 text, so a v4 block is asked for in both forms.

use std::net::{IpAddr, Ipv6Addr};

use super::ast::{IpVersion, Maybe, Text};
use crate::ir::IpBlock;

/// Bits before the v4 address in `::ffff:a.b.c.d`.
const MAPPED: u8 = 96;
const MAPPED_NETWORK: IpBlock = IpBlock { network: IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0)), prefix: MAPPED };

/// The text is an address in one of the blocks.
pub fn in_blocks(text: &Text, blocks: &[IpBlock]) -> Maybe {
    let (mut v4, mut v6, mut mapped, mut around) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for block in blocks {
        match (block.network, block.network.to_canonical()) {
            (IpAddr::V4(network), _) => {
                v4.push(*block);
                mapped.push(IpBlock { network: IpAddr::V6(network.to_ipv6_mapped()), prefix: block.prefix + MAPPED });
            }
            (IpAddr::V6(_), IpAddr::V4(network)) if block.prefix >= MAPPED => {
                v4.push(IpBlock { network: IpAddr::V4(network), prefix: block.prefix - MAPPED });
                mapped.push(*block);
            }
            (IpAddr::V6(network), _) if holds_mapped(network, block.prefix) => around.push(*block),
            (IpAddr::V6(_), _) => v6.push(*block),
        }
    }
    v6.extend(mapped);
    let mut parts =
        vec![Maybe::in_any_range(text.clone(), IpVersion::V4, v4), Maybe::in_any_range(text.clone(), IpVersion::V6, v6)];
    if !around.is_empty() {
        // A v6 block never holds a v4 address, in whatever form it is written.
        let v4_form = Maybe::in_any_range(text.clone(), IpVersion::V6, vec![MAPPED_NETWORK]).guard();
        parts.push(Maybe::all(vec![Maybe::in_any_range(text.clone(), IpVersion::V6, around), v4_form.negate().into()]));
    }
    Maybe::any(parts)
}

/// Whether a block holds the v4 addresses in their v6 form.
fn holds_mapped(network: Ipv6Addr, prefix: u8) -> bool {
    let IpAddr::V6(mapped) = MAPPED_NETWORK.network else { return false };
    let shift = 128 - u32::from(prefix);
    prefix <= MAPPED && (shift >= 128 || u128::from(network) >> shift == u128::from(mapped) >> shift)
}
