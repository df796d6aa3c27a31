//! The process that stands between the runner and a sandbox. It stays outside the sandbox, makes its
//! first process, gives it what only an outsider can give (id maps, the lower layer, a cgroup), and
//! ends all of it when the runner is gone, however the runner went.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{OpenTreeFlags, open_tree};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid};

use super::cgroup::Cgroup;
use super::channel::Channel;
use super::failure::{Doing, Failure};
use super::ids::{IdPlan, OwnIds};
use super::init;
use super::protocol::{Birth, Go, Mapping, Offer, Order, Privilege};
use super::sys::{self, Side};

/// Runs a sandbox from its first process to its last. The runner is at the other end of `runner`.
pub(super) fn supervise(runner: Channel) -> Result<(), Failure> {
    let order: Order = runner.receive().doing("read the runner's order")?;
    // Ctrl-C at the runner's terminal is for the runner; what follows from it comes as a closed socket.
    let _ = rustix::process::setsid();
    match make_sandbox(&runner, &order) {
        Ok(sandbox) => {
            sandbox.live_while(&runner);
            Ok(())
        }
        Err(failure) => {
            let _ = runner.send(&Birth::Failed(failure.clone()));
            Err(failure)
        }
    }
}

struct Sandbox {
    init: Pid,
    init_handle: OwnedFd,
    /// Open as long as this process lives: init looks at it.
    to_init: Channel,
    /// Dropped, and so removed, when all processes are gone.
    cgroup: Option<Cgroup>,
}

impl Sandbox {
    /// Returns when the sandbox is over: its init has ended, or the runner has closed its end.
    fn live_while(self, runner: &Channel) {
        loop {
            let mut events = [
                PollFd::new(&self.init_handle, PollFlags::IN),
                // Hang-up alone: what the runner says is for init.
                PollFd::new(runner, PollFlags::RDHUP),
            ];
            match poll(&mut events, None) {
                Err(Errno::INTR) => {}
                _ => return,
            }
        }
    }
}

impl Drop for Sandbox {
    /// Kills init, and with it (pid_namespaces(7)) every process of the sandbox.
    fn drop(&mut self) {
        let _ = pidfd_send_signal(&self.init_handle, Signal::KILL);
        // Init is reaped only after everything else in its pid namespace is.
        let _ = waitpid(Some(self.init), WaitOptions::empty());
    }
}

fn make_sandbox(runner: &Channel, order: &Order) -> Result<Sandbox, Failure> {
    let plan = match order.privilege {
        Privilege::UserNamespace => IdPlan::for_this_user()?,
        Privilege::RealRoot => IdPlan::NoNamespace,
    };
    let user_namespace = if plan == IdPlan::NoNamespace { 0 } else { libc::CLONE_NEWUSER };
    let namespaces = user_namespace
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC;
    let (to_init, from_supervisor) = Channel::pair().doing("make a socket")?;
    let for_runner = runner.try_clone().doing("share the runner's socket")?;
    let init = match sys::clone_process(namespaces).doing("create the sandbox's namespaces")? {
        Side::Parent(init) => init,
        Side::Child => {
            drop(to_init);
            init::live(for_runner, from_supervisor, order);
        }
    };
    drop(from_supervisor);
    let mut sandbox = Sandbox {
        init,
        init_handle: pidfd_open(init, PidfdFlags::empty()).doing("open the sandbox's init")?,
        to_init,
        cgroup: None,
    };
    let mut offer = Offer::all();
    let mapping = plan.map(init, &mut offer)?;
    sandbox.cgroup = own_cgroup(order, init, &plan, &mut offer.notes);
    let cgroup = sandbox.cgroup.as_ref().map(|cgroup| cgroup.path().to_owned());
    let lower = match lower_layer(init, mapping) {
        Ok(lower) => Some(lower),
        Err(failure) => {
            offer.owned_files = Err(failure.to_string());
            None
        }
    };
    sandbox
        .to_init
        .send_with(&Go { mapping, cgroup, offer }, lower.as_ref().map(AsFd::as_fd))
        .doing("start the sandbox's init")?;
    Ok(sandbox)
}

fn own_cgroup(order: &Order, init: Pid, plan: &IdPlan, notes: &mut Vec<String>) -> Option<Cgroup> {
    let name = format!("glasshull-{}", rustix::process::getpid().as_raw_nonzero());
    let membership = Cgroup::create(&name, &order.limits);
    notes.extend(membership.notes);
    let cgroup = membership.cgroup?;
    if let Err(failure) = cgroup.add(init) {
        notes.push(failure.to_string());
        return None;
    }
    if let IdPlan::Range { base } = plan
        && let Err(failure) = cgroup.delegate(*base)
    {
        notes.push(failure.to_string());
    }
    Some(cgroup)
}

/// The root file system as a detached mount. In a user namespace its owners are mapped, so that root's
/// files are root's inside: only a privileged outsider can do that.
fn lower_layer(init: Pid, mapping: Mapping) -> Result<OwnedFd, Failure> {
    let clone = || {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        open_tree(CWD, "/", flags).doing("clone the root mount")
    };
    match mapping {
        Mapping::None => clone(),
        Mapping::OwnId { .. } => Err(not_root()),
        Mapping::Range if !OwnIds::read()?.is_root => Err(not_root()),
        Mapping::Range => {
            let tree = clone()?;
            let namespace = fs::File::open(format!("/proc/{}/ns/user", init.as_raw_nonzero()))
                .doing("open the sandbox's user namespace")?;
            sys::map_ids(tree.as_fd(), namespace.as_fd())
                .doing("map the owners of the root file system (mount_setattr)")?;
            Ok(tree)
        }
    }
}

fn not_root() -> Failure {
    Failure::new("map the owners of the root file system", "only root can")
}
