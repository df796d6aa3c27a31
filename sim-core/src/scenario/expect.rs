//! One line of expected output.

use serde::{Deserialize, Serialize};

use super::model::Span;

/// A line of expected output as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedLine {
    /// Without the line's end.
    pub span: Span,
    pub pattern: Pattern,
}

/// What the line stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    Line {
        pieces: Vec<Piece>,
        end: LineEnd,
    },
    /// `[...]`: any number of lines, also none.
    AnyLines,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// This text.
    Literal(String),
    /// `[..]`: any text within the line, also none.
    Anything,
    /// `[PID]`: a value of this kind; `[PID:shell]`: the same one wherever the name is used.
    Value { kind: Kind, name: Option<String> },
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnd {
    Newline,
    /// The cursor stays in the line: a prompt before a typed reply, or `[no-newline]`.
    Open,
}

/// What a value may look like, and whether it is an identity: two names of a kind that is one must
/// stand for two different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A process or thread: digits. Identity.
    Pid,
    /// A file or namespace: digits. Identity.
    Inode,
    /// A mount, as in /proc/self/mountinfo: digits. Identity.
    Mount,
    /// A peer group of mounts: digits. Identity.
    Peer,
    /// A device: `major:minor`. Identity.
    Dev,
    /// A decimal number, perhaps with a sign and a fraction.
    Number,
    /// Hexadecimal digits, with or without `0x`.
    Hex,
    /// A time of day or a span of time: digits with `:` and `.` between them.
    Time,
    /// Letters, digits and the other characters of plain file names: `_ - + . / @`.
    Word,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Pid,
        Kind::Inode,
        Kind::Mount,
        Kind::Peer,
        Kind::Dev,
        Kind::Number,
        Kind::Hex,
        Kind::Time,
        Kind::Word,
    ];

    /// As written in a capture.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Pid => "PID",
            Kind::Inode => "INODE",
            Kind::Mount => "MOUNT",
            Kind::Peer => "PEER",
            Kind::Dev => "DEV",
            Kind::Number => "NUMBER",
            Kind::Hex => "HEX",
            Kind::Time => "TIME",
            Kind::Word => "WORD",
        }
    }

    /// Whether a value names one thing, so that two names must have two values.
    pub fn is_identity(self) -> bool {
        matches!(self, Kind::Pid | Kind::Inode | Kind::Mount | Kind::Peer | Kind::Dev)
    }

    /// The longest value of this kind that `text` begins with.
    pub fn prefix(self, text: &str) -> Option<&str> {
        let digits = |text: &str| run(text, |c| c.is_ascii_digit());
        let length = match self {
            Kind::Pid | Kind::Inode | Kind::Mount | Kind::Peer => digits(text),
            Kind::Dev => match digits(text) {
                0 => 0,
                major => match text[major..].strip_prefix(':').map(digits) {
                    None | Some(0) => 0,
                    Some(minor) => major + 1 + minor,
                },
            },
            Kind::Number => {
                let sign = text.len() - text.strip_prefix('-').unwrap_or(text).len();
                match digits(&text[sign..]) {
                    0 => 0,
                    whole => match text[sign + whole..].strip_prefix('.').map(digits) {
                        None | Some(0) => sign + whole,
                        Some(fraction) => sign + whole + 1 + fraction,
                    },
                }
            }
            Kind::Hex => {
                let hex = |text: &str| run(text, |c| c.is_ascii_hexdigit());
                match text.strip_prefix("0x").map(hex) {
                    None | Some(0) => hex(text),
                    Some(prefixed) => 2 + prefixed,
                }
            }
            Kind::Time if text.starts_with(|c: char| c.is_ascii_digit()) => {
                let with_marks = run(text, |c| c.is_ascii_digit() || c == ':' || c == '.');
                text[..with_marks].trim_end_matches([':', '.']).len()
            }
            Kind::Time => 0,
            Kind::Word => run(text, |c| c.is_ascii_alphanumeric() || "_-+./@".contains(c)),
        };
        (length > 0).then(|| &text[..length])
    }
}

/// The length in bytes of the run of such characters at the text's beginning.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}
