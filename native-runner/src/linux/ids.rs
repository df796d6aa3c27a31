//! Which host ids stand behind the ids of a sandbox: user_namespaces(7).

use std::fs;
use std::process::Command;

use rustix::process::{Pid, getegid, geteuid};

use super::failure::{Doing, Failure};
use super::protocol::{Mapping, Offer};

/// As many as an ordinary machine uses, up to `nobody` and one beyond.
const COUNT: u32 = 65536;

/// Beyond the ranges that /etc/subuid and service managers hand out: no file of the host belongs to
/// these ids and no process runs with them, so that they open nothing.
const UNUSED_BASE: u32 = 0x7000_0000;

/// How the ids of a sandbox are mapped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IdPlan {
    NoNamespace,
    /// By root: 0.. to `base`.., never to root's own ids. A root that were mapped to itself would still
    /// own, say, /proc/sys.
    Range {
        base: u32,
    },
    /// By newuidmap(1), which /etc/subuid allows: 0 to the user, 1.. to the subordinate ids.
    Subordinate {
        ids: OwnIds,
        users: u32,
        groups: u32,
    },
    /// 0 to the user, and nothing else.
    OwnId {
        ids: OwnIds,
        reason: String,
    },
}

/// Who the supervisor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnIds {
    user: u32,
    group: u32,
    /// Root with the capability to map ids.
    pub(super) is_root: bool,
}

impl OwnIds {
    pub(super) fn read() -> Result<OwnIds, Failure> {
        use rustix::thread::CapabilitySet;
        let held = rustix::thread::capabilities(None).doing("read the own capabilities")?.effective;
        let needed = CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::SYS_ADMIN;
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        Ok(OwnIds { user, group, is_root: user == 0 && held.contains(needed) })
    }
}

impl IdPlan {
    pub(super) fn for_this_user() -> Result<IdPlan, Failure> {
        let ids = OwnIds::read()?;
        if ids.is_root {
            return Ok(IdPlan::Range { base: unused_base()? });
        }
        let ranges = subordinate("/etc/subuid", ids.user).and_then(|users| {
            let groups = subordinate("/etc/subgid", ids.user)?;
            Ok(IdPlan::Subordinate { ids, users, groups })
        });
        Ok(ranges.unwrap_or_else(|failure| IdPlan::OwnId { ids, reason: failure.to_string() }))
    }

    /// Writes the maps of a process that has just been given its user namespace.
    pub(super) fn map(&self, process: Pid, offer: &mut Offer) -> Result<Mapping, Failure> {
        match self {
            IdPlan::NoNamespace => Ok(Mapping::None),
            IdPlan::Range { base } => {
                for file in ["uid_map", "gid_map"] {
                    fs::write(proc_file(process, file), format!("0 {base} {COUNT}\n"))
                        .doing(format!("write the sandbox's {file}"))?;
                }
                Ok(Mapping::Range)
            }
            IdPlan::Subordinate { ids, users, groups } => {
                let mapped = new_id_map("newuidmap", process, ids.user, *users)
                    .and_then(|()| new_id_map("newgidmap", process, ids.group, *groups));
                match mapped {
                    Ok(()) => Ok(Mapping::Range),
                    Err(failure) => Ok(own_id(*ids, failure.to_string(), offer)),
                }
            }
            IdPlan::OwnId { ids, reason } => Ok(own_id(*ids, reason.clone(), offer)),
        }
    }
}

fn own_id(ids: OwnIds, reason: String, offer: &mut Offer) -> Mapping {
    offer.many_ids = Err(reason);
    Mapping::OwnId { user: ids.user, group: ids.group }
}

fn proc_file(process: Pid, file: &str) -> String {
    format!("/proc/{}/{file}", process.as_raw_nonzero())
}

/// A base whose range the caller's own user namespace has.
fn unused_base() -> Result<u32, Failure> {
    let map = fs::read_to_string("/proc/self/uid_map").doing("read /proc/self/uid_map")?;
    // Each line: first id inside, first id outside, how many.
    let ends = map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        let (first, _, count) = (numbers.next()?.ok()?, numbers.next()?, numbers.next()?.ok()?);
        Some((first, first + count))
    });
    ends.filter_map(|(first, end)| {
        let base = u64::from(UNUSED_BASE).min(end.saturating_sub(u64::from(COUNT)));
        // Never root's own id, nor its neighbours in a small namespace.
        (base >= first.max(u64::from(COUNT))).then_some(base as u32)
    })
    .max()
    .ok_or_else(|| {
        Failure::new("choose ids for the sandbox", format!("fewer than {} are mapped here", 2 * COUNT))
    })
}

/// The first range of at least [`COUNT`] ids that a file of subuid(5)'s format gives to a user.
fn subordinate(file: &str, user: u32) -> Result<u32, Failure> {
    let text = fs::read_to_string(file).doing(format!("read {file}"))?;
    let names = [Some(user.to_string()), user_name(user)];
    text.lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let owner = fields.next()?;
            let (start, count) = (fields.next()?.parse().ok()?, fields.next()?.parse::<u32>().ok()?);
            (names.iter().flatten().any(|name| name == owner) && count >= COUNT).then_some(start)
        })
        .ok_or_else(|| Failure::new(format!("look up user {user} in {file}"), "no range of 65536 ids"))
}

fn user_name(user: u32) -> Option<String> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.get(2)? == &user.to_string()).then(|| fields[0].to_owned())
    })
}

fn new_id_map(program: &str, process: Pid, own: u32, start: u32) -> Result<(), Failure> {
    let numbers = [process.as_raw_nonzero().get() as u32, 0, own, 1, 1, start, COUNT - 1];
    let output = Command::new(program)
        .args(numbers.map(|number| number.to_string()))
        .output()
        .doing(format!("run {program}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(program, String::from_utf8_lossy(&output.stderr).trim()))
}
