//! Pipes: pipe(7).

use std::collections::VecDeque;

use super::table::PipeId;
use super::{Kernel, WaitOn};
use crate::abi::{Bytes, OpenFlags};
use crate::kernel::security::{Stop, SysResult, Why, deny};

/// A pipe: bytes between those who write and those who read.
#[derive(Debug, Default)]
pub struct Pipe {
    pub buffer: VecDeque<u8>,
    pub readers: u32,
    pub writers: u32,
}

/// 16 pages, as pipe(7) says.
const CAPACITY: usize = 65_536;
/// Writes of at most this many bytes are not torn apart: POSIX's PIPE_BUF.
const PIPE_BUF: usize = 4096;

/// Counts one more open end.
pub(super) fn open_end(k: &mut Kernel, id: PipeId, flags: OpenFlags) {
    let pipe = &mut k.pipes[id];
    pipe.readers += u32::from(flags.readable());
    pipe.writers += u32::from(flags.writable());
    k.wake(WaitOn::PipeOpened(id));
}

/// Gives up one end; the last one takes the pipe with it.
pub(super) fn close_end(k: &mut Kernel, id: PipeId, flags: OpenFlags) {
    let pipe = &mut k.pipes[id];
    pipe.readers -= u32::from(flags.readable());
    pipe.writers -= u32::from(flags.writable());
    let (readers, writers) = (pipe.readers, pipe.writers);
    if writers == 0 {
        k.wake(WaitOn::PipeReadable(id));
    }
    if readers == 0 {
        k.wake(WaitOn::PipeWritable(id));
    }
    if readers == 0 && writers == 0 {
        k.pipes.remove(id);
        k.forget_fifo(id);
    }
}

/// Takes what is there, at most `count` bytes; nothing once every writer is gone is the end of the file.
pub(super) fn read(k: &mut Kernel, id: PipeId, count: u64, flags: OpenFlags) -> SysResult<Bytes> {
    let pipe = &mut k.pipes[id];
    if pipe.buffer.is_empty() {
        if pipe.writers == 0 {
            return Ok(Bytes::default());
        }
        if flags.contains(OpenFlags::O_NONBLOCK) {
            return deny(Why::WouldBlock);
        }
        return Err(Stop::Block(WaitOn::PipeReadable(id)));
    }
    let take = pipe.buffer.len().min(usize::try_from(count).unwrap_or(usize::MAX));
    let taken: Vec<u8> = pipe.buffer.drain(..take).collect();
    k.wake(WaitOn::PipeWritable(id));
    Ok(taken.into())
}

/// Puts in what fits; [`Why::BrokenPipe`] when nobody can ever read it.
pub(super) fn write(k: &mut Kernel, id: PipeId, data: &[u8], flags: OpenFlags) -> SysResult<u64> {
    let pipe = &mut k.pipes[id];
    if pipe.readers == 0 {
        return deny(Why::BrokenPipe);
    }
    let room = CAPACITY - pipe.buffer.len();
    let whole = data.len() <= PIPE_BUF;
    if room == 0 || (whole && room < data.len()) {
        if flags.contains(OpenFlags::O_NONBLOCK) {
            return deny(Why::WouldBlock);
        }
        return Err(Stop::Block(WaitOn::PipeWritable(id)));
    }
    let put = data.len().min(room);
    pipe.buffer.extend(&data[..put]);
    k.wake(WaitOn::PipeReadable(id));
    Ok(put as u64)
}
