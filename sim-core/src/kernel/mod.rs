//! The kernel: the owner of every table.
//!
//! User space reaches it only through [`syscall::dispatch`]. A handler reads like its man page: parse,
//! check, commit; every check comes before the first change, so that a refusal leaves nothing half done.

pub mod block;
pub mod boot;
pub mod event;
pub mod fs;
pub mod ipc;
mod memory;
pub mod ns;
mod panic;
mod printk;
pub mod sched;
pub mod security;
pub mod syscall;
pub mod table;
pub mod task;
pub mod vfs;

use std::collections::{BTreeMap, BTreeSet};

use crate::abi::Signal;
use crate::clock::{Nanos, TimerId, TimerQueue};
use crate::trace::EventNumber;
use event::KernelEvent;
use fs::tty::Tty;
use ipc::Pipe;
use ns::{MntNs, PidNs, UserNs, UtsNs};
use sched::Scheduler;
use table::*;
use task::{FdTable, FsInfo, Task};
use vfs::{Mount, OpenFile, Super};

/// What a blocked task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitOn {
    /// A child of this task changes state.
    Child(TaskId),
    /// The pipe gets data, or its last writer closes it.
    PipeReadable(PipeId),
    /// The pipe gets room, or its last reader closes it.
    PipeWritable(PipeId),
    /// Somebody opens the other end of a named pipe.
    PipeOpened(PipeId),
    /// The terminal gets input that can be read.
    TtyReadable(TtyId),
    /// The clock reaches this moment.
    Clock(Nanos),
    /// A signal.
    Signal,
    /// The kernel's log gets a line.
    Log,
    /// Somebody outside brings this task its next call.
    Outside(TaskId),
}

/// Something that the kernel will do at a set moment.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// Wake those who wait for this moment.
    Wake(Nanos),
    /// alarm(2).
    Alarm(TaskId),
    /// `panic=SECONDS` are over.
    PanicRestart,
}

/// What the kernel wants done with the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerRequest {
    PowerOff,
    Restart,
    Halt,
}

/// The namespaces that exist from boot, and the first mounts of the kernel's own.
#[derive(Clone, Copy, Debug)]
pub struct Initial {
    pub user: UserNsId,
    pub pid: PidNsId,
    pub mnt: MntNsId,
    pub uts: UtsNsId,
    /// Where pipes and namespace files live: mounted nowhere.
    pub pipefs: SuperId,
    pub nsfs: SuperId,
}

/// The whole state of the kernel.
pub struct Kernel {
    pub tasks: Table<TaskId, Task>,
    pub user_ns: Table<UserNsId, UserNs>,
    pub pid_ns: Table<PidNsId, PidNs>,
    pub mnt_ns: Table<MntNsId, MntNs>,
    pub uts_ns: Table<UtsNsId, UtsNs>,
    pub supers: Table<SuperId, Super>,
    pub mounts: Table<MountId, Mount>,
    /// What is mounted where: the mount on top of each place.
    pub mount_points: BTreeMap<vfs::Place, MountId>,
    pub files: Table<FileId, OpenFile>,
    pub fd_tables: Table<FdTableId, FdTable>,
    pub fs_infos: Table<FsInfoId, FsInfo>,
    pub pipes: Table<PipeId, Pipe>,
    pub ttys: Table<TtyId, Tty>,
    pub initial: Initial,
    pub sched: Scheduler,
    /// The numbers of tasks, groups and sessions, by the task that has or had them.
    pub pids: task::PidNumbers,
    pub log: event::KernelLog,
    console: printk::Console,
    pub block: block::BlockLayer,
    /// Which driver has taken which device, by its address on the bus.
    pub drivers: BTreeMap<String, String>,
    pub info: event::SystemInfo,
    /// What is due when, each with the event that asked for it.
    pub timers: TimerQueue<(Timer, EventNumber)>,
    /// Tasks by what they wait for.
    waiters: BTreeMap<WaitOn, BTreeSet<TaskId>>,
    /// What the call being dispatched changed, for the trace.
    effects: Vec<KernelEvent>,
    pub power_request: Option<PowerRequest>,
    panicked: bool,
    /// The power button was pressed, and init was told.
    power_button: bool,
    pub random: Random,
    /// The next inode number of a namespace file.
    next_ns_ino: u64,
    next_peer_group: u32,
    next_anonymous_dev: u32,
    /// How many tasks have not ended.
    living: u32,
    /// Whether user space has code for a program.
    knows_program: fn(&str) -> bool,
    /// The program that the execve(2) being dispatched has started.
    pub(crate) exec_request: Option<String>,
    /// When the kernel began: the zero of its clocks and of its log.
    started: Nanos,
    now: Nanos,
    /// The event that is happening.
    event: EventNumber,
}

