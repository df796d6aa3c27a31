//! Calls on open files: open(2), read(2), write(2), lseek(2), fcntl(2), ioctl(2), pipe(2), dup(2).

use super::{known_flags, unmodelled};
use crate::abi::*;
use crate::kernel::Kernel;
use crate::kernel::fs::{self, Device, FsType, devices, proc, sysfs, tty};
use crate::kernel::ipc::{self, Pipe};
use crate::kernel::ns::{NsRef, clone_flag};
use crate::kernel::security::{
    Cap, SysResult, Want, Why, capable, check_access, deny, ensure, has_capability,
};
use crate::kernel::table::*;
use crate::kernel::vfs::path::{Follow, Found, child, lookup, parent};
use crate::kernel::vfs::{Entry, FileKind, Inode, InodeRef, Node, OpenFile, Place};
use crate::kernel::{WaitOn, security::Stop};

/// openat(2).
pub fn openat(k: &mut Kernel, caller: TaskId, call: &Openat) -> SysResult<Fd> {
    let flags = call.flags;
    let fd = k.free_descriptor(caller, 0)?;
    let (found, existed) = if flags.contains(OpenFlags::O_CREAT) && !flags.contains(OpenFlags::O_PATH) {
        find_or_create(k, caller, call)?
    } else {
        (lookup(k, caller, call.dirfd, &call.path, last_link(flags))?, Existed::Yes)
    };
    check_open(k, caller, &found, flags, existed)?;
    let kind = kind_of(k, caller, &found, flags)?;

    let truncates = flags.contains(OpenFlags::O_TRUNC) && flags.writable();
    if truncates && matches!(kind, FileKind::Regular) {
        set_length(k, found.place.inode, 0);
    }
    if let FileKind::Device(Device::Tty(tty)) = kind
        && !flags.contains(OpenFlags::O_NOCTTY)
        && k.attributes(found.place.inode).rdev != devices::CONSOLE
    {
        k.acquire_terminal(caller, tty);
    }
    let kept =
        flags.difference(OpenFlags::O_CREAT | OpenFlags::O_EXCL | OpenFlags::O_NOCTTY | OpenFlags::O_TRUNC);
    let file = OpenFile { place: found.place, entry: found.entry, flags: kept, offset: 0, kind, refs: 1 };
    Ok(k.install(caller, fd, file))
}

fn last_link(flags: OpenFlags) -> Follow {
    let stay = OpenFlags::O_NOFOLLOW;
    if flags.contains(stay) { Follow::No } else { Follow::Yes }
}

/// O_CREAT: the file there is, or a new one.
fn find_or_create(k: &mut Kernel, caller: TaskId, call: &Openat) -> SysResult<(Found, Existed)> {
    let exclusive = call.flags.contains(OpenFlags::O_EXCL);
    let mut path = call.path.clone();
    let mut dirfd = call.dirfd;
    // A dangling symbolic link is created through, unless O_EXCL or O_NOFOLLOW says no.
    for _ in 0..40 {
        let at = parent(k, caller, dirfd, &path)?;
        if at.slash || matches!(at.name.as_slice(), b"." | b".." | b"/") {
            return deny(Why::IsADirectory);
        }
        let existing = child(k, caller, at.directory, &at.name)?;
        let Some(place) = existing else {
            return Ok((create_in(k, caller, at.directory, at.name, call.mode)?, Existed::No));
        };
        ensure(!exclusive, Why::FileExists { name: at.name.clone() })?;
        let is_link = k.file_type(place.inode) == FileType::Symlink;
        if !is_link || call.flags.contains(OpenFlags::O_NOFOLLOW) {
            let entry = Entry { directory: at.directory.inode, name: at.name };
            return Ok((Found { place, entry: Some(entry) }, Existed::Yes));
        }
        match lookup(k, caller, dirfd, &path, Follow::Yes) {
            Ok(found) => return Ok((found, Existed::Yes)),
            Err(Stop::Deny(denied)) if matches!(denied.why, Why::NoSuchFile { .. }) => {}
            Err(stop) => return Err(stop),
        }
        let target = fs::read_link(k, caller, place.inode)?;
        path = if target.starts_with(b"/") { target } else { beside(&path, &target) };
        dirfd = call.dirfd;
    }
    deny(Why::TooManyLinks)
}

