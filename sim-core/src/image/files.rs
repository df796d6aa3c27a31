//! A tree of files on its way into an image.

use std::collections::BTreeMap;

use super::cpio::{self, Entry, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG};

/// When the image was made: 2025-12-01 00:00:00 UTC. Every file carries it.
const IMAGE_MADE_S: u32 = 1_764_547_200;

/// The files of an image by path (relative, without a leading slash). Parents sort before children, so
/// the archive can be unpacked from front to back.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    entries: BTreeMap<String, Entry>,
}

/// Who owns a file: user and group id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

/// root:root.
pub const ROOT: Owner = Owner { uid: 0, gid: 0 };

impl FileTree {
    /// Adds a directory; `permissions` may carry the set-id and sticky bits.
    pub fn directory(&mut self, path: &str, permissions: u32, owner: Owner) {
        self.insert(path, S_IFDIR | permissions, owner, Vec::new());
    }

    /// Adds an ordinary file.
    pub fn file(&mut self, path: &str, permissions: u32, owner: Owner, contents: impl Into<Vec<u8>>) {
        self.insert(path, S_IFREG | permissions, owner, contents.into());
    }

    /// Adds a symbolic link to `target`.
    pub fn symlink(&mut self, path: &str, target: &str) {
        self.insert(path, S_IFLNK | 0o777, ROOT, target.as_bytes().to_vec());
    }

    /// Adds a character device.
    pub fn character_device(&mut self, path: &str, permissions: u32, device: (u32, u32)) {
        self.insert(path, S_IFCHR | permissions, ROOT, Vec::new());
        self.entries.get_mut(path).expect("it was just inserted").device = device;
    }

    fn insert(&mut self, path: &str, mode: u32, Owner { uid, gid }: Owner, data: Vec<u8>) {
        let links = if mode & cpio::S_IFMT == S_IFDIR { 2 } else { 1 };
        let path_bytes = path.as_bytes().to_vec();
        let mtime_s = IMAGE_MADE_S;
        let entry =
            Entry { path: path_bytes, inode: 0, mode, uid, gid, links, mtime_s, device: (0, 0), data };
        self.entries.insert(path.to_owned(), entry);
    }

    /// Takes a file out again.
    pub fn remove(&mut self, path: &str) -> Option<Entry> {
        self.entries.remove(path)
    }

    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// All files, parents before children.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The tree as a cpio archive, its files numbered from 1.
    pub fn archive(&self) -> Vec<u8> {
        let numbered: Vec<Entry> =
            self.iter().zip(1..).map(|(entry, inode)| Entry { inode, ..entry.clone() }).collect();
        cpio::write(&numbered)
    }
}
