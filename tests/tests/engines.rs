//! The same session comes to the same fingerprint on every engine. Chromium's turn is in
//! `tests/browser`, with the same file.

use glasshull_tests::{project, wasm_engine};
use native_runner::{session, wasm};

#[test]
fn native_and_wasm_agree() {
    let recorded = session::read(&project().join("tests/data/session.json")).unwrap();
    let native = session::play(&recorded).unwrap();
    assert!(native.events > 1000, "a session that does something: {native:?}");
    assert_eq!(native.next_due_ns, None, "the session ends with the machine switched off");
    assert_eq!(native, session::play(&recorded).unwrap(), "twice in one process");
    assert_eq!(native, wasm::play(wasm_engine(), &recorded).unwrap(), "under wasmtime");
}
