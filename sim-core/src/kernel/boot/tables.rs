//! The kernel's tables as its image has them, and the first task.

use std::collections::{BTreeMap, BTreeSet};

use crate::abi::*;
use crate::clock::{Nanos, TimerQueue};
use crate::hardware::Disk;
use crate::kernel::block::BlockLayer;
use crate::kernel::event::SystemInfo;
use crate::kernel::fs::{FsType, devices, kept, tty::Tty};
use crate::kernel::ns::idmap::IdMap;
use crate::kernel::ns::{MntNs, PidNs, UserNs, UtsNs};
use crate::kernel::printk::Console;
use crate::kernel::sched::Scheduler;
use crate::kernel::security::{Cred, Kgid, Kuid};
use crate::kernel::table::*;
use crate::kernel::task::{FdTable, FsInfo, Signals, State, Task, TaskNamespaces};
use crate::kernel::vfs::{InodeRef, Node};
use crate::kernel::{Initial, Kernel, Random};
use crate::trace::EventNumber;

/// The inode numbers of the first namespaces: include/uapi/linux/nsfs.h.
const MNT_INO: u64 = 0xefff_fff8;
const PID_INO: u64 = 0xefff_fffc;
const USER_INO: u64 = 0xefff_fffd;
const UTS_INO: u64 = 0xefff_fffe;
/// Where the numbers of later namespaces begin: PROC_DYNAMIC_FIRST.
const NS_INO_FIRST: u64 = 0xf000_0000;

impl Kernel {
    /// A kernel that has set up its tables: the first namespaces, the first root, and nothing in it.
    pub(crate) fn new(
        info: SystemInfo,
        disks: Vec<Disk>,
        seed: u64,
        knows_program: fn(&str) -> bool,
        now: Nanos,
    ) -> Kernel {
        let mut user_ns = Table::default();
        let user: UserNsId = user_ns.insert(UserNs {
            ino: USER_INO,
            parent: None,
            level: 0,
            owner: Kuid::ROOT,
            group: Kgid::ROOT,
            uid_map: IdMap::identity(),
            gid_map: IdMap::identity(),
            setgroups_allowed: true,
            creator_had_setfcap: true,
        });
        let mut pid_ns = Table::default();
        let pid = pid_ns.insert(PidNs {
            ino: PID_INO,
            parent: None,
            level: 0,
            owner: user,
            init: None,
            dead: false,
            last_pid: 0,
            tasks: BTreeMap::new(),
        });
        let mut uts_ns = Table::default();
        let uts = uts_ns.insert(UtsNs {
            ino: UTS_INO,
            owner: user,
            hostname: "(none)".into(),
            domainname: "(none)".into(),
        });
        let mut mnt_ns = Table::default();
        let mnt = mnt_ns.insert(MntNs { ino: MNT_INO, owner: user, root: MountId(1) });
        let mut supers = Table::default();
        let root_fs = |fs, minor, mode| {
            kept::new_super(fs, Dev { major: 0, minor }, user, mode, Kuid::ROOT, Kgid::ROOT, now)
        };
        let rootfs = supers.insert(root_fs(FsType::Rootfs, 2, 0o755));
        let pipefs = supers.insert(root_fs(FsType::Pipefs, 3, 0o700));
        let nsfs = supers.insert(root_fs(FsType::Nsfs, 4, 0o700));
        let devtmpfs = supers.insert(root_fs(FsType::Devtmpfs, 5, 0o755));
        let mut kernel = Kernel {
            tasks: Table::default(),
            user_ns,
            pid_ns,
            mnt_ns,
            uts_ns,
            supers,
            mounts: Table::default(),
            mount_points: BTreeMap::new(),
            files: Table::default(),
            fd_tables: Table::default(),
            fs_infos: Table::default(),
            pipes: Table::default(),
            ttys: Table::default(),
            initial: Initial { user, pid, mnt, uts, pipefs, nsfs },
            sched: Scheduler::new(info.cpus),
            pids: Default::default(),
            log: Default::default(),
            console: Console::new(&info.command_line),
            block: BlockLayer::new(disks),
            info,
            timers: TimerQueue::default(),
            waiters: BTreeMap::new(),
            effects: Vec::new(),
            power_request: None,
            panicked: false,
            power_button: false,
            random: Random::new(seed),
            next_ns_ino: NS_INO_FIRST,
            next_peer_group: 0,
            next_anonymous_dev: 20,
            living: 0,
            knows_program,
            exec_request: None,
            started: now,
            now,
            event: EventNumber(0),
            drivers: BTreeMap::new(),
        };
        for (sb, source) in [(rootfs, "none"), (pipefs, "pipefs"), (nsfs, "nsfs")] {
            let root = InodeRef { sb, ino: kernel.supers[sb].root };
            kernel.new_mount(sb, root, source.into(), MountFlags::empty());
        }
        kernel.populate_dev(devtmpfs);
        kernel
    }

    /// A serial terminal: the driver found a port.
    pub(crate) fn add_serial_terminal(&mut self) -> TtyId {
        let number = self.ttys.len();
        let name = format!("ttyS{number}");
        let dev = Dev { major: devices::TTY_S0.major, minor: devices::TTY_S0.minor + number };
        let id = self.ttys.insert(Tty::new(&name, dev));
        self.add_device_node(&name, Node::CharDevice(dev), 0o600);
        id
    }

    fn populate_dev(&mut self, sb: SuperId) {
        for &(name, dev, mode) in devices::CHAR_DEVICES {
            let root = InodeRef { sb, ino: self.supers[sb].root };
            self.create(root, name, Node::CharDevice(dev), mode, Kuid::ROOT, Kgid::ROOT);
        }
    }

    /// A node in devtmpfs, which is where drivers announce their devices.
    pub(crate) fn add_device_node(&mut self, name: &str, node: Node, mode: u32) {
        let devtmpfs = self.supers.iter().find(|(_, sb)| sb.fs == FsType::Devtmpfs).map(|(id, _)| id);
        if let Some(sb) = devtmpfs {
            let root = InodeRef { sb, ino: self.supers[sb].root };
            self.create(root, name, node, mode, Kuid::ROOT, Kgid::ROOT);
        }
    }

    /// The first task: everything in it comes from the kernel; it has descriptors 0 to 2 on the console
    /// once it opens them.
    pub(crate) fn spawn_init(&mut self) -> TaskId {
        let root = self.mount_root(MountId(1));
        let fs = self.fs_infos.insert(FsInfo { root, cwd: root, umask: 0o022, users: 1 });
        let fds = self.fd_tables.insert(FdTable { users: 1, ..Default::default() });
        let init = self.tasks.next_id();
        let started = self.now();
        self.tasks.insert(Task {
            parent: None,
            children: BTreeSet::new(),
            state: State::Runnable,
            cred: Cred::initial(self.initial.user),
            no_new_privs: false,
            ns: TaskNamespaces {
                mnt: self.initial.mnt,
                uts: self.initial.uts,
                pid: self.initial.pid,
                pid_for_children: self.initial.pid,
            },
            fds,
            fs,
            group: init,
            session: init,
            signals: Signals::default(),
            exit_signal: Signal::NONE,
            parent_death_signal: Signal::NONE,
            comm: "swapper/0".into(),
            argv: Vec::new(),
            envp: Vec::new(),
            exe: None,
            has_execed: false,
            call: None,
            progress: 0,
            answer: None,
            started,
            cpu_time: Nanos::ZERO,
            last_cpu: 0,
        });
        self.living += 1;
        self.assign_pids(init, self.initial.pid);
        self.pid_ns[self.initial.pid].init = Some(init);
        init
    }
}
