//! Credentials: setuid(2), setgroups(2), capset(2) and those that ask for them.

use crate::abi::*;
use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{
    Cap, CapSet, Cred, Kgid, Kuid, SysResult, Why, ensure, has_capability, ns_capable,
};
use crate::kernel::table::TaskId;

fn seen_uid(k: &Kernel, caller: TaskId, id: Kuid) -> Uid {
    Uid(k.user_ns[k.tasks[caller].cred.user_ns].uid_map.from_kernel_or_overflow(id.0))
}

fn seen_gid(k: &Kernel, caller: TaskId, id: Kgid) -> Gid {
    Gid(k.user_ns[k.tasks[caller].cred.user_ns].gid_map.from_kernel_or_overflow(id.0))
}

/// getuid(2).
pub fn getuid(k: &mut Kernel, caller: TaskId, _: &Getuid) -> SysResult<Uid> {
    Ok(seen_uid(k, caller, k.tasks[caller].cred.ruid))
}

/// geteuid(2).
pub fn geteuid(k: &mut Kernel, caller: TaskId, _: &Geteuid) -> SysResult<Uid> {
    Ok(seen_uid(k, caller, k.tasks[caller].cred.euid))
}

/// getgid(2).
pub fn getgid(k: &mut Kernel, caller: TaskId, _: &Getgid) -> SysResult<Gid> {
    Ok(seen_gid(k, caller, k.tasks[caller].cred.rgid))
}

/// getegid(2).
pub fn getegid(k: &mut Kernel, caller: TaskId, _: &Getegid) -> SysResult<Gid> {
    Ok(seen_gid(k, caller, k.tasks[caller].cred.egid))
}

fn known_uid(k: &Kernel, caller: TaskId, id: Uid) -> SysResult<Kuid> {
    let map = &k.user_ns[k.tasks[caller].cred.user_ns].uid_map;
    map.to_kernel(id.0).map(Kuid).ok_or_else(|| Why::IdNotMapped { id: id.0 }.into())
}

fn known_gid(k: &Kernel, caller: TaskId, id: Gid) -> SysResult<Kgid> {
    let map = &k.user_ns[k.tasks[caller].cred.user_ns].gid_map;
    map.to_kernel(id.0).map(Kgid).ok_or_else(|| Why::IdNotMapped { id: id.0 }.into())
}

fn is_capable(k: &Kernel, caller: TaskId, cap: Cap) -> bool {
    let cred = &k.tasks[caller].cred;
    has_capability(k, cred, cred.user_ns, cap)
}

/// setuid(2): all three ids with CAP_SETUID, else the effective one to the real or saved.
pub fn setuid(k: &mut Kernel, caller: TaskId, call: &Setuid) -> SysResult<Unit> {
    let uid = known_uid(k, caller, call.uid)?;
    let privileged = is_capable(k, caller, Cap::CAP_SETUID);
    let mut cred = k.tasks[caller].cred.clone();
    if privileged {
        (cred.ruid, cred.suid) = (uid, uid);
    } else {
        let own = uid == cred.ruid || uid == cred.suid;
        ensure(own, lacks(k, caller, Cap::CAP_SETUID))?;
    }
    cred.euid = uid;
    commit(k, caller, cred);
    Ok(Unit)
}

/// setgid(2).
pub fn setgid(k: &mut Kernel, caller: TaskId, call: &Setgid) -> SysResult<Unit> {
    let gid = known_gid(k, caller, call.gid)?;
    let privileged = is_capable(k, caller, Cap::CAP_SETGID);
    let mut cred = k.tasks[caller].cred.clone();
    if privileged {
        (cred.rgid, cred.sgid) = (gid, gid);
    } else {
        let own = gid == cred.rgid || gid == cred.sgid;
        ensure(own, lacks(k, caller, Cap::CAP_SETGID))?;
    }
    cred.egid = gid;
    commit(k, caller, cred);
    Ok(Unit)
}

fn lacks(k: &Kernel, caller: TaskId, cap: Cap) -> Why {
    let user_ns = k.tasks[caller].cred.user_ns;
    Why::LacksCapability { cap, needed_in: user_ns, caller_in: user_ns }
}

/// setresuid(2); -1 leaves an id as it is.
pub fn setresuid(k: &mut Kernel, caller: TaskId, call: &Setresuid) -> SysResult<Unit> {
    let mut cred = k.tasks[caller].cred.clone();
    let own = [cred.ruid, cred.euid, cred.suid];
    for (wanted, slot) in
        [(call.ruid, &mut cred.ruid), (call.euid, &mut cred.euid), (call.suid, &mut cred.suid)]
    {
        if wanted == Uid::UNCHANGED {
            continue;
        }
        let id = known_uid(k, caller, wanted)?;
        let allowed = own.contains(&id) || is_capable(k, caller, Cap::CAP_SETUID);
        ensure(allowed, lacks(k, caller, Cap::CAP_SETUID))?;
        *slot = id;
    }
    commit(k, caller, cred);
    Ok(Unit)
}

