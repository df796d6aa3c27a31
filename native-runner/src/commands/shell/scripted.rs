//! Lines from a file or a pipe, typed one after the other. The same lines make the same session.

use std::io::stdin;

use anyhow::{Context, Result};

use super::{PATIENCE, Seat};

pub(super) fn sit(seat: &mut Seat) -> Result<()> {
    seat.run_until_quiet();
    seat.show()?;
    for line in stdin().lines() {
        let line = line.context("cannot read standard input")?;
        seat.pause();
        seat.type_bytes(format!("{line}\r").into_bytes());
        seat.run_until_quiet();
        seat.show()?;
    }
    // What was begun may take its time.
    let limit = seat.machine.now() + PATIENCE;
    while seat.machine.next_due().is_some_and(|due| due <= limit) {
        seat.machine.step();
    }
    seat.show()?;
    if let Some(fault) = seat.silent_fault() {
        anstream::eprintln!("{fault}");
    }
    Ok(())
}
