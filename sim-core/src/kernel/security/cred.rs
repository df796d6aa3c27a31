//! Who a task is: credentials(7).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::caps::CapSet;
use crate::kernel::table::UserNsId;

/// A user as the kernel knows it, the same for every user namespace. What a task sees is an
/// [`abi::Uid`](crate::abi::Uid), by the map of its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kuid(pub u32);

/// A group as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kgid(pub u32);

impl Kuid {
    pub const ROOT: Kuid = Kuid(0);
}

impl Kgid {
    pub const ROOT: Kgid = Kgid(0);
}

impl fmt::Display for Kuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Kgid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The credentials of a task: what `struct cred` is in Linux. The file system ids follow the effective
/// ids, as they do unless setfsuid(2) is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cred {
    pub ruid: Kuid,
    pub euid: Kuid,
    pub suid: Kuid,
    pub rgid: Kgid,
    pub egid: Kgid,
    pub sgid: Kgid,
    /// Supplementary groups, sorted.
    pub groups: Vec<Kgid>,
    pub effective: CapSet,
    pub permitted: CapSet,
    pub inheritable: CapSet,
    pub bounding: CapSet,
    pub ambient: CapSet,
    /// The user namespace in which the capabilities hold.
    pub user_ns: UserNsId,
}

impl Cred {
    /// The credentials of the first task: user 0 with every capability in the initial user namespace.
    pub fn initial(user_ns: UserNsId) -> Cred {
        Cred {
            ruid: Kuid::ROOT,
            euid: Kuid::ROOT,
            suid: Kuid::ROOT,
            rgid: Kgid::ROOT,
            egid: Kgid::ROOT,
            sgid: Kgid::ROOT,
            groups: Vec::new(),
            effective: CapSet::FULL,
            permitted: CapSet::FULL,
            inheritable: CapSet::EMPTY,
            bounding: CapSet::FULL,
            ambient: CapSet::EMPTY,
            user_ns,
        }
    }

    /// Whether the task is in a group, by its effective or a supplementary group id.
    pub fn in_group(&self, group: Kgid) -> bool {
        self.egid == group || self.groups.binary_search(&group).is_ok()
    }
}
