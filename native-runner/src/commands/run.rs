//! `glasshull run`: plays one scenario and prints what is to be seen.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use native_runner::linux::RealRoot;
use sim_core::scenario::Scenario;
use sim_core::scenario::model::{Action, Fence, FenceKind, Step, Terminal, Until};
use sim_core::scenario::transcript::{Ending, StepRecord, Transcript};

use super::Verdict;
use super::arms::{self, On};
use super::files::File;
use super::style::{BAD, NOTICE, QUIET, TITLE};

/// Play a scenario and print its transcript
///
/// Nothing is compared: this shows what the arm does, whatever the file expects.
#[derive(Args)]
#[command(after_help = "Example:\n  glasshull run scenarios/namespaces/uts.md --on linux")]
pub struct Options {
    /// The scenario
    file: PathBuf,
    /// Where to play it
    #[arg(long, value_enum, default_value = "sim", value_name = "ARM")]
    on: On,
    /// Let a scenario that needs it run as this host's own root
    #[arg(long)]
    real_root: bool,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let scenario = File::read_scenario(&options.file)?;
    let real_root = if options.real_root { RealRoot::Allowed } else { RealRoot::Forbidden };
    let mut arm = arms::arm(options.on, real_root)?;
    let transcript = arms::carry_out(&mut *arm, &scenario);
    print(&scenario, &transcript, &mut anstream::stdout().lock())?;
    match &transcript.ending {
        Ending::Complete => {}
        Ending::Skipped { reason } => bail!("{} cannot run this scenario: {reason}", options.on.name()),
        Ending::Broken { reason } => {
            anstream::eprintln!("{BAD}ended early:{BAD:#} {reason}");
            return Ok(Verdict::Bad);
        }
    }
    let is_modelled = transcript.steps.iter().all(|record| record.unmodelled.is_empty());
    Ok(if is_modelled { Verdict::Good } else { Verdict::Bad })
}

/// The transcript, fence by fence, in the notation of scenario files.
fn print(scenario: &Scenario, transcript: &Transcript, out: &mut impl Write) -> Result<()> {
    let mut records = transcript.steps.iter().peekable();
    for (number, fence) in scenario.fences().enumerate() {
        if records.peek().is_none() {
            break;
        }
        print_heading(number, fence, out)?;
        for step in &fence.steps {
            if let Some(record) = records.next_if(|record| record.step == step.id) {
                print_step(step, record, out)?;
            }
        }
    }
    Ok(())
}

/// What tells fences apart where there is more than a single terminal to look at.
fn print_heading(number: usize, fence: &Fence, out: &mut impl Write) -> Result<()> {
    if number > 0 {
        writeln!(out)?;
    }
    match &fence.kind {
        FenceKind::Console { terminal } if terminal.0 == Terminal::FIRST => {}
        FenceKind::Console { terminal } => writeln!(out, "{QUIET}terminal {}:{QUIET:#}", terminal.0)?,
        FenceKind::Strace => writeln!(out, "{QUIET}system calls:{QUIET:#}")?,
    }
    Ok(())
}

fn print_step(step: &Step, record: &StepRecord, out: &mut impl Write) -> Result<()> {
    match &step.action {
        Action::Command { prompt, line } => {
            let prompt = record.prompt.unwrap_or(*prompt).symbol();
            let line = line.replace('\n', "\n> ");
            writeln!(out, "{TITLE}{prompt} {line}{TITLE:#}")?;
            print_output(step, record, out)?;
        }
        Action::Call { .. } | Action::Resume { .. } => {
            let output = record.output.trim_end().replace('\n', "\n    ");
            match record.until {
                Until::Done => writeln!(out, "{TITLE}{}{TITLE:#} = {output}", step.action)?,
                Until::Waiting => writeln!(out, "{TITLE}{}{TITLE:#} <unfinished ...>", step.action)?,
            }
        }
        Action::PowerOn => {
            writeln!(out, "{QUIET}[power-on]{QUIET:#}")?;
            print_output(step, record, out)?;
        }
        Action::Type { .. } | Action::Press { .. } => {
            writeln!(out, "{TITLE}{}{TITLE:#}", step.action)?;
            print_output(step, record, out)?;
        }
        Action::Watch => print_output(step, record, out)?,
    }
    for what in &record.unmodelled {
        writeln!(out, "{NOTICE}not modelled:{NOTICE:#} {what}")?;
    }
    Ok(())
}

/// The lines as printed. Where no newline follows the last one, the next step's input stands there too.
fn print_output(step: &Step, record: &StepRecord, out: &mut impl Write) -> Result<()> {
    write!(out, "{}", record.output)?;
    if record.until == Until::Waiting {
        let newline = if record.output.is_empty() || record.output.ends_with('\n') { "" } else { "\n" };
        writeln!(out, "{newline}{QUIET}[no-prompt]{QUIET:#}")?;
    } else if !record.output.ends_with('\n') && !record.output.is_empty() && !asks(step, record) {
        writeln!(out, "{QUIET}[no-newline]{QUIET:#}")?;
    }
    Ok(())
}

/// Whether the output ends in a program's own prompt, at which the next step types.
fn asks(step: &Step, record: &StepRecord) -> bool {
    use sim_core::scenario::expect::{LineEnd, Pattern};
    let ends_open = step
        .expected
        .lines
        .last()
        .is_some_and(|line| matches!(&line.pattern, Pattern::Line { end: LineEnd::Open, .. }));
    ends_open && record.until == Until::Done
}
