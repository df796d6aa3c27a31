//! Regular expressions as regex(7) writes them, matched by the regex crate's syntax.

use regex_lite::{Regex, RegexBuilder};

/// How patterns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Basic,
    Extended,
    Fixed,
}

/// What a match has to span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Anywhere,
    Word,
    Line,
}

/// Compiles lines of patterns, any of which may match.
pub(super) fn compile(
    patterns: &str,
    flavour: Flavour,
    extent: Extent,
    ignore_case: bool,
) -> Result<Regex, String> {
    let alternatives: Result<Vec<String>, String> =
        patterns.split('\n').map(|pattern| translate(pattern, flavour)).collect();
    let any = alternatives?.join("|");
    let whole = match extent {
        Extent::Anywhere => any,
        Extent::Word => format!(r"\b(?:{any})\b"),
        Extent::Line => format!("^(?:{any})$"),
    };
    RegexBuilder::new(&whole)
        .case_insensitive(ignore_case)
        .build()
        .map_err(|error| format!("Invalid regular expression: {error}"))
}

/// In basic expressions `\(`, `\{`, `\|`, `\+` and `\?` are the operators; in extended ones the plain
/// characters are.
fn translate(pattern: &str, flavour: Flavour) -> Result<String, String> {
    if flavour == Flavour::Fixed {
        return Ok(regex_lite::escape(pattern));
    }
    let mut out = String::new();
    let mut depth = 0_u32;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let (c, escaped) =
            if c == '\\' { (chars.next().ok_or("Trailing backslash")?, true) } else { (c, false) };
        if c == '[' && !escaped {
            out.push_str(&bracket(&mut chars)?);
            continue;
        }
        let is_operator = "(){}|+?".contains(c) && (flavour == Flavour::Extended) != escaped;
        match c {
            '(' if is_operator => depth += 1,
            ')' if is_operator && depth == 0 => return Err("Unmatched ) or \\)".to_owned()),
            ')' if is_operator => depth -= 1,
            _ => {}
        }
        // A star with nothing before it is a star.
        let nothing_before = out.is_empty() || out.ends_with(['(', '|', '^']);
        match c {
            '*' if !escaped && nothing_before => out.push_str("\\*"),
            _ if is_operator => out.push(c),
            '<' | '>' | 'b' if escaped => out.push_str("\\b"),
            'w' | 'W' | 's' | 'S' if escaped => out.extend(['\\', c]),
            '.' | '*' | '^' | '$' if !escaped => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => out.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    if depth > 0 { Err("Unmatched ( or \\(".to_owned()) } else { Ok(out) }
}

/// A bracket expression, from behind its `[`.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let unmatched = || "Unmatched [, [^, [:, [., or [=".to_owned();
    let mut out = String::from("[");
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        let c = chars.next().ok_or_else(unmatched)?;
        match c {
            ']' if !first => break,
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                loop {
                    let c = chars.next().ok_or_else(unmatched)?;
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | ']' | '\\' | '&' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
        first = false;
    }
    out.push(']');
    Ok(out)
}
