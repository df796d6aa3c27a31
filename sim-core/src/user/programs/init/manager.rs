//! Starting and stopping units in the order of their dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::console::{Console, Mark};
use super::unit::{Restart, Service, ServiceKind, Unit};
use super::{Goal, setup};
use crate::abi::*;
use crate::clock::Nanos;
use crate::user::Sys;
use crate::user::io::{eprint, read_text};

/// How long a service rests before it is started again: systemd.service(5), RestartSec=.
const RESTART_AFTER: Nanos = Nanos::millis(100);
/// How often a service may be started within ten seconds: systemd-system.conf(5), DefaultStartLimitBurst=.
const STARTS_MAX: usize = 5;
const STARTS_WITHIN: Nanos = Nanos::seconds(10);
/// How long a service may take to end: systemd-system.conf(5), DefaultTimeoutStopSec=.
const STOP_WITHIN: Nanos = Nanos::seconds(90);

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

/// What is started when nothing else is asked for.
pub(super) const DEFAULT_TARGET: &str = "default.target";

/// Where a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its turn has not come.
    Waiting,
    /// Its process runs, and has to end before it counts as started.
    Starting(Pid),
    /// Started: a target, or a service that remains when its process has ended.
    Active,
    /// Started, and its process runs.
    Running(Pid),
    /// Counts as started; its process is made when all others are started.
    Idle,
    /// Has done its work.
    Finished,
    /// Its process has ended and is to be started again at this moment.
    Resting(Nanos),
    Stopping(Pid),
    Inactive,
    Failed,
}

/// The units of this boot, and where each is.
pub(super) struct Manager {
    sys: Sys,
    pub console: Console,
    units: BTreeMap<String, Unit>,
    states: BTreeMap<String, State>,
    /// When each service was started, of late.
    starts: BTreeMap<String, Vec<Nanos>>,
}

impl Manager {
    /// Reads `wanted` and all that it pulls in.
    pub async fn load(sys: &Sys, console: Console, wanted: &str) -> Manager {
        let mut units = BTreeMap::new();
        let mut missing = BTreeSet::new();
        let mut to_load = vec![wanted.to_owned()];
        while let Some(name) = to_load.pop() {
            if units.contains_key(&name) || missing.contains(&name) {
                continue;
            }
            match Unit::load(sys, &name).await {
                Some(unit) => {
                    to_load.extend(unit.requires.iter().chain(&unit.wants).cloned());
                    units.insert(name, unit);
                }
                None => {
                    missing.insert(name);
                }
            }
        }
        if wanted == DEFAULT_TARGET && missing.contains(wanted) {
            return Box::pin(Manager::load(sys, console, "multi-user.target")).await;
        }
        if missing.contains(wanted) {
            console.log(&format!("Failed to load unit {wanted}: Unit {wanted} not found.")).await;
        }
        let states = units.keys().map(|name| (name.clone(), State::Waiting)).collect();
        Manager { sys: sys.handle(), console, units, states, starts: BTreeMap::new() }
    }

    /// Starts everything and keeps it running, until somebody asks for the end.
    pub async fn run(&mut self) -> Goal {
        let mut caught = SignalSet::EMPTY;
        loop {
            if let Some(goal) = goal_of(caught) {
                return goal;
            }
            self.reap().await;
            self.start_what_can().await;
            // A signal that has come by now must not be slept over: nothing runs between this look and the
            // call.
            caught = self.sys.take_caught();
            if caught.is_empty() {
                self.sleep_until(self.next_restart()).await;
                caught = self.sys.take_caught();
            }
        }
    }

    /// Waits for a signal, or for this moment.
    async fn sleep_until(&self, moment: Option<Nanos>) {
        match moment {
            None => {
                let _ = self.sys.pause().await;
            }
            Some(Nanos(at)) => {
                let request = Timespec {
                    seconds: (at / 1_000_000_000) as i64,
                    nanoseconds: (at % 1_000_000_000) as i64,
                };
                let clock = ClockId::CLOCK_MONOTONIC;
                let _ = self.sys.clock_nanosleep(clock, SleepFlags::TIMER_ABSTIME, request, Null).await;
            }
        }
    }

