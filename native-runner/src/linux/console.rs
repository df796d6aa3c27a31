//! A shell on a pseudo-terminal, driven as somebody at a keyboard would, but without guessing: the
//! shell marks where its prompts are and where a command begins (see [`Marks`]), and whether anything
//! still moves is read from /proc.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::failure::{Doing, Failure};
use super::guest::Marks;
use super::protocol::Activity;
use super::sandbox::{Sandbox, Terminal};

/// What a command prints at most before it is taken for a runaway.
const MOST_OUTPUT_BYTES: usize = 4 << 20;

/// How long nothing must have moved in the whole sandbox to say that it waits. Every process was asleep
/// at both ends of that time and had not run in between; the length only covers what is on its way
/// through the terminal.
const QUIET: Duration = Duration::from_millis(30);

/// A terminal with its shell.
pub struct Console {
    terminal: Terminal,
    marks: Marks,
    /// Read from the terminal, not yet looked at.
    unread: Vec<u8>,
    /// How long a step may take.
    patience: Duration,
}

/// What the shell's marks say, in the words of the guest's bash.bashrc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The first prompt: `#` or `$`.
    Ready(char),
    /// The prompt of a line that goes on.
    More,
    /// The line has been read and is about to be run.
    Runs,
}

/// A piece of what a terminal prints.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Mark(Mark),
}

/// Why a step came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The shell shows this prompt.
    Prompt(char),
    /// Nothing moves any more, and no prompt is there.
    Waiting,
}

/// What a step printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// As the terminal got it: lines end in `\r\n`.
    pub bytes: Vec<u8>,
    pub halt: Halt,
}

/// What ends a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The shell's prompt.
    Prompt,
    /// The shell's prompt, or that nothing moves any more.
    Rest,
}

impl Console {
    /// A console whose shell has not shown its first prompt yet.
    pub(super) fn new(terminal: Terminal, marks: Marks, patience: Duration) -> Console {
        Console { terminal, marks, unread: Vec::new(), patience }
    }

    /// Waits for the prompt after the login, or after what has been left running.
    pub fn wait_for_prompt(&mut self, sandbox: &Sandbox) -> Result<Printed, Failure> {
        self.watch(sandbox, Goal::Prompt)
    }

    /// Looks on while nothing is typed.
    pub fn watch(&mut self, sandbox: &Sandbox, goal: Goal) -> Result<Printed, Failure> {
        self.collect(sandbox, goal, Echo::Kept)
    }

    /// Types a command of one or more lines at the prompt.
    pub fn run(&mut self, sandbox: &Sandbox, lines: &str, goal: Goal) -> Result<Printed, Failure> {
        let deadline = Instant::now() + self.patience;
        let mut lines = lines.split('\n').peekable();
        while let Some(line) = lines.next() {
            self.type_bytes(line.as_bytes())?;
            self.type_bytes(b"\r")?;
            if lines.peek().is_some() {
                self.wait_for_continuation(sandbox, deadline)?;
            }
        }
        self.collect(sandbox, goal, Echo::UntilRun)
    }

    /// Types something to a running program. What the terminal shows of it is in what is printed.
    pub fn answer(&mut self, sandbox: &Sandbox, typed: &[u8], goal: Goal) -> Result<Printed, Failure> {
        self.type_bytes(typed)?;
        self.collect(sandbox, goal, Echo::Kept)
    }

