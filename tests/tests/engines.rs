//! The same session comes to the same fingerprint on every engine: as a native program, under wasmtime, in
//! Chromium. `cargo xtask test --only engines` builds and serves the page, and runs this.

use std::process::Command;

use glasshull_tests::{project, wasm_engine};
use native_runner::{session, wasm};
use serde::Deserialize;

#[test]
fn native_wasmtime_and_chromium_agree() {
    let recorded = session::read(&project().join("tests/data/session.json")).unwrap();
    let native = session::play(&recorded).unwrap();
    assert!(native.events > 1000, "a session that does something: {native:?}");
    assert_eq!(native.next_due_ns, None, "the session ends with the machine switched off");
    assert_eq!(native, session::play(&recorded).unwrap(), "twice in one process");

    let wasmtime = wasm::play(wasm_engine(), &recorded).unwrap();
    assert_eq!(native, wasmtime, "under wasmtime");

    let chromium = in_chromium(&session::to_link(&recorded, &native));
    println!("native    {native:?}\nwasmtime  {wasmtime:?}\nchromium  {chromium:?}");
    assert_eq!((native.fingerprint, native.events), (chromium.fingerprint, chromium.events), "in Chromium");
}

/// What the page says at the end of a session.
#[derive(Debug, Deserialize)]
struct Shown {
    fingerprint: String,
    events: u64,
}

fn in_chromium(link: &str) -> Shown {
    let script = project().join("tests/browser/fingerprint.mjs");
    let output = Command::new("node").arg(script).arg(link).output().expect("node can be started");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "fingerprint.mjs: {}\n{complaints}", output.status);
    serde_json::from_slice(&output.stdout).expect("fingerprint.mjs prints JSON")
}
