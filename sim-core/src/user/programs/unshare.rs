//! unshare(1).

use crate::abi::*;
use crate::user::accounts::Accounts;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::write_file;
use crate::user::tool::{Done, Exit, Tool, exec};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        // A letter takes no value, a name may take a file.
        "m mount",
        "u",
        "uts[=]",
        "i ipc",
        "n net",
        "p",
        "pid[=]",
        "U",
        "user[=]",
        "C cgroup",
        "T time",
        "f fork",
        "map-user=",
        "map-group=",
        "r map-root-user",
        "c map-current-user",
        "kill-child[=]",
        "mount-proc[=]",
        "propagation=",
        "setgroups=",
        "R root=",
        "w wd=",
        "S setuid=",
        "G setgid=",
    ],
    unmodelled: &[
        "keep-caps",
        "map-auto",
        "map-groups=",
        "map-users=",
        "monotonic=",
        "boottime=",
        "h help",
        "V version",
    ],
    order: Order::OptionsFirst,
};

/// The options that name a namespace, and its file in /proc/PID/ns.
const NAMESPACES: &[(&[&str], CloneFlags, &str)] = &[
    (&["U", "user"], CloneFlags::CLONE_NEWUSER, "user"),
    (&["C"], CloneFlags::CLONE_NEWCGROUP, "cgroup"),
    (&["i"], CloneFlags::CLONE_NEWIPC, "ipc"),
    (&["u", "uts"], CloneFlags::CLONE_NEWUTS, "uts"),
    (&["n"], CloneFlags::CLONE_NEWNET, "net"),
    (&["p", "pid"], CloneFlags::CLONE_NEWPID, "pid_for_children"),
    (&["m"], CloneFlags::CLONE_NEWNS, "mnt"),
    (&["T"], CloneFlags::CLONE_NEWTIME, "time_for_children"),
];

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// What is to be done in the new namespaces, before the command runs.
#[derive(Clone, Debug, Default)]
struct Plan {
    namespaces: CloneFlags,
    fork: bool,
    kill_child: Option<Signal>,
    map_uid: Option<u32>,
    map_gid: Option<u32>,
    setgroups: Option<&'static str>,
    propagation: MountFlags,
    mount_proc: Option<Bytes>,
    root: Option<Bytes>,
    directory: Option<Bytes>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// Namespaces that are to last: their file below /proc/PID, and where to bind it.
    persistent: Vec<(&'static str, Bytes)>,
    command: Vec<Bytes>,
    /// Who calls: what the maps lead to.
    euid: u32,
    egid: u32,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let plan = interpret(tool, &options).await?;
    let _ = tool.sys.rt_sigaction(Signal::SIGCHLD, SigAction::SIG_DFL).await;
    if let Err(errno) = tool.sys.unshare(plan.namespaces).await {
        return tool.die(format!("unshare failed: {errno}"), 1).await;
    }
    if !plan.fork {
        bind_namespaces(tool, &plan).await?;
        return continue_inside(tool, &plan).await;
    }
    run_child(tool, plan).await
}

async fn interpret(tool: &mut Tool, options: &Parsed) -> Done<Plan> {
    let mut plan = Plan { command: options.operands.clone(), ..Plan::default() };
    plan.propagation = MountFlags::MS_REC | MountFlags::MS_PRIVATE;
    plan.euid = tool.sys.geteuid().await.map_or(0, |uid| uid.0);
    plan.egid = tool.sys.getegid().await.map_or(0, |gid| gid.0);
    for (option, value) in &options.options {
        let text = value.as_ref().map(Bytes::to_text).unwrap_or_default();
        if let Some(&(_, flag, file)) = NAMESPACES.iter().find(|(names, ..)| names.contains(option)) {
            plan.namespaces |= flag;
            plan.persistent.extend(value.clone().map(|target| (file, target)));
        }
        match *option {
            "f" => plan.fork = true,
            "map-user" => plan.map_uid = Some(user_id(tool, &text, "uid").await?),
            "map-group" => plan.map_gid = Some(group_id(tool, &text).await?),
            "r" => (plan.map_uid, plan.map_gid) = (Some(0), Some(0)),
            "c" => (plan.map_uid, plan.map_gid) = (Some(plan.euid), Some(plan.egid)),
            "kill-child" => {
                plan.fork = true;
                plan.kill_child = Some(signal(tool, value.as_ref().map(|_| text)).await?);
            }
            "mount-proc" => {
                plan.namespaces |= CloneFlags::CLONE_NEWNS;
                plan.mount_proc = Some(value.clone().unwrap_or_else(|| "/proc".into()));
            }
            "propagation" => plan.propagation = propagation(tool, &text).await?,
            "setgroups" => plan.setgroups = Some(setgroups(tool, &text).await?),
            "R" => plan.root = value.clone(),
            "w" => plan.directory = value.clone(),
            "S" => plan.uid = Some(number(tool, &text, "uid").await?),
            "G" => plan.gid = Some(number(tool, &text, "gid").await?),
            _ => {}
        }
        if matches!(*option, "map-user" | "map-group" | "r" | "c") {
            plan.namespaces |= CloneFlags::CLONE_NEWUSER;
        }
    }
    Ok(plan)
}

async fn number(tool: &mut Tool, text: &str, what: &str) -> Done<u32> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => tool.die(format!("failed to parse {what}: '{text}'"), 1).await,
    }
}

