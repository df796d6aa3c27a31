//! How CPUs run tasks: resume a thread, answer its trap, account for the time.

use std::collections::BTreeMap;

use super::{Due, Machine, Running};
use crate::abi::{Answer, Errno, Execve, ExitGroup, Pid, Reply, SignalSet, Syscall, Unit};
use crate::clock::Nanos;
use crate::hardware::{CpuMode, CpuState, Ring};
use crate::kernel::event::KernelEvent;
use crate::kernel::fs::tty;
use crate::kernel::security::Stop;
use crate::kernel::syscall::dispatch;
use crate::kernel::table::{TaskId, TtyId};
use crate::kernel::task::State;
use crate::kernel::task::signal::{Delivery, deliver};
use crate::kernel::{Kernel, WaitOn};
use crate::trace::{EventNumber, Outcome, What};
use crate::user::{self, Args, Trap, UserThread};

/// The user code of every task, and what each last did.
#[derive(Default)]
pub(super) struct UserThreads {
    threads: BTreeMap<TaskId, Code>,
    /// The event from which a task's next one follows.
    causes: BTreeMap<TaskId, EventNumber>,
    /// Which CPUs have a step coming.
    cpu_due: Vec<bool>,
}

/// What runs in a task.
enum Code {
    Program(Box<dyn UserThread>),
    /// Calls from outside: the task was taken over.
    Puppet(Puppet),
}

/// What a program has to say to those who watch.
#[derive(Default)]
struct Notes {
    unmodelled: Vec<String>,
    hints: Vec<String>,
}

/// A task that makes the calls it is told to.
#[derive(Default)]
struct Puppet {
    next: Option<Syscall>,
    /// What came of the last call that was made.
    answered: Option<Result<Reply, Errno>>,
}

/// What entering and leaving the kernel costs, apart from what the call does.
const ENTRY: Nanos = Nanos(200);

/// How long a call keeps the CPU: about what it takes on real hardware.
fn cost(call: &Syscall) -> Nanos {
    ENTRY
        + match call {
            Syscall::Clone(_) => Nanos::micros(80),
            Syscall::Execve(_) => Nanos::micros(400),
            Syscall::ExitGroup(_) => Nanos::micros(40),
            Syscall::Unshare(_) | Syscall::Mount(_) | Syscall::Umount2(_) => Nanos::micros(60),
            Syscall::Getpid(_) | Syscall::Getppid(_) | Syscall::Getuid(_) | Syscall::Geteuid(_) => Nanos(0),
            Syscall::Openat(_) | Syscall::Newfstatat(_) => Nanos(1_500),
            Syscall::Read(_) | Syscall::Write(_) | Syscall::Getdents64(_) => Nanos(800),
            _ => Nanos(400),
        }
}

impl Machine {
    pub(super) fn type_at(&mut self, terminal: u32, bytes: &[u8]) {
        if terminal == 0 {
            self.type_at_bare_metal(bytes);
        }
        if let Running::Kernel(kernel) = &mut self.running {
            let tty = TtyId(terminal + 1);
            // After a panic nobody takes the serial line's interrupts.
            if kernel.ttys.contains(tty) && !kernel.sched.is_stopped() {
                tty::receive(kernel, tty, bytes);
            }
            self.after_kernel();
        }
    }

    pub(super) fn resize(&mut self, terminal: u32, rows: u16, columns: u16) {
        if let Running::Kernel(kernel) = &mut self.running {
            tty::resize(kernel, TtyId(terminal + 1), rows, columns);
            self.after_kernel();
        }
    }

