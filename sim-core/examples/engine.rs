//! The core as a WebAssembly module, for hosts that are no browser: a session goes in, the machine runs for
//! as long as the host says, a report comes out.
//!
//! ```text
//! reserve(len) -> where the session's JSON is to be written
//! load() -> 0, or 1 if the report is an error's message
//! run_until(deadline_ns)
//! report() -> the length of the report, which begins at output()
//! ```
#![deny(unsafe_op_in_unsafe_fn)]

use std::cell::RefCell;

use serde::Serialize;
use sim_core::clock::Nanos;
use sim_core::machine::{Machine, Session};

/// What has come of a run so far.
#[derive(Serialize)]
struct Report {
    fingerprint: String,
    events: u64,
    now_ns: u64,
    /// When the next thing is due; `null` if nothing will ever happen by itself.
    next_due_ns: Option<u64>,
}

#[derive(Default)]
struct Engine {
    input: Vec<u8>,
    output: Vec<u8>,
    machine: Option<Machine>,
}

thread_local! {
    /// One module holds one machine: the exported functions have nothing else to be called on.
    static ENGINE: RefCell<Engine> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Engine) -> T) -> T {
    ENGINE.with_borrow_mut(work)
}

/// Makes room for a session of `len` bytes of JSON.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(len: usize) -> *mut u8 {
    with(|engine| {
        engine.input = vec![0; len];
        engine.input.as_mut_ptr()
    })
}

/// Makes the machine to which everything will happen that happened in the session.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> u32 {
    with(|engine| match machine(&engine.input) {
        Ok(machine) => {
            engine.machine = Some(machine);
            0
        }
        Err(message) => {
            engine.output = message.into_bytes();
            1
        }
    })
}

fn machine(json: &[u8]) -> Result<Machine, String> {
    let session: Session = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    Machine::replay(session).map_err(|error| error.to_string())
}

/// Runs until the machine's clock stands at `deadline_ns`.
#[unsafe(no_mangle)]
pub extern "C" fn run_until(deadline_ns: u64) {
    with(|engine| {
        let machine = engine.machine.as_mut().expect("a session has been loaded");
        machine.run_until(Nanos(deadline_ns), &mut || true);
    });
}

/// Writes the report, as JSON; returns its length in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn report() -> usize {
    with(|engine| {
        if let Some(machine) = &engine.machine {
            let report = Report {
                fingerprint: machine.fingerprint().to_string(),
                events: machine.last_event().0,
                now_ns: machine.now().0,
                next_due_ns: machine.next_due().map(|due| due.0),
            };
            engine.output = serde_json::to_vec(&report).expect("a report is plain data");
        }
        engine.output.len()
    })
}

/// Where the report begins.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|engine| engine.output.as_ptr())
}
