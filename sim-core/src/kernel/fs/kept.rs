//! File systems that keep their files in memory: tmpfs(5), devtmpfs, the first root.

use std::collections::BTreeMap;

use super::{FsType, dirent};
use crate::abi::{Bytes, Dev, Dirent};
use crate::clock::Nanos;
use crate::kernel::Kernel;
use crate::kernel::security::{Kgid, Kuid};
use crate::kernel::table::*;
use crate::kernel::vfs::{Inode, InodeRef, Node, Super};

/// A new, empty file system whose root belongs to `owner_uid`.
pub fn new_super(
    fs: FsType,
    dev: Dev,
    owner: UserNsId,
    root_mode: u32,
    uid: Kuid,
    gid: Kgid,
    now: Nanos,
) -> Super {
    let root = Inode {
        node: Node::Directory { parent: 1, entries: BTreeMap::new() },
        mode: root_mode,
        uid,
        gid,
        nlink: 2,
        accessed: now,
        modified: now,
        changed: now,
    };
    Super {
        fs,
        dev,
        owner,
        root: 1,
        inodes: BTreeMap::from([(1, root)]),
        next_ino: 2,
        read_only: false,
        options: String::new(),
        size_max: None,
    }
}

pub(super) fn lookup(k: &Kernel, directory: InodeRef, name: &[u8]) -> Option<InodeRef> {
    let entries = k.directory_entries(directory)?;
    entries.get(&Bytes::from(name)).map(|&ino| InodeRef { sb: directory.sb, ino })
}

pub(super) fn parent(k: &Kernel, directory: InodeRef) -> InodeRef {
    match k.inode(directory).map(|inode| &inode.node) {
        Some(Node::Directory { parent, .. }) => InodeRef { sb: directory.sb, ino: *parent },
        _ => directory,
    }
}

pub(super) fn name_in(k: &Kernel, directory: InodeRef, inode: InodeRef) -> Option<Bytes> {
    let entries = k.directory_entries(directory)?;
    entries.iter().find(|&(_, &ino)| ino == inode.ino).map(|(name, _)| name.clone())
}

/// Newest first, as Linux's tmpfs lists them: inode numbers only grow.
pub(super) fn entries(k: &Kernel, directory: InodeRef) -> Vec<Dirent> {
    let Some(entries) = k.directory_entries(directory) else { return Vec::new() };
    let mut listed: Vec<Dirent> = entries
        .iter()
        .map(|(name, &ino)| dirent(ino, k.file_type(InodeRef { sb: directory.sb, ino }), name))
        .collect();
    listed.sort_by(|a, b| b.ino.cmp(&a.ino).then_with(|| a.name.cmp(&b.name)));
    listed
}

pub(super) fn describe(k: &Kernel, inode: InodeRef) -> Bytes {
    let mut names = Vec::new();
    let mut at = inode;
    if k.directory_entries(at).is_none() {
        let Some((directory, name)) = any_name(k, at) else { return "(deleted)".into() };
        names.push(name);
        at = directory;
    }
    loop {
        let up = parent(k, at);
        if up == at {
            break;
        }
        names.push(name_in(k, up, at).unwrap_or_else(|| "(deleted)".into()));
        at = up;
    }
    let mut path = String::new();
    for name in names.iter().rev() {
        path.push('/');
        path.push_str(&name.to_text());
    }
    if path.is_empty() { "/".into() } else { path.into() }
}

/// One of the names of a file.
fn any_name(k: &Kernel, inode: InodeRef) -> Option<(InodeRef, Bytes)> {
    k.supers[inode.sb].inodes.iter().find_map(|(&ino, candidate)| {
        let Node::Directory { entries, .. } = &candidate.node else { return None };
        let (name, _) = entries.iter().find(|&(_, &target)| target == inode.ino)?;
        Some((InodeRef { sb: inode.sb, ino }, name.clone()))
    })
}

impl Kernel {
    pub(crate) fn directory_entries(&self, directory: InodeRef) -> Option<&BTreeMap<Bytes, u64>> {
        match &self.inode(directory)?.node {
            Node::Directory { entries, .. } => Some(entries),
            _ => None,
        }
    }

