//! From a path to a place: path_resolution(7).

use super::{Entry, InodeRef, Place};
use crate::abi::{Bytes, DirFd, FileType};
use crate::kernel::Kernel;
use crate::kernel::fs::{self, LinkTarget};
use crate::kernel::security::{SysResult, Want, Why, check_access, deny, ensure};
use crate::kernel::table::TaskId;

/// Whether a symbolic link at the end of the path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    Yes,
    No,
}

/// Where a path leads, and the entry it goes through last; none for `/`, `.`, `..` and magic links.
#[derive(Clone, Debug)]
pub struct Found {
    pub place: Place,
    pub entry: Option<Entry>,
}

/// The directory in which the last part of a path stands, or would stand.
#[derive(Clone, Debug)]
pub struct Parent {
    pub directory: Place,
    pub name: Bytes,
    /// The path ends in a slash: the name has to be a directory.
    pub slash: bool,
}

const PATH_MAX: usize = 4096;
pub const NAME_MAX: usize = 255;
/// How many symbolic links one path may go through.
const LINKS_MAX: u32 = 40;

/// The place that an existing path leads to.
pub fn lookup(k: &Kernel, caller: TaskId, dirfd: DirFd, path: &[u8], follow: Follow) -> SysResult<Found> {
    let mut walk = Walk::start(k, caller, dirfd, path)?;
    walk.run(path, follow)
}

/// The same for callers that need only the place.
pub fn place(k: &Kernel, caller: TaskId, dirfd: DirFd, path: &[u8], follow: Follow) -> SysResult<Place> {
    lookup(k, caller, dirfd, path, follow).map(|found| found.place)
}

/// The parent of the last part of the path, for calls that make, remove or rename entries. `.` and `..`
/// are returned as names.
pub fn parent(k: &Kernel, caller: TaskId, dirfd: DirFd, path: &[u8]) -> SysResult<Parent> {
    let mut walk = Walk::start(k, caller, dirfd, path)?;
    let trimmed = trim_slashes(path);
    let split = trimmed.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
    let (head, last) = trimmed.split_at(split);
    let directory = if head.is_empty() { walk.at } else { walk.run(head, Follow::Yes)?.place };
    ensure(k.file_type(directory.inode) == FileType::Directory, Why::NotADirectory { name: head.into() })?;
    ensure(last.len() <= NAME_MAX, Why::FileNameTooLong { max: NAME_MAX as u32 })?;
    let name = if last.is_empty() { Bytes::from("/") } else { last.into() };
    Ok(Parent { directory, name, slash: trimmed.len() < path.len() && !last.is_empty() })
}

/// The entry of a directory, with what is mounted on it; none if there is no such entry. The caller has to
/// be allowed to search the directory.
pub fn child(k: &Kernel, caller: TaskId, directory: Place, name: &[u8]) -> SysResult<Option<Place>> {
    check_access(k, &k.tasks[caller].cred, directory.inode, Want::EXECUTE)?;
    let found = fs::lookup(k, caller, directory.inode, name)?;
    Ok(found.map(|inode| k.topmost(Place { mount: directory.mount, inode })))
}

fn trim_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |last| last + 1);
    &path[..end]
}

struct Walk<'a> {
    k: &'a Kernel,
    caller: TaskId,
    root: Place,
    at: Place,
    entry: Option<Entry>,
    links: u32,
}

