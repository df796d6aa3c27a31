//! The same on this host's kernel, by the same calls.

use std::io::Error;
use std::time::Instant;

use anyhow::{Result, ensure};

/// How many seconds `count` times take.
pub fn time(work: fn() -> Result<()>, count: u64) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..count {
        work()?;
    }
    Ok(start.elapsed().as_secs_f64())
}

pub fn getpid() -> Result<()> {
    // SAFETY: getpid(2) has no arguments.
    unsafe { libc::syscall(libc::SYS_getpid) };
    Ok(())
}

pub fn open_read_close() -> Result<()> {
    let mut buffer = [0_u8; 64];
    // SAFETY: the path ends in a NUL, the buffer is as long as is said, the descriptor is closed once.
    unsafe {
        let fd = libc::openat(libc::AT_FDCWD, c"/etc/hostname".as_ptr(), libc::O_RDONLY);
        ensure!(fd >= 0, "open /etc/hostname: {}", Error::last_os_error());
        libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len());
        libc::close(fd);
    }
    Ok(())
}

pub fn clone_exit_wait() -> Result<()> {
    child(0)
}

pub fn unshare() -> Result<()> {
    child(libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWUTS)
}

/// A child that leaves these namespaces behind, and ends.
fn child(unshared: libc::c_int) -> Result<()> {
    let mut status = 0;
    // SAFETY: this process has one thread; the child makes nothing but system calls.
    unsafe {
        match libc::fork() {
            -1 => return Err(Error::last_os_error().into()),
            0 => {
                let failed = unshared != 0 && libc::unshare(unshared) != 0;
                libc::_exit(libc::c_int::from(failed))
            }
            child => libc::waitpid(child, &raw mut status, 0),
        };
    }
    ensure!(status == 0, "unshare is refused: see `glasshull doctor`");
    Ok(())
}
