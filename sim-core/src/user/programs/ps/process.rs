//! What ps reads of each process in /proc.

use crate::abi::{DirFd, Mode, OpenFlags};
use crate::user::Sys;
use crate::user::io::{read_file, read_text};

/// A process.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    pub pid: i32,
    pub comm: String,
    pub state: char,
    pub ppid: i32,
    pub group: i32,
    pub session: i32,
    /// The device number of the terminal; 0 is none.
    pub tty: u32,
    pub tty_name: String,
    pub foreground: i32,
    pub flags: u64,
    /// In ticks of a hundredth of a second.
    pub cpu_ticks: u64,
    pub priority: i64,
    pub nice: i64,
    /// In ticks after boot.
    pub start_ticks: u64,
    pub virtual_bytes: u64,
    pub resident_pages: u64,
    pub processor: u32,
    /// Real, effective, saved.
    pub uids: [u32; 3],
    pub gids: [u32; 3],
    pub euid: u32,
    /// Of the signals pending, blocked, ignored, caught.
    pub signals: [String; 4],
    pub arguments: Vec<u8>,
    pub environment: Vec<u8>,
    pub executable: Option<String>,
    /// By the names in /proc/PID/ns; without those that may not be looked at.
    pub namespaces: Vec<(&'static str, u64)>,
}

/// The namespaces that have a column.
pub(super) const NAMESPACES: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// Every process of the mounted /proc, in its order.
pub(super) async fn read_all(sys: &Sys) -> Vec<Process> {
    let flags = OpenFlags::O_DIRECTORY | OpenFlags::O_CLOEXEC;
    let Ok(fd) = sys.openat(DirFd::CWD, "/proc", flags, Mode(0)).await else { return Vec::new() };
    let mut pids: Vec<i32> = Vec::new();
    while let Ok(entries) = sys.getdents64(fd, 32_768_u64).await {
        if entries.0.is_empty() {
            break;
        }
        pids.extend(entries.0.iter().filter_map(|entry| entry.name.to_text().parse::<i32>().ok()));
    }
    let _ = sys.close(fd).await;
    let mut processes = Vec::new();
    for pid in pids {
        // One that has ended meanwhile is left out.
        if let Some(process) = read(sys, pid).await {
            processes.push(process);
        }
    }
    processes
}

async fn read(sys: &Sys, pid: i32) -> Option<Process> {
    let stat = read_text(sys, format!("/proc/{pid}/stat")).await.ok()?;
    let status = read_text(sys, format!("/proc/{pid}/status")).await.ok()?;
    let mut process = parse_stat(&stat)?;
    read_status(&status, &mut process);
    process.arguments = read_file(sys, format!("/proc/{pid}/cmdline")).await.unwrap_or_default();
    process.environment = read_file(sys, format!("/proc/{pid}/environ")).await.unwrap_or_default();
    process.tty_name = tty_name(sys, process.tty).await;
    let executable = sys.readlinkat(DirFd::CWD, format!("/proc/{pid}/exe"), 4096_u64).await;
    process.executable = executable.ok().map(|path| path.0.to_text());
    for kind in NAMESPACES {
        let link = sys.readlinkat(DirFd::CWD, format!("/proc/{pid}/ns/{kind}"), 64_u64).await;
        let inode = link.ok().and_then(|link| {
            let text = link.0.to_text();
            text.split_once('[')?.1.trim_end_matches(']').parse().ok()
        });
        process.namespaces.extend(inode.map(|inode| (kind, inode)));
    }
    Some(process)
}

/// proc(5): the name may hold anything, so the fields are counted from the last parenthesis.
fn parse_stat(text: &str) -> Option<Process> {
    let (head, tail) = text.rsplit_once(')')?;
    let (pid, comm) = head.split_once(" (")?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    // Numbered as in proc(5), where the state is field 3.
    let field = |number: usize| fields.get(number - 3).copied().unwrap_or("0");
    let number = |at: usize| field(at).parse().unwrap_or(0_i64);
    Some(Process {
        pid: pid.parse().ok()?,
        comm: comm.to_owned(),
        state: field(3).chars().next()?,
        ppid: number(4) as i32,
        group: number(5) as i32,
        session: number(6) as i32,
        tty: number(7) as u32,
        foreground: number(8) as i32,
        flags: number(9) as u64,
        cpu_ticks: (number(14) + number(15)) as u64,
        priority: number(18),
        nice: number(19),
        start_ticks: number(22) as u64,
        virtual_bytes: number(23) as u64,
        resident_pages: number(24) as u64,
        processor: number(39) as u32,
        ..Process::default()
    })
}

fn read_status(text: &str, process: &mut Process) {
    for line in text.lines() {
        let Some((name, value)) = line.split_once(":\t") else { continue };
        let signal = ["ShdPnd", "SigBlk", "SigIgn", "SigCgt"].iter().position(|set| *set == name);
        if let Some(index) = signal {
            process.signals[index] = value.to_owned();
        }
        match name {
            "Uid" => process.uids = three(value),
            "Gid" => process.gids = three(value),
            _ => {}
        }
    }
    process.euid = process.uids[1];
}

fn three(value: &str) -> [u32; 3] {
    let mut ids = value.split('\t').map(|id| id.parse().unwrap_or(0));
    std::array::from_fn(|_| ids.next().unwrap_or(0))
}

/// The terminal's name by its device number, if /dev has it under that name.
async fn tty_name(sys: &Sys, number: u32) -> String {
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
    let name = match (major, minor) {
        (0, 0) => return "?".to_owned(),
        (4, 0..64) => format!("tty{minor}"),
        (4, _) => format!("ttyS{}", minor - 64),
        (136..=143, _) => format!("pts/{}", minor + (major - 136) * 256),
        _ => return "?".to_owned(),
    };
    let found = sys.newfstatat(DirFd::CWD, format!("/dev/{name}"), crate::abi::AtFlags::empty()).await;
    match found {
        Ok(stat) if (stat.rdev.major, stat.rdev.minor) == (major, minor) => name,
        _ => "?".to_owned(),
    }
}
