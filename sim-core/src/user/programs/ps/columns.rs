//! The columns of ps(1), "STANDARD FORMAT SPECIFIERS".

use std::cmp::Ordering;

use super::process::Process;
use crate::abi::ClockId;
use crate::user::Sys;
use crate::user::accounts::Accounts;
use crate::user::calendar::Date;
use crate::user::io::read_text;

/// How a column is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Just {
    Left,
    Right,
    /// Names to the left, numbers to the right, and what is too long cut and marked.
    User,
    /// To the left; as the last column without limit.
    Unlimited,
}

/// A column that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// The first of the specifiers that mean the same.
    pub spec: &'static str,
    pub header: String,
    pub width: usize,
    pub just: Just,
}

use Just::{Left, Right, Unlimited, User};

/// Specifiers that mean the same, header, width, alignment.
const TABLE: &[(&str, &str, usize, Just)] = &[
    ("%cpu pcpu", "%CPU", 4, Right),
    ("%mem pmem", "%MEM", 4, Right),
    ("args cmd=CMD command", "COMMAND", 27, Unlimited),
    ("blocked", "BLOCKED", 16, Right),
    ("bsdstart", "START", 6, Right),
    ("bsdtime", "TIME", 6, Right),
    ("c", "C", 2, Right),
    ("caught", "CAUGHT", 16, Right),
    ("cgroupns", "CGROUPNS", 10, Right),
    ("comm ucmd=CMD ucomm", "COMMAND", 15, Unlimited),
    ("egid", "EGID", 5, Right),
    ("egroup", "EGROUP", 8, User),
    ("etime", "ELAPSED", 11, Right),
    ("etimes", "ELAPSED", 7, Right),
    ("euid", "EUID", 5, Right),
    ("euser", "EUSER", 8, User),
    ("exe", "EXE", 27, Unlimited),
    ("f flag flags", "F", 1, Right),
    ("fname", "COMMAND", 8, Left),
    ("gid", "GID", 5, Right),
    ("group", "GROUP", 8, User),
    ("ignored", "IGNORED", 16, Right),
    ("ipcns", "IPCNS", 10, Right),
    ("lstart", "STARTED", 24, Right),
    ("mntns", "MNTNS", 10, Right),
    ("netns", "NETNS", 10, Right),
    ("ni nice", "NI", 3, Right),
    ("nlwp", "NLWP", 4, Right),
    ("opri", "PRI", 3, Right),
    ("pending", "PENDING", 16, Right),
    ("pgid pgrp=PGRP", "PGID", 5, Right),
    ("pid tgid=TGID tid=TID lwp=LWP", "PID", 5, Right),
    ("pidns", "PIDNS", 10, Right),
    ("ppid", "PPID", 5, Right),
    ("pri", "PRI", 3, Right),
    ("psr", "PSR", 3, Right),
    ("rgid", "RGID", 5, Right),
    ("rgroup", "RGROUP", 8, User),
    ("rss rssize rsz=RSZ", "RSS", 5, Right),
    ("ruid", "RUID", 5, Right),
    ("ruser", "RUSER", 8, User),
    ("s state", "S", 1, Left),
    ("sid sess=SESS session=SESS", "SID", 5, Right),
    ("start", "STARTED", 8, Right),
    ("start_time", "START", 5, Left),
    ("stat", "STAT", 4, Left),
    ("stime", "STIME", 5, Left),
    ("suid", "SUID", 5, Right),
    ("sz", "SZ", 5, Right),
    ("time cputime", "TIME", 8, Right),
    ("timens", "TIMENS", 10, Right),
    ("tpgid", "TPGID", 5, Right),
    ("tty tt", "TT", 8, Left),
    ("tname", "TTY", 8, Left),
    ("uid", "UID", 5, Right),
    ("user uname", "USER", 8, User),
    ("userns", "USERNS", 10, Right),
    ("utsns", "UTSNS", 10, Right),
    ("vsz vsize", "VSZ", 6, Right),
];

/// Specifiers that the real ps has besides.
pub(super) const UNMODELLED: &[&str] = &[
    "addr", "cgname", "cgroup", "class", "cls", "cp", "cpuid", "cuc", "cuu", "drs", "environ", "fgid",
    "fgroup", "fsgid", "fsgroup", "fsuid", "fsuser", "fuid", "fuser", "label", "lsession", "luid", "machine",
    "maj_flt", "majflt", "min_flt", "minflt", "numa", "nwchan", "oom", "oomadj", "ouid", "policy", "pss",
    "rbytes", "rops", "rtprio", "sched", "seat", "sgi_p", "sgi_rss", "sgid", "sgroup", "sig", "size",
    "slice", "spid", "stackp", "supgid", "supgrp", "suser", "svgid", "svgroup", "svuid", "svuser", "thcount",
    "times", "trs", "tsig", "uss", "unit", "uunit", "wbytes", "wcbytes", "wchan", "wops",
];

