//! The commands, one file for each.
//!
//! They agree on their exit status: 0 if all is well, 1 if something is not as it should be (a scenario
//! differs, or met what is not modelled), 2 if the command could not do what it was asked.

mod arms;
mod check;
mod completions;
mod doctor;
mod files;
mod replay;
mod run;
mod shell;
mod style;
mod trace;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use style::BAD;

/// A Linux machine you can see through
///
/// Runs scenarios (Markdown files with live console and strace fences) on a simulated machine and on real
/// Linux, and tells where the two disagree.
#[derive(Parser)]
#[command(name = "glasshull", version, styles = style::HELP, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  glasshull shell                        a simulated machine at this terminal
  glasshull check scenarios              hold all scenarios to what they say
  glasshull doctor                       what this host offers for scenarios on real Linux

Exit status: 0 if all is well, 1 if a scenario is not as it should be, 2 if a command cannot do what it was \
asked.";

#[derive(Subcommand)]
enum Command {
    Run(run::Options),
    Check(check::Options),
    Trace(trace::Options),
    Shell(shell::Options),
    Replay(replay::Options),
    Doctor(doctor::Options),
    Completions(completions::Options),
}

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
}

pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Trace(options) => trace::run(&options),
        Command::Shell(options) => shell::run(&options),
        Command::Replay(options) => replay::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Completions(options) => completions::run(&options),
    };
    match outcome {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        // `glasshull trace ... | head` is no mistake.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{BAD}error:{BAD:#} {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is))
}
