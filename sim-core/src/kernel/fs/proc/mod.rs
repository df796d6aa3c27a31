//! procfs: proc(5). Nothing is kept: names, attributes and contents are made from the kernel's tables when
//! they are asked for.

mod cpuinfo;
mod machine;
mod mounts;
mod process;
mod status;

use super::{LinkTarget, dirent};
use crate::abi::{Bytes, Dev, Dirent, FileType, Pid};
use crate::kernel::Kernel;
use crate::kernel::fs::FsType;
use crate::kernel::security::{Cred, Kgid, Kuid, SysResult, Want, Why, deny, ensure};
use crate::kernel::table::{PidNsId, SuperId, TaskId};
use crate::kernel::vfs::{Attributes, InodeRef};

/// What an inode of procfs stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Root,
    /// `self`.
    SelfLink,
    /// A file or directory about the machine: an index into [`machine::FILES`].
    Machine(u32),
    /// /proc/PID.
    Process(TaskId),
    /// A file of a process: an index into [`process::FILES`].
    ProcessFile(TaskId, u32),
    /// /proc/PID/fd/N.
    Descriptor(TaskId, i32),
    /// /proc/PID/ns/KIND: an index into [`process::NAMESPACES`].
    Namespace(TaskId, u32),
}

const ROOT: u64 = 1;
const SELF: u64 = 2;
/// Inode numbers: the task in the upper half; below it the kind in the top byte, and an index.
const MACHINE: u64 = 1 << 24;
const PROCESS: u64 = 2 << 24;
const PROCESS_FILE: u64 = 3 << 24;
const DESCRIPTOR: u64 = 4 << 24;
const NAMESPACE: u64 = 5 << 24;
const KIND: u64 = 0xff << 24;
const INDEX: u64 = 0xff_ffff;

impl Node {
    fn ino(self) -> u64 {
        let of = |task: TaskId| u64::from(task.0) << 32;
        match self {
            Node::Root => ROOT,
            Node::SelfLink => SELF,
            Node::Machine(index) => MACHINE | u64::from(index),
            Node::Process(task) => of(task) | PROCESS,
            Node::ProcessFile(task, index) => of(task) | PROCESS_FILE | u64::from(index),
            Node::Descriptor(task, fd) => of(task) | DESCRIPTOR | (fd as u64 & INDEX),
            Node::Namespace(task, index) => of(task) | NAMESPACE | u64::from(index),
        }
    }

    fn from_ino(ino: u64) -> Node {
        let task = TaskId((ino >> 32) as u32);
        let index = (ino & INDEX) as u32;
        match ino & KIND {
            MACHINE => Node::Machine(index),
            PROCESS => Node::Process(task),
            PROCESS_FILE => Node::ProcessFile(task, index),
            DESCRIPTOR => Node::Descriptor(task, index as i32),
            NAMESPACE => Node::Namespace(task, index),
            _ if ino == SELF => Node::SelfLink,
            _ => Node::Root,
        }
    }
}

/// The inode number of the root of every procfs.
pub const ROOT_INO: u64 = ROOT;

fn pid_ns_of(k: &Kernel, sb: SuperId) -> PidNsId {
    match k.supers[sb].fs {
        FsType::Proc { pid_ns } => pid_ns,
        other => panic!("{other:?} is no procfs"),
    }
}

pub(super) fn lookup(k: &Kernel, caller: TaskId, directory: InodeRef, name: &[u8]) -> Option<InodeRef> {
    let name = std::str::from_utf8(name).ok()?;
    let node = match Node::from_ino(directory.ino) {
        Node::Root => lookup_root(k, directory.sb, name)?,
        Node::Machine(index) => Node::Machine(machine::child(index, name)?),
        Node::Process(task) => process::child(k, task, "", name)?,
        Node::ProcessFile(task, index) => process::child(k, task, process::FILES[index as usize].path, name)?,
        Node::SelfLink | Node::Descriptor(..) | Node::Namespace(..) => return None,
    };
    let _ = caller;
    Some(InodeRef { sb: directory.sb, ino: node.ino() })
}

