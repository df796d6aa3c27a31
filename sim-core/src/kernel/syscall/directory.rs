//! Calls on names: mkdir(2), unlink(2), rename(2), link(2), symlink(2), stat(2), chmod(2), chown(2), chdir(2).

use super::{known_flags, unmodelled};
use crate::abi::*;
use crate::kernel::Kernel;
use crate::kernel::fs::{self, keeps_names};
use crate::kernel::security::{
    Cap, Kgid, Kuid, SysResult, Want, Why, capable, check_access, check_sticky, deny, ensure,
    may_keep_setgid, ns_capable, owner_or_capable,
};
use crate::kernel::table::*;
use crate::kernel::vfs::path::{Follow, Parent, child, lookup, parent, place};
use crate::kernel::vfs::{Inode, InodeRef, Node, Place};

fn follow(flags: AtFlags) -> Follow {
    if flags.contains(AtFlags::AT_SYMLINK_NOFOLLOW) { Follow::No } else { Follow::Yes }
}

/// The place that a descriptor and a path name; with AT_EMPTY_PATH the descriptor alone.
fn target(k: &Kernel, caller: TaskId, dirfd: DirFd, path: &Bytes, flags: AtFlags) -> SysResult<Place> {
    if path.is_empty() && flags.contains(AtFlags::AT_EMPTY_PATH) {
        if dirfd == DirFd::CWD {
            return Ok(k.fs_infos[k.tasks[caller].fs].cwd);
        }
        return Ok(k.files[k.file_of(caller, Fd(dirfd.0))?].place);
    }
    place(k, caller, dirfd, path, follow(flags))
}

/// Makes a file of any kind in a directory that the caller may write: the part that open(2), mkdir(2),
/// mknod(2) and symlink(2) share.
pub(super) fn make(
    k: &mut Kernel,
    caller: TaskId,
    directory: Place,
    name: &Bytes,
    node: Node,
    mode: u32,
) -> SysResult<InodeRef> {
    check_entry_change(k, caller, directory)?;
    let cred = &k.tasks[caller].cred;
    let (uid, gid) = (cred.euid, cred.egid);
    let owner = &k.user_ns[k.supers[directory.inode.sb].owner];
    let mapped = owner.uid_map.from_kernel(uid.0).is_some() && owner.gid_map.from_kernel(gid.0).is_some();
    ensure(mapped, Why::CallerIdNotMapped)?;
    Ok(k.create(directory.inode, name.clone(), node, mode, uid, gid))
}

/// Whether the caller may add or remove entries of a directory.
fn check_entry_change(k: &Kernel, caller: TaskId, directory: Place) -> SysResult<()> {
    check_access(k, &k.tasks[caller].cred, directory.inode, Want::WRITE.and(Want::EXECUTE))?;
    k.check_writable(directory)?;
    ensure(keeps_names(k.supers[directory.inode.sb].fs), Why::NotOfferedHere)
}

/// A directory that was removed takes no new names, though it may still be somebody's working directory.
pub(super) fn check_not_removed(k: &Kernel, directory: Place, name: &Bytes) -> SysResult<()> {
    ensure(k.attributes(directory.inode).nlink > 0, Why::NoSuchFile { name: name.clone() })
}

/// A name that is free for something new.
fn new_name(k: &Kernel, caller: TaskId, dirfd: DirFd, path: &Bytes) -> SysResult<Parent> {
    let at = parent(k, caller, dirfd, path)?;
    let special = matches!(at.name.as_slice(), b"." | b".." | b"/");
    let taken = special || child(k, caller, at.directory, &at.name)?.is_some();
    ensure(!taken, Why::FileExists { name: at.name.clone() })?;
    check_not_removed(k, at.directory, &at.name)?;
    Ok(at)
}

fn masked(k: &Kernel, caller: TaskId, mode: u32) -> u32 {
    mode & !k.fs_infos[k.tasks[caller].fs].umask
}

