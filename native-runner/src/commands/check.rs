//! `glasshull check`: holds arms to what scenario files say, and records files on real Linux.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use native_runner::linux::RealRoot;
use sim_core::scenario::transcript::{Arm, Ending, Transcript};
use sim_core::scenario::{Outcome, Report, Scenario, bless, compare, parse};

use super::Verdict;
use super::arms::{self, On};
use super::files::{self, File};
use super::style::{ADDED, BAD, GOOD, NOTICE, QUIET, REMOVED};

/// Compare scenarios with what the arms do
///
/// Without --on, on all arms there are; what an arm or its host cannot run is skipped, with the reason.
/// The last line is always `N passed, N failed, N skipped`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  glasshull check scenarios
  glasshull check scenarios/namespaces/uts.md --on sim
  glasshull check --bless scenarios/namespaces/uts.md    record what real Linux prints")]
pub struct Options {
    /// Scenarios, and folders of them (all but README.md)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where to run them
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ARM")]
    on: Vec<On>,
    /// Write what real Linux prints into the files; lines that still match stay as they are
    #[arg(long)]
    bless: bool,
    /// Let scenarios that need it run as this host's own root
    #[arg(long)]
    real_root: bool,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let chosen = chosen_arms(options)?;
    let real_root = if options.real_root { RealRoot::Allowed } else { RealRoot::Forbidden };
    let paths = files::find(&options.paths)?;
    let mut arms: Vec<Box<dyn Arm>> =
        chosen.into_iter().map(|on| arms::arm(on, real_root)).collect::<Result<_>>()?;

    let mut check = Check::new((paths.len() * arms.len()) as u64);
    for path in &paths {
        let runs = arms.len() as u64;
        // One file that cannot be read keeps nobody from checking the others.
        let file = match File::read(path) {
            Ok(file) => file,
            Err(error) => {
                check.tell_mistakes(path, &format!("{error:#}"), runs);
                continue;
            }
        };
        let scenario = match &file.scenario {
            Ok(scenario) => scenario,
            Err(problems) => {
                check.tell_mistakes(path, &files::render(problems), runs);
                continue;
            }
        };
        for arm in &mut arms {
            check.begin(arm.name().name(), &scenario.path);
            let transcript = arms::carry_out(&mut **arm, scenario);
            if options.bless {
                check.record(&file, scenario, &transcript)?;
            } else {
                check.tell(&compare(scenario, &transcript), "ok");
            }
        }
    }
    check.finish()
}

/// Expected output comes from real Linux alone.
fn chosen_arms(options: &Options) -> Result<Vec<On>> {
    match (options.bless, &options.on[..]) {
        (true, [] | [On::Linux]) => Ok(vec![On::Linux]),
        (true, _) => {
            bail!("expected output is recorded on real Linux alone: leave out --on, or say --on linux")
        }
        (false, []) => Ok(On::ALL.to_vec()),
        (false, chosen) => {
            let chosen = On::ALL.into_iter().filter(|on| chosen.contains(on));
            Ok(chosen.collect())
        }
    }
}

/// A check on its way, and what has come of it.
struct Check {
    progress: ProgressBar,
    passed: u32,
    failed: u32,
    skipped: BTreeMap<String, u32>,
    known: u32,
    unmodelled: u32,
}

