//! Calls about the task itself and the machine: getpid(2), uname(2), sysinfo(2), syslog(2), reboot(2).

use super::unmodelled;
use crate::abi::*;
use crate::kernel::printk::{EMERG, NOTICE};
use crate::kernel::security::{Cap, SysResult, Why, capable, deny, ensure, ns_capable};
use crate::kernel::table::TaskId;
use crate::kernel::task::exit;
use crate::kernel::{Kernel, PowerRequest};

/// getpid(2): in the pid namespace that the caller was born in.
pub fn getpid(k: &mut Kernel, caller: TaskId, _: &Getpid) -> SysResult<Pid> {
    Ok(k.pid_seen_by(caller, caller))
}

/// gettid(2): with one thread, the same.
pub fn gettid(k: &mut Kernel, caller: TaskId, _: &Gettid) -> SysResult<Pid> {
    Ok(k.pid_seen_by(caller, caller))
}

/// getppid(2): 0 where the parent is outside the pid namespace.
pub fn getppid(k: &mut Kernel, caller: TaskId, _: &Getppid) -> SysResult<Pid> {
    Ok(k.tasks[caller].parent.map_or(Pid(0), |parent| k.pid_seen_by(caller, parent)))
}

/// sched_yield(2).
pub fn sched_yield(_: &mut Kernel, _: TaskId, _: &SchedYield) -> SysResult<Unit> {
    Ok(Unit)
}

/// sched_getaffinity(2): every CPU there is.
pub fn sched_getaffinity(k: &mut Kernel, caller: TaskId, call: &SchedGetaffinity) -> SysResult<CpuMask> {
    if call.pid.0 != 0 {
        k.task_by_pid(caller, call.pid)?;
    }
    ensure(
        call.cpusetsize >= 8 && call.cpusetsize.is_multiple_of(8),
        Why::InvalidArgument { argument: "cpusetsize" },
    )?;
    Ok(CpuMask(u64::MAX >> (64 - k.info.cpus.clamp(1, 64))))
}

/// prctl(2).
pub fn prctl(k: &mut Kernel, caller: TaskId, call: &Prctl) -> SysResult<Count> {
    match call.operation {
        PrctlOperation::PR_SET_PDEATHSIG(signal) => {
            ensure(signal.0 <= Signal::MAX, Why::InvalidArgument { argument: "sig" })?;
            k.tasks[caller].parent_death_signal = signal;
            Ok(Count(0))
        }
        PrctlOperation::PR_SET_NO_NEW_PRIVS(1) => {
            k.tasks[caller].no_new_privs = true;
            Ok(Count(0))
        }
        PrctlOperation::PR_SET_NO_NEW_PRIVS(_) => deny(Why::InvalidArgument { argument: "arg2" }),
        PrctlOperation::PR_GET_NO_NEW_PRIVS => Ok(Count(u64::from(k.tasks[caller].no_new_privs))),
        PrctlOperation::Other(operation) => unmodelled(k, caller, format!("prctl({operation})")),
    }
}

/// uname(2).
pub fn uname(k: &mut Kernel, caller: TaskId, _: &Uname) -> SysResult<Utsname> {
    let uts = &k.uts_ns[k.tasks[caller].ns.uts];
    Ok(Utsname {
        sysname: "Linux".into(),
        nodename: uts.hostname.clone(),
        release: k.info.release.clone().into(),
        version: k.info.version.clone().into(),
        machine: "x86_64".into(),
        domainname: uts.domainname.clone(),
    })
}

/// sysinfo(2).
pub fn sysinfo(k: &mut Kernel, _: TaskId, _: &Sysinfo) -> SysResult<SysinfoReply> {
    Ok(SysinfoReply {
        uptime_seconds: k.uptime().as_seconds() as i64,
        total_ram: k.memory().total_bytes,
        free_ram: k.memory().free_bytes,
        total_swap: 0,
        free_swap: 0,
        procs: k.tasks.len() as u16,
    })
}

