//! The virtual file system: inodes, names, mounts, open files. path_resolution(7), mount_namespaces(7).

pub mod file;
pub mod mount;
pub mod path;
mod propagation;

use std::collections::BTreeMap;

use super::Kernel;
use super::fs::{self, FsType};
use super::security::{Kgid, Kuid};
use super::table::*;
use crate::abi::{Bytes, Dev, FileMode, FileType, Gid, Mode, Stat, Timespec, Uid};
use crate::clock::Nanos;
pub use file::{FileKind, OpenFile};
pub use mount::Mount;

/// Names an inode on the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InodeRef {
    pub sb: SuperId,
    pub ino: u64,
}

/// A place in the file tree: an inode, and the mount through which it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub mount: MountId,
    pub inode: InodeRef,
}

/// The name under which something stands in its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub directory: InodeRef,
    pub name: Bytes,
}

/// An instance of a file system.
#[derive(Debug)]
pub struct Super {
    pub fs: FsType,
    pub dev: Dev,
    /// The user namespace that mounted it: ids in it are mapped there, and its capabilities count.
    pub owner: UserNsId,
    pub root: u64,
    /// The inodes, for file systems that keep their own; procfs makes its up.
    pub inodes: BTreeMap<u64, Inode>,
    pub next_ino: u64,
    pub read_only: bool,
    /// File system options as /proc/mounts shows them, each with a leading comma.
    pub options: String,
    /// The most it may hold, in bytes; none is no limit.
    pub size_max: Option<u64>,
}

/// A file: what it is, apart from its names.
#[derive(Clone, Debug)]
pub struct Inode {
    pub node: Node,
    /// Permission bits: twelve of them.
    pub mode: u32,
    pub uid: Kuid,
    pub gid: Kgid,
    pub nlink: u32,
    pub accessed: Nanos,
    pub modified: Nanos,
    pub changed: Nanos,
}

/// What a file consists of.
#[derive(Clone, Debug)]
pub enum Node {
    Regular(Vec<u8>),
    Directory {
        /// Itself for the root.
        parent: u64,
        entries: BTreeMap<Bytes, u64>,
    },
    Symlink(Bytes),
    CharDevice(Dev),
    BlockDevice(Dev),
    /// A named pipe, with the pipe behind it while somebody has it open.
    Fifo(Option<PipeId>),
    Socket,
}

impl Node {
    pub fn file_type(&self) -> FileType {
        match self {
            Node::Regular(_) => FileType::Regular,
            Node::Directory { .. } => FileType::Directory,
            Node::Symlink(_) => FileType::Symlink,
            Node::CharDevice(_) => FileType::CharDevice,
            Node::BlockDevice(_) => FileType::BlockDevice,
            Node::Fifo(_) => FileType::Fifo,
            Node::Socket => FileType::Socket,
        }
    }
}

/// What can be known of a file without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    pub file_type: FileType,
    pub mode: u32,
    pub uid: Kuid,
    pub gid: Kgid,
    pub nlink: u32,
    pub size: u64,
    pub rdev: Dev,
    pub accessed: Nanos,
    pub modified: Nanos,
    pub changed: Nanos,
}

impl Kernel {
    /// An inode of a file system that keeps its own.
    pub(super) fn inode(&self, inode: InodeRef) -> Option<&Inode> {
        self.supers.get(inode.sb)?.inodes.get(&inode.ino)
    }

    pub(super) fn inode_mut(&mut self, inode: InodeRef) -> Option<&mut Inode> {
        self.supers.get_mut(inode.sb)?.inodes.get_mut(&inode.ino)
    }

    /// What the file is like now.
    pub fn attributes(&self, inode: InodeRef) -> Attributes {
        match self.inode(inode) {
            Some(kept) if self.supers[inode.sb].fs == FsType::Sysfs => fs::sysfs::attributes(kept),
            Some(kept) => kept.attributes(),
            None => fs::made_up_attributes(self, inode),
        }
    }

    pub(super) fn file_type(&self, inode: InodeRef) -> FileType {
        self.attributes(inode).file_type
    }

    /// stat(2), with ids as the user namespace of `cred` sees them.
    pub(super) fn stat(&self, inode: InodeRef, user_ns: UserNsId) -> Stat {
        let file = self.attributes(inode);
        let ns = &self.user_ns[user_ns];
        let block_size = if self.supers[inode.sb].fs.block_size() == 0 {
            4096
        } else {
            self.supers[inode.sb].fs.block_size()
        };
        Stat {
            dev: self.supers[inode.sb].dev,
            ino: inode.ino,
            mode: FileMode { file_type: file.file_type, permissions: Mode(file.mode) },
            nlink: u64::from(file.nlink),
            uid: Uid(ns.uid_map.from_kernel_or_overflow(file.uid.0)),
            gid: Gid(ns.gid_map.from_kernel_or_overflow(file.gid.0)),
            rdev: file.rdev,
            size: file.size as i64,
            block_size,
            blocks: self.blocks(inode, &file),
            accessed: self.wall_clock(file.accessed),
            modified: self.wall_clock(file.modified),
            changed: self.wall_clock(file.changed),
        }
    }

    /// Units of 512 bytes: whole pages for what keeps its data, none for what makes it up.
    fn blocks(&self, inode: InodeRef, file: &Attributes) -> i64 {
        let keeps_data = fs::keeps_names(self.supers[inode.sb].fs) && file.file_type == FileType::Regular;
        if keeps_data { (file.size.next_multiple_of(4096) / 512) as i64 } else { 0 }
    }

    /// The user names of the first root's /etc/passwd, by id: for those who look at the machine from outside.
    pub fn user_names(&self) -> BTreeMap<u32, String> {
        let top = self.topmost(self.mount_root(self.mnt_ns[self.initial.mnt].root)).inode;
        let entry = |at: InodeRef, name: &str| {
            let ino = *self.directory_entries(at)?.get(&Bytes::from(name))?;
            Some(InodeRef { sb: at.sb, ino })
        };
        let passwd = entry(top, "etc").and_then(|etc| entry(etc, "passwd")).and_then(|file| self.inode(file));
        let Some(Inode { node: Node::Regular(content), .. }) = passwd else { return BTreeMap::new() };
        let text = String::from_utf8_lossy(content);
        let users = text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
        });
        users.collect()
    }

    /// A moment on the machine's clock as a date.
    pub(super) fn wall_clock(&self, at: Nanos) -> Timespec {
        Timespec {
            seconds: self.info.epoch_seconds + at.as_seconds() as i64,
            nanoseconds: (at.0 % 1_000_000_000) as i64,
        }
    }

    /// A path for the reader of a message: from the root of the file's own file system.
    pub fn describe(&self, inode: InodeRef) -> Bytes {
        fs::describe(self, inode)
    }
}

impl Inode {
    pub(super) fn attributes(&self) -> Attributes {
        let (size, rdev) = match &self.node {
            Node::Regular(data) => (data.len() as u64, Dev::default()),
            // As tmpfs counts: 20 bytes an entry, with `.` and `..`.
            Node::Directory { entries, .. } => ((entries.len() as u64 + 2) * 20, Dev::default()),
            Node::Symlink(target) => (target.len() as u64, Dev::default()),
            Node::CharDevice(dev) | Node::BlockDevice(dev) => (0, *dev),
            Node::Fifo(_) | Node::Socket => (0, Dev::default()),
        };
        Attributes {
            file_type: self.node.file_type(),
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            nlink: self.nlink,
            size,
            rdev,
            accessed: self.accessed,
            modified: self.modified,
            changed: self.changed,
        }
    }
}
