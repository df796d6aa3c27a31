//! mkdir(1), touch(1).

use super::mode::ModeChange;
use super::{is_directory, stat};
use crate::abi::{AtFlags, Bytes, DirFd, Errno, Fd, Mode, Null, OpenFlags};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const MKDIR: Syntax = Syntax {
    options: &["m mode=", "p parents", "v verbose"],
    unmodelled: &["Z", "context[=]", "help", "version"],
    order: Order::Permute,
};

pub async fn mkdir(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_mkdir(&mut tool).await;
    tool.finish(done).await
}

async fn run_mkdir(tool: &mut Tool) -> Done {
    let options = tool.options(MKDIR, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing operand", 1).await;
    }
    let mode = match options.value("m").map(|text| (ModeChange::parse(&text), text)) {
        Some((Some(change), _)) => Some(change.apply(0o777, true, 0)),
        Some((None, text)) => {
            let message = format!("invalid mode {}", tool.quoted(&text));
            return tool.die(message, 1).await;
        }
        None => None,
    };
    for path in &options.operands {
        if let Err((path, errno)) = make_directory(tool, &options, path, mode).await {
            let message = format!("cannot create directory {}: {errno}", tool.quoted(&path));
            tool.fail(message).await;
        }
    }
    Ok(())
}

async fn make_directory(
    tool: &mut Tool,
    options: &Parsed,
    path: &Bytes,
    mode: Option<u32>,
) -> Result<(), (Bytes, Errno)> {
    let parents = options.has("p");
    if parents {
        let inner = path.iter().enumerate().filter(|&(at, &b)| at > 0 && b == b'/' && path[at - 1] != b'/');
        for (at, _) in inner {
            make_one(tool, options, &path[..at].into(), None, parents).await?;
        }
    }
    make_one(tool, options, path, mode, parents).await
}

async fn make_one(
    tool: &mut Tool,
    options: &Parsed,
    path: &Bytes,
    mode: Option<u32>,
    parents: bool,
) -> Result<(), (Bytes, Errno)> {
    match tool.sys.mkdirat(DirFd::CWD, path, Mode(0o777)).await {
        Ok(_) => {
            if options.has("v") {
                tool.line(format!("{}: created directory {}", tool.name, quote::always(path))).await;
            }
            if let Some(mode) = mode {
                let changed = tool.sys.fchmodat(DirFd::CWD, path, Mode(mode)).await;
                changed.map_err(|errno| (path.clone(), errno))?;
            }
            Ok(())
        }
        Err(Errno::EEXIST) if parents && is_directory(&tool.sys, path).await => Ok(()),
        Err(errno) => Err((path.clone(), errno)),
    }
}

const TOUCH: Syntax = Syntax {
    options: &["a", "c no-create", "f", "h no-dereference", "m"],
    unmodelled: &["d date=", "r reference=", "t=", "time=", "help", "version"],
    order: Order::Permute,
};

pub async fn touch(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_touch(&mut tool).await;
    tool.finish(done).await
}

async fn run_touch(tool: &mut Tool) -> Done {
    let options = tool.options(TOUCH, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing file operand", 1).await;
    }
    if options.has("a") != options.has("m") {
        let one = if options.has("a") { "touch -a" } else { "touch -m" };
        crate::user::unmodelled(&tool.sys, one);
        return tool.die("setting one of the two times is not supported", 1).await;
    }
    for path in &options.operands {
        touch_one(tool, &options, path).await;
    }
    Ok(())
}

async fn touch_one(tool: &mut Tool, options: &Parsed, path: &Bytes) {
    let mut open_error = None;
    if !options.has("c") && !options.has("h") {
        let flags = OpenFlags::O_WRONLY | OpenFlags::O_CREAT | OpenFlags::O_NOCTTY | OpenFlags::O_NONBLOCK;
        match tool.sys.openat(DirFd::CWD, path, flags, Mode(0o666)).await {
            Ok(Fd(fd)) => drop(tool.sys.close(Fd(fd)).await),
            Err(errno) => open_error = Some(errno),
        }
    }
    let flags = if options.has("h") { AtFlags::AT_SYMLINK_NOFOLLOW } else { AtFlags::empty() };
    let Err(errno) = tool.sys.utimensat(DirFd::CWD, path, Null, flags).await else { return };
    let quoted = quote::always(path);
    match open_error {
        Some(open_error)
            if open_error != Errno::EISDIR && !(open_error == Errno::EACCES && exists(tool, path).await) =>
        {
            tool.fail(format!("cannot touch {quoted}: {open_error}")).await;
        }
        _ if errno == Errno::ENOENT && options.has("c") => {}
        _ => tool.fail(format!("setting times of {quoted}: {errno}")).await,
    }
}

async fn exists(tool: &mut Tool, path: &Bytes) -> bool {
    stat(&tool.sys, path).await.is_ok()
}
