//! The caller's terminal while the machine has it: every key comes through as it is.

use std::io::{Stdin, stdin};

use anyhow::{Context, Result};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// Raw mode (termios(3)) for as long as this lives; also a panic ends it.
pub(super) struct RawMode {
    terminal: Stdin,
    before: Termios,
}

impl RawMode {
    pub(super) fn enter() -> Result<RawMode> {
        let terminal = stdin();
        let before = tcgetattr(&terminal).context("cannot ask for the terminal's mode")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&terminal, OptionalActions::Drain, &raw).context("cannot set the terminal's mode")?;
        Ok(RawMode { terminal, before })
    }

    /// Rows and columns of the window; none where the terminal does not know them.
    pub(super) fn size(&self) -> Option<(u16, u16)> {
        let size = tcgetwinsize(&self.terminal).ok()?;
        (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // There is nobody to tell if it cannot be done.
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}
