//! Sessions whose last input is a command that keeps the simulated kernel busy.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use native_runner::session;
use native_runner::wasm::WasmMachine;
use sim_core::clock::Nanos;
use sim_core::hardware::BoardSpec;
use sim_core::machine::{Input, Machine, Player, Session};
use sim_core::trace::EventNumber;

use super::Row;

/// A session, and the moment of its last input: what comes after it is measured.
pub struct Timed {
    session: Session,
    last_input: Nanos,
}

/// Long enough for anything that a machine does by itself, on its own clock.
const PATIENCE: Nanos = Nanos::seconds(600);

/// Power on, log in, `bench WHAT COUNT`.
pub fn session_of(what: &str, count: u64) -> Result<Timed> {
    let mut machine = booted()?;
    type_line(&mut machine, &format!("bench {what} {count}"));
    let last_input = machine.session().inputs.last().map_or(Nanos::ZERO, |(at, _)| *at);
    Ok(Timed { session: machine.session().clone(), last_input })
}

impl Timed {
    pub fn time_natively(&self) -> Result<f64> {
        let mut machine = session::machine(&self.session)?;
        machine.run_until(self.before(), &mut || true);
        let start = Instant::now();
        until_prompt(&mut machine)?;
        Ok(start.elapsed().as_secs_f64())
    }

    pub fn time_under_wasmtime(&self, module: &Path) -> Result<f64> {
        // How far to run is known from a native run: it is the same machine.
        let mut machine = session::machine(&self.session)?;
        machine.run_until(self.last_input, &mut || true);
        until_prompt(&mut machine)?;
        let mut wasm = WasmMachine::load(module, &self.session)?;
        wasm.run_until(self.before())?;
        let start = Instant::now();
        wasm.run_until(machine.now())?;
        let seconds = start.elapsed().as_secs_f64();
        ensure!(
            wasm.report()?.fingerprint == machine.fingerprint().to_string(),
            "wasmtime ran another machine"
        );
        Ok(seconds)
    }

    fn before(&self) -> Nanos {
        self.last_input - Nanos(1)
    }
}

/// From the power button to the login prompt: how many events, and how long that takes.
pub fn boot(module: &Path) -> Result<[Row; 2]> {
    let start = Instant::now();
    let machine = at_login()?;
    let native = start.elapsed().as_secs_f64() * 1e3;
    let mut wasm = WasmMachine::load(module, machine.session())?;
    let start = Instant::now();
    wasm.run_until(machine.now())?;
    let wasmtime = start.elapsed().as_secs_f64() * 1e3;
    let events = machine.last_event().0 as f64;
    let row = |what, unit, native, wasmtime| Row { what, unit, native, wasmtime, real: None };
    Ok([
        row("power to login: events", "events", Some(events), Some(wasm.report()?.events as f64)),
        row("power to login", "ms", Some(native), Some(wasmtime)),
    ])
}

/// How long it takes to go back, from 120,000 events after the login.
pub fn seek() -> Result<Vec<Row>> {
    let timed = session_of("getpid", 120_000)?;
    let mut far = session::machine(&timed.session)?;
    far.run_until(timed.last_input, &mut || true);
    until_prompt(&mut far)?;
    [("seek 10,000 events back", 10_000), ("seek 100,000 events back", 100_000)]
        .into_iter()
        .map(|(what, events)| {
            let mut player = Player::new(timed.session.clone()).map_err(|error| anyhow!("{error}"))?;
            player.seek(far.last_event()).map_err(|error| anyhow!("{error}"))?;
            let start = Instant::now();
            player.seek(EventNumber(far.last_event().0 - events)).map_err(|error| anyhow!("{error}"))?;
            let native = Some(start.elapsed().as_secs_f64() * 1e3);
            Ok(Row { what, unit: "ms", native, wasmtime: None, real: None })
        })
        .collect()
}

fn at_login() -> Result<Machine> {
    let mut machine = session::machine(&Session::new(BoardSpec::default(), 1))?;
    machine.input(Input::PowerButton);
    run_until_shown(&mut machine, b"login: ")?;
    Ok(machine)
}

fn booted() -> Result<Machine> {
    let mut machine = at_login()?;
    type_line(&mut machine, "root");
    until_prompt(&mut machine)?;
    Ok(machine)
}

fn type_line(machine: &mut Machine, line: &str) {
    machine.input(Input::Type { terminal: 0, bytes: format!("{line}\r").into_bytes() });
}

fn until_prompt(machine: &mut Machine) -> Result<()> {
    run_until_shown(machine, b"# ")
}

/// Runs until the machine waits with this at the end of its console.
fn run_until_shown(machine: &mut Machine, end: &[u8]) -> Result<()> {
    let limit = machine.now() + PATIENCE;
    loop {
        let output = machine.terminal(0).map_or(&[][..], |terminal| terminal.output());
        if machine.is_waiting() && output.ends_with(end) {
            return Ok(());
        }
        ensure!(
            machine.next_due().is_some_and(|due| due <= limit),
            "the machine does not print {:?}; it printed {}",
            String::from_utf8_lossy(end),
            String::from_utf8_lossy(&output[output.len().saturating_sub(400)..])
        );
        machine.step();
    }
}
