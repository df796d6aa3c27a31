//! mv(1), cp(1).

use super::{is_directory, join, lstat, pairs, stat};
use crate::abi::{Bytes, DirFd, Errno, FileType, Mode, OpenFlags, RenameFlags, Stat};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::names_in;
use crate::user::io::{read_file, write_all};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const MV: Syntax = Syntax {
    options: &["f force", "n no-clobber", "t target-directory=", "T no-target-directory", "v verbose"],
    unmodelled: &[
        "b",
        "backup[=]",
        "i interactive",
        "S suffix=",
        "strip-trailing-slashes",
        "u update",
        "Z context",
        "help",
        "version",
    ],
    order: Order::Permute,
};

pub async fn mv(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_mv(&mut tool).await;
    tool.finish(done).await
}

async fn run_mv(tool: &mut Tool) -> Done {
    let options = tool.options(MV, 1).await?;
    for (from, to) in pairs(tool, &options, "missing destination file operand after").await? {
        move_one(tool, &options, &from, &to).await;
    }
    Ok(())
}

async fn move_one(tool: &mut Tool, options: &Parsed, from: &Bytes, to: &Bytes) {
    let (quoted_from, quoted_to) = (quote::always(from), quote::always(to));
    if let Err(errno) = lstat(&tool.sys, from).await {
        return tool.fail(format!("cannot stat {quoted_from}: {errno}")).await;
    }
    let keep = options.last_of(&["f", "n"]) == Some("n");
    let flags = if keep { RenameFlags::RENAME_NOREPLACE } else { RenameFlags::empty() };
    match tool.sys.renameat2(DirFd::CWD, from, DirFd::CWD, to, flags).await {
        Ok(_) if options.has("v") => tool.line(format!("renamed {quoted_from} -> {quoted_to}")).await,
        Ok(_) => {}
        Err(Errno::EEXIST) if keep => {}
        Err(Errno::EINVAL) => {
            let message = format!("cannot move {quoted_from} to a subdirectory of itself, {quoted_to}");
            tool.fail(message).await;
        }
        Err(Errno::EXDEV) => {
            crate::user::unmodelled(&tool.sys, "mv between file systems");
            tool.fail(format!("cannot move {quoted_from} to {quoted_to}: {}", Errno::EXDEV)).await;
        }
        Err(errno) => tool.fail(format!("cannot move {quoted_from} to {quoted_to}: {errno}")).await,
    }
}

const CP: Syntax = Syntax {
    options: &[
        "d",
        "f force",
        "H",
        "L dereference",
        "n no-clobber",
        "P no-dereference",
        "r recursive R",
        "t target-directory=",
        "T no-target-directory",
        "v verbose",
    ],
    unmodelled: &[
        "a archive",
        "attributes-only",
        "b",
        "backup[=]",
        "copy-contents",
        "i interactive",
        "l link",
        "no-preserve=",
        "one-file-system x",
        "p",
        "parents",
        "preserve[=]",
        "reflink[=]",
        "remove-destination",
        "s symbolic-link",
        "S suffix=",
        "sparse=",
        "strip-trailing-slashes",
        "u update",
        "Z",
        "context[=]",
        "help",
        "version",
    ],
    order: Order::Permute,
};

pub async fn cp(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_cp(&mut tool).await;
    tool.finish(done).await
}

async fn run_cp(tool: &mut Tool) -> Done {
    let options = tool.options(CP, 1).await?;
    for (from, to) in pairs(tool, &options, "missing destination file operand after").await? {
        copy(tool, &options, from, to).await;
    }
    Ok(())
}

