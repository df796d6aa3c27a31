//! How replies are written: the return value, and what the kernel filled in.

use std::fmt::Write;

use super::super::*;
use super::values::{print_termios, print_winsize};
use super::{Notation, quote};

/// The return value.
pub(super) fn returned(reply: &Reply) -> String {
    match reply {
        Reply::Count(Count(n)) => n.to_string(),
        Reply::Offset(Offset(n)) => n.to_string(),
        Reply::Data(Data(bytes)) => bytes.len().to_string(),
        Reply::Cwd(Cwd(path)) => (path.len() + 1).to_string(),
        Reply::Dirents(Dirents(entries)) => {
            entries.iter().map(|entry| Dirents::entry_size(&entry.name)).sum::<u64>().to_string()
        }
        Reply::Waited(waited) => waited.pid.to_string(),
        Reply::CpuMask(_) => "8".to_owned(),
        Reply::Groups(Groups(groups)) => groups.len().to_string(),
        Reply::Fd(fd) => fd.to_string(),
        Reply::Pid(pid) => pid.to_string(),
        Reply::Uid(uid) => uid.to_string(),
        Reply::Gid(gid) => gid.to_string(),
        Reply::Mode(Mode(mode)) => format!("0{mode:03o}"),
        Reply::IoctlReply(IoctlReply::Fd(fd)) => fd.to_string(),
        Reply::IoctlReply(IoctlReply::Number(n)) => format!("{n:#x}"),
        Reply::Unit(_)
        | Reply::Stat(_)
        | Reply::PipeEnds(_)
        | Reply::StatfsReply(_)
        | Reply::Utsname(_)
        | Reply::SysinfoReply(_)
        | Reply::CapSets(_)
        | Reply::Timespec(_)
        | Reply::IoctlReply(_) => "0".to_owned(),
    }
}

/// What stands among the arguments.
pub(super) fn shown(reply: &Reply) -> String {
    let mut out = String::new();
    match reply {
        Reply::Data(Data(bytes)) | Reply::Cwd(Cwd(bytes)) => quote(&mut out, bytes),
        Reply::Stat(stat) => print_stat(&mut out, stat),
        Reply::Dirents(Dirents(entries)) => print_dirents(&mut out, entries),
        Reply::PipeEnds(PipeEnds { read, write }) => out = format!("[{read}, {write}]"),
        Reply::Waited(waited) => print_wait_status(&mut out, waited.status),
        Reply::StatfsReply(statfs) => {
            let StatfsReply { fs_type, block_size, blocks, blocks_free, files, files_free } = statfs;
            out = format!(
                "{{f_type={fs_type:#x}, f_bsize={block_size}, f_blocks={blocks}, f_bfree={blocks_free}, \
                 f_files={files}, f_ffree={files_free}, ...}}"
            );
        }
        Reply::Utsname(utsname) => print_utsname(&mut out, utsname),
        Reply::SysinfoReply(info) => {
            let SysinfoReply { uptime_seconds, total_ram, free_ram, procs, .. } = info;
            out = format!(
                "{{uptime={uptime_seconds}, totalram={total_ram}, freeram={free_ram}, procs={procs}, ...}}"
            );
        }
        Reply::CpuMask(CpuMask(mask)) => {
            let cpus: Vec<String> =
                (0..64).filter(|cpu| mask >> cpu & 1 == 1).map(|cpu| cpu.to_string()).collect();
            out = format!("[{}]", cpus.join(" "));
        }
        Reply::Groups(Groups(groups)) => groups.print(&mut out),
        Reply::CapSets(sets) => sets.print(&mut out),
        Reply::Timespec(time) => time.print(&mut out),
        Reply::IoctlReply(reply) => match reply {
            IoctlReply::Termios(termios) => out = print_termios(termios),
            IoctlReply::Winsize(size) => out = print_winsize(size),
            IoctlReply::Pid(pid) => out = format!("[{pid}]"),
            IoctlReply::Count(count) => out = format!("[{count}]"),
            IoctlReply::Uid(uid) => out = format!("[{uid}]"),
            IoctlReply::Done | IoctlReply::Fd(_) | IoctlReply::Number(_) => out.push_str("..."),
        },
        Reply::Unit(_)
        | Reply::Count(_)
        | Reply::Offset(_)
        | Reply::Fd(_)
        | Reply::Pid(_)
        | Reply::Uid(_)
        | Reply::Gid(_)
        | Reply::Mode(_) => out.push_str("..."),
    }
    out
}

fn print_stat(out: &mut String, stat: &Stat) {
    out.push_str("{st_mode=");
    stat.mode.print(out);
    match stat.mode.file_type {
        FileType::CharDevice | FileType::BlockDevice => {
            out.push_str(", st_rdev=");
            stat.rdev.print(out);
        }
        _ => {
            let _ = write!(out, ", st_size={}", stat.size);
        }
    }
    out.push_str(", ...}");
}

fn print_dirents(out: &mut String, entries: &[Dirent]) {
    out.push('[');
    for (i, entry) in entries.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        let _ = write!(out, "{{d_ino={}, d_type={}, d_name=", entry.ino, dirent_type(entry.file_type));
        quote(out, &entry.name);
        out.push('}');
    }
    out.push(']');
}

fn dirent_type(file_type: FileType) -> &'static str {
    match file_type {
        FileType::Regular => "DT_REG",
        FileType::Directory => "DT_DIR",
        FileType::Symlink => "DT_LNK",
        FileType::CharDevice => "DT_CHR",
        FileType::BlockDevice => "DT_BLK",
        FileType::Fifo => "DT_FIFO",
        FileType::Socket => "DT_SOCK",
    }
}

fn print_wait_status(out: &mut String, status: Option<WaitStatus>) {
    let text = match status {
        None => "NULL".to_owned(),
        Some(WaitStatus::Exited(code)) => format!("[{{WIFEXITED(s) && WEXITSTATUS(s) == {code}}}]"),
        Some(WaitStatus::Signaled(signal)) => {
            format!("[{{WIFSIGNALED(s) && WTERMSIG(s) == {}}}]", signal.name().unwrap_or("SIGRT"))
        }
        Some(WaitStatus::Stopped(signal)) => {
            format!("[{{WIFSTOPPED(s) && WSTOPSIG(s) == {}}}]", signal.name().unwrap_or("SIGRT"))
        }
        Some(WaitStatus::Continued) => "[{WIFCONTINUED(s)}]".to_owned(),
    };
    out.push_str(&text);
}

fn print_utsname(out: &mut String, utsname: &Utsname) {
    out.push_str("{sysname=");
    quote(out, &utsname.sysname);
    out.push_str(", nodename=");
    quote(out, &utsname.nodename);
    out.push_str(", release=");
    quote(out, &utsname.release);
    out.push_str(", ...}");
}
