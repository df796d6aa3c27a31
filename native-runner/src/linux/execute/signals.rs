//! Signals and time.

use sim_core::abi::*;

use super::files::{int, unit};
use super::memory::Argument::{Number, Structure as Struct};
use super::memory::Structure;
use super::{Answer, Fault, plain};

/// The size of the kernel's signal set, in bytes.
const SIGNAL_SET_BYTES: i64 = 8;

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    let mut s = Structure::zeroed();
    Some(match call {
        Syscall::RtSigaction(RtSigaction { signum, action }) => set_action(*signum, *action),
        Syscall::RtSigprocmask(RtSigprocmask { how, set }) => {
            s.put(0, &set.0.to_ne_bytes());
            unit(plain(number, &mut [int(how.value()), Struct(&mut s), Number(0), Number(SIGNAL_SET_BYTES)]))
        }
        Syscall::Pause(Pause {}) => unit(plain(number, &mut [])),
        Syscall::Alarm(Alarm { seconds }) => {
            plain(number, &mut [Number(*seconds as i64)]).map(|left| Count(left as u64).into())
        }
        Syscall::Kill(Kill { pid, sig }) => unit(plain(number, &mut [int(pid.0), int(sig.0)])),
        Syscall::ClockGettime(ClockGettime { clockid }) => {
            plain(number, &mut [int(clockid.value()), Struct(&mut s)])
                .map(|_| Timespec { seconds: s.i64(0), nanoseconds: s.i64(8) }.into())
        }
        Syscall::ClockNanosleep(ClockNanosleep { clockid, flags, request, remain: Null }) => {
            s.put(0, &request.seconds.to_ne_bytes());
            s.put(8, &request.nanoseconds.to_ne_bytes());
            let arguments = &mut [int(clockid.value()), int(flags.bits()), Struct(&mut s), Number(0)];
            unit(plain(number, arguments))
        }
        _ => return None,
    })
}

/// Through the C library, which knows how a handler returns.
fn set_action(signal: Signal, action: SigAction) -> Answer {
    extern "C" fn handler(_: libc::c_int) {}
    let (disposition, flags) = match action {
        SigAction::SIG_DFL => (libc::SIG_DFL, 0),
        SigAction::SIG_IGN => (libc::SIG_IGN, 0),
        SigAction::Handler => (handler as extern "C" fn(libc::c_int) as libc::sighandler_t, 0),
        SigAction::HandlerRestart => {
            (handler as extern "C" fn(libc::c_int) as libc::sighandler_t, libc::SA_RESTART)
        }
    };
    // SAFETY: all zero bytes are a valid sigaction. The handler does nothing, which is safe at any
    // moment, and both structures outlive the call.
    let answer = unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = disposition;
        new.sa_flags = flags;
        libc::sigaction(i32::from(signal.0), &raw const new, std::ptr::null_mut())
    };
    match answer {
        0 => Ok(Unit.into()),
        _ => Err(Fault::Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))),
    }
}
