//! The end: every process is ended, every file system taken off, and the kernel asked to do the rest.

use super::Goal;
use super::console::Console;
use crate::abi::*;
use crate::user::Sys;
use crate::user::io::read_text;

/// How long processes have between SIGTERM and SIGKILL, in seconds: as long as systemd-shutdown gives them.
const TERM_WITHIN_S: i64 = 10;

/// Never returns if reboot(2) does not fail.
pub(super) async fn finish(sys: &Sys, console: &Console, goal: Goal) -> i32 {
    console.log("Syncing filesystems and block devices.").await;
    let _ = sys.sync().await;
    console.log("Sending SIGTERM to remaining processes...").await;
    end_all(sys, Signal::SIGTERM, TERM_WITHIN_S).await;
    console.log("Sending SIGKILL to remaining processes...").await;
    end_all(sys, Signal::SIGKILL, 1).await;
    console.log("Unmounting file systems.").await;
    unmount_all(sys).await;
    console.log("All filesystems unmounted.").await;
    let _ = sys.sync().await;
    console
        .log(match goal {
            Goal::PowerOff => "Powering off.",
            Goal::Reboot => "Rebooting.",
            Goal::Halt => "Halting system.",
        })
        .await;
    let (magic, magic2) = (RebootMagic::LINUX_REBOOT_MAGIC1, RebootMagic2::LINUX_REBOOT_MAGIC2);
    let failed = sys.reboot(magic, magic2, goal.command(), Null).await;
    console.log(&format!("Failed to invoke reboot(): {failed:?}")).await;
    1
}

/// Signals every process but this one, and waits until all are gone, but not for ever.
async fn end_all(sys: &Sys, signal: Signal, within_s: i64) {
    let _ = sys.kill(Pid(-1), signal).await;
    let _ = sys.kill(Pid(-1), Signal::SIGCONT).await;
    const TRIES_PER_S: i64 = 100;
    for _ in 0..within_s * TRIES_PER_S {
        while let Ok(Waited { status: Some(_), .. }) = sys.wait4(Pid(-1), WaitOptions::WNOHANG, Null).await {}
        let alive = processes(sys).await;
        if alive.iter().all(|pid| pid.0 == 1) {
            return;
        }
        let soon = Timespec { seconds: 0, nanoseconds: 1_000_000_000 / TRIES_PER_S };
        let _ = sys.clock_nanosleep(ClockId::CLOCK_MONOTONIC, SleepFlags::empty(), soon, Null).await;
    }
}

/// The numbers in /proc, without the kernel's own threads.
pub(super) async fn processes(sys: &Sys) -> Vec<Pid> {
    let flags = OpenFlags::O_DIRECTORY | OpenFlags::O_CLOEXEC;
    let Ok(proc) = sys.openat(DirFd::CWD, "/proc", flags, Mode(0)).await else { return Vec::new() };
    let mut pids = Vec::new();
    while let Ok(Dirents(entries)) = sys.getdents64(proc, 32_768_u64).await {
        if entries.is_empty() {
            break;
        }
        pids.extend(entries.iter().filter_map(|entry| entry.name.to_text().parse().ok()).map(Pid));
    }
    let _ = sys.close(proc).await;
    let mut with_user_space = Vec::new();
    for pid in pids {
        // A kernel thread has no command line; neither has a zombie.
        let command = read_text(sys, format!("/proc/{pid}/cmdline")).await.unwrap_or_default();
        if !command.is_empty() {
            with_user_space.push(pid);
        }
    }
    with_user_space
}

/// Takes mounts off, the last first; the root becomes read-only.
async fn unmount_all(sys: &Sys) {
    let mounts = read_text(sys, "/proc/self/mounts").await.unwrap_or_default();
    let targets: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    for target in targets.into_iter().rev() {
        if matches!(target, "/" | "/proc" | "/dev") {
            continue;
        }
        let _ = sys.umount2(target, UmountFlags::MNT_FORCE).await;
    }
    let read_only = MountFlags::MS_REMOUNT | MountFlags::MS_RDONLY;
    let _ = sys.mount(None::<Bytes>, "/", None::<Bytes>, read_only, None::<Bytes>).await;
}