    /// Replaces the code of the process in a terminal's foreground.
    pub(super) fn take_over(&mut self, terminal: u32) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        let foreground = kernel.ttys.get(TtyId(terminal + 1)).and_then(|tty| tty.foreground);
        let Some(task) = foreground.filter(|&task| kernel.is_alive(task)) else { return };
        kernel.unblock(task);
        let row = &mut kernel.tasks[task];
        (row.call, row.answer, row.progress) = (None, None, 0);
        row.signals = Default::default();
        row.comm = "twin".into();
        self.threads.threads.insert(task, Code::Puppet(Puppet::default()));
        self.after_kernel();
    }

    /// The task at the end of a terminal that was taken over.
    pub fn taken_over(&self, terminal: u32) -> Option<TaskId> {
        let task = self.kernel()?.ttys.get(TtyId(terminal + 1))?.foreground?;
        matches!(self.threads.threads.get(&task), Some(Code::Puppet(_))).then_some(task)
    }

    pub(super) fn make_call(&mut self, task: TaskId, call: Syscall) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        if let Some(Code::Puppet(puppet)) = self.threads.threads.get_mut(&task) {
            puppet.next = Some(call);
            puppet.answered = None;
            kernel.wake(WaitOn::Outside(task));
            self.after_kernel();
        }
    }

    /// Whether a task makes the calls that are brought to it.
    pub fn is_puppet(&self, task: TaskId) -> bool {
        matches!(self.threads.threads.get(&task), Some(Code::Puppet(_)))
    }

    /// What came of the last call that was brought to a task from outside, once it has returned.
    pub fn answer_of(&self, task: TaskId) -> Option<&Result<Reply, Errno>> {
        match self.threads.threads.get(&task)? {
            Code::Puppet(puppet) => puppet.answered.as_ref(),
            Code::Program(_) => None,
        }
    }

    /// Process 1 has its first program: user space begins.
    pub(super) fn run_init(&mut self, init: TaskId) {
        self.board.set_cpu(&mut self.trace, 0, CpuState::Running, CpuMode::Long, Ring::Ring3);
        let Running::Kernel(kernel) = &mut self.running else { return };
        self.threads.load(kernel, init);
        self.threads.causes.insert(init, self.trace.last());
        kernel.make_runnable(init);
        self.after_kernel();
    }

    /// Puts what a stage of the start has done into the trace. Returns the event of the stage itself.
    pub(super) fn after_boot_stage(&mut self) -> Option<EventNumber> {
        let first = EventNumber(self.trace.last().0 + 1);
        self.after_kernel();
        Some(first)
    }

    /// One CPU goes on: with the task it has, or the next in the queue.
    pub(super) fn step_cpu(&mut self, cpu: u32) {
        self.threads.set_due(cpu, false);
        let Running::Kernel(kernel) = &mut self.running else { return };
        let Some(task) = kernel.sched.pick(cpu) else { return };
        kernel.tasks[task].last_cpu = cpu;
        self.trace.set_cause(self.threads.causes.get(&task).copied());
        let used = self.run(task);
        let Running::Kernel(kernel) = &mut self.running else { return };
        kernel.sched.charge(cpu, used);
        if let Some(row) = kernel.tasks.get_mut(task) {
            row.cpu_time = row.cpu_time + used;
        }
        let goes_on = kernel.tasks.get(task).is_some_and(|row| row.state == State::Runnable);
        if !goes_on && kernel.sched.cpus[cpu as usize].current == Some(task) {
            kernel.sched.vacate(cpu);
        }
        if goes_on || kernel.sched.has_waiting() {
            self.due.insert(self.now + used, Due::Cpu(cpu));
            self.threads.set_due(cpu, true);
        }
        self.after_kernel();
    }

    /// Lets a task do one thing; returns the time that took.
    fn run(&mut self, task: TaskId) -> Nanos {
        let Running::Kernel(kernel) = &mut self.running else { return Nanos::ZERO };
        let delivery = deliver(kernel, task);
        if delivery == Delivery::Gone {
            self.threads.drop_ended(kernel);
            return ENTRY;
        }
        let interrupted = delivery != Delivery::Nothing;
        if let Some(call) = kernel.tasks[task].call.take() {
            let restarts = delivery == Delivery::Restart && restarts_after_signal(&call);
            if interrupted && !restarts {
                kernel.tasks[task].progress = 0;
                let outcome = Outcome::Denied(crate::kernel::security::Why::Interrupted.into());
                return self.finish(task, call, outcome, ENTRY);
            }
            return self.dispatch(task, call);
        }
        let row = &mut kernel.tasks[task];
        let caught = std::mem::take(&mut row.signals.caught);
        let mut answer = row.answer.take().unwrap_or(Answer { result: Ok(Reply::Unit(Unit)), caught });
        answer.caught = caught;
        let (trap, notes) = self.threads.resume(task, answer);
        for what in notes.unmodelled {
            kernel.note(KernelEvent::Unmodelled { task, what: what.into() });
        }
        for text in notes.hints {
            self.trace.record(What::Hint { task, text });
        }
        match trap {
            Trap::Syscall(call) => self.dispatch(task, call),
            Trap::Exited(status) => self.dispatch(task, ExitGroup { status }.into()),
            Trap::Compute(time) => time,
            Trap::Await => {
                kernel.tasks[task].state = State::Blocked { wait: WaitOn::Outside(task) };
                kernel.block(task, WaitOn::Outside(task));
                Nanos::ZERO
            }
        }
    }

    /// Has the kernel answer a call.
    fn dispatch(&mut self, task: TaskId, call: Syscall) -> Nanos {
        let Running::Kernel(kernel) = &mut self.running else { return Nanos::ZERO };
        let used = cost(&call);
        // The call will be the next event, whatever comes of it.
        kernel.set_event(self.trace.next());
        match dispatch(kernel, task, &call) {
            Ok(reply) => self.finish(task, call, Outcome::Returned(reply), used),
            Err(Stop::Deny(denied)) => self.finish(task, call, Outcome::Denied(denied), used),
            Err(Stop::Block(wait)) => {
                self.block(task, call, wait);
                ENTRY
            }
        }
    }

    fn block(&mut self, task: TaskId, call: Syscall, wait: WaitOn) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        let pid = initial_pid(kernel, task);
        let event = self.trace.record(What::Blocked { task, pid, call: call.clone(), wait });
        self.threads.causes.insert(task, event);
        kernel.tasks[task].call = Some(call);
        // A signal that came while the call was looked at must not be slept over.
        let signals = &kernel.tasks[task].signals;
        if signals.pending.minus(signals.blocked).is_empty() {
            kernel.tasks[task].state = State::Blocked { wait };
            kernel.sched.remove(task);
            kernel.block(task, wait);
        }
        self.trace.set_cause(Some(event));
    }

    /// Records what came of a call, and hands it to the thread.
    fn finish(&mut self, task: TaskId, call: Syscall, outcome: Outcome, used: Nanos) -> Nanos {
        let Running::Kernel(kernel) = &mut self.running else { return Nanos::ZERO };
        let result = match &outcome {
            Outcome::Returned(reply) => Ok(reply.clone()),
            Outcome::Denied(denied) => Err(denied.errno),
        };
        self.threads.follow(kernel, task, &call, &result);
        if let Some(row) = kernel.tasks.get_mut(task) {
            row.answer = Some(Answer { result, caught: SignalSet::EMPTY });
        }
        let pid = initial_pid(kernel, task);
        let event = self.trace.record(What::Syscall { task, pid, call, outcome });
        self.threads.causes.insert(task, event);
        self.trace.set_cause(Some(event));
        self.threads.drop_ended(kernel);
        used
    }

    /// Puts what the kernel has done into the trace and on the terminals, and gives woken tasks a CPU.
    pub(super) fn after_kernel(&mut self) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        for event in kernel.take_effects() {
            if let KernelEvent::TerminalOutput { tty, bytes } = &event
                && let Some(terminal) = self.terminals.get_mut(tty.0 as usize - 1)
            {
                terminal.output.extend_from_slice(bytes);
            }
            let subject = subject(&event);
            let number = match event {
                KernelEvent::Boot { .. } => self.trace.record_as_cause(What::Kernel(event)),
                _ => self.trace.record(What::Kernel(event)),
            };
            if let Some(task) = subject {
                self.threads.causes.insert(task, number);
            }
        }
        self.threads.drop_ended(kernel);
        let mut waiting = kernel.sched.waiting();
        for cpu in 0..kernel.sched.cpus.len() as u32 {
            let idle = kernel.sched.cpus[cpu as usize].current.is_none();
            if waiting > 0 && idle && !self.threads.is_due(cpu) {
                self.due.insert(self.now, Due::Cpu(cpu));
                self.threads.set_due(cpu, true);
                waiting -= 1;
            }
        }
    }
}