/// setresgid(2).
pub fn setresgid(k: &mut Kernel, caller: TaskId, call: &Setresgid) -> SysResult<Unit> {
    let mut cred = k.tasks[caller].cred.clone();
    let own = [cred.rgid, cred.egid, cred.sgid];
    for (wanted, slot) in
        [(call.rgid, &mut cred.rgid), (call.egid, &mut cred.egid), (call.sgid, &mut cred.sgid)]
    {
        if wanted == Gid::UNCHANGED {
            continue;
        }
        let id = known_gid(k, caller, wanted)?;
        let allowed = own.contains(&id) || is_capable(k, caller, Cap::CAP_SETGID);
        ensure(allowed, lacks(k, caller, Cap::CAP_SETGID))?;
        *slot = id;
    }
    commit(k, caller, cred);
    Ok(Unit)
}

/// Puts new credentials in place; leaving user 0 drops capabilities, coming to it raises them:
/// capabilities(7), "Effect of user ID changes on capabilities".
fn commit(k: &mut Kernel, caller: TaskId, mut cred: Cred) {
    let old = k.tasks[caller].cred.clone();
    if let Some(root) = k.user_ns[cred.user_ns].uid_map.to_kernel(0).map(Kuid) {
        let had_root = [old.ruid, old.euid, old.suid].contains(&root);
        let has_root = [cred.ruid, cred.euid, cred.suid].contains(&root);
        if had_root && !has_root {
            cred.permitted = CapSet::EMPTY;
            cred.effective = CapSet::EMPTY;
            cred.ambient = CapSet::EMPTY;
        }
        if old.euid == root && cred.euid != root {
            cred.effective = CapSet::EMPTY;
        }
        if old.euid != root && cred.euid == root {
            cred.effective = cred.permitted;
        }
    }
    let (uid, gid) = (cred.euid.0, cred.egid.0);
    k.tasks[caller].cred = cred;
    k.note(KernelEvent::CredentialsChanged { task: caller, uid, gid });
}

/// getgroups(2); size 0 asks only how many there are.
pub fn getgroups(k: &mut Kernel, caller: TaskId, call: &Getgroups) -> SysResult<Groups> {
    let groups: Vec<Gid> = k.tasks[caller].cred.groups.iter().map(|&id| seen_gid(k, caller, id)).collect();
    ensure(call.size == 0 || groups.len() as u64 <= call.size, Why::InvalidArgument { argument: "size" })?;
    Ok(Groups(groups))
}

/// setgroups(2).
pub fn setgroups(k: &mut Kernel, caller: TaskId, call: &Setgroups) -> SysResult<Unit> {
    let user_ns = k.tasks[caller].cred.user_ns;
    ns_capable(k, caller, user_ns, Cap::CAP_SETGID)?;
    let ns = &k.user_ns[user_ns];
    ensure(ns.setgroups_allowed && ns.gid_map.is_written(), Why::SetgroupsDenied)?;
    let mut groups = Vec::new();
    for &gid in call.list.iter().take(call.size as usize) {
        groups.push(known_gid(k, caller, gid)?);
    }
    groups.sort();
    k.tasks[caller].cred.groups = groups;
    Ok(Unit)
}

/// capget(2); 0 is the caller.
pub fn capget(k: &mut Kernel, caller: TaskId, call: &Capget) -> SysResult<CapSets> {
    ensure(call.pid.0 >= 0, Why::InvalidArgument { argument: "pid" })?;
    let task = if call.pid.0 == 0 { caller } else { k.task_by_pid(caller, call.pid)? };
    let cred = &k.tasks[task].cred;
    Ok(CapSets { effective: cred.effective.0, permitted: cred.permitted.0, inheritable: cred.inheritable.0 })
}

/// capset(2), for the caller itself.
pub fn capset(k: &mut Kernel, caller: TaskId, call: &Capset) -> SysResult<Unit> {
    let cred = &k.tasks[caller].cred;
    let new = |bits: u64| CapSet(bits & CapSet::FULL.0);
    let (effective, permitted, inheritable) =
        (new(call.sets.effective), new(call.sets.permitted), new(call.sets.inheritable));
    let first_beyond = |set: CapSet, limit: CapSet| set.iter().find(|&cap| !limit.contains(cap));
    let may_inherit = if has_capability(k, cred, cred.user_ns, Cap::CAP_SETPCAP) {
        cred.inheritable.union(cred.bounding)
    } else {
        cred.inheritable.union(cred.permitted)
    };
    for (set, limit) in [(inheritable, may_inherit), (permitted, cred.permitted), (effective, permitted)] {
        if let Some(cap) = first_beyond(set, limit) {
            return crate::kernel::security::deny(Why::CapsetTooMuch { cap });
        }
    }
    let cred = &mut k.tasks[caller].cred;
    (cred.effective, cred.permitted, cred.inheritable) = (effective, permitted, inheritable);
    cred.ambient = cred.ambient.intersection(permitted).intersection(inheritable);
    Ok(Unit)
}
