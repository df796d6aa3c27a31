//! What calls bring back.

use serde::{Deserialize, Serialize};

use super::{Bytes, Dev, Fd, FileMode, FileType, Gid, IoctlReply, Mode, Pid, Signal, Timespec, Uid};

/// Success and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unit;

/// A number of bytes, or whatever number the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Count(pub u64);

/// A place in a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Offset(pub i64);

/// Bytes that the kernel filled in; the call returns how many.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Data(pub Bytes);

/// A directory's path; getcwd returns its length with the final NUL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cwd(pub Bytes);

/// stat(3type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stat {
    pub dev: Dev,
    pub ino: u64,
    pub mode: FileMode,
    pub nlink: u64,
    pub uid: Uid,
    pub gid: Gid,
    pub rdev: Dev,
    /// In bytes.
    pub size: i64,
    /// In bytes.
    pub block_size: i64,
    /// In units of 512 bytes.
    pub blocks: i64,
    pub accessed: Timespec,
    pub modified: Timespec,
    pub changed: Timespec,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dirent {
    pub ino: u64,
    pub file_type: FileType,
    pub name: Bytes,
}

/// Entries of a directory; getdents64 returns the bytes that they take.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dirents(pub Vec<Dirent>);

impl Dirents {
    /// The size of one entry in the kernel's layout: a 19-byte head, the name and its NUL, rounded up
    /// to 8.
    pub fn entry_size(name: &[u8]) -> u64 {
        (19 + name.len() as u64 + 1).next_multiple_of(8)
    }
}

/// The two ends of a new pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PipeEnds {
    pub read: Fd,
    pub write: Fd,
}

/// What wait4 found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waited {
    /// 0 where WNOHANG found nothing.
    pub pid: Pid,
    pub status: Option<WaitStatus>,
}

/// How a child changed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WaitStatus {
    Exited(u8),
    Signaled(Signal),
    Stopped(Signal),
    Continued,
}

/// statfs(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatfsReply {
    /// The magic number of the file system.
    pub fs_type: u32,
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
}

/// uname(2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Utsname {
    pub sysname: Bytes,
    pub nodename: Bytes,
    pub release: Bytes,
    pub version: Bytes,
    pub machine: Bytes,
    pub domainname: Bytes,
}

/// sysinfo(2), sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SysinfoReply {
    pub uptime_seconds: i64,
    pub total_ram: u64,
    pub free_ram: u64,
    pub total_swap: u64,
    pub free_swap: u64,
    pub procs: u16,
}

/// The CPUs a task may run on: bit `n` is CPU `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CpuMask(pub u64);

/// Supplementary groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Groups(pub Vec<Gid>);

/// The three capability sets that capget(2) and capset(2) carry: bit `n` is capability `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CapSets {
    pub effective: u64,
    pub permitted: u64,
    pub inheritable: u64,
}

/// A reply of another call's type: the kernel answered a question that was not asked.
#[derive(Clone, Copy, Debug)]
pub struct WrongReply;

macro_rules! replies {
    ($($kind:ident,)*) => {
        /// What a call brought back, by type.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reply { Stat(Box<Stat>), Utsname(Box<Utsname>), $($kind($kind),)* }

        $(
            impl From<$kind> for Reply {
                fn from(reply: $kind) -> Reply { Reply::$kind(reply) }
            }

            impl TryFrom<Reply> for $kind {
                type Error = WrongReply;
                fn try_from(reply: Reply) -> Result<$kind, WrongReply> {
                    match reply { Reply::$kind(reply) => Ok(reply), _ => Err(WrongReply) }
                }
            }
        )*
    };
}

replies! {
    Unit, Count, Offset, Data, Cwd, Dirents, PipeEnds, Waited, StatfsReply, SysinfoReply, CpuMask, Groups,
    CapSets, IoctlReply, Fd, Pid, Uid, Gid, Mode, Timespec,
}

macro_rules! boxed_replies {
    ($($kind:ident,)*) => {$(
        impl From<$kind> for Reply {
            fn from(reply: $kind) -> Reply { Reply::$kind(Box::new(reply)) }
        }

        impl TryFrom<Reply> for $kind {
            type Error = WrongReply;
            fn try_from(reply: Reply) -> Result<$kind, WrongReply> {
                match reply { Reply::$kind(reply) => Ok(*reply), _ => Err(WrongReply) }
            }
        }
    )*};
}

boxed_replies! { Stat, Utsname, }
