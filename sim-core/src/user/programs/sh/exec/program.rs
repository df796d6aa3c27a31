//! Finding and running programs: bash(1), COMMAND EXECUTION.

use crate::abi::*;
use crate::user::io;
use crate::user::programs::sh::builtins;
use crate::user::programs::sh::variables::Variables;
use crate::user::programs::sh::{Dialect, Outcome, Shell, Source, text};
use crate::user::{hint, programs};

const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;

impl Shell {
    /// Where in PATH a command is; a file that cannot be executed only if there is no better one.
    pub(in crate::user::programs::sh) async fn search_path(&self, name: &str) -> Option<String> {
        let path = self.variables.get("PATH").unwrap_or("").to_owned();
        let mut second_best = None;
        for directory in path.split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            let candidate = format!("{directory}/{name}");
            let Some(stat) = self.stat(&candidate, AtFlags::empty()).await else { continue };
            if stat.mode.file_type != FileType::Regular {
                continue;
            }
            if self.may(&candidate, AccessMode::X_OK).await {
                return Some(candidate);
            }
            second_best.get_or_insert(candidate);
        }
        second_best
    }

    pub(in crate::user::programs::sh) async fn stat(&self, path: &str, flags: AtFlags) -> Option<Stat> {
        self.sys.newfstatat(DirFd::CWD, text::encode(path), flags).await.ok()
    }

    pub(in crate::user::programs::sh) async fn may(&self, path: &str, mode: AccessMode) -> bool {
        self.sys.faccessat2(DirFd::CWD, text::encode(path), mode, AtFlags::empty()).await.is_ok()
    }

    /// Fills in the table of `hash`.
    pub(super) async fn remember_program(&mut self, name: &str) {
        if !name.contains('/')
            && !self.hashed.contains_key(name)
            && let Some(path) = self.search_path(name).await
        {
            self.hashed.insert(name.to_owned(), path);
        }
    }

    /// Replaces this process with a program; returns only if that cannot be done.
    pub(in crate::user::programs::sh) async fn execute(&mut self, arguments: &[String]) -> Outcome {
        let name = &arguments[0];
        let path = if name.contains('/') {
            Some(name.clone())
        } else {
            match self.hashed.get(name) {
                Some(path) => Some(path.clone()),
                None => self.search_path(name).await,
            }
        };
        let Some(path) = path else {
            if builtins::is_missing(name) && self.dialect == Dialect::Bash {
                self.unmodelled(name);
            }
            self.command_not_found(name).await;
            return Ok(NOT_FOUND);
        };
        let mut environment = self.variables.environment();
        if self.dialect == Dialect::Bash {
            environment.push(text::encode(&format!("_={path}")));
        }
        let result = self.sys.execve(text::encode(&path), text::encode_all(arguments), environment).await;
        let Err(errno) = result else { return Ok(0) };
        if errno == Errno::ENOEXEC
            && let Some(outcome) = self.run_as_script(&path, arguments).await
        {
            return outcome;
        }
        self.explain_failure(&path, errno).await
    }

    async fn command_not_found(&self, name: &str) {
        let message = match self.dialect {
            Dialect::Bash => "command not found",
            Dialect::Dash => "not found",
        };
        self.complain(format!("{name}: {message}")).await;
        let available: Vec<&str> = programs::NAMES.to_vec();
        hint(&self.sys, format!("{name}: not on this machine, which has: {}", available.join(" ")));
    }

    /// What execve(2) refused, as the shell says it.
    async fn explain_failure(&mut self, path: &str, errno: Errno) -> Outcome {
        if self.dialect == Dialect::Dash {
            let (message, status) = match errno {
                Errno::ENOENT => ("not found", NOT_FOUND),
                errno => (errno.message(), NOT_EXECUTABLE),
            };
            self.complain(format!("{path}: {message}")).await;
            return Ok(status);
        }
        let stat = self.stat(path, AtFlags::empty()).await;
        let is_directory = stat.is_some_and(|stat| stat.mode.file_type == FileType::Directory);
        let interpreter = if stat.is_some() { self.interpreter(path).await } else { None };
        let message = match (errno, interpreter) {
            _ if is_directory => "Is a directory".to_owned(),
            (Errno::ENOENT, Some(interpreter)) => format!("{interpreter}: bad interpreter: {errno}"),
            (Errno::ENOENT, None) if stat.is_some() => "cannot execute: required file not found".to_owned(),
            (Errno::ENOEXEC, _) => "cannot execute binary file: Exec format error".to_owned(),
            (errno, _) => errno.message().to_owned(),
        };
        self.complain(format!("{path}: {message}")).await;
        Ok(if errno == Errno::ENOENT && stat.is_none() { NOT_FOUND } else { NOT_EXECUTABLE })
    }

    /// What follows `#!` in a file.
    async fn interpreter(&self, path: &str) -> Option<String> {
        let content = io::read_file(&self.sys, text::encode(path)).await.ok()?;
        let line = text::decode(content.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?);
        line.split_ascii_whitespace().next().map(str::to_owned)
    }

    /// A file without `#!` that is no program is a script for this shell; none if it does not look like text.
    async fn run_as_script(&mut self, path: &str, arguments: &[String]) -> Option<Outcome> {
        let content = io::read_file(&self.sys, text::encode(path)).await.ok()?;
        let first_line = content.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if first_line.contains(&0) || content.starts_with(b"\x7fELF") {
            return None;
        }
        // A new shell, but for the process: it knows what a program would know.
        self.variables = Variables::from_environment(&self.variables.environment());
        self.functions.clear();
        self.traps.clear();
        self.options = Default::default();
        self.name = path.to_owned();
        self.parameters = arguments[1..].to_vec();
        self.source = Source::File;
        self.in_subshell = false;
        self.terminal = None;
        self.function_depth = 0;
        self.lines_before = 0;
        Some(self.run_script(&text::decode(&content)).await)
    }
}
