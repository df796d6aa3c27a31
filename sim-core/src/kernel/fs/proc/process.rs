//! The files of /proc/PID.

use std::fmt::Write;

use super::{Node, mounts, status};
use crate::abi::{Bytes, Fd, FileType};
use crate::kernel::Kernel;
use crate::kernel::event::NsKind;
use crate::kernel::fs::nsfs;
use crate::kernel::ns::user::{Which, write_map, write_setgroups};
use crate::kernel::ns::{NsRef, may_inspect};
use crate::kernel::security::{SysResult, Why, deny, ensure};
use crate::kernel::table::{FileId, PidNsId, TaskId};
use crate::kernel::vfs::{FileKind, Place};

/// A file, by its path below /proc/PID.
pub(super) struct File {
    pub path: &'static str,
    pub mode: u32,
    pub content: Content,
}

/// What is asked: which task's file, who reads it, and the pid namespace of the mount.
pub(super) struct Asked<'a> {
    pub k: &'a Kernel,
    pub task: TaskId,
    pub reader: TaskId,
    pub pid_ns: PidNsId,
}

type Read = fn(&Asked<'_>) -> Vec<u8>;
type WriteTo = fn(&mut Kernel, TaskId, TaskId, &[u8]) -> SysResult<()>;

/// What a file holds.
pub(super) enum Content {
    Directory,
    /// A magic link.
    Link(fn(&Kernel, TaskId) -> Option<(Place, Bytes)>),
    Read(Read),
    ReadWrite(Read, WriteTo),
}

impl File {
    pub(super) fn file_type(&self) -> FileType {
        match self.content {
            Content::Directory => FileType::Directory,
            Content::Link(_) => FileType::Symlink,
            Content::Read(_) | Content::ReadWrite(..) => FileType::Regular,
        }
    }
}

const fn read(path: &'static str, content: Read) -> File {
    File { path, mode: 0o444, content: Content::Read(content) }
}

/// Every file, in the order in which it is listed.
pub(super) const FILES: &[File] = &[
    File { path: "fd", mode: 0o500, content: Content::Directory },
    File { path: "ns", mode: 0o511, content: Content::Directory },
    File { path: "environ", mode: 0o400, content: Content::Read(environ) },
    read("status", status::status),
    File { path: "comm", mode: 0o644, content: Content::ReadWrite(comm, write_comm) },
    read("cmdline", cmdline),
    read("stat", status::stat),
    read("statm", status::statm),
    File { path: "cwd", mode: 0o777, content: Content::Link(cwd) },
    File { path: "root", mode: 0o777, content: Content::Link(root) },
    File { path: "exe", mode: 0o777, content: Content::Link(exe) },
    read("mounts", mounts::mounts),
    read("mountinfo", mounts::mountinfo),
    File { path: "uid_map", mode: 0o644, content: Content::ReadWrite(uid_map, write_uid_map) },
    File { path: "gid_map", mode: 0o644, content: Content::ReadWrite(gid_map, write_gid_map) },
    File { path: "setgroups", mode: 0o644, content: Content::ReadWrite(setgroups, write_setgroups_file) },
];

/// The links in /proc/PID/ns, in the order in which they are listed.
pub(super) const NAMESPACES: &[(&str, NsKind)] = &[
    ("mnt", NsKind::Mnt),
    ("pid", NsKind::Pid),
    ("pid_for_children", NsKind::Pid),
    ("user", NsKind::User),
    ("uts", NsKind::Uts),
];

fn index(path: &str) -> Option<u32> {
    FILES.iter().position(|file| file.path == path).map(|index| index as u32)
}

pub(super) fn node_at(task: TaskId, path: &str) -> Node {
    index(path).map_or(Node::Process(task), |index| Node::ProcessFile(task, index))
}

pub(super) fn parent(task: TaskId, file: u32) -> Node {
    match FILES[file as usize].path.rsplit_once('/') {
        Some((directory, _)) => node_at(task, directory),
        None => Node::Process(task),
    }
}

pub(super) fn child(k: &Kernel, task: TaskId, directory: &str, name: &str) -> Option<Node> {
    match directory {
        "fd" => {
            let fd: i32 = name.parse().ok()?;
            let alive = k.is_alive(task);
            let table = alive.then(|| &k.fd_tables[k.tasks[task].fds])?;
            table.entries.contains_key(&fd).then_some(Node::Descriptor(task, fd))
        }
        "ns" => {
            let index = NAMESPACES.iter().position(|(kind, _)| *kind == name)?;
            Some(Node::Namespace(task, index as u32))
        }
        "" => index(name).map(|index| Node::ProcessFile(task, index)),
        _ => index(&format!("{directory}/{name}")).map(|index| Node::ProcessFile(task, index)),
    }
}

pub(super) fn children(k: &Kernel, caller: TaskId, task: TaskId, directory: &str) -> SysResult<Vec<Node>> {
    match directory {
        "fd" => {
            check_inspect(k, caller, task)?;
            if !k.is_alive(task) {
                return Ok(Vec::new());
            }
            let table = &k.fd_tables[k.tasks[task].fds];
            Ok(table.entries.keys().map(|&fd| Node::Descriptor(task, fd)).collect())
        }
        "ns" => {
            check_inspect(k, caller, task)?;
            Ok((0..NAMESPACES.len() as u32).map(|index| Node::Namespace(task, index)).collect())
        }
        _ => Ok((0..FILES.len() as u32)
            .filter(|&file| match FILES[file as usize].path.rsplit_once('/') {
                Some((above, _)) => above == directory,
                None => directory.is_empty(),
            })
            .map(|file| Node::ProcessFile(task, file))
            .collect()),
    }
}

fn check_inspect(k: &Kernel, caller: TaskId, task: TaskId) -> SysResult<()> {
    let why = || Why::PermissionBits {
        wanted: "look into the process",
        path: format!("/proc/{}", k.pid_seen_by(caller, task)).into(),
        mode: 0,
        owner: k.tasks[task].cred.euid.0,
    };
    if may_inspect(k, caller, task) { Ok(()) } else { deny(why()) }
}

pub(super) fn content(
    k: &Kernel,
    reader: TaskId,
    task: TaskId,
    file: u32,
    pid_ns: PidNsId,
) -> SysResult<Vec<u8>> {
    match FILES[file as usize].content {
        Content::Read(read) | Content::ReadWrite(read, _) => Ok(read(&Asked { k, task, reader, pid_ns })),
        Content::Directory | Content::Link(_) => deny(Why::IsADirectory),
    }
}

pub(super) fn write(k: &mut Kernel, writer: TaskId, task: TaskId, file: u32, data: &[u8]) -> SysResult<()> {
    match FILES[file as usize].content {
        Content::ReadWrite(_, write) => write(k, writer, task, data),
        _ => deny(Why::InvalidWrite { expected: "nothing: the file is read-only" }),
    }
}

pub(super) fn link_place(k: &Kernel, caller: TaskId, task: TaskId, file: u32) -> SysResult<Place> {
    follow(k, caller, task, file).map(|(place, _)| place)
}

pub(super) fn link_text(k: &Kernel, caller: TaskId, task: TaskId, file: u32) -> SysResult<Bytes> {
    follow(k, caller, task, file).map(|(_, text)| text)
}

fn follow(k: &Kernel, caller: TaskId, task: TaskId, file: u32) -> SysResult<(Place, Bytes)> {
    let Content::Link(target) = FILES[file as usize].content else { return deny(Why::NotALink) };
    ensure(k.tasks.contains(task), Why::NoSuchProcess { pid: 0 })?;
    check_inspect(k, caller, task)?;
    let found = if k.is_alive(task) { target(k, task) } else { None };
    found.ok_or_else(|| Why::NoSuchFile { name: FILES[file as usize].path.into() }.into())
}

fn cwd(k: &Kernel, task: TaskId) -> Option<(Place, Bytes)> {
    let fs = &k.fs_infos[k.tasks[task].fs];
    let path = k.path_of(fs.cwd, None, fs.root).unwrap_or_else(|| "(unreachable)".into());
    Some((fs.cwd, path))
}

fn root(k: &Kernel, task: TaskId) -> Option<(Place, Bytes)> {
    Some((k.fs_infos[k.tasks[task].fs].root, "/".into()))
}

fn exe(k: &Kernel, task: TaskId) -> Option<(Place, Bytes)> {
    k.tasks[task].exe.clone()
}

fn file_behind(k: &Kernel, task: TaskId, fd: i32) -> SysResult<FileId> {
    ensure(k.is_alive(task), Why::NoSuchProcess { pid: 0 })?;
    k.file_of(task, Fd(fd)).map_err(|_| Why::NoSuchFile { name: fd.to_string().into() }.into())
}

pub(super) fn descriptor_mode(k: &Kernel, task: TaskId, fd: i32) -> u32 {
    let Ok(file) = file_behind(k, task, fd) else { return 0o700 };
    let flags = k.files[file].flags;
    let read = if flags.readable() { 0o500 } else { 0 };
    let write = if flags.writable() { 0o300 } else { 0 };
    read | write
}

pub(super) fn descriptor_place(k: &Kernel, caller: TaskId, task: TaskId, fd: i32) -> SysResult<Place> {
    check_inspect(k, caller, task)?;
    Ok(k.files[file_behind(k, task, fd)?].place)
}

pub(super) fn descriptor_text(k: &Kernel, caller: TaskId, task: TaskId, fd: i32) -> SysResult<Bytes> {
    check_inspect(k, caller, task)?;
    let root = k.fs_infos[k.tasks[caller].fs].root;
    Ok(file_name(k, file_behind(k, task, fd)?, root))
}

/// What an open file is called, as seen from `root`.
pub(in crate::kernel) fn file_name(k: &Kernel, file: FileId, root: Place) -> Bytes {
    let file = &k.files[file];
    match &file.kind {
        FileKind::PipeEnd(_) if file.place.inode.sb == k.initial.pipefs => {
            format!("pipe:[{}]", file.place.inode.ino).into()
        }
        FileKind::Namespace => nsfs::describe(k, file.place.inode),
        _ => k.path_of(file.place, file.entry.as_ref(), root).unwrap_or_else(|| "(unreachable)".into()),
    }
}

fn namespace(k: &Kernel, caller: TaskId, task: TaskId, index: u32) -> SysResult<NsRef> {
    ensure(k.is_alive(task), Why::NoSuchFile { name: "ns".into() })?;
    check_inspect(k, caller, task)?;
    let (name, kind) = NAMESPACES[index as usize];
    let row = &k.tasks[task];
    Ok(match kind {
        NsKind::Mnt => NsRef::Mnt(row.ns.mnt),
        NsKind::Pid if name == "pid_for_children" => NsRef::Pid(row.ns.pid_for_children),
        NsKind::Pid => NsRef::Pid(row.ns.pid),
        NsKind::User => NsRef::User(row.cred.user_ns),
        NsKind::Uts => NsRef::Uts(row.ns.uts),
    })
}

pub(super) fn namespace_place(k: &Kernel, caller: TaskId, task: TaskId, index: u32) -> SysResult<Place> {
    namespace(k, caller, task, index).map(|ns| k.namespace_place(ns))
}

pub(super) fn namespace_text(k: &Kernel, caller: TaskId, task: TaskId, index: u32) -> SysResult<Bytes> {
    namespace(k, caller, task, index).map(|ns| nsfs::link_text(k, ns))
}

/// environ shows more than others may see: proc(5), "governed by a ptrace access mode check".
pub(super) fn check_open(k: &Kernel, caller: TaskId, task: TaskId, file: u32) -> SysResult<()> {
    if FILES[file as usize].path == "environ" { check_inspect(k, caller, task) } else { Ok(()) }
}

fn comm(asked: &Asked<'_>) -> Vec<u8> {
    format!("{}\n", asked.k.tasks[asked.task].comm.to_text()).into_bytes()
}

/// Only threads of the same process may change a name.
fn write_comm(k: &mut Kernel, writer: TaskId, task: TaskId, data: &[u8]) -> SysResult<()> {
    ensure(writer == task, Why::InvalidWrite { expected: "the name of the writer's own process" })?;
    k.tasks[task].comm = data[..data.len().min(15)].into();
    Ok(())
}

fn environ(asked: &Asked<'_>) -> Vec<u8> {
    if !asked.k.is_alive(asked.task) {
        return Vec::new();
    }
    asked.k.tasks[asked.task].envp.iter().flat_map(|entry| entry.iter().copied().chain([0])).collect()
}

fn cmdline(asked: &Asked<'_>) -> Vec<u8> {
    let task = &asked.k.tasks[asked.task];
    if !asked.k.is_alive(asked.task) {
        return Vec::new();
    }
    task.argv.iter().flat_map(|arg| arg.iter().copied().chain([0])).collect()
}

fn uid_map(asked: &Asked<'_>) -> Vec<u8> {
    map_text(asked, Which::Uid)
}

fn gid_map(asked: &Asked<'_>) -> Vec<u8> {
    map_text(asked, Which::Gid)
}

/// The second column is as the reader's user namespace sees it; as its parent does for a reader inside.
fn map_text(asked: &Asked<'_>, which: Which) -> Vec<u8> {
    let k = asked.k;
    let id = k.tasks[asked.task].cred.user_ns;
    let reader_ns = k.tasks[asked.reader].cred.user_ns;
    let relative_to = if reader_ns == id { k.user_ns[id].parent.unwrap_or(id) } else { reader_ns };
    let (map, outer) = match which {
        Which::Uid => (&k.user_ns[id].uid_map, &k.user_ns[relative_to].uid_map),
        Which::Gid => (&k.user_ns[id].gid_map, &k.user_ns[relative_to].gid_map),
    };
    let mut text = String::new();
    for extent in &map.extents {
        let outside = outer.from_kernel(extent.kernel).unwrap_or(u32::MAX);
        let _ = writeln!(text, "{:>10} {:>10} {:>10}", extent.inside, outside, extent.count);
    }
    text.into_bytes()
}

fn write_uid_map(k: &mut Kernel, writer: TaskId, task: TaskId, data: &[u8]) -> SysResult<()> {
    let opener = k.tasks[writer].cred.clone();
    write_map(k, writer, &opener, k.tasks[task].cred.user_ns, Which::Uid, data)
}

fn write_gid_map(k: &mut Kernel, writer: TaskId, task: TaskId, data: &[u8]) -> SysResult<()> {
    let opener = k.tasks[writer].cred.clone();
    write_map(k, writer, &opener, k.tasks[task].cred.user_ns, Which::Gid, data)
}

fn setgroups(asked: &Asked<'_>) -> Vec<u8> {
    let ns = &asked.k.user_ns[asked.k.tasks[asked.task].cred.user_ns];
    if ns.setgroups_allowed { b"allow\n".to_vec() } else { b"deny\n".to_vec() }
}

fn write_setgroups_file(k: &mut Kernel, writer: TaskId, task: TaskId, data: &[u8]) -> SysResult<()> {
    write_setgroups(k, writer, k.tasks[task].cred.user_ns, data)
}
