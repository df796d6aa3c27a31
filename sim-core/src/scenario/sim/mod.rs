//! The arm that needs nothing: the simulated machine, in this process.

mod seat;
mod task;

use std::collections::BTreeMap;

use super::matching::{Bindings, matches_output};
use super::model::{Action, Fence, FenceKind, Prompt, Scenario, Start, Step, Terminal, Until, User};
use super::transcript::{Arm, ArmName, Ending, StepRecord, Transcript};
use crate::clock::Nanos;
use crate::kernel::event::KernelEvent;
use crate::machine::{self, Input, Machine};
use crate::trace::{EventNumber, What};
use seat::Seat;
use task::Tasks;

/// Carries scenarios out on simulated machines.
#[derive(Clone, Copy, Debug)]
pub struct SimArm {
    pub seed: u64,
}

impl Arm for SimArm {
    fn name(&self) -> ArmName {
        ArmName::Sim
    }

    fn run(&mut self, scenario: &Scenario) -> Transcript {
        self.play(scenario).0
    }
}

impl SimArm {
    /// Carries a scenario out, and returns the machine as it then is.
    pub fn play(&mut self, scenario: &Scenario) -> (Transcript, Option<Machine>) {
        let machine = match Machine::new(&scenario.front.machine.board(), self.seed) {
            Ok(machine) => machine,
            Err(error) => {
                let ending = Ending::Broken { reason: format!("the machine cannot be built: {error}") };
                return (Transcript { arm: ArmName::Sim, steps: Vec::new(), ending }, None);
            }
        };
        let mut run = Run::new(machine, scenario);
        let (steps, ending) = run.all(scenario);
        (Transcript { arm: ArmName::Sim, steps, ending }, Some(run.machine))
    }
}

/// The task that every file may use without having made it.
const FIRST_TASK: &str = "a";
/// How long nothing may happen before a machine counts as waiting, on its own clock.
const QUIET: Nanos = Nanos::seconds(2);
/// How long one step may take, on the machine's clock, and in things done.
const STEP_TIME_MAX: Nanos = Nanos::seconds(3600);
const STEP_WORK_MAX: u64 = 5_000_000;

/// One scenario on its way.
struct Run {
    machine: Machine,
    user: User,
    seats: BTreeMap<Terminal, Seat>,
    tasks: Tasks,
    bindings: Bindings,
    noted: EventNumber,
    start: Start,
}

impl Run {
    fn new(machine: Machine, scenario: &Scenario) -> Run {
        Run {
            machine,
            user: scenario.front.user,
            seats: BTreeMap::new(),
            tasks: Tasks::default(),
            bindings: Bindings::default(),
            noted: EventNumber(0),
            start: scenario.front.start,
        }
    }

    fn all(&mut self, scenario: &Scenario) -> (Vec<StepRecord>, Ending) {
        let mut steps = Vec::new();
        if self.start == Start::Booted
            && let Err(reason) = self.boot()
        {
            return (steps, Ending::Broken { reason });
        }
        for fence in scenario.fences() {
            for step in &fence.steps {
                match self.step(fence, step) {
                    Ok(record) => steps.push(record),
                    Err(reason) => {
                        let reason = format!("line {}: {reason}", step.span.line);
                        return (steps, Ending::Broken { reason });
                    }
                }
            }
        }
        (steps, Ending::Complete)
    }

    fn boot(&mut self) -> Result<(), String> {
        self.machine.input(Input::PowerButton);
        self.run_until(|machine| ends_with(machine, 0, b"login: "))?;
        self.unmodelled();
        Ok(())
    }

    fn step(&mut self, fence: &Fence, step: &Step) -> Result<StepRecord, String> {
        let mut record = match &fence.kind {
            FenceKind::Console { terminal } => self.at_terminal(terminal, step)?,
            FenceKind::Strace => self.in_task(step)?,
        };
        record.unmodelled = self.unmodelled();
        let _ = matches_output(&step.expected.lines, &record.output, &mut self.bindings);
        Ok(record)
    }

    /// Runs until `done`, or until nothing will happen any more without input.
    fn run_until(&mut self, done: impl Fn(&Machine) -> bool) -> Result<(), String> {
        let limit = self.machine.now() + STEP_TIME_MAX;
        for _ in 0..STEP_WORK_MAX {
            if done(&self.machine) && self.machine.is_waiting() {
                return Ok(());
            }
            match self.machine.next_due() {
                None => return Ok(()),
                Some(due) if due > limit => {
                    return Err(format!(
                        "not done after {} s of the machine's time",
                        STEP_TIME_MAX.as_seconds()
                    ));
                }
                Some(_) => self.machine.step(),
            };
        }
        Err(format!("not done after {STEP_WORK_MAX} steps of the machine"))
    }

    /// Runs until nothing moves: the next thing is due only after a while, or never.
    fn run_until_quiet(&mut self) -> Result<(), String> {
        for _ in 0..STEP_WORK_MAX {
            match self.machine.next_due() {
                Some(due) if due <= self.machine.now() + QUIET => self.machine.step(),
                _ => return Ok(()),
            };
        }
        Err(format!("still moving after {STEP_WORK_MAX} steps of the machine"))
    }

    /// What has been asked for since the last time and is not modelled.
    fn unmodelled(&mut self) -> Vec<String> {
        let events = self.machine.trace().since(self.noted);
        let found = events
            .filter_map(|event| match &event.what {
                What::Kernel(KernelEvent::Unmodelled { what, .. }) => Some(what.to_text()),
                _ => None,
            })
            .collect();
        self.noted = self.machine.last_event();
        found
    }