/// `target` as a link at `path` means it.
fn beside(path: &[u8], target: &[u8]) -> Bytes {
    let directory = path.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
    [&path[..directory], target].concat().into()
}

fn create_in(k: &mut Kernel, caller: TaskId, directory: Place, name: Bytes, mode: Mode) -> SysResult<Found> {
    let mode = mode.0 & 0o7777 & !k.fs_infos[k.tasks[caller].fs].umask;
    super::directory::check_not_removed(k, directory, &name)?;
    let inode = super::directory::make(k, caller, directory, &name, Node::Regular(Vec::new()), mode)?;
    let entry = Some(Entry { directory: directory.inode, name });
    Ok(Found { place: Place { mount: directory.mount, inode }, entry })
}

/// Whether open(2) has found the file or made it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existed {
    Yes,
    No,
}

fn check_open(
    k: &Kernel,
    caller: TaskId,
    found: &Found,
    flags: OpenFlags,
    existed: Existed,
) -> SysResult<()> {
    let inode = found.place.inode;
    let file_type = k.file_type(inode);
    if flags.contains(OpenFlags::O_DIRECTORY) {
        let name = found.entry.as_ref().map(|entry| entry.name.clone()).unwrap_or_default();
        ensure(file_type == FileType::Directory, Why::NotADirectory { name })?;
    }
    if flags.contains(OpenFlags::O_PATH) {
        return Ok(());
    }
    ensure(file_type != FileType::Symlink, Why::SymlinkNotFollowed)?;
    ensure(file_type != FileType::Directory || !flags.writable(), Why::IsADirectory)?;
    let mut want = Want::NOTHING;
    if flags.readable() {
        want = want.and(Want::READ);
    }
    let writes = flags.writable() || flags.contains(OpenFlags::O_TRUNC);
    if writes {
        want = want.and(Want::WRITE);
    }
    // Who makes a file may use it as the flags say, whatever its mode: open(2), "mode".
    if existed == Existed::Yes {
        check_access(k, &k.tasks[caller].cred, inode, want)?;
    }
    if writes && matches!(file_type, FileType::Regular | FileType::Directory) {
        k.check_writable(found.place)?;
    }
    if matches!(file_type, FileType::CharDevice | FileType::BlockDevice) {
        let nodev = k.mounts[found.place.mount].flags.contains(MountFlags::MS_NODEV);
        ensure(!nodev, Why::NodevMount)?;
    }
    if matches!(k.supers[inode.sb].fs, FsType::Proc { .. }) {
        proc::check_open(k, caller, inode, want)?;
    }
    if k.supers[inode.sb].fs == FsType::Sysfs && writes {
        sysfs::refuse_write(k, inode)?;
    }
    Ok(())
}

fn kind_of(k: &mut Kernel, caller: TaskId, found: &Found, flags: OpenFlags) -> SysResult<FileKind> {
    if flags.contains(OpenFlags::O_PATH) {
        return Ok(FileKind::Path);
    }
    let inode = found.place.inode;
    if let Some(Inode { node, .. }) = k.inode(inode) {
        return match *node {
            Node::Regular(_) => Ok(FileKind::Regular),
            Node::Directory { .. } => Ok(FileKind::Directory),
            Node::CharDevice(dev) => devices::open(k, caller, dev).map(FileKind::Device),
            Node::BlockDevice(dev) => {
                k.check_block_device(dev)?;
                Ok(FileKind::Device(Device::Block(dev)))
            }
            Node::Fifo(pipe) => open_fifo(k, caller, inode, pipe, flags).map(FileKind::PipeEnd),
            Node::Symlink(_) => deny(Why::SymlinkNotFollowed),
            Node::Socket => deny(Why::NoDeviceBehind { major: 0, minor: 0 }),
        };
    }
    match (k.supers[inode.sb].fs, k.file_type(inode)) {
        (FsType::Nsfs, _) => Ok(FileKind::Namespace),
        (_, FileType::Directory) => Ok(FileKind::Directory),
        _ => Ok(FileKind::Generated { content: None }),
    }
}

