//! Sets of indicators: what a sweep looks for (S6.2), held once however many comparisons there are with it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::OnceLock;

use super::{Case, Condition, IpBlock, Kind, Test, TextOperator};
use crate::diag::Span;
use crate::schema::{Field, HashAlgorithm};

/// The indicators of one type that a sweep looks for.
#[derive(Debug)]
pub struct IndicatorSet {
    /// What a product calls a file of it: `<hunt>_<sweep>_<type>`, of letters, digits and `_`.
    pub name: String,
    /// The type as `ioc` writes it: `ip`, `domain`, `sha256`.
    pub kind: String,
    /// Normalised, each once, in order.
    values: Vec<String>,
    /// Places of the values that are domains and stand for what lies under them too, in order.
    above: Vec<usize>,
    folded: OnceLock<BTreeSet<String>>,
    shape: OnceLock<Shape>,
    /// Networks by the length of their prefix, as the first bits of a v6 address.
    networks: OnceLock<BTreeMap<(bool, u8), BTreeSet<u128>>>,
}

/// What the values of a set are like, for those that ask a product about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Lengths of the prefixes of blocks: of IPv4 addresses (`true`) and of IPv6 ones.
    pub prefixes: BTreeSet<(bool, u8)>,
    /// Numbers of labels of the domains that stand for what lies under them.
    pub labels: BTreeSet<usize>,
    pub is_ascii: bool,
    /// A block of IPv6 addresses that holds those that carry IPv4 addresses, which it does not mean (S4.2).
    pub holds_both: Option<IpBlock>,
}

/// How a field's value is compared with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listed {
    /// The whole text, A–Z folded.
    Text,
    /// The last component of a path, A–Z folded (S3.7).
    Last,
    /// A host: a domain of the set, or what lies under one that stands for that.
    Host,
    /// An address in a block (S4.2).
    Address,
    Hash(HashAlgorithm),
}

impl PartialEq for IndicatorSet {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name && self.values == other.values && self.above == other.above && self.kind == other.kind)
    }
}

impl IndicatorSet {
    /// A set of values that are normalised by their type; `above` holds those that stand for what lies under them.
    pub fn new(name: String, kind: String, mut values: Vec<String>, above: &BTreeSet<String>) -> Self {
        values.sort_unstable();
        values.dedup();
        let above = values.iter().enumerate().filter(|(_, value)| above.contains(*value)).map(|(index, _)| index).collect();
        IndicatorSet { name, kind, values, above, folded: OnceLock::new(), shape: OnceLock::new(), networks: OnceLock::new() }
    }

    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The domains that stand for what lies under them too.
    pub fn above(&self) -> impl Iterator<Item = &str> {
        self.above.iter().filter_map(|index| self.values.get(*index)).map(String::as_str)
    }

