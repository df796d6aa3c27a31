//! panic(): the kernel gives up, says why, and stops all CPUs.

use super::printk::EMERG;
use super::table::TaskId;
use super::{Kernel, PowerRequest, Timer};
use crate::abi::Pid;
use crate::clock::Nanos;
use crate::kernel::event::KernelEvent;

impl Kernel {
    /// Whether the kernel has given up.
    pub fn has_panicked(&self) -> bool {
        self.panicked
    }

    /// Gives up: nothing runs any more. With `panic=SECONDS` on the command line the machine restarts after
    /// that time, at once if it is negative.
    pub(crate) fn panic(&mut self, task: Option<TaskId>, reason: &str) {
        if self.panicked {
            return;
        }
        self.show_everything();
        self.printk(EMERG, format!("Kernel panic - not syncing: {reason}"));
        self.print_where(task);
        let timeout_s: i64 = self.parameter("panic").and_then(|value| value.parse().ok()).unwrap_or(0);
        if timeout_s > 0 {
            self.printk(EMERG, format!("Rebooting in {timeout_s} seconds.."));
            self.arm(self.now() + Nanos::seconds(timeout_s.unsigned_abs()), Timer::PanicRestart);
        } else if timeout_s < 0 {
            self.power_request = Some(PowerRequest::Restart);
        } else {
            self.printk(EMERG, format!("---[ end Kernel panic - not syncing: {reason} ]---"));
        }
        self.note(KernelEvent::Panicked { reason: reason.into() });
        self.panicked = true;
        self.sched.stop();
    }

    /// The head of the report that `dump_stack` prints. The simulated kernel has no machine code, so there are
    /// no addresses and no call trace.
    fn print_where(&mut self, task: Option<TaskId>) {
        let (cpu, pid, comm) = match task.and_then(|task| self.tasks.get(task).map(|row| (task, row))) {
            Some((task, row)) => {
                let pid = self.pids.number(task, self.initial.pid).unwrap_or(Pid(0)).0;
                (row.last_cpu, pid, row.comm.to_text())
            }
            None => (0, 0, "swapper/0".to_owned()),
        };
        let build = self.info.version.split(' ').next().unwrap_or_default();
        let release = &self.info.release;
        let who = format!("CPU: {cpu} UID: 0 PID: {pid} Comm: {comm} Not tainted {release} {build}");
        self.printk(EMERG, who);
        let hardware = self.info.hardware_name.clone();
        self.printk(EMERG, format!("Hardware name: {hardware}"));
    }

    pub(super) fn panic_restart(&mut self) {
        self.power_request = Some(PowerRequest::Restart);
    }
}
