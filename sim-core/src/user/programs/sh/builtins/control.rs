//! What changes the course of a script: exit, return, break, continue, eval, source, exec, let.

use crate::abi::*;
use crate::user::io;
use crate::user::programs::sh::exec::Then;
use crate::user::programs::sh::expand::Nested;
use crate::user::programs::sh::input::Lines;
use crate::user::programs::sh::jobs::JobState;
use crate::user::programs::sh::{Dialect, Outcome, Shell, Unwind, text};

impl Shell {
    pub(super) async fn exit(&mut self, name: &str, arguments: &[String]) -> Outcome {
        if self.is_interactive() && self.source_is_main() {
            let is_login = self.name.starts_with('-') && self.dialect == Dialect::Bash;
            if self.dialect == Dialect::Bash {
                io::eprint(&self.sys, if is_login { "logout\n" } else { "exit\n" }).await;
            }
            if self.stays_for_jobs().await {
                return Ok(1);
            }
        }
        self.status = match arguments {
            [] => self.status,
            [number, rest @ ..] => match number.trim().parse::<i64>() {
                Ok(_) if !rest.is_empty() => {
                    self.complain(format!("{name}: too many arguments")).await;
                    return Ok(1);
                }
                Ok(number) => (number & 0xff) as i32,
                Err(_) => {
                    match self.dialect {
                        Dialect::Bash => {
                            self.complain(format!("{name}: {number}: numeric argument required")).await;
                        }
                        Dialect::Dash => self.complain(format!("{name}: Illegal number: {number}")).await,
                    }
                    2
                }
            },
        };
        Err(Unwind::Exit)
    }

    fn source_is_main(&self) -> bool {
        self.script.is_none()
    }

    /// The first `exit` with stopped jobs only warns.
    async fn stays_for_jobs(&mut self) -> bool {
        let has_stopped = self.jobs.iter().any(|job| matches!(job.state(), JobState::Stopped(_)));
        let warned = std::mem::replace(&mut self.warned_of_jobs, has_stopped);
        if has_stopped && !warned {
            io::eprint(&self.sys, "There are stopped jobs.\n").await;
            return true;
        }
        false
    }

    pub(super) async fn return_builtin(&mut self, arguments: &[String]) -> Outcome {
        if self.function_depth == 0 && self.script.is_none() {
            self.complain("return: can only `return' from a function or sourced script").await;
            return Ok(2);
        }
        if let Some(number) = arguments.first() {
            self.status = match number.trim().parse::<i64>() {
                Ok(number) => (number & 0xff) as i32,
                Err(_) => {
                    self.complain(format!("return: {number}: numeric argument required")).await;
                    2
                }
            };
        }
        Err(Unwind::Return)
    }

    pub(super) async fn break_or_continue(
        &mut self,
        name: &str,
        arguments: &[String],
        unwind: fn(u32) -> Unwind,
    ) -> Outcome {
        if self.loop_depth == 0 {
            if self.dialect == Dialect::Bash {
                let message = "only meaningful in a `for', `while', or `until' loop";
                self.complain(format!("{name}: {message}")).await;
            }
            return Ok(0);
        }
        let levels = match arguments.first() {
            None => 1,
            Some(number) => match number.parse::<i64>() {
                Ok(levels) if levels >= 1 => u32::try_from(levels).unwrap_or(u32::MAX),
                Ok(levels) => {
                    self.complain(format!("{name}: {levels}: loop count out of range")).await;
                    self.status = 1;
                    return Err(Unwind::Break(self.loop_depth));
                }
                Err(_) => {
                    self.complain(format!("{name}: {number}: numeric argument required")).await;
                    return Err(self.fail(128));
                }
            },
        };
        self.status = 0;
        Err(unwind(levels.min(self.loop_depth)))
    }

    pub(super) async fn eval(&mut self, arguments: &[String]) -> Outcome {
        self.run_text(&arguments.join(" ")).await
    }

    /// `exec`: without a command its redirections stay, which the caller sees to.
    pub(super) async fn exec(&mut self, arguments: &[String]) -> Outcome {
        let Some(first) = arguments.first() else { return Ok(0) };
        if first.len() > 1 && first.starts_with('-') {
            let usage = "exec [-cl] [-a name] [command [argument ...]] [redirection ...]";
            return self.invalid_option("exec", &first[..2], usage).await;
        }
        if self.has_job_control() {
            for signal in
                [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU, Signal::SIGTERM, Signal::SIGQUIT]
            {
                let _ = self.sys.rt_sigaction(signal, SigAction::SIG_DFL).await;
            }
        }
        let status = self.execute_for_exec(arguments).await?;
        if self.is_interactive() {
            self.set_interactive_signals().await;
            return Ok(status);
        }
        self.status = status;
        Err(Unwind::Exit)
    }