impl Kernel {
    /// The time on the machine's clock.
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// The time since this kernel began: CLOCK_MONOTONIC, uptime, the stamps of the log.
    pub fn uptime(&self) -> Nanos {
        self.now - self.started
    }

    pub(crate) fn set_now(&mut self, now: Nanos) {
        self.now = now;
    }

    /// What happens from now on is, or follows from, this event.
    pub(crate) fn set_event(&mut self, event: EventNumber) {
        self.event = event;
    }

    /// Notes a visible change of state for the trace.
    pub(crate) fn note(&mut self, event: KernelEvent) {
        self.effects.push(event);
    }

    /// Takes what has been noted since the last time.
    pub(crate) fn take_effects(&mut self) -> Vec<KernelEvent> {
        std::mem::take(&mut self.effects)
    }

    /// Puts a task to sleep until `wait` happens.
    pub(crate) fn block(&mut self, task: TaskId, wait: WaitOn) {
        if let WaitOn::Clock(deadline) = wait {
            self.arm(deadline, Timer::Wake(deadline));
        }
        self.waiters.entry(wait).or_default().insert(task);
    }

    /// Makes everyone who waits for this runnable; their calls are dispatched again.
    pub(crate) fn wake(&mut self, wait: WaitOn) {
        for task in self.waiters.remove(&wait).unwrap_or_default() {
            self.note(KernelEvent::Woken { task, wait });
            self.make_runnable(task);
        }
    }

    /// How many tasks have not ended.
    pub(crate) fn living(&self) -> u32 {
        self.living
    }

    /// Takes a task out of the queue it waits in, because a signal came or it ended.
    pub(crate) fn unblock(&mut self, task: TaskId) {
        let Some(task::State::Blocked { wait, .. }) = self.tasks.get(task).map(|task| &task.state) else {
            return;
        };
        let wait = *wait;
        if let Some(queue) = self.waiters.get_mut(&wait) {
            queue.remove(&task);
            if queue.is_empty() {
                self.waiters.remove(&wait);
            }
        }
        self.make_runnable(task);
    }

    /// Sets a timer; what comes of it follows from the event that is happening.
    pub(crate) fn arm(&mut self, deadline: Nanos, timer: Timer) -> TimerId {
        self.timers.insert(deadline, (timer, self.event))
    }

    /// Fires the next timer that is due. Answers the event that set it.
    pub(crate) fn fire_timer(&mut self) -> Option<EventNumber> {
        let (timer, cause) = self.timers.pop_due(self.now)?;
        match timer {
            Timer::Wake(deadline) => self.wake(WaitOn::Clock(deadline)),
            Timer::Alarm(task) => task::signal::alarm_expired(self, task),
            Timer::PanicRestart => self.panic_restart(),
        }
        Some(cause)
    }

    /// The power button: what a desktop's acpid or logind makes of it, an orderly end. Answers whether there
    /// is an init to see to it, that has not been told before.
    pub(crate) fn press_power_button(&mut self) -> bool {
        let init = self.pid_ns[self.initial.pid].init.filter(|&init| self.is_alive(init));
        let Some(init) = init.filter(|_| !self.panicked && !self.sched.is_stopped() && !self.power_button)
        else {
            return false;
        };
        self.power_button = true;
        task::signal::send(self, init, Signal::SIGPWR, None);
        true
    }

    /// The inode number for a new namespace.
    pub(crate) fn new_ns_ino(&mut self) -> u64 {
        self.next_ns_ino += 1;
        self.next_ns_ino
    }

    pub(crate) fn new_peer_group(&mut self) -> u32 {
        self.next_peer_group += 1;
        self.next_peer_group
    }
}

/// The machine's source of randomness: xorshift64* from the session's seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        // Any fixed odd number: the state must not be zero.
        Random(seed ^ 0x9e37_79b9_7f4a_7c15 | 1)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn bytes(&mut self, len: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < len {
            bytes.extend_from_slice(&self.next_u64().to_le_bytes());
        }
        bytes.truncate(len as usize);
        bytes
    }
}
