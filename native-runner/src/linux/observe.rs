//! Reads from /proc what the processes of a sandbox are doing.

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Dir, Mode, OFlags, openat};

use super::failure::{Doing, Failure};
use super::protocol::{Activity, Sleep};

/// Every process that /proc lists, but the first, which is the one that looks.
pub(super) fn all(proc: &OwnedFd) -> Vec<Activity> {
    pids(proc).into_iter().filter(|&pid| pid != 1).filter_map(|pid| one(proc, pid)).collect()
}

/// One process; `None` when there is no such process any more.
pub(super) fn one(proc: &OwnedFd, pid: i32) -> Option<Activity> {
    let stat = read(proc, &format!("{pid}/stat"))?;
    // After the name, which is in parentheses and may have any character in it: proc_pid_stat(5).
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let status = read(proc, &format!("{pid}/status"))?;
    let switches = status
        .lines()
        .filter_map(|line| line.split_once("ctxt_switches:"))
        .filter_map(|(_, count)| count.trim().parse::<u64>().ok())
        .sum();
    Some(Activity { pid, state: fields.first()?.chars().next()?, ticks: number(11)? + number(12)?, switches })
}

/// Whether a process sleeps, and in which system call: proc_pid_syscall(5).
pub(super) fn sleep(proc: &OwnedFd, pid: i32) -> Result<Sleep, Failure> {
    let Some(process) = one(proc, pid) else { return Ok(Sleep::Dead) };
    match process.state {
        'Z' | 'X' => return Ok(Sleep::Dead),
        'T' | 't' => return Ok(Sleep::Stopped),
        // Interruptible: it waits for something that is to happen. D is a wait inside the kernel.
        'S' => {}
        _ => return Ok(Sleep::Awake),
    }
    let path = format!("{pid}/syscall");
    let text = openat(proc, path.as_str(), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(std::io::Error::from)
        .and_then(|file| std::io::read_to_string(std::fs::File::from(file)))
        .doing(format!("read /proc/{path}"))?;
    // "running", or a number and its arguments; -1 where it sleeps outside of any call.
    let number = text.split_whitespace().next().and_then(|number| number.parse().ok());
    Ok(number.map_or(Sleep::Awake, |number| Sleep::InCall { number, switches: process.switches }))
}

fn pids(proc: &OwnedFd) -> Vec<i32> {
    // A descriptor of one's own: the position in a directory is shared between duplicates.
    let Ok(dir) = openat(proc, ".", OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(Dir::new)
    else {
        return Vec::new();
    };
    let mut pids: Vec<i32> =
        dir.flatten().filter_map(|entry| entry.file_name().to_str().ok()?.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// A whole file below /proc.
pub(super) fn read(proc: impl AsFd, path: &str) -> Option<String> {
    let file = openat(proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut bytes = Vec::new();
    std::fs::File::from(file).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
