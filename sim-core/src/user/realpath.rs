//! realpath(3): the path without links, dots and doubled slashes.

use super::Sys;
use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType};

/// How much of a path has to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exists {
    All,
    /// All but the last part.
    Parent,
    Nothing,
}

const LINKS_MAX: u32 = 40;

/// Resolves every link of a path.
pub async fn realpath(sys: &Sys, path: &[u8], exists: Exists) -> Result<Bytes, Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let mut done: Vec<u8> =
        if path.starts_with(b"/") { Vec::new() } else { sys.getcwd(4096_u64).await?.0.0.clone() };
    if done == b"/" {
        done.clear();
    }
    let mut todo: Vec<Bytes> = parts(path);
    let mut links = 0;
    while let Some(part) = todo.pop() {
        match part.as_slice() {
            b"." => continue,
            b".." => {
                let end = done.iter().rposition(|&b| b == b'/').unwrap_or(0);
                done.truncate(end);
                continue;
            }
            _ => {}
        }
        let next = [&done, b"/".as_slice(), &part].concat();
        match sys.readlinkat(DirFd::CWD, next.clone(), 4096_u64).await {
            Ok(target) => {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Errno::ELOOP);
                }
                if target.0.starts_with(b"/") {
                    done.clear();
                }
                todo.extend(parts(&target.0));
            }
            Err(Errno::EINVAL) => {
                let is_directory = sys
                    .newfstatat(DirFd::CWD, next.clone(), AtFlags::empty())
                    .await
                    .is_ok_and(|stat| stat.mode.file_type == FileType::Directory);
                if !todo.is_empty() && !is_directory && exists != Exists::Nothing {
                    return Err(Errno::ENOTDIR);
                }
                done = next;
            }
            Err(Errno::ENOENT)
                if exists == Exists::Nothing || (exists == Exists::Parent && todo.is_empty()) =>
            {
                done = next;
            }
            Err(Errno::ENOTDIR) if exists == Exists::Nothing => done = next,
            Err(errno) => return Err(errno),
        }
    }
    Ok(if done.is_empty() { "/".into() } else { done.into() })
}

/// The parts of a path, last first.
fn parts(path: &[u8]) -> Vec<Bytes> {
    let parts = path.split(|&b| b == b'/').filter(|part| !part.is_empty());
    parts.map(Bytes::from).rev().collect()
}