impl Check {
    fn new(runs: u64) -> Check {
        // It draws on standard error, and only if that is a terminal.
        let style =
            ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}").expect("a good template");
        let progress = ProgressBar::new(runs).with_style(style);
        progress.enable_steady_tick(Duration::from_millis(120));
        Check { progress, passed: 0, failed: 0, skipped: BTreeMap::new(), known: 0, unmodelled: 0 }
    }

    fn begin(&self, arm: &str, path: &str) {
        self.progress.set_message(format!("{arm:<6} {path}"));
    }

    /// A file that is no scenario fails once, on no arm.
    fn tell_mistakes(&mut self, path: &Path, problems: &str, runs: u64) {
        self.failed += 1;
        self.progress.inc(runs);
        self.progress.suspend(|| {
            anstream::println!("{BAD}FAILED{BAD:#}  {:<6} {}", "", path.display());
            anstream::println!("{problems}\n");
        });
    }

    fn record(&mut self, file: &File, scenario: &Scenario, transcript: &Transcript) -> Result<()> {
        if let Ending::Skipped { .. } = transcript.ending {
            self.tell(&compare(scenario, transcript), "");
            return Ok(());
        }
        let text = match bless(&file.source, scenario, transcript) {
            Ok(text) => text,
            Err(error) => {
                let mut report = compare(scenario, transcript);
                report.outcome = Outcome::Broken { reason: error.to_string() };
                self.tell(&report, "");
                return Ok(());
            }
        };
        let is_changed = text != file.source;
        if is_changed {
            fs::write(&file.path, &text).with_context(|| format!("cannot write {}", scenario.path))?;
        }
        match parse(&scenario.path, &text) {
            Ok(recorded) => {
                let word = if is_changed { "recorded" } else { "unchanged" };
                self.tell(&compare(&recorded, transcript), word);
            }
            Err(problems) => self.tell_mistakes(&file.path, &files::render(&problems), 1),
        }
        Ok(())
    }

    /// One line for the run, and below it what is to be known about it.
    fn tell(&mut self, report: &Report, good: &str) {
        self.known += report.known.len() as u32;
        self.unmodelled += report.unmodelled.len() as u32;
        let (style, word) = match &report.outcome {
            Outcome::Passed => {
                self.passed += 1;
                (GOOD, good)
            }
            Outcome::Skipped { reason } => {
                *self.skipped.entry(reason.clone()).or_default() += 1;
                (NOTICE, "skipped")
            }
            Outcome::Differs | Outcome::Unmodelled | Outcome::Broken { .. } => {
                self.failed += 1;
                (BAD, "FAILED")
            }
        };
        let Report { path, arm, .. } = report;
        let arm = arm.name();
        self.progress.inc(1);
        self.progress.suspend(|| {
            anstream::println!("{style}{word:<9}{style:#} {arm:<6} {path}");
            tell_details(report);
        });
    }

    /// The summary.
    fn finish(self) -> Result<Verdict> {
        self.progress.finish_and_clear();
        let mut out = anstream::stdout().lock();
        writeln!(out)?;
        for (reason, runs) in &self.skipped {
            writeln!(out, "{NOTICE}{runs} skipped:{NOTICE:#} {reason}")?;
        }
        if self.known > 0 {
            writeln!(out, "{} known to differ", self.known)?;
        }
        if self.unmodelled > 0 {
            writeln!(out, "{} not modelled", self.unmodelled)?;
        }
        let skipped: u32 = self.skipped.values().sum();
        let style = if self.failed > 0 { BAD } else { GOOD };
        let (passed, failed) = (self.passed, self.failed);
        writeln!(out, "{style}{passed} passed, {failed} failed, {skipped} skipped{style:#}")?;
        Ok(if self.failed > 0 { Verdict::Bad } else { Verdict::Good })
    }
}

fn tell_details(report: &Report) {
    for line in report.to_string().lines() {
        let style = match line.split_at_checked(2) {
            Some(("- ", _)) => REMOVED,
            Some(("+ ", _)) => ADDED,
            _ => anstyle::Style::new(),
        };
        anstream::println!("{style}{line}{style:#}");
    }
    for known in &report.known {
        let place = format!("{}:{}", report.path, known.span.line);
        anstream::println!("{QUIET}{place}: known to differ: {}{QUIET:#}", known.reason);
    }
    match &report.outcome {
        Outcome::Broken { reason } => anstream::println!("{}: {reason}", report.path),
        Outcome::Skipped { reason } => anstream::println!("{QUIET}  {reason}{QUIET:#}"),
        Outcome::Passed | Outcome::Differs | Outcome::Unmodelled => {}
    }
}
