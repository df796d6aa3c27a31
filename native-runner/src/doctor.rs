//! What this host offers to runs on real Linux. Nothing is concluded from versions or settings: each
//! probe does the thing itself, in a process of its own, and keeps the kernel's answer.

use std::fmt::Display;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;
use sim_core::scenario::model::{Need, User};

use crate::linux::console::Goal;
use crate::linux::sandbox::Config;
use crate::linux::{Failure, Offer, Privilege, Sandbox, probe};

/// One thing that a run may want of its host.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    pub name: &'static str,
    pub offered: bool,
    /// Why not; or, where it is offered, what is to be known about it.
    pub reason: Option<String>,
    pub used_for: &'static str,
}

/// Names that others look up.
const REAL_ROOT: &str = "real-root";
const CGROUP2: &str = "cgroup2";
const NET_ADMIN: &str = "net-admin";
const KVM: &str = "kvm";
const MANY_IDS: &str = "many-ids";
const OWNED_FILES: &str = "owned-files";
/// Without it nothing runs.
pub const SANDBOX: &str = "sandbox";

/// What of a host is used, and for what. The sandbox as a whole comes last: with the probes before it
/// one sees why there is none.
const USES: [(&str, &str); 16] = [
    ("user-namespace", "every run: root inside is nobody outside"),
    ("mount-namespace", "every run"),
    ("pid-namespace", "every run"),
    ("net-namespace", "every run"),
    ("uts-namespace", "every run"),
    ("ipc-namespace", "every run"),
    ("cgroup-namespace", "every run"),
    ("time-namespace", "cases about time namespaces"),
    ("overlay", "the copy-on-write view of the host's files"),
    ("proc", "/proc of the run's own processes"),
    ("devpts", "terminals of the run's own"),
    ("process-state", "strace fences: that a call has blocked is read from /proc"),
    (NET_ADMIN, "cases with `needs: [net-admin]`"),
    (CGROUP2, "cases with `needs: [cgroup2]`, and limits on every run"),
    (REAL_ROOT, "cases with `needs: [real-root]`, run with --real-root"),
    (KVM, "cases with `needs: [kvm]`"),
];

/// Tries everything. `program` is the command whose `main` calls
/// [`run_as_helper`](crate::linux::run_as_helper).
pub fn examine(program: &Path) -> Vec<Probe> {
    let mut probes: Vec<Probe> = USES
        .iter()
        .map(|&(name, used_for)| to_probe(name, used_for, probe::in_process_of_its_own(program, name)))
        .collect();
    probes.extend(examine_sandbox(program));
    probes.push(to_probe(
        "debian-12-tools",
        "recorded outputs: they are those of Debian 12's tools",
        tools(),
    ));
    probes
}

/// Whether a need is met, by what has been found out.
pub fn meets(probes: &[Probe], need: Need) -> Result<(), String> {
    let name = match need {
        Need::RealRoot => REAL_ROOT,
        Need::Cgroup2 => CGROUP2,
        Need::NetAdmin => NET_ADMIN,
        Need::Kvm => KVM,
        Need::ManyIds => MANY_IDS,
        Need::OwnedFiles => OWNED_FILES,
    };
    match probes.iter().find(|probe| probe.name == name) {
        Some(probe) if probe.offered => Ok(()),
        Some(probe) => Err(format!("{name}: {}", probe.reason.as_deref().unwrap_or("not offered"))),
        None => Err(format!("{name}: not examined")),
    }
}

/// Tries one thing that a need stands for, unless it shows only in a sandbox: see
/// [`Offer`](crate::linux::Offer).
pub fn examine_need(program: &Path, need: Need) -> Result<(), String> {
    match USES.iter().find(|(name, _)| *name == need.name()) {
        Some((name, used_for)) => {
            meets(&[to_probe(name, used_for, probe::in_process_of_its_own(program, name))], need)
        }
        None => Ok(()),
    }
}

fn to_probe(
    name: &'static str,
    used_for: &'static str,
    answer: Result<Option<String>, impl Display>,
) -> Probe {
    let (offered, reason) = match answer {
        Ok(remark) => (true, remark),
        Err(reason) => (false, Some(reason.to_string())),
    };
    Probe { name, offered, reason, used_for }
}

/// Makes a sandbox, and logs in.
fn examine_sandbox(program: &Path) -> Vec<Probe> {
    let config = Config {
        program: program.to_owned(),
        privilege: Privilege::UserNamespace,
        limits: Default::default(),
    };
    let started = Sandbox::start(&config);
    let shown = |what: fn(&Offer) -> &Result<(), String>| match &started {
        Ok(sandbox) => what(sandbox.offer()).clone().map(|()| None),
        Err(failure) => Err(failure.to_string()),
    };
    let many_ids = shown(|offer| &offer.many_ids);
    let owned_files = shown(|offer| &offer.owned_files);
    let sandbox = started.and_then(|sandbox| {
        try_shell(&sandbox)?;
        let notes = &sandbox.offer().notes;
        Ok((!notes.is_empty()).then(|| notes.join("; ")))
    });
    vec![
        to_probe(MANY_IDS, "scenarios with `user: ada`, cases with `needs: [many-ids]`", many_ids),
        to_probe(OWNED_FILES, "cases with `needs: [owned-files]`", owned_files),
        to_probe("sandbox", "every run", sandbox),
    ]
}

fn try_shell(sandbox: &Sandbox) -> Result<(), Failure> {
    let mut console = sandbox.log_in(User::Root, Duration::from_secs(10))?;
    let printed = console.run(sandbox, "echo $((6 * 7))", Goal::Prompt)?;
    match &printed.bytes[..] {
        b"42\r\n" => Ok(()),
        other => Err(Failure::new(
            "run a command in a sandbox",
            format!("it printed {:?}", String::from_utf8_lossy(other)),
        )),
    }
}

/// The versions of the tools whose outputs are recorded: those of Debian 12.
fn tools() -> Result<Option<String>, Failure> {
    const VERSIONS: [(&str, &str); 5] = [
        ("bash", "version 5.2.15"),
        ("ls", "coreutils) 9.1"),
        ("unshare", "util-linux 2.38.1"),
        ("ps", "procps-ng 4.0.2"),
        ("grep", "grep) 3.8"),
    ];
    let others: Vec<String> = VERSIONS
        .iter()
        .filter_map(|(tool, wanted)| {
            let first_line = match Command::new(tool).arg("--version").env("LC_ALL", "C").output() {
                Ok(output) => {
                    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
                }
                Err(error) => error.to_string(),
            };
            (!first_line.contains(wanted)).then(|| format!("{tool}: {first_line}"))
        })
        .collect();
    if others.is_empty() { Ok(None) } else { Err(Failure::new("compare versions", others.join("; "))) }
}
