//! Trying out one thing at a time, each in a process of its own that may be left in any state.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::{Signal, WaitOptions, getegid, geteuid, kill_process, waitpid};
use rustix::thread::{CapabilitySet, UnshareFlags};

use super::cgroup::Cgroup;
use super::failure::{Doing, Failure};
use super::limits::Limits;
use super::observe;
use super::protocol::Sleep;
use super::sys::{self, Side};

/// The word with which a program is started to try one thing.
pub(super) const HELPER: &str = "sandbox-probe";

/// What is to be known about something that works.
type Remark = Option<String>;

/// Tries `name` in a new process of `program`.
pub(crate) fn in_process_of_its_own(program: &Path, name: &str) -> Result<Remark, Failure> {
    let output = Command::new(program)
        .args([HELPER, name])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .doing(format!("start {}", program.display()))?;
    serde_json::from_slice::<Result<Remark, Failure>>(&output.stdout)
        .map_err(|_| Failure::new(format!("try {name}"), output.status))?
}

/// Tries `name` in this process and prints what came of it for [`in_process_of_its_own`].
pub(super) fn answer(name: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(&serde_json::to_vec(&attempt(name))?)?;
    stdout.flush()
}

fn attempt(name: &str) -> Result<Remark, Failure> {
    let nothing_to_say = |()| None;
    match name {
        "user-namespace" => own_namespaces(UnshareFlags::empty()).map(nothing_to_say),
        "mount-namespace" => own_namespaces(UnshareFlags::NEWNS).map(nothing_to_say),
        "pid-namespace" => own_namespaces(UnshareFlags::NEWPID).map(nothing_to_say),
        "net-namespace" => own_namespaces(UnshareFlags::NEWNET).map(nothing_to_say),
        "uts-namespace" => own_namespaces(UnshareFlags::NEWUTS).map(nothing_to_say),
        "ipc-namespace" => own_namespaces(UnshareFlags::NEWIPC).map(nothing_to_say),
        "cgroup-namespace" => own_namespaces(UnshareFlags::NEWCGROUP).map(nothing_to_say),
        "time-namespace" => own_namespaces(UnshareFlags::NEWTIME).map(nothing_to_say),
        "overlay" => overlay().map(nothing_to_say),
        "proc" => proc().map(nothing_to_say),
        "devpts" => devpts().map(nothing_to_say),
        "process-state" => process_state().map(nothing_to_say),
        "net-admin" => {
            own_namespaces(UnshareFlags::NEWNET)?;
            sys::bring_loopback_up().doing("bring a network device up").map(nothing_to_say)
        }
        "cgroup2" => cgroup2(),
        "real-root" => real_root(),
        "kvm" => {
            let kvm = fs::File::options().read(true).write(true).open("/dev/kvm");
            kvm.doing("open /dev/kvm").map(|_| None)
        }
        other => Err(Failure::new(format!("try {other}"), "no such probe")),
    }
}

/// Root in a new user namespace, as the caller alone, and in these other new namespaces.
fn own_namespaces(others: UnshareFlags) -> Result<(), Failure> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    sys::unshare(UnshareFlags::NEWUSER).doing("unshare(CLONE_NEWUSER)")?;
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {user} 1\n")),
        ("gid_map", format!("0 {group} 1\n")),
    ] {
        fs::write(format!("/proc/self/{file}"), text).doing(format!("write {file}"))?;
    }
    if !others.is_empty() {
        let name = format!("{others:?}").replace("UnshareFlags(", "").replace(')', "");
        sys::unshare(others).doing(format!("unshare(CLONE_{name}) in a user namespace"))?;
    }
    if others.contains(UnshareFlags::NEWNS) {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
            .doing("make mounts private")?;
    }
    Ok(())
}

fn overlay() -> Result<(), Failure> {
    own_namespaces(UnshareFlags::NEWNS)?;
    let stage = Path::new("/tmp");
    mount_at(stage, "tmpfs", "")?;
    for dir in ["upper", "work", "root"] {
        fs::create_dir(stage.join(dir)).doing("make a directory")?;
    }
    mknodat(CWD, stage.join("upper/bin"), FileType::CharacterDevice, Mode::empty(), 0)
        .doing("make a whiteout")?;
    mount_at(
        &stage.join("root"),
        "overlay",
        "lowerdir=/usr,upperdir=/tmp/upper,workdir=/tmp/work,userxattr",
    )?;
    fs::write(stage.join("root/new"), "").doing("write to the overlay")?;
    match stage.join("root/bin").exists() {
        true => Err(Failure::new("hide /usr/bin in an overlay", "it is still to be seen")),
        false => Ok(()),
    }
}

