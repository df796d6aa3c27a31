//! printf: printf(1).

use super::escapes::{Escapes, Output, unescape};
use crate::user::programs::sh::{Outcome, Shell, text};

/// One conversion of a format: `%-08.3d`.
struct Conversion {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: Option<i64>,
    precision: Option<i64>,
    letter: char,
}

/// The arguments as the format uses them up.
struct Operands<'a> {
    rest: std::slice::Iter<'a, String>,
    used: bool,
    faults: Vec<String>,
}

impl Operands<'_> {
    fn next(&mut self) -> &str {
        self.used = true;
        self.rest.next().map_or("", String::as_str)
    }

    /// A number as C writes it, or the code of a character after a quote.
    fn number(&mut self) -> i64 {
        let operand = self.next().to_owned();
        if let Some(quoted) = operand.strip_prefix(['\'', '"']) {
            return quoted.chars().next().map_or(0, |c| i64::from(u32::from(c)));
        }
        let (value, rest) = parse_number(&operand);
        if !rest.is_empty() {
            self.faults.push(format!("{operand}: invalid number"));
        }
        value
    }
}

/// The number at the start of a text, and what follows it.
fn parse_number(text: &str) -> (i64, &str) {
    let trimmed = text.trim_start();
    let (negative, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (radix, digits) = match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if unsigned.len() > 1 && unsigned.starts_with('0') => (8, &unsigned[1..]),
        None => (10, unsigned),
    };
    let count = digits.chars().take_while(|c| c.is_digit(radix)).count();
    if count == 0 && radix == 10 {
        return (0, text);
    }
    let value = digits[..count].chars().fold(0_i64, |value, c| {
        value.saturating_mul(i64::from(radix)).saturating_add(i64::from(c.to_digit(radix).unwrap_or(0)))
    });
    (if negative { -value } else { value }, &digits[count..])
}

impl Shell {
    pub(super) async fn printf(&mut self, arguments: &[String]) -> Outcome {
        const USAGE: &str = "printf [-v var] format [arguments]";
        let (variable, arguments) = match arguments {
            [option, name, rest @ ..] if option == "-v" => (Some(name.clone()), rest),
            [option, rest @ ..] if option == "--" => (None, rest),
            [option, ..] if option.len() > 1 && option.starts_with('-') => {
                return self.invalid_option("printf", &option[..2], USAGE).await;
            }
            all => (None, all),
        };
        let Some((format, operands)) = arguments.split_first() else {
            let usage = format!("printf: usage: {USAGE}\n");
            crate::user::io::eprint(&self.sys, usage).await;
            return Ok(2);
        };
        let mut operands = Operands { rest: operands.iter(), used: false, faults: Vec::new() };
        let mut output = Vec::new();
        loop {
            operands.used = false;
            let end = self.format_once(format, &mut operands, &mut output);
            if end == Output::Ends || !operands.used || operands.rest.as_slice().is_empty() {
                break;
            }
        }
        // What is wrong is said at once, and the output is written when all of it is there.
        for fault in &operands.faults {
            self.complain(format!("printf: {fault}")).await;
        }
        let written = match variable {
            Some(name) => {
                self.assign(&name, text::decode(&output)).await?;
                0
            }
            None => self.put("printf", &output).await?,
        };
        Ok(if operands.faults.is_empty() { written } else { 1 })
    }

