//! Whole-system tests live in this crate's `tests` folder; this is what they share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The folder of the workspace.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lives in the workspace")
}

/// The command, as users have it; built if it is not up to date.
pub fn glasshull() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        build(&["--package=native-runner", "--bin=glasshull"]);
        target().join("debug/glasshull")
    });
    &BUILT
}

/// The core as a WebAssembly module, optimised; built if it is not up to date.
pub fn wasm_engine() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        const TARGET: &str = "wasm32-unknown-unknown";
        build(&["--package=sim-core", "--example=engine", "--target", TARGET, "--release"]);
        target().join(TARGET).join("release/examples/engine.wasm")
    });
    &BUILT
}

fn build(what: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(project()).args(["build", "--quiet", "--locked"]).args(what);
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "{cargo:?}: {status}");
}

/// Where cargo puts what it builds: tests run from there.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own program");
    let profile = test.ancestors().nth(2).expect("target/debug/deps/test");
    profile.parent().expect("target/debug").to_owned()
}