fn lookup_root(k: &Kernel, sb: SuperId, name: &str) -> Option<Node> {
    if name == "self" {
        return Some(Node::SelfLink);
    }
    if let Some(index) = machine::index(name) {
        return Some(Node::Machine(index));
    }
    // Only a number written as the kernel writes it: no sign, no leading zero.
    let number: i32 = name.parse().ok().filter(|number: &i32| number.to_string() == name)?;
    let ns = k.pid_ns.get(pid_ns_of(k, sb))?;
    let task = ns.tasks.get(&number).copied().filter(|&task| k.tasks.contains(task))?;
    Some(Node::Process(task))
}

pub(super) fn parent(directory: InodeRef) -> InodeRef {
    let node = match Node::from_ino(directory.ino) {
        Node::Root | Node::SelfLink | Node::Process(_) => Node::Root,
        Node::Machine(index) => machine::parent(index).map_or(Node::Root, Node::Machine),
        Node::ProcessFile(task, index) => process::parent(task, index),
        Node::Descriptor(task, _) => process::node_at(task, "fd"),
        Node::Namespace(task, _) => process::node_at(task, "ns"),
    };
    InodeRef { sb: directory.sb, ino: node.ino() }
}

pub(super) fn name_in(k: &Kernel, _directory: InodeRef, inode: InodeRef) -> Option<Bytes> {
    let name = match Node::from_ino(inode.ino) {
        Node::Root => return None,
        Node::SelfLink => "self".to_owned(),
        Node::Machine(index) => last_part(machine::FILES[index as usize].path).to_owned(),
        Node::Process(task) => k.pids.number(task, pid_ns_of(k, inode.sb))?.to_string(),
        Node::ProcessFile(_, index) => last_part(process::FILES[index as usize].path).to_owned(),
        Node::Descriptor(_, fd) => fd.to_string(),
        Node::Namespace(_, index) => process::NAMESPACES[index as usize].0.to_owned(),
    };
    Some(name.into())
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

pub(super) fn entries(k: &Kernel, caller: TaskId, directory: InodeRef) -> SysResult<Vec<Dirent>> {
    let nodes: Vec<Node> = match Node::from_ino(directory.ino) {
        Node::Root => {
            let ns = &k.pid_ns[pid_ns_of(k, directory.sb)];
            let tasks = ns.tasks.values().copied().filter(|&task| k.tasks.contains(task));
            let machine = machine::children(None).map(Node::Machine);
            machine.chain([Node::SelfLink]).chain(tasks.map(Node::Process)).collect()
        }
        Node::Machine(index) => machine::children(Some(index)).map(Node::Machine).collect(),
        Node::Process(task) => process::children(k, caller, task, "")?,
        Node::ProcessFile(task, index) => {
            process::children(k, caller, task, process::FILES[index as usize].path)?
        }
        Node::SelfLink | Node::Descriptor(..) | Node::Namespace(..) => {
            return deny(Why::NotADirectory { name: Bytes::default() });
        }
    };
    let listed = nodes.into_iter().filter_map(|node| {
        let inode = InodeRef { sb: directory.sb, ino: node.ino() };
        let name = name_in(k, directory, inode)?;
        Some(dirent(inode.ino, attributes(k, inode).file_type, name))
    });
    Ok(listed.collect())
}

pub(super) fn attributes(k: &Kernel, inode: InodeRef) -> Attributes {
    let (file_type, mode, task) = match Node::from_ino(inode.ino) {
        Node::Root => (FileType::Directory, 0o555, None),
        Node::SelfLink => (FileType::Symlink, 0o777, None),
        Node::Machine(index) => {
            let file = &machine::FILES[index as usize];
            (file.file_type(), file.mode, None)
        }
        Node::Process(task) => (FileType::Directory, 0o555, Some(task)),
        Node::ProcessFile(task, index) => {
            let file = &process::FILES[index as usize];
            (file.file_type(), file.mode, Some(task))
        }
        Node::Descriptor(task, fd) => (FileType::Symlink, process::descriptor_mode(k, task, fd), Some(task)),
        Node::Namespace(task, _) => (FileType::Symlink, 0o777, Some(task)),
    };
    let owner = task.and_then(|task| k.tasks.get(task)).map(|task| &task.cred);
    let (uid, gid) = owner.map_or((Kuid::ROOT, Kgid::ROOT), |cred: &Cred| (cred.euid, cred.egid));
    let started = task.and_then(|task| k.tasks.get(task)).map(|task| task.started).unwrap_or_default();
    let nlink = if file_type == FileType::Directory { 2 } else { 1 };
    let at = started;
    let size = if file_type == FileType::Symlink && task.is_some() { 64 } else { 0 };
    Attributes {
        file_type,
        mode,
        uid,
        gid,
        nlink,
        size: if matches!(Node::from_ino(inode.ino), Node::Descriptor(..)) { size } else { 0 },
        rdev: Dev::default(),
        accessed: at,
        modified: at,
        changed: at,
    }
}

pub(super) fn link_target(k: &Kernel, caller: TaskId, link: InodeRef) -> SysResult<LinkTarget> {
    match Node::from_ino(link.ino) {
        Node::SelfLink => self_number(k, caller, link.sb).map(LinkTarget::Path),
        Node::Machine(index) => match machine::FILES[index as usize].content {
            machine::Content::Link(target) => Ok(LinkTarget::Path(target.into())),
            _ => deny(Why::NotALink),
        },
        Node::ProcessFile(task, index) => process::link_place(k, caller, task, index).map(LinkTarget::Place),
        Node::Descriptor(task, fd) => process::descriptor_place(k, caller, task, fd).map(LinkTarget::Place),
        Node::Namespace(task, index) => {
            process::namespace_place(k, caller, task, index).map(LinkTarget::Place)
        }
        Node::Root | Node::Process(_) => deny(Why::NotALink),
    }
}

pub(super) fn read_link(k: &Kernel, caller: TaskId, link: InodeRef) -> SysResult<Bytes> {
    match Node::from_ino(link.ino) {
        Node::ProcessFile(task, index) => process::link_text(k, caller, task, index),
        Node::Descriptor(task, fd) => process::descriptor_text(k, caller, task, fd),
        Node::Namespace(task, index) => process::namespace_text(k, caller, task, index),
        _ => match link_target(k, caller, link)? {
            LinkTarget::Path(path) => Ok(path),
            LinkTarget::Place(_) => deny(Why::NotALink),
        },
    }
}

/// `self` is the reader's number in the pid namespace of the mount; nothing for those outside.
fn self_number(k: &Kernel, caller: TaskId, sb: SuperId) -> SysResult<Bytes> {
    let Some(Pid(number)) = k.pids.number(caller, pid_ns_of(k, sb)) else {
        return deny(Why::NoSuchFile { name: "self".into() });
    };
    Ok(number.to_string().into())
}

pub(super) fn describe(k: &Kernel, inode: InodeRef) -> Bytes {
    let mut names = Vec::new();
    let mut at = inode;
    while let Some(name) = name_in(k, at, at) {
        names.push(name.to_text());
        at = parent(at);
    }
    names.push("/proc".to_owned());
    names.reverse();
    names.join("/").into()
}

/// What a descriptor of a task refers to, seen from the task's own root.
pub fn descriptor_name(k: &Kernel, task: TaskId, fd: i32) -> Bytes {
    let row = &k.tasks[task];
    let Some(entry) = k.fd_tables[row.fds].entries.get(&fd) else { return Bytes::default() };
    process::file_name(k, entry.file, k.fs_infos[row.fs].root)
}

/// The content of a file, as `caller` reads it now.
pub fn content(k: &Kernel, caller: TaskId, inode: InodeRef) -> SysResult<Vec<u8>> {
    match Node::from_ino(inode.ino) {
        Node::Machine(index) => machine::content(k, caller, index),
        Node::ProcessFile(task, index) => {
            ensure(k.tasks.contains(task), Why::NoSuchProcess { pid: 0 })?;
            process::content(k, caller, task, index, pid_ns_of(k, inode.sb))
        }
        _ => deny(Why::IsADirectory),
    }
}

/// Writes a file at once.
pub fn write(k: &mut Kernel, caller: TaskId, inode: InodeRef, data: &[u8]) -> SysResult<()> {
    match Node::from_ino(inode.ino) {
        Node::Machine(index) => machine::write(k, caller, index, data),
        Node::ProcessFile(task, index) => {
            ensure(k.tasks.contains(task), Why::NoSuchProcess { pid: 0 })?;
            process::write(k, caller, task, index, data)
        }
        _ => deny(Why::IsADirectory),
    }
}

/// What opening needs beyond the permission bits.
pub fn check_open(k: &Kernel, caller: TaskId, inode: InodeRef, _want: Want) -> SysResult<()> {
    match Node::from_ino(inode.ino) {
        Node::ProcessFile(task, index) => process::check_open(k, caller, task, index),
        _ => Ok(()),
    }
}
