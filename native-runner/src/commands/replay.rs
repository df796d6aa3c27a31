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
  glasshull replay 'https://example.org/glasshull/#1.AAdkZWZh...'
  glasshull replay session.json --link
  glasshull replay session.json --json | jq -r .fingerprint")]
pub struct Options {
    /// What `glasshull shell --record` has kept, or a link that the page made
    #[arg(value_name = "FILE|LINK")]
    session: PathBuf,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
    /// Print what follows the # in the address of a page that opens at the session's end
    #[arg(long, conflicts_with = "json")]
    link: bool,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let session = match options.session.to_str() {
        Some(link) if link.contains('#') && !options.session.exists() => session::read_link(link)?,
        _ => session::read(&options.session)?,
    };
    let report = session::play(&session)?;
    let mut out = anstream::stdout().lock();
    if options.link {
        writeln!(out, "{}", session::to_link(&session, &report))?;
    } else if options.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let seconds = report.now_ns / 1_000_000_000;
        writeln!(out, "{}  {} events in {seconds} s", report.fingerprint, report.events)?;
    }
    Ok(Verdict::Good)
}
