//! Files that are read piece by piece: an input may be endless.

use std::collections::VecDeque;

use crate::abi::{Bytes, DirFd, Errno, Fd, Mode, OpenFlags, Whence};
use crate::user::Sys;
use crate::user::io::{MEMORY, STDIN};

/// An open file; `-` is standard input.
pub(in crate::user::programs) struct Input {
    sys: Sys,
    fd: Fd,
}

impl Input {
    pub(in crate::user::programs) async fn open(sys: &Sys, file: &Bytes) -> Result<Input, Errno> {
        let fd = match file.as_slice() {
            b"-" => STDIN,
            _ => sys.openat(DirFd::CWD, file, OpenFlags::empty(), Mode(0)).await?,
        };
        Ok(Input { sys: sys.handle(), fd })
    }

    /// Nothing at the end.
    pub(in crate::user::programs) async fn read(&self, count: usize) -> Result<Bytes, Errno> {
        self.sys.read(self.fd, count as u64).await.map(|data| data.0)
    }

    /// What was read too much is left to whoever reads on; a pipe cannot take it back.
    pub(super) async fn give_back(&self, count: usize) {
        let _ = self.sys.lseek(self.fd, -(count as i64), Whence::SEEK_CUR).await;
    }

    pub(in crate::user::programs) async fn close(self) {
        if self.fd != STDIN {
            let _ = self.sys.close(self.fd).await;
        }
    }
}

/// What a stream is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::user::programs) enum Unit {
    Bytes,
    Lines,
}

/// The end of a stream, so many bytes or lines of it: what tail(1) shows and `head -n -3` leaves out.
pub(in crate::user::programs) struct Ending {
    unit: Unit,
    count: usize,
    held: VecDeque<u8>,
    /// The newlines in `held`.
    newlines: usize,
}

impl Ending {
    pub(in crate::user::programs) fn new(unit: Unit, count: usize) -> Ending {
        Ending { unit, count, held: VecDeque::new(), newlines: 0 }
    }

    /// Takes more of the stream, and lets go of what can no longer belong to the end.
    pub(in crate::user::programs) fn push(&mut self, data: &[u8]) -> Result<Vec<u8>, Errno> {
        if self.held.len() + data.len() > MEMORY {
            return Err(Errno::ENOMEM);
        }
        self.newlines += newlines(data);
        self.held.extend(data);
        let held = match self.unit {
            Unit::Bytes => self.held.len(),
            Unit::Lines => self.newlines,
        };
        Ok(self.let_go(held.saturating_sub(self.count)))
    }

    /// Once the stream has ended: what a last line without a newline leaves no place for, and the end.
    pub(in crate::user::programs) fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        let has_open_line = self.unit == Unit::Lines && self.held.back().is_some_and(|&byte| byte != b'\n');
        let lines = self.newlines + usize::from(has_open_line);
        let before = if has_open_line { self.let_go(lines.saturating_sub(self.count)) } else { Vec::new() };
        (before, self.held.into())
    }

    fn let_go(&mut self, units: usize) -> Vec<u8> {
        let len = match self.unit {
            Unit::Bytes => units,
            Unit::Lines => self.len_of_lines(units),
        };
        let gone: Vec<u8> = self.held.drain(..len).collect();
        self.newlines -= newlines(&gone);
        gone
    }

    fn len_of_lines(&self, lines: usize) -> usize {
        let ends = self.held.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
        match lines {
            0 => 0,
            lines => ends.take(lines).nth(lines - 1).unwrap_or(self.held.len()),
        }
    }
}

pub(super) fn newlines(data: &[u8]) -> usize {
    data.iter().filter(|&&byte| byte == b'\n').count()
}

/// How much grep(1) reads at once, in bytes.
const GREP_BLOCK: usize = 98_304;

/// Lines of an input, as grep(1) takes them.
pub(super) struct Lines {
    input: Input,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins, and how far it is known to have no end.
    start: usize,
    searched: usize,
    ended: bool,
    /// A NUL has been read. From then on NULs end lines too, as in grep(1), so that `grep x /dev/zero` fits in memory.
    pub(super) is_binary: bool,
}

impl Lines {
    pub(super) fn of(input: Input) -> Lines {
        Lines { input, buffer: Vec::new(), start: 0, searched: 0, ended: false, is_binary: false }
    }

    /// The next line, without what ends it.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Errno> {
        loop {
            if let Some(len) = self.buffer[self.searched..].iter().position(|&byte| self.ends_line(byte)) {
                let end = self.searched + len;
                let line = self.buffer[self.start..end].to_vec();
                (self.start, self.searched) = (end + 1, end + 1);
                return Ok(Some(line));
            }
            if self.ended {
                let rest = self.buffer.split_off(self.start);
                self.searched = self.start;
                return Ok((!rest.is_empty()).then_some(rest));
            }
            self.read_on().await?;
        }
    }

    fn ends_line(&self, byte: u8) -> bool {
        byte == b'\n' || (self.is_binary && byte == 0)
    }

    async fn read_on(&mut self) -> Result<(), Errno> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.searched = self.buffer.len();
        let data = self.input.read(GREP_BLOCK).await?;
        if self.buffer.len() + data.len() > MEMORY {
            return Err(Errno::ENOMEM);
        }
        self.ended = data.is_empty();
        self.is_binary |= data.contains(&0);
        self.buffer.extend_from_slice(&data);
        Ok(())
    }

    pub(super) async fn close(self) {
        self.input.close().await;
    }
}