/// mkdirat(2).
pub fn mkdirat(k: &mut Kernel, caller: TaskId, call: &Mkdirat) -> SysResult<Unit> {
    let at = new_name(k, caller, call.dirfd, &call.path)?;
    let mode = masked(k, caller, call.mode.0 & 0o1777);
    let node = Node::Directory { parent: 0, entries: Default::default() };
    make(k, caller, at.directory, &at.name, node, mode)?;
    Ok(Unit)
}

/// mknodat(2).
pub fn mknodat(k: &mut Kernel, caller: TaskId, call: &Mknodat) -> SysResult<Unit> {
    let node = match call.mode.file_type {
        FileType::Regular => Node::Regular(Vec::new()),
        FileType::Fifo => Node::Fifo(None),
        FileType::CharDevice => Node::CharDevice(call.dev),
        FileType::BlockDevice => Node::BlockDevice(call.dev),
        FileType::Socket => return unmodelled(k, caller, "mknodat(S_IFSOCK)"),
        FileType::Directory => return deny(Why::LinkToDirectory),
        FileType::Symlink => return deny(Why::InvalidArgument { argument: "mode" }),
    };
    let at = new_name(k, caller, call.dirfd, &call.path)?;
    ensure(!at.slash, Why::NoSuchFile { name: at.name.clone() })?;
    // A whiteout, device 0:0, is for everyone: overlayfs.
    let whiteout = call.mode.file_type == FileType::CharDevice && call.dev == Dev::default();
    if matches!(node, Node::CharDevice(_) | Node::BlockDevice(_)) && !whiteout {
        check_access(k, &k.tasks[caller].cred, at.directory.inode, Want::WRITE.and(Want::EXECUTE))?;
        capable(k, caller, Cap::CAP_MKNOD)?;
    }
    let mode = masked(k, caller, call.mode.permissions.0 & 0o7777);
    make(k, caller, at.directory, &at.name, node, mode)?;
    Ok(Unit)
}

/// symlinkat(2).
pub fn symlinkat(k: &mut Kernel, caller: TaskId, call: &Symlinkat) -> SysResult<Unit> {
    ensure(!call.target.is_empty(), Why::EmptyPath)?;
    let at = new_name(k, caller, call.newdirfd, &call.linkpath)?;
    ensure(!at.slash, Why::NoSuchFile { name: at.name.clone() })?;
    make(k, caller, at.directory, &at.name, Node::Symlink(call.target.clone()), 0o777)?;
    Ok(Unit)
}

/// linkat(2).
pub fn linkat(k: &mut Kernel, caller: TaskId, call: &Linkat) -> SysResult<Unit> {
    known_flags(call.flags, AtFlags::AT_SYMLINK_FOLLOW | AtFlags::AT_EMPTY_PATH)?;
    let follow = if call.flags.contains(AtFlags::AT_SYMLINK_FOLLOW) { Follow::Yes } else { Follow::No };
    let old = lookup(k, caller, call.olddirfd, &call.oldpath, follow)?.place;
    let at = new_name(k, caller, call.newdirfd, &call.newpath)?;
    ensure(old.mount == at.directory.mount, Why::AcrossMounts)?;
    check_entry_change(k, caller, at.directory)?;
    ensure(k.file_type(old.inode) != FileType::Directory, Why::LinkToDirectory)?;
    k.add_name(at.directory.inode, at.name, old.inode);
    Ok(Unit)
}

