//! Numbers that name things, as user space sees them.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($repr:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $repr);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A file descriptor.
    Fd(i32);
    /// The directory that a relative path starts from; -100 is `AT_FDCWD`.
    DirFd(i32);
    /// A process as the caller's pid namespace numbers it. In some arguments 0, -1 and negative
    /// process groups have meanings of their own: see the call's man page.
    Pid(i32);
    /// A user as the caller's user namespace numbers it; `u32::MAX` is "no change" where allowed.
    Uid(u32);
    /// A group, likewise.
    Gid(u32);
}

impl DirFd {
    pub const CWD: DirFd = DirFd(-100);
}

impl From<Fd> for DirFd {
    fn from(fd: Fd) -> DirFd {
        DirFd(fd.0)
    }
}

impl Uid {
    pub const ROOT: Uid = Uid(0);
    pub const UNCHANGED: Uid = Uid(u32::MAX);
}

impl Gid {
    pub const ROOT: Gid = Gid(0);
    pub const UNCHANGED: Gid = Gid(u32::MAX);
}

/// The permission bits of a file, with set-user-id, set-group-id and sticky: twelve bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mode(pub u32);

/// A device number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dev {
    pub major: u32,
    pub minor: u32,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileType {
    Regular,
    Directory,
    Symlink,
    CharDevice,
    BlockDevice,
    Fifo,
    Socket,
}

impl FileType {
    /// The type as bits of `st_mode`.
    pub const fn mode_bits(self) -> u32 {
        match self {
            FileType::Fifo => 0o010000,
            FileType::CharDevice => 0o020000,
            FileType::Directory => 0o040000,
            FileType::BlockDevice => 0o060000,
            FileType::Regular => 0o100000,
            FileType::Symlink => 0o120000,
            FileType::Socket => 0o140000,
        }
    }

    /// The type in `st_mode`; no type at all counts as a regular file, as for mknod(2).
    pub fn from_mode_bits(mode: u32) -> Option<FileType> {
        Some(match mode & 0o170000 {
            0 | 0o100000 => FileType::Regular,
            0o010000 => FileType::Fifo,
            0o020000 => FileType::CharDevice,
            0o040000 => FileType::Directory,
            0o060000 => FileType::BlockDevice,
            0o120000 => FileType::Symlink,
            0o140000 => FileType::Socket,
            _ => return None,
        })
    }

    pub const fn mode_name(self) -> &'static str {
        match self {
            FileType::Fifo => "S_IFIFO",
            FileType::CharDevice => "S_IFCHR",
            FileType::Directory => "S_IFDIR",
            FileType::BlockDevice => "S_IFBLK",
            FileType::Regular => "S_IFREG",
            FileType::Symlink => "S_IFLNK",
            FileType::Socket => "S_IFSOCK",
        }
    }
}

/// Type and permission bits together: `st_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileMode {
    pub file_type: FileType,
    pub permissions: Mode,
}

impl FileMode {
    pub const fn bits(self) -> u32 {
        self.file_type.mode_bits() | self.permissions.0
    }
}

/// Seconds and nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timespec {
    pub seconds: i64,
    pub nanoseconds: i64,
}