/// Opening a named pipe waits for somebody at the other end: fifo(7).
fn open_fifo(
    k: &mut Kernel,
    caller: TaskId,
    inode: InodeRef,
    pipe: Option<PipeId>,
    flags: OpenFlags,
) -> SysResult<PipeId> {
    let id = match pipe {
        Some(id) => id,
        None => {
            let id = k.pipes.insert(Pipe::default());
            if let Some(Inode { node: Node::Fifo(slot), .. }) = k.inode_mut(inode) {
                *slot = Some(id);
            }
            id
        }
    };
    let waiting_already = std::mem::take(&mut k.tasks[caller].progress) != 0;
    if !waiting_already {
        ipc::open_end(k, id, flags);
    }
    let row = &k.pipes[id];
    let alone = (flags.readable() && row.writers == 0) || (flags.writable() && row.readers == 0);
    let both = flags.readable() && flags.writable();
    // A pipe(2) that is opened through /proc is there already: fifo_open in fs/pipe.c.
    let is_anonymous = k.supers[inode.sb].fs == FsType::Pipefs;
    if !alone || both || is_anonymous {
        return Ok(id);
    }
    if flags.contains(OpenFlags::O_NONBLOCK) {
        if flags.writable() {
            ipc::close_end(k, id, flags);
            return deny(Why::NoDeviceBehind { major: 0, minor: 0 });
        }
        return Ok(id);
    }
    k.tasks[caller].progress = 1;
    Err(Stop::Block(WaitOn::PipeOpened(id)))
}

/// close(2).
pub fn close(k: &mut Kernel, caller: TaskId, call: &Close) -> SysResult<Unit> {
    let file = k.file_of(caller, call.fd)?;
    let table = k.tasks[caller].fds;
    k.fd_tables[table].entries.remove(&call.fd.0);
    k.release_file(file);
    Ok(Unit)
}

/// read(2).
pub fn read(k: &mut Kernel, caller: TaskId, call: &Read) -> SysResult<Data> {
    let id = k.readable_file(caller, call.fd)?;
    let OpenFile { place, flags, offset, .. } = k.files[id];
    let data = match k.files[id].kind {
        FileKind::Directory => return deny(Why::IsADirectory),
        FileKind::Path => return deny(Why::BadDescriptor { fd: call.fd.0 }),
        FileKind::Namespace => return deny(Why::InvalidArgument { argument: "fd: a namespace" }),
        FileKind::PipeEnd(pipe) => return ipc::read(k, pipe, call.count, flags).map(Data),
        FileKind::Device(device) => return read_device(k, caller, device, call.count, flags, id).map(Data),
        FileKind::Regular => match k.inode(place.inode).map(|inode| &inode.node) {
            Some(Node::Regular(data)) => slice(data, offset, call.count),
            _ => Bytes::default(),
        },
        FileKind::Generated { ref content } => match content {
            Some(content) if offset > 0 => slice(content, offset, call.count),
            _ => {
                let content = proc::content(k, caller, place.inode)?;
                let data = slice(&content, offset, call.count);
                k.files[id].kind = FileKind::Generated { content: Some(content) };
                data
            }
        },
    };
    k.files[id].offset += data.len() as u64;
    let now = k.now();
    let keeps_time = !k.mounts[place.mount].flags.contains(MountFlags::MS_NOATIME);
    if let Some(inode) = k.inode_mut(place.inode).filter(|_| keeps_time) {
        // relatime: only where it would otherwise be older than the last change.
        if inode.accessed <= inode.modified {
            inode.accessed = now;
        }
    }
    Ok(Data(data))
}

fn slice(data: &[u8], offset: u64, count: u64) -> Bytes {
    let from = data.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
    let rest = &data[from..];
    rest[..rest.len().min(usize::try_from(count).unwrap_or(usize::MAX))].into()
}

/// The most that one read of /dev/zero and /dev/urandom gives here, in bytes.
const DEVICE_READ_MAX: u64 = 1 << 20;

