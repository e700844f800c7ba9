//! What a text is by its shape alone, where nobody says so: a cell of a table without types, a word of a report, a value whose
//! source calls it by the wrong type.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::indicator::{Kind, refang};

/// Endings of file names that are top level domains, too: such a word is a file unless it was defanged.
const FILE_ENDINGS: &[&str] = &[
    "zip", "mov", "sh", "py", "pl", "rs", "md", "so", "app", "ps", "cab", "bat", "cpl", "doc", "ml", "cc", "st", "vi", "am",
    "ac", "in", "la", "pub", "java", "dot", "map", "bin", "com", "ai", "id", "inc",
];

/// Endings that are no top level domain, of files that reports name.
const FILES: &[&str] = &[
    "exe", "dll", "sys", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf", "hta", "lnk", "scr", "cpl", "ocx", "drv",
    "msi", "jar", "class", "apk", "dex", "elf", "dmg", "pkg", "iso", "img", "vhd", "doc", "docx", "docm", "dotm", "xls", "xlsx",
    "xlsm", "xlsb", "xll", "ppt", "pptx", "pptm", "rtf", "pdf", "txt", "log", "dat", "bin", "tmp", "ini", "cfg", "conf", "xml",
    "json", "html", "htm", "php", "asp", "aspx", "jsp", "7z", "rar", "gz", "tar", "tgz", "zip", "cab", "png", "jpg", "jpeg",
    "gif", "bmp", "ico", "db", "sqlite", "dylib", "plist", "py", "pyc", "sh", "pl", "rb", "go", "rs", "c", "cpp", "h", "tlb",
    "chm", "url", "reg", "inf", "manifest", "so", "csv", "md", "yml", "yaml", "war", "ear", "eml", "msg", "one", "wll", "mui",
    "key", "pem", "crt", "cer", "pfx", "css", "swf", "mp4",
];

fn top_level_domains() -> &'static HashSet<&'static str> {
    static DOMAINS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    DOMAINS.get_or_init(|| {
        include_str!("data/tlds.txt").lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(' ')).collect()
    })
}

/// Whether the last label of a host is a top level domain.
pub(super) fn ends_in_domain(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    last.starts_with("xn--") || top_level_domains().contains(last.to_ascii_lowercase().as_str())
}

/// A hash by its length: 32 digits are MD5 by far most often, though `imphash` has as many.
pub(super) fn hash(text: &str) -> Option<Kind> {
    let kind = match text.len() {
        32 => Kind::Md5,
        40 => Kind::Sha1,
        56 => Kind::Sha224,
        64 => Kind::Sha256,
        96 => Kind::Sha384,
        128 => Kind::Sha512,
        _ => return None,
    };
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(kind)
}

const HIVES: &[&str] = &[
    "HKEY_LOCAL_MACHINE",
    "HKEY_CURRENT_USER",
    "HKEY_USERS",
    "HKEY_CLASSES_ROOT",
    "HKEY_CURRENT_CONFIG",
    "HKLM",
    "HKCU",
    "HKU",
    "HKCR",
    "HKCC",
];

pub(super) fn is_registry_key(text: &str) -> bool {
    let head = text.trim_start_matches('\\').split(['\\', '/', ':']).next().unwrap_or_default();
    text.len() > head.len() + 1 && HIVES.iter().any(|hive| head.eq_ignore_ascii_case(hive))
}

/// A path that starts at a root, or at a variable of Windows that stands for one.
pub(super) fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        [b'\\', b'\\', next, ..] => *next != b'\\',
        [b'%', ..] => text[1..].find('%').is_some_and(|end| end > 0 && text[1 + end + 1..].starts_with(['\\', '/'])),
        [b'/', ..] => {
            let first = text[1..].split('/').next().unwrap_or_default();
            matches!(
                first,
                "etc"
                    | "usr"
                    | "var"
                    | "tmp"
                    | "home"
                    | "opt"
                    | "bin"
                    | "sbin"
                    | "lib"
                    | "dev"
                    | "root"
                    | "run"
                    | "Library"
                    | "Users"
                    | "Applications"
                    | "private"
                    | "System"
                    | "data"
                    | "mnt"
                    | "sdcard"
                    | "srv"
                    | "proc"
            ) && text.len() > first.len() + 2
        }
        [b'~', b'/', _, ..] => true,
        _ => false,
    }
}

/// A name or a path, as a source's type `filename` holds either.
pub(super) fn file(text: &str) -> Kind {
    if text.contains(['\\', '/']) { Kind::FilePath } else { Kind::FileName }
}

/// What was recognised: each value with its type. An address with a port is two.
pub(super) type Recognised = Vec<(Kind, String)>;

