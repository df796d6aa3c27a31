//! The whole machine: a board, what runs on it, a clock and a trace.
//!
//! A machine is driven by [`Machine::step`], which does the one thing that is due next. Its whole life is a
//! [`Session`]: what it is made from, and what came to it from outside and when.

mod engine;
mod player;
mod power;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::abi::Syscall;
use crate::clock::{Nanos, TimerQueue};
use crate::hardware::{Board, BoardSpec, Disk, SpecError};
use crate::image::Software;
use crate::kernel::Kernel;
use crate::kernel::boot::Boot;
use crate::kernel::table::TaskId;
use crate::trace::{EventNumber, Fingerprint, Trace, What};
use crate::user;
use crate::view::Progress;
use engine::UserThreads;
pub use player::Player;
use power::Bare;

/// What comes to a machine from outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The power button was pressed.
    PowerButton,
    /// Bytes were typed at a terminal of the machine; 0 is the serial console.
    Type { terminal: u32, bytes: Vec<u8> },
    /// A terminal's window has this size now, in characters.
    Resize { terminal: u32, rows: u16, columns: u16 },
    /// The process in the foreground of a terminal is taken over, as by a debugger: from now on it makes the
    /// calls that [`Input::Call`] brings.
    TakeOver { terminal: u32 },
    /// A process that was taken over, or a child of one, makes a call.
    Call { task: TaskId, call: Syscall },
}

/// What a run is made from. The same session gives the same trace everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub board: BoardSpec,
    pub seed: u64,
    /// In the order of time; each is seen by the machine at its moment, before anything else that is due then.
    pub inputs: Vec<(Nanos, Input)>,
}

impl Session {
    pub fn new(board: BoardSpec, seed: u64) -> Session {
        Session { board, seed, inputs: Vec::new() }
    }
}

/// How many events the trace keeps. What is older can be made again by replay.
const EVENTS_KEPT: u32 = 16_384;

/// What runs on the board.
enum Running {
    Nothing,
    /// Firmware or bootloader.
    BareMetal(Box<Bare>),
    Kernel(Box<Kernel>),
    /// Only the power button helps.
    Stuck,
}

/// Something the machine has to do at a set moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// A CPU takes its next step.
    Cpu(u32),
    /// Firmware or bootloader takes its next step.
    BareMetal,
    /// The kernel takes the next step of its start.
    Boot,
}

/// A terminal at the end of a serial line, as the person in front of it knows it.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    output: Vec<u8>,
}

impl Terminal {
    /// Everything the machine has sent, from power-on.
    pub fn output(&self) -> &[u8] {
        &self.output
    }
}

/// A simulated computer.
pub struct Machine {
    session: Session,
    pending: VecDeque<(Nanos, Input)>,
    board: Board,
    running: Running,
    /// The kernel's start while it lasts, and the event that its next stage follows from.
    boot: Option<(Boot, Option<EventNumber>)>,
    threads: UserThreads,
    due: TimerQueue<Due>,
    trace: Trace,
    now: Nanos,
    terminals: Vec<Terminal>,
    progress: Progress,
    /// The newest event that `progress` knows of.
    noted: EventNumber,
}

/// The serial lines of a board: the console and two more.
pub const TERMINALS: u32 = 3;

/// What a call of [`Machine::step`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Done,
    /// Nothing is due: without input nothing will ever happen.
    Idle,
}

impl Machine {
    /// A machine without power.
    pub fn new(board: &BoardSpec, seed: u64) -> Result<Machine, SpecError> {
        Machine::replay(Session::new(board.clone(), seed))
    }

    /// A machine to which everything will happen that happened in `session`.
    pub fn replay(session: Session) -> Result<Machine, SpecError> {
        Machine::with_software(session, user::software())
    }

    /// A machine on whose disk is this software.
    pub(crate) fn with_software(session: Session, software: Software<'_>) -> Result<Machine, SpecError> {
        let board = Board::new(&session.board, software)?;
        Ok(Machine {
            pending: session.inputs.iter().cloned().collect(),
            board,
            session,
            running: Running::Nothing,
            boot: None,
            threads: UserThreads::default(),
            due: TimerQueue::default(),
            trace: Trace::new(EVENTS_KEPT),
            now: Nanos::ZERO,
            terminals: vec![Terminal::default(); TERMINALS as usize],
            progress: Progress::default(),
            noted: EventNumber(0),
        })
    }

