//! mount(2), umount2(2), pivot_root(2).

use super::unmodelled;
use crate::abi::*;
use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::fs::{FsType, kept, proc, sysfs};
use crate::kernel::security::{Cap, Kgid, Kuid, SysResult, Why, capable, deny, ensure, ns_capable};
use crate::kernel::table::*;
use crate::kernel::vfs::path::{Follow, Found, lookup};
use crate::kernel::vfs::{FileKind, Mount as MountRow, Place, Super};

/// mount(2): by its flags one of five things.
pub fn mount(k: &mut Kernel, caller: TaskId, call: &Mount) -> SysResult<Unit> {
    let flags = call.flags;
    let at = lookup(k, caller, DirFd::CWD, &call.target, Follow::Yes)?;
    check_admin(k, caller)?;
    let propagation =
        MountFlags::MS_SHARED | MountFlags::MS_PRIVATE | MountFlags::MS_SLAVE | MountFlags::MS_UNBINDABLE;
    if flags.contains(MountFlags::MS_REMOUNT | MountFlags::MS_BIND) {
        reconfigure_mount(k, caller, &at, flags)
    } else if flags.contains(MountFlags::MS_REMOUNT) {
        remount(k, caller, &at, flags)
    } else if flags.contains(MountFlags::MS_BIND) {
        bind(k, caller, call, &at)
    } else if flags.intersects(propagation) {
        change_propagation(k, &at, flags)
    } else if flags.contains(MountFlags::MS_MOVE) {
        move_mount(k, caller, call, &at)
    } else {
        new_mount(k, caller, call, &at)
    }
}

fn check_admin(k: &Kernel, caller: TaskId) -> SysResult<()> {
    let owner = k.mnt_ns[k.tasks[caller].ns.mnt].owner;
    ns_capable(k, caller, owner, Cap::CAP_SYS_ADMIN)
}

fn check_own_namespace(k: &Kernel, caller: TaskId, mount: MountId) -> SysResult<()> {
    ensure(k.mounts[mount].ns == k.tasks[caller].ns.mnt, Why::NotAMountPoint)
}

fn check_mount_root(k: &Kernel, at: &Found) -> SysResult<()> {
    ensure(k.mounts[at.place.mount].root == at.place.inode, Why::NotAMountPoint)
}

fn target_path(k: &Kernel, caller: TaskId, place: Place) -> Bytes {
    let root = k.fs_infos[k.tasks[caller].fs].root;
    k.path_of(place, None, root).unwrap_or_else(|| "(unreachable)".into())
}

/// A new instance of a file system, or for procfs and devtmpfs the one there is, mounted.
fn new_mount(k: &mut Kernel, caller: TaskId, call: &Mount, at: &Found) -> SysResult<Unit> {
    let Some(name) = &call.fstype else { return deny(Why::InvalidArgument { argument: "filesystemtype" }) };
    check_own_namespace(k, caller, at.place.mount)?;
    let fs = file_system(k, caller, name)?;
    let is_directory = k.file_type(at.place.inode) == FileType::Directory;
    ensure(is_directory, Why::MountOnOtherType)?;
    let sb = make_super(k, caller, fs, call)?;

    let source = call.source.clone().unwrap_or_else(|| "none".into());
    let root = crate::kernel::vfs::InodeRef { sb, ino: k.supers[sb].root };
    let flags = mount_flags(call.flags);
    let mount = k.new_mount(sb, root, source, flags);
    finish(k, caller, mount, at, name.clone());
    Ok(Unit)
}

/// The flags that stay with the mount; relatime unless another choice was made.
fn mount_flags(flags: MountFlags) -> MountFlags {
    let kept = flags & MountRow::FLAGS;
    let chosen = MountFlags::MS_NOATIME | MountFlags::MS_STRICTATIME;
    if flags.intersects(chosen) { kept } else { kept | MountFlags::MS_RELATIME }
}

fn finish(k: &mut Kernel, caller: TaskId, mount: MountId, at: &Found, fs_type: Bytes) {
    k.attach_and_propagate(mount, at.place, at.entry.clone());
    let target = target_path(k, caller, k.mount_root(mount));
    k.note(KernelEvent::Mounted { mount, fs_type, target });
}

