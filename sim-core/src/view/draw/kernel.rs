//! The kernel's tables.

use std::collections::BTreeMap;

use super::Progress;
use crate::abi::Pid;
use crate::kernel::Kernel;
use crate::kernel::event::NsKind;
use crate::kernel::fs::proc;
use crate::kernel::ns::NsRef;
use crate::kernel::ns::idmap::IdMap;
use crate::kernel::security::CapSet;
use crate::kernel::table::{MntNsId, TaskId};
use crate::kernel::task::State;
use crate::view::{
    CredentialsView, FdView, IdMapLine, KernelView, MemoryView, MountView, NamespaceDetail, NamespaceKind,
    NamespaceRef, NamespaceView, NamespacedPid, TaskState, TaskView,
};

pub(super) fn draw(k: &Kernel, progress: &Progress) -> KernelView {
    let memory = k.memory();
    let kib = |bytes: u64| bytes / 1024;
    let users = k.user_names();
    KernelView {
        release: k.info.release.to_owned(),
        command_line: k.info.command_line.clone(),
        uptime_ns: k.now().0,
        log_line: k.log.lines().next_back().map(|line| line.text.clone()).unwrap_or_default(),
        tasks: tasks_in_order(k).into_iter().map(|task| draw_task(k, task, &users)).collect(),
        namespaces: draw_namespaces(k),
        memory: MemoryView {
            total_kib: kib(memory.total_bytes),
            used_kib: kib(memory.total_bytes
                - memory.free_bytes
                - memory.cached_bytes.min(memory.total_bytes - memory.free_bytes)),
            cache_kib: kib(memory.cached_bytes),
            free_kib: kib(memory.free_bytes),
        },
        file_systems: file_systems(k),
        drivers: drivers(k),
        pipes: k.pipes.len(),
        syscalls: progress.syscalls,
        denials: progress.denials,
        context_switches: k.sched.switches,
        run_queue: k.sched.queued().map(|task| u64::from(task.0)).collect(),
    }
}

/// The drivers that have a device.
fn drivers(k: &Kernel) -> Vec<String> {
    let serial = (!k.ttys.is_empty()).then(|| "8250".to_owned());
    let disks = (!k.block.devices().is_empty()).then(|| "virtio_blk".to_owned());
    serial.into_iter().chain(disks).collect()
}

/// Parents before children, siblings oldest first.
fn tasks_in_order(k: &Kernel) -> Vec<TaskId> {
    fn add(k: &Kernel, task: TaskId, order: &mut Vec<TaskId>) {
        order.push(task);
        for &child in &k.tasks[task].children {
            add(k, child, order);
        }
    }
    let mut order = Vec::new();
    for (task, row) in k.tasks.iter() {
        if row.parent.is_none() {
            add(k, task, &mut order);
        }
    }
    order
}

fn draw_task(k: &Kernel, id: TaskId, users: &BTreeMap<u32, String>) -> TaskView {
    let row = &k.tasks[id];
    let alive = k.is_alive(id);
    let numbers = k.pids.numbers(id);
    let pid = k.pids.number(id, k.initial.pid).unwrap_or(Pid(0)).0 as u32;
    let (root, cwd) = if alive {
        let fs = &k.fs_infos[row.fs];
        let top = k.topmost(k.mount_root(k.mnt_ns[row.ns.mnt].root));
        let path =
            |place, from| k.path_of(place, None, from).map_or_else(|| "?".to_owned(), |path| path.to_text());
        (path(fs.root, top), path(fs.cwd, fs.root))
    } else {
        (String::new(), String::new())
    };
    TaskView {
        id: u64::from(id.0),
        parent: row.parent.map(|parent| u64::from(parent.0)),
        pid,
        pids: numbers
            .iter()
            .rev()
            .filter_map(|&(ns, pid)| {
                Some(NamespacedPid { namespace: k.pid_ns.get(ns)?.ino, pid: pid as u32 })
            })
            .collect(),
        comm: row.comm.to_text(),
        argv: row.argv.iter().map(|word| word.to_text()).collect(),
        state: task_state(k, id),
        waits_in: row.call.as_ref().map(|call| call.spec().name.to_owned()),
        credentials: draw_credentials(k, id, users),
        namespaces: if alive {
            k.namespaces_of(id).into_iter().map(|ns| namespace_ref(k, ns)).collect()
        } else {
            Vec::new()
        },
        working_directory: cwd,
        root_directory: root,
        files: if alive { draw_files(k, id) } else { Vec::new() },
        terminal: k.controlling_tty(id).map(|tty| k.ttys[tty].name.to_text()),
        cpu: Some(row.last_cpu),
        cpu_time_ns: row.cpu_time.0,
        rss_kib: if alive { k.resident_bytes(id) / 1024 } else { 0 },
        kernel_thread: false,
    }
}

fn task_state(k: &Kernel, id: TaskId) -> TaskState {
    match k.tasks[id].state {
        State::Runnable if k.sched.cpus.iter().any(|cpu| cpu.current == Some(id)) => TaskState::Running,
        State::Runnable => TaskState::Runnable,
        State::Blocked { .. } => TaskState::Sleeping,
        State::Stopped { .. } => TaskState::Stopped,
        State::Zombie(_) => TaskState::Zombie,
    }
}

