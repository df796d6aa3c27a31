//! Children of the shell: fork(2), process groups, pipelines.

use brush_parser::ast::Command;

use super::Then;
use crate::abi::*;
use crate::user::io::{STDIN, STDOUT};
use crate::user::programs::sh::expand::Nested;
use crate::user::programs::sh::jobs::Ground;
use crate::user::programs::sh::signals::WasInteractive;
use crate::user::programs::sh::{Dialect, Shell, Unwind};

/// The process group that a child joins where there is job control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::user::programs::sh) enum Group {
    /// That of the shell.
    Shared,
    /// A new one, which it leads.
    Own,
    Of(Pid),
}

impl Shell {
    /// Runs `body` in a child that is a copy of this shell.
    pub(super) async fn fork<F>(&mut self, group: Group, ground: Ground, body: F) -> Result<Pid, Unwind>
    where
        F: for<'a> FnOnce(&'a mut Shell) -> Nested<'a, i32> + 'static,
    {
        let mut child = self.clone();
        let spawned = self
            .sys
            .spawn(CloneFlags::fork(), move |sys| async move {
                child.sys = sys;
                child.begin_child(group, ground).await;
                let ended = body(&mut child).await;
                if let Ok(status) = ended {
                    child.status = status;
                }
                child.run_exit_trap().await;
                child.status
            })
            .await;
        match spawned {
            Ok(pid) => {
                self.place(pid, group).await;
                Ok(pid)
            }
            Err(errno) => {
                let (message, status) = match self.dialect {
                    Dialect::Bash => (format!("fork: {errno}"), 254),
                    Dialect::Dash => ("Cannot fork".to_owned(), 2),
                };
                self.complain(message).await;
                Err(self.fail(status))
            }
        }
    }

    /// Parent and child both put the child in its group: whoever runs first.
    async fn place(&self, pid: Pid, group: Group) {
        if !self.has_job_control() {
            return;
        }
        let _ = match group {
            Group::Shared => Ok(Unit),
            Group::Own => self.sys.setpgid(pid, pid).await,
            Group::Of(leader) => self.sys.setpgid(pid, leader).await,
        };
    }

    async fn begin_child(&mut self, group: Group, ground: Ground) {
        let has_job_control = self.has_job_control();
        if has_job_control && group != Group::Shared {
            self.place(Pid(0), if group == Group::Own { Group::Of(Pid(0)) } else { group }).await;
            if ground == Ground::Foreground
                && let Ok(own) = self.sys.getpgid(Pid(0)).await
            {
                self.take_terminal(own).await;
            }
        }
        let interactive = if self.is_interactive() { WasInteractive::Yes } else { WasInteractive::No };
        self.reset_signals(interactive).await;
        if ground == Ground::Background && !has_job_control {
            // POSIX, 2.11: such a child cannot be interrupted from the keyboard, and reads nothing.
            for signal in [Signal::SIGINT, Signal::SIGQUIT] {
                let _ = self.sys.rt_sigaction(signal, SigAction::SIG_IGN).await;
            }
            if let Ok(null) = self.sys.openat(DirFd::CWD, "/dev/null", OpenFlags::empty(), Mode(0)).await {
                self.move_descriptor(null, STDIN).await;
            }
        }
        self.in_subshell = true;
        self.jobs.forget_all();
        self.loop_depth = 0;
    }

    /// Makes `to` what `from` is, and closes `from`.
    pub(super) async fn move_descriptor(&self, from: Fd, to: Fd) {
        if from != to {
            let _ = self.sys.dup3(from, to, OpenFlags::empty()).await;
            let _ = self.sys.close(from).await;
        }
    }

    /// Starts each command in a child, the output of one the input of the next; the job's number.
    pub(super) async fn start_pipeline(
        &mut self,
        commands: &[Command],
        text: &str,
        ground: Ground,
    ) -> Result<u32, Unwind> {
        let mut pids: Vec<Pid> = Vec::new();
        let mut input: Option<Fd> = None;
        for (index, command) in commands.iter().enumerate() {
            let is_last = index + 1 == commands.len();
            let output = if is_last { None } else { Some(self.pipe().await?) };
            let group = pids.first().map_or(Group::Own, |&leader| Group::Of(leader));
            let command = command.clone();
            // Only what a background command of one process reads is /dev/null.
            let begins = ground;
            let pid = self
                .fork(group, begins, move |shell| {
                    Box::pin(async move {
                        if let Some(input) = input {
                            shell.move_descriptor(input, STDIN).await;
                        }
                        if let Some(ends) = output {
                            let _ = shell.sys.close(ends.read).await;
                            shell.move_descriptor(ends.write, STDOUT).await;
                        }
                        shell.command(&command, Then::Nothing).await
                    })
                })
                .await?;
            pids.push(pid);
            if let Some(input) = input {
                let _ = self.sys.close(input).await;
            }
            if let Some(ends) = output {
                let _ = self.sys.close(ends.write).await;
            }
            input = output.map(|ends| ends.read);
        }
        Ok(self.jobs.add(text.to_owned(), pids[0], &pids, ground))
    }

    pub(in crate::user::programs::sh) async fn pipe(&mut self) -> Result<PipeEnds, Unwind> {
        match self.sys.pipe2(OpenFlags::empty()).await {
            Ok(ends) => Ok(ends),
            Err(errno) => {
                self.complain(format!("pipe error: {errno}")).await;
                Err(self.fail(1))
            }
        }
    }
}
