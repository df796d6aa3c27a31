//! /proc/PID/mounts and mountinfo: proc(5).

use std::fmt::Write;

use super::process::Asked;
use crate::abi::{Bytes, MountFlags};
use crate::kernel::Kernel;
use crate::kernel::fs::FsType;
use crate::kernel::table::{MntNsId, MountId};
use crate::kernel::vfs::Mount;

/// The mounts of the task's namespace that can be reached from its root, oldest first, each with its path.
fn visible(asked: &Asked<'_>) -> Vec<(MountId, Bytes)> {
    let k = asked.k;
    if !k.is_alive(asked.task) {
        return Vec::new();
    }
    let task = &k.tasks[asked.task];
    let root = k.fs_infos[task.fs].root;
    let mut mounts = k.subtree(k.mnt_ns[task.ns.mnt].root);
    mounts.sort();
    let with_path = |mount| Some((mount, k.path_of(k.mount_root(mount), None, root)?));
    mounts.into_iter().filter_map(with_path).collect()
}

/// fstab(5)'s format: source, directory, type, options, 0, 0.
pub(super) fn mounts(asked: &Asked<'_>) -> Vec<u8> {
    let k = asked.k;
    let mut text = Vec::new();
    for (id, path) in visible(asked) {
        let mount = &k.mounts[id];
        let sb = &k.supers[mount.sb];
        let read_only = sb.read_only || mount.flags.contains(MountFlags::MS_RDONLY);
        let access = if read_only { "ro" } else { "rw" };
        text.extend(escape(&mount.source, b" \t\n\\#"));
        text.push(b' ');
        text.extend(escape(&path, b" \t\n\\"));
        let options = format!("{access}{}{}", mount_options(mount.flags), sb.options);
        text.extend(format!(" {} {options} 0 0\n", sb.fs.name()).bytes());
    }
    text
}

/// One line for each mount: ids, device, root, directory, options, propagation, type, source, options of
/// the file system.
pub(super) fn mountinfo(asked: &Asked<'_>) -> Vec<u8> {
    let k = asked.k;
    let ns = k.tasks[asked.task].ns.mnt;
    let mut text = Vec::new();
    for (id, path) in visible(asked) {
        let mount = &k.mounts[id];
        let sb = &k.supers[mount.sb];
        let access = |read_only| if read_only { "ro" } else { "rw" };
        let parent = mount.parent.unwrap_or(id);
        text.extend(format!("{} {} {}:{} ", id.0, parent.0, sb.dev.major, sb.dev.minor).bytes());
        text.extend(escape(&root_in_file_system(k, mount), b" \t\n\\"));
        text.push(b' ');
        text.extend(escape(&path, b" \t\n\\"));
        let own = access(mount.flags.contains(MountFlags::MS_RDONLY));
        let mut rest = format!(" {own}{}", mount_options(mount.flags));
        rest += &propagation(k, ns, mount);
        let _ = write!(rest, " - {} ", sb.fs.name());
        text.extend(rest.bytes());
        text.extend(escape(&mount.source, b" \t\n\\#"));
        text.extend(format!(" {}{}\n", access(sb.read_only), sb.options).bytes());
    }
    text
}

/// What of the file system the mount shows.
fn root_in_file_system(k: &Kernel, mount: &Mount) -> Bytes {
    let path = k.describe(mount.root);
    match k.supers[mount.sb].fs {
        FsType::Proc { .. } => match path.strip_prefix(b"/proc") {
            Some(b"") | None => "/".into(),
            Some(below) => below.into(),
        },
        _ => path,
    }
}

fn mount_options(flags: MountFlags) -> String {
    let options = [
        (MountFlags::MS_NOSUID, ",nosuid"),
        (MountFlags::MS_NODEV, ",nodev"),
        (MountFlags::MS_NOEXEC, ",noexec"),
        (MountFlags::MS_NOATIME, ",noatime"),
        (MountFlags::MS_NODIRATIME, ",nodiratime"),
        (MountFlags::MS_RELATIME, ",relatime"),
        (MountFlags::MS_NOSYMFOLLOW, ",nosymfollow"),
    ];
    options.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, text)| text).collect()
}

/// mount_namespaces(7), "/proc/pid/mountinfo and propagation type".
fn propagation(k: &Kernel, ns: MntNsId, mount: &Mount) -> String {
    let mut text = String::new();
    if let Some(group) = mount.peer_group {
        let _ = write!(text, " shared:{group}");
    }
    if let Some(master) = mount.master {
        let _ = write!(text, " master:{master}");
        if let Some(from) = dominating_group(k, ns, master).filter(|&group| group != master) {
            let _ = write!(text, " propagate_from:{from}");
        }
    }
    if mount.unbindable {
        text.push_str(" unbindable");
    }
    text
}

/// The nearest group above that has a member in the namespace.
fn dominating_group(k: &Kernel, ns: MntNsId, master: u32) -> Option<u32> {
    let mut at = Some(master);
    while let Some(group) = at {
        let members = || k.mounts.iter().filter(|(_, mount)| mount.peer_group == Some(group));
        if members().any(|(_, mount)| mount.ns == ns) {
            return Some(group);
        }
        at = members().find_map(|(_, mount)| mount.master);
    }
    None
}

/// Octal escapes for these bytes, so that fields stay fields.
fn escape(text: &[u8], special: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if special.contains(&byte) {
            out.extend(format!("\\{byte:03o}").bytes());
        } else {
            out.push(byte);
        }
    }
    out
}
