//! Namespaces: namespaces(7), unshare(2), setns(2).

pub mod idmap;
pub mod mnt;
pub mod user;

use std::collections::{BTreeMap, BTreeSet};

use super::Kernel;
use super::event::{KernelEvent, NsKind};
use super::security::{
    Cap, CapSet, Cred, Kgid, Kuid, SysResult, Why, deny, ensure, has_capability, ns_capable,
};
use super::syscall::unmodelled_flag;
use super::table::*;
use super::task::TaskNamespaces;
use super::vfs::FileKind;
use crate::abi::{Bytes, CloneFlags, Setns, Unit, Unshare};
use idmap::IdMap;

/// A user namespace: user_namespaces(7).
#[derive(Debug)]
pub struct UserNs {
    pub ino: u64,
    pub parent: Option<UserNsId>,
    /// 0 for the first.
    pub level: u32,
    /// Who created it: they have every capability in it, from the parent.
    pub owner: Kuid,
    pub group: Kgid,
    pub uid_map: IdMap,
    pub gid_map: IdMap,
    /// What /proc/PID/setgroups says.
    pub setgroups_allowed: bool,
    /// The creator had CAP_SETFCAP, so that the parent's user 0 may be mapped.
    pub creator_had_setfcap: bool,
}

/// A pid namespace: pid_namespaces(7).
#[derive(Debug)]
pub struct PidNs {
    pub ino: u64,
    pub parent: Option<PidNsId>,
    pub level: u32,
    pub owner: UserNsId,
    /// Process 1, from when there is one.
    pub init: Option<TaskId>,
    /// Process 1 has ended: nothing can be started any more.
    pub dead: bool,
    pub last_pid: i32,
    pub tasks: BTreeMap<i32, TaskId>,
}

/// A mount namespace: mount_namespaces(7).
#[derive(Debug)]
pub struct MntNs {
    pub ino: u64,
    pub owner: UserNsId,
    pub root: MountId,
}

/// A UTS namespace: uts_namespaces(7).
#[derive(Debug)]
pub struct UtsNs {
    pub ino: u64,
    pub owner: UserNsId,
    pub hostname: Bytes,
    pub domainname: Bytes,
}

/// A namespace of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NsRef {
    User(UserNsId),
    Pid(PidNsId),
    Mnt(MntNsId),
    Uts(UtsNsId),
}

/// Namespaces nest 32 levels below the first.
const DEPTH_MAX: u32 = 32;

/// New namespaces that have been found to be allowed. Nothing can fail after this.
pub struct Plan {
    flags: CloneFlags,
}

/// Checks whether `caller` may create the namespaces that `flags` ask for.
pub fn plan(k: &Kernel, caller: TaskId, flags: CloneFlags) -> SysResult<Plan> {
    let flags = flags.intersection(CloneFlags::NAMESPACES);
    let cred = &k.tasks[caller].cred;
    if flags.contains(CloneFlags::CLONE_NEWUSER) {
        user::check_create(k, caller)?;
    } else if !flags.is_empty() {
        ns_capable(k, caller, cred.user_ns, Cap::CAP_SYS_ADMIN)?;
    }
    if flags.contains(CloneFlags::CLONE_NEWPID) {
        let task = &k.tasks[caller];
        ensure(task.ns.pid_for_children == task.ns.pid, Why::PidNamespaceAlreadyNew)?;
        let level = k.pid_ns[task.ns.pid].level;
        ensure(level < DEPTH_MAX, Why::NamespaceDepth { kind: "pid", max: DEPTH_MAX })?;
        k.check_pid_ns_alive(task.ns.pid)?;
    }
    Ok(Plan { flags })
}

/// Creates the planned namespaces and returns what a task in them has: credentials, namespaces, and a root
/// and working directory where the mounts were copied. The user namespace comes first and owns the others.
pub fn create(k: &mut Kernel, caller: TaskId, plan: &Plan) -> (Cred, TaskNamespaces, Option<FsInfoId>) {
    let mut cred = k.tasks[caller].cred.clone();
    let mut ns = k.tasks[caller].ns;
    let mut fs = None;
    if plan.flags.contains(CloneFlags::CLONE_NEWUSER) {
        cred = user::create(k, caller);
    }
    if plan.flags.contains(CloneFlags::CLONE_NEWUTS) {
        let (hostname, domainname) = (k.uts_ns[ns.uts].hostname.clone(), k.uts_ns[ns.uts].domainname.clone());
        let ino = k.new_ns_ino();
        ns.uts = k.uts_ns.insert(UtsNs { ino, owner: cred.user_ns, hostname, domainname });
        k.note(KernelEvent::NamespaceCreated { kind: NsKind::Uts, ino, by: Some(caller) });
    }
    if plan.flags.contains(CloneFlags::CLONE_NEWPID) {
        ns.pid_for_children = new_pid_ns(k, caller, ns.pid, cred.user_ns);
    }
    if plan.flags.contains(CloneFlags::CLONE_NEWNS) {
        let (id, fs_info) = mnt::copy(k, caller, ns.mnt, cred.user_ns);
        ns.mnt = id;
        fs = Some(fs_info);
    }
    (cred, ns, fs)
}