/// syslog(2).
pub fn syslog(k: &mut Kernel, caller: TaskId, call: &Syslog) -> SysResult<Data> {
    use SyslogAction::*;
    let open_to_all = matches!(call.action, SYSLOG_ACTION_READ_ALL | SYSLOG_ACTION_SIZE_BUFFER);
    // Debian sets kernel.dmesg_restrict.
    let restricted = capable(k, caller, Cap::CAP_SYSLOG);
    restricted.map_err(|_| Why::LogRestricted { cap: Cap::CAP_SYSLOG })?;
    let _ = open_to_all;
    match call.action {
        SYSLOG_ACTION_READ_ALL | SYSLOG_ACTION_READ_CLEAR => {
            let text = log_text(k, call.len);
            if call.action == SYSLOG_ACTION_READ_CLEAR {
                k.log.clear();
            }
            Ok(Data(text.into()))
        }
        SYSLOG_ACTION_CLEAR => {
            k.log.clear();
            Ok(Data(Bytes::default()))
        }
        SYSLOG_ACTION_CLOSE
        | SYSLOG_ACTION_OPEN
        | SYSLOG_ACTION_CONSOLE_OFF
        | SYSLOG_ACTION_CONSOLE_ON
        | SYSLOG_ACTION_CONSOLE_LEVEL => Ok(Data(Bytes::default())),
        SYSLOG_ACTION_READ | SYSLOG_ACTION_SIZE_UNREAD | SYSLOG_ACTION_SIZE_BUFFER => {
            unmodelled(k, caller, format!("syslog({:?})", call.action))
        }
    }
}

/// The newest lines that fit, as `<6>[    0.000000] text`.
fn log_text(k: &Kernel, len: u64) -> String {
    let lines: Vec<String> = k
        .log
        .uncleared()
        .map(|line| {
            let (seconds, micros) = (line.at.as_seconds(), line.at.subsecond_micros());
            format!("<{}>[{seconds:5}.{micros:06}] {}\n", line.level, line.text)
        })
        .collect();
    let mut room = len as usize;
    let fitting = lines.iter().rev().take_while(|line| {
        let fits = line.len() <= room;
        room = room.saturating_sub(line.len());
        fits
    });
    let mut kept: Vec<&str> = fitting.map(String::as_str).collect();
    kept.reverse();
    kept.concat()
}

/// reboot(2). In a pid namespace other than the first it ends process 1 instead: pid_namespaces(7).
pub fn reboot(k: &mut Kernel, caller: TaskId, call: &Reboot) -> SysResult<Unit> {
    use RebootCommand::*;
    let pid_ns = k.tasks[caller].ns.pid;
    ns_capable(k, caller, k.pid_ns[pid_ns].owner, Cap::CAP_SYS_BOOT)?;
    if pid_ns != k.initial.pid {
        let signal = match call.command {
            LINUX_REBOOT_CMD_RESTART | LINUX_REBOOT_CMD_RESTART2 => Signal::SIGHUP,
            LINUX_REBOOT_CMD_HALT | LINUX_REBOOT_CMD_POWER_OFF => Signal::SIGINT,
            _ => return deny(Why::NotInThisPidNamespace),
        };
        if let Some(init) = k.pid_ns[pid_ns].init {
            exit::end(k, init, WaitStatus::Signaled(signal));
        }
        return Ok(Unit);
    }
    let request = match call.command {
        LINUX_REBOOT_CMD_RESTART => PowerRequest::Restart,
        LINUX_REBOOT_CMD_HALT => PowerRequest::Halt,
        LINUX_REBOOT_CMD_POWER_OFF => PowerRequest::PowerOff,
        LINUX_REBOOT_CMD_CAD_ON | LINUX_REBOOT_CMD_CAD_OFF => return Ok(Unit),
        other => return unmodelled(k, caller, format!("reboot({other:?})")),
    };
    for (level, text) in last_words(request) {
        k.printk(*level, format!("reboot: {text}"));
    }
    // No CPU comes back from it.
    k.sched.stop();
    k.power_request = Some(request);
    Ok(Unit)
}

/// What kernel/reboot.c says before the machine goes.
fn last_words(request: PowerRequest) -> &'static [(u8, &'static str)] {
    match request {
        PowerRequest::PowerOff => &[(EMERG, "Power down")],
        PowerRequest::Restart => &[(EMERG, "Restarting system"), (NOTICE, "machine restart")],
        PowerRequest::Halt => &[(EMERG, "System halted")],
    }
}

/// getrandom(2).
pub fn getrandom(k: &mut Kernel, _: TaskId, call: &Getrandom) -> SysResult<Data> {
    ensure(call.flags & !7 == 0, Why::InvalidArgument { argument: "flags" })?;
    Ok(Data(k.random.bytes(call.count.min(1 << 20)).into()))
}