    fn next_restart(&self) -> Option<Nanos> {
        let resting = self.states.values().filter_map(|state| match state {
            State::Resting(until) => Some(*until),
            _ => None,
        });
        resting.min()
    }

    async fn now(&self) -> Nanos {
        match self.sys.clock_gettime(ClockId::CLOCK_MONOTONIC).await {
            Ok(now) => Nanos(now.seconds as u64 * 1_000_000_000 + now.nanoseconds as u64),
            Err(_) => Nanos::ZERO,
        }
    }

    /// Starts every unit whose turn has come; then, when nothing waits any more, the idle ones.
    async fn start_what_can(&mut self) {
        while let Some(name) = self.next_to_start() {
            self.start(&name).await;
        }
        let now = self.now().await;
        let due = |state: &State| matches!(state, State::Resting(until) if *until <= now);
        let rested = self.names_where(due);
        let busy = |state: &State| matches!(state, State::Waiting | State::Starting(_));
        let all_started = !self.states.values().any(busy);
        let idle = self.names_where(|state| all_started && *state == State::Idle);
        for name in rested.into_iter().chain(idle) {
            let Some(service) = self.units[&name].service.clone() else { continue };
            self.launch(&name, &service).await;
        }
    }

    fn names_where(&self, is: impl Fn(&State) -> bool) -> Vec<String> {
        self.states.iter().filter(|(_, state)| is(state)).map(|(name, _)| name.clone()).collect()
    }

    /// A waiting unit that does not have to wait for another.
    fn next_to_start(&self) -> Option<String> {
        let waiting = self.states.iter().filter(|(_, state)| **state == State::Waiting);
        let mut ready = waiting.filter(|(name, _)| {
            let is_over =
                |other: &String| !matches!(self.states.get(other), Some(State::Waiting | State::Starting(_)));
            self.comes_after(name).iter().all(is_over)
        });
        ready.next().map(|(name, _)| name.clone())
    }

    /// The units after which a unit is started: its own After=, and others' Before=.
    fn comes_after(&self, name: &str) -> BTreeSet<String> {
        let before = self.units.values().filter(|other| other.before.contains(name));
        let mut after: BTreeSet<String> = before.map(|other| other.name.clone()).collect();
        after.extend(self.units[name].after.iter().cloned());
        after
    }

    async fn start(&mut self, name: &str) {
        let unit = self.units[name].clone();
        let lacks = |required: &&String| {
            let state = self.states.get(*required);
            matches!(state, None | Some(State::Waiting | State::Inactive | State::Failed))
        };
        if unit.requires.iter().any(|required| lacks(&required)) {
            self.states.insert(unit.name.clone(), State::Failed);
            let text = format!("Dependency failed for {} - {}.", unit.name, unit.description);
            self.console.log(&text).await;
            return;
        }
        let Some(service) = &unit.service else {
            self.states.insert(unit.name.clone(), State::Active);
            self.console.status(Mark::Ok, "Reached target", &unit.name, &unit.description, ".").await;
            return;
        };
        if let Some(path) = &service.needs_path
            && !self.exists(path).await
        {
            self.states.insert(unit.name.clone(), State::Inactive);
            return;
        }
        match service.kind {
            ServiceKind::Oneshot => {
                self.console.status(Mark::None, "Starting", &unit.name, &unit.description, "...").await;
                self.launch(name, service).await;
            }
            ServiceKind::Simple => {
                self.launch(name, service).await;
                self.console.status(Mark::Ok, "Started", &unit.name, &unit.description, ".").await;
            }
            ServiceKind::Idle => {
                self.states.insert(unit.name.clone(), State::Idle);
                self.console.status(Mark::Ok, "Started", &unit.name, &unit.description, ".").await;
            }
        }
    }

