//! chmod(1), chown(1).

use super::mode::ModeChange;
use super::{join, lstat, stat};
use crate::abi::{AtFlags, Bytes, DirFd, FileType, Gid, Mode, Stat, Uid};
use crate::user::accounts::Accounts;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::names_in;
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const CHMOD: Syntax = Syntax {
    options: &["c changes", "f silent quiet", "R recursive", "v verbose"],
    unmodelled: &["no-preserve-root", "preserve-root", "reference=", "help", "version"],
    order: Order::Permute,
};

pub async fn chmod(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_chmod(&mut tool).await;
    tool.finish(done).await
}

async fn run_chmod(tool: &mut Tool) -> Done {
    let (options, minus) = chmod_options(tool).await?;
    let mut operands = options.operands.iter();
    let Some(text) = minus.or_else(|| operands.next().map(Bytes::to_text)) else {
        return tool.usage("missing operand", 1).await;
    };
    if operands.len() == 0 {
        let message = format!("missing operand after {}", tool.quoted(&text));
        return tool.usage(message, 1).await;
    }
    let Some(change) = ModeChange::parse(&text) else {
        let message = format!("invalid mode: {}", tool.quoted(&text));
        return tool.usage(message, 1).await;
    };
    let umask = tool.sys.umask(Mode(0)).await.unwrap_or_default();
    let _ = tool.sys.umask(umask).await;
    for top in operands {
        for (path, found) in walk(tool, top, options.has("R"), true).await {
            change_mode(tool, &options, &change, umask.0, &path, &found).await;
        }
    }
    Ok(())
}

/// `-x` and its like look like options, and are the mode.
async fn chmod_options(tool: &mut Tool) -> Done<(Parsed, Option<String>)> {
    let is_mode = |argument: &Bytes| {
        argument.len() > 1
            && argument.starts_with(b"-")
            && argument[1..].iter().all(|b| b"rwxXstugoa,+-=".contains(b))
            && argument.as_slice() != b"--"
    };
    let found = tool.args.argv.iter().skip(1).position(is_mode).map(|at| at + 1);
    let minus = found.map(|at| tool.args.argv.remove(at).to_text());
    let options = tool.options(CHMOD, 1).await?;
    Ok((options, minus))
}

async fn change_mode(
    tool: &mut Tool,
    options: &Parsed,
    change: &ModeChange,
    umask: u32,
    path: &Bytes,
    found: &Stat,
) {
    let directory = found.mode.file_type == FileType::Directory;
    let old = found.mode.permissions.0;
    let new = change.apply(old, directory, umask);
    let quoted = quote::always(path);
    if let Err(errno) = tool.sys.fchmodat(DirFd::CWD, path, Mode(new)).await {
        tool.status = 1;
        if !options.has("f") {
            tool.complain(format!("changing permissions of {quoted}: {errno}")).await;
        }
        return;
    }
    let shown = |mode: u32| {
        let text = crate::user::programs::ls::mode_text(found.mode.file_type, Mode(mode));
        format!("{mode:04o} ({})", &text[1..])
    };
    if old != new && (options.has("v") || options.has("c")) {
        tool.line(format!("mode of {quoted} changed from {} to {}", shown(old), shown(new))).await;
    } else if options.has("v") {
        tool.line(format!("mode of {quoted} retained as {}", shown(new))).await;
    }
}

/// A file, or with -R all below it too; what cannot be looked at is complained of.
async fn walk(tool: &mut Tool, top: &Bytes, recursive: bool, follow: bool) -> Vec<(Bytes, Stat)> {
    let mut found = Vec::new();
    let mut stack = vec![top.clone()];
    while let Some(path) = stack.pop() {
        let is_top = path == *top;
        let looked =
            if follow && is_top { stat(&tool.sys, &path).await } else { lstat(&tool.sys, &path).await };
        match looked {
            Ok(stat) => {
                if recursive && stat.mode.file_type == FileType::Directory {
                    let names = names_in(&tool.sys, &path).await.unwrap_or_default();
                    stack.extend(names.iter().rev().map(|name| join(&path, name)));
                }
                if is_top || stat.mode.file_type != FileType::Symlink || !follow {
                    found.push((path, stat));
                }
            }
            Err(errno) => tool.fail(format!("cannot access {}: {errno}", quote::always(&path))).await,
        }
    }
    found
}

const CHOWN: Syntax = Syntax {
    options: &["f silent quiet", "h no-dereference", "R recursive"],
    unmodelled: &[
        "c changes",
        "dereference",
        "from=",
        "H",
        "L",
        "no-preserve-root",
        "P",
        "preserve-root",
        "reference=",
        "v verbose",
        "help",
        "version",
    ],
    order: Order::Permute,
};

pub async fn chown(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_chown(&mut tool).await;
    tool.finish(done).await
}

async fn run_chown(tool: &mut Tool) -> Done {
    let options = tool.options(CHOWN, 1).await?;
    let Some((owner, files)) = options.operands.split_first() else {
        return tool.usage("missing operand", 1).await;
    };
    if files.is_empty() {
        let message = format!("missing operand after {}", tool.quoted(owner));
        return tool.usage(message, 1).await;
    }
    let (uid, gid) = parse_owner(tool, &owner.to_text()).await?;
    for top in files {
        for (path, _) in walk(tool, top, options.has("R"), !options.has("h")).await {
            let flags = if options.has("h") { AtFlags::AT_SYMLINK_NOFOLLOW } else { AtFlags::empty() };
            let Err(errno) = tool.sys.fchownat(DirFd::CWD, &path, uid, gid, flags).await else { continue };
            tool.status = 1;
            if !options.has("f") {
                tool.complain(format!("changing ownership of {}: {errno}", quote::always(&path))).await;
            }
        }
    }
    Ok(())
}

/// `USER`, `USER:GROUP`, `:GROUP`, or `USER:` for the user's own group.
async fn parse_owner(tool: &mut Tool, text: &str) -> Done<(Uid, Gid)> {
    let accounts = Accounts::read(&tool.sys).await;
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let known = accounts.user_named(user);
    let uid = match known.map(|known| known.uid).or_else(|| user.parse().ok()) {
        Some(uid) => Uid(uid),
        None if user.is_empty() => Uid::UNCHANGED,
        None => {
            let message = format!("invalid user: {}", tool.quoted(text));
            return tool.die(message, 1).await;
        }
    };
    let gid = match group {
        None => Gid::UNCHANGED,
        Some("") => known.map_or(Gid::UNCHANGED, |known| Gid(known.gid)),
        Some(name) => match accounts.group_named(name).map(|group| group.gid).or_else(|| name.parse().ok()) {
            Some(gid) => Gid(gid),
            None => {
                let message = format!("invalid group: {}", tool.quoted(text));
                return tool.die(message, 1).await;
            }
        },
    };
    Ok((uid, gid))
}
