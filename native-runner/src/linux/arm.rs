//! The linux arm: a scenario carried out in a sandbox.

use std::collections::BTreeMap;
use std::time::Duration;

use sim_core::abi::Syscall;
use sim_core::abi::notation;
use sim_core::scenario::expect::Kind;
use sim_core::scenario::matching::{Bindings, matches_output};
use sim_core::scenario::model::{
    Action, Fence, FenceKind, MachineRef, Need, Prompt, Scenario, Start, Step, Terminal, Until, User,
};
use sim_core::scenario::terminal::{keystrokes, shown_text, without_echo};
use sim_core::scenario::transcript::{
    Arm, ArmName, Ending, StepRecord, Transcript, call_output, resumed_output,
};

use super::console::{Console, Goal, Halt, Printed};
use super::failure::Failure;
use super::protocol::Privilege;
use super::sandbox::{Config, Sandbox};
use super::task::{Outcome, Task, Want};
use crate::doctor;

/// Whether cases may run as the host's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealRoot {
    /// Those that need it are skipped.
    Forbidden,
    /// `--real-root` was given.
    Allowed,
}

/// Runs scenarios on the host's kernel.
pub struct LinuxArm {
    config: Config,
    real_root: RealRoot,
    /// How long one step may take.
    patience: Duration,
    /// What has been found out about the host so far.
    needs: BTreeMap<Need, Result<(), String>>,
}

impl LinuxArm {
    /// `config.privilege` is what cases run with that need no real root.
    pub fn new(config: Config, real_root: RealRoot, patience: Duration) -> LinuxArm {
        LinuxArm { config, real_root, patience, needs: BTreeMap::new() }
    }

    /// Why the scenario cannot run here, or the sandbox it is to run in.
    fn prepare(&mut self, scenario: &Scenario) -> Result<Sandbox, String> {
        let front = &scenario.front;
        if front.start == Start::PowerOff {
            return Err("it begins with the power button, and the host is running already".to_owned());
        }
        if front.machine != MachineRef::Default {
            return Err("it wants a machine of its own, and the host is what it is".to_owned());
        }
        let mut config = self.config.clone();
        for &need in &front.needs {
            if need == Need::RealRoot {
                if self.real_root == RealRoot::Forbidden {
                    return Err("it needs the host's real root: allow it with --real-root".to_owned());
                }
                config.privilege = Privilege::RealRoot;
            }
            self.meet(need)?;
        }
        let sandbox = Sandbox::start(&config).map_err(|failure| format!("no sandbox: {failure}"))?;
        let offer = sandbox.offer();
        let wants = |need| front.needs.contains(&need);
        if wants(Need::ManyIds) || front.user == User::Ada {
            offer.many_ids.as_ref().map_err(|reason| format!("many-ids: {reason}"))?;
        }
        if wants(Need::OwnedFiles) {
            offer.owned_files.as_ref().map_err(|reason| format!("owned-files: {reason}"))?;
        }
        Ok(sandbox)
    }

    fn meet(&mut self, need: Need) -> Result<(), String> {
        let program = &self.config.program;
        self.needs.entry(need).or_insert_with(|| doctor::examine_need(program, need)).clone()
    }
}

impl Arm for LinuxArm {
    fn name(&self) -> ArmName {
        ArmName::Linux
    }

    fn run(&mut self, scenario: &Scenario) -> Transcript {
        let sandbox = match self.prepare(scenario) {
            Ok(sandbox) => sandbox,
            Err(reason) => {
                let ending = Ending::Skipped { reason };
                return Transcript { arm: self.name(), steps: Vec::new(), ending };
            }
        };
        let mut run = Run {
            sandbox: &sandbox,
            user: scenario.front.user,
            patience: self.patience,
            consoles: BTreeMap::new(),
            tasks: BTreeMap::new(),
            bindings: Bindings::default(),
        };
        let mut steps = Vec::new();
        let mut ending = Ending::Complete;
        'fences: for fence in scenario.fences() {
            for step in &fence.steps {
                match run.step(fence, step) {
                    Ok(record) => steps.push(record),
                    Err(reason) => {
                        ending = Ending::Broken { reason: format!("line {}: {reason}", step.span.line) };
                        break 'fences;
                    }
                }
            }
        }
        Transcript { arm: self.name(), steps, ending }
    }
}

/// One scenario on its way.
struct Run<'a> {
    sandbox: &'a Sandbox,
    user: User,
    patience: Duration,
    consoles: BTreeMap<Terminal, Seat>,
    tasks: BTreeMap<String, Task>,
    /// What the captures seen so far stand for: a call may name one.
    bindings: Bindings,
}

/// A terminal, and whose prompt its shell shows.
struct Seat {
    console: Console,
    prompt: Option<Prompt>,
}

/// The task that every file may use without having made it.
const FIRST_TASK: &str = "a";