    fn type_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.terminal.master.write_all(bytes).doing("type at the terminal")
    }

    /// Reads up to the prompt of the next line of a command.
    fn wait_for_continuation(&mut self, sandbox: &Sandbox, deadline: Instant) -> Result<(), Failure> {
        let doing = "type a command of several lines";
        let mut text = Vec::new();
        let mut stillness = Stillness::default();
        loop {
            match self.next_piece(deadline.min(Instant::now() + QUIET))? {
                Some(Piece::Mark(Mark::More)) => return Ok(()),
                Some(Piece::Mark(_)) => return Err(Failure::new(doing, "it was complete before its last")),
                Some(Piece::Text(more)) => {
                    text.extend(more);
                    stillness = Stillness::default();
                }
                None if Instant::now() >= deadline => return Err(self.too_long(doing, &text)),
                None if stillness.holds(sandbox)? && text.ends_with(b"\n> ") => return Ok(()),
                None => {}
            }
        }
    }

    fn collect(&mut self, sandbox: &Sandbox, goal: Goal, mut echo: Echo) -> Result<Printed, Failure> {
        let deadline = Instant::now() + self.patience;
        let mut bytes = Vec::new();
        let mut stillness = Stillness::default();
        loop {
            match self.next_piece(deadline.min(Instant::now() + QUIET))? {
                Some(Piece::Text(text)) => bytes.extend(text),
                Some(Piece::Mark(Mark::More)) => {}
                Some(Piece::Mark(Mark::Runs)) if echo == Echo::UntilRun => {
                    bytes.clear();
                    echo = Echo::Kept;
                }
                Some(Piece::Mark(Mark::Runs)) => {}
                // The line editor draws its prompt anew now and then. Enter is echoed as a newline.
                Some(Piece::Mark(Mark::Ready(_))) if echo == Echo::UntilRun && !bytes.contains(&b'\n') => {}
                Some(Piece::Mark(Mark::Ready(prompt))) => {
                    return Ok(Printed { bytes: echo.strip(bytes), halt: Halt::Prompt(prompt) });
                }
                None if Instant::now() >= deadline => {
                    return Err(self.too_long("wait for the prompt", &echo.strip(bytes)));
                }
                None => {
                    if stillness.holds(sandbox)? {
                        let mut bytes = echo.strip(bytes.clone());
                        if let Some(prompt) = take_plain_prompt(&mut bytes) {
                            return Ok(Printed { bytes, halt: Halt::Prompt(prompt) });
                        }
                        if goal == Goal::Rest {
                            return Ok(Printed { bytes, halt: Halt::Waiting });
                        }
                    }
                    continue;
                }
            }
            stillness = Stillness::default();
            if bytes.len() > MOST_OUTPUT_BYTES {
                let size = format!("more than {MOST_OUTPUT_BYTES} bytes came");
                return Err(Failure::new("read the terminal", size));
            }
        }
    }

    fn too_long(&self, doing: &str, printed: &[u8]) -> Failure {
        let tail =
            String::from_utf8_lossy(&printed[printed.len().saturating_sub(200)..]).trim_end().to_owned();
        let after = if tail.is_empty() { "nothing".to_owned() } else { format!("{tail:?}") };
        Failure::new(doing, format!("none within {:?}; printed so far: {after}", self.patience))
    }

    /// The next piece, or `None` when there is none until `deadline`.
    fn next_piece(&mut self, deadline: Instant) -> Result<Option<Piece>, Failure> {
        loop {
            if let Some(piece) = self.marks.split_off_piece(&mut self.unread)? {
                return Ok(Some(piece));
            }
            if !self.read_more(deadline)? {
                return Ok(None);
            }
        }
    }

    /// Reads what the terminal has; false if it has nothing until `deadline`.
    fn read_more(&mut self, deadline: Instant) -> Result<bool, Failure> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let wait = rustix::event::Timespec::try_from(wait).expect("a time-out is minutes at most");
        let ready = match poll(&mut [PollFd::new(&self.terminal.master, PollFlags::IN)], Some(&wait)) {
            Err(rustix::io::Errno::INTR) => return Ok(true),
            ready => ready.doing("wait for the terminal")?,
        };
        if ready == 0 {
            return Ok(false);
        }
        let mut buffer = [0; 4096];
        match self.terminal.master.read(&mut buffer) {
            // The last process has closed the terminal: pty(7).
            Err(error) if error.raw_os_error() == Some(libc::EIO) => {
                Err(Failure::new("read the terminal", "its shell has ended"))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            read => {
                self.unread.extend(&buffer[..read.doing("read the terminal")?]);
                Ok(true)
            }
        }
    }
}