impl<'a> Walk<'a> {
    fn start(k: &'a Kernel, caller: TaskId, dirfd: DirFd, path: &[u8]) -> SysResult<Walk<'a>> {
        ensure(!path.is_empty(), Why::EmptyPath)?;
        ensure(path.len() < PATH_MAX, Why::FileNameTooLong { max: PATH_MAX as u32 - 1 })?;
        let fs_info = &k.fs_infos[k.tasks[caller].fs];
        let at = if path.starts_with(b"/") {
            fs_info.root
        } else if dirfd == DirFd::CWD {
            fs_info.cwd
        } else {
            let file = k.file_of(caller, crate::abi::Fd(dirfd.0))?;
            let place = k.files[file].place;
            ensure(
                k.file_type(place.inode) == FileType::Directory,
                Why::NotADirectory { name: path.into() },
            )?;
            place
        };
        Ok(Walk { k, caller, root: fs_info.root, at, entry: None, links: 0 })
    }

    fn run(&mut self, path: &[u8], follow: Follow) -> SysResult<Found> {
        let directory_wanted = path.ends_with(b"/") || path.ends_with(b"/.");
        let mut parts: Vec<Bytes> = components(path);
        parts.reverse();
        while let Some(part) = parts.pop() {
            let last = parts.is_empty();
            self.step(&part)?;
            if self.k.file_type(self.at.inode) == FileType::Symlink
                && (!last || follow == Follow::Yes || directory_wanted)
            {
                self.follow_link(&mut parts)?;
            }
        }
        if directory_wanted {
            self.must_be_directory(path)?;
        }
        Ok(Found { place: self.at, entry: self.entry.take() })
    }

    fn step(&mut self, part: &Bytes) -> SysResult<()> {
        self.must_be_directory(part)?;
        check_access(self.k, &self.k.tasks[self.caller].cred, self.at.inode, Want::EXECUTE)?;
        ensure(part.len() <= NAME_MAX, Why::FileNameTooLong { max: NAME_MAX as u32 })?;
        match part.as_slice() {
            b"." => self.entry = None,
            b".." => {
                self.at = self.k.parent_place(self.at, self.root);
                self.entry = None;
            }
            name => {
                let Some(inode) = fs::lookup(self.k, self.caller, self.at.inode, name)? else {
                    return deny(Why::NoSuchFile { name: part.clone() });
                };
                self.entry = Some(Entry { directory: self.at.inode, name: part.clone() });
                self.at = self.k.topmost(Place { mount: self.at.mount, inode });
            }
        }
        Ok(())
    }

    fn follow_link(&mut self, parts: &mut Vec<Bytes>) -> SysResult<()> {
        self.links += 1;
        ensure(self.links <= LINKS_MAX, Why::TooManyLinks)?;
        match fs::link_target(self.k, self.caller, self.at.inode)? {
            LinkTarget::Path(target) => {
                ensure(!target.is_empty(), Why::EmptyPath)?;
                self.at = if target.starts_with(b"/") {
                    self.root
                } else {
                    // The link stands in a directory: resolve from there.
                    let directory = self.entry.as_ref().map_or(self.at.inode, |entry| entry.directory);
                    Place { mount: self.at.mount, inode: directory }
                };
                let mut more = components(&target);
                more.reverse();
                parts.extend(more);
                self.entry = None;
            }
            LinkTarget::Place(place) => {
                self.at = place;
                self.entry = None;
            }
        }
        Ok(())
    }

    fn must_be_directory(&self, name: &[u8]) -> SysResult<()> {
        let is_directory = self.k.file_type(self.at.inode) == FileType::Directory;
        ensure(is_directory, Why::NotADirectory { name: name.into() })
    }
}

fn components(path: &[u8]) -> Vec<Bytes> {
    path.split(|&b| b == b'/').filter(|part| !part.is_empty()).map(Bytes::from).collect()
}

impl Kernel {
    /// The root of what is mounted on top at this place, or the place itself.
    pub fn topmost(&self, mut place: Place) -> Place {
        while let Some(&mount) = self.mount_points.get(&place) {
            place = self.mount_root(mount);
        }
        place
    }

    /// `..`, not beyond `root`.
    pub fn parent_place(&self, mut place: Place, root: Place) -> Place {
        while place != root && place.inode == self.mounts[place.mount].root {
            let mount = &self.mounts[place.mount];
            match mount.parent {
                Some(parent) => place = Place { mount: parent, inode: mount.mountpoint },
                None => return place,
            }
        }
        if place == root {
            return place;
        }
        let inode = fs::parent(self, place.inode);
        self.topmost(Place { mount: place.mount, inode })
    }

    /// The path of a place as seen from `root`; none where `root` is not above it.
    pub fn path_of(&self, place: Place, entry: Option<&Entry>, root: Place) -> Option<Bytes> {
        let mut names: Vec<Bytes> = Vec::new();
        let mut at = place;
        let mut entry = entry.cloned();
        while at != root {
            let mount = &self.mounts[at.mount];
            if at.inode == mount.root {
                let parent = mount.parent?;
                at = Place { mount: parent, inode: mount.mountpoint };
                entry = mount.entry.clone();
                continue;
            }
            let (directory, name) = match entry.take() {
                Some(entry) => (entry.directory, entry.name),
                None => self.name_of_directory(at.inode)?,
            };
            names.push(name);
            at.inode = directory;
        }
        if names.is_empty() {
            return Some("/".into());
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        Some(path.into())
    }

    /// A directory's parent and its name there.
    fn name_of_directory(&self, inode: InodeRef) -> Option<(InodeRef, Bytes)> {
        let parent = fs::parent(self, inode);
        if parent == inode {
            return None;
        }
        fs::name_in(self, parent, inode).map(|name| (parent, name))
    }
}