/// signal(7), "Interruption of system calls": with SA_RESTART these go on, the others fail with EINTR.
fn restarts_after_signal(call: &Syscall) -> bool {
    !matches!(call, Syscall::Pause(_) | Syscall::ClockNanosleep(_))
}

fn initial_pid(kernel: &Kernel, task: TaskId) -> i32 {
    kernel.pids.number(task, kernel.initial.pid).unwrap_or(Pid(0)).0
}

/// The task whose next step an event brings about.
fn subject(event: &KernelEvent) -> Option<TaskId> {
    match event {
        KernelEvent::TaskCreated { task, .. } | KernelEvent::Woken { task, .. } => Some(*task),
        KernelEvent::SignalSent { to, .. } => Some(*to),
        _ => None,
    }
}

impl UserThreads {
    /// Gives a task the code of the program that it has just executed.
    fn load(&mut self, kernel: &mut Kernel, task: TaskId) {
        let program = kernel.exec_request.take().expect("execve names the program");
        let row = &kernel.tasks[task];
        let args = Args { argv: row.argv.clone(), envp: row.envp.clone() };
        let thread = user::load(&program, args).expect("the kernel has asked whether it is known");
        self.threads.insert(task, Code::Program(thread));
    }

    fn resume(&mut self, task: TaskId, answer: Answer) -> (Trap, Notes) {
        match self.threads.get_mut(&task).expect("every living task has its code") {
            Code::Program(thread) => {
                let trap = thread.resume(answer);
                let notes = Notes { unmodelled: thread.take_unmodelled(), hints: thread.take_hints() };
                (trap, notes)
            }
            Code::Puppet(puppet) => (puppet.next.take().map_or(Trap::Await, Trap::Syscall), Notes::default()),
        }
    }

