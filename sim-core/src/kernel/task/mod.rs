//! Tasks: what `struct task_struct` holds, and the life of one.

pub mod clone;
pub mod exec;
pub mod exit;
pub mod pids;
pub mod session;
pub mod signal;

use std::collections::{BTreeMap, BTreeSet};

use super::security::Cred;
use super::table::*;
use super::vfs::Place;
use super::{Kernel, WaitOn};
use crate::abi::{Answer, Bytes, SigAction, Signal, SignalSet, Syscall, WaitStatus};
use crate::clock::Nanos;
pub use pids::PidNumbers;

/// A task. Each is a process of its own: threads are not modelled.
#[derive(Debug)]
pub struct Task {
    /// None for the first task of all.
    pub parent: Option<TaskId>,
    pub children: BTreeSet<TaskId>,
    pub state: State,
    pub cred: Cred,
    pub no_new_privs: bool,
    pub ns: TaskNamespaces,
    pub fds: FdTableId,
    pub fs: FsInfoId,
    /// The task that leads the process group, or led it before it ended.
    pub group: TaskId,
    /// The task that leads the session, or led it.
    pub session: TaskId,
    pub signals: Signals,
    /// What the parent is sent when the task ends; none is no signal.
    pub exit_signal: Signal,
    /// What the task is sent when its parent ends: PR_SET_PDEATHSIG.
    pub parent_death_signal: Signal,
    /// At most 15 bytes, as `ps -o comm` shows it.
    pub comm: Bytes,
    pub argv: Vec<Bytes>,
    pub envp: Vec<Bytes>,
    /// The program being run.
    pub exe: Option<(Place, Bytes)>,
    pub has_execed: bool,
    /// The call that is waiting, or is to be dispatched again.
    pub call: Option<Syscall>,
    /// What a call that was interrupted by waiting has done so far: bytes written, or a deadline.
    pub progress: u64,
    /// For the thread, when it runs again.
    pub answer: Option<Answer>,
    pub started: Nanos,
    /// Time spent on a CPU.
    pub cpu_time: Nanos,
    pub last_cpu: u32,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On a CPU or ready for one.
    Runnable,
    Blocked {
        wait: WaitOn,
    },
    Stopped {
        by: Signal,
        reported: bool,
    },
    /// Ended, and its parent has not asked yet.
    Zombie(WaitStatus),
}

impl State {
    /// The letter of /proc/PID/stat and ps(1).
    pub const fn letter(self) -> char {
        match self {
            State::Runnable => 'R',
            State::Blocked { .. } => 'S',
            State::Stopped { .. } => 'T',
            State::Zombie(_) => 'Z',
        }
    }
}

/// The namespaces of a task, apart from its user namespace, which is part of its credentials, and its pid
/// namespace, which is where it has its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskNamespaces {
    pub mnt: MntNsId,
    pub uts: UtsNsId,
    pub pid: PidNsId,
    /// Where its next children are born: unshare(2) and setns(2) change only this.
    pub pid_for_children: PidNsId,
}

/// The signals of a task: signal(7).
#[derive(Clone, Debug, Default)]
pub struct Signals {
    pub pending: SignalSet,
    pub blocked: SignalSet,
    /// What is to be done, where it is not the default.
    pub actions: BTreeMap<Signal, SigAction>,
    /// The handlers that have run since the thread was last told.
    pub caught: SignalSet,
    /// When alarm(2) is due.
    pub alarm: Option<(Nanos, crate::clock::TimerId)>,
    /// SIGCONT came and wait4(2) has not told yet.
    pub continued: bool,
}

impl Signals {
    pub fn action(&self, signal: Signal) -> SigAction {
        self.actions.get(&signal).copied().unwrap_or_default()
    }
}

/// Descriptors: which open file each refers to.
#[derive(Clone, Debug, Default)]
pub struct FdTable {
    pub entries: BTreeMap<i32, FdEntry>,
    /// How many tasks use it.
    pub users: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct FdEntry {
    pub file: FileId,
    /// Closed by execve(2).
    pub cloexec: bool,
}

/// Where a task is in the file tree.
#[derive(Clone, Debug)]
pub struct FsInfo {
    pub root: Place,
    pub cwd: Place,
    /// Permission bits that new files do not get.
    pub umask: u32,
    /// How many tasks use it.
    pub users: u32,
}

impl Kernel {
    pub fn is_alive(&self, task: TaskId) -> bool {
        self.tasks.get(task).is_some_and(|task| !matches!(task.state, State::Zombie(_)))
    }

    /// Puts a task in the run queue.
    pub(crate) fn make_runnable(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        if matches!(task.state, State::Zombie(_)) {
            return;
        }
        task.state = State::Runnable;
        self.sched.enqueue(id);
    }
}
