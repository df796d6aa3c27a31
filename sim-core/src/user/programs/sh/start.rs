//! How a shell starts and ends: bash(1), INVOCATION.

use super::input::Lines;
use super::options::{CommandLine, Unusable};
use super::variables::Variables;
use super::{Dialect, Shell, Source, Unwind, text};
use crate::abi::*;
use crate::user::io::{self, STDERR, STDIN};
use crate::user::{Args, Sys};

/// The version that `$BASH_VERSION` and `--version` give: that of Debian 12.
const VERSION: &str = "5.2.15(1)-release";
/// What PATH is where the environment has none.
const BASH_PATH: &str = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin:.";
const DASH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where bash keeps the terminal open for itself.
const TERMINAL_FD: i32 = 255;

/// bash(1).
pub async fn bash(sys: Sys, args: Args) -> i32 {
    run(sys, args, Dialect::Bash).await
}

/// dash(1), which is `sh` on Debian.
pub async fn dash(sys: Sys, args: Args) -> i32 {
    run(sys, args, Dialect::Dash).await
}

async fn run(sys: Sys, args: Args, dialect: Dialect) -> i32 {
    let arguments: Vec<String> = args.argv.iter().skip(1).map(|argument| text::decode(argument)).collect();
    let name = args.argv.first().map(|name| text::decode(name)).unwrap_or_default();
    let line = match CommandLine::parse(&arguments, dialect) {
        Ok(line) => line,
        Err(unusable) => return refuse(&sys, &name, unusable, dialect).await,
    };
    if line.version {
        io::print(&sys, VERSION_TEXT).await;
        return 0;
    }
    let mut shell = Shell::new(sys, &name, &line, Variables::from_environment(&args.envp), dialect).await;
    let outcome = shell.live(line, name.starts_with('-')).await;
    if let Ok(status) = outcome {
        shell.status = status;
    }
    shell.run_exit_trap().await;
    shell.status
}

const VERSION_TEXT: &str = "\
GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>

This is free software; you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.
";

async fn refuse(sys: &Sys, name: &str, unusable: Unusable, dialect: Dialect) -> i32 {
    let message = match (unusable, dialect) {
        (Unusable::NoCommand, Dialect::Bash) => format!("{name}: -c: option requires an argument\n"),
        (Unusable::NoCommand, Dialect::Dash) => format!("{name}: 0: -c requires an argument\n"),
        (Unusable::Option(option), dialect) => {
            crate::user::unmodelled(
                sys,
                format!("{}: {option}", if dialect == Dialect::Bash { "bash" } else { "sh" }),
            );
            match dialect {
                Dialect::Bash => format!("{name}: {option}: invalid option\n"),
                Dialect::Dash => format!("{name}: 0: Illegal option {option}\n"),
            }
        }
    };
    io::eprint(sys, text::encode(&message)).await;
    2
}

impl Shell {
    async fn new(sys: Sys, name: &str, line: &CommandLine, variables: Variables, dialect: Dialect) -> Shell {
        let pid = sys.getpid().await.unwrap_or(Pid(0));
        let host_name = sys.uname().await.map(|uname| text::decode(&uname.nodename)).unwrap_or_default();
        let mut shell = Shell {
            sys,
            dialect,
            source: Source::File,
            name: name.to_owned(),
            parameters: line.parameters.clone(),
            variables,
            functions: Default::default(),
            options: line.options.clone(),
            status: 0,
            pid,
            last_background: None,
            jobs: Default::default(),
            traps: Default::default(),
            hashed: Default::default(),
            line: 0,
            lines_before: 0,
            loop_depth: 0,
            lists: 0,
            function_depth: 0,
            script: None,
            in_subshell: false,
            in_condition: 0,
            warned_of_jobs: false,
            substitution_status: None,
            terminal: None,
            host_name,
            user_name: String::new(),
        };
        shell.set_up_variables().await;
        shell
    }

