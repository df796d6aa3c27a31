//! `glasshull shell`: somebody in front of a simulated machine.

mod attached;
mod raw;
mod scripted;

use std::fs;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use native_runner::session;
use sim_core::clock::Nanos;
use sim_core::hardware::BoardSpec;
use sim_core::hardware::spec;
use sim_core::machine::{Input, Machine, Session};
use sim_core::view::{Stage, times};

use super::Verdict;
use super::arms::{SEED, said};
use super::style::QUIET;

/// Sit down at a simulated machine
///
/// Your terminal becomes the machine's console, with root logged in. `poweroff` ends it, and so does Ctrl-]
/// followed by q (Ctrl-] ? shows what else there is). If standard input is no terminal, its lines are typed one
/// after the other, each when the machine has nothing more to do.
#[derive(Args)]
#[command(after_help = "\
Examples:
  glasshull shell
  glasshull shell --power-on --board uefi
  echo 'unshare --user id' | glasshull shell --record session.json
  glasshull shell --replay session.json")]
pub struct Options {
    /// The machine: a named board, or a YAML file with a board's keys
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    board: String,
    /// Begin with the power button, and watch it boot
    #[arg(long)]
    power_on: bool,
    /// Where the machine's randomness comes from
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Keep the session (machine, seed and everything typed) in this file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Begin where a recorded session ended
    #[arg(long, value_name = "FILE", conflicts_with_all = ["board", "seed", "power_on"])]
    replay: Option<PathBuf>,
}

/// The serial console.
const CONSOLE: u32 = 0;

pub fn run(options: &Options) -> Result<Verdict> {
    let mut seat = Seat { machine: options.machine()?, shown: 0 };
    let done = catch_unwind(AssertUnwindSafe(|| {
        match (&options.replay, options.power_on) {
            (Some(_), _) => seat.catch_up(),
            (None, true) => seat.machine.input(Input::PowerButton),
            (None, false) => seat.log_in(),
        }
        if stdin().is_terminal() { attached::sit(&mut seat) } else { scripted::sit(&mut seat) }
    }));
    let recorded = seat.machine.session();
    match done {
        Ok(done) => {
            if let Some(file) = &options.record {
                session::write(recorded, file)?;
            }
            done.map(|()| Verdict::Good)
        }
        Err(panic) => {
            let unasked = std::env::temp_dir().join(format!("glasshull-{}.json", std::process::id()));
            let file = options.record.as_ref().unwrap_or(&unasked);
            session::write(recorded, file)?;
            bail!(
                "the simulation panicked, which is a mistake of its own: {}\n\
                 The session that led to it is in {}: please report it",
                said(&*panic),
                file.display()
            )
        }
    }
}

impl Options {
    fn machine(&self) -> Result<Machine> {
        let session = match &self.replay {
            Some(file) => session::read(file)?,
            None => Session::new(board(&self.board)?, self.seed),
        };
        session::machine(&session)
    }
}

fn board(name: &str) -> Result<BoardSpec> {
    if let Some(board) = spec::named(name) {
        return Ok(board);
    }
    if !Path::new(name).exists() {
        let known: Vec<&str> = spec::NAMED.iter().map(|(name, _)| *name).collect();
        bail!("there is no board and no file `{name}`; the boards are {}", known.join(", "));
    }
    let text = fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
    serde_saphyr::from_str(&text).map_err(|error| anyhow!("{name} describes no board: {error}"))
}

/// A machine, and how much of its console has been shown.
struct Seat {
    machine: Machine,
    shown: usize,
}

/// How long nothing may happen before the machine counts as waiting, on its own clock.
const QUIET_FOR: Nanos = Nanos::seconds(2);
/// How long a machine may take to get anywhere by itself, on its own clock.
const PATIENCE: Nanos = Nanos::seconds(3600);

impl Seat {
    /// Switches on and logs root in. If there is a login prompt, what stood above it is not shown.
    fn log_in(&mut self) {
        self.machine.input(Input::PowerButton);
        self.run_until_quiet();
        if !self.output().ends_with(b"login: ") {
            return;
        }
        self.answer("root", "root\r\n");
        if self.output().ends_with(b"Password: ") {
            let password = self.machine.session().board.passwords.root.clone();
            self.answer(&password, "\r\n");
        }
    }

    /// Types a line; what has been asked and how it is echoed are not shown.
    fn answer(&mut self, line: &str, echo: &str) {
        self.shown = self.output().len();
        self.pause();
        self.type_bytes(format!("{line}\r").into_bytes());
        self.run_until_quiet();
        if self.output()[self.shown..].starts_with(echo.as_bytes()) {
            self.shown += echo.len();
        }
    }

    /// Lets everything happen that was recorded.
    fn catch_up(&mut self) {
        let last = self.machine.session().inputs.last().map_or(Nanos::ZERO, |(at, _)| *at);
        self.machine.run_until(last, &mut || true);
        self.run_until_quiet();
    }

    /// Somebody thinks before they type. A session recorded so survives a machine that has become a little slower.
    fn pause(&mut self) {
        self.machine.run_until(self.machine.now() + QUIET_FOR, &mut || true);
    }

    /// Runs until nothing moves: the next thing is due only after a while, or never.
    fn run_until_quiet(&mut self) {
        let limit = self.machine.now() + PATIENCE;
        while let Some(due) = self.machine.next_due()
            && due <= limit
            && due <= self.machine.now() + QUIET_FOR
        {
            self.machine.step();
        }
    }

    fn type_bytes(&mut self, bytes: Vec<u8>) {
        self.machine.input(Input::Type { terminal: CONSOLE, bytes });
    }

    fn output(&self) -> &[u8] {
        self.machine.terminal(CONSOLE).map_or(&[], |terminal| terminal.output())
    }

    /// Brings to the screen what the machine has printed since the last time.
    fn show(&mut self) -> Result<()> {
        let mut screen = stdout().lock();
        screen.write_all(&self.output()[self.shown..])?;
        screen.flush()?;
        self.shown = self.output().len();
        Ok(())
    }

    /// What is wrong with a machine that has stopped without a word: in its self-test it has no console yet.
    fn silent_fault(&self) -> Option<String> {
        if self.machine.next_due().is_some() || !self.output().is_empty() {
            return None;
        }
        let view = self.machine.view();
        let fault = view.fault?;
        let mut text = format!("the machine is broken: {}", fault.text);
        let firmware = view.hardware.firmware;
        if let Some(code) = firmware.post_code {
            text += &format!("; POST code {code:02x}");
        }
        if firmware.beeps > 0 {
            text += &format!("; the speaker beeps {}", times(firmware.beeps));
        }
        Some(text)
    }

    /// Whether the machine has been switched off, or never was on.
    fn is_off(&self) -> bool {
        self.machine.next_due().is_none() && self.machine.view().stage == Stage::Off
    }
}

/// A line of the command's own, which the machine knows nothing of.
fn remark(text: &str) {
    anstream::eprint!("\r\n{QUIET}[{text}]{QUIET:#}\r\n");
}