/// unlinkat(2): unlink(2), or with AT_REMOVEDIR rmdir(2).
pub fn unlinkat(k: &mut Kernel, caller: TaskId, call: &Unlinkat) -> SysResult<Unit> {
    ensure(AtFlags::AT_REMOVEDIR.contains(call.flags), Why::InvalidArgument { argument: "flags" })?;
    let at = parent(k, caller, call.dirfd, &call.path)?;
    let removes_directory = call.flags.contains(AtFlags::AT_REMOVEDIR);
    match (at.name.as_slice(), removes_directory) {
        (b".", true) => return deny(Why::DotCannotBeRemoved),
        (b"..", true) => return deny(Why::DirectoryNotEmpty),
        (b"/", true) => return deny(Why::BusyMountPoint),
        (b"." | b".." | b"/", false) => return deny(Why::IsADirectory),
        _ => {}
    }
    let inode = existing_entry(k, caller, &at)?;
    check_entry_change(k, caller, at.directory)?;
    check_sticky(k, &k.tasks[caller].cred, at.directory.inode, inode)?;
    let is_directory = k.file_type(inode) == FileType::Directory;
    if removes_directory {
        ensure(is_directory, Why::NotADirectory { name: at.name.clone() })?;
        let empty = k.directory_entries(inode).is_none_or(|entries| entries.is_empty());
        ensure(!is_mounted_on(k, caller, at.directory, inode), Why::BusyMountPoint)?;
        ensure(empty, Why::DirectoryNotEmpty)?;
    } else {
        ensure(!is_directory, Why::IsADirectory)?;
        ensure(!at.slash, Why::NotADirectory { name: at.name.clone() })?;
        ensure(!is_mounted_on(k, caller, at.directory, inode), Why::BusyMountPoint)?;
    }
    take_away_mounts(k, inode);
    k.remove_name(at.directory.inode, &at.name);
    Ok(Unit)
}

/// The inode behind a name, not what is mounted on it.
fn existing_entry(k: &Kernel, caller: TaskId, at: &Parent) -> SysResult<InodeRef> {
    check_access(k, &k.tasks[caller].cred, at.directory.inode, Want::EXECUTE)?;
    match fs::lookup(k, caller, at.directory.inode, &at.name)? {
        Some(inode) => Ok(inode),
        None => deny(Why::NoSuchFile { name: at.name.clone() }),
    }
}

/// In the caller's own mount namespace; mounts of other namespaces do not keep a name from being removed.
fn is_mounted_on(k: &Kernel, caller: TaskId, directory: Place, inode: InodeRef) -> bool {
    let ns = k.tasks[caller].ns.mnt;
    let _ = directory;
    k.mount_points.keys().any(|at| at.inode == inode && k.mounts[at.mount].ns == ns)
}

/// Mounts of other namespaces on a name that goes are taken off: rmdir(2) since Linux 3.18.
fn take_away_mounts(k: &mut Kernel, inode: InodeRef) {
    let on_it: Vec<MountId> =
        k.mount_points.iter().filter(|(at, _)| at.inode == inode).map(|(_, &mount)| mount).collect();
    for mount in on_it {
        k.drop_tree(mount);
    }
}

/// renameat2(2).
pub fn renameat2(k: &mut Kernel, caller: TaskId, call: &Renameat2) -> SysResult<Unit> {
    if call.flags.intersects(RenameFlags::RENAME_EXCHANGE | RenameFlags::RENAME_WHITEOUT) {
        return unmodelled(k, caller, "renameat2(RENAME_EXCHANGE or RENAME_WHITEOUT)");
    }
    known_flags(call.flags, RenameFlags::all())?;
    let from = parent(k, caller, call.olddirfd, &call.oldpath)?;
    let to = parent(k, caller, call.newdirfd, &call.newpath)?;
    ensure(from.directory.mount == to.directory.mount, Why::AcrossMounts)?;
    for at in [&from, &to] {
        ensure(!matches!(at.name.as_slice(), b"." | b".." | b"/"), Why::BusyMountPoint)?;
    }
    let moved = existing_entry(k, caller, &from)?;
    check_entry_change(k, caller, from.directory)?;
    check_entry_change(k, caller, to.directory)?;
    check_sticky(k, &k.tasks[caller].cred, from.directory.inode, moved)?;
    let is_directory = k.file_type(moved) == FileType::Directory;
    ensure(is_directory || !(from.slash || to.slash), Why::NotADirectory { name: from.name.clone() })?;
    ensure(!is_mounted_on(k, caller, from.directory, moved), Why::BusyMountPoint)?;
    ensure(!is_below(k, to.directory.inode, moved), Why::RenameIntoItself)?;
    if let Some(replaced) = fs::lookup(k, caller, to.directory.inode, &to.name)? {
        let exclusive = call.flags.contains(RenameFlags::RENAME_NOREPLACE);
        ensure(!exclusive, Why::FileExists { name: to.name.clone() })?;
        if replaced == moved {
            return Ok(Unit);
        }
        check_replaced(k, caller, &to, replaced, is_directory)?;
        take_away_mounts(k, replaced);
    }
    k.move_name(from.directory.inode, &from.name, to.directory.inode, &to.name);
    Ok(Unit)
}

