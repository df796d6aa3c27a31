//! Mount namespaces: mount_namespaces(7).

use std::collections::BTreeMap;

use super::MntNs;
use crate::kernel::Kernel;
use crate::kernel::event::{KernelEvent, NsKind};
use crate::kernel::security::{Cap, SysResult, Why, ensure, ns_capable};
use crate::kernel::table::*;
use crate::kernel::task::FsInfo;
use crate::kernel::vfs::{Mount, Place};

/// A copy of every mount of `from`, in a namespace of its own; the caller's root and working directory are
/// those of the copy. Below a less privileged user namespace mounts become slaves and are locked.
pub(super) fn copy(k: &mut Kernel, caller: TaskId, from: MntNsId, owner: UserNsId) -> (MntNsId, FsInfoId) {
    let less_privileged = k.mnt_ns[from].owner != owner;
    let ino = k.new_ns_ino();
    let old_root = k.mnt_ns[from].root;
    let id = k.mnt_ns.insert(MntNs { ino, owner, root: old_root });
    let copies = copy_tree(k, old_root, id, less_privileged);
    let new_root = copies[&old_root];
    k.mnt_ns[id].root = new_root;
    k.mounts[new_root].locked = false;
    k.note(KernelEvent::NamespaceCreated { kind: NsKind::Mnt, ino, by: Some(caller) });

    let fs = &k.fs_infos[k.tasks[caller].fs];
    let moved = |place: Place| Place { mount: *copies.get(&place.mount).unwrap_or(&place.mount), ..place };
    let fs = FsInfo { root: moved(fs.root), cwd: moved(fs.cwd), umask: fs.umask, users: 1 };
    (id, k.fs_infos.insert(fs))
}

/// Copies a mount and all below it into namespace `ns`; returns which became which.
fn copy_tree(
    k: &mut Kernel,
    root: MountId,
    ns: MntNsId,
    less_privileged: bool,
) -> BTreeMap<MountId, MountId> {
    let mut copies: BTreeMap<MountId, MountId> = BTreeMap::new();
    for old in k.subtree(root) {
        let mut mount = k.mounts[old].clone();
        let (parent, mountpoint, entry) = (mount.parent, mount.mountpoint, mount.entry.clone());
        mount.ns = ns;
        mount.parent = None;
        if less_privileged {
            mount.locked = old != root;
            mount.locked_flags = mount.flags & Mount::FLAGS;
            if let Some(group) = mount.peer_group.take() {
                mount.master = Some(group);
            }
        }
        let new = k.mounts.insert(mount);
        copies.insert(old, new);
        if let Some(&parent) = parent.and_then(|parent| copies.get(&parent)) {
            k.attach(new, Place { mount: parent, inode: mountpoint }, entry);
        }
    }
    copies
}

/// setns(2) into a mount namespace: root and working directory become the root of the namespace.
pub(super) fn enter(k: &mut Kernel, caller: TaskId, id: MntNsId) -> SysResult<()> {
    ns_capable(k, caller, k.mnt_ns[id].owner, Cap::CAP_SYS_ADMIN)?;
    let own = k.tasks[caller].cred.user_ns;
    ns_capable(k, caller, own, Cap::CAP_SYS_CHROOT)?;
    ns_capable(k, caller, own, Cap::CAP_SYS_ADMIN)?;
    let fs = k.tasks[caller].fs;
    ensure(k.fs_infos[fs].users == 1, Why::SharedState { flags: "CLONE_FS with another task, and setns" })?;
    let root = k.topmost(k.mount_root(k.mnt_ns[id].root));
    k.fs_infos[fs].root = root;
    k.fs_infos[fs].cwd = root;
    k.tasks[caller].ns.mnt = id;
    Ok(())
}

impl Kernel {
    /// Forgets a mount and all below it, deepest first.
    pub(crate) fn drop_tree(&mut self, root: MountId) {
        for mount in self.subtree(root).into_iter().rev() {
            self.detach(mount);
            self.drop_mount(mount);
        }
    }
}