/// The type by its name, if the caller may mount it: user_namespaces(7), "Interaction of user namespaces
/// and other types of namespaces".
fn file_system(k: &Kernel, caller: TaskId, name: &Bytes) -> SysResult<FsType> {
    let task = &k.tasks[caller];
    match name.as_slice() {
        b"tmpfs" | b"ramfs" => Ok(FsType::Tmpfs),
        b"proc" => {
            let pid_ns = task.ns.pid;
            let owner = k.pid_ns[pid_ns].owner;
            let allowed = ns_capable(k, caller, owner, Cap::CAP_SYS_ADMIN);
            allowed.map_err(|_| Why::ProcOfForeignPids)?;
            if task.cred.user_ns != k.initial.user {
                ensure(k.sees_whole_proc(task.ns.mnt), Why::ProcNotFullyVisible)?;
            }
            Ok(FsType::Proc { pid_ns })
        }
        b"devtmpfs" | b"sysfs" => {
            capable(k, caller, Cap::CAP_SYS_ADMIN)
                .map_err(|_| Why::NotMountableByUsers { name: name.clone() })?;
            Ok(if name.as_slice() == b"sysfs" { FsType::Sysfs } else { FsType::Devtmpfs })
        }
        _ => deny(Why::UnknownFileSystem { name: name.clone() }),
    }
}

fn make_super(k: &mut Kernel, caller: TaskId, fs: FsType, call: &Mount) -> SysResult<SuperId> {
    let existing = k.supers.iter().find(|(_, sb)| sb.fs == fs).map(|(id, _)| id);
    match fs {
        FsType::Proc { .. } => {
            if let Some(id) = existing {
                return Ok(id);
            }
            let mut sb = kept::new_super(
                fs,
                k.new_anonymous_dev(),
                k.initial.user,
                0o555,
                Kuid::ROOT,
                Kgid::ROOT,
                k.now(),
            );
            sb.root = proc::ROOT_INO;
            sb.inodes.clear();
            Ok(k.supers.insert(sb))
        }
        FsType::Devtmpfs => match existing {
            Some(id) => Ok(id),
            None => deny(Why::UnknownFileSystem { name: "devtmpfs".into() }),
        },
        FsType::Sysfs => Ok(existing.unwrap_or_else(|| sysfs::new_super(k))),
        _ => new_tmpfs(k, caller, call),
    }
}

/// The options of tmpfs(5) that are modelled: size, mode, uid, gid, nr_inodes as a number to show.
fn new_tmpfs(k: &mut Kernel, caller: TaskId, call: &Mount) -> SysResult<SuperId> {
    let cred = k.tasks[caller].cred.clone();
    let user_ns = cred.user_ns;
    let (mut uid, mut gid) = (cred.euid, cred.egid);
    let mut mode = 0o1777;
    let mut size = k.info.ram_bytes / 2;
    let mut shown = String::new();
    let data = call.data.clone().unwrap_or_default().to_text();
    for option in data.split(',').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let wrong = || Why::InvalidArgument { argument: "data" };
        let ns = &k.user_ns[user_ns];
        match name {
            "mode" => {
                mode = u32::from_str_radix(value, 8).map_err(|_| wrong())? & 0o7777;
                shown += &format!(",mode={mode:o}");
            }
            "uid" => {
                let id = value.parse().map_err(|_| wrong())?;
                uid = Kuid(ns.uid_map.to_kernel(id).ok_or_else(wrong)?);
                shown += &format!(",uid={id}");
            }
            "gid" => {
                let id = value.parse().map_err(|_| wrong())?;
                gid = Kgid(ns.gid_map.to_kernel(id).ok_or_else(wrong)?);
                shown += &format!(",gid={id}");
            }
            "size" => {
                size = parse_size(value, k.info.ram_bytes).ok_or_else(wrong)?.next_multiple_of(4096);
                shown += &format!(",size={}k", size / 1024);
            }
            _ => return unmodelled(k, caller, format!("mount(tmpfs, {option})")),
        }
    }
    let dev = k.new_anonymous_dev();
    let mut sb: Super = kept::new_super(FsType::Tmpfs, dev, user_ns, mode, uid, gid, k.now());
    sb.options = shown;
    sb.size_max = Some(size);
    Ok(k.supers.insert(sb))
}

