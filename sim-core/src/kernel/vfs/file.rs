//! Open files and descriptors: open(2), close(2), dup(2).

use super::{Entry, Place};
use crate::abi::{Fd, OpenFlags};
use crate::kernel::Kernel;
use crate::kernel::fs::Device;
use crate::kernel::ipc;
use crate::kernel::security::{SysResult, Why, ensure};
use crate::kernel::table::*;
use crate::kernel::task::FdEntry;

/// An open file description.
#[derive(Debug)]
pub struct OpenFile {
    pub place: Place,
    /// The name it was opened by.
    pub entry: Option<Entry>,
    pub flags: OpenFlags,
    /// In bytes; for a directory, how many entries have been read.
    pub offset: u64,
    pub kind: FileKind,
    /// How many descriptors refer to it.
    pub refs: u32,
}

/// What reading and writing an open file does.
#[derive(Debug)]
pub enum FileKind {
    /// Opened with O_PATH: a place and nothing more.
    Path,
    Regular,
    Directory,
    PipeEnd(PipeId),
    Device(Device),
    /// A file whose content is made when it is read from the start.
    Generated {
        content: Option<Vec<u8>>,
    },
    /// A namespace: ioctl_nsfs(2).
    Namespace,
}

/// RLIMIT_NOFILE as Debian sets it.
const DESCRIPTORS_MAX: u32 = 1024;

impl Kernel {
    /// The open file behind a descriptor of the caller.
    pub(crate) fn file_of(&self, caller: TaskId, fd: Fd) -> SysResult<FileId> {
        let table = &self.fd_tables[self.tasks[caller].fds];
        table.entries.get(&fd.0).map(|entry| entry.file).ok_or_else(|| Why::BadDescriptor { fd: fd.0 }.into())
    }

    /// The same, for reading or writing: not open for it is EBADF too.
    pub(crate) fn readable_file(&self, caller: TaskId, fd: Fd) -> SysResult<FileId> {
        let file = self.file_of(caller, fd)?;
        ensure(self.files[file].flags.readable(), Why::BadDescriptor { fd: fd.0 })?;
        Ok(file)
    }

    pub(crate) fn writable_file(&self, caller: TaskId, fd: Fd) -> SysResult<FileId> {
        let file = self.file_of(caller, fd)?;
        ensure(self.files[file].flags.writable(), Why::BadDescriptor { fd: fd.0 })?;
        Ok(file)
    }

    /// The lowest free descriptor that is at least `least`.
    pub(crate) fn free_descriptor(&self, caller: TaskId, least: i32) -> SysResult<Fd> {
        let table = &self.fd_tables[self.tasks[caller].fds];
        let fd = (least..).find(|fd| !table.entries.contains_key(fd)).unwrap_or(i32::MAX);
        ensure(fd < DESCRIPTORS_MAX as i32, Why::NoDescriptorLeft { limit: DESCRIPTORS_MAX })?;
        Ok(Fd(fd))
    }

    /// Makes a free descriptor refer to a new open file.
    pub(crate) fn install(&mut self, caller: TaskId, fd: Fd, file: OpenFile) -> Fd {
        let cloexec = file.flags.contains(OpenFlags::O_CLOEXEC);
        let mut file = file;
        file.flags.remove(OpenFlags::O_CLOEXEC);
        let file = self.files.insert(file);
        let table = self.tasks[caller].fds;
        self.fd_tables[table].entries.insert(fd.0, FdEntry { file, cloexec });
        fd
    }

    /// Gives up one reference to an open file; the last one closes it.
    pub(crate) fn release_file(&mut self, id: FileId) {
        let file = &mut self.files[id];
        file.refs -= 1;
        if file.refs > 0 {
            return;
        }
        let file = self.files.remove(id).expect("it was just there");
        match file.kind {
            FileKind::PipeEnd(pipe) => ipc::close_end(self, pipe, file.flags),
            FileKind::Namespace => self.collect_namespaces(),
            FileKind::Regular | FileKind::Directory | FileKind::Path => {
                self.forget_unlinked(file.place.inode)
            }
            FileKind::Device(_) | FileKind::Generated { .. } => {}
        }
    }

    /// Frees an inode that has no name left, unless it is still in use: open, somebody's working directory or
    /// root, or what a mount shows.
    pub(crate) fn forget_unlinked(&mut self, inode: super::InodeRef) {
        let unlinked = self.inode(inode).is_some_and(|inode| inode.nlink == 0);
        if unlinked && !self.is_in_use(inode) {
            self.supers[inode.sb].inodes.remove(&inode.ino);
        }
    }

    fn is_in_use(&self, inode: super::InodeRef) -> bool {
        self.files.iter().any(|(_, file)| file.place.inode == inode)
            || self.fs_infos.iter().any(|(_, fs)| [fs.cwd.inode, fs.root.inode].contains(&inode))
            || self.mounts.iter().any(|(_, mount)| mount.root == inode)
    }
}