impl Column {
    /// A column by its specifier, with the header it has unless another is wished.
    pub(super) fn named(name: &str) -> Option<Column> {
        for &(names, header, width, just) in TABLE {
            for alias in names.split(' ') {
                let (alias, header) = alias.split_once('=').unwrap_or((alias, header));
                if alias == name {
                    let spec = names.split(' ').next().unwrap_or(names);
                    return Some(Column { spec, header: header.to_owned(), width, just });
                }
            }
        }
        None
    }

    pub(super) fn with_header(mut self, header: &str) -> Column {
        self.header = header.to_owned();
        self.width = self.width.max(header.len());
        self
    }

    /// Whether it shows numbers of processes, which take as much room as the highest of them.
    pub(super) fn is_pid(&self) -> bool {
        matches!(self.spec, "pid" | "ppid" | "pgid" | "sid" | "tpgid")
    }

    pub(super) fn text(
        &self,
        process: &Process,
        machine: &Machine,
        prefix: &str,
        as_name: bool,
        environment: bool,
    ) -> String {
        let accounts = &machine.accounts;
        match self.spec {
            "%cpu" => tenths(machine.cpu_per_mille(process)),
            "%mem" => tenths(process.resident_pages * 4 * 1000 / machine.memory_kib.max(1)),
            "args" if as_name => format!("{prefix}{}", name_of(process)),
            "args" => format!("{prefix}{}", command_of(process, environment)),
            "comm" => format!("{prefix}{}", name_of(process)),
            "bsdstart" => {
                machine.start(
                    process,
                    |date, today| {
                        if today { date.format(" %H:%M") } else { date.format("%b %e") }
                    },
                )
            }
            "bsdtime" => format!("{:3}:{:02}", process.cpu_ticks / 6000, process.cpu_ticks / 100 % 60),
            "c" => (machine.cpu_per_mille(process) / 10).min(99).to_string(),
            "etime" => elapsed(machine.age_seconds(process)),
            "etimes" => machine.age_seconds(process).to_string(),
            "exe" => process.executable.clone().unwrap_or_else(|| "-".to_owned()),
            // PF_FORKNOEXEC and PF_SUPERPRIV: include/linux/sched.h.
            "f" => ((process.flags >> 6) & 7).to_string(),
            "fname" => process.comm.chars().take(8).collect(),
            "lstart" => machine.start(process, |date, _| date.format("%a %b %e %H:%M:%S %Y")),
            "ni" => process.nice.to_string(),
            "nlwp" => "1".to_owned(),
            "opri" => (60 + process.priority).to_string(),
            "pri" => (39 - process.priority).to_string(),
            "psr" => process.processor.to_string(),
            "rss" => (process.resident_pages * 4).to_string(),
            "s" => process.state.to_string(),
            "stat" => state(process),
            "start" => machine.start_of_long_ago(process),
            "start_time" | "stime" => machine.start_short(process),
            "sz" => (process.virtual_bytes / 4096).to_string(),
            "time" => cpu_time(process.cpu_ticks / 100),
            "tty" | "tname" => process.tty_name.clone(),
            "vsz" => (process.virtual_bytes / 1024).to_string(),
            "pid" => process.pid.to_string(),
            "ppid" => process.ppid.to_string(),
            "pgid" => process.group.to_string(),
            "sid" => process.session.to_string(),
            "tpgid" => process.foreground.to_string(),
            "uid" | "euid" => process.uids[1].to_string(),
            "ruid" => process.uids[0].to_string(),
            "suid" => process.uids[2].to_string(),
            "gid" | "egid" => process.gids[1].to_string(),
            "rgid" => process.gids[0].to_string(),
            "user" | "euser" => accounts.user_name(process.uids[1]),
            "ruser" => accounts.user_name(process.uids[0]),
            "group" | "egroup" => accounts.group_name(process.gids[1]),
            "rgroup" => accounts.group_name(process.gids[0]),
            "pending" => process.signals[0].clone(),
            "blocked" => process.signals[1].clone(),
            "ignored" => process.signals[2].clone(),
            "caught" => process.signals[3].clone(),
            namespace => {
                let kind = namespace.trim_end_matches("ns");
                let found = process.namespaces.iter().find(|(name, _)| *name == kind);
                found.map_or_else(|| "-".to_owned(), |(_, inode)| inode.to_string())
            }
        }
    }
}

