//! Hosts: lower case, without the root's dot, in the ASCII form that logs hold (RFC 5891, RFC 3492).

/// A host's one form.
///
/// # Errors
/// Why the text is no host.
pub fn domain(text: &str) -> Result<String, String> {
    let mut host = text.trim_end_matches('.').to_lowercase();
    if !host.is_ascii() {
        host = host
            .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
            .map(
                |label| {
                    if label.is_ascii() { Some(label.to_owned()) } else { punycode(label).map(|coded| format!("xn--{coded}")) }
                },
            )
            .collect::<Option<Vec<String>>>()
            .ok_or("a label with letters beyond ASCII is too long")?
            .join(".");
    }
    if host.len() > 253 {
        return Err("a host has at most 253 characters".to_owned());
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !host.split('.').all(label) {
        return Err("labels of letters, digits and `-`, with dots between them, were expected".to_owned());
    }
    if !host.contains('.') {
        return Err("a domain has at least one dot".to_owned());
    }
    Ok(host)
}

/// The `Punycode` of a label in lower case (RFC 3492 section 6.3), without `xn--`. `None` where the label cannot be one.
pub fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    let characters: Vec<u32> = label.chars().map(u32::from).collect();
    if characters.len() > 63 || label.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return None;
    }
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let (mut code, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while (handled as usize) < characters.len() {
        let next = characters.iter().copied().filter(|character| *character >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for character in &characters {
            if *character < code {
                delta = delta.checked_add(1)?;
            }
            if *character != code {
                continue;
            }
            let (mut quotient, mut at) = (delta, BASE);
            loop {
                let threshold = if at <= bias { 1 } else { (at - bias).min(26) };
                if quotient < threshold {
                    break;
                }
                output.push(digit(threshold + (quotient - threshold) % (BASE - threshold))?);
                quotient = (quotient - threshold) / (BASE - threshold);
                at += BASE;
            }
            output.push(digit(quotient)?);
            bias = adapted(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta = delta.checked_add(1)?;
        code = code.checked_add(1)?;
    }
    (output.len() <= 59).then_some(output)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value.checked_add(10).filter(|_| value < 26).unwrap_or_else(|| value.wrapping_sub(26)), 36)
}

/// The bias after a character (RFC 3492 section 6.1).
fn adapted(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += 36;
    }
    steps + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3492 section 7.1, samples (A), (B), (I) lowered, and names that are registered.
    #[test]
    fn codes_labels_as_the_rfc_does() {
        for (label, coded) in [
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("münchen", "mnchen-3ya"),
            ("bücher", "bcher-kva"),
        ] {
            assert_eq!(punycode(label).as_deref(), Some(coded), "{label}");
        }
        assert_eq!(domain("Bücher.Example.").unwrap(), "xn--bcher-kva.example");
        assert!(domain("a b.example").is_err());
    }
}
