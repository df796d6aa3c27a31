//! Every scenario and case on every arm that this host offers, as `glasshull check` runs them.

use std::process::Command;

use glasshull_tests::{glasshull, project};

#[track_caller]
fn check(arm: &str) {
    let output = Command::new(glasshull())
        .current_dir(project())
        .args(["check", "scenarios", "tests/cases", "--real-root", "--on", arm])
        .output()
        .expect("the command can be started");
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    println!("{printed}{complaints}");
    assert!(output.status.success(), "{}\n{printed}{complaints}", output.status);
    assert!(
        printed.lines().last().is_some_and(|summary| summary.contains(" passed, 0 failed, ")),
        "{printed}"
    );
}

#[test]
fn corpus_on_the_simulator() {
    check("sim");
}

#[test]
fn corpus_on_real_linux() {
    check("linux");
}
