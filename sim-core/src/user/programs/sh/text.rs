//! Bytes as the text that the shell works on, and back.
//!
//! The grammar wants text; files and pipes give bytes. What is not UTF-8 passes through as characters of a
//! private-use range and comes out as the bytes it was.

use crate::abi::Bytes;

/// Stands for the byte 0: the range has one character for each byte.
const RAW_BYTES: u32 = 0xf_ff00;

pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|&b| char::from_u32(RAW_BYTES + u32::from(b))));
    }
    text
}

pub(super) fn encode(text: &str) -> Bytes {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(RAW_BYTES).and_then(|raw| u8::try_from(raw).ok()) {
            Some(raw) => bytes.push(raw),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes.into()
}

/// A list of texts as arguments.
pub(super) fn encode_all(texts: &[String]) -> Vec<Bytes> {
    texts.iter().map(|text| encode(text)).collect()
}

/// In quotes where the shell would otherwise not read it back as one word: what `set`, `export -p` and
/// `trap` print.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether text is a name: a letter or underscore, then letters, digits, underscores.
pub(super) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_as_they_were() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in [&all[..], "žluť".as_bytes(), b"", b"a\xffb"] {
            assert_eq!(encode(&decode(bytes)).as_slice(), bytes);
        }
    }
}
