//! What the runner and a sandbox's processes say to each other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sim_core::abi::Reply;
use sim_core::scenario::model::User;

use super::failure::Failure;
use super::guest::Marks;
use super::limits::Limits;

/// How much the sandbox is cut off from the host's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privilege {
    /// A user namespace of its own: root inside is nobody outside.
    UserNamespace,
    /// The host's own root, in all other namespaces; for cases that say `needs: [real-root]`.
    RealRoot,
}

/// The first message, from the runner to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) privilege: Privilege,
    pub(super) limits: Limits,
    pub(super) marks: Marks,
}

/// From the supervisor to init: its ids are mapped; the lower layer comes along where there is one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Go {
    pub(super) mapping: Mapping,
    /// The sandbox's own, as the host sees it.
    pub(super) cgroup: Option<PathBuf>,
    /// As far as the supervisor knows it.
    pub(super) offer: Offer,
}

/// What became of the ids of the sandbox's user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mapping {
    /// No user namespace, no mapping.
    None,
    /// 0 to 65535 are mapped.
    Range,
    /// Init is to map its root to the given host user, which it may do itself.
    OwnId { user: u32, group: u32 },
}

/// The first message from a sandbox to the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Birth {
    /// With the sandbox's cgroup, in case that the supervisor comes to harm.
    Ready {
        offer: Offer,
        cgroup: Option<PathBuf>,
    },
    Failed(Failure),
}

/// What a sandbox turned out to be able to do. A no comes with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// There are ids besides root's: ada can log in, files can be given away.
    pub many_ids: Result<(), String>,
    /// The host's files show as owned by root, as on a machine of its own.
    pub owned_files: Result<(), String>,
    /// What else could not be had, one sentence each.
    pub notes: Vec<String>,
}

impl Offer {
    /// Everything, until something is found to be missing.
    pub(super) fn all() -> Offer {
        Offer { many_ids: Ok(()), owned_files: Ok(()), notes: Vec::new() }
    }
}

/// From the runner to init.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Opens a terminal and logs in. The answer is `Result<(), Failure>` with the pty's master.
    OpenTerminal { user: User },
    /// Starts a twin at a terminal of its own. Its end of the control socket comes along; the answer is
    /// as for a terminal.
    StartTwin { user: User },
    /// Whether a process sleeps in a system call, and in which one. The answer is a
    /// `Result<Sleep, Failure>`.
    Sleep { pid: i32 },
    /// What every process is doing: the answer is a [`Vec<Activity>`].
    Observe,
}

/// One process of the sandbox as /proc shows it at a moment. Two equal pictures with a time in between
/// mean that it did nothing in that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Activity {
    /// In the sandbox's pid namespace.
    pub(super) pid: i32,
    /// As in proc_pid_stat(5): R, S, D, T, Z, ...
    pub(super) state: char,
    /// User and system time, in clock ticks.
    pub(super) ticks: u64,
    /// How often it has gone to sleep or been preempted.
    pub(super) switches: u64,
}

/// From a twin to the runner. What it is told is a [`Syscall`](sim_core::abi::Syscall), and for a clone
/// the control socket of the child comes along.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FromTwin {
    /// It is there. The socket says which process it is.
    Hello,
    Replied(Reply),
    /// The call failed with this number.
    Failed(i32),
    /// The call was not made.
    Refused(String),
}

/// Whether a process sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sleep {
    Awake,
    /// In the system call of this number.
    InCall {
        number: u32,
        switches: u64,
    },
    Stopped,
    /// A zombie, or gone.
    Dead,
}
