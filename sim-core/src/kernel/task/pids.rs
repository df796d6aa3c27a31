//! The numbers of tasks, groups and sessions: pid_namespaces(7).

use std::collections::BTreeMap;

use crate::abi::Pid;
use crate::kernel::Kernel;
use crate::kernel::security::{SysResult, Why, ensure};
use crate::kernel::table::{PidNsId, TaskId};

/// What each task is called in each pid namespace that can see it. A number stays taken while a process
/// group or a session is named after it, though the task be gone.
#[derive(Debug, Default)]
pub struct PidNumbers {
    of: BTreeMap<TaskId, Vec<(PidNsId, i32)>>,
}

/// /proc/sys/kernel/pid_max as Debian sets it on 64-bit machines.
pub const PID_MAX: i32 = 4_194_304;
/// When the numbers wrap around, those below are left alone.
const RESERVED_PIDS: i32 = 300;

impl PidNumbers {
    /// The number of a task, group or session in a namespace; none where it cannot be seen.
    pub fn number(&self, task: TaskId, ns: PidNsId) -> Option<Pid> {
        self.of.get(&task)?.iter().find(|(at, _)| *at == ns).map(|&(_, number)| Pid(number))
    }

    /// All numbers, from the outermost namespace to the task's own.
    pub fn numbers(&self, task: TaskId) -> &[(PidNsId, i32)] {
        self.of.get(&task).map_or(&[], Vec::as_slice)
    }
}

impl Kernel {
    /// The number by which `viewer` knows a task; 0 where it cannot see it, as getppid(2) says it.
    pub fn pid_seen_by(&self, viewer: TaskId, task: TaskId) -> Pid {
        self.pids.number(task, self.tasks[viewer].ns.pid).unwrap_or(Pid(0))
    }

    /// The task, living or zombie, that `viewer` calls `pid`.
    pub fn task_by_pid(&self, viewer: TaskId, pid: Pid) -> SysResult<TaskId> {
        self.id_by_pid(viewer, pid)
            .filter(|&task| self.tasks.contains(task))
            .ok_or_else(|| Why::NoSuchProcess { pid: pid.0 }.into())
    }

    /// The task, group or session that `viewer` calls `pid`.
    pub fn id_by_pid(&self, viewer: TaskId, pid: Pid) -> Option<TaskId> {
        self.pid_ns[self.tasks[viewer].ns.pid].tasks.get(&pid.0).copied()
    }

    /// Gives a new task its number in `ns` and in every namespace above.
    pub(crate) fn assign_pids(&mut self, task: TaskId, ns: PidNsId) {
        let mut numbers = Vec::new();
        let mut at = Some(ns);
        while let Some(ns) = at {
            let row = &mut self.pid_ns[ns];
            let number = next_number(row.last_pid, |number| row.tasks.contains_key(&number));
            row.last_pid = number;
            row.tasks.insert(number, task);
            numbers.push((ns, number));
            at = row.parent;
        }
        numbers.reverse();
        self.pids.of.insert(task, numbers);
    }

    /// Gives back the numbers of a task that has been reaped, unless a group or session has its name from it.
    pub(crate) fn release_pids(&mut self, task: TaskId) {
        let named = self.tasks.contains(task)
            || self.tasks.iter().any(|(_, other)| other.group == task || other.session == task);
        if named {
            return;
        }
        for (ns, number) in self.pids.of.remove(&task).unwrap_or_default() {
            if let Some(ns) = self.pid_ns.get_mut(ns) {
                ns.tasks.remove(&number);
            }
        }
    }

    /// Refuses new tasks in a namespace whose process 1 has ended.
    pub(crate) fn check_pid_ns_alive(&self, ns: PidNsId) -> SysResult<()> {
        ensure(!self.pid_ns[ns].dead, Why::PidNamespaceDead)
    }
}

fn next_number(last: i32, taken: impl Fn(i32) -> bool) -> i32 {
    let after = (last + 1..PID_MAX).find(|&number| !taken(number));
    after
        .or_else(|| (RESERVED_PIDS..=last).find(|&number| !taken(number)))
        .expect("four million tasks do not fit the machine")
}