fn parse_size(text: &str, ram_bytes: u64) -> Option<u64> {
    if let Some(percent) = text.strip_suffix('%') {
        return Some(ram_bytes / 100 * percent.parse::<u64>().ok()?);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// MS_BIND: the same files at a second place; with MS_REC what is mounted below as well.
fn bind(k: &mut Kernel, caller: TaskId, call: &Mount, at: &Found) -> SysResult<Unit> {
    let Some(source) = &call.source else { return deny(Why::InvalidArgument { argument: "source" }) };
    let from = lookup(k, caller, DirFd::CWD, source, Follow::Yes)?;
    check_own_namespace(k, caller, at.place.mount)?;
    let is_namespace_file = from.place.inode.sb == k.initial.nsfs;
    if !is_namespace_file {
        check_own_namespace(k, caller, from.place.mount)?;
    }
    ensure(!k.mounts[from.place.mount].unbindable, Why::InvalidArgument { argument: "source: unbindable" })?;
    let recursive = call.flags.contains(MountFlags::MS_REC);
    if !recursive && !is_namespace_file {
        // What locked mounts hide must not be uncovered.
        ensure(!k.has_locked_below(from.place), Why::LockedMount)?;
    }
    let from_directory = k.file_type(from.place.inode) == FileType::Directory;
    let to_directory = k.file_type(at.place.inode) == FileType::Directory;
    ensure(from_directory == to_directory, Why::MountOnOtherType)?;
    let mount = k.clone_mount(from.place, recursive);
    finish(k, caller, mount, at, "bind".into());
    Ok(Unit)
}

/// MS_REMOUNT with MS_BIND: the flags of this mount alone.
fn reconfigure_mount(k: &mut Kernel, caller: TaskId, at: &Found, flags: MountFlags) -> SysResult<Unit> {
    check_own_namespace(k, caller, at.place.mount)?;
    check_mount_root(k, at)?;
    let flags = mount_flags(flags);
    check_locked_flags(k, at.place.mount, flags)?;
    let mount = at.place.mount;
    k.mounts[mount].flags = flags;
    let target = target_path(k, caller, at.place);
    k.note(KernelEvent::MountChanged { mount, target });
    Ok(Unit)
}

fn check_locked_flags(k: &Kernel, mount: MountId, flags: MountFlags) -> SysResult<()> {
    let lost = k.mounts[mount].locked_flags.difference(flags);
    // Read-only, nodev, nosuid and noexec may be added but not taken away; atime may not change.
    for (flag, name) in [
        (MountFlags::MS_RDONLY, "ro"),
        (MountFlags::MS_NODEV, "nodev"),
        (MountFlags::MS_NOSUID, "nosuid"),
        (MountFlags::MS_NOEXEC, "noexec"),
        (MountFlags::MS_NOATIME, "noatime"),
        (MountFlags::MS_RELATIME, "relatime"),
    ] {
        ensure(!lost.contains(flag), Why::LockedMountFlag { flag: name })?;
    }
    Ok(())
}

/// MS_REMOUNT: the flags of the mount and whether the file system may be written.
fn remount(k: &mut Kernel, caller: TaskId, at: &Found, flags: MountFlags) -> SysResult<Unit> {
    check_own_namespace(k, caller, at.place.mount)?;
    check_mount_root(k, at)?;
    let mount = at.place.mount;
    let sb = k.mounts[mount].sb;
    ns_capable(k, caller, k.supers[sb].owner, Cap::CAP_SYS_ADMIN)?;
    let new = mount_flags(flags);
    check_locked_flags(k, mount, new)?;
    let stops_writing = flags.contains(MountFlags::MS_RDONLY) && !k.supers[sb].read_only;
    ensure(!stops_writing || !is_written(k, sb), Why::OpenForWriting)?;
    k.supers[sb].read_only = flags.contains(MountFlags::MS_RDONLY);
    k.mounts[mount].flags = new;
    let target = target_path(k, caller, at.place);
    k.note(KernelEvent::MountChanged { mount, target });
    Ok(Unit)
}

/// Whether a file of the file system is open for writing: `sb_prepare_remount_readonly`.
fn is_written(k: &Kernel, sb: SuperId) -> bool {
    k.files.iter().any(|(_, file)| {
        file.place.inode.sb == sb && file.flags.writable() && matches!(file.kind, FileKind::Regular)
    })
}

/// MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE: mount_namespaces(7), "Shared subtrees".
fn change_propagation(k: &mut Kernel, at: &Found, flags: MountFlags) -> SysResult<Unit> {
    check_mount_root(k, at)?;
    let kinds = flags.difference(MountFlags::MS_REC | MountFlags::MS_SILENT);
    ensure(kinds.bits().count_ones() == 1, Why::InvalidArgument { argument: "mountflags" })?;
    let mount = at.place.mount;
    let mounts = if flags.contains(MountFlags::MS_REC) { k.subtree(mount) } else { vec![mount] };
    for mount in mounts {
        k.set_propagation(mount, kinds);
    }
    Ok(Unit)
}

/// MS_MOVE.
fn move_mount(k: &mut Kernel, caller: TaskId, call: &Mount, at: &Found) -> SysResult<Unit> {
    let Some(source) = &call.source else { return deny(Why::InvalidArgument { argument: "source" }) };
    let from = lookup(k, caller, DirFd::CWD, source, Follow::Yes)?;
    check_mount_root(k, &from)?;
    let mount = from.place.mount;
    check_own_namespace(k, caller, mount)?;
    check_own_namespace(k, caller, at.place.mount)?;
    ensure(!k.mounts[mount].locked, Why::LockedMount)?;
    let Some(parent) = k.mounts[mount].parent else { return deny(Why::NotAMountPoint) };
    ensure(k.mounts[parent].peer_group.is_none(), Why::MoveShared)?;
    ensure(!k.subtree(mount).contains(&at.place.mount), Why::MountLoop)?;
    k.detach(mount);
    k.attach(mount, at.place, at.entry.clone());
    let target = target_path(k, caller, k.mount_root(mount));
    k.note(KernelEvent::MountChanged { mount, target });
    Ok(Unit)
}

/// umount2(2).
pub fn umount2(k: &mut Kernel, caller: TaskId, call: &Umount2) -> SysResult<Unit> {
    if call.flags.contains(UmountFlags::MNT_EXPIRE) {
        return unmodelled(k, caller, "umount2(MNT_EXPIRE)");
    }
    ensure(UmountFlags::all().contains(call.flags), Why::InvalidArgument { argument: "flags" })?;
    let follow = if call.flags.contains(UmountFlags::UMOUNT_NOFOLLOW) { Follow::No } else { Follow::Yes };
    let at = lookup(k, caller, DirFd::CWD, &call.target, follow)?;
    check_admin(k, caller)?;
    check_mount_root(k, &at)?;
    let mount = at.place.mount;
    check_own_namespace(k, caller, mount)?;
    ensure(!k.mounts[mount].locked, Why::LockedMount)?;
    ensure(k.mounts[mount].parent.is_some(), Why::NotAMountPoint)?;
    let lazy = call.flags.contains(UmountFlags::MNT_DETACH);
    ensure(lazy || !k.is_mount_busy(mount), Why::MountBusy)?;
    let target = target_path(k, caller, at.place);
    k.umount_and_propagate(mount);
    k.note(KernelEvent::Unmounted { mount, target });
    Ok(Unit)
}

/// pivot_root(2).
pub fn pivot_root(k: &mut Kernel, caller: TaskId, call: &PivotRoot) -> SysResult<Unit> {
    check_admin(k, caller)?;
    let new = lookup(k, caller, DirFd::CWD, &call.new_root, Follow::Yes)?;
    let old = lookup(k, caller, DirFd::CWD, &call.put_old, Follow::Yes)?;
    for (found, path) in [(&new, &call.new_root), (&old, &call.put_old)] {
        let is_directory = k.file_type(found.place.inode) == FileType::Directory;
        ensure(is_directory, Why::NotADirectory { name: path.clone() })?;
    }
    let root = k.fs_infos[k.tasks[caller].fs].root;
    let new_mount = new.place.mount;
    let parent_shared =
        |mount: MountId| k.mounts[mount].parent.is_some_and(|parent| k.mounts[parent].peer_group.is_some());
    let shared = k.mounts[old.place.mount].peer_group.is_some()
        || parent_shared(new_mount)
        || parent_shared(root.mount);
    ensure(!shared, Why::PivotRootShared)?;
    check_own_namespace(k, caller, root.mount)?;
    check_own_namespace(k, caller, new_mount)?;
    ensure(!k.mounts[new_mount].locked, Why::LockedMount)?;
    ensure(new_mount != root.mount && old.place.mount != root.mount, Why::PivotRootBusy)?;
    ensure(k.mounts[root.mount].root == root.inode, Why::PivotRootNotAMount)?;
    let Some(root_parent) = k.mounts[root.mount].parent else { return deny(Why::PivotRootNotAMount) };
    ensure(k.mounts[new_mount].root == new.place.inode, Why::PivotRootNotAMount)?;
    ensure(k.mounts[new_mount].parent.is_some(), Why::PivotRootNotAMount)?;
    ensure(k.path_of(old.place, old.entry.as_ref(), new.place).is_some(), Why::PivotRootOutside)?;
    ensure(k.path_of(new.place, None, root).is_some(), Why::PivotRootOutside)?;

    let root_at = Place { mount: root_parent, inode: k.mounts[root.mount].mountpoint };
    let root_entry = k.mounts[root.mount].entry.clone();
    k.detach(new_mount);
    k.detach(root.mount);
    k.attach(root.mount, old.place, old.entry.clone());
    k.attach(new_mount, root_at, root_entry);
    if k.mounts[root.mount].locked {
        k.mounts[new_mount].locked = true;
        k.mounts[root.mount].locked = false;
    }
    move_everyone(k, caller, root, new.place);
    k.note(KernelEvent::RootChanged { task: caller });
    Ok(Unit)
}

/// Whoever had the old root as root or working directory has the new one.
fn move_everyone(k: &mut Kernel, caller: TaskId, old: Place, new: Place) {
    let ns = k.tasks[caller].ns.mnt;
    let members: Vec<FsInfoId> = k
        .tasks
        .iter()
        .filter(|&(id, task)| task.ns.mnt == ns && k.is_alive(id))
        .map(|(_, task)| task.fs)
        .collect();
    for fs in members {
        let fs = &mut k.fs_infos[fs];
        if fs.root == old {
            fs.root = new;
        }
        if fs.cwd == old {
            fs.cwd = new;
        }
    }
}