    async fn set_up_variables(&mut self) {
        let uid = self.sys.getuid().await.unwrap_or(Uid(0));
        let euid = self.sys.geteuid().await.unwrap_or(Uid(0));
        let parent = self.sys.getppid().await.unwrap_or(Pid(0));
        let account = self.account(euid).await;
        self.user_name = account.as_ref().map_or("I have no name!".to_owned(), |(name, _)| name.clone());
        self.variables.set_own("IFS", " \t\n");
        self.variables.set_own("OPTIND", "1");
        self.variables.set_own("PS4", "+ ");
        self.variables.set_own("PPID", parent.to_string());
        self.settle_directory().await;
        let path = if self.dialect == Dialect::Bash { BASH_PATH } else { DASH_PATH };
        self.set_default("PATH", path);
        if self.dialect == Dialect::Dash {
            return;
        }
        self.variables.set_own("UID", uid.to_string());
        self.variables.set_own("EUID", euid.to_string());
        for name in ["PPID", "UID", "EUID"] {
            self.variables.make_read_only(name);
        }
        self.variables.set_own("BASH", "/bin/bash");
        self.variables.set_own("BASH_VERSION", VERSION);
        self.variables.set_own("HOSTTYPE", "x86_64");
        self.variables.set_own("MACHTYPE", "x86_64-pc-linux-gnu");
        self.variables.set_own("OSTYPE", "linux-gnu");
        self.set_default("HOSTNAME", self.host_name.clone());
        self.set_default("TERM", "dumb");
        self.set_default("SHELL", account.map_or("/bin/sh".to_owned(), |(_, shell)| shell));
        let level: i64 = self.variables.get("SHLVL").and_then(|level| level.parse().ok()).unwrap_or(0);
        self.variables.set_own("SHLVL", (level + 1).to_string());
        self.variables.export("SHLVL");
        self.variables.export("OLDPWD");
    }

    /// For what the environment does not say.
    fn set_default(&mut self, name: &str, value: impl Into<String>) {
        if self.variables.get(name).is_none() {
            self.variables.set_own(name, value);
        }
    }

    /// Name and shell of a user: passwd(5).
    async fn account(&self, uid: Uid) -> Option<(String, String)> {
        let passwd = io::read_text(&self.sys, "/etc/passwd").await.ok()?;
        let mut accounts = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let account = accounts.find(|fields| fields.len() >= 7 && fields[2] == uid.to_string())?;
        Some((account[0].to_owned(), account[6].to_owned()))
    }

    /// PWD is believed if it is where the shell is.
    async fn settle_directory(&mut self) {
        let here = self.stat(".", AtFlags::empty()).await;
        let claimed = self.variables.get("PWD").map(str::to_owned).filter(|path| path.starts_with('/'));
        if let Some(path) = claimed
            && let Some(there) = self.stat(&path, AtFlags::empty()).await
            && here.is_some_and(|here| (here.dev, here.ino) == (there.dev, there.ino))
        {
            self.variables.export("PWD");
            return;
        }
        if let Ok(cwd) = self.sys.getcwd(4096_u64).await {
            self.variables.set_own("PWD", text::decode(&cwd.0));
            self.variables.export("PWD");
        }
    }

    /// The shell's life, from its first file to the end of its input.
    async fn live(&mut self, line: CommandLine, is_named_login: bool) -> Result<i32, Unwind> {
        let is_login = is_named_login || line.login;
        let reads_stdin = line.command.is_none() && line.script.is_none();
        let on_terminal = reads_stdin && self.is_terminal(STDIN).await && self.is_terminal(STDERR).await;
        if line.interactive || on_terminal {
            self.become_interactive(&line).await;
        }
        self.note_start(&line);
        self.read_startup_files(&line, is_login).await?;
        match (line.command, line.script) {
            (Some(command), _) => {
                if self.source != Source::Terminal {
                    self.source = Source::CommandString;
                }
                if let Some(name) = line.name {
                    self.name = name;
                }
                self.begin_text();
                self.run_script(&command).await
            }
            (None, Some(script)) => {
                self.source = Source::File;
                self.run_file(&script).await
            }
            (None, None) if self.source == Source::Terminal => {
                self.begin_text();
                let outcome = self.run_from(Lines::Prompted).await;
                if outcome.is_ok() {
                    let farewell =
                        if is_login && self.dialect == Dialect::Bash { "logout\n" } else { "exit\n" };
                    let farewell = if self.dialect == Dialect::Dash { "\n" } else { farewell };
                    io::eprint(&self.sys, farewell).await;
                    return Ok(self.status);
                }
                outcome
            }
            (None, None) => {
                self.begin_text();
                self.run_from(Lines::From(STDIN)).await
            }
        }
    }

    fn begin_text(&mut self) {
        self.status = 0;
        self.lines_before = 0;
    }

    /// For `$-`.
    fn note_start(&mut self, line: &CommandLine) {
        let letters = &mut self.options.letters_of_start;
        if self.dialect == Dialect::Bash {
            letters.push_str("hB");
        }
        if self.source == Source::Terminal {
            letters.push('i');
            if self.dialect == Dialect::Bash {
                letters.push('H');
            }
        }
        if line.command.is_some() {
            letters.push('c');
        } else if line.script.is_none() {
            letters.push('s');
        }
    }

    async fn is_terminal(&self, fd: Fd) -> bool {
        self.sys.ioctl(fd, IoctlRequest::TCGETS).await.is_ok()
    }

