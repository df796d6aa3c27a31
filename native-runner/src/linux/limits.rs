//! What a sandbox may use of its host at most.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::failure::{Doing, Failure};

/// Caps, chosen to stop a runaway command, not to be noticed by a lesson.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Processes and threads in the sandbox.
    pub processes: u64,
    /// Memory of the sandbox; enforced by its cgroup where the host has the controller, and otherwise for
    /// each process alone.
    pub memory_bytes: u64,
    /// All that is written to the copy-on-write view, and likewise to /tmp, /run, /root, /home, /dev/shm.
    pub files_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { processes: 1024, memory_bytes: 2 << 30, files_bytes: 512 << 20 }
    }
}

impl Limits {
    /// Applies to the caller and its children what setrlimit(2) can enforce.
    pub(super) fn apply(&self) -> Result<(), Failure> {
        lower(Resource::Nproc, self.processes)?;
        // One byte: too little for a core file, and it also keeps a crash from a dump program of the
        // host's (core(5), "Piping core dumps to a program").
        lower(Resource::Core, 1)?;
        lower(Resource::Data, self.memory_bytes)
    }
}

/// Lowers a limit; raising one would need a capability, and is never meant here.
fn lower(resource: Resource, to: u64) -> Result<(), Failure> {
    let hard = getrlimit(resource).maximum.map_or(to, |maximum| maximum.min(to));
    setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) })
        .doing(format!("lower the limit {resource:?}"))
}
