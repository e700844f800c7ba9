//! Indicators: their types, the one form of each, and the files they lie in (S6.1).
//!
//! A hunt's `ioc` blocks and everything that `huntc import` reads go through [`Kind::normalise`]: there is no second opinion on
//! what a domain or a hash is.

mod host;
mod refang;
mod set;

pub use host::{domain, punycode};
pub use refang::refang;
pub use set::{Entry, MOST_VALUES, Problem, read_column, read_set};

use std::net::IpAddr;

use crate::ir::IpBlock;
use crate::schema::HashAlgorithm;

/// What an indicator is. The names are those of the language; MISP and STIX have their own for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Ip,
    Domain,
    Url,
    /// A path and query without a host, as a proxy's log may hold it.
    Uri,
    Port,
    Asn,
    Mac,
    Email,
    EmailSubject,
    UserAgent,
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Imphash,
    Pehash,
    Authentihash,
    Ssdeep,
    Tlsh,
    FileName,
    FilePath,
    Pdb,
    ProcessName,
    CommandLine,
    RegistryKey,
    RegistryValue,
    Mutex,
    NamedPipe,
    Service,
    ScheduledTask,
    CertificateMd5,
    CertificateSha1,
    CertificateSha256,
    CertificateSerial,
    Ja3,
    Ja3s,
    Jarm,
    Hassh,
    Cve,
    Btc,
    Xmr,
    Dash,
    Text,
}

/// Each type and its name.
const NAMES: &[(Kind, &str)] = &[
    (Kind::Ip, "ip"),
    (Kind::Domain, "domain"),
    (Kind::Url, "url"),
    (Kind::Uri, "uri"),
    (Kind::Port, "port"),
    (Kind::Asn, "asn"),
    (Kind::Mac, "mac"),
    (Kind::Email, "email"),
    (Kind::EmailSubject, "email_subject"),
    (Kind::UserAgent, "user_agent"),
    (Kind::Md5, "md5"),
    (Kind::Sha1, "sha1"),
    (Kind::Sha224, "sha224"),
    (Kind::Sha256, "sha256"),
    (Kind::Sha384, "sha384"),
    (Kind::Sha512, "sha512"),
    (Kind::Imphash, "imphash"),
    (Kind::Pehash, "pehash"),
    (Kind::Authentihash, "authentihash"),
    (Kind::Ssdeep, "ssdeep"),
    (Kind::Tlsh, "tlsh"),
    (Kind::FileName, "file_name"),
    (Kind::FilePath, "file_path"),
    (Kind::Pdb, "pdb"),
    (Kind::ProcessName, "process_name"),
    (Kind::CommandLine, "command_line"),
    (Kind::RegistryKey, "registry_key"),
    (Kind::RegistryValue, "registry_value"),
    (Kind::Mutex, "mutex"),
    (Kind::NamedPipe, "named_pipe"),
    (Kind::Service, "service"),
    (Kind::ScheduledTask, "scheduled_task"),
    (Kind::CertificateMd5, "certificate_md5"),
    (Kind::CertificateSha1, "certificate_sha1"),
    (Kind::CertificateSha256, "certificate_sha256"),
    (Kind::CertificateSerial, "certificate_serial"),
    (Kind::Ja3, "ja3"),
    (Kind::Ja3s, "ja3s"),
    (Kind::Jarm, "jarm"),
    (Kind::Hassh, "hassh"),
    (Kind::Cve, "cve"),
    (Kind::Btc, "btc"),
    (Kind::Xmr, "xmr"),
    (Kind::Dash, "dash"),
    (Kind::Text, "text"),
];

