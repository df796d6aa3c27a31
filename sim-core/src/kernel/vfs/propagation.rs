//! How mounts spread: mount_namespaces(7), "Shared subtrees"; and what is asked of mount trees.

use super::{Entry, InodeRef, Mount, Place};
use crate::abi::{Bytes, Dev, MountFlags};
use crate::kernel::Kernel;
use crate::kernel::fs::FsType;
use crate::kernel::security::{SysResult, Why, ensure};
use crate::kernel::table::*;

impl Kernel {
    /// A mount of a file system, not yet in any tree.
    pub(crate) fn new_mount(
        &mut self,
        sb: SuperId,
        root: InodeRef,
        source: Bytes,
        flags: MountFlags,
    ) -> MountId {
        let ns = self.initial.mnt;
        self.mounts.insert(Mount {
            ns,
            parent: None,
            mountpoint: root,
            entry: None,
            sb,
            root,
            flags,
            locked_flags: MountFlags::empty(),
            locked: false,
            peer_group: None,
            master: None,
            unbindable: false,
            source,
        })
    }

    /// A mount of what is at `from`, with what is mounted below it if asked; not yet in any tree.
    pub(crate) fn clone_mount(&mut self, from: Place, recursive: bool) -> MountId {
        let top = Mount {
            parent: None,
            entry: None,
            root: from.inode,
            locked: false,
            ..self.mounts[from.mount].clone()
        };
        let new = self.mounts.insert(top);
        if recursive {
            for child in self.children_below(from) {
                let row = self.mounts[child].clone();
                if row.unbindable {
                    continue;
                }
                let copy = self.clone_mount(self.mount_root(child), true);
                self.mounts[copy].locked = row.locked;
                self.attach(copy, Place { mount: new, inode: row.mountpoint }, row.entry);
            }
        }
        new
    }

    /// The mounts on places at or below `from`, on the same mount.
    fn children_below(&self, from: Place) -> Vec<MountId> {
        let children = self.mount_points.iter().filter(|(at, _)| at.mount == from.mount);
        children
            .filter(|(at, child)| {
                self.is_at_or_below(at.inode, self.mounts[**child].entry.as_ref(), from.inode)
            })
            .map(|(_, &child)| child)
            .collect()
    }

    fn is_at_or_below(&self, inode: InodeRef, entry: Option<&Entry>, above: InodeRef) -> bool {
        let mut at = inode;
        if at == above {
            return true;
        }
        if let Some(entry) = entry {
            at = entry.directory;
        }
        loop {
            if at == above {
                return true;
            }
            let up = crate::kernel::fs::parent(self, at);
            if up == at {
                return false;
            }
            at = up;
        }
    }

    /// Whether a locked mount stands somewhere below: a copy without it would show what it hides.
    pub(crate) fn has_locked_below(&self, from: Place) -> bool {
        self.children_below(from).into_iter().any(|child| self.mounts[child].locked)
    }

    /// Hangs a mount in at `at`, and a copy of it at the same place in every peer and slave of that mount.
    pub(crate) fn attach_and_propagate(&mut self, mount: MountId, at: Place, entry: Option<Entry>) {
        let receivers = self.receivers(at.mount);
        let shared = self.mounts[at.mount].peer_group.is_some();
        self.attach(mount, at, entry.clone());
        let below = self.subtree(mount);
        for &member in &below {
            self.mounts[member].ns = self.mounts[at.mount].ns;
            if shared && self.mounts[member].peer_group.is_none() {
                self.mounts[member].peer_group = Some(self.new_peer_group());
            }
        }
        for receiver in receivers {
            let seen = self.mounts[receiver].root;
            if !self.is_at_or_below(at.inode, entry.as_ref(), seen) {
                continue;
            }
            let copy = self.clone_mount(self.mount_root(mount), true);
            self.attach(copy, Place { mount: receiver, inode: at.inode }, entry.clone());
            self.adapt_copy(copy, receiver);
        }
    }

    /// A copy that arrived by propagation belongs to the receiver's namespace, and is its slave where the
    /// receiver is one.
    fn adapt_copy(&mut self, copy: MountId, receiver: MountId) {
        let ns = self.mounts[receiver].ns;
        let is_slave = self.mounts[receiver].master.is_some();
        let receiver_shared = self.mounts[receiver].peer_group.is_some();
        let less_privileged = self.mnt_ns[ns].owner != self.initial.user;
        for member in self.subtree(copy) {
            self.mounts[member].ns = ns;
            if is_slave {
                self.mounts[member].master = self.mounts[member].peer_group.take();
                if receiver_shared {
                    self.mounts[member].peer_group = Some(self.new_peer_group());
                }
            }
            if less_privileged {
                self.mounts[member].locked = true;
                self.mounts[member].locked_flags = self.mounts[member].flags & Mount::FLAGS;
            }
        }
    }

    /// The mounts that get what is mounted on `mount`: its peers, their slaves, and the slaves' peers.
    fn receivers(&self, mount: MountId) -> Vec<MountId> {
        let Some(group) = self.mounts[mount].peer_group else { return Vec::new() };
        let mut found = Vec::new();
        let mut groups = vec![group];
        let mut next = 0;
        while let Some(&group) = groups.get(next) {
            next += 1;
            for (id, row) in self.mounts.iter() {
                if row.peer_group == Some(group) || row.master == Some(group) {
                    if id != mount && !found.contains(&id) {
                        found.push(id);
                    }
                    if let Some(own) = row.peer_group
                        && !groups.contains(&own)
                    {
                        groups.push(own);
                    }
                }
            }
        }
        found
    }

