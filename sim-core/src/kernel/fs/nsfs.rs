//! Namespaces as files: namespaces(7), "The /proc/pid/ns/ directory".

use crate::abi::{Bytes, Dev, FileType};
use crate::clock::Nanos;
use crate::kernel::Kernel;
use crate::kernel::event::NsKind;
use crate::kernel::ns::NsRef;
use crate::kernel::security::{Kgid, Kuid};
use crate::kernel::table::MountId;
use crate::kernel::vfs::{Attributes, InodeRef, Place};

pub(super) fn attributes(_: &Kernel) -> Attributes {
    Attributes {
        file_type: FileType::Regular,
        mode: 0o444,
        uid: Kuid::ROOT,
        gid: Kgid::ROOT,
        nlink: 1,
        size: 0,
        rdev: Dev::default(),
        accessed: Nanos::ZERO,
        modified: Nanos::ZERO,
        changed: Nanos::ZERO,
    }
}

/// As readlink shows it: `uts:[4026531838]`.
pub(super) fn describe(k: &Kernel, inode: InodeRef) -> Bytes {
    match k.namespace_of_inode(inode) {
        Some(ns) => link_text(k, ns),
        None => "(deleted)".into(),
    }
}

pub fn link_text(k: &Kernel, ns: NsRef) -> Bytes {
    format!("{}:[{}]", ns.kind().name(), k.namespace_ino(ns)).into()
}

impl Kernel {
    /// The namespace that an inode of nsfs stands for, while it exists.
    pub fn namespace_of_inode(&self, inode: InodeRef) -> Option<NsRef> {
        if inode.sb != self.initial.nsfs {
            return None;
        }
        self.namespaces().find(|&ns| self.namespace_ino(ns) == inode.ino)
    }

    /// The place that a link in /proc/PID/ns leads to.
    pub fn namespace_place(&self, ns: NsRef) -> Place {
        // The kernel's own mount of nsfs: in no namespace's tree.
        let inode = InodeRef { sb: self.initial.nsfs, ino: self.namespace_ino(ns) };
        Place { mount: self.nsfs_mount(), inode }
    }

    fn nsfs_mount(&self) -> MountId {
        self.internal_mount(self.initial.nsfs)
    }

    /// Every namespace that exists, by kind.
    pub fn namespaces(&self) -> impl Iterator<Item = NsRef> {
        let user = self.user_ns.ids().map(NsRef::User);
        let pid = self.pid_ns.ids().map(NsRef::Pid);
        let mnt = self.mnt_ns.ids().map(NsRef::Mnt);
        let uts = self.uts_ns.ids().map(NsRef::Uts);
        user.chain(pid).chain(mnt).chain(uts)
    }

    pub fn namespace_ino(&self, ns: NsRef) -> u64 {
        match ns {
            NsRef::User(id) => self.user_ns[id].ino,
            NsRef::Pid(id) => self.pid_ns[id].ino,
            NsRef::Mnt(id) => self.mnt_ns[id].ino,
            NsRef::Uts(id) => self.uts_ns[id].ino,
        }
    }

    /// The user namespace that owns it; a user namespace's parent.
    pub fn namespace_owner(&self, ns: NsRef) -> Option<crate::kernel::table::UserNsId> {
        match ns {
            NsRef::User(id) => self.user_ns[id].parent,
            NsRef::Pid(id) => Some(self.pid_ns[id].owner),
            NsRef::Mnt(id) => Some(self.mnt_ns[id].owner),
            NsRef::Uts(id) => Some(self.uts_ns[id].owner),
        }
    }
}

impl NsRef {
    pub const fn kind(self) -> NsKind {
        match self {
            NsRef::User(_) => NsKind::User,
            NsRef::Pid(_) => NsKind::Pid,
            NsRef::Mnt(_) => NsKind::Mnt,
            NsRef::Uts(_) => NsKind::Uts,
        }
    }
}