impl Kind {
    /// Every type, in the order in which pages and messages list them.
    pub fn all() -> impl Iterator<Item = Kind> {
        NAMES.iter().map(|(kind, _)| *kind)
    }

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("text", |(_, name)| name)
    }

    pub fn parse(name: &str) -> Option<Kind> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// The algorithm of a field that holds such hashes; `None` where no log source has such a field.
    pub fn algorithm(self) -> Option<HashAlgorithm> {
        match self {
            Kind::Md5 => Some(HashAlgorithm::Md5),
            Kind::Sha1 => Some(HashAlgorithm::Sha1),
            Kind::Sha256 => Some(HashAlgorithm::Sha256),
            Kind::Imphash => Some(HashAlgorithm::Imphash),
            _ => None,
        }
    }

    /// Hexadecimal digits of a value, for the types that are nothing but such.
    pub fn digits(self) -> Option<usize> {
        Some(match self {
            Kind::Md5 | Kind::Imphash | Kind::CertificateMd5 | Kind::Ja3 | Kind::Ja3s | Kind::Hassh => 32,
            Kind::Sha1 | Kind::Pehash | Kind::CertificateSha1 => 40,
            Kind::Sha224 => 56,
            Kind::Jarm => 62,
            Kind::Sha256 | Kind::Authentihash | Kind::CertificateSha256 => 64,
            Kind::Sha384 => 96,
            Kind::Sha512 => 128,
            _ => return None,
        })
    }

    /// One form for each indicator, however it was written.
    ///
    /// # Errors
    /// Why the text is no indicator of this type, in words that follow a colon.
    pub fn normalise(self, written: &str) -> Result<String, String> {
        let text = written.trim();
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if let Some(digits) = self.digits() {
            let lower = text.to_ascii_lowercase();
            if lower.len() == digits && lower.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Ok(lower);
            }
            return Err(format!("{} characters, where {digits} hexadecimal digits were expected", text.chars().count()));
        }
        match self {
            Kind::Ip => address(&refang(text)),
            Kind::Domain => domain(&refang(text)),
            Kind::Url => url(&refang(text)),
            Kind::Email => {
                let text = refang(text);
                let (user, host) = text.split_once('@').ok_or("it has no `@`")?;
                if user.is_empty() || host.contains('@') || user.contains(char::is_whitespace) {
                    return Err("one name, `@` and a domain were expected".to_owned());
                }
                Ok(format!("{}@{}", user.to_lowercase(), domain(host)?))
            }
            Kind::Port => match text.parse::<u16>() {
                Ok(port) => Ok(port.to_string()),
                Err(_) => Err("a number from 0 to 65535 was expected".to_owned()),
            },
            Kind::Asn => {
                let digits = text.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("as")).map_or(text, |_| text[2..].trim());
                match digits.parse::<u32>() {
                    Ok(number) => Ok(format!("AS{number}")),
                    Err(_) => Err("a number such as AS64496 was expected".to_owned()),
                }
            }
            Kind::Mac => {
                let digits: String = text
                    .chars()
                    .filter(|character| !matches!(character, ':' | '-' | '.'))
                    .collect::<String>()
                    .to_ascii_lowercase();
                if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err("six pairs of hexadecimal digits were expected".to_owned());
                }
                let pairs: Vec<&str> = (0..6).filter_map(|pair| digits.get(pair * 2..pair * 2 + 2)).collect();
                Ok(pairs.join(":"))
            }
            Kind::Cve => {
                let upper = text.to_ascii_uppercase();
                let mut parts = upper.split('-');
                let number = |part: Option<&str>, least: usize, most: usize| {
                    part.is_some_and(|part| {
                        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
                    })
                };
                if parts.next() == Some("CVE")
                    && number(parts.next(), 4, 4)
                    && number(parts.next(), 4, 9)
                    && parts.next().is_none()
                {
                    Ok(upper)
                } else {
                    Err("an id such as CVE-2021-44228 was expected".to_owned())
                }
            }
            Kind::FileName if text.contains(['\\', '/']) => {
                Err("a file's name alone was expected; a path is an indicator of type `file_path`".to_owned())
            }
            Kind::RegistryKey => Ok(registry_key(text)),
            Kind::CertificateSerial => Ok(text.replace([':', ' '], "").to_ascii_lowercase()),
            _ => Ok(text.to_owned()),
        }
    }
}

/// Reads an address or a block; `::ffff:a.b.c.d` is the address of version 4 (S4.2).
///
/// # Errors
/// Why it is neither.
pub fn parse_block(text: &str) -> Result<IpBlock, String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| "the address cannot be read".to_owned())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => most,
        Some(digits) if !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u8>().ok().filter(|prefix| *prefix <= most).ok_or(format!("a prefix is at most {most}"))?
        }
        Some(_) => return Err("the prefix is no number".to_owned()),
    };
    Ok(match address {
        IpAddr::V4(address) => {
            let mask = if prefix == 0 { 0 } else { u32::MAX << (32 - prefix) };
            IpBlock { network: IpAddr::V4((u32::from(address) & mask).into()), prefix }
        }
        IpAddr::V6(address) => {
            if prefix >= 96
                && let Some(mapped) = address.to_ipv4_mapped()
            {
                let prefix = prefix - 96;
                let mask = if prefix == 0 { 0 } else { u32::MAX << (32 - prefix) };
                return Ok(IpBlock { network: IpAddr::V4((u32::from(mapped) & mask).into()), prefix });
            }
            let mask = if prefix == 0 { 0 } else { u128::MAX << (128 - prefix) };
            IpBlock { network: IpAddr::V6((u128::from(address) & mask).into()), prefix }
        }
    })
}

