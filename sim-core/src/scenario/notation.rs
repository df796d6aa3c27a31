//! How a line inside a live fence is read, and how printed text is written so that it reads as itself.
//!
//! A line of output means itself but for groups in square brackets that have one of these forms:
//!
//! | in the file | stands for |
//! |---|---|
//! | `[..]` | any text within the line |
//! | `[...]` alone in its line | any number of lines |
//! | `[PID]`, `[PID:name]` | a value of a [`Kind`] |
//! | `[no-newline]` at the line's end | the line has no newline |
//! | `[no-prompt]` alone, last | no prompt follows: something waits, sleeps, or the machine is off |
//! | `[type:text]` at the line's end | input: the text, then Enter |
//! | `[key:name]` at the line's end | input: one key |
//!
//! Any other bracket is text, so `[    0.000000] Linux version` and `[1] 4021` need no care. A
//! backslash right before makes text of a group that would not be: `\[..]`. At the beginning of a line
//! it does the same for the prompts `# `, `$ ` and `> `.

use std::ops::Range;

use super::expect::{Kind, LineEnd, Pattern, Piece};
use super::model::Key;
use super::problem::Problem;

pub(super) const NO_NEWLINE: &str = "[no-newline]";
pub(super) const NO_PROMPT: &str = "[no-prompt]";

/// What a line of a live fence that is no command says.
#[derive(Debug)]
pub(super) enum Written {
    /// A line of output.
    Expected(Pattern),
    NoPrompt,
    /// Input to a program, after what the program has printed in that line. `at` is where the input
    /// is written.
    Input {
        before: Vec<Piece>,
        input: Input,
        at: Range<usize>,
    },
}

#[derive(Debug)]
pub(super) enum Input {
    Type(String),
    Press(Key),
}

/// Reads a line of a console fence; `at` is its place in the file.
pub(super) fn read_line(line: &str, at: usize) -> Result<Written, Vec<Problem>> {
    let (line, at) = if is_escaped_prompt(line) { (&line[1..], at + 1) } else { (line, at) };
    read(line, at)
}

/// Reads the result of a call; `at` is its place in the file.
pub(super) fn read_result(text: &str, at: usize) -> Result<Pattern, Vec<Problem>> {
    match read(text, at)? {
        Written::Expected(pattern @ Pattern::Line { end: LineEnd::Newline, .. }) => Ok(pattern),
        _ => Err(vec![
            Problem::new(at..at + text.len(), "this cannot be the result of a call")
                .help("a result may contain `[..]` and captures such as `[PID:name]`"),
        ]),
    }
}