fn read_device(
    k: &mut Kernel,
    caller: TaskId,
    device: Device,
    count: u64,
    flags: OpenFlags,
    file: FileId,
) -> SysResult<Bytes> {
    match device {
        Device::Null => Ok(Bytes::default()),
        Device::Zero | Device::Full => Ok(vec![0; count.min(DEVICE_READ_MAX) as usize].into()),
        Device::Random => Ok(k.random.bytes(count.min(DEVICE_READ_MAX)).into()),
        Device::Tty(tty) => tty::read(k, caller, tty, count, flags),
        Device::Kmsg => read_kmsg(k, flags, file),
        Device::Block(dev) => {
            let data = k.read_block(dev, k.files[file].offset, count)?;
            k.files[file].offset += data.len() as u64;
            Ok(data)
        }
    }
}

/// One line of the log each time, as Documentation/ABI/testing/dev-kmsg has it.
fn read_kmsg(k: &mut Kernel, flags: OpenFlags, file: FileId) -> SysResult<Bytes> {
    let number = k.files[file].offset;
    let Some(line) = k.log.lines().nth(number as usize) else {
        if flags.contains(OpenFlags::O_NONBLOCK) {
            return deny(Why::WouldBlock);
        }
        return Err(Stop::Block(WaitOn::Log));
    };
    let text = format!("{},{number},{},-;{}\n", line.level, line.at.0 / 1000, line.text);
    k.files[file].offset += 1;
    Ok(text.into())
}

/// write(2).
pub fn write(k: &mut Kernel, caller: TaskId, call: &Write) -> SysResult<Count> {
    let id = k.writable_file(caller, call.fd)?;
    let data = &call.buf[..call.buf.len().min(usize::try_from(call.count).unwrap_or(usize::MAX))];
    let OpenFile { place, flags, .. } = k.files[id];
    match k.files[id].kind {
        FileKind::PipeEnd(pipe) => return write_pipe(k, caller, pipe, data, flags),
        FileKind::Device(Device::Block(dev)) => {
            let written = k.write_block(dev, k.files[id].offset, data)?;
            k.files[id].offset += written;
            return Ok(Count(written));
        }
        FileKind::Device(device) => write_device(k, device, data)?,
        FileKind::Generated { .. } => {
            ensure(k.files[id].offset == 0 || !is_id_map(k, place.inode), Why::MapTooLong)?;
            proc::write(k, caller, place.inode, data)?;
            k.files[id].offset += data.len() as u64;
        }
        FileKind::Regular => write_regular(k, caller, id, place.inode, data)?,
        FileKind::Directory | FileKind::Path | FileKind::Namespace => {
            return deny(Why::BadDescriptor { fd: call.fd.0 });
        }
    }
    Ok(Count(data.len() as u64))
}

fn is_id_map(k: &Kernel, inode: InodeRef) -> bool {
    k.describe(inode).ends_with(b"id_map")
}

fn write_pipe(
    k: &mut Kernel,
    caller: TaskId,
    pipe: PipeId,
    data: &[u8],
    flags: OpenFlags,
) -> SysResult<Count> {
    // A write that does not fit waits until all of it has gone.
    let mut done = std::mem::take(&mut k.tasks[caller].progress);
    loop {
        let rest = &data[(done as usize).min(data.len())..];
        if rest.is_empty() {
            return Ok(Count(done));
        }
        match ipc::write(k, pipe, rest, flags) {
            Ok(put) => done += put,
            Err(Stop::Block(wait)) => {
                k.tasks[caller].progress = done;
                return Err(Stop::Block(wait));
            }
            Err(_) if done > 0 => return Ok(Count(done)),
            Err(stop) => {
                if matches!(&stop, Stop::Deny(denied) if denied.errno == Errno::EPIPE) {
                    crate::kernel::task::signal::send(k, caller, Signal::SIGPIPE, None);
                }
                return Err(stop);
            }
        }
    }
}

fn write_device(k: &mut Kernel, device: Device, data: &[u8]) -> SysResult<()> {
    match device {
        Device::Null | Device::Zero | Device::Random | Device::Block(_) => {}
        Device::Full => return deny(Why::DeviceFull),
        Device::Tty(tty) => tty::write_processed(k, tty, data),
        Device::Kmsg => k.printk_from_user(data),
    }
    Ok(())
}