    /// Takes a mount and all below it off, here and where it has spread to.
    pub(crate) fn umount_and_propagate(&mut self, mount: MountId) {
        let row = self.mounts[mount].clone();
        if let Some(parent) = row.parent {
            for receiver in self.receivers(parent) {
                let at = Place { mount: receiver, inode: row.mountpoint };
                if let Some(&copy) = self.mount_points.get(&at)
                    && self.mounts[copy].root == row.root
                {
                    self.umount_tree(copy);
                }
            }
        }
        self.umount_tree(mount);
    }

    /// Detaches; a mount that is still used lives on, out of reach, until it is not.
    fn umount_tree(&mut self, mount: MountId) {
        if self.is_mount_in_use(mount) {
            self.detach(mount);
        } else {
            self.drop_tree(mount);
        }
    }

    /// Whether something keeps the mount from being taken off: umount(2), EBUSY.
    pub(crate) fn is_mount_busy(&self, mount: MountId) -> bool {
        let has_children = self.subtree(mount).len() > 1;
        has_children || self.is_mount_in_use(mount)
    }

    fn is_mount_in_use(&self, mount: MountId) -> bool {
        let tree = self.subtree(mount);
        let opened = self.files.iter().any(|(_, file)| tree.contains(&file.place.mount));
        let stood_in =
            self.fs_infos.iter().any(|(_, fs)| tree.contains(&fs.root.mount) || tree.contains(&fs.cwd.mount));
        opened || stood_in
    }

    /// MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE.
    pub(crate) fn set_propagation(&mut self, mount: MountId, kind: MountFlags) {
        let group = self.mounts[mount].peer_group;
        let has_peers =
            group.is_some() && self.mounts.iter().any(|(id, row)| id != mount && row.peer_group == group);
        let fresh =
            if kind == MountFlags::MS_SHARED && group.is_none() { Some(self.new_peer_group()) } else { None };
        let row = &mut self.mounts[mount];
        match kind {
            MountFlags::MS_SHARED => {
                row.peer_group = group.or(fresh);
                row.unbindable = false;
            }
            MountFlags::MS_SLAVE => {
                // Without peers there is nobody to be a slave of: it stays as it was, or becomes private.
                row.peer_group = None;
                if has_peers {
                    row.master = group;
                }
            }
            _ => {
                row.peer_group = None;
                row.master = None;
                row.unbindable = kind == MountFlags::MS_UNBINDABLE;
            }
        }
    }

    /// Refuses to write through a read-only mount or to a read-only file system.
    pub(crate) fn check_writable(&self, place: Place) -> SysResult<()> {
        let read_only = self.mounts[place.mount].flags.contains(MountFlags::MS_RDONLY)
            || self.supers[place.inode.sb].read_only;
        ensure(!read_only, Why::ReadOnlyMount)
    }

    /// Refuses to grow a file system beyond its size.
    pub(crate) fn check_room(&self, sb: SuperId, more_bytes: u64) -> SysResult<()> {
        let Some(max) = self.supers[sb].size_max.filter(|_| more_bytes > 0) else { return Ok(()) };
        let used: u64 = self.supers[sb].inodes.values().map(|inode| inode.attributes().size).sum();
        ensure(used + more_bytes <= max, Why::FileSystemFull { size_max: (max / 1024) as u32 })
    }

    /// Whether a mount namespace has a procfs of which nothing is hidden by another mount.
    pub(crate) fn sees_whole_proc(&self, ns: MntNsId) -> bool {
        self.mounts.iter().any(|(id, row)| {
            let is_proc = matches!(self.supers[row.sb].fs, FsType::Proc { .. });
            let whole = row.root.ino == self.supers[row.sb].root && self.subtree(id).len() == 1;
            row.ns == ns && is_proc && whole
        })
    }

    /// The kernel's own mount of a file system that is mounted in no tree.
    pub(crate) fn internal_mount(&self, sb: SuperId) -> MountId {
        let own = self.mounts.iter().find(|(_, row)| row.sb == sb);
        own.map(|(id, _)| id).expect("mounted when the kernel started")
    }

    /// A device number for a file system that has no device: 0:N.
    pub(crate) fn new_anonymous_dev(&mut self) -> Dev {
        self.next_anonymous_dev += 1;
        Dev { major: 0, minor: self.next_anonymous_dev }
    }

    /// Where a new pipe is: an inode of pipefs.
    pub(crate) fn new_pipe_place(&mut self, caller: TaskId, pipe: PipeId) -> Place {
        let sb = self.initial.pipefs;
        let root = InodeRef { sb, ino: self.supers[sb].root };
        let cred = &self.tasks[caller].cred;
        let (uid, gid) = (cred.euid, cred.egid);
        let name = format!("{}", pipe.0);
        let inode = self.create(root, name, super::Node::Fifo(Some(pipe)), 0o600, uid, gid);
        Place { mount: self.internal_mount(sb), inode }
    }

    /// The pipe behind an inode is gone: a nameless one goes too, a named one can be opened afresh.
    pub(crate) fn forget_fifo(&mut self, pipe: PipeId) {
        let root = InodeRef { sb: self.initial.pipefs, ino: self.supers[self.initial.pipefs].root };
        let name = Bytes::from(pipe.0.to_string());
        if self.directory_entries(root).is_some_and(|entries| entries.contains_key(&name)) {
            self.remove_name(root, &name);
            return;
        }
        for (_, sb) in self.supers.iter_mut() {
            for inode in sb.inodes.values_mut() {
                if let super::Node::Fifo(slot) = &mut inode.node
                    && *slot == Some(pipe)
                {
                    *slot = None;
                }
            }
        }
    }
}
