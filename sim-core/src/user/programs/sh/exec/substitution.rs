//! Command substitution: bash(1), "Command Substitution".

use brush_parser::ast::{
    Command, CommandPrefix, CommandPrefixOrSuffixItem as Item, IoFileRedirectKind, IoRedirect, SimpleCommand,
};

use super::child::Group;
use crate::abi::{Errno, Fd, Signal, WaitOptions};
use crate::user::io::{self, MEMORY, STDIN, STDOUT};
use crate::user::programs::sh::jobs::{Ground, JobState};
use crate::user::programs::sh::parse::{self, Parse};
use crate::user::programs::sh::{Dialect, Outcome, Shell, Unwind, text};

/// How much one read of a command's output asks for, in bytes: bash's. Dash asks for 128; that would let a command
/// with much output be woken for each of them, and the simulation crawl.
const BLOCK: u64 = 4096;

impl Shell {
    /// What a command prints, without the newlines at its end.
    pub(in crate::user::programs::sh) async fn substitute_command(
        &mut self,
        command: &str,
    ) -> Result<String, Unwind> {
        let ends = self.pipe().await?;
        let body = command.to_owned();
        let pid = self
            .fork(Group::Shared, Ground::Foreground, move |shell| {
                Box::pin(async move {
                    let _ = shell.sys.close(ends.read).await;
                    shell.move_descriptor(ends.write, STDOUT).await;
                    match shell.lone_input(&body) {
                        Some(redirect) => shell.print_input(&redirect).await,
                        None => shell.run_substituted(&body).await,
                    }
                })
            })
            .await?;
        let _ = self.sys.close(ends.write).await;
        let output = self.read_substituted(ends.read).await;
        let _ = self.sys.close(ends.read).await;
        let output = match output {
            Err(Errno::ENOMEM) => return Err(self.run_out_of_memory().await),
            output => output.unwrap_or_default(),
        };
        let number = self.jobs.add(command.to_owned(), pid, &[pid], Ground::Foreground);
        while self.jobs.get(number).is_some_and(|job| job.state() == JobState::Running) {
            match self.wait_for_child(WaitOptions::empty()).await {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        let status = self.jobs.get(number).and_then(|job| job.statuses().last().copied()).unwrap_or(0);
        self.jobs.remove(number);
        self.status = status;
        self.substitution_status = Some(status);
        self.act_on_signals().await?;
        Ok(text::decode(&output).trim_end_matches('\n').to_owned())
    }

    /// NULs are dropped as they come: they fill no memory. Bash says so, once.
    async fn read_substituted(&self, fd: Fd) -> Result<Vec<u8>, Errno> {
        let mut kept = Vec::new();
        let mut warned = self.dialect == Dialect::Dash;
        loop {
            let data = self.sys.read(fd, BLOCK).await?.0;
            if data.is_empty() {
                return Ok(kept);
            }
            if kept.len() + data.len() > MEMORY {
                return Err(Errno::ENOMEM);
            }
            if !warned && data.contains(&0) {
                self.complain("warning: command substitution: ignored null byte in input").await;
                warned = true;
            }
            kept.extend(data.iter().filter(|&&byte| byte != 0));
        }
    }

    /// Bash says that it ends; dash, without memory for what a command prints, is ended by SIGSEGV.
    async fn run_out_of_memory(&mut self) -> Unwind {
        match self.dialect {
            Dialect::Bash => {
                let message =
                    format!("{}: xrealloc: cannot allocate {MEMORY} bytes\n", self.name_in_messages());
                io::eprint(&self.sys, text::encode(&message)).await;
            }
            Dialect::Dash => {
                if let Ok(own) = self.sys.getpid().await {
                    let _ = self.sys.kill(own, Signal::SIGSEGV).await;
                }
            }
        }
        self.status = 2;
        Unwind::Exit
    }

    /// What stands for the content of a file, in bash: `$(< file)`.
    fn lone_input(&self, command: &str) -> Option<IoRedirect> {
        // Most commands are not, and need not be read twice.
        if self.dialect == Dialect::Dash || !command.trim_start().starts_with('<') {
            return None;
        }
        let Parse::Complete(program) = parse::parse(command, self.dialect) else { return None };
        let [list] = program.complete_commands.as_slice() else { return None };
        let [item] = list.0.as_slice() else { return None };
        let [Command::Simple(simple)] = item.0.first.seq.as_slice() else { return None };
        let SimpleCommand { prefix: Some(CommandPrefix(prefix)), word_or_name: None, suffix: None } = simple
        else {
            return None;
        };
        match prefix.as_slice() {
            [Item::IoRedirect(redirect @ IoRedirect::File(None, IoFileRedirectKind::Read, _))]
                if item.0.additional.is_empty() && !item.0.first.bang =>
            {
                Some(redirect.clone())
            }
            _ => None,
        }
    }

    async fn print_input(&mut self, redirect: &IoRedirect) -> Outcome {
        if self.redirect(&[redirect]).await?.is_none() {
            return self.redirect_failed(None);
        }
        let content = io::read_to_end(&self.sys, STDIN).await.unwrap_or_default();
        let _ = io::write_all(&self.sys, STDOUT, content).await;
        Ok(0)
    }
}
