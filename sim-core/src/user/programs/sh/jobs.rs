//! Children and jobs: bash(1), JOB CONTROL.

use super::{Outcome, Shell, Source, Unwind, text};
use crate::abi::*;
use crate::user::io;

/// One process of a job.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) pid: Pid,
    pub(super) state: ProcessState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProcessState {
    Running,
    Stopped(Signal),
    Ended(WaitStatus),
}

/// Where a job runs, for its shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    Foreground,
    Background,
}

/// A pipeline that was started.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) number: u32,
    pub(super) group: Pid,
    pub(super) processes: Vec<Process>,
    pub(super) text: String,
    pub(super) ground: Ground,
    /// Its last change of state has been told to the reader.
    pub(super) is_told: bool,
}

/// What a job is doing as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    Running,
    Stopped(Signal),
    Ended(WaitStatus),
}

impl Job {
    pub(super) fn state(&self) -> JobState {
        if self.processes.iter().any(|process| process.state == ProcessState::Running) {
            return JobState::Running;
        }
        let stopped = self.processes.iter().find_map(|process| match process.state {
            ProcessState::Stopped(signal) => Some(JobState::Stopped(signal)),
            _ => None,
        });
        let last = self.processes.last().map(|process| process.state);
        stopped.unwrap_or(match last {
            Some(ProcessState::Ended(status)) => JobState::Ended(status),
            _ => JobState::Running,
        })
    }

    /// The statuses of its processes, first to last.
    pub(super) fn statuses(&self) -> Vec<i32> {
        self.processes
            .iter()
            .map(|process| match process.state {
                ProcessState::Ended(status) => exit_status(status),
                ProcessState::Stopped(signal) => 128 + i32::from(signal.0),
                ProcessState::Running => 0,
            })
            .collect()
    }

    /// The line of `jobs`.
    pub(super) fn line(&self, mark: char) -> String {
        let (state, suffix) = match self.state() {
            JobState::Running => ("Running".to_owned(), " &"),
            JobState::Stopped(_) => ("Stopped".to_owned(), ""),
            JobState::Ended(WaitStatus::Exited(0)) => ("Done".to_owned(), ""),
            JobState::Ended(WaitStatus::Exited(status)) => (format!("Exit {status}"), ""),
            JobState::Ended(WaitStatus::Signaled(signal)) => (signal.message().to_owned(), ""),
            JobState::Ended(_) => (String::new(), ""),
        };
        format!("[{}]{mark}  {state:<24}{}{suffix}\n", self.number, self.text)
    }
}

/// `$?` after a child: 128 and the signal's number for one that was killed.
pub(super) fn exit_status(status: WaitStatus) -> i32 {
    match status {
        WaitStatus::Exited(status) => i32::from(status),
        WaitStatus::Signaled(signal) | WaitStatus::Stopped(signal) => 128 + i32::from(signal.0),
        WaitStatus::Continued => 0,
    }
}

/// The jobs of a shell.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    list: Vec<Job>,
    /// The numbers in the order of `%+` and `%-`: the current job is last.
    recent: Vec<u32>,
}

