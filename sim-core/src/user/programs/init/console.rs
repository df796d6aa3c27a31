//! What init says on the console: systemd(1) with `systemd.show_status`.

use crate::abi::{Bytes, DirFd, Mode, OpenFlags};
use crate::user::Sys;
use crate::user::io::{read_text, write_all};

const GREEN: &str = "\x1b[0;32m";
const RED: &str = "\x1b[0;1;31m";
const HIGHLIGHT: &str = "\x1b[0;1;39m";
const NORMAL: &str = "\x1b[0m";

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Ok,
    Failed,
    /// It has begun: nothing is known yet.
    None,
}

/// The console, and how much is to be said there.
pub(super) struct Console {
    sys: Sys,
    /// `quiet`: only what went wrong.
    quiet: bool,
}

impl Console {
    pub fn new(sys: &Sys, quiet: bool) -> Console {
        Console { sys: sys.handle(), quiet }
    }

    /// `[  OK  ] Started NAME - DESCRIPTION.`
    pub async fn status(&self, mark: Mark, verb: &str, name: &str, description: &str, end: &str) {
        if self.quiet && mark != Mark::Failed {
            return;
        }
        let mark = match mark {
            Mark::Ok => format!("[{GREEN}  OK  {NORMAL}] "),
            Mark::Failed => format!("[{RED}FAILED{NORMAL}] "),
            Mark::None => "         ".to_owned(),
        };
        let what = if description == name {
            format!("{HIGHLIGHT}{name}{NORMAL}")
        } else {
            format!("{HIGHLIGHT}{name}{NORMAL} - {description}")
        };
        self.write(format!("{mark}{verb} {what}{end}\n")).await;
    }

    /// Whose machine this is.
    pub async fn welcome(&self) {
        if self.quiet {
            return;
        }
        let release = read_text(&self.sys, "/etc/os-release").await.unwrap_or_default();
        let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        let pretty = pretty.unwrap_or("Linux").trim_matches('"');
        self.write(format!("\nWelcome to \x1b[1m{pretty}{NORMAL}!\n\n")).await;
    }

    pub async fn write(&self, text: String) {
        let flags = OpenFlags::O_WRONLY | OpenFlags::O_NOCTTY | OpenFlags::O_CLOEXEC;
        let Ok(fd) = self.sys.openat(DirFd::CWD, "/dev/console", flags, Mode(0)).await else { return };
        let _ = write_all(&self.sys, fd, text).await;
        let _ = self.sys.close(fd).await;
    }

    /// A line in the kernel's log, which goes on working when little else does.
    pub async fn log(&self, text: &str) {
        let flags = OpenFlags::O_WRONLY | OpenFlags::O_CLOEXEC;
        let Ok(fd) = self.sys.openat(DirFd::CWD, "/dev/kmsg", flags, Mode(0)).await else { return };
        let _ = write_all(&self.sys, fd, Bytes::from(format!("<6>init[1]: {text}\n"))).await;
        let _ = self.sys.close(fd).await;
    }
}