    async fn exists(&self, path: &str) -> bool {
        self.sys.faccessat2(DirFd::CWD, path, AccessMode::empty(), AtFlags::empty()).await.is_ok()
    }

    /// Makes the process of a service.
    async fn launch(&mut self, name: &str, service: &Service) {
        let now = self.now().await;
        let starts = self.starts.entry(name.to_owned()).or_default();
        starts.retain(|&start| start + STARTS_WITHIN > now);
        starts.push(now);
        let command: Vec<Bytes> = service.command.iter().map(Bytes::from).collect();
        let child = self.sys.spawn(CloneFlags::fork(), move |sys| run_command(sys, command)).await;
        let state = match (child, service.kind) {
            (Err(_), _) => State::Failed,
            (Ok(pid), ServiceKind::Oneshot) => State::Starting(pid),
            (Ok(pid), _) => State::Running(pid),
        };
        self.states.insert(name.to_owned(), state);
    }

    /// Takes note of every child that has ended: services, and orphans that came to process 1.
    async fn reap(&mut self) {
        while let Ok(Waited { pid, status: Some(status) }) =
            self.sys.wait4(Pid(-1), WaitOptions::WNOHANG, Null).await
        {
            let of = self.states.iter().find(|(_, state)| match state {
                State::Starting(main) | State::Running(main) | State::Stopping(main) => *main == pid,
                _ => false,
            });
            if let Some((name, &state)) = of {
                let name = name.clone();
                self.ended(&name, state, status).await;
            }
        }
    }

    async fn ended(&mut self, name: &str, state: State, status: WaitStatus) {
        let unit = self.units[name].clone();
        let Some(service) = &unit.service else { return };
        let well = status == WaitStatus::Exited(0) || service.may_fail;
        let next = match state {
            State::Stopping(_) => State::Inactive,
            State::Starting(_) if well => {
                self.console.status(Mark::Ok, "Finished", &unit.name, &unit.description, ".").await;
                if service.remains { State::Active } else { State::Finished }
            }
            State::Starting(_) => {
                self.console
                    .status(Mark::Failed, "Failed to start", &unit.name, &unit.description, ".")
                    .await;
                let how = tell(status);
                self.console.log(&format!("{name}: Main process exited, {how}")).await;
                self.console.log(&format!("{name}: Failed with result 'exit-code'.")).await;
                State::Failed
            }
            _ => self.after_end(&unit, service, well).await,
        };
        self.states.insert(name.to_owned(), next);
    }

    async fn after_end(&mut self, unit: &Unit, service: &Service, well: bool) -> State {
        let again = match service.restart {
            Restart::Always => true,
            Restart::OnFailure => !well,
            Restart::No => false,
        };
        let now = self.now().await;
        let recent = self
            .starts
            .get(&unit.name)
            .map_or(0, |starts| starts.iter().filter(|&&start| start + STARTS_WITHIN > now).count());
        match again {
            true if recent >= STARTS_MAX => {
                let name = &unit.name;
                self.console.log(&format!("{name}: Start request repeated too quickly.")).await;
                self.console.status(Mark::Failed, "Failed to start", name, &unit.description, ".").await;
                State::Failed
            }
            true => State::Resting(now + RESTART_AFTER),
            false if well => State::Inactive,
            false => State::Failed,
        }
    }

    /// Stops all units, those first that were started last.
    pub async fn stop_all(&mut self) {
        for name in self.names_in_order().into_iter().rev() {
            let unit = self.units[&name].clone();
            match self.states[&name] {
                State::Active if unit.service.is_none() => {
                    self.console.status(Mark::Ok, "Stopped target", &name, &unit.description, ".").await;
                }
                State::Running(main) | State::Starting(main) => {
                    self.console.status(Mark::None, "Stopping", &name, &unit.description, "...").await;
                    self.stop(&name, main).await;
                    self.console.status(Mark::Ok, "Stopped", &name, &unit.description, ".").await;
                }
                _ => {}
            }
            self.states.insert(name, State::Inactive);
        }
    }

