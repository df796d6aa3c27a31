//! The files of procfs about the machine and the kernel.

use std::fmt::Write;

use crate::abi::{Bytes, FileType};
use crate::kernel::Kernel;
use crate::kernel::security::{Cap, SysResult, Why, deny, ns_capable};
use crate::kernel::table::TaskId;
use crate::kernel::task::State;
use crate::kernel::task::pids::PID_MAX;

/// The clock of /proc: USER_HZ is 100 a second.
const TICK_NANOS: u64 = 10_000_000;

/// A file, by its path below the root.
pub(super) struct File {
    pub path: &'static str,
    pub mode: u32,
    pub content: Content,
}

/// What a file holds.
pub(super) enum Content {
    Directory,
    Link(&'static str),
    Read(fn(&Kernel, TaskId) -> String),
    ReadWrite(fn(&Kernel, TaskId) -> String, fn(&mut Kernel, TaskId, &[u8]) -> SysResult<()>),
}

impl File {
    pub(super) fn file_type(&self) -> FileType {
        match self.content {
            Content::Directory => FileType::Directory,
            Content::Link(_) => FileType::Symlink,
            Content::Read(_) | Content::ReadWrite(..) => FileType::Regular,
        }
    }
}

const fn directory(path: &'static str) -> File {
    File { path, mode: 0o555, content: Content::Directory }
}

const fn read(path: &'static str, content: fn(&Kernel, TaskId) -> String) -> File {
    File { path, mode: 0o444, content: Content::Read(content) }
}

const fn writable(
    path: &'static str,
    content: fn(&Kernel, TaskId) -> String,
    write: fn(&mut Kernel, TaskId, &[u8]) -> SysResult<()>,
) -> File {
    File { path, mode: 0o644, content: Content::ReadWrite(content, write) }
}

/// Every file, in the order in which it is listed.
pub(super) const FILES: &[File] = &[
    read("cmdline", |k, _| format!("{}\n", k.info.command_line)),
    read("cpuinfo", super::cpuinfo::cpuinfo),
    read("filesystems", |_, _| FILE_SYSTEMS.to_owned()),
    read("loadavg", loadavg),
    read("meminfo", meminfo),
    read("partitions", partitions),
    read("stat", stat),
    read("uptime", uptime),
    read("version", |k, _| format!("{}\n", k.info.banner())),
    directory("sys"),
    directory("sys/kernel"),
    read("sys/kernel/cap_last_cap", |_, _| "40\n".to_owned()),
    writable("sys/kernel/domainname", domainname, write_domainname),
    writable("sys/kernel/hostname", hostname, write_hostname),
    read("sys/kernel/ngroups_max", |_, _| "65536\n".to_owned()),
    read("sys/kernel/osrelease", |k, _| format!("{}\n", k.info.release)),
    read("sys/kernel/ostype", |_, _| "Linux\n".to_owned()),
    read("sys/kernel/overflowgid", |_, _| "65534\n".to_owned()),
    read("sys/kernel/overflowuid", |_, _| "65534\n".to_owned()),
    read("sys/kernel/pid_max", |_, _| format!("{PID_MAX}\n")),
    read("sys/kernel/threads-max", |k, _| format!("{}\n", k.threads_max())),
    read("sys/kernel/version", |k, _| format!("{}\n", k.info.version)),
    File { path: "mounts", mode: 0o777, content: Content::Link("self/mounts") },
];

/// The types that mount(2) knows; none of them needs a device.
const FILE_SYSTEMS: &str =
    "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tpipefs\nnodev\tramfs\n";

pub(super) fn index(path: &str) -> Option<u32> {
    FILES.iter().position(|file| file.path == path).map(|index| index as u32)
}

pub(super) fn child(directory: u32, name: &str) -> Option<u32> {
    index(&format!("{}/{name}", FILES[directory as usize].path))
}

pub(super) fn parent(file: u32) -> Option<u32> {
    let (directory, _) = FILES[file as usize].path.rsplit_once('/')?;
    index(directory)
}

/// The files directly below a directory; none is the root.
pub(super) fn children(directory: Option<u32>) -> impl Iterator<Item = u32> {
    (0..FILES.len() as u32).filter(move |&file| parent(file) == directory)
}

pub(super) fn content(k: &Kernel, caller: TaskId, file: u32) -> SysResult<Vec<u8>> {
    match FILES[file as usize].content {
        Content::Read(read) | Content::ReadWrite(read, _) => Ok(read(k, caller).into_bytes()),
        Content::Directory | Content::Link(_) => deny(Why::IsADirectory),
    }
}

pub(super) fn write(k: &mut Kernel, caller: TaskId, file: u32, data: &[u8]) -> SysResult<()> {
    match FILES[file as usize].content {
        Content::ReadWrite(_, write) => write(k, caller, data),
        _ => deny(Why::InvalidWrite { expected: "nothing: the file is read-only" }),
    }
}

fn uptime(k: &Kernel, _: TaskId) -> String {
    let hundredths = k.uptime().0 / 10_000_000;
    let busy: u64 = k.sched.cpus.iter().map(|cpu| cpu.busy.0 / 10_000_000).sum();
    let idle = hundredths * k.sched.cpus.len() as u64 - busy.min(hundredths * k.sched.cpus.len() as u64);
    let mut text = String::new();
    let _ = writeln!(text, "{}.{:02} {}.{:02}", hundredths / 100, hundredths % 100, idle / 100, idle % 100);
    text
}

/// Load averages are not kept: 0. Then runnable and all tasks, and the last number given to one.
fn loadavg(k: &Kernel, reader: TaskId) -> String {
    let running = k.tasks.iter().filter(|(_, task)| task.state == State::Runnable).count();
    let last = k.pid_ns[k.tasks[reader].ns.pid].last_pid;
    format!("0.00 0.00 0.00 {running}/{} {last}\n", k.tasks.len())
}

/// The lines of meminfo that tell of what is modelled, in kibibytes.
fn meminfo(k: &Kernel, _: TaskId) -> String {
    let memory = k.memory();
    let mut text = String::new();
    for (name, bytes) in [
        ("MemTotal", memory.total_bytes),
        ("MemFree", memory.free_bytes),
        ("MemAvailable", memory.free_bytes),
        ("Buffers", 0),
        ("Cached", memory.cached_bytes),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Shmem", memory.shared_bytes),
        ("SReclaimable", 0),
    ] {
        let _ = writeln!(text, "{:<16}{:>8} kB", format!("{name}:"), bytes / 1024);
    }
    text
}

/// The block devices, in kibibytes: `show_partition` in block/genhd.c.
fn partitions(k: &Kernel, _: TaskId) -> String {
    let mut text = "major minor  #blocks  name\n\n".to_owned();
    for device in k.block.devices() {
        let kib = device.size_bytes() / 1024;
        let _ = writeln!(text, "{:4}  {:7} {kib:>10} {}", device.dev.major, device.dev.minor, device.name);
    }
    text
}

/// Times in hundredths of a second. What the CPUs do is not split: busy time counts as user time.
fn stat(k: &Kernel, _: TaskId) -> String {
    let now = k.now().0 / TICK_NANOS;
    let busy: Vec<u64> = k.sched.cpus.iter().map(|cpu| (cpu.busy.0 / TICK_NANOS).min(now)).collect();
    let mut text = String::new();
    let total: u64 = busy.iter().sum();
    let idle = now * busy.len() as u64 - total;
    let _ = writeln!(text, "cpu  {total} 0 0 {idle} 0 0 0 0 0 0");
    for (cpu, busy) in busy.iter().enumerate() {
        let _ = writeln!(text, "cpu{cpu} {busy} 0 0 {} 0 0 0 0 0 0", now - busy);
    }
    let running = k.tasks.iter().filter(|(_, task)| task.state == State::Runnable).count();
    let _ = writeln!(text, "btime {}", k.info.epoch_seconds);
    let _ = writeln!(text, "processes {}\nprocs_running {running}\nprocs_blocked 0", k.tasks.next_id().0 - 1);
    text
}

fn domainname(k: &Kernel, caller: TaskId) -> String {
    format!("{}\n", k.uts_ns[k.tasks[caller].ns.uts].domainname.to_text())
}

fn write_domainname(k: &mut Kernel, caller: TaskId, data: &[u8]) -> SysResult<()> {
    let uts = k.tasks[caller].ns.uts;
    ns_capable(k, caller, k.uts_ns[uts].owner, Cap::CAP_SYS_ADMIN)?;
    k.uts_ns[uts].domainname = first_line(data);
    Ok(())
}

/// What is written to a text under /proc/sys: up to the end of the line, at most 64 bytes.
fn first_line(data: &[u8]) -> Bytes {
    let line = data.split(|&b| b == b'\n').next().unwrap_or_default();
    line[..line.len().min(64)].into()
}

fn hostname(k: &Kernel, caller: TaskId) -> String {
    format!("{}\n", k.uts_ns[k.tasks[caller].ns.uts].hostname.to_text())
}

fn write_hostname(k: &mut Kernel, caller: TaskId, data: &[u8]) -> SysResult<()> {
    let uts = k.tasks[caller].ns.uts;
    ns_capable(k, caller, k.uts_ns[uts].owner, Cap::CAP_SYS_ADMIN)?;
    k.set_hostname(uts, first_line(data));
    Ok(())
}