fn write_regular(k: &mut Kernel, caller: TaskId, id: FileId, inode: InodeRef, data: &[u8]) -> SysResult<()> {
    let append = k.files[id].flags.contains(OpenFlags::O_APPEND);
    let size = k.attributes(inode).size;
    let offset = if append { size } else { k.files[id].offset };
    let end = offset + data.len() as u64;
    k.check_room(inode.sb, end.saturating_sub(size))?;
    let keeps_set_id = capable(k, caller, Cap::CAP_FSETID).is_ok();
    let now = k.now();
    if let Some(Inode { node: Node::Regular(content), modified, changed, mode, .. }) = k.inode_mut(inode) {
        let end = end as usize;
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset as usize..end].copy_from_slice(data);
        *modified = now;
        *changed = now;
        // A changed program loses its set-user-id bit: write(2), unless CAP_FSETID is there.
        if *mode & 0o111 != 0 && !keeps_set_id {
            *mode &= !0o6000;
        }
    }
    k.files[id].offset = end;
    Ok(())
}

fn set_length(k: &mut Kernel, inode: InodeRef, length: u64) {
    let now = k.now();
    if let Some(Inode { node: Node::Regular(content), modified, changed, .. }) = k.inode_mut(inode) {
        content.resize(length as usize, 0);
        *modified = now;
        *changed = now;
    }
}

/// ftruncate(2).
pub fn ftruncate(k: &mut Kernel, caller: TaskId, call: &Ftruncate) -> SysResult<Unit> {
    let id = k.file_of(caller, call.fd)?;
    let writable = k.files[id].flags.writable() && matches!(k.files[id].kind, FileKind::Regular);
    ensure(writable && call.length >= 0, Why::InvalidArgument { argument: "fd or length" })?;
    let inode = k.files[id].place.inode;
    let size = k.attributes(inode).size;
    k.check_room(inode.sb, (call.length as u64).saturating_sub(size))?;
    set_length(k, inode, call.length as u64);
    Ok(Unit)
}

/// lseek(2).
pub fn lseek(k: &mut Kernel, caller: TaskId, call: &Lseek) -> SysResult<Offset> {
    let id = k.file_of(caller, call.fd)?;
    let file = &k.files[id];
    let size = match &file.kind {
        FileKind::PipeEnd(_) | FileKind::Device(Device::Tty(_)) => return deny(Why::CannotSeek),
        FileKind::Path => return deny(Why::BadDescriptor { fd: call.fd.0 }),
        FileKind::Device(Device::Block(dev)) => k.block_size_bytes(*dev),
        FileKind::Device(_) => return Ok(Offset(0)),
        _ => k.attributes(file.place.inode).size,
    };
    let base = match call.whence {
        Whence::SEEK_SET => 0,
        Whence::SEEK_CUR => k.files[id].offset as i64,
        Whence::SEEK_END => size as i64,
        Whence::SEEK_DATA | Whence::SEEK_HOLE => {
            return unmodelled(k, caller, "lseek(SEEK_DATA or SEEK_HOLE)");
        }
    };
    let place = base.checked_add(call.offset).filter(|&place| place >= 0);
    let Some(place) = place else { return deny(Why::SeekBeforeStart) };
    k.files[id].offset = place as u64;
    Ok(Offset(place))
}

/// getdents64(2).
pub fn getdents64(k: &mut Kernel, caller: TaskId, call: &Getdents64) -> SysResult<Dirents> {
    let id = k.file_of(caller, call.fd)?;
    let name = Bytes::default();
    ensure(matches!(k.files[id].kind, FileKind::Directory), Why::NotADirectory { name })?;
    let place = k.files[id].place;
    let root = k.fs_infos[k.tasks[caller].fs].root;
    let up = k.parent_place(place, root).inode;
    let mut all = vec![
        fs::dirent(place.inode.ino, FileType::Directory, "."),
        fs::dirent(up.ino, FileType::Directory, ".."),
    ];
    all.extend(fs::entries(k, caller, place.inode)?);
    let from = (k.files[id].offset as usize).min(all.len());
    let mut room = call.count;
    let fitting = all[from..].iter().take_while(|entry| {
        let size = Dirents::entry_size(&entry.name);
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    });
    let listed: Vec<Dirent> = fitting.cloned().collect();
    ensure(!listed.is_empty() || from == all.len(), Why::InvalidArgument { argument: "count" })?;
    k.files[id].offset += listed.len() as u64;
    Ok(Dirents(listed))
}