fn draw_credentials(k: &Kernel, id: TaskId, users: &BTreeMap<u32, String>) -> CredentialsView {
    let cred = &k.tasks[id].cred;
    let (uid, gid) = match k.user_ns.get(cred.user_ns) {
        Some(ns) => {
            (ns.uid_map.from_kernel_or_overflow(cred.euid.0), ns.gid_map.from_kernel_or_overflow(cred.egid.0))
        }
        None => (cred.euid.0, cred.egid.0),
    };
    CredentialsView {
        kuid: cred.euid.0,
        kgid: cred.egid.0,
        uid,
        gid,
        user: users.get(&uid).cloned(),
        effective: cred.effective.iter().map(|cap| cap.name().to_owned()).collect(),
        all_capabilities: cred.effective == CapSet::FULL,
    }
}

fn draw_files(k: &Kernel, id: TaskId) -> Vec<FdView> {
    let table = &k.fd_tables[k.tasks[id].fds];
    let target = |fd: i32| proc::descriptor_name(k, id, fd);
    table.entries.keys().map(|&fd| FdView { fd: fd as u32, target: target(fd).to_text() }).collect()
}

fn kind(kind: NsKind) -> NamespaceKind {
    match kind {
        NsKind::User => NamespaceKind::User,
        NsKind::Pid => NamespaceKind::Pid,
        NsKind::Mnt => NamespaceKind::Mnt,
        NsKind::Uts => NamespaceKind::Uts,
    }
}

fn is_initial(k: &Kernel, ns: NsRef) -> bool {
    let initial = &k.initial;
    match ns {
        NsRef::User(id) => id == initial.user,
        NsRef::Pid(id) => id == initial.pid,
        NsRef::Mnt(id) => id == initial.mnt,
        NsRef::Uts(id) => id == initial.uts,
    }
}

fn namespace_ref(k: &Kernel, ns: NsRef) -> NamespaceRef {
    NamespaceRef { kind: kind(ns.kind()), inode: k.namespace_ino(ns), initial: is_initial(k, ns) }
}

fn draw_namespaces(k: &Kernel) -> Vec<NamespaceView> {
    let mut drawn: Vec<NamespaceView> = k
        .namespaces()
        .map(|ns| {
            let parent = match ns {
                NsRef::User(id) => k.user_ns[id].parent.map(NsRef::User),
                NsRef::Pid(id) => k.pid_ns[id].parent.map(NsRef::Pid),
                NsRef::Mnt(_) | NsRef::Uts(_) => None,
            };
            NamespaceView {
                kind: kind(ns.kind()),
                inode: k.namespace_ino(ns),
                initial: is_initial(k, ns),
                owner: k.namespace_owner(ns).map(|owner| k.user_ns[owner].ino),
                parent: parent.map(|parent| k.namespace_ino(parent)),
                members: k
                    .tasks
                    .ids()
                    .filter(|&task| k.is_alive(task) && k.namespaces_of(task).contains(&ns))
                    .map(|task| u64::from(task.0))
                    .collect(),
                detail: draw_detail(k, ns),
            }
        })
        .collect();
    drawn.sort_by_key(|ns| ns.kind);
    drawn
}

fn draw_detail(k: &Kernel, ns: NsRef) -> NamespaceDetail {
    match ns {
        NsRef::Uts(id) => NamespaceDetail::Uts {
            hostname: k.uts_ns[id].hostname.to_text(),
            domain_name: k.uts_ns[id].domainname.to_text(),
        },
        NsRef::Pid(id) => NamespaceDetail::Pid { level: k.pid_ns[id].level },
        NsRef::Mnt(id) => NamespaceDetail::Mnt { mounts: draw_mounts(k, id) },
        NsRef::User(id) => {
            let row = &k.user_ns[id];
            NamespaceDetail::User {
                level: row.level,
                uid_map: draw_map(&row.uid_map),
                gid_map: draw_map(&row.gid_map),
                setgroups_allowed: row.setgroups_allowed,
            }
        }
    }
}

fn draw_map(map: &IdMap) -> Vec<IdMapLine> {
    let line = |extent: &crate::kernel::ns::idmap::Extent| IdMapLine {
        inside: extent.inside,
        outside: extent.kernel,
        count: extent.count,
    };
    map.extents.iter().map(line).collect()
}

fn draw_mounts(k: &Kernel, ns: MntNsId) -> Vec<MountView> {
    let top = k.topmost(k.mount_root(k.mnt_ns[ns].root));
    let mounts = k.subtree(k.mnt_ns[ns].root);
    mounts
        .into_iter()
        .filter_map(|id| {
            let row = &k.mounts[id];
            let target = k.path_of(k.mount_root(id), None, top)?;
            let mut propagation = Vec::new();
            if let Some(group) = row.peer_group {
                propagation.push(format!("shared:{group}"));
            }
            if let Some(group) = row.master {
                propagation.push(format!("master:{group}"));
            }
            Some(MountView {
                id: u64::from(id.0),
                parent: u64::from(row.parent.unwrap_or(id).0),
                target: target.to_text(),
                source: row.source.to_text(),
                file_system: k.supers[row.sb].fs.name().to_owned(),
                options: k.mount_options(id),
                propagation: propagation.join(" "),
            })
        })
        .collect()
}

fn file_systems(k: &Kernel) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    for (_, mount) in k.mounts.iter().filter(|(_, mount)| mount.parent.is_some()) {
        *counts.entry(k.supers[mount.sb].fs.name()).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