fn new_pid_ns(k: &mut Kernel, caller: TaskId, parent: PidNsId, owner: UserNsId) -> PidNsId {
    let ino = k.new_ns_ino();
    k.note(KernelEvent::NamespaceCreated { kind: NsKind::Pid, ino, by: Some(caller) });
    let level = k.pid_ns[parent].level + 1;
    k.pid_ns.insert(PidNs {
        ino,
        parent: Some(parent),
        level,
        owner,
        init: None,
        dead: false,
        last_pid: 0,
        tasks: BTreeMap::new(),
    })
}

/// unshare(2).
pub fn unshare(k: &mut Kernel, caller: TaskId, call: &Unshare) -> SysResult<Unit> {
    use CloneFlags as F;
    let flags = call.flags;
    let modelled = F::CLONE_FS
        | F::CLONE_FILES
        | F::CLONE_SYSVSEM
        | F::CLONE_NEWNS
        | F::CLONE_NEWUTS
        | F::CLONE_NEWUSER
        | F::CLONE_NEWPID
        // With one thread there is nothing to unshare of these.
        | F::CLONE_THREAD
        | F::CLONE_SIGHAND
        | F::CLONE_VM;
    unmodelled_flag(k, caller, "unshare", flags.difference(modelled))?;
    let plan = plan(k, caller, flags)?;

    let (cred, ns, fs) = create(k, caller, &plan);
    let old_fs = k.tasks[caller].fs;
    let wants_own_fs = flags.intersects(F::CLONE_FS | F::CLONE_NEWUSER);
    let new_fs = match fs {
        Some(fs) => Some(fs),
        None if wants_own_fs && k.fs_infos[old_fs].users > 1 => Some(k.copy_fs_info(old_fs)),
        None => None,
    };
    if let Some(fs) = new_fs {
        k.tasks[caller].fs = fs;
        k.release_fs_info(old_fs);
    }
    let table = k.tasks[caller].fds;
    if flags.contains(F::CLONE_FILES) && k.fd_tables[table].users > 1 {
        let own = k.copy_descriptors(table);
        k.release_descriptors(table);
        k.tasks[caller].fds = own;
    }
    k.tasks[caller].cred = cred;
    k.tasks[caller].ns = ns;
    k.collect_namespaces();
    Ok(Unit)
}

/// setns(2), by a descriptor of a namespace file.
pub fn setns(k: &mut Kernel, caller: TaskId, call: &Setns) -> SysResult<Unit> {
    let file = k.file_of(caller, call.fd)?;
    let FileKind::Namespace = k.files[file].kind else { return deny(Why::NotANamespace) };
    let Some(ns) = k.namespace_of_inode(k.files[file].place.inode) else { return deny(Why::NotANamespace) };
    let wanted = call.nstype;
    ensure(wanted.is_empty() || wanted == clone_flag(ns.kind()), Why::NotANamespace)?;
    match ns {
        NsRef::User(id) => user::enter(k, caller, id)?,
        NsRef::Pid(id) => enter_pid(k, caller, id)?,
        NsRef::Mnt(id) => mnt::enter(k, caller, id)?,
        NsRef::Uts(id) => {
            check_admin_of(k, caller, k.uts_ns[id].owner)?;
            k.tasks[caller].ns.uts = id;
        }
    }
    let ino = k.namespace_ino(ns);
    k.note(KernelEvent::NamespaceEntered { kind: ns.kind(), ino, task: caller });
    k.collect_namespaces();
    Ok(Unit)
}

/// CAP_SYS_ADMIN over the namespace's owner and over one's own user namespace: setns(2).
pub(super) fn check_admin_of(k: &Kernel, caller: TaskId, owner: UserNsId) -> SysResult<()> {
    ns_capable(k, caller, owner, Cap::CAP_SYS_ADMIN)?;
    ns_capable(k, caller, k.tasks[caller].cred.user_ns, Cap::CAP_SYS_ADMIN)
}

fn enter_pid(k: &mut Kernel, caller: TaskId, id: PidNsId) -> SysResult<()> {
    check_admin_of(k, caller, k.pid_ns[id].owner)?;
    let own = k.tasks[caller].ns.pid;
    let mut above = Some(id);
    while above.is_some_and(|ns| ns != own) {
        above = above.and_then(|ns| k.pid_ns[ns].parent);
    }
    ensure(above.is_some(), Why::PidNamespaceNotBelow)?;
    k.tasks[caller].ns.pid_for_children = id;
    Ok(())
}

