//! Who runs next: a fair queue over all CPUs, in integer virtual time.

use std::collections::{BTreeMap, BTreeSet};

use super::table::TaskId;
use crate::clock::Nanos;

/// How long a task may run while others wait, before it has to make room: EEVDF's base slice on four CPUs.
const SLICE: Nanos = Nanos::millis(3);

/// The run queue. Each task has a virtual run time; the one that has run least comes first, and of equals
/// the one that has waited longest.
#[derive(Debug, Default)]
pub struct Scheduler {
    queue: BTreeSet<(Nanos, u64, TaskId)>,
    places: BTreeMap<TaskId, (Nanos, u64)>,
    sequence: u64,
    /// The virtual time that newly woken tasks start from, so that sleepers cannot save up time.
    floor: Nanos,
    /// How often a CPU has turned to another task.
    pub switches: u64,
    stopped: bool,
    /// What runs on each CPU.
    pub cpus: Vec<Cpu>,
}

/// What a CPU is doing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    pub current: Option<TaskId>,
    /// How long the current task has run without a break.
    ran: Nanos,
    virtual_time: Nanos,
    pub busy: Nanos,
}

impl Scheduler {
    pub fn new(cpus: u32) -> Scheduler {
        Scheduler { cpus: vec![Cpu::default(); cpus as usize], ..Default::default() }
    }

    /// Nothing runs any more: the kernel has panicked or is about to switch off.
    pub fn stop(&mut self) {
        *self = Scheduler { stopped: true, ..Scheduler::new(self.cpus.len() as u32) };
    }

    /// Whether the kernel has panicked, halted or is about to go.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Puts a task in the queue, unless it is there or on a CPU.
    pub fn enqueue(&mut self, task: TaskId) {
        if self.stopped
            || self.places.contains_key(&task)
            || self.cpus.iter().any(|cpu| cpu.current == Some(task))
        {
            return;
        }
        self.enqueue_at(task, self.floor);
    }

    fn enqueue_at(&mut self, task: TaskId, virtual_time: Nanos) {
        self.sequence += 1;
        self.queue.insert((virtual_time, self.sequence, task));
        self.places.insert(task, (virtual_time, self.sequence));
    }

    /// Takes a task that has stopped or ended out of the queue and off its CPU.
    pub fn remove(&mut self, task: TaskId) {
        if let Some((virtual_time, sequence)) = self.places.remove(&task) {
            self.queue.remove(&(virtual_time, sequence, task));
        }
        for cpu in &mut self.cpus {
            if cpu.current == Some(task) {
                cpu.current = None;
            }
        }
    }

    /// The task that a CPU runs now: the one it has, unless its slice is over and another waits.
    pub fn pick(&mut self, cpu: u32) -> Option<TaskId> {
        let slot = self.cpus[cpu as usize];
        if let Some(current) = slot.current {
            if slot.ran < SLICE || self.queue.is_empty() {
                return Some(current);
            }
            self.enqueue_at(current, slot.virtual_time);
        }
        let (virtual_time, _, task) = self.queue.pop_first()?;
        self.places.remove(&task);
        self.floor = self.floor.max(virtual_time);
        self.switches += 1;
        let slot = &mut self.cpus[cpu as usize];
        *slot = Cpu { current: Some(task), ran: Nanos::ZERO, virtual_time, busy: slot.busy };
        Some(task)
    }

    /// Accounts for time that a CPU's current task has used.
    pub fn charge(&mut self, cpu: u32, used: Nanos) {
        let slot = &mut self.cpus[cpu as usize];
        slot.ran = slot.ran + used;
        slot.virtual_time = slot.virtual_time + used;
        slot.busy = slot.busy + used;
    }

    /// The current task of a CPU sleeps, has stopped or ended.
    pub fn vacate(&mut self, cpu: u32) {
        self.cpus[cpu as usize].current = None;
    }

    /// Whether a task waits for a CPU.
    pub fn has_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The tasks that wait for a CPU, the next first.
    pub fn queued(&self) -> impl Iterator<Item = TaskId> {
        self.queue.iter().map(|&(_, _, task)| task)
    }

    pub fn waiting(&self) -> u32 {
        self.queue.len() as u32
    }

    /// A CPU with nothing to run.
    pub fn idle_cpu(&self) -> Option<u32> {
        self.cpus.iter().position(|cpu| cpu.current.is_none()).map(|cpu| cpu as u32)
    }
}
