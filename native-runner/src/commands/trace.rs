//! `glasshull trace`: every event of a scenario on the simulated machine, as strace would show it.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use sim_core::machine::{Input, Machine, Step};
use sim_core::scenario::transcript::Ending;
use sim_core::scenario::{SimArm, Start};
use sim_core::trace::{EventNumber, What};
use sim_core::view::{DenialView, EventKind, EventView, draw_event};

use super::Verdict;
use super::arms::SEED;
use super::files::File;
use super::style::{BAD, NOTICE, QUIET, TITLE};

/// Print every event of a scenario, as strace would
///
/// Each line has the machine's own time in seconds, who did it, and what: calls with their results, what the
/// kernel changed, and for each refusal the rule behind it. A booted scenario begins with the first key that
/// is pressed at the login prompt.
#[derive(Args)]
#[command(after_help = "\
Examples:
  glasshull trace scenarios/namespaces/uts.md --kind denied
  glasshull trace scenarios/namespaces/uts.md --task unshare
  glasshull trace scenarios/namespaces/uts.md --format json | jq 'select(.denial)'")]
pub struct Options {
    /// The scenario
    file: PathBuf,
    /// How to print an event
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Only what this task does: its pid, or the name of its program
    #[arg(long, value_name = "PID|NAME")]
    task: Option<String>,
    /// Only events of these kinds
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(KINDS.map(|(name, _)| name)))]
    kind: Vec<String>,
    /// Begin where the power button is pressed
    #[arg(long)]
    boot: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each, and lines for the rule behind a refusal
    Text,
    /// One JSON object in each line
    Json,
}

const KINDS: [(&str, EventKind); 17] = [
    ("input", EventKind::Input),
    ("hardware", EventKind::Hardware),
    ("firmware", EventKind::Firmware),
    ("boot-loader", EventKind::BootLoader),
    ("kernel", EventKind::Kernel),
    ("syscall-enter", EventKind::SyscallEnter),
    ("syscall-return", EventKind::SyscallReturn),
    ("denied", EventKind::Denied),
    ("blocked", EventKind::Blocked),
    ("woken", EventKind::Woken),
    ("switch", EventKind::Switch),
    ("task", EventKind::Task),
    ("signal", EventKind::Signal),
    ("console", EventKind::Console),
    ("unmodelled", EventKind::Unmodelled),
    ("fault", EventKind::Fault),
    ("note", EventKind::Note),
];

pub fn run(options: &Options) -> Result<Verdict> {
    let scenario = File::read_scenario(&options.file)?;
    let (transcript, machine) = SimArm { seed: SEED }.play(&scenario);
    let Some(machine) = machine else {
        bail!("{}: {}", scenario.path, why(&transcript.ending));
    };
    // The trace keeps only the newest events. What the arm did is made again, and each event seen.
    let mut machine = Played { last: machine.last_event(), again: replay(&machine)? };
    let starts_with_login = scenario.front.start == Start::Booted && !options.boot;
    let mut out = BufWriter::new(anstream::AutoStream::auto(stdout().lock()));
    machine.each(starts_with_login, |event| {
        if options.wants(&event) { options.print(&event, &mut out) } else { Ok(()) }
    })?;
    out.flush()?;
    match transcript.ending {
        Ending::Complete => Ok(Verdict::Good),
        ending => {
            anstream::eprintln!("{BAD}ended early:{BAD:#} {}", why(&ending));
            Ok(Verdict::Bad)
        }
    }
}

fn why(ending: &Ending) -> &str {
    match ending {
        Ending::Complete => "complete",
        Ending::Skipped { reason } | Ending::Broken { reason } => reason,
    }
}

fn replay(machine: &Machine) -> Result<Machine> {
    Machine::replay(machine.session().clone())
        .map_err(|error| anyhow!("the machine cannot be built: {error}"))
}

/// A run that is made again, event by event.
struct Played {
    again: Machine,
    last: EventNumber,
}

impl Played {
    fn each(&mut self, from_login: bool, mut see: impl FnMut(EventView) -> Result<()>) -> Result<()> {
        let mut seen = EventNumber(0);
        let mut is_shown = !from_login;
        while seen < self.last && self.again.step() == Step::Done {
            for event in self.again.trace().since(seen) {
                is_shown |= matches!(&event.what, What::Input(Input::Type { .. }));
                if is_shown && event.number <= self.last {
                    see(draw_event(&self.again, event))?;
                }
            }
            seen = self.again.last_event();
        }
        Ok(())
    }
}

impl Options {
    fn wants(&self, event: &EventView) -> bool {
        let of_task = |wanted: &String| {
            event.actor.as_ref().is_some_and(|actor| actor.comm == *wanted || wanted.parse() == Ok(actor.pid))
        };
        let is_kind = |name: &String| KINDS.iter().any(|(known, kind)| known == name && *kind == event.kind);
        self.task.as_ref().is_none_or(of_task) && (self.kind.is_empty() || self.kind.iter().any(is_kind))
    }

    fn print(&self, event: &EventView, out: &mut impl Write) -> Result<()> {
        match self.format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(event)?).context("cannot print")?,
            Format::Text => print_text(event, out).context("cannot print")?,
        }
        Ok(())
    }
}

fn print_text(event: &EventView, out: &mut impl Write) -> std::io::Result<()> {
    let (seconds, nanos) = (event.at_ns / 1_000_000_000, event.at_ns % 1_000_000_000);
    let who = match &event.actor {
        Some(actor) => format!("{}[{}]", actor.comm, actor.pid),
        None => String::new(),
    };
    let style = match event.kind {
        EventKind::Denied | EventKind::Fault => BAD,
        EventKind::Unmodelled => NOTICE,
        EventKind::SyscallReturn | EventKind::Blocked | EventKind::SyscallEnter => anstyle::Style::new(),
        EventKind::Input => TITLE,
        _ => QUIET,
    };
    writeln!(out, "{seconds:>4}.{nanos:09} {who:<16} {style}{}{style:#}", event.text)?;
    match &event.denial {
        Some(denial) => print_denial(denial, out),
        None => Ok(()),
    }
}

/// The rule below the call: its name and place, the sentence, what it looked at, what helps.
fn print_denial(denial: &DenialView, out: &mut impl Write) -> std::io::Result<()> {
    let indent = " ".repeat(31);
    writeln!(out, "{indent} {NOTICE}{}{NOTICE:#} [{}]: {}", denial.rule, denial.source, denial.sentence)?;
    for evidence in &denial.evidence {
        writeln!(out, "{indent}   {}: {}", evidence.label, evidence.value)?;
    }
    match &denial.advice {
        Some(advice) => writeln!(out, "{indent}   what helps: {advice}"),
        None => Ok(()),
    }
}