/// The flag of clone(2) that makes this kind.
pub const fn clone_flag(kind: NsKind) -> CloneFlags {
    match kind {
        NsKind::User => CloneFlags::CLONE_NEWUSER,
        NsKind::Pid => CloneFlags::CLONE_NEWPID,
        NsKind::Mnt => CloneFlags::CLONE_NEWNS,
        NsKind::Uts => CloneFlags::CLONE_NEWUTS,
    }
}

impl Kernel {
    /// The namespaces of a task, with those of its children where they differ.
    pub fn namespaces_of(&self, task: TaskId) -> [NsRef; 4] {
        let row = &self.tasks[task];
        [
            NsRef::Mnt(row.ns.mnt),
            NsRef::Pid(row.ns.pid),
            NsRef::User(row.cred.user_ns),
            NsRef::Uts(row.ns.uts),
        ]
    }

    /// Ends every namespace that nothing refers to any more: namespaces(7), "Namespace lifetime".
    pub(crate) fn collect_namespaces(&mut self) {
        loop {
            let used = self.used_namespaces();
            let unused: Vec<NsRef> = self.namespaces().filter(|ns| !used.contains(ns)).collect();
            if unused.is_empty() {
                return;
            }
            for ns in unused {
                self.end_namespace(ns);
            }
        }
    }

    fn used_namespaces(&self) -> BTreeSet<NsRef> {
        let initial = &self.initial;
        let mut used = BTreeSet::from([
            NsRef::User(initial.user),
            NsRef::Pid(initial.pid),
            NsRef::Mnt(initial.mnt),
            NsRef::Uts(initial.uts),
        ]);
        for (id, task) in self.tasks.iter() {
            // A zombie has left its namespaces, but still has its numbers and its user.
            used.insert(NsRef::User(task.cred.user_ns));
            used.insert(NsRef::Pid(task.ns.pid));
            if self.is_alive(id) {
                used.extend(self.namespaces_of(id));
                used.insert(NsRef::Pid(task.ns.pid_for_children));
            }
        }
        let open = self.files.iter().map(|(_, file)| file.place.inode);
        let mounted = self.mounts.iter().map(|(_, mount)| mount.root);
        used.extend(open.chain(mounted).filter_map(|inode| self.namespace_of_inode(inode)));
        // A proc mount holds its pid namespace.
        used.extend(self.supers.iter().filter_map(|(_, sb)| match sb.fs {
            super::fs::FsType::Proc { pid_ns } => Some(NsRef::Pid(pid_ns)),
            _ => None,
        }));
        self.add_owners_and_parents(&mut used);
        used
    }

    fn add_owners_and_parents(&self, used: &mut BTreeSet<NsRef>) {
        let mut queue: Vec<NsRef> = used.iter().copied().collect();
        while let Some(ns) = queue.pop() {
            let owner = self.namespace_owner(ns).map(NsRef::User);
            let parent = match ns {
                NsRef::Pid(id) => self.pid_ns[id].parent.map(NsRef::Pid),
                _ => None,
            };
            for up in owner.into_iter().chain(parent) {
                if used.insert(up) {
                    queue.push(up);
                }
            }
        }
    }

    fn end_namespace(&mut self, ns: NsRef) {
        let ino = self.namespace_ino(ns);
        self.note(KernelEvent::NamespaceEnded { kind: ns.kind(), ino });
        match ns {
            NsRef::User(id) => drop(self.user_ns.remove(id)),
            NsRef::Pid(id) => drop(self.pid_ns.remove(id)),
            NsRef::Uts(id) => drop(self.uts_ns.remove(id)),
            NsRef::Mnt(id) => {
                if let Some(gone) = self.mnt_ns.remove(id) {
                    self.drop_tree(gone.root);
                }
            }
        }
    }
}

/// All capabilities: what the creator of a user namespace gets in it.
pub(super) fn full_capabilities(cred: &mut Cred) {
    cred.effective = CapSet::FULL;
    cred.permitted = CapSet::FULL;
    cred.inheritable = CapSet::EMPTY;
    cred.ambient = CapSet::EMPTY;
}

/// Whether a task may look at, or take hold of, another: ptrace(2), "Ptrace access mode checking", without
/// Yama.
pub(crate) fn may_inspect(k: &Kernel, caller: TaskId, target: TaskId) -> bool {
    if caller == target {
        return true;
    }
    let (from, to) = (&k.tasks[caller].cred, &k.tasks[target].cred);
    let same_ids = [to.ruid, to.euid, to.suid].iter().all(|uid| *uid == from.euid)
        && [to.rgid, to.egid, to.sgid].iter().all(|gid| *gid == from.egid);
    let within = from.user_ns == to.user_ns && from.permitted.includes(to.permitted);
    (same_ids && within) || has_capability(k, from, to.user_ns, Cap::CAP_SYS_PTRACE)
}
