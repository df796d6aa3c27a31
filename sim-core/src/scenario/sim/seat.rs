//! A terminal of the simulated machine, and what was seen on it.

use super::super::model::{Action, Prompt};
use super::super::terminal::{shown_text, without_echo};
use crate::abi::{Syscall, Write};
use crate::kernel::WaitOn;
use crate::kernel::table::{TaskId, TtyId};
use crate::kernel::task::State;
use crate::machine::Machine;
use crate::trace::What;

/// Somebody in front of a terminal.
#[derive(Debug)]
pub(super) struct Seat {
    /// Of the machine.
    pub(super) number: u32,
    /// How much of its output has been looked at, in bytes.
    seen: usize,
}

/// A prompt on the screen.
#[derive(Clone, Debug)]
pub(super) struct ShellPrompt {
    pub(super) whose: Prompt,
    /// Its length at the end of the output, in bytes.
    len: usize,
}

impl Seat {
    pub(super) fn new(number: u32) -> Seat {
        Seat { number, seen: 0 }
    }

    /// What is on the screen so far is of no interest.
    pub(super) fn skip(&mut self, machine: &Machine) {
        self.seen = output(machine, self.number).len();
    }

    /// A command's output begins behind the prompt; what was printed before it, by what ran on, counts.
    pub(super) fn begin_command(&mut self, machine: &Machine, prompt: &ShellPrompt) {
        let all = output(machine, self.number).len();
        debug_assert!(prompt.len <= all);
        self.seen = all;
    }

    /// What was printed since the step began, without echo and prompt.
    pub(super) fn take_output(
        &mut self,
        machine: &Machine,
        action: &Action,
        prompt: Option<&ShellPrompt>,
    ) -> String {
        let all = output(machine, self.number);
        let end = all.len() - prompt.map_or(0, |prompt| prompt.len).min(all.len() - self.seen);
        let shown = shown_text(&all[self.seen..end]);
        self.seen = all.len();
        without_echo(action, &shown).to_owned()
    }
}

fn output(machine: &Machine, number: u32) -> &[u8] {
    machine.terminal(number).map_or(&[], |terminal| terminal.output())
}

/// The task that reads a terminal now.
fn reader(machine: &Machine, number: u32) -> Option<TaskId> {
    let kernel = machine.kernel()?;
    let wait = WaitOn::TtyReadable(TtyId(number + 1));
    kernel.tasks.iter().find(|(_, task)| task.state == State::Blocked { wait }).map(|(id, _)| id)
}

pub(super) fn reads_terminal(machine: &Machine, number: u32) -> bool {
    reader(machine, number).is_some()
}

/// The prompt that a shell has printed before it began to read: its last write.
pub(super) fn prompt_at(machine: &Machine, number: u32) -> Option<ShellPrompt> {
    let task = reader(machine, number)?;
    let kernel = machine.kernel()?;
    let exe = &kernel.tasks[task].exe.as_ref()?.1;
    if !(exe.ends_with(b"/bash") || exe.ends_with(b"/sh") || exe.ends_with(b"/dash")) {
        return None;
    }
    let last_write = machine.trace().window().rev().find_map(|event| match &event.what {
        What::Syscall { task: by, call: Syscall::Write(Write { buf, .. }), .. } if *by == task => Some(buf),
        _ => None,
    })?;
    let sign = *last_write.strip_suffix(b" ")?.last()?;
    let is_prompt = matches!(sign, b'#' | b'$') && output(machine, number).ends_with(last_write);
    is_prompt.then_some(ShellPrompt { whose: super::whose(sign), len: last_write.len() })
}
