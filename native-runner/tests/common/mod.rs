//! What the tests of the linux arm share.

use std::path::Path;

use native_runner::doctor;
use native_runner::linux::sandbox::Config;
use native_runner::linux::{Limits, Privilege};

pub fn config() -> Config {
    Config {
        program: env!("CARGO_BIN_EXE_glasshull").into(),
        privilege: Privilege::UserNamespace,
        limits: Limits::default(),
    }
}

/// Why no sandbox can be made here; `None` if one can, and then every failure is a test's failure. That
/// a sandbox does not work where all of its parts do is such a failure.
pub fn no_sandbox_here() -> Option<String> {
    const PARTS: [&str; 10] = [
        "user-namespace",
        "mount-namespace",
        "pid-namespace",
        "net-namespace",
        "uts-namespace",
        "ipc-namespace",
        "cgroup-namespace",
        "overlay",
        "proc",
        "devpts",
    ];
    let probes = doctor::examine(Path::new(env!("CARGO_BIN_EXE_glasshull")));
    let lacking = probes.iter().find(|probe| PARTS.contains(&probe.name) && !probe.offered)?;
    let reason = lacking.reason.as_deref().unwrap_or_default();
    println!("skipped: this host offers no sandbox: {}: {reason}", lacking.name);
    Some(lacking.name.to_owned())
}