    /// Something comes from outside, now.
    ///
    /// It takes effect a nanosecond from now: nothing of that moment has happened yet, so a replay sees it at
    /// the same place.
    pub fn input(&mut self, input: Input) {
        let at = self.now + Nanos(1);
        let at = self.pending.back().map_or(at, |(last, _)| at.max(*last));
        self.session.inputs.push((at, input.clone()));
        self.pending.push_back((at, input));
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Option<Nanos> {
        let timers = match &self.running {
            Running::Kernel(kernel) => kernel.timers.next_deadline(),
            _ => None,
        };
        [self.pending.front().map(|(at, _)| *at), timers, self.due.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does the one thing that is due next.
    pub fn step(&mut self) -> Step {
        let Some(at) = self.next_due() else { return Step::Idle };
        self.set_now(self.now.max(at));
        if self.pending.front().is_some_and(|(at, _)| *at <= self.now) {
            if let Some((_, input)) = self.pending.pop_front() {
                self.take_input(input);
            }
        } else if let Running::Kernel(kernel) = &mut self.running
            && kernel.timers.next_deadline().is_some_and(|at| at <= self.now)
        {
            let cause = kernel.fire_timer();
            self.trace.set_cause(cause);
            self.after_kernel();
        } else if let Some(due) = self.due.pop_due(self.now) {
            match due {
                Due::Cpu(cpu) => self.step_cpu(cpu),
                Due::BareMetal => self.step_bare_metal(),
                Due::Boot => self.step_boot(),
            }
        }
        self.note_progress();
        self.follow_power_request();
        Step::Done
    }

    /// Runs until the clock reaches `deadline`, or `keep_going` says no. Whether it stops for the one or the
    /// other changes nothing in what happens. Returns whether the deadline was reached.
    pub fn run_until(&mut self, deadline: Nanos, keep_going: &mut dyn FnMut() -> bool) -> bool {
        while self.next_due().is_some_and(|due| due <= deadline) {
            if !keep_going() {
                return false;
            }
            self.step();
        }
        if deadline > self.now {
            self.set_now(deadline);
        }
        true
    }

    /// The time on the machine's clock, since it was made.
    pub fn now(&self) -> Nanos {
        self.now
    }

    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.trace.fingerprint()
    }

    pub fn last_event(&self) -> EventNumber {
        self.trace.last()
    }

    /// What this run is made from, so far.
    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The disks, which belong to the kernel while one runs.
    pub fn disks(&self) -> &[Disk] {
        match &self.running {
            Running::Kernel(kernel) => kernel.block.disks(),
            _ => &self.board.disks,
        }
    }

    /// The kernel, while one runs.
    pub fn kernel(&self) -> Option<&Kernel> {
        match &self.running {
            Running::Kernel(kernel) => Some(kernel),
            _ => None,
        }
    }

    /// Whether the kernel is on its way to its first program.
    pub(crate) fn is_starting_kernel(&self) -> bool {
        self.boot.is_some()
    }

    pub fn terminal(&self, number: u32) -> Option<&Terminal> {
        self.terminals.get(number as usize)
    }

    /// Whether the machine waits for somebody: no task can run, and nothing but a program's own sleep is due.
    pub fn is_waiting(&self) -> bool {
        self.pending.is_empty() && self.due.next_deadline().is_none()
    }

    /// How far the machine has come.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    fn note_progress(&mut self) {
        if self.noted == self.trace.last() {
            return;
        }
        for event in self.trace.since(self.noted) {
            self.progress.note(event);
        }
        self.noted = self.trace.last();
    }

    fn set_now(&mut self, now: Nanos) {
        self.now = now;
        self.trace.set_now(now);
        if let Running::Kernel(kernel) = &mut self.running {
            kernel.set_now(now);
        }
    }

    fn take_input(&mut self, input: Input) {
        self.trace.set_cause(None);
        self.trace.record_as_cause(What::Input(input.clone()));
        match input {
            Input::PowerButton => self.press_power_button(),
            Input::Type { terminal, bytes } => self.type_at(terminal, &bytes),
            Input::Resize { terminal, rows, columns } => self.resize(terminal, rows, columns),
            Input::TakeOver { terminal } => self.take_over(terminal),
            Input::Call { task, call } => self.make_call(task, call),
        }
    }
}
