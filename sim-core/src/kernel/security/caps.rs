//! Capabilities: capabilities(7).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! capabilities {
    ($($name:ident = $number:literal, $allows:literal;)*) => {
        /// One of Linux's 41 capabilities.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Cap { $($name = $number,)* }

        impl Cap {
            pub const ALL: &'static [Cap] = &[$(Cap::$name,)*];

            /// As `CAP_SYS_ADMIN`.
            pub const fn name(self) -> &'static str {
                match self { $(Cap::$name => stringify!($name),)* }
            }

            /// What it allows, in a few words.
            pub const fn allows(self) -> &'static str {
                match self { $(Cap::$name => $allows,)* }
            }
        }
    };
}

capabilities! {
    CAP_CHOWN = 0, "give files to other users";
    CAP_DAC_OVERRIDE = 1, "read, write and search whatever the permission bits say";
    CAP_DAC_READ_SEARCH = 2, "read files and search directories whatever the permission bits say";
    CAP_FOWNER = 3, "do with any file what only its owner may";
    CAP_FSETID = 4, "keep set-user-id and set-group-id bits on changed files";
    CAP_KILL = 5, "send signals to anyone's processes";
    CAP_SETGID = 6, "change group ids";
    CAP_SETUID = 7, "change user ids";
    CAP_SETPCAP = 8, "change capability bounds and securebits";
    CAP_LINUX_IMMUTABLE = 9, "change the immutable and append-only attributes";
    CAP_NET_BIND_SERVICE = 10, "listen on ports below 1024";
    CAP_NET_BROADCAST = 11, "send to broadcast addresses";
    CAP_NET_ADMIN = 12, "configure the network";
    CAP_NET_RAW = 13, "use raw and packet sockets";
    CAP_IPC_LOCK = 14, "lock memory";
    CAP_IPC_OWNER = 15, "use anyone's System V IPC objects";
    CAP_SYS_MODULE = 16, "load and unload kernel modules";
    CAP_SYS_RAWIO = 17, "reach I/O ports and raw memory";
    CAP_SYS_CHROOT = 18, "call chroot and join mount namespaces";
    CAP_SYS_PTRACE = 19, "inspect and trace anyone's processes";
    CAP_SYS_PACCT = 20, "switch process accounting";
    CAP_SYS_ADMIN = 21, "administer: mount, host names, namespaces and much more";
    CAP_SYS_BOOT = 22, "reboot and power off";
    CAP_SYS_NICE = 23, "raise priorities and bind anyone's processes to CPUs";
    CAP_SYS_RESOURCE = 24, "exceed resource limits";
    CAP_SYS_TIME = 25, "set the clock";
    CAP_SYS_TTY_CONFIG = 26, "hang up and configure terminals";
    CAP_MKNOD = 27, "make device files";
    CAP_LEASE = 28, "take leases on any file";
    CAP_AUDIT_WRITE = 29, "write to the audit log";
    CAP_AUDIT_CONTROL = 30, "configure auditing";
    CAP_SETFCAP = 31, "give capabilities to files, and map user id 0";
    CAP_MAC_OVERRIDE = 32, "override mandatory access control";
    CAP_MAC_ADMIN = 33, "configure mandatory access control";
    CAP_SYSLOG = 34, "read and clear the kernel's log";
    CAP_WAKE_ALARM = 35, "set alarms that wake the machine";
    CAP_BLOCK_SUSPEND = 36, "keep the machine from sleeping";
    CAP_AUDIT_READ = 37, "read the audit log";
    CAP_PERFMON = 38, "observe performance";
    CAP_BPF = 39, "use BPF";
    CAP_CHECKPOINT_RESTORE = 40, "checkpoint and restore processes";
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of capabilities: bit `n` is capability `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CapSet(pub u64);

impl CapSet {
    pub const EMPTY: CapSet = CapSet(0);
    pub const FULL: CapSet = CapSet((1 << 41) - 1);

    pub const fn of(cap: Cap) -> CapSet {
        CapSet(1 << cap as u8)
    }

    pub const fn contains(self, cap: Cap) -> bool {
        self.0 & CapSet::of(cap).0 != 0
    }

    pub const fn includes(self, other: CapSet) -> bool {
        other.0 & !self.0 == 0
    }

    pub const fn intersection(self, other: CapSet) -> CapSet {
        CapSet(self.0 & other.0)
    }

    pub const fn union(self, other: CapSet) -> CapSet {
        CapSet(self.0 | other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Cap> {
        Cap::ALL.iter().copied().filter(move |&cap| self.contains(cap))
    }
}
