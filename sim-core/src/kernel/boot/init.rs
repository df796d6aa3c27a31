//! The end of `kernel_init`: the task that has been the kernel's becomes the first program.

use super::*;
use crate::abi::{Bytes, DirFd, Dup, Errno, Execve, Fd, Mode, OpenFlags, Openat};
use crate::kernel::security::Stop;
use crate::kernel::syscall::dispatch;

/// What is tried when nothing else is asked for, in this order.
const INITS: &[&str] = &["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

/// Executes the first program that can be executed.
pub(super) fn run(boot: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    let Some(init) = boot.init else { return };
    parameters::note_unmodelled(k, init);
    open_console(k, init);
    if boot.run_initramfs_init(k, init) {
        return;
    }
    if let Some(program) = k.parameter("init").map(str::to_owned) {
        match execute(k, init, &program) {
            Ok(()) => return,
            Err(errno) => {
                return k.panic(
                    Some(init),
                    &format!("Requested init {program} failed (error -{}).", errno.number()),
                );
            }
        }
    }
    for program in INITS {
        match execute(k, init, program) {
            Ok(()) => return,
            Err(Errno::ENOENT) => {}
            Err(errno) => k.printk(
                ERR,
                format!(
                    "Starting init: {program} exists but couldn't execute it (error -{})",
                    errno.number()
                ),
            ),
        }
    }
    k.panic(
        Some(init),
        "No working init found.  Try passing init= option to kernel. See Linux \
         Documentation/admin-guide/init.rst for guidance.",
    );
}

/// Descriptors 0 to 2 of process 1.
fn open_console(k: &mut Kernel, init: TaskId) {
    let open =
        Openat { dirfd: DirFd::CWD, path: "/dev/console".into(), flags: OpenFlags::O_RDWR, mode: Mode(0) };
    if dispatch(k, init, &open.into()).is_err() {
        k.printk(ERR, "Warning: unable to open an initial console.");
        return;
    }
    for _ in 0..2 {
        let _ = dispatch(k, init, &Dup { oldfd: Fd(0) }.into());
    }
}

/// `run_init_process`: the calling task becomes `program`.
pub(super) fn execute(k: &mut Kernel, init: TaskId, program: &str) -> Result<(), Errno> {
    let [words, variables] = k.words_for_init();
    let bytes = |words: Vec<String>| words.into_iter().map(Bytes::from);
    let argv: Vec<Bytes> = std::iter::once(program.into()).chain(bytes(words)).collect();
    let envp: Vec<Bytes> =
        ["HOME=/".into(), "TERM=linux".into()].into_iter().chain(bytes(variables)).collect();
    k.printk(INFO, format!("Run {program} as init process"));
    k.printk(DEBUG, "  with arguments:");
    for word in &argv {
        k.printk(DEBUG, format!("    {}", word.to_text()));
    }
    k.printk(DEBUG, "  with environment:");
    for variable in &envp {
        k.printk(DEBUG, format!("    {}", variable.to_text()));
    }
    let call = Execve { path: program.into(), argv, envp };
    match dispatch(k, init, &call.into()) {
        Ok(_) => Ok(()),
        Err(Stop::Deny(denied)) => Err(denied.errno),
        Err(Stop::Block(_)) => Err(Errno::EAGAIN),
    }
}