/// What one value is. A file's name that could be a domain is a file unless it was defanged.
pub(super) fn value(text: &str) -> Option<Recognised> {
    let text = text.trim();
    if text.is_empty() || text.len() > 8192 {
        return None;
    }
    if let Some(kind) = hash(text) {
        return Some(vec![(kind, text.to_ascii_lowercase())]);
    }
    let plain = refang(text);
    let defanged = plain != text;
    if plain.contains("://") {
        return Kind::Url.normalise(&plain).ok().map(|url| vec![(Kind::Url, url)]);
    }
    if is_registry_key(text) {
        return Kind::RegistryKey.normalise(text).ok().map(|key| vec![(Kind::RegistryKey, key)]);
    }
    if is_path(text) {
        return Some(vec![(Kind::FilePath, text.to_owned())]);
    }
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("cve-")) {
        return Kind::Cve.normalise(text).ok().map(|cve| vec![(Kind::Cve, cve)]);
    }
    if let Ok(address) = Kind::Ip.normalise(&plain) {
        return Some(vec![(Kind::Ip, address)]);
    }
    if let Some(found) = with_port(&plain) {
        return Some(found);
    }
    if plain.contains(char::is_whitespace) {
        return None;
    }
    if plain.contains('@') {
        let email = Kind::Email.normalise(&plain).ok()?;
        return email.rsplit('@').next().is_some_and(ends_in_domain).then(|| vec![(Kind::Email, email)]);
    }
    if let Some(end) = plain.find(['/', '?'])
        && end > 0
    {
        let (host, path) = plain.split_at(end);
        let host = host.split(':').next().unwrap_or(host);
        let sound = Kind::Ip.normalise(host).is_ok() || Kind::Domain.normalise(host).is_ok_and(|host| ends_in_domain(&host));
        return (sound && !path.contains(['<', '>'])).then(|| {
            let (host, path) = plain.split_at(end);
            vec![(Kind::Uri, format!("{}{path}", host.to_ascii_lowercase()))]
        });
    }
    let ending = plain.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let file = ending.as_deref().is_some_and(|ending| {
        FILES.contains(&ending) && (!top_level_domains().contains(ending) || FILE_ENDINGS.contains(&ending))
    });
    if file && !defanged && plain.matches('.').count() == 1 {
        return Some(vec![(Kind::FileName, text.to_owned())]);
    }
    match Kind::Domain.normalise(&plain) {
        Ok(host) if ends_in_domain(&host) && !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            Some(vec![(Kind::Domain, host)])
        }
        _ if file && !defanged => Some(vec![(Kind::FileName, text.to_owned())]),
        _ => None,
    }
}

/// A value whose source says what it is. What does not look like it is taken for what it looks like, where it looks like
/// something that is close to it.
pub(super) fn typed(kind: Kind, text: &str) -> Result<Recognised, String> {
    match kind.normalise(text) {
        // Sources write addresses as domains.
        Ok(host) if kind == Kind::Domain && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            Kind::Ip.normalise(&host).map(|address| vec![(Kind::Ip, address)])
        }
        Ok(value) => Ok(vec![(kind, value)]),
        Err(problem) => match kind {
            Kind::Ip | Kind::Domain | Kind::Url | Kind::Email => value(text).filter(|found| {
                found.iter().all(|(kind, _)| {
                    matches!(kind, Kind::Ip | Kind::Port | Kind::Domain | Kind::Url | Kind::Uri | Kind::Email | Kind::FileName)
                })
            }),
            _ if kind.digits().is_some() => value(text).filter(|found| found.iter().all(|(kind, _)| hash_like(*kind))),
            _ => None,
        }
        .ok_or(problem),
    }
}

fn hash_like(kind: Kind) -> bool {
    matches!(kind, Kind::Md5 | Kind::Sha1 | Kind::Sha224 | Kind::Sha256 | Kind::Sha384 | Kind::Sha512)
}

/// Several hashes of one file in one text.
pub(super) fn hashes(text: &str) -> Option<Recognised> {
    let parts: Vec<&str> = text.split([',', ';', '|', ' ', '\n', '\t', '\r']).filter(|part| !part.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    parts.iter().map(|part| hash(part).map(|kind| (kind, part.to_ascii_lowercase()))).collect()
}

/// What stands in a table where nothing is known.
pub(super) fn is_placeholder(text: &str) -> bool {
    matches!(
        text.trim().trim_matches(['[', ']', '<', '>', '(', ')']).to_ascii_lowercase().as_str(),
        "" | "-" | "n/a" | "na" | "none" | "null" | "unknown" | "unk" | "tbd" | "corrupt" | "redacted" | "missing"
    )
}

/// `192.0.2.1:443`, `evil.example:8080` or `[2001:db8::1]:443`.
fn with_port(text: &str) -> Option<Recognised> {
    let (host, port) = text.rsplit_once(':')?;
    let port = Kind::Port.normalise(port).ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = match Kind::Ip.normalise(host) {
        Ok(address) => (Kind::Ip, address),
        Err(_) => (Kind::Domain, Kind::Domain.normalise(host).ok().filter(|host| ends_in_domain(host))?),
    };
    Some(vec![host, (Kind::Port, port)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_values_by_their_shape() {
        for (text, kind, expected) in [
            ("WWW.Example[.]com", Kind::Domain, "www.example.com"),
            ("hxxp://a[.]example/B", Kind::Url, "http://a.example/B"),
            ("user[at]example[dot]com", Kind::Email, "user@example.com"),
            ("update.exe", Kind::FileName, "update.exe"),
            ("invoice.zip", Kind::FileName, "invoice.zip"),
            ("invoice[.]zip", Kind::Domain, "invoice.zip"),
            (r"HKCU\Software\Run", Kind::RegistryKey, r"HKCU\Software\Run"),
            (r"%appdata%\a.dat", Kind::FilePath, r"%appdata%\a.dat"),
            ("cve-2021-44228", Kind::Cve, "CVE-2021-44228"),
            ("Example.com/a/B.php", Kind::Uri, "example.com/a/B.php"),
            ("2001[:]db8[::]1", Kind::Ip, "2001:db8::1"),
        ] {
            assert_eq!(value(text), Some(vec![(kind, expected.to_owned())]), "{text}");
        }
        assert_eq!(value("1.2.3[.]4:443").unwrap().len(), 2);
        for none in [
            "version 10.0.19041.1",
            "T1059.001",
            "1.2.3.4.5",
            "999.1.1.1",
            "12:34:56",
            "N/A",
            "System.IO.File",
            "v1.2.3.4",
            "word",
        ] {
            assert_eq!(value(none), None, "{none}");
        }
    }
}
