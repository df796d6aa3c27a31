//! clock_gettime(2), clock_nanosleep(2).

use crate::abi::*;
use crate::clock::Nanos;
use crate::kernel::security::{Stop, SysResult, Why, ensure};
use crate::kernel::table::TaskId;
use crate::kernel::{Kernel, WaitOn};

/// clock_gettime(2).
pub fn clock_gettime(k: &mut Kernel, caller: TaskId, call: &ClockGettime) -> SysResult<Timespec> {
    Ok(match call.clockid {
        ClockId::CLOCK_REALTIME => k.wall_clock(k.now()),
        ClockId::CLOCK_MONOTONIC | ClockId::CLOCK_BOOTTIME => timespec(k.uptime()),
        ClockId::CLOCK_PROCESS_CPUTIME_ID => timespec(k.tasks[caller].cpu_time),
    })
}

fn timespec(at: Nanos) -> Timespec {
    Timespec { seconds: at.as_seconds() as i64, nanoseconds: (at.0 % 1_000_000_000) as i64 }
}

/// clock_nanosleep(2).
pub fn clock_nanosleep(k: &mut Kernel, caller: TaskId, call: &ClockNanosleep) -> SysResult<Unit> {
    let Timespec { seconds, nanoseconds } = call.request;
    let valid = seconds >= 0 && (0..1_000_000_000).contains(&nanoseconds);
    ensure(valid, Why::InvalidArgument { argument: "request" })?;
    ensure(call.clockid != ClockId::CLOCK_PROCESS_CPUTIME_ID, Why::InvalidArgument { argument: "clockid" })?;
    let deadline = match std::mem::take(&mut k.tasks[caller].progress) {
        0 => deadline(k, call),
        set_before => Nanos(set_before),
    };
    if k.now() >= deadline {
        return Ok(Unit);
    }
    k.tasks[caller].progress = deadline.0;
    Err(Stop::Block(WaitOn::Clock(deadline)))
}

fn deadline(k: &Kernel, call: &ClockNanosleep) -> Nanos {
    let seconds = call.request.seconds as u64;
    let asked = Nanos(seconds.saturating_mul(1_000_000_000).saturating_add(call.request.nanoseconds as u64));
    if !call.flags.contains(SleepFlags::TIMER_ABSTIME) {
        return k.now() + asked;
    }
    match call.clockid {
        ClockId::CLOCK_REALTIME => asked - Nanos((k.info.epoch_seconds as u64).saturating_mul(1_000_000_000)),
        _ => k.started + asked,
    }
}
