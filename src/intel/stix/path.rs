//! What a STIX object path is in the language: the type of indicator that stands there (STIX 2.1, section 6; MISP's and others' own
//! properties as `misp-stix` writes them).

use crate::indicator::Kind;

pub(super) enum Meaning {
    Kind(Kind),
    /// It only says what another path is about: `network-traffic:dst_ref.type = 'ipv4-addr'`.
    Context,
    /// A hash that the language has no type for.
    Hash(String),
    Unknown,
}

/// The type of indicator at a path. Indexes of lists (`values[0]`, `values[*]`) make no difference.
pub(super) fn meaning(path: &str) -> Meaning {
    let Some((object, rest)) = path.split_once(':') else { return Meaning::Unknown };
    let mut plain = String::with_capacity(rest.len());
    let mut skipping = false;
    for character in rest.chars() {
        match character {
            '[' => skipping = true,
            ']' => skipping = false,
            '\'' => {}
            _ if skipping => {}
            _ => plain.push(character),
        }
    }
    if let Some(at) = plain.find("hashes.") {
        let algorithm: String =
            plain[at + "hashes.".len()..].chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let certificate = object == "x509-certificate" || object == "app";
        return hash(&algorithm, certificate);
    }
    let kind = match (object, plain.as_str()) {
        ("ipv4-addr" | "ipv6-addr" | "ipv4addr" | "ipv6addr", "value") => Kind::Ip,
        ("network-traffic", "dst_ref.value" | "src_ref.value") => Kind::Ip,
        ("domain-name", "value" | "resolves_to_refs.value" | "x_misp_hostname") => Kind::Domain,
        ("url", "value") => Kind::Url,
        ("network-traffic", "extensions.http-request-ext.request_value") => Kind::Uri,
        ("network-traffic", "extensions.http-request-ext.request_header.User-Agent") => Kind::UserAgent,
        ("network-traffic", "dst_port" | "src_port") => Kind::Port,
        ("network-traffic", "dst_ref.type" | "src_ref.type" | "protocols") => return Meaning::Context,
        ("email-addr", "value") => Kind::Email,
        (
            "email-message",
            "from_ref.value" | "sender_ref.value" | "to_refs.value" | "cc_refs.value" | "additional_header_fields.reply_to",
        ) => Kind::Email,
        ("email-message", "subject") => Kind::EmailSubject,
        ("file", "name" | "file_name") => Kind::FileName,
        ("file", "parent_directory_ref.path") | ("directory", "path") => Kind::FilePath,
        (
            "file",
            "content_ref.mime_type" | "content_ref.x_misp_filename" | "content_ref.encryption_algorithm" | "mime_type" | "size",
        ) => {
            return Meaning::Context;
        }
        ("file", "extensions.windows-pebinary-ext.imphash") => Kind::Imphash,
        ("process", "name" | "binary_ref.name" | "image_ref.name") => Kind::ProcessName,
        ("process", "command_line") => Kind::CommandLine,
        ("windows-registry-key", "key") => Kind::RegistryKey,
        ("windows-registry-key", "values.data") => Kind::RegistryValue,
        ("mutex", "name") => Kind::Mutex,
        ("mac-addr", "value") => Kind::Mac,
        ("autonomous-system", "number") => Kind::Asn,
        ("x509-certificate", "serial_number") => Kind::CertificateSerial,
        ("app", "cert.sha256") => Kind::CertificateSha256,
        ("app", "cert.sha1") => Kind::CertificateSha1,
        ("app", "id") => Kind::Text,
        _ => return Meaning::Unknown,
    };
    Meaning::Kind(kind)
}

fn hash(algorithm: &str, certificate: bool) -> Meaning {
    Meaning::Kind(match (algorithm, certificate) {
        ("md5", true) => Kind::CertificateMd5,
        ("sha1", true) => Kind::CertificateSha1,
        ("sha256", true) => Kind::CertificateSha256,
        ("md5", false) => Kind::Md5,
        ("sha1", false) => Kind::Sha1,
        ("sha224", false) => Kind::Sha224,
        ("sha256", false) => Kind::Sha256,
        ("sha384", false) => Kind::Sha384,
        ("sha512", false) => Kind::Sha512,
        ("imphash", false) => Kind::Imphash,
        ("pehash", false) => Kind::Pehash,
        ("authentihash", false) => Kind::Authentihash,
        ("ssdeep", false) => Kind::Ssdeep,
        ("tlsh", false) => Kind::Tlsh,
        (other, _) => return Meaning::Hash(other.to_owned()),
    })
}
