//! nsenter(1).

use super::unshare::run_command;
use crate::abi::*;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        "a all",
        "t target=",
        "m mount[=]",
        "u uts[=]",
        "i ipc[=]",
        "n net[=]",
        "p pid[=]",
        "C cgroup[=]",
        "U user[=]",
        "T time[=]",
        "S setuid=",
        "G setgid=",
        "preserve-credentials",
        "r root[=]",
        "w wd[=]",
        "W wdns=",
        "F no-fork",
    ],
    unmodelled: &["Z follow-context", "h help", "V version"],
    order: Order::OptionsFirst,
};

/// In the order in which they are opened and entered, but for the user namespace: that is entered last, or
/// first where this needs its rights.
const NAMESPACES: &[(&str, CloneFlags, &str)] = &[
    ("U", CloneFlags::CLONE_NEWUSER, "ns/user"),
    ("C", CloneFlags::CLONE_NEWCGROUP, "ns/cgroup"),
    ("i", CloneFlags::CLONE_NEWIPC, "ns/ipc"),
    ("u", CloneFlags::CLONE_NEWUTS, "ns/uts"),
    ("n", CloneFlags::CLONE_NEWNET, "ns/net"),
    ("p", CloneFlags::CLONE_NEWPID, "ns/pid"),
    ("m", CloneFlags::CLONE_NEWNS, "ns/mnt"),
    ("T", CloneFlags::CLONE_NEWTIME, "ns/time"),
];

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// The identity to take on, and the command.
#[derive(Clone)]
struct Then {
    uid: Option<u32>,
    gid: Option<u32>,
    /// Whether dropping the groups has failed before.
    setgroups_failed: bool,
    command: Vec<Bytes>,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let target = match options.value("t") {
        Some(text) => Some(number(tool, &text, "pid").await?),
        None => None,
    };
    let mut files = open_namespaces(tool, &options, target).await?;
    let root = open_place(tool, &options, "r", target, "root").await?;
    let mut directory = open_place(tool, &options, "w", target, "cwd").await?;
    let mut then = identity(tool, &options).await?;
    let enters_user = files.iter().any(|(flag, ..)| *flag == CloneFlags::CLONE_NEWUSER);
    if enters_user && !options.has("preserve-credentials") {
        then.uid = then.uid.or(Some(0));
        then.gid = then.gid.or(Some(0));
        then.setgroups_failed = tool.sys.setgroups(0_u64, Vec::new()).await.is_err();
    }
    let enters_pid = files.iter().any(|(flag, ..)| *flag == CloneFlags::CLONE_NEWPID);
    enter(tool, &mut files).await?;
    change_root(tool, root, &mut directory).await?;
    if let Some(path) = options.value("W") {
        directory = Some(open(tool, &path).await?);
    }
    if let Some(fd) = directory {
        if let Err(errno) = tool.sys.fchdir(fd).await {
            let message = format!("change directory by working directory file descriptor failed: {errno}");
            return tool.die(message, 1).await;
        }
        let _ = tool.sys.close(fd).await;
    }
    if enters_pid && !options.has("F") { run_child(tool, then).await } else { finish(tool, &then).await }
}

async fn number(tool: &mut Tool, text: &str, what: &str) -> Done<u32> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => tool.die(format!("failed to parse {what}: '{text}'"), 1).await,
    }
}

async fn identity(tool: &mut Tool, options: &Parsed) -> Done<Then> {
    let mut then = Then { uid: None, gid: None, setgroups_failed: false, command: options.operands.clone() };
    if let Some(text) = options.value("S") {
        then.uid = Some(number(tool, &text, "uid").await?);
    }
    if let Some(text) = options.value("G") {
        then.gid = Some(number(tool, &text, "gid").await?);
    }
    Ok(then)
}

