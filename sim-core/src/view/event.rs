//! Events as a reader sees them: one line each, as strace or the kernel's log shows them.

use serde::{Deserialize, Serialize};

use super::{Part, Stage};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    pub number: u64,
    /// Nanoseconds since power was first applied.
    pub at_ns: u64,
    /// The event that made this one happen.
    pub cause: Option<u64>,
    pub kind: EventKind,
    /// The stage that the machine entered with this event, if it entered one.
    pub begins: Option<Stage>,
    /// The task that did it, where one did.
    pub actor: Option<Actor>,
    /// One line: strace notation for calls (`unshare(CLONE_NEWUTS) = 0`), the machine's or the kernel's
    /// own words for all else.
    pub text: String,
    /// The parts it touches, in the order in which it passes through them: for a call from the
    /// system-call interface down.
    pub path: Vec<Part>,
    /// For a call that was refused, and for what is not modelled.
    pub denial: Option<DenialView>,
}

/// What sort of thing happened; front ends give each a sign and offer them as filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// Came from outside: power button, keys.
    Input,
    /// The board: power, reset, discovery.
    Hardware,
    Firmware,
    BootLoader,
    /// A line of the kernel's log, an initcall, a probed driver.
    Kernel,
    /// A program calls the kernel.
    SyscallEnter,
    /// The kernel answers.
    SyscallReturn,
    /// The kernel refuses, with a rule.
    Denied,
    /// A call waits for something.
    Blocked,
    /// A waiting call can go on.
    Woken,
    /// A CPU turns to another task.
    Switch,
    /// A task is made, becomes another program, ends, is reaped.
    Task,
    Signal,
    /// Bytes went out on the serial line.
    Console,
    /// Something real Linux has and this machine has not: it failed as Linux without it fails.
    Unmodelled,
    /// The machine goes no further.
    Fault,
    /// A remark by the machine's makers to the reader, such as which commands exist.
    Note,
}

/// The task behind an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// [`TaskView::id`](super::TaskView::id).
    pub task: u64,
    /// In the initial pid namespace.
    pub pid: u32,
    pub comm: String,
}

/// Which rule said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DenialView {
    /// `EPERM`
    pub errno: String,
    /// `Operation not permitted`, as strerror(3) has it.
    pub errno_text: String,
    /// The rule's stable name: `lacks-capability`.
    pub rule: String,
    /// The rule in one sentence that a reader learns from.
    pub sentence: String,
    /// Where Linux documents it: `user_namespaces(7)`.
    pub source: String,
    /// What the rule looked at.
    pub evidence: Vec<Evidence>,
    /// What to do about it, where something helps.
    pub advice: Option<String>,
}

/// One thing a rule looked at, as in ("needed", "CAP_SYS_ADMIN").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub label: String,
    pub value: String,
}
