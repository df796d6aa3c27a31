//! The file systems: what each makes of names and contents.

pub mod devices;
pub mod kept;
pub mod nsfs;
pub mod proc;
pub mod sysfs;
pub mod tty;

use super::Kernel;
use super::security::{SysResult, Why, deny};
use super::table::*;
use super::vfs::{Attributes, InodeRef, Node, Place};
use crate::abi::{Bytes, Dirent, FileType};
pub use devices::Device;

/// The types of file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsType {
    /// The first root, into which the initramfs is unpacked: a tmpfs under another name.
    Rootfs,
    Tmpfs,
    Devtmpfs,
    /// The processes of one pid namespace: proc(5).
    Proc {
        pid_ns: PidNsId,
    },
    /// The devices: sysfs(5).
    Sysfs,
    /// Where pipes live.
    Pipefs,
    /// Where namespaces live: namespaces(7).
    Nsfs,
}

impl FsType {
    pub const fn name(self) -> &'static str {
        match self {
            FsType::Rootfs => "rootfs",
            FsType::Tmpfs => "tmpfs",
            FsType::Devtmpfs => "devtmpfs",
            FsType::Proc { .. } => "proc",
            FsType::Sysfs => "sysfs",
            FsType::Pipefs => "pipefs",
            FsType::Nsfs => "nsfs",
        }
    }

    /// `st_blksize`, in bytes.
    pub const fn block_size(self) -> i64 {
        match self {
            FsType::Proc { .. } => 1024,
            _ => 4096,
        }
    }

    /// The magic number of statfs(2).
    pub const fn magic(self) -> u32 {
        match self {
            FsType::Rootfs | FsType::Tmpfs | FsType::Devtmpfs => 0x0102_1994,
            FsType::Proc { .. } => 0x9fa0,
            FsType::Sysfs => 0x6265_6572,
            FsType::Pipefs => 0x5049_5045,
            FsType::Nsfs => 0x6e73_6673,
        }
    }
}

/// What a symbolic link leads to.
#[derive(Clone, Debug)]
pub enum LinkTarget {
    /// A path, to be resolved from the link's directory.
    Path(Bytes),
    /// Straight to a place: the magic links of procfs.
    Place(Place),
}

/// The entry of a directory, as `caller` sees it.
pub fn lookup(k: &Kernel, caller: TaskId, directory: InodeRef, name: &[u8]) -> SysResult<Option<InodeRef>> {
    match k.supers[directory.sb].fs {
        FsType::Proc { .. } => Ok(proc::lookup(k, caller, directory, name)),
        _ => Ok(kept::lookup(k, directory, name)),
    }
}

/// The parent of a directory; the root is its own.
pub fn parent(k: &Kernel, directory: InodeRef) -> InodeRef {
    match k.supers[directory.sb].fs {
        FsType::Proc { .. } => proc::parent(directory),
        _ => kept::parent(k, directory),
    }
}

/// The name by which an inode stands in a directory.
pub fn name_in(k: &Kernel, directory: InodeRef, inode: InodeRef) -> Option<Bytes> {
    match k.supers[directory.sb].fs {
        FsType::Proc { .. } => proc::name_in(k, directory, inode),
        _ => kept::name_in(k, directory, inode),
    }
}

/// What getdents64(2) lists, without `.` and `..`, in the order it lists them.
pub fn entries(k: &Kernel, caller: TaskId, directory: InodeRef) -> SysResult<Vec<Dirent>> {
    match k.supers[directory.sb].fs {
        FsType::Proc { .. } => proc::entries(k, caller, directory),
        _ => Ok(kept::entries(k, directory)),
    }
}

/// Where a symbolic link leads when it is followed.
pub fn link_target(k: &Kernel, caller: TaskId, link: InodeRef) -> SysResult<LinkTarget> {
    match k.inode(link).map(|inode| &inode.node) {
        Some(Node::Symlink(target)) => Ok(LinkTarget::Path(target.clone())),
        Some(_) => deny(Why::NotALink),
        None => proc::link_target(k, caller, link),
    }
}

/// What readlink(2) says of it.
pub fn read_link(k: &Kernel, caller: TaskId, link: InodeRef) -> SysResult<Bytes> {
    match k.inode(link).map(|inode| &inode.node) {
        Some(Node::Symlink(target)) => Ok(target.clone()),
        Some(_) => deny(Why::NotALink),
        None => proc::read_link(k, caller, link),
    }
}

/// The attributes of a file that is not kept but made up when asked for.
pub fn made_up_attributes(k: &Kernel, inode: InodeRef) -> Attributes {
    match k.supers[inode.sb].fs {
        FsType::Proc { .. } => proc::attributes(k, inode),
        FsType::Nsfs => nsfs::attributes(k),
        _ => panic!("{inode:?} is gone from a file system that keeps its inodes"),
    }
}

/// A path for messages, from the root of the inode's own file system.
pub fn describe(k: &Kernel, inode: InodeRef) -> Bytes {
    match k.supers[inode.sb].fs {
        FsType::Proc { .. } => proc::describe(k, inode),
        FsType::Nsfs => nsfs::describe(k, inode),
        _ => kept::describe(k, inode),
    }
}

/// Whether the file system lets names be made and removed in it.
pub fn keeps_names(fs: FsType) -> bool {
    matches!(fs, FsType::Rootfs | FsType::Tmpfs | FsType::Devtmpfs)
}

/// The type for a listing.
pub(super) fn dirent(ino: u64, file_type: FileType, name: impl Into<Bytes>) -> Dirent {
    Dirent { ino, file_type, name: name.into() }
}
