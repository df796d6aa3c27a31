//! Backslash escapes, in the three places that have them.

use crate::user::programs::sh::text;

/// Whose escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::user::programs::sh) enum Escapes {
    /// `echo -e` and printf's `%b`: octal numbers begin with 0, `\c` ends all output.
    Echo,
    /// The format of printf.
    Format,
    /// `$'..'`.
    AnsiC,
}

/// Whether `\c` was met: nothing is printed after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::user::programs::sh) enum Output {
    GoesOn,
    Ends,
}

/// Text with its escapes carried out; they can make any bytes.
pub(in crate::user::programs::sh) fn unescape(source: &str, escapes: Escapes) -> (Vec<u8>, Output) {
    let mut bytes = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&text::encode(&rest[..at]));
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            bytes.push(b'\\');
            break;
        };
        let after = &rest[c.len_utf8()..];
        let simple = match c {
            'a' => Some(7),
            'b' => Some(8),
            'e' | 'E' => Some(27),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '\\' => Some(b'\\'),
            '"' | '\'' | '?' if escapes == Escapes::AnsiC => Some(c as u8),
            '"' if escapes == Escapes::Format => Some(b'"'),
            _ => None,
        };
        if let Some(byte) = simple {
            bytes.push(byte);
            rest = after;
            continue;
        }
        rest = match c {
            'c' if escapes == Escapes::Echo => return (bytes, Output::Ends),
            'x' => number(after, 16, 2, &mut bytes, "\\x"),
            'u' => unicode(after, 4, &mut bytes, "\\u"),
            'U' => unicode(after, 8, &mut bytes, "\\U"),
            '0' if escapes == Escapes::Echo => octal(after, 3, &mut bytes),
            '0'..='7' if escapes != Escapes::Echo => octal(rest, 3, &mut bytes),
            c => {
                bytes.push(b'\\');
                bytes.extend_from_slice(&text::encode(c.encode_utf8(&mut [0; 4])));
                after
            }
        };
    }
    bytes.extend_from_slice(&text::encode(rest));
    (bytes, Output::GoesOn)
}

/// The first digits of a text, at most so many.
fn digits(text: &str, radix: u32, most: usize) -> &str {
    let count = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    &text[..count]
}

fn octal<'a>(text: &'a str, most: usize, bytes: &mut Vec<u8>) -> &'a str {
    let digits = digits(text, 8, most);
    bytes.push(u32::from_str_radix(digits, 8).unwrap_or(0) as u8);
    &text[digits.len()..]
}

fn number<'a>(text: &'a str, radix: u32, most: usize, bytes: &mut Vec<u8>, as_written: &str) -> &'a str {
    let digits = digits(text, radix, most);
    match u8::from_str_radix(digits, radix) {
        Ok(byte) => bytes.push(byte),
        Err(_) => bytes.extend_from_slice(as_written.as_bytes()),
    }
    &text[digits.len()..]
}

fn unicode<'a>(text: &'a str, most: usize, bytes: &mut Vec<u8>, as_written: &str) -> &'a str {
    let digits = digits(text, 16, most);
    match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => bytes.extend_from_slice(as_written.as_bytes()),
    }
    &text[digits.len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_own_octal_numbers() {
        assert_eq!(unescape("a\\tb\\0101\\101", Escapes::Echo).0, b"a\tbA\\101");
        assert_eq!(unescape("\\101\\0101", Escapes::Format).0, b"A\x081");
        assert_eq!(unescape("\\x41\\u00e9\\'", Escapes::AnsiC).0, "Aé'".as_bytes());
        assert_eq!(unescape("a\\cb", Escapes::Echo), (b"a".to_vec(), Output::Ends));
        assert_eq!(unescape("\\z\\", Escapes::Echo).0, b"\\z\\");
    }
}
