//! `glasshull replay`: plays a recorded session again and says what it came to.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use native_runner::session;

use super::Verdict;

/// Play a recorded session to its end and print its fingerprint
///
/// The fingerprint is a hash over every event of the run. The same session has the same one everywhere:
/// natively, under wasmtime, in a browser.
#[derive(Args)]
#[command(after_help = "\
Examples:
  glasshull replay session.json
  glasshull replay session.json --json | jq -r .fingerprint")]
pub struct Options {
    /// What `glasshull shell --record` has kept
    file: PathBuf,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let report = session::play(&session::read(&options.file)?)?;
    let mut out = anstream::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let seconds = report.now_ns / 1_000_000_000;
        writeln!(out, "{}  {} events in {seconds} s", report.fingerprint, report.events)?;
    }
    Ok(Verdict::Good)
}
