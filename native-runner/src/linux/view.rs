//! The file tree that a sandbox sees: the host's root file system, copy-on-write, without what is the
//! host's own, and around it fresh /proc, /sys, /dev and temporary directories.
//!
//! All of it is built in the sandbox's own mount namespace. The host's mounts are gone from there when
//! [`enter`] returns.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive,
    mount_change, move_mount, unmount,
};

use super::failure::{Doing, Failure};
use super::guest::{self, Account, Marks};
use super::limits::Limits;

/// Where the lower layer comes from.
pub(super) enum Lower {
    /// The root file system as one detached mount, its owners mapped where there is a user namespace.
    Tree { mount: OwnedFd, layers: Layers },
    /// The host's directories as the sandbox's mount namespace shows them. Their mounts came from a
    /// more privileged one and are locked to each other (mount_namespaces(7)), so that no layer can be
    /// made of the root as a whole.
    Directories,
}

/// Where overlayfs keeps its notes on the upper layer.
#[derive(Clone, Copy)]
pub(super) enum Layers {
    /// In `user.overlay.*`: the only attributes that a user namespace's root may write.
    UserAttributes,
    /// In `trusted.overlay.*`.
    TrustedAttributes,
}

/// Who can be somebody in the sandbox.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// All ids of an ordinary machine.
    Many,
    /// Root alone.
    RootOnly,
}

pub(super) struct Plan<'a> {
    pub(super) lower: Lower,
    pub(super) ids: Ids,
    pub(super) limits: &'a Limits,
    pub(super) marks: &'a Marks,
}

/// Directly below the root of a freshly installed Debian. Whatever else the host has there is its own.
const TOP: [&str; 21] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];
/// Directories whose content is the host's own.
const EMPTIED: [&str; 7] = ["boot", "media", "mnt", "opt", "srv", "usr/local/bin", "usr/local/sbin"];
/// Directories that are a tmpfs, with their modes.
const TEMPORARY: [(&str, u32); 4] = [("tmp", 0o1777), ("run", 0o755), ("root", 0o700), ("home", 0o755)];
/// Character devices with their numbers.
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// Builds the view and makes it the caller's root. Returns what could not be had, for the report.
pub(super) fn enter(plan: Plan<'_>) -> Result<Vec<String>, Failure> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .doing("make the sandbox's mounts private")?;
    // The stage is a tmpfs over the host's /tmp, in this mount namespace alone.
    let stage = Path::new("/tmp");
    mount_tmpfs(stage, 0o755, plan.limits)?;
    let root = stage.join("root");
    let mut notes = Vec::new();
    match plan.lower {
        Lower::Tree { ref mount, layers } => stack_tree(stage, &root, mount, layers, &plan)?,
        Lower::Directories => stack_directories(stage, &root, &plan, &mut notes)?,
    }
    mount_around(&root, &plan, &mut notes)?;
    become_root_of(&root)?;
    Ok(notes)
}

