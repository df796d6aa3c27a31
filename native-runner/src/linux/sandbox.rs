//! A sandbox as its runner sees it.

use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sim_core::scenario::model::User;

use super::SUPERVISOR;
use super::cgroup;
use super::channel::Channel;
use super::console::Console;
use super::failure::{Doing, Failure};
use super::guest::Marks;
use super::limits::Limits;
use super::protocol::{Activity, Birth, Offer, Order, Privilege, Request, Sleep};

/// How to make a sandbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// The program whose `main` calls [`run_as_helper`](super::run_as_helper): the running
    /// command itself, for a test the command under test.
    pub program: PathBuf,
    pub privilege: Privilege,
    pub limits: Limits,
}

impl Config {
    /// A sandbox made by this very program, in a user namespace.
    pub fn of_this_program() -> Result<Config, Failure> {
        let program = std::env::current_exe().doing("find the own program")?;
        Ok(Config { program, privilege: Privilege::UserNamespace, limits: Limits::default() })
    }
}

/// A live sandbox. Dropping it ends it, and returns when all of its processes are gone.
#[derive(Debug)]
pub struct Sandbox {
    /// `None` only while being dropped.
    channel: Option<Channel>,
    supervisor: Child,
    offer: Offer,
    cgroup: Option<PathBuf>,
    marks: Marks,
}

/// The runner's side of a terminal in the sandbox.
pub struct Terminal {
    pub(super) master: File,
}

impl Sandbox {
    pub fn start(config: &Config) -> Result<Sandbox, Failure> {
        let marks = Marks::new(random_token()?);
        let (ours, theirs) = Channel::pair().doing("make a socket")?;
        let supervisor = Command::new(&config.program)
            .arg(SUPERVISOR)
            .env_clear()
            .stdin(Stdio::from(theirs.into_socket()))
            .stdout(Stdio::null())
            // A process of the sandbox could open its init's: proc_pid_fd(5). Failures come over the socket.
            .stderr(Stdio::null())
            .spawn()
            .doing(format!("start {}", config.program.display()))?;
        let mut sandbox =
            Sandbox { channel: Some(ours), supervisor, offer: Offer::all(), cgroup: None, marks };
        let order = Order {
            privilege: config.privilege,
            limits: config.limits.clone(),
            marks: sandbox.marks.clone(),
        };
        sandbox.channel().send(&order).doing("order a sandbox")?;
        match sandbox.channel().receive().doing("wait for the sandbox")? {
            Birth::Ready { offer, cgroup } => {
                sandbox.offer = offer;
                sandbox.cgroup = cgroup;
                Ok(sandbox)
            }
            Birth::Failed(failure) => Err(failure),
        }
    }

    /// What it turned out to be able to do.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Logs in at a new terminal.
    fn open_terminal(&self, user: User) -> Result<Terminal, Failure> {
        self.channel().send(&Request::OpenTerminal { user }).doing("ask for a terminal")?;
        self.receive_terminal()
    }

    /// Starts a twin at a new terminal, with this control socket.
    pub(super) fn start_twin(&self, user: User, control: BorrowedFd<'_>) -> Result<Terminal, Failure> {
        self.channel().send_with(&Request::StartTwin { user }, Some(control)).doing("ask for a twin")?;
        self.receive_terminal()
    }

    fn receive_terminal(&self) -> Result<Terminal, Failure> {
        let channel = self.channel();
        let (answer, master): (Result<(), Failure>, Option<OwnedFd>) =
            channel.receive_with().doing("wait for a terminal")?;
        answer?;
        let master = master.ok_or_else(|| Failure::new("wait for a terminal", "none came"))?;
        Ok(Terminal { master: File::from(master) })
    }

    /// Logs in at a new terminal, and waits for the shell's prompt.
    pub fn log_in(&self, user: User, patience: Duration) -> Result<Console, Failure> {
        let mut console = Console::new(self.open_terminal(user)?, self.marks.clone(), patience);
        console.wait_for_prompt(self)?;
        Ok(console)
    }

    /// What every process in the sandbox is doing at this moment.
    pub(super) fn observe(&self) -> Result<Vec<Activity>, Failure> {
        self.channel().send(&Request::Observe).doing("look into the sandbox")?;
        self.channel().receive().doing("look into the sandbox")
    }

    /// Whether a process sleeps, and in which system call.
    pub(super) fn sleep(&self, pid: i32) -> Result<Sleep, Failure> {
        self.channel().send(&Request::Sleep { pid }).doing("look at a process")?;
        self.channel().receive::<Result<Sleep, Failure>>().doing("look at a process")?
    }

    fn channel(&self) -> &Channel {
        self.channel.as_ref().expect("the channel is there until the sandbox is dropped")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The supervisor sees the closed socket, kills and cleans up.
        self.channel = None;
        let ended = self.supervisor.wait();
        if let (Some(group), false) = (&self.cgroup, ended.is_ok_and(|status| status.success())) {
            cgroup::remove(group);
        }
    }
}

/// 128 bits that a command in the sandbox cannot guess.
fn random_token() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty()).doing("draw a token")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
