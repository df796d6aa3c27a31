//! What a host looks like to those who live on it, as lines that can be compared.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Everything that a sandbox must leave as it was, apart from what busy neighbours change all the time.
pub fn fingerprint() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut add = |what: &str, text: String| lines.extend(text.lines().map(|line| format!("{what}: {line}")));
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    add("mount", read("/proc/self/mountinfo"));
    add("swap", read("/proc/swaps").lines().skip(1).map(first_word).collect::<Vec<_>>().join("\n"));
    for name in ["msg", "sem", "shm"] {
        add(
            name,
            read(&format!("/proc/sysvipc/{name}"))
                .lines()
                .skip(1)
                .map(second_word)
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    for dir in ["/sys/class/net", "/sys/block", "/dev", "/"] {
        add(dir, names(dir).join("\n"));
    }
    for dir in ["/", "/tmp", "/root", "/home", "/usr", "/usr/bin", "/mnt", "/var", "/run", "/dev", "/boot"] {
        add("status", status(Path::new(dir)));
    }
    each_below(Path::new("/etc"), &mut |path| add("status", status(path)));
    for area in ["kernel", "vm", "fs", "net/ipv4/conf"] {
        each_below(&Path::new("/proc/sys").join(area), &mut |path| {
            if !VOLATILE.iter().any(|name| path.ends_with(name)) {
                add(&path.display().to_string(), fs::read_to_string(path).unwrap_or_default());
            }
        });
    }
    lines.extend(namespaces().into_iter().map(|namespace| format!("namespace: {namespace}")));
    each_below(Path::new("/sys/fs/cgroup"), &mut |path| {
        if path.is_dir() {
            lines.insert(format!("cgroup: {}", path.display()));
        }
    });
    lines
}

/// Values that change by themselves.
const VOLATILE: [&str; 12] = [
    "ns_last_pid",
    "uuid",
    "boot_id",
    "entropy_avail",
    "pty/nr",
    "file-nr",
    "inode-nr",
    "inode-state",
    "dentry-state",
    "aio-nr",
    "stat_refresh",
    "drop_caches",
];

fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

fn second_word(line: &str) -> &str {
    line.split_whitespace().nth(1).unwrap_or_default()
}

fn names(dir: &str) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Mode, owner and, where neighbours do not write, the time of the last change.
fn status(path: &Path) -> String {
    let Ok(found) = fs::symlink_metadata(path) else { return String::new() };
    let times =
        if path.starts_with("/etc") { format!("{} {}", found.mtime(), found.ctime()) } else { String::new() };
    let (mode, user, group, inode) = (found.mode(), found.uid(), found.gid(), found.ino());
    format!("{} {mode:o} {user} {group} {inode} {times}", path.display())
}

fn each_below(dir: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        visit(&path);
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            each_below(&path, visit);
        }
    }
}

/// The namespaces that live processes are in.
fn namespaces() -> BTreeSet<String> {
    let links =
        processes().into_iter().flat_map(|pid| fs::read_dir(format!("/proc/{pid}/ns")).into_iter().flatten());
    links
        .flatten()
        .filter_map(|link| fs::read_link(link.path()).ok())
        .map(|to| to.display().to_string())
        .collect()
}

pub fn processes() -> Vec<u32> {
    names("/proc").iter().filter_map(|name| name.parse().ok()).collect()
}

/// Live processes whose command line has `mark` in it.
pub fn processes_marked(mark: &str) -> Vec<u32> {
    let has_mark = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    };
    processes().into_iter().filter(has_mark).collect()
}

/// A process, its children, and so on, each with the time it was started: pids are used again.
pub fn family(ancestor: u32) -> Vec<(u32, String)> {
    let all: Vec<(u32, u32, String)> = processes().into_iter().filter_map(parent_and_start).collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(all.iter().filter(|one| one.1 == parent).map(|one| one.0));
        next += 1;
    }
    all.into_iter().filter(|(pid, ..)| found.contains(pid)).map(|(pid, _, start)| (pid, start)).collect()
}

/// Whether this very process still lives; a zombie does not.
pub fn is_alive((pid, start): &(u32, String)) -> bool {
    parent_and_start(*pid).is_some_and(|(.., now)| now == *start)
}

fn parent_and_start(pid: u32) -> Option<(u32, u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    (fields[0] != "Z").then_some((pid, fields[1].parse().ok()?, fields[19].to_owned()))
}

/// Files on the host that have `mark` as their name.
pub fn files_marked(mark: &str) -> Vec<PathBuf> {
    let dirs =
        ["/", "/tmp", "/root", "/home", "/etc", "/usr", "/usr/bin", "/var", "/run", "/dev", "/mnt", "/opt"];
    dirs.iter().map(|dir| Path::new(dir).join(mark)).filter(|path| path.symlink_metadata().is_ok()).collect()
}