    async fn execute_for_exec(&mut self, arguments: &[String]) -> Outcome {
        let name = &arguments[0];
        let found = name.contains('/') || self.search_path(name).await.is_some();
        if found {
            return self.execute(arguments).await;
        }
        self.complain(format!("exec: {name}: not found")).await;
        Ok(127)
    }

    pub(super) async fn source_builtin(&mut self, name: &str, arguments: &[String]) -> Outcome {
        let Some((file, parameters)) = arguments.split_first() else {
            self.complain(format!("{name}: filename argument required")).await;
            let usage = format!("{name}: usage: {name} filename [arguments]\n");
            io::eprint(&self.sys, usage).await;
            return Ok(2);
        };
        let path = match self.search_path(file).await {
            Some(path) if !file.contains('/') => path,
            _ => file.clone(),
        };
        let stat = self.stat(&path, AtFlags::empty()).await;
        let read = match stat {
            Some(stat) if stat.mode.file_type == FileType::Directory => Err(Errno::EISDIR),
            _ => io::read_file(&self.sys, text::encode(&path)).await,
        };
        let content = match read {
            Ok(content) => text::decode(&content),
            Err(errno) => {
                match (self.dialect, errno) {
                    (Dialect::Bash, Errno::EISDIR) => {
                        self.complain(format!("{name}: {file}: is a directory")).await;
                    }
                    (Dialect::Bash, _) => self.complain(format!("{file}: {errno}")).await,
                    (Dialect::Dash, _) => {
                        self.complain(format!("{name}: cannot open {file}: No such file")).await;
                        return Err(self.fail(2));
                    }
                }
                return Ok(1);
            }
        };
        let outer =
            (!parameters.is_empty()).then(|| std::mem::replace(&mut self.parameters, parameters.to_vec()));
        let outcome = self.source_text(&path, &content).await;
        if let Some(outer) = outer {
            self.parameters = outer;
        }
        match outcome {
            Err(Unwind::Return) => Ok(self.status),
            outcome => outcome,
        }
    }

    /// Runs the text of a file in this shell.
    pub(in crate::user::programs::sh) fn source_text<'a>(
        &'a mut self,
        path: &'a str,
        content: &'a str,
    ) -> Nested<'a, i32> {
        Box::pin(async move {
            let outer = self.script.replace(path.to_owned());
            let line = self.line;
            let lines_before = std::mem::take(&mut self.lines_before);
            let outcome = self.run_from(Lines::of(content)).await;
            self.lines_before = lines_before;
            self.line = line;
            self.script = outer;
            outcome
        })
    }

    pub(super) async fn let_builtin(&mut self, arguments: &[String]) -> Outcome {
        if arguments.is_empty() {
            self.complain("let: expression expected").await;
            return Ok(1);
        }
        let mut value = 0;
        for expression in arguments {
            value = match self.evaluate(expression) {
                Ok(value) => value,
                Err(fault) => {
                    self.complain(format!("let: {expression}: {fault}")).await;
                    return Ok(1);
                }
            };
        }
        Ok(i32::from(value == 0))
    }

    /// `command`: a builtin or a program, but no function.
    pub(super) async fn command_builtin(&mut self, arguments: &[String], then: Then) -> Outcome {
        match arguments.split_first() {
            None => Ok(0),
            Some((option, names)) if option == "-v" || option == "-V" => {
                self.describe_commands("command", names, option == "-V").await
            }
            Some((option, rest)) if option == "-p" || option == "--" => {
                Box::pin(self.command_builtin(rest, then)).await
            }
            Some((option, _)) if option.len() > 1 && option.starts_with('-') => {
                self.invalid_option("command", &option[..2], "command [-pVv] command [arg ...]").await
            }
            Some((name, _)) => match super::find(name, self.dialect) {
                Some(builtin) => Box::pin(self.run_builtin(builtin, arguments, then)).await,
                None => self.run_program_named(arguments, then).await,
            },
        }
    }
}
