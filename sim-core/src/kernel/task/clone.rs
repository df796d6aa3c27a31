//! Making tasks: clone(2).

use std::collections::BTreeSet;

use super::{FdTable, State, Task, TaskNamespaces};
use crate::abi::{Clone, CloneFlags, Pid};
use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::ns;
use crate::kernel::security::{SysResult, Why, deny, ensure};
use crate::kernel::syscall::unmodelled_flag;
use crate::kernel::table::*;

const TASKS_MAX: u32 = 32_768;

/// clone(2): a child that differs from its parent as the flags say. The child runs the code that the
/// caller's thread hands over.
pub fn clone(k: &mut Kernel, caller: TaskId, call: &Clone) -> SysResult<Pid> {
    let flags = call.flags;
    check_flags(k, caller, flags)?;
    ensure(k.tasks.len() < TASKS_MAX, Why::TooManyTasks { limit: TASKS_MAX })?;
    let new_pid_ns = flags.contains(CloneFlags::CLONE_NEWPID);
    if !new_pid_ns {
        k.check_pid_ns_alive(k.tasks[caller].ns.pid_for_children)?;
    }
    let plan = ns::plan(k, caller, flags)?;

    let child = k.tasks.next_id();
    let parent = if flags.contains(CloneFlags::CLONE_PARENT) { k.tasks[caller].parent } else { Some(caller) };
    let (cred, namespaces, fs) = ns::create(k, caller, &plan);
    let pid_ns = namespaces.pid_for_children;
    let fds = share_or_copy_descriptors(k, caller, flags);
    let fs = match fs {
        Some(fs) => fs,
        None => share_or_copy_fs(k, caller, flags),
    };
    let started = k.now();
    let from = &k.tasks[caller];
    let mut signals = super::Signals {
        blocked: from.signals.blocked,
        actions: from.signals.actions.clone(),
        ..Default::default()
    };
    signals.caught = Default::default();
    let task = Task {
        parent,
        children: BTreeSet::new(),
        state: State::Runnable,
        cred,
        no_new_privs: from.no_new_privs,
        ns: TaskNamespaces { pid: pid_ns, ..namespaces },
        fds,
        fs,
        group: from.group,
        session: from.session,
        signals,
        exit_signal: flags.exit_signal(),
        parent_death_signal: crate::abi::Signal::NONE,
        comm: from.comm.clone(),
        argv: from.argv.clone(),
        envp: from.envp.clone(),
        exe: from.exe.clone(),
        has_execed: false,
        call: None,
        progress: 0,
        answer: None,
        started,
        cpu_time: Default::default(),
        last_cpu: from.last_cpu,
    };
    let id = k.tasks.insert(task);
    debug_assert_eq!(id, child);
    k.living += 1;
    k.assign_pids(child, pid_ns);
    if k.pid_ns[pid_ns].init.is_none() {
        k.pid_ns[pid_ns].init = Some(child);
    }
    if let Some(parent) = parent {
        k.tasks[parent].children.insert(child);
    }
    let pid = k.pid_seen_by(caller, child);
    k.note(KernelEvent::TaskCreated { task: child, parent: caller, pid: pid.0 });
    Ok(pid)
}

/// The combinations that clone(2) lists under EINVAL, and what is not modelled.
fn check_flags(k: &mut Kernel, caller: TaskId, flags: CloneFlags) -> SysResult<()> {
    use CloneFlags as F;
    if flags.contains(F::CLONE_NEWNS) && flags.contains(F::CLONE_FS) {
        return deny(Why::SharedState { flags: "CLONE_NEWNS and CLONE_FS" });
    }
    if flags.contains(F::CLONE_NEWUSER) && flags.contains(F::CLONE_FS) {
        return deny(Why::SharedState { flags: "CLONE_NEWUSER and CLONE_FS" });
    }
    if flags.contains(F::CLONE_THREAD) && !flags.contains(F::CLONE_SIGHAND) {
        return deny(Why::SharedState { flags: "CLONE_THREAD without CLONE_SIGHAND" });
    }
    if flags.contains(F::CLONE_SIGHAND) && !flags.contains(F::CLONE_VM) {
        return deny(Why::SharedState { flags: "CLONE_SIGHAND without CLONE_VM" });
    }
    let is_init = k.pid_ns[k.tasks[caller].ns.pid].init == Some(caller);
    if flags.contains(F::CLONE_PARENT) && is_init {
        return deny(Why::InvalidArgument { argument: "CLONE_PARENT by process 1 of a pid namespace" });
    }
    let modelled = F::CLONE_FS
        | F::CLONE_FILES
        | F::CLONE_PARENT
        | F::CLONE_NEWNS
        | F::CLONE_NEWUTS
        | F::CLONE_NEWUSER
        | F::CLONE_NEWPID
        | F::from_bits_retain(0xff);
    unmodelled_flag(k, caller, "clone", flags.difference(modelled))
}

fn share_or_copy_descriptors(k: &mut Kernel, caller: TaskId, flags: CloneFlags) -> FdTableId {
    let table = k.tasks[caller].fds;
    if flags.contains(CloneFlags::CLONE_FILES) {
        k.fd_tables[table].users += 1;
        return table;
    }
    k.copy_descriptors(table)
}

fn share_or_copy_fs(k: &mut Kernel, caller: TaskId, flags: CloneFlags) -> FsInfoId {
    let fs = k.tasks[caller].fs;
    if flags.contains(CloneFlags::CLONE_FS) {
        k.fs_infos[fs].users += 1;
        return fs;
    }
    k.copy_fs_info(fs)
}

impl Kernel {
    /// A table of its own with the same open files.
    pub(crate) fn copy_descriptors(&mut self, table: FdTableId) -> FdTableId {
        let copy = FdTable { users: 1, ..self.fd_tables[table].clone() };
        for entry in copy.entries.values() {
            self.files[entry.file].refs += 1;
        }
        self.fd_tables.insert(copy)
    }

    pub(crate) fn copy_fs_info(&mut self, fs: FsInfoId) -> FsInfoId {
        let copy = super::FsInfo { users: 1, ..self.fs_infos[fs].clone() };
        self.fs_infos.insert(copy)
    }

    pub(crate) fn release_descriptors(&mut self, table: FdTableId) {
        self.fd_tables[table].users -= 1;
        if self.fd_tables[table].users > 0 {
            return;
        }
        let table = self.fd_tables.remove(table).expect("it was just there");
        for entry in table.entries.values() {
            self.release_file(entry.file);
        }
    }

    pub(crate) fn release_fs_info(&mut self, fs: FsInfoId) {
        self.fs_infos[fs].users -= 1;
        if self.fs_infos[fs].users == 0
            && let Some(left) = self.fs_infos.remove(fs)
        {
            self.forget_unlinked(left.cwd.inode);
            self.forget_unlinked(left.root.inode);
        }
    }
}
