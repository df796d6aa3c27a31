//! Real Linux: scenarios in fresh namespaces of the host's kernel.
//!
//! A sandbox is three processes' work. The *runner* (the command, a test) holds one end of a socket.
//! The [`supervisor`], started by the runner as a program of its own, stays outside the sandbox; when
//! the runner's end closes, because it is done or because it was killed, the supervisor kills the
//! sandbox. [`init`] is the sandbox's first process: it builds the [`view`] and serves the runner.
//!
//! ```text
//! runner ──socket──┬── supervisor     host namespaces, host ids
//!    │             └── init           pid 1; own user, mount, pid, net, uts, ipc, cgroup namespaces
//!    ├──pty master──── -bash          one login shell for each terminal
//!    └──socket──────── twin           one process for each task of a `strace` fence
//! ```
//!
//! The [`console`] drives a shell, a [`task`] its [`twin`], which makes real system calls of the table's
//! values ([`execute`]). The [`arm`] carries out a scenario with both.

pub mod arm;
mod cgroup;
mod channel;
pub mod console;
mod execute;
mod failure;
mod guest;
mod ids;
mod init;
mod limits;
mod observe;
pub(crate) mod probe;
mod protocol;
pub mod sandbox;
mod supervisor;
mod sys;
pub mod task;
mod twin;
mod view;

pub use arm::{LinuxArm, RealRoot};
pub use failure::Failure;
pub use limits::Limits;
pub use protocol::{Offer, Privilege};
pub use sandbox::{Sandbox, Terminal};

use std::process::ExitCode;

use channel::Channel;

/// The word with which the runner starts its own program as a supervisor. Not for users.
pub(crate) const SUPERVISOR: &str = "sandbox-supervisor";

/// Does the work of a helper process if this process was started to be one, and then returns its exit
/// status. To be called before anything else in `main`: before threads, before arguments are parsed.
pub fn run_as_helper() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next()?.as_str() {
        SUPERVISOR => {
            take_stdin().and_then(|socket| supervisor::supervise(Channel::from_socket(socket))).is_ok()
        }
        probe::HELPER => probe::answer(&arguments.next()?).is_ok(),
        _ => return None,
    };
    Some(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The runner's socket came as standard input. It moves out of the way, close-on-exec; whatever else the
/// runner had from its own parent is closed, because the sandbox's init would have it too.
fn take_stdin() -> Result<std::os::fd::OwnedFd, Failure> {
    use failure::Doing;
    use std::os::fd::AsFd;
    let stdin = std::io::stdin();
    let socket = rustix::io::fcntl_dupfd_cloexec(&stdin, 10).doing("take the runner's socket")?;
    let null = std::fs::File::open("/dev/null").doing("open /dev/null")?;
    rustix::stdio::dup2_stdin(&null).doing("close standard input")?;
    drop(null);
    sys::close_all_but(3, socket.as_fd()).doing("close what was inherited")?;
    Ok(socket)
}
