//! The end of tasks: _exit(2), wait(2).

use super::State;
use crate::abi::{ExitGroup, Pid, Signal, Unit, Wait4, WaitOptions, WaitStatus, Waited};
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{Stop, SysResult, Why, deny, ensure};
use crate::kernel::syscall::known_flags;
use crate::kernel::table::TaskId;
use crate::kernel::task::signal;
use crate::kernel::{Kernel, WaitOn};

/// exit_group(2): never returns to the caller.
pub fn exit_group(k: &mut Kernel, caller: TaskId, call: &ExitGroup) -> SysResult<Unit> {
    end(k, caller, WaitStatus::Exited((call.status & 0xff) as u8));
    Ok(Unit)
}

/// Ends a task: gives back what it holds, hands its children on, and tells its parent.
pub(crate) fn end(k: &mut Kernel, task: TaskId, status: WaitStatus) {
    if !k.is_alive(task) {
        return;
    }
    if k.pid_ns[k.initial.pid].init == Some(task) {
        let code = match status {
            WaitStatus::Exited(code) => u32::from(code) << 8,
            WaitStatus::Signaled(signal) | WaitStatus::Stopped(signal) => u32::from(signal.0),
            WaitStatus::Continued => 0,
        };
        k.panic(Some(task), &format!("Attempted to kill init! exitcode=0x{code:08x}"));
        return;
    }
    if k.pid_ns[k.tasks[task].ns.pid].init == Some(task) {
        end_pid_namespace(k, task);
    }
    k.unblock(task);
    k.sched.remove(task);
    k.note(KernelEvent::TaskEnded { task, status });
    let row = &mut k.tasks[task];
    row.state = State::Zombie(status);
    k.living -= 1;
    let row = &mut k.tasks[task];
    row.call = None;
    if let Some((_, timer)) = row.signals.alarm.take() {
        k.timers.cancel(timer);
    }
    let (fds, fs) = (k.tasks[task].fds, k.tasks[task].fs);
    k.release_descriptors(fds);
    k.release_fs_info(fs);
    k.leave_terminal(task);
    hand_on_children(k, task);
    k.collect_namespaces();
    tell_parent(k, task, status);
}

/// When process 1 of a pid namespace ends, the kernel kills all others in it: pid_namespaces(7).
fn end_pid_namespace(k: &mut Kernel, init: TaskId) {
    let ns = k.tasks[init].ns.pid;
    k.pid_ns[ns].dead = true;
    let members: Vec<TaskId> = k.pid_ns[ns].tasks.values().copied().filter(|&task| task != init).collect();
    for task in members {
        if k.is_alive(task) {
            k.note(KernelEvent::SignalSent { signal: Signal::SIGKILL, to: task, from: None });
            end(k, task, WaitStatus::Signaled(Signal::SIGKILL));
        }
    }
    // zap_pid_ns_processes: init waits for its own children before it goes.
    let zombies: Vec<TaskId> = k.tasks[init].children.iter().copied().collect();
    for zombie in zombies {
        if !k.is_alive(zombie) {
            reap(k, init, zombie);
        }
    }
}

/// Children of a task that ends go to process 1 of its pid namespace.
fn hand_on_children(k: &mut Kernel, task: TaskId) {
    let children: Vec<TaskId> = std::mem::take(&mut k.tasks[task].children).into_iter().collect();
    for child in children {
        let death_signal = k.tasks[child].parent_death_signal;
        if death_signal != Signal::NONE {
            signal::send(k, child, death_signal, None);
        }
        let Some(reaper) = reaper_of(k, child, task) else {
            k.tasks[child].parent = None;
            continue;
        };
        k.tasks[child].parent = Some(reaper);
        k.tasks[child].exit_signal = Signal::SIGCHLD;
        k.tasks[reaper].children.insert(child);
        k.note(KernelEvent::Reparented { task: child, to: reaper });
        if let State::Zombie(status) = k.tasks[child].state {
            tell_parent(k, child, status);
        }
    }
}