impl Jobs {
    pub(super) fn add(&mut self, text: String, group: Pid, pids: &[Pid], ground: Ground) -> u32 {
        let number = self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        let processes = pids.iter().map(|&pid| Process { pid, state: ProcessState::Running }).collect();
        self.list.push(Job { number, group, processes, text, ground, is_told: false });
        if ground == Ground::Background {
            self.make_current(number);
        }
        number
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.list.iter()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Job> {
        self.list.iter().find(|job| job.number == number)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Job> {
        self.list.iter_mut().find(|job| job.number == number)
    }

    pub(super) fn with_process(&self, pid: Pid) -> Option<&Job> {
        self.list.iter().find(|job| job.processes.iter().any(|process| process.pid == pid))
    }

    pub(super) fn remove(&mut self, number: u32) {
        self.list.retain(|job| job.number != number);
        self.recent.retain(|&recent| recent != number);
    }

    /// The child of a fork knows of the jobs, but they are not its children.
    pub(super) fn forget_all(&mut self) {
        *self = Jobs::default();
    }

    /// A stopped job comes before a running one, and the latest before older ones.
    pub(super) fn make_current(&mut self, number: u32) {
        self.recent.retain(|&recent| recent != number);
        self.recent.push(number);
    }

    pub(super) fn current(&self) -> Option<u32> {
        self.ordered().last().copied()
    }

    pub(super) fn previous(&self) -> Option<u32> {
        self.ordered().iter().rev().nth(1).copied()
    }

    fn ordered(&self) -> Vec<u32> {
        let is_stopped =
            |&number: &u32| self.get(number).is_some_and(|job| matches!(job.state(), JobState::Stopped(_)));
        let mut ordered = self.recent.clone();
        ordered.sort_by_key(is_stopped);
        ordered
    }

    pub(super) fn mark(&self, number: u32) -> char {
        if self.current() == Some(number) {
            '+'
        } else if self.previous() == Some(number) {
            '-'
        } else {
            ' '
        }
    }

    fn record(&mut self, pid: Pid, status: WaitStatus) {
        let state = match status {
            WaitStatus::Stopped(signal) => ProcessState::Stopped(signal),
            WaitStatus::Continued => ProcessState::Running,
            ended => ProcessState::Ended(ended),
        };
        for job in &mut self.list {
            for process in job.processes.iter_mut().filter(|process| process.pid == pid) {
                process.state = state;
                job.is_told = false;
            }
        }
    }
}

/// Why waiting came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The job has ended or stopped.
    Over,
    /// A signal with a handler came.
    Interrupted,
}

impl Shell {
    /// Waits until a job no longer runs; what other children do meanwhile is remembered.
    pub(super) async fn wait_for_job(&mut self, number: u32) -> Waiting {
        while self.jobs.get(number).is_some_and(|job| job.state() == JobState::Running) {
            match self.wait_for_child(WaitOptions::empty()).await {
                Ok(_) => {}
                Err(Errno::EINTR) => return Waiting::Interrupted,
                Err(_) => break,
            }
        }
        Waiting::Over
    }

    /// One change of state of one child; none if WNOHANG finds nothing.
    pub(super) async fn wait_for_child(&mut self, options: WaitOptions) -> Result<Option<Pid>, Errno> {
        let stops = if self.has_job_control() { WaitOptions::WUNTRACED } else { WaitOptions::empty() };
        let waited = self.sys.wait4(Pid(-1), options | stops, Null).await?;
        match waited.status {
            Some(status) => {
                self.jobs.record(waited.pid, status);
                Ok(Some(waited.pid))
            }
            None => Ok(None),
        }
    }

    /// Waits for the job in the foreground, takes the terminal back and tells how it ended. Signals that
    /// have come to the shell meanwhile are acted on only then.
    pub(super) async fn finish_foreground(&mut self, number: u32) -> Outcome {
        while self.wait_for_job(number).await == Waiting::Interrupted {}
        self.take_terminal(self.sys.getpgid(Pid(0)).await.unwrap_or(self.pid)).await;
        let Some(job) = self.jobs.get(number) else { return Ok(0) };
        let ends_line = self.ends_line(job);
        let statuses = job.statuses();
        let status = if self.options.pipe_fail {
            statuses.iter().rev().copied().find(|&status| status != 0).unwrap_or(0)
        } else {
            statuses.last().copied().unwrap_or(0)
        };
        match job.state() {
            JobState::Stopped(_) => {
                if let Some(job) = self.jobs.get_mut(number) {
                    job.ground = Ground::Background;
                    job.is_told = true;
                }
                self.jobs.make_current(number);
                let line = self.jobs.get(number).map(|job| job.line(self.jobs.mark(number)));
                self.tell(&format!("\n{}", line.unwrap_or_default())).await;
            }
            _ => {
                self.tell_death(number).await;
                self.jobs.remove(number);
            }
        }
        self.status = status;
        self.act_on_signals().await?;
        if ends_line { Err(Unwind::Discard) } else { Ok(status) }
    }

