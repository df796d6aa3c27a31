//! ln(1), readlink(1), realpath(1).

use super::{join, lstat, pairs};
use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::realpath::{self, Exists};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys, quote};

const LN: Syntax = Syntax {
    options: &[
        "f force",
        "L logical",
        "n no-dereference",
        "P physical",
        "s symbolic",
        "t target-directory=",
        "T no-target-directory",
        "v verbose",
    ],
    unmodelled: &[
        "b",
        "backup[=]",
        "d directory F",
        "i interactive",
        "r relative",
        "S suffix=",
        "help",
        "version",
    ],
    order: Order::Permute,
};

pub async fn ln(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_ln(&mut tool).await;
    tool.finish(done).await
}

async fn run_ln(tool: &mut Tool) -> Done {
    let mut options = tool.options(LN, 1).await?;
    if options.operands.len() == 1 && !options.has("t") && !options.has("T") {
        // One operand: a link of that name here.
        let here = join(b".", super::base_name(&options.operands[0]));
        options.operands.push(here);
    }
    for (target, link) in pairs(tool, &options, "missing destination file operand after").await? {
        make_link(tool, &options, &target, &link).await;
    }
    Ok(())
}

async fn make_link(tool: &mut Tool, options: &Parsed, target: &Bytes, link: &Bytes) {
    let symbolic = options.has("s");
    if !symbolic {
        match lstat(&tool.sys, target).await {
            Err(errno) => {
                return tool.fail(format!("failed to access {}: {errno}", quote::always(target))).await;
            }
            Ok(stat) if stat.mode.file_type == FileType::Directory => {
                let message = format!("{}: hard link not allowed for directory", quote::leading(target));
                return tool.fail(message).await;
            }
            Ok(_) => {}
        }
    }
    let mut result = try_link(tool, options, target, link).await;
    if result == Err(Errno::EEXIST) && options.has("f") {
        if !symbolic && is_same_file(tool, target, link).await {
            let (target, link) = (quote::always(target), quote::always(link));
            return tool.fail(format!("{target} and {link} are the same file")).await;
        }
        let _ = tool.sys.unlinkat(DirFd::CWD, link, AtFlags::empty()).await;
        result = try_link(tool, options, target, link).await;
    }
    let (kind, arrow) = if symbolic { ("symbolic", "->") } else { ("hard", "=>") };
    match result {
        Ok(()) if options.has("v") => {
            tool.line(format!("{} {arrow} {}", quote::always(link), quote::always(target))).await;
        }
        Ok(()) => {}
        Err(errno) => {
            let named = if symbolic || errno == Errno::EEXIST {
                String::new()
            } else {
                format!(" => {}", quote::always(target))
            };
            let message = format!("failed to create {kind} link {}{named}: {errno}", quote::always(link));
            tool.fail(message).await;
        }
    }
}

/// Whether both are one name of one file: removing the second would lose the first.
async fn is_same_file(tool: &Tool, one: &Bytes, other: &Bytes) -> bool {
    match (lstat(&tool.sys, one).await, lstat(&tool.sys, other).await) {
        (Ok(a), Ok(b)) if (a.dev, a.ino) == (b.dev, b.ino) => a.nlink == 1 || name(one) == name(other),
        _ => false,
    }
}

/// The last part of a path.
fn name(path: &Bytes) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

async fn try_link(tool: &mut Tool, options: &Parsed, target: &Bytes, link: &Bytes) -> Result<(), Errno> {
    if options.has("s") {
        return tool.sys.symlinkat(target, DirFd::CWD, link).await.map(drop);
    }
    let follow = options.last_of(&["L", "P"]) == Some("L");
    let flags = if follow { AtFlags::AT_SYMLINK_FOLLOW } else { AtFlags::empty() };
    tool.sys.linkat(DirFd::CWD, target, DirFd::CWD, link, flags).await.map(drop)
}

const READLINK: Syntax = Syntax {
    options: &[
        "e canonicalize-existing",
        "f canonicalize",
        "m canonicalize-missing",
        "n no-newline",
        "q quiet",
        "s silent",
        "v verbose",
        "z zero",
    ],
    unmodelled: &["help", "version"],
    order: Order::Permute,
};

pub async fn readlink(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_readlink(&mut tool).await;
    tool.finish(done).await
}

async fn run_readlink(tool: &mut Tool) -> Done {
    let options = tool.options(READLINK, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing operand", 1).await;
    }
    let verbose = options.last_of(&["q", "s", "v"]) == Some("v");
    let bare = options.has("n") && options.operands.len() == 1;
    for path in &options.operands {
        let found = match options.last_of(&["e", "f", "m"]) {
            Some("e") => realpath::realpath(&tool.sys, path, Exists::All).await,
            Some("f") => realpath::realpath(&tool.sys, path, Exists::Parent).await,
            Some(_) => realpath::realpath(&tool.sys, path, Exists::Nothing).await,
            None => tool.sys.readlinkat(DirFd::CWD, path, 4096_u64).await.map(|target| target.0),
        };
        match found {
            Ok(target) => {
                tool.put(&target);
                let end = if options.has("z") { "\0" } else { "\n" };
                tool.put(if bare { "" } else { end });
            }
            Err(errno) if verbose => tool.fail(format!("{}: {errno}", quote::leading(path))).await,
            Err(_) => tool.status = 1,
        }
    }
    Ok(())
}

const REALPATH: Syntax = Syntax {
    options: &["e canonicalize-existing", "m canonicalize-missing", "q quiet", "z zero", "P physical"],
    unmodelled: &["L logical", "relative-base=", "relative-to=", "s strip no-symlinks", "help", "version"],
    order: Order::Permute,
};

pub async fn realpath(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_realpath(&mut tool).await;
    tool.finish(done).await
}

async fn run_realpath(tool: &mut Tool) -> Done {
    let options = tool.options(REALPATH, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing operand", 1).await;
    }
    let exists = match options.last_of(&["e", "m"]) {
        Some("e") => Exists::All,
        Some(_) => Exists::Nothing,
        None => Exists::Parent,
    };
    for path in &options.operands {
        match realpath::realpath(&tool.sys, path, exists).await {
            Ok(target) => {
                tool.put(&target);
                tool.put(if options.has("z") { "\0" } else { "\n" });
            }
            Err(_) if options.has("q") => tool.status = 1,
            Err(errno) => tool.fail(format!("{}: {errno}", quote::leading(path))).await,
        }
    }
    if tool.status != 0 { Err(Exit(tool.status)) } else { Ok(()) }
}
