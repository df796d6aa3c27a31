//! A simulated task's twin as the runner sees it.

use std::fs;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use sim_core::abi::{Errno, Reply, Syscall};
use sim_core::scenario::model::User;

use super::channel::{Channel, Received};
use super::failure::{Doing, Failure};
use super::protocol::{FromTwin, Sleep};
use super::sandbox::{Sandbox, Terminal};

/// How long a twin must have slept in its call, without having woken in between, to say that it is
/// blocked.
const BLOCKED_AFTER: Duration = Duration::from_millis(20);

/// A real process that makes the system calls of a simulated one.
pub struct Task {
    control: Channel,
    /// In the sandbox's first pid namespace.
    pid: i32,
    /// The one it has been told to make and has not answered.
    pending: Option<Syscall>,
    /// The terminal that it and its children have open; `None` for a child, whose parent's it is.
    #[expect(dead_code, reason = "while it is open the terminal is not hung up")]
    terminal: Option<Terminal>,
}

/// What came of a call so far.
#[derive(Debug)]
pub enum Outcome {
    Returned(Result<Reply, Errno>),
    /// With an error number that the table does not know.
    UnknownError(i32),
    /// It sleeps in the call.
    Blocked,
    /// The process has ended, in the call or by a signal.
    Ended,
    /// The process runs another program now.
    Replaced,
}

/// What the caller of [`Task::wait`] wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// That the call returns; until the time is up a sleep may be one that ends.
    Return,
    /// That it returns or blocks.
    ReturnOrBlock,
}

impl Task {
    /// The first task of a case: a process that is logged in at a terminal of its own.
    pub fn start(sandbox: &Sandbox, user: User) -> Result<Task, Failure> {
        let (ours, theirs) = control_socket()?;
        let terminal = sandbox.start_twin(user, theirs.as_fd())?;
        drop(theirs);
        Task::greet(ours, Some(terminal))
    }

    /// Waits for a twin's first word, and learns which process it is.
    fn greet(control: Channel, terminal: Option<Terminal>) -> Result<Task, Failure> {
        let hello: Received<FromTwin> = control.receive_all().doing("wait for a twin")?;
        match (hello.message, hello.sender) {
            (FromTwin::Hello, Some(host_pid)) => {
                let pid = pid_in_sandbox(host_pid.as_raw_nonzero().get())?;
                Ok(Task { control, pid, pending: None, terminal })
            }
            (other, _) => Err(Failure::new("wait for a twin", format!("its first word was {other:?}"))),
        }
    }

    /// Tells the twin to make a call other than clone.
    pub fn make(&mut self, call: Syscall) -> Result<(), Failure> {
        self.control.send(&call).doing(format!("tell a twin to make {call}"))?;
        self.pending = Some(call);
        Ok(())
    }

    /// Tells the twin to clone itself, and waits for both.
    pub fn make_child(
        &mut self,
        call: Syscall,
        patience: Duration,
    ) -> Result<(Outcome, Option<Task>), Failure> {
        let (ours, theirs) = control_socket()?;
        self.control.send_with(&call, Some(theirs.as_fd())).doing(format!("tell a twin to make {call}"))?;
        self.pending = Some(call);
        drop(theirs);
        let outcome = self.wait_for_answer(Instant::now() + patience)?;
        let outcome =
            outcome.ok_or_else(|| Failure::new("wait for a clone", format!("none within {patience:?}")))?;
        let child = match outcome {
            Outcome::Returned(Ok(_)) => Some(Task::greet(ours, None)?),
            _ => None,
        };
        Ok((outcome, child))
    }

    /// Waits for what comes of the pending call.
    pub fn wait(&mut self, sandbox: &Sandbox, want: Want, patience: Duration) -> Result<Outcome, Failure> {
        let deadline = Instant::now() + patience;
        let mut asleep_before = None;
        loop {
            let now = Instant::now();
            if let Some(outcome) = self.wait_for_answer((now + BLOCKED_AFTER).min(deadline))? {
                return Ok(outcome);
            }
            let asleep = sandbox.sleep(self.pid)?;
            let in_this_call = match asleep {
                Sleep::InCall { number, .. } => {
                    self.pending.as_ref().is_some_and(|call| call.spec().number == number)
                }
                // A stopped process makes no call at all; what it was in goes on when it is continued.
                Sleep::Stopped => true,
                Sleep::Awake | Sleep::Dead => false,
            };
            let blocked = in_this_call && asleep_before == Some(asleep);
            asleep_before = Some(asleep);
            match want {
                Want::ReturnOrBlock if blocked => return Ok(Outcome::Blocked),
                _ if Instant::now() < deadline => {}
                _ if blocked => return Ok(Outcome::Blocked),
                _ => {
                    return Err(Failure::new(
                        "wait for a call",
                        format!("neither returned nor blocked: {asleep:?}"),
                    ));
                }
            }
        }
    }

    /// The answer to the pending call, if it comes in time.
    fn wait_for_answer(&mut self, deadline: Instant) -> Result<Option<Outcome>, Failure> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let wait = rustix::event::Timespec::try_from(wait).expect("a time-out is minutes at most");
        let events = &mut [PollFd::new(&self.control, PollFlags::IN)];
        if rustix::io::retry_on_intr(|| poll(events, Some(&wait))).doing("wait for a twin")? == 0 {
            return Ok(None);
        }
        let outcome = match self.control.receive() {
            Ok(FromTwin::Replied(reply)) => Outcome::Returned(Ok(reply)),
            Ok(FromTwin::Failed(number)) => match Errno::from_number(number) {
                Some(errno) => Outcome::Returned(Err(errno)),
                None => Outcome::UnknownError(number),
            },
            Ok(FromTwin::Refused(reason)) => return Err(Failure::new("make a call", reason)),
            Ok(FromTwin::Hello) => return Err(Failure::new("make a call", "the twin said hello again")),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => match self.pending {
                // The socket was closed on exec.
                Some(Syscall::Execve(_)) => Outcome::Replaced,
                _ => Outcome::Ended,
            },
            Err(error) => return Err(Failure::new("read a twin's answer", error)),
        };
        self.pending = None;
        Ok(Some(outcome))
    }
}

/// A pair of ends, of which ours says who has sent what it receives.
fn control_socket() -> Result<(Channel, Channel), Failure> {
    let (ours, theirs) = Channel::pair().doing("make a control socket")?;
    ours.ask_for_senders().doing("ask for senders")?;
    Ok((ours, theirs))
}

/// A process's number one pid namespace further in: proc_pid_status(5), NSpid.
fn pid_in_sandbox(host_pid: i32) -> Result<i32, Failure> {
    let path = format!("/proc/{host_pid}/status");
    let status = fs::read_to_string(&path).doing(format!("read {path}"))?;
    let pids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    pids.and_then(|pids| pids.split_whitespace().nth(1)?.parse().ok())
        .ok_or_else(|| Failure::new(format!("read {path}"), "it is not in a sandbox"))
}