async fn user_id(tool: &mut Tool, text: &str, what: &str) -> Done<u32> {
    match Accounts::read(&tool.sys).await.user_named(text) {
        Some(user) => Ok(user.uid),
        None => number(tool, text, what).await,
    }
}

async fn group_id(tool: &mut Tool, text: &str) -> Done<u32> {
    match Accounts::read(&tool.sys).await.group_named(text) {
        Some(group) => Ok(group.gid),
        None => number(tool, text, "gid").await,
    }
}

async fn signal(tool: &mut Tool, name: Option<String>) -> Done<Signal> {
    let Some(name) = name else { return Ok(Signal::SIGKILL) };
    match Signal::from_name(&name) {
        Some(signal) => Ok(signal),
        None => tool.die(format!("unknown signal: {name}"), 1).await,
    }
}

async fn propagation(tool: &mut Tool, mode: &str) -> Done<MountFlags> {
    match mode {
        "slave" => Ok(MountFlags::MS_REC | MountFlags::MS_SLAVE),
        "private" => Ok(MountFlags::MS_REC | MountFlags::MS_PRIVATE),
        "shared" => Ok(MountFlags::MS_REC | MountFlags::MS_SHARED),
        "unchanged" => Ok(MountFlags::empty()),
        _ => tool.die(format!("unsupported propagation mode: {mode}"), 1).await,
    }
}

async fn setgroups(tool: &mut Tool, word: &str) -> Done<&'static str> {
    match word {
        "allow" => Ok("allow"),
        "deny" => Ok("deny"),
        _ => tool.die(format!("unsupported --setgroups argument '{word}'"), 1).await,
    }
}

/// --fork: the command runs in a child, which is the first process of a new pid namespace.
async fn run_child(tool: &mut Tool, plan: Plan) -> Done {
    let interrupts = SignalSet::of(Signal::SIGINT).with(Signal::SIGTERM);
    let _ = tool.sys.rt_sigprocmask(SigHow::SIG_BLOCK, interrupts).await;
    let (args, inner) = (tool.args.clone(), plan.clone());
    let child = tool.sys.spawn(CloneFlags::fork(), |sys| child_main(sys, args, inner)).await;
    let child = match child {
        Ok(child) => child,
        Err(errno) => return tool.die(format!("fork failed: {errno}"), 1).await,
    };
    bind_namespaces(tool, &plan).await?;
    let status = match tool.sys.wait4(child, WaitOptions::empty(), Null).await {
        Ok(waited) => waited.status,
        Err(errno) => return tool.die(format!("waitpid failed: {errno}"), 1).await,
    };
    match status {
        Some(WaitStatus::Exited(status)) => Err(Exit(i32::from(status))),
        Some(WaitStatus::Signaled(signal)) => end_likewise(tool, signal).await,
        _ => tool.die("child exit failed", 1).await,
    }
}

/// The signal that ended the child ends the parent too.
async fn end_likewise(tool: &mut Tool, signal: Signal) -> Done {
    if signal != Signal::SIGKILL {
        let _ = tool.sys.rt_sigaction(signal, SigAction::SIG_DFL).await;
    }
    let _ = tool.sys.rt_sigprocmask(SigHow::SIG_UNBLOCK, SignalSet::of(signal)).await;
    if let Ok(me) = tool.sys.getpid().await {
        let _ = tool.sys.kill(me, signal).await;
    }
    tool.die("child exit failed", 1).await
}

async fn child_main(sys: Sys, args: Args, plan: Plan) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let _ = tool.sys.rt_sigprocmask(SigHow::SIG_SETMASK, SignalSet::EMPTY).await;
    let done = continue_inside(&mut tool, &plan).await;
    tool.finish(done).await
}

/// Namespaces whose file is bound to a path outlive their processes.
async fn bind_namespaces(tool: &mut Tool, plan: &Plan) -> Done {
    for (file, target) in &plan.persistent {
        let pid = tool.sys.getpid().await.map_or(0, |pid| pid.0);
        let source = format!("/proc/{pid}/ns/{file}");
        let bound =
            tool.sys.mount(Some(source.as_str().into()), target, None, MountFlags::MS_BIND, None).await;
        if let Err(errno) = bound {
            return tool.die(format!("mount {source} on {} failed: {errno}", target.to_text()), 1).await;
        }
    }
    Ok(())
}

