//! What the shell does itself: bash(1), SHELL BUILTIN COMMANDS.

mod control;
mod directory;
mod escapes;
mod jobs;
mod kill;
mod lookup;
mod output;
mod printf;
mod read;
mod test;
mod trap;
mod variables;

use super::exec::Then;
use super::{Dialect, Outcome, Shell};
pub(super) use escapes::{Escapes, unescape};
pub(super) use test::compare;

macro_rules! builtins {
    ($($builtin:ident: $($name:literal),+;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Builtin { $($builtin,)* }

        const NAMES: &[(&str, Builtin)] = &[$($(($name, Builtin::$builtin),)+)*];
    };
}

builtins! {
    Bg: "bg";
    Bracket: "[";
    Break: "break";
    Cd: "cd";
    Colon: ":";
    Command: "command";
    Continue: "continue";
    Declare: "declare", "typeset";
    Echo: "echo";
    Eval: "eval";
    Exec: "exec";
    Exit: "exit";
    Export: "export";
    False: "false";
    Fg: "fg";
    Hash: "hash";
    Jobs: "jobs";
    Kill: "kill";
    Let: "let";
    Local: "local";
    Logout: "logout";
    Printf: "printf";
    Pwd: "pwd";
    Read: "read";
    ReadOnly: "readonly";
    Return: "return";
    Set: "set";
    Shift: "shift";
    Source: ".", "source";
    Test: "test";
    Trap: "trap";
    True: "true";
    Type: "type";
    Umask: "umask";
    Unset: "unset";
    Wait: "wait";
}

/// What bash has built in and this shell has not.
const MISSING: &[&str] = &[
    "alias",
    "bind",
    "builtin",
    "caller",
    "compgen",
    "complete",
    "compopt",
    "dirs",
    "disown",
    "enable",
    "fc",
    "getopts",
    "help",
    "history",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "suspend",
    "times",
    "ulimit",
    "unalias",
];

/// What dash does not have.
const BASH_ONLY: &[&str] = &["declare", "typeset", "let", "logout", "source"];

pub(super) fn find(name: &str, dialect: Dialect) -> Option<Builtin> {
    if dialect == Dialect::Dash && BASH_ONLY.contains(&name) {
        return None;
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
}

pub(super) fn is_missing(name: &str) -> bool {
    MISSING.contains(&name)
}

/// POSIX's special built-in utilities: in dash an error in one of them ends the shell.
pub(super) fn is_special(builtin: Builtin) -> bool {
    use Builtin::*;
    matches!(
        builtin,
        Break
            | Colon
            | Continue
            | Eval
            | Exec
            | Exit
            | Export
            | ReadOnly
            | Return
            | Set
            | Shift
            | Source
            | Trap
            | Unset
    )
}

impl Shell {
    pub(super) async fn run_builtin(
        &mut self,
        builtin: Builtin,
        arguments: &[String],
        then: Then,
    ) -> Outcome {
        let outcome = self.dispatch_builtin(builtin, arguments, then).await;
        let can_misuse = is_special(builtin) && !matches!(builtin, Builtin::Eval | Builtin::Source);
        match outcome {
            Ok(status) if status != 0 && can_misuse && self.dialect == Dialect::Dash => Err(self.fail(2)),
            outcome => outcome,
        }
    }

    async fn dispatch_builtin(&mut self, builtin: Builtin, arguments: &[String], then: Then) -> Outcome {
        let name = arguments[0].as_str();
        let rest = &arguments[1..];
        match builtin {
            Builtin::Bg => self.bg(rest).await,
            Builtin::Bracket => self.bracket(rest).await,
            Builtin::Break => self.break_or_continue(name, rest, super::Unwind::Break).await,
            Builtin::Cd => self.cd(rest).await,
            Builtin::Colon | Builtin::True => Ok(0),
            Builtin::Command => self.command_builtin(rest, then).await,
            Builtin::Continue => self.break_or_continue(name, rest, super::Unwind::Continue).await,
            Builtin::Declare => self.declare(name, rest).await,
            Builtin::Echo => self.echo(rest).await,
            Builtin::Eval => self.eval(rest).await,
            Builtin::Exec => self.exec(rest).await,
            Builtin::Exit | Builtin::Logout => self.exit(name, rest).await,
            Builtin::Export => self.export(rest).await,
            Builtin::False => Ok(1),
            Builtin::Fg => self.fg(rest).await,
            Builtin::Hash => self.hash(rest).await,
            Builtin::Jobs => self.jobs_builtin(rest).await,
            Builtin::Kill => self.kill(rest).await,
            Builtin::Let => self.let_builtin(rest).await,
            Builtin::Local => self.local(rest).await,
            Builtin::Printf => self.printf(rest).await,
            Builtin::Pwd => self.pwd(rest).await,
            Builtin::Read => self.read(rest).await,
            Builtin::ReadOnly => self.read_only(rest).await,
            Builtin::Return => self.return_builtin(rest).await,
            Builtin::Set => self.set(rest).await,
            Builtin::Shift => self.shift(rest).await,
            Builtin::Source => self.source_builtin(name, rest).await,
            Builtin::Test => self.test("test", rest).await,
            Builtin::Trap => self.trap(rest).await,
            Builtin::Type => self.type_builtin(rest).await,
            Builtin::Umask => self.umask(rest).await,
            Builtin::Unset => self.unset(rest).await,
            Builtin::Wait => self.wait(rest).await,
        }
    }

    /// An option that a builtin does not have: bash shows how it is used; status 2.
    async fn invalid_option(&self, name: &str, option: &str, usage: &str) -> Outcome {
        self.unmodelled(&format!("{name} {option}"));
        match self.dialect {
            Dialect::Bash => {
                self.complain(format!("{name}: {option}: invalid option")).await;
                let line = format!("{name}: usage: {usage}\n");
                crate::user::io::eprint(&self.sys, line).await;
            }
            Dialect::Dash => self.complain(format!("{name}: Illegal option {option}")).await,
        }
        Ok(2)
    }

    /// Prints a builtin's output; a closed or full output is an error of the builtin.
    async fn put(&self, name: &str, output: &[u8]) -> Outcome {
        if output.is_empty() {
            return Ok(0);
        }
        match crate::user::io::write_all(&self.sys, crate::user::io::STDOUT, output).await {
            Ok(()) => Ok(0),
            Err(errno) => {
                self.complain(format!("{name}: write error: {errno}")).await;
                Ok(1)
            }
        }
    }
}
