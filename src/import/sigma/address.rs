//! Addresses that start with a text, as blocks: `startswith '10.'` is `10.0.0.0/8`.

/// The blocks of the addresses whose usual text starts so; `None` where that is no start of an address.
///
/// The usual text of a v4 address has no leading zeros; that of a v6 address is lower or upper case, its groups without leading
/// zeros. A start with `::` within is refused: what it leaves out may be of any length.
pub(super) fn starting_with(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return None;
    }
    if text.contains(':') || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return v6(text);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let (last, whole) = parts.split_last()?;
    let mut octets: Vec<u8> = Vec::new();
    for part in whole {
        octets.push(octet(part)?);
    }
    let more = octets.len() < 4;
    if last.is_empty() {
        return (!octets.is_empty() && more).then(|| vec![block4(&octets)]);
    }
    if !more {
        return None;
    }
    // `172.2` starts 172.2, 172.20 to 172.29 and 172.200 to 172.255; `1` without a dot might start a v6 address too.
    if whole.is_empty() {
        return None;
    }
    let found: Vec<String> = (0..=255_u8)
        .filter(|value| value.to_string().starts_with(last))
        .map(|value| {
            let mut all = octets.clone();
            all.push(value);
            block4(&all)
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

fn octet(text: &str) -> Option<u8> {
    let plain = text == "0" || !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

fn block4(octets: &[u8]) -> String {
    let all: Vec<String> = (0..4).map(|index| octets.get(index).copied().unwrap_or(0).to_string()).collect();
    format!("{}/{}", all.join("."), octets.len() * 8)
}

fn v6(text: &str) -> Option<Vec<String>> {
    if text.contains("::") || !text.contains(':') {
        return None;
    }
    // Only whole groups: `fe80:`, `2001:db8:`.
    let groups: Vec<&str> = text.strip_suffix(':')?.split(':').collect();
    let sound = groups.iter().all(|group| {
        (1..=4).contains(&group.len())
            && group.bytes().all(|byte| byte.is_ascii_hexdigit())
            && (*group == "0" || !group.starts_with('0'))
    });
    // A group of zeros may be left out of the text.
    if !sound || groups.len() > 7 || groups.contains(&"0") {
        return None;
    }
    Some(vec![format!("{}::/{}", groups.join(":"), groups.len() * 16)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_addresses_are_blocks() {
        let one = |text: &str| starting_with(text).map(|blocks| blocks.join(" "));
        assert_eq!(one("10.").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(one("192.168.").as_deref(), Some("192.168.0.0/16"));
        assert_eq!(one("fe80:").as_deref(), Some("fe80::/16"));
        assert_eq!(one("2001:db8:").as_deref(), Some("2001:db8::/32"));
        assert_eq!(starting_with("172.2").unwrap().len(), 1 + 10 + 56);
        for refused in ["", "1", "010.", "256.", "1.2.3.4.", "::1", "fe8", "x", "1.2.3.4.5", "fe80"] {
            assert_eq!(one(refused), None, "{refused}");
        }
    }
}