    /// What a call means for threads: a clone makes one, an execve replaces one.
    fn follow(&mut self, kernel: &mut Kernel, caller: TaskId, call: &Syscall, result: &Result<Reply, Errno>) {
        match (call, result) {
            (Syscall::Clone(_), Ok(Reply::Pid(_))) => {
                let child = kernel.tasks.ids().next_back().expect("clone has just made one");
                let code = match self.threads.get_mut(&caller).expect("it has just called") {
                    Code::Program(thread) => Code::Program(thread.child()),
                    Code::Puppet(_) => Code::Puppet(Puppet::default()),
                };
                self.threads.insert(child, code);
                kernel.tasks[child].answer =
                    Some(Answer { result: Ok(Reply::Pid(Pid(0))), caught: SignalSet::EMPTY });
                kernel.make_runnable(child);
            }
            (Syscall::Execve(Execve { .. }), Ok(_)) => {
                self.load(kernel, caller);
            }
            _ => {}
        }
        if let Some(Code::Puppet(puppet)) = self.threads.get_mut(&caller) {
            puppet.answered = Some(result.clone());
        }
    }

    /// Drops the code of tasks that have ended.
    fn drop_ended(&mut self, kernel: &Kernel) {
        if self.threads.len() as u32 == kernel.living() {
            return;
        }
        self.threads.retain(|&task, _| kernel.is_alive(task));
        self.causes.retain(|&task, _| kernel.is_alive(task));
    }

    fn is_due(&self, cpu: u32) -> bool {
        self.cpu_due.get(cpu as usize).copied().unwrap_or(false)
    }

    fn set_due(&mut self, cpu: u32, due: bool) {
        if self.cpu_due.len() <= cpu as usize {
            self.cpu_due.resize(cpu as usize + 1, false);
        }
        self.cpu_due[cpu as usize] = due;
    }
}
