//! login(1): who are you, and can you prove it? Then a shell as that user. The messages are those of
//! Debian's login, from shadow 4.13 with PAM.

use crate::abi::*;
use crate::image::password;
use crate::user::accounts::{Accounts, User};
use crate::user::getopt::{Order, Syntax};
use crate::user::io::{STDIN, eprint, print, read_text};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax { options: &["f", "p"], unmodelled: &["h=", "r="], order: Order::OptionsFirst };

/// login.defs(5) as Debian has it.
const RETRIES: u32 = 5;
const TIMEOUT_S: u64 = 60;
const ROOT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const USER_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
/// What pam_faildelay makes somebody wait who typed the wrong password.
const FAIL_DELAY_S: i64 = 3;
const TERMINAL_MODE: Mode = Mode(0o600);

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let parsed = tool.options(SYNTAX, 1).await?;
    let sys = tool.sys.handle();
    if sys.geteuid().await != Ok(Uid::ROOT) {
        eprint(&sys, "login: Cannot possibly work without effective root\n").await;
        return Err(Exit(1));
    }
    let name = parsed.operands.first().map(Bytes::to_text);
    let proven = parsed.has("f") && name.is_some();
    // Nobody may keep the terminal without logging in.
    let _ = sys.rt_sigaction(Signal::SIGALRM, SigAction::Handler).await;
    let _ = sys.alarm(TIMEOUT_S).await;
    let accounts = Accounts::read(&sys).await;
    let user = if proven {
        accounts.user_named(name.as_deref().unwrap_or_default()).cloned()
    } else {
        Some(authenticate(tool, &accounts, name).await?)
    };
    let Some(user) = user else {
        print(&sys, "\nLogin incorrect\n").await;
        return Err(Exit(1));
    };
    let _ = sys.alarm(0_u64).await;
    let _ = sys.rt_sigaction(Signal::SIGALRM, SigAction::SIG_DFL).await;
    check_nologin(tool, &user).await?;
    open_session(tool, &accounts, &user, parsed.has("p")).await
}

/// Asks until the password is right, or too often.
async fn authenticate(tool: &mut Tool, accounts: &Accounts, first: Option<String>) -> Done<User> {
    let mut name = first;
    for _ in 0..RETRIES {
        let given = match name.take() {
            Some(name) => name,
            None => ask_for_name(tool).await?,
        };
        let user = accounts.user_named(&given);
        let field = secret_of(&tool.sys, &given).await;
        if let (Some(user), Some("")) = (user, field.as_deref()) {
            return Ok(user.clone());
        }
        let typed = ask_for_password(tool).await?;
        match (user, field) {
            (Some(user), Some(field)) if password::verify(&typed, &field) => return Ok(user.clone()),
            _ => {}
        }
        let delay = Timespec { seconds: FAIL_DELAY_S, nanoseconds: 0 };
        let _ = tool.sys.clock_nanosleep(ClockId::CLOCK_MONOTONIC, SleepFlags::empty(), delay, Null).await;
        check_timeout(tool).await?;
        print(&tool.sys, "\nLogin incorrect\n").await;
    }
    eprint(&tool.sys, format!("Maximum number of tries exceeded ({RETRIES})\n")).await;
    Err(Exit(1))
}

/// The second field of the user's line in /etc/shadow: shadow(5).
async fn secret_of(sys: &Sys, name: &str) -> Option<String> {
    let shadow = read_text(sys, "/etc/shadow").await.unwrap_or_default();
    let mut lines = shadow.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.next().map(str::to_owned)))?
}

async fn ask_for_name(tool: &mut Tool) -> Done<String> {
    loop {
        let host = tool.sys.uname().await.map(|names| names.nodename.to_text()).unwrap_or_default();
        print(&tool.sys, format!("{host} login: ")).await;
        let name = read_line(tool).await?;
        if !name.is_empty() {
            return Ok(name);
        }
    }
}

/// Reads a line that is not echoed: getpass(3).
async fn ask_for_password(tool: &mut Tool) -> Done<String> {
    let sys = tool.sys.handle();
    print(&sys, "Password: ").await;
    let saved = match sys.ioctl(STDIN, IoctlRequest::TCGETS).await {
        Ok(IoctlReply::Termios(termios)) => Some(termios),
        _ => None,
    };
    if let Some(termios) = saved {
        let silent = Termios { local: termios.local.difference(LocalFlags::ECHO), ..termios };
        let _ = sys.ioctl(STDIN, IoctlRequest::TCSETSF(silent)).await;
    }
    let line = read_line(tool).await;
    if let Some(termios) = saved {
        let _ = sys.ioctl(STDIN, IoctlRequest::TCSETS(termios)).await;
        print(&sys, "\n").await;
    }
    line
}

async fn read_line(tool: &mut Tool) -> Done<String> {
    let line = crate::user::io::read_line(&tool.sys, STDIN).await;
    check_timeout(tool).await?;
    match line {
        Ok(line) if line.is_empty() => Err(Exit(1)),
        Ok(line) => Ok(String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned()),
        Err(_) => Err(Exit(1)),
    }
}

