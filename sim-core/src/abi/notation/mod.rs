//! strace notation: how calls and their results are written, and read back.
//!
//! ```text
//! openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3
//! unshare(CLONE_NEWUTS) = -1 EPERM (Operation not permitted)
//! ```
//!
//! Where strace would print what the kernel filled in and the call failed, or the line is a question
//! and not an answer, `...` stands in its place.

mod print_reply;
mod values;

use std::fmt;
use std::fmt::Write;

use super::{Errno, Reply, Syscall};

/// A value that is an argument of a call.
pub(super) trait Notation: Sized {
    fn print(&self, out: &mut String);

    /// Whether it is written as a name and what belongs to it, so that all that is left of the line is
    /// its own.
    const TAKES_THE_REST: bool = false;

    /// Reads the whole of `text`.
    fn parse(text: &str) -> Result<Self, String>;

    /// Whether strace leaves it out when nothing follows it.
    fn is_left_out(&self) -> bool {
        false
    }

    /// What a missing last argument means, if it may be missing.
    fn when_left_out() -> Option<Self> {
        None
    }

    /// The printed form; none where it may be left out.
    fn print_argument(&self) -> Option<String> {
        if self.is_left_out() {
            return None;
        }
        let mut out = String::new();
        self.print(&mut out);
        Some(out)
    }
}

/// What is wrong with a line of strace notation, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotationError {
    /// Byte offset into the text that was given.
    pub at: u32,
    pub message: String,
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotationError {}

impl fmt::Display for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print_call(self, None))
    }
}

/// A call and what came of it, as one line of strace.
pub fn print_completed(call: &Syscall, result: &Result<Reply, Errno>) -> String {
    let mut line = print_call(call, result.as_ref().ok());
    line.push_str(" = ");
    line.push_str(&print_result(result));
    line
}

/// What stands behind the equals sign.
pub fn print_result(result: &Result<Reply, Errno>) -> String {
    match result {
        Ok(reply) => print_reply::returned(reply),
        Err(errno) => format!("-1 {} ({})", errno.name(), errno.message()),
    }
}

/// Whether strace shows among the call's arguments what the kernel filled in.
pub fn shows_reply(call: &Syscall) -> bool {
    call.print_arguments().1.is_some()
}

/// What the kernel filled in, as it stands among the arguments of a call that shows it.
pub fn print_shown(call: &Syscall, reply: &Reply) -> Option<String> {
    shows_reply(call).then(|| print_reply::shown(reply))
}

/// A call with its arguments; what the kernel filled in is taken from `reply`.
pub fn print_call(call: &Syscall, reply: Option<&Reply>) -> String {
    let (mut arguments, shown_at) = call.print_arguments();
    if let Some(position) = shown_at {
        let shown = reply.map_or_else(|| "...".to_owned(), print_reply::shown);
        arguments.insert(position.min(arguments.len()), Some(shown));
    }
    while arguments.last().is_some_and(Option::is_none) {
        arguments.pop();
    }
    let arguments: Vec<String> = arguments.into_iter().map(|a| a.unwrap_or_else(|| "0".into())).collect();
    format!("{}({})", call.spec().name, arguments.join(", "))
}

/// A line as a person writes it: a call, and perhaps what is said to come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedLine {
    pub call: Syscall,
    /// The text at the place of what the kernel fills in, where it was given.
    pub shown: Option<Shown>,
    /// The text behind the equals sign.
    pub result: Option<String>,
}

/// What a line says that the kernel fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Byte offset into the line.
    pub at: u32,
    /// `...` where the line leaves it open.
    pub text: String,
}

/// Reads `name(arguments)` or `name(arguments) = result`.
pub fn parse(line: &str) -> Result<ParsedLine, NotationError> {
    let open = line.find('(').ok_or_else(|| error(0, "expected a call, such as `getpid()`"))?;
    let name = line[..open].trim();
    let (pieces, close) = split(line, open + 1)?;
    let rest = line[close + 1..].trim();
    let result = match rest.strip_prefix('=') {
        Some(result) => Some(result.trim().to_owned()),
        None if rest.is_empty() => None,
        None => return Err(error(close + 1, "expected `= result` after the call")),
    };
    let shown = shown_text(name, &pieces);
    let call = Syscall::parse_arguments(name, Arguments { pieces, next: 0, end: close })?;
    let shown = shown.filter(|_| !sends_in_its_place(&call));
    Ok(ParsedLine { call, shown, result })
}

/// An argument's text, and at which byte of the line it stands.
type Piece<'a> = (usize, &'a str);

/// The arguments of a call, as pieces of text.
pub(super) struct Arguments<'a> {
    /// Byte offset and text of each.
    pieces: Vec<Piece<'a>>,
    next: usize,
    end: usize,
}

