//! Running statements, and what comes after the last.

use std::collections::VecDeque;

use super::commands::Outcome;
use super::handover::KernelHandover;
use super::menu::MenuEntry;
use super::script::{self, Statement};
use super::{AfterPause, BootloaderEvent, Failed, Grub, Origin, PAUSE, Run, State, record};
use crate::clock::Nanos;
use crate::firmware::Next;
use crate::hardware::{Board, FirmwareKind};
use crate::trace::Trace;

impl Grub {
    pub(super) fn run_source(&mut self, source: &str, origin: Origin) -> Next {
        let (statements, failed) = match script::parse(source) {
            Ok(statements) => (statements.into(), Failed::Nothing),
            Err(_) => {
                ["syntax error", "Incorrect command", "syntax error"]
                    .iter()
                    .for_each(|text| self.complain(text));
                (VecDeque::new(), Failed::Something)
            }
        };
        self.goes_on_with(State::Run(Run { statements, origin, failed }))
    }

    fn complain(&mut self, message: &str) {
        self.terminal.message(&format!("error: {message}.\n"));
    }

    /// Runs statements up to the first that takes time.
    pub(super) fn run(&mut self, mut run: Run, board: &mut Board, trace: &mut Trace) -> Next {
        while let Some(statement) = run.statements.pop_front() {
            let words = match &statement {
                Statement::Command(words) | Statement::MenuEntry { words, .. } => words,
            };
            let words = script::expand(words, |name| self.session.as_ref().expect("started").variable(name));
            if let Statement::MenuEntry { body, .. } = statement {
                self.entries.push(MenuEntry { title: words.get(1).cloned().unwrap_or_default(), body });
                continue;
            }
            record(trace, BootloaderEvent::Command { line: words.join(" ") });
            let session = self.session.as_mut().expect("the core image has started");
            let outcome = session.run(&words, board, &mut self.terminal, trace);
            board.serial_write(trace, &self.terminal.take());
            match outcome {
                Outcome::Done(takes) => {
                    self.session().set_status(0);
                    if takes > Nanos::ZERO {
                        self.state = State::Run(run);
                        return Next::After(takes);
                    }
                }
                Outcome::Failed(message) => {
                    self.complain(&message);
                    record(trace, BootloaderEvent::Failed { message });
                    self.session().set_status(1);
                    run.failed = Failed::Something;
                }
                Outcome::Boot(handover) => return self.start_kernel(handover),
                Outcome::Halt => return Next::PowerOff,
                Outcome::Reboot => return Next::Reset,
            }
        }
        self.after_run(run, board, trace)
    }

    fn after_run(&mut self, run: Run, board: &mut Board, trace: &mut Trace) -> Next {
        let after_pause = match run.origin {
            Origin::EmbeddedConfig => return self.goes_on_with(State::ReadConfig),
            Origin::Config { path } => {
                let entries = self.entries.len() as u32;
                record(trace, BootloaderEvent::ConfigRead { path, entries });
                return self.first_menu(trace);
            }
            Origin::Prompt => return self.new_line(String::new()),
            _ if self.session().is_loaded() && run.failed == Failed::Nothing => return self.boot(board),
            _ if self.session().is_loaded() => AfterPause::Boot,
            Origin::DefaultEntry => AfterPause::SayNothingBooted,
            Origin::ChosenEntry { selected } => AfterPause::Menu { selected },
            Origin::Editor(editor) => AfterPause::Editor(editor),
        };
        match run.failed {
            Failed::Something => {
                self.terminal.newline();
                self.pause(after_pause)
            }
            Failed::Nothing => match after_pause {
                AfterPause::Editor(editor) => self.show_editor(editor),
                AfterPause::Menu { selected } => self.show_menu(selected, trace),
                _ => self.show_menu(0, trace),
            },
        }
    }

    fn pause(&mut self, after: AfterPause) -> Next {
        self.terminal.message("Press any key to continue...");
        self.state = State::Pause(after);
        Next::AwaitKey { timeout: Some(PAUSE) }
    }

    pub(super) fn after_pause(
        &mut self,
        after: AfterPause,
        keys: &mut VecDeque<u8>,
        board: &mut Board,
        trace: &mut Trace,
    ) -> Next {
        keys.clear();
        self.terminal.newline();
        match after {
            AfterPause::Boot => self.boot(board),
            AfterPause::SayNothingBooted => {
                self.terminal.message("\n  Failed to boot both default and fallback entries.\n\n");
                self.pause(AfterPause::Menu { selected: 0 })
            }
            AfterPause::Menu { selected } => self.show_menu(selected, trace),
            AfterPause::Editor(editor) => self.show_editor(editor),
        }
    }

    fn boot(&mut self, board: &Board) -> Next {
        match self.session().boot(board) {
            Ok(Outcome::Boot(handover)) => self.start_kernel(handover),
            _ => Next::Halted,
        }
    }

    fn start_kernel(&mut self, handover: Box<KernelHandover>) -> Next {
        if handover.firmware.kind == FirmwareKind::Uefi {
            // The board has no video card.
            self.complain("no suitable video mode found");
            self.terminal.message("Booting in blind mode\n");
        }
        Next::StartKernel(handover)
    }
}