type Open = (CloneFlags, &'static str, Option<Fd>);

async fn open_namespaces(tool: &mut Tool, options: &Parsed, target: Option<u32>) -> Done<Vec<Open>> {
    let mut files = Vec::new();
    for &(option, flag, file) in NAMESPACES {
        if let Some((_, value)) = options.options.iter().rev().find(|(given, _)| *given == option) {
            let path = value.as_ref().map(Bytes::to_text);
            files.push((flag, file, Some(open_target(tool, path, target, file).await?)));
        } else if options.has("a")
            && let Some(pid) = target
            && is_usable(tool, pid, flag, file).await
        {
            files.push((flag, file, Some(open_target(tool, None, target, file).await?)));
        }
    }
    Ok(files)
}

/// --all takes what there is; nobody can enter the user namespace that they are in.
async fn is_usable(tool: &mut Tool, pid: u32, flag: CloneFlags, file: &str) -> bool {
    let theirs = tool.sys.newfstatat(DirFd::CWD, format!("/proc/{pid}/{file}"), AtFlags::empty()).await;
    let own = tool.sys.newfstatat(DirFd::CWD, format!("/proc/self/{file}"), AtFlags::empty()).await;
    match (theirs, own) {
        (Ok(theirs), Ok(own)) => flag != CloneFlags::CLONE_NEWUSER || theirs.ino != own.ino,
        (_, Err(_)) => false,
        _ => true,
    }
}

async fn open_place(
    tool: &mut Tool,
    options: &Parsed,
    option: &str,
    target: Option<u32>,
    file: &str,
) -> Done<Option<Fd>> {
    match options.options.iter().rev().find(|(given, _)| *given == option) {
        Some((_, value)) => {
            let path = value.as_ref().map(Bytes::to_text);
            open_target(tool, path, target, file).await.map(Some)
        }
        None => Ok(None),
    }
}

async fn open_target(tool: &mut Tool, path: Option<String>, target: Option<u32>, file: &str) -> Done<Fd> {
    let path = match (path, target) {
        (Some(path), _) => path,
        (None, Some(pid)) => format!("/proc/{pid}/{file}"),
        (None, None) => {
            return tool.die(format!("neither filename nor target pid supplied for {file}"), 1).await;
        }
    };
    open(tool, &path).await
}

async fn open(tool: &mut Tool, path: &str) -> Done<Fd> {
    match tool.sys.openat(DirFd::CWD, path, OpenFlags::empty(), Mode(0)).await {
        Ok(fd) => Ok(fd),
        Err(errno) => tool.die(format!("cannot open {path}: {errno}"), 1).await,
    }
}

/// Two passes: in the first without the user namespace, and forgiving; in the second what is left.
async fn enter(tool: &mut Tool, files: &mut [Open]) -> Done {
    for pass in 0..2 {
        for (flag, file, fd) in files.iter_mut() {
            let Some(open) = *fd else { continue };
            if pass == 0 && *flag == CloneFlags::CLONE_NEWUSER {
                continue;
            }
            match tool.sys.setns(open, *flag).await {
                Ok(_) => {
                    let _ = tool.sys.close(open).await;
                    *fd = None;
                }
                Err(_) if pass == 0 => {}
                Err(errno) => {
                    let message = format!("reassociate to namespace '{file}' failed: {errno}");
                    return tool.die(message, 1).await;
                }
            }
        }
    }
    Ok(())
}

async fn change_root(tool: &mut Tool, root: Option<Fd>, directory: &mut Option<Fd>) -> Done {
    let Some(root) = root else { return Ok(()) };
    if directory.is_none() {
        *directory = Some(open(tool, ".").await?);
    }
    if let Err(errno) = tool.sys.fchdir(root).await {
        return tool.die(format!("change directory by root file descriptor failed: {errno}"), 1).await;
    }
    if let Err(errno) = tool.sys.chroot(".").await {
        return tool.die(format!("chroot failed: {errno}"), 1).await;
    }
    let _ = tool.sys.chdir("/").await;
    let _ = tool.sys.close(root).await;
    Ok(())
}

/// Only children are born into the new pid namespace.
async fn run_child(tool: &mut Tool, then: Then) -> Done {
    let args = tool.args.clone();
    let spawned = tool.sys.spawn(CloneFlags::fork(), |sys| child_main(sys, args, then)).await;
    let child = match spawned {
        Ok(child) => child,
        Err(errno) => return tool.die(format!("fork failed: {errno}"), 1).await,
    };
    let me = tool.sys.getpid().await.unwrap_or(Pid(0));
    loop {
        match tool.sys.wait4(child, WaitOptions::WUNTRACED, Null).await.map(|waited| waited.status) {
            // The parent stops and goes on with the child.
            Ok(Some(WaitStatus::Stopped(_))) => {
                let _ = tool.sys.kill(me, Signal::SIGSTOP).await;
                let _ = tool.sys.kill(child, Signal::SIGCONT).await;
            }
            Ok(Some(WaitStatus::Exited(status))) => return Err(Exit(i32::from(status))),
            Ok(Some(WaitStatus::Signaled(signal))) => {
                let _ = tool.sys.kill(me, signal).await;
                return Err(Exit(1));
            }
            _ => return Err(Exit(1)),
        }
    }
}

async fn child_main(sys: Sys, args: Args, then: Then) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = finish(&mut tool, &then).await;
    tool.finish(done).await
}

async fn finish(tool: &mut Tool, then: &Then) -> Done {
    if let Some(gid) = then.gid {
        if let Err(errno) = tool.sys.setgroups(0_u64, Vec::new()).await
            && then.setgroups_failed
        {
            return tool.die(format!("setgroups failed: {errno}"), 1).await;
        }
        if let Err(errno) = tool.sys.setgid(Gid(gid)).await {
            return tool.die(format!("setgid failed: {errno}"), 1).await;
        }
    }
    if let Some(uid) = then.uid
        && let Err(errno) = tool.sys.setuid(Uid(uid)).await
    {
        return tool.die(format!("setuid failed: {errno}"), 1).await;
    }
    run_command(tool, &then.command).await
}
