//! /proc/PID/status, stat and statm: proc(5).

use std::fmt::Write;

use super::process::Asked;
use crate::abi::{Dev, Pid, SigAction, SignalSet};
use crate::clock::Nanos;
use crate::kernel::memory::{TASK_RESIDENT_BYTES, TASK_VIRTUAL_BYTES};
use crate::kernel::security::{CapSet, Kgid, Kuid};
use crate::kernel::table::TaskId;
use crate::kernel::task::{State, Task};

const PAGE_BYTES: u64 = 4096;

/// The clock of /proc: USER_HZ is 100 a second.
const TICK: Nanos = Nanos::millis(10);

/// Bits of `flags` in stat: include/linux/sched.h.
const PF_FORKNOEXEC: u64 = 0x40;
const PF_RANDOMIZE: u64 = 0x40_0000;

impl Asked<'_> {
    fn row(&self) -> &Task {
        &self.k.tasks[self.task]
    }

    /// A task's number in the pid namespace of the mount; 0 where it is not seen there.
    fn number(&self, task: TaskId) -> i32 {
        self.k.pids.number(task, self.pid_ns).map_or(0, |Pid(number)| number)
    }

    fn parent_number(&self) -> i32 {
        self.row().parent.map_or(0, |parent| self.number(parent))
    }

    /// From the namespace of the mount down to the task's own, each with a tab before it.
    fn numbers(&self, task: TaskId) -> String {
        let numbers = self.k.pids.numbers(task);
        let seen = numbers.iter().skip_while(|(ns, _)| *ns != self.pid_ns);
        seen.map(|(_, number)| format!("\t{number}")).collect()
    }

    fn is_alive(&self) -> bool {
        self.k.is_alive(self.task)
    }

    /// An id as the reader's user namespace sees it.
    fn uid(&self, uid: Kuid) -> u32 {
        let ns = self.k.tasks[self.reader].cred.user_ns;
        self.k.user_ns[ns].uid_map.from_kernel_or_overflow(uid.0)
    }

    fn gid(&self, gid: Kgid) -> u32 {
        let ns = self.k.tasks[self.reader].cred.user_ns;
        self.k.user_ns[ns].gid_map.from_kernel_or_overflow(gid.0)
    }
}

/// The lines of status that tell of what is modelled.
pub(super) fn status(asked: &Asked<'_>) -> Vec<u8> {
    let (k, task) = (asked.k, asked.row());
    let number = asked.number(asked.task);
    let mut text = format!("Name:\t{}\n", task.comm.to_text());
    if asked.is_alive() {
        let _ = writeln!(text, "Umask:\t{:04o}", k.fs_infos[task.fs].umask);
    }
    let _ = writeln!(text, "State:\t{}", state_name(task.state));
    let _ = writeln!(text, "Tgid:\t{number}\nNgid:\t0\nPid:\t{number}");
    let _ = writeln!(text, "PPid:\t{}\nTracerPid:\t0", asked.parent_number());
    let cred = &task.cred;
    let (ruid, euid, suid) = (asked.uid(cred.ruid), asked.uid(cred.euid), asked.uid(cred.suid));
    let (rgid, egid, sgid) = (asked.gid(cred.rgid), asked.gid(cred.egid), asked.gid(cred.sgid));
    let _ = writeln!(text, "Uid:\t{ruid}\t{euid}\t{suid}\t{euid}");
    let _ = writeln!(text, "Gid:\t{rgid}\t{egid}\t{sgid}\t{egid}");
    let descriptors = if asked.is_alive() { descriptor_room(asked) } else { 0 };
    let groups: Vec<String> = cred.groups.iter().map(|&gid| asked.gid(gid).to_string()).collect();
    let _ = writeln!(text, "FDSize:\t{descriptors}\nGroups:\t{} ", groups.join(" "));
    let _ = writeln!(text, "NStgid:{}\nNSpid:{}", asked.numbers(asked.task), asked.numbers(asked.task));
    let _ = writeln!(text, "NSpgid:{}\nNSsid:{}", asked.numbers(task.group), asked.numbers(task.session));
    text.push_str("Kthread:\t0\n");
    if asked.is_alive() {
        let _ = writeln!(text, "VmSize:\t{:8} kB", TASK_VIRTUAL_BYTES / 1024);
        let _ = writeln!(text, "VmRSS:\t{:8} kB", TASK_RESIDENT_BYTES / 1024);
    }
    let signals = &task.signals;
    let _ = writeln!(text, "Threads:\t1\nSigQ:\t{}/{}", signals.pending.iter().count(), k.threads_max() / 2);
    let (ignored, caught) = dispositions(task);
    for (name, set) in [
        ("SigPnd", SignalSet::EMPTY),
        ("ShdPnd", signals.pending),
        ("SigBlk", signals.blocked),
        ("SigIgn", ignored),
        ("SigCgt", caught),
    ] {
        let _ = writeln!(text, "{name}:\t{:016x}", set.0);
    }
    for (name, CapSet(bits)) in [
        ("CapInh", cred.inheritable),
        ("CapPrm", cred.permitted),
        ("CapEff", cred.effective),
        ("CapBnd", cred.bounding),
        ("CapAmb", cred.ambient),
    ] {
        let _ = writeln!(text, "{name}:\t{bits:016x}");
    }
    let _ = writeln!(text, "NoNewPrivs:\t{}\nSeccomp:\t0\nSeccomp_filters:\t0", u8::from(task.no_new_privs));
    let last_cpu = k.info.cpus - 1;
    let list = if last_cpu == 0 { "0".to_owned() } else { format!("0-{last_cpu}") };
    let _ = writeln!(
        text,
        "Cpus_allowed:\t{:x}\nCpus_allowed_list:\t{list}",
        u64::MAX >> (63 - last_cpu.min(63))
    );
    text.into_bytes()
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Runnable => "R (running)",
        State::Blocked { .. } => "S (sleeping)",
        State::Stopped { .. } => "T (stopped)",
        State::Zombie(_) => "Z (zombie)",
    }
}

