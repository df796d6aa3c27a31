//! User namespaces: user_namespaces(7).

use super::idmap::{Extent, IdMap};
use super::{DEPTH_MAX, UserNs, full_capabilities};
use crate::kernel::Kernel;
use crate::kernel::event::{KernelEvent, NsKind};
use crate::kernel::security::{Cap, Cred, SysResult, Why, deny, ensure, has_capability, ns_capable};
use crate::kernel::table::*;
use crate::kernel::vfs::Place;

/// clone(2) and unshare(2) with CLONE_NEWUSER need no capability, but this much.
pub(super) fn check_create(k: &Kernel, caller: TaskId) -> SysResult<()> {
    let cred = &k.tasks[caller].cred;
    let parent = &k.user_ns[cred.user_ns];
    ensure(parent.level < DEPTH_MAX, Why::NamespaceDepth { kind: "user", max: DEPTH_MAX })?;
    ensure(!is_chrooted(k, caller), Why::UserNamespaceInChroot)?;
    let mapped = parent.uid_map.from_kernel(cred.euid.0).is_some()
        && parent.gid_map.from_kernel(cred.egid.0).is_some();
    ensure(mapped, Why::UnmappedCreator)
}

fn is_chrooted(k: &Kernel, caller: TaskId) -> bool {
    let root = k.fs_infos[k.tasks[caller].fs].root;
    let ns_root: Place = k.topmost(k.mount_root(k.mnt_ns[k.tasks[caller].ns.mnt].root));
    root != ns_root
}

/// A new user namespace below the caller's, and the credentials of its first member.
pub(super) fn create(k: &mut Kernel, caller: TaskId) -> Cred {
    let mut cred = k.tasks[caller].cred.clone();
    let ino = k.new_ns_ino();
    let parent = cred.user_ns;
    let level = k.user_ns[parent].level + 1;
    let setgroups_allowed = k.user_ns[parent].setgroups_allowed;
    let id = k.user_ns.insert(UserNs {
        ino,
        parent: Some(parent),
        level,
        owner: cred.euid,
        group: cred.egid,
        uid_map: IdMap::default(),
        gid_map: IdMap::default(),
        setgroups_allowed,
        creator_had_setfcap: cred.effective.contains(Cap::CAP_SETFCAP),
    });
    k.note(KernelEvent::NamespaceCreated { kind: NsKind::User, ino, by: Some(caller) });
    cred.user_ns = id;
    full_capabilities(&mut cred);
    cred.bounding = crate::kernel::security::CapSet::FULL;
    cred
}

/// setns(2) into a user namespace: needs CAP_SYS_ADMIN in it, and gives all capabilities there.
pub(super) fn enter(k: &mut Kernel, caller: TaskId, id: UserNsId) -> SysResult<()> {
    ensure(k.tasks[caller].cred.user_ns != id, Why::OwnUserNamespace)?;
    let fs = k.tasks[caller].fs;
    ensure(k.fs_infos[fs].users == 1, Why::SharedState { flags: "CLONE_FS with another task, and setns" })?;
    ns_capable(k, caller, id, Cap::CAP_SYS_ADMIN)?;
    let cred = &mut k.tasks[caller].cred;
    cred.user_ns = id;
    full_capabilities(cred);
    Ok(())
}

/// Which of the two maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Uid,
    Gid,
}

impl Which {
    pub const fn file_name(self) -> &'static str {
        match self {
            Which::Uid => "uid_map",
            Which::Gid => "gid_map",
        }
    }

    const fn capability(self) -> Cap {
        match self {
            Which::Uid => Cap::CAP_SETUID,
            Which::Gid => Cap::CAP_SETGID,
        }
    }
}

const LINES_MAX: usize = 340;
const PAGE: usize = 4096;

/// Writes /proc/PID/uid_map or gid_map. `opener` is whoever opened the file, with the credentials of then.
pub fn write_map(
    k: &mut Kernel,
    writer: TaskId,
    opener: &Cred,
    id: UserNsId,
    which: Which,
    text: &[u8],
) -> SysResult<()> {
    ensure(text.len() < PAGE, Why::MapTooLong)?;
    let ns = &k.user_ns[id];
    let map = match which {
        Which::Uid => &ns.uid_map,
        Which::Gid => &ns.gid_map,
    };
    ensure(!map.is_written(), Why::MapAlreadyWritten)?;
    ns_capable(k, writer, id, Cap::CAP_SYS_ADMIN)?;
    let Some(parent) = ns.parent else { return deny(Why::MapAlreadyWritten) };
    let mut extents = parse(text)?;
    let writer_ns = k.tasks[writer].cred.user_ns;
    ensure(writer_ns == id || writer_ns == parent, Why::MapWriter)?;
    check_allowed(k, writer, opener, id, parent, which, &extents)?;
    let parent_map = match which {
        Which::Uid => &k.user_ns[parent].uid_map,
        Which::Gid => &k.user_ns[parent].gid_map,
    };
    for extent in &mut extents {
        let kernel = parent_map.range_to_kernel(extent.parent, extent.count);
        extent.kernel = kernel.ok_or(Why::MapParentIdNotMapped)?;
    }

    let row = &mut k.user_ns[id];
    match which {
        Which::Uid => row.uid_map = IdMap { extents },
        Which::Gid => row.gid_map = IdMap { extents },
    }
    let ino = row.ino;
    k.note(KernelEvent::IdsMapped { ino, which: which.file_name(), map: text.into() });
    Ok(())
}

