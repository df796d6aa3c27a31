//! Mounts and the trees they form: mount_namespaces(7).

use super::{Entry, InodeRef, Place};
use crate::abi::{Bytes, MountFlags};
use crate::kernel::Kernel;
use crate::kernel::table::*;

/// A mount: a part of a file system at a place in the tree of a mount namespace.
#[derive(Clone, Debug)]
pub struct Mount {
    pub ns: MntNsId,
    /// None for the root of a namespace, and while it is detached.
    pub parent: Option<MountId>,
    /// The inode in the parent mount that it covers.
    pub mountpoint: InodeRef,
    /// The name of that inode, for paths: a file does not know its own.
    pub entry: Option<Entry>,
    pub sb: SuperId,
    /// What is seen at the mount point: not always the root of the file system.
    pub root: InodeRef,
    /// The flags that belong to a mount: read-only, nosuid, nodev, noexec, atime.
    pub flags: MountFlags,
    /// The flags that may not be cleared here: they came from a more privileged namespace.
    pub locked_flags: MountFlags,
    /// Cannot be taken off alone: it came with a tree from a more privileged namespace.
    pub locked: bool,
    /// MS_SHARED: the group of mounts that share what is mounted below.
    pub peer_group: Option<u32>,
    /// MS_SLAVE: the group it receives from.
    pub master: Option<u32>,
    pub unbindable: bool,
    /// As given to mount(2): the first column of /proc/mounts.
    pub source: Bytes,
}

impl Mount {
    /// The flags that mount(2) sets on a mount and not on a file system.
    pub const FLAGS: MountFlags = MountFlags::from_bits_retain(
        MountFlags::MS_RDONLY.bits()
            | MountFlags::MS_NOSUID.bits()
            | MountFlags::MS_NODEV.bits()
            | MountFlags::MS_NOEXEC.bits()
            | MountFlags::MS_NOATIME.bits()
            | MountFlags::MS_NODIRATIME.bits()
            | MountFlags::MS_RELATIME.bits(),
    );
}

impl Kernel {
    pub fn mount_root(&self, mount: MountId) -> Place {
        Place { mount, inode: self.mounts[mount].root }
    }

    /// The options of a mount, as the sixth column of /proc/PID/mountinfo has them: `rw,nosuid,relatime`.
    pub fn mount_options(&self, mount: MountId) -> String {
        let flags = self.mounts[mount].flags;
        let mut options = String::from(if flags.contains(MountFlags::MS_RDONLY) { "ro" } else { "rw" });
        for (flag, name) in [
            (MountFlags::MS_NOSUID, ",nosuid"),
            (MountFlags::MS_NODEV, ",nodev"),
            (MountFlags::MS_NOEXEC, ",noexec"),
            (MountFlags::MS_NOATIME, ",noatime"),
            (MountFlags::MS_NODIRATIME, ",nodiratime"),
            (MountFlags::MS_RELATIME, ",relatime"),
        ] {
            if flags.contains(flag) {
                options.push_str(name);
            }
        }
        options
    }

    /// Hangs a mount into the tree at `at`.
    pub(crate) fn attach(&mut self, mount: MountId, at: Place, entry: Option<Entry>) {
        let ns = self.mounts[at.mount].ns;
        let row = &mut self.mounts[mount];
        row.parent = Some(at.mount);
        row.mountpoint = at.inode;
        row.entry = entry;
        row.ns = ns;
        self.mount_points.insert(at, mount);
    }

    /// Takes a mount out of the tree; what is mounted below it stays attached to it.
    pub(crate) fn detach(&mut self, mount: MountId) {
        let row = &mut self.mounts[mount];
        if let Some(parent) = row.parent.take() {
            let at = Place { mount: parent, inode: row.mountpoint };
            self.mount_points.remove(&at);
        }
    }

    /// A mount and all below it, parents first.
    pub fn subtree(&self, mount: MountId) -> Vec<MountId> {
        let mut found = vec![mount];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            next += 1;
            let first = Place { mount: parent, inode: InodeRef { sb: SuperId(0), ino: 0 } };
            let below = self.mount_points.range(first..).take_while(|(at, _)| at.mount == parent);
            let mut children: Vec<MountId> = below.map(|(_, &child)| child).collect();
            children.sort();
            found.extend(children);
        }
        found
    }

    /// Forgets a detached mount; the last mount of a file system takes that with it.
    pub(crate) fn drop_mount(&mut self, mount: MountId) {
        let Some(row) = self.mounts.remove(mount) else { return };
        let kept = row.sb == self.initial.nsfs
            || row.sb == self.initial.pipefs
            || self.mounts.iter().any(|(_, other)| other.sb == row.sb);
        if !kept && !self.files.iter().any(|(_, file)| file.place.inode.sb == row.sb) {
            self.supers.remove(row.sb);
        }
        if row.sb == self.initial.nsfs {
            self.collect_namespaces();
        }
    }
}
