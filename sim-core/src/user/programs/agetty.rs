//! agetty(8): sets a terminal up, says whose machine it is, asks for a name and hands over to login.
//! The messages are those of util-linux 2.38.

use crate::abi::*;
use crate::user::calendar::Date;
use crate::user::getopt::{Order, Syntax};
use crate::user::io::{STDERR, STDIN, STDOUT, print, read_text};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        "a autologin=",
        "f issue-file=",
        "i noissue",
        "J noclear",
        "l login-program=",
        "L local-line[=]",
        "nohostname",
        "N nonewline",
        "noreset",
        "n skip-login",
        "o login-options=",
        "s keep-baud",
        "t timeout=",
    ],
    unmodelled: &[
        "8 8bits",
        "E remote",
        "H host=",
        "I init-string=",
        "R hangup",
        "U detect-case",
        "c chdir=",
        "chroot=",
        "delay=",
        "erase-chars=",
        "help",
        "reload",
        "h flow-control",
        "kill-chars=",
        "list-speeds",
        "long-hostname",
        "m extract-baud",
        "nice=",
        "nohints",
        "p login-pause",
        "r root=",
        "show-issue",
        "version",
        "w wait-cr",
    ],
    order: Order::Permute,
};

const LOGIN: &str = "/bin/login";
/// The group `tty`, which may write to terminals.
const TTY_GROUP: Gid = Gid(5);
const NAME_MAX: usize = 255;

const CTRL_D: u8 = 0x04;
const CTRL_U: u8 = 0x15;
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// What the command line says.
struct Wishes {
    line: String,
    term: Option<String>,
    autologin: Option<String>,
    login_program: String,
    login_options: Option<String>,
    issue_file: Option<String>,
    timeout_s: u64,
    no_issue: bool,
    no_newline: bool,
    no_hostname: bool,
    skip_login: bool,
}

async fn run(tool: &mut Tool) -> Done {
    let wishes = wishes(tool).await?;
    if wishes.line != "-" {
        open_terminal(tool, &wishes.line).await?;
    }
    let line = terminal_name(&wishes);
    if let Some(term) = &wishes.term {
        tool.args.envp.retain(|variable| !variable.starts_with(b"TERM="));
        tool.args.envp.push(format!("TERM={term}").into());
    }
    if wishes.timeout_s > 0 {
        let _ = tool.sys.alarm(wishes.timeout_s).await;
    }
    let name = match &wishes.autologin {
        Some(name) => {
            let prompt = prompt_text(tool, &wishes, &line).await;
            print(&tool.sys, format!("{prompt}{name} (automatic login)\n\n")).await;
            Some(name.clone())
        }
        None if wishes.skip_login => {
            let prompt = issue_text(tool, &wishes, &line).await;
            print(&tool.sys, prompt).await;
            None
        }
        None => Some(ask_for_name(tool, &wishes, &line).await?),
    };
    if wishes.timeout_s > 0 {
        let _ = tool.sys.alarm(0_u64).await;
    }
    become_login(tool, &wishes, name).await
}

async fn wishes(tool: &mut Tool) -> Done<Wishes> {
    let parsed = tool.options(SYNTAX, 1).await?;
    let operands: Vec<String> = parsed.operands.iter().map(Bytes::to_text).collect();
    let (speeds, names): (Vec<&String>, Vec<&String>) =
        operands.iter().partition(|operand| operand.starts_with(|first: char| first.is_ascii_digit()));
    // The speed may come before or after the line.
    let Some(line) = names.first() else { return tool.usage("not enough arguments", 1).await };
    for speed in speeds.iter().flat_map(|list| list.split(',')) {
        if speed.parse::<u32>().is_err() {
            return tool.die(format!("bad speed: {speed}"), 1).await;
        }
    }
    Ok(Wishes {
        line: line.trim_start_matches("/dev/").to_owned(),
        term: names.get(1).map(|term| (*term).clone()),
        autologin: parsed.value("a"),
        login_program: parsed.value("l").unwrap_or_else(|| LOGIN.to_owned()),
        login_options: parsed.value("o"),
        issue_file: parsed.value("f"),
        timeout_s: parsed.value("t").and_then(|seconds| seconds.parse().ok()).unwrap_or(0),
        no_issue: parsed.has("i"),
        no_newline: parsed.has("N"),
        no_hostname: parsed.has("nohostname"),
        skip_login: parsed.has("n"),
    })
}

fn terminal_name(wishes: &Wishes) -> String {
    if wishes.line == "-" { "tty".to_owned() } else { wishes.line.clone() }
}

/// Makes the line the controlling terminal, and descriptors 0 to 2.
async fn open_terminal(tool: &mut Tool, line: &str) -> Done {
    let sys = tool.sys.handle();
    let path = format!("/dev/{line}");
    // Nobody but the user who logs in may read what is typed.
    let _ = sys.fchownat(DirFd::CWD, path.as_str(), Uid::ROOT, TTY_GROUP, AtFlags::empty()).await;
    let _ = sys.fchmodat(DirFd::CWD, path.as_str(), Mode(0o620)).await;
    let flags = OpenFlags::O_RDWR | OpenFlags::O_NOCTTY | OpenFlags::O_NONBLOCK;
    let fd = match sys.openat(DirFd::CWD, path.as_str(), flags, Mode(0)).await {
        Ok(fd) => fd,
        Err(errno) => return tool.die(format!("{path}: cannot open as standard input: {errno}"), 1).await,
    };
    let _ = sys.fcntl(fd, FcntlCommand::F_SETFL(OpenFlags::O_RDWR)).await;
    for standard in [STDIN, STDOUT, STDERR] {
        if fd != standard {
            let _ = sys.dup3(fd, standard, OpenFlags::empty()).await;
        }
    }
    if fd > STDERR {
        let _ = sys.close(fd).await;
    }
    let _ = sys.setsid().await;
    if let Err(errno) = sys.ioctl(STDIN, IoctlRequest::TIOCSCTTY(1)).await {
        tool.complain(format!("{path}: cannot get controlling tty: {errno}")).await;
    }
    let _ = sys.ioctl(STDIN, IoctlRequest::TCSETSF(Termios::default())).await;
    Ok(())
}

