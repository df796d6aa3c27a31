//! ioctl(2) requests: terminals (ioctl_tty(2), termios(3)) and namespace files (ioctl_nsfs(2)).

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use super::{Fd, Pid, Uid};

/// A request with what it sends.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IoctlRequest {
    TCGETS,
    /// Set now.
    TCSETS(Termios),
    /// Set after output has drained, and drop unread input.
    TCSETSF(Termios),
    TIOCGPGRP,
    TIOCSPGRP(Pid),
    TIOCGWINSZ,
    TIOCSWINSZ(Winsize),
    TIOCSCTTY(i32),
    TIOCNOTTY,
    TIOCGSID,
    FIONREAD,
    NS_GET_USERNS,
    NS_GET_PARENT,
    NS_GET_NSTYPE,
    NS_GET_OWNER_UID,
    /// Any other request, by number.
    Other(u64),
}

/// What a request brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IoctlReply {
    Done,
    Termios(Termios),
    Winsize(Winsize),
    Pid(Pid),
    Count(u32),
    /// A new descriptor, as the return value.
    Fd(Fd),
    /// A number, as the return value.
    Number(u64),
    Uid(Uid),
}

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Winsize {
    pub rows: u16,
    pub columns: u16,
}

bitflags! {
    /// `c_iflag`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct InputFlags: u32 {
        const ICRNL = 0o400;
        const IXON = 0o2000;
        const IUTF8 = 0o40000;
    }

    /// `c_oflag`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct OutputFlags: u32 {
        const OPOST = 0o1;
        const ONLCR = 0o4;
    }

    /// `c_lflag`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct LocalFlags: u32 {
        const ISIG = 0o1;
        const ICANON = 0o2;
        const ECHO = 0o10;
        const ECHOE = 0o20;
        const ECHOK = 0o40;
        const ECHONL = 0o100;
        const TOSTOP = 0o400;
        const ECHOCTL = 0o1000;
        const ECHOKE = 0o4000;
        const IEXTEN = 0o100000;
    }
}

/// How a terminal treats what passes through it: termios(3). The control characters are the usual:
/// `^C` intr, `^\` quit, `^Z` susp, `^D` eof, DEL erase, `^U` kill, `^W` werase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Termios {
    pub input: InputFlags,
    pub output: OutputFlags,
    pub local: LocalFlags,
}

impl Default for Termios {
    /// A terminal as the kernel makes it.
    fn default() -> Termios {
        Termios {
            input: InputFlags::ICRNL | InputFlags::IXON,
            output: OutputFlags::OPOST | OutputFlags::ONLCR,
            local: LocalFlags::ISIG
                | LocalFlags::ICANON
                | LocalFlags::ECHO
                | LocalFlags::ECHOE
                | LocalFlags::ECHOK
                | LocalFlags::ECHOCTL
                | LocalFlags::ECHOKE
                | LocalFlags::IEXTEN,
        }
    }
}
