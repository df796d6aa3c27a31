//! Input and output as stdio does it: whole writes, whole reads, lines.

use super::Sys;
use crate::abi::{Bytes, DirFd, Errno, Fd, Mode, OpenFlags};

pub const STDIN: Fd = Fd(0);
pub const STDOUT: Fd = Fd(1);
pub const STDERR: Fd = Fd(2);

/// How much one read asks for, in bytes: what glibc's stdio and cat(1) use.
const BLOCK: u64 = 131_072;

/// How much of its input a program can hold, in bytes. An endless input must not fill the memory of the computer
/// that simulates.
pub const MEMORY: usize = 64 << 20;

/// Writes all of it, in as many calls as that takes.
pub async fn write_all(sys: &Sys, fd: Fd, bytes: impl Into<Bytes>) -> Result<(), Errno> {
    let mut rest: Bytes = bytes.into();
    while !rest.is_empty() {
        let count = rest.len() as u64;
        let written = sys.write(fd, rest.clone(), count).await?.0 as usize;
        rest = rest[written..].into();
    }
    Ok(())
}

/// Writes to standard output; a program that cannot write has nobody left to tell.
pub async fn print(sys: &Sys, text: impl Into<Bytes>) {
    let _ = write_all(sys, STDOUT, text).await;
}

/// Writes to standard error.
pub async fn eprint(sys: &Sys, text: impl Into<Bytes>) {
    let _ = write_all(sys, STDERR, text).await;
}

/// Reads up to the end; ENOMEM if that is too far.
pub async fn read_to_end(sys: &Sys, fd: Fd) -> Result<Vec<u8>, Errno> {
    let mut all = Vec::new();
    loop {
        let data = sys.read(fd, BLOCK).await?.0;
        if data.is_empty() {
            return Ok(all);
        }
        if all.len() + data.len() > MEMORY {
            return Err(Errno::ENOMEM);
        }
        all.extend_from_slice(&data);
    }
}

/// Reads a whole file.
pub async fn read_file(sys: &Sys, path: impl Into<Bytes>) -> Result<Vec<u8>, Errno> {
    let fd = sys.openat(DirFd::CWD, path, OpenFlags::O_CLOEXEC, Mode(0)).await?;
    let content = read_to_end(sys, fd).await;
    let _ = sys.close(fd).await;
    content
}

/// Reads a whole file as text.
pub async fn read_text(sys: &Sys, path: impl Into<Bytes>) -> Result<String, Errno> {
    read_file(sys, path).await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a file that exists, in one call: what procfs needs.
pub async fn write_file(sys: &Sys, path: impl Into<Bytes>, content: impl Into<Bytes>) -> Result<(), Errno> {
    let fd = sys.openat(DirFd::CWD, path, OpenFlags::O_WRONLY | OpenFlags::O_CLOEXEC, Mode(0)).await?;
    let content: Bytes = content.into();
    let count = content.len() as u64;
    let written = sys.write(fd, content, count).await;
    let _ = sys.close(fd).await;
    written.map(|_| ())
}

/// Reads a line, with its newline; empty at the end of the input. Byte by byte, so that what follows is left
/// for others, unless the input is a terminal, which gives a line at a time.
pub async fn read_line(sys: &Sys, fd: Fd) -> Result<Vec<u8>, Errno> {
    let mut line = Vec::new();
    loop {
        let data = sys.read(fd, 1_u64).await?.0;
        line.extend_from_slice(&data);
        if data.is_empty() || data.ends_with(b"\n") {
            return Ok(line);
        }
    }
}

/// The names in a directory, without `.` and `..`, in its own order.
pub async fn names_in(sys: &Sys, path: impl Into<Bytes>) -> Result<Vec<Bytes>, Errno> {
    let flags = OpenFlags::O_DIRECTORY | OpenFlags::O_CLOEXEC;
    let fd = sys.openat(DirFd::CWD, path, flags, Mode(0)).await?;
    let mut names = Vec::new();
    let outcome = loop {
        match sys.getdents64(fd, 32_768_u64).await {
            Ok(entries) if entries.0.is_empty() => break Ok(()),
            Ok(entries) => names.extend(entries.0.into_iter().map(|entry| entry.name)),
            Err(errno) => break Err(errno),
        }
    };
    let _ = sys.close(fd).await;
    names.retain(|name| !matches!(name.as_slice(), b"." | b".."));
    outcome.map(|()| names)
}
