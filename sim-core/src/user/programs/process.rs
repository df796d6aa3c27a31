//! sleep(1), kill(1), env(1), printenv(1), pwd(1), tty(1), chroot(8), pivot_root(8), nproc(1).

use crate::abi::*;
use crate::clock::Nanos;
use crate::user::getopt::{self, Order, Syntax};
use crate::user::io::STDIN;
use crate::user::tool::{Done, Exit, Tool, exec, is_terminal};
use crate::user::{Args, Sys, quote};

macro_rules! entries {
    ($($name:ident runs $run:ident, named $how:ident;)*) => {$(
        pub async fn $name(sys: Sys, args: Args) -> i32 {
            let mut tool = Tool::$how(sys, args);
            let done = $run(&mut tool).await;
            tool.finish(done).await
        }
    )*};
}

entries! {
    sleep runs run_sleep, named new;
    kill runs run_kill, named new;
    env runs run_env, named new;
    printenv runs run_printenv, named new;
    pwd runs run_pwd, named new;
    tty runs run_tty, named new;
    chroot runs run_chroot, named new;
    pivot_root runs run_pivot_root, named short_named;
    nproc runs run_nproc, named new;
}

const NO_OPTIONS: Syntax = Syntax { options: &[], unmodelled: &["help", "version"], order: Order::Permute };

async fn run_sleep(tool: &mut Tool) -> Done {
    let options = tool.options(NO_OPTIONS, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("missing operand", 1).await;
    }
    let mut total = Nanos::ZERO;
    for operand in &options.operands {
        match parse_interval(&operand.to_text()) {
            Some(interval) => total = total + interval,
            None => {
                let message = format!("invalid time interval {}", tool.quoted(operand));
                tool.fail(message).await;
            }
        }
    }
    if tool.status != 0 {
        return tool.try_help(1).await;
    }
    let request =
        Timespec { seconds: total.as_seconds() as i64, nanoseconds: (total.0 % 1_000_000_000) as i64 };
    let done = tool.sys.clock_nanosleep(ClockId::CLOCK_REALTIME, SleepFlags::empty(), request, Null).await;
    match done {
        Ok(_) => Ok(()),
        Err(errno) => tool.die(format!("cannot read realtime clock: {errno}"), 1).await,
    }
}

/// `1.5`, `2m`: a number of seconds, minutes, hours or days.
fn parse_interval(text: &str) -> Option<Nanos> {
    if text == "inf" || text == "infinity" {
        return Some(Nanos(u64::MAX));
    }
    let (number, unit_seconds) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1),
        'm' => (&text[..text.len() - 1], 60),
        'h' => (&text[..text.len() - 1], 3600),
        'd' => (&text[..text.len() - 1], 86_400),
        _ => (text, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = whole.checked_mul(1_000_000_000)?.checked_add(nine.parse().ok()?)?;
    nanos.checked_mul(unit_seconds).map(Nanos)
}

async fn run_kill(tool: &mut Tool) -> Done {
    let mut signal = Signal::SIGTERM;
    let mut arguments = tool.args.rest().into_iter().peekable();
    if let Some(first) = arguments.peek().cloned() {
        if first == "-l" || first == "--list" {
            arguments.next();
            return list_signals(tool, arguments.next()).await;
        }
        if first == "-L" || first == "--table" || first == "-q" || first == "--queue" {
            crate::user::unmodelled(&tool.sys, format!("kill {first}"));
            return Err(Exit(1));
        }
        let name = if first == "-s" || first == "--signal" {
            arguments.next();
            arguments.next()
        } else if first.len() > 1 && first.starts_with('-') && first != "--" {
            arguments.next();
            Some(first[1..].to_owned())
        } else {
            None
        };
        if let Some(name) = name {
            match signal_named(&name) {
                Some(found) => signal = found,
                // The page of usage that follows is not reproduced.
                None => return tool.die(format!("unknown signal name {name}"), 1).await,
            }
        }
    }
    let pids: Vec<String> = arguments.filter(|argument| argument != "--").collect();
    if pids.is_empty() {
        return Err(Exit(1));
    }
    for text in pids {
        let Ok(pid) = text.parse() else {
            tool.fail(format!("failed to parse argument: '{text}'")).await;
            continue;
        };
        if let Err(errno) = tool.sys.kill(Pid(pid), signal).await {
            tool.fail(format!("({text}): {errno}")).await;
        }
    }
    Ok(())
}

