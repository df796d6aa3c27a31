//! The shell: bash(1) as Debian 12 has it, and dash(1) where it is called `sh`.
//!
//! What it reads goes through [`parse`] into commands, [`exec`] runs them, [`expand`] makes arguments of
//! their words, [`redirect`] and [`jobs`] look after descriptors and children. All that a shell is, a
//! [`Shell`] holds; a subshell is a clone of it in a child process.

mod builtins;
mod exec;
mod expand;
mod input;
mod jobs;
mod options;
mod parse;
mod prompt;
mod redirect;
mod signals;
mod start;
#[cfg(test)]
mod tests;
mod text;
mod variables;

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::FunctionDefinition;

use super::super::io;
use super::Sys;
use crate::abi::Pid;
use crate::clock::Nanos;
use jobs::Jobs;
use options::Options;
pub use start::{bash, dash};
use variables::Variables;

/// What a shell spends on one command besides its system calls.
const COMMAND_COST: Nanos = Nanos::micros(5);

/// Which shell it is: they differ in messages and in what they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Bash,
    Dash,
}

/// Where commands come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// `-c`.
    CommandString,
    /// A script or standard input.
    File,
    Terminal,
}

/// Why the commands that follow are not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unwind {
    /// `break N`.
    Break(u32),
    /// `continue N`.
    Continue(u32),
    /// `return`.
    Return,
    /// `exit`, or an error that ends a shell which is not interactive.
    Exit,
    /// An error that ends the whole line: the next one is read.
    Discard,
}

/// The exit status of a command, or that no more commands are to be run; then it is in `Shell::status`.
type Outcome = Result<i32, Unwind>;

/// A function, and the line before the text that its own lines are counted from.
#[derive(Clone)]
struct Function {
    definition: Rc<FunctionDefinition>,
    lines_before: u32,
}

/// A shell: all of its state.
#[derive(Clone)]
struct Shell {
    sys: Sys,
    dialect: Dialect,
    source: Source,
    /// `$0`.
    name: String,
    /// `$1` and on.
    parameters: Vec<String>,
    variables: Variables,
    functions: BTreeMap<String, Function>,
    options: Options,
    /// `$?`.
    status: i32,
    /// `$$`.
    pid: Pid,
    /// `$!`.
    last_background: Option<Pid>,
    jobs: Jobs,
    /// What `trap` has set: the signal's number, 0 for EXIT, and the command; an empty one ignores.
    traps: BTreeMap<u8, String>,
    /// The programs found so far, for `hash`.
    hashed: BTreeMap<String, String>,
    /// The line of the command that is being run, for messages and LINENO.
    line: u32,
    /// Lines read before the text that is being run.
    lines_before: u32,
    loop_depth: u32,
    /// How many lists of several commands it is in the middle of: `a; b`, `a && b`.
    lists: u32,
    function_depth: u32,
    /// The file that `source` is reading.
    script: Option<String>,
    /// Whether it is a copy that runs a part of the script in a child.
    in_subshell: bool,
    /// `exit` has said that there are stopped jobs.
    warned_of_jobs: bool,
    /// Within a condition, where a failing command does not end the shell under `set -e`.
    in_condition: u32,
    /// The exit status of the last command substitution in the words of the command being run.
    substitution_status: Option<i32>,
    /// The descriptor of the terminal that jobs are given, while there is job control.
    terminal: Option<crate::abi::Fd>,
    /// What `\h`, `\u` and `$HOSTNAME` say; asked for once, at the start.
    host_name: String,
    user_name: String,
}

impl Shell {
    fn is_interactive(&self) -> bool {
        self.source == Source::Terminal && !self.in_subshell
    }

    /// Whether jobs get process groups of their own.
    fn has_job_control(&self) -> bool {
        self.options.monitor && !self.in_subshell
    }

    /// Where messages say they come from: `-bash: `, `bash: line 3: `, `sh: 1: `.
    fn message_prefix(&self) -> String {
        let name = self.name_in_messages();
        match (self.dialect, self.source) {
            (Dialect::Bash, Source::Terminal) => format!("{name}: "),
            (Dialect::Bash, _) => format!("{name}: line {}: ", self.line),
            (Dialect::Dash, _) => format!("{name}: {}: ", self.line),
        }
    }

    fn name_in_messages(&self) -> &str {
        match (self.dialect, self.source, &self.script) {
            (Dialect::Dash, ..) => &self.name,
            (_, Source::Terminal, _) => self.name.rsplit('/').next().unwrap_or_default(),
            (_, _, Some(script)) => script,
            // What bash calls the place of functions that are in no file.
            (_, Source::CommandString, None) if self.function_depth > 0 => "environment",
            _ => &self.name,
        }
    }

    /// Says on standard error what is wrong.
    async fn complain(&self, message: impl std::fmt::Display) {
        let line = format!("{}{message}\n", self.message_prefix());
        io::eprint(&self.sys, text::encode(&line)).await;
    }

    /// Notes that something of bash was asked for that is not here.
    fn unmodelled(&self, what: &str) {
        let shell = match self.dialect {
            Dialect::Bash => "bash",
            Dialect::Dash => "sh",
        };
        super::super::unmodelled(&self.sys, format!("{shell}: {what}"));
    }

    /// An error in the words of a command: what follows is not run, and only an interactive shell goes on.
    fn fail(&mut self, status: i32) -> Unwind {
        self.status = status;
        if self.is_interactive() { Unwind::Discard } else { Unwind::Exit }
    }
}
