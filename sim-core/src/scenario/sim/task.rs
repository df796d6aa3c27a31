//! The tasks of `strace` fences: processes of the simulated machine that make the calls of the file.

use std::collections::BTreeMap;

use super::super::expect::Kind;
use super::super::model::{Action, Step, Until};
use super::super::transcript::{NEVER_RETURNS, StepRecord, call_output, resumed_output};
use super::{FIRST_TASK, Run};
use crate::abi::{Syscall, notation};
use crate::kernel::WaitOn;
use crate::kernel::table::TaskId;
use crate::kernel::task::State;
use crate::machine::Input;

/// The tasks by the names that the file gives them.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    named: BTreeMap<String, TaskId>,
}

impl Tasks {
    pub(super) fn is_started(&self) -> bool {
        !self.named.is_empty()
    }
}

impl Run {
    pub(super) fn in_task(&mut self, step: &Step) -> Result<StepRecord, String> {
        let (task, call) = match &step.action {
            Action::Call { task, call, .. } => {
                let task = self.task(task)?;
                let call =
                    notation::parse(&self.bindings.fill(call)).map_err(|error| error.to_string())?.call;
                self.machine.input(Input::Call { task, call: call.clone() });
                (task, Some(call))
            }
            Action::Resume { task, .. } => (self.task(task)?, None),
            _ => return Err("only calls are steps of a task".to_owned()),
        };
        self.run_until_answered(task, step.expected.until)?;
        let (output, until) = self.outcome(task, call.as_ref());
        if let Action::Call { child: Some(child), .. } = &step.action {
            self.name_child(task, child);
        }
        Ok(StepRecord { step: step.id, prompt: None, output, until, unmodelled: Vec::new() })
    }

    fn run_until_answered(&mut self, task: TaskId, until: Until) -> Result<(), String> {
        match until {
            Until::Waiting => self.run_until_quiet(),
            Until::Done => self.run_until(|machine| {
                let ended = machine.kernel().is_none_or(|kernel| !kernel.is_alive(task));
                ended || machine.answer_of(task).is_some()
            }),
        }
    }

    fn outcome(&self, task: TaskId, call: Option<&Syscall>) -> (String, Until) {
        let waits_for_call = self
            .machine
            .kernel()
            .and_then(|kernel| kernel.tasks.get(task))
            .is_some_and(|row| row.state == State::Blocked { wait: WaitOn::Outside(task) });
        match (self.machine.answer_of(task), call) {
            (Some(result), Some(call)) => (call_output(call, result), Until::Done),
            (Some(result), None) => (resumed_output(result), Until::Done),
            (None, _) if self.is_alive(task) && !waits_for_call && self.is_program(task) => {
                ("0\n".to_owned(), Until::Done)
            }
            (None, _) if self.is_alive(task) => (String::new(), Until::Waiting),
            (None, _) => (NEVER_RETURNS.to_owned(), Until::Done),
        }
    }

    fn is_alive(&self, task: TaskId) -> bool {
        self.machine.kernel().is_some_and(|kernel| kernel.is_alive(task))
    }

    /// An execve has made a program of it.
    fn is_program(&self, task: TaskId) -> bool {
        !self.machine.is_puppet(task)
    }

    /// The task of this name; the first one is made when it is first used.
    fn task(&mut self, name: &str) -> Result<TaskId, String> {
        if name == FIRST_TASK && !self.tasks.named.contains_key(name) {
            let terminal = self.free_terminal()?;
            self.log_in(terminal)?;
            self.machine.input(Input::TakeOver { terminal });
            self.run_until_quiet()?;
            let task = self.machine.taken_over(terminal).ok_or("the process could not be taken over")?;
            self.tasks.named.insert(name.to_owned(), task);
        }
        self.tasks.named.get(name).copied().ok_or_else(|| format!("there is no task {name}"))
    }

    fn name_child(&mut self, parent: TaskId, child: &str) {
        let Some(Ok(reply)) = self.machine.answer_of(parent).cloned() else { return };
        let crate::abi::Reply::Pid(pid) = reply else { return };
        let Some(kernel) = self.machine.kernel() else { return };
        if let Ok(task) = kernel.task_by_pid(parent, pid) {
            self.tasks.named.insert(child.to_owned(), task);
        }
        self.bindings.bind(Kind::Pid, child, &notation::print_result(&Ok(reply)));
    }
}
