//! The `glasshull` command.

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(status) = native_runner::linux::run_as_helper() {
        return status;
    }
    commands::main()
}