fn address(text: &str) -> Result<String, String> {
    let block = parse_block(text)?;
    let most = if block.network.is_ipv4() { 32 } else { 128 };
    Ok(if block.prefix == most { block.network.to_string() } else { format!("{}/{}", block.network, block.prefix) })
}

/// Roots as Sysmon writes them, and no separator at the end. `HKCU` stays: whose it is shows where it is compared.
fn registry_key(text: &str) -> String {
    const ROOTS: [(&str, &str); 5] = [
        ("HKEY_LOCAL_MACHINE", "HKLM"),
        ("HKEY_USERS", "HKU"),
        ("HKEY_CURRENT_USER", "HKCU"),
        ("HKEY_CLASSES_ROOT", "HKCR"),
        ("HKEY_CURRENT_CONFIG", "HKCC"),
    ];
    let text = text.trim_end_matches('\\');
    let (root, rest) = text.split_at(text.find('\\').unwrap_or(text.len()));
    let short = ROOTS.iter().find(|(long, short)| root.eq_ignore_ascii_case(long) || root.eq_ignore_ascii_case(short));
    match short {
        Some((_, short)) => format!("{short}{rest}"),
        None => text.to_owned(),
    }
}

fn url(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").ok_or("it has no `://`")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
        return Err("the scheme cannot be read".to_owned());
    }
    if rest.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err("a URL holds no blank".to_owned());
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    let host = if host.is_ascii() { host.to_ascii_lowercase() } else { domain(host)? };
    Ok(format!("{}://{host}{path}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refangs_and_normalises_by_type() {
        let normal = |kind: &str, text: &str| Kind::parse(kind).unwrap().normalise(text);
        for (kind, text, expected) in [
            ("domain", "WWW.Example[.]COM.", "www.example.com"),
            ("domain", "münchen.example", "xn--mnchen-3ya.example"),
            ("ip", "192[.]0[.]2[.]1", "192.0.2.1"),
            ("ip", "192.0.2[.1", "192.0.2.1"),
            ("ip", "2001:DB8:0::1", "2001:db8::1"),
            ("ip", "2001[:]db8[::]1", "2001:db8::1"),
            ("ip", "198.51.100.9/24", "198.51.100.0/24"),
            ("url", "hXXp://Evil[.]example/Path?Q=1", "http://evil.example/Path?Q=1"),
            ("url", "hxxps[:]//evil[.]example/a", "https://evil.example/a"),
            ("md5", "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
            ("email", "a.b[@]Example[.]org", "a.b@example.org"),
            ("email", "a(at)example(dot)org", "a@example.org"),
            ("asn", "as 64496", "AS64496"),
            ("mac", "00-1A-2b-3c-4d-5e", "00:1a:2b:3c:4d:5e"),
            ("cve", "cve-2021-44228", "CVE-2021-44228"),
            ("port", "0443", "443"),
            ("registry_key", r"hkey_local_machine\Software\Evil\", r"HKLM\Software\Evil"),
            ("registry_key", r"HKCU\Software\Evil", r"HKCU\Software\Evil"),
        ] {
            assert_eq!(normal(kind, text).as_deref(), Ok(expected), "{kind} {text}");
        }
        for (kind, bad) in [
            ("domain", "localhost"),
            ("domain", "a..b"),
            ("md5", "d41d"),
            ("url", "no scheme"),
            ("ip", "300.1.1.1"),
            ("port", "70000"),
            ("file_name", r"C:\evil.exe"),
            ("cve", "CVE-21-1"),
        ] {
            assert!(normal(kind, bad).is_err(), "{kind} {bad}");
        }
    }

    #[test]
    fn each_type_has_one_name() {
        for kind in Kind::all() {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
    }
}