impl Run<'_> {
    fn step(&mut self, fence: &Fence, step: &Step) -> Result<StepRecord, String> {
        let record = match &fence.kind {
            FenceKind::Console { terminal } => self.at_terminal(terminal, step),
            FenceKind::Strace => self.in_task(step),
        }
        .map_err(|failure| failure.to_string())?;
        // What does not match is the comparison's business, not the run's.
        let _ = matches_output(&step.expected.lines, &record.output, &mut self.bindings);
        Ok(record)
    }

    fn at_terminal(&mut self, terminal: &Terminal, step: &Step) -> Result<StepRecord, Failure> {
        let goal = match step.expected.until {
            Until::Done => Goal::Prompt,
            Until::Waiting => Goal::Rest,
        };
        let sandbox = self.sandbox;
        if !self.consoles.contains_key(terminal) {
            let console = sandbox.log_in(self.user, self.patience)?;
            let prompt = Some(match self.user {
                User::Root => Prompt::Root,
                User::Ada => Prompt::User,
            });
            self.consoles.insert(terminal.clone(), Seat { console, prompt });
        }
        let seat = self.consoles.get_mut(terminal).expect("it has just been inserted");
        let before = seat.prompt.take();
        let (typed_at, printed) = match &step.action {
            Action::Command { line, .. } => {
                // Without a prompt, what runs has still to end, and that is seen to be there.
                let mut early = Vec::new();
                let prompt = match before {
                    Some(prompt) => Some(prompt),
                    None => {
                        let printed = seat.console.watch(sandbox, Goal::Prompt)?;
                        early = printed.bytes;
                        prompt_of(printed.halt)
                    }
                };
                let Printed { bytes, halt } = seat.console.run(sandbox, line, goal)?;
                early.extend(bytes);
                (prompt, Printed { bytes: early, halt })
            }
            Action::Type { .. } | Action::Press { .. } => {
                (None, seat.console.answer(sandbox, &keystrokes(&step.action), goal)?)
            }
            Action::Watch => (None, seat.console.watch(sandbox, goal)?),
            Action::PowerOn | Action::Call { .. } | Action::Resume { .. } => {
                return Err(Failure::new(
                    "carry out the step",
                    "it is none for a terminal of a running machine",
                ));
            }
        };
        seat.prompt = prompt_of(printed.halt);
        let until = if printed.halt == Halt::Waiting { Until::Waiting } else { Until::Done };
        let shown = shown_text(&printed.bytes);
        let output = match &step.action {
            // The shell's marks have told what is echo.
            Action::Command { .. } => &shown,
            action => without_echo(action, &shown),
        };
        Ok(record(step, typed_at, output.to_owned(), until))
    }

    fn in_task(&mut self, step: &Step) -> Result<StepRecord, Failure> {
        let (sandbox, patience) = (self.sandbox, self.patience);
        let want = match step.expected.until {
            Until::Done => Want::Return,
            Until::Waiting => Want::ReturnOrBlock,
        };
        let (outcome, call) = match &step.action {
            Action::Call { task, child, call, .. } => {
                let call = parse_call(&self.bindings.fill(call))?;
                let outcome = match (&call, child) {
                    (Syscall::Clone(_), Some(child)) => self.make_child(task, child, call.clone())?,
                    _ => {
                        let task = self.task(task)?;
                        task.make(call.clone())?;
                        task.wait(sandbox, want, patience)?
                    }
                };
                (outcome, Some(call))
            }
            Action::Resume { task, .. } => (self.task(task)?.wait(sandbox, want, patience)?, None),
            _ => return Err(Failure::new("carry out the step", "it is none for a task")),
        };
        let output = match (&outcome, call) {
            (Outcome::Returned(result), Some(call)) => call_output(&call, result),
            (Outcome::Returned(result), None) => resumed_output(result),
            (Outcome::UnknownError(number), _) => format!("-1 (errno {number})\n"),
            (Outcome::Replaced, _) => "0\n".to_owned(),
            (Outcome::Ended, _) => "?\n".to_owned(),
            (Outcome::Blocked, _) => return Ok(record(step, None, String::new(), Until::Waiting)),
        };
        Ok(record(step, None, output, Until::Done))
    }

    fn task(&mut self, name: &str) -> Result<&mut Task, Failure> {
        if name == FIRST_TASK && !self.tasks.contains_key(name) {
            let first = Task::start(self.sandbox, self.user)?;
            self.tasks.insert(name.to_owned(), first);
        }
        self.tasks.get_mut(name).ok_or_else(|| Failure::new(format!("find the task {name}"), "there is none"))
    }

    fn make_child(&mut self, parent: &str, child: &str, call: Syscall) -> Result<Outcome, Failure> {
        let patience = self.patience;
        let (outcome, made) = self.task(parent)?.make_child(call, patience)?;
        if let Some(made) = made {
            self.tasks.insert(child.to_owned(), made);
        }
        if let Outcome::Returned(result @ Ok(_)) = &outcome {
            self.bindings.bind(Kind::Pid, child, &notation::print_result(result));
        }
        Ok(outcome)
    }
}

fn prompt_of(halt: Halt) -> Option<Prompt> {
    match halt {
        Halt::Prompt('#') => Some(Prompt::Root),
        Halt::Prompt(_) => Some(Prompt::User),
        Halt::Waiting => None,
    }
}

fn record(step: &Step, prompt: Option<Prompt>, output: String, until: Until) -> StepRecord {
    StepRecord { step: step.id, prompt, output, until, unmodelled: Vec::new() }
}

fn parse_call(text: &str) -> Result<Syscall, Failure> {
    match notation::parse(text) {
        Ok(line) => Ok(line.call),
        Err(error) => Err(Failure::new(format!("read {text}"), error)),
    }
}