    /// Whether ^C at this job was for all that the line still has to do: then bash behaves as if it had
    /// got the signal itself.
    fn ends_line(&self, job: &Job) -> bool {
        let is_interrupted = job.state() == JobState::Ended(WaitStatus::Signaled(Signal::SIGINT));
        let is_in_list = self.lists > 0 && !self.traps.contains_key(&Signal::SIGINT.0);
        is_interrupted
            && self.is_interactive()
            && self.has_job_control()
            && (self.loop_depth > 0 || is_in_list)
    }

    /// A foreground job that was killed says so, unless the reader knows: by ^C, or a closed pipe.
    async fn tell_death(&mut self, number: u32) {
        let Some(job) = self.jobs.get(number) else { return };
        let Some(ended) = job.processes.last() else { return };
        let ProcessState::Ended(WaitStatus::Signaled(signal)) = ended.state else { return };
        let (pid, command) = (ended.pid, job.text.clone());
        match (self.source, signal) {
            (_, Signal::SIGPIPE) => {}
            (Source::Terminal, Signal::SIGINT) if !self.in_subshell => self.tell("\n").await,
            (_, Signal::SIGINT) => {}
            (Source::Terminal, _) if !self.in_subshell => {
                self.tell(&format!("{}\n", signal.message())).await;
            }
            _ if self.dialect == super::Dialect::Dash => {
                self.tell(&format!("{}\n", signal.message())).await;
            }
            (_, Signal::SIGTERM) => self.tell("Terminated\n").await,
            _ => self.complain(format!("{pid:>5} {:<24}{command}", signal.message())).await,
        }
    }

    /// What has changed since the last prompt.
    pub(super) async fn tell_changes(&mut self) {
        while let Ok(Some(_)) = self.wait_for_child(WaitOptions::WNOHANG).await {}
        let changed: Vec<u32> = self
            .jobs
            .iter()
            .filter(|job| !job.is_told && job.ground == Ground::Background)
            .filter(|job| job.state() != JobState::Running)
            .map(|job| job.number)
            .collect();
        for &number in &changed {
            let Some(job) = self.jobs.get(number) else { continue };
            let quiet = [Signal::SIGINT, Signal::SIGPIPE, Signal::SIGTERM];
            match job.state() {
                _ if self.source == Source::Terminal => {
                    let line = job.line(self.jobs.mark(number));
                    self.tell(&line).await;
                }
                JobState::Ended(WaitStatus::Signaled(signal)) if !quiet.contains(&signal) => {
                    let (leader, command) = (job.group, job.text.clone());
                    self.complain(format!("{leader:>5} {:<24}{command}", signal.message())).await;
                }
                _ => {}
            }
            if let Some(job) = self.jobs.get_mut(number) {
                job.is_told = true;
            }
        }
        for number in changed {
            let ended = self.jobs.get(number).is_some_and(|job| matches!(job.state(), JobState::Ended(_)));
            if ended {
                self.jobs.remove(number);
            }
        }
    }

    /// Gives the terminal to a process group.
    pub(super) async fn take_terminal(&self, group: Pid) {
        if let Some(terminal) = self.terminal.filter(|_| self.has_job_control()) {
            let _ = self.sys.ioctl(terminal, IoctlRequest::TIOCSPGRP(group)).await;
        }
    }

    async fn tell(&self, message: &str) {
        io::eprint(&self.sys, text::encode(message)).await;
    }

    /// The job that `%1`, `%+`, `%-` or `%name` means.
    pub(super) fn find_job(&self, spec: &str) -> Option<u32> {
        let spec = spec.strip_prefix('%').unwrap_or(spec);
        match spec {
            "" | "+" | "%" => self.jobs.current(),
            "-" => self.jobs.previous(),
            number if number.chars().all(|c| c.is_ascii_digit()) => {
                number.parse().ok().filter(|&number| self.jobs.get(number).is_some())
            }
            part if part.starts_with('?') => {
                self.jobs.iter().find(|job| job.text.contains(&part[1..])).map(|job| job.number)
            }
            name => self.jobs.iter().find(|job| job.text.starts_with(name)).map(|job| job.number),
        }
    }
}
