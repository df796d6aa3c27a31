//! How fast the simulation is, natively and under wasmtime, beside the real kernel in the same run.
//!
//! `cargo xtask bench` makes a table of what this prints: one JSON object in each line.

mod real;
mod simulated;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

/// One line of the table.
#[derive(Serialize)]
struct Row {
    what: &'static str,
    unit: &'static str,
    native: Option<f64>,
    wasmtime: Option<f64>,
    real: Option<f64>,
}

/// What is done again and again: its name for the simulated `bench`, what of it is counted, and how often it is
/// done there and on the real kernel.
const LOADS: [Load; 4] = [
    Load { name: "getpid", simulated: 1_000_000, real: 2_000_000, work: real::getpid },
    Load { name: "open-read-close", simulated: 100_000, real: 100_000, work: real::open_read_close },
    Load { name: "clone-exit-wait", simulated: 20_000, real: 2_000, work: real::clone_exit_wait },
    Load { name: "unshare", simulated: 10_000, real: 500, work: real::unshare },
];

struct Load {
    name: &'static str,
    simulated: u64,
    real: u64,
    work: fn() -> Result<()>,
}

fn main() -> Result<()> {
    // `cargo bench` itself adds `--bench`.
    let module = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let module: PathBuf = module.context("say where the engine's module is: engine.wasm")?.into();
    for load in &LOADS {
        print(&measure(load, &module)?)?;
    }
    for row in simulated::boot(&module)? {
        print(&row)?;
    }
    for row in simulated::seek()? {
        print(&row)?;
    }
    Ok(())
}

fn measure(load: &Load, module: &Path) -> Result<Row> {
    let session = simulated::session_of(load.name, load.simulated)?;
    let per_second = |count: u64, seconds: f64| count as f64 / seconds;
    Ok(Row {
        what: load.name,
        unit: "per second",
        native: Some(per_second(load.simulated, session.time_natively()?)),
        wasmtime: Some(per_second(load.simulated, session.time_under_wasmtime(module)?)),
        real: Some(per_second(load.real, real::time(load.work, load.real)?)),
    })
}

fn print(row: &Row) -> Result<()> {
    println!("{}", serde_json::to_string(row)?);
    Ok(())
}