/// Shows the issue and the prompt until somebody types a name.
async fn ask_for_name(tool: &mut Tool, wishes: &Wishes, line: &str) -> Done<String> {
    let sys = tool.sys.handle();
    let cooked = Termios::default();
    let raw = Termios { input: InputFlags::empty(), local: LocalFlags::empty(), ..cooked };
    let _ = sys.ioctl(STDIN, IoctlRequest::TCSETSF(raw)).await;
    let name = loop {
        let prompt = prompt_text(tool, wishes, line).await;
        print(&sys, prompt).await;
        let name = read_name(tool).await?;
        if !name.is_empty() {
            break name;
        }
    };
    let _ = sys.ioctl(STDIN, IoctlRequest::TCSETS(cooked)).await;
    print(&sys, "\n").await;
    if name.starts_with('-') {
        return tool.die(format!("{name}: starts with a dash"), 1).await;
    }
    Ok(name)
}

/// Reads one name, with the terminal in raw mode: agetty echoes and erases itself.
async fn read_name(tool: &mut Tool) -> Done<String> {
    let sys = tool.sys.handle();
    let mut name: Vec<u8> = Vec::new();
    loop {
        let byte = match sys.read(STDIN, 1_u64).await {
            Ok(Data(data)) => data.first().copied(),
            Err(Errno::EINTR) => continue,
            Err(errno) => return tool.die(format!("{}: read: {errno}", tool.name), 1).await,
        };
        match byte {
            None | Some(CTRL_D) => return Err(Exit(0)),
            Some(b'\r' | b'\n') => return Ok(String::from_utf8_lossy(&name).into_owned()),
            Some(BACKSPACE | DELETE) => {
                if name.pop().is_some() {
                    print(&sys, "\x08 \x08").await;
                }
            }
            Some(CTRL_U) => {
                print(&sys, "\x08 \x08".repeat(name.len())).await;
                name.clear();
            }
            Some(byte) if byte.is_ascii_graphic() || byte >= 0x80 || byte == b' ' => {
                if name.len() < NAME_MAX {
                    name.push(byte);
                    print(&sys, vec![byte]).await;
                }
            }
            Some(_) => {}
        }
    }
}

async fn prompt_text(tool: &Tool, wishes: &Wishes, line: &str) -> String {
    let mut text = issue_text(tool, wishes, line).await;
    if !wishes.no_hostname
        && let Ok(names) = tool.sys.uname().await
    {
        let host = names.nodename.to_text();
        text += host.split('.').next().unwrap_or_default();
        text.push(' ');
    }
    text + "login: "
}

/// The issue file, with its escapes put in: issue(5), agetty(8).
async fn issue_text(tool: &Tool, wishes: &Wishes, line: &str) -> String {
    let mut text = if wishes.no_newline { String::new() } else { "\n".to_owned() };
    if wishes.no_issue {
        return text;
    }
    let file = wishes.issue_file.as_deref().unwrap_or("/etc/issue");
    let issue = read_text(&tool.sys, file).await.unwrap_or_default();
    let mut rest = issue.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some(escape) => text += &escaped(tool, escape, line).await,
                None => text.push('\\'),
            },
            _ => text.push(character),
        }
    }
    text
}

async fn escaped(tool: &Tool, escape: char, line: &str) -> String {
    let Ok(names) = tool.sys.uname().await else { return String::new() };
    match escape {
        'n' => names.nodename.to_text(),
        'l' => line.to_owned(),
        's' => names.sysname.to_text(),
        'r' => names.release.to_text(),
        'v' => names.version.to_text(),
        'm' => names.machine.to_text(),
        'o' => names.domainname.to_text(),
        'b' => "38400".to_owned(),
        'd' | 't' => match tool.sys.clock_gettime(ClockId::CLOCK_REALTIME).await {
            Ok(now) if escape == 'd' => Date::from_seconds(now.seconds).format("%a %b %e  %Y"),
            Ok(now) => Date::from_seconds(now.seconds).format("%H:%M:%S"),
            Err(_) => String::new(),
        },
        '\\' => "\\".to_owned(),
        other => {
            crate::user::unmodelled(&tool.sys, format!("agetty: \\{other} in the issue file"));
            other.to_string()
        }
    }
}

async fn become_login(tool: &mut Tool, wishes: &Wishes, name: Option<String>) -> Done {
    let mut argv: Vec<Bytes> = vec![wishes.login_program.as_str().into()];
    match (&wishes.login_options, &name) {
        (Some(options), name) => {
            let name = name.clone().unwrap_or_default();
            argv.extend(options.split_ascii_whitespace().map(|word| match word {
                "\\u" => Bytes::from(name.as_str()),
                word => Bytes::from(word),
            }));
        }
        (None, Some(name)) if wishes.autologin.is_some() => {
            argv.extend([Bytes::from("-f"), Bytes::from(name)]);
        }
        (None, Some(name)) => argv.extend([Bytes::from("--"), Bytes::from(name)]),
        (None, None) => {}
    }
    let failed = tool.sys.execve(wishes.login_program.as_str(), argv, tool.args.envp.clone()).await;
    let errno = failed.err().unwrap_or(Errno::ENOEXEC);
    let message = format!("can't exec {}: {errno}", wishes.login_program);
    tool.die(message, 1).await
}
