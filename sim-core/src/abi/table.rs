//! The syscall table: the one list of every way from user space into the kernel.
//!
//! A row reads
//! `number name Struct(argument: Type, ..) -> Reply, shown at POSITION, Fidelity;`
//! where POSITION is the place among the arguments at which strace shows what the kernel filled in
//! (`read(3, "what came back", 4096)`), or `none`.
//!
//! From it come the [`Syscall`](super::Syscall) enum, the methods of
//! [`Sys`](crate::user::Sys), the kernel's dispatch, strace notation and the published support page.
//! Numbers are those of x86-64. Arguments own their data: there are no user addresses here.

/// Calls `$callback!` with every row of the table.
macro_rules! syscall_table {
    ($callback:ident) => {
        $callback! {
            // Files and descriptors.
            0 read Read(fd: Fd, count: u64) -> Data, shown at 1, Full;
            1 write Write(fd: Fd, buf: Bytes, count: u64) -> Count, shown at none, Full;
            3 close Close(fd: Fd) -> Unit, shown at none, Full;
            5 fstat Fstat(fd: Fd) -> Stat, shown at 1, Full;
            8 lseek Lseek(fd: Fd, offset: i64, whence: Whence) -> Offset, shown at none,
                Partial("SEEK_DATA and SEEK_HOLE");
            16 ioctl Ioctl(fd: Fd, request: IoctlRequest) -> IoctlReply, shown at 2,
                Partial("terminals and nsfs only");
            32 dup Dup(oldfd: Fd) -> Fd, shown at none, Full;
            72 fcntl Fcntl(fd: Fd, command: FcntlCommand) -> Count, shown at none,
                Partial("locks, leases, owners, pipe sizes");
            77 ftruncate Ftruncate(fd: Fd, length: i64) -> Unit, shown at none, Full;
            217 getdents64 Getdents64(fd: Fd, count: u64) -> Dirents, shown at 1, Full;
            257 openat Openat(dirfd: DirFd, path: Bytes, flags: OpenFlags, mode: Mode) -> Fd, shown at none,
                Partial("O_TMPFILE, O_DIRECT, O_ASYNC");
            258 mkdirat Mkdirat(dirfd: DirFd, path: Bytes, mode: Mode) -> Unit, shown at none, Full;
            259 mknodat Mknodat(dirfd: DirFd, path: Bytes, mode: FileMode, dev: Dev) -> Unit, shown at none,
                Partial("sockets");
            260 fchownat Fchownat(dirfd: DirFd, path: Bytes, owner: Uid, group: Gid, flags: AtFlags) -> Unit,
                shown at none, Full;
            262 newfstatat Newfstatat(dirfd: DirFd, path: Bytes, flags: AtFlags) -> Stat, shown at 2, Full;
            263 unlinkat Unlinkat(dirfd: DirFd, path: Bytes, flags: AtFlags) -> Unit, shown at none, Full;
            265 linkat Linkat(olddirfd: DirFd, oldpath: Bytes, newdirfd: DirFd, newpath: Bytes, flags: AtFlags)
                -> Unit, shown at none, Full;
            266 symlinkat Symlinkat(target: Bytes, newdirfd: DirFd, linkpath: Bytes) -> Unit, shown at none, Full;
            267 readlinkat Readlinkat(dirfd: DirFd, path: Bytes, bufsiz: u64) -> Data, shown at 2, Full;
            268 fchmodat Fchmodat(dirfd: DirFd, path: Bytes, mode: Mode) -> Unit, shown at none, Full;
            280 utimensat Utimensat(dirfd: DirFd, path: Bytes, times: Null, flags: AtFlags) -> Unit,
                shown at none, Partial("times other than now");
            292 dup3 Dup3(oldfd: Fd, newfd: Fd, flags: OpenFlags) -> Fd, shown at none, Full;
            293 pipe2 Pipe2(flags: OpenFlags) -> PipeEnds, shown at 0, Partial("O_DIRECT");
            316 renameat2 Renameat2(olddirfd: DirFd, oldpath: Bytes, newdirfd: DirFd, newpath: Bytes,
                flags: RenameFlags) -> Unit, shown at none, Partial("RENAME_EXCHANGE and RENAME_WHITEOUT");
            439 faccessat2 Faccessat2(dirfd: DirFd, path: Bytes, mode: AccessMode, flags: AtFlags) -> Unit,
                shown at none, Full;

            // The caller's place in the file tree, and mounts.
            79 getcwd Getcwd(size: u64) -> Cwd, shown at 0, Full;
            80 chdir Chdir(path: Bytes) -> Unit, shown at none, Full;
            81 fchdir Fchdir(fd: Fd) -> Unit, shown at none, Full;
            95 umask Umask(mask: Mode) -> Mode, shown at none, Full;
            137 statfs Statfs(path: Bytes) -> StatfsReply, shown at 1, Full;
            155 pivot_root PivotRoot(new_root: Bytes, put_old: Bytes) -> Unit, shown at none, Full;
            161 chroot Chroot(path: Bytes) -> Unit, shown at none, Full;
            162 sync Sync() -> Unit, shown at none, Full;
            165 mount Mount(source: Text, target: Bytes, fstype: Text, flags: MountFlags, data: Text) -> Unit,
                shown at none, Partial("propagation other than private, shared, slave, unbindable");
            166 umount2 Umount2(target: Bytes, flags: UmountFlags) -> Unit, shown at none, Partial("MNT_EXPIRE");

            // Tasks.
            24 sched_yield SchedYield() -> Unit, shown at none, Full;
            39 getpid Getpid() -> Pid, shown at none, Full;
            56 clone Clone(flags: CloneFlags) -> Pid, shown at none,
                Partial("threads (CLONE_THREAD, CLONE_VM), ipc, net, cgroup and time namespaces");
            59 execve Execve(path: Bytes, argv: Vec<Bytes>, envp: Vec<Bytes>) -> Unit, shown at none, Full;
            61 wait4 Wait4(pid: Pid, options: WaitOptions, rusage: Null) -> Waited, shown at 1,
                Partial("resource usage");
            109 setpgid Setpgid(pid: Pid, pgid: Pid) -> Unit, shown at none, Full;
            110 getppid Getppid() -> Pid, shown at none, Full;
            112 setsid Setsid() -> Pid, shown at none, Full;
            121 getpgid Getpgid(pid: Pid) -> Pid, shown at none, Full;
            124 getsid Getsid(pid: Pid) -> Pid, shown at none, Full;
            157 prctl Prctl(operation: PrctlOperation) -> Count, shown at none,
                Partial("all but PR_SET_PDEATHSIG, PR_GET_NO_NEW_PRIVS and PR_SET_NO_NEW_PRIVS");
            186 gettid Gettid() -> Pid, shown at none, Full;
            204 sched_getaffinity SchedGetaffinity(pid: Pid, cpusetsize: u64) -> CpuMask, shown at 2, Full;
            231 exit_group ExitGroup(status: i32) -> Unit, shown at none, Full;

            // Signals and time.
            13 rt_sigaction RtSigaction(signum: Signal, action: SigAction) -> Unit, shown at none,
                Partial("flags other than SA_RESTART");
            14 rt_sigprocmask RtSigprocmask(how: SigHow, set: SignalSet) -> Unit, shown at none, Full;
            34 pause Pause() -> Unit, shown at none, Full;
            37 alarm Alarm(seconds: u64) -> Count, shown at none, Full;
            62 kill Kill(pid: Pid, sig: Signal) -> Unit, shown at none, Full;
            228 clock_gettime ClockGettime(clockid: ClockId) -> Timespec, shown at 1, Full;
            230 clock_nanosleep ClockNanosleep(clockid: ClockId, flags: SleepFlags, request: Timespec, remain: Null)
                -> Unit, shown at none, Partial("the time that remains");

            // Credentials.
            102 getuid Getuid() -> Uid, shown at none, Full;
            104 getgid Getgid() -> Gid, shown at none, Full;
            105 setuid Setuid(uid: Uid) -> Unit, shown at none, Full;
            106 setgid Setgid(gid: Gid) -> Unit, shown at none, Full;
            107 geteuid Geteuid() -> Uid, shown at none, Full;
            108 getegid Getegid() -> Gid, shown at none, Full;
            115 getgroups Getgroups(size: u64) -> Groups, shown at 1, Full;
            116 setgroups Setgroups(size: u64, list: Vec<Gid>) -> Unit, shown at none, Full;
            117 setresuid Setresuid(ruid: Uid, euid: Uid, suid: Uid) -> Unit, shown at none, Full;
            119 setresgid Setresgid(rgid: Gid, egid: Gid, sgid: Gid) -> Unit, shown at none, Full;
            125 capget Capget(pid: Pid) -> CapSets, shown at 1, Full;
            126 capset Capset(sets: CapSets) -> Unit, shown at none, Full;

            // Namespaces.
            170 sethostname Sethostname(name: Bytes, len: u64) -> Unit, shown at none, Full;
            171 setdomainname Setdomainname(name: Bytes, len: u64) -> Unit, shown at none, Full;
            272 unshare Unshare(flags: CloneFlags) -> Unit, shown at none,
                Partial("ipc, net, cgroup and time namespaces");
            308 setns Setns(fd: Fd, nstype: CloneFlags) -> Unit, shown at none, Partial("pidfds");

            // The machine as a whole.
            63 uname Uname() -> Utsname, shown at 0, Full;
            99 sysinfo Sysinfo() -> SysinfoReply, shown at 0, Full;
            103 syslog Syslog(action: SyslogAction, len: u64) -> Data, shown at 1,
                Partial("console levels are accepted, and nothing is held back from the console by them");
            169 reboot Reboot(magic: RebootMagic, magic2: RebootMagic2, command: RebootCommand, arg: Null) -> Unit,
                shown at none, Partial("RESTART2, SW_SUSPEND and KEXEC");
            318 getrandom Getrandom(count: u64, flags: u32) -> Data, shown at 0, Full;
        }
    };
}

pub(crate) use syscall_table;