    /// The values as blocks of addresses, where they are that.
    pub fn blocks(&self) -> impl Iterator<Item = IpBlock> + '_ {
        let values = if self.kind == "ip" { self.values.as_slice() } else { &[] };
        values.iter().filter_map(|value| block(value))
    }

    /// What the values are like.
    pub fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| {
            let mut shape = Shape {
                labels: self.above().map(|domain| domain.split('.').count()).collect(),
                is_ascii: self.values.iter().all(|value| value.is_ascii()),
                ..Shape::default()
            };
            for block in self.blocks() {
                shape.prefixes.insert((block.network.is_ipv4(), block.prefix));
                if shape.holds_both.is_none() && holds_both(&block) {
                    shape.holds_both = Some(block);
                }
            }
            shape
        })
    }

    /// Whether a text that is lower case already is one of the values.
    pub fn holds_text(&self, lower: &str) -> bool {
        self.folded.get_or_init(|| self.values.iter().map(|value| lower_case(value)).collect()).contains(lower)
    }

    /// Whether a domain in lower case is one of those that stand for what lies under them.
    pub fn is_above(&self, lower: &str) -> bool {
        let found = self.values.binary_search_by(|value| value.as_str().cmp(lower));
        found.is_ok_and(|index| self.above.binary_search(&index).is_ok())
    }

    /// Whether an address lies in one of the blocks; `::ffff:a.b.c.d` is the v4 address.
    pub fn holds_address(&self, address: IpAddr) -> bool {
        let networks = self.networks.get_or_init(|| {
            let mut found: BTreeMap<(bool, u8), BTreeSet<u128>> = BTreeMap::new();
            for block in self.blocks() {
                let (v4, bits) = bits(block.network);
                found.entry((v4, block.prefix)).or_default().insert(bits);
            }
            found
        });
        let (v4, all) = bits(address.to_canonical());
        networks.iter().any(|((family, prefix), known)| {
            // A shift by 128 leaves nothing.
            let kept = u128::MAX.checked_shl(128 - u32::from(*prefix)).unwrap_or(0);
            *family == v4 && known.contains(&(all & kept))
        })
    }

    /// The comparison of a field with at most so many of the values, in the words of the other tests.
    pub fn written_out(&self, field: &Field, how: Listed, most: usize, span: Span) -> Condition {
        let values = || self.values.iter().take(most).cloned().collect::<Vec<String>>();
        let text = |operator: TextOperator, values: Vec<String>| {
            Condition::test(Test::Text { field: field.clone(), operator, values, case: Case::Folded }, span)
        };
        match how {
            Listed::Text => text(TextOperator::Equals, values()),
            Listed::Last => text(TextOperator::Named, values()),
            Listed::Address => {
                let blocks = self.blocks().take(most).collect();
                Condition::test(Test::Address { field: field.clone(), blocks }, span)
            }
            Listed::Hash(algorithm) => Condition::test(Test::Hash { field: field.clone(), algorithm, values: values() }, span),
            Listed::Host => {
                let itself = text(TextOperator::Equals, values());
                let under: Vec<String> = self.above().take(most).map(|value| [".", value].concat()).collect();
                if under.is_empty() {
                    return itself;
                }
                Condition::new(Kind::Any(vec![itself, text(TextOperator::EndsWith, under)]), span)
            }
        }
    }
}

/// A normalised address or block.
fn block(value: &str) -> Option<IpBlock> {
    let (address, prefix) = match value.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (value, None),
    };
    let network: IpAddr = address.parse().ok()?;
    Some(IpBlock { network, prefix: prefix.unwrap_or(if network.is_ipv4() { 32 } else { 128 }) })
}

fn holds_both(block: &IpBlock) -> bool {
    let IpAddr::V6(network) = block.network else { return false };
    let carried = u128::from(0xffff_u32) << 32;
    block.prefix < 96 && (network.to_bits() ^ carried).checked_shr(128 - u32::from(block.prefix)).is_none_or(|rest| rest == 0)
}

/// Whether it is a v4 address, and its bits at the front of 128.
fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (true, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}

/// Unicode simple lower-casing (S3.1).
pub fn lower_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(|character| character.to_lowercase().next().unwrap_or(character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(kind: &str, values: &[&str], above: &[&str]) -> IndicatorSet {
        let above = above.iter().map(|value| (*value).to_owned()).collect();
        IndicatorSet::new("n".to_owned(), kind.to_owned(), values.iter().map(|value| (*value).to_owned()).collect(), &above)
    }

    #[test]
    fn an_address_lies_in_a_block_of_its_own_family() {
        let set = set("ip", &["192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "::/0"], &[]);
        let holds = |address: &str| set.holds_address(address.parse().unwrap());
        for (address, expected) in [
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("::ffff:10.1.1.1", true),
            ("2001:db9::1", true),
            ("::ffff:11.0.0.0", false),
        ] {
            assert_eq!(holds(address), expected, "{address}");
        }
    }

    #[test]
    fn a_domain_stands_for_what_lies_under_it_where_it_is_said() {
        let set = set("domain", &["a.example", "b.example"], &["b.example"]);
        assert!(set.is_above("b.example") && !set.is_above("a.example") && !set.is_above("c.example"));
        assert!(set.holds_text("a.example") && !set.holds_text("x.a.example"));
    }
}
