//! The programs that make, remove and change names and attributes of files.

mod attributes;
mod create;
mod link;
mod mode;
mod relocate;
mod remove;

pub use attributes::{chmod, chown};
pub use create::{mkdir, touch};
pub use link::{ln, readlink, realpath};
pub use relocate::{cp, mv};
pub use remove::{rm, rmdir};

use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType, Stat};
use crate::user::Sys;
use crate::user::getopt::Parsed;
use crate::user::quote;
use crate::user::tool::{Done, Tool};

/// stat(2).
async fn stat(sys: &Sys, path: &[u8]) -> Result<Stat, Errno> {
    sys.newfstatat(DirFd::CWD, path, AtFlags::empty()).await
}

/// lstat(2).
async fn lstat(sys: &Sys, path: &[u8]) -> Result<Stat, Errno> {
    sys.newfstatat(DirFd::CWD, path, AtFlags::AT_SYMLINK_NOFOLLOW).await
}

async fn is_directory(sys: &Sys, path: &[u8]) -> bool {
    stat(sys, path).await.is_ok_and(|stat| stat.mode.file_type == FileType::Directory)
}

fn join(directory: &[u8], name: &[u8]) -> Bytes {
    let slash: &[u8] = if directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat().into()
}

/// The last part of a path, without slashes at its end.
fn base_name(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |last| last + 1);
    path[..end].rsplit(|&b| b == b'/').next().unwrap_or_default()
}

/// Sources and destinations, as cp, ln and mv read their operands: one to another, or all into a directory.
async fn pairs(tool: &mut Tool, options: &Parsed, verb_needs_two: &str) -> Done<Vec<(Bytes, Bytes)>> {
    let operands = &options.operands;
    if let Some(directory) = options.value("t") {
        let into = |source: &Bytes| (source.clone(), join(directory.as_bytes(), base_name(source)));
        return Ok(operands.iter().map(into).collect());
    }
    let Some((target, sources)) = operands.split_last() else {
        return tool.usage("missing file operand", 1).await;
    };
    if sources.is_empty() {
        let message = format!("{verb_needs_two} {}", quote::always(target));
        return tool.usage(message, 1).await;
    }
    let as_file = options.has("T");
    let link_stays = options.has("n") && tool.args.program() == "ln" && {
        let found = lstat(&tool.sys, target).await;
        found.is_ok_and(|stat| stat.mode.file_type == FileType::Symlink)
    };
    if !as_file && !link_stays && is_directory(&tool.sys, target).await {
        let into = |source: &Bytes| (source.clone(), join(target, base_name(source)));
        return Ok(sources.iter().map(into).collect());
    }
    if let [source] = sources {
        return Ok(vec![(source.clone(), target.clone())]);
    }
    let errno = match stat(&tool.sys, target).await {
        Ok(_) => Errno::ENOTDIR,
        Err(errno) => errno,
    };
    tool.die(format!("target {}: {errno}", quote::always(target)), 1).await
}
