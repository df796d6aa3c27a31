//! Which parts of the machine a system call passes through, from the top down.

use crate::abi::Syscall;
use crate::kernel::event::KernelEvent;
use crate::view::Part;

/// The parts below the system-call interface that a call touches, in order.
pub(super) fn of_call(call: &Syscall) -> &'static [Part] {
    use Part::*;
    use Syscall as S;
    match call {
        S::Read(_)
        | S::Write(_)
        | S::Openat(_)
        | S::Getdents64(_)
        | S::Ftruncate(_)
        | S::Statfs(_)
        | S::Sync(_) => &[SyscallInterface, Vfs, FileSystems],
        S::Close(_)
        | S::Fstat(_)
        | S::Lseek(_)
        | S::Dup(_)
        | S::Dup3(_)
        | S::Fcntl(_)
        | S::Getcwd(_)
        | S::Umask(_) => &[SyscallInterface, Vfs],
        S::Mkdirat(_)
        | S::Mknodat(_)
        | S::Fchownat(_)
        | S::Newfstatat(_)
        | S::Unlinkat(_)
        | S::Linkat(_)
        | S::Symlinkat(_)
        | S::Readlinkat(_)
        | S::Fchmodat(_)
        | S::Utimensat(_)
        | S::Renameat2(_)
        | S::Faccessat2(_)
        | S::Chdir(_)
        | S::Fchdir(_) => &[SyscallInterface, Security, Vfs, FileSystems],
        S::Pipe2(_) => &[SyscallInterface, Vfs, Ipc],
        S::Ioctl(_) => &[SyscallInterface, Vfs, Terminals],
        S::Mount(_) | S::Umount2(_) | S::PivotRoot(_) | S::Chroot(_) => {
            &[SyscallInterface, Security, Namespaces, Vfs]
        }
        S::Clone(_) | S::Execve(_) => &[SyscallInterface, Security, Processes, Memory, Scheduler],
        S::ExitGroup(_) | S::Wait4(_) => &[SyscallInterface, Processes, Scheduler],
        S::SchedYield(_) | S::SchedGetaffinity(_) => &[SyscallInterface, Scheduler],
        S::Getpid(_)
        | S::Getppid(_)
        | S::Gettid(_)
        | S::Setpgid(_)
        | S::Setsid(_)
        | S::Getpgid(_)
        | S::Getsid(_)
        | S::Prctl(_) => &[SyscallInterface, Processes],
        S::RtSigaction(_) | S::RtSigprocmask(_) | S::Pause(_) | S::Kill(_) => {
            &[SyscallInterface, Security, Processes]
        }
        S::Alarm(_) | S::ClockGettime(_) | S::ClockNanosleep(_) => &[SyscallInterface, Time],
        S::Getuid(_)
        | S::Getgid(_)
        | S::Setuid(_)
        | S::Setgid(_)
        | S::Geteuid(_)
        | S::Getegid(_)
        | S::Getgroups(_)
        | S::Setgroups(_)
        | S::Setresuid(_)
        | S::Setresgid(_)
        | S::Capget(_)
        | S::Capset(_) => &[SyscallInterface, Security],
        S::Sethostname(_) | S::Setdomainname(_) | S::Unshare(_) | S::Setns(_) => {
            &[SyscallInterface, Security, Namespaces]
        }
        S::Uname(_) => &[SyscallInterface, Namespaces],
        S::Sysinfo(_) => &[SyscallInterface, Memory],
        S::Syslog(_) => &[SyscallInterface, Security],
        S::Reboot(_) => &[SyscallInterface, Security, Namespaces, Drivers, Power],
        S::Getrandom(_) => &[SyscallInterface, Drivers],
    }
}

/// The parts that a change in the kernel touches.
pub(super) fn of_kernel_event(event: &KernelEvent) -> &'static [Part] {
    use KernelEvent as K;
    use Part::*;
    match event {
        K::Printk { .. } => &[Drivers],
        K::TaskCreated { .. } | K::Executed { .. } => &[Processes, Memory, UserSpace],
        K::TaskEnded { .. } | K::Reaped { .. } | K::Reparented { .. } | K::SignalSent { .. } => &[Processes],
        K::Woken { .. } => &[Scheduler],
        K::NamespaceCreated { .. }
        | K::NamespaceEntered { .. }
        | K::NamespaceEnded { .. }
        | K::IdsMapped { .. }
        | K::HostnameSet { .. } => &[Namespaces],
        K::CredentialsChanged { .. } => &[Security],
        K::Mounted { .. } | K::Unmounted { .. } | K::MountChanged { .. } | K::RootChanged { .. } => &[Vfs],
        K::TerminalOutput { .. } => &[Terminals, Serial],
        K::Unmodelled { .. } => &[],
        #[allow(unreachable_patterns)]
        _ => &[],
    }
}