impl Arguments<'_> {
    /// Drops the piece in which strace shows what the kernel filled in.
    pub(super) fn skip_shown(&mut self, position: Option<usize>, arguments: usize) {
        if let Some(position) = position
            && self.pieces.len() > arguments.min(position)
        {
            self.pieces.remove(position);
        }
    }

    pub(super) fn next<T: Notation>(&mut self, name: &str) -> Result<T, NotationError> {
        let Some(&(at, text)) = self.pieces.get(self.next) else {
            return T::when_left_out()
                .ok_or_else(|| error(self.end, &format!("argument `{name}` is missing")));
        };
        if T::TAKES_THE_REST {
            let rest: Vec<&str> = self.pieces[self.next..].iter().map(|(_, text)| *text).collect();
            self.next = self.pieces.len();
            return T::parse(&rest.join(", "))
                .map_err(|message| error(at, &format!("argument `{name}`: {message}")));
        }
        self.next += 1;
        T::parse(text).map_err(|message| error(at, &format!("argument `{name}`: {message}")))
    }

    pub(super) fn finish(&self) -> Result<(), NotationError> {
        match self.pieces.get(self.next) {
            Some(&(at, text)) => Err(error(at, &format!("`{text}` is one argument too many"))),
            None => Ok(()),
        }
    }

    pub(super) fn unknown_call(&self, name: &str) -> NotationError {
        let near = Syscall::all().into_iter().map(|spec| spec.name).find(|known| {
            known.trim_end_matches("at") == name.trim_end_matches("at")
                || known.strip_prefix(name).is_some_and(|rest| rest.len() <= 3)
        });
        match near {
            Some(near) => error(0, &format!("no call `{name}` in the table; did you mean `{near}`?")),
            None => error(0, &format!("no call `{name}` in the table")),
        }
    }
}

fn error(at: usize, message: &str) -> NotationError {
    NotationError { at: at as u32, message: message.to_owned() }
}

fn shown_text(name: &str, pieces: &[(usize, &str)]) -> Option<Shown> {
    let position = Syscall::shown_position(name)??;
    pieces.get(position).map(|(at, text)| Shown { at: *at as u32, text: (*text).to_owned() })
}

/// Whether what the kernel would fill in is what the caller sends: such a request brings nothing back.
fn sends_in_its_place(call: &Syscall) -> bool {
    use super::IoctlRequest::*;
    match call {
        Syscall::Ioctl(ioctl) => match ioctl.request {
            TCSETS(_) | TCSETSF(_) | TIOCSPGRP(_) | TIOCSWINSZ(_) | TIOCSCTTY(_) => true,
            TCGETS | TIOCGPGRP | TIOCGWINSZ | TIOCNOTTY | TIOCGSID | FIONREAD | NS_GET_USERNS
            | NS_GET_PARENT | NS_GET_NSTYPE | NS_GET_OWNER_UID | Other(_) => false,
        },
        _ => false,
    }
}

/// Splits at commas that stand outside strings and brackets, from `start` to the closing parenthesis,
/// whose place is returned as well.
fn split(line: &str, start: usize) -> Result<(Vec<Piece<'_>>, usize), NotationError> {
    let mut pieces = Vec::new();
    let mut depth = 0_u32;
    let mut in_string = false;
    let mut escaped = false;
    let mut from = start;
    for (at, c) in line.char_indices().skip_while(|(at, _)| *at < start) {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                push_piece(&mut pieces, line, from, at);
                return Ok((pieces, at));
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                push_piece(&mut pieces, line, from, at);
                from = at + 1;
            }
            _ => {}
        }
    }
    Err(error(line.len(), if in_string { "the string is not closed" } else { "expected `)`" }))
}

fn push_piece<'a>(pieces: &mut Vec<(usize, &'a str)>, line: &'a str, from: usize, to: usize) {
    let text = &line[from..to];
    let indent = text.len() - text.trim_start().len();
    if !text.trim().is_empty() || !pieces.is_empty() {
        pieces.push((from + indent, text.trim()));
    }
}

/// Writes a C string as strace does: quotes, and escapes for what cannot be printed.
pub fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            0x0b => out.push_str("\\v"),
            0x0c => out.push_str("\\f"),
            0x20..=0x7e => out.push(char::from(byte)),
            _ => {
                // As short an octal escape as the next byte allows.
                let digit_follows = bytes.get(i + 1).is_some_and(|next| (b'0'..=b'7').contains(next));
                let _ = if digit_follows { write!(out, "\\{byte:03o}") } else { write!(out, "\\{byte:o}") };
            }
        }
    }
    out.push('"');
}

/// Reads what [`quote`] writes.
pub fn unquote(text: &str) -> Result<Vec<u8>, String> {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(|| format!("expected a string in double quotes, found `{text}`"))?;
    let mut bytes = Vec::new();
    let mut rest = inner.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first().ok_or("a lone backslash ends the string")?;
        rest = after;
        bytes.push(match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'0'..=b'7' => {
                let mut value = u32::from(escape - b'0');
                for _ in 0..2 {
                    let Some((&digit @ b'0'..=b'7', after)) = rest.split_first() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    rest = after;
                }
                u8::try_from(value).map_err(|_| format!("`\\{value:o}` is more than a byte"))?
            }
            b'x' => {
                let digits = rest.get(..2).ok_or("`\\x` wants two hexadecimal digits")?;
                rest = &rest[2..];
                std::str::from_utf8(digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                    .ok_or("`\\x` wants two hexadecimal digits")?
            }
            b'"' | b'\\' => escape,
            other => return Err(format!("unknown escape `\\{}`", char::from(other))),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_as_it_is_printed() {
        for line in [
            "getpid()",
            "openat(AT_FDCWD, \"/etc/pass,wd\", O_RDONLY|O_CLOEXEC)",
            "read(3, ..., 100)",
            "fcntl(3, F_DUPFD, 10)",
            "fcntl(3, F_SETFD, FD_CLOEXEC)",
            "fcntl(3, F_GETFL)",
            "ioctl(0, TIOCGWINSZ, ...)",
            "ioctl(0, TIOCSPGRP, [7], ...)",
            "ioctl(0, TIOCSWINSZ, {ws_row=24, ws_col=80}, ...)",
            "prctl(PR_SET_PDEATHSIG, SIGTERM)",
            "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
            "prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)",
            "clone(CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD)",
        ] {
            assert_eq!(parse(line).map(|read| read.call.to_string()), Ok(line.to_owned()));
        }
    }
}
