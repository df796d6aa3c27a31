//! Flag words and small closed sets of the calls, with Linux's names and values.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// open(2); the two lowest bits are the access mode.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct OpenFlags: u32 {
        const O_WRONLY = 0o1;
        const O_RDWR = 0o2;
        const O_CREAT = 0o100;
        const O_EXCL = 0o200;
        const O_NOCTTY = 0o400;
        const O_TRUNC = 0o1000;
        const O_APPEND = 0o2000;
        const O_NONBLOCK = 0o4000;
        const O_DIRECT = 0o40000;
        const O_DIRECTORY = 0o200000;
        const O_NOFOLLOW = 0o400000;
        const O_NOATIME = 0o1000000;
        const O_CLOEXEC = 0o2000000;
        const O_PATH = 0o10000000;
    }

    /// The `AT_` flags of the calls that take a directory descriptor.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct AtFlags: u32 {
        const AT_SYMLINK_NOFOLLOW = 0x100;
        const AT_REMOVEDIR = 0x200;
        const AT_SYMLINK_FOLLOW = 0x400;
        const AT_NO_AUTOMOUNT = 0x800;
        const AT_EMPTY_PATH = 0x1000;
    }

    /// What access(2) asks for; none of them is `F_OK`: does it exist.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct AccessMode: u32 {
        const X_OK = 1;
        const W_OK = 2;
        const R_OK = 4;
    }

    /// rename(2).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct RenameFlags: u32 {
        const RENAME_NOREPLACE = 1;
        const RENAME_EXCHANGE = 2;
        const RENAME_WHITEOUT = 4;
    }

    /// clone(2), unshare(2) and setns(2). The lowest byte of clone's is the signal that the parent is
    /// sent when the child ends: see [`CloneFlags::exit_signal`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct CloneFlags: u64 {
        const CLONE_NEWTIME = 0x80;
        const CLONE_VM = 0x100;
        const CLONE_FS = 0x200;
        const CLONE_FILES = 0x400;
        const CLONE_SIGHAND = 0x800;
        const CLONE_PIDFD = 0x1000;
        const CLONE_PTRACE = 0x2000;
        const CLONE_VFORK = 0x4000;
        const CLONE_PARENT = 0x8000;
        const CLONE_THREAD = 0x10000;
        const CLONE_NEWNS = 0x20000;
        const CLONE_SYSVSEM = 0x40000;
        const CLONE_SETTLS = 0x80000;
        const CLONE_NEWCGROUP = 0x2000000;
        const CLONE_NEWUTS = 0x4000000;
        const CLONE_NEWIPC = 0x8000000;
        const CLONE_NEWUSER = 0x10000000;
        const CLONE_NEWPID = 0x20000000;
        const CLONE_NEWNET = 0x40000000;
        const CLONE_IO = 0x80000000;
        /// The signal's bits.
        const _ = 0xff;
    }

    /// mount(2).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct MountFlags: u64 {
        const MS_RDONLY = 1;
        const MS_NOSUID = 2;
        const MS_NODEV = 4;
        const MS_NOEXEC = 8;
        const MS_SYNCHRONOUS = 16;
        const MS_REMOUNT = 32;
        const MS_MANDLOCK = 64;
        const MS_DIRSYNC = 128;
        const MS_NOSYMFOLLOW = 256;
        const MS_NOATIME = 1024;
        const MS_NODIRATIME = 2048;
        const MS_BIND = 4096;
        const MS_MOVE = 8192;
        const MS_REC = 16384;
        const MS_SILENT = 32768;
        const MS_UNBINDABLE = 1 << 17;
        const MS_PRIVATE = 1 << 18;
        const MS_SLAVE = 1 << 19;
        const MS_SHARED = 1 << 20;
        const MS_RELATIME = 1 << 21;
        const MS_STRICTATIME = 1 << 24;
        const MS_LAZYTIME = 1 << 25;
    }

    /// umount2(2).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct UmountFlags: u32 {
        const MNT_FORCE = 1;
        const MNT_DETACH = 2;
        const MNT_EXPIRE = 4;
        const UMOUNT_NOFOLLOW = 8;
    }

    /// wait4(2).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct WaitOptions: u32 {
        const WNOHANG = 1;
        const WUNTRACED = 2;
        const WCONTINUED = 8;
        const __WNOTHREAD = 0x20000000;
        const __WALL = 0x40000000;
        const __WCLONE = 0x80000000;
    }

    /// clock_nanosleep(2).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct SleepFlags: u32 {
        const TIMER_ABSTIME = 1;
    }
}

impl OpenFlags {
    /// The access mode, the two lowest bits: 0 read, 1 write, 2 both.
    pub const fn access_mode(self) -> u32 {
        self.bits() & 3
    }