    fn at_terminal(&mut self, terminal: &Terminal, step: &Step) -> Result<StepRecord, String> {
        self.sit_down(terminal)?;
        let mut seat = self.seats.remove(terminal).expect("somebody sits there");
        let record = self.act(&mut seat, step);
        self.seats.insert(terminal.clone(), seat);
        record
    }

    /// Opens a terminal: on a booted machine somebody logs in.
    fn sit_down(&mut self, terminal: &Terminal) -> Result<(), String> {
        if self.seats.contains_key(terminal) {
            return Ok(());
        }
        let number = self.free_terminal()?;
        let mut seat = Seat::new(number);
        if self.start == Start::Booted {
            self.log_in(number)?;
            seat.skip(&self.machine);
        }
        self.seats.insert(terminal.clone(), seat);
        Ok(())
    }

    fn free_terminal(&self) -> Result<u32, String> {
        let number = self.seats.len() as u32 + u32::from(self.tasks.is_started());
        if number < machine::TERMINALS {
            Ok(number)
        } else {
            Err(format!("the machine has {} terminals, and all are taken", machine::TERMINALS))
        }
    }

    fn log_in(&mut self, number: u32) -> Result<(), String> {
        let passwords = &self.machine.session().board.passwords;
        let (name, password) = match self.user {
            User::Root => ("root", passwords.root.clone()),
            User::Ada => ("ada", passwords.ada.clone()),
        };
        self.run_until(|machine| ends_with(machine, number, b"login: "))?;
        self.type_bytes(number, format!("{name}\r").into_bytes());
        self.run_until(|machine| is_greeted(machine, number))?;
        if ends_with(&self.machine, number, PASSWORD_PROMPT) {
            self.type_bytes(number, format!("{password}\r").into_bytes());
            self.run_until(|machine| seat::prompt_at(machine, number).is_some())?;
        }
        match seat::prompt_at(&self.machine, number) {
            Some(_) => Ok(()),
            None => Err(format!("{name} did not get a shell")),
        }
    }

    fn act(&mut self, seat: &mut Seat, step: &Step) -> Result<StepRecord, String> {
        let mut typed_at = None;
        match &step.action {
            Action::PowerOn => self.machine.input(Input::PowerButton),
            Action::Command { line, .. } => {
                self.run_until(|machine| seat::prompt_at(machine, seat.number).is_some())?;
                let Some(prompt) = seat::prompt_at(&self.machine, seat.number) else {
                    return Err("there is no shell's prompt to type at".to_owned());
                };
                typed_at = Some(prompt.whose);
                seat.begin_command(&self.machine, &prompt);
                self.type_lines(seat.number, line)?;
            }
            Action::Type { text } => self.type_bytes(seat.number, format!("{text}\r").into_bytes()),
            Action::Press { .. } => self.type_bytes(seat.number, super::terminal::keystrokes(&step.action)),
            Action::Watch => {}
            Action::Call { .. } | Action::Resume { .. } => {
                return Err("a call is no step for a terminal".to_owned());
            }
        }
        let number = seat.number;
        match step.expected.until {
            Until::Done => self.run_until(|machine| is_at_rest(machine, number))?,
            Until::Waiting => self.run_until_quiet()?,
        }
        let prompt = seat::prompt_at(&self.machine, number);
        let until = if prompt.is_some() || expects_input(step) { Until::Done } else { Until::Waiting };
        let output = seat.take_output(&self.machine, &step.action, prompt.as_ref());
        let until =
            if step.expected.until == Until::Waiting && prompt.is_none() { Until::Waiting } else { until };
        Ok(StepRecord { step: step.id, prompt: typed_at, output, until, unmodelled: Vec::new() })
    }

    fn type_bytes(&mut self, terminal: u32, bytes: Vec<u8>) {
        self.machine.input(Input::Type { terminal, bytes });
    }

    /// Types a command; each further line when the shell asks for it.
    fn type_lines(&mut self, terminal: u32, lines: &str) -> Result<(), String> {
        for (number, line) in lines.split('\n').enumerate() {
            if number > 0 {
                self.run_until(|machine| ends_with(machine, terminal, b"> "))?;
            }
            self.type_bytes(terminal, format!("{line}\r").into_bytes());
        }
        Ok(())
    }
}

/// A step whose end is an input's place, not a prompt.
fn expects_input(step: &Step) -> bool {
    step.expected.until == Until::Done
}

fn ends_with(machine: &Machine, terminal: u32, end: &[u8]) -> bool {
    machine.terminal(terminal).is_some_and(|terminal| terminal.output().ends_with(end))
}

const PASSWORD_PROMPT: &[u8] = b"Password: ";

/// Who has given a name is asked for a password, or has a shell.
fn is_greeted(machine: &Machine, number: u32) -> bool {
    seat::prompt_at(machine, number).is_some() || ends_with(machine, number, PASSWORD_PROMPT)
}

/// A shell's prompt is there, or a program waits for input at this terminal.
fn is_at_rest(machine: &Machine, number: u32) -> bool {
    seat::prompt_at(machine, number).is_some() || seat::reads_terminal(machine, number)
}

/// The prompt's sign.
fn whose(sign: u8) -> Prompt {
    if sign == b'#' { Prompt::Root } else { Prompt::User }
}