/// What is done in the namespaces, in the order of the real unshare, and then the command.
async fn continue_inside(tool: &mut Tool, plan: &Plan) -> Done {
    if let Some(signal) = plan.kill_child
        && let Err(errno) = tool.sys.prctl(PrctlOperation::PR_SET_PDEATHSIG(signal)).await
    {
        return tool.die(format!("prctl failed: {errno}"), 1).await;
    }
    map_ids(tool, plan).await?;
    if plan.namespaces.contains(CloneFlags::CLONE_NEWNS) && !plan.propagation.is_empty() {
        let done = tool.sys.mount(Some("none".into()), "/", None, plan.propagation, None).await;
        if let Err(errno) = done {
            return tool.die(format!("cannot change root filesystem propagation: {errno}"), 1).await;
        }
    }
    change_directories(tool, plan).await?;
    if let Some(directory) = &plan.mount_proc {
        mount_proc(tool, plan, directory).await?;
    }
    set_ids(tool, plan).await?;
    run_command(tool, &plan.command).await
}

async fn map_ids(tool: &mut Tool, plan: &Plan) -> Done {
    if let Some(uid) = plan.map_uid {
        write_proc(tool, "/proc/self/uid_map", format!("{uid} {} 1", plan.euid)).await?;
    }
    if let Some(gid) = plan.map_gid {
        if plan.setgroups == Some("allow") {
            let message = "options --setgroups=allow and --map-group are mutually exclusive";
            return tool.die(message, 1).await;
        }
        // Without the right to map what one likes, a group map needs this first: user_namespaces(7).
        write_proc(tool, "/proc/self/setgroups", "deny".to_owned()).await?;
        write_proc(tool, "/proc/self/gid_map", format!("{gid} {} 1", plan.egid)).await?;
    }
    match plan.setgroups {
        Some(word) => write_proc(tool, "/proc/self/setgroups", word.to_owned()).await,
        None => Ok(()),
    }
}

async fn write_proc(tool: &mut Tool, path: &str, text: String) -> Done {
    match write_file(&tool.sys, path, text).await {
        Ok(()) => Ok(()),
        Err(errno) => tool.die(format!("write failed {path}: {errno}"), 1).await,
    }
}

async fn change_directories(tool: &mut Tool, plan: &Plan) -> Done {
    let mut directory = plan.directory.clone();
    if let Some(root) = &plan.root {
        if let Err(errno) = tool.sys.chroot(root).await {
            let message = format!("cannot change root directory to '{}': {errno}", root.to_text());
            return tool.die(message, 1).await;
        }
        directory = directory.or(Some("/".into()));
    }
    if let Some(directory) = directory
        && let Err(errno) = tool.sys.chdir(&directory).await
    {
        return tool.die(format!("cannot chdir to '{}': {errno}", directory.to_text()), 1).await;
    }
    Ok(())
}

async fn mount_proc(tool: &mut Tool, plan: &Plan, directory: &Bytes) -> Done {
    let private = MountFlags::MS_REC | MountFlags::MS_PRIVATE;
    if plan.root.is_none() && plan.propagation != private {
        // The proc to be covered must not pass the new one on. EINVAL: nothing is mounted there.
        let done = tool.sys.mount(Some("none".into()), directory, None, private, None).await;
        if let Err(errno) = done
            && errno != Errno::EINVAL
        {
            let message = format!("cannot change {} filesystem propagation: {errno}", directory.to_text());
            return tool.die(message, 1).await;
        }
    }
    let flags = MountFlags::MS_NOSUID | MountFlags::MS_NOEXEC | MountFlags::MS_NODEV;
    let proc = || Some(Bytes::from("proc"));
    match tool.sys.mount(proc(), directory, proc(), flags, None).await {
        Ok(_) => Ok(()),
        Err(errno) => tool.die(format!("mount {} failed: {errno}", directory.to_text()), 1).await,
    }
}

async fn set_ids(tool: &mut Tool, plan: &Plan) -> Done {
    if let Some(gid) = plan.gid {
        if let Err(errno) = tool.sys.setgroups(0_u64, Vec::new()).await {
            return tool.die(format!("setgroups failed: {errno}"), 1).await;
        }
        if let Err(errno) = tool.sys.setgid(Gid(gid)).await {
            return tool.die(format!("setgid failed: {errno}"), 1).await;
        }
    }
    if let Some(uid) = plan.uid
        && let Err(errno) = tool.sys.setuid(Uid(uid)).await
    {
        return tool.die(format!("setuid failed: {errno}"), 1).await;
    }
    Ok(())
}

/// Becomes the command, or a login shell where there is none.
pub(super) async fn run_command(tool: &mut Tool, command: &[Bytes]) -> Done {
    let (name, errno) = match command.first() {
        Some(name) => (name.to_text(), exec(&tool.sys, &tool.args, command).await),
        None => {
            let shell = tool.args.env("SHELL").unwrap_or_else(|| "/bin/sh".into());
            let base = shell.rsplit(|&b| b == b'/').next().unwrap_or_default();
            let argv: Vec<Bytes> = vec![[b"-", base].concat().into()];
            let failed = tool.sys.execve(&shell, argv, tool.args.envp.clone()).await;
            (shell.to_text(), failed.err().unwrap_or(Errno::ENOENT))
        }
    };
    let status = if errno == Errno::ENOENT { 127 } else { 126 };
    tool.die(format!("failed to execute {name}: {errno}"), status).await
}