/// fstat(2).
pub fn fstat(k: &mut Kernel, caller: TaskId, call: &Fstat) -> SysResult<Stat> {
    let id = k.file_of(caller, call.fd)?;
    Ok(k.stat(k.files[id].place.inode, k.tasks[caller].cred.user_ns))
}

/// dup(2).
pub fn dup(k: &mut Kernel, caller: TaskId, call: &Dup) -> SysResult<Fd> {
    duplicate(k, caller, call.oldfd, 0, false)
}

fn duplicate(k: &mut Kernel, caller: TaskId, from: Fd, least: i32, cloexec: bool) -> SysResult<Fd> {
    let file = k.file_of(caller, from)?;
    let fd = k.free_descriptor(caller, least)?;
    set_descriptor(k, caller, fd, file, cloexec);
    Ok(fd)
}

fn set_descriptor(k: &mut Kernel, caller: TaskId, fd: Fd, file: FileId, cloexec: bool) {
    k.files[file].refs += 1;
    let table = k.tasks[caller].fds;
    let entry = crate::kernel::task::FdEntry { file, cloexec };
    if let Some(replaced) = k.fd_tables[table].entries.insert(fd.0, entry) {
        k.release_file(replaced.file);
    }
}

/// dup3(2).
pub fn dup3(k: &mut Kernel, caller: TaskId, call: &Dup3) -> SysResult<Fd> {
    known_flags(call.flags, OpenFlags::O_CLOEXEC)?;
    ensure(call.oldfd != call.newfd, Why::InvalidArgument { argument: "newfd" })?;
    let file = k.file_of(caller, call.oldfd)?;
    ensure((0..1024).contains(&call.newfd.0), Why::BadDescriptor { fd: call.newfd.0 })?;
    set_descriptor(k, caller, call.newfd, file, call.flags.contains(OpenFlags::O_CLOEXEC));
    Ok(call.newfd)
}

/// pipe2(2).
pub fn pipe2(k: &mut Kernel, caller: TaskId, call: &Pipe2) -> SysResult<PipeEnds> {
    let known = OpenFlags::O_CLOEXEC | OpenFlags::O_NONBLOCK;
    if call.flags.contains(OpenFlags::O_DIRECT) {
        return unmodelled(k, caller, "pipe2(O_DIRECT)");
    }
    known_flags(call.flags, known)?;
    let read_fd = k.free_descriptor(caller, 0)?;
    k.free_descriptor(caller, read_fd.0 + 1)?;
    let pipe = k.pipes.insert(Pipe::default());
    let place = k.new_pipe_place(caller, pipe);
    let end =
        |flags| OpenFile { place, entry: None, flags, offset: 0, kind: FileKind::PipeEnd(pipe), refs: 1 };
    let (reading, writing) = (end(call.flags), end(call.flags | OpenFlags::O_WRONLY));
    ipc::open_end(k, pipe, reading.flags);
    ipc::open_end(k, pipe, writing.flags);
    let read = k.install(caller, read_fd, reading);
    let write_fd = k.free_descriptor(caller, 0)?;
    let write = k.install(caller, write_fd, writing);
    Ok(PipeEnds { read, write })
}

/// fcntl(2).
pub fn fcntl(k: &mut Kernel, caller: TaskId, call: &Fcntl) -> SysResult<Count> {
    let file = k.file_of(caller, call.fd)?;
    let table = k.tasks[caller].fds;
    let number = match call.command {
        FcntlCommand::F_DUPFD(least) | FcntlCommand::F_DUPFD_CLOEXEC(least) => {
            ensure((0..1024).contains(&least), Why::InvalidArgument { argument: "arg" })?;
            let cloexec = matches!(call.command, FcntlCommand::F_DUPFD_CLOEXEC(_));
            duplicate(k, caller, call.fd, least, cloexec)?.0 as u64
        }
        FcntlCommand::F_GETFD => u64::from(k.fd_tables[table].entries[&call.fd.0].cloexec),
        FcntlCommand::F_SETFD(flags) => {
            if let Some(entry) = k.fd_tables[table].entries.get_mut(&call.fd.0) {
                entry.cloexec = flags & 1 != 0;
            }
            0
        }
        FcntlCommand::F_GETFL => u64::from(k.files[file].flags.bits()),
        FcntlCommand::F_SETFL(flags) => {
            let settable = OpenFlags::O_APPEND | OpenFlags::O_NONBLOCK | OpenFlags::O_NOATIME;
            let file = &mut k.files[file];
            file.flags = file.flags.difference(settable) | flags.intersection(settable);
            0
        }
        FcntlCommand::Other(command) => return unmodelled(k, caller, format!("fcntl({command})")),
    };
    Ok(Count(number))
}

