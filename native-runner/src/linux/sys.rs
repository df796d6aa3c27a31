//! The system calls that neither the standard library nor rustix offers safely: each function is one
//! call and the reason why it is sound.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::process::Pid;

/// Which side of a fork the caller is on.
pub(super) enum Side {
    Parent(Pid),
    Child,
}

/// fork(2), with namespaces for the child where `flags` (of clone(2)) name some.
pub(super) fn clone_process(flags: libc::c_int) -> io::Result<Side> {
    Ok(match clone_raw(flags as u64 | libc::SIGCHLD as u64)? {
        RawSide::Parent(pid) => Side::Parent(Pid::from_raw(pid).expect("clone returns a positive pid")),
        RawSide::Child => Side::Child,
    })
}

/// As [`Side`], with a pid that need not be one of this process's pid namespace.
pub(super) enum RawSide {
    Parent(i32),
    Child,
}

/// clone(2) with these flags and exit signal.
///
/// Only the sandbox's own processes call this, and they have one thread each: the child is as sound a
/// process as its parent.
pub(super) fn clone_raw(flags: u64) -> io::Result<RawSide> {
    assert_eq!(threads(), 1, "a process with threads must not be cloned");
    assert_eq!(flags & libc::CLONE_VM as u64, 0, "the child must have memory of its own");
    let none: usize = 0;
    // SAFETY: without CLONE_VM and with no stack given, the child runs on a copy of this stack, as
    // after fork(2). There is no other thread that could hold a lock in the copy.
    let answer = unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) };
    match answer {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(RawSide::Child),
        pid => Ok(RawSide::Parent(pid as i32)),
    }
}

/// How many threads this process has; 1 where /proc does not say.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, |tasks| tasks.count())
}

/// unshare(2) of namespaces.
pub(super) fn unshare(flags: rustix::thread::UnshareFlags) -> io::Result<()> {
    assert!(!flags.contains(rustix::thread::UnshareFlags::FILES));
    // SAFETY: the danger is with CLONE_FILES alone, which is excluded.
    Ok(unsafe { rustix::thread::unshare_unsafe(flags) }?)
}

/// Shows a detached mount's files with the ids that `user_namespace` gives them: mount_setattr(2),
/// MOUNT_ATTR_IDMAP.
pub(super) fn map_ids(tree: BorrowedFd<'_>, user_namespace: BorrowedFd<'_>) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_IDMAP,
        attr_clr: 0,
        propagation: 0,
        userns_fd: user_namespace.as_raw_fd() as u64,
    };
    // SAFETY: the path is a C string and the structure outlives the call, which reads as many bytes of
    // it as are given.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Brings the caller's loopback device up: netdevice(7), SIOCSIFFLAGS.
pub(super) fn bring_loopback_up() -> io::Result<()> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // SAFETY: all zero bytes are a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads the name and the flags of the ifreq, which outlives the call.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Who takes the zombies of this process's children.
#[derive(Clone, Copy)]
pub(super) enum Reaping {
    /// The kernel, at once: SIGCHLD is ignored, wait(2).
    ByKernel,
    /// This process, with wait(2): the default.
    ByCaller,
}

pub(super) fn set_reaping(reaping: Reaping) {
    let disposition = match reaping {
        Reaping::ByKernel => libc::SIG_IGN,
        Reaping::ByCaller => libc::SIG_DFL,
    };
    // SAFETY: neither disposition runs code of this process.
    unsafe { libc::signal(libc::SIGCHLD, disposition) };
}

/// Lets a write to a broken pipe kill this process, as any program's: the standard library has it
/// ignored.
pub(super) fn die_of_broken_pipes() {
    // SAFETY: the default disposition runs no code of this process.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Closes every descriptor from `first` on, whoever holds them: close_range(2).
pub(super) fn close_from(first: u32) -> io::Result<()> {
    close_range(first, u32::MAX)
}

/// The same, but for one.
pub(super) fn close_all_but(first: u32, kept: BorrowedFd<'_>) -> io::Result<()> {
    let kept = kept.as_raw_fd() as u32;
    close_range(first, kept - 1)?;
    close_range(kept + 1, u32::MAX)
}

fn close_range(from: u32, to: u32) -> io::Result<()> {
    // SAFETY: a process that has just been started or forked calls this. The values that own these
    // descriptors came with the fork, if there are any, and are never used or dropped in this process.
    match unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Changes what /proc/self/cmdline says, and so what ps(1) shows, to one argument: at most as long as
/// all that the process was started with.
pub(super) fn set_command_line(argument: &[u8]) -> Option<()> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // arg_start and arg_end are the fields 48 and 49 of proc_pid_stat(5); the name ends the second.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(45).map(str::parse::<usize>);
    let (start, end) = (fields.next()?.ok()?, fields.next()?.ok()?);
    let room = end.checked_sub(start)?;
    let length = argument.len().min(room.checked_sub(1)?);
    let to = std::ptr::with_exposed_provenance_mut::<u8>(start);
    // SAFETY: the kernel says that its copy of the arguments lies there, `room` bytes long. Nobody in
    // this process looks at its arguments any more, and there is no other thread.
    unsafe {
        to.write_bytes(0, room);
        to.copy_from_nonoverlapping(argument.as_ptr(), length);
    }
    Some(())
}