fn read(line: &str, at: usize) -> Result<Written, Vec<Problem>> {
    let mut reader = Reader { line, at, done: 0, pieces: Vec::new(), literal: String::new() };
    let mut problems = Vec::new();
    while reader.done < line.len() {
        let bracket = match line[reader.done..].find('[') {
            Some(offset) => reader.done + offset,
            None => break,
        };
        reader.push_literal(bracket);
        match group(&line[bracket..]) {
            Group::Text => reader.push_literal(bracket + 1),
            _ if reader.literal.ends_with('\\') => {
                reader.literal.pop();
                reader.push_literal(bracket + 1);
            }
            group => match reader.push_group(group, bracket) {
                Ok(None) => {}
                Ok(Some(written)) if problems.is_empty() => return Ok(written),
                Ok(Some(_)) => return Err(problems),
                Err(problem) => problems.push(problem),
            },
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    reader.push_literal(line.len());
    reader.end_literal();
    Ok(Written::Expected(Pattern::Line { pieces: reader.pieces, end: LineEnd::Newline }))
}

struct Reader<'a> {
    line: &'a str,
    /// Where the line stands in the file.
    at: usize,
    /// Up to here the line has been read.
    done: usize,
    pieces: Vec<Piece>,
    /// The text since the last piece.
    literal: String,
}

impl Reader<'_> {
    fn push_literal(&mut self, until: usize) {
        self.literal.push_str(&self.line[self.done..until]);
        self.done = until;
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.literal)));
        }
    }

    /// Takes the group at `start` into the line; `Some` where it decides what the whole line is.
    fn push_group(&mut self, group: Group, start: usize) -> Result<Option<Written>, Problem> {
        let end = start + group.length();
        let place = self.at + start..self.at + end;
        let is_whole_line = start == 0 && end == self.line.len();
        let is_last = end == self.line.len();
        self.done = end;
        let alone = |what: &str, help: &str| {
            Err(Problem::new(place.clone(), format!("`{what}` must stand alone in its line")).help(help))
        };
        let last = |what: &str| {
            Err(Problem::new(place.clone(), format!("`{what}` must be the last thing in its line"))
                .help(format!("to expect this very text, put a backslash before it: `\\{what}`")))
        };
        match group {
            Group::Text => unreachable!("text is no group"),
            Group::Anything => {
                self.end_literal();
                self.pieces.push(Piece::Anything);
                Ok(None)
            }
            Group::Value { kind, name, .. } => {
                self.end_literal();
                self.pieces.push(Piece::Value { kind, name });
                Ok(None)
            }
            Group::AnyLines if is_whole_line => Ok(Some(Written::Expected(Pattern::AnyLines))),
            Group::AnyLines => alone("[...]", "`[..]` stands for any text within a line"),
            Group::NoPrompt if is_whole_line => Ok(Some(Written::NoPrompt)),
            Group::NoPrompt => {
                alone("[no-prompt]", "it says that no prompt follows what is printed above it")
            }
            Group::NoNewline if is_last => {
                self.end_literal();
                let pieces = std::mem::take(&mut self.pieces);
                Ok(Some(Written::Expected(Pattern::Line { pieces, end: LineEnd::Open })))
            }
            Group::NoNewline => last("[no-newline]"),
            Group::Type { .. } | Group::Press { .. } if !is_last => last(&self.line[start..end]),
            Group::Type { text, .. } => Ok(Some(self.input(Input::Type(text), place))),
            Group::Press { name, .. } => match Key::from_name(&name) {
                Some(key) => Ok(Some(self.input(Input::Press(key), place))),
                None => Err(Problem::new(place, format!("there is no key `{name}`")).help(KEYS)),
            },
            Group::Unknown { kind, .. } => {
                let known = Kind::ALL.map(Kind::name);
                Err(Problem::new(place, format!("there is no kind of value `{kind}`"))
                    .label("unknown kind")
                    .did_you_mean(&kind, &known)
                    .help(format!("to expect this very text, put a backslash before it: `\\[{kind}:`")))
            }
            Group::Unterminated { kind, .. } => Err(Problem::new(place, "this capture does not end")
                .label("expected a name in lower case, then `]`")
                .help(format!(
                    "a capture is written `[{0}]` or `[{0}:name]`; for this very text, `\\[`",
                    kind.name()
                ))),
        }
    }

    fn input(&mut self, input: Input, at: Range<usize>) -> Written {
        self.end_literal();
        Written::Input { before: std::mem::take(&mut self.pieces), input, at }
    }
}

const KEYS: &str = "the keys are Enter, Escape, Tab, Backspace, Delete, Up, Down, Left, Right, Home, End, \
                    PageUp, PageDown, F1 to F12, Ctrl-C and the like, and single characters such as `e`";

/// What a `[` begins. Lengths are in bytes, from the bracket.
enum Group {
    /// Nothing: it is text.
    Text,
    Anything,
    AnyLines,
    NoNewline,
    NoPrompt,
    Value {
        kind: Kind,
        name: Option<String>,
        length: usize,
    },
    Type {
        text: String,
        length: usize,
    },
    Press {
        name: String,
        length: usize,
    },
    /// Written like a capture, of a kind there is not.
    Unknown {
        kind: String,
        length: usize,
    },
    /// `[PID:` and then something that is no name and bracket.
    Unterminated {
        kind: Kind,
        length: usize,
    },
}

impl Group {
    fn length(&self) -> usize {
        match self {
            Group::Text => 1,
            Group::Anything => "[..]".len(),
            Group::AnyLines => "[...]".len(),
            Group::NoNewline => NO_NEWLINE.len(),
            Group::NoPrompt => NO_PROMPT.len(),
            Group::Value { length, .. }
            | Group::Type { length, .. }
            | Group::Press { length, .. }
            | Group::Unknown { length, .. }
            | Group::Unterminated { length, .. } => *length,
        }
    }
}

/// Reads the group that `text`, which begins with `[`, begins with.
fn group(text: &str) -> Group {
    let fixed = [
        ("[..]", Group::Anything),
        ("[...]", Group::AnyLines),
        (NO_NEWLINE, Group::NoNewline),
        (NO_PROMPT, Group::NoPrompt),
    ];
    for (written, group) in fixed {
        if text.starts_with(written) {
            return group;
        }
    }
    if let Some(rest) = text.strip_prefix("[type:")
        // The text that is typed may itself contain brackets: it ends with the line's last one.
        && let Some(length) = rest.rfind(']')
    {
        return Group::Type { text: rest[..length].to_owned(), length: "[type:]".len() + length };
    }
    if let Some(rest) = text.strip_prefix("[key:")
        // From the second character on, so that `[key:]]` is the key `]`.
        && let Some(first) = rest.chars().next()
        && let Some(length) = rest[first.len_utf8()..].find(']')
    {
        let length = first.len_utf8() + length;
        return Group::Press { name: rest[..length].to_owned(), length: "[key:]".len() + length };
    }
    capture(text)
}