/// What of the bytes that come next is left out because it only repeats what was typed.
#[derive(PartialEq, Eq)]
enum Echo {
    Kept,
    /// All up to the mark that the command runs; without one (a syntax error, a shell that has no marks),
    /// the first line.
    UntilRun,
}

impl Echo {
    fn strip(&self, bytes: Vec<u8>) -> Vec<u8> {
        match (self, bytes.iter().position(|&byte| byte == b'\n')) {
            (Echo::Kept, _) => bytes,
            (Echo::UntilRun, Some(end)) => bytes[end + 1..].to_vec(),
            (Echo::UntilRun, None) => Vec::new(),
        }
    }
}

/// Takes a prompt off the end: that of a shell which is no bash and so has no marks. Only to be believed
/// when nothing moves any more.
fn take_plain_prompt(bytes: &mut Vec<u8>) -> Option<char> {
    let prompt = match &bytes[..] {
        [.., b'\n', prompt @ (b'#' | b'$'), b' '] | [prompt @ (b'#' | b'$'), b' '] => *prompt,
        _ => return None,
    };
    bytes.truncate(bytes.len() - 2);
    Some(char::from(prompt))
}

/// Whether no process of the sandbox has anything to do before input comes or a timer fires.
#[derive(Default)]
struct Stillness {
    before: Option<Vec<Activity>>,
}

impl Stillness {
    /// True if everybody sleeps now, as at the last look, and has not been awake in between.
    fn holds(&mut self, sandbox: &Sandbox) -> Result<bool, Failure> {
        let now = sandbox.observe()?;
        let asleep = now.iter().all(|process| !matches!(process.state, 'R' | 'D'));
        let still = asleep && self.before.as_ref() == Some(&now);
        self.before = Some(now);
        Ok(still)
    }
}

impl Marks {
    /// Takes the first piece off `bytes`: text up to a mark, or a mark. `None` if more bytes are needed
    /// to tell.
    fn split_off_piece(&self, bytes: &mut Vec<u8>) -> Result<Option<Piece>, Failure> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let introducer = self.introducer().into_bytes();
        let start = (0..bytes.len())
            .find(|&start| bytes[start..].starts_with(&introducer) || introducer.starts_with(&bytes[start..]))
            .unwrap_or(bytes.len());
        if start > 0 {
            let rest = bytes.split_off(start);
            return Ok(Some(Piece::Text(std::mem::replace(bytes, rest))));
        }
        let Some(end) = bytes.iter().position(|&byte| byte == Marks::END) else {
            return Ok(None);
        };
        let word = match bytes.get(introducer.len()..end) {
            Some(b"more") => Mark::More,
            Some(b"runs") => Mark::Runs,
            Some([b'r', b'e', b'a', b'd', b'y', b' ', prompt]) => Mark::Ready(char::from(*prompt)),
            other => return Err(Failure::new("read the terminal", format!("a mark that says {other:?}"))),
        };
        bytes.drain(..=end);
        Ok(Some(Piece::Mark(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the bytes are cut into reads, the same pieces come out.
    #[test]
    fn marks_are_found_however_they_arrive() {
        let marks = Marks::new("0123".to_owned());
        let stream =
            b"ls\r\n\x1b]7770;0123;runs\x07\x1b[31mbin\x1b[0m \x1b]0;title\x07\r\n\x1b]7770;0123;ready #\x07";
        let expected =
            (b"ls\r\n\x1b[31mbin\x1b[0m \x1b]0;title\x07\r\n".to_vec(), vec![Mark::Runs, Mark::Ready('#')]);
        for size in 1..stream.len() {
            let (mut text, mut found, mut unread) = (Vec::new(), Vec::new(), Vec::new());
            for read in stream.chunks(size) {
                unread.extend(read);
                while let Some(piece) = marks.split_off_piece(&mut unread).unwrap() {
                    match piece {
                        Piece::Text(bytes) => text.extend(bytes),
                        Piece::Mark(mark) => found.push(mark),
                    }
                }
            }
            assert_eq!((text, found), expected, "in reads of {size} bytes");
        }
    }
}
