//! The encodings of values, expanded before the IR (S3.5): byte-exact, as Sigma 2.1 means them.
//!
//! Source: Sigma modifiers, version 2.1.0 (SigmaHQ/sigma-specification, `specification/sigma-appendix-modifiers.md`). Where that
//! page is silent, the choice is said here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How characters become bytes before base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CharacterEncoding {
    Utf8,
    /// `utf16le`, `wide`: two bytes a unit, low byte first, no byte order mark.
    Utf16Le,
    /// `utf16be`: high byte first, no byte order mark.
    Utf16Be,
    /// `utf16`: the byte order mark `FF FE`, then as `utf16le`.
    Utf16,
}

/// Why a value cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodingError {
    pub message: String,
    pub help: Option<String>,
}

/// The characters that `windash` exchanges: hyphen-minus, slash, en dash, em dash, horizontal bar.
pub const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// The most dashes that one value may have expanded: each multiplies the values by five.
pub const MOST_DASHES: usize = 4;

/// The bytes of a text.
pub fn bytes(text: &str, encoding: CharacterEncoding) -> Vec<u8> {
    match encoding {
        CharacterEncoding::Utf8 => text.as_bytes().to_vec(),
        CharacterEncoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        CharacterEncoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        CharacterEncoding::Utf16 => [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
    }
}

/// `base64`: standard alphabet, with padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `base64offset`: what the bytes look like inside a longer base64 text, when none, one or two bytes (modulo three) stand before
/// them. Of each only the characters that no neighbour can change are kept.
///
/// # Errors
/// Where one of the three keeps no character: it would occur in every text.
pub fn base64_offset(bytes: &[u8]) -> Result<[String; 3], EncodingError> {
    let at = |offset: usize| {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(bytes);
        // Six bits a character: the first that starts at or after the bytes' first bit, and those that end within them.
        let (first, end) = ((offset * 8).div_ceil(6), shifted.len() * 8 / 6);
        STANDARD.encode(&shifted).get(first..end).unwrap_or_default().to_owned()
    };
    let all = [at(0), at(1), at(2)];
    if all.iter().any(String::is_empty) {
        return Err(EncodingError {
            message: "the value is too short for `base64offset`: at some offsets its neighbours change every character"
                .to_owned(),
            help: Some("write at least two bytes, better eight or more: short texts occur in much base64".to_owned()),
        });
    }
    Ok(all)
}

/// `windash`: the value with each dash that begins a parameter written as each of [`DASHES`], in every combination.
///
/// A dash begins a parameter where no letter, digit or `_` stands before it and one stands after it: in `-param-name` the
/// first alone, in ` -a -b` both, in `--all` the second. Any of the five characters counts as a dash in the value as written.
/// (The specification says "all possible permutations" without saying where; this is the rule of pySigma, the
/// specification's own implementation, widened to all five characters.)
///
/// # Errors
/// More than [`MOST_DASHES`] such dashes in one value.
pub fn windash(text: &str) -> Result<Vec<String>, EncodingError> {
    let characters: Vec<char> = text.chars().collect();
    let word =
        |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|found| found.is_alphanumeric() || *found == '_');
    let begins = |at: usize| DASHES.contains(&characters[at]) && !word(at.checked_sub(1)) && word(Some(at + 1));
    let count = (0..characters.len()).filter(|at| begins(*at)).count();
    if count > MOST_DASHES {
        return Err(EncodingError {
            message: format!("`windash` would make {count} dashes into 5^{count} values"),
            help: Some(format!("split the value, so that each part has at most {MOST_DASHES} parameters")),
        });
    }
    let mut values = vec![String::new()];
    for (at, character) in characters.iter().enumerate() {
        if begins(at) {
            values = values.iter().flat_map(|value| DASHES.iter().map(move |dash| format!("{value}{dash}"))).collect();
        } else {
            values.iter_mut().for_each(|value| value.push(*character));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::CharacterEncoding::{Utf8, Utf16, Utf16Be, Utf16Le};
    use super::*;

    fn offsets(text: &str, encoding: CharacterEncoding) -> [String; 3] {
        base64_offset(&bytes(text, encoding)).unwrap()
    }

    #[test]
    fn utf16_is_byte_exact() {
        assert_eq!(bytes("cmd", Utf16Le), [0x63, 0, 0x6d, 0, 0x64, 0]);
        assert_eq!(bytes("cmd", Utf16Be), [0, 0x63, 0, 0x6d, 0, 0x64]);
        assert_eq!(bytes("cmd", Utf16), [0xFF, 0xFE, 0x63, 0, 0x6d, 0, 0x64, 0]);
        // Beyond the first plane: a pair of surrogates.
        assert_eq!(bytes("😀", Utf16Be), [0xD8, 0x3D, 0xDE, 0x00]);
        assert_eq!(bytes("é", Utf8), [0xC3, 0xA9]);
    }

    #[test]
    fn base64_has_padding() {
        assert_eq!(base64(b"foofoo"), "Zm9vZm9v");
        assert_eq!(base64("é".as_bytes()), "w6k=");
        assert_eq!(base64(&bytes("ab", Utf16)), "//5hAGIA");
    }

    #[test]
    fn offsets_keep_only_what_neighbours_leave() {
        // `é` is two bytes, so a count of characters would cut wrongly.
        assert_eq!(offsets("aé", Utf8), ["YcOp", "HDq", "hw6"]);
        assert_eq!(offsets("é", Utf8), ["w6", "Op", "Dq"]);
        assert_eq!(offsets("ab", Utf16), ["//5hAGIA", "/+YQBiA", "//mEAYg"]);
        assert_eq!(offsets("foo", Utf8), ["Zm9v", "Zvb", "mb2"]);
        assert!(base64_offset(b"a").is_err(), "one byte leaves nothing at the second offset");
        assert!(base64_offset(b"").is_err());
    }

    /// The other road to the same claim: encode the bytes among neighbours, and look.
    #[test]
    fn offsets_occur_among_all_neighbours_and_are_longest() {
        for text in ["ab", "aé", "IEX (", "powershell", "日本"] {
            let inner = bytes(text, Utf8);
            let found = offsets(text, Utf8);
            for (offset, kept) in found.iter().enumerate() {
                let among = |before: u8, after: u8| {
                    let mut outer = vec![before; offset];
                    outer.extend_from_slice(&inner);
                    outer.extend_from_slice(&[after; 4]);
                    base64(&outer)
                };
                let texts: Vec<String> =
                    (0..=255).flat_map(|before| [0, 0x55, 0xAA, 0xFF].map(|after| among(before, after))).collect();
                let first = (offset * 8).div_ceil(6);
                assert!(texts.iter().all(|outer| outer[first..].starts_with(kept.as_str())), "{text} {offset}");
                let common = |at: usize| texts.iter().all(|outer| outer.as_bytes()[at] == texts[0].as_bytes()[at]);
                assert!(!common(first + kept.len()), "{text} {offset}: one more would hold");
                assert!(offset == 0 || !common(first - 1), "{text} {offset}: one earlier would hold");
            }
        }
    }

    #[test]
    fn windash_exchanges_what_begins_a_parameter() {
        assert_eq!(windash(" -x").unwrap(), [" -x", " /x", " –x", " —x", " ―x"]);
        assert_eq!(windash(" /x").unwrap(), windash(" -x").unwrap());
        assert_eq!(windash("―x").unwrap(), windash("-x").unwrap());
        assert_eq!(windash("-param-name").unwrap()[1], "/param-name");
        assert_eq!(windash("-param-name").unwrap().len(), 5);
        assert_eq!(windash(" -a -b").unwrap().len(), 25);
        assert_eq!(windash("a-b").unwrap(), ["a-b"]);
        assert_eq!(windash("a - b").unwrap(), ["a - b"]);
        assert_eq!(windash("--all").unwrap()[1], "-/all");
        assert_eq!(windash("").unwrap(), [""]);
        assert!(windash("-a -b -c -d -e").is_err());
        assert_eq!(windash("-a -b -c -d").unwrap().len(), 625);
    }
}
