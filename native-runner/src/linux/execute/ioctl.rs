//! ioctl(2): terminals and namespace files.

use std::mem::offset_of;

use sim_core::abi::*;

use super::files::int;
use super::memory::Argument::Structure as Struct;
use super::memory::Structure;
use super::{Answer, Fault, plain};

pub(super) fn execute(number: u32, Ioctl { fd, request }: &Ioctl) -> Answer {
    let plainly =
        |request: u64, argument: i64| plain(number, &mut [int(fd.0), int(request as i64), int(argument)]);
    let through =
        |request: u64, to: &mut Structure| plain(number, &mut [int(fd.0), int(request as i64), Struct(to)]);
    let done = |made: Result<i64, Fault>| made.map(|_| IoctlReply::Done);
    let mut s = Structure::zeroed();
    let reply = match *request {
        IoctlRequest::TCGETS => through(libc::TCGETS, &mut s).map(|_| IoctlReply::Termios(termios(&s))),
        IoctlRequest::TCSETS(to) => done(set_termios(libc::TCSETS, to, through)),
        IoctlRequest::TCSETSF(to) => done(set_termios(libc::TCSETSF, to, through)),
        IoctlRequest::TIOCGPGRP => through(libc::TIOCGPGRP, &mut s).map(|_| IoctlReply::Pid(Pid(s.i32(0)))),
        IoctlRequest::TIOCSPGRP(Pid(group)) => {
            s.put(0, &group.to_ne_bytes());
            done(through(libc::TIOCSPGRP, &mut s))
        }
        IoctlRequest::TIOCGSID => through(libc::TIOCGSID, &mut s).map(|_| IoctlReply::Pid(Pid(s.i32(0)))),
        IoctlRequest::TIOCGWINSZ => through(libc::TIOCGWINSZ, &mut s)
            .map(|_| IoctlReply::Winsize(Winsize { rows: s.u16(0), columns: s.u16(2) })),
        IoctlRequest::TIOCSWINSZ(Winsize { rows, columns }) => {
            s.put(0, &rows.to_ne_bytes());
            s.put(2, &columns.to_ne_bytes());
            done(through(libc::TIOCSWINSZ, &mut s))
        }
        IoctlRequest::TIOCSCTTY(force) => done(plainly(libc::TIOCSCTTY, force.into())),
        IoctlRequest::TIOCNOTTY => done(plainly(libc::TIOCNOTTY, 0)),
        IoctlRequest::FIONREAD => through(libc::FIONREAD, &mut s).map(|_| IoctlReply::Count(s.u32(0))),
        IoctlRequest::NS_GET_USERNS => plainly(NS_GET_USERNS, 0).map(|fd| IoctlReply::Fd(Fd(fd as i32))),
        IoctlRequest::NS_GET_PARENT => plainly(NS_GET_PARENT, 0).map(|fd| IoctlReply::Fd(Fd(fd as i32))),
        IoctlRequest::NS_GET_NSTYPE => plainly(NS_GET_NSTYPE, 0).map(|kind| IoctlReply::Number(kind as u64)),
        IoctlRequest::NS_GET_OWNER_UID => {
            through(NS_GET_OWNER_UID, &mut s).map(|_| IoctlReply::Uid(Uid(s.u32(0))))
        }
        // What the argument is, nobody here knows: with a null pointer no call writes anywhere.
        IoctlRequest::Other(request) => done(plainly(request, 0)),
    };
    reply.map(Reply::from)
}

/// ioctl_nsfs(2).
const NS_GET_USERNS: u64 = 0xb701;
const NS_GET_PARENT: u64 = 0xb702;
const NS_GET_NSTYPE: u64 = 0xb703;
const NS_GET_OWNER_UID: u64 = 0xb704;

/// The kernel's `struct termios` (asm-generic/termbits.h) begins like the C library's.
fn termios(s: &Structure) -> Termios {
    Termios {
        input: InputFlags::from_bits_retain(s.u32(offset_of!(libc::termios, c_iflag))),
        output: OutputFlags::from_bits_retain(s.u32(offset_of!(libc::termios, c_oflag))),
        local: LocalFlags::from_bits_retain(s.u32(offset_of!(libc::termios, c_lflag))),
    }
}

/// Sets the three flag words and leaves speed and control characters as they are.
fn set_termios(
    request: u64,
    to: Termios,
    through: impl Fn(u64, &mut Structure) -> Result<i64, Fault>,
) -> Result<i64, Fault> {
    let mut s = Structure::zeroed();
    through(libc::TCGETS, &mut s)?;
    s.put(offset_of!(libc::termios, c_iflag), &to.input.bits().to_ne_bytes());
    s.put(offset_of!(libc::termios, c_oflag), &to.output.bits().to_ne_bytes());
    s.put(offset_of!(libc::termios, c_lflag), &to.local.bits().to_ne_bytes());
    through(request, &mut s)
}
