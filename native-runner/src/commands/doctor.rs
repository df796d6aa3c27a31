//! `glasshull doctor`: what this host offers to runs on real Linux.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Args;
use native_runner::doctor::{self, Probe};

use super::Verdict;
use super::style::{BAD, GOOD, QUIET};

/// Show what this host offers the linux arm
///
/// Each thing is tried, none is concluded. The exit status is 1 if no scenario at all can run here.
#[derive(Args)]
#[command(after_help = "\
Examples:
  glasshull doctor
  glasshull doctor --json | jq '.[] | select(.offered | not)'")]
pub struct Options {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let program = std::env::current_exe().context("cannot find the own program")?;
    let probes = doctor::examine(&program);
    let mut out = anstream::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&probes)?)?;
    } else {
        probes.iter().try_for_each(|probe| tell(probe, &mut out))?;
    }
    let can_run = probes.iter().any(|probe| probe.name == doctor::SANDBOX && probe.offered);
    Ok(if can_run { Verdict::Good } else { Verdict::Bad })
}

fn tell(probe: &Probe, out: &mut impl Write) -> Result<()> {
    let Probe { name, used_for, .. } = probe;
    let (style, word) = if probe.offered { (GOOD, "yes") } else { (BAD, "no") };
    writeln!(out, "{style}{word:<3}{style:#}  {name:<18} {QUIET}for {used_for}{QUIET:#}")?;
    if let Some(reason) = &probe.reason {
        writeln!(out, "     {:<18} {reason}", "")?;
    }
    Ok(())
}