/// The descriptor table grows by doubling, from 64.
fn descriptor_room(asked: &Asked<'_>) -> u64 {
    let table = &asked.k.fd_tables[asked.row().fds];
    let needed = table.entries.keys().last().map_or(0, |&highest| highest as u64 + 1);
    needed.next_power_of_two().max(64)
}

fn dispositions(task: &Task) -> (SignalSet, SignalSet) {
    let (mut ignored, mut caught) = (SignalSet::EMPTY, SignalSet::EMPTY);
    for (&signal, action) in &task.signals.actions {
        match action {
            SigAction::SIG_DFL => {}
            SigAction::SIG_IGN => ignored = ignored.with(signal),
            SigAction::Handler | SigAction::HandlerRestart => caught = caught.with(signal),
        }
    }
    (ignored, caught)
}

/// One line of 52 fields. Addresses, faults and times of children are not modelled: 0.
pub(super) fn stat(asked: &Asked<'_>) -> Vec<u8> {
    let (k, task) = (asked.k, asked.row());
    let tty = if asked.is_alive() { k.controlling_tty(asked.task) } else { None };
    let tty_number = tty.map_or(0, |tty| encode(k.ttys[tty].dev));
    let foreground = tty.and_then(|tty| k.ttys[tty].foreground).map_or(-1, |group| asked.number(group));
    let flags = PF_RANDOMIZE | if task.has_execed { 0 } else { PF_FORKNOEXEC };
    let (virtual_bytes, resident_pages) =
        if asked.is_alive() { (TASK_VIRTUAL_BYTES, TASK_RESIDENT_BYTES / PAGE_BYTES) } else { (0, 0) };
    let (ignored, caught) = dispositions(task);
    let low = |set: SignalSet| set.0 & 0x7fff_ffff;
    let mut text = format!("{} ({}) ", asked.number(asked.task), task.comm.to_text());
    let _ = write!(
        text,
        "{} {} {} {} {tty_number} {foreground} {flags} 0 0 0 0 {} 0 0 0 20 0 1 0 {} {virtual_bytes} \
         {resident_pages} {} 1 1 0 0 0 {} {} {} {} 0 0 0 {} {} 0 0 0 0 0 0 0 0 0 0 0 0 0",
        task.state.letter(),
        asked.parent_number(),
        asked.number(task.group),
        asked.number(task.session),
        task.cpu_time.0 / TICK.0,
        task.started.0 / TICK.0,
        u64::MAX,
        low(task.signals.pending),
        low(task.signals.blocked),
        low(ignored),
        low(caught),
        task.exit_signal.0,
        task.last_cpu,
    );
    text.push('\n');
    text.into_bytes()
}

/// A device number as stat has it: makedev(3), the kernel's own encoding.
fn encode(dev: Dev) -> u32 {
    (dev.minor & 0xff) | (dev.major << 8) | ((dev.minor & !0xff) << 12)
}

/// Sizes in pages: total, resident, shared, text, 0, data, 0.
pub(super) fn statm(asked: &Asked<'_>) -> Vec<u8> {
    let (total, resident) = if asked.is_alive() {
        (TASK_VIRTUAL_BYTES / PAGE_BYTES, TASK_RESIDENT_BYTES / PAGE_BYTES)
    } else {
        (0, 0)
    };
    format!("{total} {resident} 0 0 0 0 0\n").into_bytes()
}
