//! What process 1 does before it starts anything.

use super::Goal;
use super::console::Console;
use crate::abi::{Bytes, DirFd, Errno, Fd, Mode, MountFlags, OpenFlags, SigAction, Signal};
use crate::user::Sys;
use crate::user::io::read_text;

/// What has to be mounted for programs to work: type, where, how, options.
const API_FILE_SYSTEMS: &[(&str, &str, MountFlags, &str)] = &[
    ("proc", "/proc", NO_PROGRAMS, ""),
    ("sysfs", "/sys", NO_PROGRAMS, ""),
    ("devtmpfs", "/dev", MountFlags::MS_NOSUID, "mode=755"),
    ("tmpfs", "/run", NO_DEVICES, "mode=755,size=20%"),
];
const NO_DEVICES: MountFlags = MountFlags::MS_NOSUID.union(MountFlags::MS_NODEV);
const NO_PROGRAMS: MountFlags = NO_DEVICES.union(MountFlags::MS_NOEXEC);

/// Mounts what the initramfs has not, and shares all mounts with the mount namespaces to come.
pub(super) async fn mount_api_file_systems(sys: &Sys) {
    let _ = sys.umask(Mode(0)).await;
    for &(fs_type, target, flags, options) in API_FILE_SYSTEMS {
        if is_mount_point(sys, target).await {
            continue;
        }
        let text = |text: &str| (!text.is_empty()).then(|| Bytes::from(text));
        let _ = sys.mkdirat(DirFd::CWD, target, Mode(0o755)).await;
        let _ = sys.mount(text(fs_type), target, text(fs_type), flags, text(options)).await;
    }
    for directory in ["/run/lock", "/run/user"] {
        let mode = if directory == "/run/lock" { 0o1777 } else { 0o755 };
        let _ = sys.mkdirat(DirFd::CWD, directory, Mode(mode)).await;
    }
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        let target = format!("/proc/self/fd{target}");
        let _ = sys.symlinkat(target, DirFd::CWD, format!("/dev/{name}")).await;
    }
    let everywhere = MountFlags::MS_REC | MountFlags::MS_SHARED;
    let _ = sys.mount(None::<Bytes>, "/", None::<Bytes>, everywhere, None::<Bytes>).await;
    let _ = sys.umask(Mode(0o022)).await;
}

/// A directory on another file system than its parent.
async fn is_mount_point(sys: &Sys, path: &str) -> bool {
    let of = async |path: String| {
        let stat = sys.newfstatat(DirFd::CWD, path, crate::abi::AtFlags::empty()).await;
        stat.ok().map(|stat| stat.dev)
    };
    let (here, above) = (of(path.to_owned()).await, of(format!("{path}/..")).await);
    here.is_some() && here != above
}

/// hostname(5).
pub(super) async fn set_hostname(sys: &Sys, console: &Console) {
    let file = read_text(sys, "/etc/hostname").await.unwrap_or_default();
    let mut lines = file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(name) = lines.next() else { return };
    match sys.sethostname(name, name.len() as u64).await {
        Ok(_) => console.log(&format!("Hostname set to <{name}>.")).await,
        Err(errno) => console.log(&format!("Failed to set hostname to <{name}>: {errno}")).await,
    }
}

/// The signals that mean something to process 1; from within its pid namespace it gets no others.
pub(super) async fn catch_signals(sys: &Sys) {
    let goals = Goal::ALL.map(Goal::signal);
    for signal in goals.into_iter().chain([Signal::SIGCHLD, Signal::SIGINT, Signal::SIGPWR]) {
        let _ = sys.rt_sigaction(signal, SigAction::Handler).await;
    }
}

/// The child's side of starting a service: a session of its own, nothing to read, the console to write to.
pub(super) async fn prepare_service(sys: &Sys) -> Result<(), Errno> {
    sys.setsid().await?;
    for fd in 0..3 {
        let _ = sys.close(Fd(fd)).await;
    }
    sys.openat(DirFd::CWD, "/dev/null", OpenFlags::empty(), Mode(0)).await?;
    let console = OpenFlags::O_WRONLY | OpenFlags::O_NOCTTY;
    let out = match sys.openat(DirFd::CWD, "/dev/console", console, Mode(0)).await {
        Ok(out) => out,
        Err(_) => sys.openat(DirFd::CWD, "/dev/null", OpenFlags::O_WRONLY, Mode(0)).await?,
    };
    sys.dup(out).await?;
    Ok(())
}
