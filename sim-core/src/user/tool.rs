//! What the command-line tools of a Linux system have in common: how they read their options, buffer what
//! they print, and complain.

use super::getopt::{self, Parsed, Syntax};
use super::io::{STDERR, STDOUT, write_all};
use super::{Args, Sys, quote};
use crate::abi::{Bytes, Errno, Fd, IoctlReply, IoctlRequest, Winsize};

/// A running tool: its standard streams and its exit status.
pub struct Tool {
    pub sys: Sys,
    pub args: Args,
    /// As it calls itself in messages.
    pub name: String,
    /// The exit status if nothing ends the tool before.
    pub status: i32,
    out: Vec<u8>,
    /// Whether standard output is a terminal, once somebody has asked.
    terminal: Option<bool>,
}

/// The tool ends here, with this exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub i32);

/// What a step of a tool comes to.
pub type Done<T = ()> = Result<T, Exit>;

/// How much stdio keeps before it writes, in bytes.
const BUFFER: usize = 4096;

impl Tool {
    /// One that calls itself as it was called, as those of coreutils do.
    pub fn new(sys: Sys, args: Args) -> Tool {
        let name = args.argv.first().cloned().unwrap_or_default().to_text();
        Tool { sys, args, name, status: 0, out: Vec::new(), terminal: None }
    }

    /// One that calls itself by its name without the directory, as those of util-linux do.
    pub fn short_named(sys: Sys, args: Args) -> Tool {
        let name = args.program();
        Tool { name, ..Tool::new(sys, args) }
    }

    /// Reads the command line; a mistake ends the tool with `status`.
    pub async fn options(&mut self, syntax: Syntax, status: i32) -> Done<Parsed> {
        match getopt::parse(syntax, self.args.argv.get(1..).unwrap_or_default()) {
            Ok(parsed) => Ok(parsed),
            Err(refusal) => {
                self.note_refusal(&refusal);
                self.complain(&refusal.message).await;
                self.try_help(status).await
            }
        }
    }

    /// Ends the tool if two options of a group were given: `err_exclusive_options` of util-linux. A group lists
    /// the options' names and how the message has them.
    pub async fn refuse_together(&mut self, options: &Parsed, groups: &[&[(&str, &str)]]) -> Done {
        for group in groups {
            if group.iter().filter(|(name, _)| options.has(name)).count() > 1 {
                let names: String = group.iter().map(|(_, long)| format!(" {long}")).collect();
                return self.die(format!("mutually exclusive arguments:{names}"), 1).await;
            }
        }
        Ok(())
    }

    pub fn note_refusal(&self, refusal: &getopt::Refusal) {
        if let Some(option) = &refusal.unmodelled {
            super::unmodelled(&self.sys, format!("{} {option}", self.args.program()));
        }
    }

    /// Points to `--help` and ends the tool.
    pub async fn try_help<T>(&mut self, status: i32) -> Done<T> {
        let hint = format!("Try '{} --help' for more information.\n", self.name);
        self.print_error(hint).await;
        Err(Exit(status))
    }

    /// Complains about the command line and ends the tool.
    pub async fn usage<T>(&mut self, message: impl AsRef<[u8]>, status: i32) -> Done<T> {
        self.complain(message).await;
        self.try_help(status).await
    }

    /// Adds to standard output.
    pub fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// The same for what may be endless: writes once stdio would, and ends the tool where that fails.
    pub async fn put_on(&mut self, data: impl AsRef<[u8]>) -> Done {
        self.put(data);
        if self.out.len() < BUFFER {
            return Ok(());
        }
        self.write_on("error writing 'standard output'").await
    }

    /// Writes what is left of standard output; where that fails the tool ends, with `complaint`.
    pub async fn write_on(&mut self, complaint: &str) -> Done {
        let out = std::mem::take(&mut self.out);
        match write_all(&self.sys, STDOUT, out).await {
            Ok(()) => Ok(()),
            Err(errno) => self.die(format!("{complaint}: {errno}"), 1).await,
        }
    }

    /// Complains about a file that could not be read to its end. Without memory the tool ends.
    pub async fn check_input(&mut self, file: &Bytes, read: Result<(), Errno>) -> Done {
        match read {
            Ok(()) => {}
            Err(Errno::ENOMEM) => return self.die("memory exhausted", 1).await,
            Err(errno) => {
                let name: Bytes =
                    if file.as_slice() == b"-" { "standard input".into() } else { file.clone() };
                self.fail(format!("error reading {}: {errno}", quote::always(&name))).await;
            }
        }
        Ok(())
    }

    /// Adds a line to standard output; writes what stdio would have written by now.
    pub async fn line(&mut self, text: impl AsRef<[u8]>) {
        self.put(text);
        self.put("\n");
        if self.out.len() >= BUFFER || self.writes_to_terminal().await {
            self.flush().await;
        }
    }