/// One overlay over the whole root file system.
fn stack_tree(
    stage: &Path,
    root: &Path,
    tree: &OwnedFd,
    layers: Layers,
    plan: &Plan<'_>,
) -> Result<(), Failure> {
    let lower = make_dir(stage.join("lower"), 0o755)?;
    move_mount(tree, "", CWD, &lower, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .doing("attach the lower layer")?;
    let upper = make_dir(stage.join("upper"), 0o755)?;
    conceal(&lower, &upper, &TOP)?;
    for emptied in EMPTIED {
        copy_dirs(&lower, &upper, Path::new(emptied))?;
        conceal(&lower.join(emptied), &upper.join(emptied), &[])?;
    }
    for dir in TOP.iter().filter(|dir| !lower.join(dir).exists()) {
        // Only some architectures have these.
        if !dir.starts_with("lib") {
            make_dir(upper.join(dir), 0o755)?;
        }
    }
    write_guest_files("", &lower, &upper, plan)?;
    mount_overlay(&lower, &upper, &stage.join("work"), root, layers)
}

/// A root of its own, with an overlay over each of the host's directories that matter.
fn stack_directories(
    stage: &Path,
    root: &Path,
    plan: &Plan<'_>,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    make_dir(root.to_owned(), 0o755)?;
    mount_tmpfs(root, 0o755, plan.limits)?;
    for dir in TOP {
        let host = Path::new("/").join(dir);
        match fs::read_link(&host) {
            Ok(target) => symlink(target, root.join(dir)).doing(format!("link /{dir}"))?,
            Err(_) if host.is_dir() => drop(make_dir(root.join(dir), 0o755)?),
            Err(_) => {}
        }
    }
    for dir in ["etc", "usr", "var"] {
        let (lower, over) = (Path::new("/").join(dir), root.join(dir));
        let layers = make_dir(stage.join(dir), 0o755)?;
        let upper = make_dir(layers.join("upper"), 0o755)?;
        for emptied in EMPTIED.iter().filter_map(|path| path.strip_prefix(dir)?.strip_prefix('/')) {
            copy_dirs(&lower, &upper, Path::new(emptied))?;
            conceal(&lower.join(emptied), &upper.join(emptied), &[])?;
        }
        write_guest_files(dir, &lower, &upper, plan)?;
        let stacked = mount_overlay(&lower, &upper, &layers.join("work"), &over, Layers::UserAttributes);
        match (stacked, dir) {
            (Ok(()), _) => {}
            (Err(failure), "usr") => {
                notes.push(format!("/usr is the host's, read-only: {failure}"));
                bind_read_only(&lower, &over)?;
            }
            (Err(failure), _) => {
                notes.push(format!("/{dir} is a copy: {failure}"));
                copy_readable(&lower, &over)?;
                write_guest_files(dir, &lower, &over, plan)?;
            }
        }
    }
    Ok(())
}

fn mount_overlay(
    lower: &Path,
    upper: &Path,
    work: &Path,
    over: &Path,
    layers: Layers,
) -> Result<(), Failure> {
    make_dir(work.to_owned(), 0o755)?;
    make_dir(over.to_owned(), 0o755)?;
    let attributes = match layers {
        Layers::UserAttributes => ",userxattr",
        Layers::TrustedAttributes => "",
    };
    let options = format!(
        "lowerdir={},upperdir={},workdir={}{attributes}",
        lower.display(),
        upper.display(),
        work.display()
    );
    mount_with("overlay", over, "overlay", MountFlags::empty(), &options)
}

/// Hides with whiteouts (overlayfs.rst, "whiteouts and opaque directories") every entry of a lower
/// directory but those in `keep`.
fn conceal(lower: &Path, upper: &Path, keep: &[&str]) -> Result<(), Failure> {
    let entries = match fs::read_dir(lower) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::new(format!("list {}", lower.display()), error)),
    };
    for entry in entries {
        let name = entry.doing(format!("list {}", lower.display()))?.file_name();
        if keep.iter().any(|kept| name == **kept) {
            continue;
        }
        mknodat(CWD, upper.join(&name), FileType::CharacterDevice, Mode::empty(), 0)
            .doing(format!("hide {}", lower.join(&name).display()))?;
    }
    Ok(())
}

/// Makes `path` and its parents in the upper layer with the modes they have in the lower one.
fn copy_dirs(lower: &Path, upper: &Path, path: &Path) -> Result<(), Failure> {
    let mut so_far = PathBuf::new();
    for part in path {
        so_far.push(part);
        let mode = fs::metadata(lower.join(&so_far)).map_or(0o755, |found| found.permissions().mode());
        make_dir(upper.join(&so_far), mode & 0o7777)?;
    }
    Ok(())
}

/// Writes those of the guest's files that are below the directory `below` into `tree`, which stands for
/// that directory. The directories on the way get the modes they have in `lower`.
fn write_guest_files(below: &str, lower: &Path, tree: &Path, plan: &Plan<'_>) -> Result<(), Failure> {
    for file in guest::files(plan.marks) {
        let Ok(path) = Path::new(&file.path).strip_prefix(below) else { continue };
        copy_dirs(lower, tree, path.parent().expect("a file is in a directory"))?;
        let path = tree.join(path);
        let doing = || format!("write the guest's {}", file.path);
        // Not through a link of the host's tree to somewhere else.
        let _ = fs::remove_file(&path);
        fs::write(&path, &file.data).doing(doing())?;
        fs::set_permissions(&path, fs::Permissions::from_mode(file.mode)).doing(doing())?;
        let changed = UNIX_EPOCH + Duration::from_secs(file.changed_s);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(changed))
            .doing(doing())?;
        if plan.ids == Ids::Many {
            chown(&path, Some(file.owner.uid), Some(file.owner.gid)).doing(doing())?;
        }
    }
    Ok(())
}

