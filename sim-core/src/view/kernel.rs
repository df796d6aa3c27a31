//! The kernel's tables as a reader sees them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelView {
    /// As `uname -r` prints it.
    pub release: String,
    pub command_line: String,
    /// Nanoseconds since `start_kernel`, the zero of `dmesg`.
    pub uptime_ns: u64,
    /// The newest line of the kernel's log, without its time.
    pub log_line: String,
    /// Every task that is not reaped yet, parents before children, siblings oldest first.
    pub tasks: Vec<TaskView>,
    /// Every namespace that exists: by kind, then oldest first.
    pub namespaces: Vec<NamespaceView>,
    pub memory: MemoryView,
    /// File systems in use, by type, with how many mounts of them exist: `("tmpfs", 2)`.
    pub file_systems: Vec<(String, u32)>,
    /// Drivers that are bound to a device, in the order in which they were probed.
    pub drivers: Vec<String>,
    /// Pipes that have an open end.
    pub pipes: u32,
    /// System calls since boot.
    pub syscalls: u64,
    /// Of these, the ones that were refused with a rule.
    pub denials: u64,
    /// Switches of a CPU from one task to another, since boot.
    pub context_switches: u64,
    /// Ids of the tasks that are ready and wait for a CPU, in the order of the run queues.
    pub run_queue: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// The kernel's own name of the task, never reused.
    pub id: u64,
    /// The id of its parent; none for PID 1 and kernel threads without one.
    pub parent: Option<u64>,
    /// Its pid in the initial pid namespace.
    pub pid: u32,
    /// Its pids from its own pid namespace outwards; the last is [`TaskView::pid`].
    pub pids: Vec<NamespacedPid>,
    /// `comm`, as `ps` prints it.
    pub comm: String,
    pub argv: Vec<String>,
    pub state: TaskState,
    /// What it waits for, as `/proc/PID/wchan` names it, or the system call it is blocked in.
    pub waits_in: Option<String>,
    pub credentials: CredentialsView,
    /// One for each kind that this kernel has, in [`NamespaceKind`]'s order.
    pub namespaces: Vec<NamespaceRef>,
    pub working_directory: String,
    pub root_directory: String,
    pub files: Vec<FdView>,
    /// The controlling terminal: `ttyS0`.
    pub terminal: Option<String>,
    /// The CPU it runs on, or ran on last.
    pub cpu: Option<u32>,
    /// Time on a CPU so far.
    pub cpu_time_ns: u64,
    pub rss_kib: u64,
    /// Has no user space: `kthreadd` and its children.
    pub kernel_thread: bool,
}

/// As `ps` prints it in STAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// R, on a CPU.
    Running,
    /// R, waits for a CPU.
    Runnable,
    /// S
    Sleeping,
    /// D
    Uninterruptible,
    /// T
    Stopped,
    /// Z
    Zombie,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespacedPid {
    /// The inode of the pid namespace.
    pub namespace: u64,
    pub pid: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialsView {
    /// Effective user and group as the initial user namespace numbers them.
    pub kuid: u32,
    pub kgid: u32,
    /// The same as its own user namespace numbers them: 65534 where unmapped.
    pub uid: u32,
    pub gid: u32,
    /// The name of `uid`, where /etc/passwd of the image has one.
    pub user: Option<String>,
    /// The effective capabilities by name (`CAP_SYS_ADMIN`), in numeric order.
    pub effective: Vec<String>,
    /// It holds every capability there is.
    pub all_capabilities: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FdView {
    pub fd: u32,
    /// As the link in /proc/PID/fd reads: `/dev/ttyS0`, `pipe:[1234]`.
    pub target: String,
}

/// The kinds of namespace, in the order of /proc/PID/ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamespaceKind {
    Cgroup,
    Ipc,
    Mnt,
    Net,
    Pid,
    Time,
    User,
    Uts,
}

impl NamespaceKind {
    pub const ALL: [NamespaceKind; 8] = [
        NamespaceKind::Cgroup,
        NamespaceKind::Ipc,
        NamespaceKind::Mnt,
        NamespaceKind::Net,
        NamespaceKind::Pid,
        NamespaceKind::Time,
        NamespaceKind::User,
        NamespaceKind::Uts,
    ];

    /// The name of its link in /proc/PID/ns.
    pub fn name(self) -> &'static str {
        match self {
            NamespaceKind::Cgroup => "cgroup",
            NamespaceKind::Ipc => "ipc",
            NamespaceKind::Mnt => "mnt",
            NamespaceKind::Net => "net",
            NamespaceKind::Pid => "pid",
            NamespaceKind::Time => "time",
            NamespaceKind::User => "user",
            NamespaceKind::Uts => "uts",
        }
    }
}

/// Which namespace of a kind a task is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceRef {
    pub kind: NamespaceKind,
    /// The number in `readlink /proc/PID/ns/KIND`.
    pub inode: u64,
    /// It is the one that the machine booted with.
    pub initial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceView {
    pub kind: NamespaceKind,
    pub inode: u64,
    pub initial: bool,
    /// The inode of the user namespace that owns it; none for the initial user namespace.
    pub owner: Option<u64>,
    /// For pid and user namespaces: the inode of the one that it was made in.
    pub parent: Option<u64>,
    /// Ids of the tasks in it, oldest first. Empty where only a mount or a descriptor holds it.
    pub members: Vec<u64>,
    pub detail: NamespaceDetail,
}

/// What a namespace keeps apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamespaceDetail {
    Uts {
        hostname: String,
        domain_name: String,
    },
    /// How deep it is nested; the initial one is at 0.
    Pid {
        level: u32,
    },
    /// In the order of /proc/self/mountinfo.
    Mnt {
        mounts: Vec<MountView>,
    },
    User {
        level: u32,
        uid_map: Vec<IdMapLine>,
        gid_map: Vec<IdMapLine>,
        /// `/proc/PID/setgroups` reads `allow`.
        setgroups_allowed: bool,
    },
    /// This kernel keeps nothing apart here yet.
    Other,
}

/// A line of /proc/PID/uid_map, as the initial user namespace reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMapLine {
    pub inside: u32,
    pub outside: u32,
    pub count: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountView {
    /// Its number in mountinfo.
    pub id: u64,
    pub parent: u64,
    pub target: String,
    /// `tmpfs`, `/dev/vda2`.
    pub source: String,
    pub file_system: String,
    /// As mountinfo prints them: `rw,nosuid,relatime`.
    pub options: String,
    /// The optional fields of mountinfo: `shared:1`, `master:2`; empty for a private mount.
    pub propagation: String,
}

/// RAM as `free` counts it, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryView {
    pub total_kib: u64,
    pub used_kib: u64,
    /// Page cache and buffers.
    pub cache_kib: u64,
    pub free_kib: u64,
}