    /// The units in an order in which they could be started.
    fn names_in_order(&self) -> Vec<String> {
        let mut order: Vec<String> = Vec::new();
        let mut left: BTreeSet<&String> = self.units.keys().collect();
        while !left.is_empty() {
            let is_free = |name: &&&String| self.comes_after(name).iter().all(|other| !left.contains(other));
            let next = left.iter().find(is_free).or_else(|| left.iter().next()).copied();
            let Some(next) = next else { break };
            left.remove(next);
            order.push(next.clone());
        }
        order
    }

    /// Ends what a service started: with SIGTERM and SIGHUP, and what is left after a while with SIGKILL.
    async fn stop(&mut self, name: &str, main: Pid) {
        self.states.insert(name.to_owned(), State::Stopping(main));
        let deadline = self.now().await + STOP_WITHIN;
        for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCONT] {
            self.signal_session(main, signal).await;
        }
        loop {
            self.sys.take_caught();
            self.reap().await;
            if session_members(&self.sys, main).await.is_empty() {
                return;
            }
            if self.now().await >= deadline {
                self.console.log(&format!("{name}: State 'stop-sigterm' timed out. Killing.")).await;
                self.signal_session(main, Signal::SIGKILL).await;
                return;
            }
            // The end of a child that is not our own comes without a signal.
            let soon = self.now().await + Nanos::millis(10);
            self.sleep_until(Some(soon)).await;
        }
    }

    async fn signal_session(&self, leader: Pid, signal: Signal) {
        for pid in session_members(&self.sys, leader).await {
            let _ = self.sys.kill(pid, signal).await;
        }
    }
}

/// What the signals that came ask for.
fn goal_of(caught: SignalSet) -> Option<Goal> {
    if caught.contains(Signal::SIGINT) {
        return Some(Goal::Reboot); // Ctrl-Alt-Del
    }
    if caught.contains(Signal::SIGPWR) {
        return Some(Goal::PowerOff);
    }
    Goal::ALL.into_iter().find(|goal| caught.contains(goal.signal()))
}

fn tell(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(code) => format!("code=exited, status={code}"),
        WaitStatus::Signaled(signal) => format!("code=killed, status={}", signal.0),
        WaitStatus::Stopped(_) | WaitStatus::Continued => "code=stopped".to_owned(),
    }
}

/// The processes of a session: proc_pid_stat(5). Services are told apart by it; control groups are to come.
async fn session_members(sys: &Sys, leader: Pid) -> Vec<Pid> {
    let mut members = Vec::new();
    for pid in super::shutdown::processes(sys).await {
        let Ok(stat) = read_text(sys, format!("/proc/{pid}/stat")).await else { continue };
        let Some((_, fields)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = fields.split(' ').collect();
        let (state, session) = (fields.first(), fields.get(3));
        if state != Some(&"Z") && session.and_then(|session| session.parse().ok()) == Some(leader.0) {
            members.push(pid);
        }
    }
    members
}

async fn run_command(sys: Sys, command: Vec<Bytes>) -> i32 {
    let Some(program) = command.first().cloned() else { return 203 };
    if let Err(errno) = setup::prepare_service(&sys).await {
        eprint(&sys, format!("{}: Failed to set up standard input: {errno}\n", program.to_text())).await;
        return 208;
    }
    let envp = vec![Bytes::from(PATH), Bytes::from("LANG=C.UTF-8")];
    let failed = sys.execve(program.clone(), command, envp).await;
    let errno = failed.err().unwrap_or(Errno::ENOEXEC);
    eprint(&sys, format!("Failed to execute {}: {errno}\n", program.to_text())).await;
    203
}