    pub const fn readable(self) -> bool {
        matches!(self.access_mode(), 0 | 2) && !self.contains(OpenFlags::O_PATH)
    }

    pub const fn writable(self) -> bool {
        matches!(self.access_mode(), 1 | 2) && !self.contains(OpenFlags::O_PATH)
    }
}

impl CloneFlags {
    /// Every kind of namespace.
    pub const NAMESPACES: CloneFlags = CloneFlags::from_bits_retain(
        CloneFlags::CLONE_NEWTIME.bits()
            | CloneFlags::CLONE_NEWNS.bits()
            | CloneFlags::CLONE_NEWCGROUP.bits()
            | CloneFlags::CLONE_NEWUTS.bits()
            | CloneFlags::CLONE_NEWIPC.bits()
            | CloneFlags::CLONE_NEWUSER.bits()
            | CloneFlags::CLONE_NEWPID.bits()
            | CloneFlags::CLONE_NEWNET.bits(),
    );

    /// The flags of fork(2).
    pub fn fork() -> CloneFlags {
        CloneFlags::empty().with_exit_signal(super::Signal::SIGCHLD)
    }

    /// These flags, with the signal that the parent is sent when the child ends.
    pub fn with_exit_signal(self, signal: super::Signal) -> CloneFlags {
        CloneFlags::from_bits_retain(self.bits() & !0xff | u64::from(signal.0))
    }

    /// The signal in the lowest byte; 0 is none. Only clone has it: for unshare bit 0x80 is
    /// `CLONE_NEWTIME`.
    pub fn exit_signal(self) -> super::Signal {
        super::Signal((self.bits() & 0xff) as u8)
    }
}

macro_rules! closed_sets {
    ($($(#[$doc:meta])* $set:ident: $repr:ty { $($name:ident = $value:literal,)* })*) => {$(
        $(#[$doc])*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $set { $($name,)* }

        impl $set {
            pub const fn value(self) -> $repr {
                match self { $($set::$name => $value,)* }
            }

            pub(super) const NAMES: &'static [(&'static str, $set)] =
                &[$((stringify!($name), $set::$name),)*];

            pub(super) const fn name(self) -> &'static str {
                match self { $($set::$name => stringify!($name),)* }
            }
        }
    )*};
}

closed_sets! {
    /// lseek(2).
    Whence: i32 { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4, }
    /// sigprocmask(2).
    SigHow: i32 { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2, }
    /// clock_gettime(2).
    ClockId: i32 {
        CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_PROCESS_CPUTIME_ID = 2, CLOCK_BOOTTIME = 7,
    }
    /// syslog(2).
    SyslogAction: i32 {
        SYSLOG_ACTION_CLOSE = 0, SYSLOG_ACTION_OPEN = 1, SYSLOG_ACTION_READ = 2,
        SYSLOG_ACTION_READ_ALL = 3, SYSLOG_ACTION_READ_CLEAR = 4, SYSLOG_ACTION_CLEAR = 5,
        SYSLOG_ACTION_CONSOLE_OFF = 6, SYSLOG_ACTION_CONSOLE_ON = 7, SYSLOG_ACTION_CONSOLE_LEVEL = 8,
        SYSLOG_ACTION_SIZE_UNREAD = 9, SYSLOG_ACTION_SIZE_BUFFER = 10,
    }
    /// reboot(2): the first magic number.
    RebootMagic: u32 { LINUX_REBOOT_MAGIC1 = 0xfee1dead, }
    /// reboot(2): the second magic number.
    RebootMagic2: u32 { LINUX_REBOOT_MAGIC2 = 0x28121969, }
    /// reboot(2).
    RebootCommand: u32 {
        LINUX_REBOOT_CMD_RESTART = 0x1234567, LINUX_REBOOT_CMD_HALT = 0xcdef0123,
        LINUX_REBOOT_CMD_CAD_ON = 0x89abcdef, LINUX_REBOOT_CMD_CAD_OFF = 0,
        LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc, LINUX_REBOOT_CMD_RESTART2 = 0xa1b2c3d4,
        LINUX_REBOOT_CMD_SW_SUSPEND = 0xd000fce2, LINUX_REBOOT_CMD_KEXEC = 0x45584543,
    }
}

/// fcntl(2), with the argument that each command takes.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FcntlCommand {
    F_DUPFD(i32),
    F_DUPFD_CLOEXEC(i32),
    F_GETFD,
    /// `FD_CLOEXEC` or not.
    F_SETFD(u32),
    F_GETFL,
    F_SETFL(OpenFlags),
    /// Any other command, by number.
    Other(i32),
}

/// prctl(2), with the argument that each operation takes.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrctlOperation {
    PR_SET_PDEATHSIG(super::Signal),
    PR_SET_NO_NEW_PRIVS(u64),
    PR_GET_NO_NEW_PRIVS,
    /// Any other operation, by number.
    Other(i32),
}
