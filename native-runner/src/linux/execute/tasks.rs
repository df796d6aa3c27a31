//! Tasks.

use std::ffi::CStr;

use sim_core::abi::*;

use super::files::{int, unit};
use super::memory::Argument::{Number, SizedSpace, Structure as Struct, Text as InText, Texts};
use super::memory::Structure;
use super::{Answer, plain, space, text};

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    let pid = |made: Result<i64, _>| made.map(|pid| Pid(pid as i32).into());
    Some(match call {
        Syscall::SchedYield(SchedYield {}) => unit(plain(number, &mut [])),
        Syscall::Getpid(Getpid {}) => pid(plain(number, &mut [])),
        Syscall::Getppid(Getppid {}) => pid(plain(number, &mut [])),
        Syscall::Gettid(Gettid {}) => pid(plain(number, &mut [])),
        Syscall::Setsid(Setsid {}) => pid(plain(number, &mut [])),
        Syscall::Getpgid(Getpgid { pid: of }) | Syscall::Getsid(Getsid { pid: of }) => {
            pid(plain(number, &mut [int(of.0)]))
        }
        Syscall::Setpgid(Setpgid { pid, pgid }) => unit(plain(number, &mut [int(pid.0), int(pgid.0)])),
        Syscall::Execve(call) => execve(number, call),
        Syscall::Wait4(call) => wait(number, call),
        Syscall::Prctl(Prctl { operation }) => prctl(number, *operation),
        Syscall::SchedGetaffinity(call) => affinity(number, call),
        Syscall::ExitGroup(ExitGroup { status }) => unit(plain(number, &mut [int(*status)])),
        _ => return None,
    })
}

/// Returns only if it failed.
fn execve(number: u32, Execve { path, argv, envp }: &Execve) -> Answer {
    let path = text(path)?;
    let argv = argv.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let envp = envp.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let argv: Vec<&CStr> = argv.iter().map(|text| text.as_c_str()).collect();
    let envp: Vec<&CStr> = envp.iter().map(|text| text.as_c_str()).collect();
    unit(plain(number, &mut [InText(&path), Texts(&argv), Texts(&envp)]))
}

fn wait(number: u32, Wait4 { pid, options, rusage: Null }: &Wait4) -> Answer {
    let mut s = Structure::zeroed();
    let found = plain(number, &mut [int(pid.0), Struct(&mut s), int(options.bits()), Number(0)])?;
    let status = (found != 0).then(|| wait_status(s.i32(0)));
    Ok(Waited { pid: Pid(found as i32), status }.into())
}

/// wait(2), "Example" of its macros.
fn wait_status(status: i32) -> WaitStatus {
    if libc::WIFSTOPPED(status) {
        WaitStatus::Stopped(Signal(libc::WSTOPSIG(status) as u8))
    } else if libc::WIFSIGNALED(status) {
        WaitStatus::Signaled(Signal(libc::WTERMSIG(status) as u8))
    } else if libc::WIFCONTINUED(status) {
        WaitStatus::Continued
    } else {
        WaitStatus::Exited(libc::WEXITSTATUS(status) as u8)
    }
}

fn prctl(number: u32, operation: PrctlOperation) -> Answer {
    let (operation, argument) = match operation {
        PrctlOperation::PR_SET_PDEATHSIG(signal) => (libc::PR_SET_PDEATHSIG, i64::from(signal.0)),
        PrctlOperation::PR_SET_NO_NEW_PRIVS(value) => (libc::PR_SET_NO_NEW_PRIVS, value as i64),
        PrctlOperation::PR_GET_NO_NEW_PRIVS => (libc::PR_GET_NO_NEW_PRIVS, 0),
        PrctlOperation::Other(operation) => (operation, 0),
    };
    plain(number, &mut [int(operation), Number(argument)]).map(|value| Count(value as u64).into())
}

fn affinity(number: u32, SchedGetaffinity { pid, cpusetsize }: &SchedGetaffinity) -> Answer {
    let mut buffer = space(*cpusetsize)?;
    plain(number, &mut [int(pid.0), SizedSpace(&mut buffer)])?;
    buffer.resize(buffer.len().max(8), 0);
    Ok(CpuMask(u64::from_ne_bytes(*buffer.first_chunk().expect("at least 8 bytes"))).into())
}
