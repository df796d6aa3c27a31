//! Command substitution: bash(1), "Command Substitution".

use super::child::Group;
use crate::abi::WaitOptions;
use crate::user::io::{self, STDOUT};
use crate::user::programs::sh::jobs::{Ground, JobState};
use crate::user::programs::sh::{Shell, Unwind, text};

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
                    shell.run_substituted(&body).await
                })
            })
            .await?;
        let _ = self.sys.close(ends.write).await;
        let output = io::read_to_end(&self.sys, ends.read).await.unwrap_or_default();
        let _ = self.sys.close(ends.read).await;
        let number = self.jobs.add(command.to_owned(), pid, &[pid], Ground::Foreground);
        while self.jobs.get(number).is_some_and(|job| job.state() == JobState::Running) {
            match self.wait_for_child(WaitOptions::empty()).await {
                Ok(_) | Err(crate::abi::Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        let status = self.jobs.get(number).and_then(|job| job.statuses().last().copied()).unwrap_or(0);
        self.jobs.remove(number);
        self.status = status;
        self.substitution_status = Some(status);
        self.act_on_signals().await?;
        let kept: Vec<u8> = output.into_iter().filter(|&byte| byte != 0).collect();
        Ok(text::decode(&kept).trim_end_matches('\n').to_owned())
    }
}
