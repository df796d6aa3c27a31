//! File names for people, as a shell would read them back.

/// When a name is put in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    Always,
    /// Where a shell would take it for something else.
    IfNeeded,
    /// Likewise; a colon needs it too, because one follows the name in a message.
    IfNeededOrColon,
}

/// The name as it stands in the middle of a message: `'a b'`.
pub fn always(name: impl AsRef<[u8]>) -> String {
    quote(name.as_ref(), Quote::Always)
}

/// The name as it stands before the colon of a message: `plain` or `'a b'`.
pub fn leading(name: impl AsRef<[u8]>) -> String {
    quote(name.as_ref(), Quote::IfNeededOrColon)
}

/// Quotes a name: single quotes, double ones around an apostrophe, `$'\n'` for what cannot be printed.
pub fn quote(name: &[u8], when: Quote) -> String {
    let text = printable(name);
    let unprintable = text.iter().any(|piece| matches!(piece, Piece::Escaped(_)));
    let special = name.is_empty()
        || matches!(name, b"{" | b"}")
        || matches!(name.first(), Some(b'#' | b'~'))
        || name.iter().any(|b| b" !\"$&'()*;<=>?[\\^`|".contains(b))
        || (when == Quote::IfNeededOrColon && name.contains(&b':'));
    if when != Quote::Always && !special && !unprintable {
        return text.iter().map(Piece::plain).collect();
    }
    let apostrophe = name.contains(&b'\'');
    let dangerous_in_double_quotes = name.iter().any(|b| b"\"$`\\!".contains(b));
    if apostrophe && !unprintable && !dangerous_in_double_quotes {
        return format!("\"{}\"", text.iter().map(Piece::plain).collect::<String>());
    }
    in_single_quotes(&text)
}

fn in_single_quotes(text: &[Piece]) -> String {
    let mut quoted = String::from("'");
    let mut escaping = false;
    for piece in text {
        match (piece, escaping) {
            (Piece::Escaped(_), false) => quoted.push_str("'$'"),
            (Piece::Plain(_), true) => quoted.push_str("''"),
            _ => {}
        }
        escaping = matches!(piece, Piece::Escaped(_));
        match piece {
            Piece::Plain('\'') => quoted.push_str("'\\''"),
            piece => quoted.push_str(&piece.plain()),
        }
    }
    quoted.push('\'');
    quoted
}

enum Piece {
    Plain(char),
    Escaped(String),
}

impl Piece {
    fn plain(&self) -> String {
        match self {
            Piece::Plain(c) => c.to_string(),
            Piece::Escaped(text) => text.clone(),
        }
    }
}

fn printable(name: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            pieces.push(if c.is_control() { Piece::Escaped(escape_control(c)) } else { Piece::Plain(c) });
        }
        pieces.extend(chunk.invalid().iter().map(|byte| Piece::Escaped(format!("\\{byte:03o}"))));
    }
    pieces
}

fn escape_control(c: char) -> String {
    match c {
        '\x07' => "\\a".into(),
        '\x08' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\x0b' => "\\v".into(),
        '\x0c' => "\\f".into(),
        '\r' => "\\r".into(),
        c => c.to_string().bytes().map(|byte| format!("\\{byte:03o}")).collect(),
    }
}