    async fn become_interactive(&mut self, line: &CommandLine) {
        self.source = Source::Terminal;
        let is_root = self.sys.geteuid().await == Ok(Uid::ROOT);
        let first = match self.dialect {
            Dialect::Bash => "\\s-\\v\\$ ",
            Dialect::Dash if is_root => "# ",
            Dialect::Dash => "$ ",
        };
        for (name, prompt) in [("PS1", first), ("PS2", "> ")] {
            if self.variables.get(name).is_none() {
                self.variables.set_own(name, prompt);
            }
        }
        if line.command.is_none() {
            self.take_control().await;
        }
        self.set_interactive_signals().await;
    }

    /// Job control: the shell leads a process group, in the foreground of its terminal.
    async fn take_control(&mut self) {
        let flags = OpenFlags::O_RDWR;
        let Ok(tty) = self.sys.openat(DirFd::CWD, "/dev/tty", flags, Mode(0)).await else {
            return self.go_without_control().await;
        };
        let terminal = self.sys.dup3(tty, Fd(TERMINAL_FD), OpenFlags::O_CLOEXEC).await.unwrap_or(tty);
        if terminal != tty {
            let _ = self.sys.close(tty).await;
        }
        // Started in the background, it waits until it is brought to the foreground.
        while let Ok(IoctlReply::Pid(foreground)) = self.sys.ioctl(terminal, IoctlRequest::TIOCGPGRP).await {
            let own = self.sys.getpgid(Pid(0)).await.unwrap_or(foreground);
            if foreground == own || self.sys.kill(Pid(0), Signal::SIGTTIN).await.is_err() {
                break;
            }
        }
        self.terminal = Some(terminal);
        self.options.monitor = true;
        let _ = self.sys.rt_sigaction(Signal::SIGTTOU, SigAction::SIG_IGN).await;
        let _ = self.sys.setpgid(Pid(0), Pid(0)).await;
        self.take_terminal(self.pid).await;
    }

    async fn go_without_control(&self) {
        if self.dialect == Dialect::Dash {
            return self.complain("can't access tty; job control turned off").await;
        }
        self.complain("cannot set terminal process group (-1): Inappropriate ioctl for device").await;
        self.complain("no job control in this shell").await;
    }

    async fn read_startup_files(&mut self, line: &CommandLine, is_login: bool) -> Result<(), Unwind> {
        let home = self.variables.get("HOME").unwrap_or("/").to_owned();
        let mut files = Vec::new();
        if is_login && !line.no_profile {
            files.push("/etc/profile".to_owned());
            let candidates = match self.dialect {
                Dialect::Bash => &[".bash_profile", ".bash_login", ".profile"][..],
                Dialect::Dash => &[".profile"][..],
            };
            for candidate in candidates {
                let path = format!("{home}/{candidate}");
                if self.may(&path, AccessMode::R_OK).await {
                    files.push(path);
                    break;
                }
            }
        } else if self.source == Source::Terminal && !line.no_rc && self.dialect == Dialect::Bash {
            files.push("/etc/bash.bashrc".to_owned());
            files.push(format!("{home}/.bashrc"));
        }
        for file in files {
            if let Ok(content) = io::read_file(&self.sys, text::encode(&file)).await {
                match self.source_text(&file, &text::decode(&content)).await {
                    Ok(_) | Err(Unwind::Return | Unwind::Discard) => {}
                    Err(unwind) => return Err(unwind),
                }
            }
        }
        Ok(())
    }

    /// A script named on the command line.
    async fn run_file(&mut self, path: &str) -> Result<i32, Unwind> {
        let name = std::mem::replace(&mut self.name, path.to_owned());
        let stat = self.stat(path, AtFlags::empty()).await;
        let is_directory = stat.is_some_and(|stat| stat.mode.file_type == FileType::Directory);
        let content = if is_directory {
            Err(Errno::EISDIR)
        } else {
            io::read_file(&self.sys, text::encode(path)).await
        };
        let message = match content {
            Ok(content) if content.starts_with(b"\x7fELF") => {
                format!("{path}: {path}: cannot execute binary file\n")
            }
            Ok(content) => {
                self.begin_text();
                return self.run_script(&text::decode(&content)).await;
            }
            Err(Errno::EISDIR) if self.dialect == Dialect::Bash => {
                format!("{path}: {path}: Is a directory\n")
            }
            Err(errno) if self.dialect == Dialect::Bash => format!("{name}: {path}: {errno}\n"),
            Err(Errno::ENOENT) => format!("{name}: 0: cannot open {path}: No such file\n"),
            Err(errno) => format!("{name}: 0: cannot open {path}: {errno}\n"),
        };
        io::eprint(&self.sys, text::encode(&message)).await;
        Ok(if stat.is_none() { 127 } else { 126 })
    }
}