fn check_replaced(
    k: &Kernel,
    caller: TaskId,
    to: &Parent,
    replaced: InodeRef,
    by_directory: bool,
) -> SysResult<()> {
    check_sticky(k, &k.tasks[caller].cred, to.directory.inode, replaced)?;
    let is_directory = k.file_type(replaced) == FileType::Directory;
    ensure(is_directory || !by_directory, Why::NotADirectory { name: to.name.clone() })?;
    ensure(!is_directory || by_directory, Why::IsADirectory)?;
    ensure(!is_mounted_on(k, caller, to.directory, replaced), Why::BusyMountPoint)?;
    let empty = k.directory_entries(replaced).is_none_or(|entries| entries.is_empty());
    ensure(empty, Why::DirectoryNotEmpty)
}

fn is_below(k: &Kernel, mut directory: InodeRef, above: InodeRef) -> bool {
    loop {
        if directory == above {
            return true;
        }
        let up = fs::parent(k, directory);
        if up == directory {
            return false;
        }
        directory = up;
    }
}

/// readlinkat(2).
pub fn readlinkat(k: &mut Kernel, caller: TaskId, call: &Readlinkat) -> SysResult<Data> {
    ensure(call.bufsiz > 0, Why::InvalidArgument { argument: "bufsiz" })?;
    let place = place(k, caller, call.dirfd, &call.path, Follow::No)?;
    ensure(k.file_type(place.inode) == FileType::Symlink, Why::NotALink)?;
    let text = fs::read_link(k, caller, place.inode)?;
    Ok(Data(text[..text.len().min(call.bufsiz as usize)].into()))
}

/// newfstatat(2).
pub fn newfstatat(k: &mut Kernel, caller: TaskId, call: &Newfstatat) -> SysResult<Stat> {
    known_flags(
        call.flags,
        AtFlags::AT_SYMLINK_NOFOLLOW | AtFlags::AT_NO_AUTOMOUNT | AtFlags::AT_EMPTY_PATH,
    )?;
    let place = target(k, caller, call.dirfd, &call.path, call.flags)?;
    Ok(k.stat(place.inode, k.tasks[caller].cred.user_ns))
}

/// faccessat2(2): asks with the real ids, unlike open(2).
pub fn faccessat2(k: &mut Kernel, caller: TaskId, call: &Faccessat2) -> SysResult<Unit> {
    known_flags(call.mode, AccessMode::all())?;
    // AT_EACCESS has the number that is AT_REMOVEDIR elsewhere.
    let at = AtFlags::AT_SYMLINK_NOFOLLOW | AtFlags::AT_EMPTY_PATH | AtFlags::AT_REMOVEDIR;
    known_flags(call.flags, at)?;
    let place = target(k, caller, call.dirfd, &call.path, call.flags)?;
    let mut want = Want::NOTHING;
    for (asked, means) in
        [(AccessMode::R_OK, Want::READ), (AccessMode::W_OK, Want::WRITE), (AccessMode::X_OK, Want::EXECUTE)]
    {
        if call.mode.contains(asked) {
            want = want.and(means);
        }
    }
    let mut cred = k.tasks[caller].cred.clone();
    let differs = (cred.euid, cred.egid) != (cred.ruid, cred.rgid);
    (cred.euid, cred.egid) = (cred.ruid, cred.rgid);
    if differs {
        // access(2): a set-user-id program asks for its user, without the program's capabilities.
        let is_root = k.user_ns[cred.user_ns].uid_map.to_kernel(0) == Some(cred.ruid.0);
        cred.effective = if is_root { cred.permitted } else { Default::default() };
    }
    check_access(k, &cred, place.inode, want)?;
    if call.mode.contains(AccessMode::W_OK) {
        k.check_writable(place)?;
    }
    Ok(Unit)
}

