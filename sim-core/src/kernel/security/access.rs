//! Discretionary access control: path_resolution(7), "Permissions", and inode(7).

use super::{Cap, Cred, Kgid, Kuid, SysResult, Why, deny, ensure, has_capability};
use crate::abi::FileType;
use crate::kernel::Kernel;
use crate::kernel::vfs::{Attributes, InodeRef};

/// What a caller wants to do with a file; searching a directory is executing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want(u32);

impl Want {
    pub const NOTHING: Want = Want(0);
    pub const EXECUTE: Want = Want(1);
    pub const WRITE: Want = Want(2);
    pub const READ: Want = Want(4);

    pub const fn and(self, other: Want) -> Want {
        Want(self.0 | other.0)
    }

    pub const fn includes(self, other: Want) -> bool {
        self.0 & other.0 != 0
    }

    fn name(self) -> &'static str {
        match self.0 {
            0 => "nothing",
            1 => "execute or search",
            2 => "write",
            3 => "write and search",
            4 => "read",
            5 => "read and search",
            6 => "read and write",
            _ => "read, write and search",
        }
    }
}

/// Refuses unless the permission bits, or a capability, give `cred` what it wants of the file.
///
/// Only the first class that fits counts: an owner whom the owner bits forbid is not helped by the bits
/// for others.
pub fn check_access(k: &Kernel, cred: &Cred, inode: InodeRef, want: Want) -> SysResult<()> {
    let file = k.attributes(inode);
    let class = if cred.euid == file.uid {
        file.mode >> 6
    } else if cred.in_group(file.gid) {
        file.mode >> 3
    } else {
        file.mode
    };
    if want.0 & !(class & 7) == 0 || overridden(k, cred, &file, want) {
        return Ok(());
    }
    deny(Why::PermissionBits {
        wanted: want.name(),
        path: k.describe(inode),
        mode: file.mode & 0o7777,
        owner: file.uid.0,
    })
}

/// CAP_DAC_OVERRIDE does all, but executes only what somebody may execute; CAP_DAC_READ_SEARCH reads and
/// searches.
fn overridden(k: &Kernel, cred: &Cred, file: &Attributes, want: Want) -> bool {
    let directory = file.file_type == FileType::Directory;
    let executable = directory || !want.includes(Want::EXECUTE) || file.mode & 0o111 != 0;
    if executable && capable_over(k, cred, file, Cap::CAP_DAC_OVERRIDE) {
        return true;
    }
    let reads = if directory { !want.includes(Want::WRITE) } else { want == Want::READ };
    reads && capable_over(k, cred, file, Cap::CAP_DAC_READ_SEARCH)
}

/// Whether `cred` has `cap` over a file: in its user namespace, and only if the file's owner and group are
/// mapped there (user_namespaces(7)).
fn capable_over(k: &Kernel, cred: &Cred, file: &Attributes, cap: Cap) -> bool {
    ids_mapped(k, cred, file.uid, file.gid) && has_capability(k, cred, cred.user_ns, cap)
}

fn ids_mapped(k: &Kernel, cred: &Cred, uid: Kuid, gid: Kgid) -> bool {
    let ns = &k.user_ns[cred.user_ns];
    ns.uid_map.from_kernel(uid.0).is_some() && ns.gid_map.from_kernel(gid.0).is_some()
}

/// Refuses unless the caller owns the file, or has `cap` over it.
pub fn owner_or_capable(k: &Kernel, cred: &Cred, inode: InodeRef, cap: Cap) -> SysResult<()> {
    let file = k.attributes(inode);
    if cred.euid == file.uid || capable_over(k, cred, &file, cap) {
        return Ok(());
    }
    if has_capability(k, cred, cred.user_ns, cap) {
        return deny(Why::OwnerNotMapped { needed_in: cred.user_ns });
    }
    deny(Why::NotTheOwner { owner: file.uid.0, caller: cred.euid.0 })
}

/// Refuses to remove or rename somebody else's file in a sticky directory.
pub fn check_sticky(k: &Kernel, cred: &Cred, directory: InodeRef, inode: InodeRef) -> SysResult<()> {
    let dir = k.attributes(directory);
    let file = k.attributes(inode);
    let allowed = dir.mode & 0o1000 == 0
        || file.uid == cred.euid
        || dir.uid == cred.euid
        || capable_over(k, cred, &file, Cap::CAP_FOWNER);
    ensure(allowed, Why::StickyDirectory { owner: file.uid.0, caller: cred.euid.0 })
}

/// Whether the caller may leave the set-group-id bit on a file of this group: it is in the group, or has
/// CAP_FSETID over the file.
pub fn may_keep_setgid(k: &Kernel, cred: &Cred, file: &Attributes) -> bool {
    cred.in_group(file.gid) || capable_over(k, cred, file, Cap::CAP_FSETID)
}