fn signal_named(name: &str) -> Option<Signal> {
    match name.parse::<u8>() {
        Ok(number) => (number <= Signal::MAX).then_some(Signal(number)),
        Err(_) => Signal::from_name(&name.to_ascii_uppercase()),
    }
}

async fn list_signals(tool: &mut Tool, which: Option<String>) -> Done {
    let short = |signal: Signal| signal.name().map(|name| name[3..].to_owned());
    if let Some(which) = which {
        let text = match which.parse::<u8>() {
            Ok(number) => short(Signal(number & 0x7f)),
            Err(_) => Signal::from_name(&which.to_ascii_uppercase()).map(|signal| signal.0.to_string()),
        };
        if let Some(text) = text {
            tool.line(text).await;
        }
        return Ok(());
    }
    // POLL is the older name of IO, and the one that procps prints.
    let names = (1..32).filter_map(|number| short(Signal(number)));
    let names: Vec<String> = names.map(|name| if name == "IO" { "POLL".to_owned() } else { name }).collect();
    let mut line = String::new();
    for name in names {
        if line.len() + 1 + name.len() > 78 {
            tool.line(&line).await;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += &name;
    }
    tool.line(line).await;
    Ok(())
}

const ENV: Syntax = Syntax {
    options: &["0 null", "C chdir=", "i ignore-environment", "u unset="],
    unmodelled: &[
        "block-signal[=]",
        "default-signal[=]",
        "ignore-signal[=]",
        "list-signal-handling",
        "S split-string=",
        "v debug",
        "help",
        "version",
    ],
    order: Order::OptionsFirst,
};

async fn run_env(tool: &mut Tool) -> Done {
    // A lone `-` is `-i`.
    for argument in tool.args.argv.iter_mut().skip(1).take(1).filter(|argument| argument.as_slice() == b"-") {
        *argument = "-i".into();
    }
    let options = tool.options(ENV, 125).await?;
    let mut envp = if options.has("i") { Vec::new() } else { tool.args.envp.clone() };
    for (option, value) in &options.options {
        if let Some(name) = value.as_ref().filter(|_| *option == "u") {
            envp.retain(|entry| !is_entry_of(entry, name));
        }
    }
    let assigns = options.operands.iter().take_while(|operand| operand.contains(&b'='));
    let count = assigns.clone().count();
    for assignment in assigns {
        let name = assignment.split(|&b| b == b'=').next().unwrap_or_default();
        match envp.iter_mut().find(|entry| is_entry_of(entry, name)) {
            Some(entry) => *entry = assignment.clone(),
            None => envp.push(assignment.clone()),
        }
    }
    let command = &options.operands[count..];
    if command.is_empty() {
        let end = if options.has("0") { "\0" } else { "\n" };
        for entry in &envp {
            tool.put([entry.as_slice(), end.as_bytes()].concat());
        }
        return Ok(());
    }
    if let Some(directory) = options.value("C")
        && let Err(errno) = tool.sys.chdir(&directory).await
    {
        let message = format!("cannot change directory to {}: {errno}", quote::always(&directory));
        return tool.die(message, 125).await;
    }
    tool.args.envp = envp;
    run_command(tool, command).await
}

fn is_entry_of(entry: &[u8], name: &[u8]) -> bool {
    entry.strip_prefix(name).is_some_and(|rest| rest.starts_with(b"="))
}

async fn run_command(tool: &mut Tool, command: &[Bytes]) -> Done {
    let errno = exec(&tool.sys, &tool.args, command).await;
    let status = if errno == Errno::ENOENT { 127 } else { 126 };
    let message = format!("{}: {errno}", tool.quoted(&command[0]));
    tool.die(message, status).await
}

const PRINTENV: Syntax =
    Syntax { options: &["0 null"], unmodelled: &["help", "version"], order: Order::OptionsFirst };

async fn run_printenv(tool: &mut Tool) -> Done {
    let options = tool.options(PRINTENV, 2).await?;
    let end = if options.has("0") { "\0" } else { "\n" };
    if options.operands.is_empty() {
        for entry in tool.args.envp.clone() {
            tool.put([entry.as_slice(), end.as_bytes()].concat());
        }
    }
    for name in &options.operands {
        match tool.args.env(&name.to_text()) {
            Some(value) => tool.put([value.as_slice(), end.as_bytes()].concat()),
            None => tool.status = 1,
        }
    }
    Ok(())
}

const PWD: Syntax =
    Syntax { options: &["L logical", "P physical"], unmodelled: &["help", "version"], order: Order::Permute };

async fn run_pwd(tool: &mut Tool) -> Done {
    let options = tool.options(PWD, 1).await?;
    if !options.operands.is_empty() {
        tool.complain("ignoring non-option arguments").await;
    }
    if options.last_of(&["L", "P"]) == Some("L") {
        crate::user::unmodelled(&tool.sys, "pwd -L");
    }
    match tool.sys.getcwd(4096_u64).await {
        Ok(cwd) => tool.line(cwd.0).await,
        Err(errno) => return tool.die(format!("failed to get current directory: {errno}"), 1).await,
    }
    Ok(())
}

const TTY: Syntax =
    Syntax { options: &["s silent quiet"], unmodelled: &["help", "version"], order: Order::Permute };

async fn run_tty(tool: &mut Tool) -> Done {
    let options = tool.options(TTY, 2).await?;
    let quiet = options.has("s");
    if !is_terminal(&tool.sys, STDIN).await {
        if !quiet {
            tool.line("not a tty").await;
        }
        return Err(Exit(1));
    }
    if !quiet {
        let name = tool.sys.readlinkat(DirFd::CWD, "/proc/self/fd/0", 4096_u64).await;
        tool.line(name.map(|name| name.0).unwrap_or_default()).await;
    }
    Ok(())
}

const CHROOT: Syntax = Syntax {
    options: &[],
    unmodelled: &["groups=", "skip-chdir", "userspec=", "help", "version"],
    order: Order::OptionsFirst,
};

async fn run_chroot(tool: &mut Tool) -> Done {
    let options = tool.options(CHROOT, 125).await?;
    let Some((root, command)) = options.operands.split_first() else {
        return tool.usage("missing operand", 125).await;
    };
    if let Err(errno) = tool.sys.chroot(root).await {
        let message = format!("cannot change root directory to {}: {errno}", quote::always(root));
        return tool.die(message, 125).await;
    }
    if let Err(errno) = tool.sys.chdir("/").await {
        return tool.die(format!("cannot chdir to root directory: {errno}"), 125).await;
    }
    let shell = tool.args.env("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let command = if command.is_empty() { vec![shell, "-i".into()] } else { command.to_vec() };
    let errno = exec(&tool.sys, &tool.args, &command).await;
    let status = if errno == Errno::ENOENT { 127 } else { 126 };
    let message = format!("failed to run command {}: {errno}", tool.quoted(&command[0]));
    tool.die(message, status).await
}

async fn run_pivot_root(tool: &mut Tool) -> Done {
    let syntax = Syntax { unmodelled: &["h help", "V version"], ..NO_OPTIONS };
    let options = match getopt::parse(syntax, tool.args.argv.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(refusal) => {
            tool.note_refusal(&refusal);
            return tool.usage(refusal.message, 1).await;
        }
    };
    let [new, old] = &options.operands[..] else { return tool.usage("bad usage", 1).await };
    match tool.sys.pivot_root(new, old).await {
        Ok(_) => Ok(()),
        Err(errno) => {
            let message =
                format!("failed to change root from `{}' to `{}': {errno}", new.to_text(), old.to_text());
            tool.die(message, 1).await
        }
    }
}

const NPROC: Syntax =
    Syntax { options: &["all"], unmodelled: &["ignore=", "help", "version"], order: Order::Permute };

async fn run_nproc(tool: &mut Tool) -> Done {
    let options = tool.options(NPROC, 1).await?;
    if let Some(extra) = options.operands.first().map(Bytes::to_text) {
        let message = format!("extra operand {}", tool.quoted(&extra));
        return tool.usage(message, 1).await;
    }
    let cpus = tool.sys.sched_getaffinity(Pid(0), 128_u64).await.map_or(1, |mask| mask.0.count_ones());
    tool.line(cpus.to_string()).await;
    Ok(())
}