    /// Writes what is left of standard output.
    pub async fn flush(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let out = std::mem::take(&mut self.out);
        if let Err(errno) = write_all(&self.sys, STDOUT, out).await {
            self.fail(format!("write error: {errno}")).await;
        }
    }

    /// Says something on standard error, after the tool's name.
    pub async fn complain(&mut self, message: impl AsRef<[u8]>) {
        let text = [self.name.as_bytes(), b": ", message.as_ref(), b"\n"].concat();
        self.print_error(text).await;
    }

    /// The same, and the exit status will be 1.
    pub async fn fail(&mut self, message: impl AsRef<[u8]>) {
        self.status = 1;
        self.complain(message).await;
    }

    /// The same, and the tool ends.
    pub async fn die<T>(&mut self, message: impl AsRef<[u8]>, status: i32) -> Done<T> {
        self.complain(message).await;
        Err(Exit(status))
    }

    /// Says something on standard error without its name, and the tool ends.
    pub async fn die_plain<T>(&mut self, message: impl AsRef<[u8]>, status: i32) -> Done<T> {
        self.print_error([message.as_ref(), b"\n"].concat()).await;
        Err(Exit(status))
    }

    /// Writes to standard error; what a terminal was sent before comes first.
    pub async fn print_error(&mut self, text: impl AsRef<[u8]>) {
        if !self.out.is_empty() && self.writes_to_terminal().await {
            Box::pin(self.flush()).await;
        }
        let _ = write_all(&self.sys, STDERR, text.as_ref()).await;
    }

    /// Ends the tool.
    pub async fn finish(mut self, done: Done) -> i32 {
        if let Err(Exit(status)) = done {
            self.status = status;
        }
        self.flush().await;
        self.status
    }

    /// isatty(3) of standard output.
    pub async fn writes_to_terminal(&mut self) -> bool {
        if let Some(known) = self.terminal {
            return known;
        }
        let is_terminal = is_terminal(&self.sys, STDOUT).await;
        self.terminal = Some(is_terminal);
        is_terminal
    }

    /// The width of the terminal on standard output, in columns.
    pub async fn terminal_width(&mut self) -> Option<usize> {
        match self.sys.ioctl(STDOUT, IoctlRequest::TIOCGWINSZ).await {
            Ok(IoctlReply::Winsize(Winsize { columns, .. })) if columns > 0 => Some(usize::from(columns)),
            _ => None,
        }
    }

    /// Whether the locale's characters are UTF-8: locale(7).
    pub fn is_utf8(&self) -> bool {
        let set = |name| self.args.env(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let locale = locale.to_text().to_ascii_lowercase();
        locale.ends_with(".utf-8") || locale.ends_with(".utf8")
    }

    /// A word in the quotation marks of the locale.
    pub fn quoted(&self, word: impl AsRef<[u8]>) -> String {
        let word = String::from_utf8_lossy(word.as_ref()).into_owned();
        if self.is_utf8() { format!("\u{2018}{word}\u{2019}") } else { format!("'{word}'") }
    }
}

/// isatty(3).
pub async fn is_terminal(sys: &Sys, fd: Fd) -> bool {
    sys.ioctl(fd, IoctlRequest::TCGETS).await.is_ok()
}

/// Runs a command as execvp(3) does: along PATH unless the name has a slash. Returns only if that fails.
pub async fn exec(sys: &Sys, args: &Args, command: &[Bytes]) -> Errno {
    let Some(name) = command.first() else { return Errno::ENOENT };
    if name.contains(&b'/') {
        return exec_at(sys, name.clone(), command, &args.envp).await;
    }
    let path = args.env("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let mut worst = Errno::ENOENT;
    for directory in path.split(|&b| b == b':') {
        let directory = if directory.is_empty() { b"." } else { directory };
        let file = [directory, b"/", name.as_slice()].concat();
        match exec_at(sys, file.into(), command, &args.envp).await {
            Errno::ENOENT | Errno::ENOTDIR => {}
            Errno::EACCES => worst = Errno::EACCES,
            errno => return errno,
        }
    }
    worst
}

/// One attempt; what the kernel does not know how to run goes to the shell, as execvp(3) has it.
async fn exec_at(sys: &Sys, path: Bytes, command: &[Bytes], envp: &[Bytes]) -> Errno {
    let errno = failure(sys.execve(path.clone(), command, envp).await);
    if errno != Errno::ENOEXEC {
        return errno;
    }
    let script: Vec<Bytes> =
        [Bytes::from("/bin/sh"), path].into_iter().chain(command[1..].to_vec()).collect();
    failure(sys.execve("/bin/sh", script, envp).await)
}

fn failure<T>(result: Result<T, Errno>) -> Errno {
    result.err().expect("a program that has been replaced does not go on")
}
