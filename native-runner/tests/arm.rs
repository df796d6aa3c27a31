//! Scenarios on real Linux: what is recorded in `tests/arm/*.md` is what the host's kernel answers. With
//! `GLASSHULL_BLESS=1` in the environment it is recorded anew.

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{config, no_sandbox_here};
use native_runner::linux::{LinuxArm, RealRoot};
use sim_core::scenario::transcript::{Arm, Ending, Transcript};
use sim_core::scenario::{Outcome, Scenario, bless, compare, parse};

fn arm(real_root: RealRoot) -> LinuxArm {
    LinuxArm::new(config(), real_root, Duration::from_secs(20))
}

fn read(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).unwrap();
    parse(&path.display().to_string(), &text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arm");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn recorded_scenarios_are_what_linux_does() {
    if no_sandbox_here().is_some() {
        return;
    }
    let mut arm = arm(RealRoot::Allowed);
    let mut failed = Vec::new();
    for path in cases() {
        let scenario = read(&path);
        let transcript = arm.run(&scenario);
        if std::env::var_os("GLASSHULL_BLESS").is_some() {
            let source = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, bless(&source, &scenario, &transcript).unwrap()).unwrap();
            continue;
        }
        let report = compare(&scenario, &transcript);
        match report.outcome {
            Outcome::Passed => {}
            Outcome::Skipped { reason } => println!("skipped {}: {reason}", path.display()),
            _ => failed.push(format!("{report}\n{:?}", transcript.ending)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Two runs of the same scenario do not see each other.
#[test]
fn every_run_has_a_fresh_machine() {
    if no_sandbox_here().is_some() {
        return;
    }
    let scenario = parse(
        "again.md",
        "---\ntitle: Again\n---\n\n```console\n# ls /mnt\n# touch /mnt/x\n# hostname new\n```\n",
    );
    let scenario = scenario.unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut arm = arm(RealRoot::Forbidden);
    let (first, second) = (arm.run(&scenario), arm.run(&scenario));
    assert_eq!(first.ending, Ending::Complete);
    assert_eq!(first, second);
}

#[test]
fn what_cannot_run_is_skipped_with_its_reason() {
    let mut arm = arm(RealRoot::Forbidden);
    for (front, expected) in [
        ("start: power-off\n", "it begins with the power button, and the host is running already"),
        ("machine:\n  sockets: 2\n", "it wants a machine of its own, and the host is what it is"),
        ("needs: [real-root]\n", "it needs the host's real root: allow it with --real-root"),
    ] {
        let fence = if front.starts_with("start") { "console power-on" } else { "console" };
        let body = if front.starts_with("start") { "[...]\n[no-prompt]" } else { "# true" };
        let text = format!("---\ntitle: Skipped\n{front}---\n\n```{fence}\n{body}\n```\n");
        let scenario = parse("skipped.md", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
        let Transcript { ending, steps, .. } = arm.run(&scenario);
        assert_eq!(ending, Ending::Skipped { reason: expected.to_owned() });
        assert_eq!(steps, []);
    }
}
