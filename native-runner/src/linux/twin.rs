//! The twin of a simulated task: a process with one thread that makes the system calls it is told to,
//! and says what came of each.

use std::convert::Infallible;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use sim_core::abi::{Clone, CloneFlags, Pid, Syscall};

use super::channel::Channel;
use super::execute::{Fault, execute};
use super::failure::{Doing, Failure};
use super::protocol::FromTwin;
use super::sys::{self, RawSide};

/// Makes calls until the runner closes the socket or a call ends the process.
pub(super) fn live(control: Channel) -> Result<Infallible, Failure> {
    let control = control.out_of_the_way().doing("move the control socket")?;
    // Init's own, which the fork has copied: a case's first descriptor is to be 3.
    sys::close_all_but(3, control.as_fd()).doing("close what init has open")?;
    sys::die_of_broken_pipes();
    // A change of user took it away, and with it the ownership of /proc/self. A program that has been
    // started afresh has it.
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable)
        .doing("become dumpable")?;
    rustix::thread::set_name(c"twin").doing("take a name")?;
    Err(Failure::new("obey the runner", serve(control).unwrap_err()))
}

fn serve(mut control: Channel) -> io::Result<Infallible> {
    control.send(&FromTwin::Hello)?;
    loop {
        let (call, socket): (Syscall, Option<OwnedFd>) = control.receive_with()?;
        let answer = match call {
            Syscall::Clone(Clone { flags }) => match clone(flags, &mut control, socket)? {
                Some(answer) => answer,
                // The child says so at a socket of its own.
                None => FromTwin::Hello,
            },
            call => match execute(&call) {
                Ok(reply) => FromTwin::Replied(reply),
                Err(Fault::Errno(number)) => FromTwin::Failed(number),
                Err(Fault::Refused(reason)) => FromTwin::Refused(reason),
            },
        };
        control.send(&answer)?;
    }
}

/// Makes a child that is a twin too and listens at `socket`. `None` in the child, whose `control` is
/// then that socket.
fn clone(flags: CloneFlags, control: &mut Channel, socket: Option<OwnedFd>) -> io::Result<Option<FromTwin>> {
    let child_control = match socket {
        Some(socket) => Channel::from_socket(socket).out_of_the_way()?,
        None => return Ok(Some(FromTwin::Refused("a clone whose child has no name".to_owned()))),
    };
    if flags.contains(CloneFlags::CLONE_VM) {
        let reason = "with CLONE_VM the child would run on its parent's stack".to_owned();
        return Ok(Some(FromTwin::Refused(reason)));
    }
    match sys::clone_raw(flags.bits()) {
        Ok(RawSide::Parent(pid)) => {
            if flags.contains(CloneFlags::CLONE_FILES) {
                // One table of descriptors for both: closing it here would close it there.
                std::mem::forget(child_control);
            }
            Ok(Some(FromTwin::Replied(Pid(pid).into())))
        }
        Ok(RawSide::Child) => {
            let parents = std::mem::replace(control, child_control);
            if flags.contains(CloneFlags::CLONE_FILES) {
                std::mem::forget(parents);
            }
            Ok(None)
        }
        Err(error) => Ok(Some(FromTwin::Failed(error.raw_os_error().unwrap_or(libc::EINVAL)))),
    }
}
