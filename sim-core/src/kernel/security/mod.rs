//! The only place that says no for lack of rights: capabilities, file permissions.

mod access;
pub mod caps;
pub mod cred;
mod why;

pub(super) use access::{Want, check_access, check_sticky, may_keep_setgid, owner_or_capable};
pub use caps::{Cap, CapSet};
pub use cred::{Cred, Kgid, Kuid};
pub use why::{Denied, Evidence, Rule, Stop, SysResult, Why, deny, ensure};

use super::Kernel;
pub(crate) use super::WaitOn;
use super::table::{TaskId, UserNsId};

/// Whether `cred` has `cap` in the user namespace `target`: the rules of user_namespaces(7),
/// "Capabilities". A capability held in a namespace holds in all below it, and the owner of a namespace
/// who is in its parent has every capability in it.
pub fn has_capability(k: &Kernel, cred: &Cred, target: UserNsId, cap: Cap) -> bool {
    let own_level = k.user_ns[cred.user_ns].level;
    let mut ns = target;
    loop {
        if ns == cred.user_ns {
            return cred.effective.contains(cap);
        }
        let here = &k.user_ns[ns];
        if here.level <= own_level {
            return false;
        }
        let Some(parent) = here.parent else { return false };
        if parent == cred.user_ns && here.owner == cred.euid {
            return true;
        }
        ns = parent;
    }
}

/// Refuses unless `caller` has `cap` in the user namespace `target`.
pub(super) fn ns_capable(k: &Kernel, caller: TaskId, target: UserNsId, cap: Cap) -> SysResult<()> {
    let cred = &k.tasks[caller].cred;
    let has = has_capability(k, cred, target, cap);
    ensure(has, Why::LacksCapability { cap, needed_in: target, caller_in: cred.user_ns })
}

/// Refuses unless `caller` has `cap` in the initial user namespace.
pub(super) fn capable(k: &Kernel, caller: TaskId, cap: Cap) -> SysResult<()> {
    ns_capable(k, caller, k.initial.user, cap)
}
