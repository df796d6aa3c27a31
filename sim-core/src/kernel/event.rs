//! What the kernel tells the outside: events for the trace, its log, and what it knows of the machine.

use std::collections::VecDeque;

use serde::Serialize;

use super::WaitOn;
use super::boot::Stage;
use super::table::*;
use crate::abi::{Bytes, Signal, WaitStatus};
use crate::clock::Nanos;
use crate::hardware::CpuModel;

/// The kinds of namespace that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NsKind {
    User,
    Pid,
    Mnt,
    Uts,
}

impl NsKind {
    /// As in /proc/PID/ns.
    pub const fn name(self) -> &'static str {
        match self {
            NsKind::User => "user",
            NsKind::Pid => "pid",
            NsKind::Mnt => "mnt",
            NsKind::Uts => "uts",
        }
    }
}

/// A visible change in the kernel's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KernelEvent {
    /// The start of the kernel has come to a stage.
    Boot {
        stage: Stage,
    },
    /// The kernel has given up.
    Panicked {
        reason: Bytes,
    },
    /// A line in the kernel's log.
    Printk {
        level: u8,
        text: String,
    },
    TaskCreated {
        task: TaskId,
        parent: TaskId,
        pid: i32,
    },
    Executed {
        task: TaskId,
        program: Bytes,
        argv: Vec<Bytes>,
    },
    TaskEnded {
        task: TaskId,
        status: WaitStatus,
    },
    Reaped {
        task: TaskId,
        by: TaskId,
    },
    Reparented {
        task: TaskId,
        to: TaskId,
    },
    SignalSent {
        signal: Signal,
        to: TaskId,
        from: Option<TaskId>,
    },
    Woken {
        task: TaskId,
        wait: WaitOn,
    },
    NamespaceCreated {
        kind: NsKind,
        ino: u64,
        by: Option<TaskId>,
    },
    NamespaceEntered {
        kind: NsKind,
        ino: u64,
        task: TaskId,
    },
    NamespaceEnded {
        kind: NsKind,
        ino: u64,
    },
    IdsMapped {
        ino: u64,
        which: &'static str,
        map: Bytes,
    },
    HostnameSet {
        ino: u64,
        name: Bytes,
    },
    CredentialsChanged {
        task: TaskId,
        uid: u32,
        gid: u32,
    },
    Mounted {
        mount: MountId,
        fs_type: Bytes,
        target: Bytes,
    },
    Unmounted {
        mount: MountId,
        target: Bytes,
    },
    MountChanged {
        mount: MountId,
        target: Bytes,
    },
    RootChanged {
        task: TaskId,
    },
    /// Bytes that a program or the kernel sent to a terminal.
    TerminalOutput {
        tty: TtyId,
        bytes: Bytes,
    },
    /// Something was asked for that is not modelled; it failed as Linux fails it.
    Unmodelled {
        task: TaskId,
        what: Bytes,
    },
}

/// A line of the kernel's log.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub at: Nanos,
    /// 0 emergency to 7 debug, as in syslog(2).
    pub level: u8,
    pub text: String,
}

/// The ring buffer behind dmesg(1).
#[derive(Debug, Default)]
pub struct KernelLog {
    lines: VecDeque<LogLine>,
    /// How many lines have been dropped or cleared for SYSLOG_ACTION_READ_ALL.
    pub cleared: u64,
    dropped: u64,
}

/// How many lines the log keeps.
const LOG_LINES_MAX: usize = 4096;

impl KernelLog {
    pub fn push(&mut self, line: LogLine) {
        if self.lines.len() == LOG_LINES_MAX {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The lines since the last clear.
    pub fn uncleared(&self) -> impl Iterator<Item = &LogLine> {
        let skip = self.cleared.saturating_sub(self.dropped);
        self.lines.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX))
    }

    /// Marks all lines as cleared.
    pub fn clear(&mut self) {
        self.cleared = self.dropped + self.lines.len() as u64;
    }
}

/// What the kernel knows of the machine it runs on, and of itself.
#[derive(Clone, Debug)]
pub struct SystemInfo {
    pub release: String,
    pub version: String,
    /// Who built it, as in `user@host`.
    pub built_by: String,
    pub command_line: String,
    /// The firmware's words for the board: vendor, product, BIOS version and date.
    pub hardware_name: String,
    pub cpus: u32,
    pub cpu_model: CpuModel,
    pub cores_per_socket: u32,
    pub ram_bytes: u64,
    /// The wall clock at power-on, in seconds since 1970.
    pub epoch_seconds: i64,
}

/// The compiler and linker of a kernel for Debian 12.
const BUILT_WITH: &str = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40";

impl SystemInfo {
    /// The first line of the log, and of /proc/version: `linux_banner` in init/version-timestamp.c.
    pub fn banner(&self) -> String {
        let SystemInfo { release, version, built_by, .. } = self;
        format!("Linux version {release} ({built_by}) ({BUILT_WITH}) {version}")
    }
}
