//! Blocks of addresses in CIDR notation (SR/search, "CIDR matching"; Comparison and Conditional functions, `cidrmatch`).

use std::net::IpAddr;

use super::doubts::{Doubt, Readings};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    network: IpAddr,
    prefix: u8,
}

/// `a.b.c.d/n` or an IPv6 network with `/n`.
pub(super) fn block(text: &str) -> Option<Block> {
    let (network, prefix) = text.split_once('/')?;
    let network: IpAddr = network.parse().ok()?;
    if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix: u8 = prefix.parse().ok()?;
    (prefix <= bits(network).1).then_some(Block { network, prefix })
}

impl Block {
    /// The network's number, and how many bits it has.
    pub(super) fn network(self) -> (u128, u8) {
        bits(self.network)
    }

    pub(super) fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether the address lies in the block; what is no address lies in none.
    pub(super) fn holds(self, text: &str, readings: &Readings) -> bool {
        let usual = text.parse().is_ok_and(|address| self.holds_address(address, readings));
        let nearly = nearly(text).is_some_and(|address| self.holds_address(address, readings));
        readings.choose(Doubt::AddressSpelling, usual, usual || nearly)
    }

    fn holds_address(self, address: IpAddr, readings: &Readings) -> bool {
        let plain = self.is_prefix_of(address);
        let mapped = match (self.network, address) {
            (IpAddr::V4(_), IpAddr::V6(six)) => six.to_ipv4_mapped().is_some_and(|four| self.is_prefix_of(IpAddr::V4(four))),
            (IpAddr::V6(_), IpAddr::V4(four)) => self.is_prefix_of(IpAddr::V6(four.to_ipv6_mapped())),
            _ => plain,
        };
        readings.choose(Doubt::MappedAddress, plain, mapped)
    }

    fn is_prefix_of(self, address: IpAddr) -> bool {
        let ((network, width), (address, other)) = (bits(self.network), bits(address));
        width == other && (self.prefix == 0 || (network ^ address) >> (width - self.prefix) == 0)
    }
}

/// An address as a number, and how many bits it has.
pub(super) fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(four) => (u128::from(u32::from(four)), 32),
        IpAddr::V6(six) => (u128::from(six), 128),
    }
}

/// What a program that is not strict may read as an address.
pub(super) fn nearly(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('[').unwrap_or(text);
    let text = text.split(['/', '%', ']']).next().unwrap_or(text);
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    // `10.1.2.3:443`, `010.1.2.3`.
    let parts: Vec<&str> = text.split(':').next()?.split('.').collect();
    let octets: Vec<u8> = parts.iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let octets: [u8; 4] = octets.try_into().ok()?;
    Some(IpAddr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(of: &str, address: &str) -> (bool, bool) {
        let readings = Readings::default();
        (block(of).unwrap().holds(address, &readings), readings.met() == 0)
    }

    #[test]
    fn addresses_of_the_documentation() {
        assert_eq!(holds("10.10.10.0/24", "10.10.10.12"), (true, true));
        assert_eq!(holds("10.10.10.0/24", "50.10.10.17"), (false, true));
        assert_eq!(holds("192.0.2.0/24", "192.0.3.0"), (false, true));
        assert_eq!(holds("192.0.2.0/24", "192.0.2.56"), (true, true));
        let block = "2001:0db8:ffff:ffff:ffff:ffff:ffff:ff00/120";
        assert_eq!(holds(block, "2001:0db8:ffff:ffff:ffff:ffff:ffff:ff99"), (true, true));
        assert_eq!(holds("0.0.0.0/0", "192.0.3.0"), (true, true));
    }

    #[test]
    fn what_is_not_said_is_a_doubt() {
        for near in [" 10.1.2.3", "010.1.2.3", "10.1.2.3/32", "10.1.2.3:443", "::ffff:10.1.2.3"] {
            assert_eq!(holds("10.0.0.0/8", near), (false, false), "{near}");
        }
        for none in ["", "-", "x", "10.1.2", "11.1.2.3", "fe80::1"] {
            assert_eq!(holds("10.0.0.0/8", none), (false, true), "{none}");
        }
        assert!(block("10.0.0.0/33").is_none() && block("10.0.0/8").is_none() && block("x/8").is_none());
    }
}