/// ioctl(2).
pub fn ioctl(k: &mut Kernel, caller: TaskId, call: &Ioctl) -> SysResult<IoctlReply> {
    let id = k.file_of(caller, call.fd)?;
    if let IoctlRequest::Other(number) = call.request {
        return unmodelled(k, caller, format!("ioctl({number:#x})"));
    }
    match k.files[id].kind {
        FileKind::Device(Device::Tty(tty)) => tty::ioctl(k, caller, tty, call.request),
        FileKind::Namespace => ioctl_nsfs(k, caller, id, call.request),
        FileKind::PipeEnd(pipe) if call.request == IoctlRequest::FIONREAD => {
            Ok(IoctlReply::Count(k.pipes[pipe].buffer.len() as u32))
        }
        _ => deny(Why::NotATerminal),
    }
}

/// ioctl_nsfs(2).
fn ioctl_nsfs(k: &mut Kernel, caller: TaskId, id: FileId, request: IoctlRequest) -> SysResult<IoctlReply> {
    let inode = k.files[id].place.inode;
    let Some(ns) = k.namespace_of_inode(inode) else { return deny(Why::NotANamespace) };
    let up = match request {
        IoctlRequest::NS_GET_NSTYPE => return Ok(IoctlReply::Number(clone_flag(ns.kind()).bits())),
        IoctlRequest::NS_GET_OWNER_UID => {
            let NsRef::User(id) = ns else { return deny(Why::NotANamespace) };
            let map = &k.user_ns[k.tasks[caller].cred.user_ns].uid_map;
            return Ok(IoctlReply::Uid(Uid(map.from_kernel_or_overflow(k.user_ns[id].owner.0))));
        }
        IoctlRequest::NS_GET_USERNS => k.namespace_owner(ns).map(NsRef::User),
        IoctlRequest::NS_GET_PARENT => match ns {
            NsRef::User(id) => k.user_ns[id].parent.map(NsRef::User),
            NsRef::Pid(id) => k.pid_ns[id].parent.map(NsRef::Pid),
            NsRef::Mnt(_) | NsRef::Uts(_) => return deny(Why::NotANamespace),
        },
        _ => return deny(Why::NotATerminal),
    };
    let visible = up.filter(|&up| is_visible(k, caller, up));
    let Some(up) = visible else { return deny(Why::NamespaceAbove) };
    let fd = k.free_descriptor(caller, 0)?;
    let place = k.namespace_place(up);
    let file = OpenFile {
        place,
        entry: None,
        flags: OpenFlags::O_CLOEXEC,
        offset: 0,
        kind: FileKind::Namespace,
        refs: 1,
    };
    Ok(IoctlReply::Fd(k.install(caller, fd, file)))
}

/// Whether a user or pid namespace is the caller's own or below it.
fn is_visible(k: &Kernel, caller: TaskId, ns: NsRef) -> bool {
    let task = &k.tasks[caller];
    match ns {
        NsRef::User(mut id) => loop {
            if id == task.cred.user_ns {
                return true;
            }
            let Some(parent) = k.user_ns[id].parent else { return false };
            id = parent;
        },
        NsRef::Pid(mut id) => loop {
            if id == task.ns.pid {
                return true;
            }
            let Some(parent) = k.pid_ns[id].parent else { return false };
            id = parent;
        },
        NsRef::Mnt(_) | NsRef::Uts(_) => has_capability(k, &task.cred, task.cred.user_ns, Cap::CAP_SYS_ADMIN),
    }
}