/// The order of two processes by a list of columns, each up or down.
pub(super) fn compare(a: &Process, b: &Process, keys: &[(Column, bool)], machine: &Machine) -> Ordering {
    for (column, descending) in keys {
        let order = match (number(column.spec, a, machine), number(column.spec, b, machine)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => {
                let text = |process| column.text(process, machine, "", false, false);
                text(a).cmp(&text(b))
            }
        };
        let order = if *descending { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// What is sorted as a number.
fn number(spec: &str, process: &Process, machine: &Machine) -> Option<i64> {
    Some(match spec {
        "%cpu" | "c" => machine.cpu_per_mille(process) as i64,
        "%mem" | "rss" => process.resident_pages as i64,
        "time" | "bsdtime" => process.cpu_ticks as i64,
        "start" | "start_time" | "stime" | "bsdstart" | "lstart" => process.start_ticks as i64,
        "etime" => machine.age_seconds(process) as i64,
        spec => Column::named(spec)?.text(process, machine, "", false, false).trim().parse().ok()?,
    })
}

fn name_of(process: &Process) -> String {
    let defunct = if process.state == 'Z' { " <defunct>" } else { "" };
    format!("{}{defunct}", process.comm)
}

/// The command line; the name in brackets where there is none.
fn command_of(process: &Process, environment: bool) -> String {
    if process.arguments.is_empty() {
        let defunct = if process.state == 'Z' { " <defunct>" } else { "" };
        return format!("[{}]{defunct}", process.comm);
    }
    let mut text = words(&process.arguments);
    if environment && !process.environment.is_empty() {
        text.push(' ');
        text += &words(&process.environment);
    }
    text
}

fn words(strings: &[u8]) -> String {
    let strings = strings.strip_suffix(b"\0").unwrap_or(strings);
    let text = String::from_utf8_lossy(strings).replace('\0', " ");
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn state(process: &Process) -> String {
    let mut text = String::from(process.state);
    if process.nice != 0 {
        text.push(if process.nice < 0 { '<' } else { 'N' });
    }
    if process.session == process.pid {
        text.push('s');
    }
    if process.foreground >= 0 && process.foreground == process.group && process.tty != 0 {
        text.push('+');
    }
    text
}

fn tenths(per_mille: u64) -> String {
    if per_mille > 999 {
        (per_mille / 10).to_string()
    } else {
        format!("{}.{}", per_mille / 10, per_mille % 10)
    }
}

fn elapsed(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let minutes_and_seconds = format!("{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => minutes_and_seconds,
        (0, hours) => format!("{hours:02}:{minutes_and_seconds}"),
        (days, hours) => format!("{days}-{hours:02}:{minutes_and_seconds}"),
    }
}

fn cpu_time(seconds: u64) -> String {
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    if seconds < 86_400 { clock } else { format!("{}-{clock}", seconds / 86_400) }
}

/// What all processes have in common.
pub(super) struct Machine {
    pub accounts: Accounts,
    /// Since 1970.
    now_seconds: i64,
    uptime_seconds: u64,
    memory_kib: u64,
    /// As many digits as the highest process number has.
    pub pid_width: usize,
}

impl Machine {
    pub(super) async fn read(sys: &Sys, accounts: Accounts) -> Machine {
        let uptime = read_text(sys, "/proc/uptime").await.unwrap_or_default();
        let pid_max = read_text(sys, "/proc/sys/kernel/pid_max").await.unwrap_or_default();
        let meminfo = read_text(sys, "/proc/meminfo").await.unwrap_or_default();
        let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let total = total.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        let now = sys.clock_gettime(ClockId::CLOCK_REALTIME).await.unwrap_or_default();
        let highest = pid_max.trim().parse().map_or(99_999, |max: u64| max.saturating_sub(1));
        Machine {
            accounts,
            now_seconds: now.seconds,
            uptime_seconds: uptime.split('.').next().and_then(|text| text.parse().ok()).unwrap_or(0),
            memory_kib: total.unwrap_or(1),
            pid_width: highest.to_string().len().max(5),
        }
    }

    fn age_seconds(&self, process: &Process) -> u64 {
        self.uptime_seconds.saturating_sub(process.start_ticks / 100)
    }

    /// The part of its life that a process has spent on a CPU.
    fn cpu_per_mille(&self, process: &Process) -> u64 {
        match self.age_seconds(process) {
            0 => 0,
            seconds => process.cpu_ticks * 1000 / 100 / seconds,
        }
    }

    fn start_date(&self, process: &Process) -> Date {
        Date::from_seconds(self.now_seconds - self.age_seconds(process) as i64)
    }

    fn start(&self, process: &Process, format: impl Fn(Date, bool) -> String) -> String {
        format(self.start_date(process), self.age_seconds(process) < 86_400)
    }

    fn start_of_long_ago(&self, process: &Process) -> String {
        self.start(process, |date, recent| date.format(if recent { "%H:%M:%S" } else { "  %b %d" }))
    }

    fn start_short(&self, process: &Process) -> String {
        let (date, today) = (self.start_date(process), Date::from_seconds(self.now_seconds));
        let format = if date.year != today.year {
            "%Y"
        } else if date.day_of_year != today.day_of_year {
            "%b%d"
        } else {
            "%H:%M"
        };
        date.format(format)
    }
}
