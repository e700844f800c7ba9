//! Addresses and blocks (S4.2).

use std::net::IpAddr;

use crate::ir::IpBlock;

/// The address that a value is; `::ffff:a.b.c.d` is the v4 address. `None` for what is no address.
pub(super) fn parse(value: &str) -> Option<IpAddr> {
    value.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A v4 block never holds a v6 address, nor the other way round; what is no address is in no block.
pub(super) fn lies_in(value: &str, block: IpBlock) -> bool {
    let (network, prefix) = match (block.network, block.network.to_canonical()) {
        // `::ffff:10.0.0.0/104` is a block of v4 addresses, as `::ffff:10.0.0.1` is one.
        (IpAddr::V6(_), IpAddr::V4(network)) if block.prefix >= 96 => (IpAddr::V4(network), block.prefix - 96),
        (network, _) => (network, block.prefix),
    };
    match (parse(value), network) {
        (Some(IpAddr::V4(address)), IpAddr::V4(network)) => {
            same_prefix(u128::from(address.to_bits()) << 96, u128::from(network.to_bits()) << 96, prefix)
        }
        (Some(IpAddr::V6(address)), IpAddr::V6(network)) => same_prefix(address.to_bits(), network.to_bits(), prefix),
        _ => false,
    }
}

/// Whether the first `prefix` bits are equal.
fn same_prefix(one: u128, other: u128, prefix: u8) -> bool {
    // A shift by 128 is for the block that holds every address.
    (one ^ other).checked_shr(128 - u32::from(prefix.min(128))).is_none_or(|difference| difference == 0)
}
