//! Internet addresses, as the functions on them read texts.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address and its prefix, in bits of a v6 address; a v4 address is its v4-mapped v6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    bits: u128,
    prefix: u32,
}

/// "IP-prefix notation" (learn.microsoft.com/kusto/query/ipv4-is-in-range-function): an address, or an address, `/` and a count of bits
/// from 0 to 32.
pub(super) fn v4(text: &str) -> Option<Address> {
    let (address, prefix) = parts(text, 32)?;
    let address: Ipv4Addr = address.parse().ok()?;
    Some(Address { bits: address.to_ipv6_mapped().to_bits(), prefix: 96 + prefix })
}

/// The same with up to 128 bits; "supports IPv6 and IPv4, which is converted to IPv6"
/// (learn.microsoft.com/kusto/query/ipv6-compare-function).
pub(super) fn v6(text: &str) -> Option<Address> {
    if let Some(found) = v4(text) {
        return Some(found);
    }
    let (address, prefix) = parts(text, 128)?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some(Address { bits: address.to_bits(), prefix })
}

fn parts(text: &str, most: u32) -> Option<(&str, u32)> {
    match text.split_once('/') {
        None => Some((text, most)),
        Some((address, prefix)) => {
            let digits = !prefix.is_empty() && prefix.bytes().all(|digit| digit.is_ascii_digit());
            let prefix = digits.then(|| prefix.parse::<u32>().ok()).flatten()?;
            (prefix <= most).then_some((address, prefix))
        }
    }
}

impl Address {
    /// The order of two addresses in the shorter of their prefixes.
    pub(super) fn compare(self, other: Address) -> std::cmp::Ordering {
        let kept = self.prefix.min(other.prefix);
        // A shift by all 128 bits leaves nothing to compare.
        let of = |address: Address| address.bits.checked_shr(128 - kept).unwrap_or(0);
        of(self).cmp(&of(other))
    }

    /// Eight groups of four digits, in the first bits of the prefix and the address's own.
    pub(super) fn canonical(self, prefix: u32) -> String {
        let kept = self.prefix.min(prefix);
        let bits = self.bits & u128::MAX.checked_shl(128 - kept).unwrap_or(0);
        Ipv6Addr::from_bits(bits).segments().map(|segment| format!("{segment:04x}")).join(":")
    }

    /// Whether a prefix, or a blank, makes it something else than one address.
    pub(super) fn is_single(self) -> bool {
        self.prefix == 128
    }
}

/// learn.microsoft.com/kusto/query/ipv4-is-private-function lists the networks.
pub(super) const PRIVATE: &[&str] = &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    #[test]
    fn addresses_compare_in_the_shorter_prefix() {
        let within = |address: &str, range: &str| v4(address).unwrap().compare(v4(range).unwrap()) == Ordering::Equal;
        // The examples of ipv4-is-in-range-function and ipv4-is-in-any-range-function.
        assert!(within("127.0.0.1", "127.0.0.1"));
        assert!(!within("192.168.1.6", "192.168.1.1"));
        assert!(within("192.168.1.1", "192.168.1.255/24"));
        assert!(within("192.168.1.6", "192.168.1.1/24"));
        let equal = |left: &str, right: &str| v6(left).unwrap().compare(v6(right).unwrap()) == Ordering::Equal;
        // The examples of ipv6-compare-function and ipv6-is-in-range-function.
        assert!(equal("::ffff:7f00:1", "127.0.0.1"));
        assert!(!equal("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995"));
        assert!(equal("192.168.1.1/24", "192.168.1.255/24"));
        assert!(equal("fe80::85d:e82c:9446:7994/127", "fe80::85d:e82c:9446:7995/127"));
        assert!(equal("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995/120"));
        assert!(equal("a5e:f127:8a9d:146d:e102:b5d3:c755:f6cd", "a5e:f127:8a9d:146d:e102:b5d3:c755:abcd/112"));
        assert!(equal("::", "1::/0"));
        for none in ["", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "x", "1.2.3.4.5", "::1"] {
            assert_eq!(v4(none), None, "{none}");
        }
        // The examples of parse-ipv6-function and parse-ipv6-mask-function.
        let canonical = |text: &str, prefix| v6(text).unwrap().canonical(prefix);
        assert_eq!(canonical("192.168.255.255/24", 128), "0000:0000:0000:0000:0000:ffff:c0a8:ff00");
        assert_eq!(canonical("192.168.255.255", 120), "0000:0000:0000:0000:0000:ffff:c0a8:ff00");
        assert_eq!(canonical("fe80::85d:e82c:9446:7994", 128), "fe80:0000:0000:0000:085d:e82c:9446:7994");
        assert_eq!(canonical("fe80::85d:e82c:9446:7994/120", 124), "fe80:0000:0000:0000:085d:e82c:9446:7900");
        assert_eq!(v6("::1/129"), None);
        assert!(!v4("1.2.3.4/31").unwrap().is_single());
    }
}
