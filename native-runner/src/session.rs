//! Recorded sessions: read, kept, and played to their end.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use sim_core::clock::Nanos;
use sim_core::link::{BoardChoice, Link, Moment, Still};
use sim_core::machine::{Machine, Session};

/// What has come of a run so far. The same session comes to the same report on every engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The running hash over all events, as 16 hexadecimal digits.
    pub fingerprint: String,
    pub events: u64,
    pub now_ns: u64,
    /// When the next thing is due; none if nothing will ever happen by itself.
    pub next_due_ns: Option<u64>,
}

impl Report {
    pub fn of(machine: &Machine) -> Report {
        Report {
            fingerprint: machine.fingerprint().to_string(),
            events: machine.last_event().0,
            now_ns: machine.now().0,
            next_due_ns: machine.next_due().map(|due| due.0),
        }
    }
}

pub fn read(file: &Path) -> Result<Session> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} holds no recorded session", file.display()))
}

/// The session of a page's address, or of the part of it behind the `#`.
pub fn read_link(address: &str) -> Result<Session> {
    let fragment = address.split_once('#').map_or(address, |(_, fragment)| fragment);
    let link = Link::decode(fragment).map_err(|error| anyhow!("this is no link to a session. {error}"))?;
    link.session().map_err(|error| anyhow!("the link's session cannot be played. {error}"))
}

/// The session as what follows the `#` of a page's address, which opens at the end of what was played.
pub fn to_link(session: &Session, report: &Report) -> String {
    let moment = Moment { at: report.events, head: report.events, still: Still::Stands };
    Link::new(BoardChoice::Spec(session.board.clone()), session, moment, None).encode()
}

pub fn write(session: &Session, file: &Path) -> Result<()> {
    let text = serde_json::to_string(session)? + "\n";
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// The moment up to which a session is played: what was asked for last has an hour to be done.
pub fn end(session: &Session) -> Nanos {
    let last = session.inputs.last().map_or(Nanos::ZERO, |(at, _)| *at);
    last + Nanos::seconds(3600)
}

/// Makes the machine of a session, to which nothing has happened yet.
pub fn machine(session: &Session) -> Result<Machine> {
    Machine::replay(session.clone()).map_err(|error| anyhow!("the machine cannot be built: {error}"))
}

/// Plays a session to its end, in this process.
pub fn play(session: &Session) -> Result<Report> {
    let mut machine = machine(session)?;
    machine.run_until(end(session), &mut || true);
    Ok(Report::of(&machine))
}
