//! Signals: signal(7), kill(2), sigaction(2), sigprocmask(2), pause(2), alarm(2).

use super::{State, exit};
use crate::abi::*;
use crate::clock::Nanos;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{Cap, Stop, SysResult, Why, deny, ensure, has_capability};
use crate::kernel::table::TaskId;
use crate::kernel::{Kernel, Timer, WaitOn};

/// kill(2).
pub fn kill(k: &mut Kernel, caller: TaskId, call: &Kill) -> SysResult<Unit> {
    ensure(call.sig.0 <= Signal::MAX, Why::InvalidArgument { argument: "sig" })?;
    let targets = targets_of(k, caller, call.pid);
    if targets.is_empty() {
        return deny(Why::NoSuchProcess { pid: call.pid.0 });
    }
    // For one process, not being allowed is an error; of several, those that may be signalled are.
    let (allowed, refused): (Vec<_>, Vec<_>) =
        targets.into_iter().partition(|&target| may_signal(k, caller, target, call.sig));
    // Of everyone, that some may not be signalled is no error at all, even if it is all of them.
    let is_error = allowed.is_empty() && call.pid != Pid(-1);
    if let (true, Some(&target)) = (is_error, refused.first()) {
        let (sender, target) = (k.tasks[caller].cred.euid.0, k.tasks[target].cred.ruid.0);
        return deny(Why::MayNotSignal { sender, target });
    }
    if call.sig != Signal::NONE {
        for target in allowed {
            send(k, target, call.sig, Some(caller));
        }
    }
    Ok(Unit)
}

fn targets_of(k: &Kernel, caller: TaskId, pid: Pid) -> Vec<TaskId> {
    let ns = k.tasks[caller].ns.pid;
    let visible = k.pid_ns[ns].tasks.iter().filter(|&(_, &task)| k.tasks.contains(task));
    match pid.0 {
        // Everyone but process 1 and the caller.
        -1 => visible.filter(|&(&n, &task)| n != 1 && task != caller).map(|(_, &task)| task).collect(),
        0 => {
            let group = k.tasks[caller].group;
            visible.map(|(_, &task)| task).filter(|&task| k.tasks[task].group == group).collect()
        }
        group if group < 0 => {
            let group = k.id_by_pid(caller, Pid(group.saturating_neg()));
            visible.map(|(_, &task)| task).filter(|&task| Some(k.tasks[task].group) == group).collect()
        }
        _ => k.task_by_pid(caller, pid).into_iter().collect(),
    }
}

/// The rule of kill(2): the same user, or CAP_KILL in the target's user namespace; SIGCONT within a
/// session.
fn may_signal(k: &Kernel, caller: TaskId, target: TaskId, signal: Signal) -> bool {
    let (from, to) = (&k.tasks[caller], &k.tasks[target]);
    let same_user =
        [from.cred.euid, from.cred.ruid].iter().any(|uid| *uid == to.cred.suid || *uid == to.cred.ruid);
    same_user
        || has_capability(k, &from.cred, to.cred.user_ns, Cap::CAP_KILL)
        || (signal == Signal::SIGCONT && from.session == to.session)
}

/// Makes a signal pending, and wakes the target if it will act on it.
pub(crate) fn send(k: &mut Kernel, target: TaskId, signal: Signal, from: Option<TaskId>) {
    if !k.is_alive(target) {
        return;
    }
    k.note(KernelEvent::SignalSent { signal, to: target, from });
    if signal == Signal::SIGCONT {
        resume(k, target);
    }
    let drops = is_ignored(k, target, signal) || is_protected_init(k, target, signal, from);
    let blocked = k.tasks[target].signals.blocked.contains(signal);
    if drops && !blocked {
        return;
    }
    k.tasks[target].signals.pending = k.tasks[target].signals.pending.with(signal);
    if signal == Signal::SIGKILL {
        resume_stopped(k, target);
    }
    if !blocked || signal == Signal::SIGKILL {
        k.unblock(target);
    }
}

fn is_ignored(k: &Kernel, target: TaskId, signal: Signal) -> bool {
    match k.tasks[target].signals.action(signal) {
        SigAction::SIG_IGN => true,
        SigAction::SIG_DFL => {
            matches!(signal.default_action(), DefaultAction::Ignore | DefaultAction::Continue)
        }
        SigAction::Handler | SigAction::HandlerRestart => false,
    }
}

/// pid_namespaces(7): process 1 gets from its own namespace only signals that it has handlers for; from
/// above, SIGKILL and SIGSTOP as well.
fn is_protected_init(k: &Kernel, target: TaskId, signal: Signal, from: Option<TaskId>) -> bool {
    let ns = k.tasks[target].ns.pid;
    if k.pid_ns[ns].init != Some(target) || k.tasks[target].signals.action(signal) != SigAction::SIG_DFL {
        return false;
    }
    let from_within = from.is_none_or(|from| !k.tasks.contains(from) || k.pids.number(from, ns).is_some());
    let forced = matches!(signal, Signal::SIGKILL | Signal::SIGSTOP);
    from_within || !forced
}