    fn directory_entries_mut(&mut self, directory: InodeRef) -> &mut BTreeMap<Bytes, u64> {
        match self.inode_mut(directory).map(|inode| &mut inode.node) {
            Some(Node::Directory { entries, .. }) => entries,
            _ => panic!("{directory:?} is no directory"),
        }
    }

    /// Makes a file and gives it a name.
    pub(crate) fn create(
        &mut self,
        directory: InodeRef,
        name: impl Into<Bytes>,
        node: Node,
        mode: u32,
        uid: Kuid,
        gid: Kgid,
    ) -> InodeRef {
        let now = self.now();
        let is_directory = matches!(node, Node::Directory { .. });
        let node = match node {
            Node::Directory { .. } => Node::Directory { parent: directory.ino, entries: BTreeMap::new() },
            other => other,
        };
        // A directory with the set-group-id bit hands on its group, and the bit to directories: inode(7).
        let parent = self.attributes(directory);
        let inherits = parent.mode & 0o2000 != 0;
        let gid = if inherits { parent.gid } else { gid };
        let mode = if inherits && is_directory { mode | 0o2000 } else { mode };
        let sb = &mut self.supers[directory.sb];
        let ino = sb.next_ino;
        sb.next_ino += 1;
        let nlink = if is_directory { 2 } else { 1 };
        sb.inodes
            .insert(ino, Inode { node, mode, uid, gid, nlink, accessed: now, modified: now, changed: now });
        self.directory_entries_mut(directory).insert(name.into(), ino);
        self.directory_changed(directory, i32::from(is_directory));
        InodeRef { sb: directory.sb, ino }
    }

    /// Gives an existing file one more name.
    pub(crate) fn add_name(&mut self, directory: InodeRef, name: impl Into<Bytes>, inode: InodeRef) {
        let now = self.now();
        self.directory_entries_mut(directory).insert(name.into(), inode.ino);
        self.directory_changed(directory, 0);
        if let Some(inode) = self.inode_mut(inode) {
            inode.nlink += 1;
            inode.changed = now;
        }
    }

    /// Takes a name away; a file without names is freed when it is no longer open.
    pub(crate) fn remove_name(&mut self, directory: InodeRef, name: &Bytes) {
        let now = self.now();
        let Some(ino) = self.directory_entries_mut(directory).remove(name) else { return };
        let inode = InodeRef { sb: directory.sb, ino };
        let Some(file) = self.inode_mut(inode) else { return };
        let is_directory = matches!(file.node, Node::Directory { .. });
        file.nlink = if is_directory { 0 } else { file.nlink - 1 };
        file.changed = now;
        self.directory_changed(directory, -i32::from(is_directory));
        self.forget_unlinked(inode);
    }

    /// Moves a name, replacing what has the new one; what was replaced loses it.
    pub(crate) fn move_name(&mut self, from: InodeRef, old: &Bytes, to: InodeRef, new: &Bytes) {
        if self.directory_entries(to).is_some_and(|entries| entries.contains_key(new)) {
            self.remove_name(to, new);
        }
        let Some(ino) = self.directory_entries_mut(from).remove(old) else { return };
        let inode = InodeRef { sb: from.sb, ino };
        self.directory_entries_mut(to).insert(new.clone(), ino);
        let now = self.now();
        let mut moved_directory = 0;
        if let Some(file) = self.inode_mut(inode) {
            file.changed = now;
            if let Node::Directory { parent, .. } = &mut file.node {
                *parent = to.ino;
                moved_directory = 1;
            }
        }
        self.directory_changed(from, -moved_directory);
        self.directory_changed(to, moved_directory);
    }

    fn directory_changed(&mut self, directory: InodeRef, subdirectories: i32) {
        let now = self.now();
        if let Some(inode) = self.inode_mut(directory) {
            inode.modified = now;
            inode.changed = now;
            inode.nlink = inode.nlink.saturating_add_signed(subdirectories);
        }
    }
}
