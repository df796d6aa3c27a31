//! Signals that come to the shell itself, and traps: bash(1), SIGNALS.

use super::{Shell, Unwind, text};
use crate::abi::*;
use crate::user::io;

/// What an interactive shell does not let stop or end it.
const IGNORED_INTERACTIVELY: &[Signal] =
    &[Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];

/// The trap that runs when the shell ends.
pub(super) const EXIT: u8 = 0;

impl Shell {
    /// The dispositions of an interactive shell.
    pub(super) async fn set_interactive_signals(&self) {
        for &signal in IGNORED_INTERACTIVELY {
            let job_control_only =
                matches!(signal, Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU | Signal::SIGQUIT);
            if !job_control_only || self.options.monitor {
                let _ = self.sys.rt_sigaction(signal, SigAction::SIG_IGN).await;
            }
        }
        let _ = self.sys.rt_sigaction(Signal::SIGINT, SigAction::Handler).await;
    }

    /// In a child: the dispositions that the shell itself was started with, but for what traps ignore.
    pub(super) async fn reset_signals(&mut self, was_interactive: WasInteractive) {
        if was_interactive == WasInteractive::Yes {
            for &signal in IGNORED_INTERACTIVELY {
                let _ = self.sys.rt_sigaction(signal, SigAction::SIG_DFL).await;
            }
            let _ = self.sys.rt_sigaction(Signal::SIGINT, SigAction::SIG_DFL).await;
        }
        let handled: Vec<u8> =
            self.traps.iter().filter(|(_, command)| !command.is_empty()).map(|(&number, _)| number).collect();
        for number in handled {
            self.traps.remove(&number);
            if number != EXIT {
                let _ = self.sys.rt_sigaction(Signal(number), SigAction::SIG_DFL).await;
            }
        }
    }

    /// Runs the traps of signals that have come; ^C ends the line that an interactive shell is running.
    /// Returns which they were.
    pub(super) async fn act_on_signals(&mut self) -> Result<SignalSet, Unwind> {
        let caught = self.sys.take_caught();
        for signal in caught.iter() {
            if let Some(command) = self.traps.get(&signal.0).cloned() {
                self.run_trap(&command).await?;
            } else if signal == Signal::SIGINT && self.is_interactive() {
                io::eprint(&self.sys, text::encode("\n")).await;
                self.status = 128 + i32::from(Signal::SIGINT.0);
                return Err(Unwind::Discard);
            }
        }
        Ok(caught)
    }

    /// A trap's command leaves `$?` as it was.
    async fn run_trap(&mut self, command: &str) -> Result<(), Unwind> {
        let status = self.status;
        self.run_text(command).await?;
        self.status = status;
        Ok(())
    }

    /// The trap on EXIT, once.
    pub(super) async fn run_exit_trap(&mut self) {
        if let Some(command) = self.traps.remove(&EXIT).filter(|command| !command.is_empty()) {
            let status = self.status;
            // `exit` in the trap itself says another status.
            if self.run_text(&command).await != Err(Unwind::Exit) {
                self.status = status;
            }
        }
    }
}

/// Whether a child's shell was interactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WasInteractive {
    Yes,
    No,
}