fn resume(k: &mut Kernel, target: TaskId) {
    let stops = [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
    for stop in stops {
        k.tasks[target].signals.pending = k.tasks[target].signals.pending.without(stop);
    }
    if resume_stopped(k, target) {
        k.tasks[target].signals.continued = true;
        if let Some(parent) = k.tasks[target].parent {
            k.wake(WaitOn::Child(parent));
        }
    }
}

fn resume_stopped(k: &mut Kernel, target: TaskId) -> bool {
    let stopped = matches!(k.tasks[target].state, State::Stopped { .. });
    if stopped {
        k.make_runnable(target);
    }
    stopped
}

/// What pending signals make of a task that is about to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It runs on.
    Nothing,
    /// Handlers ran: a waiting call fails with EINTR.
    Interrupt,
    /// Handlers ran that let a waiting call go on.
    Restart,
    /// It has stopped or ended.
    Gone,
}

/// Acts on the pending signals of a task, lowest number first.
pub(crate) fn deliver(k: &mut Kernel, task: TaskId) -> Delivery {
    let mut delivery = Delivery::Nothing;
    while !k.tasks[task].signals.pending.is_empty() {
        let signals = &mut k.tasks[task].signals;
        let deliverable =
            signals.pending.minus(signals.blocked.without(Signal::SIGKILL).without(Signal::SIGSTOP));
        let Some(signal) = deliverable.iter().next() else { return delivery };
        signals.pending = signals.pending.without(signal);
        match signals.action(signal) {
            SigAction::SIG_IGN => {}
            SigAction::Handler => {
                signals.caught = signals.caught.with(signal);
                delivery = Delivery::Interrupt;
            }
            SigAction::HandlerRestart => {
                signals.caught = signals.caught.with(signal);
                if delivery == Delivery::Nothing {
                    delivery = Delivery::Restart;
                }
            }
            SigAction::SIG_DFL => match signal.default_action() {
                DefaultAction::Ignore | DefaultAction::Continue => {}
                DefaultAction::Stop => {
                    stop(k, task, signal);
                    return Delivery::Gone;
                }
                DefaultAction::Terminate | DefaultAction::Core => {
                    exit::end(k, task, WaitStatus::Signaled(signal));
                    return Delivery::Gone;
                }
            },
        }
    }
    delivery
}

fn stop(k: &mut Kernel, task: TaskId, by: Signal) {
    k.sched.remove(task);
    k.tasks[task].state = State::Stopped { by, reported: false };
    if let Some(parent) = k.tasks[task].parent {
        send(k, parent, Signal::SIGCHLD, Some(task));
        k.wake(WaitOn::Child(parent));
    }
}

/// sigaction(2).
pub fn rt_sigaction(k: &mut Kernel, caller: TaskId, call: &RtSigaction) -> SysResult<Unit> {
    let fixed = matches!(call.signum, Signal::SIGKILL | Signal::SIGSTOP);
    let valid = (1..=Signal::MAX).contains(&call.signum.0) && !fixed;
    ensure(valid, Why::InvalidArgument { argument: "signum" })?;
    let signals = &mut k.tasks[caller].signals;
    if call.action == SigAction::SIG_DFL {
        signals.actions.remove(&call.signum);
    } else {
        signals.actions.insert(call.signum, call.action);
    }
    if is_ignored(k, caller, call.signum) {
        let signals = &mut k.tasks[caller].signals;
        signals.pending = signals.pending.without(call.signum);
    }
    Ok(Unit)
}

/// sigprocmask(2).
pub fn rt_sigprocmask(k: &mut Kernel, caller: TaskId, call: &RtSigprocmask) -> SysResult<Unit> {
    let signals = &mut k.tasks[caller].signals;
    let blocked = match call.how {
        SigHow::SIG_BLOCK => signals.blocked.union(call.set),
        SigHow::SIG_UNBLOCK => signals.blocked.minus(call.set),
        SigHow::SIG_SETMASK => call.set,
    };
    signals.blocked = blocked.without(Signal::SIGKILL).without(Signal::SIGSTOP);
    Ok(Unit)
}

/// pause(2): waits for a handler to run.
pub fn pause(_: &mut Kernel, _: TaskId, _: &Pause) -> SysResult<Unit> {
    Err(Stop::Block(WaitOn::Signal))
}

/// alarm(2): returns what was left of an earlier alarm, in seconds.
pub fn alarm(k: &mut Kernel, caller: TaskId, call: &Alarm) -> SysResult<Count> {
    let now = k.now();
    let left = k.tasks[caller].signals.alarm.take().map_or(0, |(due, timer)| {
        k.timers.cancel(timer);
        (due - now).0.div_ceil(1_000_000_000)
    });
    if call.seconds > 0 {
        let due = now + Nanos(call.seconds.saturating_mul(1_000_000_000));
        let timer = k.arm(due, Timer::Alarm(caller));
        k.tasks[caller].signals.alarm = Some((due, timer));
    }
    Ok(Count(left))
}

pub(crate) fn alarm_expired(k: &mut Kernel, task: TaskId) {
    if let Some(row) = k.tasks.get_mut(task) {
        row.signals.alarm = None;
        send(k, task, Signal::SIGALRM, None);
    }
}
