//! What mount(8) says when mount(2) says no.

use super::options::MountOptions;
use super::{failed, is_missing};
use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType, MountFlags};
use crate::user::tool::{Done, Tool};

/// What was tried.
pub(super) struct Attempt<'a> {
    pub wanted: &'a MountOptions,
    pub source: &'a Bytes,
    pub target: &'a Bytes,
}

/// Prints the message and ends mount.
pub(super) async fn report(tool: &mut Tool, target: &Bytes, what: &str) -> Done {
    tool.complain(format!("{}: {what}", target.to_text())).await;
    let hint = "       dmesg(1) may have more information after failed mount system call.\n";
    tool.print_error(hint).await;
    Err(failed())
}

/// The errno in words, by looking at what there is.
pub(super) async fn explain(tool: &mut Tool, attempt: &Attempt<'_>, errno: Errno) -> String {
    let (wanted, source) = (attempt.wanted, attempt.source.to_text());
    if is_missing(&tool.sys, attempt.target).await {
        return "mount point does not exist.".to_owned();
    }
    let without_type = wanted.fs_type.is_none() && !wanted.changes_existing();
    let needs_source = wanted.flags.intersects(MountFlags::MS_BIND | MountFlags::MS_MOVE) || without_type;
    if needs_source && is_missing(&tool.sys, attempt.source).await {
        return format!("special device {source} does not exist.");
    }
    let binds = wanted.flags.intersects(MountFlags::MS_BIND | MountFlags::MS_MOVE);
    if without_type && !binds {
        return match type_of(tool, attempt.source).await {
            Some(FileType::Regular) => format!("{source} is not a block device; try \"-o loop\"."),
            Some(FileType::BlockDevice) => wrong(&source),
            _ => format!("{source} is not a block device."),
        };
    }
    match errno {
        Errno::EPERM | Errno::EACCES => "permission denied.".to_owned(),
        Errno::EBUSY if wanted.is_remount() => "mount point is busy.".to_owned(),
        Errno::EBUSY => format!("{source} already mounted or mount point busy."),
        Errno::ENOTDIR if type_of(tool, attempt.target).await != Some(FileType::Directory) => {
            "mount point is not a directory.".to_owned()
        }
        Errno::EINVAL if wanted.is_remount() => "mount point not mounted or bad option.".to_owned(),
        Errno::EINVAL if wanted.only_propagation() => "not mount point or bad option.".to_owned(),
        Errno::EINVAL => wrong(&source),
        Errno::ENODEV => format!("unknown filesystem type '{}'.", wanted.fs_type.clone().unwrap_or_default()),
        errno => format!("mount(2) system call failed: {errno}."),
    }
}

fn wrong(source: &str) -> String {
    format!(
        "wrong fs type, bad option, bad superblock on {source}, missing codepage or helper program, or other \
         error."
    )
}

async fn type_of(tool: &mut Tool, path: &Bytes) -> Option<FileType> {
    let found = tool.sys.newfstatat(DirFd::CWD, path, AtFlags::empty()).await;
    found.ok().map(|stat| stat.mode.file_type)
}