/// The nearest living process 1, in the child's pid namespace or above.
fn reaper_of(k: &Kernel, child: TaskId, dying: TaskId) -> Option<TaskId> {
    let mut ns = Some(k.tasks[dying].ns.pid);
    while let Some(at) = ns {
        let row = &k.pid_ns[at];
        if let Some(init) = row.init.filter(|&init| init != dying && init != child && k.is_alive(init)) {
            return Some(init);
        }
        ns = row.parent;
    }
    None
}

fn tell_parent(k: &mut Kernel, task: TaskId, _status: WaitStatus) {
    let Some(parent) = k.tasks[task].parent else {
        // The very first task has nobody: the machine panics, which the engine sees to.
        return;
    };
    let exit_signal = k.tasks[task].exit_signal;
    if exit_signal != Signal::NONE {
        signal::send(k, parent, exit_signal, Some(task));
    }
    // wait(2), NOTES: with SIGCHLD ignored, children leave no zombies.
    let ignored = exit_signal == Signal::SIGCHLD
        && k.tasks[parent].signals.action(Signal::SIGCHLD) == crate::abi::SigAction::SIG_IGN;
    if ignored || !k.is_alive(parent) {
        reap(k, parent, task);
    }
    k.wake(WaitOn::Child(parent));
}

/// wait4(2).
pub fn wait4(k: &mut Kernel, caller: TaskId, call: &Wait4) -> SysResult<Waited> {
    known_flags(call.options, WaitOptions::all())?;
    // kill(2) and wait4(2) have no process group of that number: ESRCH.
    ensure(call.pid.0 != i32::MIN, Why::NoSuchProcess { pid: call.pid.0 })?;
    let candidates: Vec<TaskId> = k.tasks[caller]
        .children
        .iter()
        .copied()
        .filter(|&child| is_waited_for(k, caller, child, call))
        .collect();
    if candidates.is_empty() {
        return deny(Why::NoChildren);
    }
    for child in candidates {
        if let Some(status) = news_of(k, child, call.options) {
            let pid = k.pid_seen_by(caller, child);
            if matches!(status, WaitStatus::Exited(_) | WaitStatus::Signaled(_)) {
                reap(k, caller, child);
            }
            return Ok(Waited { pid, status: Some(status) });
        }
    }
    if call.options.contains(WaitOptions::WNOHANG) {
        return Ok(Waited { pid: Pid(0), status: None });
    }
    Err(Stop::Block(WaitOn::Child(caller)))
}

/// Whether the child is one that the `pid` argument and `__WCLONE`, `__WALL` ask for.
fn is_waited_for(k: &Kernel, caller: TaskId, child: TaskId, call: &Wait4) -> bool {
    let by_pid = match call.pid.0 {
        -1 => true,
        0 => k.tasks[child].group == k.tasks[caller].group,
        pid if pid < 0 => k.id_by_pid(caller, Pid(-pid)) == Some(k.tasks[child].group),
        pid => k.id_by_pid(caller, Pid(pid)) == Some(child),
    };
    let is_clone = k.tasks[child].exit_signal != Signal::SIGCHLD;
    let by_kind = call.options.contains(WaitOptions::__WALL)
        || is_clone == call.options.contains(WaitOptions::__WCLONE);
    by_pid && by_kind
}

/// What there is to tell of a child, which is then told.
fn news_of(k: &mut Kernel, child: TaskId, options: WaitOptions) -> Option<WaitStatus> {
    let task = &mut k.tasks[child];
    match &mut task.state {
        State::Zombie(status) => Some(*status),
        State::Stopped { by, reported } if options.contains(WaitOptions::WUNTRACED) && !*reported => {
            *reported = true;
            Some(WaitStatus::Stopped(*by))
        }
        _ if task.signals.continued && options.contains(WaitOptions::WCONTINUED) => {
            task.signals.continued = false;
            Some(WaitStatus::Continued)
        }
        _ => None,
    }
}

/// Takes the last trace of an ended task away.
fn reap(k: &mut Kernel, by: TaskId, child: TaskId) {
    k.tasks[by].children.remove(&child);
    let (group, session) = (k.tasks[child].group, k.tasks[child].session);
    k.tasks.remove(child);
    k.note(KernelEvent::Reaped { task: child, by });
    k.release_pids(child);
    if group != child {
        k.release_pids(group);
    }
    if session != child && session != group {
        k.release_pids(session);
    }
    k.collect_namespaces();
}