    /// Goes through the format once.
    fn format_once(&self, format: &str, operands: &mut Operands<'_>, output: &mut Vec<u8>) -> Output {
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            output.extend(unescape(&rest[..at], Escapes::Format).0);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                output.push(b'%');
                rest = after;
                continue;
            }
            let (conversion, after) = conversion(rest, operands);
            rest = after;
            if self.convert(&conversion, operands, output) == Output::Ends {
                return Output::Ends;
            }
        }
        output.extend(unescape(rest, Escapes::Format).0);
        Output::GoesOn
    }

    fn convert(&self, conversion: &Conversion, operands: &mut Operands<'_>, output: &mut Vec<u8>) -> Output {
        let cut = |bytes: Vec<u8>| match conversion.precision.and_then(|most| usize::try_from(most).ok()) {
            Some(most) => bytes[..bytes.len().min(most)].to_vec(),
            None => bytes,
        };
        let text = match conversion.letter {
            's' => cut(text::encode(operands.next()).0),
            'q' => cut(text::encode(&text::quote(operands.next())).0),
            'b' => {
                let (bytes, end) = unescape(operands.next(), Escapes::Echo);
                output.extend(pad(cut(bytes), conversion));
                return end;
            }
            'c' => operands.next().chars().next().map(|c| text::encode(&c.to_string()).0).unwrap_or_default(),
            'd' | 'i' => {
                let value = operands.number();
                number(value.unsigned_abs().to_string(), value < 0, conversion)
            }
            'u' => number((operands.number() as u64).to_string(), false, conversion),
            'o' => number(
                format!("{}{:o}", if conversion.alternate { "0" } else { "" }, operands.number()),
                false,
                conversion,
            ),
            'x' => number(
                format!("{}{:x}", if conversion.alternate { "0x" } else { "" }, operands.number()),
                false,
                conversion,
            ),
            'X' => number(
                format!("{}{:X}", if conversion.alternate { "0X" } else { "" }, operands.number()),
                false,
                conversion,
            ),
            'e' | 'f' | 'g' | 'E' | 'F' | 'G' | 'a' | 'A' => {
                self.unmodelled(&format!("printf %{}", conversion.letter));
                operands.faults.push(format!("`{}': invalid format character", conversion.letter));
                return Output::Ends;
            }
            '\0' => {
                operands.faults.push("`%': missing format character".to_owned());
                return Output::Ends;
            }
            letter => {
                operands.faults.push(format!("`{letter}': invalid format character"));
                return Output::Ends;
            }
        };
        output.extend(pad(text, conversion));
        Output::GoesOn
    }
}

fn conversion<'a>(source: &'a str, operands: &mut Operands<'_>) -> (Conversion, &'a str) {
    let mut conversion = Conversion {
        left: false,
        zero: false,
        plus: false,
        space: false,
        alternate: false,
        width: None,
        precision: None,
        letter: '\0',
    };
    let mut rest = source;
    while let Some(flag) = rest.chars().next().filter(|c| "-0+ #".contains(*c)) {
        match flag {
            '-' => conversion.left = true,
            '0' => conversion.zero = true,
            '+' => conversion.plus = true,
            ' ' => conversion.space = true,
            _ => conversion.alternate = true,
        }
        rest = &rest[1..];
    }
    (conversion.width, rest) = count(rest, operands);
    if let Some(width) = conversion.width.filter(|&width| width < 0) {
        conversion.left = true;
        conversion.width = Some(-width);
    }
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = count(after, operands);
        conversion.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    rest = rest.trim_start_matches(['l', 'h', 'j', 'z', 't', 'L']);
    match rest.chars().next() {
        Some(letter) => {
            conversion.letter = letter;
            (conversion, &rest[letter.len_utf8()..])
        }
        None => (conversion, rest),
    }
}

/// A width or precision: digits, or `*` for an argument.
fn count<'a>(source: &'a str, operands: &mut Operands<'_>) -> (Option<i64>, &'a str) {
    if let Some(rest) = source.strip_prefix('*') {
        return (Some(operands.number()), rest);
    }
    let digits = source.chars().take_while(char::is_ascii_digit).count();
    (source[..digits].parse().ok(), &source[digits..])
}

/// The widest field that is padded, in characters.
const WIDTH_MAX: i64 = 1 << 16;

fn number(digits: String, negative: bool, conversion: &Conversion) -> Vec<u8> {
    let sign = match (negative, conversion.plus, conversion.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let least = match conversion.precision {
        Some(precision) => precision,
        None if conversion.zero && !conversion.left => conversion.width.unwrap_or(0) - sign.len() as i64,
        None => 0,
    };
    let zeros = least.min(WIDTH_MAX) - digits.len() as i64;
    format!("{sign}{}{digits}", "0".repeat(usize::try_from(zeros).unwrap_or(0))).into_bytes()
}

fn pad(text: Vec<u8>, conversion: &Conversion) -> Vec<u8> {
    let length = String::from_utf8_lossy(&text).chars().count() as i64;
    let missing = conversion.width.unwrap_or(0).min(WIDTH_MAX) - length;
    let blanks = vec![b' '; usize::try_from(missing).unwrap_or(0)];
    if conversion.left { [text, blanks].concat() } else { [blanks, text].concat() }
}