fn proc() -> Result<(), Failure> {
    own_namespaces(UnshareFlags::NEWNS | UnshareFlags::NEWPID)?;
    in_child(|| mount_at(Path::new("/proc"), "proc", ""))
}

fn devpts() -> Result<(), Failure> {
    own_namespaces(UnshareFlags::NEWNS)?;
    mount_at(Path::new("/tmp"), "devpts", "newinstance,mode=620,ptmxmode=666")?;
    fs::File::options().read(true).write(true).open("/tmp/ptmx").doing("open a pseudo-terminal").map(drop)
}

fn mount_at(target: &Path, kind: &str, options: &str) -> Result<(), Failure> {
    let options = std::ffi::CString::new(options).expect("options are text");
    mount(kind, target, kind, MountFlags::NOSUID, options.as_c_str()).doing(format!("mount {kind}"))
}

/// The first child in a new pid namespace, and what it says.
fn in_child(work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let (reader, mut writer) = std::io::pipe().doing("make a pipe")?;
    match sys::clone_process(0).doing("fork")? {
        Side::Child => {
            let _ = serde_json::to_writer(&mut writer, &work());
            std::process::exit(0);
        }
        Side::Parent(child) => {
            drop(writer);
            let answer = serde_json::from_reader(reader);
            let _ = waitpid(Some(child), WaitOptions::empty());
            answer.map_err(|error| Failure::new("read a child's answer", error))?
        }
    }
}

/// A child waits: /proc must say so, and in which call.
fn process_state() -> Result<(), Failure> {
    let child = match sys::clone_process(0).doing("fork")? {
        Side::Child => loop {
            std::thread::park();
        },
        Side::Parent(child) => child,
    };
    let proc = rustix::fs::open("/proc", rustix::fs::OFlags::PATH, Mode::empty()).doing("open /proc")?;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    let found = loop {
        match observe::sleep(&proc, child.as_raw_nonzero().get()) {
            Ok(Sleep::InCall { .. }) => break Ok(()),
            Ok(_) if std::time::Instant::now() < deadline => std::thread::yield_now(),
            Ok(other) => {
                break Err(Failure::new("see a process wait", format!("/proc says that it is {other:?}")));
            }
            Err(failure) => break Err(failure),
        }
    };
    let _ = kill_process(child, Signal::KILL);
    let _ = waitpid(Some(child), WaitOptions::empty());
    found
}

/// A group with the controllers that lessons about limits need.
fn cgroup2() -> Result<Remark, Failure> {
    let name = format!("glasshull-probe-{}", rustix::process::getpid().as_raw_nonzero());
    let membership = Cgroup::create(&name, &Limits::default());
    let Some(cgroup) = membership.cgroup else {
        return Err(Failure::new("make a cgroup", membership.notes.join("; ")));
    };
    let offered =
        fs::read_to_string(cgroup.path().join("cgroup.controllers")).doing("read cgroup.controllers")?;
    let missing: Vec<&str> = ["cpu", "memory", "pids"]
        .into_iter()
        .filter(|name| !offered.split_whitespace().any(|has| has == *name))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    Err(Failure::new("look for controllers in a new cgroup", format!("{} missing", missing.join(", "))))
}

/// Root of the host. What such a root still lacks is a remark: containers and hardened hosts take some.
fn real_root() -> Result<Remark, Failure> {
    if !geteuid().is_root() {
        return Err(Failure::new(
            "look for the host's root",
            format!("the user id is {}", geteuid().as_raw()),
        ));
    }
    let held = rustix::thread::capabilities(None).doing("read the capabilities")?.effective;
    let lacking = CapabilitySet::all().difference(held);
    let names = lacking.iter_names().map(|(name, _)| format!("CAP_{name}")).collect::<Vec<_>>().join(", ");
    if !held.contains(CapabilitySet::SYS_ADMIN) {
        return Err(Failure::new("look for the host's root", format!("it lacks {names}")));
    }
    match sys::unshare(UnshareFlags::NEWNS) {
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
            Err(Failure::new("unshare the mount namespace as root", error))
        }
        _ => Ok((!names.is_empty()).then(|| format!("without {names}"))),
    }
}
