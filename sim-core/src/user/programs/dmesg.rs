//! dmesg(1).

use crate::abi::{Errno, SyslogAction};
use crate::user::getopt::{Order, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &["C clear", "c read-clear", "t notime", "r raw", "L color[=]"],
    unmodelled: &[
        "D console-off",
        "d show-delta",
        "e reltime",
        "E console-on",
        "F file=",
        "f facility=",
        "H human",
        "J json",
        "k kernel",
        "l level=",
        "n console-level=",
        "P nopager",
        "p force-prefix",
        "S syslog",
        "s buffer-size=",
        "T ctime",
        "time-format=",
        "noescape",
        "since=",
        "until=",
        "u userspace",
        "w follow",
        "W follow-new",
        "x decode",
        "h help",
        "V version",
    ],
    order: Order::Permute,
};

/// What one syslog(2) asks for, in bytes: more than the kernel keeps.
const BUFFER: u64 = 1 << 20;

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    if options.has("C") {
        return match tool.sys.syslog(SyslogAction::SYSLOG_ACTION_CLEAR, 0_u64).await {
            Ok(_) => Ok(()),
            Err(errno) => tool.die(format!("clear kernel buffer failed: {errno}"), 1).await,
        };
    }
    let action = if options.has("c") {
        SyslogAction::SYSLOG_ACTION_READ_CLEAR
    } else {
        SyslogAction::SYSLOG_ACTION_READ_ALL
    };
    let log = match tool.sys.syslog(action, BUFFER).await {
        Ok(log) => log.0.to_text(),
        Err(errno) => return refused(tool, errno).await,
    };
    let coloured = match options.value("L").as_deref() {
        Some("always") => true,
        Some("never") => false,
        _ => tool.writes_to_terminal().await,
    };
    for line in log.lines() {
        let shown = show(line, options.has("r"), options.has("t"), coloured);
        tool.put(shown + "\n");
    }
    Ok(())
}

async fn refused(tool: &mut Tool, errno: Errno) -> Done {
    tool.die(format!("read kernel buffer failed: {errno}"), 1).await
}

/// A line of the log, `<6>[    0.000000] subsystem: text`, as it is printed.
fn show(line: &str, raw: bool, without_time: bool, coloured: bool) -> String {
    if raw {
        return line.to_owned();
    }
    let (level, rest) = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((level, rest)) => (level.parse::<u32>().unwrap_or(6) & 7, rest),
        None => (6, line),
    };
    let (time, text) = match rest.split_once("] ") {
        Some((time, text)) if rest.starts_with('[') => (format!("{time}] "), text),
        _ => (String::new(), rest),
    };
    let time = if without_time { String::new() } else { time };
    if !coloured {
        return format!("{time}{text}");
    }
    let time = if time.is_empty() { time } else { format!("\x1b[32m{time}\x1b[0m") };
    let (subsystem, message) = match text.find(": ") {
        Some(at) => text.split_at(at + 2),
        None => ("", text),
    };
    let subsystem = if subsystem.is_empty() { String::new() } else { format!("\x1b[33m{subsystem}\x1b[0m") };
    let message = match level {
        0 | 1 => format!("\x1b[7;31m{message}\x1b[0m"),
        2 => format!("\x1b[1;31m{message}\x1b[0m"),
        3 => format!("\x1b[31m{message}\x1b[0m"),
        4 => format!("\x1b[1m{message}\x1b[0m"),
        _ => message.to_owned(),
    };
    format!("{time}{subsystem}{message}")
}