/// Copies a file, or with -r a tree, parents first.
async fn copy(tool: &mut Tool, options: &Parsed, from: Bytes, to: Bytes) {
    let top = (from.clone(), to.clone());
    let mut stack = vec![(from, to)];
    while let Some((from, to)) = stack.pop() {
        // In a tree links are copied as links; on the command line too with -r, -d or -P.
        let follow = match options.last_of(&["d", "H", "L", "P"]) {
            Some("L") => true,
            Some("H") => from == top.0,
            Some(_) => false,
            None => !options.has("r"),
        };
        let found = if follow { stat(&tool.sys, &from).await } else { lstat(&tool.sys, &from).await };
        let found = match found {
            Ok(found) => found,
            Err(errno) => {
                tool.fail(format!("cannot stat {}: {errno}", quote::always(&from))).await;
                continue;
            }
        };
        let target = stat(&tool.sys, &to).await.ok();
        if same_file(target.as_ref(), &found) {
            let (from, to) = (quote::always(&from), quote::always(&to));
            tool.fail(format!("{from} and {to} are the same file")).await;
        } else if found.mode.file_type != FileType::Directory {
            copy_file(tool, options, &from, &to, &found, target.is_some()).await;
        } else if !options.has("r") {
            tool.fail(format!("-r not specified; omitting directory {}", quote::always(&from))).await;
        } else if to.starts_with(&[&top.0[..], b"/"].concat()) && from == top.0 {
            let (from, to) = (quote::always(&from), quote::always(&to));
            tool.fail(format!("cannot copy a directory, {from}, into itself, {to}")).await;
        } else {
            stack.extend(copy_directory(tool, options, &from, &to, &found).await);
        }
    }
}

fn same_file(target: Option<&Stat>, source: &Stat) -> bool {
    target.is_some_and(|target| (target.dev, target.ino) == (source.dev, source.ino))
}

/// Makes the directory and returns what is to be copied into it.
async fn copy_directory(
    tool: &mut Tool,
    options: &Parsed,
    from: &Bytes,
    to: &Bytes,
    found: &Stat,
) -> Vec<(Bytes, Bytes)> {
    if !is_directory(&tool.sys, to).await {
        if let Err(errno) = tool.sys.mkdirat(DirFd::CWD, to, found.mode.permissions).await {
            tool.fail(format!("cannot create directory {}: {errno}", quote::always(to))).await;
            return Vec::new();
        }
        if options.has("v") {
            tool.line(format!("{} -> {}", quote::always(from), quote::always(to))).await;
        }
    }
    match names_in(&tool.sys, from).await {
        Ok(names) => names.iter().rev().map(|name| (join(from, name), join(to, name))).collect(),
        Err(errno) => {
            tool.fail(format!("cannot access {}: {errno}", quote::always(from))).await;
            Vec::new()
        }
    }
}

async fn copy_file(tool: &mut Tool, options: &Parsed, from: &Bytes, to: &Bytes, found: &Stat, exists: bool) {
    if exists && options.has("n") {
        return;
    }
    let outcome = match found.mode.file_type {
        FileType::Symlink => copy_link(&tool.sys, from, to).await,
        _ => copy_content(&tool.sys, from, to, found.mode.permissions, exists).await,
    };
    match outcome {
        Ok(()) if options.has("v") => {
            tool.line(format!("{} -> {}", quote::always(from), quote::always(to))).await;
        }
        Ok(()) => {}
        Err((what, path, errno)) => {
            tool.fail(format!("{what} {}{errno}", quote::always(&path))).await;
        }
    }
}

/// What failed, with which file, and how.
type Failure = (&'static str, Bytes, String);

async fn copy_link(sys: &Sys, from: &Bytes, to: &Bytes) -> Result<(), Failure> {
    let target = sys.readlinkat(DirFd::CWD, from, 4096_u64).await;
    let target = target.map_err(|errno| ("cannot read symbolic link", from.clone(), format!(": {errno}")))?;
    let made = sys.symlinkat(target.0, DirFd::CWD, to).await;
    made.map(drop).map_err(|errno| ("cannot create symbolic link", to.clone(), format!(": {errno}")))
}

async fn copy_content(sys: &Sys, from: &Bytes, to: &Bytes, mode: Mode, exists: bool) -> Result<(), Failure> {
    let content = read_file(sys, from).await;
    let content = content.map_err(|errno| ("cannot open", from.clone(), format!(" for reading: {errno}")))?;
    let create = if exists { OpenFlags::O_TRUNC } else { OpenFlags::O_CREAT | OpenFlags::O_EXCL };
    let opened = sys.openat(DirFd::CWD, to, OpenFlags::O_WRONLY | create, Mode(mode.0 & 0o777)).await;
    let fd = opened.map_err(|errno| ("cannot create regular file", to.clone(), format!(": {errno}")))?;
    let written = write_all(sys, fd, content).await;
    let _ = sys.close(fd).await;
    written.map_err(|errno| ("error writing", to.clone(), format!(": {errno}")))
}