/// Reads a capture, `[KIND]` or `[KIND:name]`.
fn capture(text: &str) -> Group {
    let inside = &text[1..];
    let letters = inside.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(inside.len());
    let (word, rest) = inside.split_at(letters);
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == word);
    if rest.starts_with(']') {
        return match kind {
            Some(kind) => Group::Value { kind, name: None, length: letters + 2 },
            None => Group::Text,
        };
    }
    let Some(rest) = rest.strip_prefix(':') else { return Group::Text };
    let name_length = rest
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'))
        .unwrap_or(rest.len());
    let name = &rest[..name_length];
    let ends = rest[name_length..].starts_with(']');
    let length = 1 + letters + 1 + name_length;
    let is_complete = ends && name.starts_with(|c: char| c.is_ascii_lowercase());
    match kind {
        Some(kind) if is_complete => Group::Value { kind, name: Some(name.to_owned()), length: length + 1 },
        Some(kind) => Group::Unterminated { kind, length },
        None if is_complete && letters > 0 => Group::Unknown { kind: word.to_owned(), length: length + 1 },
        None => Group::Text,
    }
}

/// The length of the capture that `text`, which begins with `[`, begins with.
pub(super) fn capture_length(text: &str) -> Option<usize> {
    match capture(text) {
        group @ Group::Value { .. } => Some(group.length()),
        _ => None,
    }
}

/// Whether the line would be a prompt but for the backslashes before it.
fn is_escaped_prompt(line: &str) -> bool {
    line.starts_with('\\') && looks_like_prompt(line.trim_start_matches('\\'))
}

/// Whether a line begins as one that is typed at a shell's prompt does.
pub(super) fn looks_like_prompt(line: &str) -> bool {
    ["#", "$", ">"]
        .iter()
        .any(|prompt| line.strip_prefix(prompt).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}

/// Writes a printed line so that it reads as itself.
pub(super) fn escape_line(text: &str) -> String {
    let brackets = escape_brackets(text);
    if looks_like_prompt(text.trim_start_matches('\\')) { format!("\\{brackets}") } else { brackets }
}

/// Writes text so that no bracket in it has a meaning.
pub(super) fn escape_brackets(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        if c == '[' && !matches!(group(&text[index..]), Group::Text) {
            written.push('\\');
        }
        written.push(c);
    }
    written
}

/// Writes a pattern as it may stand in a file.
pub(super) fn write(pattern: &Pattern) -> String {
    let Pattern::Line { pieces, end } = pattern else { return "[...]".to_owned() };
    let mut line = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) if index == 0 => line.push_str(&escape_line(text)),
            Piece::Literal(text) => line.push_str(&escape_brackets(text)),
            Piece::Anything => line.push_str("[..]"),
            Piece::Value { kind, name: None } => line.push_str(&format!("[{}]", kind.name())),
            Piece::Value { kind, name: Some(name) } => line.push_str(&format!("[{}:{name}]", kind.name())),
        }
    }
    match end {
        LineEnd::Newline => line,
        LineEnd::Open => line + NO_NEWLINE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_printed_line_can_be_written_so_that_it_reads_as_itself() {
        let lines = [
            "plain",
            "",
            "# comment",
            "$",
            "> quoted",
            "\\# odd",
            "[    0.000000] Linux version",
            "[1] 4021",
            "[..] [...] [PID] [PID:a] [no-newline]",
            "[...]",
            "[no-prompt]",
            "[no-newline]",
            "a \\[PID:a] \\\\[..] \\x",
            "[type:x] y]",
            "[[PID:a]",
            "[key:q]",
            "[PID:",
            "[PID:A] [XYZ:a] [XYZ: a]",
            "# [..]",
            "caf\u{e9} [\u{e9}..]",
        ];
        for line in lines {
            let written = escape_line(line);
            let pieces = if line.is_empty() { vec![] } else { vec![Piece::Literal(line.to_owned())] };
            match read_line(&written, 0) {
                Ok(Written::Expected(Pattern::Line { pieces: read, end: LineEnd::Newline })) => {
                    assert_eq!(read, pieces, "{line} is written {written}");
                }
                other => panic!("{line} is written {written}, which reads as {other:?}"),
            }
        }
    }
}
