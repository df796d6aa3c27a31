//! Process groups and sessions: setpgid(2), setsid(2).

use crate::abi::*;
use crate::kernel::Kernel;
use crate::kernel::security::{SysResult, Why, deny, ensure};
use crate::kernel::table::TaskId;

/// setsid(2).
pub fn setsid(k: &mut Kernel, caller: TaskId, _: &Setsid) -> SysResult<Pid> {
    let leads_a_group = k.tasks.iter().any(|(_, task)| task.group == caller);
    ensure(!leads_a_group, Why::SessionLeader)?;
    k.tasks[caller].group = caller;
    k.tasks[caller].session = caller;
    Ok(k.pid_seen_by(caller, caller))
}

/// setpgid(2).
pub fn setpgid(k: &mut Kernel, caller: TaskId, call: &Setpgid) -> SysResult<Unit> {
    ensure(call.pgid.0 >= 0, Why::InvalidArgument { argument: "pgid" })?;
    let target = if call.pid.0 == 0 { caller } else { k.task_by_pid(caller, call.pid)? };
    if target != caller {
        let is_child = k.tasks[target].parent == Some(caller);
        ensure(is_child, Why::NoSuchProcess { pid: call.pid.0 })?;
        ensure(k.tasks[target].session == k.tasks[caller].session, Why::OtherSession)?;
        ensure(!k.tasks[target].has_execed, Why::ChildHasExeced)?;
    }
    ensure(k.tasks[target].session != target, Why::SessionLeader)?;
    let group = if call.pgid.0 == 0 {
        target
    } else {
        match k.id_by_pid(caller, call.pgid) {
            Some(group) => group,
            None => return deny(Why::OtherSession),
        }
    };
    if group != target {
        let session = k.tasks[caller].session;
        let exists = k.tasks.iter().any(|(_, task)| task.group == group && task.session == session);
        ensure(exists, Why::OtherSession)?;
    }
    let old = std::mem::replace(&mut k.tasks[target].group, group);
    k.release_pids(old);
    Ok(Unit)
}

/// getpgid(2); 0 is the caller.
pub fn getpgid(k: &mut Kernel, caller: TaskId, call: &Getpgid) -> SysResult<Pid> {
    let task = if call.pid.0 == 0 { caller } else { k.task_by_pid(caller, call.pid)? };
    Ok(k.pid_seen_by(caller, k.tasks[task].group))
}

/// getsid(2); 0 is the caller.
pub fn getsid(k: &mut Kernel, caller: TaskId, call: &Getsid) -> SysResult<Pid> {
    let task = if call.pid.0 == 0 { caller } else { k.task_by_pid(caller, call.pid)? };
    Ok(k.pid_seen_by(caller, k.tasks[task].session))
}