/// Whether the time for logging in is over.
async fn check_timeout(tool: &mut Tool) -> Done {
    if !tool.sys.take_caught().contains(Signal::SIGALRM) {
        return Ok(());
    }
    print(&tool.sys, format!("\nLogin timed out after {TIMEOUT_S} seconds.\n")).await;
    Err(Exit(0))
}

/// nologin(5): with this file only root may log in.
async fn check_nologin(tool: &mut Tool, user: &User) -> Done {
    for file in ["/run/nologin", "/etc/nologin"] {
        let Ok(message) = read_text(&tool.sys, file).await else { continue };
        print(&tool.sys, message).await;
        if user.uid != 0 {
            return Err(Exit(1));
        }
    }
    Ok(())
}

/// The terminal becomes the user's, the message of the day is shown, and a child becomes the user's shell.
/// login itself stays root and waits, to close the session.
async fn open_session(tool: &mut Tool, accounts: &Accounts, user: &User, keeps_environment: bool) -> Done {
    let sys = tool.sys.handle();
    own_terminal(&sys, user).await;
    let quiet = is_readable(&sys, &format!("{}/.hushlogin", user.home)).await;
    if !quiet {
        for file in ["/run/motd.dynamic", "/etc/motd"] {
            print(&sys, read_text(&sys, file).await.unwrap_or_default()).await;
        }
    }
    let groups = accounts.groups_of(user);
    let envp = environment(&tool.args, user, keeps_environment);
    let shell = user.clone();
    let child = sys.spawn(CloneFlags::fork(), move |sys| become_user(sys, shell, groups, envp)).await;
    if let Err(errno) = child {
        return tool.die(format!("failure forking: {errno}"), 1).await;
    }
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP] {
        let _ = sys.rt_sigaction(signal, SigAction::SIG_IGN).await;
    }
    while sys.wait4(Pid(-1), WaitOptions::empty(), Null).await == Err(Errno::EINTR) {}
    Err(Exit(0))
}

async fn own_terminal(sys: &Sys, user: &User) {
    let Ok(Data(terminal)) = sys.readlinkat(DirFd::CWD, "/proc/self/fd/0", 4096_u64).await else { return };
    if !terminal.starts_with(b"/dev/") {
        return;
    }
    let owner = (Uid(user.uid), Gid(5));
    let _ = sys.fchownat(DirFd::CWD, terminal.clone(), owner.0, owner.1, AtFlags::empty()).await;
    let _ = sys.fchmodat(DirFd::CWD, terminal, TERMINAL_MODE).await;
}

async fn is_readable(sys: &Sys, path: &str) -> bool {
    sys.faccessat2(DirFd::CWD, path, AccessMode::empty(), AtFlags::empty()).await.is_ok()
}

fn environment(args: &Args, user: &User, keeps_environment: bool) -> Vec<Bytes> {
    let path = if user.uid == 0 { ROOT_PATH } else { USER_PATH };
    let new = [
        ("HOME", user.home.as_str()),
        ("SHELL", shell_of(user)),
        ("USER", &user.name),
        ("LOGNAME", &user.name),
        ("PATH", path),
        ("MAIL", &format!("/var/mail/{}", user.name)),
        ("HUSHLOGIN", "FALSE"),
    ];
    let is_new = |variable: &Bytes| {
        new.iter().any(|(name, _)| {
            variable.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
        })
    };
    let kept = args
        .envp
        .iter()
        .filter(|variable| !is_new(variable) && (keeps_environment || variable.starts_with(b"TERM=")));
    let mut envp: Vec<Bytes> = kept.cloned().collect();
    envp.extend(new.iter().map(|(name, value)| Bytes::from(format!("{name}={value}"))));
    envp
}

fn shell_of(user: &User) -> &str {
    if user.shell.is_empty() { "/bin/sh" } else { &user.shell }
}

/// The child: gives up being root and executes the shell as a login shell.
async fn become_user(sys: Sys, user: User, groups: Vec<u32>, envp: Vec<Bytes>) -> i32 {
    let list: Vec<Gid> = groups.into_iter().map(Gid).collect();
    let taken_on = async {
        sys.setgid(Gid(user.gid)).await?;
        sys.setgroups(list.len() as u64, list).await?;
        sys.setuid(Uid(user.uid)).await
    };
    if let Err(errno) = taken_on.await {
        eprint(&sys, format!("setuid: {errno}\n")).await;
        return 1;
    }
    if sys.chdir(user.home.as_str()).await.is_err() {
        let _ = sys.chdir("/").await;
        print(&sys, "No directory, logging in with HOME=/\n").await;
    }
    let shell = shell_of(&user);
    let name = shell.rsplit('/').next().unwrap_or_default();
    let failed = sys.execve(shell, vec![Bytes::from(format!("-{name}"))], envp).await;
    let errno = failed.err().unwrap_or(Errno::ENOEXEC);
    eprint(&sys, format!("Cannot execute {shell}: {errno}\n")).await;
    if errno == Errno::ENOENT { 127 } else { 126 }
}