/// fchmodat(2).
pub fn fchmodat(k: &mut Kernel, caller: TaskId, call: &Fchmodat) -> SysResult<Unit> {
    let place = place(k, caller, call.dirfd, &call.path, Follow::Yes)?;
    let cred = &k.tasks[caller].cred;
    k.check_writable(place)?;
    owner_or_capable(k, cred, place.inode, Cap::CAP_FOWNER)?;
    let file = k.attributes(place.inode);
    let mut mode = call.mode.0 & 0o7777;
    if file.file_type != FileType::Directory && !may_keep_setgid(k, cred, &file) {
        mode &= !0o2000;
    }
    change(k, place, |inode| inode.mode = mode)
}

/// fchownat(2); -1 leaves an id as it is.
pub fn fchownat(k: &mut Kernel, caller: TaskId, call: &Fchownat) -> SysResult<Unit> {
    let place = target(k, caller, call.dirfd, &call.path, call.flags)?;
    let ns = &k.user_ns[k.tasks[caller].cred.user_ns];
    let uid = match call.owner {
        Uid::UNCHANGED => None,
        Uid(id) => Some(Kuid(ns.uid_map.to_kernel(id).ok_or(Why::IdNotMapped { id })?)),
    };
    let gid = match call.group {
        Gid::UNCHANGED => None,
        Gid(id) => Some(Kgid(ns.gid_map.to_kernel(id).ok_or(Why::IdNotMapped { id })?)),
    };
    k.check_writable(place)?;
    let cred = &k.tasks[caller].cred;
    let file = k.attributes(place.inode);
    // The owner may give the file to a group of their own; all else needs CAP_CHOWN.
    let own_file = cred.euid == file.uid;
    let uid_kept = uid.is_none_or(|uid| uid == file.uid && own_file);
    let gid_allowed = gid.is_none_or(|gid| own_file && (gid == file.gid || cred.in_group(gid)));
    if !(uid_kept && gid_allowed) {
        let not_owner = Why::NotTheOwner { owner: file.uid.0, caller: cred.euid.0 };
        ns_capable(k, caller, cred.user_ns, Cap::CAP_CHOWN).map_err(|_| not_owner)?;
        let ns = &k.user_ns[cred.user_ns];
        let mapped =
            ns.uid_map.from_kernel(file.uid.0).is_some() && ns.gid_map.from_kernel(file.gid.0).is_some();
        ensure(mapped, Why::OwnerNotMapped { needed_in: cred.user_ns })?;
    }
    let is_directory = file.file_type == FileType::Directory;
    change(k, place, |inode| {
        inode.uid = uid.unwrap_or(inode.uid);
        inode.gid = gid.unwrap_or(inode.gid);
        if !is_directory && (uid.is_some() || gid.is_some()) {
            inode.mode &= if inode.mode & 0o010 != 0 { !0o6000 } else { !0o4000 };
        }
    })
}

fn change(k: &mut Kernel, place: Place, change: impl FnOnce(&mut Inode)) -> SysResult<Unit> {
    let now = k.now();
    let Some(inode) = k.inode_mut(place.inode) else { return deny(Why::NotOfferedHere) };
    change(inode);
    inode.changed = now;
    Ok(Unit)
}

/// utimensat(2) with both times now.
pub fn utimensat(k: &mut Kernel, caller: TaskId, call: &Utimensat) -> SysResult<Unit> {
    let place = target(k, caller, call.dirfd, &call.path, call.flags)?;
    k.check_writable(place)?;
    let cred = &k.tasks[caller].cred;
    if cred.euid != k.attributes(place.inode).uid {
        check_access(k, cred, place.inode, Want::WRITE)?;
    }
    let now = k.now();
    change(k, place, |inode| (inode.accessed, inode.modified) = (now, now))
}

