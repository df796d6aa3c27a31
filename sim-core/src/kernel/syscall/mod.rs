//! From a [`Syscall`] to the handler that answers it.

mod cred;
mod directory;
mod file;
mod mount;
mod namespace;
mod system;
mod time;

use super::Kernel;
use super::event::KernelEvent;
use super::security::{SysResult, Why, deny, ensure};
use super::table::TaskId;
use super::task::{clone, exec, exit, session, signal};
use crate::abi::table::syscall_table;
use crate::abi::{CloneFlags, Reply, Syscall};
use bitflags::Flags;

// Where each handler stands.
use super::ns::{setns, unshare};
use clone::clone;
use cred::*;
use directory::*;
use exec::execve;
use exit::{exit_group, wait4};
use file::*;
use mount::{mount, pivot_root, umount2};
use namespace::{setdomainname, sethostname};
use session::{getpgid, getsid, setpgid, setsid};
use signal::{alarm, kill, pause, rt_sigaction, rt_sigprocmask};
use system::*;
use time::{clock_gettime, clock_nanosleep};

macro_rules! define_dispatch {
    ($($number:literal $name:ident $call:ident($($arg:ident: $ty:ty),*) -> $reply:ident,
       shown at $position:tt, $fidelity:expr;)*) => {
        /// Answers a call of `caller`.
        pub fn dispatch(k: &mut Kernel, caller: TaskId, call: &Syscall) -> SysResult<Reply> {
            match call { $(Syscall::$call(call) => $name(k, caller, call).map(Reply::from),)* }
        }
    };
}

syscall_table!(define_dispatch);

/// Refuses flags that Linux does not know either.
pub(crate) fn known_flags<F: Flags<Bits = u32>>(flags: F, known: F) -> SysResult<()> {
    ensure(flags.bits() & !known.bits() == 0, Why::InvalidArgument { argument: "flags" })
}

/// Notes that something unmodelled was asked for, and refuses as a kernel without it refuses.
pub(super) fn unmodelled<T>(k: &mut Kernel, caller: TaskId, what: impl Into<String>) -> SysResult<T> {
    let what = what.into();
    k.note(KernelEvent::Unmodelled { task: caller, what: what.clone().into() });
    deny(Why::UnmodelledFlag { what: what.into() })
}

/// Refuses flags that the model does not know; Linux without the feature says EINVAL.
pub(super) fn unmodelled_flag(
    k: &mut Kernel,
    caller: TaskId,
    call: &str,
    flags: CloneFlags,
) -> SysResult<()> {
    if flags.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = flags.iter_names().map(|(name, _)| name).collect();
    let names = if names.is_empty() { format!("{:#x}", flags.bits()) } else { names.join("|") };
    unmodelled(k, caller, format!("{call}({names})"))
}
