//! The rules by which the kernel says no.
//!
//! A program sees only the errno. The trace, the page and `explain` see the rule, with its evidence.

use serde::Serialize;

use super::caps::Cap;
use crate::abi::{Bytes, Errno};
use crate::kernel::table::UserNsId;

/// A rule of the kernel, as readers are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// A stable name, as in a link.
    pub name: &'static str,
    pub errno: Errno,
    /// Where Linux's documentation says it.
    pub source: &'static str,
    /// One plain sentence.
    pub sentence: &'static str,
    /// What would have worked, where there is such a thing.
    pub remedy: Option<&'static str>,
}

/// A fact on which a rule was decided.
pub trait Evidence {
    fn text(&self) -> String;
}

macro_rules! rules {
    ($($rule:literal $why:ident $({ $($field:ident: $ty:ty),* })? = $errno:ident, $source:literal, $sentence:literal
       $(, remedy $remedy:literal)?;)*) => {
        /// Why the kernel said no: a rule, and what it was decided on in this case.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Why { $($why $({ $($field: $ty),* })?,)* }

        impl Why {
            pub fn rule(&self) -> &'static Rule {
                match self { $(Why::$why { .. } => {
                    const RULE: Rule = Rule {
                        name: $rule,
                        errno: Errno::$errno,
                        source: $source,
                        sentence: $sentence,
                        remedy: rules!(@remedy $($remedy)?),
                    };
                    &RULE
                })* }
            }

            /// The facts of this case, each with its name.
            pub fn evidence(&self) -> Vec<(&'static str, String)> {
                match self { $(Why::$why $({ $($field),* })? =>
                    vec![$($((stringify!($field), Evidence::text($field)),)*)?],)* }
            }

            /// Every rule there is, in the order of the catalogue.
            pub fn catalogue() -> Vec<Rule> {
                vec![$(Rule {
                    name: $rule,
                    errno: Errno::$errno,
                    source: $source,
                    sentence: $sentence,
                    remedy: rules!(@remedy $($remedy)?),
                },)*]
            }
        }
    };
    (@remedy) => { None };
    (@remedy $remedy:literal) => { Some($remedy) };
}