/// getcwd(2).
pub fn getcwd(k: &mut Kernel, caller: TaskId, call: &Getcwd) -> SysResult<Cwd> {
    let fs = &k.fs_infos[k.tasks[caller].fs];
    if fs::parent(k, fs.cwd.inode) != fs.cwd.inode && k.attributes(fs.cwd.inode).nlink == 0 {
        return deny(Why::NoSuchFile { name: ".".into() });
    }
    let path = match k.path_of(fs.cwd, None, fs.root) {
        Some(path) => path,
        None => "(unreachable)/".into(),
    };
    ensure((path.len() as u64) < call.size, Why::BufferTooSmall)?;
    Ok(Cwd(path))
}

/// chdir(2).
pub fn chdir(k: &mut Kernel, caller: TaskId, call: &Chdir) -> SysResult<Unit> {
    let place = place(k, caller, DirFd::CWD, &call.path, Follow::Yes)?;
    enter(k, caller, place, &call.path)
}

/// fchdir(2).
pub fn fchdir(k: &mut Kernel, caller: TaskId, call: &Fchdir) -> SysResult<Unit> {
    let place = k.files[k.file_of(caller, call.fd)?].place;
    enter(k, caller, place, &Bytes::default())
}

fn enter(k: &mut Kernel, caller: TaskId, place: Place, name: &Bytes) -> SysResult<Unit> {
    check_directory(k, caller, place, name)?;
    let fs = k.tasks[caller].fs;
    let left = std::mem::replace(&mut k.fs_infos[fs].cwd, place);
    k.forget_unlinked(left.inode);
    Ok(Unit)
}

fn check_directory(k: &Kernel, caller: TaskId, place: Place, name: &Bytes) -> SysResult<()> {
    let is_directory = k.file_type(place.inode) == FileType::Directory;
    ensure(is_directory, Why::NotADirectory { name: name.clone() })?;
    check_access(k, &k.tasks[caller].cred, place.inode, Want::EXECUTE)
}

/// chroot(2).
pub fn chroot(k: &mut Kernel, caller: TaskId, call: &Chroot) -> SysResult<Unit> {
    let place = place(k, caller, DirFd::CWD, &call.path, Follow::Yes)?;
    check_directory(k, caller, place, &call.path)?;
    ns_capable(k, caller, k.tasks[caller].cred.user_ns, Cap::CAP_SYS_CHROOT)?;
    let fs = k.tasks[caller].fs;
    let left = std::mem::replace(&mut k.fs_infos[fs].root, place);
    k.forget_unlinked(left.inode);
    Ok(Unit)
}

/// umask(2): returns the old one.
pub fn umask(k: &mut Kernel, caller: TaskId, call: &Umask) -> SysResult<Mode> {
    let fs = k.tasks[caller].fs;
    let old = std::mem::replace(&mut k.fs_infos[fs].umask, call.mask.0 & 0o777);
    Ok(Mode(old))
}

/// statfs(2).
pub fn statfs(k: &mut Kernel, caller: TaskId, call: &Statfs) -> SysResult<StatfsReply> {
    let place = place(k, caller, DirFd::CWD, &call.path, Follow::Yes)?;
    let sb = &k.supers[place.inode.sb];
    let block_size = 4096;
    let used: u64 = sb
        .inodes
        .values()
        .map(|inode| match &inode.node {
            Node::Regular(data) => (data.len() as u64).div_ceil(block_size),
            _ => 0,
        })
        .sum();
    let blocks = sb.size_max.unwrap_or(0) / block_size;
    Ok(StatfsReply {
        fs_type: sb.fs.magic(),
        block_size,
        blocks,
        blocks_free: blocks.saturating_sub(used),
        files: 0,
        files_free: 0,
    })
}

/// sync(2): nothing waits to be written.
pub fn sync(_: &mut Kernel, _: TaskId, _: &Sync) -> SysResult<Unit> {
    Ok(Unit)
}
