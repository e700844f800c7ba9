//! Bytes to text: what a hunt file must be before it is read.

/// Why bytes are not text. `offset` counts bytes from the file's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotText {
    pub offset: usize,
    pub message: &'static str,
}

/// UTF-8 without its byte order mark.
///
/// # Errors
/// The first byte that is not UTF-8, or a zero byte: text holds none.
pub fn decode(bytes: &[u8]) -> Result<String, NotText> {
    let (bytes, skipped) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, 3),
        None => (bytes, 0),
    };
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(NotText { offset: 0, message: "this file is UTF-16, not UTF-8" });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NotText { offset: skipped + error.valid_up_to(), message: "this is not UTF-8 text" })?;
    match text.bytes().position(|byte| byte == 0) {
        Some(offset) => Err(NotText { offset: skipped + offset, message: "this is a binary file: it holds a zero byte" }),
        None => Ok(text.to_owned()),
    }
}
