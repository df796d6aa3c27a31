//! rm(1), rmdir(1).

use super::{base_name, join, lstat};
use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::names_in;
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys, quote};

const RM: Syntax = Syntax {
    options: &["d dir", "f force", "preserve-root[=]", "r recursive R", "v verbose"],
    unmodelled: &["i", "I", "interactive[=]", "no-preserve-root", "one-file-system", "help", "version"],
    order: Order::Permute,
};

pub async fn rm(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_rm(&mut tool).await;
    tool.finish(done).await
}

async fn run_rm(tool: &mut Tool) -> Done {
    let options = tool.options(RM, 1).await?;
    if options.operands.is_empty() {
        return if options.has("f") { Ok(()) } else { tool.usage("missing operand", 1).await };
    }
    for path in &options.operands {
        if options.has("r") && matches!(base_name(path), b"." | b"..") {
            let quoted = quote::always(path);
            tool.fail(format!("refusing to remove '.' or '..' directory: skipping {quoted}")).await;
        } else if options.has("r") && base_name(path).is_empty() && path.starts_with(b"/") {
            tool.fail("it is dangerous to operate recursively on '/'").await;
            tool.complain("use --no-preserve-root to override this failsafe").await;
        } else {
            remove(tool, &options, path).await;
        }
    }
    Ok(())
}

/// Removes a file, or with -r a tree: a directory goes when nothing is left in it.
async fn remove(tool: &mut Tool, options: &Parsed, top: &Bytes) {
    let mut stack = vec![(top.clone(), false)];
    while let Some((path, emptied)) = stack.pop() {
        let found = match lstat(&tool.sys, &path).await {
            Ok(found) => found,
            Err(Errno::ENOENT | Errno::ENOTDIR) if options.has("f") => continue,
            Err(errno) => {
                tool.fail(format!("cannot remove {}: {errno}", quote::always(&path))).await;
                continue;
            }
        };
        let directory = found.mode.file_type == FileType::Directory;
        if directory && options.has("r") && !emptied {
            match names_in(&tool.sys, &path).await {
                Ok(names) => {
                    stack.push((path.clone(), true));
                    stack.extend(names.iter().rev().map(|name| (join(&path, name), false)));
                }
                Err(errno) => {
                    tool.fail(format!("cannot remove {}: {errno}", quote::always(&path))).await;
                }
            }
            continue;
        }
        let result = if directory && !options.has("r") && !options.has("d") {
            Err(Errno::EISDIR)
        } else {
            let flags = if directory { AtFlags::AT_REMOVEDIR } else { AtFlags::empty() };
            tool.sys.unlinkat(DirFd::CWD, &path, flags).await
        };
        match result {
            Ok(_) if options.has("v") => {
                let what = if directory { "removed directory" } else { "removed" };
                tool.line(format!("{what} {}", quote::always(&path))).await;
            }
            Ok(_) => {}
            Err(errno) => tool.fail(format!("cannot remove {}: {errno}", quote::always(&path))).await,
        }
    }
}

const RMDIR: Syntax = Syntax {
    options: &["ignore-fail-on-non-empty", "p parents", "v verbose"],
    unmodelled: &["help", "version"],
    order: Order::Permute,
};

pub async fn rmdir(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_rmdir(&mut tool).await;
    tool.finish(done).await
}

async fn run_rmdir(tool: &mut Tool) -> Done {
    let options = tool.options(RMDIR, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing operand", 1).await;
    }
    for path in &options.operands {
        if remove_directory(tool, &options, path, "failed to remove").await.is_err() || !options.has("p") {
            continue;
        }
        let mut rest = path.clone();
        while let Some(slash) = rest.iter().rposition(|&b| b == b'/').filter(|&at| at > 0) {
            rest = rest[..slash].into();
            if remove_directory(tool, &options, &rest, "failed to remove directory").await.is_err() {
                break;
            }
        }
    }
    Ok(())
}

async fn remove_directory(tool: &mut Tool, options: &Parsed, path: &Bytes, what: &str) -> Done {
    if options.has("v") {
        tool.line(format!("{}: removing directory, {}", tool.name, quote::always(path))).await;
    }
    match tool.sys.unlinkat(DirFd::CWD, path, AtFlags::AT_REMOVEDIR).await {
        Ok(_) => Ok(()),
        Err(Errno::ENOTEMPTY | Errno::EEXIST) if options.has("ignore-fail-on-non-empty") => Err(Exit(0)),
        Err(errno) => {
            tool.fail(format!("{what} {}: {errno}", quote::always(path))).await;
            Err(Exit(1))
        }
    }
}
