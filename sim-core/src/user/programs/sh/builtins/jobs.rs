//! jobs, fg, bg, wait.

use crate::abi::*;
use crate::user::programs::sh::jobs::{Ground, JobState, ProcessState, Waiting, exit_status};
use crate::user::programs::sh::{Outcome, Shell, text};

impl Shell {
    pub(super) async fn jobs_builtin(&mut self, arguments: &[String]) -> Outcome {
        let mut pids = false;
        let mut long = false;
        for option in arguments.iter().filter(|argument| argument.starts_with('-')) {
            match option.as_str() {
                "-p" => pids = true,
                "-l" => long = true,
                other => {
                    let usage = "jobs [-lnprs] [jobspec ...] or jobs -x command [args]";
                    return self.invalid_option("jobs", &other[..other.len().min(2)], usage).await;
                }
            }
        }
        while let Ok(Some(_)) = self.wait_for_child(WaitOptions::WNOHANG).await {}
        let mut output = String::new();
        for job in self.jobs.iter() {
            let line = job.line(self.jobs.mark(job.number));
            if pids {
                output.push_str(&format!("{}\n", job.group));
            } else if long {
                let (head, tail) = line.split_at(line.find(' ').unwrap_or(0) + 1);
                output.push_str(&format!("{head}{} {}", job.group, tail.trim_start()));
            } else {
                output.push_str(&line);
            }
        }
        let ended: Vec<u32> = self
            .jobs
            .iter()
            .filter(|job| matches!(job.state(), JobState::Ended(_)))
            .map(|job| job.number)
            .collect();
        for number in ended {
            self.jobs.remove(number);
        }
        self.put("jobs", &text::encode(&output)).await
    }

    pub(super) async fn fg(&mut self, arguments: &[String]) -> Outcome {
        let Some(number) = self.job_to_move("fg", arguments).await else { return Ok(1) };
        let Some(job) = self.jobs.get_mut(number) else { return Ok(1) };
        job.ground = Ground::Foreground;
        let (group, line) = (job.group, format!("{}\n", job.text));
        self.put("fg", &text::encode(&line)).await?;
        self.take_terminal(group).await;
        self.set_running(number).await;
        self.finish_foreground(number).await
    }

    pub(super) async fn bg(&mut self, arguments: &[String]) -> Outcome {
        let Some(number) = self.job_to_move("bg", arguments).await else { return Ok(1) };
        let Some(job) = self.jobs.get(number) else { return Ok(1) };
        if job.state() == JobState::Running {
            self.complain(format!("bg: job {number} already in background")).await;
            return Ok(0);
        }
        let line = format!("[{number}]{} {} &\n", self.jobs.mark(number), job.text);
        self.put("bg", &text::encode(&line)).await?;
        self.set_running(number).await;
        Ok(0)
    }

    async fn job_to_move(&mut self, name: &str, arguments: &[String]) -> Option<u32> {
        if !self.has_job_control() {
            self.complain(format!("{name}: no job control")).await;
            return None;
        }
        let spec = arguments.first().map_or("%+", String::as_str);
        let found = self.find_job(spec);
        if found.is_none() {
            let shown = if arguments.is_empty() { "current" } else { spec };
            self.complain(format!("{name}: {shown}: no such job")).await;
        }
        found
    }

    /// Lets a stopped job go on.
    async fn set_running(&mut self, number: u32) {
        let Some(job) = self.jobs.get_mut(number) else { return };
        for process in &mut job.processes {
            if matches!(process.state, ProcessState::Stopped(_)) {
                process.state = ProcessState::Running;
            }
        }
        let group = job.group;
        let _ = self.sys.kill(Pid(-group.0), Signal::SIGCONT).await;
    }

    /// `wait`: for all children, or for those that are named; the status of the last one.
    pub(super) async fn wait(&mut self, arguments: &[String]) -> Outcome {
        if let Some(option) = arguments.first().filter(|first| first.starts_with('-')) {
            let usage = "wait [-fn] [-p var] [id ...]";
            return self.invalid_option("wait", &option[..option.len().min(2)], usage).await;
        }
        if arguments.is_empty() {
            let running: Vec<u32> = self
                .jobs
                .iter()
                .filter(|job| job.state() == JobState::Running)
                .map(|job| job.number)
                .collect();
            for number in running {
                if let Some(status) = self.wait_interruptibly(number).await? {
                    return Ok(status);
                }
            }
            if !self.is_interactive() {
                self.tell_changes().await;
            }
            return Ok(0);
        }
        let mut status = 0;
        for argument in arguments {
            let by_pid = argument.parse().ok().map(Pid);
            let number = match by_pid {
                Some(pid) => self.jobs.with_process(pid).map(|job| job.number),
                None => self.find_job(argument),
            };
            let Some(number) = number else {
                match by_pid {
                    Some(pid) => {
                        self.complain(format!("wait: pid {pid} is not a child of this shell")).await;
                    }
                    None if argument.starts_with('%') => {
                        self.complain(format!("wait: {argument}: no such job")).await;
                    }
                    None => {
                        self.complain(format!("wait: `{argument}': not a pid or valid job spec")).await;
                    }
                }
                status = 127;
                continue;
            };
            if let Some(status) = self.wait_interruptibly(number).await? {
                return Ok(status);
            }
            status = self.status_of(number, by_pid);
            if let Some(job) = self.jobs.get_mut(number) {
                job.is_told = job.is_told || by_pid.is_some();
            }
        }
        Ok(status)
    }

    fn status_of(&self, number: u32, pid: Option<Pid>) -> i32 {
        let Some(job) = self.jobs.get(number) else { return 127 };
        let of_process = pid.and_then(|pid| job.processes.iter().find(|process| process.pid == pid));
        match of_process.or(job.processes.last()).map(|process| process.state) {
            Some(ProcessState::Ended(status)) => exit_status(status),
            Some(ProcessState::Stopped(signal)) => 128 + i32::from(signal.0),
            _ => 0,
        }
    }

    /// Unless a trapped signal or ^C ends the waiting: then its status.
    async fn wait_interruptibly(&mut self, number: u32) -> Result<Option<i32>, super::super::Unwind> {
        if self.wait_for_job(number).await == Waiting::Over {
            return Ok(None);
        }
        let caught = self.act_on_signals().await?;
        Ok(Some(128 + caught.iter().next().map_or(0, |signal| i32::from(signal.0))))
    }
}