/// Lines of three numbers; no extent may overlap another, inside or outside.
fn parse(text: &[u8]) -> SysResult<Vec<Extent>> {
    let text = std::str::from_utf8(text).map_err(|_| Why::MapSyntax)?;
    let mut extents: Vec<Extent> = Vec::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let numbers: Result<Vec<u32>, _> = line.split_ascii_whitespace().map(parse_number).collect();
        let Ok(&[inside, parent, count]) = numbers.as_deref() else { return deny(Why::MapSyntax) };
        let fits = |first: u32| first != u32::MAX && first.checked_add(count).is_some();
        ensure(count > 0 && fits(inside) && fits(parent), Why::MapRange)?;
        let overlaps = |a: u32, b: u32, b_count: u32| a < b + b_count && b < a + count;
        let clash = extents.iter().any(|other| {
            overlaps(inside, other.inside, other.count) || overlaps(parent, other.parent, other.count)
        });
        ensure(!clash, Why::MapRange)?;
        extents.push(Extent { inside, parent, kernel: 0, count });
        ensure(extents.len() <= LINES_MAX, Why::MapTooLong)?;
    }
    Ok(extents)
}

fn parse_number(word: &str) -> Result<u32, std::num::ParseIntError> {
    word.parse()
}

/// new_idmap_permitted in Linux: who may write which map.
fn check_allowed(
    k: &Kernel,
    writer: TaskId,
    opener: &Cred,
    id: UserNsId,
    parent: UserNsId,
    which: Which,
    extents: &[Extent],
) -> SysResult<()> {
    let ns = &k.user_ns[id];
    let cred = &k.tasks[writer].cred;
    let maps_root = which == Which::Uid && extents.iter().any(|extent| extent.parent == 0);
    if maps_root {
        let allowed = if cred.user_ns == id {
            ns.creator_had_setfcap
        } else {
            has_capability(k, opener, parent, Cap::CAP_SETFCAP)
        };
        // Mapping one's own id needs no more than owning it.
        let own_root = extents.len() == 1 && extents[0].count == 1 && ns.owner.0 == 0 && cred.euid.0 == 0;
        ensure(allowed || (own_root && ns.creator_had_setfcap), Why::MapRootWithoutSetfcap)?;
    }
    if let ([extent], true) = (extents, ns.owner == cred.euid) {
        let parent_ns = &k.user_ns[parent];
        let own = match which {
            Which::Uid => parent_ns.uid_map.to_kernel(extent.parent) == Some(cred.euid.0),
            Which::Gid => parent_ns.gid_map.to_kernel(extent.parent) == Some(cred.egid.0),
        };
        if extent.count == 1 && own {
            if which == Which::Uid || !ns.setgroups_allowed {
                return Ok(());
            }
            if !has_capability(k, cred, parent, which.capability()) {
                return deny(Why::MapGroupsBeforeDeny);
            }
        }
    }
    let cap = which.capability();
    let privileged = has_capability(k, cred, parent, cap) && has_capability(k, opener, parent, cap);
    ensure(privileged, Why::MapMoreThanOwn)
}

/// Writes /proc/PID/setgroups: `allow` or `deny`.
pub fn write_setgroups(k: &mut Kernel, writer: TaskId, id: UserNsId, text: &[u8]) -> SysResult<()> {
    ns_capable(k, writer, id, Cap::CAP_SYS_ADMIN)?;
    let allow = match text.trim_ascii_end() {
        b"allow" => true,
        b"deny" => false,
        _ => return deny(Why::InvalidWrite { expected: "allow or deny" }),
    };
    let ns = &mut k.user_ns[id];
    if allow {
        ensure(ns.setgroups_allowed, Why::SetgroupsAfterMap)
    } else {
        ensure(!ns.setgroups_allowed || !ns.gid_map.is_written(), Why::SetgroupsAfterMap)?;
        ns.setgroups_allowed = false;
        Ok(())
    }
}