rules! {
    // Capabilities and ownership.
    "lacks-capability" LacksCapability { cap: Cap, needed_in: UserNsId, caller_in: UserNsId } = EPERM, "capabilities(7)",
        "This call needs a capability in the user namespace that owns what it would change, and the caller has \
         not got it there.",
        remedy "run it as root, or create a user namespace first (unshare -Ur): in a namespace of its own a \
         process has every capability";
    "not-the-owner" NotTheOwner { owner: u32, caller: u32 } = EPERM, "chmod(2)",
        "Only the owner of a file may change its mode, times or owner; others need CAP_FOWNER or CAP_CHOWN.";
    "permission-bits" PermissionBits { wanted: &'static str, path: Bytes, mode: u32, owner: u32 } = EACCES,
        "path_resolution(7)",
        "The file's permission bits do not allow this to the caller.",
        remedy "ls -l shows the bits; chmod changes them, if the file is yours";
    "sticky-directory" StickyDirectory { owner: u32, caller: u32 } = EPERM, "inode(7)",
        "In a directory with the sticky bit, such as /tmp, only the owner of a file, the owner of the directory \
         and CAP_FOWNER may remove or rename the file.";
    "id-not-mapped" IdNotMapped { id: u32 } = EINVAL, "user_namespaces(7)",
        "The id has no mapping in the caller's user namespace, so it names nobody there.";
    "owner-not-mapped" OwnerNotMapped { needed_in: UserNsId } = EPERM, "user_namespaces(7)",
        "The file's owner and group are not mapped in the caller's user namespace, so its capabilities do not \
         count for the file.";
    "id-overflow-create" CallerIdNotMapped = EOVERFLOW, "user_namespaces(7)",
        "The caller's user or group id has no mapping in the user namespace of the file system, so it cannot own \
         a new file there.";
    "capset-too-much" CapsetTooMuch { cap: Cap } = EPERM, "capabilities(7)",
        "A task cannot add to its permitted set, nor make effective what it is not permitted.";
    "setgroups-denied" SetgroupsDenied = EPERM, "user_namespaces(7)",
        "In this user namespace /proc/PID/setgroups says deny.";

    // Paths and files.
    "no-such-file" NoSuchFile { name: Bytes } = ENOENT, "path_resolution(7)",
        "There is no entry of this name in the directory.";
    "empty-path" EmptyPath = ENOENT, "path_resolution(7)", "The empty path names nothing.";
    "not-a-directory" NotADirectory { name: Bytes } = ENOTDIR, "path_resolution(7)",
        "A part of the path that has to be a directory is something else.";
    "is-a-directory" IsADirectory = EISDIR, "open(2)", "A directory cannot be written, nor unlinked as a file.";
    "too-many-links" TooManyLinks = ELOOP, "path_resolution(7)",
        "More than 40 symbolic links were met on the way: probably they go round in a circle.";
    "symlink-not-followed" SymlinkNotFollowed = ELOOP, "open(2)",
        "O_NOFOLLOW was given and the last part of the path is a symbolic link.";
    "file-name-too-long" FileNameTooLong { max: u32 } = ENAMETOOLONG, "path_resolution(7)",
        "A file name has at most 255 bytes, a path 4095.";
    "file-exists" FileExists { name: Bytes } = EEXIST, "open(2)", "The name is taken.";
    "directory-not-empty" DirectoryNotEmpty = ENOTEMPTY, "rmdir(2)", "Only an empty directory can be removed.";
    "dot-cannot-be-removed" DotCannotBeRemoved = EINVAL, "rmdir(2)", "The path ends in `.`.";
    "rename-into-itself" RenameIntoItself = EINVAL, "rename(2)",
        "A directory cannot be moved below itself.";
    "link-to-directory" LinkToDirectory = EPERM, "link(2)", "A directory cannot have a second name.";
    "across-mounts" AcrossMounts = EXDEV, "rename(2)",
        "Names can be moved and linked only within one mount.", remedy "copy the file and remove the original";
    "read-only-mount" ReadOnlyMount = EROFS, "mount(2)", "The mount is read-only.",
        remedy "mount -o remount,rw, if you may";
    "read-only-file-system" NotOfferedHere = EPERM, "proc(5)",
        "This file system makes its own files: nothing can be created or removed in it.";
    "busy-mount-point" BusyMountPoint = EBUSY, "rmdir(2)", "Something is mounted there, or it is in use as a root.";
    "no-device-behind" NoDeviceBehind { major: u32, minor: u32 } = ENXIO, "open(2)",
        "No driver has claimed this device number.";
    "device-files-not-allowed" NodevMount = EACCES, "mount(2)", "The mount has the nodev flag.";
    "bad-descriptor" BadDescriptor { fd: i32 } = EBADF, "close(2)",
        "The descriptor is not open, or not open for this.";
    "no-descriptor-left" NoDescriptorLeft { limit: u32 } = EMFILE, "getrlimit(2)",
        "The process has as many descriptors open as its RLIMIT_NOFILE allows.";
    "cannot-seek" CannotSeek = ESPIPE, "lseek(2)", "Pipes and terminals have no place to seek to.";
    "seek-before-start" SeekBeforeStart = EINVAL, "lseek(2)", "A place before the start of the file was asked for.";
    "broken-pipe" BrokenPipe = EPIPE, "pipe(7)", "Nobody has the reading end of the pipe open any more.";
    "would-block" WouldBlock = EAGAIN, "open(2)", "It would have to wait, and O_NONBLOCK says not to.";
    "not-a-terminal" NotATerminal = ENOTTY, "ioctl_tty(2)", "The descriptor is no terminal.";
    "not-a-link" NotALink = EINVAL, "readlink(2)", "The path names something other than a symbolic link.";
    "buffer-too-small" BufferTooSmall = ERANGE, "getcwd(2)", "The answer does not fit the buffer.";
    "invalid-argument" InvalidArgument { argument: &'static str } = EINVAL, "intro(2)",
        "The argument has a value that the call does not take.";
    "invalid-write" InvalidWrite { expected: &'static str } = EINVAL, "proc(5)",
        "What was written is not what this file takes.";
    "tty-background-orphan" OrphanedBackground = EIO, "tty(4)",
        "The process is in the background of its terminal and nobody is left who could bring it to the front.";
    "no-controlling-terminal" NoControllingTerminal = ENXIO, "tty(4)",
        "The process has no controlling terminal for /dev/tty to mean.";

    "device-full" DeviceFull = ENOSPC, "full(4)", "/dev/full is always full.";
    "device-end" DeviceEnd = ENOSPC, "write(2)", "The block device ends here.";
    "no-console" NoConsole = ENODEV, "console(4)",
        "The kernel's command line names no console that this machine has.",
        remedy "boot with console=ttyS0";
    "file-system-full" FileSystemFull { size_max: u32 } = ENOSPC, "tmpfs(5)",
        "The file system holds as much as its size option allows, here in KiB.";

    // Programs.
    "not-executable" NotExecutable { path: Bytes } = EACCES, "execve(2)",
        "The file is not regular, has no execute bit for the caller, or its mount says noexec.",
        remedy "chmod +x FILE";
    "not-a-program" NotAProgram { path: Bytes } = ENOEXEC, "execve(2)",
        "The file is neither a program that this machine knows nor a script that starts with #!.";
    "unknown-program" UnknownProgram { program: Bytes } = ENOEXEC, "execve(2)",
        "The file is a program header naming a program that this machine has no code for.";
    "interpreters-too-deep" InterpretersTooDeep = ELOOP, "execve(2)", "A script's interpreter was a script, again and again.";

    // Processes and signals.
    "no-such-process" NoSuchProcess { pid: i32 } = ESRCH, "kill(2)",
        "The caller's pid namespace has no process, or group, of this number.";
    "no-children" NoChildren = ECHILD, "wait(2)", "The caller has no such child to wait for.";
    "may-not-signal" MayNotSignal { sender: u32, target: u32 } = EPERM, "kill(2)",
        "A process may signal processes of its own user; for others it needs CAP_KILL in their user namespace.";
    "interrupted" Interrupted = EINTR, "signal(7)", "A signal handler ran while the call was waiting.";
    "session-leader" SessionLeader = EPERM, "setsid(2)",
        "A process that leads a group cannot start a session, and a session leader cannot change its group.";
    "other-session" OtherSession = EPERM, "setpgid(2)", "Process groups do not span sessions.";
    "child-has-execed" ChildHasExeced = EACCES, "setpgid(2)",
        "A child's group can be set only before it has called execve.";
    "too-many-tasks" TooManyTasks { limit: u32 } = EAGAIN, "clone(2)", "There are as many tasks as the machine allows.";

    // Namespaces.
    "namespace-depth" NamespaceDepth { kind: &'static str, max: u32 } = ENOSPC, "namespaces(7)",
        "Namespaces of this kind are nested as deep as the kernel allows: 32 levels below the first.";
    "pid-namespace-dead" PidNamespaceDead = ENOMEM, "pid_namespaces(7)",
        "Process 1 of this pid namespace has ended, and nothing can be started in it any more.",
        remedy "unshare --pid --fork: the first child becomes process 1 and has to live on";
    "pid-namespace-not-below" PidNamespaceNotBelow = EINVAL, "pid_namespaces(7)",
        "A process can enter only its own pid namespace or one below it.";
    "pid-namespace-already-new" PidNamespaceAlreadyNew = EINVAL, "pid_namespaces(7)",
        "The caller has already chosen a pid namespace for its children that is not its own.";
    "user-namespace-unmapped-creator" UnmappedCreator = EPERM, "user_namespaces(7)",
        "The creator's own user or group id has no mapping in its user namespace.";
    "user-namespace-in-chroot" UserNamespaceInChroot = EPERM, "user_namespaces(7)",
        "A process in a chroot cannot create a user namespace: it could climb out.";
    "shared-with-threads" SharedState { flags: &'static str } = EINVAL, "clone(2)",
        "These flags contradict each other: what one shares the other needs to have alone.";
    "own-user-namespace" OwnUserNamespace = EINVAL, "setns(2)",
        "A process cannot re-enter the user namespace it is in: it would regain capabilities it has dropped.";
    "not-a-namespace" NotANamespace = EINVAL, "setns(2)",
        "The descriptor is no namespace, or one of another kind than was asked for.";
    "host-name-too-long" HostNameTooLong { max: u32 } = EINVAL, "sethostname(2)", "A host name has at most 64 bytes.";
    "namespace-above" NamespaceAbove = EPERM, "ioctl_nsfs(2)",
        "The namespace asked for is outside what the caller may see.";

    // Id maps.
    "map-already-written" MapAlreadyWritten = EPERM, "user_namespaces(7)",
        "A user namespace's id map can be written once.";
    "map-syntax" MapSyntax = EINVAL, "user_namespaces(7)",
        "A line of an id map is three numbers: first id inside, first id outside, how many.";
    "map-too-long" MapTooLong = EINVAL, "user_namespaces(7)",
        "An id map is written at once, in less than a page and at most 340 lines.";
    "map-range" MapRange = EINVAL, "user_namespaces(7)",
        "A range of the map is empty, overlaps another one, or goes past the last id.";
    "map-writer" MapWriter = EPERM, "user_namespaces(7)",
        "The writer has to be in the namespace itself or in its parent.";
    "map-parent-id-not-mapped" MapParentIdNotMapped = EPERM, "user_namespaces(7)",
        "An id outside is not mapped in the parent user namespace.";
    "map-more-than-own" MapMoreThanOwn = EPERM, "user_namespaces(7)",
        "Without CAP_SETUID (CAP_SETGID) in the parent namespace only one line of length 1 is allowed, mapping \
         the creator's own id.",
        remedy "newuidmap and newgidmap map the ranges that /etc/subuid and /etc/subgid grant";
    "map-groups-before-deny" MapGroupsBeforeDeny = EPERM, "user_namespaces(7)",
        "Without CAP_SETGID in the parent namespace, setgroups has to be denied before the group map is written.",
        remedy "echo deny > /proc/PID/setgroups";
    "map-root-without-setfcap" MapRootWithoutSetfcap = EPERM, "user_namespaces(7)",
        "Mapping the parent's user 0 needs CAP_SETFCAP there, held by the creator and the writer.";
    "setgroups-after-map" SetgroupsAfterMap = EPERM, "user_namespaces(7)",
        "setgroups cannot be changed to deny once the group map is written, nor back from deny.";

    // Mounts.
    "unknown-file-system" UnknownFileSystem { name: Bytes } = ENODEV, "mount(2)",
        "The kernel has no file system of this name.";
    "block-device-required" BlockDeviceRequired = ENOTBLK, "mount(2)", "This file system lives on a block device.";
    "bad-super-block" BadSuperBlock = EINVAL, "mount(2)", "The device holds no file system that the kernel knows.";
    "not-a-mount-point" NotAMountPoint = EINVAL, "umount(2)", "Nothing is mounted there, in this mount namespace.";
    "locked-mount" LockedMount = EINVAL, "mount_namespaces(7)",
        "The mount was inherited from a more privileged mount namespace and cannot be taken off alone: it may \
         hide something.";
    "locked-mount-flag" LockedMountFlag { flag: &'static str } = EPERM, "mount_namespaces(7)",
        "A flag of a mount inherited from a more privileged mount namespace cannot be cleared.";
    "open-for-writing" OpenForWriting = EBUSY, "mount(2)", "A file system cannot become read-only while a file on it is open for writing.";
    "mount-busy" MountBusy = EBUSY, "umount(2)", "The mount is in use: an open file, a working directory or a mount below it.",
        remedy "umount -l detaches it now and lets it go when it is no longer used";
    "not-mountable-by-users" NotMountableByUsers { name: Bytes } = EPERM, "user_namespaces(7)",
        "This kind of file system may be mounted only with CAP_SYS_ADMIN in the initial user namespace.";
    "proc-not-fully-visible" ProcNotFullyVisible = EPERM, "mount_namespaces(7)",
        "A user namespace may mount a proc only where it already sees one that is not partly hidden.";
    "proc-of-foreign-pid-namespace" ProcOfForeignPids = EPERM, "user_namespaces(7)",
        "The caller's user namespace does not own its pid namespace, so it may not mount a proc of it.",
        remedy "unshare the pid namespace too: unshare -Ur --pid --fork --mount-proc";
    "mount-on-other-type" MountOnOtherType = ENOTDIR, "mount(2)",
        "Only a directory can be mounted on a directory.";
    "pivot-root-busy" PivotRootBusy = EBUSY, "pivot_root(2)", "The new root is on the mount that is the root already.";
    "pivot-root-not-a-mount" PivotRootNotAMount = EINVAL, "pivot_root(2)", "The new root has to be a mount point.";
    "pivot-root-shared" PivotRootShared = EINVAL, "pivot_root(2)",
        "The root, the new root's parent mount and put_old must not propagate (MS_SHARED).";
    "pivot-root-outside" PivotRootOutside = EINVAL, "pivot_root(2)", "put_old has to be at or below the new root.";
    "move-shared" MoveShared = EINVAL, "mount(2)", "A mount below a shared mount cannot be moved.";
    "mount-loop" MountLoop = ELOOP, "mount(2)", "A mount cannot be moved below itself.";

    // The machine.
    "not-from-here" NotInThisPidNamespace = EINVAL, "reboot(2)",
        "In a pid namespace reboot knows only restart, halt and power-off.";
    "log-restricted" LogRestricted { cap: Cap } = EPERM, "syslog(2)",
        "Reading or clearing the kernel's log this way needs CAP_SYSLOG in the initial user namespace.";

    // What the simulator does not do.
    "unmodelled" Unmodelled { what: Bytes } = ENOSYS, "intro(2)",
        "Glasshull does not model this call; it fails as on a kernel that was built without it.";
    "unmodelled-flag" UnmodelledFlag { what: Bytes } = EINVAL, "intro(2)",
        "Glasshull does not model this flag or value; it fails as on a kernel that does not know it.";
}

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Deny(Denied),
    /// Not yet: the call is dispatched again when what it waits for has happened.
    Block(super::WaitOn),
}

/// A refusal: the errno for the program, the rule for those who watch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Denied {
    pub errno: Errno,
    pub why: Why,
}

pub type SysResult<T> = Result<T, Stop>;

impl From<Why> for Denied {
    fn from(why: Why) -> Denied {
        Denied { errno: why.rule().errno, why }
    }
}

impl From<Why> for Stop {
    fn from(why: Why) -> Stop {
        Stop::Deny(why.into())
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Stop {
        Stop::Deny(denied)
    }
}

/// Refuses for a reason.
pub fn deny<T>(why: Why) -> SysResult<T> {
    Err(why.into())
}

/// Refuses unless `holds`.
pub fn ensure(holds: bool, why: Why) -> SysResult<()> {
    if holds { Ok(()) } else { deny(why) }
}

impl Evidence for Cap {
    fn text(&self) -> String {
        format!("{} ({})", self.name(), self.allows())
    }
}

impl Evidence for UserNsId {
    fn text(&self) -> String {
        if self.0 == 1 {
            "the initial user namespace".to_owned()
        } else {
            format!("user namespace #{}", self.0)
        }
    }
}

impl Evidence for Bytes {
    fn text(&self) -> String {
        self.to_text()
    }
}

impl Evidence for &'static str {
    fn text(&self) -> String {
        (*self).to_owned()
    }
}

macro_rules! numbers_are_evidence {
    ($($ty:ty),*) => {$(
        impl Evidence for $ty {
            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers_are_evidence!(u32, i32);