/// Everything that is mounted on a booted machine besides its root.
fn mount_around(root: &Path, plan: &Plan<'_>, notes: &mut Vec<String>) -> Result<(), Failure> {
    let tame = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // While the host's /proc is still to be seen: a user namespace may mount only what it could see
    // before (mount_namespaces(7)).
    mount_with("proc", &root.join("proc"), "proc", tame, "")?;
    let read_only = tame | MountFlags::RDONLY;
    if let Err(failure) = mount_with("sysfs", &root.join("sys"), "sysfs", read_only, "") {
        notes.push(format!("no /sys: {failure}"));
    } else if let Err(failure) = mount_with("cgroup2", &root.join("sys/fs/cgroup"), "cgroup2", tame, "") {
        notes.push(format!("no /sys/fs/cgroup: {failure}"));
    }
    for (dir, mode) in TEMPORARY {
        mount_tmpfs(&root.join(dir), mode, plan.limits)?;
    }
    make_dir(root.join("run/lock"), 0o1777)?;
    if plan.ids == Ids::Many {
        let home = make_dir(root.join(Account::ADA.home.trim_start_matches('/')), 0o700)?;
        chown(home, Some(Account::ADA.id), Some(Account::ADA.id)).doing("give ada her home")?;
    }
    make_devices(&root.join("dev"), plan)
}

fn make_devices(dev: &Path, plan: &Plan<'_>) -> Result<(), Failure> {
    mount_with("devtmpfs", dev, "tmpfs", MountFlags::NOSUID, "mode=755,size=64k")?;
    for (name, major, minor) in DEVICES {
        make_device(&dev.join(name), name, makedev(major, minor))?;
    }
    for (link, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        symlink(target, dev.join(link)).doing(format!("link /dev/{link}"))?;
    }
    let quiet = MountFlags::NOSUID | MountFlags::NOEXEC;
    let pts = make_dir(dev.join("pts"), 0o755)?;
    // Group 5 is tty, where there are groups.
    let group = if plan.ids == Ids::Many { "gid=5," } else { "" };
    mount_with("devpts", &pts, "devpts", quiet, &format!("newinstance,{group}mode=620,ptmxmode=666"))?;
    let shm = make_dir(dev.join("shm"), 0o1777)?;
    mount_tmpfs(&shm, 0o1777, plan.limits)
}

/// A node of the sandbox's own, so that chmod(1) does not reach the host's; in a user namespace, where
/// mknod(2) makes none, the host's, which nobody there may change.
fn make_device(node: &Path, name: &str, device: u64) -> Result<(), Failure> {
    match mknodat(CWD, node, FileType::CharacterDevice, Mode::from_raw_mode(0o666), device) {
        Err(Errno::PERM) => {}
        // The umask has been taken off.
        made => {
            made.doing(format!("make /dev/{name}"))?;
            return fs::set_permissions(node, fs::Permissions::from_mode(0o666))
                .doing(format!("open /dev/{name} to all"));
        }
    }
    fs::write(node, "").doing(format!("make /dev/{name}"))?;
    mount_bind(Path::new("/dev").join(name), node).doing(format!("bind /dev/{name}"))
}

/// pivot_root(2), with the trick of its section "pivot_root(".", ".")".
fn become_root_of(root: &Path) -> Result<(), Failure> {
    rustix::process::chdir(root).doing("enter the new root")?;
    rustix::process::pivot_root(".", ".").doing("pivot_root")?;
    unmount(".", UnmountFlags::DETACH).doing("detach the host's mounts")?;
    rustix::process::chdir("/").doing("enter the new root")
}

fn mount_tmpfs(target: &Path, mode: u32, limits: &Limits) -> Result<(), Failure> {
    let options = format!("mode={mode:o},size={}", limits.files_bytes);
    mount_with("tmpfs", target, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, &options)
}

fn mount_with(
    source: &str,
    target: &Path,
    kind: &str,
    flags: MountFlags,
    options: &str,
) -> Result<(), Failure> {
    let options = std::ffi::CString::new(options).expect("options are text");
    mount(source, target, kind, flags, options.as_c_str())
        .doing(format!("mount {kind} on {}", target.display()))
}

fn bind_read_only(from: &Path, to: &Path) -> Result<(), Failure> {
    let doing = || format!("bind {} read-only", from.display());
    mount_bind_recursive(from, to).doing(doing())?;
    let flags = MountFlags::BIND | MountFlags::RDONLY;
    rustix::mount::mount_remount(to, flags, c"").doing(doing())
}

/// Copies what the caller may read; what it may not, the sandbox could not have read either.
fn copy_readable(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(from).doing(format!("list {}", from.display()))?.flatten() {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            make_dir(copy.clone(), 0o755)?;
            let _ = copy_readable(&path, &copy);
        } else if kind.is_symlink() {
            if let Ok(target) = fs::read_link(&path) {
                let _ = symlink(target, &copy);
            }
        } else if kind.is_file() {
            let _ = fs::copy(&path, &copy);
        }
    }
    Ok(())
}

/// Makes a directory with exactly this mode; one that is there already is as good.
fn make_dir(path: PathBuf, mode: u32) -> Result<PathBuf, Failure> {
    let doing = || format!("make the directory {}", path.display());
    match fs::create_dir(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(path),
        done => done.doing(doing())?,
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).doing(doing())?;
    Ok(path)
}
