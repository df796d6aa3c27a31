//! The doctor's findings agree with what the host lets be done.

use std::path::Path;

use native_runner::doctor::{Probe, examine, meets};
use sim_core::scenario::model::Need;

fn probes() -> Vec<Probe> {
    examine(Path::new(env!("CARGO_BIN_EXE_glasshull")))
}

#[test]
fn every_no_has_a_reason_and_every_need_a_probe() {
    let probes = probes();
    for probe in &probes {
        println!(
            "{:4} {:18} {}",
            if probe.offered { "yes" } else { "no" },
            probe.name,
            probe.reason.as_deref().unwrap_or("")
        );
        assert!(probe.offered || probe.reason.as_ref().is_some_and(|reason| !reason.is_empty()), "{probe:?}");
    }
    for need in Need::ALL {
        let probe = probes.iter().find(|probe| probe.name == need.name()).expect("a need without a probe");
        assert_eq!(meets(&probes, need).is_ok(), probe.offered);
    }
}

/// A sandbox that works needs all that is probed for it.
#[test]
fn a_sandbox_needs_its_parts() {
    let probes = probes();
    let offered = |name: &str| probes.iter().find(|probe| probe.name == name).expect("a probe").offered;
    let parts =
        ["user", "mount", "pid", "net", "uts", "ipc", "cgroup"].map(|kind| format!("{kind}-namespace"));
    let all = parts.iter().map(String::as_str).chain(["overlay", "proc", "devpts"]).all(offered);
    assert!(all || !offered("sandbox"), "{probes:#?}");
}
