//! echo(1), as an executable; shells have their own.

use crate::user::tool::Tool;
use crate::user::{Args, Sys};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let words: Vec<Vec<u8>> = args.argv.iter().skip(1).map(|word| word.0.clone()).collect();
    let mut tool = Tool::new(sys, args);
    tool.put(text(&words));
    tool.finish(Ok(())).await
}

/// What echo prints for these arguments.
pub fn text(words: &[Vec<u8>]) -> Vec<u8> {
    let mut newline = true;
    let mut escapes = false;
    let mut rest = words;
    while let [first, after @ ..] = rest {
        let Some(letters) = first.strip_prefix(b"-") else { break };
        if letters.is_empty() || !letters.iter().all(|letter| b"neE".contains(letter)) {
            break;
        }
        for letter in letters {
            match letter {
                b'n' => newline = false,
                b'e' => escapes = true,
                _ => escapes = false,
            }
        }
        rest = after;
    }
    let mut text = rest.join(&b' ');
    if escapes {
        match unescape(&text) {
            Escaped::All(whole) => text = whole,
            Escaped::Cut(part) => return part,
        }
    }
    if newline {
        text.push(b'\n');
    }
    text
}

/// What the escapes of a text stand for.
pub enum Escaped {
    All(Vec<u8>),
    /// Up to a `\c`: nothing more is to be printed.
    Cut(Vec<u8>),
}

/// Replaces backslash escapes: `\n`, `\0NNN`, `\xHH` and their like.
pub fn unescape(text: &[u8]) -> Escaped {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        let (b'\\', [kind, after @ ..]) = (*first, rest) else {
            out.push(*first);
            continue;
        };
        rest = after;
        match kind {
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'c' => return Escaped::Cut(out),
            b'e' => out.push(0x1b),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'\\' => out.push(b'\\'),
            b'0' => out.push(take_number(&mut rest, 8, 3).unwrap_or(0)),
            b'x' => match take_number(&mut rest, 16, 2) {
                Some(byte) => out.push(byte),
                None => out.extend(b"\\x"),
            },
            other => out.extend([b'\\', *other]),
        }
    }
    Escaped::All(out)
}

/// Reads at most so many digits; none if there is none.
pub fn take_number(rest: &mut &[u8], radix: u32, digits_max: usize) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let digits: Vec<u32> = rest.iter().take(digits_max).map_while(digit).collect();
    *rest = &rest[digits.len()..];
    if digits.is_empty() {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * radix + digit) as u8)
}
