//! From what a terminal receives to the text of a transcript.
//!
//! Every arm uses the same few rules, so that a difference in the transcripts is one of the machines:
//!
//! * a newline arrives as `\r\n`, because the terminal driver makes it so (termios(3), ONLCR);
//! * bash's readline asks the terminal to mark pasted text, before and after each command that is typed
//!   (`ESC [ ? 2004 h` and `l`, the latter with a carriage return); both say nothing about the command;
//! * any other control character is shown as `cat -v` shows it (`^[`), since a file cannot hold it, and
//!   bytes that are no UTF-8 are shown as `\xNN`.

use super::model::{Action, Key};

const PASTE_MARKS: [&str; 3] = ["\x1b[?2004l\r", "\x1b[?2004l", "\x1b[?2004h"];

/// The text that a terminal shows for these bytes. Give it whole steps: it keeps no state.
pub fn shown_text(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        push_shown(&mut text, chunk.valid());
        for byte in chunk.invalid() {
            push_byte(&mut text, *byte);
        }
    }
    text
}

fn push_shown(text: &mut String, valid: &str) {
    let mut rest = valid;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = PASTE_MARKS.iter().find_map(|mark| rest.strip_prefix(mark)) {
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("\r\n") {
            text.push('\n');
            rest = after;
            continue;
        }
        match c {
            '\n' | '\t' => text.push(c),
            '\x7f' => text.push_str("^?"),
            '\0'..='\x1f' => {
                text.push('^');
                text.push(char::from(c as u8 + b'@'));
            }
            c if c.is_control() => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_byte(text, byte)),
            c => text.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
}

fn push_byte(text: &mut String, byte: u8) {
    text.push_str(&format!("\\x{byte:02x}"));
}

/// The bytes that a terminal sends for what is typed; none where nothing is. The lines of a command are
/// typed one by one, each when the shell asks for it.
pub fn keystrokes(action: &Action) -> Vec<u8> {
    match action {
        Action::Command { line: text, .. } | Action::Type { text } => {
            (text.replace('\n', "\r") + "\r").into_bytes()
        }
        Action::Press { key } => key.bytes(),
        Action::PowerOn | Action::Watch | Action::Call { .. } | Action::Resume { .. } => Vec::new(),
    }
}

/// The step's output: what a terminal showed from the first keystroke on, but for the echo of what was
/// typed. A program that asks for a password has the echo off; then only the newline that it prints is
/// there, and that is output.
pub fn without_echo<'a>(action: &Action, shown: &'a str) -> &'a str {
    shown.strip_prefix(&echo_of(action)).unwrap_or(shown)
}

/// What a terminal in canonical mode shows of what is typed: termios(3), ECHO and ECHOCTL. Further lines
/// of a command stand behind the shell's `> `.
fn echo_of(action: &Action) -> String {
    match action {
        Action::Command { line, .. } => line.replace('\n', "\n> ") + "\n",
        Action::Type { text } => text.clone() + "\n",
        Action::Press { key: Key::Enter } => "\n".to_owned(),
        Action::Press { key } => shown_text(&key.bytes()),
        Action::PowerOn | Action::Watch | Action::Call { .. } | Action::Resume { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Prompt;

    #[test]
    fn raw_bytes_become_the_text_of_a_transcript() {
        let cases: &[(&[u8], &str)] = &[
            (b"one\r\ntwo\r\n", "one\ntwo\n"),
            (b"\x1b[?2004l\ruts\r\n\x1b[?2004h", "uts\n"),
            (b"a\tb", "a\tb"),
            (b"10%\r20%\r\n", "10%^M20%\n"),
            (b"\x1b[31mred\x1b[0m", "^[[31mred^[[0m"),
            (b"caf\xc3\xa9 \xff\xfe", "caf\u{e9} \\xff\\xfe"),
            (b"\x7f\x00", "^?^@"),
            ("\u{9b}".as_bytes(), "\\xc2\\x9b"),
        ];
        for (raw, text) in cases {
            assert_eq!(shown_text(raw), *text, "{raw:?}");
        }
    }

    #[test]
    fn the_echo_of_what_is_typed_is_no_output() {
        let command = |line: &str| Action::Command { prompt: Prompt::Root, line: line.to_owned() };
        let cases = [
            (command("ls"), "ls\na\n", "a\n"),
            (command("cat <<END\nhello\nEND"), "cat <<END\n> hello\n> END\nhello\n", "hello\n"),
            (Action::Type { text: "root".to_owned() }, "root\nWelcome\n", "Welcome\n"),
            (Action::Type { text: "secret".to_owned() }, "\nLogin incorrect\n", "\nLogin incorrect\n"),
            (Action::Press { key: Key::Ctrl('C') }, "^C\n", "\n"),
            (Action::Press { key: Key::Ctrl('D') }, "", ""),
            (Action::Press { key: Key::Up }, "^[[A", ""),
            (Action::Watch, "Terminated\n", "Terminated\n"),
        ];
        for (action, shown, output) in cases {
            assert_eq!(without_echo(&action, shown), output, "{action:?}");
        }
    }

    #[test]
    fn every_line_that_is_typed_ends_with_the_return_key() {
        let command = Action::Command { prompt: Prompt::User, line: "cat <<END\nEND".to_owned() };
        assert_eq!(keystrokes(&command), b"cat <<END\rEND\r");
        assert_eq!(keystrokes(&Action::Type { text: String::new() }), b"\r");
        assert_eq!(keystrokes(&Action::Press { key: Key::Ctrl('C') }), [3]);
    }
}
